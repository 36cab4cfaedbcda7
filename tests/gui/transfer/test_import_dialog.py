"""The import dialog in the real window: preview, mapping, dry run, import, refused lines, what can be put right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.transfer import filereading
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.data.transfer.import_dialog import ImportDialog
from nexus_studio.ui.panels.data.transfer.opening import open_import
from nexus_studio.ui.shell.doors import Target
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_cluster import profile_of
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, has_tree, open_table, rows_of
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
Open = Callable[..., ImportDialog]


@pytest.fixture
def window(open_window: OpenWindow, pg_url: str, sql: Sql) -> Studio:
    sql("CREATE TABLE t (id int PRIMARY KEY, name text, n int CHECK (n > 0), at date DEFAULT '2020-01-01')")
    sql("INSERT INTO t VALUES (1, 'Ada', 1, NULL)")
    return open_window(pg_url)


@pytest.fixture
def open_dialog(window: Studio, qtbot: QtBot, tmp_path: Path) -> Open:
    def open_on(content: str, name: str = "rows.csv") -> ImportDialog:
        open_table(qtbot, window, "t")
        dialog = open_import(data_panel(window))
        assert dialog is not None
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        dialog.show_file(path)
        rest(qtbot, dialog)
        return dialog

    return open_on


def rest(qtbot: QtBot, dialog: ImportDialog, *said: str) -> None:
    """Wait until nothing is read or done, and all that is said."""

    def is_said() -> bool:
        found = " ".join(each.text() for each in dialog.findChildren(QLabel) if each.isVisible())
        return not dialog.desk.is_busy and not dialog.reading.is_busy and all(each in found for each in said)

    qtbot.waitUntil(is_said, timeout=PATIENCE_MS)


def goes(dialog: ImportDialog) -> dict[str, str]:
    """Say what goes where, as it is shown."""
    found = {}
    for row in range(dialog.mapping.rowCount()):
        item, box = dialog.mapping.item(row, 0), dialog.mapping.cellWidget(row, 1)
        assert item is not None
        assert isinstance(box, QComboBox)
        found[item.text()] = box.currentData()
    return found


def choose(box: QComboBox, value: str) -> None:
    """Choose as a person does."""
    at = box.findData(value)
    assert at >= 0
    box.setCurrentIndex(at)
    box.activated.emit(at)


def refused(dialog: ImportDialog) -> list[tuple[str, str, str]]:
    items = [dialog.refused.list.topLevelItem(n) for n in range(dialog.refused.list.topLevelItemCount())]
    return [(item.text(0), item.text(1), item.text(2)) for item in items if item is not None]


def confirm(dialog: ImportDialog) -> None:
    (asked,) = [each for each in dialog.findChildren(ConfirmDialog) if each.isVisible()]
    child(asked, QPushButton, "confirm_do").click()


def test_a_file_is_shown_first(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog("ID;Name;quantity\n2;Bo;3\n3;;4\n")
    assert goes(dialog) == {"ID": "id", "Name": "name", "quantity": ""}
    assert "semicolon" in dialog.form.delimiter.itemText(0)
    rest(qtbot, dialog, "Left to the database: n, at")
    assert dialog.mapping.item(1, 2).text() == "“Bo”   NULL"  # type: ignore[union-attr]
    assert unnamed_widgets(dialog) == []
    assert unreachable_widgets(dialog) == []


def test_import(open_dialog: Open, qtbot: QtBot, window: Studio, sql: Sql) -> None:
    dialog = open_dialog("ID;Name;quantity\n2;Bo;3\n3;;4\n")
    box = dialog.mapping.cellWidget(2, 1)
    assert isinstance(box, QComboBox)
    choose(box, "n")
    rest(qtbot, dialog)
    assert goes(dialog)["quantity"] == "n"
    dialog.try_.click()
    rest(qtbot, dialog, "Nothing is refused: 2 new row")
    assert sql("SELECT count(*) FROM t") == [(1,)]
    dialog.run_.click()
    confirm(dialog)
    rest(qtbot, dialog, "Imported: 2 new row")
    assert sql("SELECT id, name, n FROM t ORDER BY id") == [(1, "Ada", 1), (2, "Bo", 3), (3, None, 4)]
    page = data_panel(window).page
    assert page is not None
    qtbot.waitUntil(lambda: rows_of(page) == 3, timeout=PATIENCE_MS)  # the rows in sight were read again


def test_refused_lines_are_listed_and_saved(open_dialog: Open, qtbot: QtBot, sql: Sql, tmp_path: Path) -> None:
    dialog = open_dialog("id,name,n\nx,y,1\n1,z,1\n2,ok,0\n")
    for button in (dialog.try_, dialog.run_):
        button.click()
        if button is dialog.run_:
            confirm(dialog)
        rest(qtbot, dialog, "are refused. Nothing was written.")
        found = refused(dialog)
        assert found[0] == ("2", "id", 'invalid input syntax for type integer: "x"')
        assert found[1] == ("3", "id", "Another row has the same value.")
        assert "violates check constraint" in found[2][2]
    dialog.refused.write(tmp_path / "list.csv")
    assert (tmp_path / "list.csv").read_text(encoding="utf-8").splitlines()[:2] == [
        "line,columns,reason", '2,id,"invalid input syntax for type integer: ""x"""',
    ]  # fmt: skip
    assert sql("SELECT count(*) FROM t") == [(1,)]
    (tmp_path / "rows.csv").write_text("id,name,n\n9,y,1\n")
    dialog.show_file(tmp_path / "rows.csv")
    rest(qtbot, dialog)
    assert refused(dialog) == []


def test_changes_by_key(open_dialog: Open, qtbot: QtBot, sql: Sql) -> None:
    dialog = open_dialog("id,name\n1,Eve\n7,new\n")
    assert not dialog.form.key.isVisible()
    choose(dialog.form.mode, "upsert")
    assert dialog.form.key.isVisible()
    rest(qtbot, dialog, "Rows are found by: id")
    dialog.run_.click()
    confirm(dialog)
    rest(qtbot, dialog, "1 new row", "1 changed row")
    assert sql("SELECT id, name, n FROM t ORDER BY id") == [(1, "Eve", 1), (7, "new", None)]
    choose(dialog.form.mode, "update")
    dialog.form.skips.setChecked(True)
    rest(qtbot, dialog)
    dialog.run_.click()
    confirm(dialog)
    rest(qtbot, dialog, "2 changed row")


def test_what_does_not_fit_is_put_right(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog("x,y\n5,Bo\n")
    rest(qtbot, dialog, "No column of the file is one of")
    assert not dialog.run_.isEnabled()
    box = dialog.mapping.cellWidget(0, 1)
    assert isinstance(box, QComboBox)
    choose(box, "id")
    rest(qtbot, dialog)
    assert dialog.run_.isEnabled()
    choose(dialog.form.header, "no")
    rest(qtbot, dialog)
    assert goes(dialog) == {"1": "id", "2": "name"}


def test_what_is_no_file_is_said(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog("id\n1\n")
    dialog.show_file(tmp_path / "gone.csv")
    rest(qtbot, dialog, "There is no file")
    assert not dialog.run_.isEnabled()
    (tmp_path / "x.xlsx").write_text("no")
    dialog.show_file(tmp_path / "x.xlsx")
    rest(qtbot, dialog, "is no Excel workbook")


def test_cancel_writes_nothing(open_dialog: Open, qtbot: QtBot, sql: Sql) -> None:
    sql("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN new; END $$")
    sql("CREATE TRIGGER slow BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION slow()")
    dialog = open_dialog("id\n5\n")
    rest(qtbot, dialog, "Sets off triggers: slow")
    dialog.run_.click()
    confirm(dialog)
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    qtbot.waitUntil(lambda: sql(asleep) == [(1,)], timeout=PATIENCE_MS)
    dialog.progress.cancel.click()
    rest(qtbot, dialog, "Stopped")
    assert sql("SELECT count(*) FROM t") == [(1,)]


def test_what_can_be_taken_back_and_what_not(
    open_dialog: Open, qtbot: QtBot, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = open_dialog("id,name\n5,Bo\n6,Cy\n")
    rest(qtbot, dialog, "Can be taken back from History")
    assert dialog.reason.isVisible()
    monkeypatch.setattr(filereading, "MOST_KEPT", 1)
    choose(dialog.form.mode, "upsert")
    rest(qtbot, dialog, "take it back from History: the history keeps the rows of at most 10,000")
    dialog.run_.click()
    (asked,) = [each for each in dialog.findChildren(ConfirmDialog) if each.isVisible()]
    assert any("won't be possible" in each.text() for each in asked.findChildren(QLabel))
    confirm(dialog)
    rest(qtbot, dialog, "Imported: 2 new rows", "It can't be taken back from History")


def test_an_import_is_taken_back_in_the_window(open_dialog: Open, qtbot: QtBot, window: Studio, sql: Sql) -> None:
    dialog = open_dialog("id,name,n\n1,Eve,7\n5,Bo,\n")
    choose(dialog.form.mode, "upsert")
    rest(qtbot, dialog)
    child(dialog, QLineEdit, "import_rows.reason").setText("names from the office")
    child(dialog, QLineEdit, "import_rows.ticket").setText("NX-7")
    dialog.run_.click()
    confirm(dialog)
    rest(qtbot, dialog, "Imported: 1 new row, 1 changed row")
    workspace = window.connection.workspace
    assert workspace is not None
    (saved,) = workspace.history.sets(TaskContext())
    assert (saved.reason, saved.ticket, saved.can_revert) == ("rows.csv · names from the office", "NX-7", True)
    details = workspace.history.show(saved.id, TaskContext())
    assert [(each.kind.value, dict(each.before)) for each in details.images] == [
        ("update", {"id": "1", "name": "Ada", "n": "1"}), ("insert", {}),
    ]  # fmt: skip


def test_a_reason_is_asked_for(window: Studio, pg_url: str, qtbot: QtBot, tmp_path: Path, sql: Sql) -> None:
    window.disconnect_now()
    window.connection.connect_to(Target(replace(profile_of(pg_url), requires_reason=True)))
    qtbot.waitUntil(lambda: window.connection.workspace is not None and has_tree(window), timeout=PATIENCE_MS)
    open_table(qtbot, window, "t")
    dialog = open_import(data_panel(window))
    assert dialog is not None
    path = tmp_path / "rows.csv"
    path.write_text("id\n5\n", encoding="utf-8")
    dialog.show_file(path)
    rest(qtbot, dialog, "Can be taken back")
    assert (dialog.try_.isEnabled(), dialog.run_.isEnabled()) == (True, False)
    assert "reason" in dialog.run_.toolTip()
    child(dialog, QLineEdit, "import_rows.reason").setText("asked for")
    assert dialog.run_.isEnabled()
    dialog.run_.click()
    confirm(dialog)
    rest(qtbot, dialog, "Imported: 1 new row")
    assert sql("SELECT count(*) FROM t") == [(2,)]


def test_where_it_cannot_be_kept_it_asks(open_dialog: Open, qtbot: QtBot, window: Studio, sql: Sql) -> None:
    workspace = window.connection.workspace
    assert workspace is not None
    folder = workspace.history.file.parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    dialog = open_dialog("id\n5\n")
    dialog.run_.click()
    confirm(dialog)
    qtbot.waitUntil(lambda: any(each.isVisible() for each in dialog.findChildren(ConfirmDialog)), timeout=PATIENCE_MS)
    assert sql("SELECT count(*) FROM t") == [(1,)]
    confirm(dialog)
    rest(qtbot, dialog, "Imported: 1 new row")
    assert sql("SELECT count(*) FROM t") == [(2,)]


def test_what_is_filled_is_said_before(open_dialog: Open, qtbot: QtBot, sql: Sql) -> None:
    sql("""DROP TABLE t; CREATE TABLE t (id text PRIMARY KEY, name text);
        INSERT INTO t VALUES ('cjld2cjxh0000qzrmn831i7rn', 'Ada')""")
    dialog = open_dialog("name\nBo\n")
    rest(qtbot, dialog, "New rows are given an id like those there are: id")
    assert goes(dialog) == {"name": "name"}
    dialog.run_.click()
    confirm(dialog)
    rest(qtbot, dialog, "Imported: 1 new row")
    assert sql("SELECT name FROM t WHERE id ~ '^c[0-9a-z]{24}$' ORDER BY 1") == [("Ada",), ("Bo",)]
