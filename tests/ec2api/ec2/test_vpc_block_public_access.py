import time
from typing import Any

import pytest

from tests.refusal import refused


class Places:
    """Two VPCs, the second with two subnets."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2
        self.first, self.second = (
            ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.0.0.0/16", "10.1.0.0/16")
        )
        self.left, self.right = (
            ec2.create_subnet(VpcId=self.second, CidrBlock=block)["Subnet"]["SubnetId"]
            for block in ("10.1.0.0/24", "10.1.1.0/24")
        )

    def modes(self) -> list[str]:
        """Of the first VPC, the second one, and its subnets."""
        vpcs = self.ec2.describe_vpcs(VpcIds=[self.first, self.second])["Vpcs"]
        subnets = self.ec2.describe_subnets(SubnetIds=[self.left, self.right])["Subnets"]
        return [shown["BlockPublicAccessStates"]["InternetGatewayBlockMode"] for shown in vpcs + subnets]


@pytest.fixture
def places(ec2: Any) -> Places:
    return Places(ec2)


def options(ec2: Any) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    return found


def block(ec2: Any, mode: str) -> dict[str, Any]:
    answer = ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode=mode)
    changed: dict[str, Any] = answer["VpcBlockPublicAccessOptions"]
    return changed


def exclude(ec2: Any, mode: str = "allow-bidirectional", **more: Any) -> dict[str, Any]:
    answer = ec2.create_vpc_block_public_access_exclusion(InternetGatewayExclusionMode=mode, **more)
    made: dict[str, Any] = answer["VpcBlockPublicAccessExclusion"]
    return made


def wait_for(ec2: Any, id: str, state: str) -> dict[str, Any]:
    end = time.monotonic() + 10
    while True:
        answer = ec2.describe_vpc_block_public_access_exclusions(ExclusionIds=[id])
        (found,) = answer["VpcBlockPublicAccessExclusions"]
        if found["State"] == state:
            return dict(found)
        assert time.monotonic() < end, found
        time.sleep(0.01)


def test_nothing_is_barred_by_default(ec2: Any, places: Places) -> None:
    found = options(ec2)
    assert (found["InternetGatewayBlockMode"], found["State"]) == ("off", "default-state")
    assert (found["ManagedBy"], found["ExclusionsAllowed"]) == ("account", "allowed")
    assert places.modes() == ["off"] * 4


def test_the_mode_holds_for_every_vpc_of_the_region(ec2: Any, places: Places) -> None:
    assert block(ec2, "block-ingress")["State"] == "update-in-progress"
    assert options(ec2)["State"] == "update-complete"
    assert places.modes() == ["block-ingress"] * 4
    new = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]
    subnet = ec2.create_subnet(VpcId=new["VpcId"], CidrBlock="10.2.0.0/24")["Subnet"]
    for shown in (new, subnet):
        assert shown["BlockPublicAccessStates"] == {"InternetGatewayBlockMode": "block-ingress"}
    with refused("InvalidParameterValue"):
        block(ec2, "block-some")
    block(ec2, "off")
    assert places.modes() == ["off"] * 4


def test_exclusions_spare_vpcs_and_subnets(ec2: Any, places: Places) -> None:
    block(ec2, "block-bidirectional")
    tags = [{"Key": "Name", "Value": "open"}]
    spec = [{"ResourceType": "vpc-block-public-access-exclusion", "Tags": tags}]
    made = exclude(ec2, "allow-egress", VpcId=places.second, TagSpecifications=spec)
    assert made["State"] == "create-in-progress" and made["Tags"] == tags
    assert made["ResourceArn"].endswith(f":vpc/{places.second}")
    assert places.modes() == ["block-bidirectional", *["block-ingress"] * 3]
    subnet = exclude(ec2, SubnetId=places.left)
    assert places.modes() == ["block-bidirectional", "block-ingress", "off", "block-ingress"]
    id = made["ExclusionId"]
    assert wait_for(ec2, id, "create-complete")["Tags"] == tags
    changed = ec2.modify_vpc_block_public_access_exclusion(
        ExclusionId=id, InternetGatewayExclusionMode="allow-bidirectional"
    )["VpcBlockPublicAccessExclusion"]
    assert changed["State"] == "update-in-progress"
    assert places.modes() == ["block-bidirectional", *["off"] * 3]
    wait_for(ec2, id, "update-complete")
    wanted = [{"Name": "resource-arn", "Values": [subnet["ResourceArn"]]}]
    found = ec2.describe_vpc_block_public_access_exclusions(Filters=wanted)["VpcBlockPublicAccessExclusions"]
    assert [exclusion["ExclusionId"] for exclusion in found] == [subnet["ExclusionId"]]
    ended = ec2.delete_vpc_block_public_access_exclusion(ExclusionId=id)["VpcBlockPublicAccessExclusion"]
    assert ended["State"] == "delete-in-progress" and ended["DeletionTimestamp"]
    assert places.modes() == ["block-bidirectional", "block-bidirectional", "off", "block-bidirectional"]
    wait_for(ec2, id, "delete-complete")
    with refused("InvalidParameterValue", "is in delete-complete state and cannot be deleted"):
        ec2.delete_vpc_block_public_access_exclusion(ExclusionId=id)
    exclude(ec2, VpcId=places.second)
    ec2.delete_subnet(SubnetId=places.left)
    with refused("InvalidVpcBlockPublicAccessExclusionId.NotFound"):
        ec2.describe_vpc_block_public_access_exclusions(ExclusionIds=[subnet["ExclusionId"]])


def test_exclusions_that_are_refused(ec2: Any, places: Places) -> None:
    with refused("MissingParameter"):
        exclude(ec2)
    with refused("InvalidParameterCombination"):
        exclude(ec2, VpcId=places.first, SubnetId=places.left)
    with refused("InvalidVpcID.NotFound"):
        exclude(ec2, VpcId="vpc-0123456789abcdef0")
    exclude(ec2, VpcId=places.first)
    with refused("InvalidParameterValue", places.first):
        exclude(ec2, VpcId=places.first)
    with refused("InvalidVpcBlockPublicAccessExclusionId.NotFound"):
        ec2.delete_vpc_block_public_access_exclusion(ExclusionId="vpcbpa-exclude-0123456789abcdef0")
