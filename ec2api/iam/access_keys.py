"""IAM actions on access keys. Without UserName they are about the caller's own.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html
"""

from typing import Any

from backend import errors, key_file
from backend.db.models import AccessKey
from backend.iam import access_keys
from backend.iam.access_keys import Holder
from ec2api.call import Call
from ec2api.iam import users
from ec2api.iam.pages import cut
from ec2api.registry import action

NEVER = "N/A"
"""What AWS shows as service and region of a key that was never used."""


def listed(key: AccessKey, whose: Holder) -> dict[str, Any]:
    return {
        "UserName": whose.user_name,
        "AccessKeyId": key.id,
        "Status": key.status,
        "CreateDate": key.created,
    }


def _holder(call: Call, user_name: str | None) -> Holder:
    return access_keys.holder(call.uow, user_name or users.name_of_caller(call))


@action(service="iam")
def create_access_key(call: Call, *, user_name: str | None = None) -> dict[str, Any]:
    whose = _holder(call, user_name)
    new = access_keys.create(call.uow, key_file.at(call.settings.key_path), whose)
    key = access_keys.require(call.uow, whose, new.access_key_id)
    return {"AccessKey": {**listed(key, whose), "SecretAccessKey": new.secret}}


@action(service="iam", reads=True)
def list_access_keys(
    call: Call, *, user_name: str | None = None, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    whose = _holder(call, user_name)
    found, rest = cut(access_keys.of(call.uow, whose), marker, max_items)
    return {"AccessKeyMetadata": [listed(key, whose) for key in found], **rest}


@action(service="iam")
def update_access_key(call: Call, *, access_key_id: str, status: str, user_name: str | None = None) -> None:
    if status not in ("Active", "Inactive"):
        raise errors.InvalidInput(reason=f"The status of an access key is Active or Inactive, not {status}.")
    access_keys.require(call.uow, _holder(call, user_name), access_key_id).status = status


@action(service="iam")
def delete_access_key(call: Call, *, access_key_id: str, user_name: str | None = None) -> None:
    call.uow.delete(access_keys.require(call.uow, _holder(call, user_name), access_key_id))


@action(service="iam", reads=True)
def get_access_key_last_used(call: Call, *, access_key_id: str) -> dict[str, Any]:
    key = access_keys.find(call.uow, access_key_id)
    if key is None:
        raise errors.AccessDenied(
            reason=f"User: {call.caller.arn} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: "
            f"access key {access_key_id}"
        )
    name = key.arn.rpartition("/")[2] if ":user/" in key.arn else None
    used = {
        "LastUsedDate": key.used_at,
        "ServiceName": key.used_service or NEVER,
        "Region": key.used_region or NEVER,
    }
    return {"UserName": name, "AccessKeyLastUsed": used}
