"""Policies of buckets: how they are put, whom they let, and the conditions that S3 documents."""

import json
from typing import Any

import pytest
from botocore.config import Config

from tests.clients import SESSION
from tests.conftest import Embedded
from tests.ec2api.s3.people import People, refused


@pytest.fixture
def people(shared_cloud: Embedded, account: str) -> People:
    found = People(shared_cloud, account, str(int(account) + 500_000))
    found.owner.create_bucket()
    found.owner.put()
    return found


def statement(people: People, action: Any, to: str = "/*", **more: Any) -> dict[str, Any]:
    resource = [people.arn + part for part in ("", "/*")] if to == "both" else people.arn + to
    return {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def put(people: People, *statements: dict[str, Any], **given: Any) -> None:
    people.owner.put_bucket_policy(Policy=policy(*statements), **given)


def test_policies_come_back_as_they_were_put(people: People) -> None:
    owner = people.owner
    with refused("NoSuchBucketPolicy", 404) as error:
        owner.get_bucket_policy()
    assert error["BucketName"] == people.bucket
    text = policy(statement(people, "s3:GetObject"))
    owner.put_bucket_policy(Policy=text)
    assert owner.get_bucket_policy()["Policy"] == text
    for _ in range(2):
        owner.delete_bucket_policy()
    with refused("NoSuchBucketPolicy", 404):
        owner.get_bucket_policy()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"Statement": []}',
        '{"Version": "2024-01-01", "Statement": [{}]}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::x"}}',
    ],
)
def test_what_is_no_policy_is_refused(people: People, text: str) -> None:
    code = "MalformedPolicy" if text else "MissingRequestBodyError"
    with refused(code, 400):
        people.owner.put_bucket_policy(Policy=text)


def test_policies_that_are_about_something_else_are_refused(people: People) -> None:
    good = statement(people, "s3:GetObject")
    gone = f"arn:aws:iam::{people.owner.account}:user/nobody"
    for change in (
        {"Resource": "arn:aws:s3:::another-bucket/*"},
        {"Resource": people.arn},
        {"Action": "s3:MakeCoffee"},
        {"Action": "ec2:RunInstances"},
        {"Principal": {"AWS": "nobody"}},
        {"Principal": {"AWS": gone}},
        {"Effect": "Perhaps"},
        {"Condition": {"StringAlmost": {"s3:prefix": "a"}}},
    ):
        with refused("MalformedPolicy", 400):
            put(people, good | change)
    with refused("PolicyTooLarge", 400):
        put(people, good | {"Sid": "a" * 20480})


def test_policies_let_other_accounts_and_everybody(people: People) -> None:
    other, anonymous = people.other, people.anonymous
    put(people, statement(people, "s3:GetObject"))
    assert other.get() == anonymous.get() == b"bytes"
    for who in (other, anonymous):
        with refused():
            who.put()
        with refused():
            who.keys()
        with refused():
            who.get("absent")
    named = {"AWS": f"arn:aws:iam::{other.account}:root"}
    put(people, statement(people, ["s3:GetObject", "s3:ListBucket"], "both", Principal=named))
    assert other.keys() == ["key"]
    with refused():
        anonymous.get()
    put(people, statement(people, "s3:GetObject", Principal={"CanonicalUser": other.id}))
    assert other.get() == b"bytes"


def test_a_denial_wins(people: People) -> None:
    owner, other = people.owner, people.other
    owner.put_object_acl(Key="key", ACL="public-read")
    put(people, statement(people, "s3:GetObject"), statement(people, "s3:GetObject", Effect="Deny"))
    for who in (other, people.anonymous):
        with refused() as error:
            who.get()
        assert error["Message"] == "Access Denied"
    with refused() as error:
        owner.get()
    assert error["Message"] == (
        f"User: arn:aws:iam::{owner.account}:root is not authorized to perform: s3:GetObject on resource: "
        f'"{people.arn}/key" with an explicit deny in a resource-based policy'
    )
    owner.put("another")


def test_the_root_user_of_the_owner_is_never_locked_out(people: People) -> None:
    put(people, statement(people, "s3:*", "both", Effect="Deny"))
    with refused():
        people.owner.keys()
    assert "Deny" in people.owner.get_bucket_policy()["Policy"]
    put(people, statement(people, "s3:*", "both", Effect="Deny"), ConfirmRemoveSelfBucketAccess=True)
    people.owner.delete_bucket_policy()
    assert people.owner.keys() == ["key"]


def test_the_policy_is_for_the_owners_account_alone(people: People) -> None:
    actions = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
    with refused():
        people.other.get_bucket_policy()
    put(people, statement(people, actions, "", Principal={"AWS": people.other.account}))
    for call in (people.other.get_bucket_policy, people.other.delete_bucket_policy):
        with refused("MethodNotAllowed", 405):
            call()
    with refused("MethodNotAllowed", 405):
        people.other.put_bucket_policy(Policy=policy(statement(people, "s3:*", "both")))


def test_a_policy_gives_nothing_of_what_others_own(people: People) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example4.html"""
    owner, other = people.owner, people.other
    put(people, statement(people, ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"]))
    other.put("theirs")
    assert other.get("theirs") == b"bytes"
    for who in (owner, people.anonymous):
        with refused():
            who.get("theirs")
    owner.put_bucket_ownership_controls(OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    assert owner.get("theirs") == people.anonymous.get("theirs") == b"bytes"
    assert {found["Owner"]["ID"] for found in owner.list_objects()["Contents"]} == {owner.id}


@pytest.mark.parametrize(
    ("statements", "public"),
    [
        ([{"Principal": "*"}], True),
        ([{"Principal": {"AWS": "*"}}], True),
        ([{"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/24"}}}], False),
        ([{"Principal": "*", "Condition": {"StringEquals": {"s3:prefix": "a"}}}], True),
        ([{"Principal": "*", "Effect": "Deny"}], False),
        ([{"Principal": {"AWS": "111122223333"}}], False),
        ([{"Principal": {"AWS": "111122223333"}}, {"Principal": "*"}], True),
    ],
)
def test_whether_a_bucket_is_public(people: People, statements: list[dict[str, Any]], public: bool) -> None:
    owner = people.owner
    assert owner.get_bucket_policy_status()["PolicyStatus"] == {"IsPublic": False}
    put(people, *(statement(people, "s3:GetObject", **given) for given in statements))
    assert owner.get_bucket_policy_status()["PolicyStatus"] == {"IsPublic": public}


def test_public_acls_make_a_bucket_public(people: People) -> None:
    owner = people.owner
    for acl, public in (("public-read", True), ("authenticated-read", True), ("log-delivery-write", False)):
        owner.put_bucket_acl(ACL=acl)
        assert owner.get_bucket_policy_status()["PolicyStatus"] == {"IsPublic": public}


def test_conditions_of_lists(people: People) -> None:
    other = people.other
    put(
        people,
        statement(people, "s3:ListBucket", "", Condition={"StringEquals": {"s3:prefix": "a/", "s3:delimiter": "/"}}),
        statement(people, "s3:ListBucket", "", Effect="Deny", Condition={"NumericGreaterThan": {"s3:max-keys": "10"}}),
    )
    other.list_objects_v2(Prefix="a/", Delimiter="/", MaxKeys=10)
    for given in (
        {"Prefix": "a/"},
        {"Prefix": "b/", "Delimiter": "/"},
        {"Prefix": "a/", "Delimiter": "/", "MaxKeys": 11},
    ):
        with refused():
            other.list_objects_v2(**given)


Case = tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]
PUTS: list[Case] = [
    ("acl", {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}, {"ACL": "bucket-owner-full-control"}, {}),
    ("class", {"StringEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}}, {"StorageClass": "STANDARD_IA"}, {}),
    (
        "encryption",
        {"Null": {"s3:x-amz-server-side-encryption": "false"}},
        {"ServerSideEncryption": "AES256"},
        {},
    ),
    (
        "tag",
        {"StringEquals": {"s3:RequestObjectTag/security": "public"}},
        {"Tagging": "security=public&a=b"},
        {"Tagging": "security=private"},
    ),
    (
        "tag keys",
        {"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["a", "b"]}},
        {"Tagging": "a=1"},
        {"Tagging": "a=1&c=1"},
    ),
    ("once", {"Null": {"s3:if-none-match": "false"}}, {"IfNoneMatch": "*"}, {}),
    ("address", {"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}}, {}, {}),
    ("tls", {"Bool": {"aws:SecureTransport": "false"}}, {}, {}),
    ("authorisation", {"StringEquals": {"s3:authType": "REST-HEADER"}}, {}, {}),
    (
        "account",
        {"StringLike": {"s3:ResourceAccount": "1*"}, "DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}},
        {},
        {},
    ),
]


@pytest.mark.parametrize(("condition", "good", "bad"), [case[1:] for case in PUTS], ids=[case[0] for case in PUTS])
def test_conditions_of_puts(people: People, condition: Any, good: dict[str, Any], bad: dict[str, Any]) -> None:
    put(people, statement(people, ["s3:PutObject", "s3:PutObjectTagging"], Condition=condition))
    people.other.put("theirs", **good)
    if good:
        with refused():
            people.other.put("theirs", **bad)


def test_grants_must_be_as_a_policy_says(people: People) -> None:
    wanted = f"id={people.owner.id}"
    put(people, statement(people, "s3:PutObject", Condition={"StringEquals": {"s3:x-amz-grant-full-control": wanted}}))
    people.other.put("theirs", GrantFullControl=wanted)
    assert people.owner.get("theirs") == b"bytes"
    with refused():
        people.other.put("theirs")


def test_conditions_of_tags_that_are_there(people: People) -> None:
    people.owner.put("public", Tagging="security=public")
    people.owner.put("private", Tagging="security=private")
    put(
        people,
        statement(people, "s3:GetObject", Condition={"StringEquals": {"s3:ExistingObjectTag/security": "public"}}),
    )
    assert people.other.get("public") == b"bytes"
    for key in ("private", "key"):
        with refused():
            people.other.get(key)


def test_conditions_of_versions_and_referrers(people: People) -> None:
    owner, other = people.owner, people.other
    owner.put_bucket_versioning(VersioningConfiguration={"Status": "Enabled"})
    first, second = owner.put()["VersionId"], owner.put()["VersionId"]
    put(people, statement(people, "s3:GetObjectVersion", Condition={"StringEquals": {"s3:VersionId": first}}))
    assert other.get(VersionId=first) == b"bytes"
    for given in ({"VersionId": second}, {}):
        with refused():
            other.get(**given)
    put(
        people, statement(people, "s3:GetObject", Condition={"StringLike": {"aws:Referer": "http://www.example.com/*"}})
    )
    with refused():
        people.anonymous.get()

    def refer(request: Any, **_: Any) -> None:
        request.headers["Referer"] = "http://www.example.com/page"

    people.anonymous.client.meta.events.register("before-sign.s3.GetObject", refer)
    assert people.anonymous.get() == b"bytes"


def test_presigned_requests_have_an_age(shared_cloud: Embedded, people: People) -> None:
    client = SESSION.create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:8788",
        aws_access_key_id=people.other.account,
        aws_secret_access_key="secret",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    url = client.generate_presigned_url("get_object", Params={"Bucket": people.bucket, "Key": "key"})
    path = "/" + url.split("/", 3)[3]

    def status() -> int:
        found = shared_cloud.app.test_client().get(path, environ_overrides={"RAW_URI": path})
        return int(found.status_code)

    conditions = {
        "StringEquals": {"s3:authType": "REST-QUERY-STRING", "s3:signatureversion": "AWS4-HMAC-SHA256"},
        "NumericLessThan": {"s3:signatureAge": "600000"},
    }
    put(people, statement(people, "s3:GetObject", Condition=conditions))
    assert status() == 200
    with refused():
        people.other.get()
    put(people, statement(people, "s3:GetObject", Condition={"NumericGreaterThan": {"s3:signatureAge": "600000"}}))
    assert status() == 403
