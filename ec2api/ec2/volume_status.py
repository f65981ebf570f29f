"""The EC2 action that shows the status checks of volumes."""

from typing import Any

from backend import volume_status, zones
from backend.db.models import Volume, VolumeAttachment
from backend.volume_status import Checks
from ec2api.call import Call
from ec2api.describe import INCLUDE_MANAGED, Describe, anyway, constant, through

_nothing = constant("")


def _show_all(call: Call, volumes: list[Any]) -> list[dict[str, Any]]:
    zone_ids = zones.ids(call.settings, call.account, call.region)
    checks = volume_status.of(call.uow, [v.id for v in volumes])
    return [_show(v, zone_ids.get(v.zone), checks[v.id]) for v in volumes]


def _show(volume: Any, zone_id: str | None, checks: Checks) -> dict[str, Any]:
    return {
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


Describe(
    "DescribeVolumeStatus",
    Volume,
    group=_show_all,
    ids="VolumeIds",
    extra=INCLUDE_MANAGED,
    load=(Volume.attachments,),
    tagged=False,
    filters={
        "action.code": _nothing,
        "action.description": _nothing,
        "action.event-id": _nothing,
        "attachment-status.instance-id": through(Volume.attachments, VolumeAttachment.instance_id),
        "attachment-status.io-performance": volume_status.IO_PERFORMANCE,
        "availability-zone": Volume.zone,
        "availabilityZone": Volume.zone,
        "event.description": _nothing,
        "event.event-id": _nothing,
        "event.event-type": _nothing,
        "event.not-after": _nothing,
        "event.not-before": _nothing,
        "volume-status.details-name": anyway(constant("io-enabled"), constant("io-performance")),
        "volume-status.details-status": anyway(volume_status.IO_ENABLED, volume_status.IO_PERFORMANCE),
        "volume-status.status": volume_status.SUMMARY,
    },
)
