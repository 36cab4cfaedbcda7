"""Operators of types whose schema the session does not look into: citext in `ext`, vector in `extensions`.

ORDER BY finds them by the type's operator class, `=` and `>` by name. Where the path does not reach them PostgreSQL
takes another type's (citext compares as text then, so that pages lose rows) or none.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from nexus_studio.core.schema.catalog import Relation
from nexus_studio.services.catalog_sql import LOOK_FURTHER


def reach_operators(connection: Connection, relations: Iterable[Relation]) -> None:
    """Let this transaction find the operators of the relations' types. No round trip where it does already."""
    schemas = sorted({schema for relation in relations for schema in relation.operator_schemas})
    if schemas:
        connection.execute(LOOK_FURTHER, {"schemas": schemas})
