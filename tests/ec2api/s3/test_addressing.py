"""Buckets and keys out of hosts and paths."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import InvalidBucketName, InvalidURI, KeyTooLong
from ec2api.s3.addressing import Address, address, is_control

DOMAINS = ("Example.com", "cloud.example.com")
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda key: len(key.encode()) <= 1024)


def placed(host: str, path: str = "/") -> tuple[str | None, str | None, bool]:
    found = address(host, path, DOMAINS)
    return found.bucket, found.key, found.virtual


@pytest.mark.parametrize(
    "host",
    [
        *("", "127.0.0.1", "127.0.0.1:8788", "[::1]:8788", "::1", "10.0.0.1:80", "localhost", "localhost:8788"),
        *("s3.localhost", "example.com", "EXAMPLE.com:443", "s3.example.com", "cloud.example.com", "example.com."),
        *("other.org", "bucket.other.org", "notexample.com", "s3.cloud.example.com"),
    ],
)
def test_a_host_without_a_bucket(host: str) -> None:
    assert placed(host) == (None, None, False)
    assert placed(host, "") == (None, None, False)
    assert placed(host, "/bucket") == ("bucket", None, False)
    assert placed(host, "/bucket/") == ("bucket", None, False)
    assert placed(host, "/bucket/a/b") == ("bucket", "a/b", False)


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("bucket.localhost:8788", "bucket"),
        ("Bucket.s3.localhost", "bucket"),
        ("a.b.example.com", "a.b"),
        ("bucket.s3.example.com:443", "bucket"),
        ("bucket.cloud.example.com", "bucket"),
        ("a.b.s3.cloud.example.com.", "a.b"),
        ("s3.s3.localhost", "s3"),
    ],
)
def test_a_host_with_a_bucket(host: str, bucket: str) -> None:
    assert placed(host) == (bucket, None, True)
    assert placed(host, "/other/key") == (bucket, "other/key", True)


@pytest.mark.parametrize(
    "host",
    [
        *("a.b.s3-website.example.com", "a.b.s3-website-eu-west-1.example.com:80"),
        *("a.b.s3-website.us-east-1.example.com", "a.b.s3-website.localhost"),
    ],
)
def test_the_host_of_a_website(host: str) -> None:
    assert address(host, "/index.html", DOMAINS) == Address("a.b", "index.html", True, "index.html", website=True)
    assert not address("my-s3-website-1.example.com", "/", DOMAINS).website


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("a+b", "a+b"),
        ("a%2Fb%2fc", "a/b/c"),
        ("a%252Fb", "a%2Fb"),
        ("/a//b/", "/a//b/"),
        ("../../etc/passwd", "../../etc/passwd"),
        (".", "."),
        ("%00%3F%23%25", "\0?#%"),
        ("%C3%A9", "é"),
        ("\xc3\xa9", "é"),
        ("a;b=c&d:e@f", "a;b=c&d:e@f"),
    ],
)
def test_a_key_is_decoded_once(raw: str, key: str) -> None:
    assert address("127.0.0.1", f"/bucket/{raw}", ()) == Address("bucket", key, False, raw)
    assert address("bucket.localhost", f"/{raw}", ()) == Address("bucket", key, True, raw)


@given(KEYS)
def test_any_key(key: str) -> None:
    assert address("bucket.localhost", f"/{quote(key, safe='')}", ()).key == key
    assert address("127.0.0.1", f"/bucket/{quote(key)}", ()).key == key


@pytest.mark.parametrize("raw", ["%", "a%2", "%zz", "%C3", "%FF", "%ED%A0%80", "\xe9", "\u20ac", "%u20ac"])
def test_what_is_no_utf8(raw: str) -> None:
    for path in (f"/bucket/{raw}", f"/{raw}/key"):
        with pytest.raises(InvalidURI):
            address("127.0.0.1", path, ())


def test_a_key_can_be_too_long() -> None:
    assert address("127.0.0.1", f"/bucket/{'%C3%A9' * 512}", ()).key == "é" * 512
    with pytest.raises(KeyTooLong) as caught:
        address("127.0.0.1", f"/bucket/{'%C3%A9' * 512}a", ())
    assert caught.value.details == {"Size": "1025", "MaxSizeAllowed": "1024"}


def test_an_empty_name_is_no_bucket() -> None:
    for path in ("//", "//key"):
        with pytest.raises(InvalidBucketName):
            address("127.0.0.1", path, ())
    assert address("bucket.localhost", "//key", ()).key == "/key"


@given(st.text(), st.text())
def test_anything_is_an_address_or_refused(host: str, path: str) -> None:
    try:
        address(host, path, DOMAINS)
    except (InvalidURI, KeyTooLong, InvalidBucketName) as fault:
        assert fault.status == 400


def test_s3_control_is_known_by_its_paths() -> None:
    path = "/v20180820/tags/arn"
    for host in ("127.0.0.1:8788", "localhost", "000000000000.localhost:8788", "000000000000.s3-control.example.com"):
        assert is_control(host, path, DOMAINS), host
    assert is_control("s3-control.us-east-1.example.com", path, DOMAINS)
    assert not is_control("bucket.localhost", path)
    assert not is_control("127.0.0.1", "/v20180820")
    assert not is_control("127.0.0.1", "/bucket/v20180820/")
