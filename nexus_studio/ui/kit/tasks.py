"""Work off the UI thread: `Task`, `TaskRunner`, `Latest`, and the `EffectsBus` that carries what writes changed.

Tasks are made, heard and freed in the UI thread alone; what runs elsewhere is in `jobs.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar, overload

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QObject, Qt, QThreadPool, Signal
from shiboken6 import isValid

from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import CancelToken, Progress, TaskContext
from nexus_studio.ui.kit.jobs import Drop, Job, Outcome, RunJob, SendStop, Work

T = TypeVar("T")
READERS = 3

Done = Callable[[Any], None]
Failed = Callable[[StudioError], None]


class Lane(Enum):
    """Where work runs: reads beside one another, writes strictly one after the other.

    What is learned behind the rows, for long and with nobody waiting for it, goes one after the other too, so that it
    never takes a thread from those who wait; so does what takes minutes and changes nothing in sight (a backup).
    """

    READ = "read"
    WRITE = "write"
    LEARN = "learn"
    BACK = "back"


class EffectsBus(QObject):
    """Carries the effects of writes to whoever shows something."""

    published = Signal(object)  # Effects

    def publish(self, effects: Effects) -> None:
        """Tell everybody; nothing is sent when nothing changed."""
        if effects.kinds:
            self.published.emit(effects)


class Task(QObject):
    """One running piece of work. Lives in the UI thread and belongs to its runner.

    `title` is what the status bar shows (empty: not shown), `started` is `time.monotonic()` at the start in seconds,
    `progress` the last report. Once the owner is destroyed no signal comes any more: who listens is often gone with it.
    """

    progressed = Signal(object)  # Progress
    succeeded = Signal(object)  # the result
    failed = Signal(object)  # StudioError
    finished = Signal()  # last; after a cancel it is the only one

    def __init__(self, runner: TaskRunner, title: str, lane: Lane, job: Job, owner: QObject) -> None:
        super().__init__(runner)
        self.title = title
        self.lane = lane
        self.started = time.monotonic()
        self.progress: Progress | None = None
        self._runner: TaskRunner | None = runner
        self._job: Job | None = job
        self._owner: QObject | None = owner
        self._done: Done | None = None
        self._failed: Failed | None = None
        self._dropped: Done | None = None
        # Held here too, so that the function and what it closes over (widgets, perhaps) are freed in the UI thread.
        self._work: Work | None = None
        self._cancel_asked = False
        self._ended = False
        self._is_orphan = False

    @property
    def is_running(self) -> bool:
        """Whether the answer is still to come."""
        return not self._ended

    @property
    def is_cancelling(self) -> bool:
        """Whether it was asked to stop and has not stopped yet."""
        return self._cancel_asked and not self._ended

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def cancel(self) -> None:
        """Ask the work to stop and return at once; the stop itself is sent from the cancel lane."""
        if self._runner is None or self._job is None or self._cancel_asked:
            return
        self._cancel_asked = True
        self._job.skip = True
        self._runner.send_stop(self._job.token)
        self._runner.tasks_changed.emit()

    def disown(self) -> None:
        """Drop the answer when it comes: nobody waits for it any more."""
        self._owner = self._done = self._failed = None

    def _expect(self, work: Work, done: Done | None, failed: Failed | None, dropped: Done | None) -> None:
        self._work, self._done, self._failed, self._dropped = work, done, failed, dropped

    def _let_go(self) -> None:
        """Drop every reference; one to the runner may be the last, and would destroy it inside our own destructor."""
        self.disown()
        self._work = self._runner = self._job = self._dropped = None

    def _owner_destroyed(self) -> None:
        self._is_orphan = True
        self.disown()
        if self.lane is not Lane.WRITE:
            self.cancel()


class TaskRunner(QObject):
    """Runs work in lanes: reads (`READERS` threads), one thread each for the others and for stops. UI thread only.

    `failed_unheard` carries failures for which nobody gave a `failed` callback; the window shows them as notices.
    """

    tasks_changed = Signal()  # running() or the state of one of them is another
    failed_unheard = Signal(object, object)  # Task, StudioError
    _posted = Signal(int, object)  # number of a job; Progress or Outcome

    def __init__(self, bus: EffectsBus, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus = bus
        self._tasks: dict[int, Task] = {}
        self._next = 1
        self._is_closed = False
        self._lanes = {lane: QThreadPool(self) for lane in Lane}
        for lane, pool in self._lanes.items():
            pool.setMaxThreadCount(READERS if lane is Lane.READ else 1)
        self._stops = QThreadPool(self)
        self._stops.setMaxThreadCount(1)
        self._posted.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    def query(
        self,
        work: Callable[[TaskContext], T],
        *,
        owner: QObject,
        done: Callable[[T], None],
        failed: Failed | None = None,
        title: str = "",
        dropped: Callable[[T], None] | None = None,
        lane: Lane = Lane.READ,
    ) -> Task:
        """Run work that reads. `done` and `failed` are called in the UI thread unless `owner` is gone by then.

        A cancelled query calls neither. With a `title` it is shown in the status bar. `dropped` is for results that
        must be closed: it gets, on a worker thread, the one that came too late for `done`; it may hold nothing of Qt.
        """
        return self._start(lane, title, work, owner, done, failed, dropped)

    @overload
    def operate(
        self,
        title: str,
        work: Callable[[TaskContext], Effects],
        *,
        owner: QObject,
        done: Callable[[Effects], None] | None = None,
        failed: Failed | None = None,
    ) -> Task: ...
    @overload
    def operate(
        self,
        title: str,
        work: Callable[[TaskContext], tuple[T, Effects]],
        *,
        owner: QObject,
        done: Callable[[T], None] | None = None,
        failed: Failed | None = None,
    ) -> Task: ...
    @overload
    def operate(
        self,
        title: str,
        work: Callable[[TaskContext], T],
        *,
        owner: QObject,
        done: Callable[[T], None] | None = None,
        failed: Failed | None = None,
    ) -> Task: ...
    def operate(
        self, title: str, work: Work, *, owner: QObject, done: Done | None = None, failed: Failed | None = None
    ) -> Task:
        """Run work that changes something, after all writes asked for earlier.

        Work returns its `Effects`, or a pair of a result and its `Effects`, or a bare result. `done` gets the result,
        or the Effects where there is none; then the Effects go to the bus, also when `owner` is gone. What a write did
        before a cancel reached it is told as well.
        """
        return self._start(Lane.WRITE, title, work, owner, done, failed)

    def running(self) -> tuple[Task, ...]:
        """Return the titled tasks, oldest first."""
        return tuple(task for task in self._tasks.values() if task.title)

    @property
    def is_writing(self) -> bool:
        """Whether a write runs or waits for its turn; `tasks_changed` tells when that is another."""
        return any(task.lane is Lane.WRITE for task in self._tasks.values())

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs, titled or not."""
        return not self._tasks

    def send_stop(self, token: CancelToken) -> None:
        """Cancel a token from the cancel lane; returns at once."""
        self._stops.start(SendStop(token))

    def shutdown(self, timeout_ms: int) -> bool:
        """Refuse new work, cancel all, wait for at most `timeout_ms`. Answers are dropped; `finished` comes as ever.

        Returns False when something still runs; then the process must leave without destroying this object.
        """
        self._is_closed = True
        for task in tuple(self._tasks.values()):
            task.disown()
            task.cancel()
        deadline = QDeadlineTimer(timeout_ms)
        pools = (*self._lanes.values(), self._stops)
        waited = [pool.waitForDone(max(0, deadline.remainingTime())) for pool in pools]
        QCoreApplication.sendPostedEvents(self)
        waited.append(self._stops.waitForDone(max(0, deadline.remainingTime())))  # results dropped only now
        return all(waited)

    def _start(
        self,
        lane: Lane,
        title: str,
        work: Work,
        owner: QObject,
        done: Done | None,
        failed: Failed | None,
        dropped: Done | None = None,
    ) -> Task:
        number, self._next = self._next, self._next + 1
        job = Job(number, work, CancelToken(), self._posted.emit, skip=self._is_closed)
        task = Task(self, title, lane, job, owner)
        task._expect(work, done, failed, dropped)  # noqa: SLF001 - Task and TaskRunner are one mechanism
        owner.destroyed.connect(task._owner_destroyed)  # noqa: SLF001
        self._tasks[number] = task
        if self._is_closed:
            self._posted.emit(number, Outcome(cancelled=True))
        else:
            self._lanes[lane].start(RunJob(job))
        self._tell_change(task)
        return task

    def _receive(self, number: int, message: object) -> None:
        task = self._tasks.get(number)
        if task is None:
            return
        if isinstance(message, Progress):
            task.progress = message
            task.progressed.emit(message)
        elif isinstance(message, Outcome):
            del self._tasks[number]
            self._end(task, message)

    def _end(self, task: Task, outcome: Outcome) -> None:
        task._ended = True  # noqa: SLF001
        owner, done, failed = task._owner, task._done, task._failed  # noqa: SLF001
        is_heard = owner is not None and isValid(owner) and not self._is_closed
        if not is_heard or (task.lane is Lane.READ and task._cancel_asked):  # noqa: SLF001
            self._drop(task, outcome)
        if task.lane is Lane.READ and task._cancel_asked:  # noqa: SLF001
            outcome = Outcome(cancelled=True)
        result, effects = _split(outcome.result) if task.lane is Lane.WRITE else (outcome.result, Effects())
        try:
            if outcome.error is not None:
                self._tell_failure(task, outcome.error, failed if is_heard else None)
            elif not outcome.cancelled:
                if is_heard and done is not None:
                    done(result)
                if not task._is_orphan:  # noqa: SLF001
                    task.succeeded.emit(result)
        finally:
            task._let_go()  # noqa: SLF001
            self._bus.publish(effects)
            if not task._is_orphan:  # noqa: SLF001
                task.finished.emit()
            self._tell_change(task)
            task.deleteLater()

    def _drop(self, task: Task, outcome: Outcome) -> None:
        dropped = task._dropped  # noqa: SLF001
        if dropped is not None and outcome.error is None and not outcome.cancelled:
            self._stops.start(Drop(dropped, outcome.result))

    def _tell_change(self, task: Task) -> None:
        if task.title or task.lane is Lane.WRITE:
            self.tasks_changed.emit()

    def _tell_failure(self, task: Task, error: StudioError, failed: Failed | None) -> None:
        if failed is not None:
            failed(error)
        elif not self._is_closed and (task.lane is Lane.WRITE or task._owner is not None):  # noqa: SLF001
            self.failed_unheard.emit(task, error)
        if not task._is_orphan:  # noqa: SLF001
            task.failed.emit(error)


class Latest:
    """At most one running query; a new one cancels and disowns the old, so the newest answer wins."""

    def __init__(self, runner: TaskRunner, owner: QObject) -> None:
        self._runner = runner
        self._owner = owner
        self._task: Task | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._task is not None and self._task.is_running

    def start(
        self,
        work: Callable[[TaskContext], T],
        done: Callable[[T], None],
        failed: Failed | None = None,
        title: str = "",
        dropped: Callable[[T], None] | None = None,
        lane: Lane = Lane.READ,
    ) -> Task:
        """Run `work` in place of whatever runs. `dropped` and `lane` as in `TaskRunner.query`."""
        self.cancel()
        self._task = self._runner.query(
            work, owner=self._owner, done=done, failed=failed, title=title, dropped=dropped, lane=lane
        )
        return self._task

    def cancel(self) -> None:
        """Stop what runs, if anything; its answer is dropped."""
        task, self._task = self._task, None
        if task is not None and task.is_running:
            task.disown()
            task.cancel()


def _split(result: object) -> tuple[object, Effects]:
    if isinstance(result, Effects):
        return result, result
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], Effects):  # noqa: PLR2004 - a pair
        return result[0], result[1]
    return result, Effects()
