"""English source of the words for errors by code, but for those of connecting. Contexts: "errors" and "steps"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP


@dataclass(frozen=True, slots=True)
class Words:
    """What to say of one code. Texts hold facts as {name}.

    `extras` are (fact, sentence) pairs, said when the fact is there; `next_steps` are ids of `NEXT_STEPS`. A fact
    `reason` has a sentence of its own, see `wording_reasons.REASONS`.
    """

    title: str
    explanation: str = ""
    next_steps: tuple[str, ...] = ()
    extras: tuple[tuple[str, str], ...] = ()


# What a person can do about an error: id -> label of the button.
NEXT_STEPS: Mapping[str, str] = {
    "connection.retry": QT_TRANSLATE_NOOP("steps", "Try again"),
    "connection.edit": QT_TRANSLATE_NOOP("steps", "Edit connection…"),
    "connection.password": QT_TRANSLATE_NOOP("steps", "Enter password…"),
    "connection.new": QT_TRANSLATE_NOOP("steps", "New connection…"),
    "connection.reconnect": QT_TRANSLATE_NOOP("steps", "Reconnect"),
    "demo.start": QT_TRANSLATE_NOOP("steps", "Start the demo database"),
    "compose.copy": QT_TRANSLATE_NOOP("steps", "Copy “docker compose up -d”"),
    "server.open": QT_TRANSLATE_NOOP("steps", "Server and .env…"),
    "database.create": QT_TRANSLATE_NOOP("steps", "Create the database"),
    "project.open": QT_TRANSLATE_NOOP("steps", "Open another folder…"),
    "rows.review": QT_TRANSLATE_NOOP("steps", "Review changes"),
    "rows.refresh": QT_TRANSLATE_NOOP("steps", "Read again"),
    "session.unlock": QT_TRANSLATE_NOOP("steps", "Unlock…"),
    "migration.deploy": QT_TRANSLATE_NOOP("steps", "Deploy…"),
    "migration.resolve": QT_TRANSLATE_NOOP("steps", "Resolve…"),
    "migration.merge": QT_TRANSLATE_NOOP("steps", "Merge…"),
    "migration.stamp": QT_TRANSLATE_NOOP("steps", "Stamp…"),
    "migration.ledger_database": QT_TRANSLATE_NOOP("steps", "Keep it in this database"),
    "migration.ledger_local": QT_TRANSLATE_NOOP("steps", "Keep it on this machine"),
    "details.copy": QT_TRANSLATE_NOOP("steps", "Copy details"),
}

OTHER_WORDS: Mapping[str, Words] = {
    "error": Words(
        QT_TRANSLATE_NOOP("errors", "Something did not work"),
        QT_TRANSLATE_NOOP("errors", "Nexus Studio has no words of its own for this ({code})."),
        ("details.copy",),
    ),
    "user": Words(QT_TRANSLATE_NOOP("errors", "This can't be done")),
    "bug": Words(
        QT_TRANSLATE_NOOP("errors", "Nexus Studio made a mistake"),
        QT_TRANSLATE_NOOP("errors", "Your data was not touched by this. Please report it with the details."),
        ("details.copy",),
    ),
    "bug.task": Words(
        QT_TRANSLATE_NOOP("errors", "Nexus Studio made a mistake"),
        QT_TRANSLATE_NOOP("errors", "This piece of work was given up. Please report it with the details."),
        ("details.copy",),
    ),
    "bug.driver": Words(
        QT_TRANSLATE_NOOP("errors", "The database driver made a mistake"),
        QT_TRANSLATE_NOOP("errors", "This piece of work was given up. Please report it with the details."),
        ("details.copy",),
    ),
    "readiness.unknown_check": Words(
        QT_TRANSLATE_NOOP("errors", "There is no check {check}"),
        QT_TRANSLATE_NOOP("errors", "The list of checks has all there are."),
    ),
    "permission.denied": Words(
        QT_TRANSLATE_NOOP("errors", "The server does not permit this"),
        QT_TRANSLATE_NOOP("errors", "The role you are connected as lacks the privilege. Its owner can GRANT it."),
    ),
    "permission.read_only": Words(
        QT_TRANSLATE_NOOP("errors", "This session only reads"),
        QT_TRANSLATE_NOOP("errors", "The server refuses to write in a read-only transaction."),
    ),
    "forbidden": Words(
        QT_TRANSLATE_NOOP("errors", "Not allowed here"),
        QT_TRANSLATE_NOOP("errors", "The settings of this connection don't allow it."),
    ),
    "forbidden.read_only": Words(
        QT_TRANSLATE_NOOP("errors", "This connection only reads"),
        QT_TRANSLATE_NOOP("errors", "It was opened read-only, so nothing can be changed by accident."),
        ("connection.edit",),
    ),
    "forbidden.environment": Words(
        QT_TRANSLATE_NOOP("errors", "Not allowed in this environment"),
        QT_TRANSLATE_NOOP(
            "errors", "This connection is marked “{environment}”, where this is switched off for safety."
        ),
        ("connection.edit",),
    ),
    "timeout.statement": Words(
        QT_TRANSLATE_NOOP("errors", "The server took too long"),
        QT_TRANSLATE_NOOP("errors", "The statement was stopped when its time was up. Nothing was changed."),
        ("connection.retry",),
    ),
    "timeout.count": Words(
        QT_TRANSLATE_NOOP("errors", "The rows were not counted"),
        QT_TRANSLATE_NOOP(
            "errors",
            "The server stopped the count when its time was up (statement_timeout). The estimate stands: filter for "
            "fewer rows and count those, or count by another connection whose time is not limited.",
        ),
    ),
    "impact.not_counted": Words(
        QT_TRANSLATE_NOOP("errors", "The server does not count"),
        QT_TRANSLATE_NOOP(
            "errors", "Its setting track_counts is off, so that nobody can tell what a trial has written."
        ),
    ),
    "timeout.lock": Words(
        QT_TRANSLATE_NOOP("errors", "Somebody else holds the lock"),
        QT_TRANSLATE_NOOP("errors", "Another session is working on the same rows or table. Nothing was changed."),
        ("connection.retry",),
    ),
    "timeout.pool": Words(
        QT_TRANSLATE_NOOP("errors", "All connections are busy"),
        QT_TRANSLATE_NOOP("errors", "Other work of this window still runs. Stop something or wait a moment."),
        ("connection.retry",),
    ),
    "tool.missing": Words(
        QT_TRANSLATE_NOOP("errors", "{tool} was not found"),
        QT_TRANSLATE_NOOP("errors", "Install PostgreSQL's client programs so that {tool} is on the PATH."),
    ),
    "relation.unknown": Words(
        QT_TRANSLATE_NOOP("errors", "No such table"),
        QT_TRANSLATE_NOOP("errors", "It may have been renamed or dropped since the list of tables was read."),
        ("rows.refresh",),
        extras=(("relation", QT_TRANSLATE_NOOP("errors", "Asked for: {relation}.")),),
    ),
    "column.unknown": Words(
        QT_TRANSLATE_NOOP("errors", "No such column"),
        QT_TRANSLATE_NOOP("errors", "It may have been renamed or dropped since the table was read."),
        ("rows.refresh",),
        extras=(("column", QT_TRANSLATE_NOOP("errors", "Asked for: {column}.")),),
    ),
    "url.invalid": Words(
        QT_TRANSLATE_NOOP("errors", "This database URL can't be understood"),
        QT_TRANSLATE_NOOP("errors", "It should look like postgresql://user:password@host:5432/database."),
    ),
    "url.parameter_unknown": Words(QT_TRANSLATE_NOOP("errors", "The parameter “{parameter}” is unknown and not used.")),
    "url.parameter_without_meaning": Words(
        QT_TRANSLATE_NOOP("errors", "The parameter “{parameter}” means nothing to PostgreSQL and is not used.")
    ),
    "url.value_invalid": Words(
        QT_TRANSLATE_NOOP("errors", "The value of the parameter “{parameter}” can't be used and is left out.")
    ),
    "url.secret_not_saved": Words(
        QT_TRANSLATE_NOOP("errors", "The secret in “{parameter}” is used now but never saved in a file.")
    ),
    "profile.invalid": Words(
        QT_TRANSLATE_NOOP("errors", "This connection can't be used"),
        QT_TRANSLATE_NOOP("errors", "Something in its saved settings is missing or wrong."),
        ("connection.edit",),
        extras=(
            ("name", QT_TRANSLATE_NOOP("errors", "Connection: {name}.")),
            ("field", QT_TRANSLATE_NOOP("errors", "Setting: {field}.")),
        ),
    ),
    "profile.name": Words(
        QT_TRANSLATE_NOOP("errors", "A connection can't be named “{name}”"),
        QT_TRANSLATE_NOOP("errors", "The name is empty or another connection has it."),
    ),
    "profile.file_unreadable": Words(
        QT_TRANSLATE_NOOP("errors", "The saved connections can't be read"),
        QT_TRANSLATE_NOOP("errors", "Check the file's permissions: {file}"),
    ),
    "profile.file_broken": Words(
        QT_TRANSLATE_NOOP("errors", "The saved connections can't be understood"),
        QT_TRANSLATE_NOOP("errors", "Mend line {line} of {file}, or move the file away. It is left as it is."),
    ),
    "profile.exists": Words(
        QT_TRANSLATE_NOOP("errors", "A connection named “{name}” exists already"),
        QT_TRANSLATE_NOOP("errors", "Choose another name, or remove the other one first."),
    ),
    "file.too_large": Words(
        QT_TRANSLATE_NOOP("errors", "“{file}” is too large"),
        QT_TRANSLATE_NOOP("errors", "A cell of PostgreSQL can't hold it."),
    ),
    "file.unreadable": Words(QT_TRANSLATE_NOOP("errors", "“{file}” can't be read")),
    "file.unwritable": Words(QT_TRANSLATE_NOOP("errors", "“{file}” can't be written")),
    "project.no_url": Words(
        QT_TRANSLATE_NOOP("errors", "No DATABASE_URL in this folder"),
        QT_TRANSLATE_NOOP("errors", "“{folder}” has no .env file that names a database."),
        ("project.open", "connection.new"),
    ),
    "filter.invalid": Words(
        QT_TRANSLATE_NOOP("errors", "This filter can't be applied"),
        extras=(("column", QT_TRANSLATE_NOOP("errors", "It concerns the column “{column}”.")),),
    ),
    "value.invalid": Words(
        QT_TRANSLATE_NOOP("errors", "This value does not fit"),
        QT_TRANSLATE_NOOP("errors", "The column's type refuses it. Nothing was written."),
        extras=(("column", QT_TRANSLATE_NOOP("errors", "It concerns the column “{column}”.")),),
    ),
    "constraint.violated": Words(
        QT_TRANSLATE_NOOP("errors", "The table's rules refuse this"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. Rule: {constraint}."),
        ("rows.review",),
    ),
    "constraint.unique": Words(
        QT_TRANSLATE_NOOP("errors", "This value exists already"),
        QT_TRANSLATE_NOOP("errors", "Two rows of “{table}” can't share it. Nothing was written. Rule: {constraint}."),
        ("rows.review",),
    ),
    "constraint.exchange": Words(
        QT_TRANSLATE_NOOP("errors", "Two rows can't exchange this value in one save"),
        QT_TRANSLATE_NOOP(
            "errors",
            "PostgreSQL checks the rule {constraint} row by row, and the value can't be set aside meanwhile. Nothing "
            "was written. Give one of the rows a free value and save; then give it the one it is to have, and save "
            "again. A rule that is DEFERRABLE would be checked at the end.",
        ),
        ("rows.review",),
    ),
    "constraint.foreign_key": Words(
        QT_TRANSLATE_NOOP("errors", "A link to another table would break"),
        QT_TRANSLATE_NOOP(
            "errors",
            "The row it points to does not exist, or other rows still point here. Nothing was written. "
            "Rule: {constraint}.",
        ),
        ("rows.review",),
    ),
    "constraint.check": Words(
        QT_TRANSLATE_NOOP("errors", "A check of the table refuses this"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. Rule: {constraint}."),
        ("rows.review",),
    ),
    "constraint.not_null": Words(
        QT_TRANSLATE_NOOP("errors", "A value is missing"),
        QT_TRANSLATE_NOOP("errors", "The column “{column}” can't be NULL. Nothing was written."),
        ("rows.review",),
    ),
    "constraint.exclusion": Words(
        QT_TRANSLATE_NOOP("errors", "This overlaps with another row"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. Rule: {constraint}."),
        ("rows.review",),
    ),
    "rows.conflict": Words(
        QT_TRANSLATE_NOOP("errors", "Somebody changed this row meanwhile"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. Compare both versions and choose."),
        ("rows.review",),
    ),
    "rows.too_many": Words(
        QT_TRANSLATE_NOOP("errors", "These are too many rows"),
        QT_TRANSLATE_NOOP("errors", "At most {most} are taken at a time. Select fewer rows."),
    ),
    "rows.too_large": Words(
        QT_TRANSLATE_NOOP("errors", "These rows are too large to copy"),
        QT_TRANSLATE_NOOP("errors", "They hold more than {most} MB. Select fewer rows."),
    ),
    "rows.not_numbered": Words(
        QT_TRANSLATE_NOOP("errors", "The numbers of these rows are not known yet."),
        QT_TRANSLATE_NOOP(
            "errors", "Studio is still learning which row is which. Wait until no ~ stands before the row numbers."
        ),
    ),
    "rows.not_whole": Words(
        QT_TRANSLATE_NOOP("errors", "Long values of {relation} can't be read"),
        QT_TRANSLATE_NOOP(
            "errors", "Its rows have no key by which they could be found. Leave out the columns with long values."
        ),
    ),
    "rows.vanished": Words(
        QT_TRANSLATE_NOOP("errors", "This row is gone"),
        QT_TRANSLATE_NOOP("errors", "Somebody deleted it, or changed its key, since it was read. Nothing was written."),
        ("rows.review",),
    ),
    "rows.changed": Words(
        QT_TRANSLATE_NOOP("errors", "Somebody changed this row meanwhile"),
        QT_TRANSLATE_NOOP("errors", "Nothing was done. The rows are read again: look at what the row holds now."),
    ),
    "rows.unidentified": Words(
        QT_TRANSLATE_NOOP("errors", "This row can't be found again"),
        QT_TRANSLATE_NOOP(
            "errors",
            "The table has no key, and no row holds the values that were read: somebody changed or deleted it. "
            "Nothing was written.",
        ),
        ("rows.review",),
    ),
    "rows.refused": Words(
        QT_TRANSLATE_NOOP("errors", "The server left a row as it was"),
        QT_TRANSLATE_NOOP(
            "errors",
            "A trigger, a rule or a row security policy of “{relation}” kept it from being changed. "
            "Nothing was written.",
        ),
        ("rows.review",),
    ),
    "rows.not_written": Words(
        QT_TRANSLATE_NOOP("errors", "The server did not keep a new row"),
        QT_TRANSLATE_NOOP("errors", "A trigger or a rule of “{relation}” discarded it. Nothing was written."),
        ("rows.review",),
    ),
    "save.in_doubt": Words(
        QT_TRANSLATE_NOOP("errors", "Nobody can say whether this was saved"),
        QT_TRANSLATE_NOOP(
            "errors",
            "The connection broke at the very end. Either everything was written or nothing: read the rows again "
            "before you save once more.",
        ),
        ("rows.refresh",),
    ),
    "filter.column": Words(
        QT_TRANSLATE_NOOP("errors", "The filter names a column that is not there"),
        QT_TRANSLATE_NOOP("errors", "“{column}” may have been renamed or dropped."),
    ),
    "filter.operator": Words(
        QT_TRANSLATE_NOOP("errors", "This comparison does not fit the column"),
        QT_TRANSLATE_NOOP("errors", "“{column}” can't be compared that way."),
    ),
    "filter.values": Words(
        QT_TRANSLATE_NOOP("errors", "The filter lacks a value"),
        QT_TRANSLATE_NOOP("errors", "The comparison of “{column}” needs another number of values."),
    ),
    "filter.raw": Words(
        QT_TRANSLATE_NOOP("errors", "This is not one expression"),
        extras=(("position", QT_TRANSLATE_NOOP("errors", "Look at character {position}.")),),
    ),
    "filter.refused": Words(
        QT_TRANSLATE_NOOP("errors", "PostgreSQL does not take this filter"),
        extras=(
            ("column", QT_TRANSLATE_NOOP("errors", "It concerns the column “{column}”.")),
            ("position", QT_TRANSLATE_NOOP("errors", "Look at character {position}.")),
        ),
    ),
    "filter.sort": Words(
        QT_TRANSLATE_NOOP("errors", "These rows can't be sorted that way"),
        QT_TRANSLATE_NOOP("errors", "PostgreSQL has no order for the type of “{column}”."),
    ),
    "profile.unknown": Words(
        QT_TRANSLATE_NOOP("errors", "There is no saved connection “{name}”"),
        next_steps=("connection.new",),
    ),
    "workspace.none": Words(
        QT_TRANSLATE_NOOP("errors", "No database is open"),
        next_steps=("connection.new",),
    ),
    "server.refused": Words(
        QT_TRANSLATE_NOOP("errors", "PostgreSQL refused this"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed."),
    ),
    "embedded.failed": Words(
        QT_TRANSLATE_NOOP("errors", "The demo's PostgreSQL did not start"),
        QT_TRANSLATE_NOOP("errors", "Its data is in {data_dir}."),
        ("demo.start",),
    ),
    "growth.store": Words(
        QT_TRANSLATE_NOOP("errors", "The samples of sizes can't be used"),
        QT_TRANSLATE_NOOP("errors", "They are kept in {file}. The system says: {words}"),
    ),
    "growth.newer": Words(
        QT_TRANSLATE_NOOP("errors", "A later Nexus Studio has written the samples of sizes"),
        QT_TRANSLATE_NOOP("errors", "They are kept in {file}. Use the later one, or put that file elsewhere."),
    ),
}
