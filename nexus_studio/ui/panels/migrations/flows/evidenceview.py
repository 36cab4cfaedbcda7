"""EvidenceView: each statement of a revision with what of it is in the database, and the facts that say so."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from nexus_studio.core.admin.evidence import Evidence, FactFinding, Presence, StatementFinding
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView
from nexus_studio.ui.panels.migrations.flows.resolve_words import (
    PRESENCES,
    committed_words,
    counted,
    expected_words,
    found_words,
    kind_words,
    presence_words,
    source_words,
)

_LINE = 300  # characters of a statement in its line; all of it is shown below


class EvidenceView(QWidget):
    """A tree: statements, below each its facts. What is selected is shown in full below the tree."""

    def __init__(self, context: UiContext, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._counted = label("", "strong", name=f"{name}.counted")
        self._source = label("", "muted", name=f"{name}.source")
        self._tree = QTreeWidget(self)
        self._tree.setObjectName(f"{name}.statements")
        self._tree.setAccessibleName(self.tr("Statements and what of them is in the database"))
        self._tree.setProperty("framed", True)
        self._tree.setUniformRowHeights(True)
        self._tree.setHeaderLabels([self.tr("Statement"), self.tr("In the database")])
        self._tree.currentItemChanged.connect(self._show_current)
        header = self._tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        header.setSectionResizeMode(1, header.ResizeMode.ResizeToContents)
        self._detail = CodeView(context.theme, "sql", f"{name}.detail", self.tr("The selected line in full"), self)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setObjectName(f"{name}.split")
        split.setChildrenCollapsible(False)
        split.setHandleWidth(8)
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        for widget, share in ((self._tree, 3), (self._detail, 1)):
            split.addWidget(widget)
            split.setStretchFactor(split.count() - 1, share)
        split.setSizes([300, 110])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._counted)
        column.addWidget(self._source)
        column.addWidget(split, 1)
        self._split = split
        column.addStretch(0)
        self.setFocusProxy(self._tree)

    def show_evidence(self, evidence: Evidence) -> None:
        """Show what was found; what is half-done is opened."""
        self._counted.setText(counted(evidence))
        for widget in (self._counted, self._split):
            widget.setVisible(bool(evidence.findings))
        self._source.setText(source_words(evidence))
        self._tree.clear()
        for finding in evidence.findings:
            self._add(finding)
        chosen = self._tree.topLevelItem(0)
        for place, finding in enumerate(evidence.findings):
            if finding.presence is not Presence.PRESENT:
                chosen = self._tree.topLevelItem(place)
                break
        if chosen is not None:
            self._tree.setCurrentItem(chosen)

    def lines(self) -> list[str]:
        """Return statements and facts as read, facts indented."""
        found = []
        for place in range(self._tree.topLevelItemCount()):
            item = self._tree.topLevelItem(place)
            if item is None:
                continue
            found.append(f"{item.text(0)}: {item.text(1)}")
            children = (item.child(number) for number in range(item.childCount()))
            found += [f"  {child.text(0)}: {child.text(1)}" for child in children if child is not None]
        return found

    def _add(self, finding: StatementFinding) -> None:
        first = " ".join(finding.sql.split())[:_LINE]
        item = QTreeWidgetItem(self._tree, [f"{finding.number}  {first}", presence_words(finding.presence)])
        _, sign, ink = PRESENCES[finding.presence]
        item.setIcon(1, icon(sign, ink))
        notes = "\n".join(filter(None, (f"-- {committed_words(finding)}" if committed_words(finding) else "",)))
        item.setData(0, Qt.ItemDataRole.UserRole, "\n".join(filter(None, (finding.sql, notes))))
        for fact in finding.facts:
            self._add_fact(item, fact)
        item.setExpanded(finding.presence is Presence.HALF_DONE)

    def _add_fact(self, item: QTreeWidgetItem, fact: FactFinding) -> None:
        child = QTreeWidgetItem(item, [kind_words(fact.key), presence_words(fact.presence)])
        _, sign, ink = PRESENCES[fact.presence]
        child.setIcon(1, icon(sign, ink))
        expected = self.tr("Expected: {words}").format(words=expected_words(fact))
        found = self.tr("Found: {words}").format(words=found_words(fact))
        child.setData(0, Qt.ItemDataRole.UserRole, f"{kind_words(fact.key)}\n\n{expected}\n{found}")

    def _show_current(self) -> None:
        item = self._tree.currentItem()
        self._detail.show_text(str(item.data(0, Qt.ItemDataRole.UserRole)) if item is not None else "")
