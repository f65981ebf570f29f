"""VPCs: what comes with a new one, what may change, and when one may go.

https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html
"""

from dataclasses import dataclass

from backend import ids
from backend.db import reading
from backend.db.models import (
    DhcpOptions,
    NetworkAcl,
    NetworkAclEntry,
    Route,
    RouteTable,
    RouteTableAssociation,
    SecurityGroup,
    SecurityGroupRule,
    Vpc,
    VpcCidrBlock,
)
from backend.db.unit_of_work import UnitOfWork

LAST_RULE = 32767
"""The number of the entry that ends every network ACL: deny all (shown as ``*``)."""


@dataclass(frozen=True)
class NewVpc:
    """A new VPC and what AWS makes along with it."""

    vpc: Vpc
    route_table: RouteTable
    network_acl: NetworkAcl
    security_group: SecurityGroup


def build(
    uow: UnitOfWork, cidr_block: str, *, is_default: bool = False, instance_tenancy: str = "default"
) -> NewVpc:
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
        association_id=ids.new("vpc-cidr-assoc"),
        vpc_id=vpc.id,
        family=4,
        cidr_block=cidr_block,
        primary=True,
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
    uow.add(
        Route(
            **own, destination=cidr_block, target_kind="GatewayId", target="local", origin="CreateRouteTable"
        )
    )
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
