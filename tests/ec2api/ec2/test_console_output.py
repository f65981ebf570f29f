"""What guests wrote: the console, and the password that none of them has."""

import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update

from backend.db.models import ConsoleOutput
from tests.conftest import Embedded
from tests.launching import code_of, launch


def output(ec2: Any, id: str) -> str:
    """What botocore, which decodes the output, gives once there is some."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if found := ec2.get_console_output(InstanceId=id).get("Output"):
            return str(found)
        time.sleep(0.02)
    raise AssertionError("the guest has written nothing")


def test_the_console_shows_the_boot(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    assert "Linux version" in output(ec2, id)
    answer = ec2.get_console_output(InstanceId=id, Latest=True)
    assert answer["InstanceId"] == id
    assert abs((datetime.now(UTC) - answer["Timestamp"]).total_seconds()) < 60


def test_before_a_guest_writes_there_is_no_output(new_cloud: Callable[..., Embedded]) -> None:
    ec2 = new_cloud(simulated_boot_seconds=30).client()
    id = launch(ec2, until=None)["InstanceId"]
    answer = ec2.get_console_output(InstanceId=id)
    assert "Output" not in answer
    assert answer["InstanceId"] == id
    assert "Timestamp" in answer


def test_the_newest_64_kib_are_kept(shared_cloud: Embedded, ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    output(ec2, id)
    long = b"old" + b"x" * 70_000 + b"new"
    with shared_cloud.cloud.everywhere(write=True) as uow:
        this = update(ConsoleOutput).where(ConsoleOutput.instance_id == id)
        uow.execute(this.values(output=zlib.compress(long)))
        uow.commit()
    shown = output(ec2, id)
    assert len(shown) == 65536
    assert shown.endswith("xnew")


def test_the_latest_output_needs_a_nitro_type(ec2: Any) -> None:
    id = launch(ec2, InstanceType="t2.micro")["InstanceId"]
    assert code_of(ec2.get_console_output, InstanceId=id, Latest=True) == "UnsupportedOperation"
    assert "InstanceId" in ec2.get_console_output(InstanceId=id, Latest=False)
    assert code_of(ec2.get_console_output, InstanceId="i-00000000000000000") == "InvalidInstanceID.NotFound"
    assert code_of(ec2.get_console_output) == "MissingParameter"


def test_other_accounts_cannot_read_it(ec2: Any, shared_cloud: Embedded) -> None:
    id = launch(ec2)["InstanceId"]
    other = shared_cloud.client(account="999999999999")
    assert code_of(other.get_console_output, InstanceId=id) == "InvalidInstanceID.NotFound"
    assert code_of(other.get_password_data, InstanceId=id) == "InvalidInstanceID.NotFound"


def test_the_password_is_empty(ec2: Any) -> None:
    instance = launch(ec2)
    answer = ec2.get_password_data(InstanceId=instance["InstanceId"])
    assert answer["PasswordData"] == ""
    assert answer["Timestamp"] == instance["LaunchTime"]
