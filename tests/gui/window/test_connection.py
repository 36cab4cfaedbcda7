"""The window's connection: what is given up leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import QThreadPool
from pytestqt.qtbot import QtBot

from tests.support.fix_window import PATIENCE_MS, OpenWindow

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


def connections(sql: Sql) -> int:
    """Count the connections of ours to the test's database."""
    where = "datname = current_database() AND application_name = 'nexus-studio'"
    return int(sql(f"SELECT count(*) FROM pg_stat_activity WHERE {where}")[0][0])


def test_an_attempt_given_up_as_its_workspace_arrives_keeps_no_connection(
    open_window: OpenWindow, pg_url: str, sql: Sql, qtbot: QtBot
) -> None:
    studio = open_window(pg_url)
    runner, target = studio.context.runner, studio.connection.target
    assert target is not None
    qtbot.waitUntil(lambda: runner.is_idle, timeout=PATIENCE_MS)
    before = connections(sql)
    for _ in range(3):
        studio.connection.connect_to(target)
        for pool in runner.findChildren(QThreadPool):  # no turn of the event loop: the answer is there and unheard
            assert pool.waitForDone(PATIENCE_MS)
        assert connections(sql) > before
        studio.connection.cancel()
        qtbot.waitUntil(lambda: connections(sql) == before, timeout=PATIENCE_MS)


def test_an_attempt_that_waits_for_the_server_is_given_up_at_once(
    open_window: OpenWindow, pg_url: str, sql: Sql, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = open_window(pg_url)
    runner, target = studio.context.runner, studio.connection.target
    assert target is not None
    qtbot.waitUntil(lambda: runner.is_idle, timeout=PATIENCE_MS)
    before = connections(sql)
    entered, go = threading.Event(), threading.Event()
    original = psycopg.connect

    def slow(**parameters: Any) -> Any:
        entered.set()
        go.wait(20)
        return original(**parameters)

    monkeypatch.setattr(psycopg, "connect", slow)
    studio.connection.connect_to(target)
    assert entered.wait(20)
    studio.connection.cancel()
    qtbot.waitUntil(lambda: runner.is_idle, timeout=PATIENCE_MS)
    assert not go.is_set()
    go.set()
    qtbot.waitUntil(lambda: connections(sql) == before, timeout=PATIENCE_MS)
