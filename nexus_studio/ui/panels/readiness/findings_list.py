"""FindingsList: the checklist by subject, each line with its verdict and what was found; lines fill in as they come."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.admin.readiness import CHECKS, Check, Finding, Subject, Verdict
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.panels.readiness.words import SIGNS, said, subject_title, title_of

_CHECK, _FOUND = 0, 1
_LINE_HEIGHT = 30
_CHECK_WIDTH = 356


class FindingsList(QTreeWidget):
    """Two columns: the check with its verdict as a sign, and what was found. Keeps the chosen line over a new look."""

    chosen = Signal(object)  # Finding, None when the line has none yet or is a subject

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("readiness.list")
        self._theme = theme
        self._findings: dict[str, Finding] = {}
        self._lines: dict[str, QTreeWidgetItem] = {}
        self._subjects: dict[Subject, QTreeWidgetItem] = {}
        self._only_faults = False
        self.setColumnCount(2)
        self.setRootIsDecorated(False)
        self.setIndentation(12)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(16, 16))
        self.setExpandsOnDoubleClick(False)
        self.setItemsExpandable(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._make_lines()
        header = self.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(_CHECK, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(_CHECK, _CHECK_WIDTH)
        self.currentItemChanged.connect(lambda *_: self.chosen.emit(self.current()))
        self.retranslate()

    def current(self) -> Finding | None:
        """Return the finding of the chosen line."""
        item = self.currentItem()
        return self._findings.get(str(item.data(_CHECK, Qt.ItemDataRole.UserRole))) if item is not None else None

    def choose(self, check: str) -> None:
        """Choose a line."""
        if check in self._lines:
            self.setCurrentItem(self._lines[check])
            self.scrollToItem(self._lines[check])

    def choose_first_fault(self) -> None:
        """Choose the worst line unless a line is chosen: what failed before what warns."""
        if self.current() is not None:
            return
        faults = [each for each in self._findings.values() if each.is_fault]
        worst = max(faults, key=lambda each: each.verdict is Verdict.FAILED, default=None)
        self.choose(worst.check if worst is not None else CHECKS[0].id)

    def begin(self) -> None:
        """Say that everything is being looked at anew; what was found last stays in sight, dimmed."""
        self._findings.clear()
        for line in self._lines.values():
            line.setForeground(_CHECK, self._theme.color("text-muted"))
            line.setForeground(_FOUND, self._theme.color("text-muted"))

    def show_finding(self, finding: Finding) -> None:
        """Show how one line stands."""
        self._findings[finding.check] = finding
        self._fill(self._lines[finding.check], finding)
        if self.currentItem() is self._lines[finding.check]:
            self.chosen.emit(finding)

    def show_only_faults(self, only: bool) -> None:
        """Leave out what is well and what is not asked."""
        self._only_faults = only
        self.hide_what_is_well()

    def hide_what_is_well(self) -> None:
        """Show the lines that are wanted; after a look, since a line comes and goes by what was found."""
        for subject, group in self._subjects.items():
            ids = [each.id for each in CHECKS if each.subject is subject]
            well = [each for each in ids if each in self._findings and not self._findings[each].is_fault]
            for each in ids:
                self._lines[each].setHidden(self._only_faults and each in well)
            group.setHidden(self._only_faults and len(well) == len(ids))

    def retranslate(self) -> None:
        """Say everything in the current language and draw it in the current colours."""
        self.setHeaderLabels([self.tr("Check"), self.tr("Found")])
        self.setAccessibleName(self.tr("Checklist"))
        for subject, group in self._subjects.items():
            group.setText(_CHECK, subject_title(subject))
            group.setForeground(_CHECK, self._theme.color("text-muted"))
        for check in CHECKS:
            line, finding = self._lines[check.id], self._findings.get(check.id)
            line.setText(_CHECK, title_of(check))
            if finding is not None:
                self._fill(line, finding)
            else:
                line.setIcon(_CHECK, icon("pending", "text-muted"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange} and self._lines:
            self.retranslate()

    # inside

    def _make_lines(self) -> None:
        for check in CHECKS:
            group = self._subjects.get(check.subject) or self._make_subject(check.subject)
            self._lines[check.id] = self._make_line(check, group)

    def _make_subject(self, subject: Subject) -> QTreeWidgetItem:
        group = QTreeWidgetItem(self)
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        group.setFirstColumnSpanned(True)
        group.setExpanded(True)
        font = self.font()
        font.setBold(True)
        group.setFont(_CHECK, font)
        group.setSizeHint(_CHECK, QSize(0, _LINE_HEIGHT))
        self._subjects[subject] = group
        return group

    def _make_line(self, check: Check, group: QTreeWidgetItem) -> QTreeWidgetItem:
        line = QTreeWidgetItem(group)
        line.setData(_CHECK, Qt.ItemDataRole.UserRole, check.id)
        line.setSizeHint(_CHECK, QSize(0, _LINE_HEIGHT))
        return line

    def _fill(self, line: QTreeWidgetItem, finding: Finding) -> None:
        words, (sign, tone) = said(finding), SIGNS[finding.verdict]
        line.setIcon(_CHECK, icon(sign, tone))
        line.setText(_FOUND, words.found)
        line.setToolTip(_FOUND, words.found)
        line.setData(
            _CHECK, Qt.ItemDataRole.AccessibleTextRole, f"{words.verdict_word}: {words.title}"
        )  # the sign alone says nothing to whoever hears it
        ink = "text" if finding.is_fault else "text-muted"
        line.setForeground(_CHECK, self._theme.color("text"))
        line.setForeground(_FOUND, self._theme.color(ink))
