"""BackupService: all that can be done about a database's backups, for the window and the command line. Thin."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nexus_studio.core.admin.archives import ArchivePreview, KeptDatabase, RestoreResult, RestoreTarget
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import StudioError
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups import archives, creating, keptdatabases, proving, restoring
from nexus_studio.services.backups.estimating import Estimate, estimate
from nexus_studio.services.backups.inside import Inside, open_inside
from nexus_studio.services.backups.keeping import BackupKeeping
from nexus_studio.services.backups.opening import plain
from nexus_studio.services.migrations.scratch import Where
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)


class BackupService(BackupKeeping):
    """The backups of one database. Any thread; each verb is its module's, which says what it raises.

    Args:
        session: The database.
        paths: Where backups are kept, unless a folder is given.
        migrations: Makes a migration service on a session; None: nothing is known of migrations.
    """

    def __init__(
        self, session: Session, paths: Paths, migrations: Callable[[Session], MigrationService] | None = None
    ) -> None:
        self._session = session
        self._paths = paths
        self._migrations = migrations

    def create(
        self, spec: BackupSpec, ctx: TaskContext, *, folder: Path | None = None, name: str = ""
    ) -> tuple[Path, BackupRecord]:
        """Make a backup: see `creating.create`."""
        revisions = self._revisions(ctx)
        return creating.create(self._session, self._paths, spec, ctx, folder=folder, name=name, revisions=revisions)

    def estimate(self, spec: BackupSpec, ctx: TaskContext, *, folder: Path | None = None) -> Estimate:
        """Say what a backup would be like: see `estimating.estimate`."""
        return estimate(self._session, self._paths, spec, ctx, folder=folder)

    def verify(self, file: Path, ctx: TaskContext, *, prefer: Where | None = None) -> BackupRecord:
        """Prove a backup by restoring it into a scratch database: see `proving.prove`."""
        return proving.prove(self._session, self._paths, file, ctx, migrations=self._migrations, prefer=prefer)

    def open_inside(self, file: Path, ctx: TaskContext, *, prefer: Where | None = None) -> Inside:
        """Open a backup like a database; whoever does closes it: see `inside.open_inside`."""
        return open_inside(self._session, self._paths, file, ctx, prefer=prefer)

    def preview(self, file: Path, ctx: TaskContext, *, is_brief: bool = False) -> ArchivePreview:
        """Say what a file holds and what it needs that is missing here: see `archives.look`."""
        found = archives.look(file, ctx, session=self._session, is_brief=is_brief)
        if found.revision and found.revision != ", ".join(self.revisions(ctx)):
            return replace(found, warnings=(*found.warnings, "archive.revision_differs"))
        return found

    def restore(
        self, file: Path, target: RestoreTarget, ctx: TaskContext, *, looked: ArchivePreview | None = None
    ) -> tuple[RestoreResult, Effects]:
        """Restore a backup, whose preview spares reading it once more: see `restoring.restore`."""
        with plain(file, self._paths, ctx) as found:
            return restoring.restore(self._session, self._paths, found, target, ctx, looked=looked)

    def kept(self, ctx: TaskContext) -> tuple[KeptDatabase, ...]:
        """List the databases that restores have replaced: see `keptdatabases.kept`."""
        return keptdatabases.kept(self._session, ctx)

    def dismiss(self, name: str, ctx: TaskContext) -> Effects:
        """Remove a database that a restore has replaced: see `keptdatabases.dismiss`."""
        return keptdatabases.dismiss(self._session, name, ctx)

    def revisions(self, ctx: TaskContext) -> tuple[str, ...]:
        """Return the applied migrations; () where that can't be told."""
        return self._revisions(ctx)

    def _revisions(self, ctx: TaskContext) -> tuple[str, ...]:
        """Return the applied migrations; () where that can't be told: a backup is worth more than that."""
        if self._migrations is None:
            return ()
        try:
            return self._migrations(self._session).status(ctx).current
        except StudioError as error:
            log.info("applied migrations not known", extra=loggable(error))
            return ()
