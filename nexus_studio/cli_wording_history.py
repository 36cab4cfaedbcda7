"""English sentences of the command line on the history of saves: errors by code, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nexus_studio.core.data.undoing import Gap

_LIST: Final = "See `nexus-studio history list`."

HISTORY_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "history": ("The history can't be used.", "Nothing was changed."),
    "history.store": ("The history in {file} can't be used: {words}", "See whether the file may be written."),
    "history.newer": ("A later Nexus Studio has written {file}.", "Use the later one, or put that file elsewhere."),
    "history.unknown_set": ("There is no saved change set {id}.", _LIST),
    "history.many_sets": ("Several saved change sets begin with {id}.", "Write more of the id."),
    "history.part_broken": ("The rows of {id} can't be read any more.", "Look for them in a backup."),
    "history.other_database": ("{id} was saved to {place}.", "Name that database: --url or --profile."),
    "history.nothing_left": ("There is nothing of {id} to take back.", _LIST),
    "history.no_table": (
        "No history is shared in this database: there is no table {relation}.",
        "Make it with `nexus-studio history share`.",
    ),
    "history.has_table": ("The table {relation} is there already.", "GRANT INSERT, SELECT on it to whom it is for."),
    "history.table_kept_from": ("This role may not read {relation}.", "Its owner can GRANT SELECT, INSERT on it."),
    "history.reason": ("This connection asks for a reason with each save.", 'Add --reason "WHY".'),
    "history.unwritten": (
        "Nothing was written, since it could not be kept in the history {file}: {words}",
        "Make room there, or write it all the same with --without-history.",
    ),
    "history.unwritten_shared": (
        "Nothing was written, since it could not be added to {relation}: {words}",
        "Ask its owner, or write it all the same with --without-history.",
    ),
}
"""By code, as in `cli_wording`."""

GAPS: Final[Mapping[Gap, str]] = {
    Gap.RELATION_GONE: "the table is gone",
    Gap.TAKEN_OVER: "they point to a key that another row took over in the same save",
    Gap.COLUMN_GONE: "columns are gone",
    Gap.NOT_EDITABLE: "this role may not write them",
    Gap.KEY_CHANGED: "the table's key is another one now",
    Gap.MASKED: "some of their values were masked when they were deleted, and not kept",
    Gap.UNREAD: "they could not be read when they went along",
}
