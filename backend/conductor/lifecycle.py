"""What a report means for an instance beyond its state: failures, shutdowns from inside, the end."""

import logging
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update

from backend import (
    clock,
    fleet_launches,
    instance_profile_associations,
    lent_addresses,
    network_interfaces,
    spot_instance_requests,
    states,
    volume_attachments,
    volumes,
    wording,
)
from backend.cloud import Cloud
from backend.conductor import wishes
from backend.db import reading
from backend.db.models import Host, Instance, Tag, Volume, VolumeAttachment
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import held, place
from backend.scheduler.request import Request

log = logging.getLogger(__name__)

LAUNCH_ATTEMPTS = 3
UNSYNCHRONIZED = {"synchronize_session": False}

_hosts = reading.table_of(Host)
_FORGIVE = (
    update(_hosts)
    .where(_hosts.c.name.in_(bindparam("hosts", expanding=True)), _hosts.c.failures > 0)
    .values(failures=0)
)


def runs(instance: Instance) -> None:
    """A guest runs as it is wanted to: nothing is wrong any more."""
    if instance.state_reason_code:
        instance.state_reason_code = instance.state_reason_message = None
    metadata = instance.options.get("MetadataOptions", {})
    if metadata.get("State") == "pending":
        instance.options = {**instance.options, "MetadataOptions": {**metadata, "State": "applied"}}


def failed(cloud: Cloud, uow: UnitOfWork, instance: Instance, error: str) -> None:
    """A host could not do what was wanted: a launch tries the next host or ends, a start falls back to stopped, and a
    guest that runs goes on without the volumes that it could not be given."""
    if instance.observed == instance.desired == "running" and volume_attachments.undo(uow, instance):
        log.warning("the volumes of instance %s could not be changed: %s", instance.id, error)
        return
    uow.execute(
        update(Host).where(Host.name == instance.host).values(failures=Host.failures + 1),
        execution_options=UNSYNCHRONIZED,
    )
    is_launch = instance.power_generation == 1 and instance.running_since is None
    if instance.desired == "running" and is_launch and _moved(cloud, uow, instance):
        log.warning("instance %s could not be launched (%s): trying host %s", instance.id, error, instance.host)
        return
    instance.state_reason_code = "Server.InternalError"
    instance.state_reason_message = f"Server.InternalError: {error or 'Internal error on launch'}"
    instance.transition_reason = f"Server.InternalError ({wording.gmt(clock.now())})"
    if instance.desired == "running" and is_launch:
        states.want(instance, "absent")
        uow.converge([instance.id])
    elif instance.desired == "running" and instance.observed != "running":
        states.want(instance, "stopped")
        uow.converge([instance.id])


def _moved(cloud: Cloud, uow: UnitOfWork, instance: Instance) -> bool:
    """Move a launch that failed to the next best host of its zone and kind; the one that failed removes its rest."""
    if instance.launch_attempts >= LAUNCH_ATTEMPTS or instance.host is None:
        return False
    if instance.tenancy != "default" or instance.partition_number or instance.placement_group:
        return False  # its place is not any host's
    driver = uow.scalar(select(Host.driver).where(Host.name == instance.host))
    request = Request(
        instance.vcpus, instance.memory_mib, instance.architecture, instance.region, instance.zone, driver
    )
    alive_within = cloud.settings.host_timeout_seconds
    claims = place.place(uow, request, 1, alive_within=alive_within, avoid={instance.host})
    if not claims:
        return False
    held.give_back(uow, [held.of_instance(instance)])
    instance.capacity_reservation_id = None
    uow.send(instance.host, wishes.removal(instance))
    instance.host = claims[0].host
    instance.claimed_vcpus, instance.claimed_memory_mib = instance.vcpus, instance.memory_mib
    instance.launch_attempts += 1
    instance.observed, instance.observed_sequence = None, 0
    states.touch(instance)
    uow.converge([instance.id])
    return True


def shut_down_by_guest(uow: UnitOfWork, instance: Instance) -> None:
    """The guest powered itself off: InstanceInitiatedShutdownBehavior says what that means."""
    instance.state_reason_code, instance.state_reason_message = wording.INSTANCE_INITIATED
    instance.transition_reason = ""
    states.want(instance, "absent" if instance.shutdown_behavior == "terminate" else "stopped")
    uow.converge([instance.id])


def settle(uow: UnitOfWork, instances: Sequence[Instance], *, lost: bool = False) -> None:
    """Take back what guests that are off now do not hold any more, and end the terminated ones.

    ``lost``: nobody knows how far these came before their hosts went down.

    In the order in which launches take it, hosts before subnets, so that neither waits for the other.
    """
    off = [i for i in instances if i.state in ("stopped", "terminated")]
    _release_room(uow, [i for i in off if i.claimed_vcpus and i.host])
    stopped = {i.id: i for i in off if i.state == "stopped" and i.public_ip}
    for id in lent_addresses.reclaim(uow, stopped) if stopped else ():
        stopped[id].public_ip, stopped[id].public_dns_name = None, ""
    _finish(uow, [i for i in off if i.state == "terminated"], lost=lost)


def _release_room(uow: UnitOfWork, instances: Sequence[Instance]) -> None:
    released = [held.of_instance(instance) for instance in instances]
    for instance in instances:
        instance.claimed_vcpus = instance.claimed_memory_mib = 0
        instance.capacity_reservation_id = None
    held.give_back(uow, released)


def _finish(uow: UnitOfWork, instances: Sequence[Instance], *, lost: bool) -> None:
    """A terminated instance keeps its row and its tags for an hour, and nothing else."""
    if not instances:
        return
    ids = [instance.id for instance in instances]
    _release_volumes(uow, instances, lost=lost)
    network_interfaces.release(uow, ids)
    spot_instance_requests.ended(uow, instances)
    fleet_launches.ended(uow, instances)
    if with_profile := [instance.id for instance in instances if instance.iam_instance_profile]:
        instance_profile_associations.forget(uow, with_profile)
    for instance in instances:
        instance.vpc_id = instance.subnet_id = instance.private_ip = instance.public_ip = None
        instance.ipv6_address = instance.source_dest_check = instance.host = None
        instance.private_dns_name = instance.public_dns_name = ""


def _release_volumes(uow: UnitOfWork, instances: Sequence[Instance], *, lost: bool) -> None:
    """Volumes go with their instance or stay, as their attachment says; those that others have too stay in use."""
    theirs = VolumeAttachment.instance_id.in_([instance.id for instance in instances])
    columns = (VolumeAttachment.volume_id, VolumeAttachment.instance_id, VolumeAttachment.delete_on_termination)
    attached = uow.execute(select(*columns).where(theirs)).all()
    if not attached:
        return
    kept = {volume_id: instance_id for volume_id, instance_id, deleted in attached if not deleted}
    real = volumes.real_hosts(uow, set(kept.values()))
    uow.execute(delete(VolumeAttachment).where(theirs), execution_options=UNSYNCHRONIZED)
    shared = VolumeAttachment.volume_id.in_([volume_id for volume_id, *_ in attached])
    others = set(uow.scalars(select(VolumeAttachment.volume_id).where(shared)))
    if gone := [volume_id for volume_id, _, deleted in attached if deleted and volume_id not in others]:
        uow.execute(delete(Volume).where(Volume.id.in_(gone)), execution_options=UNSYNCHRONIZED)
        uow.execute(delete(Tag).where(Tag.resource_id.in_(gone)), execution_options=UNSYNCHRONIZED)
        volumes.forget(uow, gone)
    if not kept:
        return
    for volume in uow.scalars(select(Volume).where(Volume.id.in_(kept)).order_by(Volume.row).with_for_update()):
        volume.host = real.get(kept[volume.id], volume.host)
        if volume.id not in others:
            volume.state = "available"
        if lost:
            volumes.lost(volume)


def forgive(uow: UnitOfWork, hosts: set[str]) -> None:
    """Guests run on these hosts: what failed there before does not count any more."""
    if hosts:
        uow.for_reading().execute(_FORGIVE, {"hosts": sorted(hosts)})
