"""Work with a database's rows in files, in a process that kills itself (SIGKILL) in its midst: run as a program.

`moment`: "dumped" (a shelf's dump is written and has no name), "described" (it has its sidecar too), "restoring" (a
shelf's rows are in a passing file), "keeping" (those of a schema that is kept are), "copied" (a shelf's database is
made and does not say what it is), "returning" (the one that is to take the database's name is), "waiting" (it is put
back, and whoever has begun this kills it).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import databases, shelves, tools
from nexus_studio.services.backups import dumping, writing
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting import keeping, safetybackup
from nexus_studio.services.resetting.journal import JournalFile
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService
from tests.support.fix_cluster import profile_of


def _die(*_anything: Any, **_more: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _dumped(*arguments: Any, **more: Any) -> Any:
    dumping.run_dump(*arguments, **more)
    _die()


def _restoring(program: Path, *arguments: Any, **more: Any) -> Any:
    if program.stem == "psql":
        _die()
    return tools.run_tool(program, *arguments, **more)


def _copied(*arguments: Any, **more: Any) -> Any:
    databases.copy_database(*arguments, **more)
    _die()


def main(url: str, home: str, moment: str) -> None:
    """Work until it dies."""
    ctx, paths = TaskContext(), Paths.below(Path(home))
    session = Session.open(profile_of(url), None, ctx)
    service = ShelfService(session, paths, lambda _session, _ctx: ())
    if moment == "keeping":
        keeping.run_tool = _die  # type: ignore[attr-defined]
        journal = JournalFile(paths, session.profile)
        with journal.held():
            keeping.bring_schemas(session, session, ("public",), journal, ctx)
    elif moment == "restoring":
        shelves.run_tool = _restoring  # type: ignore[attr-defined]
        service.put_back("one", ctx)
    elif moment in {"copied", "returning"}:
        shelves.copy_database = _copied  # type: ignore[attr-defined]
        if moment == "copied":
            service.take("two", ctx)
        else:
            service.put_back("one", ctx)
    elif moment == "waiting":
        service.put_back("one", ctx)
    elif moment == "described":
        safetybackup.keep_part = _die  # type: ignore[attr-defined]
        service.take("two", ctx, as_dump=True)
    else:
        writing.run_dump = _dumped  # type: ignore[attr-defined]
        service.take("two", ctx, as_dump=True)
    sys.exit("it was not killed")


if __name__ == "__main__":
    main(*sys.argv[1:])
