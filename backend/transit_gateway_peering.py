"""Transit gateways attached to each other, within an account and region and across them.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import tuple_

from backend import errors, regions, transit_gateway_attachments, transit_gateways, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import TransitGateway, TransitGatewayAttachment
from backend.db.unit_of_work import UnitOfWork, check_form
from backend.transit_gateways import DISABLE, ENABLE, ENDED

RESILIENCE, MODE, DYNAMIC = "AllowMultipathResilience", "MultipathResilienceMode", "DynamicRouting"

_attachment = reading.table_of(TransitGatewayAttachment).c
Attachment = TransitGatewayAttachment


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    transit_gateway_id: str,
    peer_transit_gateway_id: str,
    peer_account_id: str,
    peer_region: str,
    options: Mapping[str, Any] | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> Attachment:
    """Ask the owner of another transit gateway to join it with this one. Without such a one, the request fails.

    Errors: IncorrectState, InvalidParameterValue, InvalidUserID.Malformed, DuplicateTransitGatewayAttachment.
    """
    gateway = transit_gateways.require(uow, transit_gateway_id)
    check_form(TransitGateway, [peer_transit_gateway_id])
    _check_peer(uow, settings, gateway, peer_transit_gateway_id, peer_account_id, peer_region)
    _check_twin(uow, gateway, peer_transit_gateway_id)
    made = Attachment(
        account=uow.account,
        region=uow.region,
        transit_gateway_id=gateway.id,
        resource_type="peering",
        resource_id=peer_transit_gateway_id,
        resource_account=peer_account_id,
        peer_region=peer_region,
        options=_checked(options or {}, uow.region, peer_region),
        requested_here=True,
    )
    peer = next(iter(_peer(uow, peer_transit_gateway_id, peer_account_id, peer_region)), None)
    transitions.begin(uow, settings, made, "initiatingRequest", "pendingAcceptance" if peer else "failed")
    if peer:
        other = _other_side(uow, made, gateway, peer)
        transitions.begin(uow, settings, other, "initiatingRequest", "pendingAcceptance")
        transit_gateway_attachments.add(uow, peer, other, {}, propagates=False)
    transit_gateway_attachments.add(uow, gateway, made, wanted_tags or {}, propagates=False)
    return made


def _check_peer(
    uow: UnitOfWork, settings: Settings, gateway: TransitGateway, peer_id: str, account: str, region: str
) -> None:
    if not (len(account) == 12 and account.isascii() and account.isdecimal()):
        raise errors.InvalidUserIDMalformed(id=account)
    if region not in [known.name for known in regions.of(settings)]:
        raise errors.InvalidParameterValue(value=region, name="peerRegion", reason="Invalid region.")
    if peer_id == gateway.id:
        raise errors.InvalidParameterValue(
            value=peer_id, name="peerTransitGatewayId", reason="A transit gateway cannot be peered with itself."
        )
    if (account, region) == (uow.account, uow.region):
        uow.look_up(TransitGateway, peer_id)


def _check_twin(uow: UnitOfWork, gateway: TransitGateway, peer_id: str) -> None:
    twins = uow.records(
        Attachment,
        _attachment.transit_gateway_id == gateway.id,
        _attachment.resource_id == peer_id,
        _attachment.state.not_in(["deleted", "rejected", "failed"]),
    )
    if twins:
        raise errors.DuplicateTransitGatewayPeering(id=gateway.id)


def _checked(given: Mapping[str, Any], region: str, peer_region: str) -> dict[str, Any]:
    """The requester's options; InvalidParameterValue, InvalidParameterCombination."""
    found = {DYNAMIC: given.get(DYNAMIC, DISABLE), RESILIENCE: given.get(RESILIENCE, False)}
    if found[DYNAMIC] == ENABLE:
        raise errors.UnsupportedParameter(name=f"Options.{DYNAMIC}")
    if given.get(MODE) and not found[RESILIENCE]:
        raise errors.InvalidParameterCombination(reason=f"{MODE} can be specified only if {RESILIENCE} is true.")
    if found[RESILIENCE]:
        if region == peer_region:
            raise errors.InvalidParameterValue(
                value="true", name=RESILIENCE, reason="It is supported for attachments between regions only."
            )
        found[MODE] = given.get(MODE, "always-on")
    return found


def _peer(uow: UnitOfWork, id: str, account: str, region: str) -> list[TransitGateway]:
    return uow.anywhere(
        TransitGateway,
        TransitGateway.id == id,
        TransitGateway.account == account,
        TransitGateway.region == region,
        TransitGateway.state.not_in(["deleting", "deleted"]),
        for_update=True,
    )


def _other_side(uow: UnitOfWork, made: Attachment, gateway: TransitGateway, peer: TransitGateway) -> Attachment:
    """The accepter's row. Within a region, where both are seen together, it has an id of its own."""
    own_id = {"id": made.id} if peer.region != uow.region else {}
    other = Attachment(
        **own_id,
        account=peer.account,
        region=peer.region,
        transit_gateway_id=peer.id,
        resource_type="peering",
        resource_id=gateway.id,
        resource_account=uow.account,
        peer_region=uow.region,
        peer_attachment_id=made.id,
        options={},
        requested_here=False,
    )
    made.peer_attachment_id = other.id
    return other


def accept(uow: UnitOfWork, settings: Settings, attachment_id: str) -> Attachment:
    """Accept a request, as the owner of the transit gateway that it is to; InvalidParameterValue, IncorrectState."""
    found = _as_accepter(uow, attachment_id, "accept")
    for side in _sides(uow, found):
        transitions.begin(uow, settings, side, "pending", "available")
    return found


def reject(uow: UnitOfWork, settings: Settings, attachment_id: str) -> Attachment:
    """Reject a request; errors as of ``accept``."""
    found = _as_accepter(uow, attachment_id, "reject")
    for side in _sides(uow, found):
        transit_gateway_attachments.end(uow, settings, side, "rejected")
    return found


def delete(uow: UnitOfWork, settings: Settings, attachment_id: str) -> Attachment:
    """Delete a peering, as one of its owners, or a request; IncorrectState."""
    found = transit_gateway_attachments.require(uow, attachment_id, "peering")
    transit_gateway_attachments.require_state(found, "available", "pendingAcceptance")
    for side in _sides(uow, found):
        transit_gateway_attachments.end(uow, settings, side)
    return found


def modify(
    uow: UnitOfWork, attachment_id: str, *, resilience: bool | None = None, mode: str | None = None
) -> Attachment:
    """Change the options of the caller's side; InvalidParameterValue, InvalidParameterCombination, IncorrectState."""
    found = transit_gateway_attachments.require(uow, attachment_id, "peering")
    transit_gateway_attachments.require_state(found, "available")
    given = {name: value for name, value in ((RESILIENCE, resilience), (MODE, mode)) if value is not None}
    if not given:
        raise errors.InvalidParameterCombination(reason="No options specified.")
    found.options = _checked(given, found.region, found.peer_region or "")
    return found


def _as_accepter(uow: UnitOfWork, attachment_id: str, verb: str) -> Attachment:
    found = transit_gateway_attachments.require(uow, attachment_id, "peering")
    if found.requested_here:
        raise errors.InvalidParameterValue(
            value=attachment_id,
            name="transitGatewayAttachmentId",
            reason=f"Cannot {verb} {attachment_id} as the source of the peering request.",
        )
    transit_gateway_attachments.require_state(found, "pendingAcceptance")
    return found


def _sides(uow: UnitOfWork, found: Attachment) -> list[Attachment]:
    """Both rows of a peering, whoever's they are."""
    other = tuple_(Attachment.id, Attachment.account, Attachment.region)
    place = (found.peer_attachment_id, found.resource_account, found.peer_region)
    return [found, *uow.anywhere(Attachment, other == place, for_update=True)]


def others(uow: UnitOfWork, found: list[Any]) -> dict[tuple[str | None, str], Any]:
    """The other sides of peerings, as records, by their ids and regions, for what is shown of them."""
    wanted = [attachment.peer_attachment_id for attachment in found if attachment.peer_attachment_id]
    rows = uow.anywhere(Attachment, Attachment.id.in_(wanted)) if wanted else []
    return {(row.id, row.region): row for row in rows}


def resilience(found: Any, requester: Mapping[str, Any], accepter: Mapping[str, Any]) -> str | None:
    """The MultipathResilienceStatus: None where neither side has ever asked for it."""
    if not requester.get(RESILIENCE) and not accepter.get(RESILIENCE):
        return None
    if requester.get(RESILIENCE) and accepter.get(RESILIENCE) and found.state == "available":
        return "enabled"
    return "pending" if found.state not in ("available", *ENDED) else "disabled"


_MESSAGES = {
    "initiatingRequest": ("initiating-request", "Initiating request to {accepter}"),
    "pendingAcceptance": ("pending-acceptance", "Pending acceptance by {accepter}"),
    "pending": ("provisioning", "Provisioning"),
    "available": ("available", "Available"),
    "rejecting": ("rejecting", "Rejecting"),
    "rejected": ("rejected", "Rejected by {accepter}"),
    "failed": ("failed", "Failed due to an incorrect transit gateway ID, account ID or Region"),
    "deleting": ("deleting", "Deleting"),
    "deleted": ("deleted", "Deleted"),
}


def status(found: Any) -> dict[str, str]:
    """The PeeringAttachmentStatus."""
    code, message = _MESSAGES[found.state]
    return {
        "Code": code,
        "Message": message.format(accepter=found.resource_account if found.requested_here else found.account),
    }
