"""The theme changes while details are shown: Qt gives each widget new looks, and none may be gone by then."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nexus_studio.core.settings import UI_THEME
from nexus_studio.ui.panels.readiness.panel import ReadinessPanel
from tests.support.fix_window import PATIENCE_MS, OpenWindow

_TURNS = 20


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
    for number in range(_TURNS):
        studio.context.settings.set(UI_THEME, ("dark", "light")[number % 2])
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert panel.isVisible()
