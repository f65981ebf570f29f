"""Tables of VPC peering connections, and of security groups that are used in further VPCs."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, String, UniqueConstraint, and_, bindparam, or_
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend.db.base import Transient
from backend.db.models.network import VpcCidrBlock


class VpcPeeringConnection(Transient):
    """A row of the requester's account and region, which the accepter (``peer``) sees in its own."""

    __tablename__ = "vpc_peering_connections"
    KIND, PREFIX, NOUN = "vpc-peering-connection", "pcx", "vpcPeeringConnection"
    NOT_FOUND, MALFORMED = "InvalidVpcPeeringConnectionID.NotFound", "InvalidVpcPeeringConnectionId.Malformed"
    ACROSS_REGIONS, TAGGED_BY_ALL = True, True
    FADES: ClassVar[frozenset[str]] = frozenset({"deleted", "rejected", "expired", "failed"})

    vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    peer_vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    peer_account: Mapped[str] = mapped_column(String(12), index=True)
    peer_region: Mapped[str] = mapped_column(String(32))
    status_message: Mapped[str]
    expires: Mapped[datetime | None]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of the requester's side, by AWS's names."""
    peer_options: Mapped[dict[str, Any]] = mapped_column(default=dict)

    blocks: Mapped[list[VpcCidrBlock]] = relationship(
        VpcCidrBlock, primaryjoin=lambda: foreign(VpcCidrBlock.vpc_id) == VpcPeeringConnection.vpc_id, viewonly=True
    )
    peer_blocks: Mapped[list[VpcCidrBlock]] = relationship(
        VpcCidrBlock,
        primaryjoin=lambda: foreign(VpcCidrBlock.vpc_id) == VpcPeeringConnection.peer_vpc_id,
        viewonly=True,
    )

    @classmethod
    def visible(cls) -> ColumnElement[bool]:
        """Both sides see it, each in the region of its VPC; a failed one only the requester."""
        columns = cls.__table__.c
        account, region = bindparam("account", type_=String), bindparam("region", type_=String)
        return or_(
            and_(columns.account == account, columns.region == region),
            and_(columns.peer_account == account, columns.peer_region == region, columns.state != "failed"),
        )


class SecurityGroupVpcAssociation(Transient):
    """A further VPC in which interfaces can be in a security group. Its id is this cloud's own: AWS shows none."""

    __tablename__ = "security_group_vpc_associations"
    KIND, PREFIX, NOUN = "security-group-vpc-association", "sgvpc", "security group VPC association"
    NOT_FOUND, MALFORMED = "InvalidSecurityGroupVpcAssociation.NotFound", "InvalidID"

    group_id: Mapped[str] = mapped_column(String(40))
    vpc_id: Mapped[str] = mapped_column(String(40), index=True)

    INDEXES = (UniqueConstraint("group_id", "vpc_id"),)
