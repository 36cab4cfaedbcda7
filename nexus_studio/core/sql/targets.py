"""Statements that find rows of a large table by key and by label, each bounded by an index or by a number of rows.

Nothing is executed here. Each SELECT gives (key cells ..., label cells ...).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, TableClause, and_, func, or_, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.sql.expressions import as_text, equals, searchable, table_of, text_bind, text_cell, typed_bind

WALKED: Final = 500
"""Entries of an index that are looked at behind the place where what was typed would stand."""

SCANNED: Final = 10_000
"""Rows of a table that are read where no index helps: some 10 milliseconds."""

_DIGITS: Final = {"int2": 5, "int4": 10, "int8": 19}
_WHOLE: Final = re.compile(r"(-?)([0-9]+)")
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_UUID_DIGITS: Final = 32

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]


class Lead(Enum):
    """How an index helps to find the values of a column that it begins with."""

    ORDER = "order"  # a btree in the column's own order
    PATTERN = "pattern"  # a btree for LIKE
    LOWER = "lower"  # a btree over lower(column)
    TRIGRAMS = "trigrams"  # GIN or GiST over trigrams


Leads = Mapping[str, frozenset[Lead]]


@dataclass(slots=True)
class TargetSearch:
    """A search in one relation. `leads` tells by column what indexes help."""

    target: Relation
    key_columns: Sequence[str]
    label_columns: Sequence[str]
    leads: Leads
    limit: int
    _table: TableClause = field(init=False)

    def __post_init__(self) -> None:
        self._table = table_of(self.target)

    def first_rows(self) -> Statement:
        """Build the SELECT of the first rows, in an order that an index gives; in any order where none does."""
        raw = self._raw()
        ordered = next((name for name in (*self.label_columns, *self.key_columns) if self._has(name, Lead.ORDER)), None)
        if ordered is not None:
            raw = raw.order_by(self._table.c[ordered])
        return self._cells(raw.limit(self.limit).subquery("r"))

    def by_key(self, typed: str) -> Iterator[Statement]:
        """Build what finds keys, or parts of them, that are or begin with what was typed; nothing where none leads."""
        parts = [part.strip() for part in typed.split(",")]
        table = self._table
        if len(parts) == len(self.key_columns) > 1:
            pairs = zip(self.key_columns, parts, strict=True)
            each = [equals(table.c[name], part, self.target.column(name).type) for name, part in pairs]
            yield self._cells(self._raw().where(*each).limit(self.limit).subquery("r"))
        for name in self.key_columns:
            type_ = self.target.column(name).type
            if self._has(name, Lead.ORDER) and type_.has_equality:
                exact = equals(table.c[name], typed, type_)
                yield self._cells(self._raw().where(exact).limit(self.limit).subquery("r"))
            ranges = self._ranges(name, typed)
            if ranges and self._has(name, Lead.ORDER):
                yield self._between(name, ranges)
            elif type_.kind is TypeKind.TEXT:
                yield from self._beginning(name, typed, (typed,))

    def by_beginning(self, typed: str) -> Iterator[Statement]:
        """Build what finds labels that begin with what was typed; of labels in several columns each word may begin one.

        Nothing where no index leads.
        """
        words = typed.split()
        several = len(self.label_columns) > 1
        for name in self.label_columns:
            starts = tuple(dict.fromkeys((typed, *words))) if several else (typed,)
            for start in starts:
                yield from self._beginning(name, start, words if several else (typed,))

    def by_trigrams(self, typed: str) -> Statement | None:
        """Build what finds labels that hold every word, by trigrams; None where an index or a third letter is missing.

        Words that are shorter only filter: at least one must be long enough.
        """
        words = typed.split()
        can = self.label_columns and all(self._has(name, Lead.TRIGRAMS) for name in self.label_columns)
        if not can or not any(len(word) >= 3 for word in words):  # noqa: PLR2004 - that is what a trigram is
            return None
        table = self._table
        every = [or_(*(_holds(searchable(table.c[name]), word) for name in self.label_columns)) for word in words]
        return self._cells(self._raw().where(and_(*every)).limit(self.limit).subquery("r"))

    def among_first(self, typed: str) -> Statement:
        """Build what looks through the first `SCANNED` rows as they lie in the table."""
        rows = self._raw().limit(SCANNED).subquery("r")
        return self._cells(rows).where(self._matches(rows, typed.split(), typed)).limit(self.limit)

    def pointing(self, column: str, cells: Sequence[Cell]) -> Statement:
        """Build what finds the rows whose column holds one of these cells; the column is the only label then."""
        type_ = self.target.column(column).type
        values = [typed_bind(cell, type_) for cell in cells]
        return self._cells(self._raw().where(self._table.c[column].in_(values)).limit(self.limit).subquery("r"))

    # Private

    def _has(self, column: str, lead: Lead) -> bool:
        return lead in self.leads.get(column, frozenset())

    @property
    def _names(self) -> tuple[str, ...]:
        return (*self.key_columns, *self.label_columns)

    def _raw(self) -> Select[*tuple[Any, ...]]:
        table = self._table
        return select(*(table.c[name].label(f"r{place}") for place, name in enumerate(self._names))).select_from(table)

    def _cells(self, rows: FromClause) -> Select[*tuple[Any, ...]]:
        keys = len(self.key_columns)
        cells = [
            as_text(rows.c[f"r{place}"])
            if place < keys
            else text_cell(rows.c[f"r{place}"], self.target.column(name).type)
            for place, name in enumerate(self._names)
        ]
        return select(*(cell.label(f"c{place}") for place, cell in enumerate(cells))).select_from(rows)

    def _labels_of(self, rows: FromClause) -> list[ColumnElement[Any]]:
        keys = len(self.key_columns)
        return [searchable(rows.c[f"r{place}"]) for place in range(keys, len(self._names))]

    def _matches(self, rows: FromClause, words: Sequence[str], typed: str) -> ColumnElement[bool]:
        """Tell whether the labels hold every word, or a key begins with what was typed."""
        labels = self._labels_of(rows)
        keys = [searchable(rows.c[f"r{place}"]) for place in range(len(self.key_columns))]
        by_key = [_begins(key, typed) for key in keys]
        if not labels:
            return or_(*by_key)
        return or_(and_(*(or_(*(_holds(label, word) for label in labels)) for word in words)), *by_key)

    def _beginning(self, name: str, start: str, words: Sequence[str]) -> Iterator[Statement]:
        """Build what finds values of a column that begin with `start` and whose row holds all words.

        In a btree of the column's own order the values that begin alike stand together, whatever the collation: it is
        walked from where the typed text would stand, for each way to write it. An upper end could not be named.
        """
        table, type_ = self._table, self.target.column(name).type
        if type_.kind is not TypeKind.TEXT:
            return
        place = f"r{self._names.index(name)}"
        value = table.c[name]
        walks: list[Select[*tuple[Any, ...]]] = []
        if self._has(name, Lead.LOWER):
            lowered = func.pg_catalog.lower(as_text(value))
            begin = func.pg_catalog.lower(text_bind(start))
            walks.append(self._raw().where(lowered >= begin).order_by(lowered))
        elif self._has(name, Lead.ORDER):
            walks += [self._raw().where(value >= typed_bind(way, type_)).order_by(value) for way in _ways(start)]
        elif self._has(name, Lead.PATTERN):
            walks += [self._raw().where(value.like(_escaped(way) + "%", escape="\\")) for way in _ways(start)]
        for walk in walks:
            rows = walk.limit(WALKED).subquery("r")
            labels = self._labels_of(rows)
            others = [or_(*(_holds(label, word) for label in labels)) for word in words if word != start]
            yield (self._cells(rows).where(_begins(searchable(rows.c[place]), start), *others).limit(self.limit))

    def _ranges(self, name: str, typed: str) -> list[tuple[Cell, Cell]]:
        """Return the ranges of a whole number's or a uuid's values whose text begins with what was typed."""
        type_ = self.target.column(name).type
        digits = _DIGITS.get(type_.domain_of or type_.name)
        if digits is not None and (found := _WHOLE.fullmatch(typed)):
            return _number_ranges(found[1], found[2], digits)
        plain = typed.replace("-", "")
        if type_.kind is TypeKind.UUID and _HEX.fullmatch(plain) and len(plain) < _UUID_DIGITS:
            return [(plain.ljust(_UUID_DIGITS, "0"), plain.ljust(_UUID_DIGITS, "f"))]
        return []

    def _between(self, name: str, ranges: Sequence[tuple[Cell, Cell]]) -> Statement:
        table, type_ = self._table, self.target.column(name).type
        parts = [
            self._raw()
            .where(table.c[name].between(typed_bind(low, type_), typed_bind(high, type_)))
            .order_by(table.c[name])
            .limit(self.limit)
            .subquery(f"p{number}")
            for number, (low, high) in enumerate(ranges)
        ]
        return union_all(*(self._cells(part) for part in parts)).limit(self.limit)


def _number_ranges(sign: str, digits: str, most: int) -> list[tuple[Cell, Cell]]:
    """Return the ranges of longer numbers that begin so: of 12 those from 120 to 129, from 1200 to 1299 ..."""
    if digits.startswith("0"):
        return []
    largest = 2 ** {5: 15, 10: 31, 19: 63}[most] - 1
    found: list[tuple[Cell, Cell]] = []
    for more in range(1, most - len(digits) + 1):
        low, high = int(digits) * 10**more, (int(digits) + 1) * 10**more - 1
        if low > largest:
            break
        high = min(high, largest)
        found.append((f"-{high}", f"-{low}") if sign else (str(low), str(high)))
    return found


def _ways(start: str) -> tuple[str, ...]:
    """Return the ways to write the beginning of a text: where order goes by bytes they stand far from one another."""
    return tuple(
        dict.fromkeys((start, start.lower(), start[:1].upper() + start[1:].lower(), start.title(), start.upper()))
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _begins(value: ColumnElement[Any], start: str) -> ColumnElement[bool]:
    return value.ilike(_escaped(start) + "%", escape="\\")


def _holds(value: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    return value.ilike("%" + _escaped(word) + "%", escape="\\")
