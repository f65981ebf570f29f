"""EC2 actions on egress-only internet gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EgressOnlyInternetGateway.html
"""

from typing import Any

from backend import egress_only_gateways
from backend.db.models import EgressOnlyInternetGateway
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.registry import action


def show(gateway: Any) -> dict[str, Any]:
    return {
        "EgressOnlyInternetGatewayId": gateway.id,
        "Attachments": [{"State": "attached", "VpcId": gateway.vpc_id}],
        "Tags": show_tags(gateway),
    }


@action(tags=("egress-only-internet-gateway",))
def create_egress_only_internet_gateway(call: Call, *, vpc_id: str) -> dict[str, Any]:
    gateway = egress_only_gateways.create(call.uow, vpc_id, call.tags(EgressOnlyInternetGateway))
    found = call.uow.look_up(EgressOnlyInternetGateway, gateway.id, load=(EgressOnlyInternetGateway.tags,))
    return {"EgressOnlyInternetGateway": show(found), "ClientToken": call.parameters.get("ClientToken")}


@action
def delete_egress_only_internet_gateway(call: Call, *, egress_only_internet_gateway_id: str) -> dict[str, Any]:
    egress_only_gateways.delete(call.uow, egress_only_internet_gateway_id)
    return {"ReturnCode": True}


Describe(
    "DescribeEgressOnlyInternetGateways",
    EgressOnlyInternetGateway,
    view=show,
    ids="EgressOnlyInternetGatewayIds",
    limits=(5, 255),
    filters={},
)
