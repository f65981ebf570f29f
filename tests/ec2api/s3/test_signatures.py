"""Signatures of S3: every path and query as botocore signs and sends them, and each refusal in S3's words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from backend import clock, errors
from ec2api import sigv4

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
STAMP = "20261122T103056Z"
NOW = datetime(2026, 11, 22, 10, 30, 56)


def signed(
    target: str, *, headers: Mapping[str, str] | None = None, expires: int | None = None, method: str = "PUT"
) -> dict[str, Any]:
    """What arrives of a request for ``target`` that botocore signed: the arguments of ``verify``."""
    request = AWSRequest(method=method, url=f"http://127.0.0.1:8788{target}", headers=dict(headers or {}))
    request.data = b"x" if expires is None else b""
    credentials = Credentials("AKIDEXAMPLE", SECRET)
    if expires is None:
        S3SigV4Auth(credentials, "s3", "eu-west-1").add_auth(request)
    else:
        S3SigV4QueryAuth(credentials, "s3", "eu-west-1", expires=expires).add_auth(request)
    arrived = {name.lower(): value for name, value in request.headers.items()}
    sent = urlsplit(request.url)
    raw_uri = request.url.partition(sent.netloc)[2]
    return {"method": method, "raw_uri": raw_uri, "headers": {**arrived, "host": sent.netloc}, "payload_hash": None}


def verify(request: dict[str, Any], now: datetime | None = None, secret: str = SECRET) -> sigv4.Signature:
    signature = sigv4.read(request["method"], request["raw_uri"], request["headers"], service="s3")
    assert signature is not None
    sigv4.verify(signature, secret, **request, now=now or clock.now())
    return signature


def refusal(request: dict[str, Any], now: datetime | None = None, secret: str = SECRET) -> errors.CloudError:
    with pytest.raises(errors.CloudError) as caught:
        verify(request, now, secret)
    return caught.value


PATHS = [
    "/",
    "/bucket",
    "/bucket/",
    "/bucket//a//b/",
    "/bucket/../a/./b/..",
    "/bucket/a%2Fb",
    "/bucket/a%2Bb%20c",
    "/bucket/%C3%A9%E2%82%AC",
    "/bucket/~-._%21%24%26%27%28%29%2A%2C%3B%3D%3A%40",
    "/bucket/%25%3F%23",
    "/bucket?acl",
    "/bucket?acl=",
    "/bucket?prefix=a%20b&delimiter=%2F&marker=",
    "/bucket/key?uploadId=a%2Bb%3D&partNumber=2",
    "/bucket/key?versionId=null&response-content-type=a%2Fb",
]


@pytest.mark.parametrize("path", PATHS)
def test_paths_and_queries(path: str) -> None:
    verify(signed(path))
    verify(signed(path, expires=60))


segments = st.lists(st.sampled_from(["", ".", "..", "a", "%2F", "%20", "%2B", "%C3%A9", "~", "%00", "%25"]), max_size=5)


@given(segments, st.none() | st.integers(1, sigv4.WEEK_SECONDS))
def test_any_path(path: list[str], expires: int | None) -> None:
    target = "/bucket/" + "/".join(path)
    request = signed(target, expires=expires)
    assert request["raw_uri"].startswith(target)
    verify(request)
    assert refusal({**request, "raw_uri": request["raw_uri"].replace("/bucket/", "/bucket//")}).status == 403


def test_only_the_host_and_the_headers_of_aws_must_be_signed() -> None:
    request = signed("/bucket/key", headers={"x-amz-meta-a": "b"})
    extra = {"content-type": "text/plain", "content-md5": "AAAA", "range": "bytes=0-1", "if-match": "*"}
    verify({**request, "headers": {**request["headers"], **extra}})
    fault = refusal({**request, "headers": {**request["headers"], "x-amz-acl": "private", "x-amz-meta-b": "c"}})
    assert (fault.code, fault.status) == ("AccessDenied", 403)
    assert fault.details == {"HeadersNotSigned": "x-amz-acl, x-amz-meta-b"}
    presigned = signed("/bucket/key", expires=60)
    assert refusal({**presigned, "headers": {**presigned["headers"], "x-amz-acl": "private"}}).code == "AccessDenied"


def test_what_a_mismatch_tells() -> None:
    request = signed("/bucket/key?acl")
    fault = refusal(request, secret="other")
    assert (fault.code, fault.status) == ("SignatureDoesNotMatch", 403)
    details = fault.details
    assert details["AWSAccessKeyId"] == "AKIDEXAMPLE"
    assert details["CanonicalRequest"].startswith("PUT\n/bucket/key\nacl=\nhost:127.0.0.1:8788\n")
    assert details["StringToSign"].endswith(sha256(details["CanonicalRequest"].encode()).hexdigest())
    assert bytes.fromhex(details["StringToSignBytes"]).decode() == details["StringToSign"]
    assert bytes.fromhex(details["CanonicalRequestBytes"]).decode() == details["CanonicalRequest"]
    assert details["SignatureProvided"] in request["headers"]["authorization"]


def test_the_clock() -> None:
    request = signed("/bucket")
    later = clock.now() + timedelta(minutes=16)
    fault = refusal(request, later)
    assert (fault.code, fault.status) == ("RequestTimeTooSkewed", 403)
    assert fault.details == {
        "RequestTime": request["headers"]["x-amz-date"],
        "ServerTime": later.isoformat(timespec="seconds") + "Z",
        "MaxAllowedSkewMilliseconds": "900000",
    }
    presigned = signed("/bucket", expires=60)
    fault = refusal(presigned, later)
    assert (fault.code, fault.status, fault.message) == ("AccessDenied", 403, "Request has expired")
    assert fault.details["X-Amz-Expires"] == "60"
    assert fault.details["ServerTime"] == later.isoformat(timespec="seconds") + "Z"
    fault = refusal(presigned, clock.now() - timedelta(minutes=16))
    assert (fault.code, fault.message) == ("AccessDenied", "Request is not valid yet")


def test_what_a_presigned_query_states_of_the_body() -> None:
    assert verify(signed("/bucket/key", expires=60)).content_hash is None
    request = signed("/bucket/key", expires=60)
    stated = sigv4.read("PUT", f"{request['raw_uri']}&X-Amz-Content-Sha256={'a' * 64}", request["headers"])
    assert stated is not None
    assert stated.content_hash == "a" * 64


GOOD = "AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    ("authorization", "date", "code", "status", "text"),
    [
        ("AWS AKID:frJIUN8DYpKDtOLCwo//yllqDzg=", STAMP, "InvalidRequest", 400, "Please use AWS4-HMAC-SHA256."),
        ("AWS HAHAHA", STAMP, "InvalidRequest", 400, "The authorization mechanism you have provided is not supported."),
        ("Basic dTpw", STAMP, "InvalidArgument", 400, "Unsupported Authorization Type"),
        ("", STAMP, "InvalidArgument", 400, "Unsupported Authorization Type"),
        ("AWS4-HMAC-SHA256", STAMP, "AuthorizationHeaderMalformed", 400, "requires three components"),
        ("AWS4-HMAC-SHA256 Signature=0", STAMP, "AuthorizationHeaderMalformed", 400, "requires three components"),
        (GOOD, None, "AccessDenied", 403, "requires a valid Date or x-amz-date header"),
        (GOOD, "yesterday", "AccessDenied", 403, "requires a valid Date or x-amz-date header"),
        (
            GOOD.replace("/s3", ""),
            STAMP,
            "AuthorizationHeaderMalformed",
            400,
            "the Credential is mal-formed; expecting",
        ),
        (GOOD.replace("4_", "5_"), STAMP, "AuthorizationHeaderMalformed", 400, 'incorrect terminal "aws5_request"'),
        (GOOD.replace("20261122", "today"), STAMP, "AuthorizationHeaderMalformed", 400, 'date format "today"'),
        (GOOD.replace("20261122", "20261121"), STAMP, "AuthorizationHeaderMalformed", 400, "Invalid credential date"),
    ],
)
def test_headers_that_sign_nothing(authorization: str, date: str | None, code: str, status: int, text: str) -> None:
    headers = {"host": "x", "authorization": authorization} | ({"x-amz-date": date} if date else {})
    fault = refusal({"method": "GET", "raw_uri": "/", "headers": headers, "payload_hash": None}, NOW)
    assert (fault.code, fault.status) == (code, status)
    assert text in fault.message


QUERY = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKID/20261122/us-east-1/s3/aws4_request",
    "X-Amz-Date": STAMP,
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "0",
}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        *(
            ({name: ""}, "Query-string authentication version 4 requires the X-Amz-Algorithm, ")
            for name in QUERY
            if name != "X-Amz-Expires"
        ),
        ({"X-Amz-Algorithm": "HMAC"}, 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"'),
        ({"X-Amz-Date": "2026"}, "X-Amz-Date must be in the ISO8601 Long Format"),
        (
            {"X-Amz-Credential": "AKID/s3/aws4_request"},
            "Error parsing the X-Amz-Credential parameter; the Credential is",
        ),
        ({"X-Amz-Expires": "604801"}, "X-Amz-Expires must be less than a week"),
        ({"X-Amz-Expires": "-1"}, "X-Amz-Expires must be non-negative"),
        ({"X-Amz-Expires": ""}, "X-Amz-Expires should be a number"),
    ],
)
def test_queries_that_sign_nothing(changes: dict[str, str], text: str) -> None:
    raw_uri = "/?" + "&".join(f"{name}={value}" for name, value in (QUERY | changes).items())
    fault = refusal({"method": "GET", "raw_uri": raw_uri, "headers": {"host": "x"}, "payload_hash": None}, NOW)
    assert (fault.code, fault.status) == ("AuthorizationQueryParametersError", 400)
    assert text in fault.message


def test_one_mechanism_at_a_time() -> None:
    header, query = signed("/bucket"), signed("/bucket", expires=60)
    fault = refusal({**query, "headers": header["headers"]})
    assert (fault.code, fault.status) == ("InvalidArgument", 400)
    assert fault.message.startswith("Only one auth mechanism allowed; ")
    assert fault.details["ArgumentName"] == "Authorization"
