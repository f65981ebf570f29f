"""Public access blocks: what they refuse, ignore and restrict."""

import json

import pytest

from tests.conftest import Embedded
from tests.ec2api.s3.people import People, refused

NONE = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)


@pytest.fixture
def people(shared_cloud: Embedded, account: str) -> People:
    found = People(shared_cloud, account, str(int(account) + 500_000))
    found.owner.create_bucket()
    found.owner.put()
    return found


def block(people: People, *settings: str) -> None:
    people.owner.put_public_access_block(PublicAccessBlockConfiguration=dict.fromkeys(settings, True))


def policy(people: People, *principals: str) -> str:
    resources = [people.arn, f"{people.arn}/*"]
    actions = ["s3:GetObject", "s3:ListBucket"]
    grants = [
        {"Effect": "Allow", "Principal": {"AWS": p}, "Action": actions, "Resource": resources} for p in principals
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": grants})


def test_put_get_and_delete(people: People) -> None:
    owner = people.owner
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        owner.get_public_access_block()
    block(people, "BlockPublicAcls")
    assert owner.get_public_access_block()["PublicAccessBlockConfiguration"] == NONE | {"BlockPublicAcls": True}
    block(people)
    assert owner.get_public_access_block()["PublicAccessBlockConfiguration"] == NONE
    for _ in range(2):
        owner.delete_public_access_block()
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        owner.get_public_access_block()
    with refused():
        people.other.get_public_access_block()


def test_block_public_acls(people: People) -> None:
    owner = people.owner
    owner.put_object_acl(Key="key", ACL="public-read")
    block(people, "BlockPublicAcls")
    group = "uri=http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
    for given in ({"ACL": "public-read"}, {"ACL": "authenticated-read"}, {"GrantRead": group}):
        for call in (owner.put_bucket_acl, owner.put, lambda **g: owner.put_object_acl(Key="key", **g)):
            with refused():
                call(**given)
    owner.put_bucket_acl(ACL="log-delivery-write")
    owner.put("another", ACL="bucket-owner-full-control")
    assert people.anonymous.get() == b"bytes"  # as it was public before


def test_ignore_public_acls(people: People) -> None:
    owner, other = people.owner, people.other
    owner.put_bucket_acl(ACL="public-read")
    owner.put("known", GrantRead=f"id={other.id}", GrantFullControl=f"id={owner.id}")
    owner.put_object_acl(Key="key", ACL="public-read")
    assert other.keys() == ["key", "known"]
    block(people, "IgnorePublicAcls")
    for who in (other, people.anonymous):
        with refused():
            who.keys()
        with refused():
            who.get()
    assert other.get("known") == b"bytes"
    assert len(owner.get_bucket_acl()["Grants"]) == 2
    assert owner.get_bucket_policy_status()["PolicyStatus"]["IsPublic"] is False


def test_block_public_policy(people: People) -> None:
    block(people, "BlockPublicPolicy")
    with refused():
        people.owner.put_bucket_policy(Policy=policy(people, "*"))
    with refused("NoSuchBucketPolicy", 404):
        people.owner.get_bucket_policy()
    people.owner.put_bucket_policy(Policy=policy(people, people.other.account))
    assert people.other.get() == b"bytes"


def test_restrict_public_buckets(people: People) -> None:
    owner, other = people.owner, people.other
    owner.put_bucket_policy(Policy=policy(people, "*", other.account))
    assert other.get() == people.anonymous.get() == b"bytes"
    block(people, "RestrictPublicBuckets")
    for who in (other, people.anonymous):
        with refused():
            who.get()
    assert owner.get() == b"bytes"
    owner.put_bucket_policy(Policy=policy(people, other.account))  # which is not public
    assert other.get() == b"bytes"
