"""Tables of what calls leave behind: client tokens and their answers."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from backend import clock
from backend.db.base import Base, Owned


class ClientToken(Owned, Base):
    """The remembered answer to an idempotent call."""

    __tablename__ = "client_tokens"

    account: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(32), primary_key=True)
    action: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    answer: Mapped[dict[str, Any] | None]
    created: Mapped[datetime] = mapped_column(default=clock.now, index=True)
