"""Messages may be dropped, doubled and reordered: in the end everything is as the last calls asked for."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from threading import Lock, Timer
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, or_, select

from backend.bus.base import Consumer, Handler
from backend.bus.local import LocalBus
from backend.bus.messages import Message
from backend.cloud import Cloud
from backend.conductor.service import Conductor
from backend.config import Settings
from backend.db.models import Host, Instance
from compute_agent import drivers
from compute_agent.agent import Agent, HostIdentity
from compute_agent.drivers.base import GuestDriver
from compute_agent.store import Store
from ec2api import roles
from ec2api.app import create_app
from tests.conftest import REGION, Embedded, prepared
from tests.launching import ami

ZONE = "us-east-1a"


class UnreliableBus:
    """A bus that while ``faulty`` loses messages, delivers some twice, and delays some so that others overtake them."""

    def __init__(self) -> None:
        self._bus = LocalBus()
        self._random, self._lock = random.Random(), Lock()
        self._late: list[Timer] = []
        self._loses = 0.0
        self.faulty = False

    def begin(self, seed: int, *, loses: float = 0.3) -> None:
        """Cause faults from now on, the same ones for the same seed and order of messages."""
        self._random.seed(seed)
        self._loses, self.faulty = loses, True

    @property
    def dropped(self) -> int:
        return 0  # nobody notices that a message was lost

    def publish(self, queue: str, messages: Sequence[Message]) -> None:
        if not self.faulty:
            self._bus.publish(queue, messages)
            return
        with self._lock:
            for message in messages:
                fate = self._random.random()
                for _ in range(0 if fate < self._loses else 2 if fate > 0.8 else 1):
                    self._send(queue, message, self._random.choice((0.0, 0.0, 0.02, 0.1)))

    def _send(self, queue: str, message: Message, delay: float) -> None:
        if not delay:
            self._bus.publish(queue, [message])
            return
        late = Timer(delay, self._bus.publish, (queue, [message]))
        late.daemon = True
        late.start()
        self._late.append(late)

    def mend(self) -> None:
        """Deliver what is late, and cause no more faults."""
        self.faulty = False
        with self._lock:
            late, self._late = self._late, []
        for timer in late:
            timer.join()

    def consume(self, queue: str, handler: Handler, *, batch: int = 100) -> Consumer:
        return self._bus.consume(queue, handler, batch=batch)

    def healthy(self) -> bool:
        return True

    def close(self) -> None:
        self.mend()
        self._bus.close()


class Rig:
    """A control plane and one agent with a bus between them that can be made unreliable."""

    def __init__(self, cloud: Cloud, bus: UnreliableBus, driver: GuestDriver) -> None:
        self.cloud, self.bus, self.driver = cloud, bus, driver
        self.embedded = Embedded(cloud, create_app(cloud))
        self._accounts = iter(range(100_000_000_000, 999_999_999_999))

    def client(self) -> Any:
        return self.embedded.client(account=str(next(self._accounts)))

    def wait_for_host(self) -> None:
        deadline = time.monotonic() + 10
        while not self._hosts():
            assert time.monotonic() < deadline, "the host was not heard of"
            time.sleep(0.01)

    def _hosts(self) -> int:
        with self.cloud.everywhere(write=False) as uow:
            return uow.scalar(select(func.count()).select_from(Host)) or 0

    def rows(self) -> dict[str, Any]:
        columns = (Instance.id, Instance.state, Instance.reboots, Instance.claimed_vcpus)
        with self.cloud.everywhere(write=False) as uow:
            return {row.id: row for row in uow.execute(select(*columns))}

    def settled(self) -> bool:
        """Whether every instance is what is wanted of it, the hypervisor agrees, and no claim is left over."""
        behind = or_(
            Instance.observed_generation < Instance.generation,
            Instance.state.in_(("pending", "stopping", "shutting-down")),
        )
        with self.cloud.everywhere(write=False) as uow:
            if uow.scalar(select(func.count()).select_from(Instance).where(behind, Instance.state != "terminated")):
                return False
            held = uow.scalar(select(func.coalesce(func.sum(Instance.claimed_vcpus), 0)))
            (host,) = uow.scalars(select(Host))
        rows = self.rows().values()
        seen = {id: guest.running for id, guest in self.driver.guests().items()}
        return (
            seen == {row.id: row.state == "running" for row in rows if row.state != "terminated"}
            and host.free_vcpus + (held or 0) == host.vcpus
            and all((row.claimed_vcpus > 0) == (row.state == "running") for row in rows)
        )

    def wait_until_settled(self) -> None:
        deadline = time.monotonic() + 15
        while not self.settled():
            assert time.monotonic() < deadline, (self.rows(), self.driver.guests())
            time.sleep(0.02)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder, bus = tmp_path_factory.mktemp("convergence"), UnreliableBus()
    chosen = Settings(data_dir=folder, regions=(REGION,), zones=1, resend_seconds=0.1, host_timeout_seconds=600)
    with ExitStack() as closing:
        cloud = roles.open_cloud(prepared(chosen), bus)
        closing.callback(cloud.close)
        conductor = Conductor(cloud)
        conductor.start()
        closing.callback(conductor.close)
        driver = drivers.create("simulated", {"boot_seconds": 0.01}, folder / "agent")
        agent = Agent([HostIdentity("one", REGION, ZONE)], bus, driver, Store(folder / "agent"), heartbeat_seconds=0.05)
        agent.start()
        closing.callback(agent.close)
        made = Rig(cloud, bus, driver)
        made.wait_for_host()
        yield made


VERBS = ["launch", "launch", "stop", "force", "start", "start", "reboot", "terminate", "pause"]
CALLS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 3)), min_size=1, max_size=14)


def call(ec2: Any, image: str, asked: dict[str, str], verb: str, number: int) -> None:
    """Make one call, and note in ``asked`` the state that it asks for by instance id."""
    if verb == "pause":
        time.sleep(0.02 * number)
        return
    if verb == "launch":
        launched = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1 + number)
        asked.update((i["InstanceId"], "running") for i in launched["Instances"])
        return
    if number >= len(asked):
        return
    id = list(asked)[number]
    try:
        if verb == "start":
            ec2.start_instances(InstanceIds=[id])
            asked[id] = "running"
        elif verb == "reboot":
            ec2.reboot_instances(InstanceIds=[id])
        elif verb == "terminate":
            ec2.terminate_instances(InstanceIds=[id])
            asked[id] = "terminated"
        else:
            ec2.stop_instances(InstanceIds=[id], Force=verb == "force")
            asked[id] = "stopped"
    except ClientError as refused:  # its state did not allow it, so it asked for nothing
        assert refused.response["Error"]["Code"] == "IncorrectInstanceState"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CALLS, st.integers(0, 2**32 - 1))
def test_what_the_last_calls_asked_for_is_reached(rig: Rig, calls: list[tuple[str, int]], seed: int) -> None:
    ec2, asked = rig.client(), dict[str, str]()
    image = ami(ec2)
    rig.bus.begin(seed)
    try:
        for verb, number in calls:
            call(ec2, image, asked, verb, number)
    finally:
        rig.bus.mend()
    rig.wait_until_settled()
    rows = rig.rows()
    assert {id: rows[id].state for id in asked} == asked


@pytest.mark.parametrize(("behaviour", "state"), [("stop", "stopped"), ("terminate", "terminated")])
def test_a_guest_that_went_off_by_itself_is_seen_though_the_report_was_lost(
    rig: Rig, behaviour: str, state: str
) -> None:
    ec2 = rig.client()
    directive = {"Key": "ec2api:simulate", "Value": "guest-shutdown-after:1.5"}
    launched = ec2.run_instances(
        ImageId=ami(ec2),
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        InstanceInitiatedShutdownBehavior=behaviour,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [directive]}],
    )
    id = launched["Instances"][0]["InstanceId"]
    rig.wait_until_settled()
    rig.bus.begin(0, loses=1.0)
    try:
        while rig.driver.guests()[id].running:
            time.sleep(0.02)
        time.sleep(0.1)
        assert rig.rows()[id].state == "running"
    finally:
        rig.bus.mend()
    rig.wait_until_settled()
    assert rig.rows()[id].state == state
