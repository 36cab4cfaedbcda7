"""What a job of maintenance will be like: its tables, whom it holds up and waits for, how long, how much disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, Row

from nexus_studio.core.admin.maintenance import (
    CONFLICTS,
    Bytes,
    Disk,
    Forewarning,
    Holder,
    Job,
    LeftOut,
    ServerFacts,
    Target,
)
from nexus_studio.core.admin.maintenancerules import disk_bytes, duration_of
from nexus_studio.core.admin.sizes import RelationSize, SizeReport
from nexus_studio.core.errors import Fact, MaintenanceRefused, UnknownRelation
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.freedisk import disk_at
from nexus_studio.services.health.maintaining_sql import BUSY, FACTS, MAINTAIN_VERSION, NO_JIT, targets_query
from nexus_studio.services.health.pastruns import PastRuns
from nexus_studio.services.health.sizing import SizingService
from nexus_studio.services.session import Session

Relations = Sequence[RelationName] | None
"""The tables that a job is done on; None: all that the role may look after. Partitioned ones stand for their parts."""

_EVERY_LOCK: Final = CONFLICTS["AccessExclusiveLock"]
_ROOT: Final = "p"
_NOT_FOR_ROOTS: Final = frozenset({Job.VACUUM, Job.VACUUM_FULL, Job.REINDEX, Job.CLUSTER})


def forewarn(
    session: Session,
    past: PastRuns,
    job: Job,
    relations: Relations,
    ctx: TaskContext,
    *,
    index: str = "",
    report: SizeReport | None = None,
    skips_gone: bool = False,
) -> Forewarning:
    """Say what a job will be like. It only reads.

    Args:
        session: The database.
        past: How long it took before.
        job: What is to be done.
        relations: On which tables.
        ctx: Cancels it.
        index: CLUSTER: by which (else the one of last time); REINDEX: only that one. Of one table.
        report: The sizes, where somebody has just measured them.
        skips_gone: Tables that are not there any more are left out, as long as one of them is.

    Raises:
        UnknownRelation: a table is not there; fact relation.
        What `SizingService.sizes` raises.
    """
    if session.server.standby:
        return Forewarning(job, refusal="maintain.standby")
    report = report or SizingService(session).sizes(ctx)
    with session.read(ctx) as connection:
        connection.execute(NO_JIT)
        facts = ServerFacts(**connection.execute(FACTS).mappings().one())
        rows = _chosen(connection, session, job, relations, index)
        gone = _gone(rows, relations or ())
        if gone and not (skips_gone and rows):
            raise UnknownRelation(relation=str(gone[0]))
        targets, left_out = _sorted_out(job, rows, report, index)
        left_out += tuple(LeftOut(each, "gone") for each in gone)
        busy = read_busy(connection, targets, _EVERY_LOCK if job is Job.REINDEX else CONFLICTS[job.lock])
    disk = _disk(session, facts, job, targets)
    refusal = "maintain.disk" if disk.is_too_small else "" if targets else "maintain.nothing"
    return Forewarning(
        job,
        targets,
        left_out,
        duration_of(job, targets, past.read(), session.server.database),
        disk,
        busy,
        tuple(_notes(session, job)),
        refusal,
    )


def refused(warning: Forewarning) -> MaintenanceRefused:
    """Make the error of a forewarning that refuses."""
    facts: dict[str, Fact] = {"job": warning.job.value}
    if warning.refusal == "maintain.disk":
        facts |= {"needed": warning.disk.needed_bytes, "free": warning.disk.free_bytes}
    if warning.left_out:
        facts |= {"names": tuple(str(each.relation) for each in warning.left_out[:10])}
        facts |= {"reason": warning.left_out[0].reason}
    return MaintenanceRefused(warning.refusal, report=None, **facts)


def read_busy(connection: Connection, targets: Sequence[Target], modes: Sequence[str]) -> tuple[Holder, ...]:
    """Return who has a lock of those modes on one of the tables just now."""
    asked = {"oids": [each.oid for each in targets], "modes": list(modes)}
    return tuple(
        Holder(row.pid, row.user, row.application, row.name, row.since, RelationName(row.nspname, row.relname))
        for row in connection.execute(BUSY, asked)
    )


def _chosen(connection: Connection, session: Session, job: Job, relations: Relations, index: str) -> Sequence[Row[Any]]:
    asked = {
        "is_all": relations is None,
        "schemas": [each.schema for each in relations or ()],
        "names": [each.name for each in relations or ()],
        "index": index,
        "by_database": not (job.takes_index),
        "has_maintain": session.server.version_num >= MAINTAIN_VERSION,
    }
    return connection.execute(targets_query(session.server.version_num), asked).all()


def _gone(rows: Sequence[Row[Any]], relations: Iterable[RelationName]) -> list[RelationName]:
    known = {RelationName(row.nspname, row.relname) for row in rows}
    return [each for each in relations if each not in known]


def _sorted_out(
    job: Job, rows: Sequence[Row[Any]], report: SizeReport, index: str
) -> tuple[tuple[Target, ...], tuple[LeftOut, ...]]:
    """Return the tables that the job is done on, the biggest last, and those that it is not done on."""
    sizes = {each.name: each for each in report.relations}
    roots = {RelationName(row.nspname, row.relname) for row in rows if row.relkind == _ROOT}
    targets, left_out = [], []
    for row in rows:
        name = RelationName(row.nspname, row.relname)
        size = sizes.get(name)
        is_below = _is_below(size, roots, sizes)
        if row.relkind == _ROOT and (job in _NOT_FOR_ROOTS or is_below):
            continue
        if job is Job.ANALYZE and is_below:
            continue
        target = _target(job, row, size, index or (row.clustered_by if job is Job.CLUSTER else ""))
        reason = _reason(job, row, index)
        if reason:
            left_out.append(LeftOut(name, reason, target.cluster_choices))
        else:
            targets.append(replace(target, is_below_root=job is Job.VACUUM_ANALYZE and is_below))
    targets.sort(key=lambda each: (each.is_root, each.size.total, each.relation))
    return tuple(targets), tuple(left_out)


def _is_below(size: RelationSize | None, roots: set[RelationName], sizes: dict[RelationName, RelationSize]) -> bool:
    """Tell whether a table is a partition of one that is chosen too."""
    return size is not None and size.parent is not None and size.parent in roots and size.parent in sizes


def _reason(job: Job, row: Row[Any], index: str) -> str:
    """Return why a job is not done on a table, "" where it is."""
    if not row.may:
        return "permission"
    if job is Job.CLUSTER and not index and not row.clustered_by:
        return "no_index"
    if index and job.takes_index and not row.told_index:
        return "unfit_index"
    if index and job is Job.CLUSTER and row.told_index not in row.choices:
        return "unfit_index"
    return ""


def _average(job: Job, row: Row[Any]) -> float | None:
    """Return what the server says it took it, in seconds; it counts VACUUM and ANALYZE only."""
    if job is Job.ANALYZE or row.relkind == _ROOT:
        return row.analyze_s  # type: ignore[no-any-return]
    if job is Job.VACUUM_ANALYZE and row.vacuum_s is not None:
        return row.vacuum_s + (row.analyze_s or 0.0)  # type: ignore[no-any-return]
    return row.vacuum_s if job is Job.VACUUM else None


def _target(job: Job, row: Row[Any], size: RelationSize | None, index: str) -> Target:
    indexes = {each.name: each.bytes for each in size.indexes} if size else {}
    name = row.told_index or index
    return Target(
        RelationName(row.nspname, row.relname),
        row.oid,
        Bytes(size.table_bytes, size.index_bytes, size.toast_bytes) if size else Bytes(),
        bloat_bytes=size.bloat_bytes if size else None,
        largest_index_bytes=max(indexes.values(), default=0),
        index=name,
        index_bytes=indexes.get(name, 0),
        cluster_choices=tuple(row.choices),
        tablespace=row.tablespace,
        average_s=_average(job, row),
        is_root=row.relkind == _ROOT,
    )


def _disk(session: Session, facts: ServerFacts, job: Job, targets: Sequence[Target]) -> Disk:
    """Return the place where it is tightest: known and too small before all, else where most is needed."""
    places: dict[str, list[Target]] = defaultdict(list)
    for each in targets:
        places[each.tablespace].append(each)
    found = []
    for place, those in places.items():
        needed = disk_bytes(job, those, sort_bytes=facts.sort_bytes, wal_bytes=facts.wal_bytes)
        found.append(disk_at(session.profile, facts, place, needed))
    return max(found, key=lambda each: (each.is_too_small, each.needed_bytes), default=Disk())


def _notes(session: Session, job: Job) -> Iterator[str]:
    if job.rewrites:
        yield "off_peak"
    if job.waits_for_transactions:
        yield "waits_for_transactions"
    if session.profile.pooler:
        yield "pooler"
