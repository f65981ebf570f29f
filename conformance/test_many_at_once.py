"""Many callers at the same time: nothing is lost, doubled or half done, and no call fails for another's sake."""

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from conformance.endpoint import Endpoint, eventually

THREADS, ROUNDS = 8, 12
REFUSED = {"IncorrectInstanceState"}
"""What a caller may hear who is late: the instance was stopped or terminated by another."""


def test_launches_stops_and_terminations(endpoint: Endpoint, image: Any, name: str) -> None:
    launched: list[str] = []
    ended: set[str] = set()
    lock = threading.Lock()
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
    clients = [endpoint.client(user_agent_extra=f"thread/{n}") for n in range(THREADS)]

    def act(ec2: Any, chance: Random) -> None:
        with lock:
            mine = chance.choice(launched) if launched else None
        what = chance.choice(["launch", "launch", "stop", "start", "terminate", "tag", "describe", "reboot"])
        if what == "launch" or mine is None:
            answer = ec2.run_instances(
                ImageId=image["ImageId"], InstanceType="t3.micro", MinCount=1, MaxCount=2, TagSpecifications=tags
            )
            with lock:
                launched.extend(i["InstanceId"] for i in answer["Instances"])
        elif what == "tag":
            ec2.create_tags(Resources=[mine], Tags=[{"Key": "round", "Value": str(chance.random())}])
        elif what == "describe":
            found = ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": [name]}])["Reservations"]
            assert found
        else:
            try:
                getattr(ec2, f"{what}_instances")(InstanceIds=[mine])
            except ClientError as fault:
                assert fault.response["Error"]["Code"] in REFUSED, fault.response
            else:
                if what == "terminate":
                    ended.add(mine)

    def work(number: int) -> None:
        chance = Random(number)
        for _ in range(ROUNDS):
            act(clients[number], chance)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, number) for number in range(THREADS)]:
            done.result(timeout=120)

    ec2 = clients[0]

    def states() -> dict[str, str]:
        found = ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": [name]}])["Reservations"]
        return {i["InstanceId"]: i["State"]["Name"] for r in found for i in r["Instances"]}

    settled = eventually(states, lambda found: set(found.values()) <= {"running", "stopped", "terminated"})
    assert sorted(settled) == sorted(launched)
    assert {id for id, state in settled.items() if state == "terminated"} == ended
    addresses = [
        i["PrivateIpAddress"]
        for r in ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": [name]}])["Reservations"]
        for i in r["Instances"]
        if i["State"]["Name"] != "terminated"
    ]
    assert len(addresses) == len(set(addresses))
    ec2.terminate_instances(InstanceIds=launched)
    eventually(states, lambda found: set(found.values()) == {"terminated"})


def test_one_client_token_many_times_at_once(endpoint: Endpoint, image: Any, name: str) -> None:
    clients = [endpoint.client(user_agent_extra=f"thread/{n}") for n in range(THREADS)]

    def launch(number: int) -> str:
        answer = clients[number].run_instances(
            ImageId=image["ImageId"], InstanceType="t3.micro", MinCount=1, MaxCount=1, ClientToken=name
        )
        return str(answer["Instances"][0]["InstanceId"])

    with ThreadPoolExecutor(THREADS) as pool:
        ids = set(pool.map(launch, range(THREADS)))
    assert len(ids) == 1
    clients[0].terminate_instances(InstanceIds=list(ids))


def test_one_name_many_times_at_once(endpoint: Endpoint, name: str) -> None:
    clients = [endpoint.client(user_agent_extra=f"thread/{n}") for n in range(THREADS)]

    def create(number: int) -> str:
        try:
            return str(clients[number].create_security_group(GroupName=name, Description="x")["GroupId"])
        except ClientError as fault:
            return str(fault.response["Error"]["Code"])

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(create, range(THREADS)))
    made = [answer for answer in answers if answer.startswith("sg-")]
    assert len(made) == 1
    assert set(answers) - set(made) == {"InvalidGroup.Duplicate"}
    clients[0].delete_security_group(GroupId=made[0])
