"""EC2 actions on VPC Block Public Access.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcBlockPublicAccessOptions.html
"""

from typing import Any

from sqlalchemy import case, literal

from backend import block_public_access
from backend.db import reading
from backend.db.models import PublicAccessExclusion
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.registry import action

_columns = reading.table_of(PublicAccessExclusion).c
_ARN = (
    literal("arn:aws:ec2:")
    + _columns.region
    + ":"
    + _columns.account
    + case(
        (_columns.vpc_id.is_not(None), literal(":vpc/") + _columns.vpc_id),
        else_=literal(":subnet/") + _columns.subnet_id,
    )
)


def _show_options(call: Call) -> dict[str, Any]:
    options = block_public_access.options(call.uow)
    state = "default-state"
    if options:
        state = "update-complete"
        if block_public_access.in_progress(call.settings, options.updated):
            state = "update-in-progress"
    return {
        "VpcBlockPublicAccessOptions": {
            "AwsAccountId": call.account,
            "AwsRegion": call.region,
            "State": state,
            "InternetGatewayBlockMode": options.mode if options else block_public_access.OFF,
            "LastUpdateTimestamp": options.updated if options else None,
            "ManagedBy": "account",
            "ExclusionsAllowed": "allowed",
        }
    }


@action
def modify_vpc_block_public_access_options(call: Call, *, internet_gateway_block_mode: str) -> dict[str, Any]:
    block_public_access.set_mode(call.uow, internet_gateway_block_mode)
    answer = _show_options(call)
    answer["VpcBlockPublicAccessOptions"]["State"] = "update-in-progress"
    return answer


@action(reads=True)
def describe_vpc_block_public_access_options(call: Call) -> dict[str, Any]:
    return _show_options(call)


def show(exclusion: Any) -> dict[str, Any]:
    target = f"vpc/{exclusion.vpc_id}" if exclusion.vpc_id else f"subnet/{exclusion.subnet_id}"
    return {
        "ExclusionId": exclusion.id,
        "InternetGatewayExclusionMode": exclusion.mode,
        "ResourceArn": f"arn:aws:ec2:{exclusion.region}:{exclusion.account}:{target}",
        "State": exclusion.state,
        "CreationTimestamp": exclusion.created,
        "LastUpdateTimestamp": exclusion.updated,
        "DeletionTimestamp": exclusion.deleted,
        "Tags": show_tags(exclusion),
    }


def _shown(call: Call, exclusion_id: str) -> dict[str, Any]:
    found = call.uow.look_up(PublicAccessExclusion, exclusion_id, load=(PublicAccessExclusion.tags,))
    return {"VpcBlockPublicAccessExclusion": show(found)}


@action(tags=("vpc-block-public-access-exclusion",))
def create_vpc_block_public_access_exclusion(
    call: Call, *, internet_gateway_exclusion_mode: str, vpc_id: str | None = None, subnet_id: str | None = None
) -> dict[str, Any]:
    exclusion = block_public_access.exclude(
        call.uow,
        call.settings,
        vpc_id=vpc_id,
        subnet_id=subnet_id,
        mode=internet_gateway_exclusion_mode,
        wanted_tags=call.tags(PublicAccessExclusion),
    )
    return _shown(call, exclusion.id)


@action
def modify_vpc_block_public_access_exclusion(
    call: Call, *, exclusion_id: str, internet_gateway_exclusion_mode: str
) -> dict[str, Any]:
    block_public_access.change(call.uow, call.settings, exclusion_id, internet_gateway_exclusion_mode)
    return _shown(call, exclusion_id)


@action
def delete_vpc_block_public_access_exclusion(call: Call, *, exclusion_id: str) -> dict[str, Any]:
    block_public_access.end(call.uow, call.settings, exclusion_id)
    return _shown(call, exclusion_id)


Describe(
    "DescribeVpcBlockPublicAccessExclusions",
    PublicAccessExclusion,
    view=show,
    ids="ExclusionIds",
    filters={
        "internet-gateway-exclusion-mode": PublicAccessExclusion.mode,
        "resource-arn": _ARN,
        "state": PublicAccessExclusion.state,
    },
)
