"""The panel in the real window on a real server: the way there, what it finds, and where its button leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin import readinessrules
from nexus_studio.core.settings import UI_LANGUAGE, UI_THEME
from nexus_studio.ui.panels.readiness.panel import ReadinessPanel
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import PATIENCE_MS, OpenWindow
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def _any_server_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readinessrules, "END_OF_LIFE", dict.fromkeys(range(12, 40), date(9999, 1, 1)))


def go_there(qtbot: QtBot, studio: Studio) -> ReadinessPanel:
    """Go to the panel by its place in the rail and wait for the report."""
    qtbot.mouseClick(child(studio, QToolButton, "rail.readiness"), Qt.MouseButton.LeftButton)
    panel = studio.panel("readiness")
    assert isinstance(panel, ReadinessPanel)
    qtbot.waitUntil(lambda: panel.report is not None and studio.context.runner.is_idle, timeout=PATIENCE_MS)
    return panel


def test_the_demo_is_ready(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    studio = open_window(seeded_url)
    panel = go_there(qtbot, studio)
    assert panel.report is not None
    assert [each.reason for each in panel.report.faults] == []
    assert child(panel, QLabel, "readiness.overall").text() == "Ready"
    assert unnamed_widgets(studio.frame) == []
    for theme in ("dark", "light"):
        for language in ("fr", "en"):
            studio.context.settings.set(UI_THEME, theme)
            studio.context.settings.set(UI_LANGUAGE, language)
            assert not studio.frame.grab().isNull()
    assert panel.list.topLevelItem(0).text(0) == "Connection"  # type: ignore[union-attr]


def test_what_is_pending_leads_to_the_migrations(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        connection.execute("DELETE FROM alembic_version")
    studio = open_window(seeded_url)
    panel = go_there(qtbot, studio)
    assert panel.report is not None
    assert [each.reason for each in panel.report.faults] == ["migrations.versions_lost"]
    assert child(panel, QLabel, "readiness.title").text() == "All migrations are applied"
    qtbot.mouseClick(panel.details.door, Qt.MouseButton.LeftButton)
    assert studio.current_panel is studio.panel("migrations")
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
