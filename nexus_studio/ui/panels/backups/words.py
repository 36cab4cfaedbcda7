"""What backups are called for people: formats, ages, sizes, rates, differences, warnings. Context "backups"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.backups import ChosenTool, Difference, TableDifference
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import Progress
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.wording import progress_amount, progress_sentence

CREATE, RESTORE, PRUNE, DISMISS = "backup.create", "backup.restore", "backup.prune", "backup.dismiss"
"""The acts of the panel; the buttons that do them are called "backups.create" and so on."""

DASH: Final = "–"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

_FORMATS: Final[Mapping[str, str]] = {
    "custom": QT_TRANSLATE_NOOP("backups", "custom"),
    "directory": QT_TRANSLATE_NOOP("backups", "directory"),
    "tar": QT_TRANSLATE_NOOP("backups", "tar"),
    "plain": QT_TRANSLATE_NOOP("backups", "plain SQL"),
    "plain+gzip": QT_TRANSLATE_NOOP("backups", "plain SQL, gzip"),
    "plain+zstd": QT_TRANSLATE_NOOP("backups", "plain SQL, zstd"),
    "encrypted": QT_TRANSLATE_NOOP("backups", "encrypted"),
    "unknown": QT_TRANSLATE_NOOP("backups", "unknown"),
}
_CONTENTS: Final[Mapping[str, str]] = {
    "all": QT_TRANSLATE_NOOP("backups", "tables and their rows"),
    "schema": QT_TRANSLATE_NOOP("backups", "tables without rows"),
    "data": QT_TRANSLATE_NOOP("backups", "rows alone"),
}
_REASONS: Final[Mapping[str, str]] = {
    "backup": QT_TRANSLATE_NOOP("backups", "asked for"),
    "scheduled": QT_TRANSLATE_NOOP("backups", "scheduled"),
    "reset": QT_TRANSLATE_NOOP("backups", "before a reset"),
    "recreate": QT_TRANSLATE_NOOP("backups", "before the database was recreated"),
    "empty": QT_TRANSLATE_NOOP("backups", "before tables were emptied"),
    "deploy": QT_TRANSLATE_NOOP("backups", "before a deploy"),
    "before restore": QT_TRANSLATE_NOOP("backups", "before a restore"),
    "shelf": QT_TRANSLATE_NOOP("backups", "a shelf"),
}
_TOOL_REASONS: Final[Mapping[str, str]] = {
    "same": QT_TRANSLATE_NOOP("backups", "it is of the server's own version"),
    "newer": QT_TRANSLATE_NOOP("backups", "the next newer one there is; it reads older servers too"),
    "only": QT_TRANSLATE_NOOP("backups", "the only one on this machine"),
}
_WARNINGS: Final[Mapping[str, str]] = {
    "tool.newer_than_target": QT_TRANSLATE_NOOP(
        "backups", "This program is newer than the server the backup is for: an older server may not understand it."
    ),
    "backup.pooler": QT_TRANSLATE_NOOP(
        "backups", "Behind a pooler nothing can be counted: it can be restored, but not compared."
    ),
    "backup.room": QT_TRANSLATE_NOOP("backups", "There was hardly room for it."),
    "archive.newer_server": QT_TRANSLATE_NOOP(
        "backups", "It is of a newer server than this one, which may not understand all of it."
    ),
    "archive.newer_tool": QT_TRANSLATE_NOOP(
        "backups", "A newer pg_dump wrote it than this server is: it is restored as SQL text, by one job."
    ),
    "archive.newer_format": QT_TRANSLATE_NOOP(
        "backups", "No program here knows its format: a newer PostgreSQL has to be installed to read it."
    ),
    "archive.drops_database": QT_TRANSLATE_NOOP(
        "backups", "It wants to drop, make or change databases by itself. It is run without that."
    ),
    "archive.connects": QT_TRANSLATE_NOOP(
        "backups", "It wants to connect to another database by itself. It is run without that."
    ),
    "archive.transactions": QT_TRANSLATE_NOOP(
        "backups", "It begins and ends transactions of its own. It is run without that."
    ),
    "archive.commands": QT_TRANSLATE_NOOP(
        "backups", "It holds commands of psql, or programs to run. It is not restored."
    ),
    "archive.several_databases": QT_TRANSLATE_NOOP("backups", "It is of several databases. It is not restored."),
    "archive.cluster": QT_TRANSLATE_NOOP("backups", "It is of roles and tablespaces. It is not restored."),
    "archive.unverified": QT_TRANSLATE_NOOP(
        "backups", "Nothing is noted beside it, so that nobody can tell whether it was altered."
    ),
    "archive.revision_differs": QT_TRANSLATE_NOOP(
        "backups", "Its migrations are not those of this database: some may have to be applied after it is restored."
    ),
    "restore.left_out": QT_TRANSLATE_NOOP("backups", "Foreign keys to tables that were not chosen were left out."),
    "restore.needed": QT_TRANSLATE_NOOP("backups", "More than you chose was restored: what you chose needs it."),
    "restore.not_analyzed": QT_TRANSLATE_NOOP(
        "backups", "The planner knows nothing of the tables yet: ANALYZE is still to be run."
    ),
}
_STANDINGS: Final[Mapping[str, tuple[str, str, str]]] = {
    "proven": ("success", "success", QT_TRANSLATE_NOOP("backups", "Proven")),
    "unproven": ("pending", "text-muted", QT_TRANSLATE_NOOP("backups", "Not proven yet")),
    "not_proven": ("error", "danger", QT_TRANSLATE_NOOP("backups", "Not proven: it failed")),
    "altered": ("error", "danger", QT_TRANSLATE_NOOP("backups", "Altered")),
    "gone": ("missing", "danger", QT_TRANSLATE_NOOP("backups", "Gone")),
    "foreign": ("external", "text-muted", QT_TRANSLATE_NOOP("backups", "Foreign file")),
}
_EXPLAINED: Final[Mapping[str, str]] = {
    "proven": QT_TRANSLATE_NOOP("backups", "It was restored and compared: this backup can be relied on."),
    "unproven": QT_TRANSLATE_NOOP("backups", "Nobody has restored it yet. Prove it, to know that it can be."),
    "not_proven": QT_TRANSLATE_NOOP("backups", "When it was restored last, it was not what it should be."),
    "altered": QT_TRANSLATE_NOOP("backups", "The file is not the one that was written. Do not rely on it."),
    "gone": QT_TRANSLATE_NOOP("backups", "Only the note is left: the file itself is gone."),
    "foreign": QT_TRANSLATE_NOOP("backups", "Somebody else made it: nothing is noted of it. Prove it, to know it."),
}
_WHY: Final[Mapping[str, str]] = {
    "daily": QT_TRANSLATE_NOOP("backups", "of its day"),
    "weekly": QT_TRANSLATE_NOOP("backups", "of its week"),
    "monthly": QT_TRANSLATE_NOOP("backups", "of its month"),
    "at_least": QT_TRANSLATE_NOOP("backups", "one of the last"),
    "newest": QT_TRANSLATE_NOOP("backups", "the newest"),
    "last_proven": QT_TRANSLATE_NOOP("backups", "the last proven one"),
    "safety": QT_TRANSLATE_NOOP("backups", "kept before rows were lost"),
    "partial": QT_TRANSLATE_NOOP("backups", "chosen tables, made by hand"),
    "altered": QT_TRANSLATE_NOOP("backups", "altered"),
    "future": QT_TRANSLATE_NOOP("backups", "dated in the future"),
    "foreign": QT_TRANSLATE_NOOP("backups", "somebody else's"),
    "other_database": QT_TRANSLATE_NOOP("backups", "of another database"),
}
_SCHEDULERS: Final[Mapping[str, str]] = {
    "systemd": QT_TRANSLATE_NOOP("backups", "systemd timer"),
    "launchd": QT_TRANSLATE_NOOP("backups", "launchd (macOS)"),
    "tasks": QT_TRANSLATE_NOOP("backups", "Task Scheduler (Windows)"),
    "cron": QT_TRANSLATE_NOOP("backups", "cron"),
}
_DIFFERENCES: Final[Mapping[Difference, str]] = {
    Difference.MISSING: QT_TRANSLATE_NOOP("backups", "the table is missing"),
    Difference.EXTRA: QT_TRANSLATE_NOOP("backups", "a table that was not there"),
    Difference.ROWS: QT_TRANSLATE_NOOP("backups", "{found} rows instead of {expected}"),
    Difference.CHECKSUM: QT_TRANSLATE_NOOP("backups", "as many rows, but not the same"),
}


def said(text: str) -> str:
    """Say a text of the panel in the current language."""
    return QCoreApplication.translate("backups", text)


def standing_sign(standing: str) -> tuple[str, str]:
    """Return icon and tone of a standing, by the value of `core.admin.retention.Standing`."""
    return _STANDINGS[standing][:2]


def standing_word(standing: str) -> str:
    """Name a standing."""
    return said(_STANDINGS[standing][2])


def standing_words(standing: str) -> str:
    """Say what a standing means."""
    return said(_EXPLAINED[standing])


def why_word(why: str) -> str:
    """Say why a backup is kept."""
    return said(_WHY[why]) if why in _WHY else why


def scheduler_word(scheduler: str) -> str:
    """Name a scheduler."""
    return said(_SCHEDULERS[scheduler])


def format_word(dump_format: str, compression: str = "") -> str:
    """Name a format: of a sidecar (its compression told apart for plain SQL), or an archive's kind."""
    key = f"{dump_format}+{compression}" if dump_format == "plain" and compression not in {"", "none"} else dump_format
    return said(_FORMATS.get(key, "unknown"))


def contents_word(contents: str) -> str:
    """Say which half of a database is in it."""
    return said(_CONTENTS[contents]) if contents in _CONTENTS else contents


def reason_word(reason: str) -> str:
    """Say what a backup was made for."""
    return said(_REASONS[reason]) if reason in _REASONS else reason


def tool_words(tool: ChosenTool, program: str = "pg_dump") -> str:
    """Say which program is used and why."""
    why = said(_TOOL_REASONS[tool.reason]) if tool.reason in _TOOL_REASONS else tool.reason
    words = QCoreApplication.translate("backups", "{program} {major}: {why}")
    return words.format(program=program, major=tool.major, why=why)


def warning_words(code: str) -> str:
    """Say what to beware of, by code."""
    return said(_WARNINGS[code]) if code in _WARNINGS else code


def difference_words(difference: TableDifference) -> str:
    """Say how a table is not as it was."""
    locale = QLocale()
    counts = {
        name: DASH if rows is None else locale.toString(rows)
        for name, rows in (("expected", difference.expected), ("found", difference.found))
    }
    return said(_DIFFERENCES[difference.kind]).format(**counts)


def age_text(moment: datetime, now: datetime | None = None) -> str:
    """Say how old something is, in the largest unit."""
    seconds = max(0, int(((now or datetime.now(UTC)) - moment).total_seconds()))
    if seconds >= _DAY:
        return said(QT_TRANSLATE_NOOP("backups", "{number} d")).format(number=QLocale().toString(seconds // _DAY))
    if seconds >= _HOUR:
        return said(QT_TRANSLATE_NOOP("backups", "{number} h")).format(number=seconds // _HOUR)
    if seconds >= _MINUTE:
        return said(QT_TRANSLATE_NOOP("backups", "{number} min")).format(number=seconds // _MINUTE)
    return said(QT_TRANSLATE_NOOP("backups", "just now"))


def duration_text(seconds: float) -> str:
    """Write how long something took, or will take, in the unit that fits."""
    if seconds >= _HOUR:
        words = said(QT_TRANSLATE_NOOP("backups", "{hours} h {minutes} min"))
        return words.format(hours=int(seconds // _HOUR), minutes=int(seconds % _HOUR // _MINUTE))
    if seconds >= _MINUTE:
        words = said(QT_TRANSLATE_NOOP("backups", "{minutes} min {seconds} s"))
        return words.format(minutes=int(seconds // _MINUTE), seconds=int(seconds % _MINUTE))
    digits = 0 if seconds >= 10 else 1  # noqa: PLR2004 - two digits say enough
    return said(QT_TRANSLATE_NOOP("backups", "{number} s")).format(
        number=QLocale().toString(float(seconds), "f", digits)
    )


def rate_word(rate: float | None) -> str:
    """Write a rate of bytes; empty where it is not known."""
    if rate is None:
        return ""
    return said(QT_TRANSLATE_NOOP("backups", "{size}/s")).format(size=size_text(rate))


def left_word(seconds: float | None) -> str:
    """Say how long it still takes; empty where nobody knows."""
    if seconds is None:
        return ""
    return said(QT_TRANSLATE_NOOP("backups", "about {time} left")).format(time=duration_text(round(max(1.0, seconds))))


def progress_words(progress: Progress) -> tuple[str, str]:
    """Say what is being done, and how far it is; of bytes and tables with their number, not only their share."""
    doing = progress_sentence(Progress(progress.step))
    locale = QLocale()
    if progress.unit == "bytes" and progress.done:
        if not progress.total:
            return doing, size_text(progress.done)
        words = said(QT_TRANSLATE_NOOP("backups", "{done} of about {total}"))
        return doing, words.format(done=size_text(progress.done), total=size_text(progress.total))
    if progress.unit == "tables" and progress.total:
        words = said(QT_TRANSLATE_NOOP("backups", "{done} of {total} tables"))
        return doing, words.format(done=locale.toString(int(progress.done)), total=locale.toString(int(progress.total)))
    return doing, progress_amount(progress)


def obstacle(session: Session | None, act_id: str) -> str:
    """Say why something can't be done with this connection at all; empty when it can."""
    if session is None:
        return said(QT_TRANSLATE_NOOP("backups", "No database is open."))
    wanted = rail(act(act_id), session.profile.environment)
    if wanted is Rail.REFUSED:
        return said(QT_TRANSLATE_NOOP("backups", "This environment does not allow it."))
    if session.is_read_only_for_good and act(act_id).capability is not Capability.BROWSE:
        return said(QT_TRANSLATE_NOOP("backups", "This connection is read-only."))
    if wanted is Rail.UNLOCKED and session.is_read_only and not session.is_read_only_for_good:
        return said(QT_TRANSLATE_NOOP("backups", "Production is locked. Unlock it at the top of the window first."))
    return ""
