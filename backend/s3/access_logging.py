"""Which buckets have their access logged, and where to.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend import errors
from backend.db.models import Bucket
from backend.db.unit_of_work import UnitOfWork
from backend.policies.evaluation import Principal
from backend.policies.grants import Authority
from backend.s3 import access, acl, buckets, canonical_users
from backend.s3.access import Action
from backend.s3.acl import Grant

KIND = "logging"

Document = Mapping[str, Any]
"""LoggingEnabled, by AWS's member names."""

_DELIVERY = Action("s3:PutObject", "WRITE")


def check(uow: UnitOfWork, source: Bucket, document: Document) -> None:
    """InvalidTargetBucketForLogging and CrossLocationLoggingProhibited for a target that cannot be one; MalformedXML,
    AccessControlListNotSupported and the errors of ACLs."""
    name = document["TargetBucket"]
    target = buckets.find(uow, name)
    if target is None:
        reason = "The target bucket for logging does not exist"
        raise errors.InvalidTargetBucketForLogging(reason=reason, target=name)
    if target.account != source.account:
        reason = "The owner for the bucket to be logged and the target bucket must be the same."
        raise errors.InvalidTargetBucketForLogging(reason=reason, target=name)
    if target.region != source.region:
        raise errors.CrossLocationLoggingProhibited(source=source.region, target=target.region)
    if len(document.get("TargetObjectKeyFormat", {"": ""})) != 1:
        raise errors.MalformedXML()
    if document.get("TargetGrants") and target.ownership == acl.ENFORCED:
        raise errors.AccessControlListNotSupported()
    grants(uow, target, document)


def grants(uow: UnitOfWork, target: Bucket, document: Document) -> list[Grant] | None:
    """Of the objects that are delivered, which the target's owner has anyway."""
    given = document.get("TargetGrants") or ()
    if not given or target.ownership == acl.ENFORCED:
        return None
    owner = {"ID": canonical_users.canonical_id(target.account)}
    found = acl.in_document(uow, {"Owner": owner, "Grants": given}, target.account)
    return acl.normal([*acl.whole(None, target.account), *found], target.account)


def may_deliver(source: Bucket, target: Bucket, key: str) -> bool:
    """Whether the target lets the logging service in, or the owner of both, who asked for it."""
    facts: dict[str, str] = {
        "aws:SourceArn": f"arn:aws:s3:::{source.name}",
        "aws:SourceAccount": source.account,
        "aws:SecureTransport": "true",
    }
    root = Authority(Principal(source.account, f"arn:aws:iam::{source.account}:root", source.account, "root"), None)
    return any(
        access.allows(who, _DELIVERY, target, key, context=lambda: facts) for who in (access.service(acl.LOGGING), root)
    )


def folder(source: Bucket, document: Document, delivered: datetime, logged: datetime) -> tuple[str, datetime]:
    """What the keys of an object's lines begin with, and the time that they name."""
    prefix = str(document["TargetPrefix"])
    partitioned = document.get("TargetObjectKeyFormat", {}).get("PartitionedPrefix")
    if partitioned is None:
        return prefix, delivered
    moment = delivered
    if partitioned.get("PartitionDateSource") == "EventTime":
        moment = logged.replace(hour=0, minute=0, second=0, microsecond=0)
    return f"{prefix}{source.account}/{source.region}/{source.name}/{moment:%Y/%m/%d}/", moment
