"""ACLs of requests: canned ones, and grants in headers."""

from typing import Any

from ec2api.s3.call import S3Call

USES: frozenset[str] = frozenset()
"""The parameters that an object's ACL is read from."""


def of_object(call: S3Call, owner: str) -> list[Any] | None:  # noqa: ARG001
    """The grants of a new object; None for the owner alone."""
    return None


BUCKET_USES: frozenset[str] = frozenset()
"""The parameters that a new bucket's ACL is read from."""


def of_bucket(call: S3Call) -> list[Any] | None:  # noqa: ARG001
    """The grants of a new bucket; None for the owner alone."""
    return None
