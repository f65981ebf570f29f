"""Listings of S3 in both versions: order, delimiters, pages, and what is echoed."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.buckets import remove
from conformance.endpoint import Endpoint
from conformance.wire import refused

KEYS = ["!", "A", "a", "a/", "a/1", "a/2/x", "a0", "b c+d", "é", "\uff5e", "\U0001f388"]
"""In the order of their bytes in UTF-8, which is neither UTF-16's nor a language's."""


@pytest.fixture(scope="module")
def full(endpoint: Endpoint) -> Iterator[str]:
    s3, bucket = endpoint.client("s3"), f"conformance-listing-{secrets.token_hex(4)}"
    s3.create_bucket(Bucket=bucket)
    for key in reversed(KEYS):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    yield bucket
    remove(s3, bucket)


def keys(answer: Any) -> list[str]:
    return [found["Key"] for found in answer.get("Contents", [])]


def prefixes(answer: Any) -> list[str]:
    return [found["Prefix"] for found in answer.get("CommonPrefixes", [])]


def test_order(s3: Any, full: str) -> None:
    assert keys(s3.list_objects_v2(Bucket=full)) == KEYS
    assert keys(s3.list_objects(Bucket=full)) == KEYS


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_pages(s3: Any, full: str, size: int) -> None:
    for operation in ("list_objects_v2", "list_objects"):
        found = s3.get_paginator(operation).paginate(Bucket=full, PaginationConfig={"PageSize": size})
        assert [key for page in found for key in keys(page)] == KEYS
        found = s3.get_paginator(operation).paginate(Bucket=full, Delimiter="/", PaginationConfig={"PageSize": size})
        seen = [each for page in found for each in [*keys(page), *prefixes(page)]]
        assert sorted(seen) == sorted([key for key in KEYS if "/" not in key] + ["a/"])


def test_delimiters(s3: Any, full: str) -> None:
    found = s3.list_objects_v2(Bucket=full, Delimiter="/", Prefix="a")
    assert (keys(found), prefixes(found), found["KeyCount"]) == (["a", "a0"], ["a/"], 3)
    found = s3.list_objects_v2(Bucket=full, Delimiter="/", Prefix="a/")
    assert (keys(found), prefixes(found)) == (["a/", "a/1"], ["a/2/"])
    first = s3.list_objects(Bucket=full, Delimiter="/", Prefix="a", MaxKeys=2)
    assert (first["IsTruncated"], first["NextMarker"]) == (True, "a/")
    second = s3.list_objects(Bucket=full, Delimiter="/", Prefix="a", Marker="a/")
    assert (keys(second), prefixes(second)) == (["a0"], [])
    assert "NextMarker" not in s3.list_objects(Bucket=full, MaxKeys=2)


def test_what_is_echoed(s3: Any, full: str) -> None:
    found = s3.list_objects_v2(Bucket=full, StartAfter="a/1", MaxKeys=2, FetchOwner=True)
    assert (keys(found), found["StartAfter"], found["MaxKeys"]) == (["a/2/x", "a0"], "a/1", 2)
    assert found["Contents"][0]["Owner"]["ID"]
    rest = s3.list_objects_v2(Bucket=full, StartAfter="!", ContinuationToken=found["NextContinuationToken"])
    assert keys(rest) == KEYS[KEYS.index("b c+d") :]
    assert rest["ContinuationToken"] == found["NextContinuationToken"]
    nothing = s3.list_objects_v2(Bucket=full, MaxKeys=0)
    assert (keys(nothing), nothing["IsTruncated"], nothing["KeyCount"]) == ([], False, 0)
    assert keys(s3.list_objects_v2(Bucket=full, MaxKeys=5000)) == KEYS


def test_what_is_refused(s3: Any, full: str) -> None:
    for wrong in ({"MaxKeys": -1}, {"ContinuationToken": "none of ours"}, {"EncodingType": "base64"}):
        assert refused(s3.list_objects_v2, Bucket=full, **wrong)[:2] == (400, "InvalidArgument")


def test_buckets(s3: Any, full: str, bucket: str) -> None:
    found = s3.list_buckets()
    assert {full, bucket} <= {each["Name"] for each in found["Buckets"]}
    assert found["Owner"]["ID"]
    page = s3.list_buckets(MaxBuckets=1)
    assert len(page["Buckets"]) == 1
    names = [each["Name"] for page in s3.get_paginator("list_buckets").paginate() for each in page["Buckets"]]
    assert names == sorted(names)
    assert [each["Name"] for each in s3.list_buckets(Prefix=bucket)["Buckets"]] == [bucket]


def test_the_life_of_a_bucket(s3: Any, other_s3: Any, name: str) -> None:
    assert refused(s3.create_bucket, Bucket="No")[:2] == (400, "InvalidBucketName")
    s3.create_bucket(Bucket=name)
    s3.create_bucket(Bucket=name)  # again, as us-east-1 lets its owner
    assert refused(other_s3.create_bucket, Bucket=name)[:2] == (409, "BucketAlreadyExists")
    assert refused(other_s3.head_bucket, Bucket=name)[:2] == (403, "403")
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    s3.put_object(Bucket=name, Key="k", Body=b"")
    assert refused(s3.delete_bucket, Bucket=name)[:2] == (409, "BucketNotEmpty")
    s3.delete_object(Bucket=name, Key="k")
    s3.delete_bucket(Bucket=name)
    assert refused(s3.head_bucket, Bucket=name)[:2] == (404, "404")
    assert refused(s3.delete_bucket, Bucket=name)[:2] == (404, "NoSuchBucket")


def test_regions(endpoint: Endpoint, elsewhere: Any, s3: Any, name: str) -> None:
    region = elsewhere.meta.region_name
    client = endpoint.client("s3", region=region)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    again = {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": region}}
    assert refused(client.create_bucket, **again)[:2] == (409, "BucketAlreadyOwnedByYou")
    assert client.get_bucket_location(Bucket=name)["LocationConstraint"] == region
    client.put_object(Bucket=name, Key="k", Body=b"hello")
    found = s3.get_object(Bucket=name, Key="k")  # the client asks again in the region that it is told
    assert found["Body"].read() == b"hello"
    client.delete_object(Bucket=name, Key="k")
    client.delete_bucket(Bucket=name)
