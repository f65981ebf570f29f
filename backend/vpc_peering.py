"""VPC peering connections, within an account and region and across them.

https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from backend import clock, dependencies, errors, quotas, regions, route_tables, tags, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import Vpc, VpcCidrBlock, VpcPeeringConnection
from backend.db.unit_of_work import UnitOfWork, check_form

LASTS = timedelta(days=7)
"""How long a request can be accepted."""
ENDED = ("deleting", "deleted", "rejected", "expired", "failed")

DNS, RESILIENCE, MODE = "AllowDnsResolutionFromRemoteVpc", "AllowMultipathResilience", "MultipathResilienceMode"
_CLASSIC = ("AllowEgressFromLocalClassicLinkToRemoteVpc", "AllowEgressFromLocalVpcToRemoteClassicLink")

_MESSAGES = {
    "initiating-request": "Initiating Request to {peer_account}",
    "pending-acceptance": "Pending Acceptance by {peer_account}",
    "provisioning": "Provisioning",
    "active": "Active",
    "rejected": "Rejected by {peer_account}",
    "expired": "Expired",
    "failed": "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range",
}

_peering = reading.table_of(VpcPeeringConnection).c

for _side in (VpcPeeringConnection.vpc_id, VpcPeeringConnection.peer_vpc_id):
    dependencies.keeps(Vpc, _side, _peering.state.not_in(ENDED))


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    vpc_id: str,
    peer_vpc_id: str | None,
    peer_owner_id: str | None = None,
    peer_region: str | None = None,
    options: Mapping[str, Any] | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> VpcPeeringConnection:
    """A request to the owner of another VPC. Where the two cannot be joined, the connection fails.

    Errors: MissingParameter, InvalidParameterValue, InvalidVpcID.NotFound for a VPC of the account in this region,
    VpcPeeringConnectionAlreadyExists.
    """
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    if not peer_vpc_id:
        raise errors.MissingParameter(name="peerVpcId")
    check_form(Vpc, [peer_vpc_id])
    account, region = peer_owner_id or uow.account, peer_region or uow.region
    _check_peer(settings, account, region)
    if peer_vpc_id == vpc.id:
        raise errors.InvalidParameterValue(
            value=peer_vpc_id, name="peerVpcId", reason="A VPC cannot be peered with itself."
        )
    if (account, region) == (uow.account, uow.region):
        uow.look_up(Vpc, peer_vpc_id)
    _check_twin(uow, vpc.id, peer_vpc_id)
    of_vpc = (_peering.vpc_id == vpc.id) | (_peering.peer_vpc_id == vpc.id)
    quotas.check(uow, quotas.PEERINGS, of_vpc, _peering.state == "active")
    quotas.check(uow, quotas.PEERING_REQUESTS, _peering.state.in_(("initiating-request", "pending-acceptance")))
    made = VpcPeeringConnection(
        account=uow.account,
        region=uow.region,
        vpc_id=vpc.id,
        peer_vpc_id=peer_vpc_id,
        peer_account=account,
        peer_region=region,
        expires=clock.this_second() + LASTS,
        options={DNS: False},
        peer_options={DNS: False},
    )
    if options:
        made.options = _changed(made, made.options, options)
    then = "pending-acceptance" if _can_join(uow, made) else "failed"
    _begin(uow, settings, made, "initiating-request", then)
    uow.add(made)
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made


def _check_peer(settings: Settings, account: str, region: str) -> None:
    if not (len(account) == 12 and account.isascii() and account.isdecimal()):
        raise errors.InvalidUserIDMalformed(id=account)
    if region not in [known.name for known in regions.of(settings)]:
        raise errors.InvalidParameterValue(value=region, name="peerRegion", reason="Invalid region.")


def _check_twin(uow: UnitOfWork, vpc_id: str, peer_vpc_id: str) -> None:
    pair = (vpc_id, peer_vpc_id)
    twins = uow.records(
        VpcPeeringConnection,
        _peering.vpc_id.in_(pair),
        _peering.peer_vpc_id.in_(pair),
        _peering.state.not_in(ENDED),
    )
    if twins:
        raise errors.VpcPeeringConnectionAlreadyExists(
            reason=f"There is a VPC peering connection {twins[0].id} between {vpc_id} and {peer_vpc_id} already."
        )


def _can_join(uow: UnitOfWork, made: VpcPeeringConnection) -> bool:
    """Whether the other VPC is there, and neither has a block that overlaps one of the other's."""
    found = uow.anywhere(
        Vpc, Vpc.id == made.peer_vpc_id, Vpc.account == made.peer_account, Vpc.region == made.peer_region
    )
    if not found:
        return False
    blocks = uow.anywhere(VpcCidrBlock, VpcCidrBlock.vpc_id.in_([made.vpc_id, made.peer_vpc_id]))
    near = [ip_network(block.cidr_block) for block in blocks if block.vpc_id == made.vpc_id]
    far = [ip_network(block.cidr_block) for block in blocks if block.vpc_id == made.peer_vpc_id]
    return not any(a.version == b.version and a.overlaps(b) for a in near for b in far)


def accept(uow: UnitOfWork, settings: Settings, id: str) -> VpcPeeringConnection:
    """Accept a request, as the owner of the VPC that it is to, in that VPC's region.

    Errors: OperationNotPermitted for the requester, InvalidStateTransition.
    """
    found = _as_accepter(uow, id, "accept")
    _require_state(found, "pending-acceptance", "active")
    if found.options.get(RESILIENCE):
        found.peer_options = {**found.peer_options, RESILIENCE: True, MODE: found.options[MODE]}
    found.expires = None
    _begin(uow, settings, found, "provisioning", "active")
    return found


def reject(uow: UnitOfWork, id: str) -> None:
    """Reject a request, as the owner of the VPC that it is to. Errors as of ``accept``."""
    found = _as_accepter(uow, id, "reject")
    _require_state(found, "pending-acceptance", "rejected")
    _end(uow, found, "rejected")


def delete_connection(uow: UnitOfWork, settings: Settings, id: str) -> None:
    """Delete an active connection, as one of its owners, or a request, as the requester. Routes to it are blackholes.

    Errors: InvalidStateTransition, OperationNotPermitted.
    """
    found = _require(uow, id)
    if found.state not in ("active", "pending-acceptance", "provisioning", "initiating-request"):
        raise errors.InvalidStateTransition(id=found.id, state=found.state, to="deleting")
    if found.state == "pending-acceptance" and not is_requester(uow, found):
        raise errors.OperationNotPermitted(
            reason=f"Only the requester can delete the peering {found.id} while it is pending acceptance."
        )
    transitions.begin(uow, settings, found, "deleting", "deleted")
    found.status_message = f"Deleted by {uow.account}"
    route_tables.blackhole(uow, found.id)


def modify_options(
    uow: UnitOfWork,
    id: str,
    *,
    accepter: Mapping[str, Any] | None = None,
    requester: Mapping[str, Any] | None = None,
) -> VpcPeeringConnection:
    """Change the options of the sides that are the caller's, of an active connection.

    Errors: InvalidParameterCombination, OperationNotPermitted, InvalidParameterValue.
    """
    found = _require(uow, id)
    if not accepter and not requester:
        raise errors.InvalidParameterCombination(
            reason="Specify the options of the requester, of the accepter, or of both."
        )
    if found.state != "active":
        raise errors.OperationNotPermitted(
            reason=f"Peering {found.id} is not active. Peering options can be added only to active peerings."
        )
    for given, own, side in (
        (requester, is_requester(uow, found), "requester"),
        (accepter, is_accepter(uow, found), "accepter"),
    ):
        if given and not own:
            raise errors.OperationNotPermitted(
                reason=f"User {uow.account} cannot modify the {side} options of {found.id} in {uow.region}."
            )
    if requester:
        found.options = _changed(found, found.options, requester)
        _check_dns(uow, found.vpc_id, found.options)
    if accepter:
        found.peer_options = _changed(found, found.peer_options, accepter)
        _check_dns(uow, found.peer_vpc_id, found.peer_options)
    return found


def _changed(found: VpcPeeringConnection, options: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    if any(given.get(name) for name in _CLASSIC):
        raise errors.InvalidParameterValue(
            value="true", name="AllowEgressFromLocalClassicLinkToRemoteVpc", reason="There is no EC2-Classic any more."
        )
    changed = {**options, **{n: v for n, v in given.items() if n in (DNS, RESILIENCE)}}
    if given.get(MODE) and not given.get(RESILIENCE):
        raise errors.InvalidParameterCombination(reason=f"{MODE} can be specified only if {RESILIENCE} is true.")
    if given.get(RESILIENCE):
        if found.region == found.peer_region:
            raise errors.InvalidParameterValue(
                value="true", name=RESILIENCE, reason="It is supported for connections between regions only."
            )
        changed[MODE] = given.get(MODE, "always-on")
    elif RESILIENCE in given:
        changed.pop(MODE, None)
    return changed


def _check_dns(uow: UnitOfWork, vpc_id: str, options: Mapping[str, Any]) -> None:
    vpc = uow.look_up(Vpc, vpc_id)
    if options.get(DNS) and not (vpc.enable_dns_hostnames and vpc.enable_dns_support):
        raise errors.InvalidPeeringDnsHostnames(
            reason=f"DNS hostnames and DNS support must be enabled for the VPC {vpc_id}."
        )


def resilience(found: Any) -> str | None:
    """The MultipathResilienceStatus: None where neither side has ever asked for it."""
    if RESILIENCE not in found.options and RESILIENCE not in found.peer_options:
        return None
    both = found.options.get(RESILIENCE) and found.peer_options.get(RESILIENCE)
    if both and found.state == "active":
        return "enabled"
    return "pending" if found.options.get(RESILIENCE) and found.state in _NOT_YET else "disabled"


_NOT_YET = ("initiating-request", "pending-acceptance", "provisioning")


def is_requester(uow: UnitOfWork, found: Any) -> bool:
    return (found.account, found.region) == (uow.account, uow.region)


def is_accepter(uow: UnitOfWork, found: Any) -> bool:
    return (found.peer_account, found.peer_region) == (uow.account, uow.region)


def _require(uow: UnitOfWork, id: str) -> VpcPeeringConnection:
    """The connection as an entity, locked, for either side."""
    uow.look_up(VpcPeeringConnection, id)
    (found,) = uow.anywhere(VpcPeeringConnection, VpcPeeringConnection.id == id, for_update=True)
    return found


def _as_accepter(uow: UnitOfWork, id: str, verb: str) -> VpcPeeringConnection:
    found = _require(uow, id)
    if not is_accepter(uow, found):
        raise errors.OperationNotPermitted(
            reason=f"User {uow.account} cannot {verb} peering {found.id}. Incorrect region ({uow.region}) specified "
            f"for this request, or not the owner of the accepter VPC."
        )
    return found


def _require_state(found: VpcPeeringConnection, wanted: str, to: str) -> None:
    if found.state != wanted:
        raise errors.InvalidStateTransition(id=found.id, state=found.state, to=to)


def _begin(uow: UnitOfWork, settings: Settings, found: VpcPeeringConnection, state: str, then: str) -> None:
    transitions.begin(uow, settings, found, state, then)
    _say(found)


def _say(found: VpcPeeringConnection) -> None:
    found.status_message = _MESSAGES[found.state].format(peer_account=found.peer_account)


def _end(uow: UnitOfWork, found: VpcPeeringConnection, state: str) -> None:
    """End it at once, through the conductor, which lets it fade."""
    found.next_state, found.next_at, found.expires = state, clock.now(), None
    found.state = state
    _say(found)
    uow.moving = True


@transitions.reaching(VpcPeeringConnection, "pending-acceptance")
def await_acceptance(_uow: UnitOfWork, connections: Sequence[VpcPeeringConnection]) -> None:
    for found in connections:
        _say(found)
        found.next_state, found.next_at = "expired", found.expires


@transitions.reaching(VpcPeeringConnection, "active")
@transitions.reaching(VpcPeeringConnection, "failed")
@transitions.reaching(VpcPeeringConnection, "expired")
def tell(uow: UnitOfWork, connections: Sequence[VpcPeeringConnection]) -> None:
    for found in connections:
        found.expires = None
        _say(found)
    route_tables.revive(uow, *(found.id for found in connections if found.state == "active"))
