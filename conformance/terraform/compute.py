"""Key pairs, launch templates, placement groups, spot requests, fleets, capacity reservations, single tags."""

import base64
from typing import Any

from conformance.terraform.instances import state_of, terminate
from conformance.terraform.provider import filters, found, only, wait
from conformance.terraform.resource import Resource, State, as_tags, tags_of

TEMPLATE_GONE = (
    "InvalidLaunchTemplateId.Malformed",
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateName.NotFoundException",
    "InvalidLaunchTemplateId.VersionNotFound",
)
ENDED = ("deleted", "deleted_running", "deleted_terminating")


class KeyPair(Resource):
    kind = "key-pair"
    unread = frozenset({"public_key"})

    def create(self) -> None:
        made = self.ec2.import_key_pair(
            KeyName=self.get("key_name"),
            PublicKeyMaterial=self.get("public_key").encode(),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["KeyPairId"]

    def read(self) -> State | None:
        call, gone = self.ec2.describe_key_pairs, ("InvalidKeyPair.NotFound",)
        answer = found(call, gone, KeyNames=[self.get("key_name")])
        pair = only(answer["KeyPairs"]) if answer else None
        if pair is None:
            return None
        assert pair["KeyPairId"] == self.id
        return {
            "key_name": pair["KeyName"],
            "key_pair_id": pair["KeyPairId"],
            "key_type": pair["KeyType"],
            "fingerprint": pair["KeyFingerprint"],
            "tags": tags_of(pair),
        }

    def delete(self) -> None:
        for _ in range(2):  # one that is absent is deleted all the same
            self.ec2.delete_key_pair(KeyName=self.get("key_name"))


class LaunchTemplate(Resource):
    """``data``: LaunchTemplateData in AWS's own names."""

    kind = "launch-template"
    unread = frozenset({"update_default_version"})

    def create(self) -> None:
        made = self.ec2.create_launch_template(
            **self.given(LaunchTemplateName="name", VersionDescription="description", LaunchTemplateData="data"),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["LaunchTemplate"]["LaunchTemplateId"]

    def find(self) -> Any:
        answer = found(self.ec2.describe_launch_templates, TEMPLATE_GONE, LaunchTemplateIds=[self.id])
        return only(answer["LaunchTemplates"]) if answer else None

    def read(self) -> State | None:
        template = self.find()
        if template is None:
            return None
        latest = str(template["LatestVersionNumber"])
        call = self.ec2.describe_launch_template_versions
        version = only(call(LaunchTemplateId=self.id, Versions=[latest])["LaunchTemplateVersions"])
        return {
            "name": template["LaunchTemplateName"],
            "default_version": template["DefaultVersionNumber"],
            "latest_version": template["LatestVersionNumber"],
            "description": version.get("VersionDescription", ""),
            "data": version["LaunchTemplateData"],
            "tags": tags_of(template),
        }

    def update(self, changed: dict[str, Any]) -> None:
        made = self.ec2.create_launch_template_version(
            LaunchTemplateId=self.id, **self.given(VersionDescription="description", LaunchTemplateData="data")
        )
        latest = made["LaunchTemplateVersion"]["VersionNumber"]
        if self.get("update_default_version"):
            self.ec2.modify_launch_template(LaunchTemplateId=self.id, DefaultVersion=str(latest))

    def delete(self) -> None:
        found(self.ec2.delete_launch_template, TEMPLATE_GONE, LaunchTemplateId=self.id)


class PlacementGroup(Resource):
    kind = "placement-group"

    def create(self) -> None:
        self.ec2.create_placement_group(
            **self.given(
                GroupName="name", Strategy="strategy", PartitionCount="partition_count", SpreadLevel="spread_level"
            ),
            TagSpecifications=self.tag_specifications,
        )
        wait(self.condition, ["pending"], ["available"])
        self.id = self.find()["GroupId"]

    def find(self) -> Any:
        call, gone = self.ec2.describe_placement_groups, ("InvalidPlacementGroup.Unknown",)
        answer = found(call, gone, GroupNames=[self.get("name")])
        group = only(answer["PlacementGroups"]) if answer else None
        return None if group is None or group["State"] == "deleted" else group

    def condition(self) -> str | None:
        group = self.find()
        return group["State"] if group else None

    def read(self) -> State | None:
        group = self.find()
        if group is None:
            return None
        return {
            "name": group["GroupName"],
            "placement_group_id": group["GroupId"],
            "arn": group["GroupArn"],
            "strategy": group["Strategy"],
            "partition_count": group.get("PartitionCount"),
            "spread_level": group.get("SpreadLevel"),
            "tags": tags_of(group),
        }

    def delete(self) -> None:
        self.ec2.delete_placement_group(GroupName=self.get("name"))
        wait(self.condition, ["available", "deleting"], [None])


class SpotInstanceRequest(Resource):
    kind = "spot-instances-request"

    def create(self) -> None:
        launch = self.given(ImageId="ami", InstanceType="instance_type", SubnetId="subnet_id")
        if "user_data" in self.arguments:
            launch["UserData"] = base64.b64encode(self.get("user_data").encode()).decode()
        made = self.ec2.request_spot_instances(
            InstanceCount=1,
            **self.given(
                Type="spot_type",
                SpotPrice="spot_price",
                InstanceInterruptionBehavior="instance_interruption_behavior",
                ValidUntil="valid_until",
            ),
            LaunchSpecification=launch,
            TagSpecifications=self.tag_specifications,
        )
        self.id = only(made["SpotInstanceRequests"])["SpotInstanceRequestId"]
        wait(lambda: self.request()["Status"]["Code"], ["pending-evaluation", "pending-fulfillment"], ["fulfilled"])
        wait(lambda: state_of(self.ec2, self.request()["InstanceId"]), ["pending"], ["running"])

    def request(self) -> Any:
        call, gone = self.ec2.describe_spot_instance_requests, ("InvalidSpotInstanceRequestID.NotFound",)
        answer = found(call, gone, SpotInstanceRequestIds=[self.id])
        return only(answer["SpotInstanceRequests"]) if answer else None

    def read(self) -> State | None:
        request = self.request()
        if request is None or request["State"] in ("cancelled", "closed"):
            return None
        reservations = self.ec2.describe_instances(InstanceIds=[request["InstanceId"]])["Reservations"]
        instance = only([i for r in reservations for i in r["Instances"]])
        assert instance["InstanceLifecycle"] == "spot"
        assert instance["SpotInstanceRequestId"] == self.id
        volumes = [m["Ebs"]["VolumeId"] for m in instance["BlockDeviceMappings"]]
        assert len(self.ec2.describe_volumes(VolumeIds=volumes)["Volumes"]) == len(volumes)
        assert only(self.ec2.describe_vpcs(VpcIds=[instance["VpcId"]])["Vpcs"])
        launch = request["LaunchSpecification"]
        return {
            "spot_type": request["Type"],
            "spot_price": request["SpotPrice"],
            "spot_request_state": request["State"],
            "spot_bid_status": request["Status"]["Code"],
            "spot_instance_id": request["InstanceId"],
            "instance_interruption_behavior": request["InstanceInterruptionBehavior"],
            "ami": launch["ImageId"],
            "instance_type": launch["InstanceType"],
            "subnet_id": instance["SubnetId"],
            "private_ip": instance["PrivateIpAddress"],
            "tags": tags_of(request),
        }

    def delete(self) -> None:
        instance_id = self.request()["InstanceId"]
        self.ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[self.id])
        terminate(self.ec2, instance_id)


class Ec2Fleet(Resource):
    """``launch_template``: the specification of a template; ``target``: the specification of target capacity."""

    kind = "fleet"
    unread = frozenset({"launch_template", "terminate_instances"})

    def create(self) -> None:
        template = {"LaunchTemplateSpecification": self.get("launch_template")}
        made = self.ec2.create_fleet(
            LaunchTemplateConfigs=[template],
            TargetCapacitySpecification=self.get("target"),
            **self.given(
                Type="type",
                ExcessCapacityTerminationPolicy="excess_capacity_termination_policy",
                ReplaceUnhealthyInstances="replace_unhealthy_instances",
                TerminateInstancesWithExpiration="terminate_instances_with_expiration",
            ),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["FleetId"]
        wait(self.condition, ["submitted"], ["active"])

    def find(self) -> Any:
        answer = found(self.ec2.describe_fleets, ("InvalidFleetId.NotFound",), FleetIds=[self.id])
        return only(answer["Fleets"]) if answer else None

    def condition(self) -> str | None:
        fleet = self.find()
        return fleet["FleetState"] if fleet else None

    def read(self) -> State | None:
        fleet = self.find()
        if fleet is None or fleet["FleetState"] in ENDED:
            return None
        target = fleet["TargetCapacitySpecification"]
        return {
            "type": fleet["Type"],
            "fleet_state": fleet["FleetState"],
            "excess_capacity_termination_policy": fleet["ExcessCapacityTerminationPolicy"],
            "replace_unhealthy_instances": fleet["ReplaceUnhealthyInstances"],
            "terminate_instances_with_expiration": fleet["TerminateInstancesWithExpiration"],
            "target": {name: target[name] for name in self.get("target")},
            "tags": tags_of(fleet),
        }

    def update(self, changed: dict[str, Any]) -> None:
        self.ec2.modify_fleet(
            FleetId=self.id,
            TargetCapacitySpecification=self.get("target"),
            **self.given(ExcessCapacityTerminationPolicy="excess_capacity_termination_policy"),
        )
        wait(self.condition, ["modifying"], ["active"])

    def delete(self) -> None:
        ends = self.get("terminate_instances")
        answer = self.ec2.delete_fleets(FleetIds=[self.id], TerminateInstances=ends)
        assert answer["UnsuccessfulFleetDeletions"] == []
        pending = ["active", *(ENDED[1:] if ends else ())]
        wait(self.condition, pending, ["deleted"] if ends else ["deleted_running"])


class Ec2CapacityReservation(Resource):
    kind = "capacity-reservation"

    def create(self) -> None:
        made = self.ec2.create_capacity_reservation(
            **self.given(
                InstanceType="instance_type",
                InstancePlatform="instance_platform",
                AvailabilityZone="availability_zone",
                InstanceCount="instance_count",
                EndDateType="end_date_type",
                InstanceMatchCriteria="instance_match_criteria",
                EbsOptimized="ebs_optimized",
                Tenancy="tenancy",
            ),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["CapacityReservation"]["CapacityReservationId"]
        wait(self.condition, ["pending"], ["active"])

    def find(self) -> Any:
        call, gone = self.ec2.describe_capacity_reservations, ("InvalidCapacityReservationId.NotFound",)
        answer = found(call, gone, CapacityReservationIds=[self.id])
        shown = only(answer["CapacityReservations"]) if answer else None
        return None if shown is None or shown["State"] in ("cancelled", "expired") else shown

    def condition(self) -> str | None:
        shown = self.find()
        return shown["State"] if shown else None

    def read(self) -> State | None:
        shown = self.find()
        if shown is None:
            return None
        return {
            "arn": shown["CapacityReservationArn"],
            "owner_id": shown["OwnerId"],
            "instance_type": shown["InstanceType"],
            "instance_platform": shown["InstancePlatform"],
            "availability_zone": shown["AvailabilityZone"],
            "instance_count": shown["TotalInstanceCount"],
            "end_date_type": shown["EndDateType"],
            "instance_match_criteria": shown["InstanceMatchCriteria"],
            "ebs_optimized": shown["EbsOptimized"],
            "tenancy": shown["Tenancy"],
            "tags": tags_of(shown),
        }

    def update(self, changed: dict[str, Any]) -> None:
        wanted = self.given(InstanceCount="instance_count", EndDateType="end_date_type")
        self.ec2.modify_capacity_reservation(CapacityReservationId=self.id, **wanted)
        wait(self.condition, ["pending"], ["active"])

    def delete(self) -> None:
        self.ec2.cancel_capacity_reservation(CapacityReservationId=self.id)
        wait(self.condition, ["active"], [None])


class Ec2Tag(Resource):
    """One tag of something that another configuration made."""

    def put(self) -> None:
        self.ec2.create_tags(Resources=[self.get("resource_id")], Tags=as_tags({self.get("key"): self.get("value")}))

    def create(self) -> None:
        self.put()
        self.id = f"{self.get('resource_id')},{self.get('key')}"

    def read(self) -> State | None:
        wanted = filters(resource_id=self.get("resource_id"), key=self.get("key"))
        tag = only(self.ec2.describe_tags(Filters=wanted)["Tags"])
        return tag and {"resource_id": tag["ResourceId"], "key": tag["Key"], "value": tag["Value"]}

    def update(self, changed: dict[str, Any]) -> None:
        self.put()

    def delete(self) -> None:
        call = self.ec2.delete_tags
        call(Resources=[self.get("resource_id")], Tags=as_tags({self.get("key"): self.get("value")}))
