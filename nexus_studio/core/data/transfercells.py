"""Lines of text taken apart into cells, as COPY … CSV takes them apart. Pure.

NULL and empty text are told apart by their quotes (`csv` of the standard library can't before Python 3.12), and what is
no line of the others' width, or never ends, is told with its number instead of ending everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.transfer import TextStyle

MOST_CHARACTERS: Final = 64 << 20
"""Of one record: a quote that is never closed would take the rest of any file."""


@dataclass(frozen=True, slots=True)
class Record:
    """Cells that stand together, and the line (from 1) that they begin in. `problem` is a code, "" for none."""

    line: int
    cells: tuple[Cell, ...]
    problem: str = ""


class Splitter:
    """Takes records apart in one style."""

    def __init__(self, style: TextStyle) -> None:
        quote, delimiter = re.escape(style.quote), re.escape(style.delimiter)
        self._style = style
        self._field = re.compile(
            rf"((?:[^{quote}{delimiter}]|{quote}(?:[^{quote}]|{quote}{quote})*{quote})*)({delimiter}|\Z)", re.DOTALL
        )
        self._quoted = re.compile(rf"{quote}((?:[^{quote}]|{quote}{quote})*){quote}", re.DOTALL)

    def records(self, lines: Iterable[str], *, is_single: bool = False) -> Iterator[Record]:
        """Yield records.

        Args:
            lines: With their ends, as a text file opened with newline="" has them.
            is_single: There is one cell in each, so that an empty line is one that is NULL; else they are left out.
        """
        quote, delimiter, null = self._style.quote, self._style.delimiter, self._style.null
        begun, size = 0, 0
        parts: list[str] = []  # of a record whose quote is open
        for number, line in enumerate(lines, 1):
            if not parts and quote not in line:
                bare = line.rstrip("\r\n")
                if bare or is_single:
                    cells = tuple(None if cell == null else cell for cell in bare.split(delimiter))
                    yield Record(number, cells, "transfer.nul" if "\0" in bare else "")
                continue
            if not parts:
                begun, size = number, 0
            parts.append(line)
            size += len(line)
            if line.count(quote) % 2 == (len(parts) == 1) and size < MOST_CHARACTERS:
                continue  # it is open still: an odd number of quotes opened it, and an even one did not close it
            text = "".join(parts)
            parts = []
            if text.count(quote) % 2:
                yield Record(begun, (), "transfer.open_quote")
            else:
                yield Record(begun, self._cells(text.rstrip("\r\n")), "transfer.nul" if "\0" in text else "")
        if parts:
            yield Record(begun, (), "transfer.open_quote")

    def _cells(self, text: str) -> tuple[Cell, ...]:
        found: list[Cell] = []
        place = 0
        while (field := self._field.match(text, place)) is not None:
            found.append(self._cell(field[1]))
            place = field.end()
            if not field[2]:
                break
        return tuple(found)

    def _cell(self, raw: str) -> Cell:
        quote = self._style.quote
        if quote not in raw:
            return None if raw == self._style.null else raw
        return self._quoted.sub(lambda found: found[1].replace(quote * 2, quote), raw)
