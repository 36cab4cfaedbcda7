"""PostgreSQL's text form of one-dimensional arrays: read into elements, written back (manual, 8.15.6)."""

from __future__ import annotations

from collections.abc import Sequence

from nexus_studio.core.data.cells import Cell

_QUOTED = set('{}",\\ \t\n\r\v\f')


def parse_array(text: str) -> list[Cell] | None:
    """Read `{a,"b c",NULL}` into its elements; None for nested arrays, other bounds, or what is no array."""
    text = text.strip()
    if not text.startswith("{") or not text.endswith("}"):
        return None
    elements: list[Cell] = []
    position, end = 1, len(text) - 1
    while position < end:
        element, position = _element(text, position, end)
        if element is _BROKEN:
            return None
        elements.append(element if isinstance(element, str) else None)
        if position < end:
            if text[position] != ",":
                return None
            position += 1
            if position == end:
                return None
    return elements


class _Broken:
    """Marks what can't be read."""


_BROKEN = _Broken()


def _element(text: str, position: int, end: int) -> tuple[Cell | _Broken, int]:
    while position < end and text[position].isspace():
        position += 1
    if position < end and text[position] == "{":
        return _BROKEN, position
    if position < end and text[position] == '"':
        found = []
        position += 1
        while position < end and text[position] != '"':
            if text[position] == "\\":
                position += 1
            found.append(text[position])
            position += 1
        if position >= end:
            return _BROKEN, position
        position += 1
        while position < end and text[position].isspace():
            position += 1
        return "".join(found), position
    start = position
    while position < end and text[position] not in ',{}"':
        position += 2 if text[position] == "\\" else 1
    bare = text[start:position].strip()
    if not bare:
        return _BROKEN, position
    return (None if bare.upper() == "NULL" else bare.replace("\\", "")), position


def format_array(elements: Sequence[Cell]) -> str:
    """Write elements as PostgreSQL reads them."""
    return "{" + ",".join(_written(element) for element in elements) + "}"


def _written(element: Cell) -> str:
    if element is None:
        return "NULL"
    if element and element.upper() != "NULL" and not _QUOTED & set(element):
        return element
    return '"' + element.replace("\\", "\\\\").replace('"', '\\"') + '"'
