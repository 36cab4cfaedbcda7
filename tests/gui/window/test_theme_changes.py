"""The theme changes while details are shown: Qt gives each widget new looks, and none may be gone by then."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.settings import UI_THEME
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.paged import PagedPanel
from nexus_studio.ui.kit.parts import CardList
from nexus_studio.ui.panels.backups import details, header
from nexus_studio.ui.panels.backups.panel import BackupsPanel
from nexus_studio.ui.panels.data.transfer.opening import open_export, open_import
from nexus_studio.ui.panels.readiness.panel import ReadinessPanel
from nexus_studio.ui.shell.connect_dialog import ConnectDialog
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, open_table, row_at, stage

_TURNS = 20


def turn(studio: Studio, turns: int = 1) -> None:
    """Change the theme; every widget there is gets new looks each time."""
    for _ in range(turns):
        settings = studio.context.settings
        settings.set(UI_THEME, "light" if settings.get(UI_THEME) == "dark" else "dark")
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def settle(studio: Studio, qtbot: QtBot) -> None:
    QApplication.processEvents()
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    QApplication.processEvents()


def test_details_outlive_changes_of_the_theme(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    studio.show_panel("readiness")
    panel = studio.panel("readiness")
    assert isinstance(panel, ReadinessPanel)
    qtbot.waitUntil(lambda: panel.report is not None, timeout=PATIENCE_MS)
    assert panel.report is not None
    told = next(each for each in panel.report.findings if each.evidence)
    panel.list.choose(told.check)
    qtbot.waitUntil(lambda: panel.list.current() == told, timeout=PATIENCE_MS)
    turn(studio, _TURNS)
    assert panel.isVisible()


def test_rows_their_refusal_and_their_record_outlive_it(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "session_bookings")
    stage(page, row_at(qtbot, page, 1), "rating", "9")
    page.saving.save()
    qtbot.waitUntil(lambda: not page.saving.is_running, timeout=PATIENCE_MS)
    settle(studio, qtbot)
    page.show_form(True)
    settle(studio, qtbot)
    turn(studio, 2)
    studio.ask_connection()
    data = data_panel(studio)
    for dialog in (open_export(data), open_import(data), studio.findChild(ConnectDialog)):
        assert dialog is not None
        settle(studio, qtbot)
        turn(studio)
        assert dialog.isVisible()
        dialog.close()


def test_every_page_of_every_panel_outlives_it(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    workspace = studio.connection.workspace
    assert workspace is not None
    file, _ = workspace.backups.create(BackupSpec(), TaskContext.for_test())
    page = open_table(qtbot, studio, "session_bookings")
    stage(page, row_at(qtbot, page, 1), "rating", "4")
    page.saving.save()
    qtbot.waitUntil(lambda: not page.saving.is_running, timeout=PATIENCE_MS)
    for name in ("migrations", "seed_reset", "backups", "sizes", "readiness", "history"):
        studio.show_panel(name)
        settle(studio, qtbot)
        panel = studio.panel(name)
        if isinstance(panel, BackupsPanel):
            panel.list.choose(file)
            settle(studio, qtbot)
        if isinstance(panel, PagedPanel):
            for each in panel.pages:
                panel.show_page(each)
                settle(studio, qtbot)
    turn(studio, 2)  # all pages of all panels are filled, and are given new looks whether shown or not
    backups = studio.panel("backups")
    assert isinstance(backups, BackupsPanel)
    studio.show_panel("backups")
    for what in (header.RULES, details.RESTORE):
        backups.ask(what)
        settle(studio, qtbot)
        dialog = QApplication.activeModalWidget()
        assert dialog is not None, what
        turn(studio)
        assert dialog.isVisible(), what
        dialog.close()
        settle(studio, qtbot)


def test_blocks_of_a_list_are_deleted_a_turn_later(qtbot: QtBot) -> None:
    blocks = CardList("cards", "Cards")
    qtbot.addWidget(blocks)
    gone: list[bool] = []
    block = QLabel("a block")
    block.destroyed.connect(lambda: gone.append(True))
    blocks.add(block)
    del block
    blocks.clear()
    assert gone == []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert gone == [True]
