"""What can be known before a restore touches anything: what the file holds, where it may go, what is missing there."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack, suppress
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
    RestoreInto,
    RestoreTarget,
)
from nexus_studio.core.admin.keptdatabases import is_name
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.errors import RestoreRefused
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.archivejudge import require_harmless
from nexus_studio.services.backups.archives import look, on_server
from nexus_studio.services.backups.emptydatabase import contents_of
from nexus_studio.services.backups.knowntext import stamp_of
from nexus_studio.services.otherconnections import connected, read_others
from nexus_studio.services.session import Session

MOST_NAMED: Final = 10
"""Of what stands in the way, how much is named."""

_SHARE_OF_LOCKS: Final = 0.6
"""Of all the locks that a server has, what one transaction may take: others want some too."""

# Of each table: itself, its TOAST table and the index of that. Of most other things one.
_LOCKS_OF: Final = {"TABLE": 3, "MATERIALIZED VIEW": 3}
_LOCKS_NONE: Final = frozenset({"TABLE DATA", "ACL", "COMMENT", "DEFAULT", "SEQUENCE SET", "SEQUENCE OWNED BY"})

_LOCKS: Final = text(
    """
    SELECT CAST(pg_catalog.current_setting('max_locks_per_transaction') AS int)
           * (CAST(pg_catalog.current_setting('max_connections') AS int)
              + CAST(pg_catalog.current_setting('max_prepared_transactions') AS int))
    """
)
_DATABASES: Final = text("SELECT datname FROM pg_catalog.pg_database")


@dataclass(frozen=True, slots=True)
class Plan:
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


def planned(
    session: Session, file: Path, target: RestoreTarget, looked: ArchivePreview | None, ctx: TaskContext
) -> Plan:
    """Find out all that can be known before anything is touched.

    Args:
        session: On the server.
        file: The backup.
        target: Where it is to go to, and what of it.
        looked: What was found in it before: see `restoring.restore`.
        ctx: Whose token cancels it.

    Raises:
        BackupDamaged, BackupFailed, RestoreRefused, ResetRefused: see `restoring.restore`.
    """
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
        raise RestoreRefused("restore.roles_missing", file=str(file), names=missing[:MOST_NAMED], count=len(missing))
    with session.read(ctx) as connection:
        capacity = int(connection.scalar(_LOCKS) or 0)
    jobs = target.jobs if preview.kind.takes_jobs else 1
    return Plan(file, preview, target, choice, jobs == 1 and _locks_of(preview, choice) < capacity * _SHARE_OF_LOCKS)


def session_on(session: Session, database: str, stack: ExitStack, ctx: TaskContext) -> Session:
    """Return a session on a database of the same server: the same one, or another until the stack is left."""
    if database == session.server.database:
        return session
    opened = Session.open(session.profile.with_database(database), session.secret, ctx)
    stack.callback(opened.close)
    return opened


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
            if held := contents_of(session_on(session, target.database, stack, ctx), ctx):
                names = held[:MOST_NAMED]
                raise RestoreRefused("restore.not_empty", database=target.database, names=names, count=len(held))


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
    if preview.is_brief and preview.record is not None and preview.record.objects is not None:
        return preview.record.objects
    chosen = None if choice is None else frozenset(choice.ids)
    return sum(
        _LOCKS_OF.get(each.kind, 1)
        for each in preview.items
        if each.kind not in _LOCKS_NONE and (chosen is None or each.dump_id in chosen)
    )
