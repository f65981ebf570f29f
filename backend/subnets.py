"""Subnets: one range of a VPC's addresses in one zone.

https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html
"""

from typing import Any

from backend import addresses, ids
from backend.db.models import NetworkAclAssociation, Subnet
from backend.db.unit_of_work import UnitOfWork


def build(
    uow: UnitOfWork,
    *,
    vpc_id: str,
    network_acl_id: str,
    zone: str,
    zone_id: str,
    cidr_block: str,
    **more: Any,
) -> Subnet:
    """A subnet under its VPC's default network ACL."""
    block = addresses.range_of(cidr_block)
    subnet = Subnet(
        account=uow.account,
        region=uow.region,
        vpc_id=vpc_id,
        zone=zone,
        zone_id=zone_id,
        cidr_block=cidr_block,
        available=block.size,
        next_number=block.first,
        **more,
    )
    association = NetworkAclAssociation(
        account=uow.account,
        region=uow.region,
        association_id=ids.new("aclassoc"),
        network_acl_id=network_acl_id,
        subnet_id=subnet.id,
    )
    uow.add_all([subnet, association])
    return subnet
