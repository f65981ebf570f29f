"""The attributes of an instance that can be changed one by one after its launch.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backend import errors, ids
from backend.config import Settings
from backend.db import reading
from backend.db.models import Image, Instance, VolumeAttachment
from backend.db.unit_of_work import UnitOfWork
from backend.instances import changes, options, primary_interface, sizes

Apply = Callable[[UnitOfWork, Settings, Instance, Any], None]


@dataclass(frozen=True)
class Attribute:
    """How an attribute takes a new value.

    stopped: only while the instance is stopped. told: the host has to know. reset: what puts the default back.
    """

    apply: Apply
    stopped: bool = False
    told: bool = False
    reset: Callable[[UnitOfWork, Instance], None] | None = None


def modify(uow: UnitOfWork, settings: Settings, instance_id: str, name: str, value: Any) -> None:
    """Give one attribute, by EC2's name, a new value.

    Values: bool for switches, base64 for userData, a list of group ids for groupSet, EC2's entries for
    blockDeviceMapping, else text. Errors: IncorrectInstanceState, and those of the attribute.
    """
    attribute = ATTRIBUTES.get(name)
    if attribute is None:
        raise errors.InvalidParameterValue(value=name, name="attribute", reason="The attribute cannot be modified.")
    instance = _changeable(uow, instance_id, attribute)
    attribute.apply(uow, settings, instance, value)
    if attribute.told:
        changes.tell_host(uow, instance)


def reset(uow: UnitOfWork, instance_id: str, name: str) -> None:
    """Put the default of kernel, ramdisk or sourceDestCheck back.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ResetInstanceAttribute.html
    """
    attribute = ATTRIBUTES.get(name)
    if attribute is None or attribute.reset is None:
        raise errors.InvalidParameterValue(value=name, name="attribute", reason="The attribute cannot be reset.")
    instance = _changeable(uow, instance_id, attribute)
    attribute.reset(uow, instance)
    if attribute.told:
        changes.tell_host(uow, instance)


def _changeable(uow: UnitOfWork, instance_id: str, attribute: Attribute) -> Instance:
    instance = changes.living(uow, instance_id)
    if attribute.stopped:
        changes.check_stopped(instance)
    return instance


def _column(name: str) -> Apply:
    def apply(_uow: UnitOfWork, _settings: Settings, instance: Instance, value: Any) -> None:
        setattr(instance, name, value)

    return apply


def _user_data(_uow: UnitOfWork, _settings: Settings, instance: Instance, value: str) -> None:
    instance.user_data = options.user_data(value) or None


def _shutdown_behavior(_uow: UnitOfWork, _settings: Settings, instance: Instance, value: str) -> None:
    if value not in ("stop", "terminate"):
        raise errors.InvalidParameterValue(
            value=value, name="instanceInitiatedShutdownBehavior", reason="Use stop or terminate."
        )
    if value == "stop" and instance.root_device_type == "instance-store":
        raise errors.UnsupportedOperation(
            reason=f"The instance '{instance.id}' does not have an 'ebs' root device type and cannot be stopped."
        )
    instance.shutdown_behavior = value


def _ebs_optimized(_uow: UnitOfWork, _settings: Settings, instance: Instance, value: bool) -> None:
    instance.ebs_optimized = options.ebs_optimized(value, changes.facts_of(instance))


def _ena_support(_uow: UnitOfWork, _settings: Settings, instance: Instance, value: bool) -> None:
    _check_hvm(instance, "enaSupport")
    if not value and changes.facts_of(instance).ena_support == "required":
        raise errors.InvalidParameterCombination(
            reason=f"Enhanced networking with the Elastic Network Adapter (ENA) is required for the "
            f"'{instance.instance_type}' instance type."
        )
    instance.ena_support = value


def _sriov_net_support(_uow: UnitOfWork, _settings: Settings, instance: Instance, value: str) -> None:
    _check_hvm(instance, "sriovNetSupport")
    if value != "simple":
        raise errors.InvalidParameterValue(value=value, name="sriovNetSupport", reason="The only value is simple.")
    instance.sriov_net_support = value


def _check_hvm(instance: Instance, name: str) -> None:
    if instance.virtualization_type != "hvm":
        raise errors.InvalidParameterCombination(
            reason=f"The attribute {name} is only supported for instances of the virtualization type hvm."
        )


def _enclave(_uow: UnitOfWork, _settings: Settings, instance: Instance, value: bool) -> None:
    wanted = options.enclave({"Enabled": value}, changes.facts_of(instance))
    if value and instance.options["HibernationOptions"]["Configured"]:
        raise errors.InvalidParameterCombination(
            reason="Hibernation and Nitro Enclaves cannot be enabled on the same instance."
        )
    changes.set_option(instance, "EnclaveOptions", wanted)


def _boot_image(column: str, prefix: str) -> Attribute:
    """The kernel or RAM disk of a paravirtual instance; an hvm instance boots from its own disk."""

    def apply(_uow: UnitOfWork, _settings: Settings, instance: Instance, value: str) -> None:
        if instance.virtualization_type != "paravirtual":
            raise errors.InvalidParameterCombination(
                reason="Kernels and RAM disks are only supported for instances of the virtualization type paravirtual."
            )
        if not ids.well_formed(prefix, value):
            raise errors.InvalidIDMalformed(code=Image.MALFORMED, id=value, prefix=prefix)
        setattr(instance, column, value)

    def default(uow: UnitOfWork, instance: Instance) -> None:
        image = reading.find(uow, Image.id, instance.image_id)
        setattr(instance, column, getattr(image, column, None))

    return Attribute(apply, stopped=True, reset=default)


def _source_dest_check(uow: UnitOfWork, _settings: Settings, instance: Instance, value: bool) -> None:
    primary_interface.set_source_dest_check(uow, instance, value)


def _groups(uow: UnitOfWork, _settings: Settings, instance: Instance, value: Sequence[str]) -> None:
    primary_interface.set_groups(uow, instance, value)


def _block_devices(
    uow: UnitOfWork, _settings: Settings, instance: Instance, value: Sequence[Mapping[str, Any]]
) -> None:
    """DeleteOnTermination of attached volumes, true where an entry has none."""
    query = select(VolumeAttachment).where(VolumeAttachment.instance_id == instance.id)
    attached = list(uow.scalars(query))
    for number, entry in enumerate(value, 1):
        for member in ("VirtualName", "NoDevice"):
            if member in entry:
                raise errors.InvalidParameterCombination(
                    reason=f"Of attached volumes only DeleteOnTermination can be modified: remove {member}."
                )
        device, ebs = entry.get("DeviceName"), entry.get("Ebs", {})
        if not device and not ebs.get("VolumeId"):
            raise errors.MissingParameter(name=f"BlockDeviceMapping.{number}.DeviceName")
        found = [a for a in attached if device in (None, a.device) and ebs.get("VolumeId") in (None, a.volume_id)]
        if not found:
            raise errors.InvalidInstanceAttributeValue(
                reason=f"No device is currently mapped at {device}"
                if device
                else f"The volume '{ebs['VolumeId']}' is not attached to the instance '{instance.id}'."
            )
        found[0].delete_on_termination = ebs.get("DeleteOnTermination", True)


ATTRIBUTES: dict[str, Attribute] = {
    "blockDeviceMapping": Attribute(_block_devices, told=True),
    "disableApiStop": Attribute(_column("disable_api_stop")),
    "disableApiTermination": Attribute(_column("disable_api_termination")),
    "ebsOptimized": Attribute(_ebs_optimized, stopped=True),
    "enaSupport": Attribute(_ena_support, stopped=True),
    "enclaveOptions": Attribute(_enclave, stopped=True),
    "groupSet": Attribute(_groups, told=True),
    "instanceInitiatedShutdownBehavior": Attribute(_shutdown_behavior, told=True),
    "instanceType": Attribute(sizes.change_type, stopped=True, told=True),
    "kernel": _boot_image("kernel_id", "aki"),
    "ramdisk": _boot_image("ramdisk_id", "ari"),
    "sourceDestCheck": Attribute(
        _source_dest_check,
        told=True,
        reset=lambda uow, instance: primary_interface.set_source_dest_check(uow, instance, True),
    ),
    "sriovNetSupport": Attribute(_sriov_net_support, stopped=True),
    "userData": Attribute(_user_data, stopped=True, told=True),
}
"""By EC2's name, those that ModifyInstanceAttribute takes."""
