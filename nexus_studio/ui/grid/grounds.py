"""The grounds of the grid's cells, and the marks of what is staged; the texts between are GridPainter's."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygon

from nexus_studio.ui.grid.frames import Frame
from nexus_studio.ui.kit.theme import Theme

_TINT_SHARE: Final = 0.6  # how much of a tint shows in what is selected
_CORNER: Final = 8
_EDGE: Final = 3
_INKS: Final = {
    "edited": "warning",
    "inserted": "success",
    "deleted": "danger",
    "rejected": "danger",
    "conflict": "info",
    "changed": "info",
}
"""Strong colours for what the tints say softly."""


def paint_grounds(painter: QPainter, frame: Frame, theme: Theme) -> None:
    """Draw what lies under the texts: tints, selection, the lines between cells."""
    color = theme.color
    painter.fillRect(frame.area, color("base"))
    right = max((column.x + column.width for column in frame.columns), default=0)
    tinted = _tinted(frame, right)
    for area, token in tinted:
        painter.fillRect(area, color(token))
    for area in frame.selected:
        painter.fillRect(area, color("selection"))
        for ground, token in tinted:
            if ground.intersects(area):  # what is selected and staged is seen to be both
                tint = QColor(color(token))
                tint.setAlphaF(_TINT_SHARE)
                painter.fillRect(ground.intersected(area), tint)
    _paint_lines(painter, frame, right, color("border"))


def _paint_lines(painter: QPainter, frame: Frame, right: int, color: QColor) -> None:
    """Draw the lines between cells, as rectangles: filling is several times quicker than drawing lines."""
    fill, height, left = painter.fillRect, frame.row_height, frame.area.left()
    for row in frame.rows:
        fill(left, row.y + height - 1, right - left, 1, color)
    if frame.rows:
        top = frame.rows[0].y
        tall = frame.rows[-1].y + height - top
        for column in frame.columns:
            fill(column.x + column.width - 1, top, 1, tall, color)


def _tinted(frame: Frame, right: int) -> list[tuple[QRect, str]]:
    """Return the areas that are tinted, with their tokens; a cell's tint comes after its row's."""
    areas = []
    for row in frame.rows:
        if row.shown is None:
            continue
        if row.shown.tint:
            left = frame.area.left()
            areas.append((QRect(left, row.y, right - left, frame.row_height), row.shown.tint))
        if row.shown.tints:
            tints = [(column, row.shown.tints.get(column.index, "")) for column in frame.columns]
            areas += [(QRect(c.x, row.y, c.width, frame.row_height), token) for c, token in tints if token]
    return areas


def paint_marks(painter: QPainter, frame: Frame, theme: Theme) -> None:
    """Draw a corner on each staged cell and an edge on each staged row: seen under selection and cursor too."""
    for row in frame.rows:
        if row.shown is None:
            continue
        if (token := row.shown.tint) in _INKS:
            painter.fillRect(0, row.y, _EDGE, frame.row_height - 1, theme.color(_INKS[token]))
        if not row.shown.tints:
            continue
        for column in frame.columns:
            if (token := row.shown.tints.get(column.index, "")) in _INKS:
                x, y = column.x + column.width - 1, row.y
                corner = QPolygon([QPoint(x - _CORNER, y), QPoint(x, y), QPoint(x, y + _CORNER)])
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color(_INKS[token]))
                painter.drawPolygon(corner)


def paint_ring(painter: QPainter, cell: QRect, theme: Theme, *, has_focus: bool) -> None:
    """Draw the frame of the current cell."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("accent" if has_focus else "text-disabled"), 2 if has_focus else 1))
    inset = 1 if has_focus else 0
    painter.drawRect(cell.adjusted(inset, inset, -inset - 1, -inset - 1))
