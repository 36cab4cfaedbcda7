"""A new database to restore into, like the one of the session: made, filled by the caller, given a name, or removed.

Until it has its name it says in its comment what it is. What a killed program has left is removed by the next restore
on that server, also what it had no time to say that of: such a database is known by its name, and holds nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

import psycopg
from psycopg import sql

from nexus_studio.core.admin.keptdatabases import (
    MADE,
    Making,
    kept_mark,
    kept_name,
    made_mark,
    own_comment,
    read_made,
)
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, ResetRefused, RestoreRefused, StudioError
from nexus_studio.core.profiles import Capability
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import who
from nexus_studio.services.backups.emptydatabase import contents_of
from nexus_studio.services.databases import (
    DatabaseFacts,
    apply_facts,
    comment,
    create_like,
    drop_database,
    maintenance,
    new_name,
    read_facts,
    swap,
)
from nexus_studio.services.otherconnections import connected, others_at
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

WAIT_FOR_SERVER_S: Final = 60.0
"""For how long a server that is gone is waited for, to remove what was being made."""

WAIT_FOR_OTHERS_S: Final = 30.0
"""For how long others who are just connected may keep a restored database from its name."""

Found = TypeVar("Found")

_KIND: Final = "restore"
_POLL_S: Final = 0.2
_COMES_BACK: Final = frozenset(
    {"connection.lost", "connection.refused", "connection.starting_up", "connection.timeout"}
)
_MARKED: Final = """
    SELECT d.datname, d.oid, pg_catalog.shobj_description(d.oid, 'pg_database')
      FROM pg_catalog.pg_database d
     WHERE pg_catalog.shobj_description(d.oid, 'pg_database') LIKE %s AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
"""
_UNMARKED: Final = """
    SELECT d.datname, d.oid FROM pg_catalog.pg_database d
     WHERE d.datname ~ %s AND pg_catalog.shobj_description(d.oid, 'pg_database') IS NULL
       AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
"""
_UNNAMED: Final = f"^{new_name(_KIND).rpartition('_')[0]}_[0-9a-f]{{12}}$"
# Held for as long as a database is being made, so that nobody takes it for one that was left behind.
_LOCK: Final = "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended(%s, 0))"
_UNLOCK: Final = "SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended(%s, 0))"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new, empty database while it is being filled. `like` is what was said of the session's own when it was made."""

    name: str
    oid: int
    like: DatabaseFacts


@contextmanager
def fresh(session: Session, ctx: TaskContext) -> Iterator[Fresh]:
    """Make an empty database with the encoding, locale, tablespace and owner of the session's own.

    Where the block raises, it is removed, also on a server that was just restarted.

    Raises:
        RestoreRefused: "restore.may_not_create" (facts reason "owner" or "createdb", owner).
        ResetRefused: "reset.pooler".
    """
    with maintenance(session, ctx, needs=Capability.RESTORE) as driver:
        like = own_facts(driver, session)
        if not like.row["is_owner"] or not like.row["may_create"]:
            reason = "owner" if not like.row["is_owner"] else "createdb"
            raise RestoreRefused("restore.may_not_create", reason=reason, owner=like.owner)
        sweep(driver, session, ctx)
        name = new_name(_KIND)
        driver.execute(_LOCK, (name,))
        try:
            create_like(driver, name, like, owner=like.owner)
            comment(driver, name, made_mark(Making(session.server.database, datetime.now(UTC), who())))
            with driver.transaction(force_rollback=True):  # what the role may not do is better known before the loading
                apply_facts(driver, name, like, comments=False)
            made = read_facts(driver, name)
            yield Fresh(name, made.oid if made else 0, like)
        except BaseException:
            remove(session, name)
            raise


def own_facts(driver: psycopg.Connection, session: Session) -> DatabaseFacts:
    """Return what is said of the session's own database. Errors are the driver's.

    Raises:
        ResetRefused: "reset.other_database": it is gone.
    """
    found = read_facts(driver, session.server.database)
    if found is None:
        raise ResetRefused("reset.other_database", database=session.server.database)
    return found


def sweep(driver: psycopg.Connection, session: Session, ctx: TaskContext) -> None:
    """Remove databases that killed programs have left half restored. Errors are the driver's."""
    for name, oid, said in driver.execute(_MARKED, (f'{{"{MADE}"%',)).fetchall():
        if read_made(said) is not None:
            _remove_left(driver, name, oid)
    for name, oid in driver.execute(_UNMARKED, (_UNNAMED,)).fetchall():
        _remove_left(driver, name, oid, partial(_is_bare, session, name, ctx))


def _remove_left(driver: psycopg.Connection, name: str, oid: int, may: Callable[[], bool] = lambda: True) -> None:
    """Remove a database unless it is being made, somebody is connected to it, or it may not."""
    if driver.execute(_LOCK, (name,)).fetchone() != (True,):
        return
    try:
        if not others_at(driver, name) and may():
            with suppress(psycopg.errors.ObjectInUse):
                drop_database(driver, name, oid, ends=False)
                log.warning("left over database removed", extra={"database": name})
    finally:
        driver.execute(_UNLOCK, (name,))


def _is_bare(session: Session, name: str, ctx: TaskContext) -> bool:
    """Tell whether a database holds nothing: nobody loses anything by its removal, whoever made it."""
    try:
        with closing(Session.open(session.profile.with_database(name), session.secret, ctx)) as opened:
            return not contents_of(opened, ctx)
    except (ConnectionFailed, ConnectionLost) as error:
        log.warning("unmarked database not looked into", extra={"database": name, **loggable(error)})
        return False


def remove(session: Session, name: str) -> None:
    """Remove a database that was being made, by a connection of its own; a server that starts is waited for.

    Where it can't be removed it says itself what it is, and the next restore removes it.
    """

    def drop() -> None:
        with maintenance(session, TaskContext(), needs=Capability.RESTORE) as driver:
            drop_database(driver, name)

    try:
        patiently(drop)
    except StudioError as error:
        log.warning("half restored database not removed", extra={"database": name, **loggable(error)})


def patiently(act: Callable[[], Found]) -> Found:
    """Do something that needs the server, again and again while that is being restarted.

    Raises:
        StudioError: as what is done; of connections only after `WAIT_FOR_SERVER_S`.
    """
    deadline = time.monotonic() + WAIT_FOR_SERVER_S
    while True:
        try:
            return act()
        except (ConnectionFailed, ConnectionLost) as error:
            if time.monotonic() > deadline or error.code not in _COMES_BACK:
                raise
            time.sleep(_POLL_S)


def take_place(session: Session, made: Fresh, others: Others, ctx: TaskContext) -> str:
    """Give a restored database the name of the session's own, and return the one that this has got.

    Progress step "restore.swapping".

    Raises:
        ResetRefused: "reset.connected", after `WAIT_FOR_OTHERS_S`; "reset.other_database". Nothing was renamed then.
    """
    database = session.server.database
    deadline = time.monotonic() + WAIT_FOR_OTHERS_S
    while True:
        ctx.report(Progress("restore.swapping"))
        session.drop_idle()
        at = datetime.now(UTC)
        old = kept_name(database, at)
        try:
            with maintenance(session, ctx, needs=Capability.RESTORE) as driver:
                like = own_facts(driver, session)  # it may have got other settings meanwhile
                apply_facts(driver, made.name, like, comments=False)  # until it has its name, it says what it is
                swap(
                    driver,
                    (database, made.name, old),
                    (made.like.oid, made.oid),
                    mark=kept_mark(database, at, like.row["comment"]),
                    ends=others is Others.END,
                    then=partial(comment, driver, database, own_comment(like.row["comment"])),
                )
        except ConnectionLost:
            if not _has_taken_place(session, made):
                raise
        except ResetRefused as error:
            if error.code != "reset.connected" or time.monotonic() > deadline:
                raise
            time.sleep(_POLL_S)
            continue
        session.drop_idle()
        return old


def give_name(session: Session, made: Fresh, name: str, ctx: TaskContext) -> None:
    """Give a restored database its own name, and what the session's database has: privileges, settings, limit.

    Raises:
        RestoreRefused: "restore.exists" (fact database).
        ResetRefused: "reset.connected".
    """
    deadline = time.monotonic() + WAIT_FOR_OTHERS_S
    with maintenance(session, ctx, needs=Capability.RESTORE) as driver:
        apply_facts(driver, made.name, made.like, comments=False)
        while True:
            try:
                with driver.transaction():
                    driver.execute(
                        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                            sql.Identifier(made.name), sql.Identifier(name)
                        )
                    )
                    comment(driver, name, own_comment(made.like.row["comment"]))
                return
            except psycopg.errors.DuplicateDatabase as error:
                raise RestoreRefused("restore.exists", database=name) from error
            except psycopg.errors.ObjectInUse as error:  # what has just restored takes a moment to leave
                if time.monotonic() > deadline:
                    raise connected(others_at(driver, made.name)) from error
                ctx.token.raise_if_cancelled()
                time.sleep(_POLL_S)


def _has_taken_place(session: Session, made: Fresh) -> bool:
    """Ask, after a connection broke in the middle of it, which database bears the name."""

    def ask() -> bool:
        with maintenance(session, TaskContext(), needs=Capability.RESTORE) as driver:
            return own_facts(driver, session).oid == made.oid

    return patiently(ask)
