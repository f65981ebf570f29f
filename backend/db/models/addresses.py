"""Tables of Elastic IP addresses: those that are allocated, released, or offered to another account."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend.db.base import Base, Owned, Resource
from backend.db.models.network import PrivateAddress


class Address(Resource):
    """An Elastic IP address. What it is associated with is written in the row of the private address."""

    __tablename__ = "elastic_addresses"
    KIND, PREFIX, NOUN = "elastic-ip", "eipalloc", "allocation"
    NOT_FOUND, MALFORMED = "InvalidAllocationID.NotFound", "InvalidAllocationID.Malformed"

    public_ip: Mapped[str] = mapped_column(String(15), unique=True)
    ptr_record: Mapped[str | None]
    """The name that a reverse look-up of the address gives, with a dot at its end."""

    associations: Mapped[list[PrivateAddress]] = relationship(
        PrivateAddress, primaryjoin=lambda: foreign(PrivateAddress.allocation_id) == Address.id, viewonly=True
    )


class ReleasedAddress(Base):
    """An Elastic IP address that was released, and whose it was: that account may recover it while it is free."""

    __tablename__ = "released_addresses"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(String(12))
    region: Mapped[str] = mapped_column(String(32))


class AddressTransfer(Owned, Base):
    """An offer of an Elastic IP address to another account. The owner is who offers it."""

    __tablename__ = "address_transfers"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    allocation_id: Mapped[str] = mapped_column(String(40), index=True)
    public_ip: Mapped[str] = mapped_column(String(15), index=True)
    transfer_account_id: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(default="pending")
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
