"""Columns that a connection hides: no way through the grid shows what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import DEFAULT
from nexus_studio.core.errors import ConstraintViolated, InvalidValue, ServerReport
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.overlay import ModelOverlay, ModelTable
from nexus_studio.ui.grid.grid_menus import fill_cell_menu
from nexus_studio.ui.grid.looks import MASK
from nexus_studio.ui.grid.row_model import CELL_ROLE
from nexus_studio.ui.kit.wording import details, sentence, set_masking
from tests.gui.grid.conftest import Bench, OpenGrid

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

SECRET = "canary.person@example.org, who lives at a known place"


@pytest.fixture
def bench(sql: Callable[..., list[tuple[Any, ...]]], open_grid: OpenGrid) -> Bench:
    sql("CREATE TABLE people (id int PRIMARY KEY, email text, mentor int REFERENCES people)")
    sql("INSERT INTO people VALUES (1, '" + SECRET + "', NULL), (2, NULL, 1)")
    table = ModelTable(label=("email",), sensitive=frozenset({"email"}))
    overlay = ModelOverlay({RelationName("public", "people"): table}, masking=True)
    bench = open_grid("people", overlay=overlay, masked=frozenset({"email"}))
    bench.wait(rows=2)
    return bench


@pytest.fixture
def masking() -> Iterator[None]:
    set_masking(True)
    yield
    set_masking(False)


def test_the_model_says_dots(bench: Bench) -> None:
    index = bench.grid.model.index(0, 1)
    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, CELL_ROLE):
        assert bench.grid.model.data(index, role) == MASK
    assert bench.text(1, "email") == "NULL"
    assert SECRET[:20] not in bench.grid.view.tooltip_at(index)


def test_copying_takes_dots(bench: Bench, qtbot: QtBot) -> None:
    bench.grid.view.selectAll()
    with qtbot.waitSignal(bench.grid.copying.copied):
        bench.grid.copy()
    assert QGuiApplication.clipboard().text() == f"1\t{MASK}\t\n2\t\t1"


def test_no_menu_filters_by_it(bench: Bench) -> None:
    bench.grid.select_cell(0, "email")
    menu = QMenu()
    fill_cell_menu(menu, bench.grid)
    assert not [action for action in menu.actions() if action.objectName().endswith(("_filter", "_exclude"))]


def test_neither_labels_nor_the_picker_tell(bench: Bench, qtbot: QtBot) -> None:
    assert bench.grid.label_of(2, "1") == ""
    qtbot.waitUntil(lambda: bench.grid.context.runner.is_idle)
    assert bench.grid.label_of(2, "1") == ""
    picker = bench.grid.picker_of(bench.relation.column("mentor"))
    assert picker is not None
    for text, rows in (("", [("1", ""), ("2", "")]), ("2", [("2", "")]), ("canary", [])):
        found: list[Any] = []
        search = partial(picker, text)
        bench.grid.context.runner.query(search, owner=bench.grid, done=found.append, failed=found.append)
        qtbot.waitUntil(lambda found=found: bool(found))  # type: ignore[misc]
        assert [[(key[0], label) for key, label in one.rows] for one in found] == [rows]


def test_a_duplicate_leaves_it_out_and_no_editor_shows_it(bench: Bench) -> None:
    bench.grid.select_cell(0, "email")
    bench.grid.duplicate_rows()
    assert bench.cell(0, "email") is DEFAULT
    draft = bench.changes.drafts()[0].draft
    bench.changes.edit_draft(draft, "email", SECRET)
    bench.grid.changes_touched()
    bench.grid.go_to_line(0, 1)
    bench.grid.begin_edit()
    editor = bench.grid.editing.editor
    assert editor is not None
    assert editor.cell() is DEFAULT


@pytest.mark.usefixtures("masking")
def test_the_server_is_not_quoted() -> None:
    report = ServerReport("23514", "violates check", f"Failing row contains ({SECRET}).", "mend it")
    error = ConstraintViolated("constraint.check", report=report)
    said = sentence(error)
    assert said.server_line == "violates check"
    assert SECRET not in f"{said}{said.server_message}{details(error)}"
    quoting = InvalidValue(report=ServerReport("22P02", f'invalid input syntax for type integer: "{SECRET}"'))
    assert SECRET not in f"{sentence(quoting)}{details(quoting)}"
    assert sentence(quoting).server_line == ""


def test_the_server_is_quoted_elsewhere() -> None:
    error = ConstraintViolated("constraint.check", report=ServerReport("23514", "violates", SECRET))
    assert SECRET in details(error)
