"""The export dialog in the real window: what is offered, what lands in the file, replacing, failing, going on alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.transfer import FileFormat
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.blocks import END, Block
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.data.transfer.export_dialog import ExportDialog, Offer
from nexus_studio.ui.panels.data.transfer.opening import open_export
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, row_at, rows_of, stage
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
Open = Callable[..., ExportDialog]


@pytest.fixture
def window(open_window: OpenWindow, pg_url: str, sql: Sql) -> Studio:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
    sql("INSERT INTO t SELECT n, 'a' || n, 'b' || n FROM generate_series(1, 3000) n")
    sql("ANALYZE t")
    return open_window(pg_url)


@pytest.fixture
def open_dialog(window: Studio, qtbot: QtBot, tmp_path: Path) -> Open:
    def open_on(condition: Condition | None = None, block: Block | None = None, name: str = "out.csv") -> ExportDialog:
        page = open_table(qtbot, window, "t", condition)
        if block is not None:
            qtbot.waitUntil(lambda: rows_of(page) == 3000, timeout=PATIENCE_MS)
            page.grid.chooser.choose((block,))
        dialog = open_export(data_panel(window))
        assert dialog is not None
        dialog.place.setText(str(tmp_path / name))
        return dialog

    return open_on


def finish(qtbot: QtBot, dialog: ExportDialog, said: str = "") -> None:
    """Wait until it is at rest, and the card says that."""

    def is_said() -> bool:
        found = " ".join(each.text() for each in dialog.progress.findChildren(QLabel) if each.isVisible())
        return not dialog.desk.is_busy and bool(found) and said in found

    qtbot.waitUntil(is_said, timeout=PATIENCE_MS)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_a_whole_table(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog()
    assert dialog.whole.isChecked()
    assert not dialog.filtered.isEnabled()
    assert unnamed_widgets(dialog) == []
    assert unreachable_widgets(dialog) == []
    dialog.do.click()
    finish(qtbot, dialog, "out.csv")
    assert lines(tmp_path / "out.csv")[:2] == ["id,a,b", "1,a1,b1"]
    assert len(lines(tmp_path / "out.csv")) == 3001
    assert child(dialog, QPushButton, "export_rows.progress.show").isVisible()


def test_what_the_filter_shows(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog(Condition("id", "gt", ("2998",)))
    assert dialog.filtered.isChecked()
    dialog.do.click()
    finish(qtbot, dialog)
    assert lines(tmp_path / "out.csv") == ["id,a,b", "2999,a2999,b2999", "3000,a3000,b3000"]
    dialog.whole.setChecked(True)
    dialog.place.setText(str(tmp_path / "all.csv"))
    dialog.do.click()
    qtbot.waitUntil((tmp_path / "all.csv").exists, timeout=PATIENCE_MS)
    assert len(lines(tmp_path / "all.csv")) == 3001


def test_the_selection_with_rows_that_are_not_here(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog(block=Block(1, 2500, 1, 1))
    assert dialog.selected.isEnabled()
    assert "2,500" in dialog.selected.text()
    dialog.selected.setChecked(True)
    dialog.do.click()
    qtbot.waitUntil((tmp_path / "out.csv").exists, timeout=PATIENCE_MS)
    found = lines(tmp_path / "out.csv")
    assert (found[0], found[1], found[-1], len(found)) == ("a", "a2", "a2501", 2501)
    finish(qtbot, dialog)


def test_too_much_is_no_selection(open_dialog: Open) -> None:
    dialog = open_dialog(block=Block(0, END, 0, 1))
    assert dialog.selected.isEnabled()
    assert "3,000" in dialog.selected.text()


def test_forms(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog(Condition("id", "is", ("1",)), name="rows.2024.csv")
    form = dialog.form
    shown = {}
    for each in FileFormat:
        if (at := form.format.findData(each.value)) >= 0:
            form.format.setCurrentIndex(at)
            boxes = {"delimiter": form.delimiter, "null": form.null, "bom": form.bom, "guard": form.guard}
            shown[each] = {name for name, box in boxes.items() if box.isVisibleTo(dialog)}
            assert Path(dialog.place.text()).name == f"rows.2024.{each.value}"
    assert shown[FileFormat.CSV] == {"delimiter", "null", "bom", "guard"}
    assert shown[FileFormat.EXCEL] == {"guard"}
    assert shown[FileFormat.SQL] == set()
    form.format.setCurrentIndex(form.format.findData("csv"))
    form.packing.setCurrentIndex(form.packing.findData("gz"))
    assert dialog.place.text().endswith("rows.2024.csv.gz")
    form.packing.setCurrentIndex(0)
    form.delimiter.setCurrentIndex(form.delimiter.findData(";"))
    form.header.setChecked(False)
    dialog.do.click()
    finish(qtbot, dialog)
    assert lines(tmp_path / "rows.2024.csv") == ["1;a1;b1"]


def test_a_file_that_is_there_is_asked_about(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("mine")
    dialog = open_dialog()
    dialog.do.click()
    (asked,) = [each for each in dialog.findChildren(ConfirmDialog) if each.isVisible()]
    child(asked, QPushButton, "confirm_cancel").click()
    assert (tmp_path / "out.csv").read_text() == "mine"
    dialog.do.click()
    (asked,) = [each for each in dialog.findChildren(ConfirmDialog) if each.isVisible()]
    assert not child(asked, QLineEdit, "confirm_name").isVisible()
    child(asked, QPushButton, "confirm_do").click()
    finish(qtbot, dialog)
    assert len(lines(tmp_path / "out.csv")) == 3001


def test_a_failure_is_said(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog(name="gone/out.csv")
    dialog.do.click()
    finish(qtbot, dialog, "There is no folder")
    assert dialog.do.isEnabled()
    dialog.place.setText("")
    assert not dialog.do.isEnabled()
    assert list(tmp_path.glob("*.part")) == []


def test_cancel(qtbot: QtBot, sql: Sql, window: Studio, tmp_path: Path) -> None:
    sql("CREATE VIEW endless AS SELECT generate_series(1, 1000000000000) AS n")
    page = open_table(qtbot, window, "t")
    endless = page.workspace.catalog.relation(RelationName("public", "endless"), TaskContext.for_test())
    offer = Offer(endless, RowQuery(endless.name))
    dialog = ExportDialog(window.context, page.workspace, offer, lambda *_: None, data_panel(window))
    dialog.place.setText(str(tmp_path / "endless.csv"))
    dialog.show()
    dialog.do.click()
    qtbot.waitUntil(lambda: "rows" in child(dialog, QLabel, "export_rows.progress.doing").text(), timeout=PATIENCE_MS)
    dialog.progress.cancel.click()
    finish(qtbot, dialog, "Stopped")
    assert list(tmp_path.iterdir()) == []
    # closed while it works, it goes on, and tells in the window
    dialog.do.click()
    dialog.close()
    assert not dialog.isVisible()
    assert dialog.desk.is_busy
    dialog.desk.cancel()
    qtbot.waitUntil(lambda: window.context.runner.is_idle, timeout=PATIENCE_MS)


def test_closed_while_it_works_it_tells_in_the_window(
    open_dialog: Open, qtbot: QtBot, window: Studio, tmp_path: Path
) -> None:
    dialog = open_dialog()
    dialog.do.click()
    dialog.close()
    qtbot.waitUntil((tmp_path / "out.csv").exists, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.context.runner.is_idle, timeout=PATIENCE_MS)
    assert any("out.csv" in each.text for each in window.context.notices.standing())


def test_what_is_staged_is_said_to_be_left_out(open_dialog: Open, qtbot: QtBot, window: Studio) -> None:
    page = open_table(qtbot, window, "t")
    stage(page, row_at(qtbot, page, 0), "a", "new")
    dialog = open_dialog()
    assert "not saved" in child(dialog, QLabel, "export_rows.warning").text()
