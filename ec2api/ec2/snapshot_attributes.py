"""EC2 actions on the permissions of snapshots, and on whether an account's may be public."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors, snapshot_attributes
from backend.db.models import Snapshot
from ec2api.call import Call
from ec2api.registry import action

PERMISSION = "createVolumePermission"


@action(open_enums=("PermissionGroup",))
def modify_snapshot_attribute(
    call: Call,
    *,
    snapshot_id: str,
    attribute: str = PERMISSION,
    create_volume_permission: Mapping[str, Any] | None = None,
    operation_type: str | None = None,
    user_ids: Sequence[str] = (),
    group_names: Sequence[str] = (),
) -> None:
    _check_attribute(attribute, "modified")
    listed = [{"UserId": user} for user in user_ids] + [{"Group": group} for group in group_names]
    if create_volume_permission is not None:
        add, remove = create_volume_permission.get("Add", ()), create_volume_permission.get("Remove", ())
        # The lists may repeat what CreateVolumePermission says, which Packer does.
        if operation_type or any(each not in (*add, *remove) for each in listed):
            raise errors.InvalidParameterCombination(
                reason="CreateVolumePermission cannot be used with OperationType and lists of other users or groups."
            )
    else:
        if not operation_type:
            raise errors.MissingParameter(name="OperationType")
        add, remove = (listed, []) if operation_type == "add" else ([], listed)
    if not add and not remove:
        raise errors.MissingParameter(name="CreateVolumePermission")
    snapshot_attributes.change(call.uow, snapshot_id, add=add, remove=remove)


@action(reads=True)
def describe_snapshot_attribute(call: Call, *, snapshot_id: str, attribute: str) -> dict[str, Any]:
    snapshot = call.uow.look_up(Snapshot, snapshot_id, load=(Snapshot.permissions,))
    if snapshot.account != call.account:
        raise errors.AuthFailureSnapshot(id=snapshot_id)
    shown: dict[str, Any] = {"SnapshotId": snapshot_id}
    if attribute == PERMISSION:
        return shown | {"CreateVolumePermissions": snapshot_attributes.permissions(snapshot)}
    return shown | {"ProductCodes": []}


@action
def reset_snapshot_attribute(call: Call, *, snapshot_id: str, attribute: str) -> None:
    _check_attribute(attribute, "reset")
    snapshot_attributes.reset(call.uow, snapshot_id)


def _check_attribute(attribute: str, done: str) -> None:
    if attribute != PERMISSION:
        raise errors.InvalidParameterValue(value=attribute, name="attribute", reason=f"It cannot be {done}.")


@action
def enable_snapshot_block_public_access(call: Call, *, state: str) -> dict[str, Any]:
    if state not in snapshot_attributes.BLOCKING:
        raise errors.InvalidParameterValue(
            value=state, name="state", reason=f"Valid values: {', '.join(snapshot_attributes.BLOCKING)}."
        )
    return {"State": snapshot_attributes.set_public_access(call.uow, state)}


@action
def disable_snapshot_block_public_access(call: Call) -> dict[str, Any]:
    return {"State": snapshot_attributes.set_public_access(call.uow, "unblocked")}


@action(reads=True)
def get_snapshot_block_public_access_state(call: Call) -> dict[str, Any]:
    return {"State": snapshot_attributes.public_access(call.uow), "ManagedBy": "account"}
