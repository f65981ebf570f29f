"""Fills the tables of the catalogue, unless they hold just this catalogue for just these regions."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import resources
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from backend import regions
from backend.catalogue import endpoint_services, images, instance_types, managed_policies, offerings, prefix_lists
from backend.catalogue.images import PublicImage
from backend.catalogue.regions import Region
from backend.config import Settings
from backend.db import models
from backend.db.base import Base
from backend.db.engine import Database
from backend.db.models.endpoints import AMAZON
from backend.db.models.iam import AWS
from backend.db.models.prefix_lists import AWS as LIST_OWNER
from backend.db.reading import table_of

FORMAT = 3
"""Raised when the same catalogue is written to the tables in another way."""

Row = dict[str, Any]
_FILES = (
    "images.json",
    "instance_types.json.gz",
    "instance_type_offerings.json",
    "regions.json",
    managed_policies.FILE,
)
_BATCH = 10_000
_LONG_AGO = datetime(2020, 1, 1)


def seed(database: Database, settings: Settings) -> None:
    """Bring the tables of the catalogue up to date, in one transaction; where they are, it costs one query.

    Public images keep their rows. One that left the catalogue stays, since instances may run from it.
    """
    wanted = _version(settings)
    with database.engine.connect() as connection:
        if _found(connection) == wanted:
            return
    with database.exclusively("catalogue") as connection:
        if _found(connection) == wanted:  # another process was first
            return
        _replace(connection, models.CatalogueVersion, [{"version": wanted}])
        enabled = regions.of(settings)
        _seed_regions(connection, enabled, regions.not_opted_in(settings))
        _seed_instance_types(connection)
        _seed_offerings(connection, enabled)
        _seed_managed_policies(connection)
        for region in enabled:
            _seed_images(connection, database, images.public(region.name))
        _seed_prefix_lists(connection, enabled)
        _seed_endpoint_services(connection, enabled)


def _version(settings: Settings) -> str:
    """Of what the tables are made: the catalogue's files, as they are, and the settings that matter."""
    digest = hashlib.sha256(repr((FORMAT, sorted(settings.regions), settings.zones)).encode())
    folder = resources.files(__package__)
    for name in _FILES:
        digest.update(folder.joinpath(name).read_bytes())
    return digest.hexdigest()


def _found(connection: Connection) -> str | None:
    return connection.execute(select(table_of(models.CatalogueVersion).c.version)).scalar()


def _replace(connection: Connection, model: type[Base], rows: list[Row]) -> None:
    connection.execute(delete(table_of(model)))
    _insert(connection, model, rows)


def _insert(connection: Connection, model: type[Base], rows: list[Row]) -> None:
    for start in range(0, len(rows), _BATCH):
        connection.execute(insert(table_of(model)), rows[start : start + _BATCH])


def _load(connection: Connection, model: type[Base], columns: Sequence[str], rows: list[Any]) -> None:
    """Insert by the driver's own means: a hundred thousand rows take SQLAlchemy a second."""
    into = f"{table_of(model).name} ({', '.join(columns)})"
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _seed_regions(connection: Connection, enabled: list[Region], others: list[Region]) -> None:
    every = sorted(enabled + others, key=lambda region: region.name)
    usable = {region.name for region in enabled}
    rows = [
        {
            "row": row,
            "name": region.name,
            "endpoint": region.endpoint,
            "opt_in_status": "opted-in" if region.opt_in_required and region.name in usable else region.opt_in_status,
            "geography": region.geography,
        }
        for row, region in enumerate(every, 1)
    ]
    _replace(connection, models.Region, rows)
    zones = [
        {
            "row": row,
            "name": zone.name,
            "zone_id": zone.zone_id,
            "region": zone.region,
            "zone_type": zone.zone_type,
            "group_name": zone.group_name,
            "group_long_name": zone.group_long_name,
            "network_border_group": zone.network_border_group,
            "geography": region.geography,
        }
        for row, (region, zone) in enumerate(((r, z) for r in enabled for z in r.zones), 1)
    ]
    _replace(connection, models.Zone, zones)


def _seed_instance_types(connection: Connection) -> None:
    names = list(instance_types.documents())
    _replace(connection, models.InstanceType, [{"row": r, "name": name} for r, name in enumerate(names, 1)])
    attributes = [(*pair, name) for name in names for pair in instance_types.attributes(name)]
    connection.execute(delete(table_of(models.InstanceTypeAttribute)))
    _load(connection, models.InstanceTypeAttribute, ("name", "value", "instance_type"), attributes)
    instance_types.documents.cache_clear()  # they are parsed now, all of them: 50 MB that few calls need


def _seed_offerings(connection: Connection, enabled: list[Region]) -> None:
    sets: dict[frozenset[str], int] = {}
    locations = [
        {
            "row": row,
            "region": region,
            "location_type": kind,
            "location": location,
            "set_number": sets.setdefault(offered, len(sets)),
        }
        for row, (region, kind, location, offered) in enumerate(_offered(enabled), 1)
    ]
    rows = {name: row for row, name in enumerate(instance_types.documents(), 1)}
    _replace(connection, models.OfferingLocation, locations)
    offered_types = [
        {"set_number": number, "instance_type_row": rows[name]}
        for offered, number in sets.items()
        for name in sorted(offered, key=rows.__getitem__)
    ]
    _replace(connection, models.OfferedType, offered_types)


def _offered(enabled: list[Region]) -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """The region, location type, location and types of each location."""
    for region in enabled:
        by_zone = {zone.zone_id: offerings.in_zone(zone.zone_id) for zone in region.zones}
        yield region.name, "region", region.name, frozenset().union(*by_zone.values())
        for zone_id, types in by_zone.items():
            yield region.name, "availability-zone-id", zone_id, types


def _seed_managed_policies(connection: Connection) -> None:
    """Their ids follow from their ARNs, so that what is attached to an account's users and roles stays so."""
    policies, versions = table_of(models.IamPolicy), table_of(models.IamPolicyVersion)
    of_aws = select(policies.c.id).where(policies.c.account == AWS)
    connection.execute(delete(versions).where(versions.c.policy_id.in_(of_aws)))
    connection.execute(delete(policies).where(policies.c.account == AWS))
    found = managed_policies.all()
    rows = [
        {
            "account": AWS,
            "id": policy.id,
            "name": policy.name,
            "folded": policy.name.lower(),
            "path": policy.path,
            "created": policy.created,
            "updated": policy.updated,
            "default_version": policy.version,
            "newest_version": policy.version,
        }
        for policy in found
    ]
    _insert(connection, models.IamPolicy, rows)
    documents = [
        {"policy_id": policy.id, "number": policy.version, "document": policy.document, "created": policy.updated}
        for policy in found
    ]
    _insert(connection, models.IamPolicyVersion, documents)


def _seed_images(connection: Connection, database: Database, published: list[PublicImage]) -> None:
    put = (sqlite.insert if database.is_sqlite else postgresql.insert)(table_of(models.Image))
    rows = [_image(image) for image in published]
    kept = {"id", "account", "region"}
    changed = {name: put.excluded[name] for name in rows[0].keys() - kept}
    connection.execute(put.on_conflict_do_update(index_elements=["id"], set_=changed), rows)
    ids = [image.image_id for image in published]
    for model in (models.ImageBlockDevice, models.ImageSsmParameter):
        table = table_of(model)
        connection.execute(delete(table).where(table.c.image_id.in_(ids)))
    devices = [_block_device(image, number) for image in published for number in range(len(image.block_devices))]
    _insert(connection, models.ImageBlockDevice, devices)
    parameters = [{"image_id": image.image_id, "name": name} for image in published for name in image.ssm_parameters]
    _insert(connection, models.ImageSsmParameter, parameters)


def _image(image: PublicImage) -> Row:
    return {
        "id": image.image_id,
        "account": image.owner_id,
        "region": image.region,
        "created": image.created_at,
        "name": image.name,
        "description": image.description,
        "state": "available",
        "image_type": image.image_type,
        "image_location": image.image_location,
        "owner_alias": image.owner_alias,
        "public": True,
        "architecture": image.architecture,
        "hypervisor": image.hypervisor,
        "virtualization_type": image.virtualization_type,
        "root_device_name": image.root_device_name,
        "root_device_type": image.root_device_type,
        "platform": image.platform,
        "platform_details": image.platform_details,
        "usage_operation": image.usage_operation,
        "ena_support": image.ena_support,
        "sriov_net_support": image.sriov_net_support,
        "boot_mode": image.boot_mode,
        "imds_support": image.imds_support,
        "tpm_support": image.tpm_support,
        "free_tier_eligible": image.free_tier_eligible,
        "deprecation_time": image.deprecation_time,
    }


def _block_device(image: PublicImage, number: int) -> Row:
    device = image.block_devices[number]
    return {
        "image_id": image.image_id,
        "device_name": device.device_name,
        "virtual_name": device.virtual_name,
        "no_device": False,
        "snapshot_id": device.snapshot_id,
        "size_gib": device.size_gib,
        "volume_type": device.volume_type,
        "iops": device.iops,
        "throughput": device.throughput,
        "encrypted": device.encrypted,
        "delete_on_termination": device.delete_on_termination,
    }


def _seed_prefix_lists(connection: Connection, enabled: list[Region]) -> None:
    lists, entries = table_of(models.PrefixList), table_of(models.PrefixListEntry)
    old = select(lists.c.id).where(lists.c.account == LIST_OWNER)
    connection.execute(delete(entries).where(entries.c.prefix_list_id.in_(old)))
    connection.execute(delete(lists).where(lists.c.account == LIST_OWNER))
    managed = [found for region in enabled for found in prefix_lists.of(region.name)]
    rows = [
        {
            "id": found.id,
            "account": LIST_OWNER,
            "region": found.region,
            "created": _LONG_AGO,
            "name": found.name,
            "address_family": "IPv4",
            "max_entries": found.weight,
            "version": 1,
            "state": "create-complete",
        }
        for found in managed
    ]
    _insert(connection, models.PrefixList, rows)
    blocks = [{"prefix_list_id": f.id, "cidr": cidr, "added_in": 1} for f in managed for cidr in f.cidrs]
    _insert(connection, models.PrefixListEntry, blocks)


def _seed_endpoint_services(connection: Connection, enabled: list[Region]) -> None:
    services = table_of(models.EndpointService)
    connection.execute(delete(services).where(services.c.account == AMAZON))
    rows = [
        {
            "id": found.id,
            "account": AMAZON,
            "region": found.region,
            "created": _LONG_AGO,
            "name": found.name,
            "service_type": found.service_type,
            "acceptance_required": False,
            "policy_supported": found.policy_supported,
            "base_dns_name": found.base_dns_name,
            "private_dns_names": list(found.private_dns_names),
            "dns_verification": {},
            "ip_address_types": "ipv4",
            "load_balancer_arns": [],
            "state": "Available",
        }
        for region in enabled
        for found in endpoint_services.of(region.name)
    ]
    _insert(connection, models.EndpointService, rows)
