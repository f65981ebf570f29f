// A network from the VPC to the rules, read back, taken apart in the wrong order and then in the right one.

import assert from "node:assert/strict";
import test from "node:test";
import * as sdk from "@aws-sdk/client-ec2";
import { ec2, named, patience, refused, tagged, unique } from "./clients.js";

const send = (Command, input) => ec2.send(new Command(input));

test("a VPC, a subnet, a gateway and a route", async () => {
    const name = unique();
    const { Vpc } = await send(sdk.CreateVpcCommand, {
        CidrBlock: "10.3.0.0/16",
        TagSpecifications: tagged("vpc", name),
    });
    const { VpcId } = Vpc;
    assert.equal(Vpc.State, "pending");
    await sdk.waitUntilVpcAvailable(patience, { VpcIds: [VpcId] });
    await sdk.waitUntilVpcExists(patience, { VpcIds: [VpcId] });
    const { Subnet } = await send(sdk.CreateSubnetCommand, { VpcId, CidrBlock: "10.3.1.0/24" });
    await sdk.waitUntilSubnetAvailable(patience, { SubnetIds: [Subnet.SubnetId] });
    const made = await send(sdk.CreateInternetGatewayCommand, {});
    const { InternetGatewayId } = made.InternetGateway;
    await send(sdk.AttachInternetGatewayCommand, { InternetGatewayId, VpcId });
    const { RouteTable } = await send(sdk.CreateRouteTableCommand, { VpcId });
    const { RouteTableId } = RouteTable;
    const toGateway = { RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId: InternetGatewayId };
    assert.equal((await send(sdk.CreateRouteCommand, toGateway)).Return, true);
    assert.equal((await send(sdk.CreateRouteCommand, toGateway)).Return, true); // it is there already
    const { AssociationId } = await send(sdk.AssociateRouteTableCommand, { RouteTableId, SubnetId: Subnet.SubnetId });

    const { Vpcs } = await send(sdk.DescribeVpcsCommand, { Filters: named(name) });
    assert.deepEqual(Vpcs.map((vpc) => [vpc.VpcId, vpc.State, vpc.IsDefault]), [[VpcId, "available", false]]);
    const { RouteTables } = await send(sdk.DescribeRouteTablesCommand, { RouteTableIds: [RouteTableId] });
    assert.deepEqual(
        RouteTables[0].Routes.map((each) => [each.DestinationCidrBlock, each.GatewayId, each.State]),
        [
            ["10.3.0.0/16", "local", "active"],
            ["0.0.0.0/0", InternetGatewayId, "active"],
        ],
    );

    await refused(send(sdk.CreateSubnetCommand, { VpcId, CidrBlock: "10.3.1.128/25" }), "InvalidSubnet.Conflict");
    await refused(send(sdk.DeleteVpcCommand, { VpcId }), "DependencyViolation");
    await refused(send(sdk.DeleteRouteTableCommand, { RouteTableId }), "DependencyViolation");
    await refused(send(sdk.DeleteInternetGatewayCommand, { InternetGatewayId }), "DependencyViolation");

    await send(sdk.DisassociateRouteTableCommand, { AssociationId });
    await send(sdk.DeleteRouteTableCommand, { RouteTableId });
    await send(sdk.DetachInternetGatewayCommand, { InternetGatewayId, VpcId });
    await send(sdk.DeleteInternetGatewayCommand, { InternetGatewayId });
    await send(sdk.DeleteSubnetCommand, { SubnetId: Subnet.SubnetId });
    await send(sdk.DeleteVpcCommand, { VpcId });
    await refused(send(sdk.DescribeVpcsCommand, { VpcIds: [VpcId] }), "InvalidVpcID.NotFound");
});

test("a security group and its rules", async () => {
    const GroupName = unique();
    const { GroupId } = await send(sdk.CreateSecurityGroupCommand, { GroupName, Description: "for the web" });
    await sdk.waitUntilSecurityGroupExists(patience, { GroupIds: [GroupId] });
    const permission = {
        IpProtocol: "tcp",
        FromPort: 443,
        ToPort: 443,
        IpRanges: [{ CidrIp: "203.0.113.0/24", Description: "office" }],
        Ipv6Ranges: [{ CidrIpv6: "2001:db8::/32" }],
    };
    const ingress = { GroupId, IpPermissions: [permission] };
    const { SecurityGroupRules } = await send(sdk.AuthorizeSecurityGroupIngressCommand, ingress);
    assert.equal(SecurityGroupRules.length, 2);
    await refused(send(sdk.AuthorizeSecurityGroupIngressCommand, ingress), "InvalidPermission.Duplicate");
    const { SecurityGroups } = await send(sdk.DescribeSecurityGroupsCommand, { GroupIds: [GroupId] });
    const [shown] = SecurityGroups[0].IpPermissions;
    assert.deepEqual([shown.IpRanges, shown.Ipv6Ranges], [permission.IpRanges, permission.Ipv6Ranges]);
    const rules = [];
    const inGroup = { Filters: [{ Name: "group-id", Values: [GroupId] }] };
    for await (const page of sdk.paginateDescribeSecurityGroupRules({ client: ec2, pageSize: 5 }, inGroup)) {
        rules.push(...page.SecurityGroupRules);
    }
    assert.deepEqual(rules.map((rule) => rule.IsEgress).sort(), [false, false, true]);
    const SecurityGroupRuleIds = rules.filter((rule) => !rule.IsEgress).map((rule) => rule.SecurityGroupRuleId);
    await send(sdk.RevokeSecurityGroupIngressCommand, { GroupId, SecurityGroupRuleIds });
    await send(sdk.DeleteSecurityGroupCommand, { GroupId });
});

test("a key pair", async () => {
    const KeyName = unique();
    const made = await send(sdk.CreateKeyPairCommand, { KeyName, KeyType: "ed25519" });
    assert.match(made.KeyMaterial, /^-----BEGIN OPENSSH PRIVATE KEY-----/);
    await sdk.waitUntilKeyPairExists(patience, { KeyNames: [KeyName] });
    const { KeyPairs } = await send(sdk.DescribeKeyPairsCommand, { KeyNames: [KeyName], IncludePublicKey: true });
    assert.equal(KeyPairs[0].KeyFingerprint, made.KeyFingerprint);
    assert.match(KeyPairs[0].PublicKey, /^ssh-ed25519 /);
    assert.ok(KeyPairs[0].CreateTime instanceof Date);
    await send(sdk.DeleteKeyPairCommand, { KeyName });
    await refused(send(sdk.DescribeKeyPairsCommand, { KeyNames: [KeyName] }), "InvalidKeyPair.NotFound");
});
