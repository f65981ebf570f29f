"""EC2 actions on managed prefix lists.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ManagedPrefixList.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors, prefix_lists
from backend.db import reading
from backend.db.models import PrefixList, PrefixListAssociation, PrefixListEntry
from backend.db.models.prefix_lists import AWS
from ec2api.call import Call
from ec2api.describe import Condition, Describe, owned, show_tags
from ec2api.registry import action


def show(found: Any) -> dict[str, Any]:
    aws = found.account == AWS
    owner = AWS.lower() if aws else found.account
    return {
        "PrefixListId": found.id,
        "PrefixListArn": f"arn:aws:ec2:{found.region}:{owner}:prefix-list/{found.id}",
        "PrefixListName": found.name,
        "OwnerId": found.account,
        "AddressFamily": found.address_family,
        "State": found.state,
        "StateMessage": found.state_message,
        "MaxEntries": None if aws else found.max_entries,
        "Version": None if aws else found.version,
        "Tags": show_tags(found),
    }


def _shown(call: Call, prefix_list_id: str) -> dict[str, Any]:
    return {"PrefixList": show(call.uow.look_up(PrefixList, prefix_list_id, load=(PrefixList.tags,)))}


@action(tags=("prefix-list",))
def create_managed_prefix_list(
    call: Call,
    *,
    prefix_list_name: str,
    address_family: str,
    max_entries: int,
    entries: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    made = prefix_lists.create(
        call.uow,
        call.settings,
        name=prefix_list_name,
        address_family=address_family,
        max_entries=max_entries,
        entries=entries,
        wanted_tags=call.tags(PrefixList),
    )
    return _shown(call, made.id)


@action
def modify_managed_prefix_list(
    call: Call,
    *,
    prefix_list_id: str,
    current_version: int | None = None,
    prefix_list_name: str | None = None,
    add_entries: Sequence[Mapping[str, Any]] = (),
    remove_entries: Sequence[Mapping[str, Any]] = (),
    max_entries: int | None = None,
    ipam_prefix_list_resolver_sync_enabled: bool | None = None,
) -> dict[str, Any]:
    if ipam_prefix_list_resolver_sync_enabled:
        raise errors.InvalidParameterValue(
            value="true",
            name="IpamPrefixListResolverSyncEnabled",
            reason=f"The prefix list {prefix_list_id} is no target of an IPAM prefix list resolver.",
        )
    prefix_lists.modify(
        call.uow,
        call.settings,
        prefix_list_id,
        current_version=current_version,
        name=prefix_list_name,
        add=add_entries,
        remove=remove_entries,
        max_entries=max_entries,
    )
    return _shown(call, prefix_list_id)


@action
def restore_managed_prefix_list_version(
    call: Call, *, prefix_list_id: str, previous_version: int, current_version: int
) -> dict[str, Any]:
    prefix_lists.restore(
        call.uow,
        call.settings,
        prefix_list_id,
        previous_version=previous_version,
        current_version=current_version,
    )
    return _shown(call, prefix_list_id)


@action
def delete_managed_prefix_list(call: Call, *, prefix_list_id: str) -> dict[str, Any]:
    prefix_lists.delete_list(call.uow, call.settings, prefix_list_id)
    return _shown(call, prefix_list_id)


Describe(
    "DescribeManagedPrefixLists",
    PrefixList,
    view=show,
    ids="PrefixListIds",
    limits=(1, 100),
    filters={
        "owner-id": owned(PrefixList),
        "prefix-list-id": PrefixList.id,
        "prefix-list-name": PrefixList.name,
    },
)


def _in_version(call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    """The entries of the version that is asked for, else of the current one."""
    found = call.uow.look_up(PrefixList, given["PrefixListId"])
    version = given.get("TargetVersion", found.version)
    if not 1 <= version <= found.version:
        raise errors.InvalidParameterValue(
            value=version, name="TargetVersion", reason="The prefix list has no such version."
        )
    return prefix_lists.in_version(found.id, version)


def _anything(_call: Call, _value: Any) -> Sequence[Condition]:
    return ()


Describe(
    "GetManagedPrefixListEntries",
    PrefixListEntry,
    view=lambda entry: {"Cidr": entry.cidr, "Description": entry.description},
    extra={"PrefixListId": _anything, "TargetVersion": _anything},
    always=_in_version,
    limits=(1, 100),
    filters={},
)


def _of_list(call: Call, prefix_list_id: str) -> Sequence[Condition]:
    found = call.uow.look_up(PrefixList, prefix_list_id)
    return [reading.table_of(PrefixListAssociation).c.prefix_list_id == found.id]


Describe(
    "GetManagedPrefixListAssociations",
    PrefixListAssociation,
    view=lambda association: {"ResourceId": association.resource_id, "ResourceOwner": association.account},
    extra={"PrefixListId": _of_list},
    order=(PrefixListAssociation.resource_id,),
    limits=(5, 255),
    filters={},
)
