"""Snapshots: taking, describing, copying, sharing and deleting them; encryption by default."""

from typing import Any

from tests.conftest import Embedded
from tests.launching import code_of, launch, wait_for
from tests.storage import poll, snapshot, volume, wait_for_attachment, wait_for_snapshot

OTHER = "999900002222"


def ids_of(ec2: Any, **given: Any) -> list[str]:
    return [s["SnapshotId"] for s in ec2.describe_snapshots(**given)["Snapshots"]]


def test_a_snapshot_of_a_volume(ec2: Any, account: str) -> None:
    made = volume(ec2, Size=5, Encrypted=True)
    tags = [{"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": "nightly"}]}]
    taken = ec2.create_snapshot(VolumeId=made["VolumeId"], Description="of tonight", TagSpecifications=tags)
    assert (taken["State"], taken["Progress"], taken["VolumeSize"]) == ("pending", "0%", 5)
    assert (taken["OwnerId"], taken["VolumeId"]) == (account, made["VolumeId"])
    assert taken["Tags"] == tags[0]["Tags"]
    wait_for_snapshot(ec2, taken["SnapshotId"])
    (shown,) = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert (shown["State"], shown["Progress"], shown["StorageTier"]) == ("completed", "100%", "standard")
    assert (shown["Encrypted"], shown["KmsKeyId"]) == (True, made["KmsKeyId"])
    assert shown["CompletionTime"] >= shown["StartTime"]
    assert shown["FullSnapshotSizeInBytes"] == 0
    assert code_of(ec2.create_snapshot, VolumeId="vol-0123456789abcdef0") == "InvalidVolume.NotFound"
    assert code_of(ec2.create_snapshot, VolumeId="vol-1") == "InvalidVolumeID.Malformed"
    given = {"VolumeId": made["VolumeId"], "Location": "local"}
    assert code_of(ec2.create_snapshot, **given) == "InvalidParameterCombination"
    given = {"VolumeId": made["VolumeId"], "OutpostArn": "arn:aws:outposts"}
    assert code_of(ec2.create_snapshot, **given) == "InvalidParameterValue"
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[taken["SnapshotId"]])


def test_every_filter_finds_what_it_names(ec2: Any, account: str) -> None:
    first, second = volume(ec2, Size=1)["VolumeId"], volume(ec2, Size=2, Encrypted=True)["VolumeId"]
    one = snapshot(ec2, first, Description="one")
    two = snapshot(ec2, second, Description="two")
    start = ec2.describe_snapshots(SnapshotIds=[one])["Snapshots"][0]["StartTime"]
    expected = {
        ("description", "o*"): [one],
        ("encrypted", "true"): [two],
        ("owner-alias", "amazon"): [],
        ("owner-id", account): [one, two],
        ("progress", "100%"): [one, two],
        ("snapshot-id", two): [two],
        ("status", "completed"): [one, two],
        ("status", "pending"): [],
        ("storage-tier", "standard"): [one, two],
        ("transfer-type", "standard"): [],
        ("volume-id", first): [one],
        ("volume-size", "2"): [two],
        ("tag-key", "Name"): [],
    }
    found = {key: ids_of(ec2, Filters=[{"Name": key[0], "Values": [key[1]]}]) for key in expected}
    assert found == expected
    by_time = [{"Name": "start-time", "Values": [start.strftime("%Y-%m-%dT%H:%M:%S.000Z")]}]
    assert one in ids_of(ec2, Filters=by_time)
    assert code_of(ec2.describe_snapshots, Filters=[{"Name": "color", "Values": ["red"]}]) == "InvalidParameterValue"


def test_snapshots_by_id_and_by_page(ec2: Any) -> None:
    made = volume(ec2)["VolumeId"]
    taken = [ec2.create_snapshot(VolumeId=made)["SnapshotId"] for _ in range(7)]
    pages = list(ec2.get_paginator("describe_snapshots").paginate(PaginationConfig={"PageSize": 5}))
    assert [[s["SnapshotId"] for s in page["Snapshots"]] for page in pages] == [taken[:5], taken[5:]]
    assert ids_of(ec2, SnapshotIds=taken[2:4]) == taken[2:4]
    assert code_of(ec2.describe_snapshots, SnapshotIds=["snap-0123456789abcdef0"]) == "InvalidSnapshot.NotFound"
    assert code_of(ec2.describe_snapshots, SnapshotIds=["snap-z"]) == "InvalidSnapshotID.Malformed"


def test_snapshots_of_all_volumes_of_an_instance(ec2: Any) -> None:
    disks = [{"DeviceName": device, "Ebs": {"VolumeSize": 1}} for device in ("/dev/sdf", "/dev/sdg")]
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "disk"}]}]
    instance = launch(ec2, BlockDeviceMappings=disks, TagSpecifications=tags)
    id = instance["InstanceId"]
    root, first, second = (m["Ebs"]["VolumeId"] for m in instance["BlockDeviceMappings"])
    given = {"InstanceSpecification": {"InstanceId": id}, "Description": "all", "CopyTagsFromSource": "volume"}
    taken = ec2.create_snapshots(**given)["Snapshots"]
    assert [s["VolumeId"] for s in taken] == [root, first, second]
    assert {s["Description"] for s in taken} == {"all"}
    assert taken[0]["Tags"] == tags[0]["Tags"]
    assert len({s["StartTime"] for s in taken}) == 1

    def of(**selection: Any) -> list[str]:
        chosen = {"InstanceId": id, **selection}
        return [s["VolumeId"] for s in ec2.create_snapshots(InstanceSpecification=chosen)["Snapshots"]]

    assert of(ExcludeBootVolume=True) == [first, second]
    assert of(ExcludeDataVolumeIds=[first]) == [root, second]

    def refused(**selection: Any) -> str:
        return code_of(ec2.create_snapshots, InstanceSpecification={"InstanceId": id, **selection})

    assert refused(ExcludeDataVolumeIds=[root]) == "InvalidParameterValue"
    assert refused(ExcludeDataVolumeIds=["vol-0123456789abcdef0"]) == "InvalidParameterValue"
    assert refused(ExcludeDataVolumeIds=["vol-1"]) == "InvalidVolumeID.Malformed"
    everything = {"ExcludeBootVolume": True, "ExcludeDataVolumeIds": [first, second]}
    assert refused(**everything) == "InvalidParameterCombination"
    assert refused(InstanceId="i-0123456789abcdef0") == "InvalidInstanceID.NotFound"
    ec2.terminate_instances(InstanceIds=[id])
    wait_for(ec2, [id], "terminated")
    assert refused() == "IncorrectState"


def test_a_copy_in_another_region(ec2: Any, shared_cloud: Embedded, account: str) -> None:
    taken = snapshot(ec2, volume(ec2, Size=3)["VolumeId"], Description="original")
    there = shared_cloud.client(account=account, region="eu-central-1")
    tags = [{"ResourceType": "snapshot", "Tags": [{"Key": "a", "Value": "b"}]}]
    copy = there.copy_snapshot(
        SourceRegion="us-east-1",
        SourceSnapshotId=taken,
        Description="copy",
        Encrypted=True,
        CompletionDurationMinutes=30,
        TagSpecifications=tags,
    )
    assert copy["Tags"] == tags[0]["Tags"]
    wait_for_snapshot(there, copy["SnapshotId"])
    (shown,) = there.describe_snapshots(SnapshotIds=[copy["SnapshotId"]])["Snapshots"]
    assert (shown["VolumeId"], shown["VolumeSize"], shown["Description"]) == ("vol-ffffffff", 3, "copy")
    assert shown["KmsKeyId"].startswith(f"arn:aws:kms:eu-central-1:{account}:key/")
    assert (shown["TransferType"], shown["CompletionDurationMinutes"]) == ("time-based", 30)
    assert ids_of(there, Filters=[{"Name": "transfer-type", "Values": ["time-based"]}]) == [copy["SnapshotId"]]

    def refused(**given: Any) -> str:
        wanted = {"SourceRegion": "us-east-1", "SourceSnapshotId": taken, **given}
        return code_of(there.copy_snapshot, **wanted)

    assert refused(SourceRegion="mars-1") == "InvalidParameterValue"
    assert refused(SourceRegion="eu-central-1") == "InvalidSnapshot.NotFound"
    assert refused(SourceSnapshotId="snap-1") == "InvalidSnapshotID.Malformed"
    assert refused(CompletionDurationMinutes=20) == "InvalidParameterValue"
    assert refused(KmsKeyId="alias/mine") == "InvalidParameterDependency"
    assert refused(DestinationOutpostArn="arn:aws:outposts") == "InvalidParameterValue"
    assert refused(DestinationAvailabilityZone="us-west-2-lax-1a") == "InvalidParameterValue"


def test_a_snapshot_is_shared_and_taken_back(ec2: Any, shared_cloud: Embedded, account: str) -> None:
    taken = snapshot(ec2, volume(ec2)["VolumeId"])
    other = shared_cloud.client(account=OTHER)
    assert code_of(other.describe_snapshots, SnapshotIds=[taken]) == "InvalidSnapshot.NotFound"
    add = {"SnapshotId": taken, "Attribute": "createVolumePermission", "OperationType": "add"}
    ec2.modify_snapshot_attribute(**add, UserIds=[OTHER])
    shown = ec2.describe_snapshot_attribute(SnapshotId=taken, Attribute="createVolumePermission")
    assert shown["CreateVolumePermissions"] == [{"UserId": OTHER}]
    assert ids_of(other, SnapshotIds=[taken]) == [taken]
    assert ids_of(other, RestorableByUserIds=["self"], OwnerIds=[account]) == [taken]
    assert ids_of(ec2, RestorableByUserIds=[OTHER]) == [taken]
    assert volume(other, Size=None, SnapshotId=taken)["SnapshotId"] == taken
    assert code_of(other.delete_snapshot, SnapshotId=taken) == "AuthFailure"
    attribute = {"SnapshotId": taken, "Attribute": "createVolumePermission"}
    assert code_of(other.describe_snapshot_attribute, **attribute) == "AuthFailure"
    remove = {"CreateVolumePermission": {"Remove": [{"UserId": OTHER}]}}
    ec2.modify_snapshot_attribute(SnapshotId=taken, **remove)
    assert code_of(other.describe_snapshots, SnapshotIds=[taken]) == "InvalidSnapshot.NotFound"
    ec2.modify_snapshot_attribute(**add, GroupNames=["all"])
    assert taken in ids_of(other, RestorableByUserIds=["all"])
    ec2.reset_snapshot_attribute(**attribute)
    assert ec2.describe_snapshot_attribute(**attribute)["CreateVolumePermissions"] == []
    assert taken not in ids_of(other)
    assert ec2.describe_snapshot_attribute(SnapshotId=taken, Attribute="productCodes")["ProductCodes"] == []


def test_wrong_permissions_are_refused(ec2: Any) -> None:
    plain = snapshot(ec2, volume(ec2)["VolumeId"])
    managed = snapshot(ec2, volume(ec2, Encrypted=True)["VolumeId"])
    key = "1234abcd-12ab-34cd-56ef-1234567890ab"
    own_key = snapshot(ec2, volume(ec2, Encrypted=True, KmsKeyId=key)["VolumeId"])

    def refused(id: str, **given: Any) -> str:
        return code_of(ec2.modify_snapshot_attribute, SnapshotId=id, **given)

    users, everybody = [{"UserId": OTHER}], [{"Group": "all"}]
    assert refused(managed, CreateVolumePermission={"Add": users}) == "OperationNotPermitted"
    assert refused(own_key, CreateVolumePermission={"Add": everybody}) == "OperationNotPermitted"
    ec2.modify_snapshot_attribute(SnapshotId=own_key, CreateVolumePermission={"Add": users}, UserIds=[OTHER])
    more = {"CreateVolumePermission": {"Add": users}, "GroupNames": ["all"]}
    assert refused(plain, **more) == "InvalidParameterCombination"
    both = {"Add": users, "Remove": everybody}
    assert refused(plain, CreateVolumePermission=both) == "InvalidParameterCombination"
    assert refused(plain, CreateVolumePermission={"Add": [{"UserId": "me"}]}) == "InvalidUserID.Malformed"
    assert refused(plain, OperationType="add", GroupNames=["some"]) == "InvalidParameterValue"
    assert refused(plain, UserIds=[OTHER]) == "MissingParameter"
    assert refused(plain, OperationType="add") == "MissingParameter"
    assert refused(plain, Attribute="productCodes") == "InvalidParameterValue"
    many = [{"UserId": str(100_000_000_000 + n)} for n in range(501)]
    assert refused(plain, CreateVolumePermission={"Add": many}) == "InvalidParameterValue"
    assert refused("snap-0123456789abcdef0", CreateVolumePermission={"Add": users}) == "InvalidSnapshot.NotFound"


def test_an_account_can_block_public_snapshots(ec2: Any, shared_cloud: Embedded) -> None:
    other = shared_cloud.client(account=OTHER)
    public = snapshot(ec2, volume(ec2)["VolumeId"])
    everybody = {"CreateVolumePermission": {"Add": [{"Group": "all"}]}}
    ec2.modify_snapshot_attribute(SnapshotId=public, **everybody)
    assert ec2.get_snapshot_block_public_access_state()["State"] == "unblocked"
    assert ec2.enable_snapshot_block_public_access(State="block-new-sharing")["State"] == "block-new-sharing"
    assert public in ids_of(other)
    late = snapshot(ec2, volume(ec2)["VolumeId"])
    assert code_of(ec2.modify_snapshot_attribute, SnapshotId=late, **everybody) == "OperationNotPermitted"
    ec2.enable_snapshot_block_public_access(State="block-all-sharing")
    assert public not in ids_of(other)
    assert code_of(other.describe_snapshots, SnapshotIds=[public]) == "InvalidSnapshot.NotFound"
    assert code_of(ec2.enable_snapshot_block_public_access, State="unblocked") == "InvalidParameterValue"
    assert ec2.disable_snapshot_block_public_access()["State"] == "unblocked"
    assert public in ids_of(other)


def test_a_deleted_snapshot_is_gone(ec2: Any) -> None:
    taken = snapshot(ec2, volume(ec2)["VolumeId"])
    ec2.delete_snapshot(SnapshotId=taken)
    assert code_of(ec2.describe_snapshots, SnapshotIds=[taken]) == "InvalidSnapshot.NotFound"
    assert code_of(ec2.delete_snapshot, SnapshotId=taken) == "InvalidSnapshot.NotFound"


def test_a_snapshot_that_an_image_needs_stays(ec2: Any) -> None:
    taken = snapshot(ec2, volume(ec2, Size=8)["VolumeId"])
    devices = [{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": taken}}]
    hvm = {"VirtualizationType": "hvm", "Architecture": "x86_64", "EnaSupport": True}
    image = ec2.register_image(Name="mine", BlockDeviceMappings=devices, RootDeviceName="/dev/sda1", **hvm)["ImageId"]
    assert code_of(ec2.delete_snapshot, SnapshotId=taken) == "InvalidSnapshot.InUse"
    assert code_of(ec2.modify_snapshot_tier, SnapshotId=taken, StorageTier="archive") == "InvalidSnapshot.InUse"
    instance = launch(ec2, ImageId=image)
    root = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert ec2.describe_volumes(VolumeIds=[root])["Volumes"][0]["SnapshotId"] == taken
    ec2.deregister_image(ImageId=image)
    ec2.delete_snapshot(SnapshotId=taken)


def test_volumes_are_encrypted_by_default(ec2: Any, account: str) -> None:
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    plain = volume(ec2)["VolumeId"]
    taken = snapshot(ec2, plain)
    assert ec2.enable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    managed = volume(ec2)["KmsKeyId"]
    key = f"arn:aws:kms:us-east-1:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    assert ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)["KmsKeyId"] == key
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == key
    assert volume(ec2)["KmsKeyId"] == key
    assert volume(ec2, SnapshotId=taken)["KmsKeyId"] == key
    disk = launch(ec2)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert ec2.describe_volumes(VolumeIds=[disk])["Volumes"][0]["KmsKeyId"] == key
    assert ec2.describe_volumes(VolumeIds=[plain])["Volumes"][0]["Encrypted"] is False
    assert ec2.reset_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    assert volume(ec2)["KmsKeyId"] == managed
    assert ec2.disable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    assert volume(ec2)["Encrypted"] is False
    assert code_of(ec2.modify_ebs_default_kms_key_id, KmsKeyId="what?") == "InvalidParameterValue"


def test_the_bin_is_empty_without_a_rule(ec2: Any) -> None:
    made = volume(ec2)["VolumeId"]
    taken = snapshot(ec2, made)
    assert ec2.list_snapshots_in_recycle_bin()["Snapshots"] == []
    assert ec2.list_volumes_in_recycle_bin()["Volumes"] == []
    assert code_of(ec2.list_snapshots_in_recycle_bin, SnapshotIds=[taken]) == "InvalidSnapshot.NotFound"
    assert code_of(ec2.restore_snapshot_from_recycle_bin, SnapshotId=taken) == "InvalidSnapshot.NotFound"
    assert code_of(ec2.restore_volume_from_recycle_bin, VolumeId=made) == "InvalidVolume.NotFound"
    assert code_of(ec2.restore_snapshot_from_recycle_bin, SnapshotId="snap-1") == "InvalidSnapshotID.Malformed"


def test_an_attached_volume_is_taken_as_it_is(ec2: Any) -> None:
    instance = launch(ec2, Placement={"AvailabilityZone": "us-east-1a"})["InstanceId"]
    made = volume(ec2)["VolumeId"]
    ec2.attach_volume(Device="/dev/sdf", InstanceId=instance, VolumeId=made)
    wait_for_attachment(ec2, made, "attached")
    assert poll(lambda: snapshot(ec2, made))
