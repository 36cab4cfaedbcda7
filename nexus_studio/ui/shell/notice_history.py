"""Earlier notices: what the strip said since the window was opened, newest first."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, QTime
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.notices import Notice, NoticeCenter, Severity


class NoticeHistory(QDialog):
    """A list of notices; the marked one can be copied with its details."""

    def __init__(self, notices: NoticeCenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice_history")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Notices"))
        self.resize(640, 400)
        self._shown = notices.history()
        self._list = QListWidget(self)
        self._list.setObjectName("notice_history.list")
        self._list.setAccessibleName(self.tr("Notices, newest first"))
        self._list.setWordWrap(True)
        self._list.setProperty("framed", True)
        for notice in self._shown:
            self._list.addItem(_line(notice))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = QPushButton(icon("copy"), self.tr("Copy details"), self)
        copy.setObjectName("notice_history.copy")
        copy.setAccessibleName(copy.text())
        copy.clicked.connect(self._copy)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self._list)
        layout.addWidget(buttons)
        if self._shown:
            self._list.setCurrentRow(0)
        else:
            nothing = QListWidgetItem(self.tr("Nothing has happened since the window was opened"), self._list)
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
        copy.setEnabled(bool(self._shown))

    def _copy(self) -> None:
        row = self._list.currentRow()
        if 0 <= row < len(self._shown):
            QGuiApplication.clipboard().setText(self._shown[row].copied)


def _line(notice: Notice) -> QListWidgetItem:
    token = "danger" if notice.severity is Severity.ERROR else notice.severity.value
    time = QTime(notice.at.hour, notice.at.minute, notice.at.second)
    text = f"{QLocale().toString(time, QLocale.FormatType.ShortFormat)}  {notice.text}"
    if notice.explanation:
        text = f"{text}\n{notice.explanation}"
    return QListWidgetItem(icon(notice.severity.value, token), text)
