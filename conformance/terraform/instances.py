"""aws_instance and aws_ec2_instance_state: what the provider reads of an instance, in its order."""

import base64
from typing import Any

from conformance.terraform.provider import filters, found, only, refusal, retried, wait
from conformance.terraform.resource import Resource, State, as_tags, tags_of

INSTANCE_GONE = ("InvalidInstanceID.NotFound",)
PROFILE_LATE = ("InvalidParameterValue",)
"""While an instance profile is not known everywhere, "Invalid IAM Instance Profile" is tried again."""

TYPE_MEMBERS = ("VCpuInfo", "MemoryInfo", "EbsInfo", "NetworkInfo", "ProcessorInfo", "PlacementGroupInfo")
"""The provider panics where one of them is missing."""

ATTRIBUTES = {
    "instance_initiated_shutdown_behavior": "instanceInitiatedShutdownBehavior",
    "disable_api_stop": "disableApiStop",
    "disable_api_termination": "disableApiTermination",
    "user_data": "userData",
}
LAUNCH = {
    "ImageId": "ami",
    "InstanceType": "instance_type",
    "KeyName": "key_name",
    "SubnetId": "subnet_id",
    "SecurityGroupIds": "vpc_security_group_ids",
    "SecurityGroups": "security_groups",
    "PrivateIpAddress": "private_ip",
    "Ipv6AddressCount": "ipv6_address_count",
    "EbsOptimized": "ebs_optimized",
    "DisableApiTermination": "disable_api_termination",
    "DisableApiStop": "disable_api_stop",
    "InstanceInitiatedShutdownBehavior": "instance_initiated_shutdown_behavior",
    "NetworkInterfaces": "network_interfaces",
    "LaunchTemplate": "launch_template",
}
METADATA = {
    "http_endpoint": "HttpEndpoint",
    "http_tokens": "HttpTokens",
    "http_put_response_hop_limit": "HttpPutResponseHopLimit",
    "http_protocol_ipv6": "HttpProtocolIpv6",
    "instance_metadata_tags": "InstanceMetadataTags",
}
VOLUME = {"volume_size": "VolumeSize", "volume_type": "VolumeType", "iops": "Iops", "throughput": "Throughput"}


def instance(ec2: Any, instance_id: str) -> Any:
    answer = found(ec2.describe_instances, INSTANCE_GONE, InstanceIds=[instance_id])
    rows = [i for r in answer["Reservations"] for i in r["Instances"]] if answer else []
    return only(rows)


def state_of(ec2: Any, instance_id: str) -> str | None:
    shown = instance(ec2, instance_id)
    return shown["State"]["Name"] if shown else None


def stop(ec2: Any, instance_id: str) -> None:
    ec2.stop_instances(InstanceIds=[instance_id])
    pending = ["pending", "running", "shutting-down", "stopping"]
    wait(lambda: state_of(ec2, instance_id), pending, ["stopped"])


def start(ec2: Any, instance_id: str) -> None:
    ec2.start_instances(InstanceIds=[instance_id])
    wait(lambda: state_of(ec2, instance_id), ["pending", "stopped"], ["running"])


def terminate(ec2: Any, instance_id: str) -> None:
    """The end of an instance must be seen: one that is not found at once is an error after a while."""
    ec2.terminate_instances(InstanceIds=[instance_id])
    pending = ["pending", "running", "shutting-down", "stopped", "stopping"]
    wait(lambda: state_of(ec2, instance_id), pending, ["terminated"])


def wait_for_modification(ec2: Any, volume_id: str) -> None:
    def look() -> Any:
        answer = ec2.describe_volumes_modifications(VolumeIds=[volume_id])
        return only(answer["VolumesModifications"])["ModificationState"]

    wait(look, ["modifying"], ["completed", "optimizing"])


class Instance(Resource):
    kind = "instance"
    unread = frozenset(
        {"iam_instance_profile", "volume_tags", "network_interfaces", "launch_template", "instance_type_of_template"}
    )

    def create(self) -> None:
        if root := self.get("root_block_device"):
            image = only(self.ec2.describe_images(ImageIds=[self.get("ami")])["Images"])
            device = image["RootDeviceName"]
            assert device in [m["DeviceName"] for m in image["BlockDeviceMappings"]]
        mapping = [self.mapping(device, root)] if root else []
        mapping += [self.mapping(name, disk) for name, disk in self.get("ebs_block_device", {}).items()]
        wanted = {**self.given(**LAUNCH), **self.launch_options(), "BlockDeviceMappings": mapping}
        made = retried(
            self.ec2.run_instances,
            PROFILE_LATE if "iam_instance_profile" in self.arguments else (),
            **{name: value for name, value in wanted.items() if value not in ([], None)},
            MinCount=1,
            MaxCount=1,
            TagSpecifications=self.launch_tags(),
        )
        self.id = only(made["Instances"])["InstanceId"]
        wait(lambda: state_of(self.ec2, self.id), ["pending"], ["running"])
        if self.get("source_dest_check") is False:
            self.modify(SourceDestCheck={"Value": False})

    def mapping(self, device: str, disk: dict[str, Any]) -> dict[str, Any]:
        ebs = {member: disk[name] for name, member in VOLUME.items() if name in disk}
        more = {"DeleteOnTermination": "delete_on_termination", "Encrypted": "encrypted", "SnapshotId": "snapshot_id"}
        ebs |= {member: disk[name] for member, name in more.items() if name in disk}
        return {"DeviceName": device, "Ebs": ebs}

    def launch_tags(self) -> list[dict[str, Any]]:
        volume_tags = self.get("volume_tags", {})
        return [
            {"ResourceType": kind, "Tags": as_tags(tags)}
            for kind, tags in (("instance", self.get("tags")), ("volume", volume_tags))
            if tags
        ]

    def launch_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"CapacityReservationSpecification": None}
        if "user_data" in self.arguments:
            options["UserData"] = self.get("user_data")  # botocore writes it in base64
        if "availability_zone" in self.arguments or "placement_group" in self.arguments:
            options["Placement"] = self.given(
                AvailabilityZone="availability_zone",
                GroupName="placement_group",
                Tenancy="tenancy",
                PartitionNumber="placement_partition_number",
            )
        if "iam_instance_profile" in self.arguments:
            options["IamInstanceProfile"] = {"Name": self.get("iam_instance_profile")}
        if "monitoring" in self.arguments:
            options["Monitoring"] = {"Enabled": self.get("monitoring")}
        if "cpu_credits" in self.arguments:
            assert self.type_of(self.get("instance_type"))["BurstablePerformanceSupported"]
            options["CreditSpecification"] = {"CpuCredits": self.get("cpu_credits")}
        if "metadata_options" in self.arguments:
            options["MetadataOptions"] = self.metadata_options()
        if "auto_recovery" in self.arguments:
            options["MaintenanceOptions"] = {"AutoRecovery": self.get("auto_recovery")}
        if "hostname_type" in self.arguments:
            options["PrivateDnsNameOptions"] = {"HostnameType": self.get("hostname_type")}
        return options

    def metadata_options(self) -> dict[str, Any]:
        return {METADATA[name]: value for name, value in self.get("metadata_options").items()}

    def type_of(self, instance_type: str) -> Any:
        shown = only(self.ec2.describe_instance_types(InstanceTypes=[instance_type])["InstanceTypes"])
        for member in TYPE_MEMBERS:
            assert shown[member], member
        return shown

    def attribute(self, argument: str) -> Any:
        name = ATTRIBUTES[argument]
        shown = self.ec2.describe_instance_attribute(InstanceId=self.id, Attribute=name)
        return shown[name[0].upper() + name[1:]].get("Value")

    def find(self) -> Any:
        shown = instance(self.ec2, self.id)
        return None if shown is None or shown["State"]["Name"] == "terminated" else shown

    def read(self) -> State | None:
        shown = self.find()
        if shown is None:
            return None
        assert shown["InstanceId"] == self.id
        kind = self.type_of(shown["InstanceType"])
        template = self.ec2.describe_tags(Filters=filters(resource_id=self.id, key="aws:ec2launchtemplate:id"))["Tags"]
        if "VpcId" in shown:
            assert only(self.ec2.describe_vpcs(VpcIds=[shown["VpcId"]])["Vpcs"])
        attributes = {argument: self.attribute(argument) for argument in ATTRIBUTES}
        assert isinstance(attributes["disable_api_stop"], bool)
        assert isinstance(attributes["disable_api_termination"], bool)
        if attributes["user_data"] is not None:
            attributes["user_data"] = base64.b64decode(attributes["user_data"], validate=True).decode()
        return {
            **attributes,
            **self.placed(shown),
            **self.optional(shown),
            **self.disks(shown),
            "launch_template_id": [tag["Value"] for tag in template],
            "cpu_credits": self.credits() if kind["BurstablePerformanceSupported"] else None,
            "tags": tags_of(shown),
        }

    def placed(self, shown: Any) -> State:
        """Where it is and how it is reached."""
        interfaces = shown["NetworkInterfaces"]
        assert all(isinstance(each["Attachment"]["DeviceIndex"], int) for each in interfaces)
        [primary] = [each for each in interfaces if each["Attachment"]["DeviceIndex"] == 0]
        groups = sorted(g["GroupId"] for g in shown["SecurityGroups"])
        assert sorted(g["GroupId"] for g in primary["Groups"]) == groups
        assert primary["PrivateIpAddress"] == shown["PrivateIpAddress"]
        return {
            "ami": shown["ImageId"],
            "instance_type": shown["InstanceType"],
            "instance_state": shown["State"]["Name"],
            "key_name": shown.get("KeyName"),
            "availability_zone": shown["Placement"]["AvailabilityZone"],
            "tenancy": shown["Placement"]["Tenancy"],
            "placement_group": shown["Placement"].get("GroupName", ""),
            "placement_partition_number": shown["Placement"].get("PartitionNumber"),
            "subnet_id": shown["SubnetId"],
            "private_ip": shown["PrivateIpAddress"],
            "private_dns": shown["PrivateDnsName"],
            "public_ip": shown.get("PublicIpAddress", ""),
            "public_dns": shown.get("PublicDnsName", ""),
            "primary_network_interface_id": primary["NetworkInterfaceId"],
            "ipv6_address_count": len(primary["Ipv6Addresses"]),
            "secondary_private_ips": [a["PrivateIpAddress"] for a in primary["PrivateIpAddresses"] if not a["Primary"]],
            "network_interface_ids": [each["NetworkInterfaceId"] for each in interfaces],
            "vpc_security_group_ids": groups,
            "source_dest_check": shown["SourceDestCheck"],
        }

    def optional(self, shown: Any) -> State:
        """What a plan compares with AWS's defaults."""
        metadata = shown["MetadataOptions"]
        assert metadata["State"] == "applied"
        profile = shown.get("IamInstanceProfile", {}).get("Arn", "")
        assert not profile or profile.split("/")[0].endswith(":instance-profile")
        assert shown["PrivateDnsNameOptions"]["HostnameType"] in ("ip-name", "resource-name")
        return {
            "monitoring": shown["Monitoring"]["State"] in ("enabled", "pending"),
            "ebs_optimized": shown["EbsOptimized"],
            "cpu_options": (shown["CpuOptions"]["CoreCount"], shown["CpuOptions"]["ThreadsPerCore"]),
            "hibernation": shown["HibernationOptions"]["Configured"],
            "enclave": shown["EnclaveOptions"]["Enabled"],
            "metadata_options": {name: metadata[member] for name, member in METADATA.items()},
            "auto_recovery": shown["MaintenanceOptions"]["AutoRecovery"],
            "hostname_type": shown["PrivateDnsNameOptions"]["HostnameType"],
            "capacity_reservation": shown["CapacityReservationSpecification"]["CapacityReservationPreference"],
            "profile": profile.rpartition("/")[2],
        }

    def disks(self, shown: Any) -> State:
        devices = {m["DeviceName"]: m["Ebs"] for m in shown["BlockDeviceMappings"]}
        assert shown["RootDeviceName"] in devices
        ids = [ebs["VolumeId"] for ebs in devices.values()]
        volumes = {v["VolumeId"]: v for v in self.ec2.describe_volumes(VolumeIds=ids)["Volumes"]}
        assert volumes.keys() == set(ids)
        if "volume_tags" in self.arguments:
            tags = self.ec2.describe_tags(Filters=filters(resource_id=ids))["Tags"]
            assert {t["ResourceId"] for t in tags} == set(ids)
            assert {t["Key"]: t["Value"] for t in tags} == self.get("volume_tags")
        described = {}
        for device, ebs in devices.items():
            volume = volumes[ebs["VolumeId"]]
            described[device] = {
                "volume_id": volume["VolumeId"],
                "volume_size": volume["Size"],
                "volume_type": volume["VolumeType"],
                "iops": volume.get("Iops"),
                "throughput": volume.get("Throughput"),
                "encrypted": volume["Encrypted"],
                "delete_on_termination": ebs["DeleteOnTermination"],
            }
        root = described.pop(shown["RootDeviceName"])
        configured = self.get("root_block_device", {})
        return {
            "root_device": root,
            "root_block_device": {name: root[name] for name in configured},
            "other_devices": described,
            "ebs_block_device": {
                device: {name: described[device][name] for name in wanted}
                for device, wanted in self.get("ebs_block_device", {}).items()
            },
        }

    def credits(self) -> str:
        answer = self.ec2.describe_instance_credit_specifications(InstanceIds=[self.id])
        return str(only(answer["InstanceCreditSpecifications"])["CpuCredits"])

    def modify(self, **attribute: Any) -> None:
        self.ec2.modify_instance_attribute(InstanceId=self.id, **attribute)

    def update(self, changed: dict[str, Any]) -> None:
        for step in (self.change_profile, self.change_network, self.change_stopped, self.change_running):
            step(changed)
        if root := changed.get("root_block_device"):
            self.change_root(root)

    def change_profile(self, changed: dict[str, Any]) -> None:
        if "iam_instance_profile" not in changed:
            return
        profile = {"Name": self.get("iam_instance_profile")}
        answer = self.ec2.describe_iam_instance_profile_associations(Filters=filters(instance_id=self.id))
        current = [a for a in answer["IamInstanceProfileAssociations"] if a["State"] in ("associating", "associated")]
        if current:
            call = self.ec2.replace_iam_instance_profile_association
            retried(call, PROFILE_LATE, AssociationId=only(current)["AssociationId"], IamInstanceProfile=profile)
        else:
            call = self.ec2.associate_iam_instance_profile
            retried(call, PROFILE_LATE, InstanceId=self.id, IamInstanceProfile=profile)

    def change_network(self, changed: dict[str, Any]) -> None:
        if "source_dest_check" in changed:
            self.modify(SourceDestCheck={"Value": self.get("source_dest_check")})
        primary = self["primary_network_interface_id"]
        if "vpc_security_group_ids" in changed:
            call = self.ec2.modify_network_interface_attribute
            call(NetworkInterfaceId=primary, Groups=self.get("vpc_security_group_ids"))
        if "secondary_private_ips" in changed:
            before, now = set(changed["secondary_private_ips"] or []), set(self.get("secondary_private_ips"))
            if gone := sorted(before - now):
                self.ec2.unassign_private_ip_addresses(NetworkInterfaceId=primary, PrivateIpAddresses=gone)
            if new := sorted(now - before):
                self.ec2.assign_private_ip_addresses(NetworkInterfaceId=primary, PrivateIpAddresses=new)

    def change_stopped(self, changed: dict[str, Any]) -> None:
        """What only a stopped instance takes: it is stopped, changed, and started."""
        if not changed.keys() & {"instance_type", "user_data"}:
            return
        stop(self.ec2, self.id)
        if "instance_type" in changed:
            self.modify(InstanceType={"Value": self.get("instance_type")})
        if "user_data" in changed:
            self.modify(UserData={"Value": self.get("user_data").encode()})
        start(self.ec2, self.id)

    def change_running(self, changed: dict[str, Any]) -> None:
        for argument, name in (
            ("disable_api_termination", "DisableApiTermination"),
            ("disable_api_stop", "DisableApiStop"),
            ("instance_initiated_shutdown_behavior", "InstanceInitiatedShutdownBehavior"),
        ):
            if argument in changed:
                self.modify(**{name: {"Value": self.get(argument)}})
        if "monitoring" in changed:
            on = self.get("monitoring")
            (self.ec2.monitor_instances if on else self.ec2.unmonitor_instances)(InstanceIds=[self.id])
        if "cpu_credits" in changed:
            wanted = [{"InstanceId": self.id, "CpuCredits": self.get("cpu_credits")}]
            self.ec2.modify_instance_credit_specification(InstanceCreditSpecifications=wanted)
        if "metadata_options" in changed:
            self.ec2.modify_instance_metadata_options(InstanceId=self.id, **self.metadata_options())
            wait(lambda: self.find()["MetadataOptions"]["State"], ["pending"], ["applied"])
        if "auto_recovery" in changed:
            wanted = self.get("auto_recovery")
            self.ec2.modify_instance_maintenance_options(InstanceId=self.id, AutoRecovery=wanted)

    def change_root(self, before: dict[str, Any]) -> None:
        now, volume_id = self.get("root_block_device"), self["root_device"]["volume_id"]
        disk = {"volume_size": "Size", "volume_type": "VolumeType", "iops": "Iops", "throughput": "Throughput"}
        if wanted := {member: now[n] for n, member in disk.items() if now.get(n) != before.get(n)}:
            self.ec2.modify_volume(VolumeId=volume_id, **wanted)
            wait_for_modification(self.ec2, volume_id)
        if now.get("delete_on_termination") != before.get("delete_on_termination"):
            ebs = {"DeleteOnTermination": now["delete_on_termination"]}
            device = self.find()["RootDeviceName"]
            self.modify(BlockDeviceMappings=[{"DeviceName": device, "Ebs": ebs}])

    def delete(self) -> None:
        for name in ("DisableApiTermination", "DisableApiStop"):
            modify = self.ec2.modify_instance_attribute
            assert refusal(modify, InstanceId=self.id, **{name: {"Value": False}}) == ""
        terminate(self.ec2, self.id)


class Ec2InstanceState(Resource):
    stays = True

    def create(self) -> None:
        self.id = self.get("instance_id")
        self.update({})

    def status(self) -> str | None:
        call = self.ec2.describe_instance_status
        answer = found(call, INSTANCE_GONE, InstanceIds=[self.id], IncludeAllInstances=True)
        shown = only(answer["InstanceStatuses"]) if answer else None
        return shown["InstanceState"]["Name"] if shown else None

    def read(self) -> State | None:
        state = self.status()
        return {"instance_id": self.id, "state": state} if state else None

    def update(self, changed: dict[str, Any]) -> None:
        if self.get("state") == "stopped" and self.status() != "stopped":
            stop(self.ec2, self.id)
        if self.get("state") == "running" and self.status() != "running":
            start(self.ec2, self.id)

    def delete(self) -> None:
        """Terraform forgets it."""
