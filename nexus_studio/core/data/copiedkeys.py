"""Keys of rows as COPY writes them, and what they are ordered by, the same on every server and here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_ESCAPES: Final = {
    ord("b"): b"\b",
    ord("f"): b"\f",
    ord("n"): b"\n",
    ord("r"): b"\r",
    ord("t"): b"\t",
    ord("v"): b"\v",
}


def cells_of(key: Sequence[bytes]) -> tuple[str, ...]:
    """Read the cells of a key (manual, COPY, "Text Format"); a key has no NULL."""
    return tuple(_unescaped(each).decode() for each in key)


def by_number(key: tuple[bytes, ...]) -> tuple[int, ...]:
    """Order keys whose cells are whole numbers, as an index on them does."""
    return tuple(map(int, key))


def by_bytes(key: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Order keys by the bytes of their text."""
    return tuple(map(_unescaped, key))


def _unescaped(cell: bytes) -> bytes:
    if b"\\" not in cell:
        return cell
    found, place = bytearray(), 0
    while (at := cell.find(b"\\", place)) >= 0:
        found += cell[place:at]
        letter = cell[at + 1 : at + 2]
        found += _ESCAPES.get(letter[0], letter) if letter else b"\\"
        place = at + 2
    return bytes(found + cell[place:])
