"""The picker of foreign keys: whole keys, what was searched, the ways to the table pointed to, nothing masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.overlay import ModelOverlay, ModelTable
from nexus_studio.services import targetsearch
from nexus_studio.ui.grid.editors.cell_editor import Special
from nexus_studio.ui.grid.editors.reference import ReferenceEditor
from nexus_studio.ui.grid.locks import Lock
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
SHOPS = """
CREATE TABLE shelf (shop int, number int, name text, PRIMARY KEY (shop, number));
INSERT INTO shelf VALUES (1, 1, 'books'), (1, 2, 'maps'), (2, 1, 'tools');
CREATE TABLE thing (id int PRIMARY KEY, shop int, shelf int, FOREIGN KEY (shop, shelf) REFERENCES shelf);
INSERT INTO thing VALUES (1, 1, 1), (2, NULL, NULL)
"""


@pytest.fixture
def bench(sql: Sql, open_grid: OpenGrid) -> Bench:
    sql(SHOPS)
    found = open_grid("thing")
    found.wait(rows=2)
    return found


def editor_on(bench: Bench, column: str, row: int = 0) -> ReferenceEditor:
    bench.grid.select_cell(row, column)
    bench.grid.begin_edit()
    editor = bench.grid.editing.editor
    assert isinstance(editor, ReferenceEditor)
    return editor


def pick(editor: ReferenceEditor, typed: str, qtbot: QtBot, rows: int = 1) -> None:
    editor._edit.clear()
    qtbot.keyClicks(editor._edit, typed)
    qtbot.waitUntil(
        lambda: editor._found.count() == rows and not editor._timer.isActive() and not editor._latest.is_busy
    )
    qtbot.keyClick(editor._edit, Qt.Key.Key_Return)


def test_one_cell_picks_the_whole_key_in_one_step(bench: Bench, qtbot: QtBot) -> None:
    pick(editor_on(bench, "shelf"), "tools", qtbot)
    assert (bench.cell(0, "shop"), bench.cell(0, "shelf")) == ("2", "1")
    bench.grid.undo()
    assert (bench.cell(0, "shop"), bench.cell(0, "shelf")) == ("1", "1")
    assert bench.changes.is_empty
    pick(editor_on(bench, "shop", 1), "maps", qtbot)
    assert (bench.cell(1, "shop"), bench.cell(1, "shelf")) == ("1", "2")


def test_what_is_typed_by_hand_is_of_one_cell(bench: Bench, qtbot: QtBot) -> None:
    editor = editor_on(bench, "shelf")
    editor._edit.clear()
    qtbot.keyClicks(editor._edit, "7")
    editor.commit()
    assert (bench.cell(0, "shop"), bench.cell(0, "shelf")) == ("1", "7")


def test_a_key_is_taken_whole_or_not_at_all(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql(SHOPS.replace("shop int, shelf int", "shop int GENERATED ALWAYS AS (1) STORED, shelf int").replace(
        "INSERT INTO thing VALUES (1, 1, 1), (2, NULL, NULL)", "INSERT INTO thing (id, shelf) VALUES (1, 1)"
    ))  # fmt: skip
    bench = open_grid("thing")
    bench.wait(rows=1)
    locks: list[Lock] = []
    bench.grid.editing.refused.connect(locks.append)
    pick(editor_on(bench, "shelf"), "tools", qtbot)
    assert locks == [Lock.GENERATED]
    assert bench.changes.is_empty
    pick(editor_on(bench, "shelf"), "maps", qtbot)
    assert bench.cell(0, "shelf") == "2"


def test_null_where_it_is_allowed(bench: Bench, qtbot: QtBot) -> None:
    editor = editor_on(bench, "shelf")
    qtbot.keyClick(editor._edit, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert editor.special is Special.NULL
    editor.commit()
    assert bench.cell(0, "shelf") is None


def test_the_ways_to_the_table_pointed_to(bench: Bench, qtbot: QtBot) -> None:
    editor = editor_on(bench, "shelf")
    qtbot.waitUntil(lambda: editor._found.count() == 3)
    assert unnamed_widgets(editor) == []
    with qtbot.waitSignal(bench.grid.follow_requested) as followed:
        child(editor, QToolButton, "editor_open_target").click()
    assert followed.args is not None
    assert (followed.args[0].target, followed.args[1]) == (RelationName("public", "shelf"), ("1", "1"))
    editor = editor_on(bench, "shelf")
    qtbot.waitUntil(lambda: editor._found.count() == 3)
    editor._found.setCurrentRow(2)
    with qtbot.waitSignal(bench.grid.follow_requested) as followed:
        child(editor, QToolButton, "editor_open_target").click()
    assert followed.args is not None
    assert followed.args[1] == ("2", "1")
    editor = editor_on(bench, "shelf")
    with qtbot.waitSignal(bench.grid.target_wanted) as wanted:
        child(editor, QToolButton, "editor_new_target").click()
    assert wanted.args is not None
    assert wanted.args[1].row.key.cells == ("1",)
    assert bench.changes.is_empty


def test_what_was_searched_is_said(bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targetsearch, "SMALL_BYTES", 0)
    editor = editor_on(bench, "shelf")
    editor._edit.clear()
    qtbot.keyClicks(editor._edit, "map")
    said = child(editor, QLabel, "editor_searched")
    qtbot.waitUntil(lambda: said.text().startswith("Searched: keys, and the first"))
    assert editor._found.count() == 1


def test_the_first_letter_is_searched_for(bench: Bench, qtbot: QtBot) -> None:
    bench.grid.select_cell(0, "shelf")
    bench.grid.begin_edit("m")
    editor = bench.grid.editing.editor
    assert isinstance(editor, ReferenceEditor)
    qtbot.waitUntil(lambda: editor._found.count() == 1)
    assert editor._found.item(0).text() == "maps  ·  1  ·  2"


def test_enter_before_the_rows_are_here_takes_nothing_unseen(bench: Bench, qtbot: QtBot) -> None:
    editor = editor_on(bench, "shelf")
    editor._edit.clear()
    qtbot.keyClicks(editor._edit, "tool")
    qtbot.keyClick(editor._edit, Qt.Key.Key_Return)
    assert bench.grid.editing.editor is editor
    qtbot.waitUntil(lambda: editor._found.currentRow() == 0 and editor._found.count() == 1)
    assert bench.changes.is_empty
    qtbot.keyClick(editor._edit, Qt.Key.Key_Return)
    assert (bench.cell(0, "shop"), bench.cell(0, "shelf")) == ("2", "1")
    editor = editor_on(bench, "shelf")
    editor._edit.clear()
    qtbot.keyClicks(editor._edit, "2")
    qtbot.keyClick(editor._edit, Qt.Key.Key_Return)  # a key is what it is
    qtbot.waitUntil(lambda: bench.grid.editing.editor is None)
    assert bench.cell(0, "shelf") == "2"


def test_masked_labels_are_never_shown(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql(SHOPS)
    table = ModelTable(label=("name",), sensitive=frozenset({"name"}))
    bench = open_grid("thing", overlay=ModelOverlay({RelationName("public", "shelf"): table}, masking=True))
    bench.wait(rows=2)
    editor = editor_on(bench, "shelf")
    qtbot.waitUntil(lambda: editor._found.count() == 3)
    assert [editor._found.item(row).text() for row in range(3)] == ["1  ·  1", "1  ·  2", "2  ·  1"]
    editor._edit.clear()
    qtbot.keyClicks(editor._edit, "tools")
    qtbot.waitUntil(lambda: editor._found.count() == 0)


PEOPLE = """
CREATE TABLE person (id text PRIMARY KEY, "firstName" text, "lastName" text);
CREATE TABLE student (id text PRIMARY KEY, person text UNIQUE REFERENCES person);
CREATE TABLE visit (id int PRIMARY KEY, student text REFERENCES student);
INSERT INTO person VALUES ('u1', 'Ada', 'Lovelace'), ('u2', 'Alan', 'Turing'), ('u3', 'Alonzo', 'Church');
INSERT INTO student VALUES ('s1', 'u1'), ('s2', 'u2'), ('s9', 'u3');
INSERT INTO visit VALUES (1, 's1')
"""


@pytest.mark.parametrize("is_large", [False, True])
def test_a_row_is_found_by_the_name_of_the_row_it_stands_for(
    sql: Sql, open_grid: OpenGrid, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    if is_large:
        monkeypatch.setattr(targetsearch, "SMALL_BYTES", 0)
    sql(PEOPLE)
    overlay = ModelOverlay({RelationName("public", "student"): ModelTable(label=("person",))})
    bench = open_grid("visit", overlay=overlay)
    bench.wait(rows=1)
    editor = editor_on(bench, "student")
    qtbot.waitUntil(lambda: editor._found.count() == 3)
    assert {editor._found.item(row).text() for row in range(3)} == {
        "Ada Lovelace  ·  s1",
        "Alan Turing  ·  s2",
        "Alonzo Church  ·  s9",
    }
    editor._edit.clear()
    qtbot.keyClicks(editor._edit, "s9")
    qtbot.waitUntil(lambda: editor._found.count() == 1)
    assert editor._found.item(0).text() == "Alonzo Church  ·  s9"
    pick(editor, "turing al", qtbot)
    assert bench.cell(0, "student") == "s2"


def test_masked_names_behind_a_row_are_not_shown(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql(PEOPLE)
    tables = {
        RelationName("public", "student"): ModelTable(label=("person",)),
        RelationName("public", "person"): ModelTable(
            label=("firstName", "lastName"), sensitive=frozenset({"firstName", "lastName"})
        ),
    }
    bench = open_grid("visit", overlay=ModelOverlay(tables, masking=True))
    bench.wait(rows=1)
    editor = editor_on(bench, "student")
    qtbot.waitUntil(lambda: editor._found.count() == 3)
    assert editor._found.item(0).text() == "u1  ·  s1"
    editor._edit.clear()
    qtbot.keyClicks(editor._edit, "turing")
    qtbot.waitUntil(lambda: editor._found.count() == 0)
