"""The sizes of a database as a tree: schemas, their tables, partitions, and what each is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from nexus_studio.core.admin.sizes import IndexSize, RelationSize, SizeReport
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import RelationKind


class NodeKind(Enum):
    """What a node of the tree is."""

    DATABASE = "database"
    SCHEMA = "schema"
    RELATION = "relation"
    INDEX = "index"
    ROWS = "rows"
    """A table's own rows, as a part of it."""

    TOAST = "toast"
    """Long values stored aside."""

    OTHER = "other"
    """What is in no relation: catalogs, sequences, files that are not removed yet."""


@dataclass(slots=True, eq=False, repr=False)
class SizeNode:
    """One node. It is compared by identity, and changed by nobody once the tree is built.

    `children` are what the list shows below it: schemas, tables, then partitions before indexes, biggest first.
    `parts` are what its bytes are made of, without a remainder: what a treemap divides it into. For all but tables
    they are the children.
    """

    kind: NodeKind
    name: str
    bytes: int
    parent: SizeNode | None = None
    relation: RelationSize | None = None
    index: IndexSize | None = None
    children: list[SizeNode] = field(default_factory=list)
    parts: list[SizeNode] = field(default_factory=list)

    @property
    def path(self) -> tuple[SizeNode, ...]:
        """The way here from the database, this one last."""
        found: list[SizeNode] = []
        node: SizeNode | None = self
        while node is not None:
            found.append(node)
            node = node.parent
        return tuple(reversed(found))

    @property
    def table(self) -> RelationName | None:
        """The table that it is, or is a part of."""
        return self.relation.name if self.relation is not None else None

    def walk(self) -> Iterator[SizeNode]:
        """Go through the tree, itself first; tables' parts that are no children are left out."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Rest:
    """Many small ones that stand for themselves nowhere: how many, and their sum."""

    count: int
    bytes: int


def size_tree(report: SizeReport) -> SizeNode:
    """Arrange a report as a tree, biggest first everywhere. Some ten milliseconds for 5000 tables."""
    root = SizeNode(NodeKind.DATABASE, report.database, report.database_bytes)
    schemas = {each.name: each for each in _schemas_of(report, root)}
    nodes = {each.name: SizeNode(NodeKind.RELATION, each.name.name, each.total_bytes, None, each)
             for each in report.relations}  # fmt: skip
    for node in nodes.values():
        size = node.relation
        assert size is not None
        above = nodes.get(size.parent) if size.parent is not None else None
        node.parent = above or schemas[size.name.schema]
        node.parent.children.append(node)
    for node in nodes.values():
        _divide(node)
    root.children = sorted(schemas.values(), key=lambda each: (-each.bytes, each.name))
    for schema in root.children:
        schema.parts = schema.children
    root.parts = [*root.children]
    if report.other_bytes:
        root.parts.append(SizeNode(NodeKind.OTHER, "", report.other_bytes, root))
    return root


def _schemas_of(report: SizeReport, root: SizeNode) -> list[SizeNode]:
    """Return a node of each schema: the sums of what stands in it by itself, partitions with their table."""
    names = {each.name for each in report.relations}
    sums: dict[str, int] = {}
    for each in report.relations:
        own = each.total_bytes if each.parent is None or each.parent not in names else 0
        sums[each.name.schema] = sums.get(each.name.schema, 0) + own
    return [SizeNode(NodeKind.SCHEMA, name, size, root) for name, size in sums.items()]


def _divide(node: SizeNode) -> None:
    """Give a table what it is made of: partitions, else its rows, long values and indexes."""
    size = node.relation
    assert size is not None
    partitions = node.children
    indexes = [SizeNode(NodeKind.INDEX, each.name, each.bytes, node, size, each) for each in size.indexes]
    node.children = [*partitions, *indexes]
    if size.kind is RelationKind.PARTITIONED:
        node.parts = list(partitions)
        return
    parts = [SizeNode(NodeKind.ROWS, "", size.table_bytes, node, size), *indexes]
    if size.toast_bytes:
        parts.append(SizeNode(NodeKind.TOAST, "", size.toast_bytes, node, size))
    node.parts = sorted((each for each in parts if each.bytes), key=lambda each: -each.bytes)


def biggest(nodes: Sequence[SizeNode], most: int) -> tuple[tuple[SizeNode, ...], Rest | None]:
    """Return the biggest nodes that have bytes, at most so many, and what is left of the others."""
    found = sorted((each for each in nodes if each.bytes > 0), key=lambda each: -each.bytes)
    others = found[most:]
    return tuple(found[:most]), Rest(len(others), sum(each.bytes for each in others)) if others else None


def find(root: SizeNode, relation: RelationName, index: str = "") -> SizeNode | None:
    """Return the node of a table, or of one of its indexes; None where it is not there."""
    for node in root.walk():
        if node.table == relation and (node.index.name if node.index is not None else "") == index:
            return node
    return None
