"""What `growth` and `advice` do: look at the tables, and say how they grew and what is to be done."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from nexus_studio.cli_health_sampling import scheduled, unscheduled
from nexus_studio.cli_output import Result, counted, facts, table
from nexus_studio.cli_target import opened
from nexus_studio.cli_wording_health import ADVICE, RISKS, TRENDS, UNSEEN
from nexus_studio.core.admin.advice import Advice, AdviceReport
from nexus_studio.core.admin.growth import Forecast
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.errors import UserError
from nexus_studio.core.names import RelationName, parse_relation_name
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.advising import AdviceService
from nexus_studio.services.health.growing import GrowthService
from nexus_studio.services.paths import Paths

Run = Callable[[argparse.Namespace, TaskContext], Result]


def growth(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say what grew, and when a size is reached; or have samples taken by the system's scheduler."""
    if arguments.schedule:
        return scheduled(arguments, ctx)
    if arguments.unschedule:
        return unscheduled(arguments, ctx)
    if arguments.show or arguments.scheduler:
        raise UserError("growth.needs_schedule")
    relation = _named(arguments.table) if arguments.table else None
    since = datetime.now(UTC) - timedelta(days=arguments.days)
    with opened(arguments, ctx) as session:
        service = GrowthService(session, Paths.default())
        taken = service.take(ctx) if arguments.take else None
        series = service.series(relation, since)
        if relation and not service.knows(relation, ctx):
            raise UserError("relation.unknown", relation=str(relation))
        grown = [] if relation else list(service.grown_most(since))[: arguments.limit]
        forecast = service.forecast(arguments.reaches, relation) if arguments.reaches else None
        database, torn = session.server.database, service.store.torn
    data = {
        "of": relation or database,
        "samples": [
            {"taken_at": each.taken_at, "bytes": each.total_bytes, "rows": each.rows} for each in series.samples
        ],
        "grown_bytes": series.grown_bytes,
        "taken": taken.is_new if taken else None,
        "torn": str(torn) if torn else None,
        "tables": [
            {"table": each.relation, "since": each.since, "bytes_before": each.bytes_before,
             "bytes_now": each.bytes_now, "grown_bytes": each.grown_bytes, "new": each.is_new}
            for each in grown
        ],
        "forecast": _forecast_data(forecast) if forecast else None,
    }  # fmt: skip
    lines: list[tuple[str, object]] = [
        (str(relation or database), f"{counted(len(series.samples), 'sample')} of the last {arguments.days} days")
    ]
    if series.samples:
        lines += [("size", human_bytes(series.samples[-1].total_bytes)), ("grown by", human_bytes(series.grown_bytes))]
    else:
        lines.append(("samples", "none: --take takes one, --schedule has one taken every hour"))
    if torn:
        lines.append(("damaged", f"the file of samples was; it is now {torn}, and a new one is begun"))
    if forecast:
        lines.append((f"reaches {human_bytes(forecast.limit_bytes)}", _forecast_text(forecast)))
    rows = [
        (each.relation, human_bytes(each.bytes_before), human_bytes(each.bytes_now), human_bytes(each.grown_bytes))
        for each in grown
        if each.grown_bytes
    ]
    listed = "\n\n" + table(("table", "before", "now", "grown by"), rows, right=(1, 2, 3)) if rows else ""
    return Result(data, facts(lines) + listed)


def _forecast_data(forecast: Forecast) -> dict[str, Any]:
    days = {name: getattr(forecast, name) for name in ("at", "earliest", "latest")}
    return {
        "limit_bytes": forecast.limit_bytes,
        "trend": forecast.trend,
        "bytes_per_day": forecast.bytes_per_day,
        "days": forecast.days,
        **{name: day.isoformat() if day else None for name, day in days.items()},
    }


def _forecast_text(forecast: Forecast) -> str:
    latest = forecast.latest or "never"
    known = {"at": forecast.at, "earliest": forecast.earliest, "latest": latest, "days": forecast.days}
    return TRENDS[forecast.trend].format_map(known)


def advice(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say what is to be done. Nothing is done."""
    for code in arguments.only:
        if code not in ADVICE:
            raise UserError("advice.unknown", advice=code, names=tuple(ADVICE))
    with opened(arguments, ctx) as session:
        report = AdviceService(session).advise(ctx)
    found = [each for each in report.advice if not arguments.only or each.code in arguments.only]
    data = {
        "advice": [
            {"code": each.code, "gravity": each.gravity, "risk": each.risk, "action": each.action,
             "table": each.relation, "index": each.index or None, "name": each.name or None, "columns": each.columns,
             "evidence": dict(each.evidence), "statements": each.statements}
            for each in found
        ],
        "counted_since": report.counted_since,
        "counted_since_at_least": report.is_at_least,
        "standby": report.is_standby,
        "may_not_see": report.may_not_see,
    }  # fmt: skip
    return Result(data, "\n\n".join([*map(_advice_text, found), _advice_end(report, len(found))]))


def _advice_text(found: Advice) -> str:
    subject = ", ".join(str(each) for each in (found.relation, found.index, found.name) if each)
    lines = [f"{found.gravity.value}: {ADVICE[found.code]}" + (f" ({subject})" if subject else "")]
    lines += [
        f"  {name.replace('_', ' ')}: {_evidence(name, value)}"
        for name, value in found.evidence.items()
        if value is not None
    ]
    if found.statements:
        lines.append(f"  risk: {RISKS[found.risk]}")
        lines += [f"  {line}" for line in found.sql.splitlines()]
    return "\n".join(lines)


def _evidence(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and name != "pid":
        return human_bytes(value) if name.endswith("_bytes") else f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S %Z}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _advice_end(report: AdviceReport, number: int) -> str:
    said = [f"{counted(number, 'piece')} of advice." if number else "No advice."]
    if report.is_standby:
        said.append("This is a standby: nothing of it can be run here.")
    if report.counted_since:
        least = "at least " if report.is_at_least else ""
        said.append(f"Scans are counted since {least}{report.counted_since:%Y-%m-%d}.")
    if report.may_not_see:
        said.append(" ".join(UNSEEN[code] for code in report.may_not_see))
    return " ".join(said)


def _named(text: str) -> RelationName:
    try:
        return parse_relation_name(text)
    except ValueError as error:
        raise UserError("relation.unknown", relation=text) from error


RUNS: Final[Mapping[str, Run]] = {
    "growth": growth,
    "advice": advice,
}
"""The commands that look at tables."""
