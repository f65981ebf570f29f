"""Who a request acts for, in both modes, and every way to be refused."""

import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from backend import access_keys, clock, errors, key_file
from backend.access_keys import NewKey, Session
from backend.config import Settings
from backend.db.engine import Database
from backend.db.unit_of_work import UnitOfWork
from ec2api import sigv4
from ec2api.caller import Authenticator, Caller, Headers, RequestFacts
from tests.databases import with_tables

ACCOUNT = "111122223333"
BODY = b"Action=DescribeRegions&Version=2016-11-15"
REFUSED = {
    "ec2": ("AuthFailure", 401),
    "sts": ("InvalidClientTokenId", 403),
    "s3": ("InvalidAccessKeyId", 403),
}


class Cloud:
    """A database with keys, and the authenticators of both modes over it."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_dir=with_tables(folder))
        self.database = Database(self.settings.database)
        self.key_file = key_file.at(self.settings.key_path)
        self.open = Authenticator(self.settings, self.database)
        self.strict = Authenticator(Settings(data_dir=folder, auth_mode="sigv4"), self.database)
        self.user = self.make("create", account=ACCOUNT, user_name="ann")

    def make(self, kind: str, **given: Any) -> NewKey:
        with UnitOfWork(self.database, "", "") as uow:
            new: NewKey = getattr(access_keys, kind)(uow, self.key_file, **given)
            uow.commit()
        return new

    def issue(self, *, seconds: int = 900, limits: Session | None = None, arn: str = "") -> NewKey:
        arn = arn or f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me"
        return self.make("issue", account=ACCOUNT, arn=arn, user_id="AROA:me", seconds=seconds, limits=limits)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    made = Cloud(tmp_path)
    yield made
    made.database.dispose()


def request(
    access_key_id: str,
    secret: str = "s" * 40,
    token: str | None = None,
    *,
    service: str = "ec2",
    region: str = "us-east-1",
) -> RequestFacts:
    sent = AWSRequest("POST", "http://127.0.0.1:8788/", data=BODY)
    if service == "s3":
        sent.headers["X-Amz-Content-SHA256"] = sigv4.UNSIGNED_PAYLOAD
    SigV4Auth(Credentials(access_key_id, secret, token), service, region).add_auth(sent)
    headers = {name.lower(): value for name, value in sent.headers.items()} | {"host": "127.0.0.1:8788"}
    return RequestFacts("POST", "/", headers, BODY)


def by(key: NewKey, **given: Any) -> RequestFacts:
    return request(key.access_key_id, key.secret, key.session_token, **given)


def caller(authenticator: Authenticator, facts: RequestFacts) -> Caller:
    return authenticator.authenticate(facts, sigv4.read(facts.method, facts.raw_uri, facts.headers))


def refusal(authenticator: Authenticator, facts: RequestFacts) -> tuple[str, int]:
    with pytest.raises(errors.CloudError) as caught:
        caller(authenticator, facts)
    return caught.value.code, caught.value.status


UNSIGNED = RequestFacts("GET", "/?Action=DescribeRegions", {"host": "x"}, b"")


@pytest.mark.parametrize(
    ("access_key_id", "account"),
    [
        ("123456789012", "123456789012"),
        ("12345678901", access_keys.OPEN_ACCOUNT),
        ("1234567890123", access_keys.OPEN_ACCOUNT),
        ("test", access_keys.OPEN_ACCOUNT),
        ("AKIAIOSFODNN7EXAMPLE", access_keys.OPEN_ACCOUNT),
        ("ASIAIOSFODNN7EXAMPLE", access_keys.OPEN_ACCOUNT),
    ],
)
def test_open_takes_any_key(cloud: Cloud, access_key_id: str, account: str) -> None:
    found = caller(cloud.open, request(access_key_id, token="whatever", region="eu-west-1"))
    assert found == Caller(account, "eu-west-1", f"arn:aws:iam::{account}:root", account, access_key_id, "ec2")
    assert found.is_root


def test_open_without_a_signature(cloud: Cloud) -> None:
    found = caller(cloud.open, UNSIGNED)
    assert (found.account, found.region) == (access_keys.OPEN_ACCOUNT, "us-east-1")
    assert (found.access_key_id, found.service) == ("", "")


def test_open_knows_its_own_keys_and_verifies_no_signature(cloud: Cloud) -> None:
    found = caller(cloud.open, request(cloud.user.access_key_id, "wrong" * 8))
    assert (found.account, found.arn) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ann")
    assert not found.is_root


def test_sigv4_finds_the_user_of_a_key(cloud: Cloud) -> None:
    found = caller(cloud.strict, by(cloud.user, service="sts", region="ap-south-1"))
    assert (found.account, found.region, found.service) == (ACCOUNT, "ap-south-1", "sts")
    assert (found.arn, found.access_key_id) == (f"arn:aws:iam::{ACCOUNT}:user/ann", cloud.user.access_key_id)
    assert (found.temporary, found.authorised) == (False, True)


@pytest.mark.parametrize("service", ["ec2", "sts", "s3"])
def test_sigv4_refuses_unknown_keys_and_wrong_secrets(cloud: Cloud, service: str) -> None:
    assert refusal(cloud.strict, request("AKIAIOSFODNN7EXAMPLE", service=service)) == REFUSED[service]
    assert refusal(cloud.strict, request("123456789012", service=service)) == REFUSED[service]
    wrong = refusal(cloud.strict, request(cloud.user.access_key_id, service=service))
    assert wrong == (("AuthFailure", 401) if service == "ec2" else ("SignatureDoesNotMatch", 403))


def test_sigv4_needs_a_signature(cloud: Cloud) -> None:
    assert refusal(cloud.strict, UNSIGNED) == ("MissingAuthenticationToken", 403)


@pytest.mark.parametrize("service", ["ec2", "sts", "s3"])
def test_a_disabled_key_is_refused_in_both_modes(cloud: Cloud, service: str) -> None:
    with UnitOfWork(cloud.database, "", "") as uow:
        access_keys.disable(uow, cloud.user.access_key_id)
        uow.commit()
    assert refusal(cloud.strict, by(cloud.user, service=service)) == REFUSED[service]
    assert refusal(cloud.open, by(cloud.user, service=service)) == REFUSED[service]


@pytest.mark.parametrize("mode", ["open", "strict"])
def test_temporary_keys(cloud: Cloud, mode: str) -> None:
    authenticator: Authenticator = getattr(cloud, mode)
    new = cloud.issue(limits=Session(source_identity="ann"))
    found = caller(authenticator, by(new))
    assert (found.account, found.arn) == (ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me")
    assert (found.user_id, found.session) == ("AROA:me", {"source_identity": "ann"})
    assert (found.is_role, found.temporary, found.is_user_session) == (True, True, False)
    for token in (None, "", "x", cloud.issue().session_token):
        for service, expected in (
            ("ec2", "AuthFailure"),
            ("sts", "InvalidClientTokenId"),
            ("s3", "InvalidToken"),
        ):
            facts = request(new.access_key_id, new.secret, token, service=service)
            assert refusal(authenticator, facts)[0] == expected
    token_on_permanent = request(cloud.user.access_key_id, cloud.user.secret, "token")
    assert refusal(authenticator, token_on_permanent) == ("AuthFailure", 401)


@pytest.mark.parametrize("mode", ["open", "strict"])
def test_temporary_keys_expire(cloud: Cloud, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    authenticator: Authenticator = getattr(cloud, mode)
    expired = cloud.issue(seconds=-1)
    assert refusal(authenticator, by(expired)) == ("RequestExpired", 400)
    assert refusal(authenticator, by(expired, service="sts")) == ("ExpiredToken", 403)
    assert refusal(authenticator, by(expired, service="s3")) == ("ExpiredToken", 400)
    live = cloud.issue(seconds=120)
    caller(authenticator, by(live))
    later = clock.now() + timedelta(seconds=121)
    monkeypatch.setattr(clock, "now", lambda: later)  # within what signatures allow
    assert refusal(authenticator, by(live)) == ("RequestExpired", 400)


@pytest.mark.parametrize("mode", ["open", "strict"])
def test_regions(cloud: Cloud, mode: str, tmp_path: Path) -> None:
    authenticator: Authenticator = getattr(cloud, mode)
    for service, code in (
        ("ec2", "AuthFailure"),
        ("sts", "SignatureDoesNotMatch"),
        ("s3", "AuthorizationHeaderMalformed"),
    ):
        assert refusal(authenticator, by(cloud.user, service=service, region="mars-north-1"))[0] == code
        assert refusal(authenticator, by(cloud.user, service=service, region="af-south-1"))[0] == code
    auth_mode = "open" if mode == "open" else "sigv4"
    own = Settings(data_dir=tmp_path, auth_mode=auth_mode, regions=("mars-north-1",))
    mars = Authenticator(own, cloud.database)
    assert caller(mars, by(cloud.user, region="mars-north-1")).region == "mars-north-1"
    assert caller(mars, by(cloud.user, service="sts")).region == "us-east-1"
    assert refusal(mars, by(cloud.user)) == ("AuthFailure", 401)


def test_what_conditions_look_at(cloud: Cloud) -> None:
    sent = replace(by(cloud.user), client="192.0.2.7", secure=True)
    assert caller(cloud.open, sent).context == {}
    found = caller(cloud.strict, replace(sent, headers={**sent.headers, "user-agent": "x/1", "referer": "http://y"}))
    assert found.context == {
        "aws:SourceIp": "192.0.2.7",
        "aws:UserAgent": "x/1",
        "aws:Referer": "http://y",
        "aws:RequestedRegion": "us-east-1",
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
    }
    assert caller(cloud.strict, by(cloud.issue())).context["aws:MultiFactorAuthPresent"] == "false"


def test_headers_of_wsgi() -> None:
    environ = {
        "HTTP_X_AMZ_DATE": "d",
        "CONTENT_TYPE": "t",
        "HTTP_HOST": "h",
        "wsgi.input": 1,
        "PATH_INFO": "/",
    }
    headers = Headers(environ)
    assert dict(headers) == {"x-amz-date": "d", "content-type": "t", "host": "h"}
    assert headers.get("authorization") is None
    assert len(headers) == 3


@given(
    access_key_id=st.text(max_size=30),
    region=st.sampled_from(["us-east-1", "", "x", "\x00"]) | st.text(max_size=5),
    service=st.sampled_from(["ec2", "sts", "iam", "s3", ""]) | st.text(max_size=5),
    token=st.none() | st.text(max_size=5),
)
def test_nothing_but_callers_and_refusals(
    shared: Cloud, access_key_id: str, region: str, service: str, token: str | None
) -> None:
    scope = sigv4.Scope(access_key_id, "20261122", region, service)
    signature = sigv4.Signature(scope, ("host",), "0" * 64, "20261122T103056Z", None, token, False)
    for authenticator in (shared.open, shared.strict):
        try:
            found = authenticator.authenticate(UNSIGNED, signature)
        except errors.CloudError as refused:
            assert refused.status in {400, 401, 403}
        else:
            assert authenticator is shared.open
            assert (found.region, len(found.account)) == (region, 12)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    made = Cloud(tmp_path_factory.mktemp("shared"))
    yield made
    made.database.dispose()


def test_who_signed_the_policy_of_a_form(cloud: Cloud) -> None:
    day = f"{clock.now():%Y%m%d}"
    key = sigv4.signing_key(cloud.user.secret, day, "us-east-1", "s3")
    scope = sigv4.Scope(cloud.user.access_key_id, day, "us-east-1", "s3")
    text = hmac.digest(key, b"cG9saWN5", "sha256").hex()
    signature = sigv4.Signature(scope, (), text, f"{day}T000000Z", None, None, presigned=False)
    assert cloud.strict.authenticate_form(signature, "cG9saWN5").account == ACCOUNT
    assert cloud.open.authenticate_form(signature, "another").account == ACCOUNT
    with pytest.raises(errors.SignatureDoesNotMatchS3):
        cloud.strict.authenticate_form(signature, "another")
    unknown = replace(signature, scope=replace(scope, access_key_id="AKIAUNKNOWN"))
    with pytest.raises(errors.InvalidAccessKeyId) as caught:
        cloud.strict.authenticate_form(unknown, "cG9saWN5")
    assert caught.value.details == {"AWSAccessKeyId": "AKIAUNKNOWN"}
