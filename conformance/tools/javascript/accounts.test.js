// The services beside EC2 that its users need: STS and IAM with XML, Systems Manager with JSON.

import assert from "node:assert/strict";
import test from "node:test";
import * as ec2sdk from "@aws-sdk/client-ec2";
import * as iamsdk from "@aws-sdk/client-iam";
import * as ssmsdk from "@aws-sdk/client-ssm";
import * as stssdk from "@aws-sdk/client-sts";
import { ec2, iam, refused, ssm, sts, unique } from "./clients.js";

const account = process.env.ACCOUNT;
const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

test("who asks", async () => {
    const me = await sts.send(new stssdk.GetCallerIdentityCommand({}));
    assert.equal(me.Account, account);
    assert.match(me.Arn, new RegExp(`^arn:aws:(iam|sts)::${account}:`));
    const { Credentials } = await sts.send(new stssdk.GetSessionTokenCommand({ DurationSeconds: 900 }));
    const temporary = new ec2sdk.EC2Client({
        credentials: {
            accessKeyId: Credentials.AccessKeyId,
            secretAccessKey: Credentials.SecretAccessKey,
            sessionToken: Credentials.SessionToken,
        },
    });
    const { Vpcs } = await temporary.send(new ec2sdk.DescribeVpcsCommand({}));
    assert.ok(Vpcs.every((vpc) => vpc.OwnerId === account));
});

test("a role in an instance profile", async () => {
    const name = unique();
    const send = (Command, input) => iam.send(new Command(input));
    const { Role } = await send(iamsdk.CreateRoleCommand, { RoleName: name, AssumeRolePolicyDocument: trust });
    assert.equal(Role.Arn, `arn:aws:iam::${account}:role/${name}`);
    assert.equal(decodeURIComponent(Role.AssumeRolePolicyDocument), trust);
    await send(iamsdk.CreateInstanceProfileCommand, { InstanceProfileName: name });
    await iamsdk.waitUntilInstanceProfileExists({ client: iam, maxWaitTime: 20 }, { InstanceProfileName: name });
    await send(iamsdk.AddRoleToInstanceProfileCommand, { InstanceProfileName: name, RoleName: name });
    const found = [];
    for await (const page of iamsdk.paginateListInstanceProfiles({ client: iam, pageSize: 1 }, {})) {
        found.push(...page.InstanceProfiles);
    }
    const [profile] = found.filter((each) => each.InstanceProfileName === name);
    assert.deepEqual(profile.Roles.map((role) => role.RoleName), [name]);
    await refused(send(iamsdk.DeleteRoleCommand, { RoleName: name }), "DeleteConflictException", 409);
    await send(iamsdk.RemoveRoleFromInstanceProfileCommand, { InstanceProfileName: name, RoleName: name });
    await send(iamsdk.DeleteInstanceProfileCommand, { InstanceProfileName: name });
    await send(iamsdk.DeleteRoleCommand, { RoleName: name });
    await refused(send(iamsdk.GetRoleCommand, { RoleName: name }), "NoSuchEntityException", 404);
});

test("parameters", async () => {
    const Name = `/${unique()}/answer`;
    const send = (Command, input) => ssm.send(new Command(input));
    const latest = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    const { Parameter } = await send(ssmsdk.GetParameterCommand, { Name: latest });
    const images = await ec2.send(new ec2sdk.DescribeImagesCommand({ ImageIds: [Parameter.Value] }));
    assert.equal(images.Images[0].Architecture, "x86_64");
    await send(ssmsdk.PutParameterCommand, { Name, Value: "42", Type: "String" });
    assert.equal((await send(ssmsdk.GetParameterCommand, { Name })).Parameter.Value, "42");
    await refused(send(ssmsdk.PutParameterCommand, { Name, Value: "43", Type: "String" }), "ParameterAlreadyExists");
    await send(ssmsdk.DeleteParameterCommand, { Name });
    await refused(send(ssmsdk.GetParameterCommand, { Name }), "ParameterNotFound");
});
