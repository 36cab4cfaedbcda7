"""English sentences of the command line on importing SQLite files: errors by code, reasons, progress steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_DRY: Final = "`nexus-studio import-sqlite FILE --dry-run` shows what goes where."

IMPORT_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "import": ("The file was not imported.", _DRY),
    "import.file_missing": ("There is no file {file}.", "Check the path."),
    "import.not_sqlite": ("{file} is no SQLite database.", "It is another kind of file, is empty, or is encrypted."),
    "import.unreadable": ("{file} can't be read: {reason}. {words}", "Close what writes to it, or copy it elsewhere."),
    "import.map_unknown": ("There is no {name} to map.", "Names are written as they are there. " + _DRY),
    "import.form_unknown": (
        "{name} is no way to read numbers as moments.",
        "Write seconds, milliseconds, microseconds or julian.",
    ),
    "import.map_twice": ("Two things would go to {target}: {tables}.", "Map one elsewhere, or leave it out: --map a=."),
    "import.no_match": ("No table of the file is one of the database.", "Apply the migrations first, or use --map."),
    "import.lacking": ("The file lacks columns that must have a value: {columns}.", "Give them a default."),
    "import.filled": (
        "Tables hold rows already: {tables}.",
        "Empty them first, or add to what is there with --append.",
    ),
    "import.values": ("{number} values of the file were refused. Nothing was written.", "List them with --dry-run."),
    "import.differs": (
        "What was written to {table} is not what was sent ({columns}). Everything was taken back.",
        "A trigger or a rule of the table may have changed it.",
    ),
}

FILE_REASONS: Final[Mapping[str, str]] = {
    "busy": "another program is writing to it",
    "damaged": "it is damaged",
    "system": "the system does not let it be opened",
    "sqlite": "SQLite gave up",
}

VALUE_REASONS: Final[Mapping[str, str]] = {
    "value.null": "the column takes no NULL",
    "value.blob": "these are bytes, and the type holds none",
    "value.text_for_bytes": "this is text where bytes are wanted",
    "value.moment_range": "PostgreSQL's calendar does not reach there",
    "value.inexact": "the type can't hold this number exactly",
    "value.ragged_array": "the arrays inside differ in length",
    "value.nul": "text can't hold the character NUL",
    "value.not_text": "it is no text in UTF-8",
    "value.too_long": "it may have at most {length} characters",
    "value.not_integer": "this is not a whole number",
    "value.out_of_range": "it must lie between {low} and {high}",
    "value.not_number": "this is not a number",
    "value.too_precise": "only {precision} digits fit, {scale} of them after the point",
    "value.too_fine": "only {digits} digits of a second are kept",
    "value.time_lost": "a date has no time of day",
    "value.not_boolean": "this is neither true nor false",
    "value.not_uuid": "this is not a UUID",
    "value.not_in_list": "the type has no such value",
    "value.not_json": "this is not valid JSON",
    "value.not_date": "this day does not exist",
    "value.not_time": "this is not a time of day",
    "value.not_timestamp": "this is not a moment in any form of SQLite's",
    "value.not_array": "this is not a JSON array",
    "value.invalid": "PostgreSQL does not read it as this type",
    "server.refused": "PostgreSQL refuses it",
    "constraint.unique": "another row has the same value",
    "constraint.foreign_key": "the row it points to in {target} is not there",
    "constraint.check": "the constraint {constraint} does not hold",
    "constraint.not_null": "the column takes no NULL",
    "constraint.exclusion": "another row stands in the way of it",
}

STEPS: Final[Mapping[str, str]] = {
    "import.reading": "Reading the file",
    "import.trying": "Trying",
    "import.rows": "Writing",
    "import.comparing": "Comparing",
}
