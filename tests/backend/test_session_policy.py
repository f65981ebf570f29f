"""Session policies: their grammar, what can be enforced, and what they allow."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import errors, session_policy
from backend.access_keys import Session
from backend.iam import documents

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}


def document(*statements: Any, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def allowed(action: str, *statements: Any) -> bool:
    return session_policy.allows(Session(policy=document(*statements)), action)


def test_actions() -> None:
    assert allowed("ec2:DescribeInstances", ALLOW)
    assert allowed("EC2:describevpcs", ALLOW)
    assert not allowed("ec2:RunInstances", ALLOW)
    assert not allowed("xec2:DescribeInstances", ALLOW)
    assert allowed("ec2:RunInstances", {**ALLOW, "Action": "*"})
    assert allowed("ec2:RunInstances", {**ALLOW, "Action": ["s3:*", "ec2:?unInstances"]})
    assert not allowed("ec2:DescribeTags", ALLOW, {"Effect": "Deny", "Action": "ec2:DescribeTags", "Resource": "*"})
    assert allowed("ec2:RunInstances", {"Effect": "Allow", "NotAction": "iam:*", "Resource": ["*"]})
    assert not allowed("iam:CreateUser", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    assert not allowed("ec2:RunInstances", {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"})


def test_sessions_without_policies() -> None:
    assert session_policy.allows(None, "ec2:RunInstances")
    assert session_policy.allows(Session(tags={"a": "b"}), "ec2:RunInstances")
    assert not session_policy.allows(None, "ec2:RunInstances", federated=True)
    assert not session_policy.allows(
        Session(policy_arns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]), "ec2:RunInstances"
    )


@pytest.mark.parametrize(
    "more",
    [{"Resource": "arn:aws:ec2:*:*:instance/*"}, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}],
)
def test_what_cannot_be_enforced_allows_nothing_and_denies_all_the_same(more: dict[str, Any]) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert not allowed("ec2:DescribeTags", {**ALLOW, **more})
    assert not allowed("ec2:DescribeTags", everything, {**ALLOW, "Effect": "Deny", **more})
    with pytest.raises(errors.UnsupportedOperation):
        session_policy.check_enforceable(documents.identity(document({**ALLOW, **more})))
    session_policy.check_enforceable(documents.identity(document(everything)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Syntax errors in policy."),
        ("{", "Syntax errors in policy."),
        ("[]", "Syntax errors in policy."),
        ("[" * 100_000, "Syntax errors in policy."),
        ("{}", "Syntax errors in policy."),
        (document(), "Syntax errors in policy."),
        (document(1), "Syntax errors in policy."),
        (document(ALLOW, Other=1), "Syntax errors in policy."),
        (document(ALLOW, Version="2020-01-01"), "Policy document must be version 2012-10-17 or greater."),
        (document(ALLOW, Version=[]), "Policy document must be version 2012-10-17 or greater."),
        (document({**ALLOW, "Effect": "Maybe"}), "Syntax errors in policy."),
        (document({**ALLOW, "Effect": []}), "Syntax errors in policy."),
        (document({**ALLOW, "Principal": "*"}), "Policy document should not specify a principal."),
        (document({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
        (document({**ALLOW, "NotAction": "*"}), "Policy statement must contain actions."),
        (document({"Effect": "Allow", "Action": "*"}), "Policy statement must contain resources."),
        (document({**ALLOW, "Action": []}), "Syntax errors in policy."),
        (document({**ALLOW, "Action": [1]}), "Syntax errors in policy."),
        (document({**ALLOW, "Action": "Describe"}), "Actions/Conditions must be prefaced by a vendor"),
        (document({**ALLOW, "Resource": {}}), "Syntax errors in policy."),
        (document({**ALLOW, "Condition": "x"}), "Syntax errors in policy."),
    ],
)
def test_grammar(text: str, message: str) -> None:
    with pytest.raises(errors.MalformedPolicyDocument, match=message[:40].replace(".", r"\.")):
        documents.identity(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["*", "ec2:*", "Allow", "Deny", "2012-10-17"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Version", "Statement", "Effect", "Action", "Resource", "NotAction", "Condition"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(values)
def test_any_json_is_a_policy_or_malformed(value: Any) -> None:
    text = json.dumps(value)
    try:
        documents.identity(text)
    except errors.MalformedPolicyDocument:
        return
    assert session_policy.allows(Session(policy=text), "ec2:DescribeTags") in (True, False)
