"""A save that meets somebody's lock: who holds it is said, and one waits, tries again, or ends theirs."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.profiles import Environment
from nexus_studio.services import session as sessions
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.data.blocked_strip import BlockedStrip
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import PATIENCE_MS, OpenWindow, open_table, row_at, stage
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
LOCK = "UPDATE t SET b = 'secret literal' WHERE id = 1"


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    short = {each: replace(timeouts, lock_ms=1600) for each, timeouts in TIMEOUTS.items()}
    monkeypatch.setattr(sessions, "TIMEOUTS", short)


@pytest.fixture
def holder(pg_url: str, sql: Sql) -> Iterator[psycopg.Connection]:
    """A connection that holds the first row's lock."""
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t VALUES (1, 'a', 'b')")
    connection = psycopg.connect(pg_url, application_name="their tool")
    connection.execute(LOCK)
    yield connection
    connection.close()


def staged(open_window: OpenWindow, url: str, qtbot: QtBot, **more: Any) -> tuple[Studio, TablePage]:
    window = open_window(url, **more)
    page = open_table(qtbot, window, "t")
    stage(page, row_at(qtbot, page, 0), "a", "mine")
    return window, page


def strip_of(qtbot: QtBot, page: TablePage, is_so: Callable[[BlockedStrip], bool]) -> BlockedStrip:
    def is_there() -> bool:
        strip = page.saving.blocking.strip
        return strip is not None and strip.row is not None and is_so(strip)

    qtbot.waitUntil(is_there, timeout=PATIENCE_MS)
    strip = page.saving.blocking.strip
    assert strip is not None
    return strip


def is_waiting(strip: BlockedStrip) -> bool:
    return child(strip, QPushButton, "blocked.stop").isVisible()


def has_given_up(strip: BlockedStrip) -> bool:
    return child(strip, QPushButton, "blocked.again").isVisible()


def is_saved(page: TablePage) -> bool:
    return not page.is_dirty and not page.saving.is_running


def say_yes(qtbot: QtBot, window: Studio, name: str = "") -> None:
    qtbot.waitUntil(lambda: window.frame.findChild(ConfirmDialog) is not None, timeout=PATIENCE_MS)
    dialog = window.frame.findChild(ConfirmDialog)
    assert isinstance(dialog, ConfirmDialog)
    field, button = child(dialog, QLineEdit, "confirm_name"), child(dialog, QPushButton, "confirm_do")
    assert field.isVisible() is bool(name)
    assert button.isEnabled() is not bool(name)
    field.setText(name)
    button.click()


def test_it_is_said_who_holds_the_lock_and_ending_them_saves(
    open_window: OpenWindow, pg_url: str, holder: psycopg.Connection, qtbot: QtBot, sql: Sql
) -> None:
    window, page = staged(open_window, pg_url, qtbot)
    page.saving.save()
    strip = strip_of(qtbot, page, has_given_up)
    assert unnamed_widgets(strip) == []
    assert not page.saving.is_running
    words = child(strip, QLabel, "blocked.holder").text()
    assert holder.info.user in words
    assert "their tool" in words
    assert "since" in words
    assert child(strip, QLabel, "blocked.query").text() == "UPDATE t SET b = '…' WHERE id = …"
    end = child(strip, QPushButton, "blocked.end")
    assert end.text() == "End their session…"  # it does nothing: there is no statement to cancel
    end.click()
    say_yes(qtbot, window)
    qtbot.waitUntil(lambda: is_saved(page), timeout=PATIENCE_MS)
    assert page.saving.blocking.strip is None
    assert sql("SELECT a, b FROM t") == [("mine", "b")]


def test_what_they_run_is_cancelled_while_the_save_waits(
    open_window: OpenWindow, pg_url: str, holder: psycopg.Connection, qtbot: QtBot, sql: Sql
) -> None:
    window, page = staged(open_window, pg_url, qtbot)

    def run() -> None:
        with pytest.raises(psycopg.errors.QueryCanceled):
            holder.execute("SELECT pg_sleep(60)")

    thread = threading.Thread(target=run)
    thread.start()
    page.saving.save()
    strip = strip_of(qtbot, page, lambda strip: child(strip, QPushButton, "blocked.end").text() == "Cancel theirs…")
    child(strip, QPushButton, "blocked.end").click()
    say_yes(qtbot, window)
    qtbot.waitUntil(lambda: is_saved(page), timeout=PATIENCE_MS)
    thread.join()
    assert sql("SELECT a, b FROM t") == [("mine", "b")]


def test_one_waits_until_the_lock_is_free(
    open_window: OpenWindow, pg_url: str, holder: psycopg.Connection, qtbot: QtBot, sql: Sql
) -> None:
    _, page = staged(open_window, pg_url, qtbot)
    page.saving.save()
    strip = strip_of(qtbot, page, has_given_up)
    child(strip, QPushButton, "blocked.wait").click()
    assert is_waiting(strip)
    holder.commit()
    qtbot.waitUntil(lambda: is_saved(page), timeout=PATIENCE_MS)
    assert sql("SELECT a, b FROM t") == [("mine", "secret literal")]


def test_one_tries_again(
    open_window: OpenWindow, pg_url: str, holder: psycopg.Connection, qtbot: QtBot, sql: Sql
) -> None:
    _, page = staged(open_window, pg_url, qtbot)
    page.saving.save()
    strip = strip_of(qtbot, page, has_given_up)
    holder.rollback()
    child(strip, QPushButton, "blocked.again").click()
    qtbot.waitUntil(lambda: is_saved(page), timeout=PATIENCE_MS)
    assert sql("SELECT a, b FROM t") == [("mine", "b")]


def test_waiting_can_be_stopped(
    open_window: OpenWindow, pg_url: str, holder: psycopg.Connection, qtbot: QtBot, sql: Sql
) -> None:
    _, page = staged(open_window, pg_url, qtbot)
    page.saving.save()
    strip = strip_of(qtbot, page, is_waiting)
    child(strip, QPushButton, "blocked.stop").click()
    qtbot.waitUntil(lambda: not page.saving.is_running, timeout=PATIENCE_MS)
    assert page.is_dirty
    assert page.saving.blocking.strip is None
    holder.commit()
    assert sql("SELECT a FROM t") == [("a",)]


def test_in_staging_the_name_is_typed_before_somebody_is_ended(
    open_window: OpenWindow, pg_url: str, holder: psycopg.Connection, qtbot: QtBot
) -> None:
    window, page = staged(open_window, pg_url, qtbot, environment=Environment.STAGING)
    page.saving.save()
    strip = strip_of(qtbot, page, has_given_up)
    child(strip, QPushButton, "blocked.end").click()
    say_yes(qtbot, window, page.workspace.session.profile.database)
    qtbot.waitUntil(lambda: is_saved(page), timeout=PATIENCE_MS)


@pytest.fixture
def plain_url(pg_url: str, holder: psycopg.Connection, sql: Sql) -> Iterator[str]:
    """The URL of a role that may write to the table, and ends nobody."""
    role = f"plain_{uuid.uuid4().hex[:8]}"
    sql(f"CREATE ROLE {role} LOGIN; GRANT ALL ON t TO {role}")
    parts = conninfo_to_dict(pg_url)
    yield f"postgresql://{role}@/{parts['dbname']}?host={parts['host']}&port={parts.get('port', 5432)}"
    sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_role_that_may_not_end_them_is_told_so_and_can_wait(
    open_window: OpenWindow, plain_url: str, holder: psycopg.Connection, qtbot: QtBot, sql: Sql
) -> None:
    _, page = staged(open_window, plain_url, qtbot, environment=Environment.DEVELOPMENT)
    page.saving.save()
    strip = strip_of(qtbot, page, has_given_up)
    assert holder.info.user in child(strip, QLabel, "blocked.holder").text()
    end = child(strip, QPushButton, "blocked.end")
    assert not end.isEnabled()
    assert end.toolTip() == "Your role may not end this session."
    child(strip, QPushButton, "blocked.wait").click()
    qtbot.waitUntil(lambda: page.saving.is_running, timeout=PATIENCE_MS)  # it can't be seen whether the lock is free
    holder.commit()
    qtbot.waitUntil(lambda: is_saved(page), timeout=PATIENCE_MS)
    assert sql("SELECT a FROM t") == [("mine",)]


def test_what_is_said_can_be_closed(
    open_window: OpenWindow, pg_url: str, holder: psycopg.Connection, qtbot: QtBot
) -> None:
    _, page = staged(open_window, pg_url, qtbot)
    page.saving.save()
    child(strip_of(qtbot, page, has_given_up), QPushButton, "blocked.close").click()
    assert page.saving.blocking.strip is None
    assert page.is_dirty
