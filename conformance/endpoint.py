"""The endpoint under test, and the clients that speak to it."""

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import boto3
import botocore
from botocore.config import Config

DAY_SECONDS = 2.0
"""The length of a day for the lifecycle rules of buckets, where the tests start the server."""

T = TypeVar("T")
_turns = itertools.count()


@dataclass(frozen=True)
class Credentials:
    account: str
    access_key_id: str
    secret: str


@dataclass(frozen=True)
class Endpoint:
    """Where the cloud answers, and who asks. ``other`` is a second account, where there is one.

    ``urls``: of every process that answers for the cloud; requests go to each in turn. ``secure_urls``: the same over
    TLS, where there is any, by a ``certificate`` (PEM) that clients must be told to trust.
    """

    urls: tuple[str, ...]
    region: str
    credentials: Credentials
    other: Credentials | None = None
    other_region: str | None = None
    secure_urls: tuple[str, ...] = ()
    certificate: Path | None = None
    s3_day_seconds: float | None = None

    @property
    def url(self) -> str:
        return self.urls[next(_turns) % len(self.urls)]

    @property
    def secure(self) -> "Endpoint":
        """The same endpoint over TLS."""
        assert self.secure_urls
        return replace(self, urls=self.secure_urls)

    @property
    def verify(self) -> str | None:
        """What boto3 takes for the certificates that it may trust."""
        return str(self.certificate) if self.certificate else None

    def session(self, credentials: Credentials | None = None, region: str | None = None) -> Any:
        who = credentials or self.credentials
        return boto3.session.Session(who.access_key_id, who.secret, region_name=region or self.region)

    def client(
        self, service: str = "ec2", *, credentials: Credentials | None = None, region: str | None = None, **config: Any
    ) -> Any:
        """A boto3 client that leaves the checking of parameters to the server, and does not retry."""
        return _client(self, service, credentials or self.credentials, region or self.region, tuple(config.items()))

    def anonymous(self, service: str = "s3") -> Any:
        """A boto3 client that signs nothing."""
        found = _client.__wrapped__(self, service, self.credentials, self.region, ())  # not the one that others use
        found.meta.events.register(f"choose-signer.{service}", lambda **_: botocore.UNSIGNED)
        return found

    def resource(self, service: str = "ec2") -> Any:
        found = self.session().resource(service, endpoint_url=self.url, verify=self.verify)
        self.spread(found.meta.client)
        return found

    def spread(self, client: Any) -> Any:
        """Makes each request of a client go to another process than the last."""

        def turn(request: Any, **_: Any) -> None:
            path = request.url.split("/", 3)[3]
            request.url = f"{self.url}/{path}"

        if len(self.urls) > 1:
            service = client.meta.service_model.service_id.hyphenize()
            client.meta.events.register_first(f"request-created.{service}", turn)  # before it is signed
        return client

    @property
    def environment(self) -> dict[str, str]:
        """What the AWS CLI needs to speak to this endpoint, and to nothing else."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "LC_ALL": "C.UTF-8",
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_PAGER": "",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **({"AWS_CA_BUNDLE": str(self.certificate)} if self.certificate else {}),
        }


@cache
def _client(
    endpoint: Endpoint, service: str, who: Credentials, region: str, config: tuple[tuple[str, Any], ...]
) -> Any:
    chosen = {"retries": {"total_max_attempts": 1}, "parameter_validation": False, "read_timeout": 60, **dict(config)}
    session = endpoint.session(who, region)
    client = session.client(service, endpoint_url=endpoint.url, config=Config(**chosen), verify=endpoint.verify)
    return endpoint.spread(client)


def eventually(look: Callable[[], T], wanted: Callable[[T], bool], seconds: float = 60) -> T:
    """What ``look`` sees once it is as wanted; an assertion with the last sight where that takes too long."""
    deadline = time.monotonic() + seconds
    while not wanted(seen := look()):
        assert time.monotonic() < deadline, f"after {seconds} s still {seen!r}"
        time.sleep(0.05)
    return seen
