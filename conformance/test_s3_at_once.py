"""S3 under many hands: one winner of a conditional write, one object of an upload, no object without a bucket."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from botocore.exceptions import ClientError

from conformance.buckets import remove
from conformance.endpoint import Endpoint


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """The answer of each call, or the code of its error; all begin together."""
    ready = Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        ready.wait(30)
        try:
            return call()
        except ClientError as fault:
            return fault.response["Error"]["Code"]

    with ThreadPoolExecutor(len(calls)) as threads:
        return [done.result() for done in [threads.submit(one, call) for call in calls]]


def answered(results: Sequence[Any]) -> list[Any]:
    return [each for each in results if not isinstance(each, str)]


def test_one_writer_wins(endpoint: Endpoint, bucket: str) -> None:
    s3 = endpoint.client("s3", max_pool_connections=8)
    for round in range(5):
        key = f"key-{round}"

        def write(number: int, key: str = key) -> int:
            s3.put_object(Bucket=bucket, Key=key, Body=str(number).encode() * 20_000, IfNoneMatch="*")
            return number

        results = at_once([lambda n=n: write(n) for n in range(8)])  # type: ignore[misc]
        [winner] = answered(results)
        assert set(results) - {winner} <= {"PreconditionFailed", "ConditionalRequestConflict"}
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == str(winner).encode() * 20_000


def test_one_of_many_changes(endpoint: Endpoint, bucket: str) -> None:
    s3 = endpoint.client("s3", max_pool_connections=8)
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"first")["ETag"]
    writes = [lambda n=n: s3.put_object(Bucket=bucket, Key="k", Body=str(n), IfMatch=etag) for n in range(8)]
    results = at_once(writes)
    assert len(answered(results)) == 1
    assert s3.head_object(Bucket=bucket, Key="k")["ETag"] == answered(results)[0]["ETag"]


def test_an_upload_is_completed_by_two(endpoint: Endpoint, bucket: str) -> None:
    s3 = endpoint.client("s3", max_pool_connections=8)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    named = {"Bucket": bucket, "Key": "parts"}
    upload = {**named, "UploadId": s3.create_multipart_upload(**named)["UploadId"]}
    sizes = {1: 5 * 2**20, 2: 7}
    uploaded = at_once([lambda n=n: s3.upload_part(**upload, PartNumber=n, Body=b"x" * sizes[n]) for n in sizes])
    parts = [{"PartNumber": n, "ETag": each["ETag"]} for n, each in zip(sizes, uploaded, strict=True)]
    complete = {**upload, "MultipartUpload": {"Parts": parts}}
    results = at_once([lambda: s3.complete_multipart_upload(**complete)] * 2)
    assert len({each["ETag"] for each in answered(results)}) == 1
    assert {each for each in results if isinstance(each, str)} <= {"NoSuchUpload", "OperationAborted"}
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1


def test_a_bucket_is_deleted_while_written(endpoint: Endpoint, name: str) -> None:
    s3 = endpoint.client("s3", max_pool_connections=8)
    for round in range(5):
        bucket = f"{name}-{round}"
        s3.create_bucket(Bucket=bucket)
        puts = [lambda n=n, b=bucket: s3.put_object(Bucket=b, Key=str(n), Body=b"x") for n in range(6)]
        *written, deleted = at_once([*puts, lambda b=bucket: s3.delete_bucket(Bucket=b)])
        stored = len(answered(written))
        if isinstance(deleted, str):
            assert (deleted, stored) == ("BucketNotEmpty", 6)
            assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == stored
        else:
            assert Counter(written) == {"NoSuchBucket": 6}
        remove(s3, bucket)


def test_readers_see_whole_objects(endpoint: Endpoint, bucket: str) -> None:
    s3 = endpoint.client("s3", max_pool_connections=8)
    bodies = [letter * 600_000 for letter in (b"a", b"b", b"c")]
    s3.put_object(Bucket=bucket, Key="k", Body=bodies[0])

    def write() -> None:
        for body in bodies * 3:
            s3.put_object(Bucket=bucket, Key="k", Body=body)

    def read() -> set[bytes]:
        return {s3.get_object(Bucket=bucket, Key="k")["Body"].read() for _ in range(10)}

    _, *seen = at_once([write, read, read, read])
    assert set().union(*seen) <= set(bodies)
