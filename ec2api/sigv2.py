"""Signature Version 2 in the queries of presigned URLs, which boto3 makes unless it is told otherwise. S3's alone.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html#RESTAuthenticationQueryStringAuth. Its
``Signature`` has a scope without date and region, and expires so many seconds after 1970.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta

from backend import errors
from ec2api import signature_refusals as refusals
from ec2api.canonical_request import query_parameters
from ec2api.sigv4 import Scope, Signature

_KEY, _SIGNATURE, _EXPIRES = "AWSAccessKeyId", "Signature", "Expires"
_EPOCH = datetime(1970, 1, 1)
_SIGNED_PARAMETERS = frozenset((
    "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle",
    "location", "logging", "metrics", "notification", "object-lock", "partNumber",
    "policy", "replication", "requestPayment", "response-cache-control",
    "response-content-disposition", "response-content-encoding", "response-content-language",
    "response-content-type", "response-expires", "restore", "select", "select-type", "storageClass",
    "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
))  # fmt: skip
"""The parameters of a query that are part of the resource."""


def read(raw_uri: str) -> Signature | None:
    """The signature in a query, which is not verified yet; None without one. AccessDenied where it is not whole."""
    query = query_parameters(raw_uri) if f"{_SIGNATURE}=" in raw_uri else {}
    if _KEY not in query or _SIGNATURE not in query:
        return None
    expires = query.get(_EXPIRES, "")
    if not expires:
        reason = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        raise errors.AccessDenied(reason=reason)
    if not (expires.isascii() and expires.isdigit() and len(expires) < 12):
        raise errors.AccessDenied(reason=f"Invalid date (should be seconds since epoch): {expires}")
    scope = Scope(query[_KEY], "", "", "s3")
    token = query.get("x-amz-security-token")
    return Signature(scope, (), query[_SIGNATURE], "19700101T000000Z", int(expires), token, presigned=True)


def verify(
    signature: Signature,
    secret: str,
    *,
    method: str,
    raw_uri: str,
    resource: str,
    headers: Mapping[str, str],
    now: datetime,
) -> None:
    """Raise the refusal unless ``secret`` made ``signature`` over this request, and in time.

    ``resource``: the bucket and the key as they were sent, undecoded, with a slash before each.
    """
    until = _EPOCH + timedelta(seconds=signature.expires or 0)
    if now > until:
        raise errors.RequestHasExpired(
            expires=until.isoformat() + "Z", server_time=now.isoformat(timespec="seconds") + "Z"
        )
    to_sign = _to_sign(method, query_parameters(raw_uri), resource, headers, signature.expires)
    expected = b64encode(
        hmac.digest(secret.encode("utf-8", "surrogatepass"), to_sign.encode("latin-1", "replace"), "sha1")
    )
    if not hmac.compare_digest(expected, signature.signature.encode("latin-1", "replace")):
        raise refusals.mismatch(
            "s3",
            access_key_id=signature.scope.access_key_id,
            string_to_sign=to_sign,
            signature=signature.signature,
            string_to_sign_bytes=refusals.in_hexadecimal(to_sign),
        )


def _to_sign(
    method: str, query: Mapping[str, str], resource: str, headers: Mapping[str, str], expires: int | None
) -> str:
    # What a URL brings in its query instead of a header is signed as if it were one.
    given = {name.lower(): value for name, value in query.items()} | dict(headers)
    amz = [f"{name}:{given[name].strip()}" for name in sorted(given) if name.startswith("x-amz-")]
    signed = [
        f"{name}={value}" if value else name for name, value in sorted(query.items()) if name in _SIGNED_PARAMETERS
    ]
    about = f"{resource}?{'&'.join(signed)}" if signed else resource
    md5, kind = given.get("content-md5", ""), given.get("content-type", "")
    return "\n".join((method, md5, kind, str(expires), *amz, about))
