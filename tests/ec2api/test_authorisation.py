"""Policies of users, groups, roles, boundaries and sessions, enforced where signatures are verified."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backend import access_keys, key_file
from backend.access_keys import NewKey
from tests.conftest import REGION, Embedded, embedded
from tests.launching import ami, code_of

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
EVERYTHING = {"Action": "*"}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.cluster)])
def strict(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    settings: dict[str, Any] = {"auth_mode": "sigv4"}
    if request.param == "postgresql":
        settings["database_url"] = request.getfixturevalue("postgres").create_database("authorisation")
    with ExitStack() as stack:
        yield embedded(tmp_path_factory.mktemp("strict"), stack, **settings)


class Account:
    """An account as its root user sees it, and clients of others in it."""

    def __init__(self, cloud: Embedded, number: str) -> None:
        self.cloud, self.number = cloud, number
        self._root = self.key()
        self.iam, self.ec2 = self.root("iam"), self.root("ec2")

    def key(self, user_name: str | None = None) -> NewKey:
        keys = key_file.at(self.cloud.cloud.settings.key_path)
        with self.cloud.cloud.unit_of_work("", "", write=True) as uow:
            new = access_keys.create(uow, keys, account=self.number, user_name=user_name)
            uow.commit()
        return new

    def root(self, service: str) -> Any:
        return self.client(service, self._root)

    def client(self, service: str, key: Any) -> Any:
        if isinstance(key, NewKey):
            given = {"access_key_id": key.access_key_id, "secret": key.secret}
        else:
            given = {
                "access_key_id": key["AccessKeyId"],
                "secret": key["SecretAccessKey"],
                "token": key["SessionToken"],
            }
        return self.cloud.client(service, **given)

    def user(self, *statements: Mapping[str, Any], name: str = "ann") -> Callable[[str], Any]:
        """Gives clients of a user with an inline policy of these statements."""
        key = self.key(name)
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(*statements))
        return lambda service: self.client(service, key)

    def role(self, name: str, *statements: Mapping[str, Any], **trust: Any) -> str:
        trusted = trust or {"Principal": {"AWS": self.number}}
        document = json.dumps({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", **trusted}})
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*statements))
        return str(arn)


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Resource": "*", **statement} for statement in statements],
        }
    )


@pytest.fixture
def own(strict: Embedded, account: str) -> Account:
    return Account(strict, account)


def refusal(call: Callable[..., Any], **given: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**given)
    error = caught.value.response["Error"]
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


def may(call: Callable[..., Any], **given: Any) -> bool:
    """Whether a caller may do this, as a dry run tells."""
    status, code, _ = refusal(call, DryRun=True, **given)
    assert (status, code) in {(412, "DryRunOperation"), (403, "UnauthorizedOperation")}
    return code == "DryRunOperation"


def test_who_has_no_policies_may_nothing(own: Account) -> None:
    ann = own.user()
    arn = f"arn:aws:iam::{own.number}:user/ann"
    assert refusal(ann("ec2").describe_instances) == (
        403,
        "UnauthorizedOperation",
        f"You are not authorized to perform this operation. User: {arn} is not authorized to perform: "
        "ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action",
    )
    assert refusal(ann("iam").list_users) == (
        403,
        "AccessDenied",
        f"User: {arn} is not authorized to perform: iam:ListUsers because no identity-based policy allows the "
        "iam:ListUsers action",
    )
    assert refusal(ann("ssm").describe_parameters)[1] == "AccessDeniedException"
    assert refusal(ann("ebs").list_snapshot_blocks, SnapshotId="snap-0123456789abcdef0")[:2] == (
        403,
        "AccessDeniedException",
    )
    assert refusal(ann("sts").get_federation_token, Name="bob")[1] == "AccessDenied"
    assert ann("sts").get_caller_identity()["Arn"] == arn
    assert ann("sts").get_session_token()["Credentials"]
    assert may(own.ec2.describe_instances)


def test_policies_of_users_and_of_their_groups(own: Account) -> None:
    ann = own.user({"Action": "ec2:DescribeVpcs"})("ec2")
    assert may(ann.describe_vpcs)
    assert not may(ann.describe_subnets)
    own.iam.create_group(GroupName="readers")
    own.iam.attach_group_policy(GroupName="readers", PolicyArn=READ_ONLY)
    own.iam.add_user_to_group(GroupName="readers", UserName="ann")
    assert may(ann.describe_subnets)
    assert not may(ann.create_vpc, CidrBlock="10.0.0.0/16")
    own.iam.attach_user_policy(UserName="ann", PolicyArn=ADMIN)
    assert may(ann.create_vpc, CidrBlock="10.0.0.0/16")
    denied = policy({"Effect": "Deny", "Action": "ec2:Create*"})
    own.iam.put_group_policy(GroupName="readers", PolicyName="d", PolicyDocument=denied)
    status, code, message = refusal(ann.create_vpc, CidrBlock="10.0.0.0/16")
    assert (status, code) == (403, "UnauthorizedOperation")
    assert message.endswith("with an explicit deny in an identity-based policy")
    own.iam.remove_user_from_group(GroupName="readers", UserName="ann")
    assert may(ann.create_vpc, CidrBlock="10.0.0.0/16")


def test_the_default_version_of_a_managed_policy_counts(own: Account) -> None:
    arn = own.iam.create_policy(PolicyName="p", Path="/x/", PolicyDocument=policy({"Action": "ec2:DescribeVpcs"}))
    arn = arn["Policy"]["Arn"]
    ann = own.user()("ec2")
    own.iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    assert may(ann.describe_vpcs)
    own.iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy({"Action": "ec2:DescribeSubnets"}))
    assert not may(ann.describe_subnets)
    own.iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert may(ann.describe_subnets)
    assert not may(ann.describe_vpcs)


def test_permissions_boundaries(own: Account) -> None:
    ann = own.user(EVERYTHING)
    own.iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=READ_ONLY)
    assert may(ann("ec2").describe_vpcs)
    message = refusal(ann("ec2").create_vpc, CidrBlock="10.0.0.0/16")[2]
    assert message.endswith("because no permissions boundary allows the ec2:CreateVpc action")
    assert code_of(ann("iam").list_users) == "AccessDenied"
    own.iam.delete_user_permissions_boundary(UserName="ann")
    assert may(ann("ec2").create_vpc, CidrBlock="10.0.0.0/16")


def test_sessions_of_roles(own: Account) -> None:
    arn = own.role("ops", {"Action": ["ec2:*"]})
    ann = own.user({"Action": "sts:AssumeRole", "Resource": arn})("sts")
    session = own.client("ec2", ann.assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"])
    assert may(session.create_vpc, CidrBlock="10.0.0.0/16")
    limits = {"Action": "ec2:*Vpc*", "Condition": {"StringEquals": {"ec2:Region": "eu-central-1"}}}
    limited = ann.assume_role(RoleArn=arn, RoleSessionName="me", Policy=policy(limits))["Credentials"]
    assert not may(own.client("ec2", limited).describe_vpcs)
    managed = [{"arn": READ_ONLY}]
    reader = ann.assume_role(RoleArn=arn, RoleSessionName="me", PolicyArns=managed)["Credentials"]
    assert may(own.client("ec2", reader).describe_vpcs)
    message = refusal(own.client("ec2", reader).create_vpc, CidrBlock="10.0.0.0/16")[2]
    assert message.endswith("because no session policy allows the ec2:CreateVpc action")
    own.iam.delete_role_policy(RoleName="ops", PolicyName="p")
    assert not may(session.describe_vpcs)


def test_roles_of_other_accounts(own: Account, strict: Embedded) -> None:
    other = Account(strict, f"9{own.number[1:]}")
    arn = other.role("shared", {"Action": "ec2:DescribeVpcs"}, Principal={"AWS": own.number})
    stranger = own.user(EVERYTHING)("sts")
    session = other.client("ec2", stranger.assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"])
    assert may(session.describe_vpcs)
    assert not may(session.describe_subnets)
    poor = own.user(name="poor")("sts")
    assert refusal(poor.assume_role, RoleArn=arn, RoleSessionName="me")[1] == "AccessDenied"


def test_federated_users(own: Account) -> None:
    ann = own.user({"Action": "sts:GetFederationToken"}, {"Action": "ec2:Describe*"})("sts")
    wide = ann.get_federation_token(Name="bob", Policy=policy({"Action": "ec2:*"}))["Credentials"]
    bob = own.client("ec2", wide)
    assert may(bob.describe_vpcs)
    assert not may(bob.create_vpc, CidrBlock="10.0.0.0/16")
    none = ann.get_federation_token(Name="bob")["Credentials"]
    assert not may(own.client("ec2", none).describe_vpcs)
    by_root = own.root("sts").get_federation_token(Name="bob", Policy=policy({"Action": "ec2:*"}))["Credentials"]
    assert may(own.client("ec2", by_root).create_vpc, CidrBlock="10.0.0.0/16")
    assert code_of(own.client("iam", by_root).list_users) == "InvalidClientTokenId"


def test_sessions_of_users(own: Account) -> None:
    ann = own.user({"Action": ["ec2:DescribeVpcs", "iam:*"]})
    credentials = ann("sts").get_session_token()["Credentials"]
    assert may(own.client("ec2", credentials).describe_vpcs)
    assert not may(own.client("ec2", credentials).describe_subnets)
    assert code_of(own.client("iam", credentials).list_users) == "InvalidClientTokenId"
    assert ann("iam").list_users()["Users"]


def test_resources_that_a_call_names(own: Account) -> None:
    mine, other = (own.ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"] for _ in range(2))
    arn = f"arn:aws:ec2:{REGION}:{own.number}:volume/{mine}"
    ann = own.user({"Action": "ec2:*Volume*", "Resource": arn})("ec2")
    assert may(ann.delete_volume, VolumeId=mine)
    assert may(ann.describe_volume_attribute, VolumeId=mine, Attribute="autoEnableIO")
    status, code, message = refusal(ann.delete_volume, VolumeId=other)
    assert (status, code) == (403, "UnauthorizedOperation")
    assert f"ec2:DeleteVolume on resource: {arn.replace(mine, other)} because" in message
    assert not may(ann.describe_volumes), "actions that list need it on all resources"
    assert not may(ann.create_volume, AvailabilityZone=f"{REGION}a", Size=1)
    missing = "vol-0123456789abcdef0"
    assert refusal(ann.delete_volume, VolumeId=missing)[1] == "UnauthorizedOperation"
    assert refusal(own.ec2.delete_volume, VolumeId=missing)[1] == "InvalidVolume.NotFound"


def test_tags_of_resources(own: Account) -> None:
    tags = [{"Key": "Team", "Value": "red"}]
    red, other = (own.ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"] for _ in range(2))
    own.ec2.create_tags(Resources=[red], Tags=tags)
    when = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    ann = own.user({"Action": "ec2:DeleteVolume", "Condition": when})("ec2")
    assert may(ann.delete_volume, VolumeId=red)
    assert not may(ann.delete_volume, VolumeId=other)
    when = {"StringNotEquals": {"ec2:ResourceTag/Team": "red"}}
    bob = own.user({"Action": "ec2:DeleteVolume", "Condition": when}, name="bob")("ec2")
    assert not may(bob.delete_volume, VolumeId=red)
    assert may(bob.delete_volume, VolumeId=other)


def test_tags_that_a_call_would_set(own: Account) -> None:
    when = {"StringEquals": {"aws:RequestTag/Team": "red"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}
    ann = own.user({"Action": "ec2:CreateVolume", "Condition": when})("ec2")
    given = {"AvailabilityZone": f"{REGION}a", "Size": 1}

    def tagged(**tags: str) -> Sequence[Any]:
        return [{"ResourceType": "volume", "Tags": [{"Key": key, "Value": tags[key]} for key in tags]}]

    assert not may(ann.create_volume, **given)
    assert not may(ann.create_volume, **given, TagSpecifications=tagged(Team="blue"))
    message = refusal(ann.create_volume, **given, TagSpecifications=tagged(Team="red"))[2]
    assert "not authorized to perform: ec2:CreateTags on resource" in message
    on_creation = {"StringEquals": {"ec2:CreateAction": "CreateVolume"}}
    own.iam.put_user_policy(
        UserName="ann",
        PolicyName="tags",
        PolicyDocument=policy({"Action": "ec2:CreateTags", "Condition": on_creation}),
    )
    assert may(ann.create_volume, **given, TagSpecifications=tagged(Team="red"))
    assert not may(ann.create_volume, **given, TagSpecifications=tagged(Team="red", Cost="1"))
    volume = own.ec2.create_volume(**given)["VolumeId"]
    assert not may(ann.create_tags, Resources=[volume], Tags=[{"Key": "Team", "Value": "red"}])


def launch(ec2: Any, **given: Any) -> bool:
    wanted = {"ImageId": ami(ec2), "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, **given}
    return may(ec2.run_instances, **{name: value for name, value in wanted.items() if value is not None})


def test_launches(own: Account) -> None:
    subnets = [subnet["SubnetId"] for subnet in own.ec2.describe_subnets()["Subnets"]]
    place = f"arn:aws:ec2:{REGION}:{own.number}"
    anything = [f"{place}:{kind}/*" for kind in ("volume", "network-interface", "security-group", "key-pair")]
    ann = own.user(
        {"Action": "ec2:RunInstances", "Resource": [*anything, f"{place}:subnet/{subnets[0]}"]},
        {"Action": "ec2:RunInstances", "Resource": f"arn:aws:ec2:{REGION}::image/ami-*"},
        {
            "Action": "ec2:RunInstances",
            "Resource": f"{place}:instance/*",
            "Condition": {"StringLike": {"ec2:InstanceType": "t3.*"}},
        },
    )("ec2")
    assert launch(ann, SubnetId=subnets[0])
    assert not launch(ann, SubnetId=subnets[1])
    assert not launch(ann), "the default subnet is not the one"
    assert not launch(ann, SubnetId=subnets[0], InstanceType="m5.large")
    data = {"ImageId": ami(ann), "InstanceType": "t3.small"}
    own.ec2.create_launch_template(LaunchTemplateName="small", LaunchTemplateData=data)
    own.ec2.create_launch_template(LaunchTemplateName="large", LaunchTemplateData={**data, "InstanceType": "m5.large"})
    by_template = {"ImageId": None, "InstanceType": None, "SubnetId": subnets[0]}
    assert not launch(ann, **by_template, LaunchTemplate={"LaunchTemplateName": "small"})
    own.iam.put_user_policy(
        UserName="ann",
        PolicyName="templates",
        PolicyDocument=policy({"Action": "ec2:RunInstances", "Resource": f"{place}:launch-template/*"}),
    )
    assert launch(ann, **by_template, LaunchTemplate={"LaunchTemplateName": "small"})
    assert not launch(ann, **by_template, LaunchTemplate={"LaunchTemplateName": "large"})


def test_roles_that_are_handed_on(own: Account) -> None:
    for name in ("good", "evil"):
        arn = own.role(name, EVERYTHING, Principal={"Service": "ec2.amazonaws.com"})
        own.iam.create_instance_profile(InstanceProfileName=f"{name}-profile")
        own.iam.add_role_to_instance_profile(InstanceProfileName=f"{name}-profile", RoleName=name)
    good = {"Action": "iam:PassRole", "Resource": arn.replace("evil", "good")}
    passed = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    ann = own.user({"Action": "ec2:*"}, {**good, "Condition": passed})("ec2")
    assert launch(ann)
    assert launch(ann, IamInstanceProfile={"Name": "good-profile"})
    assert not launch(ann, IamInstanceProfile={"Name": "evil-profile"})
    evil = f"arn:aws:iam::{own.number}:instance-profile/evil-profile"
    assert not launch(ann, IamInstanceProfile={"Arn": evil})
    ann.create_launch_template(
        LaunchTemplateName="evil", LaunchTemplateData={"IamInstanceProfile": {"Name": "evil-profile"}}
    )
    assert not launch(ann, LaunchTemplate={"LaunchTemplateName": "evil"})
    profiles = own.user({"Action": "iam:AddRoleToInstanceProfile"}, name="bob")("iam")
    own.iam.create_instance_profile(InstanceProfileName="new")
    given = {"InstanceProfileName": "new", "RoleName": "evil"}
    assert "iam:PassRole" in refusal(profiles.add_role_to_instance_profile, **given)[2]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": REGION}}, True),
        ({"StringLike": {"aws:UserAgent": "Boto*"}}, True),
        ({"StringEquals": {"aws:username": "ann"}}, True),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/Team": "red"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}}, True),
        ({"NumericLessThan": {"aws:EpochTime": "1700000000"}}, False),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"Null": {"aws:TokenIssueTime": "true"}}, True),
    ],
)
def test_circumstances(own: Account, condition: dict[str, Any], expected: bool) -> None:
    ann = own.user({"Action": "ec2:DescribeVpcs", "Condition": condition})("ec2")
    own.iam.tag_user(UserName="ann", Tags=[{"Key": "Team", "Value": "red"}])
    assert may(ann.describe_vpcs) is expected


def test_resources_of_iam(own: Account) -> None:
    own.iam.create_user(UserName="bob", Path="/team/")
    own.iam.create_user(UserName="eve")
    team = f"arn:aws:iam::{own.number}:user/team/*"
    only = {"ArnEquals": {"iam:PolicyARN": READ_ONLY}}
    ann = own.user(
        {"Action": ["iam:GetUser", "iam:CreateUser", "iam:UpdateUser"], "Resource": team},
        {"Action": "iam:AttachUserPolicy", "Resource": team, "Condition": only},
    )("iam")
    assert ann.get_user(UserName="bob")["User"]
    assert code_of(ann.get_user, UserName="eve") == "AccessDenied"
    assert code_of(ann.get_user) == "AccessDenied"
    ann.create_user(UserName="sue", Path="/team/")
    assert code_of(ann.create_user, UserName="kim") == "AccessDenied"
    ann.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    assert code_of(ann.attach_user_policy, UserName="bob", PolicyArn=ADMIN) == "AccessDenied"


def test_resources_of_other_services(own: Account) -> None:
    below = f"arn:aws:ssm:{REGION}:{own.number}:parameter/app/*"
    ann = own.user({"Action": ["ssm:PutParameter", "ssm:GetParameter*"], "Resource": below})("ssm")
    ann.put_parameter(Name="/app/x", Value="1", Type="String")
    assert ann.get_parameter(Name="/app/x:1")["Parameter"]["Value"] == "1"
    assert code_of(ann.get_parameter, Name="/other") == "AccessDeniedException"
    assert code_of(ann.get_parameters, Names=["/app/x", "/other"]) == "AccessDeniedException"
    assert ann.get_parameters_by_path(Path="/app/")["Parameters"]
    assert code_of(ann.get_parameters_by_path, Path="/") == "AccessDeniedException"
    snapshots = f"arn:aws:ec2:{REGION}::snapshot/*"
    ebs = own.user({"Action": "ebs:*", "Resource": snapshots}, name="bob")("ebs")
    assert ebs.start_snapshot(VolumeSize=1)["SnapshotId"]


def test_a_deleted_user_may_nothing(own: Account) -> None:
    own.role("ops", EVERYTHING)
    ann = own.user(EVERYTHING)
    arn = f"arn:aws:iam::{own.number}:role/ops"
    session = own.client("ec2", ann("sts").assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"])
    federated = ann("sts").get_federation_token(Name="bob", Policy=policy(EVERYTHING))["Credentials"]
    assert may(session.describe_vpcs)
    own.iam.delete_role_policy(RoleName="ops", PolicyName="p")
    own.iam.delete_role(RoleName="ops")
    assert not may(session.describe_vpcs)
    own.iam.delete_user_policy(UserName="ann", PolicyName="p")
    assert not may(own.client("ec2", federated).describe_vpcs)


def test_the_mode_open_enforces_nothing(new_cloud: Any) -> None:
    cloud: Embedded = new_cloud()
    open_account = Account(cloud, "111122223333")
    ann = open_account.user()("ec2")
    assert may(ann.create_vpc, CidrBlock="10.0.0.0/16")
