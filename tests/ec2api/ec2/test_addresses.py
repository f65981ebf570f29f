import re
from typing import Any

import pytest

from backend import ids
from tests.launching import code_of, launch, wait_for
from tests.refusal import refused


@pytest.fixture
def instance(ec2: Any) -> dict[str, Any]:
    """A running instance in the default VPC, with a lent public address."""
    return launch(ec2)


def allocate(ec2: Any, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = ec2.allocate_address(**given)
    return found


def address(ec2: Any, allocation_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_addresses(AllocationIds=[allocation_id])["Addresses"][0]
    return found


def instance_of(ec2: Any, instance_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    return found


def interface(ec2: Any, network_interface_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_network_interfaces(NetworkInterfaceIds=[network_interface_id])[
        "NetworkInterfaces"
    ][0]
    return found


def test_an_allocated_address(ec2: Any) -> None:
    tags = [{"Key": "Name", "Value": "web"}]
    made = allocate(ec2, Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}])
    assert re.fullmatch(r"eipalloc-[0-9a-f]{17}", made["AllocationId"])
    shown = address(ec2, made["AllocationId"])
    assert shown == {
        "AllocationId": made["AllocationId"],
        "PublicIp": made["PublicIp"],
        "Domain": "vpc",
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": "us-east-1",
        "Tags": tags,
    }
    assert ec2.describe_addresses(PublicIps=[made["PublicIp"]])["Addresses"] == [shown]


def test_what_cannot_be_allocated(ec2: Any) -> None:
    assert code_of(ec2.allocate_address, Domain="standard") == "InvalidParameterValue"
    assert code_of(ec2.allocate_address, PublicIpv4Pool="ipv4pool-ec2-1") == "InvalidPublicIpv4PoolID.NotFound"
    assert code_of(ec2.allocate_address, NetworkBorderGroup="us-east-1-wl1-bos-wlz-1") == "InvalidParameterValue"
    assert code_of(ec2.allocate_address, Address="203.0.113.9") == "InvalidAddress.NotFound"
    assert code_of(ec2.allocate_address, Address="nonsense") == "InvalidAddress.Malformed"
    assert code_of(ec2.allocate_address, IpamPoolId="ipam-pool-0123456789abcdef0") == "InvalidIpamPoolId.NotFound"
    assert code_of(ec2.allocate_address, CustomerOwnedIpv4Pool="ipv4pool-coip-1") == "InvalidPoolID.NotFound"
    assert ec2.describe_addresses()["Addresses"] == []


def test_the_quota(new_cloud: Any) -> None:
    limited = new_cloud(quotas="aws").client()
    for _ in range(5):
        limited.allocate_address()
    assert code_of(limited.allocate_address) == "AddressLimitExceeded"


def test_an_instance_gives_its_lent_address_up_for_an_elastic_one(ec2: Any, instance: dict[str, Any]) -> None:
    made = allocate(ec2)
    association_id = ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=instance["InstanceId"])[
        "AssociationId"
    ]
    shown = address(ec2, made["AllocationId"])
    nic = instance["NetworkInterfaces"][0]
    assert shown["AssociationId"] == association_id
    assert shown["InstanceId"] == instance["InstanceId"]
    assert shown["NetworkInterfaceId"] == nic["NetworkInterfaceId"]
    assert shown["NetworkInterfaceOwnerId"] == nic["OwnerId"]
    assert shown["PrivateIpAddress"] == instance["PrivateIpAddress"]
    after = instance_of(ec2, instance["InstanceId"])
    assert after["PublicIpAddress"] == made["PublicIp"] != instance["PublicIpAddress"]
    assert after["PublicDnsName"] == f"ec2-{made['PublicIp'].replace('.', '-')}.compute-1.amazonaws.com"
    seen = interface(ec2, nic["NetworkInterfaceId"])["Association"]
    assert (seen["AllocationId"], seen["AssociationId"]) == (made["AllocationId"], association_id)
    assert seen["IpOwnerId"] == nic["OwnerId"]


def test_an_elastic_address_outlives_a_stop_and_a_start(ec2: Any, instance: dict[str, Any]) -> None:
    id, made = instance["InstanceId"], allocate(ec2)
    ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=id)
    ec2.stop_instances(InstanceIds=[id])
    (stopped,) = wait_for(ec2, [id], "stopped")
    assert stopped["PublicIpAddress"] == made["PublicIp"]
    ec2.start_instances(InstanceIds=[id])
    (started,) = wait_for(ec2, [id], "running")
    assert started["PublicIpAddress"] == made["PublicIp"]


def test_a_running_instance_is_lent_a_new_address_when_its_elastic_one_goes(ec2: Any, instance: dict[str, Any]) -> None:
    id, made = instance["InstanceId"], allocate(ec2)
    association_id = ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=id)["AssociationId"]
    ec2.disassociate_address(AssociationId=association_id)
    assert "AssociationId" not in address(ec2, made["AllocationId"])
    after = instance_of(ec2, id)
    assert after["PublicIpAddress"] not in (made["PublicIp"], instance["PublicIpAddress"])
    assert after["NetworkInterfaces"][0]["Association"]["IpOwnerId"] == "amazon"


def test_a_stopped_instance_has_no_address_until_it_starts(ec2: Any, instance: dict[str, Any]) -> None:
    id, made = instance["InstanceId"], allocate(ec2)
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    ec2.associate_address(PublicIp=made["PublicIp"], InstanceId=id)
    ec2.disassociate_address(PublicIp=made["PublicIp"])
    ec2.disassociate_address(PublicIp=made["PublicIp"])  # once more does no harm
    assert "PublicIpAddress" not in instance_of(ec2, id)
    ec2.start_instances(InstanceIds=[id])
    assert wait_for(ec2, [id], "running")[0]["PublicIpAddress"]


def test_termination_ends_the_association_only(ec2: Any, instance: dict[str, Any]) -> None:
    id, made = instance["InstanceId"], allocate(ec2)
    ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=id)
    ec2.terminate_instances(InstanceIds=[id])
    wait_for(ec2, [id], "terminated")
    assert "InstanceId" not in address(ec2, made["AllocationId"])
    ec2.release_address(AllocationId=made["AllocationId"])


def test_an_address_moves_from_one_instance_to_another(ec2: Any, instance: dict[str, Any]) -> None:
    made, second = allocate(ec2), launch(ec2)
    first = ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=instance["InstanceId"])
    again = ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=instance["InstanceId"])
    assert again["AssociationId"] == first["AssociationId"]
    wanted = {"AllocationId": made["AllocationId"], "InstanceId": second["InstanceId"]}
    with refused("Resource.AlreadyAssociated", first["AssociationId"]):
        ec2.associate_address(**wanted, AllowReassociation=False)
    moved = ec2.associate_address(**wanted)
    assert moved["AssociationId"] != first["AssociationId"]
    assert instance_of(ec2, second["InstanceId"])["PublicIpAddress"] == made["PublicIp"]
    assert instance_of(ec2, instance["InstanceId"])["PublicIpAddress"] != made["PublicIp"]


def test_a_second_address_replaces_the_first(ec2: Any, instance: dict[str, Any]) -> None:
    first, second, id = allocate(ec2), allocate(ec2), instance["InstanceId"]
    ec2.associate_address(AllocationId=first["AllocationId"], InstanceId=id)
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_address(AllocationId=second["AllocationId"], InstanceId=id, AllowReassociation=False)
    ec2.associate_address(AllocationId=second["AllocationId"], InstanceId=id)
    assert "AssociationId" not in address(ec2, first["AllocationId"])
    assert instance_of(ec2, id)["PublicIpAddress"] == second["PublicIp"]


def test_what_cannot_be_associated(ec2: Any, instance: dict[str, Any]) -> None:
    made, id = allocate(ec2), instance["InstanceId"]
    eni = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    this = {"AllocationId": made["AllocationId"]}
    for given, code in (
        ({"InstanceId": id}, "MissingParameter"),
        (this, "MissingParameter"),
        ({**this, "InstanceId": id, "NetworkInterfaceId": eni}, "InvalidParameterCombination"),
        ({**this, "PublicIp": made["PublicIp"], "InstanceId": id}, "InvalidParameterCombination"),
        ({"AllocationId": ids.new("eipalloc"), "InstanceId": id}, "InvalidAllocationID.NotFound"),
        ({"AllocationId": "nonsense", "InstanceId": id}, "InvalidAllocationID.Malformed"),
        ({"PublicIp": "203.0.113.7", "InstanceId": id}, "InvalidAddress.NotFound"),
        ({"PublicIp": "nonsense", "InstanceId": id}, "InvalidAddress.Malformed"),
        ({"PublicIp": instance["PublicIpAddress"], "InstanceId": id}, "AuthFailure"),
        ({**this, "InstanceId": ids.new("i")}, "InvalidInstanceID.NotFound"),
        ({**this, "NetworkInterfaceId": ids.new("eni")}, "InvalidNetworkInterfaceID.NotFound"),
        ({**this, "NetworkInterfaceId": "nonsense"}, "InvalidNetworkInterfaceId.Malformed"),
        ({**this, "InstanceId": id, "PrivateIpAddress": "172.31.255.9"}, "InvalidParameterValue"),
    ):
        assert code_of(ec2.associate_address, **given) == code, given
    assert "AssociationId" not in address(ec2, made["AllocationId"])
    assert instance_of(ec2, id)["PublicIpAddress"] == instance["PublicIpAddress"]


def test_instances_that_are_in_no_state_for_it(new_cloud: Any) -> None:
    ec2 = new_cloud(simulated_boot_seconds=60).client()
    made, pending = allocate(ec2), launch(ec2, until=None)
    with refused("InvalidInstanceID", "pending instance"):
        ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=pending["InstanceId"])
    eni = pending["NetworkInterfaces"][0]["NetworkInterfaceId"]
    with refused("IncorrectInstanceState"):
        ec2.associate_address(AllocationId=made["AllocationId"], NetworkInterfaceId=eni)


def test_a_vpc_without_a_way_to_the_internet(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    instance, made = launch(ec2, SubnetId=subnet), allocate(ec2)
    with refused("Gateway.NotAttached", vpc):
        ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=instance["InstanceId"])


def test_disassociation_of_what_is_not_there(ec2: Any) -> None:
    assert code_of(ec2.disassociate_address, AssociationId=ids.new("eipassoc")) == "InvalidAssociationID.NotFound"
    assert code_of(ec2.disassociate_address) == "MissingParameter"
    assert (
        code_of(ec2.disassociate_address, AssociationId=ids.new("eipassoc"), PublicIp="203.0.113.7")
        == "InvalidParameterCombination"
    )


def test_a_release_in_a_vpc_of_the_account_needs_a_disassociation_first(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    instance, made = launch(ec2, SubnetId=subnet), allocate(ec2)
    association = ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=instance["InstanceId"])
    with refused("InvalidIPAddress.InUse", made["PublicIp"]):
        ec2.release_address(AllocationId=made["AllocationId"])
    with refused("DependencyViolation"):
        ec2.detach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    ec2.disassociate_address(AssociationId=association["AssociationId"])
    assert "PublicIpAddress" not in instance_of(ec2, instance["InstanceId"])  # it never had a lent one
    ec2.release_address(AllocationId=made["AllocationId"])


def test_a_release_in_the_default_vpc_ends_the_association(ec2: Any, instance: dict[str, Any]) -> None:
    made = allocate(ec2)
    ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=instance["InstanceId"])
    ec2.release_address(AllocationId=made["AllocationId"])
    assert instance_of(ec2, instance["InstanceId"])["PublicIpAddress"] != made["PublicIp"]


def test_what_cannot_be_released(ec2: Any) -> None:
    made = allocate(ec2)
    release = ec2.release_address
    assert code_of(release) == "MissingParameter"
    assert code_of(release, AllocationId=ids.new("eipalloc")) == "InvalidAllocationID.NotFound"
    assert code_of(release, PublicIp="203.0.113.7") == "InvalidAddress.NotFound"
    wrong_group = {"AllocationId": made["AllocationId"], "NetworkBorderGroup": "us-west-2"}
    assert code_of(release, **wrong_group) == "InvalidAddress.NotFound"
    ec2.release_address(AllocationId=made["AllocationId"], NetworkBorderGroup="us-east-1")
    assert code_of(release, AllocationId=made["AllocationId"]) == "InvalidAllocationID.NotFound"


def test_a_released_address_can_be_recovered_by_whose_it_was(ec2: Any, shared_cloud: Any) -> None:
    other = shared_cloud.client(account="999999999901")
    made = allocate(ec2)
    assert code_of(other.allocate_address, Address=made["PublicIp"]) == "AuthFailure"
    assert code_of(other.release_address, PublicIp=made["PublicIp"]) == "AuthFailure"
    ec2.release_address(PublicIp=made["PublicIp"])
    assert code_of(other.allocate_address, Address=made["PublicIp"]) == "InvalidAddress.NotFound"
    assert allocate(ec2, Address=made["PublicIp"])["PublicIp"] == made["PublicIp"]
    assert code_of(ec2.allocate_address, Address=made["PublicIp"]) == "AuthFailure"


def test_filters(ec2: Any, instance: dict[str, Any]) -> None:
    made, id = allocate(ec2), instance["InstanceId"]
    allocate(ec2)
    association = ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=id)
    for name, value in {
        "allocation-id": made["AllocationId"],
        "association-id": association["AssociationId"],
        "instance-id": id,
        "network-interface-id": instance["NetworkInterfaces"][0]["NetworkInterfaceId"],
        "network-interface-owner-id": instance["NetworkInterfaces"][0]["OwnerId"],
        "private-ip-address": instance["PrivateIpAddress"],
        "public-ip": made["PublicIp"],
    }.items():
        found = ec2.describe_addresses(Filters=[{"Name": name, "Values": [value]}])["Addresses"]
        assert [a["AllocationId"] for a in found] == [made["AllocationId"]], name
    for name, value in {"domain": "vpc", "network-border-group": "us-east-1"}.items():
        assert len(ec2.describe_addresses(Filters=[{"Name": name, "Values": [value]}])["Addresses"]) == 2


def test_addresses_that_are_not_there(ec2: Any, shared_cloud: Any) -> None:
    with refused("InvalidAllocationID.NotFound", "The allocation ID 'eipalloc-0123456789abcdef0' does not exist"):
        ec2.describe_addresses(AllocationIds=["eipalloc-0123456789abcdef0"])
    with refused("InvalidAddress.NotFound", "203.0.113.7"):
        ec2.describe_addresses(PublicIps=["203.0.113.7"])
    made = allocate(ec2)
    other = shared_cloud.client(account="999999999902")
    assert code_of(other.describe_addresses, AllocationIds=[made["AllocationId"]]) == "InvalidAllocationID.NotFound"
    assert other.describe_addresses()["Addresses"] == []


def test_reverse_names(ec2: Any) -> None:
    made = allocate(ec2)
    this = {"AllocationId": made["AllocationId"]}
    assert ec2.describe_addresses_attribute(AllocationIds=[this["AllocationId"]])["Addresses"] == []
    changed = ec2.modify_address_attribute(**this, DomainName="mail.example.com")["Address"]
    assert changed["PtrRecordUpdate"] == {"Value": "mail.example.com.", "Status": "PENDING"}
    shown = ec2.describe_addresses_attribute(AllocationIds=[this["AllocationId"]], Attribute="domain-name")["Addresses"]
    assert shown == [this | {"PublicIp": made["PublicIp"], "PtrRecord": "mail.example.com."}]
    assert code_of(ec2.release_address, **this) == "InvalidAddress.Locked"
    assert code_of(ec2.modify_address_attribute, **this) == "MissingParameter"
    before = ec2.reset_address_attribute(**this, Attribute="domain-name")["Address"]
    assert before["PtrRecord"] == "mail.example.com."
    assert ec2.describe_addresses_attribute()["Addresses"] == []
    ec2.release_address(**this)


def test_addresses_neither_come_from_nor_go_to_ec2_classic(ec2: Any) -> None:
    made = allocate(ec2)
    moved = ec2.move_address_to_vpc(PublicIp=made["PublicIp"])
    assert (moved["AllocationId"], moved["Status"]) == (made["AllocationId"], "InVpc")
    assert code_of(ec2.restore_address_to_classic, PublicIp=made["PublicIp"]) == "OperationNotPermitted"
    assert ec2.describe_moving_addresses(PublicIps=[made["PublicIp"]])["MovingAddressStatuses"] == []
    assert code_of(ec2.describe_moving_addresses, PublicIps=["203.0.113.7"]) == "InvalidAddress.NotFound"


class TestTransfers:
    @pytest.fixture
    def other(self, shared_cloud: Any, account: str) -> Any:
        """A client of the account that gets what ``ec2`` offers."""
        return shared_cloud.client(account=self.account_of(account))

    def account_of(self, account: str) -> str:
        return str(int(account) + 500_000_000_000)

    def test_an_address_goes_from_one_account_to_another(self, ec2: Any, other: Any, account: str) -> None:
        tags = [{"Key": "Name", "Value": "web"}]
        made = allocate(ec2, TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}])
        this = {"AllocationId": made["AllocationId"]}
        offer = ec2.enable_address_transfer(**this, TransferAccountId=self.account_of(account))["AddressTransfer"]
        assert (offer["AddressTransferStatus"], offer["PublicIp"]) == ("pending", made["PublicIp"])
        assert ec2.describe_address_transfers(AllocationIds=[made["AllocationId"]])["AddressTransfers"] == [offer]
        assert other.describe_address_transfers()["AddressTransfers"] == []
        new = [{"Key": "Name", "Value": "taken"}]
        accepted = other.accept_address_transfer(
            Address=made["PublicIp"], TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": new}]
        )["AddressTransfer"]
        assert accepted["AddressTransferStatus"] == "accepted"
        assert ec2.describe_addresses()["Addresses"] == []
        (shown,) = other.describe_addresses(PublicIps=[made["PublicIp"]])["Addresses"]
        assert shown["Tags"] == new
        assert ec2.describe_address_transfers()["AddressTransfers"] == [accepted]
        other.release_address(AllocationId=shown["AllocationId"])

    def test_an_offer_can_be_withdrawn(self, ec2: Any, other: Any, account: str) -> None:
        made = allocate(ec2)
        this = {"AllocationId": made["AllocationId"]}
        assert code_of(ec2.disable_address_transfer, **this) == "InvalidParameterValue"
        ec2.enable_address_transfer(**this, TransferAccountId=self.account_of(account))
        assert ec2.disable_address_transfer(**this)["AddressTransfer"]["AddressTransferStatus"] == "disabled"
        assert code_of(other.accept_address_transfer, Address=made["PublicIp"]) == "InvalidAddress.NotFound"
        assert ec2.describe_address_transfers()["AddressTransfers"] == []

    def test_what_cannot_be_transferred(self, ec2: Any, other: Any, account: str) -> None:
        made, to = allocate(ec2), self.account_of(account)
        this = {"AllocationId": made["AllocationId"]}
        for stranger in ("nobody", account):
            assert code_of(ec2.enable_address_transfer, **this, TransferAccountId=stranger) == "InvalidParameterValue"
        missing = {"AllocationId": ids.new("eipalloc"), "TransferAccountId": to}
        assert code_of(ec2.enable_address_transfer, **missing) == "InvalidAllocationID.NotFound"
        gone = [missing["AllocationId"]]
        assert code_of(ec2.describe_address_transfers, AllocationIds=gone) == "InvalidAllocationID.NotFound"
        ec2.enable_address_transfer(**this, TransferAccountId=to)
        ec2.modify_address_attribute(**this, DomainName="mail.example.com")
        assert code_of(other.accept_address_transfer, Address=made["PublicIp"]) == "InvalidTransfer.AddressCustomPtrSet"
        ec2.reset_address_attribute(**this, Attribute="domain-name")
        ec2.associate_address(**this, InstanceId=launch(ec2)["InstanceId"])
        assert code_of(other.accept_address_transfer, Address=made["PublicIp"]) == "InvalidTransfer.AddressAssociated"
        assert address(ec2, made["AllocationId"])["AssociationId"]
