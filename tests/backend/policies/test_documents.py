"""The grammar of policies, in the words of IAM and of S3."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue import managed_policies
from backend.policies.documents import Kind, PolicyFault, read

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}
TRUST: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111122223333"}}
BUCKET: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::b/*",
    "Principal": "*",
}
SYNTAX = "Syntax errors in policy."
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


def document(*statements: Any, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def without(statement: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name not in names}


def fault(text: str, kind: Kind) -> str:
    with pytest.raises(PolicyFault) as caught:
        read(text, kind=kind)
    return caught.value.reason


def test_what_is_read() -> None:
    condition = {"StringEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}, "Bool": {"aws:SecureTransport": True}}
    named = {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/ann"], "CanonicalUser": "a" * 64}
    policy = read(document({**BUCKET, "Sid": "s 1", "Principal": named, "Condition": condition}, Id="x"), kind="bucket")
    (statement,) = policy.statements
    assert (policy.version, policy.id, statement.sid, statement.allows) == ("2012-10-17", "x", "s 1", True)
    assert statement.principals is not None
    assert statement.principals.names == {"arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/ann"}
    assert statement.principals.canonical == {"a" * 64}
    assert (statement.actions, statement.resources) == (("s3:GetObject",), ("arn:aws:s3:::b/*",))
    found = [(c.operator, c.key, c.values) for c in statement.conditions]
    assert found == [
        ("StringEquals", "aws:principalorgid", ("o-1", "o-2")),
        ("Bool", "aws:securetransport", ("true",)),
    ]


def test_one_statement_needs_no_list() -> None:
    assert len(read(json.dumps({"Statement": ALLOW}), kind="identity").statements) == 1


@pytest.mark.parametrize("policy", managed_policies.all(), ids=lambda policy: policy.name)
def test_the_policies_that_aws_manages(policy: managed_policies.ManagedPolicy) -> None:
    assert read(policy.document, kind="identity").statements


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", SYNTAX),
        ("{", SYNTAX),
        ("[]", SYNTAX),
        ("[" * 100_000, SYNTAX),
        ("{}", SYNTAX),
        (document(ALLOW).replace('{"Version"', '{"Version": "2012-10-17", "Version"'), SYNTAX),
        (document(), SYNTAX),
        (document(1), SYNTAX),
        (document(ALLOW, Other=1), SYNTAX),
        (document(ALLOW, Id=1), SYNTAX),
        (document(ALLOW, Version="2020-01-01"), "Policy document must be version 2012-10-17 or greater."),
        (document(ALLOW, Version=[]), "Policy document must be version 2012-10-17 or greater."),
        (document({**ALLOW, "Effect": "Maybe"}), SYNTAX),
        (document({**ALLOW, "Effect": []}), SYNTAX),
        (document({**ALLOW, "Other": 1}), SYNTAX),
        (document({**ALLOW, "Sid": "a b"}), "Statement IDs (SID) should be alphanumeric."),
        (
            document({**ALLOW, "Sid": "a"}, {**ALLOW, "Sid": "a"}),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (document({**ALLOW, "Principal": "*"}), "Policy document should not specify a principal."),
        (document(without(ALLOW, "Action")), "Policy statement must contain actions."),
        (document({**ALLOW, "NotAction": "*"}), "Policy statement must contain actions."),
        (document(without(ALLOW, "Resource")), "Policy statement must contain resources."),
        (document({**ALLOW, "NotResource": "*"}), "Policy statement must contain resources."),
        (document({**ALLOW, "Action": []}), SYNTAX),
        (document({**ALLOW, "Action": [1]}), SYNTAX),
        (document({**ALLOW, "Action": "Describe"}), VENDOR),
        (document({**ALLOW, "Resource": {}}), SYNTAX),
        (document({**ALLOW, "Resource": "b/*"}), 'Resource b/* must be in ARN format or "*".'),
        (document({**ALLOW, "Condition": "x"}), SYNTAX),
        (document({**ALLOW, "Condition": {"Bool": "x"}}), SYNTAX),
        (document({**ALLOW, "Condition": {"Bool": {"aws:x": {}}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"Bool": {"aws:x": "perhaps"}}}), SYNTAX),
        (document({**ALLOW, "Condition": {"Bool": {"x": "true"}}}), VENDOR),
        (document({**ALLOW, "Condition": {"Boole": {"aws:x": "true"}}}), "Invalid Condition type : Boole."),
    ],
)
def test_grammar_of_identities(text: str, message: str) -> None:
    assert fault(text, "identity") == message


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({**TRUST, "Resource": "*"}, "Has prohibited field Resource"),
        (without(TRUST, "Principal"), "Missing required field Principal"),
        ({**TRUST, "Action": "ec2:*"}, "AssumeRole policy may only specify STS AssumeRole actions."),
        ({**TRUST, "Principal": "me"}, SYNTAX),
        ({**TRUST, "Principal": {}}, SYNTAX),
        ({**TRUST, "Principal": {"AWS": []}}, SYNTAX),
        ({**TRUST, "Principal": {"AWS": "ann"}}, 'Invalid principal in policy: "AWS":"ann"'),
        ({**TRUST, "Principal": {"Service": "x"}}, 'Invalid principal in policy: "SERVICE":"x"'),
        (
            {**TRUST, "Principal": {"AWS": "arn:aws:iam::111122223333:user/*"}},
            'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/*"',
        ),
    ],
)
def test_grammar_of_trust(statement: dict[str, Any], message: str) -> None:
    assert fault(document(statement), "trust") == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Policies must be valid JSON and the first byte must be '{'"),
        ("nonsense", "Policies must be valid JSON and the first byte must be '{'"),
        (document(), "Could not parse the policy: Statement is empty!"),
        (document(BUCKET, Other=1), "Invalid policy syntax."),
        (document(BUCKET, Version="2026-01-01"), "The policy must contain a valid version string"),
        (document({**BUCKET, "Effect": "Permit"}), "Invalid effect: Permit"),
        (document(without(BUCKET, "Principal")), "Missing required field Principal"),
        (document(without(BUCKET, "Action")), "Missing required field Action"),
        (document(without(BUCKET, "Resource")), "Missing required field Resource"),
        (document({**BUCKET, "Principal": "ann"}), "Invalid principal in policy"),
        (document({**BUCKET, "Principal": {"AWS": "ann"}}), "Invalid principal in policy"),
        (document({**BUCKET, "Principal": {"CanonicalUser": "ann"}}), "Invalid principal in policy"),
        (document({**BUCKET, "Action": "GetObject"}), "Policy has invalid action"),
        (document({**BUCKET, "Resource": "b/*"}), "Policy has invalid resource"),
        (document({**BUCKET, "Condition": {"Equals": {"s3:prefix": "x"}}}), "Invalid Condition type : Equals"),
        (document({**BUCKET, "Condition": {"StringEquals": {"x": "y"}}}), "Policy has an invalid condition key"),
    ],
)
def test_grammar_of_buckets(text: str, message: str) -> None:
    assert fault(text, "bucket") == message


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["*", "ec2:*", "Allow", "Deny", "2012-10-17"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Version", "Statement", "Effect", "Action", "Resource", "NotAction", "Condition", "Principal", "AWS"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(values, st.sampled_from(["identity", "trust", "bucket"]))
def test_any_json_is_a_policy_or_a_fault(value: Any, kind: Kind) -> None:
    try:
        read(json.dumps(value), kind=kind)
    except PolicyFault as found:
        assert found.reason
