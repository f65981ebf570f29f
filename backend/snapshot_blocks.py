"""What snapshots and volumes hold: manifests, which list 512 KiB blocks by their checksums.

Each block is stored once, whichever contents it is part of, so a snapshot stores only what no other has. A manifest is
shared by all snapshots and volumes of the same content, and never changes once its snapshot is complete. Manifests
that nothing has and blocks that no manifest lists are collected (``backend.conductor.unused_blocks``) a while after
they were last taken up: whoever takes one up says so in its row (``adopt``, ``put``), on which the collector waits.
"""

from typing import NamedTuple

from sqlalchemy import and_, exists, func, insert, literal, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backend import clock, errors, ids
from backend.db import reading
from backend.db.models import BlockManifest, ManifestBlock, StoredBlock
from backend.db.unit_of_work import UnitOfWork

BLOCK_SIZE = 512 * 1024
BLOCKS_PER_GIB = (1 << 30) // BLOCK_SIZE

_manifests, _listed, _stored = (reading.table_of(m) for m in (BlockManifest, ManifestBlock, StoredBlock))


class Block(NamedTuple):
    place: int
    """Its index in the volume."""
    checksum: str
    """SHA-256 in base64."""


class Difference(NamedTuple):
    """A block that two contents do not have in common; None where one has none at that place."""

    place: int
    first: str | None
    second: str | None


def begin(uow: UnitOfWork, parent: str | None) -> str:
    """A new manifest, with the blocks of the parent's: its id."""
    id = ids.new("manifest")
    connection = uow.for_reading()
    connection.execute(insert(_manifests).values(id=id, touched_at=clock.now()))
    if parent:
        listed = select(literal(id), _listed.c.block_index, _listed.c.checksum, literal(False)).where(
            _listed.c.manifest_id == parent
        )
        columns = ["manifest_id", "block_index", "checksum", "written"]
        connection.execute(insert(_listed).from_select(columns, listed))
    return id


def adopt(uow: UnitOfWork, manifest_id: str | None) -> str | None:
    """Take up a content for something new, before its row is written. The same id; None is the empty content."""
    if manifest_id:
        touched = update(_manifests).where(_manifests.c.id == manifest_id).values(touched_at=clock.now())
        if not uow.for_reading().execute(touched).rowcount:
            raise errors.IncorrectState(reason="What it would be made of was deleted in the meantime.")
    return manifest_id


def put(uow: UnitOfWork, manifest_id: str, block: Block, blob: str) -> str:
    """List a block; the blob that is to be kept: another than ``blob`` where the block was stored before."""
    dialect = sqlite if uow.database.is_sqlite else postgresql
    connection = uow.for_reading()
    store = dialect.insert(_stored).values(checksum=block.checksum, blob=blob, touched_at=clock.now())
    store = store.on_conflict_do_update(index_elements=["checksum"], set_={"touched_at": clock.now()})
    kept: str = connection.execute(store.returning(_stored.c.blob)).scalar_one()
    line = dialect.insert(_listed).values(
        manifest_id=manifest_id, block_index=block.place, checksum=block.checksum, written=True
    )
    line = line.on_conflict_do_update(
        index_elements=["manifest_id", "block_index"], set_={"checksum": block.checksum, "written": True}
    )
    connection.execute(line)
    return kept


def count(uow: UnitOfWork, manifest_id: str | None) -> int:
    """How many blocks a content has; each counts in full."""
    listed = select(func.count()).select_from(_listed).where(_listed.c.manifest_id == manifest_id)
    return uow.for_reading().scalar(listed) or 0


def written(uow: UnitOfWork, manifest_id: str) -> list[Block]:
    """The blocks that were written since the manifest began, in order."""
    query = select(_listed.c.block_index, _listed.c.checksum)
    query = query.where(_listed.c.manifest_id == manifest_id, _listed.c.written.is_(True))
    return [Block(*row) for row in uow.for_reading().execute(query.order_by(_listed.c.block_index))]


def blocks(uow: UnitOfWork, manifest_id: str | None, start: int, limit: int) -> list[Block]:
    """The blocks from an index on, in order, at most ``limit``."""
    query = select(_listed.c.block_index, _listed.c.checksum)
    query = query.where(_listed.c.manifest_id == manifest_id, _listed.c.block_index >= start)
    found = uow.for_reading().execute(query.order_by(_listed.c.block_index).limit(limit))
    return [Block(*row) for row in found]


def stored(uow: UnitOfWork, manifest_id: str | None, start: int, limit: int) -> list[tuple[Block, str]]:
    """The same, each with its blob."""
    query = select(_listed.c.block_index, _listed.c.checksum, _stored.c.blob).join_from(
        _listed, _stored, _stored.c.checksum == _listed.c.checksum
    )
    query = query.where(_listed.c.manifest_id == manifest_id, _listed.c.block_index >= start)
    found = uow.for_reading().execute(query.order_by(_listed.c.block_index).limit(limit))
    return [(Block(place, checksum), blob) for place, checksum, blob in found]


def differences(uow: UnitOfWork, first: str | None, second: str | None, start: int, limit: int) -> list[Difference]:
    """Where two contents differ, from an index on, in order, at most ``limit``."""
    if first == second:
        return []
    one, two = _listed.alias(), _listed.alias()
    changed = (
        select(two.c.block_index, one.c.checksum.label("first"), two.c.checksum.label("second"))
        .select_from(
            two.outerjoin(one, and_(one.c.manifest_id == (first or ""), one.c.block_index == two.c.block_index))
        )
        .where(two.c.manifest_id == (second or ""), two.c.block_index >= start)
        .where(one.c.checksum.is_(None) | (one.c.checksum != two.c.checksum))
    )
    other = _listed.alias()
    kept = exists().where(other.c.manifest_id == (second or ""), other.c.block_index == one.c.block_index)
    gone = select(one.c.block_index, one.c.checksum, null()).where(
        one.c.manifest_id == (first or ""), one.c.block_index >= start, ~kept
    )
    query = changed.union_all(gone)
    found = uow.for_reading().execute(query.order_by(query.selected_columns.block_index).limit(limit))
    return [Difference(*row) for row in found]


def find(uow: UnitOfWork, manifest_id: str | None, index: int) -> tuple[str, str] | None:
    """The checksum and the blob of one block; None where the content has none there."""
    query = select(_listed.c.checksum, _stored.c.blob).join_from(
        _listed, _stored, _stored.c.checksum == _listed.c.checksum
    )
    row = uow.for_reading().execute(query.where(_listed.c.manifest_id == manifest_id, _listed.c.block_index == index))
    found = row.first()
    return (found[0], found[1]) if found else None
