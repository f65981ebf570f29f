"""How a request wants an object encrypted, which key opens it again, and what answers say of it.

Parameters are by AWS's member names (``ServerSideEncryption``, ``SSECustomerKey`` ...), as they stand in headers. There
is no KMS here: whatever is the id of a key in the caller's own account and region wraps keys of its own.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-s3-c-encryption.html
"""

import base64
import binascii
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from backend import errors
from backend.key_file import KeyFile, derived
from backend.s3 import encryption
from backend.s3.encryption import Kind, Sealed, WrongKey

KINDS: tuple[Kind, ...] = ("AES256", "aws:kms", "aws:kms:dsse")
"""What ``x-amz-server-side-encryption`` may say."""

_HEADER = "x-amz-server-side-encryption"
_MANAGED_ALIAS = "alias/aws/s3"
_KEY_UUID = re.compile(r"(mrk-[0-9a-f]{32})|([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")  # a name that says more than an id, for tests
_ALIAS = re.compile(r"alias/[A-Za-z0-9/_-]{1,250}")
_ARN = re.compile(r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):(?P<path>.+)")
_CUSTOMER = "Requests specifying Server Side Encryption with Customer provided keys must provide "
_CUSTOMER_ALONE = (
    "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"
)


@dataclass(frozen=True, slots=True)
class CustomerKey:
    """A key of SSE-C. It is kept nowhere; only its MD5 (base64) goes back to whoever sent it."""

    key: bytes = field(repr=False)
    md5: str

    def derive(self, purpose: str, salt: bytes) -> bytes:
        return derived(self.key, purpose, salt)


@dataclass(frozen=True, slots=True)
class Choice:
    """How to encrypt what is written. ``kms_key_id`` is an ARN, or a name as the caller gave it."""

    kind: Kind
    kms_key_id: str | None = None
    context: Mapping[str, str] | None = None
    bucket_key: bool = False
    customer: CustomerKey | None = None


def customer_key(parameters: Mapping[str, Any], prefix: str = "") -> CustomerKey | None:
    """The key of ``SSECustomerAlgorithm``, ``SSECustomerKey`` and ``SSECustomerKeyMD5``, or with the prefix
    ``CopySource`` that of the source of a copy; None where none of the three is there.

    InvalidEncryptionAlgorithmError, or InvalidArgument where one of the three is missing or wrong.
    """
    names = ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5")
    algorithm, text, digest = (parameters.get(prefix + name) for name in names)
    if algorithm is None and text is None and digest is None:
        return None
    header = f"x-amz-copy-source{_HEADER.removeprefix('x-amz')}" if prefix else _HEADER
    if algorithm is None:
        raise _invalid(_CUSTOMER + "a valid encryption algorithm.", header, None)
    if algorithm != "AES256":
        raise errors.InvalidEncryptionAlgorithmError(name=f"{header}-customer-algorithm", value=algorithm)
    if not text:
        raise _invalid(_CUSTOMER + "an appropriate secret key.", header, None)
    key = _decoded(text)
    if key is None or len(key) != 32:
        raise _invalid("The secret key was invalid for the specified algorithm.", header, None)
    if not digest:
        raise _invalid(_CUSTOMER + "the client calculated MD5 of the secret key.", header, None)
    if _decoded(digest) != md5(key, usedforsecurity=False).digest():
        reason = "The calculated MD5 hash of the key did not match the hash that was provided."
        raise _invalid(reason, header, None)
    return CustomerKey(key, digest)


def choose(
    parameters: Mapping[str, Any], default: Mapping[str, Any] | None, *, account: str, region: str
) -> Choice | None:
    """How to encrypt what a request writes; None: not at all. ``default`` is the ServerSideEncryptionConfiguration and
    ``region`` the region of the bucket, ``account`` the caller's, whose keys ids and aliases name.

    InvalidArgument for what contradicts itself, AccessDenied for what the bucket blocks or another account's key,
    KMS.NotFoundException.
    """
    rule = _rule(default)
    kind, key_id = parameters.get("ServerSideEncryption"), parameters.get("SSEKMSKeyId")
    context, bucket_key = parameters.get("SSEKMSEncryptionContext"), parameters.get("BucketKeyEnabled")
    customer = customer_key(parameters)
    if kind is not None and kind not in KINDS:
        raise _invalid("The encryption method specified is not supported", _HEADER, kind)
    if customer is not None and (kind or key_id):
        raise _invalid(_CUSTOMER_ALONE, _HEADER, kind)
    if (key_id is not None or context is not None) and kind not in KINDS[1:]:
        reason = f"Server Side Encryption with AWS KMS managed key requires HTTP header {_HEADER} : aws:kms"
        raise _invalid(reason, _HEADER, kind)
    if customer is not None:
        if "SSE-C" in (rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType", ()):
            raise errors.AccessDeniedS3()
        return Choice("SSE-C", customer=customer)
    if kind is None:
        applied = rule.get("ApplyServerSideEncryptionByDefault") or {}
        kind, key_id = applied.get("SSEAlgorithm"), applied.get("KMSMasterKeyID")
    if kind is None or kind == "AES256":
        return Choice("AES256") if kind else None
    return Choice(
        cast("Kind", kind),
        kms_key(key_id, account, region),
        None if context is None else _context(context),
        kind == "aws:kms" and bool(rule.get("BucketKeyEnabled") if bucket_key is None else bucket_key),
    )


def kms_key(id: str | None, account: str, region: str) -> str:
    """How S3 shows the key that an id, an ARN or an alias names, None the key ``aws/s3``: an alias becomes the ARN of
    the key of which it is one. KMS.NotFoundException, or AccessDenied for a key of another account."""
    arn = _ARN.fullmatch(id) if id else None
    path = arn["path"] if arn else (id or _MANAGED_ALIAS)
    if arn and arn["region"] != region:
        raise errors.KMSNotFoundException(reason=f"Invalid arn {arn['region']}")
    if arn and arn["account"] != account:
        raise errors.AccessDeniedS3()
    here = f"arn:aws:kms:{region}:{account}:key/"
    if _ALIAS.fullmatch(path):
        return here + str(uuid5(NAMESPACE_URL, f"kms/{account}/{region}/{path}"))
    name = path.removeprefix("key/") if arn else path
    if _KEY_NAME.fullmatch(name) and (arn is None or name != path):
        return here + name if arn or _KEY_UUID.fullmatch(name) else name
    raise errors.KMSNotFoundException(reason=f"Invalid keyId '{id}'")


def new_key(choice: Choice, key_file: KeyFile) -> tuple[Sealed, bytes]:
    """What to keep of a new key, and the key. Each blob and each part has one of its own; an upload has one that
    encrypts nothing, and tells whether its parts come with the same customer's key."""
    key = encryption.new_key(choice.kind)
    wrapped = encryption.wrap(choice.customer or key_file, key, _purpose(choice), choice.context)
    return Sealed(choice.kind, wrapped, choice.kms_key_id, choice.context, choice.bucket_key), key


def open_key(sealed: Sealed | None, customer: CustomerKey | None, key_file: KeyFile) -> bytes | None:
    """The key that opens a blob; None for one that is not encrypted.

    InvalidRequest where a customer's key is missing or in vain, AccessDenied for a wrong one.
    """
    if customer is not None and (sealed is None or sealed.kind != "SSE-C"):
        raise errors.InvalidRequest(reason="The encryption parameters are not applicable to this object.")
    if sealed is None:
        return None
    if sealed.kind == "SSE-C" and customer is None:
        raise errors.InvalidRequest(
            reason="The object was stored using a form of Server Side Encryption. "
            "The correct parameters must be provided to retrieve the object."
        )
    try:
        return encryption.unwrap(customer or key_file, sealed.wrapped_key, _purpose(sealed), sealed.context)
    except WrongKey:
        if customer is None:  # the key file is not the one that it was
            raise
        raise errors.AccessDeniedS3() from None


def of_upload(upload: Sealed | None, customer: CustomerKey | None) -> Choice | None:
    """How to encrypt a part of an upload: as the upload was begun. InvalidRequest without the upload's customer key."""
    if upload is None or upload.kind != "SSE-C":
        if customer is not None:
            raise errors.InvalidRequest(
                reason="The multipart upload initiate did not request encryption. "
                "Please resend the request without sending encryption parameters."
            )
        return None if upload is None else Choice(upload.kind, upload.kms_key_id, upload.context, upload.bucket_key)
    if customer is None:
        raise errors.InvalidRequest(
            reason="The multipart upload initiate requested encryption. "
            "Subsequent part requests must include the appropriate encryption parameters."
        )
    try:
        encryption.unwrap(customer, upload.wrapped_key, _purpose(upload), upload.context)
    except WrongKey:
        reason = "The provided encryption parameters did not match the ones used originally."
        raise errors.InvalidRequest(reason=reason) from None
    return Choice("SSE-C", customer=customer)


def shown(sealed: Sealed | None, customer: CustomerKey | None = None) -> dict[str, Any]:
    """The members of an output that say how an object is encrypted; of a customer's key, only what the request said."""
    if sealed is None:
        return {}
    if sealed.kind == "SSE-C":
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": customer.md5} if customer else {}
    found: dict[str, Any] = {"ServerSideEncryption": sealed.kind}
    if sealed.kms_key_id:
        found |= {"SSEKMSKeyId": sealed.kms_key_id, "BucketKeyEnabled": sealed.bucket_key or None}
    return {name: value for name, value in found.items() if value is not None}


def shown_written(sealed: Sealed | None, customer: CustomerKey | None = None) -> dict[str, Any]:
    """The same for the answers to PutObject, CopyObject and CreateMultipartUpload, which repeat the context."""
    found = shown(sealed, customer)
    if sealed is not None and sealed.context:
        found["SSEKMSEncryptionContext"] = base64.b64encode(json.dumps(dict(sealed.context)).encode()).decode()
    return found


def etag(choice: Choice | None, digest: str) -> str:
    """The ETag of an object whose bytes have this MD5 (hexadecimal): with SSE-C and SSE-KMS it says nothing of them."""
    return digest if choice is None or choice.kind == "AES256" else secrets.token_hex(16)


def refuse_in_reads(headers: Mapping[str, str]) -> None:
    """InvalidArgument where a GET or a HEAD says how to encrypt. ``headers``: by their names in lower case."""
    for name in (_HEADER, f"{_HEADER}-aws-kms-key-id", f"{_HEADER}-context", f"{_HEADER}-bucket-key-enabled"):
        if name in headers:
            raise _invalid(f"{name} header is not supported for this operation.", name, headers[name])


def _rule(default: Mapping[str, Any] | None) -> Mapping[str, Any]:
    rules = (default or {}).get("Rules") or [{}]
    return cast("Mapping[str, Any]", rules[0])


def _purpose(what: Choice | Sealed) -> str:
    return encryption.purpose(what.kind, what.kms_key_id)


def _context(text: str) -> dict[str, str]:
    try:
        found = json.loads(_decoded(text) or b"")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        reason = (
            f"The header '{_HEADER}-context' shall be Base64-encoded UTF-8 string holding JSON which represents a "
            "string-string map"
        )
        raise _invalid(reason, f"{_HEADER}-context", text)
    return found


def _decoded(text: str) -> bytes | None:
    """Base64; None for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _invalid(reason: str, name: str, value: str | None) -> errors.CloudError:
    return errors.InvalidArgument(reason=reason, name=name, value="null" if value is None else value)
