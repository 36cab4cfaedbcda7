"""RowWriter: a frozen change set shown as SQL, or applied in one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.effects import Effects
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session


class RowWriter:
    """Writes staged changes through a session. Stateless; any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def preview(self, relation: Relation, changes: Sequence[RowChange]) -> tuple[str, ...]:
        """Return the SQL that `apply` would run, one text a change, for people to read; it is never executed."""
        raise NotImplementedError

    def apply(
        self, changes: Sequence[RowChange], relations: Mapping[RelationName, Relation], ctx: TaskContext
    ) -> Effects:
        """Write all changes in one transaction; each must touch exactly one row.

        Raises:
            EditConflict: rows changed or vanished meanwhile; `conflicts` has base, mine and theirs. Nothing written.
            ConstraintViolated, InvalidValue: refused; facts `change` (index in `changes`) and `column`/`columns`.
        """
        raise NotImplementedError
