"""A program that is watched while it runs: what it says line by line, and a look around several times a second.

`services/tools.run_tool` waits for the end; a dump takes hours, and somebody wants to know how far it is.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Final

from nexus_studio.core.errors import ToolMissing
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.tools import Ran, end_child

TICK_S: Final = 0.2
"""Seconds between two looks around."""

_KEPT_LINES: Final = 200
_HAS_GROUPS: Final = hasattr(os, "killpg")


def watched(
    program: Path,
    arguments: Sequence[str],
    ctx: TaskContext,
    *,
    environment: Mapping[str, str] | None = None,
    takes: Callable[[IO[bytes]], None] | None = None,
    on_line: Callable[[str], bool] = lambda _line: True,
    on_tick: Callable[[], None] = lambda: None,
) -> Ran:
    """Run a program to its end and say how it ended; how is for the caller to judge.

    Args:
        program: From `choosing`.
        arguments: Without secrets.
        ctx: Whose token ends it.
        environment: What its environment has beside this process's: see `tools.secret_environment`.
        takes: Reads what it writes to its standard output, to the end, on a thread of its own; None: nobody does.
        on_line: Called on another thread with each line of its standard error; says whether the line is kept as words.
        on_tick: Called every `TICK_S`. What it raises ends the program.

    Raises:
        ToolMissing: it can't be run (any more).
        Cancelled: the token was cancelled; it has ended.
        OSError: and whatever else `takes` raises.
    """
    words: deque[str] = deque(maxlen=_KEPT_LINES)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="child"))
        child = stack.enter_context(_started(program, arguments, environment, is_read=takes is not None))
        stack.callback(_end, child)  # does nothing to one that has ended
        helpers = [pool.submit(_listen, child.stderr, words, on_line)]
        if takes is not None and child.stdout is not None:
            helpers.append(pool.submit(takes, child.stdout))
        with ctx.token.calling(lambda: _end(child)):
            while wait(helpers, TICK_S, FIRST_EXCEPTION).not_done:
                if child.poll() is not None:
                    _end_group(child)  # what it has started may be at work still: the jobs of a pg_dump that was killed
                for each in helpers:
                    if each.done():
                        each.result()
                on_tick()
            for each in helpers:
                each.result()
            child.wait()
    ctx.token.raise_if_cancelled()
    return Ran(child.returncode, b"", "\n".join(words))


def _started(
    program: Path, arguments: Sequence[str], environment: Mapping[str, str] | None, *, is_read: bool
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            (str(program), *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if is_read else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_MESSAGES": "C", **(environment or {})},
            process_group=0 if _HAS_GROUPS else None,
        )
    except OSError as error:
        raise ToolMissing(tool=program.name) from error


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child and what it has started."""
    end_child(child)
    _end_group(child)


def _end_group(child: subprocess.Popen[bytes]) -> None:
    if _HAS_GROUPS:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGTERM)


def _listen(said: IO[bytes] | None, words: deque[str], on_line: Callable[[str], bool]) -> None:
    for line in said or ():
        text = line.decode("utf-8", "replace").rstrip()
        if on_line(text):
            words.append(text)
