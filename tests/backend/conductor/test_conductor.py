"""The conductor against a real database, with the agents' messages made by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from backend import clock, networks, tags
from backend.bus.base import Consumer, Handler, host_queue
from backend.bus.messages import Console, Converge, Heartbeat, Message, Observed
from backend.catalogue import images
from backend.cloud import Cloud
from backend.conductor import observations, reconcile
from backend.config import Settings
from backend.db import reading
from backend.db.models import ConsoleOutput, Host, Instance
from backend.db.unit_of_work import UnitOfWork
from backend.instances import attributes, power
from backend.instances.launch import launch
from backend.instances.request import LaunchRequest
from ec2api import roles
from tests.conftest import prepared

ACCOUNT, REGION = "111122223333", "us-east-1"


class Recorder:
    """A bus that keeps what is published, and delivers nothing."""

    dropped = 0

    def __init__(self) -> None:
        self.published: list[tuple[str, Message]] = []

    def publish(self, queue: str, messages: Sequence[Message]) -> None:
        self.published += [(queue, message) for message in messages]

    def consume(self, queue: str, handler: Handler, *, batch: int = 100) -> Consumer:
        raise AssertionError("nothing is consumed here")

    def healthy(self) -> bool:
        return True

    def close(self) -> None:
        pass

    def wishes(self, host: str) -> list[Any]:
        return [m.spec for q, m in self.published if q == host_queue(host) and isinstance(m, Converge)]


def heartbeat(name: str, *, vcpus: int = 8, instances: dict[str, int] | None = None) -> Heartbeat:
    return Heartbeat(name, f"id-of-{name}", "us-east-1a", REGION, "simulated", vcpus, 65536, instances=instances)


@pytest.fixture
def bus() -> Recorder:
    return Recorder()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.cluster)])
def cloud(request: pytest.FixtureRequest, tmp_path: Path, bus: Recorder) -> Any:
    settings = Settings(data_dir=tmp_path, regions=(REGION,), zones=1, resend_seconds=0.01)

    def prepare(url: str) -> None:
        roles.open_cloud(settings.model_copy(update={"database_url": url}), bus).close()

    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").copy("conductor", prepare)
        settings = settings.model_copy(update={"database_url": url})
    cloud = roles.open_cloud(prepared(settings), bus)
    networks.ensure_default_vpc(cloud, ACCOUNT, REGION)
    observations.handle(cloud, [heartbeat("one"), heartbeat("two")])
    yield cloud
    cloud.close()


def launched(cloud: Cloud, **given: Any) -> Instance:
    image = next(i for i in images.public(REGION) if i.architecture == "x86_64")
    request = LaunchRequest(image.image_id, 1, 1, instance_type="t3.micro", **given)
    with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
        reservation_id = launch(uow, cloud.settings, request)
        cloud.commit(uow)
        return reading.where(uow, Instance, reading.table_of(Instance).c.reservation_id == reservation_id)[0]


def change(cloud: Cloud, call: Callable[[UnitOfWork], Any]) -> None:
    with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
        call(uow)
        cloud.commit(uow)


def seen(cloud: Cloud, id: str) -> Instance:
    with cloud.everywhere(write=False) as uow:
        return reading.where(uow, Instance, reading.table_of(Instance).c.id == id)[0]


def report(instance: Instance, power_seen: Any, sequence: int, **given: Any) -> Observed:
    first = Observed(instance.host or "", instance.id, instance.generation, power_seen, sequence)
    return replace(first, **given)


def free(cloud: Cloud) -> int:
    with cloud.everywhere(write=False) as uow:
        return sum(host.free_vcpus for host in uow.scalars(select(Host)))


def test_a_launch_claims_room_and_is_sent_to_its_host(cloud: Cloud, bus: Recorder) -> None:
    instance = launched(cloud)
    assert free(cloud) == 16 - 2
    (wish,) = bus.wishes(instance.host or "")
    assert (wish.instance_id, wish.generation, wish.power, wish.vcpus) == (instance.id, 1, "running", 2)
    assert [d.boot for d in wish.disks] == [True]
    assert wish.interfaces[0].private_ips == (instance.private_ip,)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_late_and_doubled_reports_do_no_harm(cloud: Cloud, order: tuple[int, ...]) -> None:
    instance = launched(cloud)
    reports = [report(instance, p, n + 1) for n, p in enumerate(("stopped", "stopped", "running"))]
    for n in order:
        observations.handle(cloud, [reports[n]])
        observations.handle(cloud, [reports[n]])
    assert seen(cloud, instance.id).state == "running"


def test_reports_of_a_host_that_is_not_the_instances_own_are_ignored(cloud: Cloud) -> None:
    instance = launched(cloud)
    observations.handle(cloud, [report(instance, "running", 1, host="three")])
    assert seen(cloud, instance.id).state == "pending"


def test_a_failed_launch_moves_to_the_next_host_and_gives_up_after_the_last(cloud: Cloud, bus: Recorder) -> None:
    instance = launched(cloud)
    first = instance.host or ""
    observations.handle(cloud, [report(instance, "stopped", 1, generation=0, failed_generation=1, error="no disk")])
    moved = seen(cloud, instance.id)
    assert moved.host != first and moved.state == "pending"
    assert bus.wishes(first)[-1].power == "absent"
    assert bus.wishes(moved.host or "")[-1].generation == moved.generation
    assert free(cloud) == 16 - 2
    sequence = 1
    while (now := seen(cloud, instance.id)).desired == "running":
        sequence += 1
        observations.handle(
            cloud, [report(now, "stopped", sequence, failed_generation=now.generation, error="no disk")]
        )
    assert now.state_reason_message == "Server.InternalError: no disk"
    observations.handle(cloud, [report(now, "absent", sequence + 1)])
    assert seen(cloud, instance.id).state == "terminated"
    assert free(cloud) == 16


def test_a_stop_gives_room_back_once(cloud: Cloud) -> None:
    instance = launched(cloud)
    observations.handle(cloud, [report(instance, "running", 1)])
    with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
        power.stop(uow, [instance.id])
        cloud.commit(uow)
    stopping = seen(cloud, instance.id)
    for sequence in (2, 3):
        observations.handle(cloud, [report(stopping, "stopped", sequence)])
    assert seen(cloud, instance.id).state == "stopped"
    assert free(cloud) == 16


def test_the_sweep_sends_again_what_no_host_has_reached(cloud: Cloud, bus: Recorder) -> None:
    instance = launched(cloud)
    bus.published.clear()
    with cloud.everywhere(write=True) as uow:
        uow.execute(update(Instance).values(sent_at=clock.now() - timedelta(minutes=1)))
        uow.commit()
    reconcile.sweep(cloud)
    assert [w.instance_id for w in bus.wishes(instance.host or "")] == [instance.id]


def test_a_termination_does_not_wait_for_a_host_that_is_down(cloud: Cloud, bus: Recorder) -> None:
    instance = launched(cloud)
    observations.handle(cloud, [report(instance, "running", 1)])
    with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
        power.terminate(uow, [instance.id])
        cloud.commit(uow)
    long_ago = clock.now() - timedelta(hours=1)
    with cloud.everywhere(write=True) as uow:
        uow.execute(update(Host).where(Host.name == instance.host).values(heard_at=long_ago))
        uow.execute(update(Instance).values(sent_at=long_ago))
        uow.commit()
    reconcile.sweep(cloud)
    assert seen(cloud, instance.id).state == "terminated"
    bus.published.clear()
    observations.handle(cloud, [heartbeat(instance.host or "", instances={instance.id: 1})])
    (wish,) = bus.wishes(instance.host or "")
    assert (wish.instance_id, wish.power) == (instance.id, "absent")


def test_a_heartbeat_that_lacks_a_guest_has_it_sent_again(cloud: Cloud, bus: Recorder) -> None:
    instance = launched(cloud)
    bus.published.clear()
    observations.handle(cloud, [heartbeat(instance.host or "", instances={})])
    assert [w.power for w in bus.wishes(instance.host or "")] == ["running"]


def test_a_second_host_of_the_same_name_is_not_listened_to(cloud: Cloud) -> None:
    observations.handle(cloud, [replace(heartbeat("one", vcpus=999), host_id="another")])
    assert free(cloud) == 16


def test_the_newest_console_is_kept(cloud: Cloud) -> None:
    instance = launched(cloud)
    for at, output in ((2.0, "second"), (1.0, "first")):
        observations.handle(cloud, [Console(instance.host or "", instance.id, output, at)])
    with cloud.everywhere(write=False) as uow:
        (kept,) = reading.where(uow, ConsoleOutput)
    assert kept.at.second == 2


def test_what_is_over_is_forgotten(cloud: Cloud) -> None:
    instance = launched(cloud)
    with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
        power.terminate(uow, [instance.id])
        cloud.commit(uow)
    ended = seen(cloud, instance.id)
    observations.handle(cloud, [report(ended, "absent", 1)])
    with cloud.everywhere(write=True) as uow:
        uow.execute(update(Instance).values(terminated_at=clock.now() - timedelta(hours=2)))
        uow.commit()
    reconcile.sweep(cloud)
    with cloud.everywhere(write=False) as uow:
        assert reading.where(uow, Instance) == []


def shut_down(instance: Instance, sequence: int) -> Observed:
    return report(instance, "stopped", sequence, shut_down_by_guest=True)


def test_a_guest_that_shuts_itself_down_stops_though_something_else_of_it_changed(cloud: Cloud, bus: Recorder) -> None:
    instance = launched(cloud)
    observations.handle(cloud, [report(instance, "running", 1)])
    with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
        attributes.modify(uow, cloud.settings, instance.id, "blockDeviceMapping", [{"DeviceName": "/dev/xvda"}])
        cloud.commit(uow)
    wish = bus.wishes(instance.host or "")[-1]
    assert (wish.generation, wish.power_generation) == (2, 1)
    observations.handle(cloud, [shut_down(instance, 2)])
    ended = seen(cloud, instance.id)
    assert (ended.desired, ended.state) == ("stopped", "stopped")


def test_an_old_shutdown_does_not_end_a_later_start(cloud: Cloud, bus: Recorder) -> None:
    instance = launched(cloud)
    observations.handle(cloud, [report(instance, "running", 1), shut_down(instance, 2)])
    with cloud.unit_of_work(ACCOUNT, REGION, write=True) as uow:
        power.start(uow, cloud.settings, [instance.id])
        cloud.commit(uow)
    started = seen(cloud, instance.id)
    wish = bus.wishes(instance.host or "")[-1]
    assert wish.power_generation == wish.generation == started.generation
    observations.handle(cloud, [shut_down(instance, 3)])
    assert seen(cloud, instance.id).state == "pending"


def test_an_instance_that_went_off_before_it_was_seen_running_is_no_launch_any_more(cloud: Cloud) -> None:
    instance = launched(cloud)
    observations.handle(cloud, [shut_down(instance, 1)])
    assert seen(cloud, instance.id).state == "stopped"
    change(cloud, lambda uow: power.start(uow, cloud.settings, [instance.id]))
    started = seen(cloud, instance.id)
    failed = report(started, "stopped", 2, generation=2, failed_generation=started.generation, error="no memory")
    observations.handle(cloud, [failed])
    after = seen(cloud, instance.id)
    assert (after.desired, after.state, after.host) == ("stopped", "stopped", instance.host)
    assert free(cloud) == 16


def test_a_start_that_is_stopped_again_is_over_when_the_host_says_so(cloud: Cloud) -> None:
    instance = launched(cloud)
    observations.handle(cloud, [report(instance, "running", 1)])
    change(cloud, lambda uow: power.stop(uow, [instance.id]))
    observations.handle(cloud, [report(seen(cloud, instance.id), "stopped", 2)])
    change(cloud, lambda uow: power.start(uow, cloud.settings, [instance.id]))
    change(cloud, lambda uow: power.stop(uow, [instance.id]))
    assert seen(cloud, instance.id).state == "stopping"
    observations.handle(cloud, [report(seen(cloud, instance.id), "stopped", 3)])
    assert seen(cloud, instance.id).state == "stopped"


def test_the_late_report_of_another_host_hides_none_of_the_instances_own(cloud: Cloud) -> None:
    instance = launched(cloud)
    late = report(instance, "absent", 1 << 60, host="another")
    observations.handle(cloud, [report(instance, "running", 1), late])
    assert seen(cloud, instance.id).state == "running"


def test_a_console_is_kept_only_from_the_host_of_an_instance(cloud: Cloud) -> None:
    instance = launched(cloud)
    messages = [Console("another", instance.id, "old", 2.0), Console("one", "i-00000000000000000", "none", 1.0)]
    observations.handle(cloud, messages)
    with cloud.everywhere(write=False) as uow:
        assert reading.where(uow, ConsoleOutput) == []


def lost(cloud: Cloud) -> Instance:
    """An instance that counts as terminated although its host still has the guest."""
    instance = launched(cloud)
    change(cloud, lambda uow: power.terminate(uow, [instance.id]))
    observations.handle(cloud, [report(seen(cloud, instance.id), "absent", 1)])
    return instance


def test_a_host_without_an_emulator_can_be_told_to_remove_a_guest(cloud: Cloud, bus: Recorder) -> None:
    instance = lost(cloud)
    host = instance.host or ""
    observations.handle(cloud, [replace(heartbeat(host, instances={instance.id: 3}), architectures=())])
    wish = bus.wishes(host)[-1]
    assert (wish.power, wish.generation) == ("absent", 4)


def test_guests_that_no_row_knows_are_left_alone_for_a_while(cloud: Cloud, bus: Recorder) -> None:
    def beat(*ids: str) -> None:
        observations.handle(cloud, [heartbeat("one", instances=dict.fromkeys(ids, 1))])

    def later(seconds: float) -> None:
        with cloud.everywhere(write=True) as uow:
            (host,) = uow.scalars(select(Host).where(Host.name == "one"))
            host.unowned = {id: at - seconds for id, at in host.unowned.items()}
            uow.commit()

    stays, goes = "i-00000000000000001", "i-00000000000000002"
    beat(stays, goes)
    later(cloud.settings.unowned_guest_seconds - 60)
    beat(goes)
    beat(stays, goes)
    assert bus.wishes("one") == []
    later(120)
    beat(stays, goes)
    assert [(w.instance_id, w.power, w.generation) for w in bus.wishes("one")] == [(goes, "absent", 2)]


def test_new_tags_reach_the_host(cloud: Cloud, bus: Recorder) -> None:
    instance = launched(cloud)
    change(cloud, lambda uow: tags.put(uow, [instance.id], {"Name": "web"}))
    wish = bus.wishes(instance.host or "")[-1]
    assert (wish.generation, wish.power_generation, wish.tags) == (2, 1, {"Name": "web"})
    change(cloud, lambda uow: tags.remove(uow, [instance.id], None))
    wish = bus.wishes(instance.host or "")[-1]
    assert (wish.generation, wish.tags) == (3, {})


def test_a_wish_names_the_host_that_it_is_for(cloud: Cloud, bus: Recorder) -> None:
    instance = lost(cloud)
    host = instance.host or ""
    observations.handle(cloud, [heartbeat(host, instances={instance.id: 3})])
    wishes = [(queue, m.host_id) for queue, m in bus.published if isinstance(m, Converge)]
    assert len(wishes) == 3
    assert set(wishes) == {(host_queue(host), f"id-of-{host}")}
