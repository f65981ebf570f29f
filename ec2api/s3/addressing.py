"""Which bucket and key a request is about, by its host and path.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote_to_bytes

from backend.errors import InvalidBucketName, InvalidURI, KeyTooLong

KEY_LIMIT = 1024
"""Bytes of a key in UTF-8."""

_ALWAYS = ("localhost",)
_PORT = re.compile(r":[0-9]*$")
_WEBSITE = re.compile(r"(?:(.+)\.)?s3-website(?:[.-][a-z0-9-]+)?")
_CONTROL_HOST = re.compile(r"[0-9]{12}|(?:.+\.)?s3-control(?:\..+)?")
_CONTROL_PATH = "/v20180820/"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Address:
    """``raw_key``: as the path has it, before decoding. ``virtual``: the bucket stands in the host.
    ``website``: the host is one of a bucket's website, and not of the API."""

    bucket: str | None
    key: str | None
    virtual: bool
    raw_key: str = ""
    website: bool = False


def address(host: str, raw_path: str, domains: Sequence[str]) -> Address:
    """The address of a request. ``raw_path``: as it was sent, without the query, each character one byte.

    Below each of the ``domains`` and ``localhost`` the first labels of a host are the bucket; a domain itself, the
    label ``s3`` before it, an IP address and any other name are hosts whose paths start with the bucket. A key is
    decoded once, and nothing else of it is changed. Raises InvalidURI, KeyTooLong and InvalidBucketName.
    """
    labels = _labels(host, domains)
    website = _WEBSITE.fullmatch(labels)
    bucket: str | None = website[1] if website else labels or None
    rest = raw_path.removeprefix("/")
    if bucket is None:
        raw_bucket, _, raw_key = rest.partition("/")
        if rest and not raw_bucket:
            raise InvalidBucketName(bucket="")
        found = _decoded(raw_bucket, raw_path) or None
        return Address(found, _key(raw_key, raw_path), False, raw_key, website is not None)
    return Address(bucket, _key(rest, raw_path), True, rest, website is not None)


def is_control(host: str, raw_path: str, domains: Sequence[str] = ()) -> bool:
    """Whether a request is one of S3 Control, whose paths all start with its version.

    A bucket of that name can only be addressed by its host.
    """
    if not raw_path.startswith(_CONTROL_PATH):
        return False
    labels = _labels(host, domains)
    return not labels or _CONTROL_HOST.fullmatch(labels) is not None


def _labels(host: str, domains: Sequence[str]) -> str:
    """What stands before the domain in a host's name; an empty text for a host that names no bucket."""
    name = _PORT.sub("", host.strip()).rstrip(".").lower()
    if _is_ip_address(name):
        return ""
    for domain in sorted({*_ALWAYS, *(domain.lower().strip(".") for domain in domains)}, key=len, reverse=True):
        for endpoint in (f"s3.{domain}", domain):
            if name == endpoint:
                return ""
            if name.endswith(f".{endpoint}"):
                return name.removesuffix(f".{endpoint}")
    return ""


def _is_ip_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _key(raw: str, raw_path: str) -> str | None:
    if not raw:
        return None
    key = _decoded(raw, raw_path)
    size = len(key.encode())
    if size > KEY_LIMIT:
        raise KeyTooLong(size=size, limit=KEY_LIMIT)
    return key


def _decoded(raw: str, raw_path: str) -> str:
    try:
        if _BAD_ESCAPE.search(raw):
            raise InvalidURI(uri=raw_path)
        return unquote_to_bytes(raw.encode("latin-1")).decode()
    except UnicodeError:
        raise InvalidURI(uri=raw_path) from None
