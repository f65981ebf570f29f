"""Actions on multipart uploads.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from backend import errors, key_file
from backend.db.models import ObjectVersion, Part, Upload
from backend.s3 import checksums, encryption_headers, lifecycle, multipart
from backend.s3.bodies import Body
from backend.s3.encryption import Sealed
from backend.s3.multipart import MOST_PARTS, Wanted
from ec2api.registry import action
from ec2api.s3 import attributes, copy_source, storing
from ec2api.s3.call import S3Call
from ec2api.s3.listing import page_size
from ec2api.s3.objects import shown_checksum, version_id_of, write_condition

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")
_PART = frozenset({"Body", "ContentLength", "PartNumber", "UploadId"})
_NOT_INLINE = -1
"""Parts never lie in their rows."""


@action(service="s3", uses=attributes.USES | storing.ENCRYPTION | {"ChecksumAlgorithm"})
def create_multipart_upload(call: S3Call, *, checksum_type: str | None = None) -> dict[str, Any]:
    algorithm, kind = multipart.checksum_of(call.parameters.get("ChecksumAlgorithm"), checksum_type)
    wanted = storing.choice(call)
    sealed = encryption_headers.new_key(wanted, key_file.at(call.settings.key_path))[0] if wanted else None
    upload = multipart.begin(
        call.uow,
        call.bucket,
        call.key,
        attributes.of(call),
        call.caller.arn,
        checksum_algorithm=algorithm,
        checksum_type=kind,
        encryption=sealed.as_json() if sealed else None,
    )
    return {
        "Bucket": call.bucket.name,
        "Key": call.key,
        "UploadId": upload.id,
        "ChecksumAlgorithm": algorithm,
        "ChecksumType": kind,
        **lifecycle.abort_of(call.uow, call.settings, call.bucket, call.key, upload.initiated),
        **encryption_headers.shown_written(sealed, storing.customer_key(call)),
    }


def _part(call: S3Call, _parameters: Mapping[str, Any]) -> Callable[[], tuple[Body, str]]:
    """Gives the bytes of a part, and their MD5."""
    upload = _open(call)
    wanted = encryption_headers.of_upload(_sealed(upload), storing.customer_key(call))
    storing.check_stated(call, upload)
    payload = call.payload
    needed = upload.checksum_algorithm or checksums.DEFAULT
    if payload.algorithm not in (None, needed) and upload.checksum_algorithm is not None:
        reason = (
            f"Checksum Type mismatch occurred, expected checksum Type: {needed.lower()}, "
            f"actual checksum Type: {(payload.algorithm or '').lower()}"
        )
        raise errors.InvalidRequest(reason=reason)
    running = checksums.hasher(needed)

    def hashed() -> Iterator[bytes]:
        for piece in payload.parts():
            running.update(piece)
            yield piece

    def stream() -> tuple[Body, str]:
        _, blob, sealed = storing.write(call, hashed(), wanted, inline=_NOT_INLINE)
        etag = encryption_headers.etag(wanted, payload.md5)
        body = Body(payload.size, etag, blob=blob, sealed=sealed, checksum=checksums.encode(running.digest()))
        return body, payload.md5

    return stream


@action(service="s3", prepare=_part, uses=storing.CUSTOMER | storing.CHECKSUM_MEMBERS | _PART)
def upload_part(call: S3Call) -> dict[str, Any]:
    upload, body = _add(call)
    stated = call.payload.checksum
    return {
        "ETag": f'"{body.etag}"',
        **({storing.CHECKSUMS[stated[0]]: checksums.encode(stated[1])} if stated else _shown(upload, body.checksum)),
        **encryption_headers.shown(_sealed(upload), storing.customer_key(call)),
    }


def _add(call: S3Call) -> tuple[Upload, Body]:
    body, digest = call.prepared
    upload = _open(call)
    multipart.put_part(call.uow, upload, call.parameters["PartNumber"], body, digest)
    return upload, body


def _copied_part(call: S3Call, parameters: Mapping[str, Any]) -> Callable[[], tuple[Body, str]]:
    upload = _open(call)
    wanted = encryption_headers.of_upload(_sealed(upload), storing.customer_key(call))
    origin = copy_source.find(call)
    start, end = _copied_range(parameters.get("CopySourceRange"), origin.version.size)
    call.origin_version_id = origin.version_id
    algorithm = upload.checksum_algorithm or checksums.DEFAULT
    content = copy_source.content(call, origin, start, end)

    def stream() -> tuple[Body, str]:
        with closing(content):
            return storing.from_bytes(call, content, wanted, algorithm=algorithm, inline=_NOT_INLINE)

    return stream


def _copied_range(text: str | None, size: int) -> tuple[int, int]:
    if text is None:
        return 0, size
    found = _RANGE.fullmatch(text)
    name = "x-amz-copy-source-range"
    if found is None or int(found[1]) > int(found[2]):
        reason = (
            f"The {name} value must be of the form bytes=first-last where first and last are the zero-based offsets of "
            "the first and last bytes to copy"
        )
        raise errors.InvalidArgument(reason=reason, name=name, value=text)
    if int(found[2]) >= size:
        reason = f"Range specified is not valid for source object of size: {size}"
        raise errors.InvalidArgument(reason=reason, name=name, value=text)
    return int(found[1]), int(found[2]) + 1


@action(service="s3", prepare=_copied_part, uses=storing.CUSTOMER | copy_source.USES | {"CopySourceRange", "UploadId"})
def upload_part_copy(call: S3Call, *, part_number: int) -> dict[str, Any]:
    upload, body = _add(call)
    part = next(p for p in multipart.parts(call.uow, upload) if p.number == part_number)
    shown = _shown(upload, body.checksum) if upload.checksum_algorithm else {}
    return {
        "CopySourceVersionId": call.origin_version_id,
        "CopyPartResult": {"ETag": f'"{body.etag}"', "LastModified": part.modified, **shown},
        **encryption_headers.shown(_sealed(upload), storing.customer_key(call)),
    }


def _open(call: S3Call) -> Upload:
    """The upload that the request is about. InvalidArgument for a part number that no part may have."""
    number = call.parameters.get("PartNumber")
    if number is not None and not 1 <= number <= MOST_PARTS:
        reason = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise errors.InvalidArgument(reason=reason, name="partNumber", value=number)
    return multipart.require(call.uow, call.bucket, call.key, call.parameters["UploadId"])


@action(service="s3", uses=storing.CHECKSUM_MEMBERS | storing.CUSTOMER)
def complete_multipart_upload(
    call: S3Call,
    *,
    upload_id: str,
    multipart_upload: Mapping[str, Any] | None = None,
    checksum_type: str | None = None,
    mpu_object_size: int | None = None,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> dict[str, Any]:
    wanted = [_wanted(part) for part in (multipart_upload or {}).get("Parts") or ()]
    if not wanted:
        raise errors.MalformedXML()
    upload = multipart.find(call.uow, call.bucket, call.key, upload_id)
    if checksum_type is not None and checksum_type != (upload.checksum_type or multipart.FULL):
        reason = "The checksum type of the request is not that of the upload."
        raise errors.InvalidRequest(reason=reason)
    found = multipart.chosen(multipart.parts(call.uow, upload), wanted, upload.checksum_algorithm)
    if upload.completed:
        version = multipart.made_of(call.uow, upload)
        if version is None:
            raise errors.NoSuchUpload(upload_id=upload_id)
        return _completed(call, version)
    sealed = _sealed(upload)
    body = multipart.whole(upload, found, random_etag=sealed is not None and sealed.kind != "AES256")
    _check_whole(call, body, mpu_object_size)
    condition = write_condition(if_match, if_none_match)
    version = multipart.complete(call.uow, call.bucket, upload, found, body, condition)
    call.note("ObjectCreated:CompleteMultipartUpload", version.key, version.version_id, version.size, version.etag)
    return _completed(call, version)


def _wanted(part: Mapping[str, Any]) -> Wanted:
    if "PartNumber" not in part or "ETag" not in part:
        raise errors.MalformedXML()
    stated = {algorithm: part[member] for algorithm, member in storing.CHECKSUMS.items() if member in part}
    return Wanted(part["PartNumber"], part["ETag"], stated)


def _check_whole(call: S3Call, body: Body, size: int | None) -> None:
    """Raise unless the object is what the request says."""
    if size is not None and size != body.size:
        reason = (
            f"The provided 'x-amz-mp-object-size' header value {size} does not match what was computed: {body.size}"
        )
        raise errors.InvalidRequest(reason=reason)
    for algorithm, member in storing.CHECKSUMS.items():
        stated = call.parameters.get(member)
        if stated is not None and algorithm == body.checksum_algorithm and stated != body.checksum:
            raise errors.BadDigestOf(algorithm=algorithm)


def _completed(call: S3Call, version: ObjectVersion) -> dict[str, Any]:
    sealed = Sealed.from_json(version.sealed) if version.sealed else None
    request = call.request
    scheme = "https" if request.secure else "http"
    return {
        "Location": f"{scheme}://{request.host}{request.raw_path}",
        "Bucket": call.bucket.name,
        "Key": call.key,
        "ETag": f'"{version.etag}"',
        "VersionId": version_id_of(call, version),
        "Expiration": lifecycle.expiration_of(call.uow, call.settings, call.bucket, version),
        **shown_checksum(version),
        **encryption_headers.shown(sealed),
    }


@action(service="s3", uses={"UploadId"})
def abort_multipart_upload(call: S3Call, *, if_match_initiated_time: datetime | None = None) -> None:
    upload = _open(call)
    if if_match_initiated_time is not None and if_match_initiated_time.replace(tzinfo=None) != upload.initiated:
        raise errors.PreconditionFailed(condition="x-amz-if-match-initiated-time")
    multipart.abort(call.uow, upload)


@action(service="s3", reads=True, uses=storing.CUSTOMER)
def list_parts(
    call: S3Call,
    *,
    upload_id: str,
    max_parts: int | None = None,
    part_number_marker: int | None = None,
) -> dict[str, Any]:
    upload = _open(call)
    limit, after = page_size(max_parts, "max-parts"), part_number_marker or 0
    found = [part for part in multipart.parts(call.uow, upload) if part.number > after]
    page = found[:limit]
    return {
        "Bucket": call.bucket.name,
        "Key": call.key,
        "UploadId": upload_id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": page[-1].number if page else 0,
        "MaxParts": limit,
        "IsTruncated": len(found) > limit > 0,
        "Parts": [_listed_part(upload, part) for part in page],
        "Initiator": initiator(upload, call.owner(upload.account)),
        "Owner": call.owner(upload.account),
        "StorageClass": upload.storage_class,
        "ChecksumAlgorithm": upload.checksum_algorithm,
        "ChecksumType": upload.checksum_type,
        **lifecycle.abort_of(call.uow, call.settings, call.bucket, call.key, upload.initiated),
    }


def _listed_part(upload: Upload, part: Part) -> dict[str, Any]:
    shown = {"PartNumber": part.number, "LastModified": part.modified, "ETag": f'"{part.etag}"', "Size": part.size}
    return shown | (_shown(upload, part.checksum) if upload.checksum_algorithm else {})


def initiator(upload: Upload, owner: dict[str, str]) -> dict[str, str]:
    """Who began an upload: an account as owners are shown, a user or a role by its ARN."""
    if not upload.initiator or upload.initiator.endswith(":root"):
        return owner
    return {"ID": upload.initiator, "DisplayName": upload.initiator.rpartition("/")[2]}


def _shown(upload: Upload, checksum: str | None) -> dict[str, Any]:
    return {storing.CHECKSUMS[upload.checksum_algorithm]: checksum} if upload.checksum_algorithm else {}


def _sealed(upload: Upload) -> Sealed | None:
    return Sealed.from_json(upload.encryption) if upload.encryption else None
