"""Policies that AWS manages, as far as stacks of EC2 attach them: their newest versions."""

import gzip
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

from backend.access_keys import unique_id

FILE = "managed_policies.json.gz"


@dataclass(frozen=True)
class ManagedPolicy:
    """``version``: the number of the newest version, the only one that is kept. Times are naive UTC."""

    name: str
    path: str
    version: int
    created: datetime
    updated: datetime
    document: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::aws:policy{self.path}{self.name}"

    @property
    def id(self) -> str:
        return unique_id("ANPA", self.arn)


@cache
def all() -> tuple[ManagedPolicy, ...]:
    text = gzip.decompress(resources.files(__package__).joinpath(FILE).read_bytes())
    return tuple(
        ManagedPolicy(
            name=found["name"],
            path=found["path"],
            version=int(found["version"].removeprefix("v")),
            created=datetime.fromisoformat(found["created"]),
            updated=datetime.fromisoformat(found["updated"]),
            document=json.dumps(found["document"], indent=4),
        )
        for found in json.loads(text)
    )
