"""EC2 actions on where images and instances come from."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true

from backend import image_ancestry, image_settings, states, zones
from backend.db.models import Image, Instance
from backend.db.reading import table_of
from ec2api.call import Call
from ec2api.describe import Condition, Describe, InCall, as_condition, show_tags
from ec2api.ec2.zone_filters import zone_id
from ec2api.protocol.writers import timestamp
from ec2api.registry import action

_images = table_of(Image).c


@action(reads=True)
def get_image_ancestry(call: Call, *, image_id: str) -> dict[str, Any]:
    chain = image_ancestry.of(call.uow, image_id)
    return {
        "ImageAncestryEntries": [
            {
                "ImageId": image.id,
                "CreationDate": image.created,
                "ImageOwnerAlias": image.owner_alias,
                "SourceImageId": image.source_image_id,
                "SourceImageRegion": image.source_image_region,
            }
            for image in chain
        ]
    }


def _show_all(call: Call, instances: list[Any]) -> list[dict[str, Any]]:
    """A page, with the images in two queries."""
    found = image_ancestry.anyhow(call.uow, [instance.image_id for instance in instances])
    settings = image_settings.settings(call.uow)
    allowed: Collection[str] = found
    if settings.allowed_images != image_settings.DISABLED:
        allowed = image_settings.allowed_among(call.uow, settings, list(found))
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return [_show(instance, found.get(instance.image_id), allowed, zone_ids) for instance in instances]


def _show(instance: Any, image: Image | None, allowed: Collection[str], zone_ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        "InstanceId": instance.id,
        "InstanceType": instance.instance_type,
        "LaunchTime": instance.launch_time,
        "AvailabilityZone": instance.zone,
        "ZoneId": zone_ids.get(instance.zone),
        "State": states.show(instance.state),
        "OwnerId": instance.account,
        "Operator": {"Managed": False},
        "Tags": show_tags(instance),
        "ImageMetadata": _metadata(image, allowed)
        if image
        else {"ImageId": instance.image_id, "State": "deregistered", "ImageAllowed": False},
    }


def _metadata(image: Image, allowed: Collection[str]) -> dict[str, Any]:
    return {
        "ImageId": image.id,
        "Name": image.name,
        "OwnerId": image.account,
        "State": image.state,
        "ImageOwnerAlias": image.owner_alias,
        "CreationDate": timestamp(image.created),
        "DeprecationTime": image.deprecation_time and timestamp(image.deprecation_time),
        "ImageAllowed": image.id in allowed,
        "IsPublic": image.public,
    }


def _of_image(target: ColumnElement[Any]) -> Callable[[Sequence[str]], Condition]:
    """A filter on the images of instances, whether the caller sees these or not."""

    def condition(values: Sequence[str]) -> Condition:
        return table_of(Instance).c.image_id.in_(select(_images.id).where(as_condition(target, values)))

    return condition


def _allowed(call: Call, values: Sequence[str]) -> Condition:
    settings = image_settings.settings(call.uow)
    criteria = image_settings.allowed(settings, call.account)
    meets = true() if settings.allowed_images == image_settings.DISABLED else criteria
    condition = table_of(Instance).c.image_id.in_(select(_images.id).where(meets))
    return or_(false(), *({"true": condition, "false": ~condition}[v] for v in values if v in ("true", "false")))


Describe(
    "DescribeInstanceImageMetadata",
    Instance,
    group=_show_all,
    ids="InstanceIds",
    limits=(5, 1000),
    page=1000,
    filters={
        "availability-zone": Instance.zone,
        "image-allowed": InCall(_allowed),
        "instance-id": Instance.id,
        "instance-state-name": Instance.state,
        "instance-type": Instance.instance_type,
        "launch-time": Instance.launch_time,
        "owner-alias": _of_image(_images.owner_alias),
        "owner-id": _of_image(_images.account),
        "zone-id": zone_id(Instance.zone),
    },
)
