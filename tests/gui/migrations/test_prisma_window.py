"""The panel on a Prisma project, in the real window on a real server: what it says, and a failed one resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPlainTextEdit, QPushButton, QTabWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.pages import CalmPage
from nexus_studio.ui.panels.migrations.flows.deploy_dialog import DeployDialog
from nexus_studio.ui.panels.migrations.flows.prisma_create import PrismaCreateDialog
from nexus_studio.ui.panels.migrations.flows.resolve_page import ResolvePage
from nexus_studio.ui.panels.migrations.flows.stamp_dialog import StampDialog
from nexus_studio.ui.panels.migrations.offers import Verb, why_not
from nexus_studio.ui.panels.migrations.panel import MigrationsPanel
from nexus_studio.ui.shell.studio import Studio
from tests.support.clipped import clipped_texts
from tests.support.fix_prisma import MODELS, N1, N2, N3, PrismaScene
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 60_000  # evidence replays on a throwaway database

PEOPLE = "CREATE TABLE people (id int PRIMARY KEY, email text);\n"
ONE_EMAIL = "ALTER TABLE people ADD CONSTRAINT one UNIQUE (email);\n"
LATER = "CREATE TABLE later (id int);\n"
TWINS = "INSERT INTO people VALUES (1, 'zoe@example.org'), (2, 'zoe@example.org')"

Show = Callable[..., MigrationsPanel]


both_ways = pytest.mark.parametrize("model", ["6", "7"])


@pytest.fixture
def model() -> str:
    """The newest of Prisma's two ways, where the window is the same for both."""
    return "7"


@pytest.fixture
def show(prisma: PrismaScene, profile: ConnectionProfile, open_window: OpenWindow, qtbot: QtBot) -> Show:
    """A function that opens the window on the scene's project and database and goes to the panel."""

    def show(*, masking: bool = False) -> MigrationsPanel:
        version = MODELS[prisma.model]
        named = replace(
            profile, name="shop", project=prisma.folder, environment=Environment.DEVELOPMENT, prisma_version=version
        )
        named = replace(named, masking=masking)
        ProfileStore(Paths.default()).save([named])
        window: Studio = open_window(None, profile="shop")
        window.show_panel("migrations")
        panel = window.panel("migrations")
        assert isinstance(panel, MigrationsPanel)
        qtbot.waitUntil(lambda: panel.status is not None, timeout=PATIENCE_MS)
        return panel

    return show


def wait_for(qtbot: QtBot, panel: MigrationsPanel, standing: MigrationStanding) -> None:
    qtbot.waitUntil(lambda: panel.status is not None and panel.status.standing is standing, timeout=PATIENCE_MS)


def deploy(qtbot: QtBot, panel: MigrationsPanel) -> DeployDialog:
    """Press the panel's button and deploy, whatever the rehearsal says."""
    panel.ask(Verb.DEPLOY)
    dialog = panel.opener.dialog
    assert isinstance(dialog, DeployDialog)
    button = child(dialog, QPushButton, "deploy_dialog.deploy")
    qtbot.waitUntil(button.isVisible, timeout=PATIENCE_MS)
    tabs = child(dialog, QTabWidget, "deploy_tabs")
    qtbot.waitUntil(lambda: "running" not in tabs.tabText(1), timeout=PATIENCE_MS)
    button.click()
    if (asked := dialog.findChild(ConfirmDialog)) is not None:
        child(asked, QPushButton, "confirm_do").click()
    return dialog


def close_dialog(qtbot: QtBot, panel: MigrationsPanel) -> None:
    dialog = panel.opener.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.frame.is_writing, timeout=PATIENCE_MS)
    dialog.reject()
    assert panel.opener.dialog is None


def failed(qtbot: QtBot, prisma: PrismaScene, panel: MigrationsPanel) -> ResolvePage:
    """Deploy in the window what fails, press Resolve, and wait for the ways out."""
    dialog = deploy(qtbot, panel)
    resolve = child(dialog, QPushButton, "deploy_dialog.resolve")
    qtbot.waitUntil(resolve.isVisible, timeout=PATIENCE_MS)
    said = child(dialog, QPlainTextEdit, "deploy_run.words").toPlainText()
    assert "could not create unique index" in said
    assert "Prisma P3018" in said
    resolve.click()
    qtbot.waitUntil(lambda: panel.resolving is not None, timeout=PATIENCE_MS)
    page = panel.resolving
    assert isinstance(page, ResolvePage)
    qtbot.waitUntil(lambda: page.findChild(QPushButton, "resolve.mark_applied") is not None, timeout=PATIENCE_MS)
    assert "23505" in child(page, QPlainTextEdit, "resolve_happened.words").toPlainText()
    assert prisma.rows() == [(N1, "applied", 1, "NULL"), (N2, "failed", 0, "text")]
    return page


def go(qtbot: QtBot, page: ResolvePage, way: str) -> None:
    """Press a way's button, agree, and go back once it is done."""
    child(page, QPushButton, f"resolve.{way}").click()
    if (asked := page.findChild(ConfirmDialog)) is not None:
        child(asked, QPushButton, "confirm_do").click()
    qtbot.waitUntil(lambda: isinstance(page.page, CalmPage), timeout=PATIENCE_MS)
    child(page, QPushButton, "step_resolve_back").click()


@both_ways
def test_a_failed_one_is_marked_as_applied(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: PEOPLE})
    prisma.deploy()
    prisma.sql(TWINS)
    prisma.write({N2: ONE_EMAIL, N3: LATER})
    panel = show()
    page = failed(qtbot, prisma, panel)
    prisma.sql("DELETE FROM people WHERE id = 2")
    prisma.sql("ALTER TABLE people ADD CONSTRAINT one UNIQUE (email)")  # by hand, as Prisma's manual says
    go(qtbot, page, "mark_applied")
    wait_for(qtbot, panel, MigrationStanding.BEHIND)
    resolved = [(N1, "applied", 1, "NULL"), (N2, "rolledback", 0, "text"), (N2, "marked", 0, "empty")]
    assert prisma.rows() == resolved
    deploy(qtbot, panel)
    wait_for(qtbot, panel, MigrationStanding.UP_TO_DATE)
    close_dialog(qtbot, panel)
    assert prisma.rows() == [*resolved, (N3, "applied", 1, "NULL")]
    assert "later" in prisma.tables()


@both_ways
def test_a_failed_one_is_marked_as_rolled_back_and_runs_again(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: PEOPLE})
    prisma.deploy()
    prisma.sql(TWINS)
    prisma.write({N2: ONE_EMAIL})
    panel = show()
    page = failed(qtbot, prisma, panel)
    prisma.sql("DELETE FROM people WHERE id = 2")
    go(qtbot, page, "mark_rolled_back")
    wait_for(qtbot, panel, MigrationStanding.BEHIND)
    assert prisma.rows() == [(N1, "applied", 1, "NULL"), (N2, "rolledback", 0, "text")]
    deploy(qtbot, panel)
    wait_for(qtbot, panel, MigrationStanding.UP_TO_DATE)
    close_dialog(qtbot, panel)
    assert prisma.rows()[2:] == [(N2, "applied", 1, "NULL")]
    assert prisma.sql("SELECT count(*) FROM pg_constraint WHERE conname = 'one'") == [(1,)]


def test_what_failed_is_read_whole_in_a_small_window(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: PEOPLE})
    prisma.deploy()
    prisma.sql(TWINS)
    prisma.write({N2: ONE_EMAIL, N3: LATER})
    prisma.deploy()
    panel = show()
    window = panel.window()
    assert (window.width(), window.height()) == (1280, 800)
    sql = child(panel.details, QPlainTextEdit, "migrations.sql")
    qtbot.waitUntil(lambda: sql.isVisible() and "ALTER TABLE" in sql.toPlainText(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: clipped_texts(panel) == [], timeout=PATIENCE_MS)
    assert sql.visibleRegion().boundingRect() == sql.rect()  # its frame is closed
    facts = child(panel.header, ElidedLabel, "migrations.facts")
    assert facts.text() == facts.whole
    assert str(prisma.folder) in facts.text()


def test_prismas_up_to_date_is_marked_where_it_is_not_so(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: PEOPLE, N2: LATER})
    prisma.deploy()
    prisma.write({N1: PEOPLE + "-- edited since\n"})
    panel = show()
    assert panel.status is not None
    assert panel.status.report(N1) is not None
    assert child(panel, QLabel, "migrations.standing.title").text() == "All is applied, not all as it stands here"
    says = child(panel, QLabel, "migrations.verdict.says").text()
    assert "Database schema is up to date!" in says
    assert "That is not so" in says
    assert f"{N1} was edited" in child(panel, QLabel, "migrations.verdict.untold").text()
    panel.list.choose(N1)
    report = panel.list.current()
    assert report is not None
    assert report.state is RevisionState.EDITED
    facts = panel.details._facts.whole
    assert facts.count("checksum") == 1
    assert "applied as" in facts
    prisma.write({N1: PEOPLE})
    panel.read()
    qtbot.waitUntil(lambda: not child(panel, QLabel, "migrations.verdict.untold").isVisible(), timeout=PATIENCE_MS)
    assert child(panel, QLabel, "migrations.standing.title").text() == "Up to date"
    assert "That is not so" not in child(panel, QLabel, "migrations.verdict.says").text()
    child(panel, QPushButton, "migrations.verdict.whole").click()
    assert "2 migrations found" in child(panel, QPlainTextEdit, "migrations.verdict.text").toPlainText()


def test_a_migration_without_folder_does_not_hold_up_a_deploy(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: PEOPLE, N2: LATER})
    prisma.deploy()
    prisma.forget(N2)
    prisma.write({N3: "CREATE TABLE third (id int);\n"})
    panel = show()
    assert panel.status is not None
    assert panel.status.standing is MigrationStanding.AHEAD
    assert panel.header.main.isEnabled()
    deploy(qtbot, panel)
    qtbot.waitUntil(lambda: "third" in prisma.tables(), timeout=PATIENCE_MS)
    close_dialog(qtbot, panel)


def test_what_is_foreseen_is_said_before(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: "\ufeff" + PEOPLE, N2: "BEGIN;\n" + LATER, N3: "SET search_path = '';\nSELECT 1;\n"})
    panel = show()
    panel.ask(Verb.DEPLOY)
    dialog = panel.opener.dialog
    assert isinstance(dialog, DeployDialog)
    qtbot.waitUntil(lambda: child(dialog, QPushButton, "deploy_dialog.deploy").isVisible(), timeout=PATIENCE_MS)
    told = " ".join(each.text() for each in dialog._foreseen.findChildren(QLabel))
    assert f"{N1} begins with a byte order mark" in told
    assert f"{N2} has a BEGIN without its COMMIT" in told
    assert f"{N3} moves the search path" in told
    dialog.reject()


def test_tables_without_a_ledger_get_a_baseline(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.sql("CREATE TABLE people (id int PRIMARY KEY, email text)")
    prisma.write({N1: PEOPLE, N2: LATER})
    panel = show()
    assert panel.status is not None
    assert panel.status.standing is MigrationStanding.NOT_MANAGED
    assert panel.header.main.text() == "Baseline…"
    assert "P3005" in panel.header.buttons[Verb.DEPLOY].toolTip()
    panel.ask(Verb.STAMP, N1)
    dialog = panel.opener.dialog
    assert isinstance(dialog, StampDialog)
    child(dialog, QPushButton, "stamp_dialog.stamp").click()
    asked = child(dialog, ConfirmDialog, "confirm_dialog")
    child(asked, QPushButton, "confirm_do").click()
    wait_for(qtbot, panel, MigrationStanding.BEHIND)
    close_dialog(qtbot, panel)
    assert prisma.rows() == [(N1, "marked", 0, "empty")]
    report = panel.status.report(N1)
    assert report is not None
    assert report.state is RevisionState.BASELINE


def test_create_gives_prismas_command(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: PEOPLE})
    prisma.deploy()
    panel = show()
    assert panel.header.main.text() == "Create migration…"
    panel.header.main.click()
    dialog = panel.opener.dialog
    assert isinstance(dialog, PrismaCreateDialog)
    child(dialog, QLineEdit, "prisma_create.name").setText("Add notes; rm -rf /")
    child(dialog, QPushButton, "prisma_create.copy").click()
    command = "npx prisma migrate dev --create-only --name add_notes_rm_rf"
    assert QGuiApplication.clipboard().text() == command
    assert child(dialog, QPlainTextEdit, "prisma_create.command").toPlainText() == command
    assert not unnamed_widgets(dialog)
    dialog.reject()


def test_what_makes_no_sense_is_not_offered_and_says_why(prisma: PrismaScene, show: Show) -> None:
    prisma.write({N1: PEOPLE})
    prisma.deploy()
    panel = show()
    assert panel.header.buttons[Verb.CHECK].isHidden()
    menu = child(panel, QMenu, "migrations.more_menu")
    menu.aboutToShow.emit()
    offered = {action.objectName().rpartition(".")[2] for action in menu.actions() if not action.isSeparator()}
    assert offered == {"stamp", "pull", "reset", "adopt", "project"}
    for verb in (Verb.PUSH, Verb.DOWNGRADE, Verb.MERGE, Verb.CHECK, Verb.RESTORE):
        assert "Prisma" in why_not(verb, panel.status, panel._limits)
        assert verb.value not in panel.state().can
    assert not unnamed_widgets(panel)


def test_its_script_is_shown_as_sql(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: PEOPLE})
    panel = show()
    panel.list.choose(N1)
    panel.details.tabs.setCurrentWidget(panel.details.file)
    text = panel.details.file.text
    qtbot.waitUntil(lambda: text.toPlainText() == PEOPLE.replace("\r", ""), timeout=PATIENCE_MS)
    colours = text.document().firstBlock().layout().formats()
    assert colours[0].start == 0, "CREATE is a word of SQL, and none of Python"
    assert colours[0].length == len("CREATE")
    panel.details.tabs.setCurrentWidget(panel.details.sql)
    qtbot.waitUntil(lambda: "CREATE TABLE people" in panel.details.sql.text.toPlainText(), timeout=PATIENCE_MS)
    assert panel.details.sql.down.isHidden()


def test_a_masking_connection_shows_no_row_of_what_failed(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: PEOPLE})
    prisma.deploy()
    prisma.sql(TWINS)
    prisma.write({N2: ONE_EMAIL})
    assert "zoe@example.org" in prisma.deploy().text
    panel = show(masking=True)
    panel.list.choose(N2)
    panel.details.tabs.setCurrentWidget(panel.details.log)
    log = panel.details.log.toPlainText()
    assert "Database error code: 23505" in log
    texts = [log, *(each.text() for each in panel.findChildren(QLabel))]
    texts += [each.toPlainText() for each in panel.findChildren(QPlainTextEdit)]
    assert not [text for text in texts if "zoe@example.org" in text]


def test_a_large_script_is_laid_out_in_part_and_copied_whole(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    line = "INSERT INTO people VALUES (1, 'somebody@example.org');\n"
    prisma.write({N1: PEOPLE + line * 20_000})  # a megabyte
    panel = show()
    panel.list.choose(N1)
    panel.details.tabs.setCurrentWidget(panel.details.sql)
    view = panel.details.sql
    qtbot.waitUntil(lambda: view.text.toPlainText().startswith("CREATE TABLE people"), timeout=PATIENCE_MS)
    assert len(view.text.toPlainText()) < 210_000
    view.copy.click()
    assert QGuiApplication.clipboard().text().count("INSERT INTO") == 20_000


def test_a_transaction_left_open_is_said_and_resolved(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: PEOPLE, N2: "BEGIN;\n" + LATER})
    panel = show()
    dialog = deploy(qtbot, panel)
    resolve = child(dialog, QPushButton, "deploy_dialog.resolve")
    qtbot.waitUntil(resolve.isVisible, timeout=PATIENCE_MS)
    assert "transaction open" in child(dialog, QPlainTextEdit, "deploy_run.words").toPlainText()
    resolve.click()
    qtbot.waitUntil(lambda: panel.resolving is not None, timeout=PATIENCE_MS)
    page = panel.resolving
    assert isinstance(page, ResolvePage)
    qtbot.waitUntil(lambda: page.findChild(QPushButton, "resolve.mark_applied") is not None, timeout=PATIENCE_MS)
    assert any("its script left a transaction open" in each.text() for each in page.findChildren(QLabel))
    go(qtbot, page, "mark_rolled_back")
    wait_for(qtbot, panel, MigrationStanding.BEHIND)
    assert prisma.rows() == [(N1, "applied", 1, "NULL"), (N2, "rolledback", 0, "NULL")]


def test_a_lock_that_prisma_holds_is_seen_and_waited_for(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: PEOPLE})
    other = prisma.locked()
    panel = show()
    assert panel.status is not None
    assert panel.status.standing is MigrationStanding.RUNNING
    assert "Locked by" in child(panel, QLabel, "migrations.facts").toolTip()
    assert not panel.header.buttons[Verb.DEPLOY].isEnabled()
    other.close()
    wait_for(qtbot, panel, MigrationStanding.NONE)
    assert panel.header.main.isEnabled()
