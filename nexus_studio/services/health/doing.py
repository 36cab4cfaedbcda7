"""Running the SQL of an advice: each statement by itself, outside of a transaction, cancelled at once."""

from __future__ import annotations

import logging
from typing import Final

from nexus_studio.core.admin.advice import Action, Advice
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import MaintenanceRefused
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.cutting import Stop
from nexus_studio.services.dberrors import translated
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

PURPOSE: Final = "maintenance"
STEP: Final = "maintain.working"


def do_advice(session: Session, advice: Advice, ctx: TaskContext) -> Effects:
    """Run what an advice says is to be run (`Action.RUN`). Statements before one that fails stay done.

    The environment's lock time-out counts, its statement time-out does not: building an index takes its time.

    Raises:
        ForbiddenHere: the profile or its lock forbids it.
        MaintenanceRefused: "maintain.standby"; "maintain.nothing": it is not to be run from here.
        Cancelled: statements before that stay done.
    """
    if session.server.standby:
        raise MaintenanceRefused("maintain.standby")
    if advice.action is not Action.RUN or not advice.statements:
        raise MaintenanceRefused("maintain.nothing")
    with (
        session.begun(Capability.MAINTAIN),
        translated(ctx.token),
        session.alone(ctx, purpose=PURPOSE) as driver,
        ctx.token.calling(Stop(driver, may_cut=False)),
    ):
        if not session.profile.pooler:
            driver.execute("SELECT pg_catalog.set_config('statement_timeout', '0', false)")
        for number, statement in enumerate(advice.statements):
            ctx.report(Progress(STEP, number, len(advice.statements)))
            driver.execute(statement.encode())
            ctx.token.raise_if_cancelled()
    log.info("advice done", extra={"advice": advice.code, "statements": len(advice.statements)})
    changed = frozenset({advice.relation} if advice.relation is not None else ())
    return Effects(Kind.SIZES | Kind.CATALOG, changed)
