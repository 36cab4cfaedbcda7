"""Excel and Parquet: what is in the files, read by their own libraries; limits, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.transfer import ExportReport, ExportRows, ExportSpec, FileFormat, Remark, TextStyle
from nexus_studio.core.errors import TransferRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.services.transfer import spreadsheets
from nexus_studio.services.transfer.service import TransferService

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()

TABLE = """
CREATE TABLE t (
    id bigint, price numeric(10, 2), exact numeric, share float8, ok boolean, born date, at timestamp,
    zoned timestamptz, a text, raw bytea, tags text[], clock time
);
INSERT INTO t VALUES
  (1, 1.50, 123456789012345, 0.5, true, '2024-02-29', '2024-02-29 12:30:00.25', '2024-02-29 12:00+00', '=1+1',
   '\\x00ff', '{a}', '12:30'),
  (9007199254740993, NULL, 0.1234567890123456789, 'NaN', false, '1700-01-01', '2024-01-01 00:00:00.000001',
   '2024-07-01 00:00:00.123456+02', '#N/A', '', '{}', '00:00:00.000001'),
  (NULL, -3, 1000000000000000000000, 1e300, NULL, 'infinity', NULL, NULL, '', NULL, NULL, NULL);
"""


@pytest.fixture
def export(session: Session, tmp_path: Path) -> Callable[..., tuple[Path, ExportReport]]:
    catalog = CatalogReader(session)
    service = TransferService(session, ModelOverlay())

    def run(form: FileFormat, *columns: str, style: TextStyle = TextStyle()) -> tuple[Path, ExportReport]:  # noqa: B008
        name = RelationName("public", "t")
        path = tmp_path / f"out.{form.value}"
        rows = ExportRows(RowQuery(name), columns or None)
        spec = ExportSpec(form, style=style)
        return path, service.export(catalog.relation(name, CTX), rows, spec, path, CTX, may_replace=True)

    return run


def local(*parts: int) -> datetime:
    """A moment without a zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def sheet_of(path: Path, name: str | None = None) -> list[list[Any]]:
    book = openpyxl.load_workbook(path)
    sheet = book[name] if name else book.worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_workbook(export: Callable[..., tuple[Path, ExportReport]], sql: Sql) -> None:
    sql(TABLE)
    path, report = export(FileFormat.EXCEL)
    head, one, two, three = sheet_of(path)
    assert head[:3] == ["id", "price", "exact"]
    assert one == [
        1, 1.5, 123456789012345, 0.5, True, local(2024, 2, 29), local(2024, 2, 29, 12, 30, 0, 250000),
        "2024-02-29 12:00:00+00", "=1+1", "\\x00ff", "{a}", "12:30:00",
    ]  # fmt: skip
    assert two[:7] == [
        "9007199254740993", None, "0.1234567890123456789", "NaN", False, "1700-01-01", "2024-01-01 00:00:00.000001",
    ]  # fmt: skip
    assert two[8] == "#N/A"
    assert three[:6] == [None, -3, "1000000000000000000000", 1e300, None, "infinity"]
    assert report.rows == 3
    assert set(report.remarks) == {
        Remark("transfer.digits", 3, ("id", "exact")),
        Remark("transfer.moments", 3, ("born", "at")),
    }
    book = openpyxl.load_workbook(path)
    cell = book.worksheets[0].cell(2, 2)
    assert cell.number_format == "0.00"
    assert book.worksheets[0].cell(2, 9).data_type == "s", "no formula"
    assert sheet_of(export(FileFormat.EXCEL, "a", style=TextStyle(is_guarded=True))[0])[1] == ["'=1+1"]


def test_sheets_and_long_texts(
    export: Callable[..., tuple[Path, ExportReport]], sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 3)
    sql("CREATE TABLE t (a text); INSERT INTO t VALUES (repeat('x', 40000)), (E'a\\x01b'), ('3'), ('4'), ('5')")
    path, report = export(FileFormat.EXCEL)
    assert sheet_of(path, "t") == [["a"], ["x" * 32767], ["ab"]]
    assert sheet_of(path, "t 3") == [["a"], ["5"]]
    assert set(report.remarks) == {
        Remark("transfer.sheets", 3),
        Remark("transfer.cut", 1, ("a",)),
        Remark("transfer.control", 1, ("a",)),
    }


def test_parquet(export: Callable[..., tuple[Path, ExportReport]], sql: Sql) -> None:
    files = pytest.importorskip("pyarrow.parquet")
    sql(TABLE)
    path, report = export(FileFormat.PARQUET, "id", "price", "share", "ok", "at", "zoned", "a", "raw", "tags", "clock")
    rows = files.read_table(path).to_pylist()
    assert [row["id"] for row in rows] == [1, 9007199254740993, None]
    assert [row["price"] for row in rows] == [Decimal("1.50"), None, Decimal("-3.00")]
    assert rows[0]["zoned"] == datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert rows[1]["at"] == local(2024, 1, 1, 0, 0, 0, 1)
    assert rows[2]["share"] == 1e300
    assert [row["ok"] for row in rows] == [True, False, None]
    assert [row["raw"] for row in rows] == [b"\x00\xff", b"", None]
    assert [row["a"] for row in rows] == ["=1+1", "#N/A", ""]
    assert report.remarks == (Remark("transfer.texts", columns=("tags", "clock")),)
    with pytest.raises(TransferRefused) as caught:
        export(FileFormat.PARQUET, "born")
    assert (caught.value.code, caught.value.facts["column"]) == ("transfer.unfit", "born")
    sql("UPDATE t SET born = '0100-01-01' WHERE born = 'infinity'")
    assert files.read_table(export(FileFormat.PARQUET, "born")[0]).to_pylist()[2] == {"born": date(100, 1, 1)}


def test_without_pyarrow(
    export: Callable[..., tuple[Path, ExportReport]], sql: Sql, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    sql("CREATE TABLE t (a text)")
    with pytest.raises(TransferRefused) as caught:
        export(FileFormat.PARQUET)
    assert caught.value.code == "transfer.no_program"
    assert list(tmp_path.iterdir()) == []
