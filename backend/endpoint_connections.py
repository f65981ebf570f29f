"""What the owner of a service does with the endpoints that others connect to it, and whom it has told of them.

https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
"""

import re
from collections.abc import Sequence

from backend import endpoint_services, errors, transitions
from backend.config import Settings
from backend.db.models import ConnectionNotification, VpcEndpoint
from backend.db.unit_of_work import UnitOfWork, check_form, require_found

EVENTS = ("Accept", "Connect", "Delete", "Reject")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_-]{1,256}(\.fifo)?")


def accept(
    uow: UnitOfWork, settings: Settings, service_id: str, endpoint_ids: Sequence[str]
) -> dict[str, errors.CloudError]:
    """Accept endpoints that wait for it, or were rejected; those that cannot be, and why."""
    found, refused = _of_service(uow, service_id, endpoint_ids)
    for endpoint in found:
        if endpoint.state in ("pendingAcceptance", "rejected"):
            transitions.begin(uow, settings, endpoint, "pending", "available")
        else:
            refused[endpoint.id] = _wrong_state(endpoint, "accepted")
    return refused


def reject(uow: UnitOfWork, service_id: str, endpoint_ids: Sequence[str]) -> dict[str, errors.CloudError]:
    """Reject endpoints, even those that are in use; those that cannot be, and why."""
    found, refused = _of_service(uow, service_id, endpoint_ids)
    for endpoint in found:
        if endpoint.state in endpoint_services.CONNECTED:
            endpoint.state, endpoint.next_state, endpoint.next_at = "rejected", None, None
        else:
            refused[endpoint.id] = _wrong_state(endpoint, "rejected")
    return refused


def _of_service(
    uow: UnitOfWork, service_id: str, endpoint_ids: Sequence[str]
) -> tuple[list[VpcEndpoint], dict[str, errors.CloudError]]:
    """Endpoints of a service of the caller's, whoever's they are, and an error for each that is none."""
    service = endpoint_services.require_own(uow, service_id)
    check_form(VpcEndpoint, endpoint_ids)
    found = uow.anywhere(
        VpcEndpoint, VpcEndpoint.service_id == service.id, VpcEndpoint.id.in_(endpoint_ids), for_update=True
    )
    known = {endpoint.id for endpoint in found}
    return found, {id: errors.InvalidVpcEndpointNotFound(id=id) for id in endpoint_ids if id not in known}


def _wrong_state(endpoint: VpcEndpoint, verb: str) -> errors.CloudError:
    return errors.InvalidState(reason=f"The VPC endpoint {endpoint.id} cannot be {verb} in the state {endpoint.state}.")


def create_notification(
    uow: UnitOfWork, *, topic_arn: str, events: Sequence[str], service_id: str | None, endpoint_id: str | None
) -> ConnectionNotification:
    """A wish to be told. Its state is ``Disabled``: this cloud has no topics to publish to.

    Errors: MissingParameter, InvalidParameterCombination, InvalidParameter, NotFound of service and endpoint.
    """
    if bool(service_id) == bool(endpoint_id):
        if service_id:
            raise errors.InvalidParameterCombination(reason="Specify either a service or an endpoint.")
        raise errors.MissingParameter(name="ServiceId or VpcEndpointId")
    if service_id:
        endpoint_services.require_own(uow, service_id)
    elif endpoint_id and uow.look_up(VpcEndpoint, endpoint_id).endpoint_type != "Interface":
        raise errors.InvalidParameter(reason="Connection notifications are for interface endpoints only.")
    made = ConnectionNotification(
        account=uow.account,
        region=uow.region,
        service_id=service_id,
        vpc_endpoint_id=endpoint_id,
        topic_arn=_topic(topic_arn),
        events=_events(events),
        state="Disabled",
    )
    uow.add(made)
    uow.flush()
    return made


def modify_notification(uow: UnitOfWork, id: str, *, topic_arn: str | None, events: Sequence[str] | None) -> None:
    found = uow.require(ConnectionNotification, id, for_update=True)
    if topic_arn is not None:
        found.topic_arn = _topic(topic_arn)
    if events is not None:
        found.events = _events(events)


def delete_notifications(uow: UnitOfWork, wanted: Sequence[str]) -> dict[str, errors.CloudError]:
    """Delete notifications; those that are not there, and why."""
    refused: dict[str, errors.CloudError] = {}
    check_form(ConnectionNotification, wanted)
    own = {n.id: n for n in uow.query(ConnectionNotification).filter(ConnectionNotification.id.in_(wanted))}
    for id in dict.fromkeys(wanted):
        if id in own:
            uow.delete(own[id])
            continue
        try:
            require_found(ConnectionNotification, [id], ())
        except errors.CloudError as fault:
            refused[id] = fault
    return refused


def _topic(arn: str) -> str:
    if not _TOPIC.fullmatch(arn):
        raise errors.InvalidParameter(reason=f"The ARN {arn} is not one of an SNS topic.")
    return arn


def _events(events: Sequence[str]) -> list[str]:
    if not events or (unknown := [event for event in events if event not in EVENTS]):
        given = unknown[0] if events else ""
        raise errors.InvalidParameter(reason=f"Invalid connection event '{given}': they are {', '.join(EVENTS)}.")
    return list(dict.fromkeys(events))
