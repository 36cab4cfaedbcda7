"""The window around the panels: entrances, bars, languages, themes, names for everybody who does not see it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLineEdit, QListWidget, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import AllOf, Condition
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.settings import UI_LANGUAGE, UI_THEME
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.shell.palette import Palette, rank
from nexus_studio.ui.shell.welcome import WelcomePage
from tests.support.fix_window import (
    PATIENCE_MS,
    OpenWindow,
    cells_of,
    data_panel,
    open_table,
    row_at,
    rows_of,
    save,
    stage,
    wait_loaded,
)
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")


def test_with_nothing_to_open_it_welcomes(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    studio = open_window(None, wait=False)
    page = studio.findChild(WelcomePage)
    assert isinstance(page, WelcomePage)
    qtbot.waitUntil(page.isVisible, timeout=PATIENCE_MS)
    names = {button.objectName() for button in page.findChildren(QPushButton)}
    assert {"welcome.demo", "welcome.new", "welcome.folder"} <= names


def test_it_finds_the_url_of_a_project(
    open_window: OpenWindow, pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(f'DATABASE_URL="{pg_url}"\n')
    below = tmp_path / "src"
    below.mkdir()
    monkeypatch.chdir(below)
    studio = open_window(None)
    assert studio.connection.workspace is not None
    assert studio.connection.target is not None
    assert studio.connection.target.source.endswith(".env")


def test_every_widget_has_names(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    open_table(qtbot, studio, "users")
    assert unnamed_widgets(studio.frame) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_is_drawn_in_each_theme_and_language(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot, theme: str, language: str
) -> None:
    studio = open_window(seeded_url)
    open_table(qtbot, studio, "users")
    studio.context.settings.set(UI_THEME, theme)
    studio.context.settings.set(UI_LANGUAGE, language)
    assert studio.context.theme.is_dark is (theme == "dark")
    picture = studio.frame.grab()
    assert not picture.isNull()
    wanted = studio.context.theme.color("window")
    assert _color_at(picture, QPoint(4, picture.height() - 4)) == wanted.name()
    search = studio.findChild(QPushButton, "top.search")
    assert isinstance(search, QPushButton)
    qtbot.waitUntil(lambda: search.text().startswith("Go to") is (language == "en"), timeout=PATIENCE_MS)
    studio.context.settings.set(UI_LANGUAGE, "en")
    studio.context.settings.set(UI_THEME, "light")


def _color_at(picture: QPixmap, place: QPoint) -> str:
    return picture.toImage().pixelColor(place).name()


def test_the_palette_goes_to_a_table(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    studio.show_palette()
    palette = studio.findChild(Palette)
    assert isinstance(palette, Palette)
    field = palette.findChild(QLineEdit)
    found = palette.findChild(QListWidget)
    assert isinstance(field, QLineEdit)
    assert isinstance(found, QListWidget)
    qtbot.keyClicks(field, "sesbook")
    assert found.item(0).text().startswith("session_bookings")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    page = data_panel(studio).page
    assert page is not None
    assert page.name.name == "session_bookings"
    wait_loaded(qtbot, page)


def test_rank_prefers_what_stands_together() -> None:
    assert rank("users", "users") == 0
    shorter, longer = rank("user", "users"), rank("user", "user_documents")
    assert shorter is not None
    assert longer is not None
    assert shorter < longer
    assert rank("xyz", "users") is None
    together, apart = rank("book", "session_bookings"), rank("sbk", "session_bookings")
    assert together is not None
    assert apart is not None
    assert together < apart


def test_a_new_row_takes_the_models_id(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "badges")
    before = rows_of(page)
    page.grid.insert_row()
    assert page.changes is not None
    (draft,) = page.changes.drafts()
    assert isinstance(draft.values.get("id"), str)
    given = {"name": "Curieuse de tout", "description": "d", "category": "c", "icon": "i", "condition": "x"}
    for column, cell in given.items():
        page.changes.edit_draft(draft.draft, column, cell)
    page.grid.changes_touched()
    save(qtbot, page)
    assert not page.is_dirty, studio.context.notices.history()
    qtbot.waitUntil(lambda: page.grid.count is not None and page.grid.count.value == before + 1, timeout=PATIENCE_MS)


def test_related_rows_are_counted_and_opened(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "students")
    key = cells_of(page, row_at(qtbot, page, 0))["id"]
    panel = data_panel(studio)
    record = page.current.read()
    assert record is not None
    line = next(line for line in record[2] if line.incoming and line.key.table.name == "subscriptions")
    page.current.show_related(line)
    related = panel.page
    assert related is not None
    assert related.name.name == "subscriptions"
    wait_loaded(qtbot, related)
    assert cells_of(related, row_at(qtbot, related, 0))["studentId"] == key


def test_the_theme_button_changes_sides(open_window: OpenWindow, pg_url: str) -> None:
    studio = open_window(pg_url)
    was_dark = studio.context.theme.is_dark
    button = studio.findChild(QToolButton, "top.theme")
    assert isinstance(button, QToolButton)
    button.click()
    assert studio.context.theme.is_dark is not was_dark
    button.click()
    assert studio.context.theme.is_dark is was_dark


def test_open_tables_come_back(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    first = open_window(seeded_url)
    open_table(qtbot, first, "users", AllOf((Condition.of("role", "is", "COACH"),)))
    open_table(qtbot, first, "badges")
    first.frame.close()
    first.context.settings.flush()
    second = open_window(seeded_url)
    names = [page.name.name for page in data_panel(second).pages()]
    assert set(names) == {"users", "badges"}
    users = next(page for page in data_panel(second).pages() if page.name.name == "users")
    assert users.query.filter == AllOf((Condition.of("role", "is", "COACH"),))
    page = data_panel(second).page
    assert page is not None
    assert page.name.name == "badges"
    wait_loaded(qtbot, page)


def test_f6_goes_round_the_areas(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "users")
    panel = data_panel(studio)
    studio.frame.activateWindow()
    page.grid.setFocus()
    seen = []
    for _ in range(4):
        panel.step_area(1)
        focus = studio.frame.focusWidget()
        areas = {"tree": panel.tree, "filter": page.filter_bar, "grid": page.grid, "record": panel.record}
        seen += [name for name, area in areas.items() if focus is not None and area.isAncestorOf(focus)]
    assert seen == ["record", "tree", "filter", "grid"]


@pytest.mark.parametrize(
    ("button", "closes", "written"),
    [
        ("confirm_cancel", False, False),
        ("confirm_do", True, False),
        ("confirm_alternative", False, True),
    ],
)
def test_closing_with_unsaved_changes_asks(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot, button: str, closes: bool, written: bool
) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "badges")
    row = row_at(qtbot, page, 0)
    stage(page, row, "description", "closing")
    panel = data_panel(studio)

    def answer() -> None:
        dialog = studio.findChild(ConfirmDialog)
        assert isinstance(dialog, ConfirmDialog)
        child(dialog, QPushButton, button).click()

    QTimer.singleShot(0, answer)
    assert panel.may_close() is closes
    qtbot.waitUntil(lambda: not page.saving.is_running, timeout=PATIENCE_MS)
    assert page.is_dirty is not written
    with psycopg.connect(seeded_url) as connection:
        found = connection.execute("SELECT count(*) FROM badges WHERE description = 'closing'").fetchone()
    assert found == (int(written),)


def test_a_table_that_is_being_saved_stays_open(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "badges")
    row = row_at(qtbot, page, 0)
    stage(page, row, "description", "late")
    panel = data_panel(studio)
    with psycopg.connect(seeded_url) as other:
        other.execute("SELECT FROM badges FOR UPDATE")
        page.saving.save()
        panel.close_tab()
        assert page in panel.pages()
        assert panel.may_close() is False
        other.rollback()
    qtbot.waitUntil(lambda: not page.saving.is_running, timeout=PATIENCE_MS)
    assert not page.is_dirty


def test_review_shows_the_open_editors_value_and_save_writes_just_that(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot
) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "badges")
    row_at(qtbot, page, 0)
    page.grid.select_cell(0, "description")
    page.grid.begin_edit("typed and still open")
    qtbot.waitUntil(lambda: page.grid.editing.editor is not None, timeout=PATIENCE_MS)
    page.saving.review()
    qtbot.waitUntil(lambda: studio.findChild(ReviewDialog) is not None, timeout=PATIENCE_MS)
    dialog = studio.findChild(ReviewDialog)
    assert isinstance(dialog, ReviewDialog)
    assert "typed and still open" in dialog.sql_text()
    child(dialog, QPushButton, "review.save").click()
    qtbot.waitUntil(lambda: not page.saving.is_running and not page.is_dirty, timeout=PATIENCE_MS)


def test_refresh_sees_columns_that_others_added(open_window: OpenWindow, pg_url: str, qtbot: QtBot) -> None:
    with psycopg.connect(pg_url, autocommit=True) as other:
        other.execute("CREATE TABLE goods (id int PRIMARY KEY, name text)")
        other.execute("INSERT INTO goods VALUES (1, 'a')")
        studio = open_window(pg_url)
        page = open_table(qtbot, studio, "goods")
        other.execute("ALTER TABLE goods ADD COLUMN price int DEFAULT 7")
        data_panel(studio).refresh()
        qtbot.waitUntil(lambda: page.relation is not None and page.relation.has_column("price"), timeout=PATIENCE_MS)
        wait_loaded(qtbot, page)
        assert cells_of(page, row_at(qtbot, page, 0))["price"] == "7"


def test_a_saved_connection_can_be_removed(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = ProfileStore(Paths.default())
    store.save((ConnectionProfile("kept", database="a"), ConnectionProfile("old", database="b")))
    studio = open_window(None, wait=False)
    page = studio.findChild(WelcomePage)
    assert isinstance(page, WelcomePage)
    qtbot.waitUntil(lambda: page.findChild(QPushButton, "welcome.profile_1") is not None, timeout=PATIENCE_MS)
    (remove,) = child(page, QPushButton, "welcome.profile_1").actions()
    remove.trigger()
    dialog = studio.findChild(ConfirmDialog)
    assert isinstance(dialog, ConfirmDialog)
    child(dialog, QPushButton, "confirm_do").click()
    qtbot.waitUntil(lambda: [profile.name for profile in store.load()] == ["kept"], timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)


def test_an_edit_that_arrives_while_a_save_runs_stays_staged(
    open_window: OpenWindow, seeded_url: str, qtbot: QtBot
) -> None:
    studio = open_window(seeded_url)
    page = open_table(qtbot, studio, "badges")
    first, second = row_at(qtbot, page, 0), row_at(qtbot, page, 1)
    stage(page, first, "description", "written")
    with psycopg.connect(seeded_url) as other:
        other.execute("SELECT FROM badges FOR UPDATE")
        page.saving.save()
        qtbot.waitUntil(lambda: page.saving.is_running, timeout=PATIENCE_MS)
        stage(page, second, "description", "later")
        other.rollback()
    qtbot.waitUntil(lambda: not page.saving.is_running, timeout=PATIENCE_MS)
    assert page.changes is not None
    (left,) = page.changes.freeze()
    assert left.values == {"description": "later"}
    with psycopg.connect(seeded_url) as connection:
        found = connection.execute("SELECT count(*) FROM badges WHERE description = 'written'").fetchone()
    assert found == (1,)
