"""`ec2api image`: disk image files as AMIs, for whoever has the database and the data directory."""

import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from backend import image_files
from backend.config import Settings
from backend.db import schema
from backend.db.engine import Database
from backend.db.models import Image
from backend.errors import CloudError
from backend.image_files import ImageFileError, Wanted

_FORMAT = click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def _account(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if len(value) != 12 or not (value.isascii() and value.isdigit()):
        raise click.BadParameter("an account has 12 digits")
    return value


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the database and the image files are.")
@click.option("--database-url", help="The database, where it is not in the data directory.")
@click.pass_context
def image(context: click.Context, /, **given: Any) -> None:
    """Register disk image files as AMIs, list and remove them."""
    try:
        context.obj = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as fault:
        raise click.UsageError(str(fault)) from None


@image.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", required=True, help="The AMI's name: 3 to 128 characters.")
@click.option("--description")
@click.option(
    "--architecture",
    type=click.Choice(["x86_64", "arm64"]),
    help="Of the guest; without it, this machine's.",
)
@click.option("--account", default="000000000000", show_default=True, callback=_account, help="The AMI's owner.")
@click.option("--region", help="Without it, the default region.")
@click.option("--root-device", default="/dev/xvda", show_default=True, help="The root device's name.")
@click.option("--boot-mode", type=click.Choice(["legacy-bios", "uefi", "uefi-preferred"]))
@click.option("--public", is_flag=True, help="Let every account launch it.")
@click.pass_obj
def import_(settings: Settings, /, file: Path, **given: Any) -> None:
    """Copy FILE, a raw or qcow2 disk image, into the data directory and print the id of the new AMI."""
    wanted = Wanted(
        name=given["name"],
        account=given["account"],
        region=given["region"] or settings.default_region,
        architecture=given["architecture"] or _MACHINES.get(platform.machine().lower(), "x86_64"),
        description=given["description"],
        root_device_name=given["root_device"],
        boot_mode=given["boot_mode"],
        public=given["public"],
    )
    with _database(settings) as database:
        click.echo(image_files.add(database, settings, file, wanted))


@image.command(name="list")
@_FORMAT
@click.pass_obj
def list_(settings: Settings, output: str) -> None:
    """List the AMIs that have a disk image file, of all accounts and regions."""
    with _database(settings) as database:
        found = [_row(image) for image in image_files.registered(database)]
    if output == "json":
        click.echo(json.dumps(found))
        return
    for row in found:
        click.echo("\t".join(row.values()))


@image.command()
@click.argument("image_id")
@click.pass_obj
def remove(settings: Settings, image_id: str) -> None:
    """Deregister an AMI and delete its disk image file."""
    with _database(settings) as database:
        image_files.remove(database, settings, image_id)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        schema.upgrade(database)
        yield database
    except (CloudError, ImageFileError, schema.SchemaTooNewError) as fault:
        raise click.ClickException(str(fault)) from None
    except (DBAPIError, OSError) as fault:
        raise click.ClickException(f"{fault}\nThe database is {database.url}.") from None
    finally:
        database.dispose()


def _row(image: Image) -> dict[str, str]:
    return {
        "ImageId": image.id,
        "Account": image.account,
        "Region": image.region,
        "Architecture": image.architecture,
        "Format": image.path_format or "",
        "Name": image.name,
        "Path": image.path or "",
    }
