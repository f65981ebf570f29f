"""Objects of S3 that hold disks: which ones a caller may have read and written in a task's name.

What a caller may do is decided at the call; the task then reads that version, and writes as the caller's account.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from backend import errors, key_file
from backend.config import Settings
from backend.db import reading
from backend.db.models import Bucket, IamRole, ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.policies.grants import Authority
from backend.s3 import (
    access,
    acl,
    buckets,
    contents,
    encryption_headers,
    notifications,
    object_lock,
    objects,
    replication,
)
from backend.s3.access import Action
from backend.s3.contents import Piece
from backend.s3.encryption_headers import Choice
from backend.s3.notifications import Cause, Event
from backend.s3.objects import Attributes

DEFAULT_ROLE = "vmimport"

_SERVICE = "vmie.amazonaws.com"
_AWS_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?")
_ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)

_VERSIONS = reading.table_of(ObjectVersion).c


@dataclass(frozen=True)
class Requester:
    """Whose rights count for a task. ``facts``: the condition keys of the call."""

    authority: Authority
    facts: Mapping[str, str]
    authorised: bool
    """Whether policies are enforced."""

    def denial(self, action: Action, bucket: Bucket, key: str, version: ObjectVersion | None = None) -> str | None:
        return access.denial(self.authority, action, bucket, key, version, lambda: self.facts)


@dataclass(frozen=True)
class Location:
    bucket: str
    key: str


def check_role(uow: UnitOfWork, who: Requester, name: str | None) -> str:
    """The role of VM Import/Export, which has to be there where policies are enforced. Its name."""
    name = DEFAULT_ROLE if name is None else name
    if not _ROLE.fullmatch(name):
        raise errors.InvalidParameterValue(value=name, name="roleName", reason="It is not the name of a role.")
    column = reading.table_of(IamRole).c
    if who.authorised and not uow.records(IamRole, column.account == uow.account, column.folded == name.lower()):
        raise errors.InvalidParameter(
            reason=f"The service role {name} provided does not exist or does not have sufficient permissions"
        )
    return name


def location(settings: Settings, container: Mapping[str, Any], name: str) -> Location:
    """Where a disk container says that its image is: by UserBucket, or by a Url. ``name``: of the parameter."""
    given, url = container.get("UserBucket"), container.get("Url")
    if given and url:
        raise errors.InvalidParameterCombination(reason=f"{name} can have only one of UserBucket and Url.")
    if given:
        for member in ("S3Bucket", "S3Key"):
            if not given.get(member):
                raise errors.MissingParameter(name=f"{name}.UserBucket.{member}")
        return Location(given["S3Bucket"], given["S3Key"])
    if not url:
        raise errors.MissingParameter(name=f"{name}.UserBucket")
    found = _of_url(settings, url)
    if found is None or not found.bucket or not found.key:
        raise errors.InvalidParameterValue(
            value=url, name=f"{name}.Url", reason="Expecting s3://bucket/key or the HTTPS URL of an object in this S3."
        )
    return found


def _of_url(settings: Settings, url: str) -> Location | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    path = parts.path.removeprefix("/")
    if parts.scheme == "s3":
        return Location(parts.netloc, path)
    if parts.scheme != "https" or "@" in parts.netloc:
        return None
    labels = _bucket_of(settings, host)
    if labels is None:
        return None
    return Location(labels, unquote(path)) if labels else Location(*unquote(path).partition("/")[::2])


def _bucket_of(settings: Settings, host: str) -> str | None:
    """What stands before this S3's own name in a host, or AWS's, for which this cloud stands; None for any other."""
    if found := _AWS_HOST.fullmatch(host):
        return found["bucket"] or ""
    for domain in (*settings.domains, "localhost"):
        for endpoint in (f"s3.{domain}", domain):
            if host == endpoint:
                return ""
            if host.endswith(f".{endpoint}"):
                return host.removesuffix(f".{endpoint}")
    return None


def bucket_here(uow: UnitOfWork, name: str) -> Bucket:
    """InvalidParameter unless there is such a bucket, in the region of the call."""
    bucket = buckets.find(uow, name)
    if bucket is None:
        raise errors.InvalidParameter(reason=f"The given S3 bucket does not exist: {name}")
    if bucket.region != uow.region:
        raise errors.InvalidParameter(reason=f"The given S3 bucket is not local to the region: {name}")
    return bucket


def readable(uow: UnitOfWork, who: Requester, where: Location) -> ObjectVersion:
    """The object as it is now, which the caller may read. InvalidParameter, as VM Import says it."""
    bucket = bucket_here(uow, where.bucket)
    version = objects.latest(uow, bucket, where.key, data=True)
    found = version if version is not None and not version.delete_marker else None
    if who.denial(Action("s3:GetObject", "READ"), bucket, where.key, found):
        raise errors.InvalidParameter(
            reason=f"We do not have access to the given resource. Reason 403 Forbidden: s3://{where.bucket}/{where.key}"
        )
    if found is None:
        raise errors.InvalidParameter(
            reason=f"The given S3 object does not exist. Reason 404 Not Found: s3://{where.bucket}/{where.key}"
        )
    if found.sealed and found.sealed.get("kind") == "SSE-C":
        raise errors.InvalidParameter(
            reason=f"The given S3 object is encrypted with a key of the customer: s3://{where.bucket}/{where.key}"
        )
    return found


def check_writable(uow: UnitOfWork, who: Requester, where: Location) -> Bucket:
    bucket = bucket_here(uow, where.bucket)
    if who.denial(Action("s3:PutObject", "WRITE"), bucket, where.key):
        raise errors.InvalidParameter(
            reason="Insufficient permissions - please verify bucket ownership and write permissions on the bucket. "
            f"Bucket: {where.bucket}"
        )
    return bucket


def pieces(uow: UnitOfWork, row: int) -> list[Piece] | None:
    """Where the bytes of a version lie, by the row that the call found; None where it has been deleted since."""
    found = uow.records(ObjectVersion, _VERSIONS.row == row)
    return contents.pieces(uow, found[0]) if found else None


def encryption_of(bucket: Bucket, account: str) -> Choice | None:
    """How the bucket has encrypted what comes without a word of it."""
    return encryption_headers.choose({}, bucket.encryption, account=account, region=bucket.region)


def put(
    uow: UnitOfWork,
    bucket: Bucket,
    key: str,
    body: Any,
    *,
    metadata: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> ObjectVersion:
    """Make an object of a body that is stored, in the name of the unit of work's account."""
    lock = object_lock.wanted(bucket, object_lock.default_of(uow, bucket), mode=None, until=None, hold=None)
    attributes = Attributes(
        acl.owner_of_new(bucket, uow.account, None), {}, metadata or {}, tags or {}, None, "STANDARD", *lock
    )
    made = objects.put(uow, bucket, key, body, attributes)
    events = [Event("ObjectCreated:Put", key, made.version_id, made.size, made.etag)]
    notifications.keep(uow, bucket, events, Cause(uow.account, uow.account, _SERVICE, secrets.token_hex(8).upper(), ""))
    replication.mark(uow, bucket, events)
    return made


def keys(settings: Settings) -> key_file.KeyFile:
    return key_file.at(settings.key_path)
