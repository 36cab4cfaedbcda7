"""Where sequences stand: a database restored with sequences that begin anew gives out the keys of rows that are there.

No snapshot holds them: pg_dump reads where they stand just then. So they are read before and after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import psycopg

from nexus_studio.core.admin.backups import SequenceState
from nexus_studio.core.names import RelationName

_AT_ONCE: Final = 500
_NAMES: Final = """
    SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND n.nspname !~ '^pg_'
       AND (c.relpersistence = 'p' OR (c.relpersistence = 'u' AND NOT pg_catalog.pg_is_in_recovery()))
       AND CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') END
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = CAST('pg_catalog.pg_class' AS pg_catalog.regclass) AND d.objid = c.oid
                          AND d.deptype = 'e')
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""
_STANDS: Final = """
    SELECT s.schemaname, s.sequencename, s.last_value
      FROM unnest(CAST(%s AS text[]), CAST(%s AS text[])) AS w(schema, name)
      JOIN pg_catalog.pg_sequences s ON s.schemaname = w.schema AND s.sequencename = w.name
"""


def positions(driver: psycopg.Connection) -> dict[RelationName, int | None]:
    """Return the last value of each sequence that may be read, None of one that was never asked for any.

    An extension's own are left out. Locks are let go of little by little. Errors are the driver's.
    """
    names = driver.execute(_NAMES).fetchall()
    found: dict[RelationName, int | None] = {}
    for begin in range(0, len(names), _AT_ONCE):
        some = names[begin : begin + _AT_ONCE]
        with driver.transaction(force_rollback=True):
            rows = driver.execute(_STANDS, ([each[0] for each in some], [each[1] for each in some])).fetchall()
        found |= {RelationName(schema, name): value for schema, name, value in rows}
    return found


def spans(before: dict[RelationName, int | None], after: dict[RelationName, int | None]) -> tuple[SequenceState, ...]:
    """Return between which values each sequence stood: those that were there before and after."""
    return tuple(
        SequenceState(name, *_ordered(before[name], after[name])) for name in sorted(before.keys() & after.keys())
    )


def misplaced(
    expected: Iterable[SequenceState], found: dict[RelationName, int | None], only: Collection[RelationName] | None
) -> Sequence[RelationName]:
    """Name the sequences that do not stand where they should, or are not there.

    Args:
        expected: As `spans` has them.
        found: As `positions` has them.
        only: Those that count; None: all.
    """
    return [
        each.relation
        for each in expected
        if (only is None or each.relation in only)
        and (each.relation not in found or not each.fits(found[each.relation]))
    ]


def _ordered(one: int | None, other: int | None) -> tuple[int | None, int | None]:
    if one is None or other is None:
        return one, other
    return min(one, other), max(one, other)
