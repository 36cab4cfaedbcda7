"""The scene of sizes and health: a map with a bloated table, advice about it, how it grew. See `daily_shots.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from nexus_studio.core.admin.sizetree import find
from nexus_studio.core.names import RelationName
from nexus_studio.core.settings import GROWTH_LIMIT, UI_THEME
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.growing import keep
from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.panels.sizes.panel import SizesPanel
from nexus_studio.ui.shell.studio import Studio

EVENTS = RelationName("public", "mail_queue")
_MAKE = """
    DROP TABLE IF EXISTS mail_queue;
    CREATE TABLE mail_queue (id bigint PRIMARY KEY, receiver text, body text) WITH (autovacuum_enabled = off);
    INSERT INTO mail_queue SELECT n, 'user' || n % 900, repeat('x', 300) FROM generate_series(1, 60000) n;
    CREATE INDEX mail_queue_receiver ON mail_queue (receiver);
    CREATE INDEX mail_queue_receiver_again ON mail_queue (receiver);
    DELETE FROM mail_queue WHERE id % 5 <> 0;
    ANALYZE
"""
_ASKED = """\
SELECT u.role, b.status, count(*)
  FROM session_bookings b
  JOIN users u ON u.id = b."studentId"
 WHERE b."startsAt" > '2026-01-01'
 GROUP BY u.role, b.status"""


def health(
    window: Studio, wait: Callable[[Callable[[], bool], str], None], settle: Callable[[Studio], None]
) -> Iterator[str]:
    """Sizes, light and dark; advice; a plan; growth."""
    workspace = window.connection.workspace
    assert workspace is not None
    _make(workspace)
    window.show_panel("sizes")
    panel = window.panel("sizes")
    assert isinstance(panel, SizesPanel)
    panel.read()
    wait(lambda: find(panel.sizes.list.sizes.root, EVENTS) is not None, "the sizes")
    panel.sizes.list.choose(find(panel.sizes.list.sizes.root, EVENTS))
    settle(window)
    yield "sizes"
    window.context.settings.set(UI_THEME, "dark")
    settle(window)
    yield "sizes-dark"
    window.context.settings.set(UI_THEME, "light")
    panel.show_page(panel.advice)
    wait(lambda: panel.advice.report is not None, "advice")
    panel.advice.list.choose("index.duplicate")
    settle(window)
    yield "advice"
    panel.show_page(panel.explain)
    panel.explain.statement.setPlainText(_ASKED)
    settle(window)
    panel.explain.measure()
    wait(lambda: panel.explain.view.plan is not None, "the plan")
    settle(window)
    yield "explain"
    _grow(panel, workspace)
    window.context.settings.set(GROWTH_LIMIT, 1)
    panel.growth.limit.setValue(1)
    panel.show_page(panel.growth)
    wait(lambda: panel.growth.chart.is_drawn, "the chart")
    settle(window)
    yield "growth"


def _make(workspace: Workspace) -> None:
    """Make a table that is mostly bloat."""
    with workspace.session.write(TaskContext()) as connection:
        for statement in _MAKE.split(";"):
            connection.execute(text(statement))


def _grow(panel: SizesPanel, workspace: Workspace) -> None:
    """Put samples of the last weeks into the store."""
    report = panel.sizes.report
    assert report is not None
    for days in range(40, 0, -1):
        share = 1 - days / 90 + (days % 3) / 200
        smaller = tuple(replace(each, table_bytes=int(each.table_bytes * share)) for each in report.relations)
        before = replace(report, database_bytes=int(report.database_bytes * share), relations=smaller)
        keep(workspace.health.growth.store, before, datetime.now(UTC) - timedelta(days=days))
