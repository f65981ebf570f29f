"""Thousands of wrong requests: each is refused as AWS refuses, in well-formed XML, and changes nothing.

``EC2API_FUZZ_REQUESTS`` says how many (3,000 by default, 20,000 with `make fuzz`), ``EC2API_FUZZ_SEED`` which ones.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from backend import access_keys, key_file
from backend.db.models import IamUser
from backend.iam import entities, permissions
from ec2api.registry import Action
from tests.conftest import embedded
from tests.fuzz import buckets, signing
from tests.fuzz.forms import broken, calls, change, deepen, encoded
from tests.fuzz.recipes import Form
from tests.fuzz.world import Request, World

REQUESTS = int(os.environ.get("EC2API_FUZZ_REQUESTS") or 3_000)
SEED = int(os.environ.get("EC2API_FUZZ_SEED") or 2)
PARTS, BATCH = 4, 8
ACCOUNT = "111122223333"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Action": "ec2:Delete*",
                "Resource": "arn:aws:ec2:*:${aws:PrincipalAccount}:*/*",
                "Condition": {"StringLike": {"aws:ResourceTag/Name": ["keep*", "${aws:username}"]}},
            },
        ],
    }
)
"""Of a user who may do almost all: what every call needs is looked for."""
NASTY = st.one_of(st.text(max_size=20), st.sampled_from(["", "0", "/", "a=b", "us-east-1", "9" * 40, "é", "host;host"]))

WORDS = ["", "0", "/", "a=b", "..", "us-east-1", "9" * 40, "é", "host;host", "%2e%2e%2f", "\0", "a b+c", "<x/>", "💥"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A cloud whose account has some instances, a key pair and a group."""
    with ExitStack() as stack:
        cloud = embedded(tmp_path_factory.mktemp("fuzz"), stack, resend_seconds=60, heartbeat_seconds=60)
        with cloud.cloud.everywhere(write=True) as uow:
            file = key_file.at(cloud.cloud.settings.key_path)
            keys = [access_keys.create(uow, file, account=ACCOUNT, user_name=user) for user in (None, "ann")]
            uow.commit()
        with cloud.cloud.unit_of_work(ACCOUNT, "", write=True) as uow:
            permissions.put_inline(uow, entities.require(uow, IamUser, "ann"), "p", POLICY)
            uow.commit()
        found = World(cloud, ACCOUNT, keys)
        for form in (
            "Action=DescribeSubnets",
            "Action=DescribeSecurityGroups",
            "Action=CreateKeyPair&KeyName=ann",
            "Action=CreateSecurityGroup&GroupName=web&GroupDescription=x",
            "Action=DescribeImages&Owner.1=amazon&Filter.1.Name=name&Filter.1.Value.1=al2023-ami-2023*",
        ):
            reply = found.send(signing.cheap(Request("GET", f"/?{form}"), ACCOUNT))
            assert reply.status == 200, reply
        for image in list(found.words["ami"])[:4]:
            launch = f"Action=RunInstances&ImageId={image}&InstanceType=t3.micro&MinCount=1&MaxCount=2&KeyName=ann"
            found.send(signing.cheap(Request("GET", f"/?{launch}"), ACCOUNT))
        assert found.words["i"]
        yield found


@pytest.mark.parametrize("part", range(PARTS))
def test_no_request_breaks_the_server(world: World, part: int) -> None:
    already = world.sent

    @hypothesis.seed(SEED * PARTS + part)
    @settings(
        max_examples=max(1, REQUESTS // PARTS // BATCH),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(calls(), NASTY, st.integers(0, 2**32))
    def send(call: tuple[Action, Form, Form], text: str, seed: int) -> None:
        chance = Random(seed)
        for number in range(BATCH):
            _send(world, *call, text, chance, number)

    send()
    assert world.sent - already >= REQUESTS // PARTS // BATCH * BATCH
    deep = min(48, REQUESTS // PARTS // BATCH // 20)  # most of the actions need a resource that nobody made
    assert len(world.succeeded) > deep, f"these alone ever got through: {sorted(world.succeeded)}"
    assert len(world.codes) > deep / 2, f"requests met no other refusals than {dict(world.codes)}"


@pytest.fixture(scope="module")
def stocked(world: World) -> World:
    """The same cloud, once it has buckets."""
    buckets.prepare(world, lambda request: signing.cheap(request, ACCOUNT, "s3"))
    return world


@pytest.mark.parametrize("part", range(PARTS))
def test_no_request_of_objects_breaks_the_server_or_leaves_half_of_anything(stocked: World, part: int) -> None:
    world = stocked
    chance = Random(SEED * PARTS + part)
    refused = 0
    for number in range(REQUESTS // PARTS):
        request = buckets.valid(world, chance)
        text = chance.choice(WORDS)
        if number % 4:
            buckets.change(request, chance, text)
        _sign(world, request, "s3", text, chance, spoilt=number % 8 == 7)
        watched = request.method not in {"GET", "HEAD", "OPTIONS"} and chance.random() < 1 / 60
        before = world.rest() if watched else ""
        what = f"{request.method} of S3"
        reply = world.send(request, what)
        refused += reply.status >= 400
        if watched and reply.status >= 400:
            _check_nothing_changed(world, request, what, before)
    world.check_objects()
    assert 0.2 < refused / (REQUESTS // PARTS) < 0.9, f"{refused} were refused"


def _send(world: World, action: Action, least: Form, longer: Form, text: str, chance: Random, number: int) -> None:
    """The first two of a batch are as right as can be; the others are changed, and the last two oddly signed."""
    valid = least if number % 2 == 0 else longer
    form = [("Action", action.name), *deepen(valid, action, world, chance, share=1 if number < 2 else 0.8)]
    if number > 1:
        form = change(form, chance)
    request = _request(encoded(form), action.service, chance, odd=number == BATCH - 1)
    _sign(world, request, action.service, text, chance, spoilt=number in (BATCH - 2, BATCH - 1))
    watched = action.writes and chance.random() < 1 / 60
    before = world.rest() if watched else ""
    reply = world.send(request, action.name)
    if watched and reply.status != 200:
        _check_nothing_changed(world, request, action.name, before)


def _check_nothing_changed(world: World, request: Request, what: str, before: str) -> None:
    """A refused call changed nothing. What hosts go on to report changes things too: so a change counts where the same
    call makes one again."""
    if world.digest() != before:
        before = world.rest()
        reply = world.send(request, what)
        assert reply.status == 200 or world.digest() == before, (request, reply)


def _request(body: str, service: str, chance: Random, *, odd: bool) -> Request:
    version = "2016-11-15" if service == "ec2" else "2011-06-15"
    body += f"&Version={version}"
    if chance.random() < 0.3:
        request = Request("GET", f"/?{body}")
    else:
        request = Request("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, body.encode())
    if not odd:
        return request
    match chance.randrange(4):
        case 0:
            request.method = chance.choice(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW", "get"])
        case 1:
            paths = [
                "//",
                "/ec2",
                "/%00",
                "/%ff",
                "/../..",
                "/?",
                "/?&&&",
                "/?a",
                "/bucket/key?x=%zz",
                "/_health/",
                "/;x",
            ]
            request.uri = chance.choice(paths)
        case 2:
            types = [
                "multipart/form-data; boundary=x",
                "multipart/form-data",
                "application/json",
                "text/xml",
                "",
                "/;=,",
            ]
            request.headers["Content-Type"] = chance.choice(types)
        case _:
            request.method, request.uri, request.body = "POST", "/", broken(body, chance)
    return request


def _sign(world: World, request: Request, service: str, text: str, chance: Random, *, spoilt: bool) -> None:
    kind = chance.random()
    if kind < 0.7:
        signing.cheap(request, ACCOUNT, service)
    else:
        key = chance.choice(world.keys)
        request.mode = "sigv4"
        in_query = kind > 0.85 and not request.body
        (signing.presigned if in_query else signing.right)(request, key, service)
    if spoilt and chance.random() < 0.6:
        signing.spoil(request, chance, text)
        if chance.random() < 0.3:
            request.mode = "sigv4"
