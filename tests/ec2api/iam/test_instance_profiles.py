"""Instance profiles: the one role of each, in the order in which Terraform calls, and what EC2 makes of them."""

from typing import Any

import pytest

from backend import errors
from backend.iam import instance_profiles
from tests.conftest import Embedded
from tests.ec2api.iam.conftest import TRUST
from tests.launching import code_of


def test_the_life_of_a_profile(iam: Any, account: str) -> None:
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    made = iam.create_instance_profile(InstanceProfileName="web", Path="/p/", Tags=[{"Key": "A", "Value": "b"}])
    profile = made["InstanceProfile"]
    assert profile["Arn"] == f"arn:aws:iam::{account}:instance-profile/p/web"
    assert profile["InstanceProfileId"].startswith("AIPA")
    assert profile["Roles"] == []
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    shown = iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]
    assert [role["RoleName"] for role in shown["Roles"]] == ["web"]
    assert shown["Tags"] == [{"Key": "A", "Value": "b"}]
    (listed,) = iam.list_instance_profiles_for_role(RoleName="web")["InstanceProfiles"]
    assert listed == {name: value for name, value in shown.items() if name != "Tags"}
    again = {"InstanceProfileName": "web", "RoleName": "web"}
    assert code_of(iam.add_role_to_instance_profile, **again) == "LimitExceeded"
    assert code_of(iam.delete_role, RoleName="web") == "DeleteConflict"
    assert code_of(iam.delete_instance_profile, InstanceProfileName="web") == "DeleteConflict"
    iam.remove_role_from_instance_profile(**again)
    assert code_of(iam.remove_role_from_instance_profile, **again) == "NoSuchEntity"
    iam.delete_role(RoleName="web")
    iam.delete_instance_profile(InstanceProfileName="web")
    assert code_of(iam.get_instance_profile, InstanceProfileName="web") == "NoSuchEntity"


def test_names_and_tags(iam: Any) -> None:
    iam.create_instance_profile(InstanceProfileName="a")
    assert code_of(iam.create_instance_profile, InstanceProfileName="A") == "EntityAlreadyExists"
    tags = [{"Key": "K", "Value": "1"}, {"Key": "k", "Value": "2"}]
    iam.tag_instance_profile(InstanceProfileName="a", Tags=tags)
    assert iam.list_instance_profile_tags(InstanceProfileName="a")["Tags"] == tags
    iam.untag_instance_profile(InstanceProfileName="a", TagKeys=["k"])
    assert iam.list_instance_profile_tags(InstanceProfileName="a")["Tags"] == tags[:1]
    assert code_of(iam.add_role_to_instance_profile, InstanceProfileName="a", RoleName="none") == "NoSuchEntity"
    assert code_of(iam.list_instance_profiles_for_role, RoleName="none") == "NoSuchEntity"
    assert [p["InstanceProfileName"] for p in iam.list_instance_profiles()["InstanceProfiles"]] == ["a"]


def test_what_ec2_makes_of_a_name_and_an_arn(shared_cloud: Embedded, iam: Any, account: str) -> None:
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    arn = iam.create_instance_profile(InstanceProfileName="web", Path="/p/")["InstanceProfile"]["Arn"]

    def find(**given: str) -> Any:
        with shared_cloud.cloud.unit_of_work(account, "eu-central-1", write=False) as uow:
            return instance_profiles.for_instance(uow, **given)

    with pytest.raises(errors.InvalidParameterValue, match="has no associated IAM Roles"):
        find(name="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    assert find(name="web").arn == find(arn=arn).arn == arn
    assert find(name="web").role.name == "web"
    for given in ({"name": "none"}, {"arn": arn.replace("/p/", "/")}, {"arn": "web"}):
        with pytest.raises(errors.InvalidParameterValue, match="Invalid IAM Instance Profile"):
            find(**given)
    with pytest.raises(errors.InvalidParameterCombination):
        find(name="web", arn=arn)
