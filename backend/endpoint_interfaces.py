"""The network interfaces of VPC endpoints, which the endpoints themselves make and end."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert

from backend import addresses, ids, network_interfaces, route_tables, tags
from backend.db import reading
from backend.db.models import InterfaceGroup, NetworkInterface, Subnet, Vpc, VpcEndpoint, VpcEndpointSubnet
from backend.db.unit_of_work import ANYWHERE, UnitOfWork

REQUESTER = "amazon-aws"
TYPES = {"Interface": "vpc_endpoint", "GatewayLoadBalancer": "gateway_load_balancer_endpoint"}
_WHATEVER = {"synchronize_session": False, **ANYWHERE}


def add(
    uow: UnitOfWork,
    endpoint: VpcEndpoint,
    vpc: Vpc,
    subnets: Sequence[Subnet],
    groups: Sequence[Any],
    wanted: Mapping[str, str],
) -> None:
    """An interface in each of these subnets. ``wanted``: the addresses that some shall have, by subnet."""
    for subnet in subnets:
        asked = [wanted[subnet.id]] if subnet.id in wanted else []
        made = network_interfaces.rows(
            uow,
            vpc=vpc,
            subnet=subnet,
            groups=groups,
            private_ips=addresses.take(uow, subnet.id, 1, asked),
            description=f"VPC Endpoint Interface {endpoint.id}",
            interface_type=TYPES[endpoint.endpoint_type],
        )
        for row in made.interfaces:
            row |= {
                "status": "in-use",
                "requester_id": REQUESTER,
                "requester_managed": True,
                "attachment_id": ids.new("ela-attach"),
                "attachment_status": "attached",
                "attach_time": row["created"],
                "instance_owner_id": REQUESTER,
                "device_index": 1,
                "network_card_index": 0,
            }
            uow.add(
                VpcEndpointSubnet(
                    vpc_endpoint_id=endpoint.id,
                    subnet_id=subnet.id,
                    zone=subnet.zone,
                    network_interface_id=row["id"],
                )
            )
        network_interfaces.insert_rows(uow, made)


def remove(uow: UnitOfWork, of: Sequence[VpcEndpointSubnet]) -> None:
    """End interfaces of endpoints, in whatever account: the caller vouches for them."""
    gone = [subnet.network_interface_id for subnet in of]
    if not gone:
        return
    addresses.give_back(uow, gone)
    route_tables.blackhole(uow, *gone)
    for statement in (
        delete(NetworkInterface).where(NetworkInterface.id.in_(gone)),
        delete(VpcEndpointSubnet).where(VpcEndpointSubnet.network_interface_id.in_(gone)),
    ):
        uow.execute(statement, execution_options=_WHATEVER)
    tags.forget(uow, gone)


def set_groups(uow: UnitOfWork, interface_ids: Sequence[str], groups: Sequence[Any]) -> None:
    """Put interfaces into these groups and no others."""
    table = reading.table_of(InterfaceGroup)
    connection = uow.for_reading()
    connection.execute(delete(table).where(table.c.network_interface_id.in_(interface_ids)))
    rows = [
        {"network_interface_id": id, "position": position, "group_id": group.id, "group_name": group.name}
        for id in interface_ids
        for position, group in enumerate(groups)
    ]
    if rows:
        connection.execute(insert(table), rows)
