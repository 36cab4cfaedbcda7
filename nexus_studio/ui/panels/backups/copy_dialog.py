"""CopyDialog: where a backup is copied to: a folder, or the address of a store."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QDir, QSize, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.backups.frame import BackupDialog

_SIZE: Final = QSize(620, 200)


class CopyDialog(BackupDialog):
    """Asks for the place; copying is the panel's."""

    copy_asked = Signal(str)  # the place

    def __init__(self, context: UiContext, profile: ConnectionProfile, file: str, parent: QWidget) -> None:
        super().__init__(context, profile, "copy", parent, _SIZE)
        self.set_title(self.tr("Copy {file}").format(file=file))
        self.place = QLineEdit(self)
        self.browse = QPushButton(icon("folder"), self.tr("Browse…"), self)
        self.do = self.add_button("do", self.tr("Copy"), self._copy, look="primary")
        self._page = self._make_page()
        self.add_page(self._page)
        self.show_page(self._page, self.do, default=self.do)
        self.place.setFocus()
        self._tell()

    # inside

    def _make_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        words = self.tr(
            "To a folder, or an address such as s3://bucket/folder. Its note goes along, and the copy is read again."
        )
        column.addWidget(label(words, "muted"))
        self.place.setObjectName("backups.copy_place")
        self.place.setAccessibleName(self.tr("Folder or address"))
        self.place.setPlaceholderText(self.tr("Folder or address"))
        self.place.textChanged.connect(self._tell)
        self.browse.setObjectName("backups.copy_browse")
        self.browse.setAccessibleName(self.tr("Choose the folder"))
        self.browse.clicked.connect(self._browse)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.place, 1)
        line.addWidget(self.browse)
        column.addLayout(line)
        column.addStretch(1)
        return page

    def _tell(self) -> None:
        self.do.setEnabled(bool(self.place.text().strip()))

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Copy to"), self.place.text() or QDir.homePath())
        dialog.setObjectName("backups.copy_browse_dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.place.setText)
        dialog.open()

    def _copy(self) -> None:
        place = self.place.text().strip()
        self.accept()
        self.copy_asked.emit(place)
