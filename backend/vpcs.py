"""VPCs: what comes with a new one, what may change, and when one may go.

https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import aliased

from backend import (
    block_public_access,
    cidr_blocks,
    dependencies,
    errors,
    ids,
    lent_addresses,
    network_acls,
    quotas,
    route_tables,
    tags,
)
from backend.config import Settings
from backend.db import reading
from backend.db.base import Base, Resource
from backend.db.models import (
    DhcpOptions,
    NetworkAcl,
    NetworkInterface,
    PublicAccessExclusion,
    RouteTable,
    RouteTableAssociation,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
    VpcCidrBlock,
)
from backend.db.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class NewVpc:
    """A new VPC and what AWS makes along with it."""

    vpc: Vpc
    route_table: RouteTable
    network_acl: NetworkAcl
    security_group: SecurityGroup


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    cidr_block: str | None,
    instance_tenancy: str = "default",
    ipv6: bool = False,
    network_border_group: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> Vpc:
    """A new VPC, with an IPv6 block besides if ``ipv6``.

    Errors: MissingParameter, InvalidParameterValue, InvalidVpc.Range, VpcLimitExceeded.
    """
    if cidr_block is None:
        raise errors.MissingParameter(name="cidrBlock")
    network = cidr_blocks.parse_ipv4(cidr_block)
    cidr_blocks.check_ipv4(network, cidr_block)
    quotas.check(uow, quotas.VPCS)
    vpc = build(uow, str(network), instance_tenancy=instance_tenancy).vpc
    uow.flush()
    if ipv6:
        cidr_blocks.associate_ipv6(uow, settings, vpc.id, network_border_group)
    tags.attach(uow, vpc, wanted_tags or {})
    return vpc


def set_tenancy(uow: UnitOfWork, vpc_id: str) -> None:
    """Launch into shared tenancy by default from now on; there is no way back to a dedicated one."""
    uow.require(Vpc, vpc_id, for_update=True).instance_tenancy = "default"


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
        lent_addresses.rename(uow, vpc)


def delete_vpc(uow: UnitOfWork, vpc_id: str) -> None:
    """Delete a VPC with its default security group, main route table and default network ACL.

    DependencyViolation while it has anything else.
    """
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    dependencies.check(uow, vpc)
    groups, tables = _ids(uow, SecurityGroup, vpc.id), _ids(uow, RouteTable, vpc.id)
    acls = _ids(uow, NetworkAcl, vpc.id)
    rules = reading.by(uow, SecurityGroupRule.group_id, groups)
    _delete(uow, SecurityGroupRule, SecurityGroupRule.group_id, groups)
    _delete(uow, SecurityGroup, SecurityGroup.id, groups)
    route_tables.forget(uow, tables)
    network_acls.forget(uow, acls)
    _delete(uow, VpcCidrBlock, VpcCidrBlock.vpc_id, [vpc.id])
    block_public_access.forget(uow, PublicAccessExclusion.vpc_id, vpc.id)
    _delete(uow, Vpc, Vpc.id, [vpc.id])
    tags.forget(uow, [vpc.id, *groups, *tables, *acls, *(rule.id for rule in rules)])


def _keep_what_is_in_use() -> None:
    """What keeps a VPC of what this module knows; other kinds of resources say so where they are at home."""
    own_group = aliased(SecurityGroup)
    referenced_elsewhere = exists().where(
        SecurityGroupRule.referenced_group_id == SecurityGroup.id,
        SecurityGroupRule.group_id.not_in(select(own_group.id).where(own_group.vpc_id == SecurityGroup.vpc_id)),
    )
    main = select(RouteTableAssociation.route_table_id).where(RouteTableAssociation.main.is_(True))
    dependencies.keeps(Vpc, Subnet.vpc_id)
    dependencies.keeps(Vpc, NetworkInterface.vpc_id)
    dependencies.keeps(Vpc, SecurityGroup.vpc_id, SecurityGroup.name != "default")
    dependencies.keeps(Vpc, SecurityGroup.vpc_id, referenced_elsewhere)
    dependencies.keeps(Vpc, RouteTable.vpc_id, RouteTable.id.not_in(main))
    dependencies.keeps(Vpc, NetworkAcl.vpc_id, NetworkAcl.is_default.is_(False))


_keep_what_is_in_use()


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
        internet_gateway_block_mode=block_public_access.mode(uow),
    )
    block = VpcCidrBlock(**own, vpc_id=vpc.id, family=4, cidr_block=cidr_block, primary=True, state="associated")
    new = NewVpc(
        vpc,
        RouteTable(**own, vpc_id=vpc.id),
        NetworkAcl(**own, vpc_id=vpc.id, is_default=True),
        SecurityGroup(**own, vpc_id=vpc.id, name="default", description="default VPC security group"),
    )
    uow.add_all([vpc, block, new.route_table, new.network_acl, new.security_group])
    table_id = new.route_table.id
    route_tables.add_local_routes(uow, [table_id], [cidr_block])
    uow.add(RouteTableAssociation(**own, association_id=ids.new("rtbassoc"), route_table_id=table_id, main=True))
    network_acls.add_default_entries(uow, new.network_acl.id)
    _add_default_rules(uow, new.security_group)
    return new


def _default_dhcp_options_id(uow: UnitOfWork) -> str:
    found = uow.records(DhcpOptions, reading.table_of(DhcpOptions).c.is_default)
    return found[0].id if found else "default"


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
