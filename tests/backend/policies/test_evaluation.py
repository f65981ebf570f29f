"""How policies of all kinds decide together, by the tables of IAM's evaluation logic."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import clock
from backend.policies.evaluation import ANONYMOUS, Decision, Grants, Principal, Request, authorise, decide

ACCOUNT, OTHER = "111122223333", "444455556666"
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/team/ann"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/team/admin"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me"
FEDERATED_ARN = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
CANONICAL = "a" * 64

ROOT = Principal(ACCOUNT, ROOT_ARN, ACCOUNT, "root", CANONICAL)
USER = Principal(ACCOUNT, USER_ARN, "AIDAEXAMPLEANN", "user", CANONICAL)
ROLE = Principal(ACCOUNT, SESSION_ARN, "AROAEXAMPLEADMIN:me", "role", CANONICAL, behind=ROLE_ARN)
FEDERATED = Principal(ACCOUNT, FEDERATED_ARN, f"{ACCOUNT}:bob", "federated", CANONICAL, behind=USER_ARN)
SERVICE = Principal("", "logging.s3.amazonaws.com", "", "service")

GET = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
DENY = {**GET, "Effect": "Deny"}
ELSE = {**GET, "Action": "s3:PutObject"}


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def for_(principal: Any, statement: dict[str, Any] = GET, element: str = "Principal") -> str:
    return document({**statement, element: principal})


def request(principal: Principal = USER, action: str = "s3:GetObject", key: str = "k", **context: Any) -> Request:
    named = {name.replace("__", ":", 1): value for name, value in context.items()}
    return Request(principal, action, f"arn:aws:s3:::b/{key}", named)


GRANTED = Grants((document(GET),))
NOTHING = Grants()


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([], Decision.IMPLICIT_DENY),
        ([ELSE], Decision.IMPLICIT_DENY),
        ([GET], Decision.ALLOW),
        ([GET, DENY], Decision.EXPLICIT_DENY),
        ([DENY], Decision.EXPLICIT_DENY),
        ([{**GET, "Resource": "arn:aws:s3:::c/*"}], Decision.IMPLICIT_DENY),
        ([{**GET, "Resource": "arn:aws:s3:::B/*"}], Decision.IMPLICIT_DENY),
        ([{**GET, "Action": "S3:GETOBJECT"}], Decision.ALLOW),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], Decision.ALLOW),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], Decision.IMPLICIT_DENY),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}], Decision.IMPLICIT_DENY),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::c/*"}], Decision.ALLOW),
        ([{**GET, "Condition": {"StringEquals": {"s3:x": "1"}}}], Decision.ALLOW),
        ([{**GET, "Condition": {"StringEquals": {"s3:x": "2"}}}], Decision.IMPLICIT_DENY),
        ([{**GET, "Condition": {"StringEquals": {"s3:x": ["2", "1"], "s3:y": "1"}}}], Decision.IMPLICIT_DENY),
        ([GET, {**DENY, "Condition": {"StringNotEquals": {"s3:missing": "1"}}}], Decision.EXPLICIT_DENY),
        ([{**GET, "Resource": "arn:aws:s3:::b/${s3:x, '0'}/*"}], Decision.IMPLICIT_DENY),
    ],
)
def test_identity_policies(policies: list[dict[str, Any]], expected: Decision) -> None:
    asked = request(s3__x="1")
    assert decide([document(*policies)] if policies else [], asked) is expected
    assert decide([document(statement) for statement in policies], asked) is expected


def test_variables_of_the_principal() -> None:
    own = document({**GET, "Resource": "arn:aws:s3:::b/${aws:username}/*"})
    assert decide([own], request(key="ann/x")) is Decision.ALLOW
    assert decide([own], request(key="bob/x")) is Decision.IMPLICIT_DENY
    assert decide([own], request(ROLE, key="ann/x")) is Decision.IMPLICIT_DENY
    old = document({**GET, "Resource": "arn:aws:s3:::b/${aws:username}/*"}, version="2008-10-17")
    assert decide([old], request(key="ann/x")) is Decision.IMPLICIT_DENY
    by_id = document({**GET, "Resource": "arn:aws:s3:::b/${aws:userid}"})
    assert decide([by_id], request(ROLE, key="AROAEXAMPLEADMIN:me")) is Decision.ALLOW


@pytest.mark.parametrize(
    ("principal", "key", "value"),
    [
        (USER, "aws:PrincipalArn", USER_ARN),
        (ROLE, "aws:PrincipalArn", ROLE_ARN),
        (ROOT, "aws:PrincipalType", "Account"),
        (ROLE, "aws:PrincipalType", "AssumedRole"),
        (ANONYMOUS, "aws:PrincipalType", "Anonymous"),
        (USER, "aws:PrincipalAccount", ACCOUNT),
        (USER, "aws:username", "ann"),
        (USER, "aws:userid", "AIDAEXAMPLEANN"),
        (USER, "aws:PrincipalIsAWSService", "false"),
        (SERVICE, "aws:PrincipalServiceName", "logging.s3.amazonaws.com"),
        (Principal(ACCOUNT, USER_ARN, "A", "user", tags={"Team": "red"}), "aws:PrincipalTag/team", "red"),
        (Principal(ACCOUNT, USER_ARN, "A", "user", source_identity="eve"), "aws:SourceIdentity", "eve"),
    ],
)
def test_keys_of_the_principal(principal: Principal, key: str, value: str) -> None:
    policy = document({**GET, "Condition": {"StringEquals": {key: value}}})
    assert decide([policy], request(principal)) is Decision.ALLOW
    forged = Request(principal, "s3:GetObject", "arn:aws:s3:::b/k", {key: "forged"})
    assert decide([policy], forged) is Decision.ALLOW


def test_keys_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 22, 10, 30))
    for operator, key, value in (
        ("DateLessThan", "aws:CurrentTime", "2026-11-22T10:30:01Z"),
        ("DateEquals", "aws:CurrentTime", "2026-11-22T10:30:00Z"),
        ("NumericEquals", "aws:EpochTime", "1795343400"),
        ("DateGreaterThan", "aws:EpochTime", "2026-11-22T10:29:59Z"),
    ):
        policy = document({**GET, "Condition": {operator: {key: value}}})
        assert decide([policy], request()) is Decision.ALLOW, (operator, key)


def test_a_policy_that_cannot_be_read_denies() -> None:
    assert decide(["{}", document(GET)], request()) is Decision.EXPLICIT_DENY
    assert authorise(None, "{}", ACCOUNT, request(ROOT)).explicit_deny


ONE_ACCOUNT = [
    # who, identity policies, the bucket's policy, whether it is allowed
    (ROOT, None, None, True),
    (ROOT, None, for_("*", DENY), False),
    (USER, NOTHING, None, False),
    (USER, GRANTED, None, True),
    (USER, NOTHING, for_({"AWS": USER_ARN}), True),
    (USER, NOTHING, for_("*"), True),
    (USER, NOTHING, for_({"AWS": "*"}), True),
    (USER, NOTHING, for_({"AWS": ROOT_ARN}), False),
    (USER, NOTHING, for_({"AWS": ACCOUNT}), False),
    (USER, NOTHING, for_({"CanonicalUser": CANONICAL}), False),
    (USER, GRANTED, for_({"AWS": OTHER}), True),
    (USER, GRANTED, for_({"AWS": USER_ARN}, DENY), False),
    (USER, GRANTED, for_({"AWS": ROOT_ARN}, DENY), False),
    (USER, Grants((document(DENY),)), for_({"AWS": USER_ARN}), False),
    (USER, Grants((document(GET),), boundary=document(GET)), None, True),
    (USER, Grants((document(GET),), boundary=document(ELSE)), None, False),
    (USER, Grants((document(GET),), boundary=document(DENY)), for_({"AWS": USER_ARN}), False),
    (USER, Grants((), boundary=document(ELSE)), for_({"AWS": USER_ARN}), True),
    (ROLE, GRANTED, None, True),
    (ROLE, Grants((document(GET),), session=(document(GET),)), None, True),
    (ROLE, Grants((document(GET),), session=(document(ELSE),)), None, False),
    (ROLE, Grants((document(GET),), session=(document(ELSE), document(GET))), None, True),
    (ROLE, Grants((), session=(document(GET),)), None, False),
    (ROLE, NOTHING, for_({"AWS": ROLE_ARN}), True),
    (ROLE, Grants((), session=(document(ELSE),)), for_({"AWS": ROLE_ARN}), False),
    (ROLE, Grants((), boundary=document(ELSE)), for_({"AWS": ROLE_ARN}), False),
    (ROLE, Grants((), session=(document(ELSE),)), for_({"AWS": SESSION_ARN}), True),
    (ROLE, Grants((), boundary=document(ELSE)), for_({"AWS": SESSION_ARN}), True),
    (FEDERATED, Grants((document(GET),), session=()), None, False),
    (FEDERATED, Grants((document(GET),), session=(document(GET),)), None, True),
    (FEDERATED, Grants((), session=()), for_({"AWS": FEDERATED_ARN}), True),
    (FEDERATED, Grants((), session=()), for_({"AWS": USER_ARN}), False),
    (FEDERATED, Grants((), session=(document(GET),)), for_({"AWS": USER_ARN}), True),
]


@pytest.mark.parametrize(("who", "grants", "policy", "expected"), ONE_ACCOUNT)
def test_in_one_account(who: Principal, grants: Grants | None, policy: str | None, expected: bool) -> None:
    assert authorise(grants, policy, ACCOUNT, request(who)).allowed is expected


@pytest.mark.parametrize(
    ("who", "grants", "policy", "expected"),
    [
        (ROOT, None, None, False),
        (ROOT, None, for_({"AWS": ACCOUNT}), True),
        (ROOT, None, for_({"CanonicalUser": CANONICAL}), True),
        (ROOT, None, for_({"AWS": OTHER}), False),
        (USER, GRANTED, None, False),
        (USER, GRANTED, for_({"AWS": ACCOUNT}), True),
        (USER, GRANTED, for_({"CanonicalUser": CANONICAL}), True),
        (USER, GRANTED, for_({"AWS": USER_ARN}), True),
        (USER, GRANTED, for_("*"), True),
        (USER, NOTHING, for_({"AWS": USER_ARN}), False),
        (USER, NOTHING, for_("*"), False),
        (ROLE, GRANTED, for_({"AWS": ROLE_ARN}), True),
        (ROLE, Grants((document(GET),), boundary=document(ELSE)), for_({"AWS": SESSION_ARN}), False),
        (ANONYMOUS, None, None, False),
        (ANONYMOUS, None, for_("*"), True),
        (ANONYMOUS, None, for_({"AWS": "*"}), True),
        (ANONYMOUS, None, for_({"AWS": ACCOUNT}), False),
        (ANONYMOUS, None, for_({"AWS": ACCOUNT}, GET, "NotPrincipal"), True),
        (SERVICE, None, for_({"Service": "logging.s3.amazonaws.com"}), True),
        (SERVICE, None, for_({"Service": "cloudtrail.amazonaws.com"}), False),
        (SERVICE, None, None, False),
    ],
)
def test_between_accounts(who: Principal, grants: Grants | None, policy: str | None, expected: bool) -> None:
    assert authorise(grants, policy, OTHER, request(who)).allowed is expected


@pytest.mark.parametrize(
    ("who", "spared", "denied"),
    [
        (USER, [USER_ARN], True),
        (USER, [ROOT_ARN], True),
        (USER, [ROOT_ARN, USER_ARN], False),
        (ROLE, [ROOT_ARN, ROLE_ARN], True),
        (ROLE, [ROOT_ARN, ROLE_ARN, SESSION_ARN], False),
        (ROOT, [ROOT_ARN], False),
        (ROOT, [OTHER], True),
        (ANONYMOUS, [ROOT_ARN], True),
    ],
)
def test_who_is_spared_a_denial(who: Principal, spared: list[str], denied: bool) -> None:
    policy = for_({"AWS": spared}, DENY, "NotPrincipal")
    assert authorise(None, policy, ACCOUNT, request(who)).explicit_deny is denied


@pytest.mark.parametrize("action", ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"])
def test_the_owner_is_never_locked_out(action: str) -> None:
    policy = for_("*", {**DENY, "Action": "s3:*", "Resource": "arn:aws:s3:::b"})
    asked = Request(ROOT, action, "arn:aws:s3:::b")
    assert authorise(None, policy, ACCOUNT, asked).allowed
    assert not authorise(None, policy, ACCOUNT, Request(ROOT, "s3:ListBucket", "arn:aws:s3:::b")).allowed
    assert not authorise(None, policy, OTHER, asked).allowed
    full = Grants((document({"Effect": "Allow", "Action": "*", "Resource": "*"}),))
    assert not authorise(full, policy, ACCOUNT, Request(USER, action, "arn:aws:s3:::b")).allowed


def test_access_control_lists_count_as_policies_of_the_resource() -> None:
    assert authorise(GRANTED, None, OTHER, request()).allows(by_acl=True)
    assert not authorise(NOTHING, None, OTHER, request()).allows(by_acl=True)
    assert authorise(None, None, OTHER, request(ANONYMOUS)).allows(by_acl=True)
    assert not authorise(None, for_("*", DENY), OTHER, request(ANONYMOUS)).allows(by_acl=True)


@pytest.mark.parametrize(
    ("grants", "policy", "owner", "reason"),
    [
        (NOTHING, None, ACCOUNT, "because no identity-based policy allows the s3:GetObject action"),
        (Grants((document(DENY),)), None, ACCOUNT, "with an explicit deny in an identity-based policy"),
        (
            Grants((document(GET),), boundary=document(ELSE)),
            None,
            ACCOUNT,
            "because no permissions boundary allows the s3:GetObject action",
        ),
        (
            Grants((document(GET),), boundary=document(DENY)),
            None,
            ACCOUNT,
            "with an explicit deny in a permissions boundary",
        ),
        (
            Grants((document(GET),), session=()),
            None,
            ACCOUNT,
            "because no session policy allows the s3:GetObject action",
        ),
        (GRANTED, for_("*", DENY), ACCOUNT, "with an explicit deny in a resource-based policy"),
        (GRANTED, None, OTHER, "because no resource-based policy allows the s3:GetObject action"),
    ],
)
def test_reasons(grants: Grants, policy: str | None, owner: str, reason: str) -> None:
    verdict = authorise(grants, policy, owner, request())
    assert (verdict.allowed, verdict.reason) == (False, reason)


statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.sampled_from(["s3:GetObject", "s3:*", "s3:PutObject"]),
        "Resource": st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/*"]),
    }
)


@given(given=st.lists(statements, max_size=4), more=statements)
def test_a_denial_stands_whatever_else_is_said(given: list[dict[str, Any]], more: dict[str, Any]) -> None:
    before = decide([document(*given)] if given else [], request())
    after = decide([document(*given, more)], request())
    expected = {Decision.EXPLICIT_DENY} if before is Decision.EXPLICIT_DENY else set(Decision)
    if more["Effect"] == "Allow":
        expected -= {Decision.EXPLICIT_DENY} - {before}
    assert after in expected
    assert after is decide([document(more, *given)], request())
