"""Snapshots whose blocks their owner writes and reads: the EBS direct APIs.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-accessing-snapshot.html
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from backend import clock, ebs_encryption, errors, ids, snapshot_blocks, tags, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import Snapshot
from backend.db.unit_of_work import UnitOfWork
from backend.errors import CloudError
from backend.snapshot_blocks import BLOCK_SIZE, BLOCKS_PER_GIB, Block, Difference
from backend.snapshots import NO_VOLUME
from backend.transitions import reaching

MOST_GIB = 65536
TIMEOUT_MINUTES = 60
TOKEN_LIFE = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Start:
    """What a caller says of a new snapshot."""

    size_gib: int
    parent_id: str | None = None
    description: str = ""
    encrypted: bool | None = None
    kms_key_arn: str | None = None
    timeout_minutes: int = TIMEOUT_MINUTES


def start(uow: UnitOfWork, wanted: Start, wanted_tags: Sequence[Mapping[str, Any]]) -> Snapshot:
    """A pending snapshot, empty or with its parent's blocks. It ends in error unless its owner completes it in time."""
    if not 1 <= wanted.size_gib <= MOST_GIB:
        raise errors.InvalidDirectVolumeSize(reason=f"The volume size must be from 1 to {MOST_GIB} GiB.")
    try:
        checked = tags.checked(wanted_tags)
    except CloudError as fault:
        raise errors.InvalidDirectTag(reason=fault.message) from fault
    parent = _parent(uow, wanted) if wanted.parent_id else None
    known = ebs_encryption.of_snapshot(uow, parent) if parent else None
    try:
        encryption = ebs_encryption.settle(uow, wanted.encrypted, wanted.kms_key_arn, known)
    except CloudError as fault:
        raise errors.InvalidDirectValue(reason=fault.message) from fault
    id = ids.new(Snapshot.PREFIX)
    snapshot = Snapshot(
        id=id,
        account=uow.account,
        region=uow.region,
        volume_id=NO_VOLUME,
        size_gib=wanted.size_gib,
        description=wanted.description,
        encrypted=encryption.encrypted,
        kms_key_id=encryption.kms_key_id,
        progress="0%",
        state="pending",
        lineage=parent.lineage or parent.id if parent else id,
        manifest_id=snapshot_blocks.begin(uow, parent.manifest_id if parent else None),
        direct={"timeout": wanted.timeout_minutes, "sealed": False, "parent": wanted.parent_id},
    )
    _expire(snapshot)
    uow.add(snapshot)
    tags.attach(uow, snapshot, checked)
    return snapshot


def _parent(uow: UnitOfWork, wanted: Start) -> Snapshot:
    if wanted.encrypted is not None:
        raise errors.InvalidDirectValue(reason="ParentSnapshotId and Encrypted cannot be used together.")
    parent = readable(uow, wanted.parent_id or "")
    if parent.size_gib > wanted.size_gib:
        raise errors.InvalidDirectVolumeSize(reason=f"The parent snapshot has {parent.size_gib} GiB.")
    return parent


def _expire(snapshot: Snapshot) -> None:
    assert snapshot.direct
    minutes = snapshot.direct["timeout"]
    snapshot.next_state, snapshot.next_at = "error", clock.now() + timedelta(minutes=minutes)


@reaching(Snapshot, "error")
def _cancelled(_uow: UnitOfWork, snapshots: Sequence[Snapshot]) -> None:
    for snapshot in snapshots:
        snapshot.state_message = "The snapshot was not completed in time."


def check_block(data: bytes, length: int, checksum: str) -> None:
    """Whether bytes are a block, and those that their sender meant."""
    if length != BLOCK_SIZE or len(data) != BLOCK_SIZE:
        raise errors.InvalidBlock(reason=f"A block has {BLOCK_SIZE} bytes, not {len(data)}.")
    if checksum_of(data) != checksum:
        raise errors.InvalidDirectValue(reason="The checksum of the block is not that of its data.")


def checksum_of(data: bytes) -> str:
    return b64encode(sha256(data).digest()).decode()


def put(uow: UnitOfWork, snapshot_id: str, block: Block, blob: str, progress: int | None) -> str:
    """List a block of a pending snapshot; the blob that is to be kept (``snapshot_blocks.put``)."""
    snapshot = _writable(uow, snapshot_id)
    if block.place >= snapshot.size_gib * BLOCKS_PER_GIB:
        raise errors.InvalidBlock(reason=f"The volume of {snapshot.size_gib} GiB has no block {block.place}.")
    if progress is not None:
        snapshot.progress = f"{progress}%"
    _expire(snapshot)
    assert snapshot.manifest_id
    return snapshot_blocks.put(uow, snapshot.manifest_id, block, blob)


def complete(
    uow: UnitOfWork, settings: Settings, snapshot_id: str, changed_blocks: int, checksum: str | None
) -> Snapshot:
    """Seal a pending snapshot. ``checksum``: of the binary checksums of the blocks that were written, in order."""
    snapshot = _writable(uow, snapshot_id)
    assert snapshot.manifest_id and snapshot.direct
    written = snapshot_blocks.written(uow, snapshot.manifest_id)
    if len(written) != changed_blocks:
        raise errors.InvalidDirectValue(reason=f"{len(written)} blocks were written, not {changed_blocks}.")
    if checksum is not None:
        whole = checksum_of(b"".join(b64decode(block.checksum) for block in written))
        if whole != checksum:
            raise errors.InvalidDirectValue(reason="The aggregated checksum is not that of the blocks.")
    snapshot.direct = {**snapshot.direct, "sealed": True}
    transitions.begin(uow, settings, snapshot, "pending", "completed")
    return snapshot


def _writable(uow: UnitOfWork, snapshot_id: str) -> Snapshot:
    snapshot = _find(uow, snapshot_id)
    if snapshot.account != uow.account or not snapshot.direct or snapshot.direct["sealed"]:
        raise errors.InvalidDirectSnapshot(reason=f"The snapshot '{snapshot_id}' is not one to be written.")
    entity = uow.require(Snapshot, snapshot_id, for_update=True)
    if entity.state != "pending" or not entity.direct or entity.direct["sealed"]:
        raise errors.InvalidDirectSnapshot(reason=f"The snapshot '{snapshot_id}' is not pending.")
    return entity


def readable(uow: UnitOfWork, snapshot_id: str) -> Snapshot:
    """The record of a completed snapshot that the caller can see."""
    snapshot = _find(uow, snapshot_id)
    if snapshot.state != "completed":
        raise errors.InvalidDirectSnapshot(reason=f"The snapshot '{snapshot_id}' is not completed.")
    if snapshot.storage_tier == "archive":
        raise errors.InvalidDirectSnapshot(reason=f"The snapshot '{snapshot_id}' is archived.")
    return snapshot


def _find(uow: UnitOfWork, snapshot_id: str) -> Snapshot:
    found = reading.find(uow, Snapshot.id, snapshot_id)
    if found is None:
        raise errors.DirectSnapshotNotFound(id=snapshot_id)
    snapshot: Snapshot = found
    return snapshot


def related(uow: UnitOfWork, first_id: str, second_id: str) -> tuple[Snapshot, Snapshot]:
    """Two readable snapshots of one lineage."""
    first, second = readable(uow, first_id), readable(uow, second_id)
    if first.id != second.id and (not first.lineage or first.lineage != second.lineage):
        raise errors.UnrelatedSnapshots()
    return first, second


@dataclass(frozen=True)
class Page:
    """Part of a listing: from an index on, so many at most; a token for what follows is good for ``question`` alone."""

    question: str
    start: int
    limit: int

    @classmethod
    def of(cls, question: str, token: str | None, start: int, limit: int) -> "Page":
        return cls(question, _start_of(question, token) if token else start, limit)

    def cut(self, found: Sequence[Block | Difference]) -> str | None:
        """The token of the next page, of one item more than this page has."""
        return _page_token(self.question, found[self.limit].place) if len(found) > self.limit else None


def _page_token(question: str, index: int) -> str:
    return b64encode(index.to_bytes(8, "big") + sha256(question.encode()).digest()[:16]).decode()


def _start_of(question: str, token: str) -> int:
    try:
        start = int.from_bytes(b64decode(token, validate=True)[:8], "big")
    except ValueError as fault:
        raise errors.InvalidPageToken() from fault
    if token != _page_token(question, start) or start >= 1 << 63:
        raise errors.InvalidPageToken()
    return start


def block_token(snapshot_id: str, index: int, checksum: str, expires: datetime) -> str:
    """What names a block of a snapshot until a time. It is no secret: who shows it must be able to see the snapshot."""
    seconds = int((expires - _EPOCH).total_seconds()).to_bytes(8, "big")
    named = f"{snapshot_id}/{index}/{checksum}/".encode() + seconds
    return b64encode(seconds + sha256(named).digest()[:24]).decode()


def block_of(uow: UnitOfWork, snapshot_id: str, index: int, token: str) -> tuple[str, str]:
    """The checksum and the blob of the block that a token names."""
    snapshot = readable(uow, snapshot_id)
    found = snapshot_blocks.find(uow, snapshot.manifest_id, index)
    try:
        seconds = int.from_bytes(b64decode(token, validate=True)[:8], "big")
        expires = _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError) as fault:
        raise errors.InvalidBlockToken() from fault
    if found is None or expires < clock.now() or token != block_token(snapshot_id, index, found[0], expires):
        raise errors.InvalidBlockToken()
    return found
