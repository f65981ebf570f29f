"""What requests of a fuzz test meet: a cloud, with one app for each authentication mode, and what is in it."""

import re
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from random import Random
from typing import Any

from flask import Flask
from lxml import etree
from werkzeug.test import run_wsgi_app

from backend.access_keys import NewKey
from ec2api.app import create_app
from tests import database_state
from tests.conftest import Embedded

_ID = re.compile(rb"\b((?:[a-z]+-)?[a-z]+)-[0-9a-f]{17}\b")
_WORDS = re.compile(rb"<(groupName|keyName|nextToken|cidrBlock|privateIpAddress|deviceName)>([^<]+)<")
KEPT = 40  # of each kind of word
ITS_OWN_FAULT = {"InsufficientInstanceCapacity", "InsufficientAddressCapacity"}
"""Codes that AWS documents with a 5xx."""


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
        reply = Reply(int(status.split()[0]), {n.lower(): v for n, v in headers}, b"".join(app_iter))
        self.sent += 1
        self.codes[reply.code] += 1
        self._check(request, reply)
        if reply.status == 200:
            self.succeeded.add(action)
            self._learn(reply.body)
        return reply

    def _learn(self, body: bytes) -> None:
        for found in list(_ID.finditer(body))[:60]:
            word = found[0].decode()
            kept = self.words[word.rpartition("-")[0]]
            if word not in kept:
                kept.append(word)
        for name, text in _WORDS.findall(body)[:60]:
            self.words[name.decode()].append(text.decode())

    def _check(self, request: Request, reply: Reply) -> None:
        assert reply.status < 500 or reply.code in ITS_OWN_FAULT, (request, reply)
        assert reply.status in (200, 400, 401, 403, 404, 405, 409, 412, 413, 500), (request, reply)
        request_id = reply.headers["x-amzn-requestid"]
        assert request_id
        if request.method == "HEAD":
            return
        root = etree.fromstring(reply.body)  # raises where it is not well formed
        texts = {etree.QName(e).localname: e.text for e in root.iter() if isinstance(e.tag, str) and not len(e)}
        if reply.status == 200:
            assert request_id in (texts.get("requestId"), texts.get("RequestId")), (request, reply)
            return
        assert texts.get("Code"), (request, reply)
        assert texts.get("Message"), (request, reply)
        assert request_id in (texts.get("RequestID"), texts.get("RequestId")), (request, reply)

    def digest(self) -> str:
        return database_state.digest(self.cloud.database, self.account)

    def rest(self) -> str:
        """Waits until hosts have done what was wanted, and nothing changes; the digest of then."""
        return database_state.rest(self.cloud.database, self.account)
