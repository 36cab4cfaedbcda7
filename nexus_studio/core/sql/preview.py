"""Statements as text for people: the values stand in it. Shown, or kept in a file; the program never executes it."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import BindParameter, Cast, ColumnClause
from sqlalchemy.dialects.postgresql.base import PGCompiler, PGDialect
from sqlalchemy.sql.elements import ClauseElement

from nexus_studio.core.sql.expressions import TEXT, ServerType

LONGEST_LITERAL: Final = 2000
"""Characters of a value that are shown."""

_NUMBERS: Final = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision", "oid"})
_PLAIN_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?\Z")


def readable(statement: ClauseElement, *, longest: int | None = LONGEST_LITERAL) -> str:
    """Write a statement as PostgreSQL would take it, values in place.

    A value longer than `longest` characters is cut and ends in an ellipsis; None: every value stands there whole.
    """
    return f"{statement.compile(dialect=_ForReading(longest))};"


class _ReadingCompiler(PGCompiler):
    """Writes typed parameters as plain literals, which the server reads by the column's type just the same."""

    def visit_cast(self, cast: Cast[Any], **kw: Any) -> str:
        if isinstance(cast.type, ServerType) and isinstance(cast.clause, BindParameter):
            return self.process(cast.clause, **kw)
        if cast.type is TEXT:
            return f"{self.process(cast.clause, **kw)}::text"
        return str(super().visit_cast(cast, **kw))  # type: ignore[no-untyped-call]

    def visit_column(self, column: ColumnClause[Any], *args: Any, **kw: Any) -> str:
        # One statement, one table: its name before every column would only be noise.
        return str(super().visit_column(column, *args, **{**kw, "include_table": False}))

    def visit_bindparam(self, bindparam: BindParameter[Any], *_: Any, **__: Any) -> str:
        longest = self.dialect.longest if isinstance(self.dialect, _ForReading) else LONGEST_LITERAL
        return _literal(bindparam.effective_value, bindparam.type, longest)


class _ForReading(PGDialect):
    statement_compiler = _ReadingCompiler
    supports_statement_cache = False

    def __init__(self, longest: int | None) -> None:
        super().__init__(paramstyle="named")  # type: ignore[no-untyped-call]
        self.longest = longest


def _literal(value: object, type_: object, longest: int | None) -> str:
    if value is None:
        return "NULL"
    text = str(value)
    if isinstance(type_, ServerType) and type_.sql in _NUMBERS and _PLAIN_NUMBER.match(text):
        return text
    if longest is not None and len(text) > longest:
        text = f"{text[:longest]}…"
    return "'" + text.replace("'", "''") + "'"
