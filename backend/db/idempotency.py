"""Client tokens: the first call with a token runs, its repetitions get the same answer.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from backend import clock, errors
from backend.db import reading
from backend.db.models import ClientToken
from backend.db.unit_of_work import UnitOfWork

LENGTH = 64


def recall(uow: UnitOfWork, action: str, token: str, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """The remembered answer, or None where this call is the first and now holds the token.

    A twin on another connection waits here until the first commits. ``IdempotentParameterMismatch`` where the token
    came with other parameters.
    """
    if len(token) > LENGTH or not token.isascii():
        raise errors.InvalidValue(reason=f"The client token must be at most {LENGTH} ASCII characters.")
    fingerprint = hashlib.sha256(_dump(parameters).encode()).hexdigest()
    insert = sqlite.insert if uow.database.is_sqlite else postgresql.insert
    table = reading.table_of(ClientToken)
    claim = insert(table).values(
        account=uow.account,
        region=uow.region,
        action=action,
        token=token,
        fingerprint=fingerprint,
        created=clock.now(),
    )
    # What the statement returns tells, and not its rowcount, which psycopg gives for no insert.
    if uow.connection().execute(claim.on_conflict_do_nothing().returning(table.c.token)).first():
        return None
    seen = reading.where(uow, ClientToken, table.c.action == action, table.c.token == token)[0]
    if seen.fingerprint != fingerprint:
        raise errors.IdempotentParameterMismatch(token=token)
    return seen.answer or {}


def remember(uow: UnitOfWork, action: str, token: str, answer: Mapping[str, Any]) -> None:
    """Keep what the first call with this token answered; committed with what the call did."""
    statement = update(ClientToken).where(ClientToken.action == action, ClientToken.token == token)
    uow.execute(statement.values(answer=json.loads(_dump(answer))), execution_options={"synchronize_session": False})


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    return value.hex() if isinstance(value, bytes) else str(value)
