"""The record form: one row over the whole tab, its fields edited in place, what is related beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QTableWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import UNREAD
from nexus_studio.ui.panels.data.draft_keeper import typed_in
from nexus_studio.ui.panels.data.record_form import RecordForm
from nexus_studio.ui.panels.data.record_form_model import NAME, REMARK, VALUE
from nexus_studio.ui.panels.data.table_page import TablePage
from tests.support.beat import STALL_S, work_of
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, row_at, save
from tests.support.widgets import unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def people(sql: Sql) -> None:
    """Teams with people, who have visits; a column that is computed, one that is NULL, one that is empty."""
    sql("CREATE TABLE teams (id int PRIMARY KEY, name text NOT NULL)")
    sql(
        "CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, note text, empty text DEFAULT '', born date,"
        " team_id int REFERENCES teams, twice int GENERATED ALWAYS AS (id * 2) STORED)"
    )
    sql("CREATE TABLE visits (id int PRIMARY KEY, person_id int REFERENCES people, title text, at date)")
    sql("CREATE INDEX ON visits (person_id)")
    sql("INSERT INTO teams VALUES (7, 'Seven')")
    sql("INSERT INTO people (id, name, team_id) VALUES (1, 'Ada', 7), (2, 'Ben', NULL), (3, 'Cid', 7)")
    sql("INSERT INTO visits SELECT n, 1, 'visit ' || n, '2026-01-01' FROM generate_series(1, 12) n")
    sql("ANALYZE")


def form_of(qtbot: QtBot, page: TablePage) -> RecordForm:
    """Show the form of the current row."""
    page.show_form(True)
    form = page.form
    assert form is not None
    qtbot.waitUntil(lambda: form.model.counts[1] > 0, timeout=PATIENCE_MS)
    return form


def text_of(form: RecordForm, column: str, part: int = VALUE) -> str:
    """Return what a field shows."""
    line = form.model.line_of(column)
    assert line is not None
    return str(form.model.data(form.model.index(line, part)) or "")


def shows(form: RecordForm, column: str, text: str) -> bool:
    """Tell whether a field shows a text."""
    return text_of(form, column) == text


@pytest.mark.usefixtures("people")
def test_a_row_is_a_form_with_reasons(pg_url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 0)
    form = form_of(qtbot, page)
    assert not page.grid.isVisible()
    assert not data_panel(window).record.isVisible()
    assert [text_of(form, name) for name in ("name", "note", "empty")] == ["Ada", "NULL", "empty text"]
    assert text_of(form, "twice", REMARK) == "PostgreSQL computes this column itself."
    assert text_of(form, "name", REMARK) == ""
    form.edit("twice")
    assert form.editing.editor is None
    page.show_form()
    assert page.grid.isVisible()
    assert data_panel(window).record.isVisible()


@pytest.mark.usefixtures("people")
def test_fields_are_edited_in_place_and_saved(pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 0)
    form = form_of(qtbot, page)
    form.edit("name")
    editor = form.editing.editor
    assert editor is not None
    assert editor.geometry().intersects(form.view.visualRect(form.model.index(form.model.line_of("name") or 0, VALUE)))
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    field.selectAll()
    QTest.keyClicks(field, "Ada L.")
    QTest.keyClick(field, Qt.Key.Key_Tab)  # on to the next field that can be edited
    assert text_of(form, "name") == "Ada L."
    assert form.editing.editor is not None
    assert form.editing.editor.place.column.name == "note"
    form.editing.cancel()
    form.view.setCurrentIndex(form.model.index(form.model.line_of("empty") or 0, VALUE))
    QTest.keyClick(form.view, Qt.Key.Key_0, CONTROL)
    assert text_of(form, "empty") == "NULL"
    save(qtbot, page)
    assert sql("SELECT name, empty, note FROM people WHERE id = 1") == [("Ada L.", None, None)]


@pytest.mark.usefixtures("people")
def test_a_save_takes_what_is_being_typed(pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 1)
    form = form_of(qtbot, page)
    form.edit("name")
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    field.selectAll()
    QTest.keyClicks(field, "Benno")
    page.saving.save()
    qtbot.waitUntil(lambda: sql("SELECT name FROM people WHERE id = 2") == [("Benno",)], timeout=PATIENCE_MS)


@pytest.mark.usefixtures("people")
def test_rows_are_walked_by_keyboard_on_the_same_field(pg_url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 0)
    form = form_of(qtbot, page)
    form.view.setCurrentIndex(form.model.index(form.model.line_of("born") or 0, VALUE))
    for name in ("Ben", "Cid", "Cid"):  # it ends at the last one
        QTest.keyClick(form.view, Qt.Key.Key_Down, CONTROL)
        qtbot.waitUntil(partial(shows, form, "name", name), timeout=PATIENCE_MS)
        column = form.current_column()
        assert column is not None
        assert column.name == "born"
    QTest.keyClick(form.view, Qt.Key.Key_Escape)
    assert page.form is None
    assert page.status.ordinal == 2


@pytest.mark.usefixtures("people")
def test_related_rows_are_small_grids(pg_url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 0)
    form = form_of(qtbot, page)
    button = form.related.findChild(QPushButton, "record_form.open.visits_person_id_fkey")
    target = form.related.findChild(QPushButton, "record_form.open.people_team_id_fkey")
    assert button is not None
    assert target is not None
    qtbot.waitUntil(lambda: button.text().endswith("   12"), timeout=PATIENCE_MS)
    assert target.text().endswith("Seven")
    table = form.related.findChild(QTableWidget, "record_form.rows.visits_person_id_fkey")
    assert table is not None
    assert table.rowCount() == 5
    model = table.model()
    heads = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(table.columnCount())]
    assert heads == ["title", "at", "id"]
    assert [model.data(model.index(0, n)) for n in (0, 2)] == ["visit 1", "1"]
    form.step(1)  # nobody visits Ben
    qtbot.waitUntil(lambda: button.text().endswith("   0"), timeout=PATIENCE_MS)
    assert table.isHidden()
    form.step(-1)
    qtbot.waitUntil(lambda: button.text().endswith("   12"), timeout=PATIENCE_MS)
    table.activated.emit(table.model().index(2, 0))
    panel = data_panel(window)
    qtbot.waitUntil(lambda: panel.page is not None and panel.page.name.name == "visits", timeout=PATIENCE_MS)
    opened = panel.page
    assert opened is not None
    qtbot.waitUntil(lambda: opened.grid.row_count() == 1, timeout=PATIENCE_MS)


@pytest.mark.usefixtures("people")
def test_moving_on_cancels_what_is_read(pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 0)
    form = form_of(qtbot, page)
    qtbot.waitUntil(lambda: not form.related.is_busy, timeout=PATIENCE_MS)
    form.step(1)
    assert form.related.is_busy
    page.show_form(False)
    assert not form.related.is_busy


def wide(sql: Sql) -> None:
    """Make a table of 300 columns: twenty groups of ten, and what has no group."""
    groups = [f"part{'abcdefghijklmnopqrst'[n // 10]}_field{n % 10} text DEFAULT 'v{n}'" for n in range(200)]
    others = [f"c{n} text" for n in range(99)]
    sql(f"CREATE TABLE huge (id int PRIMARY KEY, {', '.join(groups + others)})")
    sql("INSERT INTO huge SELECT n FROM generate_series(1, 300) n")
    sql("ANALYZE huge")


def test_a_wide_row_is_grouped_found_and_quick(pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot) -> None:
    wide(sql)
    window = open_window(pg_url)
    page = open_table(qtbot, window, "huge")
    assert UNREAD in row_at(qtbot, page, 5).sizes.values()
    form = form_of(qtbot, page)
    qtbot.waitUntil(lambda: text_of(form, "partt_field9") == "v199", timeout=PATIENCE_MS)
    headings = [form.model.data(form.model.index(line, NAME)) for line in form.model.headings()]
    assert headings[:2] == ["Key", "Parta"]
    assert len(headings) == 22
    form.search.setText("parta_")
    assert form.model.counts == (10, 300)
    assert form.model.headings() == ()
    form.search.clear()
    longest = 0.0
    for _ in range(10):
        longest = max(longest, work_of(lambda: form.step(1)))
        qtbot.waitUntil(lambda: text_of(form, "partt_field9") == "v199", timeout=PATIENCE_MS)
    assert longest < STALL_S, longest  # measured: see docs/rows.md
    assert form.view.currentIndex() != QModelIndex()


def test_edits_are_marked_and_can_be_shown_alone(pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot) -> None:
    wide(sql)
    window = open_window(pg_url)
    page = open_table(qtbot, window, "huge")
    row_at(qtbot, page, 0)
    form = form_of(qtbot, page)
    qtbot.waitUntil(lambda: text_of(form, "c98") == "NULL", timeout=PATIENCE_MS)
    form.edit("c98")
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "mine")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: text_of(form, "c98") == "mine", timeout=PATIENCE_MS)
    line = form.model.line_of("c98") or 0
    assert form.model.data(form.model.index(line, VALUE), Qt.ItemDataRole.BackgroundRole) is not None
    form._which.setCurrentIndex(2)
    assert form.model.counts == (1, 300)
    page.grid.undo()
    assert form.model.counts == (0, 300)
    page.changes.clear() if page.changes is not None else None


@pytest.mark.usefixtures("people")
def test_what_holds_for_every_field_is_said_once(pg_url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url, read_only=True)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 0)
    form = form_of(qtbot, page)
    strip = form.findChild(QLabel, "record_form.strip")
    assert strip is not None
    assert strip.text() == "This connection is read-only."
    assert text_of(form, "twice", REMARK) == ""
    form.edit("name")
    assert form.editing.editor is None


@pytest.mark.usefixtures("people")
def test_a_new_row_is_a_form_too(pg_url: str, sql: Sql, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 0)
    form = form_of(qtbot, page)
    page.grid.insert_row()
    qtbot.waitUntil(partial(shows, form, "id", "DEFAULT"), timeout=PATIENCE_MS)
    for column, text in (("id", "9"), ("name", "Neo")):
        form.edit(column)
        field = QApplication.focusWidget()
        assert isinstance(field, QLineEdit)
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert text_of(form, "name") == "Neo"
    save(qtbot, page)
    assert sql("SELECT id, name, empty FROM people WHERE id = 9") == [(9, "Neo", "")]


@pytest.mark.usefixtures("people")
def test_a_refused_field_has_the_reason_beside_it(pg_url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 0)
    form = form_of(qtbot, page)
    page.grid.stage("team_id", "99")  # there is no such team
    page.saving.save()
    qtbot.waitUntil(lambda: text_of(form, "team_id", REMARK) != "", timeout=PATIENCE_MS)
    assert page.changes is not None
    page.changes.clear()


@pytest.mark.usefixtures("people")
def test_everything_has_a_name_and_is_reached_by_keyboard(pg_url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 0)
    form = form_of(qtbot, page)
    qtbot.waitUntil(lambda: not form.related.is_busy, timeout=PATIENCE_MS)
    assert (unnamed_widgets(form), unreachable_widgets(form)) == ([], [])


@pytest.mark.usefixtures("people")
def test_what_is_typed_in_the_form_is_kept_as_a_draft(pg_url: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window(pg_url)
    page = open_table(qtbot, window, "people")
    row_at(qtbot, page, 1)
    form = form_of(qtbot, page)
    form.edit("name")
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "Benno")
    typing = typed_in(page)
    assert typing is not None
    assert (typing.column, typing.text) == ("name", "Benno")
    form.editing.cancel()
