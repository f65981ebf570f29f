"""What there is none of, and settings that cannot be changed any more."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.refusal import refused

NONE: dict[str, tuple[str, dict[str, Any], str]] = {
    "describe_classic_link_instances": ("Instances", {"InstanceIds": ["i-0123456789abcdef0"]}, "group-id"),
    "describe_elastic_gpus": ("ElasticGpuSet", {"ElasticGpuIds": ["egpu-1"]}, "instance-id"),
    "describe_host_reservation_offerings": ("OfferingSet", {"OfferingId": "hro-1"}, "instance-family"),
    "describe_host_reservations": ("HostReservationSet", {"HostReservationIdSet": ["hr-1"]}, "tag:Name"),
    "describe_reserved_instances": ("ReservedInstances", {"ReservedInstancesIds": ["a"]}, "state"),
    "describe_reserved_instances_listings": (
        "ReservedInstancesListings",
        {"ReservedInstancesListingId": "a"},
        "status",
    ),
    "describe_reserved_instances_modifications": (
        "ReservedInstancesModifications",
        {"ReservedInstancesModificationIds": ["a"]},
        "status",
    ),
    "describe_reserved_instances_offerings": (
        "ReservedInstancesOfferings",
        {"ReservedInstancesOfferingIds": ["a"]},
        "duration",
    ),
    "describe_scheduled_instances": ("ScheduledInstanceSet", {"ScheduledInstanceIds": ["sci-1"]}, "platform"),
}


@pytest.mark.parametrize("name", NONE)
def test_there_is_none(ec2: Any, name: str) -> None:
    call: Callable[..., Any] = getattr(ec2, name)
    answers, ids, filter = NONE[name]
    assert call()[answers] == []
    with pytest.raises(ec2.exceptions.ClientError, match=r"Invalid"):
        call(**ids)
    filtered = "Filter" if "host" in name else "Filters"
    assert call(**{filtered: [{"Name": filter, "Values": ["x"]}]})[answers] == []
    with refused("InvalidParameterValue", "colour"):
        call(**{filtered: [{"Name": "colour", "Values": ["red"]}]})


def test_no_vpc_has_classic_link(ec2: Any) -> None:
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    (link,) = ec2.describe_vpc_classic_link(VpcIds=[vpc])["Vpcs"]
    assert link == {"VpcId": vpc, "ClassicLinkEnabled": False, "Tags": []}
    with_it = [{"Name": "is-classic-link-enabled", "Values": ["true"]}]
    assert ec2.describe_vpc_classic_link(Filters=with_it)["Vpcs"] == []
    dns = ec2.describe_vpc_classic_link_dns_support(VpcIds=[vpc])["Vpcs"]
    assert dns == [{"VpcId": vpc, "ClassicLinkDnsSupported": False}]
    with refused("InvalidVpcID.NotFound"):
        ec2.describe_vpc_classic_link(VpcIds=["vpc-0123456789abcdef0"])


def test_there_is_no_data_feed(ec2: Any) -> None:
    with refused("InvalidSpotDatafeed.NotFound"):
        ec2.describe_spot_datafeed_subscription()


def test_ids_are_long(ec2: Any, account: str) -> None:
    assert {"Resource": "instance", "UseLongIds": True} in ec2.describe_id_format()["Statuses"]
    assert len(ec2.describe_id_format(Resource="volume")["Statuses"]) == 1
    root = f"arn:aws:iam::{account}:root"
    assert ec2.describe_identity_id_format(PrincipalArn=root, Resource="vpc")["Statuses"][0]["UseLongIds"]
    assert ec2.describe_aggregate_id_format()["UseLongIdsAggregated"] is True
    assert ec2.describe_principal_id_format()["Principals"] == []
    ec2.modify_id_format(Resource="instance", UseLongIds=True)
    ec2.modify_identity_id_format(Resource="all-current", UseLongIds=True, PrincipalArn="all")
    with refused("OperationNotPermitted"):
        ec2.modify_id_format(Resource="instance", UseLongIds=False)
    with refused("InvalidParameterValue"):
        ec2.describe_id_format(Resource="spoon")
    with refused("InvalidParameterValue"):
        ec2.describe_identity_id_format(PrincipalArn="arn:aws:iam::123456789012:root")
