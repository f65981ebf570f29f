"""Instance types: AWS's DescribeInstanceTypes documents, the facts that a launch needs, filters' values."""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

Document = dict[str, Any]

# Filter of DescribeInstanceTypes -> members that hold its values, lists walked through. As documented at
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html
_EBS = "EbsInfo.EbsOptimizedInfo."
FILTERS: dict[str, str] = {
    "auto-recovery-supported": "AutoRecoverySupported",
    "bare-metal": "BareMetal",
    "burstable-performance-supported": "BurstablePerformanceSupported",
    "current-generation": "CurrentGeneration",
    "dedicated-hosts-supported": "DedicatedHostsSupported",
    "ebs-info.attachment-limit-type": "EbsInfo.AttachmentLimitType",
    "ebs-info.maximum-ebs-attachments": "EbsInfo.MaximumEbsAttachments",
    "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps": _EBS + "BaselineBandwidthInMbps",
    "ebs-info.ebs-optimized-info.baseline-iops": _EBS + "BaselineIops",
    "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps": _EBS + "BaselineThroughputInMBps",
    "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps": _EBS + "MaximumBandwidthInMbps",
    "ebs-info.ebs-optimized-info.maximum-iops": _EBS + "MaximumIops",
    "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps": _EBS + "MaximumThroughputInMBps",
    "ebs-info.ebs-optimized-support": "EbsInfo.EbsOptimizedSupport",
    "ebs-info.encryption-support": "EbsInfo.EncryptionSupport",
    "ebs-info.nvme-support": "EbsInfo.NvmeSupport",
    "free-tier-eligible": "FreeTierEligible",
    "hibernation-supported": "HibernationSupported",
    "hypervisor": "Hypervisor",
    "instance-storage-info.disk.count": "InstanceStorageInfo.Disks.Count",
    "instance-storage-info.disk.size-in-gb": "InstanceStorageInfo.Disks.SizeInGB",
    "instance-storage-info.disk.type": "InstanceStorageInfo.Disks.Type",
    "instance-storage-info.encryption-support": "InstanceStorageInfo.EncryptionSupport",
    "instance-storage-info.nvme-support": "InstanceStorageInfo.NvmeSupport",
    "instance-storage-info.total-size-in-gb": "InstanceStorageInfo.TotalSizeInGB",
    "instance-storage-supported": "InstanceStorageSupported",
    "instance-type": "InstanceType",
    "memory-info.size-in-mib": "MemoryInfo.SizeInMiB",
    "network-info.bandwidth-weightings": "NetworkInfo.BandwidthWeightings",
    "network-info.efa-info.maximum-efa-interfaces": "NetworkInfo.EfaInfo.MaximumEfaInterfaces",
    "network-info.efa-supported": "NetworkInfo.EfaSupported",
    "network-info.ena-support": "NetworkInfo.EnaSupport",
    "network-info.encryption-in-transit-supported": "NetworkInfo.EncryptionInTransitSupported",
    "network-info.flexible-ena-queues-support": "NetworkInfo.FlexibleEnaQueuesSupport",
    "network-info.ipv4-addresses-per-interface": "NetworkInfo.Ipv4AddressesPerInterface",
    "network-info.ipv6-addresses-per-interface": "NetworkInfo.Ipv6AddressesPerInterface",
    "network-info.ipv6-supported": "NetworkInfo.Ipv6Supported",
    "network-info.maximum-network-cards": "NetworkInfo.MaximumNetworkCards",
    "network-info.maximum-network-interfaces": "NetworkInfo.MaximumNetworkInterfaces",
    "network-info.network-performance": "NetworkInfo.NetworkPerformance",
    "nitro-enclaves-support": "NitroEnclavesSupport",
    "nitro-tpm-info.supported-versions": "NitroTpmInfo.SupportedVersions",
    "nitro-tpm-support": "NitroTpmSupport",
    "processor-info.supported-architecture": "ProcessorInfo.SupportedArchitectures",
    "processor-info.supported-features": "ProcessorInfo.SupportedFeatures",
    "processor-info.sustained-clock-speed-in-ghz": "ProcessorInfo.SustainedClockSpeedInGhz",
    "reboot-migration-support": "RebootMigrationSupport",
    "supported-boot-mode": "SupportedBootModes",
    "supported-root-device-type": "SupportedRootDeviceTypes",
    "supported-usage-class": "SupportedUsageClasses",
    "supported-virtualization-type": "SupportedVirtualizationTypes",
    "vcpu-info.default-cores": "VCpuInfo.DefaultCores",
    "vcpu-info.default-threads-per-core": "VCpuInfo.DefaultThreadsPerCore",
    "vcpu-info.default-vcpus": "VCpuInfo.DefaultVCpus",
    "vcpu-info.valid-cores": "VCpuInfo.ValidCores",
    "vcpu-info.valid-threads-per-core": "VCpuInfo.ValidThreadsPerCore",
}
_PATHS = {name: path.split(".") for name, path in FILTERS.items()}


@dataclass(frozen=True, slots=True)
class Disk:
    """`count` disks of an instance's own, each of `size_gb` GB; `type` is "ssd" or "hdd"."""

    count: int
    size_gb: int
    type: str


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """What a launch needs to know of an instance type.

    Empty `valid_cores` and `valid_threads_per_core` say that the type takes no CPU options. `default_credits`
    is the CPU credit option of burstable types ("standard" or "unlimited"), None for all others.
    """

    name: str
    vcpus: int
    memory_mib: int
    architectures: tuple[str, ...]
    virtualization_types: tuple[str, ...]
    boot_modes: tuple[str, ...]
    root_device_types: tuple[str, ...]
    usage_classes: tuple[str, ...]
    placement_strategies: tuple[str, ...]
    hypervisor: str | None
    nitro: bool
    bare_metal: bool
    burstable: bool
    default_credits: str | None
    current_generation: bool
    default_cores: int
    default_threads_per_core: int
    valid_cores: tuple[int, ...]
    valid_threads_per_core: tuple[int, ...]
    processor_features: tuple[str, ...]
    max_interfaces: int
    max_network_cards: int
    interfaces_per_card: tuple[int, ...]
    ipv4_per_interface: int
    ipv6_per_interface: int
    ipv6_supported: bool
    ena_support: str
    efa_supported: bool
    ebs_optimized_support: str
    ebs_nvme_support: str
    max_ebs_attachments: int | None
    ebs_attachments_shared: bool
    hibernation_supported: bool
    dedicated_hosts_supported: bool
    auto_recovery_supported: bool
    nitro_enclaves_supported: bool
    nitro_tpm_supported: bool
    instance_storage: tuple[Disk, ...]
    instance_storage_gb: int
    gpus: int

    @property
    def family(self) -> str:
        """The part before the dot: "m5d" of "m5d.large"."""
        return self.name.partition(".")[0]


class _Documents(Mapping[str, Document]):
    """The file's documents by type; each is parsed when first asked for, so a few of them cost little."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._entries: dict[str, bytes | Document] = {_name(line): line for line in lines}

    def __getitem__(self, name: str) -> Document:
        entry = self._entries[name]
        if isinstance(entry, bytes):
            entry = self._entries[name] = json.loads(entry)
        return entry

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _name(line: bytes) -> str:
    mark = b'"InstanceType":"'
    start = line.index(mark) + len(mark)
    return line[start : line.index(b'"', start)].decode()


@cache
def documents() -> Mapping[str, Document]:
    """All documents by type, in the order of family and size; each as an answer's InstanceTypeInfo.

    Shared by all callers: not to be changed. SupportedInRegion is no member of theirs: see `offerings`.
    """
    packed = resources.files(__package__).joinpath("instance_types.json.gz").read_bytes()
    lines = gzip.decompress(packed).splitlines()[1:-1]  # without the array's brackets
    return _Documents(line.rstrip(b",") for line in lines)


_facts: dict[str, TypeFacts] = {}


def find(name: str) -> TypeFacts | None:
    """The facts of one type, None if there is no such type."""
    known = _facts.get(name)
    if known is None and name in documents():
        known = _facts[name] = _digest(documents()[name])
    return known


def _digest(document: Document) -> TypeFacts:
    name = document["InstanceType"]
    cpus, processor = document["VCpuInfo"], document["ProcessorInfo"]
    network, ebs = document["NetworkInfo"], document["EbsInfo"]
    storage = document.get("InstanceStorageInfo", {})
    hypervisor = document.get("Hypervisor")
    burstable = document["BurstablePerformanceSupported"]
    return TypeFacts(
        name=name,
        vcpus=cpus["DefaultVCpus"],
        memory_mib=document["MemoryInfo"]["SizeInMiB"],
        architectures=tuple(processor["SupportedArchitectures"]),
        virtualization_types=tuple(document["SupportedVirtualizationTypes"]),
        boot_modes=tuple(document["SupportedBootModes"]),
        root_device_types=tuple(document["SupportedRootDeviceTypes"]),
        usage_classes=tuple(document["SupportedUsageClasses"]),
        placement_strategies=tuple(document["PlacementGroupInfo"]["SupportedStrategies"]),
        hypervisor=hypervisor,
        nitro=hypervisor == "nitro" or document["BareMetal"],  # every metal type sits on the Nitro System
        bare_metal=document["BareMetal"],
        burstable=burstable,
        default_credits=("standard" if name.startswith("t2.") else "unlimited") if burstable else None,
        current_generation=document["CurrentGeneration"],
        default_cores=cpus["DefaultCores"],
        default_threads_per_core=cpus["DefaultThreadsPerCore"],
        valid_cores=tuple(cpus.get("ValidCores", ())),
        valid_threads_per_core=tuple(cpus.get("ValidThreadsPerCore", ())),
        processor_features=tuple(processor.get("SupportedFeatures", ())),
        max_interfaces=network["MaximumNetworkInterfaces"],
        max_network_cards=network["MaximumNetworkCards"],
        interfaces_per_card=tuple(card["MaximumNetworkInterfaces"] for card in network["NetworkCards"]),
        ipv4_per_interface=network["Ipv4AddressesPerInterface"],
        ipv6_per_interface=network["Ipv6AddressesPerInterface"],
        ipv6_supported=network["Ipv6Supported"],
        ena_support=network["EnaSupport"],
        efa_supported=network["EfaSupported"],
        ebs_optimized_support=ebs["EbsOptimizedSupport"],
        ebs_nvme_support=ebs["NvmeSupport"],
        max_ebs_attachments=ebs.get("MaximumEbsAttachments"),
        ebs_attachments_shared=ebs.get("AttachmentLimitType") == "shared",
        hibernation_supported=document["HibernationSupported"],
        dedicated_hosts_supported=document["DedicatedHostsSupported"],
        auto_recovery_supported=document["AutoRecoverySupported"],
        nitro_enclaves_supported=document["NitroEnclavesSupport"] == "supported",
        nitro_tpm_supported=document["NitroTpmSupport"] == "supported",
        instance_storage=tuple(
            Disk(count=disk["Count"], size_gb=disk["SizeInGB"], type=disk["Type"]) for disk in storage.get("Disks", ())
        ),
        instance_storage_gb=storage.get("TotalSizeInGB", 0),
        gpus=sum(gpu["Count"] for gpu in document.get("GpuInfo", {}).get("Gpus", ())),
    )


def attributes(name: str) -> Iterator[tuple[str, str]]:
    """(filter name, value as text) pairs of one type, for every documented filter that it has a value of.

    A whole number among doubles is given as "3" and as "3.0", valid threads one by one and as "1,2".
    Raises KeyError if there is no such type.
    """
    document = documents()[name]
    for filter_name, path in _PATHS.items():
        texts: dict[str, None] = {}
        for value in _values(document, path):
            texts.update(dict.fromkeys(_texts(value)))
        if filter_name == "vcpu-info.valid-threads-per-core" and len(texts) > 1:
            texts[",".join(texts)] = None
        for text in texts:
            yield filter_name, text


def _values(found: Any, path: Sequence[str]) -> Iterator[Any]:
    for depth, member in enumerate(path):
        if isinstance(found, list):
            for item in found:
                yield from _values(item, path[depth:])
            return
        if member not in found:
            return
        found = found[member]
    if isinstance(found, list):
        yield from found
    else:
        yield found


def _texts(value: bool | int | float | str) -> Iterator[str]:
    if isinstance(value, bool):
        yield "true" if value else "false"
        return
    yield str(value)
    if isinstance(value, float) and value.is_integer():
        yield str(int(value))
