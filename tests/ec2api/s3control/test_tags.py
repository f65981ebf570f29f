"""The tags of buckets by S3 Control."""

from typing import Any
from xml.etree import ElementTree

import pytest

from tests.conftest import Embedded
from tests.refusal import refused


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def control(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3control", account=account)


@pytest.fixture
def about(s3: Any, account: str) -> dict[str, str]:
    """What every call says of the bucket."""
    s3.create_bucket(Bucket=f"control-{account}")
    return {"AccountId": account, "ResourceArn": f"arn:aws:s3:::control-{account}"}


def tags(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in given.items()]


def test_life(s3: Any, control: Any, about: dict[str, str], account: str) -> None:
    assert control.list_tags_for_resource(**about)["Tags"] == []
    control.tag_resource(**about, Tags=tags(a="1", b="2"))
    control.tag_resource(**about, Tags=tags(b="3", c="with space & <"[:10]))
    assert control.list_tags_for_resource(**about)["Tags"] == tags(a="1", b="3", c="with space")
    assert s3.get_bucket_tagging(Bucket=f"control-{account}")["TagSet"] == tags(a="1", b="3", c="with space")
    control.untag_resource(**about, TagKeys=["a", "c", "absent"])
    assert control.list_tags_for_resource(**about)["Tags"] == tags(b="3")
    control.untag_resource(**about, TagKeys=["b"])
    with refused("NoSuchTagSet", status=404):
        s3.get_bucket_tagging(Bucket=f"control-{account}")


def test_tags_given_at_creation(s3: Any, control: Any, account: str) -> None:
    bucket = f"tagged-{account}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"Tags": tags(team="a")})
    found = control.list_tags_for_resource(AccountId=account, ResourceArn=f"arn:aws:s3:::{bucket}")
    assert found["Tags"] == tags(team="a")


def test_refused(shared_cloud: Embedded, control: Any, about: dict[str, str], account: str) -> None:
    absent = {**about, "ResourceArn": f"arn:aws:s3:::absent-{account}"}
    with refused("NoSuchResource", status=404):
        control.list_tags_for_resource(**absent)
    with refused("InvalidRequest"):
        control.list_tags_for_resource(**{**about, "ResourceArn": "arn:aws:s3:us-east-1:1:storage-lens-group/x"})
    with refused("InvalidTag"):
        control.tag_resource(**about, Tags=tags(**{"aws:a": "1"}))
    with refused("BadRequest"):
        control.tag_resource(**about, Tags=tags(**{str(n): "" for n in range(51)}))
    for n in (0, 25):
        control.tag_resource(**about, Tags=tags(**{str(m): "" for m in range(n, n + 25)}))
    with refused("BadRequest"):
        control.tag_resource(**about, Tags=tags(more=""))
    other = shared_cloud.client("s3control", account="999999999999")
    with refused("AccessDenied", status=403):
        other.list_tags_for_resource(**about)
    with refused("AccessDenied", status=403):
        control.list_tags_for_resource(**{**about, "AccountId": "999999999999"})
    elsewhere = shared_cloud.client("s3control", account=account, region="eu-central-1")
    with refused("AuthorizationHeaderMalformed"):
        elsewhere.list_tags_for_resource(**about)


def test_document_of_a_refusal(shared_cloud: Embedded, account: str) -> None:
    """Wrapped, as the SDKs unwrap it; by a host of the account."""
    answer = shared_cloud.app.test_client().get(
        "/v20180820/tags/arn",
        base_url=f"http://{account}.localhost:8788",
        environ_overrides={"RAW_URI": "/v20180820/tags/arn"},
    )
    assert answer.status_code == 403
    root = ElementTree.fromstring(answer.data)
    namespace = "{http://awss3control.amazonaws.com/doc/2018-08-20/}"
    assert root.tag == f"{namespace}ErrorResponse"
    assert root.findtext(f"{namespace}Error/{namespace}Code") == "AccessDenied"
    assert root.findtext(f"{namespace}RequestId") == answer.headers["x-amz-request-id"]


def test_not_built(shared_cloud: Embedded, control: Any, account: str) -> None:
    with refused("NotImplemented"):
        control.list_access_points(AccountId=account)
