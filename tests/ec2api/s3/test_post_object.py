"""Uploads by forms: what becomes of the fields, who may send them, and what the browser is told."""

import base64
from collections.abc import Callable, Mapping
from hashlib import md5
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.config import Config
from lxml import etree

from backend import access_keys, key_file
from backend.s3 import checksums
from tests.clients import SESSION
from tests.conftest import Embedded

BOUNDARY = "formboundary"
KEY_OF_CUSTOMER = bytes(range(32))


def written(fields: Mapping[str, str], file: bytes = b"data", filename: str = "photo.jpg") -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    return "".join([*parts, head]).encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()


def signer(id: str, secret: str) -> Any:
    """A client that signs forms by version 4, which botocore does where it is told so."""
    return SESSION.create_client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id=id,
        aws_secret_access_key=secret,
        config=Config(signature_version="s3v4"),
    )


class Bucket:
    """A bucket that forms are posted to."""

    def __init__(self, cloud: Embedded, account: str, **credentials: str) -> None:
        self.cloud, self.account, self.credentials = cloud, account, credentials
        self.s3 = cloud.client("s3", account=account, **credentials)
        self.name = f"forms-{account}"
        self.s3.create_bucket(Bucket=self.name)
        self.signer = signer(credentials.get("access_key_id", account), credentials.get("secret", "secret"))

    def post(self, fields: Mapping[str, str], file: bytes = b"data", **options: str) -> Any:
        return self.cloud.app.test_client().post(
            f"/{self.name}",
            base_url="http://127.0.0.1:8788",
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
            data=written(fields, file, **options),
            environ_overrides={"RAW_URI": f"/{self.name}"},
        )

    def presigned(self, key: str = "k", **fields: str) -> dict[str, str]:
        fields = {name.replace("_", "-") if "amz" in name else name: value for name, value in fields.items()}
        conditions: list[Any] = [{name: value} for name, value in fields.items()]
        found = self.signer.generate_presigned_post(self.name, key, Fields=fields, Conditions=conditions)
        return dict(found["fields"])

    def read(self, key: str = "k", **options: Any) -> Any:
        return self.s3.get_object(Bucket=self.name, Key=key, **options)


@pytest.fixture
def bucket(shared_cloud: Embedded, account: str) -> Bucket:
    return Bucket(shared_cloud, account)


def code(answer: Any) -> str:
    return str(etree.fromstring(answer.data).findtext("Code"))


def test_a_signed_form_makes_an_object(bucket: Bucket) -> None:
    answer = bucket.post(bucket.presigned(), b"some bytes")
    assert answer.status_code == 204
    assert not answer.data
    assert answer.headers["ETag"] == f'"{md5(b"some bytes").hexdigest()}"'
    assert answer.headers["Location"] == f"http://127.0.0.1:8788/{bucket.name}/k"
    assert answer.headers["x-amz-request-id"]
    found = bucket.read()
    assert found["Body"].read() == b"some bytes"
    assert found["ContentType"] == "binary/octet-stream"


def test_fields_are_the_objects_attributes(bucket: Bucket) -> None:
    fields = bucket.presigned(
        **{"Content-Type": "text/plain", "Cache-Control": "no-cache", "Content-Disposition": "inline"},
        x_amz_meta_colour="grün",
        x_amz_storage_class="STANDARD_IA",
        x_amz_website_redirect_location="/elsewhere",
        x_amz_server_side_encryption="AES256",
        tagging="<Tagging><TagSet><Tag><Key>a</Key><Value>b + c</Value></Tag></TagSet></Tagging>",
        acl="public-read",
    )
    answer = bucket.post(fields)
    assert answer.status_code == 204
    assert answer.headers["x-amz-server-side-encryption"] == "AES256"
    found = bucket.read()
    assert found["ContentType"] == "text/plain"
    assert found["CacheControl"] == "no-cache"
    assert found["ContentDisposition"] == "inline"
    assert found["Metadata"]["colour"].encode("latin-1").decode() == "grün"
    assert found["StorageClass"] == "STANDARD_IA"
    assert found["WebsiteRedirectLocation"] == "/elsewhere"
    assert found["TagCount"] == 1
    anonymous = bucket.cloud.app.test_client().get(
        f"/{bucket.name}/k", environ_overrides={"RAW_URI": f"/{bucket.name}/k"}
    )
    assert anonymous.data == b"data"


def test_a_customers_key(bucket: Bucket) -> None:
    secret = base64.b64encode(KEY_OF_CUSTOMER).decode()
    digest = base64.b64encode(md5(KEY_OF_CUSTOMER).digest()).decode()
    prefix = "x-amz-server-side-encryption-customer-"
    fields = {f"{prefix}algorithm": "AES256", f"{prefix}key": secret, f"{prefix}key-MD5": digest}
    assert bucket.post(bucket.presigned(**fields)).status_code == 204
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY_OF_CUSTOMER.decode("latin-1")}
    assert bucket.read(**key)["Body"].read() == b"data"
    with pytest.raises(bucket.s3.exceptions.ClientError):
        bucket.read()


def test_checksums(bucket: Bucket) -> None:
    running = checksums.hasher("SHA256")
    running.update(b"data")
    right = checksums.encode(running.digest())
    name = "x-amz-checksum-sha256"
    answer = bucket.post(bucket.presigned(**{name: right}))
    assert answer.status_code == 204
    assert answer.headers[name] == right
    wrong = bucket.post(bucket.presigned(**{name: right}), b"other")
    assert (wrong.status_code, code(wrong)) == (400, "BadDigest")


def test_the_files_name_in_the_key(bucket: Bucket) -> None:
    assert bucket.post(bucket.presigned("user/${filename}"), filename="photos/a b.jpg").status_code == 204
    assert bucket.read("user/a b.jpg")["Body"].read() == b"data"


def test_large_files_are_blobs(bucket: Bucket) -> None:
    content = bytes(range(256)) * 8192
    assert bucket.post(bucket.presigned(), content).status_code == 204
    assert bucket.read()["Body"].read() == content


@pytest.mark.parametrize(("wanted", "status"), [("200", 200), ("201", 201), ("204", 204), ("404", 204), ("", 204)])
def test_success_action_status(bucket: Bucket, wanted: str, status: int) -> None:
    answer = bucket.post(bucket.presigned("a/ü&", success_action_status=wanted))
    assert answer.status_code == status
    if status != 201:
        assert not answer.data
        return
    document = etree.fromstring(answer.data)
    assert document.tag == "PostResponse"
    assert {child.tag: child.text for child in document} == {
        "Location": f"http://127.0.0.1:8788/{bucket.name}/a%2F%C3%BC%26",
        "Bucket": bucket.name,
        "Key": "a/ü&",
        "ETag": answer.headers["ETag"],
    }


@pytest.mark.parametrize("name", ["success_action_redirect", "redirect"])
@pytest.mark.parametrize("target", ["http://example.org/done", "https://example.org/done?a=b%20c"])
def test_redirects(bucket: Bucket, name: str, target: str) -> None:
    answer = bucket.post(bucket.presigned("a b", **{name: target}))
    assert answer.status_code == 303
    location = answer.headers["Location"]
    assert location.startswith(target)
    query = parse_qs(urlsplit(location).query)
    told = {"bucket": [bucket.name], "key": ["a b"], "etag": [answer.headers["ETag"]]}
    assert query == told | ({"a": ["b c"]} if "?" in target else {})
    assert f"etag=%22{answer.headers['ETag'][1:-1]}%22" in location


@pytest.mark.parametrize("target", ["nowhere", "javascript:alert(1)", "http://[", "http://a/\r\nX-Evil: 1"])
def test_no_redirect_to_what_is_no_address(bucket: Bucket, target: str) -> None:
    answer = bucket.post(bucket.presigned(success_action_redirect=target, success_action_status="200"))
    assert answer.status_code == 200
    assert "X-Evil" not in answer.headers


def test_anonymous_forms(bucket: Bucket) -> None:
    refused = bucket.post({"key": "k"})
    assert (refused.status_code, code(refused)) == (403, "AccessDenied")
    bucket.s3.put_bucket_acl(Bucket=bucket.name, ACL="public-read-write")
    assert bucket.post({"key": "k", "acl": "public-read"}, b"by nobody").status_code == 204
    anonymous = bucket.cloud.app.test_client().get(
        f"/{bucket.name}/k", environ_overrides={"RAW_URI": f"/{bucket.name}/k"}
    )
    assert anonymous.data == b"by nobody"


def test_another_accounts_form(bucket: Bucket, shared_cloud: Embedded) -> None:
    other = shared_cloud.client("s3", account="111122223333")
    fields = other.generate_presigned_post(bucket.name, "k")["fields"]
    answer = bucket.post(fields)
    assert (answer.status_code, code(answer)) == (403, "AccessDenied")


def test_the_policy_is_kept(bucket: Bucket) -> None:
    extra = bucket.post(bucket.presigned() | {"acl": "public-read"})
    assert (extra.status_code, code(extra)) == (403, "AccessDenied")
    assert "Extra input fields: acl" in extra.text
    fields = bucket.s3.generate_presigned_post(bucket.name, "k", Conditions=[["content-length-range", 2, 5]])["fields"]
    for file, wanted in ((b"x", "EntityTooSmall"), (b"123456", "EntityTooLarge")):
        answer = bucket.post(fields, file)
        assert (answer.status_code, code(answer)) == (400, wanted)
    with pytest.raises(bucket.s3.exceptions.NoSuchKey):
        bucket.read()


def test_other_refusals(bucket: Bucket) -> None:
    for fields, status, wanted in (
        ({"acl": "private"}, 400, "InvalidArgument"),
        ({"key": "x" * 1025}, 400, "KeyTooLongError"),
        ({"key": "k", "policy": "e30="}, 400, "InvalidArgument"),
        (bucket.presigned(tagging="<Tagging>"), 400, "MalformedXML"),
        (bucket.presigned(x_amz_storage_class="NONE"), 400, "InvalidStorageClass"),
    ):
        answer = bucket.post(fields)
        assert (answer.status_code, code(answer)) == (status, wanted), fields


def test_a_bucket_that_is_not_there(bucket: Bucket) -> None:
    fields = bucket.presigned()
    bucket.s3.delete_bucket(Bucket=bucket.name)
    answer = bucket.post(fields)
    assert (answer.status_code, code(answer)) == (404, "NoSuchBucket")


def test_signatures_are_verified(new_cloud: Callable[..., Embedded]) -> None:
    cloud = new_cloud(auth_mode="sigv4")
    keys = key_file.at(cloud.cloud.settings.key_path)
    with cloud.cloud.everywhere(write=True) as uow:
        new = access_keys.create(uow, keys, account="123456789012")
        uow.commit()
    id, secret = new.access_key_id, new.secret
    bucket = Bucket(cloud, "123456789012", access_key_id=id, secret=secret)
    fields = bucket.presigned()
    assert bucket.post(fields).status_code == 204
    wrong = bucket.post(fields | {"x-amz-signature": "0" * 64})
    assert (wrong.status_code, code(wrong)) == (403, "SignatureDoesNotMatch")
    answer = bucket.post(signer("AKIAUNKNOWN", "x").generate_presigned_post(bucket.name, "k")["fields"])
    assert (answer.status_code, code(answer)) == (403, "InvalidAccessKeyId")

    # Version 2, which botocore signs forms by if it is not told otherwise.
    signed = bucket.s3.generate_presigned_post(bucket.name, "k")["fields"]
    assert "signature" in signed
    assert bucket.post(signed, b"version 2").status_code == 204
    assert bucket.read()["Body"].read() == b"version 2"
    wrong = bucket.post(signed | {"signature": signed["signature"][::-1]})
    assert (wrong.status_code, code(wrong)) == (403, "SignatureDoesNotMatch")
    answer = bucket.post(signed | {"AWSAccessKeyId": "AKIAUNKNOWN"})
    assert (answer.status_code, code(answer)) == (403, "InvalidAccessKeyId")
    del signed["signature"]
    answer = bucket.post(signed)
    assert (answer.status_code, code(answer)) == (400, "InvalidArgument")
