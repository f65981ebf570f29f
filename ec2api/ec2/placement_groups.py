"""EC2 actions on placement groups.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_PlacementGroup.html
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import literal

from backend import absent, errors, placement_groups
from backend.db import reading
from backend.db.models import PlacementGroup
from backend.instances import placement
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.registry import action

_columns = reading.table_of(PlacementGroup).c
_ARN = literal("arn:aws:ec2:") + _columns.region + ":" + _columns.account + ":placement-group/" + _columns.name


def show(group: Any) -> dict[str, Any]:
    return {
        "GroupName": group.name,
        "State": group.state,
        "Strategy": group.strategy,
        "PartitionCount": group.partition_count,
        "GroupId": group.id,
        "Tags": show_tags(group),
        "GroupArn": f"arn:aws:ec2:{group.region}:{group.account}:placement-group/{group.name}",
        "SpreadLevel": group.spread_level,
        "LinkedGroupId": group.linked_id,
        "ParentGroupId": group.parent_id,
    }


@action(tags=("placement-group",))
def create_placement_group(
    call: Call,
    *,
    group_name: str | None = None,
    strategy: str | None = None,
    partition_count: int | None = None,
    spread_level: str | None = None,
    parent_group_id: str | None = None,
    linked_group_id: str | None = None,
    operator: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    absent.operator(operator)
    group = placement_groups.create(
        call.uow,
        name=group_name,
        strategy=strategy,
        partition_count=partition_count,
        spread_level=spread_level,
        parent_id=parent_group_id,
        linked_id=linked_group_id,
        wanted_tags=call.tags(PlacementGroup),
    )
    return {"PlacementGroup": show(call.uow.look_up(PlacementGroup, group.id, load=(PlacementGroup.tags,)))}


@action
def delete_placement_group(call: Call, *, group_name: str) -> None:
    placement_groups.remove(call.uow, group_name)


@action
def modify_instance_placement(
    call: Call,
    *,
    instance_id: str,
    group_name: str | None = None,
    group_id: str | None = None,
    partition_number: int | None = None,
    tenancy: str | None = None,
    affinity: str | None = None,
    host_id: str | None = None,
    host_resource_group_arn: str | None = None,
) -> dict[str, Any]:
    wanted = {
        "GroupName": group_name,
        "GroupId": group_id,
        "PartitionNumber": partition_number,
        "Tenancy": tenancy,
        "Affinity": affinity,
        "HostId": host_id,
        "HostResourceGroupArn": host_resource_group_arn,
    }
    placement.modify(call.uow, instance_id, {name: value for name, value in wanted.items() if value is not None})
    return {"Return": True}


Describe(
    "DescribePlacementGroups",
    PlacementGroup,
    view=show,
    ids="GroupIds",
    names={"GroupNames": (PlacementGroup.name, lambda name: errors.InvalidPlacementGroupUnknown(name=name))},
    filters={
        "group-arn": _ARN,
        "group-name": PlacementGroup.name,
        "spread-level": PlacementGroup.spread_level,
        "state": PlacementGroup.state,
        "strategy": PlacementGroup.strategy,
    },
)
