"""A client that costs next to nothing: requests are signed once, sent over one connection, and not parsed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

API_VERSION = "2016-11-15"
REGION = "us-east-1"
_CREDENTIALS = Credentials("000000000000", "secret")
_TYPE = "application/x-www-form-urlencoded; charset=utf-8"


class Refused(Exception):
    """The server answered with an error."""


@dataclass(frozen=True, slots=True)
class Request:
    """One signed request, as it goes out."""

    body: bytes
    headers: Mapping[str, str]


class Client:
    """One connection that is kept alive, if the server keeps it."""

    def __init__(self, port: int, timeout: float = 300) -> None:
        self._url = f"http://127.0.0.1:{port}/"
        self._connection = HTTPConnection("127.0.0.1", port, timeout=timeout)

    def prepare(self, action: str, **parameters: object) -> Request:
        """A request of EC2's Query API. ``InstanceId_1`` stands for the parameter ``InstanceId.1``."""
        form = {name.replace("_", "."): str(value) for name, value in parameters.items()}
        body = urlencode({"Action": action, "Version": API_VERSION, **form})
        request = AWSRequest("POST", self._url, headers={"Content-Type": _TYPE}, data=body)
        SigV4Auth(_CREDENTIALS, "ec2", REGION).add_auth(request)
        return Request(body.encode(), dict(request.headers.items()))

    def send(self, request: Request) -> bytes:
        """The body of the answer; ``Refused`` where it is an error."""
        self._connection.request("POST", "/", request.body, request.headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise Refused(f"{answer.status}: {content[:500].decode(errors='replace')}")
        return content

    def call(self, action: str, **parameters: object) -> bytes:
        return self.send(self.prepare(action, **parameters))

    def close(self) -> None:
        self._connection.close()


def every(element: str, answer: bytes) -> list[str]:
    """The text of every element of this name, in the order of the answer."""
    return [text.decode() for text in re.findall(f"<{element}>([^<]+)</{element}>".encode(), answer)]


def first(element: str, answer: bytes) -> str | None:
    return next(iter(every(element, answer)), None)
