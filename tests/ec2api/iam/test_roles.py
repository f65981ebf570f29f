"""Roles: what they show, who may be named in a trust policy, their policies, and when they may go."""

import json
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.ec2api.iam.conftest import ALLOW, SSM_CORE, TRUST
from tests.launching import code_of


def create(iam: Any, name: str = "web", **given: Any) -> Any:
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, **given)["Role"]


def test_a_role_is_shown_as_it_was_made(iam: Any, account: str) -> None:
    made = create(
        iam, Path="/team/a/", Description="Web", MaxSessionDuration=7200, Tags=[{"Key": "Team", "Value": "a"}]
    )
    assert made["Arn"] == f"arn:aws:iam::{account}:role/team/a/web"
    assert made["RoleId"].startswith("AROA")
    shown = iam.get_role(RoleName="web")["Role"]
    assert shown == {**made, "RoleLastUsed": {}}
    assert shown["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert shown["Tags"] == [{"Key": "Team", "Value": "a"}]
    iam.get_waiter("role_exists").wait(RoleName="web")
    (listed,) = iam.list_roles(PathPrefix="/team/")["Roles"]
    assert listed.keys() == made.keys() - {"Tags"}
    assert iam.list_roles(PathPrefix="/other/")["Roles"] == []


def test_names_are_unique_whatever_their_case(iam: Any) -> None:
    create(iam)
    assert code_of(create, iam=iam, name="WEB") == "EntityAlreadyExists"
    assert code_of(iam.get_role, RoleName="none") == "NoSuchEntity"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.delete_role(RoleName="none")


def test_changes(iam: Any) -> None:
    create(iam, Description="a")
    iam.update_role(RoleName="web", Description="b", MaxSessionDuration=3601)
    shown = iam.update_role_description(RoleName="web", Description="c")["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("c", 3601)
    other = json.loads(TRUST)
    other["Statement"][0]["Principal"] = {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}
    iam.update_assume_role_policy(RoleName="web", PolicyDocument=json.dumps(other))
    assert iam.get_role(RoleName="web")["Role"]["AssumeRolePolicyDocument"] == other
    assert code_of(iam.update_role, RoleName="web", MaxSessionDuration=60) == "ValidationError"


def test_inline_policies(iam: Any) -> None:
    create(iam)
    iam.put_role_policy(RoleName="web", PolicyName="read", PolicyDocument=ALLOW)
    iam.put_role_policy(RoleName="web", PolicyName="again", PolicyDocument=ALLOW)
    iam.put_role_policy(RoleName="web", PolicyName="read", PolicyDocument=ALLOW.replace("Get", "Put"))
    assert iam.list_role_policies(RoleName="web")["PolicyNames"] == ["again", "read"]
    shown = iam.get_role_policy(RoleName="web", PolicyName="read")
    assert shown["PolicyDocument"]["Statement"][0]["Action"] == "s3:PutObject"
    assert code_of(iam.delete_role, RoleName="web") == "DeleteConflict"
    for name in ("again", "read"):
        iam.delete_role_policy(RoleName="web", PolicyName=name)
    assert code_of(iam.get_role_policy, RoleName="web", PolicyName="read") == "NoSuchEntity"
    assert code_of(iam.delete_role_policy, RoleName="web", PolicyName="read") == "NoSuchEntity"
    iam.delete_role(RoleName="web")


def test_inline_policies_have_a_size_together(iam: Any) -> None:
    create(iam)
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::" + "b" * 4900]}
    long = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_role_policy(RoleName="web", PolicyName="a", PolicyDocument=long)
    iam.put_role_policy(RoleName="web", PolicyName="b", PolicyDocument=long)
    third = {"RoleName": "web", "PolicyName": "c", "PolicyDocument": long}
    assert code_of(iam.put_role_policy, **third) == "LimitExceeded"
    iam.put_role_policy(RoleName="web", PolicyName="b", PolicyDocument=long)


def test_attached_policies(iam: Any, account: str) -> None:
    create(iam)
    own = iam.create_policy(PolicyName="own", Path="/team/", PolicyDocument=ALLOW)["Policy"]["Arn"]
    for arn in (SSM_CORE, own, own):
        iam.attach_role_policy(RoleName="web", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="web")["AttachedPolicies"]
    assert attached == [
        {"PolicyName": "AmazonSSMManagedInstanceCore", "PolicyArn": SSM_CORE},
        {"PolicyName": "own", "PolicyArn": own},
    ]
    below = iam.list_attached_role_policies(RoleName="web", PathPrefix="/team/")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in below] == [own]
    assert code_of(iam.delete_role, RoleName="web") == "DeleteConflict"
    none = f"arn:aws:iam::{account}:policy/none"
    assert code_of(iam.attach_role_policy, RoleName="web", PolicyArn=none) == "NoSuchEntity"
    assert (
        code_of(iam.attach_role_policy, RoleName="web", PolicyArn=f"arn:aws:iam::{account}:role/web") == "InvalidInput"
    )
    of_service = "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"
    assert code_of(iam.attach_role_policy, RoleName="web", PolicyArn=of_service) == "PolicyNotAttachable"
    for arn in (SSM_CORE, own):
        iam.detach_role_policy(RoleName="web", PolicyArn=arn)
    assert code_of(iam.detach_role_policy, RoleName="web", PolicyArn=own) == "NoSuchEntity"


def test_permissions_boundary(iam: Any) -> None:
    create(iam, PermissionsBoundary=SSM_CORE)
    shown = iam.get_role(RoleName="web")["Role"]["PermissionsBoundary"]
    assert shown == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": SSM_CORE}
    own = iam.create_policy(PolicyName="limit", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary=own)
    assert iam.get_policy(PolicyArn=own)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    assert code_of(iam.delete_policy, PolicyArn=own) == "DeleteConflict"
    iam.delete_role_permissions_boundary(RoleName="web")
    assert "PermissionsBoundary" not in iam.get_role(RoleName="web")["Role"]
    iam.delete_policy(PolicyArn=own)


def test_tags_do_not_tell_case_apart(iam: Any) -> None:
    create(iam, Tags=[{"Key": "Team", "Value": "a"}])
    iam.tag_role(RoleName="web", Tags=[{"Key": "team", "Value": "b"}, {"Key": "stage", "Value": ""}])
    found = iam.list_role_tags(RoleName="web")
    assert found["Tags"] == [{"Key": "stage", "Value": ""}, {"Key": "team", "Value": "b"}]
    first = iam.list_role_tags(RoleName="web", MaxItems=1)
    assert first["IsTruncated"]
    rest = iam.list_role_tags(RoleName="web", MaxItems=1, Marker=first["Marker"])
    assert (rest["Tags"], rest["IsTruncated"]) == ([{"Key": "team", "Value": "b"}], False)
    iam.untag_role(RoleName="web", TagKeys=["TEAM"])
    assert iam.list_role_tags(RoleName="web")["Tags"] == [{"Key": "stage", "Value": ""}]
    twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "1"}]
    assert code_of(iam.tag_role, RoleName="web", Tags=twice) == "InvalidInput"
    reserved = [{"Key": "aws:x", "Value": "1"}]
    assert code_of(iam.tag_role, RoleName="web", Tags=reserved) == "InvalidInput"
    many = [{"Key": str(n), "Value": ""} for n in range(50)]
    assert code_of(iam.tag_role, RoleName="web", Tags=many) == "LimitExceeded"


def test_pages(iam: Any) -> None:
    for number in range(5):
        create(iam, f"Role{number}")
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Roles"]) for page in pages] == [2, 2, 1]
    assert [role["RoleName"] for page in pages for role in page["Roles"]] == [f"Role{n}" for n in range(5)]
    assert code_of(iam.list_roles, Marker="nonsense") == "ValidationError"
    assert code_of(iam.list_roles, MaxItems=0) == "ValidationError"


def statement(**given: Any) -> str:
    whole = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", **given}
    return json.dumps({"Statement": {name: value for name, value in whole.items() if value is not None}})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "Syntax errors in policy."),
        (ALLOW, "Has prohibited field Resource"),
        (statement(Principal=None), "Missing required field Principal"),
        (statement(Effect="Perhaps"), "Syntax errors in policy."),
        (statement(Action="s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (statement(Principal={"AWS": "ann"}), 'Invalid principal in policy: "AWS":"ann"'),
        (statement(Principal={"Service": "ec2"}), 'Invalid principal in policy: "SERVICE":"ec2"'),
        (statement(Principal={"Colour": "red"}), 'Invalid principal in policy: "COLOUR":"red"'),
        (statement(Principal={}), "Syntax errors in policy."),
        (statement(Condition={"StringEquals": "x"}), "Syntax errors in policy."),
        (statement(Sid="a b"), "Statement IDs (SID) should be alphanumeric."),
    ],
)
def test_malformed_trust_policies(iam: Any, document: str, message: str) -> None:
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException) as refused:
        iam.create_role(RoleName="web", AssumeRolePolicyDocument=document)
    assert refused.value.response["Error"]["Message"] == message
    assert iam.list_roles()["Roles"] == []


def test_trust_in_somebody_who_is_not_there(iam: Any, account: str) -> None:
    ann = statement(Principal={"AWS": f"arn:aws:iam::{account}:user/ann"})
    assert code_of(iam.create_role, RoleName="r", AssumeRolePolicyDocument=ann) == "MalformedPolicyDocument"
    iam.create_user(UserName="ann")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=ann)
    elsewhere = statement(Principal={"AWS": "arn:aws:iam::444455556666:role/path/who"})
    iam.create_role(RoleName="s", AssumeRolePolicyDocument=elsewhere)


def test_service_linked_roles(iam: Any, account: str) -> None:
    made = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", Description="d")["Role"]
    path = "aws-service-role/autoscaling.amazonaws.com"
    assert made["Arn"] == f"arn:aws:iam::{account}:role/{path}/AWSServiceRoleForAutoScaling"
    again = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="x")["Role"]
    assert again["RoleName"] == "AWSServiceRoleForAutoScaling_x"
    name = made["RoleName"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AutoScalingServiceRolePolicy"]
    for given in (
        {"AWSServiceName": "autoscaling.amazonaws.com"},
        {"AWSServiceName": "spot.amazonaws.com", "CustomSuffix": "x"},
        {"AWSServiceName": "none.amazonaws.com"},
    ):
        assert code_of(iam.create_service_linked_role, **given) == "InvalidInput"
    for call, more in (
        (iam.delete_role, {}),
        (iam.attach_role_policy, {"PolicyArn": SSM_CORE}),
        (iam.put_role_policy, {"PolicyName": "a", "PolicyDocument": ALLOW}),
        (iam.update_role, {"MaxSessionDuration": 3600}),
    ):
        assert code_of(call, RoleName=name, **more) == "UnmodifiableEntity"
    iam.update_role(RoleName=name, Description="other")
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert code_of(iam.get_role, RoleName=name) == "NoSuchEntity"
    assert code_of(iam.get_service_linked_role_deletion_status, DeletionTaskId=task + "x") == "NoSuchEntity"
    create(iam)
    assert code_of(iam.delete_service_linked_role, RoleName="web") == "NoSuchEntity"


def test_roles_belong_to_their_account_and_to_no_region(shared_cloud: Embedded, iam: Any, account: str) -> None:
    create(iam)
    other = shared_cloud.client("iam", account="999999999997")
    assert code_of(other.get_role, RoleName="web") == "NoSuchEntity"
    assert code_of(other.delete_role, RoleName="web") == "NoSuchEntity"
    assert other.list_roles()["Roles"] == []
    elsewhere = shared_cloud.client("iam", account=account, region="eu-central-1")
    assert elsewhere.get_role(RoleName="web")["Role"]["RoleName"] == "web"
