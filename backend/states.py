"""What EC2 shows of an instance: a pure function of what is wanted and what was last seen.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update

from backend import clock
from backend.db.models import Instance
from backend.db.unit_of_work import UnitOfWork
from backend.shared import Shared

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}


def shown(desired: str, observed: str | None) -> str:
    """The state's name. ``observed`` is None from each start until the host has reported: it may run already."""
    if desired == "absent":
        return "terminated" if observed == "absent" else "shutting-down"
    if desired == "running":
        return "running" if observed == "running" else "pending"
    return "stopping" if observed in ("running", None) else "stopped"


_SHOWN = {name: Shared(Code=code, Name=name) for name, code in CODES.items()}


def show(state: str) -> Shared:
    """A state as EC2's InstanceState."""
    return _SHOWN[state]


def want(instance: Instance, desired: str) -> None:
    """Change what is wanted; the next generation carries it to the host."""
    if desired == "running":
        instance.observed = None
    instance.desired = desired
    touch(instance)
    instance.power_generation = instance.generation
    _settle(instance, clock.now())


def touch(instance: Instance) -> None:
    """Say that the host has something new to match, at an unchanged power state."""
    instance.generation += 1
    instance.sent_at = clock.now()


def touch_all(uow: UnitOfWork, instance_ids: Sequence[str]) -> None:
    """The same of many instances that are rows only; those that end are left alone."""
    living = update(Instance).where(Instance.id.in_(instance_ids), Instance.desired != "absent")
    newer = living.values(generation=Instance.generation + 1, sent_at=clock.now())
    uow.execute(newer, execution_options={"synchronize_session": False})


def see(instance: Instance, observed: str | None, generation: int, sequence: int, at: datetime) -> None:
    """Take in what the host reports."""
    instance.observed = observed
    instance.observed_generation = max(generation, instance.observed_generation)
    instance.observed_sequence = sequence
    _settle(instance, at)


def _settle(instance: Instance, at: datetime) -> None:
    state = shown(instance.desired, instance.observed)
    if state == instance.state:
        return
    if state == "running":
        instance.running_since = at
    if state == "terminated":
        instance.terminated_at = at
    instance.state = state
