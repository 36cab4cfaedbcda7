"""`migrate status`: everything the panel shows, as text or JSON. Imports no Alembic and none of the project's code."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from nexus_studio.cli_migrate_target import project_of
from nexus_studio.cli_migrate_words import STATES, standing_said, state_word
from nexus_studio.cli_output import OK, UNREADABLE, Result, facts, table
from nexus_studio.cli_prisma import (
    make_target_schema,
    opened_for,
    prisma_said,
    prisma_steps,
    verdict_data,
    verdict_text,
    version_said,
)
from nexus_studio.cli_target import find_target
from nexus_studio.core.admin.ledgerentries import LedgerEntry, LedgerPlace, LockHolder
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, RevisionReport
from nexus_studio.core.admin.revisions import RevisionProblem
from nexus_studio.core.admin.standing import in_short, lost_rows
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.projects import Project
from nexus_studio.services.migrations.status import read_status
from nexus_studio.services.paths import Paths
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.prisma.reading import read_prisma_status
from nexus_studio.services.session import Session

PENDING = 1

_CODES: Final = {
    MigrationStanding.UP_TO_DATE: OK,
    MigrationStanding.NONE: PENDING,
    MigrationStanding.BEHIND: PENDING,
    MigrationStanding.RUNNING: PENDING,
    MigrationStanding.OUT_OF_SYNC: PENDING,
}
_SQL_SHOWN: Final = 2000  # characters of the statement that failed


def status(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say where the database stands."""
    profile = find_target(arguments).profile
    project = project_of(arguments, profile)
    with prisma_said(project, profile), opened_for(arguments, ctx, project) as session:
        found, note = _read(session, project, ctx)
        place = session.profile.place
    text = status_text(found, project, place)
    return Result(status_data(found, project), f"{text}\n\n{note}" if note else text, exit_code(found))


def _read(session: Session, project: Project, ctx: TaskContext) -> tuple[MigrationStatus, str]:
    """Return where the database stands, and a note on what had to be made for that."""
    if isinstance(project, PrismaProject):
        note = make_target_schema(session, ctx)
        return read_prisma_status(session, project, ctx), note
    return read_status(session, project, Paths.default(), ctx), ""


def exit_code(found: MigrationStatus) -> int:
    """Return 0 when all is applied, 1 when something is pending, 2 when somebody has to decide or repair something."""
    if any(not each.is_harmless for each in found.graph.problems):
        return UNREADABLE
    if found.standing is MigrationStanding.NONE and not found.pending:
        return OK
    return _CODES.get(found.standing, UNREADABLE)


def status_data(found: MigrationStatus, project: Project) -> dict[str, Any]:
    """Return everything for --json. `state` has the words of `nexus-studio status`, `standing` the exact one."""
    short = in_short(found)
    return {
        "state": state_word(found.standing),
        "standing": found.standing,
        "current": found.current,
        "heads": found.heads,
        "pending": short.pending,
        "pending_revisions": [each.revision for each in found.pending],
        "project": {
            "name": project.name,
            "place": project.place,
            "python": project.python,
            "python_from": project.python_from,
            "version_table": project.version_table,
            "bundled": project.is_bundled,
        },
        "has_version_table": found.has_version_table,
        "ledger": found.ledger,
        "ledger_refusal": found.ledger_refusal,
        "lock": _lock(found.holder) if found.holder else None,
        "problems": [_problem(each) for each in found.graph.problems],
        "revisions": [_report(each) for each in found.revisions],
        "next": next_steps(found),
        **({"prisma": verdict_data(found, project)} if isinstance(project, PrismaProject) else {}),
    }


def status_text(found: MigrationStatus, project: Project, place: str) -> str:
    """Say everything for people."""
    short = in_short(found)
    parts = [
        facts(
            (
                ("database", place),
                ("project", f"{project.name} ({project.place})"),
                *((("version", version_said(project)),) if isinstance(project, PrismaProject) else ()),
                ("standing", standing_said(found.standing, short.pending)),
                ("current", ", ".join(found.current) or "nothing"),
                ("ledger", _ledger_of(found)),
                *((("lock", holder_said(found.holder)),) if found.holder else ()),
            )
        )
    ]
    if found.revisions:
        parts.append(_listed(found))
    if found.graph.problems:
        parts.append("\n".join(problem_said(each) for each in found.graph.problems))
    parts += [failure_text(each) for each in found.unresolved]
    if steps := next_steps(found):
        parts.append("\n".join(f"next: {each}" for each in steps))
    if found.verdict is not None:
        parts.append(verdict_text(found.verdict))
    return "\n\n".join(parts)


def _listed(found: MigrationStatus) -> str:
    lines = []
    for each in found.revisions:
        entry = each.last
        lines.append(
            (
                STATES[each.state],
                each.revision + (" *" if each.is_current else ""),
                each.file.message if each.file else "",
                moment_said(entry.started_at) if entry else "",
                duration_said(entry.duration_ms) if entry and entry.duration_ms is not None else "",
                entry.who if entry else "",
            )
        )
    return table(("state", "revision", "message", "when", "took", "who"), lines, right=(4,))


def failure_text(report: RevisionReport) -> str:
    """Say what is known of a failed or interrupted revision."""
    entry = report.problem
    if entry is None:
        return ""
    how = "failed" if entry.error else "was interrupted: no process is left that could end it"
    head = f"The migration {report.revision} started at {moment_said(entry.started_at)} {how}."
    return "\n".join((head, facts(_failure_facts(entry))))


def _failure_facts(entry: LedgerEntry) -> Iterator[tuple[str, object]]:
    yield "  direction", entry.direction.value
    if entry.who or entry.host:
        yield "  by", "@".join(part for part in (entry.who, entry.host) if part)
    if entry.statements:  # Prisma's ledger does not count them
        yield "  committed", f"{entry.applied_steps_count} of {entry.statements} statements begun"
    if entry.failed_number:
        yield "  statement", f"{entry.failed_number}: {entry.failed_statement[:_SQL_SHOWN]}"
    elif entry.failed_statement:
        yield "  statement", entry.failed_statement[:_SQL_SHOWN]
    if entry.error:
        yield "  error", entry.error.message + (f" ({entry.error.sqlstate})" if entry.error.sqlstate else "")
        if entry.error.detail:
            yield "  detail", entry.error.detail
        if entry.error.hint:
            yield "  hint", entry.error.hint


def next_steps(found: MigrationStatus) -> list[str]:
    """Return the commands that come next, the most pressing one first."""
    command = "nexus-studio migrate"
    if found.verdict is not None:
        return prisma_steps(found)
    is_broken = any(not each.is_harmless for each in found.graph.problems)
    steps = ["repair the files named above: Alembic loads all of them or none"] if is_broken else []
    match found.standing:
        case MigrationStanding.FAILED:
            steps += [f"{command} resolve --show {each.revision}" for each in found.unresolved]
        case MigrationStanding.VERSIONS_LOST:
            rows = lost_rows(found)
            steps += [f"{command} stamp {each}" for each in rows]
        case MigrationStanding.AHEAD:
            steps.append("bring the folder up to date: the revisions are in a newer copy of the project")
        case MigrationStanding.DIVERGED:
            steps.append(f'{command} merge -m "merge heads"')
        case MigrationStanding.NOT_MANAGED:
            steps.append(f"{command} stamp REV, if the tables are those of a revision")
        case MigrationStanding.NONE if not found.pending and not is_broken:
            steps.append(f"{command} dev -m NAME, which writes the first one")
        case MigrationStanding.OUT_OF_SYNC:
            steps += [f"{command} check", f"{command} dev -m NAME, which makes up the difference"]
        case MigrationStanding.NONE | MigrationStanding.BEHIND if found.pending and not is_broken:
            steps += [f"{command} plan", f"{command} deploy"]
        case _:
            pass
    return steps


def problem_said(problem: RevisionProblem) -> str:
    """Say what is wrong with a file, or between files."""
    said = {
        "syntax": "Python can't read it",
        "no_revision": "it has no `revision = …`",
        "not_literal": "an identifier is computed, so that it can't be known without running the file",
        "unreadable": "it can't be read",
        "duplicate": f"its revision {problem.revision} is also that of {problem.other}",
        "missing_parent": f"{problem.revision} builds on {problem.other}, which no file has",
        "missing_dependency": f"{problem.revision} depends on {problem.other}, which no file has",
        "no_script": f"the migration {problem.revision} has no migration.sql: restore it or delete the folder (P3015)",
        "provider": f"it is for {problem.other}, not for postgresql (P3019)",
        "cycle": f"the revisions build on one another: {' -> '.join((*problem.revisions, *problem.revisions[:1]))}",
    }.get(problem.code, problem.code)
    where = f"{problem.path}" + (f", line {problem.line}" if problem.line else "")
    return f"problem: {where}: {said}"


def _ledger_of(found: MigrationStatus) -> str:
    if found.standing is MigrationStanding.PRISMA or found.verdict is not None:
        return "Prisma's (_prisma_migrations)"
    return ledger_said(found.ledger, found.ledger_refusal)


def ledger_said(place: LedgerPlace, refusal: str) -> str:
    """Say where the ledger is kept."""
    why = {
        "permission": "the role may not write it in the database",
        "read_only": "the connection is read-only",
        "declined": "as was chosen",
    }.get(refusal, refusal)
    said = {
        LedgerPlace.DATABASE: "in the database (_nexus_migrations)",
        LedgerPlace.LOCAL: "on this machine only",
        LedgerPlace.NOWHERE: "none yet: `migrate deploy --ledger database` or `--ledger local`",
    }[place]
    return f"{said}: {why}" if why else said


def holder_said(holder: LockHolder) -> str:
    """Say who holds the migration lock."""
    who = ", ".join(part for part in (holder.user, holder.application, holder.client) if part)
    since = f" since {moment_said(holder.since)}" if holder.since else ""
    return f"held by server process {holder.pid}" + (f" ({who})" if who else "") + since


def moment_said(when: datetime) -> str:
    """Say when something was, in this machine's zone."""
    return when.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def duration_said(ms: float) -> str:
    """Say how long something took."""
    second = 1000
    return f"{ms:.0f} ms" if ms < second else f"{ms / second:.1f} s"


def _lock(holder: LockHolder) -> dict[str, Any]:
    return {
        "pid": holder.pid,
        "user": holder.user,
        "application": holder.application,
        "client": holder.client,
        "since": holder.since,
    }


def _problem(problem: RevisionProblem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "path": problem.path,
        "line": problem.line,
        "revision": problem.revision,
        "other": problem.other,
        "revisions": problem.revisions,
        "said": problem_said(problem),
    }


def _report(report: RevisionReport) -> dict[str, Any]:
    file, entry = report.file, report.problem or report.last
    return {
        "revision": report.revision,
        "state": report.state,
        "message": file.message if file else "",
        "file": file.path if file else None,
        "down": file.down if file else (),
        "labels": file.labels if file else (),
        "depends_on": file.depends_on if file else (),
        "created_at": file.created_at if file else None,
        "is_current": report.is_current,
        "is_head": report.is_head,
        "ledger": [entry_data(each) for each in report.entries],
        "last": entry_data(entry) if entry else None,
    }


def entry_data(entry: LedgerEntry) -> dict[str, Any]:
    """Return a row of the ledger for --json."""
    report = entry.error
    return {
        "id": entry.id,
        "deed": entry.deed,
        "direction": entry.direction,
        "started_at": entry.started_at,
        "finished_at": entry.finished_at,
        "rolled_back_at": entry.rolled_back_at,
        "duration_ms": entry.duration_ms,
        "statements": entry.statements,
        "applied_steps_count": entry.applied_steps_count,
        "who": entry.who,
        "host": entry.host,
        "tool_version": entry.tool_version,
        "is_running": entry.is_alive,
        "failed_statement": entry.failed_statement,
        "failed_number": entry.failed_number,
        "logs": entry.logs,
        "error": {
            "sqlstate": report.sqlstate,
            "message": report.message,
            "detail": report.detail,
            "hint": report.hint,
        }
        if report
        else None,
    }


RUNS: Final[Mapping[str, Callable[[argparse.Namespace, TaskContext], Result]]] = {"migrate status": status}
"""Functions by "command action"."""
