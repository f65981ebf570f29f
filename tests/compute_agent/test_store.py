"""What an agent keeps on its own disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.bus.messages import Spec
from compute_agent.store import Kept, Store, WrongHost


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path)
    yield made
    made.close()


def spec(generation: int, power: Any = "running") -> Spec:
    return Spec(
        "i-1", generation, power, "0" * 12, "us-east-1", "us-east-1a", "ami-1", "t3.micro", "x86_64", 2, 1024, "uefi"
    )


def test_a_newer_wish_leaves_what_was_done_as_it_is(store: Store) -> None:
    kept = Kept.new("one", spec(1))
    store.save("one", [spec(1)])
    kept.reached, kept.reboots_done, kept.failed, kept.error = 1, 2, 1, "no disk"
    store.note(kept)
    store.save("two", [spec(2, "stopped")])
    wanted = Kept("two", "i-1", 2, "stopped", reached=1, reboots_done=2, failed=1, error="no disk")
    assert store.load() == {"i-1": wanted}
    assert store.spec("i-1") == spec(2, "stopped")


def test_the_number_of_a_start_is_above_all_others_that_the_disk_has_seen(store: Store) -> None:
    for _ in range(3):
        store.identify(["a"])
    both = store.identify(["a", "b"])
    alone = store.identify(["b"])
    assert alone["b"][1] > max(starts for _, starts in both.values()) == 4


def test_one_agent_at_a_time_has_the_disk(store: Store, tmp_path: Path) -> None:
    with pytest.raises(WrongHost, match="another agent"):
        Store(tmp_path)
    store.close()
    Store(tmp_path).close()


def test_hosts_that_are_simulated_may_be_others_each_time(tmp_path: Path) -> None:
    store = Store(tmp_path, simulated=True)
    assert store.identify(["a"])["a"][1] == 1
    assert store.identify(["b"])["b"][1] == 2
    store.close()
