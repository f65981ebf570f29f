"""What an account has, as the database holds it, to be compared before and after a call."""

import hashlib
import time

from backend.db.base import Base
from backend.db.engine import Database

CATALOGUE = {
    *("image_block_devices", "image_ssm_parameters", "instance_types", "instance_type_attributes"),
    *("offered_types", "offering_locations", "regions", "zones", "catalogue_versions"),
    *("iam_policies", "iam_policy_versions"),
}
SURROUNDINGS = {"hosts"} | CATALOGUE
"""Tables that change without any call, or never."""
OF_USE = {"used_at", "used_service", "used_region"}
"""Columns that any call changes, one that is refused too."""


def digest(database: Database, account: str) -> str:
    """Of every row that a call of the account might change."""
    found = hashlib.sha256()
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in SURROUNDINGS:
                continue
            mine = f"WHERE account = '{account}'" if "account" in table.c else ""
            order = ", ".join(column.name for column in table.primary_key.columns)
            columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name not in OF_USE)
            found.update(table.name.encode())
            for row in connection.exec_driver_sql(f"SELECT {columns} FROM {table.name} {mine} ORDER BY {order}"):
                found.update(repr(tuple(row)).encode())
    return found.hexdigest()


def rest(database: Database, account: str, seconds: float = 10) -> str:
    """Waits until hosts have done what was wanted, and nothing changes; the digest of then."""
    deadline = time.monotonic() + seconds
    before = digest(database, account)
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if (after := digest(database, account)) == before:
            return after
        before = after
    raise AssertionError("the cloud does not come to rest")
