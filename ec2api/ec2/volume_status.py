"""The EC2 action that shows the status checks of volumes."""

from typing import Any

from backend import volume_status, zones
from backend.db.models import Volume, VolumeAttachment
from backend.volume_status import Checks
from ec2api.call import Call
from ec2api.describe import INCLUDE_MANAGED, Describe, anyway, constant, nothing, through


def _show_all(call: Call, volumes: list[Any]) -> list[dict[str, Any]]:
    zone_ids = zones.ids(call.settings, call.account, call.region)
    checks = volume_status.of(call.uow, [v.id for v in volumes])
    return [_show(v, zone_ids.get(v.zone), checks[v.id]) for v in volumes]


def _show(volume: Any, zone_id: str | None, checks: Checks) -> dict[str, Any]:
    shown = {
        "VolumeId": volume.id,
        "AvailabilityZone": volume.zone,
        "AvailabilityZoneId": zone_id,
        "Operator": {"Managed": False},
        "VolumeStatus": {
            "Status": checks.summary,
            "Details": [
                {"Name": "io-enabled", "Status": checks.io_enabled},
                {"Name": "io-performance", "Status": checks.io_performance},
            ],
        },
        "AttachmentStatuses": [
            {"InstanceId": a.instance_id, "IoPerformance": checks.io_performance} for a in volume.attachments
        ],
        "Actions": (),
        "Events": (),
    }
    if volume.snapshot_id or volume.source_volume_id:
        shown["InitializationStatusDetails"] = _initialization(volume)
    return shown | _event(volume) if volume.io_disabled_at else shown


def _initialization(volume: Any) -> dict[str, Any]:
    """A volume has what it is made of as soon as it is there."""
    kind = "volume-copy" if volume.source_volume_id else "default"
    return {
        "InitializationType": "provisioned-rate" if volume.volume_initialization_rate else kind,
        "Progress": 0 if volume.state == "creating" else 100,
        "EstimatedTimeToCompleteInSeconds": 0,
    }


def _event(volume: Any) -> dict[str, Any]:
    event = {"EventId": volume_status.event_id(volume), "EventType": volume_status.EVENT_TYPE}
    about = {"Description": volume_status.EVENT_DESCRIPTION, "NotBefore": volume.io_disabled_at}
    action = {"Code": volume_status.ACTION_CODE, "Description": volume_status.ACTION_DESCRIPTION}
    return {"Events": [event | about], "Actions": [event | action]}


Describe(
    "DescribeVolumeStatus",
    Volume,
    group=_show_all,
    ids="VolumeIds",
    extra=INCLUDE_MANAGED,
    load=(Volume.attachments,),
    tagged=False,
    filters={
        "action.code": volume_status.ACTION_CODE_OF,
        "action.description": volume_status.ACTION_DESCRIPTION_OF,
        "action.event-id": volume_status.EVENT_ID_OF,
        "attachment-status.instance-id": through(Volume.attachments, VolumeAttachment.instance_id),
        "attachment-status.io-performance": volume_status.IO_PERFORMANCE,
        "availability-zone": Volume.zone,
        "availabilityZone": Volume.zone,
        "event.description": volume_status.EVENT_DESCRIPTION_OF,
        "event.event-id": volume_status.EVENT_ID_OF,
        "event.event-type": volume_status.EVENT_TYPE_OF,
        "event.not-after": nothing,
        "event.not-before": Volume.io_disabled_at,
        "volume-status.details-name": anyway(constant("io-enabled"), constant("io-performance")),
        "volume-status.details-status": anyway(volume_status.IO_ENABLED, volume_status.IO_PERFORMANCE),
        "volume-status.status": volume_status.SUMMARY,
    },
)
