"""RowWriter: a frozen change set shown as SQL, or applied in one transaction, or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.merge import CellConflict, Conflict
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConstraintViolated, EditConflict, InvalidValue, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.dml import Planned, statements_for, written_values
from nexus_studio.core.sql.preview import readable
from nexus_studio.core.sql.select import cells_statement
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.culprits import named_columns
from nexus_studio.services.dberrors import translated
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.session import Session

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_FOLLOWED = {"cascade", "set null", "set default"}


class RowWriter:
    """Writes staged changes through a session. Stateless; any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def preview(self, relation: Relation, changes: Sequence[RowChange]) -> tuple[str, ...]:
        """Return the SQL that `apply` would run, in its order, for people to read; it is never executed."""
        return tuple(readable(planned.statement) for planned in statements_for({relation.name: relation}, changes))

    def apply(
        self, changes: Sequence[RowChange], relations: Mapping[RelationName, Relation], ctx: TaskContext
    ) -> Effects:
        """Write all changes in one transaction; each update and delete must touch exactly one row.

        Raises:
            EditConflict: rows changed or vanished meanwhile; `conflicts` has base, mine and theirs. Nothing written.
            ConstraintViolated: refused; facts `change` (index in `changes`, -1 when not known) and `columns`.
            InvalidValue: refused; facts `change` and `column` ("" when not known).
            StudioError: anything else the server said, with fact `change` where one statement was refused.
        """
        _refuse_unwritable(changes)
        planned = statements_for(relations, changes)
        missed: list[Planned] = []
        try:
            with self._session.write(ctx) as connection:
                reach_operators(connection, relations.values())
                for done, one in enumerate(planned):
                    ctx.report(Progress("rows.saving", done, len(planned), "rows"))
                    rows = _execute(connection, one, ctx)
                    if rows != 1 and one.change.kind is not ChangeKind.INSERT:  # a trigger may redirect an insert
                        missed.append(one)
                if missed:
                    raise _conflict(
                        [_what_happened(connection, relations[m.change.relation], m.change) for m in missed]
                    )
        except (ConstraintViolated, InvalidValue) as error:
            raise self._located(error, changes, relations) from error
        return _effects(planned, relations)

    def _located(
        self, error: StudioError, changes: Sequence[RowChange], relations: Mapping[RelationName, Relation]
    ) -> StudioError:
        """Find the columns to blame, with a few questions to the server where it did not name them."""
        index = error.facts.setdefault("change", -1)
        if not isinstance(index, int) or index < 0:
            return error
        change = changes[index]
        columns = named_columns(self._session, relations[change.relation], change, error)
        if isinstance(error, InvalidValue):
            error.facts["column"] = columns[0] if columns else ""
        else:
            error.facts["columns"] = columns
        return error


def _execute(connection: Connection, planned: Planned, ctx: TaskContext) -> int:
    """Run one statement; its error says which change it belongs to."""
    try:
        with translated(ctx.token):
            return connection.execute(planned.statement).rowcount
    except StudioError as error:
        error.facts["change"] = planned.index
        raise


def _refuse_unwritable(changes: Sequence[RowChange]) -> None:
    """Refuse text that can't be sent: PostgreSQL's text has no NUL, and UTF-8 no lone surrogates."""
    for index, change in enumerate(changes):
        for column, cell in change.values.items():
            if not isinstance(cell, str):
                continue
            if "\0" in cell:
                raise InvalidValue(column=column, reason="value.nul", change=index)
            if _LONE_SURROGATE.search(cell):
                raise InvalidValue(column=column, reason="value.not_text", change=index)


def _what_happened(connection: Connection, relation: Relation, change: RowChange) -> Conflict:
    """Compare what the row was, what it should become and what it is now."""
    if change.key is None:
        return Conflict(change.draft, vanished=True)
    columns = tuple(change.base)
    record = connection.execute(cells_statement(relation, change.key, (*columns, *relation.key))).first()
    if record is None:
        return Conflict(change.draft, vanished=True)
    mine = written_values(relation, change)
    cells = tuple(
        CellConflict(name, change.base[name], mine.get(name, change.base[name]), theirs)
        for name, theirs in zip(columns, record[: len(columns)], strict=True)
        if theirs != change.base[name]
    )
    return Conflict(change.draft, cells=cells)


def _conflict(conflicts: Sequence[Conflict]) -> EditConflict:
    vanished = all(conflict.vanished for conflict in conflicts)
    return EditConflict(
        "rows.vanished" if vanished else "rows.conflict", conflicts=tuple(conflicts), rows=len(conflicts)
    )


def _effects(planned: Sequence[Planned], relations: Mapping[RelationName, Relation]) -> Effects:
    """Name the relations written, and those whose rows followed through a foreign key."""
    touched: set[RelationName] = set()
    for one in planned:
        relation = relations[one.change.relation]
        touched.add(relation.name)
        if one.change.kind is ChangeKind.INSERT:
            continue
        deleted = one.change.kind is ChangeKind.DELETE
        touched.update(
            key.table
            for key in relation.referenced_by
            if (key.on_delete if deleted else key.on_update) in _FOLLOWED
            and (deleted or set(key.target_columns) & one.change.values.keys())
        )
    return Effects(Kind.ROWS, frozenset(touched))
