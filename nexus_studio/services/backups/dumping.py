"""Running pg_dump: with its progress, room for what it writes, and in words why it failed."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from nexus_studio.core.admin.dumpprogress import DumpProgress
from nexus_studio.core.errors import BackupFailed, ConnectionFailed
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.children import watched
from nexus_studio.services.backups.diskspace import require_some, room
from nexus_studio.services.session import Session
from nexus_studio.services.tools import Ran, secret_environment

_MOST_WORDS: Final = 1000
_FOLDER_LOOK_S: Final = 1.0

_GONE: Final = re.compile(
    "server closed the connection|terminating connection|the database system is|connection to server was lost"
    "|connection to server .* failed|could not receive data from server|no connection to the server|SSL SYSCALL"
    # whoever has exported it is gone
    '|snapshot "[^"]*" does not exist|invalid snapshot identifier|could not import the requested snapshot'
)
_FULL: Final = "No space left on device"
_PASSWORD: Final = re.compile("password authentication failed|no password supplied")
_QUERY: Final = re.compile(r"^[a-z_]+: detail: Query was: .*", re.MULTILINE | re.DOTALL)
_FIRST_WORDS: Final = re.compile(r"\A[a-z_]+: (error|detail): ")


def run_dump(
    session: Session,
    program: Path,
    arguments: Sequence[str],
    target: Path,
    progress: DumpProgress,
    ctx: TaskContext,
    *,
    takes: Callable[[IO[bytes]], None] | None = None,
    look: Callable[[], None] = lambda: None,
) -> None:
    """Run pg_dump to its end. Progress steps "backup.dumping" (bytes of tables) and "backup.tables", in turn.

    Args:
        session: Whose password it gets, through its environment.
        program: pg_dump.
        arguments: See `core.admin.dumpargs`.
        target: The file or folder that grows.
        progress: Hears what it says.
        ctx: Cancelling ends it.
        takes: Reads its standard output, where that is what is wanted.
        look: Called several times a second; what it raises ends it.

    Raises:
        BackupFailed: "backup.disk_full" (facts folder, free), "backup.server_gone" (fact words), "backup.killed" (facts
            tool, signal), "backup.failed" (facts folder, words).
        ConnectionFailed: "connection.password_wrong": it is another by now.
        ToolMissing: it can't be run.
        Cancelled: the token was cancelled.
    """
    sizes = _Sizes(target)

    def tick() -> None:
        require_some(target.parent)
        look()
        progress.wrote(sizes.now())
        report(progress, ctx)

    report(progress, ctx)
    environment = secret_environment(session.profile, session.secret)
    if not all(each.isascii() for each in arguments):  # pg_dump takes chosen names for the connection's encoding
        environment["PGCLIENTENCODING"] = "UTF8"
    ran = watched(program, arguments, ctx, environment=environment, takes=takes, on_line=progress.hear, on_tick=tick)
    raise_for(ran, program.stem, target.parent, session.server.user)
    progress.end()
    report(progress, ctx)


def report(progress: DumpProgress, ctx: TaskContext) -> None:
    """Tell how far a dump is."""
    ctx.report(Progress("backup.tables", progress.tables_done, progress.tables, "tables"))
    ctx.report(Progress("backup.dumping", progress.done, progress.total, "bytes"))


def raise_for(ran: Ran, tool: str, folder: Path, user: str) -> None:
    """Say why a program failed, if it did.

    Raises:
        BackupFailed, ConnectionFailed: see `run_dump`.
    """
    if not ran.status:
        return
    words = _said(ran.words)
    if _FULL in ran.words or _is_full(folder):  # of several jobs not each says why it ended
        raise BackupFailed("backup.disk_full", folder=str(folder), free=0)
    if _PASSWORD.search(ran.words):
        raise ConnectionFailed("connection.password_wrong", user=user)
    if _GONE.search(ran.words):
        raise BackupFailed("backup.server_gone", words=words)
    if ran.status < 0:
        raise BackupFailed("backup.killed", tool=tool, signal=_signal_name(-ran.status))
    raise BackupFailed("backup.failed", words=words, folder=str(folder))


def _is_full(folder: Path) -> bool:
    with suppress(OSError):
        return not room(folder)[0]
    return False


class _Sizes:
    """Bytes of a file, or of what is in a folder: that is looked at less often."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._last = 0
        self._next = 0.0

    def now(self) -> int:
        """Return them; 0 where there is nothing yet."""
        with suppress(OSError):
            if not self._target.is_dir():
                return self._target.stat().st_size
            if time.monotonic() >= self._next:
                with os.scandir(self._target) as found:
                    self._last = sum(each.stat().st_size for each in found)
                self._next = time.monotonic() + _FOLDER_LOOK_S
        return self._last


def _said(words: str) -> str:
    """Return the words from the error on, without whose they are and pg_dump's own question, and not without end."""
    lines = [_FIRST_WORDS.sub("", line) for line in _QUERY.sub("", words).splitlines()]
    text = "\n".join(lines)
    return text if len(text) <= _MOST_WORDS else text[:_MOST_WORDS] + "…"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
