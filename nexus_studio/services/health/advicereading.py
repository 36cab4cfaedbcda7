"""Reads the facts that advice is judged from: a handful of queries in one transaction, as any role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, RowMapping

from nexus_studio.core.admin.advicefacts import (
    ForeignKeyFacts,
    Health,
    Holder,
    HolderKind,
    IndexFacts,
    IndexNeed,
    OldestDatabase,
    SequenceOwner,
    SlotKeeping,
    TableFacts,
    UncheckedConstraint,
    Upkeep,
)
from nexus_studio.core.admin.adviceindexes import BLOATED_BYTES
from nexus_studio.core.admin.bloat import btree_bytes, shapes_of
from nexus_studio.core.admin.readinessrules import SEQUENCE_FULL_PERCENT, SEQUENCE_PERCENT, SequenceFacts
from nexus_studio.core.admin.sizes import SizeReport
from nexus_studio.core.names import RelationName
from nexus_studio.services.health.advising_sql import (
    BTREES,
    FOREIGN_KEYS,
    HIDDEN,
    HOLDERS,
    INDEX_FACTS,
    SLOTS,
    TABLES,
    UNCHECKED,
    UPKEEP,
)
from nexus_studio.services.readiness.serverfacts import INVALID_INDEXES, OLDEST_ROWS, SEQUENCES

_BLOCK: Final = 8192
_LEAF_FILL: Final = 90  # of B-trees that say nothing


def read_health(connection: Connection, report: SizeReport, now: datetime | None) -> tuple[Health, tuple[str, ...]]:
    """Return the facts, and codes of what the role may not see.

    Args:
        connection: In a transaction.
        report: The sizes, just measured.
        now: The moment that counts as now; None: the server's.
    """
    upkeep, moment = _upkeep(connection)
    sizes = {each.name: each for each in report.relations}
    tables = _with_parts_summed({each.name: each for each in _tables(connection)}, report)
    sequences = connection.execute(SEQUENCES).mappings().all()
    health = Health(
        now=now or moment,
        upkeep=upkeep,
        sizes={name: size for name, size in sizes.items() if name in tables},
        tables=tables,
        indexes=tuple(_indexes(connection)),
        foreign_keys=tuple(_foreign_keys(connection)),
        unchecked=tuple(
            UncheckedConstraint(RelationName(row.nspname, row.table_name), row.name, row.kind)
            for row in connection.execute(UNCHECKED)
        ),
        sequences=tuple(_near_end(row) for row in sequences if _facts(row).used_percent >= SEQUENCE_PERCENT),
        holders=tuple(
            Holder(HolderKind(row.kind), row.name, row.age, row.since, row.user, row.application, row.state,
                   row.started_at, row.is_active)
            for row in connection.execute(HOLDERS)
        ),
        slots=tuple(
            SlotKeeping(row.name, row.kept_bytes, row.is_active, row.kind, row.database)
            for row in connection.execute(SLOTS)
        ),
        btrees=tuple(_btrees(connection, tables, report)),
        oldest=_oldest(connection, report.database),
    )  # fmt: skip
    return health, _unseen(connection, report, has_unreadable=not all(row["is_readable"] for row in sequences))


def _upkeep(connection: Connection) -> tuple[Upkeep, datetime]:
    found = dict(connection.execute(UPKEEP).mappings().one())
    return Upkeep(**{name: value for name, value in found.items() if name != "now"}), found["now"]


def _tables(connection: Connection) -> Iterator[TableFacts]:
    for row in connection.execute(TABLES):
        yield TableFacts(
            name=RelationName(row.nspname, row.relname),
            kind=row.relkind,
            options=dict(each.split("=", 1) for each in row.options),
            changes=row.changes,
            index_writes=row.index_writes,
            deleted=row.deleted,
            has_statistics=row.has_statistics,
            has_primary_key=row.has_primary_key,
            unique_index=row.unique_index,
            key_column=row.key_column,
            age=row.age,
            multixact_age=row.multixact_age,
            is_part=row.is_part,
            is_vacuumed_now=row.is_vacuumed_now,
        )


def _with_parts_summed(tables: dict[RelationName, TableFacts], report: SizeReport) -> dict[RelationName, TableFacts]:
    """Give partitioned tables what was written into and deleted from their partitions."""
    parents = {each.name: each.parent for each in report.relations}
    for leaf in [each for each in tables.values() if each.is_stored and each.is_part]:
        parent = parents.get(leaf.name)
        while parent in tables:
            above = tables[parent]
            tables[parent] = replace(
                above, index_writes=above.index_writes + leaf.index_writes, deleted=above.deleted + leaf.deleted
            )
            parent = parents.get(parent)
    return tables


def _indexes(connection: Connection) -> Iterator[IndexFacts]:
    """Yield the indexes; one that is being built just now is not there yet."""
    invalid = {(row.schema, row.name) for row in connection.execute(INVALID_INDEXES)}
    for row in connection.execute(INDEX_FACTS):
        if not row.is_valid and (row.nspname, row.name) not in invalid:
            continue
        numbers, keys = row.numbers.split(), row.keys
        parts = (numbers[:keys], row.classes.split(), row.collations.split(), row.options.split())
        yield IndexFacts(
            relation=RelationName(row.nspname, row.table_name),
            name=row.name,
            method=row.method,
            key=tuple(zip(*parts, strict=True)),
            columns=tuple(row.columns[:keys]),
            included=frozenset(row.columns[keys:]),
            expressions=row.expressions,
            predicate=row.predicate,
            is_unique=row.is_unique,
            nulls_equal=row.nulls_equal,
            is_primary=row.is_primary,
            is_needed=row.is_needed,
            is_valid=row.is_valid,
            is_partitioned=row.is_partitioned,
            is_part=row.is_part,
        )


def _foreign_keys(connection: Connection) -> Iterator[ForeignKeyFacts]:
    for row in connection.execute(FOREIGN_KEYS):
        yield ForeignKeyFacts(
            row.name,
            RelationName(row.nspname, row.table_name),
            tuple(row.columns),
            RelationName(row.target_schema, row.target_name),
        )


def _facts(row: RowMapping) -> SequenceFacts:
    """Make of a row what the deployment checklist makes of it."""
    return SequenceFacts(
        str(RelationName(row["schema"], row["name"])),
        row["last"],
        row["least"],
        row["most"],
        row["increment"],
        row["column_type"],
    )


def _near_end(row: RowMapping) -> SequenceOwner:
    used = _facts(row).used_percent
    return SequenceOwner(
        name=RelationName(row["schema"], row["name"]),
        relation=RelationName(row["owner_schema"], row["owner_name"]) if row["owner_name"] else None,
        column=row["owner_column"] or "",
        column_type=row["column_type"],
        used_percent=used,
        last=row["last"],
        is_ending=used >= SEQUENCE_FULL_PERCENT,
        counts_down=row["increment"] < 0,
    )


def _btrees(
    connection: Connection, tables: Mapping[RelationName, TableFacts], report: SizeReport
) -> Iterator[IndexNeed]:
    """Yield the B-trees that are big enough to be worth a word, with the bytes that they need."""
    rows_of = {each.name: each.rows for each in report.relations if each.name in tables and not each.is_distributed}
    for row in connection.execute(BTREES, {"pages": BLOATED_BYTES // _BLOCK}):
        relation = RelationName(row.nspname, row.table_name)
        columns = shapes_of(row.shape or "")
        rows = rows_of.get(relation)
        if not columns or rows is None or row.bytes is None:
            continue
        entries = row.entries if row.is_partial else max(rows, row.entries)
        fill = int(row.fill_percent or _LEAF_FILL)
        needed = btree_bytes(entries, columns, distinct=_distinct(row, rows), fill_percent=fill, block=row.block)
        yield IndexNeed(relation, row.name, row.bytes, needed)


def _distinct(row: Row[Any], rows: int) -> float | None:
    """Return how many keys are stored, where equal ones are stored once. n_distinct below 0 is a share of the rows."""
    if not row.stores_once or row.distinct_keys is None:
        return None
    known = float(row.distinct_keys)
    return 1 + (known if known > 0 else -known * rows)


def _oldest(connection: Connection, database: str) -> OldestDatabase:
    row = connection.execute(OLDEST_ROWS).one()
    return OldestDatabase(row.database, row.age, row.multixact_age, row.database == database)


def _unseen(connection: Connection, report: SizeReport, *, has_unreadable: bool) -> tuple[str, ...]:
    hidden = connection.execute(HIDDEN).one()
    unseen = {
        "sessions": hidden.sessions,
        "replication": hidden.replication,
        "columns": bool(report.may_not_see),
        "sequences": has_unreadable,
    }
    return tuple(code for code, is_hidden in unseen.items() if is_hidden)
