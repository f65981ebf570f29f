"""CopyImage: an image of this region that is made of one here or in another region.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopyImage.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, or_, select

from backend import ebs_encryption, errors, images, quotas, regions, snapshot_blocks, snapshots, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.base import Tag
from backend.db.models import Image, ImageBlockDevice, Snapshot
from backend.db.reading import InRegion
from backend.db.unit_of_work import UnitOfWork, check_form, require_found
from backend.ebs_encryption import Encryption
from backend.image_block_devices import Row

SHARED_TAG = "ec2:SharedTag/"
"""What the keys of tags begin with that an image's owner shares with it."""

_DEVICE_COLUMNS = (
    "device_name",
    "virtual_name",
    "no_device",
    "snapshot_id",
    "size_gib",
    "volume_type",
    "iops",
    "throughput",
    "encrypted",
    "kms_key_id",
    "delete_on_termination",
    "card_index",
)
NATURE = (
    "architecture",
    "hypervisor",
    "virtualization_type",
    "image_type",
    "root_device_name",
    "root_device_type",
    "kernel_id",
    "ramdisk_id",
    "platform",
    "platform_details",
    "usage_operation",
    "ena_support",
    "sriov_net_support",
    "boot_mode",
    "imds_support",
    "tpm_support",
    "uefi_data",
)
"""Columns of an image that say what it is: a copy has them too."""
_COPIED = (*NATURE, "path", "path_format")


@dataclass(frozen=True)
class Wanted:
    source_region: str
    source_image_id: str
    name: str
    description: str | None = None
    encryption: Encryption = field(default_factory=lambda: Encryption(encrypted=False))
    """``kms_key_id`` as the caller names the key."""
    copy_tags: bool = False
    completion_minutes: int | None = None
    image_tags: Mapping[str, str] = field(default_factory=dict)
    snapshot_tags: Mapping[str, str] = field(default_factory=dict)


def copy(uow: UnitOfWork, settings: Settings, wanted: Wanted) -> Image:
    """Begin a copy, in this region, of an image that the caller can see in its own.

    Permissions and tags are not copied, unless tags are asked for. InvalidAMIID.NotFound, InvalidAMIID.Unavailable,
    InvalidAMIName.Duplicate; InvalidRequest where the caller may not read the snapshots of somebody else's image.
    """
    images.check_name(uow, wanted.name)
    images.check_description(wanted.description)
    snapshots.check_completion(wanted.completion_minutes)
    if wanted.encryption.kms_key_id and not wanted.encryption.encrypted:
        raise errors.InvalidParameterDependency(
            reason="The parameter KmsKeyId requires the parameter Encrypted to be set."
        )
    source = _source(uow, settings, wanted)
    image = Image(
        account=uow.account,
        region=uow.region,
        name=wanted.name,
        description=wanted.description,
        image_location=f"{uow.account}/{wanted.name}",
        source_image_id=source.id,
        source_image_region=wanted.source_region,
        **{name: getattr(source, name) for name in _COPIED},
    )
    rows = _devices(uow, settings, source, image, wanted)
    transitions.begin(uow, settings, image, "pending", "available")
    copied = _tags(uow, source) if wanted.copy_tags else {}
    images.add(uow, image, rows, {**copied, **wanted.image_tags})
    return image


def _source(uow: UnitOfWork, settings: Settings, wanted: Wanted) -> Image:
    if wanted.source_region not in {region.name for region in regions.of(settings)}:
        raise errors.InvalidRegionNotFound(region=wanted.source_region)
    check_form(Image, [wanted.source_image_id])
    there = InRegion(uow, wanted.source_region)
    found = reading.by(there, Image.id, [wanted.source_image_id], load=(Image.block_devices,))
    require_found(Image, [wanted.source_image_id], [image.id for image in found])
    source: Image = found[0]
    if source.state != "available":
        raise errors.InvalidAMIIDUnavailable(id=source.id)
    if source.root_device_type != "ebs":
        raise errors.InvalidRequest(reason=f"The image '{source.id}' is not backed by EBS.")
    return source


def _devices(uow: UnitOfWork, settings: Settings, source: Image, image: Image, wanted: Wanted) -> list[Row]:
    """The source's devices, with a copy of each snapshot."""
    snapshot_ids = [device.snapshot_id for device in source.block_devices if device.snapshot_id]
    origins = _readable(uow, wanted.source_region, snapshot_ids)
    quotas.check(uow, quotas.SNAPSHOTS, adding=len(snapshot_ids))
    rows = []
    for device in source.block_devices:
        row: Row = {name: getattr(device, name) for name in _DEVICE_COLUMNS}
        if device.snapshot_id:
            taken = _snapshot(uow, settings, device, origins.get(device.snapshot_id), wanted)
            taken.description = (
                f"Copied for DestinationAmi {image.id} from SourceAmi {source.id} "
                f"for SourceSnapshot {device.snapshot_id}."
            )
            row |= {"snapshot_id": taken.id, "encrypted": taken.encrypted, "kms_key_id": None}
        rows.append(row)
    return rows


def _readable(uow: UnitOfWork, region: str, snapshot_ids: list[str]) -> dict[str, Snapshot]:
    """Records of the source's snapshots. Those behind the catalogue's images have no rows, and no bytes."""
    origins = {s.id: s for s in reading.by(InRegion(uow, region), Snapshot.id, snapshot_ids)}
    column = reading.table_of(Snapshot).c.id
    existing = set(uow.for_reading().scalars(select(column).where(column.in_(snapshot_ids))))
    if existing - origins.keys():
        raise errors.InvalidRequest(reason="You do not have permission to access the storage of this ami")
    for snapshot in origins.values():
        if snapshot.storage_tier == "archive":
            raise errors.IncorrectState(reason=f"The snapshot '{snapshot.id}' is archived. Restore it first.")
    return origins


def _snapshot(
    uow: UnitOfWork, settings: Settings, device: ImageBlockDevice, origin: Snapshot | None, wanted: Wanted
) -> Snapshot:
    own_key = origin and origin.account == uow.account and origin.region == uow.region
    known = Encryption(bool(origin and origin.encrypted), origin.kms_key_id if origin and own_key else None)
    asked = wanted.encryption
    encryption = ebs_encryption.settle(uow, asked.encrypted or None, asked.kms_key_id, known)
    taken = Snapshot(
        account=uow.account,
        region=uow.region,
        volume_id=snapshots.NO_VOLUME,
        size_gib=origin.size_gib if origin else device.size_gib,
        encrypted=encryption.encrypted,
        kms_key_id=encryption.kms_key_id,
        transfer_type="time-based" if wanted.completion_minutes else "standard",
        completion_minutes=wanted.completion_minutes,
        lineage=origin.lineage if origin else "",
        manifest_id=snapshot_blocks.adopt(uow, origin.manifest_id if origin else None),
    )
    snapshots.begin(uow, settings, taken, wanted.snapshot_tags)
    return taken


def _tags(uow: UnitOfWork, source: Image) -> dict[str, str]:
    """The caller's own tags of the source, and those that its owner shares."""
    table: Any = reading.table_of(Tag).c
    shared = and_(table.account == source.account, table.key.startswith(SHARED_TAG, autoescape=True))
    query = select(table.key, table.value).where(
        table.resource_id == source.id,
        table.region == source.region,
        or_(table.account == uow.account, shared),
        table.key.not_like("aws:%"),
    )
    return {row.key: row.value for row in uow.for_reading().execute(query)}
