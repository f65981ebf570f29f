"""Public images: what Amazon, Canonical, Debian and others publish in every region, under ids of our own."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class ImageBlockDevice:
    """An entry of a mapping: an EBS volume from a snapshot or, by virtual name, an instance store disk."""

    device_name: str
    virtual_name: str | None = None
    snapshot_id: str | None = None
    size_gib: int | None = None
    volume_type: str | None = None
    iops: int | None = None
    throughput: int | None = None
    encrypted: bool | None = None
    delete_on_termination: bool | None = None


@dataclass(frozen=True, slots=True)
class PublicImage:
    """A public image in one region. Times are UTC without a zone, as the whole backend keeps them.

    `owner_alias` is "amazon" for Amazon's images and those of its verified providers. `ssm_parameters` are
    the names under which Systems Manager publishes the id: of a family's newest image alone.
    """

    image_id: str
    region: str
    name: str
    description: str
    owner_id: str
    owner_alias: str | None
    architecture: str
    platform: str | None
    platform_details: str
    usage_operation: str
    root_device_name: str
    block_devices: tuple[ImageBlockDevice, ...]
    boot_mode: str | None
    imds_support: str | None
    tpm_support: str | None
    free_tier_eligible: bool
    created_at: datetime
    deprecation_time: datetime | None
    ssm_parameters: tuple[str, ...]
    root_device_type: str = "ebs"
    virtualization_type: str = "hvm"
    hypervisor: str = "xen"
    image_type: str = "machine"
    ena_support: bool = True
    sriov_net_support: str = "simple"

    @property
    def image_location(self) -> str:
        """The owner and the name, as DescribeImages shows it."""
        return f"{self.owner_alias or self.owner_id}/{self.name}"


def image_id(region: str, name: str) -> str:
    """The id of the public image of this name: the same in every installation, another in every region."""
    return "ami-" + _digits(f"{region}/{name}")


def snapshot_id(region: str, name: str) -> str:
    """The id of the snapshot behind the root volume of the public image of this name."""
    return "snap-" + _digits(f"snapshot/{region}/{name}")


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:17]


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(resources.files(__package__).joinpath("images.json").read_text("utf-8"))
    return content


def public(region: str) -> list[PublicImage]:
    """All public images of a region, be it one of AWS's or not; deprecated ones included."""
    owners = _content()["owners"]
    return [image for family in _content()["families"] for image in _published(family, owners[family["owner"]], region)]


def ssm_parameters(region: str) -> dict[str, str]:
    """Systems Manager's public parameter -> image id, for `resolve:ssm:/aws/service/...` as an image id."""
    return {parameter: image.image_id for image in public(region) for parameter in image.ssm_parameters}


def _published(family: dict[str, Any], owner: dict[str, str], region: str) -> Iterator[PublicImage]:
    releases = family["releases"]
    for version, created in releases.items():
        newest = version == next(reversed(releases))
        created_at = datetime.fromisoformat(created).astimezone(UTC).replace(tzinfo=None)
        for architecture, word in family["architectures"].items():
            name = family["name"].format(version=version, arch=word)
            yield PublicImage(
                image_id=image_id(region, name),
                region=region,
                name=name,
                description=family["description"].format(version=version, arch=word),
                owner_id=owner["id"],
                owner_alias=owner.get("alias"),
                architecture=architecture,
                platform=family.get("platform"),
                platform_details=family.get("platform_details", "Linux/UNIX"),
                usage_operation=family.get("usage_operation", "RunInstances"),
                root_device_name=family["root_device"],
                block_devices=_block_devices(family, snapshot_id(region, name)),
                boot_mode=(family.get("boot_mode") or {}).get(architecture),
                imds_support=family.get("imds_support"),
                tpm_support=family.get("tpm_support"),
                free_tier_eligible=family.get("free_tier", False),
                created_at=created_at,
                # AWS deprecates a public image two years after its creation. Here a family's newest stays:
                # nobody publishes the next one, and lookups must find something in years to come.
                deprecation_time=None if newest else created_at.replace(year=created_at.year + 2, microsecond=0),
                ssm_parameters=tuple(
                    parameter.format(arch=word) for parameter in family.get("ssm_parameters", ()) if newest
                ),
            )


def _block_devices(family: dict[str, Any], snapshot: str) -> tuple[ImageBlockDevice, ...]:
    gp3 = family["volume_type"] == "gp3"
    root = ImageBlockDevice(
        device_name=family["root_device"],
        snapshot_id=snapshot,
        size_gib=family["volume_gib"],
        volume_type=family["volume_type"],
        iops=3000 if gp3 else None,
        throughput=125 if gp3 else None,
        encrypted=False,
        delete_on_termination=True,
    )
    disks = (
        ImageBlockDevice(device_name=device, virtual_name=f"ephemeral{number}")
        for number, device in enumerate(family.get("ephemeral_devices", ()))
    )
    return root, *disks
