"""`ec2api quota`: how much of everything an account may have, for whoever has the database of the cloud."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from backend import quotas
from backend.config import Settings
from backend.db.engine import Database


def _account(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not (len(value) == 12 and value.isascii() and value.isdecimal()):
        raise click.BadParameter("an account has 12 digits")
    return value


_ACCOUNT = click.argument("account", callback=_account)


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the database is.")
@click.option("--database-url", help="The database, where it is not in the data directory.")
@click.pass_context
def quota(context: click.Context, /, **given: Any) -> None:
    """List and set the quotas of an account. They hold where the setting --quotas is aws."""
    try:
        context.obj = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as fault:
        raise click.UsageError(str(fault)) from None


@quota.command(name="list")
@_ACCOUNT
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print.")
@click.pass_obj
def list_(settings: Settings, account: str, output: str) -> None:
    """List every quota with what the account may have, AWS's default and the code of the error."""
    with _database(settings) as database, database.engine.connect() as connection:
        values = quotas.of(connection, account)
    rows = [
        {"Name": found.name, "Value": values[found.name], "Default": found.value, "Code": found.code}
        for found in quotas.ALL.values()
    ]
    if output == "json":
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo("\t".join(map(str, row.values())))


@quota.command(name="set")
@_ACCOUNT
@click.argument("name", type=click.Choice(list(quotas.ALL)), metavar="NAME")
@click.argument("value", type=click.IntRange(0, 2**53))
@click.pass_obj
def set_(settings: Settings, account: str, name: str, value: int) -> None:
    """Let an account have so much, in each of its regions. It holds from the next call on."""
    with _database(settings) as database:
        quotas.set_for(database, account, name, value)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database)
    try:
        yield database
    except DBAPIError as fault:
        reason = f"{fault.orig}\nIs {database.url} the right database? `ec2api db upgrade` sets up a new one."
        raise click.ClickException(reason) from None
    finally:
        database.dispose()
