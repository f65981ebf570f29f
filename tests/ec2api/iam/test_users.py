"""Users, groups and access keys: keys of users work, and say who their users are."""

import json
from typing import Any

import pytest

from backend import access_keys, key_file
from tests.conftest import Embedded
from tests.ec2api.iam.conftest import ALLOW, SSM_CORE
from tests.launching import code_of


def test_the_life_of_a_user(iam: Any, account: str) -> None:
    made = iam.create_user(UserName="ann", Path="/team/", Tags=[{"Key": "A", "Value": "b"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{account}:user/team/ann"
    assert made["UserId"].startswith("AIDA")
    assert iam.get_user(UserName="ann")["User"] == made
    iam.get_waiter("user_exists").wait(UserName="ann")
    (listed,) = iam.list_users(PathPrefix="/team")["Users"]
    assert listed == {name: value for name, value in made.items() if name != "Tags"}
    iam.tag_user(UserName="ann", Tags=[{"Key": "c", "Value": "d"}])
    iam.untag_user(UserName="ann", TagKeys=["a"])
    assert iam.list_user_tags(UserName="ann")["Tags"] == [{"Key": "c", "Value": "d"}]
    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/")
    assert iam.get_user(UserName="anna")["User"]["UserId"] == made["UserId"]
    assert code_of(iam.get_user, UserName="ann") == "NoSuchEntity"
    iam.put_user_policy(UserName="anna", PolicyName="p", PolicyDocument=ALLOW)
    assert code_of(iam.delete_user, UserName="anna") == "DeleteConflict"
    iam.delete_user_policy(UserName="anna", PolicyName="p")
    iam.attach_user_policy(UserName="anna", PolicyArn=SSM_CORE)
    assert code_of(iam.delete_user, UserName="anna") == "DeleteConflict"
    iam.detach_user_policy(UserName="anna", PolicyArn=SSM_CORE)
    iam.put_user_permissions_boundary(UserName="anna", PermissionsBoundary=SSM_CORE)
    assert iam.get_user(UserName="anna")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == SSM_CORE
    iam.delete_user_permissions_boundary(UserName="anna")
    iam.delete_user(UserName="anna")
    assert iam.list_users()["Users"] == []


def test_groups(iam: Any, account: str) -> None:
    iam.create_user(UserName="ann")
    iam.create_user(UserName="bob")
    group = iam.create_group(GroupName="admins", Path="/g/")["Group"]
    assert group["Arn"] == f"arn:aws:iam::{account}:group/g/admins"
    assert group["GroupId"].startswith("AGPA")
    for name in ("ann", "bob", "ann"):
        iam.add_user_to_group(GroupName="admins", UserName=name)
    pages = iam.get_paginator("get_group").paginate(GroupName="admins", PaginationConfig={"PageSize": 1})
    assert [user["UserName"] for page in pages for user in page["Users"]] == ["ann", "bob"]
    assert iam.list_groups_for_user(UserName="ann")["Groups"] == [group]
    assert code_of(iam.delete_group, GroupName="admins") == "DeleteConflict"
    assert code_of(iam.delete_user, UserName="ann") == "DeleteConflict"
    iam.put_group_policy(GroupName="admins", PolicyName="p", PolicyDocument=ALLOW)
    assert iam.get_group_policy(GroupName="admins", PolicyName="p")["GroupName"] == "admins"
    iam.attach_group_policy(GroupName="admins", PolicyArn=SSM_CORE)
    (details,) = iam.get_account_authorization_details(Filter=["Group"])["GroupDetailList"]
    assert [policy["PolicyName"] for policy in details["GroupPolicyList"]] == ["p"]
    ann, _ = iam.get_account_authorization_details(Filter=["User"])["UserDetailList"]
    assert ann["GroupList"] == ["admins"]
    iam.delete_group_policy(GroupName="admins", PolicyName="p")
    iam.detach_group_policy(GroupName="admins", PolicyArn=SSM_CORE)
    for name in ("ann", "bob"):
        iam.remove_user_from_group(GroupName="admins", UserName=name)
    gone = {"GroupName": "admins", "UserName": "ann"}
    assert code_of(iam.remove_user_from_group, **gone) == "NoSuchEntity"
    iam.update_group(GroupName="admins", NewGroupName="ops", NewPath="/")
    iam.create_group(GroupName="dev")
    assert code_of(iam.update_group, GroupName="dev", NewGroupName="OPS") == "EntityAlreadyExists"
    assert [found["GroupName"] for found in iam.list_groups()["Groups"]] == ["dev", "ops"]
    iam.delete_group(GroupName="ops")


def test_a_user_is_in_ten_groups_at_most(iam: Any) -> None:
    iam.create_user(UserName="ann")
    for number in range(11):
        iam.create_group(GroupName=str(number))
    for number in range(10):
        iam.add_user_to_group(GroupName=str(number), UserName="ann")
    assert code_of(iam.add_user_to_group, GroupName="10", UserName="ann") == "LimitExceeded"


@pytest.fixture
def strict(new_cloud: Any) -> Embedded:
    cloud: Embedded = new_cloud(auth_mode="sigv4")
    return cloud


def test_a_key_that_a_user_got_works_and_ends(strict: Embedded) -> None:
    account = "111122223333"
    keys = key_file.at(strict.cloud.settings.key_path)
    with strict.cloud.unit_of_work("", "", write=True) as uow:
        first = access_keys.create(uow, keys, account=account)
        uow.commit()
    root = strict.client("iam", access_key_id=first.access_key_id, secret=first.secret)
    root.create_user(UserName="ann", Path="/team/")
    own = {"Action": ["iam:*AccessKey*", "iam:GetUser"], "Resource": "arn:aws:iam::*:user/team/${aws:username}"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **own}})
    root.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=policy)
    new = root.create_access_key(UserName="ann")["AccessKey"]
    given = {"access_key_id": new["AccessKeyId"], "secret": new["SecretAccessKey"]}
    ann, sts = strict.client("iam", **given), strict.client("sts", **given)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/team/ann"
    assert ann.get_user()["User"]["UserName"] == "ann"
    assert root.get_user()["User"]["Arn"] == f"arn:aws:iam::{account}:root"
    used = root.get_access_key_last_used(AccessKeyId=new["AccessKeyId"])
    assert used["UserName"] == "ann"
    assert used["AccessKeyLastUsed"]["ServiceName"] in ("sts", "iam")
    assert code_of(root.delete_user, UserName="ann") == "DeleteConflict"

    second = ann.create_access_key()["AccessKey"]
    assert second["UserName"] == "ann"
    assert [key["AccessKeyId"] for key in ann.list_access_keys()["AccessKeyMetadata"]].__len__() == 2
    assert code_of(ann.create_access_key) == "LimitExceeded"
    ann.update_access_key(AccessKeyId=second["AccessKeyId"], Status="Inactive")
    asleep = strict.client("sts", access_key_id=second["AccessKeyId"], secret=second["SecretAccessKey"])
    assert code_of(asleep.get_caller_identity) == "InvalidClientTokenId"
    assert code_of(ann.update_access_key, AccessKeyId=second["AccessKeyId"], Status="Expired") == "InvalidInput"
    ann.delete_access_key(AccessKeyId=second["AccessKeyId"])
    assert code_of(ann.delete_access_key, AccessKeyId=second["AccessKeyId"]) == "NoSuchEntity"
    root.delete_access_key(UserName="ann", AccessKeyId=new["AccessKeyId"])
    root.delete_user_policy(UserName="ann", PolicyName="own")
    root.delete_user(UserName="ann")
    assert root.list_users()["Users"] == []


def test_a_key_that_an_operator_makes_for_a_name_makes_a_user(shared_cloud: Embedded, iam: Any, account: str) -> None:
    iam.create_user(UserName="ann", Path="/team/")
    keys = key_file.at(shared_cloud.cloud.settings.key_path)
    with shared_cloud.cloud.unit_of_work("", "", write=True) as uow:
        for name in ("ann", "bob"):
            access_keys.create(uow, keys, account=account, user_name=name)
        uow.commit()
    assert [user["Arn"].rpartition(":")[2] for user in iam.list_users()["Users"]] == ["user/team/ann", "user/bob"]
    assert len(iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]) == 1
    iam.update_user(UserName="bob", NewUserName="rob")
    (key,) = iam.list_access_keys(UserName="rob")["AccessKeyMetadata"]
    never = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert never["UserName"] == "rob"
    assert never["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    assert code_of(iam.get_access_key_last_used, AccessKeyId="AKIAIOSFODNN7EXAMPLE") == "AccessDenied"


def test_the_account(shared_cloud: Embedded, iam: Any) -> None:
    assert iam.list_account_aliases()["AccountAliases"] == []
    iam.create_account_alias(AccountAlias="first-alias")
    iam.create_account_alias(AccountAlias="second-alias")
    assert iam.list_account_aliases()["AccountAliases"] == ["second-alias"]
    other = shared_cloud.client("iam", account="999999999996")
    assert code_of(other.create_account_alias, AccountAlias="second-alias") == "EntityAlreadyExists"
    assert code_of(iam.delete_account_alias, AccountAlias="first-alias") == "NoSuchEntity"
    assert code_of(iam.create_account_alias, AccountAlias="No Alias") == "ValidationError"
    iam.delete_account_alias(AccountAlias="second-alias")
    iam.create_user(UserName="ann")
    iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["Users"], summary["Policies"], summary["PolicyVersionsInUse"], summary["Roles"]) == (1, 1, 1, 0)
    assert summary["UsersQuota"] == 5000
