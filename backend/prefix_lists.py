"""Managed prefix lists: sets of CIDR blocks with versions, that security groups and route tables name.

https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
"""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from sqlalchemy import delete

from backend import errors, security_group_rules, tags, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import PrefixList, PrefixListAssociation, PrefixListEntry
from backend.db.models.prefix_lists import AWS
from backend.db.unit_of_work import UnitOfWork

FAMILIES = {"IPv4": IPv4Network, "IPv6": IPv6Network}
MOST_ENTRIES, MOST_CHANGES, LONGEST = 1000, 100, 255
_RESERVED = "com.amazonaws"

Entries = Sequence[Mapping[str, Any]]

_entry = reading.table_of(PrefixListEntry).c


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    name: str,
    address_family: str,
    max_entries: int,
    entries: Entries = (),
    wanted_tags: Mapping[str, str] | None = None,
) -> PrefixList:
    """A new list, in version 1.

    Errors: InvalidParameterValue, PrefixListMaxEntriesExceeded.
    """
    _check_name(name)
    if address_family not in FAMILIES:
        raise errors.InvalidParameterValue(
            value=address_family, name="AddressFamily", reason="Valid values are IPv4 and IPv6."
        )
    _check_size(max_entries)
    wanted = _checked(entries, address_family)
    if len(wanted) > max_entries:
        raise _too_many()
    made = PrefixList(
        account=uow.account,
        region=uow.region,
        name=name,
        address_family=address_family,
        max_entries=max_entries,
        version=1,
    )
    transitions.begin(uow, settings, made, "create-in-progress", "create-complete")
    uow.add(made)
    _add(uow, made, wanted)
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made


def modify(
    uow: UnitOfWork,
    settings: Settings,
    prefix_list_id: str,
    *,
    current_version: int | None = None,
    name: str | None = None,
    add: Entries = (),
    remove: Entries = (),
    max_entries: int | None = None,
) -> PrefixList:
    """Change a list. Other entries make a new version; its name and size don't.

    A size that a security group which names the list has no room for leaves it as it was, ``modify-failed``.
    Errors: IncorrectState, PrefixListVersionMismatch, InvalidPrefixListModification, InvalidParameterValue,
    InvalidParameterCombination, PrefixListMaxEntriesExceeded.
    """
    found = _changeable(uow, prefix_list_id)
    if name is None and max_entries is None and not add and not remove:
        raise errors.InvalidRequest(reason="The request received was invalid.")
    if max_entries is not None and (add or remove):
        raise errors.InvalidParameterCombination(
            reason="The entries and the maximum number of entries of a prefix list cannot be changed at the same time."
        )
    _check_version(found, current_version)
    if name is not None:
        _check_name(name)
        found.name = name
    found.state_message, then = None, "modify-complete"
    if max_entries is not None:
        full = _resize(uow, found, max_entries)
        if full:
            then = "modify-failed"
            found.state_message = f"The following resources do not support the new size: {', '.join(full[:10])}"
    if add or remove:
        _replace(uow, found, add, remove)
    transitions.begin(uow, settings, found, "modify-in-progress", then)
    return found


def _resize(uow: UnitOfWork, found: PrefixList, max_entries: int) -> list[str]:
    """Set the size, unless there are groups whose rules would be too many then: their ids."""
    _check_size(max_entries)
    if len(entries_of(uow, found.id, found.version)) > max_entries:
        raise _too_many()
    full = security_group_rules.without_room(uow, found, max_entries)
    if not full:
        found.max_entries = max_entries
    return full


def _replace(uow: UnitOfWork, found: PrefixList, add: Entries, remove: Entries) -> None:
    wanted = _checked(add, found.address_family)
    gone = {entry.get("Cidr") and _cidr(entry["Cidr"], found.address_family): None for entry in remove}
    if len(remove) > MOST_CHANGES:
        raise _too_many_changes()
    if both := sorted(wanted.keys() & gone.keys()):
        raise errors.InvalidValue(
            reason=f"Request cannot contain Cidr {both[0]} in both AddPrefixListEntries and RemovePrefixListEntries"
        )
    present = {entry.cidr: entry for entry in entries_of(uow, found.id, found.version)}
    for cidr in gone:
        if cidr not in present:
            raise errors.InvalidPrefixListModification(reason=f"The prefix list entry with CIDR {cidr} does not exist.")
    if twice := sorted(wanted.keys() & present.keys()):
        raise errors.InvalidPrefixListModification(reason=f"The prefix list entry with CIDR {twice[0]} already exists.")
    if len(present) - len(gone) + len(wanted) > found.max_entries:
        raise _too_many()
    found.version += 1
    _drop(uow, found, [present[cidr].row for cidr in gone if cidr])
    _add(uow, found, wanted)


def restore(
    uow: UnitOfWork, settings: Settings, prefix_list_id: str, *, previous_version: int, current_version: int
) -> PrefixList:
    """A new version with the entries of an earlier one.

    Errors: IncorrectState, PrefixListVersionMismatch, InvalidParameterValue, PrefixListMaxEntriesExceeded.
    """
    found = _changeable(uow, prefix_list_id)
    _check_version(found, current_version)
    if not 1 <= previous_version < found.version:
        raise errors.InvalidParameterValue(
            value=previous_version, name="PreviousVersion", reason="The prefix list has no such earlier version."
        )
    earlier = {e.cidr: e.description for e in entries_of(uow, found.id, previous_version)}
    if len(earlier) > found.max_entries:
        raise _too_many()
    present = entries_of(uow, found.id, found.version)
    kept = {e.cidr for e in present if e.cidr in earlier and earlier[e.cidr] == e.description}
    found.version += 1
    _drop(uow, found, [e.row for e in present if e.cidr not in kept])
    _add(uow, found, {cidr: text for cidr, text in earlier.items() if cidr not in kept})
    transitions.begin(uow, settings, found, "restore-in-progress", "restore-complete")
    return found


def delete_list(uow: UnitOfWork, settings: Settings, prefix_list_id: str) -> PrefixList:
    """Delete a list; DependencyViolation while a security group or a route table names it."""
    found = _changeable(uow, prefix_list_id)
    association = reading.table_of(PrefixListAssociation).c
    named = association.prefix_list_id == found.id
    used = reading.where(uow, PrefixListAssociation, named, order=[association.resource_id], limit=10)
    if used:
        raise errors.DependencyViolation(
            reason=f"The prefix list '{found.id}' is in use by {', '.join(u.resource_id for u in used)} "
            "and cannot be deleted."
        )
    transitions.begin(uow, settings, found, "delete-in-progress", transitions.GONE)
    return found


@transitions.reaching(PrefixList, transitions.GONE)
def forget_entries(uow: UnitOfWork, gone: Sequence[PrefixList]) -> None:
    statement = delete(PrefixListEntry).where(PrefixListEntry.prefix_list_id.in_([found.id for found in gone]))
    uow.execute(statement, execution_options={"synchronize_session": False})


def entries_of(uow: UnitOfWork, prefix_list_id: str, version: int) -> list[PrefixListEntry]:
    """The entries of one version, as records."""
    return uow.records(PrefixListEntry, *in_version(prefix_list_id, version))


def in_version(prefix_list_id: str, version: int) -> tuple[Any, ...]:
    """Conditions on entries: those that one version of a list has."""
    lasting = _entry.removed_in.is_(None) | (_entry.removed_in > version)
    return _entry.prefix_list_id == prefix_list_id, _entry.added_in <= version, lasting


def _changeable(uow: UnitOfWork, prefix_list_id: str) -> PrefixList:
    """The caller's own list, locked, in a state that may change."""
    if uow.look_up(PrefixList, prefix_list_id).account == AWS:
        raise errors.OperationNotPermitted(reason=f"The prefix list '{prefix_list_id}' is managed by AWS.")
    found = uow.require(PrefixList, prefix_list_id, for_update=True)
    if found.state.endswith("-in-progress"):
        raise errors.IncorrectState(
            reason=f"The prefix list '{found.id}' cannot be changed in the current state ({found.state})."
        )
    return found


def _check_version(found: PrefixList, current_version: int | None) -> None:
    if current_version is not None and current_version != found.version:
        raise errors.PrefixListVersionMismatch()


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= LONGEST or name.startswith(_RESERVED):
        raise errors.InvalidParameterValue(
            value=name,
            name="PrefixListName",
            reason=f"A name has 1 to {LONGEST} characters and does not start with {_RESERVED}.",
        )


def _check_size(max_entries: int) -> None:
    if not 1 <= max_entries <= MOST_ENTRIES:
        raise errors.InvalidParameterValue(
            value=max_entries, name="MaxEntries", reason=f"Expecting a value from 1 to {MOST_ENTRIES}."
        )


def _checked(entries: Entries, family: str) -> dict[str, str | None]:
    """Descriptions by CIDR block, in canonical form."""
    if len(entries) > MOST_CHANGES:
        raise _too_many_changes()
    found: dict[str, str | None] = {}
    for entry in entries:
        cidr, description = _cidr(entry.get("Cidr"), family), entry.get("Description")
        if cidr in found:
            raise errors.InvalidValue(reason=f"Request cannot contain Cidr {cidr} more than once")
        if description and len(description) > LONGEST:
            raise errors.InvalidValue(reason=f"An entry's description has at most {LONGEST} characters.")
        found[cidr] = description or None
    return found


def _cidr(given: str | None, family: str) -> str:
    if not given:
        raise errors.MissingParameter(name="Cidr")
    try:
        return str(FAMILIES[family](given))
    except ValueError as fault:
        raise errors.InvalidParameterValue(
            value=given, name="Cidr", reason=f"This is not a valid {family} CIDR block."
        ) from fault


def _add(uow: UnitOfWork, found: PrefixList, wanted: Mapping[str, str | None]) -> None:
    uow.add_all(
        PrefixListEntry(prefix_list_id=found.id, cidr=cidr, description=text, added_in=found.version)
        for cidr, text in wanted.items()
    )


def _drop(uow: UnitOfWork, found: PrefixList, rows: Iterable[int]) -> None:
    for entry in uow.query(PrefixListEntry).filter(PrefixListEntry.row.in_(list(rows))):
        entry.removed_in = found.version


def _too_many() -> errors.CloudError:
    return errors.PrefixListMaxEntriesExceeded(
        reason="The prefix list cannot have more entries than its maximum number of entries."
    )


def _too_many_changes() -> errors.CloudError:
    return errors.InvalidValue(
        reason=f"The request cannot contain more than {MOST_CHANGES} entry additions or removals."
    )
