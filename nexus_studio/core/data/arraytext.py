"""PostgreSQL's text form of arrays of any depth: read into nested lists, written back (manual, 8.15.6). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nexus_studio.core.data.cells import Cell

Items = list["Cell | Items"]
"""Elements of one dimension: texts and NULLs, or lists of the next dimension."""

_BOUNDS: Final = re.compile(r"((?:\[\s*[+-]?\d+\s*(?::\s*[+-]?\d+\s*)?\])+)\s*=\s*", re.ASCII)
_BOUND: Final = re.compile(r"\[\s*([+-]?\d+)\s*(?::\s*([+-]?\d+)\s*)?\]", re.ASCII)
_SPACES: Final = " \t\n\r\v\f"
_DEEPEST: Final = 6  # MAXDIM


@dataclass(frozen=True, slots=True)
class ArrayText:
    """An array. `lower` are the lowest subscripts, one a dimension, where the text names them; empty: all are 1."""

    items: Items
    lower: tuple[int, ...] = ()


def parse_array_text(text: str, delimiter: str = ",") -> ArrayText | None:
    """Read `{a,"b c",NULL}`, `{{1,2},{3,4}}`, `[0:1]={7,8}`; None for what is no array."""
    text = text.strip(_SPACES)
    lower: tuple[int, ...] = ()
    if (found := _BOUNDS.match(text)) is not None:
        pairs = _BOUND.findall(found.group(1))
        lower = tuple(int(first) if last else 1 for first, last in pairs)
        text = text[found.end() :]
    try:
        items, end = _Reader(text, delimiter).items(0, 1)
    except (ValueError, IndexError):
        return None
    return ArrayText(items, lower) if end == len(text) else None


def format_array_text(array: ArrayText, delimiter: str = ",") -> str:
    """Write an array as PostgreSQL reads it; lower bounds are kept, the upper ones follow from the elements."""
    body = _written(array.items, delimiter)
    if all(first == 1 for first in array.lower) or not array.items:
        return body
    bounds, level = [], array.items
    for first in array.lower:
        bounds.append(f"[{first}:{first + len(level) - 1}]")
        level = level[0] if level and isinstance(level[0], list) else []
    return "".join(bounds) + "=" + body


def depth_of(items: Sequence[Cell | Items]) -> int:
    """Return how many dimensions the elements have: 1 for a plain list."""
    return 1 + max((depth_of(item) for item in items if isinstance(item, list)), default=0)


class _Reader:
    """Reads one text. Raises ValueError or IndexError where it is no array."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text, self._delimiter = text, delimiter

    def items(self, at: int, depth: int) -> tuple[Items, int]:
        """Read a list from its `{` on; return it and the place behind its `}`."""
        if self._text[at] != "{" or depth > _DEEPEST:
            raise ValueError
        found: Items = []
        at = self._skip(at + 1)
        if self._text[at] == "}":
            return found, at + 1
        while True:
            item, at = self.items(at, depth + 1) if self._text[at] == "{" else self._element(at)
            found.append(item)
            at = self._skip(at)
            if self._text[at] == "}":
                return found, at + 1
            if self._text[at] != self._delimiter:
                raise ValueError
            at = self._skip(at + 1)

    def _skip(self, at: int) -> int:
        while self._text[at] in _SPACES:
            at += 1
        return at

    def _element(self, at: int) -> tuple[Cell, int]:
        if self._text[at] == '"':
            return self._quoted(at + 1)
        start, found = at, list[str]()
        while self._text[at] not in f'{{}}"{self._delimiter}':
            if self._text[at] == "\\":
                at += 1
            found.append(self._text[at])
            at += 1
        bare = "".join(found) if "\\" in self._text[start:at] else "".join(found).strip(_SPACES)
        if not bare:
            raise ValueError
        return (None if self._text[start:at].strip(_SPACES).upper() == "NULL" else bare), at

    def _quoted(self, at: int) -> tuple[str, int]:
        found: list[str] = []
        while self._text[at] != '"':
            if self._text[at] == "\\":
                at += 1
            found.append(self._text[at])
            at += 1
        return "".join(found), at + 1


def _written(items: Items, delimiter: str) -> str:
    return "{" + delimiter.join(_element(item, delimiter) for item in items) + "}"


def _element(item: Cell | Items, delimiter: str) -> str:
    if isinstance(item, list):
        return _written(item, delimiter)
    if item is None:
        return "NULL"
    odd = {*'{}"\\', *_SPACES, delimiter}
    if item and item.upper() != "NULL" and not odd & set(item):
        return item
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
