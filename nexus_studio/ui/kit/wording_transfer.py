"""English source of the words for exporting to and importing from files: errors, reasons, progress.

Contexts: "errors" and "progress".
"""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

_NOTHING = QT_TRANSLATE_NOOP("errors", "Nothing was written.")
_NO_FILE = QT_TRANSLATE_NOOP("errors", "No file was made.")

TRANSFER_WORDS: Mapping[str, Words] = {
    "transfer.refused": Words(QT_TRANSLATE_NOOP("errors", "The file was not written, or not read"), _NOTHING),
    "transfer.exists": Words(QT_TRANSLATE_NOOP("errors", "The file “{file}” is there already"), _NO_FILE),
    "transfer.is_folder": Words(QT_TRANSLATE_NOOP("errors", "“{file}” is a folder")),
    "transfer.no_folder": Words(QT_TRANSLATE_NOOP("errors", "There is no folder “{folder}”")),
    "transfer.disk_full": Words(QT_TRANSLATE_NOOP("errors", "The disk of “{folder}” is full"), _NO_FILE),
    "transfer.unwritable": Words(
        QT_TRANSLATE_NOOP("errors", "“{file}” can't be written"),
        QT_TRANSLATE_NOOP("errors", "The system says: {words}."),
    ),
    "transfer.packed": Words(QT_TRANSLATE_NOOP("errors", "A file of the format {format} is compressed already")),
    "transfer.needs_file": Words(QT_TRANSLATE_NOOP("errors", "The format {format} needs a file")),
    "transfer.style": Words(
        QT_TRANSLATE_NOOP("errors", "That way of writing cells can't be used"),
        QT_TRANSLATE_NOOP(
            "errors",
            "Delimiter and quote are one sign each, and differ; the text for NULL holds neither; a mark at the "
            "beginning is for UTF-8.",
        ),
    ),
    "transfer.no_columns": Words(QT_TRANSLATE_NOOP("errors", "There is no column of {relation} to export")),
    "transfer.no_program": Words(
        QT_TRANSLATE_NOOP("errors", "Nothing is installed that writes the format {format}"),
        QT_TRANSLATE_NOOP("errors", "Install it: {words}"),
    ),
    "transfer.unfit": Words(
        QT_TRANSLATE_NOOP("errors", "The format {format} can't hold a value of “{column}”"),
        QT_TRANSLATE_NOOP("errors", "Leave the column out, or choose another format. No file was made."),
    ),
    "transfer.file_missing": Words(QT_TRANSLATE_NOOP("errors", "There is no file “{file}”")),
    "transfer.unreadable": Words(
        QT_TRANSLATE_NOOP("errors", "“{file}” can't be read"), QT_TRANSLATE_NOOP("errors", "The system says: {words}.")
    ),
    "transfer.damaged": Words(
        QT_TRANSLATE_NOOP("errors", "“{file}” is damaged"),
        QT_TRANSLATE_NOOP("errors", "It is cut off, or not compressed as its name says."),
    ),
    "transfer.kind_unknown": Words(QT_TRANSLATE_NOOP("errors", "Files of the format {format} can't be imported")),
    "transfer.empty": Words(QT_TRANSLATE_NOOP("errors", "There is nothing in the file")),
    "transfer.not_json": Words(
        QT_TRANSLATE_NOOP("errors", "“{file}” has no JSON object in line {line}"),
        QT_TRANSLATE_NOOP("errors", "There must be one object in each line."),
    ),
    "transfer.no_workbook": Words(
        QT_TRANSLATE_NOOP("errors", "“{file}” is no Excel workbook"),
        QT_TRANSLATE_NOOP("errors", "Older ones (.xls) have to be saved as .xlsx."),
    ),
    "transfer.no_sheet": Words(QT_TRANSLATE_NOOP("errors", "The workbook has no sheet “{name}”")),
    "transfer.read_only": Words(QT_TRANSLATE_NOOP("errors", "Rows can't be imported into {relation}")),
    "transfer.no_match": Words(
        QT_TRANSLATE_NOOP("errors", "No column of the file is one of {relation}"),
        QT_TRANSLATE_NOOP("errors", "Say which column goes where, or that the first line has no names."),
    ),
    "transfer.map_unknown": Words(QT_TRANSLATE_NOOP("errors", "The file has no column “{name}”")),
    "transfer.map_twice": Words(
        QT_TRANSLATE_NOOP("errors", "Several columns would go to “{column}”"),
        QT_TRANSLATE_NOOP("errors", "They are {columns}: leave one out."),
    ),
    "transfer.no_key": Words(
        QT_TRANSLATE_NOOP("errors", "The file has no key of {relation}"),
        QT_TRANSLATE_NOOP("errors", "A row is found by a unique key, all of whose columns the file must have."),
    ),
    "transfer.key_not_unique": Words(QT_TRANSLATE_NOOP("errors", "Rows of {relation} can't be told apart by {key}")),
    "transfer.key_missing": Words(QT_TRANSLATE_NOOP("errors", "The file lacks columns of the key: {key}")),
    "transfer.lacking": Words(
        QT_TRANSLATE_NOOP("errors", "The file lacks columns that must have a value"),
        QT_TRANSLATE_NOOP("errors", "They take no NULL and have no default: {columns}."),
    ),
    "transfer.lines": Words(
        QT_TRANSLATE_NOOP("errors", "Lines of the file were refused"),
        QT_TRANSLATE_NOOP("errors", "There are {number}. Nothing was written."),
    ),
}

TRANSFER_REASONS: Mapping[str, str] = {
    "transfer.view": QT_TRANSLATE_NOOP(
        "errors", "It is a view: only new rows go into one, where PostgreSQL knows how."
    ),
    "transfer.materialized_view": QT_TRANSLATE_NOOP("errors", "It is a materialized view."),
    "transfer.foreign_table": QT_TRANSLATE_NOOP("errors", "It is a foreign table."),
    "transfer.no_columns": QT_TRANSLATE_NOOP("errors", "It has no columns."),
    "transfer.privilege": QT_TRANSLATE_NOOP("errors", "The role lacks the privilege."),
    "transfer.no_key": QT_TRANSLATE_NOOP("errors", "It has no key."),
}

LINE_REASONS: Mapping[str, str] = {
    "transfer.width": QT_TRANSLATE_NOOP("errors", "It has {found} cells, and the header {expected}."),
    "transfer.open_quote": QT_TRANSLATE_NOOP("errors", "A quote in it is never closed."),
    "transfer.nul": QT_TRANSLATE_NOOP("errors", "Text can't hold the character NUL."),
    "transfer.not_text": QT_TRANSLATE_NOOP("errors", "It is no text in the file's encoding."),
    "transfer.not_json": QT_TRANSLATE_NOOP("errors", "It is no JSON object."),
    "transfer.other_key": QT_TRANSLATE_NOOP("errors", "It has a name that the first thousand lines have not."),
    "transfer.same_key": QT_TRANSLATE_NOOP("errors", "Line {other} has the same value."),
    "transfer.no_parent": QT_TRANSLATE_NOOP("errors", "The row it points to in {target} is not there."),
    "transfer.no_row": QT_TRANSLATE_NOOP("errors", "There is no row with that key."),
    "transfer.masked": QT_TRANSLATE_NOOP("errors", "An export that hid values wrote these dots in place of one."),
    "transfer.no_key_here": QT_TRANSLATE_NOOP("errors", "The key is not whole."),
    "constraint.unique": QT_TRANSLATE_NOOP("errors", "Another row has the same value."),
    "constraint.not_null": QT_TRANSLATE_NOOP("errors", "The column takes no NULL."),
    "constraint.exclusion": QT_TRANSLATE_NOOP("errors", "Another row stands in the way of it."),
    "value.invalid": QT_TRANSLATE_NOOP("errors", "PostgreSQL does not read it as this type."),
    "permission.denied": QT_TRANSLATE_NOOP("errors", "A policy of the table does not allow it."),
    "server.refused": QT_TRANSLATE_NOOP("errors", "PostgreSQL refuses it."),
}
"""Why a line is refused, where PostgreSQL has not said it itself."""

TRANSFER_PROGRESS: Mapping[str, str] = {
    "transfer.exporting": QT_TRANSLATE_NOOP("progress", "Exporting rows"),
    "transfer.reading": QT_TRANSLATE_NOOP("progress", "Reading the file"),
    "transfer.staging": QT_TRANSLATE_NOOP("progress", "Taking lines in"),
    "transfer.checking": QT_TRANSLATE_NOOP("progress", "Checking lines"),
    "transfer.importing": QT_TRANSLATE_NOOP("progress", "Writing rows"),
}
