"""What the panel offers on a Prisma project: what is left out there and why, and what another word is better for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.panels.migrations.verbs import Verb

LEFT_OUT: Final = frozenset({Verb.PUSH, Verb.DOWNGRADE, Verb.MERGE, Verb.CHECK, Verb.RESTORE})
"""What makes no sense there; header and menu do not show it."""

WORDS: Mapping[str, str] = {
    "prisma_push": QT_TRANSLATE_NOOP("migrations", "Left to Prisma, whose schema file it is: npx prisma db push."),
    "prisma_downgrade": QT_TRANSLATE_NOOP("migrations", "Prisma's migrations have no way back."),
    "prisma_merge": QT_TRANSLATE_NOOP("migrations", "Prisma's migrations are one line: there is nothing to merge."),
    "prisma_check": QT_TRANSLATE_NOOP(
        "migrations", "Left to Prisma, whose schema language it is: npx prisma migrate diff."
    ),
    "prisma_restore": QT_TRANSLATE_NOOP("migrations", "Prisma has no version table, only its ledger."),
    "provider": QT_TRANSLATE_NOOP(
        "migrations", "migration_lock.toml says that the migrations are for another kind of database (P3019)."
    ),
    "pending_first": QT_TRANSLATE_NOOP("migrations", "Deploy what is pending first."),
    "nothing_to_baseline": QT_TRANSLATE_NOOP("migrations", "All migrations are recorded already."),
}

_BEFORE_RUNNING = frozenset({Verb.DEPLOY, Verb.STAMP, Verb.TEST})


def is_prismas(status: MigrationStatus | None) -> bool:
    """Tell whether the project is Prisma's."""
    return status is not None and status.verdict is not None


def main_verb_of(status: MigrationStatus) -> Verb | None:
    """Return what fits the standing best; None where nothing can be done but wait, or read again."""
    found: dict[MigrationStanding, Verb] = {
        MigrationStanding.FAILED: Verb.RESOLVE,
        MigrationStanding.NOT_MANAGED: Verb.STAMP,
        MigrationStanding.UP_TO_DATE: Verb.CREATE,
    }
    if status.standing in found:
        return found[status.standing]
    if status.standing is MigrationStanding.RUNNING:
        return None
    return Verb.DEPLOY if status.pending else Verb.CREATE if not status.graph.revisions else None


def obstacle_of(verb: Verb, status: MigrationStatus) -> str:
    """Return the code of what stands against a verb whatever the connection allows, empty where nothing does.

    Where Prisma would deploy (migrations without a folder, edited ones) nothing stands against it here.
    """
    if verb in LEFT_OUT:
        return f"prisma_{verb.value}"
    if verb in _BEFORE_RUNNING and any(each.code == "provider" for each in status.graph.problems):
        return "provider"
    found: dict[Verb, str] = {
        Verb.RESOLVE: "" if status.unresolved else "nothing_failed",
        Verb.TEST: "" if status.graph.revisions else "no_revisions",
        Verb.STAMP: _busy(status) or ("" if status.pending else "nothing_to_baseline"),
        Verb.DEPLOY: _busy(status) or _deploy(status),
        Verb.ADOPT: _busy(status) or ("pending_first" if status.pending else ""),
    }
    return found.get(verb, "")


def _busy(status: MigrationStatus) -> str:
    """Return what stands against writing rows of the ledger."""
    if status.standing is MigrationStanding.RUNNING:
        return "running"
    if status.unresolved:
        return "failed"
    return "" if status.graph.revisions else "no_revisions"


def _deploy(status: MigrationStatus) -> str:
    if status.standing is MigrationStanding.NOT_MANAGED:
        return "prisma_not_empty"
    return "" if status.pending else "nothing_pending"


def label_of(verb: Verb) -> str:
    """Name a verb where Prisma has a word of its own for it, empty elsewhere."""
    return QCoreApplication.translate("migrations", "Baseline…") if verb is Verb.STAMP else ""


def hint_of(verb: Verb) -> str:
    """Say what a verb does where that is not what it does on an Alembic project, empty elsewhere."""
    hints = {
        Verb.STAMP: QCoreApplication.translate(
            "migrations", "Record that migrations are there already, without running them"
        ),
        Verb.CREATE: QCoreApplication.translate("migrations", "Prisma writes its migrations: show the command"),
        Verb.TEST: QCoreApplication.translate(
            "migrations", "Run all migrations on an empty throwaway database, as on Prisma's shadow database"
        ),
    }
    return hints.get(verb, "")
