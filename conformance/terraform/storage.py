"""Volumes and their attachments, snapshots and their copies, encryption by default."""

from typing import Any

from conformance.terraform.instances import state_of, wait_for_modification
from conformance.terraform.provider import filters, found, only, retried, wait
from conformance.terraform.resource import Resource, State, as_tags, tags_of

VOLUME_GONE = ("InvalidVolume.NotFound",)
SNAPSHOT_GONE = ("InvalidSnapshot.NotFound",)
TOO_MANY_SNAPSHOTS = ("SnapshotCreationPerVolumeRateExceeded",)


class EbsVolume(Resource):
    kind = "volume"
    unread = frozenset({"final_snapshot"})

    def create(self) -> None:
        made = self.ec2.create_volume(
            **self.given(
                AvailabilityZone="availability_zone",
                Size="size",
                VolumeType="type",
                Iops="iops",
                Throughput="throughput",
                Encrypted="encrypted",
                KmsKeyId="kms_key_id",
                SnapshotId="snapshot_id",
                MultiAttachEnabled="multi_attach_enabled",
            ),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["VolumeId"]
        wait(self.condition, ["creating"], ["available"])

    def find(self) -> Any:
        answer = found(self.ec2.describe_volumes, VOLUME_GONE, VolumeIds=[self.id])
        volume = only(answer["Volumes"]) if answer else None
        return None if volume is None or volume["State"] == "deleted" else volume

    def condition(self) -> str | None:
        volume = self.find()
        return volume["State"] if volume else None

    def read(self) -> State | None:
        volume = self.find()
        if volume is None:
            return None
        return {
            "arn": f"arn:aws:ec2:{self.tf.region}:{self.tf.account}:volume/{self.id}",
            "availability_zone": volume["AvailabilityZone"],
            "size": volume["Size"],
            "type": volume["VolumeType"],
            "iops": volume.get("Iops", 0),
            "throughput": volume.get("Throughput", 0),
            "encrypted": volume["Encrypted"],
            "kms_key_id": volume.get("KmsKeyId", ""),
            "snapshot_id": volume["SnapshotId"],
            "multi_attach_enabled": volume["MultiAttachEnabled"],
            "tags": tags_of(volume),
        }

    def update(self, changed: dict[str, Any]) -> None:
        names = {"size": "Size", "type": "VolumeType", "iops": "Iops", "throughput": "Throughput"}
        wanted = {member: self.get(name) for name, member in names.items() if name in changed}
        self.ec2.modify_volume(VolumeId=self.id, **wanted)
        wait(self.condition, ["creating", "modifying"], ["available", "in-use"])
        wait_for_modification(self.ec2, self.id)  # the provider's next look is later than this one

    def delete(self) -> None:
        if self.get("final_snapshot"):
            self.keep()
        retried(self.ec2.delete_volume, ("VolumeInUse",), VolumeId=self.id)
        wait(self.condition, ["available", "deleting"], [None])

    def keep(self) -> None:
        """The last snapshot; Terraform leaves it behind, this does not."""
        call = self.ec2.create_snapshot
        tags = [{"ResourceType": "snapshot", "Tags": as_tags(self.arguments["tags"])}] if self.get("tags") else []
        made = retried(call, TOO_MANY_SNAPSHOTS, VolumeId=self.id, TagSpecifications=tags)["SnapshotId"]
        wait_for_snapshot(self.ec2, made)
        self.ec2.delete_snapshot(SnapshotId=made)


class VolumeAttachment(Resource):
    def find(self) -> Any:
        """The attachment by everything that it is made of."""
        of = filters(attachment__device=self.get("device_name"), attachment__instance_id=self.get("instance_id"))
        answer = found(self.ec2.describe_volumes, VOLUME_GONE, VolumeIds=[self.get("volume_id")], Filters=of)
        volume = only(answer["Volumes"]) if answer else None
        attachments = (volume or {}).get("Attachments", [])
        return next((a for a in attachments if a["InstanceId"] == self.get("instance_id")), None)

    def condition(self) -> str | None:
        attachment = self.find()
        return attachment["State"] if attachment else None

    @property
    def parameters(self) -> dict[str, Any]:
        return self.given(Device="device_name", InstanceId="instance_id", VolumeId="volume_id")

    def create(self) -> None:
        if self.find() is None:
            ready = ["running", "stopped"]
            wait(lambda: state_of(self.ec2, self.get("instance_id")), ["pending", "stopping"], ready)
            self.ec2.attach_volume(**self.parameters)
        wait(self.condition, ["attaching"], ["attached"])
        self.id = f"vai-{self.get('volume_id')}"

    def read(self) -> State | None:
        attachment = self.find()
        if attachment is None:
            return None
        return {
            "device_name": attachment["Device"],
            "instance_id": attachment["InstanceId"],
            "volume_id": attachment["VolumeId"],
        }

    def delete(self) -> None:
        self.ec2.detach_volume(**self.parameters, Force=False)
        wait(self.condition, ["attached", "detaching"], [None])


def snapshot(ec2: Any, snapshot_id: str) -> Any:
    answer = found(ec2.describe_snapshots, SNAPSHOT_GONE, SnapshotIds=[snapshot_id])
    return only(answer["Snapshots"]) if answer else None


def wait_for_snapshot(ec2: Any, snapshot_id: str) -> None:
    """The SDK's waiter SnapshotCompleted, which the provider uses as it is, but for its 15 seconds between looks."""
    waiter = ec2.get_waiter("snapshot_completed")
    waiter.wait(SnapshotIds=[snapshot_id], WaiterConfig={"Delay": 0.05, "MaxAttempts": 600})


class EbsSnapshot(Resource):
    kind = "snapshot"

    def create(self) -> None:
        made = retried(
            self.ec2.create_snapshot,
            TOO_MANY_SNAPSHOTS,
            **self.given(VolumeId="volume_id", Description="description"),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["SnapshotId"]
        wait_for_snapshot(self.ec2, self.id)

    def read(self) -> State | None:
        shown = snapshot(self.ec2, self.id)
        if shown is None:
            return None
        tier = self.tier()
        return {
            "volume_id": shown["VolumeId"],
            "description": shown["Description"],
            "volume_size": shown["VolumeSize"],
            "encrypted": shown["Encrypted"],
            "owner_id": shown["OwnerId"],
            "state": shown["State"],
            "storage_tier": shown["StorageTier"],
            "tier_status": tier,
            "tags": tags_of(shown),
        }

    def tier(self) -> str | None:
        statuses = self.ec2.describe_snapshot_tier_status(Filters=filters(snapshot_id=self.id))["SnapshotTierStatuses"]
        status = only(statuses)
        return status["StorageTier"] if status else None

    def update(self, changed: dict[str, Any]) -> None:
        assert changed == {"storage_tier": "standard"}
        self.ec2.modify_snapshot_tier(SnapshotId=self.id, StorageTier="archive")
        wait(self.tier, ["standard"], ["archive"])

    def delete(self) -> None:
        retried(self.ec2.delete_snapshot, ("InvalidSnapshot.InUse",), SnapshotId=self.id)


class EbsSnapshotCopy(EbsSnapshot):
    unread = frozenset({"source_snapshot_id", "source_region"})

    def create(self) -> None:
        made = self.ec2.copy_snapshot(
            **self.given(
                SourceRegion="source_region",
                SourceSnapshotId="source_snapshot_id",
                Encrypted="encrypted",
                KmsKeyId="kms_key_id",
                Description="description",
            ),
            TagSpecifications=self.tag_specifications,
        )
        self.id = made["SnapshotId"]
        wait_for_snapshot(self.ec2, self.id)


class EbsEncryptionByDefault(Resource):
    stays = True

    def put(self, enabled: bool) -> None:
        switch = self.ec2.enable_ebs_encryption_by_default if enabled else self.ec2.disable_ebs_encryption_by_default
        assert switch()["EbsEncryptionByDefault"] is enabled

    def create(self) -> None:
        self.id = "terraform"
        self.put(self.get("enabled"))

    def read(self) -> State | None:
        return {"enabled": self.ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"]}

    def update(self, changed: dict[str, Any]) -> None:
        self.put(self.get("enabled"))

    def delete(self) -> None:
        self.put(False)
