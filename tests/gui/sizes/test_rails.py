"""The buttons of the sizes & health panel, pressed on a database of every environment: what their rails want."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.maintenance import Job
from nexus_studio.core.admin.sizetree import find
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.sizes.maintain_dialog import MaintainDialog
from nexus_studio.ui.panels.sizes.panel import SizesPanel
from nexus_studio.ui.panels.sizes.request import MaintenanceRequest
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child

PRESSED = (
    "maintain.vacuum",
    "maintain.analyze",
    "maintain.full",
    "maintain.reindex",
    "maintain.cluster",
    "maintain.advice",
    "activity.cancel",
    "activity.terminate",
)
"""The acts whose buttons are pressed here; see tests/gui/window/test_rails.py."""

PATIENCE_MS = 30_000
THINGS = RelationName("public", "things")
_MAKE = """
    CREATE TABLE things (id int PRIMARY KEY, word text) WITH (autovacuum_enabled = off);
    INSERT INTO things SELECT n, repeat('w', 50) FROM generate_series(1, 3000) n;
    CREATE INDEX things_word ON things (word);
    CREATE INDEX things_word_again ON things (word);
    DELETE FROM things WHERE id % 2 = 0
"""

pytestmark = pytest.mark.usefixtures("gui_thread_guard")


@dataclass
class Desk:
    """A window on a database with one table, and a session of somebody else; what each act changes."""

    qtbot: QtBot
    url: str
    open_window: OpenWindow
    environment: Environment
    other: psycopg.Connection[Any]
    windows: list[Studio] = field(default_factory=list)

    @property
    def database(self) -> str:
        """The database's name."""
        return str(conninfo_to_dict(self.url)["dbname"])

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the server by a connection that is gone afterwards."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()

    def panel(self) -> SizesPanel:
        """The panel, with the sizes read."""
        if not self.windows:
            self.windows.append(self.open_window(self.url, environment=self.environment))
        studio = self.windows[0]
        studio.show_panel("sizes")
        panel = studio.panel("sizes")
        assert isinstance(panel, SizesPanel)
        self.qtbot.waitUntil(lambda: panel.sizes.report is not None, timeout=PATIENCE_MS)
        self.rest()
        return panel

    def rest(self) -> None:
        """Wait until the window works at nothing."""
        for studio in self.windows:
            self.qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)  # noqa: B023 - at once

    def words(self) -> str:
        """Return all that is said just now."""
        return " ".join(each.text() for each in self.windows[0].findChildren(QLabel) if each.isVisible())

    def close_dialogs(self) -> None:
        """Leave what is open."""
        for each in self.windows[0].findChildren(QDialog):
            if each.isVisible():
                each.reject()


def _job(job: Job, index: str = "") -> Callable[[Desk], QAbstractButton]:
    def reach(desk: Desk) -> QAbstractButton:
        panel = desk.panel()
        node = find(panel.sizes.list.sizes.root, THINGS)
        panel.sizes.list.choose(node)
        dialog = panel.ask_job(MaintenanceRequest(job, (THINGS,), index))
        assert isinstance(dialog, MaintainDialog)
        desk.qtbot.waitUntil(lambda: dialog.warning is not None, timeout=PATIENCE_MS)
        desk.rest()
        return child(dialog, QPushButton, act(job.act).button)

    return reach


def _advice(desk: Desk) -> QAbstractButton:
    panel = desk.panel()
    panel.show_page(panel.advice)
    desk.qtbot.waitUntil(lambda: panel.advice.report is not None, timeout=PATIENCE_MS)
    assert panel.advice.list.choose("index.duplicate")
    return child(panel, QPushButton, act("maintain.advice").button)


def _session(act_id: str) -> Callable[[Desk], QAbstractButton]:
    def reach(desk: Desk) -> QAbstractButton:
        if desk.other.info.transaction_status is TransactionStatus.IDLE:
            # What is to be stopped; nobody waits for its end. Only here: REINDEX waits for whoever has a snapshot.
            desk.other.pgconn.send_query(b"SELECT pg_sleep(600)")
        panel = desk.panel()
        panel.activity.bar.period.setCurrentIndex(0)
        panel.show_page(panel.activity)
        pid = desk.other.info.backend_pid

        def is_there() -> bool:
            snapshot = panel.activity.snapshot
            if snapshot is None or snapshot.session(pid) is None:
                return False
            return panel.activity.choose(pid)

        panel.activity.read()
        desk.qtbot.waitUntil(is_there, timeout=PATIENCE_MS)
        desk.rest()
        return child(panel, QPushButton, act(act_id).button)

    return reach


def _counted(column: str) -> Callable[[Desk], object]:
    return lambda desk: desk.ask(f"SELECT {column} FROM pg_stat_user_tables WHERE relname = 'things'")


def _file(name: str) -> Callable[[Desk], object]:
    return lambda desk: desk.ask(f"SELECT pg_relation_filenode('{name}')")


def _running(desk: Desk) -> object:
    return desk.ask(f"SELECT state FROM pg_stat_activity WHERE pid = {desk.other.info.backend_pid}")


WAYS: dict[str, tuple[Callable[[Desk], QAbstractButton], Callable[[Desk], object]]] = {
    "maintain.vacuum": (_job(Job.VACUUM), _counted("vacuum_count")),
    "maintain.analyze": (_job(Job.ANALYZE), _counted("analyze_count")),
    "maintain.full": (_job(Job.VACUUM_FULL), _file("things")),
    "maintain.reindex": (_job(Job.REINDEX), _file("things_word")),
    "maintain.cluster": (_job(Job.CLUSTER, "things_pkey"), _file("things")),
    "maintain.advice": (_advice, lambda desk: desk.ask("SELECT count(*) FROM pg_indexes WHERE tablename = 'things'")),
    "activity.cancel": (_session("activity.cancel"), _running),
    "activity.terminate": (_session("activity.terminate"), _running),
}


@pytest.fixture
def desk(qtbot: QtBot, open_window: OpenWindow, pg_url: str, environment: Environment) -> Iterator[Desk]:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(_MAKE)
    other = psycopg.connect(pg_url, autocommit=True)
    found = Desk(qtbot, pg_url, open_window, environment, other)
    yield found
    other.close()
    found.rest()


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("act_id", PRESSED)
def test_a_button_does_what_its_rail_lets_it(act_id: str, environment: Environment, desk: Desk) -> None:
    (reach, state), found = WAYS[act_id], rail(act(act_id), environment)
    assert found is not Rail.REFUSED
    if act_id.startswith("activity."):
        reach(desk)
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
    desk.qtbot.wait(0)
    asked = [each for each in desk.windows[0].findChildren(ConfirmDialog) if each.isVisible()]
    assert bool(asked) is (found is not Rail.FREE)
    if asked:
        assert state(desk) == before
        do, typed = child(asked[0], QPushButton, "confirm_do"), child(asked[0], QLineEdit, "confirm_name")
        assert typed.isVisible() is found.is_named
        if typed.isVisible():
            for words, enough in (("", False), (desk.database[:-1], False), (desk.database, True)):
                typed.setText(words)
                assert do.isEnabled() is enough
        do.click()
    desk.rest()
    desk.qtbot.waitUntil(lambda: state(desk) != before, timeout=PATIENCE_MS)
