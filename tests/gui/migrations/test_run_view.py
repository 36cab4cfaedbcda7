"""The run's view takes events from any thread, thousands at once, and outlives or is outlived by the run."""

from __future__ import annotations

import threading

from PySide6.QtWidgets import QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.migrations import MigrationPlan, RunEvent, RunResult, Statement, Step
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.planview import PlanView
from nexus_studio.ui.panels.migrations.flows.runview import RunView
from tests.gui.migrations.conftest import Closing
from tests.support.beat import STALL_S, work_of
from tests.support.widgets import child

MANY = 20_000
REVISIONS = 2_000


def step(name: str, count: int) -> Step:
    return Step(name, Direction.UP, f"Change {name}", tuple(Statement(n, f"SELECT {n}") for n in range(1, count + 1)))


def test_many_statements_from_another_thread_cost_little(context: UiContext, closing: Closing, qtbot: QtBot) -> None:
    view = RunView(context, "run")
    closing(view)
    view.show()
    plan = step("a1", MANY)
    view.start((plan,))
    hear = view.listener

    def run() -> None:
        hear(RunEvent("revision", "a1", number=1, total=1))
        for statement in plan.statements:
            hear(RunEvent("statement", "a1", statement=statement))
            hear(RunEvent("statement_done", "a1", ms=1))

    worker = threading.Thread(target=run)
    worker.start()
    worker.join()
    assert work_of(view._tick) < STALL_S, "the window must not stand still for what happened meanwhile"
    assert child(view, QPlainTextEdit, "run.sql").toPlainText() == f"SELECT {MANY}"
    item = view._list.topLevelItem(0)
    assert item is not None
    assert item.text(1).replace(",", "") == "20000 of 20000"
    view.finish(RunResult(("a1",)), "Done", good=True)
    assert not view._clock.isActive()


def test_events_that_come_after_the_view_is_gone_do_no_harm(context: UiContext, qtbot: QtBot) -> None:
    view = RunView(context, "run")
    view.start((step("a1", 1),))
    hear = view.listener
    view.deleteLater()
    with qtbot.waitSignal(view.destroyed):
        pass
    hear(RunEvent("revision", "a1"))


def test_what_was_not_planned_is_shown_too(context: UiContext, closing: Closing) -> None:
    view = RunView(context, "run")
    closing(view)
    view.start(())
    view.listener(RunEvent("revision", "zz", number=1, total=1))
    view.listener(RunEvent("revision_done", "zz", ms=5))
    view._tick()
    assert view._list.topLevelItemCount() == 1
    view.finish(None, "Over", good=False)


def test_a_plan_of_two_thousand_revisions_is_shown_at_once(context: UiContext, closing: Closing) -> None:
    view = PlanView(context, "plan")
    closing(view)
    view.show()
    steps = tuple(step(f"r{number}", 5) for number in range(REVISIONS))
    assert work_of(lambda: view.show_plan(MigrationPlan("heads", Direction.UP, steps))) < 4 * STALL_S
    assert view.revisions()[-1] == f"r{REVISIONS - 1}"
    assert view.sql().count(";") == 5 * REVISIONS


def test_what_is_there_already_and_left_out_is_marked(context: UiContext, closing: Closing) -> None:
    view = RunView(context, "run")
    closing(view)
    view.show()
    view.start((step("a1", 3),))
    view.listener(RunEvent("revision", "a1", number=1, total=1))
    view.listener(RunEvent("statement", "a1", statement=Statement(1, "CREATE TABLE a ()", is_left_out=True)))
    view._tick()
    assert "left out" in child(view, QLabel, "run.what").text()
    for number, is_left_out in ((2, True), (3, False)):
        view.listener(RunEvent("statement", "a1", statement=Statement(number, "SELECT 1", is_left_out=is_left_out)))
    view.listener(RunEvent("revision_done", "a1", ms=5))
    view._tick()
    assert "left out" not in child(view, QLabel, "run.what").text()
    item = view._list.topLevelItem(0)
    assert item is not None
    assert item.text(1) == "3 of 3 · 2 there already"
    view.finish(RunResult(("a1",)), "Done", good=True)
    assert "1, 2" in child(view, QLabel, "run.left_out").text()
    view.start((step("a1", 1),))
    assert view.left_out_words() == ""
