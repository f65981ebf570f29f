"""EC2 actions that show what a guest wrote: its console, and the password of a Windows guest."""

import base64
from typing import Any

from backend.db.models import Instance
from backend.instances import console
from ec2api.call import Call
from ec2api.registry import action


@action(reads=True)
def get_console_output(call: Call, *, instance_id: str, latest: bool = False) -> dict[str, Any]:
    found = console.output(call.uow, instance_id, latest=latest)
    return {
        "InstanceId": instance_id,
        "Timestamp": found.at,
        "Output": base64.b64encode(found.text).decode() if found.text is not None else None,
    }


@action(reads=True)
def get_password_data(call: Call, *, instance_id: str) -> dict[str, Any]:
    """AWS answers an empty string while there is no password; no guest of this cloud reports one."""
    instance = call.uow.look_up(Instance, instance_id)
    return {"InstanceId": instance.id, "Timestamp": instance.launch_time, "PasswordData": ""}
