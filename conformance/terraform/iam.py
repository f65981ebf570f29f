"""What EC2 stacks need of IAM and SSM: roles, policies, instance profiles, users with keys, and parameters."""

import json
from typing import Any, ClassVar
from urllib.parse import unquote

from conformance.terraform.provider import found, retried
from conformance.terraform.resource import Resource, State, as_tags

GONE = ("NoSuchEntity",)

EC2_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    },
    separators=(",", ":"),
)


def document(shown: str | dict[str, Any]) -> str:
    """A policy document as it was given: the wire has it encoded as a URL, botocore decodes and reads it."""
    return json.dumps(shown, separators=(",", ":")) if isinstance(shown, dict) else unquote(shown)


class IamResource(Resource):
    """Of IAM: ``noun`` names its calls, and its name is its id."""

    noun: ClassVar[str]

    def __init__(self, *given: Any, **arguments: Any) -> None:
        super().__init__(*given, **{"tags": {}, **arguments})
        self.iam = self.tf.iam

    @property
    def named(self) -> dict[str, str]:
        return {f"{self.noun}Name": self.id}

    @property
    def tags(self) -> list[dict[str, str]]:
        return as_tags(self.get("tags"))

    def change_iam_tags(self, before: dict[str, str]) -> None:
        noun = {"InstanceProfile": "instance_profile"}.get(self.noun, self.noun.lower())
        now = self.get("tags")
        if removed := [key for key in before if key not in now]:
            getattr(self.iam, f"untag_{noun}")(**self.named, TagKeys=removed)
        if updated := {k: v for k, v in now.items() if before.get(k) != v}:
            getattr(self.iam, f"tag_{noun}")(**self.named, Tags=as_tags(updated))


def iam_tags(shown: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in shown.get("Tags", [])}


class IamRole(IamResource):
    noun = "Role"

    def create(self) -> None:
        made = retried(
            self.iam.create_role,
            ("MalformedPolicyDocument",),
            **self.given(
                RoleName="name",
                Path="path",
                Description="description",
                AssumeRolePolicyDocument="assume_role_policy",
                MaxSessionDuration="max_session_duration",
            ),
            Tags=self.tags,
        )
        self.id = made["Role"]["RoleName"]

    def read(self) -> State | None:
        answer = found(self.iam.get_role, GONE, RoleName=self.id)
        if answer is None:
            return None
        role = answer["Role"]
        return {
            "name": role["RoleName"],
            "arn": role["Arn"],
            "unique_id": role["RoleId"],
            "path": role["Path"],
            "description": role.get("Description", ""),
            "max_session_duration": role["MaxSessionDuration"],
            "assume_role_policy": document(role["AssumeRolePolicyDocument"]),
            "inline_policy": self.iam.list_role_policies(RoleName=self.id)["PolicyNames"],
            "managed_policy_arns": self.attached(),
            "tags": iam_tags(role),
        }

    def attached(self) -> list[str]:
        return [p["PolicyArn"] for p in self.iam.list_attached_role_policies(RoleName=self.id)["AttachedPolicies"]]

    def update(self, changed: dict[str, Any]) -> None:
        if "tags" in changed:
            self.change_iam_tags(changed["tags"])
        if "assume_role_policy" in changed:
            wanted = self.get("assume_role_policy")
            self.iam.update_assume_role_policy(RoleName=self.id, PolicyDocument=wanted)
        if "description" in changed:
            self.iam.update_role_description(RoleName=self.id, Description=self.get("description"))
        if "max_session_duration" in changed:
            self.iam.update_role(RoleName=self.id, MaxSessionDuration=self.get("max_session_duration"))

    def delete(self) -> None:
        for profile in self.iam.list_instance_profiles_for_role(RoleName=self.id)["InstanceProfiles"]:
            name = profile["InstanceProfileName"]
            self.iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=self.id)
        retried(self.iam.delete_role, ("DeleteConflict",), RoleName=self.id)


class IamRolePolicy(Resource):
    def create(self) -> None:
        self.tf.iam.put_role_policy(**self.given(RoleName="role", PolicyName="name", PolicyDocument="policy"))
        self.id = f"{self.get('role')}:{self.get('name')}"

    def read(self) -> State | None:
        call = self.tf.iam.get_role_policy
        shown = found(call, GONE, **self.given(RoleName="role", PolicyName="name"))
        if shown is None:
            return None
        policy = document(shown["PolicyDocument"])
        return {"role": shown["RoleName"], "name": shown["PolicyName"], "policy": policy}

    def update(self, changed: dict[str, Any]) -> None:
        self.create()

    def delete(self) -> None:
        self.tf.iam.delete_role_policy(**self.given(RoleName="role", PolicyName="name"))


class IamPolicy(IamResource):
    noun = "Policy"

    def create(self) -> None:
        made = self.iam.create_policy(
            **self.given(PolicyName="name", Path="path", Description="description", PolicyDocument="policy"),
            Tags=self.tags,
        )
        self.id = made["Policy"]["Arn"]

    @property
    def named(self) -> dict[str, str]:
        return {"PolicyArn": self.id}

    def read(self) -> State | None:
        answer = found(self.iam.get_policy, GONE, PolicyArn=self.id)
        if answer is None:
            return None
        policy = answer["Policy"]
        version = self.iam.get_policy_version(PolicyArn=self.id, VersionId=policy["DefaultVersionId"])
        return {
            "name": policy["PolicyName"],
            "arn": policy["Arn"],
            "policy_id": policy["PolicyId"],
            "path": policy["Path"],
            "description": policy.get("Description", ""),
            "policy": document(version["PolicyVersion"]["Document"]),
            "tags": iam_tags(policy),
        }

    def versions(self) -> list[dict[str, Any]]:
        return list(self.iam.list_policy_versions(PolicyArn=self.id)["Versions"])

    def update(self, changed: dict[str, Any]) -> None:
        if "tags" in changed:
            self.change_iam_tags(changed["tags"])
        if "policy" in changed:
            kept = sorted((v for v in self.versions() if not v["IsDefaultVersion"]), key=lambda v: v["CreateDate"])
            if len(kept) >= 4:
                self.iam.delete_policy_version(PolicyArn=self.id, VersionId=kept[0]["VersionId"])
            wanted = {"PolicyDocument": self.get("policy"), "SetAsDefault": True}
            self.iam.create_policy_version(PolicyArn=self.id, **wanted)

    def delete(self) -> None:
        for version in self.versions():
            if not version["IsDefaultVersion"]:
                self.iam.delete_policy_version(PolicyArn=self.id, VersionId=version["VersionId"])
        self.iam.delete_policy(PolicyArn=self.id)


class IamRolePolicyAttachment(Resource):
    @property
    def parameters(self) -> dict[str, Any]:
        return self.given(RoleName="role", PolicyArn="policy_arn")

    def create(self) -> None:
        self.tf.iam.attach_role_policy(**self.parameters)
        self.id = f"{self.get('role')}-{self.get('policy_arn')}"

    def read(self) -> State | None:
        answer = found(self.tf.iam.list_attached_role_policies, GONE, RoleName=self.get("role"))
        arns = [policy["PolicyArn"] for policy in (answer or {}).get("AttachedPolicies", [])]
        return dict(self.arguments) if self.get("policy_arn") in arns else None

    def delete(self) -> None:
        found(self.tf.iam.detach_role_policy, GONE, **self.parameters)


class IamInstanceProfile(IamResource):
    noun = "InstanceProfile"

    def create(self) -> None:
        made = self.iam.create_instance_profile(**self.given(InstanceProfileName="name", Path="path"), Tags=self.tags)
        self.id = made["InstanceProfile"]["InstanceProfileName"]
        self.iam.get_waiter("instance_profile_exists").wait(InstanceProfileName=self.id)
        self.iam.add_role_to_instance_profile(InstanceProfileName=self.id, RoleName=self.get("role"))

    def read(self) -> State | None:
        answer = found(self.iam.get_instance_profile, GONE, InstanceProfileName=self.id)
        if answer is None:
            return None
        profile = answer["InstanceProfile"]
        [role] = profile["Roles"]
        assert self.iam.get_role(RoleName=role["RoleName"])
        return {
            "name": profile["InstanceProfileName"],
            "arn": profile["Arn"],
            "unique_id": profile["InstanceProfileId"],
            "path": profile["Path"],
            "role": role["RoleName"],
            "tags": iam_tags(profile),
        }

    def update(self, changed: dict[str, Any]) -> None:
        if "tags" in changed:
            self.change_iam_tags(changed["tags"])
        if "role" in changed:
            self.iam.remove_role_from_instance_profile(InstanceProfileName=self.id, RoleName=changed["role"])
            self.iam.add_role_to_instance_profile(InstanceProfileName=self.id, RoleName=self.get("role"))

    def delete(self) -> None:
        self.iam.remove_role_from_instance_profile(InstanceProfileName=self.id, RoleName=self.get("role"))
        self.iam.delete_instance_profile(InstanceProfileName=self.id)


class IamUser(IamResource):
    noun = "User"

    def create(self) -> None:
        made = self.iam.create_user(**self.given(UserName="name", Path="path"), Tags=self.tags)
        self.id = made["User"]["UserName"]

    def read(self) -> State | None:
        answer = found(self.iam.get_user, GONE, UserName=self.id)
        if answer is None:
            return None
        user = answer["User"]
        return {
            "name": user["UserName"],
            "arn": user["Arn"],
            "unique_id": user["UserId"],
            "path": user["Path"],
            "tags": iam_tags(user),
        }

    def update(self, changed: dict[str, Any]) -> None:
        if "tags" in changed:
            self.change_iam_tags(changed.pop("tags"))
        if changed:
            names = {"NewUserName": self.get("name"), "NewPath": self.get("path", "/")}
            self.iam.update_user(UserName=self.id, **names)
            self.id = self.get("name")

    def delete(self) -> None:
        self.iam.delete_user(UserName=self.id)


class IamAccessKey(Resource):
    def create(self) -> None:
        made = self.tf.iam.create_access_key(UserName=self.get("user"))["AccessKey"]
        self.id = made["AccessKeyId"]
        assert made["SecretAccessKey"]

    def read(self) -> State | None:
        answer = found(self.tf.iam.list_access_keys, GONE, UserName=self.get("user"))
        for key in (answer or {}).get("AccessKeyMetadata", []):
            if key["AccessKeyId"] == self.id:
                return {"user": key["UserName"], "status": key["Status"]}
        return None

    def update(self, changed: dict[str, Any]) -> None:
        call = self.tf.iam.update_access_key
        call(AccessKeyId=self.id, Status=self.get("status"), UserName=self.get("user"))

    def delete(self) -> None:
        self.tf.iam.delete_access_key(AccessKeyId=self.id, UserName=self.get("user"))


class SsmParameter(Resource):
    def create(self) -> None:
        given = self.given(Name="name", Type="type", Value="value", Description="description")
        self.tf.ssm.put_parameter(**given, Tags=as_tags(self.get("tags", {})))
        self.id = self.get("name")

    def read(self) -> State | None:
        call, gone = self.tf.ssm.get_parameter, ("ParameterNotFound",)
        answer = found(call, gone, Name=self.id, WithDecryption=True)
        if answer is None:
            return None
        parameter = answer["Parameter"]
        only_this = [{"Key": "Name", "Option": "Equals", "Values": [self.id]}]
        [described] = self.tf.ssm.describe_parameters(ParameterFilters=only_this)["Parameters"]
        tags = self.tf.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=self.id)["TagList"]
        return {
            "name": parameter["Name"],
            "arn": parameter["ARN"],
            "type": parameter["Type"],
            "value": parameter["Value"],
            "version": parameter["Version"],
            "tier": described["Tier"],
            "description": described.get("Description", ""),
            "tags": {tag["Key"]: tag["Value"] for tag in tags},
        }

    def update(self, changed: dict[str, Any]) -> None:
        given = self.given(Name="name", Type="type", Value="value", Description="description")
        self.tf.ssm.put_parameter(**given, Overwrite=True)

    def delete(self) -> None:
        self.tf.ssm.delete_parameter(Name=self.id)
