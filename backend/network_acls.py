"""Network ACLs: numbered entries for each direction, and the subnets that they guard.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from sqlalchemy import delete

from backend import dependencies, errors, ids, quotas, tags
from backend.db import reading
from backend.db.models import NetworkAcl, NetworkAclAssociation, NetworkAclEntry, Subnet, Vpc
from backend.db.unit_of_work import UnitOfWork

LAST = {4: 32767, 6: 32768}
"""The numbers of the entries that end every network ACL, by address family: deny all (shown as ``*``)."""
FIRST = {4: 100, 6: 101}
"""The numbers of the entries that a default network ACL begins with: allow all."""
ALL = {4: "0.0.0.0/0", 6: "::/0"}
PROTOCOLS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58"}
"""Other words for the protocols, which network ACLs show by number."""

dependencies.keeps(NetworkAcl, NetworkAclAssociation.network_acl_id)


@dataclass(frozen=True)
class Entry:
    """What an entry says, by EC2's parameters; checked by ``_columns``."""

    rule_number: int
    egress: bool
    protocol: str
    rule_action: str
    cidr_block: str | None = None
    ipv6_cidr_block: str | None = None
    icmp_type_code: Mapping[str, int] | None = None
    port_range: Mapping[str, int] | None = None


def create(uow: UnitOfWork, vpc_id: str, wanted_tags: Mapping[str, str] | None = None) -> NetworkAcl:
    """A new network ACL of a VPC, which denies everything."""
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    quotas.check(uow, quotas.NETWORK_ACLS, reading.table_of(NetworkAcl).c.vpc_id == vpc.id)
    acl = NetworkAcl(account=uow.account, region=uow.region, vpc_id=vpc.id)
    uow.add(acl)
    uow.flush()
    blocks = uow.look_up(Vpc, vpc.id, load=(Vpc.cidr_blocks,)).cidr_blocks
    for family in {4} | {block.family for block in blocks if block.state != "disassociating"}:
        _add_everything(uow, acl.id, LAST[family], "deny", family)
    tags.attach(uow, acl, wanted_tags or {})
    return acl


def add_default_entries(uow: UnitOfWork, network_acl_id: str) -> None:
    """What a default network ACL begins with: everything is allowed."""
    _add_everything(uow, network_acl_id, FIRST[4], "allow", 4)
    _add_everything(uow, network_acl_id, LAST[4], "deny", 4)


def add_ipv6_entries(uow: UnitOfWork, vpc_id: str) -> None:
    """What the network ACLs of a VPC get with its first IPv6 block.

    The default one allows IPv6 traffic, unless somebody changed what it allows.
    """
    for acl in reading.by(uow, NetworkAcl.vpc_id, [vpc_id], load=(NetworkAcl.entries,)):
        numbers = {entry.rule_number for entry in acl.entries}
        if LAST[6] not in numbers:
            _add_everything(uow, acl.id, LAST[6], "deny", 6)
        if acl.is_default and numbers in ({FIRST[4], LAST[4]}, {FIRST[4], LAST[4], LAST[6]}):
            _add_everything(uow, acl.id, FIRST[6], "allow", 6)


def _add_everything(uow: UnitOfWork, network_acl_id: str, number: int, action: str, family: int) -> None:
    member = "cidr_block" if family == 4 else "ipv6_cidr_block"
    uow.add_all(
        NetworkAclEntry(
            account=uow.account,
            region=uow.region,
            network_acl_id=network_acl_id,
            egress=egress,
            rule_number=number,
            protocol="-1",
            rule_action=action,
            **{member: ALL[family]},
        )
        for egress in (False, True)
    )


def delete_acl(uow: UnitOfWork, network_acl_id: str) -> None:
    """Delete a network ACL that guards no subnet; never a default one."""
    acl = uow.require(NetworkAcl, network_acl_id, for_update=True)
    if acl.is_default:
        raise errors.InvalidValue(reason=f"cannot delete default network ACL {acl.id}")
    dependencies.check(uow, acl)
    forget(uow, [acl.id])
    tags.forget(uow, [acl.id])


def forget(uow: UnitOfWork, acl_ids: list[str]) -> None:
    """Delete network ACLs with their entries."""
    for statement in (
        delete(NetworkAclEntry).where(NetworkAclEntry.network_acl_id.in_(acl_ids)),
        delete(NetworkAcl).where(NetworkAcl.id.in_(acl_ids)),
    ):
        uow.execute(statement, execution_options={"synchronize_session": False})


def create_entry(uow: UnitOfWork, network_acl_id: str, entry: Entry) -> None:
    """A new entry; NetworkAclEntryAlreadyExists where its number is taken in this direction."""
    acl = uow.require(NetworkAcl, network_acl_id, for_update=True)
    columns = _columns(entry)
    if _entry(uow, acl.id, entry.rule_number, egress=entry.egress):
        raise errors.NetworkAclEntryAlreadyExists(number=entry.rule_number)
    numbered = reading.table_of(NetworkAclEntry).c
    quotas.check(
        uow,
        quotas.NETWORK_ACL_ENTRIES,
        numbered.network_acl_id == acl.id,
        numbered.egress == entry.egress,
    )
    uow.add(
        NetworkAclEntry(
            account=uow.account,
            region=uow.region,
            network_acl_id=acl.id,
            rule_number=entry.rule_number,
            egress=entry.egress,
            **columns,
        )
    )


def replace_entry(uow: UnitOfWork, network_acl_id: str, entry: Entry) -> None:
    """Put another entry in the place of one; InvalidNetworkAclEntry.NotFound."""
    acl = uow.require(NetworkAcl, network_acl_id, for_update=True)
    columns = _columns(entry)
    present = _require_entry(uow, acl.id, entry.rule_number, egress=entry.egress)
    for name, value in columns.items():
        setattr(present, name, value)


def delete_entry(uow: UnitOfWork, network_acl_id: str, rule_number: int, *, egress: bool) -> None:
    acl = uow.require(NetworkAcl, network_acl_id, for_update=True)
    _check_number(rule_number)
    uow.delete(_require_entry(uow, acl.id, rule_number, egress=egress))


def replace_association(uow: UnitOfWork, association_id: str, network_acl_id: str) -> str:
    """Let another network ACL guard a subnet; the new association's id, or the same where nothing changes."""
    query = uow.query(NetworkAclAssociation).filter_by(association_id=association_id).with_for_update()
    association = query.one_or_none()
    if association is None:
        raise errors.InvalidAssociationIDNotFound(id=association_id)
    acl = uow.require(NetworkAcl, network_acl_id, for_update=True)
    subnet = uow.look_up(Subnet, association.subnet_id)
    if subnet.vpc_id != acl.vpc_id:
        raise errors.InvalidValue(reason=f"network ACL {acl.id} and subnet {subnet.id} belong to different networks")
    if association.network_acl_id != acl.id:
        association.association_id, association.network_acl_id = ids.new("aclassoc"), acl.id
    return association.association_id


def _entry(uow: UnitOfWork, network_acl_id: str, number: int, *, egress: bool) -> NetworkAclEntry | None:
    query = uow.query(NetworkAclEntry).filter_by(network_acl_id=network_acl_id, rule_number=number, egress=egress)
    return query.one_or_none()


def _require_entry(uow: UnitOfWork, network_acl_id: str, number: int, *, egress: bool) -> NetworkAclEntry:
    found = _entry(uow, network_acl_id, number, egress=egress)
    if found is None:
        raise errors.InvalidNetworkAclEntryNotFound(number=number, acl=network_acl_id)
    return found


def _check_number(number: int) -> None:
    if not 1 <= number < LAST[4]:
        raise errors.InvalidParameterValue(
            value=number, name="ruleNumber", reason=f"It must be between 1 and {LAST[4] - 1}."
        )


def _columns(entry: Entry) -> dict[str, Any]:
    """An entry as the columns of its row. What its protocol doesn't have, such as ports of ICMP, is left out."""
    _check_number(entry.rule_number)
    protocol = _protocol(entry.protocol)
    if entry.cidr_block is not None and entry.ipv6_cidr_block is not None:
        raise errors.InvalidParameterCombination(
            reason="The parameters cidrBlock and ipv6CidrBlock cannot be used together"
        )
    if entry.cidr_block is None and entry.ipv6_cidr_block is None:
        raise errors.MissingParameter(name="cidrBlock")
    ports: Mapping[str, int] = {}
    icmp: Mapping[str, int] = {}
    if protocol in ("6", "17"):
        ports = _ports(entry.port_range)
    elif protocol == "1" or (protocol == "58" and entry.ipv6_cidr_block is not None):
        icmp = _icmp(entry.icmp_type_code)
    return {
        "protocol": protocol,
        "rule_action": entry.rule_action,
        "cidr_block": _block(entry.cidr_block, 4, "cidrBlock"),
        "ipv6_cidr_block": _block(entry.ipv6_cidr_block, 6, "ipv6CidrBlock"),
        "port_from": ports.get("From"),
        "port_to": ports.get("To"),
        "icmp_type": icmp.get("Type"),
        "icmp_code": icmp.get("Code"),
    }


def _protocol(given: str) -> str:
    protocol = PROTOCOLS.get(given.lower(), given)
    if protocol != "-1" and not (protocol.isdecimal() and protocol.isascii() and int(protocol) <= 255):
        raise errors.InvalidParameterValue(value=given, name="protocol", reason="Unknown protocol.")
    return protocol if protocol == "-1" else str(int(protocol))


def _block(given: str | None, version: int, name: str) -> str | None:
    if given is None:
        return None
    try:
        network = ip_network(given if "/" in given else "", strict=False)
        if network.version != version or "." in given.partition("/")[2]:
            raise ValueError(given)
    except ValueError as fault:
        raise errors.InvalidParameterValue(value=given, name=name, reason="This is not a valid CIDR block.") from fault
    return str(network)


def _ports(given: Mapping[str, int] | None) -> Mapping[str, int]:
    if not given or "From" not in given or "To" not in given:
        raise errors.MissingParameter(name="portRange")
    if not 0 <= given["From"] <= given["To"] <= 65535:
        raise errors.InvalidParameterValue(
            value=f"{given['From']}-{given['To']}", name="portRange", reason="Ports are from 0 to 65535, in order."
        )
    return given


def _icmp(given: Mapping[str, int] | None) -> Mapping[str, int]:
    if not given or "Type" not in given or "Code" not in given:
        raise errors.MissingParameter(name="icmpTypeCode")
    if not (-1 <= given["Type"] <= 255 and -1 <= given["Code"] <= 255):
        raise errors.InvalidParameterValue(
            value=f"{given['Type']}:{given['Code']}",
            name="icmpTypeCode",
            reason="ICMP types and codes are from -1 to 255.",
        )
    return given
