"""What a save would do besides what is staged: tried in a transaction that is rolled back, counted by the server."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.impact import Impact, TableImpact
from nexus_studio.core.errors import StudioError, UserError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation, RelationKind
from nexus_studio.core.sql.following import follows
from nexus_studio.core.sql.steps import Plan, plan_of
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.deferring import check_now, set_aside
from nexus_studio.services.followers import reached
from nexus_studio.services.linkreading import links_of
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.saverun import SaveRun
from nexus_studio.services.session import Session

LOCK_MS: Final = 500
"""A trial that has to wait longer for somebody else's lock is given up."""

STATEMENT_MS: Final = 5000
"""And one whose statement takes longer: its rows are locked meanwhile."""

_LIMITS: Final = text(
    "SELECT pg_catalog.set_config('lock_timeout', CAST(:lock AS text), true),"
    " pg_catalog.set_config('statement_timeout', CAST(:statement AS text), true),"
    " pg_catalog.current_setting('track_counts')"
)

# Manual, table 28.2: what this transaction has done so far (and what of former ones is not reported yet, so that only
# differences count). A partition's rows are counted for the topmost table it is a part of.
_COUNTS: Final = text(
    """
    SELECT n.nspname, c.relname, CAST(c.relkind AS text), sum(s.n_tup_ins), sum(s.n_tup_upd), sum(s.n_tup_del)
      FROM pg_catalog.pg_stat_xact_all_tables s
      JOIN pg_catalog.pg_class c ON c.oid = coalesce(
               (SELECT relid FROM pg_catalog.pg_partition_ancestors(s.relid) WITH ORDINALITY AS a(relid, depth)
                 ORDER BY depth DESC LIMIT 1), s.relid)
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0 AND n.nspname !~ '^pg_'
     GROUP BY 1, 2, 3
    """
)

_TRIGGERS: Final = text(
    """
    SELECT n.nspname, c.relname, t.tgname
      FROM pg_catalog.pg_trigger t
      JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'
       AND (n.nspname, c.relname) IN (SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])))
     ORDER BY 1, 2, 3
    """
)


@dataclass(slots=True)
class _Count:
    """Rows added, changed and removed."""

    added: int = 0
    changed: int = 0
    removed: int = 0


_Counts = dict[RelationName, _Count]


def impact_of(
    session: Session, changes: Sequence[RowChange], relations: Mapping[RelationName, Relation], ctx: TaskContext
) -> Impact:
    """Try a save, count what it writes, and roll it back. Rows are locked meanwhile; sequences are used up.

    What keeps it from being tried (a lock, no right, a profile that only reads) is told in the result, no error.

    Raises:
        Cancelled: when the token was.
    """
    try:
        known = reached(CatalogReader(session), relations, changes, ctx)
        plan = plan_of(relations, changes, known, links_of(session, relations, known, changes, ctx))
        with session.write(ctx) as connection:
            before, after, names = _tried(connection, plan, relations, known, ctx)
            connection.rollback()
    except StudioError as error:
        return Impact(unknown=error)
    return _impact(_less(after, before), plan, relations, known, names)


def _tried(
    connection: Connection,
    plan: Plan,
    relations: Mapping[RelationName, Relation],
    known: Mapping[RelationName, Relation],
    ctx: TaskContext,
) -> tuple[_Counts, _Counts, dict[RelationName, list[str]]]:
    limits = {"lock": f"{LOCK_MS}ms", "statement": f"{STATEMENT_MS}ms"}
    if connection.execute(_LIMITS, limits).one()[2] != "on":
        raise UserError("impact.not_counted")
    reach_operators(connection, known.values())
    before = _counts(connection)
    set_aside(connection, plan.deferred, ctx)
    SaveRun(connection, relations, ctx).write(plan.steps)
    check_now(connection, ctx)
    after = _counts(connection)
    names = triggers_on(connection, [name for name in after if after[name] != before.get(name)])
    return before, after, names


def triggers_on(connection: Connection, relations: Iterable[RelationName]) -> dict[RelationName, list[str]]:
    """Return the names of triggers that are switched on, by relation; internal ones do not count."""
    wanted = list(relations)
    asked = {"schemas": [name.schema for name in wanted], "names": [name.name for name in wanted]}
    names: dict[RelationName, list[str]] = defaultdict(list)
    for schema, table, trigger in connection.execute(_TRIGGERS, asked):
        names[RelationName(schema, table)].append(trigger)
    return names


def _counts(connection: Connection) -> _Counts:
    return {
        RelationName(schema, name): _Count(int(added), int(changed), int(removed))
        for schema, name, _, added, changed, removed in connection.execute(_COUNTS)
    }


def _less(after: _Counts, before: _Counts) -> _Counts:
    found: _Counts = {}
    for name, count in after.items():
        former = before.get(name, _Count())
        found[name] = _Count(count.added - former.added, count.changed - former.changed, count.removed - former.removed)
    return found


def _impact(
    counts: _Counts,
    plan: Plan,
    relations: Mapping[RelationName, Relation],
    known: Mapping[RelationName, Relation],
    names: Mapping[RelationName, Sequence[str]],
) -> Impact:
    for name, own in _own(plan, relations).items():
        if name in counts:
            counts[name] = _without(counts[name], own, relations[name])
    ways = _ways(plan, known)
    tables = []
    for name, count in sorted(counts.items(), key=lambda item: (item[0].schema, item[0].name)):
        if not (count.added or count.changed or count.removed):
            continue
        gone, kept = ways.get((name, True), ()), ways.get((name, False), ())
        keys = tuple(dict.fromkeys([*(gone if count.removed else ()), *(kept if count.changed else ())]))
        others = bool(count.added or (count.removed and not gone) or (count.changed and not kept))
        tables.append(TableImpact(name, count.removed, count.changed, count.added, keys, others))
    triggers = [f"{name}: {each}" for name, those in names.items() for each in those]
    return Impact(tuple(tables), tuple(triggers) if any(table.by_triggers for table in tables) else ())


def _own(plan: Plan, relations: Mapping[RelationName, Relation]) -> dict[RelationName, Counter[ChangeKind]]:
    own: dict[RelationName, Counter[ChangeKind]] = defaultdict(Counter)
    for step in plan.steps:
        own[relations[step.change.relation].name][step.change.kind] += 1
    return own


def _without(count: _Count, own: Counter[ChangeKind], relation: Relation) -> _Count:
    """Take away what is staged. A row that moves to another partition is counted as removed and added."""
    changed, added, removed = (own[kind] for kind in (ChangeKind.UPDATE, ChangeKind.INSERT, ChangeKind.DELETE))
    if relation.kind is RelationKind.PARTITIONED and count.changed < changed:
        moved = changed - count.changed
        changed, added, removed = count.changed, added + moved, removed + moved
    return _Count(max(0, count.added - added), max(0, count.changed - changed), max(0, count.removed - removed))


def _ways(plan: Plan, known: Mapping[RelationName, Relation]) -> dict[tuple[RelationName, bool], tuple[str, ...]]:
    """Name the foreign keys by which rows of a table are removed (True) or changed (False)."""
    found: dict[tuple[RelationName, bool], dict[str, None]] = defaultdict(dict)
    todo: list[tuple[RelationName, bool, Iterable[str]]] = list(
        {
            (step.change.relation, step.change.kind, tuple(step.change.values)): (
                step.change.relation,
                step.change.kind is ChangeKind.DELETE,
                tuple(step.change.values),
            )
            for step in plan.steps
            if step.change.kind is not ChangeKind.INSERT
        }.values()
    )
    while todo:
        name, deleted, written = todo.pop()
        for key in known[name].referenced_by if name in known else ():
            if not follows(key, deleted=deleted, written=written):
                continue
            goes = deleted and key.on_delete == "cascade"
            if key.name not in found[key.table, goes]:
                found[key.table, goes][key.name] = None
                todo.append((key.table, goes, () if goes else key.columns))
    return {place: tuple(names) for place, names in found.items()}
