"""The XML of answers and errors, to the letter where clients look at the letters."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from lxml import etree

from backend.shared import Shared
from ec2api.protocol import ec2_xml, model, query_xml
from ec2api.protocol.writers import Structure, element

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
EC2_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


def ec2(name: str) -> OperationModel:
    return model.service("ec2").operation_model(name)


def shape(name: str) -> Any:
    return model.service("ec2").shape_for(name)


def written(name: str, value: Any) -> str:
    return element("x", shape(name), "item")(value)


def made_up(**shapes: dict[str, Any]) -> Any:
    description = {"metadata": {}, "operations": {}, "shapes": {"Text": {"type": "string"}, **shapes}}
    return ServiceModel(description, "made-up").shape_for("Output")


# The EC2 protocol


def test_an_ec2_answer() -> None:
    stopped = {"InstanceId": "i-1", "CurrentState": {"Code": 64, "Name": "stopping"}}
    assert ec2_xml.answer(ec2("StopInstances"), {"StoppingInstances": [stopped]}, "r-1").decode() == (
        f'{DECLARATION}<StopInstancesResponse xmlns="{EC2_NAMESPACE}"><requestId>r-1</requestId>'
        "<instancesSet><item><instanceId>i-1</instanceId>"
        "<currentState><code>64</code><name>stopping</name></currentState></item></instancesSet>"
        "</StopInstancesResponse>"
    )


def test_an_ec2_answer_without_output_returns_true() -> None:
    assert ec2_xml.answer(ec2("CreateTags"), {}, "r-1").decode() == (
        f'{DECLARATION}<CreateTagsResponse xmlns="{EC2_NAMESPACE}"><requestId>r-1</requestId>'
        "<return>true</return></CreateTagsResponse>"
    )
    with pytest.raises(KeyError):
        ec2_xml.answer(ec2("CreateTags"), {"Return": True}, "r-1")


def test_an_operation_that_had_no_output_once_says_that_it_was_done() -> None:
    answer = ec2_xml.answer(ec2("CreatePlacementGroup"), {"PlacementGroup": {"GroupId": "pg-1"}}, "r")
    assert answer.endswith(
        b"<placementGroup><groupId>pg-1</groupId></placementGroup><return>true</return></CreatePlacementGroupResponse>"
    )


def test_an_ec2_error() -> None:
    body = ec2_xml.error("InvalidInstanceID.NotFound", "The instance ID '<i-1>' does not exist", "r-1")
    assert body.decode() == (
        f"{DECLARATION}<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code>"
        "<Message>The instance ID '&lt;i-1&gt;' does not exist</Message></Error></Errors>"
        "<RequestID>r-1</RequestID></Response>"
    )
    parsed = create_parser("ec2").parse({"body": body, "headers": {}, "status_code": 400}, None)
    assert parsed["Error"] == {
        "Code": "InvalidInstanceID.NotFound",
        "Message": "The instance ID '<i-1>' does not exist",
    }
    assert parsed["ResponseMetadata"]["RequestId"] == "r-1"


def test_every_error_can_be_read() -> None:
    body = ec2_xml.error("X", "a\x00b\x1bc\ud800d\uffff & é", "r-1")
    assert etree.fromstring(body).findtext("Errors/Error/Message") == "a\ufffdb\ufffdc\ufffdd\ufffd & é"


# The query protocol


def test_a_query_answer() -> None:
    operation = model.service("sts").operation_model("GetCallerIdentity")
    identity = {"UserId": "A", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:root"}
    assert query_xml.answer(operation, identity, "r-1").decode() == (
        f'{DECLARATION}<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        "<GetCallerIdentityResult><UserId>A</UserId><Account>123456789012</Account>"
        "<Arn>arn:aws:iam::123456789012:root</Arn></GetCallerIdentityResult>"
        "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )


def test_a_query_answer_without_output() -> None:
    operation = model.service("iam").operation_model("DeleteUser")
    assert query_xml.answer(operation, {}, "r-1").decode() == (
        f'{DECLARATION}<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DeleteUserResponse>"
    )
    with pytest.raises(KeyError):
        query_xml.answer(operation, {"User": {}}, "r-1")


@pytest.mark.parametrize(("status", "at_fault"), [(400, "Sender"), (403, "Sender"), (500, "Receiver")])
def test_a_query_error(status: int, at_fault: str) -> None:
    body = query_xml.error("AccessDenied", "a < b", "r-1", service="iam", status=status)
    assert body.decode() == (
        f'{DECLARATION}<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>'
        f"<Type>{at_fault}</Type><Code>AccessDenied</Code><Message>a &lt; b</Message></Error>"
        "<RequestId>r-1</RequestId></ErrorResponse>"
    )
    parsed = create_parser("query").parse({"body": body, "headers": {}, "status_code": status}, None)
    assert parsed["Error"] == {"Type": at_fault, "Code": "AccessDenied", "Message": "a < b"}
    assert b"https://sts.amazonaws.com/doc/2011-06-15/" in query_xml.error("X", "y", "r-1")


# Values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 11, 22, 10, 30, 56, tzinfo=UTC), "2026-11-22T10:30:56.000Z"),
        (datetime(2026, 11, 22, 10, 30, 56, 123999), "2026-11-22T10:30:56.123Z"),
        (datetime(2026, 11, 22, 12, 30, tzinfo=timezone(timedelta(hours=2))), "2026-11-22T10:30:00.000Z"),
        ("2026-11-22T10:30:56.000Z", "2026-11-22T10:30:56.000Z"),
    ],
)
def test_timestamps(value: datetime | str, text: str) -> None:
    assert written("DateTime", value) == f"<x>{text}</x>"


class State(StrEnum):
    RUNNING = "running"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("String", "a & <b> \"'", "a &amp; &lt;b&gt; \"'"),
        ("String", "]]>", "]]&gt;"),
        ("String", "a\tb\nc\rd", "a\tb\nc&#13;d"),
        ("String", "\x00 \x0b \ud800 \uffff", "\ufffd \ufffd \ufffd \ufffd"),
        ("String", "żółw 🐢 \u200b", "żółw 🐢 \u200b"),
        ("String", "", ""),
        ("InstanceStateName", State.RUNNING, "running"),
        ("Boolean", True, "true"),
        ("Boolean", False, "false"),
        ("Integer", 0, "0"),
        ("Long", -(2**63), "-9223372036854775808"),
        ("Double", 0.5, "0.5"),
        ("Double", 7, "7.0"),
        ("Blob", b"\xff\x00", "/wA="),
    ],
)
def test_scalars(name: str, value: Any, text: str) -> None:
    assert written(name, value) == f"<x>{text}</x>"
    if shape(name).type_name == "string":
        member = made_up(Output={"type": "structure", "members": {"M": {"shape": "Text"}}})
        assert Structure(None, member, "item").write({"M": value}) == f"<M>{text}</M>"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Integer", "7"),
        ("Integer", 7.5),
        ("Boolean", "true"),
        ("Boolean", None),
        ("Blob", "text"),
        ("Double", "a"),
    ],
)
def test_values_of_the_wrong_type_are_bugs(name: str, value: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        written(name, value)


def test_texts_of_the_wrong_type_are_bugs() -> None:
    with pytest.raises((TypeError, AttributeError)):
        written("String", 7)
    with pytest.raises(TypeError):
        written("Tag", {"Key": "a", "Value": 7})


def test_flattened_lists_and_maps() -> None:
    output = made_up(
        Output={
            "type": "structure",
            "members": {
                name: {"shape": name} for name in ("Plain", "Flat", "Named", "Nodes", "Lists", "Map", "FlatMap")
            },
        },
        Node={"type": "structure", "members": {"N": {"shape": "Text", "locationName": "n"}}},
        Plain={"type": "list", "member": {"shape": "Text"}},
        Flat={"type": "list", "member": {"shape": "Text"}, "flattened": True},
        Named={"type": "list", "member": {"shape": "Text", "locationName": "name"}, "flattened": True},
        Nodes={"type": "list", "member": {"shape": "Node"}, "flattened": True},
        Lists={"type": "list", "member": {"shape": "Plain"}},
        Map={"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Node"}},
        FlatMap={
            "type": "map",
            "key": {"shape": "Text", "locationName": "k"},
            "value": {"shape": "Text", "locationName": "v"},
            "flattened": True,
        },
    )
    value = {
        "Plain": ["a&", "b"],
        "Flat": ["c", "d"],
        "Named": ["e", "f"],
        "Nodes": [{"N": "g"}, {}],
        "Lists": [["h"], []],
        "Map": {"i": {"N": "j"}},
        "FlatMap": {"k1": "v1", "k2": "v2"},
    }
    assert Structure("out", output, "member").write(value) == (
        "<out><Plain><member>a&amp;</member><member>b</member></Plain><Flat>c</Flat><Flat>d</Flat>"
        "<name>e</name><name>f</name><Nodes><n>g</n></Nodes><Nodes></Nodes>"
        "<Lists><member><member>h</member></member><member></member></Lists>"
        "<Map><entry><key>i</key><value><n>j</n></value></entry></Map>"
        "<FlatMap><k>k1</k><v>v1</v></FlatMap><FlatMap><k>k2</k><v>v2</v></FlatMap></out>"
    )


def test_a_shape_may_hold_itself() -> None:
    output = made_up(Output={"type": "structure", "members": {"Name": {"shape": "Text"}, "Next": {"shape": "Output"}}})
    write = Structure("o", output, "item").write
    assert write({"Next": {"Next": {"Name": "x"}}}) == "<o><Next><Next><Name>x</Name></Next></Next></o>"


# What a structure's writer learns


def test_absent_and_none_members_are_left_out_however_the_writer_learned_them() -> None:
    structure = Structure("t", shape("Tag"), "item")
    for value, text in [
        ({"Key": "a", "Value": "b"}, "<key>a</key><value>b</value>"),
        ({"Key": "a"}, "<key>a</key>"),
        ({"Value": "b", "Key": None}, "<value>b</value>"),
        ({"Value": None, "Key": None}, ""),
        ({}, ""),
        ({"Value": "", "Key": "&"}, "<key>&amp;</key><value></value>"),
        ({"Value": "<"}, "<value>&lt;</value>"),
    ] * 2:
        assert structure.write(value) == f"<t>{text}</t>"


@pytest.mark.parametrize("before", [{}, {"Key": "a"}, {"Key": "a", "Value": "b"}, {"Key": "a", "Value": None}])
def test_unknown_members_are_bugs_whatever_came_before(before: dict[str, Any]) -> None:
    structure = Structure("t", shape("Tag"), "item")
    structure.write(before)
    for value in ({**before, "Colour": "red"}, {"Key": "a", "Colour": "red"}, {"Colour": None}):
        with pytest.raises(KeyError, match="Tag has no member Colour"):
            structure.write(value)
    with pytest.raises(KeyError, match="Colour"):
        ec2_xml.answer(ec2("DescribeTags"), {"Tags": [{"Colour": "red"}]}, "r-1")


def test_threads_may_teach_a_writer_at_once() -> None:
    members = list(shape("Instance").members)
    texts = [name for name in members if shape("Instance").members[name].type_name == "string"]

    def write(structure: Structure, first: int) -> list[str]:
        return [structure.write({name: name for name in texts[first : first + n]}) for n in range(20)]

    alone = [write(Structure("i", shape("Instance"), "item"), first) for first in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            shared = Structure("i", shape("Instance"), "item")
            assert list(pool.map(write, [shared] * 8, range(8))) == alone


def test_what_many_have_in_common_is_written_once_for_each_place() -> None:
    common = Shared(Code=64, Name="<stopping>")
    changes = [{"InstanceId": f"i-{n}", "CurrentState": common, "PreviousState": common} for n in range(3)]
    plain = [{**change, "CurrentState": dict(common), "PreviousState": dict(common)} for change in changes]
    assert written("InstanceStateChangeList", changes) == written("InstanceStateChangeList", plain)
    texts = set(common.texts.values())
    assert texts == {
        f"<{tag}><code>64</code><name>&lt;stopping&gt;</name></{tag}>" for tag in ("currentState", "previousState")
    }
