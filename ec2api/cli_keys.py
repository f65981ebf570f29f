"""`ec2api keys`: the access keys of this cloud, for whoever has its database and key file."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from backend import access_keys, key_file
from backend.access_keys import NewKey
from backend.config import Settings
from backend.db.engine import Database
from backend.db.models import IamUser
from backend.db.models.identity import AccessKey
from backend.db.unit_of_work import UnitOfWork
from backend.errors import CloudError
from backend.iam import entities, permissions
from backend.key_file import KeyFileError
from backend.s3 import canonical_users
from backend.s3.canonical_users import Profile

_FORMAT = click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the database and the key file are.")
@click.option("--database-url", help="The database, where it is not in the data directory.")
@click.option("--key-file", type=click.Path(path_type=Path), help="The key file, where it is not either.")
@click.pass_context
def keys(context: click.Context, /, **given: Any) -> None:
    """Create, list and disable access keys."""
    try:
        context.obj = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as fault:
        raise click.UsageError(str(fault)) from None


@keys.command()
@click.option("--account", required=True, help="12 digits.")
@click.option("--user", help="The name of the user whose key it is; without it, the account's root user's.")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    help="Attach a managed policy to the user, by its ARN: arn:aws:iam::aws:policy/AdministratorAccess.",
)
@click.option("--access-key-id", help="Take this id, and the secret from standard input or --secret.")
@click.option("--secret", help="Take this secret, which other users of the machine see now: for tests.")
@click.option("--display-name", help="What S3 calls the account.  [default: its digits]")
@click.option("--email", help="The e-mail address by which grants of S3 may name the account.")
@_FORMAT
@click.pass_obj
def create(
    settings: Settings,
    /,
    account: str,
    user: str | None,
    policies: tuple[str, ...],
    access_key_id: str | None,
    secret: str | None,
    output: str,
    **profile: str | None,
) -> None:
    """Create an access key and print its secret, which cannot be read again.

    The text form can be put into the environment of an AWS client as it is.
    """
    if access_key_id and not secret:
        secret = _read_secret()
    if policies and user is None:
        raise click.UsageError("--policy is for a user: the root user may do all without one.")
    with _database(settings, account=account) as uow:
        new = access_keys.create(
            uow,
            key_file.at(settings.key_path),
            account=account,
            user_name=user,
            access_key_id=access_key_id,
            secret=secret,
        )
        for arn in policies:
            permissions.attach(uow, entities.require(uow, IamUser, user or ""), arn)
        canonical_users.describe(uow, account, Profile(**profile))
        uow.commit()
    click.echo(json.dumps(_new(new)) if output == "json" else _environment(new))


@keys.command(name="list")
@click.option("--account", help="Only the keys of this account.")
@click.option("--temporary", is_flag=True, help="The temporary keys instead of the permanent ones.")
@_FORMAT
@click.pass_obj
def list_(settings: Settings, account: str | None, temporary: bool, output: str) -> None:
    """List access keys without their secrets, and what S3 knows of their accounts."""
    with _database(settings, write=False) as uow:
        listed = access_keys.list_(uow, account=account, temporary=temporary)
        profiles = canonical_users.profiles(uow, [key.account for key in listed])
        found = [_row(key, profiles[key.account]) for key in listed]
    if output == "json":
        click.echo(json.dumps(found))
        return
    for row in found:
        click.echo("\t".join(value or "-" for value in row.values()))


@keys.command()
@click.argument("access_key_id")
@click.pass_obj
def disable(settings: Settings, access_key_id: str) -> None:
    """Make an access key inactive; running API processes notice within five seconds."""
    with _database(settings) as uow:
        access_keys.disable(uow, access_key_id)
        uow.commit()


@contextmanager
def _database(settings: Settings, *, account: str = "", write: bool = True) -> Iterator[UnitOfWork]:
    database = Database(settings.database)
    try:
        with UnitOfWork(database, account, "", write=write) as uow:
            yield uow
    except (CloudError, KeyFileError) as fault:
        raise click.ClickException(str(fault)) from None
    except DBAPIError as fault:
        reason = f"{fault.orig}\nIs {database.url} the right database? `ec2api db upgrade` sets up a new one."
        raise click.ClickException(reason) from None
    finally:
        database.dispose()


def _read_secret() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Secret access key", hide_input=True))
    return sys.stdin.readline().strip()


def _new(new: NewKey) -> dict[str, str]:
    return {"AccessKeyId": new.access_key_id, "SecretAccessKey": new.secret}


def _environment(new: NewKey) -> str:
    return f"AWS_ACCESS_KEY_ID={new.access_key_id}\nAWS_SECRET_ACCESS_KEY={new.secret}"


def _row(key: AccessKey, profile: Profile) -> dict[str, str | None]:
    return {
        "AccessKeyId": key.id,
        "Account": key.account,
        "Arn": key.arn,
        "Status": key.status,
        "Created": f"{key.created.isoformat()}Z",
        "Expires": f"{key.expires.isoformat()}Z" if key.expires else None,
        "CanonicalId": canonical_users.canonical_id(key.account),
        "DisplayName": profile.display_name,
        "Email": profile.email,
    }
