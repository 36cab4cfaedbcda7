"""What Prisma says, word for word: its error codes with their texts, and the phrases that scripts look for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.prisma import LOCK_KEY, PROVIDER, PrismaRow
from nexus_studio.core.errors import ServerReport

RESOLVE_LINK: Final = (
    "Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve"
)
FAILED_TO_APPLY: Final = (
    f"A migration failed to apply. New migrations cannot be applied before the error is recovered from. {RESOLVE_LINK}"
)
UP_TO_DATE: Final = "Database schema is up to date!"
NOTHING_PENDING: Final = "No pending migrations to apply."
ALL_APPLIED: Final = "All migrations have been successfully applied."
NOT_MANAGED: Final = (
    "The current database is not managed by Prisma Migrate.\n\n"
    "Read more about how to baseline an existing production database:\nhttps://pris.ly/d/migrate-baseline"
)
NO_LEDGER: Final = (
    "Invariant violation: called markMigrationRolledBack on a database without migrations table."  # has no code
)
ABORTED: Final = "ERROR: current transaction is aborted, commands ignored until end of transaction block"
BOTH_OPTIONS: Final = "Pass either --applied or --rolled-back, not both."
NO_OPTION: Final = (
    "--applied or --rolled-back must be part of the command like:\n"
    "prisma migrate resolve --applied 20201231000000_example\n"
    "prisma migrate resolve --rolled-back 20201231000000_example"
)
RESET: Final = "Database reset successful"
CREATE_COMMAND: Final = "npx prisma migrate dev --create-only --name {name}"
"""How Prisma writes a migration from its schema file."""

_SHOWN_BEFORE = 5  # lines of a script before the one that failed


def found(number: int) -> str:
    """Return the line that says how many migrations the folder has."""
    if not number:
        return "No migration found in prisma/migrations"
    return f"{number} migration{'s' if number > 1 else ''} found in prisma/migrations"


def applying(name: str) -> str:
    """Return the line before a script is run."""
    return f"Applying migration `{name}`"


def applied_tree(names: Iterable[str]) -> str:
    """Return what deploy says at its end of what it applied."""
    return f"{_tree(names)}\n\n{ALL_APPLIED}"


def was_reset(names: Iterable[str]) -> str:
    """Return what `migrate reset` says at its end."""
    applied = tuple(names)
    return f"{RESET}\n\n{_tree(applied)}" if applied else RESET


def _tree(names: Iterable[str]) -> str:
    lines = ["The following migration(s) have been applied:", "", "migrations/"]
    for name in names:
        lines += [f"  └─ {name}/", "    └─ migration.sql"]
    return "\n".join(lines)


def marked(name: str, *, applied: bool) -> str:
    """Return what resolve says."""
    return f"Migration {name} marked as {'applied' if applied else 'rolled back'}."


def error(code: str, text: str) -> str:
    """Return an error as Prisma prints it; `code` is empty for those that have none."""
    return f"Error: {code}\n\n{text}" if code else f"Error: {text}"


# Errors by code


def p1002() -> str:
    """The lock was not had in time."""
    return (
        "The database server was reached but timed out.\n\nPlease try again.\n\n"
        "Please make sure your database server is running.\n\n"
        f"Context: Timed out trying to acquire a postgres advisory lock (SELECT pg_advisory_lock({LOCK_KEY})). "
        "Timeout: 10000ms. See https://pris.ly/d/migrate-advisory-locking for details."
    )


def p1014(model: str) -> str:
    """A table is not where it is looked for."""
    return f"The underlying table for model `{model}` does not exist."


P3005: Final = (
    "The database schema is not empty. Read more about how to baseline an existing production database: "
    "https://pris.ly/d/migrate-baseline"
)


def p3006(name: str, words: str, code: str = "") -> str:
    """A migration failed on the shadow database."""
    said = f"\nError code: {code}" if code else ""
    return f"Migration `{name}` failed to apply cleanly to the shadow database.{said}\nError:\n{words}"


def p3008(name: str) -> str:
    """It is recorded as applied."""
    return f"The migration `{name}` is already recorded as applied in the database."


def p3009(rows: Iterable[PrismaRow | LedgerEntry]) -> str:
    """There are failed rows."""
    head = f"migrate found failed migrations in the target database, new migrations will not be applied. {RESOLVE_LINK}"
    lines = [f"The `{row.migration_name}` migration started at {moment(row.started_at)} failed" for row in rows]
    return "\n".join([head, *lines])


def p3011(name: str) -> str:
    """No row has that name."""
    return (
        f"Migration `{name}` cannot be rolled back because it was never applied to the database. "
        'Hint: did you pass in the whole migration name? (example: "20201207184859_initial_migration")'
    )


def p3012(name: str) -> str:
    """All its rows are finished."""
    return f"Migration `{name}` cannot be rolled back because it is not in a failed state."


P3015: Final = (
    "Could not find the migration file at migration.sql. Please delete the directory or restore the migration file."
)


def p3017(name: str) -> str:
    """No folder has that name, or it has no script."""
    return (
        f"The migration {name} could not be found. Please make sure that the migration exists, and that you included "
        'the whole name of the directory. (example: "20201207184859_initial_migration")'
    )


def p3019(found_provider: str) -> str:
    """migration_lock.toml is another database's."""
    return (
        f"The datasource provider `{PROVIDER}` specified in your schema does not match the one specified in the "
        f"migration_lock.toml, `{found_provider}`. Please remove your current migration directory and start a new "
        "migration history with prisma migrate dev. Read more: https://pris.ly/d/migrate-provider-switch"
    )


def p3018(
    name: str, report: ServerReport, *, severity: str = "ERROR", position: int | None = None, sql: str = ""
) -> str:
    """Return what is said, and kept in `logs`, of a script that failed.

    Args:
        name: The migration.
        report: What the server said.
        severity: As the server calls it.
        position: Where in `sql`, in characters from 1; None: the server named no place.
        sql: What was sent.
    """
    words = "\n".join(
        [
            f"{severity}: {report.message}",
            *([f"DETAIL: {report.detail}"] if report.detail else []),
            *([f"HINT: {report.hint}"] if report.hint else []),
        ]
    )
    parts = [
        FAILED_TO_APPLY,
        f"Migration name: {name}",
        f"Database error code: {report.sqlstate or 'none'}",
        f"Database error:\n{words}",
    ]
    if position is not None and (place := _place(sql, position)):
        parts.append(f"Position:\n{place}")
    parts.append(_debug(report, severity, position))
    return "\n\n".join(parts)


def _place(sql: str, position: int) -> str:
    """Return the line of a position with the lines before it, numbered."""
    lines = sql.split("\n")
    at = 0
    for number, line in enumerate(lines, 1):
        at += len(line) + 1
        if position <= at:
            first = max(1, number - _SHOWN_BEFORE)
            shown = enumerate(lines[first - 1 : number], first)
            return "\n".join(f"{place:>3} {text.removesuffix(chr(13))}".rstrip() for place, text in shown)
    return ""


def _debug(report: ServerReport, severity: str, position: int | None) -> str:
    where = f"Some(Original({position}))" if position is not None else "None"
    parsed = severity.capitalize()
    return (
        f'DbError {{ severity: "{severity}", parsed_severity: Some({parsed}), '
        f"code: SqlState(E{report.sqlstate}), message: {_quoted(report.message)}, detail: {_some(report.detail)}, "
        f"hint: {_some(report.hint)}, position: {where}, where_: None, schema: {_some(report.schema)}, "
        f"table: {_some(report.table)}, column: {_some(report.column)}, datatype: {_some(report.datatype)}, "
        f"constraint: {_some(report.constraint)} }}"
    )


def _some(value: str) -> str:
    return f"Some({_quoted(value)})" if value else "None"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def moment(when: datetime) -> str:
    """Write a moment as Prisma does: in UTC, with no, three or six digits after the second, whatever is exact."""
    utc = when.astimezone(UTC)
    fraction = utc.microsecond
    digits = "" if not fraction else f".{fraction // 1000:03}" if not fraction % 1000 else f".{fraction:06}"
    return f"{utc:%Y-%m-%d %H:%M:%S}{digits} UTC"


def listed(names: Sequence[str]) -> str:
    """Return names, one a line."""
    return "\n".join(names)
