"""AttachVolume and DetachVolume, and what becomes of volumes when their instance ends."""

from typing import Any

from sqlalchemy import update

from backend.conductor import lifecycle
from backend.db.models import Instance, Volume
from tests.conftest import Embedded
from tests.launching import code_of, launch, wait_for
from tests.storage import volume, wait_for_attachment, wait_for_volume

ELSEWHERE = "us-east-1b"


def mappings(ec2: Any, instance_id: str) -> dict[str, str]:
    """Device -> volume, as the instance shows them."""
    shown = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    return {m["DeviceName"]: m["Ebs"]["VolumeId"] for m in shown["BlockDeviceMappings"]}


def placed(ec2: Any, **given: Any) -> Any:
    """An instance in the zone that the volumes of these tests are in."""
    return launch(ec2, Placement={"AvailabilityZone": "us-east-1a"}, **given)


def test_a_volume_is_attached_and_taken_away_again(ec2: Any) -> None:
    instance, made = placed(ec2)["InstanceId"], volume(ec2)["VolumeId"]
    attachment = ec2.attach_volume(Device="/dev/sdf", InstanceId=instance, VolumeId=made)
    assert (attachment["State"], attachment["DeleteOnTermination"]) == ("attaching", False)
    assert ec2.describe_volumes(VolumeIds=[made])["Volumes"][0]["State"] == "in-use"
    wait_for_attachment(ec2, made, "attached")
    assert mappings(ec2, instance)["/dev/sdf"] == made
    found = ec2.describe_volumes(
        VolumeIds=[made],
        Filters=[
            {"Name": "attachment.device", "Values": ["/dev/sdf"]},
            {"Name": "attachment.instance-id", "Values": [instance]},
        ],
    )
    assert len(found["Volumes"]) == 1
    assert code_of(ec2.delete_volume, VolumeId=made) == "VolumeInUse"
    gone = ec2.detach_volume(Device="/dev/sdf", InstanceId=instance, VolumeId=made)
    assert gone["State"] == "detaching"
    wait_for_attachment(ec2, made, None)
    assert wait_for_volume(ec2, made)["State"] == "available"
    assert "/dev/sdf" not in mappings(ec2, instance)


def test_a_stopped_instance_takes_and_gives_volumes_too(ec2: Any) -> None:
    instance = placed(ec2)["InstanceId"]
    ec2.stop_instances(InstanceIds=[instance])
    wait_for(ec2, [instance], "stopped")
    made = volume(ec2)["VolumeId"]
    ec2.attach_volume(Device="xvdf", InstanceId=instance, VolumeId=made)
    wait_for_attachment(ec2, made, "attached")
    ec2.detach_volume(VolumeId=made)
    wait_for_attachment(ec2, made, None)


def test_a_root_volume_leaves_a_stopped_instance_only(ec2: Any) -> None:
    shown = placed(ec2)
    instance, root = shown["InstanceId"], shown["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert code_of(ec2.detach_volume, VolumeId=root) == "OperationNotPermitted"
    ec2.stop_instances(InstanceIds=[instance])
    wait_for(ec2, [instance], "stopped")
    ec2.detach_volume(VolumeId=root)
    wait_for_attachment(ec2, root, None)
    assert code_of(ec2.start_instances, InstanceIds=[instance]) == "InvalidParameterValue"
    ec2.attach_volume(Device=shown["RootDeviceName"], InstanceId=instance, VolumeId=root)
    wait_for_attachment(ec2, root, "attached")
    ec2.start_instances(InstanceIds=[instance])
    wait_for(ec2, [instance], "running")


def test_what_cannot_be_attached_is_refused(ec2: Any) -> None:
    instance = placed(ec2)["InstanceId"]
    made, far = volume(ec2)["VolumeId"], volume(ec2, AvailabilityZone=ELSEWHERE)["VolumeId"]

    def attach(volume_id: str, device: str = "/dev/sdf", instance_id: str = instance, **given: Any) -> str:
        return code_of(ec2.attach_volume, VolumeId=volume_id, Device=device, InstanceId=instance_id, **given)

    assert attach(far) == "InvalidVolume.ZoneMismatch"
    assert attach(made, device="/dev/nonsense") == "InvalidParameterValue"
    assert attach(made, device="/dev/xvda") == "InvalidParameterValue"
    assert attach(made, device="xvda") == "InvalidParameterValue"
    assert attach(made, EbsCardIndex=1) == "InvalidParameterValue"
    assert attach("vol-0123456789abcdef0") == "InvalidVolume.NotFound"
    assert attach(made, instance_id="i-0123456789abcdef0") == "InvalidInstanceID.NotFound"
    assert attach(made, instance_id="i-x") == "InvalidInstanceID.Malformed"
    assert ec2.describe_volumes(VolumeIds=[made])["Volumes"][0]["Attachments"] == []
    ec2.attach_volume(Device="/dev/sdf", InstanceId=instance, VolumeId=made)
    assert attach(made, device="/dev/sdg") == "VolumeInUse"
    ec2.terminate_instances(InstanceIds=[instance])
    wait_for(ec2, [instance], "terminated")
    assert attach(made) == "IncorrectState"


def test_what_is_not_attached_cannot_be_detached(ec2: Any) -> None:
    instance, other = placed(ec2)["InstanceId"], placed(ec2)["InstanceId"]
    made = volume(ec2)["VolumeId"]
    assert code_of(ec2.detach_volume, VolumeId=made) == "IncorrectState"
    ec2.attach_volume(Device="/dev/sdf", InstanceId=instance, VolumeId=made)
    wait_for_attachment(ec2, made, "attached")
    assert code_of(ec2.detach_volume, VolumeId=made, InstanceId=other) == "InvalidAttachment.NotFound"
    assert code_of(ec2.detach_volume, VolumeId=made, Device="/dev/sdg") == "InvalidAttachment.NotFound"
    assert code_of(ec2.detach_volume, VolumeId="vol-0123456789abcdef0") == "InvalidVolume.NotFound"


def test_by_force_a_volume_is_free_at_once(new_cloud: Any) -> None:
    cloud: Embedded = new_cloud()
    ec2 = cloud.client()
    instance, made = placed(ec2)["InstanceId"], volume(ec2)["VolumeId"]
    ec2.attach_volume(Device="/dev/sdf", InstanceId=instance, VolumeId=made)
    wait_for_attachment(ec2, made, "attached")
    ec2.detach_volume(VolumeId=made, Force=True)
    shown = ec2.describe_volumes(VolumeIds=[made])["Volumes"][0]
    assert (shown["State"], shown["Attachments"]) == ("available", [])


def test_several_instances_share_a_volume_with_multi_attach(ec2: Any) -> None:
    shared = volume(ec2, Size=4, VolumeType="io2", Iops=100, MultiAttachEnabled=True)["VolumeId"]
    first, second = placed(ec2)["InstanceId"], placed(ec2)["InstanceId"]
    old = placed(ec2, InstanceType="t2.micro")["InstanceId"]
    for instance in (first, second):
        ec2.attach_volume(Device="/dev/sdf", InstanceId=instance, VolumeId=shared)
    assert code_of(ec2.attach_volume, Device="/dev/sdg", InstanceId=first, VolumeId=shared) == "VolumeInUse"
    given = {"Device": "/dev/sdg", "VolumeId": shared}
    assert code_of(ec2.attach_volume, InstanceId=old, **given) == "InvalidParameterCombination"
    assert code_of(ec2.detach_volume, VolumeId=shared) == "MissingParameter"
    assert code_of(ec2.modify_volume, VolumeId=shared, MultiAttachEnabled=False) == "IncorrectState"
    ec2.terminate_instances(InstanceIds=[first])
    wait_for(ec2, [first], "terminated")
    shown = ec2.describe_volumes(VolumeIds=[shared])["Volumes"][0]
    assert shown["State"] == "in-use"
    assert [a["InstanceId"] for a in shown["Attachments"]] == [second]
    ec2.detach_volume(VolumeId=shared, InstanceId=second)
    wait_for_attachment(ec2, shared, None)
    assert wait_for_volume(ec2, shared)["State"] == "available"


def test_volumes_go_with_their_instance_or_stay(ec2: Any) -> None:
    instance = placed(ec2)
    kept, deleted = volume(ec2)["VolumeId"], volume(ec2)["VolumeId"]
    for device, one in (("/dev/sdf", kept), ("/dev/sdg", deleted)):
        ec2.attach_volume(Device=device, InstanceId=instance["InstanceId"], VolumeId=one)
        wait_for_attachment(ec2, one, "attached")
    change = [{"DeviceName": "/dev/sdg", "Ebs": {"DeleteOnTermination": True}}]
    ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], BlockDeviceMappings=change)
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    wait_for(ec2, [instance["InstanceId"]], "terminated")
    (left,) = ec2.describe_volumes()["Volumes"]
    assert (left["VolumeId"], left["State"], left["Attachments"]) == (kept, "available", [])


def test_an_instance_has_as_many_attachments_as_its_type_allows(ec2: Any) -> None:
    instance = placed(ec2)["InstanceId"]
    taken = [f"/dev/sd{letter}" for letter in "bcdefghijklmnopqrstuvwxyz"]
    for device in taken:
        ec2.attach_volume(Device=device, InstanceId=instance, VolumeId=volume(ec2)["VolumeId"])
    one = volume(ec2)["VolumeId"]
    devices = (f"/dev/xvd{letter}" for letter in "bcdefg")
    for device in devices:
        last = {"Device": device, "InstanceId": instance, "VolumeId": one}
        try:
            ec2.attach_volume(**last)
        except ec2.exceptions.ClientError as refused:
            assert refused.response["Error"]["Code"] == "AttachmentLimitExceeded"
            return
        one = volume(ec2)["VolumeId"]
    raise AssertionError("a t3.micro took more than 28 attachments")


def test_a_volume_whose_host_was_lost_waits_for_its_io(ec2: Any, shared_cloud: Embedded, account: str) -> None:
    made, automatic = volume(ec2)["VolumeId"], volume(ec2)["VolumeId"]
    ec2.modify_volume_attribute(VolumeId=automatic, AutoEnableIO={"Value": True})
    shown = ec2.describe_volume_attribute(VolumeId=automatic, Attribute="autoEnableIO")
    assert shown["AutoEnableIO"] == {"Value": True}
    assert ec2.describe_volume_attribute(VolumeId=made, Attribute="productCodes")["ProductCodes"] == []
    instance = placed(ec2)["InstanceId"]
    for device, one in (("/dev/sdf", made), ("/dev/sdg", automatic)):
        ec2.attach_volume(Device=device, InstanceId=instance, VolumeId=one)
        wait_for_attachment(ec2, one, "attached")

    with shared_cloud.cloud.everywhere(write=True) as uow:
        ended = uow.query(Instance).filter(Instance.id == instance).one()
        ended.state, ended.desired = "terminated", "absent"
        lifecycle.settle(uow, [ended], lost=True)
        uow.commit()
    (status,) = ec2.describe_volume_status(VolumeIds=[made])["VolumeStatuses"]
    assert status["VolumeStatus"]["Status"] == "impaired"
    assert status["Actions"][0]["Code"] == "enable-volume-io"
    assert status["Events"][0]["EventType"] == "potential-data-inconsistency"
    by_action = [{"Name": "action.code", "Values": ["enable-volume-io"]}]
    assert [v["VolumeId"] for v in ec2.describe_volume_status(Filters=by_action)["VolumeStatuses"]] == [made]
    ec2.enable_volume_io(VolumeId=made)
    (status,) = ec2.describe_volume_status(VolumeIds=[made])["VolumeStatuses"]
    assert (status["VolumeStatus"]["Status"], status["Actions"]) == ("ok", [])
    assert code_of(ec2.enable_volume_io, VolumeId="vol-0123456789abcdef0") == "InvalidVolume.NotFound"


def test_what_a_real_host_holds_stays_there(ec2: Any, shared_cloud: Embedded, account: str) -> None:
    made, instance = volume(ec2)["VolumeId"], placed(ec2)["InstanceId"]
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        uow.execute(update(Volume).where(Volume.id == made).values(host="another"))
        uow.commit()
    given = {"Device": "/dev/sdf", "InstanceId": instance, "VolumeId": made}
    assert code_of(ec2.attach_volume, **given) == "UnsupportedOperation"
    assert code_of(ec2.create_snapshot, VolumeId=made) == "UnsupportedOperation"
    assert code_of(ec2.copy_volumes, SourceVolumeId=made) == "UnsupportedOperation"
