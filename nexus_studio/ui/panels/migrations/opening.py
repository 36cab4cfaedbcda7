"""Which flow a verb opens, and which flow follows another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from nexus_studio.core.admin.migrations import MigrationStatus
from nexus_studio.core.admin.standing import lost_rows
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.panels import Panel
from nexus_studio.ui.panels.migrations.flows.adopt_dialog import AdoptDialog
from nexus_studio.ui.panels.migrations.flows.check_dialog import CheckDialog
from nexus_studio.ui.panels.migrations.flows.create_dialog import CreateDialog
from nexus_studio.ui.panels.migrations.flows.deploy_dialog import DeployDialog
from nexus_studio.ui.panels.migrations.flows.downgrade_dialog import DowngradeDialog
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog, FlowFrame
from nexus_studio.ui.panels.migrations.flows.merge_dialog import MergeDialog
from nexus_studio.ui.panels.migrations.flows.prisma_create import PrismaCreateDialog
from nexus_studio.ui.panels.migrations.flows.pull_dialog import PullDialog
from nexus_studio.ui.panels.migrations.flows.push_dialog import PushDialog
from nexus_studio.ui.panels.migrations.flows.restore_dialog import RestoreDialog
from nexus_studio.ui.panels.migrations.flows.stamp_dialog import StampDialog
from nexus_studio.ui.panels.migrations.flows.test_dialog import TestDialog
from nexus_studio.ui.panels.migrations.prisma_offers import is_prismas
from nexus_studio.ui.panels.migrations.verbs import Verb

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace


class Opener:
    """Opens one dialog at a time over the panel.

    `follow` is called with the verb and revision that one leads on to, `note` with the status at which models and
    database were compared and how many differences there were.
    """

    def __init__(
        self,
        context: UiContext,
        parent: Panel,
        follow: Callable[[Verb, str], None],
        note: Callable[[MigrationStatus, int], None],
    ) -> None:
        self._context = context
        self._parent = parent
        self._follow = follow
        self._note = note
        self._dialog: FlowDialog | None = None
        self._makers: Mapping[Verb, Callable[[Workspace, MigrationStatus, str], FlowDialog]] = {
            Verb.DEPLOY: self._deploy,
            Verb.CREATE: self._create,
            Verb.CHECK: self._check,
            Verb.TEST: lambda workspace, _status, target: TestDialog(
                context, workspace, parent, target=target or "heads"
            ),
            Verb.PUSH: lambda workspace, _status, _target: PushDialog(context, workspace, parent),
            Verb.DOWNGRADE: self._downgrade,
            Verb.STAMP: self._stamp,
            Verb.RESTORE: self._restore,
            Verb.MERGE: lambda workspace, status, _target: MergeDialog(context, workspace, status, parent),
            Verb.ADOPT: lambda workspace, _status, _target: AdoptDialog(context, workspace, parent),
            Verb.PULL: lambda workspace, _status, _target: PullDialog(context, workspace, parent),
        }

    @property
    def dialog(self) -> FlowDialog | None:
        """The dialog that is open."""
        return self._dialog

    @property
    def frame(self) -> FlowFrame | None:
        """What is in the dialog that is open."""
        return self._dialog.frame if self._dialog is not None else None

    def open(self, verb: Verb, workspace: Workspace, status: MigrationStatus, target: str = "") -> None:
        """Open what a verb asks for; `target` is a revision it is meant for."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        dialog = self._makers[verb](workspace, status, target)
        self._dialog = dialog
        dialog.finished.connect(self._forget)
        dialog.step_asked.connect(self._parent.step_asked)
        dialog.deploy_asked.connect(lambda: self._follow(Verb.DEPLOY, ""))
        dialog.open()

    def close(self) -> None:
        """Close what is open."""
        if self._dialog is not None:
            self._dialog.close()

    def _forget(self) -> None:
        self._dialog = None

    def _deploy(self, workspace: Workspace, status: MigrationStatus, target: str) -> FlowDialog:
        del status
        dialog = DeployDialog(self._context, workspace, self._parent, target=target or "heads")
        dialog.resolve_asked.connect(lambda revision: self._follow(Verb.RESOLVE, revision))
        dialog.merge_asked.connect(lambda: self._follow(Verb.MERGE, ""))
        dialog.stamp_asked.connect(lambda: self._follow(Verb.STAMP, ""))
        return dialog

    def _create(self, workspace: Workspace, status: MigrationStatus, target: str) -> FlowDialog:
        del target
        if is_prismas(status):
            return PrismaCreateDialog(self._context, workspace, self._parent)
        dialog = CreateDialog(self._context, workspace, self._parent)
        dialog.apply_asked.connect(lambda _path: self._follow(Verb.DEPLOY, ""))
        return dialog

    def _check(self, workspace: Workspace, status: MigrationStatus, target: str) -> FlowDialog:
        del target
        dialog = CheckDialog(self._context, workspace, self._parent)
        dialog.checked.connect(lambda differences: self._note(status, differences))
        dialog.create_asked.connect(lambda: self._follow(Verb.CREATE, ""))
        return dialog

    def _downgrade(self, workspace: Workspace, status: MigrationStatus, target: str) -> FlowDialog:
        dialog = DowngradeDialog(self._context, workspace, status, self._parent, target=target)
        dialog.resolve_asked.connect(lambda revision: self._follow(Verb.RESOLVE, revision))
        return dialog

    def _stamp(self, workspace: Workspace, status: MigrationStatus, target: str) -> FlowDialog:
        return StampDialog(self._context, workspace, status, self._parent, revision=target)

    def _restore(self, workspace: Workspace, status: MigrationStatus, target: str) -> FlowDialog:
        if rows := lost_rows(status):
            return RestoreDialog(self._context, workspace, status, rows, self._parent)
        return self._stamp(workspace, status, target)
