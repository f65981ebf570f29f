"""IAM actions on the versions of managed policies.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html
"""

from typing import Any

from backend.db.models import IamPolicy
from backend.iam import policies
from ec2api.call import Call
from ec2api.iam import shapes
from ec2api.iam.pages import cut
from ec2api.registry import action


def listed(version: Any, default: int) -> dict[str, Any]:
    """A version as lists have it: without its document."""
    return {
        "VersionId": f"v{version.number}",
        "IsDefaultVersion": version.number == default,
        "CreateDate": version.created,
    }


def show(version: Any, default: int) -> dict[str, Any]:
    return {**listed(version, default), "Document": shapes.document(version.document)}


@action(service="iam")
def create_policy_version(
    call: Call, *, policy_arn: str, policy_document: str, set_as_default: bool = False
) -> dict[str, Any]:
    version = policies.create_version(call.uow, policy_arn, policy_document, as_default=set_as_default)
    return {"PolicyVersion": listed(version, version.number if set_as_default else 0)}


@action(service="iam", reads=True)
def get_policy_version(call: Call, *, policy_arn: str, version_id: str) -> dict[str, Any]:
    policy, version = policies.look_up_version(call.uow, policy_arn, version_id)
    return {"PolicyVersion": show(version, policy.default_version)}


@action(service="iam", reads=True)
def list_policy_versions(
    call: Call, *, policy_arn: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    policy = policies.look_up(call.uow, policy_arn, load=(IamPolicy.versions,))
    found, rest = cut(policy.versions, marker, max_items)
    return {"Versions": [listed(version, policy.default_version) for version in found], **rest}


@action(service="iam")
def set_default_policy_version(call: Call, *, policy_arn: str, version_id: str) -> None:
    policies.set_default(call.uow, policy_arn, version_id)


@action(service="iam")
def delete_policy_version(call: Call, *, policy_arn: str, version_id: str) -> None:
    policies.delete_version(call.uow, policy_arn, version_id)
