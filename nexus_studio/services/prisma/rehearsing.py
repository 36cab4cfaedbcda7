"""Scripts run on a throwaway database, one statement after another, so that each can be looked after.

Told as the runs of Alembic's revisions are (`services/migrations/running.py`), so that the same watchers can hear it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from nexus_studio.core.admin.prisma import PrismaFolder, checksum, pending_folders
from nexus_studio.core.admin.prismascripts import Piece
from nexus_studio.core.errors import MigrationBlocked, StudioError
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.dberrors import translated
from nexus_studio.services.prisma.connection import make_schema, settle, target_schema
from nexus_studio.services.prisma.folders import read_folders, read_script
from nexus_studio.services.prisma.ledgertable import LedgerPen, is_there, make, rows_on
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.prisma.scripts import Script, ScriptFailure, failure_of, settled
from nexus_studio.services.prisma.stopping import stopped_by

Observer = Callable[[Mapping[str, Any]], None]

_CONTROL: Final = frozenset(["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE"])


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How it ended: what went through, and the one that did not, with what failed of it."""

    done: tuple[str, ...] = ()
    revision: str = ""
    failure: ScriptFailure | None = None
    sql: str = ""
    is_stopped: bool = False


def rehearse(
    project: PrismaProject,
    profile: ConnectionProfile,
    secret: str | None,
    observer: Observer,
    ctx: TaskContext,
    *,
    target: str = "heads",
    autocommit: bool = False,
    probe: str = "",
) -> Rehearsed:
    """Run what the throwaway database's own ledger lacks, up to a target, and record it there.

    Args:
        project: Whose migrations.
        profile: The throwaway database.
        secret: Its password.
        observer: Hears "step", "statement", "statement_done", "step_done", "failed".
        ctx: Cancelling stops.
        target: The last migration to run, or "heads".
        autocommit: Each statement commits by itself, whatever Prisma would do.
        probe: A query of one text, asked after each statement; "statement_done" has its answer.

    Raises:
        MigrationBlocked: "migration.no_script" (fact revision), "migration.target_unknown" (fact target).
        ConnectionFailed: the database can't be reached.
    """
    driver = connect(profile, secret, ctx.token)
    try:
        driver.autocommit = True
        with translated(ctx.token), stopped_by(ctx.token, driver) as stop, stop.at_work():
            settle(driver, profile, 0)
            make_schema(driver, target_schema(profile))
            if not is_there(driver, target_schema(profile)):
                make(driver)
            todo = _todo(read_folders(project), rows_on(driver), target)
            return _Rehearsal(driver, profile, project, observer, ctx, autocommit, probe).run(todo)
    finally:
        driver.close()


def _todo(folders: Sequence[PrismaFolder], rows: Any, target: str) -> Sequence[PrismaFolder]:
    names = [each.name for each in folders]
    if target in {"head", "heads"}:
        return pending_folders(folders, rows)
    if target not in names:
        raise MigrationBlocked("migration.target_unknown", target=target)
    return pending_folders(folders[: names.index(target) + 1], rows)


@dataclass(frozen=True, slots=True)
class _Rehearsal:
    driver: psycopg.Connection
    profile: ConnectionProfile
    project: PrismaProject
    observer: Observer
    ctx: TaskContext
    autocommit: bool
    probe: str

    def run(self, folders: Sequence[PrismaFolder]) -> Rehearsed:
        done: list[str] = []
        for number, folder in enumerate(folders, 1):
            raw = read_script(folder.path)
            if raw is None:
                raise MigrationBlocked("migration.no_script", revision=folder.name, path=str(folder.path))
            step = {"event": "step", "revision": folder.name, "direction": "up", "message": ""}
            self.observer({**step, "number": number, "total": len(folders)})
            begun = time.monotonic()
            failed = self._script(Script.of(raw, self.project.version), folder.name)
            if self.ctx.token.is_cancelled:
                return Rehearsed(tuple(done), folder.name, is_stopped=True)
            if failed is not None:
                return Rehearsed(tuple(done), folder.name, *failed)
            settle(self.driver, self.profile, 0)  # a script may have moved the search path
            pen = LedgerPen(self.driver)
            pen.succeed(pen.begin(folder.name, checksum(raw)))
            self.observer(
                {"event": "step_done", "revision": folder.name, "ms": _ms(begun), "durable": True},
            )
            done.append(folder.name)
        return Rehearsed(tuple(done))

    def _script(self, script: Script, name: str) -> tuple[ScriptFailure, str] | None:
        script = settled(self.driver, script)
        wraps = not self.autocommit and not script.is_split and _can_be_wrapped(script.pieces)
        if wraps:
            self.driver.execute("BEGIN")
        for number, piece in enumerate(script.pieces, 1):
            if (failure := self._statement(number, piece, in_transaction=wraps)) is not None:
                if wraps:
                    self.driver.execute("ROLLBACK")
                failed = {"event": "failed", "revision": name, "number": number, "sql": piece.sql}
                self.observer({**failed, "error": {"message": failure.report.message}})
                return failure, piece.sql
        if wraps:
            self.driver.execute("COMMIT")
        return None

    def _statement(self, number: int, piece: Piece, *, in_transaction: bool) -> ScriptFailure | None:
        told = {"number": number, "sql": piece.sql.strip(), "in_transaction": in_transaction, "has_parameters": False}
        self.observer({"event": "statement", **told})
        begun = time.monotonic()
        try:
            with translated():
                self.driver.execute(piece.sql.encode(), prepare=False)
        except StudioError as error:
            return failure_of(error, piece.sql, number)
        done: dict[str, Any] = {"event": "statement_done", "number": number, "ms": _ms(begun)}
        if self.probe and in_transaction:
            row = self.driver.execute(self.probe.encode(), prepare=False).fetchone()
            done["probe"] = row[0] if row is not None else ""
        self.observer(done)
        return None


def _can_be_wrapped(pieces: Sequence[Piece]) -> bool:
    """Tell whether a script can run between a BEGIN and a COMMIT of ours, as one query does by itself."""
    if any(each.words[0] in _CONTROL for each in pieces):
        return False
    return len(pieces) > 1 or not any(" CONCURRENTLY " in each.text or each.words[0] == "VACUUM" for each in pieces)


def _ms(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
