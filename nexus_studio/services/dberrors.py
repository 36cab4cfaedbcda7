"""Driver exception -> StudioError, by SQLSTATE. The only place that looks at psycopg's exceptions of a statement.

SQLSTATE classes: PostgreSQL manual, Appendix A "PostgreSQL Error Codes".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy import exc

from nexus_studio.core.errors import (
    BugError,
    ConnectionLost,
    ConstraintViolated,
    InvalidValue,
    PermissionDenied,
    ServerFailed,
    ServerReport,
    StudioError,
    TimedOut,
    UnknownRelation,
)
from nexus_studio.core.tasks import Cancelled, CancelToken

_CONSTRAINTS = {
    "23502": "constraint.not_null",
    "23503": "constraint.foreign_key",
    "23505": "constraint.unique",
    "23514": "constraint.check",
    "23P01": "constraint.exclusion",
}
_LOST = {"57P01", "57P02", "57P03", "57P05", "08000", "08003", "08006"}
_UNKNOWN = {"42P01": "relation.unknown", "42703": "column.unknown", "3F000": "relation.unknown"}


STATEMENT_AT: Final = "nexus-studio statement "
"""How a detail begins whose first line says which statement of a block was refused (`quietly`); not for people."""


def server_report(error: psycopg.Error) -> ServerReport:
    """Copy what the server said; empty strings where it said nothing."""
    diag, detail = error.diag, error.diag.message_detail or ""
    return ServerReport(
        sqlstate=error.sqlstate or "",
        message=diag.message_primary or "",
        detail=detail.partition("\n")[2] if detail.startswith(STATEMENT_AT) else detail,
        hint=diag.message_hint or "",
        schema=diag.schema_name or "",
        table=diag.table_name or "",
        column=diag.column_name or "",
        constraint=diag.constraint_name or "",
        datatype=diag.datatype_name or "",
    )


def said_where(error: StudioError) -> tuple[str, int | None, str]:
    """Return how grave the server called an error, and the character, from 1, of what was sent that it is about.

    And the driver's own words, for one that the server said nothing of. ("ERROR", None, "") where no driver raised it.
    """
    cause = error.__cause__
    if not isinstance(cause, psycopg.Error):
        return "ERROR", None, ""
    place = cause.diag.statement_position
    return cause.diag.severity_nonlocalized or "ERROR", int(place) if place else None, str(cause).strip()


def from_psycopg(error: psycopg.Error) -> StudioError:  # noqa: PLR0911 - one line a class of SQLSTATE
    """Translate one driver error. A cancelled statement (57014) is a time-out here; `translated` knows better."""
    state = error.sqlstate or ""
    report = server_report(error)
    if state == "57014":
        return TimedOut("timeout.statement", report=report)
    if state == "55P03":
        return TimedOut("timeout.lock", report=report)
    if state.startswith("23"):
        return ConstraintViolated(
            _CONSTRAINTS.get(state, "constraint.violated"),
            report=report,
            constraint=report.constraint,
            table=report.table,
            columns=(report.column,) if report.column else (),
        )
    if state == "42501":
        return PermissionDenied(report=report)
    if state == "25006":
        return PermissionDenied("permission.read_only", report=report)
    if state in _UNKNOWN:
        return UnknownRelation(_UNKNOWN[state], report=report)
    if state.startswith("22"):
        return InvalidValue(report=report, column=report.column)
    if state in _LOST or state.startswith("08"):
        return ConnectionLost(report=report)
    if not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return ConnectionLost()
    return ServerFailed(report=report)


@contextmanager
def translated(token: CancelToken | None = None) -> Iterator[None]:
    """Turn every driver and SQLAlchemy exception of the block into the house's own.

    A connection that breaks while its work is being cancelled counts as cancelled.
    """
    try:
        yield
    except psycopg.Error as error:
        raise _outcome(from_psycopg(error), token) from error
    except exc.DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise _outcome(from_psycopg(error.orig), token) from error
        raise BugError("bug.driver") from error
    except exc.TimeoutError as error:
        raise TimedOut("timeout.pool") from error


def _outcome(found: StudioError, token: CancelToken | None) -> StudioError | Cancelled:
    if token is not None and token.is_cancelled and isinstance(found, ConnectionLost | TimedOut):
        return Cancelled()
    return found
