"""How big things are: sizes of relations and of the database, in bytes, and how to say them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

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


@dataclass(frozen=True, slots=True)
class RelationSize:
    """The size of one table or materialized view on disk, in bytes.

    `table_bytes` are the rows themselves with free space and visibility maps, `toast_bytes` the long values stored
    aside, `total_bytes` is the sum of all three. For a partitioned table all numbers are sums over its partitions.
    `rows` and `dead_rows` are the statistics collector's estimates, None where it has none. `last_vacuum` and
    `last_analyze` are the last of any kind, by hand or by autovacuum.
    """

    name: RelationName
    kind: RelationKind
    table_bytes: int
    index_bytes: int
    toast_bytes: int
    rows: int | None = None
    dead_rows: int | None = None
    last_vacuum: datetime | None = None
    last_analyze: datetime | None = None
    parent: RelationName | None = None

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


@dataclass(frozen=True, slots=True)
class SizeReport:
    """The sizes of a database: all of it, with catalogs and free space, and each relation, biggest first."""

    database: str
    database_bytes: int
    relations: tuple[RelationSize, ...]


def with_partitions_summed(sizes: Iterable[RelationSize]) -> tuple[RelationSize, ...]:
    """Give each partitioned table the sums of its partitions (itself it stores nothing); biggest first."""
    by_name = {size.name: size for size in sizes}
    for leaf in tuple(by_name.values()):
        parent = leaf.parent
        while leaf.kind is not RelationKind.PARTITIONED and parent in by_name:
            above = by_name[parent]
            by_name[parent] = replace(
                above,
                table_bytes=above.table_bytes + leaf.table_bytes,
                index_bytes=above.index_bytes + leaf.index_bytes,
                toast_bytes=above.toast_bytes + leaf.toast_bytes,
                rows=_sum(above.rows, leaf.rows),
                dead_rows=_sum(above.dead_rows, leaf.dead_rows),
            )
            parent = above.parent
    return tuple(sorted(by_name.values(), key=lambda size: (-size.total_bytes, size.name)))


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other
