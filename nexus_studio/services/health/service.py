"""HealthService: everything about the health of one database, made together. Each part is a service of its own."""

from __future__ import annotations

from nexus_studio.services.health.activity import ActivityService
from nexus_studio.services.health.advising import AdviceService
from nexus_studio.services.health.growing import GrowthService
from nexus_studio.services.health.maintaining import MaintenanceService
from nexus_studio.services.health.planning import PlanService
from nexus_studio.services.health.sizing import SizingService
from nexus_studio.services.health.slowqueries import SlowQueryService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session


class HealthService:
    """The parts by their names. Any thread.

    `sizing` says how big everything is, `growth` how it came to that, `advice` what is to be done about it.
    `maintenance` does it. `activity` says who is connected and does what,
    `slow_queries` which queries take the server's time, `plans` how it runs a statement.
    """

    def __init__(self, session: Session, paths: Paths) -> None:
        self.sizing = SizingService(session)
        self.growth = GrowthService(session, paths)
        self.advice = AdviceService(session)
        self.maintenance = MaintenanceService(session, paths)
        self.activity = ActivityService(session)
        self.slow_queries = SlowQueryService(session)
        self.plans = PlanService(session)
