"""EC2 actions on VPC peering connections.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcPeeringConnection.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from backend import vpc_peering
from backend.db import reading
from backend.db.models import VpcCidrBlock, VpcPeeringConnection
from ec2api.call import Call
from ec2api.describe import Condition, Describe, as_condition, owned, show_tags
from ec2api.registry import action

_CHILDREN = (VpcPeeringConnection.blocks, VpcPeeringConnection.peer_blocks)
_peering, _block = reading.table_of(VpcPeeringConnection).c, reading.table_of(VpcCidrBlock).c
_JOINED = ("provisioning", "active", "deleting", "deleted")
"""Where the requester sees the accepter's blocks too."""


def show(found: Any) -> dict[str, Any]:
    joined = found.state in _JOINED
    return {
        "VpcPeeringConnectionId": found.id,
        "RequesterVpcInfo": {
            "OwnerId": found.account,
            "VpcId": found.vpc_id,
            "Region": found.region,
            "PeeringOptions": _show_options(found.options),
            **_show_blocks(found.blocks),
        },
        "AccepterVpcInfo": {
            "OwnerId": found.peer_account,
            "VpcId": found.peer_vpc_id,
            "Region": found.peer_region,
            "PeeringOptions": _show_options(found.peer_options) if joined else None,
            **(_show_blocks(found.peer_blocks) if joined else {}),
        },
        "Status": {"Code": found.state, "Message": found.status_message},
        "ExpirationTime": found.expires,
        "MultipathResilienceStatus": vpc_peering.resilience(found),
        "Tags": show_tags(found),
    }


def _show_blocks(blocks: Sequence[Any]) -> dict[str, Any]:
    primary = next((block.cidr_block for block in blocks if block.primary), None)
    return {
        "CidrBlock": primary,
        "CidrBlockSet": [{"CidrBlock": block.cidr_block} for block in blocks if block.family == 4],
        "Ipv6CidrBlockSet": [{"Ipv6CidrBlock": block.cidr_block} for block in blocks if block.family == 6] or None,
    }


def _show_options(options: Mapping[str, Any]) -> dict[str, Any]:
    classic = {
        "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
        "AllowEgressFromLocalVpcToRemoteClassicLink": False,
    }
    return {**classic, **options}


def _shown(call: Call, id: str) -> dict[str, Any]:
    load = (VpcPeeringConnection.tags, *_CHILDREN)
    return {"VpcPeeringConnection": show(call.uow.look_up(VpcPeeringConnection, id, load=load))}


@action(tags=("vpc-peering-connection",))
def create_vpc_peering_connection(
    call: Call,
    *,
    vpc_id: str,
    peer_vpc_id: str | None = None,
    peer_owner_id: str | None = None,
    peer_region: str | None = None,
    requester_peering_connection_options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    made = vpc_peering.create(
        call.uow,
        call.settings,
        vpc_id=vpc_id,
        peer_vpc_id=peer_vpc_id,
        peer_owner_id=peer_owner_id,
        peer_region=peer_region,
        options=requester_peering_connection_options,
        wanted_tags=call.tags(VpcPeeringConnection),
    )
    return _shown(call, made.id)


@action
def accept_vpc_peering_connection(call: Call, *, vpc_peering_connection_id: str) -> dict[str, Any]:
    return _shown(call, vpc_peering.accept(call.uow, call.settings, vpc_peering_connection_id).id)


@action
def reject_vpc_peering_connection(call: Call, *, vpc_peering_connection_id: str) -> dict[str, Any]:
    vpc_peering.reject(call.uow, vpc_peering_connection_id)
    return {"Return": True}


@action
def delete_vpc_peering_connection(call: Call, *, vpc_peering_connection_id: str) -> dict[str, Any]:
    vpc_peering.delete_connection(call.uow, call.settings, vpc_peering_connection_id)
    return {"Return": True}


@action
def modify_vpc_peering_connection_options(
    call: Call,
    *,
    vpc_peering_connection_id: str,
    accepter_peering_connection_options: Mapping[str, Any] | None = None,
    requester_peering_connection_options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    found = vpc_peering.modify_options(
        call.uow,
        vpc_peering_connection_id,
        accepter=accepter_peering_connection_options,
        requester=requester_peering_connection_options,
    )
    return {
        "AccepterPeeringConnectionOptions": accepter_peering_connection_options and _show_options(found.peer_options),
        "RequesterPeeringConnectionOptions": requester_peering_connection_options and _show_options(found.options),
    }


def _with_block(vpc_id: Any) -> Any:
    """A filter on the IPv4 blocks of one side's VPC, whoever owns it."""

    def condition(values: Sequence[str]) -> Condition:
        matching = select(_block.vpc_id).where(_block.family == 4, as_condition(_block.cidr_block, values))
        found: Condition = vpc_id.in_(matching)
        return found

    return condition


def _joined_with_block(values: Sequence[str]) -> Condition:
    condition: Condition = _with_block(_peering.peer_vpc_id)(values) & _peering.state.in_(_JOINED)
    return condition


Describe(
    "DescribeVpcPeeringConnections",
    VpcPeeringConnection,
    view=show,
    ids="VpcPeeringConnectionIds",
    load=_CHILDREN,
    filters={
        "accepter-vpc-info.cidr-block": _joined_with_block,
        "accepter-vpc-info.owner-id": VpcPeeringConnection.peer_account,
        "accepter-vpc-info.vpc-id": VpcPeeringConnection.peer_vpc_id,
        "expiration-time": VpcPeeringConnection.expires,
        "requester-vpc-info.cidr-block": _with_block(_peering.vpc_id),
        "requester-vpc-info.owner-id": owned(VpcPeeringConnection),
        "requester-vpc-info.vpc-id": VpcPeeringConnection.vpc_id,
        "status-code": VpcPeeringConnection.state,
        "status-message": VpcPeeringConnection.status_message,
        "vpc-peering-connection-id": VpcPeeringConnection.id,
    },
)
