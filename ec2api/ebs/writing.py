"""Actions that write snapshots block by block."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import event

from backend import direct_snapshots
from backend.cloud import Cloud
from backend.direct_snapshots import Start
from backend.errors import CloudError
from backend.snapshot_blocks import BLOCK_SIZE, Block
from ec2api.call import Call
from ec2api.registry import action


@action(service="ebs")
def start_snapshot(
    call: Call,
    *,
    volume_size: int,
    parent_snapshot_id: str | None = None,
    tags: Sequence[Mapping[str, Any]] = (),
    description: str = "",
    encrypted: bool | None = None,
    kms_key_arn: str | None = None,
    timeout: int = direct_snapshots.TIMEOUT_MINUTES,
) -> dict[str, Any]:
    wanted = Start(volume_size, parent_snapshot_id, description, encrypted, kms_key_arn, timeout)
    snapshot = direct_snapshots.start(call.uow, wanted, tags)
    return {
        "SnapshotId": snapshot.id,
        "OwnerId": snapshot.account,
        "Status": snapshot.state,
        "StartTime": snapshot.created,
        "VolumeSize": snapshot.size_gib,
        "BlockSize": BLOCK_SIZE,
        "Description": snapshot.description or None,
        "Tags": [{"Key": tag["Key"], "Value": tag.get("Value", "")} for tag in tags],
        "ParentSnapshotId": parent_snapshot_id,
        "KmsKeyArn": snapshot.kms_key_id,
        "SseType": "sse-kms" if snapshot.encrypted else "none",
    }


def _stored(cloud: Cloud, parameters: Mapping[str, Any]) -> str:
    """The blob that holds the block, on disk before the row that counts."""
    data = parameters["BlockData"]
    direct_snapshots.check_block(data, parameters["DataLength"], parameters["Checksum"])
    return cloud.blocks.write([data])


@action(service="ebs", prepare=_stored)
def put_snapshot_block(
    call: Call,
    *,
    snapshot_id: str,
    block_index: int,
    block_data: bytes,  # noqa: ARG001 - _stored, which runs before the transaction, takes it
    data_length: int,  # noqa: ARG001 - likewise
    checksum: str,
    checksum_algorithm: str,
    progress: int | None = None,
) -> dict[str, Any]:
    blob: str = call.prepared
    blocks = call.cloud.blocks
    try:
        kept = direct_snapshots.put(call.uow, snapshot_id, Block(block_index, checksum), blob, progress)
    except CloudError:
        blocks.delete([blob])
        raise
    if kept != blob:
        event.listen(call.uow, "after_commit", lambda _uow: blocks.delete([blob]), once=True)
    return {"Checksum": checksum, "ChecksumAlgorithm": checksum_algorithm}


@action(service="ebs")
def complete_snapshot(
    call: Call,
    *,
    snapshot_id: str,
    changed_blocks_count: int,
    checksum: str | None = None,
    checksum_algorithm: str | None = None,  # noqa: ARG001 - the model allows one value
    checksum_aggregation_method: str | None = None,  # noqa: ARG001 - likewise
) -> dict[str, Any]:
    snapshot = direct_snapshots.complete(call.uow, call.settings, snapshot_id, changed_blocks_count, checksum)
    return {"Status": snapshot.state}
