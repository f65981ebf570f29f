"""What the database undid because of another transaction is run again: in this one place, for calls and consumers."""

import logging
import random
import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

log = logging.getLogger(__name__)

ATTEMPTS = 8
_UNDONE = {"40001", "40P01", "55P03"}
"""serialization_failure, deadlock_detected, lock_not_available:
https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_OVERTAKEN = {"23503", "23505"}
"""foreign_key_violation, unique_violation: what was looked up first is no longer so, and the next look says why."""

T = TypeVar("T")


class Overtaken(Exception):
    """What a transaction read was changed by another one before it could write: raised to be run again."""


def again(work: Callable[[], T]) -> T:
    """The result of ``work``, a whole transaction that may be run several times until no other is in its way."""
    for attempt in range(1, ATTEMPTS):
        try:
            return work()
        except Overtaken:
            log.info("transaction %d of %d was overtaken", attempt, ATTEMPTS)
        except DBAPIError as fault:
            if not is_conflict(fault):
                raise
            log.info("transaction %d of %d met another one: %s", attempt, ATTEMPTS, fault.orig)
        time.sleep(random.uniform(0.0, 0.005 * 2.0**attempt))
    return work()


def is_conflict(fault: DBAPIError) -> bool:
    """Whether the database surely undid the transaction, and another one is the cause."""
    if isinstance(fault.orig, sqlite3.OperationalError):
        return fault.orig.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    return getattr(fault.orig, "sqlstate", None) in _UNDONE | _OVERTAKEN
