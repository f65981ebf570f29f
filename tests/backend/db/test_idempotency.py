"""Client tokens: of twins on two connections one runs, and the other waits for its answer."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from backend import errors
from backend.bus.local import LocalBus
from backend.cloud import Cloud
from backend.db import idempotency
from backend.db.engine import Database
from backend.db.unit_of_work import UnitOfWork

ACCOUNT, REGION = "111122223333", "us-east-1"


def write(cloud: Cloud, account: str = ACCOUNT, region: str = REGION) -> UnitOfWork:
    return cloud.unit_of_work(account, region, write=True)


def remember(cloud: Cloud, token: str = "t", **answer: Any) -> None:
    with write(cloud) as uow:
        assert idempotency.recall(uow, "CreateVolume", token, {"Size": 1}) is None
        idempotency.remember(uow, "CreateVolume", token, answer)
        uow.commit()


def recalled(cloud: Cloud, action: str = "CreateVolume", token: str = "t", size: int = 1, **where: str) -> Any:
    with write(cloud, **where) as uow:
        return idempotency.recall(uow, action, token, {"Size": size})


def test_a_repetition_gets_the_first_answer(cloud: Cloud) -> None:
    remember(cloud, VolumeId="vol-1")
    assert recalled(cloud) == {"VolumeId": "vol-1"}
    assert recalled(cloud) == {"VolumeId": "vol-1"}


def test_other_parameters_with_the_same_token_are_refused(cloud: Cloud) -> None:
    remember(cloud, VolumeId="vol-1")
    with pytest.raises(errors.IdempotentParameterMismatch):
        recalled(cloud, size=2)


def test_a_token_is_of_one_action_account_and_region(cloud: Cloud) -> None:
    remember(cloud, VolumeId="vol-1")
    assert recalled(cloud, action="CreateVpc") is None
    assert recalled(cloud, token="T") is None
    assert recalled(cloud, account="222233334444") is None
    assert recalled(cloud, region="eu-west-1") is None


def test_a_call_that_was_undone_leaves_its_token_free(cloud: Cloud) -> None:
    assert recalled(cloud) is None  # and it did not commit
    assert recalled(cloud) is None


class Twins:
    """Two calls with one token from two processes; the second comes while the first is at work."""

    def __init__(self, cloud: Cloud) -> None:
        self.other = Cloud(cloud.settings, Database(cloud.settings.database), LocalBus())
        self.began, self.ends = Event(), Event()
        self.threads = ThreadPoolExecutor(2)
        self.first = self.threads.submit(self._first, cloud)
        assert self.began.wait(10)
        self.second: Future[Any] = self.threads.submit(recalled, self.other)

    def _first(self, cloud: Cloud) -> None:
        with write(cloud) as uow:
            assert idempotency.recall(uow, "CreateVolume", "t", {"Size": 1}) is None
            self.began.set()
            assert self.ends.wait(10)
            if self.commits:
                idempotency.remember(uow, "CreateVolume", "t", {"VolumeId": "vol-1"})
                uow.commit()

    def end(self, *, commits: bool) -> Any:
        """End the first call; what the second got."""
        assert not self.second.done()
        self.commits = commits
        self.ends.set()
        self.first.result(10)
        found = self.second.result(10)
        self.threads.shutdown()
        self.other.close()
        return found


def test_a_twin_waits_for_the_answer_of_the_first(cloud: Cloud) -> None:
    assert Twins(cloud).end(commits=True) == {"VolumeId": "vol-1"}


def test_a_twin_runs_where_the_first_was_undone(cloud: Cloud) -> None:
    assert Twins(cloud).end(commits=False) is None
