"""VPCs: what comes with a new one, what may change, and when one may go.

https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from sqlalchemy import delete, select

from backend import errors, ids, network_interfaces, tags
from backend.db import reading
from backend.db.base import Base, Resource
from backend.db.models import (
    DhcpOptions,
    InternetGateway,
    NetworkAcl,
    NetworkAclEntry,
    NetworkInterface,
    Route,
    RouteTable,
    RouteTableAssociation,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
    VpcCidrBlock,
)
from backend.db.unit_of_work import UnitOfWork

LAST_RULE = 32767
"""The number of the entry that ends every network ACL: deny all (shown as ``*``)."""


SMALLEST, LARGEST = 28, 16
"""Lengths of the netmask of a VPC's or a subnet's IPv4 block."""

_RESTRICTED = [IPv4Network(block) for block in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")]
"""Where no VPC may be: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""


@dataclass(frozen=True)
class NewVpc:
    """A new VPC and what AWS makes along with it."""

    vpc: Vpc
    route_table: RouteTable
    network_acl: NetworkAcl
    security_group: SecurityGroup


def create(
    uow: UnitOfWork,
    *,
    cidr_block: str | None,
    quota: int,
    instance_tenancy: str = "default",
    wanted_tags: Mapping[str, str] | None = None,
) -> Vpc:
    """A new VPC. ``quota``: how many the account may have here; 0: any number.

    Errors: MissingParameter, InvalidParameterValue, InvalidVpc.Range, VpcLimitExceeded.
    """
    if cidr_block is None:
        raise errors.MissingParameter(name="cidrBlock")
    network = parse_block(cidr_block)
    if not LARGEST <= network.prefixlen <= SMALLEST or any(network.overlaps(taken) for taken in _RESTRICTED):
        raise errors.InvalidVpcRange(cidr=cidr_block)
    if quota and len(uow.records(Vpc)) >= quota:
        raise errors.VpcLimitExceeded(reason="The maximum number of VPCs has been reached.")
    vpc = build(uow, str(network), instance_tenancy=instance_tenancy).vpc
    uow.flush()
    tags.attach(uow, vpc, wanted_tags or {})
    return vpc


def parse_block(cidr_block: str) -> IPv4Network:
    """An IPv4 CIDR block in its canonical form: 100.68.0.18/18 is 100.68.0.0/18."""
    try:
        if "/" not in cidr_block or "." in cidr_block.partition("/")[2]:
            raise ValueError(cidr_block)
        return IPv4Network(cidr_block, strict=False)
    except ValueError as fault:
        raise errors.InvalidParameterValue(
            value=cidr_block, name="cidrBlock", reason="This is not a valid CIDR block."
        ) from fault


def default(uow: UnitOfWork) -> Vpc | None:
    """The default VPC as a record, if there is one still."""
    found = uow.records(Vpc, reading.table_of(Vpc).c.is_default.is_(True))
    return found[0] if found else None


def require_default(uow: UnitOfWork) -> Vpc:
    """The default VPC as a record; VPCIdNotSpecified where there is none."""
    found = default(uow)
    if found is None:
        raise errors.VPCIdNotSpecified()
    return found


def set_attribute(uow: UnitOfWork, vpc_id: str, **attributes: bool | None) -> None:
    """Change one attribute, named as its column. Only with DNS support may a VPC have DNS hostnames."""
    given = {name: value for name, value in attributes.items() if value is not None}
    if not given:
        raise errors.InvalidParameterCombination(reason="No attributes specified.")
    if len(given) > 1:
        raise errors.InvalidParameterCombination(reason="Fields for multiple attribute types specified")
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    ((name, value),) = given.items()
    if name == "enable_dns_hostnames" and value and not vpc.enable_dns_support:
        raise errors.InvalidParameterCombination(
            reason="DNS hostnames can be enabled only in a VPC whose DNS support is enabled."
        )
    renamed = name == "enable_dns_hostnames" and value != vpc.enable_dns_hostnames
    setattr(vpc, name, value)
    if renamed:
        network_interfaces.rename(uow, vpc)


def delete_vpc(uow: UnitOfWork, vpc_id: str) -> None:
    """Delete a VPC with its default security group, main route table and default network ACL.

    DependencyViolation while it has anything else.
    """
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    if _has_dependencies(uow, vpc.id):
        raise errors.DependencyViolation(reason=f"The vpc '{vpc.id}' has dependencies and cannot be deleted.")
    groups, tables = _ids(uow, SecurityGroup, vpc.id), _ids(uow, RouteTable, vpc.id)
    acls = _ids(uow, NetworkAcl, vpc.id)
    rules = reading.by(uow, SecurityGroupRule.group_id, groups)
    _delete(uow, SecurityGroupRule, SecurityGroupRule.group_id, groups)
    _delete(uow, Route, Route.route_table_id, tables)
    _delete(uow, RouteTableAssociation, RouteTableAssociation.route_table_id, tables)
    _delete(uow, NetworkAclEntry, NetworkAclEntry.network_acl_id, acls)
    for model, gone in ((SecurityGroup, groups), (RouteTable, tables), (NetworkAcl, acls), (Vpc, [vpc.id])):
        _delete(uow, model, model.id, gone)
    _delete(uow, VpcCidrBlock, VpcCidrBlock.vpc_id, [vpc.id])
    tags.forget(uow, [vpc.id, *groups, *tables, *acls, *(rule.id for rule in rules)])


def _has_dependencies(uow: UnitOfWork, vpc_id: str) -> bool:
    group, table = reading.table_of(SecurityGroup).c, reading.table_of(RouteTable).c
    acl, rule = reading.table_of(NetworkAcl).c, reading.table_of(SecurityGroupRule).c
    main = select(reading.table_of(RouteTableAssociation).c.route_table_id).where(
        reading.table_of(RouteTableAssociation).c.main.is_(True)
    )
    own_groups = select(group.id).where(group.vpc_id == vpc_id)
    return any(
        reading.where(uow, model, *conditions, limit=1)
        for model, conditions in (
            (Subnet, [reading.table_of(Subnet).c.vpc_id == vpc_id]),
            (NetworkInterface, [reading.table_of(NetworkInterface).c.vpc_id == vpc_id]),
            (InternetGateway, [reading.table_of(InternetGateway).c.vpc_id == vpc_id]),
            (SecurityGroup, [group.vpc_id == vpc_id, group.name != "default"]),
            (RouteTable, [table.vpc_id == vpc_id, table.id.not_in(main)]),
            (NetworkAcl, [acl.vpc_id == vpc_id, acl.is_default.is_(False)]),
            (
                SecurityGroupRule,
                [rule.referenced_group_id.in_(own_groups), rule.group_id.not_in(own_groups)],
            ),
        )
    )


def _ids(uow: UnitOfWork, model: type[Resource], vpc_id: str) -> list[str]:
    return [row.id for row in uow.records(model, reading.table_of(model).c.vpc_id == vpc_id)]


def _delete(uow: UnitOfWork, model: type[Base], column: Any, values: list[str]) -> None:
    uow.execute(delete(model).where(column.in_(values)), execution_options={"synchronize_session": False})


def build(uow: UnitOfWork, cidr_block: str, *, is_default: bool = False, instance_tenancy: str = "default") -> NewVpc:
    """A VPC with its main route table, default network ACL and default security group."""
    own = {"account": uow.account, "region": uow.region}
    vpc = Vpc(
        **own,
        cidr_block=cidr_block,
        is_default=is_default,
        enable_dns_hostnames=is_default,
        instance_tenancy=instance_tenancy,
        dhcp_options_id=_default_dhcp_options_id(uow),
    )
    block = VpcCidrBlock(
        **own,
        vpc_id=vpc.id,
        family=4,
        cidr_block=cidr_block,
        primary=True,
        state="associated",
    )
    new = NewVpc(
        vpc,
        RouteTable(**own, vpc_id=vpc.id),
        NetworkAcl(**own, vpc_id=vpc.id, is_default=True),
        SecurityGroup(**own, vpc_id=vpc.id, name="default", description="default VPC security group"),
    )
    uow.add_all([vpc, block, new.route_table, new.network_acl, new.security_group])
    _add_local_route(uow, new.route_table, cidr_block)
    _add_default_entries(uow, new.network_acl)
    _add_default_rules(uow, new.security_group)
    return new


def _default_dhcp_options_id(uow: UnitOfWork) -> str:
    found = uow.records(DhcpOptions, reading.table_of(DhcpOptions).c.is_default)
    return found[0].id if found else "default"


def _add_local_route(uow: UnitOfWork, table: RouteTable, cidr_block: str) -> None:
    own = {"account": uow.account, "region": uow.region, "route_table_id": table.id}
    uow.add(Route(**own, destination=cidr_block, target_kind="GatewayId", target="local", origin="CreateRouteTable"))
    uow.add(RouteTableAssociation(**own, association_id=ids.new("rtbassoc"), main=True))


def _add_default_entries(uow: UnitOfWork, acl: NetworkAcl) -> None:
    for egress in (False, True):
        for number, action in ((100, "allow"), (LAST_RULE, "deny")):
            uow.add(
                NetworkAclEntry(
                    account=uow.account,
                    region=uow.region,
                    network_acl_id=acl.id,
                    egress=egress,
                    rule_number=number,
                    protocol="-1",
                    rule_action=action,
                    cidr_block="0.0.0.0/0",
                )
            )


def _add_default_rules(uow: UnitOfWork, group: SecurityGroup) -> None:
    """Members of the group may talk to each other, and to anywhere."""
    own = {"account": uow.account, "region": uow.region, "group_id": group.id}
    everything = {"protocol": "-1", "from_port": -1, "to_port": -1}
    uow.add_all(
        [
            SecurityGroupRule(
                **own,
                **everything,
                egress=False,
                referenced_group_id=group.id,
                referenced_user_id=uow.account,
            ),
            SecurityGroupRule(**own, **everything, egress=True, cidr_ipv4="0.0.0.0/0"),
        ]
    )
