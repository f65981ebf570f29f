"""Tags: AWS's limits on them, and the rows that hold them.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert

from backend import errors, ids, states
from backend.db import reading
from backend.db.base import Resource, Tag
from backend.db.unit_of_work import ANYWHERE, UnitOfWork, require_found

LIMIT, KEY_LENGTH, VALUE_LENGTH = 50, 128, 256

_tags = reading.table_of(Tag)
_INSERT = insert(_tags)
_REPLACED = delete(_tags).where(
    _tags.c.resource_id.in_(bindparam("resources", expanding=True)),
    _tags.c.key.in_(bindparam("keys", expanding=True)),
    _tags.c.account == bindparam("account"),
    _tags.c.region == bindparam("region"),
)


def checked(pairs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """A caller's ``[{"Key": ..., "Value": ...}]`` as a dict, or the AWS error for what is wrong with it."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, value = pair.get("Key"), pair.get("Value", "")
        if not key:
            raise errors.InvalidValue(reason="Tag keys must have at least one character.")
        check_key(key)
        if len(value) > VALUE_LENGTH:
            raise errors.InvalidValue(reason=f"Tag value exceeds the maximum length of {VALUE_LENGTH} characters")
        if key in found:
            raise errors.InvalidValue(reason=f"Duplicate tag key '{key}' specified.")
        found[key] = value
    if len(found) > LIMIT:
        raise _too_many()
    return found


def _too_many() -> errors.CloudError:
    return errors.TagLimitExceeded(reason=f"The resultant tag set must not have more than {LIMIT} user tags.")


def check_key(key: str) -> None:
    if len(key) > KEY_LENGTH:
        raise errors.InvalidValue(reason=f"Tag key exceeds the maximum length of {KEY_LENGTH} characters")
    if key.lower().startswith("aws:"):
        raise errors.InvalidValue(
            reason=f"Value ( {key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for "
            "internal use"
        )


def rows(uow: UnitOfWork, kind: str, id: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tags of a new resource, for a bulk insert."""
    return [
        {
            "resource_id": id,
            "key": key,
            "value": value,
            "resource_type": kind,
            "account": uow.account,
            "region": uow.region,
        }
        for key, value in tags.items()
    ]


def attach(uow: UnitOfWork, resource: Resource, tags: Mapping[str, str]) -> None:
    """Give a new resource its tags."""
    if tags:
        uow.execute(insert(Tag), rows(uow, resource.KIND, resource.id, tags))


def put(uow: UnitOfWork, resource_ids: Sequence[str], tags: Mapping[str, str]) -> None:
    """Set tags on resources of any type, silently replacing values; all of them or, with an error, none."""
    kinds = _kinds(uow, resource_ids)
    present: dict[str, set[str]] = {id: set() for id in kinds}
    for tag in reading.by(uow, Tag.resource_id, kinds):
        present[tag.resource_id].add(tag.key)
    for keys in present.values():
        if len([k for k in keys | set(tags) if not k.startswith("aws:")]) > LIMIT:
            raise _too_many()
    connection = uow.for_reading()
    if any(not keys.isdisjoint(tags) for keys in present.values()):
        here = {"account": uow.account, "region": uow.region}
        connection.execute(_REPLACED, {"resources": list(kinds), "keys": list(tags), **here})
    connection.execute(_INSERT, [row for id, kind in kinds.items() for row in rows(uow, kind, id, tags)])
    _tell_hosts(uow, kinds)


def remove(uow: UnitOfWork, resource_ids: Sequence[str], wanted: Sequence[Mapping[str, Any]] | None) -> None:
    """Delete tags: by key, by key and value where a value is given, or all of the caller's where none are named."""
    kinds = _kinds(uow, resource_ids)
    of_these = delete(Tag).where(Tag.resource_id.in_(list(kinds))).execution_options(synchronize_session=False)
    if not wanted:
        uow.execute(of_these.where(~Tag.key.like("aws:%")))
    for pair in wanted or ():
        check_key(pair.get("Key") or "")
        statement = of_these.where(Tag.key == pair.get("Key"))
        if "Value" in pair:
            statement = statement.where(Tag.value == pair["Value"])
        uow.execute(statement)
    _tell_hosts(uow, kinds)


def forget(uow: UnitOfWork, resource_ids: Iterable[str]) -> None:
    """Delete every tag of resources that are gone, those that others gave them too."""
    gone = delete(Tag).where(Tag.resource_id.in_(list(resource_ids)))
    uow.execute(gone, execution_options={"synchronize_session": False, **ANYWHERE})


def _kinds(uow: UnitOfWork, resource_ids: Sequence[str]) -> dict[str, str]:
    """The type of each resource by its id; the type's NotFound error, or InvalidID for what is no id at all.

    What several accounts have in common (``TAGGED_BY_ALL``) each of them tags for itself.
    """
    by_model: dict[type[Resource], list[str]] = {}
    for id in resource_ids:
        model = Resource.BY_PREFIX.get(ids.prefix_of(id) or "")
        if model is None or not model.KIND:
            raise errors.InvalidID(id=id)
        by_model.setdefault(model, []).append(id)
    kinds: dict[str, str] = {}
    for model, wanted in by_model.items():
        shared = getattr(model, "TAGGED_BY_ALL", False)
        found = {r.id for r in reading.by(uow, model.id, wanted) if shared or r.account == uow.account}
        require_found(model, wanted, found)
        kinds.update(dict.fromkeys(wanted, model.KIND))
    return kinds


def _tell_hosts(uow: UnitOfWork, kinds: Mapping[str, str]) -> None:
    """Instance tags are part of a guest's specification (its metadata may show them)."""
    if instances := [id for id, kind in kinds.items() if kind == "instance"]:
        states.touch_all(uow, instances)
        uow.converge(instances)
