"""How requests are read and answered, whatever they ask for. A test's number is a line of AWS's semantics."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lxml import etree

from conformance.endpoint import Endpoint
from conformance.wire import NAMESPACE, Wire, refused

REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_07_dry_run_tells_whether_a_call_would_succeed_and_does_nothing(ec2: Any, image: Any, name: str) -> None:
    permitted = (412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    launch = {"ImageId": image["ImageId"], "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
    assert refused(ec2.run_instances, **launch, TagSpecifications=tags, DryRun=True) == permitted
    assert refused(ec2.describe_instances, DryRun=True) == permitted
    assert refused(ec2.create_security_group, GroupName=name, Description="x", DryRun=True) == permitted
    named = [{"Name": "tag:Name", "Values": [name]}]
    assert ec2.describe_instances(Filters=named)["Reservations"] == []
    assert ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"] == []


def test_07_dry_run_still_validates(ec2: Any, image: Any) -> None:
    launch = {"ImageId": image["ImageId"], "InstanceType": "t3.micro", "MinCount": 2, "MaxCount": 1}
    assert refused(ec2.run_instances, **launch, DryRun=True)[:2] == (400, "InvalidParameterCombination")
    gone = ["i-0123456789abcdef0"]
    assert refused(ec2.stop_instances, InstanceIds=gone, DryRun=True)[1] == "InvalidInstanceID.NotFound"


def test_07_dry_run_of_what_a_session_policy_denies(endpoint: Endpoint, sts: Any) -> None:
    if not endpoint.other:
        pytest.skip("policies are enforced where signatures are verified, which this endpoint need not do")
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:DescribeInstances","Resource":"*"}]}'
    found = sts.get_federation_token(Name="reader", Policy=policy)["Credentials"]
    reader = endpoint.session().client(
        "ec2",
        endpoint_url=endpoint.url,
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )
    assert refused(reader.describe_instances, DryRun=True)[:2] == (412, "DryRunOperation")
    assert refused(reader.describe_vpcs, DryRun=True)[:2] == (403, "UnauthorizedOperation")
    assert refused(reader.describe_vpcs)[:2] == (403, "UnauthorizedOperation")


def test_08_bodies_and_request_ids(wire: Wire) -> None:
    answer = wire.call("DescribeRegions")
    assert answer.status == 200
    assert REQUEST_ID.fullmatch(answer.text("requestId") or "")
    assert answer.headers["x-amzn-requestid"] == answer.text("requestId")
    failed = wire.call("DescribeVpcs", **{"VpcId__1": "vpc-0123456789abcdef0"})
    assert [e.tag for e in failed.root.iter()] == ["Response", "Errors", "Error", "Code", "Message", "RequestID"]
    assert failed.error == (400, "InvalidVpcID.NotFound", "The vpc ID 'vpc-0123456789abcdef0' does not exist")
    assert failed.headers["x-amzn-requestid"] == failed.text("RequestID")


def test_08_errors_of_the_query_protocol(wire: Wire) -> None:
    failed = wire.call("GetAccessKeyInfo", service="sts")
    assert failed.status == 400
    assert etree.QName(failed.root).localname == "ErrorResponse"
    assert failed.text("Code") == "ValidationError"
    assert failed.text("RequestId") == failed.headers["x-amzn-requestid"]


def test_09_unknown_actions_parameters_and_missing_ones(wire: Wire) -> None:
    assert wire.call("LaunchRockets").error == (
        400,
        "InvalidAction",
        "The action LaunchRockets is not valid for this web service.",
    )
    assert wire.call("StopInstances").error == (400, "InvalidParameterCombination", "No instances specified")
    assert wire.call("DeleteVpc").error == (400, "MissingParameter", "The request must contain the parameter VpcId")
    image = {"ImageId": "ami-0123456789abcdef0"}
    assert wire.call("RunInstances", **image, MaxCount="1").error == (
        400,
        "MissingParameter",
        "The request must contain the parameter MinCount",
    )
    assert wire.call("DescribeRegions", Colour="red").error[:2] == (400, "UnknownParameter")
    assert wire.call("DescribeRegions", AllRegions="perhaps").error[:2] == (400, "InvalidParameterValue")


def test_10_the_answers_namespace_ends_in_a_slash(wire: Wire) -> None:
    assert wire.call("DescribeVpcs").root.tag == f"{{{NAMESPACE}}}DescribeVpcsResponse"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_11_get_and_post_and_lists_from_zero_and_with_gaps(wire: Wire, ec2: Any, method: str, group: str) -> None:
    tags = {"Tag__0__Key": "a", "Tag__0__Value": "1", "Tag__7__Key": "b", "Tag__7__Value": "2"}
    answer = wire.call("CreateTags", method, ResourceId__0=group, **tags)
    assert (answer.status, answer.text("return")) == (200, "true")
    shown = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [group]}])["Tags"]
    assert {(t["Key"], t["Value"]) for t in shown} == {("a", "1"), ("b", "2")}


BY_TYPE = [
    ("describe_instances", "InstanceIds", "i", "InvalidInstanceID", "instance"),
    ("describe_volumes", "VolumeIds", "vol", "InvalidVolume", "volume"),
    ("describe_images", "ImageIds", "ami", "InvalidAMIID", "image"),
    ("describe_security_groups", "GroupIds", "sg", "InvalidGroup", "security group"),
    ("describe_vpcs", "VpcIds", "vpc", "InvalidVpcID", "vpc"),
    ("describe_subnets", "SubnetIds", "subnet", "InvalidSubnetID", "subnet"),
    ("describe_network_interfaces", "NetworkInterfaceIds", "eni", "InvalidNetworkInterfaceID", "networkInterface"),
    ("describe_internet_gateways", "InternetGatewayIds", "igw", "InvalidInternetGatewayID", "internetGateway"),
    ("describe_route_tables", "RouteTableIds", "rtb", "InvalidRouteTableID", "routeTable"),
    ("describe_network_acls", "NetworkAclIds", "acl", "InvalidNetworkAclID", "networkAcl"),
]
SPELLED_OTHERWISE = {  # in the codes of malformed ids
    "InvalidGroup": "InvalidGroupId",
    "InvalidVolume": "InvalidVolumeID",
    "InvalidNetworkInterfaceID": "InvalidNetworkInterfaceId",
    "InvalidInternetGatewayID": "InvalidInternetGatewayId",
    "InvalidRouteTableID": "InvalidRouteTableId",
    "InvalidNetworkAclID": "InvalidNetworkAclId",
}


@pytest.mark.parametrize(("action", "parameter", "prefix", "code", "noun"), BY_TYPE)
def test_12_malformed_and_unknown_ids(ec2: Any, action: str, parameter: str, prefix: str, code: str, noun: str) -> None:
    call = getattr(ec2, action)
    malformed = SPELLED_OTHERWISE.get(code, code)
    for wrong in (f"{prefix}-xyz", "nothing", f"{prefix}-0123456789abcdef01", f"{prefix}-0123456789ABCDEF0"):
        found = refused(call, **{parameter: [wrong]})
        assert found[:2] == (400, f"{malformed}.Malformed"), wrong
        assert wrong in found[2]
    absent = f"{prefix}-0123456789abcdef0"
    sentence = {
        "image": f"The image id '[{absent}]' does not exist",
        "volume": f"The volume '{absent}' does not exist.",
        "security group": f"The security group '{absent}' does not exist",
    }.get(noun, f"The {noun} ID '{absent}' does not exist")
    assert refused(call, **{parameter: [absent]}) == (400, f"{code}.NotFound", sentence)
    old = f"{prefix}-01234567"
    assert refused(call, **{parameter: [old]})[1] == f"{code}.NotFound"
    found = refused(call, **{parameter: [absent, old]})
    assert found[1] == f"{code}.NotFound"
    assert absent in found[2]
    assert old in found[2]


def test_12_instances_by_name_in_the_error(ec2: Any) -> None:
    a, b = "i-0123456789abcdef0", "i-01234567"
    assert refused(ec2.terminate_instances, InstanceIds=[a, b])[1:] == (
        "InvalidInstanceID.NotFound",
        f"The instance IDs '{b}, {a}' do not exist",
    )
    assert refused(ec2.describe_instances, InstanceIds=["i-xyz"])[1:] == (
        "InvalidInstanceID.Malformed",
        'Invalid id: "i-xyz"',
    )


def test_25_no_error_of_the_caller_is_one_that_clients_retry(ec2: Any, wire: Wire) -> None:
    for action in ("CreateIpam", "DescribeCarrierGateways", "CreateNetworkInsightsPath"):
        status, code, _ = wire.call(action).error
        assert (status, code) in [(400, "UnsupportedOperation"), (400, "MissingParameter")], action
    with pytest.raises(ClientError) as caught:
        ec2.describe_ipams()
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_26_times_and_booleans(wire: Wire, launch: Any) -> None:
    instance = launch()["Instances"][0]
    answer = wire.call("DescribeInstances", InstanceId__1=instance["InstanceId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer.text("launchTime") or "")
    assert answer.text("sourceDestCheck") == "true"
    assert answer.text("ebsOptimized") == "false"
    assert abs(instance["LaunchTime"] - datetime.now(UTC)) < timedelta(minutes=1)


def test_27_names_on_the_wire(wire: Wire, launch: Any, reach: Any) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]
    instance = launch(TagSpecifications=tags)["Instances"][0]
    reach(instance["InstanceId"], "running")
    root = wire.call("DescribeInstances", InstanceId__1=instance["InstanceId"]).root
    names = {"n": NAMESPACE}
    item = root.find("n:reservationSet/n:item/n:instancesSet/n:item", names)
    below = {etree.QName(child).localname for child in item}
    assert {"instanceId", "imageId", "instanceState", "privateDnsName", "dnsName", "ipAddress"} <= below
    assert {"privateIpAddress", "groupSet", "blockDeviceMapping", "networkInterfaceSet", "tagSet"} <= below
    assert item.findtext("n:tagSet/n:item/n:key", namespaces=names) == "a"
    assert item.findtext("n:instanceState/n:code", namespaces=names) == "16"


def test_28_what_is_absent_has_no_element(wire: Wire, launch: Any, reach: Any) -> None:
    instance = reach(launch()["Instances"][0]["InstanceId"], "running")
    root = wire.call("DescribeInstances", InstanceId__1=instance["InstanceId"]).root
    names = {etree.QName(e).localname for e in root.iter()}
    absent = {"stateReason", "keyName", "platform", "kernelId", "ramdiskId", "iamInstanceProfile", "ipv6Address"}
    assert not names & (absent | {"spotInstanceRequestId", "instanceLifecycle", "outpostArn", "nextToken"})
    empty = {etree.QName(e).localname for e in root.iter() if len(e) == 0 and not e.text}
    assert {"productCodes", "reason"} <= empty
    assert "StateReason" not in instance


def test_58_what_was_just_made_can_be_read(ec2: Any, image: Any, launch: Any) -> None:
    for _ in range(5):
        made = launch()["Instances"][0]["InstanceId"]
        assert ec2.describe_instances(InstanceIds=[made])["Reservations"][0]["Instances"][0]["InstanceId"] == made


def test_60_a_wrong_secret(endpoint: Endpoint, wire: Wire) -> None:
    if wire.call("DescribeRegions", signed=False).status == 200:
        pytest.skip("the endpoint does not verify signatures")
    wrong = (401, "AuthFailure", "AWS was not able to validate the provided access credentials")
    assert wire.call("DescribeRegions", secret="wrong").error == wrong
    failed = wire.call("GetCallerIdentity", service="sts", secret="wrong")
    assert failed.error[:2] == (403, "SignatureDoesNotMatch")

    def another_key(request: Any) -> None:
        header = request.headers["Authorization"].replace(endpoint.credentials.access_key_id, "AKIAIOSFODNN7EXAMPLE")
        request.headers.replace_header("Authorization", header)

    assert wire.call("DescribeRegions", change=another_key).error == wrong
    unknown = wire.call("GetCallerIdentity", service="sts", change=another_key)
    assert unknown.error == (
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    )


def test_60_no_signature(wire: Wire) -> None:
    answer = wire.call("DescribeRegions", signed=False)
    if answer.status == 200:
        pytest.skip("the endpoint does not verify signatures")
    assert answer.error[1] in ("MissingAuthenticationToken", "AuthFailure")
    assert answer.error[0] in (401, 403)


def test_60_a_body_that_was_not_signed(wire: Wire) -> None:
    def another_body(request: Any) -> None:
        request.url += "&Action=DescribeVpcs" if "?" in request.url else "?Action=DescribeVpcs"

    answer = wire.call("DescribeRegions", change=another_body)
    if wire.call("DescribeRegions", signed=False).status == 200:
        pytest.skip("the endpoint does not verify signatures")
    assert answer.error[:2] == (401, "AuthFailure")


def test_60_presigned(wire: Wire) -> None:
    answer = wire.call("DescribeRegions", "GET", presigned=True)
    assert answer.status == 200
    assert answer.text("regionName")


@pytest.mark.parametrize("minutes", [-20, 20])
def test_60_a_clock_that_is_wrong(
    endpoint: Endpoint, wire: Wire, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    if wire.call("DescribeRegions", signed=False).status == 200:
        pytest.skip("the endpoint does not verify signatures")
    import botocore.auth  # noqa: PLC0415

    moment = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=minutes)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: moment)
    assert wire.call("DescribeRegions").error == (400, "RequestExpired", "Request has expired.")
    failed = wire.call("GetCallerIdentity", service="sts")
    assert failed.error[:2] == (403, "SignatureDoesNotMatch")
    assert ("expired" if minutes < 0 else "not yet current") in (failed.error[2] or "")
