"""What `activity`, `slow-queries` and `explain` do: look at the sessions, say it, end one where that is asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from nexus_studio.cli_output import OK, Result, facts, table
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_target import opened
from nexus_studio.cli_wording_health import ACTIVITY_NOTES, ENABLE, MAY_NOT
from nexus_studio.core.admin.activity import ActivitySnapshot, SessionRow
from nexus_studio.core.admin.plantree import ExplainedPlan, PlanStep
from nexus_studio.core.admin.slowqueries import CountingState, Order, SlowQueries, SlowQuery
from nexus_studio.core.errors import MaintenanceRefused, UserError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.activity import ActivityService
from nexus_studio.services.health.planning import PlanService
from nexus_studio.services.health.slowqueries import SlowQueryService

Run = Callable[[argparse.Namespace, TaskContext], Result]

_TEXT: Final = 70  # characters of a statement in a table
_SECOND: Final = 1000.0


def activity(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say who is connected and does what."""
    with opened(arguments, ctx) as session:
        found = ActivityService(session).snapshot(ctx, whole_texts=arguments.values)
    shown = [each for each in found.sessions if arguments.every or each.is_client or each.marks]
    connections = found.connections
    data = {
        "taken_at": found.taken_at,
        "sessions": [_session_data(each) for each in shown],
        "blocking": [
            {"key": each.key, "depth": each.depth, "parent": each.parent, "waiting": each.waiting}
            for each in found.tree
        ],
        "prepared": [
            {"name": each.name, "user": each.user, "database": each.database, "prepared_at": each.prepared_at}
            for each in found.prepared
        ],
        "connections": {
            "used": connections.used,
            "most": connections.most,
            "reserved": connections.reserved,
            "left": connections.left,
            "nearly_full": connections.is_nearly_full,
            "by_application": dict(connections.by_application),
            "by_database": dict(connections.by_database),
            "by_user": dict(connections.by_user),
            "by_state": dict(connections.by_state),
        },
        "notes": found.notes,
    }
    return Result(data, _activity_text(found, shown))


def _activity_text(found: ActivitySnapshot, shown: list[SessionRow]) -> str:
    connections = found.connections
    used = f"{connections.used} of {connections.most} connections used, {connections.left} left for everybody"
    rows = [
        (each.pid, each.user, each.database, each.application, each.state or each.kind, _since(found, each),
         " ".join(map(str, each.waits_for)), ", ".join(sorted(each.marks)), " ".join(each.query.split())[:_TEXT])
        for each in shown
    ]  # fmt: skip
    headers = ("pid", "user", "database", "application", "state", "since", "waits for", "look at", "query")
    parts = [used, table(headers, rows, right=(0,))]
    if found.tree:
        rows_of = {each.pid: each for each in found.sessions}
        lines = [f"{'  ' * each.depth}{_key(each.key, rows_of)}" for each in found.tree]
        parts.append("who waits for whom:\n" + "\n".join(lines))
    if found.prepared:
        parts.append("prepared transactions: " + ", ".join(f"{each.name} ({each.user})" for each in found.prepared))
    parts += [ACTIVITY_NOTES[code] for code in found.notes]
    return "\n\n".join(parts)


def _key(key: int | str, sessions: Mapping[int, SessionRow]) -> str:
    if isinstance(key, str):
        return f"prepared transaction {key}".rstrip()
    row = sessions.get(key)
    return f"{key} {row.user} {row.application}".rstrip() if row else str(key)


def _since(found: ActivitySnapshot, row: SessionRow) -> str:
    begun = row.query_start if row.state == "active" else row.state_change
    if begun is None:
        return ""
    return str(max(timedelta(0), found.taken_at - begun)).partition(".")[0]


def _session_data(row: SessionRow) -> dict[str, Any]:
    return {
        "pid": row.pid,
        "backend_start": row.backend_start,
        "kind": row.kind,
        "user": row.user,
        "database": row.database,
        "application": row.application,
        "client": row.client,
        "state": row.state,
        "wait": f"{row.wait_type}: {row.wait}" if row.wait_type else None,
        "waits_for": row.waits_for,
        "query": row.query,
        "transaction_start": row.transaction_start,
        "query_start": row.query_start,
        "state_change": row.state_change,
        "hidden": row.is_hidden,
        "self": row.is_self,
        "may_end": not row.may_end,
        "may_not_end": row.may_end or None,
        "marks": sorted(row.marks),
    }


def activity_cancel(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Stop what a session does."""
    return _ended(arguments, ctx, is_cancel=True)


def activity_terminate(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """End a session."""
    return _ended(arguments, ctx, is_cancel=False)


def _ended(arguments: argparse.Namespace, ctx: TaskContext, *, is_cancel: bool) -> Result:
    """Look who it is, have that confirmed, and end that very one."""
    with opened(arguments, ctx) as session:
        service = ActivityService(session)
        row = service.snapshot(ctx).session(arguments.pid)
        if row is None:
            raise MaintenanceRefused("activity.gone", pid=arguments.pid)
        if not arguments.json:
            sys.stderr.write(_who(row) + "\n")
        require_rail(arguments, session, "activity.cancel" if is_cancel else "activity.terminate")
        if is_cancel:
            is_over = service.cancel(row.pid, row.backend_start, ctx, query_start=row.query_start)
        else:
            is_over = service.terminate(row.pid, row.backend_start, ctx)
    did = "stopped what it did" if is_cancel else "is ended"
    said = f"{row.pid} {did}." if is_over else f"{row.pid} was asked to; it has not yet done so."
    return Result({"pid": row.pid, "over": is_over}, said, OK)


def _who(row: SessionRow) -> str:
    lines = [
        ("session", f"{row.pid} {row.user} {row.application}".rstrip()),
        ("database", row.database),
        ("state", row.state or row.kind),
        ("query", " ".join(row.query.split())[:_TEXT]),
    ]
    if row.may_end:
        lines.append(("refused", MAY_NOT[row.may_end]))
    return facts(lines)


def slow_queries(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say which queries take the time."""
    with opened(arguments, ctx) as session:
        service = SlowQueryService(session)
        if arguments.explain is not None:
            plan = service.explain(arguments.explain, ctx)
            return Result({"id": arguments.explain, **_plan_data(plan)}, plan.text)
        order = Order(arguments.order)
        found = service.report(ctx, order=order, most=arguments.limit, every_database=arguments.every_database)
    data = {
        "state": found.state,
        "steps": [{"code": each.code, "sql": each.sql or None} for each in found.steps],
        "since": found.since,
        "evicted": found.evicted,
        "count": found.count,
        "may_not_see": found.may_not_see,
        "queries": [_query_data(each) for each in found.queries],
    }
    return Result(data, _slow_text(found))


def _query_data(query: SlowQuery) -> dict[str, Any]:
    return {
        "id": query.id,
        "user": query.user,
        "database": query.database,
        "query": query.text,
        "hidden": query.is_hidden,
        "calls": query.calls,
        "total_ms": query.total_ms,
        "mean_ms": query.mean_ms,
        "share": query.share,
        "rows": query.rows,
        "cache_hit": query.cache_hit,
        "may_explain": query.may_explain,
    }


def _slow_text(found: SlowQueries) -> str:
    if found.state is not CountingState.READY:
        steps = [f"{number}. {ENABLE[each.code]}" + (f"\n   {each.sql};" if each.sql else "")
                 for number, each in enumerate(found.steps, 1)]  # fmt: skip
        return "\n".join(["Queries are not counted here (pg_stat_statements). What is to be done:", *steps])
    rows = [
        (each.id or "", f"{each.total_ms / _SECOND:,.1f} s", f"{each.share:.0%}", f"{each.mean_ms:,.1f} ms",
         f"{each.calls:,}", f"{each.rows:,}", "" if each.cache_hit is None else f"{each.cache_hit:.0%}",
         "(not yours to see)" if each.is_hidden else " ".join(each.text.split())[:_TEXT])
        for each in found.queries
    ]  # fmt: skip
    headers = ("id", "total", "share", "mean", "calls", "rows", "cache", "query")
    said = [table(headers, rows, right=range(7))]
    if found.since:
        said.append(f"Counted since {found.since:%Y-%m-%d %H:%M}.")
    if found.may_not_see:
        said.append(f"{found.may_not_see} are of other roles: GRANT pg_monitor shows them.")
    return "\n\n".join(said)


def explain(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say how the server would run a statement."""
    if (arguments.statement is None) == (arguments.query is None):
        raise UserError("plan.which")
    statement = sys.stdin.read() if arguments.statement == "-" else arguments.statement
    how: dict[str, Any] = {"values": arguments.value, "runs": arguments.run}
    with opened(arguments, ctx) as session:
        if statement is None:
            plan = SlowQueryService(session).explain(arguments.query, ctx, **how)
        else:
            plan = PlanService(session).explain(statement, ctx, **how)
    return Result(_plan_data(plan), plan.text)


def _plan_data(plan: ExplainedPlan) -> dict[str, Any]:
    return {
        "generic": plan.is_generic,
        "run": plan.was_run,
        "planning_ms": plan.planning_ms,
        "execution_ms": plan.execution_ms,
        "plan": plan.lines,
        "tree": _step_data(plan, plan.root),
    }


def _step_data(plan: ExplainedPlan, step: PlanStep) -> dict[str, Any]:
    return {
        "step": step.kind,
        "on": step.subject or None,
        "cost": step.cost,
        "rows": step.rows,
        "rows_found": step.actual_rows,
        "ms": step.ms,
        "loops": step.loops,
        "share": round(plan.share(step), 4),
        "details": dict(step.details),
        "below": [_step_data(plan, each) for each in step.below],
    }


RUNS: Final[Mapping[str, Run]] = {
    "activity": activity,
    "activity cancel": activity_cancel,
    "activity terminate": activity_terminate,
    "slow-queries": slow_queries,
    "explain": explain,
}
"""The commands that look at sessions, as "command" or "command action"."""
