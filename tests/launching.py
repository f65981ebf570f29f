"""What many tests do with instances: find an image, launch, wait for a state, take the code of an error."""

import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backend.catalogue import images


def ami(ec2: Any, architecture: str = "x86_64") -> str:
    """Amazon Linux 2023 in the client's region."""
    return _newest(ec2.meta.region_name, architecture)


@cache
def _newest(region: str, architecture: str) -> str:
    found = [
        i for i in images.public(region) if i.name.startswith("al2023-ami-2023") and i.architecture == architecture
    ]
    return found[-1].image_id


def launch(ec2: Any, *, until: str | None = "running", **given: Any) -> dict[str, Any]:
    """One t3.micro, as it is shown once it has reached a state."""
    wanted = {"ImageId": ami(ec2), "MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro", **given}
    instance: dict[str, Any] = ec2.run_instances(**wanted)["Instances"][0]
    return wait_for(ec2, [instance["InstanceId"]], until)[0] if until else instance


def wait_for(ec2: Any, instance_ids: Sequence[str], wanted: str, seconds: float = 20) -> list[dict[str, Any]]:
    """The instances, once all are in a state."""
    until = time.monotonic() + seconds
    while True:
        reservations = ec2.describe_instances(InstanceIds=list(instance_ids))["Reservations"]
        found = [i for r in reservations for i in r["Instances"]]
        if all(i["State"]["Name"] == wanted for i in found):
            return found
        if time.monotonic() > until:
            pytest.fail(f"not {wanted}: {[(i['InstanceId'], i['State']['Name']) for i in found]}")
        time.sleep(0.02)


def state(ec2: Any, instance_id: str) -> str:
    shown = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    return str(shown["State"]["Name"])


def code_of(call: Callable[..., Any], **given: Any) -> str:
    """The AWS code that a call is refused with."""
    with pytest.raises(ClientError) as refused:
        call(**given)
    return str(refused.value.response["Error"]["Code"])
