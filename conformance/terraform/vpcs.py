"""aws_vpc, aws_subnet, their defaults, further ranges of a VPC, and DHCP options."""

from typing import Any

from conformance.terraform.provider import filters, found, only, wait
from conformance.terraform.resource import Resource, State, tags_of

VPC_GONE = ("InvalidVpcID.NotFound",)
SUBNET_GONE = ("InvalidSubnetID.NotFound",)

VPC_ATTRIBUTES = {
    "enable_dns_hostnames": "EnableDnsHostnames",
    "enable_dns_support": "EnableDnsSupport",
    "enable_network_address_usage_metrics": "EnableNetworkAddressUsageMetrics",
}
SUBNET_ATTRIBUTES = {
    "assign_ipv6_address_on_creation": ("AssignIpv6AddressOnCreation", ("AssignIpv6AddressOnCreation",)),
    "map_public_ip_on_launch": ("MapPublicIpOnLaunch", ("MapPublicIpOnLaunch",)),
    "enable_dns64": ("EnableDns64", ("EnableDns64",)),
    "enable_resource_name_dns_a_record_on_launch": (
        "EnableResourceNameDnsARecordOnLaunch",
        ("PrivateDnsNameOptionsOnLaunch", "EnableResourceNameDnsARecord"),
    ),
    "enable_resource_name_dns_aaaa_record_on_launch": (
        "EnableResourceNameDnsAAAARecordOnLaunch",
        ("PrivateDnsNameOptionsOnLaunch", "EnableResourceNameDnsAAAARecord"),
    ),
    "private_dns_hostname_type_on_launch": (
        "PrivateDnsHostnameTypeOnLaunch",
        ("PrivateDnsNameOptionsOnLaunch", "HostnameType"),
    ),
}


class Vpc(Resource):
    kind = "vpc"
    unread = frozenset({"assign_generated_ipv6_cidr_block"})

    def create(self) -> None:
        generated = self.get("assign_generated_ipv6_cidr_block", False)
        made = self.ec2.create_vpc(
            **self.given(CidrBlock="cidr_block", InstanceTenancy="instance_tenancy"),
            AmazonProvidedIpv6CidrBlock=generated,
            TagSpecifications=self.tag_specifications,
        )["Vpc"]
        self.id = made["VpcId"]
        wait(lambda: (self.find() or {}).get("State"), ["pending"], ["available"])
        if generated:
            self.wait_for_ipv6(made["Ipv6CidrBlockAssociationSet"][0]["AssociationId"])
        for argument in VPC_ATTRIBUTES:
            if argument in self.arguments:
                self.set_attribute(argument)

    def find(self) -> Any:
        answer = found(self.ec2.describe_vpcs, VPC_GONE, VpcIds=[self.id])
        return only(answer["Vpcs"]) if answer else None

    def attribute(self, argument: str) -> Any:
        name = VPC_ATTRIBUTES[argument]
        answer = self.ec2.describe_vpc_attribute(VpcId=self.id, Attribute=name[0].lower() + name[1:])
        return answer[name]["Value"]

    def set_attribute(self, argument: str) -> None:
        wanted = self.get(argument)
        self.ec2.modify_vpc_attribute(VpcId=self.id, **{VPC_ATTRIBUTES[argument]: {"Value": wanted}})
        wait(lambda: self.attribute(argument), [not wanted], [wanted])

    def ipv6_state(self, association_id: str) -> str | None:
        wanted = filters(ipv6_cidr_block_association__association_id=association_id)
        vpc = only(self.ec2.describe_vpcs(Filters=wanted)["Vpcs"])
        for each in (vpc or {}).get("Ipv6CidrBlockAssociationSet", []):
            if each["AssociationId"] == association_id:
                return str(each["Ipv6CidrBlockState"]["State"])
        return None

    def wait_for_ipv6(self, association_id: str) -> None:
        wait(lambda: self.ipv6_state(association_id), ["associating", "disassociated"], ["associated"])

    def read(self) -> State | None:
        vpc = self.find()
        if vpc is None:
            return None
        inside = filters(vpc_id=self.id)
        acl = only(self.ec2.describe_network_acls(Filters=[*filters(default="true"), *inside])["NetworkAcls"])
        main = [*filters(association__main="true"), *inside]
        table = only(self.ec2.describe_route_tables(Filters=main)["RouteTables"])
        default = [*filters(group_name="default"), *inside]
        group = only(self.ec2.describe_security_groups(Filters=default)["SecurityGroups"])
        ipv6 = [
            a for a in vpc.get("Ipv6CidrBlockAssociationSet", []) if a["Ipv6CidrBlockState"]["State"] == "associated"
        ]
        return {
            "arn": f"arn:aws:ec2:{self.tf.region}:{vpc['OwnerId']}:vpc/{vpc['VpcId']}",
            "cidr_block": vpc["CidrBlock"],
            "instance_tenancy": vpc["InstanceTenancy"],
            "dhcp_options_id": vpc["DhcpOptionsId"],
            **{argument: self.attribute(argument) for argument in VPC_ATTRIBUTES},
            "default_network_acl_id": acl["NetworkAclId"],
            "default_route_table_id": table["RouteTableId"],
            "main_route_table_id": table["RouteTableId"],
            "default_security_group_id": group["GroupId"],
            "ipv6_cidr_block": ipv6[0]["Ipv6CidrBlock"] if ipv6 else "",
            "ipv6_association_id": ipv6[0]["AssociationId"] if ipv6 else "",
            "is_default": vpc["IsDefault"],
            "tags": tags_of(vpc),
        }

    def update(self, changed: dict[str, Any]) -> None:
        for argument in VPC_ATTRIBUTES:
            if argument in changed:
                self.set_attribute(argument)
        if "instance_tenancy" in changed:
            self.ec2.modify_vpc_tenancy(VpcId=self.id, InstanceTenancy=self.get("instance_tenancy"))
        if "assign_generated_ipv6_cidr_block" in changed:
            self.change_ipv6()

    def change_ipv6(self) -> None:
        if self.get("assign_generated_ipv6_cidr_block"):
            made = self.ec2.associate_vpc_cidr_block(VpcId=self.id, AmazonProvidedIpv6CidrBlock=True)
            self.wait_for_ipv6(made["Ipv6CidrBlockAssociation"]["AssociationId"])
            return
        association_id = self["ipv6_association_id"]
        self.ec2.disassociate_vpc_cidr_block(AssociationId=association_id)
        wait(
            lambda: self.ipv6_state(association_id),
            ["associated", "disassociating", "disassociated"],
            [None, "disassociated"],
        )

    def delete(self) -> None:
        self.ec2.delete_vpc(VpcId=self.id)
        wait(lambda: self.find() and "there", ["there"], [None])


class VpcIpv4CidrBlockAssociation(Resource):
    def create(self) -> None:
        made = self.ec2.associate_vpc_cidr_block(**self.given(VpcId="vpc_id", CidrBlock="cidr_block"))
        self.id = made["CidrBlockAssociation"]["AssociationId"]
        wait(self.condition, ["associating"], ["associated"])

    def find(self) -> Any:
        wanted = filters(cidr_block_association__association_id=self.id)
        vpc = only(self.ec2.describe_vpcs(Filters=wanted)["Vpcs"])
        associations = (vpc or {}).get("CidrBlockAssociationSet", [])
        return next(((vpc, a) for a in associations if a["AssociationId"] == self.id), (None, None))

    def condition(self) -> str | None:
        _, association = self.find()
        return association["CidrBlockState"]["State"] if association else None

    def read(self) -> State | None:
        vpc, association = self.find()
        if vpc is None or association["CidrBlockState"]["State"] == "disassociated":
            return None
        return {"vpc_id": vpc["VpcId"], "cidr_block": association["CidrBlock"]}

    def delete(self) -> None:
        self.ec2.disassociate_vpc_cidr_block(AssociationId=self.id)
        wait(self.condition, ["associated", "disassociating"], [None, "disassociated"])


class DefaultVpc(Vpc):
    """Adopts the VPC that is there, and makes it where none is; it is not destroyed with the stack."""

    stays = True

    def create(self) -> None:
        vpc = only(self.ec2.describe_vpcs(Filters=filters(isDefault="true"))["Vpcs"])
        if vpc is None:
            vpc = self.ec2.create_default_vpc()["Vpc"]
        self.id = vpc["VpcId"]
        wait(lambda: (self.find() or {}).get("State"), ["pending"], ["available"])
        self.change_tags(tags_of(self.find()))

    def delete(self) -> None:
        """Terraform forgets it."""


class Subnet(Resource):
    kind = "subnet"

    def create(self) -> None:
        made = self.ec2.create_subnet(
            **self.given(
                VpcId="vpc_id",
                CidrBlock="cidr_block",
                AvailabilityZone="availability_zone",
                AvailabilityZoneId="availability_zone_id",
                Ipv6CidrBlock="ipv6_cidr_block",
                Ipv6Native="ipv6_native",
            ),
            TagSpecifications=self.tag_specifications,
        )["Subnet"]
        self.id = made["SubnetId"]
        wait(lambda: (self.find() or {}).get("State"), ["pending"], ["available"])
        for association in made.get("Ipv6CidrBlockAssociationSet", []):
            self.wait_for_ipv6(association["AssociationId"])
        for argument in SUBNET_ATTRIBUTES:
            if argument in self.arguments:
                self.set_attribute(argument)

    def find(self) -> Any:
        answer = found(self.ec2.describe_subnets, SUBNET_GONE, SubnetIds=[self.id])
        return only(answer["Subnets"]) if answer else None

    def attribute(self, argument: str) -> Any:
        value = self.find()
        for member in SUBNET_ATTRIBUTES[argument][1]:
            value = value[member]
        return value

    def set_attribute(self, argument: str) -> None:
        name, wanted = SUBNET_ATTRIBUTES[argument][0], self.get(argument)
        before = self.attribute(argument)
        value = wanted if argument == "private_dns_hostname_type_on_launch" else {"Value": wanted}
        self.ec2.modify_subnet_attribute(SubnetId=self.id, **{name: value})
        wait(lambda: self.attribute(argument), [before], [wanted])

    def wait_for_ipv6(self, association_id: str) -> None:
        def look() -> Any:
            wanted = filters(ipv6_cidr_block_association__association_id=association_id)
            subnet = only(self.ec2.describe_subnets(Filters=wanted)["Subnets"])
            associations = (subnet or {}).get("Ipv6CidrBlockAssociationSet", [])
            states = [a["Ipv6CidrBlockState"]["State"] for a in associations if a["AssociationId"] == association_id]
            return only(states)

        wait(look, ["associating", "disassociated"], ["associated"])

    def read(self) -> State | None:
        subnet = self.find()
        if subnet is None:
            return None
        ipv6 = [a for a in subnet["Ipv6CidrBlockAssociationSet"] if a["Ipv6CidrBlockState"]["State"] == "associated"]
        options = subnet["PrivateDnsNameOptionsOnLaunch"]
        assert options["HostnameType"] in ("ip-name", "resource-name")
        return {
            "arn": subnet["SubnetArn"],
            "vpc_id": subnet["VpcId"],
            "cidr_block": subnet.get("CidrBlock"),
            "availability_zone": subnet["AvailabilityZone"],
            "availability_zone_id": subnet["AvailabilityZoneId"],
            "ipv6_cidr_block": ipv6[0]["Ipv6CidrBlock"] if ipv6 else "",
            "ipv6_native": subnet["Ipv6Native"],
            "default_for_az": subnet["DefaultForAz"],
            "owner_id": subnet["OwnerId"],
            **{argument: self.attribute(argument) for argument in SUBNET_ATTRIBUTES},
            "tags": tags_of(subnet),
        }

    def update(self, changed: dict[str, Any]) -> None:
        if "ipv6_cidr_block" in changed:
            made = self.ec2.associate_subnet_cidr_block(SubnetId=self.id, Ipv6CidrBlock=self.get("ipv6_cidr_block"))
            self.wait_for_ipv6(made["Ipv6CidrBlockAssociation"]["AssociationId"])
        for argument in SUBNET_ATTRIBUTES:
            if argument in changed:
                self.set_attribute(argument)

    def delete(self) -> None:
        left = self.ec2.describe_network_interfaces(Filters=filters(subnet_id=self.id))["NetworkInterfaces"]
        assert not left, left
        self.ec2.delete_subnet(SubnetId=self.id)
        wait(lambda: self.find() and "there", ["there"], [None])


class DefaultSubnet(Subnet):
    """Adopts the default subnet of a zone, and makes it where none is."""

    stays = True

    def create(self) -> None:
        wanted = filters(availabilityZone=self.get("availability_zone"), defaultForAz="true")
        subnet = only(self.ec2.describe_subnets(Filters=wanted)["Subnets"])
        if subnet is None:
            subnet = self.ec2.create_default_subnet(AvailabilityZone=self.get("availability_zone"))["Subnet"]
        self.id = subnet["SubnetId"]
        wait(lambda: (self.find() or {}).get("State"), ["pending"], ["available"])
        self.change_tags(tags_of(self.find()))

    def delete(self) -> None:
        """Terraform forgets it."""


class VpcDhcpOptions(Resource):
    kind = "dhcp-options"

    def create(self) -> None:
        configurations = [{"Key": key, "Values": values} for key, values in self.get("options").items()]
        made = self.ec2.create_dhcp_options(
            DhcpConfigurations=configurations, TagSpecifications=self.tag_specifications
        )
        self.id = made["DhcpOptions"]["DhcpOptionsId"]

    def read(self) -> State | None:
        gone = ("InvalidDhcpOptionID.NotFound",)
        answer = found(self.ec2.describe_dhcp_options, gone, DhcpOptionsIds=[self.id])
        options = only(answer["DhcpOptions"]) if answer else None
        if options is None:
            return None
        return {
            "options": {c["Key"]: [v["Value"] for v in c["Values"]] for c in options["DhcpConfigurations"]},
            "owner_id": options["OwnerId"],
            "tags": tags_of(options),
        }

    def delete(self) -> None:
        for vpc in self.ec2.describe_vpcs(Filters=filters(dhcp_options_id=self.id))["Vpcs"]:
            self.ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=vpc["VpcId"])
        self.ec2.delete_dhcp_options(DhcpOptionsId=self.id)


class VpcDhcpOptionsAssociation(Resource):
    def create(self) -> None:
        self.ec2.associate_dhcp_options(**self.given(DhcpOptionsId="dhcp_options_id", VpcId="vpc_id"))
        self.id = f"{self.get('dhcp_options_id')}-{self.get('vpc_id')}"

    def read(self) -> State | None:
        answer = found(self.ec2.describe_vpcs, VPC_GONE, VpcIds=[self.get("vpc_id")])
        vpc = only(answer["Vpcs"]) if answer else None
        if vpc is None or vpc["DhcpOptionsId"] != self.get("dhcp_options_id"):
            return None
        return {"dhcp_options_id": vpc["DhcpOptionsId"], "vpc_id": vpc["VpcId"]}

    def update(self, changed: dict[str, Any]) -> None:
        self.create()

    def delete(self) -> None:
        self.ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=self.get("vpc_id"))
