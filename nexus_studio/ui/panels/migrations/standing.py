"""Where a database stands as a whole: a title, an explanation, a sign and its colour, in the current language."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, RevisionState
from nexus_studio.ui.panels.migrations.counts import Counts
from nexus_studio.ui.panels.migrations.prisma_words import is_edited, standing_of


@dataclass(frozen=True, slots=True)
class StandingWords:
    """Translated words; `icon` by name, `tone` a token of the theme."""

    title: str
    explanation: str
    icon: str
    tone: str


_SIGNS = {
    MigrationStanding.PRISMA: ("info", "info"),
    MigrationStanding.RUNNING: ("running", "info"),
    MigrationStanding.FAILED: ("error", "danger"),
    MigrationStanding.VERSIONS_LOST: ("error", "danger"),
    MigrationStanding.AHEAD: ("warning", "warning"),
    MigrationStanding.DIVERGED: ("merge", "warning"),
    MigrationStanding.NOT_MANAGED: ("info", "info"),
    MigrationStanding.NONE: ("pending", "info"),
    MigrationStanding.BEHIND: ("pending", "info"),
    MigrationStanding.OUT_OF_SYNC: ("warning", "warning"),
    MigrationStanding.UP_TO_DATE: ("success", "success"),
}


def standing_words(status: MigrationStatus) -> StandingWords:
    """Put a standing into words, with its numbers and names."""
    own = standing_of(status) if status.verdict is not None else None
    title, explanation = own or _WORDS[status.standing](status)
    sign = ("warning", "warning") if own and is_edited(status) else _SIGNS[status.standing]
    return StandingWords(title, explanation, *sign)


def _prisma(status: MigrationStatus) -> tuple[str, str]:
    del status
    return (
        QCoreApplication.translate("migrations", "Prisma manages this database"),
        QCoreApplication.translate(
            "migrations", "Its ledger, _prisma_migrations, is here. Deploy with Prisma; Studio changes nothing of it."
        ),
    )


def _running(status: MigrationStatus) -> tuple[str, str]:
    running = [each for each in status.revisions if each.state is RevisionState.RUNNING]
    title = QCoreApplication.translate("migrations", "Migrations are running")
    if not running:
        return title, QCoreApplication.translate("migrations", "Nothing else can run until that has ended.")
    name = _name(running[0].file.message if running[0].file else "", running[0].revision)
    return title, QCoreApplication.translate(
        "migrations", "Now: {name}. Nothing else can run until that has ended."
    ).format(name=name)


def _failed(status: MigrationStatus) -> tuple[str, str]:
    unresolved = status.unresolved
    why = QCoreApplication.translate(
        "migrations", "Nothing else runs until it is resolved: Studio shows what is there of it."
    )
    if len(unresolved) != 1:
        return (
            Counts().unresolved(len(unresolved)),
            why,
        )
    report = unresolved[0]
    name = _name(report.file.message if report.file else "", report.revision)
    if report.state is RevisionState.FAILED:
        return QCoreApplication.translate("migrations", "“{name}” failed").format(name=name), why
    return QCoreApplication.translate("migrations", "“{name}” was interrupted").format(name=name), why


def _versions_lost(status: MigrationStatus) -> tuple[str, str]:
    if status.has_version_table:
        title = QCoreApplication.translate("migrations", "The version table is empty")
    else:
        title = QCoreApplication.translate("migrations", "The version table is gone")
    return title, QCoreApplication.translate(
        "migrations", "The ledger knows what was applied: the versions can be written again from it."
    )


def _ahead(status: MigrationStatus) -> tuple[str, str]:
    missing = sum(each.state is RevisionState.NOT_IN_FOLDER for each in status.revisions)
    return (
        QCoreApplication.translate("migrations", "The database is ahead of the folder"),
        Counts().without_file(max(1, missing)),
    )


def _diverged(status: MigrationStatus) -> tuple[str, str]:
    return (
        Counts().heads(len(status.heads)),
        QCoreApplication.translate(
            "migrations", "{heads}. Join them by a merge, so that everybody ends at the same revision."
        ).format(heads=", ".join(status.heads)),
    )


def _not_managed(status: MigrationStatus) -> tuple[str, str]:
    del status
    return (
        QCoreApplication.translate("migrations", "This database is not under migrations yet"),
        QCoreApplication.translate(
            "migrations", "It has tables, and no version table. Stamp the revision that it corresponds to, then deploy."
        ),
    )


def _none(status: MigrationStatus) -> tuple[str, str]:
    if not status.graph.revisions:
        return (
            QCoreApplication.translate("migrations", "Nothing to run yet"),
            QCoreApplication.translate("migrations", "The database is empty, and the project has no migrations."),
        )
    return (
        QCoreApplication.translate("migrations", "The database is empty"),
        Counts().to_run(len(status.pending)),
    )


def _behind(status: MigrationStatus) -> tuple[str, str]:
    title = Counts().pending(len(status.pending))
    if status.ledger is LedgerPlace.NOWHERE:
        return title, QCoreApplication.translate(
            "migrations", "Before the first one runs you are asked where to keep the ledger."
        )
    return title, QCoreApplication.translate("migrations", "See what they would do before anything runs.")


def _out_of_sync(status: MigrationStatus) -> tuple[str, str]:
    return (
        Counts().differences(max(1, status.out_of_sync or 0)),
        QCoreApplication.translate(
            "migrations", "All migrations are applied. Create one that makes up the difference."
        ),
    )


def _up_to_date(status: MigrationStatus) -> tuple[str, str]:
    edited = sum(each.state is RevisionState.EDITED for each in status.revisions)
    title = QCoreApplication.translate("migrations", "Up to date")
    if edited:
        return title, Counts().edited(edited)
    if not status.revisions:
        return title, QCoreApplication.translate("migrations", "There are no migrations yet.")
    return title, Counts().applied(len(status.revisions))


def _name(message: str, revision: str) -> str:
    return message or revision


_WORDS = {
    MigrationStanding.PRISMA: _prisma,
    MigrationStanding.RUNNING: _running,
    MigrationStanding.FAILED: _failed,
    MigrationStanding.VERSIONS_LOST: _versions_lost,
    MigrationStanding.AHEAD: _ahead,
    MigrationStanding.DIVERGED: _diverged,
    MigrationStanding.NOT_MANAGED: _not_managed,
    MigrationStanding.NONE: _none,
    MigrationStanding.BEHIND: _behind,
    MigrationStanding.OUT_OF_SYNC: _out_of_sync,
    MigrationStanding.UP_TO_DATE: _up_to_date,
}
