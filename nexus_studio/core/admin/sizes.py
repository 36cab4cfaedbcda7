"""How big things are: sizes of relations, schemas and the database, in bytes, what they are worth, how to say them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from nexus_studio.core.admin.bloat import total
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import RelationKind

# Unit, the size below which it is used, whether its value is halved and rounded, and its power of two. Values are
# carried at twice the unit from kB on, so that the last bit tells which way to round: PostgreSQL's own way
# (size_pretty_units in src/backend/utils/adt/dbsize.c; PB since PostgreSQL 15).
_UNITS: Final = (
    ("bytes", 10 * 1024, False, 0),
    ("kB", 20 * 1024 - 1, True, 10),
    ("MB", 20 * 1024 - 1, True, 20),
    ("GB", 20 * 1024 - 1, True, 30),
    ("TB", 20 * 1024 - 1, True, 40),
    ("PB", 0, True, 50),
)


def human_bytes(size: int) -> str:
    """Say a number of bytes exactly as `pg_size_pretty` does: 10240 -> "10 kB"."""
    sign, rest, carried = (-1 if size < 0 else 1), abs(size), 0
    for unit, limit, halved, power in _UNITS:
        rest >>= (power - halved) - carried
        carried = power - halved
        if rest < limit or unit == _UNITS[-1][0]:
            return f"{sign * ((rest + 1) // 2 if halved else rest)} {unit}"
    raise AssertionError  # the last unit takes everything


class IndexSize(NamedTuple):
    """An index, its bytes, and how often it was scanned since the statistics began. A named tuple: there are thousands.

    `parent` is the name of the partitioned table's index that this is a part of, "" for none. `blocks_fetched` are
    pages of 8 kB that were asked for, `blocks_hit` those among them that were in PostgreSQL's memory.
    """

    name: str
    bytes: int
    scans: int
    is_valid: bool = True
    is_primary: bool = False
    is_unique: bool = False
    parent: str = ""
    blocks_fetched: int = 0
    blocks_hit: int = 0


@dataclass(frozen=True, slots=True)
class RelationSize:
    """The size of one table or materialized view on disk, in bytes, and what the server counts about it.

    `table_bytes` are the rows themselves with free space and visibility maps, `toast_bytes` the long values stored
    aside, `total_bytes` is the sum of all three. For a partitioned table all numbers are sums over its partitions.
    `rows` and `dead_rows` are estimates of the statistics, None where there are none. `bloat_bytes` is the part of
    `table_bytes` that holds nothing (`core/admin/bloat.py` says how sure that is), None where it is not known.
    `seq_scans` and the blocks are counted since `SizeReport.counted_since`; the blocks are the table's and its TOAST
    table's. `is_locked`: somebody had it to himself, so that its sizes are those of the last VACUUM or ANALYZE.
    `is_distributed`: it is Citus' and the sizes are those of all nodes, its long values counted as rows.
    """

    name: RelationName
    kind: RelationKind
    table_bytes: int
    index_bytes: int
    toast_bytes: int
    rows: int | None = None
    dead_rows: int | None = None
    last_manual_vacuum: datetime | None = None
    last_autovacuum: datetime | None = None
    last_manual_analyze: datetime | None = None
    last_autoanalyze: datetime | None = None
    parent: RelationName | None = None
    bloat_bytes: int | None = None
    seq_scans: int = 0
    blocks_fetched: int = 0
    blocks_hit: int = 0
    indexes: tuple[IndexSize, ...] = ()
    is_locked: bool = False
    is_distributed: bool = False

    @property
    def total_bytes(self) -> int:
        """All that the relation takes on disk."""
        return self.table_bytes + self.index_bytes + self.toast_bytes

    @property
    def dead_share(self) -> float | None:
        """Return the share of dead rows among all, 0 to 1; None when unknown."""
        if self.rows is None or self.dead_rows is None or not self.rows + self.dead_rows:
            return None
        return self.dead_rows / (self.rows + self.dead_rows)

    @property
    def bloat_share(self) -> float | None:
        """Return the share of the table's own bytes that hold nothing, 0 to 1; None when unknown."""
        if self.bloat_bytes is None or not self.table_bytes:
            return None
        return min(1.0, self.bloat_bytes / self.table_bytes)

    @property
    def index_scans(self) -> int:
        """How often one of its indexes was scanned."""
        return sum(each.scans for each in self.indexes)

    @property
    def cache_hit(self) -> float | None:
        """Return the share of pages found in memory, 0 to 1, indexes and long values included; None: none was read."""
        fetched = self.blocks_fetched + sum(each.blocks_fetched for each in self.indexes)
        hit = self.blocks_hit + sum(each.blocks_hit for each in self.indexes)
        return hit / fetched if fetched else None

    @property
    def last_vacuum(self) -> datetime | None:
        """When it was last vacuumed, by hand or by autovacuum."""
        return _later(self.last_manual_vacuum, self.last_autovacuum)

    @property
    def last_analyze(self) -> datetime | None:
        """When it was last analyzed, by hand or by autovacuum."""
        return _later(self.last_manual_analyze, self.last_autoanalyze)

    @property
    def is_vacuumed_by_auto(self) -> bool:
        """Whether the last VACUUM was autovacuum's."""
        return self.last_vacuum is not None and self.last_vacuum == self.last_autovacuum

    @property
    def is_analyzed_by_auto(self) -> bool:
        """Whether the last ANALYZE was autovacuum's."""
        return self.last_analyze is not None and self.last_analyze == self.last_autoanalyze


SIZE_ORDERS: Final[Mapping[str, Callable[[RelationSize], int | None]]] = {
    "total": lambda each: each.total_bytes,
    "table": lambda each: each.table_bytes,
    "indexes": lambda each: each.index_bytes,
    "toast": lambda each: each.toast_bytes,
    "bloat": lambda each: each.bloat_bytes,
    "rows": lambda each: each.rows,
    "dead": lambda each: each.dead_rows,
    "scans": lambda each: each.seq_scans + each.index_scans,
}
"""What relations can be put in order by."""


def chosen(relations: Iterable[RelationSize], *, order: str = "total", match: str = "") -> tuple[RelationSize, ...]:
    """Return those whose qualified name contains `match` in any case, most of `order` first, what is unknown last."""
    wanted, measure = match.strip().casefold(), SIZE_ORDERS[order]
    found = [each for each in relations if wanted in f"{each.name.schema}.{each.name.name}".casefold()]
    return tuple(sorted(found, key=lambda each: -1 if (size := measure(each)) is None else size, reverse=True))


@dataclass(frozen=True, slots=True)
class SchemaSize:
    """The sums of a schema over its tables and materialized views, partitions counted once."""

    name: str
    relations: int
    table_bytes: int
    index_bytes: int
    toast_bytes: int

    @property
    def total_bytes(self) -> int:
        """All that the schema takes on disk."""
        return self.table_bytes + self.index_bytes + self.toast_bytes


@dataclass(frozen=True, slots=True)
class SizeReport:
    """The sizes of a database: all of it, with catalogs and free space, and each relation, biggest first.

    `measured_at` is the server's time. `counted_since` is when the server began to count scans and blocks, None where
    it was never told to begin anew. `may_not_see` are tables whose columns the role may not read, so that their bloat
    is not known. On a standby scans and blocks are its own, and it knows no VACUUM. `is_distributed`: Citus is there.
    `distributed_unknown` are tables of Citus whose nodes did not answer: their sizes are this node's.
    """

    database: str
    database_bytes: int
    relations: tuple[RelationSize, ...]
    measured_at: datetime | None = None
    counted_since: datetime | None = None
    may_not_see: tuple[RelationName, ...] = ()
    is_standby: bool = False
    is_distributed: bool = False
    distributed_unknown: tuple[RelationName, ...] = ()

    @property
    def schemas(self) -> tuple[SchemaSize, ...]:
        """The sums of each schema, biggest first."""
        found: dict[str, list[RelationSize]] = defaultdict(list)
        for each in self._stored:
            found[each.name.schema].append(each)
        sums = (
            SchemaSize(
                name,
                len(relations),
                sum(each.table_bytes for each in relations),
                sum(each.index_bytes for each in relations),
                sum(each.toast_bytes for each in relations),
            )
            for name, relations in found.items()
        )
        return tuple(sorted(sums, key=lambda each: (-each.total_bytes, each.name)))

    @property
    def other_bytes(self) -> int:
        """What is in no relation of the list: catalogs, sequences, files that are not removed yet."""
        return max(0, self.database_bytes - sum(e.total_bytes for e in self._stored if not e.is_distributed))

    def relation(self, name: RelationName) -> RelationSize | None:
        """Return the size of a relation; None where the list has none of that name."""
        return next((each for each in self.relations if each.name == name), None)

    @property
    def _stored(self) -> tuple[RelationSize, ...]:
        """What has files of its own: a partitioned table has none."""
        return tuple(each for each in self.relations if each.kind is not RelationKind.PARTITIONED)


def with_partitions_summed(sizes: Iterable[RelationSize]) -> tuple[RelationSize, ...]:
    """Give each partitioned table the sums of its partitions (itself it stores nothing); biggest first."""
    by_name = {size.name: size for size in sizes}
    leaves: dict[RelationName, list[RelationSize]] = defaultdict(list)
    for leaf in by_name.values():
        parent = leaf.parent
        while leaf.kind is not RelationKind.PARTITIONED and parent in by_name:
            leaves[parent].append(leaf)
            parent = by_name[parent].parent
    for name, below in leaves.items():
        by_name[name] = _summed(by_name[name], below, by_name)
    return tuple(sorted(by_name.values(), key=lambda size: (-size.total_bytes, size.name)))


def _summed(
    table: RelationSize, leaves: list[RelationSize], by_name: Mapping[RelationName, RelationSize]
) -> RelationSize:
    return replace(
        table,
        table_bytes=sum(each.table_bytes for each in leaves),
        index_bytes=sum(each.index_bytes for each in leaves),
        toast_bytes=sum(each.toast_bytes for each in leaves),
        rows=total(each.rows for each in leaves),
        dead_rows=total(each.dead_rows for each in leaves),
        bloat_bytes=total(each.bloat_bytes for each in leaves),
        seq_scans=sum(each.seq_scans for each in leaves),
        blocks_fetched=sum(each.blocks_fetched for each in leaves),
        blocks_hit=sum(each.blocks_hit for each in leaves),
        is_locked=any(each.is_locked for each in leaves),
        indexes=_summed_indexes(table, leaves, by_name),
    )


def _summed_indexes(
    table: RelationSize, leaves: list[RelationSize], by_name: Mapping[RelationName, RelationSize]
) -> tuple[IndexSize, ...]:
    """Add the partitions' indexes up to the index of the partitioned table that each is a part of."""
    sums = {each.name: each._replace(bytes=0, scans=0, blocks_fetched=0, blocks_hit=0) for each in table.indexes}
    for leaf in leaves:
        for index in leaf.indexes:
            above, parent = leaf.parent, index.parent
            while above is not None and above != table.name:  # through partitions that are partitioned themselves
                between = by_name[above]
                parent = next((each.parent for each in between.indexes if each.name == parent), "")
                above = between.parent
            if whole := sums.get(parent):
                sums[parent] = whole._replace(
                    bytes=whole.bytes + index.bytes,
                    scans=whole.scans + index.scans,
                    blocks_fetched=whole.blocks_fetched + index.blocks_fetched,
                    blocks_hit=whole.blocks_hit + index.blocks_hit,
                )
    return tuple(sorted(sums.values(), key=lambda each: (-each.bytes, each.name)))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)
