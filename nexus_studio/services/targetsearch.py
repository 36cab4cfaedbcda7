"""Finding the row that a foreign key shall point to: all of a small table, by its indexes in a large one.

A statement that takes too long is given up, and the next one is asked; what was searched is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.targets import FoundTargets, Searched, TargetKey
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.related import label_of, picker_statement
from nexus_studio.core.sql.targets import SCANNED, Lead, Statement, TargetSearch
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.session import Session

STEP_MS: Final = 1000
"""What one statement of a search may take."""

SMALL_BYTES: Final = 8 * 1024 * 1024
"""A table up to this is looked through whole."""

_TOO_LONG: Final = "57014"
_NO_VALUE: Final = "22"  # class of SQLSTATE: what was typed is no value of the type

# How large it is, its partitions together, and the columns that its indexes begin with.
_KNOWN: Final = text(
    r"""
    WITH target AS (
        SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = :schema AND c.relname = :table
    )
    SELECT (SELECT pg_catalog.sum(pg_catalog.pg_relation_size(part.relid))
              FROM target, LATERAL (SELECT target.oid AS relid
                                     UNION SELECT relid FROM pg_catalog.pg_partition_tree(target.oid)) part)
               AS octets,
           CAST(a.attname AS text) AS name,
           CAST(m.amname AS text) AS method,
           CAST(o.opcname AS text) AS class_name,
           CASE WHEN i.indkey[0] = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, 1, true) ELSE '' END AS expression
      FROM target
      LEFT JOIN (pg_catalog.pg_index i
                 JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                 JOIN pg_catalog.pg_am m ON m.oid = x.relam
                 JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[0])
             ON i.indrelid = target.oid AND i.indisvalid AND i.indpred IS NULL
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = target.oid AND a.attnum = i.indkey[0] AND a.attnum > 0
    """
)


def find_targets(
    session: Session,
    target: Relation,
    key_columns: Sequence[str],
    label_columns: Sequence[str],
    typed: str,
    limit: int,
    ctx: TaskContext,
) -> FoundTargets:
    """Find rows whose key or label is, begins with or holds what was typed; the first rows where nothing was.

    Raises:
        StudioError: what `Session.read` raises; a statement that takes too long is left out.
    """
    typed = " ".join(typed.split())
    with session.read(ctx, timeout_ms=STEP_MS) as connection:
        reach_operators(connection, (target,))
        asked = {"schema": target.name.schema, "table": target.name.name}
        known = connection.execute(_KNOWN, asked).all()
        search = TargetSearch(target, key_columns, label_columns, _leads(target, known), limit)
        found = _Found(connection, ctx, len(key_columns), limit)
        if not known or (known[0].octets or 0) <= SMALL_BYTES:
            whole = picker_statement(target, key_columns, label_columns or key_columns, typed, limit)
            if found.take(whole):
                return found.told(Searched(everything=True), with_labels=bool(label_columns))
        if not typed:
            found.take(search.first_rows())
            return found.told(Searched(everything=True))
        return found.told(_by_steps(search, found, typed))


def targets_pointing(
    session: Session,
    target: Relation,
    key_columns: Sequence[str],
    column: str,
    cells: Sequence[Cell],
    limit: int,
    ctx: TaskContext,
) -> list[tuple[TargetKey, Cell]]:
    """Find the rows whose column holds one of these cells: (key, that cell) pairs; [] where that takes too long."""
    if not cells:
        return []
    search = TargetSearch(target, key_columns, (column,), {}, limit)
    with session.read(ctx, timeout_ms=STEP_MS) as connection:
        reach_operators(connection, (target,))
        found = _Found(connection, ctx, len(key_columns), limit)
        found.take(search.pointing(column, cells))
        return [(key, row[0]) for key, row in found.rows.items()]


def _by_steps(search: TargetSearch, found: _Found, typed: str) -> Searched:
    """Ask one statement after the other until there are enough rows; return how far that went."""
    for statement in search.by_key(typed):
        found.take(statement)
    has_beginnings = found.take_all(search.by_beginning(typed))
    if found.is_full():
        return Searched(beginnings=has_beginnings)
    trigrams = search.by_trigrams(typed)
    if trigrams is not None and found.take(trigrams):
        return Searched(everything=True)
    if found.is_full() or (has_beginnings and found.is_any()):
        return Searched(beginnings=has_beginnings)
    has_scanned = found.take(search.among_first(typed))
    return Searched(beginnings=has_beginnings, first_rows=SCANNED if has_scanned else 0)


class _Found:
    """What has been found so far, each key once."""

    def __init__(self, connection: Connection, ctx: TaskContext, width: int, limit: int) -> None:
        self._connection = connection
        self._ctx = ctx
        self._width = width
        self._limit = limit
        self.rows: dict[TargetKey, Sequence[Cell]] = {}

    def is_full(self) -> bool:
        """Whether there are as many as were asked for."""
        return len(self.rows) >= self._limit

    def is_any(self) -> bool:
        """Whether there is any."""
        return bool(self.rows)

    def take(self, statement: Statement) -> bool:
        """Take what a statement finds; False where it took too long, or where what was typed is no value there."""
        if self.is_full():
            return False
        self._ctx.token.raise_if_cancelled()
        try:
            with self._connection.begin_nested():
                records = self._connection.execute(statement).all()
        except DBAPIError as error:
            self._ctx.token.raise_if_cancelled()
            state = error.orig.sqlstate or "" if isinstance(error.orig, psycopg.Error) else ""
            if state != _TOO_LONG and not state.startswith(_NO_VALUE):
                raise
            return False
        for record in records:
            self.rows.setdefault(tuple(record[: self._width]), record[self._width :])
        return True

    def take_all(self, statements: Iterable[Statement]) -> bool:
        """Take what all of them find; whether there was one, and none was given up."""
        taken = [self.take(statement) for statement in statements if not self.is_full()]
        return bool(taken) and all(taken)

    def told(self, searched: Searched, *, with_labels: bool = True) -> FoundTargets:
        """Return all of it."""
        rows = list(self.rows.items())[: self._limit]
        found = tuple((key, label_of(cells) if with_labels else "") for key, cells in rows if None not in key)
        return FoundTargets(found, searched, is_cut=self.is_full())


def _leads(target: Relation, known: Sequence[Any]) -> dict[str, frozenset[Lead]]:
    found: dict[str, set[Lead]] = defaultdict(set)
    for row in known:
        for name, lead in _lead(target, row):
            found[name].add(lead)
    return {name: frozenset(leads) for name, leads in found.items()}


def _lead(target: Relation, row: Any) -> Iterator[tuple[str, Lead]]:
    if row.method == "btree" and row.name is not None:
        yield row.name, Lead.PATTERN if row.class_name.endswith("_pattern_ops") else Lead.ORDER
    elif row.method in {"gin", "gist"} and row.name is not None and row.class_name.endswith("_trgm_ops"):
        yield row.name, Lead.TRIGRAMS
    elif row.method == "btree" and row.expression and not row.class_name.endswith("_pattern_ops"):
        inside = row.expression.removeprefix("lower(").removesuffix(")")
        is_lower = inside != row.expression
        for column in target.columns if is_lower else ():
            quoted = '"' + column.name.replace('"', '""') + '"'
            if inside in {
                text for name in (column.name, quoted) for text in (name, f"({name})::text", f"{name}::text")
            }:
                yield column.name, Lead.LOWER
