"""What browsers see of S3: questions of other origins, forms, and websites."""

import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from conformance.endpoint import Endpoint
from conformance.wire import Answer, Wire, refused

ORIGIN = "https://www.example.org"


def test_other_origins(s3: Any, wire: Wire, endpoint: Endpoint, bucket: str) -> None:
    assert refused(s3.get_bucket_cors, Bucket=bucket)[:2] == (404, "NoSuchCORSConfiguration")
    rule = {
        "AllowedMethods": ["GET", "PUT"],
        "AllowedOrigins": ["https://*.example.org"],
        "AllowedHeaders": ["x-amz-*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 60,
    }
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ACL="public-read")

    def ask(method: str, origin: str = ORIGIN, **headers: str) -> Answer:
        given = {f"Access-Control-Request-{name}": value for name, value in headers.items()}
        return wire.send(method, f"{endpoint.url}/{bucket}/k", {"Origin": origin, **given})

    told = ask("OPTIONS", Method="PUT", Headers="x-amz-date, X-Amz-Meta-A")
    assert told.status == 200
    assert told.headers["access-control-allow-origin"] == ORIGIN
    assert told.headers["access-control-allow-methods"] == "GET, PUT"
    assert told.headers["access-control-max-age"] == "60"
    assert ask("OPTIONS", Method="DELETE").status == 403
    assert ask("OPTIONS", Method="PUT", Headers="content-type").status == 403
    assert ask("OPTIONS", origin="https://example.com", Method="GET").status == 403
    got = ask("GET")
    assert (got.status, got.body) == (200, b"hello")
    assert got.headers["access-control-allow-origin"] == ORIGIN
    assert got.headers["access-control-expose-headers"] == "ETag"
    assert "access-control-allow-origin" not in ask("GET", origin="https://example.com").headers
    s3.delete_bucket_cors(Bucket=bucket)
    assert ask("OPTIONS", Method="GET").status == 403


def form(fields: Mapping[str, str], file: bytes) -> tuple[dict[str, str], bytes]:
    parts = [f'--mark\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    parts.append('--mark\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n')
    return {"Content-Type": "multipart/form-data; boundary=mark"}, "".join(parts).encode() + file + b"\r\n--mark--\r\n"


def test_forms(s3: Any, wire: Wire, endpoint: Endpoint, bucket: str) -> None:
    extra = {"success_action_status": "201", "x-amz-meta-a": "b", "Content-Type": "image/x"}
    conditions: list[Any] = [*({name: value} for name, value in extra.items()), ["content-length-range", 1, 10]]
    signer = endpoint.client("s3", signature_version="s3v4")
    posted = signer.generate_presigned_post(bucket, "in/${filename}", Fields=extra, Conditions=conditions)

    def post(file: bytes, **changes: str) -> Answer:
        headers, body = form({**posted["fields"], **{n.replace("_", "-"): v for n, v in changes.items()}}, file)
        return wire.send("POST", posted["url"], headers, body)

    done = post(b"hello")
    assert (done.status, done.text("Key"), done.text("Bucket")) == (201, "in/photo.jpg", bucket)
    found = s3.get_object(Bucket=bucket, Key="in/photo.jpg")
    assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (b"hello", "image/x", {"a": "b"})
    assert post(b"x" * 11).error[:2] == (400, "EntityTooLarge")
    assert post(b"").error[:2] == (400, "EntityTooSmall")
    assert post(b"hello", x_amz_meta_a="c").error[:2] == (403, "AccessDenied")
    assert post(b"hello", x_amz_meta_other="c").error[:2] == (403, "AccessDenied")
    assert post(b"hello", x_amz_signature="0" * 64).error[:2] == (403, "SignatureDoesNotMatch")


def test_websites(s3: Any, endpoint: Endpoint, bucket: str) -> None:
    assert refused(s3.get_bucket_website, Bucket=bucket)[:2] == (404, "NoSuchWebsiteConfiguration")
    site = {
        "IndexDocument": {"Suffix": "index.html"},
        "ErrorDocument": {"Key": "error.html"},
        "RoutingRules": [{"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "docs/"}}],
    }
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=site)
    assert s3.get_bucket_website(Bucket=bucket)["IndexDocument"] == site["IndexDocument"]
    for key in ("index.html", "docs/index.html", "error.html"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode(), ContentType="text/html", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="secret", Body=b"")

    def visit(path: str) -> tuple[int, bytes, Any]:
        connection = http.client.HTTPConnection(urlsplit(endpoint.url).netloc, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": f"{bucket}.s3-website.localhost"})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers["Location"]
        finally:
            connection.close()

    assert visit("/") == (200, b"index.html", None)
    assert visit("/docs/") == (200, b"docs/index.html", None)
    assert visit("/docs")[0] == 302
    assert visit("/absent")[:2] == (403, b"error.html")  # nobody may list, so nobody learns that it is not there
    assert visit("/secret")[:2] == (403, b"error.html")
    status, _, location = visit("/old/index.html")
    assert (status, urlsplit(location).path) == (301, "/docs/index.html")


def test_access_logs(s3: Any, endpoint: Endpoint, bucket: str) -> None:
    s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")
    target = {"LoggingEnabled": {"TargetBucket": bucket, "TargetPrefix": "logs/"}}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=target)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == target["LoggingEnabled"]
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
