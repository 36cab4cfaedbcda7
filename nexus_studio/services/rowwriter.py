"""RowWriter: a frozen change set shown as SQL, or applied in one transaction, or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConstraintViolated, InvalidValue, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.dml import Planned, statements_for
from nexus_studio.core.sql.preview import readable
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.aftermath import at_its_new_place, may_be_redirected, verdict
from nexus_studio.services.committing import written_for_sure
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
            RowsRefused: a trigger, rule or policy kept a row from being written without an error. Nothing written.
            SaveInDoubt: the connection broke at the end; all of it was written or nothing.
            ConstraintViolated: refused; facts `change` (index in `changes`, -1 when not known) and `columns`.
            InvalidValue: refused; facts `change` and `column` ("" when not known).
            StudioError: anything else the server said, with fact `change` where one statement was refused.
        """
        _refuse_unwritable(changes)
        planned = statements_for(relations, changes)
        try:
            with written_for_sure(self._session, ctx) as connection:
                reach_operators(connection, relations.values())
                _write(connection, planned, relations, ctx)
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
        try:
            columns = named_columns(self._session, relations[change.relation], change, error)
        except StudioError:  # the connection may be gone by now; the refusal is what matters
            columns = ()
        if isinstance(error, InvalidValue):
            error.facts["column"] = columns[0] if columns else ""
        else:
            error.facts["columns"] = columns
        return error


def _write(
    connection: Connection, planned: Sequence[Planned], relations: Mapping[RelationName, Relation], ctx: TaskContext
) -> None:
    """Run the statements; tell in the end what became of those that did not write exactly one row."""
    missed: list[Planned] = []
    deleted = False
    for done, one in enumerate(planned):
        ctx.report(Progress("rows.saving", done, len(planned), "rows"))
        relation = relations[one.change.relation]
        rows = _execute(connection, one, ctx)
        if rows == 0:
            moved = at_its_new_place(connection, relation, one)
            rows = rows if moved is None else _execute(connection, moved, ctx)
        if rows == 1:
            deleted = deleted or one.change.kind is ChangeKind.DELETE
        elif one.change.kind is not ChangeKind.INSERT or not may_be_redirected(relation):
            missed.append(one)
    error = verdict(connection, missed, relations, deleted)
    if error is not None:
        raise error


def _execute(connection: Connection, planned: Planned, ctx: TaskContext) -> int:
    """Run one statement; its error says which change it belongs to."""
    try:
        with translated(ctx.token):
            return connection.execute(planned.statement, execution_options={"preserve_rowcount": True}).rowcount
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
