"""Live: rows read again by themselves, and what changed shown for a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import sql as pgsql
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.settings import auto_refresh
from nexus_studio.ui.grid import live as live_module
from nexus_studio.ui.grid.freshness import SHOWN_MS
from nexus_studio.ui.grid.live import Live, LiveState
from nexus_studio.ui.grid.live_button import LiveButton
from tests.gui.grid.conftest import Bench, OpenGrid
from tests.support.widgets import unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def people(sql: Sql) -> Sql:
    sql("CREATE TABLE people (id int PRIMARY KEY, name text, note text)")
    sql("INSERT INTO people SELECT n * 10, 'name ' || n, '' FROM generate_series(1, 300) n")
    sql("ANALYZE people")
    return sql


def refresh(bench: Bench) -> None:
    with bench.qtbot.waitSignal(bench.grid.model.replaced):
        bench.grid.refresh()


def tints(bench: Bench) -> dict[str, Any]:
    """Return by the row's key what is tinted as changed: names of columns, or "row"."""
    found: dict[str, Any] = {}
    first, last = bench.grid.view.visible_rows()
    names = [column.name for column in bench.grid.model.columns]
    for row in range(first, last + 1):
        shown = bench.grid.model.shown(row)
        if shown is None or shown.row is None:
            continue
        key = str(shown.row.key.cells[0])
        if shown.tint == "changed":
            found[key] = "row"
        elif cells := {names[index] for index, tint in shown.tints.items() if tint == "changed"}:
            found[key] = cells
    return found


def test_what_changed_is_tinted_for_a_moment(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    bench.wait(rows=300)
    refresh(bench)
    assert tints(bench) == {}
    people("UPDATE people SET note = 'seen', name = 'Ann' WHERE id = 30")
    people("UPDATE people SET note = 'seen' WHERE id = 50")
    people("UPDATE people SET name = name WHERE id = 60")
    people("INSERT INTO people VALUES (35, 'new', '')")
    refresh(bench)
    assert tints(bench) == {"30": {"name", "note"}, "35": "row", "50": {"note"}}
    bench.qtbot.waitUntil(lambda: tints(bench) == {}, timeout=SHOWN_MS + 2_000)


def test_a_row_that_only_moves_into_sight_is_not_new(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    bench.wait(rows=300)
    gone: list[int] = []
    bench.grid.freshness.vanished.connect(gone.append)
    people("DELETE FROM people WHERE id IN (20, 30, 40)")
    refresh(bench)
    assert tints(bench) == {}
    assert gone == [3]


def test_staged_edits_keep_their_tint_and_their_place(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    bench.wait(rows=300)
    bench.grid.select_cell(4, "name")
    bench.grid.set_null()
    people("UPDATE people SET name = 'Ann', note = 'seen' WHERE id = 50")
    people("INSERT INTO people VALUES (5, 'first', '')")
    refresh(bench)
    shown = bench.grid.current_row()
    assert shown is not None
    assert shown.row is not None
    assert shown.row.key.cells == ("50",)
    assert dict(shown.tints) == {1: "edited", 2: "changed"}
    assert shown.is_staged
    assert tints(bench) == {"5": "row", "50": {"note"}}


def test_another_question_tints_nothing(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    bench.wait(rows=300)
    people("UPDATE people SET note = 'seen'")
    with bench.qtbot.waitSignal(bench.grid.model.replaced):
        bench.grid.sort_by("name")
    assert bench.text(0, "note") == "seen"
    assert tints(bench) == {}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of an interval takes 20 ms."""
    monkeypatch.setattr(live_module, "SECOND_MS", 20)
    monkeypatch.setattr(live_module, "RETRY_MS", 20)


@pytest.fixture
def live_bench(people: Sql, open_grid: OpenGrid, quick: None) -> tuple[Bench, Live]:
    bench = open_grid("people")
    bench.wait(rows=300)
    live = Live(bench.grid, bench.grid.context.settings)
    live.open("test/people")
    return bench, live


def turns(bench: Bench, live: Live) -> None:
    """Wait until the auto-refresh had several chances to ask."""
    for _ in range(4):
        with bench.qtbot.waitSignal(live._timer.timeout):
            pass


def test_rows_come_by_themselves(live_bench: tuple[Bench, Live], people: Sql) -> None:
    bench, live = live_bench
    people("UPDATE people SET note = 'seen' WHERE id = 20")
    live.set_seconds(2)
    bench.qtbot.waitUntil(lambda: bench.text(1, "note") == "seen")
    assert live.state is LiveState.ON
    live.stop()


def test_it_waits_for_an_editor(live_bench: tuple[Bench, Live], people: Sql) -> None:
    bench, live = live_bench
    bench.grid.select_cell(0, "name")
    bench.grid.begin_edit("x")
    bench.qtbot.waitUntil(lambda: bench.grid.editing.editor is not None)
    live.set_seconds(2)
    bench.qtbot.waitUntil(lambda: live.state is LiveState.PAUSED)
    sent = bench.grid.model.loader.requests_sent
    people("UPDATE people SET note = 'seen' WHERE id = 20")
    turns(bench, live)
    assert bench.grid.model.loader.requests_sent == sent
    bench.grid.editing.cancel()
    bench.qtbot.waitUntil(lambda: bench.text(1, "note") == "seen")
    assert live.state is LiveState.ON
    live.stop()


def test_it_waits_for_a_popup_and_for_being_seen(live_bench: tuple[Bench, Live]) -> None:
    bench, live = live_bench
    menu = QMenu(bench.grid)
    menu.addAction("x")
    menu.popup(QPoint(10, 10))
    live.set_seconds(2)
    bench.qtbot.waitUntil(lambda: live.state is LiveState.PAUSED)
    menu.close()
    bench.qtbot.waitUntil(lambda: live.state is LiveState.ON)
    bench.grid.hide()
    bench.qtbot.waitUntil(lambda: live.state is LiveState.PAUSED)
    live.stop()


@pytest.fixture
def dear_people(people: Sql, pg_url: str) -> Sql:
    """Looking at a row costs what a thousand pages do, for whoever connects from now on."""
    database = pgsql.Identifier(str(conninfo_to_dict(pg_url)["dbname"]))
    people(pgsql.SQL("ALTER DATABASE {} SET cpu_tuple_cost = 1000").format(database).as_string())
    return people


@pytest.mark.usefixtures("dear_people", "quick")
def test_it_does_not_repeat_what_is_dear(open_grid: OpenGrid, qtbot: QtBot) -> None:
    bench = open_grid("people")
    bench.wait(rows=300)
    live = Live(bench.grid, bench.grid.context.settings)
    live.open("test/people")
    button = LiveButton()
    qtbot.addWidget(button)
    button.show_live(live)
    usual = button.toolTip()
    with qtbot.waitSignal(bench.grid.model.replaced):
        bench.grid.sort_by("note")
    assert bench.grid.model.loader.is_dear
    sent = bench.grid.model.loader.requests_sent
    live.set_seconds(2)
    qtbot.waitUntil(lambda: live.is_costly)
    turns(bench, live)
    assert live.state is LiveState.PAUSED
    assert bench.grid.model.loader.requests_sent == sent
    assert button.toolTip() not in {"", usual}
    refresh(bench)  # F5 still reads
    with qtbot.waitSignal(bench.grid.model.replaced):
        bench.grid.set_query(RowQuery(bench.relation.name))
    qtbot.waitUntil(lambda: live.state is LiveState.ON)
    assert not live.is_costly
    live.stop()


def test_what_was_saved_here_is_no_news(people: Sql, open_grid: OpenGrid) -> None:
    bench = open_grid("people")
    bench.wait(rows=300)
    gone: list[int] = []
    bench.grid.freshness.vanished.connect(gone.append)
    people("UPDATE people SET note = 'seen' WHERE id IN (30, 50)")
    people("INSERT INTO people VALUES (35, 'mine', '')")
    people("DELETE FROM people WHERE id IN (70, 80)")
    people("UPDATE people SET id = 25 WHERE id = 20")
    name, cells = bench.relation.name, {"note": "seen"}
    changes = (
        RowChange(name, ChangeKind.UPDATE, 1, RowKey(("30",)), cells),
        RowChange(name, ChangeKind.INSERT, 2, None, {"id": "35", "name": "mine"}),
        RowChange(name, ChangeKind.DELETE, 3, RowKey(("70",))),
        RowChange(name, ChangeKind.UPDATE, 4, RowKey(("20",)), {"id": "25"}),
    )
    bench.grid.freshness.leave_out(key for change in changes for key in change.keys_written(("id",)))
    refresh(bench)
    assert tints(bench) == {"50": {"note"}}
    assert gone == [1]
    people("UPDATE people SET note = 'again' WHERE id = 30")
    refresh(bench)
    assert tints(bench) == {"30": {"note"}}


def test_readings_never_pile_up(live_bench: tuple[Bench, Live], sql: Sql) -> None:
    """The table is locked: one request waits for it, however many turns come."""
    bench, live = live_bench
    sql("BEGIN")
    sql("LOCK TABLE people")
    sent = bench.grid.model.loader.requests_sent
    live.set_seconds(2)
    bench.qtbot.waitUntil(lambda: bench.grid.model.loader.is_busy)
    turns(bench, live)
    assert bench.grid.model.loader.requests_sent == sent + 1
    sql("COMMIT")
    bench.qtbot.waitUntil(lambda: bench.grid.model.loader.requests_sent > sent + 1)
    live.stop()


def test_a_failure_stops_it_until_rows_come_again(live_bench: tuple[Bench, Live], sql: Sql) -> None:
    bench, live = live_bench
    failures: list[object] = []
    bench.grid.failed.connect(failures.append)
    sql("ALTER TABLE people RENAME TO others")
    live.set_seconds(2)
    bench.qtbot.waitUntil(lambda: live.state is LiveState.STOPPED)
    assert not live._timer.isActive()  # so that it stays with one
    assert len(failures) == 1
    sql("ALTER TABLE others RENAME TO people")
    bench.grid.refresh()
    bench.qtbot.waitUntil(lambda: live.state is LiveState.ON)
    live.stop()


def test_the_choice_is_remembered_and_shown(live_bench: tuple[Bench, Live], qtbot: QtBot) -> None:
    bench, live = live_bench
    button = LiveButton()
    qtbot.addWidget(button)
    assert not button.isEnabled()
    button.show_live(live)
    assert unnamed_widgets(button) == []
    actions = {action.objectName(): action for action in button.menu().actions()}
    assert list(actions) == ["live_0", "live_2", "live_5", "live_10", "live_30", "live_60"]
    actions["live_30"].trigger()
    assert (live.seconds, live.state) == (30, LiveState.ON)
    assert "30" in button.text()
    assert bench.grid.context.settings.get(auto_refresh("test/people")) == 30
    again = Live(bench.grid, bench.grid.context.settings)
    again.open("test/people")
    assert again.seconds == 30
    again.toggle()
    assert (again.seconds, again.state) == (0, LiveState.OFF)
    again.toggle()
    assert again.seconds == 30
    again.stop()
    live.stop()
    assert button.text() == "Live: off"
