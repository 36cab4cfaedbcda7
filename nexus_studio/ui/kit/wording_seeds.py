"""English source of the words for seeds: errors, reasons, progress, what is wrong in their folder.

Contexts: "errors", "progress" and, for what can't be offered, "seeds".
"""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.core.admin.seeds import SeedFault
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

_PLACE = (
    ("file", QT_TRANSLATE_NOOP("errors", "File: {file}.")),
    ("line", QT_TRANSLATE_NOOP("errors", "Line: {line}.")),
)
_WORDS = ("words", QT_TRANSLATE_NOOP("errors", "The reason given: “{words}”."))

SEED_WORDS: Mapping[str, Words] = {
    "seed.refused": Words(
        QT_TRANSLATE_NOOP("errors", "The seed did not run"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed."),
        extras=(("environment", QT_TRANSLATE_NOOP("errors", "This connection is marked “{environment}”.")),),
    ),
    "seed.unknown": Words(QT_TRANSLATE_NOOP("errors", "There is no seed “{seed}”")),
    "seed.scale": Words(QT_TRANSLATE_NOOP("errors", "The scale of the seed must be 1 or more")),
    "seed.no_scale": Words(
        QT_TRANSLATE_NOOP("errors", "The seed “{seed}” knows no scale"),
        QT_TRANSLATE_NOOP("errors", "A Python function that takes a connection and a scale does."),
    ),
    "seed.environment": Words(
        QT_TRANSLATE_NOOP("errors", "The seed “{seed}” may not run here"),
        QT_TRANSLATE_NOOP(
            "errors",
            "This connection is marked “{environment}”, which is none of the environments that the seed names.",
        ),
        ("connection.edit",),
    ),
    "seed.failed": Words(
        QT_TRANSLATE_NOOP("errors", "The seed “{seed}” failed"),
        QT_TRANSLATE_NOOP("errors", "All of it was taken back: nothing was changed."),
        extras=(*_PLACE, ("where", QT_TRANSLATE_NOOP("errors", "Place: {where}.")), _WORDS),
    ),
    "seed.transaction": Words(
        QT_TRANSLATE_NOOP("errors", "A seed must not begin or end a transaction"),
        QT_TRANSLATE_NOOP(
            "errors", "It runs in one transaction of Nexus Studio's. Take BEGIN, COMMIT and ROLLBACK out of “{seed}”."
        ),
        extras=_PLACE,
    ),
    "seed.no_dry_run": Words(
        QT_TRANSLATE_NOOP("errors", "The seed “{seed}” can't be tried"),
        QT_TRANSLATE_NOOP(
            "errors", "Its function takes no connection: what it writes by itself could not be taken back."
        ),
        extras=_PLACE,
    ),
    "seed.meta_command": Words(
        QT_TRANSLATE_NOOP("errors", "A line of the seed is meant for psql"),
        QT_TRANSLATE_NOOP("errors", "Lines that begin with a backslash are psql's own commands, not PostgreSQL's."),
        extras=_PLACE,
    ),
    "seed.behind_copy": Words(
        QT_TRANSLATE_NOOP("errors", "The line of a COPY goes on behind its semicolon"),
        QT_TRANSLATE_NOOP("errors", "Its rows begin on the next line. Put what stands there below them."),
        extras=_PLACE,
    ),
    "seed.unreadable": Words(
        QT_TRANSLATE_NOOP("errors", "A file of the seed can't be read"),
        QT_TRANSLATE_NOOP("errors", "It must be there, and be text in UTF-8."),
        extras=_PLACE[:1],
    ),
    "seed.csv_table": Words(
        QT_TRANSLATE_NOOP("errors", "No table is called as the file is"),
        QT_TRANSLATE_NOOP("errors", "{file} is for the table of its name: users.csv for users, billing.users.csv too."),
    ),
    "seed.csv_header": Words(
        QT_TRANSLATE_NOOP("errors", "The file does not begin with names of columns"),
        QT_TRANSLATE_NOOP("errors", "The first line of {file} must name each column once."),
    ),
    "seed.csv_column": Words(
        QT_TRANSLATE_NOOP("errors", "The table has no column “{column}”"),
        QT_TRANSLATE_NOOP("errors", "The first line of {file} names it."),
    ),
    "seed.csv_keyless": Words(
        QT_TRANSLATE_NOOP("errors", "Nothing tells the rows of {file} apart"),
        QT_TRANSLATE_NOOP(
            "errors",
            "Its columns hold no key of {relation}, so that each run would add the rows again. Add the key's columns, "
            "or write idempotent = false into seed.toml.",
        ),
    ),
    "seed.child": Words(
        QT_TRANSLATE_NOOP("errors", "The project's Python could not run the seed “{seed}”"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed."),
        ("connection.edit",),
        extras=(("python", QT_TRANSLATE_NOOP("errors", "Interpreter: {python}.")), _WORDS),
    ),
    "seed.project_missing": Words(
        QT_TRANSLATE_NOOP("errors", "The project's folder is gone"),
        QT_TRANSLATE_NOOP("errors", "Looked in: {folder}."),
        ("connection.edit",),
    ),
    "seed.config": Words(
        QT_TRANSLATE_NOOP("errors", "The project does not say where its seeds are"),
        QT_TRANSLATE_NOOP("errors", "[tool.nexus-studio] of {file} can't be understood."),
        extras=(_WORDS,),
    ),
    "seed.name": Words(
        QT_TRANSLATE_NOOP("errors", "A seed can't be called that"),
        QT_TRANSLATE_NOOP("errors", "Letters, digits and hyphens make a name."),
    ),
    "seed.exists": Words(
        QT_TRANSLATE_NOOP("errors", "There is a seed “{seed}” already"),
        QT_TRANSLATE_NOOP("errors", "{file} was not touched. Choose another name."),
    ),
    "seed.keyless": Words(
        QT_TRANSLATE_NOOP("errors", "These edits can't be kept as a seed"),
        QT_TRANSLATE_NOOP("errors", "{relation} has no key by which its rows could be found in another database."),
    ),
    "seed.unwritable": Words(
        QT_TRANSLATE_NOOP("errors", "The seed could not be written"),
        QT_TRANSLATE_NOOP("errors", "File: {file}."),
        extras=(_WORDS,),
    ),
}

SEED_REASONS: Mapping[str, str] = {
    "seed.interpreter": QT_TRANSLATE_NOOP("errors", "It can't be started."),
    "seed.sqlalchemy_missing": QT_TRANSLATE_NOOP("errors", "It has no SQLAlchemy."),
    "seed.driver_missing": QT_TRANSLATE_NOOP("errors", "It has no driver for PostgreSQL (psycopg, psycopg2, pg8000)."),
    "seed.worker_died": QT_TRANSLATE_NOOP("errors", "It ended in the middle."),
}

SEED_PROGRESS: Mapping[str, str] = {
    "seed.rows": QT_TRANSLATE_NOOP("progress", "Writing rows"),
    "seed.statements": QT_TRANSLATE_NOOP("progress", "Running statements"),
    "seed.files": QT_TRANSLATE_NOOP("progress", "Copying files"),
}

SEED_FAULTS: Mapping[SeedFault, str] = {
    SeedFault.UNREADABLE: QT_TRANSLATE_NOOP("seeds", "It can't be read as UTF-8."),
    SeedFault.SYNTAX: QT_TRANSLATE_NOOP("seeds", "It is malformed."),
    SeedFault.NOT_LITERAL: QT_TRANSLATE_NOOP(
        "seeds", "“{subject}” is computed. Write the value itself: the file is read without being run."
    ),
    SeedFault.ARGUMENT: QT_TRANSLATE_NOOP(
        "seeds", "The decorator knows no “{subject}”: only name, description, environments and idempotent."
    ),
    SeedFault.ASYNC: QT_TRANSLATE_NOOP("seeds", "“{subject}” is async. A seed is a plain function."),
    SeedFault.NAME: QT_TRANSLATE_NOOP("seeds", "“{subject}” is no name for a seed: letters, digits and hyphens are."),
    SeedFault.ENVIRONMENT: QT_TRANSLATE_NOOP("seeds", "There is no environment “{subject}”."),
    SeedFault.IDEMPOTENT: QT_TRANSLATE_NOOP("seeds", "“{subject}” says neither yes nor no to idempotent."),
    SeedFault.TAKEN: QT_TRANSLATE_NOOP("seeds", "Another seed is called “{subject}”."),
    SeedFault.EMPTY: QT_TRANSLATE_NOOP("seeds", "There is no .csv file beside it."),
}
