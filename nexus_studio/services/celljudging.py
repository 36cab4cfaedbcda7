"""CellJudge: asks the server what it makes of a value, before anything is saved. No value is ever logged."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, cast, column, func, select, type_coerce
from sqlalchemy.sql.expression import TableValuedAlias

from nexus_studio.core.data.judging import Judgement, is_cut_by_cast, needs_server
from nexus_studio.core.errors import (
    ConstraintViolated,
    InvalidValue,
    PermissionDenied,
    ServerFailed,
    ServerReport,
    StudioError,
    UnknownRelation,
)
from nexus_studio.core.schema.types import PgType
from nexus_studio.core.sql.expressions import ServerType, as_text, assigned_bind, text_bind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

JUDGE_MS: Final = 5_000
"""Milliseconds a judgement may take (a domain's check can call any function)."""

_NOT_THE_VALUE: Final = frozenset({"53", "57", "58", "XX"})
"""Classes of SQLSTATE that say nothing about a value: the server lacks something, is told to stop, or is broken."""

log = logging.getLogger(__name__)


class CellJudge:
    """Judges values by the type's own input. Any thread.

    `time_zone` is the zone in which the session reads and writes moments.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def time_zone(self) -> str:
        """The session's time zone, as the server names it."""
        return self._session.server.time_zone

    def judge(self, type_: PgType, text: str, ctx: TaskContext) -> Judgement:
        """Have the server read a text as a column's type, limits and a domain's checks included, in a READ ONLY block.

        A text whose codec knows all there is to know is not sent.

        Raises:
            StudioError: what `Session.read` raises where nothing is wrong with the value (no connection, a time-out).
        """
        if not needs_server(type_, text):
            return Judgement(text, was_judged=False)
        began = time.monotonic()
        try:
            with self._session.read(ctx, timeout_ms=JUDGE_MS) as connection:
                found = connection.execute(_statement(type_, text)).scalar_one()
        except (InvalidValue, ConstraintViolated, ServerFailed, PermissionDenied, UnknownRelation) as error:
            if _sqlstate(error)[:2] in _NOT_THE_VALUE or error.code == "permission.read_only":
                return Judgement(text, was_judged=False)
            log.info("value refused", extra={"type": type_.name, "sqlstate": _sqlstate(error), "ms": _since(began)})
            return Judgement(refusal=error.report or ServerReport())
        log.debug("value judged", extra={"type": type_.name, "ms": _since(began)})
        return Judgement(found)


def _statement(type_: PgType, text: str) -> Select[Any]:
    return select(as_text(_cut_short(type_, text) if is_cut_by_cast(type_) else _limited(type_, text)))


def _limited(type_: PgType, text: str) -> ColumnElement[Any]:
    """Read the text as a save does: by the type's input, then fitted to the column's limits."""
    value = assigned_bind(text, type_)
    if not type_.limited_sql or type_.limited_sql == type_.sql or type_.domain_of:
        return value
    return cast(value, ServerType(type_.limited_sql))


def _cut_short(type_: PgType, text: str) -> ColumnElement[Any]:
    """Read the text by the input of the limited type, which refuses what a cast would cut off.

    Only a record's columns may have a type with limits and a value that comes as a parameter.
    """
    document = func.pg_catalog.json_build_object("v", text_bind(text))
    record: TableValuedAlias = func.pg_catalog.json_to_record(document).table_valued(
        column("v", ServerType(type_.limited_sql)), name="r"
    )
    return type_coerce(record.render_derived(with_types=True).c.v, ServerType(type_.sql))


def _sqlstate(error: StudioError) -> str:
    return error.report.sqlstate if error.report is not None else ""


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
