"""Builds what an agent is sent: the whole specification of an instance, from its rows."""

from collections.abc import Mapping
from typing import Any

from backend.bus.messages import Disk, Interface, Spec
from backend.db import reading
from backend.db.models import Image, Instance, NetworkInterface, Volume
from backend.db.reading import Lean
from backend.db.unit_of_work import UnitOfWork

LOAD = (
    Instance.tags,
    Lean(Instance.attachments, frozenset({"row", "generation", "account", "region"})),
    (
        Lean(
            Instance.interfaces,
            frozenset({"row", "created", "zone", "instance_owner_id", "public_on_start", "requester_id"})
            | {"requester_managed", "ipv6_address"},
        ),
        Lean(NetworkInterface.addresses, frozenset({"subnet_id", "number", "allocation_id", "association_id"})),
        NetworkInterface.ranges,
        NetworkInterface.groups,
    ),
)
"""What is told to hosts of an instance, and shown of it: a page of instances is mostly their children."""


def specs(uow: UnitOfWork, instances: Mapping[str, Any]) -> dict[str, list[Spec]]:
    """The specifications of these instances by host; those without a host are left out.

    instances: ids, with the instance's record where it was read with ``LOAD`` already, else None.
    """
    known = [instance for instance in instances.values() if instance]
    unknown = [id for id, instance in instances.items() if not instance]
    found = [i for i in (*known, *reading.by(uow, Instance.id, unknown, load=LOAD)) if i.host]
    volume_ids = [a.volume_id for i in found for a in i.attachments]
    volumes = {v.id: v for v in reading.by(uow, Volume.id, volume_ids)}
    images = {i.id: i for i in reading.by(uow, Image.id, {i.image_id for i in found})}
    grouped: dict[str, list[Spec]] = {}
    for instance in found:
        spec = _spec(instance, volumes, images.get(instance.image_id))
        grouped.setdefault(instance.host, []).append(spec)
    return grouped


def removal(instance: Instance) -> Spec:
    """The wish that a host has nothing of this instance; its generation outdoes what the host may know."""
    return Spec(
        instance_id=instance.id,
        generation=instance.generation + 1,
        power="absent",
        force_stop=True,
        account=instance.account,
        region=instance.region,
        zone=instance.zone,
        image_id=instance.image_id,
        instance_type=instance.instance_type,
        architecture=instance.architecture,
        vcpus=instance.vcpus,
        memory_mib=instance.memory_mib,
        boot_mode=instance.current_boot_mode,
    )


def _spec(instance: Instance, volumes: dict[str, Volume], image: Image | None) -> Spec:
    return Spec(
        instance_id=instance.id,
        generation=instance.generation,
        power=instance.desired,  # type: ignore[arg-type]
        account=instance.account,
        region=instance.region,
        zone=instance.zone,
        image_id=instance.image_id,
        instance_type=instance.instance_type,
        architecture=instance.architecture,
        vcpus=instance.vcpus,
        memory_mib=instance.memory_mib,
        boot_mode=instance.current_boot_mode,
        power_generation=instance.power_generation,
        reboots=instance.reboots,
        force_stop=instance.force_stop,
        shutdown_behavior=instance.shutdown_behavior,
        user_data=instance.user_data,
        key_name=instance.key_name,
        public_key=instance.public_key,
        hostname=instance.private_dns_name,
        image_name=image.name if image else "",
        disks=tuple(
            _disk(instance, a.device, volumes[a.volume_id], image, delete=a.delete_on_termination)
            for a in instance.attachments
            if a.volume_id in volumes and a.state not in ("detaching", "busy")
        ),
        interfaces=tuple(_interface(n) for n in instance.interfaces if n.attachment_status != "detaching"),
        **_cpu_features(instance.options.get("CpuOptions", {})),
        metadata_options=instance.options.get("MetadataOptions", {}),
        tags={tag.key: tag.value for tag in instance.tags},
    )


def _cpu_features(options: Mapping[str, Any]) -> dict[str, Any]:
    nested = options.get("NestedVirtualization")
    return {
        "nested_virtualization": None if nested is None else nested == "enabled",
        "encrypted_memory": options.get("AmdSevSnp") == "enabled",
    }


def _disk(instance: Instance, device: str, volume: Volume, image: Image | None, *, delete: bool) -> Disk:
    """A root disk is never blank: where its image has no file, or is gone, no host can make it. What a guest has had
    is on its host, and never made anew."""
    boot = device == instance.root_device_name
    source = f"image:{instance.image_id}" if boot else "blank"
    return Disk(
        volume_id=volume.id,
        device=device,
        size_gib=volume.size_gib,
        boot=boot,
        source="volume" if volume.host else source,
        path=image.path if boot and image else None,
        format=image.path_format if boot and image else None,
        delete_on_termination=delete,
    )


def _interface(nic: NetworkInterface) -> Interface:
    return Interface(
        network_interface_id=nic.id,
        mac_address=nic.mac_address,
        device_index=nic.device_index or 0,
        subnet_id=nic.subnet_id,
        private_ips=tuple(a.address for a in nic.addresses),
        group_ids=tuple(g.group_id for g in nic.groups),
    )
