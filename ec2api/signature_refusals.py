"""How each service refuses a signature, by the table in ``ec2api.sigv4``."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from backend import errors

SKEW = timedelta(minutes=5)
S3_SKEW = timedelta(minutes=15)

_PUNCTUATION = str.maketrans("", "", "-:")


def basic(moment: datetime) -> str:
    """A moment in ISO 8601's basic form."""
    return moment.replace(tzinfo=None, microsecond=0).isoformat().translate(_PUNCTUATION) + "Z"


def malformed(service: str, reason: str, *, presigned: bool = False, s3: str = "") -> errors.CloudError:
    """Of a signature that cannot be read; ``s3``: the reason in S3's words, where it has its own."""
    if service == "ec2":
        return errors.AuthFailureSignature(reason=reason)
    if service != "s3":
        return errors.IncompleteSignature(reason=reason)
    if presigned:
        return errors.AuthorizationQueryParametersError(reason=s3 or reason)
    return errors.AuthorizationHeaderMalformed(reason=s3 or reason)


def malformed_credential(service: str, reason: str, *, presigned: bool, s3: str) -> errors.CloudError:
    prefix = "Error parsing the X-Amz-Credential parameter; " if presigned else ""
    return malformed(service, reason, presigned=presigned, s3=prefix + s3)


def two_mechanisms(service: str, authorization: str) -> errors.CloudError:
    reason = (
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
        "parameter or the Authorization header should be specified"
    )
    if service == "s3":
        return errors.InvalidArgument(reason=reason, name="Authorization", value=authorization)
    return malformed(service, reason)


def unsupported_algorithm(service: str, algorithm: str, authorization: str) -> errors.CloudError:
    """Of an Authorization header that is not Signature Version 4's."""
    if algorithm == "AWS":
        return errors.SignatureVersionNotSupported()  # version 2's header, which only S3 ever had
    if service == "s3":
        return errors.InvalidArgument(
            reason="Unsupported Authorization Type", name="Authorization", value=authorization
        )
    return malformed(service, f"Unsupported AWS 'algorithm': '{algorithm}'.")


def undated(service: str, reason: str) -> errors.CloudError:
    """Of a signature in a header without a date that can be read."""
    if service == "s3":
        return errors.AccessDenied(reason="AWS authentication requires a valid Date or x-amz-date header")
    return malformed(service, reason)


def unsigned_headers(service: str, names: Sequence[str]) -> errors.CloudError:
    if service == "s3":
        return errors.HeadersNotSigned(names=", ".join(names))
    name = "'Host' or ':authority'" if "host" in names else f"'{names[0]}'"
    return mismatch(service, f"{name} must be a 'SignedHeader' in the AWS Authorization.")


def untimely(service: str, timestamp: str, signed: datetime, now: datetime, expires: int | None) -> errors.CloudError:
    """Of a signature of the moment ``signed``, which is too old or too early; ``expires``: seconds, if it says so."""
    if service == "ec2":
        return errors.RequestExpired()
    if service == "s3":
        return _untimely_s3(timestamp, signed, now, expires)
    limit = SKEW if expires is None else timedelta(seconds=expires)
    minutes = SKEW // timedelta(minutes=1)
    if now - signed > limit:
        reason = f"Signature expired: {timestamp} is now earlier than {basic(now - limit)}"
        reason += f" ({basic(now)} - {minutes} min.)" if expires is None else ""
    else:
        reason = (
            f"Signature not yet current: {timestamp} is still later than {basic(now + SKEW)} "
            f"({basic(now)} + {minutes} min.)"
        )
    return errors.SignatureRefused(reason=reason)


def _untimely_s3(timestamp: str, signed: datetime, now: datetime, expires: int | None) -> errors.CloudError:
    server_time = now.isoformat(timespec="seconds") + "Z"
    if expires is None:
        return errors.RequestTimeTooSkewed(
            request_time=timestamp, server_time=server_time, skew=S3_SKEW // timedelta(milliseconds=1)
        )
    if now < signed:
        return errors.AccessDenied(reason="Request is not valid yet")
    until = (signed + timedelta(seconds=expires)).isoformat() + "Z"
    return errors.RequestHasExpired(seconds=expires, expires=until, server_time=server_time)


def mismatch(service: str, reason: str = "", **facts: str) -> errors.CloudError:
    """Of a signature that is not the one of the request; S3 tells the ``facts`` that it was computed from."""
    if service == "ec2":
        return errors.AuthFailure()
    if service == "s3":
        return errors.SignatureDoesNotMatchS3(**facts)
    return errors.SignatureRefused(reason=reason) if reason else errors.SignatureDoesNotMatch()


def in_hexadecimal(text: str) -> str:
    """Bytes as S3 shows those that it signed: ``41 57 53``."""
    return text.encode("latin-1", "replace").hex(" ")
