"""The panel's words about a Prisma project: where it stands, what Prisma itself would say, and what a deploy may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, RevisionReport, RevisionState
from nexus_studio.core.admin.prismalogs import is_prismas_failure, without_words
from nexus_studio.core.admin.prismatexts import FAILED_TO_APPLY
from nexus_studio.core.admin.prismaverdict import PrismaVerdict
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording import is_masking, sentence
from nexus_studio.ui.panels.migrations.counts import Counts

UNTOLD: Mapping[str, str] = {
    "failed": QT_TRANSLATE_NOOP("migrations", "{name} has failed, and nothing else is applied before that is resolved"),
    "interrupted": QT_TRANSLATE_NOOP("migrations", "{name} was begun and never ended"),
    "running": QT_TRANSLATE_NOOP("migrations", "{name} is being run now"),
    "edited": QT_TRANSLATE_NOOP("migrations", "{name} was edited since it was applied"),
    "missing": QT_TRANSLATE_NOOP("migrations", "{name} is applied, and its folder is gone"),
    "rolled_back": QT_TRANSLATE_NOOP("migrations", "{name} was rolled back: the next deploy runs it again"),
}

FORESEEN: Mapping[str, str] = {
    "bom": QT_TRANSLATE_NOOP("migrations", "{name} begins with a byte order mark: PostgreSQL takes it for an error."),
    "begin_open": QT_TRANSLATE_NOOP(
        "migrations",
        "{name} has a BEGIN without its COMMIT: all since then is lost when the connection ends, though Prisma says "
        "that all was applied.",
    ),
    "search_path": QT_TRANSLATE_NOOP(
        "migrations", "{name} moves the search path: Prisma may not find its own ledger after it (P1014)."
    ),
    "copy": QT_TRANSLATE_NOOP("migrations", "{name} has COPY … FROM STDIN, whose rows can't be sent this way."),
    "concurrently": QT_TRANSLATE_NOOP(
        "migrations",
        "{name} builds or drops an index CONCURRENTLY beside other statements, all sent as one: PostgreSQL refuses "
        "that.",
    ),
    "partial": QT_TRANSLATE_NOOP(
        "migrations",
        "This version of Prisma sends scripts statement by statement: what went before a failing statement stays.",
    ),
}

STEP_REASONS: Mapping[str, str] = {
    "no_way_back": QT_TRANSLATE_NOOP("migrations", "Prisma's migrations have no way back."),
    "no_script": QT_TRANSLATE_NOOP(
        "migrations", "Its folder has no migration.sql (P3015): restore the file, or delete the folder."
    ),
}

_LINE_OF: Final = 1  # of what Prisma prints: the first after how many it has found


def translated(text: str, **names: str) -> str:
    """Translate a text of the tables above and fill in names."""
    return QCoreApplication.translate("migrations", text).format(**names) if text else ""


def is_edited(status: MigrationStatus) -> bool:
    """Tell whether all is applied, but files were edited afterwards."""
    states = {each.state for each in status.revisions}
    return status.standing is MigrationStanding.UP_TO_DATE and RevisionState.EDITED in states


def standing_of(status: MigrationStatus) -> tuple[str, str] | None:
    """Return title and explanation where they are others than of an Alembic project; None where they are the same."""
    if status.standing is MigrationStanding.NOT_MANAGED:
        return (
            QCoreApplication.translate("migrations", "This database is not under migrations yet"),
            QCoreApplication.translate(
                "migrations",
                "It has tables, and no _prisma_migrations. Record as baseline what they correspond to, then deploy.",
            ),
        )
    if status.standing is MigrationStanding.NONE and status.has_version_table and status.pending:
        return QCoreApplication.translate("migrations", "Nothing is applied yet"), Counts().to_run(len(status.pending))
    if is_edited(status):
        edited = sum(each.state is RevisionState.EDITED for each in status.revisions)
        title = QCoreApplication.translate("migrations", "All is applied, not all as it stands here")
        return title, Counts().edited(edited)
    if status.standing is MigrationStanding.AHEAD:
        missing = sum(each.state is RevisionState.NOT_IN_FOLDER for each in status.revisions)
        words = Counts().without_file(max(1, missing))
        if status.pending:
            words = f"{words} {Counts().pending(len(status.pending))}."
        return QCoreApplication.translate("migrations", "The database is ahead of the folder"), words
    return None


def saying_line(verdict: PrismaVerdict) -> str:
    """Return the line that matters of what Prisma would print, in its own words."""
    if verdict.code:
        return f"{verdict.code}: {verdict.text.splitlines()[0]}"
    lines = [line for line in verdict.text.splitlines() if line.strip()]
    return lines[min(_LINE_OF, len(lines) - 1)].strip().rstrip(":")


def checksums(report: RevisionReport) -> tuple[tuple[str, str], ...]:
    """Return the checksum of a file, and the one that was applied where it is another: each short and whole."""
    now = report.file.checksum if report.file is not None else ""
    then = report.last.checksum if report.last is not None else ""
    is_same = report.state is not RevisionState.EDITED and report.file is not None
    words = {
        QCoreApplication.translate("migrations", "checksum {sum}"): now,
        QCoreApplication.translate("migrations", "applied as {sum}"): "" if is_same else then,
    }
    return tuple((text.format(sum=f"{sum_[:8]}…"), text.format(sum=sum_)) for text, sum_ in words.items() if sum_)


def interrupted_words() -> str:
    """Say why a row may have neither an end nor an error."""
    return QCoreApplication.translate(
        "migrations",
        "It was begun, and neither an end nor an error was recorded: what ran it is gone, its script left a "
        "transaction open, or failed inside a transaction of its own.",
    )


def shown_logs(logs: str) -> str:
    """Return what was logged, as a connection that masks personal data may show it: Prisma keeps the server's words."""
    return without_words(logs) if is_masking() else logs


def failure_words(entry: LedgerEntry) -> tuple[tuple[str, str], ...]:
    """Return labels and words of what a row of the ledger failed with: PostgreSQL's, and Prisma's where it has some."""
    facts = {"prisma": "P3018", "prisma_text": FAILED_TO_APPLY} if is_prismas_failure(entry.logs) else {}
    return sentence(MigrationBlocked("migration.failed", report=entry.error, **facts)).server_words
