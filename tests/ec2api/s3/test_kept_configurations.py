"""Configurations that a bucket may have many of."""

from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused

DESTINATION = {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV", "Prefix": "p"}}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "analytics": {
        "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}},
        "StorageClassAnalysis": {"DataExport": {"OutputSchemaVersion": "V_1", "Destination": DESTINATION}},
    },
    "intelligent_tiering": {
        "Status": "Enabled",
        "Filter": {"Prefix": "a/"},
        "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}, {"Days": 180, "AccessTier": "DEEP_ARCHIVE_ACCESS"}],
    },
    "inventory": {
        "Destination": DESTINATION,
        "IsEnabled": True,
        "IncludedObjectVersions": "All",
        "OptionalFields": ["Size", "ETag"],
        "Schedule": {"Frequency": "Daily"},
    },
    "metrics": {"Filter": {"Tag": {"Key": "k", "Value": "v"}}},
}


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"kept-{account}"
    s3.create_bucket(Bucket=name)
    return name


class Kind:
    """The four calls of a kind of configuration."""

    def __init__(self, s3: Any, bucket: str, name: str) -> None:
        self.s3, self.bucket, self.name = s3, bucket, name
        self.member = "".join(word.title() for word in name.split("_")) + "Configuration"
        self.document = DOCUMENTS[name]

    def call(self, verb: str, suffix: str = "", **given: Any) -> Any:
        return getattr(self.s3, f"{verb}_bucket_{self.name}_configuration{suffix}")(Bucket=self.bucket, **given)

    def put(self, id: str, *, query: str | None = None, **changed: Any) -> None:
        self.call("put", Id=query or id, **{self.member: {"Id": id, **self.document, **changed}})

    def get(self, id: str) -> Any:
        return self.call("get", Id=id)[self.member]

    def listed(self, **given: Any) -> Any:
        return self.call("list", "s", **given)


@pytest.fixture(params=DOCUMENTS)
def kind(s3: Any, bucket: str, request: pytest.FixtureRequest) -> Kind:
    return Kind(s3, bucket, request.param)


def test_life(kind: Kind) -> None:
    assert f"{kind.member}List" not in kind.listed()
    for id in ("b", "a"):
        kind.put(id)
        assert kind.get(id) == {"Id": id, **kind.document}
    answer = kind.listed()
    assert [found["Id"] for found in answer[f"{kind.member}List"]] == ["a", "b"]
    assert (answer["IsTruncated"], "NextContinuationToken" in answer) == (False, False)
    kind.put("a")
    assert len(kind.listed()[f"{kind.member}List"]) == 2
    kind.call("delete", Id="a")
    for verb in ("get", "delete"):
        with refused("NoSuchConfiguration", status=404):
            kind.call(verb, Id="a")
    assert kind.get("b")["Id"] == "b"


def test_refused(kind: Kind) -> None:
    with refused("InvalidArgument"):
        kind.put("one", query="other")
    with refused("InvalidArgument"):
        kind.put("not an id")
    assert f"{kind.member}List" not in kind.listed()


def test_values_refused(s3: Any, bucket: str) -> None:
    tiering, inventory = Kind(s3, bucket, "intelligent_tiering"), Kind(s3, bucket, "inventory")
    for days, tier in ((89, "ARCHIVE_ACCESS"), (179, "DEEP_ARCHIVE_ACCESS"), (731, "ARCHIVE_ACCESS")):
        with refused("InvalidArgument"):
            tiering.put("id", Tierings=[{"Days": days, "AccessTier": tier}])
    with refused("InvalidArgument"):
        inventory.put("id", Destination={"S3BucketDestination": {"Bucket": "reports", "Format": "CSV"}})
    with refused("MalformedXML"):
        inventory.put("id", IncludedObjectVersions="Some")


def test_pages(shared_cloud: Embedded, s3: Any, bucket: str) -> None:
    kind = Kind(s3, bucket, "metrics")
    for n in range(101):
        kind.put(f"{n:03}")
    first = kind.listed()
    assert (len(first["MetricsConfigurationList"]), first["IsTruncated"]) == (100, True)
    rest = kind.listed(ContinuationToken=first["NextContinuationToken"])
    assert ([found["Id"] for found in rest["MetricsConfigurationList"]], rest["IsTruncated"]) == (["100"], False)
    with refused("InvalidArgument"):
        kind.listed(ContinuationToken="what")


def test_too_many(monkeypatch: pytest.MonkeyPatch, s3: Any, bucket: str) -> None:
    monkeypatch.setattr("backend.s3.kept_configurations.MOST", 2)
    kind = Kind(s3, bucket, "metrics")
    kind.put("a")
    kind.put("b")
    with refused("TooManyConfigurations"):
        kind.put("c")
    kind.put("b")
