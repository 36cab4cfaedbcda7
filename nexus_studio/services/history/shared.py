"""The table `_nexus_history`, by which a team shares one history: off until somebody makes it, in its own database.

A save writes its line in its own transaction, so that both stand or neither. What was in rows stands there for all who
may read the table: only its owner may, and those who are granted it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from nexus_studio.core.data.history import (
    Action,
    Mark,
    Origin,
    SavedSet,
    SetQuery,
    Source,
    TableCount,
    read_reverts,
    reverts_text,
)
from nexus_studio.core.data.images import RowImage
from nexus_studio.core.errors import HistoryFailed, HistoryUnwritten
from nexus_studio.core.names import RelationName
from nexus_studio.services.history.imagetext import images_text, read_images

TABLE: Final = "_nexus_history"

_STATE: Final = text(
    """
    SELECT c.oid IS NOT NULL AS is_there,
           coalesce(pg_catalog.has_table_privilege(c.oid, 'SELECT'), false) AS may_read,
           coalesce(pg_catalog.has_table_privilege(c.oid, 'INSERT'), false) AS may_write,
           pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS may_make
      FROM pg_catalog.pg_namespace n
      LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = '_nexus_history' AND c.relkind = 'r'
     WHERE n.nspname = :schema
    """
)


@dataclass(frozen=True, slots=True)
class SharedState:
    """Whether the table is there, and what this role may do with it. `may_make`: it could be made."""

    relation: RelationName
    is_there: bool = False
    may_read: bool = False
    may_write: bool = False
    may_make: bool = False

    @property
    def is_kept_from(self) -> bool:
        """Whether a team shares a history that this role's saves do not reach."""
        return self.is_there and not self.may_write


def state_of(connection: Connection, schema: str) -> SharedState:
    """Look whether the table is there."""
    relation = RelationName(schema, TABLE)
    found = connection.execute(_STATE, {"schema": schema}).mappings().first()
    return SharedState(relation) if found is None else SharedState(relation, **found)


class SharedTable:
    """The table in one schema; names go into statements through the driver's own quoting."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self._connection = connection
        self.relation = RelationName(schema, TABLE)
        quote = connection.dialect.identifier_preparer.quote_identifier
        self._name = f"{quote(schema)}.{quote(TABLE)}"

    def make(self, roles: Sequence[str] = ()) -> None:
        """Make the table, for its owner alone and for roles, who may add to it and read it, but change nothing."""
        for statement in _MADE:
            self._run(statement)
        quote = self._connection.dialect.identifier_preparer.quote_identifier
        for role in roles:
            self._run(f"GRANT SELECT, INSERT ON {{table}} TO {quote(role)}")

    def add(self, saved: SavedSet, images: Sequence[RowImage]) -> None:
        """Add a set, in a savepoint of the save's transaction.

        Raises:
            HistoryUnwritten: "history.unwritten_shared" (facts relation, words).
        """
        tables = [
            [each.relation.schema, each.relation.name, each.inserted, each.updated, each.deleted, each.along]
            for each in saved.tables
        ]
        try:
            with self._connection.begin_nested():
                self._run(
                    _ADDED,
                    id=saved.id,
                    account=saved.origin.account,
                    machine=saved.origin.machine,
                    profile=saved.origin.profile,
                    action=saved.action.value,
                    reason=saved.reason,
                    ticket=saved.ticket,
                    reverts=reverts_text(saved),
                    columns=json.dumps(saved.columns),
                    tables=json.dumps(tables, ensure_ascii=False),
                    images=images_text(images),
                )
        except SQLAlchemyError as error:
            words = str(getattr(error, "orig", None) or "").partition("\n")[0]
            raise HistoryUnwritten("history.unwritten_shared", relation=str(self.relation), words=words) from error

    def sets(self, query: SetQuery, origin: Origin, limit: int, before: Mark | None) -> tuple[SavedSet, ...]:
        """Return sets, newest first, behind a mark."""
        search = query.search.strip()
        rows = self._run(
            _LISTED,
            before_at=None if before is None else before.at,
            before_id=None if before is None else before.id,
            since=query.since,
            until=query.until,
            person=query.person or None,
            table=None if query.relation is None else json.dumps([[query.relation.schema, query.relation.name]]),
            search=f"%{_escaped(search)}%" if search else None,
            limit=limit,
        )
        return tuple(_saved(dict(row), origin) for row in rows.mappings())

    def find(self, identifier: str, origin: Origin) -> SavedSet:
        """Return the set whose id begins so.

        Raises:
            HistoryFailed: "history.unknown_set", "history.many_sets" (fact id).
        """
        rows = self._run(_FOUND, id=identifier.strip().lower()).mappings().all()
        if not rows or not identifier.strip():
            raise HistoryFailed("history.unknown_set", id=identifier)
        if len(rows) > 1:
            raise HistoryFailed("history.many_sets", id=identifier)
        return _saved(dict(rows[0]), origin)

    def images(self, identifier: str) -> tuple[RowImage, ...]:
        """Return the rows of a set, by its whole id.

        Raises:
            HistoryFailed: "history.part_broken" (fact id).
        """
        found = self._run(_IMAGES, id=identifier).scalar_one_or_none()
        try:
            return read_images(found or "")
        except ValueError as error:
            raise HistoryFailed("history.part_broken", id=identifier) from error

    def people(self) -> tuple[str, ...]:
        """Return who has saved anything: accounts and roles, by name."""
        return tuple(name for name in self._run(_PEOPLE).scalars() if name)

    def relations(self) -> tuple[RelationName, ...]:
        """Return which tables were written to, by name."""
        return tuple(RelationName(schema, name) for schema, name in self._run(_RELATIONS))

    def _run(self, statement: str, **values: Any) -> Any:
        """Run a statement of this module with its places filled in: the list of fields, and the table's quoted name."""
        whole = statement.replace("{fields}", _FIELDS).replace("{table}", self._name.replace(":", "\\:"))
        return self._connection.execute(text(whole), values)


_MADE: Final = (
    """
    CREATE TABLE {table} (
        id text PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        role text NOT NULL DEFAULT current_user,
        account text NOT NULL, machine text NOT NULL, profile text NOT NULL,
        action text NOT NULL, reason text NOT NULL, ticket text NOT NULL, reverts text NOT NULL,
        columns jsonb NOT NULL, tables jsonb NOT NULL, images json NOT NULL
    )
    """,
    "CREATE INDEX ON {table} (at, id)",
    "REVOKE ALL ON {table} FROM PUBLIC",
    "COMMENT ON TABLE {table} IS 'Nexus Studio: who saved what, and what the rows were before'",
)
_ADDED: Final = """
    INSERT INTO {table} (id, account, machine, profile, action, reason, ticket, reverts, columns, tables, images)
    VALUES (:id, :account, :machine, :profile, :action, :reason, :ticket, :reverts, CAST(:columns AS jsonb),
            CAST(:tables AS jsonb), CAST(:images AS json))
"""
_FIELDS: Final = """
    s.id, s.at, s.role, s.account, s.machine, s.profile, s.action, s.reason, s.ticket, s.reverts, s.columns, s.tables,
    octet_length(CAST(s.images AS text)) AS size, (s.images #> '{rows,0}') IS NOT NULL AS has_rows,
    (SELECT r.id FROM {table} r WHERE r.reverts = s.id AND r.reverts <> '' OR strpos(r.reverts, '+' || s.id) > 0
      ORDER BY r.at DESC LIMIT 1) AS reverted_by,
    ARRAY(SELECT r.id FROM {table} r WHERE strpos(r.reverts, '-' || s.id) > 0 ORDER BY r.at DESC) AS in_part_by
"""
_LISTED: Final = """
    SELECT {fields} FROM {table} s
     WHERE (CAST(:before_at AS timestamptz) IS NULL
            OR (s.at, s.id) < (CAST(:before_at AS timestamptz), CAST(:before_id AS text)))
       AND (CAST(:since AS timestamptz) IS NULL OR s.at >= CAST(:since AS timestamptz))
       AND (CAST(:until AS timestamptz) IS NULL OR s.at < CAST(:until AS timestamptz))
       AND (CAST(:person AS text) IS NULL
            OR CAST(:person AS text) IN (s.account, s.role, s.account || '@' || s.machine))
       AND (CAST(:table AS jsonb) IS NULL OR s.tables @> CAST(:table AS jsonb))
       AND (CAST(:search AS text) IS NULL
            OR concat_ws(chr(10), s.reason, s.ticket, s.role, s.account || '@' || s.machine, s.profile, s.id,
                         CAST(s.tables AS text)) ILIKE CAST(:search AS text))
     ORDER BY s.at DESC, s.id DESC LIMIT :limit
"""
_FOUND: Final = "SELECT {fields} FROM {table} s WHERE starts_with(s.id, CAST(:id AS text)) LIMIT 2"
_IMAGES: Final = "SELECT CAST(images AS text) FROM {table} WHERE id = :id"
_PEOPLE: Final = "SELECT account FROM {table} UNION SELECT role FROM {table} ORDER BY 1"
_RELATIONS: Final = """
    SELECT DISTINCT t ->> 0, t ->> 1 FROM {table} s CROSS JOIN jsonb_array_elements(s.tables) t ORDER BY 1, 2
"""


def _escaped(search: str) -> str:
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _saved(row: dict[str, Any], origin: Origin) -> SavedSet:
    at: datetime = row["at"].astimezone(UTC)
    reverts, takes_back = read_reverts(row["reverts"])
    return SavedSet(
        row["id"],
        at,
        Origin(
            origin.identity,
            origin.place,
            origin.database,
            row["profile"],
            origin.environment,
            row["role"],
            row["account"],
            row["machine"],
        ),
        action=Action(row["action"]),
        reason=row["reason"],
        ticket=row["ticket"],
        tables=tuple(TableCount(RelationName(schema, name), *counts) for schema, name, *counts in row["tables"]),
        reverts=reverts,
        reverted_by=row["reverted_by"] or "",
        columns=tuple(row["columns"]),
        size=row["size"],
        source=Source.SHARED,
        has_rows=row["has_rows"],
        takes_back=takes_back,
        in_part_by=tuple(row["in_part_by"]),
    )
