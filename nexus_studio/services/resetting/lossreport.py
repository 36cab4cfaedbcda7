"""What would be lost: read from the catalog and counted, before anything is touched, and again just before it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from psycopg import sql
from sqlalchemy import Connection, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, OID

from nexus_studio.core.admin.backupfiles import server_of
from nexus_studio.core.admin.resets import (
    OWN_TABLES,
    LossReport,
    LostObject,
    LostTable,
    Reference,
    ResetKind,
    ResetScope,
    emptied_with,
    truncate_order,
)
from nexus_studio.core.errors import ResetRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.loss_sql import (
    BEYOND_SCHEMAS,
    ELSEWHERE,
    EXTENSIONS,
    OWN,
    REFERENCES,
    SCHEMAS,
    TABLES,
    USER_TABLES,
)
from nexus_studio.services.otherconnections import read_others
from nexus_studio.services.session import Session

COUNTED_UP_TO: Final = 50_000_000
"""Rows by the planner's estimate up to which a table is counted: beyond, the estimate is said to be one."""

_AT_ONCE: Final = 20
"""Tables that are counted by one statement; between two it can be told how far it is."""

_COUNT: Final = sql.SQL("SELECT {place}, count(*) FROM ONLY {table}")
_TABLE_KINDS: Final = frozenset({"r", "p"})
_BY_OID: Final = TABLES.bindparams(bindparam("oids", type_=ARRAY(OID)))


def read_loss(session: Session, scope: ResetScope, ctx: TaskContext) -> LossReport:
    """Say what a reset would lose. Progress step "reset.counting" in tables.

    Raises:
        ResetRefused: "reset.schema_unknown" (fact schema).
    """
    with session.read(ctx, one_snapshot=True, timeout_ms=0) as connection:
        schemas = affected_schemas(connection, scope)
        own, elsewhere = read_objects(connection, schemas, extensions=scope.extensions)
        tables = _counted(connection, [each["oid"] for each in (*own, *elsewhere) if _is_table(each)], {}, ctx)
        beyond = connection.execute(BEYOND_SCHEMAS).all() if scope.kind is ResetKind.RECREATE else ()
        extensions = tuple(connection.scalars(EXTENSIONS))
    objects = [LostObject(each["kind"], each["name"]) for each in own if not _is_table(each)]
    return LossReport(
        database=session.server.database,
        server=server_of(session.profile),
        tables=tables,
        objects=(*objects, *(LostObject(*each) for each in beyond)),
        elsewhere=tuple(LostObject(each["kind"], each["name"]) for each in elsewhere),
        others=read_others(session, ctx),
        extensions=extensions,
        identities=frozenset(each["identity"] for each in own),
    )


def read_emptying(
    session: Session, chosen: Sequence[RelationName], ctx: TaskContext, *, spared: Collection[str] = OWN_TABLES
) -> LossReport:
    """Say what emptying tables would lose: theirs, and of those that can't be without. In the order of foreign keys.

    Raises:
        ResetRefused: "reset.nothing_chosen", "reset.table_unknown" (fact relation), "reset.own_table" (fact relation:
            it is one of `spared`, which say how migrations stand).
    """
    with session.read(ctx, one_snapshot=True, timeout_ms=0) as connection:
        oids, references = read_references(connection)
        found = closure(chosen, oids, references, spared)
        order = {name: place for place, name in enumerate(truncate_order((*chosen, *found), references))}
        tables = _counted(connection, [oids[name] for name in order], found, ctx)
    return LossReport(
        database=session.server.database,
        server=server_of(session.profile),
        tables=tuple(sorted(tables, key=lambda each: order[each.name])),
        others=read_others(session, ctx),
        identities=frozenset(f"pg_class:{each.oid}" for each in tables),
    )


def closure(
    chosen: Sequence[RelationName],
    oids: Mapping[RelationName, int],
    references: Iterable[Reference],
    spared: Collection[str] = OWN_TABLES,
) -> dict[RelationName, RelationName]:
    """Return what is emptied with the chosen tables, after checking that they can be.

    Raises:
        ResetRefused: as `read_emptying`.
    """
    if not chosen:
        raise ResetRefused("reset.nothing_chosen")
    found = dict(emptied_with(chosen, references))
    for name in (*chosen, *found):
        if name not in oids:
            raise ResetRefused("reset.table_unknown", relation=str(name))
        if name.name in spared:
            raise ResetRefused("reset.own_table", relation=str(name))
    return found


def read_references(connection: Connection) -> tuple[dict[RelationName, int], tuple[Reference, ...]]:
    """Return the tables that may be emptied with their oids, and what refers to what."""
    oids = {RelationName(schema, name): oid for oid, schema, name in connection.execute(USER_TABLES)}
    references = tuple(
        Reference(RelationName(a, b), RelationName(c, d), part) for a, b, c, d, part in connection.execute(REFERENCES)
    )
    return oids, references


def affected_schemas(connection: Connection, scope: ResetScope) -> list[str]:
    """Return the schemas whose content goes.

    Raises:
        ResetRefused: "reset.schema_unknown".
    """
    there = list(connection.scalars(SCHEMAS))
    named = scope.kept_schemas if scope.kind is ResetKind.RECREATE else scope.schemas
    for name in named:
        if name not in there:
            raise ResetRefused("reset.schema_unknown", schema=name)
    return [each for each in there if each not in named] if scope.kind is ResetKind.RECREATE else list(named)


def read_objects(
    connection: Connection, schemas: Sequence[str], *, extensions: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what is in schemas at first hand, and what goes with it elsewhere."""
    asked = {"schemas": list(schemas), "extensions": extensions}
    elsewhere = [dict(row) for row in connection.execute(ELSEWHERE, asked).mappings()]
    return read_own(connection, schemas, extensions=extensions), elsewhere


def read_own(connection: Connection, schemas: Sequence[str], *, extensions: bool) -> list[dict[str, Any]]:
    """Return what is in schemas at first hand."""
    asked = {"schemas": list(schemas), "extensions": extensions}
    return [dict(row) for row in connection.execute(OWN, asked).mappings()]


def count(connection: Connection, names: Sequence[RelationName]) -> Iterator[int]:
    """Count the rows of tables, each alone: those of its children have lines of their own.

    Many small ones are asked for at once: a question for each would cost more than all their rows.
    """
    driver: Any = connection.connection.driver_connection
    for begin in range(0, len(names), _AT_ONCE):
        parts = [
            _COUNT.format(place=sql.Literal(place), table=sql.Identifier(name.schema, name.name))
            for place, name in enumerate(names[begin : begin + _AT_ONCE])
        ]
        yield from (rows for _, rows in sorted(driver.execute(sql.SQL(" UNION ALL ").join(parts))))


def _counted(
    connection: Connection, oids: list[int], causes: Mapping[RelationName, RelationName], ctx: TaskContext
) -> tuple[LostTable, ...]:
    found: list[LostTable] = []
    rows = connection.execute(_BY_OID, {"oids": oids}).mappings().all()
    counts = count(connection, [_name(each) for each in rows if each["estimate"] <= COUNTED_UP_TO])
    for number, each in enumerate(rows, start=1):
        name = _name(each)
        is_large = each["estimate"] > COUNTED_UP_TO
        is_partitioned = each["relkind"] == "p"
        counted = int(each["estimate"]) if is_large else next(counts)  # a partitioned table has none itself
        found.append(LostTable(name, each["oid"], counted, each["bytes"], is_large, causes.get(name), is_partitioned))
        ctx.report(Progress("reset.counting", number, len(rows), "tables"))
    return tuple(found)


def _name(row: Mapping[Any, Any]) -> RelationName:
    return RelationName(row["nspname"], row["relname"])


def _is_table(row: dict[str, Any]) -> bool:
    return row["relkind"] in _TABLE_KINDS
