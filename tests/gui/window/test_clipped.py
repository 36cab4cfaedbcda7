"""At 1280 × 800 nothing is cut in French, whose words are the longer ones: panels, their pages, and dialogs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.settings import UI_LANGUAGE
from nexus_studio.ui.kit.paged import PagedPanel
from nexus_studio.ui.panels.data.transfer.opening import open_export, open_import
from nexus_studio.ui.shell.connect_dialog import ConnectDialog
from nexus_studio.ui.shell.studio import Studio
from tests.support.clipped import clipped_texts
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, row_at, stage

_GIVES_WAY = ("grid_columns", "record.related")
"""Heads of the grid, whose widths are the person's own choice, and names of the database, which have no end."""


@pytest.fixture
def french(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> Iterator[Studio]:
    """The window in French."""
    studio = open_window(seeded_url)
    studio.context.settings.set(UI_LANGUAGE, "fr")
    qtbot.waitUntil(lambda: rail(studio) == "Données", timeout=PATIENCE_MS)
    yield studio
    studio.context.settings.set(UI_LANGUAGE, "en")


def rail(studio: Studio) -> str:
    button = studio.findChild(QToolButton, "rail.data")
    return button.text() if isinstance(button, QToolButton) else ""


def settle(studio: Studio, qtbot: QtBot) -> None:
    QApplication.processEvents()
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    QApplication.processEvents()


def cut(root: QDialog | Studio) -> list[str]:
    return [line for line in clipped_texts(root) if not line.startswith(_GIVES_WAY)]


def test_no_text_of_a_panel_is_cut(french: Studio, qtbot: QtBot) -> None:
    for name in ("migrations", "seed_reset", "backups", "sizes", "readiness", "history"):
        french.show_panel(name)
        settle(french, qtbot)
        assert cut(french) == [], name
        panel = french.panel(name)
        if isinstance(panel, PagedPanel):
            for page in panel.pages:
                panel.show_page(page)
                settle(french, qtbot)
                assert cut(french) == [], type(page).__name__


def test_no_text_around_rows_is_cut(french: Studio, qtbot: QtBot) -> None:
    page = open_table(qtbot, french, "session_bookings")
    stage(page, row_at(qtbot, page, 1), "rating", "9")
    settle(french, qtbot)
    assert cut(french) == []
    page.saving.save()
    qtbot.waitUntil(lambda: not page.saving.is_running, timeout=PATIENCE_MS)
    settle(french, qtbot)
    assert cut(french) == []  # with what the server says of the refusal
    french.ask_connection()
    for dialog in (open_export(data_panel(french)), open_import(data_panel(french)), french.findChild(ConnectDialog)):
        assert dialog is not None
        settle(french, qtbot)
        assert cut(dialog) == [], dialog.objectName()
        dialog.close()


def test_a_cut_text_is_noticed(french: Studio) -> None:
    label = QLabel("Ce qui ne tient pas", french)
    label.setGeometry(0, 0, 20, 20)
    label.show()
    assert len(clipped_texts(french)) == 1
