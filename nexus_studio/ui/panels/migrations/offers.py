"""What the panel can do, which of it fits the standing, and why the rest can't be done now, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.migrations import THERE, MigrationStanding, MigrationStatus
from nexus_studio.core.profiles import Capability, Environment
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.panels.migrations import prisma_offers
from nexus_studio.ui.panels.migrations.counts import Counts
from nexus_studio.ui.panels.migrations.prisma_offers import is_prismas
from nexus_studio.ui.panels.migrations.verbs import Verb

__all__ = ("ICONS", "Limits", "Verb", "applied_count", "hint_of", "label_of", "main_verb", "obstacle", "why_not")


ICONS: Mapping[Verb, str] = {
    Verb.DEPLOY: "deploy",
    Verb.RESOLVE: "readiness",
    Verb.RESTORE: "history",
    Verb.CREATE: "plus",
    Verb.CHECK: "check-list",
    Verb.TEST: "test",
    Verb.PUSH: "forward",
    Verb.DOWNGRADE: "undo",
    Verb.STAMP: "pin",
    Verb.MERGE: "merge",
    Verb.PULL: "back",
    Verb.ADOPT: "forward",
}

_MERGE_AT: Final = 2  # heads

_MAIN: Mapping[MigrationStanding, Verb] = {
    MigrationStanding.FAILED: Verb.RESOLVE,
    MigrationStanding.VERSIONS_LOST: Verb.RESTORE,
    MigrationStanding.DIVERGED: Verb.MERGE,
    MigrationStanding.NOT_MANAGED: Verb.STAMP,
    MigrationStanding.NONE: Verb.DEPLOY,
    MigrationStanding.BEHIND: Verb.DEPLOY,
    MigrationStanding.OUT_OF_SYNC: Verb.CREATE,
    MigrationStanding.UP_TO_DATE: Verb.CREATE,
}

_WRITES = frozenset(
    {Verb.DEPLOY, Verb.RESOLVE, Verb.RESTORE, Verb.PUSH, Verb.DOWNGRADE, Verb.STAMP, Verb.ADOPT}
)  # to the database; the others write files at most

_LOADS = frozenset(
    {Verb.DEPLOY, Verb.CREATE, Verb.CHECK, Verb.TEST, Verb.PUSH, Verb.DOWNGRADE, Verb.MERGE}
)  # what has Alembic load every revision file

_WORDS: Mapping[str, str] = {
    "reading": QT_TRANSLATE_NOOP("migrations", "Reading where the database stands…"),
    "read_only": QT_TRANSLATE_NOOP("migrations", "This connection is read-only."),
    "locked": QT_TRANSLATE_NOOP("migrations", "Production is locked: unlock it at the top of the window first."),
    "environment": QT_TRANSLATE_NOOP("migrations", "Not in this environment."),
    "prototyping": QT_TRANSLATE_NOOP("migrations", "For prototyping only: not in staging and production."),
    "prisma": QT_TRANSLATE_NOOP("migrations", "Prisma manages this database."),
    "running": QT_TRANSLATE_NOOP("migrations", "Migrations are running."),
    "broken": QT_TRANSLATE_NOOP("migrations", "Mend the project's files first: Alembic loads all of them or none."),
    "failed": QT_TRANSLATE_NOOP("migrations", "Resolve what failed first."),
    "versions_lost": QT_TRANSLATE_NOOP("migrations", "Restore the versions first."),
    "ahead": QT_TRANSLATE_NOOP("migrations", "Get the project's latest code first: the database is ahead of it."),
    "not_managed": QT_TRANSLATE_NOOP("migrations", "Stamp the revision that the database corresponds to first."),
    "nothing_pending": QT_TRANSLATE_NOOP("migrations", "Nothing is pending."),
    "nothing_applied": QT_TRANSLATE_NOOP("migrations", "Nothing is applied."),
    "no_revisions": QT_TRANSLATE_NOOP("migrations", "There are no migrations yet."),
    "one_head": QT_TRANSLATE_NOOP("migrations", "There is nothing to merge: the project has one head."),
    "nothing_failed": QT_TRANSLATE_NOOP("migrations", "Nothing failed."),
    "versions_there": QT_TRANSLATE_NOOP("migrations", "The version table is as it should be."),
    "not_prismas": QT_TRANSLATE_NOOP("migrations", "The project is Alembic's already."),
    "prisma_not_empty": QT_TRANSLATE_NOOP(
        "migrations", "There are tables and no ledger (P3005): record as baseline what they correspond to first."
    ),
    **prisma_offers.WORDS,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the connection allows, whatever the standing."""

    environment: Environment
    is_read_only: bool
    may_migrate: bool
    is_locked: bool = False

    @classmethod
    def of(cls, session: Session) -> Limits:
        """Read them off a session."""
        profile = session.profile
        is_locked = session.is_read_only and not session.is_read_only_for_good
        return cls(profile.environment, session.is_read_only, profile.allows(Capability.MIGRATE), is_locked)


def main_verb(status: MigrationStatus) -> Verb | None:
    """Return what fits the standing best; None where nothing can be done but wait, or read again."""
    if is_prismas(status):
        return prisma_offers.main_verb_of(status)
    if status.standing is MigrationStanding.NONE and not status.graph.revisions:
        return Verb.CREATE
    return _MAIN.get(status.standing)


def obstacle(verb: Verb, status: MigrationStatus | None, limits: Limits | None) -> str:
    """Return the code of what stands against a verb, empty when it can be done."""
    if status is None or limits is None:
        return "reading"
    is_prisma = is_prismas(status)
    if is_prisma and verb in prisma_offers.LEFT_OUT:
        return prisma_offers.obstacle_of(verb, status)
    if verb is Verb.PUSH and rail(act("migrate.push"), limits.environment) is Rail.REFUSED:
        return "prototyping"
    if verb in _WRITES and limits.is_read_only:
        return "locked" if limits.is_locked else "read_only"
    if verb in _WRITES and not limits.may_migrate:
        return "environment"
    if is_prisma:
        return prisma_offers.obstacle_of(verb, status)
    if verb in _LOADS and any(not each.is_harmless for each in status.graph.problems):
        return "broken"
    return _OBSTACLES[verb](status, limits)


def why_not(verb: Verb, status: MigrationStatus | None, limits: Limits | None) -> str:
    """Say what stands against a verb, in the current language; empty when it can be done."""
    code = obstacle(verb, status, limits)
    return QCoreApplication.translate("migrations", _WORDS[code]) if code else ""


def label_of(verb: Verb, status: MigrationStatus | None = None) -> str:
    """Name a verb as its button does; Deploy counts what is pending where the status is known."""
    if verb is Verb.DEPLOY and status is not None and status.pending:
        return Counts().deploy(len(status.pending))
    if is_prismas(status) and (own := prisma_offers.label_of(verb)):
        return own
    names = {
        Verb.DEPLOY: QCoreApplication.translate("migrations", "Deploy…"),
        Verb.RESOLVE: QCoreApplication.translate("migrations", "Resolve…"),
        Verb.RESTORE: QCoreApplication.translate("migrations", "Restore versions…"),
        Verb.CREATE: QCoreApplication.translate("migrations", "Create…"),
        Verb.CHECK: QCoreApplication.translate("migrations", "Check"),
        Verb.TEST: QCoreApplication.translate("migrations", "Test"),
        Verb.PUSH: QCoreApplication.translate("migrations", "Push models…"),
        Verb.DOWNGRADE: QCoreApplication.translate("migrations", "Downgrade…"),
        Verb.STAMP: QCoreApplication.translate("migrations", "Stamp…"),
        Verb.MERGE: QCoreApplication.translate("migrations", "Merge heads…"),
        Verb.PULL: QCoreApplication.translate("migrations", "Pull models…"),
        Verb.ADOPT: QCoreApplication.translate("migrations", "Adopt into Alembic…"),
    }
    return names[verb]


def hint_of(verb: Verb, status: MigrationStatus | None = None) -> str:
    """Say what a verb does, for its tool tip."""
    if is_prismas(status) and (own := prisma_offers.hint_of(verb)):
        return own
    hints = {
        Verb.DEPLOY: QCoreApplication.translate("migrations", "Show what is pending, check it, and run it"),
        Verb.RESOLVE: QCoreApplication.translate("migrations", "See what is there of the failed migration, and go on"),
        Verb.RESTORE: QCoreApplication.translate("migrations", "Write the version table again from the ledger"),
        Verb.CREATE: QCoreApplication.translate("migrations", "Create a migration from the models"),
        Verb.CHECK: QCoreApplication.translate("migrations", "Compare the models with the database"),
        Verb.TEST: QCoreApplication.translate("migrations", "Try what is pending on a throwaway copy"),
        Verb.PUSH: QCoreApplication.translate("migrations", "Bring the database to the models, without a migration"),
        Verb.DOWNGRADE: QCoreApplication.translate("migrations", "Take migrations back"),
        Verb.STAMP: QCoreApplication.translate("migrations", "Say that a revision is there, without running it"),
        Verb.MERGE: QCoreApplication.translate("migrations", "Create a revision that joins all heads"),
        Verb.PULL: QCoreApplication.translate("migrations", "Write models of the database as it is"),
        Verb.ADOPT: QCoreApplication.translate("migrations", "Go over from Prisma to Alembic, step by step"),
    }
    return hints[verb]


def _blocked(status: MigrationStatus) -> str:
    """Return what stands against running anything."""
    codes = {
        MigrationStanding.PRISMA: "prisma",
        MigrationStanding.RUNNING: "running",
        MigrationStanding.FAILED: "failed",
        MigrationStanding.VERSIONS_LOST: "versions_lost",
        MigrationStanding.AHEAD: "ahead",
    }
    return codes.get(status.standing, "")


def _deploy(status: MigrationStatus, limits: Limits) -> str:
    del limits
    if blocked := _blocked(status):
        return blocked
    if status.standing is MigrationStanding.NOT_MANAGED:
        return "not_managed"
    return "" if status.pending else "nothing_pending"


def _push(status: MigrationStatus, limits: Limits) -> str:
    del limits
    return _blocked(status)


def _downgrade(status: MigrationStatus, limits: Limits) -> str:
    del limits
    return _blocked(status) or ("" if status.current else "nothing_applied")


def _stamp(status: MigrationStatus, limits: Limits) -> str:
    del limits
    if status.standing in {MigrationStanding.PRISMA, MigrationStanding.RUNNING, MigrationStanding.FAILED}:
        return _blocked(status)
    return "" if status.graph.revisions else "no_revisions"


def _test(status: MigrationStatus, limits: Limits) -> str:
    del limits
    if status.standing is MigrationStanding.PRISMA:
        return "prisma"
    return "" if status.pending else "nothing_pending"


def _resolve(status: MigrationStatus, limits: Limits) -> str:
    del limits
    return "" if status.unresolved else "nothing_failed"


def _restore(status: MigrationStatus, limits: Limits) -> str:
    del limits
    return "" if status.standing is MigrationStanding.VERSIONS_LOST else "versions_there"


def _merge(status: MigrationStatus, limits: Limits) -> str:
    del limits
    return "" if len(status.heads) >= _MERGE_AT else "one_head"


def _create(status: MigrationStatus, limits: Limits) -> str:
    del limits
    return "prisma" if status.standing is MigrationStanding.PRISMA else ""


def _adopt(status: MigrationStatus, limits: Limits) -> str:
    del status, limits
    return "not_prismas"


def _nothing(status: MigrationStatus, limits: Limits) -> str:
    del status, limits
    return ""


_OBSTACLES = {
    Verb.DEPLOY: _deploy,
    Verb.RESOLVE: _resolve,
    Verb.RESTORE: _restore,
    Verb.CREATE: _create,
    Verb.CHECK: _nothing,
    Verb.TEST: _test,
    Verb.PUSH: _push,
    Verb.DOWNGRADE: _downgrade,
    Verb.STAMP: _stamp,
    Verb.MERGE: _merge,
    Verb.PULL: _nothing,
    Verb.ADOPT: _adopt,
}


def applied_count(status: MigrationStatus) -> int:
    """Return how many revisions are in the database."""
    return sum(each.state in THERE for each in status.revisions)
