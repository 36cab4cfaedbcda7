"""What the flows of migrations say of the values they show; errors are worded in `ui/kit/wording_migrations.py`.

Each table is keyed by a code that core declares. Context "migrations".
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.admin.drafts import Rename, SchemaDifference
from nexus_studio.core.admin.migrations import Step
from nexus_studio.core.admin.safety import Danger, SafetyFinding, SafetyReport, TestPhase
from nexus_studio.core.errors import StudioError
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording import WORDS, labelled, text_for
from nexus_studio.ui.kit.wording_reasons import REASONS
from nexus_studio.ui.panels.migrations.prisma_words import STEP_REASONS as PRISMA_REASONS
from nexus_studio.ui.panels.migrations.words import moment

_MOMENTS = {"since", "started"}  # facts that are times
_SECOND = 1000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE

STEP_REASONS: Mapping[str, str] = {
    "reads_database": QT_TRANSLATE_NOOP(
        "migrations",
        "This revision asks the database and decides by the answer, so its SQL is known only when it runs. The safety "
        "report, made on a copy, shows what it does there.",
    ),
    "failed": QT_TRANSLATE_NOOP("migrations", "Writing its SQL without a database failed:"),
    "environment": QT_TRANSLATE_NOOP("migrations", "The project's env.py can't be loaded:"),
    **PRISMA_REASONS,
}

FINDINGS: Mapping[str, str] = {
    "blocks_reads": QT_TRANSLATE_NOOP("migrations", "Nobody can read or write “{relation}” meanwhile"),
    "blocks_writes": QT_TRANSLATE_NOOP("migrations", "Nobody can write to “{relation}” meanwhile"),
    "rewrite": QT_TRANSLATE_NOOP("migrations", "“{relation}” is written anew, row by row"),
    "drop_table": QT_TRANSLATE_NOOP("migrations", "“{relation}” is dropped, with all its rows"),
    "drop_column": QT_TRANSLATE_NOOP("migrations", "A column of “{relation}” is dropped, with all its values"),
    "type_change": QT_TRANSLATE_NOOP("migrations", "A column of “{relation}” gets another type"),
    "truncate": QT_TRANSLATE_NOOP("migrations", "“{relation}” is emptied"),
    "delete_all": QT_TRANSLATE_NOOP("migrations", "All rows of “{relation}” are changed or deleted"),
    "not_in_transaction": QT_TRANSLATE_NOOP("migrations", "This statement runs outside of a transaction"),
    "no_lock_timeout": QT_TRANSLATE_NOOP("migrations", "No lock_timeout is set"),
    "not_concurrent": QT_TRANSLATE_NOOP("migrations", "An index of “{relation}” is built under a lock"),
    "constraint_checked": QT_TRANSLATE_NOOP("migrations", "All rows of “{relation}” are checked under a lock"),
    "not_null_checked": QT_TRANSLATE_NOOP("migrations", "All rows of “{relation}” are looked through for NULL"),
    "fails": QT_TRANSLATE_NOOP("migrations", "It failed in the rehearsal"),
    "models_differ": QT_TRANSLATE_NOOP("migrations", "Afterwards models and database still differ"),
    "squawk": QT_TRANSLATE_NOOP("migrations", "squawk: {rule}"),
}

ADVICE: Mapping[str, str] = {
    "not_in_transaction": QT_TRANSLATE_NOOP(
        "migrations", "It can't be rolled back: if a later one fails, what it did stays."
    ),
    "no_lock_timeout": QT_TRANSLATE_NOOP(
        "migrations", "Waiting for a lock, a statement makes everybody else wait behind it, for as long as it takes."
    ),
    "not_concurrent": QT_TRANSLATE_NOOP(
        "migrations", "CREATE INDEX CONCURRENTLY, in an autocommit_block, lets others write meanwhile."
    ),
    "constraint_checked": QT_TRANSLATE_NOOP(
        "migrations", "Added NOT VALID and validated in a later transaction, it lets others read and write meanwhile."
    ),
    "not_null_checked": QT_TRANSLATE_NOOP(
        "migrations", "A validated CHECK (… IS NOT NULL), made before, spares PostgreSQL the look."
    ),
    "rewrite": QT_TRANSLATE_NOOP(
        "migrations", "The more rows, the longer it takes and the more room it needs on the disk."
    ),
}

_LABELS: Mapping[str, str] = {
    "constraint_checked": QT_TRANSLATE_NOOP("migrations", "Constraint"),
    "drop_column": QT_TRANSLATE_NOOP("migrations", "Column"),
    "type_change": QT_TRANSLATE_NOOP("migrations", "Column"),
    "not_null_checked": QT_TRANSLATE_NOOP("migrations", "Column"),
}

DANGERS: Mapping[Danger, str] = {
    Danger.DANGER: QT_TRANSLATE_NOOP("migrations", "Dangers"),
    Danger.CAUTION: QT_TRANSLATE_NOOP("migrations", "Take care"),
    Danger.NOTE: QT_TRANSLATE_NOOP("migrations", "Good to know"),
}

COPIES: Mapping[str, str] = {
    "template": QT_TRANSLATE_NOOP("migrations", "Rehearsed on a copy of this database with its rows, in {duration}."),
    "schema": QT_TRANSLATE_NOOP(
        "migrations", "Rehearsed on a copy of this database's schema, without rows, in {duration}."
    ),
    "none": QT_TRANSLATE_NOOP("migrations", "It was not rehearsed; what follows is read from the statements alone."),
}

DIFFERENCES: Mapping[str, str] = {
    "add_table": QT_TRANSLATE_NOOP("migrations", "New table {name}"),
    "remove_table": QT_TRANSLATE_NOOP("migrations", "Table {name} is dropped"),
    "add_column": QT_TRANSLATE_NOOP("migrations", "New column {name}"),
    "remove_column": QT_TRANSLATE_NOOP("migrations", "Column {name} is dropped"),
    "change_type": QT_TRANSLATE_NOOP("migrations", "{name} gets another type"),
    "change_nullable": QT_TRANSLATE_NOOP("migrations", "{name}: whether NULL is allowed changes"),
    "change_default": QT_TRANSLATE_NOOP("migrations", "{name} gets another default"),
    "change_comment": QT_TRANSLATE_NOOP("migrations", "{name} gets another comment"),
    "add_index": QT_TRANSLATE_NOOP("migrations", "New index {name}"),
    "remove_index": QT_TRANSLATE_NOOP("migrations", "Index {name} is dropped"),
    "add_constraint": QT_TRANSLATE_NOOP("migrations", "New constraint {name}"),
    "remove_constraint": QT_TRANSLATE_NOOP("migrations", "Constraint {name} is dropped"),
    "add_enum_value": QT_TRANSLATE_NOOP("migrations", "New value of the enum {name}"),
    "change_enum": QT_TRANSLATE_NOOP("migrations", "The enum {name} gets other values"),
    "add_type": QT_TRANSLATE_NOOP("migrations", "New enum {name}"),
    "remove_type": QT_TRANSLATE_NOOP("migrations", "Enum {name} is dropped"),
    "add_view": QT_TRANSLATE_NOOP("migrations", "New view {name}"),
    "change_view": QT_TRANSLATE_NOOP("migrations", "The view {name} asks something else"),
    "remove_view": QT_TRANSLATE_NOOP("migrations", "View {name} is dropped"),
    "rename_table": QT_TRANSLATE_NOOP("migrations", "Table {name} gets another name"),
    "rename_column": QT_TRANSLATE_NOOP("migrations", "Column {name} gets another name"),
    "rename_index": QT_TRANSLATE_NOOP("migrations", "Index {name} gets another name"),
    "rename_constraint": QT_TRANSLATE_NOOP("migrations", "Constraint {name} gets another name"),
    "other": "{name}",
}

PHASES: Mapping[str, str] = {
    "up": QT_TRANSLATE_NOOP("migrations", "Upgrade"),
    "down": QT_TRANSLATE_NOOP("migrations", "Downgrade"),
    "up again": QT_TRANSLATE_NOOP("migrations", "Upgrade again"),
    "models": QT_TRANSLATE_NOOP("migrations", "Models against the database"),
    "no_models": QT_TRANSLATE_NOOP("migrations", "Models: the project has none to compare with"),
    "schema": QT_TRANSLATE_NOOP("migrations", "Schema after the downgrade against before"),
}

WHERE: Mapping[str, str] = {
    "embedded": QT_TRANSLATE_NOOP("migrations", "on the embedded PostgreSQL"),
    "server": QT_TRANSLATE_NOOP("migrations", "in a throwaway database on the same server"),
    "": "",
}


def said(text: str) -> str:
    """Say a text of this module's tables in the current language."""
    return QCoreApplication.translate("migrations", text) if text else ""


def step_reason(step: Step) -> str:
    """Say why a step's SQL can't be shown, "" where it can."""
    if not step.reason:
        return ""
    general = QT_TRANSLATE_NOOP("migrations", "Its SQL can't be shown without running it.")
    sentence = said(STEP_REASONS.get(step.reason, general))
    return f"{sentence}\n{step.words}" if step.words else sentence


def finding_title(finding: SafetyFinding) -> str:
    """Say in a line what a safety finding is about."""
    general = QT_TRANSLATE_NOOP("migrations", "To be looked at: {code}")
    relation = str(finding.relation) if finding.relation is not None else "–"
    text = said(FINDINGS.get(finding.code, general))
    return text.format(relation=relation, rule=finding.rule, code=finding.code)


def finding_lines(finding: SafetyFinding) -> list[str]:
    """Say the rest of a safety finding: rows concerned, advice, and words of others."""
    lines = []
    if finding.rows is not None:
        lines.append(_rows_words(finding.rows))
    elif finding.relation is not None:
        lines.append(QCoreApplication.translate("migrations", "How many rows it has is not known."))
    lines.append(said(ADVICE.get(finding.code, "")))
    label = said(_LABELS.get(finding.code, ""))
    lines.append(labelled(label, finding.words) if label and finding.words else finding.words)
    return [line for line in lines if line]


def _rows_words(rows: int) -> str:
    if not rows:
        return QCoreApplication.translate("migrations", "No rows in this database.")
    if rows == 1:
        return QCoreApplication.translate("migrations", "One row in this database.")
    words = QCoreApplication.translate("migrations", "About {rows} rows in this database.")
    return words.format(rows=QLocale().toString(rows))


def finding_place(finding: SafetyFinding) -> str:
    """Name where a finding is: revision and statement."""
    if not finding.statement:
        return finding.revision
    place = QCoreApplication.translate("migrations", "{revision}, statement {number}")
    return place.format(revision=finding.revision, number=finding.statement)


def copy_words(report: SafetyReport) -> str:
    """Say on what a safety report rests."""
    text = said(COPIES.get(report.copy, COPIES["none"])).format(duration=duration(report.duration_ms))
    why = [reason_words(report.reason), report.words] if report.copy == "none" else []
    squawk = QCoreApplication.translate("migrations", "squawk looked at it too.") if report.used_squawk else ""
    return " ".join(filter(None, (text, *why, squawk)))


def reason_words(reason: str) -> str:
    """Say why evidence or a rehearsal could not be had; an unknown code as it is."""
    if not reason:
        return ""
    if reason in WORDS:
        return f"{text_for(reason)}."
    known = REASONS.get(f"migration.{reason}")
    if known:
        return QCoreApplication.translate("errors", known)
    return QCoreApplication.translate("migrations", "Reason: {code}.").format(code=reason)


def difference_words(difference: SchemaDifference) -> str:
    """Say a difference between models and database in a line."""
    text = said(DIFFERENCES.get(difference.kind, DIFFERENCES["other"])).format(name=difference.name)
    return f"{text}  ({difference.detail})" if difference.detail else text


def rename_words(rename: Rename) -> str:
    """Ask whether a drop and an add are one rename."""
    if rename.kind == "table":
        text = QCoreApplication.translate("migrations", "The table {old} is renamed to {new}; its rows are kept")
    else:
        text = QCoreApplication.translate(
            "migrations", "The column {old} of {table} is renamed to {new}; its values are kept"
        )
    return text.format(table=rename.table, old=rename.old, new=rename.new)


def rename_line(rename: Rename) -> str:
    """Write a rename in a short line: "bookings.remark → note"."""
    return f"{rename.table}.{rename.old} → {rename.new}" if rename.table else f"{rename.old} → {rename.new}"


def phase_words(phase: TestPhase) -> str:
    """Name a leg of a test, with its revision where it is of one."""
    name = said(PHASES.get(phase.name, phase.name))
    return f"{name} · {phase.revision}" if phase.revision else name


def duration(ms: float | None) -> str:
    """Write a time in milliseconds as people read it: 12 ms, 1.2 s, 3 min 05 s, 2 h 03 min; "" for None."""
    locale = QLocale()
    if ms is None:
        return ""
    if ms < _SECOND:
        return QCoreApplication.translate("migrations", "{ms} ms").format(ms=locale.toString(round(ms)))
    if ms < _MINUTE:
        return QCoreApplication.translate("migrations", "{s} s").format(s=locale.toString(ms / _SECOND, "f", 1))
    if ms < _HOUR:
        text = QCoreApplication.translate("migrations", "{min} min {s} s")
        return text.format(min=int(ms // _MINUTE), s=f"{int(ms % _MINUTE // _SECOND):02}")
    text = QCoreApplication.translate("migrations", "{h} h {min} min")
    return text.format(h=int(ms // _HOUR), min=f"{int(ms % _HOUR // _MINUTE):02}")


def readable(error: StudioError) -> StudioError:
    """Write the moments among an error's facts, which services say as ISO 8601, as people read them; in place."""
    for name in _MOMENTS & error.facts.keys():
        with suppress(ValueError):
            error.facts[name] = moment(datetime.fromisoformat(str(error.facts[name])))
    return error
