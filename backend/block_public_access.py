"""VPC Block Public Access: what an account bars its internet gateways from, and which VPCs and subnets are spared.

https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from backend import clock, errors, tags, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.base import Transient
from backend.db.models import PublicAccessBlock, PublicAccessExclusion, Subnet, Vpc
from backend.db.unit_of_work import UnitOfWork

OFF, BOTH_WAYS, INGRESS = "off", "block-bidirectional", "block-ingress"

ENDING = ("delete-in-progress", "delete-complete")


def options(uow: UnitOfWork) -> Any:
    """The account's options here as a record; None where they are AWS's default."""
    found = reading.where(uow, PublicAccessBlock)
    return found[0] if found else None


def mode(uow: UnitOfWork) -> str:
    """What the account's VPCs here are barred from, but for exclusions."""
    found = options(uow)
    return found.mode if found else OFF


def in_progress(settings: Settings, updated: datetime) -> bool:
    return clock.now() < updated + timedelta(seconds=settings.transition_seconds)


def set_mode(uow: UnitOfWork, mode: str) -> None:
    uow.execute(delete(PublicAccessBlock), execution_options={"synchronize_session": False})
    uow.add(PublicAccessBlock(account=uow.account, region=uow.region, mode=mode, updated=clock.now()))
    _apply(uow)


def exclude(
    uow: UnitOfWork,
    settings: Settings,
    *,
    vpc_id: str | None,
    subnet_id: str | None,
    mode: str,
    wanted_tags: Mapping[str, str] | None = None,
) -> PublicAccessExclusion:
    """Spare a VPC or a subnet. Errors: MissingParameter, InvalidParameterCombination, InvalidParameterValue."""
    if vpc_id is None and subnet_id is None:
        raise errors.MissingParameter(name="vpcId")
    if vpc_id is not None and subnet_id is not None:
        raise errors.InvalidParameterCombination(reason="The parameters vpcId and subnetId cannot be used together")
    found = PublicAccessExclusion.vpc_id if vpc_id else PublicAccessExclusion.subnet_id
    target = uow.require(Vpc, vpc_id) if vpc_id else uow.require(Subnet, subnet_id or "")
    if any(exclusion.state not in ENDING for exclusion in reading.by(uow, found, [target.id])):
        raise errors.InvalidValue(reason=f"{target.id} has an exclusion already.")
    exclusion = PublicAccessExclusion(
        account=uow.account, region=uow.region, vpc_id=vpc_id, subnet_id=subnet_id, mode=mode
    )
    transitions.begin(uow, settings, exclusion, "create-in-progress", "create-complete")
    uow.add(exclusion)
    uow.flush()
    tags.attach(uow, exclusion, wanted_tags or {})
    _apply(uow)
    return exclusion


def change(uow: UnitOfWork, settings: Settings, exclusion_id: str, mode: str) -> None:
    exclusion = _living(uow, exclusion_id, "modified")
    exclusion.mode, exclusion.updated = mode, clock.this_second()
    transitions.begin(uow, settings, exclusion, "update-in-progress", "update-complete")
    _apply(uow)


def end(uow: UnitOfWork, settings: Settings, exclusion_id: str) -> None:
    exclusion = _living(uow, exclusion_id, "deleted")
    exclusion.updated = exclusion.deleted = clock.this_second()
    transitions.begin(uow, settings, exclusion, "delete-in-progress", "delete-complete")
    _apply(uow)


def _living(uow: UnitOfWork, exclusion_id: str, what: str) -> PublicAccessExclusion:
    exclusion = uow.require(PublicAccessExclusion, exclusion_id, for_update=True)
    if exclusion.state in ENDING:
        raise errors.InvalidValue(reason=f"{exclusion.id} is in {exclusion.state} state and cannot be {what}")
    return exclusion


def forget(uow: UnitOfWork, column: Any, resource_id: str) -> None:
    """The exclusion of a VPC or a subnet goes with it."""
    exclusions: list[Transient] = list(uow.scalars(select(PublicAccessExclusion).where(column == resource_id)))
    for exclusion in exclusions:
        uow.delete(exclusion)
    tags.forget(uow, [exclusion.id for exclusion in exclusions])


def _apply(uow: UnitOfWork) -> None:
    """Write what the options and the exclusions mean for every VPC and subnet: five statements at most."""
    barred = mode(uow)
    excluded = PublicAccessExclusion.state.not_in(ENDING)
    _write(uow, [update(Vpc), update(Subnet)], barred)
    if barred == OFF:
        return
    for kind, left in (("allow-egress", INGRESS), ("allow-bidirectional", OFF)):
        of_kind = (excluded, PublicAccessExclusion.mode == kind)
        vpcs = select(PublicAccessExclusion.vpc_id).where(*of_kind, PublicAccessExclusion.vpc_id.is_not(None))
        subnets = select(PublicAccessExclusion.subnet_id).where(*of_kind, PublicAccessExclusion.subnet_id.is_not(None))
        of_these = [
            update(Vpc).where(Vpc.id.in_(vpcs)),
            update(Subnet).where(Subnet.vpc_id.in_(vpcs) | Subnet.id.in_(subnets)),
        ]
        _write(uow, of_these, left)


def _write(uow: UnitOfWork, statements: list[Any], mode: str) -> None:
    for statement in statements:
        values = statement.values(internet_gateway_block_mode=mode)
        uow.execute(values, execution_options={"synchronize_session": False})
