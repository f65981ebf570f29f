"""One per host: makes the host match what it is sent, then reports what is."""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from backend.bus.base import CONDUCTOR, Bus, Consumer, Handler, host_queue
from backend.bus.messages import Console, Converge, Heartbeat, Message, Observed, Power, Spec
from compute_agent.consoles import ConsoleWatch
from compute_agent.converge import converge, matches
from compute_agent.drivers.base import DriverError, GuestDriver, Unreachable
from compute_agent.store import Kept, Store, WrongHost

log = logging.getLogger(__name__)

_FULL_HEARTBEAT = 10
"""Every so many heartbeats one tells which guests the host knows."""
_CONSOLE_LATEST = 10.0
"""Seconds after which the output of a guest that never stops writing is sent again."""
_CLOSE_SECONDS = 10.0
_LATE_SECONDS = 600.0
"""For so long a wish may arrive after the removal that overtook it: no message lives longer in a host's queue."""
_STARTS_SHIFT = 40
"""Sequence numbers: the number of the agent's start above these bits, a counter in them."""


@dataclass(frozen=True)
class HostIdentity:
    """A host as it is known to the control plane."""

    name: str
    region: str
    zone: str


@dataclass(slots=True)
class _Guest:
    kept: Kept
    spec: Spec | None = None
    """What is wanted, while the host does not match it; the store has it always."""
    busy: bool = False
    again: bool = False
    retry: bool = False
    """A failed generation was sent again: try it again."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class Agent:
    """Serves one host; in the embedded cloud, all of its simulated hosts with one driver.

    ``workers``: guests that are worked on at the same time. Two jobs never touch one guest at once.
    """

    def __init__(
        self,
        hosts: Sequence[HostIdentity],
        bus: Bus,
        driver: GuestDriver,
        store: Store,
        *,
        heartbeat_seconds: float = 5,
        workers: int = 4,
        console_seconds: float = 1,
    ) -> None:
        self._hosts = {host.name: host for host in hosts}
        self._bus, self._driver, self._store = bus, driver, store
        self._heartbeat_seconds, self._console_seconds = heartbeat_seconds, console_seconds
        self._work: queue.SimpleQueue[_Guest | None] = queue.SimpleQueue()
        self._guests: dict[str, _Guest] = {}
        self._guests_lock = threading.Lock()
        self._removed: dict[str, tuple[int, float]] = {}  # by instance id, the generation and time; oldest first
        self._sequence = 0
        self._sequence_lock = threading.Lock()
        self._stop = threading.Event()
        self._consumers: list[Consumer] = []
        self._threads = [
            threading.Thread(target=self._run, name=f"agent-worker-{n}", daemon=True) for n in range(workers)
        ]
        self._threads.append(threading.Thread(target=self._beat, name="agent-heartbeat", daemon=True))
        self._threads.append(threading.Thread(target=self._watch_consoles, name="agent-console", daemon=True))

    def start(self) -> None:
        """Take up every guest again, converge those that are not as they are wanted, and listen."""
        self._identities = self._store.identify(self._hosts)
        self._sequence = max(starts for _, starts in self._identities.values()) << _STARTS_SHIFT
        self._guests = {id: _Guest(kept) for id, kept in self._store.load().items()}
        try:
            self._driver.start_up(self._changed)
        except BaseException:
            self._store.close()
            raise
        self._heartbeat(full=True)
        states = self._driver.guests()
        for id, guest in list(self._guests.items()):
            if not matches(guest.kept, states.get(id)):
                self._enqueue(id)
        for thread in self._threads:
            thread.start()
        for name in self._hosts:
            self._consumers.append(self._bus.consume(host_queue(name), self._receiver(name), batch=500))

    def close(self) -> None:
        """Finish what is in hand as far as that takes no longer than it may, leave the guests running."""
        self._stop.set()
        for consumer in self._consumers:
            consumer.close()
        for _ in self._threads:
            self._work.put(None)
        deadline = time.monotonic() + _CLOSE_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))
        self._driver.close()
        self._store.close()

    def _receiver(self, host: str) -> Handler:
        own = self._identities[host][0]

        def receive(messages: Sequence[Message]) -> None:
            wishes = [m for m in messages if isinstance(m, Converge)]
            if any(m.host_id not in ("", own) for m in wishes):
                raise WrongHost(f"another host is called {host}: what is for that one is not done here")
            self._accept(host, [m.spec for m in wishes])

        return receive

    def _accept(self, host: str, specs: Sequence[Spec]) -> None:
        """Keep what is newer than what is known, on disk before it counts; answer what is not newer."""
        newest: dict[str, Spec] = {}
        for spec in specs:
            if spec.instance_id not in newest or newest[spec.instance_id].generation < spec.generation:
                newest[spec.instance_id] = spec
        with self._guests_lock:
            newer = {id: spec for id, spec in newest.items() if spec.generation > self._known(id)}
            if newer:
                self._store.save(host, newer.values())
            for id, spec in newest.items():
                guest = self._guests.get(id)
                if guest is None:
                    if id in newer:
                        self._guests[id] = _Guest(Kept.new(host, spec), spec)
                elif id in newer:
                    guest.kept.want(spec)
                    guest.spec, guest.kept.host = spec, host
                else:
                    guest.retry = spec.generation == guest.kept.failed
        for id in newest:
            self._enqueue(id)

    def _known(self, instance_id: str) -> int:
        """The generation that a wish must exceed to be taken on; a removal that is over may be asked for again."""
        if (guest := self._guests.get(instance_id)) is not None:
            return guest.kept.generation
        generation, _ = self._removed.get(instance_id, (0, 0.0))
        return generation - 1

    def _changed(self, instance_id: str) -> None:
        self._enqueue(instance_id)

    def _enqueue(self, instance_id: str) -> None:
        guest = self._guests.get(instance_id)
        if guest is None:
            return
        with guest.lock:
            if guest.busy:
                guest.again = True
                return
            guest.busy = True
        self._work.put(guest)

    def _run(self) -> None:
        while not self._stop.is_set():
            guest = self._work.get()
            if guest is None:
                return
            instance_id = guest.kept.instance_id
            if self._guests.get(instance_id) is not guest:
                continue  # it was forgotten, and another of that id may be in work
            try:
                self._converge(guest)
            except DriverError as fault:  # the control plane sends again what it hears nothing of
                log.warning("nothing is known of instance %s: %s", instance_id, fault)
            except Exception:
                log.exception("converging %s failed", instance_id)
            with guest.lock:
                if guest.again:
                    guest.again = False
                    self._work.put(guest)
                else:
                    guest.busy = False

    def _converge(self, guest: _Guest) -> None:
        kept, spec = guest.kept, guest.spec or self._store.spec(guest.kept.instance_id)
        if kept.failed == spec.generation and not guest.retry:
            self._report(kept, self._power(spec))
            return
        guest.retry = False
        try:
            outcome = converge(self._driver, kept, spec, self._store.note)
        except Unreachable:
            raise
        except DriverError as fault:
            power = self._power(spec)
            log.warning("instance %s, generation %d: %s", spec.instance_id, spec.generation, fault)
            kept.failed, kept.error = spec.generation, str(fault)
            self._store.note(kept)
            self._done(guest, spec)
            self._report(kept, power)
            return
        if outcome.booting:
            return  # the driver says when it runs
        if kept.reached != spec.generation or kept.failed is not None:
            kept.reached, kept.failed, kept.error = spec.generation, None, None
            if outcome.power != "absent":
                self._store.note(kept)
        self._done(guest, spec)
        self._report(kept, outcome.power, shut_down_by_guest=outcome.shut_down_by_guest)
        if outcome.power == "absent":
            self._forget(guest)
        elif outcome.changed or outcome.shut_down_by_guest or not self._driver.live_console:
            self._send_console(kept)

    def _done(self, guest: _Guest, spec: Spec) -> None:
        """Keep no specification in memory that nothing is to be done about."""
        with self._guests_lock:
            if guest.spec is spec:
                guest.spec = None

    def _forget(self, guest: _Guest) -> None:
        instance_id = guest.kept.instance_id
        with self._guests_lock:
            if guest.kept.power == "absent" and guest.kept.generation == guest.kept.reached:
                self._guests.pop(instance_id, None)
                self._store.forget(instance_id)
                self._removed.pop(instance_id, None)
                self._removed[instance_id] = guest.kept.generation, time.monotonic()
            while self._removed and next(iter(self._removed.values()))[1] < time.monotonic() - _LATE_SECONDS:
                del self._removed[next(iter(self._removed))]

    def _power(self, spec: Spec) -> Power:
        state = self._driver.state(spec.instance_id)
        if state is None:
            return "absent" if spec.power == "absent" else "stopped"
        return "running" if state.running else "stopped"

    def _report(self, kept: Kept, power: Power, *, shut_down_by_guest: bool = False) -> None:
        with self._sequence_lock:
            self._sequence += 1
            sequence = self._sequence
        self._bus.publish(
            CONDUCTOR,
            [
                Observed(
                    host=kept.host,
                    instance_id=kept.instance_id,
                    generation=kept.reached,
                    power=power,
                    sequence=sequence,
                    failed_generation=kept.failed,
                    error=kept.error,
                    shut_down_by_guest=shut_down_by_guest,
                )
            ],
        )

    def _send_console(self, kept: Kept) -> None:
        if output := self._console(kept.instance_id):
            self._bus.publish(CONDUCTOR, [Console(kept.host, kept.instance_id, output, time.time())])

    def _console(self, instance_id: str) -> str | None:
        try:
            return self._driver.console(instance_id)
        except DriverError as fault:
            log.info("no console of %s: %s", instance_id, fault)
            return None

    def _watch_consoles(self) -> None:
        """Serial output that goes on while a guest runs; drivers whose consoles do not are not asked."""
        watch = ConsoleWatch(self._console, soonest=self._console_seconds, latest=_CONSOLE_LATEST)
        while self._driver.live_console and not self._stop.wait(self._console_seconds):
            guests = dict(self._guests)
            for id, output in watch.news(guests.keys(), time.monotonic()):
                self._bus.publish(CONDUCTOR, [Console(guests[id].kept.host, id, output, time.time())])

    def _beat(self) -> None:
        """A full heartbeat now and then, and as soon as a broker that was away is back."""
        beats, away = 0, False
        while not self._stop.wait(self._heartbeat_seconds):
            beats += 1
            reached = self._bus.healthy()
            try:
                self._heartbeat(full=beats % _FULL_HEARTBEAT == 0 or (away and reached))
            except DriverError as fault:  # a host without its hypervisor counts as down before long
                log.warning("no heartbeat: %s", fault)
                reached = False
            except Exception:  # whatever it is, the next one may succeed, and without any the host counts as down
                log.exception("no heartbeat")
                reached = False
            away = not reached

    def _heartbeat(self, *, full: bool) -> None:
        """Say that the hosts live; a full one names their guests, also those that only the driver knows."""
        inventory = self._driver.inventory()
        known: dict[str, dict[str, int]] = {name: {} for name in self._hosts}
        running: set[str] = set()
        if full:
            guests = self._driver.guests()
            with self._guests_lock:
                for id, guest in self._guests.items():
                    known.setdefault(guest.kept.host, {})[id] = guest.kept.generation
                strangers = guests.keys() - self._guests.keys()
            known[next(iter(self._hosts))].update(dict.fromkeys(strangers, 0))
            running = {id for id, guest in guests.items() if guest.running}
        self._bus.publish(
            CONDUCTOR,
            [
                Heartbeat(
                    host=host.name,
                    host_id=self._identities[host.name][0],
                    zone=host.zone,
                    region=host.region,
                    driver=self._driver.name,
                    vcpus=inventory.vcpus,
                    memory_mib=inventory.memory_mib,
                    architectures=inventory.architectures,
                    instances=known[host.name] if full else None,
                    running=tuple(running & known[host.name].keys()),
                )
                for host in self._hosts.values()
            ],
        )
