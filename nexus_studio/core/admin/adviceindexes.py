"""The rules of advice on indexes and foreign keys. Pure; an index gets one advice, the surest."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from nexus_studio.core.admin.advice import Action, Advice, Gravity, Risk
from nexus_studio.core.admin.advicefacts import ForeignKeyFacts, Health, IndexFacts
from nexus_studio.core.admin.readiness import Value
from nexus_studio.core.names import RelationName

UNUSED_FOR: Final = timedelta(days=30)
"""Scans must have been counted for so long: reports of a month's end come once a month."""

UNUSED_BYTES: Final = 1024**2
UNUSED_WRITES: Final = 1_000
UNUSED_SEEN: Final = 0.5
"""So much of what was written since the counters began must have gone through the index: else it is new."""

REDUNDANT_BYTES: Final = 1024**2
FOREIGN_KEY_ROWS: Final = 1_000
BLOATED_BYTES: Final = 16 * 1024**2
BLOATED_SHARE: Final = 0.6
"""A B-tree that grows at random places is a third empty by itself; beyond twice that it is worth the work."""

_LEFT_OVER: Final = re.compile(r"_cc(new|old)\d*\Z")
_SERVES: Final = frozenset({"btree", "hash"})  # what the checks of a foreign key can use

Group = tuple[object, ...]


def indexes_advice(health: Health) -> Iterator[Advice]:
    """Return all advice on indexes and on foreign keys without one."""
    told: set[tuple[RelationName, str]] = set()
    for rule in (_invalid, _duplicate, _redundant, _unused, _bloated):
        for advice in rule(health):
            key = (advice.relation or RelationName("", ""), advice.index)
            if key not in told:
                told.add(key)
                yield advice
    yield from _unindexed(health)


def _invalid(health: Health) -> Iterator[Advice]:
    for index in health.indexes:
        if index.is_valid or index.is_partitioned:
            continue
        size = health.index_size(index)
        left_over = bool(_LEFT_OVER.search(index.name)) and not index.is_needed
        evidence: dict[str, Value] = {
            "index": index.name,
            "size_bytes": size.bytes if size else None,
            "unique": index.is_unique,
            "left_over": left_over,  # of REINDEX CONCURRENTLY: the real one is beside it
        }
        risk, action = (Risk.DROPS, Action.RUN) if left_over else (Risk.LOAD, Action.REINDEX)
        yield Advice("index.invalid", Gravity.WORTH, risk, action, index.relation, index.name, evidence=evidence)


def _duplicate(health: Health) -> Iterator[Advice]:
    groups: dict[Group, list[IndexFacts]] = defaultdict(list)
    for index in _standing(health):
        groups[_same(index)].append(index)
    for group in groups.values():
        ranked = sorted(group, key=lambda each: _worth(health, each))
        for spare in ranked[1:]:
            if _may_go(spare) and (not spare.is_unique or _also_unique(spare, ranked[0])):
                yield _drop("index.duplicate", Gravity.WORTH, health, spare, {"same_as": ranked[0].name})


def _redundant(health: Health) -> Iterator[Advice]:
    by_table: dict[RelationName, list[IndexFacts]] = defaultdict(list)
    for index in _standing(health):
        if index.method == "btree" and not index.expressions:
            by_table[index.relation].append(index)
    for indexes in by_table.values():
        for spare in indexes:
            size = health.index_size(spare)
            if spare.is_unique or not _may_go(spare) or not size or size.bytes < REDUNDANT_BYTES:
                continue
            longer = next((each for each in indexes if _begins_with(each, spare)), None)
            if longer is not None:
                yield _drop("index.redundant", Gravity.NOTE, health, spare, {"begins": longer.name})


def _unused(health: Health) -> Iterator[Advice]:
    upkeep = health.upkeep
    covered = health.now - upkeep.counting_for
    if upkeep.is_standby or covered < UNUSED_FOR:
        return
    serving = _serving(health)
    for index in _standing(health):
        size, table = health.index_size(index), health.tables.get(index.relation)
        if size is None or table is None or size.scans or size.bytes < UNUSED_BYTES:
            continue
        if index.is_unique or not _may_go(index) or (index.relation, index.name) in serving:
            continue
        if table.index_writes < UNUSED_WRITES or size.blocks_fetched < UNUSED_SEEN * table.index_writes:
            continue
        more: dict[str, Value] = {
            "scans": 0,
            "counted_days": covered.days,
            "counted_since": upkeep.counting_for,
            "written_rows": table.index_writes,
            "standbys": upkeep.standbys or None,  # their scans are counted there
        }
        yield _drop("index.unused", Gravity.NOTE, health, index, more)


def _bloated(health: Health) -> Iterator[Advice]:
    valid = {(each.relation, each.name) for each in _standing(health)}
    for tree in health.btrees:
        waste = tree.bytes - tree.needed_bytes
        if waste < BLOATED_BYTES or waste < BLOATED_SHARE * tree.bytes or (tree.relation, tree.name) not in valid:
            continue
        evidence: dict[str, Value] = {
            "index": tree.name,
            "size_bytes": tree.bytes,
            "bloat_bytes": waste,
            "bloat_percent": round(100 * waste / tree.bytes),
        }
        yield Advice(
            "index.bloated", Gravity.NOTE, Risk.LOAD, Action.REINDEX, tree.relation, tree.name, evidence=evidence
        )


def _unindexed(health: Health) -> Iterator[Advice]:
    by_table = _by_table(health)
    for key in health.foreign_keys:
        size, table = health.sizes.get(key.relation), health.tables.get(key.relation)
        if size is None or table is None or (size.rows or 0) < FOREIGN_KEY_ROWS or size.is_distributed:
            continue
        if any(_serves(index, key) for index in by_table[key.relation]):
            continue
        target = health.tables.get(key.target)
        deleted = target.deleted if target else 0
        evidence: dict[str, Value] = {
            "foreign_key": key.name,
            "columns": key.columns,
            "refers_to": str(key.target),
            "rows": size.rows,
            "deleted_there": deleted,  # each of them reads this whole table
            "seq_scans": size.seq_scans,
        }
        is_partitioned = table.kind == "p"
        yield Advice(
            "foreign_key.no_index",
            Gravity.WORTH if deleted else Gravity.NOTE,
            Risk.LOCKS if is_partitioned else Risk.LOAD,
            Action.RUN,
            key.relation,
            columns=key.columns,
            name=key.name,
            evidence=evidence,
        )


def _standing(health: Health) -> Iterator[IndexFacts]:
    """Indexes that are valid and stand for themselves: the parts of a partitioned one are judged with it."""
    return (each for each in health.indexes if each.is_valid and not each.is_part)


def _by_table(health: Health) -> Mapping[RelationName, list[IndexFacts]]:
    found: dict[RelationName, list[IndexFacts]] = defaultdict(list)
    for index in health.indexes:
        if index.is_valid:
            found[index.relation].append(index)
    return found


def _serving(health: Health) -> frozenset[tuple[RelationName, str]]:
    """Return the indexes without which a foreign key would have none."""
    by_table = _by_table(health)
    only = set()
    for key in health.foreign_keys:
        able = [index for index in by_table[key.relation] if _serves(index, key)]
        if len(able) == 1:
            only.add((key.relation, able[0].name))
    return frozenset(only)


def _serves(index: IndexFacts, key: ForeignKeyFacts) -> bool:
    """Tell whether an index finds the rows that refer to one: its first columns are the key's, in any order."""
    first = index.columns[: len(key.columns)]
    if index.method not in _SERVES or set(first) != set(key.columns) or len(first) != len(key.columns):
        return False
    # with or without quotes, as PostgreSQL writes names; what looks for a row that is referred to looks for no null
    quoted = ('"' + column.replace('"', '""') + '"' for column in key.columns)
    not_null = {f"({name} IS NOT NULL)" for name in (*key.columns, *quoted)}
    return not index.predicate or index.predicate in not_null


def _same(index: IndexFacts) -> Group:
    return index.relation, index.method, index.key, index.included, index.expressions, index.predicate


def _begins_with(longer: IndexFacts, shorter: IndexFacts) -> bool:
    return (
        len(longer.key) > len(shorter.key)
        and longer.key[: len(shorter.key)] == shorter.key
        and longer.predicate == shorter.predicate
        and shorter.included <= longer.included | set(longer.columns)
    )


def _worth(health: Health, index: IndexFacts) -> tuple[object, ...]:
    """Order equal indexes: the one to keep first."""
    size = health.index_size(index)
    return (
        not index.is_primary,
        not index.is_needed,
        not index.is_unique,
        -(size.scans if size else 0),
        index.name,
    )


def _may_go(index: IndexFacts) -> bool:
    return not (index.is_primary or index.is_needed)


def _also_unique(spare: IndexFacts, other: IndexFacts) -> bool:
    return other.is_unique and spare.nulls_equal == other.nulls_equal


def _drop(code: str, gravity: Gravity, health: Health, index: IndexFacts, more: Mapping[str, Value]) -> Advice:
    size = health.index_size(index)
    evidence: dict[str, Value] = {"index": index.name, "size_bytes": size.bytes if size else None, **more}
    if "scans" not in evidence:
        evidence["scans"] = size.scans if size else None
    risk = Risk.LOCKS if index.is_partitioned else Risk.DROPS
    known = {name: value for name, value in evidence.items() if value is not None}
    return Advice(code, gravity, risk, Action.RUN, index.relation, index.name, columns=index.columns, evidence=known)
