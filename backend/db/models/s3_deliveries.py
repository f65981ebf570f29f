"""What is still to be told about buckets: notifications on their way to where a bucket sends them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend import clock
from backend.db.base import Base
from backend.db.models.s3 import Row


class Notification(Base):
    """One message to one target; its row is deleted once the target has it."""

    __tablename__ = "s3_notifications"

    row: Mapped[int] = mapped_column(Row, primary_key=True, autoincrement=True)
    target: Mapped[str] = mapped_column(String(2048))
    """The ARN that the bucket's configuration names."""
    message: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(default=clock.now)
    due: Mapped[datetime] = mapped_column(default=clock.now)
    attempts: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index(None, "due"),)
