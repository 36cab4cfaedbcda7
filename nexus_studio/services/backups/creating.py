"""Making a backup: pg_dump's file, found whole, with its sidecar."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session


def create(
    session: Session,
    paths: Paths,
    spec: BackupSpec,
    ctx: TaskContext,
    *,
    folder: Path | None = None,
    name: str = "",
    revisions: Sequence[str] = (),
) -> tuple[Path, BackupRecord]:
    """Make a backup of a database and return where it is and what is said about it."""
    raise NotImplementedError
