"""The CPU credit option of burstable instances.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceCreditSpecification.html
"""

from collections.abc import Sequence

from backend import errors, ids
from backend.db.models import Instance
from backend.db.unit_of_work import UnitOfWork
from backend.instances import changes

OPTIONS = ("standard", "unlimited")


def modify(uow: UnitOfWork, wanted: Sequence[tuple[str, str]]) -> tuple[list[str], list[tuple[str, errors.CloudError]]]:
    """Set the option of each (instance id, option) that allows it; the ids of those, and the others' errors.

    An option that does not exist fails the whole call.
    """
    for _, option in wanted:
        if option not in OPTIONS:
            raise errors.InvalidParameterValue(
                value=option, name="CpuCredits", reason=f"It must be one of {', '.join(OPTIONS)}."
            )
    query = uow.query(Instance).filter(Instance.id.in_([id for id, _ in wanted])).order_by(Instance.row)
    found = {instance.id: instance for instance in query.with_for_update().populate_existing()}
    done: list[str] = []
    refused: list[tuple[str, errors.CloudError]] = []
    for id, option in wanted:
        if fault := _refusal(id, found.get(id)):
            refused.append((id, fault))
        else:
            found[id].credit = option
            done.append(id)
    return done, refused


def _refusal(id: str, instance: Instance | None) -> errors.CloudError | None:
    if not ids.well_formed(Instance.PREFIX, id):
        return errors.InvalidIDMalformed(code=Instance.MALFORMED, id=id, prefix=Instance.PREFIX)
    if instance is None:
        return errors.NotFound(code=Instance.NOT_FOUND, noun=Instance.NOUN, ids=[id])
    if instance.state not in ("running", "stopped"):
        return errors.IncorrectInstanceState(reason=f"The instance '{id}' is not in the 'running' or 'stopped' state.")
    if not changes.facts_of(instance).burstable:
        return errors.InstanceCreditSpecificationNotSupported(type=instance.instance_type)
    return None
