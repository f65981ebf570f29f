"""Quotas that an operator has set for accounts."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Global


class AccountQuota(Global, Base):
    """How much of something an account may have instead of AWS's default: in each of its regions."""

    __tablename__ = "account_quotas"

    account: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
