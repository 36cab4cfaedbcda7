"""A table of a backup compared with today's: both read in key order, at once, as marks; few rows are looked at whole.

Memory stays flat: of each row its key and a digest travel, and only the first rows of each kind are kept.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Select, text

from nexus_studio.core.admin.tablecomparison import (
    KEPT,
    ComparedRow,
    Fate,
    SharedColumns,
    TableComparison,
    Tally,
    changed_columns,
    merge,
    shared_columns,
)
from nexus_studio.core.data.cells import PREVIEW, Cell, RowKey
from nexus_studio.core.data.copiedkeys import cells_of
from nexus_studio.core.errors import BugError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.comparing import Marking, key_order, marks_query, shown_by_digest, shown_rows
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.session import Session

STEP: Final = "inside.comparing"
BATCH: Final = 50
"""Rows that are looked at by one statement."""

_EACH: Final = 4096

_SETTINGS: Final = text(
    """
    SELECT pg_catalog.set_config(name, value, true)
      FROM unnest(CAST(:names AS text[]), CAST(:values AS text[])) AS s(name, value)
    """
)
_TIME_ZONE: Final = text("SELECT pg_catalog.current_setting('TimeZone')")
_FORMER: Final = text(
    """
    SELECT pg_catalog.current_setting('search_path') AS search_path,
           pg_catalog.current_setting('lc_monetary') AS lc_monetary
    """
)
_KNOWS_ZONE: Final = text("SELECT EXISTS (SELECT FROM pg_catalog.pg_timezone_names WHERE name = :zone)")


@dataclass(frozen=True, slots=True)
class Sides:
    """Transactions on both databases that see one moment each and write values alike."""

    then: Connection
    now: Connection


@contextmanager
def both(backup: Session, live: Session, ctx: TaskContext) -> Iterator[Sides]:
    """Open both sides, reading only, for as long as it takes. What a policy would hide is refused, not overlooked.

    Raises:
        StudioError: as `Session.read`.
    """
    with ExitStack() as stack:
        then = stack.enter_context(backup.read(ctx, one_snapshot=True, timeout_ms=0))
        now = stack.enter_context(live.read(ctx, one_snapshot=True, timeout_ms=0))
        zone = str(now.scalar(_TIME_ZONE))
        zone = zone if then.scalar(_KNOWS_ZONE, {"zone": zone}) else "UTC"
        for connection in (then, now):
            # one side waits for the other, which may sort for minutes
            _set(connection, {"timezone": zone, "row_security": "off", "idle_in_transaction_session_timeout": "0"})
        yield Sides(then, now)


def compare_table(
    backup: Session, live: Session, then: Relation, now: Relation, ctx: TaskContext, *, limit: int = KEPT
) -> TableComparison:
    """Compare a table in two databases. Reads all rows of both. Progress step "inside.comparing" in rows.

    Args:
        backup: The database the backup was restored into.
        live: Today's.
        then: The table in the backup.
        now: The table today.
        ctx: Cancelling stops both queries.
        limit: Rows of each kind that are kept, with their cells.

    Raises:
        PermissionDenied: the role may not see all of today's rows.
    """
    shared = shared_columns(then, now)
    marking = _marking(backup, live, then, now, shared)
    tally = Tally(limit)
    with both(backup, live, ctx) as sides:
        pace = _Pace(ctx, 2 * (now.rows or 0))
        with (
            translated(ctx.token),
            _sameness(sides),
            closing(_marks(sides.then, then, marking, pace)) as theirs,
            closing(_marks(sides.now, now, marking, pace)) as ours,
        ):
            merge(theirs, ours, marking.place, tally, width=len(marking.key))
        rows = _kept_rows(sides, then, now, marking, tally, ctx)
    return TableComparison(
        now.name,
        shared.names,
        marking.key,
        tally.rows_then,
        tally.rows_now,
        tally.counts[Fate.ONLY_IN_BACKUP],
        tally.counts[Fate.ONLY_NOW],
        tally.counts[Fate.CHANGED],
        rows,
        shared.differences,
    )


def driver_of(connection: Connection) -> psycopg.Connection:
    """Return the driver's connection below one of SQLAlchemy's."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise BugError("bug.driver")
    return driver


def read_rows(
    connection: Connection, relation: Relation, statement: Select[*tuple[Any, ...]]
) -> list[tuple[Cell, ...]]:
    """Run a SELECT that looks for rows by key; the operators of the key's types are found wherever they are."""
    reach_operators(connection, (relation,))
    return [tuple(record) for record in connection.execute(statement)]


def batches(keys: Sequence[RowKey]) -> Iterator[Sequence[RowKey]]:
    """Cut keys into as many as one statement looks for."""
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]


class _Pace:
    """Tells how many rows of both sides were read, now and then; a place to stop, too."""

    def __init__(self, ctx: TaskContext, total: int) -> None:
        self._ctx = ctx
        self._total = total
        self._done = 0

    def took(self, rows: int) -> None:
        self._done += rows
        self._ctx.report(Progress(STEP, self._done, max(self._total, self._done) or None, "rows"))


@contextmanager
def _sameness(sides: Sides) -> Iterator[None]:
    """Have values written alike that depend on more: names of relations on the search path, money on the locale."""
    both_sides = (sides.then, sides.now)
    former = [dict(connection.execute(_FORMER).mappings().one()) for connection in both_sides]
    for connection in both_sides:
        _set(connection, {"search_path": "pg_catalog", "lc_monetary": "C"})
    yield
    for connection, settings in zip(both_sides, former, strict=True):
        _set(connection, settings)


def _set(connection: Connection, settings: Mapping[str, str]) -> None:
    connection.execute(_SETTINGS, {"names": list(settings), "values": list(settings.values())})


def _marking(backup: Session, live: Session, then: Relation, now: Relation, shared: SharedColumns) -> Marking:
    orders = tuple(key_order(then.column(name).type, now.column(name).type) for name in shared.key)
    is_utf8 = {backup.server.encoding, live.server.encoding} == {"UTF8"}
    return Marking(shared.names, shared.key, orders, is_utf8)


def _marks(connection: Connection, relation: Relation, marking: Marking, pace: _Pace) -> Generator[bytes]:
    """Stream the marks of a table's rows, in order, as COPY writes them."""
    query = marks_query(relation, marking)
    driver = driver_of(connection)
    statement = f"COPY ({query}) TO STDOUT (ENCODING 'UTF8')".encode(driver.info.encoding)
    rows = 0
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for rows, line in enumerate(copy, start=1):
            yield bytes(line)
            if rows % _EACH == 0:
                pace.took(_EACH)
    pace.took(rows % _EACH)


def _kept_rows(
    sides: Sides, then: Relation, now: Relation, marking: Marking, tally: Tally, ctx: TaskContext
) -> tuple[ComparedRow, ...]:
    """Look at the rows that were kept."""
    found: list[ComparedRow] = []
    for fate, kept in tally.kept.items():
        keys = [RowKey(cells_of(key)) for key in kept]
        counts = dict(zip(keys, kept.values(), strict=True))
        for batch in batches(keys):
            ctx.token.raise_if_cancelled()
            looked = _keyed(sides, then, now, marking, fate, batch) if marking.key else None
            found += looked if looked is not None else _keyless(sides, then, now, marking, fate, batch, counts)
    return tuple(found)


def _keyed(
    sides: Sides, then: Relation, now: Relation, marking: Marking, fate: Fate, keys: Sequence[RowKey]
) -> list[ComparedRow]:
    columns = marking.columns
    wide = tuple(name for name in columns if then.column(name).type.is_wide or now.column(name).type.is_wide)
    was: dict[RowKey, tuple[Cell, ...]] = {}
    is_: dict[RowKey, tuple[Cell, ...]] = {}
    by_key = replace(then, key=marking.key)  # the backup's table may have another key, or none
    if fate is not Fate.ONLY_NOW:
        was = _by_key(read_rows(sides.then, by_key, shown_rows(by_key, columns, wide, keys)), len(marking.key))
    if fate is not Fate.ONLY_IN_BACKUP:
        is_ = _by_key(read_rows(sides.now, now, shown_rows(now, columns, wide, keys)), len(marking.key))
    names = (*columns, *wide)
    found = []
    for key in keys:
        before, after = was.get(key), is_.get(key)
        changed = changed_columns(names, before, after) if before is not None and after is not None else ()
        changed = tuple(dict.fromkeys(changed))  # of a wide column its beginning differs, or only its digest
        found.append(ComparedRow(key, fate, _shown(before, columns), _shown(after, columns), changed))
    return found


def _keyless(
    sides: Sides,
    then: Relation,
    now: Relation,
    marking: Marking,
    fate: Fate,
    keys: Sequence[RowKey],
    counts: dict[RowKey, int],
) -> list[ComparedRow]:
    side, relation = (sides.then, then) if fate is Fate.ONLY_IN_BACKUP else (sides.now, now)
    digests = [key.cells[0] or "" for key in keys]
    cells = _by_key(read_rows(side, relation, shown_by_digest(relation, marking.columns, digests)), 1)
    found = []
    for key in keys:
        shown = _shown(cells.get(key), marking.columns)
        before, after = (shown, None) if fate is Fate.ONLY_IN_BACKUP else (None, shown)
        found.append(ComparedRow(key, fate, before, after, copies=counts[key]))
    return found


def _by_key(records: Sequence[tuple[Cell, ...]], width: int) -> dict[RowKey, tuple[Cell, ...]]:
    return {RowKey(record[:width]): record[width:] for record in records}


def _shown(cells: tuple[Cell, ...] | None, columns: Sequence[str]) -> tuple[Cell, ...] | None:
    if cells is None:
        return None
    return tuple(None if cell is None else cell[:PREVIEW] for cell in cells[: len(columns)])
