"""Where the guests of a launch may be placed, beyond that there is room: groups, tenancy, reservations.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Placement.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from backend import absent, dedicated_hosts, errors, placement_groups
from backend.catalogue.instance_types import TypeFacts
from backend.config import Settings
from backend.db.models import Image, Instance, PlacementGroup, Subnet, Vpc
from backend.db.unit_of_work import UnitOfWork
from backend.instances import changes, reservations
from backend.instances.request import LaunchRequest
from backend.instances.reservations import Kind
from backend.scheduler import groups, place
from backend.scheduler.place import Claim, Reserved
from backend.scheduler.request import Request


@dataclass(frozen=True)
class Placement:
    """How a launch of instances of a type places them.

    ``wanted``: EC2's Placement. ``reservation``: EC2's CapacityReservationSpecification.
    """

    facts: TypeFacts
    kind: Kind
    wanted: Mapping[str, Any] = field(default_factory=dict)
    reservation: Mapping[str, Any] = field(default_factory=dict)
    group: PlacementGroup | None = None

    @property
    def tenancy(self) -> str:
        return self.kind.tenancy

    def subnets(self, uow: UnitOfWork, subnets: Sequence[Subnet]) -> Sequence[Subnet]:
        """Those of the subnets that are in the zone where the guests must be, if they must."""
        zone = None
        if self.group and self.group.strategy == "cluster":
            zone = groups.zone(uow, self.group)
        if self.wanted.get("HostId"):
            zone = dedicated_hosts.available(uow, self.wanted["HostId"]).zone
        if target := self.target:
            zone = reservations.targeted(uow, target, self.kind).zone
        if zone is None:
            return subnets
        if not (found := [subnet for subnet in subnets if subnet.zone == zone]):
            raise errors.InvalidParameterCombination(
                reason=f"The placement of the instances is in the Availability Zone {zone}, and none of the subnets is."
            )
        return found

    @property
    def target(self) -> str | None:
        """The reservation that the launch names."""
        found: str | None = self.reservation.get("CapacityReservationTarget", {}).get("CapacityReservationId")
        return found

    def claim(self, uow: UnitOfWork, settings: Settings, need: Request, count: int) -> list[Claim]:
        """Claims for up to so many guests. ``need``: of one of them, in its zone."""
        if self.tenancy == "dedicated":
            need = replace(need, tenant=uow.account)
        if self.tenancy == "host":
            return dedicated_hosts.claim(uow, self.facts, need, count, host_id=self.wanted.get("HostId"))
        reserved = self._reserved(uow, settings, need)
        if reserved and (self.target or self.reservation.get("CapacityReservationPreference", "open") != "open"):
            return reserved(count)
        alive_within = settings.host_timeout_seconds
        if self.group is None:
            packed = need.tenant is not None  # so that as few hosts as will do are kept from others
            return place.place(uow, need, count, alive_within=alive_within, packed=packed, reserved=reserved)
        number = self.wanted.get("PartitionNumber")
        return groups.claim(
            uow, self.group, need, count, partition=number, alive_within=alive_within, reserved=reserved
        )

    def _reserved(self, uow: UnitOfWork, settings: Settings, need: Request) -> Reserved | None:
        """What takes room from the reservations that the launch may use. One holds the whole room of its type."""
        preference = self.reservation.get("CapacityReservationPreference", "open")
        if target := self.target:
            return lambda count: reservations.take_target(uow, settings, target, self.kind, need, count)
        if preference == "none" or (self.group and self.group.strategy != "cluster"):
            return None
        return partial(reservations.take_open, uow, settings, self.kind, need)

    def short(self, zone: str) -> errors.CloudError:
        """Why there is no room in a zone."""
        if self.tenancy == "host":
            return errors.InsufficientCapacityOnHost()
        if target := self.target:
            return errors.ReservationCapacityExceeded(id=target)
        return errors.InsufficientInstanceCapacity(instance_type=self.facts.name, zone=zone)

    def columns(self) -> dict[str, Any]:
        """What all instances of the launch have in common."""
        return {
            "tenancy": self.tenancy,
            "affinity": self.wanted.get("Affinity", "default") if self.tenancy == "host" else None,
            "placement_group": self.group.name if self.group else None,
            "placement_group_id": self.group.id if self.group else None,
        }


def of(uow: UnitOfWork, request: LaunchRequest, facts: TypeFacts, image: Image, vpc: Vpc) -> Placement:
    """The placement that a launch asks for. In a VPC for dedicated instances no others are launched."""
    wanted = request.placement
    tenancy = wanted.get("Tenancy") or ("host" if wanted.get("HostId") else vpc.instance_tenancy)
    if tenancy == "default":
        tenancy = vpc.instance_tenancy
    _check_resource_group(wanted, wanted.get("Tenancy", "host"))
    _check_tenancy(wanted, facts, tenancy)
    group = placement_groups.chosen(uow, wanted) if wanted else None
    if group:
        placement_groups.check_type(group, facts, tenancy)
    arn = f"arn:aws:ec2:{uow.region}:{uow.account}:placement-group/{group.name}" if group else None
    kind = Kind(facts.name, image.platform_details, tenancy, arn)
    return Placement(facts, kind, wanted, reservations.checked(request.capacity_reservation), group)


def _check_resource_group(wanted: Mapping[str, Any], tenancy: str) -> None:
    """A host resource group is for instances with the tenancy host, and there is none."""
    arn = wanted.get("HostResourceGroupArn")
    if arn is not None and tenancy != "host":
        raise errors.InvalidParameterCombination(
            reason="The parameter HostResourceGroupArn can only be specified with the tenancy 'host'."
        )
    absent.resource_group(arn, "HostResourceGroupArn")


def _check_tenancy(wanted: Mapping[str, Any], facts: TypeFacts, tenancy: str) -> None:
    if tenancy != "host":
        for name in ("HostId", "Affinity"):
            if wanted.get(name, "default") != "default":
                raise errors.InvalidParameterCombination(
                    reason=f"The parameter {name} can only be specified with the tenancy 'host'."
                )
    if wanted.get("Affinity", "default") not in ("default", "host"):
        raise errors.InvalidParameterValue(value=wanted["Affinity"], name="Affinity", reason="Use default or host.")
    if tenancy == "dedicated" and facts.burstable and facts.name.startswith("t2"):
        raise errors.Unsupported(reason=f"The tenancy 'dedicated' is not supported for the type {facts.name}.")
    if tenancy == "host" and not facts.dedicated_hosts_supported:
        raise errors.Unsupported(reason=f"Dedicated Hosts are not supported for the instance type {facts.name}.")


def claim_again(uow: UnitOfWork, settings: Settings, instance: Instance) -> None:
    """Room for a stopped instance on the host that has its disks.

    Errors: InsufficientInstanceCapacity, InsufficientCapacityOnHost, ReservationCapacityExceeded.
    """
    if instance.claimed_vcpus:
        return
    facts = changes.facts_of(instance)
    group = uow.look_up(PlacementGroup, instance.placement_group_id) if instance.placement_group_id else None
    spec = instance.options.get("CapacityReservationSpecification", {})
    where = Placement(facts, kind_of(instance), {}, spec, group)
    claims = _claims_again(uow, settings, instance, where) if instance.host else []
    if not claims:
        raise where.short(instance.zone)
    reservation_id = claims[0].reservation_id
    instance.capacity_reservation_id = reservation_id
    instance.claimed_vcpus = facts.vcpus if reservation_id else instance.vcpus
    instance.claimed_memory_mib = instance.memory_mib
    if claims[0].dedicated_host_id:
        instance.host_resource_id = claims[0].dedicated_host_id


def kind_of(instance: Instance) -> Kind:
    group, owner = instance.placement_group, f"{instance.region}:{instance.account}"
    arn = f"arn:aws:ec2:{owner}:placement-group/{group}" if group else None
    return Kind(instance.instance_type, instance.platform_details, instance.tenancy, arn)


def _claims_again(uow: UnitOfWork, settings: Settings, instance: Instance, where: Placement) -> list[Claim]:
    tenant = instance.account if instance.tenancy == "dedicated" else None
    host = instance.host or ""
    need = Request(
        instance.vcpus, instance.memory_mib, instance.architecture, instance.region, instance.zone, tenant=tenant
    )
    if instance.tenancy == "host":
        wanted = instance.host_resource_id if instance.affinity == "host" else None
        found = dedicated_hosts.claim(uow, where.facts, need, 1, host_id=wanted, compute_host=host)
        return found or dedicated_hosts.claim(uow, where.facts, need, 1, host_id=instance.host_resource_id)
    if where.group and groups.is_full(uow, where.group, instance.zone):
        return []
    preference = where.reservation.get("CapacityReservationPreference", "open")
    if where.target:
        return reservations.take_target(uow, settings, where.target, where.kind, need, 1, host=host)
    if preference != "none" and (where.group is None or where.group.strategy == "cluster"):
        found = reservations.take_open(uow, settings, where.kind, need, 1, host=host)
        if found or preference != "open":
            return found
    return [Claim(host, instance.zone)] if place.claim_on(uow, host, need) else []


def modify(uow: UnitOfWork, instance_id: str, wanted: Mapping[str, Any]) -> None:
    """Change where an instance is to run. Its affinity at any time, all else while it is stopped.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstancePlacement.html
    Errors: InvalidParameterCombination, InvalidRequest, IncorrectInstanceState, and those of groups and hosts.
    """
    if not wanted:
        raise errors.InvalidParameterCombination(
            reason="At least one attribute for affinity, host ID, tenancy, or placement group must be specified."
        )
    instance = changes.living(uow, instance_id)
    if wanted.keys() != {"Affinity"}:
        changes.check_stopped(instance)
    _check_resource_group(wanted, wanted.get("Tenancy", instance.tenancy))
    if "Tenancy" in wanted:
        _change_tenancy(instance, wanted["Tenancy"])
    if "Affinity" in wanted or "HostId" in wanted:
        _change_host(uow, instance, wanted)
    if wanted.keys() & {"GroupName", "GroupId", "PartitionNumber"}:
        _change_group(uow, instance, wanted)


def _change_tenancy(instance: Instance, tenancy: str) -> None:
    if tenancy == instance.tenancy:
        return
    if instance.tenancy == "host":
        raise errors.InvalidRequest(reason=f"The tenancy cannot be changed from 'host' to '{tenancy}'.")
    _check_tenancy({}, changes.facts_of(instance), tenancy)
    instance.tenancy = tenancy
    instance.affinity = "default" if tenancy == "host" else None


def _change_host(uow: UnitOfWork, instance: Instance, wanted: Mapping[str, Any]) -> None:
    if instance.tenancy != "host":
        raise errors.InvalidParameterCombination(
            reason="Affinity and host ID can only be modified for an instance with the tenancy 'host'."
        )
    instance.affinity = wanted.get("Affinity", instance.affinity)
    if id := wanted.get("HostId"):
        host = dedicated_hosts.available(uow, id)
        if not dedicated_hosts.supports(host, changes.facts_of(instance)) or host.zone != instance.zone:
            raise errors.InvalidParameterCombination(
                reason=f"The Dedicated Host '{id}' does not support the instance type of '{instance.id}' in its zone."
            )
        if host.host != instance.host:
            raise errors.UnsupportedOperation(
                reason=f"The volumes of the instance '{instance.id}' are not on the Dedicated Host '{id}'."
            )
        instance.host_resource_id = id


def _change_group(uow: UnitOfWork, instance: Instance, wanted: Mapping[str, Any]) -> None:
    if wanted.get("GroupName") == "":
        instance.placement_group = instance.placement_group_id = instance.partition_number = None
        return
    named = wanted if wanted.keys() & {"GroupName", "GroupId"} else {**wanted, "GroupName": instance.placement_group}
    group = placement_groups.chosen(uow, named)
    assert group is not None  # chosen refuses a partition without one
    placement_groups.check_type(group, changes.facts_of(instance), instance.tenancy)
    instance.placement_group = instance.placement_group_id = None  # it is not in its own way
    number = groups.joined(uow, group, instance.zone, instance.host, wanted.get("PartitionNumber"))
    instance.placement_group, instance.placement_group_id = group.name, group.id
    instance.partition_number = number
