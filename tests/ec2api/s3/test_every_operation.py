"""Every operation of S3's model does its work or is refused as S3 refuses; and no key is more than a name."""

import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, Shape, StructureShape

from backend.s3.bodies import INLINE
from ec2api.protocol import model
from tests.conftest import Embedded

OF_OTHER_SERVICES = {"ListDirectoryBuckets", "WriteGetObjectResponse"}
"""They are signed for s3express and s3-object-lambda, which this cloud refuses as services of their own."""
OPERATIONS = sorted(set(model.service("s3").operation_names) - OF_OTHER_SERVICES)

KEYS = [
    *("..", ".", "../x", "../../etc/passwd", "a/../b", "a/./b", "/", "//", "/a", "a//b", "a/"),
    *(
        "%2F",
        "%2e%2e%2f",
        "%00",
        "%",
        "%zz",
        "a\0b",
        "\x01\x1f\x7f",
        "a\nb",
        "a\tb",
        " a ",
        "+",
        "a+b c",
        "?x=y",
        "#",
        "&;=",
    ),
    *(
        "\\..\\x",
        "C:\\x",
        "~",
        "$HOME",
        "`id`",
        "'\"",
        "<x/>&amp;",
        "ü" * 512,
        "💥" * 256,
        "x" * 1024,
        "\ue000",
        "e\u0301",
    ),
    *("soap", ".well-known", "_health", "v20180820/tags/x", "partial", "objects"),
]


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"every-{account}"
    s3.create_bucket(Bucket=name)
    return name


def example(shape: Shape, name: str, known: dict[str, str]) -> Any:
    """The least value that the shape takes."""
    if name in known:
        return known[name]
    if isinstance(shape, StructureShape):
        wanted = shape.required_members or list(shape.members)[: 1 if shape.metadata.get("union") else 0]
        return {member: example(shape.members[member], member, known) for member in wanted}
    if isinstance(shape, ListShape):
        return [example(shape.member, name, known)]
    simple: dict[str, Any] = {"blob": b"x", "boolean": True, "timestamp": datetime(2030, 1, 1, tzinfo=UTC)}
    if shape.type_name in ("integer", "long"):
        return 1
    enum = getattr(shape, "enum", None)
    return simple.get(shape.type_name) or (enum[0] if enum else "x")


@pytest.mark.parametrize("name", OPERATIONS)
def test_works_or_is_refused_clearly(shared_cloud: Embedded, s3: Any, bucket: str, name: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"bytes")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    source = f"{bucket}/key"
    known = {"Bucket": bucket, "Key": "key", "UploadId": upload, "CopySource": source, "RenameSource": source}
    shape = model.service("s3").operation_model(name).input_shape
    given = example(shape, "", known) if shape else {}
    method = next(method for method, found in s3.meta.method_to_api_mapping.items() if found == name)
    try:
        answer = getattr(s3, method)(**given)
    except ClientError as refusal:
        answer = refusal.response
        if name.startswith("Head"):  # an answer without a body has no code
            assert answer["Error"]["Message"]
        else:
            assert answer["Error"]["Code"] not in {"InternalError", "500"}, answer
            assert answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] < 500, answer
    assert answer["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize("size", [5, INLINE + 1], ids=["in its row", "in a blob"])
def test_keys_are_names_and_nothing_else(shared_cloud: Embedded, s3: Any, bucket: str, size: int) -> None:
    folder = shared_cloud.cloud.settings.data_dir
    before = files(folder)
    for number, key in enumerate(KEYS):
        s3.put_object(Bucket=bucket, Key=key, Body=bytes([number]) * size, Metadata={"number": str(number)})
    new = files(folder) - before
    assert len(new) == (len(KEYS) if size > INLINE else 0)
    blobs = shared_cloud.cloud.settings.blobs_path / "objects"
    assert all(f.parent.parent == blobs and len(f.name) == 32 and f.name.isalnum() for f in new)
    listed = itertools.chain.from_iterable(
        page["Contents"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, MaxKeys=7)
    )
    assert [found["Key"] for found in listed] == sorted(KEYS, key=str.encode)
    for number, key in enumerate(KEYS):
        answer = s3.get_object(Bucket=bucket, Key=key)
        assert answer["Body"].read() == bytes([number]) * size
        assert answer["Metadata"] == {"number": str(number)}
        assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == size
        copied = s3.copy_object(Bucket=bucket, Key=f"copy/{number}", CopySource={"Bucket": bucket, "Key": key})
        assert copied["CopyObjectResult"]["ETag"] == answer["ETag"]
    for key in KEYS[::2]:
        s3.delete_object(Bucket=bucket, Key=key)
    rest = [{"Key": key} for key in KEYS[1::2] if "\0" not in key and not any(c < " " for c in key if c not in "\t\n")]
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": rest})["Deleted"]) == len(rest)
    left = {found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert not left & ({key["Key"] for key in rest} | set(KEYS[::2]))


@pytest.mark.parametrize(
    "path", ["/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/../../etc/passwd"]
)
def test_paths_lead_nowhere(shared_cloud: Embedded, path: str) -> None:
    answer = shared_cloud.app.test_client().get("/", environ_overrides={"RAW_URI": path, "PATH_INFO": path})
    assert answer.status_code in (400, 403, 404)
    assert b"root:" not in answer.data
    answer.close()


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("ec2api.db")}
