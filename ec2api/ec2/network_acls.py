"""EC2 actions on network ACLs.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAcl.html
"""

from typing import Any

from backend import network_acls
from backend.db.models import NetworkAcl, NetworkAclAssociation, NetworkAclEntry
from ec2api.call import Call
from ec2api.describe import Describe, owned, show_tags, through, translated
from ec2api.registry import action

_LOAD = (NetworkAcl.entries, NetworkAcl.associations)


def show(acl: Any) -> dict[str, Any]:
    return {
        "NetworkAclId": acl.id,
        "VpcId": acl.vpc_id,
        "OwnerId": acl.account,
        "IsDefault": acl.is_default,
        "Entries": [_show_entry(entry) for entry in acl.entries],
        "Associations": [
            {
                "NetworkAclAssociationId": association.association_id,
                "NetworkAclId": association.network_acl_id,
                "SubnetId": association.subnet_id,
            }
            for association in acl.associations
        ],
        "Tags": show_tags(acl),
    }


def _show_entry(entry: Any) -> dict[str, Any]:
    ports = {"From": entry.port_from, "To": entry.port_to} if entry.port_from is not None else None
    icmp = {"Type": entry.icmp_type, "Code": entry.icmp_code} if entry.icmp_type is not None else None
    return {
        "RuleNumber": entry.rule_number,
        "Egress": entry.egress,
        "Protocol": entry.protocol,
        "RuleAction": entry.rule_action,
        "CidrBlock": entry.cidr_block,
        "Ipv6CidrBlock": entry.ipv6_cidr_block,
        "PortRange": ports,
        "IcmpTypeCode": icmp,
    }


@action(tags=("network-acl",))
def create_network_acl(call: Call, *, vpc_id: str) -> dict[str, Any]:
    acl = network_acls.create(call.uow, vpc_id, call.tags(NetworkAcl))
    shown = show(call.uow.look_up(NetworkAcl, acl.id, load=(NetworkAcl.tags, *_LOAD)))
    return {"NetworkAcl": shown, "ClientToken": call.parameters.get("ClientToken")}


@action
def delete_network_acl(call: Call, *, network_acl_id: str) -> None:
    network_acls.delete_acl(call.uow, network_acl_id)


@action
def create_network_acl_entry(
    call: Call,
    *,
    network_acl_id: str,
    rule_number: int,
    protocol: str,
    rule_action: str,
    egress: bool,
    cidr_block: str | None = None,
    ipv6_cidr_block: str | None = None,
    icmp_type_code: dict[str, int] | None = None,
    port_range: dict[str, int] | None = None,
) -> None:
    entry = network_acls.Entry(
        rule_number, egress, protocol, rule_action, cidr_block, ipv6_cidr_block, icmp_type_code, port_range
    )
    network_acls.create_entry(call.uow, network_acl_id, entry)


@action
def replace_network_acl_entry(
    call: Call,
    *,
    network_acl_id: str,
    rule_number: int,
    protocol: str,
    rule_action: str,
    egress: bool,
    cidr_block: str | None = None,
    ipv6_cidr_block: str | None = None,
    icmp_type_code: dict[str, int] | None = None,
    port_range: dict[str, int] | None = None,
) -> None:
    entry = network_acls.Entry(
        rule_number, egress, protocol, rule_action, cidr_block, ipv6_cidr_block, icmp_type_code, port_range
    )
    network_acls.replace_entry(call.uow, network_acl_id, entry)


@action
def delete_network_acl_entry(call: Call, *, network_acl_id: str, rule_number: int, egress: bool) -> None:
    network_acls.delete_entry(call.uow, network_acl_id, rule_number, egress=egress)


@action
def replace_network_acl_association(call: Call, *, association_id: str, network_acl_id: str) -> dict[str, Any]:
    return {"NewAssociationId": network_acls.replace_association(call.uow, association_id, network_acl_id)}


def _entry(target: Any) -> Any:
    return through(NetworkAcl.entries, target)


def _association(target: Any) -> Any:
    return through(NetworkAcl.associations, target)


Describe(
    "DescribeNetworkAcls",
    NetworkAcl,
    view=show,
    ids="NetworkAclIds",
    load=_LOAD,
    filters={
        "association.association-id": _association(NetworkAclAssociation.association_id),
        "association.network-acl-id": _association(NetworkAclAssociation.network_acl_id),
        "association.subnet-id": _association(NetworkAclAssociation.subnet_id),
        "default": NetworkAcl.is_default,
        "entry.cidr": _entry(NetworkAclEntry.cidr_block),
        "entry.egress": _entry(NetworkAclEntry.egress),
        "entry.icmp.code": _entry(NetworkAclEntry.icmp_code),
        "entry.icmp.type": _entry(NetworkAclEntry.icmp_type),
        "entry.ipv6-cidr": _entry(NetworkAclEntry.ipv6_cidr_block),
        "entry.port-range.from": _entry(NetworkAclEntry.port_from),
        "entry.port-range.to": _entry(NetworkAclEntry.port_to),
        "entry.protocol": _entry(translated(NetworkAclEntry.protocol, network_acls.PROTOCOLS)),
        "entry.rule-action": _entry(NetworkAclEntry.rule_action),
        "entry.rule-number": _entry(NetworkAclEntry.rule_number),
        "network-acl-id": NetworkAcl.id,
        "owner-id": owned(NetworkAcl),
        "vpc-id": NetworkAcl.vpc_id,
    },
)
