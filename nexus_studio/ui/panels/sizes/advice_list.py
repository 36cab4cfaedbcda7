"""AdviceList: what is advised, the gravest first, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from nexus_studio.core.admin.advice import Advice
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.tips import plain_tip
from nexus_studio.ui.kit.wording_advice import advice_title, gravity_sign, gravity_word

_TITLE, _GRAVITY = range(2)
_LINE_HEIGHT: Final = 28


class _Line(QTreeWidgetItem):
    def __init__(self, advice: Advice) -> None:
        super().__init__()
        self.advice = advice


class AdviceList(QTreeWidget):
    """A line for each advice: its sign, what it is about, how grave it is."""

    chosen = Signal(object)  # Advice of the current line, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.advice_list")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setColumnCount(_GRAVITY + 1)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_TITLE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_GRAVITY, QHeaderView.ResizeMode.ResizeToContents)
        self.currentItemChanged.connect(lambda *_: self.chosen.emit(self.current()))
        self.retranslate()

    def current(self) -> Advice | None:
        """Return the chosen advice."""
        item = self.currentItem()
        return item.advice if isinstance(item, _Line) else None

    def show_advice(self, advice: Sequence[Advice]) -> None:
        """Show advice; what was chosen stays so where it is still there, else the first is."""
        before = self.current()
        self.blockSignals(True)  # one choice is told, once all lines are there
        self.clear()
        lines = [_Line(each) for each in advice]
        for each in lines:
            self._fill(each)
        self.addTopLevelItems(list(lines))
        chosen = next((each for each in lines if before is not None and _key(each.advice) == _key(before)), None)
        if chosen is not None or lines:
            self.setCurrentItem(chosen or lines[0])
        self.blockSignals(False)
        self.chosen.emit(self.current())

    def choose(self, code: str) -> bool:
        """Choose the first advice of a code; tell whether there is one."""
        for each in self._lines():
            if each.advice.code == code:
                self.setCurrentItem(each)
                return True
        return False

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Advice"))
        self.setHeaderLabels([self.tr("What"), self.tr("How grave")])
        for each in self._lines():
            self._fill(each)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.retranslate()

    # inside

    def _lines(self) -> list[_Line]:
        items = (self.topLevelItem(number) for number in range(self.topLevelItemCount()))
        return [item for item in items if isinstance(item, _Line)]

    def _fill(self, line: _Line) -> None:
        advice = line.advice
        title, word = advice_title(advice), gravity_word(advice.gravity)
        line.setIcon(_TITLE, icon(*gravity_sign(advice.gravity)))
        line.setText(_TITLE, title)
        line.setText(_GRAVITY, word)
        line.setSizeHint(_TITLE, QSize(0, _LINE_HEIGHT))
        line.setToolTip(_TITLE, plain_tip(title))
        line.setData(_TITLE, Qt.ItemDataRole.AccessibleTextRole, f"{word}: {title}")


def _key(advice: Advice) -> tuple[object, ...]:
    return advice.code, advice.relation, advice.index, advice.name
