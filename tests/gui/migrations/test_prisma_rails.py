"""Prisma's migrations against every environment: what the acts' rails want, on a real server; and a reset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.acts import act, rail
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.services.session import Session
from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.deploy_dialog import DeployDialog
from nexus_studio.ui.panels.migrations.flows.resolve_page import ResolvePage
from nexus_studio.ui.panels.migrations.flows.stamp_dialog import StampDialog
from nexus_studio.ui.panels.migrations.offers import Limits, Verb, obstacle
from nexus_studio.ui.panels.seed_reset.panel import SeedResetPanel
from tests.gui.migrations.conftest import Closing
from tests.support.fix_prisma import CTX, GOOD, N1, N2, N3, PrismaScene
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 60_000

BUTTONS = {
    "migrate.deploy": "deploy_dialog.deploy",
    "migrate.stamp": "stamp_dialog.stamp",
    "migrate.resolve": "resolve.mark_applied",
}
AFTER = {
    "migrate.deploy": [(N1, "applied", 1, "NULL"), (N2, "applied", 1, "NULL"), (N3, "applied", 1, "NULL")],
    "migrate.stamp": [(N1, "marked", 0, "empty")],
    "migrate.resolve": [(N1, "rolledback", 0, "text"), (N1, "marked", 0, "empty")],
}


@pytest.fixture(params=["7"])
def model(request: pytest.FixtureRequest) -> str:
    """The newest of Prisma's two ways."""
    return str(request.param)


@pytest.fixture
def workspace(
    prisma: PrismaScene, profile: ConnectionProfile, context: UiContext, request: pytest.FixtureRequest
) -> Iterator[Workspace]:
    """The scene's migrations by a connection of an environment; production unlocked."""
    environment = request.getfixturevalue("environment")
    session = Session.open(replace(profile, environment=environment), None, CTX)
    if environment is Environment.PRODUCTION:
        session.unlock("a test", 5, context.paths)
    service = MigrationService(session, prisma.project, context.paths)
    yield cast("Workspace", SimpleNamespace(session=session, migrations=service))
    session.close()


def prepare(prisma: PrismaScene, act_id: str) -> None:
    if act_id == "migrate.resolve":
        prisma.write({N1: "CREATE TABLE a (id int); SELECT 1 / 0"})
        assert prisma.deploy().code == "P3018"
    else:
        prisma.write(GOOD)


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("act_id", BUTTONS)
def test_a_button_asks_for_what_its_rail_wants(
    act_id: str,
    environment: Environment,
    prisma: PrismaScene,
    workspace: Workspace,
    context: UiContext,
    closing: Closing,
    profile: ConnectionProfile,
    qtbot: QtBot,
) -> None:
    prepare(prisma, act_id)
    status = workspace.migrations.status(CTX)
    makers: dict[str, Callable[[], Any]] = {
        "migrate.deploy": lambda: DeployDialog(context, workspace),
        "migrate.stamp": lambda: StampDialog(context, workspace, status, revision=N1),
        "migrate.resolve": lambda: ResolvePage(context, workspace, N1),
    }
    place = makers[act_id]()
    closing(place)
    place.show()
    name = BUTTONS[act_id]
    qtbot.waitUntil(
        lambda: (found := place.findChild(QPushButton, name)) is not None and found.isVisible(), timeout=PATIENCE_MS
    )
    for box in place.findChildren(QCheckBox):
        if box.objectName().endswith("has_backup") and box.isVisible():
            box.click()
    button = child(place, QPushButton, name)
    qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
    before = prisma.rows() if prisma.has_ledger else []
    button.click()
    asked = place.findChild(ConfirmDialog)
    if rail(act(act_id), environment).is_named:
        assert asked is not None
        do, typed = child(asked, QPushButton, "confirm_do"), child(asked, QLineEdit, "confirm_name")
        for words, enough in (("", False), (profile.database[:-1], False), (profile.database, True)):
            typed.setText(words)
            assert do.isEnabled() is enough
    if asked is not None:
        assert (prisma.rows() if prisma.has_ledger else []) == before, "nothing is done before it is agreed to"
        child(asked, QLineEdit, "confirm_name").setText(profile.database)
        child(asked, QPushButton, "confirm_do").click()
    qtbot.waitUntil(lambda: prisma.has_ledger and prisma.rows() == AFTER[act_id], timeout=PATIENCE_MS)


@pytest.mark.parametrize("environment", list(Environment))
def test_what_is_left_to_prisma_is_so_in_every_environment(
    environment: Environment, prisma: PrismaScene, workspace: Workspace
) -> None:
    prisma.write(GOOD)
    status = workspace.migrations.status(CTX)
    free = Limits(environment, is_read_only=False, may_migrate=True)
    for verb in (Verb.PUSH, Verb.DOWNGRADE, Verb.MERGE, Verb.CHECK, Verb.RESTORE):
        assert obstacle(verb, status, free) == f"prisma_{verb.value}"
    assert obstacle(Verb.DEPLOY, status, free) == ""
    locked = Limits(environment, is_read_only=True, may_migrate=True, is_locked=True)
    for verb in (Verb.DEPLOY, Verb.STAMP):
        assert obstacle(verb, status, locked) == "locked"
    assert obstacle(Verb.CREATE, status, locked) == "", "it only shows a command"


@pytest.mark.parametrize("environment", [Environment.DEVELOPMENT])
def test_another_database_s_migrations_are_not_run(
    environment: Environment, prisma: PrismaScene, workspace: Workspace
) -> None:
    prisma.write(GOOD)
    (prisma.folder / "prisma" / "migrations" / "migration_lock.toml").write_text('provider = "mysql"\n')
    limits = Limits(environment, is_read_only=False, may_migrate=True)
    status = workspace.migrations.status(CTX)
    for verb in (Verb.DEPLOY, Verb.STAMP, Verb.TEST):
        assert obstacle(verb, status, limits) == "provider"


def test_a_reset_from_the_panel(
    prisma: PrismaScene, profile: ConnectionProfile, open_window: OpenWindow, qtbot: QtBot
) -> None:
    prisma.write(GOOD)
    prisma.deploy()
    prisma.sql("CREATE TABLE precious AS SELECT generate_series(1, 4) AS id")
    prisma.session.close()  # a reset does not go beside another connection
    named = replace(profile, name="shop", project=prisma.folder, environment=Environment.DEVELOPMENT)
    ProfileStore(Paths.default()).save([named])
    window = open_window(None, profile="shop")
    window.show_panel("migrations")
    migrations: Any = window.panel("migrations")
    qtbot.waitUntil(lambda: migrations.status is not None, timeout=PATIENCE_MS)
    migrations.header.reset_asked.emit()
    panel = window.current_panel
    assert isinstance(panel, SeedResetPanel)
    panel.show_page(panel.reset)
    page, button = panel.reset, panel.reset.buttons["reset.reset"]
    qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
    assert page.choices.seed.count() == 1, "Prisma runs its own seeds"
    page.choices.backup.setChecked(False)
    qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
    button.click()
    asked = next(each for each in window.findChildren(ConfirmDialog) if each.isVisible())
    child(asked, QLineEdit, "confirm_name").setText(profile.database)
    child(asked, QPushButton, "confirm_do").click()
    qtbot.waitUntil(lambda: page.may_close() and button.isEnabled(), timeout=PATIENCE_MS)
    assert prisma.tables() == {"a", "b", "c"}
    assert [row[:2] for row in prisma.rows()] == [(N1, "applied"), (N2, "applied"), (N3, "applied")]
