"""Notifications: which events of a bucket go to which targets, as messages in S3's form.

A message is a row of the transaction that it tells of, so none is lost and none tells of what was undone; the conductor
delivers it. Targets are ARNs that the operator gave an address: the setting ``notification_targets``.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

from sqlalchemy import insert

from backend import clock, errors
from backend.config import Settings
from backend.db.models import Bucket
from backend.db.models.s3_deliveries import Notification
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets, canonical_users

KIND = "notification"
"""Of the bucket's configuration."""

LISTS = {
    "TopicConfigurations": ("TopicArn", "sns"),
    "QueueConfigurations": ("QueueArn", "sqs"),
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "lambda"),
}
"""The lists of a NotificationConfiguration: the member that names a target, and the service that it is of."""

MOST = 100
_FILTERS = ("prefix", "suffix")


@dataclass(frozen=True)
class Event:
    """``name``: such as ObjectCreated:Put. ``size`` in bytes, ``etag`` without quotes; None of what is deleted."""

    name: str
    key: str
    version_id: str | None
    size: int | None
    etag: str | None


@dataclass(frozen=True)
class Cause:
    """The request that events come from."""

    account: str
    user_id: str
    client: str
    request_id: str
    host_id: str


def targets(settings: Settings) -> dict[str, str]:
    """The address of each ARN that notifications may be sent to."""
    pairs = (text.partition("=") for text in settings.notification_targets)
    return {arn: address for arn, _, address in pairs}


def checked(settings: Settings, document: Mapping[str, Any], *, validate: bool) -> dict[str, Any]:
    """A NotificationConfiguration as it is kept, with an Id for each of its parts. InvalidArgument."""
    if document.get("EventBridgeConfiguration") is not None:
        raise errors.NotImplementedS3(header="EventBridgeConfiguration")
    known = targets(settings)
    kept: dict[str, Any] = {}
    for name, (member, service) in LISTS.items():
        for part in document.get(name) or ():
            if not re.fullmatch(rf"arn:aws[a-z-]*:{service}:[a-z0-9-]+:[0-9]{{12}}:.+", part[member]):
                raise errors.InvalidArgument(reason="The ARN could not be parsed", name=member, value=part[member])
            if validate and part[member] not in known:
                reason = "Unable to validate the following destination configurations"
                raise errors.InvalidArgument(reason=reason, name=part[member], value="The destination does not exist")
            _check_filter(part)
            kept.setdefault(name, []).append({**part, "Id": part.get("Id") or str(uuid4())})
    ids = [part["Id"] for parts in kept.values() for part in parts]
    if len(set(ids)) != len(ids) or len(ids) > MOST:
        reason = "Same ID used for multiple configurations. IDs must be unique"
        raise errors.InvalidArgument(reason=reason if len(ids) <= MOST else f"More than {MOST} configurations")
    _check_overlaps([part for parts in kept.values() for part in parts])
    return kept


def _check_filter(part: Mapping[str, Any]) -> None:
    rules = _rules(part)
    names = [str(rule.get("Name", "")).lower() for rule in rules]
    if any(name not in _FILTERS for name in names):
        raise errors.InvalidArgument(reason="filter rule name must be either prefix or suffix")
    if len(set(names)) != len(names):
        raise errors.InvalidArgument(reason="Cannot specify more than one prefix or suffix rule in a filter.")


def _check_overlaps(parts: Sequence[Mapping[str, Any]]) -> None:
    """No event of a key may have two targets."""
    for place, one in enumerate(parts):
        for other in parts[place + 1 :]:
            if not any(_overlap(a, b) for a in one["Events"] for b in other["Events"]):
                continue
            (prefix, suffix), (prefix2, suffix2) = _ends(one), _ends(other)
            if (prefix.startswith(prefix2) or prefix2.startswith(prefix)) and (
                suffix.endswith(suffix2) or suffix2.endswith(suffix)
            ):
                reason = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
                raise errors.InvalidArgument(reason=reason)


def _overlap(one: str, other: str) -> bool:
    return one == other or _covers(one, other.removeprefix("s3:")) or _covers(other, one.removeprefix("s3:"))


def _covers(pattern: str, name: str) -> bool:
    wanted = pattern.removeprefix("s3:")
    return name.startswith(wanted[:-1]) if wanted.endswith("*") else wanted == name


def _rules(part: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = ((part.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
    return found


def _ends(part: Mapping[str, Any]) -> tuple[str, str]:
    """The prefix and the suffix that keys must have."""
    found = {str(rule["Name"]).lower(): rule.get("Value", "") for rule in _rules(part)}
    return found.get("prefix", ""), found.get("suffix", "")


def keep(uow: UnitOfWork, bucket: Bucket, events: Sequence[Event], cause: Cause) -> None:
    """Write the messages that the bucket's configuration wants of these events."""
    if not events or KIND not in bucket.configured:
        return
    document = buckets.configuration(uow, bucket, KIND) or {}
    rows = [
        {"target": arn, "message": {"Records": [_record(bucket, event, cause, id)]}}
        for event in events
        for arn, id in _wanted(document, event)
    ]
    if rows:
        uow.execute(insert(Notification), rows)


def _wanted(document: Mapping[str, Any], event: Event) -> Iterator[tuple[str, str]]:
    """The targets of an event, with the ids of what names them."""
    for name, (member, _) in LISTS.items():
        for part in document.get(name) or ():
            prefix, suffix = _ends(part)
            matches = event.key.startswith(prefix) and event.key.endswith(suffix)
            if matches and any(_covers(wanted, event.name) for wanted in part["Events"]):
                yield part[member], part["Id"]


def test(uow: UnitOfWork, bucket: Bucket, document: Mapping[str, Any], cause: Cause) -> None:
    """Tell each target of a new configuration that it is one."""
    arns = {part[member] for name, (member, _) in LISTS.items() for part in document.get(name) or ()}
    message = {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": _time(),
        "Bucket": bucket.name,
        "RequestId": cause.request_id,
        "HostId": cause.host_id,
    }
    if arns:
        uow.execute(insert(Notification), [{"target": arn, "message": message} for arn in sorted(arns)])


def _time() -> str:
    return clock.now().isoformat(timespec="milliseconds") + "Z"


def _record(bucket: Bucket, event: Event, cause: Cause, id: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"key": quote_plus(event.key, safe="/")}
    if event.size is not None:
        shown |= {"size": event.size, "eTag": event.etag}
    if bucket.versioning and event.version_id is not None:
        shown["versionId"] = event.version_id
    shown["sequencer"] = f"{int(clock.now().timestamp() * 1_000_000):016X}"
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": _time(),
        "eventName": event.name,
        "userIdentity": {"principalId": f"AWS:{cause.user_id}"},
        "requestParameters": {"sourceIPAddress": cause.client},
        "responseElements": {"x-amz-request-id": cause.request_id, "x-amz-id-2": cause.host_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": canonical_users.canonical_id(bucket.account)},
                "arn": f"arn:aws:s3:::{bucket.name}",
            },
            "object": shown,
        },
    }
