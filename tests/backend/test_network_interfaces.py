from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend import addresses, errors, ids, lent_addresses, network_interfaces, networks, security_groups
from backend.cloud import Cloud
from backend.db import reading
from backend.db.models import NetworkInterface, PublicAddress, SecurityGroup, Subnet, Tag, Vpc
from backend.db.unit_of_work import UnitOfWork

ACCOUNT, REGION, PUBLIC = "000000000000", "eu-west-1", "198.18.0.0/24"
LOAD = (NetworkInterface.addresses, NetworkInterface.groups, NetworkInterface.tags)


@pytest.fixture
def uow(cloud: Cloud) -> Iterator[UnitOfWork]:
    networks.ensure_default_vpc(cloud, ACCOUNT, REGION)
    with cloud.unit_of_work(ACCOUNT, REGION, write=True) as made:
        yield made


def launch(uow: UnitOfWork, count: int, **options: Any) -> list[str]:
    """Interfaces of new instances in the first subnet; returns the instances' ids."""
    subnet = uow.records(Subnet)[0]
    instance_ids = [ids.new("i") for _ in range(count)]
    new = network_interfaces.rows(
        uow,
        vpc=uow.records(Vpc)[0],
        subnet=subnet,
        groups=uow.records(SecurityGroup),
        private_ips=addresses.take(uow, subnet.id, count),
        instance_ids=instance_ids,
        **options,
    )
    network_interfaces.insert_rows(uow, new)
    return instance_ids


def show(uow: UnitOfWork) -> list[NetworkInterface]:
    return reading.where(uow, NetworkInterface, load=LOAD)


def test_new_interfaces_have_their_addresses_groups_and_tags(uow: UnitOfWork) -> None:
    instance_ids = launch(uow, 2, public_cidr=PUBLIC, tags={"Name": "web"}, description="Primary")
    found = show(uow)
    assert [i.instance_id for i in found] == instance_ids
    assert [i.private_ip for i in found] == ["172.31.0.4", "172.31.0.5"]
    assert found[0].private_dns_name == "ip-172-31-0-4.eu-west-1.compute.internal"
    assert [[g.group_name for g in i.groups] for i in found] == [["default"], ["default"]]
    assert [[(t.key, t.value) for t in i.tags] for i in found] == [[("Name", "web")]] * 2
    for interface in found:
        (address,) = interface.addresses
        assert address.address == interface.private_ip and address.primary
        assert address.public_owner == "amazon"
        assert address.public_dns_name == addresses.public_dns_name(REGION, address.public_ip or "")
    assert uow.records(Subnet)[0].available == 4091 - 2


def test_a_vpc_without_dns_hostnames_gives_no_names(uow: UnitOfWork) -> None:
    uow.require(Vpc, uow.records(Vpc)[0].id).enable_dns_hostnames = False
    launch(uow, 1, public_cidr=PUBLIC)
    (interface,) = show(uow)
    assert interface.private_dns_name is None
    assert interface.addresses[0].public_ip and interface.addresses[0].public_dns_name is None


def test_secondary_addresses(uow: UnitOfWork) -> None:
    subnet = uow.records(Subnet)[0]
    first, *further = addresses.take(uow, subnet.id, 3)
    new = network_interfaces.rows(
        uow,
        vpc=uow.records(Vpc)[0],
        subnet=subnet,
        groups=(),
        private_ips=[first],
        secondary_ips=[further],
    )
    network_interfaces.insert_rows(uow, new)
    (interface,) = show(uow)
    assert [(a.address, a.primary) for a in interface.addresses] == [(first, True)] + [(f, False) for f in further]
    assert (interface.status, interface.instance_id, interface.attachment_id) == ("available", None, None)


def test_a_stop_takes_the_lent_address_and_a_start_lends_another(uow: UnitOfWork) -> None:
    lent, plain = launch(uow, 1, public_cidr=PUBLIC), launch(uow, 1)
    lent_addresses.reclaim(uow, lent + plain)
    assert [i.addresses[0].public_ip for i in show(uow)] == [None, None]
    assert uow.records(PublicAddress) == []
    (started,) = lent_addresses.lend(uow, PUBLIC, lent + plain)
    assert started.instance_id == lent[0] and started.device_index == 0
    assert started.public_dns_name == addresses.public_dns_name(REGION, started.public_ip)
    assert [i.addresses[0].public_ip for i in show(uow)] == [started.public_ip, None]
    assert lent_addresses.lend(uow, PUBLIC, lent + plain) == []


def test_the_end_of_instances_deletes_or_detaches_their_interfaces(uow: UnitOfWork) -> None:
    ending = launch(uow, 3, public_cidr=PUBLIC, tags={"a": "b"})
    staying = launch(uow, 1, delete_on_termination=False, public_cidr=PUBLIC)
    others = launch(uow, 1)
    network_interfaces.release(uow, ending + staying)
    left, untouched = show(uow)
    assert (left.status, left.instance_id, left.attachment_id, left.device_index) == (
        "available",
        None,
        None,
        None,
    )
    assert left.addresses[0].public_ip is None
    assert untouched.instance_id == others[0]
    assert uow.records(Subnet)[0].available == 4091 - 2
    assert uow.records(PublicAddress) == []
    assert uow.records(Tag) == []
    network_interfaces.release(uow, ending)  # once more does no harm
    assert uow.records(Subnet)[0].available == 4091 - 2


def test_a_group_cannot_go_while_a_launch_puts_an_interface_into_it(cloud: Cloud) -> None:
    networks.ensure_default_vpc(cloud, ACCOUNT, REGION)

    def delete(group_id: str) -> str:
        with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
            try:
                security_groups.delete_group(uow, security_groups.find(uow, group_id))
                uow.commit()
            except errors.CloudError as refusal:
                return refusal.code
        return "deleted"

    with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
        group_id = security_groups.create(uow, name="web", description="web").id
        uow.commit()
    with ThreadPoolExecutor(1) as pool:
        with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
            launch(uow, 1)
            deletion = pool.submit(delete, group_id)
            with pytest.raises(TimeoutError):
                deletion.result(timeout=0.2)
            uow.commit()
        assert deletion.result(timeout=10) == "DependencyViolation"
