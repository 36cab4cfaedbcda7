"""The button that reveals a masked value, pressed on a database of every environment: kept first, then shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from PySide6.QtWidgets import QLineEdit, QMenu, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.data.history import Action
from nexus_studio.core.data.rowformats import MASK
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.grid_menus import fill_cell_menu
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.data.reveal_dialog import RevealDialog
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.doors import Target
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_cluster import profile_of
from tests.support.fix_window import PATIENCE_MS, OpenWindow, has_tree, open_table
from tests.support.widgets import child, unnamed_widgets

PRESSED = ("rows.reveal",)
"""The acts whose buttons are pressed here; see tests/gui/window/test_rails.py."""

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

OpenMasked = Callable[..., tuple[Studio, TablePage]]


@pytest.fixture
def open_masked(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> OpenMasked:
    """A function that opens the users of a database in a connection that masks."""

    def opened(**more: object) -> tuple[Studio, TablePage]:
        studio = open_window(seeded_url)
        studio.disconnect_now()
        studio.connection.connect_to(Target(replace(profile_of(seeded_url), masking=True, **more)))  # type: ignore[arg-type]
        qtbot.waitUntil(lambda: studio.connection.workspace is not None and has_tree(studio), timeout=PATIENCE_MS)
        page = open_table(qtbot, studio, "users")
        qtbot.waitUntil(
            lambda: page.grid.current_row() is not None and studio.context.runner.is_idle, timeout=PATIENCE_MS
        )
        page.grid.select_cell(0, "email")
        return studio, page

    return opened


def email_of(url: str, page: TablePage) -> str:
    shown = page.grid.current_row()
    assert shown is not None
    assert shown.row is not None
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT email FROM users WHERE id = %s", shown.row.key.cells).fetchone()
    assert found is not None
    return str(found[0])


def looked(studio: Studio) -> list[tuple[str, tuple[str, ...]]]:
    """Return why values were looked at, and which."""
    workspace = studio.connection.workspace
    assert workspace is not None
    found = workspace.history.sets(TaskContext.for_test())
    return [(each.reason, each.columns) for each in found if each.action is Action.REVEAL]


@pytest.mark.parametrize("environment", list(Environment))
def test_a_click_reveals_and_is_kept(
    environment: Environment, open_masked: OpenMasked, seeded_url: str, qtbot: QtBot
) -> None:
    studio, page = open_masked(environment=environment)
    assert rail(act("rows.reveal"), environment) is Rail.FREE
    page.grid.reveal()
    dialog = child(studio.frame, RevealDialog, "reveal_dialog")
    assert looked(studio) == []
    child(dialog, QPushButton, "reveal.show").click()
    value = child(dialog, QPlainTextEdit, "reveal.value")
    qtbot.waitUntil(lambda: bool(value.toPlainText()), timeout=PATIENCE_MS)
    assert value.toPlainText() == email_of(seeded_url, page)
    assert looked(studio) == [("", ("email",))]
    assert studio.frame.findChildren(ConfirmDialog) == []
    shown = page.grid.current_row()
    assert shown is not None
    assert MASK in shown.cells  # the grid knows nothing of it
    dialog.reject()


def test_a_reason_is_asked_where_the_connection_wants_one(open_masked: OpenMasked, qtbot: QtBot) -> None:
    studio, page = open_masked(requires_reason=True)
    page.grid.reveal()
    dialog = child(studio.frame, RevealDialog, "reveal_dialog")
    assert unnamed_widgets(dialog) == []
    button = child(dialog, QPushButton, "reveal.show")
    assert not button.isEnabled()
    child(dialog, QLineEdit, "review.reason").setText("she called")
    child(dialog, QLineEdit, "review.ticket").setText("T-1")
    button.click()
    qtbot.waitUntil(lambda: bool(child(dialog, QPlainTextEdit, "reveal.value").toPlainText()), timeout=PATIENCE_MS)
    assert looked(studio) == [("she called T-1", ("email",))]
    dialog.reject()


def test_the_menu_and_the_refused_edit_offer_it(open_masked: OpenMasked) -> None:
    studio, page = open_masked()
    menu = QMenu()
    fill_cell_menu(menu, page.grid)
    assert [each.isEnabled() for each in menu.actions() if each.objectName().endswith("_reveal")] == [True]
    page.edit_field("email")  # as the record pane does
    notice = studio.context.notices.history()[0]
    assert [button.label for button in notice.buttons] == ["Reveal…"]
    notice.buttons[0].run()
    assert studio.frame.findChild(RevealDialog) is not None
    page.grid.select_cell(0, "id")
    menu = QMenu()
    fill_cell_menu(menu, page.grid)
    assert not [each for each in menu.actions() if each.objectName().endswith("_reveal")]


def test_the_form_of_a_row_offers_it_too(open_masked: OpenMasked, qtbot: QtBot) -> None:
    studio, page = open_masked()
    page.show_form(True)
    form = page.form
    assert form is not None
    qtbot.waitUntil(lambda: form.model.counts[1] > 0, timeout=PATIENCE_MS)
    form.edit("email")
    notice = studio.context.notices.history()[0]
    assert [button.label for button in notice.buttons] == ["Reveal…"]
    notice.buttons[0].run()
    assert studio.frame.findChild(RevealDialog) is not None
