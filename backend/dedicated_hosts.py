"""Dedicated hosts: servers for one account alone, on which it places its instances itself.

Of a compute host that runs real guests a dedicated host takes the whole, once nothing runs there. A simulated compute
host stands for a whole data centre, so there it takes what AWS's servers of the family have.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/dedicated-hosts-overview.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, update

from backend import clock, errors, tags, zones
from backend.catalogue import instance_types
from backend.catalogue.instance_types import TypeFacts
from backend.config import Settings
from backend.db import reading
from backend.db.models import DedicatedHost, Host, Instance
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import place
from backend.scheduler.place import Claim
from backend.scheduler.request import SIMULATED, Request

_dedicated, _hosts = reading.table_of(DedicatedHost), reading.table_of(Host)
_more_vcpus: BindParameter[int] = bindparam("more_vcpus")
_more_memory: BindParameter[int] = bindparam("more_memory_mib")
_CLAIM = (
    update(_dedicated)
    .where(
        _dedicated.c.id == bindparam("its_id"),
        _dedicated.c.state == "available",
        _dedicated.c.free_vcpus >= _more_vcpus,
        _dedicated.c.free_memory_mib >= _more_memory,
    )
    .values(
        free_vcpus=_dedicated.c.free_vcpus - _more_vcpus, free_memory_mib=_dedicated.c.free_memory_mib - _more_memory
    )
)
_TAKE_WHOLE = (
    update(_hosts)
    .where(
        _hosts.c.name == bindparam("its_name"),
        _hosts.c.free_vcpus == _hosts.c.vcpus,
        _hosts.c.free_memory_mib == _hosts.c.memory_mib,
        _hosts.c.dedicated_to.is_(None),
    )
    .values(free_vcpus=0, free_memory_mib=0)
)


@dataclass(frozen=True)
class Server:
    """What a server has for its guests."""

    sockets: int
    cores: int
    vcpus: int
    memory_mib: int


@dataclass(frozen=True)
class Wanted:
    """What AllocateHosts is asked for, with AWS's defaults."""

    quantity: int = 1
    zone: str | None = None
    zone_id: str | None = None
    instance_type: str | None = None
    instance_family: str | None = None
    auto_placement: str = "off"
    host_recovery: str = "off"
    host_maintenance: str = "off"
    amd_sev_snp: str | None = None
    client_token: str = ""


@cache
def family_types(family: str) -> tuple[TypeFacts, ...]:
    """The types of a family that dedicated hosts can run, the smallest first."""
    found = [instance_types.find(name) for name in instance_types.documents() if name.partition(".")[0] == family]
    supported = [facts for facts in found if facts and facts.dedicated_hosts_supported]
    return tuple(sorted(supported, key=lambda f: (f.vcpus, f.memory_mib, f.name)))


def server(family: str) -> Server:
    """AWS's server of a family: as much as its largest type has, in two sockets where that is more than 48 vCPUs."""
    largest = family_types(family)[-1]
    sockets = 2 if largest.vcpus > 48 else 1
    return Server(sockets, max(largest.vcpus // largest.default_threads_per_core, 1), largest.vcpus, largest.memory_mib)


def _check_sev_snp(wanted: str | None, family: str) -> None:
    if wanted == "enabled" and not any("amd-sev-snp" in facts.processor_features for facts in family_types(family)):
        raise errors.InvalidParameterCombination(
            reason=f"AMD SEV-SNP is not supported for Dedicated Hosts of the instance family {family}."
        )


def allocate(
    uow: UnitOfWork, settings: Settings, wanted: Wanted, wanted_tags: Mapping[str, str] | None = None
) -> list[str]:
    """The ids of new dedicated hosts: all that were asked for, or InsufficientHostCapacity."""
    family = _family(wanted.instance_type, wanted.instance_family)
    if wanted.quantity < 1:
        raise errors.InvalidParameterValue(value=wanted.quantity, name="quantity", reason="Specify at least 1.")
    _check_sev_snp(wanted.amd_sev_snp, family)
    zone = zones.find(settings, uow.account, uow.region, wanted.zone, wanted.zone_id)
    if zone is None:
        raise errors.MissingParameter(name="availabilityZone")
    zone_id = zones.ids(settings, uow.account, uow.region)[zone]
    found: list[str] = []
    for _ in range(wanted.quantity):
        taken = _take(uow, settings, family, zone)
        if taken is None:
            raise errors.InsufficientHostCapacity()
        name, its = taken
        host = DedicatedHost(
            account=uow.account,
            region=uow.region,
            host=name,
            zone=zone,
            zone_id=zone_id,
            instance_type=wanted.instance_type,
            instance_family=family,
            auto_placement=wanted.auto_placement,
            host_recovery=wanted.host_recovery,
            host_maintenance=wanted.host_maintenance,
            amd_sev_snp=wanted.amd_sev_snp,
            client_token=wanted.client_token,
            sockets=its.sockets,
            cores=its.cores,
            vcpus=its.vcpus,
            memory_mib=its.memory_mib,
            free_vcpus=its.vcpus,
            free_memory_mib=its.memory_mib,
        )
        uow.add(host)
        uow.flush()
        tags.attach(uow, host, wanted_tags or {})
        found.append(host.id)
    return found


def _family(instance_type: str | None, family: str | None) -> str:
    if instance_type and family:
        raise errors.InvalidParameterCombination(
            reason="You cannot specify InstanceType and InstanceFamily in the same request."
        )
    if not instance_type and not family:
        raise errors.MissingParameter(name="instanceType")
    chosen = family or str(instance_type).partition(".")[0]
    if not family_types(chosen) or (instance_type and instance_type not in {f.name for f in family_types(chosen)}):
        raise errors.InvalidParameterValue(
            value=instance_type or family,
            name="instanceType" if instance_type else "instanceFamily",
            reason="Dedicated Hosts do not support it.",
        )
    return chosen


def _take(uow: UnitOfWork, settings: Settings, family: str, zone: str) -> tuple[str, Server] | None:
    """Room on a compute host: the whole of one that runs real guests, else a server's part of a simulated one."""
    since = place.alive_since(uow, settings.host_timeout_seconds)
    architecture = family_types(family)[-1].architectures[-1]
    connection, columns = uow.for_reading(), _hosts.c
    idle = (
        select(columns.name, columns.vcpus, columns.memory_mib)
        .where(columns.region == uow.region, columns.zone == zone, columns.heard_at >= since)
        .where(columns.driver != SIMULATED, columns.architectures.contains(f" {architecture} "))
        .where(columns.free_vcpus == columns.vcpus, columns.dedicated_to.is_(None))
    )
    for name, vcpus, memory_mib in connection.execute(idle.order_by(columns.name)).all():
        if connection.execute(_TAKE_WHOLE, {"its_name": name}).rowcount:
            return name, Server(1, max(vcpus // 2, 1), vcpus, memory_mib)
    its = server(family)
    need = Request(its.vcpus, its.memory_mib, architecture, uow.region, zone, driver=SIMULATED)
    claims = place.place(uow, need, 1, alive_within=settings.host_timeout_seconds)
    return (claims[0].host, its) if claims else None


def available(uow: UnitOfWork, id: str) -> DedicatedHost:
    """The dedicated host as a record; InvalidHostState once it was released."""
    host = uow.look_up(DedicatedHost, id)
    if host.state != "available":
        raise errors.InvalidHostState(reason=f"The Dedicated Host '{id}' is in the state '{host.state}'.")
    return host


def supports(host: DedicatedHost, facts: TypeFacts) -> bool:
    return host.instance_type == facts.name if host.instance_type else host.instance_family == facts.family


def claim(
    uow: UnitOfWork,
    facts: TypeFacts,
    need: Request,
    count: int,
    *,
    host_id: str | None,
    compute_host: str | None = None,
) -> list[Claim]:
    """Claims for up to so many guests on the host with this id, else on those that take any instance of their kind.

    ``compute_host``: the one that the guests' disks are on.
    """
    if host_id:
        host = available(uow, host_id)
        if not supports(host, facts):
            raise errors.InvalidParameterCombination(
                reason=f"The Dedicated Host '{host_id}' does not support the instance type {facts.name}."
            )
        hosts = [host]
    else:
        ours = _dedicated.c
        hosts = uow.records(DedicatedHost, ours.state == "available", ours.auto_placement == "on")
    claims: list[Claim] = []
    for host in hosts:
        if not supports(host, facts) or host.zone != need.zone or compute_host not in (None, host.host):
            continue
        claims += _claim_on(uow, host, need, count - len(claims))
    return claims


def _claim_on(uow: UnitOfWork, host: DedicatedHost, need: Request, count: int) -> list[Claim]:
    share = min(count, need.fits(host.free_vcpus, host.free_memory_mib))
    given = {"more_vcpus": need.vcpus * share, "more_memory_mib": need.memory_mib * share, "its_id": host.id}
    if share <= 0 or not uow.for_reading().execute(_CLAIM, given).rowcount:
        return []
    return [Claim(host.host, host.zone, dedicated_host_id=host.id)] * share


def modify(uow: UnitOfWork, ids: Sequence[str], changes: Mapping[str, Any]) -> list[tuple[str, errors.CloudError]]:
    """Change hosts; those that could not be, with the reasons. ``changes``: by the columns' names."""
    if not ids:
        raise errors.MissingParameter(name="hostId")
    failed: list[tuple[str, errors.CloudError]] = []
    for id in dict.fromkeys(ids):
        try:
            _modify(uow, uow.require(DedicatedHost, id, for_update=True), changes)
        except errors.CloudError as fault:
            failed.append((id, fault))
    return failed


def _modify(uow: UnitOfWork, host: DedicatedHost, changes: Mapping[str, Any]) -> None:
    available(uow, host.id)
    kind, family = changes.get("instance_type"), changes.get("instance_family")
    if kind or family:
        if _family(kind, family) != host.instance_family:
            raise errors.InvalidParameterValue(
                value=kind or family, name="instanceFamily", reason=f"The host is of the family {host.instance_family}."
            )
        running = reading.by(uow, Instance.host_resource_id, [host.id])
        if kind and any(i.instance_type != kind and i.claimed_vcpus for i in running):
            raise errors.InvalidHostState(reason=f"Instances of another type run on the Dedicated Host '{host.id}'.")
        host.instance_type = kind
    for name in ("auto_placement", "host_recovery", "host_maintenance"):
        if name in changes:
            setattr(host, name, changes[name])


def release(uow: UnitOfWork, ids: Sequence[str]) -> list[tuple[str, errors.CloudError]]:
    """Give hosts back; those that could not be, with the reasons: instances are on them, or they were released."""
    if not ids:
        raise errors.MissingParameter(name="hostId")
    failed: list[tuple[str, errors.CloudError]] = []
    for id in dict.fromkeys(ids):
        try:
            _release(uow, uow.require(DedicatedHost, id, for_update=True))
        except errors.CloudError as fault:
            failed.append((id, fault))
    return failed


def _release(uow: UnitOfWork, host: DedicatedHost) -> None:
    available(uow, host.id)
    on_it = [i for i in reading.by(uow, Instance.host_resource_id, [host.id]) if i.state != "terminated"]
    if on_it:
        raise errors.InvalidHostState(reason=f"There are instances on the Dedicated Host '{host.id}'.")
    host.state, host.released = "released", clock.this_second()
    place.release(uow, host.host, host.vcpus, host.memory_mib)
