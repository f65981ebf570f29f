"""Attaching volumes to instances and taking them away: a call says what is wanted, the instance's host follows.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVolume.html
"""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select, update

from backend import clock, errors, states, volume_types
from backend.catalogue import instance_types
from backend.db import reading
from backend.db.models import Instance, NetworkInterface, Volume, VolumeAttachment
from backend.db.unit_of_work import UnitOfWork
from backend.instances import changes
from backend.volumes import real_hosts

MOST_INSTANCES = 16
"""That one volume can be attached to at the same time."""
UNSYNCHRONIZED = {"synchronize_session": False}

# https://docs.aws.amazon.com/ebs/latest/userguide/device_naming.html
_DEVICE = re.compile(r"(/dev/)?(sd[a-z]{1,2}|xvd[a-z]{1,2}|hd[a-z])[0-9]{0,2}")

_attachments, _volumes = reading.table_of(VolumeAttachment), reading.table_of(Volume)


def attach(
    uow: UnitOfWork, volume_id: str, instance_id: str, device: str, card_index: int | None = None
) -> VolumeAttachment:
    """Begin to attach; the instance runs or is stopped."""
    uow.look_up(Volume, volume_id)
    instance = uow.require(Instance, instance_id, for_update=True)
    volume = uow.require(Volume, volume_id, for_update=True)
    if instance.state not in ("running", "stopped"):
        raise errors.IncorrectState(reason=f"Instance '{instance_id}' is not 'running'.")
    if volume.zone != instance.zone:
        raise errors.InvalidVolumeZoneMismatch(volume_id=volume_id, instance_id=instance_id)
    _check_free(uow, volume, instance)
    _check_device(uow, instance, device)
    _check_type(uow, volume, instance, card_index)
    _check_bytes(uow, volume, instance)
    volume.state = "in-use"
    states.touch(instance)
    attachment = VolumeAttachment(
        account=uow.account,
        region=uow.region,
        volume_id=volume_id,
        instance_id=instance_id,
        device=device,
        state="attaching",
        attach_time=clock.this_second(),
        delete_on_termination=False,
        card_index=card_index,
        generation=instance.generation,
    )
    uow.add(attachment)
    uow.converge([instance_id])
    return attachment


def _of_volume(uow: UnitOfWork, volume_id: str) -> list[VolumeAttachment]:
    return uow.records(VolumeAttachment, _attachments.c.volume_id == volume_id)


def _check_free(uow: UnitOfWork, volume: Volume, instance: Instance) -> None:
    attached = _of_volume(uow, volume.id)
    shared = volume.multi_attach_enabled and volume.state == "in-use"
    if any(attachment.instance_id == instance.id for attachment in attached) or (attached and not shared):
        raise errors.VolumeNotDetached(reason=f"{volume.id} is already attached to an instance")
    if volume.state != "available" and not shared:
        raise errors.IncorrectState(reason=f"Volume '{volume.id}' is not 'available'.")
    if len(attached) >= MOST_INSTANCES:
        raise errors.AttachmentLimitExceeded(
            reason=f"The volume '{volume.id}' is attached to {MOST_INSTANCES} instances, which is the limit."
        )


def _check_device(uow: UnitOfWork, instance: Instance, device: str) -> None:
    if not _DEVICE.fullmatch(device):
        raise errors.InvalidValue(
            reason=f"Value ({device}) for parameter device is invalid. {device} is not a valid EBS device name."
        )
    taken = uow.records(VolumeAttachment, _attachments.c.instance_id == instance.id)
    if any(plain(attachment.device) == plain(device) for attachment in taken):
        raise errors.InvalidValue(
            reason=f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
        )


def plain(device: str) -> str:
    """A device's name without its folder, which names the same device with and without it."""
    return device.removeprefix("/dev/")


def _check_type(uow: UnitOfWork, volume: Volume, instance: Instance, card_index: int | None) -> None:
    """What the instance's type allows."""
    facts = changes.facts_of(instance)
    ebs = instance_types.documents()[facts.name]["EbsInfo"]
    if volume.multi_attach_enabled and not facts.nitro:
        raise errors.InvalidParameterCombination(
            reason=f"Volumes with Multi-Attach are supported on the Nitro System only, which {facts.name} is not on."
        )
    if volume.encrypted and ebs.get("EncryptionSupport") == "unsupported":
        raise errors.EncryptedVolumesNotSupported(
            reason=f"The instance type {facts.name} does not support encrypted volumes."
        )
    volume_types.check_card(card_index, facts.name, ebs.get("MaximumEbsCards", 1))
    if facts.max_ebs_attachments is None:
        return
    attached = len(uow.records(VolumeAttachment, _attachments.c.instance_id == instance.id))
    interfaces = reading.table_of(NetworkInterface).c.instance_id == instance.id
    if facts.ebs_attachments_shared:
        attached += len(uow.records(NetworkInterface, interfaces)) - 1
    if attached >= facts.max_ebs_attachments:
        raise errors.AttachmentLimitExceeded(
            reason=f"The instance '{instance.id}' of type {facts.name} has {facts.max_ebs_attachments} attachments, "
            "which is the limit."
        )


def _check_bytes(uow: UnitOfWork, volume: Volume, instance: Instance) -> None:
    """A host that runs real guests can make a blank disk, and has the disks that its own guests had."""
    real = real_hosts(uow, {instance.id}).get(instance.id)
    if volume.host and volume.host != instance.host:
        raise errors.UnsupportedOperation(
            reason=f"What volume '{volume.id}' holds is on another host than instance '{instance.id}'."
        )
    if real and (volume.snapshot_id or volume.source_volume_id) and not volume.host:
        raise errors.UnsupportedOperation(
            reason=f"The host of instance '{instance.id}' cannot fetch what volume '{volume.id}' holds; it can take "
            "blank volumes."
        )
    if real and volume.multi_attach_enabled:
        raise errors.UnsupportedOperation(reason=f"The host of instance '{instance.id}' cannot share a volume.")


def detach(
    uow: UnitOfWork, volume_id: str, instance_id: str | None, device: str | None, *, force: bool
) -> VolumeAttachment:
    """Begin to detach, as a record of what the attachment becomes. By force it ends at once, whatever the guest does.

    The root volume of an instance can only be taken while that is stopped.
    """
    volume = uow.look_up(Volume, volume_id)
    attached = _chosen(uow, volume, instance_id, device)
    instance = uow.require(Instance, attached.instance_id, for_update=True)
    uow.require(Volume, volume_id, for_update=True)
    attachment = uow.get_one(VolumeAttachment, attached.row, with_for_update=True, populate_existing=True)
    if instance.state not in ("running", "stopping", "stopped"):
        raise errors.IncorrectState(reason=f"Instance '{instance.id}' is not 'running'.")
    if attachment.state not in ("attached", "attaching", "busy") and not force:
        raise errors.IncorrectState(reason=f"Volume '{volume_id}' is in the '{attachment.state}' state.")
    if attachment.device == instance.root_device_name and instance.state != "stopped":
        raise errors.OperationNotPermitted(
            reason=f"Unable to detach root volume '{volume_id}' from instance '{instance.id}'"
        )
    if attachment.state not in ("detaching", "busy"):
        states.touch(instance)
        attachment.state, attachment.generation = "detaching", instance.generation
        uow.converge([instance.id])
    if force:
        attachment.state = "detaching"
        _end(uow, [attachment])
    return attachment


def _chosen(uow: UnitOfWork, volume: Volume, instance_id: str | None, device: str | None) -> VolumeAttachment:
    attached = _of_volume(uow, volume.id)
    if instance_id is not None:
        uow.look_up(Instance, instance_id)
    if not attached:
        raise errors.IncorrectState(reason=f"Volume '{volume.id}' is in the '{volume.state}' state.")
    if instance_id is None and volume.multi_attach_enabled:
        raise errors.MissingParameter(name="InstanceId")
    found = [
        a
        for a in attached
        if instance_id in (None, a.instance_id) and (device is None or plain(device) == plain(a.device))
    ]
    if not found:
        where = f"instance '{instance_id}'" if instance_id else f"device {device}"
        raise errors.InvalidAttachmentNotFound(reason=f"The volume '{volume.id}' is not attached to {where}.")
    return found[0]


def settle(uow: UnitOfWork, instances: Iterable[Instance]) -> None:
    """The hosts of these entities have reached their newest generation, or one before: what that means for volumes."""
    reached = {instance.id: instance.observed_generation for instance in instances}
    if not reached:
        return
    moving = select(VolumeAttachment).where(
        VolumeAttachment.instance_id.in_(reached), VolumeAttachment.state.in_(("attaching", "detaching", "busy"))
    )
    found = uow.scalars(moving.order_by(VolumeAttachment.row).with_for_update()).all()
    done = [attachment for attachment in found if attachment.generation <= reached[attachment.instance_id]]
    for attachment in done:
        if attachment.state == "attaching":
            attachment.state = "attached"
    _end(uow, [attachment for attachment in done if attachment.state in ("detaching", "busy")])


def undo(uow: UnitOfWork, instance: Instance) -> bool:
    """The host could not do what the newest generation asked for: what was to be attached is not, what the guest does
    not let go of is busy. Whether that generation was about volumes at all."""
    newest = select(VolumeAttachment).where(
        VolumeAttachment.instance_id == instance.id, VolumeAttachment.generation == instance.generation
    )
    found = uow.scalars(newest.with_for_update()).all()
    refused = [attachment for attachment in found if attachment.state == "attaching"]
    for attachment in found:
        if attachment.state == "detaching":
            attachment.state = "busy"
    if refused:
        _end(uow, refused)
        changes.tell_host(uow, instance)
    return bool(found)


def _end(uow: UnitOfWork, attachments: Sequence[VolumeAttachment]) -> None:
    """These are over: volumes that nothing else has are available, and stay where a real guest wrote them."""
    if not attachments:
        return
    real = real_hosts(uow, {attachment.instance_id for attachment in attachments})
    rows, volume_ids = [a.row for a in attachments], [a.volume_id for a in attachments]
    uow.flush()
    for attachment in attachments:
        if host := real.get(attachment.instance_id):
            kept = update(Volume).where(Volume.id == attachment.volume_id).values(host=host)
            uow.execute(kept, execution_options=UNSYNCHRONIZED)
        uow.expunge(attachment)
    uow.execute(delete(VolumeAttachment).where(VolumeAttachment.row.in_(rows)), execution_options=UNSYNCHRONIZED)
    others = select(_attachments.c.volume_id).where(_attachments.c.volume_id.in_(volume_ids))
    free = update(Volume).where(Volume.id.in_(volume_ids), Volume.id.not_in(others), Volume.state == "in-use")
    uow.execute(free.values(state="available"), execution_options=UNSYNCHRONIZED)
