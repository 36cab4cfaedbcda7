"""One-line editors: text, numbers, intervals, uuids, and PostgreSQL's text form of everything else."""

from __future__ import annotations

import ipaddress
import uuid
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QWidget

from nexus_studio.ui.grid.editors.cell_editor import CellEditor, EditPlace
from nexus_studio.ui.kit.icons import icon

_AROUND: Final = 84  # pixels of margins and buttons
_MOST_WIDTH: Final = 560
_ANY_LENGTH: Final = (1 << 31) - 1  # a field of Qt would cut off at 32 767 characters


class LineEditor(CellEditor):
    """A line of text, exact: what is typed is what the server gets."""

    expand_asked = Signal()  # the person wants more room for this text

    is_expandable = True

    def _build(self) -> QWidget:
        self._edit = QLineEdit(self)
        self._edit.setMinimumWidth(60)
        self._edit.setMaxLength(_ANY_LENGTH)
        self._edit.textEdited.connect(self._edited)
        if self.type.length is not None and self.is_expandable:
            self._edit.setToolTip(self.tr("At most %Ln character(s)", "", self.type.length))
        return self._edit

    def sizeHint(self) -> QSize:
        """Return room for the whole text, within bounds."""
        hint = super().sizeHint()
        wanted = self._edit.fontMetrics().horizontalAdvance(self._edit.text()) + _AROUND
        return hint.expandedTo(QSize(min(wanted, _MOST_WIDTH), 0))

    def _show(self, text: str) -> None:
        self._edit.setText(text)
        self._edit.selectAll()

    def start_with(self, text: str) -> None:
        """Begin with a typed character; the cursor stands behind it."""
        super().start_with(text)
        self._edit.deselect()
        self._edit.end(False)
        self._show_hint()

    def text(self) -> str:
        """Return what stands in the field."""
        return self._edit.text()

    def _typed(self) -> str:
        return self._edit.text()

    def _hint(self, text: str) -> None:
        self._edit.setPlaceholderText(text)

    def _handle_key(self, event: QKeyEvent) -> bool:
        is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.is_expandable:
            self.expand_asked.emit()
            return True
        return super()._handle_key(event)

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        if self.is_expandable:
            more = QToolButton(self)
            more.setObjectName("editor_expand")
            more.setIcon(icon("external", "text-muted"))
            more.setAccessibleName(self.tr("Edit as several lines"))
            more.setToolTip(self.tr("Edit as several lines (Shift+Enter)"))
            more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            more.clicked.connect(self.expand_asked)
            self._line.insertWidget(1, more)

    def _menu_actions(self) -> list[QAction]:
        if not self.is_expandable:
            return []
        empty = QAction(self.tr("Set empty text"), self)
        empty.triggered.connect(lambda: self.set_text(""))
        more = QAction(icon("external"), self.tr("Edit as several lines\tShift+Enter"), self)
        more.triggered.connect(self.expand_asked)
        return [empty, more]


_UNBOUNDED: Final = frozenset({"numeric", "float4", "float8"})


class NumberEditor(LineEditor):
    """A number as text: no rounding on the way, whatever its precision."""

    is_expandable = False

    def _menu_actions(self) -> list[QAction]:
        """Offer what is no number of digits."""
        words = ("NaN", "Infinity", "-Infinity") if self.type.name in _UNBOUNDED else ()
        found = []
        for word in words[:1] if self.type.precision is not None else words:
            action = QAction(word, self)
            action.setObjectName(f"editor_{word.lower()}")
            action.triggered.connect(lambda _checked=False, word=word: self.set_text(word))
            found.append(action)
        return found

    def _build(self) -> QWidget:
        field = super()._build()
        self._edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._edit.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        if self.type.precision is not None:
            self._edit.setToolTip(
                self.tr("Up to {digits} digits, {scale} of them after the point").format(
                    digits=self.type.precision, scale=self.type.scale or 0
                )
            )
        return field

    def _checked(self, text: str) -> str:
        return super()._checked(text.strip())


class PlainEditor(LineEditor):
    """PostgreSQL's text form of a type that has no editor of its own; the server is the judge."""

    is_expandable = False


class IntervalEditor(PlainEditor):
    """An interval in PostgreSQL's words."""

    def _build(self) -> QWidget:
        field = super()._build()
        self._edit.setToolTip(self.tr("For example: 1 day 02:30:00, 3 mons, -15 minutes, P1DT2H"))
        return field


class UuidEditor(PlainEditor):
    """A uuid, with a fresh one at hand."""

    def _menu_actions(self) -> list[QAction]:
        made = QAction(icon("refresh"), self.tr("Generate"), self)
        made.setObjectName("editor_generate")
        made.triggered.connect(lambda: self.set_text(str(uuid.uuid4())))
        return [made]


class NotedEditor(PlainEditor):
    """PostgreSQL's text form, and below it what is to be known of it while one types."""

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._note = QLabel(self)
        self._note.setObjectName("editor_note")
        self._note.setProperty("muted", True)
        self._note.setContentsMargins(6, 2, 6, 2)
        self._column.insertWidget(1, self._note)
        self._tell()

    def note(self, text: str) -> str:
        """Say what is to be known of a text; empty: nothing."""
        raise NotImplementedError

    def _tell(self) -> None:
        note = getattr(self, "_note", None)
        if note is None:
            return
        words = self.note(self._edit.text())
        is_other = note.isHidden() != (not words)
        note.setText(words)
        note.setVisible(bool(words))
        if is_other:
            self.size_wanted.emit()

    def _show(self, text: str) -> None:
        super()._show(text)
        self._tell()

    def _edited(self) -> None:
        super()._edited()
        self._tell()


class BitEditor(NotedEditor):
    """A string of bits: how many there are, of how many."""

    def note(self, text: str) -> str:
        """Count the bits; `x1F` counts four for each digit."""
        text = text.strip()
        bits = 4 * (len(text) - 1) if text[:1] in {"x", "X"} else len(text.removeprefix("b").removeprefix("B"))
        if self.type.length is None:
            return self.tr("%Ln bit(s)", "", bits)
        exact = self.type.name == "bit"
        words = self.tr("{count} of {all} bits") if exact else self.tr("{count} of at most {all} bits")
        return words.format(count=bits, all=self.type.length)


class MoneyEditor(NotedEditor):
    """An amount of money, in the server's own currency and writing."""

    def _build(self) -> QWidget:
        field = super()._build()
        self._edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        return field

    def note(self, text: str) -> str:
        """Say whose writing it is."""
        return self.tr("Written as the server writes money (lc_monetary).")


_EXAMPLES: Final = {
    "inet": "192.168.0.1/24, 2001:db8::1",
    "cidr": "192.168.0.0/24, 2001:db8::/32",
    "macaddr": "08:00:2b:01:02:03",
    "macaddr8": "08:00:2b:01:02:03:04:05",
}


class AddressEditor(NotedEditor):
    """An address of a network or of a card, with what it is: a host, a network, a version."""

    def note(self, text: str) -> str:
        """Say what the address is, and what it looks like while it is none."""
        text, name = text.strip(), self.type.name
        try:
            found = ipaddress.ip_interface(text) if name in {"inet", "cidr"} else None
        except ValueError:
            found = None
        if found is None:
            example = _EXAMPLES.get(name, "")
            return self.tr("For example: {example}").format(example=example) if example else ""
        if found.network.num_addresses == 1:
            return self.tr("IPv{version}, one address").format(version=found.version)
        words = self.tr("IPv{version}, network {network}")
        return words.format(version=found.version, network=found.network)


class TreePathEditor(NotedEditor):
    """A path of labels (ltree)."""

    def note(self, text: str) -> str:
        """Count the labels."""
        return self.tr("%Ln label(s), parted by points", "", text.count(".") + 1 if text else 0)
