"""Works on the tasks that carry disks between snapshots and S3 (``backend.db.models.import_tasks``), one at a time.

Whoever takes a task holds a lease on it, which each step renews. After a crash the lease runs out and another conductor
starts the task over: what the first one wrote is named by no row, and is swept. No transaction stays open over slow
work; each step's writes are one short one, in which the task is looked at again: it may have been cancelled.
"""

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Select, literal, or_, select, union_all

from backend import clock, transitions
from backend.blobs.base import NoSuchBlob
from backend.cloud import Cloud
from backend.db import conflicts
from backend.db.models import DiskTask
from backend.db.unit_of_work import UnitOfWork
from backend.disk_images.formats import DiskImageError
from backend.errors import CloudError

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_SECONDS = 3.0
ATTEMPTS = 3
"""How often a task is begun that somebody did not come to the end of."""

Work = Callable[["Claim"], None]
"""Does a task from its start to its end, in steps; the last of which calls ``complete``."""
Undo = Callable[[UnitOfWork, Any], None]
"""What else a task's failure or cancellation changes, in the transaction that says so."""
T = TypeVar("T")

_WORK: dict[type[DiskTask], tuple[Work, Undo | None]] = {}


class Stopped(Exception):
    """The task is not this worker's to go on with: it was cancelled, or the lease was lost."""


class Interrupted(Exception):
    """This process is about to end: another one goes on with the task."""


def works_on(model: type[DiskTask], undo: Undo | None = None) -> Callable[[Work], Work]:
    """Registers what does the tasks of a model."""

    def register(work: Work) -> Work:
        _WORK[model] = work, undo
        return work

    return register


class Claim:
    """A task that this process works on. ``folder``: for its files, gone when the work ends."""

    def __init__(self, cloud: Cloud, stop: threading.Event, task: DiskTask) -> None:
        self.cloud, self.model, self.id = cloud, type(task), task.id
        self.folder = cloud.settings.data_dir.resolve() / "tasks" / task.id
        self._stop, self._account, self._region, self._lease = stop, task.account, task.region, task.lease
        self._renewed = time.monotonic()

    def read(self, look: Callable[[UnitOfWork], T]) -> T:
        """What ``look`` finds in the task's account and region."""
        with self.cloud.unit_of_work(self._account, self._region, write=False) as uow:
            return look(uow)

    def task(self) -> Any:
        """The record."""
        return self.read(lambda uow: uow.look_up(self.model, self.id))

    def step(self, change: Callable[[UnitOfWork, Any], T]) -> T:
        """One transaction in the task's account and region, with the task as an entity. Stopped."""
        found = conflicts.again(lambda: self._step(change))
        self._renewed = time.monotonic()
        return found

    def _step(self, change: Callable[[UnitOfWork, Any], T]) -> T:
        with self.cloud.unit_of_work(self._account, self._region, write=True) as uow:
            task = self._held(uow, self.model.ACTIVE)
            found = change(uow, task)
            self.cloud.commit(uow)
        return found

    def _held(self, uow: UnitOfWork, *states: str) -> Any:
        """The task, locked, while it is this worker's and in one of these states; the lease renewed."""
        query = select(self.model).where(self.model.id == self.id).with_for_update()
        task = uow.scalars(query).one_or_none()
        if task is None or task.lease != self._lease or task.state not in states:
            raise Stopped
        task.leased_until = _now(uow) + LEASE
        return task

    def breathe(self, progress: int | None = None, message: str | None = None) -> None:
        """Called all along slow work: keeps the lease, tells how far it is, and notices a cancellation. Stopped,
        Interrupted."""
        if self._stop.is_set():
            raise Interrupted
        if message is None and time.monotonic() - self._renewed < RENEW_SECONDS:
            return
        self.step(lambda _uow, task: tell(task, progress, message))

    def breathing(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        for part in parts:
            self.breathe()
            yield part

    def release(self) -> None:
        """Leave the task to whoever comes next."""

        def change(_uow: UnitOfWork, task: DiskTask) -> None:
            task.lease, task.leased_until = None, None
            task.attempts -= 1

        with suppress(Stopped):
            self.step(change)

    def end(self, state: str, message: str | None) -> None:
        """Say that the task failed or is cancelled; no effect where it is somebody else's by now."""

        def write() -> None:
            with self.cloud.unit_of_work(self._account, self._region, write=True) as uow:
                task = self._held(uow, self.model.ACTIVE, self.model.CANCELLING)
                if (undo := _WORK[self.model][1]) is not None:
                    undo(uow, task)
                if task.state == self.model.CANCELLING:  # with the reason that its owner gave
                    over(uow, task, self.model.CANCELLED)
                else:
                    over(uow, task, state)
                    task.status_message = message
                self.cloud.commit(uow)

        try:
            conflicts.again(write)
        except Stopped:
            log.info("task %s is another worker's by now", self.id)


def tell(task: DiskTask, progress: int | None = None, message: str | None = None) -> None:
    """How far a task is, and what it does."""
    if progress is not None:
        task.progress = max(min(progress, 99), task.progress)
    if message is not None:
        task.status_message = message


def complete(uow: UnitOfWork, task: DiskTask) -> None:
    """In the last step: the task has done what it was to do."""
    task.progress, task.status_message = 100, None
    over(uow, task, task.COMPLETED)


def over(uow: UnitOfWork, task: DiskTask, state: str) -> None:
    """The task has come to an end, and goes after a while."""
    task.state, task.lease, task.leased_until = state, None, None
    transitions.follow(uow, task, transitions.GONE, at=clock.now() + timedelta(days=task.KEPT_DAYS))


def advance(cloud: Cloud, stop: threading.Event) -> None:
    """Work on what there is to do, until there is nothing or ``stop`` is set; where nothing is, it costs one query."""
    while not stop.is_set():
        with cloud.everywhere(write=False) as uow:
            now = _now(uow)
            kinds = (select(literal(model.PREFIX)).where(_due(model, now).exists()) for model in _WORK)
            due = set(uow.scalars(union_all(*kinds)))
        if not due:
            return
        for model in _WORK:
            if model.PREFIX in due and not stop.is_set():
                claim = conflicts.again(lambda model=model: _claim(cloud, stop, model))  # type: ignore[misc]
                if claim is not None:
                    _perform(claim)


def _claim(cloud: Cloud, stop: threading.Event, model: type[DiskTask]) -> Claim | None:
    with cloud.everywhere(write=True) as uow:
        now = _now(uow)
        query = _due(model, now).order_by(model.row).limit(1).with_for_update(skip_locked=True)
        task = uow.scalars(query).one_or_none()
        if task is None:
            return None
        task.lease, task.leased_until = secrets.token_hex(8), now + LEASE
        task.attempts += 1
        claim = Claim(cloud, stop, task)
        cloud.commit(uow)
    return claim


def _due(model: type[DiskTask], now: datetime) -> Select[Any]:
    waits = or_(model.leased_until.is_(None), model.leased_until < now)
    return select(model).where(model.state.in_((model.ACTIVE, model.CANCELLING)), waits)


def _now(uow: UnitOfWork) -> datetime:
    return uow.database.time(uow.connection())


def _perform(claim: Claim) -> None:
    """One task, to its end: completed, failed with a message for its owner, or cancelled."""
    model = claim.model
    try:
        with _emptied(claim.folder):
            task = claim.task()
            if task.state == model.CANCELLING:
                raise Stopped
            if task.attempts > ATTEMPTS:
                claim.end(model.FAILED, "ServerError: an internal error has occurred during conversion.")
            else:
                _WORK[model][0](claim)
    except Stopped:
        claim.end(model.CANCELLED, None)
    except Interrupted:
        claim.release()
    except DiskImageError as fault:
        claim.end(model.FAILED, f"ClientError: Disk validation failed [{fault}]")
    except CloudError as fault:
        claim.end(model.FAILED, f"ClientError: {fault.message}")
    except NoSuchBlob:
        claim.end(model.FAILED, "ClientError: The given S3 object was deleted while it was read.")
    except Exception:
        log.exception("task %s failed; it is begun anew when its lease has run out", claim.id)


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    """The folder as a new one, and none afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
