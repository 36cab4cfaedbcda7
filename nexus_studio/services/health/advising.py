"""AdviceService: what is to be done about a database, with the evidence and the SQL. Advising only reads."""

from __future__ import annotations

from datetime import datetime

from nexus_studio.core.admin.advice import Advice, AdviceReport
from nexus_studio.core.admin.advicerules import judged
from nexus_studio.core.admin.sizes import SizeReport
from nexus_studio.core.effects import Effects
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.advicereading import read_health
from nexus_studio.services.health.doing import do_advice
from nexus_studio.services.health.remedies import with_sql
from nexus_studio.services.health.sizing import SizingService
from nexus_studio.services.session import Session


class AdviceService:
    """Looks at a database through a session and says what is wrong with it. Any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sizing = SizingService(session)

    def advise(
        self, ctx: TaskContext, *, report: SizeReport | None = None, now: datetime | None = None
    ) -> AdviceReport:
        """Return all advice, the gravest first. A dozen queries, about as long as the size list.

        Args:
            ctx: Cancels it.
            report: The sizes, where somebody has just measured them.
            now: The moment that counts as now; the server's where it is not given.

        Raises:
            What `SizingService.sizes` raises.
        """
        report = report or self._sizing.sizes(ctx)
        with self._session.read(ctx, one_snapshot=True) as connection:
            health, unseen = read_health(connection, report, now)
        return AdviceReport(
            advice=tuple(with_sql(each) for each in judged(health)),
            made_at=health.now,
            counted_since=health.upkeep.counting_for,
            is_at_least=health.upkeep.counted_since is None,
            is_standby=health.upkeep.is_standby,
            may_not_see=unseen,
        )

    def do(self, advice: Advice, ctx: TaskContext) -> Effects:
        """Run the SQL of an advice, where that is to be run as it is: see `doing.do_advice`."""
        return do_advice(self._session, advice, ctx)
