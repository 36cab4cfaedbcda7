"""The panel's words: states, deeds, problems, the ledger's place, moments and durations, in the current language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerEntry, LedgerPlace, LockHolder
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, RevisionState
from nexus_studio.core.admin.revisions import RevisionProblem
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.moments import exact_moment_text, moment_text

_SECOND: Final = 1000  # milliseconds
_MINUTE: Final = 60 * _SECOND
_TENTHS_BELOW: Final = 10 * _SECOND


@dataclass(frozen=True, slots=True)
class StateWords:
    """How a state is shown: its word, a sentence, an icon and the token of its colour. Words are English source."""

    word: str
    sentence: str
    icon: str
    tone: str


STATES: Mapping[RevisionState, StateWords] = {
    RevisionState.APPLIED: StateWords(
        QT_TRANSLATE_NOOP("migrations", "Applied"),
        QT_TRANSLATE_NOOP("migrations", "It is in the database, and the ledger has its run."),
        "success",
        "success",
    ),
    RevisionState.PENDING: StateWords(
        QT_TRANSLATE_NOOP("migrations", "Pending"),
        QT_TRANSLATE_NOOP("migrations", "The next deploy runs it."),
        "pending",
        "info",
    ),
    RevisionState.RUNNING: StateWords(
        QT_TRANSLATE_NOOP("migrations", "Running"),
        QT_TRANSLATE_NOOP("migrations", "It is being run now."),
        "running",
        "info",
    ),
    RevisionState.FAILED: StateWords(
        QT_TRANSLATE_NOOP("migrations", "Failed"),
        QT_TRANSLATE_NOOP("migrations", "It stopped with an error. Nothing else runs until that is resolved."),
        "error",
        "danger",
    ),
    RevisionState.INTERRUPTED: StateWords(
        QT_TRANSLATE_NOOP("migrations", "Interrupted"),
        QT_TRANSLATE_NOOP(
            "migrations", "It was begun, and what ran it is gone. Nothing else runs until it is resolved."
        ),
        "interrupted",
        "danger",
    ),
    RevisionState.ROLLED_BACK: StateWords(
        QT_TRANSLATE_NOOP("migrations", "Rolled back"),
        QT_TRANSLATE_NOOP("migrations", "It is not in the database any more. The next deploy runs it again."),
        "undo",
        "info",
    ),
    RevisionState.APPLIED_OUTSIDE: StateWords(
        QT_TRANSLATE_NOOP("migrations", "Applied elsewhere"),
        QT_TRANSLATE_NOOP(
            "migrations", "The version table has it, and the ledger knows of no run: it was not run by Studio."
        ),
        "external",
        "success",
    ),
    RevisionState.EDITED: StateWords(
        QT_TRANSLATE_NOOP("migrations", "Edited since"),
        QT_TRANSLATE_NOOP("migrations", "Its file is not the one that was applied. The database has the former one."),
        "edit",
        "warning",
    ),
    RevisionState.NOT_IN_FOLDER: StateWords(
        QT_TRANSLATE_NOOP("migrations", "No file"),
        QT_TRANSLATE_NOOP("migrations", "It is in the database, and the project's folder has no file of it."),
        "missing",
        "warning",
    ),
    RevisionState.BASELINE: StateWords(
        QT_TRANSLATE_NOOP("migrations", "Baseline"),
        QT_TRANSLATE_NOOP("migrations", "It was there before the ledger, or was stamped, and is taken as applied."),
        "pin",
        "success",
    ),
}

DEEDS: Mapping[Deed, str] = {
    Deed.RUN: QT_TRANSLATE_NOOP("migrations", "Applied"),
    Deed.MARKED_APPLIED: QT_TRANSLATE_NOOP("migrations", "Marked as applied"),
    Deed.MARKED_ROLLED_BACK: QT_TRANSLATE_NOOP("migrations", "Marked as rolled back"),
    Deed.CLEANED_UP: QT_TRANSLATE_NOOP("migrations", "Cleaned up"),
    Deed.STAMPED: QT_TRANSLATE_NOOP("migrations", "Stamped"),
    Deed.BASELINE: QT_TRANSLATE_NOOP("migrations", "Accepted as baseline"),
}

_PROBLEMS: Mapping[str, str] = {
    "syntax": QT_TRANSLATE_NOOP("migrations", "Python can't read this file."),
    "no_revision": QT_TRANSLATE_NOOP("migrations", "This file says no revision: a line “revision = …” is missing."),
    "not_literal": QT_TRANSLATE_NOOP("migrations", "An identifier is computed; it must stand there as a plain text."),
    "unreadable": QT_TRANSLATE_NOOP("migrations", "This file can't be opened."),
    "duplicate": QT_TRANSLATE_NOOP("migrations", "The revision {revision} is in two files; the other is {other}."),
    "missing_parent": QT_TRANSLATE_NOOP("migrations", "{revision} builds on {other}, and no file has that."),
    "missing_dependency": QT_TRANSLATE_NOOP("migrations", "{revision} depends on {other}, and no file has that."),
    "cycle": QT_TRANSLATE_NOOP("migrations", "These build on one another in a circle: {revisions}"),
    "no_script": QT_TRANSLATE_NOOP("migrations", "{revision} has no migration.sql: restore it, or delete the folder."),
    "provider": QT_TRANSLATE_NOOP("migrations", "This says that the migrations are for {other}, not for postgresql."),
}

_REFUSALS: Mapping[str, str] = {
    "permission": QT_TRANSLATE_NOOP("migrations", "the role may not create its table"),
    "read_only": QT_TRANSLATE_NOOP("migrations", "the database is read-only"),
    "declined": QT_TRANSLATE_NOOP("migrations", "nothing of Studio's is to be in this database"),
}


def say(text: str) -> str:
    """Translate a text of the tables above."""
    return QCoreApplication.translate("migrations", text) if text else ""


def state_word(state: RevisionState) -> str:
    """Name a state."""
    return say(STATES[state].word)


def state_sentence(state: RevisionState) -> str:
    """Say what a state means."""
    return say(STATES[state].sentence)


def deed_words(entry: LedgerEntry) -> str:
    """Say what a row of the ledger records and how it went, in two or three words."""
    if entry.deed is not Deed.RUN:
        return say(DEEDS[entry.deed])
    is_up = entry.direction is Direction.UP
    if entry.error is not None:
        return (
            QCoreApplication.translate("migrations", "Failed")
            if is_up
            else QCoreApplication.translate("migrations", "Failed to be taken back")
        )
    if entry.is_open:
        return (
            QCoreApplication.translate("migrations", "Running")
            if entry.is_alive
            else QCoreApplication.translate("migrations", "Interrupted")
        )
    if entry.finished_at is None:
        return QCoreApplication.translate("migrations", "Begun, then marked as rolled back")
    return say(DEEDS[Deed.RUN]) if is_up else QCoreApplication.translate("migrations", "Taken back")


def deed_tone(entry: LedgerEntry) -> str:
    """Return the token of the colour that a row of the ledger deserves."""
    if entry.error is not None or (entry.is_open and not entry.is_alive):
        return "danger"
    if entry.is_open:
        return "info"
    is_done = entry.deed in {Deed.RUN, Deed.MARKED_APPLIED} and entry.direction is Direction.UP
    return "success" if is_done and entry.finished_at is not None else "text-muted"


def problem_words(problem: RevisionProblem) -> str:
    """Say what is wrong with a file or with the graph."""
    text = _PROBLEMS.get(problem.code)
    if text is None:
        return QCoreApplication.translate("migrations", "This file can't be used ({code}).").format(code=problem.code)
    circle = " → ".join((*problem.revisions, *problem.revisions[:1]))
    return say(text).format(revision=problem.revision, other=problem.other, revisions=circle)


def problem_place(problem: RevisionProblem) -> str:
    """Name the file and the line of a problem, as far as they are known."""
    if problem.path is None:
        return problem.revision
    if problem.line is None:
        return problem.path.name
    return QCoreApplication.translate("migrations", "{file}, line {line}").format(
        file=problem.path.name, line=problem.line
    )


def ledger_words(status: MigrationStatus) -> str:
    """Say where the ledger is kept, and why not in the database where it is not."""
    if status.verdict is not None:
        return QCoreApplication.translate("migrations", "Prisma's ledger, as version {version} keeps it").format(
            version=str(status.verdict.version)
        )
    if status.standing is MigrationStanding.PRISMA:
        return QCoreApplication.translate("migrations", "Prisma's ledger")
    if status.ledger is LedgerPlace.DATABASE:
        return QCoreApplication.translate("migrations", "Ledger in the database")
    if status.ledger is LedgerPlace.NOWHERE:
        return QCoreApplication.translate("migrations", "No ledger yet; the first deploy asks where to keep it")
    reason = say(_REFUSALS.get(status.ledger_refusal, ""))
    if not reason:
        return QCoreApplication.translate("migrations", "Ledger on this machine")
    return QCoreApplication.translate("migrations", "Ledger on this machine: {reason}").format(reason=reason)


def holder_words(holder: LockHolder) -> str:
    """Say who holds the migration lock, since when."""
    who = holder.user or QCoreApplication.translate("migrations", "someone")
    where = ", ".join(filter(None, (holder.application, holder.client)))
    if where:
        who = QCoreApplication.translate("migrations", "{who} ({where})").format(who=who, where=where)
    if holder.since is None:
        return QCoreApplication.translate("migrations", "Locked by {who}, process {pid}").format(
            who=who, pid=holder.pid
        )
    return QCoreApplication.translate("migrations", "Locked by {who}, process {pid}, since {moment}").format(
        who=who, pid=holder.pid, moment=moment(holder.since)
    )


def moment(when: datetime | None) -> str:
    """Write a moment as `moment_text`; nothing for None."""
    return "" if when is None else moment_text(when)


def exact_moment(when: datetime | None) -> str:
    """Write a moment as `exact_moment_text`; nothing for None."""
    return "" if when is None else exact_moment_text(when)


def duration(ms: float | None) -> str:
    """Write a duration in the unit that fits it; nothing for None."""
    if ms is None:
        return ""
    locale = QLocale()
    if ms < _SECOND:
        return QCoreApplication.translate("migrations", "{number} ms").format(number=locale.toString(round(ms)))
    if ms < _MINUTE:
        digits = 1 if ms < _TENTHS_BELOW else 0
        seconds = locale.toString(ms / _SECOND, "f", digits)
        return QCoreApplication.translate("migrations", "{number} s").format(number=seconds)
    minutes, rest = divmod(round(ms / _SECOND), 60)
    return QCoreApplication.translate("migrations", "{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
