"""What a template gives a launch, and what template would launch an instance like one that is there.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors, launch_templates, tags
from backend.db import reading
from backend.db.models import Instance, NetworkInterface, Volume
from backend.db.unit_of_work import UnitOfWork

ID_TAG, VERSION_TAG = "aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version"
"""Tags that instances of a template get."""

_RENAMED = {"RamDiskId": "RamdiskId", "ElasticGpuSpecifications": "ElasticGpuSpecification"}
"""Members that RunInstances has under another name."""

Tags = Mapping[str, Mapping[str, str]]


def fill_in(
    uow: UnitOfWork, specification: Mapping[str, Any], given: Mapping[str, Any], wanted_tags: Tags
) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The parameters and tags of a launch from a template: what is given over what the template has.

    specification: EC2's LaunchTemplateSpecification. given: parameters of RunInstances by AWS's names. Structures are
    merged by their members, block devices by their names, tags by their keys; lists are replaced. Errors: those of the
    template and the version, and InvalidParameterCombination for a template that names no instance type but what one
    must have, which only a fleet can choose by.
    """
    template = launch_templates.look_up(
        uow, specification.get("LaunchTemplateId"), specification.get("LaunchTemplateName")
    )
    version = launch_templates.version(uow, template, specification.get("Version") or launch_templates.DEFAULT)
    data = {_RENAMED.get(name, name): value for name, value in version.data.items()}
    if data.pop("InstanceRequirements", None) and not given.get("InstanceType"):
        raise errors.InvalidParameterCombination(
            reason="The launch template specifies instance requirements. Specify an instance type to launch with it."
        )
    specified = {s["ResourceType"]: tags.checked(s.get("Tags", ())) for s in data.pop("TagSpecifications", ())}
    merged_tags = {
        kind: {**specified.get(kind, {}), **wanted_tags.get(kind, {})} for kind in {*specified, *wanted_tags}
    }
    own = {ID_TAG: template.id, VERSION_TAG: str(version.number)}
    merged_tags["instance"] = {**merged_tags.get("instance", {}), **own}
    return merged(data, given), merged_tags


def merged(data: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a launch: ``given`` over ``data``."""
    found = dict(data)
    for name, value in given.items():
        if name == "BlockDeviceMappings":
            found[name] = _by_device(data.get(name, ()), value)
        elif isinstance(value, Mapping):
            stated = {member: v for member, v in value.items() if v != ""}
            found[name] = {**data.get(name, {}), **stated}
        else:
            found[name] = value
    return found


def _by_device(ours: Any, theirs: Any) -> list[Any]:
    """Block device mappings, of which a caller's replaces the template's of the same device."""
    found = {mapping.get("DeviceName"): mapping for mapping in ours}
    found.update((mapping.get("DeviceName"), mapping) for mapping in theirs)
    return list(found.values())


def of_instance(uow: UnitOfWork, instance_id: str) -> dict[str, Any]:
    """LaunchTemplateData with which another instance like this one could be launched."""
    interfaces = (Instance.interfaces, NetworkInterface.addresses, NetworkInterface.groups)
    load = (Instance.tags, Instance.attachments, interfaces)
    instance = uow.look_up(Instance, instance_id, load=load)
    options = instance.options
    found = {
        "EbsOptimized": instance.ebs_optimized,
        "ImageId": instance.image_id,
        "InstanceType": instance.instance_type,
        "KeyName": instance.key_name,
        "KernelId": instance.kernel_id,
        "RamDiskId": instance.ramdisk_id,
        "Monitoring": {"Enabled": instance.monitoring == "enabled"},
        "DisableApiTermination": instance.disable_api_termination,
        "DisableApiStop": instance.disable_api_stop,
        "InstanceInitiatedShutdownBehavior": instance.shutdown_behavior,
        "UserData": instance.user_data,
        "BlockDeviceMappings": _block_devices(uow, instance),
        "NetworkInterfaces": [_interface(nic) for nic in instance.interfaces],
        "Placement": _placement(instance),
        "TagSpecifications": _tag_specifications(instance),
        "CreditSpecification": {"CpuCredits": instance.credit} if instance.credit else None,
        **{name: options[name] for name in _OPTIONS if name in options},
    }
    if metadata := options.get("MetadataOptions"):
        found["MetadataOptions"] = {name: value for name, value in metadata.items() if name != "State"}
    if maintenance := options.get("MaintenanceOptions"):
        found["MaintenanceOptions"] = {"AutoRecovery": maintenance["AutoRecovery"]}
    if profile := instance.iam_instance_profile:
        found["IamInstanceProfile"] = {"Arn": profile["Arn"]}
    return {name: value for name, value in found.items() if value is not None}


_OPTIONS = (
    "CapacityReservationSpecification",
    "CpuOptions",
    "EnclaveOptions",
    "HibernationOptions",
    "PrivateDnsNameOptions",
)


def _placement(instance: Any) -> dict[str, Any]:
    return {
        "AvailabilityZone": instance.zone,
        "GroupName": instance.placement_group or "",
        "Tenancy": instance.tenancy,
        "PartitionNumber": instance.partition_number,
        "HostId": instance.host_resource_id,
        "Affinity": instance.affinity,
    }


def _block_devices(uow: UnitOfWork, instance: Any) -> list[dict[str, Any]]:
    volumes = {v.id: v for v in reading.by(uow, Volume.id, [a.volume_id for a in instance.attachments])}
    found = []
    for attachment in instance.attachments:
        if volume := volumes.get(attachment.volume_id):
            ebs = {
                "Encrypted": volume.encrypted,
                "DeleteOnTermination": attachment.delete_on_termination,
                "Iops": volume.iops,
                "KmsKeyId": volume.kms_key_id,
                "SnapshotId": volume.snapshot_id,
                "VolumeSize": volume.size_gib,
                "VolumeType": volume.volume_type,
                "Throughput": volume.throughput,
            }
            found.append({"DeviceName": attachment.device, "Ebs": ebs})
    return found


def _interface(nic: Any) -> dict[str, Any]:
    return {
        "AssociatePublicIpAddress": any(a.public_ip for a in nic.addresses),
        "DeleteOnTermination": nic.delete_on_termination,
        "Description": nic.description,
        "DeviceIndex": nic.device_index,
        "Groups": [g.group_id for g in nic.groups],
        "InterfaceType": nic.interface_type,
        "Ipv6Addresses": [],
        "PrivateIpAddresses": [{"Primary": a.primary, "PrivateIpAddress": a.address} for a in nic.addresses],
        "SubnetId": nic.subnet_id,
        "NetworkCardIndex": nic.network_card_index,
    }


def _tag_specifications(instance: Any) -> list[dict[str, Any]]:
    own = [{"Key": t.key, "Value": t.value} for t in instance.tags if not t.key.startswith("aws:")]
    return [{"ResourceType": "instance", "Tags": own}] if own else []
