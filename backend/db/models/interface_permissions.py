"""The table of what accounts let others do with their network interfaces."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Resource


class NetworkInterfacePermission(Resource):
    """What another account may do with one network interface. The owner is who grants it."""

    __tablename__ = "network_interface_permissions"
    KIND, PREFIX, NOUN = "network-interface-permission", "eni-perm", "network interface permission"
    NOT_FOUND, MALFORMED = "InvalidPermissionID.NotFound", "InvalidPermissionID.Malformed"

    network_interface_id: Mapped[str] = mapped_column(String(40), index=True)
    aws_account_id: Mapped[str] = mapped_column(String(12))
    permission: Mapped[str]
