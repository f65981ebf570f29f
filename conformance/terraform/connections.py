"""Peering connections, VPC endpoints, flow logs, and managed prefix lists."""

import json
from typing import Any

from botocore.exceptions import ClientError

from conformance.terraform.provider import filters, found, only, wait
from conformance.terraform.resource import Resource, State, as_tags, tags_of

PEERING_OPTIONS = {"allow_remote_vpc_dns_resolution": "AllowDnsResolutionFromRemoteVpc"}


class VpcPeeringConnection(Resource):
    kind = "vpc-peering-connection"
    unread = frozenset({"auto_accept"})

    def create(self) -> None:
        made = self.ec2.create_vpc_peering_connection(
            **self.given(
                VpcId="vpc_id", PeerVpcId="peer_vpc_id", PeerOwnerId="peer_owner_id", PeerRegion="peer_region"
            ),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        self.wait_until_active()
        if self.get("auto_accept"):
            self.accept()

    def wait_until_active(self) -> None:
        wait(self.status, ["initiating-request", "provisioning"], ["active", "pending-acceptance"])

    def accept(self) -> None:
        if self.status() == "pending-acceptance":
            self.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=self.id)
            self.wait_until_active()

    def find(self) -> Any:
        call, gone = self.ec2.describe_vpc_peering_connections, ("InvalidVpcPeeringConnectionID.NotFound",)
        answer = found(call, gone, VpcPeeringConnectionIds=[self.id])
        return only(answer["VpcPeeringConnections"]) if answer else None

    def status(self) -> str | None:
        """Its status; None for those that are as good as gone."""
        connection = self.find()
        code = connection["Status"]["Code"] if connection else None
        return None if code in ("deleted", "expired", "failed", "rejected") else code

    def read(self) -> State | None:
        connection = self.find()
        if self.status() is None:
            return None
        requester, accepter = connection["RequesterVpcInfo"], connection["AccepterVpcInfo"]
        return {
            "vpc_id": requester["VpcId"],
            "peer_vpc_id": accepter["VpcId"],
            "peer_owner_id": accepter["OwnerId"],
            "peer_region": accepter["Region"],
            "accept_status": connection["Status"]["Code"],
            "requester": self.options(requester),
            "accepter": self.options(accepter),
            "tags": tags_of(connection),
        }

    def options(self, side: dict[str, Any]) -> dict[str, bool]:
        shown = side.get("PeeringOptions", {})
        return {name: shown[member] for name, member in PEERING_OPTIONS.items() if member in shown}

    def update(self, changed: dict[str, Any]) -> None:
        """``requester`` and ``accepter``: the options of a side of the connection."""
        sides = {
            f"{side.title()}PeeringConnectionOptions": {PEERING_OPTIONS[n]: v for n, v in self.get(side).items()}
            for side in ("requester", "accepter")
            if side in changed
        }
        self.ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=self.id, **sides)

    def delete(self) -> None:
        try:
            self.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=self.id)
        except ClientError as error:  # the other side was quicker
            refused = error.response["Error"]
            assert refused["Code"] == "InvalidStateTransition"
            assert "to deleting" in refused["Message"]
        wait(self.status, ["active", "deleting", "pending-acceptance"], [None])


class VpcPeeringConnectionAccepter(VpcPeeringConnection):
    """The other account's or region's side of a connection that somebody else asked for."""

    kind = ""
    unread = frozenset({"vpc_peering_connection_id", "auto_accept"})
    stays = True

    def create(self) -> None:
        self.id = self.get("vpc_peering_connection_id")
        assert self.find()
        if self.get("auto_accept"):
            self.accept()
        if tags := self.get("tags"):
            self.ec2.create_tags(Resources=[self.id], Tags=as_tags(tags))

    def delete(self) -> None:
        """Terraform forgets it: the connection is its requester's."""


class VpcEndpoint(Resource):
    kind = "vpc-endpoint"

    def create(self) -> None:
        made = self.ec2.create_vpc_endpoint(
            **self.given(
                VpcId="vpc_id",
                ServiceName="service_name",
                VpcEndpointType="vpc_endpoint_type",
                RouteTableIds="route_table_ids",
                SubnetIds="subnet_ids",
                SecurityGroupIds="security_group_ids",
                PolicyDocument="policy",
                PrivateDnsEnabled="private_dns_enabled",
            ),
            TagSpecifications=self.tag_specifications,
        )["VpcEndpoint"]
        self.id = made["VpcEndpointId"]
        self.wait_until_available()

    def wait_until_available(self) -> None:
        wait(self.condition, ["pending"], ["available", "pendingAcceptance"])

    def find(self) -> Any:
        gone = ("InvalidVpcEndpointId.NotFound",)
        answer = found(self.ec2.describe_vpc_endpoints, gone, VpcEndpointIds=[self.id])
        endpoint = only(answer["VpcEndpoints"]) if answer else None
        return None if endpoint is None or endpoint["State"] == "deleted" else endpoint

    def condition(self) -> str | None:
        endpoint = self.find()
        return endpoint["State"] if endpoint else None

    def read(self) -> State | None:
        endpoint = self.find()
        if endpoint is None:
            return None
        policy = endpoint["PolicyDocument"]
        json.loads(policy)
        state = {
            "vpc_id": endpoint["VpcId"],
            "service_name": endpoint["ServiceName"],
            "vpc_endpoint_type": endpoint["VpcEndpointType"],
            "owner_id": endpoint["OwnerId"],
            "route_table_ids": sorted(endpoint["RouteTableIds"]),
            "subnet_ids": sorted(endpoint["SubnetIds"]),
            "security_group_ids": sorted(g["GroupId"] for g in endpoint["Groups"]),
            "network_interface_ids": sorted(endpoint["NetworkInterfaceIds"]),
            "policy": policy,
            "private_dns_enabled": endpoint["PrivateDnsEnabled"],
            "requester_managed": endpoint["RequesterManaged"],
            "dns_entry": [(e["DnsName"], e["HostedZoneId"]) for e in endpoint["DnsEntries"]],
            "tags": tags_of(endpoint),
        }
        if endpoint["VpcEndpointType"] == "Gateway":
            named = filters(prefix_list_name=endpoint["ServiceName"])
            prefix_list = only(self.ec2.describe_prefix_lists(Filters=named)["PrefixLists"])
            state |= {"prefix_list_id": prefix_list["PrefixListId"], "cidr_blocks": prefix_list["Cidrs"]}
        return state

    def update(self, changed: dict[str, Any]) -> None:
        wanted: dict[str, Any] = {}
        for argument, name in (
            ("route_table_ids", "RouteTableIds"),
            ("subnet_ids", "SubnetIds"),
            ("security_group_ids", "SecurityGroupIds"),
        ):
            if argument in changed:
                before, now = set(changed[argument]), set(self.get(argument))
                wanted |= {f"Add{name}": sorted(now - before), f"Remove{name}": sorted(before - now)}
        wanted = {name: ids for name, ids in wanted.items() if ids}
        if "policy" in changed:
            wanted["PolicyDocument"] = self.get("policy")
        if "private_dns_enabled" in changed:
            wanted["PrivateDnsEnabled"] = self.get("private_dns_enabled")
        self.ec2.modify_vpc_endpoint(VpcEndpointId=self.id, **wanted)
        self.wait_until_available()

    def delete(self) -> None:
        answer = self.ec2.delete_vpc_endpoints(VpcEndpointIds=[self.id])
        assert answer["Unsuccessful"] == []
        wait(self.condition, ["available", "deleting"], [None])


class FlowLog(Resource):
    kind = "vpc-flow-log"
    unread = frozenset({"resource_type"})

    def create(self) -> None:
        made = self.ec2.create_flow_logs(
            ResourceIds=[self.get("resource_id")],
            **self.given(
                ResourceType="resource_type",
                TrafficType="traffic_type",
                LogDestinationType="log_destination_type",
                LogDestination="log_destination",
                LogGroupName="log_group_name",
                DeliverLogsPermissionArn="iam_role_arn",
                LogFormat="log_format",
                MaxAggregationInterval="max_aggregation_interval",
            ),
            TagSpecifications=self.tag_specifications,
        )
        assert made["Unsuccessful"] == []
        self.id = only(made["FlowLogIds"])

    def read(self) -> State | None:
        gone = ("InvalidFlowLogId.NotFound",)
        answer = found(self.ec2.describe_flow_logs, gone, FlowLogIds=[self.id])
        log = only(answer["FlowLogs"]) if answer else None
        if log is None:
            return None
        return {
            "resource_id": log["ResourceId"],
            "traffic_type": log.get("TrafficType"),
            "log_destination_type": log["LogDestinationType"],
            "log_destination": log.get("LogDestination"),
            "log_group_name": log.get("LogGroupName"),
            "iam_role_arn": log.get("DeliverLogsPermissionArn"),
            "log_format": log["LogFormat"],
            "max_aggregation_interval": log["MaxAggregationInterval"],
            "tags": tags_of(log),
        }

    def delete(self) -> None:
        assert self.ec2.delete_flow_logs(FlowLogIds=[self.id])["Unsuccessful"] == []


class Ec2ManagedPrefixList(Resource):
    kind = "prefix-list"

    def entries(self, wanted: dict[str, str]) -> list[dict[str, str]]:
        return [{"Cidr": c, **({"Description": text} if text else {})} for c, text in wanted.items()]

    def create(self) -> None:
        made = self.ec2.create_managed_prefix_list(
            **self.given(PrefixListName="name", AddressFamily="address_family", MaxEntries="max_entries"),
            Entries=self.entries(self.get("entry", {})),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["PrefixList"]["PrefixListId"]
        wait(self.condition, ["create-in-progress"], ["create-complete"])

    def find(self) -> Any:
        gone = ("InvalidPrefixListID.NotFound",)
        answer = found(self.ec2.describe_managed_prefix_lists, gone, PrefixListIds=[self.id])
        return only(answer["PrefixLists"]) if answer else None

    def condition(self) -> str | None:
        found = self.find()
        return found["State"] if found else None

    def read(self) -> State | None:
        shown = self.find()
        if shown is None:
            return None
        entries = self.ec2.get_managed_prefix_list_entries(PrefixListId=self.id)["Entries"]
        return {
            "name": shown["PrefixListName"],
            "address_family": shown["AddressFamily"],
            "max_entries": shown["MaxEntries"],
            "version": shown["Version"],
            "owner_id": shown["OwnerId"],
            "arn": shown["PrefixListArn"],
            "entry": {e["Cidr"]: e.get("Description", "") for e in entries},
            "tags": tags_of(shown),
        }

    def modify(self, **wanted: Any) -> None:
        self.ec2.modify_managed_prefix_list(PrefixListId=self.id, **wanted)
        done = ["modify-complete", "create-complete"]
        wait(self.condition, ["modify-in-progress"], done)

    def update(self, changed: dict[str, Any]) -> None:
        """Room before entries where there is to be more, after them where there is to be less.

        An entry that only has another description goes with a modification of its own, before it comes anew.
        """
        grows = "max_entries" in changed and self.get("max_entries") > changed["max_entries"]
        if grows:
            self.modify(MaxEntries=self.get("max_entries"))
        wanted: dict[str, Any] = {}
        if "name" in changed:
            wanted["PrefixListName"] = self.get("name")
        if "entry" in changed:
            before, now = changed["entry"], self.get("entry")
            if described := [{"Cidr": c} for c in before if c in now and before[c] != now[c]]:
                self.modify(CurrentVersion=self.find()["Version"], RemoveEntries=described)
            add = {c: text for c, text in now.items() if before.get(c) != text}
            wanted |= {
                "CurrentVersion": self.find()["Version"],
                "AddEntries": self.entries(add),
                "RemoveEntries": [{"Cidr": c} for c in before if c not in now],
            }
        if wanted:
            self.modify(**{name: value for name, value in wanted.items() if value})
        if "max_entries" in changed and not grows:
            self.modify(MaxEntries=self.get("max_entries"))

    def delete(self) -> None:
        self.ec2.delete_managed_prefix_list(PrefixListId=self.id)
        wait(self.condition, ["delete-in-progress"], [None])
