"""Five thousand tables of a real server in the real window: its thread is never away for long."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from nexus_studio.core.profiles import Environment
from nexus_studio.ui.panels.sizes.panel import SizesPanel
from tests.gui.sizes.test_sizes_window import on
from tests.support.beat import STALL_S, Beat
from tests.support.fix_window import OpenWindow

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 60_000
TABLES = 5000


def test_the_window_goes_on_while_thousands_of_tables_come(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    for first in range(0, TABLES, 500):
        on(
            pg_url,
            f"DO $$ BEGIN FOR i IN {first + 1}..{first + 500} LOOP"
            " EXECUTE format('CREATE TABLE %I (id int PRIMARY KEY, at date)', 'table_' || i); END LOOP; END $$",
        )
    studio = open_window(pg_url, environment=Environment.DEVELOPMENT)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    beat = Beat()
    found: dict[str, float] = {}

    def rest() -> None:
        qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)

    with beat.watching():
        studio.show_panel("sizes")
    found["made"] = beat.longest_s
    panel = studio.panel("sizes")
    assert isinstance(panel, SizesPanel)
    page = panel.sizes
    with beat.watching():
        qtbot.waitUntil(lambda: page.report is not None, timeout=PATIENCE_MS)
        rest()
    found["first"] = beat.longest_s
    assert page.report is not None
    assert len(page.report.relations) == TABLES
    before = page.report
    with beat.watching():
        page.read()
        qtbot.waitUntil(lambda: page.report is not before, timeout=PATIENCE_MS)
        rest()
    found["again"] = beat.longest_s
    with beat.watching():
        page.map.show_bars(bars=True)
        qtbot.waitUntil(lambda: page.map.bars.is_drawn, timeout=PATIENCE_MS)
        rest()
    found["bars"] = beat.longest_s
    with beat.watching():
        panel.show_page(panel.growth)
        qtbot.waitUntil(lambda: bool(panel.growth.chart.series), timeout=PATIENCE_MS)
        rest()
    found["growth"] = beat.longest_s
    assert {name: seconds for name, seconds in found.items() if seconds > STALL_S} == {}, found
