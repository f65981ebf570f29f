"""Signatures for a fuzz test: right ones, and others of all shapes."""

from collections.abc import Callable
from random import Random
from urllib.parse import quote

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from backend.access_keys import NewKey
from tests.conftest import REGION as HOME
from tests.fuzz.world import Request

BASE = "http://127.0.0.1:8788"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def cheap(request: Request, account: str, service: str = "ec2", region: str = HOME) -> Request:
    """A signature that the mode ``open`` takes for that of an account, without the cost of one."""
    scope = f"{account}/20261122/{region}/{service}/aws4_request"
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    )
    request.headers["X-Amz-Date"] = "20261122T101112Z"
    return request


def right(request: Request, key: NewKey, service: str = "ec2", region: str = HOME) -> Request:
    given = AWSRequest(request.method, BASE + request.uri, dict(request.headers), request.body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(key.access_key_id, key.secret), service, region).add_auth(given)
    request.headers = {name: str(value) for name, value in given.headers.items()}
    return request


def presigned(request: Request, key: NewKey, service: str = "ec2", region: str = HOME) -> Request:
    given = AWSRequest(request.method, BASE + request.uri, dict(request.headers), request.body)
    signer = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
    signer(Credentials(key.access_key_id, key.secret), service, region).add_auth(given)
    request.uri = given.url.removeprefix(BASE)
    return request


def _pieces(request: Request) -> list[str]:
    return request.headers.get("Authorization", "").split(", ")


def _drop(request: Request, chance: Random, _text: str) -> None:
    pieces = _pieces(request)
    pieces.pop(chance.randrange(len(pieces)))
    request.headers["Authorization"] = ", ".join(pieces)


def _double(request: Request, chance: Random, _text: str) -> None:
    request.headers["Authorization"] = ", ".join([*_pieces(request), chance.choice(_pieces(request))])


def _replace(request: Request, chance: Random, text: str) -> None:
    pieces = _pieces(request)
    number = chance.randrange(len(pieces))
    pieces[number] = pieces[number].partition("=")[0] + "=" + text
    request.headers["Authorization"] = ", ".join(pieces)


def _scope(request: Request, chance: Random, text: str) -> None:
    parts = request.headers.get("Authorization", "////").split("/")
    parts[chance.randrange(len(parts))] = text
    request.headers["Authorization"] = "/".join(parts)


def _cut(request: Request, chance: Random, _text: str) -> None:
    header = request.headers.get("Authorization") or "x"
    request.headers["Authorization"] = header[: chance.randrange(len(header) + 1)]


def _flip(request: Request, chance: Random, _text: str) -> None:
    header = request.headers.get("Authorization") or "x"
    at = chance.randrange(len(header))
    request.headers["Authorization"] = header[:at] + chance.choice("0a/=;,é\t ") + header[at + 1 :]


def _other(request: Request, chance: Random, text: str) -> None:
    request.headers["Authorization"] = chance.choice(
        [
            text,
            f"AWS {text}:{text}",
            f"Basic {text}",
            f"Bearer {text}",
            "AWS4-HMAC-SHA256",
            f"AWS4-HMAC-SHA256 {text}",
            "",
        ]
    )


def _none(request: Request, _chance: Random, _text: str) -> None:
    request.headers.pop("Authorization", None)


def _date(request: Request, chance: Random, text: str) -> None:
    dates = [
        "",
        text,
        "20261122T101112",
        "99999999T999999Z",
        "00000000T000000Z",
        "20260230T000000Z",
        "2026-11-22T10:11:12Z",
    ]
    name = chance.choice(["X-Amz-Date", "Date"])
    request.headers.pop("X-Amz-Date", None)
    request.headers[name] = chance.choice(dates)


def _token(request: Request, _chance: Random, text: str) -> None:
    request.headers["X-Amz-Security-Token"] = text


def _hash(request: Request, chance: Random, text: str) -> None:
    hashes = ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", EMPTY, text]
    request.headers["X-Amz-Content-Sha256"] = chance.choice(hashes)


def _in_query(request: Request, chance: Random, text: str) -> None:
    names = [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ]
    values = [
        "AWS4-HMAC-SHA256",
        f"000000000000/20261122/{HOME}/ec2/aws4_request",
        "20261122T101112Z",
        "60",
        "host",
        EMPTY,
    ]
    fields = dict(zip(names, values, strict=True))
    for _ in range(chance.randrange(3)):
        name = chance.choice(names)
        if chance.random() < 0.5:
            fields.pop(name, None)
        else:
            fields[name] = text
    join = "&" if "?" in request.uri else "?"
    query = "&".join(f"{name}={quote(value.encode('utf-8', 'replace'))}" for name, value in fields.items())
    request.uri += join + query


SHAPES: list[Callable[[Request, Random, str], None]] = [
    *(_drop, _double, _replace, _scope, _cut, _flip, _other, _none, _date, _token, _hash, _in_query),
]


def spoil(request: Request, chance: Random, text: str) -> None:
    """Changes what says who asks. Headers keep to what a WSGI server passes on: latin-1, in one line."""
    plain = text.encode("latin-1", "replace").decode("latin-1").replace("\r", " ").replace("\n", " ").replace("\0", " ")
    for _ in range(chance.randint(1, 2)):
        chance.choice(SHAPES)(request, chance, plain)
