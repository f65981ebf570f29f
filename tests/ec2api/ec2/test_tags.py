"""Tags through the face."""

from typing import Any

import pytest

from tests.refusal import refused


def tags_of(ec2: Any, **filters: str) -> list[tuple[str, str, str]]:
    wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    return [(t["ResourceId"], t["Key"], t["Value"]) for t in ec2.describe_tags(Filters=wanted)["Tags"]]


def tag(ec2: Any, ids: list[str], **tags: str) -> None:
    ec2.create_tags(Resources=ids, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])


@pytest.fixture
def vpc(ec2: Any) -> str:
    found: str = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    return found


@pytest.fixture
def subnets(ec2: Any) -> list[str]:
    return sorted(subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"])


def test_tags_are_put_on_resources_of_any_type_and_overwritten(ec2: Any, vpc: str, subnets: list[str]) -> None:
    tag(ec2, [vpc, *subnets], team="a", stage="test")
    tag(ec2, [vpc], team="b")
    assert {tuple(t.values()) for t in ec2.describe_vpcs()["Vpcs"][0]["Tags"]} == {
        ("team", "b"),
        ("stage", "test"),
    }
    assert len(tags_of(ec2)) == 2 * (1 + len(subnets))
    assert {t["ResourceType"] for t in ec2.describe_tags()["Tags"]} == {"vpc", "subnet"}


def test_filters(ec2: Any, vpc: str, subnets: list[str]) -> None:
    tag(ec2, [vpc], name="web", team="a")
    tag(ec2, [subnets[0]], name="web-1")
    tag(ec2, [subnets[1]], name="db")
    assert tags_of(ec2, resource_id=vpc) == [(vpc, "name", "web"), (vpc, "team", "a")]
    assert tags_of(ec2, resource_type="vpc", key="name") == [(vpc, "name", "web")]
    assert tags_of(ec2, value="web*", key="name") == [(vpc, "name", "web"), (subnets[0], "name", "web-1")]
    assert tags_of(ec2, **{"tag:name": "db"}) == [(subnets[1], "name", "db")]
    with refused("InvalidParameterValue", "The filter 'resource' is invalid"):
        tags_of(ec2, resource=vpc)


def test_pages_hold_every_tag_once(ec2: Any, vpc: str, subnets: list[str]) -> None:
    tag(ec2, [vpc, *subnets], **{f"k{number}": f"v{number % 2}" for number in range(6)})
    pages = list(ec2.get_paginator("describe_tags").paginate(PaginationConfig={"PageSize": 5}))
    found = [(t["ResourceId"], t["Key"]) for page in pages for t in page["Tags"]]
    assert [len(page["Tags"]) for page in pages[:-1]] == [5] * (len(pages) - 1)
    assert len(found) == len(set(found)) == 6 * (1 + len(subnets))
    assert "NextToken" not in pages[-1]


@pytest.mark.parametrize(
    "token", ["x", "e30=", "WzFd", "WzEsICJ4IiwgImEiLCAiYiIsIDFd", "WzEsIFtdLCB7fV0=", "ü", "W" * 9000]
)
def test_tokens_of_nobody(ec2: Any, token: str) -> None:
    with refused("InvalidNextToken"):
        ec2.describe_tags(NextToken=token)


def test_a_token_is_good_for_its_own_question(ec2: Any, vpc: str) -> None:
    tag(ec2, [vpc], **{f"k{number}": "v" for number in range(6)})
    token = ec2.describe_tags(MaxResults=5)["NextToken"]
    assert len(ec2.describe_tags(MaxResults=5, NextToken=token)["Tags"]) == 1
    with refused("InvalidNextToken"):
        ec2.describe_tags(NextToken=token, Filters=[{"Name": "key", "Values": ["k*"]}])
    for limit in (4, 1001):
        with refused("InvalidParameterValue"):
            ec2.describe_tags(MaxResults=limit)


def test_delete_by_key_by_value_and_all(ec2: Any, vpc: str) -> None:
    tag(ec2, [vpc], a="1", b="2", c="", d="4")
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "a"}, {"Key": "b", "Value": "other"}])
    assert [key for _, key, _ in tags_of(ec2)] == ["b", "c", "d"]
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "b", "Value": "2"}, {"Key": "c", "Value": ""}])
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "d", "Value": ""}])
    assert [key for _, key, _ in tags_of(ec2)] == ["d"]
    ec2.delete_tags(Resources=[vpc])
    assert tags_of(ec2) == []


def test_all_or_nothing(ec2: Any, vpc: str) -> None:
    with refused("InvalidSubnetID.NotFound", "subnet-0123456789abcdef0"):
        tag(ec2, [vpc, "subnet-0123456789abcdef0"], a="b")
    with refused("InvalidID", "nonsense"):
        tag(ec2, [vpc, "nonsense"], a="b")
    assert tags_of(ec2) == []


def test_what_aws_does_not_allow(ec2: Any, vpc: str) -> None:
    with refused("InvalidParameterValue", "reserved for internal use"):
        tag(ec2, [vpc], **{"aws:mine": "x"})
    with refused("InvalidParameterValue", "reserved for internal use"):
        ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "AWS:mine"}])
    with refused("InvalidParameterValue", "maximum length of 128"):
        tag(ec2, [vpc], **{"k" * 129: "x"})
    with refused("InvalidParameterValue", "maximum length of 256"):
        tag(ec2, [vpc], k="v" * 257)
    with refused("TagLimitExceeded"):
        tag(ec2, [vpc], **{f"k{number}": "" for number in range(51)})
    tag(ec2, [vpc], **{f"k{number}": "" for number in range(50)})
    tag(ec2, [vpc], k0="again")
    with refused("TagLimitExceeded"):
        tag(ec2, [vpc], k50="")
    with refused("MissingParameter", "ResourceId"):
        ec2.create_tags(Tags=[{"Key": "a", "Value": "b"}])
    with refused("MissingParameter", "Tag"):
        ec2.create_tags(Resources=[vpc])
    with refused("InvalidParameterValue", "1000"):
        tag(ec2, [vpc] * 1001, a="b")


def test_others_resources_and_public_images_take_no_tags(ec2: Any, shared_cloud: Any, vpc: str) -> None:
    stranger = shared_cloud.client(account="111111111111")
    with refused("InvalidVpcID.NotFound"):
        tag(stranger, [vpc], a="b")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    with refused("InvalidAMIID.NotFound"):
        tag(ec2, [image], a="b")
    tag(ec2, [vpc], a="b")
    assert tags_of(stranger, resource_id=vpc) == []
