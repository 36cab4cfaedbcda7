"""The commands `relations`, `rows` and `set`: the data, by the same services that the window uses."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from nexus_studio.cli_output import Result, facts, table
from nexus_studio.cli_target import workspace
from nexus_studio.core.data.cells import DEFAULT, Cell, PageRequest, Row, RowKey, StagedCell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.filters import OPERATORS, AllOf, Arity, Condition, operators_for
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import InvalidValue, UnknownRelation, UserError
from nexus_studio.core.names import RelationName, parse_relation_name
from nexus_studio.core.schema.catalog import Column, Editing, Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.workspace import Workspace

MASK: Final = "•••"
_CODECS: Final = built_in_codecs()
_SHOWN_WIDTH: Final = 40  # characters of a cell in a table for people; --json has all of it


def relations(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """List the tree."""
    with workspace(arguments, ctx) as opened:
        summaries = opened.catalog.tree(ctx).summaries.values()
    data = [
        {
            "schema": each.name.schema,
            "name": each.name.name,
            "kind": each.kind.name.lower(),
            "rows_estimated": each.rows,
            "partition_of": None if each.parent is None else str(each.parent),
            "comment": each.comment,
            "may_select": each.may_select,
        }
        for each in summaries
    ]
    lines = [
        (each.name, each.kind.name.lower(), "?" if each.rows is None else f"~{each.rows}", each.comment)
        for each in summaries
        if each.parent is None
    ]
    return Result({"relations": data}, table(("relation", "kind", "rows", "comment"), lines, right=(2,)))


def rows(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Read rows, or count them."""
    with workspace(arguments, ctx) as opened:
        relation = _relation(opened, arguments.relation, ctx)
        query = RowQuery(
            relation.name,
            AllOf(tuple(_condition(text, relation) for text in arguments.where)),
            arguments.search,
            tuple(_sort(text, relation) for text in arguments.sort),
        )
        if arguments.count:
            counted = opened.rows.count(relation, query, ctx)
            data: dict[str, Any] = {"relation": relation.name, "count": counted.value}
            return Result(data, str(counted.value))
        page = opened.rows.fetch(relation, query, PageRequest(0, arguments.limit), 0, ctx)
        hidden = _hidden(opened, relation)
        found = []
        for row in page.rows:
            cells = _whole(opened, relation, page.columns, row, ctx)
            found.append({name: MASK if name in hidden and cell is not None else cell for name, cell in cells.items()})
    data = {"relation": relation.name, "columns": page.columns, "rows": found, "is_last": page.is_last}
    lines = [[_shown(cells[name]) for name in page.columns] for cells in found]
    more = "" if page.is_last else f"\n({len(found)} rows; there are more)"
    return Result(data, table(page.columns, lines) + more)


def set_cells(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Change cells of one row; with --dry-run only show the SQL."""
    with workspace(arguments, ctx) as opened:
        relation = _relation(opened, arguments.relation, ctx)
        if relation.editing is not Editing.BY_KEY:
            raise UserError("cli.read_only_relation", relation=str(relation.name), reason=relation.editing.value)
        key = _key(arguments.key, relation)
        values = _values(arguments, relation)
        if not values:
            raise UserError("cli.nothing_to_set")
        if opened.rows.row_by_key(relation, key, ctx) is None:
            raise UserError("cli.no_such_row", relation=str(relation.name))
        base = opened.rows.whole_cells(relation, key, tuple(values), ctx)
        change = RowChange(relation.name, ChangeKind.UPDATE, 0, key, values, base)
        statements = opened.writer.preview(relation, (change,))
        if not arguments.dry_run:
            opened.writer.apply((change,), {relation.name: relation}, ctx)
        hidden = _hidden(opened, relation) & set(values)
    before = {name: MASK if name in hidden and cell is not None else cell for name, cell in base.items()}
    changed = {name: {"from": before.get(name), "to": _said(value)} for name, value in values.items()}
    # The statement names the old values as its guard.
    shown = (f"-- {len(statements)} statement, masked",) if hidden else statements
    data = {"relation": relation.name, "applied": not arguments.dry_run, "changed": changed, "sql": shown}
    pairs = [(name, f"{_null(each['from'])} → {_null(each['to'])}") for name, each in changed.items()]
    text = "\n".join(shown) if arguments.dry_run else facts(pairs)
    return Result(data, text)


def _relation(opened: Workspace, text: str, ctx: TaskContext) -> Relation:
    """Find a relation as typed; a bare name is looked for in the profile's schema."""
    try:
        name = parse_relation_name(text, opened.session.profile.schema)
    except ValueError:
        raise UnknownRelation(relation=text) from None
    try:
        return opened.catalog.relation(name, ctx)
    except UnknownRelation:
        if name.schema == "public" or "." in text:
            raise
        return opened.catalog.relation(RelationName("public", name.name), ctx)


def _hidden(opened: Workspace, relation: Relation) -> frozenset[str]:
    """Name the columns whose values this connection does not show."""
    return opened.overlay.of(relation).sensitive if opened.session.profile.masking else frozenset()


def _condition(text: str, relation: Relation) -> Condition:
    """Read COLUMN:OPERATOR[:VALUE]; several values are separated by "|". The longest column name that fits wins."""
    names = sorted((c.name for c in relation.columns if text.startswith(f"{c.name}:")), key=len, reverse=True)
    if not names:
        column = text.partition(":")[0]
        relation.column(column)  # raises where there is none
        raise UserError("cli.condition", text=text, operators=_operators(relation, column))
    column = names[0]
    key, _, rest = text[len(column) + 1 :].partition(":")
    operator = OPERATORS.get(key)
    if operator is None or not operator.fits(relation.column(column).type):
        raise UserError("cli.condition", text=text, operators=_operators(relation, column))
    if operator.arity is Arity.NONE:
        return Condition(column, key)
    values = tuple(rest.split("|")) if operator.arity in {Arity.TWO, Arity.MANY} else (rest,)
    if not operator.accepts(len(values)):
        raise UserError("cli.condition", text=text, operators=_operators(relation, column))
    return Condition(column, key, values)


def _operators(relation: Relation, column: str) -> tuple[str, ...]:
    return tuple(operator.key for operator in operators_for(relation.column(column).type))


def _sort(text: str, relation: Relation) -> Sort:
    column, _, direction = text.rpartition(":") if text.endswith((":desc", ":asc")) else (text, "", "")
    return Sort(relation.column(column).name, direction == "desc")


def _whole(
    opened: Workspace, relation: Relation, columns: Sequence[str], row: Row, ctx: TaskContext
) -> dict[str, Cell]:
    """Name the cells of a row, those that were cut fetched whole."""
    cells = dict(zip(columns, row.cells, strict=True))
    cut = [name for index, name in enumerate(columns) if row.is_cut(index)]
    if cut:
        cells.update(opened.rows.whole_cells(relation, row.key, cut, ctx))
    return cells


def _assigned(texts: Sequence[str], relation: Relation) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise UserError("cli.assignment", text=text)
        found[relation.column(name).name] = value
    return found


def _key(texts: Sequence[str], relation: Relation) -> RowKey:
    given = _assigned(texts, relation)
    if set(given) != set(relation.key):
        raise UserError("cli.key", relation=str(relation.name), columns=relation.key)
    return RowKey(tuple(given[name] for name in relation.key))


def _values(arguments: argparse.Namespace, relation: Relation) -> dict[str, StagedCell]:
    values: dict[str, StagedCell] = dict(_assigned(arguments.assignments, relation))
    values.update((relation.column(name).name, None) for name in arguments.null)
    values.update((relation.column(name).name, DEFAULT) for name in arguments.default)
    for name in values:
        column = relation.column(name)
        if column.is_computed or not column.may_update:
            raise UserError("cli.read_only_column", column=name)
    for name, value in values.items():
        if isinstance(value, str):
            _check(value, relation.column(name))
    return values


def _check(value: str, column: Column) -> None:
    """Refuse what PostgreSQL would cut or round without a word, as the window does."""
    try:
        _CODECS.for_type(column.type).check(value, column.type)
    except InvalidValue as error:
        error.facts["column"] = column.name
        raise


def _said(value: StagedCell) -> Cell | dict[str, bool]:
    """Tell DEFAULT apart from every text a cell may hold."""
    return {"default": True} if value is DEFAULT else value


def _null(cell: object) -> str:
    return "NULL" if cell is None else "DEFAULT" if isinstance(cell, dict) else _shown(str(cell))


def _shown(cell: Cell) -> str:
    if cell is None:
        return "NULL"
    return cell if len(cell) <= _SHOWN_WIDTH else cell[: _SHOWN_WIDTH - 1] + "…"


RUNS: Final[Mapping[str, Callable[[argparse.Namespace, TaskContext], Result]]] = {
    "relations": relations,
    "rows": rows,
    "set": set_cells,
}
