"""The safety report: a plan rehearsed on a copy, and what that means for the real database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nexus_studio.core.admin.migrations import MigrationPlan, Step
from nexus_studio.core.admin.safety import Danger, LockTaken, SafetyFinding, SafetyReport
from nexus_studio.core.admin.safetyrules import (
    ColumnSight,
    RelationSeen,
    StatementSeen,
    TableSight,
    findings_of,
    locks_of,
)
from nexus_studio.core.errors import MigrationBlocked, ToolMissing
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.core.sql.statementwords import Loss, statement_words
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
from nexus_studio.services.migrations.conversation import Event
from nexus_studio.services.migrations.copies import Copy, copy_of
from nexus_studio.services.migrations.livetables import live_tables
from nexus_studio.services.migrations.projects import Project, any_graph, ledger_home, run_any
from nexus_studio.services.migrations.rehearsal import RevisionSeen, Watch, names_in, probe_for
from nexus_studio.services.migrations.running import RunFailure, RunOutcome, RunRequest
from nexus_studio.services.migrations.scratch import reaches_beyond
from nexus_studio.services.migrations.squawk import find_squawk, squawk_findings
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

# A deploy sets lock_timeout there by itself.
_CAREFUL = frozenset({Environment.STAGING, Environment.PRODUCTION})

# Why there may be no copy; anything else that goes wrong is no reason to go on.
_NO_COPY = frozenset({"migration.scratch_failed", "migration.project_broken", "migration.worker_died"})


def safety_report(
    session: Session, project: Project, paths: Paths, plan: MigrationPlan, ctx: TaskContext
) -> SafetyReport:
    """Rehearse a plan on a copy of the database and say what it would do to the real one.

    Where no copy can be made, what can be told from the statements alone is told, and why (`copy` "none"): `reason` is
    "tool" (no pg_dump fits; `words` names it) or the fact of that name of "migration.scratch_failed" or
    "migration.project_broken". Progress steps: those of `copy_of`, and "migration.rehearsing" in steps.

    Raises:
        MigrationBlocked: "migration.target_unknown".
        Cancelled: nothing of the copy is left.
    """
    if not plan.steps:
        return SafetyReport((), copy="none", reason="empty")
    begun = time.monotonic()
    try:
        revisions, failure, kind, touched = _rehearse(session, project, paths, plan, ctx)
    except (MigrationBlocked, ToolMissing) as error:
        if error.code not in _NO_COPY and not isinstance(error, ToolMissing):
            raise
        revisions, failure, kind = _by_words(plan, session.profile.schema), None, "none"
        touched = names_in(revisions)
        reason = "tool" if isinstance(error, ToolMissing) else str(error.facts.get("reason") or error.code)
        words = str(error.facts.get("words") or error.facts.get("tool") or "")
    else:
        reason = words = ""
    duration = (time.monotonic() - begun) * 1000
    found = _judged(session, project, plan, revisions, touched, ctx)
    findings = found.findings if failure is None else _heaviest_first([*found.findings, _failed(failure, kind)])
    return replace(found, findings=tuple(findings), copy=kind, reason=reason, words=words, duration_ms=duration)


def report_by_words(session: Session, project: Project, plan: MigrationPlan, ctx: TaskContext) -> SafetyReport:
    """Say what the statements of a plan tell by themselves: nothing is copied or run (`copy` "none", reason "words").

    The tables they name are looked up in the real database, for their rows.
    """
    if not plan.steps:
        return SafetyReport((), copy="none", reason="empty")
    revisions = _by_words(plan, session.profile.schema)
    found = _judged(session, project, plan, revisions, names_in(revisions), ctx)
    return replace(found, copy="none", reason="words")


def _judged(
    session: Session,
    project: Project,
    plan: MigrationPlan,
    revisions: Sequence[RevisionSeen],
    touched: frozenset[RelationName],
    ctx: TaskContext,
) -> SafetyReport:
    """Say what was seen means for the real database, squawk's findings among it."""
    live = live_tables(session, touched, ctx) if touched else {}
    findings: list[SafetyFinding] = []
    locks: list[tuple[str, LockTaken]] = []
    for seen in revisions:
        findings += findings_of(seen.revision, seen.statements, live)
        locks += locks_of(seen.revision, seen.statements)
    if session.profile.environment in _CAREFUL:
        findings = [each for each in findings if each.code != "no_lock_timeout"]
    squawked = _squawk(session, project, revisions, plan, ctx)
    return SafetyReport(
        findings=tuple(_heaviest_first([*findings, *(squawked or ())])),
        locks=tuple(locks),
        used_squawk=squawked is not None,
    )


def version_relation(session: Session, project: Project, ctx: TaskContext) -> tuple[RelationName, ...]:
    """Return the version table's name; nothing where there is none."""
    with session.read(ctx) as connection:
        schema = ledger_home(connection, session.profile, project)
    return (RelationName(schema, project.version_table),) if schema else ()


def _rehearse(
    session: Session, project: Project, paths: Paths, plan: MigrationPlan, ctx: TaskContext
) -> tuple[Sequence[RevisionSeen], RunFailure | None, str, frozenset[RelationName]]:
    rows_of = version_relation(session, project, ctx)
    files = any_graph(project, ctx).revisions
    apart = reaches_beyond(files[step.revision].path for step in plan.steps if step.revision in files)
    with copy_of(session, paths, ctx, rows_of=rows_of, apart=apart) as copy:
        watch, outcome = _run_on_copy(copy, project, plan, ctx)
    if outcome.stopped:
        raise Cancelled
    return watch.revisions, outcome.failed, copy.kind, names_in(watch.revisions)


def _run_on_copy(copy: Copy, project: Project, plan: MigrationPlan, ctx: TaskContext) -> tuple[Watch, RunOutcome]:
    scratch = copy.scratch
    with scratch.session.alone(ctx, purpose="rehearsal") as driver:
        watch = Watch(driver, scratch.profile.schema)

        def hear(event: Event) -> None:
            watch.hear(event)
            if event["event"] == "step":
                ctx.report(Progress("migration.rehearsing", event["number"] - 1, event["total"], "steps"))

        request = RunRequest(plan.target, plan.direction, probe=probe_for(scratch.session.server.version_num))
        outcome = run_any(project, scratch.profile, scratch.secret, request, hear, ctx)
    return watch, outcome


def _failed(failure: RunFailure, kind: str) -> SafetyFinding:
    """Say that the rehearsal failed. Python that fails without a server's word may have missed the rows."""
    is_certain = kind == "template" or bool(failure.report.sqlstate)
    danger = Danger.DANGER if is_certain else Danger.CAUTION
    return SafetyFinding("fails", danger, failure.revision, failure.number or 0, words=failure.report.message)


def _by_words(plan: MigrationPlan, first_schema: str) -> list[RevisionSeen]:
    """Return what the statements of a plan tell without a run."""
    found: list[RevisionSeen] = []
    for step in plan.steps:
        seen = RevisionSeen(step.revision, step.direction, sql=[each.sql for each in step.statements])
        for each in step.statements:
            words = statement_words(each.sql)
            all_of = _named(words.all_of, first_schema) if words.all_of else None
            relations = tuple(_lost(loss, first_schema) for loss in words.losses)
            seen.statements.append(
                StatementSeen(each.number, words.verb, each.in_transaction, 0, 0.0, all_of=all_of, relations=relations)
            )
        found.append(seen)
    return found


def _lost(loss: Loss, first_schema: str) -> RelationSeen:
    """Return the sight of a relation that a statement's words promise; the types of a column stay unknown."""
    name = _named(loss.table, first_schema)
    before = {1: ColumnSight(loss.column, "", is_not_null=False)} if loss.column else {}
    after = {1: ColumnSight(loss.column, "?", is_not_null=False)} if loss.code == "type_change" else {}
    now = TableSight("" if loss.code == "drop_table" else "r", file=1 if loss.code == "truncate" else 0, columns=after)
    return RelationSeen(name, name, TableSight("r", columns=before), now)


def _named(parts: tuple[str, ...], first_schema: str) -> RelationName:
    return RelationName(parts[-2] if len(parts) > 1 else first_schema, parts[-1])


def _squawk(
    session: Session,
    project: Project,
    revisions: Sequence[RevisionSeen],
    plan: MigrationPlan,
    ctx: TaskContext,
) -> tuple[SafetyFinding, ...] | None:
    """Have squawk read each revision; None where it is not installed or could read none."""
    program = find_squawk()
    if program is None:
        return None
    results = []
    for seen in revisions:
        statements = list(_texts(seen, plan))
        if statements:
            version = session.server.version_num
            results.append(squawk_findings(program, seen.revision, statements, version, project.folder, ctx))
    read = [found for found in results if found is not None]
    return tuple(each for found in read for each in found) if read else None


def _texts(seen: RevisionSeen, plan: MigrationPlan) -> Iterator[tuple[str, bool]]:
    """Yield a revision's statements: with their values where the plan has them, else as they were run."""
    step: Step | None = next((each for each in plan.steps if each.revision == seen.revision), None)
    if step is not None and step.statements:
        yield from ((each.sql, each.in_transaction) for each in step.statements)
        return
    for number, sql in enumerate(seen.sql):
        done = seen.statements[number] if number < len(seen.statements) else None
        yield sql, done is None or done.in_transaction


def _heaviest_first(findings: Sequence[SafetyFinding]) -> list[SafetyFinding]:
    """Order by weight; what weighs the same stays in the order of the run."""
    return sorted(findings, key=lambda each: -list(Danger).index(each.danger))
