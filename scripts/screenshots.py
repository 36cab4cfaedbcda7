"""Make docs/images anew: the real window, on the demo, offscreen. `make screenshots` runs it.

`make screenshots ARGS=migrations` makes the pictures of one scene anew: pages, explorer, migrations, seed_reset,
readiness, backups, sizes, editing or prisma. The demo lives in a folder of its own that is kept between runs;
NEXUS_SHOTS_HOME moves it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from platformdirs import user_cache_path
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QDialog, QTableView, QTreeView, QWidget

from nexus_studio.app import application
from nexus_studio.composition import furnish, leave
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.data.filters import AllOf, Condition
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.settings import UI_LANGUAGE, UI_THEME
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.migrations.project import find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.services.session import Session
from nexus_studio.ui.panels.data.panel import DataPanel
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.panels.migrations.panel import MigrationsPanel
from nexus_studio.ui.shell.doors import Start
from nexus_studio.ui.shell.main_window import MainWindow
from nexus_studio.ui.shell.studio import Studio
from scripts import daily_shots, editing_shots
from tests.support.fix_projects import Rev, write_project

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIZE = (1440, 900)
PATIENCE_S = 60
NOTHING_LISTENS = "postgresql://postgres:postgres@localhost:5434/nexus_dev?schema=public"
BOOKINGS = RelationName("public", "session_bookings")

STUDENTS = """
op.execute("CREATE TABLE students (id int PRIMARY KEY, name text NOT NULL, email text)")
op.execute(
    "INSERT INTO students SELECT n, 'Student ' || n, 's' || (n % 990) || '@example.org' FROM generate_series(1, 1000) n"
)
"""
ONE_EMAIL = """
op.execute("CREATE TABLE email_changes (student int REFERENCES students, old text, at timestamptz)")
with op.get_context().autocommit_block():
    op.execute("CREATE UNIQUE INDEX CONCURRENTLY students_email_key ON students (email)")
op.execute("COMMENT ON TABLE email_changes IS 'Who had which address before'")
"""
REVISIONS = (
    Rev("8f2a6b13", None, STUDENTS, 'op.execute("DROP TABLE students")', "Students"),
    Rev(
        "27be04fa",
        "8f2a6b13",
        'op.execute("CREATE TABLE invoices (id int PRIMARY KEY, student int REFERENCES students, amount numeric)")',
        'op.execute("DROP TABLE invoices")',
        "Invoices",
    ),
    Rev(
        "61d39c88",
        "8f2a6b13",
        'op.execute("CREATE TABLE lessons (id int PRIMARY KEY, student int REFERENCES students, at timestamptz)")',
        'op.execute("DROP TABLE lessons")',
        "Lessons",
    ),
    Rev("a90f15d2", ("27be04fa", "61d39c88"), "pass", "pass", "Merge"),
    Rev(
        "c41d7e90",
        "a90f15d2",
        ONE_EMAIL,
        'op.execute("DROP INDEX students_email_key")\nop.execute("DROP TABLE email_changes")',
        "One e-mail address per student",
    ),
    Rev(
        "f3b8820e",
        "c41d7e90",
        'op.execute("ALTER TABLE lessons ADD COLUMN room text")',
        'op.execute("ALTER TABLE lessons DROP COLUMN room")',
        "Rooms of lessons",
    ),
)


def main() -> int:
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    app = application()
    app.setFont(QFont("DejaVu Sans", 10))
    demo = home()
    wanted = set(sys.argv[1:]) or {"pages", "explorer", "migrations", "prisma", *daily_shots.SCENES}
    for language in ("en", "fr"):
        suffix = "" if language == "en" else f"-{language}"
        if "pages" in wanted:
            _pages(app, language, suffix)
        if "explorer" in wanted:
            _explorer(app, demo, language, suffix)
        if "migrations" in wanted:
            _migrations(app, demo, language, suffix)
    if levers := [each for name, each in daily_shots.SCENES.items() if name in wanted]:
        for language in ("en", "fr"):
            with daily_shots.workshop(demo) as profile:  # anew, so that both languages show the same
                for environment, scene in levers:
                    _levers(app, replace(profile, environment=environment), scene, language)
    if "prisma" in wanted:
        for language in ("en", "fr"):
            with editing_shots.prisma_project(demo) as profile:
                _levers(app, profile, editing_shots.prisma, language)
    return 0


def _levers(app: QApplication, profile: ConnectionProfile, scene: daily_shots.Scene, language: str) -> None:
    """One of the panels of the daily levers."""
    with opened(app, Start(profile=profile.name), language, profile) as window:
        wait(lambda: isinstance(window.current_panel, DataPanel) and _has_tree(window), "the tree")
        for picture in scene(window, wait, settle):
            name, widget = (picture, window.frame) if isinstance(picture, str) else picture
            settle(window)
            save(widget, name if language == "en" else f"{name}-{language}")


def _pages(app: QApplication, language: str, suffix: str) -> None:
    """The welcome page, and the page of a connection that failed."""
    with opened(app, Start(), language) as window:
        wait(lambda: window._pages.currentWidget() is window._welcome, "the welcome page")
        settle(window)
        save(window.frame, f"welcome{suffix}")
    with opened(app, Start(url=NOTHING_LISTENS), language) as window:
        wait(lambda: _error_shown(window), "the error page")
        settle(window)
        save(window.frame, f"connection-error{suffix}")


def _explorer(app: QApplication, demo: Path, language: str, suffix: str) -> None:
    """The explorer, light and dark, with a staged edit, and its review."""
    with opened(app, Start(is_demo=True, demo_data_dir=demo), language) as window:
        wait(lambda: isinstance(window.current_panel, DataPanel) and _has_tree(window), "the tree")
        panel = window.current_panel
        assert isinstance(panel, DataPanel)
        panel.show_relation(RelationName("public", "users"))
        panel.show_relation(BOOKINGS, AllOf((Condition.of("status", "is", "COMPLETED"),)))
        wait(lambda: _has_rows(panel.page), "rows")
        page = panel.page
        assert page is not None
        _stage(page)
        settle(window)
        save(window.frame, f"explorer-light{suffix}")
        window.context.settings.set(UI_THEME, "dark")
        settle(window)
        save(window.frame, f"explorer-dark{suffix}")
        window.context.settings.set(UI_THEME, "light")
        page.saving.review()
        wait(lambda: _dialog(window) is not None, "the review")
        settle(window)
        dialog = _dialog(window)
        assert dialog is not None
        save(dialog, f"review{suffix}")
        dialog.reject()
        page.saving.discard()
        settle(window)


def _migrations(app: QApplication, demo: Path, language: str, suffix: str) -> None:
    """The migrations of a project whose deploy failed half-way, light and dark, and the page that leads out of it."""
    with failed_deploy(demo) as profile, opened(app, Start(profile=profile.name), language, profile) as window:
        wait(lambda: isinstance(window.current_panel, DataPanel) and _has_tree(window), "the tree")
        window.show_panel("migrations")
        panel = window.current_panel
        assert isinstance(panel, MigrationsPanel)
        wait(lambda: panel.status is not None, "the status")
        settle(window)
        save(window.frame, f"migrations{suffix}")
        window.context.settings.set(UI_THEME, "dark")
        settle(window)
        save(window.frame, f"migrations-dark{suffix}")
        window.context.settings.set(UI_THEME, "light")
        panel.resolve("c41d7e90")
        settle(window)
        save(window.frame, f"resolve{suffix}")


def _stage(page: TablePage) -> None:
    """Change two cells of different rows, as a person would have."""
    for row, column, cell in ((4, "status", "CANCELLED"), (2, "rating", "5")):
        page.grid.go_to_row(row)
        page.grid.stage(column, cell)


@contextmanager
def failed_deploy(demo: Path) -> Iterator[ConnectionProfile]:
    """Deploy a project into a new database of the demo's server until one of its revisions fails."""
    server = EmbeddedServer.start(demo, TaskContext())
    try:
        with connect(server.profile("postgres"), None) as connection:
            connection.autocommit = True
            connection.execute("DROP DATABASE IF EXISTS academy WITH (FORCE)")
        server.create_database_if_missing("academy")
        shutil.rmtree(demo / "academy", ignore_errors=True)
        project = write_project(demo / "academy", REVISIONS)
        with tempfile.TemporaryDirectory(prefix="nxs-shots-") as room:
            profile = replace(
                server.profile("academy"), name="academy", project=project, environment=Environment.DEVELOPMENT
            )
            session = Session.open(profile, None, TaskContext())
            try:
                service = MigrationService(session, find_project(project), Paths.below(Path(room)))
                service.deploy(TaskContext(), ledger=LedgerPlace.DATABASE)
            finally:
                session.close()
            yield profile
    finally:
        server.stop()


@contextmanager
def opened(
    app: QApplication, start: Start, language: str, profile: ConnectionProfile | None = None
) -> Iterator[Studio]:
    """Show the window with fresh settings in a folder where no .env is found; close it at the end.

    The folder lies beside the demo and has the same name each time: pictures of backups show it.
    """
    with _room() as room:
        before = Path.cwd()
        os.chdir(room)
        os.environ.pop("DATABASE_URL", None)
        os.environ["NEXUS_STUDIO_HOME"] = room  # where services look that take no folders
        if profile is not None:
            ProfileStore(Paths.below(Path(room))).save([profile])
        frame = MainWindow()
        frame.resize(*SIZE)
        studio, doors = furnish(app, frame, start, Paths.below(Path(room)))
        studio.context.settings.set(UI_LANGUAGE, language)
        studio.context.settings.set(UI_THEME, "light")
        frame.show()
        studio.begin()
        try:
            yield studio
        finally:
            os.chdir(before)
            frame.close()
            leave(studio, doors)
            frame.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@contextmanager
def _room() -> Iterator[str]:
    """An empty folder, removed at the end."""
    room = home() / "studio"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    try:
        yield str(room)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def home() -> Path:
    """Return where the demo lives, and what the pictures need beside it."""
    given = os.environ.get("NEXUS_SHOTS_HOME")
    return Path(given) if given else user_cache_path("nexus-studio") / "screenshots"


def wait(is_there: Callable[[], bool], what: str) -> None:
    """Run the event loop until something is there."""
    begin = time.monotonic()
    while not is_there():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
        if time.monotonic() - begin > PATIENCE_S:
            for window in QApplication.topLevelWidgets():
                if window.isVisible():
                    window.grab().save(str(Path(tempfile.gettempdir()) / "screenshots-stuck.png"))
            raise TimeoutError(f"waited too long for {what}")


def settle(window: Studio) -> None:
    """Let running tasks end and their answers be painted."""
    wait(lambda: window.context.runner.is_idle, "running tasks")
    begin = time.monotonic()
    while time.monotonic() - begin < 0.7:  # short timers: counting related rows, fading notices
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
    wait(lambda: window.context.runner.is_idle, "running tasks")


def save(widget: QWidget, name: str) -> None:
    """Write a picture of a widget."""
    QCoreApplication.processEvents()
    path = IMAGES / f"{name}.png"
    if not widget.grab().save(str(path), "PNG"):
        raise OSError(f"could not write {path}")
    print(path.relative_to(IMAGES.parents[1]))


def _error_shown(window: Studio) -> bool:
    return window._pages.currentWidget() is window._error


def _has_tree(window: Studio) -> bool:
    tree = window.frame.findChild(QTreeView, "tree.relations")
    return tree is not None and tree.isVisible() and tree.model().rowCount(QModelIndex()) > 0


def _has_rows(page: TablePage | None) -> bool:
    if page is None:
        return False
    return any(
        view.model().index(0, 0).data(Qt.ItemDataRole.DisplayRole)
        for view in page.findChildren(QTableView)
        if view.model() is not None and view.model().rowCount() > 0
    )


def _dialog(window: Studio) -> QDialog | None:
    found = [each for each in window.frame.findChildren(QDialog) if each.isVisible()]
    return found[0] if found else None


if __name__ == "__main__":
    sys.exit(main())
