"""What requests say of encryption: S3's refusals, the keys that come of it, and what answers show."""

import base64
import json
import os
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import CloudError
from backend.key_file import KeyFile
from backend.s3 import encryption_headers as headers
from backend.s3.encryption import Sealed, WrongKey
from backend.s3.encryption_headers import Choice

ACCOUNT, REGION = "111122223333", "us-east-1"
KMS_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KMS_ID}"


def coded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def customer(key: bytes = bytes(32), prefix: str = "") -> dict[str, str]:
    digest = coded(md5(key).digest())
    names = ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5")
    return {prefix + name: value for name, value in zip(names, ("AES256", coded(key), digest), strict=True)}


def default(algorithm: str, key: str | None = None, **rule: Any) -> dict[str, Any]:
    applied = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": applied, **rule}]}


def choose(parameters: dict[str, Any], bucket: dict[str, Any] | None = None) -> Choice | None:
    return headers.choose(parameters, bucket, account=ACCOUNT, region=REGION)


def chosen(parameters: dict[str, Any], bucket: dict[str, Any] | None = None) -> Choice:
    found = choose(parameters, bucket)
    assert found is not None
    return found


def refusal(parameters: dict[str, Any], bucket: dict[str, Any] | None = None) -> CloudError:
    with pytest.raises(CloudError) as refused:
        choose(parameters, bucket)
    return refused.value


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "key")


def test_nothing_said_is_the_buckets_default() -> None:
    assert choose({}) is None
    assert choose({}, default("AES256")) == Choice("AES256")
    kms = default("aws:kms", KMS_ID, BucketKeyEnabled=True)
    assert choose({}, kms) == Choice("aws:kms", ARN, bucket_key=True)
    assert choose({"BucketKeyEnabled": False}, kms) == Choice("aws:kms", ARN)
    assert choose({"ServerSideEncryption": "AES256"}, kms) == Choice("AES256")
    named_none = chosen({"ServerSideEncryption": "aws:kms"}, kms)
    assert named_none.kms_key_id != ARN  # it is aws/s3, as on AWS
    assert chosen(customer(), kms).kind == "SSE-C"
    assert choose({"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": ARN}) == Choice("aws:kms:dsse", ARN)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"ServerSideEncryption": "aes:kms"}, "method specified is not supported"),
        ({"ServerSideEncryption": "aws:fsx"}, "method specified is not supported"),
        ({"ServerSideEncryption": ""}, "method specified is not supported"),
        ({"ServerSideEncryption": "AES256", **customer()}, "incompatible with the encryption method"),
        ({"ServerSideEncryption": "aws:kms", **customer()}, "incompatible with the encryption method"),
        ({"SSEKMSKeyId": KMS_ID, **customer()}, "incompatible with the encryption method"),
        ({"SSEKMSKeyId": KMS_ID}, "requires HTTP header x-amz-server-side-encryption : aws:kms"),
        ({"ServerSideEncryption": "AES256", "SSEKMSKeyId": KMS_ID}, "requires HTTP header"),
        ({"SSEKMSEncryptionContext": coded(b"{}")}, "requires HTTP header"),
        ({"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": "{}"}, "Base64-encoded"),
        ({"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": coded(b"[]")}, "string-string map"),
        ({"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": coded(b'{"a": 1}')}, "string-string map"),
        ({"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": coded(b"[" * 6000)}, "string-string map"),
        (customer() | {"SSECustomerAlgorithm": None}, "a valid encryption algorithm"),
        (customer() | {"SSECustomerKey": None}, "an appropriate secret key"),
        (customer() | {"SSECustomerKey": ""}, "an appropriate secret key"),
        (customer() | {"SSECustomerKeyMD5": None}, "client calculated MD5"),
        (customer() | {"SSECustomerKey": "%%"}, "secret key was invalid"),
        (customer(bytes(31)), "secret key was invalid"),
        (customer() | {"SSECustomerKeyMD5": coded(b"x" * 16)}, "did not match the hash"),
        (customer() | {"SSECustomerKeyMD5": "no base64"}, "did not match the hash"),
    ],
)
def test_what_is_wrong_is_an_invalid_argument(parameters: dict[str, Any], said: str) -> None:
    refused = refusal(parameters)
    assert (refused.code, refused.status) == ("InvalidArgument", 400)
    assert said in refused.message
    assert refused.details["ArgumentName"].startswith("x-amz-server-side-encryption")


def test_another_algorithm_of_a_customers_key() -> None:
    refused = refusal(customer() | {"SSECustomerAlgorithm": "AES128"})
    assert (refused.code, refused.status) == ("InvalidEncryptionAlgorithmError", 400)
    assert refused.details["ArgumentValue"] == "AES128"


def test_a_bucket_may_block_customers_keys() -> None:
    blocked = default("AES256", BlockedEncryptionTypes={"EncryptionType": ["SSE-C"]})
    assert refusal(customer(), blocked).status == 403
    assert chosen(customer(), default("AES256", BlockedEncryptionTypes={"EncryptionType": ["NONE"]})).kind == "SSE-C"


def test_the_key_of_a_copys_source_has_a_prefix() -> None:
    both = customer(b"a" * 32) | customer(b"b" * 32, "CopySource")
    keys = [headers.customer_key(both, prefix) for prefix in ("", "CopySource")]
    assert [key and key.key for key in keys] == [b"a" * 32, b"b" * 32]
    assert "aaaa" not in repr(keys)
    with pytest.raises(CloudError) as refused:
        headers.customer_key({"CopySourceSSECustomerKey": "x"}, "CopySource")
    assert refused.value.details["ArgumentName"] == "x-amz-copy-source-server-side-encryption"


def test_kms_keys_are_named_by_id_arn_alias_or_not_at_all() -> None:
    def named(id: str | None) -> str:
        return headers.kms_key(id, ACCOUNT, REGION)

    assert named(KMS_ID) == named(ARN) == ARN
    managed = named(None)
    assert managed == named("alias/aws/s3") == named(f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/s3")
    assert managed != named("alias/mine") == named("alias/mine")
    assert managed != headers.kms_key(None, "444455556666", REGION)
    assert named("my-test-key") == "my-test-key"
    multi = "mrk-" + "0" * 32
    assert named(multi).endswith(f"key/{multi}")


@pytest.mark.parametrize(
    ("id", "code"),
    [
        (ARN.replace("us-east-1", "eu-west-1"), "KMS.NotFoundException"),
        (ARN.replace(ACCOUNT, "444455556666"), "AccessDenied"),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:{KMS_ID}", "KMS.NotFoundException"),
        ("arn:aws:s3:::bucket", "KMS.NotFoundException"),
        ("no key", "KMS.NotFoundException"),
        ("alias/", "KMS.NotFoundException"),
        ("../key", "KMS.NotFoundException"),
        ("x" * 129, "KMS.NotFoundException"),
    ],
)
def test_other_keys_are_not_there(id: str, code: str) -> None:
    refused = refusal({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": id})
    assert (refused.code, refused.status) == (code, 403 if code == "AccessDenied" else 400)


def test_a_key_comes_back_from_what_is_kept(key_file: KeyFile, tmp_path: Path) -> None:
    context = {"project": "a"}
    choices = [Choice("AES256"), Choice("aws:kms", ARN, context, True), Choice("aws:kms:dsse", ARN)]
    for choice in choices:
        sealed, key = headers.new_key(choice, key_file)
        kept = Sealed.from_json(json.loads(json.dumps(sealed.as_json())))
        assert headers.open_key(kept, None, key_file) == key
        assert headers.new_key(choice, key_file)[1] != key
        with pytest.raises(CloudError, match="not applicable"):
            headers.open_key(kept, headers.customer_key(customer()), key_file)
        with pytest.raises(WrongKey):
            headers.open_key(kept, None, KeyFile(tmp_path / "other"))
        assert headers.of_upload(kept, None) == choice
    assert headers.open_key(None, None, key_file) is None
    assert headers.of_upload(None, None) is None


def test_a_customers_object_opens_with_the_customers_key_alone(key_file: KeyFile) -> None:
    raw = os.urandom(32)
    mine, other = headers.customer_key(customer(raw)), headers.customer_key(customer(os.urandom(32)))
    sealed, key = headers.new_key(Choice("SSE-C", customer=mine), key_file)
    assert coded(raw) not in json.dumps(sealed.as_json())
    assert mine is not None
    assert mine.md5 not in json.dumps(sealed.as_json())
    assert headers.open_key(sealed, mine, key_file) == key
    refusals = []
    for given_key in (None, other):
        with pytest.raises(CloudError) as refused:
            headers.open_key(sealed, given_key, key_file)
        refusals.append((refused.value.code, refused.value.status))
    assert refusals == [("InvalidRequest", 400), ("AccessDenied", 403)]
    assert headers.of_upload(sealed, mine) == Choice("SSE-C", customer=mine)
    for given_key, said in ((None, "initiate requested encryption"), (other, "did not match")):
        with pytest.raises(CloudError, match=said):
            headers.of_upload(sealed, given_key)
    with pytest.raises(CloudError, match="did not request encryption"):
        headers.of_upload(None, mine)


def test_what_answers_show(key_file: KeyFile) -> None:
    mine = headers.customer_key(customer())
    assert mine is not None
    assert headers.shown(None) == {}
    assert headers.shown(Sealed("AES256", "")) == {"ServerSideEncryption": "AES256"}
    assert headers.shown(Sealed("SSE-C", ""), mine) == {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": mine.md5}
    kms = Sealed("aws:kms", "", ARN, {"a": "b"}, True)
    expected = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ARN, "BucketKeyEnabled": True}
    assert headers.shown(kms) == expected
    assert headers.shown_written(kms) == {**expected, "SSEKMSEncryptionContext": coded(b'{"a": "b"}')}
    assert headers.shown(Sealed("aws:kms", "", ARN)).keys() == {"ServerSideEncryption", "SSEKMSKeyId"}


def test_etags_are_md5s_where_s3_says_so() -> None:
    digest = md5(b"").hexdigest()
    assert headers.etag(None, digest) == headers.etag(Choice("AES256"), digest) == digest
    for choice in (Choice("aws:kms"), Choice("aws:kms:dsse"), Choice("SSE-C")):
        etag = headers.etag(choice, digest)
        assert etag != digest
        assert len(bytes.fromhex(etag)) == 16


def test_reads_do_not_say_how_to_encrypt() -> None:
    headers.refuse_in_reads({"x-amz-server-side-encryption-customer-algorithm": "AES256", "range": "bytes=0-1"})
    with pytest.raises(CloudError) as refused:
        headers.refuse_in_reads({"x-amz-server-side-encryption": "aws:kms"})
    assert refused.value.code == "InvalidArgument"


words = st.sampled_from(["AES256", "aws:kms", "", ARN, "alias/x", coded(bytes(32)), coded(b"{}")])
NAMES = ("ServerSideEncryption", "SSEKMSKeyId", "SSEKMSEncryptionContext", *customer())


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, st.none() | words | st.text())))
def test_whatever_headers_say_is_a_choice_or_a_refusal(parameters: dict[str, Any]) -> None:
    try:
        found = choose(parameters)
    except CloudError as refused:
        assert refused.status in (400, 403)
    else:
        assert found is None or found.kind in ("AES256", "aws:kms", "aws:kms:dsse", "SSE-C")
