"""What is drawn of one row, laid out once and drawn as often as the row is in sight.

Most of a row is plain text: it becomes one text with a tab stop for each column, which Qt shapes several times quicker
than a text for each cell, and draws with one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from PySide6.QtGui import QFont, QStaticText, QTextLayout, QTextOption

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.grid.frames import ColumnFrame
from nexus_studio.ui.grid.looks import LONGEST, CellLook, Manner, is_right_aligned, look_of, masked_look
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.grid.texts import LENIENCE, Texts, stands_apart

PADDING: Final = 8  # pixels between a cell's edge and its text
CHIP_PADDING: Final = 6
TICK: Final = 14
_GAP: Final = 8
_MOST_LOOKS: Final = 5_000
_MOST_MARKS: Final = 1_000
_LABEL_SHARE: Final = 0.5
_OTHERWISE: Final = frozenset({TypeKind.BOOLEAN, TypeKind.ENUM, TypeKind.BINARY})
"""Kinds whose cells are not drawn as the text they are."""

_SPELT: Final = frozenset({TypeKind.NUMBER, TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.UUID})

LabelOf = Callable[[int, StagedCell], str]


@dataclass(slots=True)
class Mark:
    """A cell drawn otherwise than as plain text; rows share those of equal cells. x counts as in `RowDrawing`."""

    ink: str = ""
    texts: tuple[tuple[float, QStaticText], ...] = ()
    chip: tuple[str, float, int] | None = None
    """The ground below: kind ("chip", "default", "empty"), x and width of the text."""

    tick: bool | None = None
    x: float = 0
    used: int = 0


@dataclass(slots=True)
class RowDrawing:
    """One row laid out. All x count from the left edge of the plan's first column, all y from the line of text."""

    shown: ShownRow
    is_deleted: bool = False
    plain: QTextLayout | None = None
    rise: float = 0.0
    marks: list[Mark] = field(default_factory=list)
    texts: Sequence[tuple[str, float, float, QTextLayout]] = ()
    """Texts by themselves: ink, x, y and the text."""

    strikes: Sequence[tuple[float, float]] = ()
    unread: Sequence[tuple[int, int, int]] = ()
    """Cells that are not here yet: index of the column, x and room."""

    awaits_label: bool = False

    def add(self, mark: Mark) -> None:
        """Add a cell drawn otherwise."""
        self.marks.append(mark)
        if self.is_deleted:
            self.strike(mark.x, mark.used)

    def strike(self, x: float, used: float) -> None:
        """Strike a text through when the row is to be deleted."""
        if self.is_deleted:
            self.strikes = (*self.strikes, (x, x + used))


@dataclass(frozen=True, slots=True)
class _Lane:
    """A column as rows are laid out for it. `left` counts from the plan's edge."""

    column: ColumnFrame
    index: int
    left: int
    room: int
    is_right: bool
    is_quick: bool
    """Whether a cell is mostly drawn as the text it is."""
    most: int
    """Pixels that a text may take."""
    sure: int
    """Characters that fit whatever they are."""
    likely: int
    """Characters that fit as a rule."""
    marks: dict[StagedCell, Mark] = field(default_factory=dict)
    """Cells met before that are drawn otherwise."""


class Plan:
    """Columns side by side, and the rows laid out for them. `edge`, where they begin, may be another at each paint."""

    def __init__(self, columns: Sequence[ColumnFrame], texts: Texts, row_height: int, *, with_labels: bool) -> None:
        edge = columns[0].x if columns else 0
        self.rows: dict[int, RowDrawing] = {}
        self.height = row_height
        self.lanes = tuple(
            _lane(column, edge, texts, with_labels=with_labels) for column in columns if column.width > 2 * PADDING
        )
        self.quick = [(lane.index, lane.is_quick, lane.sure, lane.likely, lane.most, lane) for lane in self.lanes]
        """What the drawing of a row asks of each lane: looking it up there costs more than the answer is worth."""
        stops = []
        for lane in self.lanes:
            if lane.is_right:
                stops.append(QTextOption.Tab(lane.left + lane.room, QTextOption.TabType.RightTab))
            else:
                stops.append(QTextOption.Tab(lane.left, QTextOption.TabType.LeftTab))
        self.option = QTextOption()
        self.option.setWrapMode(QTextOption.WrapMode.NoWrap)
        self.option.setTabs(stops)


def plan_key(columns: Sequence[ColumnFrame], row_height: int, *, with_labels: bool) -> tuple[object, ...]:
    """Return what a plan depends on."""
    edge = columns[0].x if columns else 0
    return (
        row_height,
        with_labels,
        *[(c.index, c.x - edge, c.width, c.type.oid, c.masked, c.wrap, c.has_labels) for c in columns],
    )


def _lane(column: ColumnFrame, edge: int, texts: Texts, *, with_labels: bool) -> _Lane:
    room = column.width - 2 * PADDING
    widest = texts.widest_digit if column.type.kind in _SPELT else texts.widest
    is_odd = column.masked or column.wrap or column.type.kind in _OTHERWISE or (with_labels and column.has_labels)
    is_right = is_right_aligned(column.type)
    left, most = column.x - edge + PADDING, room + LENIENCE
    return _Lane(
        column, column.index, left, room, is_right, not is_odd, most, int(most / widest), int(most / texts.typical)
    )


class RowDrawer:
    """Lays rows out. One font and language; UI thread only."""

    def __init__(self, font: QFont) -> None:
        italic = QFont(font)
        italic.setItalic(True)
        self.texts = Texts(font)
        self.italic = Texts(italic)
        self._looks: dict[tuple[StagedCell, int, int | None], CellLook] = {}

    def forget(self) -> None:
        """Drop how cells look: the language or the relation is another."""
        self._looks.clear()

    def draw(self, shown: ShownRow, plan: Plan, label: LabelOf | None) -> RowDrawing:
        """Lay a row out. O(characters in sight)."""
        drawing = RowDrawing(shown, shown.is_deleted)
        cells, sizes, parts = shown.cells, shown.sizes, [""]
        add, width = parts.append, self.texts.width
        for index, is_quick, sure, likely, most, lane in plan.quick:
            cell = cells[index]
            # Nearly all cells take this road; what it asks costs next to nothing.
            if (
                is_quick
                and cell.__class__ is str
                and 0 < (length := len(cell)) <= LONGEST
                and cell.isprintable()
                and (cell.isascii() or not stands_apart(cell))
                and index not in sizes
            ):
                is_short = length <= sure or (length <= likely and width(cell) <= most)
                add(cell if is_short else self.texts.fitted(cell, lane.room))
            elif (mark := lane.marks.get(cell)) is not None and index not in sizes:
                drawing.add(mark)
                add("")
            else:
                add(self._odd(drawing, lane, cell, plan.height, label))
        if drawing.is_deleted:
            self._strike(drawing, plan, parts)
        text = "\t".join(parts).rstrip("\t")
        if text:
            drawing.plain, drawing.rise = self.texts.laid(text, plan.option)
        return drawing

    def _odd(self, drawing: RowDrawing, lane: _Lane, cell: StagedCell, height: int, label: LabelOf | None) -> str:
        """Lay out a cell that is more than a text; return what of it stands in the row's text nevertheless."""
        column = lane.column
        size = drawing.shown.sizes.get(lane.index)
        look = masked_look(cell) if column.masked else self._look(cell, column, size)
        if look.manner is Manner.PLAIN:
            return self._text(drawing, lane, cell, look, height, label)
        if look.manner is Manner.UNREAD:
            drawing.unread = (*drawing.unread, (lane.index, lane.left, lane.room))
            return ""
        mark = self._mark(lane, look)
        if size is None:
            if len(lane.marks) > _MOST_MARKS:
                lane.marks.clear()
            lane.marks[cell] = mark
        drawing.add(mark)
        return ""

    def _mark(self, lane: _Lane, look: CellLook) -> Mark:
        """Lay out what is no plain text."""
        x: float = lane.left
        match look.manner:
            case Manner.NULL | Manner.EMPTY:
                text, used = self.italic.static(look.text, lane.room)
                x = lane.left + lane.room - used if lane.is_right else lane.left
                return Mark(
                    "null", ((x, text),), ("empty", x, used) if look.manner is Manner.EMPTY else None, None, x, used
                )
            case Manner.TICK | Manner.CROSS:
                return Mark(tick=look.manner is Manner.TICK, x=x, used=TICK)
            case Manner.QUIET:
                text, used = self.texts.static(look.text, lane.room)
                if not look.note or lane.room - used <= 3 * _GAP:
                    return Mark("text-muted", ((x, text),), None, None, x, used)
                note, _wide = self.texts.static(look.note, lane.room - used - _GAP)
                return Mark("text-muted", ((x, text), (x + used + _GAP, note)), None, None, x, used)
            case _:
                text, used = self.texts.static(look.text, max(lane.room - 2 * CHIP_PADDING, 1))
                x = lane.left - 2 + CHIP_PADDING
                is_default = look.manner is Manner.DEFAULT
                chip = ("default" if is_default else "chip", x, used)
                return Mark("default" if is_default else "chip-text", ((x, text),), chip, None, x, used)

    def _text(
        self, drawing: RowDrawing, lane: _Lane, cell: StagedCell, look: CellLook, height: int, label: LabelOf | None
    ) -> str:
        """Lay out a text with what stands dimmed behind it; return it when it may stand in the row's own text."""
        if lane.column.wrap and isinstance(cell, str) and self._wrap(drawing, lane, cell, look, height):
            return ""
        note = look.note
        if not note and label is not None and lane.column.has_labels and not lane.column.masked:
            note = label(lane.index, cell)
            drawing.awaits_label |= not note
        rest = self._note(drawing, lane, look.text, note) if note else lane.room
        if not note and not stands_apart(look.text):
            return self.texts.fitted(look.text, lane.room)
        text = self.texts.fitted(look.text, rest)
        laid, rise = self.texts.laid(text)
        used = ceil(laid.maximumWidth())
        x = lane.left + lane.room - used if lane.is_right and not note else lane.left
        drawing.texts = (*drawing.texts, (_own_ink(drawing), x, -rise, laid))
        drawing.strike(x, used)
        return ""

    def _note(self, drawing: RowDrawing, lane: _Lane, text: str, note: str) -> int:
        """Lay out what stands dimmed behind a text; return the room that is left for the text itself."""
        wanted, note_wanted = ceil(self.texts.width(text)), ceil(self.texts.width(note))
        room = min(note_wanted, max(lane.room - wanted - _GAP, int(lane.room * _LABEL_SHARE)))
        rest = lane.room - room - _GAP
        if rest < 2 * _GAP or room < 2 * _GAP:
            return lane.room
        laid, rise = self.texts.laid(self.texts.fitted(note, room))
        x = lane.left + min(wanted, rest) + _GAP
        drawing.texts = (*drawing.texts, ("text-muted", x, -rise, laid))
        return rest

    def _wrap(self, drawing: RowDrawing, lane: _Lane, cell: str, look: CellLook, height: int) -> bool:
        """Break a text into the lines a row holds; False when it holds only one."""
        line = self.texts.metrics.height()
        lines = max(1, (height - 4) // line)
        if lines == 1:
            return False
        text = cell[:LONGEST].replace("\r\n", "\n").replace("\n", "\u2028").replace("\t", " ")
        if len(look.text) > len(text) or look.text.endswith("…"):
            text += "…"
        laid = self.texts.wrapped(text, lane.room, lines)
        drawing.texts = (*drawing.texts, (_own_ink(drawing), lane.left, -(laid.lineCount() - 1) * line / 2, laid))
        drawing.strike(lane.left, lane.room)
        return True

    def _strike(self, drawing: RowDrawing, plan: Plan, parts: list[str]) -> None:
        """Note the lines through a deleted row's plain texts."""
        for lane, text in zip(plan.lanes, parts[1:], strict=True):
            if text:
                used = ceil(self.texts.width(text))
                x = lane.left + lane.room - used if lane.is_right else lane.left
                drawing.strike(x, used)

    def _look(self, cell: StagedCell, column: ColumnFrame, size: int | None) -> CellLook:
        key = (cell, column.type.oid, size)
        look = self._looks.get(key)
        if look is None:
            if len(self._looks) > _MOST_LOOKS:
                self._looks.clear()
            look = self._looks[key] = look_of(cell, column.type, size)
        return look


def _own_ink(drawing: RowDrawing) -> str:
    return "text-muted" if drawing.is_deleted else "text"
