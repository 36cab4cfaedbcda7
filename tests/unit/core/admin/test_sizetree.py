"""The tree of sizes: everything is in it once, sums fit, partitions and indexes stand below their table."""

from __future__ import annotations

from nexus_studio.core.admin.sizes import IndexSize, RelationSize, SizeReport, with_partitions_summed
from nexus_studio.core.admin.sizetree import NodeKind, Rest, SizeNode, biggest, find, size_tree
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import RelationKind

EVENTS = RelationName("public", "events")
PART = RelationName("public", "events_1")
USERS = RelationName("public", "users")
LOG = RelationName("audit", "log")


def report() -> SizeReport:
    sizes = with_partitions_summed(
        (
            RelationSize(USERS, RelationKind.TABLE, 100, 30, 8, indexes=(IndexSize("users_pkey", 30, 5),)),
            RelationSize(EVENTS, RelationKind.PARTITIONED, 0, 0, 0, indexes=(IndexSize("events_pkey", 0, 0),)),
            RelationSize(
                PART,
                RelationKind.TABLE,
                400,
                60,
                0,
                parent=EVENTS,
                indexes=(IndexSize("events_1_pkey", 60, 2, parent="events_pkey"),),
            ),
            RelationSize(LOG, RelationKind.TABLE, 50, 0, 0),
        )
    )
    return SizeReport("shop", 1000, sizes)


def test_every_byte_is_in_a_part_once() -> None:
    tree = size_tree(report())

    def check(node: SizeNode) -> None:
        if node.parts:
            assert sum(each.bytes for each in node.parts) == node.bytes
            for each in node.parts:
                check(each)

    check(tree)
    assert tree.bytes == 1000
    assert [(each.kind, each.bytes) for each in tree.parts] == [
        (NodeKind.SCHEMA, 598),
        (NodeKind.SCHEMA, 50),
        (NodeKind.OTHER, 352),
    ]


def test_partitions_stand_below_their_table_before_its_indexes() -> None:
    tree = size_tree(report())
    events = find(tree, EVENTS)
    assert events is not None
    assert [(each.kind, each.name) for each in events.children] == [
        (NodeKind.RELATION, "events_1"),
        (NodeKind.INDEX, "events_pkey"),
    ]
    assert [each.name for each in events.parts] == ["events_1"]
    part = find(tree, PART)
    assert part is not None
    assert [each.name for each in part.path] == ["shop", "public", "events", "events_1"]
    assert [(each.kind, each.bytes) for each in part.parts] == [(NodeKind.ROWS, 400), (NodeKind.INDEX, 60)]


def test_a_node_is_found_by_name() -> None:
    tree = size_tree(report())
    index = find(tree, USERS, "users_pkey")
    assert index is not None
    assert (index.kind, index.table, index.bytes) == (NodeKind.INDEX, USERS, 30)
    assert find(tree, RelationName("public", "gone")) is None
    assert [each.table for each in tree.walk() if each.kind is NodeKind.RELATION] == [EVENTS, PART, USERS, LOG]


def test_the_small_ones_are_one() -> None:
    nodes = [SizeNode(NodeKind.RELATION, str(size), size) for size in (1, 5, 0, 3, 4)]
    shown, rest = biggest(nodes, 2)
    assert [each.bytes for each in shown] == [5, 4]
    assert rest == Rest(2, 4)
    assert biggest(nodes, 10) == (tuple(sorted((each for each in nodes if each.bytes), key=lambda n: -n.bytes)), None)


def test_an_empty_database() -> None:
    tree = size_tree(SizeReport("empty", 700, ()))
    assert tree.children == []
    assert [each.kind for each in tree.parts] == [NodeKind.OTHER]
