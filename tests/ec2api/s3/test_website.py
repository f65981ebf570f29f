"""Websites of buckets: their configurations, and what visitors are shown."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Embedded

INDEX: dict[str, Any] = {"IndexDocument": {"Suffix": "index.html"}}


class Site:
    """A bucket whose objects all may read, and visitors of its website."""

    def __init__(self, cloud: Embedded, account: str) -> None:
        self.cloud = cloud
        self.s3 = cloud.client("s3", account=account)
        self.bucket = f"site-{account}"
        self.host = f"{self.bucket}.s3-website-us-east-1.localhost:8788"
        self.s3.create_bucket(Bucket=self.bucket)

    def put(self, **document: Any) -> None:
        self.s3.put_bucket_website(Bucket=self.bucket, WebsiteConfiguration=document)

    def page(self, key: str, text: str = "", **options: Any) -> None:
        body = (text or key).encode()
        options = {"ACL": "public-read", "ContentType": "text/html", **options}
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **options)

    def visit(self, path: str = "/", method: str = "GET", headers: Mapping[str, str] | None = None) -> Any:
        client = self.cloud.app.test_client()
        return client.open(
            path.partition("?")[0],
            method=method,
            headers={"Host": self.host, **(headers or {})},
            query_string=path.partition("?")[2],
            environ_overrides={"RAW_URI": path},
            buffered=True,
        )

    def refusal(self, **document: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            self.put(**document)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


@pytest.fixture
def site(shared_cloud: Embedded, account: str) -> Site:
    return Site(shared_cloud, account)


def test_configurations_are_kept(site: Site) -> None:
    def kept() -> Any:
        found = site.s3.get_bucket_website(Bucket=site.bucket)
        return {name: value for name, value in found.items() if name != "ResponseMetadata"}

    with pytest.raises(ClientError) as caught:
        kept()
    assert caught.value.response["Error"]["Code"] == "NoSuchWebsiteConfiguration"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    rule = {
        "Condition": {"KeyPrefixEquals": "a/", "HttpErrorCodeReturnedEquals": "404"},
        "Redirect": {"HostName": "example.org", "Protocol": "https", "ReplaceKeyPrefixWith": "b/"},
    }
    document = {**INDEX, "ErrorDocument": {"Key": "error.html"}, "RoutingRules": [rule]}
    site.put(**document)
    assert kept() == document
    site.put(RedirectAllRequestsTo={"HostName": "example.org"})
    assert kept() == {"RedirectAllRequestsTo": {"HostName": "example.org"}}
    for _ in range(2):
        site.s3.delete_bucket_website(Bucket=site.bucket)
    with pytest.raises(ClientError):
        kept()


def test_configurations_that_are_none(site: Site) -> None:
    def rule(redirect: Any, **condition: str) -> dict[str, Any]:
        return {**INDEX, "RoutingRules": [{"Condition": condition, "Redirect": redirect}]}

    there = {"HostName": "example.org"}
    assert site.refusal() == (
        "InvalidArgument",
        "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
    )
    assert site.refusal(IndexDocument={"Suffix": "a/b"})[0] == "InvalidArgument"
    assert site.refusal(IndexDocument={"Suffix": ""})[0] == "InvalidArgument"
    assert site.refusal(RedirectAllRequestsTo=there, **INDEX)[0] == "InvalidRequest"
    assert site.refusal(**rule(there))[1].startswith("Condition cannot be empty.")
    assert site.refusal(**rule({}, KeyPrefixEquals="a"))[0] == "InvalidRequest"
    assert "both" in site.refusal(**rule({"ReplaceKeyWith": "a", "ReplaceKeyPrefixWith": "b"}, KeyPrefixEquals="a"))[1]
    for code in ("200", "300", "30", "3xx", "400"):
        assert f"({code})" in site.refusal(**rule({"HttpRedirectCode": code}, KeyPrefixEquals="a"))[1]
    for code in ("200", "600", "4", "abc"):
        assert f"({code})" in site.refusal(**rule(there, HttpErrorCodeReturnedEquals=code))[1]
    assert site.refusal(**INDEX, RoutingRules=[{"Redirect": there}] * 51)[0] == "InvalidRequest"
    assert site.refusal(**rule({"Protocol": "ftp"}, KeyPrefixEquals="a"))[0] == "MalformedXML"


def test_index_documents(site: Site) -> None:
    site.put(**INDEX)
    site.page("index.html", "home", Metadata={"a": "b"})
    site.page("docs/index.html", "docs")
    home = site.visit()
    assert (home.status_code, home.data) == (200, b"home")
    assert home.headers["Content-Type"] == "text/html"
    assert home.headers["x-amz-meta-a"] == "b"
    assert site.visit("/?a=b").data == b"home"
    assert site.visit("/docs/").data == b"docs"
    assert site.visit("/docs/index.html").data == b"docs"
    folder = site.visit("/docs")
    assert folder.status_code == 302
    assert folder.headers["Location"] == f"http://{site.host}/docs/"
    assert site.visit("//evil.example").status_code != 302
    site.page("docs", "the object itself")
    assert site.visit("/docs").data == b"the object itself"
    head = site.visit("/docs/", "HEAD")
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", "4")


def test_conditions_and_ranges(site: Site) -> None:
    site.put(**INDEX)
    site.page("index.html", "0123456789")
    etag = site.visit().headers["ETag"]
    assert site.visit(headers={"If-None-Match": etag}).status_code == 304
    part = site.visit(headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data) == (206, b"234")
    wrong = site.visit(headers={"Range": "bytes=99-"})
    assert wrong.status_code == 416
    assert b"InvalidRange" in wrong.data


def test_error_pages(site: Site) -> None:
    nothing = site.visit()
    assert nothing.status_code == 404
    assert nothing.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"<li>Code: NoSuchWebsiteConfiguration</li>" in nothing.data
    site.put(**INDEX)
    # Who may not list learns nothing of what is not there.
    assert site.visit("/absent").status_code == 403
    site.s3.put_bucket_acl(Bucket=site.bucket, ACL="public-read")
    absent = site.visit("/a<b")
    assert absent.status_code == 404
    assert absent.headers["x-amz-error-code"] == "NoSuchKey"
    assert b"<h1>404 Not Found</h1>" in absent.data
    assert b"<li>Key: a&lt;b</li>" in absent.data
    assert b"<li>RequestId: " + absent.headers["x-amz-request-id"].encode() in absent.data
    site.page("secret", ACL="private")
    secret = site.visit("/secret")
    assert secret.status_code == 403
    assert b"<li>Code: AccessDenied</li>" in secret.data
    assert site.visit("/absent", "HEAD").data == b""
    for method in ("PUT", "POST", "DELETE"):
        refused = site.visit("/secret", method)
        assert refused.status_code == 405
        assert b"<li>Code: MethodNotAllowed</li>" in refused.data
    site.host = f"no-{site.bucket}.s3-website.localhost"
    assert b"<li>Code: NoSuchBucket</li>" in site.visit().data


def test_error_documents(site: Site) -> None:
    site.put(**INDEX, ErrorDocument={"Key": "errors/all.html"})
    lost = site.visit("/absent")
    assert lost.status_code == 403
    assert b"An Error Occurred While Attempting to Retrieve a Custom Error Document" in lost.data
    site.page("errors/all.html", "sorry")
    for path, status in (("/absent", 403), ("/docs/", 403)):
        answer = site.visit(path, headers={"Range": "bytes=0-1"})
        assert (answer.status_code, answer.data) == (status, b"sorry")
        assert answer.headers["Content-Type"] == "text/html"
        assert answer.headers["x-amz-error-code"] == "AccessDenied"
    site.s3.put_bucket_acl(Bucket=site.bucket, ACL="public-read")
    assert site.visit("/absent").status_code == 404


def test_redirects_of_objects(site: Site) -> None:
    site.put(**INDEX)
    site.page("old", WebsiteRedirectLocation="/new")
    site.page("index.html", WebsiteRedirectLocation="https://example.org/")
    assert (site.visit("/old").status_code, site.visit("/old").headers["Location"]) == (301, "/new")
    assert site.visit("/").headers["Location"] == "https://example.org/"
    assert site.s3.get_object(Bucket=site.bucket, Key="old")["Body"].read() == b"old"


def test_redirect_of_everything(site: Site) -> None:
    site.put(RedirectAllRequestsTo={"HostName": "example.org", "Protocol": "https"})
    answer = site.visit("/a%20b/?c=d")
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://example.org/a%20b/?c=d")
    site.put(RedirectAllRequestsTo={"HostName": "example.org"})
    assert site.visit("/").headers["Location"] == "http://example.org/"


def test_routing_rules(site: Site) -> None:
    def rule(redirect: Any, **condition: str) -> dict[str, Any]:
        return {"Redirect": redirect, **({"Condition": condition} if condition else {})}

    site.put(
        **INDEX,
        ErrorDocument={"Key": "error.html"},
        RoutingRules=[
            rule({"ReplaceKeyPrefixWith": "documents/"}, KeyPrefixEquals="docs/"),
            rule({"ReplaceKeyWith": "one ü.html", "HttpRedirectCode": "307"}, KeyPrefixEquals="many/"),
            rule(
                {"HostName": "example.org:81", "Protocol": "https", "ReplaceKeyPrefixWith": "report-403/"},
                HttpErrorCodeReturnedEquals="403",
                KeyPrefixEquals="private/",
            ),
            rule({"HostName": "other.example"}, HttpErrorCodeReturnedEquals="404"),
        ],
    )

    def told(path: str) -> tuple[int, str]:
        answer = site.visit(path)
        return answer.status_code, answer.headers.get("Location", answer.text)

    here = f"http://{site.host}"
    site.page("docs/there")
    site.page("error.html", "error")
    site.page("private/open", "open")
    assert told("/docs/there") == (301, f"{here}/documents/there")
    assert told("/docs/") == (301, f"{here}/documents/")
    assert told("/many/of/them") == (307, f"{here}/one%20%C3%BC.html")
    assert told("/private/open") == (200, "open")
    assert told("/private/a") == (301, "https://example.org:81/report-403/a")
    assert told("/else") == (403, "error")
    site.s3.put_bucket_acl(Bucket=site.bucket, ACL="public-read")
    assert told("/else") == (301, "http://other.example/else")
    site.put(**INDEX, RoutingRules=[rule({"HostName": "all.example"})])
    assert told("/") == (301, "http://all.example/")


def test_pages_of_other_origins(site: Site) -> None:
    site.put(**INDEX)
    site.page("index.html")
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["http://a.example"]}]
    site.s3.put_bucket_cors(Bucket=site.bucket, CORSConfiguration={"CORSRules": rules})
    origin = {"Origin": "http://a.example"}
    assert site.visit(headers=origin).headers["Access-Control-Allow-Origin"] == "http://a.example"
    asked = site.visit(method="OPTIONS", headers={**origin, "Access-Control-Request-Method": "GET"})
    assert asked.status_code == 200


def test_what_a_query_service_would_take_is_a_visit_too(site: Site) -> None:
    site.put(**INDEX)
    site.page("index.html", "home")
    assert site.visit("/?Action=DescribeInstances").data == b"home"
