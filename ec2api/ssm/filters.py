"""ParameterFilters as SQL.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_, select

from backend import errors
from backend.db import reading
from backend.db.models import Parameter, ParameterTag, ParameterVersion
from backend.ssm import names

_columns = reading.table_of(Parameter).c
_COLUMNS = {
    "Name": _columns.name,
    "Type": _columns.type,
    "KeyId": _columns.key_id,
    "Tier": _columns.tier,
    "DataType": _columns.data_type,
}
_OPTIONS = {"Name": ("Equals", "BeginsWith", "Contains"), "Path": ("OneLevel", "Recursive"), "Label": ("Equals",)}
TYPES = ("String", "StringList", "SecureString")


def conditions(given: Sequence[Mapping[str, Any]], allowed: Sequence[str]) -> list[ColumnElement[bool]]:
    """InvalidFilterKey for a key not ``allowed`` here or there twice, InvalidFilterOption, InvalidFilterValue."""
    found = []
    seen: set[str] = set()
    for wanted in given:
        key = wanted["Key"]
        kind = "tag" if key.startswith("tag:") else key
        if kind not in allowed:
            raise errors.InvalidFilterKey(
                reason=f"The following filter key is not valid: {key}. "
                f"Valid filter keys include: [{', '.join(allowed)}]."
            )
        if key in seen:
            raise errors.InvalidFilterKey(reason=f"The filter key {key} occurs more than once.")
        seen.add(key)
        found.append(_condition(key, wanted.get("Option"), wanted.get("Values") or []))
    return found


def _condition(key: str, option: str | None, values: Sequence[str]) -> ColumnElement[bool]:
    options = _OPTIONS.get(key, ("Equals", "BeginsWith") if key in ("Type", "KeyId") else ("Equals",))
    if (chosen := option or options[0]) not in options:
        raise errors.InvalidFilterOption(
            reason=f"The following filter option is not valid: {chosen}. Valid options include: [{', '.join(options)}]."
        )
    if not values and not key.startswith("tag:"):
        raise errors.InvalidFilterValue(reason=f"The filter {key} needs a value.")
    if key == "Type" and chosen == "Equals" and (wrong := [value for value in values if value not in TYPES]):
        raise errors.InvalidFilterValue(reason=f"The following filter value is not valid: {wrong[0]}.")
    if key == "Path":
        recursive = chosen == "Recursive"
        return or_(*(names.below(_columns.name, path, recursive=recursive) for path in values))
    if key == "Label":
        return _labelled(values)
    if key.startswith("tag:"):
        tag = reading.table_of(ParameterTag).c
        matching = [tag.key == key[4:], *([tag.value.in_(values)] if values else [])]
        return _columns.row.in_(select(tag.parameter_row).where(*reading.scope_of(ParameterTag), *matching))
    column = _COLUMNS[key]
    if chosen == "BeginsWith":
        return or_(*(column.startswith(value, autoescape=True) for value in values))
    if chosen == "Contains":
        return or_(*(column.contains(value, autoescape=True) for value in values))
    return column.in_(values)


def _labelled(values: Sequence[str]) -> ColumnElement[bool]:
    """Parameters with a version that has one of the labels. A label's form leaves nothing to escape in JSON."""
    version = reading.table_of(ParameterVersion).c
    quoted = [cast(version.labels, String).contains(f'"{value}"', autoescape=True) for value in values]
    chosen = select(version.parameter_row).where(*reading.scope_of(ParameterVersion), or_(*quoted))
    return _columns.row.in_(chosen)
