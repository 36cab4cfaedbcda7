"""English sentences of the command line on duplicating rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DUPLICATE_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "duplicate": ("The row was not duplicated.", "Nothing was written."),
    "duplicate.gone": ("{relation} has no row with that key.", "Look for it with `nexus-studio rows`."),
    "duplicate.too_many": ("More than {most} rows would be copied.", "Name fewer tables with --with."),
    "duplicate.unanswered": (
        "A value of its own is wanted for {column} of {relation}, which is unique.",
        "Give it with --set COLUMN=VALUE where it is the row itself; copy the other rows in the window.",
    ),
    "duplicate.computed": (
        "Copies can't point to a copy in {relation}: its {column} is known only once it is written.",
        "Leave the tables that point to it out.",
    ),
    "duplicate.numbers": (
        "The role may not take numbers for {column} of {relation}.",
        "GRANT it USAGE on the column's sequence, or leave the tables that point there out.",
    ),
    "duplicate.unknown_child": ("{relation} is no single way to rows that point there.", "There are: {names}."),
}
