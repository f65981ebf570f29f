"""What an agent must not forget: the newest specification of each guest, on the host's own disk.

All an agent needs to serve its guests is here, so it works on while the control plane is down.
"""

import fcntl
import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from backend.bus.messages import Converge, Power, Spec, decode, encode


class WrongHost(Exception):
    """The store is not this agent's: of a host of another name (renamed, or with an exchanged disk), or in use."""


@dataclass(slots=True)
class Kept:
    """One guest: what is wanted, in short, and how far the host has come. The whole wish is ``Store.spec``."""

    host: str
    instance_id: str
    generation: int
    power: Power
    force_stop: bool = False
    reached: int = 0
    """The newest generation that the host has matched."""
    reboots_done: int = 0
    failed: int | None = None
    """The generation that could not be met, and why."""
    error: str | None = None

    @classmethod
    def new(cls, host: str, spec: Spec) -> Self:
        return cls(host, spec.instance_id, spec.generation, spec.power, spec.force_stop)

    def want(self, spec: Spec) -> None:
        """Take on a newer wish."""
        self.generation, self.power, self.force_stop = spec.generation, spec.power, spec.force_stop


_SCHEMA = """
CREATE TABLE IF NOT EXISTS identity (host TEXT PRIMARY KEY, host_id TEXT NOT NULL, starts INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS guests (
    instance_id TEXT PRIMARY KEY, host TEXT NOT NULL, spec BLOB NOT NULL, progress TEXT NOT NULL
) WITHOUT ROWID;
"""
_SUMMARIES = """
SELECT instance_id, host, json_extract(body, '$.spec.generation'), json_extract(body, '$.spec.power'),
    json_extract(body, '$.spec.force_stop'), progress
FROM (SELECT instance_id, host, CAST(spec AS TEXT) AS body, progress FROM guests)
"""


class Store:
    """An SQLite file of one process. Safe to use from many threads; each call is one transaction."""

    def __init__(self, folder: Path, *, simulated: bool = False) -> None:
        """``WrongHost`` while another agent uses the folder: two would work on one guest at once.

        ``simulated``: its hosts are no machines, so they may be others each time.
        """
        self._simulated = simulated
        folder.mkdir(parents=True, exist_ok=True)
        self._in_use = (folder / "agent.lock").open("w")
        try:
            fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            self._in_use.close()
            raise WrongHost(f"another agent serves its host from {folder}") from fault
        self._lock = threading.Lock()
        self._db = sqlite3.connect(folder / "agent.db", check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            self._db.execute(f"PRAGMA {pragma}").close()
        self._db.executescript(_SCHEMA)

    def host_id(self, host: str) -> str:
        """The id of a host, made at its first use. ``WrongHost`` where the store is another host's."""
        with self._lock:
            self._admit([host])
            found: str = self._db.execute("SELECT host_id FROM identity WHERE host = ?", (host,)).fetchone()[0]
        return found

    def identify(self, hosts: Iterable[str]) -> dict[str, tuple[str, int]]:
        """For each host its id and the number of this start. ``WrongHost`` where the store is another host's."""
        wanted = list(hosts)
        with self._lock:
            self._admit(wanted)
            # Above the starts of every host that was served from here: any of them may have numbered reports.
            number = self._db.execute("SELECT max(starts) + 1 FROM identity").fetchone()[0]
            with self._db:
                self._db.execute("BEGIN")
                started = [(number, host) for host in wanted]
                self._db.executemany("UPDATE identity SET starts = ? WHERE host = ?", started)
            found = self._db.execute("SELECT host, host_id, starts FROM identity").fetchall()
        return {host: (host_id, starts) for host, host_id, starts in found if host in set(wanted)}

    def _admit(self, hosts: list[str]) -> None:
        known = {host for (host,) in self._db.execute("SELECT host FROM identity")}
        if known and not known & set(hosts) and not self._simulated:
            raise WrongHost(f"the store is of {', '.join(sorted(known))}, not of {', '.join(hosts)}")
        new = [(host, str(uuid.uuid4())) for host in hosts if host not in known]
        with self._db:
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO identity VALUES (?, ?, 0)", new)

    def load(self) -> dict[str, Kept]:
        with self._lock:
            rows = self._db.execute(_SUMMARIES).fetchall()
        return {id: Kept(host, id, *wanted, *json.loads(progress)) for id, host, *wanted, progress in rows}

    def spec(self, instance_id: str) -> Spec:
        """What is wanted of a guest, whole. ``KeyError`` for one that is not kept."""
        with self._lock:
            row = self._db.execute("SELECT spec FROM guests WHERE instance_id = ?", (instance_id,)).fetchone()
        if row is None:
            raise KeyError(instance_id)
        message = decode(row[0])
        assert isinstance(message, Converge)
        return message.spec

    def save(self, host: str, specs: Iterable[Spec]) -> None:
        """Save what is wanted of guests. How far those have come that are known is for ``note`` to say."""
        rows = [(spec.instance_id, host, encode(Converge(spec)), _progress(Kept.new(host, spec))) for spec in specs]
        with self._lock, self._db:
            self._db.execute("BEGIN")
            self._db.executemany(
                "INSERT INTO guests VALUES (?, ?, ?, ?) ON CONFLICT (instance_id) DO UPDATE "
                "SET host = excluded.host, spec = excluded.spec",
                rows,
            )

    def note(self, guest: Kept) -> None:
        """Save how far a guest has come."""
        with self._lock:
            self._db.execute(
                "UPDATE guests SET progress = ? WHERE instance_id = ?",
                (_progress(guest), guest.instance_id),
            )

    def forget(self, instance_id: str) -> None:
        with self._lock:
            self._db.execute("DELETE FROM guests WHERE instance_id = ?", (instance_id,))

    def close(self) -> None:
        with self._lock:
            self._db.close()
            self._in_use.close()


def _progress(guest: Kept) -> str:
    return json.dumps([guest.reached, guest.reboots_done, guest.failed, guest.error])
