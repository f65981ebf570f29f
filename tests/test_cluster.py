"""What only a cluster of processes can show: twins on two API processes, health, gentle ends."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import func, select

from backend.db.models import Instance
from tests.cluster import Cluster, wait_until
from tests.launching import ami

pytestmark = pytest.mark.cluster


def test_each_api_process_says_how_it_is(cluster: Cluster) -> None:
    for endpoint in cluster.endpoints:
        with urlopen(f"{endpoint}/_health") as answer:
            health = json.load(answer)
        assert health["roles"] == ["api"]
        assert health["database"] == {"kind": "postgresql", "ok": True}
        assert health["bus"] == {"kind": "amqp", "ok": True}


def test_signatures_are_verified(cluster: Cluster) -> None:
    wrong = {**cluster.credentials, "aws_secret_access_key": "x" * 40}
    with pytest.raises(ClientError) as refused:
        cluster.client(**wrong).describe_instances()
    assert refused.value.response["Error"]["Code"] in ("AuthFailure", "SignatureDoesNotMatch")


def test_twins_with_one_client_token_launch_once(cluster: Cluster) -> None:
    clients = [cluster.client(api=number % 2) for number in range(6)]
    token, image = uuid4().hex, ami(clients[0])

    def launch(ec2: Any) -> frozenset[str]:
        answer = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=2, MaxCount=2, ClientToken=token)
        return frozenset(i["InstanceId"] for i in answer["Instances"])

    with ThreadPoolExecutor(len(clients)) as threads:
        launched = set(threads.map(launch, clients))
    assert len(launched) == 1
    made = select(func.count()).select_from(Instance).where(Instance.client_token == token)
    assert cluster.scalar(made) == 2


def test_twins_that_name_one_key_pair_make_one(cluster: Cluster) -> None:
    clients = [cluster.client(api=number % 2) for number in range(4)]
    name = uuid4().hex

    def create(ec2: Any) -> str:
        try:
            ec2.create_key_pair(KeyName=name, KeyType="ed25519")
        except ClientError as refused:
            return str(refused.response["Error"]["Code"])
        return "made"

    with ThreadPoolExecutor(len(clients)) as threads:
        assert sorted(threads.map(create, clients)) == ["InvalidKeyPair.Duplicate"] * 3 + ["made"]


@pytest.mark.parametrize("name", ["api-1", "conductor-1", "agent-1"])
def test_a_process_ends_when_it_is_asked_to_and_goes_on_when_started_again(cluster: Cluster, name: str) -> None:
    process = cluster.roles[name].process
    assert process is not None
    cluster.stop_gently(name)
    cluster.roles[name].start()
    assert process.returncode == 0
    ec2 = cluster.client()
    launched = ec2.run_instances(ImageId=ami(ec2), InstanceType="t3.micro", MinCount=3, MaxCount=3)
    ids = [i["InstanceId"] for i in launched["Instances"]]
    running = select(func.count()).select_from(Instance).where(Instance.id.in_(ids), Instance.state == "running")
    wait_until(lambda: cluster.scalar(running) == 3)
    ec2.terminate_instances(InstanceIds=ids)
