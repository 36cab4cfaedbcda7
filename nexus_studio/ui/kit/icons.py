"""Icons: one family of vectors in resources/icons, drawn in the theme's colours when they are painted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from nexus_studio.ui.kit.resources import resource

_TYPE_ICONS = {
    "text": "type-text",
    "number": "type-number",
    "boolean": "type-boolean",
    "date": "type-date",
    "time": "type-time",
    "timestamp": "type-date",
    "interval": "type-time",
    "uuid": "type-uuid",
    "json": "type-json",
    "enum": "type-enum",
    "array": "type-array",
    "range": "type-range",
    "binary": "type-binary",
    "network": "type-network",
    "search": "search",
}

# The colours icons are drawn in, like QPalette one set a process: token -> colour. Theme.apply sets them.
_ink: dict[str, QColor] = {}


def icon(name: str, ink: str = "text") -> QIcon:
    """Return an icon that follows the theme, in the colour of a token of the theme.

    Raises:
        KeyError: when there is no such icon.
    """
    _source(name)
    return QIcon(_Engine(name, ink))


def type_icon(kind: str, ink: str = "text-muted") -> QIcon:
    """Return the glyph of a type's family, given `TypeKind.value`."""
    return icon(_TYPE_ICONS.get(kind, "type-other"), ink)


def pixmap(name: str, size: int, color: QColor, ratio: float = 1.0) -> QPixmap:
    """Draw an icon of `size` logical pixels in one colour, for painters. Cached.

    Raises:
        KeyError: when there is no such icon.
    """
    drawn = _drawn(name, round(size * ratio), round(size * ratio), color.rgba())
    if ratio != 1.0:
        drawn = QPixmap(drawn)
        drawn.setDevicePixelRatio(ratio)
    return drawn


def names() -> tuple[str, ...]:
    """Return the names of all icons."""
    return tuple(sorted(path.stem for path in resource("icons").glob("*.svg")))


def recoloured(name: str, color: QColor) -> str:
    """Return an icon's SVG text in one colour."""
    return _source(name).replace("currentColor", color.name())


def set_ink(colors: Mapping[str, QColor]) -> None:
    """Set the colours that icons are drawn in from now on."""
    _ink.clear()
    _ink.update(colors)


class _Engine(QIconEngine):
    """Paints one icon in the colour the theme has at that moment."""

    def __init__(self, name: str, ink: str) -> None:
        super().__init__()
        self._name = name
        self._ink_name = ink

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        side = QSize(round(rect.width() * ratio), round(rect.height() * ratio))
        painter.drawPixmap(rect, self.pixmap(side, mode, state))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _drawn(self._name, size.width(), size.height(), self._color(mode).rgba())

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._ink_name)

    def key(self) -> str:
        return "nexus-studio"

    def iconName(self) -> str:
        return self._name

    def isNull(self) -> bool:
        return False

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        return size

    def _color(self, mode: QIcon.Mode) -> QColor:
        wanted = self._ink_name
        if mode == QIcon.Mode.Disabled:
            wanted = "text-disabled"
        elif mode == QIcon.Mode.Selected and wanted in {"text", "text-muted"}:
            wanted = "selection-text"
        return _ink.get(wanted) or QColor(Qt.GlobalColor.gray)


@cache
def _source(name: str) -> str:
    path = resource("icons", f"{name}.svg")
    if not path.is_file():
        raise KeyError(name)
    return path.read_text("utf-8")


@lru_cache(maxsize=1024)
def _drawn(name: str, width: int, height: int, rgba: int) -> QPixmap:
    """Draw an icon into a pixmap of width x height device pixels, square and centred."""
    drawn = QPixmap(max(1, width), max(1, height))
    drawn.fill(Qt.GlobalColor.transparent)
    color = QColor.fromRgba(rgba)
    renderer = QSvgRenderer(QByteArray(recoloured(name, color).encode()))
    side = min(drawn.width(), drawn.height())
    corner = QPoint((drawn.width() - side) // 2, (drawn.height() - side) // 2)
    painter = QPainter(drawn)
    painter.setOpacity(color.alphaF())
    renderer.render(painter, QRectF(corner.x(), corner.y(), side, side))
    painter.end()
    return drawn
