"""The backups panel's desk is the kit's: offered here for what stands beside it."""

from __future__ import annotations

from nexus_studio.ui.kit.job_desk import JobDesk, JobEnd

__all__ = ["JobDesk", "JobEnd"]
