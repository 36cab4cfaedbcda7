"""How much disk a job of maintenance needs, and about how long it takes. Pure."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from nexus_studio.core.admin.maintenance import Duration, Job, PastRun, Target
from nexus_studio.core.names import RelationName

_MARGIN: Final = 1.2  # bloat is an estimate: what is left of the table may be so much more
BIG_BYTES: Final = 1 << 20
"""Below, a run is all overhead: it says nothing of other tables, and takes hardly any time itself."""

_SMALL_S: Final = 0.005
_SMALL_MOST_S: Final = 0.05
_SAMPLE_BYTES: Final = 30_000 * 8192  # what ANALYZE reads at most, with the usual statistics target
_SAME_TABLE: Final = 5  # past runs of the same table that count
_OTHERS: Final = 50
_ALIKE: Final = 10  # times the size of another: a table that fits into memory says nothing of one that does not
_SURE: Final = 3  # runs from which on their spread says how far off the next one may be
_UNSURE: Final = 2.0


def copy_bytes(job: Job, target: Target, *, sort_bytes: int) -> int:
    """Return the disk that a job needs on one table beside what that takes now, at its height.

    The old table and the old indexes stay until the new ones are whole. Of rows that are bloat nothing is copied; a
    margin is kept, for that is an estimate.

    Args:
        job: VACUUM and ANALYZE need none.
        target: The table.
        sort_bytes: What fits into memory when an index is built (maintenance_work_mem).
    """
    largest = target.largest_index_bytes
    sorting = largest if largest > sort_bytes else 0
    if job is Job.REINDEX:
        own = target.index_bytes if target.index else target.size.indexes
        return own + (min(own, sorting) if target.index else sorting)
    if not job.rewrites:
        return 0
    rows = target.size.table
    if target.bloat_bytes is not None:
        rows = min(rows, round((rows - min(rows, target.bloat_bytes)) * _MARGIN))
    whole = rows + target.size.toast + target.size.indexes + sorting
    # CLUSTER may sort the rows, outside of memory
    return whole + rows if job is Job.CLUSTER and rows > sort_bytes else whole


def disk_bytes(job: Job, targets: Iterable[Target], *, sort_bytes: int, wal_bytes: int) -> int:
    """Return the disk that a job needs at its height: tables are done one after the other.

    Args:
        job: What is done.
        targets: On which tables; on one and the same disk.
        sort_bytes: As of `copy_bytes`.
        wal_bytes: How far the write-ahead log grows before it begins anew (max_wal_size); 0 where little is logged.
    """
    copied = max((copy_bytes(job, each, sort_bytes=sort_bytes) for each in targets), default=0)
    return copied + min(copied, wal_bytes)


def duration_of(job: Job, targets: Sequence[Target], past: Sequence[PastRun], database: str) -> Duration | None:
    """Say about how long a job takes, from how long it took before: on the same table, else on others there.

    Args:
        job: What is to be done.
        targets: On which tables.
        past: Runs on this server, oldest first.
        database: Whose tables they are.

    Returns:
        None where one big table is like nothing that was done before.
    """
    known = _Known(past, database)
    parts = [known.part(job_on(job, each), each) for each in targets]
    sure = [part for part in parts if part is not None]
    if not parts or len(sure) < len(parts):
        return None
    return Duration(*(sum(column) for column in zip(*sure, strict=True)))


def job_on(job: Job, target: Target) -> Job:
    """Return what is done on one table: of a partitioned one the statistics are made anew, no more."""
    return Job.ANALYZE if target.is_root else job


class _Known:
    """The past runs, by job and by table: there may be thousands of both."""

    def __init__(self, past: Sequence[PastRun], database: str) -> None:
        self._same: dict[tuple[Job, RelationName], list[PastRun]] = defaultdict(list)
        self._others: dict[Job, list[PastRun]] = defaultdict(list)
        for each in past:
            if each.database == database:
                self._same[each.job, each.relation].append(each)
            if each.bytes >= BIG_BYTES:
                self._others[each.job].append(each)

    def part(self, job: Job, target: Target) -> tuple[float, float, float] | None:
        """Return seconds of one table: likely, least, most."""
        size = worked_bytes(job, target)
        same = self._same.get((job, target.relation), [])[-_SAME_TABLE:]
        others = [each for each in self._others.get(job, [])[-_OTHERS:] if size <= each.bytes * _ALIKE]
        rates = list(_rates(job, same or others))
        if same or (rates and size >= BIG_BYTES):
            spread = 1.0 if len(rates) >= _SURE else _UNSURE
            most = max(size * max(rates) * spread, _SMALL_MOST_S)
            return size * statistics.median(rates), size * min(rates) / spread, most
        if target.average_s is not None:
            return target.average_s, target.average_s / _UNSURE, target.average_s * _UNSURE
        return (_SMALL_S, 0.0, _SMALL_MOST_S) if size < BIG_BYTES else None


def _rates(job: Job, runs: Iterable[PastRun]) -> Iterator[float]:
    """Yield seconds per byte."""
    for each in runs:
        size = min(each.bytes, _SAMPLE_BYTES) if job is Job.ANALYZE else each.bytes
        yield each.seconds / max(size, 8192)


def worked_bytes(job: Job, target: Target) -> int:
    """Return the bytes that a job's time goes by: all of the table; ANALYZE reads a sample of a big one."""
    if job is Job.REINDEX and target.index:
        return target.size.table + target.index_bytes
    return min(target.size.total, _SAMPLE_BYTES) if job is Job.ANALYZE else target.size.total
