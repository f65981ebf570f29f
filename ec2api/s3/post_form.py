"""Forms that browsers upload files with: multipart/form-data, read up to the file, and the file as a stream.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
"""

import re
from dataclasses import dataclass

from werkzeug.http import parse_options_header

from backend import errors
from ec2api import sigv4
from ec2api.s3.aws_chunked import BLOCK
from ec2api.s3.payload import Source, Stream
from ec2api.sigv4 import Scope, Signature

FIELDS_LIMIT = 20 * 1024
"""Bytes of names and values before the file."""

_STEP = 8 * 1024
_HEAD_LIMIT = 8 * 1024
"""Bytes of a part's headers."""
_FILENAME = "${filename}"
_SIGNED = {
    "x-amz-algorithm": "X-Amz-Algorithm",
    "x-amz-credential": "X-Amz-Credential",
    "x-amz-date": "X-Amz-Date",
    "x-amz-signature": "X-Amz-Signature",
    "policy": "Policy",
}
"""The fields of a signed form by name, as S3 writes them: one of them asks for all."""
_VERSION_2 = {"awsaccesskeyid": "AWSAccessKeyId", "signature": "Signature", "policy": "Policy"}
"""Those of a form that is signed by version 2: https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html"""
_DAY = re.compile(r"[0-9]{8}")
_MOMENT = re.compile(r"[0-9]{8}T[0-9]{6}Z")


@dataclass(frozen=True, slots=True)
class Form:
    """``fields``: those before the file, by lower-case name, with the file's name in place of ``${filename}``."""

    fields: dict[str, str]
    filename: str
    file: Stream
    body: Source
    """All of the request's body, for what stands after the file to be drained."""

    @property
    def key(self) -> str:
        return self.fields["key"]


def read(content_type: str, stream: Stream, length: int | None) -> Form:
    """A form, up to its file. ``length``: of the body in bytes; None where only its end will tell.

    PreconditionFailed where it is no form; MalformedPOSTRequest, MaxPostPreDataLengthExceededError, IncompleteBody;
    InvalidArgument without a file or a key. The file's reader raises the same, and IncompleteBody.
    """
    kind, options = parse_options_header(content_type)
    if kind.lower() != "multipart/form-data":
        raise errors.PreconditionFailed(condition="Bucket POST must be of the enclosure-type multipart/form-data")
    boundary = options.get("boundary", "")
    if not boundary or not boundary.isascii() or len(boundary) > 200:
        raise errors.MalformedPOSTRequest()
    body = Source(stream, length, endless=length is None)
    parts = _Parts(body, boundary)
    fields, filename = _fields(parts)
    fields = {name: value.replace(_FILENAME, filename) for name, value in fields.items()}
    if not fields.get("key"):
        raise _missing("key")
    return Form(fields, filename, _FilePart(parts), body)


def signature(form: Form) -> Signature | None:
    """The signature of a form's policy, which is not verified yet; None where the form is not signed.

    One of version 2 is of no date and no region. InvalidArgument where it is not well formed.
    """
    fields = form.fields
    version_2 = "awsaccesskeyid" in fields or "signature" in fields
    if not version_2 and fields.keys().isdisjoint(_SIGNED):
        return None
    for name, written in (_VERSION_2 if version_2 else _SIGNED).items():
        if name not in fields:
            raise _missing(written)
    if version_2:
        scope = Scope(fields["awsaccesskeyid"], "", "", "s3")
        token = fields.get("x-amz-security-token")
        return Signature(scope, (), fields["signature"], "", None, token, presigned=False)
    algorithm, date = fields["x-amz-algorithm"], fields["x-amz-date"]
    if algorithm != sigv4.ALGORITHM:
        raise errors.InvalidArgument(
            reason="Only AWS4-HMAC-SHA256 is supported", name="X-Amz-Algorithm", value=algorithm
        )
    if not _MOMENT.fullmatch(date):
        raise errors.InvalidArgument(
            reason="X-Amz-Date must be formated via ISO8601 Long format", name="X-Amz-Date", value=date
        )
    scope = _scope(fields["x-amz-credential"])
    token = fields.get("x-amz-security-token")
    return Signature(scope, (), fields["x-amz-signature"], date, None, token, presigned=False)


def _scope(credential: str) -> Scope:
    parts = credential.split("/")
    reason = ""
    if len(parts) != 5 or not all(parts):
        reason = 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
    elif not _DAY.fullmatch(parts[1]):
        reason = f'incorrect date format "{parts[1]}". This date in the credential must be in the format "yyyyMMdd".'
    elif parts[3] != "s3":
        reason = f'incorrect service "{parts[3]}". This endpoint belongs to "s3".'
    elif parts[4] != sigv4.TERMINATOR:
        reason = f'incorrect terminal "{parts[4]}". This endpoint uses "{sigv4.TERMINATOR}".'
    if reason:
        raise errors.InvalidArgument(reason=reason, name="X-Amz-Credential", value=credential)
    return Scope(*parts[:4])


def _fields(parts: "_Parts") -> tuple[dict[str, str], str]:
    """The fields before the file, and the file's name."""
    fields: dict[str, str] = {}
    left = FIELDS_LIMIT
    while (head := parts.head()) is not None:
        name = head.get("name", "").lower()
        if name == "file":
            return fields, re.split(r"[/\\]", head.get("filename", ""))[-1]
        value = bytearray()
        while data := parts.data():
            value += data
            if len(value) + len(name) > left:
                raise errors.MaxPostPreDataLengthExceeded(limit=FIELDS_LIMIT)
        left -= len(value) + len(name)
        if not name:
            raise errors.MalformedPOSTRequest()
        try:
            text = value.decode()
        except UnicodeDecodeError as fault:
            raise errors.MalformedPOSTRequest() from fault
        fields[name] = f"{fields[name]},{text}" if name in fields and name.startswith("x-amz-meta-") else text
    raise errors.InvalidArgument(reason="POST requires exactly one file upload per request.", name="file", value="0")


class _Parts:
    """The parts of a form (RFC 7578), one after the other: the head of each, then its data.

    What is held is at most a step and a head, whatever a client sends. MalformedPOSTRequest for what is no form.
    """

    def __init__(self, source: Source, boundary: str) -> None:
        self._source = source
        self._delimiter = b"\r\n--" + boundary.encode("ascii")
        self._held = b"\r\n"  # so that the first delimiter is like the others
        self.step = _STEP

    def head(self) -> dict[str, str] | None:
        """The parameters of the next part's Content-Disposition; None after the last part."""
        while before := self.data():
            if before.strip():
                raise errors.MalformedPOSTRequest()
        self._held = self._held[len(self._delimiter) :]
        while len(self._held) < 2:
            self._fill()
        if self._held.startswith(b"--"):
            return None
        if self._line().strip():
            raise errors.MalformedPOSTRequest()
        left, found = _HEAD_LIMIT, None
        while line := self._line():
            left -= len(line)
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-disposition":
                found = value
            if left < 0:
                break
        if left < 0 or found is None:
            raise errors.MalformedPOSTRequest()
        try:
            kind, parameters = parse_options_header(found.decode().strip())
        except UnicodeDecodeError as fault:
            raise errors.MalformedPOSTRequest() from fault
        if kind.lower() != "form-data":
            raise errors.MalformedPOSTRequest()
        return parameters

    def data(self) -> bytes:
        """More of this part's data; none at its end."""
        while True:
            end = self._held.find(self._delimiter)
            # Without a delimiter, its beginning may still be what is held last.
            sure = end if end >= 0 else len(self._held) - len(self._delimiter) + 1
            if end == 0:
                return b""
            if sure > 0:
                data, self._held = self._held[:sure], self._held[sure:]
                return data
            self._fill()

    def _line(self) -> bytes:
        """The next line without its end."""
        while (end := self._held.find(b"\r\n")) < 0:
            if len(self._held) > _HEAD_LIMIT:
                raise errors.MalformedPOSTRequest()
            self._fill()
        line, self._held = self._held[:end], self._held[end + 2 :]
        return line

    def _fill(self) -> None:
        piece = self._source.read(self.step)
        if not piece:
            raise errors.MalformedPOSTRequest()
        self._held += piece


class _FilePart:
    """The bytes of the part that the parts have come to; what stands after it is not looked at."""

    def __init__(self, parts: _Parts) -> None:
        self._parts = parts
        self._held = b""
        parts.step = BLOCK

    def read(self, size: int, /) -> bytes:
        held = self._held or self._parts.data()
        self._held = held[size:]
        return held[:size]


def _missing(name: str) -> errors.CloudError:
    reason = (
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    )
    return errors.InvalidArgument(reason=reason, name=name, value="")
