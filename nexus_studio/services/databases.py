"""Whole databases of a server: made, given another's place by renames, removed; and what is said of one from outside.

Owner, privileges, settings and comment of a database belong to its row in the server's catalog: neither a template nor
a dump brings them along.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from nexus_studio.core.errors import ConnectionFailed, ResetRefused
from nexus_studio.core.profiles import Capability, ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.dberrors import translated
from nexus_studio.services.otherconnections import LEAVING_S, connected, end_at, others_at
from nexus_studio.services.session import Session

CANCEL_TIMEOUT_S: Final = 5.0
LONGEST_NAME: Final = 63
"""Bytes of an identifier (NAMEDATALEN - 1)."""

_POLL_S: Final = 0.05
_FORCE_VERSION: Final = 130000  # DROP DATABASE … WITH (FORCE)
_STRATEGY_VERSION: Final = 150000  # CREATE DATABASE … STRATEGY

FILE_COPY_FROM: Final = 64 * 1024**2
"""Bytes from which a database is copied file by file: a larger one would go through the log page by page."""

_USUAL_TABLESPACE: Final = "pg_default"

_MAINTENANCE: Final = ("postgres", "template1")
"""Databases every server has (manual, section 22.3), to be connected to while another is made or renamed."""

# The whole row as JSON: what says of which kind a locale is has other columns in each version.
_ITSELF: Final = """
    SELECT pg_catalog.to_jsonb(d) || pg_catalog.jsonb_build_object(
             'oid', CAST(d.oid AS bigint),
             'owner', pg_catalog.pg_get_userbyid(d.datdba),
             'encoding_name', pg_catalog.pg_encoding_to_char(d.encoding),
             'tablespace', (SELECT t.spcname FROM pg_catalog.pg_tablespace t WHERE t.oid = d.dattablespace),
             'size', pg_catalog.pg_database_size(d.oid),
             'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
             'is_owner', pg_catalog.pg_has_role(d.datdba, 'USAGE'),
             'may_create', (SELECT r.rolcreatedb OR r.rolsuper FROM pg_catalog.pg_roles r
                             WHERE r.rolname = current_user),
             'grants', CASE WHEN d.datacl IS NULL THEN NULL ELSE
                (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                            CASE WHEN a.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee) END,
                            a.privilege_type, a.is_grantable)), '[]')
                   FROM pg_catalog.aclexplode(d.datacl) a) END,
             'settings', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                            CASE WHEN s.setrole = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(s.setrole) END,
                            s.setconfig)), '[]')
                            FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid))
      FROM pg_catalog.pg_database d WHERE d.datname = %s
"""

# Settings that are lists of names: each is quoted by itself (GUC_LIST_QUOTE in PostgreSQL's guc_tables.c).
_LISTS: Final = frozenset(
    {
        "search_path",
        "temp_tablespaces",
        "session_preload_libraries",
        "local_preload_libraries",
        "unix_socket_directories",
    }
)


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What a server says of one of its databases: the row of pg_database and what belongs to it, as JSON."""

    row: Mapping[str, Any]

    @property
    def oid(self) -> int:
        """By which it is known whatever it is called."""
        return int(self.row["oid"])

    @property
    def owner(self) -> str:
        """The role whose it is."""
        return str(self.row["owner"])

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return int(self.row["size"])


@contextmanager
def maintenance(
    session: Session, ctx: TaskContext, *, needs: Capability = Capability.RESET
) -> Iterator[psycopg.Connection]:
    """Connect to a database of the session's server that is not the session's, in autocommit.

    Raises:
        ForbiddenHere: the profile does not allow `needs`.
        ResetRefused: "reset.pooler": behind a pooler nobody can tell who is connected to what.
        ConnectionFailed: none of the usual ones lets us in.
    """
    profile = session.profile
    session.require(needs)
    if profile.pooler:
        raise ResetRefused("reset.pooler")
    driver = _connect(profile, session.secret, session.server.database, ctx)
    try:
        driver.autocommit = True
        driver.prepare_threshold = None
        with translated(ctx.token):
            driver.execute("SELECT pg_catalog.set_config('statement_timeout', '0', false)")
            if profile.role:
                driver.execute("SELECT pg_catalog.set_config('role', %s, false)", (profile.role,))
        with translated(ctx.token), ctx.token.calling(lambda: driver.cancel_safe(timeout=CANCEL_TIMEOUT_S)):
            yield driver
    finally:
        driver.close()


def read_facts(driver: psycopg.Connection, database: str) -> DatabaseFacts | None:
    """Return what the server says of a database; None: it has none of that name. Errors are the driver's."""
    found = driver.execute(_ITSELF, (database,)).fetchone()
    return None if found is None else DatabaseFacts(found[0])


def new_name(kind: str) -> str:
    """Make a name for a database that nobody has: `nexus_<kind>_<digits>`."""
    return f"nexus_{kind}_{secrets.token_hex(6)}"


def create_like(driver: psycopg.Connection, name: str, facts: DatabaseFacts, *, owner: str) -> None:
    """Make an empty database with another's encoding, locale and tablespace. Errors are the driver's."""
    row = facts.row
    given: list[tuple[str, str | None]] = [("ENCODING", row["encoding_name"]), *locale_options(row)]
    options = [sql.SQL("TEMPLATE template0"), sql.SQL("OWNER {}").format(sql.Identifier(owner))]
    options += _tablespace(row["tablespace"])
    options += [sql.SQL("{} {}").format(sql.SQL(word), sql.Literal(value)) for word, value in given if value]
    driver.execute(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), sql.SQL(" ").join(options)))


def copy_database(driver: psycopg.Connection, name: str, template: DatabaseFacts, source: str, *, owner: str) -> None:
    """Make a database that is a copy of another, to which nobody may be connected. Errors are the driver's."""
    options = [sql.SQL("TEMPLATE {}").format(sql.Identifier(source))]
    options += [sql.SQL("OWNER {}").format(sql.Identifier(owner))]
    options += _tablespace(template.row["tablespace"])
    if driver.info.server_version >= _STRATEGY_VERSION and template.size >= FILE_COPY_FROM:
        options.append(sql.Composed([sql.SQL("STRATEGY file_copy")]))
    driver.execute(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), sql.SQL(" ").join(options)))


def apply_facts(driver: psycopg.Connection, name: str, facts: DatabaseFacts, *, comments: bool = True) -> None:
    """Give a database what another has but its owner: privileges, settings, limit, comment. Errors are the driver's.

    All of it or nothing. `comments`: also the comment; without it what the database says of itself stays.
    """
    database = sql.Identifier(name)
    with driver.transaction():
        for role, settings in facts.row["settings"]:
            for each in settings:
                driver.execute(_setting(database, role, *each.partition("=")[::2]))
        limit = int(facts.row["datconnlimit"])
        if limit >= 0:
            driver.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(database, sql.Literal(limit)))
        if (grants := facts.row["grants"]) is not None:
            driver.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            driver.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM {}").format(database, sql.Identifier(facts.owner)))
            for grantee, privilege, is_grantable in grants:
                driver.execute(grant(sql.SQL("DATABASE {}").format(database), grantee, privilege, is_grantable))
        if comments:
            comment(driver, name, facts.row["comment"])


def comment(driver: psycopg.Connection, name: str, words: str | None) -> None:
    """Write a database's comment. Errors are the driver's."""
    driver.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(words)))


def grant(what: sql.Composable, grantee: str, privilege: str, is_grantable: bool) -> sql.Composed:
    """Write a GRANT; `grantee` "" is PUBLIC. The privilege is in the server's own words."""
    to = sql.Identifier(grantee) if grantee else sql.SQL("PUBLIC")
    option = sql.SQL(" WITH GRANT OPTION") if is_grantable else sql.SQL("")
    return sql.SQL("GRANT {} ON {} TO {}{}").format(sql.SQL(privilege), what, to, option)


def swap(
    driver: psycopg.Connection,
    names: tuple[str, str, str],
    oids: tuple[int, int],
    *,
    mark: str,
    ends: bool,
    then: Callable[[], None] = lambda: None,
) -> None:
    """Give a new database the name of another, which gets a third, in one transaction.

    Args:
        driver: To none of them.
        names: The name, the new database's until now, the one that the old database gets.
        oids: Of the old and of the new database: what bears the names must be these.
        mark: The old database's comment from then on.
        ends: Whether whoever is connected to the old one may be ended.
        then: What else is done in that transaction, after the renames.

    Raises:
        ResetRefused: "reset.connected"; "reset.other_database" (fact database): another one bears the name.
        StudioError: as the server says. Nothing is renamed then.
    """
    name, new, old = names
    deadline = time.monotonic() + LEAVING_S
    while True:
        found = (*others_at(driver, name), *others_at(driver, new))
        if not found:
            try:
                with driver.transaction():
                    _check(driver, ((name, oids[0]), (new, oids[1])))
                    _rename(driver, name, old)
                    _rename(driver, new, name)
                    comment(driver, old, mark)
                    then()
                return
            except psycopg.errors.ObjectInUse:  # somebody came between
                found = (*others_at(driver, name), *others_at(driver, new))
        if ends:
            end_at(driver, found)
        if time.monotonic() > deadline:
            raise connected(found)
        time.sleep(_POLL_S)


def drop_database(driver: psycopg.Connection, name: str, oid: int | None = None, *, ends: bool = True) -> bool:
    """Remove a database, and tell whether there was one. Errors are the driver's.

    Args:
        driver: To another one.
        name: Its name.
        oid: It is only removed if it is this one.
        ends: Whether whoever is connected is ended.

    Raises:
        ResetRefused: "reset.other_database" (fact database).
    """
    found = driver.execute("SELECT oid FROM pg_catalog.pg_database WHERE datname = %s", (name,)).fetchone()
    if found is None:
        return False
    if oid is not None and found[0] != oid:
        raise ResetRefused("reset.other_database", database=name)
    force = ends and driver.info.server_version >= _FORCE_VERSION
    if ends and not force:
        end_at(driver, others_at(driver, name))
    suffix = sql.SQL(" WITH (FORCE)" if force else "")
    driver.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)) + suffix)
    return True


def locale_options(row: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """Return a database's locale in words of CREATE DATABASE (providers since 15, the builtin one since 17)."""
    provider = {"i": "icu", "b": "builtin", "c": "libc"}.get(row.get("datlocprovider", ""))
    locale = row.get("datlocale") or row.get("daticulocale")
    return [
        ("LOCALE_PROVIDER", provider),
        ("LC_COLLATE", row["datcollate"]),
        ("LC_CTYPE", row["datctype"]),
        ("ICU_LOCALE", locale if provider == "icu" else None),
        ("ICU_RULES", row.get("daticurules") if provider == "icu" else None),
        ("BUILTIN_LOCALE", locale if provider == "builtin" else None),
    ]


def _connect(profile: ConnectionProfile, secret: str | None, other_than: str, ctx: TaskContext) -> psycopg.Connection:
    failure: ConnectionFailed | None = None
    for database in _MAINTENANCE:
        if database == other_than:
            continue
        try:
            return connect(profile.with_database(database), secret, ctx.token)
        except ConnectionFailed as error:
            failure = error
    raise failure or ConnectionFailed("connection.failed")


def _tablespace(name: str) -> list[sql.Composed]:
    """Name a tablespace; not the usual one, which only superusers may name and everybody gets."""
    return [] if name == _USUAL_TABLESPACE else [sql.SQL("TABLESPACE {}").format(sql.Identifier(name))]


def _check(driver: psycopg.Connection, expected: Sequence[tuple[str, int]]) -> None:
    for name, oid in expected:
        found = driver.execute("SELECT oid FROM pg_catalog.pg_database WHERE datname = %s", (name,)).fetchone()
        if found is None or found[0] != oid:
            raise ResetRefused("reset.other_database", database=name)


def _rename(driver: psycopg.Connection, name: str, to: str) -> None:
    driver.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to)))


def _setting(database: sql.Identifier, role: str, name: str, value: str) -> sql.Composed:
    whose = (
        sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(role), database)
        if role
        else sql.SQL("DATABASE {}").format(database)
    )
    said = [sql.Literal(each) for each in (_names(value) if name in _LISTS else [value])]
    return sql.SQL("ALTER {} SET {} TO {}").format(whose, _parameter(name), sql.SQL(", ").join(said))


def _parameter(name: str) -> sql.Composable:
    return sql.SQL(".").join(sql.Identifier(part) for part in name.split("."))


def _names(value: str) -> list[str]:
    """Split a list of names as the server keeps it: `"$user", public`."""
    found, part, is_quoted = [], "", False
    for letter in value + ",":
        if letter == '"':
            is_quoted = not is_quoted
        if letter == "," and not is_quoted:
            part = part.strip()
            found.append(part[1:-1].replace('""', '"') if part.startswith('"') else part)
            part = ""
        else:
            part += letter
    return found
