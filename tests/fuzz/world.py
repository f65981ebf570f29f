"""What requests of a fuzz test meet: a cloud, with one app for each authentication mode, and what is in it."""

import re
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from random import Random
from typing import Any

from flask import Flask
from lxml import etree
from werkzeug.test import run_wsgi_app

from backend import clock
from backend.access_keys import NewKey
from backend.db import reading
from backend.db.models import ObjectVersion, Part
from ec2api.app import create_app
from tests import database_state
from tests.conftest import Embedded

_ID = re.compile(rb"\b((?:[a-z]+-)?[a-z]+)-[0-9a-f]{17}\b")
_WORDS = re.compile(rb"<(groupName|keyName|nextToken|cidrBlock|privateIpAddress|deviceName|UploadId)>([^<]+)<")
KEPT = 40  # of each kind of word
ITS_OWN_FAULT = {"InsufficientInstanceCapacity", "InsufficientAddressCapacity"}
"""Codes that AWS documents with a 5xx."""
S3_STATUSES = {*(200, 204, 206, 301, 302, 304, 307, 400, 403, 404, 405, 409, 411, 412, 413, 416)}


@dataclass
class Request:
    method: str = "POST"
    uri: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    mode: str = "open"

    def environ(self) -> dict[str, Any]:
        path, _, query = self.uri.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "RAW_URI": self.uri,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8788",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "HTTP_HOST": "127.0.0.1:8788",
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        return environ


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        found = re.search(rb"<Code>([^<]*)</Code>", self.body)
        return found[1].decode() if found else ""


class World:
    """Sends requests and holds every answer to what all answers owe; remembers words of answers for later requests."""

    def __init__(self, cloud: Embedded, account: str, keys: list[NewKey]) -> None:
        self.cloud, self.account = cloud.cloud, account
        settings = self.cloud.settings.model_copy(update={"auth_mode": "sigv4"})
        verified = create_app(replace(self.cloud, settings=settings))
        self.apps: dict[str, Flask] = {"open": cloud.app, "sigv4": verified}
        self.keys = keys
        self.words: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT))
        self.sent = 0
        self.codes: dict[str, int] = defaultdict(int)
        self.succeeded: set[str] = set()

    def known(self, kind: str, chance: Random) -> str | None:
        found = self.words.get(kind)
        return chance.choice(found) if found else None

    def send(self, request: Request, action: str = "") -> Reply:
        app_iter, status, headers = run_wsgi_app(self.apps[request.mode].wsgi_app, request.environ())
        with closing(app_iter) if hasattr(app_iter, "close") else nullcontext():
            reply = Reply(int(status.split()[0]), {n.lower(): v for n, v in headers}, b"".join(app_iter))
        self.sent += 1
        self.codes[reply.code] += 1
        self._check(request, reply)
        if reply.status < 300:
            self.succeeded.add(action)
            self._learn(reply)
        return reply

    def _learn(self, reply: Reply) -> None:
        body = reply.body
        if version := reply.headers.get("x-amz-version-id"):
            self.words["version"].append(version)
        for found in list(_ID.finditer(body))[:60]:
            word = found[0].decode()
            kept = self.words[word.rpartition("-")[0]]
            if word not in kept:
                kept.append(word)
        for name, text in _WORDS.findall(body)[:60]:
            self.words["upload" if name == b"UploadId" else name.decode()].append(text.decode())

    def _check(self, request: Request, reply: Reply) -> None:
        assert reply.status < 500 or reply.code in ITS_OWN_FAULT, (request, reply)
        if "x-amz-request-id" in reply.headers:
            self._check_s3(request, reply)
            return
        assert reply.status in (200, 400, 401, 403, 404, 405, 409, 412, 413, 500), (request, reply)
        request_id = reply.headers["x-amzn-requestid"]
        assert request_id
        if request.method == "HEAD":
            return
        texts = _texts(reply)
        if reply.status == 200:
            assert request_id in (texts.get("requestId"), texts.get("RequestId")), (request, reply)
            return
        assert texts.get("Code"), (request, reply)
        assert texts.get("Message"), (request, reply)
        assert request_id in (texts.get("RequestID"), texts.get("RequestId")), (request, reply)

    def _check_s3(self, request: Request, reply: Reply) -> None:
        """What succeeds may be an object, whose bytes are anybody's; what is refused is a document of S3."""
        assert reply.status in S3_STATUSES, (request, reply)
        assert reply.headers["x-amz-id-2"]
        if request.method == "HEAD" or reply.status in (204, 304):
            assert not reply.body, (request, reply)
        elif reply.status >= 400 and reply.headers.get("content-type") != "text/html; charset=utf-8":
            texts = _texts(reply)
            assert texts.get("Code"), (request, reply)
            assert texts.get("Message"), (request, reply)
            assert texts.get("RequestId") == reply.headers["x-amz-request-id"], (request, reply)

    def check_objects(self) -> None:
        """Every row has its bytes, and all bytes have a row."""
        blobs = self.cloud.objects
        stored = set(blobs.older(clock.now() + timedelta(hours=1)))
        with self.cloud.everywhere(write=False) as uow:
            versions = reading.where(uow, ObjectVersion)
            parts = reading.where(uow, Part)
        for row in (*versions, *parts):
            if row.blob is None:
                data = getattr(row, "data", None)
                whole = getattr(row, "upload", None) is not None or getattr(row, "delete_marker", False)
                assert whole or row.sealed or len(data or b"") == row.size, row
                continue
            with blobs.open(row.blob) as file:
                assert row.sealed or len(file.read()) == row.size, row
        assert stored == {row.blob for row in (*versions, *parts) if row.blob}

    def digest(self) -> str:
        return database_state.digest(self.cloud.database, self.account)

    def rest(self) -> str:
        """Waits until hosts have done what was wanted, and nothing changes; the digest of then."""
        return database_state.rest(self.cloud.database, self.account)


def _texts(reply: Reply) -> dict[str, str | None]:
    root = etree.fromstring(reply.body)  # raises where it is not well formed
    return {etree.QName(e).localname: e.text for e in root.iter() if isinstance(e.tag, str) and not len(e)}
