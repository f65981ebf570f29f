"""Structures that many resources have in common, such as the options of instances that were launched alike."""

import json
from typing import Any


class Shared(dict[str, Any]):
    """A structure that nobody changes once it is made: whoever writes it keeps the text for the next time.

    Every object in a JSON column is one. On SQLite, equal values of a column are the same object in what a query reads.
    """

    __slots__ = ("texts",)

    texts: dict[object, str]
    """By what wrote it; absent until then, as most are never written."""


_decode = json.JSONDecoder(object_hook=Shared).decode


def load(document: str | bytes) -> Any:
    """The value of a JSON document; TypeError for what is no text: SQLite keeps a document that is a number as one."""
    return _decode(document.decode() if isinstance(document, bytes) else document)
