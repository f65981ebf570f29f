"""`ec2api image`: disk image files become AMIs, are listed, and go."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backend.config import Settings
from backend.db.engine import Database
from backend.db.models import Image, ImageBlockDevice, Snapshot
from backend.db.unit_of_work import UnitOfWork
from backend.images import Registration, register
from ec2api.cli_image import image
from tests.databases import with_tables
from tests.launching import ami

GIB = 1 << 30


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(image, ["--data-dir", str(folder), *arguments])


def imported(folder: Path, file: Path, name: str = "guest", *arguments: str) -> str:
    result = run(folder, "import", str(file), "--name", name, *arguments)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def listed(folder: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(run(folder, "list", "--output", "json").output)
    return found


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in (folder / "images").glob("*"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_tables(tmp_path / "data")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A disk of 1.5 GiB that is almost all hole."""
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        file.write(b"\xeb\x63boot")
        file.seek(GIB)
        file.write(b"data" * 1024)
        file.truncate(GIB * 3 // 2)
    return path


def qcow2(path: Path, *, size: int = 2 * GIB, backing: int = 0) -> Path:
    """The header of a qcow2 file, which is what is read of one."""
    header = b"QFI\xfb" + (3).to_bytes(4, "big") + backing.to_bytes(8, "big") + bytes(8)
    path.write_bytes(header + size.to_bytes(8, "big") + bytes(4096))
    return path


def test_a_raw_disk(folder: Path, raw: Path) -> None:
    image_id = imported(folder, raw, "my guest", "--description", "A guest", "--architecture", "arm64")
    database = Database(Settings(data_dir=folder).database)
    with UnitOfWork(database, "000000000000", "us-east-1", write=False) as uow:
        found = uow.look_up(Image, image_id, load=(Image.block_devices,))
        (device,) = found.block_devices
        snapshot = uow.look_up(Snapshot, str(device.snapshot_id))
    database.dispose()
    copy = Path(str(found.path))
    assert copy == folder / "images" / f"{image_id}.raw"
    assert copy.stat().st_size == raw.stat().st_size
    with raw.open("rb") as original, copy.open("rb") as copied:
        for place in (0, GIB - 4096, GIB, GIB + 4096):
            original.seek(place)
            copied.seek(place)
            assert original.read(8192) == copied.read(8192)
    assert copy.stat().st_blocks <= raw.stat().st_blocks + 64
    assert (found.name, found.description, found.state) == ("my guest", "A guest", "available")
    assert (found.architecture, found.boot_mode, found.path_format) == ("arm64", "uefi", "raw")
    assert (found.public, found.virtualization_type, found.root_device_name) == (False, "hvm", "/dev/xvda")
    assert (device.device_name, device.size_gib, snapshot.size_gib) == ("/dev/xvda", 2, 2)


def test_a_qcow2_disk_is_as_large_as_its_guest_sees_it(folder: Path, tmp_path: Path) -> None:
    arguments = ["--account", "111122223333", "--region", "eu-central-1", "--public", "--boot-mode", "uefi"]
    image_id = imported(folder, qcow2(tmp_path / "disk"), "guest", *arguments, "--architecture", "x86_64")
    assert listed(folder) == [
        {
            "ImageId": image_id,
            "Account": "111122223333",
            "Region": "eu-central-1",
            "Architecture": "x86_64",
            "Format": "qcow2",
            "Name": "guest",
            "Path": str(folder / "images" / f"{image_id}.qcow2"),
        }
    ]
    assert image_id in run(folder, "list").output


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="needs qemu-img")
def test_a_file_of_qemus_own(folder: Path, raw: Path, tmp_path: Path) -> None:
    made = tmp_path / "disk.qcow2"
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", str(raw), str(made)], check=True)
    layer = tmp_path / "layer.qcow2"
    create = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(made), "-F", "qcow2", str(layer)]
    subprocess.run(create, check=True)
    imported(folder, made)
    assert [row["Format"] for row in listed(folder)] == ["qcow2"]
    assert "only a layer" in run(folder, "import", str(layer), "--name", "layer").output


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "no disk"), (b"x" * 511, "no disk"), (b"KDMV" + bytes(600), "VMDK"), (b"vhdxfile" + bytes(600), "VHDX")],
)  # fmt: skip
def test_files_that_are_no_disks(folder: Path, tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    result = run(folder, "import", str(file), "--name", "guest")
    assert result.exit_code == 1
    assert says in result.output
    assert files(folder) == []
    assert listed(folder) == []


def test_a_layer_over_another_file_is_refused(folder: Path, tmp_path: Path) -> None:
    result = run(folder, "import", str(qcow2(tmp_path / "disk", backing=104)), "--name", "guest")
    assert "only a layer" in result.output


def test_names_and_accounts(folder: Path, tmp_path: Path) -> None:
    disk = qcow2(tmp_path / "disk")
    first = imported(folder, disk)
    taken = run(folder, "import", str(disk), "--name", "guest")
    assert (taken.exit_code, f"already in use by AMI {first}" in taken.output) == (1, True)
    assert "between 3 and 128" in run(folder, "import", str(disk), "--name", "x").output
    assert "12 digits" in run(folder, "import", str(disk), "--name", "abc", "--account", "me").output
    assert "does not exist" in run(folder, "import", str(tmp_path / "none"), "--name", "abc").output
    assert files(folder) == [f"{first}.qcow2"]
    imported(folder, disk, "guest", "--account", "111122223333")


def test_remove(folder: Path, tmp_path: Path) -> None:
    first, second = (imported(folder, qcow2(tmp_path / "disk"), name) for name in ("one", "two-2"))
    assert run(folder, "remove", first).exit_code == 0
    assert [row["ImageId"] for row in listed(folder)] == [second]
    assert files(folder) == [f"{second}.qcow2"]
    assert "does not exist" in run(folder, "remove", first).output
    assert "Invalid id" in run(folder, "remove", "first").output


def test_a_file_stays_as_long_as_an_ami_needs_it(folder: Path, tmp_path: Path) -> None:
    image_id = imported(folder, qcow2(tmp_path / "disk"))
    database = Database(Settings(data_dir=folder).database)
    with UnitOfWork(database, "000000000000", "us-east-1") as uow:
        (device,) = uow.records(ImageBlockDevice)
        mapping = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": device.snapshot_id}}
        again = register(uow, Registration("again", virtualization_type="hvm"), [mapping], {})
        assert again.path == str(folder / "images" / f"{image_id}.qcow2")
        uow.commit()
    database.dispose()
    assert run(folder, "remove", image_id).exit_code == 0
    assert files(folder) == [f"{image_id}.qcow2"]
    assert run(folder, "remove", again.id).exit_code == 0
    assert files(folder) == []


def test_a_file_whose_image_its_owner_deregistered(folder: Path, tmp_path: Path, new_cloud: Any) -> None:
    cloud = new_cloud()
    folder = cloud.cloud.settings.data_dir
    image_id = imported(folder, qcow2(tmp_path / "disk"), "guest", "--architecture", "x86_64")
    ec2 = cloud.client()
    (instance,) = ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1)["Instances"]
    ec2.deregister_image(ImageId=image_id)
    result = run(folder, "remove", image_id)
    assert (result.exit_code, instance["InstanceId"] in result.output) == (1, True)
    assert files(folder) == [f"{image_id}.qcow2"]
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    ec2.get_waiter("instance_terminated").wait(
        InstanceIds=[instance["InstanceId"]], WaiterConfig={"Delay": 0, "MaxAttempts": 500}
    )
    assert run(folder, "remove", image_id).exit_code == 0
    assert files(folder) == []


def test_public_images_are_not_the_operators_to_remove(new_cloud: Any) -> None:
    cloud = new_cloud()
    result = run(cloud.cloud.settings.data_dir, "remove", ami(cloud.client()))
    assert (result.exit_code, "does not exist" in result.output) == (1, True)
