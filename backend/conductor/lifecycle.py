"""What a report means for an instance beyond its state: failures, shutdowns from inside, the end."""

import logging

from sqlalchemy import delete, select, update

from backend import clock, network_interfaces, states, wording
from backend.bus.base import host_queue
from backend.bus.messages import Converge
from backend.cloud import Cloud
from backend.conductor import wishes
from backend.db.models import Host, Instance, Tag, Volume, VolumeAttachment
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import place
from backend.scheduler.request import Request

log = logging.getLogger(__name__)

LAUNCH_ATTEMPTS = 3
UNSYNCHRONIZED = {"synchronize_session": False}


def runs(instance: Instance) -> None:
    """A guest runs as it is wanted to: nothing is wrong any more."""
    if instance.state_reason_code:
        instance.state_reason_code = instance.state_reason_message = None
    metadata = instance.options.get("MetadataOptions", {})
    if metadata.get("State") == "pending":
        instance.options = {**instance.options, "MetadataOptions": {**metadata, "State": "applied"}}


def failed(cloud: Cloud, uow: UnitOfWork, instance: Instance, error: str) -> None:
    """A host could not do what was wanted: a launch tries the next host or ends, a start falls back to stopped."""
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
    driver = uow.scalar(select(Host.driver).where(Host.name == instance.host))
    request = Request(
        instance.vcpus, instance.memory_mib, instance.architecture, instance.region, instance.zone, driver
    )
    alive_within = cloud.settings.host_timeout_seconds
    claims = place.place(uow, request, 1, alive_within=alive_within, avoid={instance.host})
    if not claims:
        return False
    place.release(uow, instance.host, instance.claimed_vcpus, instance.claimed_memory_mib)
    uow.send(host_queue(instance.host), Converge(wishes.removal(instance)))
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


def settle_claim(uow: UnitOfWork, instance: Instance) -> None:
    """A guest that is off holds no room on its host, nor a public address that was only lent."""
    if instance.state not in ("stopped", "terminated"):
        return
    if instance.claimed_vcpus and instance.host:
        place.release(uow, instance.host, instance.claimed_vcpus, instance.claimed_memory_mib)
        instance.claimed_vcpus = instance.claimed_memory_mib = 0
    if instance.state == "stopped" and instance.public_ip:
        network_interfaces.reclaim_public(uow, [instance.id])
        instance.public_ip, instance.public_dns_name = None, ""


def finish(uow: UnitOfWork, instance: Instance) -> None:
    """A terminated instance keeps its row and its tags for an hour, and nothing else."""
    attachments = list(uow.scalars(select(VolumeAttachment).where(VolumeAttachment.instance_id == instance.id)))
    gone = [a.volume_id for a in attachments if a.delete_on_termination]
    kept = [a.volume_id for a in attachments if not a.delete_on_termination]
    uow.execute(
        delete(VolumeAttachment).where(VolumeAttachment.instance_id == instance.id),
        execution_options=UNSYNCHRONIZED,
    )
    if gone:
        uow.execute(delete(Volume).where(Volume.id.in_(gone)), execution_options=UNSYNCHRONIZED)
        uow.execute(delete(Tag).where(Tag.resource_id.in_(gone)), execution_options=UNSYNCHRONIZED)
    if kept:
        uow.execute(
            update(Volume).where(Volume.id.in_(kept)).values(state="available"),
            execution_options=UNSYNCHRONIZED,
        )
    network_interfaces.release(uow, [instance.id])
    instance.vpc_id = instance.subnet_id = instance.private_ip = instance.public_ip = None
    instance.ipv6_address = instance.source_dest_check = instance.host = None
    instance.private_dns_name = instance.public_dns_name = ""


def forgive(uow: UnitOfWork, hosts: set[str]) -> None:
    """Guests run on these hosts: what failed there before does not count any more."""
    if hosts:
        again = update(Host).where(Host.name.in_(hosts), Host.failures > 0).values(failures=0)
        uow.execute(again, execution_options=UNSYNCHRONIZED)
