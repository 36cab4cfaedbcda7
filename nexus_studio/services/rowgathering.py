"""Reading many rows at a time for copying and commands: stretches that are not here, and cells that were cut.

Rows are read page by page, beginning beside a row that is known, so that a stretch is the one that was seen even where
ordinals are estimates. Whole cells are read by key, many rows in a statement.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, or_, select

from nexus_studio.core.data.cells import MASKED, Bookmark, Cell, Page, PageRequest, Place, Row, RowKey
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import EditConflict, UserError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import PLACE, VERSION, as_text, has_version, named, table_of, whole_text
from nexus_studio.core.sql.layout import readable
from nexus_studio.core.sql.ordering import key_columns, ordering_of
from nexus_studio.core.sql.select import key_clause
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.rowsource import RowSource, refuse_other

MOST_BYTES: Final = 64 << 20
"""Characters of all cells together: what is more belongs into a file."""

_ROWS: Final = 1_000  # of a request
_FIRST_KEYS: Final = 16
_MOST_KEYS: Final = 200
_BATCH: Final = 4 << 20  # characters that one statement for whole cells should bring


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows that are not here: ordinals `first` to `last`, both included; None is the end of the query.

    `before` and `behind` are known rows in front of it and right behind it: (ordinal, row); `mark` is a bookmark in
    front of it. Where ordinals are estimates (not `is_exact`) one of them is needed: nothing can be counted off.
    """

    first: int
    last: int | None
    before: tuple[int, Row] | None = None
    behind: tuple[int, Row] | None = None
    mark: Bookmark | None = None
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows by ordinal, and whole cells by column for the keys of rows whose cells were cut."""

    rows: Mapping[int, Row]
    whole: Mapping[RowKey, Mapping[str, Cell]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to gather: gaps, and the cells of `columns` whole, also those of the rows `here` already.

    `columns` None: all columns, as pages hold them; nothing is read whole.
    """

    gaps: Sequence[Gap]
    here: Sequence[Row] = ()
    columns: frozenset[str] | None = None
    most_rows: int = 20_000


def gather(source: RowSource, relation: Relation, query: RowQuery, wish: Wish, ctx: TaskContext) -> Gathered:
    """Read what is wished for. Worker threads only.

    Raises:
        UserError: "rows.too_many" (fact most), "rows.too_large" (fact most, megabytes), "rows.not_whole": the relation
            has no key by which long values could be read; "rows.not_numbered": nobody knows which rows these are.
        EditConflict: "rows.vanished", when a row whose cells were cut is gone; "rows.changed", when it was changed
            since it was read.
    """
    return _Gathering(source, relation, query, wish, ctx).run()


class _Gathering:
    """One run of `gather`."""

    def __init__(self, source: RowSource, relation: Relation, query: RowQuery, wish: Wish, ctx: TaskContext) -> None:
        self._source, self._relation, self._query, self._wish, self._ctx = source, relation, query, wish, ctx
        self._names = tuple(column.name for column in readable(relation))
        self._rows: dict[int, Row] = {}
        self._size = 0
        ends = [gap.last - gap.first + 1 for gap in wish.gaps if gap.last is not None]
        self._total = float(sum(ends)) if len(ends) == len(wish.gaps) else None

    def run(self) -> Gathered:
        for gap in self._wish.gaps:
            self._read(gap)
        whole = {} if self._wish.columns is None else self._whole(self._wish.columns)
        return Gathered(self._rows, whole)

    # ---- pages

    def _read(self, gap: Gap) -> None:
        before = self._bookmark(gap.before) or gap.mark
        behind = self._bookmark(gap.behind)
        if not gap.is_exact and gap.first and before is None and (behind is None or gap.last is None):
            raise UserError("rows.not_numbered", relation=str(self._relation.name))
        if before is None and behind is not None and gap.last is not None:
            self._read_backward(gap.first, gap.last, behind)
        else:
            self._read_forward(gap, before)

    def _read_forward(self, gap: Gap, after: Bookmark | None) -> None:
        ordinal = gap.first
        while gap.last is None or ordinal <= gap.last:
            count = _ROWS if gap.last is None else min(_ROWS, gap.last - ordinal + 1)
            skip = ordinal if after is None else ordinal - after.ordinal - 1
            page = self._fetch(PageRequest(ordinal, count, after, skip, columns=self._wish.columns))
            self._take(page, ordinal)
            ordinal += len(page.rows)
            if page.is_last or not page.rows:
                return
            after = page.marks[-1] if page.marks else None

    def _read_backward(self, first: int, last: int, behind: Bookmark) -> None:
        stop = last + 1
        while stop > first:
            count = min(_ROWS, stop - first)
            request = PageRequest(stop - count, count, behind, 0, backward=True, columns=self._wish.columns)
            page = self._fetch(request)
            stop -= len(page.rows)
            self._take(page, stop)
            if page.is_first or not page.rows or not page.marks:
                return
            behind = page.marks[0]

    def _fetch(self, request: PageRequest) -> Page:
        return self._source.fetch(self._relation, self._query, request, 0, self._ctx)

    def _take(self, page: Page, ordinal: int) -> None:
        self._rows.update(enumerate(page.rows, ordinal))
        if len(self._rows) + len(self._wish.here) > self._wish.most_rows:
            raise UserError("rows.too_many", most=self._wish.most_rows)
        self._count(len(cell) for row in page.rows for cell in row.cells if cell)
        self._ctx.report(Progress("rows.gathering", len(self._rows), self._total, "rows"))

    def _bookmark(self, known: tuple[int, Row] | None) -> Bookmark | None:
        if known is None:
            return None
        place = place_of_row(self._relation, self._query, known[1])
        return None if place is None else Bookmark(known[0], place)

    # ---- whole cells

    def _whole(self, columns: frozenset[str]) -> dict[RowKey, dict[str, Cell]]:
        cut: dict[RowKey, list[str]] = {}
        versions: dict[RowKey, str | None] = {}
        for row in (*self._wish.here, *self._rows.values()):
            sizes = row.sizes.items()
            short = [self._names[at] for at, size in sizes if size != MASKED and self._names[at] in columns]
            if short:
                cut[row.key], versions[row.key] = short, row.version
        found: dict[RowKey, dict[str, Cell]] = {}
        keys, many = list(cut), _FIRST_KEYS
        while keys:
            batch, keys = keys[:many], keys[many:]
            before = self._size
            names = sorted({name for key in batch for name in cut[key]})
            found.update(self._whole_of(batch, names, versions))
            average = max(1, (self._size - before) // len(batch))
            many = max(1, min(_MOST_KEYS, _BATCH // average))
            self._ctx.report(Progress("rows.gathering", len(found), len(cut), "rows"))
        return found

    def _whole_of(
        self, keys: Sequence[RowKey], columns: Sequence[str], versions: Mapping[RowKey, str | None]
    ) -> dict[RowKey, dict[str, Cell]]:
        if not all(key.cells for key in keys):
            raise UserError("rows.not_whole", relation=str(self._relation.name))
        by_place = keys[0].by_place
        width = 1 if by_place else len(self._relation.key)
        found: dict[RowKey, dict[str, Cell]] = {}
        with self._source.session.read(self._ctx) as connection:
            reach_operators(connection, (self._relation,))
            for record in connection.execute(whole_statement(self._relation, keys, columns)):
                version, *cells = record if has_version(self._relation) else (None, *record)
                self._count(len(cell) for cell in cells[width:] if cell)
                key = RowKey(tuple(cells[:width]), by_place)
                refuse_other(self._relation, key, versions.get(key), version)
                found[key] = dict(zip(columns, cells[width:], strict=True))
        if any(key not in found for key in keys):
            raise EditConflict("rows.vanished", relation=str(self._relation.name))
        return found

    def _count(self, sizes: Any) -> None:
        self._size += sum(sizes)
        if self._size > MOST_BYTES:
            raise UserError("rows.too_large", most=MOST_BYTES >> 20)


def whole_statement(relation: Relation, keys: Collection[RowKey], columns: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """Build the SELECT of whole cells of rows by key: xmin where there is one, the key's cells, those of `columns`."""
    table = table_of(relation)
    by_place = next(iter(keys)).by_place
    found = (PLACE,) if by_place else relation.key
    outputs = [as_text(table.c[VERSION]).label("v")] if has_version(relation) else []
    outputs += [as_text(table.c[name]).label(f"k{index}") for index, name in enumerate(found)]
    outputs += [whole_text(relation, table, name).label(f"c{index}") for index, name in enumerate(columns)]
    return select(*outputs).select_from(table).where(or_(*(key_clause(relation, table, key) for key in keys)))


def place_of_row(relation: Relation, query: RowQuery, row: Row) -> Place | None:
    """Return where a row stands in a query's order; None where that is not known from the row, or is no total order."""
    ordering = ordering_of(relation, named(table_of(relation)), query)
    if not ordering.is_total:
        return None
    names = [column.name for column in readable(relation)]
    key = dict(zip(key_columns(relation), row.key.cells, strict=False)) if not row.key.by_place else {}
    place: list[Cell] = []
    for item in ordering.items:
        if item.column == PLACE and row.key.by_place:
            place.append(row.key.cells[0])
        elif item.column in key:
            place.append(key[item.column])
        elif (index := names.index(item.column)) not in row.sizes:
            place.append(row.cells[index])
        else:
            return None
    return tuple(place)
