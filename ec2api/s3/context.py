"""The condition keys of a request, for the policies that look at them.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys. What is of
the bucket or of the object that is there ``backend.s3.access`` adds, and evaluation what is of the caller and the time.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from ssl import SSLSocket
from typing import Any
from urllib.parse import parse_qsl, unquote

from backend import clock
from ec2api import sigv4
from ec2api.caller import Caller, RequestFacts
from ec2api.s3.request import Request

Facts = dict[str, str | Sequence[str]]

_OF_PARAMETERS = {
    "ACL": "s3:x-amz-acl",
    "Delimiter": "s3:delimiter",
    "GrantFullControl": "s3:x-amz-grant-full-control",
    "GrantRead": "s3:x-amz-grant-read",
    "GrantReadACP": "s3:x-amz-grant-read-acp",
    "GrantWrite": "s3:x-amz-grant-write",
    "GrantWriteACP": "s3:x-amz-grant-write-acp",
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    "MaxKeys": "s3:max-keys",
    "MetadataDirective": "s3:x-amz-metadata-directive",
    "ObjectLockLegalHoldStatus": "s3:object-lock-legal-hold",
    "ObjectLockMode": "s3:object-lock-mode",
    "ObjectOwnership": "s3:x-amz-object-ownership",
    "Prefix": "s3:prefix",
    "SSECustomerAlgorithm": "s3:x-amz-server-side-encryption-customer-algorithm",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "StorageClass": "s3:x-amz-storage-class",
    "VersionId": "s3:versionid",
    "WebsiteRedirectLocation": "s3:x-amz-website-redirect-location",
}
_SIGNATURES = ("x-amz-signature", "signature")
"""What a query is signed with, by version 4 and by version 2."""
_MILLISECONDS = 1000


def of(request: Request, caller: Caller, parameters: Mapping[str, Any]) -> Facts:
    """By the names of the keys. ``parameters``: by AWS's names."""
    facts = RequestFacts(request.method, request.raw_uri, request.headers, None, request.client, request.secure)
    found: Facts = dict(facts.context(caller.region, temporary=caller.temporary))
    found |= {key: str(parameters[name]) for name, key in _OF_PARAMETERS.items() if name in parameters}
    if payload := request.headers.get("x-amz-content-sha256"):
        found["s3:x-amz-content-sha256"] = payload
    if caller.access_key_id:
        found |= _of_signature(request)
    if version := _tls_version(request):
        found["s3:TlsVersion"] = version
    return found | _of_copy(parameters) | _of_lock(parameters) | _of_tags(parameters) | _of_new_bucket(parameters)


def _of_signature(request: Request) -> Facts:
    """How a request is signed, and of a presigned one how long ago."""
    signed = "authorization" in request.headers
    query = {} if signed else {name.lower(): value for name, value in request.query}
    way = "REST-HEADER" if signed else "POST"
    if not query.keys().isdisjoint(_SIGNATURES):
        way = "REST-QUERY-STRING"
    version_2 = "signature" in query
    found: Facts = {"s3:authType": way, "s3:signatureversion": "AWS" if version_2 else sigv4.ALGORITHM}
    try:
        made = datetime.strptime(query.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return found
    age = clock.now().replace(tzinfo=UTC) - made
    return found | {"s3:signatureAge": str(int(age.total_seconds() * _MILLISECONDS))}


def _tls_version(request: Request) -> str | None:
    """Of the connection that the server took the request from: "1.3"."""
    connection = request.environ.get("gunicorn.socket")
    version = connection.version() if isinstance(connection, SSLSocket) else None
    return version.removeprefix("TLSv") if version else None


def _of_copy(parameters: Mapping[str, Any]) -> Facts:
    """The source of a copy as bucket and key, without its version."""
    source = parameters.get("CopySource")
    if source is None:
        return {}
    return {"s3:x-amz-copy-source": unquote(source.partition("?versionId=")[0]).removeprefix("/")}


def _of_lock(parameters: Mapping[str, Any]) -> Facts:
    """What is asked of an object's lock, in headers or in the documents of its retention and legal hold."""
    retention = parameters.get("Retention") or {}
    found: Facts = {}
    if mode := retention.get("Mode"):
        found["s3:object-lock-mode"] = mode
    if hold := (parameters.get("LegalHold") or {}).get("Status"):
        found["s3:object-lock-legal-hold"] = hold
    until = parameters.get("ObjectLockRetainUntilDate") or retention.get("RetainUntilDate")
    if until is None:
        return found
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    days = (until - clock.now().replace(tzinfo=UTC)).days
    found["s3:object-lock-retain-until-date"] = until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return found | {"s3:object-lock-remaining-retention-days": str(days)}


def _of_tags(parameters: Mapping[str, Any]) -> Facts:
    """The tags that a request would give an object, in a header written like a query or in a document."""
    given = parameters.get("Tagging")
    if isinstance(given, str):
        return _request_tags(parse_qsl(given, keep_blank_values=True))
    tags = (given or {}).get("TagSet", ())
    return _request_tags((tag.get("Key", ""), tag.get("Value", "")) for tag in tags)


def _request_tags(tags: Iterable[tuple[str, str]]) -> Facts:
    values = dict(tags)
    found: Facts = {f"s3:RequestObjectTag/{key}": value for key, value in values.items()}
    return found | {"s3:RequestObjectTagKeys": tuple(values)} if values else found


def _of_new_bucket(parameters: Mapping[str, Any]) -> Facts:
    wanted = parameters.get("CreateBucketConfiguration") or {}
    constraint = wanted.get("LocationConstraint")
    return {"s3:locationconstraint": constraint} if constraint else {}
