"""The panel in the real window on a real server: a bloated table is found, written anew, and smaller everywhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QProgressBar, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.maintenance import Ended, Job
from nexus_studio.core.admin.sizetree import SizeNode, find
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.panels.sizes.maintain_dialog import MaintainDialog
from nexus_studio.ui.panels.sizes.panel import SizesPanel
from nexus_studio.ui.panels.sizes.size_cells import TOTAL
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 20_000
BLOATED = RelationName("public", "bloated")
_SIZE = "SELECT pg_total_relation_size('bloated'), pg_size_pretty(pg_total_relation_size('bloated'))"
_BLOAT = """
    CREATE TABLE bloated (id bigint PRIMARY KEY, words text) WITH (autovacuum_enabled = off);
    INSERT INTO bloated SELECT n, repeat('x', 200) FROM generate_series(1, 200000) n;
    DELETE FROM bloated WHERE id % 10 <> 0;
    ANALYZE bloated
"""


def on(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run statements by a connection that is gone afterwards."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def go_there(qtbot: QtBot, studio: Studio) -> SizesPanel:
    """Go to the panel by its place in the rail and wait for the sizes."""
    qtbot.mouseClick(child(studio, QToolButton, "rail.sizes"), Qt.MouseButton.LeftButton)
    panel = studio.panel("sizes")
    assert isinstance(panel, SizesPanel)
    qtbot.waitUntil(lambda: panel.sizes.report is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    return panel


def node_of(panel: SizesPanel, relation: RelationName = BLOATED) -> SizeNode:
    found = find(panel.sizes.list.sizes.root, relation)
    assert found is not None
    return found


def shown_total(panel: SizesPanel, node: SizeNode) -> str:
    """Return what stands in the list's column of totals, as the server would write it: without a locale's groups."""
    index = panel.sizes.list.sizes.index_of(node)
    return str(index.siblingAtColumn(TOTAL).data()).replace(",", "")


def look(panel: SizesPanel, qtbot: QtBot, job: Job) -> MaintainDialog:
    """Ask for a job on what is chosen; wait until it is said what it would be like."""
    panel.sizes.maintain(job)
    dialog = next(each for each in panel.findChildren(MaintainDialog) if each.isVisible())
    qtbot.waitUntil(lambda: dialog.warning is not None, timeout=PATIENCE_MS)
    return dialog


def said(dialog: Any) -> str:
    return "\n".join(each.text() for each in dialog.findChildren(QLabel) if each.isVisible())


def picture(studio: Studio, name: str) -> None:
    """Keep a picture where somebody wants to look."""
    if folder := os.environ.get("NEXUS_TEST_PICTURES"):
        studio.frame.grab().save(str(Path(folder) / f"{name}.png"))


def test_vacuum_full_of_a_bloated_table(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    on(seeded_url, _BLOAT)
    studio = open_window(seeded_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    page = panel.sizes
    assert (unnamed_widgets(panel), unreachable_widgets(panel)) == ([], [])
    node = node_of(panel)
    before = on(seeded_url, _SIZE)
    assert (node.bytes, shown_total(panel, node)) == before[0]
    assert page.list.choose(node)
    tile = page.map.treemap.tile_of(node)
    assert tile is not None
    assert tile.node is page.map.treemap.current
    picture(studio, "sizes")

    dialog = look(panel, qtbot, Job.VACUUM_FULL)
    assert (unnamed_widgets(dialog), unreachable_widgets(dialog)) == ([], [])
    words = said(dialog)
    assert "It locks the table: off-peak" in words
    assert "At its height it needs about" in words
    assert "are free" in words
    assert "bloated" in words
    picture(studio, "forewarning")
    dialog.do_button.click()
    question = next(each for each in dialog.findChildren(ConfirmDialog) if each.isVisible())
    phases: list[str] = []
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        child(question, QPushButton, "confirm_do").click()
        qtbot.waitUntil(lambda: panel.desk.is_busy, timeout=PATIENCE_MS)
        assert child(panel, QProgressBar, "sizes.job.bar").isVisible()
        assert not page.header.vacuum.isEnabled()
        panel.desk.progressed.connect(lambda progress: phases.append(progress.step))
    assert told.args[0].error is None
    assert phases
    (outcome,) = panel.job.outcomes
    assert outcome.ended is Ended.DONE
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)

    # smaller: on the server, in the list, on the map, and in words
    after = on(seeded_url, _SIZE)
    assert after[0][0] < before[0][0] / 2
    qtbot.waitUntil(lambda: node_of(panel).bytes == after[0][0], timeout=PATIENCE_MS)
    again = node_of(panel)
    assert shown_total(panel, again) == after[0][1]
    assert page.list.current() is again
    smaller = page.map.treemap.tile_of(again)
    assert smaller is not None
    assert smaller.rect.width() * smaller.rect.height() < tile.rect.width() * tile.rect.height()
    qtbot.waitUntil(lambda: "done" in said(panel.job), timeout=PATIENCE_MS)
    card = said(panel.job)
    assert f"{before[0][1]} → {after[0][1]}" in card.replace(",", "")
    assert size_text(after[0][0] - before[0][0]) in card
    high = studio.frame.height()
    child(panel.job, QPushButton, "sizes.job.show_log").click()
    QApplication.processEvents()
    assert child(panel.job, QPlainTextEdit, "sizes.job.log").isVisible()
    assert studio.frame.height() == high
    assert page._split.height() >= page._split.minimumSizeHint().height()  # it has room, nothing is squeezed
    picture(studio, "done")


def test_a_table_that_was_never_clustered_is_by_the_index_that_is_chosen(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot
) -> None:
    on(pg_url, "CREATE TABLE bloated (id int PRIMARY KEY, word text); CREATE INDEX bloated_word ON bloated (word);"
               "INSERT INTO bloated SELECT n, md5(n::text) FROM generate_series(1, 2000) n; ANALYZE")  # fmt: skip
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    panel.sizes.list.choose(node_of(panel))
    dialog = look(panel, qtbot, Job.CLUSTER)
    assert not dialog.do_button.isEnabled()
    assert dialog.index.isVisible()
    assert dialog.index.currentText() == ""
    dialog.index.setCurrentText("bloated_word")
    dialog.index.activated.emit(dialog.index.currentIndex())
    qtbot.waitUntil(dialog.do_button.isEnabled, timeout=PATIENCE_MS)
    dialog.do_button.click()
    question = next(each for each in dialog.findChildren(ConfirmDialog) if each.isVisible())
    assert "Time: " in said(question)
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        child(question, QPushButton, "confirm_do").click()
    assert told.args[0].error is None
    assert on(pg_url, "SELECT indexrelid::regclass::text FROM pg_index WHERE indisclustered") == [("bloated_word",)]


def test_a_running_vacuum_is_cancelled(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    on(pg_url, _BLOAT)
    database = conninfo_to_dict(pg_url)["dbname"]
    for setting in ("vacuum_cost_delay = '100ms'", "vacuum_cost_limit = 1"):
        on(pg_url, f'ALTER DATABASE "{database}" SET {setting}')
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    panel.sizes.list.choose(node_of(panel))
    dialog = look(panel, qtbot, Job.VACUUM)
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        dialog.do_button.click()
        doing = child(panel, QLabel, "sizes.job.doing")
        qtbot.waitUntil(lambda: "Reading the table" in doing.text(), timeout=PATIENCE_MS)
        assert doing.text().startswith("bloated")
        picture(studio, "running")
        panel.job.cancel.click()
    assert told.args[0].is_stopped
    running = "SELECT count(*) FROM pg_stat_progress_vacuum"
    assert on(pg_url, running) == [(0,)]
    assert on(pg_url, "SELECT n_dead_tup > 100000 FROM pg_stat_user_tables WHERE relname = 'bloated'") == [(True,)]
    qtbot.waitUntil(lambda: "Stopped" in said(panel.job), timeout=PATIENCE_MS)
    assert panel.sizes.header.vacuum.isEnabled()
