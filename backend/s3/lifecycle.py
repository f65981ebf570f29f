"""Lifecycle rules of buckets: which are valid, which objects they mean, and when.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from backend import clock, errors
from backend.config import Settings
from backend.db.models import Bucket, ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets

KIND = "lifecycle"
"""Of the bucket's configuration."""

MOST_RULES = 1000
LEAST_MOVED = 128 * 1024
"""Bytes of an object that changes its storage class, unless its rule filters by size."""
_ID_LENGTH = 255
_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionTransitions",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)


@dataclass(frozen=True)
class Rule:
    """One rule that is enabled, by AWS's member names, and what of a bucket it is about."""

    document: Mapping[str, Any]
    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    larger: int | None = None
    smaller: int | None = None
    """Sizes in bytes, neither of which an object may have."""
    any_size: frozenset[str] = frozenset()
    """The storage classes that objects of less than 128 KiB are moved to."""

    @classmethod
    def of(cls, document: Mapping[str, Any], any_size: frozenset[str] = frozenset()) -> Self:
        given = document.get("Filter") or {}
        every = given.get("And") or given
        tags = [given["Tag"]] if given.get("Tag") else every.get("Tags") or ()
        return cls(
            document,
            every.get("Prefix") or document.get("Prefix") or "",
            {tag["Key"]: tag["Value"] for tag in tags},
            every.get("ObjectSizeGreaterThan"),
            every.get("ObjectSizeLessThan"),
            any_size,
        )

    def moves(self, version: ObjectVersion, storage_class: str) -> bool:
        """Whether a version is large enough to be moved to a class; a filter of sizes decides that alone."""
        filtered = self.larger is not None or self.smaller is not None
        return filtered or version.size >= LEAST_MOVED or storage_class in self.any_size

    def means(self, version: ObjectVersion) -> bool:
        return (
            version.key.startswith(self.prefix)
            and self.tags.items() <= version.tags.items()
            and (self.larger is None or version.size > self.larger)
            and (self.smaller is None or version.size < self.smaller)
        )

    def part(self, name: str) -> Mapping[str, Any]:
        """One of the rule's actions; empty where it has none such."""
        found: Mapping[str, Any] = self.document.get(name) or {}
        return found


class Days:
    """When a number of days after a time is over: at the midnight after it, in UTC, as long as a day has 24 hours."""

    def __init__(self, settings: Settings) -> None:
        self._seconds = settings.s3_day_seconds

    def after(self, moment: datetime, days: int) -> datetime:
        due = moment + timedelta(seconds=days * self._seconds)
        if self._seconds != 86400:
            return due
        midnight = due.replace(hour=0, minute=0, second=0, microsecond=0)
        return due if due == midnight else midnight + timedelta(days=1)

    def due(self, action: Mapping[str, Any], since: datetime, name: str = "Days") -> datetime | None:
        """When an action of a rule is done, by its date or its days; None where it has neither."""
        if "Date" in action:
            return datetime.fromisoformat(action["Date"])
        return self.after(since, action[name]) if name in action else None


def rules(uow: UnitOfWork, bucket: Bucket) -> list[Rule]:
    """Those that are enabled."""
    document = buckets.configuration(uow, bucket, KIND) or {}
    varies = document.get("TransitionDefaultMinimumObjectSize") == "varies_by_storage_class"
    any_size = frozenset({"GLACIER", "DEEP_ARCHIVE"} if varies else ())
    return [Rule.of(rule, any_size) for rule in document.get("Rules", ()) if rule["Status"] == "Enabled"]


def expiration_of(uow: UnitOfWork, settings: Settings, bucket: Bucket, version: ObjectVersion) -> str | None:
    """The header x-amz-expiration: when the newest version of an object will expire, and by which rule."""
    if KIND not in bucket.configured or not version.latest:
        return None
    days = Days(settings)
    found = [
        (due, rule.document["ID"])
        for rule in rules(uow, bucket)
        if rule.means(version) and (due := days.due(rule.part("Expiration"), version.modified))
    ]
    if not found:
        return None
    due, id = min(found)
    return f'expiry-date="{clock.http_date(due)}", rule-id="{id}"'


def abort_of(uow: UnitOfWork, settings: Settings, bucket: Bucket, key: str, since: datetime) -> dict[str, Any]:
    """AbortDate and AbortRuleId of an upload that a rule will abort."""
    if KIND not in bucket.configured:
        return {}
    days = Days(settings)
    found = [
        (due, rule.document["ID"])
        for rule in rules(uow, bucket)
        if key.startswith(rule.prefix)
        and (due := days.due(rule.part("AbortIncompleteMultipartUpload"), since, "DaysAfterInitiation"))
    ]
    return {"AbortDate": min(found)[0], "AbortRuleId": min(found)[1]} if found else {}


# What may be put


def checked(document: Mapping[str, Any]) -> dict[str, Any]:
    """A LifecycleConfiguration as it is kept: with an ID for each rule, and dates as text.

    InvalidArgument, InvalidRequest or MalformedXML for rules that S3 does not take.
    """
    given: Sequence[Mapping[str, Any]] = document.get("Rules") or ()
    if not 1 <= len(given) <= MOST_RULES:
        raise errors.MalformedXML()
    kept = [_checked(dict(rule)) for rule in given]
    ids = [rule["ID"] for rule in kept]
    if len(set(ids)) != len(ids):
        raise errors.InvalidArgument(reason="Rule ID must be unique. Found same ID for more than one rule")
    return {"Rules": kept}


def _checked(rule: dict[str, Any]) -> dict[str, Any]:
    rule["ID"] = rule.get("ID") or str(uuid4())
    if len(rule["ID"]) > _ID_LENGTH:
        raise errors.InvalidArgument(reason=f"ID length should not exceed allowed limit of {_ID_LENGTH}")
    if rule.get("Status") not in ("Enabled", "Disabled") or ("Filter" in rule) == ("Prefix" in rule):
        raise errors.MalformedXML()
    if not any(rule.get(name) for name in _ACTIONS):
        raise errors.InvalidRequest(reason="At least one action needs to be specified in a rule")
    _check_filter(rule)
    _check_expiration(rule)
    for name in ("Transitions", "NoncurrentVersionTransitions"):
        rule[name] = [_dated(transition) for transition in rule.get(name) or ()]
        _check_transitions(rule[name])
    for name, days in (
        ("NoncurrentVersionExpiration", "NoncurrentDays"),
        ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
    ):
        _check_days(rule.get(name) or {}, days, name)
    return {name: value for name, value in rule.items() if value not in ([], None)}


def _check_filter(rule: Mapping[str, Any]) -> None:
    given = rule.get("Filter") or {}
    every = given.get("And")
    if len([name for name in given if given[name] is not None]) > 1:
        raise errors.MalformedXML()
    if every is not None and sum(len(v) if isinstance(v, list) else 1 for v in every.values()) < 2:
        raise errors.MalformedXML()
    keys = [tag["Key"] for tag in (every or {}).get("Tags") or ()]
    if len(keys) != len(set(keys)):
        raise errors.InvalidRequest(reason="Duplicate Tag Keys are not allowed.")
    sizes = every if every is not None else given
    larger, smaller = sizes.get("ObjectSizeGreaterThan"), sizes.get("ObjectSizeLessThan")
    if larger is not None and smaller is not None and larger + 1 >= smaller:
        reason = "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."
        raise errors.InvalidRequest(reason=reason)
    if rule.get("AbortIncompleteMultipartUpload") and (given.get("Tag") or keys or larger or smaller):
        reason = "AbortIncompleteMultipartUpload cannot be specified with Tags."
        raise errors.InvalidRequest(reason=reason)


def _check_expiration(rule: dict[str, Any]) -> None:
    if not rule.get("Expiration"):
        return
    expiration = _dated(rule["Expiration"])
    rule["Expiration"] = expiration
    if len(expiration) != 1:
        raise errors.MalformedXML()
    _check_days(expiration, "Days", "Expiration")
    given = rule.get("Filter") or {}
    if "ExpiredObjectDeleteMarker" in expiration and (given.get("Tag") or (given.get("And") or {}).get("Tags")):
        raise errors.InvalidRequest(reason="ExpiredObjectDeleteMarker cannot be specified with Tags.")


def _check_transitions(given: Sequence[Mapping[str, Any]]) -> None:
    if len({transition.get("StorageClass") for transition in given}) != len(given):
        raise errors.InvalidRequest(reason="'StorageClass' must be different for transition actions in the same rule.")
    for transition in given:
        if "StorageClass" not in transition:
            raise errors.MalformedXML()
        name = "NoncurrentDays" if "NoncurrentDays" in transition else "Days"
        if transition.get(name, 0) < 0:
            raise errors.InvalidArgument(reason=f"'{name}' in Transition action must be nonnegative")


def _check_days(action: Mapping[str, Any], name: str, title: str) -> None:
    if name in action and action[name] <= 0:
        raise errors.InvalidArgument(reason=f"'{name}' for {title} action must be a positive integer")


def _dated(action: Mapping[str, Any]) -> dict[str, Any]:
    """With its date, which has to be a midnight, as text."""
    moment = action.get("Date")
    if moment is None:
        return dict(action)
    moment = moment.replace(tzinfo=None)
    if (moment.hour, moment.minute, moment.second, moment.microsecond) != (0, 0, 0, 0):
        raise errors.InvalidArgument(reason="'Date' must be at midnight GMT")
    return {**action, "Date": moment.isoformat()}


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept, as it was put."""
    return {"Rules": [dict(_undated(rule)) for rule in document["Rules"]]}


def _undated(rule: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in rule.items():
        if name == "Expiration":
            yield name, _moment(value)
        elif name == "Transitions":
            yield name, [_moment(transition) for transition in value]
        else:
            yield name, value


def _moment(action: Mapping[str, Any]) -> dict[str, Any]:
    return {**action, "Date": datetime.fromisoformat(action["Date"])} if "Date" in action else dict(action)
