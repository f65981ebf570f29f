// Instances: their states by waiters, their attributes, their pages, and what is refused.

import assert from "node:assert/strict";
import test from "node:test";
import * as sdk from "@aws-sdk/client-ec2";
import { ec2, named, newestImage, patience, refused, tagged, unique } from "./clients.js";

async function launch(count, more = {}) {
    const image = await newestImage();
    const input = { ImageId: image.ImageId, InstanceType: "t3.micro", MinCount: count, MaxCount: count, ...more };
    const { Instances } = await ec2.send(new sdk.RunInstancesCommand(input));
    return Instances;
}

async function terminate(ids) {
    await ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: ids }));
    await sdk.waitUntilInstanceTerminated(patience, { InstanceIds: ids });
}

async function show(id) {
    const { Reservations } = await ec2.send(new sdk.DescribeInstancesCommand({ InstanceIds: [id] }));
    return Reservations[0].Instances[0];
}

test("an instance is launched, stopped, changed, started and terminated", async () => {
    const name = unique();
    const [launched] = await launch(1, {
        TagSpecifications: tagged("instance", name),
        UserData: Buffer.from("#!/bin/sh\n").toString("base64"),
        BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 1, DeleteOnTermination: true } }],
        MetadataOptions: { HttpTokens: "required" },
    });
    const id = launched.InstanceId;
    const ids = { InstanceIds: [id] };
    assert.deepEqual(launched.State, { Code: 0, Name: "pending" });
    assert.ok(launched.LaunchTime instanceof Date);
    const { state } = await sdk.waitUntilInstanceRunning(patience, ids);
    assert.equal(state, "SUCCESS");
    const running = await show(id);
    assert.equal(running.BlockDeviceMappings.length, 2);
    assert.equal(running.MetadataOptions.HttpTokens, "required");
    assert.deepEqual(running.Tags, [{ Key: "Name", Value: name }]);
    await sdk.waitUntilInstanceStatusOk(patience, ids);
    await ec2.send(new sdk.RebootInstancesCommand(ids));
    const { StoppingInstances } = await ec2.send(new sdk.StopInstancesCommand(ids));
    assert.equal(StoppingInstances[0].PreviousState.Name, "running");
    await sdk.waitUntilInstanceStopped(patience, ids);
    await ec2.send(new sdk.ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value: "t3.small" } }));
    const data = await ec2.send(new sdk.DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: "userData" }));
    assert.equal(Buffer.from(data.UserData.Value, "base64").toString(), "#!/bin/sh\n");
    await ec2.send(new sdk.StartInstancesCommand(ids));
    await sdk.waitUntilInstanceRunning(patience, ids);
    assert.equal((await show(id)).InstanceType, "t3.small");
    await terminate([id]);
    const gone = await show(id);
    assert.equal(gone.State.Name, "terminated");
    assert.equal(gone.StateReason.Code, "Client.UserInitiatedShutdown");
    assert.equal(gone.PrivateIpAddress, undefined);
});

test("the pages of instances, volumes and types", async () => {
    const name = unique();
    const more = { TagSpecifications: tagged("instance", name) };
    const launched = await Promise.all(Array.from({ length: 6 }, () => launch(1, more)));
    const ids = launched.map(([instance]) => instance.InstanceId).sort();
    await sdk.waitUntilInstanceRunning(patience, { InstanceIds: ids });
    const sizes = [];
    const seen = [];
    for await (const page of sdk.paginateDescribeInstances({ client: ec2, pageSize: 5 }, { Filters: named(name) })) {
        sizes.push(page.Reservations.length);
        seen.push(...page.Reservations.flatMap((reservation) => reservation.Instances.map((i) => i.InstanceId)));
    }
    assert.deepEqual(sizes, [5, 1]);
    assert.deepEqual(seen.sort(), ids);
    const attached = { Filters: [{ Name: "attachment.instance-id", Values: ids }] };
    const volumes = [];
    for await (const page of sdk.paginateDescribeVolumes({ client: ec2, pageSize: 5 }, attached)) {
        volumes.push(...page.Volumes.map((volume) => volume.Attachments[0].InstanceId));
    }
    assert.deepEqual(volumes.sort(), ids);
    const types = new Set();
    for await (const page of sdk.paginateDescribeInstanceTypes({ client: ec2, pageSize: 100 }, {})) {
        for (const type of page.InstanceTypes) types.add(type.InstanceType);
    }
    assert.ok(types.size > 500 && types.has("t3.micro"));
    await terminate(ids);
});

test("a client token launches once", async () => {
    const token = unique();
    const [first] = await launch(1, { ClientToken: token });
    const [second] = await launch(1, { ClientToken: token });
    assert.equal(second.InstanceId, first.InstanceId);
    await refused(launch(1, { ClientToken: token, InstanceType: "t3.small" }), "IdempotentParameterMismatch");
    await terminate([first.InstanceId]);
});

test("what is refused", async () => {
    const describe = (input) => ec2.send(new sdk.DescribeInstancesCommand(input));
    await refused(describe({ InstanceIds: ["i-0123456789abcdef0"] }), "InvalidInstanceID.NotFound");
    await refused(describe({ InstanceIds: ["i-nonsense"] }), "InvalidInstanceID.Malformed");
    await refused(describe({ Filters: [{ Name: "nonsense", Values: ["x"] }] }), "InvalidParameterValue");
    await refused(describe({ DryRun: true }), "DryRunOperation", 412);
    await refused(launch(1, { InstanceType: "t3.nonsense" }), "InvalidParameterValue");
    await refused(launch(1, { ImageId: "ami-0123456789abcdef0" }), "InvalidAMIID.NotFound");
    const stranger = new sdk.EC2Client({ credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" } });
    await refused(stranger.send(new sdk.DescribeInstancesCommand({})), "AuthFailure", 401);
});
