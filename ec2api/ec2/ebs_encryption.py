"""EC2 actions on an account's defaults of EBS encryption."""

from typing import Any

from backend import ebs_encryption
from ec2api.call import Call
from ec2api.registry import action


def _set(call: Call, by_default: bool) -> dict[str, Any]:
    ebs_encryption.change(call.uow).encryption_by_default = by_default
    return {"EbsEncryptionByDefault": by_default}


@action
def enable_ebs_encryption_by_default(call: Call) -> dict[str, Any]:
    return _set(call, True)


@action
def disable_ebs_encryption_by_default(call: Call) -> dict[str, Any]:
    return _set(call, False)


@action(reads=True)
def get_ebs_encryption_by_default(call: Call) -> dict[str, Any]:
    by_default = ebs_encryption.settings(call.uow).encryption_by_default
    return {"EbsEncryptionByDefault": by_default, "SseType": "sse-kms" if by_default else "none"}


@action(reads=True)
def get_ebs_default_kms_key_id(call: Call) -> dict[str, Any]:
    return {"KmsKeyId": ebs_encryption.settings(call.uow).default_kms_key_id or ebs_encryption.MANAGED_ALIAS}


@action
def modify_ebs_default_kms_key_id(call: Call, *, kms_key_id: str) -> dict[str, Any]:
    key = ebs_encryption.key_arn(call.uow, kms_key_id)
    ebs_encryption.change(call.uow).default_kms_key_id = key
    return {"KmsKeyId": key}


@action
def reset_ebs_default_kms_key_id(call: Call) -> dict[str, Any]:
    ebs_encryption.change(call.uow).default_kms_key_id = None
    return {"KmsKeyId": ebs_encryption.MANAGED_ALIAS}
