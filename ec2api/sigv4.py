"""Signature Version 4: find the signature of a request, and verify it over the request as it was sent.

Follows https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and, where
a request is refused, https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html.
A refusal has the code of the service that the credential scope names:

| what is wrong         | EC2            | S3                                 | STS, IAM, others      |
| --------------------- | -------------- | ---------------------------------- | --------------------- |
| not well formed       | AuthFailure    | AuthorizationHeaderMalformed,      | IncompleteSignature   |
|                       |                | AuthorizationQueryParametersError  |                       |
| another mechanism     | AuthFailure    | InvalidRequest, InvalidArgument    | IncompleteSignature   |
| too old, or too early | RequestExpired | RequestTimeTooSkewed, AccessDenied | SignatureDoesNotMatch |
| a header not signed   | AuthFailure    | AccessDenied                       | SignatureDoesNotMatch |
| body and hash differ  | AuthFailure    | XAmzContentSHA256Mismatch          | SignatureDoesNotMatch |
| signature differs     | AuthFailure    | SignatureDoesNotMatch              | SignatureDoesNotMatch |

The reader of a request may tell the service too, where the scope may not.

All functions take ``headers`` with names in lower case and values as WSGI gives them (each character one
byte), ``raw_uri`` as the path and query of the request line, undecoded, and times in naive UTC.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256

from backend import errors
from ec2api import signature_refusals as refusals
from ec2api.canonical_request import SIGNATURE_PARAMETER, canonical_request, query_parameters

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

ALGORITHM_PARAMETER = "X-Amz-Algorithm"
CREDENTIAL_PARAMETER = "X-Amz-Credential"
DATE_PARAMETER = "X-Amz-Date"
EXPIRES_PARAMETER = "X-Amz-Expires"
SIGNED_HEADERS_PARAMETER = "X-Amz-SignedHeaders"
TOKEN_PARAMETER = "X-Amz-Security-Token"  # noqa: S105 - a parameter's name
CONTENT_HASH_PARAMETER = "X-Amz-Content-Sha256"

# What a presigned query adds to an action's own parameters.
QUERY_PARAMETERS = frozenset(
    {
        ALGORITHM_PARAMETER,
        CREDENTIAL_PARAMETER,
        DATE_PARAMETER,
        EXPIRES_PARAMETER,
        SIGNED_HEADERS_PARAMETER,
        SIGNATURE_PARAMETER,
        TOKEN_PARAMETER,
        CONTENT_HASH_PARAMETER,
    }
)
# The parameters that only a signature has: one of them makes a request a presigned one.
_TELLTALE_PARAMETERS = (ALGORITHM_PARAMETER, CREDENTIAL_PARAMETER, SIGNATURE_PARAMETER)

WEEK_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Scope:
    """What a credential is good for; ``date`` is YYYYMMDD."""

    access_key_id: str
    date: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it stands in a request, well formed but not verified.

    ``timestamp`` is UTC in ISO 8601's basic form, such as 20261122T103056Z; ``expires`` is in seconds after
    it, None where a request does not limit itself.
    """

    scope: Scope
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    expires: int | None
    session_token: str | None
    presigned: bool
    content_hash: str | None = None
    """What a presigned query states of the body, where it does."""


def read(
    method: str,  # noqa: ARG001
    raw_uri: str,
    headers: Mapping[str, str],
    *,
    service: str = "",
) -> Signature | None:
    """The signature of a request, from its Authorization header or its presigned query; None without one.

    Raises the refusal of a signature that is not well formed, in the words of ``service`` if that is known, else of
    the service in its scope. A request of any ``method`` may be signed.
    """
    authorization = headers.get("authorization")
    query = query_parameters(raw_uri) if "X-Amz-" in raw_uri else {}
    presigned = any(name in query for name in _TELLTALE_PARAMETERS)
    if authorization is None:
        return _read_query(query, service) if presigned else None
    if presigned:
        raise refusals.two_mechanisms(service or _service_in(authorization), authorization)
    return _read_authorization(authorization, headers, service)


def verify(
    signature: Signature,
    secret: str,
    *,
    method: str,
    raw_uri: str,
    headers: Mapping[str, str],
    payload_hash: str | None,
    now: datetime,
) -> None:
    """Raise the refusal unless ``secret`` made ``signature`` over this request, and in time.

    ``payload_hash`` is the SHA-256 of the body in lower-case hexadecimal; None says that the body is still to
    be read (S3 only: its reader compares it with x-amz-content-sha256 as it goes).
    """
    _check_scope_date(signature)
    _check_signed_headers(signature, headers)
    _check_time(signature, now)
    content_hash = _content_hash(signature, raw_uri, headers, payload_hash)
    scope = signature.scope
    request = canonical_request(
        method,
        raw_uri,
        headers,
        signed_headers=signature.signed_headers,
        content_hash=content_hash,
        service=scope.service,
    )
    to_sign = "\n".join(
        (
            ALGORITHM,
            signature.timestamp,
            str(scope),
            sha256(request.encode("latin-1", "replace")).hexdigest(),
        )
    )
    key = signing_key(secret, scope.date, scope.region, scope.service)
    if not _signs(signature, key, to_sign):
        raise refusals.mismatch(
            scope.service,
            access_key_id=scope.access_key_id,
            string_to_sign=to_sign,
            signature=signature.signature,
            string_to_sign_bytes=refusals.in_hexadecimal(to_sign),
            canonical_request=request,
            canonical_request_bytes=refusals.in_hexadecimal(request),
        )


def verify_text(signature: Signature, secret: str, text: str) -> None:
    """Raise SignatureDoesNotMatch unless ``signature`` is over ``text`` alone, as that of a form's policy is.

    Such a form may be signed by version 2 still, which has no date in its scope.
    """
    scope = signature.scope
    if scope.date:
        signed = _signs(signature, signing_key(secret, scope.date, scope.region, scope.service), text)
    else:
        mac = b64encode(hmac.digest(secret.encode(), text.encode(), "sha1"))
        signed = hmac.compare_digest(mac, signature.signature.encode())
    if not signed:
        raise refusals.mismatch(
            scope.service,
            access_key_id=scope.access_key_id,
            string_to_sign=text,
            signature=signature.signature,
            string_to_sign_bytes=refusals.in_hexadecimal(text),
        )


def _signs(signature: Signature, key: bytes, to_sign: str) -> bool:
    expected = hmac.digest(key, to_sign.encode("utf-8", "surrogateescape"), "sha256").hex()
    # As bytes: compare_digest refuses strings beyond ASCII, which a request may well send.
    return hmac.compare_digest(expected.encode(), signature.signature.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1024)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key that a secret gives for one day, region and service."""
    key = ("AWS4" + secret).encode("utf-8", "surrogatepass")
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode("utf-8", "surrogatepass"), "sha256")
    return key


# Reading. The reasons in S3's words:

_CREDENTIAL = 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
_THREE_COMPONENTS = "the authorization header requires three components: Credential, SignedHeaders, and Signature."
_SIX_PARAMETERS = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
    "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)
_LONG_FORMAT = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""


def _read_authorization(authorization: str, headers: Mapping[str, str], service: str) -> Signature:
    service = service or _service_in(authorization)
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise refusals.unsupported_algorithm(service, algorithm, authorization)
    parts: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or " " in value:
            reason = (
                f"'{value or name}' not a valid key=value pair (missing equal-sign) in Authorization header: "
                f"'{authorization}'."
            )
            raise refusals.malformed(service, reason, s3=_THREE_COMPONENTS)
        parts[name] = value
    dated = headers.get("x-amz-date") or headers.get("date")
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parts.get(name)
    ]
    undated = [] if dated else ["Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."]
    reason = f"{' '.join(missing + undated)} Authorization={authorization}"
    if missing:
        raise refusals.malformed(service, reason, s3=_THREE_COMPONENTS)
    if not dated:
        raise refusals.undated(service, reason)
    scope = _scope(parts["Credential"], service, presigned=False)
    return Signature(
        scope,
        tuple(parts["SignedHeaders"].split(";")),
        parts["Signature"],
        _timestamp(dated, scope.service, presigned=False, from_header="x-amz-date" not in headers),
        None,
        headers.get("x-amz-security-token"),
        presigned=False,
    )


def _read_query(query: dict[str, str], service: str) -> Signature:
    credential = query.get(CREDENTIAL_PARAMETER, "")
    service = service or _service_in(credential)
    for name in (*_TELLTALE_PARAMETERS, DATE_PARAMETER, SIGNED_HEADERS_PARAMETER):
        if not query.get(name):
            raise _missing_parameter(service, name)
    if query[ALGORITHM_PARAMETER] != ALGORITHM:
        reason = f"Unsupported AWS 'algorithm': '{query[ALGORITHM_PARAMETER]}'."
        raise refusals.malformed(service, reason, presigned=True, s3=f'X-Amz-Algorithm only supports "{ALGORITHM}"')
    scope = _scope(credential, service, presigned=True)
    return Signature(
        scope,
        tuple(query[SIGNED_HEADERS_PARAMETER].split(";")),
        query[SIGNATURE_PARAMETER],
        _timestamp(query[DATE_PARAMETER], scope.service, presigned=True, from_header=False),
        _expires(query.get(EXPIRES_PARAMETER), scope.service),
        query.get(TOKEN_PARAMETER),
        presigned=True,
        content_hash=query.get(CONTENT_HASH_PARAMETER),
    )


def _scope(credential: str, service: str, *, presigned: bool) -> Scope:
    parts = credential.split("/")
    if len(parts) != 5:
        reason = (
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{credential}'"
        )
        raise refusals.malformed_credential(service, reason, presigned=presigned, s3=_CREDENTIAL)
    access_key_id, date, region, named, terminator = parts
    reason, s3 = "", _CREDENTIAL
    if terminator != TERMINATOR:
        reason = f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'."
        s3 = f'incorrect terminal "{terminator}". This endpoint uses "{TERMINATOR}".'
    elif not (len(date) == 8 and date.isascii() and date.isdigit()):
        reason = f"Date in Credential scope must have the form YYYYMMDD, got '{date}'"
        s3 = f'incorrect date format "{date}". This date in the credential must be in the format "yyyyMMdd".'
    elif not (access_key_id and region and named):
        reason = f"Credential must name an access key, a region and a service, got '{credential}'"
    elif service not in {"", named}:
        reason = f"Credential should be scoped to correct service: '{service}'."
        s3 = f'incorrect service "{named}". This endpoint belongs to "{service}".'
    if reason:
        raise refusals.malformed_credential(service or named, reason, presigned=presigned, s3=s3)
    return Scope(access_key_id, date, region, named)


def _timestamp(text: str, service: str, *, presigned: bool, from_header: bool) -> str:
    """``text`` in ISO 8601's basic form; only the Date header may have another (RFC 7231's)."""
    if len(text) == 16 and text[8] == "T" and text[15] == "Z" and text.isascii():
        digits = text[:8] + text[9:15]
        with suppress(ValueError):
            if digits.isdigit() and _moment(text):
                return text
    elif from_header:
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            moment = parsedate_to_datetime(text)
            return refusals.basic(moment.astimezone(UTC) if moment.tzinfo else moment)
    reason = f"Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
    if not presigned:
        raise refusals.undated(service, reason)
    raise refusals.malformed(service, reason, presigned=True, s3=_LONG_FORMAT)


def _moment(timestamp: str) -> datetime:
    return datetime.fromisoformat(timestamp).replace(tzinfo=None)


def _expires(text: str | None, service: str) -> int | None:
    if text is None:
        if service == "s3":
            raise _missing_parameter(service, EXPIRES_PARAMETER)
        return None
    reason = ""
    if not text.isascii() or not text.removeprefix("-").isdigit():
        reason = "X-Amz-Expires should be a number"
    elif text[0] == "-":
        reason = "X-Amz-Expires must be non-negative"
    elif len(text) > 12 or int(text) > WEEK_SECONDS:
        reason = (
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be "
            f"less than {WEEK_SECONDS} seconds"
        )
    if reason:
        raise refusals.malformed(service, reason, presigned=True)
    return int(text)


def _missing_parameter(service: str, name: str) -> errors.CloudError:
    reason = f"AWS query-string parameters must include '{name}'."
    return refusals.malformed(service, reason, presigned=True, s3=_SIX_PARAMETERS)


def _service_in(text: str) -> str:
    """The service of the credential scope within ``text``; empty where it cannot be told."""
    before, terminator, _ = text.partition("/" + TERMINATOR)
    return before.rpartition("/")[2] if terminator else ""


# Verifying


def _check_scope_date(signature: Signature) -> None:
    scope = signature.scope
    day = signature.timestamp[:8]
    if day == scope.date:
        return
    if scope.service == "s3":
        reason = f'Invalid credential date "{scope.date}". This date is not the same as X-Amz-Date: "{day}".'
        raise refusals.malformed("s3", reason, presigned=signature.presigned)
    raise refusals.mismatch(
        scope.service,
        f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        f"'{scope.date}' != '{day}', from '{signature.timestamp}'.",
    )


def _check_signed_headers(signature: Signature, headers: Mapping[str, str]) -> None:
    """The host and every x-amz-* header must be signed, or a header could be changed under way."""
    signed = signature.signed_headers
    unsigned = [name for name in headers if name not in signed and (name.startswith("x-amz-") or name == "host")]
    if "host" not in signed and "host" not in unsigned:
        unsigned.append("host")
    if unsigned:
        raise refusals.unsigned_headers(signature.scope.service, unsigned)


def _check_time(signature: Signature, now: datetime) -> None:
    service = signature.scope.service
    skew = refusals.S3_SKEW if service == "s3" else refusals.SKEW
    signed = _moment(signature.timestamp)
    limit = skew if signature.expires is None else timedelta(seconds=signature.expires)
    if not -skew <= now - signed <= limit:
        raise refusals.untimely(service, signature.timestamp, signed, now, signature.expires)


def _content_hash(signature: Signature, raw_uri: str, headers: Mapping[str, str], payload_hash: str | None) -> str:
    """The last line of the canonical request, after holding it against the body.

    Only S3, blocks of snapshots and presigned requests may leave their body unsigned; a presigned one of another
    service has to say so in a signed header, since its body is part of the call.
    """
    service = signature.scope.service
    stated = headers.get("x-amz-content-sha256")
    if stated is None and service == "s3":
        if not signature.presigned:
            raise errors.MissingContentHash()
        stated = query_parameters(raw_uri).get(CONTENT_HASH_PARAMETER, UNSIGNED_PAYLOAD)
    if stated is None:
        if payload_hash is None:
            raise ValueError("only S3 may verify a request before its body is read")
        return payload_hash
    if stated == UNSIGNED_PAYLOAD and (service == "s3" or signature.presigned or _is_block(service, headers)):
        return stated
    if service == "s3" and (payload_hash is None or stated.startswith("STREAMING-")):
        return stated
    if stated != payload_hash:
        if service == "s3":
            raise errors.XAmzContentSHA256Mismatch(stated=stated, computed=payload_hash)
        raise refusals.mismatch(service, "The provided 'x-amz-content-sha256' header does not match what was computed.")
    return stated


def _is_block(service: str, headers: Mapping[str, str]) -> bool:
    """Whether the body is a block of a snapshot, which a signed header holds the checksum of."""
    return service == "ebs" and "x-amz-checksum" in headers
