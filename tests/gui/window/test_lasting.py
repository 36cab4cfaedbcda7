"""What a save can't have taken back is said in the review, before it is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from pytestqt.qtbot import QtBot

from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.doors import Target
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_cluster import profile_of
from tests.support.fix_window import PATIENCE_MS, OpenWindow, has_tree, open_table, row_at

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]


def review_of(studio: Studio, page: TablePage, qtbot: QtBot) -> ReviewDialog:
    """Press Save, and wait for the review that opens."""
    page.saving.save()
    qtbot.waitUntil(lambda: bool(studio.findChildren(ReviewDialog)), timeout=PATIENCE_MS)
    (dialog,) = studio.findChildren(ReviewDialog)
    return dialog


def test_a_deletion_that_can_not_be_taken_back_is_said_before_it_is_saved(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot
) -> None:
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        found = connection.execute("SELECT count(*) FROM users").fetchone()
    studio = open_window(seeded_url)
    studio.disconnect_now()
    studio.connection.connect_to(Target(replace(profile_of(seeded_url), masking=True)))
    qtbot.waitUntil(lambda: studio.connection.workspace is not None and has_tree(studio), timeout=PATIENCE_MS)
    page = open_table(qtbot, studio, "users")
    assert page.changes is not None
    page.changes.delete(row_at(qtbot, page, 0))
    dialog = review_of(studio, page, qtbot)
    assert "1 row of users can't be brought back from the history" in dialog.lasting_text()
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    assert "can't be brought back" in dialog.lasting_text()  # also when it is known what else will happen
    dialog.reject()
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == found


def test_what_triggers_write_is_said_to_stay(open_window: OpenWindow, pg_url: str, qtbot: QtBot, sql: Sql) -> None:
    sql(
        "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE log (what text); INSERT INTO t VALUES (1), (2);"
        " CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN INSERT INTO log VALUES ('gone'), ('gone'); RETURN OLD; END$$;"
        " CREATE TRIGGER note AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION noted()"
    )
    studio = open_window(pg_url)
    page = open_table(qtbot, studio, "t")
    assert page.changes is not None
    page.changes.delete(row_at(qtbot, page, 0))
    dialog = review_of(studio, page, qtbot)
    qtbot.waitUntil(lambda: bool(dialog.lasting_text()), timeout=PATIENCE_MS)
    assert "2 rows added (by triggers)" in dialog.impact_text()
    assert dialog.lasting_text() == "What triggers write to log stays when this save is taken back."


def test_nothing_is_said_where_all_of_it_comes_back(
    open_window: OpenWindow, pg_url: str, qtbot: QtBot, sql: Sql
) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
    studio = open_window(pg_url)
    page = open_table(qtbot, studio, "t")
    assert page.changes is not None
    page.changes.delete(row_at(qtbot, page, 0))
    page.saving.review()
    qtbot.waitUntil(lambda: bool(studio.findChildren(ReviewDialog)), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
    (dialog,) = studio.findChildren(ReviewDialog)
    assert dialog.lasting_text() == ""
