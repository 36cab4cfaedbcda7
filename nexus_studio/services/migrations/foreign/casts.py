"""Gives a column whose type becomes an enum (or comes from one) the cast that PostgreSQL does not find by itself.

Alembic writes `ALTER COLUMN … TYPE mood`, which the server refuses: from text to an enum there is no cast that it would
take unasked. Runs in the project's interpreter: standard library, Alembic and SQLAlchemy only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from alembic.autogenerate import render
from alembic.autogenerate.render import renderers
from alembic.operations import ops
from sqlalchemy import ARRAY, DefaultClause, Enum, String, text

from .compares import default_text, qualified

# 'ok'::text, 'ok'::character varying(20), 'ok'::mood: the literal alone fits whatever type the column gets.
_LITERAL = re.compile(r"^('(?:[^']|'')*')::[^'()]+(?:\(\d+\))?(?:\[\])?$")


class CastColumnOp(ops.AlterColumnOp):
    """A change of a column's type that says by USING how the old values become new ones."""


def casting(dialect: Any, operation: Any) -> list[Any]:
    """Return what is to be done in place of an operation; itself where it needs no cast, or none is known.

    A default is taken away before and set after: PostgreSQL does not cast it.
    """
    if not isinstance(operation, ops.AlterColumnOp) or operation.modify_type is None:
        return [operation]
    old, new = operation.existing_type, operation.modify_type
    if "postgresql_using" in operation.kw or not _is_cast_by_text(old, new):
        return [operation]
    there, wanted = operation.existing_server_default, operation.modify_server_default
    is_same = wanted is False
    wanted = _plain(there if is_same else wanted)
    cast = CastColumnOp(
        operation.table_name,
        operation.column_name,
        schema=operation.schema,
        existing_type=old,
        existing_nullable=operation.existing_nullable,
        existing_comment=operation.existing_comment,
        modify_type=new,
        modify_nullable=operation.modify_nullable,
        modify_comment=operation.modify_comment,
        modify_name=operation.modify_name,
        **operation.kw,
        postgresql_using=using(dialect, operation.column_name, new),
    )
    first = _default(operation, old, None, _plain(there))
    last = _default(operation, new, wanted, None)
    if is_same or there:
        last.difference = () if is_same else _changed(operation)
    first.difference = () if is_same or wanted else _changed(operation)
    return [*([first] if there else []), cast, *([last] if wanted else [])]


def using(dialect: Any, column: str, new: Any) -> str:
    """Return the expression that makes a value of the new type from a column's."""
    through = "text[]" if isinstance(new, ARRAY) else "text"
    return f"{dialect.identifier_preparer.quote(column)}::{through}::{new.compile(dialect=dialect)}"


def _is_cast_by_text(old: Any, new: Any) -> bool:
    """Tell whether values go from one type to the other by their text: into an enum, or back out of one."""
    if isinstance(old, ARRAY) is not isinstance(new, ARRAY):
        return False
    one, other = (each.item_type if isinstance(each, ARRAY) else each for each in (old, new))
    is_into = _is_enum(other) and (_is_enum(one) or _is_text(one))
    return is_into or (_is_enum(one) and _is_text(other))


def _is_enum(type_: Any) -> bool:
    return isinstance(type_, Enum) and bool(type_.native_enum) and bool(type_.name)


def _is_text(type_: Any) -> bool:
    is_string = isinstance(type_, String) and not isinstance(type_, Enum)
    return is_string or str(getattr(type_, "__visit_name__", "")).upper() == "CITEXT"


def _changed(operation: Any) -> tuple[str, str, str, bool]:
    old, new = default_text(operation.existing_server_default), default_text(operation.modify_server_default)
    return ("change_default", f"{qualified(operation)}.{operation.column_name}", f"{old} → {new}", False)


def _default(operation: Any, type_: Any, wanted: Any, there: Any) -> Any:
    return ops.AlterColumnOp(
        operation.table_name,
        operation.column_name,
        schema=operation.schema,
        existing_type=type_,
        existing_server_default=there,
        modify_server_default=wanted,
    )


def _plain(default: Any) -> Any:
    """Return a default without the type that the database wrote behind its literal."""
    said = getattr(default, "arg", default)
    words = getattr(said, "text", said)
    found = _LITERAL.match(words) if isinstance(words, str) else None
    return DefaultClause(text(found[1])) if found else default or None


_alter_column: Callable[..., str] = render._alter_column  # noqa: SLF001 - it leaves USING out, and has no public name


@renderers.dispatch_for(CastColumnOp)
def _render(autogen: Any, operation: CastColumnOp) -> str:
    code = _alter_column(autogen, operation).removesuffix(")")
    return f"{code},\n           postgresql_using={operation.kw['postgresql_using']!r})"
