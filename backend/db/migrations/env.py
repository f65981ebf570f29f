"""Runs migrations on the connection that ``backend.db.schema`` hands over, inside its transaction."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from backend.db import models


def as_stored(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A type of the models' own is written as what the database stores, so that migrations need no models."""
    return f"sa.{item.impl_instance!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=models.Base.metadata,
    render_item=as_stored,
    # SQLite alters a table by copying it, which Alembic calls a batch. The first migration alters none.
    render_as_batch=context.config.attributes.get("alters", False),
)
context.run_migrations()
