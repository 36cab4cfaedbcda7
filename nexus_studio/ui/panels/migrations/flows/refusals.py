"""Why nothing may be deployed now, read from a status; the service says the same when it is asked."""

from __future__ import annotations

from nexus_studio.core.admin import prismatexts as texts
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, RevisionState
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.ui.panels.migrations.words import moment

LEDGER_PLACES = {"migration.ledger_database": LedgerPlace.DATABASE, "migration.ledger_local": LedgerPlace.LOCAL}
"""Where to keep the ledger, by the next step that says so."""

_CODES = {
    MigrationStanding.PRISMA: "migration.prisma",
    MigrationStanding.NOT_MANAGED: "migration.not_managed",
    MigrationStanding.VERSIONS_LOST: "migration.versions_lost",
    MigrationStanding.AHEAD: "migration.ahead",
}


def refusal(status: MigrationStatus, *, all_heads: bool, ledger: LedgerPlace | None) -> MigrationBlocked | None:
    """Return what stands in the way of a deploy, None where nothing does.

    Args:
        status: Where the database stands.
        all_heads: Whether several heads are fine: they are all to be deployed, or one of them was asked for.
        ledger: Where to keep the ledger, if that was asked already.
    """
    standing = status.standing
    if standing is MigrationStanding.RUNNING:
        return _running(status)
    if status.verdict is not None:
        return _prismas(status)
    if status.unresolved:
        first = status.unresolved[0]
        started = moment(first.problem.started_at) if first.problem is not None else ""
        return MigrationBlocked("migration.unresolved", revision=first.revision, started=started)
    if standing is MigrationStanding.AHEAD:
        unknown = tuple(each.revision for each in status.revisions if each.state is RevisionState.NOT_IN_FOLDER)
        return MigrationBlocked("migration.ahead", revisions=unknown)
    if standing in _CODES:
        return MigrationBlocked(_CODES[standing])
    if standing is MigrationStanding.DIVERGED and not all_heads:
        return MigrationBlocked("migration.diverged", heads=status.heads)
    if status.ledger is LedgerPlace.NOWHERE and not status.ledger_refusal and ledger is None:
        return MigrationBlocked("migration.ledger_unasked")
    return None


def _prismas(status: MigrationStatus) -> MigrationBlocked | None:
    """Refuse what Prisma refuses, with its code and its words: it deploys over edited and missing migrations."""
    if rows := [each for report in status.unresolved for each in report.entries if each.is_open]:
        first = min(rows, key=lambda each: each.started_at)
        return MigrationBlocked(
            "migration.unresolved",
            revision=first.migration_name,
            started=moment(first.started_at),
            prisma="P3009",
            prisma_text=texts.p3009(rows),
        )
    if status.standing is MigrationStanding.NOT_MANAGED:
        return MigrationBlocked("migration.not_managed", prisma="P3005", prisma_text=texts.P3005)
    return None


def _running(status: MigrationStatus) -> MigrationBlocked:
    holder = status.holder
    if holder is not None:
        return MigrationBlocked(
            "migration.locked",
            pid=holder.pid,
            user=holder.user,
            application=holder.application,
            client=holder.client,
            since=moment(holder.since),
        )
    running = next((each for each in status.revisions if each.state is RevisionState.RUNNING), None)
    pid = running.problem.backend_pid if running is not None and running.problem is not None else None
    return MigrationBlocked("migration.running", revision=running.revision if running is not None else "", pid=pid)
