"""Runs migrations on the connection that ``backend.db.schema`` hands over, inside its transaction."""

from alembic import context

from backend.db import models

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=models.Base.metadata,
    # SQLite alters a table by copying it, which Alembic calls a batch. The first migration alters none.
    render_as_batch=context.config.attributes.get("alters", False),
)
context.run_migrations()
