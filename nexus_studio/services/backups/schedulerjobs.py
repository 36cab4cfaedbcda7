"""What a scheduler is called with: this program, by its whole path, and the few variables that say where things are."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Mapping
from datetime import time
from pathlib import Path

from nexus_studio.core.admin.schedulertexts import Job, Kind, job_id
from nexus_studio.core.admin.schedules import Schedule, Scheduler
from nexus_studio.services.paths import HOME_VARIABLE

# Where files are. Never what is in them: PGPASSWORD and the like stay out of everything that a scheduler is told.
_CARRIED = (
    HOME_VARIABLE, "PGPASSFILE", "PGSERVICEFILE", "PGSYSCONFDIR", "GNUPGHOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
    "XDG_STATE_HOME", "XDG_CACHE_HOME", "PATH",
)  # fmt: skip


def job_of(schedule: Schedule, scheduler: Scheduler, environ: Mapping[str, str] = os.environ) -> Job:
    """Return what a scheduler is to call for a schedule."""
    return Job(
        id=job_id(schedule.profile, environ.get(HOME_VARIABLE, "")),
        profile=schedule.profile,
        command=(*_program(), "backup", "run", f"--profile={schedule.profile}", "--quiet"),
        at=schedule.at,
        days=schedule.days,
        environment=() if scheduler is Scheduler.TASKS else _variables(environ),
    )


def sampling_job_of(profile: str, scheduler: Scheduler, environ: Mapping[str, str] = os.environ) -> Job:
    """Return what a scheduler is to call for a sample of a database's sizes, every hour at a minute of its own."""
    name = job_id(profile, environ.get(HOME_VARIABLE, ""))
    return Job(
        id=name,
        profile=profile,
        command=(*_program(), "growth", "--take", f"--profile={profile}", "--quiet"),
        at=time(0, int(name[-2:], 16) % 60),
        environment=() if scheduler is Scheduler.TASKS else _variables(environ),
        kind=Kind.GROWTH,
        hourly=True,
    )


def _program() -> tuple[str, ...]:
    """Return how this program is started from anywhere."""
    if getattr(sys, "frozen", False):
        return (sys.executable,)
    python = Path(sys.executable)
    windowless = python.with_name("pythonw.exe")  # no black window at night
    return (str(windowless if windowless.exists() else python), "-P", "-m", "nexus_studio")


def _variables(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = [(name, environ[name]) for name in _CARRIED if environ.get(name)]
    if not _is_distributed():
        found.append(("PYTHONPATH", str(Path(__file__).resolve().parents[3])))
    return tuple((name, value) for name, value in found if value.isprintable())


def _is_distributed() -> bool:
    """Tell whether Python finds the program by itself; else it runs from a checkout."""
    try:
        importlib.metadata.distribution("nexus-studio")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
