"""The conflict dialog: what was there, what I made of it, what others made of it; and whose value shall stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.data.record_model import MASK

_CODECS = built_in_codecs()
_LONGEST = 120
_WIDTH = 760
_MOST_HEIGHT = 560
_LEAST_ROWS = 120  # pixels of the conflicts that stay in sight when the window is made small


class ConflictDialog(QDialog):
    """Asks once per row. Nothing is written here: the answer only settles what a new save will try."""

    decided = Signal(object)  # Mapping[int, bool]: draft number -> keep mine

    def __init__(
        self,
        context: UiContext,
        relation: Relation,
        conflicts: tuple[Conflict, ...],
        parent: QWidget | None = None,
        masked: frozenset[str] = frozenset(),
        names: Mapping[int, str] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("conflict_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Somebody else changed this"))
        self._context = context
        self._relation = relation
        self._masked = masked
        self._names = names or {}
        self._choices: dict[int, QRadioButton] = {}
        explained = QLabel(
            self.tr("Nothing was saved. These rows are no longer as you saw them; decide whose values shall stand."),
            self,
        )
        explained.setWordWrap(True)
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        for conflict in conflicts:
            column.addWidget(self._row(conflict))
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setObjectName("conflict.rows")
        scroll.setAccessibleName(self.tr("Conflicts"))
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        done = QPushButton(self.tr("Apply decisions"), self)
        done.setObjectName("conflict.apply")
        done.setAccessibleName(done.text())
        done.setProperty("primary", True)
        buttons.addButton(done, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(explained)
        layout.addWidget(scroll, 1)
        layout.addWidget(buttons)
        self._fit(scroll, inside)

    def _fit(self, scroll: QScrollArea, inside: QWidget) -> None:
        """Be as high as the conflicts are, up to a bound; beyond it they scroll."""
        layout = self.layout()
        if layout is None:
            return
        edges = layout.contentsMargins()
        room = _WIDTH - edges.left() - edges.right()
        rows = inside.layout()
        needed = rows.totalHeightForWidth(room) if rows is not None else 0
        scroll.setMinimumHeight(min(needed, _LEAST_ROWS))
        rest = layout.totalHeightForWidth(_WIDTH) - scroll.minimumHeight()
        self.resize(_WIDTH, min(_MOST_HEIGHT, rest + needed))

    def accept(self) -> None:
        """Tell the decisions and close."""
        decisions: Mapping[int, bool] = {draft: mine.isChecked() for draft, mine in self._choices.items()}
        self.decided.emit(decisions)
        super().accept()

    def _row(self, conflict: Conflict) -> QFrame:
        frame = QFrame(self)
        frame.setProperty("card", True)
        grid = QGridLayout(frame)
        grid.setHorizontalSpacing(16)
        name = QLabel(self._names.get(conflict.draft, ""), frame)
        name.setProperty("strong", True)
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setWordWrap(True)
        grid.addWidget(name, 0, 0, 1, 4)
        if conflict.is_lost:
            words = self.tr("The row was deleted by somebody else.")
            if conflict.unidentified:
                words = self.tr("The row was changed or deleted by somebody else; without a key nobody can tell which.")
            gone = QLabel(words, frame)
            gone.setWordWrap(True)
            grid.addWidget(gone, 1, 0, 1, 4)
        elif not conflict.cells:
            unseen = QLabel(self.tr("Somebody else changed the row, in columns that were not read here."), frame)
            unseen.setWordWrap(True)
            grid.addWidget(unseen, 1, 0, 1, 4)
        else:
            heads = ("", self.tr("It was"), self.tr("Mine"), self.tr("Theirs, now"))
            for place, head in enumerate(heads):
                label = QLabel(head, frame)
                label.setProperty("muted", True)
                grid.addWidget(label, 1, place)
            for line, cell in enumerate(conflict.cells, start=2):
                grid.addWidget(QLabel(cell.column, frame), line, 0)
                for place, value in enumerate((cell.base, cell.mine, cell.theirs), start=1):
                    grid.addWidget(self._value(cell.column, value, frame), line, place)
        self._add_choice(conflict, frame, grid)
        return frame

    def _add_choice(self, conflict: Conflict, frame: QFrame, grid: QGridLayout) -> None:
        line = grid.rowCount()
        theirs = QRadioButton(
            self.tr("Drop my change") if conflict.is_lost else self.tr("Take theirs, drop my change"), frame
        )
        mine_words = self.tr("Add mine as a new row") if conflict.is_lost else self.tr("Keep mine and save over theirs")
        mine = QRadioButton(mine_words, frame)
        mine.setEnabled(conflict.may_insert or not conflict.is_lost)
        theirs.setChecked(True)
        group = QButtonGroup(frame)
        for place, (name, button) in enumerate((("theirs", theirs), ("mine", mine))):
            button.setObjectName(f"conflict.{name}_{conflict.draft}")
            button.setAccessibleName(button.text())
            group.addButton(button)
            grid.addWidget(button, line + place, 0, 1, 4)
        self._choices[conflict.draft] = mine

    def _value(self, column: str, value: StagedCell | Any, parent: QWidget) -> QLabel:
        if column in self._masked:
            return QLabel(MASK, parent)
        if value is None:
            label = QLabel("NULL", parent)
            label.setProperty("muted", True)
            return label
        if not isinstance(value, str):
            return QLabel("DEFAULT", parent)
        type_ = self._relation.column(column).type
        text = _CODECS.for_type(type_).display(value, type_)
        label = QLabel(text if len(text) <= _LONGEST else text[:_LONGEST] + "…", parent)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label
