"""One transaction of one account in one region: what it changes is committed together, or not at all."""

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, event, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from backend import errors, ids
from backend.bus.messages import Spec
from backend.db import reading
from backend.db.base import Base, Global, Owned, Resource
from backend.db.engine import Database

R = TypeVar("R", bound=Resource)
M = TypeVar("M", bound=Base)

ANYWHERE = {"anywhere": True}
"""Execution options of a statement that the unit of work leaves as it is: it says by itself whose rows it means."""


class UnitOfWork(Session):
    """A session scoped to one account and region; with ``everywhere``, the control plane's own over all of them.

    ``converge`` notes instances whose wish changed. Whoever commits publishes the wish of these after the commit
    (``backend.conductor.wishes``); services neither commit nor publish.
    """

    def __init__(
        self,
        database: Database,
        account: str,
        region: str,
        *,
        write: bool = True,
        everywhere: bool = False,
        limited: bool = False,
        durable: bool = False,
    ) -> None:
        super().__init__(database.engine, expire_on_commit=False, autoflush=True)
        self.database, self.account, self.region, self.write = database, account, region, write
        self.everywhere = everywhere
        self.limited = limited
        """Whether quotas hold (``backend.quotas``)."""
        self.durable = durable
        """Whether ``settle`` is to be called after the commit: without, a power failure may undo the last ones."""
        self.to_converge: dict[str, Any] = {}
        self.to_send: list[tuple[str, Spec]] = []
        self.discarded: list[str] = []
        self.moving = False
        """Whether a state was written that moves on by itself (``backend.transitions``)."""
        self.tasked = False
        """Whether a task was begun or cancelled that carries disks (``backend.conductor.disk_tasks``)."""
        self._writing = database.writing() if write else None
        self._open: Connection | None = None

    def __enter__(self) -> Self:
        if self._writing:
            self._writing.__enter__()
        try:
            self.connection(execution_options={"writes": self.write})
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        finally:
            self._let_others_write()

    def settle(self) -> None:
        """Wait until what was committed is on disk, while others may write."""
        self._let_others_write()
        self.database.flush()

    def _let_others_write(self) -> None:
        if self._writing:
            self._writing.__exit__(None, None, None)
            self._writing = None

    def for_reading(self) -> Connection:
        """The connection that records are read on, with all pending changes flushed to it."""
        if self.new or self.dirty or self.deleted:
            self.flush()
        if self._open is None or not self._open.in_transaction():
            self._open = self.connection()
        return self._open

    def converge(self, instance_ids: Iterable[str]) -> None:
        self.to_converge.update(dict.fromkeys(instance_ids))

    def converge_as_read(self, instances: Iterable[Any]) -> None:
        """The same for records with ``wishes.LOAD``, read after the last change, so that they are not read again."""
        self.to_converge.update((instance.id, instance) for instance in instances)

    def send(self, host: str, spec: Spec) -> None:
        """Send a wish of no row to a host after the commit: it may be lost, as the host's heartbeats bring it back."""
        self.to_send.append((host, spec))

    def discard(self, blobs: Iterable[str | None]) -> None:
        """Blobs of S3 whose rows go: they are deleted after the commit, or by the sweep."""
        self.discarded += [blob for blob in blobs if blob]

    def require(self, model: type[R], id: str, *, for_update: bool = False) -> R:
        """The resource with this id as an entity to change; its type's Malformed or NotFound error."""
        return self.require_all(model, [id], for_update=for_update)[0]

    def require_all(self, model: type[R], wanted: Sequence[str], *, for_update: bool = False) -> list[R]:
        """The resources with these ids, as entities, in the order given; an error that names all that are missing."""
        check_form(model, wanted)
        query = self.query(model).filter(model.id.in_(wanted)).order_by(model.row)
        if for_update:
            query = query.with_for_update().populate_existing()
        found = {r.id: r for r in query}
        require_found(model, wanted, found.keys())
        return [found[id] for id in dict.fromkeys(wanted)]

    def anywhere(self, model: type[M], *conditions: ColumnElement[bool], for_update: bool = False) -> list[M]:
        """Entities of any account and region: for what accounts do to each other's things.

        The conditions must say which of them are the caller's business.
        """
        query = select(model).where(*conditions)
        if for_update:
            query = query.with_for_update().execution_options(populate_existing=True)
        return list(self.scalars(query.execution_options(**ANYWHERE)))

    def look_up(self, model: type[R], id: str, *, load: Sequence[Any] = ()) -> R:
        """The resource with this id as a record, for reading only; its type's Malformed or NotFound error."""
        return self.look_up_all(model, [id], load=load)[0]

    def look_up_all(self, model: type[R], wanted: Sequence[str], *, load: Sequence[Any] = ()) -> list[R]:
        check_form(model, wanted)
        found = {r.id: r for r in reading.by(self, model.id, wanted, load=load)}
        require_found(model, wanted, found.keys())
        return [found[id] for id in dict.fromkeys(wanted)]

    def records(self, model: type[M], *conditions: ColumnElement[bool], load: Sequence[Any] = ()) -> list[M]:
        """Every row of ``model`` here that meets the conditions (columns of ``reading.table_of``), for reading only."""
        return reading.where(self, model, *conditions, load=load)


def check_form(model: type[Resource], wanted: Iterable[str]) -> None:
    for id in wanted:
        if not ids.well_formed(model.PREFIX, id):
            expected = "" if model.KIND == "instance" else model.PREFIX  # of instances EC2 says less
            raise errors.InvalidIDMalformed(code=model.MALFORMED, id=id, prefix=expected)


def require_found(model: type[Resource], wanted: Iterable[str], found: Iterable[str]) -> None:
    if missing := sorted(set(wanted) - set(found)):
        raise errors.NotFound(code=model.NOT_FOUND, noun=model.NOUN, ids=missing)


@event.listens_for(UnitOfWork, "do_orm_execute")
def _keep_to_scope(state: ORMExecuteState) -> None:
    """Adds the account and the region to whatever the ORM selects, updates or deletes.

    The conductor's own units of work serve all accounts.
    """
    session = cast(UnitOfWork, state.session)
    if session.everywhere or state.is_column_load or state.is_relationship_load:
        return
    if state.execution_options.get("anywhere"):
        return
    account, region = session.account, session.region
    state.statement = state.statement.options(
        with_loader_criteria(
            Owned,
            lambda cls: (cls.account == account) & (cls.region == region),
            include_aliases=True,
        ),
        with_loader_criteria(Global, lambda cls: cls.account == account, include_aliases=True),
    )
