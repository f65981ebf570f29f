"""Manifests of blocks: which contents they list, and where two of them differ."""

import base64
import hashlib
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from backend import errors, snapshot_blocks
from backend.cloud import Cloud
from backend.db.unit_of_work import UnitOfWork
from backend.snapshot_blocks import Block, Difference

Content = Mapping[int, str]
CONTENTS = some.dictionaries(some.integers(0, 12), some.sampled_from("abc"), max_size=8)


@pytest.fixture
def uow(cloud: Cloud) -> Iterator[UnitOfWork]:
    with cloud.unit_of_work("000000000000", "us-east-1", write=True) as made:
        yield made


def checksum(letter: str) -> str:
    return base64.b64encode(hashlib.sha256(letter.encode()).digest()).decode()


def manifest(uow: UnitOfWork, content: Content, parent: str | None = None) -> str:
    id = snapshot_blocks.begin(uow, parent)
    for place, letter in content.items():
        kept = snapshot_blocks.put(uow, id, Block(place, checksum(letter)), f"blob-{letter}-{id}")
        assert kept.startswith(f"blob-{letter}-")
    return id


def listed(content: Content) -> list[Block]:
    return [Block(place, checksum(content[place])) for place in sorted(content)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parent=CONTENTS, changes=CONTENTS, start=some.integers(0, 13), limit=some.integers(1, 5))
def test_a_content_is_its_parents_with_what_was_written(
    uow: UnitOfWork, parent: Content, changes: Content, start: int, limit: int
) -> None:
    first = manifest(uow, parent)
    second = manifest(uow, changes, first)
    whole = {**parent, **changes}
    assert snapshot_blocks.blocks(uow, second, 0, 100) == listed(whole)
    assert snapshot_blocks.blocks(uow, second, start, limit) == [b for b in listed(whole) if b.place >= start][:limit]
    assert snapshot_blocks.written(uow, second) == listed(changes)
    assert snapshot_blocks.count(uow, second) == len(whole)
    assert snapshot_blocks.blocks(uow, first, 0, 100) == listed(parent)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=CONTENTS, other=CONTENTS, start=some.integers(0, 13), limit=some.integers(1, 5))
def test_two_contents_differ_where_their_blocks_do(
    uow: UnitOfWork, one: Content, other: Content, start: int, limit: int
) -> None:
    expected = [
        Difference(place, one.get(place) and checksum(one[place]), other.get(place) and checksum(other[place]))
        for place in sorted({*one, *other})
        if one.get(place) != other.get(place) and place >= start
    ]
    first, second = manifest(uow, one), manifest(uow, other)
    assert snapshot_blocks.differences(uow, first, second, start, 100) == expected
    assert snapshot_blocks.differences(uow, first, second, start, limit) == expected[:limit]
    nothing = snapshot_blocks.differences(uow, None, second, 0, 100)
    assert nothing == [Difference(place, None, sum_) for place, sum_ in listed(other)]


def test_equal_blocks_keep_the_first_blob(uow: UnitOfWork) -> None:
    first = snapshot_blocks.begin(uow, None)
    assert snapshot_blocks.put(uow, first, Block(0, checksum("a")), "one") == "one"
    assert snapshot_blocks.put(uow, first, Block(9, checksum("a")), "two") == "one"
    assert snapshot_blocks.find(uow, first, 9) == (checksum("a"), "one")
    assert snapshot_blocks.find(uow, first, 8) is None
    with pytest.raises(errors.IncorrectState):
        snapshot_blocks.adopt(uow, "manifest-0")
    assert snapshot_blocks.adopt(uow, None) is None
