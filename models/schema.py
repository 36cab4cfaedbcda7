"""The statements that SQLAlchemy has no element for, and the declared schema created straight from the models.

Databases that people keep are made by the migrations in ``alembic/``; this is for comparing (`models.drift`) and for
tests.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement

from models.base import metadata
from models.partitions import PARTITIONS, Partition
from models.views import VIEWS, View


class CreatePartition(ExecutableDDLElement):
    """CREATE TABLE … PARTITION OF …."""

    def __init__(self, partition: Partition) -> None:
        """Take the partition to create."""
        self.partition = partition


class CreateView(ExecutableDDLElement):
    """CREATE VIEW or CREATE MATERIALIZED VIEW."""

    def __init__(self, view: View) -> None:
        """Take the view to create."""
        self.view = view


class CreateViewKey(ExecutableDDLElement):
    """CREATE UNIQUE INDEX on the key of a materialized view."""

    def __init__(self, view: View) -> None:
        """Take the materialized view."""
        self.view = view


class CommentOn(ExecutableDDLElement):
    """COMMENT ON what SQLAlchemy has no element for: a partition, a view, a view's column."""

    def __init__(self, kind: str, name: tuple[str, ...], comment: str) -> None:
        """Take the kind in SQL's words (TABLE, VIEW, COLUMN …), the name in its parts, and the text."""
        self.kind = kind
        self.name = name
        self.comment = comment


class RefreshView(ExecutableDDLElement):
    """REFRESH MATERIALIZED VIEW, which may stand in a transaction; readers wait until it ends."""

    def __init__(self, view: View) -> None:
        """Take the materialized view."""
        self.view = view


class AnalyzeTable(ExecutableDDLElement):
    """ANALYZE of one table, which may stand in a transaction."""

    def __init__(self, table: Table) -> None:
        """Take the table."""
        self.table = table


def create_schema(connection: Connection) -> None:
    """Create everything that the models declare in the first schema of the search path, which must be empty."""
    metadata.create_all(connection, checkfirst=False)
    for partition in PARTITIONS:
        connection.execute(CreatePartition(partition))
        connection.execute(CommentOn("TABLE", (partition.name,), partition.comment))
    for view in VIEWS:
        connection.execute(CreateView(view))
        if view.materialized:
            connection.execute(CreateViewKey(view))
        connection.execute(CommentOn("MATERIALIZED VIEW" if view.materialized else "VIEW", (view.name,), view.comment))
        for column, comment in view.column_comments.items():
            connection.execute(CommentOn("COLUMN", (view.name, column), comment))


@compiles(CreatePartition, "postgresql")
def _create_partition(element: CreatePartition, compiler: Any, **_: Any) -> str:
    partition = element.partition
    head = f"CREATE TABLE {_name(compiler, partition.name)} PARTITION OF {_name(compiler, partition.parent)} "
    if partition.start is None or partition.end is None:
        return head + "DEFAULT"
    start, end = (_literal(compiler, moment.isoformat()) for moment in (partition.start, partition.end))
    return f"{head}FOR VALUES FROM ({start}) TO ({end})"


@compiles(CreateView, "postgresql")
def _create_view(element: CreateView, compiler: Any, **_: Any) -> str:
    kind = "MATERIALIZED VIEW" if element.view.materialized else "VIEW"
    return f"CREATE {kind} {_name(compiler, element.view.name)} AS {_plain(compiler, element.view.definition)}"


@compiles(CreateViewKey, "postgresql")
def _create_view_key(element: CreateViewKey, compiler: Any, **_: Any) -> str:
    view = element.view
    columns = ", ".join(_name(compiler, column) for column in view.key)
    return f"CREATE UNIQUE INDEX {_name(compiler, view.key_index)} ON {_name(compiler, view.name)} ({columns})"


@compiles(CommentOn, "postgresql")
def _comment_on(element: CommentOn, compiler: Any, **_: Any) -> str:
    name = ".".join(_name(compiler, part) for part in element.name)
    return f"COMMENT ON {element.kind} {name} IS {_literal(compiler, element.comment)}"


@compiles(RefreshView, "postgresql")
def _refresh_view(element: RefreshView, compiler: Any, **_: Any) -> str:
    return f"REFRESH MATERIALIZED VIEW {_name(compiler, element.view.name)}"


@compiles(AnalyzeTable, "postgresql")
def _analyze_table(element: AnalyzeTable, compiler: Any, **_: Any) -> str:
    return f"ANALYZE {compiler.preparer.format_table(element.table)}"


def _name(compiler: Any, name: str) -> str:
    return str(compiler.preparer.quote(name))


def _plain(compiler: Any, sql: str) -> str:
    """Write SQL as the driver takes it, for whom "%" may begin a parameter."""
    return sql.replace("%", "%%") if compiler.preparer._double_percents else sql  # noqa: SLF001


def _literal(compiler: Any, value: str) -> str:
    return str(compiler.sql_compiler.render_literal_value(value, Text()))
