"""Ownership controls: whom new objects belong to, and buckets without ACLs."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.ec2api.s3.people import People, refused

ENFORCED, PREFERRED, WRITER = "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"


@pytest.fixture
def people(shared_cloud: Embedded, account: str) -> People:
    return People(shared_cloud, account, str(int(account) + 500_000))


def control(people: People, ownership: str) -> None:
    people.owner.put_bucket_ownership_controls(OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})


def shown(people: People) -> Any:
    return people.owner.get_bucket_ownership_controls()["OwnershipControls"]["Rules"]


def test_put_get_and_delete(people: People) -> None:
    owner = people.owner
    owner.create_bucket()
    with refused("OwnershipControlsNotFoundError", 404):
        owner.get_bucket_ownership_controls()
    for ownership in (ENFORCED, PREFERRED, WRITER):
        control(people, ownership)
        assert shown(people) == [{"ObjectOwnership": ownership}]
    with refused("MalformedXML", 400):
        control(people, "Nobody")
    with refused("MalformedXML", 400):
        owner.put_bucket_ownership_controls(OwnershipControls={"Rules": [{"ObjectOwnership": WRITER}] * 2})
    with refused():
        people.other.get_bucket_ownership_controls()
    for _ in range(2):
        owner.delete_bucket_ownership_controls()
    with refused("OwnershipControlsNotFoundError", 404):
        owner.get_bucket_ownership_controls()


@pytest.mark.parametrize("ownership", [ENFORCED, PREFERRED, WRITER])
def test_with_a_new_bucket(people: People, ownership: str) -> None:
    people.owner.create_bucket(ObjectOwnership=ownership)
    assert shown(people) == [{"ObjectOwnership": ownership}]


def test_whom_objects_belong_to(people: People) -> None:
    owner, other = people.owner, people.other
    owner.create_bucket(ACL="public-read-write")
    whole = "bucket-owner-full-control"
    cases = [
        (WRITER, "private", other),
        (WRITER, whole, other),
        (PREFERRED, "private", other),
        (PREFERRED, whole, owner),
    ]
    for ownership, canned, expected in cases:
        control(people, ownership)
        other.put(ACL=canned)
        assert expected.get_object_acl(Key="key")["Owner"]["ID"] == expected.id
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        control(people, ENFORCED)
    assert shown(people) == [{"ObjectOwnership": PREFERRED}]


def test_where_acls_are_off(people: People) -> None:
    owner, other = people.owner, people.other
    owner.create_bucket()
    owner.put("public", ACL="public-read")
    owner.put("granted", GrantRead=f"id={other.id}")
    control(people, ENFORCED)
    for who, key in ((people.anonymous, "public"), (other, "granted")):
        with refused():
            who.get(key)
    assert owner.get("granted") == b"bytes"
    for answer in (owner.get_bucket_acl(), owner.get_object_acl(Key="public")):
        assert [(g["Grantee"]["ID"], g["Permission"]) for g in answer["Grants"]] == [(owner.id, "FULL_CONTROL")]
    for call in (owner.put_bucket_acl, lambda **g: owner.put_object_acl(Key="public", **g)):
        for canned in ("private", "public-read"):
            with refused("AccessControlListNotSupported", 400):
                call(ACL=canned)
    for given in ({}, {"ACL": "private"}, {"ACL": "bucket-owner-full-control"}, {"GrantFullControl": f"id={owner.id}"}):
        owner.put("key", **given)
    for given in ({"ACL": "public-read"}, {"ACL": "authenticated-read"}, {"GrantRead": f"id={other.id}"}):
        with refused("AccessControlListNotSupported", 400):
            owner.put("key", **given)
    owner.delete_bucket_ownership_controls()
    assert people.anonymous.get("public") == b"bytes"  # as the ACL was kept


def test_new_buckets_as_aws_makes_them(new_cloud: Callable[..., Embedded]) -> None:
    people = People(new_cloud(bucket_defaults="secure"), "111122223333", "444455556666")
    owner = people.owner
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        owner.create_bucket(ACL="public-read")
    with refused("InvalidBucketAclWithBlockPublicAccessError", 400):
        owner.create_bucket(ACL="public-read", ObjectOwnership=WRITER)
    owner.create_bucket()
    assert shown(people) == [{"ObjectOwnership": ENFORCED}]
    assert all(owner.get_public_access_block()["PublicAccessBlockConfiguration"].values())
    with refused("AccessControlListNotSupported", 400):
        owner.put(ACL="public-read")
