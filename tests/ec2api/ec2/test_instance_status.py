"""Status checks: by how long a guest runs, and by whether its host is heard of; in answers and filters alike."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from backend.db.models import Host, Instance
from tests.conftest import Embedded
from tests.launching import code_of, launch, wait_for


def statuses(ec2: Any, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ec2.describe_instance_status(**given)["InstanceStatuses"]
    return found


def matching(ec2: Any, name: str, *values: str) -> list[str]:
    filters = [{"Name": name, "Values": list(values)}]
    return [s["InstanceId"] for s in statuses(ec2, Filters=filters, IncludeAllInstances=True)]


PASSED = [{"Name": "reachability", "Status": "passed"}]


def test_a_running_instance_passes(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    (status,) = statuses(ec2)
    assert status["InstanceId"] == id
    assert status["InstanceState"] == {"Code": 16, "Name": "running"}
    for check in ("InstanceStatus", "SystemStatus", "AttachedEbsStatus"):
        assert status[check] == {"Status": "ok", "Details": PASSED}
    assert status["Events"] == []
    assert status["AvailabilityZoneId"].startswith("use1-az")


def test_types_before_nitro_have_no_check_of_their_volumes(ec2: Any) -> None:
    id = launch(ec2, InstanceType="t2.micro")["InstanceId"]
    (status,) = statuses(ec2, InstanceIds=[id])
    assert "AttachedEbsStatus" not in status
    assert matching(ec2, "attached-ebs-status.status", "ok", "not-applicable") == []


def test_only_running_instances_unless_all_are_asked_for(ec2: Any) -> None:
    running, stopped = (launch(ec2)["InstanceId"] for _ in range(2))
    ec2.stop_instances(InstanceIds=[stopped])
    wait_for(ec2, [stopped], "stopped")
    assert [s["InstanceId"] for s in statuses(ec2)] == [running]
    assert statuses(ec2, InstanceIds=[stopped]) == []
    (status,) = statuses(ec2, InstanceIds=[stopped], IncludeAllInstances=True)
    for check in ("InstanceStatus", "SystemStatus", "AttachedEbsStatus"):
        assert status[check] == {"Status": "not-applicable"}
    assert matching(ec2, "instance-state-name", "stopped") == [stopped]
    assert matching(ec2, "instance-state-code", "80") == [stopped]
    assert matching(ec2, "instance-status.status", "not-*") == [stopped]
    assert matching(ec2, "system-status.status", "ok") == [running]
    assert matching(ec2, "system-status.reachability", "passed") == [running]
    assert matching(ec2, "instance-status.reachability", "ok", "not-applicable") == []
    assert matching(ec2, "attached-ebs-status.status", "ok") == [running]
    assert matching(ec2, "event.code", "instance-stop") == []
    assert code_of(ec2.describe_instance_status, Filters=[{"Name": "tag:Name", "Values": ["x"]}]) == (
        "InvalidParameterValue"
    )


def test_a_started_instance_is_initializing_first(new_cloud: Callable[..., Embedded]) -> None:
    cloud = new_cloud(status_check_seconds=3600)
    ec2 = cloud.client()
    id = launch(ec2)["InstanceId"]
    initializing = {"Status": "initializing", "Details": [{"Name": "reachability", "Status": "initializing"}]}
    (status,) = statuses(ec2)
    assert (status["InstanceStatus"], status["SystemStatus"]) == (initializing, initializing)
    assert matching(ec2, "instance-status.status", "initializing") == [id]
    assert matching(ec2, "instance-status.reachability", "passed") == []
    with cloud.cloud.everywhere(write=True) as uow:
        uow.execute(update(Instance).values(running_since=datetime(2026, 1, 1)))
        uow.commit()
    assert statuses(ec2)[0]["InstanceStatus"] == {"Status": "ok", "Details": PASSED}
    assert matching(ec2, "instance-status.status", "ok") == [id]
    assert matching(ec2, "instance-status.status", "initializing") == []


def test_the_system_check_fails_while_the_host_is_not_heard_of(new_cloud: Callable[..., Embedded]) -> None:
    cloud = new_cloud(heartbeat_seconds=3600)
    ec2 = cloud.client()
    id = launch(ec2)["InstanceId"]
    last_heard = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(minutes=5)
    with cloud.cloud.everywhere(write=True) as uow:
        uow.execute(update(Host).values(heard_at=last_heard))
        uow.commit()
    (status,) = statuses(ec2)
    (detail,) = status["SystemStatus"]["Details"]
    assert (status["SystemStatus"]["Status"], detail["Status"]) == ("impaired", "failed")
    assert detail["ImpairedSince"] == last_heard.replace(tzinfo=UTC) + timedelta(seconds=30)
    unknown = {"Status": "insufficient-data", "Details": [{"Name": "reachability", "Status": "insufficient-data"}]}
    assert status["InstanceStatus"] == unknown
    assert matching(ec2, "system-status.reachability", "failed") == [id]
    assert matching(ec2, "instance-status.status", "ok") == []


def test_pages_and_limits(ec2: Any) -> None:
    reservation = ec2.run_instances(ImageId=launch(ec2)["ImageId"], MinCount=6, MaxCount=6, InstanceType="t3.micro")
    ids = [i["InstanceId"] for i in reservation["Instances"]]
    wait_for(ec2, ids, "running")
    pages = list(ec2.get_paginator("describe_instance_status").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(p["InstanceStatuses"]) for p in pages] == [5, 2]
    describe = ec2.describe_instance_status
    assert code_of(describe, MaxResults=4) == "InvalidParameterValue"
    assert code_of(describe, MaxResults=1001) == "InvalidParameterValue"
    assert code_of(describe, MaxResults=5, InstanceIds=ids) == "InvalidParameterCombination"
    assert code_of(describe, InstanceIds=["i-00000000000000000"]) == "InvalidInstanceID.NotFound"
    many = [f"i-{number:017x}" for number in range(101)]
    assert code_of(describe, InstanceIds=many) == "InvalidParameterValue"
