"""Access logs: who may have them where, what their lines say, and that none is lost."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backend import clock
from backend.s3 import canonical_users
from backend.s3.log_delivery import LogDelivery
from ec2api.caller import Caller
from ec2api.s3 import access_log
from ec2api.s3.output import Answer
from ec2api.s3.request import Request
from tests.conftest import Embedded

# As the documentation's own example reads the fields of a line.
FIELD = re.compile(r'\[[^\]]*\]|"[^"]*"|\S+')


class Logged:
    """A bucket, and another that its access is logged to."""

    def __init__(self, cloud: Embedded, account: str) -> None:
        self.cloud, self.account = cloud, account
        self.s3 = cloud.client("s3", account=account)
        self.bucket, self.target = f"logged-{account}", f"logs-{account}"
        for name in (self.bucket, self.target):
            self.s3.create_bucket(Bucket=name)

    def put(self, bucket: str = "", **document: Any) -> None:
        enabled = {"TargetBucket": self.target, "TargetPrefix": "log/", **document}
        self.s3.put_bucket_logging(Bucket=bucket or self.bucket, BucketLoggingStatus={"LoggingEnabled": enabled})

    def refusal(self, **document: Any) -> tuple[int, str]:
        with pytest.raises(ClientError) as caught:
            self.put(**document)
        found = caught.value.response
        return found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]["Code"]

    def keys(self, prefix: str = "") -> list[str]:
        """Of what was delivered."""
        self.cloud.cloud.access_logs.deliver()
        found = self.s3.list_objects_v2(Bucket=self.target, Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in found]

    def lines(self) -> list[list[str]]:
        """All that were delivered, by their fields."""
        texts = [self.s3.get_object(Bucket=self.target, Key=key)["Body"].read().decode() for key in self.keys()]
        return [FIELD.findall(text) for text in "".join(texts).splitlines()]


@pytest.fixture
def logged(shared_cloud: Embedded, account: str) -> Logged:
    return Logged(shared_cloud, account)


def test_configurations(logged: Logged) -> None:
    def kept() -> Any:
        return logged.s3.get_bucket_logging(Bucket=logged.bucket).get("LoggingEnabled")

    assert kept() is None
    document: dict[str, Any] = {
        "TargetGrants": [
            {
                "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
                "Permission": "READ",
            }
        ],
        "TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}},
    }
    logged.put(**document)
    assert kept() == {"TargetBucket": logged.target, "TargetPrefix": "log/", **document}
    logged.put(TargetObjectKeyFormat={"SimplePrefix": {}}, TargetPrefix="")
    assert kept() == {
        "TargetBucket": logged.target,
        "TargetPrefix": "",
        "TargetObjectKeyFormat": {"SimplePrefix": {}},
    }
    logged.s3.put_bucket_logging(Bucket=logged.bucket, BucketLoggingStatus={})
    assert kept() is None


def test_targets_that_are_none(logged: Logged, shared_cloud: Embedded) -> None:
    assert logged.refusal(TargetBucket=f"no-{logged.bucket}") == (400, "InvalidTargetBucketForLogging")
    shared_cloud.client("s3", account="111122223334").create_bucket(Bucket=f"others-{logged.bucket}")
    assert logged.refusal(TargetBucket=f"others-{logged.bucket}") == (400, "InvalidTargetBucketForLogging")
    far = shared_cloud.client("s3", account=logged.account, region="eu-central-1")
    constraint = {"LocationConstraint": "eu-central-1"}
    far.create_bucket(Bucket=f"far-{logged.bucket}", CreateBucketConfiguration=constraint)
    assert logged.refusal(TargetBucket=f"far-{logged.bucket}") == (403, "CrossLocationLoggingProhibited")
    both = {"SimplePrefix": {}, "PartitionedPrefix": {}}
    assert logged.refusal(TargetObjectKeyFormat=both) == (400, "MalformedXML")
    everybody = {"Type": "CanonicalUser", "ID": "nobody"}
    grants = [{"Grantee": everybody, "Permission": "READ"}]
    assert logged.refusal(TargetGrants=grants) == (400, "InvalidArgument")
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    logged.s3.put_bucket_ownership_controls(Bucket=logged.target, OwnershipControls=rules)
    assert logged.refusal(TargetGrants=grants) == (400, "AccessControlListNotSupported")


def test_what_lines_say(logged: Logged) -> None:
    logged.put()
    logged.s3.put_object(Bucket=logged.bucket, Key="a b/ü", Body=b"12345")
    logged.s3.get_object(Bucket=logged.bucket, Key="a b/ü", Range="bytes=1-2")
    with pytest.raises(ClientError):
        logged.s3.head_object(Bucket=logged.bucket, Key="absent")
    logged.s3.list_objects_v2(Bucket=logged.bucket)
    uri = f"/{logged.bucket}/a%20b/%C3%BC"
    headers = {"Referer": 'http://a/"\n'.strip() + '"', "User-Agent": 'evil" agent'}
    logged.cloud.app.test_client().get(uri, headers=headers, environ_overrides={"RAW_URI": uri}, buffered=True)
    lines = logged.lines()
    owner = canonical_users.canonical_id(logged.account)
    assert {len(fields) for fields in lines} == {27}
    assert {tuple(fields[:2]) for fields in lines} == {(owner, logged.bucket)}
    called = ["PUT.OBJECT", "GET.OBJECT", "HEAD.OBJECT", "GET.BUCKET", "GET.OBJECT"]
    assert [fields[6] for fields in lines] == [f"REST.{name}" for name in called]
    put, get, head, _, anonymous = lines
    assert re.fullmatch(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]", put[2])
    assert put[4] == owner
    assert put[6:8] == ["REST.PUT.OBJECT", "a%20b/%C3%BC"]
    assert put[8] == f'"PUT {uri} HTTP/1.1"'
    assert put[9:11] == ["200", "-"]
    assert get[9:13] == ["206", "-", "2", "5"]
    assert get[19:21] == ["SigV4", "-"]
    assert get[21] == "AuthHeader"
    assert head[9:12] == ["404", "NoSuchKey", "-"]
    assert anonymous[4] == "-"
    assert anonymous[9:11] == ["403", "AccessDenied"]
    assert anonymous[16] == '"evil%22 agent"'
    assert anonymous[19:22] == ["-", "-", "-"]


def test_visits_of_a_website(logged: Logged) -> None:
    logged.put()
    site = {"IndexDocument": {"Suffix": "index.html"}}
    logged.s3.put_bucket_website(Bucket=logged.bucket, WebsiteConfiguration=site)
    host = f"{logged.bucket}.s3-website.localhost"
    logged.cloud.app.test_client().get("/a/?%ff", headers={"Host": host}, environ_overrides={"RAW_URI": "/a/?%ff"})
    visit = logged.lines()[-1]
    assert visit[6:8] == ["WEBSITE.GET.OBJECT", "a/"]
    assert visit[8] == '"GET /a/?%ff HTTP/1.1"'
    assert visit[9:11] == ["403", "AccessDenied"]
    assert visit[22] == host


def test_where_objects_are_delivered(logged: Logged) -> None:
    logged.put(TargetPrefix="simple/")
    logged.s3.list_objects_v2(Bucket=logged.bucket)
    day = clock.now()
    (key,) = logged.keys("simple/")
    assert re.fullmatch(r"simple/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}", key)
    grantee = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    for source, hours in (("EventTime", "00-00-00"), ("DeliveryTime", r"\d\d-\d\d-\d\d")):
        prefix = source.lower() + "/"
        partitioned = {"PartitionedPrefix": {"PartitionDateSource": source}}
        grants = [{"Grantee": grantee, "Permission": "READ"}]
        logged.put(TargetPrefix=prefix, TargetObjectKeyFormat=partitioned, TargetGrants=grants)
        logged.s3.list_objects_v2(Bucket=logged.bucket)
        (key,) = logged.keys(prefix)
        folder = f"{prefix}{logged.account}/us-east-1/{logged.bucket}/{day:%Y/%m/%d}/{day:%Y-%m-%d}"
        assert re.fullmatch(rf"{folder}-{hours}-[0-9A-F]{{16}}", key)
        uri = f"/{logged.target}/{key}"
        open_ = logged.cloud.app.test_client().get(uri, environ_overrides={"RAW_URI": uri}, buffered=True)
        assert open_.status_code == 200
        assert open_.headers["Content-Type"] == "text/plain"
        assert open_.text.endswith(" - - -\n")


def test_encrypted_targets(logged: Logged) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    logged.s3.put_bucket_encryption(Bucket=logged.target, ServerSideEncryptionConfiguration={"Rules": [rule]})
    logged.put()
    logged.s3.list_objects_v2(Bucket=logged.bucket)
    (key,) = logged.keys()
    found = logged.s3.get_object(Bucket=logged.target, Key=key)
    assert found["ServerSideEncryption"] == "AES256"
    assert "REST.GET.BUCKET" in found["Body"].read().decode()


def test_a_target_that_lets_nothing_in(logged: Logged) -> None:
    logged.put()
    deny = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", '
        f'"Resource": "arn:aws:s3:::{logged.target}/*"}}]}}'
    )
    logged.s3.put_bucket_policy(Bucket=logged.target, Policy=deny)
    logged.s3.list_objects_v2(Bucket=logged.bucket)
    assert logged.keys() == []


def test_what_is_not_logged(logged: Logged) -> None:
    logged.s3.list_objects_v2(Bucket=logged.bucket)
    logged.put()
    logged.s3.put_bucket_logging(Bucket=logged.bucket, BucketLoggingStatus={})
    logged.s3.list_objects_v2(Bucket=logged.bucket)
    assert logged.keys() == []


def test_no_line_is_lost_at_the_end(new_cloud: Callable[..., Embedded]) -> None:
    cloud = new_cloud(s3_log_delivery_seconds=3600)
    logged = Logged(cloud, "123456789012")
    logged.put()
    for _ in range(20):
        logged.s3.list_objects_v2(Bucket=logged.bucket)
    delivery: LogDelivery = cloud.cloud.access_logs
    delivery.close()
    assert len(logged.lines()) >= 20


def test_the_thread_delivers(new_cloud: Callable[..., Embedded]) -> None:
    logged = Logged(new_cloud(s3_log_delivery_seconds=0.05), "123456789012")
    logged.put()
    logged.s3.list_objects_v2(Bucket=logged.bucket)
    deadline = clock.now().timestamp() + 20
    while not logged.s3.list_objects_v2(Bucket=logged.target).get("Contents"):
        assert clock.now().timestamp() < deadline


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("GET", "/b?versions", {}, "REST.GET.BUCKETVERSIONS"),
        ("PUT", "/b?policy", {}, "REST.PUT.BUCKETPOLICY"),
        ("GET", "/b?location", {}, "REST.GET.LOCATION"),
        ("POST", "/b?delete", {}, "REST.POST.MULTI_OBJECT_DELETE"),
        ("GET", "/b?logging", {}, "REST.GET.LOGGING_STATUS"),
        ("GET", "/b/k?tagging", {}, "REST.GET.OBJECT_TAGGING"),
        ("GET", "/b?tagging", {}, "REST.GET.BUCKET"),
        ("PUT", "/b/k?acl", {}, "REST.PUT.ACL"),
        ("POST", "/b/k?uploads", {}, "REST.POST.UPLOADS"),
        ("PUT", "/b/k?partNumber=1&uploadId=x", {}, "REST.PUT.PART"),
        ("POST", "/b/k?uploadId=x", {}, "REST.POST.UPLOAD"),
        ("PUT", "/b/k", {"x-amz-copy-source": "b/a"}, "REST.COPY.OBJECT"),
        ("PUT", "/b/k?partNumber=1&uploadId=x", {"x-amz-copy-source": "b/a"}, "REST.COPY.PART"),
        ("OPTIONS", "/b/k", {}, "REST.OPTIONS.PREFLIGHT"),
        ("GET", "/k", {"host": "b.s3-website.localhost"}, "WEBSITE.GET.OBJECT"),
        ("DELETE", "/b", {}, "REST.DELETE.BUCKET"),
    ],
)
def test_operations(method: str, path: str, headers: Mapping[str, str], expected: str) -> None:
    assert access_log.operation(Request({}, method, path, headers)) == expected


def test_users_are_named() -> None:
    request = Request({}, "GET", "/b/k", {})
    request.caller = Caller("123456789012", "us-east-1", "arn:aws:iam::123456789012:user/ann", "AIDA", "AKIA", "s3")
    bucket: Any = type("Bucket", (), {"account": "123456789012", "name": "b", "region": "us-east-1"})
    fields = FIELD.findall(access_log.line(request, bucket, Answer(200, {}, b"abc"), 0.0123))
    assert fields[4] == "arn:aws:iam::123456789012:user/ann"
    assert fields[11] == "3"
    assert fields[13] == "12"
