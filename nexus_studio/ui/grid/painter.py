"""GridPainter: draws all visible cells in one pass, from values already at hand. No model roles, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from PySide6.QtCore import QLine, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPen, QStaticText, QTransform

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.ui.grid.frames import ColumnFrame, Frame, RowFrame
from nexus_studio.ui.grid.grounds import paint_grounds, paint_marks, paint_ring
from nexus_studio.ui.grid.looks import CellLook, Manner, is_right_aligned, look_of, masked_look
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.kit.icons import pixmap
from nexus_studio.ui.kit.theme import Theme

PADDING: Final = 8  # pixels between a cell's edge and its text
_GAP: Final = 8
_CHIP_PADDING: Final = 6
_MOST_TEXTS: Final = 20_000
_LABEL_SHARE: Final = 0.5


@dataclass(slots=True)
class _Piece:
    """One laid-out text, ready to be drawn."""

    x: float
    y: float
    text: QStaticText


class GridPainter:
    """Draws frames; keeps laid-out texts so that a repaint costs little. One a view; UI thread only."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self._theme = theme
        self._texts: dict[tuple[str, int, bool], tuple[QStaticText, int]] = {}
        self._looks: dict[tuple[StagedCell, int, int | None], CellLook] = {}
        self.set_font(font)

    def set_font(self, font: QFont) -> None:
        """Take another font: everything is laid out anew."""
        self._font = QFont(font)
        self._font.setFeature(QFont.Tag("tnum"), 1)
        self._italic = QFont(self._font)
        self._italic.setItalic(True)
        self._metrics = QFontMetrics(self._font)
        self._italic_metrics = QFontMetrics(self._italic)
        self.forget()

    def forget(self) -> None:
        """Drop everything laid out: the font, the language or the relation is another."""
        self._texts.clear()
        self._looks.clear()

    def text_width(self, text: str) -> int:
        """Return the width of a text in pixels."""
        return self._metrics.horizontalAdvance(text)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Draw one frame."""
        paint_grounds(painter, frame, self._theme)
        plain: list[_Piece] = []
        quiet: list[_Piece] = []
        italic: list[_Piece] = []
        strikes: list[QLine] = []
        chips: list[tuple[QRectF, _Piece, str]] = []
        baseline = (frame.row_height - self._metrics.height()) / 2
        for column in frame.columns:
            self._lay_column(painter, frame, column, baseline, (plain, quiet, italic, strikes, chips))
        self._draw(painter, plain, "text", self._font)
        self._draw(painter, quiet, "text-muted", self._font)
        self._draw(painter, italic, "null", self._italic)
        self._draw_chips(painter, chips)
        painter.setPen(QPen(self._theme.color("text-muted"), 0))
        painter.drawLines(strikes)
        if frame.current is not None:
            paint_ring(painter, frame.current, self._theme, has_focus=frame.has_focus)
        paint_marks(painter, frame, self._theme)

    def _lay_column(
        self,
        painter: QPainter,
        frame: Frame,
        column: ColumnFrame,
        baseline: float,
        into: tuple[list[_Piece], list[_Piece], list[_Piece], list[QLine], list[tuple[QRectF, _Piece, str]]],
    ) -> None:
        """Lay out one column's cells; ticks and placeholders are drawn at once."""
        plain, quiet, italic, strikes, chips = into
        index, width = column.index, column.width - 2 * PADDING
        if width <= 0:
            return
        left, is_right = column.x + PADDING, is_right_aligned(column.type)
        label, height = frame.label, frame.row_height
        for row in frame.rows:
            shown = row.shown
            if shown is None:
                self._paint_placeholder(painter, column, row, height)
                continue
            cell = shown.cells[index]
            look = masked_look(cell) if column.masked else self._look(cell, column, shown.sizes.get(index))
            manner, y, x = look.manner, row.y + baseline, left
            if manner is Manner.PLAIN:
                room = width
                note = look.note or (label(index, cell) if label is not None else "")
                if note:
                    room = self._lay_note(quiet, note, look.text, left, width, y)
                text, used = self._laid(look.text, room, italic=False)
                x = left + room - used if is_right and not note else left
                (quiet if shown.is_deleted else plain).append(_Piece(x, y, text))
            elif manner is Manner.NULL or manner is Manner.EMPTY:
                text, used = self._laid(look.text, width, italic=True)
                x = left + width - used if is_right else left
                italic.append(_Piece(x, y, text))
                if manner is Manner.EMPTY:
                    chips.append((QRectF(x - 3, row.y + 5, used + 6, height - 11), italic[-1], "empty"))
            elif manner is Manner.TICK or manner is Manner.CROSS:
                is_true, used = manner is Manner.TICK, 14
                drawn = pixmap(
                    "check" if is_true else "close",
                    14,
                    self._theme.color("text" if is_true else "text-disabled"),
                    painter.device().devicePixelRatio(),
                )
                painter.drawPixmap(left, row.y + (height - 14) // 2, drawn)
            elif manner is Manner.QUIET:
                text, used = self._laid(look.text, width, italic=False)
                quiet.append(_Piece(left, y, text))
            else:
                text, used = self._laid(look.text, max(width - 2 * _CHIP_PADDING, 1), italic=False)
                ground = QRectF(left - 2, row.y + 4, used + 2 * _CHIP_PADDING, height - 9)
                kind = "default" if manner is Manner.DEFAULT else "chip"
                chips.append((ground, _Piece(left - 2 + _CHIP_PADDING, y, text), kind))
                x = left - 2 + _CHIP_PADDING
            strikes += _strike(shown, x, used, row.y + height // 2)

    def _lay_note(self, quiet: list[_Piece], note: str, text: str, left: int, width: int, y: float) -> int:
        """Lay out what stands dimmed behind a text; return the room that is left for the text itself."""
        _text, wanted = self._laid(text, 1 << 20, italic=False)
        _note, note_wanted = self._laid(note, 1 << 20, italic=False)
        room = min(note_wanted, max(width - wanted - _GAP, int(width * _LABEL_SHARE)))
        rest = width - room - _GAP
        if rest < 2 * _GAP or room < 2 * _GAP:
            return width
        laid, _used = self._laid(note, room, italic=False)
        quiet.append(_Piece(left + min(wanted, rest) + _GAP, y, laid))
        return rest

    def _look(self, cell: StagedCell, column: ColumnFrame, size: int | None) -> CellLook:
        key = (cell, column.type.oid, size)
        look = self._looks.get(key)
        if look is None:
            if len(self._looks) > _MOST_TEXTS:
                self._looks.clear()
            look = self._looks[key] = look_of(cell, column.type, size)
        return look

    def _laid(self, text: str, room: int, *, italic: bool) -> tuple[QStaticText, int]:
        """Return a text laid out and elided for a room in pixels, with its width. Remembered."""
        found = self._texts.get((text, -1, italic))
        if found is None:
            found = self._remember((text, -1, italic), text)
        if found[1] <= room:
            return found
        key = (text, room, italic)
        elided = self._texts.get(key)
        if elided is None:
            metrics = self._italic_metrics if italic else self._metrics
            elided = self._remember(key, metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))
        return elided

    def _remember(self, key: tuple[str, int, bool], text: str) -> tuple[QStaticText, int]:
        if len(self._texts) > _MOST_TEXTS:
            self._texts.clear()
        font = self._italic if key[2] else self._font
        laid = QStaticText(text)
        laid.setTextFormat(Qt.TextFormat.PlainText)
        laid.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        laid.prepare(QTransform(), font)
        entry = self._texts[key] = (laid, ceil(laid.size().width()))
        return entry

    def _draw(self, painter: QPainter, pieces: list[_Piece], token: str, font: QFont) -> None:
        if not pieces:
            return
        painter.setFont(font)
        painter.setPen(self._theme.color(token))
        for piece in pieces:
            painter.drawStaticText(QPointF(piece.x, piece.y), piece.text)

    def _draw_chips(self, painter: QPainter, chips: list[tuple[QRectF, _Piece, str]]) -> None:
        if not chips:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        grounds = {"chip": self._theme.color("chip"), "default": QColor(0, 0, 0, 0), "empty": QColor(0, 0, 0, 0)}
        edges = {
            "chip": QColor(0, 0, 0, 0),
            "default": self._theme.color("default"),
            "empty": self._theme.color("border"),
        }
        inks = {"chip": self._theme.color("chip-text"), "default": self._theme.color("default")}
        for ground, piece, kind in chips:
            painter.setPen(QPen(edges[kind], 1))
            painter.setBrush(grounds[kind])
            painter.drawRoundedRect(ground.translated(0.5, 0.5), 6, 6)
            if kind in inks:
                painter.setPen(inks[kind])
                painter.drawStaticText(QPointF(piece.x, piece.y), piece.text)
        painter.restore()

    def _paint_placeholder(self, painter: QPainter, column: ColumnFrame, row: RowFrame, height: int) -> None:
        room = column.width - 2 * PADDING
        share = 0.35 + ((row.line * 7 + column.index * 13) % 11) / 22  # ragged, and the same at every repaint
        color = self._theme.color("placeholder")
        painter.fillRect(column.x + PADDING, row.y + height // 2 - 4, int(room * share), 8, color)


def _strike(shown: ShownRow, x: int, width: int, y: int) -> list[QLine]:
    """Return the line through the text of a deleted row's cell, whatever manner the text is drawn in."""
    return [QLine(x, y, x + width, y)] if shown.is_deleted else []


def line_height(font: QFont) -> int:
    """Return the least height of a row in pixels for a font."""
    return int(QFontMetricsF(font).height()) + 8
