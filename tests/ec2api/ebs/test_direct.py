"""The EBS direct APIs: snapshots written and read block by block, and what volumes made of them hold."""

import base64
import hashlib
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backend import access_keys, clock, key_file, snapshot_blocks
from backend.conductor import unused_blocks
from backend.db.models import Snapshot
from tests.conftest import Embedded
from tests.launching import code_of
from tests.storage import poll, snapshot, volume, wait_for_snapshot

SIZE = snapshot_blocks.BLOCK_SIZE


@pytest.fixture
def ebs(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("ebs", account=account)


def block(seed: str) -> bytes:
    return random.Random(seed).randbytes(SIZE)


def checksum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def put(ebs: Any, snapshot_id: str, index: int, data: bytes, **given: Any) -> dict[str, Any]:
    wanted = {
        "SnapshotId": snapshot_id,
        "BlockIndex": index,
        "BlockData": data,
        "DataLength": len(data),
        "Checksum": checksum(data),
        "ChecksumAlgorithm": "SHA256",
    }
    answer: dict[str, Any] = ebs.put_snapshot_block(**{**wanted, **given})
    return answer


def written(ebs: Any, ec2: Any, content: dict[int, bytes], **given: Any) -> str:
    """A completed snapshot with this content."""
    id: str = ebs.start_snapshot(VolumeSize=1, **given)["SnapshotId"]
    for index, data in content.items():
        put(ebs, id, index, data)
    ebs.complete_snapshot(SnapshotId=id, ChangedBlocksCount=len(content))
    return wait_for_snapshot(ec2, id)


def content_of(ebs: Any, snapshot_id: str) -> dict[int, bytes]:
    found = {}
    for listed in ebs.list_snapshot_blocks(SnapshotId=snapshot_id)["Blocks"]:
        answer = ebs.get_snapshot_block(SnapshotId=snapshot_id, **listed)
        data = answer["BlockData"].read()
        assert (answer["DataLength"], answer["Checksum"]) == (SIZE, checksum(data))
        found[listed["BlockIndex"]] = data
    return found


def refusal(call: Callable[..., Any], **given: Any) -> tuple[str, str | None, int]:
    """Code, reason and status of a call that is refused."""
    with pytest.raises(ClientError) as refused:
        call(**given)
    answer = refused.value.response
    return answer["Error"]["Code"], answer.get("Reason"), answer["ResponseMetadata"]["HTTPStatusCode"]


def test_what_was_written_is_read(ebs: Any, ec2: Any, account: str) -> None:
    tags = [{"Key": "Name", "Value": "mine"}]
    begun = ebs.start_snapshot(VolumeSize=2, Description="by hand", Tags=tags, Timeout=10)
    assert begun["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (begun["Status"], begun["OwnerId"], begun["BlockSize"]) == ("pending", account, SIZE)
    assert (begun["VolumeSize"], begun["Tags"], begun["Description"]) == (2, tags, "by hand")
    id = begun["SnapshotId"]
    content = {4095: block("last"), 0: block("first")}
    for index, data in content.items():
        answer = put(ebs, id, index, data, Progress=50)
        assert answer["Checksum"] == checksum(data)
    shown = ec2.describe_snapshots(SnapshotIds=[id])["Snapshots"][0]
    assert (shown["State"], shown["Progress"], shown["Description"]) == ("pending", "50%", "by hand")
    whole = b"".join(hashlib.sha256(content[index]).digest() for index in sorted(content))
    sealed = ebs.complete_snapshot(
        SnapshotId=id,
        ChangedBlocksCount=2,
        Checksum=checksum(whole),
        ChecksumAlgorithm="SHA256",
        ChecksumAggregationMethod="LINEAR",
    )
    assert sealed["ResponseMetadata"]["HTTPStatusCode"] == 202
    wait_for_snapshot(ec2, id)
    shown = ec2.describe_snapshots(SnapshotIds=[id])["Snapshots"][0]
    assert (shown["VolumeSize"], shown["Tags"], shown["FullSnapshotSizeInBytes"]) == (2, tags, 2 * SIZE)
    assert content_of(ebs, id) == content


def test_a_child_has_its_parents_blocks_but_for_those_written_anew(ebs: Any, ec2: Any) -> None:
    parent = written(ebs, ec2, {0: block("a"), 1: block("b"), 5: block("c")})
    child = written(ebs, ec2, {1: block("x"), 9: block("y")}, ParentSnapshotId=parent)
    assert content_of(ebs, child) == {0: block("a"), 1: block("x"), 5: block("c"), 9: block("y")}
    changed = ebs.list_changed_blocks(FirstSnapshotId=parent, SecondSnapshotId=child)
    listed = changed["ChangedBlocks"]
    assert [(c["BlockIndex"], "FirstBlockToken" in c, "SecondBlockToken" in c) for c in listed] == [
        (1, True, True),
        (9, False, True),
    ]
    before = ebs.get_snapshot_block(SnapshotId=parent, BlockIndex=1, BlockToken=listed[0]["FirstBlockToken"])
    assert before["BlockData"].read() == block("b")
    back = ebs.list_changed_blocks(FirstSnapshotId=child, SecondSnapshotId=parent)["ChangedBlocks"]
    assert [(c["BlockIndex"], "FirstBlockToken" in c, "SecondBlockToken" in c) for c in back] == [
        (1, True, True),
        (9, True, False),
    ]
    assert ebs.list_changed_blocks(FirstSnapshotId=child, SecondSnapshotId=child)["ChangedBlocks"] == []


def test_volumes_hold_what_their_snapshot_held(ebs: Any, ec2: Any, shared_cloud: Embedded, account: str) -> None:
    content = {3: block("three"), 7: block("seven")}
    origin = written(ebs, ec2, content)
    made = volume(ec2, Size=2, SnapshotId=origin)["VolumeId"]
    again = snapshot(ec2, made)
    ec2.delete_snapshot(SnapshotId=origin)
    assert content_of(ebs, again) == content
    copied = volume(ec2, Size=None, SnapshotId=again)["VolumeId"]
    (copy,) = ec2.copy_volumes(SourceVolumeId=copied)["Volumes"]
    poll(lambda: ec2.describe_volumes(VolumeIds=[copy["VolumeId"]])["Volumes"][0]["State"] == "available")
    third = snapshot(ec2, copy["VolumeId"])
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=False) as uow:
        first, last = (uow.look_up(Snapshot, id) for id in (again, third))
        assert first.manifest_id == last.manifest_id
    assert content_of(ebs, third) == content
    assert content_of(ebs, snapshot(ec2, volume(ec2)["VolumeId"])) == {}


def test_a_copy_in_another_region_holds_the_same(ebs: Any, ec2: Any, shared_cloud: Embedded, account: str) -> None:
    origin = written(ebs, ec2, {0: block("far")})
    there = {"account": account, "region": "eu-central-1"}
    far, far_ebs = shared_cloud.client(**there), shared_cloud.client("ebs", **there)
    copy = far.copy_snapshot(SourceRegion="us-east-1", SourceSnapshotId=origin)["SnapshotId"]
    wait_for_snapshot(far, copy)
    assert content_of(far_ebs, copy) == {0: block("far")}
    assert refusal(far_ebs.list_snapshot_blocks, SnapshotId=origin)[1] == "SNAPSHOT_NOT_FOUND"


def test_listings_come_in_pages(ebs: Any, ec2: Any) -> None:
    same = block("same")
    id = ebs.start_snapshot(VolumeSize=1)["SnapshotId"]
    for index in range(0, 250, 2):
        put(ebs, id, index, same)
    ebs.complete_snapshot(SnapshotId=id, ChangedBlocksCount=125)
    wait_for_snapshot(ec2, id)
    first = ebs.list_snapshot_blocks(SnapshotId=id, MaxResults=100)
    assert [b["BlockIndex"] for b in first["Blocks"]] == list(range(0, 200, 2))
    rest = ebs.list_snapshot_blocks(SnapshotId=id, MaxResults=100, NextToken=first["NextToken"])
    assert [b["BlockIndex"] for b in rest["Blocks"]] == list(range(200, 250, 2))
    assert "NextToken" not in rest
    late = ebs.list_snapshot_blocks(SnapshotId=id, StartingBlockIndex=201)
    assert late["Blocks"][0]["BlockIndex"] == 202
    empty = written(ebs, ec2, {}, ParentSnapshotId=id)
    wrong = {"SnapshotId": empty, "NextToken": first["NextToken"]}
    assert refusal(ebs.list_snapshot_blocks, **wrong) == ("ValidationException", "INVALID_PAGE_TOKEN", 400)
    assert refusal(ebs.list_snapshot_blocks, SnapshotId=id, MaxResults=99)[0] == "ValidationException"


def test_wrong_writes_are_refused(ebs: Any, ec2: Any) -> None:
    id = ebs.start_snapshot(VolumeSize=1)["SnapshotId"]
    data = block("data")
    wrong = "ValidationException", "INVALID_PARAMETER_VALUE", 400

    def putting(index: int, content: bytes, **given: Any) -> tuple[str, str | None, int]:
        return refusal(lambda: put(ebs, given.pop("snapshot_id", id), index, content, **given))

    assert putting(0, data, Checksum=checksum(b"other")) == wrong
    assert putting(0, data[:-1]) == ("ValidationException", "INVALID_BLOCK", 400)
    assert putting(2048, data) == ("ValidationException", "INVALID_BLOCK", 400)
    assert putting(0, data, ChecksumAlgorithm="MD5") == wrong
    assert putting(0, data, snapshot_id="snap-0123456789abcdef0") == (
        "ResourceNotFoundException",
        "SNAPSHOT_NOT_FOUND",
        404,
    )
    put(ebs, id, 0, data)
    assert refusal(ebs.complete_snapshot, SnapshotId=id, ChangedBlocksCount=2) == wrong
    given = {"SnapshotId": id, "ChangedBlocksCount": 1, "Checksum": checksum(data)}
    assert refusal(ebs.complete_snapshot, **given) == wrong
    assert refusal(ebs.list_snapshot_blocks, SnapshotId=id)[1] == "INVALID_SNAPSHOT_ID"
    assert refusal(ebs.start_snapshot, VolumeSize=1, ParentSnapshotId=id)[1] == "INVALID_SNAPSHOT_ID"
    ebs.complete_snapshot(SnapshotId=id, ChangedBlocksCount=1)
    assert putting(1, data) == ("ValidationException", "INVALID_SNAPSHOT_ID", 400)
    taken = snapshot(ec2, volume(ec2)["VolumeId"])
    assert putting(1, data, snapshot_id=taken) == ("ValidationException", "INVALID_SNAPSHOT_ID", 400)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"VolumeSize": 65537}, "INVALID_VOLUME_SIZE"),
        ({"VolumeSize": 0}, "INVALID_PARAMETER_VALUE"),
        ({}, "INVALID_PARAMETER_VALUE"),
        ({"VolumeSize": 1, "Timeout": 9}, "INVALID_PARAMETER_VALUE"),
        ({"VolumeSize": 1, "Tags": [{"Key": "aws:x", "Value": ""}]}, "INVALID_TAG"),
        ({"VolumeSize": 1, "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/x"}, "INVALID_PARAMETER_VALUE"),
        (
            {"VolumeSize": 1, "Encrypted": True, "ParentSnapshotId": "snap-0123456789abcdef0"},
            "INVALID_PARAMETER_VALUE",
        ),
    ],
)
def test_wrong_starts_are_refused(ebs: Any, ec2: Any, given: dict[str, Any], reason: str) -> None:
    assert refusal(ebs.start_snapshot, **given) == ("ValidationException", reason, 400)
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


def test_wrong_reads_are_refused(ebs: Any, ec2: Any) -> None:
    id, other = written(ebs, ec2, {0: block("a")}), written(ebs, ec2, {0: block("b")})
    (token,) = (b["BlockToken"] for b in ebs.list_snapshot_blocks(SnapshotId=id)["Blocks"])
    invalid = "ValidationException", "INVALID_BLOCK_TOKEN", 400
    assert refusal(ebs.get_snapshot_block, SnapshotId=other, BlockIndex=0, BlockToken=token) == invalid
    assert refusal(ebs.get_snapshot_block, SnapshotId=id, BlockIndex=1, BlockToken=token) == invalid
    assert refusal(ebs.get_snapshot_block, SnapshotId=id, BlockIndex=0, BlockToken="AAAA") == invalid
    pair = {"FirstSnapshotId": id, "SecondSnapshotId": other}
    assert refusal(ebs.list_changed_blocks, **pair) == ("ValidationException", "UNRELATED_SNAPSHOTS", 400)
    assert refusal(ebs.list_changed_blocks, SecondSnapshotId=id)[0] == "ValidationException"


def test_others_read_what_is_shared_with_them(ebs: Any, ec2: Any, shared_cloud: Embedded) -> None:
    id = written(ebs, ec2, {0: block("shared")})
    other = shared_cloud.client("ebs", account="999900001111")
    assert refusal(other.list_snapshot_blocks, SnapshotId=id)[1] == "SNAPSHOT_NOT_FOUND"
    ec2.modify_snapshot_attribute(SnapshotId=id, CreateVolumePermission={"Add": [{"UserId": "999900001111"}]})
    assert content_of(other, id) == {0: block("shared")}


def test_a_start_with_a_client_token_is_one(ebs: Any, ec2: Any) -> None:
    first = ebs.start_snapshot(VolumeSize=1, ClientToken="once")
    assert ebs.start_snapshot(VolumeSize=1, ClientToken="once")["SnapshotId"] == first["SnapshotId"]
    conflict = refusal(ebs.start_snapshot, VolumeSize=2, ClientToken="once")
    assert (conflict[0], conflict[2]) == ("ConflictException", 409)


def test_what_is_not_completed_in_time_fails(ebs: Any, ec2: Any, shared_cloud: Embedded, account: str) -> None:
    id = ebs.start_snapshot(VolumeSize=1)["SnapshotId"]
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        uow.require(Snapshot, id).next_at = clock.now()
        uow.moving = True
        shared_cloud.cloud.commit(uow)
    poll(lambda: ec2.describe_snapshots(SnapshotIds=[id])["Snapshots"][0]["State"] == "error")
    assert refusal(lambda: put(ebs, id, 0, block("late")))[1] == "INVALID_SNAPSHOT_ID"
    given = {"AvailabilityZone": "us-east-1a", "SnapshotId": id}
    assert code_of(ec2.create_volume, **given) == "IncorrectState"


def test_equal_blocks_are_stored_once_and_unused_ones_deleted(new_cloud: Any) -> None:
    cloud: Embedded = new_cloud()
    ec2, ebs = cloud.client(), cloud.client("ebs")
    blocks = cloud.cloud.blocks
    kept = written(ebs, ec2, {0: block("a"), 1: block("a"), 2: block("b")})
    gone = written(ebs, ec2, {0: block("a"), 1: block("c")})
    later = clock.now() + timedelta(hours=2)
    assert len(list(blocks.older(later))) == 3
    ec2.delete_snapshot(SnapshotId=gone)
    assert unused_blocks.collect(cloud.cloud) == 0  # they are left alone for an hour
    orphan = blocks.write([b"of a write that was never committed"])
    assert unused_blocks.collect(cloud.cloud, later) == 2
    assert orphan not in blocks.older(later)
    assert content_of(ebs, kept) == {0: block("a"), 1: block("a"), 2: block("b")}
    ec2.delete_snapshot(SnapshotId=kept)
    assert unused_blocks.collect(cloud.cloud, later) == 2
    assert list(blocks.older(later)) == []


def test_blocks_are_written_under_verified_signatures(new_cloud: Any) -> None:
    cloud: Embedded = new_cloud(auth_mode="sigv4")
    with cloud.cloud.unit_of_work("123456789012", "us-east-1", write=True) as uow:
        key_path = key_file.at(cloud.cloud.settings.key_path)
        key = access_keys.create(uow, key_path, account="123456789012")
        uow.commit()
    ebs = cloud.client("ebs", access_key_id=key.access_key_id, secret=key.secret)
    ec2 = cloud.client(access_key_id=key.access_key_id, secret=key.secret)
    assert content_of(ebs, written(ebs, ec2, {0: block("signed")})) == {0: block("signed")}
    wrong = cloud.client("ebs", access_key_id=key.access_key_id, secret="wrong")
    assert refusal(wrong.start_snapshot, VolumeSize=1)[0] == "InvalidSignatureException"
    unknown = cloud.client("ebs", access_key_id="AKIAIOSFODNN7EXAMPLE", secret="wrong")
    assert refusal(unknown.start_snapshot, VolumeSize=1)[0] == "UnrecognizedClientException"


SIGNED_FOR_EBS = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20261122/us-east-1/ebs/aws4_request, "
    "SignedHeaders=host, Signature=00",
    "X-Amz-Date": "20261122T000000Z",
}


def test_paths_of_nothing_are_not_found(shared_cloud: Embedded) -> None:
    client = shared_cloud.app.test_client()
    for method, path in (("GET", "/snapshots"), ("PUT", "/snapshots/x/blocks"), ("POST", "/volumes")):
        answer = client.open(path, method=method, headers=SIGNED_FOR_EBS)
        assert (answer.status_code, b"InvalidAction" in answer.data) == (404, True)
