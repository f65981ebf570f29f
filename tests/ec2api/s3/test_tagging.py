"""Tags of objects and of buckets."""

import json
from functools import partial
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"tagging-{account}"
    s3.create_bucket(Bucket=name)
    return name


def tag_set(**tags: str) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}


def tags_of(answer: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def test_object(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b=two%20words")
    assert tags_of(s3.get_object_tagging(Bucket=bucket, Key="k")) == {"a": "1", "b": "two words"}
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 2
    before = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tag_set(c="3"))
    found = s3.get_object(Bucket=bucket, Key="k")
    assert (found["TagCount"], found["LastModified"], found["Body"].read()) == (1, before, b"x")
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    answer = s3.get_object_tagging(Bucket=bucket, Key="k")
    assert answer["TagSet"] == []
    assert "VersionId" not in answer
    assert "TagCount" not in s3.head_object(Bucket=bucket, Key="k")


def test_versions(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old, new = (s3.put_object(Bucket=bucket, Key="k")["VersionId"] for _ in range(2))
    answer = s3.put_object_tagging(Bucket=bucket, Key="k", VersionId=old, Tagging=tag_set(age="old"))
    assert answer["VersionId"] == old
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["VersionId"] == new
    assert tags_of(s3.get_object_tagging(Bucket=bucket, Key="k", VersionId=old)) == {"age": "old"}
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    with refused("NoSuchKey", status=404):
        s3.get_object_tagging(Bucket=bucket, Key="k")
    with refused("MethodNotAllowed", status=405):
        s3.put_object_tagging(Bucket=bucket, Key="k", VersionId=marker, Tagging=tag_set(a="b"))


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([("aws:x", "1")], "InvalidTag"),
        ([("a", "1"), ("a", "2")], "InvalidTag"),
        ([("k" * 129, "1")], "InvalidTag"),
        ([("k", "v" * 257)], "InvalidTag"),
        ([("k", "<>")], "InvalidTag"),
        ([(str(n), "") for n in range(11)], "BadRequest"),
        ([("", "1")], "MalformedXML"),
    ],
)
def test_refused(s3: Any, bucket: str, tags: list[tuple[str, str]], code: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Tagging="kept=yes")
    with refused(code):
        document = {"TagSet": [{"Key": key, "Value": value} for key, value in tags]}
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=document)
    assert tags_of(s3.get_object_tagging(Bucket=bucket, Key="k")) == {"kept": "yes"}


def test_limits(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k")
    most = tag_set(**{f"{n:0128}": "v" * 256 for n in range(10)})
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=most)
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 10


def test_bucket(s3: Any, bucket: str) -> None:
    with refused("NoSuchTagSet", status=404):
        s3.get_bucket_tagging(Bucket=bucket)
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tag_set(team="a", cost="b"))
    assert tags_of(s3.get_bucket_tagging(Bucket=bucket)) == {"team": "a", "cost": "b"}
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tag_set(team="c"))
    assert tags_of(s3.get_bucket_tagging(Bucket=bucket)) == {"team": "c"}
    with refused("BadRequest", says="50"):
        s3.put_bucket_tagging(Bucket=bucket, Tagging=tag_set(**{str(n): "" for n in range(51)}))
    for empty in (s3.delete_bucket_tagging, partial(s3.put_bucket_tagging, Tagging=tag_set())):
        s3.put_bucket_tagging(Bucket=bucket, Tagging=tag_set(team="c"))
        empty(Bucket=bucket)
        with refused("NoSuchTagSet", status=404):
            s3.get_bucket_tagging(Bucket=bucket)


def test_count_is_for_those_who_may_see_tags(shared_cloud: Embedded, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Tagging="a=1")
    statement = {"Effect": "Allow", "Principal": {"AWS": "777777777777"}, "Resource": f"arn:aws:s3:::{bucket}/*"}
    other = shared_cloud.client("s3", account="777777777777")
    for actions, count in ((["s3:GetObject"], None), (["s3:GetObject", "s3:GetObjectTagging"], 1)):
        document = {"Version": "2012-10-17", "Statement": [{**statement, "Action": actions}]}
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
        assert other.get_object(Bucket=bucket, Key="k").get("TagCount") == count
