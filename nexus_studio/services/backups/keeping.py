"""What can be done to keep backups, as verbs of the service: the library, the rule, copies, schedules. Thin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from nexus_studio.core.admin.retention import LibraryEntry, PrunePlan, RetentionRule
from nexus_studio.core.admin.schedules import Schedule, ScheduledRun, Scheduler, Trouble
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups import copying, encrypting, library, retention, runs, scheduling
from nexus_studio.services.backups.copying import CopyMade
from nexus_studio.services.backups.library import Listing
from nexus_studio.services.backups.origin import system_of
from nexus_studio.services.backups.retention import Pruned
from nexus_studio.services.backups.scheduling import InstalledSchedule
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session


class BackupKeeping:
    """The verbs; each is its module's, which says what it raises. A part of `BackupService`."""

    _session: Session
    _paths: Paths

    def library(self, ctx: TaskContext, folders: Iterable[Path] = ()) -> tuple[LibraryEntry, ...]:
        """List all backups that are known, of any database: see `library.listing`."""
        return self.listing(ctx, folders).entries

    def listing(self, ctx: TaskContext, folders: Iterable[Path] = (), *, only_own: bool = False) -> Listing:
        """List them, with what could not be read.

        Args:
            ctx: Told how many files were looked at.
            folders: Where to look besides.
            only_own: Those of this database, and foreign ones.
        """
        where = (*library.folders(self._paths), *folders)
        return library.listing(self._paths, where, ctx, self._session.profile if only_own else None)

    def folders(self) -> tuple[Path, ...]:
        """Return where backups are looked for: see `library.folders`."""
        return library.folders(self._paths)

    def add_folder(self, folder: Path, ctx: TaskContext) -> tuple[Path, ...]:
        """Look for backups there too: see `library.add_folder`."""
        ctx.token.raise_if_cancelled()
        return library.add_folder(self._paths, folder)

    def remove_folder(self, folder: Path, ctx: TaskContext) -> tuple[Path, ...]:
        """Look there no more: see `library.remove_folder`."""
        ctx.token.raise_if_cancelled()
        return library.remove_folder(self._paths, folder)

    def prune_plan(self, rule: RetentionRule, ctx: TaskContext, folders: Iterable[Path] = ()) -> PrunePlan:
        """Say which backups of this database stay and which may go: see `core.admin.retention.plan`."""
        found = self.listing(ctx, folders, only_own=True).entries
        return retention.plan(found, rule, self._session.profile, system=system_of(self._session, ctx))

    def prune(self, plan: PrunePlan, ctx: TaskContext) -> Pruned:
        """Delete what a plan drops: see `retention.prune`.

        Raises:
            ForbiddenHere: the connection is read-only, or locked.
        """
        self._session.require(Capability.MAINTAIN)
        return retention.prune(plan, ctx)

    def copy(self, file: Path, to: str, ctx: TaskContext) -> CopyMade:
        """Copy a backup elsewhere: see `copying.copy`."""
        return copying.copy(file, to, ctx)

    def encrypt(self, file: Path, recipients: Sequence[str], ctx: TaskContext) -> Path:
        """Encrypt a backup: see `encrypting.encrypt`."""
        return encrypting.encrypt(file, recipients, ctx)

    def schedules(self, ctx: TaskContext) -> tuple[InstalledSchedule, ...]:
        """Return all schedules: see `scheduling.installed`."""
        ctx.token.raise_if_cancelled()
        return scheduling.installed(self._paths)

    def shown(self, schedule: Schedule, ctx: TaskContext, scheduler: Scheduler | None = None) -> InstalledSchedule:
        """Return what a scheduler would be told: see `scheduling.shown`."""
        return scheduling.shown(self._paths, schedule, ctx, scheduler)

    def schedule(self, schedule: Schedule, ctx: TaskContext, scheduler: Scheduler | None = None) -> InstalledSchedule:
        """Have a scheduler make backups: see `scheduling.install`."""
        return scheduling.install(self._paths, schedule, ctx, scheduler)

    def unschedule(self, profile: str, ctx: TaskContext) -> InstalledSchedule | None:
        """Take a schedule away: see `scheduling.remove`."""
        return scheduling.remove(self._paths, profile, ctx)

    def runs(self, ctx: TaskContext, profile: str | None = None) -> tuple[ScheduledRun, ...]:
        """Return the runs that are known: see `runs.runs`."""
        ctx.token.raise_if_cancelled()
        return runs.runs(self._paths, profile)

    def troubles(self, ctx: TaskContext, profile: str | None = None) -> tuple[Trouble, ...]:
        """Return what failed or was missed since the last good runs: see `runs.outstanding`."""
        ctx.token.raise_if_cancelled()
        return runs.outstanding(self._paths, profile=profile)
