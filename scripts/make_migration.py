"""Writes the next migration: what the models have and the migrations so far do not make.

Usage: python scripts/make_migration.py "Add placement groups"

Read what it wrote before you commit it: Alembic sees a renamed column as one dropped and one added.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from backend.db import schema
from backend.db.engine import Database


def make(message: str) -> Path:
    """The new file, in backend/db/migrations/versions."""
    versions = schema.MIGRATIONS / "versions"
    known = sorted(file.name[:4] for file in versions.glob("[0-9]*.py"))
    revision = f"{int(known[-1]) + 1 if known else 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        try:
            with database.exclusively("schema") as connection:
                config = schema.configuration(connection)
                config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
                config.attributes["alters"] = bool(known)
                if known:
                    command.upgrade(config, "head")
                command.revision(config, message, autogenerate=True, rev_id=revision)
        finally:
            database.dispose()
    made = next(versions.glob(f"{revision}_*.py"))
    lines = made.read_text("utf-8").splitlines(keepends=True)
    made.write_text("".join(line for line in lines if not line.lstrip().startswith("# ###")), "utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(made)], check=True)
    return made


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(make(sys.argv[1]))
