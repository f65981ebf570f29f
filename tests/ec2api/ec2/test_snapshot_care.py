"""The archive, locks and fast restore of snapshots."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend import clock
from backend.db.models import SnapshotLock, SnapshotTiering
from tests.conftest import Embedded
from tests.launching import code_of
from tests.storage import poll, snapshot, volume


@pytest.fixture
def taken(ec2: Any) -> str:
    return snapshot(ec2, volume(ec2)["VolumeId"])


def tier(ec2: Any, snapshot_id: str) -> dict[str, Any]:
    by_id = [{"Name": "snapshot-id", "Values": [snapshot_id]}]
    (shown,) = ec2.describe_snapshot_tier_status(Filters=by_id)["SnapshotTierStatuses"]
    found: dict[str, Any] = shown
    return found


def wait_for_tier(ec2: Any, snapshot_id: str, status: str) -> dict[str, Any]:
    poll(lambda: tier(ec2, snapshot_id).get("LastTieringOperationStatus") == status)
    return tier(ec2, snapshot_id)


def test_a_snapshot_goes_to_the_archive_and_back(ec2: Any, taken: str) -> None:
    assert "LastTieringStartTime" not in tier(ec2, taken)
    assert code_of(ec2.restore_snapshot_tier, SnapshotId=taken, PermanentRestore=True) == "IncorrectState"
    begun = ec2.modify_snapshot_tier(SnapshotId=taken, StorageTier="archive")
    assert begun["TieringStartTime"]
    shown = wait_for_tier(ec2, taken, "archival-completed")
    assert (shown["StorageTier"], shown["LastTieringProgress"]) == ("archive", 100)
    assert shown["ArchivalCompleteTime"] >= shown["LastTieringStartTime"]
    assert ec2.describe_snapshots(SnapshotIds=[taken])["Snapshots"][0]["StorageTier"] == "archive"
    given = {"AvailabilityZone": "us-east-1a", "SnapshotId": taken}
    assert code_of(ec2.create_volume, **given) == "IncorrectState"
    copy = {"SourceRegion": "us-east-1", "SourceSnapshotId": taken}
    assert code_of(ec2.copy_snapshot, **copy) == "IncorrectState"
    assert code_of(ec2.modify_snapshot_tier, SnapshotId=taken, StorageTier="archive") == "IncorrectState"
    restored = ec2.restore_snapshot_tier(SnapshotId=taken, PermanentRestore=True)
    assert (restored["IsPermanentRestore"], "RestoreDuration" in restored) == (True, False)
    assert wait_for_tier(ec2, taken, "permanent-restore-completed")["StorageTier"] == "standard"
    assert ec2.create_volume(**given)["SnapshotId"] == taken
    by_operation = [{"Name": "last-tiering-operation", "Values": ["permanent-restore-completed"]}]
    assert len(ec2.describe_snapshot_tier_status(Filters=by_operation)["SnapshotTierStatuses"]) == 1


def test_a_snapshot_is_restored_for_a_time(ec2: Any, taken: str, shared_cloud: Embedded, account: str) -> None:
    ec2.modify_snapshot_tier(SnapshotId=taken, StorageTier="archive")
    wait_for_tier(ec2, taken, "archival-completed")
    begun = ec2.restore_snapshot_tier(SnapshotId=taken, TemporaryRestoreDays=5)
    assert (begun["RestoreDuration"], begun["IsPermanentRestore"]) == (5, False)
    shown = wait_for_tier(ec2, taken, "temporary-restore-completed")
    assert shown["StorageTier"] == "standard"
    assert timedelta(days=4) < shown["RestoreExpiryTime"] - datetime.now(UTC) <= timedelta(days=5)
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        uow.query(SnapshotTiering).one().next_at = clock.now()
        uow.moving = True
        shared_cloud.cloud.commit(uow)
    shown = wait_for_tier(ec2, taken, "archival-completed")
    assert (shown["StorageTier"], "RestoreExpiryTime" in shown) == ("archive", False)


def test_wrong_moves_are_refused(ec2: Any, taken: str) -> None:
    assert code_of(ec2.modify_snapshot_tier, SnapshotId=taken) == "MissingParameter"
    assert code_of(ec2.restore_snapshot_tier, SnapshotId=taken) == "MissingParameter"
    both = {"PermanentRestore": True, "TemporaryRestoreDays": 1}
    assert code_of(ec2.restore_snapshot_tier, SnapshotId=taken, **both) == "InvalidParameterCombination"
    assert code_of(ec2.restore_snapshot_tier, SnapshotId=taken, TemporaryRestoreDays=181) == "InvalidParameterValue"
    absent = {"SnapshotId": "snap-0123456789abcdef0", "StorageTier": "archive"}
    assert code_of(ec2.modify_snapshot_tier, **absent) == "InvalidSnapshot.NotFound"


def locked(ec2: Any, *states: str) -> list[str]:
    filters = [{"Name": "lock-state", "Values": list(states)}] if states else []
    return [s["SnapshotId"] for s in ec2.describe_locked_snapshots(Filters=filters)["Snapshots"]]


def test_a_governance_lock(ec2: Any, taken: str, account: str) -> None:
    assert locked(ec2) == []
    lock = ec2.lock_snapshot(SnapshotId=taken, LockMode="governance", LockDuration=10)
    assert (lock["LockState"], lock["LockDuration"]) == ("governance", 10)
    assert lock["LockExpiresOn"] - lock["LockCreatedOn"] == timedelta(days=10)
    assert code_of(ec2.delete_snapshot, SnapshotId=taken) == "OperationNotPermitted"
    (shown,) = ec2.describe_locked_snapshots(SnapshotIds=[taken])["Snapshots"]
    assert (shown["OwnerId"], shown["LockState"]) == (account, "governance")
    shorter = ec2.lock_snapshot(SnapshotId=taken, LockMode="governance", LockDuration=1)
    assert (shorter["LockDuration"], shorter["LockCreatedOn"]) == (1, lock["LockCreatedOn"])
    ec2.unlock_snapshot(SnapshotId=taken)
    assert code_of(ec2.unlock_snapshot, SnapshotId=taken) == "IncorrectState"
    ec2.delete_snapshot(SnapshotId=taken)


def test_a_compliance_lock(ec2: Any, taken: str, shared_cloud: Embedded, account: str) -> None:
    lock = ec2.lock_snapshot(SnapshotId=taken, LockMode="compliance", LockDuration=10, CoolOffPeriod=2)
    assert (lock["LockState"], lock["CoolOffPeriod"]) == ("compliance-cooloff", 2)
    assert lock["CoolOffPeriodExpiresOn"] - lock["LockCreatedOn"] == timedelta(hours=2)
    ec2.unlock_snapshot(SnapshotId=taken)
    ec2.lock_snapshot(SnapshotId=taken, LockMode="compliance", LockDuration=10)
    assert locked(ec2, "compliance") == [taken]
    assert code_of(ec2.unlock_snapshot, SnapshotId=taken) == "OperationNotPermitted"

    def refused(**given: Any) -> str:
        return code_of(ec2.lock_snapshot, SnapshotId=taken, **{"LockMode": "compliance", **given})

    assert refused(LockDuration=9) == "OperationNotPermitted"
    assert refused(LockDuration=11, CoolOffPeriod=1) == "OperationNotPermitted"
    assert refused(LockDuration=11, LockMode="governance") == "OperationNotPermitted"
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=20)
    longer = ec2.lock_snapshot(SnapshotId=taken, LockMode="compliance", ExpirationDate=until)
    assert (longer["LockExpiresOn"], longer["LockDuration"]) == (until, 20)
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        uow.query(SnapshotLock).one().expires_at = clock.now() - timedelta(seconds=1)
        uow.commit()
    assert (locked(ec2, "expired"), locked(ec2, "compliance")) == ([taken], [])
    ec2.delete_snapshot(SnapshotId=taken)
    assert locked(ec2) == []


def test_wrong_locks_are_refused(ec2: Any, taken: str) -> None:
    def refused(**given: Any) -> str:
        return code_of(ec2.lock_snapshot, **{"SnapshotId": taken, "LockMode": "governance", **given})

    tomorrow = datetime.now(UTC) + timedelta(hours=25)
    assert refused() == "MissingParameter"
    assert refused(LockDuration=1, ExpirationDate=tomorrow) == "InvalidParameterCombination"
    assert refused(ExpirationDate=tomorrow - timedelta(hours=2)) == "InvalidParameterValue"
    assert refused(LockDuration=1, CoolOffPeriod=1) == "InvalidParameterCombination"
    assert refused(LockDuration=0) == "InvalidParameterValue"
    assert refused(LockDuration=1, LockMode="soft") == "InvalidParameterValue"
    assert refused(LockDuration=1, SnapshotId="snap-0123456789abcdef0") == "InvalidSnapshot.NotFound"


def restores(ec2: Any, name: str, value: str) -> list[str]:
    found = ec2.describe_fast_snapshot_restores(Filters=[{"Name": name, "Values": [value]}])
    return [r["State"] for r in found["FastSnapshotRestores"]]


def test_fast_restore_zone_by_zone(ec2: Any, taken: str, account: str) -> None:
    zones, absent = ["us-east-1a", "us-east-1b"], "snap-0123456789abcdef0"
    answer = ec2.enable_fast_snapshot_restores(AvailabilityZones=zones, SourceSnapshotIds=[taken, absent])
    assert [(r["AvailabilityZone"], r["State"]) for r in answer["Successful"]] == [(z, "enabling") for z in zones]
    (failed,) = answer["Unsuccessful"]
    errors = [e["Error"]["Code"] for e in failed["FastSnapshotRestoreStateErrors"]]
    assert (failed["SnapshotId"], errors) == (absent, ["InvalidSnapshot.NotFound"] * 2)
    poll(lambda: restores(ec2, "snapshot-id", taken) == ["enabled", "enabled"])
    (shown, _) = ec2.describe_fast_snapshot_restores()["FastSnapshotRestores"]
    assert shown["OwnerId"] == account
    assert shown["EnablingTime"] <= shown["OptimizingTime"] <= shown["EnabledTime"]
    assert shown["StateTransitionReason"].startswith("Client.UserInitiated")
    assert restores(ec2, "availability-zone", "us-east-1a") == ["enabled"]
    assert restores(ec2, "availability-zone-id", shown["AvailabilityZoneId"]) == ["enabled"]
    assert restores(ec2, "owner-id", account) == ["enabled", "enabled"]
    assert restores(ec2, "state", "disabled") == []
    assert volume(ec2, Size=None, SnapshotId=taken)["FastRestored"] is True
    slow = volume(ec2, Size=None, SnapshotId=taken, AvailabilityZone="us-east-1c")
    assert "FastRestored" not in slow
    fast = [{"Name": "fast-restored", "Values": ["true"]}]
    assert len(ec2.describe_volumes(Filters=fast)["Volumes"]) == 1
    assert code_of(ec2.modify_snapshot_tier, SnapshotId=taken, StorageTier="archive") == "IncorrectState"
    gone = ec2.disable_fast_snapshot_restores(AvailabilityZones=zones[:1], SourceSnapshotIds=[taken])
    assert [r["State"] for r in gone["Successful"]] == ["disabling"]
    poll(lambda: restores(ec2, "state", "disabled") == ["disabled"])
    twice = ec2.disable_fast_snapshot_restores(AvailabilityZones=zones[:1], SourceSnapshotIds=[taken])
    assert twice["Successful"] == []
    again = ec2.enable_fast_snapshot_restores(AvailabilityZones=zones, SourceSnapshotIds=[taken])
    assert [r["State"] for r in again["Successful"]] == ["enabling", "enabled"]
    ec2.delete_snapshot(SnapshotId=taken)
    assert ec2.describe_fast_snapshot_restores()["FastSnapshotRestores"] == []


def test_wrong_zones_are_refused(ec2: Any, taken: str) -> None:
    def refused(**given: Any) -> str:
        return code_of(ec2.enable_fast_snapshot_restores, SourceSnapshotIds=[taken], **given)

    assert refused() == "MissingParameter"
    assert refused(AvailabilityZones=["us-east-1z"]) == "InvalidZone.NotFound"
    both = {"AvailabilityZones": ["us-east-1a"], "AvailabilityZoneIds": ["use1-az1"]}
    assert refused(**both) == "InvalidParameterCombination"
    malformed = {"AvailabilityZones": ["us-east-1a"], "SourceSnapshotIds": ["snap-1"]}
    assert code_of(ec2.enable_fast_snapshot_restores, **malformed) == "InvalidSnapshotID.Malformed"
