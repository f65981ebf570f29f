"""Tables of EBS beside volumes and snapshots: what is done to these, and the blocks that snapshots are made of."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend import clock
from backend.db.base import Base, Owned, Transient


class EbsSettings(Owned, Base):
    """What an account set for EBS in a region; no row: AWS's defaults."""

    __tablename__ = "ebs_settings"

    account: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(32), primary_key=True)
    encryption_by_default: Mapped[bool] = mapped_column(default=False)
    default_kms_key_id: Mapped[str | None]
    """As an ARN; None: the key that AWS manages."""
    snapshot_public_access: Mapped[str] = mapped_column(default="unblocked")


class VolumeModification(Transient):
    """The newest modification of a volume. Its state is EC2's ModificationState."""

    __tablename__ = "volume_modifications"
    KIND, PREFIX, NOUN = "", "vol-modification", "volume modification"
    NOT_FOUND, MALFORMED = "InvalidVolumeModification.NotFound", "InvalidVolumeModificationID.Malformed"

    volume_id: Mapped[str] = mapped_column(String(40), unique=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    recent: Mapped[list[str]]
    """When the modifications of the last 24 hours began (ISO 8601), this one last."""
    original_size: Mapped[int]
    original_volume_type: Mapped[str]
    original_iops: Mapped[int | None]
    original_throughput: Mapped[int | None]
    original_multi_attach_enabled: Mapped[bool]
    target_size: Mapped[int]
    target_volume_type: Mapped[str]
    target_iops: Mapped[int | None]
    target_throughput: Mapped[int | None]
    target_multi_attach_enabled: Mapped[bool]


class SnapshotTiering(Transient):
    """The newest move of a snapshot between the tiers. Its state is EC2's LastTieringOperationStatus."""

    __tablename__ = "snapshot_tierings"
    KIND, PREFIX, NOUN = "", "snap-tiering", "snapshot tiering"
    NOT_FOUND, MALFORMED = "InvalidSnapshotTiering.NotFound", "InvalidSnapshotTieringID.Malformed"

    snapshot_id: Mapped[str] = mapped_column(String(40), unique=True)
    started_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    restore_days: Mapped[int | None]
    """None for a permanent restore."""


class FastSnapshotRestore(Transient):
    """Fast restore of a snapshot in a zone, as one account enabled it."""

    __tablename__ = "fast_snapshot_restores"
    KIND, PREFIX, NOUN = "", "fsr", "fast snapshot restore"
    NOT_FOUND, MALFORMED = "InvalidFastSnapshotRestore.NotFound", "InvalidFastSnapshotRestoreID.Malformed"
    FADES = frozenset({"disabled"})

    snapshot_id: Mapped[str] = mapped_column(String(40), index=True)
    zone: Mapped[str]
    reason: Mapped[str]
    enabling_at: Mapped[datetime | None]
    optimizing_at: Mapped[datetime | None]
    enabled_at: Mapped[datetime | None]
    disabling_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]

    INDEXES = (UniqueConstraint("account", "snapshot_id", "zone"),)


class SnapshotLock(Owned, Base):
    """A snapshot's lock. Which state it is in follows from the time (``backend.snapshot_locks``)."""

    __tablename__ = "snapshot_locks"

    snapshot_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    mode: Mapped[str]
    created_at: Mapped[datetime]
    duration_days: Mapped[int]
    duration_start: Mapped[datetime]
    expires_at: Mapped[datetime]
    cool_off_hours: Mapped[int | None]
    cool_off_expires: Mapped[datetime | None]


class BlockManifest(Base):
    """The list of the blocks of one content. Snapshots and volumes with that content share it.

    ``touched_at``: when something last began to use it; what nobody uses is collected some time after.
    """

    __tablename__ = "block_manifests"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    touched_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


class ManifestBlock(Base):
    """One block of a content: which one it is, and what it holds, by the block's checksum."""

    __tablename__ = "manifest_blocks"

    manifest_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    block_index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    checksum: Mapped[str] = mapped_column(String(44))
    written: Mapped[bool] = mapped_column(default=False)
    """Whether it was written since its snapshot was begun, and not taken from the parent snapshot."""

    __table_args__ = (Index(None, "checksum"),)


class StoredBlock(Base):
    """512 KiB that are stored once, by their SHA-256 in base64, as one blob; ``touched_at``: when last written."""

    __tablename__ = "stored_blocks"

    checksum: Mapped[str] = mapped_column(String(44), primary_key=True)
    blob: Mapped[str]
    touched_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
