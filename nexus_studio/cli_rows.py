"""The commands `relations` and `set` (`rows` is in `cli_reading`), by the same services that the window uses."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from nexus_studio.cli_output import Result, facts, table
from nexus_studio.cli_reading import rows
from nexus_studio.cli_relations import MASK, hidden_columns, relation_of, shown
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_workspace import workspace
from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey, StagedCell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.impact import Impact, may_reach_further
from nexus_studio.core.errors import InvalidValue, UserError
from nexus_studio.core.schema.catalog import Column, Editing, Relation
from nexus_studio.core.tasks import TaskContext

_CODECS: Final = built_in_codecs()


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


def set_cells(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Change cells of one row; with --dry-run only show the SQL, and what else the database would do."""
    with workspace(arguments, ctx) as opened:
        relation = relation_of(opened, arguments.relation, ctx)
        if relation.editing is not Editing.BY_KEY:
            raise UserError("cli.read_only_relation", relation=str(relation.name), reason=relation.editing.value)
        key = row_key(arguments.key, relation)
        values = _values(arguments, relation)
        if not values:
            raise UserError("cli.nothing_to_set")
        row = opened.rows.row_by_key(relation, key, ctx)
        if row is None:
            raise UserError("cli.no_such_row", relation=str(relation.name))
        hidden = hidden_columns(opened, relation) & set(values)
        seen = tuple(name for name in values if name not in hidden)
        base = opened.rows.whole_cells(relation, key, seen, ctx) if seen else {}
        # What hidden cells hold is never read: that nobody changed them meanwhile is told by the row's version.
        change = RowChange(relation.name, ChangeKind.UPDATE, 0, key, values, base, row.version if hidden else None)
        statements = opened.writer.preview(relation, (change,))
        impact: Impact | None = None
        if arguments.dry_run and may_reach_further({relation.name: relation}, (change,)):
            impact = opened.writer.impact((change,), {relation.name: relation}, ctx)
        if not arguments.dry_run:
            require_rail(arguments, opened.session, "rows.save", loses=False)
            witness = opened.history.witness(
                arguments.reason, arguments.ticket, must_keep=not arguments.without_history
            )
            opened.writer.apply((change,), {relation.name: relation}, ctx, witness=witness)
    before = {**base, **dict.fromkeys(hidden, MASK)}
    changed = {name: {"from": before.get(name), "to": _said(value)} for name, value in values.items()}
    # The statement names the old values as its guard.
    shown = (f"-- {len(statements)} statement, masked",) if hidden else statements
    data = {"relation": relation.name, "applied": not arguments.dry_run, "changed": changed, "sql": shown}
    if impact is not None:
        data["impact"] = _impact(impact)
    pairs = [(name, f"{_null(each['from'])} → {_null(each['to'])}") for name, each in changed.items()]
    text = "\n".join([*shown, *_impact_lines(impact)]) if arguments.dry_run else facts(pairs)
    return Result(data, text)


def _impact(impact: Impact) -> dict[str, object]:
    """Say what else a save would do; `known` is false where it could not be tried, and `reason` is why."""
    tables = [
        {
            "relation": str(each.relation),
            "removed": each.removed,
            "changed": each.changed,
            "added": each.added,
            "foreign_keys": each.keys,
            "by_triggers": each.by_triggers,
        }
        for each in impact.tables
    ]
    reason = None if impact.unknown is None else impact.unknown.code
    return {"known": reason is None, "reason": reason, "tables": tables, "triggers": impact.triggers}


def _impact_lines(impact: Impact | None) -> list[str]:
    if impact is None:
        return []
    if impact.unknown is not None:
        return [f"-- what else it would do is not known: {impact.unknown.code}"]
    return [
        f"-- besides: {each.relation}: {each.removed} removed, {each.changed} changed, {each.added} added"
        for each in impact.tables
    ]


def _assigned(texts: Sequence[str], relation: Relation) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise UserError("cli.assignment", text=text)
        found[relation.column(name).name] = value
    return found


def row_key(texts: Sequence[str], relation: Relation) -> RowKey:
    """Read a key as typed: COLUMN=VALUE of each of its columns."""
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
    return "NULL" if cell is None else "DEFAULT" if isinstance(cell, dict) else shown(str(cell))


RUNS: Final[Mapping[str, Callable[[argparse.Namespace, TaskContext], Result]]] = {
    "relations": relations,
    "rows": rows,
    "set": set_cells,
}
