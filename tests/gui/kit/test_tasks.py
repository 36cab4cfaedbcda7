"""The task runner with its real threads."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QObject, QThreadPool, Signal
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import BugError, ConnectionLost, StudioError
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.ui.kit.tasks import EffectsBus, Lane, Latest, Task, TaskRunner

PATIENCE_S = 20


@pytest.fixture
def bus(qtbot: QtBot) -> EffectsBus:
    return EffectsBus()


@pytest.fixture
def runner(bus: EffectsBus) -> Iterator[TaskRunner]:
    made = TaskRunner(bus)
    yield made
    assert made.shutdown(5000)


def signal_and_wait(entered: threading.Event, go: threading.Event) -> bool:
    """Say that the work has begun and wait to be let go."""
    entered.set()
    return go.wait(PATIENCE_S)


def counted(ctx: TaskContext, number: int) -> int:
    """Report a step and return the number."""
    ctx.report(Progress("step", number))
    return number


def until_stopped(ctx: TaskContext) -> str:
    """Work that goes on until it is cancelled."""
    stopped = threading.Event()
    with ctx.token.calling(stopped.set):
        assert stopped.wait(PATIENCE_S)
    ctx.token.raise_if_cancelled()
    return "never"


def test_an_answer_arrives_in_the_ui_thread(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    heard: list[Any] = []
    threads: list[threading.Thread] = []

    def done(answer: threading.Thread) -> None:
        heard.append(threading.current_thread())
        threads.append(answer)

    runner.query(lambda _: threading.current_thread(), owner=owner, done=done)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [threading.main_thread()]
    assert threads[0] is not threading.main_thread()
    qtbot.waitUntil(lambda: runner.is_idle)


def test_the_answer_for_a_destroyed_owner_is_dropped(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    heard: list[Any] = []
    entered, go = threading.Event(), threading.Event()
    task = runner.query(lambda _: signal_and_wait(entered, go), owner=owner, done=heard.append)
    for ended in (task.succeeded, task.failed, task.finished):
        ended.connect(lambda *_: heard.append("a signal"))
    assert entered.wait(PATIENCE_S)
    owner.deleteLater()
    qtbot.waitUntil(lambda: task.is_cancelling)
    go.set()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert heard == []


def test_the_effects_of_a_write_are_told_though_its_owner_is_gone(
    qtbot: QtBot, runner: TaskRunner, bus: EffectsBus
) -> None:
    owner, go = QObject(), threading.Event()
    heard: list[Any] = []
    effects = Effects(Kind.ROWS)

    def work(_: TaskContext) -> Effects:
        go.wait(PATIENCE_S)
        return effects

    task = runner.operate("write", work, owner=owner, done=heard.append)
    for ended in (task.succeeded, task.failed, task.finished):
        ended.connect(lambda *_: heard.append("a signal"))
    with qtbot.waitSignal(bus.published) as published:
        owner.deleteLater()
        qtbot.waitUntil(lambda: not isValid(owner))
        assert not task.is_cancelling
        go.set()
    assert published.args == [effects]
    assert heard == []


def test_done_comes_before_the_effects_and_gets_the_result(qtbot: QtBot, runner: TaskRunner, bus: EffectsBus) -> None:
    owner = QObject()
    order: list[object] = []
    bus.published.connect(order.append)
    effects = Effects(Kind.CATALOG)
    task = runner.operate("make", lambda _: ("result", effects), owner=owner, done=order.append)
    with qtbot.waitSignal(task.finished):
        pass
    assert order == ["result", effects]


def test_writes_run_one_after_another(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    ends: list[Any] = []
    busy = threading.Lock()

    def work(_: TaskContext) -> bool:
        alone = busy.acquire(blocking=False)
        if alone:
            busy.release()
        return alone

    for _ in range(20):
        runner.operate("write", work, owner=owner, done=ends.append)
    qtbot.waitUntil(lambda: len(ends) == 20)
    assert all(ends)


def test_newest_wins(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    heard: list[Any] = []
    latest = Latest(runner, owner)
    for number in range(50):
        latest.start(partial(counted, number=number), heard.append)
    qtbot.waitUntil(lambda: runner.is_idle)
    assert heard == [49]
    assert not latest.is_busy


def test_cancel_returns_at_once_and_stops_off_the_ui_thread(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    stopped_by: list[threading.Thread] = []
    heard: list[Any] = []
    entered, stopped = threading.Event(), threading.Event()

    def stop() -> None:
        stopped_by.append(threading.current_thread())
        stopped.set()

    def work(ctx: TaskContext) -> None:
        with ctx.token.calling(stop):
            entered.set()
            stopped.wait(PATIENCE_S)
        ctx.token.raise_if_cancelled()

    task = runner.query(work, owner=owner, done=heard.append, failed=heard.append)
    for signal in (task.succeeded, task.failed):
        signal.connect(heard.append)
    assert entered.wait(PATIENCE_S)
    with qtbot.waitSignal(task.finished):
        task.cancel()
        task.cancel()
    assert len(stopped_by) == 1
    assert stopped_by[0] is not threading.main_thread()
    assert heard == []


def test_a_queued_task_that_is_cancelled_never_starts(qtbot: QtBot, runner: TaskRunner) -> None:
    owner, go = QObject(), threading.Event()
    started: list[Any] = []
    runner.operate("first", lambda _: go.wait(PATIENCE_S), owner=owner)
    second = runner.operate("second", started.append, owner=owner)
    second.cancel()
    with qtbot.waitSignal(second.finished):
        go.set()
    assert started == []


def test_a_write_that_was_too_quick_for_its_cancel_is_told(qtbot: QtBot, runner: TaskRunner, bus: EffectsBus) -> None:
    owner, entered, go = QObject(), threading.Event(), threading.Event()
    heard: list[Any] = []

    def work(_: TaskContext) -> Effects:
        entered.set()
        go.wait(PATIENCE_S)
        return Effects(Kind.ROWS)

    task = runner.operate("write", work, owner=owner, done=heard.append)
    assert entered.wait(PATIENCE_S)
    with qtbot.waitSignal(bus.published):
        task.cancel()
        go.set()
    assert heard == [Effects(Kind.ROWS)]


@pytest.mark.parametrize("how", ["cancelled", "newer", "owner gone", "shut down"])
def test_a_result_that_comes_too_late_is_put_away(qtbot: QtBot, runner: TaskRunner, how: str) -> None:
    """The worker has ended, its answer is on its way, and only then it is given up."""
    owner, entered, dropped = QObject(), threading.Event(), threading.Event()
    taken: list[Any] = []
    closed: list[tuple[str, threading.Thread]] = []

    def put_away(result: str) -> None:
        closed.append((result, threading.current_thread()))
        dropped.set()

    latest = Latest(runner, owner)

    def costly(_: TaskContext) -> str:
        entered.set()
        return "costly"

    latest.start(costly, taken.append, dropped=put_away)
    assert entered.wait(PATIENCE_S)
    wait_for_pools(runner)  # no event loop turns here: the answer stays queued
    match how:
        case "cancelled":
            latest.cancel()
        case "newer":
            latest.start(lambda _: "new", taken.append, dropped=put_away)
        case "owner gone":
            delete(owner)
        case "shut down":
            assert runner.shutdown(5000)
    qtbot.waitUntil(lambda: runner.is_idle)
    assert dropped.wait(PATIENCE_S)
    assert taken == (["new"] if how == "newer" else [])
    assert [result for result, _ in closed] == ["costly"]
    assert closed[0][1] is not threading.main_thread()


def wait_for_pools(runner: TaskRunner) -> None:
    """Wait until no worker runs, without a turn of the event loop."""
    for pool in runner.findChildren(QThreadPool):
        assert pool.waitForDone(5000)


def test_a_result_that_is_taken_or_never_came_is_not_put_away(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    heard: list[Any] = []
    dropped: list[Any] = []

    def fails(_: TaskContext) -> None:
        raise ConnectionLost

    runner.query(lambda _: 1, owner=owner, done=heard.append, dropped=dropped.append)
    runner.query(fails, owner=owner, done=heard.append, failed=heard.append, dropped=dropped.append)
    runner.query(until_stopped, owner=owner, done=heard.append, dropped=dropped.append).cancel()
    qtbot.waitUntil(lambda: runner.is_idle)
    wait_for_pools(runner)
    assert len(heard) == 2
    assert dropped == []


def test_long_work_takes_no_thread_from_those_who_read_and_write(qtbot: QtBot, runner: TaskRunner) -> None:
    owner, go = QObject(), threading.Event()
    heard: list[Any] = []

    def waiting(number: int, _: TaskContext) -> int:
        go.wait(PATIENCE_S)
        return number

    for number in range(3):
        runner.query(partial(waiting, number), owner=owner, done=heard.append, lane=Lane.BACK)
    runner.query(lambda _: "read", owner=owner, done=heard.append)
    runner.operate("", lambda _: "written", owner=owner, done=heard.append)
    qtbot.waitUntil(lambda: set(heard) == {"read", "written"})
    go.set()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert heard[2:] == [0, 1, 2]  # one after the other


def test_what_long_work_made_is_told_after_a_late_cancel_and_put_away_for_nobody(
    qtbot: QtBot, runner: TaskRunner
) -> None:
    owner, gone, entered, go = QObject(), QObject(), threading.Event(), threading.Event()
    heard: list[Any] = []
    dropped: list[Any] = []

    def make(_: TaskContext) -> str:
        signal_and_wait(entered, go)
        return "file"

    task = runner.query(make, owner=owner, done=heard.append, dropped=dropped.append, lane=Lane.BACK)
    runner.query(lambda _: "for nobody", owner=gone, done=heard.append, dropped=dropped.append, lane=Lane.BACK)
    assert entered.wait(PATIENCE_S)
    task.cancel()  # too late: the file is there
    go.set()
    wait_for_pools(runner)
    delete(gone)
    qtbot.waitUntil(lambda: runner.is_idle)
    wait_for_pools(runner)
    assert (heard, dropped) == (["file"], ["for nobody"])


def test_it_tells_whether_something_is_being_written(qtbot: QtBot, runner: TaskRunner) -> None:
    owner, go, entered = QObject(), threading.Event(), threading.Event()
    seen: list[bool] = []
    runner.query(lambda _: signal_and_wait(entered, go), owner=owner, done=lambda _: None)
    assert not runner.is_writing
    runner.tasks_changed.connect(lambda: seen.append(runner.is_writing))
    runner.operate("", lambda _: go.wait(PATIENCE_S), owner=owner)
    runner.operate("second", lambda _: None, owner=owner)
    assert runner.is_writing
    go.set()
    qtbot.waitUntil(lambda: not runner.is_writing)
    assert seen == [True, True, True, False]
    qtbot.waitUntil(lambda: runner.is_idle)


def test_shutdown_while_busy(qtbot: QtBot, bus: EffectsBus) -> None:
    runner, owner = TaskRunner(bus), QObject()
    heard: list[Any] = []
    ended: list[int] = []
    for _ in range(8):
        runner.query(until_stopped, owner=owner, done=heard.append).finished.connect(lambda: ended.append(1))
    runner.operate("write", until_stopped, owner=owner, done=heard.append)
    assert runner.shutdown(5000)
    assert runner.is_idle
    assert len(ended) == 8
    late = runner.query(lambda _: 1, owner=owner, done=heard.append)
    with qtbot.waitSignal(late.finished):
        pass
    assert heard == []


def test_shutdown_says_when_something_does_not_end(qtbot: QtBot, bus: EffectsBus) -> None:
    runner, owner, entered, go = TaskRunner(bus), QObject(), threading.Event(), threading.Event()
    runner.query(lambda _: signal_and_wait(entered, go), owner=owner, done=lambda _: None)
    assert entered.wait(PATIENCE_S)
    assert not runner.shutdown(20)
    go.set()
    assert runner.shutdown(5000)


def test_a_studio_error_reaches_failed_without_frames(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    errors: list[StudioError] = []

    def work(_: TaskContext) -> None:
        try:
            raise OSError  # noqa: TRY301
        except OSError as error:
            raise ConnectionLost from error

    task = runner.query(work, owner=owner, done=lambda _: None, failed=errors.append)
    with qtbot.waitSignal(task.failed):
        pass
    assert errors[0].code == "connection.lost"
    assert errors[0].__traceback__ is None
    assert errors[0].__cause__ is None


def test_any_other_exception_is_a_bug_without_its_message(
    qtbot: QtBot, runner: TaskRunner, caplog: pytest.LogCaptureFixture
) -> None:
    owner = QObject()
    errors: list[StudioError] = []

    def work(_: TaskContext) -> None:
        raise RuntimeError("Ada Lovelace")

    with caplog.at_level(logging.DEBUG):
        task = runner.query(work, owner=owner, done=lambda _: None, failed=errors.append)
        with qtbot.waitSignal(task.finished):
            pass
    error = errors[0]
    assert isinstance(error, BugError)
    assert "in work" in error.trace
    assert "Ada" not in f"{error} {error.trace} {[vars(record) for record in caplog.records]}"
    assert caplog.records[0].error == "RuntimeError"  # type: ignore[attr-defined]
    caplog.clear()


def test_a_failure_nobody_hears_is_told_to_the_window(qtbot: QtBot, runner: TaskRunner) -> None:
    def work(_: TaskContext) -> None:
        raise ConnectionLost

    owner = QObject()
    with qtbot.waitSignal(runner.failed_unheard) as unheard:
        runner.operate("write", work, owner=owner)
    assert isinstance(unheard.args[0], Task)
    assert unheard.args[1].code == "connection.lost"


def test_progress_and_the_list_of_running_tasks(qtbot: QtBot, runner: TaskRunner) -> None:
    owner, go = QObject(), threading.Event()

    def work(ctx: TaskContext) -> None:
        ctx.report(Progress("step", 1, 2))
        go.wait(PATIENCE_S)

    with qtbot.waitSignal(runner.tasks_changed):
        task = runner.operate("Reticulating", work, owner=owner)
    runner.query(lambda _: None, owner=owner, done=lambda _: None)
    qtbot.waitUntil(lambda: task.progress is not None)
    assert [shown.title for shown in runner.running()] == ["Reticulating"]
    assert task.progress == Progress("step", 1, 2)
    with qtbot.waitSignal(task.finished):
        go.set()
    assert runner.running() == ()


def test_many_tasks(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    heard: list[Any] = []
    for number in range(1000):
        runner.query(partial(counted, number=number), owner=owner, done=heard.append)
    qtbot.waitUntil(lambda: len(heard) == 1000, timeout=20_000)
    assert sorted(heard) == list(range(1000))


class _Emitter(QObject):
    emitted = Signal(bool)


def test_the_binding_gives_back_no_reference_too_many(qtbot: QtBot) -> None:
    """PySide6 6.12.0 on Python 3.11 loses one reference to True an emit, and the process dies of it."""
    emitter = _Emitter()
    emitter.emitted.connect(lambda _: None)
    before = sys.getrefcount(True)
    for _ in range(1000):
        emitter.emitted.emit(True)
    assert abs(sys.getrefcount(True) - before) < 100
