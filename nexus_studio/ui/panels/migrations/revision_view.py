"""RevisionView: paints the lines of revisions by itself, each in one go: the graph, the state, the message, the facts.

Qt's own way asks the model for seven things of each cell and dresses each cell by the style sheet; that takes too long
to scroll smoothly.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyleOptionViewItem, QTreeView, QWidget

from nexus_studio.core.admin.lanes import LaneRow, Stroke
from nexus_studio.core.admin.migrations import RevisionState
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import pixmap
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.panels.migrations.revision_model import Column, Line, RevisionModel, chips_of, text_of
from nexus_studio.ui.panels.migrations.words import STATES

_MARGIN: Final = 14  # pixels from the edge to the middle of the first lane
_LANE: Final = 14  # pixels between lanes, where there is room
_LEAST_LANE: Final = 5
_MOST_WIDTH: Final = 220
_DOT: Final = 4.5  # radius
_RING: Final = 7.5  # radius of the ring around what the database is at
_SQUARE: Final = 8.0  # side of what failed, told from the others by its shape too
_LINE: Final = 1.6
_FOCUS: Final = 3  # width of the bar at the line that the keyboard is at
_PADDING: Final = 8  # as the header's sections have it
_SIGN: Final = 16
_SIGN_GAP: Final = 6
_CHIP_GAP: Final = 6
_CHIP_PADDING: Final = 6
_LEAST_MESSAGE: Final = 60

_MOST_WIDTHS: Final = 20_000  # texts whose width is kept

# Made once: Python combines flags of Qt slowly.
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_CENTER: Final = int(Qt.AlignmentFlag.AlignCenter)

_HOLLOW = frozenset({RevisionState.PENDING, RevisionState.ROLLED_BACK, RevisionState.RUNNING})
_BROKEN = frozenset({RevisionState.FAILED, RevisionState.INTERRUPTED})

Index = QModelIndex | QPersistentModelIndex


def graph_width(lanes: int) -> int:
    """Return the pixels that a picture of so many lanes gets: lanes move together before it takes too much room."""
    return min(_MOST_WIDTH, 2 * _MARGIN + (max(1, lanes) - 1) * _LANE)


class RevisionView(QTreeView):
    """A list with columns; only the lines in sight are painted."""

    def __init__(self, context: UiContext, model: RevisionModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = context.theme
        self._lines = model
        self._fixed = monospace_font()
        self._widths: dict[tuple[str, bool], int] = {}  # by text, and whether in the fixed font
        self.setObjectName("migrations.list")
        self.setModel(model)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(2 * _MARGIN)
        for column in Column:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.MESSAGE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(Column.GRAPH, QHeaderView.ResizeMode.Fixed)
        context.theme.changed.connect(self._dress)

    def drawRow(self, painter: QPainter, options: QStyleOptionViewItem, index: Index) -> None:
        if index.row() >= len(self._lines.lines):
            return
        line = self._lines.lines[index.row()]
        row: QRect = options.rect
        is_selected = self.selectionModel().isRowSelected(index.row(), QModelIndex())
        is_hovered = bool(options.state & QStyle.StateFlag.State_MouseOver)
        ground = self._theme.color("selection" if is_selected else "hover" if is_hovered else "base")
        painter.save()
        painter.fillRect(row, ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        header = self.header()
        for column in Column:
            if not header.isSectionHidden(column):
                x = header.sectionViewportPosition(column)
                rect = QRect(x, row.top(), header.sectionSize(column), row.height())
                self._paint_cell(painter, rect, line, column, ground, is_selected=is_selected)
        if self.hasFocus() and index.row() == self.currentIndex().row():
            painter.fillRect(QRect(row.left(), row.top(), _FOCUS, row.height()), self._theme.color("accent"))
        painter.restore()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._widths.clear()

    def _dress(self) -> None:
        self._fixed = monospace_font()
        self._widths.clear()
        self.viewport().update()

    # cells

    def _paint_cell(
        self, painter: QPainter, rect: QRect, line: Line, column: Column, ground: QColor, *, is_selected: bool
    ) -> None:
        if column is Column.GRAPH:
            painter.setClipRect(rect)
            if line.lanes is not None:
                self._paint_lines(painter, rect, line.lanes)
            self._paint_dot(painter, rect, line, ground)
            painter.setClipping(False)
            return
        inner = rect.adjusted(_PADDING, 0, -_PADDING, 0)
        painter.setFont(self._fixed if column is Column.REVISION else self.font())
        token = "text" if column is Column.MESSAGE else "text-muted"
        if column is Column.STATE:
            words = STATES[line.report.state]
            token = words.tone
            sign = pixmap(words.icon, _SIGN, self._theme.color(words.tone), self.devicePixelRatioF())
            painter.drawPixmap(inner.left(), inner.center().y() - _SIGN // 2 + 1, sign)
            inner.setLeft(inner.left() + _SIGN + _SIGN_GAP)
        painter.setPen(self._theme.color("selection-text" if is_selected else token))
        if column is Column.MESSAGE:
            self._paint_message(painter, inner, line)
        else:
            self._write(painter, inner, text_of(line, column), _RIGHT if column is Column.DURATION else _LEFT)

    def _paint_message(self, painter: QPainter, rect: QRect, line: Line) -> None:
        chips = chips_of(line)
        if not chips:
            self._write(painter, rect, line.message, _LEFT)
            return
        metrics = painter.fontMetrics()
        while chips and _chips_width(chips, metrics) > rect.width() - _LEAST_MESSAGE:
            chips = chips[:-1]
        room = rect.adjusted(0, 0, -_chips_width(chips, metrics), 0)
        x = rect.left() + metrics.horizontalAdvance(self._write(painter, room, line.message, _LEFT)) + _CHIP_GAP
        for text, tone in chips:
            width = metrics.horizontalAdvance(text) + 2 * _CHIP_PADDING
            self._paint_chip(painter, QRect(x, rect.top(), width, rect.height()), text, tone)
            x += width + _CHIP_GAP

    def _write(self, painter: QPainter, rect: QRect, text: str, flags: int) -> str:
        """Write a text, elided where it must; return what was written."""
        if not text:
            return ""
        key = (text, painter.font().fixedPitch())
        width = self._widths.get(key)
        if width is None:
            width = painter.fontMetrics().horizontalAdvance(text)
            if len(self._widths) >= _MOST_WIDTHS:
                self._widths.clear()
            self._widths[key] = width
        if width > rect.width():
            text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, flags, text)
        return text

    def _paint_chip(self, painter: QPainter, rect: QRect, text: str, tone: str) -> None:
        height = painter.fontMetrics().height() + 2
        frame = QRectF(rect.left() + 0.5, rect.center().y() - height / 2 + 0.5, rect.width() - 1, height)
        ink = self._theme.color(tone or "chip-text")
        painter.setPen(QPen(ink, 1) if tone else Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("base" if tone else "chip"))
        painter.drawRoundedRect(frame, height / 2, height / 2)
        painter.setPen(ink)
        painter.drawText(frame, _CENTER, text)

    # the graph

    def _x(self, rect: QRect, lane: int) -> float:
        lanes = max(1, self._lines.lanes - 1)
        step = min(_LANE, max(_LEAST_LANE, (_MOST_WIDTH - 2 * _MARGIN) / lanes))
        return rect.left() + _MARGIN + lane * step + 0.5

    def _paint_lines(self, painter: QPainter, rect: QRect, row: LaneRow) -> None:
        top, middle, bottom = float(rect.top()), rect.center().y() + 0.5, float(rect.bottom() + 1)
        dot = QPointF(self._x(rect, row.lane), middle)
        for stroke in row.passing:
            x = self._x(rect, stroke.lane)
            self._paint_stroke(painter, stroke, QPointF(x, top), QPointF(x, bottom))
        for stroke in row.arriving:
            self._paint_stroke(painter, stroke, QPointF(self._x(rect, stroke.lane), top), dot)
        for stroke in row.leaving:
            self._paint_stroke(painter, stroke, dot, QPointF(self._x(rect, stroke.lane), bottom))
        if row.is_cut:
            end = QPointF(dot.x(), middle + (bottom - middle) * 0.9)
            self._paint_stroke(painter, Stroke(row.lane, dotted=True), dot, end)

    def _paint_stroke(self, painter: QPainter, stroke: Stroke, start: QPointF, end: QPointF) -> None:
        pen = QPen(self._theme.color("text-muted"), _LINE)
        if stroke.dotted:
            pen.setDashPattern([1.5, 2.0])
        painter.setPen(pen)
        if start.x() == end.x():
            painter.drawLine(start, end)
            return
        path = QPainterPath(start)
        half = (start.y() + end.y()) / 2
        path.cubicTo(QPointF(start.x(), half), QPointF(end.x(), half), end)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _paint_dot(self, painter: QPainter, rect: QRect, line: Line, ground: QColor) -> None:
        state = line.report.state
        lane = line.lanes.lane if line.lanes is not None else 0
        middle = QPointF(self._x(rect, lane), rect.center().y() + 0.5)
        ink = self._theme.color(STATES[state].tone)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)  # lines end at the dot's edge, and do not run through a ring
        reach = _RING if line.report.is_current else _DOT + 2
        painter.drawEllipse(middle, reach, reach)
        if state in _BROKEN:
            painter.setBrush(ink)
            square = QRectF(middle.x() - _SQUARE / 2, middle.y() - _SQUARE / 2, _SQUARE, _SQUARE)
            painter.drawRoundedRect(square, 1.5, 1.5)
        else:
            painter.setPen(QPen(ink, _LINE))
            painter.setBrush(ground if state in _HOLLOW else ink)
            painter.drawEllipse(middle, _DOT - 0.5, _DOT - 0.5)
        if line.report.is_current:
            painter.setPen(QPen(ink, _LINE))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, _RING, _RING)


def _chips_width(chips: tuple[tuple[str, str], ...], metrics: QFontMetrics) -> int:
    return sum(metrics.horizontalAdvance(text) + 2 * _CHIP_PADDING + _CHIP_GAP for text, _ in chips)
