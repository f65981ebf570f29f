"""Managed policies: AWS's and an account's own, versions, and what they are attached to."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import errors
from backend.catalogue import managed_policies
from backend.iam import documents
from tests.ec2api.iam.conftest import ALLOW, SSM_CORE, TRUST
from tests.launching import code_of


def create(iam: Any, name: str = "own", **given: Any) -> Any:
    return iam.create_policy(PolicyName=name, PolicyDocument=ALLOW, **given)["Policy"]


def test_a_policy_is_shown_as_it_was_made(iam: Any, account: str) -> None:
    made = create(
        iam, Path="/team/", Description="Reads", Tags=[{"Key": "b", "Value": "1"}, {"Key": "B", "Value": "2"}]
    )
    assert made["Arn"] == f"arn:aws:iam::{account}:policy/team/own"
    assert made["PolicyId"].startswith("ANPA")
    assert (made["DefaultVersionId"], made["AttachmentCount"], made["IsAttachable"]) == ("v1", 0, True)
    assert iam.get_policy(PolicyArn=made["Arn"])["Policy"] == made
    assert made["Tags"] == [{"Key": "B", "Value": "2"}, {"Key": "b", "Value": "1"}]
    iam.get_waiter("policy_exists").wait(PolicyArn=made["Arn"])
    document = iam.get_policy_version(PolicyArn=made["Arn"], VersionId="v1")["PolicyVersion"]["Document"]
    assert document == json.loads(ALLOW)
    assert code_of(create, iam=iam, name="OWN") == "EntityAlreadyExists"
    iam.untag_policy(PolicyArn=made["Arn"], TagKeys=["b"])
    iam.tag_policy(PolicyArn=made["Arn"], Tags=[{"Key": "c", "Value": ""}])
    assert [tag["Key"] for tag in iam.list_policy_tags(PolicyArn=made["Arn"])["Tags"]] == ["B", "c"]
    iam.delete_policy(PolicyArn=made["Arn"])
    assert code_of(iam.get_policy, PolicyArn=made["Arn"]) == "NoSuchEntity"


def test_policies_of_aws(iam: Any) -> None:
    for policy in managed_policies.all():
        documents.identity(policy.document)
    shown = iam.get_policy(PolicyArn=SSM_CORE)["Policy"]
    assert (shown["PolicyName"], shown["DefaultVersionId"]) == ("AmazonSSMManagedInstanceCore", "v2")
    version = iam.get_policy_version(PolicyArn=SSM_CORE, VersionId="v2")["PolicyVersion"]
    assert version["IsDefaultVersion"]
    assert "ssm:UpdateInstanceInformation" in version["Document"]["Statement"][0]["Action"]
    for call, more in (
        (iam.delete_policy, {}),
        (iam.create_policy_version, {"PolicyDocument": ALLOW}),
        (iam.tag_policy, {"Tags": [{"Key": "a", "Value": "b"}]}),
    ):
        assert code_of(call, PolicyArn=SSM_CORE, **more) == "AccessDenied"


def test_lists(iam: Any) -> None:
    own = create(iam, Path="/team/")
    create(iam, "idle")
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=own["Arn"])
    iam.attach_role_policy(RoleName="web", PolicyArn=SSM_CORE)

    def names(**given: Any) -> list[str]:
        pages = iam.get_paginator("list_policies").paginate(PaginationConfig={"PageSize": 7}, **given)
        return [policy["PolicyName"] for page in pages for policy in page["Policies"]]

    of_aws = len(managed_policies.all())
    assert len(names()) == of_aws + 2
    assert names(Scope="Local") == ["idle", "own"]
    assert len(names(Scope="AWS")) == of_aws
    assert names(PathPrefix="/team/") == ["own"]
    assert names(OnlyAttached=True) == ["own", "AmazonSSMManagedInstanceCore"]
    assert names(OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy") == ["AmazonSSMManagedInstanceCore"]
    assert names(PolicyUsageFilter="PermissionsBoundary") == ["own"]
    (used,) = iam.list_policies(OnlyAttached=True, Scope="AWS")["Policies"]
    assert used["AttachmentCount"] == 1
    assert code_of(iam.list_policies, Scope="Mine") == "ValidationError"


def test_versions(iam: Any) -> None:
    arn = create(iam)["Arn"]
    second = iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW)["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW, SetAsDefault=True)
    for _ in range(2):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW)
    more = {"PolicyArn": arn, "PolicyDocument": ALLOW}
    assert code_of(iam.create_policy_version, **more) == "LimitExceeded"
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in listed] == [
        ("v5", False),
        ("v4", False),
        ("v3", True),
        ("v2", False),
        ("v1", False),
    ]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"
    assert code_of(iam.delete_policy_version, PolicyArn=arn, VersionId="v3") == "DeleteConflict"
    assert code_of(iam.delete_policy, PolicyArn=arn) == "DeleteConflict"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    for version in ("v2", "v3", "v4", "v5"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW)["PolicyVersion"]["VersionId"] == "v6"
    assert code_of(iam.get_policy_version, PolicyArn=arn, VersionId="v2") == "NoSuchEntity"
    assert code_of(iam.set_default_policy_version, PolicyArn=arn, VersionId="v2") == "NoSuchEntity"
    assert code_of(iam.get_policy_version, PolicyArn=arn, VersionId="2") == "ValidationError"


def test_entities_of_a_policy(iam: Any) -> None:
    arn = create(iam)["Arn"]
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    iam.create_user(UserName="ann", PermissionsBoundary=arn)
    iam.create_user(UserName="bob", Path="/x/")
    iam.create_group(GroupName="all")
    iam.attach_role_policy(RoleName="web", PolicyArn=arn)
    iam.attach_user_policy(UserName="bob", PolicyArn=arn)
    iam.attach_group_policy(GroupName="all", PolicyArn=arn)

    def names(**given: Any) -> list[str]:
        pages = iam.get_paginator("list_entities_for_policy").paginate(
            PolicyArn=arn, PaginationConfig={"PageSize": 1}, **given
        )
        found: list[str] = []
        for page in pages:
            found += [group["GroupName"] for group in page["PolicyGroups"]]
            found += [user["UserName"] for user in page["PolicyUsers"]]
            found += [role["RoleName"] for role in page["PolicyRoles"]]
        return found

    assert names() == ["all", "ann", "bob", "web"]
    assert names(EntityFilter="User") == ["ann", "bob"]
    assert names(PolicyUsageFilter="PermissionsBoundary") == ["ann"]
    assert names(PolicyUsageFilter="PermissionsPolicy") == ["all", "bob", "web"]
    assert names(PathPrefix="/x/") == ["bob"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 3
    assert code_of(iam.delete_policy, PolicyArn=arn) == "DeleteConflict"
    details = iam.get_account_authorization_details()
    assert [user["UserName"] for user in details["UserDetailList"]] == ["ann", "bob"]
    assert details["RoleDetailList"][0]["AttachedManagedPolicies"] == [{"PolicyName": "own", "PolicyArn": arn}]
    assert [policy["PolicyName"] for policy in details["Policies"]] == ["own"]
    groups = iam.get_account_authorization_details(Filter=["Group"])
    assert [group["GroupName"] for group in groups["GroupDetailList"]] == ["all"]
    assert groups["UserDetailList"] == []


def statement(**given: Any) -> str:
    whole = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", **given}
    return json.dumps({"Statement": [{name: value for name, value in whole.items() if value is not None}]})


@pytest.mark.parametrize(
    "document",
    [
        "nonsense",
        "[]",
        json.dumps({"Version": "2020-01-01", "Statement": []}),
        statement(Effect=None),
        statement(Action=None),
        statement(Action="Describe"),
        statement(Resource=None),
        statement(Resource="bucket"),
        statement(NotResource="*"),
        statement(Principal="*"),
        statement(Other="x"),
        json.dumps({"Statement": 2 * json.loads(statement(Sid="same"))["Statement"]}),
    ],
)
def test_malformed_documents(iam: Any, document: str) -> None:
    call = {"PolicyName": "own", "PolicyDocument": document}
    assert code_of(iam.create_policy, **call) == "MalformedPolicyDocument"
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_a_policy_has_a_size_without_white_space(iam: Any) -> None:
    resources = ["arn:aws:s3:::" + "b" * 1000 for _ in range(7)]
    long = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": resources}})
    assert code_of(iam.create_policy, PolicyName="own", PolicyDocument=long) == "LimitExceeded"
    iam.create_policy(PolicyName="own", PolicyDocument=ALLOW.replace(" ", " " * 1000))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["*", "Allow", "sts:AssumeRole"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["AWS", "Service", "x"]), inner),
    max_leaves=6,
)
ELEMENTS = st.sampled_from(
    ["Sid", "Effect", "Action", "NotAction", "Resource", "Principal", "NotPrincipal", "Condition"]
)


@given(st.dictionaries(st.sampled_from(["Version", "Id", "Statement"]), st.dictionaries(ELEMENTS, ANYTHING) | ANYTHING))
def test_any_document_is_accepted_or_malformed(document: Any) -> None:
    for check in (documents.identity, documents.trust):
        try:
            check(json.dumps(document))
        except errors.MalformedPolicyDocument:
            continue
