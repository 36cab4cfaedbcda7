"""Open a backup like a database, in a process that kills itself (SIGKILL) while it is open: run as a program."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.inside import open_inside
from nexus_studio.services.paths import Paths


def main(file: str, home: str) -> None:
    """Look until it dies."""
    inside = open_inside(None, Paths.below(Path(home)), Path(file), TaskContext())
    sys.stdout.write(f"{inside.session.profile.database}\n")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
