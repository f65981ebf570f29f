"""Requests by hand, where a client would hide what is on the wire; and what is refused, by whoever asks."""

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from lxml import etree

from conformance.endpoint import Endpoint

EC2_VERSION, STS_VERSION = "2016-11-15", "2011-06-15"
NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def root(self) -> Any:
        return etree.fromstring(self.body)

    def text(self, name: str) -> str | None:
        """The text of the first element of this name, whatever its namespace; None where there is none."""
        for element in self.root.iter():
            if etree.QName(element).localname == name:
                return element.text or ""
        return None

    @property
    def error(self) -> tuple[int, str | None, str | None]:
        return self.status, self.text("Code"), self.text("Message")


class Wire:
    """Signs and sends forms as they are given."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def call(
        self,
        action: str,
        /,
        method: str = "POST",
        *,
        service: str = "ec2",
        secret: str | None = None,
        signed: bool = True,
        presigned: bool = False,
        change: Callable[[AWSRequest], None] | None = None,
        **form: Any,
    ) -> Answer:
        """``form``'s names may have ``__`` for dots. ``change`` alters the request after it was signed."""
        version = EC2_VERSION if service == "ec2" else STS_VERSION
        fields = {"Action": action, "Version": version, **{n.replace("__", "."): v for n, v in form.items()}}
        url, body = f"{self.endpoint.url}/", urlencode(fields)
        if method == "GET" or presigned:
            url, body = f"{url}?{body}", ""
        request = AWSRequest(method, url, {"Content-Type": "application/x-www-form-urlencoded"} if body else {}, body)
        if signed:
            who = self.endpoint.credentials
            credentials = Credentials(who.access_key_id, secret or who.secret)
            signer = SigV4QueryAuth if presigned else SigV4Auth
            signer(credentials, service, self.endpoint.region).add_auth(request)
        if change:
            change(request)
        return self.send(method, request.url, dict(request.headers.items()), body.encode())

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=60)
        try:
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            connection.request(method, target, body or None, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[int, str, str]:
    """A boto3 call that must fail: status, code and message."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["RequestId"]
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]
