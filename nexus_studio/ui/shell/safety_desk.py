"""SafetyDesk: what the window asks about a database before it can do harm: locks, declarations, odd labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.settings import SURE_PLACES
from nexus_studio.core.urls import looks_like_production
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.environments import environment_name
from nexus_studio.ui.shell.declare_dialog import DeclareDialog
from nexus_studio.ui.shell.doors import Doors, Target
from nexus_studio.ui.shell.lock_keeper import LockKeeper
from nexus_studio.ui.shell.unlock_dialog import UnlockDialog

if TYPE_CHECKING:  # see doors.py
    from nexus_studio.services.workspace import Workspace

_OWN = frozenset({Environment.DEMO, Environment.DEVELOPMENT, Environment.CI})
_MOST_SURE = 50


class SafetyDesk(QObject):
    """Asks in dialogs over `window`; what is decided goes through the keeper, the doors and the signals."""

    target_chosen = Signal(object)  # Target: open it
    given_up = Signal()  # a doubtful target is not to be opened
    declared = Signal(object)  # Environment or None: what the open database says from now on

    def __init__(self, context: UiContext, doors: Doors, window: QWidget) -> None:
        super().__init__(window)
        self._context, self._doors, self._window = context, doors, window
        self._workspace: Workspace | None = None
        self.keeper = LockKeeper(context, self)

    def watch(self, workspace: Workspace | None) -> None:
        """Look after another session, or none."""
        self._workspace = workspace
        self.keeper.watch(workspace)

    def ask_unlock(self) -> None:
        """Ask why production is to be unlocked, and for how long."""
        if self._workspace is None or not self.keeper.can_unlock:
            return
        dialog = UnlockDialog(self._workspace.session.profile, self._window)
        dialog.unlock_asked.connect(self.keeper.unlock)
        dialog.open()

    # what it says of itself

    def ask_declaration(self) -> None:
        """Ask what the open database shall say that it is for."""
        workspace = self._workspace
        if workspace is None:
            return
        dialog = DeclareDialog(workspace.session.profile, workspace.session.server.declared, self._window)
        dialog.declared.connect(lambda kind: self._confirm(workspace, kind))
        dialog.open()

    def _confirm(self, workspace: Workspace, kind: Environment | None) -> None:
        profile = workspace.session.profile
        name = environment_name(kind) if kind is not None else self.tr("nothing")
        question = Confirmation(
            self.tr("Declare what it is for?"),
            self.tr("The database will say of itself: {name}.").format(name=name),
            self.tr("Declare"),
            (self.tr("Whoever opens it as something else is stopped."),) if kind is not None else (),
            act="database.declare",
        )
        ask(question, profile, self._window, lambda: self._declare(workspace, kind))

    def _declare(self, workspace: Workspace, kind: Environment | None) -> None:
        self._context.runner.operate(
            self.tr("Declaring what the database is for"),
            lambda ctx: self._doors.declare(workspace, kind, ctx),
            owner=self,
            done=lambda _place: self.declared.emit(kind),
        )

    # what it looks like

    def is_sure(self, profile: ConnectionProfile) -> bool:
        """Whether nothing speaks against what a connection says it is, or a person has said so before."""
        if profile.environment not in _OWN or not looks_like_production(profile):
            return True
        return _mark(profile) in self._context.settings.get(SURE_PLACES)

    def ask_about(self, target: Target) -> None:
        """Ask whether what looks like production is really something else; the answer is remembered."""
        profile = target.profile
        name = environment_name(profile.environment)
        question = Confirmation(
            self.tr("Is this really no production?"),
            self.tr(
                "{place} is a server on the network, and nothing in its name speaks of development. This connection is "
                "marked “{environment}”: everything may be changed there, also emptied and reset."
            ).format(place=profile.place, environment=name),
            self.tr("It is {environment}").format(environment=name),
            destructive=True,
            writes=False,
            alternative=self.tr("Open as production"),
        )
        production = replace(target, profile=replace(profile, environment=Environment.PRODUCTION))
        dialog = ask(
            question,
            profile,
            self._window,
            lambda: self._be_sure(target),
            alternative=lambda: self.target_chosen.emit(production),
        )
        dialog.rejected.connect(self.given_up)

    def _be_sure(self, target: Target) -> None:
        sure = self._context.settings.get(SURE_PLACES)
        self._context.settings.set(SURE_PLACES, (_mark(target.profile), *sure)[:_MOST_SURE])
        self.target_chosen.emit(target)


def _mark(profile: ConnectionProfile) -> str:
    return f"{profile.place} = {profile.environment.value}"


def as_declared(target: Target, declared: str) -> Target:
    """Return a target with the environment that its database declares."""
    return replace(target, profile=replace(target.profile, environment=Environment(declared)))
