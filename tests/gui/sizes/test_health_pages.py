"""The other pages on a real server: advice and the healthy case, sessions, samples and charts, slow queries."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.slowqueries import CountingState
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.services.health.growing import keep
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.sizes.bars_view import BarsView
from nexus_studio.ui.panels.sizes.sampling import FIRST_MS, PERIOD_MS, Sampler
from tests.gui.migrations.conftest import Closing
from tests.gui.sizes.test_sizes_window import go_there, on
from tests.support.fake_schedulers import FakeSchedulers
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 30_000


def test_advice_about_a_duplicate_index_and_then_none(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    on(pg_url, "CREATE TABLE things (id int PRIMARY KEY, word text); CREATE INDEX one ON things (word)")
    on(pg_url, "CREATE INDEX two ON things (word)")
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    page = panel.advice
    panel.show_page(page)
    qtbot.waitUntil(lambda: page.report is not None, timeout=PATIENCE_MS)
    assert page.list.choose("index.duplicate")
    assert child(page, QLabel, "sizes.advice_sql").text() == 'DROP INDEX CONCURRENTLY "public"."two";'
    assert "drops an index" in child(page, QLabel, "sizes.advice_risk").text()
    assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])
    page.details.show_table.click()
    assert panel.page is panel.sizes
    qtbot.waitUntil(lambda: panel.sizes.list.chosen_relations() == (RelationName("public", "things"),))
    # autovacuum is off on the test's server, which is advised too: nothing else is once the index is gone
    on(pg_url, "DROP INDEX two")
    panel.show_page(page)
    page.read()
    qtbot.waitUntil(lambda: page.report is not None and not page.list.choose("index.duplicate"), timeout=PATIENCE_MS)
    assert page.report is not None
    page._show(replace(page.report, advice=()))
    assert page._pages.currentWidget() is page._well
    assert page._well.accessibleName() == "Nothing to advise"
    assert page._well._icon_name == ("success", "success")


def test_sessions_are_looked_at_while_the_page_is_in_sight(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    page = panel.activity
    assert not page.is_refreshing
    with psycopg.connect(pg_url, application_name="secretive") as other:
        other.execute("SELECT 'a secret'")
        panel.show_page(page)
        qtbot.waitUntil(lambda: page.snapshot is not None and page.is_refreshing, timeout=PATIENCE_MS)
        first = page.snapshot
        qtbot.waitUntil(lambda: page.snapshot is not first, timeout=PATIENCE_MS)  # by itself
        assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])
        assert page.choose(other.info.backend_pid)
        assert "secret" not in page.details.query.toPlainText()
        page.whole_texts.setChecked(True)
        qtbot.waitUntil(lambda: "a secret" in page.details.query.toPlainText(), timeout=PATIENCE_MS)
        assert page.current() is not None
        assert page.current().pid == other.info.backend_pid  # type: ignore[union-attr]
        panel.show_page(panel.sizes)
        qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
        assert not page.is_refreshing


def test_growth_from_the_first_sample_to_a_forecast(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    page = panel.growth
    panel.show_page(page)
    qtbot.waitUntil(lambda: page.chart.is_drawn and bool(page.chart.series), timeout=PATIENCE_MS)
    assert len(page.chart.series[0].samples) == 1  # the page of sizes has kept what it measured
    assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])
    (marks,) = page.chart._plot.getPlotItem().getAxis("left")._tickLevels
    assert len({words for _, words in marks}) == len(marks)  # no two lines say the same
    workspace, report = studio.connection.workspace, panel.sizes.report
    assert workspace is not None
    assert report is not None
    for days in range(20, 0, -1):
        share = 1 - days / 50
        smaller = tuple(replace(each, table_bytes=int(each.table_bytes * share)) for each in report.relations)
        before = replace(report, database_bytes=int(report.database_bytes * share), relations=smaller)
        keep(workspace.health.growth.store, before, datetime.now(UTC) - timedelta(days=days))
    page.limit.setValue(1)
    page.limit.editingFinished.emit()
    qtbot.waitUntil(lambda: page.forecast.text().startswith("Reached about"), timeout=PATIENCE_MS)
    assert len(page.chart.series[0].samples) == 21
    assert page.list.growths[0].relation == RelationName("public", "session_bookings")
    page.list.setCurrentIndex(page.list.model().index(0, 0))
    qtbot.waitUntil(lambda: page.chart.series[0].relation is not None, timeout=PATIENCE_MS)
    panel.show_page(panel.sizes)
    panel.sizes.read()
    qtbot.waitUntil(lambda: "in a week" in panel.sizes.header._facts.whole, timeout=PATIENCE_MS)


def test_slow_queries_or_how_to_have_them(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    page = panel.slow
    panel.show_page(page)
    qtbot.waitUntil(lambda: page.report is not None, timeout=PATIENCE_MS)
    assert page.report is not None
    assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])
    if page.report.state is not CountingState.READY:
        said = " ".join(each.text() for each in page.steps.findChildren(QLabel))
        assert "CREATE EXTENSION pg_stat_statements" in said
        return
    assert page.list.queries.rowCount() == len(page.report.queries)


def test_samples_are_taken_by_the_hour_until_the_session_ends(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot
) -> None:
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    sampler = studio.findChild(Sampler)
    assert isinstance(sampler, Sampler)
    assert sampler.timer.interval() == FIRST_MS
    workspace = studio.connection.workspace
    assert workspace is not None
    sampler.take()
    qtbot.waitUntil(lambda: sampler.timer.interval() == PERIOD_MS, timeout=PATIENCE_MS)
    assert len(workspace.health.growth.store.moments()) == 1
    workspace.session.close()
    on(pg_url, "SELECT 1")
    workspace.health.growth.store.file.unlink()
    sampler.timer.stop()
    sampler.take()
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    assert not sampler.timer.isActive()


def test_charts_are_not_imported_with_the_panels() -> None:
    code = "import sys, nexus_studio.ui.panels; print([m for m in ('numpy', 'pyqtgraph') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_two_charts_that_are_wanted_at_once_import_the_library_once(tmp_path: Path) -> None:
    script = tmp_path / "both.py"
    script.write_text(TWO_CHARTS)
    found = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "True", "True"]


TWO_CHARTS = """
import gc, os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication
from nexus_studio.ui.kit.tasks import EffectsBus, TaskRunner
from nexus_studio.ui.panels.sizes import charts

app = QApplication([])
runner = TaskRunner(EffectsBus())
first, loop, got = QObject(), QEventLoop(), []

def arrived(module):
    got.append(module)
    if len(got) == 2:
        loop.quit()

gone = charts.ChartLoader(runner, first, got.append)
while not charts._is_partial():
    app.processEvents()
first.deleteLater()  # it leaves in the middle
app.processEvents()
del gone
gc.collect()
owners = [QObject(), QObject()]
loaders = [charts.ChartLoader(runner, each, arrived) for each in owners]
QTimer.singleShot(60_000, loop.quit)
loop.exec()
print(len(got) == 2, all(hasattr(each, "PlotWidget") for each in got), not charts._is_partial())
sys.stdout.flush()
os._exit(0)
"""


def test_without_the_library_it_is_said(
    context: UiContext, qtbot: QtBot, closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_name: str) -> Any:
        return None

    monkeypatch.setattr("importlib.util.find_spec", nothing)
    monkeypatch.delitem(sys.modules, "pyqtgraph", raising=False)
    view = BarsView(context)
    closing(view)
    view.ensure()
    said = child(view, QLabel, "sizes.bars_said")
    qtbot.waitUntil(lambda: "pip install pyqtgraph" in said.text(), timeout=PATIENCE_MS)
    assert not view.is_drawn
    assert view.findChildren(QTimer) == [] or not any(each.isActive() for each in view.findChildren(QTimer))


def test_samples_by_the_systems_scheduler(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeSchedulers(tmp_path / "bin")
    fake.add("systemctl")
    monkeypatch.setenv("PATH", str(fake.folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    workspace = studio.connection.workspace
    assert workspace is not None
    panel = go_there(qtbot, studio)
    page = panel.growth
    panel.show_page(page)
    qtbot.waitUntil(lambda: "taken while Studio is open" in page.head.facts.whole, timeout=PATIENCE_MS)
    dialog = page.ask_schedule()
    assert dialog is not None
    qtbot.waitUntil(lambda: "growth" in dialog.texts.toPlainText(), timeout=PATIENCE_MS)
    assert (unnamed_widgets(dialog), unreachable_widgets(dialog)) == ([], [])
    assert not dialog.remove.isEnabled()
    dialog.install.click()  # it is not saved yet
    qtbot.waitUntil(lambda: "saved" in dialog.standing.text(), timeout=PATIENCE_MS)
    ProfileStore(Paths.default()).save([workspace.session.profile])
    dialog.install.click()
    qtbot.waitUntil(lambda: dialog.standing.text().startswith("systemd takes a sample"), timeout=PATIENCE_MS)
    assert list((tmp_path / "config" / "systemd" / "user").glob("nexus-studio-growth-*.timer"))
    qtbot.waitUntil(lambda: "taken every hour by systemd" in page.head.facts.whole, timeout=PATIENCE_MS)
    if folder := os.environ.get("NEXUS_TEST_PICTURES"):
        dialog.grab().save(str(Path(folder) / "sampling.png"))
        studio.grab().save(str(Path(folder) / "growth.png"))
    dialog.remove.click()
    qtbot.waitUntil(lambda: dialog.standing.text().startswith("Nobody takes samples"), timeout=PATIENCE_MS)
    assert not list((tmp_path / "config" / "systemd" / "user").glob("nexus-studio-growth-*.timer"))
    dialog.close_button.click()
