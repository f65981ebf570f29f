"""Time as the backend keeps it: naive datetimes in UTC, the same in SQLite and PostgreSQL."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def this_second() -> datetime:
    """The time as AWS stamps resources with it: without fractions."""
    return now().replace(microsecond=0)
