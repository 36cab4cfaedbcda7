"""SQLAlchemy models of a database as it is, as source text, through sqlacodegen."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Integer, MetaData, inspect, text
from sqlalchemy.dialects.postgresql import DOMAIN

from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.session import Session

_LEFT_OUT = frozenset({"alembic_version", "_nexus_migrations", "_nexus_history", "_prisma_migrations"})
# A partition is its parent's; what an extension brought is the extension's.
_STRANGERS = text(
    """
    SELECT c.relname
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = :schema
       AND (c.relispartition OR EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                                         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                           AND d.objid = c.oid AND d.deptype = 'e'))
    """
)


def pull(session: Session, ctx: TaskContext, *, schema: str | None = None) -> str:
    """Return the source of a module with a class for each table, and a table for what has no key (views among it).

    Args:
        session: The database.
        ctx: Told "migration.pulling" in tables; a cancel stops between two.
        schema: Which one; None: the session's own, whose name then stands nowhere in the source.
    """
    with session.read(ctx) as connection:
        default = connection.dialect.default_schema_name or "public"
        named = None if schema in {None, default} else schema
        metadata = reflected(connection, schema or default, named, ctx)
        generator = declarative_generator()(metadata, connection, [])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return str(generator.generate())


def declarative_generator() -> type:
    """Return a generator of classes that also says where a whole number as a key is not counted by the database."""
    # Its word lists take seconds to load, and nothing else needs them.
    generators = import_module("sqlacodegen.generators")

    own: Any = generators.DeclarativeGenerator

    class Generator(own):  # type: ignore[misc]
        def render_column_type(self, column: Any) -> str:
            kind = column.type
            if not isinstance(kind, DOMAIN):
                return str(super().render_column_type(column))
            # what sqlacodegen 4.0.4 writes of one does not load
            if getattr(kind.data_type, "collation", None) == "default":
                kind.data_type.collation = None  # type: ignore[attr-defined]
            place = f", schema={kind.schema!r}" if kind.schema else ""
            return f"DOMAIN({kind.name!r}, {kind.data_type!r}, create_type=False{place})"

        def render_column(self, column: Any, *args: Any, **kwargs: Any) -> str:
            text = str(super().render_column(column, *args, **kwargs))
            is_counted = bool(column.autoincrement) or column.server_default is not None or column.foreign_keys
            is_key = column.primary_key and len(column.table.primary_key.columns) == 1
            if is_key and not is_counted and isinstance(column.type, Integer):
                return f"{text[:-1]}, autoincrement=False)"
            return text

    return Generator


def reflected(connection: Connection, schema: str, named: str | None, ctx: TaskContext) -> MetaData:
    """Read tables and views of a schema: none of those that tools keep for themselves, that an extension brought."""
    inspector = inspect(connection)
    strangers = {*connection.scalars(_STRANGERS, {"schema": schema}), *_LEFT_OUT}
    everything = (
        *inspector.get_table_names(named),
        *inspector.get_view_names(named),
        *inspector.get_materialized_view_names(named),
    )
    names = [name for name in everything if name not in strangers]
    metadata = MetaData()
    for number, name in enumerate(names):
        ctx.token.raise_if_cancelled()
        ctx.report(Progress("migration.pulling", number, len(names), "tables"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # types that SQLAlchemy does not know become NullType, and are said so
            metadata.reflect(connection, schema=named, views=True, only=[name], resolve_fks=False)
    return metadata
