"""ImpactView: what else the database will do when this is saved, or why nobody knows. Part of the review."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from nexus_studio.core.data.impact import Impact, TableImpact
from nexus_studio.core.errors import ConstraintViolated, EditConflict, InvalidValue, RowsRefused
from nexus_studio.ui.kit.parts import Sign, label, line
from nexus_studio.ui.kit.plurals import numbered, plural_of
from nexus_studio.ui.kit.wording import sentence

_MOST: Final = 8  # tables that are named

REFUSALS: Final = (ConstraintViolated, EditConflict, InvalidValue, RowsRefused)
"""What the save itself would meet as well."""


class ImpactView(QFrame):
    """Hidden until something is to be said. UI thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("review_impact")
        self.setAccessibleName(self.tr("What else the database will do"))
        self.setProperty("card", True)
        self._sign = Sign("info", "text-muted", parent=self)
        self._title = label("", "strong", name="review_impact_title")
        self._lines = label("", selectable=True, name="review_impact_lines")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(4)
        column.addLayout(line(self._sign, self._title))
        column.addWidget(self._lines)
        self.hide()

    def text(self) -> str:
        """Return what is said, line by line; empty while nothing is."""
        return "" if self.isHidden() else "\n".join(filter(None, (self._title.text(), self._lines.text())))

    def show_working(self) -> None:
        """Say that it is being found out."""
        self._say("info", "text-muted", self.tr("Trying what else the database will do…"), ())

    def show_impact(self, impact: Impact) -> None:
        """Say what was found; nothing where the staged rows are all."""
        if impact.unknown is not None:
            said = sentence(impact.unknown)
            title = self.tr("What else the database will do is not known")
            if isinstance(impact.unknown, REFUSALS):
                title = self.tr("As it stands, this save will be refused")
            self._say("warning", "warning", title, (said.title, said.server_message or said.explanation))
        elif impact.is_nothing:
            self.hide()
        else:
            lines = [self._words(table) for table in impact.tables[:_MOST]]
            if further := impact.tables[_MOST:]:
                lines.append(self.tr("… and %Ln more table(s)", "", len(further)))
            if impact.triggers:
                lines.append(self.tr("Triggers: {names}").format(names=", ".join(impact.triggers)))
            self._say("warning", "warning", self.tr("Besides, the database will write these rows:"), tuple(lines))

    def _say(self, sign: str, ink: str, title: str, lines: tuple[str, ...]) -> None:
        self._sign.set_sign(sign, ink)
        self._title.setText(title)
        self._lines.setText("\n".join(filter(None, lines)))
        self._lines.setVisible(bool(self._lines.text()))
        self.show()

    def _words(self, table: TableImpact) -> str:
        parts = []
        if table.removed:
            parts.append(numbered(self.tr("{number} row(s) removed", "", plural_of(table.removed)), table.removed))
        if table.changed:
            parts.append(numbered(self.tr("{number} row(s) changed", "", plural_of(table.changed)), table.changed))
        if table.added:
            parts.append(numbered(self.tr("{number} row(s) added", "", plural_of(table.added)), table.added))
        whys = []
        if table.keys:
            whys.append(self.tr("by the foreign key {names}").format(names=", ".join(table.keys)))
        if table.by_triggers:
            whys.append(self.tr("by triggers"))
        what = ", ".join(parts) + (f" ({', '.join(whys)})" if whys else "")
        return self.tr("{table}: {what}").format(table=table.relation, what=what)
