"""IAM actions on the roles of services."""

from typing import Any

from backend.db.models import IamRole
from backend.iam import entities, service_linked_roles
from ec2api.call import Call
from ec2api.iam import roles
from ec2api.registry import action


@action(service="iam")
def create_service_linked_role(
    call: Call, *, aws_service_name: str, description: str | None = None, custom_suffix: str | None = None
) -> dict[str, Any]:
    role = service_linked_roles.create(call.uow, aws_service_name, description=description, suffix=custom_suffix)
    return {"Role": roles.listed(entities.look_up(call.uow, IamRole, role.name))}


@action(service="iam")
def delete_service_linked_role(call: Call, *, role_name: str) -> dict[str, Any]:
    """Delete the role at once: no service of this cloud depends on one."""
    return {"DeletionTaskId": service_linked_roles.delete(call.uow, role_name)}


@action(service="iam", reads=True)
def get_service_linked_role_deletion_status(call: Call, *, deletion_task_id: str) -> dict[str, Any]:
    service_linked_roles.require_deletion(call.uow, deletion_task_id)
    return {"Status": "SUCCEEDED"}
