"""Client tokens: the first call with a token runs, its repetitions get the same answer.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from backend import clock, errors
from backend.db import reading
from backend.db.models import ClientToken
from backend.db.unit_of_work import UnitOfWork

LENGTH = 64

_tokens = reading.table_of(ClientToken)
# What a claim returns tells whether it is the first, and not its rowcount, which psycopg gives for no insert.
_CLAIM = {
    True: sqlite.insert(_tokens).on_conflict_do_nothing().returning(_tokens.c.token),
    False: postgresql.insert(_tokens).on_conflict_do_nothing().returning(_tokens.c.token),
}
"""By whether the database is SQLite."""
_REMEMBER = update(_tokens).where(*(column == bindparam(f"this_{column.key}") for column in _tokens.primary_key))


def recall(uow: UnitOfWork, action: str, token: str, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """The remembered answer, or None where this call is the first and now holds the token.

    A twin on another connection waits here until the first commits. ``IdempotentParameterMismatch`` where the token
    came with other parameters.
    """
    if len(token) > LENGTH or not token.isascii():
        raise errors.InvalidValue(reason=f"The client token must be at most {LENGTH} ASCII characters.")
    fingerprint = hashlib.sha256(_dump(parameters).encode()).hexdigest()
    claim = {**_key(uow, action, token), "fingerprint": fingerprint, "created": clock.now()}
    if uow.connection().execute(_CLAIM[uow.database.is_sqlite], claim).first():
        return None
    seen = reading.where(uow, ClientToken, _tokens.c.action == action, _tokens.c.token == token)[0]
    if seen.fingerprint != fingerprint:
        raise errors.IdempotentParameterMismatch(token=token)
    return seen.answer or {}


def remember(uow: UnitOfWork, action: str, token: str, answer: Mapping[str, Any]) -> None:
    """Keep what the first call with this token answered; committed with what the call did."""
    key = {f"this_{name}": value for name, value in _key(uow, action, token).items()}
    uow.connection().execute(_REMEMBER, {**key, "answer": json.loads(_dump(answer))})


def _key(uow: UnitOfWork, action: str, token: str) -> dict[str, str]:
    return {"account": uow.account, "region": uow.region, "action": action, "token": token}


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    return value.hex() if isinstance(value, bytes) else str(value)
