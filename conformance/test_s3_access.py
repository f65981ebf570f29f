"""Who may do what in S3: ACLs and policies across accounts, blocks of public access, signed URLs, and nobody."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from conformance.endpoint import Endpoint
from conformance.wire import refused

DENIED = (403, "AccessDenied")


def policy(bucket: str, *statements: dict[str, Any]) -> str:
    arns = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Resource": arns, **each} for each in statements]})


def test_other_accounts_see_nothing(s3: Any, other_s3: Any, anonymous: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    for stranger in (other_s3, anonymous):
        for operation, given in (
            ("get_object", {"Key": "k"}),
            ("get_object", {"Key": "absent"}),
            ("put_object", {"Key": "k", "Body": b""}),
            ("delete_object", {"Key": "k"}),
            ("list_objects_v2", {}),
            ("get_bucket_acl", {}),
            ("delete_bucket", {}),
        ):
            assert refused(getattr(stranger, operation), Bucket=bucket, **given)[:2] == DENIED
    assert bucket not in {found["Name"] for found in other_s3.list_buckets()["Buckets"]}
    assert refused(anonymous.list_buckets)[0] in (307, 403)


def test_canned_acls(s3: Any, other_s3: Any, anonymous: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="public", Body=b"hello", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="members", Body=b"hello", ACL="authenticated-read")
    assert anonymous.get_object(Bucket=bucket, Key="public")["Body"].read() == b"hello"
    assert refused(anonymous.get_object, Bucket=bucket, Key="members")[:2] == DENIED
    assert other_s3.get_object(Bucket=bucket, Key="members")["Body"].read() == b"hello"
    assert refused(anonymous.list_objects_v2, Bucket=bucket)[:2] == DENIED
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    assert anonymous.list_objects_v2(Bucket=bucket)["KeyCount"] == 2
    other_s3.put_object(Bucket=bucket, Key="theirs", Body=b"theirs")
    assert refused(s3.get_object, Bucket=bucket, Key="theirs")[:2] == DENIED  # an ACL's objects are the writer's
    other_s3.put_object_acl(Bucket=bucket, Key="theirs", ACL="bucket-owner-full-control")
    assert s3.get_object(Bucket=bucket, Key="theirs")["Body"].read() == b"theirs"


def test_grants(s3: Any, other_s3: Any, bucket: str) -> None:
    grantee = other_s3.list_buckets()["Owner"]["ID"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", GrantRead=f"id={grantee}")
    assert other_s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"
    assert refused(other_s3.get_object_acl, Bucket=bucket, Key="k")[:2] == DENIED
    acl = s3.get_object_acl(Bucket=bucket, Key="k")
    assert [(g["Grantee"]["ID"], g["Permission"]) for g in acl["Grants"]] == [(grantee, "READ")]
    acl["Grants"].append({"Grantee": {"Type": "CanonicalUser", "ID": grantee}, "Permission": "WRITE_ACP"})
    s3.put_object_acl(Bucket=bucket, Key="k", AccessControlPolicy={"Owner": acl["Owner"], "Grants": acl["Grants"]})
    other_s3.put_object_acl(Bucket=bucket, Key="k", ACL="private")
    assert refused(other_s3.get_object, Bucket=bucket, Key="k")[:2] == DENIED


def test_policies(s3: Any, other_s3: Any, anonymous: Any, endpoint: Endpoint, bucket: str) -> None:
    assert endpoint.other is not None
    for key in ("shared/1", "private/1"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"hello")
    assert refused(s3.get_bucket_policy, Bucket=bucket)[:2] == (404, "NoSuchBucketPolicy")
    text = policy(
        bucket,
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{endpoint.other.account}:root"},
            "Action": "s3:ListBucket",
            "Condition": {"StringLike": {"s3:prefix": "shared/*"}},
        },
        {
            "Effect": "Allow",
            "Principal": {"AWS": endpoint.other.account},
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": f"arn:aws:s3:::{bucket}/shared/*",
        },
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:DeleteObject",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(text)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}
    assert other_s3.list_objects_v2(Bucket=bucket, Prefix="shared/")["KeyCount"] == 1
    assert refused(other_s3.list_objects_v2, Bucket=bucket)[:2] == DENIED
    assert other_s3.get_object(Bucket=bucket, Key="shared/1")["Body"].read() == b"hello"
    assert refused(other_s3.get_object, Bucket=bucket, Key="private/1")[:2] == DENIED
    assert refused(anonymous.get_object, Bucket=bucket, Key="shared/1")[:2] == DENIED
    assert refused(s3.delete_object, Bucket=bucket, Key="private/1")[:2] == DENIED
    s3.delete_bucket_policy(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="private/1")
    assert refused(s3.put_bucket_policy, Bucket=bucket, Policy="{}")[:2] == (400, "MalformedPolicy")


def test_public_buckets_and_what_blocks_them(s3: Any, anonymous: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ACL="public-read")
    public = policy(bucket, {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"]})
    s3.put_bucket_policy(Bucket=bucket, Policy=public)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": True}
    assert anonymous.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block
    assert refused(anonymous.get_object, Bucket=bucket, Key="k")[:2] == DENIED
    assert refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="public-read")[:2] == DENIED
    assert refused(s3.put_bucket_policy, Bucket=bucket, Policy=public)[:2] == DENIED
    s3.delete_public_access_block(Bucket=bucket)
    assert anonymous.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"


def test_owner_enforced(s3: Any, other_s3: Any, endpoint: Endpoint, bucket: str) -> None:
    assert endpoint.other is not None
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == rules
    fault = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="public-read")
    assert fault[:2] == (400, "AccessControlListNotSupported")
    writer = {"Effect": "Allow", "Principal": {"AWS": endpoint.other.account}, "Action": "s3:PutObject"}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, writer))
    other_s3.put_object(Bucket=bucket, Key="theirs", Body=b"theirs")
    assert s3.get_object(Bucket=bucket, Key="theirs")["Body"].read() == b"theirs"


def sent(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, body, {n.replace("_", "-"): v for n, v in headers.items()}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as fault:
        with fault:
            return fault.code, fault.read()


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_signed_urls(endpoint: Endpoint, bucket: str, version: str) -> None:
    s3 = endpoint.client("s3", signature_version=version)
    named = {"Bucket": bucket, "Key": "a b+c%/ключ"}
    put = s3.generate_presigned_url("put_object", named)
    assert sent(put, "PUT", b"hello", Content_Type="" if version == "s3" else "text/x")[0] == 200
    get = s3.generate_presigned_url("get_object", {**named, "ResponseContentType": "text/y"})
    assert sent(get) == (200, b"hello")
    assert sent(get, "PUT", b"x")[0] == 403
    assert sent(get.replace("ResponseContentType", "x").replace("text%2Fy", "text%2Fz"))[0] == 403
    status, body = sent(get.split("?")[0])
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)
    assert sent(s3.generate_presigned_url("head_object", named), "HEAD")[0] == 200
    assert sent(s3.generate_presigned_url("delete_object", named), "DELETE")[0] == 204
    status, body = sent(get)
    assert (status, b"<Code>NoSuchKey</Code>" in body) == (404, True)


def test_urls_that_are_too_old_or_too_long(endpoint: Endpoint, bucket: str) -> None:
    s3 = endpoint.client("s3", signature_version="s3v4")
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=604_801)
    status, body = sent(url)
    assert (status, b"<Code>AuthorizationQueryParametersError</Code>" in body) == (400, True)
