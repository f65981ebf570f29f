"""The size of a stopped instance: its type, and how many of the type's CPUs it uses.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/change-instance-type-requirements.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors, zones
from backend.catalogue import instance_types, offerings
from backend.catalogue.instance_types import TypeFacts
from backend.config import Settings
from backend.db import reading
from backend.db.models import Instance, NetworkInterface
from backend.db.unit_of_work import UnitOfWork
from backend.instances import changes, options
from backend.scheduler import held


def change_type(uow: UnitOfWork, settings: Settings, instance: Instance, name: str) -> None:
    """Give a stopped instance another type that its image, its zone and its interfaces allow.

    CPU options return to the new type's defaults. A credit option stays, also on a type that has none.
    """
    facts = instance_types.find(name)
    if facts is None:
        raise errors.InvalidInstanceAttributeValue(reason=f"Invalid value '{name}' for InstanceType.")
    _check_image(instance, facts)
    _check_devices(uow, instance, facts)
    _check_zone(uow, settings, instance, facts)
    instance.current_boot_mode = options.boot_mode(instance.boot_mode, instance.architecture, facts)
    instance.instance_type = facts.name
    instance.credit = instance.credit or facts.default_credits
    _use(uow, instance, options.cpu({}, facts), facts)


def change_cpus(uow: UnitOfWork, instance_id: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Set members of CpuOptions of a stopped instance; what is not given stays. Returns its CpuOptions."""
    instance = uow.require(Instance, instance_id, for_update=True)
    changes.check_stopped(instance)
    if not wanted:
        raise errors.MissingParameter(name="CoreCount")
    facts = changes.facts_of(instance)
    cpu = options.cpu({**instance.options["CpuOptions"], **wanted}, facts)
    _use(uow, instance, cpu, facts)
    changes.tell_host(uow, instance)
    return cpu


def _use(uow: UnitOfWork, instance: Instance, cpu: Mapping[str, Any], facts: TypeFacts) -> None:
    """Write down the new size. Room that is still claimed for the old one is given back; the start claims anew."""
    if instance.claimed_vcpus and instance.host:
        held.give_back(uow, [held.of_instance(instance)])
        instance.claimed_vcpus = instance.claimed_memory_mib = 0
        instance.capacity_reservation_id = None
    instance.vcpus = cpu["CoreCount"] * cpu["ThreadsPerCore"]
    instance.memory_mib = facts.memory_mib
    changes.set_option(instance, "CpuOptions", cpu)


def _check_image(instance: Instance, facts: TypeFacts) -> None:
    if instance.architecture not in facts.architectures:
        raise errors.InvalidValue(
            reason=f"The architecture '{','.join(facts.architectures)}' of the specified instance type does not match "
            f"the architecture '{instance.architecture}' of the instance."
        )
    if instance.virtualization_type not in facts.virtualization_types:
        raise errors.InvalidParameterCombination(
            reason=f"The instance type '{facts.name}' does not support the virtualization type "
            f"'{instance.virtualization_type}' of the instance."
        )
    if instance.root_device_type not in facts.root_device_types:
        raise errors.InvalidParameterCombination(
            reason=f"The instance type '{facts.name}' does not support an {instance.root_device_type} root device."
        )
    if facts.ena_support == "required" and not instance.ena_support:
        raise errors.InvalidParameterCombination(
            reason="Enhanced networking with the Elastic Network Adapter (ENA) is required for the "
            f"'{facts.name}' instance type. Ensure that your instance is enabled for ENA."
        )


def _check_devices(uow: UnitOfWork, instance: Instance, facts: TypeFacts) -> None:
    options.ebs_optimized(instance.ebs_optimized, facts)
    options.enclave(instance.options.get("EnclaveOptions", {}), facts)
    if instance.options.get("HibernationOptions", {}).get("Configured") and not facts.hibernation_supported:
        raise errors.UnsupportedHibernationConfiguration(
            reason=f"Hibernation is not supported for the instance type {facts.name}."
        )
    interfaces = reading.by(uow, NetworkInterface.instance_id, [instance.id])
    if len(interfaces) > facts.max_interfaces:
        raise errors.AttachmentLimitExceeded(
            reason=f"Interface count {len(interfaces)} exceeds the limit for {facts.name}"
        )


def _check_zone(uow: UnitOfWork, settings: Settings, instance: Instance, facts: TypeFacts) -> None:
    zone_ids = zones.ids(settings, uow.account, uow.region)
    if not offerings.offered(facts.name, zone_ids[instance.zone]):
        raise errors.Unsupported(
            reason=f"The instance type {facts.name} is not supported in the Availability Zone of the instance "
            f"({instance.zone})."
        )
