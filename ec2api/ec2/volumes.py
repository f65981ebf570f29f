"""EC2 actions on volumes."""

from typing import Any

from backend import zones
from backend.db.models import Volume, VolumeAttachment
from ec2api.call import Call
from ec2api.describe import INCLUDE_MANAGED, Describe, constant, show_tags, through
from ec2api.ec2.zone_filters import zone_id

_nothing = constant("")


def _show_all(call: Call, volumes: list[Any]) -> list[dict[str, Any]]:
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return [{**show(volume), "AvailabilityZoneId": zone_ids.get(volume.zone)} for volume in volumes]


def show(volume: Any) -> dict[str, Any]:
    """A record with its tags and attachments as EC2's Volume."""
    return {
        "VolumeId": volume.id,
        "VolumeArn": f"arn:aws:ec2:{volume.region}:{volume.account}:volume/{volume.id}",
        "OwnerId": volume.account,
        "Operator": {"Managed": False},
        "Size": volume.size_gib,
        "SnapshotId": volume.snapshot_id or "",
        "AvailabilityZone": volume.zone,
        "State": volume.state,
        "CreateTime": volume.created,
        "Attachments": [_attachment(a) for a in volume.attachments],
        "Tags": show_tags(volume),
        "VolumeType": volume.volume_type,
        "Iops": volume.iops,
        "Throughput": volume.throughput,
        "Encrypted": volume.encrypted,
        "KmsKeyId": volume.kms_key_id,
        "MultiAttachEnabled": volume.multi_attach_enabled,
        "VolumeInitializationRate": volume.volume_initialization_rate,
    }


def _attachment(attachment: Any) -> dict[str, Any]:
    return {
        "VolumeId": attachment.volume_id,
        "InstanceId": attachment.instance_id,
        "Device": attachment.device,
        "State": attachment.state,
        "AttachTime": attachment.attach_time,
        "DeleteOnTermination": attachment.delete_on_termination,
    }


def _attached(column: Any) -> Any:
    return through(Volume.attachments, column)


Describe(
    "DescribeVolumes",
    Volume,
    group=_show_all,
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
        "fast-restored": constant("false"),
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
