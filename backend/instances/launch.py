"""RunInstances: everything that a launch decides and writes, in one transaction.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from backend import (
    clock,
    errors,
    ids,
    image_aliases,
    images,
    instance_metadata_defaults,
    instance_profile_associations,
    key_pairs,
    quotas,
    spot_instance_requests,
    tags,
    volume_types,
    zones,
)
from backend.catalogue import instance_types
from backend.catalogue.instance_types import TypeFacts
from backend.config import Settings
from backend.db import reading
from backend.db.models import Image, Instance, Subnet, Tag, Vpc
from backend.db.statements import Insert
from backend.db.unit_of_work import UnitOfWork
from backend.instances import block_devices, capacity, interfaces, launch_volumes, options, placement, reservations
from backend.instances.block_devices import Planned
from backend.instances.interfaces import PlannedInterface
from backend.instances.placement import Placement
from backend.instances.request import LaunchRequest
from backend.scheduler.place import Claim
from backend.scheduler.request import SIMULATED, Request

MOST = 1000

_INSERT, _INSERT_TAGS = Insert(reading.table_of(Instance)), Insert(reading.table_of(Tag))


@dataclass(frozen=True)
class _Plan:
    facts: TypeFacts
    image: Image
    architecture: str
    disks: Sequence[Planned]
    options: Mapping[str, Any]
    vcpus: int
    credit: str | None
    public_key: str | None
    placement: Placement
    profile: Mapping[str, str] | None
    """What EC2 shows of the instance profile."""


def launch(uow: UnitOfWork, settings: Settings, request: LaunchRequest) -> str:
    """Launch as many instances as fit, at least ``min_count`` and at most ``max_count``; the reservation's id."""
    _check_counts(request)
    facts = _type(request.instance_type)
    interfaces.check(request, facts)
    image = images.launchable(uow, image_aliases.resolved(uow.region, request.image_id))
    named = request.placement.get("AvailabilityZone"), request.placement.get("AvailabilityZoneId")
    zone = zones.find(settings, uow.account, uow.region, *named)
    subnets = interfaces.subnets_to_try(uow, request, zone)
    vpc = uow.look_up(Vpc, subnets[0].vpc_id)
    plan = _plan(uow, request, facts, image, vpc)
    quotas.check_launch(uow, facts.name, plan.vcpus * request.max_count)
    where = plan.placement.subnets(uow, subnets)
    subnet, claims = capacity.claim(uow, settings, request, plan.placement, _need(uow, plan), where)
    wanted = interfaces.plan(uow, request, subnet, vpc, facts)
    return _write(uow, settings, request, _with_dns(plan, request, subnet), wanted, subnet, claims)


def _check_counts(request: LaunchRequest) -> None:
    for value, name in ((request.min_count, "MinCount"), (request.max_count, "MaxCount")):
        if value < 1:
            raise errors.InvalidParameterValue(value=value, name=name, reason="The value must be greater than 0.")
    if request.min_count > request.max_count:
        raise errors.InvalidParameterCombination(
            reason="Specify a value for parameter MinCount that is not greater than that of MaxCount."
        )
    if request.max_count > MOST:
        raise errors.InstanceLimitExceeded(
            reason=f"You have requested more instances ({request.max_count}) than your current instance limit of "
            f"{MOST} allows for one call."
        )


def _type(name: str) -> TypeFacts:
    facts = instance_types.find(name)
    if facts is None:
        raise errors.InvalidInstanceType(type=name)
    return facts


def _plan(uow: UnitOfWork, request: LaunchRequest, facts: TypeFacts, image: Image, vpc: Vpc) -> _Plan:
    if image.architecture not in facts.architectures:
        raise errors.InvalidValue(
            reason=f"The architecture '{','.join(facts.architectures)}' of the specified instance type does not match "
            f"the architecture '{image.architecture}' of the specified AMI. Specify an instance type and an AMI that "
            "have matching architectures, and try again."
        )
    if image.virtualization_type not in facts.virtualization_types:
        raise errors.InvalidParameterCombination(
            reason=f"Virtualization type '{image.virtualization_type}' is required for instances of type "
            f"'{facts.name}'. Ensure that you are using an AMI with a supported virtualization type."
        )
    if image.root_device_type not in facts.root_device_types:
        raise errors.InvalidParameterCombination(
            reason=f"The instance type {facts.name} does not support an AMI with root device {image.root_device_type}."
        )
    disks = block_devices.plan(uow, image, request.block_device_mappings)
    _check_attachments(request, facts, disks)
    cpu = options.cpu(request.cpu_options, facts)
    return _Plan(
        facts=facts,
        image=image,
        architecture=image.architecture,
        disks=disks,
        options={
            "MetadataOptions": _metadata(uow, request, image),
            "CpuOptions": cpu,
            "HibernationOptions": options.hibernation(
                request.hibernation_options, request.enclave_options, facts, image, disks
            ),
            "EnclaveOptions": options.enclave(request.enclave_options, facts),
            "MaintenanceOptions": options.maintenance(request.maintenance_options),
            "CapacityReservationSpecification": reservations.shown(request.capacity_reservation),
            **options.tpm(image, facts),
            **options.network_performance(request.network_performance, facts),
        },
        vcpus=cpu["CoreCount"] * cpu["ThreadsPerCore"],
        credit=options.credits(request.credit_specification, facts),
        public_key=_public_key(uow, request.key_name, image) if request.key_name is not None else None,
        placement=placement.of(uow, request, facts, image, vpc),
        profile=_profile(uow, request),
    )


def _metadata(uow: UnitOfWork, request: LaunchRequest, image: Image) -> dict[str, Any]:
    """MetadataOptions as the launch, else the account, else the image has them."""
    defaults = instance_metadata_defaults.of(uow)
    found = options.metadata({**defaults, **request.metadata_options}, image)
    instance_metadata_defaults.check(defaults, found)
    return found


def _profile(uow: UnitOfWork, request: LaunchRequest) -> Mapping[str, str] | None:
    """What is given empty counts as not given: Packer always sends a name."""
    wanted = {member: text for member, text in (request.iam_instance_profile or {}).items() if text}
    if not wanted:
        return None
    return instance_profile_associations.shown(instance_profile_associations.chosen(uow, wanted))


def _public_key(uow: UnitOfWork, name: str, image: Image) -> str:
    key = key_pairs.named(uow, name)
    if key.key_type == "ed25519" and image.platform == "windows":
        raise errors.UnsupportedOperation(reason="ED25519 key pairs are not supported with Windows AMIs.")
    return key.public_key


def _check_attachments(request: LaunchRequest, facts: TypeFacts, disks: Sequence[Planned]) -> None:
    """The type's limit on volumes; at some types further network interfaces count as well. And its EBS cards."""
    cards = instance_types.documents()[facts.name]["EbsInfo"].get("MaximumEbsCards", 1)
    for disk in disks:
        volume_types.check_card(disk.card_index, facts.name, cards)
    further = len(request.network_interfaces[1:]) if facts.ebs_attachments_shared else 0
    if facts.max_ebs_attachments is not None and len(disks) + further > facts.max_ebs_attachments:
        raise errors.AttachmentLimitExceeded(
            reason=f"Volume count {len(disks)} exceeds the limit for {facts.name}: {facts.max_ebs_attachments}"
        )


def _with_dns(plan: _Plan, request: LaunchRequest, subnet: Subnet) -> _Plan:
    dns = options.private_dns_name(request.private_dns_name_options, subnet)
    return _Plan(**{**vars(plan), "options": {**plan.options, "PrivateDnsNameOptions": dns}})


def _need(uow: UnitOfWork, plan: _Plan) -> Request:
    """Of one guest, in any zone. Disks whose bytes are nowhere are only good for guests that are simulated."""
    image = plan.image
    empty = image.path is None or any(d.snapshot_id and d.device != image.root_device_name for d in plan.disks)
    driver = SIMULATED if empty else None
    return Request(plan.vcpus, plan.facts.memory_mib, plan.architecture, uow.region, driver=driver)


def _write(
    uow: UnitOfWork,
    settings: Settings,
    request: LaunchRequest,
    plan: _Plan,
    wanted: Sequence[PlannedInterface],
    subnet: Subnet,
    claims: Sequence[Claim],
) -> str:
    reservation_id = ids.new("r")
    instance_ids = [ids.new(Instance.PREFIX) for _ in claims]
    faces = interfaces.create(uow, settings, wanted, instance_ids, request.interface_tags)
    common = _common(uow, request, plan, subnet) | {"reservation_id": reservation_id}
    rows = []
    for index, (id, claim, face) in enumerate(zip(instance_ids, claims, faces, strict=True)):
        rows.append(
            {
                **common,
                "id": id,
                "launch_index": index,
                "host": claim.host,
                "partition_number": claim.partition,
                "capacity_reservation_id": claim.reservation_id,
                "host_resource_id": claim.dedicated_host_id,
                "claimed_vcpus": plan.facts.vcpus if claim.reservation_id else plan.vcpus,
                "private_ip": face.private_ip,
                "private_dns_name": options.hostname(
                    uow.region, id, face.private_ip, plan.options["PrivateDnsNameOptions"]["HostnameType"]
                ),
                "public_ip": face.public_ip,
                "public_dns_name": face.public_dns_name or "",
                "ipv6_address": face.ipv6_address,
                "source_dest_check": face.source_dest_check,
            }
        )
    spot_instance_requests.of_launch(uow, settings, request, plan.image, subnet, rows)
    connection = uow.for_reading()
    _INSERT(connection, rows)
    launch_volumes.write(uow, plan.disks, subnet.zone, instance_ids, request.volume_tags)
    if request.instance_tags:
        tag_rows = [row for id in instance_ids for row in tags.rows(uow, Instance.KIND, id, request.instance_tags)]
        _INSERT_TAGS(connection, tag_rows)
    if plan.profile:
        instance_profile_associations.of_launch(uow, instance_ids, plan.profile)
    _note_use(uow, plan.image)
    uow.converge(instance_ids)
    return reservation_id


def _note_use(uow: UnitOfWork, image: Image) -> None:
    """The owner of an image can ask when it was last launched."""
    if image.account == uow.account:
        statement = update(Image).where(Image.id == image.id).values(last_launched_at=clock.this_second())
        uow.execute(statement, execution_options={"synchronize_session": False})


def _common(uow: UnitOfWork, request: LaunchRequest, plan: _Plan, subnet: Subnet) -> dict[str, Any]:
    image, facts, now = plan.image, plan.facts, clock.now()
    launched = now.replace(microsecond=0)
    return {
        "account": uow.account,
        "region": uow.region,
        "created": launched,
        "launch_time": launched,
        "client_token": request.client_token,
        "desired": "running",
        "generation": 1,
        "observed_generation": 0,
        "observed_sequence": 0,
        "sent_at": now,
        "state": "pending",
        "reboots": 0,
        "launch_attempts": 1,
        "force_stop": False,
        "state_reason_code": "pending",
        "state_reason_message": "pending",
        "transition_reason": "",
        "claimed_memory_mib": facts.memory_mib,
        "vcpus": plan.vcpus,
        "memory_mib": facts.memory_mib,
        "image_id": image.id,
        "instance_type": facts.name,
        "architecture": plan.architecture,
        "zone": subnet.zone,
        "key_name": request.key_name,
        "public_key": plan.public_key,
        "vpc_id": subnet.vpc_id,
        "subnet_id": subnet.id,
        "root_device_name": image.root_device_name,
        "root_device_type": image.root_device_type,
        "virtualization_type": image.virtualization_type,
        "hypervisor": "xen",
        "boot_mode": image.boot_mode,
        "current_boot_mode": options.boot_mode(image.boot_mode, image.architecture, facts),
        "ena_support": image.ena_support,
        "sriov_net_support": image.sriov_net_support,
        "ebs_optimized": options.ebs_optimized(request.ebs_optimized, facts),
        "platform": image.platform,
        "platform_details": image.platform_details,
        "usage_operation": image.usage_operation,
        "kernel_id": options.boot_image(request.kernel_id, image.kernel_id, "aki", image),
        "ramdisk_id": options.boot_image(request.ramdisk_id, image.ramdisk_id, "ari", image),
        **({"iam_instance_profile": dict(plan.profile)} if plan.profile else {}),
        "monitoring": "enabled" if request.monitoring else "disabled",
        **plan.placement.columns(),
        "options": dict(plan.options),
        "credit": plan.credit,
        "disable_api_termination": request.disable_api_termination,
        "disable_api_stop": request.disable_api_stop,
        "shutdown_behavior": request.shutdown_behavior,
        "user_data": options.user_data(request.user_data),
    }
