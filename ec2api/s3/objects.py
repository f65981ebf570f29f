"""Actions on objects: put, get, head, delete.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and its neighbours.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from backend import clock, errors
from backend.db.models import ObjectVersion, Part
from backend.s3 import access, archive, checksums, encryption_headers, lifecycle, multipart, objects
from backend.s3.bodies import Body
from backend.s3.encryption import Sealed
from backend.s3.objects import NULL, Attributes, Condition
from ec2api.registry import action
from ec2api.s3 import attributes, fetching, preconditions, storing
from ec2api.s3.archive import shown_restore
from ec2api.s3.call import S3Call

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}
_READS = (
    frozenset({*_OVERRIDES, "VersionId", "Range", "PartNumber", "ChecksumMode"}) | preconditions.USES | storing.CUSTOMER
)


def _stored(call: S3Call, _parameters: Mapping[str, Any]) -> Callable[[], tuple[Attributes, Body]]:
    """Gives the attributes and the bytes of the new object, before its row."""
    wanted, found = storing.choice(call), attributes.of(call)
    storing.check_stated(call, found)
    call.payload.compute(checksums.DEFAULT)
    return lambda: (found, storing.from_payload(call, wanted))


@action(
    service="s3",
    prepare=_stored,
    uses=attributes.USES | storing.ENCRYPTION | storing.CHECKSUM_MEMBERS | {"Body", "ContentLength"},
)
def put_object(call: S3Call, *, if_match: str | None = None, if_none_match: str | None = None) -> dict[str, Any]:
    found, body = call.prepared
    condition = write_condition(if_match, if_none_match)
    version = objects.put(call.uow, call.bucket, call.key, body, found, condition)
    how = call.request.method.title()  # a form's file comes by POST
    call.note(f"ObjectCreated:{how}", version.key, version.version_id, version.size, version.etag)
    return {
        "ETag": f'"{version.etag}"',
        "VersionId": version_id_of(call, version),
        **shown_checksum(version),
        **encryption_headers.shown_written(_sealed(version), storing.customer_key(call)),
        "Expiration": lifecycle.expiration_of(call.uow, call.settings, call.bucket, version),
    }


def write_condition(if_match: str | None, if_none_match: str | None) -> Condition | None:
    """NotImplemented for what S3 does not offer: only ``*`` may be in the way of a write."""
    if if_none_match is not None and if_none_match.strip('"') != "*":
        raise errors.NotImplementedS3(header="If-None-Match")
    if if_match is None and if_none_match is None:
        return None
    return Condition(if_match, if_none_match)


@action(service="s3", reads=True, uses=_READS)
def get_object(call: S3Call) -> dict[str, Any]:
    version, parts, start, end, values = _read(call)
    archive.check_readable(version)
    customer = storing.customer_key(call)
    values["Body"] = fetching.source(call, version, start, end, customer, parts)
    values["TagCount"] = _tag_count(call, version)
    return values


@action(service="s3", reads=True, uses=_READS)
def head_object(call: S3Call) -> dict[str, Any]:
    version, parts, _, _, values = _read(call)
    fetching.check_key(call, version, parts, storing.customer_key(call))
    values["TagCount"] = _tag_count(call, version)
    return values


def _tag_count(call: S3Call, version: ObjectVersion) -> int | None:
    """To those who may see the tags themselves."""
    suffix = "Version" if "VersionId" in call.parameters else ""
    action = access.Action(f"s3:GetObject{suffix}Tagging")
    return len(version.tags) if version.tags and call.may(action, call.bucket, call.key, version) else None


def _read(call: S3Call) -> tuple[ObjectVersion, list[Part], int, int, dict[str, Any]]:
    """The version, its parts, which bytes of it are asked for, and what the answer says beside them."""
    encryption_headers.refuse_in_reads(call.request.headers)
    version = call.existing()
    _check_overrides(call)
    unchanged = {"ETag": f'"{version.etag}"', "Last-Modified": clock.http_date(version.modified)}
    if (shown := version_id_of(call, version)) is not None:
        unchanged["x-amz-version-id"] = shown
    preconditions.check(version, call.parameters, headers=unchanged)
    parts = multipart.parts_of(call.uow, version)
    start, end, values = _asked_for(call, version, parts)
    return version, parts, start, end, shown_object(call, version) | values


def _asked_for(call: S3Call, version: ObjectVersion, parts: list[Part]) -> tuple[int, int, dict[str, Any]]:
    """The bytes from, and up to but not including; and what the answer says of them."""
    number, text = call.parameters.get("PartNumber"), call.parameters.get("Range")
    size = version.size
    if number is not None:
        if text is not None:
            raise errors.InvalidRequest(reason="Cannot specify both Range header and partNumber query parameter")
        if not 1 <= number <= 10_000:
            reason = "Part number must be an integer between 1 and 10000, inclusive"
            raise errors.InvalidArgument(reason=reason, name="partNumber", value=number)
        values = _part(version, parts, number)
        if _shows_checksum(call):
            values[2].update(_part_checksum(version, parts, number))
        return values
    span = byte_range(text, size)
    if span is None:
        return 0, size, {"ContentLength": size}
    start, end = span
    return start, end, {"ContentLength": end - start, "ContentRange": f"bytes {start}-{end - 1}/{size}"}


def byte_range(text: str | None, size: int) -> tuple[int, int] | None:
    """What a Range header asks for; None for the whole, also where S3 ignores the header. InvalidRange."""
    found = _RANGE.fullmatch(text.strip()) if text else None
    if text is None or found is None or not (found[1] or found[2]):
        return None
    if found[1]:
        start, end = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
        if found[2] and int(found[2]) < start:
            return None
    else:
        start, end = max(size - int(found[2]), 0), size
    if start >= size or start >= end:
        raise errors.InvalidRange(range=text, size=size)
    return start, end


def _part(version: ObjectVersion, parts: list[Part], number: int) -> tuple[int, int, dict[str, Any]]:
    sizes = [part.size for part in parts] or [version.size]
    if number > len(sizes):
        raise errors.InvalidPartNumber(part_number=number, parts=len(sizes))
    start = sum(sizes[: number - 1])
    end = start + sizes[number - 1]
    values: dict[str, Any] = {"ContentLength": end - start, "PartsCount": len(parts) or None}
    if version.size:
        values["ContentRange"] = f"bytes {start}-{end - 1}/{version.size}"
    return start, end, values


def _part_checksum(version: ObjectVersion, parts: list[Part], number: int) -> dict[str, Any]:
    """That of the bytes which are sent, whatever the object's is."""
    if not parts:
        return shown_checksum(version)
    checksum, algorithm = parts[number - 1].checksum, version.checksum_algorithm
    if checksum is None or algorithm is None:
        return {}
    return {storing.CHECKSUMS[algorithm]: checksum, "ChecksumType": version.checksum_type}


def _check_overrides(call: S3Call) -> None:
    if not call.caller.account and any(name in call.parameters for name in _OVERRIDES):
        raise errors.InvalidRequest(
            reason="Request specific response headers cannot be used for anonymous GET requests."
        )


def shown_object(call: S3Call, version: ObjectVersion) -> dict[str, Any]:
    """What GetObject and HeadObject say of a version beside its bytes."""
    given = call.parameters
    values: dict[str, Any] = {"ContentType": attributes.DEFAULT_TYPE, **version.headers}
    values |= {member: given[name] for name, member in _OVERRIDES.items() if name in given}
    values |= {
        "AcceptRanges": "bytes",
        "LastModified": version.modified,
        "ETag": f'"{version.etag}"',
        "VersionId": version_id_of(call, version),
        "Metadata": version.user_metadata,
        "StorageClass": None if version.storage_class == "STANDARD" else version.storage_class,
        "ReplicationStatus": version.replication_status,
        "Restore": shown_restore(version),
        **encryption_headers.shown(_sealed(version), storing.customer_key(call)),
        **shown_lock(call, version),
        "Expiration": lifecycle.expiration_of(call.uow, call.settings, call.bucket, version),
    }
    if _shows_checksum(call) and "Range" not in given and "PartNumber" not in given:
        values |= shown_checksum(version)
    return values


def _shows_checksum(call: S3Call) -> bool:
    return str(call.parameters.get("ChecksumMode", "")).upper() == "ENABLED"


def shown_lock(call: S3Call, version: ObjectVersion) -> dict[str, Any]:
    """The lock of a version, to those who may see it."""
    found: dict[str, Any] = {}
    if version.lock_mode and call.may(access.Action("s3:GetObjectRetention"), call.bucket, call.key, version):
        found |= {"ObjectLockMode": version.lock_mode, "ObjectLockRetainUntilDate": version.lock_until}
    hold = version.legal_hold
    if hold is not None and call.may(access.Action("s3:GetObjectLegalHold"), call.bucket, call.key, version):
        found["ObjectLockLegalHoldStatus"] = "ON" if hold else "OFF"
    return found


def shown_checksum(version: ObjectVersion) -> dict[str, Any]:
    if version.checksum is None or version.checksum_algorithm is None:
        return {}
    return {storing.CHECKSUMS[version.checksum_algorithm]: version.checksum, "ChecksumType": version.checksum_type}


def version_id_of(call: S3Call, version: ObjectVersion) -> str | None:
    """As answers show it: not where the bucket never kept versions."""
    return version.version_id if call.bucket.versioning else None


def _sealed(version: ObjectVersion) -> Sealed | None:
    return Sealed.from_json(version.sealed) if version.sealed else None


@action(service="s3")
def delete_object(
    call: S3Call,
    *,
    version_id: str | None = None,
    bypass_governance_retention: bool = False,
    if_match: str | None = None,
    if_match_last_modified_time: datetime | None = None,
    if_match_size: int | None = None,
) -> dict[str, Any]:
    condition = None
    if any(given is not None for given in (if_match, if_match_last_modified_time, if_match_size)):
        condition = Condition(if_match, None, if_match_last_modified_time, if_match_size)
    if bypass_governance_retention:
        call.authorise(access.Action("s3:BypassGovernanceRetention"), call.bucket, call.key)
    deleted = objects.remove(
        call.uow,
        call.bucket,
        call.key,
        version_id,
        account=call.caller.account,
        bypass_governance=bypass_governance_retention,
        condition=condition,
    )
    note_deleted(call, call.key, deleted)
    versioned = bool(call.bucket.versioning) or version_id not in (None, NULL)
    return {
        "DeleteMarker": deleted.delete_marker or None,
        "VersionId": deleted.version_id if versioned else None,
    }


def note_deleted(call: S3Call, key: str, deleted: objects.Deleted) -> None:
    """What became of a key, for those who asked to be told."""
    made_marker = deleted.delete_marker and deleted.removed is None
    name = "ObjectRemoved:DeleteMarkerCreated" if made_marker else "ObjectRemoved:Delete"
    call.note(name, key, deleted.version_id)
