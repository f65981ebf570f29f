"""Describe calls: filters, wildcards, pages. A test's number is a line of AWS's semantics."""

import base64
from typing import Any

import pytest

from conformance.endpoint import eventually
from conformance.wire import refused


def filters(**named: Any) -> list[dict[str, Any]]:
    """``tag__Name="x"`` is the filter tag:Name, ``instance_type=[...]`` the filter instance-type."""
    return [
        {
            "Name": "tag:" + n.removeprefix("tag__") if n.startswith("tag__") else n.replace("_", "-"),
            "Values": [v] if isinstance(v, str) else v,
        }
        for n, v in named.items()
    ]


@pytest.fixture
def tagged(ec2: Any, name: str) -> Any:
    """Three security groups with the tags Case = name and Text = a different one each: their ids by text."""
    texts = ["red*apple", "red apple", "Red Apple", "50%_off", r"a\b", ""]
    made = {}
    for number, text in enumerate(texts):
        tags = [{"Key": "Case", "Value": name}, {"Key": "Text", "Value": text}]
        made[text] = ec2.create_security_group(
            GroupName=f"{name}-{number}",
            Description="conformance",
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
        )["GroupId"]
    yield made
    for group_id in made.values():
        ec2.delete_security_group(GroupId=group_id)


CASES = [
    ("red*", ["red*apple", "red apple"]),
    (r"red\*apple", ["red*apple"]),
    ("red?apple", ["red*apple", "red apple"]),
    ("?ed?apple", ["red*apple", "red apple"]),
    ("*e*a*", ["red*apple", "red apple"]),
    ("red apple", ["red apple"]),
    ("RED APPLE", []),
    ("50%_off", ["50%_off"]),
    ("50%*", ["50%_off"]),
    ("50?_off", ["50%_off"]),
    ("%", []),
    ("_____", []),
    (r"a\\b", [r"a\b"]),
    ("", [""]),
    ("*", ["red*apple", "red apple", "Red Apple", "50%_off", r"a\b", ""]),
]


@pytest.mark.parametrize(("pattern", "found"), CASES)
def test_15_wildcards_and_escapes(ec2: Any, tagged: Any, name: str, pattern: str, found: list[str]) -> None:
    shown = ec2.describe_security_groups(Filters=filters(tag__Case=name, tag__Text=pattern))["SecurityGroups"]
    assert {g["GroupId"] for g in shown} == {tagged[text] for text in found}


def test_15_and_across_names_or_across_values(ec2: Any, tagged: Any, name: str) -> None:
    def found(**named: Any) -> set[str]:
        return {g["GroupId"] for g in ec2.describe_security_groups(Filters=filters(**named))["SecurityGroups"]}

    assert found(tag__Case=name, tag__Text=["red apple", "Red*"]) == {tagged["red apple"], tagged["Red Apple"]}
    assert found(tag__Case=name, tag__Text=["red apple"], group_name=f"{name}-0") == set()
    assert found(group_name=[f"{name}-0", f"{name}-5"], tag_key="Text") == {tagged["red*apple"], tagged[""]}
    twice = filters(tag__Text="red*") + filters(tag__Text="*apple") + filters(tag__Case=name)
    shown = ec2.describe_security_groups(Filters=twice)["SecurityGroups"]
    assert {g["GroupId"] for g in shown} == {tagged["red*apple"], tagged["red apple"]}


def test_16_an_unknown_filter(ec2: Any) -> None:
    for action in ("describe_instances", "describe_vpcs", "describe_images", "describe_instance_types"):
        found = refused(getattr(ec2, action), Filters=filters(colour="red"))
        assert found == (400, "InvalidParameterValue", "The filter 'colour' is invalid"), action
    found = refused(ec2.describe_instances, Filters=filters(Instance_Type="t3.micro"))
    assert found[1:] == ("InvalidParameterValue", "The filter 'Instance-Type' is invalid")


def test_17_tag_filters_and_camel_case_aliases(ec2: Any, tagged: Any, name: str) -> None:
    def found(**named: Any) -> set[str]:
        shown = ec2.describe_security_groups(Filters=filters(**named))["SecurityGroups"]
        return {g["GroupId"] for g in shown} & set(tagged.values())

    assert found(tag_key="Case") == set(tagged.values())
    assert found(tag_key="case") == set()
    assert found(tag__Case=name, tag__Text="") == {tagged[""]}
    for aliases in ({"isDefault": "true"}, {"is-default": "true"}):
        vpcs = ec2.describe_vpcs(Filters=[{"Name": n, "Values": [v]} for n, v in aliases.items()])["Vpcs"]
        assert [v["IsDefault"] for v in vpcs] == [True]
    subnet = ec2.describe_subnets(Filters=filters(default_for_az="true"))["Subnets"][0]
    for alias, value in (
        ("availabilityZone", subnet["AvailabilityZone"]),
        ("cidrBlock", subnet["CidrBlock"]),
        ("cidr", subnet["CidrBlock"]),
        ("defaultForAz", "true"),
    ):
        both = [{"Name": alias, "Values": [value]}, {"Name": "subnet-id", "Values": [subnet["SubnetId"]]}]
        assert [s["SubnetId"] for s in ec2.describe_subnets(Filters=both)["Subnets"]] == [subnet["SubnetId"]], alias


def test_18_limits_of_filters(ec2: Any) -> None:
    many = [{"Name": f"tag:{number}", "Values": ["x"]} for number in range(51)]
    assert refused(ec2.describe_instances, Filters=many)[:2] == (400, "FilterLimitExceeded")
    values = [str(number) for number in range(201)]
    assert refused(ec2.describe_instances, Filters=filters(tag__a=values)) == (
        400,
        "FilterLimitExceeded",
        "The maximum number of filter values specified on a single call is 200",
    )
    assert ec2.describe_instances(Filters=filters(tag__a=values[:200]))["Reservations"] == []


def test_19_limits_of_pages(ec2: Any, launch: Any) -> None:
    for size in (4, 1001, 0, -1):
        assert refused(ec2.describe_instances, MaxResults=size)[:2] == (400, "InvalidParameterValue"), size
    assert refused(ec2.describe_instances, MaxResults=3)[2] == (
        "Value ( 3 ) for parameter maxResults is invalid. Expecting a value greater than 5."
    )
    id = launch()["Instances"][0]["InstanceId"]
    assert refused(ec2.describe_instances, InstanceIds=[id], MaxResults=5) == (
        400,
        "InvalidParameterCombination",
        "The parameter instancesSet cannot be used with the parameter maxResults",
    )
    for token in ("nonsense", "AAAA", base64.b64encode(b"[1]").decode(), "ü", "x" * 5000):
        for action in (ec2.describe_instances, ec2.describe_tags, ec2.describe_security_groups):
            status, code, _ = refused(action, NextToken=token)
            assert (status, code) in [(400, "InvalidNextToken"), (400, "InvalidPaginationToken")], token


def test_19_and_20_pages(ec2: Any, launch: Any, name: str) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
    launched = [
        i["InstanceId"]
        for count in (1, 4, 7)
        for i in launch(MinCount=count, MaxCount=count, TagSpecifications=tags)["Instances"]
    ]
    mine = filters(tag__Name=name)
    pages = list(ec2.get_paginator("describe_instances").paginate(Filters=mine, PaginationConfig={"PageSize": 5}))
    shown = [[i["InstanceId"] for r in page["Reservations"] for i in r["Instances"]] for page in pages]
    assert [len(page) for page in shown] == [5, 5, 2], "MaxResults counts instances; a reservation may span pages"
    assert sorted([id for page in shown for id in page]) == sorted(launched)
    assert "NextToken" not in pages[-1]
    assert [r["OwnerId"] for r in pages[0]["Reservations"]]
    all_at_once = ec2.describe_instances(Filters=mine)
    assert [i["InstanceId"] for r in all_at_once["Reservations"] for i in r["Instances"]] == [
        id for page in shown for id in page
    ]
    assert "NextToken" not in all_at_once
    first = ec2.describe_instances(Filters=mine, MaxResults=5)
    other_question = filters(tag__Name="*")
    assert refused(ec2.describe_instances, Filters=other_question, NextToken=first["NextToken"])[1] in (
        "InvalidNextToken",
        "InvalidPaginationToken",
    )


@pytest.mark.parametrize(
    ("action", "member", "size"),
    [
        ("describe_instance_types", "InstanceTypes", 100),
        ("describe_images", "Images", 10),
        ("describe_subnets", "Subnets", 5),
        ("describe_security_group_rules", "SecurityGroupRules", 5),
        ("describe_instance_type_offerings", "InstanceTypeOfferings", 100),
    ],
)
def test_19_paginators(ec2: Any, action: str, member: str, size: int) -> None:
    paginator = ec2.get_paginator(action)
    pages = [page[member] for page in paginator.paginate(PaginationConfig={"PageSize": size})]
    assert all(len(page) == size for page in pages[:-1])
    whole = [item for page in paginator.paginate() for item in page[member]]
    assert [item for page in pages for item in page] == whole


def test_50_instance_status(ec2: Any, launch: Any, reach: Any) -> None:
    a, b = (i["InstanceId"] for i in launch(MinCount=2, MaxCount=2)["Instances"])
    reach(a, "running")
    reach(b, "running")

    def status(**more: Any) -> dict[str, Any]:
        found = ec2.describe_instance_status(InstanceIds=[a, b], **more)["InstanceStatuses"]
        return {s["InstanceId"]: s for s in found}

    shown = eventually(status, lambda found: {s["InstanceStatus"]["Status"] for s in found.values()} == {"ok"})
    assert shown[a]["SystemStatus"]["Status"] == "ok"
    assert shown[a]["SystemStatus"]["Details"] == [{"Name": "reachability", "Status": "passed"}]
    assert shown[a]["InstanceState"] == {"Code": 16, "Name": "running"}
    ec2.stop_instances(InstanceIds=[a])
    reach(a, "stopped")
    assert status().keys() == {b}
    everything = status(IncludeAllInstances=True)
    assert everything.keys() == {a, b}
    assert everything[a]["InstanceStatus"] == {"Status": "not-applicable"}
    assert everything[a]["InstanceState"] == {"Code": 80, "Name": "stopped"}


def test_56_describe_tags(ec2: Any, tagged: Any, name: str) -> None:
    mine = sorted(tagged.values())

    def found(**named: Any) -> list[tuple[str, str, str, str]]:
        shown = ec2.describe_tags(Filters=filters(resource_id=mine, **named))["Tags"]
        return [(t["ResourceId"], t["ResourceType"], t["Key"], t["Value"]) for t in shown]

    assert len(found()) == 12
    assert {t[1] for t in found()} == {"security-group"}
    assert found(key="Text", value="red*") == [
        (tagged[text], "security-group", "Text", text) for text in ("red*apple", "red apple")
    ] or sorted(t[3] for t in found(key="Text", value="red*")) == ["red apple", "red*apple"]
    assert found(resource_type="instance") == []
    assert len(found(tag__Case=name)) == 6
    pages = list(
        ec2.get_paginator("describe_tags").paginate(Filters=filters(resource_id=mine), PaginationConfig={"PageSize": 5})
    )
    assert [len(page["Tags"]) for page in pages] == [5, 5, 2]
