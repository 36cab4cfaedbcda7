"""Which postmaster works on a cluster: what postmaster.pid says, and whether that is still true.

After a crash the file stays behind, and its number may belong to any other process by then, among them the postmaster
of another cluster. Taking that one for ours would stop a server that somebody else uses.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

_START_TOLERANCE_S = 5
"""The file has whole seconds, and the system counts a process's start from a boot time it only estimates."""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What postmaster.pid says (manual 73.1): the process, where it listens, and "ready", "starting" or "stopping".

    `data` is the cluster's folder, `started` the start in seconds since the epoch (0 while that is not written yet).
    """

    data: Path
    pid: int
    started: float
    port: int
    socket_dir: str
    status: str

    @property
    def is_alive(self) -> bool:
        """Whether that process lives and is the postmaster of this very cluster."""
        try:
            process = psutil.Process(self.pid)
            if not process.name().startswith("postgres") or process.status() == psutil.STATUS_ZOMBIE:
                return False
            return _works_in(process, self.data, self.started)
        except psutil.Error:
            return False


def _works_in(process: psutil.Process, data: Path, started: float) -> bool:
    """Tell whether a server's process is of the cluster: each of them makes the data its working folder at once."""
    try:
        return Path(process.cwd()) == data.resolve()
    except psutil.AccessDenied:
        # root in a container without CAP_SYS_PTRACE may not look at the processes of the server's own user
        return bool(abs(process.create_time() - started) <= _START_TOLERANCE_S)


def read_postmaster(data: Path) -> Postmaster | None:
    """Read postmaster.pid of a cluster; None without one. The process may be gone: ask `is_alive`."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        pid = int(lines[0])
        started = float(lines[2]) if len(lines) > 2 else 0.0  # noqa: PLR2004 - the third line
    except (FileNotFoundError, ValueError, IndexError):
        return None
    whole = len(lines) > 7  # noqa: PLR2004 - the status is the eighth line and is written last
    if not whole:
        return Postmaster(data, pid, started, 0, "", "starting")
    return Postmaster(data, pid, started, int(lines[3]), lines[4].strip(), lines[7].strip())


def has_orphans(data: Path) -> bool:
    """Tell whether processes of a killed postmaster still work on the cluster: a new one beside them would harm it."""
    for process in psutil.process_iter(["name", "status"]):
        if (process.info["name"] or "").startswith("postgres") and process.info["status"] != psutil.STATUS_ZOMBIE:
            with suppress(psutil.Error):
                if _is_orphan(process, data.resolve()):
                    return True
    return False


def _is_orphan(process: psutil.Process, data: Path) -> bool:
    try:
        return Path(process.cwd()) == data
    except psutil.AccessDenied:
        # Whose cluster's can't be told (see `_works_in`): any server process without its postmaster is waited for.
        # They end by themselves when they notice.
        is_postmaster = not " ".join(process.cmdline()).startswith("postgres:")
        parent = process.parent()
        return not is_postmaster and (parent is None or not parent.name().startswith("postgres"))
