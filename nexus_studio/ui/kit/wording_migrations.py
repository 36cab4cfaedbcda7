"""English source of the words for migrations: errors, reasons, progress. Contexts: "errors" and "progress".

What the flows of migrations show beside errors is worded in `ui/panels/migrations/flows/words.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

# Python's or Alembic's own words, where a fact has them.
_WORDS = (("words", QT_TRANSLATE_NOOP("errors", "The reason given: “{words}”.")),)

MIGRATION_WORDS: Mapping[str, Words] = {
    "migration.blocked": Words(
        QT_TRANSLATE_NOOP("errors", "Migrations can't run now"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed."),
    ),
    "migration.failed": Words(
        QT_TRANSLATE_NOOP("errors", "A migration failed"),
        QT_TRANSLATE_NOOP("errors", "No further migration was begun."),
        ("connection.retry",),
        extras=(("revision", QT_TRANSLATE_NOOP("errors", "Revision: {revision}.")), *_WORDS),
    ),
    "migration.project_missing": Words(
        QT_TRANSLATE_NOOP("errors", "No Alembic project was found"),
        QT_TRANSLATE_NOOP(
            "errors",
            "A project has an alembic.ini, or [tool.alembic] in its pyproject.toml. Choose its folder in the "
            "connection's settings.",
        ),
        ("connection.edit",),
        extras=(("folder", QT_TRANSLATE_NOOP("errors", "Looked in: {folder}.")),),
    ),
    "migration.project_broken": Words(
        QT_TRANSLATE_NOOP("errors", "The Alembic project can't be used as it is"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed."),
        ("connection.retry", "connection.edit"),
        extras=(
            ("file", QT_TRANSLATE_NOOP("errors", "File: {file}.")),
            ("python", QT_TRANSLATE_NOOP("errors", "Interpreter: {python}.")),
            *_WORDS,
        ),
    ),
    "migration.target_unknown": Words(
        QT_TRANSLATE_NOOP("errors", "No revision is called “{target}”"),
        QT_TRANSLATE_NOOP(
            "errors", "Give an id, the beginning of one id only, a branch's label, “heads”, “base”, “+1” or “-1”."
        ),
    ),
    "migration.unresolved": Words(
        QT_TRANSLATE_NOOP("errors", "A failed migration waits for a decision; new ones will not be applied"),
        QT_TRANSLATE_NOOP(
            "errors",
            "The migration {revision}, started at {started}, failed or was interrupted. Part of it may be in the "
            "database. Resolve it first: Nexus Studio looks what is there and says which way out is right.",
        ),
        ("migration.resolve",),
    ),
    "migration.locked": Words(
        QT_TRANSLATE_NOOP("errors", "Somebody else is migrating this database"),
        QT_TRANSLATE_NOOP(
            "errors", "Two runs at once could harm one another. Wait until that one is done, or ask whoever runs it."
        ),
        ("connection.retry",),
        extras=(
            ("user", QT_TRANSLATE_NOOP("errors", "Role: {user}.")),
            ("application", QT_TRANSLATE_NOOP("errors", "Program: {application}.")),
            ("client", QT_TRANSLATE_NOOP("errors", "Computer: {client}.")),
            ("pid", QT_TRANSLATE_NOOP("errors", "Server process: {pid}.")),
            ("since", QT_TRANSLATE_NOOP("errors", "Since: {since}.")),
        ),
    ),
    "migration.running": Words(
        QT_TRANSLATE_NOOP("errors", "A migration is running in this database"),
        QT_TRANSLATE_NOOP("errors", "Wait until it is done, or end it."),
        ("connection.retry",),
        extras=(
            ("revision", QT_TRANSLATE_NOOP("errors", "Revision: {revision}.")),
            ("pid", QT_TRANSLATE_NOOP("errors", "Server process: {pid}.")),
        ),
    ),
    "migration.ledger_unasked": Words(
        QT_TRANSLATE_NOOP("errors", "Where shall the ledger of migrations be kept?"),
        QT_TRANSLATE_NOOP(
            "errors",
            "The ledger records what was run, by whom, and what failed; a run that dies leaves its trace there. In "
            "this database it is the table _nexus_migrations, which everybody who migrates it sees. On this machine it "
            "changes nothing in the database, but knows only what was run from here.",
        ),
        ("migration.ledger_database", "migration.ledger_local"),
    ),
    "migration.ledger": Words(
        QT_TRANSLATE_NOOP("errors", "The ledger of migrations can't be used"),
        QT_TRANSLATE_NOOP("errors", "Without it nothing is run: a failure would leave no trace."),
        ("connection.retry",),
        extras=_WORDS,
    ),
    "migration.prisma": Words(
        QT_TRANSLATE_NOOP("errors", "Prisma manages this database's migrations"),
        QT_TRANSLATE_NOOP("errors", "Its ledger, _prisma_migrations, is here. Apply them with Prisma."),
    ),
    "migration.left_to_prisma": Words(
        QT_TRANSLATE_NOOP("errors", "That is left to Prisma"),
        QT_TRANSLATE_NOOP("errors", "This is a Prisma project, and its schema language is its own. Run: {command}"),
    ),
    "migration.adopt_not_prisma": Words(
        QT_TRANSLATE_NOOP("errors", "This is no Prisma project"),
        QT_TRANSLATE_NOOP("errors", "Only a Prisma project can be taken over: {place}"),
    ),
    "migration.adopt_failed": Words(
        QT_TRANSLATE_NOOP("errors", "Migrations have failed"),
        QT_TRANSLATE_NOOP("errors", "Resolve them first, then take the database over: {revisions}"),
    ),
    "migration.adopt_pending": Words(
        QT_TRANSLATE_NOOP("errors", "Migrations are pending"),
        QT_TRANSLATE_NOOP("errors", "Deploy them first, or remove their folders: {revisions}"),
    ),
    "migration.adopt_running": Words(
        QT_TRANSLATE_NOOP("errors", "Migrations are being run right now"),
        QT_TRANSLATE_NOOP("errors", "Wait until they are done."),
    ),
    "migration.adopt_empty": Words(
        QT_TRANSLATE_NOOP("errors", "There is nothing to take over"),
        QT_TRANSLATE_NOOP("errors", "The schema {schema} has no tables."),
    ),
    "migration.adopt_versions": Words(
        QT_TRANSLATE_NOOP("errors", "Alembic has been at work here already"),
        QT_TRANSLATE_NOOP("errors", "Its table names {revisions}. Open that project."),
    ),
    "migration.adopt_files": Words(
        QT_TRANSLATE_NOOP("errors", "There is something already"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written into {folder}, where {files} is. Name another folder."),
    ),
    "migration.adopt_unwritable": Words(
        QT_TRANSLATE_NOOP("errors", "The folder can't be written"),
        QT_TRANSLATE_NOOP("errors", "{folder}: {words}"),
    ),
    "migration.adopt_unread": Words(
        QT_TRANSLATE_NOOP("errors", "The schema could not be read"),
        QT_TRANSLATE_NOOP("errors", "It was said: {words}"),
    ),
    "migration.adopt_broken": Words(
        QT_TRANSLATE_NOOP("errors", "It could not be built again"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. On an empty database the baseline fails: {words}"),
    ),
    "migration.adopt_outside": Words(
        QT_TRANSLATE_NOOP("errors", "The schema does not stand by itself"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. A foreign key leads out of {schema}, to {words}."),
    ),
    "migration.adopt_differs": Words(
        QT_TRANSLATE_NOOP("errors", "The baseline would build something else"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. What differs: {words}"),
    ),
    "migration.adopt_models": Words(
        QT_TRANSLATE_NOOP("errors", "Models can't say what is there"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. Alembic would find these differences: {words}"),
    ),
    "migration.no_way_back": Words(
        QT_TRANSLATE_NOOP("errors", "Prisma's migrations have no way back"),
        QT_TRANSLATE_NOOP("errors", "Write a new migration that undoes it, or restore a backup."),
    ),
    "migration.no_script": Words(
        QT_TRANSLATE_NOOP("errors", "The migration {revision} has no migration.sql"),
        QT_TRANSLATE_NOOP("errors", "Restore the file, or delete the folder: {path}"),
        ("connection.retry",),
    ),
    "migration.provider": Words(
        QT_TRANSLATE_NOOP("errors", "The project's migrations are not for PostgreSQL"),
        QT_TRANSLATE_NOOP("errors", "They are for {provider}, as {file} says."),
    ),
    "migration.pooled": Words(
        QT_TRANSLATE_NOOP("errors", "Prisma's lock can't be held through a pooler"),
        QT_TRANSLATE_NOOP("errors", "Connect to the server itself: Prisma calls that directUrl."),
        ("connection.edit",),
    ),
    "migration.no_ledger": Words(
        QT_TRANSLATE_NOOP("errors", "Nothing is recorded in this database"),
        QT_TRANSLATE_NOOP("errors", "It has no table _prisma_migrations."),
    ),
    "migration.not_managed": Words(
        QT_TRANSLATE_NOOP("errors", "No migrations are recorded in this database"),
        QT_TRANSLATE_NOOP(
            "errors",
            "It has tables that these migrations did not make. If they are those of a revision, say so: a stamp "
            "records what is there already, and a deploy runs what follows.",
        ),
        ("migration.stamp",),
    ),
    "migration.ahead": Words(
        QT_TRANSLATE_NOOP("errors", "The database has revisions that this folder lacks"),
        QT_TRANSLATE_NOOP(
            "errors",
            "It was migrated from a newer or another copy of the project. Bring the folder up to date and look again.",
        ),
        ("connection.retry",),
        extras=(("revisions", QT_TRANSLATE_NOOP("errors", "Unknown here: {revisions}.")),),
    ),
    "migration.unknown_revision": Words(
        QT_TRANSLATE_NOOP("errors", "The database is at a revision that this project does not know"),
        QT_TRANSLATE_NOOP("errors", "It was probably migrated from a newer or another project."),
    ),
    "migration.versions_lost": Words(
        QT_TRANSLATE_NOOP("errors", "Alembic's version table is empty or gone"),
        QT_TRANSLATE_NOOP(
            "errors",
            "The ledger knows revisions that were applied, so running everything again would fail. Stamp the revision "
            "the database is at; the ledger names the last one.",
        ),
        ("migration.stamp",),
        extras=(("revision", QT_TRANSLATE_NOOP("errors", "Last in the ledger: {revision}.")),),
    ),
    "migration.diverged": Words(
        QT_TRANSLATE_NOOP("errors", "The project has several heads"),
        QT_TRANSLATE_NOOP("errors", "Two people wrote a migration on the same one. A merge joins them."),
        ("migration.merge",),
        extras=(("heads", QT_TRANSLATE_NOOP("errors", "Heads: {heads}.")),),
    ),
    "migration.not_failed": Words(
        QT_TRANSLATE_NOOP("errors", "There is nothing to resolve"),
        QT_TRANSLATE_NOOP("errors", "The migration {revision} is not in a failed state."),
    ),
    "migration.already_applied": Words(
        QT_TRANSLATE_NOOP("errors", "The migration {revision} is recorded as applied already"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed."),
    ),
    "migration.unknown": Words(
        QT_TRANSLATE_NOOP("errors", "The migration “{revision}” could not be found"),
        QT_TRANSLATE_NOOP("errors", "Neither the folder nor the ledger knows it. Is its id complete?"),
    ),
    "migration.way_closed": Words(
        QT_TRANSLATE_NOOP("errors", "This way out can't be gone"),
        QT_TRANSLATE_NOOP("errors", "What is in the database was looked at anew just now."),
        ("connection.retry",),
    ),
    "migration.draft_broken": Words(
        QT_TRANSLATE_NOOP("errors", "The code can't be run"),
        QT_TRANSLATE_NOOP("errors", "The file was not written."),
        extras=(
            ("part", QT_TRANSLATE_NOOP("errors", "In {part}().")),
            ("line", QT_TRANSLATE_NOOP("errors", "Line {line}.")),
            *_WORDS,
        ),
    ),
    "migration.file_exists": Words(
        QT_TRANSLATE_NOOP("errors", "A file of this name exists already"),
        QT_TRANSLATE_NOOP("errors", "Choose another name for the migration: {path}"),
    ),
    "migration.file_unwritable": Words(
        QT_TRANSLATE_NOOP("errors", "The migration's file can't be written"),
        QT_TRANSLATE_NOOP("errors", "Check the folder's permissions: {path}"),
        ("connection.retry",),
    ),
    "migration.behind": Words(
        QT_TRANSLATE_NOOP("errors", "Some migrations are not in this database yet"),
        QT_TRANSLATE_NOOP("errors", "Deploy them first: compared now, the database would lack what they make."),
        ("migration.deploy",),
        extras=(("current", QT_TRANSLATE_NOOP("errors", "It is at: {current}.")),),
    ),
    "migration.one_head": Words(
        QT_TRANSLATE_NOOP("errors", "There is one head only"),
        QT_TRANSLATE_NOOP("errors", "Nothing is to be merged."),
    ),
    "migration.version_moved": Words(
        QT_TRANSLATE_NOOP("errors", "The version table says something else by now"),
        QT_TRANSLATE_NOOP("errors", "Somebody else changed it meanwhile. Look again before anything is decided."),
        ("connection.retry",),
        extras=(("revisions", QT_TRANSLATE_NOOP("errors", "It says: {revisions}.")),),
    ),
    "migration.parents_pending": Words(
        QT_TRANSLATE_NOOP("errors", "What the migration {revision} builds on is not applied"),
        QT_TRANSLATE_NOOP("errors", "These come first: {revisions}."),
    ),
    "migration.not_recorded": Words(
        QT_TRANSLATE_NOOP("errors", "How the migration {revision} ended could not be recorded"),
        QT_TRANSLATE_NOOP(
            "errors",
            "The connection of the ledger broke. What the revision did stands; its row in the ledger is open, so that "
            "it will be shown as interrupted. Resolve it: what is in the database decides.",
        ),
        ("migration.resolve",),
    ),
    "migration.worker_died": Words(
        QT_TRANSLATE_NOOP("errors", "The process that runs the project's code ended unexpectedly"),
        QT_TRANSLATE_NOOP("errors", "Look again: if a revision was running, it is shown as interrupted."),
        ("connection.retry",),
        extras=(("status", QT_TRANSLATE_NOOP("errors", "Its exit status: {status}.")), *_WORDS),
    ),
    "migration.no_backend": Words(
        QT_TRANSLATE_NOOP("errors", "The server process {pid} runs no migration"),
        QT_TRANSLATE_NOOP("errors", "It has ended already, or it is somebody else's. Nothing was ended."),
        ("connection.retry",),
    ),
    "migration.local_ledger": Words(
        QT_TRANSLATE_NOOP("errors", "The ledger on this machine can't be used"),
        QT_TRANSLATE_NOOP("errors", "Its file: {file}"),
        ("connection.retry",),
        extras=_WORDS,
    ),
    "migration.history_fails": Words(
        QT_TRANSLATE_NOOP("errors", "What comes before can't be replayed"),
        QT_TRANSLATE_NOOP("errors", "On a throwaway database the migration {revision} failed. Yours was not touched."),
        extras=_WORDS,
    ),
    "migration.replay_fails": Words(
        QT_TRANSLATE_NOOP("errors", "On a throwaway database it failed too"),
    ),
    "migration.replay_slow": Words(
        QT_TRANSLATE_NOOP("errors", "On a throwaway database a statement did not end in time"),
        QT_TRANSLATE_NOOP("errors", "The migration {revision} waits there, or takes long. Yours was not touched."),
        extras=_WORDS,
    ),
    "migration.other_course": Words(
        QT_TRANSLATE_NOOP("errors", "On a throwaway database it ran other statements than here"),
    ),
    "migration.file_unreadable": Words(
        QT_TRANSLATE_NOOP("errors", "The migration that would be written can't be read again"),
        QT_TRANSLATE_NOOP(
            "errors", "The project's template (script.py.mako) writes files in another form. Nothing was kept: {path}"
        ),
    ),
    "migration.draft_stale": Words(
        QT_TRANSLATE_NOOP("errors", "The project has other heads by now"),
        QT_TRANSLATE_NOOP(
            "errors", "A migration came in meanwhile. Copy what you wrote, and draft it anew on the new heads."
        ),
        extras=(("heads", QT_TRANSLATE_NOOP("errors", "Heads: {heads}.")),),
    ),
    "migration.no_metadata": Words(
        QT_TRANSLATE_NOOP("errors", "The project names no models"),
        QT_TRANSLATE_NOOP("errors", "Its env.py sets no target_metadata, so there is nothing to compare with."),
    ),
    "migration.push_failed": Words(
        QT_TRANSLATE_NOOP("errors", "The SQL that brings the database to the models can't be told"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed. A migration can be written instead, and edited by hand."),
        extras=_WORDS,
    ),
    "migration.rename_unknown": Words(
        QT_TRANSLATE_NOOP("errors", "“{old}” can't be renamed to “{new}”"),
        QT_TRANSLATE_NOOP("errors", "Models or database changed meanwhile. Compare them again."),
        ("connection.retry",),
    ),
    "permission.ledger": Words(
        QT_TRANSLATE_NOOP("errors", "The ledger can't be created in this database"),
        QT_TRANSLATE_NOOP(
            "errors",
            "The role may not create tables in the schema “{schema}”. Its owner can GRANT CREATE, or the ledger is "
            "kept on this machine.",
        ),
    ),
    "migration.scratch_failed": Words(
        QT_TRANSLATE_NOOP("errors", "No throwaway database could be made"),
        QT_TRANSLATE_NOOP("errors", "Rehearsals and tests need one. Your database was not touched."),
        ("connection.retry",),
        extras=_WORDS,
    ),
}

# Of the fact `reason`; also of an evidence or a safety report that could not be made.
MIGRATION_REASONS: Mapping[str, str] = {
    "migration.package": QT_TRANSLATE_NOOP("errors", "Its script_location names a package that is not to be found."),
    "migration.script_location": QT_TRANSLATE_NOOP("errors", "Its script_location is missing or leads nowhere."),
    "migration.syntax": QT_TRANSLATE_NOOP("errors", "The file is malformed."),
    "migration.value": QT_TRANSLATE_NOOP("errors", "One of its options can't be understood."),
    "migration.section": QT_TRANSLATE_NOOP("errors", "The configuration has no such section."),
    "migration.unreadable": QT_TRANSLATE_NOOP("errors", "The file can't be read."),
    "migration.interpreter": QT_TRANSLATE_NOOP("errors", "Its Python interpreter can't be started."),
    "migration.environment": QT_TRANSLATE_NOOP("errors", "Its env.py can't be loaded."),
    "migration.alembic_missing": QT_TRANSLATE_NOOP("errors", "Its interpreter has no Alembic."),
    "migration.other_database": QT_TRANSLATE_NOOP(
        "errors", "Its env.py connects to another database than this one, so nothing was run."
    ),
    "migration.other_server": QT_TRANSLATE_NOOP(
        "errors", "Its env.py connects to another server than this one, so nothing was run."
    ),
    "migration.connection": QT_TRANSLATE_NOOP("errors", "Its env.py could not connect."),
    "migration.driver_missing": QT_TRANSLATE_NOOP(
        "errors", "Its interpreter has no driver for PostgreSQL (psycopg, psycopg2 or asyncpg)."
    ),
    "migration.scripts": QT_TRANSLATE_NOOP("errors", "Alembic can't read its revision files."),
    "migration.comparison": QT_TRANSLATE_NOOP("errors", "Its models could not be compared with the database."),
    "migration.no_revision": QT_TRANSLATE_NOOP("errors", "The file says no revision."),
    "migration.not_literal": QT_TRANSLATE_NOOP("errors", "The file computes its revision, where it should say it."),
    "migration.duplicate": QT_TRANSLATE_NOOP("errors", "Two files say the same revision."),
    "migration.missing_parent": QT_TRANSLATE_NOOP("errors", "A revision builds on one that no file says."),
    "migration.missing_dependency": QT_TRANSLATE_NOOP("errors", "A revision depends on one that no file says."),
    "migration.cycle": QT_TRANSLATE_NOOP("errors", "Revisions build on one another in a circle."),
    "migration.no_script": QT_TRANSLATE_NOOP("errors", "A migration's folder has no migration.sql."),
    "migration.provider": QT_TRANSLATE_NOOP("errors", "The migrations are for another kind of database."),
    "migration.no_way_back": QT_TRANSLATE_NOOP("errors", "Prisma's migrations have no way back."),
    "migration.empty": QT_TRANSLATE_NOOP("errors", "There is nothing to run."),
    "migration.size": QT_TRANSLATE_NOOP("errors", "The database is too large to be copied with its rows."),
    "migration.owner": QT_TRANSLATE_NOOP("errors", "Only its owner may copy the database with its rows."),
    "migration.connected": QT_TRANSLATE_NOOP(
        "errors", "Others are connected, so that it can't be copied with its rows."
    ),
    "migration.cancelled": QT_TRANSLATE_NOOP("errors", "It was cancelled."),
    "migration.server": QT_TRANSLATE_NOOP("errors", "The server could not make one."),
    "migration.embedded": QT_TRANSLATE_NOOP("errors", "The embedded PostgreSQL could not make one."),
    "migration.dump": QT_TRANSLATE_NOOP("errors", "Its schema could not be read:"),
    "migration.restore": QT_TRANSLATE_NOOP("errors", "The copy could not be given its schema:"),
    "migration.extension": QT_TRANSLATE_NOOP("errors", "The throwaway database has not these extensions:"),
    "migration.tool": QT_TRANSLATE_NOOP("errors", "A program that fits the server's version is missing:"),
    "migration.nowhere": QT_TRANSLATE_NOOP(
        "errors", "The role may not create databases, and there is no embedded PostgreSQL here."
    ),
}

MIGRATION_PROGRESS: Mapping[str, str] = {
    "migration.applying": QT_TRANSLATE_NOOP("progress", "Applying migrations"),
    "migration.waiting": QT_TRANSLATE_NOOP("progress", "Waiting for Prisma's lock, which somebody else holds"),
    "migration.scratch": QT_TRANSLATE_NOOP("progress", "Making a throwaway database"),
    "migration.dumping": QT_TRANSLATE_NOOP("progress", "Reading the schema"),
    "migration.restoring": QT_TRANSLATE_NOOP("progress", "Copying the schema"),
    "migration.testing": QT_TRANSLATE_NOOP("progress", "Trying migrations on a throwaway copy"),
    "migration.replaying": QT_TRANSLATE_NOOP("progress", "Replaying migrations on a throwaway database"),
    "migration.rehearsing": QT_TRANSLATE_NOOP("progress", "Rehearsing on a throwaway copy"),
    "migration.comparing": QT_TRANSLATE_NOOP("progress", "Comparing with the database"),
    "migration.evidence": QT_TRANSLATE_NOOP("progress", "Looking what is in the database"),
    "migration.cleaning": QT_TRANSLATE_NOOP("progress", "Removing what is there"),
    "migration.planning": QT_TRANSLATE_NOOP("progress", "Writing the SQL of each revision"),
    "migration.describing": QT_TRANSLATE_NOOP("progress", "Reading how the schema is built"),
    "migration.proving": QT_TRANSLATE_NOOP("progress", "Building it again on a throwaway database"),
    "migration.pulling": QT_TRANSLATE_NOOP("progress", "Reading the tables"),
}
