"""ShelfService: named states of a database, taken and put back as copies on its server, or as dumps on this machine."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import text

from nexus_studio.core.admin.backupfiles import SUFFIX, identity_of, safe_name
from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.admin.shelves import Shelf, is_usable, read_mark, shelf_mark
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import MigrationBlocked, ResetRefused, StudioError
from nexus_studio.core.profiles import Capability
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import shelf_folder, who, write_whole
from nexus_studio.services.clearing import clearing_script
from nexus_studio.services.databases import (
    DatabaseFacts,
    apply_facts,
    comment,
    copy_database,
    drop_database,
    maintenance,
    new_name,
    read_facts,
    swap,
)
from nexus_studio.services.halfmade import HalfMade, close
from nexus_studio.services.otherconnections import connected, others_at, settle_others
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting.journal import JournalFile
from nexus_studio.services.resetting.safetybackup import dump_to
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of, find_tool, run_tool, secret_environment

log = logging.getLogger(__name__)

EFFECTS: Final = Effects(Kind.CATALOG | Kind.LEDGER | Kind.ROWS | Kind.SIZES)

_LIST: Final = text(
    """
    SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
           CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                THEN pg_catalog.pg_database_size(d.oid) ELSE 0 END AS size
      FROM pg_catalog.pg_database d
     WHERE pg_catalog.shobj_description(d.oid, 'pg_database') LIKE '{%'
    """
)

Revisions = Callable[[Session, TaskContext], tuple[str, ...]]
"""Says which migrations are applied."""


class ShelfService:
    """The shelves of one database. Any thread; whatever writes must be called one at a time."""

    def __init__(self, session: Session, paths: Paths, revisions: Revisions) -> None:
        self._session = session
        self._file = JournalFile(paths, session.profile)
        self._half_made = HalfMade(self._file.path)
        self._revisions = revisions
        self._folder = shelf_folder(paths, session.profile)

    def shelves(self, ctx: TaskContext) -> tuple[Shelf, ...]:
        """List what is kept of this database, newest first."""
        with self._session.read(ctx) as connection:
            rows = connection.execute(_LIST).all()
        found = [read_mark(name, said, size) for name, said, size in rows]
        mine = [each for each in (*found, *self._dumps()) if each and each.of == self._session.server.database]
        return tuple(sorted(mine, key=lambda each: each.made_at, reverse=True))

    def take(self, name: str, ctx: TaskContext, *, others: Others = Others.REFUSE, as_dump: bool = False) -> Shelf:
        """Keep the database's state as it is now. Progress step "shelf.taking".

        It is a copy on the server where the role may make one, else a dump.

        Args:
            name: What to call it.
            ctx: Cancelling leaves nothing behind.
            others: A copy can't be made while others are connected.
            as_dump: Write a dump anyway: others may stay, and it lies on this machine.

        Raises:
            ForbiddenHere: the profile does not allow resetting.
            ResetRefused: "shelf.name" (fact name), "shelf.exists" (fact name), "reset.connected", "reset.unfinished".
            BackupFailed: no dump can be made: see `creating.create`.
            ToolMissing: no pg_dump is new enough for the server.
        """
        with self._alone():
            self._require_free(name, ctx)
            ctx.report(Progress("shelf.taking"))
            now = datetime.now(UTC)
            revision = ", ".join(self._applied(ctx))
            shelf = Shelf(name, self._session.server.database, now, revision=revision, who=who())
            if as_dump or self._session.profile.pooler:
                return self._take_dump(shelf, ctx)
            with maintenance(self._session, ctx) as driver:
                facts = self._own_facts(driver)
                if not (facts.row["is_owner"] and facts.row["may_create"]):
                    return self._take_dump(shelf, ctx)
                settle_others(self._session, others, ctx)
                self._session.drop_idle()
                place = new_name("shelf")
                with self._half_made.noted(place), _dropped_on_failure(self._session, place):
                    self._copied(driver, place, facts, self._session.server.database)
                    comment(driver, place, shelf_mark(shelf))
                    close(driver, place)
            return replace(shelf, place=place, size_bytes=facts.size)

    def put_back(
        self, name: str, ctx: TaskContext, *, keep_as: str = "", others: Others = Others.REFUSE
    ) -> tuple[Shelf, Effects]:
        """Give the database the state of a shelf, which stays. Progress step "shelf.putting_back".

        A copy takes the database's name in one transaction; a dump is restored in one. If anything fails before, the
        database is as it was.

        Args:
            name: Of the shelf.
            ctx: Cancelling before that leaves the database as it was.
            keep_as: Keep what is there now on a shelf of that name; "": it is gone.
            others: What is done about connections of others.

        Raises:
            ForbiddenHere: the profile does not allow resetting.
            ResetRefused: "shelf.unknown" (fact name), "shelf.name", "shelf.exists", "shelf.not_restored" (fact words),
                "reset.connected", "reset.may_not_create", "reset.unfinished".
        """
        with self._alone():
            shelf = self._named(name, ctx)
            if keep_as:
                self._require_free(keep_as, ctx)
            ctx.report(Progress("shelf.putting_back"))
            revision = ", ".join(self._applied(ctx)) if keep_as else ""
            settle_others(self._session, others, ctx)
            now = datetime.now(UTC)
            kept = Shelf(
                keep_as or f"replaced {now:%Y-%m-%d %H:%M:%S}",
                self._session.server.database,
                now,
                revision=revision,
                who=who(),
                is_left_over=not keep_as,
            )
            if shelf.is_dump:
                if keep_as:
                    self._take_dump(kept, ctx)
                self._restore(shelf, ctx)
            else:
                self._exchange(shelf, kept, ctx, ends=others is Others.END)
        return shelf, EFFECTS

    def drop(self, name: str, ctx: TaskContext) -> Shelf:
        """Take a shelf away for good.

        Raises:
            ForbiddenHere: the profile does not allow resetting.
            ResetRefused: "shelf.unknown" (fact name).
        """
        with self._alone():
            shelf = self._named(name, ctx)
            if shelf.is_dump:
                with suppress(FileNotFoundError):
                    Path(shelf.place).unlink()
                with suppress(FileNotFoundError):
                    Path(shelf.place + SUFFIX).unlink()
            else:
                with maintenance(self._session, ctx) as driver:
                    found = read_facts(driver, shelf.place)
                    if found is None or read_mark(shelf.place, found.row["comment"], 0) is None:
                        raise ResetRefused("shelf.unknown", name=name)
                    drop_database(driver, shelf.place, found.oid)
        return shelf

    # inside

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be allowed to, and the only one who resets this database. What killed ones have left is removed first."""
        self._session.require(Capability.RESET)
        with self._file.held():
            journal = self._file.read()
            if journal is not None:
                started = journal.started_at.isoformat(sep=" ", timespec="seconds")
                phase = journal.phase.value if journal.phase else ""
                raise ResetRefused("reset.unfinished", phase=phase, started=started, backup=journal.backup)
            self._half_made.sweep(self._session, TaskContext())
            yield

    def _exchange(self, shelf: Shelf, kept: Shelf, ctx: TaskContext, *, ends: bool) -> None:
        session = self._session
        database = session.server.database
        with maintenance(session, ctx) as driver:
            facts, source = self._own_facts(driver), read_facts(driver, shelf.place)
            if source is None:
                raise ResetRefused("shelf.unknown", name=shelf.name)
            if not facts.row["is_owner"] or not facts.row["may_create"]:
                reason = "owner" if not facts.row["is_owner"] else "createdb"
                raise ResetRefused("reset.may_not_create", reason=reason, owner=facts.owner)
            new, old = new_name("new"), new_name("shelf")
            with self._half_made.noted(new), _dropped_on_failure(session, new):
                self._copied(driver, new, source, shelf.place, owner=facts.owner)
                apply_facts(driver, new, facts)
                made = read_facts(driver, new)
                session.drop_idle()
                oids = (facts.oid, made.oid if made else 0)
                swap(driver, (database, new, old), oids, mark=shelf_mark(kept), ends=ends)
        self._put_away(old, facts.oid, kept)

    def _put_away(self, old: str, oid: int, kept: Shelf) -> None:
        """Close the replaced database, or remove it. The exchange is done: what fails here leaves it on the list."""
        try:
            with maintenance(self._session, TaskContext()) as driver:
                if kept.is_left_over:
                    drop_database(driver, old, oid)
                else:
                    close(driver, old)
        except StudioError as error:
            log.warning("replaced database not put away", extra={"database": old, **loggable(error)})

    def _copied(
        self, driver: psycopg.Connection, name: str, source: DatabaseFacts, template: str, *, owner: str = ""
    ) -> None:
        try:
            copy_database(driver, name, source, template, owner=owner or source.owner)
        except psycopg.errors.ObjectInUse as error:
            raise connected(others_at(driver, template)) from error

    def _take_dump(self, shelf: Shelf, ctx: TaskContext) -> Shelf:
        identity = identity_of(self._session.profile)
        place = self._folder / f"{safe_name(shelf.name)}-{identity}-{secrets.token_hex(4)}.dump"
        sidecar = place.with_name(place.name + SUFFIX)
        dump_to(place, self._session, BackupSpec(counts=False), ctx, lambda: write_whole(sidecar, shelf_mark(shelf)))
        return replace(shelf, place=str(place), size_bytes=place.stat().st_size, is_dump=True)

    def _restore(self, shelf: Shelf, ctx: TaskContext) -> None:
        """Drop what is there and restore a dump, in one transaction of psql."""
        session = self._session
        version, profile = session.server.version_num, session.profile
        restore, psql = find_tool("pg_restore", version), find_tool("psql", version)
        with self._file.working_folder() as folder:
            before, after = folder / "before.sql", folder / "after.sql"
            before.write_text(clearing_script(session, ctx), encoding="utf-8")
            ran = run_tool(restore, [f"--file={after}", "--no-subscriptions", shelf.place], ctx)
            if ran.status == 0:
                arguments = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
                arguments += [f"--file={before}", "--file=-"]
                arguments += [f"--dbname={conninfo_of(profile, purpose='psql')}"]
                environment = {**secret_environment(profile, session.secret), "PGCLIENTENCODING": "UTF8"}
                # psql outlives a killed Studio: the rows must be at hand even when the next one has removed the file
                with after.open("rb") as rows:
                    ran = run_tool(psql, arguments, ctx, environment=environment, stdin=rows)
        if ran.status != 0:
            raise ResetRefused("shelf.not_restored", words=ran.words, name=shelf.name)
        session.drop_idle()

    def _dumps(self) -> Iterator[Shelf]:
        for sidecar in self._folder.glob(f"*.dump{SUFFIX}"):
            file = sidecar.with_name(sidecar.name.removesuffix(SUFFIX))
            with suppress(OSError):
                found = read_mark(str(file), sidecar.read_text(encoding="utf-8"), file.stat().st_size)
                if found is not None:
                    yield replace(found, is_dump=True)

    def _named(self, name: str, ctx: TaskContext) -> Shelf:
        for each in self.shelves(ctx):
            if each.name == name:
                return each
        raise ResetRefused("shelf.unknown", name=name)

    def _require_free(self, name: str, ctx: TaskContext) -> None:
        if not is_usable(name):
            raise ResetRefused("shelf.name", name=name)
        if any(each.name == name for each in self.shelves(ctx)):
            raise ResetRefused("shelf.exists", name=name)

    def _own_facts(self, driver: psycopg.Connection) -> DatabaseFacts:
        found = read_facts(driver, self._session.server.database)
        if found is None:
            raise ResetRefused("reset.other_database", database=self._session.server.database)
        return found

    def _applied(self, ctx: TaskContext) -> tuple[str, ...]:
        try:
            return self._revisions(self._session, ctx)
        except MigrationBlocked:
            return ()


@contextmanager
def _dropped_on_failure(session: Session, name: str) -> Iterator[None]:
    """Remove a database that was being made when something failed, by another connection: this one may be lost."""
    try:
        yield
    except BaseException:
        with maintenance(session, TaskContext()) as driver:
            drop_database(driver, name)
        raise
