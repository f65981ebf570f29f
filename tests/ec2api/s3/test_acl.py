"""Access control lists: how they are put, what they show and whom they let."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.ec2api.s3.people import GROUPS, People, Person, refused

ALL = ("Group", f"{GROUPS}global/AllUsers")
AUTHENTICATED = ("Group", f"{GROUPS}global/AuthenticatedUsers")
LOGS = ("Group", f"{GROUPS}s3/LogDelivery")


@pytest.fixture
def people(shared_cloud: Embedded, account: str) -> Iterator[People]:
    found = People(shared_cloud, account, str(int(account) + 500_000))
    found.owner.create_bucket()
    yield found


def shown(answer: Any) -> list[tuple[str, str, str]]:
    """The grants of an ACL: type and name of the grantee, and the permission."""
    return sorted(
        (g["Grantee"]["Type"], g["Grantee"].get("ID") or g["Grantee"]["URI"], g["Permission"]) for g in answer["Grants"]
    )


def user(person: Person, permission: str) -> tuple[str, str, str]:
    return "CanonicalUser", person.id, permission


def document(people: People, *grants: tuple[str, str, str]) -> dict[str, Any]:
    members = {"CanonicalUser": "ID", "Group": "URI", "AmazonCustomerByEmail": "EmailAddress"}
    return {
        "Owner": {"ID": people.owner.id},
        "Grants": [{"Grantee": {"Type": t, members[t]: name}, "Permission": p} for t, name, p in grants],
    }


@pytest.mark.parametrize(
    ("canned", "grants"),
    [
        ("private", []),
        ("public-read", [(*ALL, "READ")]),
        ("public-read-write", [(*ALL, "READ"), (*ALL, "WRITE")]),
        ("authenticated-read", [(*AUTHENTICATED, "READ")]),
        ("log-delivery-write", [(*LOGS, "READ_ACP"), (*LOGS, "WRITE")]),
        ("bucket-owner-full-control", []),
    ],
)
def test_canned_acls_of_buckets(people: People, canned: str, grants: list[Any]) -> None:
    owner = people.owner
    owner.put_bucket_acl(ACL="public-read")
    owner.put_bucket_acl(ACL=canned)
    found = owner.get_bucket_acl()
    assert found["Owner"]["ID"] == owner.id
    assert shown(found) == sorted([user(owner, "FULL_CONTROL"), *grants])


@pytest.mark.parametrize("way", ["with the object", "afterwards"])
@pytest.mark.parametrize(
    ("canned", "grants"),
    [
        ("private", []),
        ("public-read", [(*ALL, "READ")]),
        ("public-read-write", [(*ALL, "READ"), (*ALL, "WRITE")]),
        ("authenticated-read", [(*AUTHENTICATED, "READ")]),
        ("bucket-owner-read", []),
    ],
)
def test_canned_acls_of_objects(people: People, canned: str, grants: list[Any], way: str) -> None:
    owner = people.owner
    if way == "with the object":
        owner.put(ACL=canned)
    else:
        owner.put(ACL="public-read")
        modified = owner.head_object(Key="key")["LastModified"]
        owner.put_object_acl(Key="key", ACL=canned)
        assert owner.head_object(Key="key")["LastModified"] == modified
    assert shown(owner.get_object_acl(Key="key")) == sorted([user(owner, "FULL_CONTROL"), *grants])


def test_acls_that_are_about_the_owner_of_the_bucket(people: People) -> None:
    owner, other = people.owner, people.other
    owner.put_bucket_acl(ACL="public-read-write")
    for canned, permission in (("bucket-owner-read", "READ"), ("bucket-owner-full-control", "FULL_CONTROL")):
        other.put(ACL=canned)
        found = other.get_object_acl(Key="key")
        assert found["Owner"]["ID"] == other.id
        assert shown(found) == sorted([user(other, "FULL_CONTROL"), user(owner, permission)])
        assert owner.get() == b"bytes"
    other.put()
    with refused():
        owner.get()
    with refused():
        owner.get_object_acl(Key="key")
    with refused():
        owner.put_object_acl(Key="key", ACL="public-read")
    owner.delete_object(Key="key")
    assert owner.keys() == []


def test_ec2_may_read_bundles(people: People) -> None:
    people.owner.put(ACL="aws-exec-read")
    found = shown(people.owner.get_object_acl(Key="key"))
    assert [permission for _, _, permission in found if permission == "READ"] == ["READ"]


def test_grants_in_headers(people: People) -> None:
    owner, other = people.owner, people.other
    owner.put_bucket_acl(
        GrantFullControl=f'id="{owner.id}"',
        GrantRead=f'id={other.id}, uri="{ALL[1]}"',
        GrantWrite=f'uri="{AUTHENTICATED[1]}"',
        GrantReadACP=f"id={other.id}",
        GrantWriteACP=f"id={other.id}",
    )
    assert shown(owner.get_bucket_acl()) == sorted(
        [
            user(owner, "FULL_CONTROL"),
            user(other, "READ"),
            user(other, "READ_ACP"),
            user(other, "WRITE_ACP"),
            (*ALL, "READ"),
            (*AUTHENTICATED, "WRITE"),
        ]
    )
    owner.put(GrantFullControl=f"id={owner.id}", GrantRead=f"id={other.id}")
    assert shown(owner.get_object_acl(Key="key")) == sorted([user(owner, "FULL_CONTROL"), user(other, "READ")])
    assert other.get() == b"bytes"
    with refused():
        people.anonymous.get()


def test_a_new_bucket_has_the_acl_that_its_request_says(shared_cloud: Embedded, account: str) -> None:
    people = People(shared_cloud, account, str(int(account) + 500_000))
    owner, other = people.owner, people.other
    owner.create_bucket(GrantFullControl=f"id={other.id}")
    assert shown(other.get_bucket_acl()) == [user(other, "FULL_CONTROL")]
    other.put()
    assert other.keys() == ["key"]
    with refused():
        owner.keys()  # as its own grant is gone with the others
    owner.put_bucket_acl(ACL="private")
    assert owner.keys() == ["key"]


def test_to_create_a_bucket_again_resets_its_acl(people: People) -> None:
    owner = people.owner
    owner.put_bucket_acl(ACL="public-read")
    owner.create_bucket()
    assert shown(owner.get_bucket_acl()) == [user(owner, "FULL_CONTROL")]


def test_documents(people: People) -> None:
    owner, other = people.owner, people.other
    owner.put()
    grants = [user(owner, "FULL_CONTROL"), user(other, "READ_ACP"), (*ALL, "READ")]
    wanted = document(people, *grants)
    owner.put_bucket_acl(AccessControlPolicy=wanted)
    owner.put_object_acl(Key="key", AccessControlPolicy=wanted)
    assert shown(owner.get_bucket_acl()) == shown(owner.get_object_acl(Key="key")) == sorted(grants)
    answer = other.get_bucket_acl()
    del answer["ResponseMetadata"]
    owner.put_bucket_acl(AccessControlPolicy=answer)  # what is shown can be put
    assert shown(owner.get_bucket_acl()) == sorted(grants)


def test_a_document_may_grant_nothing(people: People) -> None:
    owner = people.owner
    owner.put()
    owner.put_bucket_acl(AccessControlPolicy=document(people))
    assert owner.get_bucket_acl()["Grants"] == []
    assert owner.get() == b"bytes"
    with refused():
        owner.put("another")
    owner.put_bucket_acl(ACL="private")
    owner.put("another")


@pytest.mark.parametrize(
    ("permission", "can"),
    [
        ("READ", {"list"}),
        ("WRITE", {"put", "delete"}),
        ("READ_ACP", {"get_acl"}),
        ("WRITE_ACP", {"put_acl"}),
        ("FULL_CONTROL", {"list", "put", "delete", "get_acl", "put_acl"}),
    ],
)
def test_what_a_permission_on_a_bucket_lets_do(people: People, permission: str, can: set[str]) -> None:
    owner, other = people.owner, people.other
    owner.put()
    acl = document(people, user(owner, "FULL_CONTROL"), user(other, permission))
    owner.put_bucket_acl(AccessControlPolicy=acl)
    calls = {
        "list": other.keys,
        "put": lambda: other.put("mine"),
        "delete": lambda: other.delete_object(Key="mine"),
        "get_acl": other.get_bucket_acl,
        "put_acl": lambda: other.put_bucket_acl(AccessControlPolicy=acl),
        "get": other.get,
    }
    for name, call in calls.items():
        if name in can:
            call()
        else:
            with refused():
                call()


@pytest.mark.parametrize(
    ("permission", "can"),
    [
        ("READ", {"get"}),
        ("WRITE", set()),
        ("READ_ACP", {"get_acl"}),
        ("WRITE_ACP", {"put_acl"}),
        ("FULL_CONTROL", {"get", "get_acl", "put_acl"}),
    ],
)
def test_what_a_permission_on_an_object_lets_do(people: People, permission: str, can: set[str]) -> None:
    owner, other = people.owner, people.other
    acl = document(people, user(owner, "FULL_CONTROL"), user(other, permission))
    owner.put()
    owner.put_object_acl(Key="key", AccessControlPolicy=acl)
    calls = {
        "get": other.get,
        "get_acl": lambda: other.get_object_acl(Key="key"),
        "put_acl": lambda: other.put_object_acl(Key="key", AccessControlPolicy=acl),
        "put": other.put,
        "delete": lambda: other.delete_object(Key="key"),
    }
    for name, call in calls.items():
        if name in can:
            call()
        else:
            with refused():
                call()


def test_an_acl_is_of_a_version(people: People) -> None:
    owner = people.owner
    owner.put_bucket_versioning(VersioningConfiguration={"Status": "Enabled"})
    first = owner.put()["VersionId"]
    owner.put()
    owner.put_object_acl(Key="key", VersionId=first, ACL="public-read")
    assert people.anonymous.get(VersionId=first) == b"bytes"
    with refused():
        people.anonymous.get()
    assert len(owner.get_object_acl(Key="key")["Grants"]) == 1
    owner.delete_object(Key="key")
    with refused("NoSuchKey", 404):
        owner.get_object_acl(Key="key")
    with refused("NoSuchVersion", 404):
        owner.get_object_acl(Key="key", VersionId="a" * 32)


def test_whom_public_objects_and_buckets_let(people: People) -> None:
    owner, other, anonymous = people.owner, people.other, people.anonymous
    owner.put_bucket_acl(ACL="public-read")
    owner.put("public", ACL="public-read")
    owner.put("known", ACL="authenticated-read")
    owner.put("private")
    assert anonymous.keys() == other.keys() == ["known", "private", "public"]
    assert anonymous.get("public") == other.get("public") == other.get("known") == b"bytes"
    for who, key in ((anonymous, "known"), (anonymous, "private"), (other, "private")):
        with refused():
            who.get(key)
    with refused():
        anonymous.put()
    with refused():
        anonymous.put_bucket_acl(ACL="private")
    with refused("NoSuchKey", 404):
        anonymous.get("absent")  # as it may list
    owner.put_bucket_acl(ACL="private")
    with refused():
        anonymous.get("absent")


def test_who_signs_nothing_may_write_to_a_public_bucket(people: People) -> None:
    owner, anonymous = people.owner, people.anonymous
    owner.put_bucket_acl(ACL="public-read-write")
    anonymous.put()
    assert anonymous.get() == b"bytes"
    with refused():
        owner.get()
    assert anonymous.get_object_acl(Key="key")["Owner"]["ID"] == "65a011a29cdf8ec533ec3d1ccaae921c"
    owner.put()
    anonymous.put()
    anonymous.delete_object(Key="key")
    assert owner.keys() == []


BAD = [
    ({"ACL": "public"}, "InvalidArgument", 400),
    ({"ACL": "public-read", "GrantRead": f"uri={ALL[1]}"}, "InvalidRequest", 400),
    ({"GrantRead": "id=nobody"}, "InvalidArgument", 400),
    ({"GrantRead": f"id={'a' * 64}"}, "InvalidArgument", 400),
    ({"GrantRead": "uri=http://acs.amazonaws.com/groups/global/Nobody"}, "InvalidArgument", 400),
    ({"GrantRead": "emailAddress=nobody@example.com"}, "UnresolvableGrantByEmailAddress", 400),
    ({"GrantRead": "name=me"}, "InvalidArgument", 400),
    ({"GrantRead": f"uri={ALL[1]},"}, "InvalidArgument", 400),
    ({}, "MissingSecurityHeader", 400),
]


@pytest.mark.parametrize(("given", "code", "status"), BAD)
def test_bad_headers(people: People, given: dict[str, Any], code: str, status: int) -> None:
    people.owner.put()
    for call in (people.owner.put_bucket_acl, lambda **g: people.owner.put_object_acl(Key="key", **g)):
        with refused(code, status):
            call(**given)
    if given:
        with refused(code, status):
            people.owner.put("another", **given)
    assert people.owner.keys() == ["key"]
    assert len(people.owner.get_bucket_acl()["Grants"]) == 1


def test_bad_documents(people: People) -> None:
    owner = people.owner
    good = document(people, user(owner, "FULL_CONTROL"))
    grant = good["Grants"][0]
    bad: list[tuple[dict[str, Any], str, int]] = [
        ({"Grants": [grant]}, "MalformedACLError", 400),
        ({"Owner": good["Owner"]}, "MalformedACLError", 400),
        ({"Owner": {"ID": people.other.id}, "Grants": [grant]}, "AccessDenied", 403),
        ({**good, "Grants": [{"Grantee": grant["Grantee"]}]}, "MalformedACLError", 400),
        ({**good, "Grants": [{"Permission": "READ"}]}, "MalformedACLError", 400),
        ({**good, "Grants": [{**grant, "Permission": "EVERYTHING"}]}, "MalformedACLError", 400),
        (document(people, ("CanonicalUser", "_nobody", "READ")), "InvalidArgument", 400),
        (document(people, ("Group", "nobody", "READ")), "InvalidArgument", 400),
        (
            document(people, ("AmazonCustomerByEmail", "a@example.org", "READ")),
            "UnresolvableGrantByEmailAddress",
            400,
        ),
        (
            document(people, *(user(Person(None, f"{n:012}", ""), "READ") for n in range(101))),
            "InvalidRequest",
            400,
        ),
    ]
    for given, code, status in bad:
        with refused(code, status):
            owner.put_bucket_acl(AccessControlPolicy=given)
    with refused("UnexpectedContent", 400):
        owner.put_bucket_acl(AccessControlPolicy=good, ACL="private")
