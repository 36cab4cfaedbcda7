"""SizingService: how big everything is, what of it is bloat, and how it is used. It only reads, as any role."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, Row

from nexus_studio.core.admin.bloat import heap_bytes, shapes_of, wasted
from nexus_studio.core.admin.sizes import IndexSize, RelationSize, SizeReport, with_partitions_summed
from nexus_studio.core.errors import StudioError, TimedOut
from nexus_studio.core.names import RelationName
from nexus_studio.core.redact import loggable
from nexus_studio.core.schema.catalog import RelationKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.health.sizing_sql import DISTRIBUTED, DISTRIBUTED_NAMES, INDEXES, RELATIONS
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

_CITUS: Final = "citus"
_FULL: Final = 100  # the fillfactor of tables that say nothing
_INDEX_FIELDS: Final = slice(1, None)  # what INDEXES returns, in the order of IndexSize, behind the table's oid

Indexes = Mapping[int, Sequence[IndexSize]]


class SizingService:
    """Measures a database through a session. Any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def sizes(self, ctx: TaskContext) -> SizeReport:
        """Measure the database, and all tables and materialized views of all schemas but the system's.

        Two queries; they look at every file: half a second for 5000 tables. What somebody has to himself just now is
        not waited for, but marked.

        Raises:
            TimedOut: "timeout.lock": somebody took a table to himself while it was measured, twice in a row.
        """
        try:
            return self._measured(ctx)
        except TimedOut as error:
            if error.code != "timeout.lock":
                raise
            return self._measured(ctx)

    def _measured(self, ctx: TaskContext) -> SizeReport:
        with self._session.read(ctx, one_snapshot=True) as connection:
            rows = connection.execute(RELATIONS).all()
            indexes: dict[int, list[IndexSize]] = defaultdict(list)
            for row in connection.execute(INDEXES):
                indexes[row[0]].append(IndexSize(*row[_INDEX_FIELDS]))
            report = _report(self._session.server.database, rows, indexes)
            if _CITUS in self._session.server.extensions:
                report = _with_all_nodes(report, connection, ctx)
        return report


def _report(database: str, rows: Sequence[Row[Any]], indexes: Indexes) -> SizeReport:
    first = rows[0]  # there is always one: of an empty database it has no relation
    found = [row for row in rows if row.oid is not None]
    return SizeReport(
        database,
        first.database_bytes,
        with_partitions_summed(_relations(found, indexes)),
        measured_at=first.measured_at,
        counted_since=first.counted_since,
        may_not_see=tuple(
            sorted(RelationName(row.nspname, row.relname) for row in found if not row.may_see and row.relkind != "p")
        ),
        is_standby=first.is_standby,
    )


def _relations(rows: Sequence[Row[Any]], indexes: Indexes) -> Iterator[RelationSize]:
    for row in rows:
        kind = RelationKind(row.relkind)
        mine = indexes.get(row.oid, ())
        is_stored = kind is not RelationKind.PARTITIONED
        number = _row_count(row) if is_stored else None
        main = row.main_bytes or 0
        yield RelationSize(
            name=RelationName(row.nspname, row.relname),
            kind=kind,
            table_bytes=main + (row.map_bytes or 0),
            index_bytes=sum(each.bytes for each in mine),
            toast_bytes=row.toast_bytes or 0,
            rows=number,
            dead_rows=row.dead_rows if is_stored else None,
            last_manual_vacuum=row.last_manual_vacuum,
            last_autovacuum=row.last_autovacuum,
            last_manual_analyze=row.last_manual_analyze,
            last_autoanalyze=row.last_autoanalyze,
            parent=RelationName(row.parent_schema, row.parent_name) if row.parent_name else None,
            bloat_bytes=_bloat(row, number, main) if is_stored else None,
            seq_scans=row.seq_scans,
            blocks_fetched=row.blocks_fetched,
            blocks_hit=row.blocks_hit,
            indexes=tuple(sorted(mine, key=lambda each: (-each.bytes, each.name))),
            is_locked=row.is_locked,
        )


def _row_count(row: Row[Any]) -> int | None:
    """Return the live rows: counted on since the last VACUUM or ANALYZE, or as that left them; None where nobody knows.

    After a crash, a reset of the counters, and on a standby, what was counted is not the whole.
    """
    if any((row.last_manual_vacuum, row.last_autovacuum, row.last_manual_analyze, row.last_autoanalyze)):
        return int(row.live_rows)
    known: int = max(
        int(row.reltuples), row.live_rows
    )  # reltuples is -1, before PostgreSQL 14 0, when nobody has looked
    if known > 0 or row.changes or not row.main_bytes:
        return max(known, 0)
    return None


def _bloat(row: Row[Any], number: int | None, main: int) -> int | None:
    """Estimate what holds nothing. Rows that were deleted since the last VACUUM or ANALYZE still hold their place."""
    if number is None:
        return None
    rows = max(number, row.reltuples)
    if not rows or not main:
        return main
    if main == row.block:
        return 0
    columns = shapes_of(row.shape or "")
    if columns is None:
        return None
    fill = int(row.fill_percent or _FULL)
    return wasted(main, heap_bytes(rows, columns, fill_percent=fill, block=row.block))


def _with_all_nodes(report: SizeReport, connection: Connection, ctx: TaskContext) -> SizeReport:
    """Put in the sizes that Citus' tables have on all nodes; where those can't be asked, say which tables they are."""
    try:
        with connection.begin_nested(), translated(ctx.token):
            rows = connection.execute(DISTRIBUTED).all()
    except StudioError as error:  # a node is down, or the role may not ask
        log.info("nodes not measured", extra=loggable(error))
        try:
            with connection.begin_nested(), translated(ctx.token):
                names = [RelationName(*row) for row in connection.execute(DISTRIBUTED_NAMES)]
        except StudioError:
            names = []
        return replace(report, is_distributed=True, distributed_unknown=tuple(sorted(names)))
    known = {RelationName(row.nspname, row.relname): row for row in rows}
    relations = (_of_all_nodes(each, known.get(each.name)) for each in report.relations)
    return replace(
        report,
        is_distributed=True,
        relations=tuple(sorted(relations, key=lambda each: (-each.total_bytes, each.name))),
    )


def _of_all_nodes(size: RelationSize, row: Row[Any] | None) -> RelationSize:
    if row is None:
        return size
    return replace(
        size,
        table_bytes=row.table_bytes,
        index_bytes=row.total_bytes - row.table_bytes,
        toast_bytes=0,
        rows=None,
        dead_rows=None,
        bloat_bytes=None,
        is_distributed=True,
    )
