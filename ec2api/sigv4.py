"""Signature Version 4: find the signature of a request, and verify it over the request as it was sent.

Follows https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and, where
a request is refused, https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html.
A refusal has the code of the service that the credential scope names:

| what is wrong         | EC2            | S3                                 | STS, IAM, others      |
| --------------------- | -------------- | ---------------------------------- | --------------------- |
| not well formed       | AuthFailure    | AuthorizationHeaderMalformed,      | IncompleteSignature   |
|                       |                | AuthorizationQueryParametersError  |                       |
| too old, or too early | RequestExpired | RequestTimeTooSkewed, AccessDenied | SignatureDoesNotMatch |
| a header not signed   | AuthFailure    | AccessDenied                       | SignatureDoesNotMatch |
| body and hash differ  | AuthFailure    | XAmzContentSHA256Mismatch          | SignatureDoesNotMatch |
| signature differs     | AuthFailure    | SignatureDoesNotMatch              | SignatureDoesNotMatch |

Where not even the service can be read, the refusal is IncompleteSignature.

All functions take ``headers`` with names in lower case and values as WSGI gives them (each character one
byte), ``raw_uri`` as the path and query of the request line, undecoded, and times in naive UTC.
"""

import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256

from backend import errors
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
_SKEW = timedelta(minutes=5)
_S3_SKEW = timedelta(minutes=15)


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


def read(method: str, raw_uri: str, headers: Mapping[str, str]) -> Signature | None:  # noqa: ARG001
    """The signature of a request, from its Authorization header or its presigned query; None without one.

    Raises the refusal of a signature that is not well formed. A request of any ``method`` may be signed.
    """
    authorization = headers.get("authorization")
    query = query_parameters(raw_uri) if "X-Amz-" in raw_uri else {}
    presigned = any(name in query for name in _TELLTALE_PARAMETERS)
    if authorization is None:
        return _read_query(query) if presigned else None
    if presigned:
        raise _malformed(
            _service_in(authorization),
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query "
            "string parameter or the Authorization header should be specified",
        )
    return _read_authorization(authorization, headers)


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
    expected = hmac.digest(key, to_sign.encode("utf-8", "surrogateescape"), "sha256").hex()
    # As bytes: compare_digest refuses strings beyond ASCII, which a request may well send.
    if not hmac.compare_digest(expected.encode(), signature.signature.encode("utf-8", "surrogatepass")):
        raise _mismatch(scope.service)


@lru_cache(maxsize=1024)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key that a secret gives for one day, region and service."""
    key = ("AWS4" + secret).encode("utf-8", "surrogatepass")
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode("utf-8", "surrogatepass"), "sha256")
    return key


# Reading


def _read_authorization(authorization: str, headers: Mapping[str, str]) -> Signature:
    service = _service_in(authorization)
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        reason = f"Unsupported AWS 'algorithm': '{algorithm}'."
        raise _malformed(service, reason)
    parts: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or " " in value:
            reason = (
                f"'{value or name}' not a valid key=value pair (missing equal-sign) in Authorization header: "
                f"'{authorization}'."
            )
            raise _malformed(service, reason)
        parts[name] = value
    dated = headers.get("x-amz-date") or headers.get("date")
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parts.get(name)
    ]
    if not dated:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing or not dated:
        raise _malformed(service, f"{' '.join(missing)} Authorization={authorization}")
    scope = _scope(parts["Credential"], presigned=False)
    return Signature(
        scope,
        tuple(parts["SignedHeaders"].split(";")),
        parts["Signature"],
        _timestamp(dated, scope.service, presigned=False, from_header="x-amz-date" not in headers),
        None,
        headers.get("x-amz-security-token"),
        presigned=False,
    )


def _read_query(query: dict[str, str]) -> Signature:
    credential = query.get(CREDENTIAL_PARAMETER, "")
    service = _service_in(credential)
    for name in (*_TELLTALE_PARAMETERS, DATE_PARAMETER, SIGNED_HEADERS_PARAMETER):
        if not query.get(name):
            raise _malformed(service, f"AWS query-string parameters must include '{name}'.", presigned=True)
    if query[ALGORITHM_PARAMETER] != ALGORITHM:
        reason = f"Unsupported AWS 'algorithm': '{query[ALGORITHM_PARAMETER]}'."
        raise _malformed(service, reason, presigned=True)
    scope = _scope(credential, presigned=True)
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


def _scope(credential: str, *, presigned: bool) -> Scope:
    parts = credential.split("/")
    if len(parts) != 5:
        reason = (
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{credential}'"
        )
        raise _malformed(_service_in(credential), reason, presigned=presigned)
    access_key_id, date, region, service, terminator = parts
    reason = ""
    if terminator != TERMINATOR:
        reason = f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'."
    elif not (len(date) == 8 and date.isascii() and date.isdigit()):
        reason = f"Date in Credential scope must have the form YYYYMMDD, got '{date}'"
    elif not (access_key_id and region and service):
        reason = f"Credential must name an access key, a region and a service, got '{credential}'"
    if reason:
        raise _malformed(service, reason, presigned=presigned)
    return Scope(access_key_id, date, region, service)


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
            return _basic(moment.astimezone(UTC) if moment.tzinfo else moment)
    reason = f"Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
    raise _malformed(service, reason, presigned=presigned)


def _moment(timestamp: str) -> datetime:
    return datetime.fromisoformat(timestamp).replace(tzinfo=None)


def _basic(moment: datetime) -> str:
    return moment.replace(tzinfo=None, microsecond=0).isoformat().translate(_PUNCTUATION) + "Z"


_PUNCTUATION = str.maketrans("", "", "-:")


def _expires(text: str | None, service: str) -> int | None:
    if text is None:
        if service == "s3":
            raise _malformed(
                service, f"AWS query-string parameters must include '{EXPIRES_PARAMETER}'.", presigned=True
            )
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
        raise _malformed(service, reason, presigned=True)
    return int(text)


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
        raise _malformed("s3", reason, presigned=signature.presigned)
    raise _mismatch(
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
    if not unsigned:
        return
    if signature.scope.service == "s3":
        raise errors.AccessDenied(reason="There were headers present in the request which were not signed")
    name = "'Host' or ':authority'" if "host" in unsigned else f"'{unsigned[0]}'"
    raise _mismatch(signature.scope.service, f"{name} must be a 'SignedHeader' in the AWS Authorization.")


def _check_time(signature: Signature, now: datetime) -> None:
    service = signature.scope.service
    skew = _S3_SKEW if service == "s3" else _SKEW
    age = now - _moment(signature.timestamp)
    limit = skew if signature.expires is None else timedelta(seconds=signature.expires)
    if -skew <= age <= limit:
        return
    if service == "ec2":
        raise errors.RequestExpired()
    if service == "s3":
        if signature.expires is None:
            raise errors.RequestTimeTooSkewed()
        reason = "Request has expired" if age > limit else "Request is not yet valid"
        raise errors.AccessDenied(reason=reason)
    minutes = skew // timedelta(minutes=1)
    if age > limit:
        reason = f"Signature expired: {signature.timestamp} is now earlier than {_basic(now - limit)}"
        reason += f" ({_basic(now)} - {minutes} min.)" if signature.expires is None else ""
    else:
        reason = (
            f"Signature not yet current: {signature.timestamp} is still later than {_basic(now + skew)} "
            f"({_basic(now)} + {minutes} min.)"
        )
    raise errors.SignatureRefused(reason=reason)


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
            raise errors.XAmzContentSHA256Mismatch()
        raise _mismatch(service, "The provided 'x-amz-content-sha256' header does not match what was computed.")
    return stated


def _is_block(service: str, headers: Mapping[str, str]) -> bool:
    """Whether the body is a block of a snapshot, which a signed header holds the checksum of."""
    return service == "ebs" and "x-amz-checksum" in headers


# Refusals


def _malformed(service: str, reason: str, *, presigned: bool = False) -> errors.CloudError:
    if service == "ec2":
        return errors.AuthFailureSignature(reason=reason)
    if service == "s3":
        if presigned:
            return errors.AuthorizationQueryParametersError(reason=reason)
        return errors.AuthorizationHeaderMalformed(reason=reason)
    return errors.IncompleteSignature(reason=reason)


def _mismatch(service: str, reason: str = "") -> errors.CloudError:
    if service == "ec2":
        return errors.AuthFailure()
    if service == "s3":
        return errors.SignatureDoesNotMatchS3()
    return errors.SignatureRefused(reason=reason) if reason else errors.SignatureDoesNotMatch()
