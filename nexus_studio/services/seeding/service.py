"""SeedService: what can be put into a database, what it would add, and putting it there, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from models.seeds import SEEDS
from nexus_studio.core.admin.seeds import (
    CATALOG,
    SeedKind,
    SeedListing,
    SeedReport,
    SeedSpec,
    TableCount,
    counted,
    effects_of,
)
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import SeedRefused
from nexus_studio.core.profiles import Capability
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.paths import Paths
from nexus_studio.services.seeding.blaming import SeedLog, blamed, hearing_notices
from nexus_studio.services.seeding.children import run_child
from nexus_studio.services.seeding.counting import counts_of, sequences_of
from nexus_studio.services.seeding.folders import TableFile, read_folder, run_folder
from nexus_studio.services.seeding.listing import list_seeds
from nexus_studio.services.seeding.places import SeedPlace, place_of
from nexus_studio.services.seeding.recording import keep_changes
from nexus_studio.services.seeding.scripts import run_script
from nexus_studio.services.session import Session

DEFAULT_SEED = "demo"
PROGRESS_STEP = "seed.rows"  # one code for all tables: the numbers tell more than a name that flits by

_CHECKED: Final = text("SET CONSTRAINTS ALL IMMEDIATE")


def _unheard(_line: str) -> None:
    """Take a line of a log that nobody reads."""


class SeedService:
    """Lists and runs the seeds of a connection's project and those that travel with the models. Any thread.

    `place` finds them each time; by default that is where the connection's own project says.
    """

    def __init__(self, session: Session, place: Callable[[], SeedPlace] | None = None) -> None:
        self._session = session
        self._place = place or partial(place_of, session.profile, Paths.default())

    # what there is

    def listing(self) -> SeedListing:
        """List the seeds and what can't be offered, by reading files alone.

        Raises:
            SeedRefused: "seed.project_missing", "seed.config": the project's folder, or what it says, can't be used.
        """
        return list_seeds(self._place())

    def available(self) -> tuple[SeedSpec, ...]:
        """List the seeds on offer, the models' own first."""
        return self.listing().seeds

    # what is done

    def preview(self, name: str, scale: int, ctx: TaskContext, log: SeedLog = _unheard) -> SeedReport:
        """Run a seed, count what it wrote, and take all of it back. Sequences stay where it left them.

        Raises:
            SeedRefused: as `perform`; "seed.no_dry_run" (file, line): it writes on a connection of its own.
            ForbiddenHere: as `perform`: what is tried takes locks and numbers like the real thing.
        """
        before = sequences_of(self._session, ctx) if self._session.profile.allows(Capability.SEED) else {}
        report = self._carry_out(name, scale, log, ctx, dry_run=True)
        after = sequences_of(self._session, ctx)
        moved = tuple(sorted(each for each, value in after.items() if each in before and before[each] != value))
        return replace(report, tables=_of_tables(report.tables), sequences=moved)

    def perform(self, name: str, scale: int, ctx: TaskContext, log: SeedLog = _unheard) -> tuple[SeedReport, Effects]:
        """Run a seed in one transaction.

        Args:
            name: One of `available`.
            scale: How many times the history is laid down; 1 or more, and 1 for seeds that know no scale.
            ctx: Told how far it is, in rows, statements or bytes; a cancel leaves nothing behind.
            log: Told what happens, line by line, on this thread; lines may quote rows.

        Raises:
            SeedRefused: "seed.unknown", "seed.scale", "seed.no_scale", "seed.environment" and what is wrong with its
                files before anything is touched; "seed.failed" when nothing of it was kept.
            ForbiddenHere: when the profile is read-only or its environment allows no seeds at all.
        """
        report = self._carry_out(name, scale, log, ctx, dry_run=False)
        return replace(report, tables=_of_tables(report.tables)), effects_of(report.tables)

    def run(self, name: str, scale: int, ctx: TaskContext) -> tuple[Effects, Mapping[str, int]]:
        """Run a seed as `perform` does, for whoever wants only what changed and the rows added, by table."""
        report, effects = self.perform(name, scale, ctx)
        return effects, report.added

    def keep(self, name: str, description: str, relation: Relation, changes: Sequence[RowChange]) -> Path:
        """Write staged changes as a script that brings them about in any database, once or many times.

        Raises:
            SeedRefused: "seed.name", "seed.exists" (file), "seed.keyless" (relation), "seed.unwritable" (file).
        """
        return keep_changes(self._place(), name, description, relation, changes)

    # inside

    def _carry_out(self, name: str, scale: int, log: SeedLog, ctx: TaskContext, *, dry_run: bool) -> SeedReport:
        place = self._place()
        seed = self._wanted(list_seeds(place), name, scale)
        self._session.require(Capability.SEED)
        if dry_run and not seed.takes_connection:
            raise SeedRefused("seed.no_dry_run", seed=seed.name, file=str(seed.path), line=seed.line)
        began = time.monotonic()
        if seed.kind is SeedKind.PYTHON and seed.path is not None:
            counts = run_child(self._session, place, seed, scale, dry_run=dry_run, log=log, ctx=ctx)
        else:
            counts = self._run_here(seed, scale, log, ctx, dry_run=dry_run)
        return SeedReport(seed.name, scale, dry_run, counts, (), (time.monotonic() - began) * 1000)

    def _wanted(self, listing: SeedListing, name: str, scale: int) -> SeedSpec:
        environment = self._session.profile.environment
        seed = listing.named(name)
        if seed is None:
            raise SeedRefused("seed.unknown", seed=name)
        if scale < 1:
            raise SeedRefused("seed.scale", seed=name, scale=scale)
        if scale > 1 and not seed.takes_scale:
            raise SeedRefused("seed.no_scale", seed=name, scale=scale)
        if environment not in seed.environments:
            raise SeedRefused("seed.environment", seed=name, environment=environment.value)
        return seed

    def _run_here(
        self, seed: SeedSpec, scale: int, log: SeedLog, ctx: TaskContext, *, dry_run: bool
    ) -> tuple[TableCount, ...]:
        """Run a seed on a connection of the session."""
        files = read_folder(self._session, seed, ctx) if seed.kind is SeedKind.CSV else ()
        with self._session.write(ctx, needs=Capability.SEED) as connection:
            before = counts_of(connection)
            with _used_up(connection) if seed.kind is SeedKind.SQL else nullcontext():
                with hearing_notices(connection, log):
                    self._put_in(connection, seed, scale, files, log, ctx, keeps=not dry_run)
                    with blamed(seed, ctx):
                        connection.execute(_CHECKED)
                counts = counted(before, counts_of(connection))
                ctx.token.raise_if_cancelled()
                if dry_run:
                    connection.rollback()
                else:
                    connection.commit()
        if seed.kind is SeedKind.SQL:
            return counts
        return _of_tables(counts)  # what else came to the catalog were temporary tables

    def _put_in(
        self,
        connection: Connection,
        seed: SeedSpec,
        scale: int,
        files: Sequence[TableFile],
        log: SeedLog,
        ctx: TaskContext,
        *,
        keeps: bool,
    ) -> None:
        if seed.kind is SeedKind.SQL:
            run_script(connection, seed, log, ctx)
        elif seed.kind is SeedKind.CSV:
            run_folder(connection, seed, files, keeps=keeps, log=log, ctx=ctx)
        else:
            _run_registered(connection, seed, scale, log, ctx)


@contextmanager
def _used_up(connection: Connection) -> Iterator[None]:
    """Close the server's connection at the end: what a script set in it would stay for whoever comes next."""
    try:
        yield
    finally:
        if not connection.closed:
            connection.invalidate()


def _of_tables(counts: tuple[TableCount, ...]) -> tuple[TableCount, ...]:
    return tuple(each for each in counts if each.relation != CATALOG)


def _run_registered(connection: Connection, seed: SeedSpec, scale: int, log: SeedLog, ctx: TaskContext) -> None:
    """Run a seed of the models; a line of the log begins with each of its steps."""
    current = ""

    def report(step: str, done: int, total: int) -> None:
        nonlocal current
        if step != current:
            current = step
            log(f"{step.rpartition('.')[2]} · {done} of {total} rows")
        ctx.report(Progress(PROGRESS_STEP, done, total, "rows"))

    with blamed(seed, ctx):
        SEEDS[seed.name].run(connection, scale, report)
