"""Tables of NAT gateways and of their addresses."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend.db.base import Base, Owned, Transient


class NatGatewayAddress(Owned, Base):
    """An address of a NAT gateway, which it shows even when it is gone. The first one is the primary."""

    __tablename__ = "nat_gateway_addresses"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    nat_gateway_id: Mapped[str] = mapped_column(String(40), index=True)
    network_interface_id: Mapped[str | None] = mapped_column(String(40))
    private_ip: Mapped[str | None]
    public_ip: Mapped[str | None]
    allocation_id: Mapped[str | None] = mapped_column(String(40))
    association_id: Mapped[str | None] = mapped_column(String(40))
    is_primary: Mapped[bool] = mapped_column(default=False)


class NatGateway(Transient):
    __tablename__ = "nat_gateways"
    KIND, PREFIX, NOUN = "natgateway", "nat", "NAT gateway"
    NOT_FOUND, MALFORMED = "NatGatewayNotFound", "NatGatewayMalformed"
    FADES = frozenset({"deleted", "failed"})

    vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    subnet_id: Mapped[str] = mapped_column(String(40), index=True)
    connectivity_type: Mapped[str] = mapped_column(default="public")
    network_interface_id: Mapped[str | None] = mapped_column(String(40), index=True)
    failure_code: Mapped[str | None]
    """Why it cannot be made; shown once the state is ``failed``."""
    failure_message: Mapped[str | None]
    deleted_at: Mapped[datetime | None]

    addresses: Mapped[list[NatGatewayAddress]] = relationship(
        NatGatewayAddress,
        primaryjoin=lambda: foreign(NatGatewayAddress.nat_gateway_id) == NatGateway.id,
        order_by=NatGatewayAddress.row,
        viewonly=True,
    )
