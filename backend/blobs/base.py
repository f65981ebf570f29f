"""What the control plane asks of a place for bytes: blobs under random names, each written once as a whole."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO, Protocol


class NoSuchBlob(LookupError):
    """There is no blob of this name: it was never whole, or it has been deleted."""


class Blobs(Protocol):
    """A flat store. A blob's name says nothing of what it holds; rows say that, and a row's commit is what makes a blob
    count. One that no row knows is an orphan: ``older`` finds it."""

    def write(self, parts: Iterable[bytes]) -> str:
        """Store a new blob; its name, once every byte is on disk. Where ``parts`` raises, nothing is stored."""

    def open(self, name: str) -> BinaryIO:
        """The blob to read from, which stays whole while it is open even if it is deleted. ``NoSuchBlob``."""

    def copy(self, name: str) -> str:
        """The name of a new blob of the same bytes, which may share their place. ``NoSuchBlob``."""

    def delete(self, names: Iterable[str]) -> None:
        """No effect on those that are not there."""

    def older(self, than: datetime) -> Iterator[str]:
        """The names of all blobs that were stored before a time (naive UTC), in no order."""
