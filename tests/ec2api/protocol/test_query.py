"""What a form means, and how each fault in one is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import ServiceModel
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import CloudError
from ec2api.protocol import model, query
from tests.ec2api.protocol.shapes import DIALECTS

LAUNCH = [("ImageId", "ami-1"), ("MinCount", "1"), ("MaxCount", "1")]


def parsed(operation: str, *form: tuple[str, str], service: str = "ec2", **rules: Any) -> dict[str, Any]:
    shape = model.service(service).operation_model(operation).input_shape
    return query.parse(form, shape, dialect=DIALECTS[service], **rules)


def fault(operation: str, *form: tuple[str, str], service: str = "ec2") -> tuple[str, str]:
    with pytest.raises(CloudError) as caught:
        parsed(operation, *form, service=service)
    assert caught.value.status == 400
    return caught.value.code, caught.value.message


def made_up(**members: dict[str, Any]) -> Any:
    """The input shape of a service of the query protocol that has what the real ones do not use."""
    shapes = {
        "Input": {"type": "structure", "members": {name: {"shape": name} for name in members}},
        "Text": {"type": "string"},
        "Node": {"type": "structure", "members": {"Name": {"shape": "Text"}, "Nodes": {"shape": "NodeList"}}},
        "NodeList": {"type": "list", "member": {"shape": "Node"}},
        **members,
    }
    return ServiceModel({"metadata": {}, "operations": {}, "shapes": shapes}, "made-up").shape_for("Input")


# What is understood


def test_values_have_the_names_and_types_of_boto3() -> None:
    assert parsed(
        "RunInstances",
        *LAUNCH,
        ("BlockDeviceMapping.1.DeviceName", "/dev/sda1"),
        ("BlockDeviceMapping.1.Ebs.VolumeSize", "20"),
        ("BlockDeviceMapping.1.Ebs.DeleteOnTermination", "TRUE"),
        ("SecurityGroupId.1", "sg-1"),
        ("InstanceMarketOptions.SpotOptions.ValidUntil", "2026-11-22T10:30:56Z"),
        ("EbsOptimized", "0"),
    ) == {
        "ImageId": "ami-1",
        "MinCount": 1,
        "MaxCount": 1,
        "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20, "DeleteOnTermination": True}}],
        "SecurityGroupIds": ["sg-1"],
        "InstanceMarketOptions": {"SpotOptions": {"ValidUntil": datetime(2026, 11, 22, 10, 30, 56, tzinfo=UTC)}},
        "EbsOptimized": False,
    }


@pytest.mark.parametrize("indices", [(0, 1, 2), (1, 2, 3), (2, 7, 900_000_000)])
def test_lists_may_start_anywhere_and_have_gaps(indices: tuple[int, ...]) -> None:
    form = [(f"InstanceId.{index}", f"i-{place}") for place, index in enumerate(indices)]
    assert parsed("DescribeInstances", *reversed(form)) == {"InstanceIds": ["i-0", "i-1", "i-2"]}


def test_list_items_are_ordered_by_number_not_by_text() -> None:
    form = [(f"Filter.{number}.Name", str(number)) for number in range(12)]
    assert [item["Name"] for item in parsed("DescribeInstances", *form)["Filters"]] == [str(n) for n in range(12)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-22T10:30:56.000Z", datetime(2026, 11, 22, 10, 30, 56)),
        ("2026-11-22T10:30:56.123456Z", datetime(2026, 11, 22, 10, 30, 56, 123456)),
        ("2026-11-22T10:30:56.123456789Z", datetime(2026, 11, 22, 10, 30, 56, 123456)),
        ("2026-11-22T10:30:56", datetime(2026, 11, 22, 10, 30, 56)),
        ("2026-11-22T10:30Z", datetime(2026, 11, 22, 10, 30)),
        ("2026-11-22T12:30:56+02:00", datetime(2026, 11, 22, 10, 30, 56)),
        ("2026-11-22T05:00:56-0530", datetime(2026, 11, 22, 10, 30, 56)),
        ("2026-11-22", datetime(2026, 11, 22)),
        ("1795343456", datetime(2026, 11, 22, 10, 30, 56)),
        ("1795343456.5", datetime(2026, 11, 22, 10, 30, 56, 500000)),
        ("-1", datetime(1969, 12, 31, 23, 59, 59)),
    ],
)
def test_timestamps(text: str, meant: datetime) -> None:
    assert parsed("DescribeSpotPriceHistory", ("StartTime", text))["StartTime"] == meant.replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["aGVsbG8=", "aGVs\nbG8=\n", " aGVs bG8= "])
def test_blobs(text: str) -> None:
    assert parsed("ImportKeyPair", ("KeyName", "k"), ("PublicKeyMaterial", text))["PublicKeyMaterial"] == b"hello"


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("False", False), ("1", True), ("0", False)])
def test_booleans(text: str, meant: bool) -> None:
    assert parsed("DescribeInstances", ("DryRun", text)) == {"DryRun": meant}


def test_query_protocol_lists_name_their_items() -> None:
    assert parsed(
        "AssumeRole",
        ("RoleArn", "arn:aws:iam::123456789012:role/reader"),
        ("RoleSessionName", "me"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
        ("TransitiveTagKeys", ""),
        service="sts",
    ) == {
        "RoleArn": "arn:aws:iam::123456789012:role/reader",
        "RoleSessionName": "me",
        "Tags": [{"Key": "team", "Value": "red"}],
        "TransitiveTagKeys": [],
    }


def test_query_protocol_flattened_lists_and_maps() -> None:
    shape = made_up(
        Plain={"type": "list", "member": {"shape": "Text"}, "flattened": True},
        Named={"type": "list", "member": {"shape": "Text", "locationName": "Name"}, "flattened": True},
        Empty={"type": "list", "member": {"shape": "Text", "locationName": "Nothing"}, "flattened": True},
        Map={"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
        Flat={
            "type": "map",
            "key": {"shape": "Text", "locationName": "K"},
            "value": {"shape": "Node", "locationName": "V"},
            "flattened": True,
        },
    )
    form = {
        "Plain.1": "a",
        "Plain.2": "b",
        "Name.1": "c",
        "Empty": "",
        "Map.entry.1.key": "d",
        "Map.entry.1.value": "e",
        "Flat.1.K": "f",
        "Flat.1.V.Name": "g",
    }
    assert query.parse(form.items(), shape, dialect="query") == {
        "Plain": ["a", "b"],
        "Named": ["c"],
        "Empty": [],
        "Map": {"d": "e"},
        "Flat": {"f": {"Name": "g"}},
    }
    with pytest.raises(CloudError, match="key is given more than once"):
        query.parse([*form.items(), ("Map.entry.2.key", "d"), ("Map.entry.2.value", "")], shape, dialect="query")


def test_a_shape_may_hold_itself() -> None:
    shape = made_up(Root={"type": "list", "member": {"shape": "Node"}})
    deep = "Root.1." + "Nodes.1." * 20 + "Name"
    value = query.parse([(deep, "leaf")], shape, dialect="ec2")["Root"]
    for _ in range(20):
        value = value[0]["Nodes"]
    assert value == [{"Name": "leaf"}]
    with pytest.raises(CloudError, match="not recognized"):
        query.parse([("Root.1." + "Nodes.1." * 50_000 + "Name", "leaf")], shape, dialect="ec2")


def test_enums_can_be_opened() -> None:
    form = (*LAUNCH, ("InstanceType", "t9.huge"), ("InstanceInitiatedShutdownBehavior", "stop"))
    assert parsed("RunInstances", *form, open_enums=frozenset({"InstanceType"}))["InstanceType"] == "t9.huge"
    assert fault("RunInstances", *form)[0] == "InvalidParameterValue"


def test_an_operation_without_input_takes_no_parameter() -> None:
    assert query.parse([], None, dialect="query") == {}
    with pytest.raises(CloudError, match="The parameter X is not recognized"):
        query.parse([("X", "1")], None, dialect="query")


# What is refused


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ([("Nonsense", "1")], "Nonsense"),
        ([("instanceId.1", "i-1")], "instanceId.1"),
        ([("Filter.1.Nonsense", "1")], "Filter.1.Nonsense"),
        ([("Filter.2.Value.1.More", "1")], "Filter.2.Value.1.More"),
        ([("Filter.1.Name.1", "1")], "Filter.1.Name.1"),
        ([("Filter", "1"), ("Filter.1.Name", "x")], "Filter"),
        ([("Filter.1.Name", "x"), ("Filter.1", "1")], "Filter.1"),
        ([("Filter", "")], "Filter"),
        ([("InstanceId", "i-1")], "InstanceId"),
        ([("InstanceId.", "i-1")], "InstanceId."),
        ([("InstanceId.x", "i-1")], "InstanceId.x"),
        ([("InstanceId.-1", "i-1")], "InstanceId.-1"),
        ([("InstanceId.1.", "i-1")], "InstanceId.1."),
        ([("InstanceId.٣", "i-1")], "InstanceId.٣"),
        ([("InstanceId.1234567890", "i-1")], "InstanceId.1234567890"),
        ([("Filter.x.Name", "n")], "Filter.x.Name"),
        ([("InstanceId.member.1", "i-1")], "InstanceId.member.1"),
        ([("MaxResults.1", "5")], "MaxResults.1"),
        ([("", "5")], ""),
        ([(".", "5")], "."),
    ],
)
def test_unknown_parameters(form: list[tuple[str, str]], name: str) -> None:
    assert fault("DescribeInstances", *form) == (
        "UnknownParameter",
        f"The parameter {name} is not recognized",
    )


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ([("Tags", "x")], "Tags"),
        ([("Tags.1.Key", "x")], "Tags.1.Key"),
        ([("Tags.member.x.Key", "x")], "Tags.member.x.Key"),
        ([("Tags.member.1", "x")], "Tags.member.1"),
        ([("Tags", ""), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")], "Tags"),
    ],
)
def test_unknown_parameters_of_the_query_protocol(form: list[tuple[str, str]], name: str) -> None:
    assert fault("GetFederationToken", ("Name", "me"), *form, service="sts") == (
        "UnknownParameter",
        f"The parameter {name} is not recognized",
    )


@pytest.mark.parametrize(
    ("operation", "form", "name"),
    [
        ("RunInstances", [("MaxCount", "1")], "MinCount"),
        ("RunInstances", [("MinCount", "1")], "MaxCount"),
        ("TerminateInstances", [], "InstanceId"),
        ("CreateTags", [("ResourceId.1", "i-1")], "Tag"),
        ("CreateCustomerGateway", [], "Type"),
        (
            "ModifyInstanceCreditSpecification",
            [("InstanceCreditSpecification.4.CpuCredits", "standard")],
            "InstanceCreditSpecification.4.InstanceId",
        ),
    ],
)
def test_missing_parameters(operation: str, form: list[tuple[str, str]], name: str) -> None:
    assert fault(operation, *form) == (
        "MissingParameter",
        f"The request must contain the parameter {name}",
    )


@pytest.mark.parametrize(
    ("form", "member"),
    [([], "name"), ([("Name", "me"), ("Tags.member.2.Key", "a")], "tags.member.2.value")],
)
def test_missing_parameters_of_the_query_protocol(form: list[tuple[str, str]], member: str) -> None:
    reason = f"Value null at '{member}' failed to satisfy constraint: Member must not be null"
    assert fault("GetFederationToken", *form, service="sts") == (
        "ValidationError",
        f"1 validation error detected: {reason}",
    )


def test_a_nested_parameter_is_required_only_where_its_structure_is() -> None:
    assert parsed("RunInstances", *LAUNCH).keys() == {"ImageId", "MinCount", "MaxCount"}
    assert fault("RunInstances", *LAUNCH, ("ElasticInferenceAccelerator.1.Count", "1")) == (
        "MissingParameter",
        "The request must contain the parameter ElasticInferenceAccelerator.1.Type",
    )


@pytest.mark.parametrize(
    ("operation", "name", "text", "reason"),
    [
        ("RunInstances", "MinCount", "one", "Expecting an integer"),
        ("RunInstances", "MinCount", "", "Expecting an integer"),
        ("RunInstances", "MinCount", "1.0", "Expecting an integer"),
        ("RunInstances", "MinCount", "1_0", "Expecting an integer"),
        ("RunInstances", "MinCount", " 1", "Expecting an integer"),
        ("RunInstances", "MinCount", "٣", "Expecting an integer"),
        ("RunInstances", "MinCount", "2147483648", "32 bits"),
        ("RunInstances", "MinCount", "9" * 5000, "Expecting an integer"),
        ("RunInstances", "EbsOptimized", "yes", "Expecting true or false"),
        ("RunInstances", "EbsOptimized", "", "Expecting true or false"),
        ("RunInstances", "InstanceInitiatedShutdownBehavior", "explode", "Valid values: stop, terminate"),
        ("RunInstances", "InstanceInitiatedShutdownBehavior", "Stop", "Valid values: stop, terminate"),
        ("RunInstances", "InstanceType", "t9.huge", "none of the valid values"),
        ("RunInstances", "KeyName", "a\x00b", "XML cannot carry"),
        ("RunInstances", "KeyName", "a\x1bb", "XML cannot carry"),
        ("RunInstances", "KeyName", "\ud800", "XML cannot carry"),
        ("RunInstances", "KeyName", "\uffff", "XML cannot carry"),
        ("DescribeSpotPriceHistory", "StartTime", "yesterday", "Expecting a time"),
        ("DescribeSpotPriceHistory", "StartTime", "", "Expecting a time"),
        ("DescribeSpotPriceHistory", "StartTime", "2026-13-01", "Expecting a time"),
        ("DescribeSpotPriceHistory", "StartTime", "2026-W01-1", "Expecting a time"),
        ("DescribeSpotPriceHistory", "StartTime", "2026-11-22x10:30", "Expecting a time"),
        ("DescribeSpotPriceHistory", "StartTime", "0001-01-01T00:00+10:00", "Expecting a time"),
        ("DescribeSpotPriceHistory", "StartTime", "999999999999", "Expecting a time"),
        ("ImportKeyPair", "PublicKeyMaterial", "a", "base64"),
        ("ImportKeyPair", "PublicKeyMaterial", "aGVsbG8", "base64"),
        ("ImportKeyPair", "PublicKeyMaterial", "aGVsbG8=!", "base64"),
        ("ImportKeyPair", "PublicKeyMaterial", "aGVsbG8=é", "base64"),
        ("DescribeFastSnapshotRestores", "MaxResults", "201", "from 0 to 200"),
        ("ModifyLaunchTemplate", "LaunchTemplateName", "ab", "Expecting a length from 3 to 128"),
        ("ModifyLaunchTemplate", "LaunchTemplateName", "a b c", "It must match the pattern"),
    ],
)
def test_invalid_values(operation: str, name: str, text: str, reason: str) -> None:
    code, message = fault(operation, (name, text))
    camel = name[0].lower() + name[1:]
    shown = text if len(text) < 100 else text[:256] + "..."
    assert code == "InvalidParameterValue"
    assert message.startswith(f"Value ({shown}) for parameter {camel} is invalid. ")
    assert reason in message


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e999", "", "1_0.0", "0x1p3"])
def test_doubles_are_finite(text: str) -> None:
    code, message = fault("PurchaseReservedInstancesOffering", ("LimitPrice.Amount", text))
    assert (code, "Expecting a finite number" in message) == ("InvalidParameterValue", True)


@pytest.mark.parametrize(("text", "meant"), [("1.5e2", 150.0), ("7", 7.0), (".5", 0.5), ("-0.25", -0.25)])
def test_doubles(text: str, meant: float) -> None:
    purchase = [("InstanceCount", "1"), ("ReservedInstancesOfferingId", "x"), ("LimitPrice.Amount", text)]
    assert parsed("PurchaseReservedInstancesOffering", *purchase)["LimitPrice"] == {"Amount": meant}


def test_invalid_values_deep_in_a_request() -> None:
    assert fault("RunInstances", *LAUNCH, ("BlockDeviceMapping.1.Ebs.VolumeType", "floppy")) == (
        "InvalidParameterValue",
        "Value (floppy) for parameter blockDeviceMapping.1.ebs.volumeType is invalid. "
        "Valid values: standard, io1, io2, gp2, sc1, st1, gp3.",
    )


def test_lists_have_the_length_that_the_model_states() -> None:
    form = [(f"InstanceType.{number}", "t3.micro") for number in range(101)]
    assert fault("DescribeInstanceTypes", *form) == (
        "InvalidParameterValue",
        "Value (101 items) for parameter instanceType is invalid. Expecting a number of items from 0 to 100.",
    )


@pytest.mark.parametrize(
    "form",
    [
        [("MaxResults", "5"), ("MaxResults", "6")],
        [("InstanceId.1", "i-1"), ("InstanceId.1", "i-1")],
        [("InstanceId.1", "i-1"), ("InstanceId.01", "i-2")],
        [("Filter.1.Name", "a"), ("Filter.1.Name", "b")],
    ],
)
def test_a_parameter_given_twice(form: list[tuple[str, str]]) -> None:
    code, message = fault("DescribeInstances", *form)
    assert (code, "more than once" in message) == ("InvalidParameterValue", True)


def test_secrets_stay_out_of_errors() -> None:
    code, message = fault("CreateVpnConnection", ("Options.TunnelOptions.1.PreSharedKey", "hush\x00"))
    assert code == "InvalidParameterValue"
    assert "hush" not in message


def test_forms_are_bounded() -> None:
    form = [(f"InstanceId.{number}", "i-1") for number in range(query.MAX_FIELDS)]
    assert len(parsed("DescribeInstances", *form)["InstanceIds"]) == query.MAX_FIELDS
    assert fault("DescribeInstances", *form, ("MaxResults", "5"))[0] == "MalformedQueryString"


WIRE_NAMES = """Filter Name Value Tags Key Ebs InstanceId MaxCount BlockDeviceMapping Placement UserData Tag
    TagSpecification NetworkInterface Description NextToken MaxResults DryRun ResourceType RoleArn ResourceId
    0 1 2 00 -1 member entry key value"""
PARTS = st.one_of(st.sampled_from(WIRE_NAMES.split()), st.text(max_size=5))
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(["1", "true", "2026-11-22", "aGVsbG8=", "instance", "9" * 30]))
OPERATIONS = [
    (service, name)
    for service, names in {
        "ec2": ("RunInstances", "DescribeInstances", "CreateTags", "CreateFleet", "ImportKeyPair"),
        "sts": ("AssumeRole", "GetCallerIdentity", "GetFederationToken"),
        "iam": ("SimulateCustomPolicy", "CreateUser"),
    }.items()
    for name in names
]


@settings(max_examples=1000, deadline=None)
@given(
    st.sampled_from(OPERATIONS),
    st.lists(st.tuples(st.lists(PARTS, min_size=1, max_size=5).map(".".join), TEXTS), max_size=6),
)
def test_any_form_is_parsed_or_refused(operation: tuple[str, str], form: list[tuple[str, str]]) -> None:
    service, name = operation
    try:
        values = parsed(name, *form, service=service)
    except CloudError as refusal:
        assert refusal.status == 400
    else:
        assert bool(values) == bool(form)
