"""The upload of a file by a browser's form: PutObject, with the form's fields in the place of headers.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from backend import clock, errors
from backend.cloud import Cloud
from ec2api.caller import Authenticator, Caller
from ec2api.protocol import model, readers, rest_xml
from ec2api.s3 import post_form, post_policy
from ec2api.s3.addressing import KEY_LIMIT
from ec2api.s3.output import Answer
from ec2api.s3.payload import Payload
from ec2api.s3.placing import placed
from ec2api.s3.post_form import Form
from ec2api.s3.request import Request

_HEADERS = {
    "acl": "x-amz-acl",
    **{
        name: name
        for name in (
            *("cache-control", "content-disposition", "content-encoding", "content-language", "content-type"),
            "expires",
        )
    },
}
"""The header that says the same in PutObject, of the fields whose names do not begin with x-amz-."""
_AMZ = "x-amz-"
_REDIRECTS = ("success_action_redirect", "redirect")  # the second is the old name of the first
_XML = "application/xml"


@dataclass(frozen=True)
class Posted:
    """A form whose signature and policy hold, and what its file is to become."""

    form: Form
    caller: Caller
    payload: Payload
    parameters: Mapping[str, Any]
    """Those of PutObject, by AWS's names."""

    def answer(self, request: Request, values: Mapping[str, Any]) -> Answer:
        """What the form asked to be told. ``values``: the answer of PutObject."""
        fields, bucket = self.form.fields, request.address.bucket or ""
        headers = rest_xml.answer(_operation(), values).headers
        etag = values["ETag"]
        target = next((fields[name] for name in _REDIRECTS if fields.get(name)), "")
        if location := _redirected(target, bucket, self.form.key, etag):
            return Answer(303, {**headers, "Location": location})
        headers["Location"] = location = _location(request, bucket, self.form.key)
        match fields.get("success_action_status"):
            case "200":
                return Answer(200, headers)
            case "201":
                found = {"Location": location, "Bucket": bucket, "Key": self.form.key, "ETag": etag}
                content = "".join(f"<{name}>{rest_xml.escape(text)}</{name}>" for name, text in found.items())
                body = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{content}</PostResponse>'
                return Answer(201, {**headers, "Content-Type": _XML}, body.encode())
        return Answer(204, headers)


def read(request: Request, cloud: Cloud, authenticator: Authenticator) -> Posted:
    """The form of a request, up to its file; from here on the request is about the form's key.

    Raises what ``post_form`` and ``post_policy`` raise, the refusals of signatures, NoSuchBucket and KeyTooLongError.
    """
    form = post_form.read(request.headers.get("content-type", ""), request.environ["wsgi.input"], _length(request))
    bucket = request.address.bucket or ""
    size = len(form.key.encode())
    if size > KEY_LIMIT:
        raise errors.KeyTooLong(size=size, limit=KEY_LIMIT)
    caller = _caller(form, bucket, cloud, authenticator)
    sizes = None
    if "policy" in form.fields:
        policy = post_policy.read(form.fields["policy"])
        policy.check(form.fields, bucket=bucket, now=clock.now())
        sizes = policy.sizes
    payload = Payload.of_form(form.fields, form.file, sizes)
    request.address = replace(request.address, key=form.key)
    return Posted(form, caller, payload, _parameters(form, bucket))


def _length(request: Request) -> int | None:
    """Of the body in bytes; None where it is chunked."""
    if "chunked" in request.headers.get("transfer-encoding", "").lower():
        return None
    text = request.headers.get("content-length", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise errors.MissingContentLength()
    return int(text)


def _caller(form: Form, bucket: str, cloud: Cloud, authenticator: Authenticator) -> Caller:
    """Who signed the policy; nobody where the form has none."""
    signature = post_form.signature(form)
    if signature is None:
        return authenticator.anonymous()
    return authenticator.authenticate_form(placed(signature, bucket, cloud), form.fields["policy"])


def _parameters(form: Form, bucket: str) -> Mapping[str, Any]:
    headers = {
        _HEADERS.get(name, name): value.encode().decode("latin-1")  # as a header would bring it
        for name, value in form.fields.items()
        if name in _HEADERS or name.startswith(_AMZ)
    }
    found = rest_xml.parse(_operation(), {"Bucket": bucket, "Key": form.key}, (), headers, None)
    if document := form.fields.get("tagging"):
        shape = _operation("PutObjectTagging").input_shape.members["Tagging"]
        tags = readers.read(document.encode(), shape, "Tagging").get("TagSet", ())
        found["Tagging"] = urlencode([(tag["Key"], tag["Value"]) for tag in tags])
    return found


def _operation(name: str = "PutObject") -> Any:
    return model.service("s3").operation_model(name)


def _location(request: Request, bucket: str, key: str) -> str:
    scheme = "https" if request.secure else "http"
    folder = "" if request.address.virtual else f"/{quote(bucket)}"
    return f"{scheme}://{quote(request.host, safe=':[]')}{folder}/{quote(key, safe='')}"


def _redirected(target: str, bucket: str, key: str, etag: str) -> str:
    """Where the browser goes from here; nowhere by what is no address, as if the form had not asked."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc or not target.isprintable():
        return ""
    about = urlencode({"bucket": bucket, "key": key, "etag": etag}, quote_via=quote)
    query = f"{parts.query}&{about}" if parts.query else about
    return quote(parts._replace(query=query).geturl(), safe="!#$%&'()*+,/:;=?@[]~")
