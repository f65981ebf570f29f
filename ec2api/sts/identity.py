"""STS actions that tell whom access keys belong to."""

from typing import Any

from backend import access_keys, errors
from backend.db.models.identity import AccessKey
from ec2api.call import Call
from ec2api.registry import action


@action(service="sts", reads=True)
def get_caller_identity(call: Call) -> dict[str, Any]:
    caller = call.caller
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


@action(service="sts", reads=True)
def get_access_key_info(call: Call, *, access_key_id: str) -> dict[str, Any]:
    """The account of any key, whatever its state; in the mode ``open`` also of keys that nobody created."""
    if call.caller.is_user_session:
        raise errors.AccessDenied(reason="Cannot call GetAccessKeyInfo with session credentials")
    found = call.uow.get(AccessKey, access_key_id)
    if found is None and call.settings.auth_mode != "open":
        raise errors.ValidationError(reason=f"The access key {access_key_id} does not exist.")
    return {"Account": found.account if found else access_keys.OPEN_ACCOUNT}
