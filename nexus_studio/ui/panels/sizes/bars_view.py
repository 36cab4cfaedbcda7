"""BarsView: the biggest parts of a database, a schema or a table as bars side by side, each divided into what it is."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.core.admin.sizetree import NodeKind, SizeNode, biggest
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.panels.sizes.charts import ChartLoader, dress, put_away
from nexus_studio.ui.panels.sizes.legend import BLOAT, part_fill
from nexus_studio.ui.panels.sizes.words import node_title

_MOST: Final = 15
_THICK: Final = 0.7
_LETTERS: Final = 28
_FRAME: Final = 3  # pixels around the bar that is marked
_KINDS: Final = (NodeKind.ROWS, BLOAT, NodeKind.INDEX, NodeKind.TOAST, NodeKind.OTHER)


class BarsView(QWidget):
    """Shows at most fifteen bars, the biggest on top. What it says can be heard in the list below it."""

    chosen = Signal(object)  # SizeNode of the bar that was clicked
    entered = Signal(object)  # SizeNode that was clicked twice

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.bars")
        self._context = context
        self._charts: Any = None
        self._plot: Any = None
        self._is_asked = False
        self._node: SizeNode | None = None
        self._bars: tuple[SizeNode, ...] = ()
        self._current: SizeNode | None = None
        self._mark: Any = None
        self._said = label("", "muted", name="sizes.bars_said")
        self._said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._said)
        context.theme.changed.connect(self._draw)
        self.retranslate()

    @property
    def bars(self) -> tuple[SizeNode, ...]:
        """What has a bar, biggest first."""
        return self._bars

    @property
    def is_drawn(self) -> bool:
        """Whether the charting library is there and has drawn."""
        return self._plot is not None

    def show_node(self, node: SizeNode | None) -> None:
        """Show the parts of a node."""
        self._node = node
        self._bars = biggest(node.parts, _MOST)[0] if node is not None else ()
        self._draw()

    @property
    def marked(self) -> SizeNode | None:
        """What has the marked bar: the node that was chosen, or what it is a part of."""
        path = self._current.path if self._current is not None else ()
        return next((each for each in self._bars if each in path), None)

    def choose(self, node: SizeNode | None) -> None:
        """Mark the bar of a node, if it has one; nothing is told."""
        self._current = node
        self._draw_mark()

    def ensure(self) -> None:
        """Load the charting library, once: somebody wants to see bars."""
        if not self._is_asked:
            self._is_asked = True
            ChartLoader(self._context.runner, self, self._arrived)

    def let_go(self) -> None:
        """Put the chart away; it is made again when it is to be seen."""
        plot, self._plot, self._mark, self._is_asked = self._plot, None, None, False
        if plot is not None:
            put_away(plot)

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.setAccessibleName(self.tr("Bars of sizes"))
        if self._plot is not None:
            self._plot.setAccessibleName(self.accessibleName())
        missing = self.tr("The charts need pyqtgraph, which is not installed: pip install pyqtgraph")
        waiting = self.tr("Preparing the chart…")
        self._said.setText(missing if self._is_asked and self._charts is None and self._has_answer else waiting)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    _has_answer = False

    def _arrived(self, charts: Any) -> None:
        self._charts, self._has_answer = charts, True
        if not self._is_asked or self._plot is not None:
            return  # it was let go of before it came, and maybe asked for again
        if charts is not None:
            plot = charts.PlotWidget(self)
            plot.setObjectName("sizes.bars_plot")
            plot.setMouseEnabled(x=False, y=False)
            plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            plot.scene().sigMouseClicked.connect(self._clicked)
            self._plot = plot
            self._said.hide()
            self._column.addWidget(plot)
        self.retranslate()

    def _draw(self) -> None:
        plot, charts = self._plot, self._charts
        if plot is None or charts is None:
            return
        theme = self._context.theme
        dress(plot, theme)
        plot.clear()
        self._mark = None
        item = plot.getPlotItem()
        count = len(self._bars)
        most = max((each.bytes for each in self._bars), default=1)
        for kind in _KINDS:
            pieces = [_piece(each, kind) for each in self._bars]
            places = [number for number, piece in enumerate(pieces) if piece[1]]
            if places:
                plot.addItem(charts.BarGraphItem(
                    x0=[pieces[number][0] for number in places],
                    width=[pieces[number][1] for number in places],
                    y=places, height=_THICK, brush=part_fill(theme, kind), pen=charts.mkPen(theme.color("base")),
                ))  # fmt: skip
        item.invertY(True)
        item.setXRange(0, most * 1.02, padding=0)
        item.setYRange(-0.6, max(count, 1) - 0.4, padding=0)
        names = [(number, _short(node_title(each))) for number, each in enumerate(self._bars)]
        item.getAxis("left").setTicks([names])
        item.getAxis("bottom").setTicks([[(most * part / 4, size_text(round(most * part / 4))) for part in range(5)]])
        self._draw_mark()

    def _draw_mark(self) -> None:
        plot, charts, marked = self._plot, self._charts, self.marked
        if plot is None or charts is None:
            return
        if self._mark is not None:
            plot.removeItem(self._mark)
            self._mark = None
        if marked is not None:
            pen = charts.mkPen(self._context.theme.color("accent"), width=_FRAME)
            self._mark = charts.BarGraphItem(
                x0=[0], width=[marked.bytes], y=[self._bars.index(marked)], height=_THICK, pen=pen,
                brush=QBrush(Qt.BrushStyle.NoBrush),
            )  # fmt: skip
            plot.addItem(self._mark)

    def _clicked(self, event: Any) -> None:
        place = self._plot.getPlotItem().vb.mapSceneToView(event.scenePos())
        number = round(place.y())
        if 0 <= number < len(self._bars):
            node = self._bars[number]
            (self.entered if event.double() and node.parts else self.chosen).emit(node)


def _piece(node: SizeNode, kind: NodeKind | str) -> tuple[int, int]:
    """Return where a kind of bytes begins in a node's bar, and how many they are."""
    if node.relation is None or node.kind is not NodeKind.RELATION:
        own = {NodeKind.SCHEMA: NodeKind.ROWS}.get(node.kind, node.kind)
        bloat = (node.relation.bloat_bytes or 0) if node.kind is NodeKind.ROWS and node.relation is not None else 0
        if own is NodeKind.ROWS and kind in {NodeKind.ROWS, BLOAT}:
            return (0, node.bytes - bloat) if kind is NodeKind.ROWS else (node.bytes - bloat, bloat)
        return (0, node.bytes if own is kind else 0)
    size = node.relation
    bloat = min(size.bloat_bytes or 0, size.table_bytes)
    at = 0
    for each, number in (
        (NodeKind.ROWS, size.table_bytes - bloat),
        (BLOAT, bloat),
        (NodeKind.INDEX, size.index_bytes),
        (NodeKind.TOAST, size.toast_bytes),
    ):
        if each == kind:
            return at, number
        at += number
    return 0, 0


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
