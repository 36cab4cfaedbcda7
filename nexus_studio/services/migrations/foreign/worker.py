"""The child process's door: reads one request from stdin, does it, and speaks in lines of JSON on what was stdout.

Each event that goes out is answered by one line that comes in. The end of stdin means that nobody listens any more:
what runs is cancelled, and the process leaves. What the project prints goes to stderr.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import IO, Any

_PACKAGE = "nexus_studio_foreign"
_GRACE_S = 5.0
# What can be asked for: module of this folder, and function(request, tell, connection=None).
TASKS = {
    "run": ("runs", "run"),
    "sql": ("sqltext", "write"),
    "author": ("writes", "perform"),
    "seed": ("seeds", "run"),
}
_WITHOUT_ALEMBIC = frozenset({"seed"})


class Channel:
    """The conversation with whoever started this process."""

    def __init__(self) -> None:
        self._out: IO[str] = os.fdopen(os.dup(1), "w", encoding="utf-8")
        self._in: IO[str] = os.fdopen(os.dup(0), "r", encoding="utf-8")
        os.dup2(2, 1)  # prints of the project must not disturb
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        sys.stdout = sys.stderr
        self._answers: queue.Queue[str] = queue.Queue()
        self.request: dict[str, Any] = json.loads(self._in.readline())
        threading.Thread(target=self._listen, name="listen", daemon=True).start()

    def tell(self, event: dict[str, Any]) -> dict[str, Any]:
        """Send an event and wait for its answer."""
        self._out.write(json.dumps(event, default=str) + "\n")
        self._out.flush()
        answer: dict[str, Any] = json.loads(self._answers.get())
        return answer

    def _listen(self) -> None:
        for line in self._in:
            self._answers.put(line)
        # Nobody is there any more. The server would go on with the statement it has: ask it not to.
        _cancel()
        self._answers.put('{"stop": true}')
        leave = threading.Timer(_GRACE_S, os._exit, (1,))
        leave.daemon = True
        leave.start()


def main() -> int:
    """Do what was asked."""
    channel = Channel()
    needs_alembic = channel.request["do"] not in _WITHOUT_ALEMBIC
    try:
        package = _load_package(needs_alembic=needs_alembic)
    except ImportError as error:
        reason = "alembic_missing" if needs_alembic else "sqlalchemy_missing"
        channel.tell({"event": "broken", "reason": reason, "words": str(error), "where": ""})
        return 0
    module, function = TASKS[channel.request["do"]]
    getattr(importlib.import_module(f"{package}.{module}"), function)(channel.request, channel.tell)
    return 0


def _cancel() -> None:
    watching = sys.modules.get(f"{_PACKAGE}.watching")
    if watching is not None:
        watching.cancel_current()


def _load_package(*, needs_alembic: bool) -> str:
    """Load the siblings under a name that nobody else has; their folder leaves the path: it would shadow the project's.

    Raises:
        ImportError: when Alembic or SQLAlchemy is not installed here.
    """
    here = Path(__file__).resolve().parent
    sys.path[:] = [each for each in sys.path if Path(each).resolve() != here]
    import sqlalchemy  # noqa: PLC0415, F401

    if needs_alembic:
        import alembic.config  # noqa: PLC0415, F401

    spec = importlib.util.spec_from_file_location(
        _PACKAGE, here / "__init__.py", submodule_search_locations=[str(here)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(here)
    package = importlib.util.module_from_spec(spec)
    sys.modules[_PACKAGE] = package
    spec.loader.exec_module(package)
    return _PACKAGE


if __name__ == "__main__":
    sys.exit(main())
