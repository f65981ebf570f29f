"""What every Describe shares: filters, tags, ids and pages."""

import base64
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from botocore.exceptions import ClientError

from ec2api import actions
from ec2api.describe import Describe
from ec2api.protocol import model
from ec2api.registry import ACTIONS
from tests.conftest import Embedded
from tests.launching import ami, code_of, launch
from tests.waiting import until

actions.load()
DESCRIBES = sorted(name for (service, name), a in ACTIONS.items() if isinstance(a.handler, Describe))
FILTERED = [name for name in DESCRIBES if {"Filter", "Filters"} & ACTIONS["ec2", name].parameters.keys()]
PAGED = [name for name in DESCRIBES if "NextToken" in ACTIONS["ec2", name].parameters]

QUESTIONS: dict[str, dict[str, Any]] = {
    "DescribeLaunchTemplateVersions": {"Versions": ["$Latest"]},
    "GetInstanceTypesFromInstanceRequirements": {
        "ArchitectureTypes": ["x86_64"],
        "VirtualizationTypes": ["hvm"],
        "InstanceRequirements": {"VCpuCount": {"Min": 2, "Max": 2}, "MemoryMiB": {"Min": 4096, "Max": 4096}},
    },
}
"""Parameters without which a Describe asks nothing."""


def _transit_gateway(ec2: Any, **options: str) -> str:
    made = ec2.create_transit_gateway(Options=options)["TransitGateway"]["TransitGatewayId"]
    until(lambda: ec2.describe_transit_gateways(TransitGatewayIds=[made])["TransitGateways"][0]["State"], "available")
    return str(made)


def _attachment(ec2: Any) -> str:
    subnet = ec2.describe_subnets()["Subnets"][0]
    made = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=_transit_gateway(ec2), VpcId=subnet["VpcId"], SubnetIds=[subnet["SubnetId"]]
    )
    return str(made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])


def _route_table(ec2: Any) -> str:
    made = ec2.create_transit_gateway_route_table(TransitGatewayId=_transit_gateway(ec2))
    return str(made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"])


def _policy_table(ec2: Any) -> str:
    made = ec2.create_transit_gateway_policy_table(TransitGatewayId=_transit_gateway(ec2))
    return str(made["TransitGatewayPolicyTable"]["TransitGatewayPolicyTableId"])


def _multicast_domain(ec2: Any) -> str:
    gateway = _transit_gateway(ec2, MulticastSupport="enable")
    made = ec2.create_transit_gateway_multicast_domain(TransitGatewayId=gateway)
    return str(made["TransitGatewayMulticastDomain"]["TransitGatewayMulticastDomainId"])


def _prefix_list(ec2: Any) -> str:
    made = ec2.create_managed_prefix_list(PrefixListName="list", MaxEntries=5, AddressFamily="IPv4")
    return str(made["PrefixList"]["PrefixListId"])


def _service(ec2: Any) -> str:
    balancer = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/name/0123456789abcdef"
    made = ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[balancer])
    return str(made["ServiceConfiguration"]["ServiceId"])


def _fleet(ec2: Any) -> str:
    """One that launches nothing."""
    data = {"ImageId": ami(ec2), "InstanceType": "t3.micro"}
    made = ec2.create_launch_template(LaunchTemplateName="of-a-fleet", LaunchTemplateData=data)["LaunchTemplate"]
    specification = {"LaunchTemplateId": made["LaunchTemplateId"], "Version": "1"}
    fleet = ec2.create_fleet(
        LaunchTemplateConfigs=[{"LaunchTemplateSpecification": specification}],
        TargetCapacitySpecification={"TotalTargetCapacity": 0, "DefaultTargetCapacityType": "spot"},
    )
    return str(fleet["FleetId"])


def _spot_fleet(ec2: Any) -> str:
    config = {
        "IamFleetRole": "arn:aws:iam::000000000000:role/fleet",
        "TargetCapacity": 0,
        "LaunchSpecifications": [{"ImageId": ami(ec2), "InstanceType": "t3.micro"}],
    }
    return str(ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"])


PARENTS: dict[str, Callable[[Any], str]] = {
    "FleetId": _fleet,
    "PrefixListId": _prefix_list,
    "ServiceId": _service,
    "SpotFleetRequestId": _spot_fleet,
    "SubnetId": lambda ec2: str(ec2.describe_subnets()["Subnets"][0]["SubnetId"]),
    "TransitGatewayAttachmentId": _attachment,
    "TransitGatewayMulticastDomainId": _multicast_domain,
    "TransitGatewayPolicyTableId": _policy_table,
    "TransitGatewayRouteTableId": _route_table,
    "VpcId": lambda ec2: str(ec2.describe_vpcs()["Vpcs"][0]["VpcId"]),
}
"""What some require the id of, and how it comes to be."""

_made: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


def required(ec2: Any, name: str) -> dict[str, Any]:
    """Parameters without which AWS refuses the call, of resources of this client."""
    made, asked = _made.setdefault(ec2, {}), QUESTIONS.get(name, {})
    members = ACTIONS["ec2", name].model.input_shape.required_members
    for member in members:
        if member not in asked and member not in made:
            made[member] = PARENTS[member](ec2)
    return {member: made[member] for member in members if member in made} | asked


def ask(ec2: Any, name: str, **given: Any) -> Any:
    return getattr(ec2, model.python_name(name))(**required(ec2, name), **given)


@pytest.fixture(scope="module")
def asker(shared_cloud: Embedded) -> Any:
    """A client that only asks: what it has is made once."""
    return shared_cloud.client(account="200000000001")


@pytest.mark.parametrize("name", FILTERED)
def test_an_unknown_filter_is_refused(asker: Any, name: str) -> None:
    filters = [{"Name": "no-such-filter", "Values": ["x"]}]
    describe = ACTIONS["ec2", name].handler
    assert isinstance(describe, Describe)
    with pytest.raises(ClientError) as refused:
        ask(asker, name, **{describe.filtered_by: filters})
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterValue",
        "Message": "The filter 'no-such-filter' is invalid",
    }


@pytest.mark.parametrize("name", FILTERED)
def test_every_supported_filter_runs(asker: Any, name: str) -> None:
    describe = ACTIONS["ec2", name].handler
    assert isinstance(describe, Describe)
    for one in describe.filters:
        values = ["x", "*a?", "true", "7"]
        ask(asker, name, **{describe.filtered_by: [{"Name": one, "Values": values}]})


@pytest.mark.parametrize("name", PAGED)
def test_a_bad_token_is_refused(asker: Any, name: str) -> None:
    for token in ("x", "MS4x", base64.urlsafe_b64encode(b"1.1.0").decode()):
        assert code_of(ask, ec2=asker, name=name, NextToken=token) == "InvalidNextToken"


def test_pages_hold_everything_once_in_a_stable_order(ec2: Any) -> None:
    ids = [launch(ec2, until=None)["InstanceId"] for _ in range(12)]
    pages = list(ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    shown = [[i["InstanceId"] for r in page["Reservations"] for i in r["Instances"]] for page in pages]
    assert [len(page) for page in shown] == [5, 5, 2]
    assert [id for page in shown for id in page] == ids
    assert "NextToken" not in pages[-1]


def test_a_token_is_good_for_its_own_question_only(ec2: Any) -> None:
    for _ in range(6):
        launch(ec2, until=None)
    token = ec2.describe_instances(MaxResults=5)["NextToken"]
    assert len(ec2.describe_instances(MaxResults=5, NextToken=token)["Reservations"]) == 1
    filters = [{"Name": "instance-type", "Values": ["t3.micro"]}]
    assert code_of(ec2.describe_instances, MaxResults=5, NextToken=token, Filters=filters) == "InvalidNextToken"


def test_filters_are_anded_and_their_values_ored(ec2: Any) -> None:
    def tagged(**tags: str) -> str:
        tags_ = [{"ResourceType": "instance", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]
        return str(launch(ec2, until=None, TagSpecifications=tags_)["InstanceId"])

    web, db, other = tagged(role="web", env="prod"), tagged(role="db", env="prod"), tagged(role="web-1", env="")

    def found(**filters: list[str]) -> set[str]:
        wanted = [{"Name": name.replace("__", ":").replace("_", "-"), "Values": v} for name, v in filters.items()]
        return {i["InstanceId"] for r in ec2.describe_instances(Filters=wanted)["Reservations"] for i in r["Instances"]}

    assert found(tag__role=["web", "db"]) == {web, db}
    assert found(tag__role=["web*"]) == {web, other}
    assert found(tag__role=["web*"], tag__env=["prod"]) == {web}
    assert found(tag__role=["we?"]) == {web}
    assert found(tag__role=["web\\*"]) == set()
    assert found(tag__env=[""]) == {other}
    assert found(tag_key=["env"], tag_value=["db"]) == {db}
    assert found(instance_state_code=["0", "16"]) == {web, db, other}


def test_limits_of_filters_and_pages(ec2: Any) -> None:
    many = [{"Name": f"tag:{n}", "Values": ["x"]} for n in range(51)]
    assert code_of(ec2.describe_instances, Filters=many) == "FilterLimitExceeded"
    long = [{"Name": "tag:a", "Values": [str(n) for n in range(201)]}]
    assert code_of(ec2.describe_instances, Filters=long) == "FilterLimitExceeded"
    for size in (4, 1001):
        assert code_of(ec2.describe_instances, MaxResults=size) == "InvalidParameterValue"
    ids = [launch(ec2, until=None)["InstanceId"]]
    assert code_of(ec2.describe_instances, MaxResults=5, InstanceIds=ids) == "InvalidParameterCombination"


def test_ids_are_malformed_or_not_found(ec2: Any) -> None:
    assert code_of(ec2.describe_instances, InstanceIds=["i-xyz"]) == "InvalidInstanceID.Malformed"
    with pytest.raises(ClientError) as refused:
        ec2.describe_instances(InstanceIds=["i-0000000b", "i-0000000a"])
    assert refused.value.response["Error"] == {
        "Code": "InvalidInstanceID.NotFound",
        "Message": "The instance IDs 'i-0000000a, i-0000000b' do not exist",
    }


def test_accounts_and_regions_do_not_see_each_other(shared_cloud: Embedded, ec2: Any, account: str) -> None:
    id = launch(ec2)["InstanceId"]
    strangers = (
        shared_cloud.client(account="999999999999"),
        shared_cloud.client(account=account, region="eu-central-1"),
    )
    for stranger in strangers:
        assert stranger.describe_instances()["Reservations"] == []
        for call in (stranger.describe_instances, stranger.terminate_instances, stranger.stop_instances):
            assert code_of(call, InstanceIds=[id]) == "InvalidInstanceID.NotFound"
