"""Replication between buckets: what may be configured, and which versions are to be copied where.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from backend import errors
from backend.db.models import Bucket, ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets, objects
from backend.s3.notifications import Event

KIND = "replication"
"""Of the bucket's configuration."""

PENDING, COMPLETED, FAILED, REPLICA = "PENDING", "COMPLETED", "FAILED", "REPLICA"

MOST_RULES = 1000
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")
_BUCKET = re.compile(r"arn:aws[a-z-]*:s3:::(.+)")
_ENABLED = "Enabled"


def checked(uow: UnitOfWork, bucket: Bucket, document: Mapping[str, Any]) -> dict[str, Any]:
    """A ReplicationConfiguration as it is kept, with an ID for each rule. InvalidRequest, InvalidArgument,
    MalformedXML."""
    if bucket.versioning != _ENABLED:
        reason = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
        raise errors.InvalidRequest(reason=reason)
    rules: Sequence[Mapping[str, Any]] = document.get("Rules") or ()
    if not 1 <= len(rules) <= MOST_RULES:
        raise errors.MalformedXML()
    if not _ROLE.fullmatch(document.get("Role") or ""):
        raise errors.InvalidArgument(reason="Invalid Role Arn specified in the request.")
    kept = [{**rule, "ID": rule.get("ID") or str(uuid4())} for rule in rules]
    if len({rule["ID"] for rule in kept}) != len(kept):
        raise errors.InvalidArgument(reason="Rule Id must be unique. Found same ID for more than one rule")
    priorities = [rule["Priority"] for rule in kept if "Priority" in rule]
    if len(set(priorities)) != len(priorities):
        raise errors.InvalidRequest(reason="Found duplicate priority. Priorities of rules must be unique.")
    for rule in kept:
        _check(uow, bucket, rule)
    return {"Role": document["Role"], "Rules": kept}


def _check(uow: UnitOfWork, bucket: Bucket, rule: Mapping[str, Any]) -> None:
    if len(rule["ID"]) > 255:
        raise errors.InvalidArgument(reason="Rule Id's length exceeded the maximum allowed length of 255")
    if ("Filter" in rule) == ("Prefix" in rule) and "Filter" in rule:
        raise errors.MalformedXML()
    if "Filter" in rule and "Priority" not in rule:
        raise errors.InvalidRequest(
            reason="Priority must be specified for this version of Cross Region Replication configuration schema."
        )
    if "Filter" in rule and "DeleteMarkerReplication" not in rule:
        reason = "DeleteMarkerReplication must be specified for this version of the configuration schema."
        raise errors.InvalidRequest(reason=reason)
    if (rule.get("ExistingObjectReplication") or {}).get("Status") == _ENABLED:
        raise errors.InvalidRequest(reason="ExistingObjectReplication is not supported.")
    there = destination(uow, rule)
    if there is None:
        raise errors.InvalidRequest(reason="Destination bucket must exist.")
    if there.row == bucket.row:
        raise errors.InvalidRequest(reason="Destination bucket must be different from the source bucket.")
    if there.versioning != _ENABLED:
        raise errors.InvalidRequest(reason="Destination bucket must have versioning enabled.")
    account = rule["Destination"].get("Account")
    if account is not None and account != there.account:
        raise errors.InvalidArgument(reason="Account does not own the destination bucket.")


def destination(uow: UnitOfWork, rule: Mapping[str, Any]) -> Bucket | None:
    found = _BUCKET.fullmatch(rule["Destination"]["Bucket"])
    return buckets.find(uow, found[1]) if found else None


def rule_for(document: Mapping[str, Any] | None, version: ObjectVersion) -> Mapping[str, Any] | None:
    """The rule by which a version is copied: of those that mean it, the one of the highest priority."""
    means = [rule for rule in (document or {}).get("Rules", ()) if _means(rule, version)]
    return max(means, key=lambda rule: rule.get("Priority", 0), default=None)


def _means(rule: Mapping[str, Any], version: ObjectVersion) -> bool:
    given = rule.get("Filter") or {}
    every = given.get("And") or given
    tags = [given["Tag"]] if given.get("Tag") else every.get("Tags") or ()
    if rule["Status"] != _ENABLED or not version.key.startswith(every.get("Prefix") or rule.get("Prefix") or ""):
        return False
    if version.delete_marker:
        # Rules of the old form, without a filter, always copy delete markers; those that look at tags never do.
        wanted = (rule.get("DeleteMarkerReplication") or {}).get("Status", _ENABLED if "Filter" not in rule else "")
        return wanted == _ENABLED and not tags
    return all(version.tags.get(tag["Key"]) == tag["Value"] for tag in tags)


def mark(uow: UnitOfWork, bucket: Bucket, events: Sequence[Event]) -> None:
    """Have the versions that were made copied by the conductor, where a rule means them."""
    if KIND not in bucket.configured or bucket.versioning != _ENABLED:
        return
    document = buckets.configuration(uow, bucket, KIND)
    for event in events:
        if not event.name.startswith("ObjectCreated:") and event.name != "ObjectRemoved:DeleteMarkerCreated":
            continue
        version = objects.version(uow, bucket, event.key, event.version_id or objects.NULL)
        if version is not None and rule_for(document, version) is not None:
            objects.change(uow, version, replication_status=PENDING)
