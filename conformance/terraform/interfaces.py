"""Network interfaces, their attachments and groups, Elastic IPs and their associations."""

from typing import Any

from conformance.terraform.provider import filters, found, only, retried, wait
from conformance.terraform.resource import Resource, State, tags_of

INTERFACE_GONE = ("InvalidNetworkInterfaceID.NotFound",)
ADDRESS_GONE = ("InvalidAllocationID.NotFound", "InvalidAddress.NotFound")
PENDING_INSTANCE = ("InvalidInstanceID",)


def interface(ec2: Any, interface_id: str) -> Any:
    answer = found(ec2.describe_network_interfaces, INTERFACE_GONE, NetworkInterfaceIds=[interface_id])
    return only(answer["NetworkInterfaces"]) if answer else None


def attachment_state(ec2: Any, attachment_id: str) -> str | None:
    wanted = filters(attachment__attachment_id=attachment_id)
    shown = only(ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"])
    return shown["Attachment"]["Status"] if shown else None


def attach(ec2: Any, interface_id: str, instance_id: str, device_index: int) -> str:
    made = ec2.attach_network_interface(
        NetworkInterfaceId=interface_id, InstanceId=instance_id, DeviceIndex=device_index
    )
    wait(lambda: interface(ec2, interface_id)["Attachment"]["Status"], ["attaching"], ["attached"])
    return str(made["AttachmentId"])


def detach(ec2: Any, attachment_id: str) -> None:
    """Detaches by force, as the provider always does."""
    found(ec2.detach_network_interface, ("InvalidAttachmentID.NotFound",), AttachmentId=attachment_id, Force=True)
    wait(lambda: attachment_state(ec2, attachment_id), ["attached", "detaching"], [None, "detached"])


class NetworkInterface(Resource):
    kind = "network-interface"

    def create(self) -> None:
        made = self.ec2.create_network_interface(
            **self.given(
                SubnetId="subnet_id",
                Description="description",
                Groups="security_groups",
                InterfaceType="interface_type",
                SecondaryPrivateIpAddressCount="private_ips_count",
                Ipv4PrefixCount="ipv4_prefix_count",
                Ipv4Prefixes="ipv4_prefixes",
                Ipv6AddressCount="ipv6_address_count",
                Ipv6Addresses="ipv6_addresses",
                Ipv6PrefixCount="ipv6_prefix_count",
            ),
            **self.addresses(),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["NetworkInterface"]["NetworkInterfaceId"]
        wait(lambda: interface(self.ec2, self.id)["Status"], ["pending"], ["available"])
        if self.get("source_dest_check") is False:
            self.modify(SourceDestCheck={"Value": False})

    def addresses(self) -> dict[str, Any]:
        given = self.get("private_ips", [])
        shown = [{"PrivateIpAddress": ip, "Primary": n == 0} for n, ip in enumerate(given)]
        return {"PrivateIpAddresses": shown} if shown else {}

    def modify(self, **attribute: Any) -> None:
        self.ec2.modify_network_interface_attribute(NetworkInterfaceId=self.id, **attribute)

    def read(self) -> State | None:
        shown = interface(self.ec2, self.id)
        if shown is None:
            return None
        addresses = shown["PrivateIpAddresses"]
        ipv6 = [each["Ipv6Address"] for each in shown["Ipv6Addresses"]]
        return {
            "subnet_id": shown["SubnetId"],
            "description": shown["Description"],
            "interface_type": shown["InterfaceType"],
            "mac_address": shown["MacAddress"],
            "owner_id": shown["OwnerId"],
            "private_dns_name": shown.get("PrivateDnsName"),
            "private_ip": shown["PrivateIpAddress"],
            "private_ips": [a["PrivateIpAddress"] for a in addresses],
            "private_ips_count": len(addresses) - 1,
            "ipv4_prefixes": sorted(p["Ipv4Prefix"] for p in shown.get("Ipv4Prefixes", [])),
            "ipv4_prefix_count": len(shown.get("Ipv4Prefixes", [])),
            "ipv6_addresses": sorted(ipv6),
            "ipv6_address_count": len(ipv6),
            "security_groups": sorted(g["GroupId"] for g in shown["Groups"]),
            "source_dest_check": shown["SourceDestCheck"],
            "tags": tags_of(shown),
        }

    def update(self, changed: dict[str, Any]) -> None:
        if "private_ips" in changed:
            before, now = set(changed["private_ips"]), set(self.get("private_ips"))
            if gone := sorted(before - now):
                self.ec2.unassign_private_ip_addresses(NetworkInterfaceId=self.id, PrivateIpAddresses=gone)
            if new := sorted(now - before):
                self.ec2.assign_private_ip_addresses(NetworkInterfaceId=self.id, PrivateIpAddresses=new)
        if "private_ips_count" in changed:
            more = self.get("private_ips_count") - changed["private_ips_count"]
            call = self.ec2.assign_private_ip_addresses
            call(NetworkInterfaceId=self.id, SecondaryPrivateIpAddressCount=more)
        if "source_dest_check" in changed:
            self.modify(SourceDestCheck={"Value": self.get("source_dest_check")})
        if "security_groups" in changed:
            self.modify(Groups=self.get("security_groups"))
        if "description" in changed:
            self.modify(Description={"Value": self.get("description")})

    def delete(self) -> None:
        shown = interface(self.ec2, self.id)
        if attachment := shown.get("Attachment"):
            detach(self.ec2, attachment["AttachmentId"])
        found(self.ec2.delete_network_interface, INTERFACE_GONE, NetworkInterfaceId=self.id)


class NetworkInterfaceAttachment(Resource):
    def create(self) -> None:
        arguments = (self.get(name) for name in ("network_interface_id", "instance_id", "device_index"))
        self.id = attach(self.ec2, *arguments)

    def read(self) -> State | None:
        wanted = filters(attachment__attachment_id=self.id)
        shown = only(self.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"])
        if shown is None:
            return None
        return {
            "network_interface_id": shown["NetworkInterfaceId"],
            "instance_id": shown["Attachment"]["InstanceId"],
            "device_index": shown["Attachment"]["DeviceIndex"],
            "status": shown["Attachment"]["Status"],
        }

    def delete(self) -> None:
        detach(self.ec2, self.id)


class NetworkInterfaceSgAttachment(Resource):
    """One group more on an interface."""

    def groups(self) -> list[str]:
        shown = interface(self.ec2, self.get("network_interface_id"))
        return [g["GroupId"] for g in shown["Groups"]] if shown else []

    def put(self, groups: list[str]) -> None:
        call = self.ec2.modify_network_interface_attribute
        call(NetworkInterfaceId=self.get("network_interface_id"), Groups=groups)

    def create(self) -> None:
        self.put([*self.groups(), self.get("security_group_id")])
        self.id = f"{self.get('security_group_id')}_{self.get('network_interface_id')}"

    def read(self) -> State | None:
        return dict(self.arguments) if self.get("security_group_id") in self.groups() else None

    def delete(self) -> None:
        self.put([group for group in self.groups() if group != self.get("security_group_id")])


class Eip(Resource):
    kind = "elastic-ip"
    unread = frozenset({"associate_with_private_ip"})

    def create(self) -> None:
        made = self.ec2.allocate_address(
            Domain="vpc",
            **self.given(
                Address="address", PublicIpv4Pool="public_ipv4_pool", NetworkBorderGroup="network_border_group"
            ),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["AllocationId"]
        wait(lambda: self.find() and "there", [], ["there"])
        if self.get("instance") or self.get("network_interface"):
            self.associate()

    def associate(self) -> None:
        made = retried(
            self.ec2.associate_address,
            PENDING_INSTANCE,
            AllocationId=self.id,
            **self.given(
                InstanceId="instance",
                NetworkInterfaceId="network_interface",
                PrivateIpAddress="associate_with_private_ip",
            ),
        )
        wanted = filters(association_id=made["AssociationId"])
        wait(lambda: len(self.ec2.describe_addresses(Filters=wanted)["Addresses"]), [], [1])

    def find(self) -> Any:
        answer = found(self.ec2.describe_addresses, ADDRESS_GONE, AllocationIds=[self.id])
        return only(answer["Addresses"]) if answer else None

    def read(self) -> State | None:
        address = self.find()
        if address is None:
            return None
        names = self.ec2.describe_addresses_attribute(AllocationIds=[self.id], Attribute="domain-name")["Addresses"]
        return {
            "allocation_id": address["AllocationId"],
            "domain": address["Domain"],
            "public_ip": address["PublicIp"],
            "public_ipv4_pool": address["PublicIpv4Pool"],
            "network_border_group": address["NetworkBorderGroup"],
            "association_id": address.get("AssociationId"),
            "instance": address.get("InstanceId"),
            "network_interface": address.get("NetworkInterfaceId"),
            "private_ip": address.get("PrivateIpAddress"),
            "ptr_record": [each.get("PtrRecord") for each in names],
            "tags": tags_of(address),
        }

    def disassociate(self, association_id: str) -> None:
        gone = ("InvalidAssociationID.NotFound",)
        found(self.ec2.disassociate_address, gone, AssociationId=association_id)

    def update(self, changed: dict[str, Any]) -> None:
        if self["association_id"]:
            self.disassociate(self["association_id"])
        self.associate()

    def delete(self) -> None:
        address = self.find()
        if address.get("AssociationId"):
            self.disassociate(address["AssociationId"])
        found(
            self.ec2.release_address,
            ADDRESS_GONE,
            AllocationId=self.id,
            NetworkBorderGroup=address["NetworkBorderGroup"],
        )


class EipAssociation(Resource):
    unread = frozenset({"allow_reassociation"})

    def create(self) -> None:
        made = retried(
            self.ec2.associate_address,
            PENDING_INSTANCE,
            **self.given(
                AllocationId="allocation_id",
                AllowReassociation="allow_reassociation",
                InstanceId="instance_id",
                NetworkInterfaceId="network_interface_id",
                PrivateIpAddress="private_ip_address",
                PublicIp="public_ip",
            ),
        )
        self.id = made["AssociationId"]
        wait(lambda: self.find() and "there", [], ["there"])

    def find(self) -> Any:
        gone = ("InvalidAssociationID.NotFound", *ADDRESS_GONE)
        answer = found(self.ec2.describe_addresses, gone, Filters=filters(association_id=self.id))
        return only(answer["Addresses"]) if answer else None

    def read(self) -> State | None:
        address = self.find()
        if address is None:
            return None
        return {
            "allocation_id": address["AllocationId"],
            "public_ip": address["PublicIp"],
            "instance_id": address.get("InstanceId"),
            "network_interface_id": address["NetworkInterfaceId"],
            "private_ip_address": address["PrivateIpAddress"],
        }

    def delete(self) -> None:
        found(self.ec2.disassociate_address, ("InvalidAssociationID.NotFound",), AssociationId=self.id)
