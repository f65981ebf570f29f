"""Whatever is put as the policy of a bucket is judged: kept and evaluated, or refused."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend.db.models import Bucket
from backend.policies import bucket_policies, documents
from backend.policies.documents import PolicyFault
from backend.policies.evaluation import ANONYMOUS, Principal, Request, authorise
from backend.policies.grants import Authority
from backend.s3 import access, acl, policies
from backend.s3.access import Action

ARN = "arn:aws:s3:::bucket"
texts = st.text(max_size=8) | st.sampled_from(
    [
        *(
            "*",
            "s3:*",
            "s3:GetObject",
            "s3:Get?bject",
            "111122223333",
            "arn:aws:iam::111122223333:user/a",
            ARN,
            f"{ARN}/*",
        ),
        *(
            "Allow",
            "Deny",
            "true",
            "10",
            "10.0.0.0/8",
            "::/0",
            "0.0.0.0/0",
            "2020-01-01",
            "${aws:username}",
            "${*}",
            "AWS",
        ),
        *("CanonicalUser", "Service", "logging.s3.amazonaws.com", "${aws:SourceIp}", "${s3:prefix, 'a'}"),
    ]
)
keys = st.sampled_from(
    ["aws:SourceIp", "s3:prefix", "aws:PrincipalArn", "s3:max-keys", "aws:CurrentTime", "aws:userid"]
)
operators = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "ForAnyValue:", "ForAllValues:"]),
        st.sampled_from(
            [
                *("StringEquals", "StringNotLike", "StringLike", "NumericLessThan", "DateLessThan", "Bool", "Null"),
                *("IpAddress", "NotIpAddress", "ArnLike", "BinaryEquals", "Nothing"),
            ]
        ),
        st.sampled_from(["", "IfExists"]),
    ),
)
some = texts | st.lists(texts, max_size=2)
bad = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Sid": texts,
        "Principal": st.dictionaries(st.sampled_from(["AWS", "CanonicalUser", "Service"]), some, max_size=2),
        "NotPrincipal": st.dictionaries(st.just("AWS"), some, max_size=1),
        "Action": some,
        "NotAction": some,
        "Resource": some,
        "NotResource": some,
    },
)
values = texts | st.sampled_from(["10.0.0.0/8", "::/0", "10", "true", "2020-01-01", "${aws:userid}"])
good = st.builds(
    lambda effect, principal, action, resource, condition: {
        "Effect": effect,
        "Principal": principal,
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    },
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["*", {"AWS": "*"}, {"AWS": "111122223333"}, {"AWS": "arn:aws:iam::111122223333:user/a"}]),
    st.sampled_from(["s3:*", "*", "s3:GetObject", ["s3:Get?bject", "s3:PutObject"]]),
    st.sampled_from([f"{ARN}/*", f"{ARN}*", [ARN, f"{ARN}/key"], f"{ARN}/${{aws:userid}}*"]),
    st.dictionaries(operators, st.dictionaries(keys, values | st.lists(values, max_size=2), max_size=2), max_size=2),
)
statements = good | good | bad
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda more: st.lists(more) | st.dictionaries(texts, more)
)


@given(
    st.lists(statements, min_size=1, max_size=3) | anything, st.sampled_from(["a", "10.0.0.1", "2026-11-22T10:30:56Z"])
)
def test_a_policy_is_refused_or_decides(given_: Any, value: str) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": given_})
    bucket = Bucket(name="bucket", account="111122223333", policy=text)
    context = dict.fromkeys(("aws:SourceIp", "s3:prefix", "s3:max-keys"), value)
    user = Principal("111122223333", "arn:aws:iam::111122223333:user/a", "AIDAAAAAAAAAAAAAAAAAA", "user")
    try:
        policy = documents.read(text, kind="bucket")
        bucket_policies.check_bucket_policy(policy, "bucket")
    except PolicyFault as fault:
        assert fault.reason
        return
    bucket_policies.is_public(policy)
    assert policies.is_public(bucket) == bucket_policies.is_public(policy)
    for principal in (ANONYMOUS, user):
        verdict = authorise(None, text, bucket.account, Request(principal, "s3:GetObject", f"{ARN}/key", context))
        found = access.allows(
            Authority(principal, None), Action("s3:GetObject", "READ"), bucket, "key", None, lambda: context
        )
        assert found == verdict.allowed


def test_a_policy_that_can_no_longer_be_read_lets_nobody() -> None:
    bucket = Bucket(name="bucket", account="111122223333", policy="{")
    assert policies.is_public(bucket)
    assert not access.allows(Authority(ANONYMOUS, None), Action("s3:GetObject", "READ"), bucket, "key")
    assert acl.of(bucket) == ("111122223333", None)
