"""What a refused save offers: the picker, the row that holds the value, the rule, the cell, the rows that refer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import AllOf, AnyOf, Condition
from nexus_studio.ui.grid.editors.reference import ReferenceEditor
from nexus_studio.ui.panels.data.table_page import TablePage
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, row_at, save, stage, wait_loaded
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
SHOP = """
CREATE DOMAIN percent AS int CONSTRAINT is_percent CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE place (id int PRIMARY KEY, name text);
CREATE TABLE shop (
    id int PRIMARY KEY, place int REFERENCES place, email text, kind text NOT NULL DEFAULT 'old',
    price numeric CONSTRAINT dear CHECK (price > 0), share percent, span int4range,
    EXCLUDE USING gist (span WITH &&)
);
CREATE UNIQUE INDEX one_email ON shop (lower(email));
COMMENT ON CONSTRAINT dear ON shop IS 'Nothing is free';
INSERT INTO place VALUES (1, 'Paris'), (2, 'Lyon');
INSERT INTO shop VALUES (1, 1, 'a@x.org', 'k', 1, 1, '[1,10)'), (2, 1, 'b@x.org', 'k', 1, 1, '[20,30)'),
                        (3, NULL, NULL, 'k', 1, 1, NULL);
"""


@pytest.fixture
def page(open_window: OpenWindow, pg_url: str, sql: Sql, qtbot: QtBot) -> TablePage:
    sql(SHOP)
    return open_table(qtbot, open_window(pg_url), "shop")


def refused(qtbot: QtBot, page: TablePage, row: int, column: str, cell: str | None) -> None:
    stage(page, row_at(qtbot, page, row), column, cell)
    row_at(qtbot, page, 0 if row else 1)  # one stands elsewhere
    save(qtbot, page)
    assert page.is_dirty


def press(qtbot: QtBot, page: TablePage, cure: str) -> None:
    button = child(page.change_bar, QPushButton, cure)
    assert unnamed_widgets(page.change_bar) == []
    button.click()


def editor_of(qtbot: QtBot, page: TablePage) -> Any:
    qtbot.waitUntil(lambda: page.grid.editing.editor is not None, timeout=PATIENCE_MS)
    return page.grid.editing.editor


def rule(page: TablePage) -> str:
    label = child(page.change_bar, QLabel, "change_rule")
    return label.text() if label.isVisible() else ""


def test_a_key_that_points_to_nothing_opens_the_picker(page: TablePage, qtbot: QtBot, sql: Sql) -> None:
    refused(qtbot, page, 1, "place", "77")
    press(qtbot, page, "cure.pick")
    editor = editor_of(qtbot, page)
    assert isinstance(editor, ReferenceEditor)
    assert editor.typed == "77"
    editor._edit.clear()
    qtbot.keyClicks(editor._edit, "lyo")
    qtbot.waitUntil(lambda: editor._found.count() == 1)
    qtbot.keyClick(editor._edit, Qt.Key.Key_Return)
    assert not [each for each in page.change_bar.findChildren(QPushButton, "cure.pick") if each.isVisible()]
    save(qtbot, page)
    assert sql("SELECT place FROM shop WHERE id = 2") == [(2,)]


def test_a_new_row_gets_the_picker_as_well(page: TablePage, qtbot: QtBot) -> None:
    assert page.changes is not None
    page.changes.insert({"id": "9", "place": "77"})
    page.grid.changes_touched()
    row_at(qtbot, page, 1)
    save(qtbot, page)
    press(qtbot, page, "cure.pick")
    assert editor_of(qtbot, page).typed == "77"


def test_a_value_that_exists_leads_to_its_row(page: TablePage, qtbot: QtBot) -> None:
    refused(qtbot, page, 1, "email", "A@X.org")
    press(qtbot, page, "cure.holder")
    qtbot.waitUntil(lambda: page.query.filter != AllOf(), timeout=PATIENCE_MS)
    wait_loaded(qtbot, page)
    assert page.query.filter.parts == (Condition.of("id", "is", "1"),)  # type: ignore[union-attr]
    assert page.is_dirty
    page.ask(page.query.filtered_by(AllOf()))


def test_an_overlap_leads_to_all_it_overlaps_with(page: TablePage, qtbot: QtBot) -> None:
    refused(qtbot, page, 2, "span", "[5,25)")
    press(qtbot, page, "cure.holder")
    qtbot.waitUntil(lambda: isinstance(page.query.filter, AnyOf), timeout=PATIENCE_MS)
    wait_loaded(qtbot, page)
    assert page.grid.model.loader.row(1) is not None
    assert page.grid.model.loader.row(2) is None


def test_two_new_rows_with_one_value_lead_to_each_other(page: TablePage, qtbot: QtBot) -> None:
    assert page.changes is not None
    for number in ("8", "9"):
        page.changes.insert({"id": number, "span": "[50,60)"})
    page.grid.changes_touched()
    save(qtbot, page)
    press(qtbot, page, "cure.holder")
    other = page.changes.drafts()[0].draft

    def is_there() -> bool:
        shown = page.grid.current_row()
        return shown is not None and shown.draft == other

    qtbot.waitUntil(is_there, timeout=PATIENCE_MS)


def test_a_rule_is_said_in_words_and_as_it_is_written(page: TablePage, qtbot: QtBot) -> None:
    refused(qtbot, page, 1, "price", "-1")
    qtbot.waitUntil(lambda: "price must be above 0" in rule(page), timeout=PATIENCE_MS)
    assert "Nothing is free" in rule(page)
    assert "(price > (0)::numeric)" in rule(page)
    press(qtbot, page, "cure.cell")
    assert editor_of(qtbot, page).typed == "-1"


def test_a_rule_of_a_domain_names_the_column(page: TablePage, qtbot: QtBot) -> None:
    refused(qtbot, page, 1, "share", "101")
    qtbot.waitUntil(lambda: "share must be at least 0; share must be at most 100" in rule(page), timeout=PATIENCE_MS)
    assert "is_percent" in rule(page)
    assert "percent" in rule(page)


def test_a_missing_value_leads_to_its_cell(page: TablePage, qtbot: QtBot) -> None:
    refused(qtbot, page, 1, "kind", None)
    press(qtbot, page, "cure.cell")
    assert editor_of(qtbot, page).place.column.name == "kind"


def test_the_cell_is_found_although_the_filter_leaves_its_row_out(page: TablePage, qtbot: QtBot) -> None:
    stage(page, row_at(qtbot, page, 1), "kind", None)
    page.ask(page.query.filtered_by(Condition.of("id", "is", "3")))
    wait_loaded(qtbot, page)
    save(qtbot, page)
    press(qtbot, page, "cure.cell")
    assert editor_of(qtbot, page).place.column.name == "kind"
    shown = page.grid.current_row()
    assert shown is not None
    assert shown.row is not None
    assert shown.row.key.cells == ("2",)


def test_a_row_that_is_still_pointed_to_leads_to_those_that_do(
    open_window: OpenWindow, pg_url: str, sql: Sql, qtbot: QtBot
) -> None:
    sql(SHOP)
    window = open_window(pg_url)
    page = open_table(qtbot, window, "place")
    row = row_at(qtbot, page, 0)
    assert page.changes is not None
    page.changes.delete(row)
    page.grid.changes_touched()
    save(qtbot, page)
    press(qtbot, page, "cure.referring")
    there = data_panel(window).page
    assert there is not None
    assert there.name.name == "shop"
    wait_loaded(qtbot, there)
    assert there.query.filter.parts == (Condition.of("place", "is", "1"),)  # type: ignore[union-attr]


def test_a_key_that_is_pointed_to_can_not_be_changed(
    open_window: OpenWindow, pg_url: str, sql: Sql, qtbot: QtBot
) -> None:
    sql(SHOP)
    page = open_table(qtbot, open_window(pg_url), "place")
    refused(qtbot, page, 0, "id", "55")
    assert child(page.change_bar, QPushButton, "cure.referring").isEnabled()


def test_rows_that_cannot_exchange_a_value_are_told_the_way_round(
    qtbot: QtBot, open_window: OpenWindow, pg_url: str, sql: Sql
) -> None:
    sql("CREATE TABLE seat (id int PRIMARY KEY, list int, place int NOT NULL, UNIQUE (list, place))")
    sql("INSERT INTO seat VALUES (1, 1, 1), (2, 1, 2)")
    page = open_table(qtbot, open_window(pg_url), "seat")
    for row, place in ((0, "2"), (1, "1")):
        stage(page, row_at(qtbot, page, row), "place", place)
    save(qtbot, page)
    said = [label.text() for label in page.change_bar.findChildren(QLabel) if label.isVisible()]
    assert any("free value" in text for text in said)
    assert page.changes is not None
    assert page.changes.rejection(row_at(qtbot, page, 0), "place")
    assert child(page.change_bar, QPushButton, "cure.cell").text() == "Edit place"
