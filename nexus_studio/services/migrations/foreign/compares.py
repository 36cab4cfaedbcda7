"""Compares a project's models with its database as the project's own env.py asks for it, and lists what differs.

Runs in the project's interpreter: standard library, Alembic (1.8 or newer) and SQLAlchemy (1.4 or newer) only.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.autogenerate import api, produce_migrations, render
from alembic.operations import ops
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

RECORDS = frozenset({"_nexus_migrations", "_nexus_history", "_prisma_migrations"})
"""Tables that tools keep for themselves: nobody's model, and nothing to drop."""

# Partitions and what an extension brought are not described by models, as a rule; whatever a model does describe is
# compared all the same.
_STRANGERS = """
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f')
   AND (c.relispartition OR EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                                     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                       AND d.objid = c.oid AND d.deptype = 'e'))
"""

_MARKS = re.compile(r"^# ### .* ###$\n?", re.MULTILINE)


class Refused(Exception):
    """What was asked for can't be done; `code` and `facts` are the house's."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def metadata_of(context: Any) -> Any:
    """Return the project's metadata, one or several.

    Raises:
        Refused: "migration.no_metadata" when its env.py names none.
    """
    found = context.opts.get("target_metadata")
    if found is None or (isinstance(found, (list, tuple)) and not found):
        raise Refused("migration.no_metadata")
    return found


def compared(context: Any, script: Any = None, *, compare: bool = True) -> Any:
    """Return a MigrationScript with the operations that bring the database to the models, or None.

    The project's own rules hold: what env.py passed to `configure` (include_name, include_object, compare_type …), and
    its process_revision_directives, which may change the script, or take it away (None).

    Args:
        context: The MigrationContext that env.py has configured, online.
        script: A MigrationScript with what is known of the revision so far.
        compare: Compare at all; else the script is only shown to process_revision_directives.
    """
    if script is None:
        script = new_script("")
    if compare:
        metadata = metadata_of(context)
        with _without_strangers(context, metadata), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Alembic can't compare; nobody would read them
            produced: Any = produce_migrations(context, metadata)
        script.upgrade_ops.ops[:] = produced.upgrade_ops.ops
        script.downgrade_ops.ops[:] = produced.downgrade_ops.ops
    directives = [script]
    process = context.opts.get("process_revision_directives")
    if process is not None:
        process(context, context.get_current_heads(), directives)
    return directives[0] if directives else None


def new_script(revision: str, message: str = "", head: Any = None) -> Any:
    """Return a MigrationScript without operations."""
    return ops.MigrationScript(
        rev_id=revision,
        message=message,
        upgrade_ops=ops.UpgradeOps([]),
        downgrade_ops=ops.DowngradeOps([]),
        imports=set(),
        head=head,
        splice=False,
        branch_label=None,
        version_path=None,
        depends_on=None,
    )


def rendered(context: Any, script: Any, render_item: Any = None) -> dict[str, Any]:
    """Return the code of a script: "upgrade" and "downgrade" as bodies, unindented, and "imports" as lines.

    `render_item` is asked before the project's own, as that is.
    """
    autogen = api.AutogenContext(context, metadata=context.opts.get("target_metadata"))
    if render_item is not None:
        theirs = autogen.opts.get("render_item") or (lambda _kind, _item, _autogen: False)

        def both(kind: str, item: Any, where: Any) -> Any:
            own = render_item(kind, item, where)
            return own if own is not False else theirs(kind, item, where)

        autogen.opts = {**autogen.opts, "render_item": both}
    autogen.imports = set(script.imports or ())
    body = {}
    for name, container in (("upgrade", script.upgrade_ops), ("downgrade", script.downgrade_ops)):
        code = render._render_cmd_body(container, autogen)  # noqa: SLF001 - the public one indents, also within strings
        body[name] = _MARKS.sub("", code).strip("\n")
    return {**body, "imports": sorted(autogen.imports)}


@contextmanager
def _without_strangers(context: Any, metadata: Any) -> Iterator[None]:
    """Leave out of a comparison what no model can be asked for."""
    declared = {
        (table.schema, table.name)
        for each in (metadata if isinstance(metadata, (list, tuple)) else (metadata,))
        for table in each.tables.values()
    }
    default = context.connection.dialect.default_schema_name
    strangers = {
        (schema, name)
        for schema, name in context.connection.execute(text(_STRANGERS))
        if (schema, name) not in declared
    }
    theirs = context.opts.get("include_name")

    def include_name(name: Any, kind: str, parents: Any) -> bool:
        if kind == "table":
            schema = parents.get("schema_name")
            if (schema or default, name) in strangers and (schema, name) not in declared:
                return False
            if name in RECORDS and (schema, name) not in declared:
                return False
        return theirs is None or bool(theirs(name, kind, parents))

    context.opts["include_name"] = include_name
    try:
        yield
    finally:
        context.opts["include_name"] = theirs


def differences(operations: Any, dialect: Any) -> list[dict[str, Any]]:
    """List what operations change, as `SchemaDifference` has it: kind, name, detail, loses_data."""
    found: list[dict[str, Any]] = []
    for operation in operations:
        if isinstance(operation, ops.OpContainer):
            found += differences(operation.ops, dialect)
        else:
            found += _listed(operation, dialect)
    return found


def _listed(operation: Any, dialect: Any) -> list[dict[str, Any]]:
    """List one operation. A project's own kinds may say themselves: `difference` is (kind, name, detail, loses)."""
    said = getattr(operation, "difference", None)
    if isinstance(said, tuple):
        return [_one(*said)] if said else []
    name = qualified(operation)
    if isinstance(operation, ops.AlterColumnOp):
        return _altered(operation, f"{name}.{operation.column_name}", dialect)
    if isinstance(operation, ops.AddColumnOp):
        return [_one("add_column", f"{name}.{operation.column.name}", _column(operation.column, dialect))]
    if isinstance(operation, ops.DropColumnOp):
        return [_one("remove_column", f"{name}.{operation.column_name}", "", True)]
    for kinds, kind in _SIMPLE:
        if isinstance(operation, kinds):
            return [_one(kind, _about(operation, name), "", kind == "remove_table")]
    return [_one("other", type(operation).__name__.removesuffix("Op"))]


def _about(operation: Any, table: str) -> str:
    if isinstance(operation, ops.DropIndexOp):
        return f"{table}.{operation.index_name}" if operation.table_name else str(operation.index_name)
    if isinstance(operation, ops.CreateIndexOp):
        return f"{table}.{operation.index_name}"
    if isinstance(operation, (ops.AddConstraintOp, ops.DropConstraintOp)):
        return f"{table}.{getattr(operation, 'constraint_name', None) or ''}".rstrip(".")
    return table


_SIMPLE = (
    (ops.CreateTableOp, "add_table"),
    (ops.DropTableOp, "remove_table"),
    (ops.CreateIndexOp, "add_index"),
    (ops.DropIndexOp, "remove_index"),
    ((ops.CreateTableCommentOp, ops.DropTableCommentOp), "change_comment"),
    (ops.AddConstraintOp, "add_constraint"),
    (ops.DropConstraintOp, "remove_constraint"),
)


def qualified(operation: Any) -> str:
    """Return the table of an operation, with its schema where it says one."""
    table = getattr(operation, "table_name", None) or getattr(operation, "source_table", "") or ""
    schema = getattr(operation, "schema", None)
    return f"{schema}.{table}" if schema else str(table)


def _altered(operation: Any, name: str, dialect: Any) -> list[dict[str, Any]]:
    found = []
    if operation.modify_type is not None:
        old, new = type_text(operation.existing_type, dialect), type_text(operation.modify_type, dialect)
        cast = f" USING {operation.kw['postgresql_using']}" if "postgresql_using" in operation.kw else ""
        found.append(_one("change_type", name, f"{old} → {new}{cast}", narrows(old, new)))
    if operation.modify_nullable is not None:
        words = ("NOT NULL", "NULL")
        old, new = words[bool(operation.existing_nullable)], words[bool(operation.modify_nullable)]
        found.append(_one("change_nullable", name, f"{old} → {new}"))
    if operation.modify_server_default is not False:
        old, new = default_text(operation.existing_server_default), default_text(operation.modify_server_default)
        found.append(_one("change_default", name, f"{old} → {new}"))
    if operation.modify_comment is not False:
        found.append(
            _one("change_comment", name, f"{operation.existing_comment or '∅'} → {operation.modify_comment or '∅'}")
        )
    if any(key.startswith("modify_") for key in operation.kw):
        found.append(_one("other", name))
    return found


def _one(kind: str, name: str, detail: str = "", loses_data: bool = False) -> dict[str, Any]:
    return {"kind": kind, "name": name, "detail": detail, "loses_data": loses_data}


def _column(column: Any, dialect: Any) -> str:
    parts = [type_text(column.type, dialect)]
    if not column.nullable:
        parts.append("NOT NULL")
    if column.server_default is not None and default_text(column.server_default) != "∅":
        parts.append(f"DEFAULT {default_text(column.server_default)}")
    return " ".join(parts)


def type_text(type_: Any, dialect: Any) -> str:
    """Return a type as the database words it."""
    if type_ is None:
        return "?"
    try:
        return str(type_.compile(dialect=dialect))
    except (SQLAlchemyError, NotImplementedError, AttributeError, TypeError, ValueError):  # a project's own type
        return type(type_).__name__


def default_text(default: Any) -> str:
    """Return a server default as text; "∅" for none."""
    if default is None or default is False:
        return "∅"
    argument = getattr(default, "arg", getattr(default, "sqltext", default))
    return str(getattr(argument, "text", argument))


_NUMBER = re.compile(r"^NUMERIC\((\d+)(?:, ?(\d+))?\)$")
_LENGTH = re.compile(r"^(?:VAR)?CHAR\((\d+)\)$")
_WHOLE = ("SMALLINT", "INTEGER", "BIGINT")
_ROUNDED = ("NUMERIC", "DOUBLE PRECISION", "REAL", "FLOAT")


def narrows(old: str, new: str) -> bool:
    """Tell whether changing a column's type may change its values without an error."""
    if old.startswith(_ROUNDED) and new.startswith(_WHOLE):
        return True
    if old.startswith(("NUMERIC", "DOUBLE")) and new.startswith(("REAL", "FLOAT")):
        return True
    if old.startswith("TIMESTAMP") and new.startswith(("DATE", "TIME ")):
        return True
    before, after = _NUMBER.match(old), _NUMBER.match(new)
    if after and old.startswith(_ROUNDED):
        return before is None or int(after.group(2) or 0) < int(before.group(2) or 0)
    before, after = _LENGTH.match(old), _LENGTH.match(new)
    return bool(before and after and new.startswith("CHAR") and int(after.group(1)) < int(before.group(1)))
