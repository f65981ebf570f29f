"""What an instance wrote to its serial console.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html
"""

import zlib
from dataclasses import dataclass
from datetime import datetime

from backend import errors
from backend.db import reading
from backend.db.models import ConsoleOutput, Instance
from backend.db.unit_of_work import UnitOfWork
from backend.instances import changes

LIMIT = 64 * 1024
"""Bytes of the newest output that EC2 keeps."""


@dataclass(frozen=True)
class Output:
    text: bytes | None
    """None until the guest has written something."""
    at: datetime


def output(uow: UnitOfWork, instance_id: str, *, latest: bool = False) -> Output:
    """The newest output that the host sent. ``latest``: only for types on the Nitro System (UnsupportedOperation)."""
    instance = uow.look_up(Instance, instance_id)
    if latest and not changes.facts_of(instance).nitro:
        raise errors.UnsupportedOperation(
            reason=f"The instance type {instance.instance_type} does not support retrieving the latest console output."
        )
    kept = reading.find(uow, ConsoleOutput.instance_id, instance.id)
    if kept is None:
        return Output(None, instance.launch_time)
    return Output(zlib.decompress(kept.output)[-LIMIT:] or None, kept.at)
