"""Editing cells: by keyboard, in every kind of editor; nothing is written, everything can be undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QListWidget, QMenu, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import DEFAULT
from nexus_studio.core.data.filters import Condition
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.overlay import ModelOverlay, ModelTable
from nexus_studio.ui.grid.editors.array import ArrayEditor
from nexus_studio.ui.grid.editors.big import BigEditor
from nexus_studio.ui.grid.editors.binary import BinaryEditor
from nexus_studio.ui.grid.editors.cell_editor import CellEditor, Special
from nexus_studio.ui.grid.editors.choice import BooleanEditor, ChoiceEditor
from nexus_studio.ui.grid.editors.json_editor import JsonEditor
from nexus_studio.ui.grid.editors.line import LineEditor, NumberEditor, UuidEditor
from nexus_studio.ui.grid.editors.long_text import LongTextEditor, format_json
from nexus_studio.ui.grid.editors.moment import CalendarEditor
from nexus_studio.ui.grid.editors.pgarray import format_array, parse_array
from nexus_studio.ui.grid.editors.reference import ReferenceEditor
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def zoo(sql: Sql) -> Sql:
    sql("CREATE TYPE role AS ENUM ('COACH', 'STUDENT', 'ADMIN')")
    sql("CREATE TABLE places (id int PRIMARY KEY, name text)")
    sql("INSERT INTO places VALUES (1, 'Paris'), (2, 'Lyon'), (3, 'Nice')")
    sql(
        "CREATE TABLE zoo (id int PRIMARY KEY, name text, age int DEFAULT 3, price numeric(6,2), role role,"
        " paid bool NOT NULL DEFAULT false, born date, seen timestamptz, code uuid, doc jsonb, tags text[],"
        " roles role[], photo bytea, place int REFERENCES places, loud text GENERATED ALWAYS AS (upper(name)) STORED)"
    )
    sql(
        "INSERT INTO zoo (id, name, age, role, born, doc, tags, roles, place)"
        " SELECT n, 'name ' || n, n, 'COACH', '2000-01-02', '{\"a\": 1.10}', '{a,\"b c\"}', '{COACH}', 1"
        " FROM generate_series(1, 5) n"
    )
    return sql


@pytest.fixture
def bench(zoo: Sql, open_grid: OpenGrid) -> Bench:
    found = open_grid("zoo")
    found.wait(rows=5)
    found.grid.view.setFocus()
    return found


def editor_on(bench: Bench, column: str, row: int = 0) -> CellEditor:
    bench.grid.select_cell(row, column)
    bench.grid.begin_edit()
    bench.qtbot.waitUntil(lambda: bench.grid.editing.editor is not None)
    editor = bench.grid.editing.editor
    assert editor is not None
    assert unnamed_widgets(editor) == []
    return editor


def test_enter_types_and_commits(bench: Bench, qtbot: QtBot) -> None:
    bench.grid.select_cell(0, "name")
    qtbot.keyClick(bench.grid.view, Qt.Key.Key_F2)
    editor = bench.grid.editing.editor
    assert isinstance(editor, LineEditor)
    editor._edit.selectAll()
    qtbot.keyClicks(editor._edit, "Zoe")
    qtbot.keyClick(editor._edit, Qt.Key.Key_Return)
    assert bench.grid.editing.editor is None
    assert bench.cell(0, "name") == "Zoe"
    assert bench.changes.counts.edited == 1
    assert bench.grid.current_column().name == "name"  # type: ignore[union-attr]
    qtbot.keyClick(bench.grid.view, Qt.Key.Key_Z, CTRL)
    assert bench.cell(0, "name") == "name 1"
    qtbot.keyClick(bench.grid.view, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert bench.cell(0, "name") == "Zoe"


def test_typing_starts_and_tab_goes_on(bench: Bench, qtbot: QtBot) -> None:
    bench.grid.select_cell(0, "name")
    qtbot.keyClick(bench.grid.view, "q")
    editor = bench.grid.editing.editor
    assert isinstance(editor, LineEditor)
    qtbot.keyClicks(editor._edit, "x")
    qtbot.keyClick(editor._edit, Qt.Key.Key_Tab)
    assert bench.cell(0, "name") == "qx"
    assert bench.grid.current_column().name == "age"  # type: ignore[union-attr]


def test_escape_leaves_the_value(bench: Bench, qtbot: QtBot) -> None:
    editor = editor_on(bench, "name")
    assert isinstance(editor, LineEditor)
    qtbot.keyClicks(editor._edit, "junk")
    qtbot.keyClick(editor._edit, Qt.Key.Key_Escape)
    assert bench.cell(0, "name") == "name 1"
    assert bench.changes.is_empty


def test_a_refused_value_stays_open(bench: Bench, qtbot: QtBot) -> None:
    editor = editor_on(bench, "age")
    assert isinstance(editor, NumberEditor)
    editor._edit.selectAll()
    qtbot.keyClicks(editor._edit, "many")
    qtbot.keyClick(editor._edit, Qt.Key.Key_Return)
    assert bench.grid.editing.editor is editor
    assert editor.message
    assert bench.changes.is_empty
    editor._edit.selectAll()
    qtbot.keyClicks(editor._edit, "12")
    qtbot.keyClick(editor._edit, Qt.Key.Key_Return)
    assert bench.cell(0, "age") == "12"


def test_null_empty_and_default_differ(bench: Bench, qtbot: QtBot) -> None:
    editor = editor_on(bench, "name")
    assert isinstance(editor, LineEditor)
    qtbot.keyClick(editor._edit, Qt.Key.Key_0, CTRL)
    assert editor.special is Special.NULL
    assert editor._edit.placeholderText() == "NULL"
    editor.commit()
    assert bench.cell(0, "name") is None
    editor = editor_on(bench, "name")
    editor.set_text("")
    editor.commit()
    assert bench.cell(0, "name") == ""
    editor = editor_on(bench, "age")
    editor.set_default()
    assert editor.special is Special.DEFAULT
    editor.commit()
    assert bench.cell(0, "age") is DEFAULT
    assert {bench.text(0, "name"), bench.text(0, "age")} == {"empty", "DEFAULT"}


def test_numbers_keep_their_digits(bench: Bench) -> None:
    editor = editor_on(bench, "price")
    editor.set_text("1234.50")
    editor.commit()
    assert bench.cell(0, "price") == "1234.50"


def test_choices(bench: Bench, qtbot: QtBot) -> None:
    editor = editor_on(bench, "role")
    assert isinstance(editor, ChoiceEditor)
    qtbot.keyClick(editor._combo.view(), Qt.Key.Key_Escape)
    assert bench.grid.editing.editor is None
    editor = editor_on(bench, "role")
    assert isinstance(editor, ChoiceEditor)
    editor._combo.hidePopup()
    editor._combo.setCurrentText("ADMIN")
    editor._combo.activated.emit(editor._combo.currentIndex())
    assert bench.cell(0, "role") == "ADMIN"
    editor = editor_on(bench, "paid")
    assert isinstance(editor, BooleanEditor)
    assert editor._combo.findText("NULL") < 0
    editor._combo.hidePopup()
    editor._combo.setCurrentText("true")
    editor._combo.activated.emit(editor._combo.currentIndex())
    assert bench.text(0, "paid") == "true"


def test_a_date_from_the_calendar(bench: Bench) -> None:
    editor = editor_on(bench, "born")
    assert isinstance(editor, CalendarEditor)
    editor.open_calendar()
    editor._take_date(QDate(2024, 2, 29))
    editor.commit()
    assert bench.cell(0, "born") == "2024-02-29"


def test_a_fresh_uuid(bench: Bench) -> None:
    editor = editor_on(bench, "code")
    assert isinstance(editor, UuidEditor)
    editor._menu_actions()[0].trigger()
    editor.commit()
    assert len(str(bench.cell(0, "code"))) == 36


def test_json_is_formatted_and_judged(bench: Bench) -> None:
    editor = editor_on(bench, "doc")
    assert isinstance(editor, JsonEditor)
    editor.set_text('{"a": ')
    assert not editor.commit()
    editor.set_text('{"a": 1.10}')
    child(editor, QPushButton, "editor_format").click()
    assert editor.cell() == '{\n  "a": 1.10\n}'
    child(editor, QPushButton, "editor_apply").click()
    assert bench.grid.editing.editor is None


def test_format_json_keeps_numbers() -> None:
    exact = "12345678901234567890.123456789012345678901234567890"
    assert format_json(f"[{exact}, 1e400, -0]") == f"[\n  {exact},\n  1e400,\n  -0\n]"
    assert format_json("{") is None


def test_arrays_as_lists(bench: Bench) -> None:
    editor = editor_on(bench, "tags")
    assert isinstance(editor, ArrayEditor)
    editor.show_list()
    lines = child(editor, QPlainTextEdit, "editor_list")
    assert lines.toPlainText() == "a\nb c"
    lines.setPlainText('a\nNULL\n"quoted"')
    editor.commit()
    assert bench.cell(0, "tags") == '{a,NULL,"\\"quoted\\""}'
    editor = editor_on(bench, "roles")
    assert isinstance(editor, ArrayEditor)
    editor.show_list()
    checks = child(editor, QListWidget, "editor_list")
    checks.item(2).setCheckState(Qt.CheckState.Checked)
    editor.commit()
    assert bench.cell(0, "roles") == "{COACH,ADMIN}"


@pytest.mark.parametrize("elements", [[], ["a", None, "NULL", "", 'q"\\', "x,y", " s "], ["{}", "é\n"]])
def test_array_text_goes_both_ways(elements: list[str | None]) -> None:
    assert parse_array(format_array(elements)) == elements


@pytest.mark.parametrize("text", ["{{1,2}}", "{a", "[2:3]={1,2}", "{a,,b}", '{"a'])
def test_other_arrays_stay_text(text: str) -> None:
    assert parse_array(text) is None


def test_bytes_from_a_file_and_back(bench: Bench, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "in.bin").write_bytes(b"\x00\x01" * 50)
    editor = editor_on(bench, "photo")
    assert isinstance(editor, BinaryEditor)
    editor.load(tmp_path / "in.bin")
    qtbot.waitUntil(lambda: editor.is_touched)
    editor.save(tmp_path / "out.bin")
    qtbot.waitUntil((tmp_path / "out.bin").exists)
    qtbot.waitUntil(lambda: bench.grid.context.runner.is_idle)
    assert (tmp_path / "out.bin").read_bytes() == b"\x00\x01" * 50
    editor.commit()
    assert bench.cell(0, "photo") == "\\x" + "0001" * 50
    editor = editor_on(bench, "photo", 1)
    assert isinstance(editor, BinaryEditor)
    editor.load(tmp_path / "missing.bin")
    qtbot.waitUntil(lambda: bool(editor.message))
    editor.cancel()


def test_a_foreign_key_is_picked_by_label(bench: Bench, qtbot: QtBot) -> None:
    editor = editor_on(bench, "place")
    assert isinstance(editor, ReferenceEditor)
    qtbot.waitUntil(lambda: editor._found.count() == 3)
    editor._edit.clear()
    qtbot.keyClicks(editor._edit, "lyo")
    qtbot.waitUntil(lambda: editor._found.count() == 1)
    qtbot.keyClick(editor._edit, Qt.Key.Key_Return)
    assert bench.cell(0, "place") == "2"


def test_a_cut_cell_is_read_whole_first(sql: Sql, open_grid: OpenGrid) -> None:
    sql("CREATE TABLE long (id int PRIMARY KEY, body text)")
    sql("INSERT INTO long VALUES (1, repeat('abc ', 5000))")
    bench = open_grid("long")
    bench.wait(rows=1)
    editor = editor_on(bench, "body")
    assert isinstance(editor, LongTextEditor)
    assert editor.cell() == "abc " * 5000
    editor.set_text("abc " * 5000 + "!")
    editor.commit()
    assert bench.changes.freeze()[0].base == {"body": "abc " * 5000}


@pytest.mark.parametrize("is_size_known", [True, False])
def test_a_big_cell_is_edited_by_files(
    sql: Sql, open_grid: OpenGrid, qtbot: QtBot, tmp_path: Path, is_size_known: bool
) -> None:
    sql("CREATE TABLE big (id int PRIMARY KEY, doc json, bytes bytea)")
    sql("INSERT INTO big VALUES (1, to_json(repeat('abcdefghij', 300000)), NULL)")
    sql("UPDATE big SET bytes = convert_to(doc::text, 'UTF8')")
    column = "bytes" if is_size_known else "doc"
    bench = open_grid("big")
    bench.wait(rows=1)
    editor = editor_on(bench, column)
    assert isinstance(editor, BigEditor)
    assert len(editor._edit.toPlainText()) < 5_000
    assert "kB" in editor._words.text()
    editor.save(tmp_path / "out")
    qtbot.waitUntil(lambda: (tmp_path / "out").exists() and bench.grid.context.runner.is_idle)
    assert (tmp_path / "out").read_text("utf-8") == '"' + "abcdefghij" * 300_000 + '"'
    assert not editor.is_touched
    (tmp_path / "in").write_text('["' + "é" * 1_500_000 + '"]', "utf-8")
    editor.load(tmp_path / "in")
    qtbot.waitUntil(lambda: editor.is_touched)
    editor.commit()
    qtbot.waitUntil(lambda: not bench.changes.is_empty)
    change = bench.changes.freeze()[0]
    staged, whole = str(change.values[column]), str(change.base[column])
    assert len(staged) == (1_500_004 if column == "doc" else 2 + 2 * 3_000_004)
    assert len(whole) == (3_000_002 if column == "doc" else 2 + 2 * 3_000_002)
    assert isinstance(editor_on(bench, column), BigEditor)
    bench.grid.editing.cancel()


def test_a_big_cell_takes_only_what_fits(sql: Sql, open_grid: OpenGrid, qtbot: QtBot, tmp_path: Path) -> None:
    sql("CREATE TABLE big (id int PRIMARY KEY, doc json)")
    sql("INSERT INTO big VALUES (1, to_json(repeat('abcdefghij', 300000)))")
    bench = open_grid("big")
    bench.wait(rows=1)
    editor = editor_on(bench, "doc")
    assert isinstance(editor, BigEditor)
    for content in (b"{no json", b"\xff\xfe"):
        (tmp_path / "in").write_bytes(content)
        editor.load(tmp_path / "in")
        qtbot.waitUntil(lambda: bool(editor.message))
        editor._say("")
    assert not editor.is_touched
    editor.cancel()


def test_an_editor_stands_on_its_own_column(bench: Bench) -> None:
    bench.grid.resize(600, 400)
    bench.grid.select_cell(0, "doc")
    view = bench.grid.view
    editor = editor_on(bench, "doc")
    assert editor.geometry().left() == view.cell_rect(view.currentIndex()).left()
    assert editor.geometry().right() <= view.viewport().width()
    editor.cancel()


def test_locked_cells_say_why(bench: Bench, qtbot: QtBot) -> None:
    bench.grid.select_cell(0, "loud")
    with qtbot.waitSignal(bench.grid.locked) as locked:
        qtbot.keyClick(bench.grid.view, Qt.Key.Key_F2)
    assert locked.args == ["PostgreSQL computes this column itself."]
    assert bench.grid.context.notices.current() is not None
    bench.grid.select_cell(0, "name")
    assert bench.grid.context.notices.current() is None
    bench.grid.select_cell(0, "loud")
    assert bench.grid.editing.editor is None


def test_a_read_only_connection_locks_everything(zoo: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("zoo", read_only=True)
    bench.wait(rows=5)
    for act in (bench.grid.begin_edit, bench.grid.insert_row, bench.grid.delete_rows):
        with qtbot.waitSignal(bench.grid.locked):
            act()
    assert bench.changes.is_empty


def test_rows_are_added_duplicated_and_deleted(zoo: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    made = iter(["101", "102", "103"])
    table = ModelTable(defaults={"id": lambda: next(made)})
    overlay = ModelOverlay({RelationName("public", "zoo"): table})
    bench = open_grid("zoo", overlay=overlay)
    bench.wait(rows=5)
    qtbot.keyClick(bench.grid.view, Qt.Key.Key_Insert)
    assert bench.cell(0, "id") == "101"
    assert bench.cell(0, "age") is DEFAULT
    assert bench.grid.model.number_of(0) == "+"
    bench.grid.go_to_row(2)
    qtbot.keyClick(bench.grid.view, Qt.Key.Key_D, CTRL)
    assert bench.grid.model.rowCount() == 7
    assert (bench.cell(1, "id"), bench.cell(1, "name")) == ("102", "name 3")
    bench.grid.go_to_row(0)
    qtbot.keyClick(bench.grid.view, Qt.Key.Key_Delete, CTRL)
    assert bench.grid.current_row().is_deleted  # type: ignore[union-attr]
    assert bench.changes.counts.deleted == 1
    qtbot.keyClick(bench.grid.view, Qt.Key.Key_Delete, CTRL)
    assert bench.changes.counts.deleted == 0
    bench.grid.go_to_line(0)
    bench.grid.delete_rows()
    assert bench.grid.model.rowCount() == 6


@pytest.mark.parametrize("key", [Qt.Key.Key_I, Qt.Key.Key_D])
def test_what_is_typed_after_a_new_row_goes_into_it(bench: Bench, qtbot: QtBot, key: Qt.Key) -> None:
    bench.grid.select_cell(0, "name")
    heard: list[object] = []
    # a window's panels look at the row at every turn, also while the model is between two states
    bench.grid.model.rowsAboutToBeInserted.connect(lambda *_: heard.append(bench.grid.current_row()))
    bench.grid.model.rowsInserted.connect(lambda *_: heard.append(bench.grid.current_row()))
    qtbot.keyClick(bench.grid.view, key, CTRL)
    shown = bench.grid.current_row()
    assert shown is not None
    assert shown.draft is not None
    assert (bench.grid.view.currentIndex().row(), bench.grid.current_column().name) == (0, "name")  # type: ignore[union-attr]
    qtbot.keyClick(bench.grid.view, "Z")
    qtbot.keyClicks(bench.grid.editing.editor.focusProxy(), "oe")  # type: ignore[union-attr]
    assert bench.grid.editing.finish()
    assert bench.changes.counts.edited == 0
    assert bench.changes.drafts()[0].values["name"] == "Zoe"
    assert bench.cell(1, "name") == "name 1"
    assert len(heard) == 2


def test_taking_a_new_row_back_leaves_the_others_where_they_are(bench: Bench) -> None:
    for _ in range(3):
        bench.grid.insert_row()
    first = bench.changes.drafts()[0].draft
    bench.changes.discard_draft(first)
    bench.grid.changes_touched()
    last = bench.grid.current_row()
    assert last is not None
    assert last.draft == bench.changes.drafts()[-1].draft
    assert bench.grid.model.rowCount() == 7


def test_a_duplicate_is_made_now(sql: Sql, open_grid: OpenGrid) -> None:
    sql(
        "CREATE TABLE notes (id int PRIMARY KEY, made timestamptz DEFAULT now(),"
        " day date NOT NULL DEFAULT CURRENT_DATE, at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, due date)"
    )
    sql("INSERT INTO notes VALUES (1, '2001-01-01', '2001-01-01', '2001-01-01', '2001-02-02')")
    bench = open_grid("notes")
    bench.wait(rows=1)
    bench.grid.duplicate_rows()
    assert [bench.cell(0, name) for name in ("id", "made", "day", "at", "due")] == [
        "1",
        DEFAULT,
        DEFAULT,
        DEFAULT,
        "2001-02-02",
    ]


def test_copy_and_paste_blocks(bench: Bench, qtbot: QtBot) -> None:
    bench.grid.stage("name", None)
    bench.grid.view.setSelection(
        bench.grid.view.cell_rect(bench.grid.model.index(0, 0)).united(
            bench.grid.view.cell_rect(bench.grid.model.index(1, 2))
        ),
        bench.grid.view.selectionModel().SelectionFlag.ClearAndSelect,
    )
    qtbot.keyClick(bench.grid.view, Qt.Key.Key_C, CTRL | Qt.KeyboardModifier.ShiftModifier)
    menu = child(bench.grid.view, QMenu, "grid_copy_menu")
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert QGuiApplication.clipboard().text() == "id\tname\tage\n1\t\t1\n2\tname 2\t2"
    bench.grid.select_cell(0, "name")
    QGuiApplication.clipboard().setText('Anna\t30\n"two\nlines"\t\n')
    qtbot.keyClick(bench.grid.view, Qt.Key.Key_V, CTRL)
    assert [bench.cell(0, "name"), bench.cell(0, "age")] == ["Anna", "30"]
    assert [bench.cell(1, "name"), bench.cell(1, "age")] == ["two\nlines", None]
    bench.grid.undo()
    assert bench.cell(1, "name") == "name 2"
    QGuiApplication.clipboard().setText("Anna\tnot a number")
    bench.grid.paste()
    assert bench.cell(0, "name") is None


def test_copying_reads_what_is_not_here(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE big (id int PRIMARY KEY, body text)")
    sql("INSERT INTO big SELECT n, repeat('x', 300) FROM generate_series(1, 1000) n")
    sql("ANALYZE big")
    bench = open_grid("big")
    bench.wait(rows=1000)
    bench.grid.view.selectAll()
    with qtbot.waitSignal(bench.grid.copying.copied, timeout=20_000) as copied:
        bench.grid.copy()
    assert copied.args == [1000]
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[-1] == "1000\t" + "x" * 300


def test_menus_offer_what_fits(bench: Bench, qtbot: QtBot) -> None:
    bench.grid.select_cell(0, "name")
    bench.grid._show_menu(bench.grid.view.cell_rect(bench.grid.view.currentIndex()).center())
    menu = child(bench.grid, QMenu, "grid_menu")
    action = next(action for action in menu.actions() if action.objectName() == "grid_menu_filter")
    with qtbot.waitSignal(bench.grid.filter_by_requested) as asked:
        action.trigger()
    assert asked.args == [Condition.of("name", "is", "name 1")]
    menu.close()


def test_an_open_editor_stays_with_its_row_while_the_window_moves(zoo: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    zoo("CREATE TABLE long AS SELECT n AS id, 'name ' || n AS name FROM generate_series(1, 5000) n")
    zoo("ALTER TABLE long ADD PRIMARY KEY (id)")
    bench = open_grid("long", window=1000)
    bench.wait()
    place = [column.name for column in bench.grid.model.columns].index("name")
    bench.grid.editing.begin(bench.grid.model.index(3, place))
    editor = bench.grid.editing.editor
    assert editor is not None
    qtbot.keyClicks(editor.focusWidget() or editor, "typed")
    bench.grid.model.rebase(2000)
    assert bench.grid.editing.editor is editor
    assert editor.geometry().bottom() < 0, "its line is out of sight, and no other may wear it"
    bench.grid.model.rebase(0)
    assert editor.geometry().bottom() > 0
    bench.grid.model.rebase(2000)
    assert bench.grid.editing.finish()
    assert [change.key and change.key.cells for change in bench.changes.freeze()] == [("4",)]
