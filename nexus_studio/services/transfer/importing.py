"""Importing: a file into a table in one transaction, or a dry run of it that is taken back.

The quick way is tried first, since it is the server that reads and checks everything either way: COPY of the file into
the table itself, else lines of texts that one statement turns into rows. Only where something is refused, every line is
looked at, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from psycopg import sql
from sqlalchemy import Connection, text

from nexus_studio.core.admin.acts import act
from nexus_studio.core.data.images import Outcome, RowImage
from nexus_studio.core.data.transferplan import (
    DateOrder,
    ImportMode,
    ImportPlan,
    ImportReport,
    Refusal,
    Source,
    Unkept,
    Wishes,
)
from nexus_studio.core.errors import PermissionDenied, SaveInDoubt, TransferRefused
from nexus_studio.core.schema.catalog import Generated, Relation, RelationKind
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.committing import written_for_sure
from nexus_studio.services.dberrors import translated
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.ownsequences import move_sequences
from nexus_studio.services.quietly import is_quiet
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.examining import REFUSALS, Examination
from nexus_studio.services.transfer.filereading import records
from nexus_studio.services.transfer.keeping import ImportWitness, Keeper
from nexus_studio.services.transfer.staging import NOTHING, Range, Stage, Unfit, copy_file, driver_of

ACT: Final = act("rows.import")

_STAGING: Final = "transfer.staging"
_WRITING: Final = "transfer.importing"
_SET: Final = text("SELECT pg_catalog.set_config(:name, :value, true)")
_NOW: Final = "SET CONSTRAINTS ALL IMMEDIATE"
_OF_TABLES: Final = frozenset({RelationKind.TABLE, RelationKind.PARTITIONED})


class Import:
    """One import of a file into a relation."""

    def __init__(self, session: Session, relation: Relation, plan: ImportPlan, source: Source, path: Path) -> None:
        self._session, self._relation, self._plan, self._source, self._path = session, relation, plan, source, path
        self._size = path.stat().st_size
        self._witness: ImportWitness | None = None
        self._images: tuple[RowImage, ...] = ()

    def run(
        self, wishes: Wishes, ctx: TaskContext, *, is_dry: bool, witness: ImportWitness | None = None
    ) -> ImportReport:
        """Write every line or none; a dry run writes none and says what would have been.

        A `witness` is shown what rows were and are, where the plan says that they can be kept, else how many they are.

        Raises:
            TransferRefused: "transfer.lacking" (fact columns); "transfer.lines" (fact number), whose outcome is the
                report, unless it is a dry run.
            SaveInDoubt: as `written_for_sure`.
        """
        if self._plan.lacking:
            raise TransferRefused("transfer.lacking", columns=self._plan.lacking)
        self._witness = witness
        try:
            report = self._run(wishes, ctx, is_dry=is_dry)
        except SaveInDoubt:
            self._tell(Outcome.IN_DOUBT)
            raise
        except BaseException:
            self._tell(Outcome.NOT_WRITTEN)
            raise
        self._tell(Outcome.WRITTEN)
        return report

    def _run(self, wishes: Wishes, ctx: TaskContext, *, is_dry: bool) -> ImportReport:
        with self._transaction(ctx, is_dry=is_dry) as connection:
            self._settle(connection, wishes.dates)
            report = self._direct(connection, ctx) if self._is_direct else None
            if report is None:
                report = self._staged(connection, wishes, ctx)
            if report.refused and not is_dry:
                raise TransferRefused("transfer.lines", number=report.refused, outcome=report)
            if not is_dry:
                report = replace(report, is_dry=False, sequences=self._sequences(connection))
                self._count(report)
            ctx.token.raise_if_cancelled()
        return report

    @property
    def _keeps(self) -> bool:
        return self._witness is not None and self._plan.unkept is None

    def _count(self, report: ImportReport) -> None:
        if self._witness is not None:
            self._witness.wrote(report.inserted, report.updated)

    def _tell(self, outcome: Outcome) -> None:
        if self._witness is not None:
            self._witness.ended(outcome)

    @contextmanager
    def _transaction(self, ctx: TaskContext, *, is_dry: bool) -> Iterator[Connection]:
        if is_dry:
            with self._session.write(ctx, needs=ACT.capability) as connection:
                yield connection
                connection.rollback()
            return
        held: list[Connection] = []

        def show(number: str | None) -> None:
            if self._witness is not None:
                self._witness.before_commit(self._images, number, held[0])

        with (
            self._session.begun(ACT.capability),
            written_for_sure(self._session, ctx, needs=ACT.capability, before_commit=show) as connection,
        ):
            held.append(connection)
            yield connection

    def _settle(self, connection: Connection, dates: DateOrder) -> None:
        """Have texts read in one way, and take the time it needs: a person waits and can cancel."""
        settings = {"DateStyle": f"ISO, {dates.value}", "client_encoding": "UTF8", "statement_timeout": "0"}
        for name, value in settings.items():
            connection.execute(_SET, {"name": name, "value": value})
        reach_operators(connection, (self._relation,))

    # ---- the quick way

    @property
    def _is_direct(self) -> bool:
        """Whether COPY can take the file as it is: every column of it goes into the table, as a new row.

        COPY gives nothing back of the rows that it makes.
        """
        places = [each.place for each in self._plan.columns]
        return (
            self._plan.mode is ImportMode.INSERT
            and not self._keeps
            and not self._plan.filled
            and self._source.format.is_table
            and self._relation.kind in _OF_TABLES
            and not self._plan.triggers  # COPY tells how many rows it wrote, not how many lines they let fall
            and places == list(range(len(self._source.names)))
        )

    def _direct(self, connection: Connection, ctx: TaskContext) -> ImportReport | None:
        """Copy the file into the table; None where something of it is refused, and nothing was written."""
        driver = driver_of(connection)
        target = sql.Identifier(self._plan.relation.schema, self._plan.relation.name)
        columns = [each.target.name for each in self._plan.columns]
        told = self._told(_WRITING, ctx)
        try:
            with connection.begin_nested(), translated(ctx.token):
                lines = copy_file(driver, target, columns, self._plan, self._source, self._path, told)
                driver.execute(_NOW)
        except (*REFUSALS, PermissionDenied, Unfit, UnicodeDecodeError):
            return None
        return ImportReport(self._plan, self._source, lines, inserted=lines, unkept=self._plan.unkept)

    # ---- by a stage

    def _staged(self, connection: Connection, wishes: Wishes, ctx: TaskContext) -> ImportReport:
        with translated(ctx.token):
            stage = self._filled(connection, ctx)
            if self._plan.mode is not ImportMode.INSERT:
                stage.refuse_masked()
            report = ImportReport(self._plan, self._source, stage.lines, unkept=self._plan.unkept)
            ctx.report(Progress(_WRITING))
            keeper = Keeper(stage, self._relation) if self._keeps else None
            found = self._whole(connection, stage, wishes, ctx, keeper)
            if found is not None:
                if keeper is not None:
                    self._images = keeper.images(found[0])
                    report = replace(report, unkept=keeper.unkept)
                return replace(report, inserted=found[0], updated=found[1], missing=found[2])
            examination = Examination(connection, stage, self._relation, skips_missing=wishes.skips_missing)
            examination.run(ctx)
            listed, number = examination.refusals()
            if number:
                refusals = tuple(self._in_the_file(listed) if stage.is_by_server else listed)
                return replace(report, refusals=refusals, refused=number, is_complete=examination.is_complete)
            # Refused as a whole and taken in parts: a rule of the table looks at each statement.
            stage.check_now()
            is_new = self._plan.mode is ImportMode.INSERT
            report = replace(report, unkept=self._plan.unkept or Unkept.UNTOLD)
            return replace(report, inserted=stage.lines * is_new, updated=stage.lines * (not is_new))

    def _filled(self, connection: Connection, ctx: TaskContext) -> Stage:
        told = self._told(_STAGING, ctx)
        if self._source.format.is_table and not self._plan.filled:  # what is filled is put beside each line here
            stage = Stage(driver_of(connection), self._plan, self._source, is_quiet=is_quiet(connection))
            try:
                with connection.begin_nested(), translated(ctx.token):
                    stage.make()
                    stage.copy(self._path, told)
            except (*REFUSALS, Unfit, UnicodeDecodeError):
                pass  # a line is none, or no text: which one is found by reading them here
            else:
                return stage
        stage = Stage(driver_of(connection), self._plan, self._source, is_quiet=is_quiet(connection))
        stage.make()
        stage.read(self._path, told)
        return stage

    def _whole(
        self, connection: Connection, stage: Stage, wishes: Wishes, ctx: TaskContext, keeper: Keeper | None
    ) -> tuple[int, int, int] | None:
        """Write all lines at once; returns new rows, changed ones, and missing ones; None where some are refused."""
        if stage.has_refused():
            return None
        try:
            with connection.begin_nested() as savepoint, translated(ctx.token):
                found = self._written(stage, keeper)
                if found is None or (found[2] and not wishes.skips_missing):
                    savepoint.rollback()
                    return None
                stage.check_now()
                return found
        except REFUSALS:
            return None
        except PermissionDenied:
            stage.write(NOTHING)  # refused again: not on account of the lines
            return None

    def _written(self, stage: Stage, keeper: Keeper | None) -> tuple[int, int, int] | None:
        if self._plan.mode is ImportMode.INSERT:
            return stage.write(Range(), keeper), 0, 0
        if stage.spoiled_keys():
            return None
        if keeper is not None:
            keeper.look()
        matched = stage.matched()
        written = stage.write(Range(), None if keeper is None or keeper.unkept else keeper)
        if self._plan.mode is ImportMode.UPSERT and not stage.changes_rows:
            return written, 0, 0  # lines whose key a row has are passed over
        if self._plan.mode is ImportMode.UPSERT:
            return max(0, written - matched), min(matched, written), 0
        return 0, written, stage.lines - matched

    def _in_the_file(self, listed: list[Refusal]) -> list[Refusal]:
        """Give refusals the lines of the file in place of the numbers of records."""
        wanted = {each.line for each in listed} | {int(v) for each in listed for n, v in each.facts if n == "other"}
        lines: dict[int, int] = {}
        for number, record in enumerate(records(self._path, self._source, {}), 1):
            if number in wanted:
                lines[number] = record.line
        return [
            replace(
                each,
                line=lines.get(each.line, each.line),
                facts=tuple((n, lines.get(int(v), v) if n == "other" else v) for n, v in each.facts),
            )
            for each in listed
        ]

    # ---- afterwards

    def _sequences(self, connection: Connection) -> int:
        """Move sequences on behind values that the file brought; where the role may not, they stay."""
        names = {
            each.target.name
            for each in self._plan.columns
            if each.target.default or each.target.generated is not Generated.NO
        }
        if self._plan.mode is ImportMode.UPDATE or not names:
            return 0
        try:
            with connection.begin_nested(), translated():
                return move_sequences(connection, self._relation, names)
        except PermissionDenied:
            return 0

    def _told(self, step: str, ctx: TaskContext) -> Callable[[int], None]:
        return lambda place: ctx.report(Progress(step, place, max(self._size, place), "bytes"))
