"""PlanService: how the server would run a statement; where that is asked for, how it did, without leaving a trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from nexus_studio.core.admin.plantree import ExplainedPlan, read_tree
from nexus_studio.core.admin.slowqueries import has_plan, may_be_run
from nexus_studio.core.errors import BugError, ConnectionLost, MaintenanceRefused, StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

_FORGET: Final = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name = 'nexus_explained') THEN
            DEALLOCATE nexus_explained;
        END IF;
    END $$
"""
_WANTED: Final = """
    SELECT pg_catalog.cardinality(parameter_types) FROM pg_catalog.pg_prepared_statements WHERE name = 'nexus_explained'
"""
_TEXT: Final = sql.SQL("FORMAT TEXT")
_JSON: Final = sql.SQL("FORMAT JSON")
_RUN: Final = sql.SQL("FORMAT JSON, ANALYZE, BUFFERS")


class PlanService:
    """Explains statements through a session, in transactions that only read and are rolled back. Any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def explain(
        self, statement: str, ctx: TaskContext, *, values: Sequence[str | None] = (), runs: bool = False
    ) -> ExplainedPlan:
        """Return how a statement would be run: for values, or for any values where it has parameters and none is given.

        Args:
            statement: One statement, as a person wrote it, or pg_stat_statements has it ($1 for values).
            ctx: Cancels it.
            values: What stands for $1, $2 …, as text; None is NULL.
            runs: Run it too (ANALYZE), and measure. Only what asks is run. What it calls is called.

        Raises:
            MaintenanceRefused: "plan.none" (nothing that has a plan), "plan.not_run" (it is no SELECT), "plan.values"
                (facts wanted, given: how many), "plan.refused": the server does not understand it, or did not let it
                run; its words are in `report`.
        """
        statement = statement.strip().rstrip(";").rstrip()
        if not has_plan(statement):
            raise MaintenanceRefused("plan.none")
        if runs and not may_be_run(statement):
            raise MaintenanceRefused("plan.not_run")
        try:
            with self._session.read(ctx, runs_raw=True) as connection:
                return plan_of(connection, statement, values, runs=runs)
        except (ConnectionLost, MaintenanceRefused):
            raise
        except StudioError as error:
            raise MaintenanceRefused("plan.refused", report=error.report) from error


def plan_of(
    connection: Connection, statement: str, values: Sequence[str | None] = (), *, runs: bool = False
) -> ExplainedPlan:
    """Return the plan that the server makes for a statement, for given values of $1, $2 … or for whatever they are.

    It is prepared, and explained with NULLs where no values are given, which a plan for any values does not look at:
    the same as EXPLAIN (GENERIC_PLAN), which is there from PostgreSQL 16 on. It goes to the server by the extended
    protocol, which takes one statement and no second one behind a semicolon.

    Args:
        connection: In a transaction that only reads.
        statement: One statement.
        values: One for each parameter, or none.
        runs: Whether it is run, too.

    Raises:
        MaintenanceRefused: "plan.values" (facts wanted, given).
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise BugError("bug.driver")
    mode = "force_custom_plan" if values else "force_generic_plan"
    driver.execute("SELECT pg_catalog.set_config('plan_cache_mode', %s, true)", (mode,))
    try:
        with driver.transaction():  # what fails takes no more than itself with it, so that the name can be given back
            driver.execute(b"PREPARE nexus_explained AS " + statement.encode(), binary=True)
            wanted = driver.execute(_WANTED).fetchall()[0][0]
            if (values or runs) and len(values) != wanted:
                raise MaintenanceRefused("plan.values", wanted=wanted, given=len(values))
            given = values or [None] * wanted
            if runs:
                return read_tree(_explained(driver, _RUN, given)[0])
            lines = tuple(map(str, _explained(driver, _TEXT, given)))
            return read_tree(_explained(driver, _JSON, given)[0], lines=lines, is_generic=len(given) > len(values))
    finally:
        driver.execute(_FORGET)


def _explained(driver: psycopg.Connection[Any], how: sql.SQL, values: Sequence[str | None]) -> list[Any]:
    """Explain what was prepared, with values for its parameters."""
    listed = sql.SQL(", ").join(map(sql.Literal, values))
    given = sql.SQL("({})").format(listed) if values else sql.SQL("")
    question = sql.SQL("EXPLAIN ({}) EXECUTE nexus_explained{}").format(how, given)
    return [row[0] for row in driver.execute(question, binary=True).fetchall()]
