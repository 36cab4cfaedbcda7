"""What `backup open`, `compare` and `bring-back` do: a backup restored to be looked at, and gone afterwards."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nexus_studio.cli_backup_spec import maybe_opened, place_of, trusted_file
from nexus_studio.cli_output import Result, dumps, facts, table
from nexus_studio.cli_relations import MASK, hidden_columns, relation_of, shown
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_workspace import workspace
from nexus_studio.core.admin.tablecomparison import ComparedRow, Fate, TableComparison
from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.errors import UserError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.core.urls import url_of
from nexus_studio.services.backups.inside import Inside, open_inside
from nexus_studio.services.paths import Paths
from nexus_studio.services.workspace import Workspace

Run = Callable[[argparse.Namespace, TaskContext], Result]

_FATES: Final[Mapping[Fate, str]] = {
    Fate.ONLY_IN_BACKUP: "only in the backup",
    Fate.ONLY_NOW: "only now",
    Fate.CHANGED: "changed",
}


def open_backup(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Restore a backup to a scratch database, print its URL, and drop it when a signal comes."""
    file = trusted_file(arguments, ctx)
    with (
        maybe_opened(arguments, ctx) as session,
        open_inside(session, Paths.default(), file, ctx, prefer=place_of(arguments)) as inside,
    ):
        data = {
            "url": url_of(inside.session.profile),
            "file": file,
            "tables": len(inside.tables(ctx)),
            "where": inside.where,
            "missing_extensions": inside.missing_extensions,
            "problems": inside.problems,
        }
        pairs = [(name, value) for name, value in data.items() if isinstance(value, str | int)]
        pairs += [("missing", f"extension {each}") for each in inside.missing_extensions]
        pairs += [("problem", each) for each in inside.problems]
        # The answer is wanted while it is there, not after: scripts read the URL off the first line.
        sys.stdout.write((dumps(data) if arguments.json else facts(pairs)) + "\n")
        sys.stdout.flush()
        stopped = threading.Event()
        with ctx.token.calling(stopped.set):  # Ctrl+C cancels the token
            stopped.wait()
    return Result()


def compare(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say what a table has lost, gained and changed since the backup."""
    file = trusted_file(arguments, ctx)
    with workspace(arguments, ctx) as opened, _inside(arguments, file, opened, ctx) as inside:
        relation = relation_of(opened, arguments.table, ctx)
        found = inside.compare(relation.name, opened.session, ctx, limit=arguments.limit)
        hidden = hidden_columns(opened, relation)
    return Result(_comparison_data(found, hidden), _comparison_text(found, hidden))


def bring_back(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Show the SQL that brings rows back; with --yes or --confirm write them, in one transaction."""
    file = trusted_file(arguments, ctx)
    with workspace(arguments, ctx) as opened:
        relation = relation_of(opened, arguments.table, ctx)
        keys = tuple(_key(each, relation) for each in arguments.key)
        writes = bool(arguments.yes or arguments.confirm is not None)
        if writes:  # refused before the backup is restored, which may take long
            require_rail(arguments, opened.session, "rows.save")
        with _inside(arguments, file, opened, ctx) as inside:
            changes = inside.bring_back(relation.name, keys, opened.session, ctx)
        if not changes:
            raise UserError("cli.nothing_to_bring_back", relation=str(relation.name))
        statements = opened.writer.preview(relation, changes)
        if writes:
            witness = opened.history.witness(
                arguments.reason or ("" if opened.session.profile.requires_reason else f"from {file.name}"),
                arguments.ticket,
                must_keep=not arguments.without_history,
            )
            opened.writer.apply(changes, {relation.name: relation}, ctx, witness=witness)
        hidden = hidden_columns(opened, relation)
    said = [f"-- {len(statements)} statements, masked"] if hidden else list(statements)
    data = {"relation": relation.name, "applied": writes, "rows": len(changes), "sql": said}
    if writes:
        return Result(data, f"{_rows(len(changes))} of {relation.name} brought back.")
    return Result(data, "\n".join([*said, "-- nothing was written: add --yes"]))


def _inside(arguments: argparse.Namespace, file: Path, opened: Workspace, ctx: TaskContext) -> Inside:
    return open_inside(opened.session, Paths.default(), file, ctx, prefer=place_of(arguments))


def _key(texts: Sequence[str], relation: Relation) -> RowKey:
    given: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise UserError("cli.assignment", text=text)
        given[name] = value
    if not relation.key or set(given) != set(relation.key):
        raise UserError("cli.key", relation=str(relation.name), columns=relation.key)
    return RowKey(tuple(given[name] for name in relation.key))


def _comparison_data(found: TableComparison, hidden: Collection[str]) -> dict[str, Any]:
    return {
        "relation": found.relation,
        "is_same": found.is_same,
        "key": found.key,
        "columns": found.columns,
        "rows_in_backup": found.rows_then,
        "rows_now": found.rows_now,
        "only_in_backup": found.only_in_backup,
        "only_now": found.only_now,
        "changed": found.changed,
        "rows": [
            {
                "fate": each.fate,
                "key": _cells(found.key, each.key.cells, hidden) if found.key else None,
                "in_backup": _cells(found.columns, each.then, hidden),
                "now": _cells(found.columns, each.now, hidden),
                "changed": each.changed,
                "copies": each.copies,
            }
            for each in found.rows
        ],
        "column_differences": [
            {"column": each.name, "in_backup": each.then or None, "now": each.now or None}
            for each in found.column_differences
        ],
    }


def _cells(names: Sequence[str], cells: Sequence[Cell] | None, hidden: Collection[str]) -> dict[str, Cell] | None:
    if cells is None:
        return None
    return {
        name: MASK if name in hidden and cell is not None else cell for name, cell in zip(names, cells, strict=True)
    }


def _comparison_text(found: TableComparison, hidden: Collection[str]) -> str:
    pairs = [
        ("table", found.relation),
        ("rows", f"{found.rows_then:,} in the backup, {found.rows_now:,} now"),
        ("only in the backup", f"{found.only_in_backup:,}"),
        ("only now", f"{found.only_now:,}"),
        ("changed", f"{found.changed:,}"),
    ]
    pairs += [
        ("column", f"{each.name}: {each.then or 'none'} in the backup, {each.now or 'none'} now")
        for each in found.column_differences
    ]
    text = facts(pairs)
    if found.rows:
        headers = ("what", *(found.key or ("row",)), "columns")
        text += "\n\n" + table(headers, [_line(found, each, hidden) for each in found.rows])
    return text


def _line(found: TableComparison, row: ComparedRow, hidden: Collection[str]) -> tuple[object, ...]:
    if found.key:
        key = zip(found.key, row.key.cells, strict=True)
        return (_FATES[row.fate], *(_shown(name, cell, hidden) for name, cell in key), ", ".join(row.changed))
    cells = (row.then if row.then is not None else row.now) or ()
    copies = f"{row.copies} times" if row.copies > 1 else ""
    values = [_shown(name, cell, hidden) for name, cell in zip(found.columns, cells, strict=True)]
    return (_FATES[row.fate], ", ".join(values), copies)


def _shown(name: str, cell: Cell, hidden: Collection[str]) -> str:
    return MASK if name in hidden and cell is not None else shown(cell)


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"


RUNS: Final[Mapping[str, Run]] = {
    "backup open": open_backup,
    "backup compare": compare,
    "backup bring-back": bring_back,
}
"""By "command action"."""
