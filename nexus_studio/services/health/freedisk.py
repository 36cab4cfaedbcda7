"""What is free on a server's disk, where that can be known: it runs on this machine and says where it writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from nexus_studio.core.admin.maintenance import Disk, ServerFacts
from nexus_studio.core.profiles import ConnectionProfile

_NEAR_S = 60.0  # the system counts a process's start from a boot time that it only estimates


def disk_at(profile: ConnectionProfile, facts: ServerFacts, tablespace: str, needed_bytes: int) -> Disk:
    """Compare what is needed with what is free where a tablespace lies ("": the server's data folder).

    A name such as localhost proves nothing: a container or a tunnel may be behind it. So the process that answers is
    looked up here, by its number, its name and the moment of its start.
    """
    if not profile.is_local or not is_here(facts):
        return Disk(needed_bytes, None, "remote")
    folder = tablespace or facts.data_folder
    if not folder:
        return Disk(needed_bytes, None, "hidden")
    try:
        return Disk(needed_bytes, shutil.disk_usage(Path(facts.data_folder or folder, folder)).free)
    except OSError:
        return Disk(needed_bytes, None, "unreadable")


def is_here(facts: ServerFacts) -> bool:
    """Tell whether the server's process is one of this machine."""
    if facts.backend_start is None:
        return False
    try:
        process = psutil.Process(facts.backend_pid)
        started = float(process.create_time())
        return process.name().startswith("postgres") and abs(started - facts.backend_start.timestamp()) < _NEAR_S
    except psutil.Error:
        return False
