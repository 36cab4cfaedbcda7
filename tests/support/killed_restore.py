"""Begin a restore in a process that is killed when the new database is made and does not yet say what it is."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups import freshdatabase
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of


def _die(*_anything: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str) -> None:
    """Die between CREATE DATABASE and its comment."""
    freshdatabase.comment = _die  # type: ignore[assignment, attr-defined]
    with freshdatabase.fresh(Session.open(profile_of(url), None, TaskContext()), TaskContext()):
        sys.exit("it was not killed")


if __name__ == "__main__":
    main(sys.argv[1])
