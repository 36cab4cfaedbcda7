"""English sentences of the command line on exporting to and importing from files: errors, remarks, steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

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
}

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
