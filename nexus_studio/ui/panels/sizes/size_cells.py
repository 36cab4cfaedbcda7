"""What stands in the list of sizes: the columns, the words and signs of each, and by what they are sorted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from nexus_studio.core.admin.sizes import RelationSize
from nexus_studio.core.admin.sizetree import NodeKind, SizeNode
from nexus_studio.core.schema.catalog import RelationKind
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.panels.sizes.words import ago_text, count_text, said, share_text, size_text

(
    NAME, TOTAL, TABLE, INDEXES, TOAST, ROWS, DEAD, BLOAT, VACUUM, ANALYZE, SEQ_SCANS, INDEX_SCANS, CACHE,
) = range(13)  # fmt: skip
COLUMNS: Final = CACHE + 1
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

TITLES: Final = (
    QT_TRANSLATE_NOOP("sizes", "Name"),
    QT_TRANSLATE_NOOP("sizes", "Total"),
    QT_TRANSLATE_NOOP("sizes", "Table"),
    QT_TRANSLATE_NOOP("sizes", "Indexes"),
    QT_TRANSLATE_NOOP("sizes", "TOAST"),
    QT_TRANSLATE_NOOP("sizes", "Rows"),
    QT_TRANSLATE_NOOP("sizes", "Dead rows"),
    QT_TRANSLATE_NOOP("sizes", "Bloat"),
    QT_TRANSLATE_NOOP("sizes", "VACUUM"),
    QT_TRANSLATE_NOOP("sizes", "ANALYZE"),
    QT_TRANSLATE_NOOP("sizes", "Seq. scans"),
    QT_TRANSLATE_NOOP("sizes", "Index scans"),
    QT_TRANSLATE_NOOP("sizes", "Cache hit"),
)
EXPLAINED: Final = (
    "",
    QT_TRANSLATE_NOOP("sizes", "Table, long values and indexes: pg_total_relation_size"),
    QT_TRANSLATE_NOOP("sizes", "The rows, with free space and visibility maps"),
    QT_TRANSLATE_NOOP("sizes", "All indexes: pg_indexes_size"),
    QT_TRANSLATE_NOOP("sizes", "Long values, which are stored aside"),
    QT_TRANSLATE_NOOP("sizes", "Rows, as the server estimates"),
    QT_TRANSLATE_NOOP("sizes", "Rows that were deleted or replaced, and are not vacuumed yet"),
    QT_TRANSLATE_NOOP("sizes", "The part of the table that holds nothing, estimated"),
    QT_TRANSLATE_NOOP("sizes", "The last VACUUM, by hand or by autovacuum"),
    QT_TRANSLATE_NOOP("sizes", "The last ANALYZE, by hand or by autovacuum"),
    QT_TRANSLATE_NOOP("sizes", "How often the whole table was read"),
    QT_TRANSLATE_NOOP("sizes", "How often its indexes were used"),
    QT_TRANSLATE_NOOP("sizes", "Pages that PostgreSQL had in memory when they were asked for"),
)
_ICONS: Final[Mapping[RelationKind, str]] = {
    RelationKind.PARTITIONED: "partitioned",
    RelationKind.MATERIALIZED_VIEW: "materialized-view",
}


def sign_of(node: SizeNode) -> Any:
    """Return the icon before a name."""
    if node.kind is NodeKind.SCHEMA:
        return icon("database", "text-muted")
    if node.index is not None:
        if not node.index.is_valid:
            return icon("error", "danger")
        return icon("key" if node.index.is_unique else "link", "text-muted")
    if node.relation is None:
        return None
    return icon("lock" if node.relation.is_locked else _ICONS.get(node.relation.kind, "table"), "text-muted")


def index_text(node: SizeNode, column: int) -> str:
    """Say what stands in a column of an index."""
    index = node.index
    assert index is not None
    if column in {TOTAL, INDEXES}:
        return size_text(index.bytes)
    if column == INDEX_SCANS:
        return count_text(index.scans)
    if column == CACHE:
        return share_text(index.blocks_hit / index.blocks_fetched if index.blocks_fetched else None, 1)
    return ""


def relation_text(size: RelationSize, column: int) -> str:
    """Say what stands in a column of a table."""
    if column == BLOAT:
        if size.bloat_bytes is None:
            return size_text(None)
        return f"{size_text(size.bloat_bytes)} · {share_text(size.bloat_share)}" if size.bloat_bytes else size_text(0)
    return _TEXTS[column](size)


_TEXTS: Final[Mapping[int, Callable[[RelationSize], str]]] = {
    TOTAL: lambda size: size_text(size.total_bytes),
    TABLE: lambda size: size_text(size.table_bytes),
    INDEXES: lambda size: size_text(size.index_bytes),
    TOAST: lambda size: size_text(size.toast_bytes),
    ROWS: lambda size: count_text(size.rows),
    DEAD: lambda size: count_text(size.dead_rows),
    VACUUM: lambda size: "" if size.kind is RelationKind.PARTITIONED else ago_text(size.last_vacuum),
    ANALYZE: lambda size: ago_text(size.last_analyze),
    SEQ_SCANS: lambda size: count_text(size.seq_scans),
    INDEX_SCANS: lambda size: count_text(size.index_scans),
    CACHE: lambda size: share_text(size.cache_hit, 1),
}


def upkeep_tip(size: RelationSize, column: int) -> str:
    """Say exactly when the last VACUUM (or ANALYZE) of each kind was."""
    manual, auto = (
        (size.last_manual_vacuum, size.last_autovacuum)
        if column == VACUUM
        else (size.last_manual_analyze, size.last_autoanalyze)
    )
    never = said(QT_TRANSLATE_NOOP("sizes", "never"))
    words = said(QT_TRANSLATE_NOOP("sizes", "By hand: {manual}\nBy autovacuum: {auto}"))
    return words.format(
        manual=moment_text(manual) if manual is not None else never,
        auto=moment_text(auto) if auto is not None else never,
    )


def _of(value: Callable[[RelationSize], Any], otherwise: Any = -1) -> Callable[[SizeNode], Any]:
    """Make a key of what a table has; indexes and schemas stand where they do by size."""

    def key(node: SizeNode) -> tuple[Any, int]:
        if node.relation is None or node.index is not None:
            return (otherwise, node.bytes)
        found = value(node.relation)
        return (otherwise if found is None else found, node.bytes)

    return key


KEYS: Final[Mapping[int, Callable[[SizeNode], Any]]] = {
    NAME: lambda node: (node.name.casefold(), node.name),
    TOTAL: lambda node: node.bytes,
    TABLE: _of(lambda size: size.table_bytes),
    INDEXES: _of(lambda size: size.index_bytes),
    TOAST: _of(lambda size: size.toast_bytes),
    ROWS: _of(lambda size: size.rows),
    DEAD: _of(lambda size: size.dead_rows),
    BLOAT: _of(lambda size: size.bloat_bytes),
    VACUUM: _of(lambda size: size.last_vacuum, _NEVER),
    ANALYZE: _of(lambda size: size.last_analyze, _NEVER),
    SEQ_SCANS: _of(lambda size: size.seq_scans),
    INDEX_SCANS: lambda node: (node.index.scans if node.index is not None else
                               node.relation.index_scans if node.relation is not None else -1, node.bytes),
    CACHE: _of(lambda size: size.cache_hit, -1.0),
}  # fmt: skip
