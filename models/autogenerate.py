"""Completes Alembic's comparison: views, enums, CHECKs, partitions, triggers, generated columns.

`complete` is the `process_revision_directives` of ``alembic/env.py``. What the models declare and what the database has
come from `models.drift`, both in PostgreSQL's own words; whatever differs and has no operation of Alembic's gets a
`SqlStep`. So after a drafted revision has run, `models.drift.differences` finds nothing. Needs Alembic, which
`import models` does not.
"""

from __future__ import annotations

import logging
from typing import Any

from alembic.operations import ops
from sqlalchemy import ARRAY, Column, Enum
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from models.completion import Completion
from models.dependents import dependents
from models.drift import described

_LOG = logging.getLogger("alembic.autogenerate")
# Comparing builds the declared schema and takes it back; where that is not allowed, Alembic's own comparison must do.
_NOT_ALLOWED = {"25006", "42501"}


def complete(context: Any, _revision: Any, directives: list[Any]) -> None:
    """Add to a drafted revision what Alembic has not seen. Takes about half a second."""
    script = directives[0]
    if context.as_sql or script.upgrade_ops is None:
        return
    connection = context.connection
    schema = connection.dialect.default_schema_name or "public"
    try:
        declared, found = described(connection, schema)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _NOT_ALLOWED:
            raise
        _LOG.warning("Views, enums, CHECKs, partitions and triggers are not compared: that needs the right to create")
        return
    _leave_types_to_steps(script.upgrade_ops)
    steps = Completion(declared, found, dependents(connection, schema), script.upgrade_ops)
    steps.work_out()
    script.upgrade_ops.ops[:] = [*steps.before, *script.upgrade_ops.ops, *steps.after]
    script.downgrade_ops.ops[:] = [each.reverse() for each in reversed(script.upgrade_ops.ops)]


def _leave_types_to_steps(container: Any) -> None:
    """Have no table or column create the enum type that it uses: a step of its own does."""
    for each in container.ops:
        if isinstance(each, ops.OpContainer):
            _leave_types_to_steps(each)
        elif isinstance(each, ops.CreateTableOp):
            each.columns = [_using_types(one) for one in each.columns]
        elif isinstance(each, ops.AddColumnOp):
            each.column = _using_types(each.column)


def _using_types(item: Any) -> Any:
    """Return a column (or whatever else a table is made of) that uses types and creates none."""
    if not isinstance(item, Column):
        return item
    found = item.type
    inner = found.item_type if isinstance(found, ARRAY) else found
    if not isinstance(inner, Enum) or not inner.native_enum:
        return item
    column = item._copy()  # noqa: SLF001 - the models' own must stay as it is
    plain = postgresql.ENUM(*inner.enums, name=inner.name, create_type=False)
    column.type = postgresql.ARRAY(plain, dimensions=found.dimensions) if isinstance(found, ARRAY) else plain
    return column


def render_item(kind: str, item: Any, autogen: Any) -> Any:
    """Write enum types so that a table or column that uses one does not create it: a step of its own does."""
    if kind != "type" or not isinstance(item, Enum) or not item.native_enum:
        return False
    autogen.imports.add("from sqlalchemy.dialects import postgresql")
    values = ", ".join(repr(str(each)) for each in item.enums)
    return f"postgresql.ENUM({values}, name={str(item.name)!r}, create_type=False)"
