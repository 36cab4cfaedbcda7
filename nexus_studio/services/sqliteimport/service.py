"""SqliteImportService: what a SQLite file would bring, a dry run of it, and the import itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from nexus_studio.core.admin.acts import act
from nexus_studio.core.admin.sqliteimport import (
    PRISMAS_LEDGER,
    ColumnPair,
    ImportPlan,
    ImportReport,
    TablePlan,
    TableResult,
    Wishes,
    plan_import,
)
from nexus_studio.core.admin.sqlitemoments import NumberRange, forms_of
from nexus_studio.core.admin.sqlitevalues import is_moment
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ForbiddenHere, ImportRefused, InvalidValue
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.committing import written_for_sure
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.services.sqliteimport.loading import Loader, filled_targets, settle
from nexus_studio.services.sqliteimport.sheets import Sheet
from nexus_studio.services.sqliteimport.sqlitefile import SqliteFile, opened_file
from nexus_studio.services.sqliteimport.trying import Refusals, Trial, check_values

ACT = act("import.sqlite")


class SqliteImportService:
    """Brings the rows of a SQLite file into the database's own tables. Any thread; nothing is kept between calls."""

    def __init__(self, session: Session, catalog: CatalogReader) -> None:
        self._session = session
        self._catalog = catalog

    def plan(self, path: Path, wishes: Wishes, ctx: TaskContext) -> ImportPlan:
        """Say what of a file goes where. Reads the file's schema and the catalog.

        Raises:
            ImportRefused: where the file can't be read, or the wishes don't fit it.
        """
        with opened_file(path, ctx.token) as file:
            return self._planned(file, wishes, ctx)

    def targets(self, ctx: TaskContext) -> tuple[RelationName, ...]:
        """Name the tables that rows may go to."""
        return tuple(sorted(self._relations(ctx)))

    def check(self, path: Path, wishes: Wishes, ctx: TaskContext) -> ImportReport:
        """Try everything and write nothing: every value by its rule, every row by the database's constraints.

        Where this session may not write, only the rules are asked, and the report says so.

        Raises:
            ImportRefused: as `plan`; "import.no_match".
        """
        with opened_file(path, ctx.token) as file:
            plan = self._planned(file, wishes, ctx)
            _require_match(plan)
            tried = tuple(
                TableResult(each.source.name, each.target.name, each.source.rows, uncompared=Sheet(each).uncompared)
                for each in plan.tables
            )
            try:
                self._session.require(ACT.capability)
            except ForbiddenHere:
                found = check_values(plan, file, ctx)
                return ImportReport(plan, tried, tuple(found.listed), found.more)
            refusals, is_tried, filled = self._tried(plan, file, ctx)
            return ImportReport(plan, tried, tuple(refusals.listed), refusals.more, is_tried, filled=filled)

    def run(self, path: Path, wishes: Wishes, ctx: TaskContext) -> tuple[ImportReport, Effects]:
        """Write every row of the matched tables in one transaction, or none.

        Raises:
            ImportRefused: "import.values" (its `outcome` lists every one that is refused), "import.lacking",
                "import.filled", "import.differs", "import.no_match", and as `plan`.
            ConstraintViolated: where the database refuses a row.
            ForbiddenHere: where the environment or the session does not allow it.
        """
        self._session.require(ACT.capability)
        with opened_file(path, ctx.token) as file:
            plan = self._planned(file, wishes, ctx)
            _require_match(plan)
            if plan.lacking:
                raise ImportRefused("import.lacking", columns=plan.lacking)
            try:
                report = self._written(plan, file, wishes, ctx)
            except InvalidValue as error:
                if "reason" not in error.facts:
                    raise  # the server's refusal, not a rule's
                found = check_values(plan, file, ctx)
                outcome = ImportReport(plan, (), tuple(found.listed), found.more)
                raise ImportRefused("import.values", outcome=outcome, number=outcome.refused) from None
        changed = frozenset(result.target for result in report.tables if result.written)
        return report, Effects(Kind.ROWS | Kind.SIZES if changed else Kind.NOTHING, changed)

    def _written(self, plan: ImportPlan, file: SqliteFile, wishes: Wishes, ctx: TaskContext) -> ImportReport:
        with (
            self._session.begun(ACT.capability),
            written_for_sure(self._session, ctx, needs=ACT.capability) as connection,
        ):
            settle(connection)
            loader = Loader(connection, plan, file, self._session.server.encoding)
            loader.lock()
            filled = filled_targets(connection, plan)
            if filled and not wishes.adds:
                raise ImportRefused("import.filled", tables=tuple(map(str, filled)))
            with loader.circles_open():
                results = [loader.load(each, ctx, is_filled=each.target.name in filled) for each in plan.tables]
            moved = loader.move_sequences()
            ctx.token.raise_if_cancelled()
        return ImportReport(plan, tuple(results), is_tried=True, is_dry=False, filled=filled, sequences=moved)

    def _tried(
        self, plan: ImportPlan, file: SqliteFile, ctx: TaskContext
    ) -> tuple[Refusals, bool, tuple[RelationName, ...]]:
        with _undone(self._session, ctx) as connection:
            settle(connection)
            trial = Trial(connection, plan, file)
            is_tried = trial.make_tables()
            for each in plan.tables:
                trial.try_table(each, ctx)
            trial.try_references(ctx)
            return trial.refusals, is_tried, filled_targets(connection, plan)

    def _planned(self, file: SqliteFile, wishes: Wishes, ctx: TaskContext) -> ImportPlan:
        ctx.report(Progress("import.reading"))
        sources = file.tables()
        plan = plan_import(sources, self._relations(ctx), self._session.profile.schema, wishes)
        is_prisma = any(source.name == PRISMAS_LEDGER for source in sources)
        return replace(plan, tables=tuple(_with_forms(each, file, is_prisma=is_prisma) for each in plan.tables))

    def _relations(self, ctx: TaskContext) -> Mapping[RelationName, Relation]:
        self._catalog.forget()  # what rows are matched to must be what is there now
        return self._catalog.relations(self._catalog.tree(ctx).summaries, ctx)


def _require_match(plan: ImportPlan) -> None:
    if not plan.tables:
        raise ImportRefused("import.no_match", tables=plan.unmatched)


def _with_forms(planned: TablePlan, file: SqliteFile, *, is_prisma: bool) -> TablePlan:
    """Find out how the numbers of a table's moments are read, where nobody has said so."""
    asked = [pair.source for pair in planned.columns if pair.forms is None and _may_count(pair.target.type)]
    ranges = file.ranges(planned.source, asked)
    columns = [_read_as(pair, ranges.get(pair.source), is_prisma=is_prisma) for pair in planned.columns]
    return replace(planned, columns=tuple(columns))


def _read_as(pair: ColumnPair, found: NumberRange | None, *, is_prisma: bool) -> ColumnPair:
    if found is None:
        return pair
    forms = forms_of(found, is_prisma=is_prisma)
    kinds = ((forms.integers, found.integers), (forms.reals, found.reals))
    return replace(
        pair, forms=forms, counted=tuple(dict.fromkeys(form for form, bounds in kinds if bounds is not None))
    )


def _may_count(type_: PgType) -> bool:
    return is_moment(type_) and type_.kind is not TypeKind.ARRAY


@contextmanager
def _undone(session: Session, ctx: TaskContext) -> Iterator[Connection]:
    """Open a write block of which nothing stays."""
    with session.write(ctx, needs=ACT.capability) as connection:
        yield connection
        connection.rollback()
