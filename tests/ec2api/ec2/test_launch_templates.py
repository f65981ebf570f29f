"""Launch templates: their versions, what they hold, and launches from them."""

import base64
from typing import Any

import pytest

from backend.catalogue import images
from tests.launching import ami, launch, wait_for
from tests.refusal import refused

USER_DATA = base64.b64encode(b"#!/bin/sh\necho hello\n").decode()

EVERYTHING: dict[str, Any] = {
    "KernelId": "aki-0123456789abcdef0",
    "EbsOptimized": False,
    "IamInstanceProfile": {"Name": "web"},
    "BlockDeviceMappings": [
        {
            "DeviceName": "/dev/xvda",
            "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Iops": 3000, "Throughput": 125, "Encrypted": True},
        },
        {"DeviceName": "/dev/sdf", "NoDevice": ""},
    ],
    "NetworkInterfaces": [
        {
            "AssociateCarrierIpAddress": False,
            "AssociatePublicIpAddress": True,
            "DeviceIndex": 0,
            "NetworkCardIndex": 1,
            "Groups": ["sg-0123456789abcdef0"],
            "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}],
            "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": "10.0.0.5"}],
            "ConnectionTrackingSpecification": {"TcpEstablishedTimeout": 600},
            "EnaSrdSpecification": {"EnaSrdEnabled": True, "EnaSrdUdpSpecification": {"EnaSrdUdpEnabled": False}},
        }
    ],
    "ImageId": "resolve:ssm:/aws/service/none",
    "InstanceType": "t3.micro",
    "KeyName": "mine",
    "Monitoring": {"Enabled": True},
    "Placement": {"AvailabilityZone": "us-east-1a", "GroupName": "pg", "Tenancy": "default", "PartitionNumber": 2},
    "RamDiskId": "ari-0123456789abcdef0",
    "DisableApiTermination": True,
    "InstanceInitiatedShutdownBehavior": "terminate",
    "UserData": USER_DATA,
    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}],
    "InstanceMarketOptions": {
        "MarketType": "spot",
        "SpotOptions": {"MaxPrice": "0.05", "SpotInstanceType": "one-time"},
    },
    "CreditSpecification": {"CpuCredits": "standard"},
    "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
    "CapacityReservationSpecification": {"CapacityReservationPreference": "none"},
    "LicenseSpecifications": [{"LicenseConfigurationArn": "arn:aws:license-manager:us-east-1:1:x"}],
    "HibernationOptions": {"Configured": False},
    "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "HttpEndpoint": "enabled"},
    "EnclaveOptions": {"Enabled": False},
    "PrivateDnsNameOptions": {"HostnameType": "ip-name", "EnableResourceNameDnsARecord": True},
    "MaintenanceOptions": {"AutoRecovery": "disabled"},
    "DisableApiStop": True,
}


def make(ec2: Any, name: str = "web", **data: Any) -> Any:
    given = data or {"InstanceType": "t3.micro"}
    return ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=given)["LaunchTemplate"]


def add(ec2: Any, id: str, source: str | None = None, **data: Any) -> Any:
    more = {"SourceVersion": source} if source else {}
    answer = ec2.create_launch_template_version(LaunchTemplateId=id, LaunchTemplateData=data, **more)
    return answer["LaunchTemplateVersion"]


def numbers(ec2: Any, **given: Any) -> list[int]:
    found = ec2.describe_launch_template_versions(**given)["LaunchTemplateVersions"]
    return [version["VersionNumber"] for version in found]


def test_a_template_and_its_first_version(ec2: Any, account: str) -> None:
    tags = [{"Key": "Name", "Value": "web"}]
    answer = ec2.create_launch_template(
        LaunchTemplateName="web",
        VersionDescription="first",
        LaunchTemplateData=EVERYTHING,
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
    )
    template = answer["LaunchTemplate"]
    assert template["DefaultVersionNumber"] == template["LatestVersionNumber"] == 1
    assert template["CreatedBy"] == f"arn:aws:iam::{account}:root"
    assert template["Tags"] == tags
    assert ec2.describe_launch_templates(LaunchTemplateIds=[template["LaunchTemplateId"]])["LaunchTemplates"] == [
        template
    ]
    assert ec2.describe_launch_templates(LaunchTemplateNames=["web"])["LaunchTemplates"] == [template]
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"], Versions=["1"])[
        "LaunchTemplateVersions"
    ]
    assert version["LaunchTemplateData"] == EVERYTHING
    assert version["VersionDescription"] == "first" and version["DefaultVersion"] is True
    assert version["LaunchTemplateName"] == "web"


def test_a_time_in_a_template_comes_back(ec2: Any) -> None:
    market = {"MarketType": "spot", "SpotOptions": {"ValidUntil": "2030-01-02T03:04:05Z"}}
    id = make(ec2, InstanceMarketOptions=market)["LaunchTemplateId"]
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=id)["LaunchTemplateVersions"]
    until = version["LaunchTemplateData"]["InstanceMarketOptions"]["SpotOptions"]["ValidUntil"]
    assert until.isoformat() == "2030-01-02T03:04:05+00:00"


def test_versions_inherit_from_a_source(ec2: Any) -> None:
    devices = [{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": "snap-0123456789abcdef0", "VolumeSize": 9}}]
    id = make(ec2, InstanceType="t3.micro", KeyName="mine", BlockDeviceMappings=devices)["LaunchTemplateId"]
    second = add(ec2, id, source="1", InstanceType="t3.small")
    assert second["VersionNumber"] == 2 and second["DefaultVersion"] is False
    assert second["LaunchTemplateData"] == {
        "InstanceType": "t3.small",
        "KeyName": "mine",
        "BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 9}}],
    }
    assert add(ec2, id, KeyName="other")["LaunchTemplateData"] == {"KeyName": "other"}
    with refused("InvalidLaunchTemplateId.VersionNotFound", id):
        add(ec2, id, source="9", KeyName="other")


def test_which_versions_are_shown(ec2: Any) -> None:
    id = make(ec2)["LaunchTemplateId"]
    for _ in range(4):
        add(ec2, id, InstanceType="t3.small")
    other = make(ec2, "other")["LaunchTemplateId"]
    assert numbers(ec2, LaunchTemplateId=id) == [5, 4, 3, 2, 1]
    assert numbers(ec2, LaunchTemplateName="web", Versions=["$Latest"]) == [5]
    assert numbers(ec2, LaunchTemplateName="web", Versions=["$Default", "3"]) == [3, 1]
    assert numbers(ec2, LaunchTemplateId=id, MinVersion="2", MaxVersion="4") == [4, 3, 2]
    everywhere = ec2.describe_launch_template_versions(Versions=["$Latest"])["LaunchTemplateVersions"]
    assert [(v["LaunchTemplateId"], v["VersionNumber"]) for v in everywhere] == [(other, 1), (id, 5)]
    assert numbers(ec2, Versions=["$Latest", "$Default"]) == [1, 5, 1]
    first = ec2.describe_launch_template_versions(LaunchTemplateId=id, MaxResults=3)
    assert [v["VersionNumber"] for v in first["LaunchTemplateVersions"]] == [5, 4, 3]
    assert numbers(ec2, LaunchTemplateId=id, MaxResults=3, NextToken=first["NextToken"]) == [2, 1]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "MissingParameter"),
        ({"Versions": ["1"]}, "InvalidParameterCombination"),
        ({"LaunchTemplateName": "web", "LaunchTemplateId": "lt-0123456789abcdef0"}, "InvalidParameterCombination"),
        ({"LaunchTemplateName": "web", "Versions": ["1"], "MinVersion": "1"}, "InvalidParameterCombination"),
        ({"LaunchTemplateName": "web", "Versions": ["7"]}, "InvalidLaunchTemplateId.VersionNotFound"),
        ({"LaunchTemplateName": "web", "Versions": ["newest"]}, "InvalidParameterValue"),
        ({"LaunchTemplateName": "none"}, "InvalidLaunchTemplateName.NotFoundException"),
        ({"LaunchTemplateId": "lt-0123456789abcdef0"}, "InvalidLaunchTemplateId.NotFound"),
        ({"LaunchTemplateId": "lt-x"}, "InvalidLaunchTemplateId.Malformed"),
        ({"LaunchTemplateName": "web", "MaxResults": 201}, "InvalidParameterValue"),
    ],
)
def test_versions_that_cannot_be_shown(ec2: Any, given: dict[str, Any], code: str) -> None:
    make(ec2)
    with refused(code):
        ec2.describe_launch_template_versions(**given)


def test_the_default_version_moves(ec2: Any) -> None:
    id = make(ec2)["LaunchTemplateId"]
    add(ec2, id, InstanceType="t3.small")
    changed = ec2.modify_launch_template(LaunchTemplateId=id, DefaultVersion="2")["LaunchTemplate"]
    assert (changed["DefaultVersionNumber"], changed["LatestVersionNumber"]) == (2, 2)
    assert numbers(ec2, LaunchTemplateId=id, Versions=["$Default"]) == [2]
    with refused("InvalidLaunchTemplateId.VersionNotFound"):
        ec2.modify_launch_template(LaunchTemplateId=id, DefaultVersion="3")


def test_deleted_versions_leave_their_numbers_unused(ec2: Any) -> None:
    id = make(ec2)["LaunchTemplateId"]
    add(ec2, id, InstanceType="t3.small")
    add(ec2, id, InstanceType="t3.medium")
    answer = ec2.delete_launch_template_versions(LaunchTemplateId=id, Versions=["3", "9"])
    (gone,) = answer["SuccessfullyDeletedLaunchTemplateVersions"]
    assert gone == {"LaunchTemplateId": id, "LaunchTemplateName": "web", "VersionNumber": 3}
    (failed,) = answer["UnsuccessfullyDeletedLaunchTemplateVersions"]
    assert failed["VersionNumber"] == 9
    assert failed["ResponseError"]["Code"] == "launchTemplateVersionDoesNotExist"
    assert ec2.describe_launch_templates()["LaunchTemplates"][0]["LatestVersionNumber"] == 2
    assert add(ec2, id, InstanceType="t3.large")["VersionNumber"] == 4
    with refused("OperationNotPermitted", "default"):
        ec2.delete_launch_template_versions(LaunchTemplateId=id, Versions=["2", "1"])
    assert numbers(ec2, LaunchTemplateId=id) == [4, 2, 1]


def test_a_deleted_template_is_gone_with_its_versions(ec2: Any) -> None:
    template = make(ec2)
    ec2.create_tags(Resources=[template["LaunchTemplateId"]], Tags=[{"Key": "a", "Value": "b"}])
    gone = ec2.delete_launch_template(LaunchTemplateName="web")["LaunchTemplate"]
    assert gone["LaunchTemplateId"] == template["LaunchTemplateId"] and gone["Tags"]
    with refused("InvalidLaunchTemplateId.NotFound", template["LaunchTemplateId"]):
        ec2.describe_launch_templates(LaunchTemplateIds=[template["LaunchTemplateId"]])
    with refused("InvalidLaunchTemplateName.NotFoundException"):
        ec2.describe_launch_templates(LaunchTemplateNames=["web"])
    with refused("InvalidLaunchTemplateName.NotFoundException"):
        ec2.delete_launch_template(LaunchTemplateName="web")
    assert ec2.describe_tags()["Tags"] == []
    make(ec2)


@pytest.mark.parametrize("name", ["ab", "a b c", "x" * 129, "grün"])
def test_names_that_cannot_be(ec2: Any, name: str) -> None:
    with refused("InvalidLaunchTemplateName.MalformedException"):
        make(ec2, name)


def test_templates_that_are_refused(ec2: Any) -> None:
    make(ec2)
    with refused("InvalidLaunchTemplateName.AlreadyExistsException"):
        make(ec2)
    with refused("UnknownParameter", "NoSuchThing"):
        ec2.meta.events.register("before-call.ec2.CreateLaunchTemplate", _unknown_member)
        make(ec2, "other")
    assert len(ec2.describe_launch_templates()["LaunchTemplates"]) == 1


def _unknown_member(params: dict[str, Any], **_: Any) -> None:
    params["body"]["LaunchTemplateData.NoSuchThing"] = "1"


def test_what_a_launch_will_be_refused_for_is_warned_of(ec2: Any) -> None:
    answer = ec2.create_launch_template(
        LaunchTemplateName="web",
        LaunchTemplateData={
            "InstanceType": "t3.gigantic",
            "SecurityGroupIds": ["sg-0123456789abcdef0"],
            "NetworkInterfaces": [{"DeviceIndex": 0}],
        },
    )
    codes = [error["Code"] for error in answer["Warning"]["Errors"]]
    assert codes == ["InvalidParameterCombination", "InvalidParameterValue"]
    with refused("InvalidParameterCombination"):
        requirements = {"VCpuCount": {"Min": 1}, "MemoryMiB": {"Min": 1}}
        make(ec2, "both", InstanceType="t3.micro", InstanceRequirements=requirements)


def test_filters_of_versions(ec2: Any) -> None:
    id = make(ec2, **EVERYTHING)["LaunchTemplateId"]
    add(ec2, id, InstanceType="t3.large", EbsOptimized=True)
    for name, value, found in (
        ("ebs-optimized", "true", [2]),
        ("ebs-optimized", "false", [1]),
        ("http-tokens", "required", [1]),
        ("http-endpoint", "enabled", [1]),
        ("http-protocol-ipv4", "enabled", [2, 1]),
        ("image-id", "resolve:ssm:*", [1]),
        ("instance-type", "t3.*", [2, 1]),
        ("is-default-version", "true", [1]),
        ("is-default-version", "false", [2]),
        ("kernel-id", "aki-*", [1]),
        ("ram-disk-id", "ari-0123456789abcdef0", [1]),
        ("license-configuration-arn", "arn:aws:license-manager:us-east-1:1:x", [1]),
        ("license-configuration-arn", "arn:aws:license-manager:us-east-1:1:", []),
        ("network-card-index", "1", [1]),
        ("iam-instance-profile", "*", []),
        ("host-resource-group-arn", "*", []),
        ("create-time", "20*", [2, 1]),
    ):
        assert numbers(ec2, LaunchTemplateId=id, Filters=[{"Name": name, "Values": [value]}]) == found, name
    templates = ec2.describe_launch_templates(Filters=[{"Name": "launch-template-name", "Values": ["w?b"]}])
    assert len(templates["LaunchTemplates"]) == 1


def test_a_launch_from_a_template(ec2: Any) -> None:
    specification = [
        {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "tier", "Value": "front"}]},
        {"ResourceType": "volume", "Tags": [{"Key": "disk", "Value": "yes"}]},
    ]
    template = make(
        ec2,
        ImageId=ami(ec2),
        InstanceType="t3.small",
        UserData=USER_DATA,
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30}}],
        Placement={"AvailabilityZone": "us-east-1b"},
        TagSpecifications=specification,
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 3},
    )
    id = template["LaunchTemplateId"]
    first = ec2.run_instances(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateId": id})["Instances"][0]
    assert first["InstanceType"] == "t3.small"
    assert first["Placement"]["AvailabilityZone"] == "us-east-1b"
    assert first["MetadataOptions"]["HttpPutResponseHopLimit"] == 3
    tags = {tag["Key"]: tag["Value"] for tag in first["Tags"]}
    assert tags == {
        "Name": "web",
        "tier": "front",
        "aws:ec2launchtemplate:id": id,
        "aws:ec2launchtemplate:version": "1",
    }
    shown = ec2.describe_tags(
        Filters=[
            {"Name": "resource-id", "Values": [first["InstanceId"]]},
            {"Name": "key", "Values": ["aws:ec2launchtemplate:id"]},
        ]
    )["Tags"]
    assert [tag["Value"] for tag in shown] == [id]
    (volume,) = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [first["InstanceId"]]}])[
        "Volumes"
    ]
    assert volume["Size"] == 30
    assert volume["Tags"] == [{"Key": "disk", "Value": "yes"}]


def test_parameters_of_the_launch_come_before_those_of_the_template(ec2: Any) -> None:
    mapping = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30}}]
    tags = [{"Key": "Name", "Value": "web"}, {"Key": "tier", "Value": "front"}]
    id = make(
        ec2,
        ImageId=ami(ec2),
        InstanceType="t3.small",
        BlockDeviceMappings=mapping,
        Placement={"AvailabilityZone": "us-east-1b"},
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )["LaunchTemplateId"]
    add(ec2, id, source="1", InstanceType="t3.medium")
    instance = ec2.run_instances(
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.nano",
        LaunchTemplate={"LaunchTemplateName": "web", "Version": "$Latest"},
        BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 5}}],
        Placement={"AvailabilityZone": "", "Tenancy": "default"},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "mine"}]}],
    )["Instances"][0]
    assert instance["InstanceType"] == "t3.nano"
    assert instance["Placement"]["AvailabilityZone"] == "us-east-1b"
    assert {tag["Key"]: tag["Value"] for tag in instance["Tags"]} == {
        "Name": "mine",
        "tier": "front",
        "aws:ec2launchtemplate:id": id,
        "aws:ec2launchtemplate:version": "2",
    }
    (shown,) = wait_for(ec2, [instance["InstanceId"]], "running")
    assert [m["DeviceName"] for m in shown["BlockDeviceMappings"]] == ["/dev/xvda", "/dev/sdf"]
    default = ec2.run_instances(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateId": id, "Version": "$Default"})
    assert default["Instances"][0]["InstanceType"] == "t3.small"


def test_launches_that_are_refused(ec2: Any) -> None:
    id = make(ec2, InstanceType="t3.micro")["LaunchTemplateId"]
    one: dict[str, Any] = {"MinCount": 1, "MaxCount": 1}
    with refused("MissingParameter", "ImageId"):
        ec2.run_instances(LaunchTemplate={"LaunchTemplateId": id}, **one)
    with refused("InvalidLaunchTemplateId.VersionNotFound"):
        ec2.run_instances(LaunchTemplate={"LaunchTemplateId": id, "Version": "2"}, **one)
    with refused("InvalidLaunchTemplateName.NotFoundException"):
        ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "none"}, **one)
    with refused("MissingParameter", "LaunchTemplateId"):
        ec2.run_instances(LaunchTemplate={"Version": "2"}, ImageId=ami(ec2), **one)
    requirements = {"VCpuCount": {"Min": 1}, "MemoryMiB": {"Min": 1}}
    chosen = make(ec2, "chosen", ImageId=ami(ec2), InstanceRequirements=requirements)["LaunchTemplateId"]
    with refused("InvalidParameterCombination", "instance requirements"):
        ec2.run_instances(LaunchTemplate={"LaunchTemplateId": chosen}, **one)
    strange = make(ec2, "licensed", ImageId=ami(ec2), LicenseSpecifications=EVERYTHING["LicenseSpecifications"])
    with refused("InvalidParameterValue", "LicenseSpecification.1"):
        ec2.run_instances(LaunchTemplate={"LaunchTemplateId": strange["LaunchTemplateId"]}, **one)


def test_an_image_by_the_name_of_a_parameter(ec2: Any) -> None:
    name, image_id = next(iter(images.ssm_parameters("us-east-1").items()))
    alias = f"resolve:ssm:{name}"
    id = make(ec2, ImageId=alias)["LaunchTemplateId"]
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=id)["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"]["ImageId"] == alias
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=id, ResolveAlias=True)["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"]["ImageId"] == image_id
    current = next(n for n in images.ssm_parameters("us-east-1") if "al2023" in n and n.endswith("x86_64"))
    instance = launch(ec2, until=None, ImageId=f"resolve:ssm:{current}")
    assert instance["ImageId"] == images.ssm_parameters("us-east-1")[current]
    with refused("InvalidParameterValue", "resolve:ssm:/none"):
        launch(ec2, until=None, ImageId="resolve:ssm:/none")


def test_the_data_of_an_instance_launches_another_like_it(ec2: Any) -> None:
    instance = launch(ec2, UserData=base64.b64decode(USER_DATA), CreditSpecification={"CpuCredits": "standard"})
    data = ec2.get_launch_template_data(InstanceId=instance["InstanceId"])["LaunchTemplateData"]
    assert data["ImageId"] == instance["ImageId"] and data["UserData"] == USER_DATA
    assert data["CreditSpecification"] == {"CpuCredits": "standard"}
    assert data["BlockDeviceMappings"][0]["DeviceName"] == instance["RootDeviceName"]
    assert data["NetworkInterfaces"][0]["SubnetId"] == instance["SubnetId"]
    data["NetworkInterfaces"][0].pop("PrivateIpAddresses")
    data["NetworkInterfaces"][0].pop("Ipv6Addresses", None)
    id = make(ec2, "copy", **data)["LaunchTemplateId"]
    copy = ec2.run_instances(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateId": id})["Instances"][0]
    assert copy["InstanceType"] == instance["InstanceType"]
    with refused("InvalidInstanceID.NotFound"):
        ec2.get_launch_template_data(InstanceId="i-0123456789abcdef0")
