"""Tags, at creation and after. A test's number is a line of AWS's semantics."""

from typing import Any

import pytest

from conformance.wire import refused


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def on(kind: str, given: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": given}]


@pytest.fixture
def shown(ec2: Any) -> Any:
    def look(resource_id: str) -> dict[str, str]:
        found = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [resource_id]}])["Tags"]
        return {t["Key"]: t["Value"] for t in found}

    return look


def test_21_tags_of_a_launch(ec2: Any, launch: Any, reach: Any, shown: Any) -> None:
    given = on("instance", tags(a="1")) + on("volume", tags(b="2")) + on("network-interface", tags(c="3"))
    launched = launch(TagSpecifications=given)["Instances"][0]
    assert launched["Tags"] == tags(a="1")
    running = reach(launched["InstanceId"], "running")
    assert shown(running["InstanceId"]) == {"a": "1"}
    assert shown(running["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]) == {"b": "2"}
    assert shown(running["NetworkInterfaces"][0]["NetworkInterfaceId"]) == {"c": "3"}


WRONG = [
    (on("vpc", tags(a="1")), "InvalidParameterValue"),
    (on("instance", []), "InvalidParameterValue"),
    (on("instance", tags(**{"aws:a": "1"})), "InvalidParameterValue"),
    (on("instance", tags(**{"AWS:a": "1"})), "InvalidParameterValue"),
    (on("instance", tags(a="1") + tags(a="2")), "InvalidParameterValue"),
    (on("instance", tags(**{"k" * 129: "1"})), "InvalidParameterValue"),
    (on("instance", tags(k="v" * 257)), "InvalidParameterValue"),
    (on("instance", tags(**{"": "1"})), "InvalidParameterValue"),
    (on("instance", tags(**{str(n): "" for n in range(51)})), "TagLimitExceeded"),
    (on("instance", tags(a="1")) + on("instance", tags(b="1")), "InvalidParameterValue"),
]


@pytest.mark.parametrize(("given", "code"), WRONG)
def test_21_specifications_that_are_refused_launch_nothing(
    ec2: Any, launch: Any, name: str, given: list[dict[str, Any]], code: str
) -> None:
    assert refused(launch, TagSpecifications=given, ClientToken=name)[:2] == (400, code)
    found = ec2.describe_instances(Filters=[{"Name": "client-token", "Values": [name]}])
    assert found["Reservations"] == []


def test_21_reserved_keys_in_aws_words(ec2: Any, group: str) -> None:
    found = refused(ec2.create_tags, Resources=[group], Tags=tags(**{"aws:a": "1"}))
    assert found[1:] == (
        "InvalidParameterValue",
        "Value ( aws:a ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
    )


def test_21_fifty_tags(ec2: Any, group: str, shown: Any) -> None:
    ec2.create_tags(Resources=[group], Tags=tags(**{str(n): "x" for n in range(50)}))
    ec2.create_tags(Resources=[group], Tags=tags(**{"1": "y"}))
    assert refused(ec2.create_tags, Resources=[group], Tags=tags(more="x"))[:2] == (400, "TagLimitExceeded")
    assert len(shown(group)) == 50
    longest = tags(**{"ü" * 128: "ß" * 256})
    ec2.delete_tags(Resources=[group])
    ec2.create_tags(Resources=[group], Tags=longest)
    assert shown(group) == {"ü" * 128: "ß" * 256}


def test_22_tags_on_every_type(ec2: Any, vpc: Any, group: str, key: Any, launch: Any, reach: Any, shown: Any) -> None:
    running = reach(launch()["Instances"][0]["InstanceId"], "running")
    inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    ids = [
        running["InstanceId"],
        running["BlockDeviceMappings"][0]["Ebs"]["VolumeId"],
        running["NetworkInterfaces"][0]["NetworkInterfaceId"],
        vpc["VpcId"],
        vpc["SubnetId"],
        group,
        key["KeyPairId"],
        ec2.describe_route_tables(Filters=inside)["RouteTables"][0]["RouteTableId"],
        ec2.describe_network_acls(Filters=inside)["NetworkAcls"][0]["NetworkAclId"],
        ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"][0][
            "SecurityGroupRuleId"
        ],
    ]
    ec2.create_tags(Resources=ids, Tags=tags(all="yes", empty=""))
    for id in ids:
        assert shown(id) == {"all": "yes", "empty": ""}
    ec2.create_tags(Resources=ids[:1], Tags=tags(all="no"))
    assert shown(ids[0]) == {"all": "no", "empty": ""}
    ec2.delete_tags(Resources=ids, Tags=[{"Key": "all", "Value": "yes"}, {"Key": "empty"}])
    assert shown(ids[0]) == {"all": "no"}
    assert shown(ids[1]) == {}
    ec2.delete_tags(Resources=ids[:1], Tags=[{"Key": "all", "Value": ""}, {"Key": "absent"}])
    assert shown(ids[0]) == {"all": "no"}
    ec2.delete_tags(Resources=ids[:1])
    assert shown(ids[0]) == {}


UNKNOWN = [
    ("i-0123456789abcdef0", "InvalidInstanceID.NotFound"),
    ("vol-0123456789abcdef0", "InvalidVolume.NotFound"),
    ("ami-0123456789abcdef0", "InvalidAMIID.NotFound"),
    ("vpc-0123456789abcdef0", "InvalidVpcID.NotFound"),
    ("subnet-0123456789abcdef0", "InvalidSubnetID.NotFound"),
    ("sg-0123456789abcdef0", "InvalidGroup.NotFound"),
    ("eni-0123456789abcdef0", "InvalidNetworkInterfaceID.NotFound"),
    ("rtb-0123456789abcdef0", "InvalidRouteTableID.NotFound"),
    ("igw-0123456789abcdef0", "InvalidInternetGatewayID.NotFound"),
    ("acl-0123456789abcdef0", "InvalidNetworkAclID.NotFound"),
    ("nonsense", "InvalidID"),
]


@pytest.mark.parametrize(("resource_id", "code"), UNKNOWN)
def test_22_an_unknown_id_tags_nothing(ec2: Any, group: str, shown: Any, resource_id: str, code: str) -> None:
    assert refused(ec2.create_tags, Resources=[group, resource_id], Tags=tags(a="1"))[:2] == (400, code)
    assert shown(group) == {}


def test_22_tags_of_others(other: Any, group: str, image: Any, ec2: Any) -> None:
    assert refused(other.create_tags, Resources=[group], Tags=tags(a="1"))[1] == "InvalidGroup.NotFound"
    assert refused(other.delete_tags, Resources=[group])[1] == "InvalidGroup.NotFound"
    assert refused(ec2.create_tags, Resources=[image["ImageId"]], Tags=tags(a="1"))[1] in (
        "InvalidAMIID.NotFound",
        "UnauthorizedOperation",
    )
