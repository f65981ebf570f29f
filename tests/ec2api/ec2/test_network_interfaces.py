import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

import pytest

from backend import ids
from tests.launching import ami, code_of, launch, wait_for
from tests.refusal import refused


@pytest.fixture
def subnet(ec2: Any) -> dict[str, Any]:
    """A subnet of both families, in the zone where instances are launched."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    block = until(lambda: blocks_of(ec2, vpc))[0]["Ipv6CidrBlock"]
    made: dict[str, Any] = ec2.create_subnet(
        VpcId=vpc,
        CidrBlock="10.0.0.0/24",
        Ipv6CidrBlock=block.replace("/56", "/64"),
        AvailabilityZone="us-east-1a",
    )["Subnet"]
    return made


def blocks_of(ec2: Any, vpc_id: str) -> list[dict[str, Any]]:
    found = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    return [block for block in found if block["Ipv6CidrBlockState"]["State"] == "associated"]


def until(look: Callable[[], Any], seconds: float = 20) -> Any:
    """What ``look`` gives, once that is something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def create(ec2: Any, subnet: dict[str, Any], **given: Any) -> dict[str, Any]:
    made: dict[str, Any] = ec2.create_network_interface(SubnetId=subnet["SubnetId"], **given)["NetworkInterface"]
    return made


def show(ec2: Any, id: str) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_network_interfaces(NetworkInterfaceIds=[id])["NetworkInterfaces"][0]
    return found


def available(ec2: Any, subnet: dict[str, Any]) -> int:
    return int(ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"][0]["AvailableIpAddressCount"])


def attachment(ec2: Any, id: str, status: str) -> dict[str, Any]:
    """The interface, once its attachment has a status."""
    found: dict[str, Any] = until(
        lambda: next((n for n in [show(ec2, id)] if n.get("Attachment", {}).get("Status") == status), None)
    )
    return found


class TestCreate:
    def test_a_new_interface(self, ec2: Any, subnet: dict[str, Any]) -> None:
        tags = [{"Key": "Name", "Value": "web"}]
        made = create(
            ec2, subnet, Description="web", TagSpecifications=[{"ResourceType": "network-interface", "Tags": tags}]
        )
        assert made == show(ec2, made["NetworkInterfaceId"])
        assert (made["Status"], made["InterfaceType"], made["Description"]) == ("available", "interface", "web")
        assert made["TagSet"] == tags and "Attachment" not in made
        assert [g["GroupName"] for g in made["Groups"]] == ["default"]
        assert made["PrivateIpAddresses"][0]["PrivateIpAddress"] == made["PrivateIpAddress"] == "10.0.0.4"
        assert made["Ipv6Addresses"] == made["Ipv4Prefixes"] == made["Ipv6Prefixes"] == []
        assert available(ec2, subnet) == 250

    def test_a_token_makes_it_once(self, ec2: Any, subnet: dict[str, Any]) -> None:
        first = ec2.create_network_interface(SubnetId=subnet["SubnetId"], ClientToken="once")
        again = ec2.create_network_interface(SubnetId=subnet["SubnetId"], ClientToken="once")
        assert first["ClientToken"] == "once"
        assert first["NetworkInterface"]["NetworkInterfaceId"] == again["NetworkInterface"]["NetworkInterfaceId"]

    def test_addresses_that_are_named(self, ec2: Any, subnet: dict[str, Any]) -> None:
        listed = [
            {"PrivateIpAddress": "10.0.0.50", "Primary": False},
            {"PrivateIpAddress": "10.0.0.40", "Primary": True},
        ]
        made = create(ec2, subnet, PrivateIpAddresses=listed)
        assert [(a["PrivateIpAddress"], a["Primary"]) for a in made["PrivateIpAddresses"]] == [
            ("10.0.0.40", True),
            ("10.0.0.50", False),
        ]
        secondary_only = create(ec2, subnet, PrivateIpAddresses=[{"PrivateIpAddress": "10.0.0.60"}])
        assert secondary_only["PrivateIpAddress"] == "10.0.0.4"
        assert {a["PrivateIpAddress"] for a in secondary_only["PrivateIpAddresses"]} == {"10.0.0.4", "10.0.0.60"}

    def test_a_count_of_secondary_addresses(self, ec2: Any, subnet: dict[str, Any]) -> None:
        made = create(ec2, subnet, PrivateIpAddress="10.0.0.9", SecondaryPrivateIpAddressCount=3)
        assert len(made["PrivateIpAddresses"]) == 4 and made["PrivateIpAddress"] == "10.0.0.9"
        assert available(ec2, subnet) == 247

    def test_ipv6_addresses(self, ec2: Any, subnet: dict[str, Any]) -> None:
        block = IPv6Network(subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
        two = create(ec2, subnet, Ipv6AddressCount=2)["Ipv6Addresses"]
        assert len({a["Ipv6Address"] for a in two}) == 2
        assert all(ip_address(a["Ipv6Address"]) in block and not a["IsPrimaryIpv6"] for a in two)
        wanted = str(block[0x77])
        named = create(ec2, subnet, Ipv6Addresses=[{"Ipv6Address": wanted}], EnablePrimaryIpv6=True)
        assert named["Ipv6Addresses"] == [{"Ipv6Address": wanted, "IsPrimaryIpv6": True}]
        with refused("InvalidIPAddress.InUse"):
            create(ec2, subnet, Ipv6Addresses=[{"Ipv6Address": wanted}])
        for outside in ("2001:db8::1", str(block[0]), str(block[-1]), "nonsense"):
            assert code_of(create, ec2=ec2, subnet=subnet, Ipv6Addresses=[{"Ipv6Address": outside}]) == (
                "InvalidParameterValue"
            )
        found = ec2.describe_network_interfaces(Filters=[{"Name": "ipv6-addresses.ipv6-address", "Values": [wanted]}])
        assert [n["NetworkInterfaceId"] for n in found["NetworkInterfaces"]] == [named["NetworkInterfaceId"]]

    def test_a_subnet_that_gives_ipv6_addresses_by_itself(self, ec2: Any, subnet: dict[str, Any]) -> None:
        ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], AssignIpv6AddressOnCreation={"Value": True})
        assert len(create(ec2, subnet)["Ipv6Addresses"]) == 1
        assert create(ec2, subnet, Ipv6AddressCount=0)["Ipv6Addresses"] == []

    def test_prefixes(self, ec2: Any, subnet: dict[str, Any]) -> None:
        made = create(ec2, subnet, Ipv4PrefixCount=2, Ipv6PrefixCount=1)
        four = [IPv4Network(p["Ipv4Prefix"]) for p in made["Ipv4Prefixes"]]
        assert [p.prefixlen for p in four] == [28, 28] and four[0] != four[1]
        assert IPv6Network(made["Ipv6Prefixes"][0]["Ipv6Prefix"]).prefixlen == 80
        assert available(ec2, subnet) == 251 - 1 - 32
        with refused("InvalidIPAddress.InUse"):
            create(ec2, subnet, Ipv4Prefixes=[{"Ipv4Prefix": str(four[0])}])
        with refused("InvalidIPAddress.InUse"):
            create(ec2, subnet, PrivateIpAddress=str(four[0][3]))
        inside = str(IPv6Network(made["Ipv6Prefixes"][0]["Ipv6Prefix"])[5])
        with refused("InvalidIPAddress.InUse"):
            create(ec2, subnet, Ipv6Addresses=[{"Ipv6Address": inside}])
        ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])
        assert available(ec2, subnet) == 251
        create(ec2, subnet, Ipv4Prefixes=[{"Ipv4Prefix": str(four[0])}], Ipv6Addresses=[{"Ipv6Address": inside}])

    def test_prefixes_come_from_their_reservations(self, ec2: Any, subnet: dict[str, Any]) -> None:
        ec2.create_subnet_cidr_reservation(SubnetId=subnet["SubnetId"], Cidr="10.0.0.128/27", ReservationType="prefix")
        ec2.create_subnet_cidr_reservation(SubnetId=subnet["SubnetId"], Cidr="10.0.0.4/30", ReservationType="explicit")
        assert create(ec2, subnet)["PrivateIpAddress"] == "10.0.0.8"
        assert create(ec2, subnet, PrivateIpAddress="10.0.0.5")["PrivateIpAddress"] == "10.0.0.5"
        prefixes = create(ec2, subnet, Ipv4PrefixCount=2)["Ipv4Prefixes"]
        assert [p["Ipv4Prefix"] for p in prefixes] == ["10.0.0.128/28", "10.0.0.144/28"]
        assert code_of(create, ec2=ec2, subnet=subnet, Ipv4PrefixCount=1) == "InsufficientFreeAddressesInSubnet"

    @pytest.mark.parametrize("kind", ["interface", "efa", "branch", "trunk"])
    def test_types(self, ec2: Any, subnet: dict[str, Any], kind: str) -> None:
        assert create(ec2, subnet, InterfaceType=kind)["InterfaceType"] == kind

    def test_one_without_addresses(self, ec2: Any, subnet: dict[str, Any]) -> None:
        made = create(ec2, subnet, InterfaceType="efa-only")
        assert made["PrivateIpAddresses"] == [] and "PrivateIpAddress" not in made
        assert available(ec2, subnet) == 251
        with refused("InvalidParameterCombination"):
            create(ec2, subnet, InterfaceType="efa-only", Ipv6AddressCount=1)

    def test_connection_tracking(self, ec2: Any, subnet: dict[str, Any]) -> None:
        made = create(ec2, subnet, ConnectionTrackingSpecification={"TcpEstablishedTimeout": 60})
        assert made["ConnectionTrackingConfiguration"] == {"TcpEstablishedTimeout": 60}
        with refused("InvalidParameterValue"):
            create(ec2, subnet, ConnectionTrackingSpecification={"UdpTimeout": 61})

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"PrivateIpAddress": "10.0.0.2"}, "InvalidParameterValue"),
            ({"PrivateIpAddress": "10.0.1.2"}, "InvalidParameterValue"),
            ({"InterfaceType": "lambda"}, "InvalidParameterValue"),
            ({"Groups": ["sg-0123456789abcdef0"]}, "InvalidGroup.NotFound"),
            ({"SecondaryPrivateIpAddressCount": -1}, "InvalidParameterValue"),
            ({"SecondaryPrivateIpAddressCount": 50}, "PrivateIpAddressLimitExceeded"),
            ({"SecondaryPrivateIpAddressCount": 2, "Ipv4PrefixCount": 1}, "InvalidParameterCombination"),
            ({"Ipv6AddressCount": 2, "Ipv6PrefixCount": 1}, "InvalidParameterCombination"),
            ({"Ipv4Prefixes": [{"Ipv4Prefix": "10.0.0.0/28"}]}, "InvalidParameterValue"),
            ({"Ipv4Prefixes": [{"Ipv4Prefix": "10.0.0.16/27"}]}, "InvalidParameterValue"),
            ({"Ipv6Prefixes": [{"Ipv6Prefix": "2001:db8::/80"}]}, "InvalidParameterValue"),
            ({"EnablePrimaryIpv6": True}, "InvalidParameterCombination"),
            ({"Operator": {"Principal": "eks.amazonaws.com"}}, "OperationNotPermitted"),
        ],
    )
    def test_what_is_refused(self, ec2: Any, subnet: dict[str, Any], given: dict[str, Any], code: str) -> None:
        assert code_of(create, ec2=ec2, subnet=subnet, **given) == code
        assert available(ec2, subnet) == 251

    def test_a_subnet_without_ipv6(self, ec2: Any) -> None:
        default = ec2.describe_subnets()["Subnets"][0]
        with refused("InvalidParameterValue", "does not have an IPv6 CIDR block"):
            create(ec2, default, Ipv6AddressCount=1)
        assert code_of(create, ec2=ec2, subnet={"SubnetId": ids.new("subnet")}) == "InvalidSubnetID.NotFound"

    def test_a_deleted_interface(self, ec2: Any, subnet: dict[str, Any]) -> None:
        id = create(ec2, subnet)["NetworkInterfaceId"]
        with refused("DependencyViolation"):
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_network_interface(NetworkInterfaceId=id)
        assert code_of(ec2.delete_network_interface, NetworkInterfaceId=id) == "InvalidNetworkInterfaceID.NotFound"
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])


class TestAttach:
    @pytest.fixture
    def home(self, ec2: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """A running instance, and its subnet."""
        instance = launch(ec2)
        return instance, ec2.describe_subnets(SubnetIds=[instance["SubnetId"]])["Subnets"][0]

    def test_it_comes_and_goes(self, ec2: Any, home: tuple[Any, Any]) -> None:
        instance, subnet = home
        id = create(ec2, subnet)["NetworkInterfaceId"]
        given = {"NetworkInterfaceId": id, "InstanceId": instance["InstanceId"], "DeviceIndex": 1}
        attached = ec2.attach_network_interface(**given)
        assert attached["NetworkCardIndex"] == 0
        seen = attachment(ec2, id, "attached")
        assert seen["Status"] == "in-use"
        assert seen["Attachment"]["AttachmentId"] == attached["AttachmentId"]
        assert seen["Attachment"]["DeleteOnTermination"] is False
        assert seen["Attachment"]["InstanceId"] == instance["InstanceId"]
        (shown,) = wait_for(ec2, [instance["InstanceId"]], "running")
        assert [n["Attachment"]["DeviceIndex"] for n in shown["NetworkInterfaces"]] == [0, 1]
        assert code_of(ec2.attach_network_interface, **given) == "InvalidNetworkInterface.InUse"
        assert code_of(ec2.delete_network_interface, NetworkInterfaceId=id) == "InvalidParameterValue"
        ec2.detach_network_interface(AttachmentId=attached["AttachmentId"])
        until(lambda: show(ec2, id)["Status"] == "available")
        by_attachment = [{"Name": "attachment.attachment-id", "Values": [attached["AttachmentId"]]}]
        assert ec2.describe_network_interfaces(Filters=by_attachment)["NetworkInterfaces"] == []
        assert len(wait_for(ec2, [instance["InstanceId"]], "running")[0]["NetworkInterfaces"]) == 1
        ec2.delete_network_interface(NetworkInterfaceId=id)

    def test_a_stopped_instance_needs_no_host(self, ec2: Any, home: tuple[Any, Any]) -> None:
        instance, subnet = home
        ec2.stop_instances(InstanceIds=[instance["InstanceId"]])
        wait_for(ec2, [instance["InstanceId"]], "stopped")
        id = create(ec2, subnet)["NetworkInterfaceId"]
        attached = ec2.attach_network_interface(NetworkInterfaceId=id, InstanceId=instance["InstanceId"], DeviceIndex=1)
        assert show(ec2, id)["Attachment"]["Status"] == "attached"
        ec2.detach_network_interface(AttachmentId=attached["AttachmentId"])
        assert show(ec2, id)["Status"] == "available"

    def test_a_host_that_does_not_answer(self, new_cloud: Any) -> None:
        cloud = new_cloud()
        ec2 = cloud.client()
        instance = launch(ec2)
        subnet = {"SubnetId": instance["SubnetId"]}
        id = create(ec2, subnet)["NetworkInterfaceId"]
        given = {"NetworkInterfaceId": id, "InstanceId": instance["InstanceId"], "DeviceIndex": 1}
        attached = ec2.attach_network_interface(**given)
        ec2.detach_network_interface(AttachmentId=attached["AttachmentId"], Force=True)
        assert show(ec2, id)["Status"] == "available"

    def test_termination_leaves_or_takes_it(self, ec2: Any, home: tuple[Any, Any]) -> None:
        _, subnet = home
        stays, goes = (create(ec2, subnet)["NetworkInterfaceId"] for _ in range(2))
        third = launch(ec2, InstanceType="t3.large", SubnetId=subnet["SubnetId"])
        for index, id in enumerate((stays, goes), 1):
            attached = ec2.attach_network_interface(
                NetworkInterfaceId=id, InstanceId=third["InstanceId"], DeviceIndex=index
            )
        ec2.modify_network_interface_attribute(
            NetworkInterfaceId=goes,
            Attachment={"AttachmentId": attached["AttachmentId"], "DeleteOnTermination": True},
        )
        ec2.terminate_instances(InstanceIds=[third["InstanceId"]])
        wait_for(ec2, [third["InstanceId"]], "terminated")
        assert show(ec2, stays)["Status"] == "available"
        assert code_of(show, ec2=ec2, id=goes) == "InvalidNetworkInterfaceID.NotFound"

    def test_what_is_refused(self, ec2: Any, home: tuple[Any, Any]) -> None:
        instance, subnet = home
        other_zone = ec2.describe_subnets(
            Filters=[{"Name": "availability-zone", "Values": ["us-east-1a", "us-east-1b", "us-east-1c"]}]
        )["Subnets"]
        elsewhere = next(s for s in other_zone if s["AvailabilityZone"] != subnet["AvailabilityZone"])
        far = create(ec2, elsewhere)["NetworkInterfaceId"]
        near, efa, branch, big = (
            create(ec2, subnet, **given)["NetworkInterfaceId"]
            for given in (
                {},
                {"InterfaceType": "efa"},
                {"InterfaceType": "branch"},
                {"SecondaryPrivateIpAddressCount": 9},
            )
        )
        for id, more, code in (
            (far, {}, "InvalidParameterCombination"),
            (near, {"DeviceIndex": 0}, "InvalidParameterValue"),
            (near, {"DeviceIndex": -1}, "InvalidParameterValue"),
            (near, {"NetworkCardIndex": 1}, "InvalidParameterValue"),
            (near, {"InstanceId": ids.new("i")}, "InvalidInstanceID.NotFound"),
            (near, {"EnaQueueCount": 0}, "InvalidParameterValue"),
            (ids.new("eni"), {}, "InvalidNetworkInterfaceID.NotFound"),
            (efa, {}, "InvalidParameterCombination"),
            (branch, {}, "UnsupportedOperation"),
            (big, {}, "PrivateIpAddressLimitExceeded"),
        ):
            given = {"NetworkInterfaceId": id, "InstanceId": instance["InstanceId"], "DeviceIndex": 1, **more}
            assert code_of(ec2.attach_network_interface, **given) == code, more
        ec2.attach_network_interface(NetworkInterfaceId=near, InstanceId=instance["InstanceId"], DeviceIndex=1)
        one_more = create(ec2, subnet)["NetworkInterfaceId"]
        given = {"NetworkInterfaceId": one_more, "InstanceId": instance["InstanceId"], "DeviceIndex": 2}
        assert code_of(ec2.attach_network_interface, **given) == "AttachmentLimitExceeded"  # t3.micro has two

    def test_detaching_what_cannot_be(self, ec2: Any, home: tuple[Any, Any]) -> None:
        primary = home[0]["NetworkInterfaces"][0]["Attachment"]["AttachmentId"]
        detach = ec2.detach_network_interface
        assert code_of(detach, AttachmentId=primary, Force=True) == "OperationNotPermitted"
        assert code_of(detach, AttachmentId=ids.new("eni-attach")) == "InvalidAttachmentID.NotFound"
        assert code_of(detach, AttachmentId="eni-1") == "InvalidNetworkInterfaceAttachmentId.Malformed"
        assert code_of(detach, AttachmentId=ids.new("ela-attach")) == "OperationNotPermitted"

    def test_a_launch_with_an_interface_that_has_an_elastic_address(self, ec2: Any, home: tuple[Any, Any]) -> None:
        made = create(ec2, home[1])
        id, address = made["NetworkInterfaceId"], ec2.allocate_address()
        ec2.modify_network_interface_attribute(NetworkInterfaceId=id, SourceDestCheck={"Value": False})
        ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=id)
        instance = launch(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": id}])
        assert instance["PublicIpAddress"] == address["PublicIp"]
        assert instance["PrivateIpAddress"] == made["PrivateIpAddress"]
        assert instance["SourceDestCheck"] is False

    def test_another_account_may_attach_it_once_it_is_let(
        self, ec2: Any, home: tuple[Any, Any], shared_cloud: Any, account: str
    ) -> None:
        friend = str(int(account) + 400_000_000_000)
        other = shared_cloud.client(account=friend)
        theirs = launch(other, Placement={"AvailabilityZone": home[0]["Placement"]["AvailabilityZone"]})
        id = create(ec2, home[1])["NetworkInterfaceId"]
        given = {"NetworkInterfaceId": id, "InstanceId": theirs["InstanceId"], "DeviceIndex": 1}
        assert code_of(other.attach_network_interface, **given) == "InvalidNetworkInterfaceID.NotFound"
        granted = ec2.create_network_interface_permission(
            NetworkInterfaceId=id, AwsAccountId=friend, Permission="INSTANCE-ATTACH"
        )["InterfacePermission"]
        assert granted["PermissionState"]["State"] == "granted"
        attached = other.attach_network_interface(**given)
        seen = attachment(ec2, id, "attached")
        assert seen["Attachment"]["InstanceOwnerId"] == friend
        revoke = {"NetworkInterfacePermissionId": granted["NetworkInterfacePermissionId"]}
        assert code_of(ec2.delete_network_interface_permission, **revoke) == "OperationNotPermitted"
        assert ec2.delete_network_interface_permission(**revoke, Force=True)["Return"]
        other.detach_network_interface(AttachmentId=attached["AttachmentId"])
        until(lambda: show(ec2, id)["Status"] == "available")


class TestPermissions:
    def test_they_are_listed_in_pages(self, ec2: Any, subnet: dict[str, Any]) -> None:
        id = create(ec2, subnet)["NetworkInterfaceId"]
        made = [
            ec2.create_network_interface_permission(
                NetworkInterfaceId=id, AwsAccountId=f"99999990{n:04}", Permission=permission
            )["InterfacePermission"]
            for n in range(3)
            for permission in ("INSTANCE-ATTACH", "EIP-ASSOCIATE")
        ]
        pages = ec2.get_paginator("describe_network_interface_permissions").paginate(PaginationConfig={"PageSize": 5})
        assert [len(page["NetworkInterfacePermissions"]) for page in pages] == [5, 1]
        prefix = "network-interface-permission"
        for name, value, count in (
            (f"{prefix}.network-interface-id", id, 6),
            (f"{prefix}.aws-account-id", "999999900001", 2),
            (f"{prefix}.permission", "EIP-ASSOCIATE", 3),
            (f"{prefix}.network-interface-permission-id", made[0]["NetworkInterfacePermissionId"], 1),
            (f"{prefix}.aws-service", "*", 0),
        ):
            found = ec2.describe_network_interface_permissions(Filters=[{"Name": name, "Values": [value]}])
            assert len(found["NetworkInterfacePermissions"]) == count, name
        ec2.delete_network_interface(NetworkInterfaceId=id)
        assert ec2.describe_network_interface_permissions()["NetworkInterfacePermissions"] == []

    def test_another_account_may_associate_its_address(self, ec2: Any, shared_cloud: Any, account: str) -> None:
        friend = str(int(account) + 300_000_000_000)
        other = shared_cloud.client(account=friend)
        id = create(ec2, ec2.describe_subnets()["Subnets"][0])["NetworkInterfaceId"]
        given = {"NetworkInterfaceId": id, "AllocationId": other.allocate_address()["AllocationId"]}
        assert code_of(other.associate_address, **given) == "InvalidNetworkInterfaceID.NotFound"
        ec2.create_network_interface_permission(NetworkInterfaceId=id, AwsAccountId=friend, Permission="EIP-ASSOCIATE")
        association = other.associate_address(**given)["AssociationId"]
        assert show(ec2, id)["Association"]["IpOwnerId"] == friend
        assert other.describe_addresses()["Addresses"][0]["NetworkInterfaceOwnerId"] == account
        other.disassociate_address(AssociationId=association)
        assert "Association" not in show(ec2, id)

    def test_what_is_refused(self, ec2: Any, subnet: dict[str, Any], account: str) -> None:
        id = create(ec2, subnet)["NetworkInterfaceId"]
        grant = ec2.create_network_interface_permission
        given = {"NetworkInterfaceId": id, "Permission": "INSTANCE-ATTACH"}
        assert code_of(grant, **given) == "MissingParameter"
        assert code_of(grant, **given, AwsAccountId="me") == "InvalidParameterValue"
        assert code_of(grant, **given, AwsAccountId=account) == "InvalidParameterValue"
        assert code_of(grant, **given, AwsService="lambda.amazonaws.com") == "UnsupportedOperation"
        missing = {"NetworkInterfacePermissionId": ids.new("eni-perm")}
        assert code_of(ec2.delete_network_interface_permission, **missing) == "InvalidPermissionID.NotFound"


class TestAttributes:
    def test_each_of_them(self, ec2: Any, subnet: dict[str, Any]) -> None:
        id = create(ec2, subnet)["NetworkInterfaceId"]
        group = ec2.create_security_group(GroupName="web", Description="web", VpcId=subnet["VpcId"])["GroupId"]
        read, modify = ec2.describe_network_interface_attribute, ec2.modify_network_interface_attribute
        modify(NetworkInterfaceId=id, Description={"Value": "new"})
        assert read(NetworkInterfaceId=id, Attribute="description")["Description"] == {"Value": "new"}
        modify(NetworkInterfaceId=id, SourceDestCheck={"Value": False})
        assert read(NetworkInterfaceId=id, Attribute="sourceDestCheck")["SourceDestCheck"] == {"Value": False}
        ec2.reset_network_interface_attribute(NetworkInterfaceId=id, SourceDestCheck="true")
        assert read(NetworkInterfaceId=id, Attribute="sourceDestCheck")["SourceDestCheck"] == {"Value": True}
        modify(NetworkInterfaceId=id, Groups=[group])
        assert [g["GroupId"] for g in read(NetworkInterfaceId=id, Attribute="groupSet")["Groups"]] == [group]
        modify(NetworkInterfaceId=id, AssociatePublicIpAddress=True)
        assert read(NetworkInterfaceId=id, Attribute="associatePublicIpAddress")["AssociatePublicIpAddress"] is True
        modify(NetworkInterfaceId=id, ConnectionTrackingSpecification={"UdpTimeout": 40})
        modify(NetworkInterfaceId=id, ConnectionTrackingSpecification={"UdpStreamTimeout": 90})
        assert show(ec2, id)["ConnectionTrackingConfiguration"] == {"UdpTimeout": 40, "UdpStreamTimeout": 90}
        assert "Attachment" not in read(NetworkInterfaceId=id, Attribute="attachment")

    def test_a_primary_ipv6_address(self, ec2: Any, subnet: dict[str, Any]) -> None:
        id = create(ec2, subnet)["NetworkInterfaceId"]
        modify = ec2.modify_network_interface_attribute
        assert code_of(modify, NetworkInterfaceId=id, EnablePrimaryIpv6=True) == "InvalidParameterCombination"
        (text,) = ec2.assign_ipv6_addresses(NetworkInterfaceId=id, Ipv6AddressCount=1)["AssignedIpv6Addresses"]
        modify(NetworkInterfaceId=id, EnablePrimaryIpv6=True)
        assert show(ec2, id)["Ipv6Addresses"] == [{"Ipv6Address": text, "IsPrimaryIpv6": True}]
        lose = {"NetworkInterfaceId": id, "Ipv6Addresses": [text]}
        assert code_of(ec2.unassign_ipv6_addresses, **lose) == "OperationNotPermitted"
        assert code_of(modify, NetworkInterfaceId=id, EnablePrimaryIpv6=False) == "InvalidParameterValue"

    def test_what_is_refused(self, ec2: Any, subnet: dict[str, Any]) -> None:
        id = create(ec2, subnet)["NetworkInterfaceId"]
        modify, this = ec2.modify_network_interface_attribute, {"NetworkInterfaceId": id}
        both = {"Description": {"Value": "a"}, "SourceDestCheck": {"Value": True}}
        assert code_of(modify, **this) == "MissingParameter"
        assert code_of(modify, **this, **both) == "InvalidParameterCombination"
        assert code_of(modify, **this, Groups=[ids.new("sg")]) == "InvalidGroup.NotFound"
        assert code_of(modify, **this, EnaSrdSpecification={"EnaSrdEnabled": True}) == "IncorrectState"
        assert code_of(modify, **this, Attachment={"DeleteOnTermination": True}) == "MissingParameter"
        stranger = {"Attachment": {"AttachmentId": ids.new("eni-attach")}}
        assert code_of(modify, **this, **stranger) == "InvalidAttachmentID.NotFound"
        assert code_of(ec2.reset_network_interface_attribute, **this) == "MissingParameter"
        assert code_of(ec2.describe_network_interface_attribute, **this) == "MissingParameter"

    def test_an_instance_follows_its_primary_interface(self, ec2: Any) -> None:
        instance = launch(ec2)
        id = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
        group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
        modify = ec2.modify_network_interface_attribute
        modify(NetworkInterfaceId=id, Groups=[group])
        modify(NetworkInterfaceId=id, SourceDestCheck={"Value": False})
        (seen,) = wait_for(ec2, [instance["InstanceId"]], "running")
        assert [g["GroupId"] for g in seen["SecurityGroups"]] == [group]
        assert seen["SourceDestCheck"] is False
        modify(NetworkInterfaceId=id, AssociatePublicIpAddress=False)
        assert "PublicIpAddress" not in wait_for(ec2, [instance["InstanceId"]], "running")[0]
        modify(NetworkInterfaceId=id, AssociatePublicIpAddress=True)
        assert wait_for(ec2, [instance["InstanceId"]], "running")[0]["PublicIpAddress"]
        attached = instance["NetworkInterfaces"][0]["Attachment"]["AttachmentId"]
        modify(NetworkInterfaceId=id, Attachment={"AttachmentId": attached, "EnaQueueCount": 2})
        modify(NetworkInterfaceId=id, EnaSrdSpecification={"EnaSrdEnabled": True})
        shown = show(ec2, id)["Attachment"]
        assert shown["EnaQueueCount"] == 2 and shown["EnaSrdSpecification"] == {"EnaSrdEnabled": True}
        modify(NetworkInterfaceId=id, Attachment={"AttachmentId": attached, "DefaultEnaQueueCount": True})
        assert "EnaQueueCount" not in show(ec2, id)["Attachment"]


class TestAssign:
    def test_secondary_addresses(self, ec2: Any, subnet: dict[str, Any]) -> None:
        id = create(ec2, subnet)["NetworkInterfaceId"]
        assign = ec2.assign_private_ip_addresses
        named = assign(NetworkInterfaceId=id, PrivateIpAddresses=["10.0.0.20", "10.0.0.21"])
        assert [a["PrivateIpAddress"] for a in named["AssignedPrivateIpAddresses"]] == ["10.0.0.20", "10.0.0.21"]
        counted = assign(NetworkInterfaceId=id, SecondaryPrivateIpAddressCount=2)["AssignedPrivateIpAddresses"]
        prefix = assign(NetworkInterfaceId=id, Ipv4PrefixCount=1)["AssignedIpv4Prefixes"][0]["Ipv4Prefix"]
        assert len(show(ec2, id)["PrivateIpAddresses"]) == 5
        assert show(ec2, id)["Ipv4Prefixes"] == [{"Ipv4Prefix": prefix}]
        assert available(ec2, subnet) == 251 - 5 - 16
        gone = ["10.0.0.20", counted[0]["PrivateIpAddress"]]
        ec2.unassign_private_ip_addresses(NetworkInterfaceId=id, PrivateIpAddresses=gone)
        ec2.unassign_private_ip_addresses(NetworkInterfaceId=id, Ipv4Prefixes=[prefix])
        assert available(ec2, subnet) == 251 - 3
        assert len(show(ec2, id)["PrivateIpAddresses"]) == 3

    def test_an_address_moves_with_its_elastic_one(self, ec2: Any) -> None:
        subnet = ec2.describe_subnets()["Subnets"][0]
        first, second = (create(ec2, subnet)["NetworkInterfaceId"] for _ in range(2))
        (given,) = ec2.assign_private_ip_addresses(NetworkInterfaceId=first, SecondaryPrivateIpAddressCount=1)[
            "AssignedPrivateIpAddresses"
        ]
        ip, address = given["PrivateIpAddress"], ec2.allocate_address()
        ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=first, PrivateIpAddress=ip)
        move = {"NetworkInterfaceId": second, "PrivateIpAddresses": [ip]}
        with refused("InvalidParameterValue", f"[{ip}] assigned, but move is not allowed."):
            ec2.assign_private_ip_addresses(**move)
        ec2.assign_private_ip_addresses(**move, AllowReassignment=True)
        seen = ec2.describe_addresses(AllocationIds=[address["AllocationId"]])["Addresses"][0]
        assert (seen["NetworkInterfaceId"], seen["PrivateIpAddress"]) == (second, ip)
        assert len(show(ec2, first)["PrivateIpAddresses"]) == 1
        ec2.unassign_private_ip_addresses(**move)
        assert "AssociationId" not in ec2.describe_addresses()["Addresses"][0]

    def test_what_is_refused(self, ec2: Any, subnet: dict[str, Any]) -> None:
        made, other = create(ec2, subnet), create(ec2, subnet)
        this = {"NetworkInterfaceId": made["NetworkInterfaceId"]}
        assign, unassign = ec2.assign_private_ip_addresses, ec2.unassign_private_ip_addresses
        for given, code in (
            ({}, "MissingParameter"),
            ({"PrivateIpAddresses": ["10.0.0.9"], "SecondaryPrivateIpAddressCount": 1}, "InvalidParameterCombination"),
            ({"Ipv4Prefixes": ["10.0.0.16/28"], "Ipv4PrefixCount": 1}, "InvalidParameterCombination"),
            ({"SecondaryPrivateIpAddressCount": -1}, "InvalidParameterValue"),
            ({"SecondaryPrivateIpAddressCount": 50}, "PrivateIpAddressLimitExceeded"),
            ({"PrivateIpAddresses": ["10.0.9.9"]}, "InvalidParameterValue"),
            ({"PrivateIpAddresses": ["nonsense"]}, "InvalidParameterValue"),
            (
                {"PrivateIpAddresses": [other["PrivateIpAddress"]], "AllowReassignment": True},
                "InvalidIPAddress.InUse",
            ),
        ):
            assert code_of(assign, **this, **given) == code, given
        for given, code in (
            ({}, "MissingParameter"),
            ({"PrivateIpAddresses": ["10.0.0.99"]}, "InvalidParameterValue"),
            ({"PrivateIpAddresses": [made["PrivateIpAddress"]]}, "InvalidParameterValue"),
            ({"PrivateIpAddresses": [other["PrivateIpAddress"]]}, "InvalidParameterValue"),
            ({"Ipv4Prefixes": ["10.0.0.16/28"]}, "InvalidParameterValue"),
        ):
            assert code_of(unassign, **this, **given) == code, given

    def test_the_type_of_the_instance_limits_them(self, ec2: Any) -> None:
        id = launch(ec2)["NetworkInterfaces"][0]["NetworkInterfaceId"]
        ec2.assign_private_ip_addresses(NetworkInterfaceId=id, SecondaryPrivateIpAddressCount=1)  # a t3.micro has two
        more = {"NetworkInterfaceId": id, "SecondaryPrivateIpAddressCount": 1}
        assert code_of(ec2.assign_private_ip_addresses, **more) == "PrivateIpAddressLimitExceeded"

    def test_ipv6_addresses(self, ec2: Any, subnet: dict[str, Any]) -> None:
        id = create(ec2, subnet)["NetworkInterfaceId"]
        block = IPv6Network(subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
        wanted = str(block[0x1234])
        given = ec2.assign_ipv6_addresses(NetworkInterfaceId=id, Ipv6Addresses=[wanted])
        assert given["AssignedIpv6Addresses"] == [wanted]
        two = ec2.assign_ipv6_addresses(NetworkInterfaceId=id, Ipv6AddressCount=2)["AssignedIpv6Addresses"]
        prefix = ec2.assign_ipv6_addresses(NetworkInterfaceId=id, Ipv6PrefixCount=1)["AssignedIpv6Prefixes"]
        assert {a["Ipv6Address"] for a in show(ec2, id)["Ipv6Addresses"]} == {wanted, *two}
        lost = ec2.unassign_ipv6_addresses(NetworkInterfaceId=id, Ipv6Addresses=[wanted], Ipv6Prefixes=prefix)
        assert (lost["UnassignedIpv6Addresses"], lost["UnassignedIpv6Prefixes"]) == ([wanted], prefix)
        assert code_of(ec2.unassign_ipv6_addresses, NetworkInterfaceId=id, Ipv6Addresses=[wanted]) == (
            "InvalidParameterValue"
        )
        assert code_of(ec2.assign_ipv6_addresses, NetworkInterfaceId=id) == "MissingParameter"
        assert code_of(ec2.unassign_ipv6_addresses, NetworkInterfaceId=id) == "MissingParameter"


class TestLaunch:
    def test_ipv6_addresses_of_an_instance(self, ec2: Any, subnet: dict[str, Any]) -> None:
        both = ec2.run_instances(
            ImageId=ami(ec2),
            InstanceType="t3.micro",
            MinCount=2,
            MaxCount=2,
            SubnetId=subnet["SubnetId"],
            Ipv6AddressCount=2,
            EnablePrimaryIpv6=True,
        )["Instances"]
        every = [[a["Ipv6Address"] for a in i["NetworkInterfaces"][0]["Ipv6Addresses"]] for i in both]
        assert len({text for own in every for text in own}) == 4
        for instance, own in zip(both, every, strict=True):
            assert instance["Ipv6Address"] == own[0]
            shown = instance["NetworkInterfaces"][0]["Ipv6Addresses"]
            assert [a["IsPrimaryIpv6"] for a in shown] == [True, False]
        for name in ("network-interface.ipv6-addresses.ipv6-address", "ipv6-address"):
            found = ec2.describe_instances(Filters=[{"Name": name, "Values": [every[1][0]]}])["Reservations"]
            assert [i["InstanceId"] for r in found for i in r["Instances"]] == [both[1]["InstanceId"]], name

    def test_named_addresses_and_prefixes(self, ec2: Any, subnet: dict[str, Any]) -> None:
        wanted = str(IPv6Network(subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])[0x42])
        nic = {
            "DeviceIndex": 0,
            "SubnetId": subnet["SubnetId"],
            "Ipv6Addresses": [{"Ipv6Address": wanted}],
            "PrimaryIpv6": True,
            "Ipv4PrefixCount": 1,
            "ConnectionTrackingSpecification": {"UdpTimeout": 45},
            "EnaSrdSpecification": {"EnaSrdEnabled": False},
            "EnaQueueCount": 2,
        }
        instance = launch(ec2, NetworkInterfaces=[nic])
        (shown,) = instance["NetworkInterfaces"]
        assert shown["Ipv6Addresses"] == [{"Ipv6Address": wanted, "IsPrimaryIpv6": True}]
        assert len(shown["Ipv4Prefixes"]) == 1
        assert shown["ConnectionTrackingConfiguration"] == {"UdpTimeout": 45}
        assert shown["Attachment"]["EnaQueueCount"] == 2
        ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
        wait_for(ec2, [instance["InstanceId"]], "terminated")
        assert available(ec2, subnet) == 251
        assert create(ec2, subnet, Ipv6Addresses=[{"Ipv6Address": wanted}])["Ipv6Addresses"]

    def test_a_subnet_for_ipv6_only(self, ec2: Any, subnet: dict[str, Any]) -> None:
        block = IPv6Network(subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
        beside = IPv6Network((int(block.network_address) + block.num_addresses, 64))
        native = ec2.create_subnet(
            VpcId=subnet["VpcId"], Ipv6Native=True, Ipv6CidrBlock=str(beside), AvailabilityZone="us-east-1a"
        )["Subnet"]
        instance = launch(ec2, SubnetId=native["SubnetId"])
        assert "PrivateIpAddress" not in instance
        assert ip_address(instance["Ipv6Address"]) in beside
        id = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
        assert show(ec2, id)["Ipv6Native"] and show(ec2, id)["PrivateIpAddresses"] == []
        assert code_of(create, ec2=ec2, subnet=native, PrivateIpAddress="10.0.0.9") == "InvalidParameterCombination"

    def test_what_is_refused(self, ec2: Any, subnet: dict[str, Any]) -> None:
        run = {"ImageId": ami(ec2), "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
        here = {**run, "SubnetId": subnet["SubnetId"]}
        wanted = [{"Ipv6Address": "2001:db8::1"}]
        nic = {"DeviceIndex": 0, "SubnetId": subnet["SubnetId"]}
        for given, code in (
            ({**here, "Ipv6Addresses": wanted}, "InvalidParameterValue"),
            ({**here, "Ipv6Addresses": wanted, "Ipv6AddressCount": 1}, "InvalidParameterCombination"),
            ({**here, "Ipv6Addresses": wanted, "MaxCount": 2}, "InvalidParameterCombination"),
            ({**here, "EnablePrimaryIpv6": True}, "InvalidParameterCombination"),
            ({**here, "Ipv6AddressCount": 3}, "PrivateIpAddressLimitExceeded"),
            ({**here, "InstanceType": "t1.micro", "Ipv6AddressCount": 1}, "UnsupportedOperation"),
            ({**run, "Ipv6AddressCount": 1}, "InvalidParameterValue"),
            ({**run, "NetworkInterfaces": [nic], "Ipv6AddressCount": 1}, "InvalidParameterCombination"),
            ({**run, "NetworkInterfaces": [{**nic, "InterfaceType": "efa-only"}]}, "InvalidParameterCombination"),
            ({**run, "NetworkInterfaces": [{**nic, "AssociateCarrierIpAddress": True}]}, "InvalidParameterCombination"),
        ):
            assert code_of(ec2.run_instances, **given) == code, given
        assert available(ec2, subnet) == 251


def test_ten_callers_take_a_thousand_addresses_of_a_22_without_a_duplicate(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/22")["Subnet"]

    def call(_: int) -> list[str]:
        made = [create(ec2, subnet, SecondaryPrivateIpAddressCount=24) for _ in range(4)]
        return [a["PrivateIpAddress"] for nic in made for a in nic["PrivateIpAddresses"]]

    with ThreadPoolExecutor(10) as pool:
        taken = [address for answer in pool.map(call, range(10)) for address in answer]
    assert len(taken) == len(set(taken)) == 1000
    assert available(ec2, subnet) == 1019 - 1000
