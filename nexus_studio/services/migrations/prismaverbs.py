"""All that can be done with a Prisma project's migrations on one database: what MigrationService does for Alembic's."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nexus_studio.core.admin import prismatexts as texts
from nexus_studio.core.admin.adoption import Adopted, AdoptionPlan
from nexus_studio.core.admin.evidence import Evidence, Way
from nexus_studio.core.admin.ledgerentries import Direction, LedgerPlace
from nexus_studio.core.admin.migrations import MigrationPlan, MigrationStatus, RunEvent, RunResult, Step
from nexus_studio.core.admin.prisma import SCRIPT
from nexus_studio.core.admin.prismanames import title_of
from nexus_studio.core.admin.safety import SafetyReport, TestPhase, TestReport
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations import adopting, prismaresolving
from nexus_studio.services.migrations.projects import run_any
from nexus_studio.services.migrations.running import RunRequest
from nexus_studio.services.migrations.safety import safety_report
from nexus_studio.services.migrations.scratch import reaches_beyond, scratch_database
from nexus_studio.services.paths import Paths
from nexus_studio.services.prisma import resolving
from nexus_studio.services.prisma.deploying import deploy, foreseen
from nexus_studio.services.prisma.folders import read_folders, read_script
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.prisma.reading import read_prisma_status
from nexus_studio.services.prisma.scripts import Script
from nexus_studio.services.session import Session

Listener = Callable[[RunEvent], None]

_ALL = frozenset({"head", "heads"})


@dataclass(frozen=True, slots=True)
class PrismaMigrations:
    """One database and one Prisma project. See `MigrationService` for what each verb is asked and answers."""

    session: Session
    project: PrismaProject
    paths: Paths

    def status(self, ctx: TaskContext) -> MigrationStatus:
        """Compare folder and ledger."""
        return read_prisma_status(self.session, self.project, ctx)

    def plan(self, ctx: TaskContext, target: str = "heads", direction: Direction = Direction.UP) -> MigrationPlan:
        """Say what would run, with the statements of each script."""
        if direction is Direction.DOWN:
            raise MigrationBlocked("migration.no_way_back", revision=target)
        names = [each.revision for each in self.status(ctx).pending]
        return MigrationPlan(target, direction, tuple(self._step(name) for name in self._until(names, target)))

    def steps_of(self, revision: str) -> tuple[Step, Step]:
        """Return the statements of one script; there is no way back."""
        if revision not in {each.name for each in read_folders(self.project)}:
            raise MigrationBlocked("migration.unknown", revision=revision)
        return self._step(revision), Step(revision, Direction.DOWN, reason="no_way_back")

    def safety(self, plan: MigrationPlan, ctx: TaskContext) -> SafetyReport:
        """Rehearse a plan on a copy."""
        return safety_report(self.session, self.project, self.paths, plan, ctx)

    def foreseen(self, ctx: TaskContext) -> tuple[tuple[str, str], ...]:
        """Return what is known to go otherwise than one would think, as codes and migrations; see `Warnings.look`."""
        pending = {each.revision for each in self.status(ctx).pending}
        return foreseen(self.project, [each for each in read_folders(self.project) if each.name in pending])

    def test(self, ctx: TaskContext) -> TestReport:
        """Run all migrations on an empty throwaway database, as Prisma does on its shadow database.

        One leg, "up"; where it fails `words` are those of Prisma's P3006.
        """
        folders = read_folders(self.project)
        if not folders:
            return TestReport(())
        begun = time.monotonic()
        apart = reaches_beyond(each.path for each in folders)
        with scratch_database(self.session, self.paths, ctx, apart=apart) as scratch:
            found = run_any(self.project, scratch.profile, scratch.secret, RunRequest(), lambda _event: None, ctx)
            where = scratch.where
        ctx.token.raise_if_cancelled()
        took = (time.monotonic() - begun) * 1000
        if (failed := found.failed) is None:
            return TestReport((TestPhase("up", passed=True, ms=took),), where)
        words = texts.error("P3006", texts.p3006(failed.revision, failed.report.message, failed.report.sqlstate))
        return TestReport((TestPhase("up", passed=False, ms=took, revision=failed.revision, words=words),), where)

    def evidence(self, revision: str, ctx: TaskContext, *, replay_timeout_ms: int | None = None) -> Evidence:
        """Look what of a migration is in the database."""
        return prismaresolving.evidence_of(
            self.session, self.project, self.paths, revision, ctx, replay_timeout_ms=replay_timeout_ms
        )

    def deploy(
        self,
        ctx: TaskContext,
        target: str = "heads",
        *,
        listener: Listener = lambda _event: None,
        lock_timeout_ms: int | None = None,
        is_emptied: bool = False,
    ) -> tuple[RunResult, Effects]:
        """Apply what is pending."""
        self._until([each.name for each in read_folders(self.project)], target)  # it must be known
        return deploy(
            self.session,
            self.project,
            ctx,
            listener=listener,
            lock_timeout_ms=lock_timeout_ms,
            is_emptied=is_emptied,
            target="" if target in _ALL else target,
        )

    def baseline(self, ctx: TaskContext, last: str = "heads") -> tuple[tuple[str, ...], Effects]:
        """Record that all migrations up to one are there, without running any; return those that were not recorded."""
        done = resolving.baseline(self.session, self.project, last, ctx)
        return done, resolving.EFFECTS if done else Effects()

    def resolve(
        self,
        revision: str,
        way: Way,
        ctx: TaskContext,
        *,
        listener: Listener = lambda _event: None,
        replay_timeout_ms: int | None = None,
    ) -> tuple[RunResult, Effects]:
        """Go a way out of a failed migration."""
        return prismaresolving.resolve(
            self.session,
            self.project,
            self.paths,
            revision,
            way,
            ctx,
            listener=listener,
            replay_timeout_ms=replay_timeout_ms,
        )

    def adoption(self, folder: Path, ctx: TaskContext, *, ledger: LedgerPlace = LedgerPlace.DATABASE) -> AdoptionPlan:
        """Say what going over to Alembic would do: see `adopting.plan`."""
        return adopting.plan(self.session, self.project, folder, ctx, ledger=ledger)

    def adopt(
        self,
        folder: Path,
        ctx: TaskContext,
        *,
        ledger: LedgerPlace = LedgerPlace.DATABASE,
        python: Path | None = None,
    ) -> tuple[Adopted, Effects]:
        """Go over to Alembic: see `adopting.adopt`."""
        return adopting.adopt(self.session, self.project, self.paths, folder, ctx, ledger=ledger, python=python)

    def refuse(self, verb: str, message: str = "") -> MigrationBlocked:
        """Say that a verb is left to Prisma itself, and the command that does it there."""
        name = shlex.quote(message) if message else "NAME"
        command = {
            "create": texts.CREATE_COMMAND.format(name=name),
            "dev": f"npx prisma migrate dev --name {name}",
            "push": "npx prisma db push",
            "check": "npx prisma migrate diff --from-schema-datamodel prisma/schema.prisma --to-migrations "
            "prisma/migrations --exit-code",
            "merge": "npx prisma migrate dev",
        }.get(verb, "npx prisma migrate --help")
        return MigrationBlocked("migration.left_to_prisma", verb=verb, command=command)

    def _step(self, name: str) -> Step:
        raw = read_script(self.project.migrations / name / SCRIPT)
        if raw is None:
            return Step(name, Direction.UP, title_of(name), reason="no_script")
        return Step(name, Direction.UP, title_of(name), Script.of(raw, self.project.version).statements)

    @staticmethod
    def _until(names: Sequence[str], target: str) -> Sequence[str]:
        if target in _ALL:
            return names
        if target.startswith("+") and target[1:].isdigit():
            return names[: int(target[1:])]
        if target not in names:
            raise MigrationBlocked("migration.target_unknown", target=target)
        return names[: list(names).index(target) + 1]
