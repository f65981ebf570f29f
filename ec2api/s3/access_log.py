"""Lines of the access logs of buckets, in S3's format.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
"""

from datetime import datetime
from ssl import SSLSocket
from urllib.parse import quote

from backend import clock, errors
from backend.db.models import Bucket
from backend.s3 import canonical_users
from ec2api.s3.output import Answer
from ec2api.s3.request import Request

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NONE = "-"
_PLAIN = "!#$%&'()*+,/:;<=>?@[]^`{|}~ "
"""What stands in quotes as it is: all but the quotes themselves, and what would end a line."""

# By the sub-resource: of objects, and of buckets where they are called otherwise.
_OBJECTS = {"legal-hold": "OBJECT_LOCK_LEGALHOLD", "retention": "OBJECT_LOCK_RETENTION", "tagging": "OBJECT_TAGGING"}
_BUCKETS = {
    "delete": "MULTI_OBJECT_DELETE",
    "intelligent-tiering": "INTELLIGENT_TIERING",
    "logging": "LOGGING_STATUS",
    "object-lock": "OBJECT_LOCK_CONFIGURATION",
    "ownershipControls": "OWNERSHIP_CONTROLS",
    "policy": "BUCKETPOLICY",
    "policyStatus": "POLICY_STATUS",
    "publicAccessBlock": "PUBLIC_ACCESS_BLOCK",
    "requestPayment": "REQUEST_PAYMENT",
    "versions": "BUCKETVERSIONS",
}
_SAME = frozenset(
    {
        *("accelerate", "acl", "analytics", "attributes", "cors", "encryption", "inventory", "lifecycle", "location"),
        *("metrics", "notification", "replication", "restore", "select", "torrent", "uploads", "versioning", "website"),
    }
)


def line(request: Request, bucket: Bucket, answer: Answer, seconds: float) -> str:
    """One line with its end. ``seconds``: from the request to the answer."""
    size = len(answer.body) if isinstance(answer.body, bytes) else answer.body.length
    headers, secured, signed = request.headers, _security(request), _authentication(request)
    milliseconds = str(int(seconds * 1000))
    fields = [
        canonical_users.canonical_id(bucket.account),
        bucket.name,
        _time(clock.now()),
        request.client,
        _requester(request),
        request.id,
        operation(request),
        quote(request.address.key, safe="/") if request.address.key is not None else _NONE,
        _quoted(f"{request.method} {request.raw_uri} {request.environ.get('SERVER_PROTOCOL', 'HTTP/1.1')}"),
        str(answer.status),
        answer.code or _NONE,
        str(size) if size and request.method != "HEAD" else _NONE,
        _object_size(request, answer) or _NONE,
        milliseconds,
        milliseconds,
        _quoted(headers.get("referer")),
        _quoted(headers.get("user-agent")),
        quote(answer.headers.get("x-amz-version-id") or _query(request).get("versionId") or _NONE),
        request.host_id,
        _version(request) if signed != _NONE else _NONE,
        secured[0],
        signed,
        quote(request.host, safe=":[]") or _NONE,
        secured[1],
        _NONE,  # the ARN of an access point
        _NONE,  # whether it took an ACL to be allowed
        _NONE,  # the region that it came from
    ]
    return " ".join(fields) + "\n"


def operation(request: Request) -> str:
    """REST.GET.OBJECT and the like."""
    method, names = request.method, _query(request).keys()
    if request.address.website:
        return f"WEBSITE.{method}.OBJECT"
    if method == "OPTIONS":
        return "REST.OPTIONS.PREFLIGHT"
    copied = method == "PUT" and "x-amz-copy-source" in request.headers
    method = "COPY" if copied else method
    if "uploadId" in names:
        return f"REST.{method}.{'PART' if 'partNumber' in names else 'UPLOAD'}"
    of_object = request.address.key is not None
    special = _OBJECTS if of_object else _BUCKETS
    for name in names:
        if name in special or name in _SAME:
            return f"REST.{method}.{special.get(name, name.upper())}"
    return f"REST.{method}.{'OBJECT' if of_object else 'BUCKET'}"


def _time(moment: datetime) -> str:
    return f"[{moment:%d}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M:%S} +0000]"


def _requester(request: Request) -> str:
    caller = request.caller
    if caller is None or not caller.account:
        return _NONE
    return canonical_users.canonical_id(caller.account) if caller.is_root else quote(caller.arn, safe=":/@=+,")


def _quoted(text: str | None) -> str:
    return f'"{quote(text.encode("latin-1", "replace"), safe=_PLAIN) if text else _NONE}"'


def _object_size(request: Request, answer: Answer) -> str:
    """Of the object that is read or written, in bytes; nothing where there is none."""
    if request.address.key is None or answer.status >= 300:
        return ""
    headers = answer.headers
    if "Content-Range" in headers:
        return headers["Content-Range"].rpartition("/")[2]
    if request.method in ("GET", "HEAD"):
        return headers.get("Content-Length", "")
    sent = request.headers
    return quote(sent.get("x-amz-decoded-content-length") or sent.get("content-length") or "") or ""


def _version(request: Request) -> str:
    return "SigV4" if "AWS4-HMAC" in (request.headers.get("authorization") or request.raw_uri) else "SigV2"


def _authentication(request: Request) -> str:
    if request.caller is None or not request.caller.access_key_id:
        return _NONE
    if "authorization" in request.headers:
        return "AuthHeader"
    return "QueryString" if _query(request) else _NONE


def _query(request: Request) -> dict[str, str]:
    """Empty for one that cannot be read, which visitors of websites may send."""
    try:
        return dict(request.query)
    except errors.CloudError:
        return {}


def _security(request: Request) -> tuple[str, str]:
    """The cipher suite and the version of TLS."""
    connection = request.environ.get("gunicorn.socket")
    if not isinstance(connection, SSLSocket) or (cipher := connection.cipher()) is None:
        return _NONE, _NONE
    return cipher[0], cipher[1]
