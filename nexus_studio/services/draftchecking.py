"""A draft against the rows as they are now: what is there already, what others changed, what is gone. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, Integer, literal_column, select, text

from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.draftfit import Checked, compared
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import equals, has_version, is_still, table_of
from nexus_studio.core.sql.select import key_clause, places_statement
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.rowgathering import whole_statement
from nexus_studio.services.session import Session

_ROWS: Final = 100  # of a statement
_LOOKED_FOR: Final = 20  # new rows without a key that are looked for by their values: it may take reading the table
_LOOK_MS: Final = 2_000

_LIMIT: Final = text("SELECT pg_catalog.set_config('statement_timeout', CAST(:limit AS text), true)")


@dataclass(frozen=True, slots=True)
class CheckedDraft:
    """What can be staged.

    `done` counts rows that hold already what was staged; `unsure` names drafts of new rows that
    a save may have written before the process ended, `alike` those of them with whose values a row is there.
    """

    rows: tuple[Checked, ...]
    done: int = 0
    unsure: frozenset[int] = frozenset()
    alike: frozenset[int] = frozenset()


def check_draft(
    session: Session, relation: Relation, rows: Sequence[StagedRow], ctx: TaskContext, *, saving: bool = False
) -> CheckedDraft:
    """Compare staged rows with those on the server. Progress step "rows.checking".

    Args:
        session: Of the database they were staged in.
        relation: As it is now; the rows fit it (see `draftfit`).
        rows: What was staged.
        ctx: Cancels it.
        saving: A save of them had begun when the process ended.
    """
    found: dict[int, Checked] = {}
    unsure: set[int] = set()
    with session.read(ctx) as connection:
        reach_operators(connection, (relation,))
        for done, part in _parts(rows):
            ctx.report(Progress("rows.checking", done, len(rows), "rows"))
            found.update(_checked(connection, relation, part))
        begun = {draft for draft, each in found.items() if each.row is not None and (saving or each.row.is_doubtful)}
        found, unsure = _without_written(connection, relation, found, begun)
        alike = frozenset(
            draft for draft in sorted(unsure)[:_LOOKED_FOR] if _is_there(connection, relation, found[draft])
        )
    checked = tuple(found[row.draft] for row in rows)
    staged = tuple(each for each in checked if each.row is not None)
    return CheckedDraft(staged, len(checked) - len(staged), frozenset(unsure), alike)


def _parts(rows: Sequence[StagedRow]) -> Iterator[tuple[int, Sequence[StagedRow]]]:
    for first in range(0, len(rows), _ROWS):
        yield first, rows[first : first + _ROWS]


def _checked(connection: Connection, relation: Relation, rows: Sequence[StagedRow]) -> Iterator[tuple[int, Checked]]:
    by_key = [row for row in rows if row.key is not None and not row.key.by_place]
    stored = _stored(connection, relation, by_key)
    for row in rows:
        if row.key is None:
            yield row.draft, Checked(row)
        elif row.key.by_place:
            yield row.draft, _found_by_cells(connection, relation, row, row.key)
        elif row.key not in stored:
            vanished = Conflict(row.draft, vanished=True)
            yield row.draft, Checked(None) if row.kind is ChangeKind.DELETE else Checked(row, vanished)
        else:
            version, cells = stored[row.key]
            yield row.draft, compared(row, cells, version)


def _stored(
    connection: Connection, relation: Relation, rows: Sequence[StagedRow]
) -> dict[RowKey, tuple[Cell, Mapping[str, Cell]]]:
    """Read whole cells of these rows by key: of the columns that any of them edits or stands on."""
    keys = tuple(row.key for row in rows if row.key is not None)
    if not keys:
        return {}
    columns = sorted({name for row in rows for name in (*row.values, *row.base)})
    width, versioned = len(relation.key), has_version(relation)
    found: dict[RowKey, tuple[Cell, Mapping[str, Cell]]] = {}
    asked = {key.cells: key for key in keys}
    for record in connection.execute(whole_statement(relation, keys, columns)):
        version, *cells = record if versioned else (None, *record)
        key = asked.get(tuple(cells[:width]))
        if key is not None:
            found[key] = (version, dict(zip(columns, cells[width:], strict=True)))
    return found


def _found_by_cells(connection: Connection, relation: Relation, row: StagedRow, key: RowKey) -> Checked:
    """Find a row without key by all its cells: it may have moved."""
    if not row.base:
        return Checked(row, Conflict(row.draft, unidentified=True))
    table = table_of(relation)
    same = [is_still(table.c[name], cell, relation.column(name).type) for name, cell in row.base.items()]
    one = literal_column("1", Integer)
    here = select(one).select_from(table).where(key_clause(relation, table, key), *same)
    if connection.execute(here).first() is not None:  # which spares reading the whole table
        return Checked(row)
    places = list(connection.execute(places_statement(relation, row.base)).scalars())
    if len(places) == 1:
        return Checked(replace(row, key=RowKey((places[0],), by_place=True)))
    return Checked(row, Conflict(row.draft, unidentified=True))


def _without_written(
    connection: Connection, relation: Relation, found: Mapping[int, Checked], begun: set[int]
) -> tuple[dict[int, Checked], set[int]]:
    """Leave out new rows that the save had written, as far as their key tells; name those of which nobody can.

    `begun`: the drafts that a save had begun to write.
    """
    kept, unsure = dict(found), set[int]()
    rows = {draft: each.row for draft, each in found.items() if draft in begun and each.row is not None}
    new = {draft: row for draft, row in rows.items() if row.kind is ChangeKind.INSERT}
    keyed: dict[int, StagedRow] = {}
    for draft, row in new.items():
        cells = tuple(row.values.get(name) for name in relation.key)
        texts = tuple(cell for cell in cells if isinstance(cell, str))
        if texts and len(texts) == len(cells):
            keyed[draft] = replace(row, kind=ChangeKind.UPDATE, key=RowKey(texts))
        else:
            unsure.add(draft)
    for _, part in _parts(tuple(keyed.values())):
        stored = _stored(connection, relation, part)
        for row in part:
            if row.key in stored and compared(row, stored[row.key][1]).row is None:
                kept[row.draft] = Checked(None)  # else it is somebody else's: the server will refuse the same key
    return kept, unsure


def _is_there(connection: Connection, relation: Relation, checked: Checked) -> bool:
    """Look for a row that holds all that was given to a new one; what can't be found out in time is not there."""
    given = {} if checked.row is None else checked.row.values
    cells = {name: cell for name, cell in given.items() if cell is not DEFAULT and relation.column(name).may_select}
    if not cells:
        return False
    table = table_of(relation)
    same = [equals(table.c[name], cell, relation.column(name).type) for name, cell in cells.items()]
    try:
        with translated(), connection.begin_nested():
            connection.execute(_LIMIT, {"limit": f"{_LOOK_MS}ms"})
            statement = select(literal_column("1", Integer)).select_from(table).where(*same).limit(1)
            return connection.execute(statement).first() is not None
    except StudioError:
        return False
