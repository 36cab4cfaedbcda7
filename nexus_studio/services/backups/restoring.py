"""Restoring a backup: into a new database that takes the place of the present one or stays, or into an empty one.

The file is looked at as a whole before anything is touched. What fails or is cancelled leaves everything as it was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text

from nexus_studio.core.admin.archivechoice import Choice, choose
from nexus_studio.core.admin.archives import (
    REFUSED,
    ArchiveItem,
    ArchiveKind,
    ArchivePreview,
    KeptDatabase,
    RestoreInto,
    RestoreResult,
    RestoreTarget,
)
from nexus_studio.core.admin.keptdatabases import KEPT, is_name, read_kept
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import RestoreRefused, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Capability, ConnectionProfile
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.archivejudge import require_harmless
from nexus_studio.services.backups.archives import look, on_server
from nexus_studio.services.backups.emptydatabase import (
    BareState,
    bare_state,
    contents_of,
    empty_again,
    end_ours_at,
    give_back_public,
    relations_in,
)
from nexus_studio.services.backups.freshdatabase import fresh, give_name, patiently, take_place
from nexus_studio.services.backups.knowntext import stamp_of
from nexus_studio.services.backups.loading import load
from nexus_studio.services.databases import drop_database, maintenance, read_facts
from nexus_studio.services.dberrors import translated
from nexus_studio.services.otherconnections import connected, others_at, read_others
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

REPLACED: Final = Effects(Kind.CATALOG | Kind.LEDGER | Kind.ROWS | Kind.SIZES | Kind.BACKUPS)
"""What is stale once the session's own database was restored."""

ELSEWHERE: Final = Effects(Kind.BACKUPS)

_MOST_NAMED: Final = 10
_SHARE_OF_LOCKS: Final = 0.6
"""Of all the locks that a server has, what one transaction may take: others want some too."""

# Of each table: itself, its TOAST table and the index of that. Of most other things one.
_LOCKS_OF: Final = {"TABLE": 3, "MATERIALIZED VIEW": 3}
_LOCKS_NONE: Final = frozenset({"TABLE DATA", "ACL", "COMMENT", "DEFAULT", "SEQUENCE SET", "SEQUENCE OWNED BY"})

_KEPT: Final = text(
    """
    SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
           CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                THEN pg_catalog.pg_database_size(d.oid) ELSE 0 END AS size
      FROM pg_catalog.pg_database d
     WHERE pg_catalog.shobj_description(d.oid, 'pg_database') LIKE :mark
    """
)
_LOCKS: Final = text(
    """
    SELECT CAST(pg_catalog.current_setting('max_locks_per_transaction') AS int)
           * (CAST(pg_catalog.current_setting('max_connections') AS int)
              + CAST(pg_catalog.current_setting('max_prepared_transactions') AS int))
    """
)
_LOCK_IN: Final = "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('nexus_studio_restore', 0))"

# What leaves it open whether a transaction has ended well: whoever asked for its end did not hear the answer.
_OUTCOME_UNKNOWN: Final = frozenset({"connection", "connection_lost", "killed"})
_EXISTS: Final = " already exists"
_OTHERS_THERE: Final = "others have made tables in it meanwhile"

_DATABASES: Final = text("SELECT datname FROM pg_catalog.pg_database")


@dataclass(frozen=True, slots=True)
class _Plan:
    """A restore that was found to be possible."""

    file: Path
    preview: ArchivePreview
    target: RestoreTarget
    choice: Choice | None
    is_atomic: bool

    @property
    def tables(self) -> int:
        """How many tables are restored."""
        if self.choice is None:
            return len(self.preview.tables)
        chosen = frozenset(self.choice.ids)
        return len({(each.schema, each.name) for each in self.preview.items if _is_table(each, chosen)})

    @property
    def warnings(self) -> tuple[str, ...]:
        """The preview's, and what a choice brings along or leaves out."""
        said = list(self.preview.warnings)
        if self.choice is not None and self.choice.needed:
            said.append("restore.needed")
        if self.choice is not None and self.choice.left_out:
            said.append("restore.left_out")
        return (*said, "restore.not_analyzed")


def restore(
    session: Session,
    paths: Paths,
    file: Path,
    target: RestoreTarget,
    ctx: TaskContext,
    *,
    looked: ArchivePreview | None = None,
) -> tuple[RestoreResult, Effects]:
    """Restore a backup on the session's server.

    Progress steps "backup.checking", "restore.loading" (bytes of the file, or tables), "restore.swapping".

    Args:
        session: On the database that is replaced, or on another one of its server.
        paths: Not used yet.
        file: A dump, or the folder of one; not encrypted.
        target: Where to, and what of it.
        ctx: Cancelling leaves everything as it was; from the swap on it comes too late.
        looked: What `archives.look` has found; unless somebody has written to the file since, it is not read again.

    Returns:
        What came of it, and what is stale now.

    Raises:
        ForbiddenHere: the profile does not allow it, or not now.
        BackupDamaged, BackupFailed, ToolMissing: the file can't be restored; see `archives.look`.
        RestoreRefused: before anything was touched "restore.encrypted", "restore.commands",
            "restore.several_databases", "restore.cluster", "restore.extensions_missing" (fact names),
            "restore.roles_missing" (fact names: not where owners and privileges are left out), "restore.name" and
            "restore.exists" and "restore.unknown_database" (fact database), "restore.not_empty" (facts database, names,
            count), "restore.plain_selection", "restore.unknown_selection" (fact names), "restore.other_database",
            "restore.part_swap" (a part can't replace a whole database), "restore.may_not_create" (facts reason, owner);
            later "restore.failed" (facts words, reason, table, line).
            "restore.not_emptied" (facts database, words): the empty database could not be emptied again.
        ResetRefused: "reset.connected" (facts count, names), "reset.pooler".
    """
    del paths
    started = time.monotonic()
    session.require(Capability.RESTORE)
    with session.begun(Capability.RESTORE):
        plan = _planned(session, file, target, looked, ctx)
        kept_as = ""
        if target.into is RestoreInto.EMPTY:
            _into_empty(session, plan, ctx)
        else:
            with fresh(session, ctx) as made:
                _load(session, plan, session.profile.with_database(made.name), ctx)
                if target.into is RestoreInto.SWAP:
                    kept_as = take_place(session, made, target.others, ctx)
                else:
                    give_name(session, made, target.database, ctx)
    database = target.database or session.server.database
    result = RestoreResult(database, kept_as, plan.tables, time.monotonic() - started, plan.warnings)
    log.info("backup restored", extra={"database": database, "into": target.into.value, "tables": result.tables})
    return result, REPLACED if database == session.server.database else ELSEWHERE


def kept(session: Session, ctx: TaskContext) -> tuple[KeptDatabase, ...]:
    """List the databases that restores have replaced by the session's own, newest first."""
    with session.read(ctx) as connection:
        rows = connection.execute(_KEPT, {"mark": f'{{"{KEPT}"%'}).all()
    found = [read_kept(name, said, size) for name, said, size in rows]
    mine = [each for each in found if each is not None and each.of == session.server.database]
    return tuple(sorted(mine, key=lambda each: each.kept_at, reverse=True))


def dismiss(session: Session, name: str, ctx: TaskContext) -> Effects:
    """Remove a database that a restore has replaced, for good.

    Raises:
        ForbiddenHere: the profile does not allow it, or not now.
        RestoreRefused: "restore.unknown_kept" (fact database): there is none of that name, or it is something else.
        ResetRefused: "reset.connected": somebody still works in it. "reset.pooler".
    """
    session.require(Capability.RESTORE)
    with maintenance(session, ctx, needs=Capability.RESTORE) as driver:
        found = read_facts(driver, name)
        mark = read_kept(name, found.row["comment"], 0) if found else None
        if found is None or mark is None or mark.of != session.server.database:
            raise RestoreRefused("restore.unknown_kept", database=name)
        if others := others_at(driver, name):
            raise connected(others)
        drop_database(driver, name, found.oid, ends=False)
    log.info("kept database dismissed", extra={"database": name})
    return Effects(Kind.BACKUPS | Kind.SIZES)


def _planned(
    session: Session, file: Path, target: RestoreTarget, looked: ArchivePreview | None, ctx: TaskContext
) -> _Plan:
    """Find out all that can be known before anything is touched."""
    _check_target(session, target, ctx)
    preview = _looked_at(session, file, target, looked, ctx)
    if preview.kind is ArchiveKind.ENCRYPTED:
        raise RestoreRefused("restore.encrypted", file=str(file))
    for code in preview.warnings:
        if code in REFUSED:
            raise RestoreRefused(REFUSED[code], file=str(file), names=preview.refused_for)
    require_harmless(file, preview.kind)
    choice = _choice(preview, target, file)
    if target.into is RestoreInto.SWAP and (choice is not None or (preview.record and preview.record.is_partial)):
        # what it does not hold would be gone from the database
        raise RestoreRefused("restore.part_swap", file=str(file))
    if preview.missing_extensions:
        raise RestoreRefused("restore.extensions_missing", file=str(file), names=preview.missing_extensions)
    if missing := _roles_missing(preview, target):
        raise RestoreRefused("restore.roles_missing", file=str(file), names=missing[:_MOST_NAMED], count=len(missing))
    with session.read(ctx) as connection:
        capacity = int(connection.scalar(_LOCKS) or 0)
    jobs = target.jobs if preview.kind.takes_jobs else 1
    return _Plan(file, preview, target, choice, jobs == 1 and _locks_of(preview, choice) < capacity * _SHARE_OF_LOCKS)


def _looked_at(
    session: Session, file: Path, target: RestoreTarget, looked: ArchivePreview | None, ctx: TaskContext
) -> ArchivePreview:
    """Return what a file holds; one that is still as it was when somebody looked at all of it is not read again."""
    if looked is not None and looked.stamp and looked.file == str(file):
        with suppress(OSError):
            if (target.takes_all or not looked.is_brief) and stamp_of(file) == looked.stamp:
                return on_server(looked, session, ctx)
    return look(file, ctx, session=session, is_brief=target.takes_all)


def _check_target(session: Session, target: RestoreTarget, ctx: TaskContext) -> None:
    own = session.server.database
    if target.into is RestoreInto.SWAP:
        if target.database not in {"", own}:
            raise RestoreRefused("restore.other_database", database=target.database)
        if target.others is Others.END:
            session.require(Capability.RESET)
        elif found := read_others(session, ctx):
            raise connected(found)
        return
    if not is_name(target.database):
        raise RestoreRefused("restore.name", database=target.database)
    with session.read(ctx) as connection:
        is_there = target.database in set(connection.scalars(_DATABASES))
    if target.into is RestoreInto.NEW and is_there:
        raise RestoreRefused("restore.exists", database=target.database)
    if target.into is RestoreInto.EMPTY:
        if not is_there:
            raise RestoreRefused("restore.unknown_database", database=target.database)
        with ExitStack() as stack:
            if held := contents_of(_session_on(session, target.database, stack, ctx), ctx):
                names = held[:_MOST_NAMED]
                raise RestoreRefused("restore.not_empty", database=target.database, names=names, count=len(held))


def _session_on(session: Session, database: str, stack: ExitStack, ctx: TaskContext) -> Session:
    """Return a session on a database of the same server: the same one, or another until the stack is left."""
    if database == session.server.database:
        return session
    opened = Session.open(session.profile.with_database(database), session.secret, ctx)
    stack.callback(opened.close)
    return opened


def _choice(preview: ArchivePreview, target: RestoreTarget, file: Path) -> Choice | None:
    if target.selection.is_all:
        return None
    if preview.kind.is_plain or not preview.items:
        raise RestoreRefused("restore.plain_selection", file=str(file))
    choice = choose(preview.items, target.selection)
    if choice.unknown:
        raise RestoreRefused("restore.unknown_selection", file=str(file), names=choice.unknown)
    return choice


def _roles_missing(preview: ArchivePreview, target: RestoreTarget) -> tuple[str, ...]:
    """Name the roles without which what is restored would stop: those of owners and of privileges, as wished."""
    owners = {each.owner for each in preview.items}
    return tuple(each for each in preview.missing_roles if (target.owners if each in owners else target.privileges))


def _is_table(item: ArchiveItem, chosen: Collection[int]) -> bool:
    return item.kind in {"TABLE", "TABLE DATA"} and item.dump_id in chosen


def _locks_of(preview: ArchivePreview, choice: Choice | None) -> int:
    """Return about how many locks a transaction takes that makes all of it."""
    chosen = None if choice is None else frozenset(choice.ids)
    return sum(
        _LOCKS_OF.get(each.kind, 1)
        for each in preview.items
        if each.kind not in _LOCKS_NONE and (chosen is None or each.dump_id in chosen)
    )


def _load(session: Session, plan: _Plan, profile: ConnectionProfile, ctx: TaskContext) -> None:
    target = plan.target
    load(
        plan.preview,
        plan.file,
        profile,
        session.secret,
        ctx,
        server_version=session.server.version_num,
        selection=target.selection,
        jobs=target.jobs,
        owners=target.owners,
        privileges=target.privileges,
        is_atomic=plan.is_atomic,
    )


def _into_empty(session: Session, plan: _Plan, ctx: TaskContext) -> None:
    """Restore into a database that holds nothing, and have it hold nothing again where that fails."""
    database = plan.target.database
    with ExitStack() as stack:
        there = _session_on(session, database, stack, ctx)
        stack.enter_context(_alone_in(there, ctx))
        before = bare_state(there, ctx)
        try:
            _load(session, plan, session.profile.with_database(database), ctx)
        except BaseException as error:
            _emptied(session, database, before, _Remains(plan, error))
            raise
        there.drop_idle()


@contextmanager
def _alone_in(there: Session, ctx: TaskContext) -> Iterator[None]:
    """Have no other restore at work in a database, and see that none has filled it since it was looked at.

    Raises:
        RestoreRefused: "restore.not_empty" (facts database, names, count).
    """
    database = there.server.database
    with ExitStack() as stack:
        if not there.profile.pooler:  # behind one a lock would be anybody's
            driver = stack.enter_context(there.alone(ctx, purpose="restore"))
            with translated(ctx.token):
                if driver.execute(_LOCK_IN).fetchone() != (True,):
                    raise RestoreRefused("restore.not_empty", database=database, names=("restore",), count=1)
        if held := contents_of(there, ctx):
            raise RestoreRefused("restore.not_empty", database=database, names=held[:_MOST_NAMED], count=len(held))
        yield


@dataclass(frozen=True, slots=True)
class _Remains:
    """What a failed restore may have left in a database that was empty."""

    plan: _Plan
    error: BaseException

    @property
    def is_nothing(self) -> bool:
        """Whether the server has undone all of it: what is there is somebody else's."""
        if not self.plan.is_atomic or not isinstance(self.error, StudioError):
            return False  # a transaction may have ended well just before it was cancelled
        return self.error.facts.get("reason") not in _OUTCOME_UNKNOWN

    def may_be(self, there: Collection[RelationName]) -> bool:
        """Tell whether all relations that are there can be the restore's own, and none was there before it."""
        if isinstance(self.error, StudioError) and _EXISTS in str(self.error.facts.get("words") or ""):
            return False
        brought = {RelationName(each.schema, each.name) for each in self.plan.preview.items}
        return not brought or brought.issuperset(there)


def _emptied(session: Session, database: str, before: BareState, remains: _Remains) -> None:
    """Take out of a database what a failed restore has left in it: nothing, where that was one transaction.

    What others have put there meanwhile is not touched.

    Raises:
        RestoreRefused: "restore.not_emptied" (facts database, words).
    """

    def empty() -> None:
        ctx = TaskContext()
        with maintenance(session, ctx, needs=Capability.RESTORE) as driver:
            end_ours_at(driver, database)
        with ExitStack() as stack:
            there = _session_on(session, database, stack, ctx)
            there.drop_idle()
            if remains.is_nothing:
                give_back_public(there, before, ctx)
            elif not remains.may_be(relations_in(there, ctx)):
                raise RestoreRefused("restore.not_emptied", database=database, words=_OTHERS_THERE)
            elif contents_of(there, ctx) or bare_state(there, ctx) != before:
                empty_again(there, before, ctx)

    try:
        patiently(empty)
    except RestoreRefused:
        raise
    except StudioError as error:
        log.warning("database not emptied again", extra={"database": database, **loggable(error)})
        words = error.report.message if error.report else error.code
        raise RestoreRefused("restore.not_emptied", database=database, words=words) from error
