"""PostgreSQL's text forms of composite values, ranges, multiranges and hstore: read into parts, written back. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nexus_studio.core.data.cells import Cell

_SPACES: Final = " \t\n\r\v\f"
_ODD: Final = set('"\\(),' + _SPACES)
_ODD_BOUND: Final = _ODD | set("[]")
_HSTORE: Final = re.compile(
    r'\s*(?P<key>"(?:[^"\\]|\\.)*"|(?:\\.|[^\s,="\\])+)\s*=>\s*(?P<value>"(?:[^"\\]|\\.)*"|(?:\\.|[^\s,"\\])+)\s*(?P<end>,|\Z)',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class RangeText:
    """A range. A bound that is None is none: the range goes on for ever there."""

    lower: Cell
    upper: Cell
    has_lower: bool = True
    has_upper: bool = False


Pairs = list[tuple[str, Cell]]
"""Keys and values of an hstore, in the order written."""


def parse_row(text: str) -> list[Cell] | None:
    """Read `(1,"a b",)` into its fields; None for what is no composite value."""
    text = text.strip(_SPACES)
    if not (text.startswith("(") and text.endswith(")")):
        return None
    fields, at = [], 1
    while True:
        read = _field(text, at, ",)")
        if read is None:
            return None
        field, at = read
        fields.append(field)
        if text[at] == ")":
            return fields if at == len(text) - 1 else None
        at += 1


def format_row(fields: Sequence[Cell]) -> str:
    """Write fields as a composite value."""
    return "(" + ",".join(_quoted(field, _ODD) for field in fields) + ")"


def parse_range(text: str) -> RangeText | None:
    """Read `[1,5)`; None for what is no range, and for `empty`."""
    text = text.strip(_SPACES)
    read = _range(text, 0)
    return read[0] if read is not None and read[1] == len(text) else None


def format_range(range_: RangeText) -> str:
    """Write a range."""
    lower, upper = _quoted(range_.lower, _ODD_BOUND), _quoted(range_.upper, _ODD_BOUND)
    return f"{'[' if range_.has_lower else '('}{lower},{upper}{']' if range_.has_upper else ')'}"


def parse_multirange(text: str) -> list[RangeText] | None:
    """Read `{[1,3),[5,7)}`; None for what is no multirange."""
    text = text.strip(_SPACES)
    if not (text.startswith("{") and text.endswith("}")):
        return None
    found: list[RangeText] = []
    at, end = _after_spaces(text, 1), len(text) - 1
    while at < end:
        read = _range(text, at)
        if read is None:
            return None
        found.append(read[0])
        at = _after_spaces(text, read[1])
        if at < end:
            if text[at] != ",":
                return None
            at = _after_spaces(text, at + 1)
            if at == end:
                return None
    return found


def format_multirange(ranges: Sequence[RangeText]) -> str:
    """Write a multirange."""
    return "{" + ",".join(format_range(range_) for range_ in ranges) + "}"


def parse_hstore(text: str) -> Pairs | None:
    """Read `"a"=>"1", "b"=>NULL`; None for what is no hstore."""
    pairs: Pairs = []
    at = 0
    while at < len(text.rstrip()):
        found = _HSTORE.match(text, at)
        if found is None:
            return None
        key, value = found["key"], found["value"]
        is_null = value.upper() == "NULL"
        pairs.append((_plain(key), None if is_null else _plain(value)))
        at = found.end()
        if found["end"] == "," and at >= len(text.rstrip()):
            return None
    return pairs


def format_hstore(pairs: Pairs) -> str:
    """Write pairs as hstore prints them."""
    return ", ".join(f"{_string(key)}=>{'NULL' if value is None else _string(value)}" for key, value in pairs)


def _range(text: str, at: int) -> tuple[RangeText, int] | None:
    """Read a range from a place on; return it and the place behind it."""
    if text[at : at + 1] not in {"[", "("}:
        return None
    has_lower = text[at] == "["
    lower = _field(text, at + 1, ",")
    if lower is None:
        return None
    upper = _field(text, lower[1] + 1, ")]")
    if upper is None:
        return None
    return RangeText(lower[0], upper[0], has_lower, text[upper[1]] == "]"), upper[1] + 1


def _field(text: str, at: int, ends: str) -> tuple[Cell, int] | None:
    """Read one field up to a character of `ends`; nothing at all is NULL. As record_in and range_in do."""
    found: list[str] = []
    is_null, in_quotes = True, False
    while at < len(text):
        character = text[at]
        if not in_quotes and character in ends:
            return (None if is_null else "".join(found)), at
        if character == "\\":
            at += 1
            if at == len(text):
                return None
            found.append(text[at])
        elif character == '"':
            if in_quotes and text[at + 1 : at + 2] == '"':
                found.append('"')
                at += 1
            else:
                in_quotes = not in_quotes
        elif not in_quotes and character in "()[]," and ends != ",)":
            return None
        else:
            found.append(character)
        is_null = False
        at += 1
    return None


def _quoted(cell: Cell, odd: set[str]) -> str:
    if cell is None:
        return ""
    if cell and not odd & set(cell):
        return cell
    return '"' + cell.replace("\\", "\\\\").replace('"', '""') + '"'


def _after_spaces(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACES:
        at += 1
    return at


def _plain(written: str) -> str:
    inner = written[1:-1] if written.startswith('"') else written
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
