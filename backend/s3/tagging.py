"""Tags of objects and buckets: what S3 takes for one, and where a bucket's lie.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

import re
from collections.abc import Iterable, Mapping

from backend import errors
from backend.db.models import Bucket
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets

KIND = "tagging"
"""Of the bucket's configuration."""

OBJECT_LIMIT = 10
BUCKET_LIMIT = 50

_KEY_LENGTH = 128
_VALUE_LENGTH = 256
_TEXT = re.compile(r"[\w\s_.:/=+\-@]*")


def checked(tags: Iterable[tuple[str, str]], limit: int = OBJECT_LIMIT) -> dict[str, str]:
    """The tags as given. InvalidTag for what is no tag or occurs twice; BadRequest for too many of them."""
    found: dict[str, str] = {}
    for key, value in tags:
        if not 1 <= len(key) <= _KEY_LENGTH or not _TEXT.fullmatch(key):
            raise errors.InvalidTag(reason="The TagKey you have provided is invalid", key=key)
        if len(value) > _VALUE_LENGTH or not _TEXT.fullmatch(value):
            raise errors.InvalidTag(reason="The TagValue you have provided is invalid", key=key)
        if key.lower().startswith("aws:"):
            raise errors.InvalidTag(reason="System tags cannot be added/updated by requester", key=key)
        if key in found:
            reason = "Cannot provide multiple Tags with the same key"
            raise errors.InvalidTag(reason=reason, key=key)
        found[key] = value
    if len(found) > limit:
        if limit == OBJECT_LIMIT:
            raise errors.BadRequest(reason=f"Object tags cannot be greater than {limit}")
        raise errors.BadRequest(reason=f"Bucket tag count cannot be greater than {limit}")
    return found


def of_bucket(uow: UnitOfWork, bucket: Bucket) -> dict[str, str]:
    document = buckets.configuration(uow, bucket, KIND) or {}
    return {tag["Key"]: tag["Value"] for tag in document.get("TagSet", ())}


def tag_bucket(uow: UnitOfWork, bucket: Bucket, tags: Mapping[str, str]) -> None:
    """Give a bucket these tags, that were ``checked``, instead of those it had."""
    if tags:
        buckets.configure(uow, bucket, KIND, {"TagSet": shown(tags)})
    else:
        buckets.unconfigure(uow, bucket, KIND)


def shown(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """As AWS's TagSet."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
