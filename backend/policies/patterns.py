"""The wildcards ``*`` and ``?`` and the variables ``${...}`` of policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

Lookup = Callable[[str], Sequence[str] | None]
"""The values that a request has for a condition key in lower case; None for a key that it has not."""

Piece = tuple[str, bool]
"""A part of a pattern, and whether its wildcards are wildcards."""

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_NAMED = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?")
_LITERAL = frozenset("*?$")


class Template:
    """A text with variables, filled in for each request."""

    __slots__ = ("_parts",)

    def __init__(self, text: str) -> None:
        self._parts: list[str | tuple[str, str | None]] = []
        """Texts as they are, and variables: the key in lower case, or the character itself that is meant, and a
        default."""
        end = 0
        for found in _VARIABLE.finditer(text):
            self._parts.append(text[end : found.start()])
            end = found.end()
            if found[1] in _LITERAL:
                self._parts.append(("", found[1]))
            elif named := _NAMED.fullmatch(found[1]):
                self._parts.append((named[1].lower(), named[2]))
            else:
                self._parts.append(found[0])
        self._parts.append(text[end:])

    def pieces(self, lookup: Lookup) -> list[Piece] | None:
        """None where a variable has neither a value nor a default: no text can be what is meant then."""
        found: list[Piece] = []
        for part in self._parts:
            if isinstance(part, str):
                found.append((part, True))
                continue
            key, default = part
            values = lookup(key) if key else None
            if values is not None and len(values) == 1:  # a key of many values is no variable
                found.append((values[0], False))
            elif default is None:
                return None
            else:
                found.append((default, False))
        return found

    def text(self, lookup: Lookup) -> str | None:
        pieces = self.pieces(lookup)
        return None if pieces is None else "".join(text for text, _ in pieces)


class Patterns:
    """Whether a text matches any of several patterns. ``fold``: whatever its case."""

    __slots__ = ("_exact", "_expression", "_fold", "_prefixes", "_templates")

    def __init__(self, texts: Iterable[str], *, fold: bool = False, variables: bool = False) -> None:
        exact, prefixes, others = set[str](), list[str](), list[str]()
        self._templates: list[Template] = []
        self._fold = fold
        for given in texts:
            text = given.lower() if fold else given
            if variables and "${" in text:
                self._templates.append(Template(text))
            elif not is_wild(text):
                exact.add(text)
            elif text.endswith("*") and not is_wild(text[:-1]):
                prefixes.append(text[:-1])
            else:
                others.append(expression([(text, True)]))
        self._exact, self._prefixes = frozenset(exact), tuple(prefixes)
        self._expression = re.compile("|".join(others), re.DOTALL) if others else None

    def match(self, text: str, lookup: Lookup) -> bool:
        if self._fold:
            text = text.lower()
        if text in self._exact or text.startswith(self._prefixes):
            return True
        if self._expression is not None and self._expression.fullmatch(text):
            return True
        for template in self._templates:
            pieces = template.pieces(lookup)
            if pieces is not None and _compiled(expression(pieces)).fullmatch(text):
                return True
        return False


def is_wild(text: str) -> bool:
    return "*" in text or "?" in text


def expression(pieces: Iterable[Piece]) -> str:
    """A regular expression (with DOTALL, for the whole text) that takes time in proportion to the text.

    What stands between two stars is taken where it occurs first, which is never a worse choice than a later place, so
    no pattern makes the search go back and forth.
    """
    segments = [""]
    for text, wild in pieces:
        for char in text:
            if wild and char == "*":
                segments.append("")
            else:
                segments[-1] += "." if wild and char == "?" else re.escape(char)
    first, *rest = segments
    if not rest:
        return first
    *middle, last = rest
    return first + "".join(f"(?>.*?{segment})" for segment in middle if segment) + ".*" + last


@lru_cache(maxsize=1024)
def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)
