"""What a treemap consists of: tiles with their rectangles, laid out from a node of the tree, and their colours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from nexus_studio.core.admin.sizetree import NodeKind, Rest, SizeNode, biggest
from nexus_studio.core.admin.treemap import Box, squarified
from nexus_studio.ui.kit.theme import mixed

HEAD: Final = 20  # pixels of the line in which a frame bears its name
_MOST: Final = 400  # tiles of one node; smaller ones are one together
_MOST_INSIDE: Final = 120
_LEAST_FRAME: Final = (96, 64)  # pixels from which a tile shows what it consists of
_AROUND: Final = 2
_MAKES: Final[Mapping[NodeKind, str]] = {
    NodeKind.SCHEMA: "accent",
    NodeKind.RELATION: "accent",
    NodeKind.ROWS: "accent",
    NodeKind.INDEX: "default",
    NodeKind.TOAST: "info",
}
_SHARE: Final[Mapping[NodeKind, float]] = {NodeKind.SCHEMA: 0.10, NodeKind.RELATION: 0.22}
_USUAL: Final = 0.30
_BLOAT_SHARE: Final = 0.40
_LEAST_BLOAT: Final = 0.05


@dataclass(slots=True, eq=False)
class Tile:
    """A rectangle of the map. `node` is None for many small ones; `is_frame`: others are painted inside of it."""

    rect: QRectF
    node: SizeNode | None
    rest: Rest | None = None
    is_frame: bool = False
    depth: int = 0

    @property
    def bytes(self) -> int:
        """What it stands for."""
        if self.node is not None:
            return self.node.bytes
        return self.rest.bytes if self.rest is not None else 0


def laid_out(node: SizeNode, width: float, height: float) -> list[Tile]:
    """Lay out what a node consists of, and inside of big tiles what those do. Frames come before what is in them."""
    tiles: list[Tile] = []
    _fill(tiles, node, Box(0, 0, width, height), 0)
    return tiles


def _fill(tiles: list[Tile], node: SizeNode, box: Box, depth: int) -> None:
    nodes, rest = biggest(node.parts, _MOST_INSIDE if depth else _MOST)
    values = [float(each.bytes) for each in nodes] + ([float(rest.bytes)] if rest is not None else [])
    boxes = squarified(values, box)
    for place, found in enumerate(boxes):
        one = nodes[place] if place < len(nodes) else None
        is_frame = (
            not depth and one is not None and bool(one.parts)
            and found.width >= _LEAST_FRAME[0] and found.height >= _LEAST_FRAME[1]
        )  # fmt: skip
        rect = QRectF(found.x, found.y, found.width, found.height)
        tiles.append(Tile(rect, one, None if one is not None else rest, is_frame, depth))
        if is_frame and one is not None:
            inner = Box(found.x + _AROUND, found.y + HEAD, found.width - 2 * _AROUND, found.height - HEAD - _AROUND)
            _fill(tiles, one, inner, depth + 1)


def fill_of(kind: NodeKind | None, color: Callable[[str], QColor]) -> QColor:
    """Return the colour of a tile: what it is, mixed lightly into the ground so that text stays readable on it."""
    token = _MAKES.get(kind) if kind is not None else None
    if token is None or kind is None:
        return color("placeholder")
    return mixed(color("base"), color(token), _SHARE.get(kind, _USUAL))


def bloat_fill(color: Callable[[str], QColor]) -> QColor:
    """Return the colour of what holds nothing."""
    return mixed(color("base"), color("warning"), _BLOAT_SHARE)


def bloat_share(tile: Tile) -> float:
    """Return how much of a tile holds nothing, 0 to 1; 0 where it is hardly any, or not known."""
    node = tile.node
    if node is None or tile.is_frame or node.relation is None or not node.bytes:
        return 0.0
    if node.kind not in {NodeKind.RELATION, NodeKind.ROWS}:
        return 0.0
    share = min(1.0, (node.relation.bloat_bytes or 0) / node.bytes)
    return share if share >= _LEAST_BLOAT else 0.0
