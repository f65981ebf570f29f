"""What S3 demands of a bucket's policy, and when it is public."""

import json
from typing import Any

import pytest

from backend.policies import bucket_policies
from backend.policies.documents import Policy, PolicyFault, read

ROOT = "arn:aws:iam::111122223333:root"
NOT_APPLIED = "Action does not apply to any resource(s) in statement"
EVERYBODY: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::b/*",
}


def policy(*statements: dict[str, Any]) -> Policy:
    return read(json.dumps({"Version": "2012-10-17", "Statement": statements}), kind="bucket")


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/*"),
        ("s3:getobject", "arn:aws:s3:::b/a/*"),
        ("s3:ListBucket", "arn:aws:s3:::b"),
        ("s3:*", "arn:aws:s3:::b"),
        ("*", "arn:aws:s3:::b/*"),
        ("s3:Get*", "arn:aws:s3:::b/*"),
        ("s3:GetObject", "arn:aws:s3:::b*"),
        ("s3:ListBucket", ["arn:aws:s3:::*", "arn:aws:s3:::*/*"]),
        (["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::b", "arn:aws:s3:::b/x"]),
    ],
)
def test_what_is_accepted(action: Any, resource: Any) -> None:
    bucket_policies.check_bucket_policy(policy({**EVERYBODY, "Action": action, "Resource": resource}), "b")


@pytest.mark.parametrize(
    ("action", "resource", "message"),
    [
        ("s3:GetObject", "arn:aws:s3:::c/*", "Policy has invalid resource"),
        ("s3:GetObject", ["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"], "Policy has invalid resource"),
        ("s3:GetObject", "arn:aws:ec2:::b/*", "Policy has invalid resource"),
        ("s3:GetObject", "*", "Policy has invalid resource"),
        ("s3:FlyToTheMoon", "arn:aws:s3:::b/*", "Policy has invalid action"),
        ("s3:Fly*", "arn:aws:s3:::b/*", "Policy has invalid action"),
        ("ec2:RunInstances", "arn:aws:s3:::b/*", "Policy has invalid action"),
        ("s3:GetObject", "arn:aws:s3:::b", NOT_APPLIED),
        ("s3:ListBucket", "arn:aws:s3:::b/*", NOT_APPLIED),
        (
            ["s3:GetObject", "s3:ListBucket"],
            "arn:aws:s3:::b/*",
            NOT_APPLIED,
        ),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::b", NOT_APPLIED),
    ],
)
def test_what_is_refused(action: Any, resource: Any, message: str) -> None:
    with pytest.raises(PolicyFault) as caught:
        bucket_policies.check_bucket_policy(policy({**EVERYBODY, "Action": action, "Resource": resource}), "b")
    assert caught.value.reason == message


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {**EVERYBODY, "Condition": {operator: {key: list(values)}}}


@pytest.mark.parametrize(
    ("statement", "public"),
    [
        (EVERYBODY, True),
        ({**EVERYBODY, "Effect": "Deny"}, False),
        ({**EVERYBODY, "Principal": {"AWS": "*"}}, True),
        ({**EVERYBODY, "Principal": {"AWS": ROOT}}, False),
        ({**EVERYBODY, "Principal": {"Service": "cloudtrail.amazonaws.com"}}, False),
        ({"NotPrincipal": {"AWS": ROOT}, **{k: v for k, v in EVERYBODY.items() if k != "Principal"}}, True),
        (when("StringEquals", "aws:SourceVpc", "vpc-91237329"), False),
        (when("StringLike", "aws:SourceVpc", "vpc-91237329"), False),
        (when("StringLike", "aws:SourceVpc", "vpc-*"), True),
        (when("StringLike", "aws:SourceVpc", "vpc-91237329", "vpc-*"), True),
        (when("StringNotEquals", "aws:SourceVpc", "vpc-91237329"), True),
        (when("StringEqualsIfExists", "aws:SourceVpc", "vpc-91237329"), True),
        (when("ForAllValues:StringEquals", "aws:SourceVpc", "vpc-91237329"), True),
        (when("StringEquals", "aws:PrincipalOrgID", "o-1"), False),
        (when("StringEquals", "AWS:PrincipalAccount", "111122223333"), False),
        (when("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/x"), False),
        (when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"), True),
        (when("StringEquals", "aws:PrincipalArn", "${aws:x}"), True),
        (when("StringLike", "aws:userid", "AROAEXAMPLEID:*"), True),
        (when("StringEquals", "aws:Referer", "http://example.com"), True),
        (when("StringEquals", "s3:prefix", "x"), True),
        (when("IpAddress", "aws:SourceIp", "203.0.113.0/24"), False),
        (when("IpAddress", "aws:SourceIp", "10.0.0.0/32"), False),
        (when("IpAddress", "aws:SourceIp", "0.0.0.0/1"), True),
        (when("IpAddress", "aws:SourceIp", "172.16.0.0/12"), False),
        (when("IpAddress", "aws:SourceIp", "0.0.0.0/0", "203.0.113.0/24"), True),
        (when("IpAddress", "aws:SourceIp", "2001:db8::/32"), False),
        (when("IpAddress", "aws:SourceIp", "::/16"), True),
        (when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"), True),
        (when("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:us-east-1:111122223333:accesspoint/*"), False),
        (when("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:us-east-1:*:accesspoint/x"), True),
    ],
)
def test_what_is_public(statement: dict[str, Any], public: bool) -> None:
    private = {**EVERYBODY, "Principal": {"AWS": ROOT}}
    assert bucket_policies.is_public(policy(private, statement)) is public
