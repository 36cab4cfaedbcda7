"""English sentences of the command line on exporting to and importing from files: errors, remarks, steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nexus_studio.core.data.transferplan import Unkept

TRANSFER_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "cli.output_json": ("Rows and an answer in JSON can't both go to standard output.", "Give --output FILE."),
    "transfer": ("The file was not written, or not read.", "Nothing was changed."),
    "transfer.exists": ("The file {file} is there already.", "Add --replace, or choose another name."),
    "transfer.is_folder": ("{file} is a folder.", "Name a file in it."),
    "transfer.no_folder": ("There is no folder {folder}.", "Make it first."),
    "transfer.disk_full": ("The disk of {folder} is full, with {free} left. No file was made.", "Make room there."),
    "transfer.unwritable": ("{file} can't be written: {words}.", "Choose another place."),
    "transfer.packed": ("A file of the format {format} is compressed already.", "Leave --compress out."),
    "transfer.needs_file": ("The format {format} can't be written to standard output.", "Give --output FILE."),
    "transfer.style": (
        "That {field} can't be used.",
        "Delimiter and quote are one sign each, and differ; NULL's text holds neither; a BOM is for UTF-8.",
    ),
    "transfer.no_columns": ("There is no column of {relation} to export.", "Privileges may be missing."),
    "transfer.no_program": ("Nothing is installed that writes the format {format}.", "{words}"),
    "transfer.unfit": (
        "{format} can't hold a value of {column}.",
        "Leave the column out with --columns, or use another format.",
    ),
    "transfer.file_missing": ("There is no file {file}.", "Check the path."),
    "transfer.unreadable": ("{file} can't be read: {words}.", "Check its permissions."),
    "transfer.damaged": ("{file} is damaged, cut off, or not compressed as its name says.", "Get it again."),
    "transfer.kind_unknown": ("Files of the format {format} can't be imported.", "Say --format where it is another."),
    "transfer.empty": ("There is nothing in the file.", "Check the file; of a workbook, name the sheet with --sheet."),
    "transfer.not_json": ("{file} has no JSON object in line {line}.", "There must be one object in each line."),
    "transfer.no_workbook": ("{file} is no Excel workbook.", "Older ones (.xls) have to be saved as .xlsx."),
    "transfer.no_sheet": ("There is no sheet {name}.", "There are: {columns}."),
    "transfer.read_only": ("Rows can't be imported into {relation} ({reason}).", "Import into the table behind it."),
    "transfer.no_match": ("No column of the file is one of {relation}.", "Say which with --map, or use --no-header."),
    "transfer.map_unknown": ("The file has no column {name}.", "--preview shows those it has."),
    "transfer.map_twice": ("Several columns would go to {column}: {columns}.", "Leave one out: --map NAME=."),
    "transfer.no_key": ("The file has no key of {relation}.", "A row must be found by {columns}, or by --key."),
    "transfer.key_not_unique": ("Rows of {relation} can't be told apart by {key}.", "Take a unique key."),
    "transfer.key_missing": ("The file lacks columns of the key: {key}.", "Say which they are with --map."),
    "transfer.lacking": ("The file lacks columns that must have a value: {columns}.", "Give them a default."),
    "transfer.lines": ("{number} lines were refused. Nothing was written.", "List them with --dry-run."),
}

LINE_REASONS: Final[Mapping[str, str]] = {
    "transfer.width": "it has {found} cells, and the header {expected}",
    "transfer.open_quote": "a quote in it is never closed",
    "transfer.nul": "text can't hold the character NUL",
    "transfer.not_text": "it is no text in the file's encoding",
    "transfer.not_json": "it is no JSON object",
    "transfer.other_key": "it has a name that the first thousand lines have not",
    "transfer.same_key": "line {other} has the same value",
    "transfer.no_parent": "the row it points to in {target} is not there",
    "transfer.no_row": "there is no row with that key",
    "transfer.masked": "an export that hid values wrote these dots in place of one",
    "transfer.no_key_here": "the key is not whole",
    "constraint.unique": "a row of the table has the same value",
    "constraint.not_null": "the column takes no NULL",
    "constraint.check": "a check of the table does not hold",
    "constraint.exclusion": "another row stands in the way of it",
    "value.invalid": "PostgreSQL does not read it as this type",
    "permission.denied": "a policy of the table does not allow it",
    "server.refused": "PostgreSQL refuses it",
}
"""Why a line is refused, where PostgreSQL has not said it itself."""

UNKEPT: Final[Mapping[Unkept, str]] = {
    Unkept.MANY: "the history keeps the rows of at most 10,000 lines and 32 MB; make a backup first",
    Unkept.MASKED: "it writes masked columns, whose values this connection does not read",
    Unkept.FOLLOWED: "foreign keys of other tables follow what it changes",
    Unkept.UNREAD: "the role may not read what it writes, or rows have no key",
    Unkept.UNTOLD: "triggers wrote otherwise than the lines say",
}
"""Why the history keeps no rows of an import."""

REMARKS: Final[Mapping[str, str]] = {
    "transfer.sheets": "an Excel sheet ends at 1,048,576 rows: there are {number} sheets",
    "transfer.digits": "{number} numbers have more digits than Excel keeps, and are texts there: {columns}",
    "transfer.moments": "{number} moments are ones that Excel can't hold, and are texts there: {columns}",
    "transfer.cut": "{number} texts were cut at Excel's 32,767 characters: {columns}",
    "transfer.control": "control characters, which Excel does not take, were left out of {number} texts: {columns}",
    "transfer.texts": "written as texts, since the format has no such type: {columns}",
}

STEPS: Final[Mapping[str, str]] = {
    "transfer.exporting": "Exporting",
    "transfer.reading": "Reading the file",
    "transfer.staging": "Taking lines in",
    "transfer.checking": "Checking lines",
    "transfer.importing": "Writing",
}
