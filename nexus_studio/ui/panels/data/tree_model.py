"""The schema tree's model: schemas, their relations, partitions below their parent. Pure look-ups, no I/O."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import (
    QAbstractItemModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Catalog, RelationKind, RelationSummary
from nexus_studio.ui.kit.icons import icon

RELATION_ROLE = Qt.ItemDataRole.UserRole
"""RelationName of a relation's line, None for a schema's."""

_ICONS = {
    RelationKind.TABLE: "table",
    RelationKind.PARTITIONED: "partitioned",
    RelationKind.VIEW: "view",
    RelationKind.MATERIALIZED_VIEW: "materialized-view",
    RelationKind.FOREIGN: "foreign-table",
}
_THOUSAND = 1000
_TEN = 10
Index = QModelIndex | QPersistentModelIndex

SYSTEM_TABLES: Final = frozenset({"_prisma_migrations"})
"""Tables that are no data of the application's: tools keep their books there."""


def kind_name(kind: RelationKind) -> str:
    """Name a kind of relation for people."""
    names = {
        RelationKind.TABLE: QCoreApplication.translate("SchemaTree", "table"),
        RelationKind.PARTITIONED: QCoreApplication.translate("SchemaTree", "partitioned table"),
        RelationKind.VIEW: QCoreApplication.translate("SchemaTree", "view"),
        RelationKind.MATERIALIZED_VIEW: QCoreApplication.translate("SchemaTree", "materialized view"),
        RelationKind.FOREIGN: QCoreApplication.translate("SchemaTree", "foreign table"),
    }
    return names[kind]


def compact_count(rows: int | None) -> str:
    """Write a row estimate in at most five characters: 400, 1.2k, 31M; nothing when it is unknown."""
    if rows is None:
        return ""
    value, unit = float(rows), ""
    for unit in ("", "k", "M", "G"):
        if value < _THOUSAND or unit == "G":
            break
        value /= _THOUSAND
    decimals = 1 if unit and value < _TEN else 0
    return f"{QLocale().toString(value, 'f', decimals)}{unit}"


class Node:
    """A line of the tree: a schema, the group of its system tables (`summary` is None) or a relation."""

    __slots__ = ("children", "parent", "row", "summary", "text")

    def __init__(self, text: str, summary: RelationSummary | None, parent: Node | None) -> None:
        self.text = text
        self.summary = summary
        self.parent = parent
        self.children: list[Node] = []
        self.row = 0

    @property
    def is_group(self) -> bool:
        """Whether it is the group of a schema's system tables."""
        return self.summary is None and self.parent is not None and self.parent.parent is not None

    def add(self, child: Node) -> None:
        """Append a child line."""
        child.row = len(self.children)
        self.children.append(child)


def build_nodes(catalog: Catalog, first_schema: str, wanted: str = "") -> Node:
    """Arrange a catalog as a tree: `first_schema` leads, only relations with `wanted` in schema.name are kept."""
    root = Node("", None, None)
    needle = wanted.casefold().strip()
    relations = [s for s in catalog.summaries.values() if needle in f"{s.name.schema}.{s.name.name}".casefold()]
    schemas: dict[str, Node] = {}
    for schema in sorted({s.name.schema for s in relations}, key=lambda name: (name != first_schema, name)):
        schemas[schema] = Node(schema, None, root)
        root.add(schemas[schema])
    made: dict[RelationName, Node] = {}
    for summary in sorted(relations, key=lambda s: (s.parent is not None, s.name.name.casefold(), s.name)):
        # A partition found by the filter stands alone when its parent did not match.
        parent = made.get(summary.parent, schemas[summary.name.schema]) if summary.parent else None
        parent = parent or schemas[summary.name.schema]
        made[summary.name] = node = Node(summary.name.name, summary, parent)
        if summary.name.name not in SYSTEM_TABLES:
            parent.add(node)
    for summary in relations:
        if summary.name.name in SYSTEM_TABLES:
            _set_apart(made[summary.name], schemas[summary.name.schema])
    return root


def _set_apart(node: Node, schema: Node) -> None:
    """Put a system table into a group of its own, at the schema's end."""
    last = schema.children[-1] if schema.children else None
    if last is None or not last.is_group:
        last = Node("", None, schema)
        schema.add(last)
    node.parent = last
    last.add(node)


def _name_of(node: Node) -> str:
    return QCoreApplication.translate("SchemaTree", "System tables") if node.is_group else node.text


def _icon_of(node: Node) -> str:
    if node.summary is not None:
        return _ICONS[node.summary.kind]
    return "settings" if node.is_group else "database"


class SchemaTreeModel(QAbstractItemModel):
    """Two columns: the name, and the row estimate (for a schema: its number of relations)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = Node("", None, None)

    def show(self, root: Node) -> None:
        """Replace everything."""
        self.beginResetModel()
        self._root = root
        self.endResetModel()

    def first_relation(self) -> QModelIndex:
        """Return the first relation in display order, for Enter in the filter box; invalid when there is none."""
        for schema in self._root.children:
            for child in schema.children:
                first = child.children[0] if child.is_group else child
                return self.createIndex(0, 0, first)
        return QModelIndex()

    def find(self, name: RelationName) -> QModelIndex:
        """Return the index of a relation; invalid when it isn't shown."""
        waiting = list(self._root.children)
        while waiting:
            node = waiting.pop()
            if node.summary is not None and node.summary.name == name:
                return self.createIndex(node.row, 0, node)
            waiting.extend(node.children)
        return QModelIndex()

    def node(self, index: Index) -> Node:
        """Return the line behind an index; the root for an invalid one."""
        if index.isValid():
            found: Node = index.internalPointer()
            return found
        return self._root

    # Qt's overrides

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's signature
        children = self.node(parent).children
        if 0 <= row < len(children) and 0 <= column < 2:  # noqa: PLR2004 - two columns
            return self.createIndex(row, column, children[row])
        return QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008 - QObject.parent() too
        if not isinstance(index, QModelIndex | QPersistentModelIndex) or not index.isValid():
            return QModelIndex()
        above = self.node(index).parent
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return len(self.node(parent).children) if parent.column() <= 0 else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 2

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _name_of(node) if index.column() == 0 else self._figure(node)
            case Qt.ItemDataRole.DecorationRole if index.column() == 0:
                return icon(_icon_of(node))
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(node)
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == 1:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.UserRole:
                return node.summary.name if node.summary else None
        return None

    @staticmethod
    def _figure(node: Node) -> str:
        return str(len(node.children)) if node.summary is None else compact_count(node.summary.rows)

    @staticmethod
    def _tip(node: Node) -> str | None:
        if node.summary is None:
            return None
        lines = [f"{node.summary.name} · {kind_name(node.summary.kind)}"]
        if node.summary.comment:
            lines.append(node.summary.comment)
        return "\n".join(lines)
