"""EC2 actions that copy images."""

from typing import Any

from backend import errors, image_copies
from backend.db.models import Image, Snapshot
from backend.ebs_encryption import Encryption
from backend.image_copies import Wanted
from ec2api.call import Call
from ec2api.registry import action


@action(tags=("image", "snapshot"), open_enums=("ImageNameRequest",))
def copy_image(
    call: Call,
    *,
    source_region: str,
    source_image_id: str,
    name: str | None = None,
    description: str | None = None,
    encrypted: bool = False,
    kms_key_id: str | None = None,
    copy_image_tags: bool = False,
    snapshot_copy_completion_duration_minutes: int | None = None,
    destination_outpost_arn: str | None = None,
    destination_availability_zone: str | None = None,
    destination_availability_zone_id: str | None = None,
) -> dict[str, Any]:
    if name is None:
        raise errors.MissingParameter(name="Name")
    _check_destination(destination_outpost_arn, destination_availability_zone, destination_availability_zone_id)
    wanted = Wanted(
        source_region=source_region,
        source_image_id=source_image_id,
        name=name,
        description=description,
        encryption=Encryption(encrypted, kms_key_id),
        copy_tags=copy_image_tags,
        completion_minutes=snapshot_copy_completion_duration_minutes,
        image_tags=call.tags(Image),
        snapshot_tags=call.tags(Snapshot),
    )
    return {"ImageId": image_copies.copy(call.uow, call.settings, wanted).id}


def _check_destination(outpost_arn: str | None, zone: str | None, zone_id: str | None) -> None:
    """A copy lies in the region of the call: this cloud has no Outposts and no Local Zones."""
    given = [place for place in (outpost_arn, zone, zone_id) if place is not None]
    if len(given) > 1:
        raise errors.InvalidParameterCombination(
            reason="Only one of DestinationAvailabilityZone, DestinationAvailabilityZoneId and DestinationOutpostArn "
            "can be specified."
        )
    if outpost_arn is not None:
        raise errors.InvalidParameterValue(
            value=outpost_arn, name="DestinationOutpostArn", reason="The Outpost does not exist."
        )
    if given:
        raise errors.InvalidParameterValue(
            value=given[0], name="DestinationAvailabilityZone", reason="It is not a Local Zone."
        )
