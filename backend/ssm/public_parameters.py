"""Public parameters, whose values are the ids of the catalogue's images in a region.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from backend.db import reading
from backend.db.models import Image, ImageSsmParameter
from backend.db.unit_of_work import UnitOfWork

_names, _images = reading.table_of(ImageSsmParameter).c, reading.table_of(Image).c
NAME = _names.name


@dataclass(frozen=True)
class PublicParameter:
    name: str
    image_id: str
    modified: datetime


def named(uow: UnitOfWork, names: Sequence[str]) -> dict[str, PublicParameter]:
    return {found.name: found for found in _read(uow, _select(uow).where(NAME.in_(names)))}


def after(uow: UnitOfWork, last: str, limit: int, *conditions: ColumnElement[bool]) -> list[PublicParameter]:
    """The first of those that meet the conditions, by name."""
    return _read(uow, _select(uow).where(last < NAME, *conditions).order_by(NAME).limit(limit))


def _select(uow: UnitOfWork) -> Select[Any]:
    joined = reading.table_of(ImageSsmParameter).join(
        reading.table_of(Image), (_images.id == _names.image_id) & (_images.region == uow.region)
    )
    return select(NAME, _names.image_id, _images.created).select_from(joined)


def _read(uow: UnitOfWork, query: Select[Any]) -> list[PublicParameter]:
    return [PublicParameter(row[0], row[1], row[2]) for row in uow.for_reading().execute(query)]
