"""Trying what is pending on a throwaway copy: up, down, up again, and whether the models match then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from nexus_studio.core.admin.evidence import Facts
from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.safety import TestPhase, TestReport
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
from nexus_studio.services.migrations.catalogfacts import read_facts
from nexus_studio.services.migrations.checking import check
from nexus_studio.services.migrations.conversation import Event
from nexus_studio.services.migrations.copies import copy_of
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.revisionfiles import read_graph
from nexus_studio.services.migrations.running import RunOutcome, RunRequest, run_on
from nexus_studio.services.migrations.safety import version_relation
from nexus_studio.services.migrations.scratch import Scratch, reaches_beyond, scratch_database
from nexus_studio.services.migrations.versions import read_versions
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

_MOST_NAMED = 20


def try_pending(
    session: Session, project: AlembicProject, paths: Paths, ctx: TaskContext, target: str = "heads"
) -> TestReport:
    """Try what a deploy would run. The database itself is only read.

    The copy has its rows where that is possible and cheap; an empty database is tried from scratch. The legs, in order:
    "up", "down", "schema" (down gave back what was there; `words` names what differs), "up again", and "models" (what
    they and the copy then differ in), or "no_models" where the project has none. After one that failed by an error, no
    more are run. No phases: nothing is pending. Progress steps: those of the copy, and "migration.testing" in steps.

    Raises:
        MigrationBlocked: "migration.scratch_failed", "migration.target_unknown", "migration.project_broken".
        ToolMissing: no pg_dump is new enough for the server.
        Cancelled: nothing of the copy is left.
    """
    with session.read(ctx) as connection:
        facts = read_versions(connection, project).facts
    graph = read_graph(project, ctx)
    there = graph.ancestors(facts.current)
    apart = reaches_beyond(each.path for name, each in graph.revisions.items() if name not in there)
    with ExitStack() as stack:
        if facts.has_relations or facts.current:
            rows_of = version_relation(session, project, ctx)
            scratch = stack.enter_context(copy_of(session, paths, ctx, rows_of=rows_of, apart=apart)).scratch
        else:
            scratch = stack.enter_context(scratch_database(session, paths, ctx, apart=apart))
        phases = tuple(_Trial(scratch, project, target, facts.current, ctx).phases())
    return TestReport(phases, scratch.where if phases else "")


@dataclass(frozen=True, slots=True)
class _Trial:
    scratch: Scratch
    project: AlembicProject
    target: str
    current: tuple[str, ...]
    ctx: TaskContext

    def phases(self) -> Iterator[TestPhase]:
        """Run the legs, one after another."""
        before = self._facts()
        up, outcome = self._leg("up", Direction.UP, (self.target,))
        if not outcome.done and outcome.failed is None:
            return
        yield up
        if not up.passed:
            return
        down, _ = self._leg("down", Direction.DOWN, self.current or ("base",))
        yield down
        if not down.passed:
            return
        yield self._compared(before)
        again, _ = self._leg("up again", Direction.UP, (self.target,))
        yield again
        if again.passed:
            yield self._models()

    def _leg(self, name: str, direction: Direction, targets: tuple[str, ...]) -> tuple[TestPhase, RunOutcome]:
        """Run to each of the targets: the way down has as many as the version table had rows."""
        begun = time.monotonic()

        def hear(event: Event) -> None:
            if event["event"] == "step":
                self.ctx.report(Progress("migration.testing", event["number"] - 1, event["total"], "steps"))

        for target in targets:
            request = RunRequest(target, direction)
            outcome = run_on(self.project, self.scratch.profile, self.scratch.secret, request, hear, self.ctx)
            if outcome.stopped:
                raise Cancelled
            if outcome.failed is not None:
                break
        failed = outcome.failed
        words = "\n".join(filter(None, (failed.report.message, failed.report.detail, failed.where))) if failed else ""
        revision = failed.revision if failed else ""
        return TestPhase(name, failed is None, _ms_since(begun), revision, words), outcome

    def _compared(self, before: Facts) -> TestPhase:
        begun = time.monotonic()
        after = self._facts()
        keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        named = [f"{key.kind} {'.'.join(key.name)}" for key in keys]
        return TestPhase("schema", not named, _ms_since(begun), words=_listed(named))

    def _models(self) -> TestPhase:
        begun = time.monotonic()
        try:
            differences = check(self.scratch.session, self.project, self.ctx)
        except MigrationBlocked as error:
            if error.code != "migration.no_metadata":
                raise
            return TestPhase("no_models", passed=True, ms=_ms_since(begun))
        named = [" ".join(filter(None, (each.kind, each.name, each.detail))) for each in differences]
        return TestPhase("models", not named, _ms_since(begun), words=_listed(named))

    def _facts(self) -> Facts:
        with self.scratch.session.read(self.ctx) as connection:
            return read_facts(connection, ignoring=(self.project.version_table,))


def _listed(names: list[str]) -> str:
    """Write names below one another; of many the first ones."""
    return "\n".join([*names[:_MOST_NAMED], *(["…"] if len(names) > _MOST_NAMED else [])])


def _ms_since(begun: float) -> float:
    return (time.monotonic() - begun) * 1000
