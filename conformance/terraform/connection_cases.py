"""Cases of what joins networks: peering, endpoints, flow logs, prefix lists."""

import json
from typing import Any

from conformance.terraform.case import case
from conformance.terraform.connections import (
    Ec2ManagedPrefixList,
    FlowLog,
    VpcEndpoint,
    VpcPeeringConnection,
    VpcPeeringConnectionAccepter,
)
from conformance.terraform.network_cases import Given, bare_group, subnet, vpc
from conformance.terraform.resource import Stack
from conformance.terraform.routing import Route, RouteTable
from conformance.terraform.security_groups import VpcSecurityGroupEgressRule

ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def policy(**more: Any) -> str:
    return json.dumps({"Version": "2008-10-17", "Statement": [{**ALLOW, **more}]})


@case
def aws_vpc_peering_connection(stack: Stack) -> Given:
    one = vpc(stack, enable_dns_hostnames=True)
    two = vpc(stack, cidr_block="10.2.0.0/16", enable_dns_hostnames=True)
    made = stack.add(VpcPeeringConnection, vpc_id=one.id, peer_vpc_id=two.id, auto_accept=True)
    assert made["accept_status"] == "active"
    table = stack.add(RouteTable, vpc_id=one.id)
    stack.add(
        Route,
        route_table_id=table.id,
        destination_cidr_block="10.2.0.0/16",
        vpc_peering_connection_id=made.id,
    )
    options = {"allow_remote_vpc_dns_resolution": True}
    return made, {"requester": options, "accepter": options}


@case
def aws_vpc_peering_connection_accepter(stack: Stack) -> Given:
    theirs = stack.tf.other or stack.tf
    one = vpc(stack)
    from_them = vpc(stack, cidr_block="10.2.0.0/16", tf=theirs)
    made = stack.add(VpcPeeringConnection, vpc_id=one.id, peer_vpc_id=from_them.id, peer_owner_id=theirs.account)
    assert made["accept_status"] == "pending-acceptance"
    stack.add(VpcPeeringConnectionAccepter, theirs, vpc_peering_connection_id=made.id, auto_accept=True)
    return made, {}


@case
def aws_vpc_endpoint__gateway(stack: Stack) -> Given:
    of = vpc(stack)
    tables = sorted(stack.add(RouteTable, vpc_id=of.id).id for _ in range(2))
    service = f"com.amazonaws.{stack.tf.region}.s3"
    given = {"vpc_id": of.id, "service_name": service, "vpc_endpoint_type": "Gateway"}
    made = stack.add(VpcEndpoint, **given, route_table_ids=tables[:1])
    assert made["prefix_list_id"].startswith("pl-")
    assert made["cidr_blocks"]
    return made, {"route_table_ids": tables[1:], "policy": policy(Action="s3:GetObject")}


@case
def aws_vpc_endpoint__interface(stack: Stack) -> Given:
    of = vpc(stack, enable_dns_hostnames=True)
    inside = sorted(subnet(stack, of, number).id for number in (1, 2))
    groups = sorted(bare_group(stack, of, name) for name in ("a", "b"))
    service = f"com.amazonaws.{stack.tf.region}.ssm"
    given = {"vpc_id": of.id, "service_name": service, "vpc_endpoint_type": "Interface", "private_dns_enabled": True}
    made = stack.add(VpcEndpoint, **given, subnet_ids=inside[:1], security_group_ids=groups[:1])
    assert len(made["network_interface_ids"]) == 1
    return made, {"subnet_ids": inside, "security_group_ids": groups[1:], "private_dns_enabled": False}


@case
def aws_flow_log(stack: Stack) -> Given:
    of = vpc(stack)
    bucket = {"log_destination_type": "s3", "log_destination": "arn:aws:s3:::flow-logs"}
    given = {"resource_id": of.id, "resource_type": "VPC", "traffic_type": "ALL", "max_aggregation_interval": 60}
    return stack.add(FlowLog, **given, **bucket), {}


@case
def aws_ec2_managed_prefix_list(stack: Stack) -> Given:
    entries = {"10.0.0.0/8": "inside", "192.0.2.0/24": ""}
    given = {"name": stack.data.name, "address_family": "IPv4", "max_entries": 5}
    made = stack.add(Ec2ManagedPrefixList, **given, entry=entries)
    group = bare_group(stack, vpc(stack))
    rule = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "prefix_list_id": made.id}
    stack.add(VpcSecurityGroupEgressRule, security_group_id=group, **rule)
    return made, {
        "name": f"{stack.data.name}-2",
        "max_entries": 6,
        "entry": {"10.0.0.0/8": "ours", "198.51.100.0/24": ""},
    }
