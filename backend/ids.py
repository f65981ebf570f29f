"""Resource ids: a prefix that names the type, and 17 hexadecimal digits (8 are accepted from the old days)."""

import re
import secrets

_ID = re.compile(r"([a-z]+(?:-[a-z]+)*)-([0-9a-f]{8}|[0-9a-f]{17})")


def new(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def well_formed(prefix: str, id: str) -> bool:
    match = _ID.fullmatch(id)
    return match is not None and match[1] == prefix


def prefix_of(id: str) -> str | None:
    """The prefix of a well-formed id, else None."""
    match = _ID.fullmatch(id)
    return match[1] if match else None
