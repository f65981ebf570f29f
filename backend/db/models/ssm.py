"""Tables of Systems Manager's Parameter Store: the accounts' own parameters, all their versions, and tags."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend import clock
from backend.db.base import Base, Owned


class ParameterTag(Owned, Base):
    __tablename__ = "ssm_parameter_tags"

    parameter_row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    value: Mapped[str] = mapped_column(String(256))

    __table_args__ = (Index(None, "account", "region", "key", "value"),)


class ParameterVersion(Owned, Base):
    """What a parameter was from one PutParameter to the next. ``sealed``: the value of a SecureString, encrypted."""

    __tablename__ = "ssm_parameter_versions"

    parameter_row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(12))
    value: Mapped[str | None] = mapped_column(Text)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[str | None] = mapped_column(String(256))
    description: Mapped[str | None] = mapped_column(String(1024))
    allowed_pattern: Mapped[str | None] = mapped_column(String(1024))
    tier: Mapped[str] = mapped_column(String(20))
    data_type: Mapped[str] = mapped_column(String(128))
    labels: Mapped[list[str]] = mapped_column(default=list)
    modified: Mapped[datetime] = mapped_column(default=clock.this_second)
    modified_by: Mapped[str] = mapped_column(String(2048))


class Parameter(Owned, Base):
    """A parameter as it is now: ``version`` is the number of its newest version, whose type, key and tier it shows."""

    __tablename__ = "ssm_parameters"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(2048))
    version: Mapped[int]
    type: Mapped[str] = mapped_column(String(12))
    key_id: Mapped[str | None] = mapped_column(String(256))
    tier: Mapped[str] = mapped_column(String(20))
    data_type: Mapped[str] = mapped_column(String(128))

    __table_args__ = (UniqueConstraint("account", "region", "name"),)

    versions: Mapped[list[ParameterVersion]] = relationship(
        ParameterVersion,
        primaryjoin=lambda: foreign(ParameterVersion.parameter_row) == Parameter.row,
        order_by=ParameterVersion.number,
        viewonly=True,
    )
    tags: Mapped[list[ParameterTag]] = relationship(
        ParameterTag,
        primaryjoin=lambda: foreign(ParameterTag.parameter_row) == Parameter.row,
        order_by=ParameterTag.key,
        viewonly=True,
    )

    @property
    def newest(self) -> ParameterVersion:
        return self.versions[-1]
