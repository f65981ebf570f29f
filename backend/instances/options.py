"""The options of an instance that its type decides about: metadata, CPU, credits, hibernation and the like.

Each function takes what a caller asked for, in the members of EC2's request, and returns what EC2 shows of it.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from backend import addresses, errors, ids
from backend.catalogue import instance_types
from backend.catalogue.instance_types import TypeFacts
from backend.db.models import Image, Subnet
from backend.instances.block_devices import Planned

USER_DATA_LIMIT = 16 * 1024
CPU_FEATURES = {"AmdSevSnp": "amd-sev-snp", "NestedVirtualization": "nested-virtualization"}
"""Members of CpuOptions that switch a feature of the processor, by its name in the type's ProcessorInfo."""


def metadata(wanted: Mapping[str, Any], image: Image | None = None) -> dict[str, Any]:
    """MetadataOptions. An image with ``imds_support`` v2.0 asks for tokens and a hop more by default."""
    modern = image is not None and image.imds_support == "v2.0"
    hops = wanted.get("HttpPutResponseHopLimit")
    if hops is not None and not 1 <= hops <= 64:
        raise errors.InvalidParameterValue(
            value=hops, name="HttpPutResponseHopLimit", reason="Specify a value between 1 and 64."
        )
    return {
        "State": "pending",
        "HttpTokens": wanted.get("HttpTokens", "required" if modern else "optional"),
        "HttpPutResponseHopLimit": hops if hops is not None else (2 if modern else 1),
        "HttpEndpoint": wanted.get("HttpEndpoint", "enabled"),
        "HttpProtocolIpv6": wanted.get("HttpProtocolIpv6", "disabled"),
        "InstanceMetadataTags": wanted.get("InstanceMetadataTags", "disabled"),
    }


def cpu(wanted: Mapping[str, Any], facts: TypeFacts) -> dict[str, Any]:
    """CpuOptions: both numbers or none, each one that the type allows, and the features that are named."""
    features = {name: wanted[name] for name in CPU_FEATURES if name in wanted}
    for name, asked in features.items():
        if asked == "enabled" and CPU_FEATURES[name] not in facts.processor_features:
            raise errors.InvalidParameterCombination(
                reason=f"The CPU option {name} is not supported for the instance type {facts.name}."
            )
    return {**_cores(wanted, facts), **features}


def _cores(wanted: Mapping[str, Any], facts: TypeFacts) -> dict[str, int]:
    cores, threads = wanted.get("CoreCount"), wanted.get("ThreadsPerCore")
    if cores is None and threads is None:
        return {"CoreCount": facts.default_cores, "ThreadsPerCore": facts.default_threads_per_core}
    if cores is None or threads is None:
        raise errors.MissingParameter(name="CpuOptions.ThreadsPerCore" if cores else "CpuOptions.CoreCount")
    if not facts.valid_cores:
        raise errors.InvalidValue(reason=f"CpuOptions are not supported for the instance type {facts.name}.")
    if cores not in facts.valid_cores or threads not in facts.valid_threads_per_core:
        raise errors.InvalidParameterValue(
            value=f"{cores}, {threads}",
            name="CpuOptions",
            reason=f"Core counts of {facts.name}: {list(facts.valid_cores)}, "
            f"threads per core: {list(facts.valid_threads_per_core)}.",
        )
    return {"CoreCount": cores, "ThreadsPerCore": threads}


def credits(wanted: Mapping[str, Any], facts: TypeFacts) -> str | None:
    """The CPU credit option, ``standard`` or ``unlimited``; None for types that have none."""
    asked = wanted.get("CpuCredits")
    if asked is None:
        return facts.default_credits
    if not facts.burstable:
        raise errors.Unsupported(
            reason=f"The creditSpecification parameter is not supported for instance type {facts.name}."
        )
    if asked not in ("standard", "unlimited"):
        raise errors.InvalidParameterValue(
            value=asked, name="CpuCredits", reason="It must be either 'standard' or 'unlimited'."
        )
    return str(asked)


def hibernation(
    wanted: Mapping[str, Any],
    wanted_enclave: Mapping[str, Any],
    facts: TypeFacts,
    image: Image,
    disks: Sequence[Planned],
) -> dict[str, Any]:
    if not wanted.get("Configured"):
        return {"Configured": False}
    root = next((disk for disk in disks if disk.device == image.root_device_name), None)
    if not facts.hibernation_supported:
        reason = f"Hibernation is not supported for the instance type {facts.name}."
    elif root is None or not root.encrypted:
        reason = "Unencrypted root volumes are not supported for hibernation."
    elif wanted_enclave.get("Enabled"):
        reason = "Hibernation and Nitro Enclaves cannot be enabled on the same instance."
    elif root.settled.size_gib * 1024 < facts.memory_mib:
        reason = "The root volume is too small to hold the memory of the instance."
    else:
        return {"Configured": True}
    raise errors.UnsupportedHibernationConfiguration(reason=reason)


def enclave(wanted: Mapping[str, Any], facts: TypeFacts) -> dict[str, Any]:
    if wanted.get("Enabled") and not facts.nitro_enclaves_supported:
        raise errors.UnsupportedOperation(reason=f"Enclaves are not supported for the instance type {facts.name}.")
    return {"Enabled": bool(wanted.get("Enabled"))}


def tpm(image: Image, facts: TypeFacts) -> dict[str, Any]:
    """TpmSupport, for an image that asks for a NitroTPM."""
    if not image.tpm_support:
        return {}
    if not facts.nitro_tpm_supported:
        raise errors.InvalidParameterCombination(
            reason=f"The instance type {facts.name} does not support NitroTPM, which the AMI requires."
        )
    return {"TpmSupport": image.tpm_support}


def maintenance(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {"AutoRecovery": wanted.get("AutoRecovery", "default"), "RebootMigration": "default"}


def private_dns_name(wanted: Mapping[str, Any], subnet: Subnet) -> dict[str, Any]:
    return {
        "HostnameType": wanted.get("HostnameType", subnet.hostname_type),
        "EnableResourceNameDnsARecord": wanted.get(
            "EnableResourceNameDnsARecord", subnet.enable_resource_name_dns_a_record
        ),
        "EnableResourceNameDnsAAAARecord": wanted.get(
            "EnableResourceNameDnsAAAARecord", subnet.enable_resource_name_dns_aaaa_record
        ),
    }


def hostname(region: str, instance_id: str, private_ip: str | None, hostname_type: str) -> str:
    """PrivateDnsName: by the id or by the primary address, as HostnameType says."""
    if hostname_type == "resource-name":
        return f"{instance_id}.{addresses.private_domain(region)}"
    return addresses.private_dns_name(region, private_ip) if private_ip else ""


def boot_mode(asked: str | None, architecture: str, facts: TypeFacts) -> str:
    """CurrentInstanceBootMode: how the firmware starts the guest, which the image asks for and the type can do."""
    if asked == "uefi-preferred":
        return "uefi" if "uefi" in facts.boot_modes else "legacy-bios"
    if asked:
        if asked not in facts.boot_modes:
            raise errors.InvalidParameterCombination(
                reason=f"The boot mode {asked} of the AMI is not supported by the instance type {facts.name}."
            )
        return asked
    return "uefi" if architecture == "arm64" else "legacy-bios"


def network_performance(wanted: Mapping[str, Any], facts: TypeFacts) -> dict[str, Any]:
    """NetworkPerformanceOptions, where a caller asks for a weighting, which the type must have.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-bandwidth-weighting.html
    """
    weighting = wanted.get("BandwidthWeighting")
    if weighting is None:
        return {}
    known = instance_types.documents()[facts.name]["NetworkInfo"].get("BandwidthWeightings", ["default"])
    if weighting not in known:
        raise errors.Unsupported(
            reason=f"The bandwidth weighting '{weighting}' is not supported for the instance type {facts.name}."
        )
    return {"NetworkPerformanceOptions": {"BandwidthWeighting": weighting}}


def boot_image(given: str | None, default: str | None, prefix: str, image: Image) -> str | None:
    """The id of the kernel or RAM disk that a paravirtual guest boots from; an hvm guest boots from its own disk."""
    if given is None:
        return default
    if image.virtualization_type != "paravirtual":
        raise errors.InvalidParameterCombination(
            reason="Kernels and RAM disks are only supported for AMIs of the virtualization type paravirtual."
        )
    if not ids.well_formed(prefix, given):
        raise errors.InvalidIDMalformed(code=Image.MALFORMED, id=given, prefix=prefix)
    return given


def ebs_optimized(wanted: bool | None, facts: TypeFacts) -> bool:
    if facts.ebs_optimized_support == "unsupported" and wanted:
        raise errors.InvalidParameterCombination(
            reason=f"EBS-optimized instances are not supported for the instance type {facts.name}."
        )
    return bool(wanted)


def user_data(encoded: str | None) -> str | None:
    """User data as given (base64), once it decodes to no more than 16 KiB."""
    if encoded is None:
        return None
    try:
        raw = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise errors.InvalidParameterValue(
            value="...", name="UserData", reason="Invalid BASE64 encoding of user data."
        ) from fault
    if len(raw) > USER_DATA_LIMIT:
        raise errors.InvalidValue(reason="User data is limited to 16384 bytes")
    return encoded
