"""Cases of IAM and SSM, as far as EC2 stacks need them."""

import json

from conformance.terraform.case import case
from conformance.terraform.iam import (
    EC2_TRUST,
    IamAccessKey,
    IamInstanceProfile,
    IamPolicy,
    IamRole,
    IamRolePolicy,
    IamRolePolicyAttachment,
    IamUser,
    SsmParameter,
)
from conformance.terraform.network_cases import Given
from conformance.terraform.resource import Stack


def allow(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def role(stack: Stack, suffix: str = "") -> IamRole:
    return stack.add(IamRole, name=f"{stack.data.name}{suffix}", assume_role_policy=EC2_TRUST)


@case
def aws_iam_role(stack: Stack) -> Given:
    given = {"name": stack.data.name, "path": "/lab/", "assume_role_policy": EC2_TRUST, "description": "first"}
    made = stack.add(IamRole, **given, max_session_duration=3600, tags={"a": "b", "c": "d"})
    assert made["arn"] == f"arn:aws:iam::{stack.tf.account}:role/lab/{stack.data.name}"
    trust = EC2_TRUST.replace("ec2.amazonaws.com", "ssm.amazonaws.com")
    more = {"description": "second", "max_session_duration": 7200, "tags": {"a": "e"}}
    return made, {"assume_role_policy": trust, **more}


@case
def aws_iam_role_policy(stack: Stack) -> Given:
    made = stack.add(IamRolePolicy, role=role(stack).id, name="inline", policy=allow("ec2:*"))
    return made, {"policy": allow("ec2:Describe*")}


@case
def aws_iam_policy(stack: Stack) -> Given:
    made = stack.add(IamPolicy, name=stack.data.name, policy=allow("s3:*"), description="of the lab", tags={"a": "b"})
    return made, {"policy": allow("s3:GetObject"), "tags": {}}


@case
def aws_iam_role_policy_attachment(stack: Stack) -> Given:
    policy = stack.add(IamPolicy, name=stack.data.name, policy=allow("s3:*"))
    to = role(stack).id
    stack.add(IamRolePolicyAttachment, role=to, policy_arn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    return stack.add(IamRolePolicyAttachment, role=to, policy_arn=policy.id), {}


@case
def aws_iam_instance_profile(stack: Stack) -> Given:
    first, second = role(stack, "-1"), role(stack, "-2")
    made = stack.add(IamInstanceProfile, name=stack.data.name, role=first.id, path="/", tags={"a": "b"})
    return made, {"role": second.id, "tags": {"a": "c"}}


@case
def aws_iam_user(stack: Stack) -> Given:
    made = stack.add(IamUser, name=stack.data.name, path="/", tags={"a": "b"})
    return made, {"name": f"{stack.data.name}-2", "path": "/lab/", "tags": {}}


@case
def aws_iam_access_key(stack: Stack) -> Given:
    user = stack.add(IamUser, name=stack.data.name)
    return stack.add(IamAccessKey, user=user.id, status="Active"), {"status": "Inactive"}


@case
def aws_ssm_parameter(stack: Stack) -> Given:
    given = {"name": f"/{stack.data.name}/ami", "type": "String", "tags": {"a": "b"}}
    made = stack.add(SsmParameter, **given, value="ami-1", description="what to launch")
    return made, {"value": "ami-2"}
