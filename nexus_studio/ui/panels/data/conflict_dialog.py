"""The conflict dialog: what was there, what I made of it, what others made of it; and whose value shall stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.grid.looks import line_of
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.data.record_model import MASK

_LONGEST = 120
_WIDTH = 760
_MOST_HEIGHT = 560
_LEAST_ROWS = 120  # pixels of the conflicts that stay in sight when the window is made small


class ConflictDialog(QDialog):
    """Asks for each row, and where several cells differ for each cell.

    Nothing is written here: the answer only settles what a new save will try.
    """

    decided = Signal(object)  # Mapping[int, bool | frozenset[str]]: draft number -> keep mine, or these columns of mine

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
        self._cells: dict[int, dict[str, QRadioButton]] = {}  # by draft and column: that mine is kept
        explained = QLabel(
            self.tr("Nothing was saved. These rows are no longer as you saw them; decide whose values shall stand."),
            self,
        )
        explained.setWordWrap(True)
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        for conflict in conflicts:
            column.addWidget(self._row(conflict))
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setObjectName("conflict.rows")
        scroll.setAccessibleName(self.tr("Conflicts"))
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setObjectName("conflict.cancel")
        cancel.setAccessibleName(cancel.text())
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        done = QPushButton(self.tr("Apply decisions"), self)
        done.setObjectName("conflict.apply")
        done.setAccessibleName(done.text())
        done.setProperty("primary", True)
        done.setDefault(True)
        done.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(done)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(explained)
        layout.addWidget(scroll, 1)
        layout.addLayout(buttons)
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
        decisions: dict[int, bool | frozenset[str]] = {draft: mine.isChecked() for draft, mine in self._choices.items()}
        for draft, cells in self._cells.items():
            kept = frozenset(column for column, mine in cells.items() if mine.isChecked())
            decisions[draft] = kept if 0 < len(kept) < len(cells) else bool(kept)
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
                if len(conflict.cells) > 1 and not _is_deletion(conflict):
                    self._add_cell_choice(conflict.draft, cell.column, grid, line)
        self._add_choice(conflict, frame, grid)
        return frame

    def _add_cell_choice(self, draft: int, column: str, grid: QGridLayout, line: int) -> None:
        """Put a button before mine and one before theirs; theirs is chosen first."""
        parent = grid.parentWidget()
        group = QButtonGroup(parent)
        spoken = (self.tr("Keep mine in {column}"), self.tr("Take theirs in {column}"))
        for place, (side, words) in enumerate(zip(("mine", "theirs"), spoken, strict=True), start=2):
            value = grid.itemAtPosition(line, place)
            button = QRadioButton(parent)
            button.setObjectName(f"conflict.cell_{side}_{draft}_{column}")
            button.setAccessibleName(words.format(column=column))
            button.setToolTip(button.accessibleName())
            group.addButton(button)
            both = QHBoxLayout()
            both.setSpacing(6)
            both.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            shown = value.widget() if value is not None else None
            if shown is not None:
                both.addWidget(shown, 1)
            grid.addLayout(both, line, place)
            button.setChecked(side == "theirs")
            if side == "mine":
                self._cells.setdefault(draft, {})[column] = button
            button.clicked.connect(lambda _=False, draft=draft: self._cell_chosen(draft))

    def _cell_chosen(self, draft: int) -> None:
        """Let the row's choice say what the cells' are: all mine, all theirs, or neither."""
        cells, mine = self._cells[draft].values(), self._choices[draft]
        kept = [button.isChecked() for button in cells]
        group = mine.group()
        group.setExclusive(False)
        for button in group.buttons():
            button.setChecked(all(kept) if button is mine else not any(kept))
        group.setExclusive(True)

    def _row_chosen(self, draft: int, *, mine: bool) -> None:
        for button in self._cells.get(draft, {}).values():
            others = button.group().buttons()
            (button if mine else next(each for each in others if each is not button)).setChecked(True)

    def _add_choice(self, conflict: Conflict, frame: QFrame, grid: QGridLayout) -> None:
        line = grid.rowCount()
        theirs_words = self.tr("Take theirs, drop my change")
        mine_words = self.tr("Keep mine and save over theirs")
        if conflict.is_lost:
            theirs_words, mine_words = self.tr("Drop my change"), self.tr("Add mine as a new row")
        elif _is_deletion(conflict):
            theirs_words, mine_words = self.tr("Keep the row as it is now"), self.tr("Delete it all the same")
        theirs, mine = QRadioButton(theirs_words, frame), QRadioButton(mine_words, frame)
        mine.setEnabled(conflict.may_insert or not conflict.is_lost)
        theirs.setChecked(True)
        group = QButtonGroup(frame)
        for place, (name, button) in enumerate((("theirs", theirs), ("mine", mine))):
            button.setObjectName(f"conflict.{name}_{conflict.draft}")
            button.setAccessibleName(button.text())
            group.addButton(button)
            button.toggled.connect(
                lambda on, keeps=button is mine: self._row_chosen(conflict.draft, mine=keeps) if on else None
            )
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
        text = line_of(value, type_)
        label = QLabel(text if len(text) <= _LONGEST else text[:_LONGEST] + "…", parent)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label


def _is_deletion(conflict: Conflict) -> bool:
    """Tell whether the row was to be deleted: then nothing of mine differs from what it was."""
    return not conflict.is_lost and all(cell.mine == cell.base for cell in conflict.cells)
