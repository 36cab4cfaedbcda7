"""RailDesk: the window on a small database, and for each act of its buttons the way there and what would be changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.core.urls import profile_from_url
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.panels.seed_reset.page import SeedResetPage
from nexus_studio.ui.panels.seed_reset.panel import SeedResetPanel
from nexus_studio.ui.shell.declare_dialog import DeclareDialog
from nexus_studio.ui.shell.server_dialog import ServerDialog
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_cluster import make_conninfo_url, profile_of
from tests.support.fix_docker import FakeDocker
from tests.support.fix_window import PATIENCE_MS, OpenWindow, has_tree, open_table, row_at, stage
from tests.support.planted_drafts import drafts_of, plant_draft
from tests.support.widgets import child

SHELF = "before"
SEED = "small"


@dataclass
class RailDesk:
    """A window on a database with one row, one shelf, one seed, one SQLite file and one server of docker's.

    Nobody else is connected to it: what would be refused beside others is not refused on account of that.
    """

    qtbot: QtBot
    open_window: OpenWindow
    url: str
    folder: Path
    docker: FakeDocker
    environment: Environment
    windows: list[Studio] = field(default_factory=list)

    @property
    def window(self) -> Studio:
        """The window, open on the database; it is opened when it is asked for first."""
        if not self.windows:
            self.windows.append(self.open_window(self.url, environment=self.environment))
        return self.windows[0]

    @property
    def database(self) -> str:
        """The database's name."""
        return str(conninfo_to_dict(self.url)["dbname"])

    def sql(self, statement: str, url: str = "") -> list[tuple[Any, ...]]:
        """Run a statement by a connection that is gone afterwards."""
        with psycopg.connect(url or self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def furnish(self) -> None:
        """Write down all that acts are tried on."""
        self.sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'old')")
        plant_draft(profile_from_url(self.url).profile, "t")
        self.sql("CREATE TABLE pets (id int PRIMARY KEY, name text)")
        self._with_shelves(lambda shelves: [shelves.take(SHELF, TaskContext()).name])
        seeds = Paths.default().data / "seeds"
        seeds.mkdir(parents=True)
        everywhere = ", ".join(each.value for each in Environment)  # so that it is the rail that stands against it
        words = f"-- name: {SEED}\n-- environments: {everywhere}\nINSERT INTO t VALUES (2, 'seeded');\n"
        (seeds / f"{SEED}.sql").write_text(words, encoding="utf-8")
        connection = sqlite3.connect(self.folder / "old.db")
        connection.executescript(
            "CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO pets VALUES (1, 'a')"
        )
        connection.close()
        self.docker.set(container="running", health=["healthy"])

    def clear(self) -> None:
        """Remove the shelves, and the database that a step made."""
        self.rest()
        self.sql(f'ALTER DATABASE "{self.database}" RESET nexus.environment')
        self._with_shelves(
            lambda shelves: [shelves.drop(each.name, TaskContext()).name for each in shelves.shelves(TaskContext())]
        )
        self.sql(
            f'DROP DATABASE IF EXISTS "{self.database}_gone" WITH (FORCE)', make_conninfo_url(self.url, "postgres")
        )

    def shelves(self) -> list[str]:
        """Return the names of what is on shelves."""
        return self._with_shelves(lambda shelves: [each.name for each in shelves.shelves(TaskContext())])

    def _with_shelves(self, work: Callable[[ShelfService], list[str]]) -> list[str]:
        session = Session.open(profile_of(self.url), None, TaskContext())
        try:
            return work(ShelfService(session, Paths.default(), lambda _session, _ctx: ()))
        finally:
            session.close()

    def rest(self) -> None:
        """Wait until the window works at nothing."""
        for window in self.windows:
            self.qtbot.waitUntil(lambda: window.context.runner.is_idle, timeout=PATIENCE_MS)  # noqa: B023 - at once

    def page(self, name: str) -> tuple[SeedResetPanel, Any]:
        """Show a page of the seed & reset panel, and wait until it has read."""
        self.window.show_panel("seed_reset")
        panel = self.window.panel("seed_reset")
        assert isinstance(panel, SeedResetPanel)
        page: SeedResetPage = getattr(panel, name)
        panel.show_page(page)
        self.rest()
        return panel, page

    def questions(self) -> list[ConfirmDialog]:
        """Return the confirmations that are open."""
        return [each for each in self.window.findChildren(ConfirmDialog) if each.isVisible()]

    def unlock(self) -> None:
        """Unlock production."""
        with self.qtbot.waitSignal(self.window.safety.keeper.changed, timeout=PATIENCE_MS):
            self.window.safety.keeper.unlock("ticket 4711", 15)
        assert self.window.is_unlocked

    def words(self) -> str:
        """Return all that the window says just now: labels in sight, pages of errors, notices."""
        labels = [each for each in self.window.findChildren(QLabel) if each.isVisible()]
        pages = [each for each in self.window.findChildren(ErrorPage) if each.isVisible()]
        notices = self.window.context.notices.standing()
        said = [f"{each.text()} {each.accessibleName()}" for each in labels] + [each.text for each in notices]
        return " ".join([*said, *(f"{each.accessibleName()} {each.accessibleDescription()}" for each in pages)])


@dataclass(frozen=True, slots=True)
class Way:
    """The way to an act's button, and what it would change. `refusal` is what is said where it is refused for good."""

    reach: Callable[[RailDesk], QAbstractButton]
    state: Callable[[RailDesk], object]
    refusal: str = ""


def _query(statement: str) -> Callable[[RailDesk], object]:
    return lambda desk: desk.sql(statement)


def _save(desk: RailDesk) -> QAbstractButton:
    page = open_table(desk.qtbot, desk.window, "t")
    if not page.is_dirty:
        stage(page, row_at(desk.qtbot, page, 0), "a", "new")
    page.saving.review()
    desk.qtbot.waitUntil(lambda: _dialog(desk, ReviewDialog) is not None, timeout=PATIENCE_MS)
    return child(_shown(desk, ReviewDialog), QPushButton, "review.save")


def _draft(desk: RailDesk) -> QAbstractButton:
    page = open_table(desk.qtbot, desk.window, "t")
    desk.qtbot.waitUntil(lambda: page.findChild(QPushButton, "draft_discard") is not None, timeout=PATIENCE_MS)
    return child(page, QPushButton, "draft_discard")


def _dialog(desk: RailDesk, kind: type[Any]) -> Any:
    return next((each for each in desk.window.findChildren(kind) if each.isVisible()), None)


def _shown(desk: RailDesk, kind: type[Any]) -> Any:
    found = _dialog(desk, kind)
    assert found is not None
    return found


def _seed(desk: RailDesk) -> QAbstractButton:
    panel, page = desk.page("seeds")
    page.list.choose(SEED)
    return child(panel, QPushButton, "seeds.run")


def _reset(act_id: str) -> Callable[[RailDesk], QAbstractButton]:
    def reach(desk: RailDesk) -> QAbstractButton:
        _, page = desk.page("reset")
        page.choices.kinds[act_id].click()
        for box in (page.choices.backup, page.choices.migrates):
            box.setChecked(False)
        for each in page.choices.tables.findItems("t", Qt.MatchFlag.MatchExactly):
            each.setCheckState(Qt.CheckState.Checked)
        desk.rest()
        found: QAbstractButton = page.buttons[act_id]
        return found

    return reach


def _shelf(name: str) -> Callable[[RailDesk], QAbstractButton]:
    def reach(desk: RailDesk) -> QAbstractButton:
        panel, page = desk.page("shelves")
        page.name.setText("another")
        for each in page.list.findItems(SHELF, Qt.MatchFlag.MatchExactly, 0):
            each.setSelected(True)
        return child(panel, QPushButton, name)

    return reach


def _import(desk: RailDesk) -> QAbstractButton:
    panel, page = desk.page("imports")
    page.show_file(desk.folder / "old.db")
    desk.rest()
    return child(panel, QPushButton, "import.run")


def _missing(desk: RailDesk) -> QAbstractButton:
    if not desk.windows:
        url = make_conninfo_url(desk.url, f"{desk.database}_gone")
        desk.windows.append(desk.open_window(url, wait=False, environment=desk.environment))
    button = "step_database_create"
    desk.qtbot.waitUntil(lambda: desk.window.findChild(QPushButton, button) is not None, timeout=PATIENCE_MS)
    desk.rest()
    return child(desk.window, QPushButton, button)


def _exists(desk: RailDesk) -> object:
    return desk.sql(f"SELECT count(*) FROM pg_database WHERE datname = '{desk.database}_gone'")


def _declare(desk: RailDesk) -> QAbstractButton:
    desk.window.ask_declaration()
    dialog = _shown(desk, DeclareDialog)
    kind = child(dialog, QComboBox, "declare.kind")
    kind.setCurrentIndex(kind.findData(desk.environment))
    return child(dialog, QPushButton, "declare.do")


def _server(desk: RailDesk) -> QAbstractButton:
    if _dialog(desk, ServerDialog) is None:
        desk.window.ask_server()
    dialog = _shown(desk, ServerDialog)
    desk.qtbot.waitUntil(lambda: dialog.server.status is not None, timeout=PATIENCE_MS)
    return child(dialog, QPushButton, "server.stop")


_SETTING = """
    SELECT setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
     WHERE d.datname = current_database()
"""
_T = "SELECT array_agg(a ORDER BY id) FROM t"
_NOT_THERE = "staging and production"

WAYS: Mapping[str, Way] = {
    "rows.save": Way(_save, _query(_T)),
    "seed.run": Way(_seed, _query(_T), _NOT_THERE),
    "reset.reset": Way(_reset("reset.reset"), _query("SELECT to_regclass('t')"), _NOT_THERE),
    "reset.empty": Way(_reset("reset.empty"), _query(_T), _NOT_THERE),
    "reset.recreate": Way(
        _reset("reset.recreate"), _query("SELECT oid FROM pg_database WHERE datname = current_database()"), _NOT_THERE
    ),
    "shelf.take": Way(_shelf("shelves.take"), RailDesk.shelves, _NOT_THERE),
    "shelf.put_back": Way(
        _shelf("shelves.put_back"), _query("SELECT oid FROM pg_database WHERE datname = current_database()"), _NOT_THERE
    ),
    "shelf.drop": Way(_shelf("shelves.drop"), RailDesk.shelves, _NOT_THERE),
    "import.sqlite": Way(_import, _query("SELECT count(*) FROM pets"), "Production"),
    "database.create": Way(_missing, _exists, "“production”"),
    "database.declare": Way(_declare, _query(_SETTING)),
    "drafts.discard": Way(_draft, lambda desk: drafts_of(Paths.default())),
    "server.stop": Way(_server, lambda desk: desk.docker.state["container"], "connected to production"),
}
"""By the act's id."""


def is_open(desk: RailDesk) -> bool:
    """Tell whether the window shows a database."""
    return has_tree(desk.window)
