"""English sentences of the command line on migrations: errors by code, reasons, progress steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_STATUS: Final = "See `nexus-studio migrate status`."

MIGRATION_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "migration": ("The migrations can't be run.", "Nothing was changed."),
    "migration.failed": ("A migration failed. {words}", _STATUS),
    "migration.project_missing": (
        "{folder} is no project with migrations, neither Alembic's nor Prisma's.",
        "Give --project with the folder of alembic.ini, of pyproject.toml with [tool.alembic], or of prisma/.",
    ),
    "migration.project_broken": ("The Alembic project can't be used: {reason}. {file} {where} {words}", "Repair it."),
    "migration.target_unknown": (
        "No revision is called {target}. {words}",
        "Give an id or its beginning, a label, heads, base, +1 or -1.",
    ),
    "migration.unresolved": (
        "The migration {revision} started at {started} failed: no other one is applied until that is decided on.",
        "See `nexus-studio migrate resolve --show {revision}`.",
    ),
    "migration.running": (
        "The migration {revision} is still being run by server process {pid}.",
        "Wait until it is done, or end that process.",
    ),
    "migration.locked": (
        "Somebody else is migrating this database: server process {pid} ({user} {application} {client}) since {since}.",
        "Wait until they are done.",
    ),
    "migration.ledger_unasked": (
        "This database has no ledger of migrations yet, and nobody said where to keep it.",
        "Give --ledger database (a table _nexus_migrations beside Alembic's) or --ledger local (on this machine only).",
    ),
    "migration.local_ledger": ("The ledger on this machine can't be used: {file}. {words}", "Check the file."),
    "migration.not_recorded": (
        "The migration {revision} could not be recorded in the ledger, and so it was not run.",
        "Check the connection and the role's privileges.",
    ),
    "migration.prisma": ("Prisma manages this database's migrations.", "Use Prisma to apply them."),
    "migration.left_to_prisma": (
        "This is a Prisma project, and that is left to Prisma: its schema language is its own.",
        "Run `{command}`.",
    ),
    "migration.adopt_not_prisma": (
        "This is no Prisma project: {place}",
        "Give --project with the folder of prisma/schema.prisma or prisma/migrations.",
    ),
    "migration.adopt_failed": (
        "Migrations have failed, and nobody decided on them yet: {revisions}.",
        "Resolve them first: see `nexus-studio migrate resolve --show NAME`.",
    ),
    "migration.adopt_pending": (
        "Migrations of Prisma's are not applied yet: {revisions}.",
        "Deploy them first, or remove their folders: see `nexus-studio migrate status`.",
    ),
    "migration.adopt_running": ("Prisma's migrations are being run right now.", "Wait until they are done."),
    "migration.adopt_empty": ("The schema {schema} has no tables.", "Deploy the migrations first."),
    "migration.adopt_versions": (
        "Alembic has been at work in this database already: its table names {revisions}.",
        "Give --project with the folder of that Alembic project.",
    ),
    "migration.adopt_files": (
        "There is something already in {folder}: {files}. Nothing was written.",
        "Name another folder.",
    ),
    "migration.adopt_unwritable": ("The folder can't be written: {folder}. {words}", "Name another folder."),
    "migration.adopt_unread": ("The schema could not be read: {words}", "Nothing was written."),
    "migration.adopt_broken": (
        "What is in the database could not be built again on an empty one: {words}",
        "Nothing was written. It may need another schema, a role or an extension that is missing there.",
    ),
    "migration.adopt_outside": (
        "A foreign key leads out of the schema {schema}, to {words}.",
        "Nothing was written. Only a schema that stands by itself can be taken over.",
    ),
    "migration.adopt_differs": (
        "The baseline would not build the same as what is in the database:\n{words}",
        "Nothing was written.",
    ),
    "migration.adopt_models": (
        "Models of this database can't be written so that Alembic finds nothing to do:\n{words}",
        "Nothing was written. Change these by SQL, or write the models by hand.",
    ),
    "migration.no_way_back": (
        "Prisma's migrations have no way back: a script says only how to go on.",
        "Write a new migration that undoes it, or restore a backup.",
    ),
    "migration.no_script": (
        "The migration {revision} has no migration.sql: {path}",
        "Restore the file, or delete the folder.",
    ),
    "migration.provider": (
        "The project's migrations are for {provider}, not for PostgreSQL: {file}",
        'It must say `provider = "postgresql"`, exactly so.',
    ),
    "migration.pooled": (
        "The connection leads through a pooler, where Prisma's lock can't be held.",
        "Connect to the server itself (Prisma's directUrl).",
    ),
    "migration.no_ledger": ("The database has no _prisma_migrations: nothing is recorded in it.", _STATUS),
    "migration.not_managed": (
        "The database has tables but no migration history.",
        "If they are those of a revision, record that with `nexus-studio migrate stamp REV`.",
    ),
    "migration.ahead": (
        "The database has revisions that are not in the folder: {revisions}.",
        "Bring the folder up to date.",
    ),
    "migration.versions_lost": (
        "Alembic's version table is empty or gone, and the ledger knows revisions that were applied.",
        "`nexus-studio migrate status` says which revision to stamp.",
    ),
    "migration.version_moved": (
        "The version table was changed meanwhile ({revisions}).",
        "Nothing was written: run the command again.",
    ),
    "migration.diverged": (
        "The project has several heads: {heads}.",
        "Join them with `nexus-studio migrate merge -m …`.",
    ),
    "migration.one_head": ("There is only one head.", "Nothing is to be merged."),
    "migration.behind": (
        "The database is behind the migrations ({current}): models can't be compared with it.",
        "Apply them first with `nexus-studio migrate deploy`.",
    ),
    "migration.not_failed": ("The migration {revision} is not in a failed state.", "There is nothing to resolve."),
    "migration.already_applied": ("The migration {revision} is recorded as applied already.", "Nothing was changed."),
    "migration.unknown": (
        "The migration {revision} could not be found.",
        "Neither the folder nor the ledger knows it; is its id complete?",
    ),
    "migration.way_closed": (
        "That way out can't be gone: {obstacle}.",
        "`nexus-studio migrate resolve --show` says which can.",
    ),
    "migration.parents_pending": (
        "{revision} builds on revisions that are not applied: {revisions}.",
        "Apply those first.",
    ),
    "migration.no_backend": ("There is no server process {pid} of a migration any more.", _STATUS),
    "migration.no_metadata": (
        "The project's env.py sets no target_metadata: there are no models to compare with.",
        "Set it in env.py, or write the migration by hand with --empty.",
    ),
    "migration.rename_unknown": ("{old} and {new} are not a drop and an add.", "Leave the --rename out."),
    "migration.draft_broken": ("The migration's code can't be run (line {line}): {words}", "The file was not written."),
    "migration.draft_stale": ("The project has other heads by now: {heads}.", "Run the command again."),
    "migration.file_exists": ("The file is there already: {path}", "Choose another name."),
    "migration.file_unreadable": ("The file can't be read: {path}", "Check its permissions."),
    "migration.file_unwritable": ("The file can't be written: {path} ({words})", "Check the folder's permissions."),
    "migration.push_failed": ("The models could not be brought into the database. {words}", "Nothing was changed."),
    "migration.history_fails": (
        "The migrations before it do not run on an empty database: {revision} fails. {words}",
        "Repair that one: rehearsals begin there.",
    ),
    "migration.replay_slow": (
        "On the throwaway database a statement of {revision} did not end in time. {words}",
        "Your database was not touched.",
    ),
    "migration.scratch_failed": (
        "No throwaway database could be made: {reason}. {words}",
        "Your database was not touched.",
    ),
    "migration.worker_died": (
        "The project's interpreter ended unexpectedly (status {status}). {words}",
        _STATUS,
    ),
    "cli.confirm": (
        "This is a {environment} database: nothing is run without its name.",
        "Add --confirm {word}.",
    ),
    "cli.no_message": ("The migration has no name.", "Give -m NAME."),
    "cli.yes": ("Something would be lost or wrong, and nobody confirmed it.", "Add --yes if that is meant."),
    "cli.rename": ("{text} is no likely rename.", "Likely ones: {likely}."),
    "cli.unwritable": ("{file} can't be written: {words}.", "Nothing was changed."),
}
"""By code, as in `cli_wording`."""

REASONS: Final[Mapping[str, str]] = {
    "syntax": "Python or the configuration's parser can't read it",
    "unreadable": "it can't be read",
    "value": "an option of its configuration can't be understood",
    "section": "the configuration has no such section",
    "script_location": "script_location is missing or leads nowhere",
    "package": "script_location names a package that is not found",
    "no_revision": "a file has no `revision = …`",
    "not_literal": "an identifier is computed",
    "duplicate": "two files have the same revision",
    "missing_parent": "a revision builds on one that no file has",
    "missing_dependency": "a revision depends on one that no file has",
    "cycle": "revisions build on one another in a circle",
    "no_script": "the folder has no migration.sql",
    "provider": "migration_lock.toml names another kind of database",
    "no_way_back": "Prisma's migrations have no way back",
    "interpreter": "its Python can't be started",
    "environment": "its env.py can't be loaded",
    "alembic_missing": "its Python has no Alembic, or one that is too old",
    "other_database": "its env.py connects to another database, so nothing was run",
    "no_run": "its env.py ran no migrations",
    "reads_database": "it asks the database and decides by the answer",
    "failed": "Alembic's offline mode fails",
    "nowhere": "the role may not create databases, and there is no embedded PostgreSQL here",
    "server": "the server could not make one",
    "embedded": "the embedded PostgreSQL could not make one",
    "dump": "the schema can't be dumped",
    "restore": "the copy can't be given the schema",
    "extension": "these extensions are missing there",
    "tool": "no program fits the server's version",
    "empty": "nothing is pending",
    "other_course": "the migration took another course on the throwaway database",
    "replay_fails": "it failed on the throwaway database too",
    "replay_slow": "on the throwaway database a statement did not end in time",
    "unknown": "no file has it",
    "scratch_failed": "no throwaway database could be made",
    "history_fails": "the migrations before it do not run on an empty database",
    "project_broken": "the project can't be used",
    "cancelled": "it was cancelled",
    "foreign": "the database is not this project's",
    "locked": "somebody else is migrating",
    "permission": "the role may not",
    "timeout": "it took too long",
    "version": "no program of the server's version is at hand",
}
"""Of the fact `reason`, and of what could not be shown or rehearsed."""

STEPS: Final[Mapping[str, str]] = {
    "migration.applying": "Applying migrations",
    "migration.waiting": "Waiting for Prisma's lock, which somebody else holds",
    "migration.scratch": "Making a throwaway database",
    "migration.dumping": "Reading the schema",
    "migration.restoring": "Copying the schema",
    "migration.testing": "Trying migrations on a throwaway copy",
    "migration.planning": "Reading the SQL of the plan",
    "migration.describing": "Reading how the schema is built",
    "migration.proving": "Building it again on a throwaway database",
    "migration.pulling": "Reading the database's schema",
    "migration.cleaning": "Removing what is left over",
    "migration.replaying": "Replaying migrations on a throwaway database",
    "migration.rehearsing": "Rehearsing on a throwaway copy",
    "migration.comparing": "Comparing with the database",
    "migration.evidence": "Looking what is in the database",
}
"""Of progress."""
