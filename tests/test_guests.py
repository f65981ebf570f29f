"""Real guests through boto3: `serve --driver libvirt`, and a cluster whose agent drives libvirt.

What the API says is held against what libvirt and the disks say. The guests boot the tiny image without KVM.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config

from tests.cluster import ACCOUNT, REGION, Cluster, Role
from tests.guests import boots, libvirtd, say, tiny_image, virsh
from tests.launching import ami, wait_for
from tests.refusal import refused
from tests.services import free_port
from tests.storage import volume, wait_for_attachment

__all__ = ["libvirtd", "tiny_image"]
pytestmark = [pytest.mark.guests, pytest.mark.usefixtures("libvirtd")]

SETTINGS = {
    "DRIVER": "libvirt",
    "LIBVIRT_MAX_GUEST_MEMORY_MIB": "256",
    "LIBVIRT_MAX_GUEST_VCPUS": "1",
    "LIBVIRT_DISK_CACHE": "unsafe",
    "LIBVIRT_STOP_GRACE_SECONDS": "40",
    "LIBVIRT_REBOOT_GRACE_SECONDS": "40",
    "HEARTBEAT_SECONDS": "1",
    "RESEND_SECONDS": "2",
    "HOST_TIMEOUT_SECONDS": "60",
}
OFF, ON = "shut off", "running"
SECONDS = 90.0  # for a guest to boot or stop, on a busy machine


@dataclass
class Guests:
    """A cloud with one real host: a client, the process that runs the agent, and where the guests' files are."""

    ec2: Any
    agent: Role
    host: Path
    image: str
    launched: list[str] = field(default_factory=list)

    def run(self, *, until: str = "running", **given: Any) -> "Guest":
        wanted = {"ImageId": self.image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, **given}
        id = self.ec2.run_instances(**wanted)["Instances"][0]["InstanceId"]
        self.launched.append(id)
        wait_for(self.ec2, [id], until, SECONDS)
        return Guest(self, id)

    def clean(self) -> None:
        """Ends what a test that failed has left."""
        for id in self.launched:
            virsh("destroy", id)
            virsh("undefine", id)


@dataclass
class Guest:
    cloud: Guests
    id: str

    @property
    def folder(self) -> Path:
        return self.cloud.host / "guests" / self.id

    def becomes(self, state: str) -> dict[str, Any]:
        return wait_for(self.cloud.ec2, [self.id], state, SECONDS)[0]

    def says(self) -> str:
        return self.cloud.ec2.get_console_output(InstanceId=self.id).get("Output") or ""

    def wait_for_boot(self, count: int) -> None:
        eventually(lambda: boots(self.says()) >= count, f"boot {count}", self.says)
        assert boots(self.says()) == count

    def power(self) -> str:
        """As libvirt says; empty where there is no such domain."""
        return virsh("domstate", self.id)

    def run_number(self) -> str:
        """Another one for each time that libvirt started the domain."""
        return virsh("domid", self.id)


def eventually(holds: Callable[[], bool], what: str, tell: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"no {what}: {tell()[-2000:]}")
        time.sleep(0.2)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, tiny_image: Path, libvirtd: None) -> Iterator[Guests]:
    """`ec2api serve --driver libvirt`, with the accelerator that a trial guest finds good."""
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    settings = {**SETTINGS, "DATA_DIR": str(folder), "PORT": str(port), "LOG_LEVEL": "info"}
    env = {"PATH": os.environ["PATH"], **{f"EC2API_{name}": value for name, value in settings.items()}}
    serve = Role("serve", ["serve"], env, folder)
    serve.start()
    client = client_of(f"http://127.0.0.1:{port}")
    guests = Guests(client, serve, folder / "agent" / "libvirt", "")
    try:
        guests.image = import_(env, tiny_image, "tiny")
        yield guests
    finally:
        serve.stop()
        guests.clean()
        client.close()


def client_of(endpoint: str) -> Any:
    return botocore.session.Session().create_client(
        "ec2",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="000000000000",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def import_(env: dict[str, str], file: Path, name: str) -> str:
    role = Role("import", ["image", "import", str(file), "--name", name], env, Path(env["EC2API_DATA_DIR"]))
    role.spawn()
    assert role.process is not None
    assert role.process.wait(60) == 0, role.log.read_text()
    return role.log.read_text().split()[-1]


def test_there_is_one_host_and_every_zone(served: Guests) -> None:
    zones = served.ec2.describe_availability_zones()["AvailabilityZones"]
    assert len(zones) == 6
    with refused("InsufficientInstanceCapacity", "us-east-1c", status=500):
        served.run(Placement={"AvailabilityZone": "us-east-1c"})
    with refused("InsufficientInstanceCapacity", status=500):
        served.run(InstanceType="m5.24xlarge")


def test_an_image_without_a_disk_is_refused(served: Guests) -> None:
    with refused("UnsupportedOperation", "has no disk image; import one with ec2api image import"):
        served.run(ImageId=ami(served.ec2))


def test_a_disk_image_that_is_not_on_the_host_ends_the_launch(served: Guests, tiny_image: Path) -> None:
    env = {"PATH": os.environ["PATH"], "EC2API_DATA_DIR": str(served.host.parents[1])}
    image = import_(env, tiny_image, "lost")
    (served.host.parents[1] / "images" / f"{image}.qcow2").unlink()
    guest = served.run(ImageId=image, until="terminated")
    reason = guest.becomes("terminated")["StateReason"]
    assert reason["Code"] == "Server.InternalError"
    assert f"image:{image}: [Errno 2] No such file or directory" in reason["Message"]
    assert guest.power() == ""
    assert not guest.folder.exists()


def test_the_life_of_a_guest_whose_server_is_killed(served: Guests) -> None:
    ec2 = served.ec2
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "DeleteOnTermination": False}}
    guest = served.run(BlockDeviceMappings=[data])
    shown = guest.becomes("running")
    assert shown["Placement"]["AvailabilityZone"] == "us-east-1a"
    volumes = {b["DeviceName"]: b["Ebs"]["VolumeId"] for b in shown["BlockDeviceMappings"]}
    assert guest.power() == ON
    guest.wait_for_boot(1)
    assert "root_gib=1 disks=2" in guest.says()

    ec2.reboot_instances(InstanceIds=[guest.id])
    guest.wait_for_boot(2)
    number = guest.run_number()

    served.agent.kill()
    assert guest.power() == ON
    served.agent.start()
    assert guest.becomes("running")["StateTransitionReason"] == ""
    assert guest.run_number() == number

    say(guest.id, "poweroff")
    off = guest.becomes("stopped")
    assert off["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    assert guest.power() == OFF

    ec2.start_instances(InstanceIds=[guest.id])
    guest.becomes("running")
    guest.wait_for_boot(3)
    ec2.stop_instances(InstanceIds=[guest.id])
    assert guest.becomes("stopped")["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert guest.power() == OFF
    eventually(lambda: guest.says().rstrip().endswith("Power down"), "word of the shutdown", guest.says)

    assert {path.stem for path in guest.folder.glob("*.qcow2")} == set(volumes.values())
    ec2.terminate_instances(InstanceIds=[guest.id])
    guest.becomes("terminated")
    assert guest.power() == ""
    assert not guest.folder.exists()
    assert [path.stem for path in (served.host / "volumes").iterdir()] == [volumes["/dev/sdf"]]
    kept = ec2.describe_volumes(VolumeIds=[volumes["/dev/sdf"]])["Volumes"][0]
    assert (kept["State"], kept["Attachments"]) == ("available", [])


def test_a_volume_goes_from_guest_to_guest_of_its_host(served: Guests) -> None:
    ec2 = served.ec2
    made = volume(ec2)["VolumeId"]
    first, second = served.run(), served.run()
    first.wait_for_boot(1)
    ec2.attach_volume(Device="/dev/sdf", InstanceId=first.id, VolumeId=made)
    wait_for_attachment(ec2, made, "attached")
    assert f"{made}.qcow2" in virsh("domblklist", first.id)
    with refused("UnsupportedOperation", "is on its host alone"):
        ec2.create_snapshot(VolumeId=made)
    ec2.detach_volume(VolumeId=made)
    wait_for_attachment(ec2, made, None)
    assert f"{made}.qcow2" not in virsh("domblklist", first.id)
    disk = served.host / "volumes" / f"{made}.qcow2"
    file = disk.stat().st_ino
    ec2.stop_instances(InstanceIds=[second.id], Force=True)
    second.becomes("stopped")
    ec2.attach_volume(Device="/dev/sdf", InstanceId=second.id, VolumeId=made)
    wait_for_attachment(ec2, made, "attached")
    assert (second.folder / disk.name).stat().st_ino == file
    ec2.terminate_instances(InstanceIds=[first.id, second.id])
    second.becomes("terminated")
    assert disk.stat().st_ino == file


@pytest.fixture(scope="module")
def clustered(tiny_image: Path, libvirtd: None) -> Iterator[Guests]:
    """Every role as a process of its own, with one host."""
    with Cluster(zones=("us-east-1a",), **SETTINGS, LIBVIRT_ACCELERATOR="tcg") as cluster:
        image = cluster.command("image", "import", str(tiny_image), "--name", "tiny", "--account", ACCOUNT).strip()
        guests = Guests(cluster.client(), cluster.roles["agent-1"], cluster.agent_folder(1), image)
        yield guests
        guests.clean()


def test_wishes_of_while_the_agent_was_down_are_done_once(clustered: Guests) -> None:
    ec2, agent = clustered.ec2, clustered.agent
    guest = clustered.run(InstanceInitiatedShutdownBehavior="terminate")
    guest.wait_for_boot(1)

    agent.kill()
    assert guest.power() == ON
    ec2.stop_instances(InstanceIds=[guest.id])
    time.sleep(1)
    assert (guest.power(), guest.becomes("stopping")["State"]["Code"]) == (ON, 64)
    agent.start()
    guest.becomes("stopped")
    assert guest.power() == OFF
    assert "TINY-GUEST-DOWN poweroff" in (guest.folder / "console.log").read_text()

    ec2.start_instances(InstanceIds=[guest.id])
    guest.becomes("running")
    guest.wait_for_boot(2)
    agent.kill()
    ec2.reboot_instances(InstanceIds=[guest.id])
    agent.start()
    guest.wait_for_boot(3)
    number = guest.run_number()
    agent.kill()
    agent.start()  # it reads what it has done, and does it no second time
    time.sleep(3)
    assert (guest.run_number(), boots(guest.says())) == (number, 3)

    said = guest.says().count("TINY-GUEST-DOWN")
    ec2.stop_instances(InstanceIds=[guest.id], Force=True)
    guest.becomes("stopped")
    assert guest.power() == OFF
    assert (guest.folder / "console.log").read_text().count("TINY-GUEST-DOWN") == said

    ec2.start_instances(InstanceIds=[guest.id])
    guest.becomes("running")
    guest.wait_for_boot(4)
    say(guest.id, "poweroff")
    assert guest.becomes("terminated")["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    assert guest.power() == ""
    assert not guest.folder.exists()
    assert list((clustered.host / "volumes").iterdir()) == []
