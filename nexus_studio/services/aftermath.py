"""What became of rows that a save did not find, or found and could not write. Asks within the save's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.merge import CellConflict, Conflict
from nexus_studio.core.errors import EditConflict, RowsRefused, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation, RelationKind
from nexus_studio.core.sql.dml import written_values
from nexus_studio.core.sql.expressions import VERSION, has_version
from nexus_studio.core.sql.select import cells_statement, places_statement
from nexus_studio.core.sql.steps import Step


def at_its_new_place(connection: Connection, relation: Relation, change: RowChange) -> RowChange | None:
    """Find a row without key by its cells when it has moved; None when it has not, or when several rows look like it.

    A row moves when it is written, even if nothing in it changes.
    """
    if change.key is None or not change.key.by_place:
        return None
    places = _places(connection, relation, change)
    if len(places) != 1 or places == list(change.key.cells):
        return None
    return replace(change, key=RowKey((places[0],), by_place=True))


def on_the_same(connection: Connection, relation: Relation, change: RowChange) -> RowChange | None:
    """Return an update that finds what it was to write written already, by somebody else, as one standing on that.

    None where others wrote anything else. The row is locked, so that the answer holds.
    """
    if change.kind is not ChangeKind.UPDATE or change.key is None or change.key.by_place or change.version is not None:
        return None
    columns = tuple(change.base)
    statement = cells_statement(relation, change.key, columns)
    if relation.may_update and relation.kind in {RelationKind.TABLE, RelationKind.PARTITIONED}:
        statement = statement.with_for_update()
    record = connection.execute(statement).first() if columns else None
    if record is None:
        return None
    theirs: dict[str, Cell] = dict(zip(columns, record, strict=True))
    others = {name: cell for name, cell in theirs.items() if cell != change.base[name]}
    if not others or any(change.values.get(name, DEFAULT) != cell for name, cell in others.items()):
        return None
    return replace(change, base=theirs)


def may_be_redirected(relation: Relation) -> bool:
    """Tell whether a trigger may put new rows elsewhere.

    Partitioning by inheritance does: its BEFORE trigger writes into a child and returns NULL, so that no row counts.
    """
    return relation.kind is RelationKind.TABLE and not relation.has_ctid


def verdict(
    connection: Connection,
    missed: Sequence[Step],
    relations: Mapping[RelationName, Relation],
    deleted: bool,
) -> StudioError | None:
    """Say why changes were not written; None when every row was to be deleted and went along with another.

    Conflicts are told first: a person can settle them.

    Args:
        connection: That of the save, before it is rolled back.
        missed: The changes that wrote no row.
        relations: As handed to the save.
        deleted: Whether the same save deleted rows before.
    """
    conflicts: list[Conflict] = []
    refused: list[Step] = []
    for one in missed:
        relation, change = relations[one.change.relation], one.staged or one.change
        if change.kind is ChangeKind.INSERT:
            refused.append(one)
            continue
        conflict = _what_happened(connection, relation, change)
        if conflict is None:
            refused.append(one)
        elif not (deleted and conflict.vanished and _goes_along(relation, change)):
            conflicts.append(conflict)
    if conflicts:
        return _conflict(conflicts)
    if not refused:
        return None
    first = refused[0]
    code = "rows.not_written" if first.change.kind is ChangeKind.INSERT else "rows.refused"
    return RowsRefused(code, change=first.index, relation=str(first.change.relation), rows=len(refused))


def _goes_along(relation: Relation, change: RowChange) -> bool:
    return change.kind is ChangeKind.DELETE and any(key.on_delete == "cascade" for key in relation.foreign_keys)


def _what_happened(connection: Connection, relation: Relation, change: RowChange) -> Conflict | None:
    """Compare what the row was, what it should become and what it is now; None when it is as it was."""
    if change.key is None:
        return Conflict(change.draft, vanished=True)
    if change.key.by_place:
        # Another row may have moved into its place: only the cells tell whether it is the same.
        found = _places(connection, relation, change)
        return None if len(found) == 1 or change.key.cells[0] in found else Conflict(change.draft, unidentified=True)
    columns = tuple(change.base)
    versions = (VERSION,) if change.version is not None and has_version(relation) else ()
    record = connection.execute(cells_statement(relation, change.key, (*columns, *versions, *relation.key))).first()
    if record is None:
        return Conflict(change.draft, vanished=True)
    mine = written_values(relation, change)
    cells = tuple(
        CellConflict(name, change.base[name], mine.get(name, change.base[name]), theirs)
        for name, theirs in zip(columns, record[: len(columns)], strict=True)
        if theirs != change.base[name]
    )
    is_other = bool(versions) and record[len(columns)] != change.version
    return Conflict(change.draft, cells=cells) if cells or is_other else None


def _places(connection: Connection, relation: Relation, change: RowChange) -> list[str | None]:
    return list(connection.execute(places_statement(relation, change.base)).scalars())


def _conflict(conflicts: Sequence[Conflict]) -> EditConflict:
    code = "rows.conflict"
    if all(conflict.vanished for conflict in conflicts):
        code = "rows.vanished"
    elif all(conflict.unidentified for conflict in conflicts):
        code = "rows.unidentified"
    return EditConflict(code, conflicts=tuple(conflicts), rows=len(conflicts))
