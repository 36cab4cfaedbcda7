"""GrowthService: takes samples of a database's sizes, and says what grew and when a limit is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.growth import FORECAST_FROM, Forecast, Growth, Sample, Series, forecast, grown_most
from nexus_studio.core.admin.sizes import SizeReport
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health import sampling
from nexus_studio.services.health.growthstore import GrowthStore
from nexus_studio.services.health.sampling import Sampling
from nexus_studio.services.health.sizing import SizingService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

APART: Final = timedelta(minutes=50)
"""How far apart samples are, at least: several windows and the scheduler may ask, and one an hour is enough."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of taking a sample.

    `is_new` False: there was one just before. `torn` is where a damaged store was put, None where it was whole.
    """

    taken_at: datetime
    relations: int
    is_new: bool
    torn: Path | None = None


class GrowthService:
    """The growth of one database, as samples on this machine tell. Any thread.

    Methods raise UserError "growth.store" (facts file, words) or "growth.newer" (fact file) where the samples can't be
    read or written.
    """

    def __init__(self, session: Session, paths: Paths) -> None:
        self._sizing = SizingService(session)
        self._paths = paths
        self._profile = session.profile.name
        self.store = GrowthStore.of(paths.data, session.profile)

    def take(self, ctx: TaskContext, *, report: SizeReport | None = None, apart: timedelta = APART) -> Taken:
        """Take a sample now, unless one is nearer than `apart`, and thin out the old ones.

        Args:
            ctx: Cancels the measuring.
            report: The sizes, where somebody has just measured them.
            apart: See `APART`; 0 takes one anyway, but no two in one second.

        Raises:
            What `SizingService.sizes` raises.
        """
        moments = self.store.moments()
        if report is None and moments and abs(datetime.now(UTC) - moments[-1]) < apart:
            return Taken(moments[-1], 0, is_new=False, torn=self.store.torn)
        report = report or self._sizing.sizes(ctx)
        moment = report.measured_at or datetime.now(UTC)
        is_new = keep(self.store, report, moment, apart=apart)
        return Taken(moment, len(report.relations), is_new, self.store.torn)

    def scheduled(self) -> Sampling | None:
        """Return who takes samples of this connection while no window is open; None: nobody.

        Raises:
            BackupFailed: as `sampling.installed`.
        """
        return sampling.installed(self._paths, self._profile)

    def would_schedule(self, ctx: TaskContext) -> Sampling:
        """Return what the system's scheduler would be told by `schedule`.

        Raises:
            BackupFailed: as `sampling.shown`.
        """
        return sampling.shown(self._paths, self._profile, ctx)

    def schedule(self, ctx: TaskContext) -> Sampling:
        """Have the system's scheduler take a sample every hour.

        Raises:
            BackupFailed: as `sampling.install`.
        """
        return sampling.install(self._paths, self._profile, ctx)

    def unschedule(self, ctx: TaskContext) -> Sampling | None:
        """Have nobody do that any more.

        Raises:
            BackupFailed: as `sampling.remove`.
        """
        return sampling.remove(self._paths, self._profile, ctx)

    def series(self, relation: RelationName | None = None, since: datetime | None = None) -> Series:
        """Return the samples of a relation, or of the whole database, oldest first."""
        return self.store.series(relation, since)

    def knows(self, relation: RelationName, ctx: TaskContext) -> bool:
        """Tell whether a table has samples, or is there now.

        Raises:
            What `SizingService.sizes` raises.
        """
        if self.store.series(relation).samples:
            return True
        return any(each.name == relation for each in self._sizing.sizes(ctx).relations)

    def grown_most(self, since: datetime, until: datetime | None = None) -> tuple[Growth, ...]:
        """Return what each relation gained between the samples next to two moments, most first.

        The earlier one is the last up to `since`, or the first of all where there is none; the later one is the last up
        to `until`, else the newest.
        """
        later = self.store.at(until or datetime.now(UTC) + timedelta(days=1))
        earlier = self.store.at(since)
        return grown_most(earlier, later, since=_taken(earlier, since))

    def forecast(self, limit_bytes: int, relation: RelationName | None = None) -> Forecast:
        """Say when the database (or a relation) reaches a size if it goes on as in the last 90 days."""
        samples = self.store.series(relation, datetime.now(UTC) - FORECAST_FROM - timedelta(days=1)).samples
        return forecast(samples, limit_bytes)


def keep(store: GrowthStore, report: SizeReport, moment: datetime, *, apart: timedelta = timedelta(0)) -> bool:
    """Put the sizes of a report into a store, thin out what is old, and tell whether it was put there.

    A table that somebody had to himself keeps the size of the sample before: what its report says of it is old, too,
    and less whole, and would look like growth as soon as it can be measured again.
    """
    sizes = {each.name: (each.total_bytes, each.rows) for each in report.relations}
    locked = {each.name for each in report.relations if each.is_locked}
    if locked:
        before = store.at(moment, with_parts=True)
        sizes |= {each.relation: (each.total_bytes, each.rows) for each in before if each.relation in locked}
    parts = (each.name for each in report.relations if each.parent is not None)
    is_new = store.add(moment, report.database_bytes, sizes, parts=parts, apart=apart)
    if is_new:
        store.compact(moment)
    return is_new


def _taken(samples: Sequence[Sample], otherwise: datetime) -> datetime:
    return samples[0].taken_at if samples else otherwise
