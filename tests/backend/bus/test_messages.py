"""Messages survive their encoding whatever they hold, and nothing else is taken for one."""

import json
from dataclasses import MISSING, fields
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.bus.messages import Console, Converge, Disk, Heartbeat, Interface, Message, Observed, Spec, decode, encode

KINDS = get_args(Message)
OBSERVED = {"host": "h1", "instance_id": "i-1", "generation": 1, "power": "running", "sequence": 1}

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def register(kind: type[Any], **members: st.SearchStrategy[Any]) -> None:
    """Make hypothesis fill in optional fields too, and what JSON cannot tell apart only one way."""
    optional = {
        field.name for field in fields(kind) if field.default is not MISSING or field.default_factory is not MISSING
    }
    # `...` infers a strategy from the annotation, where hypothesis would leave out what has a default.
    inferred = {name: ... for name in optional if name not in members}
    st.register_type_strategy(kind, st.builds(kind, **members, **inferred))


st.register_type_strategy(float, st.floats(allow_nan=False))
for kind in (Disk, Interface, Heartbeat):
    register(kind)
register(Spec, metadata_options=st.dictionaries(st.text(), plain, max_size=3))


@given(st.one_of(*(st.from_type(kind) for kind in KINDS)))
def test_decode_undoes_encode(message: Message) -> None:
    body = encode(message)
    assert decode(body) == message
    assert encode(decode(body)) == body


@given(st.binary() | plain.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_message_is_refused_by_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        decode(body)


@given(st.sampled_from(sorted(OBSERVED)), plain)
def test_a_field_of_a_wrong_type_is_refused(name: str, value: Any) -> None:
    body = json.dumps({"type": "Observed", **OBSERVED, name: value}).encode()
    if isinstance(value, type(OBSERVED[name])) and not isinstance(value, bool) and name != "power":
        assert getattr(decode(body), name) == value
    else:
        with pytest.raises(ValueError, match="is n"):
            decode(body)


@pytest.mark.parametrize(
    "document",
    [
        {"type": "Converge"},
        {"type": "Converge", "spec": None},
        {"type": "Converge", "spec": []},
        {"type": "Spec", "instance_id": "i-1"},
        {"type": "Observed"},
        {"type": ["Observed"]},
        {"type": "Observed", **OBSERVED, "failed_generation": "1"},
        {"type": "Observed", **OBSERVED, "shut_down_by_guest": 1},
        {"type": "Console", "host": "h1", "instance_id": "i-1", "output": "", "at": "now"},
    ],
)
def test_incomplete_and_ill_typed_messages_are_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        decode(json.dumps(document).encode())


def test_what_json_does_not_know_cannot_be_sent() -> None:
    spec = Spec("i-1", 1, "running", "1", "r", "z", "ami-1", "t", "x86_64", 1, 1, "", metadata_options={"a": object()})
    with pytest.raises(TypeError, match="object has no place in a message"):
        encode(Converge(spec))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ValueError, match="not a message"):
        decode(b"[" * 100_000)


def test_fields_of_a_newer_release_are_ignored_and_missing_ones_take_their_defaults() -> None:
    body = json.dumps({"type": "Observed", **OBSERVED, "colour": "red"}).encode()
    assert decode(body) == Observed("h1", "i-1", 1, "running", 1)


def test_a_spec_keeps_its_parts() -> None:
    spec = Spec(
        "i-1", 1, "running", "1" * 12, "us-east-1", "us-east-1a", "ami-1", "t3.micro", "x86_64", 2, 1024, "",
        disks=(Disk("vol-1", "/dev/xvda", 8, True, "image:ami-1"),),
        interfaces=(Interface("eni-1", "02:00:00:00:00:01", 0, "subnet-1", ("10.0.0.1",)),),
        tags={"Name": "web"},
    )  # fmt: skip
    document = json.loads(encode(Converge(spec)))
    assert document["type"] == "Converge"
    assert document["spec"]["disks"][0]["volume_id"] == "vol-1"
    assert document["spec"]["interfaces"][0]["private_ips"] == ["10.0.0.1"]
    assert decode(encode(Converge(spec))) == Converge(spec)


def test_what_may_be_secret_is_not_in_the_text_of_a_message() -> None:
    spec = Spec("i-1", 1, "running", "1", "r", "z", "ami-1", "t", "x86_64", 1, 1, "", user_data="c2VjcmV0")
    assert "c2VjcmV0" not in repr(Converge(spec))
    assert "password" not in repr(Console("h1", "i-1", "the password is ...", 1.0))
