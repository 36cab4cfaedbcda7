"""What the page of sizes shows, measured in a worker; kept as a sample, where it is time for one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from nexus_studio.core.admin.sizes import SizeReport
from nexus_studio.core.admin.sizetree import SizeNode, size_tree
from nexus_studio.core.errors import StudioError
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import TaskContext

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

log = logging.getLogger(__name__)

_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the page shows."""

    report: SizeReport
    tree: SizeNode
    grown_bytes: int | None


def measure(workspace: Workspace, ctx: TaskContext) -> Measured:
    """Measure, and keep that as a sample.

    Raises:
        What `SizingService.sizes` raises.
    """
    report = workspace.health.sizing.sizes(ctx)
    _keep(workspace, report, ctx)
    return Measured(report, size_tree(report), _grown(workspace, report))


def _keep(workspace: Workspace, report: SizeReport, ctx: TaskContext) -> None:
    """Keep what was just measured as a sample, if it is time for one. The page of growth says what is wrong."""
    try:
        workspace.health.growth.take(ctx, report=report)
    except StudioError as error:
        log.info("sample not kept", extra=loggable(error))


def _grown(workspace: Workspace, report: SizeReport) -> int | None:
    """Return what was gained in a week, None where no sample is old enough, or none can be read."""
    if report.measured_at is None:
        return None
    since = report.measured_at - _WEEK
    try:
        samples = workspace.health.growth.series(None, since - timedelta(days=2)).samples
    except StudioError:
        return None
    older = [each for each in samples if each.taken_at <= since]
    return report.database_bytes - older[-1].total_bytes if older else None
