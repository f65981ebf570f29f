"""Apache Libcloud's EC2 driver, which signs with version 4, counts lists from 0 and reads XML by its namespace."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import InvalidCredsError
from libcloud.compute.providers import get_driver
from libcloud.compute.types import NodeState, Provider, StorageVolumeState

from conformance.endpoint import Credentials, Endpoint, eventually


def connect(endpoint: Endpoint, credentials: Credentials) -> Any:
    url = urlsplit(endpoint.url)
    return get_driver(Provider.EC2)(
        credentials.access_key_id,
        credentials.secret,
        region=endpoint.region,
        secure=False,
        host=url.hostname,
        port=url.port,
        signature_version="4",
    )


@pytest.fixture(scope="module")
def driver(endpoint: Endpoint) -> Any:
    return connect(endpoint, endpoint.credentials)


@pytest.fixture(scope="module")
def place(driver: Any) -> Any:
    return driver.list_locations()[0]


def node_in(driver: Any, node: Any, state: str) -> Any:
    return eventually(lambda: driver.list_nodes(ex_node_ids=[node.id])[0], lambda n: n.state == state)


def size(driver: Any, name: str) -> Any:
    return next(s for s in driver.list_sizes() if s.id == name)


@pytest.fixture
def node(driver: Any, place: Any, image: dict[str, Any], name: str) -> Iterator[Any]:
    """A running node with a Name, a tag and a second volume."""
    made = driver.create_node(
        name=name,
        image=driver.get_image(image["ImageId"]),
        size=size(driver, "t3.micro"),
        location=place,
        ex_metadata={"purpose": "conformance"},
        ex_userdata="#!/bin/sh\n",
        ex_blockdevicemappings=[
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "VolumeType": "gp3", "DeleteOnTermination": "true"}}
        ],
    )
    assert made.state == NodeState.PENDING
    yield node_in(driver, made, NodeState.RUNNING)
    assert driver.destroy_node(made) is True
    gone = node_in(driver, made, NodeState.TERMINATED)
    assert (gone.private_ips, gone.public_ips) == ([], [])


def test_what_there_is(driver: Any, endpoint: Endpoint, image: dict[str, Any]) -> None:
    zones = driver.ex_list_availability_zones()
    assert {(z.zone_state, z.region_name) for z in zones} == {("available", endpoint.region)}
    assert [place.name for place in driver.list_locations()] == [zone.name for zone in zones]
    found = driver.list_images(ex_owner="amazon", ex_filters={"name": image["Name"]})
    assert [(i.id, i.name) for i in found] == [(image["ImageId"], image["Name"])]
    assert found[0].extra["architecture"] == image["Architecture"]
    assert set(driver.ex_get_limits()["resource"]) == {"max-instances", "max-elastic-ips", "vpc-max-elastic-ips"}


def test_a_wrong_secret(endpoint: Endpoint) -> None:
    wrong = Credentials("", endpoint.credentials.access_key_id, "wrong")
    with pytest.raises(InvalidCredsError):
        connect(endpoint, wrong).list_nodes()


def test_key_pairs(driver: Any, name: str) -> None:
    made = driver.create_key_pair(name)
    assert made.private_key.startswith("-----BEGIN RSA PRIVATE KEY-----")
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    imported = driver.import_key_pair_from_string(f"{name}-mine", line)
    mine = {k.name: k for k in driver.list_key_pairs() if k.name.startswith(name)}
    assert {n: k.fingerprint for n, k in mine.items()} == {
        name: made.fingerprint,
        f"{name}-mine": imported.fingerprint,
    }
    with pytest.raises(BaseHTTPError, match=r"InvalidKeyPair\.Duplicate"):
        driver.create_key_pair(name)
    assert [driver.delete_key_pair(key) for key in mine.values()] == [True, True]
    assert not [k for k in driver.list_key_pairs() if k.name.startswith(name)]


def test_security_groups(driver: Any, name: str) -> None:
    id = driver.ex_create_security_group(name, "for the web")["group_id"]
    assert name in driver.ex_list_security_groups()
    assert driver.ex_authorize_security_group(name, "22", "22", "0.0.0.0/0") is True
    assert driver.ex_authorize_security_group_ingress(id, 80, 81, cidr_ips=["10.0.0.0/8", "10.1.2.0/24"]) is True
    assert driver.ex_authorize_security_group_ingress(id, 90, 90, group_pairs=[{"group_id": id}]) is True
    assert driver.ex_authorize_security_group_egress(id, 443, 443, cidr_ips=["10.0.0.0/8"]) is True
    assert driver.ex_revoke_security_group_ingress(id, 80, 81, cidr_ips=["10.1.2.0/24"]) is True
    [group] = driver.ex_get_security_groups(group_names=[name])
    assert group.id == id
    rules = {(r["from_port"], r["to_port"]): r for r in group.ingress_rules}
    assert rules["22", "22"]["cidr_ips"] == ["0.0.0.0/0"]
    assert rules["80", "81"]["cidr_ips"] == ["10.0.0.0/8"]
    assert [pair["group_id"] for pair in rules["90", "90"]["group_pairs"]] == [id]
    assert {(r["from_port"], r["protocol"]) for r in group.egress_rules} == {(None, "-1"), ("443", "tcp")}
    assert driver.ex_revoke_security_group_egress(id, 443, 443, cidr_ips=["10.0.0.0/8"]) is True
    assert driver.ex_delete_security_group_by_name(name) is True
    with pytest.raises(BaseHTTPError, match=r"InvalidGroup\.NotFound"):
        driver.ex_get_security_groups(group_ids=[id])


def test_the_life_of_a_node(driver: Any, node: Any, name: str) -> None:
    assert (node.name, node.extra["tags"]) == (name, {"Name": name, "purpose": "conformance"})
    assert (len(node.private_ips), len(node.public_ips)) == (1, 1)
    assert len(node.extra["block_device_mapping"]) == 2
    [(waited, addresses)] = driver.wait_until_running([node], wait_period=0.1, ssh_interface="private_ips")
    assert (waited.id, addresses) == (node.id, node.private_ips)
    assert [n.id for n in driver.list_nodes(ex_filters={"tag:Name": name})] == [node.id]
    assert driver.ex_create_tags(node, {"one": "1", "two": "2"}) is True
    assert driver.ex_delete_tags(node, {"one": None}) is True
    assert driver.ex_describe_tags(node) == {"Name": name, "purpose": "conformance", "two": "2"}
    assert driver.reboot_node(node) is True
    assert node.id in driver.ex_get_console_output(node)["output"]
    assert driver.stop_node(node) is True
    stopped = node_in(driver, node, NodeState.STOPPED)
    assert (stopped.private_ips, stopped.public_ips) == (node.private_ips, [])
    assert driver.ex_change_node_size(stopped, size(driver, "t3.small")) is True
    assert driver.start_node(stopped) is True
    started = node_in(driver, node, NodeState.RUNNING)
    assert started.extra["instance_type"] == "t3.small"
    assert driver.ex_modify_instance_attribute(node, {"DisableApiTermination.Value": "true"}) is True
    with pytest.raises(BaseHTTPError, match="OperationNotPermitted"):
        driver.destroy_node(node)
    assert driver.ex_modify_instance_attribute(node, {"DisableApiTermination.Value": "false"}) is True


def test_volumes_and_snapshots(driver: Any, node: Any, place: Any, name: str) -> None:
    made = driver.create_volume(8, name, location=place, ex_volume_type="gp3", ex_iops=4000, ex_encrypted=True)

    def volume_in(state: str) -> Any:
        return eventually(
            lambda: next(v for v in driver.list_volumes() if v.id == made.id), lambda volume: volume.state == state
        )

    volume = volume_in(StorageVolumeState.AVAILABLE)
    assert (volume.name, volume.size, volume.extra["iops"]) == (name, 8, 4000)
    assert driver.attach_volume(node, volume, "/dev/sdg") is True
    volume_in(StorageVolumeState.INUSE)
    attached = {v.id: v.extra["device"] for v in driver.list_volumes(node)}
    assert attached[volume.id] == "/dev/sdg"
    assert len(attached) == 3
    changed = driver.ex_modify_volume(volume, {"Size": 10})
    assert (changed.original_size, changed.target_size) == (8, 10)
    assert volume.id in [m.volume_id for m in driver.ex_describe_volumes_modifications()]
    snapshot = driver.create_volume_snapshot(volume, name)
    [seen] = eventually(
        lambda: driver.list_volume_snapshots(volume), lambda seen: [s.extra["state"] for s in seen] == ["completed"]
    )
    assert (seen.id, seen.extra["progress"], seen.extra["tags"]) == (snapshot.id, "100%", {"Name": name})
    with pytest.raises(BaseHTTPError, match="VolumeInUse"):
        driver.destroy_volume(volume)
    assert driver.detach_volume(volume) is True
    volume_in(StorageVolumeState.AVAILABLE)
    copy = driver.create_volume(10, f"{name}-copy", location=place, snapshot=snapshot)
    assert copy.extra["snapshot_id"] == snapshot.id
    assert driver.destroy_volume_snapshot(snapshot) is True
    assert [driver.destroy_volume(v) for v in (volume, copy)] == [True, True]


def test_elastic_addresses(driver: Any, node: Any) -> None:
    address = driver.ex_allocate_address("vpc")
    association = driver.ex_associate_address_with_node(node, address, domain="vpc")
    assert driver.ex_describe_addresses_for_node(node) == [address.ip]
    assert set(driver.list_nodes(ex_node_ids=[node.id])[0].public_ips) == {address.ip}
    [associated] = [a for a in driver.ex_describe_all_addresses(only_associated=True) if a.ip == address.ip]
    assert (associated.instance_id, associated.extra["association_id"]) == (node.id, association)
    assert driver.ex_disassociate_address(associated, domain="vpc") is True
    assert driver.ex_release_address(associated, domain="vpc") is True
    assert address.ip not in [a.ip for a in driver.ex_describe_all_addresses()]


def test_networks(driver: Any, place: Any, name: str) -> None:
    network = driver.ex_create_network("10.9.0.0/16", name=name)
    [found] = driver.ex_list_networks(filters={"tag:Name": name})
    assert (found.id, found.cidr_block) == (network.id, "10.9.0.0/16")
    subnet = driver.ex_create_subnet(network.id, "10.9.1.0/24", place.name, name=name)
    assert driver.ex_modify_subnet_attribute(subnet, "auto_public_ip", True) is True
    [shown] = driver.ex_list_subnets(subnet_ids=[subnet.id])
    assert (shown.extra["available_ips"], shown.extra["zone"]) == (251, place.name)
    gateway = driver.ex_create_internet_gateway(name)
    assert driver.ex_attach_internet_gateway(gateway, network) is True
    table = driver.ex_create_route_table(network, name)
    assert driver.ex_create_route(table, "0.0.0.0/0", internet_gateway=gateway) is True
    association = driver.ex_associate_route_table(table, subnet)
    [routing] = driver.ex_list_route_tables(route_table_ids=[table.id])
    assert {(r.cidr, r.gateway_id) for r in routing.routes} == {("10.9.0.0/16", "local"), ("0.0.0.0/0", gateway.id)}
    assert [a.id for a in routing.subnet_associations] == [association]
    with pytest.raises(BaseHTTPError, match="DependencyViolation"):
        driver.ex_delete_network(network)
    assert driver.ex_dissociate_route_table(routing.subnet_associations[0]) is True
    assert driver.ex_delete_route(table, "0.0.0.0/0") is True
    assert driver.ex_delete_route_table(table) is True
    assert driver.ex_detach_internet_gateway(gateway, network) is True
    assert driver.ex_delete_internet_gateway(gateway) is True
    assert driver.ex_delete_subnet(subnet) is True
    assert driver.ex_delete_network(network) is True
    assert driver.ex_list_networks(filters={"tag:Name": name}) == []


def test_interfaces(driver: Any, node: Any, name: str) -> None:
    [subnet] = driver.ex_list_subnets(subnet_ids=[node.extra["subnet_id"]])
    interface = driver.ex_create_network_interface(subnet, name, "a second one")
    attachment = driver.ex_attach_network_interface_to_node(interface, node, 1)
    shown = next(i for i in driver.ex_list_network_interfaces() if i.id == interface.id)
    assert (shown.name, shown.extra["attachment"]["instance_id"]) == (name, node.id)
    assert driver.ex_detach_network_interface(attachment) is True
    eventually(
        lambda: next(i for i in driver.ex_list_network_interfaces() if i.id == interface.id).state,
        lambda state: state == "available",
    )
    assert driver.ex_delete_network_interface(interface) is True
