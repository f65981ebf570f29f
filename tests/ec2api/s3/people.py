"""Clients of S3 that act for several accounts, and for none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore
import pytest
from botocore.exceptions import ClientError

from backend.s3 import canonical_users
from tests.conftest import Embedded

GROUPS = "http://acs.amazonaws.com/groups/"


class Person:
    """A client of an account, whose calls are its attributes, with one bucket of the test's."""

    def __init__(self, client: Any, account: str, bucket: str) -> None:
        self.client, self.account, self.bucket = client, account, bucket

    @property
    def id(self) -> str:
        return canonical_users.canonical_id(self.account)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        call = getattr(self.client, operation)

        def about_bucket(**given: Any) -> Any:
            return call(**{"Bucket": self.bucket, **given})

        return about_bucket

    def put(self, key: str = "key", **given: Any) -> Any:
        return self.put_object(Key=key, Body=b"bytes", **given)

    def get(self, key: str = "key", **given: Any) -> bytes:
        found: bytes = self.get_object(Key=key, **given)["Body"].read()
        return found

    def keys(self) -> list[str]:
        return [found["Key"] for found in self.list_objects_v2().get("Contents", [])]


class People:
    """The owner of a bucket that is there, another account, and whoever signs nothing."""

    def __init__(self, cloud: Embedded, owner: str, other: str) -> None:
        self.bucket = f"bucket-of-{owner}"
        self.owner = Person(cloud.client("s3", account=owner), owner, self.bucket)
        self.other = Person(cloud.client("s3", account=other), other, self.bucket)
        unsigned = cloud.client("s3")
        unsigned.meta.events.register("choose-signer.s3", lambda **_: botocore.UNSIGNED)
        self.anonymous = Person(unsigned, "", self.bucket)

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.bucket}"


@contextmanager
def refused(code: str = "AccessDenied", status: int = 403) -> Iterator[dict[str, Any]]:
    """The error document of a call that is to fail."""
    error: dict[str, Any] = {}
    with pytest.raises(ClientError) as found:
        yield error
    error.update(found.value.response["Error"])
    assert (error["Code"], found.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
