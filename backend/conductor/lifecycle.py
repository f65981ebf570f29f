"""What a report means for an instance beyond its state: failures, shutdowns from inside, the end."""

from sqlalchemy import delete, select, update

from backend import clock, network_interfaces, states, wording
from backend.db.models import Host, Instance, Tag, Volume, VolumeAttachment
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import place

UNSYNCHRONIZED = {"synchronize_session": False}


def runs(uow: UnitOfWork, instance: Instance) -> None:
    """A guest runs as it is wanted to: nothing is wrong any more."""
    if instance.state_reason_code:
        instance.state_reason_code = instance.state_reason_message = None
    metadata = instance.options.get("MetadataOptions", {})
    if metadata.get("State") == "pending":
        instance.options = {**instance.options, "MetadataOptions": {**metadata, "State": "applied"}}
    _count_failures(uow, instance.host, failed=False)


def failed(uow: UnitOfWork, instance: Instance, error: str) -> None:
    """A host could not do what was wanted: a launch ends, a start falls back to stopped."""
    instance.state_reason_code = "Server.InternalError"
    instance.state_reason_message = f"Server.InternalError: {error or 'Internal error on launch'}"
    instance.transition_reason = f"Server.InternalError ({wording.gmt(clock.now())})"
    _count_failures(uow, instance.host, failed=True)
    if instance.desired == "running" and instance.running_since is None:
        states.want(instance, "absent")
        uow.converge([instance.id])
    elif instance.desired == "running" and instance.observed != "running":
        states.want(instance, "stopped")
        uow.converge([instance.id])


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


def _count_failures(uow: UnitOfWork, host: str | None, *, failed: bool) -> None:
    """A host that keeps failing is weighed down, until a guest runs on it again."""
    count = update(Host).where(Host.name == host)
    again = count.where(Host.failures > 0).values(failures=0)
    count = count.values(failures=Host.failures + 1) if failed else again
    uow.execute(count, execution_options=UNSYNCHRONIZED)
