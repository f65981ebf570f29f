"""The instance types that have what a fleet, a template or a caller requires of them.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirementsRequest.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from backend import errors
from backend.catalogue import instance_types, offerings
from backend.catalogue.instance_types import Document
from backend.structures import only

SUPPORTED = (
    "AcceleratorCount",
    "AcceleratorManufacturers",
    "AcceleratorNames",
    "AcceleratorTotalMemoryMiB",
    "AcceleratorTypes",
    "AllowedInstanceTypes",
    "BareMetal",
    "BaselineEbsBandwidthMbps",
    "BurstablePerformance",
    "CpuManufacturers",
    "ExcludedInstanceTypes",
    "InstanceGenerations",
    "LocalStorage",
    "LocalStorageTypes",
    "MemoryGiBPerVCpu",
    "MemoryMiB",
    "NetworkBandwidthGbps",
    "NetworkInterfaceCount",
    "RequireEncryptionInTransit",
    "RequireHibernateSupport",
    "TotalLocalStorageGB",
    "VCpuCount",
)
"""Members of EC2's InstanceRequirements. Prices and performance factors are not known here."""

_MANUFACTURERS = {"AWS": "amazon-web-services", "Intel": "intel", "AMD": "amd", "Apple": "apple"}
_ACCELERATORS = (  # type of accelerator, where it is described, the list there, its total memory
    ("gpu", "GpuInfo", "Gpus", "TotalGpuMemoryInMiB"),
    ("fpga", "FpgaInfo", "Fpgas", "TotalFpgaMemoryInMiB"),
    ("inference", "InferenceAcceleratorInfo", "Accelerators", "TotalInferenceMemoryInMiB"),
    ("inference", "NeuronInfo", "NeuronDevices", "TotalNeuronDeviceMemoryInMiB"),
    ("media", "MediaAcceleratorInfo", "Accelerators", "TotalMediaMemoryInMiB"),
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What can be required of an instance type, in the units of the requirements."""

    name: str
    architectures: frozenset[str]
    virtualization_types: frozenset[str]
    vcpus: int
    memory_mib: int
    manufacturer: str
    generation: str
    bare_metal: bool
    burstable: bool
    hibernation: bool
    encryption_in_transit: bool
    interfaces: int
    storage_types: frozenset[str]
    storage_gb: float
    ebs_mbps: int
    network_gbps: float
    accelerator_types: frozenset[str]
    accelerator_names: frozenset[str]
    accelerator_manufacturers: frozenset[str]
    accelerators: int
    accelerator_memory_mib: int


@cache
def _all() -> tuple[Traits, ...]:
    return tuple(_traits(document) for document in instance_types.documents().values())


def _traits(document: Document) -> Traits:
    network, storage = document["NetworkInfo"], document.get("InstanceStorageInfo", {})
    ebs = document.get("EbsInfo", {}).get("EbsOptimizedInfo", {})
    accelerators = _accelerators(document)
    manufacturer = document["ProcessorInfo"].get("Manufacturer", "")
    return Traits(
        name=document["InstanceType"],
        architectures=frozenset(document["ProcessorInfo"]["SupportedArchitectures"]),
        virtualization_types=frozenset(document["SupportedVirtualizationTypes"]),
        vcpus=document["VCpuInfo"]["DefaultVCpus"],
        memory_mib=document["MemoryInfo"]["SizeInMiB"],
        manufacturer=_MANUFACTURERS.get(manufacturer, manufacturer.lower()),
        generation="current" if document["CurrentGeneration"] else "previous",
        bare_metal=document["BareMetal"],
        burstable=document["BurstablePerformanceSupported"],
        hibernation=document["HibernationSupported"],
        encryption_in_transit=network.get("EncryptionInTransitSupported", False),
        interfaces=network["MaximumNetworkInterfaces"],
        storage_types=frozenset(disk["Type"] for disk in storage.get("Disks", ())),
        storage_gb=storage.get("TotalSizeInGB", 0),
        ebs_mbps=ebs.get("BaselineBandwidthInMbps", 0),
        network_gbps=sum(card.get("BaselineBandwidthInGbps", 0) for card in network["NetworkCards"]),
        accelerator_types=frozenset(kind for kind, _, _ in accelerators),
        accelerator_names=frozenset(_slug(one["Name"]) for _, one, _ in accelerators),
        accelerator_manufacturers=frozenset(_made_by(one) for _, one, _ in accelerators),
        accelerators=sum(one["Count"] for _, one, _ in accelerators),
        accelerator_memory_mib=sum({kind: memory for kind, _, memory in accelerators}.values()),
    )


def _accelerators(document: Document) -> list[tuple[str, dict[str, Any], int]]:
    """Each kind of accelerator with its type and the memory of all; the same chip is described in one place only."""
    found: list[tuple[str, dict[str, Any], int]] = []
    for kind, member, listed, memory in _ACCELERATORS:
        known = {one["Name"] for _, one, _ in found}
        info = document.get(member, {})
        found += [(kind, one, info.get(memory, 0)) for one in info.get(listed, ()) if one["Name"] not in known]
    return found


def _slug(name: str) -> str:
    """An accelerator as requirements name it: ``radeon-pro-v520``, ``vu9p``."""
    inner = name.partition("(")[2].rstrip(")")
    return (inner or name).lower().replace(" ", "-")


def _made_by(accelerator: Mapping[str, Any]) -> str:
    name: str = accelerator.get("Manufacturer", "AWS")  # who makes Neuron devices is not said of them
    return _MANUFACTURERS.get(name, name.lower())


def matching(
    requirements: Mapping[str, Any],
    *,
    architectures: Sequence[str],
    virtualization_types: Sequence[str],
    region: str,
) -> list[str]:
    """The names of the region's types that have all that is required, sorted.

    Errors: InvalidParameterCombination, InvalidParameterValue for limits that are in the wrong order, and
    UnsupportedOperation for what this cloud knows nothing of.
    """
    only(requirements, "InstanceRequirements", SUPPORTED)
    if requirements.get("AllowedInstanceTypes") and requirements.get("ExcludedInstanceTypes"):
        raise errors.InvalidParameterCombination(
            reason="AllowedInstanceTypes and ExcludedInstanceTypes cannot be specified together."
        )
    for name, value in requirements.items():
        if isinstance(value, Mapping) and value.get("Min", 0) > value.get("Max", float("inf")):
            raise errors.InvalidParameterValue(value=value["Min"], name=f"{name}.Min", reason="It is more than Max.")
    here = offerings.in_region(region)
    return sorted(
        traits.name
        for traits in _all()
        if traits.name in here
        and traits.architectures & set(architectures)
        and traits.virtualization_types & set(virtualization_types)
        and all(_checks(traits, requirements))
    )


def _checks(traits: Traits, wanted: Mapping[str, Any]) -> Iterator[bool]:
    yield _within(traits.vcpus, wanted.get("VCpuCount"))
    yield _within(traits.memory_mib, wanted.get("MemoryMiB"))
    yield _within(traits.memory_mib / 1024 / traits.vcpus, wanted.get("MemoryGiBPerVCpu"))
    yield _within(traits.interfaces, wanted.get("NetworkInterfaceCount"))
    yield _within(traits.ebs_mbps, wanted.get("BaselineEbsBandwidthMbps"))
    yield _within(traits.network_gbps, wanted.get("NetworkBandwidthGbps"))
    yield _within(traits.storage_gb, wanted.get("TotalLocalStorageGB"))
    yield _within(traits.accelerators, wanted.get("AcceleratorCount"))
    yield _within(traits.accelerator_memory_mib, wanted.get("AcceleratorTotalMemoryMiB"))
    yield _has({traits.manufacturer}, wanted.get("CpuManufacturers"))
    yield _has({traits.generation}, wanted.get("InstanceGenerations"))
    yield _has(traits.storage_types, wanted.get("LocalStorageTypes")) or not traits.storage_types
    yield _has(traits.accelerator_types, wanted.get("AcceleratorTypes"))
    yield _has(traits.accelerator_names, wanted.get("AcceleratorNames"))
    yield _has(traits.accelerator_manufacturers, wanted.get("AcceleratorManufacturers"))
    yield _may(traits.bare_metal, wanted.get("BareMetal", "excluded"))
    yield _may(traits.burstable, wanted.get("BurstablePerformance", "excluded"))
    yield _may(bool(traits.storage_types), wanted.get("LocalStorage", "included"))
    yield traits.hibernation or not wanted.get("RequireHibernateSupport")
    yield traits.encryption_in_transit or not wanted.get("RequireEncryptionInTransit")
    yield _named(traits.name, wanted.get("AllowedInstanceTypes") or ("*",))
    yield not _named(traits.name, wanted.get("ExcludedInstanceTypes") or ())


def _within(value: float, limits: Mapping[str, float] | None) -> bool:
    return limits is None or limits.get("Min", 0) <= value <= limits.get("Max", float("inf"))


def _has(values: set[str] | frozenset[str], wanted: Sequence[str] | None) -> bool:
    return not wanted or not values.isdisjoint(wanted)


def _may(has_it: bool, rule: str) -> bool:
    """Whether the rule allows a type that has, or has not, some feature."""
    return rule == "included" or has_it == (rule == "required")


def _named(name: str, patterns: Sequence[str]) -> bool:
    """``c5*`` means the whole family, with a pattern of the size or without."""
    return any(fnmatchcase(name, p) or fnmatchcase(name.partition(".")[0], p) for p in patterns)
