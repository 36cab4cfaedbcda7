"""The buttons of the backups panel, pressed on a database of every environment: what their rails want."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.archives import RestoreInto, RestoreTarget
from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.backups.create_dialog import CreateDialog
from nexus_studio.ui.panels.backups.panel import BackupsPanel
from nexus_studio.ui.panels.backups.prune_dialog import PruneDialog
from nexus_studio.ui.panels.backups.restore_dialog import RestoreDialog
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_cluster import drop_database, make_conninfo_url, profile_of
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child

PRESSED = ("backup.create", "backup.prune", "backup.restore", "backup.dismiss")
"""The acts whose buttons are pressed here; see tests/gui/window/test_rails.py."""

PATIENCE_MS = 60_000
CTX = TaskContext.for_test()

pytestmark = pytest.mark.usefixtures("gui_thread_guard")


@dataclass
class Desk:
    """A window on a database with two backups, and what each act changes."""

    qtbot: QtBot
    url: str
    open_window: OpenWindow
    environment: Environment
    windows: list[Studio] = field(default_factory=list)

    @property
    def database(self) -> str:
        """The database's name."""
        return str(conninfo_to_dict(self.url)["dbname"])

    @contextmanager
    def service(self) -> Iterator[BackupService]:
        """The service on a session of its own, which is gone afterwards."""
        session = Session.open(profile_of(self.url), None, CTX)
        try:
            yield BackupService(session, Paths.default())
        finally:
            session.close()

    def furnish(self, act_id: str) -> None:
        """Make what the act needs."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        with self.service() as backups:
            file, _ = backups.create(BackupSpec(), CTX)
            if act_id == "backup.prune":
                backups.create(BackupSpec(), CTX)
            if act_id == "backup.dismiss":
                backups.restore(file, RestoreTarget(RestoreInto.SWAP), CTX)

    def panel(self) -> BackupsPanel:
        """The panel, as it is now."""
        if not self.windows:
            self.windows.append(self.open_window(self.url, environment=self.environment))
        studio = self.windows[0]
        studio.show_panel("backups")
        panel = studio.panel("backups")
        assert isinstance(panel, BackupsPanel)
        self.rest()
        return panel

    def rest(self) -> None:
        """Wait until the window works at nothing."""
        for studio in self.windows:
            self.qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)  # noqa: B023 - at once

    def dialog(self, kind: type[Any]) -> Any:
        """Return the dialog of a kind that is in sight, None where there is none."""
        return next((each for each in self.panel().findChildren(kind) if each.isVisible()), None)

    def close_dialogs(self) -> None:
        """Leave what is open."""
        for each in self.windows[0].findChildren(QDialog):
            if each.isVisible():
                each.reject()

    def words(self) -> str:
        """Return all that is said just now."""
        return " ".join(each.text() for each in self.windows[0].findChildren(QLabel) if each.isVisible())

    def files(self) -> object:
        """Return the backups there are."""
        with self.service() as backups:
            return sorted(each.file.name for each in backups.library(CTX))

    def oid(self) -> object:
        """Return which database bears the name."""
        return self._ask(f"SELECT oid FROM pg_database WHERE datname = '{self.database}'")

    def kept(self) -> object:
        """Return the databases that a restore has kept."""
        return self._ask(f"SELECT datname FROM pg_database WHERE datname LIKE '{self.database}_before_restore%'")

    def _ask(self, statement: str) -> object:
        with psycopg.connect(make_conninfo_url(self.url, "postgres"), autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()

    def clear(self) -> None:
        """Drop what a restore has kept."""
        self.rest()
        with psycopg.connect(make_conninfo_url(self.url, "postgres"), autocommit=True) as connection:
            for (name,) in connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{self.database}_before_restore%",)
            ).fetchall():
                drop_database(connection, name)


def _create(desk: Desk) -> QPushButton:
    child(desk.panel(), QPushButton, "backups.open_create").click()
    desk.rest()
    return child(desk.dialog(CreateDialog), QPushButton, act("backup.create").button)


def _prune(desk: Desk) -> QPushButton:
    child(desk.panel(), QPushButton, "backups.open_rules").click()
    dialog = desk.dialog(PruneDialog)
    for name, box in dialog.numbers.items():
        box.setValue(1 if name == "at_least" else 0)
    desk.qtbot.waitUntil(lambda: "would go" in desk.words(), timeout=PATIENCE_MS)
    return child(dialog, QPushButton, act("backup.prune").button)


def _restore(desk: Desk) -> QPushButton:
    panel = desk.panel()
    panel.details.buttons["restore"].click()
    desk.rest()
    dialog = desk.dialog(RestoreDialog)
    dialog.next.click()
    return child(dialog, QPushButton, act("backup.restore").button)


def _dismiss(desk: Desk) -> QPushButton:
    panel = desk.panel()
    desk.qtbot.waitUntil(panel.kept.isVisible, timeout=PATIENCE_MS)
    return child(panel, QPushButton, act("backup.dismiss").button)


WAYS: dict[str, tuple[Callable[[Desk], QPushButton], Callable[[Desk], object]]] = {
    "backup.create": (_create, Desk.files),
    "backup.prune": (_prune, Desk.files),
    "backup.restore": (_restore, Desk.oid),
    "backup.dismiss": (_dismiss, Desk.kept),
}


@pytest.fixture
def desk(
    qtbot: QtBot,
    open_window: OpenWindow,
    pg_url: str,
    environment: Environment,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    found = Desk(qtbot, pg_url, open_window, environment)
    yield found
    found.clear()


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("act_id", PRESSED)
def test_a_button_does_what_its_rail_lets_it(act_id: str, environment: Environment, desk: Desk) -> None:
    desk.furnish(act_id)
    (reach, state), found = WAYS[act_id], rail(act(act_id), environment)
    assert found is not Rail.REFUSED
    before = state(desk)
    if found.is_locked:
        button = reach(desk)
        assert not button.isEnabled()
        assert "Production is locked" in f"{desk.words()} {button.toolTip()}"
        button.click()
        desk.rest()
        desk.close_dialogs()
        assert state(desk) == before
        keeper = desk.windows[0].safety.keeper
        with desk.qtbot.waitSignal(keeper.changed, timeout=PATIENCE_MS):
            keeper.unlock("ticket 4711", 15)
    button = reach(desk)
    desk.qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
    button.click()
    desk.rest()
    asked = [each for each in desk.windows[0].findChildren(ConfirmDialog) if each.isVisible()]
    assert bool(asked) is (found is not Rail.FREE)
    if asked:
        assert state(desk) == before
        do, typed = child(asked[0], QPushButton, "confirm_do"), child(asked[0], QLineEdit, "confirm_name")
        assert typed.isVisible() is (
            found.is_named or (environment is Environment.STAGING and act(act_id).is_destructive)
        )
        if typed.isVisible():
            for words, enough in (("", False), (desk.database[:-1], False), (desk.database, True)):
                typed.setText(words)
                assert do.isEnabled() is enough
        do.click()
    desk.rest()
    desk.qtbot.waitUntil(lambda: state(desk) != before, timeout=PATIENCE_MS)


@pytest.mark.parametrize("environment", list(Environment))
def test_others_are_ended_only_where_that_may_be_and_with_the_name(environment: Environment, desk: Desk) -> None:
    assert "backup.restore" in act("sessions.end").within
    desk.furnish("backup.restore")
    _restore(desk)
    dialog = desk.dialog(RestoreDialog)
    others = child(dialog, QComboBox, "backups.restore_others")
    end = others.findData(Others.END.value)
    may_end = rail(act("sessions.end"), environment) is not Rail.REFUSED
    assert (end >= 0) is may_end
    assert Others(others.currentData()) is Others.REFUSE
    if may_end:
        others.setCurrentIndex(end)
        before = desk.oid()
        with psycopg.connect(desk.url, autocommit=True) as other:
            child(dialog, QPushButton, act("backup.restore").button).click()
            desk.rest()
            (asked,) = (each for each in desk.windows[0].findChildren(ConfirmDialog) if each.isVisible())
            do, typed = child(asked, QPushButton, "confirm_do"), child(asked, QLineEdit, "confirm_name")
            assert typed.isVisible()
            assert not do.isEnabled()
            assert other.execute("SELECT 1").fetchone() == (1,)
            typed.setText(desk.database)
            do.click()
            desk.rest()
            desk.qtbot.waitUntil(lambda: desk.oid() != before, timeout=PATIENCE_MS)
            with pytest.raises(psycopg.OperationalError):
                other.execute("SELECT 1")
    desk.close_dialogs()
