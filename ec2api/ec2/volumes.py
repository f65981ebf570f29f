"""EC2 actions on volumes."""

from collections.abc import Mapping
from typing import Any

from backend import absent, volumes, zones
from backend.db.models import Volume, VolumeAttachment
from backend.volumes import Wanted
from ec2api.call import Call
from ec2api.describe import INCLUDE_MANAGED, Describe, constant, show_tags, through
from ec2api.ec2.zone_filters import zone_id
from ec2api.registry import action

_nothing = constant("")


@action(tags=("volume",))
def create_volume(
    call: Call,
    *,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    snapshot_id: str | None = None,
    size: int | None = None,
    volume_type: str = "gp2",
    iops: int | None = None,
    throughput: int | None = None,
    encrypted: bool | None = None,
    kms_key_id: str | None = None,
    multi_attach_enabled: bool = False,
    volume_initialization_rate: int | None = None,
    outpost_arn: str | None = None,
    operator: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    absent.outpost(outpost_arn, "outpostArn")
    absent.operator(operator)
    wanted = Wanted(
        size=size,
        volume_type=volume_type,
        iops=iops,
        throughput=throughput,
        encrypted=encrypted,
        kms_key_id=kms_key_id,
        multi_attach_enabled=multi_attach_enabled,
        volume_initialization_rate=volume_initialization_rate,
    )
    volume = volumes.create(
        call.uow,
        call.settings,
        wanted,
        zone=availability_zone,
        zone_id=availability_zone_id,
        snapshot_id=snapshot_id,
        wanted_tags=call.tags(Volume),
    )
    shown = _created(call, volume)
    del shown["FastRestored"]  # as AWS says, not in this answer
    return shown


@action(tags=("volume",))
def copy_volumes(
    call: Call,
    *,
    source_volume_id: str,
    size: int | None = None,
    volume_type: str = "gp2",
    iops: int | None = None,
    throughput: int | None = None,
    encrypted: bool | None = None,
    kms_key_id: str | None = None,
    multi_attach_enabled: bool = False,
) -> dict[str, Any]:
    wanted = Wanted(
        size=size,
        volume_type=volume_type,
        iops=iops,
        throughput=throughput,
        encrypted=encrypted,
        kms_key_id=kms_key_id,
        multi_attach_enabled=multi_attach_enabled,
    )
    volume = volumes.copy(call.uow, call.settings, wanted, source_volume_id, call.tags(Volume))
    return {"Volumes": [_created(call, volume)]}


@action
def delete_volume(call: Call, *, volume_id: str) -> None:
    volumes.delete_volume(call.uow, call.settings, volume_id)


def _created(call: Call, volume: Volume) -> dict[str, Any]:
    record = call.uow.look_up(Volume, volume.id, load=(Volume.tags, Volume.attachments))
    return show_all(call, [record])[0]


def show_all(call: Call, records: list[Any]) -> list[dict[str, Any]]:
    """Records with their tags and attachments as EC2's Volumes."""
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return [_show(volume, zone_ids) for volume in records]


def _show(volume: Any, zone_ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        "VolumeId": volume.id,
        "VolumeArn": f"arn:aws:ec2:{volume.region}:{volume.account}:volume/{volume.id}",
        "OwnerId": volume.account,
        "Operator": {"Managed": False},
        "Size": volume.size_gib,
        "SnapshotId": volume.snapshot_id or "",
        "SourceVolumeId": volume.source_volume_id,
        "AvailabilityZone": volume.zone,
        "AvailabilityZoneId": zone_ids.get(volume.zone),
        "State": volume.state,
        "CreateTime": volume.created,
        "Attachments": [show_attachment(a) for a in volume.attachments],
        "Tags": show_tags(volume),
        "VolumeType": volume.volume_type,
        "Iops": volume.iops,
        "Throughput": volume.throughput,
        "Encrypted": volume.encrypted,
        "KmsKeyId": volume.kms_key_id,
        "FastRestored": volume.fast_restored or None,
        "MultiAttachEnabled": volume.multi_attach_enabled,
        "VolumeInitializationRate": volume.volume_initialization_rate,
    }


def show_attachment(attachment: Any) -> dict[str, Any]:
    """As EC2's VolumeAttachment."""
    return {
        "VolumeId": attachment.volume_id,
        "InstanceId": attachment.instance_id,
        "Device": attachment.device,
        "State": attachment.state,
        "AttachTime": attachment.attach_time,
        "DeleteOnTermination": attachment.delete_on_termination,
        "EbsCardIndex": attachment.card_index,
    }


def _attached(column: Any) -> Any:
    return through(Volume.attachments, column)


Describe(
    "DescribeVolumes",
    Volume,
    group=show_all,
    ids="VolumeIds",
    extra=INCLUDE_MANAGED,
    load=(Volume.attachments,),
    filters={
        "attachment.attach-time": _attached(VolumeAttachment.attach_time),
        "attachment.delete-on-termination": _attached(VolumeAttachment.delete_on_termination),
        "attachment.device": _attached(VolumeAttachment.device),
        "attachment.instance-id": _attached(VolumeAttachment.instance_id),
        "attachment.status": _attached(VolumeAttachment.state),
        "availability-zone": Volume.zone,
        "availability-zone-id": zone_id(Volume.zone),
        "availabilityZone": Volume.zone,
        "create-time": Volume.created,
        "encrypted": Volume.encrypted,
        "fast-restored": Volume.fast_restored,
        "multi-attach-enabled": Volume.multi_attach_enabled,
        "operator.managed": constant("false"),
        "operator.principal": _nothing,
        "size": Volume.size_gib,
        "snapshot-id": Volume.snapshot_id,
        "status": Volume.state,
        "volume-id": Volume.id,
        "volume-type": Volume.volume_type,
    },
)
