"""The list of versions."""

from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Embedded
from tests.refusal import refused


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"versions-{account}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def fill(s3: Any, bucket: str, keys: list[str]) -> None:
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")


def entries(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Key and version id of versions, and prefixes."""
    of_versions = [(v["Key"], v["VersionId"]) for v in (*answer.get("Versions", ()), *answer.get("DeleteMarkers", ()))]
    return of_versions + [(p["Prefix"], "") for p in answer.get("CommonPrefixes", ())]


def in_pages(s3: Any, bucket: str, size: int, **given: str) -> list[list[tuple[str, str]]]:
    pages, markers = [], {}
    while True:
        answer = s3.list_object_versions(Bucket=bucket, MaxKeys=size, **given, **markers)
        pages.append(entries(answer))
        assert len(pages) < 200
        if not answer["IsTruncated"]:
            return pages
        markers = {name: answer[f"Next{name}"] for name in ("KeyMarker", "VersionIdMarker") if f"Next{name}" in answer}


def test_order(s3: Any, bucket: str) -> None:
    fill(s3, bucket, ["b", "a", "b"])
    s3.delete_object(Bucket=bucket, Key="b")
    answer = s3.list_object_versions(Bucket=bucket)
    assert [v["Key"] for v in answer["Versions"]] == ["a", "b", "b"]
    assert [v["IsLatest"] for v in answer["Versions"]] == [True, False, False]
    assert [(m["Key"], m["IsLatest"]) for m in answer["DeleteMarkers"]] == [("b", True)]
    first, second = answer["Versions"][1:]
    assert s3.get_object(Bucket=bucket, Key="b", VersionId=second["VersionId"])["VersionId"] == second["VersionId"]
    assert first["Owner"]["ID"] == answer["DeleteMarkers"][0]["Owner"]["ID"]
    assert (first["Size"], first["StorageClass"], first["ETag"]) == (
        0,
        "STANDARD",
        '"d41d8cd98f00b204e9800998ecf8427e"',
    )
    assert answer["IsTruncated"] is False
    assert (answer["KeyMarker"], answer["VersionIdMarker"], answer["MaxKeys"]) == ("", "", 1000)


def test_pages_resume_inside_a_key(s3: Any, bucket: str) -> None:
    fill(s3, bucket, ["a", "b", "b", "b", "c"])
    s3.delete_object(Bucket=bucket, Key="b")
    whole = entries(s3.list_object_versions(Bucket=bucket))
    for size in (1, 2, 3, 6):
        pages = in_pages(s3, bucket, size)
        assert all(len(page) == size for page in pages[:-1])
        assert sorted(e for page in pages for e in page) == sorted(whole)
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=2)
    assert (page["NextKeyMarker"], page["NextVersionIdMarker"]) == ("b", page["DeleteMarkers"][0]["VersionId"])
    rest = s3.list_object_versions(Bucket=bucket, KeyMarker="a")
    assert [key for key, _ in entries(rest)] == ["b", "b", "b", "c", "b"]
    assert s3.list_object_versions(Bucket=bucket, MaxKeys=0)["IsTruncated"] is False


def test_delete_page_by_page(s3: Any, bucket: str) -> None:
    fill(s3, bucket, ["a"] * 4 + ["b"] * 3)
    markers: dict[str, str] = {}
    for _ in range(7):
        answer = s3.list_object_versions(Bucket=bucket, MaxKeys=2, **markers)
        for key, id in entries(answer):
            s3.delete_object(Bucket=bucket, Key=key, VersionId=id)
        if not answer["IsTruncated"]:
            break
        markers = {"KeyMarker": answer["NextKeyMarker"], "VersionIdMarker": answer["NextVersionIdMarker"]}
    assert entries(s3.list_object_versions(Bucket=bucket)) == []
    s3.delete_bucket(Bucket=bucket)


def test_delimiter(s3: Any, bucket: str) -> None:
    fill(s3, bucket, ["a", "d/1", "d/2", "d/2", "e/", "f"])
    s3.delete_object(Bucket=bucket, Key="e/")
    answer = s3.list_object_versions(Bucket=bucket, Delimiter="/")
    assert entries(answer)[2:] == [("d/", ""), ("e/", "")]
    assert [v["Key"] for v in answer["Versions"]] == ["a", "f"]
    assert [[key for key, _ in page] for page in in_pages(s3, bucket, 1, Delimiter="/")] == [
        ["a"],
        ["d/"],
        ["e/"],
        ["f"],
    ]
    page = s3.list_object_versions(Bucket=bucket, Delimiter="/", MaxKeys=2)
    assert page["NextKeyMarker"] == "d/"
    assert "NextVersionIdMarker" not in page
    assert [key for key, _ in entries(s3.list_object_versions(Bucket=bucket, Prefix="d/"))] == ["d/1", "d/2", "d/2"]


def test_encoding(s3: Any, bucket: str) -> None:
    fill(s3, bucket, ["a b\n", "ü/1"])
    answer = s3.list_object_versions(Bucket=bucket, EncodingType="url", Delimiter="/")
    assert answer["Versions"][0]["Key"] == "a%20b%0A"
    assert [unquote(p["Prefix"]) for p in answer["CommonPrefixes"]] == ["ü/"]


def test_markers_refused(s3: Any, bucket: str) -> None:
    with refused("InvalidArgument", says="without a key marker"):
        s3.list_object_versions(Bucket=bucket, VersionIdMarker="null")
    with refused("InvalidArgument", says="empty"):
        s3.list_object_versions(Bucket=bucket, KeyMarker="a", VersionIdMarker="")
    with refused("InvalidArgument", says="Invalid version id"):
        s3.list_object_versions(Bucket=bucket, KeyMarker="a", VersionIdMarker="no id")
    with refused("InvalidArgument"):
        s3.list_object_versions(Bucket=bucket, MaxKeys=-1)


def test_not_versioned(s3: Any, account: str) -> None:
    s3.create_bucket(Bucket=f"plain-{account}")
    fill(s3, f"plain-{account}", ["a"])
    found = s3.list_object_versions(Bucket=f"plain-{account}")["Versions"]
    assert [(v["Key"], v["VersionId"], v["IsLatest"]) for v in found] == [("a", "null", True)]


_KEYS = st.text("ab/é", min_size=1, max_size=4)
_made = 0


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    writes=st.lists(st.tuples(_KEYS, st.booleans()), max_size=14),
    size=st.integers(1, 5),
    prefix=st.text("ab/", max_size=2),
    delimiter=st.sampled_from(["", "/", "b", "a/"]),
)
def test_pages_are_the_whole(
    s3: Any, account: str, writes: list[tuple[str, bool]], size: int, prefix: str, delimiter: str
) -> None:
    """Pages of any size hold what the whole list does: each version once, newest first, or the prefix it has."""
    global _made  # noqa: PLW0603
    _made += 1
    bucket = f"pages-{account}-{_made}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    made: dict[str, list[str]] = {}
    for key, deletes in writes:
        call = s3.delete_object if deletes else s3.put_object
        made.setdefault(key, []).insert(0, call(Bucket=bucket, Key=key)["VersionId"])
    wanted: list[tuple[str, str]] = []
    for key in sorted(made, key=str.encode):
        at = key.find(delimiter, len(prefix)) if delimiter and key.startswith(prefix) else -1
        found = [(key[: at + len(delimiter)], "")] if at >= 0 else [(key, id) for id in made[key]]
        wanted += [e for e in found if key.startswith(prefix) and e not in wanted]
    pages = in_pages(s3, bucket, size, Prefix=prefix, Delimiter=delimiter)
    assert all(sorted(page) == sorted(wanted[n * size : (n + 1) * size]) for n, page in enumerate(pages))
    assert sum(map(len, pages)) == len(wanted)
    for first, second in pairwise(pages):
        assert max(key.encode() for key, _ in first) <= min(key.encode() for key, _ in second)
