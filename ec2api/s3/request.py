"""One HTTP request as S3 reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from backend import errors, ids
from backend.db.models import Bucket
from ec2api.caller import Caller, Headers
from ec2api.s3 import addressing
from ec2api.s3.addressing import Address


@dataclass
class Request:
    """``raw_uri``: the request line's target as it was sent, which signatures are made over."""

    environ: Mapping[str, Any]
    method: str
    raw_uri: str
    headers: Mapping[str, str]
    domains: Sequence[str] = ()
    id: str = field(default_factory=lambda: ids.digits(16).upper())
    bucket: Bucket | None = None
    """The bucket that it is about, as the operation found it last."""
    caller: Caller | None = None
    """Whom it acts for, once that is known."""

    @classmethod
    def of(cls, environ: Mapping[str, Any], domains: Sequence[str]) -> "Request":
        raw_uri = environ.get("RAW_URI") or environ.get("REQUEST_URI") or "/"
        if not raw_uri.startswith("/"):  # the absolute form that proxies are sent
            raw_uri = "/" + raw_uri.partition("://")[2].partition("/")[2]
        sent: Mapping[str, str] | None = getattr(environ["wsgi.input"], "headers", None)
        return cls(environ, environ["REQUEST_METHOD"], raw_uri, sent or Headers(environ), domains)

    @property
    def host_id(self) -> str:
        return f"{self.id}/ec2api"

    @property
    def raw_path(self) -> str:
        return self.raw_uri.partition("?")[0]

    @property
    def resource(self) -> str:
        """The bucket and the key as they were sent, each after a slash."""
        return f"/{self.address.bucket}{self.raw_path}" if self.address.virtual else self.raw_path

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """InvalidURI where it is not UTF-8."""
        text = self.raw_uri.partition("?")[2]
        if not text:
            return []
        try:
            return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
        except ValueError as fault:
            raise errors.InvalidURI(uri=self.raw_uri[:200]) from fault

    @cached_property
    def address(self) -> Address:
        return addressing.address(self.host, self.raw_path, self.domains)

    @property
    def secure(self) -> bool:
        return bool(self.environ.get("wsgi.url_scheme") == "https")

    @property
    def client(self) -> str:
        """The client's IP address."""
        return str(self.environ.get("REMOTE_ADDR") or "127.0.0.1")
