"""Prisma's folder and ledger as the values that the migrations panel shows: states, standing, rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nexus_studio.core.admin.ledgerentries import Deed, LedgerEntry, LedgerPlace, LockHolder
from nexus_studio.core.admin.migrations import (
    UNRESOLVED,
    MigrationStanding,
    MigrationStatus,
    RevisionReport,
    RevisionState,
)
from nexus_studio.core.admin.prisma import PROVIDER, PrismaFolder, PrismaRow, PrismaVersion, RowState
from nexus_studio.core.admin.prismalogs import report_in
from nexus_studio.core.admin.prismanames import moment_of, title_of
from nexus_studio.core.admin.prismaverdict import verdict_of
from nexus_studio.core.admin.revisions import RevisionFile, RevisionGraph, RevisionProblem, build_graph

_TO_RUN = frozenset({RevisionState.PENDING, RevisionState.ROLLED_BACK})


@dataclass(frozen=True, slots=True)
class PrismaFacts:
    """What is seen in a database. `rows` by `started_at`, None: there is no ledger.

    `has_tables`: there are tables that make Prisma refuse a database without a ledger. `holder` holds Prisma's lock.
    """

    rows: tuple[PrismaRow, ...] | None = None
    has_tables: bool = False
    holder: LockHolder | None = None


def graph_of(folders: Sequence[PrismaFolder], provider: str = PROVIDER, lock_file: Path | None = None) -> RevisionGraph:
    """Return folders as a graph: each builds on the one before it.

    Problems: "no_script" (a folder without a migration.sql that can be read), "provider" (migration_lock.toml names
    another one, `other`).
    """
    files = []
    for place, each in enumerate(folders):
        down = (folders[place - 1].name,) if place else ()
        title, moment = title_of(each.name), moment_of(each.name)
        files.append(RevisionFile(each.name, down, title, each.path, each.checksum, created_at=moment))
    problems = [
        RevisionProblem("no_script", path=each.path, revision=each.name) for each in folders if not each.has_script
    ]
    if provider != PROVIDER:
        problems.insert(0, RevisionProblem("provider", path=lock_file, other=provider))
    return build_graph(files, problems)


def prisma_status(
    project: str,
    folders: Sequence[PrismaFolder],
    facts: PrismaFacts,
    version: PrismaVersion,
    *,
    graph: RevisionGraph | None = None,
    provider: str = PROVIDER,
) -> MigrationStatus:
    """Compare folder and ledger. `verdict` of the status is what Prisma would say of the same.

    Args:
        project: Its name.
        folders: In their order.
        facts: What is seen in the database.
        version: Whose ways count.
        graph: Of the folders, where it is at hand.
        provider: What migration_lock.toml says.
    """
    graph = graph if graph is not None else graph_of(folders, provider)
    rows = facts.rows or ()
    reports = _reports(graph, folders, rows, facts.holder)
    applied = [name for name in graph.revisions if _is_there(name, rows)]
    return MigrationStatus(
        standing=_standing(reports, facts),
        project=project,
        graph=graph,
        revisions=_with_current(reports, applied[-1:]),
        current=tuple(applied[-1:]),
        heads=graph.heads(),
        has_version_table=facts.rows is not None,
        ledger=LedgerPlace.DATABASE,
        holder=facts.holder,
        verdict=verdict_of(folders, facts.rows, version, provider=provider),
    )


def entry_of(row: PrismaRow, rows: Sequence[PrismaRow] = ()) -> LedgerEntry:
    """Return a row as the ledger's rows are shown. `rows` are all of the ledger."""
    deed = Deed.RUN
    if row.state is RowState.MARKED:
        was_run = any(each.migration_name == row.migration_name and each.id != row.id for each in rows)
        deed = Deed.MARKED_APPLIED if was_run else Deed.BASELINE
    took = row.finished_at - row.started_at if row.finished_at is not None else None
    return LedgerEntry(
        id=row.id,
        migration_name=row.migration_name,
        checksum=row.checksum,
        started_at=row.started_at,
        finished_at=row.finished_at,
        rolled_back_at=row.rolled_back_at,
        logs=row.logs,
        applied_steps_count=row.applied_steps_count,
        deed=deed,
        duration_ms=round(took.total_seconds() * 1000) if took is not None else None,
        error=report_in(row.logs) if row.finished_at is None else None,
    )


def _reports(
    graph: RevisionGraph, folders: Sequence[PrismaFolder], rows: Sequence[PrismaRow], holder: LockHolder | None
) -> tuple[RevisionReport, ...]:
    by_name: dict[str, list[PrismaRow]] = {}
    for row in rows:
        by_name.setdefault(row.migration_name, []).append(row)
    running = _running(rows, holder)
    known = {each.name: each for each in folders}
    # what was only rolled back and has no folder any more is history alone
    strangers = [
        name
        for name, found in by_name.items()
        if name not in known and any(row.rolled_back_at is None for row in found)
    ]
    heads = frozenset(graph.heads())
    return tuple(
        RevisionReport(
            revision=name,
            state=_state(known.get(name), by_name.get(name, ()), running),
            file=graph.revisions.get(name),
            entries=_entries(by_name.get(name, ()), rows, running, holder),
            is_head=name in heads,
        )
        for name in [*strangers, *known]
    )


def _running(rows: Sequence[PrismaRow], holder: LockHolder | None) -> str:
    """Return the id of the row that whoever holds the lock may be at: the newest one without an end."""
    if holder is None:
        return ""
    return next((row.id for row in reversed(rows) if row.is_failed and not row.logs), "")


def _entries(
    own: Sequence[PrismaRow], rows: Sequence[PrismaRow], running: str, holder: LockHolder | None
) -> tuple[LedgerEntry, ...]:
    found = [entry_of(row, rows) for row in own]
    pid = holder.pid if holder is not None else None
    return tuple(replace(each, is_alive=True, backend_pid=pid) if each.id == running else each for each in found)


def _state(folder: PrismaFolder | None, rows: Sequence[PrismaRow], running: str) -> RevisionState:
    failed = [row for row in rows if row.is_failed]
    if any(row.id == running for row in failed):
        return RevisionState.RUNNING
    if failed:
        return RevisionState.FAILED if failed[-1].logs else RevisionState.INTERRUPTED
    there = [row for row in rows if row.rolled_back_at is None]
    if not there:
        return RevisionState.ROLLED_BACK if rows else RevisionState.PENDING
    if folder is None:
        return RevisionState.NOT_IN_FOLDER
    if folder.has_script and there[-1].checksum not in folder.fits:
        return RevisionState.EDITED
    is_marked = there[-1].state is RowState.MARKED and len(rows) == 1
    return RevisionState.BASELINE if is_marked else RevisionState.APPLIED


def _is_there(name: str, rows: Sequence[PrismaRow]) -> bool:
    return any(
        row.migration_name == name and row.rolled_back_at is None and row.finished_at is not None for row in rows
    )


def _with_current(reports: Sequence[RevisionReport], current: Sequence[str]) -> tuple[RevisionReport, ...]:
    return tuple(replace(each, is_current=True) if each.revision in current else each for each in reports)


def _standing(reports: Sequence[RevisionReport], facts: PrismaFacts) -> MigrationStanding:
    states = {each.state for each in reports}
    rows = facts.rows or ()
    found: Mapping[MigrationStanding, bool] = {
        MigrationStanding.RUNNING: facts.holder is not None,
        MigrationStanding.FAILED: bool(states & UNRESOLVED),
        MigrationStanding.AHEAD: RevisionState.NOT_IN_FOLDER in states,
        MigrationStanding.NOT_MANAGED: facts.rows is None and facts.has_tables,
        MigrationStanding.NONE: not any(row.finished_at is not None and row.rolled_back_at is None for row in rows),
        MigrationStanding.BEHIND: bool(states & _TO_RUN),
    }
    return next((standing for standing, holds in found.items() if holds), MigrationStanding.UP_TO_DATE)
