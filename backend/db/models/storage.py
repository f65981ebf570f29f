"""Tables of the storage side: images, snapshots, volumes and where they are attached."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Index, String, UniqueConstraint, bindparam, or_, select, true
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend import clock
from backend.db.base import Base, Owned, Transient
from backend.db.models.ebs import EbsSettings, SnapshotLock, SnapshotTiering, VolumeModification


class LaunchPermission(Base):
    """Who may launch an image beside its owner: an account, an organization or unit of one (by ARN).

    The group ``all`` is ``Image.public``.
    """

    __tablename__ = "launch_permissions"

    image_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """UserId, OrganizationArn or OrganizationalUnitArn, as EC2 names it."""
    value: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (Index(None, "kind", "value", "image_id"),)


class ImageBlockDevice(Base):
    """One entry of an image's block device mapping."""

    __tablename__ = "image_block_devices"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    image_id: Mapped[str] = mapped_column(String(40), index=True)
    device_name: Mapped[str]
    virtual_name: Mapped[str | None]
    no_device: Mapped[bool] = mapped_column(default=False)
    snapshot_id: Mapped[str | None] = mapped_column(index=True)
    size_gib: Mapped[int | None]
    volume_type: Mapped[str | None]
    iops: Mapped[int | None]
    throughput: Mapped[int | None]
    encrypted: Mapped[bool | None]
    kms_key_id: Mapped[str | None]
    card_index: Mapped[int | None]
    delete_on_termination: Mapped[bool | None]


class ImageSsmParameter(Base):
    """A public parameter of Systems Manager whose value is the id of an image of the catalogue."""

    __tablename__ = "image_ssm_parameters"

    image_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)


class Image(Transient):
    """An AMI. Those of the public catalogue are rows of their publisher's account.

    ``source_*``: what CreateImage or CopyImage made it of. ``path``: the disk image file that ``ec2api image import``
    registered; None for one without bytes.
    """

    __tablename__ = "images"
    KIND, PREFIX, NOUN = "image", "ami", "image"
    NOT_FOUND, MALFORMED = "InvalidAMIID.NotFound", "InvalidAMIID.Malformed"

    name: Mapped[str]
    description: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="available")
    state_reason_code: Mapped[str | None]
    state_reason_message: Mapped[str | None]
    image_type: Mapped[str] = mapped_column(default="machine")
    image_location: Mapped[str]
    owner_alias: Mapped[str | None]
    public: Mapped[bool] = mapped_column(default=False)
    architecture: Mapped[str] = mapped_column(default="x86_64")
    hypervisor: Mapped[str] = mapped_column(default="xen")
    virtualization_type: Mapped[str] = mapped_column(default="hvm")
    root_device_name: Mapped[str | None]
    root_device_type: Mapped[str] = mapped_column(default="ebs")
    kernel_id: Mapped[str | None]
    ramdisk_id: Mapped[str | None]
    platform: Mapped[str | None]
    platform_details: Mapped[str] = mapped_column(default="Linux/UNIX")
    usage_operation: Mapped[str] = mapped_column(default="RunInstances")
    ena_support: Mapped[bool] = mapped_column(default=False)
    sriov_net_support: Mapped[str | None]
    boot_mode: Mapped[str | None]
    imds_support: Mapped[str | None]
    tpm_support: Mapped[str | None]
    uefi_data: Mapped[str | None]
    free_tier_eligible: Mapped[bool | None]
    deprecation_time: Mapped[datetime | None]
    last_launched_at: Mapped[datetime | None]
    deregistration_protection: Mapped[str] = mapped_column(default="disabled")
    """``enabled-with-cooldown``, ``enabled-without-cooldown`` or ``disabled``."""
    protected_until: Mapped[datetime | None]
    """The end of the cool-down after the protection was disabled."""
    source_instance_id: Mapped[str | None]
    source_image_id: Mapped[str | None]
    source_image_region: Mapped[str | None]
    path: Mapped[str | None]
    path_format: Mapped[str | None]

    INDEXES = (Index(None, "region", "public", "name"), UniqueConstraint("account", "region", "name"))

    block_devices: Mapped[list[ImageBlockDevice]] = relationship(
        ImageBlockDevice,
        primaryjoin=lambda: foreign(ImageBlockDevice.image_id) == Image.id,
        order_by=ImageBlockDevice.row,
        viewonly=True,
    )
    permissions: Mapped[list[LaunchPermission]] = relationship(
        LaunchPermission,
        primaryjoin=lambda: foreign(LaunchPermission.image_id) == Image.id,
        order_by=[LaunchPermission.kind, LaunchPermission.value],
        viewonly=True,
    )
    ssm_parameters: Mapped[list[ImageSsmParameter]] = relationship(
        ImageSsmParameter,
        primaryjoin=lambda: foreign(ImageSsmParameter.image_id) == Image.id,
        order_by=ImageSsmParameter.name,
        viewonly=True,
    )

    @classmethod
    def visible(cls) -> ColumnElement[bool]:
        """An image can be seen by its owner, by everybody where it is public, and by those it is shared with."""
        columns, shared = cls.__table__.c, LaunchPermission.__table__.c
        return or_(
            columns.account == bindparam("account"),
            columns.public == true(),
            columns.id.in_(
                select(shared.image_id).where(shared.kind == "UserId", shared.value == bindparam("account"))
            ),
        )


class CreateVolumePermission(Base):
    """An account that may create volumes from a snapshot beside its owner. The group ``all`` is ``Snapshot.public``."""

    __tablename__ = "create_volume_permissions"

    snapshot_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(12), primary_key=True)

    __table_args__ = (Index(None, "user_id", "snapshot_id"),)


class Snapshot(Transient):
    """A snapshot of a volume: what it was made of, and the manifest of its blocks (``backend.snapshot_blocks``).

    ``lineage``: the same for all snapshots of one volume, and for those that were begun from one of them.
    ``manifest_id``: None where no block was ever written.
    """

    __tablename__ = "snapshots"
    KIND, PREFIX, NOUN = "snapshot", "snap", "snapshot"
    NOT_FOUND, MALFORMED = "InvalidSnapshot.NotFound", "InvalidSnapshotID.Malformed"

    volume_id: Mapped[str]
    size_gib: Mapped[int]
    state: Mapped[str] = mapped_column(default="completed")
    state_message: Mapped[str | None]
    progress: Mapped[str] = mapped_column(default="100%")
    completed_at: Mapped[datetime | None]
    description: Mapped[str] = mapped_column(default="")
    encrypted: Mapped[bool] = mapped_column(default=False)
    kms_key_id: Mapped[str | None]
    public: Mapped[bool] = mapped_column(Boolean, default=False)
    owner_alias: Mapped[str | None]
    storage_tier: Mapped[str] = mapped_column(default="standard")
    restore_expiry: Mapped[datetime | None]
    """When a snapshot that was restored for a time goes back to the archive."""
    transfer_type: Mapped[str | None]
    completion_minutes: Mapped[int | None]
    lineage: Mapped[str] = mapped_column(default="")
    manifest_id: Mapped[str | None] = mapped_column(String(40), index=True)
    full_size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    direct: Mapped[dict[str, Any] | None]
    """What StartSnapshot was given, of a snapshot whose blocks its owner writes."""

    permissions: Mapped[list[CreateVolumePermission]] = relationship(
        CreateVolumePermission,
        primaryjoin=lambda: foreign(CreateVolumePermission.snapshot_id) == Snapshot.id,
        order_by=CreateVolumePermission.user_id,
        viewonly=True,
    )
    lock: Mapped[SnapshotLock | None] = relationship(
        SnapshotLock,
        primaryjoin=lambda: foreign(SnapshotLock.snapshot_id) == Snapshot.id,
        viewonly=True,
        uselist=False,
    )
    tiering: Mapped[SnapshotTiering | None] = relationship(
        SnapshotTiering,
        primaryjoin=lambda: foreign(SnapshotTiering.snapshot_id) == Snapshot.id,
        viewonly=True,
        uselist=False,
    )

    @classmethod
    def visible(cls) -> ColumnElement[bool]:
        """A snapshot can be seen by its owner, by those it is shared with and, unless the owner's account blocks
        that, by everybody where it is public."""
        columns, shared, settings = cls.__table__.c, CreateVolumePermission.__table__.c, EbsSettings.__table__.c
        private = select(settings.account).where(
            settings.region == columns.region, settings.snapshot_public_access == "block-all-sharing"
        )
        return or_(
            columns.account == bindparam("account"),
            (columns.public == true()) & columns.account.not_in(private),
            columns.id.in_(select(shared.snapshot_id).where(shared.user_id == bindparam("account"))),
        )


class VolumeAttachment(Owned, Base):
    __tablename__ = "volume_attachments"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    volume_id: Mapped[str] = mapped_column(String(40), index=True)
    instance_id: Mapped[str] = mapped_column(String(40), index=True)
    device: Mapped[str]
    state: Mapped[str] = mapped_column(default="attaching")
    attach_time: Mapped[datetime] = mapped_column(default=clock.this_second)
    delete_on_termination: Mapped[bool] = mapped_column(default=False)
    card_index: Mapped[int | None]
    generation: Mapped[int] = mapped_column(default=1)
    """Of the instance, with which its host takes the disk in or gives it away."""

    __table_args__ = (UniqueConstraint("instance_id", "device"),)


class Volume(Transient):
    """An EBS volume. What it holds: its snapshot's blocks (``manifest_id``), or files of a host that runs real guests.

    ``host``: the one host that has such a file of the volume, once a guest there had the volume.
    """

    __tablename__ = "volumes"
    KIND, PREFIX, NOUN = "volume", "vol", "volume"
    NOT_FOUND, MALFORMED = "InvalidVolume.NotFound", "InvalidVolumeID.Malformed"

    zone: Mapped[str]
    size_gib: Mapped[int]
    volume_type: Mapped[str]
    iops: Mapped[int | None]
    throughput: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="creating")
    snapshot_id: Mapped[str | None]
    source_volume_id: Mapped[str | None]
    encrypted: Mapped[bool] = mapped_column(default=False)
    kms_key_id: Mapped[str | None]
    multi_attach_enabled: Mapped[bool] = mapped_column(default=False)
    volume_initialization_rate: Mapped[int | None]
    fast_restored: Mapped[bool] = mapped_column(default=False)
    auto_enable_io: Mapped[bool] = mapped_column(default=False)
    io_disabled_at: Mapped[datetime | None]
    """Since when I/O is off because the data may be inconsistent: a host was lost while it had the volume."""
    manifest_id: Mapped[str | None] = mapped_column(String(40), index=True)
    host: Mapped[str | None] = mapped_column(index=True)

    attachments: Mapped[list[VolumeAttachment]] = relationship(
        VolumeAttachment,
        primaryjoin=lambda: foreign(VolumeAttachment.volume_id) == Volume.id,
        order_by=VolumeAttachment.row,
        viewonly=True,
    )
    modification: Mapped[VolumeModification | None] = relationship(
        VolumeModification,
        primaryjoin=lambda: foreign(VolumeModification.volume_id) == Volume.id,
        viewonly=True,
        uselist=False,
    )
