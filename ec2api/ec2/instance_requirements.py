"""The EC2 action that tells which instance types have what is required.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetInstanceTypesFromInstanceRequirements.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import instance_requirements
from backend.db import reading
from backend.db.models import InstanceType
from ec2api.call import Call
from ec2api.describe import Condition, Describe

_name = reading.table_of(InstanceType).c.name


def _wanted(call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    found = instance_requirements.matching(
        given["InstanceRequirements"],
        architectures=given["ArchitectureTypes"],
        virtualization_types=given["VirtualizationTypes"],
        region=call.region,
    )
    return [_name.in_(found)]


def _shape_only(_call: Call, _value: Any) -> Sequence[Condition]:
    """A parameter that ``_wanted`` sees to."""
    return ()


Describe(
    "GetInstanceTypesFromInstanceRequirements",
    InstanceType,
    view=lambda found: {"InstanceType": found.name},
    filters={},
    always=_wanted,
    extra=dict.fromkeys(("ArchitectureTypes", "VirtualizationTypes", "InstanceRequirements", "Context"), _shape_only),
    order=(InstanceType.name,),
    limits=(1, 1000),
)
