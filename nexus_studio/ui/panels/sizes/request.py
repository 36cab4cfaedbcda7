"""What a page asks the panel to do for tables."""

from __future__ import annotations

from dataclasses import dataclass

from nexus_studio.core.admin.maintenance import Job
from nexus_studio.core.names import RelationName


@dataclass(frozen=True, slots=True)
class MaintenanceRequest:
    """A job, and on which tables: none are all of them. `index` is the only one to be rebuilt, or to cluster by."""

    job: Job
    relations: tuple[RelationName, ...] = ()
    index: str = ""
