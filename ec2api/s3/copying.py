"""The action that copies an object within this cloud.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from backend import errors
from backend.db.models import ObjectVersion
from backend.s3 import access, checksums, encryption_headers, lifecycle, objects
from backend.s3.bodies import Body
from backend.s3.encryption import Sealed
from backend.s3.objects import Attributes
from ec2api.registry import action
from ec2api.s3 import attributes, copy_source, storing
from ec2api.s3.call import S3Call
from ec2api.s3.copy_source import Origin
from ec2api.s3.objects import shown_checksum, version_id_of, write_condition

LIMIT = 5 * 2**30
_DIRECTIVES = ("COPY", "REPLACE")


def _copied(call: S3Call, parameters: Mapping[str, Any]) -> Callable[[], tuple[Origin, Attributes, Body]]:
    """Gives the source, and the attributes and bytes of the new object."""
    metadata = _directive(parameters, "MetadataDirective", "x-amz-metadata-directive")
    tagging = _directive(parameters, "TaggingDirective", "x-amz-tagging-directive")
    origin = copy_source.find(call, tags=tagging == "COPY")
    _check_change(call, origin, metadata)
    if origin.version.size > LIMIT:
        reason = f"The specified copy source is larger than the maximum allowable size for a copy source: {LIMIT}"
        raise errors.InvalidRequest(reason=reason)
    wanted = storing.choice(call)
    found = _inherited(attributes.of(call), origin.version, metadata, tagging)
    algorithm = parameters.get("ChecksumAlgorithm") or origin.version.checksum_algorithm or checksums.DEFAULT
    content = copy_source.content(call, origin, 0, origin.version.size)

    def stream() -> tuple[Origin, Attributes, Body]:
        with closing(content):
            body, _ = storing.from_bytes(call, content, wanted, algorithm=algorithm)
        return origin, found, body

    return stream


def _directive(parameters: Mapping[str, Any], name: str, header: str) -> str:
    chosen: str = parameters.get(name, "COPY")
    if chosen not in _DIRECTIVES:
        reason = f"Unknown {'metadata' if name == 'MetadataDirective' else 'tagging'} directive."
        raise errors.InvalidArgument(reason=reason, name=header, value=chosen)
    return chosen


def _inherited(found: Attributes, source: ObjectVersion, metadata: str, tagging: str) -> Attributes:
    """What the directives take from the source. Where a website redirects to is never copied."""
    if metadata == "COPY":
        kept = {name: value for name, value in source.headers.items() if name != "WebsiteRedirectLocation"}
        if redirect := found.headers.get("WebsiteRedirectLocation"):
            kept["WebsiteRedirectLocation"] = redirect
        found = replace(found, headers=kept, user_metadata=source.user_metadata)
    return replace(found, tags=source.tags) if tagging == "COPY" else found


def _check_change(call: S3Call, origin: Origin, metadata: str) -> None:
    """InvalidRequest for a copy onto itself that changes nothing."""
    same = origin.bucket.row == call.bucket.row and origin.version.key == call.key
    changes = ("StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSECustomerAlgorithm")
    if not same or metadata == "REPLACE" or any(name in call.parameters for name in changes):
        return
    if copy_source.parse(call.parameters["CopySource"])[2] is not None or "ChecksumAlgorithm" in call.parameters:
        return
    raise errors.InvalidRequest(
        reason="This copy request is illegal because it is trying to copy an object to itself without changing the "
        "object's metadata, storage class, website redirect location or encryption attributes."
    )


@action(
    service="s3",
    prepare=_copied,
    uses=attributes.USES
    | storing.ENCRYPTION
    | copy_source.USES
    | {"MetadataDirective", "TaggingDirective", "ChecksumAlgorithm"},
)
def copy_object(call: S3Call, *, if_match: str | None = None, if_none_match: str | None = None) -> dict[str, Any]:
    origin, found, body = call.prepared
    if found.tags:
        call.authorise(access.Action("s3:PutObjectTagging", "WRITE"), call.bucket, call.key)
    version = objects.put(call.uow, call.bucket, call.key, body, found, write_condition(if_match, if_none_match))
    call.note("ObjectCreated:Copy", version.key, version.version_id, version.size, version.etag)
    sealed = Sealed.from_json(version.sealed) if version.sealed else None
    return {
        "CopyObjectResult": {
            "ETag": f'"{version.etag}"',
            "LastModified": version.modified,
            **shown_checksum(version),
        },
        "Expiration": lifecycle.expiration_of(call.uow, call.settings, call.bucket, version),
        "CopySourceVersionId": origin.version_id,
        "VersionId": version_id_of(call, version),
        **encryption_headers.shown_written(sealed, storing.customer_key(call)),
    }
