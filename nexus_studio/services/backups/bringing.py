"""Rows of a backup as changes to be staged in today's database: nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nexus_studio.core.admin.tablecomparison import shared_columns
from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.schema.catalog import Editing, Generated, Relation
from nexus_studio.core.sql.comparing import shown_by_digest, whole_rows
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.comparing import BATCH, Sides, batches, both, read_rows
from nexus_studio.services.session import Session

STEP = "inside.bringing"

_BY_POSTGRESQL = frozenset({Generated.STORED, Generated.VIRTUAL})


def rows_back(
    backup: Session, live: Session, then: Relation, now: Relation, keys: Sequence[RowKey], ctx: TaskContext
) -> tuple[RowChange, ...]:
    """Return what makes rows be as the backup has them: gone ones as new rows, changed ones as edits.

    A row that the backup lacks, and one that is the same, needs nothing. Columns that the backup lacks are left to the
    database, and so are those it computes itself. Of a table without a key, whose rows `TableComparison` knows by their
    digest, each key is one new row. Progress step "inside.bringing" in rows.

    Args:
        backup: The database the backup was restored into.
        live: Today's, as whose time zone writes them cells are read; it is not written to.
        then: The table in the backup.
        now: The table today.
        keys: As `ComparedRow` has them.
        ctx: Whose token cancels it.
    """
    shared = shared_columns(then, now)
    found: list[RowChange] = []
    with both(backup, live, ctx) as sides:
        for done, batch in enumerate(batches(keys)):
            ctx.report(Progress(STEP, done * BATCH, len(keys), "rows"))
            if shared.key:
                found += _by_key(sides, replace(then, key=shared.key), now, shared.names, batch)
            else:
                found += _by_digest(sides, then, now, shared.names, batch)
    return tuple(replace(change, draft=number) for number, change in enumerate(found, start=1))


def _by_key(
    sides: Sides, then: Relation, now: Relation, columns: Sequence[str], keys: Sequence[RowKey]
) -> list[RowChange]:
    width = len(then.key)
    was, is_ = (
        {RowKey(record[:width]): dict(zip(columns, record[width:], strict=True)) for record in records}
        for records in (
            read_rows(sides.then, then, whole_rows(then, columns, keys)),
            read_rows(sides.now, now, whole_rows(now, columns, keys)),
        )
    )
    found: list[RowChange] = []
    order = {key: number for number, key in enumerate(keys)}
    # keys as the database writes them, which a person may have written otherwise
    for key in sorted(was, key=lambda each: order.get(each, len(order))):
        change = _edit(now, key, was[key], is_[key]) if key in is_ else _new_row(now, was[key])
        found += [change] if change is not None else []
    return found


def _by_digest(
    sides: Sides, then: Relation, now: Relation, columns: Sequence[str], keys: Sequence[RowKey]
) -> list[RowChange]:
    digests = list(dict.fromkeys(key.cells[0] or "" for key in keys))
    records = read_rows(sides.then, then, shown_by_digest(then, columns, digests, whole=True))
    rows = {record[0]: dict(zip(columns, record[1:], strict=True)) for record in records}
    return [_new_row(now, rows[key.cells[0]]) for key in keys if key.cells[0] in rows]


def _new_row(now: Relation, cells: dict[str, Cell]) -> RowChange:
    values = {
        name: cell
        for name, cell in cells.items()
        if now.column(name).may_insert and now.column(name).generated not in _BY_POSTGRESQL
    }
    return RowChange(now.name, ChangeKind.INSERT, 0, values=values, keeps_identity=True)


def _edit(now: Relation, key: RowKey, was: dict[str, Cell], is_: dict[str, Cell]) -> RowChange | None:
    """Return the edit of a row that is another by now; None where nothing can or has to be changed."""
    if now.editing is not Editing.BY_KEY:
        return None
    values = {
        name: cell
        for name, cell in was.items()
        if cell != is_[name] and now.column(name).may_update and not now.column(name).is_computed
    }
    base = {name: is_[name] for name in values}
    return RowChange(now.name, ChangeKind.UPDATE, 0, key, values, base) if values else None
