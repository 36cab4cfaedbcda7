"""Painting of the list's own cells: the picture of the graph, and a message with its chips. Only what is in sight."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from nexus_studio.core.admin.lanes import LaneRow, Stroke
from nexus_studio.core.admin.migrations import RevisionState
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.revision_model import LINE_ROLE, Line, RevisionModel, chips_of
from nexus_studio.ui.panels.migrations.words import STATES

ROW_HEIGHT: Final = 28  # pixels
_MARGIN: Final = 14  # pixels from the edge to the middle of the first lane
_LANE: Final = 14  # pixels between lanes, where there is room
_LEAST_LANE: Final = 5
_MOST_WIDTH: Final = 220
_DOT: Final = 4.5  # radius
_RING: Final = 7.5  # radius of the ring around what the database is at
_LINE: Final = 1.6
_CHIP_GAP: Final = 6
_TEXT_MARGIN: Final = 5  # what Qt leaves free before a text, and a little air
_CHIP_PADDING: Final = 6
_LEAST_MESSAGE: Final = 60

_HOLLOW = frozenset({RevisionState.PENDING, RevisionState.ROLLED_BACK, RevisionState.RUNNING})

Index = QModelIndex | QPersistentModelIndex


def graph_width(lanes: int) -> int:
    """Return the pixels that a picture of so many lanes gets: lanes move together before it takes too much room."""
    return min(_MOST_WIDTH, 2 * _MARGIN + (max(1, lanes) - 1) * _LANE)


class GraphDelegate(QStyledItemDelegate):
    """The column of the graph: lines, dots in the colour of their state, a ring around where the database is."""

    def __init__(self, context: UiContext, model: RevisionModel, view: QTreeView) -> None:
        super().__init__(view)
        self._theme = context.theme
        self._model = model
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        line = index.data(LINE_ROLE)
        if not isinstance(line, Line):
            return
        rect: QRect = option.rect
        painter.save()
        painter.setClipRect(rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if line.lanes is not None:
            self._paint_lines(painter, rect, line.lanes)
        self._paint_dot(painter, rect, line, is_selected=bool(option.state & QStyle.StateFlag.State_Selected))
        if self._view.hasFocus() and index.row() == self._view.currentIndex().row():
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), self._theme.color("accent"))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(graph_width(self._model.lanes), ROW_HEIGHT)

    def _x(self, rect: QRect, lane: int) -> float:
        lanes = max(1, self._model.lanes - 1)
        step = min(_LANE, max(_LEAST_LANE, (_MOST_WIDTH - 2 * _MARGIN) / lanes))
        return rect.left() + _MARGIN + lane * step

    def _paint_lines(self, painter: QPainter, rect: QRect, row: LaneRow) -> None:
        top, middle, bottom = float(rect.top()), rect.center().y() + 0.5, float(rect.bottom() + 1)
        dot = self._x(rect, row.lane)
        for stroke in row.passing:
            x = self._x(rect, stroke.lane)
            self._stroke(painter, stroke, QPointF(x, top), QPointF(x, bottom))
        for stroke in row.arriving:
            self._stroke(painter, stroke, QPointF(self._x(rect, stroke.lane), top), QPointF(dot, middle))
        for stroke in row.leaving:
            self._stroke(painter, stroke, QPointF(dot, middle), QPointF(self._x(rect, stroke.lane), bottom))
        if row.is_cut:
            end = QPointF(dot, middle + (bottom - middle) * 0.9)
            self._stroke(painter, Stroke(row.lane, dotted=True), QPointF(dot, middle), end)

    def _stroke(self, painter: QPainter, stroke: Stroke, start: QPointF, end: QPointF) -> None:
        pen = QPen(self._theme.color("text-disabled"), _LINE)
        if stroke.dotted:
            pen.setDashPattern([1.5, 2.0])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if start.x() == end.x():
            painter.drawLine(start, end)
            return
        path = QPainterPath(start)
        half = (start.y() + end.y()) / 2
        path.cubicTo(QPointF(start.x(), half), QPointF(end.x(), half), end)
        painter.drawPath(path)

    def _paint_dot(self, painter: QPainter, rect: QRect, line: Line, *, is_selected: bool) -> None:
        state = line.report.state
        lane = line.lanes.lane if line.lanes is not None else 0
        middle = QPointF(self._x(rect, lane), rect.center().y() + 0.5)
        ink = self._theme.color(STATES[state].tone)
        ground = self._theme.color("selection" if is_selected else "base")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)  # lines end at the dot's edge
        painter.drawEllipse(middle, _DOT + 2, _DOT + 2)
        painter.setPen(QPen(ink, _LINE))
        painter.setBrush(ground if state in _HOLLOW else QBrush(ink))
        if state in {RevisionState.FAILED, RevisionState.INTERRUPTED}:  # told from the others by its shape too
            side = _DOT * 1.7
            painter.drawRoundedRect(QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side), 1.5, 1.5)
        else:
            painter.drawEllipse(middle, _DOT - 0.5, _DOT - 0.5)
        if line.report.is_current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, _RING, _RING)


class MessageDelegate(QStyledItemDelegate):
    """The column of the message: its text, elided where it must, and chips behind it."""

    def __init__(self, context: UiContext, parent: QTreeView) -> None:
        super().__init__(parent)
        self._theme = context.theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line = index.data(LINE_ROLE)
        chips = chips_of(line) if isinstance(line, Line) else ()
        if not chips:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        metrics = QFontMetrics(option.font)
        style = option.widget.style() if option.widget is not None else QApplication.style()
        inner = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, option.widget)
        room = option.rect.right() - inner.left() - 2 * _CHIP_GAP
        shown = self._fitting(chips, metrics, room)
        taken = sum(self._width(text, metrics) + _CHIP_GAP for text, _ in shown)
        text = metrics.elidedText(option.text, Qt.TextElideMode.ElideRight, room - taken)
        option.text = text
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        x = inner.left() + _TEXT_MARGIN + metrics.horizontalAdvance(text) + _CHIP_GAP
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for chip, tone in shown:
            width = self._width(chip, metrics)
            self._chip(painter, QRect(x, option.rect.top(), width, option.rect.height()), chip, tone)
            x += width + _CHIP_GAP
        painter.restore()

    def _fitting(
        self, chips: tuple[tuple[str, str], ...], metrics: QFontMetrics, room: int
    ) -> tuple[tuple[str, str], ...]:
        """Leave out the last ones until a few letters of the message have room."""
        while chips and sum(self._width(text, metrics) + _CHIP_GAP for text, _ in chips) > room - _LEAST_MESSAGE:
            chips = chips[:-1]
        return chips

    @staticmethod
    def _width(text: str, metrics: QFontMetrics) -> int:
        return metrics.horizontalAdvance(text) + 2 * _CHIP_PADDING

    def _chip(self, painter: QPainter, rect: QRect, text: str, tone: str) -> None:
        height = painter.fontMetrics().height() + 2
        frame = QRectF(rect.left(), rect.center().y() - height / 2 + 0.5, rect.width(), height)
        ink = self._theme.color(tone or "chip-text")
        painter.setPen(QPen(ink, 1) if tone else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.color("chip")))
        painter.drawRoundedRect(frame, height / 2, height / 2)
        painter.setPen(ink)
        painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), text)
