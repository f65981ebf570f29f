"""The table of EC2 Instance Connect Endpoints."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Transient


class InstanceConnectEndpoint(Transient):
    """A way into a VPC for connections to instances: an interface in one of its subnets."""

    __tablename__ = "instance_connect_endpoints"
    KIND, PREFIX, NOUN = "instance-connect-endpoint", "eice", "instance connect endpoint"
    NOT_FOUND = "InvalidInstanceConnectEndpointId.NotFound"
    MALFORMED = "InvalidInstanceConnectEndpointId.Malformed"
    FADES = frozenset({"delete-complete"})

    vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    subnet_id: Mapped[str] = mapped_column(String(40), index=True)
    zone: Mapped[str]
    network_interface_id: Mapped[str] = mapped_column(String(40))
    security_group_ids: Mapped[list[str]]
    preserve_client_ip: Mapped[bool]
    ip_address_type: Mapped[str]
