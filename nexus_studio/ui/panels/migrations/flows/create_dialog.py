"""CreateDialog: writing a migration from the difference between models and database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from nexus_studio.core.admin.drafts import MigrationDraft, Rename
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import NextStep, sentence
from nexus_studio.ui.panels.migrations.flows.draftview import DraftView
from nexus_studio.ui.panels.migrations.flows.frame import FlowDialog

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SMALL, _SIZE = QSize(640, 400), QSize(1080, 700)
_EMPTY = "create.empty"


class CreateDialog(FlowDialog):
    """Name, differences, renames, code and SQL; the file is written when all is seen."""

    written = Signal(str)  # path of the new file, which is not to be run now
    apply_asked = Signal(str)  # the same, to be deployed now; the dialog is closed by then

    def __init__(
        self, context: UiContext, workspace: Workspace, parent: QWidget | None = None, *, empty: bool = False
    ) -> None:
        super().__init__(context, workspace, "create_dialog", parent, _SMALL)
        self.set_title(self.tr("Create a migration"))
        self._offered: tuple[Rename, ...] = ()
        self._taken: tuple[Rename, ...] = ()
        self._has_draft = False
        self._checking = Latest(context.runner, self)
        self._name = QLineEdit()
        self._name.setObjectName("create_name")
        self._name.setAccessibleName(self.tr("Name of the migration"))
        self._name.setPlaceholderText(self.tr("add notes to bookings"))
        self._name.textChanged.connect(self._check_name)
        self._is_empty = QCheckBox(self.tr("An empty migration, to be filled by hand"))
        self._is_empty.setObjectName("create_empty")
        self._is_empty.setAccessibleName(self._is_empty.text())
        self._is_empty.setChecked(empty)
        self._view = DraftView(context, "create_draft")
        self._view.edited.connect(self._check_draft)
        self._view.renames_chosen.connect(self._rename)
        self._back = self.frame.add_button("back", self.tr("Another name"), self._ask_back)
        self._write = self.frame.add_button("write", self.tr("Write only"), lambda: self._write_file(self._wrote))
        self._apply = self.frame.add_button(
            "apply", self.tr("Write and apply…"), lambda: self._write_file(self._go_on), look="primary"
        )
        self._next = self.frame.add_button("next", self.tr("Next"), self._draft, look="primary")
        self._ask_page = self._make_ask_page()
        for page in (self._ask_page, self._view):
            self.frame.add_page(page)

    def begin(self) -> None:
        """Ask for the name."""
        self.frame.show_page(self._ask_page, self._next, default=self._next)
        self._name.setFocus()
        self._check_name()

    def reject(self) -> None:
        """Close; what was written by hand is asked about first."""
        if self._view.is_touched and self.frame.page is self._view:
            self._ask_discard(super().reject)
        else:
            super().reject()

    def take_step(self, action: str) -> None:
        """Do what a page offered."""
        if action == _EMPTY:
            self._is_empty.setChecked(True)
            self._draft()
        else:
            super().take_step(action)

    def _check_name(self) -> None:
        self._next.setEnabled(bool(self._name.text().strip()))

    # The draft

    def _draft(self) -> None:
        service, name, empty, taken = self.service, self._name.text().strip(), self._is_empty.isChecked(), self._taken
        if not name:
            return
        words = self.tr("Preparing the migration") if empty else self.tr("Comparing the models with the database")
        self.frame.look(
            words,
            lambda ctx: service.draft(name, ctx, renames=taken, empty=empty),
            self._show,
            cancelled=self.begin,
        )

    def _show(self, draft: MigrationDraft) -> None:
        if draft.is_empty and not self._is_empty.isChecked() and not self._taken:
            self.frame.show_calm(
                "success",
                self.tr("Models and database agree"),
                self.tr("There is nothing to write. A migration that only changes rows begins empty."),
                (NextStep(_EMPTY, self.tr("Create an empty migration")),),
                "success",
            )
            return
        self._offered += tuple(each for each in draft.renames if each not in self._offered)
        self._view.show_draft(draft, self._offered, self._taken)
        self.set_title(self.tr("Create migration “{name}”").format(name=draft.message))
        self.grow(_SIZE)
        self._show_view()
        self._view.setFocus()

    def _show_view(self) -> None:
        self.frame.show_page(self._view, self._back, self._write, self._apply)

    def _rename(self, taken: tuple[Rename, ...]) -> None:
        def anew() -> None:
            self._taken = taken
            self._draft()

        if self._view.is_touched:
            self._ask_discard(anew)
        else:
            anew()

    def _check_draft(self, draft: MigrationDraft) -> None:
        service = self.service
        self._checking.start(
            lambda ctx: service.check_draft(draft, ctx),
            self._view.show_sql,
            lambda error: self._view.show_sql(replace(draft, sql="", sql_error=_in_words(error))),
        )

    def _ask_back(self) -> None:
        def back() -> None:
            self._offered = self._taken = ()
            self.begin()

        if self._view.is_touched:
            self._ask_discard(back)
        else:
            back()

    def _ask_discard(self, accepted: Callable[[], None]) -> None:
        confirmation = Confirmation(
            self.tr("Discard what you wrote?"),
            self.tr("The code was changed by hand, and no file was written yet."),
            self.tr("Discard"),
            destructive=True,
            writes=False,
        )
        ask(confirmation, self.frame.profile, self, accepted)

    # The file

    def _write_file(self, done: Callable[[str], None]) -> None:
        service, draft = self.service, self._view.draft()
        if draft is None or self.frame.is_writing:
            return
        self._checking.cancel()
        self.frame.act(
            self.tr("Writing a migration"), lambda ctx: service.write(draft, ctx), done, failed=self._not_written
        )

    def _not_written(self, error: StudioError) -> None:
        """Stay with the code: it is what has to be mended, and it must not be lost."""
        self._view.show_error(_in_words(error))

    def _wrote(self, path: str) -> None:
        self.set_title(self.tr("Migration written"))
        self.frame.show_calm("success", self.tr("Written"), PurePath(path).name, ink="success")
        self.written.emit(path)

    def _go_on(self, path: str) -> None:
        self.frame.show_calm("success", self.tr("Written"), PurePath(path).name, ink="success")
        self.leave_for(self.apply_asked, path)

    def _make_ask_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(
            label(
                self.tr(
                    "Models and database are compared, and the migration that brings the database to the models is "
                    "shown before anything is written."
                )
            )
        )
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.addRow(self.tr("Name:"), self._name)
        form.addRow("", self._is_empty)
        column.addLayout(form)
        column.addStretch(1)
        return page


def _in_words(error: StudioError) -> str:
    said = sentence(error)
    return " ".join(filter(None, (f"{said.title}.", said.explanation, said.server_message)))
