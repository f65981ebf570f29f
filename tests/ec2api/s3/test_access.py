"""Who may do what where signatures are verified: users with policies, across accounts, and services."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from backend import access_keys, key_file
from backend.policies.evaluation import Principal
from backend.policies.grants import Authority
from backend.s3 import access, acl, buckets
from backend.s3.access import Action
from tests.conftest import Embedded
from tests.ec2api.s3.people import Person, refused

HERE, THERE = "111122223333", "444455556666"
BUCKET = "the-bucket"
ARN = f"arn:aws:s3:::{BUCKET}"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def statement(action: Any, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": [ARN, f"{ARN}/*"], **more}


class Strict:
    """A cloud that verifies signatures, with a bucket of one account and users of two."""

    def __init__(self, cloud: Embedded) -> None:
        self.cloud = cloud
        self._secrets = key_file.at(cloud.cloud.settings.key_path)
        self.root = self.person(HERE)
        self.root.create_bucket()
        self.root.put()

    def person(self, account: str, user_name: str | None = None) -> Person:
        with self.cloud.cloud.everywhere(write=True) as uow:
            new = access_keys.create(uow, self._secrets, account=account, user_name=user_name)
            uow.commit()
        client = self.cloud.client("s3", access_key_id=new.access_key_id, secret=new.secret)
        return Person(client, account, BUCKET)

    def allow(self, user_name: str, *statements: dict[str, Any], account: str = HERE) -> None:
        keys = self.person(account).client._request_signer._credentials
        iam = self.cloud.client("iam", access_key_id=keys.access_key, secret=keys.secret_key)
        iam.put_user_policy(UserName=user_name, PolicyName="p", PolicyDocument=policy(*statements))


@pytest.fixture
def strict(new_cloud: Callable[..., Embedded]) -> Strict:
    return Strict(new_cloud(auth_mode="sigv4"))


def test_users_need_a_policy(strict: Strict) -> None:
    ann = strict.person(HERE, "ann")
    with refused() as error:
        ann.get()
    assert error["Message"] == (
        f"User: arn:aws:iam::{HERE}:user/ann is not authorized to perform: s3:GetObject on resource: "
        f'"{ARN}/key" because no identity-based policy allows the s3:GetObject action'
    )
    strict.allow("ann", statement(["s3:GetObject", "s3:PutObject"]))
    assert ann.get() == b"bytes"
    ann.put("hers")
    assert strict.root.get("hers") == b"bytes"
    for call in (ann.keys, lambda: ann.delete_object(Key="key"), ann.delete_bucket, ann.get_bucket_policy):
        with refused():
            call()
    strict.allow("ann", statement("s3:*"), statement("s3:GetObject", "Deny"))
    assert ann.keys() == ["hers", "key"]
    with refused() as error:
        ann.get()
    assert error["Message"].endswith("with an explicit deny in an identity-based policy")


def test_a_user_needs_no_policy_that_the_bucket_or_the_public_has(strict: Strict) -> None:
    ann, root = strict.person(HERE, "ann"), strict.root
    root.put("public", ACL="public-read")
    assert ann.get("public") == b"bytes"
    named = {"AWS": f"arn:aws:iam::{HERE}:user/ann"}
    root.put_bucket_policy(Policy=policy(statement("s3:GetObject", Principal=named) | {"Resource": f"{ARN}/*"}))
    assert ann.get() == b"bytes"
    # The account by its name leaves it to the policies of its users.
    root.put_bucket_policy(Policy=policy(statement("s3:GetObject", Principal={"AWS": HERE}) | {"Resource": f"{ARN}/*"}))
    with refused():
        ann.get()


def test_between_accounts_both_sides_must_allow(strict: Strict) -> None:
    bob, chief, root = strict.person(THERE, "bob"), strict.person(THERE), strict.root
    given = {"Principal": {"AWS": THERE}, "Resource": f"{ARN}/*"}
    root.put_bucket_policy(Policy=policy(statement("s3:GetObject") | given))
    assert chief.get() == b"bytes"
    with refused() as error:
        bob.get()
    assert error["Message"] == "Access Denied"
    strict.allow("bob", statement("s3:*"), account=THERE)
    assert bob.get() == b"bytes"
    root.delete_bucket_policy()
    with refused():
        bob.get()
    root.put_object_acl(Key="key", GrantRead=f"id={bob.id}", GrantFullControl=f"id={root.id}")
    assert bob.get() == b"bytes"
    strict.allow("bob", statement("s3:PutObject"), account=THERE)
    with refused():
        bob.get()
    assert chief.get() == b"bytes"


def test_conditions_of_identities(strict: Strict) -> None:
    ann = strict.person(HERE, "ann")
    own = {"Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}}}
    strict.allow(
        "ann", statement("s3:ListBucket", **own), statement("s3:PutObject") | {"Resource": f"{ARN}/${{aws:username}}/*"}
    )
    ann.list_objects_v2(Prefix="ann/a")
    ann.put("ann/a")
    for call in (lambda: ann.list_objects_v2(Prefix="bob/"), ann.keys, lambda: ann.put("bob/a")):
        with refused():
            call()


def test_what_is_about_no_bucket_that_is_there(strict: Strict) -> None:
    ann = strict.person(HERE, "ann")
    for call in (ann.client.list_buckets, lambda: ann.create_bucket(Bucket="hers-alone")):
        with refused():
            call()
    new = {"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "arn:aws:s3:::hers-*"}
    strict.allow("ann", new, {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
    ann.create_bucket(Bucket="hers-alone")
    with refused():
        ann.create_bucket(Bucket="another-one")
    assert [found["Name"] for found in ann.client.list_buckets()["Buckets"]] == ["hers-alone", BUCKET]


def test_a_user_must_confirm_to_lock_herself_out(strict: Strict) -> None:
    ann, root = strict.person(HERE, "ann"), strict.root
    strict.allow("ann", statement("s3:*"))
    denial = policy(statement("s3:*", "Deny", Principal="*"))
    with refused():
        ann.put_bucket_policy(Policy=denial)
    with refused("NoSuchBucketPolicy", 404):
        root.get_bucket_policy()
    ann.put_bucket_policy(Policy=denial, ConfirmRemoveSelfBucketAccess=True)
    with refused():
        ann.delete_bucket_policy()
    root.delete_bucket_policy()


def test_bounded_users_and_sessions(strict: Strict) -> None:
    ann = strict.person(HERE, "ann")
    strict.allow("ann", statement("s3:*"), {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    keys = ann.client._request_signer._credentials
    sts = strict.cloud.client("sts", access_key_id=keys.access_key, secret=keys.secret_key)
    limits = policy(statement("s3:GetObject"))
    given = sts.get_federation_token(Name="guest", Policy=limits)["Credentials"]
    client = strict.cloud.client(
        "s3", access_key_id=given["AccessKeyId"], secret=given["SecretAccessKey"], token=given["SessionToken"]
    )
    guest = Person(client, HERE, BUCKET)
    assert guest.get() == b"bytes"
    with refused() as error:
        guest.put("another")
    assert error["Message"].endswith("because no session policy allows the s3:PutObject action")


def test_logs_are_delivered_where_an_acl_or_a_policy_lets(strict: Strict) -> None:
    root = strict.root
    service, put = access.service(acl.LOGGING), Action("s3:PutObject", "WRITE")

    def may() -> bool:
        with strict.cloud.cloud.everywhere(write=False) as uow:
            return access.allows(service, put, buckets.require(uow, BUCKET), "logs/1")

    assert not may()
    root.put_bucket_acl(ACL="public-read-write")
    assert not may()
    root.put_bucket_acl(ACL="log-delivery-write")
    assert may()
    root.put_bucket_acl(ACL="private")
    named = {"Principal": {"Service": acl.LOGGING}, "Resource": f"{ARN}/logs/*"}
    root.put_bucket_policy(Policy=policy(statement("s3:PutObject") | named))
    assert may()
    root.put_public_access_block(PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert may()


def test_who_owns_a_bucket_without_a_policy_has_no_conditions_looked_at(strict: Strict) -> None:
    with strict.cloud.cloud.everywhere(write=False) as uow:
        bucket = buckets.require(uow, BUCKET)
    owner = Authority(Principal(HERE, f"arn:aws:iam::{HERE}:root", HERE, "root"), None)

    def context() -> dict[str, str]:
        raise AssertionError("nobody should ask")

    assert access.allows(owner, Action("s3:GetObject", "READ"), bucket, "key", None, context)
