"""Values of botocore's shapes: one full value of a shape, and strategies for random ones."""

import re
from collections.abc import Container
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from hypothesis import strategies as st

from ec2api.protocol.query import Dialect

SERVICES = ("ec2", "sts", "iam")
DIALECTS: dict[str, Dialect] = {"ec2": "ec2", "sts": "query", "iam": "query"}

XML_TEXT = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
    lambda c: c >= " " or c in "\t\n\r"
)
LEAST = {"integer": -(2**31), "long": -(2**63), "float": -1e30, "double": -1e300}
MOST = {"integer": 2**31 - 1, "long": 2**63 - 1, "float": 1e30, "double": 1e300}
TIME = datetime(2026, 11, 22, 10, 30, 56, tzinfo=UTC)

# One of these has the form of every pattern in the models, and is long enough.
MODELS_OF_TEXT = (
    *("0" * length for length in (1, 2, 3, 6, 9, 12, 16, 20, 22, 24, 32, 48)),
    *("/", "/a/", "/engineering/", "v1", "v1.0", "1.2.3.4", "us-east-1", "http://host/"),
    *("fcap-" + "0" * 17, "fcapassoc-" + "0" * 17, "o-0123456789", "p-01234567", "o-0123456789/r-0123"),
    "arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0",
    "arn:aws:ec2:us-east-1:123456789012:placement-group/cluster",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:name",
    *(
        "arn:aws:s3:::bucket",
        "arn:aws:s3:us-east-1:123456789012:bucket",
        "bucket/key",
        "arn:aws:kms:us-east-1:123456789012:key/name",
    ),
)


def full(shape: Shape) -> Any:
    """A valid value that has every member, with two items in each list that may have two."""
    if isinstance(shape, StructureShape):
        return {name: full(member) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [full(shape.member)] * min(2, shape.metadata.get("max", 2))
    if isinstance(shape, MapShape):
        return {full(shape.key): full(shape.value)}
    if isinstance(shape, StringShape):
        plain = "x & <y>" + "z" * shape.metadata.get("min", 0)
        return (shape.enum or texts(shape) or [plain[: shape.metadata.get("max")]])[-1]
    number = {"integer": 7, "long": 2**40, "float": 0.25, "double": 0.25}.get(shape.type_name, 0)
    if number:
        return shape.metadata.get("max", shape.metadata.get("min", number))
    return {"boolean": True, "blob": b"\x00\xff\n", "timestamp": TIME}[shape.type_name]


def texts(shape: StringShape) -> list[str]:
    """Texts of the form of the shape's pattern; none if it states no pattern, or one in Java's own syntax."""
    source = shape.metadata.get("pattern", "")
    if not source or r"\p" in source:
        return []
    pattern = re.compile(source.replace("/^", "/"), re.ASCII)
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 4096)
    found = [text for text in MODELS_OF_TEXT if least <= len(text) <= most and pattern.fullmatch(text)]
    assert found, f"no model of a text for {shape.name}: {source}"
    return found


def values(shape: Shape, empty: Container[str], depth: int = 0) -> st.SearchStrategy[Any]:
    """Valid values, in which only values of the types in ``empty`` (structure, list, map) may be empty."""
    least = 0 if shape.type_name in empty else 1
    if isinstance(shape, StructureShape):
        return structures(shape, empty, depth)
    if isinstance(shape, ListShape):
        least = max(shape.metadata.get("min", 0), least)
        most = min(shape.metadata.get("max", 3), max(least, 3 - depth, 1))
        return st.lists(values(shape.member, empty, depth + 1), min_size=least, max_size=most)
    if isinstance(shape, MapShape):
        key, value = values(shape.key, empty), values(shape.value, empty, depth + 1)
        return st.dictionaries(key, value, min_size=least, max_size=2)
    return scalars(shape)


@st.composite
def structures(draw: st.DrawFn, shape: StructureShape, empty: Container[str], depth: int) -> dict[str, Any]:
    names = set(shape.required_members)
    if optional := [name for name in shape.members if name not in names]:
        least = 1 if depth and not names and "structure" not in empty else 0
        names |= draw(st.sets(st.sampled_from(optional), min_size=least, max_size=max(1, 4 - depth)))
    members = {name: shape.members[name] for name in shape.members if name in names}
    return {name: draw(values(member, empty, depth + 1)) for name, member in members.items()}


def scalars(shape: Shape) -> st.SearchStrategy[Any]:
    kind = shape.type_name
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    match kind:
        case "string":
            return strings(shape)
        case "boolean":
            return st.booleans()
        case "blob":
            return st.binary(max_size=32)
        case "timestamp":
            moments = st.datetimes(datetime(1902, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
            return moments.map(lambda moment: moment.replace(microsecond=0))
        case "integer" | "long":
            return st.integers(LEAST[kind] if least is None else least, MOST[kind] if most is None else most)
    return st.floats(LEAST[kind] if least is None else least, MOST[kind] if most is None else most)


def strings(shape: StringShape) -> st.SearchStrategy[str]:
    if found := shape.enum or texts(shape):
        return st.sampled_from(found)
    least = shape.metadata.get("min", 0)
    return st.text(XML_TEXT, min_size=least, max_size=max(least, min(shape.metadata.get("max", 12), 12)))
