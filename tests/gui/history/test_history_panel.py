"""The history panel in the real window: found, looked at, taken back; empty, narrowed, torn, masked, thousands."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import PageRequest, Row
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.history.service import HistoryService
from nexus_studio.services.history.store import HistoryStore
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.pages import EmptyPage
from nexus_studio.ui.panels.history.looking import PAGE
from nexus_studio.ui.panels.history.panel import HistoryPanel
from nexus_studio.ui.shell.doors import Target
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_cluster import profile_of
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel, has_tree
from tests.support.left_drafts import as_left, close, draft_files, offer_of, press, wait_staged
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

CTX = TaskContext.for_test()
Work = Callable[[ChangeSet, dict[str, Row]], object]


def on(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement by a connection that is gone afterwards."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def save(url: str, table: str, work: Work, reason: str = "", ticket: str = "") -> None:
    """Save something as another window would, with its history."""
    session = Session.open(profile_of(url), None, CTX)
    try:
        relation = CatalogReader(session).relation(RelationName("public", table), CTX)
        page = RowSource(session).fetch(relation, RowQuery(relation.name), PageRequest(0, 100), 1, CTX)
        changes = ChangeSet(relation, page.columns)
        work(changes, {row.cells[0] or "": row for row in page.rows})
        witness = HistoryService(session, Paths.default()).witness(reason, ticket)
        RowWriter(session).apply(changes.freeze(), {relation.name: relation}, CTX, witness=witness)
    finally:
        session.close()


@pytest.fixture
def shop_url(pg_url: str) -> str:
    """A database with people and their orders, which go along with them."""
    on(
        pg_url,
        "CREATE TABLE people (id int PRIMARY KEY, name text, email text);"
        "CREATE TABLE orders (id int PRIMARY KEY, person int REFERENCES people ON DELETE CASCADE, what text);"
        "INSERT INTO people VALUES (1, 'Ada', 'ada@x'), (2, 'Bob', NULL), (3, 'Cid', '');"
        "INSERT INTO orders VALUES (10, 1, 'tea'), (11, 1, 'milk'), (987654, 2, 'salt')",
    )
    return pg_url


def rest(qtbot: QtBot, studio: Studio) -> None:
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)


def go_there(qtbot: QtBot, studio: Studio) -> HistoryPanel:
    """Go to the panel by its place in the rail and wait until it has read."""
    qtbot.mouseClick(child(studio, QToolButton, "rail.history"), Qt.MouseButton.LeftButton)
    panel = studio.panel("history")
    assert isinstance(panel, HistoryPanel)
    rest(qtbot, studio)
    return panel


def reasons(panel: HistoryPanel) -> list[str]:
    return [each.reason for each in panel.list.sets.sets]


def words(panel: HistoryPanel, name: str) -> str:
    found = child(panel, QLabel, f"history.{name}")
    return found.text() if found.isVisible() else ""


def test_a_database_without_history_says_what_this_is(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    panel = go_there(qtbot, open_window(shop_url))
    empty = panel.findChild(EmptyPage)
    assert isinstance(empty, EmptyPage)
    assert empty.isVisible()
    assert "Nothing was saved" in empty.accessibleName()


def test_what_triggers_wrote_is_said_to_stay(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    on(
        shop_url,
        "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN INSERT INTO orders VALUES (NEW.id + 500, NEW.id, 'x'); RETURN NEW; END$$;"
        "CREATE TRIGGER note AFTER UPDATE ON people FOR EACH ROW EXECUTE FUNCTION noted()",
    )
    save(shop_url, "people", lambda c, r: c.edit(r["2"], "name", "Rob"))
    panel = go_there(qtbot, open_window(shop_url))
    assert words(panel, "short") == "What triggers wrote is not kept, and stays (people: note)."
    assert child(panel, QPushButton, "history.revert").isEnabled()


def test_a_save_is_seen_row_by_row_and_taken_back(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    save(shop_url, "people", lambda c, r: c.edit_cells(r["2"], {"name": "Rob", "email": "r@x"}), "Married", "NX-7")
    studio = open_window(shop_url)
    panel = go_there(qtbot, studio)
    assert words(panel, "title") == "NX-7 · Married"
    assert panel.details.rows.lines() == ["Changed id = 2", "  name: Bob → Rob", "  email: NULL → r@x"]
    assert "'Bob'" in panel.details.sql.toPlainText()
    child(panel, QPushButton, "history.revert").click()
    rest(qtbot, studio)
    data = data_panel(studio)
    assert studio.current_panel is data
    page = data.page
    assert page is not None
    qtbot.waitUntil(lambda: page.is_dirty, timeout=PATIENCE_MS)
    assert on(shop_url, "SELECT name FROM people WHERE id = 2") == [("Rob",)]  # it is staged, and no more
    page.saving.save()
    qtbot.waitUntil(lambda: not page.is_dirty, timeout=PATIENCE_MS)
    rest(qtbot, studio)
    assert on(shop_url, "SELECT name, email FROM people WHERE id = 2") == [("Bob", None)]


def test_what_others_changed_since_is_a_conflict_and_not_overwritten(
    open_window: OpenWindow, shop_url: str, qtbot: QtBot
) -> None:
    save(shop_url, "people", lambda c, r: c.edit(r["2"], "name", "Rob"))
    studio = open_window(shop_url)
    panel = go_there(qtbot, studio)
    on(shop_url, "UPDATE people SET name = 'Robert' WHERE id = 2")
    panel.revert()
    rest(qtbot, studio)
    page = data_panel(studio).page
    assert page is not None
    page.saving.save()
    changes = page.changes
    assert changes is not None
    qtbot.waitUntil(lambda: bool(changes.conflicts()), timeout=PATIENCE_MS)
    (conflict,) = changes.conflicts()
    assert [(each.mine, each.theirs) for each in conflict.cells] == [("Bob", "Robert")]
    assert on(shop_url, "SELECT name FROM people WHERE id = 2") == [("Robert",)]


def test_rows_that_went_along_come_back_in_the_same_save(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    everything = "SELECT p::text FROM people p UNION ALL SELECT o::text FROM orders o ORDER BY 1"
    before = on(shop_url, everything)
    save(shop_url, "people", lambda c, r: c.delete(r["1"]), "Asked for it")
    assert on(shop_url, everything) != before
    studio = open_window(shop_url)
    panel = go_there(qtbot, studio)
    lines = [each for each in panel.details.rows.lines() if not each.startswith(" ")]
    assert lines == [
        "Deleted people id = 1",
        "Deleted orders id = 10 (went along)",
        "Deleted orders id = 11 (went along)",
    ]
    panel.revert()
    data = data_panel(studio)
    qtbot.waitUntil(
        lambda: sorted(str(page.name) for page in data.pages() if page.is_dirty) == ["orders", "people"],
        timeout=PATIENCE_MS,
    )
    rest(qtbot, studio)
    page = data.page
    assert page is not None
    assert "3 row" in " ".join(each.text for each in studio.context.notices.standing())
    data.show_relation(RelationName("public", "orders"))  # whose save alone would be refused: the person is gone
    page = data.page
    assert page is not None
    page.saving.save()
    qtbot.waitUntil(lambda: not any(page.is_dirty for page in data.pages()), timeout=PATIENCE_MS)
    rest(qtbot, studio)
    assert on(shop_url, everything) == before
    panel = go_there(qtbot, studio)
    latest, first = panel.list.sets.sets
    assert (latest.reverts, first.reverted_by) == (first.id, latest.id)


def test_a_revert_saved_beside_another_edit_says_so_on_both_sides(
    open_window: OpenWindow, shop_url: str, qtbot: QtBot
) -> None:
    save(shop_url, "people", lambda c, r: c.edit(r["2"], "name", "Wrong"), "By mistake")
    studio = open_window(shop_url)
    panel = go_there(qtbot, studio)
    panel.revert()
    rest(qtbot, studio)
    page = data_panel(studio).page
    assert page is not None
    assert page.changes is not None
    page.changes.insert({"id": "77", "name": "Beside"})
    page.grid.changes_touched()
    page.saving.save()
    qtbot.waitUntil(lambda: not page.is_dirty, timeout=PATIENCE_MS)
    rest(qtbot, studio)
    panel = go_there(qtbot, studio)
    latest, first = panel.list.sets.sets
    panel.list.choose(latest.id)
    assert words(panel, "standing") == f"It took {first.id[:8]} back, beside other edits."
    panel.list.choose(first.id)
    assert words(panel, "standing") == f"It was taken back by {latest.id[:8]}."


def test_a_revert_that_a_crash_left_is_still_one(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    save(shop_url, "people", lambda c, r: c.delete(r["1"]), "Asked for it")
    studio = open_window(shop_url)
    go_there(qtbot, studio).revert()
    qtbot.waitUntil(lambda: sum('"takes_back"' in file.read_text() for file in draft_files()) == 2, timeout=PATIENCE_MS)
    for file in draft_files():
        as_left(file)
    close(qtbot, studio)

    studio = open_window(shop_url)
    data = data_panel(studio)
    qtbot.waitUntil(lambda: bool(studio.context.notices.standing()), timeout=PATIENCE_MS)
    for table, rows in (("people", 1), ("orders", 2)):
        data.show_relation(RelationName("public", table))
        page = data.page
        assert page is not None
        press(qtbot, offer_of(qtbot, page), "draft_restore")
        wait_staged(qtbot, page, rows)
    assert page is not None
    assert page.changes is not None
    page.changes.edit_draft(page.changes.drafts()[0].draft, "what", "coffee")
    rest(qtbot, studio)
    page.saving.save()  # of the orders; the people are saved along with them, else it would be refused
    qtbot.waitUntil(lambda: not any(page.is_dirty for page in data.pages()), timeout=PATIENCE_MS)
    rest(qtbot, studio)

    panel = go_there(qtbot, studio)
    latest, first = panel.list.sets.sets
    panel.list.choose(latest.id)
    assert words(panel, "standing") == f"It took {first.id[:8]} back in part."
    assert not draft_files()


def test_a_new_row_is_taken_back_by_deleting_it(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    save(shop_url, "people", lambda c, _: c.insert({"id": "9", "name": "Zoe"}))
    studio = open_window(shop_url)
    go_there(qtbot, studio).revert()
    rest(qtbot, studio)
    page = data_panel(studio).page
    assert page is not None
    assert page.changes is not None
    assert [each.kind for each in page.changes.freeze()] == [ChangeKind.DELETE]
    page.saving.save()
    qtbot.waitUntil(lambda: not page.is_dirty, timeout=PATIENCE_MS)
    assert on(shop_url, "SELECT count(*) FROM people") == [(3,)]


def test_the_list_is_searched_and_narrowed(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    save(shop_url, "people", lambda c, r: c.edit(r["1"], "name", "A"), "first", "NX-1")
    save(shop_url, "orders", lambda c, r: c.edit(r["987654"], "what", "B"), "second")
    studio = open_window(shop_url)
    panel = go_there(qtbot, studio)
    assert reasons(panel) == ["second", "first"]
    search, table = child(panel, QLineEdit, "history.search"), child(panel, QComboBox, "history.table")

    def narrowed(expected: list[str]) -> None:
        qtbot.waitUntil(lambda: reasons(panel) == expected and studio.context.runner.is_idle, timeout=PATIENCE_MS)

    search.setText("nx-1")
    narrowed(["first"])
    search.setText("987654")
    narrowed(["second"])
    search.clear()
    narrowed(["second", "first"])
    table.setCurrentIndex(table.findText("people"))
    narrowed(["first"])
    search.setText("no such thing")
    narrowed([])
    child(panel, QPushButton, "step_history_all").click()
    narrowed(["second", "first"])


def test_only_this_database_is_shown_unless_all_are_wanted(
    open_window: OpenWindow, shop_url: str, make_database: Callable[..., str], qtbot: QtBot
) -> None:
    other = make_database()
    on(other, "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x')")
    save(other, "t", lambda c, r: c.edit(r["1"], "a", "y"), "elsewhere")
    save(shop_url, "people", lambda c, r: c.edit(r["1"], "name", "A"), "here")
    studio = open_window(shop_url)
    panel = go_there(qtbot, studio)
    assert reasons(panel) == ["here"]
    panel.filter.everywhere.setChecked(True)
    rest(qtbot, studio)
    assert reasons(panel) == ["here", "elsewhere"]
    panel.list.choose(panel.list.sets.sets[1].id)
    rest(qtbot, studio)
    assert not child(panel, QPushButton, "history.revert").isEnabled()
    assert "another database" in words(panel, "short")


def test_what_can_not_be_taken_back_is_asked_about(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    save(shop_url, "people", lambda c, r: c.delete(r["3"]))
    on(shop_url, "ALTER TABLE people DROP COLUMN email")
    studio = open_window(shop_url)
    panel = go_there(qtbot, studio)
    assert "email" in words(panel, "short")
    panel.revert()
    (asked,) = [each for each in studio.findChildren(ConfirmDialog) if each.isVisible()]
    child(asked, QPushButton, "confirm_do").click()
    rest(qtbot, studio)
    page = data_panel(studio).page
    assert page is not None
    assert page.changes is not None
    assert [each.values for each in page.changes.freeze()] == [{"id": "3", "name": "Cid"}]


@pytest.mark.logs("history was torn")
def test_a_torn_history_is_said(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    save(shop_url, "people", lambda c, r: c.edit(r["1"], "name", "A"), "lost")
    HistoryStore(Paths.default().data).file.file.write_bytes(b"torn" * 2000)
    panel = go_there(qtbot, open_window(shop_url))
    assert reasons(panel) == []
    assert "set aside" in words(panel, "notes")


def test_a_masking_connection_shows_no_sensitive_value(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    ((key, email),) = on(seeded_url, "SELECT id, email FROM users ORDER BY id LIMIT 1")
    save(seeded_url, "users", lambda c, r: c.edit(r[key], "email", "secret@new.example"), "masked")
    studio = open_window(seeded_url)
    studio.disconnect_now()
    studio.connection.connect_to(Target(replace(profile_of(seeded_url), masking=True)))
    qtbot.waitUntil(lambda: studio.connection.workspace is not None and has_tree(studio), timeout=PATIENCE_MS)
    panel = go_there(qtbot, studio)
    assert reasons(panel) == ["masked"]
    shown = "\n".join([*panel.details.rows.lines(), panel.details.sql.toPlainText()])
    assert "••••••" in shown
    assert email not in shown
    assert "secret@new.example" not in shown
    panel.revert()
    rest(qtbot, studio)
    page = data_panel(studio).page
    assert page is not None
    qtbot.waitUntil(lambda: page.is_dirty, timeout=PATIENCE_MS)
    page.saving.review()
    rest(qtbot, studio)
    (dialog,) = studio.findChildren(ReviewDialog)
    said = "\n".join([*dialog.change_lines(), dialog.sql_text()])
    assert "email" in said
    assert email not in said
    dialog.reject()


def test_thousands_of_sets_are_read_as_one_scrolls(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    save(shop_url, "people", lambda c, r: c.edit(r["1"], "name", "A"), "oldest")
    store = HistoryStore(Paths.default().data)

    def many(database: sqlite3.Connection) -> None:
        database.execute(
            "INSERT INTO saved SELECT NULL, printf('%08x', value), at + value, standing, action, identity, place,"
            " database, profile, environment, role, account, machine, 'n' || value, '', NULL, '', '[]', 9"
            " FROM saved, (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 3000)"
            " SELECT value FROM n)"
        )

    store.file.write(many)
    studio = open_window(shop_url)
    panel = go_there(qtbot, studio)
    assert (len(reasons(panel)), reasons(panel)[0]) == (PAGE, "n3000")
    bar = panel.list.verticalScrollBar()
    while len(reasons(panel)) < 3001:
        before = len(reasons(panel))
        bar.setValue(bar.maximum())
        qtbot.waitUntil(lambda: len(reasons(panel)) > before, timeout=PATIENCE_MS)  # noqa: B023 - at once
    assert reasons(panel)[-1] == "oldest"


def test_a_team_s_history_is_offered_where_there_is_one(open_window: OpenWindow, shop_url: str, qtbot: QtBot) -> None:
    studio = open_window(shop_url)
    panel = go_there(qtbot, studio)
    assert not panel.filter.source.isVisible()
    session = Session.open(profile_of(shop_url), None, CTX)
    HistoryService(session, Paths.default()).share(CTX)
    session.close()
    save(shop_url, "people", lambda c, r: c.edit(r["1"], "name", "A"), "shared")
    panel.read()
    rest(qtbot, studio)
    assert panel.filter.source.isVisible()
    assert not panel.header.share.isVisible()
    panel.filter.source.setCurrentIndex(1)
    rest(qtbot, studio)
    assert reasons(panel) == ["shared"]
    assert panel.details.rows.lines() == ["Changed id = 1", "  name: Ada → A"]
    child(panel, QPushButton, "history.copy_sql").click()
    assert "'Ada'" in QGuiApplication.clipboard().text()


def test_every_part_has_a_name_and_the_keyboard_reaches_it(
    open_window: OpenWindow, shop_url: str, qtbot: QtBot
) -> None:
    save(shop_url, "people", lambda c, r: c.edit(r["1"], "name", "A"), "named")
    studio = open_window(shop_url)
    panel = go_there(qtbot, studio)
    assert unnamed_widgets(panel) == []
    assert unreachable_widgets(panel) == []
    panel.list.setFocus()
    panel.step_area(1)
    assert studio.focusWidget() is panel.details.rows
    panel.step_area(1)
    assert studio.focusWidget() is panel.filter.search
