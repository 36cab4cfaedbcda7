"""Sentences of the export and import dialogs."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.data.transfer import ExportReport, FileFormat, Remark
from nexus_studio.core.data.transferkeeping import MOST_CHARACTERS, MOST_KEPT
from nexus_studio.core.data.transferplan import Refusal, Unkept
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.wording_transfer import LINE_REASONS

IMPORT = "rows.import"

FORMATS = {
    FileFormat.CSV: QT_TRANSLATE_NOOP("transfer", "CSV: cells between commas"),
    FileFormat.TSV: QT_TRANSLATE_NOOP("transfer", "TSV: cells between tabs"),
    FileFormat.EXCEL: QT_TRANSLATE_NOOP("transfer", "Excel workbook"),
    FileFormat.JSON: QT_TRANSLATE_NOOP("transfer", "JSON: one array"),
    FileFormat.JSON_LINES: QT_TRANSLATE_NOOP("transfer", "JSON Lines: one object a line"),
    FileFormat.SQL: QT_TRANSLATE_NOOP("transfer", "SQL: INSERT statements"),
    FileFormat.PARQUET: QT_TRANSLATE_NOOP("transfer", "Parquet"),
}

_REMARKS = {
    "transfer.sheets": QT_TRANSLATE_NOOP(
        "transfer", "An Excel sheet ends at 1,048,576 rows: there are {number} sheets."
    ),
    "transfer.digits": QT_TRANSLATE_NOOP(
        "transfer", "Numbers with more digits than Excel keeps ({number}) are texts there: {columns}."
    ),
    "transfer.moments": QT_TRANSLATE_NOOP(
        "transfer", "Moments that Excel can't hold ({number}) are texts there: {columns}."
    ),
    "transfer.cut": QT_TRANSLATE_NOOP("transfer", "Texts were cut at Excel's 32,767 characters ({number}): {columns}."),
    "transfer.control": QT_TRANSLATE_NOOP(
        "transfer", "Control characters, which Excel does not take, were left out of {number} texts: {columns}."
    ),
    "transfer.texts": QT_TRANSLATE_NOOP("transfer", "Written as texts, since the format has no such type: {columns}."),
}


_UNKEPT = {
    Unkept.MANY: QT_TRANSLATE_NOOP("transfer", "the history keeps the rows of at most {lines} lines and {size}."),
    Unkept.MASKED: QT_TRANSLATE_NOOP(
        "transfer", "it writes columns that are masked here, and nobody knows their values."
    ),
    Unkept.FOLLOWED: QT_TRANSLATE_NOOP("transfer", "foreign keys of other tables follow what it changes."),
    Unkept.UNREAD: QT_TRANSLATE_NOOP("transfer", "your role may not read what it writes, or rows have no key."),
    Unkept.UNTOLD: QT_TRANSLATE_NOOP("transfer", "triggers wrote otherwise than the lines say."),
}


def said(words: str) -> str:
    """Return marked words in the current language."""
    return QCoreApplication.translate("transfer", words)


def remark_words(remark: Remark) -> str:
    """Say what is not in the file as it is in the database."""
    words = said(_REMARKS.get(remark.code, remark.code))
    return words.format(number=QLocale().toString(remark.number), columns=", ".join(remark.columns))


def export_lines(report: ExportReport) -> tuple[str, ...]:
    """Say what else there is to know about an export."""
    masked: tuple[str, ...] = ()
    if report.masked:
        words = said(QT_TRANSLATE_NOOP("transfer", "Masked in this connection: {columns}."))
        masked = (words.format(columns=", ".join(report.masked)),)
    return (*masked, *map(remark_words, report.remarks))


def unkept_words(unkept: Unkept, *, is_done: bool = False) -> str:
    """Say that an import can't be taken back, and why."""
    why = said(_UNKEPT[unkept]).format(lines=QLocale().toString(MOST_KEPT), size=size_text(MOST_CHARACTERS))
    if is_done:
        return said(QT_TRANSLATE_NOOP("transfer", "It can't be taken back from History: {why}")).format(why=why)
    return said(QT_TRANSLATE_NOOP("transfer", "It won't be possible to take it back from History: {why}")).format(
        why=why
    )


def reason_words(refusal: Refusal) -> str:
    """Say why a line is refused: in PostgreSQL's words where it was asked."""
    if refusal.words:
        return refusal.words
    text = LINE_REASONS.get(refusal.code, refusal.code)
    facts = {name: str(fact) for name, fact in refusal.facts}
    try:
        return QCoreApplication.translate("errors", text).format(**facts)
    except KeyError:
        return QCoreApplication.translate("errors", text)


def obstacle(session: Session) -> str:
    """Say why nothing can be imported with this connection just now; empty where it can."""
    wanted = rail(act(IMPORT), session.profile.environment)
    if wanted is Rail.REFUSED:
        return said(QT_TRANSLATE_NOOP("transfer", "This environment does not allow it."))
    if session.is_read_only_for_good:
        return said(QT_TRANSLATE_NOOP("transfer", "This connection is read-only."))
    if wanted.is_locked and session.is_read_only:
        return said(QT_TRANSLATE_NOOP("transfer", "Production is locked. Unlock it at the top of the window first."))
    return ""
