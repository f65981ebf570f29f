"""Cross-origin requests: the rules of a bucket, a browser's question beforehand, and the headers of answers.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.cloud import Cloud
from backend.db.models import Bucket
from backend.s3 import buckets, cors
from ec2api.registry import action
from ec2api.s3.call import S3Call
from ec2api.s3.output import Answer
from ec2api.s3.request import Request

_NOT_ENABLED = "CORS is not enabled for this bucket."
_NOT_ALLOWED = (
    "This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)
_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


@action(service="s3")
def put_bucket_cors(call: S3Call, *, cors_configuration: Mapping[str, Any]) -> None:
    cors.check(cors_configuration)
    buckets.configure(call.uow, call.bucket, cors.KIND, dict(cors_configuration))


@action(service="s3", reads=True)
def get_bucket_cors(call: S3Call) -> dict[str, Any]:
    return buckets.required(call.uow, call.bucket, cors.KIND, errors.NoSuchCORSConfiguration)


@action(service="s3")
def delete_bucket_cors(call: S3Call) -> None:
    buckets.unconfigure(call.uow, call.bucket, cors.KIND)


def preflight(cloud: Cloud, request: Request) -> Answer:
    """What a browser is told that asks whether it may send a request; nobody signs that.

    BadRequest for what is no such question, AccessForbidden, NoSuchBucket.
    """
    origin = request.headers.get("origin")
    if not origin:
        raise errors.BadRequest(reason="Insufficient information. Origin request header needed.")
    method = request.headers.get("access-control-request-method")
    if method not in cors.METHODS:
        raise errors.BadRequest(reason=f"Invalid Access-Control-Request-Method: {method or 'null'}")
    headers = [
        name.strip().lower()
        for name in request.headers.get("access-control-request-headers", "").split(",")
        if name.strip()
    ]
    kind = "OBJECT" if request.address.key is not None else "BUCKET"
    rules = _rules(cloud, request)
    if not rules:
        raise errors.AccessForbidden(reason=_NOT_ENABLED, method=method, kind=kind)
    found = cors.match(rules, origin, method, headers)
    if found is None:
        raise errors.AccessForbidden(reason=_NOT_ALLOWED, method=method, kind=kind)
    answer = Answer(200, _headers(*found, origin))
    if headers:
        answer.headers["Access-Control-Allow-Headers"] = ", ".join(headers)
    return answer


def headers(cloud: Cloud, request: Request) -> Mapping[str, str]:
    """What lets a page of another origin read an answer, be it an error; none where no rule does."""
    origin = request.headers.get("origin")
    if not origin or request.method == "OPTIONS":
        return {}
    try:
        rules = _rules(cloud, request) if request.address.bucket is not None else ()
    except errors.CloudError:  # of what cannot be read, or is not there
        return {}
    # A browser does not send this header with a request itself. S3 goes by it all the same.
    found = cors.match(rules, origin, request.headers.get("access-control-request-method", request.method))
    return _headers(*found, origin) if found else {}


def _rules(cloud: Cloud, request: Request) -> Any:
    """Those of the request's bucket. NoSuchBucket."""
    if request.bucket is not None and cors.KIND not in request.bucket.configured:
        return ()
    with cloud.unit_of_work("", cloud.settings.default_region, write=False) as uow:
        bucket: Bucket = request.bucket or buckets.require(uow, request.address.bucket or "")
        return cors.rules(uow, bucket)


def _headers(rule: cors.Rule, allowed: str, origin: str) -> dict[str, str]:
    found = {
        "Access-Control-Allow-Origin": "*" if allowed == "*" else origin,
        "Access-Control-Allow-Methods": ", ".join(rule["AllowedMethods"]),
        "Vary": _VARY,
    }
    if allowed != "*":
        found["Access-Control-Allow-Credentials"] = "true"
    if exposed := rule.get("ExposeHeaders"):
        found["Access-Control-Expose-Headers"] = ", ".join(exposed)
    if (seconds := rule.get("MaxAgeSeconds")) is not None:
        found["Access-Control-Max-Age"] = str(seconds)
    return found
