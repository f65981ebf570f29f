"""Regions, zones and types, who one is, and that accounts and regions know nothing of each other."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from conformance.endpoint import Endpoint
from conformance.wire import refused
from ec2api import actions
from ec2api.registry import ACTIONS, Action


def test_54_regions(ec2: Any, endpoint: Endpoint) -> None:
    regions = {r["RegionName"]: r for r in ec2.describe_regions()["Regions"]}
    assert endpoint.region in regions
    assert {r["OptInStatus"] for r in regions.values()} <= {"opt-in-not-required", "opted-in"}
    assert all(r["Endpoint"] for r in regions.values())
    everything = {r["RegionName"]: r["OptInStatus"] for r in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert everything.keys() >= regions.keys()
    named = ec2.describe_regions(RegionNames=[endpoint.region])["Regions"]
    assert [r["RegionName"] for r in named] == [endpoint.region]
    assert refused(ec2.describe_regions, RegionNames=["us-nowhere-1"])[:2] == (400, "InvalidParameterValue")


def test_54_zones(ec2: Any, endpoint: Endpoint) -> None:
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert len(zones) >= 2
    for zone in zones:
        assert zone["RegionName"] == endpoint.region
        assert zone["ZoneName"].startswith(endpoint.region)
        assert (zone["State"], zone["ZoneType"], zone["OptInStatus"]) == (
            "available",
            "availability-zone",
            "opt-in-not-required",
        )
    ids = {z["ZoneId"] for z in zones}
    assert len(ids) == len(zones)
    if endpoint.region == "us-east-1":
        assert all(id.startswith("use1-az") for id in ids)
    by_id = ec2.describe_availability_zones(ZoneIds=[zones[0]["ZoneId"]])["AvailabilityZones"]
    assert [z["ZoneName"] for z in by_id] == [zones[0]["ZoneName"]]
    assert refused(ec2.describe_availability_zones, ZoneNames=["us-nowhere-1a"])[:2] == (
        400,
        "InvalidParameterValue",
    )


def test_45_types_of_today(ec2: Any) -> None:
    paginator = ec2.get_paginator("describe_instance_types")
    types = {t["InstanceType"]: t for page in paginator.paginate() for t in page["InstanceTypes"]}
    for family in ("t2", "t3", "t3a", "t4g", "m5", "m6i", "m7g", "c5", "c7i", "r5", "r7g", "i3", "i4i", "g4dn", "g5"):
        assert any(name.startswith(f"{family}.") for name in types), family
    for name, shown in types.items():
        for member in ("VCpuInfo", "MemoryInfo", "EbsInfo", "NetworkInfo", "ProcessorInfo", "PlacementGroupInfo"):
            assert shown[member], (name, member)
    offered = ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["t3.micro"]}]
    )["InstanceTypeOfferings"]
    zones = {z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"]}
    assert {o["Location"] for o in offered} <= zones
    assert offered


def test_account_attributes(ec2: Any) -> None:
    shown = {
        a["AttributeName"]: [v["AttributeValue"] for v in a["AttributeValues"]]
        for a in ec2.describe_account_attributes()["AccountAttributes"]
    }
    assert shown["supported-platforms"] == ["VPC"]
    assert shown["default-vpc"][0].startswith("vpc-")
    assert int(shown["max-instances"][0]) > 0


def test_sts(endpoint: Endpoint, sts: Any) -> None:
    identity = sts.get_caller_identity()
    account = endpoint.credentials.account
    assert identity["Account"] == account
    assert identity["Arn"].startswith(f"arn:aws:iam::{account}:")
    assert sts.get_access_key_info(AccessKeyId=endpoint.credentials.access_key_id)["Account"] == account
    token = sts.get_session_token()["Credentials"]
    session = endpoint.session().client(
        "sts",
        endpoint_url=endpoint.url,
        aws_access_key_id=token["AccessKeyId"],
        aws_secret_access_key=token["SecretAccessKey"],
        aws_session_token=token["SessionToken"],
    )
    assert session.get_caller_identity()["Account"] == account


@pytest.fixture
def things(ec2: Any, vpc: Any, name: str, key: Any, group: str, launch: Any, reach: Any) -> dict[str, str]:
    """One id of each kind, by the parameter that names it."""
    running = reach(launch(KeyName=name)["Instances"][0]["InstanceId"], "running")
    inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    return {
        "InstanceId": running["InstanceId"],
        "VolumeId": running["BlockDeviceMappings"][0]["Ebs"]["VolumeId"],
        "NetworkInterfaceId": running["NetworkInterfaces"][0]["NetworkInterfaceId"],
        "VpcId": vpc["VpcId"],
        "SubnetId": vpc["SubnetId"],
        "GroupId": group,
        "KeyPairId": key["KeyPairId"],
        "KeyName": name,
        "RouteTableId": ec2.describe_route_tables(Filters=inside)["RouteTables"][0]["RouteTableId"],
        "NetworkAclId": ec2.describe_network_acls(Filters=inside)["NetworkAcls"][0]["NetworkAclId"],
        "SecurityGroupRuleId": ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])[
            "SecurityGroupRules"
        ][0]["SecurityGroupRuleId"],
        "InternetGatewayId": ec2.describe_internet_gateways()["InternetGateways"][0]["InternetGatewayId"],
        "DhcpOptionsId": ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"][0]["DhcpOptionsId"],
    }


Attempt = Callable[[Any, dict[str, str]], Any]
PERMISSION = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
ATTEMPTS: dict[str, Attempt] = {
    "describe instances": lambda c, t: c.describe_instances(InstanceIds=[t["InstanceId"]]),
    "start": lambda c, t: c.start_instances(InstanceIds=[t["InstanceId"]]),
    "stop": lambda c, t: c.stop_instances(InstanceIds=[t["InstanceId"]]),
    "reboot": lambda c, t: c.reboot_instances(InstanceIds=[t["InstanceId"]]),
    "terminate": lambda c, t: c.terminate_instances(InstanceIds=[t["InstanceId"]]),
    "monitor": lambda c, t: c.monitor_instances(InstanceIds=[t["InstanceId"]]),
    "unmonitor": lambda c, t: c.unmonitor_instances(InstanceIds=[t["InstanceId"]]),
    "console": lambda c, t: c.get_console_output(InstanceId=t["InstanceId"]),
    "password": lambda c, t: c.get_password_data(InstanceId=t["InstanceId"]),
    "status": lambda c, t: c.describe_instance_status(InstanceIds=[t["InstanceId"]]),
    "credits": lambda c, t: c.describe_instance_credit_specifications(InstanceIds=[t["InstanceId"]]),
    "attribute": lambda c, t: c.describe_instance_attribute(InstanceId=t["InstanceId"], Attribute="userData"),
    "modify": lambda c, t: c.modify_instance_attribute(
        InstanceId=t["InstanceId"], DisableApiTermination={"Value": True}
    ),
    "reset": lambda c, t: c.reset_instance_attribute(InstanceId=t["InstanceId"], Attribute="sourceDestCheck"),
    "metadata": lambda c, t: c.modify_instance_metadata_options(InstanceId=t["InstanceId"], HttpTokens="required"),
    "maintenance": lambda c, t: c.modify_instance_maintenance_options(
        InstanceId=t["InstanceId"], AutoRecovery="disabled"
    ),
    "tag instance": lambda c, t: c.create_tags(Resources=[t["InstanceId"]], Tags=[{"Key": "a", "Value": "b"}]),
    "untag instance": lambda c, t: c.delete_tags(Resources=[t["InstanceId"]]),
    "tag volume": lambda c, t: c.create_tags(Resources=[t["VolumeId"]], Tags=[{"Key": "a", "Value": "b"}]),
    "tag key": lambda c, t: c.create_tags(Resources=[t["KeyPairId"]], Tags=[{"Key": "a", "Value": "b"}]),
    "volumes": lambda c, t: c.describe_volumes(VolumeIds=[t["VolumeId"]]),
    "interfaces": lambda c, t: c.describe_network_interfaces(NetworkInterfaceIds=[t["NetworkInterfaceId"]]),
    "vpcs": lambda c, t: c.describe_vpcs(VpcIds=[t["VpcId"]]),
    "vpc attribute": lambda c, t: c.describe_vpc_attribute(VpcId=t["VpcId"], Attribute="enableDnsSupport"),
    "modify vpc": lambda c, t: c.modify_vpc_attribute(VpcId=t["VpcId"], EnableDnsSupport={"Value": False}),
    "delete vpc": lambda c, t: c.delete_vpc(VpcId=t["VpcId"]),
    "subnet in it": lambda c, t: c.create_subnet(VpcId=t["VpcId"], CidrBlock="10.1.9.0/24"),
    "group in it": lambda c, t: c.create_security_group(VpcId=t["VpcId"], GroupName="x", Description="x"),
    "subnets": lambda c, t: c.describe_subnets(SubnetIds=[t["SubnetId"]]),
    "modify subnet": lambda c, t: c.modify_subnet_attribute(
        SubnetId=t["SubnetId"], MapPublicIpOnLaunch={"Value": True}
    ),
    "delete subnet": lambda c, t: c.delete_subnet(SubnetId=t["SubnetId"]),
    "groups": lambda c, t: c.describe_security_groups(GroupIds=[t["GroupId"]]),
    "delete group": lambda c, t: c.delete_security_group(GroupId=t["GroupId"]),
    "authorize": lambda c, t: c.authorize_security_group_ingress(GroupId=t["GroupId"], IpPermissions=PERMISSION),
    "authorize out": lambda c, t: c.authorize_security_group_egress(GroupId=t["GroupId"], IpPermissions=PERMISSION),
    "revoke": lambda c, t: c.revoke_security_group_ingress(GroupId=t["GroupId"], IpPermissions=PERMISSION),
    "keys": lambda c, t: c.describe_key_pairs(KeyPairIds=[t["KeyPairId"]]),
    "keys by name": lambda c, t: c.describe_key_pairs(KeyNames=[t["KeyName"]]),
    "route tables": lambda c, t: c.describe_route_tables(RouteTableIds=[t["RouteTableId"]]),
    "acls": lambda c, t: c.describe_network_acls(NetworkAclIds=[t["NetworkAclId"]]),
    "dhcp options": lambda c, t: c.describe_dhcp_options(DhcpOptionsIds=[t["DhcpOptionsId"]]),
    "rules": lambda c, t: c.describe_security_group_rules(SecurityGroupRuleIds=[t["SecurityGroupRuleId"]]),
    "modify rules": lambda c, t: c.modify_security_group_rules(GroupId=t["GroupId"], SecurityGroupRules=_new_rule(t)),
    "text of ingress": lambda c, t: c.update_security_group_rule_descriptions_ingress(
        GroupId=t["GroupId"], SecurityGroupRuleDescriptions=_new_text(t)
    ),
    "text of egress": lambda c, t: c.update_security_group_rule_descriptions_egress(
        GroupId=t["GroupId"], SecurityGroupRuleDescriptions=_new_text(t)
    ),
    "revoke out": lambda c, t: c.revoke_security_group_egress(GroupId=t["GroupId"], IpPermissions=PERMISSION),
    "volume status": lambda c, t: c.describe_volume_status(VolumeIds=[t["VolumeId"]]),
    "gateways": lambda c, t: c.describe_internet_gateways(InternetGatewayIds=[t["InternetGatewayId"]]),
    "host name": lambda c, t: c.modify_private_dns_name_options(
        InstanceId=t["InstanceId"], PrivateDnsHostnameType="resource-name"
    ),
    "cpu": lambda c, t: c.modify_instance_cpu_options(InstanceId=t["InstanceId"], CoreCount=1, ThreadsPerCore=1),
    "launch in subnet": lambda c, t: c.run_instances(SubnetId=t["SubnetId"], **_launch(c)),
    "launch in group": lambda c, t: c.run_instances(SecurityGroupIds=[t["GroupId"]], **_launch(c)),
    "launch with key": lambda c, t: c.run_instances(KeyName=t["KeyName"], **_launch(c)),
}
DONE_ELSEWHERE = {
    "modify_instance_credit_specification": "answers with a list of failures",
    "delete_key_pair": "succeeds where there is nothing to delete",
    "describe_availability_zones": "zones are everybody's",
    "describe_images": "test_images_and_keys",
    "describe_image_attribute": "test_images_and_keys",
    "modify_image_attribute": "test_images_and_keys",
    "reset_image_attribute": "test_images_and_keys",
    "deregister_image": "test_images_and_keys",
}
LISTS = {
    "describe_instances": "Reservations",
    "describe_volumes": "Volumes",
    "describe_network_interfaces": "NetworkInterfaces",
    "describe_key_pairs": "KeyPairs",
    "describe_tags": "Tags",
    "describe_vpcs": "Vpcs",
    "describe_subnets": "Subnets",
    "describe_security_groups": "SecurityGroups",
    "describe_security_group_rules": "SecurityGroupRules",
    "describe_route_tables": "RouteTables",
    "describe_network_acls": "NetworkAcls",
    "describe_internet_gateways": "InternetGateways",
    "describe_dhcp_options": "DhcpOptions",
    "describe_instance_status": "InstanceStatuses",
    "describe_instance_credit_specifications": "InstanceCreditSpecifications",
}


def _new_rule(t: dict[str, str]) -> list[dict[str, Any]]:
    new = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIpv4": "0.0.0.0/0"}
    return [{"SecurityGroupRuleId": t["SecurityGroupRuleId"], "SecurityGroupRule": new}]


def _new_text(t: dict[str, str]) -> list[dict[str, str]]:
    return [{"SecurityGroupRuleId": t["SecurityGroupRuleId"], "Description": "x"}]


def _launch(client: Any) -> dict[str, Any]:
    named = [{"Name": "name", "Values": ["al2023-ami-2023.*-x86_64"]}]
    image = client.describe_images(Owners=["amazon"], Filters=named)["Images"][0]["ImageId"]
    return {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}


class Recorder:
    """Notes which methods of a client are called."""

    def __init__(self) -> None:
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        self.called.add(name)
        return lambda **_: {"Images": [{"ImageId": ""}]}


def _attempted() -> set[str]:
    recorder = Recorder()
    for attempt in ATTEMPTS.values():
        attempt(recorder, defaultdict(str))
    return recorder.called


def _least(shape: Any) -> Any:
    """A value of the shape with no more than what is required."""
    if shape.type_name == "structure":
        return {name: _least(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [_least(shape.member)]
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "x" * max(1, shape.metadata.get("min", 1))
    return {"boolean": False, "timestamp": datetime.now(UTC), "blob": b"x", "map": {}}.get(shape.type_name, 1)


def _naming(action: Action, things: dict[str, str]) -> dict[str, Any]:
    """Parameters of an action that name things of whose kinds it takes ids; none where it takes no such ids."""
    members = action.model.input_shape.members if action.model.input_shape else {}
    named: dict[str, Any] = {
        name: [things[name.removesuffix("s")]] if shape.type_name == "list" else things[name.removesuffix("s")]
        for name, shape in members.items()
        if name.endswith(("Id", "Ids")) and name.removesuffix("s") in things and name in action.supported
    }
    required = action.model.input_shape.required_members if action.model.input_shape else ()
    return {**{name: _least(members[name]) for name in required}, **named} if named else {}


@pytest.mark.parametrize("where", ["other", "elsewhere"])
def test_54_what_takes_their_ids_reaches_none_of_them(
    ec2: Any, things: dict[str, str], where: str, request: pytest.FixtureRequest, one: Any
) -> None:
    actions.load()
    stranger, before = request.getfixturevalue(where), one(things["InstanceId"])
    known, tried = _attempted() | DONE_ELSEWHERE.keys(), 0
    for (service, name), action in sorted(ACTIONS.items()):
        if service != "ec2" or xform_name(name) in known or not (given := _naming(action, things)):
            continue
        tried += 1
        try:
            answer = str(getattr(stranger, xform_name(name))(**given))
        except ClientError as fault:
            assert fault.response["ResponseMetadata"]["HTTPStatusCode"] == 400, (name, fault)
        else:  # lists of failures name what was not found
            assert "NotFound" in answer or not any(id in answer for id in things.values()), (name, answer)
    assert tried > 60
    assert one(things["InstanceId"]) == before


@pytest.mark.parametrize("where", ["other", "elsewhere"])
def test_54_neither_accounts_nor_regions_see_each_other(
    ec2: Any, things: dict[str, str], where: str, request: pytest.FixtureRequest, one: Any
) -> None:
    stranger = request.getfixturevalue(where)
    before = one(things["InstanceId"])
    for what, attempt in ATTEMPTS.items():
        status, code, _ = refused(partial(attempt, stranger, things))
        assert (status, code.endswith(".NotFound")) == (400, True), (what, code)
    answer = stranger.modify_instance_credit_specification(
        InstanceCreditSpecifications=[{"InstanceId": things["InstanceId"], "CpuCredits": "standard"}]
    )
    assert answer["SuccessfulInstanceCreditSpecifications"] == []
    stranger.delete_key_pair(KeyPairId=things["KeyPairId"])
    assert ec2.describe_key_pairs(KeyPairIds=[things["KeyPairId"]])["KeyPairs"]
    mine = set(things.values())
    for action, member in LISTS.items():
        text = str(getattr(stranger, action)()[member])
        assert not [id for id in mine if id in text], action
    assert one(things["InstanceId"]) == before
    assert ec2.describe_vpcs(VpcIds=[things["VpcId"]])["Vpcs"]


def test_54_every_owner_is_the_caller(endpoint: Endpoint, ec2: Any, other: Any) -> None:
    for client, account in ((ec2, endpoint.credentials.account), (other, endpoint.other and endpoint.other.account)):
        owners = {v["OwnerId"] for v in client.describe_vpcs()["Vpcs"]}
        owners |= {s["OwnerId"] for s in client.describe_subnets()["Subnets"]}
        owners |= {g["OwnerId"] for g in client.describe_security_groups()["SecurityGroups"]}
        owners |= {n["OwnerId"] for n in client.describe_network_acls()["NetworkAcls"]}
        assert owners == {account}
    mine = {v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"]}
    assert not mine & {v["VpcId"] for v in other.describe_vpcs()["Vpcs"]}
