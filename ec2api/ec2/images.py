"""EC2 actions on images (AMIs)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import false, or_, true

from backend import clock, errors, image_block_devices, image_settings, images
from backend.db.models import Image, ImageBlockDevice, ImageSsmParameter, Instance
from backend.db.reading import table_of
from backend.images import Registration
from ec2api.call import Call
from ec2api.describe import Condition, Describe, InCall, nothing, owned, show_tags, through
from ec2api.protocol.writers import timestamp
from ec2api.registry import action


@action(tags=("image",), open_enums=("ImageNameRequest",))
def register_image(
    call: Call,
    *,
    name: str | None = None,
    image_location: str | None = None,
    billing_products: Sequence[str] = (),
    block_device_mappings: Sequence[Mapping[str, Any]] = (),
    description: str | None = None,
    architecture: str = "i386",
    kernel_id: str | None = None,
    ramdisk_id: str | None = None,
    root_device_name: str = "/dev/sda1",
    virtualization_type: str = "paravirtual",
    ena_support: bool | None = None,
    sriov_net_support: str | None = None,
    boot_mode: str | None = None,
    imds_support: str | None = None,
    tpm_support: str | None = None,
    uefi_data: str | None = None,
) -> dict[str, Any]:
    if name is None:
        raise errors.MissingParameter(name="Name")
    if image_location is not None:
        raise errors.InvalidManifest(
            reason=f"The manifest {image_location} cannot be read: images of the instance store are not built."
        )
    if billing_products:
        raise errors.OperationNotPermitted(
            reason=f"The account {call.account} is not authorized to specify billing product codes."
        )
    image_block_devices.check(block_device_mappings)
    wanted = Registration(
        name=name,
        description=description,
        architecture=architecture,
        kernel_id=kernel_id,
        ramdisk_id=ramdisk_id,
        root_device_name=root_device_name,
        virtualization_type=virtualization_type,
        ena_support=ena_support,
        sriov_net_support=sriov_net_support,
        boot_mode=boot_mode,
        imds_support=imds_support,
        tpm_support=tpm_support,
        uefi_data=uefi_data,
    )
    return {"ImageId": images.register(call.uow, wanted, block_device_mappings, call.tags(Image)).id}


def show(image: Image) -> dict[str, Any]:
    reason = image.state_reason_code
    return {
        "ImageId": image.id,
        "Name": image.name,
        "Description": image.description,
        "ImageLocation": image.image_location,
        "ImageType": image.image_type,
        "State": image.state,
        "SourceInstanceId": image.source_instance_id,
        "SourceImageId": image.source_image_id,
        "SourceImageRegion": image.source_image_region,
        "StateReason": {"Code": reason, "Message": image.state_reason_message} if reason else None,
        "OwnerId": image.account,
        "ImageOwnerAlias": image.owner_alias,
        "Public": image.public,
        "CreationDate": timestamp(image.created),
        "DeprecationTime": image.deprecation_time and timestamp(image.deprecation_time),
        "LastLaunchedTime": image.last_launched_at and timestamp(image.last_launched_at),
        "DeregistrationProtection": image.deregistration_protection,
        "Architecture": image.architecture,
        "Hypervisor": image.hypervisor,
        "VirtualizationType": image.virtualization_type,
        "Platform": image.platform,
        "PlatformDetails": image.platform_details,
        "UsageOperation": image.usage_operation,
        "KernelId": image.kernel_id,
        "RamdiskId": image.ramdisk_id,
        "RootDeviceName": image.root_device_name,
        "RootDeviceType": image.root_device_type,
        "BlockDeviceMappings": [show_block_device(device) for device in image.block_devices],
        "EnaSupport": image.ena_support,
        "SriovNetSupport": image.sriov_net_support,
        "BootMode": image.boot_mode,
        "ImdsSupport": image.imds_support,
        "TpmSupport": image.tpm_support,
        "FreeTierEligible": image.free_tier_eligible,
        "PublicSsmParameterName": next((parameter.name for parameter in image.ssm_parameters), None),
        "ProductCodes": None,
        "Tags": show_tags(image),
    }


def show_block_device(device: ImageBlockDevice) -> dict[str, Any]:
    shown: dict[str, Any] = {"DeviceName": device.device_name}
    if device.no_device:
        return shown | {"NoDevice": ""}
    if device.virtual_name:
        return shown | {"VirtualName": device.virtual_name}
    return shown | {
        "Ebs": {
            "SnapshotId": device.snapshot_id,
            "VolumeSize": device.size_gib,
            "VolumeType": device.volume_type,
            "Iops": device.iops,
            "Throughput": device.throughput,
            "Encrypted": device.encrypted,
            "KmsKeyId": device.kms_key_id,
            "EbsCardIndex": device.card_index,
            "DeleteOnTermination": device.delete_on_termination,
        }
    }


def _show_all(call: Call, shown: list[Any]) -> list[dict[str, Any]]:
    """A page. Whether an image is allowed is said where the account's criteria are enabled or audited."""
    settings = image_settings.settings(call.uow)
    if settings.allowed_images == image_settings.DISABLED:
        return [show(image) for image in shown]
    allowed = image_settings.allowed_among(call.uow, settings, [image.id for image in shown])
    return [show(image) | {"ImageAllowed": image.id in allowed} for image in shown]


def _current(call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    """Deprecated images are shown to their owner, to who names them, and on request; disabled ones on request.

    Those of others that the account does not allow are not shown at all.
    """
    image, conditions = table_of(Image).c, [*image_settings.discoverable(call.uow)]
    if not given.get("IncludeDisabled"):
        conditions.append(image.state != "disabled")
    if not (given.get("IncludeDeprecated") or given.get("ImageIds")):
        fresh = or_(image.deprecation_time.is_(None), image.deprecation_time > clock.now())
        conditions.append(or_(fresh, image.account == call.account))
    return conditions


def _allowed(call: Call, values: Sequence[str]) -> Condition:
    settings = image_settings.settings(call.uow)
    if settings.allowed_images == image_settings.DISABLED:
        return true() if "true" in values else false()
    condition = image_settings.allowed(settings, call.account)
    return or_(false(), *({"true": condition, "false": ~condition}[v] for v in values if v in ("true", "false")))


def _block_device(target: Any) -> Any:
    return through(Image.block_devices, target)


def _in_use(call: Call, ids: Sequence[str]) -> set[str]:
    """Images that were deregistered while instances of them are there still: AWS answers with none of them."""
    instances = table_of(Instance).c
    found = call.uow.records(Instance, instances.image_id.in_(ids), instances.state != "terminated")
    return {instance.image_id for instance in found}


Describe(
    "DescribeImages",
    Image,
    remembered=_in_use,
    group=_show_all,
    ids="ImageIds",
    load=(Image.block_devices, Image.ssm_parameters),
    always=_current,
    extra={
        "Owners": lambda call, owners: [images.owned_by(owners, call.account)],
        "ExecutableUsers": lambda call, users: [images.shared_with(users, call.account)],
        "IncludeDeprecated": lambda _call, _wanted: [],  # _current reads it
        "IncludeDisabled": lambda _call, _wanted: [],  # likewise
    },
    limits=(1, 1000),
    filters={
        "architecture": Image.architecture,
        "block-device-mapping.delete-on-termination": _block_device(ImageBlockDevice.delete_on_termination),
        "block-device-mapping.device-name": _block_device(ImageBlockDevice.device_name),
        "block-device-mapping.encrypted": _block_device(ImageBlockDevice.encrypted),
        "block-device-mapping.snapshot-id": _block_device(ImageBlockDevice.snapshot_id),
        "block-device-mapping.volume-size": _block_device(ImageBlockDevice.size_gib),
        "block-device-mapping.volume-type": _block_device(ImageBlockDevice.volume_type),
        "boot-mode": Image.boot_mode,
        "creation-date": Image.created,
        "description": Image.description,
        "ena-support": Image.ena_support,
        "free-tier-eligible": Image.free_tier_eligible,
        "hypervisor": Image.hypervisor,
        "image-allowed": InCall(_allowed),
        "image-id": Image.id,
        "image-type": Image.image_type,
        "image-watermark.source-image-creation-time": nothing,
        "image-watermark.source-image-id": nothing,
        "image-watermark.source-image-region": nothing,
        "image-watermark.watermark-creation-time": nothing,
        "image-watermark.watermark-key": nothing,
        "instance-type-specification.supported-instance-type": nothing,
        "instance-type-specification.unsupported-instance-type": nothing,
        "is-public": Image.public,
        "kernel-id": Image.kernel_id,
        "manifest-location": Image.image_location,
        "name": Image.name,
        "owner-alias": Image.owner_alias,
        "owner-id": owned(Image),
        "platform": Image.platform,
        "product-code": nothing,
        "product-code.type": nothing,
        "public-ssm-parameter-name": through(Image.ssm_parameters, ImageSsmParameter.name),
        "ramdisk-id": Image.ramdisk_id,
        "root-device-name": Image.root_device_name,
        "root-device-type": Image.root_device_type,
        "scan-result.critical-fix-available-since": nothing,
        "scan-result.finding-scan-date": nothing,
        "scan-result.high-fix-available-since": nothing,
        "scan-result.highest-finding-severity-label": nothing,
        "scan-result.informational-fix-available-since": nothing,
        "scan-result.low-fix-available-since": nothing,
        "scan-result.medium-fix-available-since": nothing,
        "source-image-id": Image.source_image_id,
        "source-image-region": Image.source_image_region,
        "source-instance-id": Image.source_instance_id,
        "sriov-net-support": Image.sriov_net_support,
        "state": Image.state,
        "state-reason-code": Image.state_reason_code,
        "state-reason-message": Image.state_reason_message,
        "virtualization-type": Image.virtualization_type,
    },
)
