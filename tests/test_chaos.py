"""Any process of the cluster may be killed at any time: nothing is lost, nothing doubled, no claim left behind."""

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from sqlalchemy import and_, func, or_, select

from backend.db.models import Host, Instance, NetworkInterface, PrivateAddress, Subnet, Volume
from tests.cluster import Cluster, wait_until
from tests.services import descendants

pytestmark = pytest.mark.cluster

CALLERS, CALLS_EACH = 4, 125
ATTEMPTS = 5
FULL_HEARTBEATS_SECONDS = 12.0  # every tenth heartbeat says which guests a host knows; the cluster's beat each second
ACCOUNTS = (str(n) for n in range(222_200_000_000, 999_999_999_999))


@dataclass
class Caller:
    """One user: launches, stops, starts and terminates instances of its own, and notes what it was told."""

    clients: Iterator[Any]
    image: str
    random: random.Random
    asked: dict[str, str] = field(default_factory=dict)
    """By instance id, the state that it is to reach."""
    launches: dict[str, set[str]] = field(default_factory=dict)
    """By client token, the ids that the launch answered."""
    refused: Counter[str] = field(default_factory=Counter)

    def call(self) -> bool:
        """Make one call; whether it was accepted."""
        living = [id for id, state in self.asked.items() if state != "terminated"]
        verbs = [self.launch, self.stop, self.start, self.terminate]
        verb = self.random.choices(verbs, [4, 3, 2, 2])[0] if living else self.launch
        try:
            verb(self.random.sample(living, min(len(living), self.random.randint(1, 3))))
        except ClientError as fault:
            if fault.response["Error"]["Code"] != "IncorrectInstanceState":
                raise
            self.refused[verb.__name__] += 1  # an instance that still stops cannot be started: nothing was changed
            return False
        return True

    def ask(self, action: str, **given: Any) -> Any:
        """A server that is killed as it writes may leave a status line alone. http.client takes that for an answer
        without a body, so that botocore does not ask again by itself."""
        for _ in range(ATTEMPTS):
            try:
                return getattr(next(self.clients), action)(**given)
            except ResponseParserError as fault:
                cut_off = fault
        raise cut_off

    def launch(self, _: list[str]) -> None:
        token, count = uuid4().hex, self.random.randint(1, 3)
        answer = self.ask(
            "run_instances",
            ImageId=self.image,
            InstanceType="t3.micro",
            MinCount=count,
            MaxCount=count,
            ClientToken=token,
        )
        self.launches[token] = {i["InstanceId"] for i in answer["Instances"]}
        assert len(self.launches[token]) == count
        self.asked.update(dict.fromkeys(self.launches[token], "running"))

    def stop(self, ids: list[str]) -> None:
        """A guest that has not begun to run cannot be stopped, so that some of these calls are refused."""
        self.ask("stop_instances", InstanceIds=ids, Force=self.random.random() < 0.3)
        self.asked.update(dict.fromkeys(ids, "stopped"))

    def start(self, ids: list[str]) -> None:
        self.ask("start_instances", InstanceIds=ids)
        self.asked.update(dict.fromkeys(ids, "running"))

    def terminate(self, ids: list[str]) -> None:
        self.ask("terminate_instances", InstanceIds=ids)
        self.asked.update(dict.fromkeys(ids, "terminated"))


def image_of(ec2: Any) -> str:
    found = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"]
    return str(next(i["ImageId"] for i in found if "Platform" not in i))


def kill_at_random(cluster: Cluster, chance: random.Random, ended: Event) -> list[str]:
    """Kill one process after the other until ``ended``, and start each again; who was killed."""
    killed: list[str] = []
    others = cycle(["broker", "api", "conductor", "agent", "worker"])
    while not ended.wait(chance.uniform(0.2, 1.5)):
        kind = next(others) if len(killed) < 5 else chance.choice(["broker", "api", "conductor", "agent", "worker"])
        if kind == "worker":  # only gunicorn's worker: the master starts another
            api = cluster.roles[chance.choice(["api-1", "api-2"])]
            assert api.process is not None
            for worker in descendants(api.process.pid):
                os.kill(worker, signal.SIGKILL)
            killed.append(f"{api.name}'s worker")
            continue
        name = chance.choice([name for name in cluster.ready_names() if name.startswith(kind)])
        cluster.kill(name)
        killed.append(name)
        time.sleep(chance.uniform(0, 1))
        cluster.restart(name)
    return killed


def unsettled(cluster: Cluster) -> int:
    """How many instances have not reached what is wanted of them."""
    behind = and_(Instance.state != "terminated", Instance.observed_generation < Instance.generation)
    moving = Instance.state.in_(("pending", "stopping", "shutting-down"))
    found: int = cluster.scalar(select(func.count()).select_from(Instance).where(or_(behind, moving)))
    return found


def check_claims(cluster: Cluster) -> None:
    """What is free of each host and what its guests hold make up the host."""
    held = (
        select(Instance.host, func.sum(Instance.claimed_vcpus), func.sum(Instance.claimed_memory_mib))
        .where(Instance.host.is_not(None))
        .group_by(Instance.host)
    )
    claims = {host: (int(vcpus), int(memory)) for host, vcpus, memory in cluster.rows(held)}
    for host in cluster.rows(select(Host.name, Host.vcpus, Host.memory_mib, Host.free_vcpus, Host.free_memory_mib)):
        vcpus, memory = claims.get(host.name, (0, 0))
        assert (host.free_vcpus + vcpus, host.free_memory_mib + memory) == (host.vcpus, host.memory_mib), host
    idle = select(Instance.id).where(Instance.state.in_(("stopped", "terminated")), Instance.claimed_vcpus > 0)
    assert cluster.rows(idle) == []
    homeless = select(Instance.id).where(Instance.host.is_(None), Instance.claimed_vcpus > 0)
    assert cluster.rows(homeless) == []


def check_belongings(cluster: Cluster, account: str) -> None:
    """Every instance that lives has one interface, one address and one disk, and nobody else has any."""
    living = [i for (i,) in cluster.rows(select(Instance.id).where(here(account), Instance.state != "terminated"))]
    interfaces = cluster.rows(
        select(NetworkInterface.instance_id, NetworkInterface.id).where(NetworkInterface.account == account)
    )
    assert sorted(i for i, _ in interfaces) == sorted(living)
    held = select(PrivateAddress.network_interface_id, PrivateAddress.subnet_id)
    addresses = [a for a in cluster.rows(held) if a.network_interface_id in {id for _, id in interfaces}]
    assert len(addresses) == len(living)
    taken = Counter(a.subnet_id for a in addresses)
    for subnet in cluster.rows(select(Subnet.id, Subnet.available).where(Subnet.account == account)):
        assert subnet.available == 4096 - 5 - taken[subnet.id]
    volumes = cluster.scalar(select(func.count()).select_from(Volume).where(Volume.account == account))
    assert volumes == len(living)


def here(account: str) -> Any:
    return Instance.account == account


def guests(cluster: Cluster, number: int) -> dict[str, bool]:
    """Whether each guest of an agent that is stopped has power, as the simulated hypervisor noted it."""
    path = cluster.agent_folder(number) / "guests.sqlite3"
    with sqlite3.connect(path) as ledger:
        found = {id: bool(powered) for id, powered in ledger.execute("SELECT instance_id, powered FROM guests")}
    ledger.close()
    return found


def check_guests(cluster: Cluster) -> None:
    """Each host has exactly the guests that its rows say, on or off as they say. Stops the agents for a moment."""
    for number in range(1, len(cluster.agents) + 1):
        cluster.stop_gently(f"agent-{number}")
        try:
            rows = select(Instance.id, Instance.state).where(Instance.host == f"host-{number}")
            wanted = {id: state == "running" for id, state in cluster.rows(rows)}
            assert guests(cluster, number) == wanted, f"host-{number}"
        finally:
            cluster.roles[f"agent-{number}"].start()


def test_processes_killed_at_random_lose_double_and_leave_nothing(cluster: Cluster) -> None:
    seed = int(os.environ.get("EC2API_CHAOS_SEED") or random.randrange(2**32))
    print(f"EC2API_CHAOS_SEED={seed}")
    account, began = next(ACCOUNTS), time.monotonic()
    key = cluster.create_key(account)
    apis = [cluster.client(api=number, **key) for number in (0, 1)]
    image = image_of(apis[0])
    callers = [Caller(cycle(apis[n % 2 :] + apis[: n % 2]), image, random.Random(seed + n)) for n in range(CALLERS)]
    ended = Event()

    def calls(caller: Caller) -> None:
        accepted = 0
        while accepted < CALLS_EACH:
            accepted += caller.call()
            time.sleep(caller.random.uniform(0, 0.4))

    with ThreadPoolExecutor(CALLERS + 1) as threads:
        killing = threads.submit(kill_at_random, cluster, random.Random(seed), ended)
        calling = [threads.submit(calls, caller) for caller in callers]
        try:
            for each in calling:
                each.result()
        finally:
            ended.set()
            killed = killing.result()
    called = time.monotonic() - began
    wait_until(lambda: unsettled(cluster) == 0, timeout=60)
    print(f"{CALLERS * CALLS_EACH} calls in {called:.0f} s, converged {time.monotonic() - began - called:.1f} s later")
    again = sum(cluster.logs(name).count("met another one") for name in cluster.roles)
    print(f"killed: {', '.join(killed)}; refused: {sum((c.refused for c in callers), Counter())}; run again: {again}")

    rows = {
        row.id: row
        for row in cluster.rows(select(Instance.id, Instance.state, Instance.client_token).where(here(account)))
    }
    launches = {token: ids for caller in callers for token, ids in caller.launches.items()}
    made: dict[str, set[str]] = {}
    for row in rows.values():
        made.setdefault(row.client_token, set()).add(row.id)
    assert made == launches
    asked = {id: state for caller in callers for id, state in caller.asked.items()}
    assert {id: row.state for id, row in rows.items()} == asked
    check_claims(cluster)
    check_belongings(cluster, account)
    time.sleep(FULL_HEARTBEATS_SECONDS)
    check_guests(cluster)
    for name in ("api-1", "api-2"):  # botocore tries again after a 5xx, so callers would not notice
        assert " POST 5" not in cluster.logs(name)


def test_calls_answer_without_the_broker_and_converge_when_it_is_back(cluster: Cluster) -> None:
    ec2 = cluster.client(attempts=1, **cluster.create_key(next(ACCOUNTS)))
    image = image_of(ec2)

    def launch() -> str:
        return str(
            ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][0][
                "InstanceId"
            ]
        )

    def state(id: str) -> str:
        return str(ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]["State"]["Name"])

    runs, stays = launch(), launch()
    wait_until(lambda: (state(runs), state(stays)) == ("running", "running"))
    cluster.kill("broker")
    try:
        new, doomed = launch(), launch()
        ec2.stop_instances(InstanceIds=[runs])
        ec2.terminate_instances(InstanceIds=[doomed])
        ec2.reboot_instances(InstanceIds=[stays])
        assert [state(id) for id in (new, doomed, runs, stays)] == ["pending", "shutting-down", "stopping", "running"]
    finally:
        cluster.restart("broker")
    wait_until(
        lambda: [state(id) for id in (new, doomed, runs, stays)] == ["running", "terminated", "stopped", "running"]
    )
    wait_until(lambda: unsettled(cluster) == 0)
    check_claims(cluster)
