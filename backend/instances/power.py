"""Start, stop, reboot and terminate: what is wanted of instances changes; the hosts follow.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select

from backend import clock, errors, lent_addresses, quotas, spot_instance_requests, states, wording
from backend.config import Settings
from backend.db import reading
from backend.db.models import Instance, VolumeAttachment
from backend.db.unit_of_work import UnitOfWork
from backend.instances import placement


@dataclass(frozen=True)
class Change:
    """What EC2's InstanceStateChange shows."""

    instance_id: str
    before: str
    after: str


def start(uow: UnitOfWork, settings: Settings, instance_ids: Sequence[str]) -> list[Change]:
    """Start stopped instances; no effect on those that run or are about to."""

    def one(instance: Instance) -> None:
        if instance.state in ("running", "pending"):
            return
        if instance.state != "stopped":
            raise _wrong_state(instance, "started")
        quotas.check_launch(uow, instance.instance_type, instance.vcpus)
        placement.claim_again(uow, settings, instance)
        if instance.spot_request_id:
            spot_instance_requests.started(uow, instance)
        instance.launch_time = clock.this_second()
        instance.transition_reason = ""
        instance.state_reason_code = instance.state_reason_message = None
        states.want(instance, "running")

    changes = _each(uow, instance_ids, one)
    _check_roots(uow, [c.instance_id for c in changes if c.before == "stopped"])
    _lend_public_addresses(uow, settings, [c.instance_id for c in changes if c.before == "stopped"])
    return changes


def stop(uow: UnitOfWork, instance_ids: Sequence[str], *, force: bool = False, hibernate: bool = False) -> list[Change]:
    """Stop running instances; no effect on those that are stopped or stopping."""

    def one(instance: Instance) -> None:
        if instance.root_device_type == "instance-store":
            raise errors.UnsupportedOperation(
                reason=f"The instance '{instance.id}' does not have an 'ebs' root device type and cannot be stopped."
            )
        if hibernate and not instance.options.get("HibernationOptions", {}).get("Configured"):
            raise errors.UnsupportedHibernationConfiguration(
                reason=f"The instance '{instance.id}' has not been configured for hibernation."
            )
        if hibernate:
            raise errors.UnsupportedOperation(reason="Hibernating an instance is not supported by this cloud.")
        if instance.state == "stopped":
            return
        if instance.state == "stopping":
            if force and not instance.force_stop:
                instance.force_stop = True
                states.touch(instance)
            return
        if instance.state not in ("running", "pending"):
            raise _wrong_state(instance, "stopped")
        if instance.running_since is None:
            raise errors.IncorrectInstanceState(
                reason=f"Instance '{instance.id}' cannot be stopped as it has never reached the 'running' state."
            )
        if instance.disable_api_stop:
            raise errors.OperationNotPermitted(
                reason=f"The instance '{instance.id}' may not be stopped. Modify its 'disableApiStop' instance "
                "attribute and try again."
            )
        if instance.spot_request_id:
            spot_instance_requests.stopped(uow, instance)
        instance.force_stop = force
        _by_user(instance)
        states.want(instance, "stopped")

    return _each(uow, instance_ids, one)


def reboot(uow: UnitOfWork, instance_ids: Sequence[str]) -> None:
    """Restart running instances, each once for this call. Those that end or have ended are passed over."""

    def one(instance: Instance) -> None:
        if instance.desired == "absent":
            return
        if instance.state not in ("running", "pending"):
            raise _wrong_state(instance, "rebooted")
        instance.reboots += 1
        states.touch(instance)

    _each(uow, instance_ids, one)


def terminate(uow: UnitOfWork, instance_ids: Sequence[str], *, skip_os_shutdown: bool = False) -> list[Change]:
    """End instances for good; none of them where one may not be ended.

    Their systems are shut down first, for as long as a grace period lasts, unless that is to be skipped.
    """

    def one(instance: Instance) -> None:
        if instance.desired == "absent":
            if skip_os_shutdown and instance.state == "shutting-down" and not instance.force_stop:
                instance.force_stop = True
                states.touch(instance)
            return
        if instance.disable_api_termination:
            raise errors.OperationNotPermitted(
                reason=f"The instance '{instance.id}' may not be terminated. Modify its 'disableApiTermination' "
                "instance attribute and try again."
            )
        instance.force_stop = skip_os_shutdown or (instance.force_stop and instance.state == "stopping")
        _by_user(instance)
        states.want(instance, "absent")

    return _each(uow, instance_ids, one)


def _each(uow: UnitOfWork, instance_ids: Sequence[str], one: Callable[[Instance], None]) -> list[Change]:
    """Change each instance, or with an error none: what one refuses undoes the call."""
    if not instance_ids:
        raise errors.InvalidParameterCombination(reason="No instances specified")
    changes = []
    for instance in uow.require_all(Instance, instance_ids, for_update=True):
        before = instance.state
        generation = instance.generation
        one(instance)
        if instance.generation != generation:
            uow.converge([instance.id])
        changes.append(Change(instance.id, before, instance.state))
    return changes


def _check_roots(uow: UnitOfWork, instance_ids: Sequence[str]) -> None:
    """An instance whose root volume was detached boots from nothing."""
    instances, attachments = reading.table_of(Instance).c, reading.table_of(VolumeAttachment).c
    root = exists().where(attachments.instance_id == instances.id, attachments.device == instances.root_device_name)
    rootless = select(instances.id, instances.root_device_name).where(
        instances.id.in_(instance_ids), instances.root_device_type == "ebs", ~root
    )
    for id, device in uow.for_reading().execute(rootless) if instance_ids else ():
        raise errors.InvalidValue(
            reason=f"Invalid value '{id}' for instanceId. Instance does not have a volume attached at root ({device})"
        )


def _by_user(instance: Instance) -> None:
    instance.state_reason_code, instance.state_reason_message = wording.USER_INITIATED
    instance.transition_reason = wording.user_initiated(clock.now())


def _wrong_state(instance: Instance, verb: str) -> errors.CloudError:
    return errors.IncorrectInstanceState(
        reason=f"The instance '{instance.id}' is not in a state from which it can be {verb}."
    )


def _lend_public_addresses(uow: UnitOfWork, settings: Settings, instance_ids: Sequence[str]) -> None:
    """Started instances get new public addresses where they had lent ones."""
    if not instance_ids:
        return
    lent = {
        e.instance_id: e for e in lent_addresses.lend(uow, settings.public_cidr, instance_ids) if e.device_index == 0
    }
    for instance in uow.require_all(Instance, list(lent)) if lent else ():
        instance.public_ip = lent[instance.id].public_ip
        instance.public_dns_name = lent[instance.id].public_dns_name or ""
