"""A database that is to be restored into as it is: whether it holds anything, and emptying it after a failure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import APPLICATION_NAME, connect
from nexus_studio.services.databases import grant
from nexus_studio.services.dberrors import translated
from nexus_studio.services.dropstatements import drop_statements
from nexus_studio.services.loss_sql import BEYOND_SCHEMAS, EXTENSIONS, OWN, SCHEMAS
from nexus_studio.services.otherconnections import connected, end_at, others_at
from nexus_studio.services.session import Session

_OURS: Final = frozenset({f"{APPLICATION_NAME} pg_restore", f"{APPLICATION_NAME} psql"})
_GONE_S: Final = 10.0
_POLL_S: Final = 0.05
_PUBLIC: Final = "public"
_RELATIONS: Final = frozenset("rpvmf")
_AT_ONCE: Final = 100
"""Objects that are dropped by one statement: each takes locks."""

_WRAPPERS: Final = text(
    """
    SELECT CAST(w.fdwname AS text) FROM pg_catalog.pg_foreign_data_wrapper w
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                        WHERE e.classid = CAST('pg_catalog.pg_foreign_data_wrapper' AS regclass) AND e.objid = w.oid
                          AND e.deptype = 'e')
    """
)
_PUBLIC_STATE: Final = text(
    """
    SELECT pg_catalog.pg_get_userbyid(n.nspowner) AS owner,
           (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                       CASE WHEN a.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee) END,
                       a.privilege_type, a.is_grantable)), '[]')
              FROM pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a) AS grants
      FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'
    """
)
_LARGE_OBJECTS_AT_ONCE: Final = 1000
_UNLINK: Final = """
    SELECT count(pg_catalog.lo_unlink(o.oid))
      FROM (SELECT oid FROM pg_catalog.pg_largeobject_metadata LIMIT %s) o
"""
_GRANTEES: Final = """
    SELECT DISTINCT CASE WHEN a.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee) END
      FROM pg_catalog.pg_namespace n,
           pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
     WHERE n.nspname = 'public'
"""
_WORDS: Final[dict[str, LiteralString]] = {
    "event trigger": "EVENT TRIGGER",
    "publication": "PUBLICATION",
    "foreign server": "SERVER",
    "foreign-data wrapper": "FOREIGN DATA WRAPPER",
}
_OWNER_OF_PUBLIC: Final = (
    "SELECT pg_catalog.pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = 'public'"
)


@dataclass(frozen=True, slots=True)
class BareState:
    """What a database has that holds nothing: its extensions; and of the schema public owner and privileges.

    A privilege is grantee ("" for everybody), what, whether it may be passed on. None: there is no schema public.
    """

    extensions: frozenset[str]
    owner: str | None
    grants: frozenset[tuple[str, str, bool]] | None


def contents_of(session: Session, ctx: TaskContext) -> tuple[str, ...]:
    """Name what a database holds, but for extensions: (); it is empty. Objects by kind and name."""
    with session.read(ctx, timeout_ms=0) as connection:
        schemas = [each for each in connection.scalars(SCHEMAS) if each != _PUBLIC]
        own = _objects(connection, [*schemas, _PUBLIC])
        beyond = [f"{kind} {name}" for kind, name in _beyond_schemas(connection)]
    return (*(f"schema {each}" for each in schemas), *(f"{each['kind']} {each['name']}" for each in own), *beyond)


def relations_in(session: Session, ctx: TaskContext) -> frozenset[RelationName]:
    """Return the tables and views that a database holds, but for those of extensions."""
    with session.read(ctx, timeout_ms=0) as connection:
        own = _objects(connection, list({*connection.scalars(SCHEMAS), _PUBLIC}))
    return frozenset(RelationName(each["nspname"], each["relname"]) for each in own if each["relkind"] in _RELATIONS)


def bare_state(session: Session, ctx: TaskContext) -> BareState:
    """Say what a database has that holds nothing."""
    with session.read(ctx) as connection:
        found = connection.execute(_PUBLIC_STATE).one_or_none()
        return BareState(
            frozenset(connection.scalars(EXTENSIONS)),
            found.owner if found else None,
            frozenset((grantee, privilege, bool(may)) for grantee, privilege, may in found.grants) if found else None,
        )


def owner_of_public(driver: psycopg.Connection) -> str | None:
    """Return whose the schema public is; None: there is none. Errors are the driver's."""
    found = driver.execute(_OWNER_OF_PUBLIC).fetchone()
    return None if found is None else str(found[0])


def end_ours_at(driver: psycopg.Connection, database: str) -> None:
    """End what a restore that was stopped has still running on the server, and wait until it is gone.

    Args:
        driver: To another database. Errors are its.
        database: Where it was restored to.
    """
    deadline = time.monotonic() + _GONE_S
    while ours := [each for each in others_at(driver, database) if each.application in _OURS]:
        end_at(driver, tuple(ours))
        if time.monotonic() > deadline:
            raise connected(tuple(ours))
        time.sleep(_POLL_S)


def empty_again(session: Session, before: BareState, ctx: TaskContext) -> None:
    """Take all out of a database that a restore has put there, little by little: what it holds takes locks.

    Args:
        session: On that database.
        before: How it was.
        ctx: Not the one that was cancelled.
    """
    with session.read(ctx, timeout_ms=0) as connection:
        schemas = [each for each in connection.scalars(SCHEMAS) if each != _PUBLIC]
        own = _objects(connection, [*schemas, _PUBLIC])
        beyond = _beyond_schemas(connection)
        new = [each for each in connection.scalars(EXTENSIONS) if each not in before.extensions]
    with writing_to(session.profile, session.secret, ctx) as driver:
        driver.execute("SELECT pg_catalog.set_config('statement_timeout', '0', false)")
        for statement in _drop_beyond(beyond):
            driver.execute(statement)
        for start in range(0, len(own), _AT_ONCE):
            for statement in drop_statements(own[start : start + _AT_ONCE]):
                driver.execute(statement)
        for word, names in (("SCHEMA", schemas), ("EXTENSION", new)):
            for name in names:
                driver.execute(_drop(word, name))
        while driver.execute(_UNLINK, (_LARGE_OBJECTS_AT_ONCE,)).fetchone() != (0,):
            pass
        _give_back_public(driver, before)


@contextmanager
def writing_to(profile: ConnectionProfile, secret: str | None, ctx: TaskContext) -> Iterator[psycopg.Connection]:
    """Connect to a database that may be another than the session's, in autocommit, as the profile's role."""
    with translated(ctx.token), connect(profile, secret, ctx.token) as driver:
        driver.autocommit = True
        if profile.role:
            driver.execute("SELECT pg_catalog.set_config('role', %s, false)", (profile.role,))
        yield driver


def _objects(connection: Connection, schemas: Sequence[str]) -> list[dict[str, Any]]:
    asked = {"schemas": list(schemas), "extensions": True}
    return [dict(row) for row in connection.execute(OWN, asked).mappings()]


def _beyond_schemas(connection: Connection) -> list[tuple[str, str]]:
    found = [(kind, name) for kind, name in connection.execute(BEYOND_SCHEMAS)]
    return [*found, *(("foreign-data wrapper", each) for each in connection.scalars(_WRAPPERS))]


def _drop_beyond(found: Sequence[tuple[str, str]]) -> Iterator[sql.Composed]:
    """Write what drops things that are in no schema; large objects are too many for that."""
    for kind, name in found:
        if kind == "subscription":  # without asking the other side: it was never connected to from here
            one = sql.Identifier(name)
            yield sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(one)
            yield sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(one)
            yield sql.SQL("DROP SUBSCRIPTION {}").format(one)
        elif kind in _WORDS:
            yield _drop(_WORDS[kind], name)


def _drop(word: LiteralString, name: str) -> sql.Composed:
    return sql.SQL("DROP {} IF EXISTS {} CASCADE").format(sql.SQL(word), sql.Identifier(name))


def give_back_public(session: Session, before: BareState, ctx: TaskContext) -> None:
    """Give the schema public the owner it had, where a restore that came to nothing has given it another."""
    if before.owner is None or bare_state(session, ctx).owner == before.owner:
        return
    with writing_to(session.profile, session.secret, ctx) as driver:
        _give_back_public(driver, before)


def _give_back_public(driver: psycopg.Connection, before: BareState) -> None:
    """Give the schema public the owner and the privileges it had."""
    if before.owner is None or before.grants is None:
        return
    driver.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(before.owner)))
    now = driver.execute(_GRANTEES).fetchall()
    for (grantee,) in now:
        whom = sql.Identifier(grantee) if grantee else sql.SQL("PUBLIC")
        driver.execute(sql.SQL("REVOKE ALL ON SCHEMA public FROM {}").format(whom))
    for grantee, privilege, is_grantable in sorted(before.grants):
        driver.execute(grant(sql.SQL("SCHEMA public"), grantee, privilege, is_grantable))
