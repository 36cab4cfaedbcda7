"""English source of the words for the import of SQLite files: errors, reasons, progress.

Contexts: "errors" and "progress".
"""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

_NOTHING = QT_TRANSLATE_NOOP("errors", "Nothing was written.")

IMPORT_WORDS: Mapping[str, Words] = {
    "import.refused": Words(QT_TRANSLATE_NOOP("errors", "The file was not imported"), _NOTHING),
    "import.file_missing": Words(QT_TRANSLATE_NOOP("errors", "There is no file “{file}”")),
    "import.not_sqlite": Words(
        QT_TRANSLATE_NOOP("errors", "“{file}” is no SQLite database"),
        QT_TRANSLATE_NOOP("errors", "It is another kind of file, is empty, or is encrypted."),
    ),
    "import.unreadable": Words(QT_TRANSLATE_NOOP("errors", "“{file}” can't be read")),
    "import.map_unknown": Words(
        QT_TRANSLATE_NOOP("errors", "There is no “{name}” to map"),
        QT_TRANSLATE_NOOP("errors", "Names of the file and of the database are written as they are there."),
    ),
    "import.form_unknown": Words(QT_TRANSLATE_NOOP("errors", "“{name}” is no way to read numbers as moments")),
    "import.map_twice": Words(
        QT_TRANSLATE_NOOP("errors", "Two things would go to “{target}”"),
        QT_TRANSLATE_NOOP("errors", "They are {tables}: choose another place for one, or leave it out."),
    ),
    "import.no_match": Words(
        QT_TRANSLATE_NOOP("errors", "No table of the file is one of the database"),
        QT_TRANSLATE_NOOP("errors", "Apply the migrations first, or say which table is meant."),
    ),
    "import.lacking": Words(
        QT_TRANSLATE_NOOP("errors", "The file lacks columns that must have a value"),
        QT_TRANSLATE_NOOP("errors", "They take no NULL and have no default: {columns}."),
    ),
    "import.filled": Words(
        QT_TRANSLATE_NOOP("errors", "Tables hold rows already"),
        QT_TRANSLATE_NOOP("errors", "They are {tables}. Empty them first, or choose to add to what is there."),
    ),
    "import.values": Words(
        QT_TRANSLATE_NOOP("errors", "Values of the file were refused"),
        QT_TRANSLATE_NOOP("errors", "There are {number}. Nothing was written."),
    ),
    "import.differs": Words(
        QT_TRANSLATE_NOOP("errors", "What was written is not what was sent"),
        QT_TRANSLATE_NOOP(
            "errors", "The table {table} differs, perhaps by a trigger or a rule of it. Everything was taken back."
        ),
        extras=(("columns", QT_TRANSLATE_NOOP("errors", "Columns: {columns}.")),),
    ),
}

IMPORT_REASONS: Mapping[str, str] = {
    "import.busy": QT_TRANSLATE_NOOP("errors", "Another program is writing to it."),
    "import.damaged": QT_TRANSLATE_NOOP("errors", "It is damaged."),
    "import.system": QT_TRANSLATE_NOOP("errors", "The system does not let it be opened."),
    "import.sqlite": QT_TRANSLATE_NOOP("errors", "SQLite gave up ({words})."),
    "value.null": QT_TRANSLATE_NOOP("errors", "The column takes no NULL."),
    "value.blob": QT_TRANSLATE_NOOP("errors", "These are bytes, and the type holds none."),
    "value.text_for_bytes": QT_TRANSLATE_NOOP("errors", "This is text where bytes are wanted."),
    "value.moment_range": QT_TRANSLATE_NOOP("errors", "PostgreSQL's calendar does not reach there."),
    "value.inexact": QT_TRANSLATE_NOOP("errors", "The type can't hold this number exactly."),
    "value.ragged_array": QT_TRANSLATE_NOOP("errors", "The arrays inside differ in length."),
    "constraint.unique": QT_TRANSLATE_NOOP("errors", "Another row has the same value."),
    "constraint.foreign_key": QT_TRANSLATE_NOOP("errors", "The row it points to in {target} is not there."),
    "constraint.check": QT_TRANSLATE_NOOP("errors", "The constraint “{constraint}” does not hold."),
    "constraint.not_null": QT_TRANSLATE_NOOP("errors", "The column takes no NULL."),
    "constraint.exclusion": QT_TRANSLATE_NOOP("errors", "Another row stands in the way of it."),
    "value.invalid": QT_TRANSLATE_NOOP("errors", "PostgreSQL does not read it as this type."),
    "server.refused": QT_TRANSLATE_NOOP("errors", "PostgreSQL refuses it."),
}

IMPORT_PROGRESS: Mapping[str, str] = {
    "import.reading": QT_TRANSLATE_NOOP("progress", "Reading the file"),
    "import.trying": QT_TRANSLATE_NOOP("progress", "Trying rows"),
    "import.rows": QT_TRANSLATE_NOOP("progress", "Writing rows"),
    "import.comparing": QT_TRANSLATE_NOOP("progress", "Comparing what was written"),
}
