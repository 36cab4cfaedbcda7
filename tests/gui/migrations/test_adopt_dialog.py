"""The way from Prisma to Alembic in the real window on a real server: steps first, then it is done, or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit, QMenu, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.panels.migrations.flows.adopt_dialog import AdoptDialog
from nexus_studio.ui.panels.migrations.offers import Limits, Verb, obstacle, why_not
from nexus_studio.ui.panels.migrations.panel import MigrationsPanel
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_prisma import GOOD, N1, N2, PrismaScene
from tests.support.fix_window import OpenWindow
from tests.support.widgets import child, unnamed_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 60_000  # it is tried on a throwaway database

Show = Callable[..., MigrationsPanel]


@pytest.fixture(params=["7"])
def model(request: pytest.FixtureRequest) -> str:
    """The newest of Prisma's ways: going over is the same for both."""
    return str(request.param)


@pytest.fixture
def show(prisma: PrismaScene, profile: ConnectionProfile, open_window: OpenWindow, qtbot: QtBot) -> Show:
    """A function that opens the window on the scene's project and database and goes to the panel."""

    def show(environment: Environment = Environment.DEVELOPMENT) -> MigrationsPanel:
        named = replace(profile, name="shop", project=prisma.folder, environment=environment)
        ProfileStore(Paths.default()).save([named])
        window: Studio = open_window(None, profile="shop")
        window.show_panel("migrations")
        panel = window.panel("migrations")
        assert isinstance(panel, MigrationsPanel)
        qtbot.waitUntil(lambda: panel.status is not None, timeout=PATIENCE_MS)
        return panel

    return show


def opened(panel: MigrationsPanel) -> AdoptDialog:
    panel.ask(Verb.ADOPT)
    dialog = panel.opener.dialog
    assert isinstance(dialog, AdoptDialog)
    return dialog


def steps_of(dialog: AdoptDialog, qtbot: QtBot) -> str:
    child(dialog, QPushButton, "adopt_dialog.next").click()
    do = child(dialog, QPushButton, "adopt_dialog.adopt")
    qtbot.waitUntil(do.isVisible, timeout=PATIENCE_MS)
    return child(dialog, QPlainTextEdit, "adopt_steps").toPlainText()


def test_the_steps_are_shown_and_gone(prisma: PrismaScene, show: Show, qtbot: QtBot) -> None:
    prisma.write({N1: GOOD[N1]})
    assert prisma.deploy().exit == 0
    panel = show()
    menu = panel.header.more.menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    assert "migrations.more.adopt" in {each.objectName() for each in menu.actions()}
    dialog = opened(panel)
    assert child(dialog, QLineEdit, "adopt_folder").text() == str(prisma.folder)
    said = steps_of(dialog, qtbot)
    assert said.startswith("1. Read the schema public (tables: 1, views: 0)")
    assert str(prisma.folder) in said
    assert unnamed_widgets(dialog) == []
    assert not (prisma.folder / "alembic.ini").exists()
    with qtbot.waitSignal(dialog.adopted, timeout=PATIENCE_MS) as told:
        child(dialog, QPushButton, "adopt_dialog.adopt").click()
        child(child(dialog, ConfirmDialog, "confirm_dialog"), QPushButton, "confirm_do").click()
    assert told.args == [str(prisma.folder)]
    assert (prisma.folder / "models.py").is_file()
    dialog.reject()
    # the folder is Alembic's from now on, and the panel shows its one revision
    qtbot.waitUntil(lambda: panel.status is not None and panel.status.verdict is None, timeout=PATIENCE_MS)
    assert panel.status is not None
    assert panel.status.standing is MigrationStanding.UP_TO_DATE
    assert why_not(Verb.ADOPT, panel.status, Limits(Environment.DEVELOPMENT, False, True))


def test_what_is_there_already_is_told(prisma: PrismaScene, show: Show, qtbot: QtBot, tmp_path: Path) -> None:
    prisma.write({N1: GOOD[N1]})
    assert prisma.deploy().exit == 0
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "models.py").write_text("mine")
    dialog = opened(show())
    child(dialog, QLineEdit, "adopt_folder").setText(str(tmp_path / "db"))
    child(dialog, QPushButton, "adopt_dialog.next").click()
    qtbot.waitUntil(lambda: dialog.frame.last_error is not None, timeout=PATIENCE_MS)
    assert dialog.frame.last_error is not None
    assert dialog.frame.last_error.code == "migration.adopt_files"
    assert (tmp_path / "db" / "models.py").read_text() == "mine"
    dialog.reject()


def test_what_waits_stands_against_it(prisma: PrismaScene, show: Show) -> None:
    prisma.write({N1: GOOD[N1], N2: GOOD[N2]})
    panel = show()
    limits = Limits(Environment.DEVELOPMENT, False, True)
    assert obstacle(Verb.ADOPT, panel.status, limits) == "pending_first"


def test_locked_production_is_not_taken_over(prisma: PrismaScene, show: Show) -> None:
    prisma.write({N1: GOOD[N1]})
    assert prisma.deploy().exit == 0
    panel = show(Environment.PRODUCTION)
    assert why_not(Verb.ADOPT, panel.status, Limits(Environment.PRODUCTION, True, True, is_locked=True))
