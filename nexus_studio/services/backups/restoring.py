"""Restoring a backup: into a new database that takes the place of the present one or stays, or into an empty one.

The file is looked at as a whole before anything is touched. What fails or is cancelled leaves everything as it was.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.archives import ArchivePreview, RestoreInto, RestoreResult, RestoreTarget
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.profiles import Capability, ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.freshdatabase import fresh, give_name, take_place
from nexus_studio.services.backups.intoempty import into_empty
from nexus_studio.services.backups.loading import load
from nexus_studio.services.backups.restoreplan import Plan, planned
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

REPLACED: Final = Effects(Kind.CATALOG | Kind.LEDGER | Kind.ROWS | Kind.SIZES | Kind.BACKUPS)
"""What is stale once the session's own database was restored."""

ELSEWHERE: Final = Effects(Kind.BACKUPS)


def restore(
    session: Session,
    paths: Paths,
    file: Path,
    target: RestoreTarget,
    ctx: TaskContext,
    *,
    looked: ArchivePreview | None = None,
) -> tuple[RestoreResult, Effects]:
    """Restore a backup on the session's server.

    Progress steps "backup.checking", "restore.loading" (bytes of the file, or tables), "restore.swapping".

    Args:
        session: On the database that is replaced, or on another one of its server.
        paths: Not used yet.
        file: A dump, or the folder of one; not encrypted.
        target: Where to, and what of it.
        ctx: Cancelling leaves everything as it was; from the swap on it comes too late.
        looked: What `archives.look` has found; unless somebody has written to the file since, it is not read again.

    Returns:
        What came of it, and what is stale now.

    Raises:
        ForbiddenHere: the profile does not allow it, or not now.
        BackupDamaged, BackupFailed, ToolMissing: the file can't be restored; see `archives.look`.
        RestoreRefused: before anything was touched "restore.encrypted", "restore.commands",
            "restore.several_databases", "restore.cluster", "restore.extensions_missing" (fact names),
            "restore.roles_missing" (fact names: not where owners and privileges are left out), "restore.name" and
            "restore.exists" and "restore.unknown_database" (fact database), "restore.not_empty" (facts database, names,
            count), "restore.plain_selection", "restore.unknown_selection" (fact names), "restore.other_database",
            "restore.part_swap" (a part can't replace a whole database), "restore.may_not_create" (facts reason, owner);
            later "restore.failed" (facts words, reason, table, line).
            "restore.not_emptied" (facts database, words): the empty database could not be emptied again.
        ResetRefused: "reset.connected" (facts count, names), "reset.pooler".
    """
    del paths
    started = time.monotonic()
    session.require(Capability.RESTORE)
    with session.begun(Capability.RESTORE):
        plan = planned(session, file, target, looked, ctx)
        kept_as = ""
        if target.into is RestoreInto.EMPTY:
            own = session.profile.with_database(target.database)
            into_empty(session, plan, lambda: _load(session, plan, own, ctx), ctx)
        else:
            with fresh(session, ctx) as made:
                _load(session, plan, session.profile.with_database(made.name), ctx)
                if target.into is RestoreInto.SWAP:
                    kept_as = take_place(session, made, target.others, ctx)
                else:
                    give_name(session, made, target.database, ctx)
    database = target.database or session.server.database
    result = RestoreResult(database, kept_as, plan.tables, time.monotonic() - started, plan.warnings)
    log.info("backup restored", extra={"database": database, "into": target.into.value, "tables": result.tables})
    return result, REPLACED if database == session.server.database else ELSEWHERE


def _load(session: Session, plan: Plan, profile: ConnectionProfile, ctx: TaskContext) -> None:
    target = plan.target
    load(
        plan.preview,
        plan.file,
        profile,
        session.secret,
        ctx,
        server_version=session.server.version_num,
        selection=target.selection,
        jobs=target.jobs,
        owners=target.owners,
        privileges=target.privileges,
        is_atomic=plan.is_atomic,
    )
