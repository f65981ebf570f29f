"""An instance that a call changes: in a state that allows it, and its host told where that must know."""

from collections.abc import Mapping
from typing import Any

from backend import errors, states
from backend.catalogue import instance_types
from backend.catalogue.instance_types import TypeFacts
from backend.db.models import Instance
from backend.db.unit_of_work import UnitOfWork


def living(uow: UnitOfWork, instance_id: str) -> Instance:
    """The instance, locked, unless it is ending or has ended (IncorrectInstanceState)."""
    instance = uow.require(Instance, instance_id, for_update=True)
    check_living(instance)
    return instance


def check_living(instance: Instance) -> None:
    if instance.desired == "absent":
        raise errors.IncorrectInstanceState(
            reason=f"The instance '{instance.id}' is not in a valid state for this operation: {instance.state}."
        )


def check_stopped(instance: Instance) -> None:
    if instance.state != "stopped":
        raise errors.IncorrectInstanceState(reason=f"The instance '{instance.id}' is not in the 'stopped' state.")


def set_option(instance: Instance, name: str, value: Mapping[str, Any]) -> None:
    """Replace a structure that EC2 shows as a member of the instance, such as MetadataOptions."""
    instance.options = {**instance.options, name: dict(value)}


def tell_host(uow: UnitOfWork, instance: Instance) -> None:
    """What changed is part of the specification that the host matches."""
    states.touch(instance)
    uow.converge([instance.id])


def facts_of(instance: Instance) -> TypeFacts:
    facts = instance_types.find(instance.instance_type)
    if facts is None:  # no call can give an instance such a type
        raise LookupError(instance.instance_type)
    return facts
