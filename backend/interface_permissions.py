"""What accounts let others do with their network interfaces: attach one to an instance, associate an address.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterfacePermission.html
"""

import re

from sqlalchemy import select

from backend import errors
from backend.db.models import NetworkInterface, NetworkInterfacePermission
from backend.db.unit_of_work import UnitOfWork, check_form

PERMISSIONS = ("INSTANCE-ATTACH", "EIP-ASSOCIATE")
_ACCOUNT = re.compile(r"[0-9]{12}")


def grant(
    uow: UnitOfWork,
    network_interface_id: str,
    aws_account_id: str | None,
    permission: str,
    aws_service: str | None = None,
) -> NetworkInterfacePermission:
    """Let an account use an interface; where it may already, the permission that there is.

    AWS supports no services yet. Errors: UnsupportedOperation, MissingParameter, InvalidParameterValue,
    OperationNotPermitted, InvalidNetworkInterfaceID.NotFound.
    """
    interface = uow.require(NetworkInterface, network_interface_id, for_update=True)
    if aws_service is not None:
        raise errors.UnsupportedOperation(reason="Permissions for services are currently not supported.")
    if not aws_account_id:
        raise errors.MissingParameter(name="AwsAccountId")
    if not _ACCOUNT.fullmatch(aws_account_id) or aws_account_id == uow.account:
        raise errors.InvalidParameterValue(
            value=aws_account_id, name="awsAccountId", reason="Specify the id of another account."
        )
    if interface.requester_managed:
        raise errors.OperationNotPermitted(reason=f"You are not allowed to manage the interface '{interface.id}'.")
    same = {"network_interface_id": interface.id, "aws_account_id": aws_account_id, "permission": permission}
    if found := uow.query(NetworkInterfacePermission).filter_by(**same).first():
        return found
    made = NetworkInterfacePermission(account=uow.account, region=uow.region, **same)
    uow.add(made)
    return made


def revoke(uow: UnitOfWork, permission_id: str, *, force: bool = False) -> None:
    """Take a permission back. OperationNotPermitted while its account has the interface attached, unless forced."""
    permission = uow.require(NetworkInterfacePermission, permission_id, for_update=True)
    interface = uow.require(NetworkInterface, permission.network_interface_id)
    attached = permission.permission == "INSTANCE-ATTACH" and interface.instance_owner_id == permission.aws_account_id
    if attached and not force:
        raise errors.OperationNotPermitted(
            reason=f"The account {permission.aws_account_id} has attached the network interface '{interface.id}'."
        )
    uow.delete(permission)


def require(uow: UnitOfWork, network_interface_id: str, permission: str) -> NetworkInterface:
    """An interface, locked: the account's own, or one whose owner lets it do this with it.

    Errors: InvalidNetworkInterfaceId.Malformed, InvalidNetworkInterfaceID.NotFound.
    """
    check_form(NetworkInterface, [network_interface_id])
    granted = select(NetworkInterfacePermission.network_interface_id).where(
        NetworkInterfacePermission.network_interface_id == network_interface_id,
        NetworkInterfacePermission.aws_account_id == uow.account,
        NetworkInterfacePermission.permission == permission,
    )
    mine = NetworkInterface.account == uow.account
    here = (NetworkInterface.id == network_interface_id, NetworkInterface.region == uow.region)
    found = uow.anywhere(NetworkInterface, *here, mine | NetworkInterface.id.in_(granted), for_update=True)
    if not found:
        raise errors.NotFound(code=NetworkInterface.NOT_FOUND, noun=NetworkInterface.NOUN, ids=[network_interface_id])
    return found[0]
