from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from backend import addresses, errors, ids, subnets, vpcs
from backend.cloud import Cloud
from backend.db import reading
from backend.db.models import PrivateAddress, PublicAddress, Subnet
from backend.db.unit_of_work import UnitOfWork

ACCOUNT, REGION = "000000000000", "us-east-1"


def write(cloud: Cloud) -> UnitOfWork:
    return cloud.unit_of_work(ACCOUNT, REGION, write=True)


def make_subnet(cloud: Cloud, cidr_block: str) -> str:
    with write(cloud) as uow:
        new = vpcs.build(uow, "10.0.0.0/16")
        subnet = subnets.build(
            uow,
            vpc_id=new.vpc.id,
            network_acl_id=new.network_acl.id,
            zone="us-east-1a",
            zone_id="use1-az1",
            cidr_block=cidr_block,
        )
        uow.commit()
        return subnet.id


def hold(uow: UnitOfWork, subnet_id: str, texts: list[str], interface: str | None = None) -> None:
    """Insert the rows that go with taken addresses."""
    rows = [
        {
            "subnet_id": subnet_id,
            "number": addresses.to_number(text),
            "address": text,
            "network_interface_id": interface or ids.new("eni"),
            "is_primary": True,
        }
        for text in texts
    ]
    uow.connection().execute(insert(reading.table_of(PrivateAddress)), rows)


def take(cloud: Cloud, subnet_id: str, count: int, *wanted: str, interface: str | None = None) -> list[str]:
    with write(cloud) as uow:
        taken = addresses.take(uow, subnet_id, count, wanted)
        hold(uow, subnet_id, taken, interface)
        uow.commit()
    return taken


def available(cloud: Cloud, subnet_id: str) -> int:
    with cloud.unit_of_work(ACCOUNT, REGION, write=False) as uow:
        return uow.look_up(Subnet, subnet_id).available


def test_the_five_reserved_addresses_are_never_given_out(cloud: Cloud) -> None:
    subnet_id = make_subnet(cloud, "10.0.0.0/28")
    assert take(cloud, subnet_id, 11) == [f"10.0.0.{n}" for n in range(4, 15)]
    assert available(cloud, subnet_id) == 0
    with pytest.raises(errors.InsufficientFreeAddressesInSubnet):
        take(cloud, subnet_id, 1)


def test_a_refused_claim_takes_nothing(cloud: Cloud) -> None:
    subnet_id = make_subnet(cloud, "10.0.0.0/28")
    with pytest.raises(errors.InsufficientFreeAddressesInSubnet):
        take(cloud, subnet_id, 12)
    assert available(cloud, subnet_id) == 11


def test_a_freed_address_is_found_again_after_the_end_of_the_range(cloud: Cloud) -> None:
    subnet_id = make_subnet(cloud, "10.0.0.0/28")
    interface = ids.new("eni")
    take(cloud, subnet_id, 3)
    assert take(cloud, subnet_id, 1, interface=interface) == ["10.0.0.7"]
    take(cloud, subnet_id, 7)
    with write(cloud) as uow:
        addresses.give_back(uow, [interface])
        uow.commit()
    assert available(cloud, subnet_id) == 1
    assert take(cloud, subnet_id, 1) == ["10.0.0.7"]


def test_an_address_is_not_reused_at_once(cloud: Cloud) -> None:
    subnet_id = make_subnet(cloud, "10.0.0.0/24")
    interface = ids.new("eni")
    first = take(cloud, subnet_id, 1, interface=interface)
    with write(cloud) as uow:
        addresses.give_back(uow, [interface])
        uow.commit()
    assert take(cloud, subnet_id, 1) != first


def test_wanted_addresses_come_first_and_are_not_given_twice(cloud: Cloud) -> None:
    subnet_id = make_subnet(cloud, "10.0.0.0/28")
    assert take(cloud, subnet_id, 3, "10.0.0.5") == ["10.0.0.5", "10.0.0.4", "10.0.0.6"]
    assert available(cloud, subnet_id) == 8


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("10.0.0.0", "InvalidParameterValue"),
        ("10.0.0.3", "InvalidParameterValue"),
        ("10.0.0.15", "InvalidParameterValue"),
        ("10.0.0.16", "InvalidParameterValue"),
        ("no address", "InvalidParameterValue"),
        ("10.0.0.4", "InvalidIPAddress.InUse"),
    ],
)
def test_wanted_addresses_that_cannot_be_had(cloud: Cloud, address: str, code: str) -> None:
    subnet_id = make_subnet(cloud, "10.0.0.0/28")
    take(cloud, subnet_id, 1)
    with pytest.raises(errors.CloudError) as caught:
        take(cloud, subnet_id, 1, address)
    assert caught.value.code == code
    assert available(cloud, subnet_id) == 10


def test_ten_callers_take_a_thousand_addresses_of_a_22_without_a_duplicate(cloud: Cloud) -> None:
    subnet_id = make_subnet(cloud, "10.0.0.0/22")

    def call(_: int) -> list[str]:
        return [address for _ in range(10) for address in take(cloud, subnet_id, 10)]

    with ThreadPoolExecutor(10) as pool:
        taken = [address for answer in pool.map(call, range(10)) for address in answer]
    assert len(taken) == len(set(taken)) == 1000
    assert available(cloud, subnet_id) == 1024 - 5 - 1000


@given(
    first=st.integers(0, 2**20),
    size=st.integers(1, 5000),
    start=st.integers(0, 2**40),
    count=st.integers(1, 100),
)
def test_windows_visit_every_address_of_a_range_once(first: int, size: int, start: int, count: int) -> None:
    block = addresses.Range(first, size)
    seen: list[int] = []
    for position, length in addresses.windows(size, count):
        low, high, wrapped_low, wrapped_high = block.interval(start + position, length)
        visited = [block.at(start + position + step) for step in range(length)]
        assert set(visited) == {*range(low, high + 1), *range(wrapped_low, wrapped_high + 1)}
        seen += visited
    assert sorted(seen) == list(range(first, first + size))


@given(st.integers(0, 2**32 - 1), st.integers(16, 28))
def test_the_range_of_a_subnet_leaves_out_its_first_four_addresses_and_its_last(number: int, prefix: int) -> None:
    network = IPv4Network((number, prefix), strict=False)
    block = addresses.range_of(str(network))
    assert block.first == int(network[4])
    assert block.at(block.size - 1) == int(network[-2])


@given(st.integers(0, 2**32 - 1))
def test_numbers_and_texts_of_addresses(number: int) -> None:
    (text,) = addresses._texts([number])
    assert text == str(IPv4Address(number))
    assert addresses.to_number(text) == number


def test_public_addresses_are_unique_across_accounts_and_end(cloud: Cloud) -> None:
    taken: list[str] = []
    for account in (ACCOUNT, "111111111111"):
        with cloud.unit_of_work(account, REGION, write=True) as uow:
            taken += addresses.take_public(uow, "198.18.0.0/27", [ids.new("eni") for _ in range(10)])
            uow.commit()
    assert len(set(taken)) == 20
    assert all(IPv4Address(address) in IPv4Network("198.18.0.0/27") for address in taken)
    with write(cloud) as uow, pytest.raises(errors.InsufficientAddressCapacity):
        addresses.take_public(uow, "198.18.0.0/27", [ids.new("eni") for _ in range(11)])


def test_public_addresses_go_to_the_interfaces_in_order_and_come_back(cloud: Cloud) -> None:
    interfaces = [ids.new("eni") for _ in range(3)]
    with write(cloud) as uow:
        taken = addresses.take_public(uow, "198.18.0.0/27", interfaces)
        rows = {row.network_interface_id: row.number for row in uow.records(PublicAddress)}
        assert [rows[id] for id in interfaces] == [addresses.to_number(address) for address in taken]
        addresses.give_back_public(uow, interfaces[:2])
        assert [row.network_interface_id for row in uow.records(PublicAddress)] == interfaces[2:]


def test_giving_back_keeps_elastic_addresses(cloud: Cloud) -> None:
    subnet_id = make_subnet(cloud, "10.0.0.0/28")
    interface = ids.new("eni")
    take(cloud, subnet_id, 1, interface=interface)
    with write(cloud) as uow:
        addresses.take_public(uow, "198.18.0.0/27", [interface])
        uow.execute(update(PublicAddress).values(network_interface_id=None))
        addresses.give_back(uow, [interface])
        assert len(uow.records(PublicAddress)) == 1


def test_names() -> None:
    assert addresses.private_dns_name("us-east-1", "10.0.0.5") == "ip-10-0-0-5.ec2.internal"
    assert addresses.private_dns_name("eu-west-1", "10.0.0.5") == "ip-10-0-0-5.eu-west-1.compute.internal"
    assert addresses.public_dns_name("us-east-1", "1.2.3.4") == "ec2-1-2-3-4.compute-1.amazonaws.com"
    assert addresses.public_dns_name("eu-west-1", "1.2.3.4") == "ec2-1-2-3-4.eu-west-1.compute.amazonaws.com"


def test_mac_addresses_are_locally_administered() -> None:
    made = {addresses.mac_address() for _ in range(100)}
    assert len(made) == 100
    assert all(mac.startswith("02:") and len(mac) == 17 for mac in made)
