"""What nobody wishes for: names like markup, tables that vanish meanwhile, sessions that are others by now."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import psycopg
import pytest
from psycopg import sql as pgsql
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QLabel, QPushButton, QToolTip
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.maintenance import Ended, Job
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.sizes.maintain_dialog import MaintainDialog
from nexus_studio.ui.panels.sizes.size_cells import INDEXES, NAME, TABLE, TOAST, TOTAL
from tests.gui.sizes.test_explain_page import answer
from tests.gui.sizes.test_sizes_window import go_there, look, node_of, on, said
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 30_000
MARKUP = '<img src="file:///etc/passwd">&"%s" {x} 50%'
NAMES = (
    MARKUP,
    "two\nlines\tand\ttabs",
    "é" * 31,
    "'; DROP TABLE x; --",
    "$1 $$ \\ \u202eevil",
    "&File && more",
    "x" * 63,
)


@pytest.fixture
def strange_url(pg_url: str) -> str:
    """The URL of a database with a schema and tables of strange names."""
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(pgsql.SQL("CREATE SCHEMA {}").format(pgsql.Identifier(MARKUP)))
        for name in NAMES:
            table = pgsql.Identifier(MARKUP, name)
            connection.execute(pgsql.SQL("CREATE TABLE {} (id int, {} text)").format(table, pgsql.Identifier(MARKUP)))
            connection.execute(
                pgsql.SQL("INSERT INTO {} SELECT n, repeat('x', 50) FROM generate_series(1, 2000) n").format(table)
            )
            for column in ("id", MARKUP):
                for _ in range(2):
                    connection.execute(pgsql.SQL("CREATE INDEX ON {} ({})").format(table, pgsql.Identifier(column)))
        connection.execute("ANALYZE")
    return pg_url


def test_strange_names_stay_what_they_are(
    open_window: OpenWindow, strange_url: str, qtbot: QtBot, tmp_path: Path
) -> None:
    with psycopg.connect(strange_url, application_name=MARKUP) as other:
        other.execute("SELECT 1")
        studio = open_window(strange_url, environment=Environment.DEVELOPMENT)
        panel = go_there(qtbot, studio)
        page = panel.sizes
        for name in NAMES:
            node = node_of(panel, RelationName(MARKUP, name))
            index = page.list.sizes.index_of(node)
            assert page.list.sizes.data(index) == name
            tip = page.list.sizes.data(index, Qt.ItemDataRole.ToolTipRole)
            assert tip.startswith("<qt>")
            assert "<img" not in tip
            page.list.choose(node)
            page.map.go_into(node)
            assert page.map.node is node
        here = [each for each in page.map.breadcrumb.findChildren(QLabel) if NAMES[-1] in each.text()]
        assert all(each.textFormat() is Qt.TextFormat.PlainText for each in here)
        page.map.go_into(node_of(panel, RelationName(MARKUP, MARKUP)))
        assert {each.textFormat() for each in page.map.breadcrumb.findChildren(QLabel) if "<img" in each.text()} == {
            Qt.TextFormat.PlainText
        }
        page.map.go_into(page.list.sizes.root.children[0])
        tile = page.map.treemap.tile_of(page.list.sizes.root.children[0].parts[0])
        assert tile is not None
        middle = tile.rect.center().toPoint()
        event = QHelpEvent(QEvent.Type.ToolTip, middle, page.map.treemap.mapToGlobal(middle))
        QCoreApplication.sendEvent(page.map.treemap, event)
        assert "<img" not in QToolTip.text()
        QToolTip.hideText()
        page.map.show_bars(bars=True)
        qtbot.waitUntil(lambda: page.map.bars.is_drawn, timeout=PATIENCE_MS)
        page.save(tmp_path / "sizes.csv", "csv")
        qtbot.waitUntil(
            lambda: (tmp_path / "sizes.csv").exists() and studio.context.runner.is_idle, timeout=PATIENCE_MS
        )
        with (tmp_path / "sizes.csv").open(newline="", encoding="utf-8") as file:
            assert {row["name"] for row in csv.DictReader(file)} == set(NAMES)
        page.list.choose(page.list.sizes.root.children[0])  # the schema: all of its tables
        dialog = look(panel, qtbot, Job.VACUUM_FULL)
        dialog.do_button.click()
        question = next(each for each in dialog.findChildren(ConfirmDialog) if each.isVisible())
        with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
            child(question, QPushButton, "confirm_do").click()
        assert told.args[0].error is None
        assert {each.ended for each in panel.job.outcomes} == {Ended.DONE}
        assert {each.relation.name for each in panel.job.outcomes} == set(NAMES)
        panel.show_page(panel.activity)
        qtbot.waitUntil(lambda: panel.activity.snapshot is not None, timeout=PATIENCE_MS)
        assert panel.activity.choose(other.info.backend_pid)
        panel.show_page(panel.advice)
        qtbot.waitUntil(lambda: panel.advice.report is not None, timeout=PATIENCE_MS)
        advice = panel.advice.report.advice if panel.advice.report is not None else ()
        twice = [each for each in advice if each.code == "index.duplicate"]
        assert len(twice) == 2 * len(NAMES)
        for each in twice:
            assert panel.advice.list.choose(each.code)
        panel.run_advice(twice[0])
        qtbot.waitUntil(lambda: not panel.desk.is_busy and studio.context.runner.is_idle, timeout=PATIENCE_MS)
        left = on(strange_url, "SELECT count(*) FROM pg_indexes WHERE schemaname <> 'pg_catalog'")
        assert left == [(4 * len(NAMES) - 1,)]
        if folder := os.environ.get("NEXUS_TEST_PICTURES"):
            for shown in (panel.sizes, panel.advice, panel.activity):
                panel.show_page(shown)
                QCoreApplication.processEvents()
                studio.grab().save(str(Path(folder) / f"strange-{shown.NAME}.png"))


def test_every_figure_of_the_list_is_as_postgresql_writes_it(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot
) -> None:
    panel = go_there(qtbot, open_window(seeded_url, environment=Environment.DEVELOPMENT))
    own = on(
        seeded_url,
        """SELECT n.nspname, c.relname, p.size, pg_size_pretty(p.size), i.size, pg_size_pretty(i.size),
                  t.size, pg_size_pretty(t.size), pg_size_pretty(m.size), m.size
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
                  LATERAL (SELECT pg_total_relation_size(c.oid)) p(size),
                  LATERAL (SELECT pg_indexes_size(c.oid)) i(size),
                  LATERAL (SELECT coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0)) t(size),
                  LATERAL (SELECT pg_table_size(c.oid) - t.size) m(size)
            WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')""",
    )
    assert len(own) > 20
    model = panel.sizes.list.sizes
    for schema, name, total, pretty, *rest in own:
        index = model.index_of(node_of(panel, RelationName(schema, name)))
        cells = {column: model.data(index.siblingAtColumn(column)) for column in (TOTAL, INDEXES, TOAST, TABLE)}
        shown = {column: cell.replace(",", "") for column, cell in cells.items()}  # a locale's groups apart
        assert shown == {TOTAL: pretty, INDEXES: rest[1], TOAST: rest[3], TABLE: rest[4]}, name
        for column, size in ((TOTAL, total), (INDEXES, rest[0]), (TOAST, rest[2]), (TABLE, rest[5])):
            tip = model.data(index.siblingAtColumn(column), Qt.ItemDataRole.ToolTipRole)
            assert tip.replace(",", "").startswith(f"<qt>{size} byte"), name
    schema_index = model.index(0, NAME)
    for column in (TOTAL, INDEXES, TOAST, TABLE):
        assert model.data(schema_index.siblingAtColumn(column), Qt.ItemDataRole.ToolTipRole)


def test_a_table_that_vanishes_meanwhile(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    on(pg_url, "CREATE TABLE stays AS SELECT 1 AS n; CREATE TABLE goes AS SELECT 1 AS n; CREATE TABLE early (n int)")
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    page = panel.sizes
    on(pg_url, "DROP TABLE early")
    page.list.choose(node_of(panel, RelationName("public", "early")))
    page.maintain(Job.VACUUM)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    dialog = next(each for each in panel.findChildren(MaintainDialog) if each.isVisible())
    assert not dialog.do_button.isEnabled()
    assert "early" in said(dialog) or "no table" in said(dialog)
    dialog.close_button.click()
    page.list.clearSelection()
    page.list.choose(node_of(panel, RelationName("public", "goes")).parent)
    dialog = look(panel, qtbot, Job.VACUUM_ANALYZE)
    assert "early" in said(dialog)  # left out
    on(pg_url, "DROP TABLE goes")
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        dialog.do_button.click()
    assert told.args[0].error is None
    ended = {each.relation.name: each.ended for each in panel.job.outcomes}
    assert ended["stays"] is Ended.DONE
    assert "goes" not in ended
    qtbot.waitUntil(lambda: "goes: left out, it is not there any more" in said(panel.job), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    assert page.report is not None
    assert {each.name.name for each in page.report.relations} == {"stays"}


def test_a_session_that_is_another_by_now_is_left_alone(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    page = panel.activity
    panel.show_page(page)
    page.bar.period.setCurrentIndex(0)
    with psycopg.connect(pg_url, autocommit=True) as other:
        pid = other.info.backend_pid
        page.read()
        qtbot.waitUntil(lambda: page.snapshot is not None and page.choose(pid), timeout=PATIENCE_MS)
        seen = page.current()
        assert seen is not None
        assert seen.backend_start is not None
        earlier = seen.backend_start.replace(year=seen.backend_start.year - 1)  # as if the number were used again
        page.end(pid, earlier)
        failures: list[object] = []
        panel.failed.connect(failures.append)
        answer(qtbot, "confirm_do")
        qtbot.waitUntil(lambda: bool(failures), timeout=PATIENCE_MS)
        assert failures[0].code == "activity.changed"  # type: ignore[attr-defined]
        assert other.execute("SELECT 1").fetchone() == (1,)
    page.end(pid, seen.backend_start)  # gone meanwhile
    answer(qtbot, "confirm_do")
    qtbot.waitUntil(lambda: len(failures) == 2, timeout=PATIENCE_MS)
    assert failures[1].code == "activity.gone"  # type: ignore[attr-defined]
