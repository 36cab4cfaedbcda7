"""The buttons of the history panel, pressed on a database of every environment: what their rails want."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.data.history import SetQuery
from nexus_studio.core.profiles import Environment
from nexus_studio.services.history.store import HistoryStore
from nexus_studio.services.paths import Paths
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.history.keep_dialog import KeepDialog
from nexus_studio.ui.panels.history.panel import HistoryPanel
from nexus_studio.ui.panels.history.share_dialog import ShareDialog
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import PATIENCE_MS, OpenWindow, data_panel
from tests.support.planted_history import plant_set
from tests.support.widgets import child

PRESSED = ("history.revert", "history.prune", "history.share")
"""The acts whose buttons are pressed here; see tests/gui/window/test_rails.py."""

pytestmark = pytest.mark.usefixtures("gui_thread_guard")


@dataclass
class Desk:
    """A window on a database with two saved sets, an old one and one that can be taken back."""

    qtbot: QtBot
    url: str
    open_window: OpenWindow
    environment: Environment
    windows: list[Studio] = field(default_factory=list)

    @property
    def store(self) -> HistoryStore:
        """The history of this machine."""
        return HistoryStore(Paths.default().data)

    def furnish(self) -> None:
        """Make what the acts need."""
        self.sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'new')")
        plant_set(self.url, "aa", before="older", after="new", days=400)
        plant_set(self.url, "bb", before="old", after="new")

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement by a connection that is gone afterwards."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def window(self) -> Studio:
        """The window, opened when it is asked for first."""
        if not self.windows:
            self.windows.append(self.open_window(self.url, environment=self.environment))
        return self.windows[0]

    def panel(self) -> HistoryPanel:
        """The panel, once it has read."""
        self.window.show_panel("history")
        panel = self.window.panel("history")
        assert isinstance(panel, HistoryPanel)
        self.rest()
        return panel

    def rest(self) -> None:
        """Wait until the window works at nothing."""
        self.qtbot.waitUntil(lambda: self.window.context.runner.is_idle, timeout=PATIENCE_MS)

    def dialog(self, kind: type[QDialog]) -> QDialog:
        """Return the dialog of a kind that is in sight."""
        found = [each for each in self.panel().findChildren(kind) if each.isVisible()]
        assert len(found) == 1
        return found[0]

    def close_dialogs(self) -> None:
        """Leave what is open."""
        for each in self.window.findChildren(QDialog):
            if each.isVisible():
                each.reject()

    def words(self) -> str:
        """Return all that is said just now."""
        return " ".join(each.text() for each in self.window.findChildren(QLabel) if each.isVisible())

    def staged(self) -> object:
        """Return what is staged in the data panel, and what the table holds."""
        panel = data_panel(self.window)
        changes = [change for page in panel.pages() if page.changes is not None for change in page.changes.freeze()]
        return [(each.kind, each.values, each.base) for each in changes], self.sql("SELECT * FROM t")

    def kept(self) -> object:
        """Return the sets there are."""
        return [each.id for each in self.store.sets(SetQuery(everywhere=True), "", 10, None)]

    def table(self) -> object:
        """Return whether the shared table is there."""
        return self.sql("SELECT to_regclass('_nexus_history')")


def _revert(desk: Desk) -> QPushButton:
    return child(desk.panel(), QPushButton, act("history.revert").button)


def _prune(desk: Desk) -> QPushButton:
    desk.panel().ask_keep()
    dialog = desk.dialog(KeepDialog)
    child(dialog, QSpinBox, "history.keep_days").setValue(30)
    button = child(dialog, QPushButton, act("history.prune").button)
    desk.qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
    return button


def _share(desk: Desk) -> QPushButton:
    child(desk.panel(), QPushButton, "history.open_share").click()
    return child(desk.dialog(ShareDialog), QPushButton, act("history.share").button)


WAYS: dict[str, tuple[Callable[[Desk], QPushButton], Callable[[Desk], object]]] = {
    "history.revert": (_revert, Desk.staged),
    "history.prune": (_prune, Desk.kept),
    "history.share": (_share, Desk.table),
}


@pytest.fixture
def desk(qtbot: QtBot, open_window: OpenWindow, pg_url: str, environment: Environment) -> Desk:
    found = Desk(qtbot, pg_url, open_window, environment)
    found.furnish()
    return found


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("act_id", PRESSED)
def test_a_button_does_what_its_rail_lets_it(act_id: str, environment: Environment, desk: Desk) -> None:
    (reach, state), found = WAYS[act_id], rail(act(act_id), environment)
    assert found is not Rail.REFUSED
    desk.panel()
    before = state(desk)
    if found.is_locked:
        button = reach(desk)
        assert not button.isEnabled()
        assert "Production is locked" in f"{desk.words()} {button.toolTip()}"
        button.click()
        desk.rest()
        desk.close_dialogs()
        assert state(desk) == before
        with desk.qtbot.waitSignal(desk.window.safety.keeper.changed, timeout=PATIENCE_MS):
            desk.window.safety.keeper.unlock("ticket 4711", 15)
    button = reach(desk)
    desk.qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
    button.click()
    desk.rest()
    asked = [each for each in desk.window.findChildren(ConfirmDialog) if each.isVisible()]
    assert bool(asked) is (found not in {Rail.FREE, Rail.REVIEWED})
    if asked:
        assert state(desk) == before
        do, typed = child(asked[0], QPushButton, "confirm_do"), child(asked[0], QLineEdit, "confirm_name")
        assert typed.isVisible() or not found.is_named
        if typed.isVisible():
            database = str(conninfo_to_dict(desk.url)["dbname"])
            for words, enough in (("", False), (database[:-1], False), (database, True)):
                typed.setText(words)
                assert do.isEnabled() is enough
        do.click()
    desk.rest()
    desk.qtbot.waitUntil(lambda: state(desk) != before, timeout=PATIENCE_MS)
    assert desk.sql("SELECT a FROM t") == [("new",)]  # not even taking a set back writes to the rows
