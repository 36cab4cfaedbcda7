"""The connection of a window: what it is connected to, and how it gets there. One attempt at a time, newest wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nexus_studio.core.errors import StudioError, UserError
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.tasks import Latest, Task, TaskRunner
from nexus_studio.ui.shell.doors import Doors, Target

if TYPE_CHECKING:  # see doors.py
    from nexus_studio.services.workspace import Workspace


class ConnectionController(QObject):
    """Opens and closes workspaces through the doors. UI thread only; all work runs in the runner."""

    waiting = Signal(object, object)  # Target or None, Task: an attempt has begun
    opened = Signal(object)  # Workspace
    failed = Signal(object, object)  # Target or None, StudioError
    nothing_to_open = Signal()  # neither argument nor environment names a database
    closed = Signal()
    restored = Signal()  # a lost connection works again
    doubted = Signal(object)  # Target: it looks like production and is marked as something else; not opened

    def __init__(self, runner: TaskRunner, doors: Doors, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._doors = doors
        self._attempt = Latest(runner, self)
        self._retry: Callable[[], None] | None = None
        self.is_sure: Callable[[ConnectionProfile], bool] = lambda _profile: True
        self.target: Target | None = None
        self.workspace: Workspace | None = None

    def start(self) -> None:
        """Connect to what the command line or the environment names."""
        self._run(self._doors.find_target, self.start)

    def connect_to(self, target: Target) -> None:
        """Connect to a target whose secret is already known."""
        self._run(lambda _: target, lambda: self.connect_to(target), target)

    def connect_to_profile(self, profile: ConnectionProfile) -> None:
        """Connect to a saved profile with its remembered secret."""
        self._run(
            lambda ctx: self._doors.target_of_profile(profile, ctx),
            lambda: self.connect_to_profile(profile),
            Target(profile),
        )

    def open_folder(self, folder: Path) -> None:
        """Connect to the database that a project's .env names."""

        def find(ctx: TaskContext) -> Target:
            target = self._doors.target_of_folder(folder, ctx)
            if target is None:
                raise UserError("project.no_url", folder=folder.name)
            return target

        self._run(find, lambda: self.open_folder(folder))

    def start_demo(self) -> None:
        """Start the demo's server, make its data if need be, and connect to it."""
        self._run(self._doors.start_demo, self.start_demo)

    def create_database(self, target: Target) -> None:
        """Create the database that was missing, then connect to it."""

        def find(ctx: TaskContext) -> Target:
            self._doors.create_database(target, ctx)
            return target

        self._run(find, lambda: self.connect_to(target), target)

    def retry(self) -> None:
        """Try the last attempt again."""
        if self._retry is not None:
            self._retry()

    def check(self) -> None:
        """Find out whether a lost connection works again, with the same workspace: staged edits stay where they are."""
        workspace, target = self.workspace, self.target
        if workspace is None or target is None:
            self.retry()
            return

        def work(ctx: TaskContext) -> None:
            if target.source == "demo":
                self._doors.start_demo(ctx)
            with workspace.session.read(ctx) as connection:
                connection.exec_driver_sql("SELECT 1")

        self._attempt.start(work, lambda _: self.restored.emit(), lambda error: self.failed.emit(target, error))

    def cancel(self) -> None:
        """Give the running attempt up."""
        self._attempt.cancel()

    def close(self) -> None:
        """Leave the database."""
        self._attempt.cancel()
        workspace, self.workspace, self.target = self.workspace, None, None
        if workspace is not None:
            self._runner.query(lambda _: workspace.close(), owner=self, done=lambda _: None)
            self.closed.emit()

    def _run(
        self, find: Callable[[TaskContext], Target | None], retry: Callable[[], None], target: Target | None = None
    ) -> None:
        self._retry = retry
        found: list[Target] = [target] if target else []

        def work(ctx: TaskContext) -> tuple[Target, Workspace] | Target | None:
            wanted = find(ctx)
            if wanted is None:
                return None
            found[:] = [wanted]  # so that a failure knows what it failed to open
            if not self.is_sure(wanted.profile):
                return wanted
            return wanted, self._doors.open_workspace(wanted, ctx)

        def done(result: tuple[Target, Workspace] | Target | None) -> None:
            if result is None:
                self.nothing_to_open.emit()
                return
            if isinstance(result, Target):
                self.doubted.emit(result)
                return
            self.close()
            target, self.workspace = result
            # what nobody had said may be known by now: the database has said what it is for
            self.target = replace(target, profile=self.workspace.session.profile)
            self.opened.emit(self.workspace)

        def failed(error: StudioError) -> None:
            self.failed.emit(found[0] if found else None, error)

        task: Task = self._attempt.start(work, done, failed, dropped=_close_unused)
        self.waiting.emit(target, task)


def _close_unused(result: tuple[Target, Workspace] | Target | None) -> None:
    """Close what an attempt opened that was given up meanwhile (worker thread)."""
    if isinstance(result, tuple):
        result[1].close()
