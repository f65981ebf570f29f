"""Tables of identity: accounts, and the access keys that act in their name."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend import clock
from backend.db.base import Base


class Account(Base):
    """An account that access keys were created in, and what an operator said of it."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    """12 digits."""
    created: Mapped[datetime] = mapped_column(default=clock.this_second)
    display_name: Mapped[str | None] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(320), index=True)
    """In lower case; grants of S3 may name the account by it, and by its display name it is shown."""


class AccessKey(Base):
    """An access key: a permanent one (AKIA...), or one with a session token that expires (ASIA...).

    Keys belong to no region. ``arn`` and ``user_id`` name whom the key acts as, in the forms that
    sts:GetCallerIdentity shows.
    """

    __tablename__ = "access_keys"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    arn: Mapped[str] = mapped_column(String(2048))
    user_id: Mapped[str] = mapped_column(String(128))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    """Encrypted with the key file (``backend.key_file``)."""
    status: Mapped[str] = mapped_column(String(8), default="Active")
    """``Active`` or ``Inactive``."""
    created: Mapped[datetime] = mapped_column(default=clock.this_second)
    expires: Mapped[datetime | None] = mapped_column(index=True)
    """None: permanent."""
    token_hash: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the session token, in hexadecimal."""
    used_at: Mapped[datetime | None]
    used_service: Mapped[str | None] = mapped_column(String(64))
    used_region: Mapped[str | None] = mapped_column(String(32))
    """The last use of a permanent key: see ``backend.access_keys.AccessKeys.note_use``."""
    session: Mapped[dict[str, Any] | None]
    """What limits or describes a temporary key: see ``backend.access_keys.Session``."""
