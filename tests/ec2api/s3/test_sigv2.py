"""Presigned URLs of version 2: the documentation's example, botocore's own, and every refusal."""

import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from backend import clock, errors
from ec2api import sigv2

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def presigned(
    target: str, *, method: str = "GET", headers: dict[str, str] | None = None, token: str | None = None
) -> dict[str, Any]:
    """What arrives of a request that botocore presigned for an hour: the arguments of ``verify``."""
    request = AWSRequest(method=method, url=f"http://127.0.0.1:8788{target}", headers=headers or {})
    HmacV1QueryAuth(Credentials("AKIDEXAMPLE", SECRET, token), expires=3600).add_auth(request)
    raw_uri = request.url.partition("8788")[2]
    sent = {"host": "127.0.0.1:8788"}
    return {"method": method, "raw_uri": raw_uri, "resource": urlsplit(request.url).path, "headers": sent}


def verify(request: dict[str, Any], now: datetime | None = None, secret: str = SECRET) -> None:
    signature = sigv2.read(request["raw_uri"])
    assert signature is not None
    sigv2.verify(signature, secret, **request, now=now or clock.now())


def test_the_example_of_the_documentation() -> None:
    raw_uri = (
        "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE"
        "&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620"
    )
    request = {
        "method": "GET",
        "raw_uri": raw_uri,
        "resource": "/johnsmith/photos/puppy.jpg",
        "headers": {"host": "johnsmith.s3.amazonaws.com"},
    }
    verify(request, datetime(2007, 3, 29, 3, 40))


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/bucket",
        "/bucket//a/../b%2Fc",
        "/bucket/a%20b%2B%C3%A9",
        "/bucket?acl",
        "/bucket/key?versionId=null&response-content-type=text%2Fplain",
        "/bucket/key?uploadId=a%2Bb%3D&partNumber=2",
        "/bucket?prefix=a&delimiter=%2F",
    ],
)
@pytest.mark.parametrize("token", [None, "a/session+token=="])
def test_what_botocore_presigns(target: str, token: str | None) -> None:
    request = presigned(target, token=token)
    signature = sigv2.read(request["raw_uri"])
    assert signature is not None
    assert (signature.scope.access_key_id, signature.scope.region, signature.session_token) == (
        "AKIDEXAMPLE",
        "",
        token,
    )
    verify(request)
    for change in ({"method": "PUT"}, {"resource": "/bucket/other"}, {"headers": {"content-type": "text/plain"}}):
        with pytest.raises(errors.SignatureDoesNotMatchS3):
            verify({**request, **change})


def test_headers_in_the_query() -> None:
    headers = {"Content-Type": "text/plain", "x-amz-meta-a": "b c", "Content-MD5": "AAAA"}
    request = presigned("/bucket/key", method="PUT", headers=headers)
    assert "x-amz-meta-a=b%20c" in request["raw_uri"]
    verify(request)
    sent = {name.lower(): value for name, value in headers.items()}
    verify({**request, "headers": sent})
    with pytest.raises(errors.SignatureDoesNotMatchS3):
        verify({**request, "headers": {**sent, "x-amz-meta-a": "other"}})


def test_what_a_mismatch_tells() -> None:
    with pytest.raises(errors.SignatureDoesNotMatchS3) as caught:
        verify(presigned("/bucket?acl"), secret="other")
    assert caught.value.details["StringToSign"].startswith("GET\n\n\n")
    assert caught.value.details["StringToSign"].endswith("\n/bucket?acl")
    assert caught.value.details["AWSAccessKeyId"] == "AKIDEXAMPLE"


def test_expiry() -> None:
    request = presigned("/bucket")
    verify(request, clock.now() + timedelta(minutes=59))
    with pytest.raises(errors.RequestHasExpired) as caught:
        verify(request, clock.now() + timedelta(minutes=61))
    assert (caught.value.code, caught.value.status, caught.value.message) == (
        "AccessDenied",
        403,
        "Request has expired",
    )
    assert caught.value.details.keys() == {"Expires", "ServerTime"}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("AWSAccessKeyId=AKID&Signature=abc%3D", "requires the Signature, Expires and AWSAccessKeyId parameters"),
        ("AWSAccessKeyId=AKID&Signature=abc%3D&Expires=soon", "Invalid date (should be seconds since epoch): soon"),
        ("AWSAccessKeyId=AKID&Signature=abc%3D&Expires=-1", "Invalid date"),
        (f"AWSAccessKeyId=AKID&Signature=abc%3D&Expires={'9' * 5000}", "Invalid date"),
        (f"AWSAccessKeyId=AKID&Signature=abc%3D&Expires={quote('٣')}", "Invalid date"),
    ],
)
def test_queries_that_are_not_whole(query: str, text: str) -> None:
    with pytest.raises(errors.CloudError) as caught:
        sigv2.read(f"/bucket/key?{query}")
    assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)
    assert text in caught.value.message


def test_what_is_not_signed() -> None:
    assert sigv2.read("/bucket/key") is None
    assert sigv2.read("/bucket/key?Signature=of-somebody") is None
    assert sigv2.read("/bucket/key?X-Amz-Signature=0&AWSAccessKeyId=AKID") is None


@pytest.mark.parametrize("text", ["", "é", "\x00", "a" * 1000])
def test_any_signature_is_compared(text: str) -> None:
    raw_uri = f"/?AWSAccessKeyId=AKID&Expires={int(time.time()) + 99}&Signature={quote(text)}"
    request = {"method": "GET", "raw_uri": raw_uri, "resource": "/", "headers": {}}
    with pytest.raises(errors.SignatureDoesNotMatchS3):
        verify(request)
