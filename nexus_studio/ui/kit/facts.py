"""FactList: what is known of a thing, line by line: the name of each fact, and beside it what it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.kit.parts import label

_TOP: Final = Qt.AlignmentFlag.AlignTop
_BETWEEN: Final = 16  # pixels from the longest name to the values
_APART: Final = 4
_WIDEST: Final = 220  # pixels of a name: some are those of tables, which may have 63 characters


class FactList(QWidget):
    """Names in a column as wide as the longest, within reason; values wrapped beside them, none of their lines cut.

    A `QGridLayout` and no `QFormLayout`: that one reckons wrapped values too low, and so cuts the last ones.
    """

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(_BETWEEN)
        self._grid.setVerticalSpacing(_APART)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: Iterable[tuple[str, ...]]) -> None:
        """Show facts: name, value, and a tool tip where there is more to say. What has no value is left out.

        Widgets are deleted a turn later: facts are shown anew while the theme changes, and Qt, which is just giving
        every widget its new looks, would come upon one that is gone.
        """
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row, (name, value, *tip) in enumerate(fact for fact in facts if fact[1]):
            title, said = ElidedLabel(), label(value, selectable=True)
            title.setProperty("muted", True)
            title.say(name)
            wanted = title.sizeHint().width()
            title.setFixedWidth(min(wanted, _WIDEST))
            title.setToolTip(name if wanted > _WIDEST else "")
            said.setToolTip("".join(tip))
            self._grid.addWidget(title, row, 0, _TOP)
            self._grid.addWidget(said, row, 1, _TOP)
