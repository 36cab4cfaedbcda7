"""DraftView: a migration before its file is written - what differs, likely renames, its code and its SQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QSplitter, QTabWidget, QVBoxLayout, QWidget

from nexus_studio.core.admin.drafts import MigrationDraft, Rename
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView
from nexus_studio.ui.panels.migrations.flows.differences import DifferenceList
from nexus_studio.ui.panels.migrations.flows.words import rename_line, rename_words

_PAUSE_MS = 600  # after the last key, before the SQL is written anew
_SIDE = 400
_CODE, _SQL = range(2)


class DraftView(QWidget):
    """Shows a draft and lets its code be edited. The SQL follows: `edited` asks for it, `show_sql` takes it."""

    edited = Signal(object)  # MigrationDraft, a moment after the code was changed
    touched = Signal()  # at once, with each change of the code
    renames_chosen = Signal(object)  # tuple[Rename, ...]: the draft is to be made anew

    def __init__(self, context: UiContext, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._draft: MigrationDraft | None = None
        self._is_filling = False
        self._boxes: list[tuple[Rename, QCheckBox]] = []
        self._list = DifferenceList(f"{name}.differences")
        self._counted = label("", "strong")
        self._renames = QVBoxLayout()
        self._up = self._editor(context, f"{name}.upgrade", self.tr("Code of upgrade()"))
        self._down = self._editor(context, f"{name}.downgrade", self.tr("Code of downgrade()"))
        self._sql = CodeView(context.theme, "sql", f"{name}.sql", self.tr("SQL of the upgrade"))
        self._sql_error = label("", tone="danger", selectable=True, name=f"{name}.sql_error")
        self._error = label("", tone="danger", selectable=True, name=f"{name}.error")
        self._file = label("", "muted", selectable=True, name=f"{name}.file")
        self._tabs = QTabWidget(self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._tell)
        self._build(name)

    @property
    def is_touched(self) -> bool:
        """Whether the code is another than what was drafted."""
        drafted = self._draft
        return drafted is not None and (drafted.upgrade, drafted.downgrade) != self._code()

    def draft(self) -> MigrationDraft | None:
        """Return the draft with its code as it stands in the editors."""
        if self._draft is None:
            return None
        upgrade, downgrade = self._code()
        return replace(self._draft, upgrade=upgrade, downgrade=downgrade)

    def show_draft(self, draft: MigrationDraft, offered: tuple[Rename, ...], taken: tuple[Rename, ...]) -> None:
        """Show a draft; `offered` are all renames that were ever likely, `taken` those that are ones."""
        self._draft = draft
        self._is_filling = True
        self._up.setPlainText(draft.upgrade)
        self._down.setPlainText(draft.downgrade)
        self._is_filling = False
        self._pause.stop()
        self._list.show_differences(draft.differences)
        count = len(draft.differences)
        self._counted.setText(self.tr("%Ln difference(s)", "", count) if count else self.tr("An empty migration"))
        self._list.setVisible(bool(count))
        self._file.setText(self.tr("File: {name}").format(name=PurePath(draft.path).name))
        self._file.setToolTip(draft.path)
        self._offer(offered, taken)
        self.show_error("")
        self.show_sql(draft)

    def show_sql(self, draft: MigrationDraft) -> None:
        """Show what the code would run, or why that can't be said."""
        self._sql.show_text(draft.sql)
        self._sql_error.setText(draft.sql_error)
        self._sql_error.setVisible(bool(draft.sql_error))
        self._tabs.setTabText(_SQL, self.tr("SQL · not known") if draft.sql_error else self.tr("SQL"))

    def show_error(self, words: str) -> None:
        """Say above the code why it can't be written; "" takes that away."""
        self._error.setText(words)
        self._error.setVisible(bool(words))
        if words:
            self._tabs.setCurrentIndex(_CODE)

    def _code(self) -> tuple[str, str]:
        return self._up.toPlainText(), self._down.toPlainText()

    def _offer(self, offered: tuple[Rename, ...], taken: tuple[Rename, ...]) -> None:
        while (item := self._renames.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._boxes = []
        if not offered:
            return
        card = Card(self.tr("Were these renamed?"), sign="warning", ink="warning", severity="warning")
        card.add(label(self.tr("What is renamed keeps its values; what is dropped and added anew does not."), "muted"))
        for number, rename in enumerate(offered):
            box = QCheckBox(rename_line(rename), card)
            box.setObjectName(f"{self.objectName()}.rename_{number}")
            box.setAccessibleName(rename_words(rename))
            box.setToolTip(rename_words(rename))
            box.setChecked(rename in taken)
            card.add(box)
            box.toggled.connect(self._rename)
            self._boxes.append((rename, box))
        self._renames.addWidget(card)

    def _rename(self) -> None:
        self.renames_chosen.emit(tuple(rename for rename, box in self._boxes if box.isChecked()))

    def _changed(self) -> None:
        if not self._is_filling:
            self.show_error("")
            self._pause.start()
            self.touched.emit()

    def _tell(self) -> None:
        draft = self.draft()
        if draft is not None:
            self._tabs.setTabText(_SQL, self.tr("SQL · being written"))
            self.edited.emit(draft)

    def _editor(self, context: UiContext, name: str, words: str) -> CodeView:
        editor = CodeView(context.theme, "python", name, words)
        editor.set_editable(True)
        editor.setTabChangesFocus(True)  # the keyboard must get out again; four spaces are typed as such
        editor.textChanged.connect(self._changed)
        return editor

    def _build(self, name: str) -> None:
        left = QWidget()
        side = QVBoxLayout(left)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(8)
        side.addWidget(self._counted)
        side.addWidget(self._list, 1)
        side.addLayout(self._renames)
        side.addStretch(0)
        code = QWidget()
        column = QVBoxLayout(code)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._error)
        for words, editor, share in (("def upgrade():", self._up, 3), ("def downgrade():", self._down, 2)):
            column.addWidget(label(words, "muted"))
            column.addWidget(editor, share)
        sql = QWidget()
        below = QVBoxLayout(sql)
        below.setContentsMargins(0, 8, 0, 0)
        below.addWidget(self._sql_error)
        below.addWidget(self._sql, 1)
        self._tabs.setObjectName(f"{name}.tabs")
        self._tabs.tabBar().setObjectName(f"{name}.tab_bar")
        self._tabs.tabBar().setAccessibleName(self.tr("Code or SQL"))
        self._tabs.addTab(code, self.tr("Code"))
        self._tabs.addTab(sql, self.tr("SQL"))
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setObjectName(f"{name}.split")
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        split.addWidget(left)
        split.addWidget(self._tabs)
        split.setStretchFactor(1, 1)
        split.setSizes([_SIDE, _SIDE + 240])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        outer.addWidget(split, 1)
        outer.addWidget(self._file)
        self.setFocusProxy(self._up)
