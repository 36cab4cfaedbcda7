"""Batches of SQLite's rows turned into COPY's text, and the sums by which they are known again afterwards."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from nexus_studio.core.admin.sqliteimport import Refusal, TablePlan
from nexus_studio.core.admin.sqlitevalues import Compared, Rule, SqliteValue, compared_text, rule_for
from nexus_studio.core.data.cells import Cell
from nexus_studio.core.errors import InvalidValue

try:  # CPython's own costs half of OpenSSL's for a line, and is there in FIPS mode too
    from _md5 import md5  # type: ignore[import-not-found]
except ImportError:  # an interpreter built without it
    from hashlib import md5

NULL: Final = "\\N"
"""NULL in COPY's text format, and in what is compared; there, columns' NULLs are counted too."""

SEPARATOR: Final = "\t"

Columns = Sequence[Sequence[Cell]]


@dataclass(slots=True)
class Sums:
    """What rows add up to, in any order: how many, each column's values that are not NULL, the sum of rows' digests."""

    rows: int = 0
    digest: int = 0
    present: tuple[int, ...] = ()

    def minus(self, other: Sums) -> Sums:
        """Return what rows that came since `other` add up to."""
        present = tuple(mine - theirs for mine, theirs in zip(self.present, other.present, strict=True))
        return Sums(self.rows - other.rows, self.digest - other.digest, present)


class Sheet:
    """Turns the rows of one table: the rules of its columns, and the sums of what was turned so far."""

    def __init__(self, plan: TablePlan) -> None:
        self.plan = plan
        self.rules: tuple[Rule, ...] = tuple(
            rule_for(pair.target.type, pair.forms, nullable=pair.target.nullable) for pair in plan.columns
        )
        self._is_all_text = all(rule.compared is Compared.TEXT for rule in self.rules)
        self._rows = 0
        self._digest = 0
        self._present = [0] * len(self.rules)

    @property
    def sums(self) -> Sums:
        """What was written by `written` so far adds up to."""
        return Sums(self._rows, self._digest, tuple(self._present))

    @property
    def uncompared(self) -> tuple[str, ...]:
        """The target's columns whose text the server may print otherwise."""
        pairs = zip(self.plan.columns, self.rules, strict=True)
        return tuple(pair.target.name for pair, rule in pairs if rule.compared is Compared.NOT)

    def texts(self, rows: Sequence[tuple[SqliteValue, ...]]) -> Columns:
        """Turn rows into columns of cells.

        Raises:
            InvalidValue: of the first value that is refused.
        """
        return [rule.many(values) for rule, values in zip(self.rules, zip(*rows, strict=True), strict=True)]

    def written(self, columns: Columns) -> bytes:
        """Write columns as lines of COPY's text format, and add them to the sums."""
        filled, nulls = self._filled(columns)
        joined, is_plain = _lines(filled, nulls)
        octets = joined.encode()
        if is_plain and self._is_all_text:
            compared = octets.split(b"\n")[:-1]
        else:
            compared = [line.encode() for line in self._compared_lines(columns, filled)]
        self._digest += _digest(compared)
        self._rows += len(compared)
        if is_plain:
            return octets
        return ("\n".join(map(SEPARATOR.join, zip(*map(_escaped, columns), strict=True))) + "\n").encode()

    def refusals(self, numbered: Sequence[tuple[Any, ...]]) -> tuple[list[Refusal], list[int], list[tuple[Cell, ...]]]:
        """Turn rows value by value: what is refused, and of the rows without refusals the numbers and the cells.

        Args:
            numbered: Rows with their number in front.
        """
        refused: list[Refusal] = []
        numbers: list[int] = []
        good: list[tuple[Cell, ...]] = []
        for number, *values in numbered:
            cells: list[Cell] = []
            for pair, rule, value in zip(self.plan.columns, self.rules, values, strict=True):
                try:
                    cells.append(rule.one(value))
                except InvalidValue as error:
                    facts = tuple((name, fact) for name, fact in error.facts.items() if name != "reason")
                    reason = str(error.facts["reason"])
                    refused.append(Refusal(self.plan.source.name, number, pair.source, reason, facts))
            if len(cells) == len(self.rules):
                numbers.append(number)
                good.append(tuple(cells))
        return refused, numbers, good

    def by_column(self, columns: Columns) -> list[int]:
        """Add up each column by itself, to tell which one differs from what is stored."""
        found = []
        for rule, cells in zip(self.rules, columns, strict=True):
            seen = [NULL if cell is None else compared_text(cell, rule.compared) or "" for cell in cells]
            is_seen = rule.compared is not Compared.NOT
            found.append(_digest([cell.encode() if is_seen else b"" for cell in seen]))
        return found

    def _compared_lines(self, columns: Columns, filled: Sequence[Sequence[str]]) -> list[str]:
        """Return the lines that are compared: unescaped, and each column as `Compared` looks at it."""
        seen: list[Sequence[str]] = []
        for rule, cells, shown in zip(self.rules, columns, filled, strict=True):
            if rule.compared is Compared.TEXT:
                seen.append(shown)
            elif rule.compared is not Compared.NOT:
                seen.append([NULL if cell is None else compared_text(cell, rule.compared) or "" for cell in cells])
        if not seen:
            return [""] * len(columns[0])
        return list(map(SEPARATOR.join, zip(*seen, strict=True)))

    def _filled(self, columns: Columns) -> tuple[Sequence[Sequence[str]], int]:
        """Return the columns with NULL filled in, and how many there are; count what is not NULL."""
        filled: list[Sequence[str]] = []
        nulls = 0
        for number, (rule, cells) in enumerate(zip(self.rules, columns, strict=True)):
            missing = cells.count(None) if rule.nullable else 0
            self._present[number] += len(cells) - missing
            nulls += missing
            filled.append([NULL if cell is None else cell for cell in cells] if missing else cells)  # type: ignore[arg-type]
        return filled, nulls


def copy_lines(numbers: Sequence[int], rows: Sequence[tuple[Cell, ...]]) -> list[bytes]:
    """Write rows with their numbers in front as lines of COPY's text format, one by one."""
    columns = [list(map(str, numbers)), *map(_escaped, zip(*rows, strict=True))]
    return [(SEPARATOR.join(line) + "\n").encode() for line in zip(*columns, strict=True)]


def _digest(lines: Sequence[bytes]) -> int:
    """Add up the first eight bytes of each line's md5, as PostgreSQL's bigint has them."""
    digests = b"".join(
        [
            md5(line).digest()  # noqa: S324 - a checksum, nothing secret
            for line in lines
        ]
    )
    return sum(struct.unpack(f">{2 * len(lines)}q", digests)[::2])


def _lines(filled: Sequence[Sequence[str]], nulls: int) -> tuple[str, bool]:
    """Return the lines that columns without NULL make, and whether nothing has to be escaped in them."""
    lines = list(map(SEPARATOR.join, zip(*filled, strict=True)))
    count = len(lines)
    lines.append("")
    joined = "\n".join(lines)
    is_plain = (
        joined.count("\\") == nulls
        and joined.count(SEPARATOR) == count * (len(filled) - 1)
        and joined.count("\n") == count
        and "\r" not in joined
    )
    return joined, is_plain


def _escaped(cells: Sequence[Cell]) -> list[str]:
    """Escape a column for COPY's text format (manual, COPY, "Text Format")."""
    joined = "".join(cell for cell in cells if cell is not None)
    if not any(sign in joined for sign in "\\\t\n\r"):
        return [NULL if cell is None else cell for cell in cells]
    return [
        NULL
        if cell is None
        else cell.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
        for cell in cells
    ]
