"""Websites as their visitors see them: index and error documents, redirects, and errors as pages.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from backend import errors
from backend.cloud import Cloud
from backend.s3 import buckets, website
from ec2api.protocol import http_fields
from ec2api.s3.output import Answer, Source
from ec2api.s3.request import Request

Read = Callable[[str, str, Mapping[str, str]], Answer]
"""GetObject or HeadObject on behalf of nobody, by the method, the key and the headers; raises their errors."""

_HTML = "text/html; charset=utf-8"
_ABOUT_READING = frozenset(
    {"range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"}
)
_REDIRECT = "x-amz-website-redirect-location"


def answer(cloud: Cloud, request: Request, read: Read) -> Answer:
    """What a visitor gets, who needs the same permissions as anyone unsigned."""
    try:
        return _served(cloud, request, read)
    except errors.CloudError as fault:
        if fault.status == 304:
            return Answer(304, dict(fault.headers))
        return _page(request, fault)


def _served(cloud: Cloud, request: Request, read: Read) -> Answer:
    if request.method not in ("GET", "HEAD"):
        raise errors.MethodNotAllowed(method=request.method, kind="OBJECT").with_headers(Allow="GET, HEAD")
    site = _site(cloud, request)
    if everything := site.get("RedirectAllRequestsTo"):
        protocol = everything.get("Protocol") or _protocol(request)
        return Answer(301, {"Location": f"{protocol}://{_host(everything['HostName'])}{request.raw_uri}"})
    key, rules = request.address.key or "", site.get("RoutingRules", ())
    if rule := website.rule_for(rules, key):
        return _redirected(request, rule, key)
    try:
        return _object(request, site["IndexDocument"]["Suffix"], key, read)
    except errors.CloudError as fault:
        if fault.status < 400:
            raise
        if rule := website.rule_for(rules, key, str(fault.status)):
            return _redirected(request, rule, key)
        if (document := site.get("ErrorDocument")) is None or fault.status >= 500:
            raise
        return _error_document(request, fault, document["Key"], read)


def _site(cloud: Cloud, request: Request) -> Mapping[str, Any]:
    """NoSuchBucket, NoSuchWebsiteConfiguration."""
    name = request.address.bucket
    if name is None or not request.address.virtual:
        raise errors.NoSuchBucket(bucket=request.host)
    with cloud.unit_of_work("", cloud.settings.default_region, write=False) as uow:
        request.bucket = bucket = buckets.require(uow, name)
        found = buckets.configuration(uow, bucket, website.KIND)
    if found is None:
        raise errors.NoSuchWebsiteConfiguration(bucket=name)
    return found


def _object(request: Request, suffix: str, key: str, read: Read) -> Answer:
    """The object, or the index document of a folder; a folder without its slash is told where it is."""
    is_folder = not key or key.endswith("/")
    headers = {name: request.headers[name] for name in _ABOUT_READING if name in request.headers}
    try:
        found = read(request.method, key + suffix if is_folder else key, headers)
    except errors.CloudError as fault:
        if is_folder or fault.status not in (403, 404):
            raise
        try:
            read("HEAD", f"{key}/{suffix}", {})
        except errors.CloudError:
            raise fault from None
        return Answer(302, {"Location": _url(request, f"{key}/")})
    if (target := found.headers.get(_REDIRECT)) is not None:
        if isinstance(found.body, Source):
            found.body.close()
        return Answer(301, {"Location": target})
    return found


def _error_document(request: Request, fault: errors.CloudError, key: str, read: Read) -> Answer:
    try:
        found = read(request.method, key, {})
    except errors.CloudError as second:
        return _page(request, fault, second)
    return Answer(fault.status, {**found.headers, **fault.headers, **_told(fault)}, found.body, fault.code)


def _told(fault: errors.CloudError) -> dict[str, str]:
    """What headers say of an error whose document says it to people."""
    return {"x-amz-error-code": fault.code, "x-amz-error-message": http_fields.header_text(fault.message)}


def _redirected(request: Request, rule: Mapping[str, Any], key: str) -> Answer:
    redirect = rule["Redirect"]
    location = _url(request, website.replaced(rule, key), redirect.get("Protocol"), redirect.get("HostName"))
    return Answer(int(redirect.get("HttpRedirectCode", "301")), {"Location": location})


def _url(request: Request, key: str, protocol: str | None = None, host: str | None = None) -> str:
    return f"{protocol or _protocol(request)}://{_host(host or request.host)}/{quote(key)}"


def _protocol(request: Request) -> str:
    return "https" if request.secure else "http"


def _host(name: str) -> str:
    return quote(name, safe=":[]/")


def _page(request: Request, fault: errors.CloudError, second: errors.CloudError | None = None) -> Answer:
    """An error as a page. ``second``: why the site's own document for it could not be shown."""
    title = f"{fault.status} {_TITLES.get(fault.status, fault.code)}"
    about = {"Code": fault.code, "Message": fault.message, **fault.details}
    about |= {"RequestId": request.id, "HostId": request.host_id}
    text = f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n{_listed(about)}"
    if second is not None:
        text += "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n"
        text += _listed({"Code": second.code, "Message": second.message, **second.details})
    text += "<hr/>\n</body>\n</html>\n"
    headers = {"Content-Type": _HTML, **fault.headers, **_told(fault)}
    return Answer(fault.status, headers, text.encode("utf-8", "replace"), fault.code)


def _listed(items: Mapping[str, str]) -> str:
    lines = "".join(f"<li>{escape(name)}: {escape(text)}</li>\n" for name, text in items.items())
    return f"<ul>\n{lines}</ul>\n"


_TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    412: "Precondition Failed",
    416: "Requested Range Not Satisfiable",
}
