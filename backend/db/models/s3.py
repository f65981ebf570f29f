"""Tables of S3: buckets, versions of objects, and multipart uploads with their parts.

They belong to no unit of work's account: a bucket's name is the cloud's, and
``backend.s3.access`` decides who may what.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, ForeignKey, Index, Integer, LargeBinary, String, Text, TypeDecorator, text
from sqlalchemy.orm import Mapped, mapped_column

from backend import clock
from backend.db.base import Base

Row = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys only


class KeyText(TypeDecorator[str]):
    """The key of an object, ordered by its bytes in UTF-8 as S3 orders it, whatever the database's locale."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        return value.encode() if isinstance(value, str) else value

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else bytes(value).decode()


class Bucket(Base):
    __tablename__ = "buckets"

    row: Mapped[int] = mapped_column(Row, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    account: Mapped[str] = mapped_column(String(12), index=True)
    region: Mapped[str] = mapped_column(String(32))
    created: Mapped[datetime] = mapped_column(default=clock.this_second)
    versioning: Mapped[str] = mapped_column(default="")
    """Empty (never enabled), Enabled or Suspended."""
    object_lock: Mapped[bool] = mapped_column(default=False)
    ownership: Mapped[str | None]
    """ObjectOwnership of the ownership controls; None without any, which means ObjectWriter."""
    acl: Mapped[list[Any] | None]
    """Grants (``backend.s3.acl``); None: the owner alone."""
    policy: Mapped[str | None] = mapped_column(Text)
    public_access_block: Mapped[dict[str, Any] | None]
    encryption: Mapped[dict[str, Any] | None]
    """ServerSideEncryptionConfiguration."""
    configured: Mapped[list[str]] = mapped_column(default=list)
    """The kinds of which there are rows in ``bucket_configurations``: most requests need none of them."""


class BucketConfiguration(Base):
    """What was put to a sub-resource of a bucket (``cors``, ``lifecycle``, ``inventory`` ...), by AWS's member names.

    ``id``: of those that a bucket may have several of; else empty.
    """

    __tablename__ = "bucket_configurations"

    bucket: Mapped[int] = mapped_column(ForeignKey("buckets.row", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True, default="")
    document: Mapped[dict[str, Any]]
    changed: Mapped[datetime] = mapped_column(default=clock.this_second)

    __table_args__ = (Index(None, "kind"),)


class Attributes:
    """What an object has beside its bytes, from the request that made it or that began its upload."""

    account: Mapped[str] = mapped_column(String(12))
    """Of the owner; empty: an anonymous writer."""
    headers: Mapped[dict[str, Any]]
    """ContentType, CacheControl, Expires, WebsiteRedirectLocation and the like, by AWS's member names."""
    user_metadata: Mapped[dict[str, Any]]
    tags: Mapped[dict[str, Any]]
    acl: Mapped[list[Any] | None]
    """Grants; None: the owner alone."""
    storage_class: Mapped[str] = mapped_column(String(32), default="STANDARD")
    checksum_algorithm: Mapped[str | None] = mapped_column(String(16))
    checksum_type: Mapped[str | None] = mapped_column(String(16))
    """FULL_OBJECT or COMPOSITE."""
    lock_mode: Mapped[str | None] = mapped_column(String(16))
    lock_until: Mapped[datetime | None]
    legal_hold: Mapped[bool | None]
    """None: there never was one."""


class ObjectVersion(Attributes, Base):
    """One version of an object, or a delete marker. The newer of two versions of a key has the greater ``row``."""

    __tablename__ = "object_versions"

    row: Mapped[int] = mapped_column(Row, primary_key=True, autoincrement=True)
    bucket: Mapped[int] = mapped_column(ForeignKey("buckets.row"))
    key: Mapped[str] = mapped_column(KeyText)
    version_id: Mapped[str] = mapped_column(String(64))
    """``null`` for the version of a bucket that is not versioned."""
    latest: Mapped[bool] = mapped_column(default=True)
    delete_marker: Mapped[bool] = mapped_column(default=False)
    modified: Mapped[datetime] = mapped_column(default=clock.this_second)
    noncurrent_since: Mapped[datetime | None]
    etag: Mapped[str] = mapped_column(String(80), default="")
    """Without its quotes."""
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    """Of the object as its user sees it, in bytes."""
    blob: Mapped[str | None] = mapped_column(String(32), index=True)
    """Where the bytes lie, unless in ``data`` or in the parts of ``upload``."""
    upload: Mapped[int | None] = mapped_column(ForeignKey("uploads.row"), index=True)
    """The completed upload whose parts are this object."""
    checksum: Mapped[str | None] = mapped_column(String(128))
    """As headers show it: base64, of a composite one with the number of parts."""
    sealed: Mapped[dict[str, Any] | None]
    """How the bytes are encrypted (``backend.s3.encryption``); None: not at all."""
    replication_status: Mapped[str | None] = mapped_column(String(16))
    restored_until: Mapped[datetime | None]
    """Of an archived object: until when it can be read."""
    data: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """The bytes of a small object."""

    __table_args__ = (
        Index(None, "bucket", "key", "version_id", unique=True),
        Index(None, "bucket", "key", "row"),
        Index(
            "ix_object_versions_latest",
            "bucket",
            "key",
            unique=True,
            sqlite_where=text("latest"),
            postgresql_where=text("latest"),
        ),
        Index(
            "ix_object_versions_to_replicate",
            "row",
            sqlite_where=text("replication_status = 'PENDING'"),
            postgresql_where=text("replication_status = 'PENDING'"),
        ),
        Index(
            "ix_object_versions_listed",
            "bucket",
            "key",
            sqlite_where=text("latest AND NOT delete_marker"),
            postgresql_where=text("latest AND NOT delete_marker"),
        ),
    )


class Upload(Attributes, Base):
    """A multipart upload. Once completed it stays as long as its object, which its parts are."""

    __tablename__ = "uploads"

    row: Mapped[int] = mapped_column(Row, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(128), unique=True)
    bucket: Mapped[int] = mapped_column(ForeignKey("buckets.row"))
    key: Mapped[str] = mapped_column(KeyText)
    initiated: Mapped[datetime] = mapped_column(default=clock.this_second)
    initiator: Mapped[str] = mapped_column(String(2048))
    """The ARN of who began it."""
    encryption: Mapped[dict[str, Any] | None]
    """How the parts are to be encrypted; never a customer's key."""
    completed: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        Index(None, "bucket", "key", "row"),
        Index(
            "ix_uploads_open",
            "bucket",
            "key",
            "row",
            sqlite_where=text("NOT completed"),
            postgresql_where=text("NOT completed"),
        ),
    )


class Part(Base):
    __tablename__ = "parts"

    upload: Mapped[int] = mapped_column(ForeignKey("uploads.row"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    etag: Mapped[str] = mapped_column(String(80))
    md5: Mapped[str] = mapped_column(String(32))
    modified: Mapped[datetime] = mapped_column(default=clock.this_second)
    blob: Mapped[str] = mapped_column(String(32), index=True)
    checksum: Mapped[str | None] = mapped_column(String(128))
    sealed: Mapped[dict[str, Any] | None]
