"""States that move on by themselves: how one begins, and what else happens when the next one is reached."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from backend import clock
from backend.config import Settings
from backend.db.base import Transient
from backend.db.unit_of_work import UnitOfWork

GONE = ""
"""As the next state: the row goes, with its tags."""

Step = Callable[[UnitOfWork, Sequence[Any]], None]
S = TypeVar("S", bound=Step)

_steps: dict[tuple[type[Transient], str], Step] = {}


def begin(uow: UnitOfWork, settings: Settings, resource: Transient, state: str, then: str) -> None:
    """Put a resource into ``state``, which it leaves for ``then`` after the setting ``transition_seconds``."""
    resource.state, resource.next_state = state, then
    resource.next_at = clock.now() + timedelta(seconds=settings.transition_seconds)
    uow.moving = True


def follow(uow: UnitOfWork, resource: Transient, then: str, *, at: datetime | None = None) -> None:
    """In a step of ``reaching``: say that this state, too, is left for another one, at once or at a time."""
    resource.next_state, resource.next_at = then, at or clock.now()
    uow.moving = uow.moving or at is None


def reaching(model: type[Transient], state: str) -> Callable[[S], S]:
    """Registers what happens when resources of ``model`` reach ``state``: a function of the conductor's unit of work
    over all accounts, and the entities. With ``GONE`` it runs just before the rows go.
    """

    def register(step: S) -> S:
        _steps[model, state] = step
        return step

    return register


def reached(uow: UnitOfWork, model: type[Transient], state: str, resources: Sequence[Any]) -> None:
    """Do what was registered for this."""
    if step := _steps.get((model, state)):
        step(uow, resources)
