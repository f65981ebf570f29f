"""Cases of the network: VPCs, subnets, gateways, routes, ACLs, groups, interfaces and addresses."""

from typing import Any

from conformance.terraform.case import case
from conformance.terraform.interfaces import Eip, EipAssociation, NetworkInterface, NetworkInterfaceSgAttachment
from conformance.terraform.network_acls import DefaultNetworkAcl, NetworkAcl, NetworkAclAssociation, NetworkAclRule
from conformance.terraform.provider import Provider
from conformance.terraform.resource import Resource, Stack
from conformance.terraform.routing import (
    DefaultRouteTable,
    EgressOnlyInternetGateway,
    InternetGateway,
    MainRouteTableAssociation,
    NatGateway,
    Route,
    RouteTable,
    RouteTableAssociation,
)
from conformance.terraform.security_groups import (
    DefaultSecurityGroup,
    RevokingSecurityGroup,
    SecurityGroup,
    SecurityGroupRule,
    VpcSecurityGroupEgressRule,
    VpcSecurityGroupIngressRule,
)
from conformance.terraform.vpcs import (
    Subnet,
    Vpc,
    VpcDhcpOptions,
    VpcDhcpOptionsAssociation,
    VpcIpv4CidrBlockAssociation,
)

Given = tuple[Resource, dict[str, Any]]

EVERYWHERE = {"protocol": "-1", "from_port": 0, "to_port": 0, "description": "", "cidr_blocks": ["0.0.0.0/0"]}


def web(**more: Any) -> dict[str, Any]:
    return {"protocol": "tcp", "from_port": 80, "to_port": 80, "description": "web", **more}


def vpc(stack: Stack, tf: Provider | None = None, **arguments: Any) -> Vpc:
    return stack.add(Vpc, tf, **{"cidr_block": "10.0.0.0/16", "tags": {"Name": stack.data.name}, **arguments})


def subnet(stack: Stack, of: Vpc, number: int = 1, **arguments: Any) -> Subnet:
    zone = stack.data.zones[number % len(stack.data.zones)]
    given = {"vpc_id": of.id, "cidr_block": f"10.0.{number}.0/24", "availability_zone": zone}
    return stack.add(Subnet, **{**given, **arguments})


@case
def aws_vpc(stack: Stack) -> Given:
    made = vpc(stack, instance_tenancy="default", enable_dns_hostnames=True, enable_dns_support=True)
    return made, {"enable_dns_hostnames": False, "enable_network_address_usage_metrics": True}


@case
def aws_vpc__dedicated(stack: Stack) -> Given:
    return vpc(stack, instance_tenancy="dedicated", enable_dns_support=False), {"instance_tenancy": "default"}


@case
def aws_vpc__ipv6(stack: Stack) -> Given:
    made = vpc(stack, assign_generated_ipv6_cidr_block=True)
    assert made["ipv6_cidr_block"].endswith("/56")
    return made, {"assign_generated_ipv6_cidr_block": False}


@case
def aws_vpc_ipv4_cidr_block_association(stack: Stack) -> Given:
    return stack.add(VpcIpv4CidrBlockAssociation, vpc_id=vpc(stack).id, cidr_block="10.1.0.0/16"), {}


@case
def aws_subnet(stack: Stack) -> Given:
    return subnet(stack, vpc(stack), map_public_ip_on_launch=True), {
        "map_public_ip_on_launch": False,
        "enable_resource_name_dns_a_record_on_launch": True,
        "private_dns_hostname_type_on_launch": "resource-name",
    }


@case
def aws_subnet__ipv6(stack: Stack) -> Given:
    of = vpc(stack, assign_generated_ipv6_cidr_block=True)
    first, second = of["ipv6_cidr_block"].replace("00::/56", "01::/64"), of["ipv6_cidr_block"].replace("/56", "/64")
    made = subnet(stack, of, ipv6_cidr_block=first, assign_ipv6_address_on_creation=True, enable_dns64=True)
    late = subnet(stack, of, 2)
    stack.change(late, ipv6_cidr_block=second)
    return made, {
        "assign_ipv6_address_on_creation": False,
        "enable_dns64": False,
        "enable_resource_name_dns_aaaa_record_on_launch": True,
    }


@case
def aws_internet_gateway(stack: Stack) -> Given:
    first, second = vpc(stack), vpc(stack, cidr_block="10.9.0.0/16")
    return stack.add(InternetGateway, vpc_id=first.id), {"vpc_id": second.id}


@case
def aws_egress_only_internet_gateway(stack: Stack) -> Given:
    return stack.add(EgressOnlyInternetGateway, vpc_id=vpc(stack, assign_generated_ipv6_cidr_block=True).id), {}


@case
def aws_route_table(stack: Stack) -> Given:
    of = vpc(stack)
    gateway = stack.add(InternetGateway, vpc_id=of.id).id
    routes = [{"cidr_block": "0.0.0.0/0", "gateway_id": gateway}, {"cidr_block": "192.0.2.0/24", "gateway_id": gateway}]
    made = stack.add(RouteTable, vpc_id=of.id, route=routes)
    inner = stack.add(NetworkInterface, subnet_id=subnet(stack, of).id)
    return made, {"route": [{"cidr_block": "0.0.0.0/0", "network_interface_id": inner.id}]}


@case
def aws_default_route_table(stack: Stack) -> Given:
    of = vpc(stack)
    gateway = stack.add(InternetGateway, vpc_id=of.id).id
    routes = [{"cidr_block": "0.0.0.0/0", "gateway_id": gateway}]
    made = stack.add(DefaultRouteTable, default_route_table_id=of["default_route_table_id"], route=routes)
    return made, {"route": []}


@case
def aws_route(stack: Stack) -> Given:
    of = vpc(stack)
    table = stack.add(RouteTable, vpc_id=of.id)
    gateway = stack.add(InternetGateway, vpc_id=of.id)
    inner = stack.add(NetworkInterface, subnet_id=subnet(stack, of).id, source_dest_check=False)
    made = stack.add(Route, route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id)
    assert (made["origin"], made["state"]) == ("CreateRoute", "active")
    return made, {"gateway_id": None, "network_interface_id": inner.id}


@case
def aws_route__ipv6(stack: Stack) -> Given:
    of = vpc(stack, assign_generated_ipv6_cidr_block=True)
    table = stack.add(RouteTable, vpc_id=of.id)
    gateway = stack.add(EgressOnlyInternetGateway, vpc_id=of.id)
    destination = {"destination_ipv6_cidr_block": "::/0", "egress_only_gateway_id": gateway.id}
    return stack.add(Route, route_table_id=table.id, **destination), {}


@case
def aws_route_table_association(stack: Stack) -> Given:
    of = vpc(stack)
    first, second = (stack.add(RouteTable, vpc_id=of.id) for _ in range(2))
    made = stack.add(RouteTableAssociation, route_table_id=first.id, subnet_id=subnet(stack, of).id)
    return made, {"route_table_id": second.id}


@case
def aws_route_table_association__gateway(stack: Stack) -> Given:
    of = vpc(stack)
    gateway, table = stack.add(InternetGateway, vpc_id=of.id), stack.add(RouteTable, vpc_id=of.id)
    return stack.add(RouteTableAssociation, route_table_id=table.id, gateway_id=gateway.id), {}


@case
def aws_main_route_table_association(stack: Stack) -> Given:
    of = vpc(stack)
    first, second = (stack.add(RouteTable, vpc_id=of.id) for _ in range(2))
    made = stack.add(MainRouteTableAssociation, vpc_id=of.id, route_table_id=first.id)
    return made, {"route_table_id": second.id}


@case
def aws_nat_gateway(stack: Stack) -> Given:
    of = vpc(stack)
    inside = subnet(stack, of)
    stack.add(InternetGateway, vpc_id=of.id)
    address = stack.add(Eip)
    return stack.add(NatGateway, subnet_id=inside.id, allocation_id=address.id, connectivity_type="public"), {}


@case
def aws_nat_gateway__private(stack: Stack) -> Given:
    wanted = {"connectivity_type": "private", "private_ip": "10.0.1.10"}
    inside = subnet(stack, vpc(stack))
    addresses = {"secondary_private_ip_addresses": ["10.0.1.11", "10.0.1.12"]}
    made = stack.add(NatGateway, subnet_id=inside.id, **wanted, **addresses)
    return made, {"secondary_private_ip_addresses": ["10.0.1.12", "10.0.1.13"]}


@case
def aws_security_group(stack: Stack) -> Given:
    of = vpc(stack)
    given = {"name": stack.data.name, "description": "Managed by Terraform", "vpc_id": of.id}
    friend = stack.add(SecurityGroup, **{**given, "name": "friend"}, ingress=[], egress=[])
    mixed = web(cidr_blocks=["10.0.0.0/8", "192.0.2.0/24"], ipv6_cidr_blocks=["::/0"], security_groups=[friend.id])
    own = {**web(protocol="-1", from_port=0, to_port=0, description=""), "self": True}
    ping = {"protocol": "icmp", "from_port": 8, "to_port": 0, "description": "", "cidr_blocks": ["0.0.0.0/0"]}
    made = stack.add(SecurityGroup, **given, ingress=[mixed, own], egress=[EVERYWHERE])
    return made, {"ingress": [own, ping, web(cidr_blocks=["10.0.0.0/8"])], "egress": []}


@case
def aws_security_group__revoke_rules_on_delete(stack: Stack) -> Given:
    of = vpc(stack)
    given = {"description": "Managed by Terraform", "vpc_id": of.id, "revoke_rules_on_delete": True}
    made = stack.add(RevokingSecurityGroup, name="a", **given, ingress=[web(self=True)], egress=[EVERYWHERE])
    return made, {"ingress": [web(self=True, cidr_blocks=["10.0.0.0/8"])]}


@case
def aws_default_security_group(stack: Stack) -> Given:
    made = stack.add(DefaultSecurityGroup, vpc_id=vpc(stack).id, ingress=[web(self=True)], egress=[EVERYWHERE])
    return made, {"ingress": []}


@case
def aws_security_group_rule(stack: Stack) -> Given:
    group = bare_group(stack, vpc(stack))
    rule = web(cidr_blocks=["10.0.0.0/8"])
    made = stack.add(SecurityGroupRule, security_group_id=group, type="ingress", **rule)
    stack.add(SecurityGroupRule, security_group_id=group, type="egress", **EVERYWHERE)
    return made, {"description": "the web"}


@case
def aws_security_group_rule__self(stack: Stack) -> Given:
    group = bare_group(stack, vpc(stack))
    return stack.add(SecurityGroupRule, security_group_id=group, type="ingress", **web(self=True)), {}


@case
def aws_vpc_security_group_ingress_rule(stack: Stack) -> Given:
    group = bare_group(stack, vpc(stack))
    rule = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "10.0.0.0/8", "tags": {"Name": "a"}}
    made = stack.add(VpcSecurityGroupIngressRule, security_group_id=group, **rule)
    return made, {"to_port": 444, "cidr_ipv4": "192.0.2.0/24", "description": "more", "tags": {"Name": "b", "x": "y"}}


@case
def aws_vpc_security_group_egress_rule(stack: Stack) -> Given:
    of = vpc(stack)
    group, other = bare_group(stack, of), bare_group(stack, of, "other")
    rule = {"ip_protocol": "-1", "referenced_security_group_id": other}
    return stack.add(VpcSecurityGroupEgressRule, security_group_id=group, **rule), {"description": "to the others"}


def bare_group(stack: Stack, of: Vpc, name: str = "bare") -> str:
    return str(stack.add(SecurityGroup, name=name, description="Managed by Terraform", vpc_id=of.id).id)


@case
def aws_network_acl(stack: Stack) -> Given:
    of = vpc(stack)
    inside = [subnet(stack, of, number).id for number in (1, 2)]
    tcp = {"rule_no": 100, "protocol": "tcp", "action": "allow", "cidr_block": "0.0.0.0/0", "from_port": 80}
    icmp = {"rule_no": 200, "protocol": "icmp", "action": "deny", "cidr_block": "0.0.0.0/0"}
    entries = [{**tcp, "to_port": 80}, {**icmp, "icmp_type": 8, "icmp_code": -1}]
    anything = [{"rule_no": 100, "protocol": "-1", "action": "allow", "ipv6_cidr_block": "::/0"}]
    made = stack.add(NetworkAcl, vpc_id=of.id, subnet_ids=inside[:1], ingress=entries, egress=anything)
    return made, {"subnet_ids": inside[1:], "ingress": [{**tcp, "to_port": 90}], "egress": []}


@case
def aws_default_network_acl(stack: Stack) -> Given:
    of = vpc(stack)
    everything = [{"rule_no": 100, "protocol": "-1", "action": "allow", "cidr_block": "0.0.0.0/0"}]
    acl = of["default_network_acl_id"]
    return stack.add(DefaultNetworkAcl, default_network_acl_id=acl, ingress=everything, egress=everything), {
        "ingress": [{**everything[0], "rule_no": 110}],
    }


@case
def aws_network_acl_rule(stack: Stack) -> Given:
    acl = stack.add(NetworkAcl, vpc_id=vpc(stack).id)
    rule = {"rule_number": 150, "rule_action": "allow", "protocol": "udp", "cidr_block": "0.0.0.0/0"}
    ports = {"from_port": 53, "to_port": 53}
    return stack.add(NetworkAclRule, network_acl_id=acl.id, egress=True, **rule, **ports), {}


@case
def aws_network_acl_association(stack: Stack) -> Given:
    of = vpc(stack)
    inside, acl = subnet(stack, of), stack.add(NetworkAcl, vpc_id=of.id)
    return stack.add(NetworkAclAssociation, network_acl_id=acl.id, subnet_id=inside.id), {}


@case
def aws_vpc_dhcp_options(stack: Stack) -> Given:
    options = {
        "domain-name": ["lab.example"],
        "domain-name-servers": ["10.0.0.2", "10.0.0.3"],
        "ntp-servers": ["10.0.0.4"],
    }
    return stack.add(VpcDhcpOptions, options=options), {}


@case
def aws_vpc_dhcp_options_association(stack: Stack) -> Given:
    of = vpc(stack)
    first, second = (stack.add(VpcDhcpOptions, options={"domain-name": [name]}) for name in ("a.example", "b.example"))
    made = stack.add(VpcDhcpOptionsAssociation, dhcp_options_id=first.id, vpc_id=of.id)
    return made, {"dhcp_options_id": second.id}


@case
def aws_network_interface(stack: Stack) -> Given:
    of = vpc(stack)
    groups = sorted(bare_group(stack, of, name) for name in ("a", "b"))
    given = {"subnet_id": subnet(stack, of).id, "private_ips": ["10.0.1.20", "10.0.1.21"], "security_groups": groups}
    made = stack.add(NetworkInterface, **given, description="of the lab", source_dest_check=True)
    return made, {
        "private_ips": ["10.0.1.20", "10.0.1.22"],
        "security_groups": groups[1:],
        "description": "of the old lab",
        "source_dest_check": False,
    }


@case
def aws_network_interface__counts(stack: Stack) -> Given:
    inside = subnet(stack, vpc(stack)).id
    delegated = stack.add(NetworkInterface, subnet_id=inside, ipv4_prefix_count=2)
    assert all(prefix.endswith("/28") for prefix in delegated["ipv4_prefixes"])
    given = {"subnet_id": inside, "private_ips_count": 2, "interface_type": "interface"}
    return stack.add(NetworkInterface, **given), {"private_ips_count": 4}


@case
def aws_network_interface__ipv6(stack: Stack) -> Given:
    of = vpc(stack, assign_generated_ipv6_cidr_block=True)
    inside = subnet(stack, of, ipv6_cidr_block=of["ipv6_cidr_block"].replace("/56", "/64"))
    return stack.add(NetworkInterface, subnet_id=inside.id, ipv6_address_count=2), {}


@case
def aws_network_interface_sg_attachment(stack: Stack) -> Given:
    of = vpc(stack)
    interface = stack.add(NetworkInterface, subnet_id=subnet(stack, of).id)
    group = bare_group(stack, of)
    return stack.add(NetworkInterfaceSgAttachment, network_interface_id=interface.id, security_group_id=group), {}


@case
def aws_eip(stack: Stack) -> Given:
    return stack.add(Eip, domain="vpc"), {}


@case
def aws_eip__of_an_interface(stack: Stack) -> Given:
    of = vpc(stack)
    stack.add(InternetGateway, vpc_id=of.id)
    inside = subnet(stack, of)
    first = stack.add(NetworkInterface, subnet_id=inside.id, private_ips=["10.0.1.20", "10.0.1.21"])
    second = stack.add(NetworkInterface, subnet_id=inside.id)
    made = stack.add(Eip, network_interface=first.id, associate_with_private_ip="10.0.1.21")
    assert made["private_ip"] == "10.0.1.21"
    return made, {"network_interface": second.id, "associate_with_private_ip": second["private_ip"]}


@case
def aws_eip_association(stack: Stack) -> Given:
    of = vpc(stack)
    stack.add(InternetGateway, vpc_id=of.id)
    interface = stack.add(NetworkInterface, subnet_id=subnet(stack, of).id)
    address = stack.add(Eip)
    return stack.add(EipAssociation, allocation_id=address.id, network_interface_id=interface.id), {}
