"""STS as boto3 uses it: its serialiser, signer and parser, and this server behind them without a network."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

import ec2api.sts.identity
import ec2api.sts.temporary_credentials  # noqa: F401  registers actions, as the import above
from backend import access_keys, errors, key_file
from backend.bus.local import LocalBus
from backend.cloud import Cloud
from backend.config import Settings
from backend.db.engine import Database
from backend.db.models import IamUser
from backend.iam import entities, permissions, roles
from ec2api import dispatch, sigv4
from ec2api.caller import Authenticator, RequestFacts
from ec2api.protocol import query_xml
from ec2api.sts import validation
from tests.clients import SESSION
from tests.databases import with_tables

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/admin"
POLICY = json.dumps({"Statement": {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}})
ALL_OF_STS = json.dumps({"Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}})
RESOURCE_POLICY = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/*"}})


class Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class Sts:
    """A cloud, and boto3 clients of its STS."""

    def __init__(self, folder: Path, auth_mode: Literal["open", "sigv4"]) -> None:
        settings = Settings(data_dir=with_tables(folder), auth_mode=auth_mode)
        self.cloud = Cloud(settings, Database(settings.database), LocalBus())
        self.authenticator = Authenticator(settings, self.cloud.database)
        if auth_mode == "sigv4":
            for name in ("admin", "other"):
                self.role(name, {"AWS": ACCOUNT}, policy=ALL_OF_STS)

    def role(
        self, name: str, principal: dict[str, str], *, account: str = ACCOUNT, policy: str | None = None, **more: Any
    ) -> str:
        """A role with this inline policy that the principal may assume, by its ARN."""
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
        with self.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
            made = roles.create(
                uow,
                name=name,
                path="/team/",
                trust_policy=json.dumps({"Statement": trust}),
                description=None,
                max_session_duration=43_200,
                boundary_arn=None,
                wanted_tags=(),
            )
            if policy is not None:
                permissions.put_inline(uow, made, "p", policy)
            uow.commit()
        return made.arn

    def key(self, user_name: str | None) -> access_keys.NewKey:
        with self.cloud.unit_of_work("", "", write=True) as uow:
            new = access_keys.create(
                uow, key_file.at(self.cloud.settings.key_path), account=ACCOUNT, user_name=user_name
            )
            uow.commit()
        return new

    def client(self, key: str, secret: str = "secret", token: str | None = None) -> Any:
        made = SESSION.create_client(
            "sts",
            "eu-west-1",
            endpoint_url="http://127.0.0.1:8788",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )
        made.meta.events.register("before-send.sts", self.serve)
        return made

    def root(self) -> Any:
        new = self.key(None)
        return self.client(new.access_key_id, new.secret)

    def user(self, policy: str = ALL_OF_STS) -> Any:
        """A client of a user with this inline policy."""
        new = self.key("ann")
        with self.cloud.unit_of_work(ACCOUNT, "us-east-1", write=True) as uow:
            permissions.put_inline(uow, entities.require(uow, IamUser, "ann"), "p", policy)
            uow.commit()
        return self.client(new.access_key_id, new.secret)

    def holder(self, answer: dict[str, Any]) -> Any:
        """A client with the credentials of an answer."""
        given = answer["Credentials"]
        return self.client(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def serve(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        target = urlsplit(request.url)
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        facts = RequestFacts(request.method, target.path, {**headers, "host": target.netloc}, body)
        try:
            caller = self.authenticator.authenticate(facts, sigv4.read(facts.method, facts.raw_uri, facts.headers))
            form = parse_qsl(body.decode(), keep_blank_values=True)
            action, values = dispatch.answer(self.cloud, caller, "sts", form, "r-1")
            status, content = 200, query_xml.answer(action.model, values, "r-1")
        except errors.CloudError as fault:
            status, content = fault.status, query_xml.error(fault.code, fault.message, "r-1")
        return AWSResponse(request.url, status, {}, Raw(content))


def made(folder: Path, auth_mode: Literal["open", "sigv4"]) -> Iterator[Sts]:
    sts = Sts(folder, auth_mode)
    yield sts
    sts.cloud.close()


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Sts]:
    yield from made(tmp_path / "strict", "sigv4")


@pytest.fixture
def open_(tmp_path: Path) -> Iterator[Sts]:
    yield from made(tmp_path / "open", "open")


@pytest.fixture(params=["open", "sigv4"])
def sts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sts]:
    yield from made(tmp_path, request.param)


def refused(call: Any, **given: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**given)
    error = caught.value.response["Error"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403}
    return error["Code"], error["Message"]


def lasts(answer: dict[str, Any]) -> int:
    """For how many seconds credentials are good, to the nearest ten."""
    left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
    return round(left.total_seconds(), -1).__int__()


def identity(client: Any) -> tuple[str, str, str]:
    found = client.get_caller_identity()
    return found["Account"], found["Arn"], found["UserId"]


def test_identity_in_the_mode_open(open_: Sts) -> None:
    zero = access_keys.OPEN_ACCOUNT
    assert identity(open_.client("123456789012")) == (
        "123456789012",
        "arn:aws:iam::123456789012:root",
        "123456789012",
    )
    assert identity(open_.client("test")) == (zero, f"arn:aws:iam::{zero}:root", zero)


def test_identity_of_users_and_root(sts: Sts) -> None:
    assert identity(sts.root()) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    account, arn, user_id = identity(sts.user())
    assert (account, arn) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ann")
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", user_id)


def test_session_token(sts: Sts) -> None:
    user = sts.user()
    answer = user.get_session_token()
    assert lasts(answer) == 43_200
    assert lasts(user.get_session_token(DurationSeconds=900)) == 900
    session = sts.holder(answer)
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert identity(session) == identity(user)
    assert refused(session.get_session_token) == (
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    )
    assert refused(session.get_federation_token, Name="bob")[0] == "AccessDenied"
    assert refused(session.get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE")[0] == "AccessDenied"


def test_sessions_of_root_last_an_hour(sts: Sts) -> None:
    root = sts.root()
    assert lasts(root.get_session_token()) == 3600
    assert lasts(root.get_session_token(DurationSeconds=129_600)) == 3600
    assert lasts(root.get_federation_token(Name="bob", DurationSeconds=900)) == 900
    assert lasts(root.get_federation_token(Name="bob")) == 3600


def test_wrong_tokens_and_secrets_of_sessions(strict: Sts) -> None:
    given = strict.user().get_session_token()["Credentials"]
    key, secret, token = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
    unknown = ("InvalidClientTokenId", "The security token included in the request is invalid.")
    assert refused(strict.client(key, secret).get_caller_identity) == unknown
    assert refused(strict.client(key, secret, token + "A").get_caller_identity) == unknown
    assert refused(strict.client(key, "x" + secret, token).get_caller_identity)[0] == "SignatureDoesNotMatch"


def test_assumed_role(sts: Sts) -> None:
    answer = sts.user().assume_role(RoleArn=ROLE, RoleSessionName="me@work", ExternalId="x:y")
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me@work"
    assert re.fullmatch(r"AROA[A-Z2-7]{17}:me@work", answer["AssumedRoleUser"]["AssumedRoleId"])
    assert lasts(answer) == 3600
    assert "PackedPolicySize" not in answer
    session = sts.holder(answer)
    assert identity(session) == (
        ACCOUNT,
        answer["AssumedRoleUser"]["Arn"],
        answer["AssumedRoleUser"]["AssumedRoleId"],
    )
    assert lasts(sts.user().assume_role(RoleArn=ROLE, RoleSessionName="me", DurationSeconds=43_200)) == 43_200
    again = session.assume_role(RoleArn=ROLE.replace("admin", "other"), RoleSessionName="next")
    assert again["AssumedRoleUser"]["Arn"].endswith("assumed-role/other/next")
    chained = refused(session.assume_role, RoleArn=ROLE, RoleSessionName="next", DurationSeconds=3601)
    assert chained[0] == "ValidationError"
    assert "role chaining" in chained[1]
    for call in (session.get_session_token, lambda: session.get_federation_token(Name="bob")):
        assert refused(call)[0] == "AccessDenied"


def test_who_may_assume_roles(strict: Sts, open_: Sts) -> None:
    foreign = {"RoleArn": ROLE.replace(ACCOUNT, "444455556666"), "RoleSessionName": "me"}
    code, message = refused(strict.user().assume_role, **foreign)
    assert code == "AccessDenied"
    assert message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: sts:AssumeRole on resource: "
        f"{foreign['RoleArn']}"
    )
    own = {"RoleArn": ROLE, "RoleSessionName": "me"}
    assert refused(strict.root().assume_role, **own) == (
        "AccessDenied",
        "Roles may not be assumed by root accounts.",
    )
    session = open_.holder(open_.client("123456789012").assume_role(**foreign))
    assert identity(session)[:2] == ("444455556666", "arn:aws:sts::444455556666:assumed-role/admin/me")
    bob = open_.holder(open_.root().get_federation_token(Name="bob"))
    assert refused(bob.assume_role, **own)[0] == "AccessDenied"


def test_trust_policies_say_who_may_assume_a_role(strict: Sts) -> None:
    user = strict.user()

    def may(arn: str, **given: Any) -> bool:
        return _may(user, arn, **given)

    ann = f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert may(strict.role("by-account", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    assert may(strict.role("by-name", {"AWS": ann}))
    assert may(strict.role("by-all", {"AWS": "*"}))
    assert not may(strict.role("by-service", {"Service": "ec2.amazonaws.com"}))
    assert not may(strict.role("for-saml", {"AWS": ann}, Action="sts:AssumeRoleWithSAML"))
    assert not may(strict.role("denied", {"AWS": ann}, Effect="Deny"))
    secret = strict.role("secret", {"AWS": ann}, Condition={"StringEquals": {"sts:ExternalId": "x1"}})
    assert may(secret, ExternalId="x1")
    assert not may(secret, ExternalId="x2")
    assert not may(secret)
    assert not may(strict.role("mfa", {"AWS": ann}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    named = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
    assert not may(strict.role("named", {"AWS": ann}, Condition=named))
    assert may(strict.role("mine", {"AWS": ann}, Condition={"StringEquals": {"sts:RoleSessionName": "me"}}))
    assert not may(f"arn:aws:iam::{ACCOUNT}:role/team/none")
    assert not may(f"arn:aws:iam::{ACCOUNT}:role/admin")
    assert may(strict.role("shared", {"AWS": ACCOUNT}, account="444455556666"))
    assert not may(strict.role("unshared", {"AWS": "444455556666"}, account="444455556666"))


def test_a_caller_needs_a_policy_unless_a_role_of_the_account_names_it(strict: Sts) -> None:
    user = strict.user(POLICY)
    ann = f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert not _may(user, strict.role("by-account", {"AWS": ACCOUNT}))
    assert _may(user, strict.role("by-name", {"AWS": ann}))
    assert not _may(user, strict.role("abroad", {"AWS": ann}, account="444455556666"))


def test_tags_and_source_identities_are_permissions_of_their_own(strict: Sts) -> None:
    user = strict.user()
    ann = f"arn:aws:iam::{ACCOUNT}:user/ann"
    bare = strict.role("bare", {"AWS": ann})
    assert not _may(user, bare, Tags=tags(Team="a"))
    assert not _may(user, bare, SourceIdentity="ann")
    tagging = strict.role(
        "tagging",
        {"AWS": ann},
        Action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        Condition={"StringEqualsIfExists": {"aws:RequestTag/Team": "a", "sts:SourceIdentity": "ann"}},
    )
    assert _may(user, tagging, Tags=tags(Team="a"), SourceIdentity="ann")
    assert not _may(user, tagging, Tags=tags(Team="b"))
    assert not _may(user, tagging, SourceIdentity="bob")


def test_a_session_is_its_role_with_the_path(strict: Sts) -> None:
    first = strict.role("first", {"AWS": ACCOUNT}, policy=ALL_OF_STS)
    session = strict.holder(strict.user().assume_role(RoleArn=first, RoleSessionName="me"))
    assert first.endswith(":role/team/first")
    assert _may(session, strict.role("second", {"AWS": first}))
    assert not _may(session, strict.role("third", {"AWS": strict.role("other-first", {"AWS": ACCOUNT})}))


def _may(client: Any, arn: str, **given: Any) -> bool:
    try:
        client.assume_role(RoleArn=arn, RoleSessionName="me", **given)
    except ClientError as refusal:
        assert refusal.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


def test_a_role_that_exists_has_its_own_id_and_longest_session(open_: Sts) -> None:
    arn = open_.role("short", {"AWS": ACCOUNT})
    with open_.cloud.unit_of_work(ACCOUNT, "us-east-1", write=True) as uow:
        roles.update(uow, "short", description=None, max_session_duration=7200)
        role_id = roles.changeable(uow, "short").id
        uow.commit()
    user = open_.user()
    answer = user.assume_role(RoleArn=arn, RoleSessionName="me", DurationSeconds=7200)
    assert answer["AssumedRoleUser"]["AssumedRoleId"] == f"{role_id}:me"
    too_long = refused(user.assume_role, RoleArn=arn, RoleSessionName="me", DurationSeconds=7201)
    assert too_long[0] == "ValidationError"
    with open_.cloud.unit_of_work(ACCOUNT, "us-east-1", write=False) as uow:
        assert roles.entities.look_up(uow, roles.IamRole, "short").last_used_region == "eu-west-1"


def test_federated_user(sts: Sts) -> None:
    answer = sts.user().get_federation_token(Name="bob", Policy=POLICY, Tags=[{"Key": "Team", "Value": "blue sky"}])
    assert answer["FederatedUser"] == {
        "FederatedUserId": f"{ACCOUNT}:bob",
        "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
    }
    assert 0 < answer["PackedPolicySize"] < 20
    assert lasts(answer) == 43_200
    assert identity(sts.holder(answer)) == (ACCOUNT, answer["FederatedUser"]["Arn"], f"{ACCOUNT}:bob")


def test_access_key_info(sts: Sts) -> None:
    user, other = sts.user(), sts.key(None)
    assert user.get_access_key_info(AccessKeyId=other.access_key_id)["Account"] == ACCOUNT
    temporary = user.get_session_token()["Credentials"]["AccessKeyId"]
    assert user.get_access_key_info(AccessKeyId=temporary)["Account"] == ACCOUNT
    if sts.cloud.settings.auth_mode == "open":
        unknown = user.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")
        assert unknown["Account"] == access_keys.OPEN_ACCOUNT
    else:
        assert refused(user.get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE")[0] == "ValidationError"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::111122223333:user/ann",
        "arn:aws:iam::11112222333:role/admin",
        "arn:aws:sts::111122223333:role/admin",
        "arn:aws:iam:us-east-1:111122223333:role/admin",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::111122223333:role/a b",
        "arn:aws:iam::111122223333:role//admin",
        "not an arn but long enough",
    ],
)
def test_role_arns(open_: Sts, arn: str) -> None:
    answer = refused(open_.client("test").assume_role, RoleArn=arn, RoleSessionName="me")
    assert answer == ("ValidationError", f"{arn} is invalid")


def test_source_identity_stays(open_: Sts) -> None:
    first = open_.user().assume_role(RoleArn=ROLE, RoleSessionName="me", SourceIdentity="ann")
    assert first["SourceIdentity"] == "ann"
    session = open_.holder(first)
    assert session.assume_role(RoleArn=ROLE, RoleSessionName="me")["SourceIdentity"] == "ann"
    other = {"RoleArn": ROLE, "RoleSessionName": "me", "SourceIdentity": "bob"}
    assert refused(session.assume_role, **other)[0] == "AccessDenied"


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def test_transitive_tags(open_: Sts) -> None:
    role = {"RoleArn": ROLE, "RoleSessionName": "me"}
    first = open_.user().assume_role(**role, Tags=tags(Team="a", Cost="1"), TransitiveTagKeys=["team"])
    assert first["PackedPolicySize"] > 0
    session = open_.holder(first)
    second = session.assume_role(**role, Tags=tags(Stage="x"))
    stored = open_.authenticator._keys.find(second["Credentials"]["AccessKeyId"])
    assert stored is not None
    assert stored.session == {"tags": {"Team": "a", "Stage": "x"}, "transitive_tag_keys": ["Team"]}
    code, message = refused(session.assume_role, **role, Tags=tags(TEAM="b"))
    assert code == "InvalidParameterValue"
    assert "conflicts with a transitive tag key" in message
    code, message = refused(session.assume_role, **role, Tags=tags(A="b"), TransitiveTagKeys=["B"])
    assert message == "The specified transitive tag key must be included in the requested tags."


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (tags(a="1", A="2"), "InvalidParameterValue"),
        (tags(**{"aws:x": "1"}), "ValidationError"),
        (tags(**{"a#": "1"}), "ValidationError"),
        (tags(a="1\t2"), "ValidationError"),
    ],
)
def test_session_tags(open_: Sts, given: list[dict[str, str]], code: str) -> None:
    assert refused(open_.user().get_federation_token, Name="bob", Tags=given)[0] == code


def test_session_policies(open_: Sts, strict: Sts) -> None:
    role = {"RoleArn": ROLE, "RoleSessionName": "me"}
    managed = [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
    assert open_.user().assume_role(**role, Policy=RESOURCE_POLICY, PolicyArns=managed)["PackedPolicySize"] > 0
    assert strict.user().assume_role(**role, Policy=POLICY)["PackedPolicySize"] > 0
    assert strict.user().assume_role(**role, Policy=RESOURCE_POLICY, PolicyArns=managed)["PackedPolicySize"] > 0
    call = open_.user().assume_role
    assert refused(call, **role, Policy="{}")[0] == "MalformedPolicyDocument"
    assert refused(call, **role, Policy=POLICY + " " * 2048)[0] == "PackedPolicyTooLarge"
    assert refused(call, **role, PolicyArns=managed * 11)[0] == "ValidationError"
    foreign = [{"arn": "arn:aws:iam::444455556666:policy/x"}]
    assert refused(call, **role, PolicyArns=foreign) == ("ValidationError", f"{foreign[0]['arn']} is invalid")
    many = [{"Key": f"key{n}", "Value": sha256(b"%d" % n).hexdigest() * 2} for n in range(50)]
    assert refused(call, **role, Tags=many)[0] == "PackedPolicyTooLarge"


@pytest.mark.parametrize(
    "given",
    [
        {"SerialNumber": "GAHT12345678", "TokenCode": "123456"},
        {"DurationSeconds": 899},
        {"DurationSeconds": 43_201},
    ],
)
def test_what_is_refused_whole(open_: Sts, given: dict[str, Any]) -> None:
    client = open_.client("test")
    answer = refused(client.assume_role, RoleArn=ROLE, RoleSessionName="me", **given)
    assert answer[0] in {"UnsupportedOperation", "ValidationError", "InvalidParameterValue"}
    with open_.cloud.unit_of_work("", "", write=False) as uow:
        assert access_keys.list_(uow, temporary=True) == []


def test_session_policies_are_enforced(strict: Sts) -> None:
    key = {"AccessKeyId": strict.key("ann").access_key_id}
    arn = strict.role("asking", {"AWS": ACCOUNT}, policy=ALL_OF_STS)
    role = {"RoleArn": arn, "RoleSessionName": "me"}
    nobody = strict.holder(strict.user().get_federation_token(Name="bob"))
    bob = strict.holder(strict.user().get_federation_token(Name="bob", Policy=ALL_OF_STS))
    limited = strict.holder(strict.user().assume_role(**role, Policy=POLICY))
    full = strict.holder(strict.user().assume_role(**role))
    for session in (full, bob):
        assert session.get_access_key_info(**key)["Account"] == ACCOUNT
    for session in (nobody, limited):
        assert identity(session)[0] == ACCOUNT
        code, message = refused(session.get_access_key_info, **key)
        assert code == "AccessDenied"
        assert message.endswith(
            "is not authorized to perform: sts:GetAccessKeyInfo because no session policy allows the "
            "sts:GetAccessKeyInfo action"
        )


texts: st.SearchStrategy[str] = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(arn=texts | texts.map(lambda text: f"arn:aws:iam::111122223333:role/{text}"))
def test_any_text_is_a_role_or_refused(arn: str) -> None:
    try:
        role = validation.role(arn)
    except errors.ValidationError:
        return
    assert arn.endswith(role.name)
    assert "/" not in role.name


@given(pairs=st.lists(st.tuples(texts, texts), max_size=5), transitive=st.lists(texts, max_size=2))
def test_any_tags_are_taken_or_refused(pairs: Sequence[tuple[str, str]], transitive: list[str]) -> None:
    given_tags = [{"Key": key, "Value": value} for key, value in pairs]
    try:
        limits = validation.session_tags(given_tags, transitive)
    except errors.CloudError as refusal:
        assert refusal.status == 400
        return
    assert limits.get("tags", {}) == dict(pairs)
    validation.packed_size(limits)
