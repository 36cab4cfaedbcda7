"""SlowQueryService: which queries take the time, as pg_stat_statements has counted; else how to have it count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row

from nexus_studio.core.admin.literals import without_literals
from nexus_studio.core.admin.plantree import ExplainedPlan
from nexus_studio.core.admin.slowqueries import (
    EXTENSION,
    CountingState,
    EnableStep,
    Order,
    SlowQueries,
    SlowQuery,
    columns_of,
    has_plan,
    hit_share,
    libraries_of,
    steps_to,
)
from nexus_studio.core.errors import MaintenanceRefused
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health import slowqueries_sql as asked
from nexus_studio.services.health.planning import PlanService
from nexus_studio.services.session import Session

MOST: Final = 100
"""How many queries are shown, unless more are wished for."""


class SlowQueryService:
    """Asks one server through a session. Any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._plans = PlanService(session)

    def report(
        self, ctx: TaskContext, *, order: Order = Order.TOTAL, most: int = MOST, every_database: bool = False
    ) -> SlowQueries:
        """Return the queries that took most; where nothing is counted, what is to be done for that.

        Args:
            ctx: Cancels it.
            order: By what they are sorted.
            most: How many.
            every_database: Those of the server's other databases too. They can't be explained here.
        """
        with self._session.read(ctx) as connection:
            found = self._found(connection)
            state = _state(found)
            if state is not CountingState.READY:
                return SlowQueries(state, tuple(_steps(state, found)))
            question = asked.queries(found.schema, columns_of(found.columns), order)
            rows = connection.exec_driver_sql(question, {"every": every_database, "most": most}).all()
            since, evicted = None, None
            if found.says_since:
                since, evicted = connection.exec_driver_sql(asked.since(found.schema)).one()
        return SlowQueries(
            state,
            queries=tuple(map(_query, rows)),
            since=since,
            evicted=evicted,
            count=rows[0].in_all if rows else 0,
            may_not_see=rows[0].hidden if rows else 0,
        )

    def explain(
        self, query_id: int, ctx: TaskContext, *, values: Sequence[str | None] = (), runs: bool = False
    ) -> ExplainedPlan:
        """Return how a query of this database would be run, for any values or for given ones; see `PlanService`.

        Its text is taken from the server, so that values which PostgreSQL left in it are seen by nobody.

        Raises:
            MaintenanceRefused: "slow.not_ready" (nothing is counted), "slow.unknown" (fact query: it is not counted any
                more, or may not be seen), "slow.not_explained" (fact query: PostgreSQL makes no plan for it, or its
                text is not whole without the values, or names what is not found; the server's words are in `report`),
                "plan.values", "plan.not_run".
        """
        with self._session.read(ctx) as connection:
            found = self._found(connection)
            if _state(found) is not CountingState.READY:
                raise MaintenanceRefused("slow.not_ready")
            statement = _text_of(connection, found.schema, query_id)
        try:
            return self._plans.explain(statement, ctx, values=values, runs=runs)
        except MaintenanceRefused as error:
            if error.code not in {"plan.none", "plan.refused"}:
                raise
            raise MaintenanceRefused("slow.not_explained", report=error.report, query=str(query_id)) from error

    def _found(self, connection: Connection) -> Row[Any]:
        return connection.execute(asked.state_query(reads_files=self._session.server.superuser)).one()


def _state(found: Row[Any]) -> CountingState:
    if not found.is_available and found.schema is None:
        return CountingState.NOT_INSTALLED
    if not found.is_loaded:
        return CountingState.NOT_LOADED
    if found.schema is None:
        return CountingState.NOT_CREATED
    return CountingState.READY if found.may_enter and found.may_read else CountingState.HIDDEN


def _steps(state: CountingState, found: Row[Any]) -> Iterator[EnableStep]:
    preload = found.preload if found.preload is not None else ""
    # what is loaded is in a setting that this role may not see
    preload = EXTENSION if found.is_loaded and found.preload is None else preload
    statements = {
        "preload": asked.preloading((*libraries_of(preload), EXTENSION)) if found.preload is not None else "",
        "create": f"CREATE EXTENSION {EXTENSION}",
        "grant": asked.granting(found.schema or "", found.user, may_enter=found.may_enter),
    }
    for code in steps_to(state, preload=preload, is_created=found.schema is not None):
        yield EnableStep(code, statements.get(code, ""))


def _query(row: Row[Any]) -> SlowQuery:
    text = "" if row.is_hidden else without_literals(row.query or "")
    return SlowQuery(
        id=row.id,
        user=row.user,
        database=row.database,
        text=text,
        calls=row.calls,
        total_ms=row.total_ms,
        mean_ms=row.mean_ms,
        rows=row.rows,
        cache_hit=hit_share(row.hit, row.read),
        share=row.share,
        is_hidden=row.is_hidden,
        may_explain=row.id is not None and has_plan(text),
    )


def _text_of(connection: Connection, schema: str, query_id: int) -> str:
    row = connection.exec_driver_sql(asked.one_query(schema), {"id": query_id}).one_or_none()
    if row is None or not row.query:
        raise MaintenanceRefused("slow.unknown", query=str(query_id))
    return str(row.query)
