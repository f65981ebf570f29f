"""The EC2 action that tells how near to each other instances are.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-topology.html
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from backend import errors, zones
from backend.db import reading
from backend.db.models import Instance, PlacementGroup
from ec2api.call import Call
from ec2api.describe import Condition, Describe
from ec2api.ec2.zone_filters import zone_id

FAMILIES = frozenset(
    {
        "g6",
        "g6e",
        "gr6",
        "hpc6a",
        "hpc6id",
        "hpc7a",
        "hpc7g",
        "hpc8a",
        "p3dn",
        "p4d",
        "p4de",
        "p5",
        "p5e",
        "p5en",
        "p6-b200",
        "p6e-gb200",
        "trn1",
        "trn1n",
        "trn2",
    }
)
"""Of the types whose network nodes AWS tells."""

_instances = reading.table_of(Instance).c


def _page(call: Call, instances: list[Any]) -> list[dict[str, Any]]:
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return [
        {
            "InstanceId": instance.id,
            "InstanceType": instance.instance_type,
            "GroupName": instance.placement_group,
            "NetworkNodes": _nodes(instance),
            "AvailabilityZone": instance.zone,
            "ZoneId": zone_ids.get(instance.zone),
        }
        for instance in instances
    ]


def _nodes(instance: Any) -> list[str]:
    """From the top of the network to the instance: the region, the zone, the host. Each account sees other names."""
    if instance.instance_type.partition(".")[0] not in FAMILIES:
        return []
    path = (instance.region, instance.zone, instance.host or "")
    steps = ("/".join((instance.account, *path[:depth])) for depth in (1, 2, 3))
    return [f"nn-{hashlib.sha256(step.encode()).hexdigest()[:17]}" for step in steps]


def _in_groups(call: Call, names: Sequence[str]) -> list[Condition]:
    known = {group.name for group in reading.by(call.uow, PlacementGroup.name, names)}
    for name in names:
        if name not in known:
            raise errors.InvalidPlacementGroupUnknown(name=name)
    return [_instances.placement_group.in_(names)]


Describe(
    "DescribeInstanceTopology",
    Instance,
    group=_page,
    ids="InstanceIds",
    tagged=False,
    extra={"GroupNames": _in_groups},
    always=lambda _call, _given: [_instances.state == "running"],
    filters={
        "availability-zone": Instance.zone,
        "instance-type": Instance.instance_type,
        "zone-id": zone_id(Instance.zone),
    },
    limits=(1, 100),
    exclusive=True,
)
