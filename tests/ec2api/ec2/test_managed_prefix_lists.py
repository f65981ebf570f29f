"""Managed prefix lists through the face."""

from typing import Any

import pytest

from tests.refusal import refused
from tests.waiting import until


def entries(*cidrs: str) -> list[dict[str, str]]:
    return [{"Cidr": cidr, "Description": f"of {cidr}"} for cidr in cidrs]


def state(ec2: Any, id: str) -> str:
    found: str = ec2.describe_managed_prefix_lists(PrefixListIds=[id])["PrefixLists"][0]["State"]
    return found


def make(ec2: Any, *cidrs: str, size: int = 5, **more: Any) -> str:
    given = {"PrefixListName": "offices", "AddressFamily": "IPv4", "MaxEntries": size, "Entries": entries(*cidrs)}
    id: str = ec2.create_managed_prefix_list(**{**given, **more})["PrefixList"]["PrefixListId"]
    until(lambda: state(ec2, id), "create-complete")
    return id


def modify(ec2: Any, id: str, **changes: Any) -> Any:
    found = ec2.modify_managed_prefix_list(PrefixListId=id, **changes)["PrefixList"]
    assert found["State"] == "modify-in-progress"
    until(lambda: state(ec2, id).startswith("modify-in"), False)
    return ec2.describe_managed_prefix_lists(PrefixListIds=[id])["PrefixLists"][0]


def cidrs(ec2: Any, id: str, **more: Any) -> list[str]:
    return [e["Cidr"] for e in ec2.get_managed_prefix_list_entries(PrefixListId=id, **more)["Entries"]]


def test_a_new_list(ec2: Any, account: str) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    made = ec2.create_managed_prefix_list(
        PrefixListName="offices",
        AddressFamily="IPv4",
        MaxEntries=3,
        Entries=[{"Cidr": "192.0.2.0/24", "Description": "one"}, {"Cidr": "198.51.100.0/24"}],
        TagSpecifications=[{"ResourceType": "prefix-list", "Tags": tags}],
    )["PrefixList"]
    id = made["PrefixListId"]
    assert made == {
        "PrefixListId": id,
        "PrefixListArn": f"arn:aws:ec2:us-east-1:{account}:prefix-list/{id}",
        "PrefixListName": "offices",
        "OwnerId": account,
        "AddressFamily": "IPv4",
        "State": "create-in-progress",
        "MaxEntries": 3,
        "Version": 1,
        "Tags": tags,
    }
    until(lambda: state(ec2, id), "create-complete")
    assert ec2.get_managed_prefix_list_entries(PrefixListId=id)["Entries"] == [
        {"Cidr": "192.0.2.0/24", "Description": "one"},
        {"Cidr": "198.51.100.0/24"},
    ]
    assert [p["PrefixListId"] for p in ec2.describe_managed_prefix_lists(
        Filters=[{"Name": "owner-id", "Values": [account]}])["PrefixLists"]] == [id]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"PrefixListName": "com.amazonaws.mine"}, "InvalidParameterValue"),
        ({"PrefixListName": "x" * 256}, "InvalidParameterValue"),
        ({"AddressFamily": "ipv4"}, "InvalidParameterValue"),
        ({"MaxEntries": 0}, "InvalidParameterValue"),
        ({"MaxEntries": 1001}, "InvalidParameterValue"),
        ({"Entries": entries("10.0.0.0/8", "10.0.0.0/8")}, "InvalidParameterValue"),
        ({"Entries": entries("10.0.0.1/8")}, "InvalidParameterValue"),
        ({"Entries": entries("2001:db8::/32")}, "InvalidParameterValue"),
        ({"Entries": [{"Description": "none"}]}, "MissingParameter"),
        ({"Entries": [{"Cidr": "10.0.0.0/8", "Description": "x" * 256}]}, "InvalidParameterValue"),
        ({"Entries": entries("10.0.0.0/8", "11.0.0.0/8"), "MaxEntries": 1}, "PrefixListMaxEntriesExceeded"),
        ({"Entries": entries(*(f"10.0.{n}.0/24" for n in range(101))), "MaxEntries": 200}, "InvalidParameterValue"),
    ],
)
def test_lists_that_are_refused(ec2: Any, given: dict[str, Any], code: str) -> None:
    with refused(code):
        ec2.create_managed_prefix_list(**{"PrefixListName": "a", "AddressFamily": "IPv4", "MaxEntries": 3, **given})
    assert all(p["OwnerId"] == "AWS" for p in ec2.describe_managed_prefix_lists()["PrefixLists"])


def test_each_change_of_entries_is_a_version(ec2: Any) -> None:
    id = make(ec2, "10.0.0.0/8", "192.0.2.0/24")
    changed = modify(
        ec2, id, CurrentVersion=1, AddEntries=entries("198.51.100.0/24"), RemoveEntries=[{"Cidr": "10.0.0.0/8"}]
    )
    assert (changed["Version"], changed["State"]) == (2, "modify-complete")
    assert cidrs(ec2, id) == ["192.0.2.0/24", "198.51.100.0/24"]
    assert cidrs(ec2, id, TargetVersion=1) == ["10.0.0.0/8", "192.0.2.0/24"]
    renamed = modify(ec2, id, PrefixListName="sites", MaxEntries=2)
    assert (renamed["Version"], renamed["PrefixListName"], renamed["MaxEntries"]) == (2, "sites", 2)
    with refused("InvalidParameterValue", "3"):
        cidrs(ec2, id, TargetVersion=3)
    restored = ec2.restore_managed_prefix_list_version(PrefixListId=id, PreviousVersion=1, CurrentVersion=2)
    assert (restored["PrefixList"]["State"], restored["PrefixList"]["Version"]) == ("restore-in-progress", 3)
    until(lambda: state(ec2, id), "restore-complete")
    assert sorted(cidrs(ec2, id)) == ["10.0.0.0/8", "192.0.2.0/24"]
    assert cidrs(ec2, id, TargetVersion=2) == ["192.0.2.0/24", "198.51.100.0/24"]
    for earlier in (0, 3):
        with refused("InvalidParameterValue"):
            ec2.restore_managed_prefix_list_version(PrefixListId=id, PreviousVersion=earlier, CurrentVersion=3)


def test_changes_that_are_refused(ec2: Any) -> None:
    id = make(ec2, "10.0.0.0/8", size=2)
    for code, changes in (
        ("PrefixListVersionMismatch", {"CurrentVersion": 2, "AddEntries": entries("11.0.0.0/8")}),
        ("InvalidRequest", {"CurrentVersion": 1}),
        ("InvalidParameterValue", {"AddEntries": entries("10.0.0.0/8"), "RemoveEntries": [{"Cidr": "10.0.0.0/8"}]}),
        ("InvalidPrefixListModification", {"AddEntries": entries("10.0.0.0/8")}),
        ("InvalidPrefixListModification", {"RemoveEntries": [{"Cidr": "11.0.0.0/8"}]}),
        ("PrefixListMaxEntriesExceeded", {"AddEntries": entries("11.0.0.0/8", "12.0.0.0/8")}),
        ("InvalidParameterCombination", {"AddEntries": entries("11.0.0.0/8"), "MaxEntries": 5}),
        ("InvalidParameterValue", {"MaxEntries": 0}),
        ("InvalidParameterValue", {"IpamPrefixListResolverSyncEnabled": True}),
    ):
        with refused(code):
            ec2.modify_managed_prefix_list(PrefixListId=id, **changes)
    with refused("PrefixListVersionMismatch"):
        ec2.restore_managed_prefix_list_version(PrefixListId=id, PreviousVersion=1, CurrentVersion=3)
    assert (state(ec2, id), cidrs(ec2, id)) == ("create-complete", ["10.0.0.0/8"])
    with refused("InvalidPrefixListID.NotFound"):
        ec2.modify_managed_prefix_list(PrefixListId="pl-0123456789abcdef0", PrefixListName="x")
    with refused("InvalidPrefixListId.Malformed"):
        ec2.delete_managed_prefix_list(PrefixListId="pl-1")


def test_a_list_waits_for_the_change_before(new_cloud: Any) -> None:
    ec2 = new_cloud(transition_seconds=60).client()
    id = ec2.create_managed_prefix_list(PrefixListName="a", AddressFamily="IPv6", MaxEntries=1)["PrefixList"][
        "PrefixListId"
    ]
    with refused("IncorrectState", "in the current state (create-in-progress)"):
        ec2.modify_managed_prefix_list(PrefixListId=id, PrefixListName="b")
    with refused("IncorrectState"):
        ec2.delete_managed_prefix_list(PrefixListId=id)


def test_a_list_in_use_is_kept(ec2: Any) -> None:
    id = make(ec2, "10.0.0.0/8", size=50)
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group_id = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc_id)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "PrefixListIds": [{"PrefixListId": id}]}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
    ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[permission])
    (used,) = ec2.get_managed_prefix_list_associations(PrefixListId=id)["PrefixListAssociations"]
    assert used["ResourceId"] == group_id
    with refused("DependencyViolation", group_id):
        ec2.delete_managed_prefix_list(PrefixListId=id)
    failed = modify(ec2, id, MaxEntries=61)
    assert (failed["State"], failed["MaxEntries"]) == ("modify-failed", 50) and group_id in failed["StateMessage"]
    other = make(ec2, size=11)
    with refused("RulesPerSecurityGroupLimitExceeded"):
        ec2.authorize_security_group_ingress(
            GroupId=group_id, IpPermissions=[{**permission, "PrefixListIds": [{"PrefixListId": other}]}]
        )
    ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
    ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=[permission])
    assert ec2.delete_managed_prefix_list(PrefixListId=id)["PrefixList"]["State"] == "delete-in-progress"
    found = [{"Name": "prefix-list-id", "Values": [id]}]
    until(lambda: ec2.describe_managed_prefix_lists(Filters=found)["PrefixLists"], [])
    with refused("InvalidPrefixListID.NotFound", id):
        ec2.get_managed_prefix_list_entries(PrefixListId=id)


def test_rules_name_lists_that_exist(ec2: Any) -> None:
    group_id = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    permission = {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-0123456789abcdef0"}]}
    with refused("InvalidPrefixListID.NotFound"):
        ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[permission])


def test_the_lists_of_aws(ec2: Any) -> None:
    named = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.us-east-1.s3"]}]
    (s3,) = ec2.describe_prefix_lists(Filters=named)["PrefixLists"]
    assert (s3["PrefixListId"], s3["Cidrs"]) == ("pl-63a5400a", ["192.0.2.0/25", "198.51.100.0/25"])
    (managed,) = ec2.describe_managed_prefix_lists(PrefixListIds=["pl-63a5400a"])["PrefixLists"]
    assert managed["OwnerId"] == "AWS" and managed["PrefixListArn"].endswith(":aws:prefix-list/pl-63a5400a")
    assert cidrs(ec2, "pl-63a5400a") == s3["Cidrs"]
    with refused("OperationNotPermitted"):
        ec2.delete_managed_prefix_list(PrefixListId="pl-63a5400a")
    mine = make(ec2)
    assert mine not in [p["PrefixListId"] for p in ec2.describe_prefix_lists()["PrefixLists"]]
    assert "com.amazonaws.global.cloudfront.origin-facing" in [
        p["PrefixListName"] for p in ec2.describe_managed_prefix_lists()["PrefixLists"]
    ]
    with refused("InvalidPrefixListID.NotFound"):  # of another region
        ec2.describe_prefix_lists(PrefixListIds=["pl-6ea54007"])


def test_pages_of_entries(ec2: Any) -> None:
    id = make(ec2, *(f"10.0.{n}.0/24" for n in range(7)), size=10)
    pages = list(
        ec2.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=id, PaginationConfig={"PageSize": 3})
    )
    assert [len(page["Entries"]) for page in pages] == [3, 3, 1]
    with refused("InvalidParameterValue"):
        ec2.get_managed_prefix_list_entries(PrefixListId=id, MaxResults=101)
