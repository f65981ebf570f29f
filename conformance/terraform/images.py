"""AMIs: registered, made from an instance, copied, and who may launch them."""

from typing import Any

from conformance.terraform.provider import found, only, wait
from conformance.terraform.resource import Resource, State, as_tags, tags_of
from conformance.terraform.storage import snapshot

IMAGE_GONE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable")


class Ami(Resource):
    """``ebs_block_device``: by device name, an ``Ebs`` in AWS's own names."""

    kind = "image"
    unread = frozenset({"ebs_block_device"})
    manages_snapshots = False

    def create(self) -> None:
        devices = self.get("ebs_block_device")
        made = self.ec2.register_image(
            **self.given(
                Name="name",
                Description="description",
                Architecture="architecture",
                RootDeviceName="root_device_name",
                VirtualizationType="virtualization_type",
                EnaSupport="ena_support",
                SriovNetSupport="sriov_net_support",
                BootMode="boot_mode",
                ImdsSupport="imds_support",
                TpmSupport="tpm_support",
            ),
            BlockDeviceMappings=[{"DeviceName": name, "Ebs": ebs} for name, ebs in devices.items()],
        )
        self.id = made["ImageId"]
        if self.get("tags"):
            self.ec2.create_tags(Resources=[self.id], Tags=as_tags(self.get("tags")))
        self.finish()

    def finish(self) -> None:
        wait(self.condition, ["pending"], ["available"])
        if "deprecation_time" in self.arguments:
            self.ec2.enable_image_deprecation(ImageId=self.id, DeprecateAt=self.get("deprecation_time"))

    def find(self) -> Any:
        answer = found(self.ec2.describe_images, IMAGE_GONE, ImageIds=[self.id])
        image = only(answer["Images"]) if answer else None
        return None if image is None or image["State"] in ("deregistered", "failed") else image

    def condition(self) -> str | None:
        image = self.find()
        return image["State"] if image else None

    def read(self) -> State | None:
        image = self.find()
        if image is None:
            return None
        devices = {m["DeviceName"]: m["Ebs"] for m in image["BlockDeviceMappings"] if "Ebs" in m}
        assert image["RootDeviceName"] in devices
        return {
            "name": image["Name"],
            "description": image.get("Description", ""),
            "architecture": image["Architecture"],
            "root_device_name": image["RootDeviceName"],
            "root_snapshot_id": devices[image["RootDeviceName"]]["SnapshotId"],
            "virtualization_type": image["VirtualizationType"],
            "hypervisor": image["Hypervisor"],
            "image_type": image["ImageType"],
            "image_location": image["ImageLocation"],
            "owner_id": image["OwnerId"],
            "public": image["Public"],
            "ena_support": image.get("EnaSupport", False),
            "sriov_net_support": image.get("SriovNetSupport"),
            "boot_mode": image.get("BootMode", ""),
            "imds_support": image.get("ImdsSupport", ""),
            "tpm_support": image.get("TpmSupport", ""),
            "platform_details": image["PlatformDetails"],
            "usage_operation": image["UsageOperation"],
            "deprecation_time": image.get("DeprecationTime", ""),
            "snapshots": {device: ebs["SnapshotId"] for device, ebs in devices.items()},
            "tags": tags_of(image),
        }

    def update(self, changed: dict[str, Any]) -> None:
        if "description" in changed:
            wanted = {"Value": self.get("description")}
            self.ec2.modify_image_attribute(ImageId=self.id, Description=wanted)
        if "deprecation_time" in changed:
            if wanted := self.get("deprecation_time"):
                self.ec2.enable_image_deprecation(ImageId=self.id, DeprecateAt=wanted)
            else:
                self.ec2.disable_image_deprecation(ImageId=self.id)

    def delete(self) -> None:
        snapshots = self.read_snapshots()
        self.ec2.deregister_image(ImageId=self.id)
        wait(self.condition, ["available", "pending", "failed"], [None])
        if self.manages_snapshots:
            for snapshot_id in snapshots:
                self.ec2.delete_snapshot(SnapshotId=snapshot_id)
                assert snapshot(self.ec2, snapshot_id) is None

    def read_snapshots(self) -> list[str]:
        state = self.read()
        return sorted(state["snapshots"].values()) if state else []


class AmiFromInstance(Ami):
    unread = frozenset({"source_instance_id", "snapshot_without_reboot"})
    manages_snapshots = True

    def create(self) -> None:
        tags = as_tags(self.get("tags"))
        both = [{"ResourceType": kind, "Tags": tags} for kind in ("image", "snapshot")] if tags else []
        made = self.ec2.create_image(
            **self.given(
                InstanceId="source_instance_id",
                Name="name",
                Description="description",
                NoReboot="snapshot_without_reboot",
            ),
            TagSpecifications=both,
        )
        self.id = made["ImageId"]
        self.finish()
        for snapshot_id in self.read_snapshots():
            assert tags_of(snapshot(self.ec2, snapshot_id)) == self.get("tags")


class AmiCopy(Ami):
    unread = frozenset({"source_ami_id", "source_ami_region", "encrypted"})
    manages_snapshots = True

    def create(self) -> None:
        made = self.ec2.copy_image(
            **self.given(
                Name="name",
                Description="description",
                SourceImageId="source_ami_id",
                SourceRegion="source_ami_region",
                Encrypted="encrypted",
            )
        )
        self.id = made["ImageId"]
        if self.get("tags"):
            self.ec2.create_tags(Resources=[self.id], Tags=as_tags(self.get("tags")))
        self.finish()
        for snapshot_id in self.read_snapshots():
            assert snapshot(self.ec2, snapshot_id)["Encrypted"] is self.get("encrypted", False)


class AmiLaunchPermission(Resource):
    def modify(self, change: str) -> None:
        wanted = {change: [{"UserId": self.get("account_id")}]}
        self.ec2.modify_image_attribute(
            ImageId=self.get("image_id"), Attribute="launchPermission", LaunchPermission=wanted
        )

    def create(self) -> None:
        self.modify("Add")
        self.id = f"{self.get('account_id')}-{self.get('image_id')}"

    def read(self) -> State | None:
        call = self.ec2.describe_image_attribute
        answer = found(call, IMAGE_GONE, ImageId=self.get("image_id"), Attribute="launchPermission")
        allowed = [each.get("UserId") for each in (answer or {}).get("LaunchPermissions", [])]
        return dict(self.arguments) if self.get("account_id") in allowed else None

    def delete(self) -> None:
        self.modify("Remove")
