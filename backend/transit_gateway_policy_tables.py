"""Policy tables of transit gateways: rules that choose a route table by what a packet is.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables.html
"""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from sqlalchemy import delete as remove

from backend import dependencies, errors, tags, transit_gateways, transitions
from backend.config import Settings
from backend.db.models import PolicyTableEntry, TransitGatewayPolicyTable, TransitGatewayRouteTable
from backend.db.unit_of_work import UnitOfWork
from backend.transit_gateway_route_tables import check_free, require

ANY = "*"
PROTOCOLS = ("1", "6", "17", "47", ANY)
WITH_PORTS = ("6", "17")
RULES = {
    "SourceCidrBlock": "source_cidr_block",
    "SourcePortRange": "source_port_range",
    "DestinationCidrBlock": "destination_cidr_block",
    "DestinationPortRange": "destination_port_range",
    "Protocol": "protocol",
}
META_DATA = {"MetaDataKey": "meta_data_key", "MetaDataValue": "meta_data_value"}

dependencies.keeps(TransitGatewayRouteTable, PolicyTableEntry.target_route_table_id)

_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


def create(
    uow: UnitOfWork, settings: Settings, transit_gateway_id: str, wanted_tags: Mapping[str, str] | None = None
) -> TransitGatewayPolicyTable:
    """A new, empty table. Errors: IncorrectState."""
    gateway = transit_gateways.require(uow, transit_gateway_id)
    table = TransitGatewayPolicyTable(account=uow.account, region=uow.region, transit_gateway_id=gateway.id)
    transitions.begin(uow, settings, table, "pending", "available")
    uow.add(table)
    uow.flush()
    tags.attach(uow, table, wanted_tags or {})
    return table


def delete(uow: UnitOfWork, settings: Settings, table_id: str) -> TransitGatewayPolicyTable:
    """Delete a table with its entries; IncorrectState while it is associated with an attachment."""
    table = require(uow, TransitGatewayPolicyTable, table_id)
    check_free(uow, table.id)
    transitions.begin(uow, settings, table, "deleting", "deleted")
    return table


@transitions.reaching(TransitGatewayPolicyTable, "deleted")
def forget_entries(uow: UnitOfWork, gone: Sequence[TransitGatewayPolicyTable]) -> None:
    entries = remove(PolicyTableEntry).where(PolicyTableEntry.table_id.in_([table.id for table in gone]))
    uow.execute(entries, execution_options={"synchronize_session": False})


def add_entry(uow: UnitOfWork, table_id: str, number: str, rule: Mapping[str, Any], target_id: str) -> PolicyTableEntry:
    """A rule with a number of its own. Errors: InvalidParameterValue, IncorrectState."""
    table = require(uow, TransitGatewayPolicyTable, table_id)
    entry = PolicyTableEntry(
        account=uow.account,
        region=uow.region,
        table_id=table.id,
        number=_number(number),
        target_route_table_id=_target(uow, table, target_id),
    )
    if _entry(uow, table.id, entry.number):
        raise errors.InvalidParameterValue(
            value=number, name="policyRuleNumber", reason=f"{table.id} has an entry with this number already."
        )
    _rule(entry, rule)
    uow.add(entry)
    return entry


def modify_entry(
    uow: UnitOfWork, table_id: str, number: str, rule: Mapping[str, Any], target_id: str | None
) -> PolicyTableEntry:
    """Change what is given of a rule; errors as of ``add_entry``, and its NotFound error."""
    table = require(uow, TransitGatewayPolicyTable, table_id)
    entry = _require_entry(uow, table.id, number)
    if target_id is not None:
        entry.target_route_table_id = _target(uow, table, target_id)
    _rule(entry, rule)
    return entry


def delete_entry(uow: UnitOfWork, table_id: str, number: str) -> PolicyTableEntry:
    table = require(uow, TransitGatewayPolicyTable, table_id)
    entry = _require_entry(uow, table.id, number)
    uow.delete(entry)
    return entry


def _number(given: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", given) or int(given) < 1:
        raise errors.InvalidParameterValue(value=given, name="policyRuleNumber", reason="It must be a positive number.")
    return int(given)


def _entry(uow: UnitOfWork, table_id: str, number: int) -> PolicyTableEntry | None:
    return uow.query(PolicyTableEntry).filter_by(table_id=table_id, number=number).one_or_none()


def _require_entry(uow: UnitOfWork, table_id: str, number: str) -> PolicyTableEntry:
    entry = _entry(uow, table_id, _number(number))
    if entry is None:
        raise errors.InvalidPolicyTableEntryNotFound(table_id=table_id, number=number)
    return entry


def _target(uow: UnitOfWork, table: TransitGatewayPolicyTable, target_id: str) -> str:
    target = require(uow, TransitGatewayRouteTable, target_id)
    if target.transit_gateway_id != table.transit_gateway_id:
        raise errors.InvalidParameterValue(
            value=target_id, name="targetRouteTableId", reason=f"It is not of {table.transit_gateway_id}."
        )
    return target.id


def _rule(entry: PolicyTableEntry, given: Mapping[str, Any]) -> None:
    for name, column in RULES.items():
        if name in given:
            setattr(entry, column, _checked(name, given[name]))
    for name, column in META_DATA.items():
        if name in given.get("MetaData", {}):
            setattr(entry, column, given["MetaData"][name])
    for name in ("SourcePortRange", "DestinationPortRange"):
        if getattr(entry, RULES[name]) not in (None, ANY) and entry.protocol not in WITH_PORTS:
            raise errors.InvalidParameterValue(
                value=getattr(entry, RULES[name]), name=name, reason="Only the protocols 6 and 17 have ports."
            )


def _checked(name: str, value: str) -> str:
    """One pattern of a rule in its canonical form."""
    if name == "Protocol" and value not in PROTOCOLS:
        raise errors.InvalidParameterValue(value=value, name=name, reason=f"Use one of {', '.join(PROTOCOLS)}.")
    if name.endswith("CidrBlock"):
        try:
            return str(ip_network(value if "/" in value else ""))
        except ValueError as fault:
            raise errors.InvalidParameterValue(
                value=value, name=name, reason="This is not a valid CIDR block."
            ) from fault
    if name.endswith("PortRange") and value != ANY:
        ports = _PORTS.fullmatch(value)
        first, last = (int(ports[1]), int(ports[2] or ports[1])) if ports else (1, 0)
        if not first <= last < 2**16:
            raise errors.InvalidParameterValue(value=value, name=name, reason="Use *, a port, or a range of ports.")
    return value
