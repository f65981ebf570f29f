"""What many tests do with volumes and snapshots: make one, wait for its state."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def poll(look: Callable[[], Any], seconds: float = 20) -> Any:
    """What ``look`` answers, once it is true."""
    until = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > until:
            pytest.fail("what was waited for did not come")
        time.sleep(0.02)
    return found


def volume(ec2: Any, **given: Any) -> dict[str, Any]:
    """A volume of 1 GiB in the first zone unless ``given`` says otherwise, as it is shown once available."""
    wanted = {"AvailabilityZone": "us-east-1a", "Size": 1, **given}
    made = ec2.create_volume(**{name: value for name, value in wanted.items() if value is not None})
    return wait_for_volume(ec2, made["VolumeId"])


def wait_for_volume(ec2: Any, volume_id: str, state: str = "available") -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        shown: dict[str, Any] = ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
        return shown if shown["State"] == state else None

    found: dict[str, Any] = poll(look)
    return found


def gone(ec2: Any, volume_id: str) -> None:
    """Waits until a volume cannot be described any more."""

    def look() -> bool:
        try:
            ec2.describe_volumes(VolumeIds=[volume_id])
        except ClientError as refused:
            return bool(refused.response["Error"]["Code"] == "InvalidVolume.NotFound")
        return False

    poll(look)


def snapshot(ec2: Any, volume_id: str, **given: Any) -> str:
    """The id of a snapshot of a volume, once it is completed."""
    return wait_for_snapshot(ec2, ec2.create_snapshot(VolumeId=volume_id, **given)["SnapshotId"])


def wait_for_snapshot(ec2: Any, snapshot_id: str) -> str:
    def look() -> bool:
        shown = ec2.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"][0]
        return bool(shown["State"] == "completed")

    poll(look)
    return snapshot_id


def wait_for_attachment(ec2: Any, volume_id: str, state: str | None) -> None:
    """Waits until a volume's only attachment has a state; None: until it has no attachment."""

    def look() -> bool:
        attachments = ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]["Attachments"]
        return [a["State"] for a in attachments] == ([state] if state else [])

    poll(look)
