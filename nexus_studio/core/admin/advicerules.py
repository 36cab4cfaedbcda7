"""The rules of advice on tables and their upkeep: facts in, advice without its SQL out. Pure, with thresholds.

A healthy database gets no advice, so the thresholds are where harm begins, not where something could be better.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from nexus_studio.core.admin.advice import Action, Advice, Gravity, Risk, gravest_first
from nexus_studio.core.admin.advicefacts import Health, TableFacts
from nexus_studio.core.admin.adviceholders import holders_advice, proven, slots_advice
from nexus_studio.core.admin.adviceindexes import indexes_advice
from nexus_studio.core.admin.readiness import Finding, Value, Verdict
from nexus_studio.core.admin.readinessrules import wraparound_finding
from nexus_studio.core.admin.sizes import RelationSize
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import RelationKind

DAY: Final = timedelta(days=1)

LATE_TIMES: Final = 2.0
"""Dead rows are too many when they are so many times what calls autovacuum, and a day has passed without it."""

DEAD_ROWS: Final = 1_000
"""Fewer dead rows than these are not worth a word, whatever their share."""

BLOATED_BYTES: Final = 16 * 1024**2
BLOATED_SHARE: Final = 0.5
"""What VACUUM leaves free is used again; half of a table free is more than it will soon need."""

FEW_DEAD: Final = 0.1
"""With a larger share of dead rows a table wants VACUUM first."""

UNKNOWN_BYTES: Final = 512 * 1024
"""A table of so many bytes needs statistics; of smaller ones the planner's guesses do no harm."""

STALE_TIMES: Final = 5.0
STALE_ROWS: Final = 10_000
STALE_SHARE: Final = 0.5

_OLD_SHARE: Final = 0.9  # of the oldest age, for tables that are named
_NAMED: Final = 5


def judged(health: Health) -> tuple[Advice, ...]:
    """Return all advice, the gravest first; its SQL is still to be written."""
    found = [*holders_advice(health), *slots_advice(health), *_wraparound(health), *_sequences(health)]
    if not health.upkeep.is_standby:  # a standby counts no rows and knows of no VACUUM
        found += [*_autovacuum(health), *_statistics(health)]
    found += [*_bloated(health), *_no_primary_key(health), *_unchecked(health), *indexes_advice(health)]
    return gravest_first(found)


def due_rows(health: Health, table: TableFacts, rows: int) -> float:
    """Return how many dead rows call autovacuum to a table (manual, section 25.1.6)."""
    least = table.number("autovacuum_vacuum_threshold", health.upkeep.vacuum_rows)
    return least + table.number("autovacuum_vacuum_scale_factor", health.upkeep.vacuum_share) * rows


def _autovacuum(health: Health) -> Iterator[Advice]:
    upkeep = health.upkeep
    if not (upkeep.autovacuum and upkeep.counts):
        settings: dict[str, Value] = {"autovacuum": upkeep.autovacuum, "track_counts": upkeep.counts}
        yield Advice("autovacuum.off", Gravity.URGENT, Risk.SETTING, Action.RUN, evidence=settings)
    held = {name for holder in health.holders for name in proven(health, holder)}
    for size in _stored(health):
        table = health.tables.get(size.name)
        dead = size.dead_rows or 0
        if table is None or dead < DEAD_ROWS or table.is_vacuumed_now or size.name in held:
            continue
        due = due_rows(health, table, size.rows or 0)
        evidence: dict[str, Value] = {
            "dead_rows": dead,
            "rows": size.rows,
            "autovacuum_from_dead_rows": round(due),
            "last_vacuum": size.last_vacuum,
            "last_autovacuum": size.last_autovacuum,
        }
        if table.autovacuum_disabled and dead > due:
            yield Advice("autovacuum.disabled", Gravity.WORTH, Risk.SETTING, Action.RUN, size.name, evidence=evidence)
        elif dead > LATE_TIMES * due and health.is_older(size.last_vacuum, DAY):
            yield Advice("autovacuum.late", Gravity.WORTH, Risk.LOAD, Action.VACUUM, size.name, evidence=evidence)


def _statistics(health: Health) -> Iterator[Advice]:
    for size in health.sizes.values():
        table = health.tables.get(size.name)
        if table is None or size.is_distributed:
            continue
        evidence: dict[str, Value] = {
            "rows": size.rows,
            "size_bytes": size.table_bytes,
            "changed_rows": table.changes,
            "last_analyze": size.last_analyze,
        }
        if not table.has_statistics:
            if size.table_bytes >= UNKNOWN_BYTES and size.last_analyze is None:
                yield Advice(
                    "statistics.missing", Gravity.WORTH, Risk.LOAD, Action.ANALYZE, size.name, evidence=evidence
                )
            continue
        rows = size.rows or 0
        due = table.number("autovacuum_analyze_threshold", health.upkeep.analyze_rows)
        due += table.number("autovacuum_analyze_scale_factor", health.upkeep.analyze_share) * rows
        if table.changes > max(STALE_TIMES * due, STALE_ROWS, STALE_SHARE * rows) and health.is_older(
            size.last_analyze, DAY
        ):
            yield Advice("statistics.stale", Gravity.WORTH, Risk.LOAD, Action.ANALYZE, size.name, evidence=evidence)


def _bloated(health: Health) -> Iterator[Advice]:
    for size in _stored(health):
        if (size.bloat_bytes or 0) < BLOATED_BYTES or (size.bloat_share or 0) < BLOATED_SHARE:
            continue
        if (size.dead_share or 0) > FEW_DEAD or size.is_locked:
            continue
        evidence: dict[str, Value] = {
            "size_bytes": size.table_bytes,
            "bloat_bytes": size.bloat_bytes,
            "bloat_percent": round(100 * (size.bloat_share or 0)),
            "rows": size.rows,
            "dead_rows": size.dead_rows,
            "last_analyze": size.last_analyze,
        }
        yield Advice("table.bloated", Gravity.NOTE, Risk.LOCKS, Action.VACUUM_FULL, size.name, evidence=evidence)


def _no_primary_key(health: Health) -> Iterator[Advice]:
    for table in health.tables.values():
        size = health.sizes.get(table.name)
        is_table = table.kind in {RelationKind.TABLE.value, RelationKind.PARTITIONED.value}
        if size is None or table.has_primary_key or table.is_part or not is_table or not size.table_bytes:
            continue
        evidence: dict[str, Value] = {
            "rows": size.rows,
            "size_bytes": size.total_bytes,
            "unique_index": table.unique_index or None,
        }
        # that of a partitioned table has the columns that it is partitioned by: nobody else can say which more
        columns = (table.key_column,) if table.is_stored and not table.unique_index else ()
        yield Advice(
            "table.no_primary_key",
            Gravity.NOTE,
            Risk.LOCKS,
            Action.RUN if table.is_stored else Action.COPY,
            table.name,
            table.unique_index,
            columns,
            evidence=evidence,
        )


def _unchecked(health: Health) -> Iterator[Advice]:
    for each in health.unchecked:
        size = health.sizes.get(each.relation)
        evidence: dict[str, Value] = {"constraint": each.name, "rows": size.rows if size else None}
        yield Advice(
            "constraint.not_valid",
            Gravity.NOTE,
            Risk.LOAD,
            Action.RUN,
            each.relation,
            name=each.name,
            evidence=evidence,
        )


def _sequences(health: Health) -> Iterator[Advice]:
    for each in health.sequences:
        evidence: dict[str, Value] = {
            "sequence": str(each.name),
            "used_percent": round(each.used_percent, 1),
            "last_value": each.last,
            "column_type": each.column_type or None,
            "counts_down": each.counts_down,
        }
        yield Advice(
            "sequence.near_end",
            Gravity.URGENT if each.is_ending else Gravity.WORTH,
            Risk.LOCKS if each.column else Risk.SETTING,
            Action.COPY,  # a column's type is the models' business: it belongs into a migration
            each.relation,
            columns=(each.column,) if each.column else (),
            name=str(each.name),
            evidence=evidence,
        )


def _wraparound(health: Health) -> Iterator[Advice]:
    oldest = health.oldest
    if oldest is None:
        return
    limit = health.upkeep.freeze_max_age
    for code, finding in (
        ("wraparound.transactions", wraparound_finding(oldest.name, oldest.age, 0, freeze_max_age=limit)),
        ("wraparound.multixacts", wraparound_finding(oldest.name, 0, oldest.multixact_age, freeze_max_age=limit)),
    ):
        if finding.verdict is not Verdict.OK:
            yield _old(health, code, finding, is_this=oldest.is_this)


def _old(health: Health, code: str, finding: Finding, *, is_this: bool) -> Advice:
    by_age = "age" if code.endswith("transactions") else "multixact_age"
    names = tuple(str(name) for name in _oldest(health.tables.values(), by_age)) if is_this else ()
    evidence: dict[str, Value] = {
        "database": finding.value("database"),
        f"{by_age}_transactions" if by_age == "age" else by_age: finding.value(by_age),
        "used_percent": finding.value("used_percent"),
        "oldest_tables": names,
    }
    gravity = Gravity.URGENT if finding.verdict is Verdict.FAILED else Gravity.WORTH
    return Advice(code, gravity, Risk.LOAD, Action.RUN if is_this else Action.COPY, evidence=evidence)


def _oldest(tables: Iterable[TableFacts], by: str) -> Iterator[RelationName]:
    aged = sorted(tables, key=lambda each: (-int(getattr(each, by)), each.name))
    most = int(getattr(aged[0], by)) if aged else 0
    return (each.name for each in aged[:_NAMED] if getattr(each, by) >= _OLD_SHARE * most)


def _stored(health: Health) -> Iterator[RelationSize]:
    """What has rows of its own on this server."""
    return (
        each for each in health.sizes.values() if each.kind is not RelationKind.PARTITIONED and not each.is_distributed
    )
