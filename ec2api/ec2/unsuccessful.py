"""How bulk actions show the items that they left as they were, and why."""

from collections.abc import Mapping
from typing import Any

from backend import errors


def show(refused: Mapping[str, errors.CloudError]) -> list[dict[str, Any]]:
    return [
        {"ResourceId": id, "Error": {"Code": fault.code, "Message": fault.message}} for id, fault in refused.items()
    ]
