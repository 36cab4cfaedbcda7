"""TransferService: rows to files, files to rows; one facade for panels and commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import text

from nexus_studio.core.data.conventions import id_column, updated_columns
from nexus_studio.core.data.filters import AllOf
from nexus_studio.core.data.transfer import ExportReport, ExportRows, ExportSpec, FileFormat, checked
from nexus_studio.core.data.transferkeeping import Why, why_unkept
from nexus_studio.core.data.transferplan import (
    ImportMode,
    ImportPlan,
    ImportReport,
    Preview,
    Unkept,
    Wishes,
    plan_import,
    with_filled,
)
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ReasonMissing, TransferRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Generated, Relation
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.conventions import learned
from nexus_studio.services.filterchecking import check_query
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.exporting import Export
from nexus_studio.services.transfer.exportsql import Cut
from nexus_studio.services.transfer.filereading import look
from nexus_studio.services.transfer.importing import ACT, Import
from nexus_studio.services.transfer.keeping import ImportWitness
from nexus_studio.services.transfer.writing import require_place

Witnessed = Callable[[RelationName, Path, Why], ImportWitness]
"""Gives one import a witness: the history."""

# pg_trigger.tgtype (catalog/pg_trigger.h): 4 is INSERT, 16 UPDATE
_EVENTS: Final = {ImportMode.INSERT: 4, ImportMode.UPDATE: 16, ImportMode.UPSERT: 20}
_TRIGGERS: Final = text(
    """
    SELECT g.tgname::text
      FROM pg_catalog.pg_trigger g
      JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = :schema AND c.relname = :name AND NOT g.tgisinternal AND g.tgenabled <> 'D'
       AND (CAST(g.tgtype AS integer) & CAST(:events AS integer)) <> 0
     ORDER BY 1
    """
)
# Bit 3 (manual, table 9.76): new rows are taken, by the view itself or by its INSTEAD OF trigger.
_TAKES_ROWS: Final = text(
    """
    SELECT c.relkind = 'v' AND pg_catalog.pg_relation_is_updatable(CAST(c.oid AS regclass), true) & 8 <> 0
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = :schema AND c.relname = :name
    """
)

# Rows are kept by way of a temporary table, which COPY into the table itself does without.
_MAY_STAGE: Final = text("SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY')")


class TransferService:
    """Exports and imports rows of one database. Any thread; nothing is kept between calls."""

    def __init__(self, session: Session, overlay: ModelOverlay, witnessed: Witnessed | None = None) -> None:
        """Make the service; without `witnessed` nobody keeps what is imported."""
        self._session, self._overlay, self._witnessed = session, overlay, witnessed

    def export(
        self, relation: Relation, rows: ExportRows, spec: ExportSpec, path: Path, ctx: TaskContext, *, may_replace: bool
    ) -> ExportReport:
        """Write rows to a file, which is there when it is whole or not at all. Progress step "transfer.exporting".

        Raises:
            TransferRefused: "transfer.exists" (unless `may_replace`), "transfer.disk_full", "transfer.style" and more.
            InvalidFilter: when the query does not fit the relation.
        """
        spec = checked(spec)
        require_place(path, may_replace=may_replace)
        return self._export(relation, rows, spec, ctx).to_file(path, ctx, may_replace=may_replace)

    def export_to(
        self, relation: Relation, rows: ExportRows, spec: ExportSpec, stream: BinaryIO, ctx: TaskContext
    ) -> ExportReport:
        """Write rows to a stream.

        Raises:
            TransferRefused: "transfer.needs_file" for what is no stream of lines; and as `export`.
        """
        spec = checked(spec)
        if spec.format.is_packed:
            raise TransferRefused("transfer.needs_file", format=spec.format.value)
        return self._export(relation, rows, spec, ctx).to_stream(stream, ctx)

    def masked_columns(self, relation: Relation) -> frozenset[str]:
        """Name the columns that this connection hides: they are exported as dots."""
        known = self._overlay.of(relation).sensitive if self._session.profile.masking else frozenset[str]()
        return known | relation.masked

    def preview(
        self, path: Path, wishes: Wishes, relation: Relation | None, ctx: TaskContext
    ) -> tuple[Preview, ImportPlan | None]:
        """Look at the beginning of a file, and say what of it goes where; None where no table is named.

        Raises:
            TransferRefused: where the file can't be read, or the wishes don't fit it or the table.
        """
        ctx.token.raise_if_cancelled()
        found = look(path, wishes, relation)
        return found, None if relation is None else self._planned(relation, found, wishes, ctx)

    def check(self, path: Path, relation: Relation, wishes: Wishes, ctx: TaskContext) -> ImportReport:
        """Import a file, say what came of it, and take all of it back. Sequences may have moved on.

        Raises:
            TransferRefused: as `preview`; "transfer.lacking".
            ForbiddenHere: where the session may not write: PostgreSQL makes no temporary table then.
        """
        self._session.require(ACT.capability)
        return self._import(path, relation, wishes, ctx).run(wishes, ctx, is_dry=True)

    def run(
        self, path: Path, relation: Relation, wishes: Wishes, ctx: TaskContext, why: Why | None = None
    ) -> tuple[ImportReport, Effects]:
        """Import a file in one transaction, or write nothing. The history keeps it, its rows too where they are few.

        Raises:
            ReasonMissing: the connection wants one.
            HistoryUnwritten: it can't be kept, and must be.
            TransferRefused: as `preview`; "transfer.lacking"; "transfer.lines", whose `outcome` lists the lines.
            ForbiddenHere: where the environment or the session does not allow it.
        """
        self._session.require(ACT.capability)
        why = why or Why()
        self.require_reason(why)
        witness = None if self._witnessed is None else self._witnessed(relation.name, path, why)
        report = self._import(path, relation, wishes, ctx).run(wishes, ctx, is_dry=False, witness=witness)
        is_changed = bool(report.inserted or report.updated)
        kinds = Kind.ROWS | Kind.SIZES if is_changed else Kind.NOTHING
        return report, Effects(kinds, frozenset({relation.name}))

    def require_reason(self, why: Why) -> None:
        """Refuse an import without a reason where the connection wants one; nothing was read then.

        Raises:
            ReasonMissing: always then.
        """
        if self._session.profile.requires_reason and not why.reason.strip():
            raise ReasonMissing

    def _import(self, path: Path, relation: Relation, wishes: Wishes, ctx: TaskContext) -> Import:
        ctx.report(Progress("transfer.reading"))
        found = look(path, wishes, relation)
        return Import(self._session, relation, self._planned(relation, found, wishes, ctx), found.source, path)

    def _planned(self, relation: Relation, found: Preview, wishes: Wishes, ctx: TaskContext) -> ImportPlan:
        asked = {"schema": relation.name.schema, "name": relation.name.name, "events": _EVENTS[wishes.mode]}
        with self._session.read(ctx) as connection:
            triggers = connection.execute(_TRIGGERS, asked).scalars().all()
            takes_rows = bool(connection.execute(_TAKES_ROWS, asked).scalar())
            has_room = connection.execute(_MAY_STAGE).scalar_one()
        plan = plan_import(relation, found.source, wishes, triggers, takes_rows=takes_rows)
        plan = self._filled(relation, found, plan, ctx)
        unkept = why_unkept(relation, plan, found.lines) if has_room else Unkept.UNREAD
        return replace(plan, unkept=unkept)

    def _filled(self, relation: Relation, found: Preview, plan: ImportPlan, ctx: TaskContext) -> ImportPlan:
        """Fill what the file has not and a new row in the grid is given: an id like those there are, updatedAt."""
        key = id_column(relation)
        names = {key.name} & {*plan.lacking} if key is not None else set()
        stamps = {each.name for each in updated_columns(relation)} & {*plan.kept}
        if not names and not (stamps and self._session.profile.fills_updated_at):
            return plan
        known = learned(self._session, relation, self._overlay, ctx).of(relation)
        return with_filled(
            plan,
            found.source,
            {name: make for name, make in known.defaults.items() if name in names},
            {name: make for name, make in known.on_update.items() if name in stamps},
            relation,
        )

    def _export(self, relation: Relation, rows: ExportRows, spec: ExportSpec, ctx: TaskContext) -> Export:
        masked = self.masked_columns(relation)
        rows = ExportRows(rows.query.sparing(masked), rows.columns, rows.keys)
        if rows.query.filter != AllOf():
            check_query(self._session, relation, rows.query, ctx)
        cut = Cut(relation, rows, exported_columns(relation, rows, spec.format), masked)
        return Export(self._session, cut, spec, self._expected(relation, rows, ctx))

    def _expected(self, relation: Relation, rows: ExportRows, ctx: TaskContext) -> int | None:
        if rows.keys is not None:
            return len(rows.keys)
        return RowSource(self._session).estimate(relation, rows.query, ctx).value


def exported_columns(relation: Relation, rows: ExportRows, form: FileFormat) -> tuple[Column, ...]:
    """Return the columns that are written, in order: those wished for, else all that may be read.

    INSERT statements leave out what PostgreSQL computes itself.

    Raises:
        TransferRefused: "transfer.no_columns".
        UnknownRelation: "column.unknown".
    """
    found = tuple(relation.column(name) for name in rows.columns) if rows.columns is not None else relation.columns
    computed = {Generated.STORED, Generated.VIRTUAL} if form is FileFormat.SQL else set()
    chosen = tuple(column for column in found if column.is_shown and column.generated not in computed)
    if not chosen:
        raise TransferRefused("transfer.no_columns", relation=str(relation.name))
    return chosen
