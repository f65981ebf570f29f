"""EC2 actions on the CPU credit option of instances."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors
from backend.db.models import Instance
from backend.instances import credits
from ec2api.call import Call
from ec2api.describe import Condition, Describe, as_condition
from ec2api.registry import action


@action
def modify_instance_credit_specification(
    call: Call, *, instance_credit_specifications: list[dict[str, Any]]
) -> dict[str, Any]:
    wanted = []
    for number, entry in enumerate(instance_credit_specifications, 1):
        if "CpuCredits" not in entry:
            raise errors.MissingParameter(name=f"InstanceCreditSpecification.{number}.CpuCredits")
        wanted.append((entry["InstanceId"], entry["CpuCredits"]))
    done, refused = credits.modify(call.uow, wanted)
    return {
        "SuccessfulInstanceCreditSpecifications": [{"InstanceId": id} for id in done],
        "UnsuccessfulInstanceCreditSpecifications": [
            {"InstanceId": id, "Error": {"Code": fault.code, "Message": fault.message}} for id, fault in refused
        ],
    }


def _unlimited_unless_named(_call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    """Without ids AWS answers with those instances that are, or were once configured as, unlimited."""
    return [] if given.get("InstanceIds") else [as_condition(Instance.credit, ["unlimited"])]


Describe(
    "DescribeInstanceCreditSpecifications",
    Instance,
    view=lambda instance: {"InstanceId": instance.id, "CpuCredits": instance.credit or "standard"},
    ids="InstanceIds",
    filters={"instance-id": Instance.id},
    always=_unlimited_unless_named,
    exclusive=True,
    tagged=False,
)
