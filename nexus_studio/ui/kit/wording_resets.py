"""English source of the words for resets and shelves: errors and progress. Contexts "errors" and "progress"."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

_WORDS = ("words", QT_TRANSLATE_NOOP("errors", "The reason given: “{words}”."))
_NAMES = ("names", QT_TRANSLATE_NOOP("errors", "They are: {names}."))
_BACKUP = ("backup", QT_TRANSLATE_NOOP("errors", "The safety backup: {backup}."))

RESET_WORDS: Mapping[str, Words] = {
    "reset.refused": Words(
        QT_TRANSLATE_NOOP("errors", "That can't be done now"), QT_TRANSLATE_NOOP("errors", "Nothing was changed.")
    ),
    "reset.stopped": Words(
        QT_TRANSLATE_NOOP("errors", "The reset stopped half way"),
        QT_TRANSLATE_NOOP("errors", "The old rows are gone. It can be gone on with, from where it stood."),
        extras=(
            ("revision", QT_TRANSLATE_NOOP("errors", "It stopped at the migration {revision}.")),
            _WORDS,
            _BACKUP,
        ),
    ),
    "reset.connected": Words(
        QT_TRANSLATE_NOOP("errors", "Others are connected to the database"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed. Have them leave, or choose that they are ended."),
        extras=(_NAMES,),
    ),
    "reset.may_not_end": Words(
        QT_TRANSLATE_NOOP("errors", "Your role may not end a connection of another role"),
        QT_TRANSLATE_NOOP(
            "errors",
            "Have it leave, or connect as a member of its role or of pg_signal_backend."
            " Only superusers may end superusers’ connections.",
        ),
        extras=(_NAMES,),
    ),
    "reset.changed": Words(
        QT_TRANSLATE_NOOP("errors", "More would be lost than was said"),
        QT_TRANSLATE_NOOP("errors", "Something was added meanwhile, so that nothing was touched. Look again."),
        extras=(_NAMES,),
    ),
    "reset.backup_failed": Words(
        QT_TRANSLATE_NOOP("errors", "The safety backup could not be made"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed. It was to be written to {folder}."),
        extras=(_WORDS,),
    ),
    "reset.schema_unknown": Words(QT_TRANSLATE_NOOP("errors", "There is no schema “{schema}”")),
    "reset.table_unknown": Words(QT_TRANSLATE_NOOP("errors", "There is no table {relation}")),
    "reset.nothing_chosen": Words(QT_TRANSLATE_NOOP("errors", "No table is chosen")),
    "reset.own_table": Words(
        QT_TRANSLATE_NOOP("errors", "{relation} is not emptied"),
        QT_TRANSLATE_NOOP("errors", "It says which migrations were applied: without it, nobody could tell."),
    ),
    "reset.unfinished": Words(
        QT_TRANSLATE_NOOP("errors", "A reset of this database is not done"),
        QT_TRANSLATE_NOOP("errors", "It began at {started}. Go on with it, or give it up, on the page Reset."),
    ),
    "reset.nothing_to_resume": Words(QT_TRANSLATE_NOOP("errors", "No reset of this database waits to be gone on with")),
    "reset.running": Words(QT_TRANSLATE_NOOP("errors", "This database is being reset just now")),
    "reset.journal_broken": Words(
        QT_TRANSLATE_NOOP("errors", "What an earlier reset noted can't be read"),
        QT_TRANSLATE_NOOP("errors", "Look at the database, then remove {file}. Nothing is reset before that."),
    ),
    "reset.journal_unwritable": Words(
        QT_TRANSLATE_NOOP("errors", "A reset can't be noted, and so it is not done"),
        QT_TRANSLATE_NOOP("errors", "File: {file}."),
        extras=(_WORDS,),
    ),
    "reset.pooler": Words(
        QT_TRANSLATE_NOOP("errors", "That can't be done through a pooler"),
        QT_TRANSLATE_NOOP("errors", "Connect to the server itself: a pooler keeps connections to the database."),
    ),
    "reset.other_database": Words(
        QT_TRANSLATE_NOOP("errors", "The database is not the one it was"),
        QT_TRANSLATE_NOOP("errors", "Another one is called {database} by now. Nothing was touched."),
    ),
    "reset.kept_depends": Words(
        QT_TRANSLATE_NOOP("errors", "What is to be kept needs what is to go"),
        QT_TRANSLATE_NOOP("errors", "Keep more schemas, or fewer."),
        extras=(_NAMES,),
    ),
    "reset.versions_stay": Words(
        QT_TRANSLATE_NOOP("errors", "No migration would be applied after that"),
        QT_TRANSLATE_NOOP(
            "errors",
            "The version table is in the schema {schema}, which is not emptied. Choose that one too, or no migrations.",
        ),
    ),
    "reset.keep_failed": Words(
        QT_TRANSLATE_NOOP("errors", "The schemas could not be kept"),
        QT_TRANSLATE_NOOP("errors", "The database is as it was."),
        extras=(_WORDS,),
    ),
    "reset.may_not_leave": Words(
        QT_TRANSLATE_NOOP("errors", "A database can't be recreated while others are connected"),
    ),
    "reset.may_not_create": Words(
        QT_TRANSLATE_NOOP("errors", "Your role may not make databases of this kind"),
        QT_TRANSLATE_NOOP("errors", "It must be allowed to create databases, and be a member of {owner}."),
    ),
    "reset.migration_failed": Words(
        QT_TRANSLATE_NOOP("errors", "The migration {revision} failed"),
        QT_TRANSLATE_NOOP("errors", "The database is as it was."),
        extras=(_WORDS,),
    ),
    "shelf.unknown": Words(QT_TRANSLATE_NOOP("errors", "There is no shelf “{name}” of this database")),
    "shelf.exists": Words(
        QT_TRANSLATE_NOOP("errors", "There is a shelf “{name}” already"),
        QT_TRANSLATE_NOOP("errors", "Choose another name, or drop that one first."),
    ),
    "shelf.name": Words(
        QT_TRANSLATE_NOOP("errors", "A shelf can't be called that"),
        QT_TRANSLATE_NOOP("errors", "One line of up to 60 characters makes a name."),
    ),
    "shelf.not_restored": Words(
        QT_TRANSLATE_NOOP("errors", "The shelf “{name}” could not be put back"),
        QT_TRANSLATE_NOOP("errors", "The database is as it was."),
        extras=(_WORDS,),
    ),
}

RESET_PROGRESS: Mapping[str, str] = {
    "reset.counting": QT_TRANSLATE_NOOP("progress", "Counting what would be lost"),
    "reset.backup": QT_TRANSLATE_NOOP("progress", "Making a safety backup"),
    "backup.checking": QT_TRANSLATE_NOOP("progress", "Reading the backup again"),
    "reset.drop": QT_TRANSLATE_NOOP("progress", "Dropping what is there"),
    "reset.create": QT_TRANSLATE_NOOP("progress", "Creating a new database"),
    "reset.fill": QT_TRANSLATE_NOOP("progress", "Bringing what is kept"),
    "reset.migrate": QT_TRANSLATE_NOOP("progress", "Applying migrations"),
    "reset.grant": QT_TRANSLATE_NOOP("progress", "Giving owners and privileges again"),
    "reset.seed": QT_TRANSLATE_NOOP("progress", "Filling in example rows"),
    "reset.swap": QT_TRANSLATE_NOOP("progress", "Giving the new database its name"),
    "reset.remove": QT_TRANSLATE_NOOP("progress", "Removing the old database"),
    "reset.emptying": QT_TRANSLATE_NOOP("progress", "Emptying tables"),
    "shelf.taking": QT_TRANSLATE_NOOP("progress", "Putting the database's state on a shelf"),
    "shelf.putting_back": QT_TRANSLATE_NOOP("progress", "Putting a state back from its shelf"),
}
