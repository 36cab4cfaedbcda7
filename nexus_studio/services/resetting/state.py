"""The state of a database, so that it can be told whether anybody wrote to it between two moments.

A row says by which transaction it was written (manual, section 5.5 "System Columns"): a table is known by how many rows
it has and by a sum over who wrote them. Inserting, updating and deleting move that; reading, locking, vacuum and
statistics do not. It is exact at once, which the server's own counters of rows are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from psycopg import sql
from sqlalchemy import Connection, func, select

from nexus_studio.core.admin.resets import Others, ResetJournal, ResetKind
from nexus_studio.core.errors import ResetRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.loss_sql import CATALOG_STATES, READABLE_TABLES, READS_LARGE_OBJECTS, USER_TABLES
from nexus_studio.services.resetting.dropping import Announced, driver_of
from nexus_studio.services.resetting.lossreport import affected_schemas, read_objects
from nexus_studio.services.session import Session

_MOST_NAMED: Final = 10
_AT_ONCE: Final = 50  # tables
_STATE: Final = sql.SQL(
    "SELECT {place}, count(*), sum(pg_catalog.hashint8extended(CAST(CAST(xmin AS text) AS bigint), 0))"
    " FROM ONLY {table}"
)
_LARGE_OBJECTS: Final = RelationName("pg_catalog", "pg_largeobject")


def read_state(session: Session, ctx: TaskContext) -> dict[str, str]:
    """Return what a database is known by. Reads every row. Progress step "reset.counting".

    Raises:
        PermissionDenied: of a table, or some of its rows, the role may not see all.
    """
    ctx.report(Progress("reset.counting"))
    with session.read(ctx, one_snapshot=True, timeout_ms=0) as connection:
        return _state_on(connection)


def read_tables(session: Session, names: Iterable[RelationName], ctx: TaskContext) -> dict[str, str]:
    """Return what some tables are known by, but for those of which the role may not see all rows.

    Reads their rows. Progress as `read_state`.
    """
    ctx.report(Progress("reset.counting"))
    with session.read(ctx, one_snapshot=True, timeout_ms=0) as connection:
        return table_states(connection, names)


def refuse_changed(session: Session, journal: ResetJournal, ctx: TaskContext) -> None:
    """Refuse to lose what came after the announcement, and what was written after the state was noted.

    Rows that others were to write beside a reset in place are no reason.

    Raises:
        ResetRefused: "reset.changed" (facts names, count).
    """
    scope, before = journal.scope, noted_state(journal)
    ctx.report(Progress("reset.counting"))
    with session.read(ctx, one_snapshot=True, timeout_ms=0) as connection:
        schemas = affected_schemas(connection, scope)
        own, elsewhere = read_objects(connection, schemas, extensions=scope.extensions)
        announced_in(journal).check(own, elsewhere)
        if before is None or scope.others is Others.LEAVE:
            return
        if scope.kind is ResetKind.RECREATE:
            now = _state_on(connection)
        else:
            now = table_states(connection, tables_among((*own, *elsewhere)))
    refuse_any(changes(before, now) if scope.kind is ResetKind.RECREATE else written(before, now))


def refuse_any(names: Sequence[str]) -> None:
    """Refuse where something is not as it was.

    Raises:
        ResetRefused: "reset.changed" (facts names, count).
    """
    if names:
        raise ResetRefused("reset.changed", names=tuple(names[:_MOST_NAMED]), count=len(names))


def tables_among(objects: Iterable[Mapping[str, Any]]) -> list[RelationName]:
    """Return the tables among objects as `read_objects` lists them."""
    return [RelationName(each["nspname"], each["relname"]) for each in objects if each["relkind"] in {"r", "p"}]


def table_states(connection: Connection, names: Iterable[RelationName]) -> dict[str, str]:
    """Return what tables are known by, but for those of which the role may not see all rows."""
    readable = {RelationName(schema, name) for schema, name in connection.execute(READABLE_TABLES)}
    return _states_of(connection, [name for name in names if name in readable])


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Name what is not as it was: tables, and the catalogs of what else was defined."""
    return tuple(sorted((each for each in before.keys() | now.keys() if before.get(each) != now.get(each)), key=_place))


def written(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Name the tables that were there before and are not as they were."""
    return changes(
        {name: before[name] for name in before if name in now}, {name: now[name] for name in before if name in now}
    )


def noted_state(journal: ResetJournal) -> dict[str, str] | None:
    """Return the state that a journal has noted, None: it has not."""
    noted = journal.facts.get("state")
    return {str(name): str(state) for name, state in noted.items()} if isinstance(noted, dict) else None


def announced_in(journal: ResetJournal) -> Announced:
    """Return what a person has agreed to lose, as the journal has it."""
    identities, elsewhere = journal.facts.get("identities"), journal.facts.get("elsewhere")
    return Announced(
        [str(each) for each in identities] if isinstance(identities, list) else [],
        [(str(kind), str(name)) for kind, name in elsewhere] if isinstance(elsewhere, list) else [],
    )


def _state_on(connection: Connection) -> dict[str, str]:
    connection.execute(select(func.pg_catalog.set_config("row_security", "off", True)))  # rows unseen are refused
    found = {str(name): _words(rows, writers) for name, rows, writers in connection.execute(CATALOG_STATES)}
    tables = [RelationName(schema, name) for _, schema, name in connection.execute(USER_TABLES)]
    if connection.scalar(READS_LARGE_OBJECTS):
        tables.append(_LARGE_OBJECTS)
    return found | _states_of(connection, tables)


def _states_of(connection: Connection, names: Sequence[RelationName]) -> dict[str, str]:
    """Ask for many tables at once: hundreds of small ones would otherwise cost more than all their rows."""
    found: dict[str, str] = {}
    for begin in range(0, len(names), _AT_ONCE):
        some = names[begin : begin + _AT_ONCE]
        parts = [
            _STATE.format(place=sql.Literal(place), table=sql.Identifier(name.schema, name.name))
            for place, name in enumerate(some)
        ]
        for place, rows, writers in driver_of(connection).execute(sql.SQL(" UNION ALL ").join(parts)):
            found[f"table {some[place]}"] = _words(rows, writers)
    return found


def _words(rows: int, writers: object) -> str:
    return f"{rows}:{writers or 0}"


def _place(name: str) -> tuple[bool, str]:
    return not name.startswith("table "), name
