"""How Terraform's AWS provider asks: what counts as gone, how it waits, and what it tries again."""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from conformance.endpoint import Endpoint

POLL_SECONDS = 0.03
PATIENCE_SECONDS = 30

Call = Callable[..., Any]


@dataclass(frozen=True)
class Provider:
    """The provider once it is configured: its clients, and what it learned at the start."""

    endpoint: Endpoint
    account: str
    region: str

    @property
    def ec2(self) -> Any:
        return self.endpoint.client()

    @property
    def iam(self) -> Any:
        return self.endpoint.client("iam")

    @property
    def s3(self) -> Any:
        return self.endpoint.client("s3")

    @property
    def s3control(self) -> Any:
        """A client whose hosts begin with the account: they need not resolve, as DNS would let them."""
        client = self.endpoint.client("s3control")

        def turn(request: Any, **_: Any) -> None:
            path = request.url.split("/", 3)[3]
            request.headers["Host"] = f"{self.account}.localhost"
            request.url = f"{self.endpoint.url}/{path}"

        client.meta.events.register_first("request-created.s3-control", turn, unique_id="s3control-hosts")
        return client

    @property
    def ssm(self) -> Any:
        return self.endpoint.client("ssm")

    @property
    def other(self) -> "Provider | None":
        """A provider of another account in the same region, as an alias of the provider is."""
        who = self.endpoint.other
        if who is None:
            return None
        return Provider(Endpoint(self.endpoint.urls, self.region, who), who.account, self.region)


def configure(endpoint: Endpoint) -> Provider:
    """The start of the provider with credentials that it validates: STS tells whose they are."""
    identity = endpoint.client("sts").get_caller_identity()
    kind, partition, service, _, account, rest = identity["Arn"].split(":", 5)
    assert (kind, partition) == ("arn", "aws")
    assert service in ("iam", "sts")
    assert account == identity["Account"]
    assert rest
    return Provider(endpoint, account, endpoint.region)


def filters(**wanted: str | Iterable[str]) -> list[dict[str, Any]]:
    """Filters by name: ``_`` stands for ``-`` and ``__`` for a dot; names in camelCase stay as they are."""
    return [
        {
            "Name": name.replace("__", ".").replace("_", "-"),
            "Values": [values] if isinstance(values, str) else list(values),
        }
        for name, values in wanted.items()
    ]


def found(call: Call, gone: Collection[str], /, **parameters: Any) -> Any:
    """The answer of a read; None where it is refused with one of the codes that mean "is no more".

    Any other code ends Terraform's run, and the test.
    """
    try:
        return call(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] in gone:
            return None
        raise


def only(rows: list[Any]) -> Any:
    """The one row of a read by id; None for none. The provider ends with "too many results" at more."""
    assert len(rows) <= 1, f"too many results: {rows!r}"
    return rows[0] if rows else None


def refusal(call: Call, /, **parameters: Any) -> str:
    """The code that a call is refused with; "" where it succeeds."""
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def wait(look: Callable[[], Any], pending: Collection[Any], target: Collection[Any]) -> Any:
    """What is seen at last: every sight before it must be pending. Gone is None.

    The provider gives up at a state that is neither, with "unexpected state".
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while (seen := look()) not in target:
        assert seen in pending, f"unexpected state {seen!r}, wanted one of {target!r}"
        assert time.monotonic() < end, f"still {seen!r} after {PATIENCE_SECONDS} s"
        time.sleep(POLL_SECONDS)
    return seen


def retried(call: Call, codes: Collection[str], /, **parameters: Any) -> Any:
    """The answer of a call that the provider makes again while it is refused with one of these codes."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return call(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] not in codes or time.monotonic() > end:
                raise
        time.sleep(POLL_SECONDS)
