"""EBS volumes: making them of nothing, of snapshots and of each other, and deleting them.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from backend import clock, ebs_encryption, errors, quotas, snapshot_blocks, tags, transitions, volume_types, zones
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    FastSnapshotRestore,
    Host,
    Instance,
    Snapshot,
    Volume,
    VolumeAttachment,
    VolumeModification,
)
from backend.db.unit_of_work import UnitOfWork
from backend.ebs_encryption import Encryption
from backend.scheduler.request import SIMULATED
from backend.transitions import GONE, reaching
from backend.volume_types import Settled

MULTI_ATTACH_TYPES = ("io1", "io2")


@dataclass(frozen=True)
class Wanted:
    """What a caller says of a new volume; None stands for AWS's default."""

    size: int | None = None
    volume_type: str = "gp2"
    iops: int | None = None
    throughput: int | None = None
    encrypted: bool | None = None
    kms_key_id: str | None = None
    multi_attach_enabled: bool = False
    volume_initialization_rate: int | None = None


@dataclass(frozen=True)
class _Source:
    """What a new volume is made of."""

    size_gib: int
    encryption: Encryption
    manifest_id: str | None
    snapshot_id: str | None = None
    source_volume_id: str | None = None
    fast_restored: bool = False


def create(
    uow: UnitOfWork,
    settings: Settings,
    wanted: Wanted,
    *,
    zone: str | None,
    zone_id: str | None,
    snapshot_id: str | None,
    wanted_tags: Mapping[str, str],
) -> Volume:
    """A new volume in a zone, blank or of a snapshot that the caller may use."""
    name = zone_of(uow, settings, zone, zone_id)
    if wanted.size is None and snapshot_id is None:
        raise errors.MissingParameter(name="size/snapshot")
    rate = wanted.volume_initialization_rate
    volume_types.check_initialization(rate, of_snapshot=snapshot_id is not None)
    source = _of_snapshot(uow, snapshot_id, name, rate) if snapshot_id else None
    return _make(uow, settings, wanted, name, source, wanted_tags)


def copy(uow: UnitOfWork, settings: Settings, wanted: Wanted, volume_id: str, wanted_tags: Mapping[str, str]) -> Volume:
    """A new volume in the same zone with what another one holds now."""
    origin = uow.look_up(Volume, volume_id, load=(Volume.attachments,))
    if origin.state not in ("available", "in-use"):
        raise errors.IncorrectState(reason=f"The volume '{volume_id}' is in the '{origin.state}' state.")
    check_readable(uow, [origin])
    source = _Source(
        origin.size_gib,
        Encryption(origin.encrypted, origin.kms_key_id),
        origin.manifest_id,
        snapshot_id=origin.snapshot_id,
        source_volume_id=origin.id,
    )
    return _make(uow, settings, wanted, origin.zone, source, wanted_tags)


def zone_of(uow: UnitOfWork, settings: Settings, zone: str | None, zone_id: str | None) -> str:
    """The name of a zone that must be named one way or the other; InvalidZone.NotFound."""
    if zone is None and zone_id is None:
        raise errors.MissingParameter(name="AvailabilityZone")
    try:
        found = zones.find(settings, uow.account, uow.region, zone, zone_id)
    except errors.InvalidZone as fault:
        raise errors.InvalidZoneNotFound(zone=zone or zone_id) from fault
    assert found
    return found


def usable(uow: UnitOfWork, snapshot_id: str) -> Snapshot:
    """A snapshot that volumes can be made of: completed, and not in the archive."""
    snapshot = uow.look_up(Snapshot, snapshot_id)
    if snapshot.state != "completed":
        raise errors.IncorrectState(reason=f"Snapshot is in invalid state - {snapshot.state}")
    if snapshot.storage_tier == "archive":
        raise errors.IncorrectState(reason=f"The snapshot '{snapshot_id}' is archived. Restore it first.")
    return snapshot


def _of_snapshot(uow: UnitOfWork, snapshot_id: str, zone: str, rate: int | None) -> _Source:
    snapshot = usable(uow, snapshot_id)
    column = reading.table_of(FastSnapshotRestore).c
    fast = rate is None and uow.records(
        FastSnapshotRestore, column.snapshot_id == snapshot_id, column.zone == zone, column.state == "enabled"
    )
    return _Source(
        snapshot.size_gib,
        ebs_encryption.of_snapshot(uow, snapshot),
        snapshot.manifest_id,
        snapshot_id=snapshot_id,
        fast_restored=bool(fast),
    )


def _make(
    uow: UnitOfWork,
    settings: Settings,
    wanted: Wanted,
    zone: str,
    source: _Source | None,
    wanted_tags: Mapping[str, str],
) -> Volume:
    settled = _settled(wanted, source)
    quotas.check_volume(uow, settled.volume_type, settled.size_gib, settled.iops)
    encryption = ebs_encryption.settle(uow, wanted.encrypted, wanted.kms_key_id, source.encryption if source else None)
    volume = Volume(
        account=uow.account,
        region=uow.region,
        zone=zone,
        size_gib=settled.size_gib,
        volume_type=settled.volume_type,
        iops=settled.iops,
        throughput=settled.throughput,
        snapshot_id=source.snapshot_id if source else None,
        source_volume_id=source.source_volume_id if source else None,
        manifest_id=snapshot_blocks.adopt(uow, source.manifest_id if source else None),
        fast_restored=bool(source and source.fast_restored),
        encrypted=encryption.encrypted,
        kms_key_id=encryption.kms_key_id,
        multi_attach_enabled=wanted.multi_attach_enabled,
        volume_initialization_rate=wanted.volume_initialization_rate,
    )
    transitions.begin(uow, settings, volume, "creating", "available")
    uow.add(volume)
    tags.attach(uow, volume, wanted_tags)
    return volume


def _settled(wanted: Wanted, source: _Source | None) -> Settled:
    size = wanted.size if wanted.size is not None else source.size_gib if source else 0
    if source and size < source.size_gib:
        raise errors.InvalidParameterValue(
            value=size,
            name="size",
            reason=f"The volume must be at least as large as its source: {source.size_gib} GiB.",
        )
    if wanted.multi_attach_enabled:
        check_multi_attach(wanted.volume_type)
    return volume_types.settle(wanted.volume_type, size, wanted.iops, wanted.throughput)


def check_multi_attach(volume_type: str) -> None:
    if volume_type not in MULTI_ATTACH_TYPES:
        raise errors.InvalidParameterCombination(
            reason=f"The parameter MultiAttachEnabled is not supported for {volume_type} volumes."
        )


def check_readable(uow: UnitOfWork, volumes: Sequence[Volume]) -> None:
    """Whether the control plane knows what these records (with their attachments) hold; UnsupportedOperation for what
    the files of a host hold, which it cannot read."""
    instance_ids = {attachment.instance_id for volume in volumes for attachment in volume.attachments}
    real = real_hosts(uow, instance_ids)
    for volume in volumes:
        if volume.host or any(attachment.instance_id in real for attachment in volume.attachments):
            raise errors.UnsupportedOperation(
                reason=f"What volume '{volume.id}' holds is on its host alone, which this cloud cannot read yet."
            )


def real_hosts(uow: UnitOfWork, instance_ids: set[str]) -> dict[str, str]:
    """The host of each of these instances that is on one which runs real guests."""
    if not instance_ids:
        return {}
    instances, hosts = reading.table_of(Instance).c, reading.table_of(Host).c
    query = select(instances.id, hosts.name).where(
        instances.id.in_(instance_ids), instances.host == hosts.name, hosts.driver != SIMULATED
    )
    return {row[0]: row[1] for row in uow.for_reading().execute(query)}


def delete_volume(uow: UnitOfWork, settings: Settings, volume_id: str) -> None:
    """Begin to delete a volume that no instance has."""
    volume = uow.require(Volume, volume_id, for_update=True)
    attached = uow.records(VolumeAttachment, reading.table_of(VolumeAttachment).c.volume_id == volume_id)
    if attached:
        raise errors.VolumeInUse(id=volume_id, instance_id=attached[0].instance_id)
    if volume.state not in ("available", "error"):
        raise errors.IncorrectState(reason=f"The volume '{volume_id}' is in the '{volume.state}' state.")
    transitions.begin(uow, settings, volume, "deleting", GONE)


@reaching(Volume, GONE)
def _gone(uow: UnitOfWork, volumes: Sequence[Volume]) -> None:
    forget(uow, [volume.id for volume in volumes])


def forget(uow: UnitOfWork, volume_ids: Sequence[str]) -> None:
    """Delete what is known of volumes that go, beside their own rows and tags."""
    known = delete(VolumeModification).where(VolumeModification.volume_id.in_(volume_ids))
    uow.execute(known, execution_options={"synchronize_session": False})


def set_auto_enable_io(uow: UnitOfWork, volume_id: str, value: bool) -> None:
    """Whether I/O goes on by itself where the volume's data may be inconsistent."""
    volume = uow.require(Volume, volume_id)
    volume.auto_enable_io = value
    if value:
        volume.io_disabled_at = None


def enable_io(uow: UnitOfWork, volume_id: str) -> None:
    """Let I/O go on that was off because the volume's data may be inconsistent."""
    uow.require(Volume, volume_id).io_disabled_at = None


def lost(volume: Volume) -> None:
    """A host went down while it had this volume: what it wrote last may be missing."""
    if not volume.auto_enable_io:
        volume.io_disabled_at = clock.this_second()
