"""Resolve: a person decides that a migration is there, or that nothing of it is; nothing of it is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from nexus_studio.core.admin.prisma import SCRIPT, PrismaRow, checksum
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.prisma import refusals
from nexus_studio.services.prisma.connection import make_schema, own_connection, take_lock, target_schema
from nexus_studio.services.prisma.folders import read_folders, read_script
from nexus_studio.services.prisma.ledgertable import LedgerPen, is_there, make, rows_on
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.session import Session

EFFECTS = Effects(Kind.LEDGER)


def mark_applied(session: Session, project: PrismaProject, name: str, ctx: TaskContext) -> Effects:
    """Record that a migration is there. Its failed rows are rolled back, and a new one says so.

    The ledger is made where there is none, whatever else is in the database.

    Raises:
        MigrationBlocked: "migration.provider" (P3019), "migration.locked" (P1002), "migration.unknown" (P3017),
            "migration.already_applied" (P3008), "migration.pooled".
    """
    with session.begun(Capability.MIGRATE):
        refusals.refuse_provider(project)
        with locked(session, ctx) as driver, translated():
            raw = _script_of(project, name)
            if not is_there(driver, target_schema(session.profile)):
                make(driver)
            _mark(driver, rows_on(driver), name, raw)
    return EFFECTS


def mark_rolled_back(session: Session, name: str, ctx: TaskContext) -> Effects:
    """Record that nothing of a failed migration is there. Its folder need not be there any more.

    Raises:
        MigrationBlocked: "migration.locked" (P1002), "migration.no_ledger", "migration.unknown" (P3011),
            "migration.not_failed" (P3012), "migration.pooled".
    """
    with session.begun(Capability.MIGRATE), locked(session, ctx) as driver, translated():
        if not is_there(driver, target_schema(session.profile)):
            raise refusals.no_ledger()
        own = [row for row in rows_on(driver) if row.migration_name == name]
        if not own:
            raise refusals.never_applied(name)
        if all(row.finished_at is not None for row in own):
            raise refusals.not_failed(name)
        LedgerPen(driver).roll_back(row for row in own if row.is_failed)
    return EFFECTS


def baseline(session: Session, project: PrismaProject, last: str, ctx: TaskContext) -> tuple[str, ...]:
    """Record that migrations are there, up to `last` (or "heads": all), each as `resolve --applied` does.

    Those that are recorded as applied already are left alone. Returns those that were marked.

    Raises:
        MigrationBlocked: as `mark_applied`; "migration.unresolved" (P3009) where a failed one waits for a decision.
    """
    with session.begun(Capability.MIGRATE):
        refusals.refuse_provider(project)
        folders = read_folders(project)
        names = [each.name for each in folders]
        if last not in {"head", "heads"} and last not in names:
            raise refusals.unknown_folder(last)
        wanted = names if last in {"head", "heads"} else names[: names.index(last) + 1]
        with locked(session, ctx) as driver, translated():
            scripts = {name: _script_of(project, name) for name in wanted}
            if not is_there(driver, target_schema(session.profile)):
                make(driver)
            rows = rows_on(driver)
            if failed := [row for row in rows if row.is_failed]:
                raise refusals.unresolved(failed)
            finished = {row.migration_name for row in rows if row.finished_at is not None}
            todo = [name for name in wanted if name not in finished]
            for name in todo:
                _mark(driver, rows, name, scripts[name])
    return tuple(todo)


@contextmanager
def locked(session: Session, ctx: TaskContext) -> Iterator[psycopg.Connection]:
    """Yield a connection that holds Prisma's lock."""
    with own_connection(session, ctx) as driver:
        make_schema(driver, target_schema(session.profile))
        take_lock(driver, ctx)
        yield driver


def _script_of(project: PrismaProject, name: str) -> bytes:
    # Prisma looks among the folders that it lists: a link to one is none of them
    is_folder = name in {each.name for each in read_folders(project)}
    raw = read_script(project.migrations / name / SCRIPT) if is_folder else None
    if raw is None:
        raise refusals.unknown_folder(name)
    return raw


def _mark(driver: psycopg.Connection, rows: tuple[PrismaRow, ...], name: str, raw: bytes) -> None:
    own = [row for row in rows if row.migration_name == name]
    if any(row.finished_at is not None for row in own):
        raise refusals.already_applied(name)
    pen = LedgerPen(driver)
    pen.roll_back(row for row in own if row.is_failed)
    pen.mark_applied(name, checksum(raw))
