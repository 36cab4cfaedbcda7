"""Marks of a refused save go when another row was the cure: saved in another tab, or refused for another reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.changeset import CellState
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import PATIENCE_MS, OpenWindow, open_table, row_at, stage

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def _tables(sql: Sql) -> None:
    sql("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p, n int UNIQUE)")
    sql("INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1, 1), (2, 1, 2), (3, 1, 3)")


def saved(qtbot: QtBot, studio: Studio, page: TablePage) -> None:
    page.saving.save()
    qtbot.waitUntil(lambda: studio.context.runner.is_idle and not page.is_saving, timeout=PATIENCE_MS)


def states(page: TablePage, qtbot: QtBot) -> list[CellState]:
    assert page.changes is not None
    return [page.changes.state(row_at(qtbot, page, number)) for number in range(3)]


def test_a_row_saved_in_another_tab_was_the_cure(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    studio = open_window(pg_url)
    children = open_table(qtbot, studio, "c")
    stage(children, row_at(qtbot, children, 0), "p", "7")
    saved(qtbot, studio, children)
    assert states(children, qtbot)[0] is CellState.REJECTED
    parents = open_table(qtbot, studio, "p")
    assert parents.changes is not None
    parents.changes.insert({"id": "7"})
    saved(qtbot, studio, parents)
    assert states(children, qtbot)[0] is CellState.EDITED
    saved(qtbot, studio, children)
    assert not children.is_dirty


def test_the_next_refusal_alone_is_shown_and_judgements_stay(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot
) -> None:
    studio = open_window(pg_url)
    page = open_table(qtbot, studio, "c")
    assert page.changes is not None
    stage(page, row_at(qtbot, page, 0), "n", "2")
    saved(qtbot, studio, page)
    assert states(page, qtbot)[0] is CellState.REJECTED
    stage(page, row_at(qtbot, page, 1), "n", "9")  # the row that had the value lets it go
    stage(page, row_at(qtbot, page, 2), "p", "8")
    judged = page.changes.draft_of(row_at(qtbot, page, 1))
    assert judged is not None
    page.changes.reject(judged, "n", "what the server said of the cell alone")
    saved(qtbot, studio, page)
    assert states(page, qtbot) == [CellState.EDITED, CellState.REJECTED, CellState.REJECTED]
