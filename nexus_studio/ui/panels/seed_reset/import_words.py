"""Sentences of the import page: what goes where, what was refused and why, how it ended."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.sqliteimport import ColumnPair, ImportReport, Refusal, TablePlan
from nexus_studio.core.admin.sqlitemoments import MomentForm
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.environments import environment_name
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_reasons import REASONS
from nexus_studio.ui.panels.seed_reset.counts import Counts

ACT = "import.sqlite"

_FORMS = {
    MomentForm.SECONDS: QT_TRANSLATE_NOOP("import", "seconds"),
    MomentForm.MILLISECONDS: QT_TRANSLATE_NOOP("import", "milliseconds"),
    MomentForm.MICROSECONDS: QT_TRANSLATE_NOOP("import", "microseconds"),
    MomentForm.JULIAN_DAYS: QT_TRANSLATE_NOOP("import", "Julian days"),
}


def obstacle(session: Session | None) -> str:
    """Say why nothing can be imported here; empty where it can."""
    if session is None:
        return QCoreApplication.translate("import", "There is no database.")
    environment = session.profile.environment
    if rail(act(ACT), environment) is Rail.REFUSED:
        words = QCoreApplication.translate("import", "Nothing is imported into a database of the kind “{environment}”.")
        return words.format(environment=environment_name(environment))
    if session.is_read_only_for_good:
        return QCoreApplication.translate("import", "This connection only reads.")
    return ""


def remarks(planned: TablePlan) -> str:
    """Say what is particular about a table: columns left out, computed, lacking, and how numbers are read."""
    said = [
        QCoreApplication.translate("import", words).format(columns=", ".join(names))
        for words, names in (
            (QT_TRANSLATE_NOOP("import", "Not in the database: {columns}"), planned.unmatched),
            (QT_TRANSLATE_NOOP("import", "Computed by PostgreSQL: {columns}"), planned.computed),
            (QT_TRANSLATE_NOOP("import", "Must have a value, not in the file: {columns}"), planned.lacking),
        )
        if names
    ]
    numbers = [form_words(pair) for pair in planned.columns if pair.counted]
    if numbers:
        words = QCoreApplication.translate("import", "Numbers are read as: {columns}")
        said.append(words.format(columns=", ".join(numbers)))
    return " · ".join(said)


def form_words(pair: ColumnPair) -> str:
    """Say how the numbers of a column of moments are read, whole ones and others: "createdAt in milliseconds"."""
    names = " / ".join(QCoreApplication.translate("import", _FORMS[form]) for form in pair.counted)
    return QCoreApplication.translate("import", "{column} in {form}").format(column=pair.source, form=names)


def reason_words(refusal: Refusal) -> str:
    """Say why a value or a row is refused."""
    text = REASONS.get(refusal.reason, refusal.reason)
    facts = {name: str(fact) for name, fact in refusal.facts}
    try:
        return QCoreApplication.translate("errors", text).format(**facts)
    except KeyError:
        return QCoreApplication.translate("errors", text)


def headline(report: ImportReport) -> str:
    """Say in a line how an import or a dry run ended."""
    if not report.is_dry:
        rows = sum(each.written for each in report.tables)
        return Counts().imported(rows)
    if report.refused:
        return Counts().refused(report.refused)
    return Counts().importable(report.plan.rows)


def notes(report: ImportReport) -> list[str]:
    """Say what else there is to know about how it ended."""
    said = []
    if report.is_dry:
        said.append(QCoreApplication.translate("import", "This was a dry run: nothing was written."))
        if not report.is_tried:
            said.append(QCoreApplication.translate("import", "Only the values were looked at: this may not write."))
    if report.filled and report.is_dry:
        words = QCoreApplication.translate("import", "Tables that hold rows already: {tables}.")
        said.append(words.format(tables=", ".join(map(str, report.filled))))
    if report.more:
        words = QCoreApplication.translate("import", "{number} further ones are not listed.")
        said.append(words.format(number=QLocale().toString(report.more)))
    uncompared = [f"{each.target}.{column}" for each in report.tables for column in each.uncompared]
    if uncompared and not report.is_dry:
        words = QCoreApplication.translate("import", "Compared by their NULLs only: {columns}.")
        said.append(words.format(columns=", ".join(uncompared)))
    return said
