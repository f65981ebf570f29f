"""EC2 actions on what accounts let others do with their network interfaces.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterfacePermission.html
"""

from typing import Any

from backend import interface_permissions
from backend.db.models import NetworkInterfacePermission
from ec2api.call import Call
from ec2api.describe import Describe, nothing
from ec2api.registry import action


def show(permission: Any) -> dict[str, Any]:
    return {
        "NetworkInterfacePermissionId": permission.id,
        "NetworkInterfaceId": permission.network_interface_id,
        "AwsAccountId": permission.aws_account_id,
        "Permission": permission.permission,
        "PermissionState": {"State": "granted"},
    }


@action
def create_network_interface_permission(
    call: Call,
    *,
    network_interface_id: str,
    permission: str,
    aws_account_id: str | None = None,
    aws_service: str | None = None,
) -> dict[str, Any]:
    granted = interface_permissions.grant(call.uow, network_interface_id, aws_account_id, permission, aws_service)
    return {"InterfacePermission": show(granted)}


@action
def delete_network_interface_permission(
    call: Call, *, network_interface_permission_id: str, force: bool = False
) -> dict[str, Any]:
    interface_permissions.revoke(call.uow, network_interface_permission_id, force=force)
    return {"Return": True}


_OF = "network-interface-permission"

Describe(
    "DescribeNetworkInterfacePermissions",
    NetworkInterfacePermission,
    view=show,
    ids="NetworkInterfacePermissionIds",
    limits=(5, 255),
    page=50,
    tagged=False,
    filters={
        f"{_OF}.aws-account-id": NetworkInterfacePermission.aws_account_id,
        f"{_OF}.aws-service": nothing,
        f"{_OF}.network-interface-id": NetworkInterfacePermission.network_interface_id,
        f"{_OF}.network-interface-permission-id": NetworkInterfacePermission.id,
        f"{_OF}.permission": NetworkInterfacePermission.permission,
    },
)
