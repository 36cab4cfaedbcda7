"""Counts and sums of selected cells, made by the server where the rows are not all here."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from nexus_studio.core.data.filters import raws_of
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.totals import Totals, is_ranged, is_summable
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.aggregates import MOST_COLUMNS, Span, totals_statement
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.rowsource import RowSource


def server_totals(
    source: RowSource,
    relation: Relation,
    query: RowQuery,
    parts: Sequence[tuple[Span, tuple[str, ...]]],
    ctx: TaskContext,
) -> Totals:
    """Add up cells: of each part's rows the columns named. One statement a part (and `MOST_COLUMNS` columns).

    Columns that the connection hides are left out: the least of them is one of their values.

    Reads what is selected, perhaps the whole table: run it as a task of its own. Raises what `Session.read` raises.
    """
    found = Totals()
    with source.session.read(ctx, runs_raw=any(raws_of(query.filter))) as connection:
        reach_operators(connection, (relation,))
        for span, named in parts:
            columns = tuple(name for name in named if not relation.column(name).masked)
            for start in range(0, len(columns), MOST_COLUMNS):
                some = columns[start : start + MOST_COLUMNS]
                record = connection.execute(totals_statement(relation, query, some, span)).one()
                for one in _by_column(relation, some, list(record)):
                    found = found.joined(one)
    return found


def _by_column(relation: Relation, columns: Sequence[str], record: list[object]) -> list[Totals]:
    values = iter(record)
    rows = _number(next(values))
    found = []
    for name in columns:
        type_, count = relation.column(name).type, _number(next(values))
        if is_summable(type_):
            numbers, *texts = _number(next(values)), next(values), next(values), next(values)
            total, lowest, highest = (None if text is None else Decimal(str(text)) for text in texts)
            found.append(Totals(rows, count, numbers, total or Decimal(0), lowest, highest))
        elif is_ranged(type_):
            first, last = next(values), next(values)
            found.append(Totals(rows, count, first=str(first or ""), last=str(last or "")))
        else:
            found.append(Totals(rows, count))
    return found


def _number(value: object) -> int:
    return int(str(value))
