"""RowWriter: a frozen change set shown as SQL, or applied in one transaction, or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.images import Outcome, SaveWitness
from nexus_studio.core.data.impact import Impact
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConstraintViolated, InvalidValue, SaveInDoubt, ServerFailed, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.following import follows, moves_keys
from nexus_studio.core.sql.preview import readable
from nexus_studio.core.sql.steps import Plan, Step, plan_of, statements_for
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.batchwriting import driver_of
from nexus_studio.services.committing import written_for_sure
from nexus_studio.services.culprits import located
from nexus_studio.services.deferring import check_now, set_aside
from nexus_studio.services.followers import Followers, reached
from nexus_studio.services.impact import impact_of
from nexus_studio.services.linkreading import links_of
from nexus_studio.services.lockwaits import waits_for
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.saverun import SaveRun
from nexus_studio.services.session import Session

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MOVED: Final = "40001"
_ATTEMPTS: Final = 3


class RowWriter:
    """Writes staged changes through a session. Stateless; any thread.

    `catalog` tells what the relations of rows that go along are like, and what of them is masked.
    """

    def __init__(self, session: Session, catalog: CatalogReader | None = None) -> None:
        self._session = session
        self._catalog = catalog

    def preview(
        self,
        relations: Relation | Mapping[RelationName, Relation],
        changes: Sequence[RowChange],
        ctx: TaskContext | None = None,
    ) -> tuple[str, ...]:
        """Return the SQL that `apply` would run, in its order, for people to read; it is never executed.

        With a `ctx` it is looked up how keys follow through tables of which nothing is staged.
        """
        own = {relations.name: relations} if isinstance(relations, Relation) else relations
        known = own if ctx is None or not moves_keys(own, changes) else self._reached(own, changes, ctx)
        links = {} if ctx is None else links_of(self._session, own, known, changes, ctx)
        return tuple(readable(planned.statement) for planned in statements_for(own, changes, known, links))

    def impact(
        self, changes: Sequence[RowChange], relations: Mapping[RelationName, Relation], ctx: TaskContext
    ) -> Impact:
        """Try what else the database would do, and roll it back; see `impact.impact_of`."""
        return impact_of(self._session, changes, relations, ctx)

    def apply(
        self,
        changes: Sequence[RowChange],
        relations: Mapping[RelationName, Relation],
        ctx: TaskContext,
        *,
        witness: SaveWitness | None = None,
        began: Callable[[int], None] | None = None,
    ) -> Effects:
        """Write all changes in one transaction; each update and delete must touch exactly one row.

        With a `witness` what each row was and is is read as well, in the same transaction, and that of rows that
        foreign keys take along; without one nothing is read. `began` is told the number of the backend that writes
        (see `waits_for`).

        Raises:
            EditConflict: rows changed or vanished meanwhile; `conflicts` has base, mine and theirs. Nothing written.
            RowsRefused: a trigger, rule or policy kept a row from being written without an error. Nothing written.
            SaveInDoubt: the connection broke at the end; all of it was written or nothing.
            ConstraintViolated: refused; facts `change` (index in `changes`, -1 when not known) and `columns`.
            InvalidValue: refused; facts `change` and `column` ("" when not known).
            TimedOut: "timeout.lock": somebody else holds a row or the table; fact `change`. Nothing written.
            StudioError: anything else the server said, with fact `change` where one statement was refused.
        """
        _refuse_unwritable(changes)
        known = relations
        if witness is not None or moves_keys(relations, changes):
            known = self._reached(relations, changes, ctx)
        plan = plan_of(relations, changes, known, links_of(self._session, relations, known, changes, ctx))
        try:
            self._write_surely(plan, known, relations, ctx, witness, began)
        except SaveInDoubt:
            _tell(witness, Outcome.IN_DOUBT)
            raise
        except (ConstraintViolated, InvalidValue) as error:
            _tell(witness, Outcome.NOT_WRITTEN)
            raise _as_exchange(located(self._session, error, changes, relations), plan) from error
        except BaseException:
            _tell(witness, Outcome.NOT_WRITTEN)
            raise
        _tell(witness, Outcome.WRITTEN)
        return _effects(plan.steps, relations)

    def waits_for(self, pid: int, ctx: TaskContext) -> tuple[int, ...]:
        """Return the backends for whose locks a running save waits; `pid` is what `began` was told."""
        return waits_for(self._session, pid, ctx)

    def _reached(
        self, relations: Mapping[RelationName, Relation], changes: Sequence[RowChange], ctx: TaskContext
    ) -> dict[RelationName, Relation]:
        """Read what all relations are like that changes reach, anew: what goes along is what it is now."""
        catalog = CatalogReader(self._session) if self._catalog is None else self._catalog.anew()
        return reached(catalog, relations, changes, ctx)

    def _write_surely(
        self,
        plan: Plan,
        known: Mapping[RelationName, Relation],
        relations: Mapping[RelationName, Relation],
        ctx: TaskContext,
        witness: SaveWitness | None,
        began: Callable[[int], None] | None,
    ) -> None:
        """Write it; from the beginning again where a row moved to another partition in that moment.

        The server can't follow it there (40001), but finds it when it looks anew, and then the guards speak.
        """
        for attempt in range(_ATTEMPTS):
            transaction = _Transaction(self._session, known, witness, began)
            try:
                transaction.write(plan, relations, ctx)
            except ServerFailed as error:
                moved = error.report is not None and error.report.sqlstate == _MOVED
                if not moved or transaction.was_told or attempt == _ATTEMPTS - 1:
                    raise
            else:
                return


class _Transaction:
    """One attempt at a save. `was_told`: the witness has been told what is written."""

    def __init__(
        self,
        session: Session,
        known: Mapping[RelationName, Relation],
        witness: SaveWitness | None,
        began: Callable[[int], None] | None,
    ) -> None:
        self._session = session
        self._began = began
        self._known = known
        self._witness = witness
        self._run: SaveRun | None = None
        self.was_told = False

    def write(self, plan: Plan, relations: Mapping[RelationName, Relation], ctx: TaskContext) -> None:
        with written_for_sure(self._session, ctx, before_commit=self._tell) as connection:
            if self._began is not None:
                self._began(driver_of(connection).info.backend_pid)
            reach_operators(connection, self._known.values())
            followers = None if self._witness is None else Followers(connection, self._known, ctx)
            self._run = SaveRun(connection, relations, ctx, followers)
            set_aside(connection, plan.deferred, ctx)
            self._run.write(plan.steps)
            check_now(connection, ctx)

    def _tell(self, number: str | None) -> None:
        if self._witness is not None and self._run is not None:
            self.was_told = True
            self._witness.before_commit(self._run.images(), number, self._run.connection)


def _tell(witness: SaveWitness | None, outcome: Outcome) -> None:
    if witness is not None:
        witness.ended(outcome)


def _as_exchange(error: StudioError, plan: Plan) -> StudioError:
    """Say of a value that exists already that its row was to be given another one in the same save."""
    if error.code != "constraint.unique" or error.report is None:
        return error
    stuck = {(cut.parent, cut.by.name) for cut in plan.stuck}
    if (error.facts.get("change"), error.report.constraint) not in stuck:
        return error
    return ConstraintViolated("constraint.exchange", report=error.report, **error.facts)


def _refuse_unwritable(changes: Sequence[RowChange]) -> None:
    """Refuse text that can't be sent: PostgreSQL's text has no NUL, and UTF-8 no lone surrogates."""
    for index, change in enumerate(changes):
        for column, cell in change.values.items():
            if not isinstance(cell, str):
                continue
            if "\0" in cell:
                raise InvalidValue(column=column, reason="value.nul", change=index)
            if not cell.isascii() and _LONE_SURROGATE.search(cell):
                raise InvalidValue(column=column, reason="value.not_text", change=index)


def _effects(steps: Sequence[Step], relations: Mapping[RelationName, Relation]) -> Effects:
    """Name the relations written, and those whose rows followed through a foreign key."""
    touched: set[RelationName] = set()
    for change in {step.shape: step.change for step in steps}.values():
        relation = relations[change.relation]
        touched.add(relation.name)
        if change.kind is ChangeKind.INSERT or not relation.referenced_by:
            continue
        deleted = change.kind is ChangeKind.DELETE
        touched.update(
            key.table for key in relation.referenced_by if follows(key, deleted=deleted, written=change.values)
        )
    return Effects(Kind.ROWS, frozenset(touched))
