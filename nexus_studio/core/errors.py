"""The error tree of the house: codes and facts, never sentences and never cell values."""

from __future__ import annotations

from dataclasses import dataclass

Fact = str | int | float | bool | None | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServerReport:
    """What PostgreSQL itself said about a failure (manual, section 55.8 "Error and Notice Message Fields").

    It may quote the person's own data. It is shown on the screen and never logged: `redact.loggable` keeps only
    `sqlstate` and the names of schema objects.
    """

    sqlstate: str = ""
    message: str = ""
    detail: str = ""
    hint: str = ""
    schema: str = ""
    table: str = ""
    column: str = ""
    constraint: str = ""
    datatype: str = ""


class StudioError(Exception):
    """A failure with a stable `code` such as "rows.conflict" and `facts` that are names and numbers.

    `ui/kit/wording.py` turns code and facts into a translated sentence; `cli.py` prints `{"code", "message", "next"}`.
    `report` carries the server's own words where the failure came from PostgreSQL.
    """

    default_code = "error"

    def __init__(self, code: str | None = None, *, report: ServerReport | None = None, **facts: Fact) -> None:
        self.code = code or self.default_code
        self.facts: dict[str, Fact] = facts
        self.report = report
        super().__init__(self.code)

    def __str__(self) -> str:
        """Say code and facts, in English, for logs and developers; the server's own text is not part of it."""
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({facts})" if facts else self.code


class UserError(StudioError):
    """Expected trouble: shown politely, with what can be done about it."""

    default_code = "user"


class BugError(StudioError):
    """Anything unforeseen: a report dialog with a redacted trace. `trace` is safe to show and to log."""

    default_code = "bug"

    def __init__(
        self, code: str | None = None, *, trace: str = "", report: ServerReport | None = None, **facts: Fact
    ) -> None:
        super().__init__(code, report=report, **facts)
        self.trace = trace


class ConnectionFailed(UserError):
    """No connection could be made. Codes: see `CONNECTION_CODES`."""

    default_code = "connection.failed"


CONNECTION_CODES = (
    "connection.refused",  # nothing listens there; facts host, port
    "connection.host_not_found",  # facts host
    "connection.timeout",  # facts host, port
    "connection.password_wrong",  # facts user
    "connection.password_missing",  # facts user
    "connection.database_missing",  # facts database
    "connection.role_missing",  # facts user
    "connection.role_not_allowed",  # SET ROLE refused; facts role
    "connection.time_zone",  # the server does not know the profile's; facts time_zone
    "connection.tls_refused",  # the server offers no TLS but sslmode demands it
    "connection.tls_required",  # the server demands TLS (pg_hba hostssl)
    "connection.tls_certificate",  # the certificate could not be verified
    "connection.not_admitted",  # no pg_hba.conf entry
    "connection.server_too_old",  # facts version
    "connection.too_many",  # too many connections
    "connection.starting_up",  # the server starts up, shuts down or recovers
    "connection.not_postgresql",  # something else answers at that port
    "connection.service_missing",  # pg_service.conf has no such service
    "connection.failed",  # anything else, in the server's or libpq's words
)


class ConnectionLost(UserError):
    """A connection that stood is gone: the server died or the line was cut."""

    default_code = "connection.lost"


class PermissionDenied(UserError):
    """The role lacks a privilege (SQLSTATE 42501)."""

    default_code = "permission.denied"


class ForbiddenHere(UserError):
    """The profile forbids it: read-only, or the environment does. Facts: capability, environment."""

    default_code = "forbidden"


class TimedOut(UserError):
    """statement_timeout or lock_timeout struck. Codes "timeout.statement", "timeout.count", "timeout.lock"."""

    default_code = "timeout.statement"


class ToolMissing(UserError):
    """A program such as pg_dump was not found. Facts: tool."""

    default_code = "tool.missing"


class UnknownRelation(UserError):
    """No such relation in the catalog. Facts: relation."""

    default_code = "relation.unknown"


class InvalidUrl(UserError):
    """A database URL that can't be understood. Facts: reason (a code), part. The URL itself is never a fact."""

    default_code = "url.invalid"


class InvalidProfile(UserError):
    """A profile (or its file) that can't be used. Facts: name, field."""

    default_code = "profile.invalid"


class InvalidFilter(UserError):
    """A filter that can't be applied. Facts: column, operator; of a raw expression reason and position (from 1)."""

    default_code = "filter.invalid"


class InvalidValue(UserError):
    """A value that the column's type refuses. Facts: column, reason (a code or the server's words are in `report`)."""

    default_code = "value.invalid"


class ConstraintViolated(UserError):
    """SQLSTATE class 23. Codes "constraint.unique", ".foreign_key", ".check", ".not_null", ".exclusion".

    And "constraint.exchange": rows of one save were to take one another's unique values.

    Facts: constraint, table, columns (tuple), change (index of the refused change in the frozen change set, or -1).
    """

    default_code = "constraint.violated"


class EditConflict(UserError):
    """A row changed or vanished since it was read.

    Codes "rows.conflict", "rows.vanished", "rows.unidentified"; "rows.changed": before anything was to be written.

    `conflicts` (see `core.data.merge.Conflict`) carries base, mine and theirs for the screen; never logged.
    """

    default_code = "rows.conflict"

    def __init__(
        self,
        code: str | None = None,
        *,
        conflicts: tuple[object, ...] = (),
        report: ServerReport | None = None,
        **facts: Fact,
    ) -> None:
        super().__init__(code, report=report, **facts)
        self.conflicts = conflicts


class RowsRefused(UserError):
    """The server took a statement and wrote no row, without an error: a trigger, a rule or a row security policy did.

    Codes "rows.refused" (the row to be changed or deleted is as it was read), "rows.not_written" (a new row). Facts:
    relation, change (index in the frozen change set), rows (how many fared so). Nothing of the save was written.
    """

    default_code = "rows.refused"


class SaveInDoubt(UserError):
    """The connection broke while a save was being committed, and nobody could say whether it was.

    What was staged must neither be offered as unsaved nor as saved before the rows were read again.
    """

    default_code = "save.in_doubt"


class MigrationBlocked(UserError):
    """Migrations can't run or be read now."""

    default_code = "migration.blocked"


class SeedRefused(UserError):
    """A seed may not or could not run here, or not be kept. Facts: seed; environment, file, line, where, words."""

    default_code = "seed.refused"


class ResetRefused(UserError):
    """A reset, an emptying or a shelf ("reset.…", "shelf.…") is refused: nothing was changed."""

    default_code = "reset.refused"


class ResetStopped(UserError):
    """A reset stopped half way, and its journal says where. Facts: phase, cause (a code), words, backup, database."""

    default_code = "reset.stopped"


class BackupFailed(UserError):
    """A backup could not be made, kept, copied, scheduled; nothing half is left. Codes "backup.…".

    Facts: database, folder, file, words (a program's own, without values), reason.
    """

    default_code = "backup.failed"


class BackupDamaged(UserError):
    """A file is not the backup it should be: cut off, altered, no dump at all. Codes "backup.…", facts file, words.

    Found before anything else is touched.
    """

    default_code = "backup.damaged"


class RestoreRefused(UserError):
    """A backup is not restored, and what it would have replaced is as it was. Codes "restore.…".

    Facts: file, database, names, words, reason.
    """

    default_code = "restore.refused"


class MaintenanceRefused(UserError):
    """A job of maintenance, or the end of a session, is refused or was given up: nothing is left half done.

    Codes "maintain.standby", "maintain.nothing" (facts job, names, reason), "maintain.disk" (needed, free: bytes),
    "maintain.locked" (relation, names: who has the lock); "activity.gone", "activity.changed", "activity.idle",
    "activity.unidentified", "activity.not_permitted" (pid); "slow.not_ready", "slow.unknown", "slow.not_explained"
    (query); "plan.none", "plan.not_run", "plan.values" (wanted, given), "plan.refused".
    """

    default_code = "maintain.refused"


class HistoryFailed(UserError):
    """The history of saves can't be read or changed. Facts: file, words, id, relation.

    Codes "history.store" (facts file, words), "history.newer" (file), "history.unknown_set", "history.many_sets" (id),
    "history.part_broken" (id), "history.no_table", "history.has_table", "history.table_kept_from" (relation),
    "history.nothing_left".
    """

    default_code = "history.store"


class HistoryUnwritten(UserError):
    """A save was not written, since it could not be kept in the history. Facts: file, relation, words.

    Codes "history.unwritten", "history.unwritten_shared" (the table in the database). A person may choose to save
    without it.
    """

    default_code = "history.unwritten"


class ReasonMissing(UserError):
    """The connection asks for a reason with each save, and none was given. Nothing was written."""

    default_code = "history.reason"


class ImportRefused(UserError):
    """A SQLite file was not imported; nothing was written. Facts: file, where it is about the file itself.

    Codes "import.file_missing", "import.not_sqlite", "import.unreadable" (reason), "import.map_unknown" (name),
    "import.map_twice" (target, tables), "import.no_match", "import.lacking" (columns), "import.filled" (tables),
    "import.values" (number), "import.differs" (table, columns), "import.form_unknown" (name).

    `outcome` is the `core.admin.sqliteimport.ImportReport` with what was refused, where values were.
    """

    default_code = "import.refused"

    def __init__(
        self,
        code: str | None = None,
        *,
        outcome: object = None,
        report: ServerReport | None = None,
        **facts: Fact,
    ) -> None:
        super().__init__(code, report=report, **facts)
        self.outcome = outcome


class TransferRefused(UserError):
    """Rows were not exported to a file, or not imported from one; no half file is left, and nothing was written.

    Codes "transfer.…". Facts: file, folder, format, field, words (the system's), columns, column, key, number, free.
    `outcome` is the `core.data.transferplan.ImportReport` with the lines that were refused, where lines were.
    """

    default_code = "transfer.refused"

    def __init__(
        self,
        code: str | None = None,
        *,
        outcome: object = None,
        report: ServerReport | None = None,
        **facts: Fact,
    ) -> None:
        super().__init__(code, report=report, **facts)
        self.outcome = outcome


class DuplicateRefused(UserError):
    """A row is not duplicated with the rows that point to it; nothing was staged.

    Codes "duplicate.gone" (relation), "duplicate.too_many" (most), "duplicate.unanswered" (relation, column: a unique
    value is wanted), "duplicate.computed" (relation, column: PostgreSQL computes what copies would point to),
    "duplicate.numbers" (relation, column: the role may not take numbers), "duplicate.unknown_child" (relation, names).
    """

    default_code = "duplicate.refused"


class ServerFailed(UserError):
    """PostgreSQL refused a statement for a reason without a class of its own; `report` has its words."""

    default_code = "server.refused"


class EmbeddedFailed(UserError):
    """The embedded PostgreSQL could not be started or stopped. Facts: reason, data_dir."""

    default_code = "embedded.failed"


class EnvFailed(UserError):
    """A project's `.env` could not be read or written. Facts: file, words (the system's).

    Codes "env.unreadable", "env.encoding", "env.unwritable", "env.exists", "env.no_example", "env.no_folder",
    "env.changed" (since it was read), "env.quote_open" (fact line: what stands behind it can't be set), "env.shadowed"
    (the environment has the variable too and goes before the file; fact name).
    """

    default_code = "env.unreadable"


class ComposeFailed(UserError):
    """Docker compose did not do what was asked. Facts: service, folder, words (docker's own, without secrets).

    Codes "compose.port_taken" (facts port, owner, free_port, variable), "compose.daemon_down",
    "compose.daemon_denied", "compose.plugin_missing", "compose.env_broken" (fact line), "compose.no_service",
    "compose.not_ready" (fact state), "compose.port_fixed" (fact port), "compose.failed".
    """

    default_code = "compose.failed"
