"""Where images come from: what each was copied from or made of an instance of.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-ancestry.html
"""

from collections.abc import Sequence

from sqlalchemy import select

from backend.db import reading
from backend.db.models import Image
from backend.db.reading import InRegion
from backend.db.unit_of_work import UnitOfWork

LONGEST = 100
"""Generations that are followed."""


def of(uow: UnitOfWork, image_id: str) -> list[Image]:
    """Records of the image, what it was made of, and so on; up to the first that the caller cannot see."""
    chain = [uow.look_up(Image, image_id)]
    while (source := chain[-1].source_image_id) and len(chain) < LONGEST:
        there = InRegion(uow, chain[-1].source_image_region or uow.region)
        if (image := reading.find(there, Image.id, source)) is None:
            break
        chain.append(image)
    return chain


def anyhow(uow: UnitOfWork, image_ids: Sequence[str]) -> dict[str, Image]:
    """Records of images of this region, those that the caller cannot see any more too: for who launched them."""
    table = reading.table_of(Image)
    query = select(table).where(table.c.id.in_(image_ids), table.c.region == uow.region)
    make = reading.record_class(Image)
    return {row.id: make(*row) for row in uow.for_reading().execute(query)}  # type: ignore[misc]
