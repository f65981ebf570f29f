"""boto3's resource API and its managed transfers, which use threads and parts."""

import io
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from conformance.endpoint import Endpoint
from conformance.tools import trees

PARTS = TransferConfig(multipart_threshold=5 * 2**20, multipart_chunksize=5 * 2**20, max_concurrency=4)


@pytest.fixture(params=["http", "https"])
def resource(request: pytest.FixtureRequest, endpoint: Endpoint) -> Any:
    if request.param == "https" and not endpoint.secure_urls:
        pytest.skip("the endpoint is not known to speak TLS")
    return (endpoint.secure if request.param == "https" else endpoint).resource("s3")


def test_transfers(resource: Any, bucket: str, tmp_path: Path) -> None:
    source = trees.large(tmp_path / "large", 20)
    found = resource.Object(bucket, "large")
    sent: list[int] = []
    found.upload_file(str(source), ExtraArgs={"ContentType": "text/x"}, Callback=sent.append, Config=PARTS)
    assert (sum(sent), found.content_length, found.content_type) == (20 * 2**20, 20 * 2**20, "text/x")
    assert found.e_tag.endswith('-4"')
    found.download_file(str(tmp_path / "back"), Config=PARTS)
    assert trees.hash_of(tmp_path / "back") == trees.hash_of(source)
    copy = resource.Bucket(bucket).Object("copy")
    copy.copy({"Bucket": bucket, "Key": "large"}, Config=PARTS)
    stream = io.BytesIO()
    copy.download_fileobj(stream, Config=PARTS)
    assert stream.getvalue() == source.read_bytes()
    resource.meta.client.upload_fileobj(io.BytesIO(b"hello"), bucket, "small")
    assert resource.Object(bucket, "small").get()["Body"].read() == b"hello"


def test_the_life_of_a_bucket(resource: Any, name: str) -> None:
    bucket = resource.create_bucket(Bucket=name)
    bucket.wait_until_exists()
    assert bucket in resource.buckets.all()
    assert bucket.creation_date is not None
    bucket.Versioning().enable()
    assert bucket.Versioning().status == "Enabled"
    for key in ("a/1", "a/2", "b"):
        bucket.put_object(Key=key, Body=key.encode())
    assert [found.key for found in bucket.objects.filter(Prefix="a/")] == ["a/1", "a/2"]
    assert [found.key for found in bucket.objects.limit(1)] == ["a/1"]
    found = resource.Object(name, "b")
    found.wait_until_exists()
    assert (found.get()["Body"].read(), found.content_length) == (b"b", 1)
    assert found.Acl().grants[0]["Permission"] == "FULL_CONTROL"
    found.delete()
    with pytest.raises(ClientError, match="404"):
        found.load()
    assert len(list(bucket.object_versions.filter(Prefix="b"))) == 2
    bucket.Tagging().put(Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert bucket.Tagging().tag_set == [{"Key": "a", "Value": "b"}]
    bucket.Tagging().delete()
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        bucket.delete()
    upload = resource.Object(name, "parts").initiate_multipart_upload()
    part = upload.Part(1).upload(Body=b"hello")
    assert [found.e_tag for found in upload.parts.all()] == [part["ETag"]]
    upload.complete(MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    bucket.object_versions.delete()
    bucket.delete()
    bucket.wait_until_not_exists()
