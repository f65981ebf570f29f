"""The hours of an instance event window: ranges of whole hours in a week, or the same as a cron expression.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/event-windows.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors

WEEK = 7 * 24
SHORTEST, LEAST = 2, 4
"""Hours of each range, and of all together in a week."""

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_SHORT = {day[:3].upper(): str(number) for number, day in enumerate(DAYS)}
_PART = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?")


def check_ranges(ranges: Sequence[Mapping[str, Any]]) -> None:
    """InvalidParameterValue or MissingParameter for what is no event window."""
    hours: set[int] = set()
    for number, one in enumerate(ranges, 1):
        for name in ("StartWeekDay", "StartHour", "EndWeekDay", "EndHour"):
            if name not in one:
                raise errors.MissingParameter(name=f"TimeRange.{number}.{name}")
        start = DAYS.index(one["StartWeekDay"]) * 24 + one["StartHour"]
        end = DAYS.index(one["EndWeekDay"]) * 24 + one["EndHour"]
        length = (end - start) % WEEK
        if length < SHORTEST:
            raise _invalid(f"Each time range must be at least {SHORTEST} hours long.")
        hours.update((start + hour) % WEEK for hour in range(length))
    _check_total(len(hours))


def check_cron(expression: str) -> None:
    """The same for a cron expression, of which only the hour and the day of the week are not ``*``."""
    fields = expression.split()
    if len(fields) != 5 or fields[0] != "*" or fields[2] != "*" or fields[3] != "*":
        raise _invalid("In a cron expression only the hour and the day of the week can be specified.")
    hours = _values(fields[1], 23)
    days = _values("".join(_SHORT.get(p.upper(), p) for p in re.split(r"([,-])", fields[4])), 6)
    ends = [hour for hour in hours if (hour + 1) % 24 not in hours]
    for end in ends:
        start = end
        while (start - 1) % 24 in hours:
            start -= 1
        if end - start + 1 < SHORTEST:
            raise _invalid(f"Each time range must be at least {SHORTEST} hours long.")
    _check_total(len(hours) * len(days))


def _values(field: str, most: int) -> set[int]:
    """``0-4,20`` or ``*`` as numbers."""
    if field == "*":
        return set(range(most + 1))
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if not match:
            raise _invalid(f"The value '{field}' of the cron expression is not valid.")
        first, last = int(match[1]), int(match[2] or match[1])
        if not first <= last <= most:
            raise _invalid(f"The value '{field}' of the cron expression is not valid.")
        found.update(range(first, last + 1))
    return found


def _check_total(hours: int) -> None:
    if hours < LEAST:
        raise _invalid(f"The time ranges of a week must be at least {LEAST} hours in total.")


def _invalid(reason: str) -> errors.CloudError:
    return errors.InvalidValue(reason=reason)
