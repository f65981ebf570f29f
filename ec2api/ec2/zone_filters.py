"""Filters by zone id: which zone an id names differs from account to account."""

from collections.abc import Sequence
from typing import Any

from backend import zones
from backend.db.matching import as_regex
from ec2api.call import Call
from ec2api.describe import Condition, InCall, as_condition


def zone_id(zone: Any) -> InCall:
    """A filter of zone ids on a column that holds zone names."""

    def condition(call: Call, values: Sequence[str]) -> Condition:
        known = zones.ids(call.settings, call.account, call.region)
        names = [name for name, id in known.items() if any(as_regex(v).fullmatch(id) for v in values)]
        return as_condition(zone, names)

    return InCall(condition)
