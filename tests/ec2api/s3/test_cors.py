"""Rules for pages of other origins: which S3 takes, what a preflight is told, and the headers of answers."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from backend.s3 import cors
from tests.conftest import Embedded

RULES: list[dict[str, Any]] = [
    {"AllowedMethods": ["GET"], "AllowedOrigins": ["*suffix"], "ExposeHeaders": ["ETag", "x-amz-meta-a"]},
    {"AllowedMethods": ["GET"], "AllowedOrigins": ["start*end"], "AllowedHeaders": ["X-Amz-*", "range"]},
    {"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": ["start*end"], "MaxAgeSeconds": 0},
    {"AllowedMethods": ["PUT"], "AllowedOrigins": ["http://a.put", "*.put"], "MaxAgeSeconds": 3000},
    {"AllowedMethods": ["DELETE"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]},
]


class Pages:
    """A bucket with an object that all may read, and pages of other origins that ask for it."""

    def __init__(self, cloud: Embedded, account: str) -> None:
        self.cloud = cloud
        self.s3 = cloud.client("s3", account=account)
        self.bucket = f"cors-{account}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"x", ACL="public-read")

    def put(self, *rules: dict[str, Any]) -> None:
        self.s3.put_bucket_cors(Bucket=self.bucket, CORSConfiguration={"CORSRules": list(rules)})

    def ask(self, verb: str, key: str = "k", *, origin: str = "", **headers: str) -> Any:
        uri = f"/{self.bucket}/{key}"
        given = {f"Access-Control-Request-{name.title()}": value for name, value in headers.items()}
        if origin:
            given["Origin"] = origin
        return self.cloud.app.test_client().open(
            uri, method=verb, headers=given, environ_overrides={"RAW_URI": uri}, buffered=True
        )

    def refusal(self, *rules: dict[str, Any]) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            self.put(*rules)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture
def pages(shared_cloud: Embedded, account: str) -> Pages:
    return Pages(shared_cloud, account)


def allowed(answer: Any) -> tuple[int, str | None, str | None]:
    found = answer.headers
    return answer.status_code, found.get("Access-Control-Allow-Origin"), found.get("Access-Control-Allow-Methods")


def test_rules_are_kept(pages: Pages) -> None:
    with pytest.raises(ClientError) as caught:
        pages.s3.get_bucket_cors(Bucket=pages.bucket)
    assert caught.value.response["Error"]["Code"] == "NoSuchCORSConfiguration"
    pages.put(*RULES)
    assert pages.s3.get_bucket_cors(Bucket=pages.bucket)["CORSRules"] == RULES
    named = {"ID": "one", **RULES[0]}
    pages.put(named)
    assert pages.s3.get_bucket_cors(Bucket=pages.bucket)["CORSRules"] == [named]
    for _ in range(2):
        pages.s3.delete_bucket_cors(Bucket=pages.bucket)
    with pytest.raises(ClientError):
        pages.s3.get_bucket_cors(Bucket=pages.bucket)


def test_rules_that_are_none(pages: Pages) -> None:
    def rule(**changes: Any) -> dict[str, Any]:
        return {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], **changes}

    assert pages.refusal(rule(AllowedMethods=["GET", "PATCH"])) == (
        "InvalidRequest",
        "Found unsupported HTTP method in CORS config. Unsupported method is PATCH",
    )
    assert pages.refusal(rule(AllowedMethods=["get"]))[0] == "InvalidRequest"
    assert pages.refusal(rule(AllowedOrigins=["http://*.*"])) == (
        "InvalidRequest",
        'AllowedOrigin "http://*.*" can not have more than one wildcard.',
    )
    assert pages.refusal(rule(AllowedHeaders=["**"]))[0] == "InvalidRequest"
    assert pages.refusal(rule(ExposeHeaders=["x-*"]))[0] == "InvalidRequest"
    assert pages.refusal(rule(ID="x" * 256))[0] == "InvalidRequest"
    assert pages.refusal(*[rule()] * 101)[0] == "InvalidRequest"
    assert pages.refusal()[0] == "MalformedXML"
    assert pages.refusal({"AllowedMethods": ["GET"]})[0] == "MalformedXML"
    pages.put(*[rule()] * 100)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("", (200, None, None)),
        ("foo.suffix", (200, "foo.suffix", "GET")),
        ("foo.bar", (200, None, None)),
        ("foo.suffix.get", (200, None, None)),
        ("startend", (200, "startend", "GET")),
        ("start1end", (200, "start1end", "GET")),
        ("starend", (200, None, None)),
        ("0start12end", (200, None, None)),
        ("foo.put", (200, None, None)),
    ],
)
def test_answers_to_reads(pages: Pages, origin: str, expected: tuple[int, str | None, str | None]) -> None:
    pages.put(*RULES)
    answer = pages.ask("GET", origin=origin)
    assert allowed(answer) == expected
    assert answer.data == b"x"
    assert ("Vary" in answer.headers) is (expected[1] is not None)


def test_answers_of_errors(pages: Pages) -> None:
    pages.put(*RULES)
    refused = pages.ask("PUT", origin="foo.put")
    assert allowed(refused) == (403, "foo.put", "PUT")
    assert refused.headers["Access-Control-Max-Age"] == "3000"
    assert refused.headers["Access-Control-Allow-Credentials"] == "true"
    assert allowed(pages.ask("PUT", origin="foo.suffix")) == (403, None, None)
    assert allowed(pages.ask("PUT", origin="foo.suffix", method="GET")) == (403, "foo.suffix", "GET")
    assert allowed(pages.ask("PUT", origin="foo.suffix", method="PUT")) == (403, None, None)
    missing = pages.ask("DELETE", "absent", origin="any")
    assert allowed(missing) == (403, "*", "DELETE")
    assert "Access-Control-Allow-Credentials" not in missing.headers
    unsigned = pages.cloud.app.test_client().put(
        f"/{pages.bucket}/k",
        headers={"Origin": "foo.put", "Authorization": "AWS4-HMAC-SHA256 nonsense"},
        environ_overrides={"RAW_URI": f"/{pages.bucket}/k"},
    )
    assert allowed(unsigned) == (400, "foo.put", "PUT")


def test_exposed_headers(pages: Pages) -> None:
    pages.put(*RULES)
    answer = pages.ask("GET", origin="a.suffix")
    assert answer.headers["Access-Control-Expose-Headers"] == "ETag, x-amz-meta-a"
    assert "Access-Control-Max-Age" not in answer.headers


def test_preflight(pages: Pages) -> None:
    pages.put(*RULES)
    answer = pages.ask("OPTIONS", origin="startXend", method="GET", headers="X-Amz-Date, Range")
    assert allowed(answer) == (200, "startXend", "GET")
    assert answer.headers["Access-Control-Allow-Headers"] == "x-amz-date, range"
    assert answer.headers["Vary"] == "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
    assert not answer.data
    # The first rule that fits counts, and a later one where the first does not take the headers or the method.
    assert allowed(pages.ask("OPTIONS", origin="startXend", method="HEAD")) == (200, "startXend", "GET, HEAD")
    assert allowed(pages.ask("OPTIONS", "absent", origin="any", method="DELETE", headers="x")) == (200, "*", "DELETE")
    wildcard = pages.ask("OPTIONS", origin="any", method="DELETE")
    assert "Access-Control-Allow-Headers" not in wildcard.headers


def test_preflight_refusals(pages: Pages) -> None:
    def told(**asked: str) -> tuple[int, Any, str]:
        answer = pages.ask("OPTIONS", **asked)
        document = etree.fromstring(answer.data)
        assert "Access-Control-Allow-Origin" not in answer.headers
        return answer.status_code, document.findtext("Code"), str(document.findtext("Message"))

    status, code, message = told(origin="a.put", method="PUT")
    assert (status, code) == (403, "AccessForbidden")
    assert message == "CORSResponse: CORS is not enabled for this bucket."
    pages.put(*RULES)
    assert told()[:2] == (400, "BadRequest")
    assert told(origin="a.suffix")[:2] == (400, "BadRequest")
    assert told(origin="a.suffix", method="PATCH")[:2] == (400, "BadRequest")
    status, code, message = told(origin="a.suffix", method="PUT")
    assert (status, code) == (403, "AccessForbidden")
    assert message.startswith("CORSResponse: This CORS request is not allowed.")
    assert told(origin="a.suffix", method="GET", headers="x-amz-date")[:2] == (403, "AccessForbidden")
    document = etree.fromstring(pages.ask("OPTIONS", origin="x", method="GET").data)
    assert (document.findtext("Method"), document.findtext("ResourceType")) == ("GET", "OBJECT")
    pages.s3.delete_object(Bucket=pages.bucket, Key="k")
    pages.s3.delete_bucket(Bucket=pages.bucket)
    assert told(origin="a.put", method="PUT")[:2] == (404, "NoSuchBucket")
    assert allowed(pages.ask("GET", origin="a.put")) == (404, None, None)


def test_requests_that_cannot_be_read(pages: Pages) -> None:
    assert allowed(pages.ask("GET", "%zz", origin="a.put")) == (400, None, None)
    assert pages.ask("OPTIONS", "%zz", origin="a.put", method="GET").status_code == 400


@given(before=st.text(max_size=5), between=st.text(max_size=5), after=st.text(max_size=5))
def test_a_wildcard_stands_for_anything(before: str, between: str, after: str) -> None:
    before, after = before.replace("*", ""), after.replace("*", "")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": [f"{before}*{after}"]}
    assert cors.match([rule], before + between + after, "GET") == (rule, f"{before}*{after}")
    assert cors.match([rule], f"{before}x{after}", "PUT") is None
    exact = {"AllowedMethods": ["GET"], "AllowedOrigins": [before + after]}
    assert (cors.match([exact], before + between + after, "GET") is not None) is (before + between == before)
