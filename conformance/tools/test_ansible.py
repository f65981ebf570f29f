"""Ansible's amazon.aws: the playbooks in ansible/, each applied twice, of which the second must change nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from conformance.endpoint import Endpoint
from conformance.tools.program import ROOT, attempt, environment, needed

FOLDER = Path(__file__).with_name("ansible")
PROGRAM = ROOT / ".venv-tools/bin/ansible-playbook"
LIMIT_SECONDS = 180
NEIGHBOUR = "444455556666"

Results = dict[str, dict[str, Any]]  # of each task, by its name


class Ansible:
    """Applies playbooks to the endpoint."""

    def __init__(self, endpoint: Endpoint, home: Path) -> None:
        self.env = {**environment(endpoint, home), "ANSIBLE_CONFIG": str(FOLDER / "settings.cfg")}
        self.notes = home / "notes.json"
        """What there is, for the playbooks that come after present.yml."""
        key = ed25519.Ed25519PrivateKey.generate().public_key()
        line = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        self.values = {"public_key": line.decode(), "neighbour": NEIGHBOUR, "notes": str(self.notes)}

    def apply(self, playbook: str, called: str, *more: str) -> Results:
        values = json.dumps({**self.values, "called": called})
        command = [PROGRAM, "--inventory", "localhost,", "--extra-vars", values, *more, playbook]
        done = attempt(command, self.env, folder=FOLDER, seconds=LIMIT_SECONDS)
        assert "{\n" in done.stdout, done.stdout + done.stderr
        [play] = json.loads(done.stdout[done.stdout.index("{\n") :])["plays"]
        results = {task["task"]["name"]: task["hosts"]["localhost"] for task in play["tasks"]}
        assert {name: result for name, result in results.items() if result.get("failed")} == {}
        assert done.returncode == 0, done.stderr
        return results

    def apply_to_noted(self, playbook: str, called: str) -> Results:
        """Applies a playbook to what present.yml noted."""
        return self.apply(playbook, called, "--extra-vars", f"@{self.notes}")


def changed(results: Results) -> list[str]:
    return [name for name, result in results.items() if result.get("changed")]


@pytest.fixture
def ansible(endpoint: Endpoint, tmp_path: Path) -> Ansible:
    needed(PROGRAM)
    return Ansible(endpoint, tmp_path)


def test_what_is_wanted_comes_and_goes(ansible: Ansible, ec2: Any, name: str) -> None:
    looking = {"Who asks", "Images", "Zones", "Running instance", "Own images", "All own images"}
    first = ansible.apply("present.yml", name)
    assert set(first) - set(changed(first)) == looking
    assert changed(ansible.apply("present.yml", name)) == []
    there = json.loads(ansible.notes.read_text())
    check(ansible.apply_to_noted("shown.yml", name), there, name)
    looking = {"Own images", "NAT gateways"}
    first = ansible.apply_to_noted("absent.yml", name)
    assert set(first) - set(changed(first)) == looking
    assert changed(ansible.apply_to_noted("absent.yml", name)) == []
    nothing_is_left(ec2, there, name)


def check(shown: Results, there: dict[str, Any], name: str) -> None:
    """That the modules show what the playbook asked for."""
    [vpc] = shown["VPCs"]["vpcs"]
    assert sorted(block["cidr_block"] for block in vpc["cidr_block_association_set"]) == ["10.5.0.0/16", "10.6.0.0/16"]
    assert (vpc["enable_dns_support"], vpc["enable_dns_hostnames"]) == (True, True)
    assert vpc["dhcp_options_id"] == there["dhcp_options_id"]
    assert shown["Tags"]["tags"] == {"Name": name, "purpose": "conformance"}
    [options] = shown["DHCP options"]["dhcp_options"]
    assert {option["key"] for option in options["dhcp_configurations"]} == {"domain-name", "domain-name-servers"}
    subnets = {subnet["cidr_block"]: subnet for subnet in shown["Subnets"]["subnets"]}
    assert {block: s["map_public_ip_on_launch"] for block, s in subnets.items()} == {
        "10.5.1.0/24": True,
        "10.6.1.0/24": False,
    }
    [gateway] = shown["Internet gateways"]["internet_gateways"]
    [nat] = shown["NAT gateways"]["result"]
    assert (nat["nat_gateway_id"], nat["state"]) == (there["nat_gateway_id"], "available")
    routes = {table["id"]: table["routes"] for table in shown["Route tables"]["route_tables"]}
    ways_out = [
        {r.get("nat_gateway_id") or r.get("gateway_id") for r in routes[id]} - {"local"}
        for id in there["route_table_ids"]
    ]
    assert ways_out == [{gateway["internet_gateway_id"]}, {there["nat_gateway_id"]}]
    acls = {acl["nacl_id"]: acl for acl in shown["Network ACLs"]["nacls"]}
    assert sorted(len(acl["ingress"]) for acl in acls.values()) == [1, 2]
    [group] = shown["Security groups"]["security_groups"]
    assert group["group_id"] == there["group_id"]
    assert sorted(rule.get("from_port", -1) for rule in group["ip_permissions"]) == [-1, 8, 22, 80, 443]
    [interface] = shown["Network interfaces"]["network_interfaces"]
    assert (interface["id"], interface["private_ip_address"]) == (there["interface_id"], "10.5.1.77")
    assert [key["key_name"] for key in shown["Key pairs"]["keypairs"]] == [name]
    assert [group["name"] for group in shown["Placement groups"]["placement_groups"]] == [name]
    [template] = shown["Launch templates"]["launch_templates"]
    assert template["versions"][0]["launch_template_data"]["metadata_options"]["http_tokens"] == "required"
    check_machines(shown, there, name)


def check_machines(shown: Results, there: dict[str, Any], name: str) -> None:
    [instance] = shown["Instances"]["instances"]
    assert ([instance["instance_id"]], instance["state"]["name"]) == (there["instance_ids"], "running")
    assert instance["public_ip_address"] == there["address"]
    assert instance["iam_instance_profile"]["arn"].endswith(f":instance-profile/{name}")
    assert instance["attributes"]["disable_api_termination"] == {"value": False}
    [address] = shown["Addresses"]["addresses"]
    assert (address["public_ip"], [address["instance_id"]]) == (there["address"], there["instance_ids"])
    volumes = {volume["attachment_set"][0]["device"]: volume for volume in shown["Volumes"]["volumes"]}
    assert set(volumes) == {instance["root_device_name"], "/dev/sdf", "/dev/sdg"}
    assert (volumes["/dev/sdg"]["id"], volumes["/dev/sdg"]["encrypted"]) == (there["volume_id"], True)
    images = {image["name"]: image for image in shown["Images"]["images"]}
    assert set(images) == {name, f"{name}-registered"}
    for image in images.values():
        assert (image["state"], image["description"]) == ("available", "for the neighbours")
        assert image["launch_permissions"] == [{"user_id": NEIGHBOUR}]
    devices = {device["device_name"] for device in images[name]["block_device_mappings"]}
    assert devices == {instance["root_device_name"], "/dev/sdf"}
    snapshots = {snapshot["snapshot_id"]: snapshot for snapshot in shown["Snapshots"]["snapshots"]}
    of_image = {d["ebs"]["snapshot_id"] for image in images.values() for d in image["block_device_mappings"]}
    assert set(snapshots) == of_image | {there["snapshot_id"]}
    [profile] = shown["Instance profiles"]["iam_instance_profiles"]
    assert [role["role_name"] for role in profile["roles"]] == [name]


def nothing_is_left(ec2: Any, there: dict[str, Any], name: str) -> None:
    """That nothing with the name is left but what is known of the past."""
    tags = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["Name"]}, {"Name": "value", "Values": [f"{name}*"]}])
    left = {tag["ResourceType"] for tag in tags["Tags"]}
    assert left <= {"instance", "natgateway", "snapshot"}
    for gone, ids in (("vpcs", {"VpcIds": [there["vpc_id"]]}), ("volumes", {"VolumeIds": [there["volume_id"]]})):
        with pytest.raises(ClientError, match=r"\.NotFound"):
            getattr(ec2, f"describe_{gone}")(**ids)
