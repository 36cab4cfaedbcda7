"""What `migrate` does, but for `migrate status`: one thin function an action, the work is MigrationService's."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from nexus_studio.cli_adopt import adopted
from nexus_studio.cli_deploy import backed_up, say_before, with_backup
from nexus_studio.cli_migrate_output import (
    differences_text,
    evidence_data,
    evidence_text,
    listener,
    plan_data,
    plan_text,
    run_data,
    run_text,
    safety_data,
    safety_text,
    steps_data,
    test_data,
    test_text,
    warning_said,
    way_option,
)
from nexus_studio.cli_migrate_status import status, status_data
from nexus_studio.cli_migrate_target import project_of, say_project
from nexus_studio.cli_migrate_words import migrations_said
from nexus_studio.cli_output import CANCELLED, FAILED, OK, Result
from nexus_studio.cli_prisma import (
    failure_said,
    foreseen_said,
    opened_for,
    prisma_said,
    run_said,
    without_prisma,
)
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_target import find_target
from nexus_studio.core.admin.drafts import MigrationDraft, Rename
from nexus_studio.core.admin.evidence import Evidence, Way
from nexus_studio.core.admin.ledgerentries import Direction, LedgerPlace
from nexus_studio.core.admin.migrations import THERE, MigrationStatus, RevisionState, RunEvent, RunResult, script
from nexus_studio.core.admin.standing import in_short
from nexus_studio.core.errors import MigrationBlocked, UserError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.projects import any_graph
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths

_WAYS: Final = {
    "applied": Way.MARK_APPLIED,
    "rolled_back": Way.MARK_ROLLED_BACK,
    "run_again": Way.RUN_AGAIN,
    "clean_up": Way.CLEAN_UP,
    "finish": Way.FINISH,
    "retry": Way.RETRY,
}


@contextmanager
def _service(arguments: argparse.Namespace, ctx: TaskContext) -> Iterator[MigrationService]:
    profile = find_target(arguments).profile
    project = project_of(arguments, profile)
    say_project(arguments, profile, project)
    with prisma_said(project, profile), opened_for(arguments, ctx, project) as session:
        yield MigrationService(session, project, Paths.default())


def plan(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Show what would run."""
    direction = Direction.DOWN if arguments.down else Direction.UP
    target = arguments.to or ("-1" if arguments.down else "heads")
    with _service(arguments, ctx) as service:
        found = service.plan(ctx, target, direction)
    return Result(plan_data(found), plan_text(found))


def deploy(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Apply what is pending."""
    with _service(arguments, ctx) as service:
        say_before(arguments, service, ctx)
        require_rail(arguments, service.session, "migrate.deploy")
        backup = backed_up(arguments, service, ctx)
        return with_backup(_deployed(arguments, service, ctx), backup)


def dev(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Write a migration from the models, and apply it."""
    with _service(arguments, ctx) as service:
        if service.prisma is not None and not arguments.create_only:
            raise service.prisma.refuse("dev", arguments.message)
        if not arguments.create_only:
            require_rail(arguments, service.session, "migrate.dev")
        draft = _draft(arguments, service, ctx)
        if draft.is_empty and not arguments.empty:
            return Result({"file": None, "differences": []}, "Models and database agree: nothing to write.")
        path = service.write(draft, ctx)
        data = {"file": path, "revision": draft.revision, "differences": _differences(draft.differences)}
        text = f"Wrote {path}"
        if arguments.create_only:
            return Result({**data, "sql": draft.sql}, text)
        ran = _deployed(arguments, service, ctx)
    return Result({**data, **ran.data}, f"{text}\n{ran.text}", ran.code)


def create(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Write a migration, and apply nothing."""
    with _service(arguments, ctx) as service:
        if service.prisma is None and not arguments.message:
            raise UserError("cli.no_message")
        draft = _draft(arguments, service, ctx)
        if draft.is_empty and not arguments.empty:
            return Result({"file": None, "differences": []}, "Models and database agree: nothing to write.")
        path = service.write(draft, ctx)
    data = {"file": path, "revision": draft.revision, "differences": _differences(draft.differences)}
    return Result({**data, "sql": draft.sql}, f"Wrote {path}")


def push(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Bring the database to the models."""
    with _service(arguments, ctx) as service:
        statements, _ = service.push(ctx, dry_run=True)
        if not statements:
            return Result({"sql": [], "done": True}, "Models and database agree: nothing to do.")
        text = script(statements)
        if arguments.dry_run:
            return Result({"sql": statements, "done": False}, text)
        sys.stderr.write(text + "\n")
        require_rail(arguments, service.session, "migrate.push")
        statements, _ = service.push(ctx)
    return Result({"sql": statements, "done": True}, f"{len(statements)} statements run.")


def downgrade(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Take revisions back."""
    with _service(arguments, ctx) as service:
        steps = service.plan(ctx, arguments.target, Direction.DOWN).steps
        for step in steps:
            sys.stderr.write(f"takes back {step.revision} {step.message}\n")
        if steps:
            require_rail(arguments, service.session, "migrate.downgrade")
        result, _ = service.downgrade(ctx, arguments.target, listener=_listener(service), ledger=_ledger(arguments))
        return _ran(result, service, ctx, "taken back")


def stamp(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Record what is there."""
    with _service(arguments, ctx) as service:
        require_rail(arguments, service.session, "migrate.stamp", loses=False)
        service.stamp(ctx, arguments.revision, ledger=_ledger(arguments))
        after = service.status(ctx)
        return Result(status_data(after, service.project), _said(after))


def merge(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Join all heads."""
    with _service(arguments, ctx) as service:
        path = service.merge(arguments.message, ctx)
    return Result({"file": path}, f"Wrote {path}")


def check(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Compare models and database."""
    with _service(arguments, ctx) as service:
        found = service.check(ctx)
    return Result({"differences": _differences(found)}, differences_text(found), FAILED if found else OK)


def generate(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Write models of the database."""
    with _service(arguments, ctx) as service:
        source = service.pull(ctx, schema=arguments.schema)
    if arguments.out is None:
        return Result({"source": source}, source.rstrip("\n"))
    try:
        arguments.out.write_text(source, encoding="utf-8")
    except OSError as error:
        raise UserError("cli.unwritable", file=str(arguments.out), words=error.strerror or "") from error
    return Result({"file": arguments.out}, f"Wrote {arguments.out}")


def test(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Try what is pending."""
    with _service(arguments, ctx) as service:
        found = service.test(ctx, arguments.to)
    return Result(test_data(found), test_text(found), OK if found.passed else FAILED)


def safety(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Rehearse what is pending."""
    with _service(arguments, ctx) as service:
        found = service.safety(service.plan(ctx, arguments.to), ctx)
    fails = any(each.code == "fails" for each in found.findings)
    return Result(safety_data(found), safety_text(found), FAILED if fails else OK)


def resolve(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Find the way out of a failed migration, and go it."""
    with _service(arguments, ctx) as service:
        if arguments.show is not None:
            standing = service.status(ctx)
            revision = _named(standing, arguments.show)
            report = standing.report(revision)
            if report is not None and report.state is RevisionState.RUNNING:  # what it has done so far can't be seen
                pid = report.problem.backend_pid if report.problem is not None else 0
                raise MigrationBlocked("migration.running", revision=revision, pid=pid)
            found = service.evidence(revision, ctx, replay_timeout_ms=arguments.replay_timeout)
            failed = report.problem.error if report is not None and report.problem is not None else None
            is_there = report is not None and report.state in THERE
            return Result(evidence_data(found), evidence_text(found, failed, is_there=is_there))
        option, way = next((name, way) for name, way in _WAYS.items() if getattr(arguments, name) is not None)
        given = getattr(arguments, option)
        # a beginning will do, but not for Prisma, whose scripts may count on a refusal
        revision = given if service.prisma is not None else _named(service.status(ctx), given)
        report = service.status(ctx).report(revision)
        is_against = False  # without a problem, nobody can look; --applied is a stamp then
        if report is not None and report.problem is not None:
            is_against = _warned(service.evidence(revision, ctx, replay_timeout_ms=arguments.replay_timeout), way)
        is_prismas = service.prisma is not None and way in {Way.MARK_APPLIED, Way.MARK_ROLLED_BACK}
        require_rail(arguments, service.session, "migrate.resolve", loses=is_against and not is_prismas)
        result, _ = service.resolve(
            revision,
            way,
            ctx,
            listener=_listener(service),
            ledger=_ledger(arguments),
            replay_timeout_ms=arguments.replay_timeout,
        )
        ran = _ran(result, service, ctx, "run")
    return Result({"revision": revision, "way": way, **ran.data}, f"{_done(way, revision)}\n{ran.text}", ran.code)


def adopt(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Take a database over from Prisma."""
    with _service(arguments, ctx) as service:
        return adopted(arguments, service, ctx)


def show(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Show a revision's SQL."""
    with _service(arguments, ctx) as service:
        revision = _named(service.status(ctx), arguments.revision)
        up, down = service.steps_of(revision, ctx)
    return Result({"revision": revision, "up": steps_data(up), "down": steps_data(down)}, plan_text(up, down))


def _deployed(arguments: argparse.Namespace, service: MigrationService, ctx: TaskContext) -> Result:
    if service.prisma is not None:
        for each in foreseen_said(service.prisma.foreseen(ctx)):
            sys.stderr.write(f"warning: {each}\n")
    result, _ = service.deploy(
        ctx,
        getattr(arguments, "to", "heads"),
        listener=_listener(service),
        ledger=_ledger(arguments),
        lock_timeout_ms=arguments.lock_timeout,
    )
    if service.prisma is None:
        return _ran(result, service, ctx, "applied")
    if said := failure_said(result):
        sys.stderr.write(f"{said}\n\n")
    ran = _ran(without_prisma(result), service, ctx, "applied")
    return Result(ran.data, f"{run_said(result, len(any_graph(service.project).revisions))}\n\n{ran.text}", ran.code)


def _ledger(arguments: argparse.Namespace) -> LedgerPlace | None:
    return LedgerPlace(arguments.ledger) if arguments.ledger else None


def _ran(result: RunResult, service: MigrationService, ctx: TaskContext, verb: str) -> Result:
    """Answer with how a run ended and where the database stands now."""
    # After a cancel the token would stop this look too.
    after = service.status(TaskContext() if result.cancelled else ctx)
    data: dict[str, Any] = {**status_data(after, service.project), **run_data(result), "applied": len(result.done)}
    code = CANCELLED if result.cancelled else FAILED if result.failed else OK
    return Result(data, "\n".join(filter(None, (run_text(result, verb), _said(after)))), code)


def _listener(service: MigrationService) -> Callable[[RunEvent], None]:
    return listener(sys.stderr, any_graph(service.project))


def _said(after: MigrationStatus) -> str:
    return f"The database is now: {migrations_said(in_short(after))}"


def _draft(arguments: argparse.Namespace, service: MigrationService, ctx: TaskContext) -> MigrationDraft:
    draft = service.draft(arguments.message, ctx, empty=arguments.empty)
    wanted = tuple(_rename(text, draft.renames) for text in arguments.rename)
    for each in draft.renames:
        if each not in wanted:
            sys.stderr.write(f"warning: dropped and added, or renamed? --rename {_option(each)} makes it a rename\n")
    return service.draft(arguments.message, ctx, renames=wanted) if wanted else draft


def _rename(text: str, likely: tuple[Rename, ...]) -> Rename:
    """Find the rename that --rename means among the likely ones.

    Raises:
        UserError: "cli.rename" (facts text, likely).
    """
    for each in likely:
        if text in {_option(each), f"{each.old}={each.new}", f"{each.table}.{each.old}={each.table}.{each.new}"}:
            return each
    raise UserError("cli.rename", text=text, likely=tuple(map(_option, likely)) or ("none",))


def _option(rename: Rename) -> str:
    return f"{rename.table}.{rename.old}={rename.new}" if rename.kind == "column" else f"{rename.old}={rename.new}"


def _differences(found: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [
        {"kind": each.kind, "name": each.name, "detail": each.detail, "loses_data": each.loses_data} for each in found
    ]


def _named(found: MigrationStatus, name: str) -> str:
    """Return the id that a name means: of the folder's, of the ledger's, else as it is (the service will say)."""
    if found.report(name) is not None:
        return name
    if (known := found.graph.resolve(name)) is not None:
        return known
    begun = [each.revision for each in found.revisions if each.revision.startswith(name)]
    return begun[0] if len(begun) == 1 else name


def _warned(evidence: Evidence, way: Way) -> bool:
    """Say on stderr what would be wrong; return whether the way goes against the evidence."""
    chosen = evidence.way(way)
    for warning in chosen.warnings if chosen else ():
        sys.stderr.write(f"warning: {warning_said(*warning)}\n")
    if evidence.recommended not in {way, None} and not (chosen and not chosen.warnings):
        sys.stderr.write(f"warning: what was found speaks for {way_option(evidence.recommended)}\n")
    return chosen is None or bool(chosen.warnings)


def _done(way: Way, revision: str) -> str:
    return {
        Way.MARK_APPLIED: f"Migration {revision} marked as applied.",
        Way.MARK_ROLLED_BACK: f"Migration {revision} marked as rolled back.",
        Way.RUN_AGAIN: f"Migration {revision} marked as rolled back, then run again.",
        Way.CLEAN_UP: f"What was there of {revision} was removed, then it was run again.",
        Way.FINISH: f"What was missing of {revision} was run.",
        Way.RETRY: f"Migration {revision} was run again.",
    }[way]


RUNS: Final[Mapping[str, Callable[[argparse.Namespace, TaskContext], Result]]] = {
    "migrate status": status,
    "migrate plan": plan,
    "migrate deploy": deploy,
    "migrate upgrade": deploy,
    "migrate create": create,
    "migrate dev": dev,
    "migrate push": push,
    "migrate downgrade": downgrade,
    "migrate stamp": stamp,
    "migrate merge": merge,
    "migrate check": check,
    "migrate generate": generate,
    "migrate adopt": adopt,
    "migrate test": test,
    "migrate safety": safety,
    "migrate resolve": resolve,
    "migrate show": show,
}
"""Functions by "command action"."""
