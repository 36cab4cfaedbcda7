"""A reset in a process that kills itself (SIGKILL) at a chosen place: run as a program, with its request as JSON.

`moment`: "begun" (the phase is noted, nothing of it done), "done" (it ended, and that is not noted), "middle" (in its
midst: see `_in_the_middle`).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import psycopg

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.resets import Others, ResetKind, ResetPhase, ResetScope
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import databases
from nexus_studio.services.backups import dumping, writing
from nexus_studio.services.dropstatements import drop_statements
from nexus_studio.services.migrations.project import project_for
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting import dropping, running
from nexus_studio.services.resetting.running import ResetRun
from nexus_studio.services.resetting.service import ResetService
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.session import Session


def service_on(session: Session, paths: Paths) -> ResetService:
    """Build the service as a workspace does."""
    return ResetService(
        session,
        paths,
        lambda one: MigrationService(one, partial(project_for, one.profile), paths),
        SeedService,
    )


def scope_of(kind: ResetKind) -> ResetScope:
    """Return a scope that goes through every phase of its kind."""
    return ResetScope(kind, seed="demo", others=Others.END)


def _die(*_anything: Any, **_more: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _kill_at(phase: ResetPhase, moment: str) -> None:
    if moment == "middle":
        _in_the_middle(phase)
        return
    works = running._PHASES[phase]

    def die_after(run: ResetRun) -> None:
        works(run)
        _die()

    changed: dict[ResetPhase, Callable[[ResetRun], None]] = {**running._PHASES}
    changed[phase] = _die if moment == "begun" else die_after
    running._PHASES = changed  # type: ignore[misc]


def _in_the_middle(phase: ResetPhase) -> None:
    """Have the process die while a phase is half done."""
    _MIDDLES[phase]()


def _in_backup() -> None:
    """pg_dump has written, nobody has looked at it."""

    def dumped(*arguments: Any, **more: Any) -> Any:
        dumping.run_dump(*arguments, **more)
        _die()

    writing.run_dump = dumped  # type: ignore[attr-defined]


def _in_drop() -> None:
    """Everything is dropped, nothing is committed."""
    dropping.drop_statements = lambda own: _DyingList(drop_statements(own))  # type: ignore[attr-defined]


def _in_migrate() -> None:
    """A statement of a revision has run, its transaction is open."""
    deploy = MigrationService.deploy

    def listening(self: MigrationService, ctx: TaskContext, **more: Any) -> Any:
        return deploy(self, ctx, listener=lambda event: _die() if event.kind == "statement_done" else None, **more)

    MigrationService.deploy = listening  # type: ignore[method-assign, assignment]


def _in_seed() -> None:
    """Rows are written, nothing is committed."""
    run = SeedService.run

    def reporting(self: SeedService, name: str, scale: int, _ctx: TaskContext) -> Any:
        dying = TaskContext(on_progress=lambda each: _die() if each.done > 0 else None)
        return run(self, name, scale, dying)

    SeedService.run = reporting  # type: ignore[method-assign, assignment]


def _in_swap() -> None:
    """Both are renamed, nothing is committed."""
    rename, names = databases._rename, []

    def renamed(driver: psycopg.Connection, name: str, to: str) -> None:
        rename(driver, name, to)
        names.append(name)
        if len(names) == 2:
            _die()

    databases._rename = renamed


_MIDDLES: dict[ResetPhase, Callable[[], None]] = {
    ResetPhase.BACKUP: _in_backup,
    ResetPhase.DROP: _in_drop,
    ResetPhase.MIGRATE: _in_migrate,
    ResetPhase.SEED: _in_seed,
    ResetPhase.SWAP: _in_swap,
}


class _DyingList(list[Any]):
    def __iter__(self) -> Any:
        yield from super().__iter__()
        _die()


def main(url: str, home: str, kind: str, phase: str, moment: str) -> None:
    """Reset until it dies."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    profile = ConnectionProfile(
        "test",
        host=str(parts.get("host") or ""),
        port=int(parts.get("port") or 5432),
        database=str(parts["dbname"]),
        user=str(parts.get("user") or ""),
        libpq=(("password", str(parts["password"])),) if parts.get("password") else (),
    )
    ctx = TaskContext()
    session = Session.open(profile, None, ctx)
    resets = service_on(session, Paths.below(Path(home)))
    scope = scope_of(ResetKind(kind))
    _kill_at(ResetPhase(phase), moment)
    resets.reset(scope, resets.loss(scope, ctx), ctx, ledger=LedgerPlace.DATABASE)
    sys.exit("it was not killed")


if __name__ == "__main__":
    main(*sys.argv[1:])
