"""Policies of forms: what they let through, what they do not, and what is no policy."""

import base64
import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import errors
from ec2api.s3 import post_policy

NOW = datetime(2026, 11, 22, 12)
LATER = "2026-11-22T12:00:01.000Z"
BUCKET = {"bucket": "photos"}
FIELDS = {
    "key": "user/photo.jpg",
    "content-type": "image/jpeg",
    "x-amz-meta-a": "b",
    "policy": "...",
    "x-ignore-me": "",
}


def encoded(document: object) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    return base64.b64encode(text.encode()).decode()


def policy(*conditions: Any, expiration: Any = LATER) -> str:
    return encoded({"expiration": expiration, "conditions": list(conditions)})


def check(*conditions: Any, now: datetime = NOW, bucket: str = "photos", **fields: str) -> None:
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    post_policy.read(policy(*conditions)).check(given, bucket=bucket, now=now)


def test_conditions_of_every_kind() -> None:
    post_policy.read(
        policy(
            {"bUcKeT": "photos"},
            ["StArTs-WiTh", "$KeY", "user/"],
            ["eq", "$x-amz-meta-A", "b"],
            ["starts-with", "$Content-Type", ""],
            ["Content-Length-Range", 0, "10"],
        )
    ).check(FIELDS, bucket="photos", now=NOW)


def test_types_in_a_list() -> None:
    condition = ["starts-with", "$Content-Type", "image/"]
    check(BUCKET, condition, content_type="image/jpeg, image/png")
    with pytest.raises(errors.PolicyNotMet):
        check(BUCKET, condition, content_type="image/jpeg, text/html")


@pytest.mark.parametrize(
    ("conditions", "fields", "text"),
    [
        ([BUCKET], {"key": "k"}, "Extra input fields: key"),
        ([], {}, "Extra input fields: bucket"),
        ([BUCKET], {"x_amz_date": "d", "acl": "private"}, "Extra input fields: acl, x-amz-date"),
        ([{"bucket": "others"}], {}, 'Policy Condition failed: ["eq", "$bucket", "others"]'),
        ([BUCKET, ["eq", "$key", "a"]], {"key": "A"}, 'Policy Condition failed: ["eq","$key","a"]'),
        ([BUCKET, ["starts-with", "$key", "a/"]], {"key": "b"}, 'failed: ["starts-with","$key","a/"]'),
        ([BUCKET, ["starts-with", "$acl", ""]], {}, 'failed: ["starts-with","$acl",""]'),
        ([BUCKET, {"acl": ""}], {}, 'failed: ["eq", "$acl", ""]'),
        ([BUCKET, ["eq", "key", "k"]], {"key": "k"}, 'failed: ["eq","key","k"]'),
    ],
)
def test_what_is_not_let_through(conditions: list[Any], fields: dict[str, str], text: str) -> None:
    with pytest.raises(errors.CloudError) as caught:
        check(*conditions, **fields)
    assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)
    assert caught.value.message.startswith("Invalid according to Policy: ")
    assert text in caught.value.message


def test_expiry() -> None:
    check(BUCKET, now=datetime(2026, 11, 22, 12, 0, 1))
    with pytest.raises(errors.PolicyNotMet) as caught:
        check(BUCKET, now=datetime(2026, 11, 22, 12, 0, 2))
    assert caught.value.message == "Invalid according to Policy: Policy expired."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting '{' but found End-of-Input"),
        ("invalid_base64", "invalid Base64 encoding."),
        (base64.b64encode(b"\xff").decode(), "invalid Base64 encoding."),
        ("é", "invalid Base64 encoding."),
        (encoded("invalid json"), "Invalid JSON."),
        (encoded([]), "Invalid JSON."),
        (encoded("[" * 100_000), "Invalid JSON."),
        (encoded({"conditions": []}), "Policy missing expiration."),
        (encoded({"EXPIRATION": LATER, "conditions": []}), "Unexpected: 'EXPIRATION'."),
        (encoded({"expiration": LATER}), "Policy missing conditions."),
        (encoded({"expiration": LATER, "conditions": [], "extra": 1}), "Unexpected: 'extra'."),
        (encoded({"expiration": LATER, "conditions": {}}), "Invalid 'conditions' value: must be a List."),
        (policy(expiration=True), "Invalid JSON."),
        (policy(expiration="invalid"), "Invalid 'expiration' value: 'invalid'"),
        (policy(expiration="2026-11-22 12:00:01+00:00"), "Invalid 'expiration' value"),
        (policy(expiration="2026-13-22T12:00:01Z"), "Invalid 'expiration' value"),
        (policy(True), "Invalid condition test: must be a List or Object."),
        (policy([]), "Invalid Condition: missing operation identifier."),
        (policy(["like", "$key", "k"]), "Invalid Condition: unknown operation 'like'."),
        (policy([1, "$key", "k"]), "Invalid Condition: unknown operation '1'."),
        (policy(["eq", "$key"]), "Invalid eq: wrong number of arguments."),
        (policy(["eq", "$key", "k", "k"]), "Invalid eq: wrong number of arguments."),
        (policy(["eq", False, "k"]), "Invalid JSON."),
        (policy(["eq", "$key", True]), "Invalid JSON."),
        (policy({}), "Simple-Conditions must have exactly one property specified."),
        (policy({"a": "b", "c": "d"}), "Simple-Conditions must have exactly one property specified."),
        (policy({"a": True}), "Invalid Simple-Condition: value must be a string."),
        (policy(["content-length-range", 0]), "Invalid content-length-range: wrong number of arguments."),
        (policy(["content-length-range", -1, 0]), "Invalid content-length-range"),
        (policy(["content-length-range", 2, 1]), "Invalid content-length-range"),
        (policy(["content-length-range", 12, False]), "Invalid JSON."),
        (policy(["content-length-range", "invalid", "14"]), "Invalid JSON."),
    ],
)
def test_what_is_no_policy(text: str, reason: str) -> None:
    with pytest.raises(errors.CloudError) as caught:
        post_policy.read(text)
    assert (caught.value.code, caught.value.status) == ("InvalidPolicyDocument", 400)
    assert caught.value.message.startswith("Invalid Policy: ")
    assert reason in caught.value.message


def test_base64_in_lines() -> None:
    text = policy(BUCKET)
    assert post_policy.read(f" {text[:20]}\r\n{text[20:]}\n").sizes is None


items = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["eq", "starts-with", "content-length-range", "$key", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=8,
)


@given(st.lists(items, max_size=4), st.text(max_size=4))
def test_nothing_but_refusals(conditions: list[Any], key: str) -> None:
    try:
        check(*conditions, key=key)
    except errors.CloudError as refused:
        assert refused.code in {"InvalidPolicyDocument", "AccessDenied"}
