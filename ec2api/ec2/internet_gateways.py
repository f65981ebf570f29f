"""EC2 actions on internet gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InternetGateway.html
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal

from backend import internet_gateways
from backend.db import reading
from backend.db.models import InternetGateway
from ec2api.call import Call
from ec2api.describe import Condition, Describe, as_condition, owned, show_tags
from ec2api.registry import action

ATTACHED = "available"
"""The state of an attachment, as EC2 really calls it."""


def show(gateway: Any) -> dict[str, Any]:
    return {
        "InternetGatewayId": gateway.id,
        "OwnerId": gateway.account,
        "Attachments": [{"State": ATTACHED, "VpcId": gateway.vpc_id}] if gateway.vpc_id else [],
        "Tags": show_tags(gateway),
    }


@action(tags=("internet-gateway",))
def create_internet_gateway(call: Call) -> dict[str, Any]:
    gateway = internet_gateways.create(call.uow, call.tags(InternetGateway))
    return {"InternetGateway": show(call.uow.look_up(InternetGateway, gateway.id, load=(InternetGateway.tags,)))}


@action
def attach_internet_gateway(call: Call, *, internet_gateway_id: str, vpc_id: str) -> None:
    internet_gateways.attach(call.uow, internet_gateway_id, vpc_id)


@action
def detach_internet_gateway(call: Call, *, internet_gateway_id: str, vpc_id: str) -> None:
    internet_gateways.detach(call.uow, internet_gateway_id, vpc_id)


@action
def delete_internet_gateway(call: Call, *, internet_gateway_id: str) -> None:
    internet_gateways.delete(call.uow, internet_gateway_id)


def _attached(values: Sequence[str]) -> Condition:
    """A filter on the state of the attachment, for gateways that have one."""
    return as_condition(literal(ATTACHED), values) & reading.table_of(InternetGateway).c.vpc_id.is_not(None)


Describe(
    "DescribeInternetGateways",
    InternetGateway,
    view=show,
    ids="InternetGatewayIds",
    filters={
        "attachment.state": _attached,
        "attachment.vpc-id": InternetGateway.vpc_id,
        "internet-gateway-id": InternetGateway.id,
        "owner-id": owned(InternetGateway),
    },
)
