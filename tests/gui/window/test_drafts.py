"""Staged edits outlive the window: they are on disk as they are typed, and offered again after a crash."""

from __future__ import annotations

import os
import stat

import psycopg
import pytest
from PySide6.QtWidgets import QLabel, QTreeWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import DEFAULT
from nexus_studio.core.data.changeset import CellState
from nexus_studio.core.profiles import Environment
from nexus_studio.services.draftfiles import owner_of
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.data.draft_dialog import DraftDialog
from nexus_studio.ui.panels.data.draft_keeper import LEFT
from nexus_studio.ui.panels.data.draft_offer import DraftOffer
from tests.support.fix_window import PATIENCE_MS, OpenWindow, cells_of, data_panel, open_table, row_at, save, stage
from tests.support.left_drafts import DEAD, as_left, close, draft_files, offer_of, press, wait_staged, wait_written


def left_edit(qtbot: QtBot, open_window: OpenWindow, url: str) -> tuple[str, str]:
    """Edit a user's e-mail in a window that dies; return their id and the text."""
    window = open_window(url)
    page = open_table(qtbot, window, "users")
    row = row_at(qtbot, page, 0)
    stage(page, row, "email", "kept@example.org")
    as_left(wait_written(qtbot, "kept@example.org"))
    key = str(cells_of(page, row)["id"])
    close(qtbot, window)
    return key, "kept@example.org"


def test_edits_are_on_disk_as_they_are_staged_and_gone_when_they_are_taken_back(
    qtbot: QtBot, open_window: OpenWindow, seeded_url: str
) -> None:
    page = open_table(qtbot, open_window(seeded_url), "users")
    assert page.changes is not None

    stage(page, row_at(qtbot, page, 0), "email", "kept@example.org")
    file = wait_written(qtbot, "kept@example.org")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    page.changes.undo()
    page.grid.changes_touched()
    qtbot.waitUntil(lambda: not draft_files(), timeout=PATIENCE_MS)


def test_edits_of_a_dead_process_are_offered_restored_and_saved(
    qtbot: QtBot, open_window: OpenWindow, seeded_url: str
) -> None:
    key, text = left_edit(qtbot, open_window, seeded_url)

    window = open_window(seeded_url)
    qtbot.waitUntil(lambda: any(each.key == LEFT for each in window.context.notices.standing()), timeout=PATIENCE_MS)
    notice = next(each for each in window.context.notices.standing() if each.key == LEFT)
    assert "users: 1 row" in notice.explanation
    notice.buttons[0].run()
    page = data_panel(window).page
    assert page is not None
    press(qtbot, offer_of(qtbot, page), "draft_restore")
    wait_staged(qtbot, page, 1)
    assert page.changes is not None
    assert not page.changes.conflicts()

    qtbot.waitUntil(lambda: [owner_of(file) for file in draft_files()].count(DEAD) == 0, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(draft_files()) == 1, timeout=PATIENCE_MS)
    save(qtbot, page)
    with psycopg.connect(seeded_url) as connection:
        assert connection.execute("SELECT email FROM users WHERE id = %s", [key]).fetchone() == (text,)
    qtbot.waitUntil(lambda: not draft_files(), timeout=PATIENCE_MS)


def test_restoring_is_a_step_of_undo(qtbot: QtBot, open_window: OpenWindow, seeded_url: str) -> None:
    left_edit(qtbot, open_window, seeded_url)
    page = open_table(qtbot, open_window(seeded_url), "users")

    press(qtbot, offer_of(qtbot, page), "draft_restore")
    wait_staged(qtbot, page, 1)
    assert page.changes is not None

    assert page.changes.undo()
    assert page.changes.is_empty
    assert page.changes.redo()
    assert page.changes.counts.edited == 1


def test_a_row_that_changed_meanwhile_is_a_conflict_before_it_can_be_saved(
    qtbot: QtBot, open_window: OpenWindow, seeded_url: str
) -> None:
    key, text = left_edit(qtbot, open_window, seeded_url)
    with psycopg.connect(seeded_url) as connection:
        connection.execute("UPDATE users SET email = 'theirs@example.org' WHERE id = %s", [key])
    page = open_table(qtbot, open_window(seeded_url), "users")

    press(qtbot, offer_of(qtbot, page), "draft_restore")
    wait_staged(qtbot, page, 1)
    assert page.changes is not None

    (conflict,) = page.changes.conflicts()
    (cell,) = conflict.cells
    assert (cell.column, cell.mine, cell.theirs) == ("email", text, "theirs@example.org")


def test_a_row_that_vanished_meanwhile_is_a_conflict(qtbot: QtBot, open_window: OpenWindow, seeded_url: str) -> None:
    window = open_window(seeded_url)
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE notes (id int PRIMARY KEY, text text)")
        connection.execute("INSERT INTO notes VALUES (1, 'one'), (2, 'two')")
    page = open_table(qtbot, window, "notes")
    stage(page, row_at(qtbot, page, 1), "text", "mine-2")
    as_left(wait_written(qtbot, "mine-2"))
    close(qtbot, window)
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        connection.execute("DELETE FROM notes WHERE id = 2")

    page = open_table(qtbot, open_window(seeded_url), "notes")
    press(qtbot, offer_of(qtbot, page), "draft_restore")
    wait_staged(qtbot, page, 1)

    assert page.changes is not None
    (conflict,) = page.changes.conflicts()
    assert conflict.vanished
    assert conflict.may_insert


def test_edits_of_a_table_without_key_are_found_again_by_all_their_cells(
    qtbot: QtBot, open_window: OpenWindow, seeded_url: str
) -> None:
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE loose (a text, b text)")
        connection.execute("INSERT INTO loose VALUES ('one', 'x'), ('two', 'y'), ('three', 'z')")
    window = open_window(seeded_url)
    page = open_table(qtbot, window, "loose")
    stage(page, row_at(qtbot, page, 1), "b", "mine-b")
    stage(page, row_at(qtbot, page, 2), "b", "other-b")
    as_left(wait_written(qtbot, "other-b"))
    close(qtbot, window)
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        connection.execute("UPDATE loose SET a = a")  # every row moves
        connection.execute("UPDATE loose SET a = 'four' WHERE a = 'three'")

    page = open_table(qtbot, open_window(seeded_url), "loose")
    press(qtbot, offer_of(qtbot, page), "draft_restore")
    wait_staged(qtbot, page, 2)
    assert page.changes is not None
    (conflict,) = page.changes.conflicts()
    assert conflict.unidentified
    page.changes.resolve(conflict.draft, keep_mine=False)
    save(qtbot, page)

    with psycopg.connect(seeded_url) as connection:
        assert sorted(connection.execute("SELECT a, b FROM loose").fetchall()) == [
            ("four", "z"),
            ("one", "x"),
            ("two", "mine-b"),
        ]


def test_looking_shows_what_was_edited_and_discarding_asks_once(
    qtbot: QtBot, open_window: OpenWindow, seeded_url: str
) -> None:
    key, text = left_edit(qtbot, open_window, seeded_url)
    page = open_table(qtbot, open_window(seeded_url), "users")
    offer = offer_of(qtbot, page)

    press(qtbot, offer, "draft_look")
    dialog = page.findChild(DraftDialog)
    assert isinstance(dialog, DraftDialog)
    tree = dialog.findChild(QTreeWidget, "draft_dialog.rows")
    assert isinstance(tree, QTreeWidget)
    item = tree.topLevelItem(0)
    assert item is not None
    assert key in item.text(0)
    child = item.child(0)
    assert child is not None
    assert (child.text(0), child.text(2)) == ("email", text)
    dialog.reject()

    press(qtbot, offer, "draft_discard")
    question = page.findChild(ConfirmDialog)
    assert isinstance(question, ConfirmDialog)
    question.reject()
    assert draft_files()
    press(qtbot, offer, "draft_discard")
    question = page.findChildren(ConfirmDialog)[-1]
    question.accept()
    qtbot.waitUntil(lambda: not draft_files(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: page.findChild(DraftOffer) is None, timeout=PATIENCE_MS)


def test_new_rows_deletions_defaults_and_nulls_come_back_as_they_were(
    qtbot: QtBot, open_window: OpenWindow, seeded_url: str
) -> None:
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kinds (id int PRIMARY KEY, text text DEFAULT 'made', other text)")
        connection.execute("INSERT INTO kinds VALUES (1, 'one', 'x'), (2, 'two', 'y')")
    window = open_window(seeded_url)
    page = open_table(qtbot, window, "kinds")
    assert page.changes is not None
    row = row_at(qtbot, page, 0)
    page.changes.edit_cells(row, {"text": DEFAULT, "other": None})
    page.changes.delete(row_at(qtbot, page, 1))
    page.changes.insert({"id": "3", "other": ""})
    page.grid.changes_touched()
    as_left(wait_written(qtbot, '"other":""'))
    close(qtbot, window)

    page = open_table(qtbot, open_window(seeded_url), "kinds")
    press(qtbot, offer_of(qtbot, page), "draft_restore")
    wait_staged(qtbot, page, 3)
    assert page.changes is not None
    counts = page.changes.counts
    assert (counts.edited, counts.inserted, counts.deleted) == (1, 1, 1)
    assert page.changes.state(row_at(qtbot, page, 0), "text") is CellState.EDITED
    save(qtbot, page)

    with psycopg.connect(seeded_url) as connection:
        found = connection.execute("SELECT * FROM kinds ORDER BY id").fetchall()
    assert found == [(1, "made", None), (3, "made", "")]


def test_edits_of_a_column_that_is_gone_are_named_and_the_rest_is_restored(
    qtbot: QtBot, open_window: OpenWindow, seeded_url: str
) -> None:
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kinds (id int PRIMARY KEY, text text, other text)")
        connection.execute("INSERT INTO kinds VALUES (1, 'one', 'x'), (2, 'two', 'y')")
    window = open_window(seeded_url)
    page = open_table(qtbot, window, "kinds")
    assert page.changes is not None
    page.changes.edit_cells(row_at(qtbot, page, 0), {"text": "mine", "other": "mine"})
    page.changes.edit(row_at(qtbot, page, 1), "other", "mine")
    page.grid.changes_touched()
    qtbot.waitUntil(
        lambda: any(file.read_text().count('"other":"mine"') >= 2 for file in draft_files()), timeout=20_000
    )
    as_left(draft_files()[0])
    close(qtbot, window)
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE kinds DROP COLUMN other, ADD COLUMN more int")

    page = open_table(qtbot, open_window(seeded_url), "kinds")
    offer = offer_of(qtbot, page)
    notes = offer.findChild(QLabel, "draft_notes")
    assert isinstance(notes, QLabel)
    assert "Columns that are gone are left out: other." in notes.text()
    assert "1 row" in notes.text()
    press(qtbot, offer, "draft_restore")
    wait_staged(qtbot, page, 1)
    save(qtbot, page)

    with psycopg.connect(seeded_url) as connection:
        found = connection.execute("SELECT * FROM kinds ORDER BY id").fetchall()
    assert found == [(1, "mine", None), (2, "two", None)]


def test_in_locked_production_the_edits_wait_until_it_is_unlocked(
    qtbot: QtBot, open_window: OpenWindow, seeded_url: str
) -> None:
    left_edit(qtbot, open_window, seeded_url)
    window = open_window(seeded_url, environment=Environment.PRODUCTION)
    page = open_table(qtbot, window, "users")
    offer = offer_of(qtbot, page)

    press(qtbot, offer, "draft_restore")

    assert any("locked" in each.text for each in window.context.notices.standing())
    assert not page.is_dirty
    assert draft_files()
    page.workspace.session.unlock("ticket 4711", 5)
    data_panel(window).access_changed()
    press(qtbot, offer, "draft_restore")
    wait_staged(qtbot, page, 1)


def test_a_text_in_an_open_editor_is_kept_too(qtbot: QtBot, open_window: OpenWindow, seeded_url: str) -> None:
    window = open_window(seeded_url)
    page = open_table(qtbot, window, "users")
    row_at(qtbot, page, 0)
    page.edit_field("email")
    editor = page.grid.editing.editor
    assert editor is not None
    editor.start_with("half-typed@")
    file = wait_written(qtbot, "half-typed@")
    as_left(file)
    page.grid.editing.cancel()
    qtbot.waitUntil(lambda: not file.exists(), timeout=PATIENCE_MS)
    close(qtbot, window)

    page = open_table(qtbot, open_window(seeded_url), "users")
    press(qtbot, offer_of(qtbot, page), "draft_restore")
    wait_staged(qtbot, page, 1)
    assert page.changes is not None
    (staged,) = page.changes.staged_rows()
    assert staged.values == {"email": "half-typed@"}


def test_another_studio_that_lives_keeps_its_edits_to_itself(
    qtbot: QtBot, open_window: OpenWindow, seeded_url: str
) -> None:
    first = open_table(qtbot, open_window(seeded_url), "users")
    stage(first, row_at(qtbot, first, 0), "email", "first@example.org")
    wait_written(qtbot, "first@example.org")

    second = open_table(qtbot, open_window(seeded_url), "users")
    stage(second, row_at(qtbot, second, 1), "email", "second@example.org")
    wait_written(qtbot, "second@example.org")

    assert len(draft_files()) == 2
    assert second.findChild(DraftOffer) is None


def test_a_disk_that_takes_nothing_is_said_and_tried_again(
    qtbot: QtBot,
    open_window: OpenWindow,
    seeded_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    del caplog  # a warning is logged
    page = open_table(qtbot, open_window(seeded_url), "users")
    window = page.window()
    assert window is not None
    real, is_full = os.fsync, [True]

    def full(handle: int) -> None:
        if is_full[0]:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    stage(page, row_at(qtbot, page, 0), "email", "kept@example.org")
    notices = page._context.notices
    qtbot.waitUntil(lambda: any(each.key == "drafts.trouble" for each in notices.standing()), timeout=PATIENCE_MS)
    is_full[0] = False
    wait_written(qtbot, "kept@example.org")
    qtbot.waitUntil(lambda: all(each.key != "drafts.trouble" for each in notices.standing()), timeout=PATIENCE_MS)
