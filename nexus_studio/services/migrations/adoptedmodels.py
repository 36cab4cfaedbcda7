"""The models of a database that is taken over: as `pulling`, and so that Alembic finds nothing to do afterwards.

Attributes are in Python's way of writing (`student_id` for "studentId"), enumerations keep their names, indexes say
their expressions, views are marked as such.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Computed,
    Connection,
    DefaultClause,
    Index,
    MetaData,
    Sequence,
    Table,
    TextClause,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.exc import NoReferencedTableError
from sqlalchemy.types import NullType

from nexus_studio.core.admin.adoptiontexts import as_text
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.pulling import declarative_generator, reflected

_HEAD: Final = '''"""The tables of the database, taken over from Prisma; yours from now on.

Migrations are written from the difference between this and the database: `alembic revision --autogenerate`.
"""

'''
_UNKNOWN_TYPE: Final = '''

class PgType(UserDefinedType):
    """A type that SQLAlchemy has no class for, by its name."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_kw: Any) -> str:
        return self.name
'''
_NAMES = text(
    """
    SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = :schema AND a.attnum > 0 AND NOT a.attisdropped
    """
)
_Generator: Any = object
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def adopted_models(connection: Connection, ctx: TaskContext) -> str:
    """Return the source of the models of the connection's own schema.

    Args:
        connection: Whose search path leads to the schema.
        ctx: Told "migration.pulling" in tables; a cancel stops between two.

    Raises:
        MigrationBlocked: "migration.adopt_outside" (facts schema, words: a table that a foreign key leads to).
    """
    schema = connection.dialect.default_schema_name or "public"
    metadata = reflected(connection, schema, None, ctx)
    inspector = inspect(connection)
    views = {*inspector.get_view_names(), *inspector.get_materialized_view_names()}
    _escape(metadata)
    unknown = _unknown_types(connection, metadata, schema)
    made = type("Generator", (_Ways, declarative_generator()), {"views": frozenset(views), "unknown": unknown})
    generator = made(metadata, connection, ["use_inflect"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _HEAD + str(generator.generate())
        except NoReferencedTableError as error:
            raise MigrationBlocked("migration.adopt_outside", schema=schema, words=error.table_name) from error


def _unknown_types(connection: Connection, metadata: MetaData, schema: str) -> dict[tuple[str, str], str]:
    """Return the names of types that SQLAlchemy does not know or can't be written for, by table and column."""
    names = {(table, column): name for table, column, name in connection.execute(_NAMES, {"schema": schema})}
    found = {}
    for table in metadata.tables.values():
        for column in table.columns:
            kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
            if isinstance(kind, NullType | DOMAIN):
                found[table.name, column.name] = names[table.name, column.name]
    return found


def _escape(metadata: MetaData) -> None:
    """Have the texts of defaults and generated columns written so that their colons stay colons."""
    for table in metadata.tables.values():
        for column in table.columns:
            default = column.server_default
            if isinstance(default, DefaultClause) and isinstance(default.arg, TextClause):
                column.server_default = DefaultClause(text(as_text(default.arg.text)))
            elif isinstance(default, Computed) and isinstance(default.sqltext, TextClause):
                default.sqltext = text(as_text(as_text(default.sqltext.text)))  # it is made a string once more


class _Ways(_Generator):  # type: ignore[misc]
    """What is written otherwise than sqlacodegen does. A mixin: sqlacodegen is imported where it is needed only."""

    views: frozenset[str]
    unknown: Mapping[tuple[str, str], str]

    def _unknown(self, column: Column[Any]) -> str | None:
        return self.unknown.get((column.table.name, column.name))

    def _enum_name_to_class_name(self, enum_name: str) -> str:
        return "".join(part[:1].upper() + part[1:] for part in re.split(r"\W|_", enum_name) if part)

    def generate_model_name(self, model: Any, global_names: set[str]) -> None:
        super().generate_model_name(model, global_names | set(self.enum_values))

    def generate_column_attr_name(self, column_attr: Any, global_names: set[str], local_names: set[str]) -> None:
        wanted = snake_case(column_attr.column.name)
        column_attr.name = self.find_free_name(wanted, global_names, local_names)

    def generate_relationship_name(self, relationship: Any, global_names: set[str], local_names: set[str]) -> None:
        super().generate_relationship_name(relationship, global_names, local_names)
        wanted = _of_its_column(relationship) or snake_case(relationship.name.rstrip("_"))
        relationship.name = self.find_free_name(wanted, global_names, local_names)

    def render_relationship_arguments(self, relationship: Any) -> Mapping[str, Any]:
        """Leave rows that point to a deleted one to the database, whose foreign keys say what becomes of them.

        By itself SQLAlchemy sets their keys to NULL: where they go along it fails, where it is forbidden it is not.
        """
        arguments = dict(super().render_relationship_arguments(relationship))
        if relationship.type.name == "ONE_TO_MANY" or arguments.get("uselist") is False:
            arguments["passive_deletes"] = repr("all")
        return arguments

    def fix_column_types(self, table: Table) -> None:
        before = {column.name: column.server_default for column in table.columns}
        super().fix_column_types(table)
        for column in table.columns:
            if isinstance(column.default, Sequence):  # the database counts by itself: its default stays one
                column.default, column.server_default = None, before[column.name]

    def render_module_variables(self, models: list[Any]) -> str:
        return f"{super().render_module_variables(models)}{_UNKNOWN_TYPE if self.unknown else ''}"

    def collect_imports_for_column(self, column: Column[Any]) -> None:
        if self._unknown(column) is None:
            super().collect_imports_for_column(column)
            return
        self.add_literal_import("sqlalchemy.types", "UserDefinedType")
        self.add_literal_import("typing", "Any")
        if column.server_default is not None:
            self.add_literal_import("sqlalchemy", "text")

    def render_column_type(self, column: Column[Any]) -> str:
        name = self._unknown(column)
        return str(super().render_column_type(column)) if name is None else f"PgType({name!r})"

    def render_column_python_type(self, column: Column[Any]) -> str:
        if self._unknown(column) is None:
            return str(super().render_column_python_type(column))
        if not column.nullable:
            return "Any"
        self.add_literal_import("typing", "Optional")
        return "Optional[Any]"

    def collect_imports_for_constraint(self, constraint: Any) -> None:
        super().collect_imports_for_constraint(constraint)
        if isinstance(constraint, Index):
            self.add_literal_import("sqlalchemy", "Index")
            self.add_literal_import("sqlalchemy", "text")

    def render_constraint(self, constraint: Any) -> str:
        if isinstance(constraint, CheckConstraint) and isinstance(constraint.sqltext, TextClause):
            name = f", name={constraint.name!r}" if constraint.name else ""
            return f"CheckConstraint({as_text(constraint.sqltext.text)!r}{name})"
        if isinstance(constraint, UniqueConstraint):
            parts = [repr(column.name) for column in constraint.columns]
            said = {"name": constraint.name, "deferrable": constraint.deferrable, "initially": constraint.initially}
            said.update(constraint.kwargs)
            return (
                f"UniqueConstraint({', '.join([*parts, *(f'{key}={each!r}' for key, each in said.items() if each)])})"
            )
        return str(super().render_constraint(constraint))

    def render_index(self, index: Index) -> str:
        parts = [repr(index.name)]
        parts += [repr(each.name) if isinstance(each, Column) else _literal(each) for each in index.expressions]
        if index.unique:
            parts.append("unique=True")
        for name, value in sorted(index.kwargs.items()):
            if name == "postgresql_where":
                parts.append(f"{name}=text({as_text(str(getattr(value, 'text', value)))!r})")
            elif value is not None and value is not False and value not in ([], {}, ()):
                parts.append(f"{name}={_literal(value)}")
        return f"Index({', '.join(parts)})"

    def render_table(self, table: Table) -> str:
        text = str(super().render_table(table))
        if table.name not in self.views:
            return text
        return f"{text.rstrip().removesuffix(')').rstrip()},\n    info={{'is_view': True}}\n)"


def _of_its_column(relationship: Any) -> str:
    """Return what a foreign key's column calls the row it points to: "authorId" an author; "" where it says nothing."""
    constraint = relationship.constraint
    if relationship.type.name not in {"MANY_TO_ONE", "ONE_TO_ONE"} or constraint is None:
        return ""
    if (
        constraint.table is not relationship.source.table
        or len(constraint.columns) != 1
        or relationship.association_table
    ):
        return ""
    # the way back of a row's link to its own table has the same constraint, and looks at the column from the other side
    if [each.column.name for each in relationship.remote_side] == [column.name for column in constraint.columns]:
        return ""
    name = snake_case(next(iter(constraint.columns)).name)
    return name.removesuffix("_id") if name.endswith("_id") and name != "_id" else ""


def snake_case(name: str) -> str:
    """Return a name as Python writes attributes: "studentId" as "student_id"."""
    return _HUMP.sub("_", name).lower()


def _literal(value: Any) -> str:
    if isinstance(value, str | bool | int | float | list | tuple | dict):
        return repr(value)
    return f"text({as_text(value.text if isinstance(value, TextClause) else str(value))!r})"
