"""EC2 actions on whether an account's instances can be reached at their serial consoles.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-access-to-serial-console.html
"""

from typing import Any

from backend import account_settings
from ec2api.call import Call
from ec2api.registry import action

NAME = "serial-console-access"


@action
def enable_serial_console_access(call: Call) -> dict[str, Any]:
    account_settings.put(call.uow, NAME, {"enabled": True})
    return {"SerialConsoleAccessEnabled": True}


@action
def disable_serial_console_access(call: Call) -> dict[str, Any]:
    account_settings.put(call.uow, NAME, {})
    return {"SerialConsoleAccessEnabled": False}


@action(reads=True)
def get_serial_console_access_status(call: Call) -> dict[str, Any]:
    found = account_settings.value(call.uow, NAME)
    return {"SerialConsoleAccessEnabled": found is not None, "ManagedBy": "account"}
