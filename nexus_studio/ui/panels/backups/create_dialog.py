"""CreateDialog: what is backed up, how it is written and where to; which program does it, how large it will be."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.archives import Selection
from nexus_studio.core.admin.backups import BackupFormat
from nexus_studio.core.errors import BackupFailed, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Catalog, RelationKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.backups.choice_list import ChoiceList
from nexus_studio.ui.panels.backups.create_form import CreateForm
from nexus_studio.ui.panels.backups.frame import BackupDialog, scrolled
from nexus_studio.ui.panels.backups.words import CREATE as ACT
from nexus_studio.ui.panels.backups.words import obstacle, tool_words, warning_words

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.backups.estimating import Estimate
    from nexus_studio.services.workspace import Workspace

_SIZE = QSize(980, 660)
_LEFT_WIDTH = 300
_BACKED_UP = {RelationKind.TABLE, RelationKind.PARTITIONED}


class CreateDialog(BackupDialog):
    """Asks for a backup; making it is the panel's."""

    create_asked = Signal(object, object, str)  # BackupSpec, Path of the folder or None, name or ""

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(context, workspace.session.profile, "create", parent, _SIZE)
        self._workspace = workspace
        self._estimating = Latest(context.runner, self)
        self._usual = ""  # the folder that backups go to unless another is chosen
        self.set_title(self.tr("Create a backup"))
        self.form = CreateForm(workspace.session.server.version_num // 10_000, self)
        self.whole, self.chosen = QRadioButton(self), QRadioButton(self)
        self.choice = ChoiceList("create", self)
        self.folder, self.name = QLineEdit(self), QLineEdit(self)
        self.browse = QPushButton(icon("folder"), self.tr("Browse…"), self)
        self._card = Card()
        self._tool = label("", selectable=True, name="backups.create_tool")
        self._room = label("", selectable=True, name="backups.create_room")
        self._warning = label("", tone="warning", selectable=True, name="backups.create_warning")
        self.do = self.add_button(
            "do", self.tr("Create the backup"), self._create, look="primary", object_name="backups.create"
        )
        self._page = self._make_page()
        self.add_page(self._page)
        self.show_page(self._page, self.do, default=self.do)
        self.form.format.setFocus()
        self._read()

    # inside

    def _make_page(self) -> QWidget:
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(20)
        columns.addWidget(self._make_what())
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        column.addWidget(self.form)
        column.addLayout(self._make_where())
        self._card.setObjectName("backups.create_facts")
        for widget in (self._tool, self._room, self._warning):
            self._card.add(widget)
        column.addWidget(self._card)
        column.addStretch(1)
        columns.addWidget(scrolled(right, "backups.create_area"), 1)
        self.form.changed.connect(self._estimate)
        self.choice.changed.connect(self._estimate)
        self.folder.editingFinished.connect(self._estimate)
        return page

    def _make_what(self) -> QWidget:
        left = QWidget()
        left.setFixedWidth(_LEFT_WIDTH)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for button, words, name in (
            (self.whole, self.tr("The whole database"), "whole"),
            (self.chosen, self.tr("Chosen schemas and tables"), "chosen"),
        ):
            button.setText(words)
            button.setAccessibleName(words)
            button.setObjectName(f"backups.create_{name}")
            column.addWidget(button)
        self.whole.setChecked(True)
        self.choice.setEnabled(False)
        self.chosen.toggled.connect(self.choice.setEnabled)
        self.chosen.toggled.connect(self._estimate)
        column.addWidget(self.choice, 1)
        return left

    def _make_where(self) -> QVBoxLayout:
        for edit, name, words in (
            (self.folder, "folder", self.tr("Folder")),
            (self.name, "name", self.tr("Name of the file")),
        ):
            edit.setObjectName(f"backups.create_{name}")
            edit.setAccessibleName(words)
        self.name.setPlaceholderText(self.tr("empty: by database and moment"))
        self.browse.setObjectName("backups.create_browse")
        self.browse.setAccessibleName(self.tr("Choose the folder"))
        self.browse.clicked.connect(self._browse)
        where = QVBoxLayout()
        where.setSpacing(4)
        for title, edit in ((self.tr("Folder"), self.folder), (self.tr("Name of the file"), self.name)):
            caption = QLabel(title, self)
            caption.setBuddy(edit)
            where.addWidget(caption)
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(edit, 1)
            if edit is self.folder:
                line.addWidget(self.browse)
            where.addLayout(line)
        return where

    def _read(self) -> None:
        catalog = self._workspace.catalog

        def work(ctx: TaskContext) -> tuple[Catalog, tuple[str, ...]]:
            return catalog.tree(ctx), tuple(each for each in ("age", "gpg") if shutil.which(each))

        self.reading.start(work, lambda found: self._show_found(*found), self.show_error)
        self._estimate()

    def _show_found(self, catalog: Catalog, encrypts_with: tuple[str, ...]) -> None:
        self.form.offer_encryption(encrypts_with)
        tables: dict[str, list[RelationName]] = {}
        for name, summary in catalog.summaries.items():
            if summary.kind in _BACKED_UP:
                tables.setdefault(name.schema, []).append(name)
        self.choice.show_tables(tables)

    def _selection(self) -> Selection:
        """Return what is ticked: whole schemas, or tables; pg_dump knows no mixture."""
        chosen = self.choice.selection() if self.chosen.isChecked() else Selection()
        return Selection(tables=self.choice.model.tables()) if chosen.schemas and chosen.tables else chosen

    def _folder(self) -> Path | None:
        text = self.folder.text().strip()
        return Path(text).expanduser() if text and text != self._usual else None

    def _estimate(self) -> None:
        """Ask which program would do it, how large it will be, and whether there is room."""
        against = obstacle(self._workspace.session, ACT)
        selection = self._selection()
        if self.chosen.isChecked() and selection.is_all:
            against = self.tr("Tick what is to be backed up.")
        backups, spec, folder = self._workspace.backups, self.form.spec(selection), self._folder()
        if spec.encrypt_for and spec.format is BackupFormat.DIRECTORY:  # nobody may take what is plain for encrypted
            said = sentence(BackupFailed("backup.encrypt_directory", file=""))
            against = f"{said.title}. {said.explanation}"
        self.do.setEnabled(not against)
        self.set_note(against)
        self._estimating.start(
            lambda ctx: backups.estimate(spec, ctx, folder=folder), self._show_estimate, self._show_failure
        )

    def _show_estimate(self, found: Estimate) -> None:
        self._usual = str(found.usual_folder)
        if not self.folder.text().strip():
            self.folder.setText(self._usual)
            self.folder.setCursorPosition(0)
        self._tool.setText(tool_words(found.tool))
        room = self.tr("about {size} to write, {free} free in the folder").format(
            size=size_text(found.size_bytes), free=size_text(found.free_bytes)
        )
        self._room.setText(room)
        warnings = [warning_words(code) for code in found.tool.warnings]
        if found.size_bytes > found.free_bytes:
            warnings.append(self.tr("There may not be room for it. Choose another folder, or compress it."))
        self._warning.setText("\n".join(warnings))
        self._warning.setVisible(bool(warnings))

    def _show_failure(self, error: StudioError) -> None:
        said = sentence(error)
        self._tool.setText("")
        self._room.setText("")
        self._warning.setText(" ".join(filter(None, (f"{said.title}.", said.explanation, said.server_message))))
        self._warning.show()

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder for the backup"), self.folder.text())
        dialog.setObjectName("backups.create_browse_dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.fileSelected.connect(lambda _: self._estimate())
        dialog.open()

    def _create(self) -> None:
        spec, folder, name = self.form.spec(self._selection()), self._folder(), self.name.text().strip()
        self.accept()
        self.create_asked.emit(spec, folder, name)
