"""Gateways, route tables, their routes and associations, and NAT gateways."""

from ipaddress import ip_network
from typing import Any

from conformance.terraform.provider import filters, found, only, retried, wait
from conformance.terraform.resource import Resource, State, tags_of

TABLE_GONE = ("InvalidRouteTableID.NotFound",)

ROUTE_TARGETS = {
    "gateway_id": "GatewayId",
    "nat_gateway_id": "NatGatewayId",
    "network_interface_id": "NetworkInterfaceId",
    "vpc_peering_connection_id": "VpcPeeringConnectionId",
    "egress_only_gateway_id": "EgressOnlyInternetGatewayId",
    "transit_gateway_id": "TransitGatewayId",
    "vpc_endpoint_id": "VpcEndpointId",
}
DESTINATIONS = {
    "cidr_block": "DestinationCidrBlock",
    "ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "destination_prefix_list_id": "DestinationPrefixListId",
}
SHOWN_AS = {**ROUTE_TARGETS, "vpc_endpoint_id": "GatewayId"}


class InternetGateway(Resource):
    kind = "internet-gateway"

    def create(self) -> None:
        made = self.ec2.create_internet_gateway(TagSpecifications=self.tag_specifications)
        self.id = made["InternetGateway"]["InternetGatewayId"]
        if "vpc_id" in self.arguments:
            self.attach(self.get("vpc_id"))

    def attach(self, vpc_id: str) -> None:
        gone = ("InvalidInternetGatewayID.NotFound",)
        retried(self.ec2.attach_internet_gateway, gone, InternetGatewayId=self.id, VpcId=vpc_id)
        wait(lambda: self.attachment(vpc_id), ["attaching"], ["available"])

    def detach(self, vpc_id: str) -> None:
        codes = ("DependencyViolation",)
        retried(self.ec2.detach_internet_gateway, codes, InternetGatewayId=self.id, VpcId=vpc_id)
        wait(lambda: self.attachment(vpc_id), ["detaching"], [None])

    def find(self) -> Any:
        gone = ("InvalidInternetGatewayID.NotFound",)
        answer = found(self.ec2.describe_internet_gateways, gone, InternetGatewayIds=[self.id])
        return only(answer["InternetGateways"]) if answer else None

    def attachment(self, vpc_id: str) -> str | None:
        states = [a["State"] for a in self.find()["Attachments"] if a["VpcId"] == vpc_id]
        return only(states) or None

    def read(self) -> State | None:
        gateway = self.find()
        if gateway is None:
            return None
        attachments = gateway["Attachments"]
        return {
            "owner_id": gateway["OwnerId"],
            "vpc_id": attachments[0]["VpcId"] if attachments else None,
            "tags": tags_of(gateway),
        }

    def update(self, changed: dict[str, Any]) -> None:
        if changed["vpc_id"]:
            self.detach(changed["vpc_id"])
        if self.get("vpc_id"):
            self.attach(self.get("vpc_id"))

    def delete(self) -> None:
        if self.get("vpc_id"):
            self.detach(self.get("vpc_id"))
        retried(self.ec2.delete_internet_gateway, ("DependencyViolation",), InternetGatewayId=self.id)


class EgressOnlyInternetGateway(Resource):
    kind = "egress-only-internet-gateway"

    def create(self) -> None:
        made = self.ec2.create_egress_only_internet_gateway(
            VpcId=self.get("vpc_id"), TagSpecifications=self.tag_specifications
        )["EgressOnlyInternetGateway"]
        self.id = made["EgressOnlyInternetGatewayId"]

    def read(self) -> State | None:
        gone = ("InvalidGatewayID.NotFound",)
        call = self.ec2.describe_egress_only_internet_gateways
        answer = found(call, gone, EgressOnlyInternetGatewayIds=[self.id])
        gateway = only(answer["EgressOnlyInternetGateways"]) if answer else None
        if gateway is None:
            return None
        attachments = gateway["Attachments"]
        assert [a["State"] for a in attachments] == ["attached"]
        return {"vpc_id": attachments[0]["VpcId"], "tags": tags_of(gateway)}

    def delete(self) -> None:
        self.ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=self.id)


def route_key(route: dict[str, Any]) -> tuple[str, str]:
    """A destination by the kind of argument, its range in one spelling."""
    for argument, member in DESTINATIONS.items():
        if value := route.get(member):
            return argument, value if argument.endswith("list_id") else str(ip_network(value))
    raise AssertionError(f"a route without a destination: {route!r}")


def target_of(route: dict[str, Any]) -> dict[str, str]:
    """What a route leads to, as the provider's argument: interfaces come with their instance."""
    shown = {argument: route[member] for argument, member in SHOWN_AS.items() if member in route}
    if route.get("GatewayId", "").startswith("vpce-"):
        shown.pop("gateway_id")
    else:
        shown.pop("vpc_endpoint_id", None)
    return shown


def parameters_of(route: dict[str, str]) -> dict[str, str]:
    return {{**DESTINATIONS, **ROUTE_TARGETS}[argument]: value for argument, value in route.items()}


class RouteTable(Resource):
    kind = "route-table"

    def create(self) -> None:
        made = self.ec2.create_route_table(VpcId=self.get("vpc_id"), TagSpecifications=self.tag_specifications)
        self.id = made["RouteTable"]["RouteTableId"]
        wait(lambda: self.find() and "ready", [], ["ready"])
        for route in self.get("route", []):
            self.add(route)

    def find(self) -> Any:
        answer = found(self.ec2.describe_route_tables, TABLE_GONE, RouteTableIds=[self.id])
        return only(answer["RouteTables"]) if answer else None

    def destination(self, route: dict[str, str]) -> dict[str, str]:
        return parameters_of({name: value for name, value in route.items() if name in DESTINATIONS})

    def add(self, route: dict[str, str]) -> None:
        codes = ("InvalidParameterException", "InvalidTransitGatewayID.NotFound")
        retried(self.ec2.create_route, codes, RouteTableId=self.id, **parameters_of(route))
        self.wait_for(route)

    def wait_for(self, route: dict[str, str]) -> None:
        wait(lambda: route in self.routes(self.find()), [], [True])

    def routes(self, table: dict[str, Any]) -> list[dict[str, str]]:
        """The routes that configuration could have made, by destination."""
        shown = []
        for route in table["Routes"]:
            if route.get("GatewayId") == "local" or route["Origin"] == "EnableVgwRoutePropagation":
                continue
            if route.get("GatewayId", "").startswith("vpce-") and "DestinationPrefixListId" in route:
                continue
            assert route["Origin"] in ("CreateRoute", "CreateRouteTable")
            assert route["State"] in ("active", "blackhole")
            kind, destination = route_key(route)
            shown.append({kind: destination, **target_of(route)})
        return sorted(shown, key=str)

    def read(self) -> State | None:
        table = self.find()
        if table is None:
            return None
        return {
            "vpc_id": table["VpcId"],
            "owner_id": table["OwnerId"],
            "propagating_vgws": [each["GatewayId"] for each in table["PropagatingVgws"]],
            "route": self.routes(table),
            "tags": tags_of(table),
        }

    def update(self, changed: dict[str, Any]) -> None:
        before = {str(self.destination(route)): route for route in changed["route"] or []}
        now = {str(self.destination(route)): route for route in self.get("route")}
        for key in before.keys() - now.keys():
            self.drop(before[key])
        for key, route in now.items():
            if key not in before:
                self.add(route)
            elif before[key] != route:
                self.ec2.replace_route(RouteTableId=self.id, **parameters_of(route))
                self.wait_for(route)

    def drop(self, route: dict[str, str]) -> None:
        self.ec2.delete_route(RouteTableId=self.id, **self.destination(route))
        wait(lambda: route in self.routes(self.find()), [True], [False])

    def delete(self) -> None:
        for association in self.find()["Associations"]:
            self.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
        self.ec2.delete_route_table(RouteTableId=self.id)
        wait(lambda: self.find() and "ready", ["ready"], [None])


class DefaultRouteTable(RouteTable):
    """Adopts the main table that a VPC came with: takes all its routes, and leaves it behind."""

    stays = True

    def create(self) -> None:
        self.id = self.get("default_route_table_id")
        for route in self.routes(self.find()):
            self.drop(route)
        for route in self.get("route", []):
            self.add(route)
        self.change_tags({})

    def read(self) -> State | None:
        state = super().read()
        return state and {**state, "default_route_table_id": self.id}

    def delete(self) -> None:
        """Terraform forgets it; what leads to other resources goes before they do."""
        for route in self.routes(self.find()):
            self.drop(route)


class Route(Resource):
    def table(self) -> Any:
        answer = found(self.ec2.describe_route_tables, TABLE_GONE, RouteTableIds=[self.get("route_table_id")])
        return only(answer["RouteTables"]) if answer else None

    @property
    def key(self) -> tuple[str, str]:
        return next(
            (argument, self.get(f"destination_{argument}".replace("destination_destination", "destination")))
            for argument in DESTINATIONS
            if f"destination_{argument}".replace("destination_destination", "destination") in self.arguments
        )

    def find(self) -> Any:
        table = self.table()
        return table and next((r for r in table["Routes"] if route_key(r) == self.key), None)

    @property
    def parameters(self) -> dict[str, str]:
        argument, value = self.key
        targets = {member: self.get(name) for name, member in ROUTE_TARGETS.items() if name in self.arguments}
        return {DESTINATIONS[argument]: value, **targets}

    def create(self) -> None:
        assert self.find() is None, "RouteAlreadyExists"
        self.ec2.create_route(RouteTableId=self.get("route_table_id"), **self.parameters)
        self.id = f"r-{self.get('route_table_id')}-{self.key[1]}"
        wait(lambda: self.find() and "ready", [], ["ready"])

    def read(self) -> State | None:
        route = self.find()
        if route is None:
            return None
        argument, value = route_key(route)
        name = argument if argument.startswith("destination") else f"destination_{argument}"
        return {
            "route_table_id": self.get("route_table_id"),
            name: value,
            **target_of(route),
            "instance_id": route.get("InstanceId", ""),
            "origin": route["Origin"],
            "state": route["State"],
        }

    def update(self, changed: dict[str, Any]) -> None:
        for argument in [name for name in ROUTE_TARGETS if self.get(name, "") is None]:
            del self.arguments[argument]
        self.ec2.replace_route(RouteTableId=self.get("route_table_id"), **self.parameters)
        wait(lambda: self.find() and "ready", [], ["ready"])

    def delete(self) -> None:
        argument, value = self.key
        table = self.get("route_table_id")
        call = self.ec2.delete_route
        found(call, ("InvalidRoute.NotFound",), RouteTableId=table, **{DESTINATIONS[argument]: value})
        wait(lambda: self.find() and "ready", ["ready"], [None])


class RouteTableAssociation(Resource):
    def create(self) -> None:
        parameters = self.given(RouteTableId="route_table_id", SubnetId="subnet_id", GatewayId="gateway_id")
        made = retried(self.ec2.associate_route_table, TABLE_GONE, **parameters)
        self.id = made["AssociationId"]
        wait(self.condition, ["associating"], ["associated"])

    def find(self) -> Any:
        wanted = filters(association__route_table_association_id=self.id)
        answer = found(self.ec2.describe_route_tables, TABLE_GONE, Filters=wanted)
        table = only(answer["RouteTables"]) if answer else None
        associations = (table or {}).get("Associations", [])
        return next((a for a in associations if a["RouteTableAssociationId"] == self.id), None)

    def condition(self) -> str | None:
        association = self.find()
        return association["AssociationState"]["State"] if association else None

    def read(self) -> State | None:
        association = self.find()
        if association is None:
            return None
        targets = {"subnet_id": association.get("SubnetId"), "gateway_id": association.get("GatewayId")}
        return {"route_table_id": association["RouteTableId"], **{n: v for n, v in targets.items() if v}}

    def update(self, changed: dict[str, Any]) -> None:
        made = self.ec2.replace_route_table_association(AssociationId=self.id, RouteTableId=self.get("route_table_id"))
        self.id = made["NewAssociationId"]
        wait(self.condition, ["associating"], ["associated"])

    def delete(self) -> None:
        self.ec2.disassociate_route_table(AssociationId=self.id)
        wait(self.condition, ["associated", "disassociating"], [None])


class MainRouteTableAssociation(Resource):
    original: str

    def main(self) -> Any:
        """The main association of the VPC: what hangs on which table."""
        wanted = [*filters(association__main="true"), *filters(vpc_id=self.get("vpc_id"))]
        table = only(self.ec2.describe_route_tables(Filters=wanted)["RouteTables"])
        return table and next(a for a in table["Associations"] if a["Main"])

    def replace(self, association_id: str, table_id: str) -> str:
        call = self.ec2.replace_route_table_association
        made = call(AssociationId=association_id, RouteTableId=table_id)["NewAssociationId"]
        wait(lambda: self.main()["AssociationState"]["State"], ["associating"], ["associated"])
        return str(made)

    def create(self) -> None:
        main = self.main()
        self.original = main["RouteTableId"]
        self.id = self.replace(main["RouteTableAssociationId"], self.get("route_table_id"))

    def read(self) -> State | None:
        main = self.main()
        if main is None or main["RouteTableAssociationId"] != self.id:
            return None
        return {"vpc_id": self.get("vpc_id"), "route_table_id": main["RouteTableId"]}

    def update(self, changed: dict[str, Any]) -> None:
        self.id = self.replace(self.id, self.get("route_table_id"))

    def delete(self) -> None:
        self.replace(self.id, self.original)


class NatGateway(Resource):
    kind = "natgateway"

    def create(self) -> None:
        made = self.ec2.create_nat_gateway(
            **self.given(
                SubnetId="subnet_id",
                AllocationId="allocation_id",
                ConnectivityType="connectivity_type",
                PrivateIpAddress="private_ip",
                SecondaryPrivateIpAddresses="secondary_private_ip_addresses",
                SecondaryPrivateIpAddressCount="secondary_private_ip_address_count",
                SecondaryAllocationIds="secondary_allocation_ids",
            ),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["NatGateway"]["NatGatewayId"]
        wait(self.condition, ["pending"], ["available"])

    def find(self) -> Any:
        answer = found(self.ec2.describe_nat_gateways, ("NatGatewayNotFound",), NatGatewayIds=[self.id])
        gateway = only(answer["NatGateways"]) if answer else None
        return None if gateway is None or gateway["State"] == "deleted" else gateway

    def condition(self) -> str | None:
        gateway = self.find()
        return gateway["State"] if gateway else None

    def read(self) -> State | None:
        gateway = self.find()
        if gateway is None:
            return None
        [primary] = [a for a in gateway["NatGatewayAddresses"] if a["IsPrimary"]]
        secondary = [a for a in gateway["NatGatewayAddresses"] if not a["IsPrimary"]]
        return {
            "subnet_id": gateway["SubnetId"],
            "connectivity_type": gateway["ConnectivityType"],
            "allocation_id": primary.get("AllocationId"),
            "public_ip": primary.get("PublicIp"),
            "private_ip": primary["PrivateIp"],
            "network_interface_id": primary["NetworkInterfaceId"],
            "secondary_private_ip_addresses": sorted(a["PrivateIp"] for a in secondary),
            "secondary_private_ip_address_count": len(secondary),
            "secondary_allocation_ids": sorted(a["AllocationId"] for a in secondary if "AllocationId" in a),
            "tags": tags_of(gateway),
        }

    def address_states(self) -> list[str]:
        return sorted({a["Status"] for a in self.find()["NatGatewayAddresses"]})

    def update(self, changed: dict[str, Any]) -> None:
        old, new = set(changed["secondary_private_ip_addresses"]), set(self.get("secondary_private_ip_addresses"))
        if added := sorted(new - old):
            self.ec2.assign_private_nat_gateway_address(NatGatewayId=self.id, PrivateIpAddresses=added)
            wait(self.address_states, [["assigning", "succeeded"]], [["succeeded"]])
        if removed := sorted(old - new):
            self.ec2.unassign_private_nat_gateway_address(NatGatewayId=self.id, PrivateIpAddresses=removed)
            wait(lambda: set(removed) & set(self.read_secondary()) != set(), [True], [False])

    def read_secondary(self) -> list[str]:
        return [a["PrivateIp"] for a in self.find()["NatGatewayAddresses"]]

    def delete(self) -> None:
        self.ec2.delete_nat_gateway(NatGatewayId=self.id)
        wait(self.condition, ["available", "deleting"], [None])
