"""Slow queries as a server has counted them, opened in EXPLAIN; statements of one's own, explained and measured."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.sizes.explain_page import ExplainPage
from nexus_studio.ui.panels.sizes.panel import SizesPanel
from nexus_studio.ui.panels.sizes.plan_tree import COST, FOUND, ROWS, SHARE, TIME
from nexus_studio.ui.shell.studio import Studio
from tests.gui.sizes.test_sizes_window import go_there, on
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 30_000


def picture(studio: Studio, name: str) -> None:
    """Save what the window shows, where somebody wants to look at it."""
    if folder := os.environ.get("NEXUS_TEST_PICTURES"):
        studio.grab().save(str(Path(folder) / f"{name}.png"))


def explain_page(qtbot: QtBot, studio: Studio) -> tuple[SizesPanel, ExplainPage]:
    panel = go_there(qtbot, studio)
    panel.show_page(panel.explain)
    return panel, panel.explain


def wait_for_plan(qtbot: QtBot, page: ExplainPage) -> None:
    qtbot.waitUntil(lambda: not page._reading.is_busy and page.view.plan is not None, timeout=PATIENCE_MS)


def answer(qtbot: QtBot, button: str) -> None:
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), ConfirmDialog), timeout=PATIENCE_MS)
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    child(dialog, QPushButton, button).click()


def test_slow_queries_are_seen_and_opened_in_explain(open_window: OpenWindow, counting_url: str, qtbot: QtBot) -> None:
    studio = open_window(counting_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    page = panel.slow
    panel.show_page(page)
    qtbot.waitUntil(lambda: page.report is not None and bool(page.report.queries), timeout=PATIENCE_MS)
    texts = [each.text for each in page.list.queries.queries]
    assert not [text for text in texts if "ann7" in text or "hunter2" in text]
    own = on(counting_url, "SELECT queryid, calls FROM pg_stat_statements WHERE query LIKE 'SELECT c.city, sum%'")
    row = next(row for row, text in enumerate(texts) if text.startswith("SELECT c.city, sum"))
    seen = page.list.queries.query(row)
    assert seen is not None
    assert [(seen.id, seen.calls)] == own
    page.list.setCurrentIndex(page.list.queries.index(row, 0))
    assert page.explain.isEnabled()
    assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])
    picture(studio, "slow")
    page.explain.click()
    assert panel.page is panel.explain
    explain = panel.explain
    wait_for_plan(qtbot, explain)
    plan = explain.view.plan
    assert plan is not None
    assert plan.is_generic
    assert not plan.was_run
    assert explain.head.title.text() == "The plan for any values"
    tree = explain.view.tree
    root = tree.topLevelItem(0)
    assert root is not None
    assert root.text(0).startswith("Limit")
    assert root.text(COST)
    assert root.text(ROWS)
    assert tree.isColumnHidden(TIME)
    assert tree.current() is plan.heaviest
    assert "Limit  (cost=" in explain.view.text.toPlainText()
    assert not explain.run.isEnabled()  # its values are not known
    assert "without values" in explain.run.toolTip()
    assert (unnamed_widgets(explain), unreachable_widgets(explain)) == ([], [])
    picture(studio, "explain-generic")
    count = len(explain.values.fields)
    for field in explain.values.fields:
        field.setText("5")
    assert explain.run.isEnabled()
    explain.run.click()
    answer(qtbot, "confirm_do")
    qtbot.waitUntil(lambda: explain.view.plan is not None and explain.view.plan.was_run, timeout=PATIENCE_MS)
    plan = explain.view.plan
    assert plan is not None
    assert count == 2
    assert not tree.isColumnHidden(TIME)
    root = tree.topLevelItem(0)
    assert root is not None
    assert root.text(FOUND) == "5"
    assert root.text(TIME).endswith("ms")
    assert root.text(SHARE)
    assert explain.head.title.text().startswith("Run in ")
    picture(studio, "explain-measured")


def test_a_statement_of_ones_own(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    on(pg_url, "CREATE TABLE things AS SELECT n AS id, n % 9 AS kind FROM generate_series(1, 3000) n")
    studio = open_window(pg_url, environment=Environment.PRODUCTION)
    panel, page = explain_page(qtbot, studio)
    assert not page.explain.isEnabled()
    page.statement.setPlainText("DROP TABLE things")
    assert not page.explain.isEnabled()
    page.statement.setPlainText("DELETE FROM things WHERE kind = $1")
    assert len(page.values.fields) == 1
    assert page.explain.isEnabled()
    assert not page.run.isEnabled()
    panel.read()
    wait_for_plan(qtbot, page)
    plan = page.view.plan
    assert plan is not None
    assert plan.root.kind == "Delete"
    page.statement.setPlainText("SELECT kind, count(*) FROM things GROUP BY kind")
    assert page.values.fields == []
    page.run.click()
    answer(qtbot, "confirm_cancel")
    assert page.view.plan is plan  # nothing was run
    page.run.click()
    answer(qtbot, "confirm_do")
    qtbot.waitUntil(lambda: page.view.plan is not None and page.view.plan.was_run, timeout=PATIENCE_MS)
    page.copy.click()
    assert "actual time=" in QApplication.clipboard().text()
    page.statement.setPlainText("SELECT kid FROM things")
    page.explain.click()
    qtbot.waitUntil(lambda: page.head.title.text() == "The server did not explain it", timeout=PATIENCE_MS)
    assert "kid" in page.head.facts.whole
    assert page.view.plan is None
    assert on(pg_url, "SELECT count(*) FROM things") == [(3000,)]


def test_a_measurement_is_stopped_on_the_server(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    _, page = explain_page(qtbot, studio)
    page.statement.setPlainText("SELECT pg_sleep(600) AS long_sleep")
    page.run.click()
    answer(qtbot, "confirm_do")
    sleeping = (
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'EXPLAIN%' AND state = 'active' AND wait_event = 'PgSleep'"
    )
    qtbot.waitUntil(lambda: bool(on(pg_url, sleeping)), timeout=PATIENCE_MS)
    assert page.stop.isVisible()
    page.stop.click()
    qtbot.waitUntil(lambda: not on(pg_url, sleeping), timeout=PATIENCE_MS)
    assert not page.stop.isVisible()
    assert page.run.isEnabled()
    assert page.head.title.text() == "How the server runs a statement"


def test_a_plan_is_not_taken_for_that_of_another_statement(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    _, page = explain_page(qtbot, studio)
    page.statement.setPlainText("SELECT 1")
    page.explain.click()
    wait_for_plan(qtbot, page)
    assert page.head.title.text() == "The plan for these values"
    page.statement.setPlainText("SELEC 1")
    assert page.head.title.text() == "The plan of what was explained before"
    assert not page.explain.isEnabled()
    assert "not for this" in page.explain.toolTip()
    page.statement.setPlainText("SELECT 1")
    assert page.head.title.text() == "The plan for these values"
    assert not page.explain.toolTip()
    page.statement.setPlainText("SELECT nothing_of_that_name")
    page.explain.click()
    qtbot.waitUntil(lambda: not page._reading.is_busy and page.view.plan is None, timeout=PATIENCE_MS)
    failed = page.head.title.text()
    page.statement.setPlainText("SELECT nothing")
    assert page.head.title.text() == failed  # it is read while the statement is mended
