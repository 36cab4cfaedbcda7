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


def grounds_of(frame: Frame, theme: Theme) -> dict[int, list[tuple[QRect, QColor]]]:
    """Return what lies on the ground of rows below their texts, by the rows' y: tints first, then what is selected.

    Rows without any are left out. O(tinted cells + selected rows).
    """
    tinted = _tinted(frame)
    color = theme.color
    grounds = {y: [(area, color(token)) for area, token in areas] for y, areas in tinted.items()}
    for area in frame.selected:
        for y in _covered(frame, area):
            chosen = QRect(area.x(), y, area.width(), frame.row_height)
            over = grounds.setdefault(y, [])
            over.append((chosen, color("selection")))
            for ground, token in tinted.get(y, ()):
                if ground.intersects(chosen):  # what is selected and staged is seen to be both
                    tint = QColor(color(token))
                    tint.setAlphaF(_TINT_SHARE)
                    over.append((ground.intersected(chosen), tint))
    return grounds


def _covered(frame: Frame, area: QRect) -> range:
    """Return the y of the rows that an area covers."""
    if not frame.rows:
        return range(0)
    height, top = frame.row_height, frame.rows[0].y
    first = max(0, (area.top() - top) // height)
    last = min(len(frame.rows) - 1, (area.bottom() - top) // height)
    return range(top + first * height, top + last * height + 1, height)


def _tinted(frame: Frame) -> dict[int, list[tuple[QRect, str]]]:
    """Return the areas that are tinted, with their tokens, by the rows' y; a cell's tint comes after its row's."""
    found: dict[int, list[tuple[QRect, str]]] = {}
    left, right, height = frame.area.left(), frame.right, frame.row_height
    for y, _line, shown in frame.rows:
        if shown is None or not (shown.tint or shown.tints):
            continue
        areas = found.setdefault(y, [])
        if shown.tint:
            areas.append((QRect(left, y, right - left, height), shown.tint))
        tints = [(column, shown.tints.get(column.index, "")) for column in frame.columns]
        areas += [(QRect(c.x, y, c.width, height), token) for c, token in tints if token]
    return found


def paint_rest(painter: QPainter, frame: Frame, theme: Theme) -> None:
    """Draw the lines between columns, and the ground where no rows are.

    Lines are drawn as rectangles: filling is several times quicker than drawing lines.
    """
    area, top, bottom = frame.area, frame.area.top(), frame.area.top()
    if frame.rows:
        top, bottom = frame.rows[0].y, frame.rows[-1].y + frame.row_height
        color = theme.color("border")
        for column in frame.columns:
            painter.fillRect(column.x + column.width - 1, top, 1, bottom - top, color)
    if bottom <= area.bottom():
        painter.fillRect(area.left(), bottom, area.width(), area.bottom() - bottom + 1, theme.color("base"))


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
