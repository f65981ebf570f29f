"""Time as the backend keeps it: naive datetimes in UTC, the same in SQLite and PostgreSQL."""

from datetime import UTC, datetime
from email.utils import format_datetime


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def this_second() -> datetime:
    """The time as AWS stamps resources with it: without fractions."""
    return now().replace(microsecond=0)


def http_date(moment: datetime) -> str:
    """As HTTP's headers show a time: "Sun, 22 Nov 2026 10:30:56 GMT"."""
    return format_datetime(moment.replace(tzinfo=UTC, microsecond=0), usegmt=True)
