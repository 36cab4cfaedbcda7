"""English sentences of the command line on resets and shelves: errors by code, progress steps, phases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nexus_studio.core.admin.resets import ResetPhase

_UNTOUCHED: Final = "Nothing was changed."
_LOOK: Final = "See `nexus-studio reset --status`."

RESET_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "reset": ("That can't be done now.", _UNTOUCHED),
    "reset.stopped": (
        "The reset stopped half way, at {phase} {revision} ({cause}). The old rows are gone. {words} {backup}",
        "Go on with `nexus-studio reset --resume`; `nexus-studio reset --status` says where it stands.",
    ),
    "reset.connected": (
        "Others are connected ({count}): {names}. Nothing was changed.",
        "Have them leave, or add --end-others; `reset` and `empty` know --beside-others too.",
    ),
    "reset.may_not_end": (
        "The role may not end this connection of another role: {names}.",
        "Have it leave, or connect as its role or a member of pg_signal_backend; superusers' end by superusers only.",
    ),
    "reset.changed": (
        "More would be lost than was said: {names}. Nothing was changed.",
        "Run the command again to see what would be lost.",
    ),
    "reset.backup_failed": ("The safety backup could not be made in {folder}. {words}", _UNTOUCHED),
    "reset.schema_unknown": ("There is no schema {schema}.", _UNTOUCHED),
    "reset.table_unknown": ("There is no table {relation}.", "See `nexus-studio relations`."),
    "reset.nothing_chosen": ("No table is named.", "Name tables, or add --all."),
    "reset.own_table": ("{relation} says how migrations stand, and is not emptied.", "Leave it out."),
    "reset.unfinished": (
        "A reset of this database that began at {started} is not done.",
        "Go on with `nexus-studio reset --resume`, or give it up with `nexus-studio reset --give-up`.",
    ),
    "reset.nothing_to_resume": ("No reset of this database waits to be gone on with.", ""),
    "reset.running": ("This database is being reset just now.", "Wait until that is done."),
    "reset.journal_broken": (
        "What an earlier reset noted can't be read: {file}. {words}",
        "Look at the database, then remove that file.",
    ),
    "reset.journal_unwritable": ("A reset can't be noted in {file}, and so it is not done. {words}", _UNTOUCHED),
    "reset.pooler": ("That can't be done through a pooler.", "Connect to the server itself."),
    "reset.other_database": ("Another database is called {database} by now.", _LOOK),
    "reset.kept_depends": ("What is to be kept needs what is to go: {names}.", "Keep more schemas, or fewer."),
    "reset.versions_stay": (
        "The version table is in the schema {schema}, which is not emptied: no migration would be applied.",
        "Name that schema too, or add --no-migrate.",
    ),
    "reset.keep_failed": ("The schemas {schemas} could not be kept. {words}", "The database is as it was."),
    "reset.may_not_leave": (
        "A database can't be recreated while others are connected.",
        "Leave --beside-others out, or write --end-others.",
    ),
    "reset.may_not_create": (
        "The role may not make databases of this kind.",
        "It must be allowed to create databases, and be a member of {owner}.",
    ),
    "reset.migration_failed": ("The migration {revision} failed. {words}", "The database is as it was."),
    "shelf": ("That shelf can't be used.", _UNTOUCHED),
    "shelf.unknown": ("There is no shelf “{name}” of this database.", "See `nexus-studio shelf list`."),
    "shelf.exists": ("There is a shelf “{name}” already.", "Choose another name, or drop that one first."),
    "shelf.name": ("A shelf can't be called that.", "One line of up to 60 characters makes a name."),
    "shelf.not_restored": ("The shelf “{name}” could not be put back. {words}", "The database is as it was."),
}
"""By code, as in `cli_wording`."""

STEPS: Final[Mapping[str, str]] = {
    "reset.counting": "Counting what would be lost",
    "reset.backup": "Making a safety backup",
    "backup.checking": "Reading the backup again",
    "reset.drop": "Dropping what is there",
    "reset.create": "Creating a new database",
    "reset.fill": "Bringing what is kept",
    "reset.migrate": "Applying migrations",
    "reset.grant": "Giving owners and privileges again",
    "reset.seed": "Filling in example rows",
    "reset.swap": "Giving the new database its name",
    "reset.remove": "Removing the old database",
    "reset.emptying": "Emptying tables",
    "shelf.taking": "Putting the database's state on a shelf",
    "shelf.putting_back": "Putting a state back from its shelf",
}
"""Of progress."""

PHASES: Final[Mapping[ResetPhase, str]] = {each: STEPS[f"reset.{each.value}"].lower() for each in ResetPhase}
