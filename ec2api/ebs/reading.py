"""Actions that read snapshots block by block."""

from typing import Any

from backend import clock, direct_snapshots, errors, snapshot_blocks
from backend.direct_snapshots import TOKEN_LIFE, Page, block_token
from backend.snapshot_blocks import BLOCK_SIZE
from ec2api.call import Call
from ec2api.registry import action

MOST = 10_000


@action(service="ebs", reads=True)
def list_snapshot_blocks(
    call: Call,
    *,
    snapshot_id: str,
    next_token: str | None = None,
    max_results: int = MOST,
    starting_block_index: int = 0,
) -> dict[str, Any]:
    page = Page.of(snapshot_id, next_token, starting_block_index, max_results)
    snapshot = direct_snapshots.readable(call.uow, snapshot_id)
    found = snapshot_blocks.blocks(call.uow, snapshot.manifest_id, page.start, page.limit + 1)
    expires = clock.this_second() + TOKEN_LIFE
    return {
        "Blocks": [
            {"BlockIndex": block.place, "BlockToken": block_token(snapshot_id, block.place, block.checksum, expires)}
            for block in found[: page.limit]
        ],
        "ExpiryTime": expires,
        "VolumeSize": snapshot.size_gib,
        "BlockSize": BLOCK_SIZE,
        "NextToken": page.cut(found),
    }


@action(service="ebs", reads=True)
def list_changed_blocks(
    call: Call,
    *,
    second_snapshot_id: str,
    first_snapshot_id: str | None = None,
    next_token: str | None = None,
    max_results: int = MOST,
    starting_block_index: int = 0,
) -> dict[str, Any]:
    if first_snapshot_id is None:
        raise errors.InvalidDirectValue(reason="FirstSnapshotId and SecondSnapshotId must both be specified.")
    page = Page.of(f"{first_snapshot_id}/{second_snapshot_id}", next_token, starting_block_index, max_results)
    first, second = direct_snapshots.related(call.uow, first_snapshot_id, second_snapshot_id)
    found = snapshot_blocks.differences(call.uow, first.manifest_id, second.manifest_id, page.start, page.limit + 1)
    expires = clock.this_second() + TOKEN_LIFE

    def token(snapshot_id: str, index: int, checksum: str | None) -> str | None:
        return block_token(snapshot_id, index, checksum, expires) if checksum else None

    return {
        "ChangedBlocks": [
            {
                "BlockIndex": changed.place,
                "FirstBlockToken": token(first.id, changed.place, changed.first),
                "SecondBlockToken": token(second.id, changed.place, changed.second),
            }
            for changed in found[: page.limit]
        ],
        "ExpiryTime": expires,
        "VolumeSize": second.size_gib,
        "BlockSize": BLOCK_SIZE,
        "NextToken": page.cut(found),
    }


@action(service="ebs", reads=True)
def get_snapshot_block(call: Call, *, snapshot_id: str, block_index: int, block_token: str) -> dict[str, Any]:
    checksum, blob = direct_snapshots.block_of(call.uow, snapshot_id, block_index, block_token)
    with call.cloud.blocks.open(blob) as file:
        data = file.read()
    return {"BlockData": data, "DataLength": len(data), "Checksum": checksum, "ChecksumAlgorithm": "SHA256"}
