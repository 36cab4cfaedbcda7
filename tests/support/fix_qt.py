"""What every GUI test is held to: nothing of Qt left alive, and no talk with a server on the GUI thread.

Qt's own warnings fail a test by `qt_log_level_fail` of pyproject.toml. A test that leaves something behind on purpose
says so with `@pytest.mark.keeps_qt_alive`.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEvent, QObject, QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

SETTLE_MS = 3000
"""Milliseconds that threads get to end after a test."""

PATIENCE_MS = 30_000
"""Milliseconds that a test waits at least for what is to come: a busy machine is no reason to fail."""

_UI_FLOORS = ("nexus_studio.ui", "nexus_studio.app")


@pytest.fixture(autouse=True)
def _nothing_left_alive(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if "qapp" not in request.fixturenames or request.node.get_closest_marker("keeps_qt_alive"):
        yield
        return
    started: dict[type[QObject], list[Any]] = {QTimer: [], QThread: [], QThreadPool: []}
    for kind, seen in started.items():
        _record_starts(kind, seen, monkeypatch)
    windows_before = set(map(id, QApplication.topLevelWidgets()))
    threads_before = set(threading.enumerate())
    gc.disable()  # as in the window (ui/kit/collecting.py): a worker that collects may end Qt objects in its thread
    yield
    _settle()
    gc.enable()
    left = [
        *_windows_left(windows_before),
        *(f"timer of {_owner(timer)} still active" for timer in _alive(started[QTimer]) if timer.isActive()),
        *(f"{thread!r} still running" for thread in _alive(started[QThread]) if not thread.wait(SETTLE_MS)),
        *(
            f"a thread pool of {_owner(pool)} is still busy"
            for pool in _alive(started[QThreadPool])
            if not pool.waitForDone(SETTLE_MS)
        ),
        *_threads_left(threads_before),
    ]
    if left:
        pytest.fail("left alive by the test: " + "; ".join(sorted(left)), pytrace=False)


class PatientBot(QtBot):
    """pytest-qt's, but patient, and asking again sooner at first: most of what is waited for comes within a moment."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MS) -> None:  # noqa: N802
        """Wait until the callback returns True or, returning None, raises no AssertionError."""
        __tracebackhide__ = True
        for pause in (1, 2, 4, 8):
            try:
                answer = callback()
            except AssertionError:
                answer = False
            if answer is None or answer is True:
                return
            self.wait(pause)
        super().waitUntil(callback, timeout=max(timeout, PATIENCE_MS))

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE_MS, **more: Any) -> Any:  # noqa: N802
        """Wait for a signal; no longer than said where it is not expected."""
        patience = timeout if more.get("raising") is False else max(timeout, PATIENCE_MS)
        return super().waitSignal(signal, timeout=patience, **more)

    def waitSignals(self, signals: Any, *, timeout: int = PATIENCE_MS, **more: Any) -> Any:  # noqa: N802
        """Wait for signals."""
        return super().waitSignals(signals, timeout=max(timeout, PATIENCE_MS), **more)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """The bot that tests get."""
    return PatientBot(request)


@pytest.fixture
def gui_thread_guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Fail the test when code of the window itself talks to PostgreSQL on the main thread.

    What counts is a frame of `nexus_studio.ui` or `nexus_studio.app` below the call: the test's own statements, made on
    the main thread too, are its own affair. Yields the list of offences so far.
    """
    offences: list[str] = []
    _guard(psycopg.Connection, "wait", offences, monkeypatch)
    _guard(psycopg.Connection, "cancel_safe", offences, monkeypatch)
    connect = psycopg.Connection.connect

    def guarded_connect(*args: Any, **kwargs: Any) -> Any:
        _note_offence("connect", offences)
        return connect(*args, **kwargs)

    monkeypatch.setattr(psycopg.Connection, "connect", guarded_connect)
    monkeypatch.setattr(psycopg, "connect", guarded_connect)
    yield offences
    if offences:
        pytest.fail("the GUI thread talked to PostgreSQL: " + "; ".join(sorted(set(offences))), pytrace=False)


def _guard(owner: type, name: str, offences: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        _note_offence(name, offences)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(owner, name, guarded)


def _note_offence(what: str, offences: list[str]) -> None:
    if threading.current_thread() is not threading.main_thread() or QCoreApplication.instance() is None:
        return
    frame = sys._getframe(1)
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith(_UI_FLOORS):
            offences.append(f"{what} from {Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
            return
        frame = frame.f_back  # type: ignore[assignment]


def _record_starts(kind: type[QObject], seen: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    original: Callable[..., Any] = kind.start  # type: ignore[attr-defined]

    def start(self: Any, *args: Any) -> Any:
        if not any(known is self for known in seen):
            seen.append(self)
        return original(self, *args)

    monkeypatch.setattr(kind, "start", start)


def _settle() -> None:
    """Let what was asked to go be gone: deferred deletions, queued answers, reference circles."""
    deadline = QDeadlineTimer(SETTLE_MS)
    QThreadPool.globalInstance().waitForDone(int(deadline.remainingTime()))
    for _ in range(2):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
        gc.collect(0)


def _windows_left(before: set[int]) -> list[str]:
    found = [window for window in QApplication.topLevelWidgets() if id(window) not in before and isValid(window)]
    if any(_is_ours(window) for window in found):  # a circle of references may be all that holds it: a full collection
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        found = [window for window in found if isValid(window)]
    return [f"window {_name(window)}" for window in found if _is_ours(window)]


def _is_ours(window: QWidget) -> bool:
    """Tell whether a window counts: Qt keeps the popup of a combo box, the tool tip and their like for itself."""
    return not window.inherits("QComboBoxPrivateContainer") and not window.inherits("QTipLabel")


def _threads_left(before: set[threading.Thread]) -> list[str]:
    left = [
        thread
        for thread in threading.enumerate()
        # Dummy: a thread of Qt's pools that once ran Python code; the pools are asked above.
        if thread not in before and not isinstance(thread, threading._DummyThread)
    ]
    for thread in left:
        thread.join(SETTLE_MS / 1000)
    return [f"thread {thread.name}" for thread in left if thread.is_alive()]


def _alive(found: list[Any]) -> list[Any]:
    return [item for item in found if isValid(item)]


def _owner(item: QObject) -> str:
    parent = item.parent()
    return _name(parent) if parent is not None else "nobody"


def _name(item: QObject) -> str:
    return f"{type(item).__name__} {item.objectName()!r}"
