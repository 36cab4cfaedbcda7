"""TransferService: rows to files, files to rows; one facade for panels and commands."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from nexus_studio.core.data.filters import AllOf
from nexus_studio.core.data.transfer import ExportReport, ExportRows, ExportSpec, FileFormat, checked
from nexus_studio.core.errors import TransferRefused
from nexus_studio.core.schema.catalog import Column, Generated, Relation
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.filterchecking import check_query
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.exporting import Export
from nexus_studio.services.transfer.exportsql import Cut
from nexus_studio.services.transfer.writing import require_place


class TransferService:
    """Exports and imports rows of one database. Any thread; nothing is kept between calls."""

    def __init__(self, session: Session, catalog: CatalogReader, overlay: ModelOverlay) -> None:
        self._session, self._catalog, self._overlay = session, catalog, overlay

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
        return self._overlay.of(relation).sensitive if self._session.profile.masking else frozenset()

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
    chosen = tuple(column for column in found if column.may_select and column.generated not in computed)
    if not chosen:
        raise TransferRefused("transfer.no_columns", relation=str(relation.name))
    return chosen
