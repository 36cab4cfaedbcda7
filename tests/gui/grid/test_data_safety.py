"""What others did meanwhile is never overwritten, deleted or mixed unseen, and nobody's dots become data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.rowformats import MASK
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import EditConflict, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.overlay import ModelOverlay, ModelTable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from nexus_studio.ui.grid.blocks import Block
from tests.gui.grid.conftest import Bench, OpenGrid

Sql = Callable[..., Any]


def _save(bench: Bench, session: Session) -> None:
    RowWriter(session).apply(bench.changes.freeze(), {bench.relation.name: bench.relation}, TaskContext.for_test())


def _failures(bench: Bench) -> list[StudioError]:
    found: list[StudioError] = []
    bench.grid.failed.connect(found.append)
    return found


@pytest.fixture
def wide(sql: Sql, open_grid: OpenGrid) -> Bench:
    """A table with far more columns than are in sight."""
    names = [f"c{number}" for number in range(300)]
    sql(f"CREATE TABLE wide (id int PRIMARY KEY, {', '.join(f'{name} text' for name in names)})")
    values = ", ".join(f"'{name}'" for name in names)
    sql(f"INSERT INTO wide SELECT i, {values} FROM generate_series(1, 50) i")
    bench = open_grid("wide")
    bench.wait()
    return bench


def test_a_cut_cell_that_others_changed_is_told_not_overwritten(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, n text)")
    sql("INSERT INTO t VALUES (1, repeat('old ', 200))")
    bench = open_grid("t")
    bench.wait(rows=1)
    failures = _failures(bench)
    bench.grid.view.make_current(bench.grid.model.index(0, 1))
    sql("UPDATE t SET n = repeat('NEW ', 300)")
    bench.grid.set_null()
    qtbot.waitUntil(lambda: bool(failures))
    assert [error.code for error in failures] == ["rows.changed"]
    assert bench.changes.is_empty
    qtbot.waitUntil(lambda: bench.text(0, "n").startswith("NEW"))
    bench.wait(rows=1)
    bench.grid.set_null()
    qtbot.waitUntil(lambda: not bench.changes.is_empty)


def test_a_row_in_the_place_of_another_is_not_deleted(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE nk (name text, story text)")
    sql("INSERT INTO nk VALUES ('alice', repeat('alice ', 100)), ('bob', 'short')")
    bench = open_grid("nk")
    bench.wait(rows=2)
    failures = _failures(bench)
    _take_the_place_of_alice(sql)
    bench.grid.view.make_current(bench.grid.model.index(0, 0))
    bench.grid.delete_rows()
    qtbot.waitUntil(lambda: bool(failures))
    assert [error.code for error in failures] == ["rows.vanished"]
    assert bench.changes.is_empty


def test_a_row_in_the_place_of_another_is_not_mixed_into_a_copy(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE nk (name text, story text)")
    sql("INSERT INTO nk VALUES ('alice', repeat('alice ', 100)), ('bob', 'short')")
    bench = open_grid("nk")
    bench.wait(rows=2)
    failures = _failures(bench)
    QGuiApplication.clipboard().setText("before")
    _take_the_place_of_alice(sql)
    bench.grid.chooser.choose([Block(0, 0, 0, 1)])
    bench.grid.copy()
    qtbot.waitUntil(lambda: bool(failures))
    assert [error.code for error in failures] == ["rows.vanished"]
    assert QGuiApplication.clipboard().text() == "before"


def _take_the_place_of_alice(sql: Sql) -> None:
    former = sql("SELECT ctid::text FROM nk WHERE name = 'alice'")
    sql("UPDATE nk SET story = 'longer' WHERE name = 'bob'")  # so that the place is free once vacuumed
    sql("DELETE FROM nk WHERE name = 'alice'")
    sql("VACUUM nk")
    sql("INSERT INTO nk VALUES ('alice', repeat('EVE ', 100))")
    assert sql("SELECT ctid::text FROM nk WHERE story LIKE 'EVE%'") == former


def test_a_row_is_not_deleted_when_a_column_out_of_sight_changed(
    wide: Bench, sql: Sql, session: Session, qtbot: QtBot
) -> None:
    wide.grid.view.make_current(wide.grid.model.index(4, 0))
    sql("UPDATE wide SET c299 = 'important news' WHERE id = 5")
    wide.grid.delete_rows()
    qtbot.waitUntil(lambda: not wide.changes.is_empty)
    with pytest.raises(EditConflict) as caught:
        _save(wide, session)
    (conflict,) = caught.value.conflicts
    wide.changes.mark_conflict(conflict)  # type: ignore[arg-type]  # what the writer raises are conflicts
    wide.changes.resolve(conflict.draft, keep_mine=True)  # type: ignore[attr-defined]
    _save(wide, session)  # whoever was told may delete it
    assert sql("SELECT count(*) FROM wide WHERE id = 5")[0][0] == 0


def test_an_untouched_wide_row_is_deleted(wide: Bench, sql: Sql, session: Session, qtbot: QtBot) -> None:
    wide.grid.view.make_current(wide.grid.model.index(4, 0))
    wide.grid.delete_rows()
    qtbot.waitUntil(lambda: not wide.changes.is_empty)
    _save(wide, session)
    assert sql("SELECT count(*) FROM wide WHERE id = 5")[0][0] == 0


def _refresh(bench: Bench) -> None:
    with bench.qtbot.waitSignal(bench.grid.model.replaced):
        bench.grid.refresh()
    bench.wait()


def _chosen(bench: Bench) -> list[str | None]:
    return [shown.row.key.cells[0] for shown in bench.grid.selected_rows() if shown.row is not None]


@pytest.mark.parametrize(
    ("meanwhile", "left"),
    [
        ("INSERT INTO t VALUES (25)", ["20", "30", "40"]),
        ("INSERT INTO t VALUES (15), (5)", ["20", "30", "40"]),
        ("DELETE FROM t WHERE id IN (10, 30)", ["20", "40"]),
    ],
)
def test_a_refresh_selects_no_row_that_was_not_chosen(
    sql: Sql, open_grid: OpenGrid, meanwhile: str, left: list[str]
) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    sql("INSERT INTO t SELECT i * 10 FROM generate_series(1, 20) i")
    bench = open_grid("t")
    bench.wait(rows=20)
    bench.grid.view.make_current(bench.grid.model.index(1, 0))
    bench.grid.chooser.choose([Block(1, 3, 0, 0)])
    sql(meanwhile)
    _refresh(bench)
    assert _chosen(bench) == left
    bench.grid.delete_rows()
    assert sorted(staged.key.cells[0] or "" for staged in bench.changes.staged_rows() if staged.key) == left


def test_a_refresh_leaves_the_current_cell_where_the_chosen_rows_are_not_here(sql: Sql, open_grid: OpenGrid) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    sql("INSERT INTO t SELECT i FROM generate_series(1, 5000) i")
    sql("ANALYZE t")
    bench = open_grid("t")
    bench.wait()
    bench.qtbot.waitUntil(lambda: bench.grid.model.rowCount() == 5000)
    bench.grid.view.make_current(bench.grid.model.index(1, 0))
    bench.grid.chooser.choose([Block(1, 4000, 0, 0)])
    sql("INSERT INTO t VALUES (0)")
    _refresh(bench)
    assert _chosen(bench) == ["2"]


def test_a_refresh_does_not_stay_with_a_place_that_another_row_took(sql: Sql, open_grid: OpenGrid) -> None:
    sql("CREATE TABLE nk (name text, story text)")
    sql("INSERT INTO nk VALUES ('alice', 'short'), ('bob', 'short')")
    bench = open_grid("nk")
    bench.wait(rows=2)
    bench.grid.view.make_current(bench.grid.model.index(0, 0))
    _take_the_place_of_alice(sql)
    _refresh(bench)
    assert bench.grid.current_row() is None
    assert _chosen(bench) == []


def test_dots_and_holes_are_never_pasted(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, email text, note text)")
    sql("INSERT INTO t SELECT i, 'secret@x', 'n' || i FROM generate_series(1, 4) i")
    overlay = ModelOverlay({RelationName("public", "t"): ModelTable(sensitive=frozenset({"email"}))}, masking=True)
    bench = open_grid("t", overlay=overlay, masked=frozenset({"email"}))
    bench.wait(rows=4)
    bench.grid.chooser.choose([Block(0, 0, 1, 2)])
    with qtbot.waitSignal(bench.grid.copying.copied):
        bench.grid.copy()
    bench.grid.insert_row()
    bench.grid.view.make_current(bench.grid.model.index(0, 1))
    bench.grid.paste()
    assert [dict(draft.values) for draft in bench.changes.drafts()] == [{"note": "n1"}]
    QGuiApplication.clipboard().setText(f"{MASK}\tby way of a spreadsheet")
    bench.grid.paste()
    assert [dict(draft.values) for draft in bench.changes.drafts()] == [{"note": "by way of a spreadsheet"}]


def test_holes_of_a_selection_leave_cells_alone(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
    sql("INSERT INTO t SELECT i, 'a' || i, 'b' || i FROM generate_series(1, 6) i")
    bench = open_grid("t")
    bench.wait(rows=6)
    bench.grid.chooser.choose([Block(0, 0, 1, 1), Block(1, 1, 2, 2)])
    with qtbot.waitSignal(bench.grid.copying.copied):
        bench.grid.copy()
    bench.grid.view.make_current(bench.grid.model.index(3, 1))
    bench.grid.paste()
    assert [dict(staged.values) for staged in bench.changes.staged_rows()] == [{"a": "a1"}, {"b": "b2"}]


def test_setting_null_leaves_hidden_columns_alone(sql: Sql, open_grid: OpenGrid) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text, c text)")
    sql("INSERT INTO t VALUES (1, 'a', 'b', 'c')")
    bench = open_grid("t")
    bench.wait(rows=1)
    bench.grid.columns.hide(2)
    bench.grid.chooser.choose([Block(0, 0, 1, 3)])
    bench.grid.set_null()
    assert [dict(staged.values) for staged in bench.changes.staged_rows()] == [{"a": None, "c": None}]


def test_a_paste_reaches_rows_that_are_not_here(sql: Sql, open_grid: OpenGrid, qtbot: QtBot) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, n text)")
    sql("INSERT INTO t SELECT i, 'x' FROM generate_series(1, 3000) i")
    sql("ANALYZE t")
    bench = open_grid("t")
    bench.wait()
    qtbot.waitUntil(lambda: bench.grid.model.rowCount() == 3000)
    QGuiApplication.clipboard().setText("\n".join(f"v{number}" for number in range(1000)))
    bench.grid.view.make_current(bench.grid.model.index(0, 1))
    bench.grid.paste()
    qtbot.waitUntil(lambda: len(bench.changes.staged_rows()) == 1000)
    assert bench.changes.staged_rows()[-1].key == RowKey(("1000",))
    assert bench.changes.staged_rows()[-1].values == {"n": "v999"}


def test_the_quick_search_does_not_tell_what_is_masked(sql: Sql, open_grid: OpenGrid) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, email text, note text)")
    sql("INSERT INTO t VALUES (1, 'secret@x', 'plain'), (2, 'other@x', 'other')")
    query = RowQuery(RelationName("public", "t")).searching("secret")
    bench = open_grid("t", masked=frozenset({"email"}), query=query)
    bench.wait(rows=0)
    bench.grid.set_query(query.searching("other"))
    bench.wait(rows=1)
    assert bench.text(0, "note") == "other"
    bench.grid.set_query(query.searching("secret"))
    bench.wait(rows=0)
