"""The editors of every type: what they show comes back as it was, in parts too, and the server has its say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
)
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import DEFAULT
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.jsontext import JsonKind
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.celljudging import CellJudge
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.ui.grid.editors.array import ArrayEditor
from nexus_studio.ui.grid.editors.binary import BinaryEditor
from nexus_studio.ui.grid.editors.cell_editor import CellEditor, EditPlace, Special
from nexus_studio.ui.grid.editors.choice import BooleanEditor
from nexus_studio.ui.grid.editors.json_editor import JsonEditor
from nexus_studio.ui.grid.editors.json_tree import JsonTree
from nexus_studio.ui.grid.editors.line import LineEditor
from nexus_studio.ui.grid.editors.long_text import LongTextEditor, ReadEditor
from nexus_studio.ui.grid.editors.moment import CalendarEditor
from nexus_studio.ui.grid.editors.parts_editors import CompositeEditor, HstoreEditor, RangeEditor
from nexus_studio.ui.grid.editors.parts_tree import PartsTree, part, set_part
from nexus_studio.ui.grid.editors.registry import built_in_editors
from nexus_studio.ui.grid.editors.unfolding import UnfoldingEditor
from nexus_studio.ui.kit.context import UiContext
from scripts.typetable import type_of
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.typematrix import cases_of, make_table
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
CTRL = Qt.KeyboardModifier.ControlModifier
REGISTRY, CODECS = built_in_editors(), built_in_codecs()


@pytest.fixture
def make_editor(context: UiContext, qtbot: QtBot) -> Callable[..., CellEditor]:
    def make(relation: Relation, column: str, cell: Any, zone: str = "") -> CellEditor:
        known = relation.column(column)
        place = EditPlace(known, CODECS.for_type(known.type), context.runner, time_zone=zone)
        editor = REGISTRY.create(place, cell)
        qtbot.addWidget(editor)
        editor.show()
        return editor

    return make


@pytest.fixture
def table(sql: Sql, session: Session) -> Callable[[str], Relation]:
    def make(columns: str) -> Relation:
        sql(f"CREATE TABLE edited (id int PRIMARY KEY, {columns})")
        return CatalogReader(session).relation(RelationName("public", "edited"), CTX)

    return make


MakeEditor = Callable[..., CellEditor]


def row_of(tree: QTreeWidget, *path: int) -> QTreeWidgetItem:
    """Return a row below the first one (of a tree of JSON), or a row of a plain tree."""
    item = tree.invisibleRootItem()
    for step in path:
        child_item = item.child(step)
        assert child_item is not None
        item = child_item
    return item


MakeTable = Callable[[str], Relation]


def test_every_value_comes_back_from_its_editor(sql: Sql, session: Session, make_editor: MakeEditor) -> None:
    """As text, typed again; and where there are parts, written anew from them: the server reads the same value."""
    columns = make_table(sql, cases_of(sql))
    relation, judge = CatalogReader(session).relation(RelationName("public", "matrix"), CTX), CellJudge(session)
    in_parts = 0
    for name, case in columns.items():
        # docs/types.md is written without a server: it names the editor that there is.
        live = relation.column(name).type
        assert REGISTRY.factory_of(type_of(case)) is REGISTRY.factory_of(live), case.type
        for (cell,) in sql(f"SELECT {name}::text FROM matrix WHERE {name} IS NOT NULL"):
            editor = make_editor(relation, name, cell)
            assert unnamed_widgets(editor) == [], case.type
            if isinstance(editor, ReadEditor):
                continue
            editor._touched()
            assert editor.cell() == cell, case.type
            editor.set_text(cell)
            assert editor.cell() == cell, case.type
            if isinstance(editor, UnfoldingEditor) and cell not in {"empty", "{}"}:
                editor.unfold()
                parts = editor.parts
                assert parts is not None, (case.type, cell)
                assert unnamed_widgets(editor) == [], case.type
                assert editor.cell() == cell
                if isinstance(parts, PartsTree):
                    parts.changed.emit()
                    written = editor.cell()
                    assert isinstance(written, str)
                    assert judge.judge(relation.column(name).type, written, CTX).canonical == cell, case.type
                    in_parts += 1
            editor.set_null()
            assert editor.cell() is None
            editor.hide()
    assert in_parts > 15


def test_the_lines_of_a_text_stay_as_they_are(table: MakeTable, make_editor: MakeEditor, qtbot: QtBot) -> None:
    relation = table("t text")
    for text in ("a\r\nb\r\n", "a\nb\u00a0c\u2028d", "x\ry\r\nz\n\u2029", "\n"):
        editor = make_editor(relation, "t", text)
        assert isinstance(editor, LongTextEditor)
        field = child(editor, QPlainTextEdit, "editor_lines")
        field.moveCursor(field.textCursor().MoveOperation.Start)
        qtbot.keyClicks(field, "!")
        assert editor.cell() == "!" + text
    editor = make_editor(relation, "t", "a\r\nb")
    field = child(editor, QPlainTextEdit, "editor_lines")
    field.moveCursor(field.textCursor().MoveOperation.End)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert editor.cell() == "a\r\nb\r\n"


def test_nested_arrays_are_edited_in_a_tree(table: MakeTable, make_editor: MakeEditor, qtbot: QtBot) -> None:
    relation = table("grid int[], words text[]")
    editor = make_editor(relation, "grid", "[0:1][1:2]={{1,2},{3,NULL}}")
    assert isinstance(editor, ArrayEditor)
    qtbot.keyClick(child(editor, QLineEdit, "editor_field"), Qt.Key.Key_F4)
    parts = editor.parts
    assert isinstance(parts, PartsTree)
    rows = list(parts.rows())
    inner = list(parts.rows(rows[1]))
    assert [part(item, 0) for item in inner] == ["3", None]
    set_part(inner[1], 0, "4")
    assert editor.cell() == "[0:1][1:2]={{1,2},{3,4}}"
    parts.tree.setCurrentItem(rows[0])
    qtbot.keyClick(parts.tree, Qt.Key.Key_Delete, CTRL)
    assert editor.cell() == "[0:0][1:2]={{3,4}}"
    parts.tree.setCurrentItem(inner[0], 0)
    qtbot.keyClick(parts.tree, Qt.Key.Key_0, CTRL)
    assert editor.cell() == "[0:0][1:2]={{NULL,4}}"
    child(editor, QLineEdit, "editor_field").setText("{7}")
    editor._edited()
    assert [part(item, 0) for item in parts.rows()] == ["7"]
    editor.cancel()
    editor = make_editor(relation, "words", '{"a\nb",c}')
    assert isinstance(editor, ArrayEditor)
    editor.unfold()
    tree = child(editor, QTreeWidget, "editor_parts")
    tree.setCurrentItem(row_of(tree, 1), 0)
    qtbot.keyClick(tree, Qt.Key.Key_Return)
    field = child(editor, QLineEdit, "editor_part_field")
    qtbot.keyClicks(field, "d e")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: editor.cell() == '{"a\nb","d e"}')
    qtbot.keyClick(tree, Qt.Key.Key_Escape)
    assert editor._is_done


def test_labels_are_chosen_from_a_list(sql: Sql, table: MakeTable, make_editor: MakeEditor) -> None:
    sql("CREATE TYPE role AS ENUM ('COACH', 'STUDENT', 'ADMIN')")
    relation = table("roles role[]")
    editor = make_editor(relation, "roles", "{COACH,NULL,COACH}")
    assert isinstance(editor, ArrayEditor)
    editor.unfold()
    parts = editor.parts
    assert isinstance(parts, PartsTree)
    assert dict(parts.look.choices[0]).keys() == {"COACH", "STUDENT", "ADMIN"}
    editor = make_editor(relation, "roles", "{COACH}")
    assert isinstance(editor, ArrayEditor)
    editor.unfold()
    child(editor, QListWidget, "editor_list").item(2).setCheckState(Qt.CheckState.Checked)
    assert editor.cell() == "{COACH,ADMIN}"


def test_ranges_have_bounds(table: MakeTable, make_editor: MakeEditor) -> None:
    relation = table("span int4range")
    editor = make_editor(relation, "span", "[1,5)")
    assert isinstance(editor, RangeEditor)
    editor.unfold()
    parts = editor.parts
    assert isinstance(parts, PartsTree)
    (row,) = parts.rows()
    set_part(row, 2, None)
    set_part(row, 0, "(")
    assert editor.cell() == "(1,)"
    editor._menu_actions()[0].trigger()
    assert editor.cell() == "empty"
    set_part(next(parts.rows()), 1, "7")
    assert editor.cell() == "[7,)"


@pytest.mark.pg(">= 14")
def test_multiranges_are_several(table: MakeTable, make_editor: MakeEditor, qtbot: QtBot) -> None:
    relation = table("spans int4multirange")
    editor = make_editor(relation, "spans", "{[1,3),[5,)}")
    assert isinstance(editor, RangeEditor)
    editor.unfold()
    parts = editor.parts
    assert isinstance(parts, PartsTree)
    assert len(list(parts.rows())) == 2
    parts.tree.setCurrentItem(row_of(parts.tree, 1))
    qtbot.keyClick(parts.tree, Qt.Key.Key_Delete, CTRL)
    assert editor.cell() == "{[1,3)}"


def test_fields_of_a_composite(sql: Sql, table: MakeTable, make_editor: MakeEditor) -> None:
    sql("CREATE TYPE place AS (street text, number int)")
    relation = table("home place")
    editor = make_editor(relation, "home", '("Main ""St"", 1",)')
    assert isinstance(editor, CompositeEditor)
    editor.unfold()
    parts = editor.parts
    assert isinstance(parts, PartsTree)
    rows = list(parts.rows())
    assert [(row.text(0), row.text(1), part(row, 2)) for row in rows] == [
        ("street", "text", 'Main "St", 1'),
        ("number", "integer", None),
    ]
    set_part(rows[1], 2, "12")
    assert editor.cell() == '("Main ""St"", 1",12)'
    editor.set_text("(1,2,3)")
    assert not parts.isEnabled()
    editor = make_editor(relation, "home", None)
    assert isinstance(editor, CompositeEditor)
    editor.unfold()
    assert isinstance(editor.parts, PartsTree)
    set_part(next(editor.parts.rows()), 2, "")
    assert editor.cell() == '("",)'


JSON = '{"b" : 1.10, "a":  [1e400, -0], "b": "\\u00e9", "on": true}'


def test_json_is_edited_node_by_node(table: MakeTable, make_editor: MakeEditor, qtbot: QtBot) -> None:
    relation = table("doc json")
    editor = make_editor(relation, "doc", JSON)
    assert isinstance(editor, JsonEditor)
    qtbot.keyClick(child(editor, QPlainTextEdit, "editor_lines"), Qt.Key.Key_F4)
    assert editor.is_tree
    assert unnamed_widgets(editor) == []
    tree = child(editor, JsonTree, "editor_json")
    top = row_of(tree.tree, 0)
    assert [row_of(tree.tree, 0, row).text(0) for row in range(top.childCount())] == ["b", "a", "b", "on"]
    assert editor.cell() == JSON
    tree.tree.setCurrentItem(row_of(tree.tree, 0, 0), 1)
    qtbot.keyClick(tree.tree, Qt.Key.Key_F2)
    field = child(editor, QLineEdit, "editor_json_field")
    qtbot.keyClicks(field, "2.50")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: editor.cell() == JSON.replace("1.10", "2.50"))
    QApplication.processEvents()
    top = row_of(tree.tree, 0)
    assert not tree.set_value(row_of(tree.tree, 0, 0), "x")
    assert editor.message
    tree.rename(row_of(tree.tree, 0, 2), 'c"')
    QApplication.processEvents()
    expected = JSON.replace("1.10", "2.50").replace('"b": "', '"c\\"": "')
    assert editor.cell() == expected
    top = row_of(tree.tree, 0)
    tree.tree.setCurrentItem(row_of(tree.tree, 0, 3), 1)
    tree.set_kind(row_of(tree.tree, 0, 3), JsonKind.NULL)
    QApplication.processEvents()
    assert editor.cell() == expected.replace("true", "null")
    qtbot.keyClick(tree.tree, Qt.Key.Key_Delete, CTRL)
    assert editor.cell() == expected.replace(', "on": true', "")
    qtbot.keyClick(tree.tree, Qt.Key.Key_F4)
    assert not editor.is_tree
    assert child(editor, QPlainTextEdit, "editor_lines").toPlainText() == editor.cell()


def test_what_is_typed_in_a_tree_is_not_lost_when_it_is_left(
    table: MakeTable, make_editor: MakeEditor, qtbot: QtBot
) -> None:
    relation = table("doc jsonb")
    editor = make_editor(relation, "doc", '{"a": 1}')
    assert isinstance(editor, JsonEditor)
    editor.show_tree()
    tree = child(editor, JsonTree, "editor_json")
    tree.tree.setCurrentItem(row_of(tree.tree, 0, 0), 1)
    tree.tree.editItem(row_of(tree.tree, 0, 0), 1)
    field = child(editor, QLineEdit, "editor_json_field")
    qtbot.keyClicks(field, "42")
    committed: list[object] = []
    editor.committed.connect(committed.append)
    assert editor.commit()  # as a click elsewhere does
    assert committed == ['{"a": 42}']


def test_long_lists_of_json_come_in_parts(table: MakeTable, make_editor: MakeEditor) -> None:
    relation = table("doc jsonb")
    editor = make_editor(relation, "doc", "[" + ", ".join(map(str, range(1200))) + "]")
    assert isinstance(editor, JsonEditor)
    editor.show_tree()
    tree = child(editor, JsonTree, "editor_json")
    top = row_of(tree.tree, 0)
    assert top.childCount() == 501
    tree.tree.setCurrentItem(row_of(tree.tree, 0, 500))
    tree._enter()
    assert top.childCount() == 1001
    tree.set_value(row_of(tree.tree, 0, 700), "7")
    cell = editor.cell()
    assert isinstance(cell, str)
    assert "699, 7, 701" in cell


def test_an_hour_that_comes_twice_is_asked_about(table: MakeTable, make_editor: MakeEditor, qtbot: QtBot) -> None:
    relation = table("seen timestamptz, at timestamp")
    editor = make_editor(relation, "seen", "2026-01-01 10:00:00+01", "Europe/Paris")
    assert isinstance(editor, CalendarEditor)
    assert child(editor, QLabel, "editor_zone").text() == "Europe/Paris"
    committed: list[object] = []
    editor.committed.connect(committed.append)
    editor.set_text("2026-10-25 02:30")
    assert not editor.commit()
    assert "Europe/Paris" in editor.message
    buttons = [child(editor, QPushButton, f"editor_choice_{place}") for place in range(2)]
    assert [button.text() for button in buttons] == ["2026-10-25 02:30:00+02", "2026-10-25 02:30:00+01"]
    assert unnamed_widgets(editor) == []
    qtbot.keyClick(buttons[1], Qt.Key.Key_Return)
    assert committed == ["2026-10-25 02:30:00+01"]
    editor = make_editor(relation, "seen", None, "Europe/Paris")
    editor.set_text("2026-03-29 02:30")
    assert not editor.commit()
    editor.set_text("2026-03-29 03:30")
    assert editor.findChild(QPushButton, "editor_choice_0") is None or not editor.message
    assert editor.commit()
    editor = make_editor(relation, "at", None, "Europe/Paris")
    editor.set_text("2026-03-29 02:30")
    assert editor.commit()


def test_another_day_has_its_own_offset(table: MakeTable, make_editor: MakeEditor) -> None:
    relation = table("seen timestamptz")
    editor = make_editor(relation, "seen", "2026-07-01 10:00:00+02", "Europe/Paris")
    assert isinstance(editor, CalendarEditor)
    editor._take_date(QDate(2026, 12, 1))
    assert editor.cell() == "2026-12-01 10:00:00"
    editor = make_editor(relation, "seen", "infinity", "Europe/Paris")
    assert isinstance(editor, CalendarEditor)
    editor.open_calendar()
    assert editor.cell() == "infinity"
    assert not editor.is_touched


def test_a_search_document_is_only_read(table: MakeTable, make_editor: MakeEditor, qtbot: QtBot) -> None:
    editor = make_editor(table("words tsvector"), "words", "'a':1")
    assert isinstance(editor, ReadEditor)
    assert editor.message
    field = child(editor, QPlainTextEdit, "editor_lines")
    qtbot.keyClicks(field, "x")
    qtbot.keyClick(field, Qt.Key.Key_0, CTRL)
    editor.set_null()
    editor.set_text("'b':1")
    assert not editor.is_touched
    assert editor.commit()


def test_a_truth_may_be_none(table: MakeTable, make_editor: MakeEditor) -> None:
    relation = table("paid bool DEFAULT true")
    for cell, special in ((None, Special.NULL), (DEFAULT, Special.DEFAULT), ("false", Special.TEXT)):
        editor = make_editor(relation, "paid", cell)
        assert isinstance(editor, BooleanEditor)
        assert (editor.special, editor.cell()) == (special, cell)


def test_a_long_value_is_not_cut_off(table: MakeTable, make_editor: MakeEditor) -> None:
    relation = table("many int[], t text, span numrange")
    text = "{" + ",".join(map(str, range(20_000))) + "}"
    assert len(text) > 32_767
    editor = make_editor(relation, "many", text)
    editor._touched()
    assert editor.cell() == text
    editor = make_editor(relation, "t", "x")
    assert isinstance(editor, LineEditor)
    QTest.keyClicks(editor._edit, "")
    editor._edit.setText("y" * 40_000)
    editor._edited()
    assert editor.cell() == "y" * 40_000


# ---- the server's judgement, in the grid


@pytest.fixture
def judged(sql: Sql, session: Session, open_grid: OpenGrid) -> Bench:
    sql("CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0)")
    sql("CREATE TYPE pair AS (a int, b text)")
    sql("CREATE TABLE judged (id int PRIMARY KEY, even even, pair pair, ratio float8, name text, photo bytea)")
    sql("INSERT INTO judged SELECT n, 2, '(1,x)', 1, 'x', '\\x00ff' FROM generate_series(1, 3) n")
    found = open_grid("judged", judge=CellJudge(session))
    found.wait(rows=3)
    return found


def write(bench: Bench, row: int, column: str, text: str) -> None:
    bench.grid.select_cell(row, column)
    bench.grid.begin_edit()
    editor = bench.grid.editing.editor
    assert editor is not None
    editor.set_text(text)
    assert editor.commit()
    assert bench.cell(row, column) == text


def reason(bench: Bench, row: int, column: str) -> str:
    place = [known.name for known in bench.grid.model.columns].index(column)
    shown = bench.grid.model.shown(row)
    assert shown is not None
    return shown.reasons.get(place, "")


def has_reason(bench: Bench, row: int, column: str) -> bool:
    return bool(reason(bench, row, column))


def test_what_the_server_refuses_is_marked_and_kept(judged: Bench, qtbot: QtBot) -> None:
    for column, text in (("even", "3"), ("pair", "(x,y)"), ("ratio", "1e400")):
        write(judged, 0, column, text)
        qtbot.waitUntil(partial(has_reason, judged, 0, column))
        assert judged.cell(0, column) == text
    assert "even" in reason(judged, 0, "even")
    write(judged, 0, "even", "4")
    qtbot.waitUntil(lambda: not judged.grid.judging.is_busy)
    assert reason(judged, 0, "even") == ""
    assert reason(judged, 0, "pair")


def test_what_is_the_stored_value_in_other_words_is_no_edit(judged: Bench, qtbot: QtBot) -> None:
    write(judged, 0, "ratio", "1.0")
    qtbot.waitUntil(lambda: judged.changes.is_empty)
    assert judged.cell(0, "ratio") == "1"
    write(judged, 0, "ratio", "2.50")
    write(judged, 1, "pair", '("1",x)')
    qtbot.waitUntil(lambda: judged.changes.counts.edited == 1)
    assert (judged.cell(0, "ratio"), judged.cell(1, "pair")) == ("2.50", "(1,x)")


def test_the_latest_text_of_a_cell_counts(judged: Bench, qtbot: QtBot) -> None:
    for text in ("3", "5", "6"):
        write(judged, 1, "even", text)
    write(judged, 2, "even", "7")
    qtbot.waitUntil(lambda: not judged.grid.judging.is_busy and judged.grid.context.runner.is_idle)
    assert reason(judged, 1, "even") == ""
    assert reason(judged, 2, "even")
    judged.grid.undo()
    assert reason(judged, 2, "even") == ""


def test_a_pasted_block_is_judged(judged: Bench, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("3\n4\n5\n")
    judged.grid.select_cell(0, "even")
    judged.grid.paste()
    qtbot.waitUntil(lambda: bool(reason(judged, 0, "even")))
    assert reason(judged, 1, "even") == ""
    assert reason(judged, 2, "even")
    assert [judged.cell(row, "even") for row in range(3)] == ["3", "4", "5"]


def test_a_new_row_is_judged_too(judged: Bench, qtbot: QtBot) -> None:
    judged.grid.insert_row()
    index = judged.grid.view.currentIndex()
    place = [known.name for known in judged.grid.model.columns].index("even")
    judged.grid.view.setCurrentIndex(index.siblingAtColumn(place))
    judged.grid.begin_edit()
    editor = judged.grid.editing.editor
    assert editor is not None
    editor.set_text("9")
    assert editor.commit()
    qtbot.waitUntil(lambda: bool(reason(judged, 0, "even")))


@pytest.mark.parametrize("text", ["", "\\N", "\t\n", "\\N\n\\N\n"])
def test_no_paste_takes_bytes_away(judged: Bench, text: str) -> None:
    judged.grid.select_cell(0, "photo")
    QGuiApplication.clipboard().setText(text)
    judged.grid.paste()
    assert judged.cell(0, "photo") == "\\x00ff"
    judged.grid.stage("photo", None)
    assert judged.cell(0, "photo") is None
    judged.grid.undo()
    judged.grid.select_cell(1, "photo")
    judged.grid.stage("photo", None)
    judged.grid.copy()
    judged.grid.select_cell(2, "photo")
    judged.grid.paste()
    assert judged.cell(2, "photo") == "\\x00ff"


def test_bytes_pasted_into_the_editor_stay_bytes(judged: Bench, qtbot: QtBot) -> None:
    judged.grid.select_cell(0, "photo")
    judged.grid.begin_edit()
    editor = judged.grid.editing.editor
    assert isinstance(editor, BinaryEditor)
    field = child(editor, QLineEdit, "editor_field")
    field.selectAll()
    QGuiApplication.clipboard().setText("\\xABCD")
    field.paste()
    assert editor.cell() == "\\xABCD"
    assert editor.type.kind is TypeKind.BINARY
    editor.cancel()


def test_pairs_of_an_hstore(table: MakeTable, context: UiContext, qtbot: QtBot) -> None:
    """Without the extension: the editor asks nothing of the server."""
    column = table("pairs text").column("pairs")
    editor = HstoreEditor(EditPlace(column, CODECS.for_type(column.type), context.runner))
    qtbot.addWidget(editor)
    editor.set_cell('"a"=>"1", "b"=>NULL')
    editor.show()
    editor.unfold()
    parts = editor.parts
    assert isinstance(parts, PartsTree)
    qtbot.keyClick(parts.tree, Qt.Key.Key_Insert)
    field = child(editor, QLineEdit, "editor_part_field")
    qtbot.keyClicks(field, "c d")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: editor.cell() == '"a"=>"1", "c d"=>"", "b"=>NULL')
    qtbot.mouseClick(parts.tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.keyClick(parts.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert editor.cell() == '"c d"=>"", "a"=>"1", "b"=>NULL'


def test_a_click_elsewhere_takes_what_is_typed_in_a_node(
    sql: Sql, session: Session, open_grid: OpenGrid, qtbot: QtBot
) -> None:
    sql("CREATE TABLE papers (id int PRIMARY KEY, doc json, home int[])")
    sql("INSERT INTO papers SELECT n, '{\"a\": 1.0, \"a\": 2}', '{{1,2}}' FROM generate_series(1, 9) n")
    bench = open_grid("papers", judge=CellJudge(session))
    bench.wait(rows=9)
    bench.grid.activateWindow()
    qtbot.waitActive(bench.grid)
    bench.grid.select_cell(0, "doc")
    bench.grid.begin_edit()
    editor = bench.grid.editing.editor
    assert isinstance(editor, JsonEditor)
    editor.show_tree()
    tree = child(editor, JsonTree, "editor_json")
    tree.tree.setCurrentItem(row_of(tree.tree, 0, 1), 1)
    tree.tree.editItem(row_of(tree.tree, 0, 1), 1)
    qtbot.keyClicks(child(editor, QLineEdit, "editor_json_field"), "3.50")
    assert bench.grid.view.viewport().rect().contains(editor.geometry())
    bench.grid.view.setFocus()  # as a click beside the editor does
    qtbot.waitUntil(lambda: bench.grid.editing.editor is None)
    assert bench.cell(0, "doc") == '{"a": 1.0, "a": 3.50}'
    bench.grid.select_cell(0, "home")
    bench.grid.begin_edit()
    arrays = bench.grid.editing.editor
    assert isinstance(arrays, ArrayEditor)
    arrays.unfold()
    assert isinstance(arrays.parts, PartsTree)
    parts = arrays.parts.tree
    parts.setCurrentItem(row_of(parts, 0, 1), 0)
    qtbot.keyClick(parts, Qt.Key.Key_Return)
    qtbot.keyClicks(child(arrays, QLineEdit, "editor_part_field"), "7")
    qtbot.keyClick(child(arrays, QLineEdit, "editor_part_field"), Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: bench.grid.editing.editor is None)
    assert bench.cell(0, "home") == "{{1,7}}"
