"""ReviewDialog: what is about to be written - as people read it, and as SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QBrush, QGuiApplication, QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import Default, StagedCell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.impact import Impact
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.grid.impact_view import ImpactView
from nexus_studio.ui.grid.reason_field import ReasonField
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.environments import environment_sign
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import monospace_font

_LONGEST = 200
_EXPANDED = 30
_TOKEN = Qt.ItemDataRole.UserRole  # of a row's line: its colour in the theme


class ReviewDialog(QDialog):
    """Shows frozen changes. What is asked for is told by signals; the dialog itself writes nothing.

    `labels` names rows for people, by the number of their change ("Zoé Martin"); the key stands behind the name.
    `may_keep` offers to keep the changes as a seed. `others` are further relations whose rows are saved along.
    `reason` is the field to say why; it is the dialog's from then on.
    """

    save_asked = Signal()
    keep_asked = Signal()  # as a seed; the dialog stays open

    def __init__(
        self,
        context: UiContext,
        relation: Relation,
        changes: Sequence[RowChange],
        sql: Sequence[str],
        environment: Environment,
        parent: QWidget | None = None,
        *,
        labels: Mapping[int, str] | None = None,
        may_keep: bool = False,
        others: Mapping[RelationName, Relation] | None = None,
        reason: ReasonField | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("review_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Review changes of {relation}").format(relation=relation.name))
        self.setModal(True)
        self.resize(760, 620)
        self._context, self._relation = context, relation
        self._relations = {relation.name: relation, **(others or {})}
        self._reason = reason or ReasonField()
        self._impact = ImpactView(self)
        self._lasting = QLabel(self)
        self._lasting.setObjectName("review_lasting")
        self._lasting.setProperty("tone", "warning")
        self._lasting.setTextFormat(Qt.TextFormat.PlainText)
        self._lasting.setWordWrap(True)
        self._lasting.hide()
        self._labels = dict(labels or {})
        self._may_keep = may_keep
        self._tree = self._make_tree(changes)
        self._sql = self._make_sql(sql)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(self._head(len(changes), environment))
        self._tabs = QTabWidget(self)
        self._tabs.setObjectName("review_tabs")
        self._tabs.tabBar().setObjectName("review_tab_bar")
        self._tabs.tabBar().setAccessibleName(self.tr("Changes or SQL"))
        self._tabs.addTab(self._tree, self.tr("Changes"))
        self._tabs.addTab(self._sql_page(), self.tr("SQL"))
        column.addWidget(self._tabs, 1)
        column.addWidget(self._impact)
        column.addWidget(self._lasting)
        column.addWidget(self._reason)
        column.addLayout(self._foot(len(changes), environment))
        self._reason.changed.connect(self._check)
        self._check()

    @property
    def reason(self) -> str:
        """Why it is saved, as typed."""
        return self._reason.reason

    @property
    def ticket(self) -> str:
        """The ticket it is saved for, as typed."""
        return self._reason.ticket

    def expect_impact(self) -> None:
        """Say that what else the database will do is being found out."""
        self._impact.show_working()

    def show_impact(self, impact: Impact) -> None:
        """Say what else the database will do."""
        self._impact.show_impact(impact)

    def show_lasting(self, lines: Sequence[str]) -> None:
        """Say what of it can't be taken back afterwards."""
        self._lasting.setText("\n".join(lines))
        self._lasting.setVisible(bool(lines))

    def lasting_text(self) -> str:
        """Return what is said of that."""
        return self._lasting.text()

    def impact_text(self) -> str:
        """Return what is said of that."""
        return self._impact.text()

    def sql_text(self) -> str:
        """Return the SQL shown."""
        return self._sql.toPlainText()

    def change_lines(self) -> list[str]:
        """Return the changes as read: a row's line, then its columns indented."""
        lines: list[str] = []
        for number in range(self._tree.topLevelItemCount()):
            item = self._tree.topLevelItem(number)
            if item is not None:
                children = [child for place in range(item.childCount()) if (child := item.child(place)) is not None]
                lines.append(item.text(0))
                lines += [f"  {child.text(0)}: {child.text(1)} → {child.text(2)}" for child in children]
        return lines

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:  # the system goes dark while somebody reads
            for number in range(self._tree.topLevelItemCount()):
                if (item := self._tree.topLevelItem(number)) is not None:
                    self._paint(item)

    def _head(self, count: int, environment: Environment) -> QHBoxLayout:
        line = QHBoxLayout()
        title = QLabel(self.tr("%Ln row(s) will be written in one transaction, or none.", "", count), self)
        title.setObjectName("review_title")
        title.setWordWrap(True)
        chip = QLabel(environment_sign(environment), self)
        chip.setObjectName("review_environment")
        chip.setProperty("chip", True)
        chip.setProperty("environment", environment.value)
        line.addWidget(title, 1)
        line.addWidget(chip)
        return line

    def _foot(self, count: int, environment: Environment) -> QHBoxLayout:
        line = QHBoxLayout()
        keep = QPushButton(icon("seed"), self.tr("Keep as seed…"), self)
        keep.setObjectName("review.keep")
        keep.setAccessibleName(self.tr("Keep as seed"))
        keep.setToolTip(self.tr("Write these changes as a script of the project that any database can be given"))
        keep.setAutoDefault(False)
        keep.setVisible(self._may_keep)
        keep.clicked.connect(self.keep_asked)
        line.addWidget(keep)
        line.addStretch(1)
        close = QPushButton(self.tr("Close"), self)
        close.setObjectName("review.close")
        close.setAccessibleName(close.text())
        close.clicked.connect(self.reject)
        words = self.tr("Save %Ln row(s)", "", count)
        if environment is Environment.PRODUCTION:
            words = self.tr("Save %Ln row(s) to production", "", count)
        save = self._saves = QPushButton(words, self)
        save.setObjectName("review.save")
        save.setAccessibleName(words)
        save.setProperty("danger" if environment is Environment.PRODUCTION else "primary", True)
        save.setDefault(environment is not Environment.PRODUCTION)
        close.setAutoDefault(environment is Environment.PRODUCTION)
        save.setAutoDefault(environment is not Environment.PRODUCTION)
        save.clicked.connect(self._save)
        line.addWidget(close)
        line.addWidget(save)
        return line

    def _check(self) -> None:
        self._saves.setEnabled(self._reason.is_given)

    def _save(self) -> None:
        self.accept()
        self.save_asked.emit()

    def _make_tree(self, changes: Sequence[RowChange]) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setObjectName("review_changes")
        tree.setAccessibleName(self.tr("Changes, row by row"))
        tree.setColumnCount(3)
        tree.setHeaderLabels([self.tr("Row"), self.tr("Before"), self.tr("After")])
        for change in changes:
            self._add_change(tree, change)
        tree.ensurePolished()  # expanding measures lines, which are as high as the style sheet says
        if len(changes) <= _EXPANDED:
            tree.expandAll()
        tree.setColumnWidth(0, 280)
        tree.setColumnWidth(1, 210)
        return tree

    def _add_change(self, tree: QTreeWidget, change: RowChange) -> None:
        words, sign, token = {
            ChangeKind.INSERT: (self.tr("New row {row}"), "plus", "inserted"),
            ChangeKind.UPDATE: (self.tr("Change {row}"), "edit", "edited"),
            ChangeKind.DELETE: (self.tr("Delete {row}"), "trash", "deleted"),
        }[change.kind]
        heading = words.format(row=self._row_words(change)).strip()
        if len(self._relations) > 1:
            heading = f"{change.relation}: {heading}"
        item = QTreeWidgetItem(tree, [heading])
        item.setToolTip(0, heading)
        item.setIcon(0, icon(sign))
        item.setFirstColumnSpanned(True)
        item.setData(0, _TOKEN, token)
        self._paint(item)
        before = change.base if change.kind is not ChangeKind.INSERT else {}
        names = change.values or (before if change.kind is ChangeKind.DELETE else {})
        for name in names:
            old = _words(before[name]) if name in before else ""
            new = _words(change.values[name]) if name in change.values else ""
            line = QTreeWidgetItem(item, [name, old, new])
            line.setToolTip(1, old)
            line.setToolTip(2, new)

    def _paint(self, item: QTreeWidgetItem) -> None:
        for place in range(3):
            item.setBackground(place, QBrush(self._context.theme.color(item.data(0, _TOKEN))))

    def _row_words(self, change: RowChange) -> str:
        return " · ".join(filter(None, (self._labels.get(change.draft, ""), self._key_words(change))))

    def _key_words(self, change: RowChange) -> str:
        if change.key is None:
            return ""
        if change.key.by_place:
            return self.tr("row at {place}").format(place=change.key.cells[0])
        names = self._relations.get(change.relation, self._relation).key
        return ", ".join(f"{name} = {_words(cell)}" for name, cell in zip(names, change.key.cells, strict=False))

    def _make_sql(self, sql: Sequence[str]) -> QPlainTextEdit:
        view = QPlainTextEdit(self)
        view.setObjectName("review_sql")
        view.setAccessibleName(self.tr("SQL that will be run"))
        view.setReadOnly(True)
        view.setFont(monospace_font())
        view.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        view.setPlainText("\n".join(sql))
        return view

    def _sql_page(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self._sql, 1)
        copy = QPushButton(icon("copy"), self.tr("Copy SQL"), page)
        copy.setObjectName("review_copy")
        copy.setAccessibleName(copy.text())
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.sql_text()))
        column.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)
        return page


def _words(cell: StagedCell) -> str:
    """Show a cell so that NULL, DEFAULT and empty text differ."""
    if cell is None:
        return "NULL"
    if isinstance(cell, Default):
        return "DEFAULT"
    if cell == "":
        return "“”"
    return cell if len(cell) <= _LONGEST else cell[:_LONGEST] + "…"
