"""TreemapView: a database, a schema or a table as rectangles as big as their bytes; by mouse and by keyboard."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from nexus_studio.core.admin.sizetree import SizeNode
from nexus_studio.ui.kit.sizes_said import bytes_text
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.kit.tips import plain_tip
from nexus_studio.ui.panels.sizes.counts import Counts
from nexus_studio.ui.panels.sizes.tiles import HEAD, Tile, bloat_fill, bloat_share, fill_of, laid_out
from nexus_studio.ui.panels.sizes.words import kind_word, node_title, share_text, size_text

_PAD: Final = 6
_LEAST_TEXT: Final = (36, 16)  # pixels below which a tile bears no words
_WAYS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class TreemapView(QWidget):
    """Shows what one node of the tree consists of. Arrows go from tile to tile, Enter into one, Backspace out."""

    chosen = Signal(object)  # SizeNode of the tile that is current now
    entered = Signal(object)  # SizeNode to be shown instead: the person goes into it
    left = Signal()  # the person goes one level up

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.treemap")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 96)
        self._theme = theme
        self._counts = Counts(self)
        self._node: SizeNode | None = None
        self._tiles: list[Tile] = []
        self._current: SizeNode | None = None
        self._under: Tile | None = None
        theme.changed.connect(self.update)
        self.retranslate()

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """What is painted, frames before what is in them."""
        return tuple(self._tiles)

    @property
    def node(self) -> SizeNode | None:
        """What is shown."""
        return self._node

    @property
    def current(self) -> SizeNode | None:
        """The node whose tile is marked."""
        return self._current

    def show_node(self, node: SizeNode | None) -> None:
        """Show what a node consists of."""
        self._node, self._under = node, None
        self._lay_out()

    def choose(self, node: SizeNode | None) -> None:
        """Mark the tile of a node, if it has one; nothing is told."""
        self._current = node
        self._describe()
        self.update()

    def tile_of(self, node: SizeNode | None) -> Tile | None:
        """Return the tile of a node."""
        return next((tile for tile in self._tiles if tile.node is node and node is not None), None)

    def tile_at(self, place: QPointF) -> Tile | None:
        """Return the innermost tile at a place."""
        return next((tile for tile in reversed(self._tiles) if tile.rect.contains(place)), None)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Map of sizes"))
        self._describe()
        self.update()

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("base"))
        metrics = QFontMetricsF(self.font())
        for tile in self._tiles:
            if tile.rect.intersects(QRectF(event.rect())):
                self._paint_tile(painter, metrics, tile)
        self._paint_marks(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self.tile_at(event.position())
        if under is not self._under:
            self._under = under
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._under = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tile = self.tile_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and tile is not None and tile.node is not None:
            self._go_to(tile.node)
        elif event.button() is Qt.MouseButton.BackButton:
            self.left.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        tile = self.tile_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and tile is not None:
            self._enter(tile.node)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _WAYS:
            self._step(*_WAYS[key])
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._enter(self._current)
        elif key is Qt.Key.Key_Backspace:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            tile = self.tile_at(QPointF(event.pos()))
            if tile is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), plain_tip(self.words_of(tile)), self, tile.rect.toRect())
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def words_of(self, tile: Tile) -> str:
        """Say what a tile stands for: what it is, its size to the byte, its share, and what of it holds nothing."""
        lines = [
            self._title(tile),
            f"{size_text(tile.bytes)} ({bytes_text(tile.bytes)})",
        ]
        if self._node is not None and self._node.bytes:
            words = self.tr("{share} of {whole}")
            share = share_text(tile.bytes / self._node.bytes, 1)
            lines.append(words.format(share=share, whole=node_title(self._node)))
        if bloat := bloat_share(tile):
            lines.append(self.tr("about {share} of it hold nothing (bloat)").format(share=share_text(bloat)))
        if tile.node is not None and tile.node.relation is not None and tile.node.relation.rows is not None:
            lines.append(self._counts.rows(tile.node.relation.rows))
        return "\n".join(lines)

    # inside

    def _title(self, tile: Tile) -> str:
        if tile.node is None:
            return self._counts.others(tile.rest.count if tile.rest is not None else 0)
        kind = kind_word(tile.node)
        return f"{kind} {tile.node.name}" if tile.node.name else kind

    def _lay_out(self) -> None:
        self._tiles = laid_out(self._node, self.width(), self.height()) if self._node is not None else []
        self._under = None
        self._describe()
        self.update()

    def _describe(self) -> None:
        tile = self.tile_of(self._current)
        self.setAccessibleDescription(self.words_of(tile) if tile is not None else "")

    def _go_to(self, node: SizeNode) -> None:
        self.choose(node)
        self.chosen.emit(node)

    def _enter(self, node: SizeNode | None) -> None:
        if node is not None and node.parts and self.tile_of(node) is not None:
            self.entered.emit(node)

    def _step(self, x: int, y: int) -> None:
        """Go to the nearest tile in a direction, among those that bear no others; the first where none is marked."""
        found = [tile for tile in self._tiles if tile.node is not None and not tile.is_frame]
        here = self.tile_of(self._current)
        if here is None or here.is_frame:
            inside = [tile for tile in found if here is None or here.rect.contains(tile.rect.center())]
            if inside and inside[0].node is not None:
                self._go_to(inside[0].node)
            return
        centre = here.rect.center()

        def distance(tile: Tile) -> float:
            away = tile.rect.center() - centre
            along, across = away.x() * x + away.y() * y, abs(away.x() * y) + abs(away.y() * x)
            return along + 2 * across if along > 1 else float("inf")

        nearest = min(found, key=distance)
        if distance(nearest) < float("inf") and nearest.node is not None:
            self._go_to(nearest.node)

    def _paint_tile(self, painter: QPainter, metrics: QFontMetricsF, tile: Tile) -> None:
        color = self._theme.color
        rect = tile.rect.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(rect, fill_of(tile.node.kind if tile.node is not None else None, color))
        if share := bloat_share(tile):
            high = rect.height() * share
            painter.fillRect(QRectF(rect.x(), rect.bottom() - high, rect.width(), high), bloat_fill(color))
        painter.setPen(QPen(color("text-muted" if tile is self._under else "border"), 1))
        painter.drawRect(rect)
        room = rect.adjusted(_PAD, 2, -_PAD, -2)
        if room.width() < _LEAST_TEXT[0] or room.height() < _LEAST_TEXT[1]:
            return
        painter.setPen(color("text"))
        name = node_title(tile.node) if tile.node is not None else self._title(tile)
        size = size_text(tile.bytes)
        if tile.is_frame or room.height() < 2 * metrics.height():
            line = QRectF(room.x(), room.y(), room.width(), HEAD - 4 if tile.is_frame else metrics.height())
            words = f"{name}  {size}" if metrics.horizontalAdvance(f"{name}  {size}") <= room.width() else name
            self._write(painter, metrics, line, words)
            return
        self._write(painter, metrics, QRectF(room.x(), room.y(), room.width(), metrics.height()), name)
        below = QRectF(room.x(), room.y() + metrics.height(), room.width(), metrics.height())
        self._write(painter, metrics, below, size)

    def _write(self, painter: QPainter, metrics: QFontMetricsF, line: QRectF, words: str) -> None:
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_marks(self, painter: QPainter) -> None:
        tile = self.tile_of(self._current)
        if tile is not None:
            painter.setPen(QPen(self._theme.color("accent"), 3))
            painter.drawRect(tile.rect.adjusted(1.5, 1.5, -1.5, -1.5))
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color("accent"), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
