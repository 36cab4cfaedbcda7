"""English source of the words for advice: what is wrong, why it matters, risk, evidence. Context "advice"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.admin.advice import Action, Advice, Gravity, Risk
from nexus_studio.core.admin.readiness import Value
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.sizes_said import size_text

_TITLES: Final[Mapping[str, str]] = {
    "held_back.transaction": QT_TRANSLATE_NOOP("advice", "An open transaction keeps dead rows: process {name}"),
    "held_back.prepared": QT_TRANSLATE_NOOP("advice", "A prepared transaction keeps dead rows: {name}"),
    "held_back.slot": QT_TRANSLATE_NOOP("advice", "A replication slot keeps dead rows: {name}"),
    "held_back.standby": QT_TRANSLATE_NOOP("advice", "A standby keeps dead rows: {name}"),
    "slot.keeps_wal": QT_TRANSLATE_NOOP("advice", "A replication slot that nobody uses fills the disk: {name}"),
    "wraparound.transactions": QT_TRANSLATE_NOOP("advice", "Transaction numbers are running out"),
    "wraparound.multixacts": QT_TRANSLATE_NOOP("advice", "Numbers of shared row locks are running out"),
    "sequence.near_end": QT_TRANSLATE_NOOP("advice", "A sequence is near its end: {name}"),
    "autovacuum.off": QT_TRANSLATE_NOOP("advice", "Autovacuum is off"),
    "autovacuum.disabled": QT_TRANSLATE_NOOP("advice", "Autovacuum is kept away from {table}"),
    "autovacuum.late": QT_TRANSLATE_NOOP("advice", "Autovacuum does not come to {table}"),
    "statistics.missing": QT_TRANSLATE_NOOP("advice", "The planner knows nothing of {table}"),
    "statistics.stale": QT_TRANSLATE_NOOP("advice", "What the planner knows of {table} is out of date"),
    "table.bloated": QT_TRANSLATE_NOOP("advice", "Much of {table} holds nothing"),
    "table.no_primary_key": QT_TRANSLATE_NOOP("advice", "{table} has no primary key"),
    "constraint.not_valid": QT_TRANSLATE_NOOP("advice", "A constraint of {table} was never checked: {name}"),
    "foreign_key.no_index": QT_TRANSLATE_NOOP("advice", "A foreign key of {table} has no index: {columns}"),
    "index.invalid": QT_TRANSLATE_NOOP("advice", "An index is invalid: {index}"),
    "index.duplicate": QT_TRANSLATE_NOOP("advice", "An index is there twice: {index}"),
    "index.redundant": QT_TRANSLATE_NOOP("advice", "Another index does for it: {index}"),
    "index.unused": QT_TRANSLATE_NOOP("advice", "An index is never used: {index}"),
    "index.bloated": QT_TRANSLATE_NOOP("advice", "Much of an index holds nothing: {index}"),
}
_WHY: Final[Mapping[str, str]] = {
    "held_back.transaction": QT_TRANSLATE_NOOP(
        "advice",
        "As long as it is open, VACUUM may not remove rows that it could still see. End it in its program, or end the "
        "session: what it has not committed is lost.",
    ),
    "held_back.prepared": QT_TRANSLATE_NOOP(
        "advice",
        "It was prepared and neither committed nor rolled back. Until then VACUUM may not remove what it could see. "
        "Ask whoever prepared it; rolling it back loses its work.",
    ),
    "held_back.slot": QT_TRANSLATE_NOOP(
        "advice",
        "The slot keeps rows for a subscriber that lags behind or is gone. Bring that back; drop the slot only when "
        "nobody will come for it.",
    ),
    "held_back.standby": QT_TRANSLATE_NOOP(
        "advice", "Queries on the standby still need these rows (hot_standby_feedback). Look there who it is."
    ),
    "slot.keeps_wal": QT_TRANSLATE_NOOP(
        "advice", "The server keeps its write-ahead log for whoever used the slot, until the disk is full."
    ),
    "wraparound.transactions": QT_TRANSLATE_NOOP(
        "advice", "At the end the server refuses all writing. VACUUM FREEZE makes old numbers free again."
    ),
    "wraparound.multixacts": QT_TRANSLATE_NOOP(
        "advice", "At the end the server refuses all writing. VACUUM FREEZE makes old numbers free again."
    ),
    "sequence.near_end": QT_TRANSLATE_NOOP(
        "advice", "At its end no new row can be inserted. A wider type belongs into a migration of the models."
    ),
    "autovacuum.off": QT_TRANSLATE_NOOP(
        "advice", "Dead rows stay, statistics grow old, and in the end transaction numbers run out."
    ),
    "autovacuum.disabled": QT_TRANSLATE_NOOP(
        "advice", "Its own setting (autovacuum_enabled) says so, and dead rows have come together."
    ),
    "autovacuum.late": QT_TRANSLATE_NOOP(
        "advice", "There are far more dead rows than call it, and no VACUUM has come for a day."
    ),
    "statistics.missing": QT_TRANSLATE_NOOP("advice", "It was never analyzed: plans for queries on it are guesses."),
    "statistics.stale": QT_TRANSLATE_NOOP(
        "advice", "Much has changed since the last ANALYZE: plans for queries on it are for other rows."
    ),
    "table.bloated": QT_TRANSLATE_NOOP(
        "advice",
        "The room is used again by new rows. If few are to come, VACUUM FULL gives it back to the disk; the table is "
        "locked meanwhile.",
    ),
    "table.no_primary_key": QT_TRANSLATE_NOOP(
        "advice", "Rows can't be told apart, neither by replication nor when they are edited."
    ),
    "constraint.not_valid": QT_TRANSLATE_NOOP(
        "advice", "It was added NOT VALID: old rows may break it, and the planner may not rely on it."
    ),
    "foreign_key.no_index": QT_TRANSLATE_NOOP(
        "advice", "Each row that is deleted, or given another key, over there reads all of this table."
    ),
    "index.invalid": QT_TRANSLATE_NOOP(
        "advice", "Building it failed: no query uses it, and each write keeps it up all the same."
    ),
    "index.duplicate": QT_TRANSLATE_NOOP(
        "advice", "Another one has the same columns in the same order: each write pays for both."
    ),
    "index.redundant": QT_TRANSLATE_NOOP(
        "advice", "Another one begins with the same columns, and can be used in its place."
    ),
    "index.unused": QT_TRANSLATE_NOOP(
        "advice", "No query has used it since counting began, and each write keeps it up."
    ),
    "index.bloated": QT_TRANSLATE_NOOP("advice", "Building it anew makes it smaller, and reading it faster."),
}
_GRAVITIES: Final[Mapping[Gravity, tuple[str, str, str]]] = {
    Gravity.URGENT: ("error", "danger", QT_TRANSLATE_NOOP("advice", "urgent")),
    Gravity.WORTH: ("warning", "warning", QT_TRANSLATE_NOOP("advice", "worth doing")),
    Gravity.NOTE: ("info", "info", QT_TRANSLATE_NOOP("advice", "to be looked at")),
}
_RISKS: Final[Mapping[Risk, str]] = {
    Risk.READS: QT_TRANSLATE_NOOP("advice", "It only looks."),
    Risk.LOAD: QT_TRANSLATE_NOOP("advice", "It reads and writes a lot, and keeps nobody waiting."),
    Risk.SETTING: QT_TRANSLATE_NOOP("advice", "It changes a setting, which can be set back."),
    Risk.DROPS: QT_TRANSLATE_NOOP(
        "advice", "It drops an index: what needs it after all is slow until it is built again."
    ),
    Risk.LOCKS: QT_TRANSLATE_NOOP("advice", "It locks the table: others wait as long as it takes."),
    Risk.ENDS: QT_TRANSLATE_NOOP("advice", "It ends somebody else's work, which is lost."),
}
_ACTIONS: Final[Mapping[Action, str]] = {
    Action.VACUUM: QT_TRANSLATE_NOOP("advice", "VACUUM…"),
    Action.ANALYZE: QT_TRANSLATE_NOOP("advice", "ANALYZE…"),
    Action.VACUUM_FULL: QT_TRANSLATE_NOOP("advice", "VACUUM FULL…"),
    Action.REINDEX: QT_TRANSLATE_NOOP("advice", "REINDEX…"),
    Action.TERMINATE: QT_TRANSLATE_NOOP("advice", "End the session…"),
    Action.RUN: QT_TRANSLATE_NOOP("advice", "Run it…"),
    Action.COPY: QT_TRANSLATE_NOOP("advice", "Copy the SQL"),
}
_EVIDENCE: Final[Mapping[str, str]] = {
    "pid": QT_TRANSLATE_NOOP("advice", "process"),
    "name": QT_TRANSLATE_NOOP("advice", "name"),
    "application": QT_TRANSLATE_NOOP("advice", "application"),
    "user": QT_TRANSLATE_NOOP("advice", "role"),
    "state": QT_TRANSLATE_NOOP("advice", "state"),
    "since": QT_TRANSLATE_NOOP("advice", "since"),
    "connected_at": QT_TRANSLATE_NOOP("advice", "connected at"),
    "in_use": QT_TRANSLATE_NOOP("advice", "in use"),
    "age_transactions": QT_TRANSLATE_NOOP("advice", "age in transactions"),
    "multixact_age": QT_TRANSLATE_NOOP("advice", "age in shared row locks"),
    "dead_rows": QT_TRANSLATE_NOOP("advice", "dead rows"),
    "tables": QT_TRANSLATE_NOOP("advice", "tables"),
    "vacuum_left_them_at": QT_TRANSLATE_NOOP("advice", "a VACUUM left them at"),
    "kind": QT_TRANSLATE_NOOP("advice", "kind"),
    "database": QT_TRANSLATE_NOOP("advice", "database"),
    "kept_bytes": QT_TRANSLATE_NOOP("advice", "kept"),
    "used_percent": QT_TRANSLATE_NOOP("advice", "used up"),
    "oldest_tables": QT_TRANSLATE_NOOP("advice", "oldest tables"),
    "sequence": QT_TRANSLATE_NOOP("advice", "sequence"),
    "last_value": QT_TRANSLATE_NOOP("advice", "last value"),
    "column_type": QT_TRANSLATE_NOOP("advice", "type of the column"),
    "counts_down": QT_TRANSLATE_NOOP("advice", "counts down"),
    "autovacuum": QT_TRANSLATE_NOOP("advice", "autovacuum"),
    "track_counts": QT_TRANSLATE_NOOP("advice", "track_counts"),
    "rows": QT_TRANSLATE_NOOP("advice", "rows"),
    "autovacuum_from_dead_rows": QT_TRANSLATE_NOOP("advice", "autovacuum comes from (dead rows)"),
    "last_vacuum": QT_TRANSLATE_NOOP("advice", "last VACUUM"),
    "last_autovacuum": QT_TRANSLATE_NOOP("advice", "last autovacuum"),
    "last_analyze": QT_TRANSLATE_NOOP("advice", "last ANALYZE"),
    "size_bytes": QT_TRANSLATE_NOOP("advice", "size"),
    "changed_rows": QT_TRANSLATE_NOOP("advice", "rows changed since"),
    "bloat_bytes": QT_TRANSLATE_NOOP("advice", "holds nothing"),
    "bloat_percent": QT_TRANSLATE_NOOP("advice", "share of it"),
    "unique_index": QT_TRANSLATE_NOOP("advice", "unique index that could be it"),
    "constraint": QT_TRANSLATE_NOOP("advice", "constraint"),
    "index": QT_TRANSLATE_NOOP("advice", "index"),
    "unique": QT_TRANSLATE_NOOP("advice", "unique"),
    "left_over": QT_TRANSLATE_NOOP("advice", "left over by REINDEX CONCURRENTLY"),
    "same_as": QT_TRANSLATE_NOOP("advice", "the same as"),
    "begins": QT_TRANSLATE_NOOP("advice", "the one that does for it"),
    "scans": QT_TRANSLATE_NOOP("advice", "scans"),
    "counted_days": QT_TRANSLATE_NOOP("advice", "counted for (days)"),
    "counted_since": QT_TRANSLATE_NOOP("advice", "counted since"),
    "written_rows": QT_TRANSLATE_NOOP("advice", "rows written meanwhile"),
    "standbys": QT_TRANSLATE_NOOP("advice", "standbys (they count their own scans)"),
    "foreign_key": QT_TRANSLATE_NOOP("advice", "foreign key"),
    "columns": QT_TRANSLATE_NOOP("advice", "columns"),
    "refers_to": QT_TRANSLATE_NOOP("advice", "refers to"),
    "deleted_there": QT_TRANSLATE_NOOP("advice", "rows deleted there"),
    "seq_scans": QT_TRANSLATE_NOOP("advice", "whole reads of this table"),
}


def advice_title(advice: Advice) -> str:
    """Say in one line what is wrong."""
    names = {
        "table": str(advice.relation) if advice.relation is not None else "",
        "index": advice.index,
        "name": advice.name,
        "columns": ", ".join(advice.columns),
    }
    return _said(_TITLES.get(advice.code, advice.code)).format(**names)


def advice_why(advice: Advice) -> str:
    """Say why it matters and what helps."""
    return _said(_WHY[advice.code]) if advice.code in _WHY else ""


def gravity_sign(gravity: Gravity) -> tuple[str, str]:
    """Return icon and tone of how grave something is."""
    return _GRAVITIES[gravity][:2]


def gravity_word(gravity: Gravity) -> str:
    """Say how grave something is."""
    return _said(_GRAVITIES[gravity][2])


def risk_words(risk: Risk) -> str:
    """Say what doing it may do to others."""
    return _said(_RISKS[risk])


def action_word(action: Action) -> str:
    """Label the button that does it."""
    return _said(_ACTIONS[action])


def evidence_lines(advice: Advice) -> tuple[tuple[str, str], ...]:
    """Return evidence as pairs of a label and words, in its order; what is not known is left out."""
    return tuple(
        (_said(_EVIDENCE.get(name, name)), _value(name, value))
        for name, value in advice.evidence.items()
        if value is not None and value != ()
    )


def _said(text: str) -> str:
    return QCoreApplication.translate("advice", text)


def _value(name: str, value: Value) -> str:
    locale = QLocale()
    if isinstance(value, bool):
        yes = QT_TRANSLATE_NOOP("advice", "yes")
        no = QT_TRANSLATE_NOOP("advice", "no")
        return _said(yes if value else no)
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, int | float):
        if name.endswith("_bytes"):
            return size_text(value)
        if name.endswith("_percent"):
            return _said(QT_TRANSLATE_NOOP("advice", "{percent} %")).format(
                percent=locale.toString(float(value), "g", 6)
            )
        return str(value) if name == "pid" else locale.toString(int(value))
    return str(value)
