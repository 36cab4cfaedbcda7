"""A program that is watched while it runs: what it says line by line, and a look around several times a second.

`services/tools.run_tool` waits for the end; a dump takes hours, and somebody wants to know how far it is.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
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
    programs: Sequence[tuple[Path, Sequence[str]]],
    ctx: TaskContext,
    *,
    environment: Mapping[str, str] | None = None,
    output: Path | None = None,
    on_line: Callable[[str], bool] = lambda _line: True,
    on_tick: Callable[[], None] = lambda: None,
) -> Ran:
    """Run a program, or several of which each reads what the one before it writes, and say how it ended.

    Args:
        programs: Each with its arguments, which hold no secrets.
        ctx: Whose token ends them.
        environment: What their environment has beside this process's: see `tools.secret_environment`.
        output: The file that gets what the last one writes to its standard output; None: nobody does.
        on_line: Called with each line of their standard errors; whether it is kept among the words.
        on_tick: Called every `TICK_S`. What it raises ends the programs.

    Returns:
        The first status that isn't 0, no output, and the last words.

    Raises:
        ToolMissing: one can't be run (any more).
        Cancelled: the token was cancelled; they have ended.
        OSError: the file can't be written.
    """
    children: list[subprocess.Popen[bytes]] = []
    words: deque[str] = deque(maxlen=_KEPT_LINES)

    def end() -> None:
        for each in children:
            end_child(each)
            _end_group(each)

    with ExitStack() as stack:
        stack.callback(end)  # does nothing to those that have ended
        target = stack.enter_context(output.open("r+b")) if output is not None else None
        said, into = os.pipe()
        reader = threading.Thread(target=_listen, args=(said, words, on_line), name="child-words", daemon=True)
        try:
            _start(programs, children, into, target, environment)
        finally:
            os.close(into)
            reader.start()  # ends when the last child has closed its end
        with ctx.token.calling(end):
            while reader.is_alive():
                reader.join(TICK_S)
                if all(each.poll() is not None for each in children):
                    end()  # what they have started may still be at work (the jobs of a pg_dump that was killed)
                on_tick()
            statuses = [each.wait() for each in children]
    ctx.token.raise_if_cancelled()
    return Ran(next((each for each in statuses if each), 0), b"", "\n".join(words))


def _start(
    programs: Sequence[tuple[Path, Sequence[str]]],
    children: list[subprocess.Popen[bytes]],
    words: int,
    target: IO[bytes] | None,
    environment: Mapping[str, str] | None,
) -> None:
    for number, (program, arguments) in enumerate(programs):
        is_last = number == len(programs) - 1
        before = children[-1].stdout if children else None
        try:
            child = subprocess.Popen(
                (str(program), *arguments),
                stdin=subprocess.DEVNULL if before is None else before,
                stdout=(target or subprocess.DEVNULL) if is_last else subprocess.PIPE,
                stderr=words,
                process_group=0 if _HAS_GROUPS else None,
                env={**os.environ, "LC_MESSAGES": "C", **(environment or {})},
            )
        except OSError as error:
            raise ToolMissing(tool=program.name) from error
        children.append(child)
        if before is not None:
            before.close()  # it is the child's now: when that ends, the one before it is told


def _end_group(child: subprocess.Popen[bytes]) -> None:
    if _HAS_GROUPS:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGTERM)


def _listen(said: int, words: deque[str], on_line: Callable[[str], bool]) -> None:
    with os.fdopen(said, "rb") as stream:
        for line in stream:
            text = line.decode("utf-8", "replace").rstrip()
            if on_line(text):
                words.append(text)
