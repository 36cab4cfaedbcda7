"""Exporting: the server's rows to a file, block by block, in one READ ONLY transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from nexus_studio.core.data.transfer import ExportReport, ExportSpec, FileFormat, Remark
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.copyout import CopyOut
from nexus_studio.services.transfer.copyreading import reading
from nexus_studio.services.transfer.exportsql import Cut, cells_copy, json_copy, values_copy
from nexus_studio.services.transfer.linewriting import Taking, lines_of, unframed
from nexus_studio.services.transfer.writing import Sink, told_of_disk, whole_file

STEP: Final = "transfer.exporting"
_BOM: Final = b"\xef\xbb\xbf"


class Export:
    """One export of a cut of a relation. `expected` is the number of rows as far as anybody knows, for progress."""

    def __init__(self, session: Session, cut: Cut, spec: ExportSpec, expected: int | None) -> None:
        self._session, self._cut, self._spec, self._expected = session, cut, spec, expected
        self._turn = False

    def to_file(self, path: Path, ctx: TaskContext, *, may_replace: bool) -> ExportReport:
        """Write a file that is there when it is whole, or not at all."""
        with whole_file(path, may_replace=may_replace) as part:
            if self._spec.format is FileFormat.EXCEL:
                from nexus_studio.services.transfer.spreadsheets import write_workbook  # noqa: PLC0415 - openpyxl

                return self._made(part, write_workbook, ctx)
            if self._spec.format is FileFormat.PARQUET:
                from nexus_studio.services.transfer.parquet import write_parquet  # noqa: PLC0415 - pyarrow, if at all

                return self._made(part, write_parquet, ctx)
            with part.open("xb", buffering=0) as stream:
                return self._streamed(stream, ctx)

    def to_stream(self, stream: BinaryIO, ctx: TaskContext) -> ExportReport:
        """Write to a pipe or a terminal; what it took is out, also where it fails later."""
        with told_of_disk(Path("-")):
            return self._streamed(stream, ctx)

    def _streamed(self, stream: BinaryIO, ctx: TaskContext) -> ExportReport:
        sink = Sink(stream, self._spec.packing)
        with reading(self._session, self._cut, ctx) as (connection, driver):
            form = self._spec.format
            if form.is_table:
                copy = CopyOut(driver, cells_copy(connection, driver, self._cut, self._spec.style))
                if self._spec.style.bom:
                    sink.write(_BOM)
                rows = self._copied(copy, sink, ctx)
            else:
                lines = lines_of(form, self._cut.relation.name, self._cut.columns, sink.write)
                write = values_copy if form is FileFormat.SQL else json_copy
                copy = CopyOut(driver, write(connection, driver, self._cut))
                rows = self._taken(copy, unframed(lines.take), sink, ctx)
                lines.end()
            sink.finish()
        return self._report(rows, sink.size_bytes, ())

    def _taken(self, copy: CopyOut, take: Taking, sink: Sink, ctx: TaskContext) -> int:
        done = 0
        for messages in copy.messages():
            take(messages)
            done += len(messages)
            self._tell(done, sink, ctx)
        return copy.rows

    def _copied(self, copy: CopyOut, sink: Sink, ctx: TaskContext) -> int:
        done = -1 if self._spec.style.has_header else 0  # the names are a message too
        for block, rows in copy.blocks():
            sink.write(block)
            done += rows
            self._tell(done, sink, ctx)
        return copy.rows

    def _tell(self, done: int, sink: Sink, ctx: TaskContext) -> None:
        """Tell rows and bytes in turn: of two that come at once the listener would only ever hear the first."""
        self._turn = not self._turn
        if self._turn:
            ctx.report(Progress(STEP, done, self._total(done), "rows"))
        else:
            ctx.report(Progress(STEP, sink.size_bytes, None, "bytes"))

    def _total(self, done: int) -> int | None:
        return max(self._expected, done) if self._expected is not None else None

    def _made(self, part: Path, write: Make, ctx: TaskContext) -> ExportReport:
        """Have rows written by what makes a file of its own kind; they come as PostgreSQL's texts."""

        def told(done: int) -> None:
            ctx.report(Progress(STEP, done, self._total(done), "rows"))

        rows, remarks = write(self._session, self._cut, self._spec, part, ctx, told)
        return self._report(rows, part.stat().st_size, remarks)

    def _report(self, rows: int, size: int, remarks: tuple[Remark, ...]) -> ExportReport:
        names = tuple(column.name for column in self._cut.columns)
        masked = tuple(name for name in names if name in self._cut.masked)
        return ExportReport(self._cut.relation.name, self._spec.format, rows, size, names, masked, remarks)


Make = Callable[[Session, Cut, ExportSpec, Path, TaskContext, Callable[[int], None]], tuple[int, tuple[Remark, ...]]]
