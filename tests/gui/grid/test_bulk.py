"""Edits of many cells: one value for all of them, the value above, a spreadsheet as new rows, find and replace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QListWidget, QPlainTextEdit
from pytestqt.qtbot import QtBot

from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from nexus_studio.ui.grid.blocks import END, Block
from nexus_studio.ui.grid.editors.reference import ReferenceEditor
from nexus_studio.ui.grid.paste_dialog import PasteDialog
from nexus_studio.ui.grid.replace_dialog import ReplaceDialog
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.beat import STALL_S, Beat
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LONG = "x" * 400 + " Lyon"


@pytest.fixture
def bench(sql: Sql, open_grid: OpenGrid) -> Bench:
    sql(
        "CREATE TABLE members (id int PRIMARY KEY, name text NOT NULL, town text, age int, photo bytea,"
        " loud text GENERATED ALWAYS AS (upper(name)) STORED, serial int GENERATED ALWAYS AS IDENTITY)"
    )
    sql(
        "INSERT INTO members (id, name, town, age, photo) SELECT n, 'name ' || n, CASE n WHEN 3 THEN NULL WHEN 4 THEN"
        f" '{LONG}' ELSE 'Paris ' || n END, n, '\\x4c796f6e' FROM generate_series(1, 6) n"
    )
    found = open_grid("members")
    found.wait(rows=6)
    return found


def column(bench: Bench, name: str) -> list[Any]:
    return [bench.cell(row, name) for row in range(bench.grid.model.rowCount())]


def saved(bench: Bench, session: Session) -> None:
    """Write what is staged."""
    bench.qtbot.waitUntil(lambda: not bench.grid.stager.is_busy and bench.grid.context.runner.is_idle)
    RowWriter(session).apply(bench.changes.freeze(), {bench.relation.name: bench.relation}, TaskContext.for_test())


def said(bench: Bench) -> str:
    notices = bench.grid.context.notices.history()
    return notices[0].text if notices else ""


# ---- one value


def test_ctrl_enter_gives_all_selected_cells_the_value(bench: Bench, session: Session, sql: Sql) -> None:
    bench.grid.select_cell(1, "town")
    bench.grid.chooser.choose((Block(1, 3, 2, 2), Block(5, 5, 2, 2)))
    bench.grid.begin_edit("N")
    editor = bench.grid.editing.editor
    assert editor is not None
    field = child(editor, QLineEdit, "editor_field")
    bench.qtbot.keyClicks(field, "ice")
    bench.qtbot.keyClick(field, Qt.Key.Key_Return, CTRL)
    bench.qtbot.waitUntil(lambda: bench.cell(5, "town") == "Nice")
    assert column(bench, "town") == ["Paris 1", "Nice", "Nice", "Nice", "Paris 5", "Nice"]
    saved(bench, session)
    assert sql("SELECT count(*) FROM members WHERE town = 'Nice'") == [(4,)]
    bench.grid.undo()
    assert bench.changes.is_empty


def test_enter_alone_changes_one_cell(bench: Bench) -> None:
    bench.grid.select_cell(1, "town")
    bench.grid.chooser.choose((Block(1, 3, 2, 2),))
    bench.grid.begin_edit("N")
    editor = bench.grid.editing.editor
    assert editor is not None
    bench.qtbot.keyClick(child(editor, QLineEdit, "editor_field"), Qt.Key.Key_Return)
    assert bench.changes.counts.edited == 1


def test_ctrl_enter_takes_what_stands_there_when_nothing_was_typed(bench: Bench) -> None:
    bench.grid.select_cell(0, "town")
    bench.grid.chooser.choose((Block(0, 2, 2, 2),))
    bench.grid.begin_edit()
    editor = bench.grid.editing.editor
    assert editor is not None
    field = editor.findChild(QLineEdit) or editor.findChild(QPlainTextEdit)
    bench.qtbot.keyClick(field, Qt.Key.Key_Return, CTRL)
    assert column(bench, "town")[:3] == ["Paris 1"] * 3


def test_a_whole_column_and_a_value_a_column_does_not_take(bench: Bench) -> None:
    bench.grid.bulk.spread("7", {}, lines(bench), (Block(0, END, 3, 3),), "age")
    assert column(bench, "age") == ["7"] * 6
    bench.grid.undo()
    bench.grid.bulk.spread("seven", {}, lines(bench), (Block(0, END, 2, 3),), "town")
    assert bench.changes.is_empty
    assert "age" in said(bench)


def test_computed_columns_are_left_out_and_said_and_bytes_are_never_emptied(bench: Bench) -> None:
    with bench.qtbot.waitSignal(bench.grid.locked):
        bench.grid.bulk.spread("x", {}, lines(bench), (Block(0, 0, 1, 1), Block(0, 0, 5, 5)), "name")
    assert bench.cell(0, "name") == "x"
    bench.grid.bulk.spread(None, {}, lines(bench), (Block(0, 5, 1, 4),), "town")
    bench.qtbot.waitUntil(lambda: not bench.grid.stager.is_busy)
    assert column(bench, "town") == [None] * 6
    assert bench.cell(1, "name") == "name 2"
    assert bench.cell(1, "photo") is not None


def lines(bench: Bench) -> dict[int, Any]:
    return {line: bench.grid.model.line_at(line) for line in range(bench.grid.model.lines)}


def test_a_key_of_several_columns_is_put_into_each_row_whole(sql: Sql, open_grid: OpenGrid) -> None:
    sql("CREATE TABLE shelf (shop int, no int, name text, PRIMARY KEY (shop, no))")
    sql("INSERT INTO shelf VALUES (1, 1, 'books'), (2, 7, 'tools')")
    sql("CREATE TABLE thing (id int PRIMARY KEY, shop int, shelf int, FOREIGN KEY (shop, shelf) REFERENCES shelf)")
    sql("INSERT INTO thing SELECT n, 1, 1 FROM generate_series(1, 4) n")
    bench = open_grid("thing")
    bench.wait(rows=4)
    bench.grid.select_cell(1, "shelf")
    bench.grid.chooser.choose((Block(1, 3, 2, 2),))
    bench.grid.begin_edit()
    editor = bench.grid.editing.editor
    assert isinstance(editor, ReferenceEditor)
    field = child(editor, QLineEdit, "editor_field")
    field.clear()
    bench.qtbot.keyClicks(field, "tools")
    found = child(editor, QListWidget, "editor_found")
    bench.qtbot.waitUntil(lambda: found.count() == 1 and bench.grid.context.runner.is_idle)
    bench.qtbot.keyClick(field, Qt.Key.Key_Return, CTRL)
    bench.qtbot.waitUntil(lambda: bench.changes.counts.edited == 3)
    assert column(bench, "shop") == ["1", "2", "2", "2"]
    assert column(bench, "shelf") == ["1", "7", "7", "7"]
    bench.grid.undo()
    assert bench.changes.is_empty


# ---- down


def test_fill_down_copies_the_first_line_whole(bench: Bench, session: Session, sql: Sql) -> None:
    bench.grid.select_cell(3, "town")
    bench.grid.chooser.choose((Block(3, 5, 2, 3),))
    bench.qtbot.keyClick(bench.grid.view, Qt.Key.Key_J, CTRL)
    bench.qtbot.waitUntil(lambda: bench.changes.counts.edited == 2)
    saved(bench, session)
    assert sql("SELECT town, age FROM members WHERE id > 3") == [(LONG, 4)] * 3


def test_fill_down_on_one_line_takes_what_is_above(bench: Bench) -> None:
    bench.grid.select_cell(1, "age")
    bench.grid.fill_down()
    assert column(bench, "age")[:2] == ["1", "1"]
    bench.grid.undo()
    bench.grid.select_cell(0, "age")
    bench.grid.fill_down()
    assert bench.changes.is_empty


# ---- new rows


def paste_rows(bench: Bench, text: str) -> PasteDialog:
    QGuiApplication.clipboard().setText(text)
    bench.qtbot.keyClick(bench.grid.view, Qt.Key.Key_V, CTRL | SHIFT)
    return bench.grid.findChild(PasteDialog) or child(bench.grid, PasteDialog, "paste_dialog")


def test_a_spreadsheet_becomes_rows(bench: Bench, session: Session, sql: Sql) -> None:
    text = 'Town\tid\tloud\tname\tage\r\nLyon\t7\tX\tAnna\t30\r\n"two\nlines"\t8\t\t"He said ""hi"""\tnone\r\n'
    dialog = paste_rows(bench, text)
    assert dialog.headings.isChecked()
    assert not dialog.go.isEnabled()
    assert "age" in dialog.trouble.text()
    dialog.null.setText("none")
    assert dialog.go.isEnabled()
    assert "loud" in dialog.said.text()
    dialog.go.click()
    assert bench.changes.counts.inserted == 2
    saved(bench, session)
    assert sql("SELECT id, name, town, age, loud FROM members WHERE id > 6 ORDER BY id") == [
        (7, "Anna", "Lyon", 30, "ANNA"),
        (8, 'He said "hi"', "two\nlines", None, 'HE SAID "HI"'),
    ]
    bench.grid.undo()
    assert bench.changes.is_empty


def test_too_many_columns_are_said(bench: Bench) -> None:
    bench.grid.select_cell(0, "photo")
    dialog = paste_rows(bench, "\\x00\tloud\t1\tmore\tand more\n")
    assert dialog.plan.surplus == 2
    assert "2" in dialog.said.text()
    assert dialog.plan.computed == ("loud", "serial")
    assert unnamed_widgets(dialog) == []
    dialog.reject()


def test_no_right_to_insert_is_said_before(sql: Sql, open_grid: OpenGrid) -> None:
    sql("CREATE TABLE plain (id int PRIMARY KEY)")
    bench = open_grid("plain", read_only=True)
    QGuiApplication.clipboard().setText("1")
    with bench.qtbot.waitSignal(bench.grid.locked):
        bench.grid.paste_rows()


# ---- find and replace


def replacing(bench: Bench, blocks: tuple[Block, ...]) -> ReplaceDialog:
    bench.grid.chooser.choose(blocks)
    bench.qtbot.keyClick(bench.grid.view, Qt.Key.Key_H, CTRL)
    bench.qtbot.waitUntil(lambda: bench.grid.findChild(ReplaceDialog) is not None)
    dialog = bench.grid.findChild(ReplaceDialog)
    assert dialog is not None
    return dialog


def preview(bench: Bench, dialog: ReplaceDialog, find: str, by: str) -> list[tuple[str, str]]:
    with bench.qtbot.waitSignal(dialog.looked, timeout=10_000):
        dialog.sought.setText(find)
        dialog.by.setText(by)
    return [(each.cell.text, each.new) for each in dialog.model.found]


def test_replacing_shows_first_and_stages_then(bench: Bench, session: Session, sql: Sql) -> None:
    bench.grid.select_cell(0, "town")
    dialog = replacing(bench, (Block(0, 5, 0, 6),))
    found = preview(bench, dialog, "Lyon", "Nice")
    assert found == [(LONG, LONG.replace("Lyon", "Nice"))]  # not the bytes of the photo, nor what is computed
    assert bench.changes.is_empty
    assert unnamed_widgets(dialog) == []
    dialog.go.click()
    bench.qtbot.waitUntil(lambda: bench.changes.counts.edited == 1)
    saved(bench, session)
    assert sql("SELECT right(town, 4) FROM members WHERE id = 4") == [("Nice",)]
    bench.grid.undo()
    assert bench.changes.is_empty


def test_case_whole_cell_and_pattern(bench: Bench) -> None:
    dialog = replacing(bench, (Block(0, 5, 1, 3),))
    assert preview(bench, dialog, "paris", "x") == []
    with bench.qtbot.waitSignal(dialog.looked):
        dialog.minds_case.setChecked(False)
    assert [new for _, new in preview(bench, dialog, "PARIS", "x")] == ["x 1", "x 2", "x 5", "x 6"]
    with bench.qtbot.waitSignal(dialog.looked):
        dialog.whole.setChecked(True)
    assert dialog.model.found == []
    assert preview(bench, dialog, "5", "50") == [("5", "50")]
    with bench.qtbot.waitSignal(dialog.looked):
        dialog.is_pattern.setChecked(True)
    assert preview(bench, dialog, r"(\w+) ([12])", r"\2 \1 [\&]") == [
        ("name 1", "1 name [name 1]"),
        ("Paris 1", "1 Paris [Paris 1]"),
        ("name 2", "2 name [name 2]"),
        ("Paris 2", "2 Paris [Paris 2]"),
    ]
    preview(bench, dialog, "(", "")
    assert dialog.said.property("tone") == "danger", dialog.said.text()
    assert not dialog.go.isEnabled()
    dialog.reject()


def test_what_a_column_does_not_take_stays(bench: Bench) -> None:
    dialog = replacing(bench, (Block(0, 5, 2, 3),))
    found = preview(bench, dialog, "1", "one")
    assert ("1", "one") in found
    refused = [each for each in dialog.model.found if each.refusal]
    assert [each.cell.column.name for each in refused] == ["age"]
    dialog.go.click()
    assert bench.cell(0, "town") == "Paris one"
    assert bench.cell(0, "age") == "1"


def test_a_wild_pattern_is_stopped(sql: Sql, open_grid: OpenGrid) -> None:
    sql("CREATE TABLE wild (id int PRIMARY KEY, body text)")
    sql("INSERT INTO wild SELECT n, repeat('ab', 3000) || 'c' || n FROM generate_series(1, 300) n")
    sql("ANALYZE wild")
    bench = open_grid("wild")
    bench.wait(rows=300)
    dialog = replacing(bench, (Block(0, END, 1, 1),))
    dialog.is_pattern.setChecked(True)
    began = time.monotonic()
    preview(bench, dialog, r"^(.*)(.*)(.*)c\1\2\3$", "x")
    assert time.monotonic() - began < 60  # it would never come to its end
    assert dialog.said.property("tone") == "danger", dialog.said.text()
    dialog.reject()


# ---- ten thousand


def test_ten_thousand_cells_do_not_stall_the_window(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE many (id int PRIMARY KEY, note text, age int)")
    sql("INSERT INTO many SELECT n, 'note ' || n, n FROM generate_series(1, 10000) n")
    sql("ANALYZE many")
    bench = open_grid("many")
    bench.wait(rows=10_000)
    beat, pauses = Beat(), dict[str, float]()

    def measured(name: str, go: Callable[[], object], done: Callable[[], bool]) -> None:
        with beat.watching():
            go()
            qtbot.waitUntil(lambda: done() and not bench.grid.stager.is_busy, timeout=60_000)
        pauses[name] = beat.longest_s

    bench.grid.chooser.choose((Block(0, END, 1, 1),))
    bench.grid.select_cell(0, "note")
    bench.grid.chooser.choose((Block(0, END, 1, 1),))
    measured("spread", lambda: bench.grid._spread("same", {}, "note"), lambda: bench.changes.counts.edited == 10_000)
    measured("undo", bench.grid.undo, lambda: bench.changes.is_empty)
    measured("fill down", bench.grid.fill_down, lambda: bench.changes.counts.edited == 9_999)
    bench.grid.undo()
    dialog = replacing(bench, (Block(0, END, 1, 1),))
    preview(bench, dialog, "note", "remark")
    assert len(dialog.model.found) == 10_000
    measured("replace", dialog.go.click, lambda: bench.changes.counts.edited == 10_000)
    bench.grid.undo()
    bench.grid.select_cell(0, "id")
    paste = paste_rows(bench, "\n".join(f"{n}\tnew {n}" for n in range(20_000, 30_000)))
    measured("paste", paste.go.click, lambda: bench.changes.counts.inserted == 10_000)
    assert max(pauses.values()) < 2 * STALL_S, pauses
