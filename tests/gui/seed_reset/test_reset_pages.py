"""The pages of resets and shelves on a real server: what is said, asked for and done, and where a reset stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.resets import Others, ResetKind, ResetPhase, ResetScope
from nexus_studio.core.effects import Kind
from nexus_studio.core.errors import ResetRefused, ResetStopped
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import records
from nexus_studio.services.resetting import running
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService
from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.seed_reset.panel import SeedResetPanel
from tests.gui.migrations.conftest import Closing
from tests.support.fix_projects import Rev
from tests.support.killed_reset import service_on
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 60_000
Open = Callable[..., SeedResetPanel]


def on(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement by a connection that is gone afterwards: a reset does not go beside one."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def open_panel(context: UiContext, profile: ConnectionProfile, closing: Closing) -> Iterator[Open]:
    """A function that shows the panel on the test's database, as another kind of connection where one is given."""
    sessions: list[Session] = []

    def open_on(**changes: Any) -> SeedResetPanel:
        session = Session.open(replace(profile, **changes), None, TaskContext.for_test())
        sessions.append(session)
        paths = context.paths
        made = SimpleNamespace(
            session=session,
            seeds=SeedService(session),
            resets=service_on(session, paths),
            shelves=ShelfService(session, paths, lambda _session, _ctx: ("abc",)),
        )
        panel = SeedResetPanel(context)
        closing(panel)
        panel.resize(1100, 760)
        for page in (panel.reset, panel.shelves):
            page.open(cast("Workspace", made))
        panel.show()
        return panel

    yield open_on
    for each in sessions:
        each.close()


def answer(panel: SeedResetPanel, name: str = "") -> ConfirmDialog:
    """Type the name where one is wanted, and say yes."""
    dialog = next(each for each in panel.window().findChildren(ConfirmDialog) if each.isVisible())
    do = child(dialog, QPushButton, "confirm_do")
    if name:
        assert not do.isEnabled()
        child(dialog, QLineEdit, "confirm_name").setText(name)
    do.click()
    return dialog


def test_a_reset_from_the_window(
    open_panel: Open, pg_url: str, profile: ConnectionProfile, context: UiContext, qtbot: QtBot
) -> None:
    on(pg_url, "CREATE TABLE precious AS SELECT generate_series(1, 4) AS id")
    panel = open_panel()
    panel.show_page(panel.reset)
    page, button = panel.reset, panel.reset.buttons["reset.reset"]
    qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
    assert "1 table(s), 4 row(s)" in page.loss.headline.text()
    assert page.choices.backup.isChecked()
    assert page.choices.seed.currentData() == "demo"
    assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])
    button.click()
    with qtbot.waitSignal(context.bus.published, timeout=PATIENCE_MS) as told:
        answer(panel, profile.database)
        assert not button.isEnabled()
        assert not page.may_close()
    assert told.args[0].touches(Kind.CATALOG)
    qtbot.waitUntil(lambda: page.may_close() and button.isEnabled(), timeout=PATIENCE_MS)
    assert any("The database is new" in each.text() for each in page.outcome.findChildren(QLabel))
    assert len(records(context.paths, profile)) == 1
    assert on(pg_url, "SELECT to_regclass('precious'), count(*) > 0 FROM users") == [(None, True)]


@pytest.mark.parametrize("place", [LedgerPlace.DATABASE, LedgerPlace.LOCAL])
@pytest.mark.parametrize("act", ["reset.reset", "reset.recreate"])
def test_a_foreign_project_is_asked_where_its_ledger_is_kept(
    open_panel: Open,
    make_project: Callable[..., Path],
    pg_url: str,
    profile: ConnectionProfile,
    context: UiContext,
    qtbot: QtBot,
    place: LedgerPlace,
    act: str,
) -> None:
    panel = open_panel(project=make_project([Rev("a1", None, 'op.execute("CREATE TABLE a (id int)")')]))
    panel.show_page(panel.reset)
    page, button = panel.reset, panel.reset.buttons[act]
    page.choices.kinds[act].click()
    page.choices.backup.setChecked(False)
    against, ledger = child(page, QLabel, "reset.against"), page.choices.ledger
    qtbot.waitUntil(lambda: "ledger" in against.text(), timeout=PATIENCE_MS)
    assert (ledger.isVisibleTo(page), button.isEnabled()) == (True, False)
    assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])
    page.choices.migrates.setChecked(False)
    assert (ledger.isVisibleTo(page), against.isVisibleTo(page)) == (False, False)
    page.choices.migrates.setChecked(True)
    ledger.setCurrentIndex(ledger.findData(place.value))
    qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
    button.click()
    answer(panel, profile.database)
    qtbot.waitUntil(lambda: page.may_close() and button.isEnabled(), timeout=PATIENCE_MS)
    assert any("The database is new" in each.text() for each in page.outcome.findChildren(QLabel))
    assert on(pg_url, "SELECT to_regclass('a') IS NOT NULL, to_regclass('_nexus_migrations') IS NOT NULL") == [
        (True, place is LedgerPlace.DATABASE)
    ]
    assert not ledger.isVisibleTo(page)  # it is known by now
    assert not list(context.paths.data.rglob("nexus_new_*"))


def test_emptying_says_what_goes_with_it(
    open_panel: Open, pg_url: str, profile: ConnectionProfile, qtbot: QtBot
) -> None:
    on(pg_url, "CREATE TABLE parent (id serial PRIMARY KEY); CREATE TABLE child (id int REFERENCES parent)")
    on(pg_url, "INSERT INTO parent DEFAULT VALUES; INSERT INTO child VALUES (1)")
    panel = open_panel()
    panel.show_page(panel.reset)
    page = panel.reset
    qtbot.waitUntil(lambda: page.choices.tables.count() == 2, timeout=PATIENCE_MS)
    page.choices.kinds["reset.empty"].click()
    button = page.buttons["reset.empty"]
    assert (button.isVisible(), button.isEnabled()) == (True, False)
    page.choices.backup.setChecked(False)
    page.choices.tables.findItems("parent", Qt.MatchFlag.MatchExactly)[0].setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
    lines = [page.loss.tables.topLevelItem(place) for place in range(page.loss.tables.topLevelItemCount())]
    assert [(each.text(0), each.text(3)) for each in lines if each] == [("child", "parent"), ("parent", "")]
    with psycopg.connect(pg_url, application_name="bystander"):
        page.read()
        against = child(page, QLabel, "reset.against")
        qtbot.waitUntil(lambda: against.isVisible() and "Others" in against.text(), timeout=PATIENCE_MS)
        assert "bystander" in page.loss.connected.text()
        assert not button.isEnabled()
        page.choices.others.setCurrentIndex(page.choices.others.findData(Others.LEAVE.value))
        qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
        button.click()
        said = " ".join(each.text() for each in panel.window().findChildren(ConfirmDialog)[0].findChildren(QLabel))
        assert "You chose: parent. The others can't be without them." in said
        assert "What others write meanwhile goes too." in said
        answer(panel, profile.database)
        qtbot.waitUntil(page.may_close, timeout=PATIENCE_MS)
    assert on(pg_url, "SELECT count(*) FROM parent, child") == [(0,)]


@pytest.mark.logs("reset stopped")
@pytest.mark.logs("reset stopped")
def test_a_reset_that_stopped_is_shown_and_goes_on(
    open_panel: Open,
    pg_url: str,
    profile: ConnectionProfile,
    context: UiContext,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(_run: object) -> None:
        raise ResetRefused("reset.migration_failed", revision="x", words="no")

    on(pg_url, "CREATE TABLE precious (id int)")
    session = Session.open(profile, None, TaskContext())
    resets = service_on(session, context.paths)
    scope = ResetScope(ResetKind.RESET, backs_up=False)
    with monkeypatch.context() as patch:
        patch.setattr(running, "_PHASES", {**running._PHASES, ResetPhase.MIGRATE: failing})
        with pytest.raises(ResetStopped):
            resets.reset(scope, resets.loss(scope, TaskContext()), TaskContext())
    session.close()
    panel = open_panel()
    panel.show_page(panel.reset)
    page = panel.reset
    qtbot.waitUntil(lambda: page.findChild(QPushButton, "reset.resume") is not None, timeout=PATIENCE_MS)
    said = " ".join(each.text() for each in page.findChildren(QLabel))
    assert "it stopped at “Applying migrations”" in said
    assert "The old rows are gone." in said
    qtbot.waitUntil(lambda: not context.runner.running() and context.runner.is_idle, timeout=PATIENCE_MS)
    assert not any(each.isEnabled() for each in page.buttons.values())
    assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])
    child(page, QPushButton, "reset.resume").click()
    answer(panel, profile.database)
    qtbot.waitUntil(lambda: page.may_close() and page.buttons["reset.reset"].isEnabled(), timeout=PATIENCE_MS)
    assert page._unfinished is None
    assert on(pg_url, "SELECT to_regclass('users') IS NOT NULL") == [(True,)]


def test_shelves_from_the_window(open_panel: Open, pg_url: str, qtbot: QtBot) -> None:
    on(pg_url, "CREATE TABLE t AS SELECT 1 AS id")
    panel = open_panel()
    panel.show_page(panel.shelves)
    page = panel.shelves
    qtbot.waitUntil(page.name.isEnabled, timeout=PATIENCE_MS)
    assert not page.take.isEnabled()
    page.name.setText("one")
    page.take.click()  # it is free
    qtbot.waitUntil(lambda: page.list.topLevelItemCount() == 1, timeout=PATIENCE_MS)
    assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])
    page.name.setText("one")
    assert not page.take.isEnabled()
    on(pg_url, "DROP TABLE t")
    assert not page.put_back.isEnabled()
    page.list.topLevelItem(0).setSelected(True)  # type: ignore[union-attr]
    page.keep_as.setText("two")
    page.put_back.click()
    answer(panel)
    qtbot.waitUntil(lambda: page.list.topLevelItemCount() == 2, timeout=PATIENCE_MS)
    assert on(pg_url, "SELECT id FROM t") == [(1,)]
    for left in (1, 0):
        page.list.clearSelection()
        page.list.topLevelItem(0).setSelected(True)  # type: ignore[union-attr]
        page.drop.click()
        answer(panel)
        qtbot.waitUntil(lambda left=left: page.list.topLevelItemCount() == left, timeout=PATIENCE_MS)  # type: ignore[misc]
    assert page.may_close()


@pytest.mark.parametrize("environment", [Environment.STAGING, Environment.PRODUCTION])
def test_nothing_can_be_pressed_where_it_may_not_be(
    open_panel: Open, pg_url: str, context: UiContext, qtbot: QtBot, environment: Environment
) -> None:
    on(pg_url, "CREATE TABLE t (id int)")
    panel = open_panel(environment=environment)
    for page in (panel.reset, panel.shelves):
        panel.show_page(page)
        qtbot.waitUntil(lambda: context.runner.is_idle, timeout=PATIENCE_MS)
    assert not any(each.isEnabled() for each in panel.reset.buttons.values())
    for kind in panel.reset.choices.kinds.values():
        kind.click()
        qtbot.waitUntil(lambda: context.runner.is_idle, timeout=PATIENCE_MS)
        assert not any(each.isEnabled() for each in panel.reset.buttons.values())
    assert panel.reset._loss is None  # nobody's rows are counted for nothing
    assert "nothing is reset there" in child(panel.reset, QLabel, "reset.against").text()
    panel.shelves.name.setText("x")
    assert not any(each.isEnabled() for each in (panel.shelves.take, panel.shelves.put_back, panel.shelves.drop))
