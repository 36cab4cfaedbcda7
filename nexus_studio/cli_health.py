"""What `vacuum`, `analyze`, `reindex` and `cluster` do: say what it will be like, have it confirmed, do it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from nexus_studio import cli_health_activity, cli_health_looking
from nexus_studio.cli_output import FAILED, OK, Result, counted, facts, table
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_target import opened
from nexus_studio.cli_wording import words_for
from nexus_studio.cli_wording_health import HOLDS_UP, JOBS, LEFT_OUT, NO_DISK, NOTES
from nexus_studio.core.admin.maintenance import (
    AtWork,
    Bytes,
    Duration,
    Ended,
    Forewarning,
    Job,
    MaintenanceReport,
    Outcome,
)
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.errors import MaintenanceRefused, UserError
from nexus_studio.core.names import RelationName, parse_relation_name
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.forewarning import Relations, refused
from nexus_studio.services.health.maintaining import MaintenanceService
from nexus_studio.services.paths import Paths

Run = Callable[[argparse.Namespace, TaskContext], Result]

_MINUTE: Final = 60


def vacuum(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Clean tables up, or write them anew."""
    job = Job.VACUUM_FULL if arguments.full else Job.VACUUM_ANALYZE if arguments.analyze else Job.VACUUM
    return _maintained(job, arguments, ctx)


def analyze(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Make statistics."""
    return _maintained(Job.ANALYZE, arguments, ctx)


def reindex(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Build indexes anew."""
    return _maintained(Job.REINDEX, arguments, ctx)


def cluster(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Write tables anew in the order of an index."""
    return _maintained(Job.CLUSTER, arguments, ctx)


def _maintained(job: Job, arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    relations, index = _relations(arguments), getattr(arguments, "index", "")
    if index and (relations is None or len(relations) != 1):
        raise UserError("maintain.one_table")
    with opened(arguments, ctx) as session:
        maintenance = MaintenanceService(session, Paths.default())
        if arguments.dry_run:
            warning = maintenance.forewarn(job, relations, ctx, index=index)
            return Result({"forewarning": _warning_data(warning)}, _warning_text(warning))
        if job.rewrites and not arguments.json:
            sys.stderr.write(_warning_text(maintenance.forewarn(job, relations, ctx, index=index)) + "\n")
        if session.server.standby:  # a rail would only say that nothing may be written
            raise MaintenanceRefused("maintain.standby")
        require_rail(arguments, session, job.act, loses=False)
        report, _ = maintenance.run(job, relations, ctx, index=index, listener=_Telling(is_json=arguments.json))
    return Result(_report_data(report), _report_text(report), OK if report.is_done else FAILED)


def _relations(arguments: argparse.Namespace) -> Relations:
    if arguments.all:
        return None
    if not arguments.tables:
        raise UserError("maintain.chosen")
    return [_named(each) for each in arguments.tables]


def _named(text: str) -> RelationName:
    try:
        return parse_relation_name(text)
    except ValueError as error:
        raise UserError("relation.unknown", relation=text) from error


class _Telling:
    """Says of each table that it is done, and always what was left behind: the answer may not come any more."""

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json

    def __call__(self, told: AtWork | Outcome) -> None:
        if isinstance(told, AtWork):
            return
        lines = [] if self._is_json else [f"{told.relation}: {_ended(told)}"]
        lines += [
            f"{told.relation}: the index {each.name} was left behind and "
            + ("is dropped" if each.is_dropped else "could not be dropped: DROP INDEX CONCURRENTLY does it later")
            for each in told.leftovers
        ]
        clear = "\r\x1b[K" if sys.stderr.isatty() else ""
        sys.stderr.write("".join(f"{clear}{line}\n" for line in lines))


def _ended(outcome: Outcome) -> str:
    if outcome.error is not None:
        return words_for(outcome.error)[0]
    if outcome.ended is not Ended.DONE or outcome.before is None or outcome.after is None:
        return outcome.ended.value
    freed = outcome.freed_bytes or 0
    change = f", {human_bytes(abs(freed))} {'freed' if freed > 0 else 'more'}" if freed else ""
    return f"{human_bytes(outcome.after.total)}{change} ({_seconds(outcome.seconds)})"


def _seconds(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _duration(duration: Duration | None) -> str:
    if duration is None:
        return "unknown: nothing like it was done here before"
    return f"about {_seconds(duration.seconds)} ({_seconds(duration.least)} to {_seconds(duration.most)})"


def _warning_text(warning: Forewarning) -> str:
    disk = warning.disk
    free = "" if disk.free_bytes is None else f"free: {human_bytes(disk.free_bytes)}"
    size = sum(each.size.total for each in warning.targets)
    lines = [
        ("job", f"{JOBS[warning.job]} on {counted(len(warning.targets), 'table')}, {human_bytes(size)}"),
        ("lock", f"{warning.job.lock}: {HOLDS_UP[warning.job.holds_up]}"),
        ("takes", _duration(warning.duration)),
        ("disk", f"needed: {human_bytes(disk.needed_bytes)}, {free or NO_DISK.get(disk.unknown, 'free: unknown')}"),
    ]
    if not disk.needed_bytes:
        lines[-1] = ("disk", "needs none")
    lines += [("waits for", f"{each.said} on {each.relation}") for each in warning.busy]
    lines += [("note", NOTES[code]) for code in warning.notes if code in NOTES]
    lines += [("left out", f"{each.relation}: {LEFT_OUT[each.reason]}") for each in warning.left_out]
    if warning.refuses:
        lines.append(("refused", words_for(refused(warning))[0]))
    return facts(lines)


def _warning_data(warning: Forewarning) -> dict[str, Any]:
    return {
        "job": warning.job,
        "tables": [
            {"table": each.relation, "bytes": each.size.total, "index": each.index or None,
             "only_statistics": each.is_root}
            for each in warning.targets
        ],
        "lock": warning.job.lock,
        "holds_up": warning.job.holds_up,
        "seconds": warning.duration.seconds if warning.duration else None,
        "seconds_least": warning.duration.least if warning.duration else None,
        "seconds_most": warning.duration.most if warning.duration else None,
        "disk_needed_bytes": warning.disk.needed_bytes,
        "disk_free_bytes": warning.disk.free_bytes,
        "disk_unknown": warning.disk.unknown or None,
        "waits_for": [
            {"pid": each.pid, "name": each.name, "user": each.user, "application": each.application,
             "since": each.since, "table": each.relation}
            for each in warning.busy
        ],
        "notes": warning.notes,
        "left_out": [{"table": each.relation, "reason": each.reason} for each in warning.left_out],
        "refused": warning.refusal or None,
    }  # fmt: skip


def _report_data(report: MaintenanceReport) -> dict[str, Any]:
    return {
        "job": report.job,
        "done": report.is_done,
        "freed_bytes": report.freed_bytes,
        "tables": [_outcome_data(each) for each in report.outcomes],
        "left_out": [{"table": each.relation, "reason": each.reason} for each in report.left_out],
    }


def _outcome_data(outcome: Outcome) -> dict[str, Any]:
    error = None
    if outcome.error is not None:
        message, following = words_for(outcome.error)
        error = {"code": outcome.error.code, "message": message, "next": following}
    return {
        "table": outcome.relation,
        "ended": outcome.ended,
        "seconds": round(outcome.seconds, 3),
        "before": _bytes(outcome.before),
        "after": _bytes(outcome.after),
        "freed_bytes": outcome.freed_bytes,
        "error": error,
        "leftovers": [{"index": each.name, "dropped": each.is_dropped} for each in outcome.leftovers],
        "log": outcome.log,
    }


def _bytes(size: Bytes | None) -> dict[str, int] | None:
    if size is None:
        return None
    return {"table": size.table, "indexes": size.indexes, "toast": size.toast, "total": size.total}


def _report_text(report: MaintenanceReport) -> str:
    def size(found: Bytes | None) -> str:
        return human_bytes(found.total) if found else ""

    lines = [
        (each.relation, each.ended.value, size(each.before), size(each.after), _seconds(each.seconds))
        for each in report.outcomes
    ]
    said = table(("table", JOBS[report.job], "before", "after", "took"), lines, right=(2, 3, 4))
    left_out = "".join(f"\nleft out: {each.relation}, {LEFT_OUT[each.reason]}" for each in report.left_out)
    return f"{said}{left_out}"


RUNS: Final[Mapping[str, Run]] = {
    **cli_health_activity.RUNS,
    **cli_health_looking.RUNS,
    "vacuum": vacuum,
    "analyze": analyze,
    "reindex": reindex,
    "cluster": cluster,
}
"""Every command on a database's health, `sizes` aside, as "command" or "command action"."""
