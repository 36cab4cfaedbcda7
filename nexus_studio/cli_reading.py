"""The command `rows`: reads rows, counts them, or says what reading them costs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from nexus_studio.cli_conditions import columns_of, query_of
from nexus_studio.cli_output import Result, facts, table
from nexus_studio.cli_relations import MASK, hidden_columns, relation_of, shown
from nexus_studio.cli_workspace import workspace
from nexus_studio.core.data.cells import Cell, Page, PageRequest, Row
from nexus_studio.core.data.cost import QueryCost
from nexus_studio.core.data.filters import AllOf
from nexus_studio.core.data.rowformats import Format, Sheet, SheetColumn, masked
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.filterchecking import check_query
from nexus_studio.services.inserttext import written
from nexus_studio.services.workspace import Workspace

# The names people expect; `csv` and `tsv` begin with the columns' names.
FORMATS: Final = {
    "csv": Format.CSV,
    "tsv": Format.TSV_HEADERS,
    "json": Format.JSON,
    "markdown": Format.MARKDOWN,
    "insert": Format.SQL,
}


def rows(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Read rows, count them, or say what that costs."""
    with workspace(arguments, ctx) as opened:
        relation = relation_of(opened, arguments.relation, ctx)
        query, columns = query_of(arguments, relation), columns_of(arguments, relation)
        if query.filter != AllOf():
            check_query(opened.session, relation, query, ctx)
        if arguments.explain:
            return _explained(relation, opened.rows.cost(relation, query, ctx))
        if arguments.count:
            counted = opened.rows.count(relation, query, ctx)
            return Result({"relation": relation.name, "count": counted.value}, str(counted.value))
        request = _request(opened, relation, query, arguments, ctx)
        if columns is not None:
            request = replace(request, columns=frozenset(columns))
        page = opened.rows.fetch(relation, query, request, 0, ctx)
        names = columns or page.columns
        found = [_whole(opened, relation, names, page, row, ctx) for row in page.rows]
        hidden = hidden_columns(opened, relation)
    return _answer(relation, names, found, hidden, page, arguments.format)


def _request(
    opened: Workspace, relation: Relation, query: RowQuery, arguments: argparse.Namespace, ctx: TaskContext
) -> PageRequest:
    """Say which rows: from the first, from a row by its number, or from about a part of the whole on.

    That part is found by the statistics' landmarks; without any (a small table, an order they don't know) by counting.
    """
    if arguments.at is None:
        start = arguments.row - 1
        return PageRequest(start, arguments.limit, skip=start)
    share = arguments.at / 100
    start = int(opened.rows.estimate(relation, query, ctx).value * share)
    known = [mark for mark in opened.rows.landmarks(relation, query, ctx) if mark.fraction <= share]
    if known:
        return PageRequest(start, arguments.limit, near=known[-1].place, is_guess=True)
    return PageRequest(start, arguments.limit, skip=start, is_guess=True)


def _answer(
    relation: Relation,
    names: Sequence[str],
    found: Sequence[dict[str, Cell]],
    hidden: frozenset[str],
    page: Page,
    form: str,
) -> Result:
    cells = [
        {name: MASK if name in hidden and cell is not None else cell for name, cell in row.items()} for row in found
    ]
    data = {
        "relation": relation.name,
        "columns": tuple(names),
        "rows": cells,
        "start": page.start + 1,
        "is_last": page.is_last,
    }
    if form in FORMATS:
        columns = [relation.column(name) for name in names]
        sheet = Sheet(
            [SheetColumn(each.name, each.type, each.is_computed, each.name in hidden) for each in columns],
            [[masked(cell) if name in hidden else cell for name, cell in row.items()] for row in found],
        )
        return Result(data, written(FORMATS[form], sheet, relation.name).removesuffix("\r\n"))
    more = "" if page.is_last else f"\n({len(found)} rows; there are more)"
    return Result(data, table(names, [[shown(row[name]) for name in names] for row in cells]) + more)


def _explained(relation: Relation, cost: QueryCost) -> Result:
    """Say what the first rows cost by the planner's guesses, and which index would spare it."""
    index = cost.missing_index
    data: dict[str, Any] = {
        "relation": relation.name,
        "time": cost.time_class.value,
        "seconds": round(cost.seconds, 3),
        "rows_read": cost.rows_read,
        "rows_sorted": cost.rows_sorted,
        "seconds_at_most": round(max(cost.seconds, cost.seconds_at_most), 3),
        "reason": cost.reason.value if cost.is_worth_saying else None,
        "index": None if index is None else {"name": index.name, "statements": index.statements},
    }
    pairs = [
        ("time", f"{data['time']} (~{cost.seconds:.3g} s, at most ~{data['seconds_at_most']:.3g} s)"),
        ("rows read", f"~{cost.rows_read}"),
        ("rows sorted", f"~{cost.rows_sorted}"),
        ("because of", data["reason"] or "nothing"),
    ]
    advice = "" if index is None else "\n\n-- an index would help:\n" + "\n".join(index.statements)
    return Result(data, facts(pairs) + advice)


def _whole(
    opened: Workspace, relation: Relation, names: Sequence[str], page: Page, row: Row, ctx: TaskContext
) -> dict[str, Cell]:
    """Name the cells of a row, those that were cut fetched whole."""
    places = {name: page.columns.index(name) for name in names}
    cells = {name: row.cells[place] for name, place in places.items()}
    cut = [name for name, place in places.items() if row.is_cut(place)]
    if cut:
        cells.update(opened.rows.whole_cells(relation, row.key, cut, ctx, version=row.version))
    return cells
