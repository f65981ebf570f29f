"""How long a launch takes in a cluster, from the call until the database says that the instance runs.

PostgreSQL, RabbitMQ, two API processes, two conductors and three agents share the machine with the caller. Simulated
guests boot in no time, so what is measured is the way through all of them.
"""

import json
import statistics
import time
from typing import Any

from sqlalchemy import text

from bench.figures import RUNNING_MS
from tests.cluster import Cluster

LAUNCHES = 100
WARM_UP = 10
PAUSE_SECONDS = 0.05
LATEST_SECONDS = 10.0
STATE = text("SELECT state FROM instances WHERE id = :id")


def measure() -> dict[str, float]:
    """One launch after the other; milliseconds. ``TimeoutError`` where an instance does not run."""
    with Cluster(SIMULATED_BOOT_SECONDS="0", LOG_LEVEL="warning") as cluster:
        ec2 = cluster.client()
        image = next(
            i["ImageId"]
            for i in ec2.describe_images(Owners=["amazon"])["Images"]
            if i["Architecture"] == "x86_64" and "Platform" not in i
        )
        took = []
        for _ in range(WARM_UP + LAUNCHES):
            took.append(_launch(cluster, ec2, image))
            time.sleep(PAUSE_SECONDS)
    took = sorted(took[WARM_UP:])
    return {
        RUNNING_MS: statistics.median(took) * 1000,
        "call to running p95 ms": took[int(len(took) * 0.95)] * 1000,
    }


def _launch(cluster: Cluster, ec2: Any, image: str) -> float:
    """Seconds from the call until it runs. The row is looked at every millisecond."""
    began = time.monotonic()
    answer = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    id = answer["Instances"][0]["InstanceId"]
    with cluster.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.execute(STATE, {"id": id}).scalar() != "running":
            if time.monotonic() > began + LATEST_SECONDS:
                raise TimeoutError(f"{id} does not run")
            time.sleep(0.001)
    return time.monotonic() - began


if __name__ == "__main__":
    print(json.dumps(measure()))
