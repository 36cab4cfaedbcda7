"""GridPainter: draws all visible cells in one pass, from values already at hand. No model roles, no I/O.

A row is laid out when it comes into sight (`row_drawing`) and kept, so that scrolling on draws it by a few calls.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen, QPixmap, QStaticText

from nexus_studio.ui.grid.frames import Frame
from nexus_studio.ui.grid.grounds import grounds_of, paint_marks, paint_rest, paint_ring
from nexus_studio.ui.grid.row_drawing import CHIP_PADDING, PADDING, TICK, Plan, RowDrawer, RowDrawing, plan_key
from nexus_studio.ui.grid.texts import tabular
from nexus_studio.ui.kit.icons import pixmap
from nexus_studio.ui.kit.theme import Theme

_MOST_ROWS: Final = 160
"""Rows kept laid out beyond those in sight, for each set of columns."""

_MOST_PLANS: Final = 4
_MOST_GROUNDS: Final = 500
_RADIUS: Final = 6
_EDGES: Final = {"default": "default", "empty": "border"}

_Placed = tuple[int, int, RowDrawing]
"""A row in sight: its y, the number of its line, and what is drawn of it."""


class GridPainter:
    """Draws frames. One a view; UI thread only."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self._theme = theme
        self._plans: dict[tuple[object, ...], Plan] = {}
        self._grounds: dict[tuple[str, int, int, int, float], QPixmap] = {}
        self._font = tabular(font)
        self._drawer = RowDrawer(self._font)
        self._height = self._drawer.texts.metrics.height()

    def set_font(self, font: QFont) -> None:
        """Take another font: everything is laid out anew."""
        wanted = tabular(font)
        if wanted != self._font:
            self._font = wanted
            self._drawer = RowDrawer(wanted)
            self._height = self._drawer.texts.metrics.height()
        self.forget()

    def forget(self) -> None:
        """Drop everything laid out: the font, the language or the relation is another."""
        self._drawer.forget()
        self._plans.clear()
        self._grounds.clear()

    def forget_labels(self) -> None:
        """Lay those rows out anew that lack a label: some arrived."""
        for plan in self._plans.values():
            plan.rows = {key: drawing for key, drawing in plan.rows.items() if not drawing.awaits_label}

    def text_width(self, text: str) -> float:
        """Return about how wide a text is, in pixels: exact for Latin ones."""
        return self._drawer.texts.width(text)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Draw one frame."""
        edge = frame.columns[0].x if frame.columns else 0
        placed = self._rows_of(frame)
        baseline = (frame.row_height - self._height) / 2
        self._draw_rows(painter, frame, edge, {y: drawing for y, _line, drawing in placed})
        paint_rest(painter, frame, self._theme)
        self._draw_placeholders(painter, frame, placed, edge)
        self._draw_marks(painter, placed, edge, baseline, frame.row_height)
        self._draw_texts(painter, placed, edge, baseline)
        self._draw_strikes(painter, placed, edge, frame.row_height)
        if frame.current is not None:
            paint_ring(painter, frame.current, self._theme, has_focus=frame.has_focus)
        paint_marks(painter, frame, self._theme)

    def _draw_rows(self, painter: QPainter, frame: Frame, edge: int, drawings: dict[int, RowDrawing]) -> None:
        """Draw each row's ground and its text.

        A row at a time: its pixels are in the processor's cache yet when the text is blended with them.
        """
        color, fill, height = self._theme.color, painter.fillRect, frame.row_height
        base, border, inks = color("base"), color("border"), (color("text"), color("text-muted"))
        left, wide, length = frame.area.left(), frame.area.width(), frame.right - frame.area.left()
        down = (height - self._height) / 2
        grounds = grounds_of(frame, self._theme)
        was_deleted = False
        painter.setPen(inks[was_deleted])
        for y, _line, _shown in frame.rows:
            fill(left, y, wide, height, base)
            for area, ground in grounds.get(y, ()):
                fill(area, ground)
            fill(left, y + height - 1, length, 1, border)
            drawing = drawings.get(y)
            if drawing is not None and drawing.plain is not None:
                if drawing.is_deleted is not was_deleted:  # a change of pen costs as much as a text
                    was_deleted = drawing.is_deleted
                    painter.setPen(inks[was_deleted])
                drawing.plain.draw(painter, QPointF(edge, y + down - drawing.rise))

    def _rows_of(self, frame: Frame) -> list[_Placed]:
        """Return the rows that are here, laid out."""
        plan = self._plan(frame)
        rows, draw = plan.rows, self._drawer.draw
        if len(rows) > _MOST_ROWS + 2 * len(frame.rows):
            for key in list(islice(rows, len(rows) - len(frame.rows))):
                del rows[key]
        placed = []
        for y, line, shown in frame.rows:
            if shown is not None:
                # By identity: a row that changes is another object, and the drawing keeps this one alive.
                drawing = rows.get(id(shown))
                if drawing is None:
                    drawing = rows[id(shown)] = draw(shown, plan, frame.label)
                placed.append((y, line, drawing))
        return placed

    def _plan(self, frame: Frame) -> Plan:
        with_labels = frame.label is not None
        key = plan_key(frame.columns, frame.row_height, with_labels=with_labels)
        plan = self._plans.pop(key, None)
        if plan is None:
            while len(self._plans) >= _MOST_PLANS:
                del self._plans[next(iter(self._plans))]
            plan = Plan(frame.columns, self._drawer.texts, frame.row_height, with_labels=with_labels)
        self._plans[key] = plan  # the one used last stays longest
        return plan

    def _draw_texts(self, painter: QPainter, placed: list[_Placed], edge: int, baseline: float) -> None:
        """Draw the texts that stand by themselves."""
        color = self._theme.color
        for y, _line, drawing in placed:
            for ink, x, dy, text in drawing.texts:
                painter.setPen(color(ink))
                text.draw(painter, QPointF(edge + x, y + baseline + dy))

    def _draw_marks(self, painter: QPainter, placed: list[_Placed], edge: int, baseline: float, height: int) -> None:
        """Draw chips, ticks, and the words that are no values."""
        ratio, color = painter.device().devicePixelRatioF(), self._theme.color
        ticks = {
            True: pixmap("check", TICK, color("text"), ratio),
            False: pixmap("close", TICK, color("text-disabled"), ratio),
        }
        down = (height - TICK) // 2
        words: dict[str, list[tuple[QPointF, QStaticText]]] = {}
        chips: dict[tuple[str, int], tuple[QPixmap, int, int]] = {}
        for y, _line, drawing in placed:
            for mark in drawing.marks:
                if mark.chip is not None:
                    kind, x, used = mark.chip
                    chip = chips.get((kind, used))
                    if chip is None:
                        chip = chips[kind, used] = self._chip(kind, used, height, ratio)
                    painter.drawPixmap(QPointF(edge + x - chip[1], y + chip[2]), chip[0])
                if mark.tick is not None:
                    painter.drawPixmap(QPointF(edge + mark.x, y + down), ticks[mark.tick])
                for x, text in mark.texts:
                    words.setdefault(mark.ink, []).append((QPointF(edge + x, y + baseline), text))
        for ink, placed_words in words.items():
            painter.setPen(color(ink))
            painter.setFont(self._drawer.italic.font if ink == "null" else self._font)
            for place, text in placed_words:
                painter.drawStaticText(place, text)

    def _chip(self, kind: str, used: int, height: int, ratio: float) -> tuple[QPixmap, int, int]:
        """Return the ground of a chip, by how much it begins before its text, and how far below the row's top."""
        # In rows of several lines a chip stays as high as its own line.
        inset, wider, above = (11, 3, 5) if kind == "empty" else (9, CHIP_PADDING, 4)
        tall = min(height - inset, self._height + 4)
        return self._ground(kind, used + 2 * wider, tall, ratio), wider, above + (height - inset - tall) // 2

    def _ground(self, kind: str, width: int, height: int, ratio: float) -> QPixmap:
        """Return the ground of a chip, drawn once for each width."""
        color = self._theme.color(_EDGES.get(kind, "chip"))
        key = (kind, width, height, color.rgba(), ratio)
        ground = self._grounds.get(key)
        if ground is None:
            if len(self._grounds) > _MOST_GROUNDS:
                self._grounds.clear()
            ground = QPixmap(round((width + 1) * ratio), round((height + 1) * ratio))
            ground.setDevicePixelRatio(ratio)
            ground.fill(Qt.GlobalColor.transparent)
            painter = QPainter(ground)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(color, 1) if kind in _EDGES else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if kind in _EDGES else color)
            painter.drawRoundedRect(QRectF(0.5, 0.5, width, height), _RADIUS, _RADIUS)
            painter.end()
            self._grounds[key] = ground
        return ground

    def _draw_strikes(self, painter: QPainter, placed: list[_Placed], edge: int, height: int) -> None:
        lines = [
            QLineF(edge + begin, y + height // 2, edge + end, y + height // 2)
            for y, _line, drawing in placed
            for begin, end in drawing.strikes
        ]
        if lines:
            painter.setPen(QPen(self._theme.color("text-muted"), 0))
            painter.drawLines(lines)

    def _draw_placeholders(self, painter: QPainter, frame: Frame, placed: list[_Placed], edge: int) -> None:
        """Draw what stands for rows, and for cells of rows, that are on their way."""
        color, down = self._theme.color("placeholder"), frame.row_height // 2 - 4
        everywhere = [(column.index, column.x - edge + PADDING, column.width - 2 * PADDING) for column in frame.columns]
        missing = [(row.y, row.line, everywhere) for row in frame.rows if row.shown is None]
        for y, line, cells in [*missing, *[(y, line, drawing.unread) for y, line, drawing in placed if drawing.unread]]:
            for index, x, room in cells:
                share = 0.35 + ((line * 7 + index * 13) % 11) / 22  # ragged, and the same at every repaint
                if room > 0:
                    painter.fillRect(edge + x, y + down, int(room * share), 8, color)


def line_height(font: QFont) -> int:
    """Return the least height of a row in pixels for a font."""
    return int(QFontMetricsF(font).height()) + 8
