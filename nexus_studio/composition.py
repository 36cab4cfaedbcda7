"""The composition root: settings, runner, bus, theme, doors and the studio, built once and handed down.

SQLAlchemy, psycopg and Alembic cost seconds on a cold machine. That is why the doors below import what they need inside
themselves, in a worker thread, behind the first paint; so do the entrances, `cli` and `app`, and nothing else.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from nexus_studio.core.errors import StudioError, UserError
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.redact import loggable
from nexus_studio.core.settings import UI_LANGUAGE, UI_THEME
from nexus_studio.core.tasks import TaskContext
from nexus_studio.core.urls import looks_like_production, profile_from_url
from nexus_studio.services.paths import Paths
from nexus_studio.services.settings_store import SettingsStore
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.i18n import Languages
from nexus_studio.ui.kit.notices import NoticeCenter
from nexus_studio.ui.kit.settings import SettingsHolder
from nexus_studio.ui.kit.tasks import EffectsBus, TaskRunner
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.shell.doors import Doors, Start, Target
from nexus_studio.ui.shell.main_window import MainWindow
from nexus_studio.ui.shell.studio import Studio

if TYPE_CHECKING:  # at run time these would be imported before they are needed
    from nexus_studio.services.demo import Demo
    from nexus_studio.services.profile_store import ProfileStore
    from nexus_studio.services.servers import ServerHelpers
    from nexus_studio.services.workspace import Workspace
    from nexus_studio.ui.kit.panels import PanelSpec

log = logging.getLogger(__name__)

SHUTDOWN_MS = 3000
"""How long leaving waits for work that was asked to stop."""

LEAVE_S = 4.5
"""How long leaving may take in all. A server that stops later than that does so by itself."""


def furnish(app: QApplication, window: MainWindow, start: Start, paths: Paths) -> tuple[Studio, HouseDoors]:
    """Build everything the window needs and move in. The parts end with the window."""
    settings = SettingsHolder(SettingsStore(paths.settings_file))
    languages = Languages(app)
    languages.apply(settings.get(UI_LANGUAGE))
    theme = Theme(settings.get(UI_THEME))
    theme.apply(app)
    bus = EffectsBus()
    runner = TaskRunner(bus)
    notices = NoticeCenter()
    context = UiContext(runner, bus, notices, theme, settings, paths)

    def setting_changed(key: str) -> None:
        if key == UI_THEME.key:
            theme.set_mode(settings.get(UI_THEME))
        elif key == UI_LANGUAGE.key:
            languages.apply(settings.get(UI_LANGUAGE))

    settings.changed.connect(setting_changed)
    doors = HouseDoors(start, paths)
    studio = Studio(window, context, doors.doors())
    for part in (settings, languages, theme, bus, runner, notices):
        part.setParent(window)
    return studio, doors


def leave(studio: Studio, doors: HouseDoors) -> None:
    """Stop what runs, save the settings, stop the demo's server: out of sight, and within `LEAVE_S` seconds."""
    deadline = time.monotonic() + LEAVE_S
    context = studio.context
    studio.frame.hide()
    is_quiet = context.runner.shutdown(SHUTDOWN_MS)
    if is_quiet and studio.connection.workspace is not None:
        studio.connection.workspace.close()
    context.settings.flush()
    stop = doors.stop_demo if is_quiet else doors.stop_servers
    stopping = threading.Thread(target=_logged, args=(stop,), name="stop the demo", daemon=True)
    stopping.start()
    stopping.join(max(0.0, deadline - time.monotonic()))
    if not is_quiet:
        # A worker that would not stop still holds Qt objects: destroying them under it would crash.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _logged(stop: Callable[[TaskContext], None]) -> None:
    try:
        stop(TaskContext())
    except StudioError as error:
        log.warning("demo not stopped", extra=loggable(error))


class HouseDoors:
    """The functions behind `Doors`. All but `doors` are called in worker threads."""

    def __init__(self, start: Start, paths: Paths) -> None:
        self._start = start
        self._paths = paths
        self._demo: Demo | None = None
        self._demo_lock = threading.Lock()
        self._was_demo_asked = False

    def doors(self) -> Doors:
        """Return the functions as the shell wants them."""
        return Doors(
            find_target=self.find_target,
            target_of_profile=self.target_of_profile,
            target_of_folder=self.target_of_folder,
            start_demo=self.start_demo,
            stop_demo=self.stop_demo,
            open_workspace=open_workspace,
            declare=declare,
            create_database=create_database,
            profiles=self.profiles,
            save_profile=self.save_profile,
            remove_profile=self.remove_profile,
            panels=panels,
            servers=self.servers,
        )

    def find_target(self, ctx: TaskContext) -> Target | None:
        """Find what the command line or the environment names; None when neither names anything.

        Raises:
            UserError: code "profile.unknown".
            StudioError: when what is named can't be read or, for the demo, started.
        """
        found = self._named(ctx)
        return None if found is None else self._as_asked(found)

    def target_of_url(self, url: str, ctx: TaskContext) -> Target:
        """Read a URL."""
        ctx.token.raise_if_cancelled()
        parsed = profile_from_url(url)
        profile = parsed.profile
        if looks_like_production(profile):
            # A guess that errs on the safe side: locked until the person says why not.
            profile = replace(profile, environment=Environment.PRODUCTION)
        warnings = tuple((warning.code, warning.parameter) for warning in parsed.warnings)
        return Target(profile, parsed.secret, warnings, source="url", is_assumed=True)

    def target_of_profile(self, profile: ConnectionProfile, ctx: TaskContext) -> Target:
        """Add the remembered secret to a profile."""
        ctx.token.raise_if_cancelled()
        return Target(profile, self._store().secret_for(profile), source="profile")

    def target_of_folder(self, folder: Path, ctx: TaskContext) -> Target | None:
        """Find DATABASE_URL in the environment or in a .env at or above a folder, and the migrations beside it."""
        from nexus_studio.services.dotenv_file import find_database_url
        from nexus_studio.services.migrations.projects import nearest_any_project

        found = find_database_url(folder, os.environ)
        if found is None:
            return None
        target = self.target_of_url(found.url, ctx)
        profile = replace(target.profile, project=nearest_any_project(folder))
        return replace(target, profile=profile, source=str(found.source))

    def start_demo(self, ctx: TaskContext) -> Target:
        """Start the demo's server and make its data if need be; where it runs already, that costs little."""
        from nexus_studio.services.demo import start_demo

        self._was_demo_asked = True
        demo = start_demo(self._start.demo_data_dir or self._paths.data / "demo", ctx)
        self._keep(demo)
        return Target(demo.profile, source="demo")

    def servers(self, folder: Path | None, ctx: TaskContext) -> ServerHelpers:
        """Make the helpers of a project's own server and `.env`; without a folder of where this was started."""
        from nexus_studio.services.servers import ServerHelpers, server_folder

        ctx.token.raise_if_cancelled()
        data_dir = self._start.demo_data_dir or self._paths.data / "demo"
        return ServerHelpers(server_folder(folder or Path.cwd()), data_dir, os.environ)

    def stop_demo(self, ctx: TaskContext) -> None:
        """Stop the demo's server, unless somebody else uses it too.

        Raises:
            EmbeddedFailed: when it does not stop.
        """
        del ctx
        self._keep(None)

    def stop_servers(self, ctx: TaskContext) -> None:
        """Stop the demo's server also where its start still goes on. For leaving while workers run."""
        if self._was_demo_asked:
            from nexus_studio.services.embedded import stop_all

            stop_all()
        self.stop_demo(ctx)

    def _keep(self, demo: Demo | None) -> None:
        """Hold one handle on the demo at most: a second one would keep the server running for ever."""
        with self._demo_lock:
            former, self._demo = self._demo, demo
        if former is not None:
            former.stop()

    def profiles(self, ctx: TaskContext) -> tuple[ConnectionProfile, ...]:
        """Load the saved profiles."""
        ctx.token.raise_if_cancelled()
        return self._store().load()

    def save_profile(self, target: Target, remember: bool, ctx: TaskContext) -> bool:
        """Save a profile, and its secret when asked to; tells whether the secret could be kept."""
        ctx.token.raise_if_cancelled()
        store = self._store()
        others = tuple(profile for profile in store.load() if profile.name != target.profile.name)
        store.save((*others, target.profile))
        return bool(remember and target.secret and store.remember(target.profile, target.secret))

    def remove_profile(self, name: str, ctx: TaskContext) -> None:
        """Forget a profile and its secret."""
        ctx.token.raise_if_cancelled()
        store = self._store()
        for profile in store.load():
            if profile.name == name:
                store.forget(profile)
        store.save(tuple(profile for profile in store.load() if profile.name != name))

    def _store(self) -> ProfileStore:
        from nexus_studio.services.profile_store import ProfileStore

        return ProfileStore(self._paths)

    def _named(self, ctx: TaskContext) -> Target | None:
        start = self._start
        if start.is_demo:
            return self.start_demo(ctx)
        if start.url:
            return self.target_of_url(start.url, ctx)
        if start.profile:
            for profile in self.profiles(ctx):
                if profile.name == start.profile:
                    return self.target_of_profile(profile, ctx)
            raise UserError("profile.unknown", name=start.profile)
        return self.target_of_folder(Path.cwd(), ctx)

    def _as_asked(self, target: Target) -> Target:
        """Apply what the command line says of the database, wherever it was found."""
        start, profile = self._start, target.profile
        changed = replace(
            profile,
            environment=start.environment or profile.environment,
            read_only=profile.read_only or start.read_only,
        )
        return replace(target, profile=changed, is_assumed=target.is_assumed and start.environment is None)


def open_workspace(target: Target, ctx: TaskContext) -> Workspace:
    """Connect and build the services."""
    from nexus_studio.services.workspace import open_workspace

    return open_workspace(target.profile, target.secret, ctx, is_assumed=target.is_assumed)


def declare(workspace: Workspace, environment: Environment | None, ctx: TaskContext) -> str:
    """Have the database of a workspace say what it is for."""
    from nexus_studio.services.declaring import declare

    return declare(workspace.session, environment, ctx)


def create_database(target: Target, ctx: TaskContext) -> None:
    """Create the database a target names."""
    from nexus_studio.services.connecting import create_database

    create_database(target.profile, target.secret, ctx)


def panels(ctx: TaskContext) -> tuple[PanelSpec, ...]:
    """Import the panels: their classes are defined here, their widgets are made by the window."""
    from nexus_studio.ui.panels import PANELS

    ctx.token.raise_if_cancelled()
    return PANELS
