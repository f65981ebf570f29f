"""What a test expects of a call that must fail."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError


@contextmanager
def refused(code: str, says: str = "", *, status: int = 400) -> Iterator[None]:
    """The call within fails with this AWS code and HTTP status, and ``says`` is part of its message."""
    with pytest.raises(ClientError) as caught:
        yield
    answer = caught.value.response
    assert answer["Error"]["Code"] == code, answer["Error"]
    assert says in answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
