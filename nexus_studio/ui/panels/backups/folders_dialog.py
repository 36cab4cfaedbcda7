"""FoldersDialog: the folders that the library looks into: the program's own, and others that a person adds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDir, QSize, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.backups.frame import BackupDialog

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

_SIZE: Final = QSize(640, 380)


class FoldersDialog(BackupDialog):
    """Nothing in a folder is changed by adding or removing it here."""

    changed = Signal()  # the library looks elsewhere now

    def __init__(self, context: UiContext, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(context, workspace.session.profile, "folders", parent, _SIZE)
        self._backups = workspace.backups
        self.set_title(self.tr("Folders of the library"))
        self.list = QListWidget(self)
        self.remove = self.add_button("remove", self.tr("Look there no more"), self._remove)
        self.add = self.add_button("add", self.tr("Add a folder…"), self._ask, look="primary")
        self._page = self._make_page()
        self.add_page(self._page)
        self._read()

    def take(self, folder: str) -> None:
        """Look for backups in a folder too."""
        backups = self._backups
        self.look(self.tr("Adding the folder…"), lambda ctx: backups.add_folder(Path(folder), ctx), self._changed)

    # inside

    def _make_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        words = self.tr("Backups are looked for here and in the folders below, dumps of others too.")
        column.addWidget(label(words, "muted"))
        self.list.setObjectName("backups.folders_list")
        self.list.setAccessibleName(self.tr("Folders of the library"))
        self.list.setProperty("framed", True)
        self.list.setIconSize(QSize(16, 16))
        self.list.currentRowChanged.connect(lambda _: self._tell())
        column.addWidget(self.list, 1)
        return page

    def _read(self) -> None:
        backups = self._backups
        self.look(self.tr("Reading the folders…"), lambda _ctx: backups.folders(), self._show)

    def _show(self, folders: tuple[Path, ...]) -> None:
        self.list.clear()
        for folder in folders:
            item = QListWidgetItem(icon("folder", "text-muted"), str(folder), self.list)
            item.setData(Qt.ItemDataRole.UserRole, folder)
        self.list.setCurrentRow(0)
        self.show_page(self._page, self.remove, self.add, default=self.add)
        self._tell()

    def _tell(self) -> None:
        self.remove.setEnabled(self.list.currentRow() > 0)  # the program's own stays

    def _ask(self) -> None:
        dialog = QFileDialog(self, self.tr("A folder with backups"), QDir.homePath())
        dialog.setObjectName("backups.folders_browse")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.take)
        dialog.open()

    def _remove(self) -> None:
        item, backups = self.list.currentItem(), self._backups
        if item is not None:
            folder = item.data(Qt.ItemDataRole.UserRole)
            words = self.tr("Removing the folder…")
            self.look(words, lambda ctx: backups.remove_folder(folder, ctx), self._changed)

    def _changed(self, folders: tuple[Path, ...]) -> None:
        self._show(folders)
        self.changed.emit()
