"""Resource ids: a prefix that names the type, and 17 hexadecimal digits (8 are accepted from the old days).

Fleets have a UUID instead.
"""

import os
import random
import re

_UUIDS = ("fleet", "sfr")
_ID = re.compile(
    r"(?!(?:fleet|sfr)-)([a-z]+(?:-[a-z]+)*)-(?:[0-9a-f]{8}|[0-9a-f]{17})"
    r"|(fleet|sfr)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)


_random = random.Random()  # the kernel's own source would cost a system call for each id
os.register_at_fork(after_in_child=_random.seed)


def digits(count: int) -> str:
    """Random hexadecimal digits: unlike any others, and no secret."""
    return f"{_random.getrandbits(4 * count):0{count}x}"


def new(prefix: str) -> str:
    if prefix in _UUIDS:
        return f"{prefix}-{digits(8)}-{digits(4)}-{digits(4)}-{digits(4)}-{digits(12)}"
    return f"{prefix}-{digits(17)}"


def well_formed(prefix: str, id: str) -> bool:
    return prefix_of(id) == prefix


def prefix_of(id: str) -> str | None:
    """The prefix of a well-formed id, else None."""
    match = _ID.fullmatch(id)
    return (match[1] or match[2]) if match else None
