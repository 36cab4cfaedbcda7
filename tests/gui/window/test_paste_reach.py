"""A block is pasted into as many rows as there are, also where nobody has counted them yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.support.fix_window import PATIENCE_MS, OpenWindow, open_table, row_at

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

ROWS = 3000  # more than are read at the start


@pytest.mark.parametrize("pasted", [2500, ROWS + 2])
def test_a_block_reaches_rows_that_are_not_known_yet(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot, sql: Callable[..., list[tuple[Any, ...]]], pasted: int
) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b numeric(8, 2))")  # never analyzed: no estimate either
    sql("INSERT INTO t SELECT n, 'old', 0 FROM generate_series(1, %s) n", ROWS)
    studio = open_window(pg_url)
    page = open_table(qtbot, studio, "t")
    row_at(qtbot, page, 0)
    page.grid.select_cell(0, "a")
    QGuiApplication.clipboard().setText("\n".join(f"new {n}\t{n}.5" for n in range(pasted)))
    page.grid.paste()
    reached = min(pasted, ROWS)
    qtbot.waitUntil(lambda: page.changes is not None and page.changes.counts.total == reached, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle and not page.grid.stager.is_busy, timeout=PATIENCE_MS)
    said = [notice.text for notice in studio.context.notices.standing()]
    assert any("outside the table" in text for text in said) == (pasted > ROWS)
    page.saving.save()
    qtbot.waitUntil(lambda: not page.is_dirty, timeout=PATIENCE_MS)
    assert sql("SELECT count(*) FROM t WHERE a LIKE 'new %' AND b = id - 1 + 0.5") == [(reached,)]
