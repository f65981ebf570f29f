"""EC2 actions on the endpoints that are connected to an account's services, and on who is told of them.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpointConnection.html
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, literal

from backend import endpoint_connections, errors
from backend.db import reading
from backend.db.matching import matches
from backend.db.models import ConnectionNotification, VpcEndpointConnection
from backend.db.unit_of_work import check_form
from ec2api.call import Call
from ec2api.describe import Condition, Describe, constant, nothing
from ec2api.ec2 import unsuccessful
from ec2api.ec2.vpc_endpoints import show_names, show_payer
from ec2api.registry import action

_connection = reading.table_of(VpcEndpointConnection).c
_notification = reading.table_of(ConnectionNotification).c

Texts = Sequence[str]


def show(connection: Any) -> dict[str, Any]:
    service = connection.service
    arns = service.load_balancer_arns if service else []
    network = service is not None and service.service_type == "Interface"
    return {
        "ServiceId": connection.service_id,
        "VpcEndpointId": connection.id,
        "VpcEndpointOwner": connection.account,
        "VpcEndpointRegion": connection.region,
        "VpcEndpointState": connection.state,
        "VpcEndpointConnectionId": connection.connection_id,
        "CreationTimestamp": connection.created,
        "DnsEntries": show_names(connection),
        "NetworkLoadBalancerArns": arns if network else None,
        "GatewayLoadBalancerArns": None if network else arns,
        "IpAddressType": connection.ip_address_type,
        "PayerResponsibilities": show_payer(service),
    }


def _region(values: Sequence[str]) -> Condition:
    """A filter on the endpoint's region; ``cross-region`` is any but the service's."""
    here = _connection.region == _connection.service_region
    condition: Condition = matches(_connection.region, values)
    return condition | matches(case((here, literal("")), else_=literal("cross-region")), values)


Describe(
    "DescribeVpcEndpointConnections",
    VpcEndpointConnection,
    view=show,
    load=(VpcEndpointConnection.subnets, VpcEndpointConnection.service),
    filters={
        "ip-address-type": VpcEndpointConnection.ip_address_type,
        "service-id": VpcEndpointConnection.service_id,
        "transit-gateway-attachment-id": nothing,
        "vpc-endpoint-id": VpcEndpointConnection.id,
        "vpc-endpoint-owner": _connection.account,
        "vpc-endpoint-region": _region,
        "vpc-endpoint-state": VpcEndpointConnection.state,
    },
    tagged=False,
)


def _check_attachments(attachment_ids: Texts) -> None:
    """Both actions take either of the two, and AWS's model wants the ids of endpoints always."""
    if attachment_ids:
        raise errors.InvalidParameterCombination(
            reason="Specify either VpcEndpointIds or TransitGatewayAttachmentIds, but not both."
        )


@action
def accept_vpc_endpoint_connections(
    call: Call, *, service_id: str, vpc_endpoint_ids: Texts, transit_gateway_attachment_ids: Texts = ()
) -> dict[str, Any]:
    _check_attachments(transit_gateway_attachment_ids)
    refused = endpoint_connections.accept(call.uow, call.settings, service_id, vpc_endpoint_ids)
    return {"Unsuccessful": unsuccessful.show(refused)}


@action
def reject_vpc_endpoint_connections(
    call: Call, *, service_id: str, vpc_endpoint_ids: Texts, transit_gateway_attachment_ids: Texts = ()
) -> dict[str, Any]:
    _check_attachments(transit_gateway_attachment_ids)
    return {"Unsuccessful": unsuccessful.show(endpoint_connections.reject(call.uow, service_id, vpc_endpoint_ids))}


def show_notification(found: Any) -> dict[str, Any]:
    return {
        "ConnectionNotificationId": found.id,
        "ServiceId": found.service_id,
        "VpcEndpointId": found.vpc_endpoint_id,
        "ConnectionNotificationType": "Topic",
        "ConnectionNotificationArn": found.topic_arn,
        "ConnectionEvents": found.events,
        "ConnectionNotificationState": found.state,
        "ServiceRegion": found.region if found.service_id else None,
    }


@action
def create_vpc_endpoint_connection_notification(
    call: Call,
    *,
    connection_notification_arn: str,
    connection_events: Texts,
    service_id: str | None = None,
    vpc_endpoint_id: str | None = None,
) -> dict[str, Any]:
    made = endpoint_connections.create_notification(
        call.uow,
        topic_arn=connection_notification_arn,
        events=connection_events,
        service_id=service_id,
        endpoint_id=vpc_endpoint_id,
    )
    return {"ConnectionNotification": show_notification(made), "ClientToken": call.parameters.get("ClientToken")}


@action
def modify_vpc_endpoint_connection_notification(
    call: Call,
    *,
    connection_notification_id: str,
    connection_notification_arn: str | None = None,
    connection_events: Texts | None = None,
) -> dict[str, Any]:
    endpoint_connections.modify_notification(
        call.uow, connection_notification_id, topic_arn=connection_notification_arn, events=connection_events
    )
    return {"ReturnValue": True}


@action
def delete_vpc_endpoint_connection_notifications(call: Call, *, connection_notification_ids: Texts) -> dict[str, Any]:
    refused = endpoint_connections.delete_notifications(call.uow, connection_notification_ids)
    return {"Unsuccessful": unsuccessful.show(refused)}


def _this(call: Call, id: str) -> Sequence[Condition]:
    check_form(ConnectionNotification, [id])
    return [_notification.id == call.uow.look_up(ConnectionNotification, id).id]


Describe(
    "DescribeVpcEndpointConnectionNotifications",
    ConnectionNotification,
    view=show_notification,
    extra={"ConnectionNotificationId": _this},
    filters={
        "connection-notification-arn": ConnectionNotification.topic_arn,
        "connection-notification-id": ConnectionNotification.id,
        "connection-notification-state": ConnectionNotification.state,
        "connection-notification-type": constant("Topic"),
        "service-id": ConnectionNotification.service_id,
        "vpc-endpoint-id": ConnectionNotification.vpc_endpoint_id,
    },
    tagged=False,
)
