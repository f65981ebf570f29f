"""Forms of uploads: as botocore presigns them, as browsers write them, in any pieces, and every way to break one."""

import base64
import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.auth import S3SigV4PostAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from backend import clock, errors
from ec2api import sigv4
from ec2api.s3 import post_form, post_policy
from ec2api.s3.aws_chunked import BLOCK
from ec2api.s3.payload import Payload
from ec2api.s3.post_form import Form

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
BOUNDARY = "0123456789boundary"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def written(fields: Mapping[str, str], file: bytes | None = b"data", filename: str = "photo.jpg") -> bytes:
    parts = [part(name, value.encode()) for name, value in fields.items()]
    if file is not None:
        parts.append(part("file", file, filename))
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def read(body: bytes, length: int | None = None) -> Form:
    return post_form.read(TYPE, io.BytesIO(body), len(body) if length is None else length)


def content(form: Form) -> bytes:
    return b"".join(Payload.of_form(form.fields, form.file, None).parts())


def refusal(body: bytes, **options: Any) -> errors.CloudError:
    with pytest.raises(errors.CloudError) as caught:
        content(read(body, **options))
    return caught.value


values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
lines = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"--", BOUNDARY.encode(), b"-", b"x"]), max_size=12)


class Trickle:
    def __init__(self, body: bytes, sizes: list[int]) -> None:
        self._body, self._sizes = io.BytesIO(body), iter(sizes)

    def read(self, size: int, /) -> bytes:
        return self._body.read(min(size, next(self._sizes, size)))


@given(
    fields=st.dictionaries(st.sampled_from(["acl", "Content-Type", "x-amz-meta-a", "policy"]), values),
    file=st.binary(max_size=300) | lines.map(b"".join),
    sizes=st.lists(st.integers(1, 50), max_size=60),
)
def test_any_form_in_any_pieces(fields: dict[str, str], file: bytes, sizes: list[int]) -> None:
    if f"\r\n--{BOUNDARY}".encode() in b"\r\n" + file:
        file = file.replace(BOUNDARY.encode(), b"")
    fields = {**fields, "key": "k"}
    body = written(fields, file)
    form = post_form.read(TYPE, Trickle(body, sizes), len(body))
    assert form.fields == {name.lower(): value.replace("${filename}", "photo.jpg") for name, value in fields.items()}
    assert content(form) == file


def test_a_large_file_comes_in_pieces() -> None:
    file = bytes(range(256)) * 20_000
    form = read(written({"key": "k"}, file) + b"tail that is not looked at")
    payload = Payload.of_form(form.fields, form.file, (0, len(file)))
    pieces = list(payload.parts())
    assert b"".join(pieces) == file
    assert max(map(len, pieces)) <= 2 * BLOCK
    assert form.body.drain(1000)


def test_what_stands_after_the_file_is_not_looked_at() -> None:
    body = written({"key": "k"}).replace(f"--{BOUNDARY}--\r\n".encode(), b"") + part("acl", b"private")
    form = read(body + f"--{BOUNDARY}--\r\n".encode())
    assert content(form) == b"data"
    assert form.fields == {"key": "k"}


@pytest.mark.parametrize("filename", ["photo.jpg", "C:\\\\pictures\\\\photo.jpg", "/home/me/photo.jpg"])
def test_the_files_name_in_fields(filename: str) -> None:
    form = read(written({"Key": "user/${filename}", "x-amz-meta-n": "${filename}"}, filename=filename))
    assert form.key == "user/photo.jpg"
    assert form.fields["x-amz-meta-n"] == "photo.jpg"
    assert form.filename == "photo.jpg"


def test_fields_may_have_names_of_files() -> None:
    body = part("key", b"k", "key") + part("file", b"data") + f"--{BOUNDARY}--\r\n".encode()
    form = read(body)
    assert (form.key, form.filename, content(form)) == ("k", "", b"data")


def test_metadata_given_twice_is_joined() -> None:
    body = part("x-amz-meta-a", b"1") + part("X-Amz-Meta-A", b"2") + written({"key": "k"})
    assert read(body).fields["x-amz-meta-a"] == "1,2"


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("application/json", "PreconditionFailed", 412),
        ("", "PreconditionFailed", 412),
        ("multipart/form-data", "MalformedPOSTRequest", 400),
        ("multipart/form-data; boundary=", "MalformedPOSTRequest", 400),
        ("multipart/form-data; boundary=\xe9", "MalformedPOSTRequest", 400),
    ],
)
def test_other_content_types(kind: str, code: str, status: int) -> None:
    with pytest.raises(errors.CloudError) as caught:
        post_form.read(kind, io.BytesIO(b"body"), 4)
    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MalformedPOSTRequest"),
        (b"irrelevant", "MalformedPOSTRequest"),
        (b"x" * 600_000, "MalformedPOSTRequest"),
        (written({"key": "k"}, None), "InvalidArgument"),
        (written({}), "InvalidArgument"),
        (written({"key": ""}), "InvalidArgument"),
        (written({"key": "k"})[:-10], "MalformedPOSTRequest"),
        (written({"key": "k"}).replace(b"Content-Disposition", b"Other"), "MalformedPOSTRequest"),
        (written({"key": "k"}).replace(b'; name="key"', b""), "MalformedPOSTRequest"),
        (part("key", b"\xff") + written({}), "MalformedPOSTRequest"),
        (part("key", b"k" * 600_000) + written({}), "MaxPostPreDataLengthExceededError"),
        (
            written({"key": "k", **{f"x-amz-meta-{n}": "v" * 1000 for n in range(21)}}),
            "MaxPostPreDataLengthExceededError",
        ),
        (f"--{BOUNDARY}\r\nX: ".encode() + b"x" * 600_000, "MalformedPOSTRequest"),
    ],
)
def test_forms_that_are_none(body: bytes, code: str) -> None:
    assert (refusal(body).code, refusal(body).status) == (code, 400)


def test_a_client_that_stops_early() -> None:
    body = written({"key": "k"}, bytes(1000))
    assert refusal(body[:600], length=len(body)).code == "IncompleteBody"


@given(st.binary(max_size=300), lines.map(b"".join))
def test_nothing_but_refusals(before: bytes, after: bytes) -> None:
    body = before + part("key", b"k")[: len(before)] + after
    try:
        read(body)
    except errors.CloudError as refused:
        assert refused.status == 400


# Signatures


def presigned(conditions: list[Any] | None = None, **fields: str) -> dict[str, str]:
    """The fields that botocore makes for a form to the bucket ``photos``."""
    policy = {
        "expiration": f"{clock.now() + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        "conditions": [{"bucket": "photos"}, *(conditions or []), *({name: value} for name, value in fields.items())],
    }
    context = {"s3-presign-post-fields": dict(fields), "s3-presign-post-policy": policy}
    request = AWSRequest(method="POST", url="http://127.0.0.1/photos")
    request.context.update(context)
    S3SigV4PostAuth(Credentials("AKIDEXAMPLE", SECRET, "a/token=="), "s3", "eu-west-1").add_auth(request)
    signed: dict[str, str] = request.context["s3-presign-post-fields"]
    return signed


def test_what_botocore_presigns() -> None:
    form = read(written(presigned([["content-length-range", 1, 10]], key="${filename}", acl="private")))
    signature = post_form.signature(form)
    assert signature is not None
    assert signature.scope == sigv4.Scope("AKIDEXAMPLE", signature.timestamp[:8], "eu-west-1", "s3")
    assert signature.session_token == "a/token=="
    sigv4.verify_text(signature, SECRET, form.fields["policy"])
    with pytest.raises(errors.SignatureDoesNotMatchS3) as caught:
        sigv4.verify_text(signature, SECRET + "x", form.fields["policy"])
    assert caught.value.details["StringToSign"] == form.fields["policy"]
    policy = post_policy.read(form.fields["policy"])
    assert policy.sizes == (1, 10)
    with pytest.raises(errors.PolicyNotMet):  # the key was to be as it is written, not as it becomes
        policy.check(form.fields, bucket="photos", now=clock.now())
    policy.check({**form.fields, "key": "${filename}"}, bucket="photos", now=clock.now())


DOCUMENTED = """{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}"""


def test_the_example_of_the_documentation() -> None:
    fields = {
        "key": "user/user1/${filename}",
        "acl": "public-read",
        "success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html",
        "Content-Type": "image/jpeg",
        "x-amz-meta-uuid": "14365123651274",
        "x-amz-server-side-encryption": "AES256",
        "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": "20151229T000000Z",
        "x-amz-meta-tag": "",
        "Policy": base64.b64encode(DOCUMENTED.replace("\n", "\r\n").encode()).decode(),
        "X-Amz-Signature": "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e",
    }
    form = read(written(fields))
    signature = post_form.signature(form)
    assert signature is not None
    sigv4.verify_text(signature, SECRET, form.fields["policy"])
    policy = post_policy.read(form.fields["policy"])
    policy.check(form.fields, bucket="sigv4examplebucket", now=datetime(2015, 12, 30, 11))
    assert form.key == "user/user1/photo.jpg"


def test_unsigned_forms() -> None:
    assert post_form.signature(read(written({"key": "k"}))) is None
    assert post_form.signature(read(written({"key": "k", "acl": "public-read", "x-amz-meta-a": "b"}))) is None


@pytest.mark.parametrize("missing", ["policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"])
def test_a_signature_is_whole(missing: str) -> None:
    fields = presigned(key="k")
    del fields[missing]
    with pytest.raises(errors.InvalidArgument) as caught:
        post_form.signature(read(written(fields)))
    assert missing in caught.value.message.lower()


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"x-amz-algorithm": "HMAC"}, "InvalidArgument", "Only AWS4-HMAC-SHA256 is supported"),
        ({"x-amz-date": "2026-11-22"}, "InvalidArgument", "X-Amz-Date must be"),
        ({"x-amz-credential": "AKID"}, "InvalidArgument", "the Credential is mal-formed"),
        ({"x-amz-credential": "AKID//us-east-1/s3/aws4_request"}, "InvalidArgument", "mal-formed"),
        ({"x-amz-credential": "AKID/2026/us-east-1/s3/aws4_request"}, "InvalidArgument", 'date format "2026"'),
        ({"x-amz-credential": "AKID/20261122/us-east-1/ec2/aws4_request"}, "InvalidArgument", 'service "ec2"'),
        ({"x-amz-credential": "AKID/20261122/us-east-1/s3/aws5"}, "InvalidArgument", 'terminal "aws5"'),
        ({"AWSAccessKeyId": "AKID"}, "InvalidArgument", "field named 'Signature'"),
        ({"signature": "abc="}, "InvalidArgument", "field named 'AWSAccessKeyId'"),
    ],
)
def test_malformed_signatures(changes: dict[str, str], code: str, text: str) -> None:
    with pytest.raises(errors.CloudError) as caught:
        post_form.signature(read(written(presigned(key="k") | changes)))
    assert (caught.value.code, caught.value.status) == (code, 400)
    assert text in caught.value.message
