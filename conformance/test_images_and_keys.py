"""Images, key pairs and volumes. A test's number is a line of AWS's semantics."""

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from conformance.wire import refused


def images(ec2: Any, *owners: str, **filters: str) -> list[dict[str, Any]]:
    wanted = [{"Name": n.replace("_", "-"), "Values": [v]} for n, v in filters.items()]
    found = ec2.describe_images(**({"Owners": list(owners)} if owners else {}), Filters=wanted)
    return list(found["Images"])


def test_53_the_public_catalogue(ec2: Any) -> None:
    for owner, pattern in (
        ("amazon", "al2023-ami-2023.*-x86_64"),
        ("amazon", "al2023-ami-2023.*-arm64"),
        ("amazon", "amzn2-ami-hvm-*-x86_64-gp2"),
        ("099720109477", "ubuntu/images/hvm-ssd*/ubuntu-*-24.04-amd64-server-*"),
        ("136693071363", "debian-12-amd64-*"),
    ):
        found = images(ec2, owner, name=pattern)
        assert found, pattern
        for image in found:
            assert image["Public"]
            assert image["State"] == "available"
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", image["CreationDate"])
            assert datetime.fromisoformat(image["CreationDate"]) < datetime.now(UTC)
            devices = {m["DeviceName"]: m for m in image["BlockDeviceMappings"]}
            assert devices[image["RootDeviceName"]]["Ebs"]["SnapshotId"].startswith("snap-")
    assert all(i["ImageOwnerAlias"] == "amazon" for i in images(ec2, "amazon", name="al2023*"))
    assert images(ec2, "self") == []
    assert images(ec2, "amazon", name="AL2023-ami-2023.*") == []
    assert {i["Architecture"] for i in images(ec2, "amazon", architecture="arm64")} == {"arm64"}


def test_53_owners_that_are_none(ec2: Any) -> None:
    assert refused(ec2.describe_images, Owners=["nobody"])[:2] == (400, "InvalidUserID.Malformed")


@pytest.fixture
def registered(ec2: Any, launch: Any, reach: Any, name: str) -> Iterator[str]:
    """An image of the account itself, on a snapshot of an instance's root volume: its id."""
    running = reach(launch()["Instances"][0]["InstanceId"], "running")
    try:
        snapshot = ec2.create_snapshot(VolumeId=running["BlockDeviceMappings"][0]["Ebs"]["VolumeId"])["SnapshotId"]
    except ClientError as fault:
        if fault.response["Error"]["Code"] == "UnsupportedOperation":
            pytest.skip("the cloud makes no snapshots yet, and an image needs one")
        raise
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot], WaiterConfig={"Delay": 1})
    root = running["RootDeviceName"]
    devices = [{"DeviceName": root, "Ebs": {"SnapshotId": snapshot}}]
    form = {"Architecture": "x86_64", "VirtualizationType": "hvm", "EnaSupport": True}
    made = ec2.register_image(Name=name, RootDeviceName=root, BlockDeviceMappings=devices, **form)["ImageId"]
    yield made
    if images(ec2, "self", image_id=made):
        ec2.deregister_image(ImageId=made)
    ec2.delete_snapshot(SnapshotId=snapshot)


def test_53_an_own_image(ec2: Any, registered: str, launch: Any, name: str, other: Any) -> None:
    [shown] = images(ec2, "self", name=name)
    assert (shown["ImageId"], shown["Public"], shown["State"]) == (registered, False, "available")
    again = {n: shown[n] for n in ("Name", "RootDeviceName", "Architecture", "BlockDeviceMappings")}
    status, code, message = refused(ec2.register_image, **again)
    assert (status, code) == (400, "InvalidAMIName.Duplicate")
    assert message == f"AMI name {name} is already in use by AMI {registered}"
    assert refused(other.describe_images, ImageIds=[registered])[1] == "InvalidAMIID.NotFound"
    launched = launch(ImageId=registered)["Instances"][0]["InstanceId"]
    ec2.deregister_image(ImageId=registered)
    assert images(ec2, "self", name=name) == []
    assert ec2.describe_instances(InstanceIds=[launched])["Reservations"][0]["Instances"][0]["ImageId"] == registered
    assert refused(launch, ImageId=registered)[1] in ("InvalidAMIID.Unavailable", "InvalidAMIID.NotFound")


def test_53_an_image_on_a_snapshot_of_somebody_else(ec2: Any, image: Any, name: str) -> None:
    root = image["RootDeviceName"]
    [snapshot] = [m["Ebs"]["SnapshotId"] for m in image["BlockDeviceMappings"] if m["DeviceName"] == root]
    devices = [{"DeviceName": root, "Ebs": {"SnapshotId": snapshot}}]
    wanted = {"Name": name, "RootDeviceName": root, "BlockDeviceMappings": devices}
    assert refused(ec2.register_image, **wanted)[:2] == (400, "InvalidSnapshot.NotFound")


def test_53_launch_permission(ec2: Any, registered: str, other: Any, endpoint: Any) -> None:
    friend = endpoint.other.account
    add = {"Add": [{"UserId": friend}]}
    ec2.modify_image_attribute(ImageId=registered, LaunchPermission=add)
    shown = ec2.describe_image_attribute(ImageId=registered, Attribute="launchPermission")
    assert shown["LaunchPermissions"] == [{"UserId": friend}]
    assert [i["ImageId"] for i in other.describe_images(ExecutableUsers=["self"])["Images"]] == [registered]
    assert [i["ImageId"] for i in other.describe_images(ImageIds=[registered])["Images"]] == [registered]
    assert refused(other.deregister_image, ImageId=registered)[1] in ("AuthFailure", "InvalidAMIID.NotFound")
    ec2.reset_image_attribute(ImageId=registered, Attribute="launchPermission")
    assert refused(other.describe_images, ImageIds=[registered])[1] == "InvalidAMIID.NotFound"


def test_52_created_rsa_keys(ec2: Any, name: str, key: Any) -> None:
    private = serialization.load_pem_private_key(key["KeyMaterial"].encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.key_size == 2048
    form = serialization.PrivateFormat.PKCS8
    der = private.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
    assert key["KeyFingerprint"].replace(":", "") == hashlib.sha1(der).hexdigest()
    [shown] = ec2.describe_key_pairs(KeyNames=[name])["KeyPairs"]
    assert (shown["KeyPairId"], shown["KeyType"]) == (key["KeyPairId"], "rsa")
    assert "KeyMaterial" not in shown
    assert "PublicKey" not in shown
    [more] = ec2.describe_key_pairs(KeyPairIds=[key["KeyPairId"]], IncludePublicKey=True)["KeyPairs"]
    assert more["PublicKey"].startswith("ssh-rsa ")


def test_52_created_ed25519_keys(ec2: Any, name: str) -> None:
    key = ec2.create_key_pair(KeyName=name, KeyType="ed25519")
    try:
        private = serialization.load_ssh_private_key(key["KeyMaterial"].encode(), None)
        assert isinstance(private, ed25519.Ed25519PrivateKey)
        encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        blob = base64.b64decode(private.public_key().public_bytes(encoding, form).split()[1])
        digest = base64.b64encode(hashlib.sha256(blob).digest()).decode()
        assert key["KeyFingerprint"].rstrip("=") == digest.rstrip("=")
    finally:
        ec2.delete_key_pair(KeyName=name)


def test_52_imported_keys(ec2: Any, name: str) -> None:
    public = rsa.generate_private_key(65537, 2048).public_key()
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    made = ec2.import_key_pair(KeyName=name, PublicKeyMaterial=line + b" me@example")
    assert made["KeyFingerprint"].replace(":", "") == hashlib.md5(der).hexdigest()
    assert refused(ec2.import_key_pair, KeyName=name, PublicKeyMaterial=line)[:2] == (400, "InvalidKeyPair.Duplicate")
    assert refused(ec2.create_key_pair, KeyName=name)[:2] == (400, "InvalidKeyPair.Duplicate")
    assert ec2.delete_key_pair(KeyPairId=made["KeyPairId"])["Return"] is True
    assert refused(ec2.import_key_pair, KeyName=name, PublicKeyMaterial=b"not a key")[:2] == (
        400,
        "InvalidKey.Format",
    )


def test_52_a_key_that_is_not_there(ec2: Any, name: str) -> None:
    assert ec2.delete_key_pair(KeyName=name)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refused(ec2.describe_key_pairs, KeyNames=[name]) == (
        400,
        "InvalidKeyPair.NotFound",
        f"The key pair '{name}' does not exist",
    )


def test_52_the_key_of_an_instance(name: str, key: Any, launch: Any) -> None:
    assert launch(KeyName=name)["Instances"][0]["KeyName"] == name


def test_volumes_of_instances(ec2: Any, launch: Any, reach: Any) -> None:
    running = reach(launch()["Instances"][0]["InstanceId"], "running")
    wanted = [{"Name": "attachment.instance-id", "Values": [running["InstanceId"]]}]
    [volume] = ec2.describe_volumes(Filters=wanted)["Volumes"]
    [attachment] = volume["Attachments"]
    assert (volume["State"], attachment["State"]) == ("in-use", "attached")
    assert attachment["Device"] == running["RootDeviceName"]
    assert attachment["DeleteOnTermination"] is True
    assert volume["AvailabilityZone"] == running["Placement"]["AvailabilityZone"]
    assert volume["SnapshotId"].startswith("snap-")
    assert volume["Encrypted"] is False
