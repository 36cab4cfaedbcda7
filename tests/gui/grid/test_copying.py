"""Copying in every form: whole values, rows that are not here, dots for what is masked, and refusals."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.rowformats import MASK, Format
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.services import rowgathering
from nexus_studio.ui.grid.blocks import END, Block
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def docs(sql: Sql) -> Sql:
    sql(
        "CREATE TABLE docs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, doc jsonb, amount numeric,"
        " ok bool, twice numeric GENERATED ALWAYS AS (amount * 2) STORED)"
    )
    sql(
        "INSERT INTO docs (name, doc, amount, ok) SELECT CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE"
        " repeat('it''s | ', 100) || n END, jsonb_build_object('n', n, 'long', repeat('x', 400)), n / 10.0, n % 2 = 0"
        " FROM generate_series(1, 3000) n"
    )
    sql("ANALYZE docs")
    return sql


def copied(bench: Bench, form: Format) -> str:
    """Copy, wait, and return the text."""
    with bench.qtbot.waitSignal(bench.grid.copying.copied, timeout=20_000):
        bench.grid.copy(form)
    return QGuiApplication.clipboard().text()


def test_json_of_everything(docs: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("docs")
    bench.wait()
    bench.grid.select_all()
    rows = json.loads(copied(bench, Format.JSON), parse_float=str)
    assert len(rows) == 3000
    wanted = docs("SELECT id, name, doc, amount::text FROM docs ORDER BY id")
    for row, (ident, name, doc, amount) in zip(rows, wanted, strict=True):
        assert (row["id"], row["name"], row["doc"], row["amount"]) == (ident, name, doc, amount)


def test_inserts_bring_the_rows_back(docs: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("docs")
    bench.wait()
    bench.grid.chooser.choose((Block(5, 700, 0, 5),))
    text = copied(bench, Format.SQL)
    assert "twice" not in text
    docs("CREATE TABLE kept AS SELECT name, doc, amount, ok FROM docs WHERE id BETWEEN 6 AND 701 ORDER BY id")
    docs("TRUNCATE docs")
    docs(text)
    differing = docs(
        "(TABLE kept EXCEPT ALL SELECT name, doc, amount, ok FROM docs) UNION ALL"
        " (SELECT name, doc, amount, ok FROM docs EXCEPT ALL TABLE kept)"
    )
    assert differing == []
    assert docs("SELECT count(*) FROM docs") == [(696,)]


@pytest.mark.parametrize("sort", [(), (Sort("amount", descending=True),), (Sort("name", nulls_first=True),)])
def test_a_stretch_whose_middle_is_not_here(docs: Sql, open_grid: OpenGrid, sort: tuple[Sort, ...]) -> None:
    bench = open_grid("docs", query=RowQuery(RelationName("public", "docs"), sort=sort))
    bench.wait()
    bench.grid.go_to_row(2600)
    bench.qtbot.waitUntil(lambda: bench.grid.current_row() is not None)
    bench.wait()
    bench.grid.chooser.choose((Block(150, 2610, 0, 1),))
    found = list(csv.reader(io.StringIO(copied(bench, Format.CSV), newline="")))[1:]
    by = {"": "d.id", "amount": "d.amount DESC, d.id DESC", "name": "d.name NULLS FIRST, d.id"}[
        sort[0].column if sort else ""
    ]
    wanted = docs(f"SELECT id::text, coalesce(name, '') FROM docs d ORDER BY {by} OFFSET 150 LIMIT 2461")
    assert [tuple(row) for row in found] == wanted


def test_staged_edits_are_copied(docs: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("docs")
    bench.wait()
    bench.grid.select_cell(1, "name")
    bench.grid.stage("name", "mine")
    bench.qtbot.waitUntil(lambda: not bench.changes.is_empty)
    bench.grid.insert_row()
    bench.grid.stage("name", "new")
    bench.grid.chooser.choose((Block(0, END, 1, 1),))
    lines = json.loads(copied(bench, Format.JSON))
    assert lines[0] == {"name": "new"}
    assert lines[2] == {"name": "mine"}
    assert len(lines) == 3001


def test_masked_columns_are_dots_in_every_form(docs: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("docs", masked=frozenset({"doc", "amount", "name"}))
    bench.wait()
    bench.grid.chooser.choose((Block(0, 1200, 0, 5),))
    for form in Format:
        text = copied(bench, form)
        assert MASK in text
        assert "long" not in text
        assert "it's" not in text.replace("''", "'")
    assert json.loads(copied(bench, Format.JSON))[2]["name"] is None


def test_holes_in_a_selection(docs: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("docs")
    bench.wait()
    bench.grid.chooser.choose((Block(0, 0, 0, 0), Block(2, 2, 3, 4)))
    assert copied(bench, Format.TSV) == "1\t\t\n\t0.30000000000000000000\tfalse"
    assert json.loads(copied(bench, Format.JSON)) == [{"id": 1}, {"amount": 0.3, "ok": False}]


def test_too_much_is_refused(docs: Sql, open_grid: OpenGrid, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    docs("INSERT INTO docs (name) SELECT 'x' FROM generate_series(1, 20000)")
    docs("ANALYZE docs")
    bench = open_grid("docs")
    bench.wait()
    qtbot.waitUntil(lambda: bench.grid.row_count() > 20_000)
    QGuiApplication.clipboard().setText("before")
    bench.grid.select_all()
    bench.grid.copy(Format.CSV)
    notice = bench.grid.context.notices.current()
    assert notice is not None
    assert "nexus-studio rows docs --format csv" in notice.explanation
    monkeypatch.setattr(rowgathering, "MOST_BYTES", 100_000)
    bench.grid.chooser.choose((Block(0, 1999, 0, 5),))
    with qtbot.waitSignal(bench.grid.failed, timeout=10_000) as failed:
        bench.grid.copy(Format.CSV)
    assert failed.args is not None
    error: StudioError = failed.args[0]
    assert error.code == "rows.too_large"
    assert QGuiApplication.clipboard().text() == "before"


def test_the_menu_of_forms(docs: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("docs")
    bench.wait()
    bench.grid.select_cell(0, "id")
    bench.grid.ask_copy()
    menu = child(bench.grid.view, QMenu, "grid_copy_menu")
    assert menu.isVisible()
    names = [action.objectName() for action in menu.actions()]
    assert names == ["grid_copy_tsv-headers", "grid_copy_csv", "grid_copy_json", "grid_copy_sql", "grid_copy_markdown"]
    with qtbot.waitSignal(bench.grid.copying.copied):
        menu.actions()[-1].trigger()
    assert QGuiApplication.clipboard().text() == "| id |\n| ---: |\n| 1 |"
    menu.close()
