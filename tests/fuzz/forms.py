"""Forms for a fuzz test: valid calls of every action by the shapes of its model, and what can be done to a form."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from botocore.model import OperationModel
from botocore.serialize import create_serializer
from hypothesis import strategies as st

from ec2api.actions import load
from ec2api.app import QUERY_SERVICES
from ec2api.registry import ACTIONS, Action
from tests.ec2api.protocol import shapes
from tests.fuzz.recipes import RECIPES, Form
from tests.fuzz.world import World


def token_like(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


HUGE = [
    "0",
    "-1",
    "1",
    "4",
    "5",
    "1000",
    "1001",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9" * 30,
    "1e400",
    "NaN",
]
TEXTS = [
    "",
    " ",
    "\0",
    "\x01\x1f",
    "\r\n",
    "\u202e",
    "\ufffe",
    "💥" * 3,
    "ü" * 300,
    "x" * 5000,
    "%",
    "_",
    "*",
    "?",
    "\\",
    "\\*",
    "'",
]
MARKUP = [
    "<a>&amp;</a>",
    "]]>",
    '"; DROP TABLE instances; --',
    "${jndi:x}",
    "{0}",
    "{name}",
    "%s%n",
    "../../etc/passwd",
]
IDS = [
    "i-",
    "i-1",
    "i-0123456789abcdef0",
    "vol-0123456789abcdef0",
    "ami-01234567",
    "sg-" + "f" * 17,
    "vpc-🙂",
    "nonsense",
    "-",
    "aws:x",
]
ENCODED = [
    "aGVsbG8=",
    "aGVsbG8",
    "====",
    "AA==\n",
    "é",
    "A" * 30000,
    token_like("[1]"),
    token_like("[[[["),
    token_like('[1,"x",1]'),
]
TIMES = [
    "2026-11-22T10:30:56Z",
    "2026-11-22",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "1e9",
    "now",
    "2026-11-22T10:30:56+99:99",
]
PLACES = [
    "10.0.0.0/16",
    "10.0.0.0/8",
    "0.0.0.0/0",
    "300.1.1.1/33",
    "10.0.0.1",
    "::/0",
    "fe80::1%eth0",
    "us-east-1a",
    "use1-az1",
    "us-nowhere-1z",
]
SWITCHES = ["true", "false", "True", "1", "yes", "null", "None"]
NASTY = [*HUGE, *TEXTS, *MARKUP, *IDS, *ENCODED, *TIMES, *PLACES, *SWITCHES]

KIND_OF_FIELD = {
    "InstanceId": "i",
    "VolumeId": "vol",
    "ImageId": "ami",
    "VpcId": "vpc",
    "SubnetId": "subnet",
    "GroupId": "sg",
    "SecurityGroupId": "sg",
    "NetworkInterfaceId": "eni",
    "KeyPairId": "key",
    "RouteTableId": "rtb",
    "NetworkAclId": "acl",
    "InternetGatewayId": "igw",
    "DhcpOptionsId": "dopt",
    "SecurityGroupRuleId": "sgr",
    "SnapshotId": "snap",
    "KeyName": "keyName",
    "GroupName": "groupName",
    "SecurityGroup": "groupName",
    "NextToken": "nextToken",
    "PrivateIpAddress": "privateIpAddress",
    "DeviceName": "deviceName",
}
"""What a parameter of this name holds; a list's number is not part of it."""

PLAIN: dict[str, list[str]] = {
    "InstanceType": ["t3.micro", "m5.large", "t4g.micro", "t2.nano", "i3.large"],
    "AvailabilityZone": ["us-east-1a", "us-east-1b", "us-east-1c"],
    "CidrBlock": ["10.0.0.0/16", "10.0.1.0/24", "172.31.0.0/16", "192.168.0.0/28"],
    "CidrIp": ["0.0.0.0/0", "10.0.0.0/8"],
    "IpProtocol": ["tcp", "udp", "icmp", "-1", "6", "58"],
    "FromPort": ["22", "0", "-1", "80"],
    "ToPort": ["22", "65535", "-1", "80"],
    "MinCount": ["1", "1", "2"],
    "MaxCount": ["1", "2", "3"],
    "MaxResults": ["5", "6", "10", "1000"],
    "DryRun": ["false", "false", "true"],
    "VolumeSize": ["8", "10", "100"],
    "VolumeType": ["gp2", "gp3", "io1", "standard"],
    "UserData": ["aGVsbG8="],
    "DeviceIndex": ["0", "0", "1"],
    "Owner": ["self", "amazon", "099720109477"],
    "RoleArn": ["arn:aws:iam::111122223333:role/reader"],
}


@cache
def actions() -> list[Action]:
    load()
    spoken = (found for found in ACTIONS.values() if found.service in QUERY_SERVICES)
    return sorted(spoken, key=lambda found: (found.service, found.name))


@cache
def members(service: str, name: str) -> dict[str, st.SearchStrategy[Any]]:
    """A strategy for each parameter that the action supports."""
    load(service)
    action = ACTIONS[service, name]
    empty = {"structure", "list", "map"}
    shape = action.model.input_shape
    return {n: shapes.values(m, empty, 1) for n, m in shape.members.items() if n in action.supported} if shape else {}


@st.composite
def calls(draw: st.DrawFn) -> tuple[Action, Form, Form]:
    """An action, the least form of it, and a longer one; every value has the type that the model asks for."""
    action = draw(st.sampled_from(actions()))
    known = members(action.service, action.name)
    shape = action.model.input_shape
    needed = sorted(set(shape.required_members) & known.keys()) if shape else []
    optional = sorted(known.keys() - set(needed))
    more = sorted(draw(st.sets(st.sampled_from(optional), min_size=1, max_size=4))) if optional else []
    values = {name: draw(known[name]) for name in [*needed, *more]}
    recipe = RECIPES.get(action.name)
    if recipe is None:
        return action, form_of(action.model, {n: values[n] for n in needed}), form_of(action.model, values)
    taken = {name.partition(".")[0] for name, _ in recipe}
    drawn = form_of(action.model, values)
    return action, recipe, [*recipe, *(pair for pair in drawn if pair[0].partition(".")[0] not in taken)]


_serializers = {"ec2": create_serializer("ec2"), "query": create_serializer("query")}


def form_of(operation: OperationModel, values: dict[str, Any]) -> Form:
    protocol = operation.service_model.protocol
    body = _serializers[protocol].serialize_to_request(values, operation)["body"]
    return [(name, str(value)) for name, value in body.items() if name not in ("Action", "Version")]


def field_of(name: str) -> str:
    """``InstanceId`` of InstanceId.3, ``CidrIp`` of IpPermissions.1.IpRanges.2.CidrIp."""
    return next((part for part in reversed(name.split(".")) if not part.isdecimal()), "")


def deepen(form: Form, action: Action, world: World, chance: Random, share: float) -> Form:
    """The form with words that mean something to this cloud in a share of the places where they may stand."""
    filters = list(getattr(action.handler, "filters", ())) or ["x"]
    deeper = []
    for name, given in form:
        value = given.replace("#", str(chance.randrange(1, 250)))
        found = world.known(value.removesuffix("-?"), chance) if value.endswith("-?") else None
        field = field_of(name)
        if found is None and chance.random() < share and "#" not in given:
            if field in KIND_OF_FIELD:
                found = world.known(KIND_OF_FIELD[field], chance)
            elif field in PLAIN:
                found = chance.choice(PLAIN[field])
            elif field == "ResourceId":
                found = world.known(chance.choice(["i", "vol", "vpc", "subnet", "sg", "eni", "key", "ami"]), chance)
            elif name.startswith("Filter.") and field == "Name":
                found = chance.choice([*filters, "tag:a", "tag-key"])
            elif name.startswith("Filter.") and field == "Value":
                found = chance.choice(["*", "true", "running", "?", "1", chance.choice(NASTY)])
        deeper.append((name, value if found is None else found))
    return deeper


# What can be done to a form


def _value(form: Form, chance: Random) -> None:
    at = chance.randrange(len(form))
    form[at] = form[at][0], chance.choice(NASTY)


def _missing(form: Form, chance: Random) -> None:
    form.pop(chance.randrange(len(form)))


def _twice(form: Form, chance: Random) -> None:
    form.insert(chance.randrange(len(form)), chance.choice(form))


def _index(form: Form, chance: Random) -> None:
    numbered = [n for n, (name, _) in enumerate(form) if any(part.isdecimal() for part in name.split("."))]
    if not numbered:
        return
    at = chance.choice(numbered)
    parts = form[at][0].split(".")
    number = chance.choice([n for n, part in enumerate(parts) if part.isdecimal()])
    parts[number] = chance.choice(["0", "2", "7", "999999999", "9999999999", "-1", "x", "", "\u0661", "1.1"])
    form[at] = ".".join(parts), form[at][1]


def _name(form: Form, chance: Random) -> None:
    at = chance.randrange(len(form))
    name = form[at][0]
    wrong = [
        name.lower(),
        name + ".1",
        name + ".",
        "." + name,
        name + ".Name",
        name[:-1],
        name * 2,
        chance.choice(NASTY),
    ]
    form[at] = chance.choice(wrong), form[at][1]


def _more(form: Form, chance: Random) -> None:
    names = [
        "Filter.1.Name",
        "Filter.1.Value.1",
        "NextToken",
        "MaxResults",
        "DryRun",
        "ClientToken",
        "Tag.1.Key",
        "Version",
    ]
    names += ["TagSpecification.1.ResourceType", "TagSpecification.1.Tag.1.Key", "Action", "A" + ".1" * 70, "X-Amz-Foo"]
    form.append((chance.choice(names), chance.choice(NASTY)))


def _many(form: Form, chance: Random) -> None:
    name, value = chance.choice(form)
    form += [(f"{name}.{number}", value) for number in range(chance.choice([60, 300]))]


CHANGES: list[Callable[[Form, Random], None]] = [_value, _value, _value, _missing, _twice, _index, _name, _more, _many]


def change(form: Form, chance: Random) -> Form:
    changed = list(form)
    for _ in range(chance.choice([1, 1, 2, 3])):
        if changed:
            chance.choice(CHANGES)(changed, chance)
    return changed


def encoded(form: Form) -> str:
    return urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in form])


def broken(body: str, chance: Random) -> bytes:
    """A body that is no form, or hardly one."""
    raw = body.encode()
    at = chance.randrange(len(raw) + 1)
    return chance.choice(
        [
            raw[:at],
            raw[:at] + bytes(chance.choices(range(256), k=5)) + raw[at:],
            raw.replace(b"=", b"%3"),
            raw.replace(b"&", b";"),
            raw + b"&" * 50,
            raw + b"&%ff%fe=%c3%28",
            b"&".join(b"a.%d=1" % number for number in range(20_001)) if chance.random() < 0.02 else raw + b"&=",
            quote(raw).encode(),
            b'{"Action": "DescribeInstances"}',
            b"<xml/>",
            b"",
        ]
    )
