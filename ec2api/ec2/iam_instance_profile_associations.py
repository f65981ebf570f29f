"""EC2 actions on the instance profiles of instances.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IamInstanceProfileAssociation.html
"""

from typing import Any

from backend import instance_profile_associations as associations
from backend.db.models import IamInstanceProfileAssociation
from ec2api.call import Call
from ec2api.describe import Describe
from ec2api.registry import action


def show(association: Any) -> dict[str, Any]:
    return {
        "AssociationId": association.id,
        "InstanceId": association.instance_id,
        "IamInstanceProfile": {"Arn": association.profile_arn, "Id": association.profile_id},
        "State": association.state,
        "Timestamp": association.created,
    }


def _shown(association: IamInstanceProfileAssociation) -> dict[str, Any]:
    return {"IamInstanceProfileAssociation": {**show(association), "Timestamp": None}}


@action
def associate_iam_instance_profile(
    call: Call, *, iam_instance_profile: dict[str, Any], instance_id: str
) -> dict[str, Any]:
    return _shown(associations.associate(call.uow, call.settings, instance_id, iam_instance_profile))


@action
def disassociate_iam_instance_profile(call: Call, *, association_id: str) -> dict[str, Any]:
    return _shown(associations.disassociate(call.uow, call.settings, association_id))


@action
def replace_iam_instance_profile_association(
    call: Call, *, iam_instance_profile: dict[str, Any], association_id: str
) -> dict[str, Any]:
    return _shown(associations.replace(call.uow, call.settings, association_id, iam_instance_profile))


Describe(
    "DescribeIamInstanceProfileAssociations",
    IamInstanceProfileAssociation,
    view=show,
    ids="AssociationIds",
    tagged=False,
    filters={
        "instance-id": IamInstanceProfileAssociation.instance_id,
        "state": IamInstanceProfileAssociation.state,
    },
)
