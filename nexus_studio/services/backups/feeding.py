"""A program that is fed while it runs, and one whose output is read while it runs: nothing is kept in between.

What feeds may fail: then the program is ended before its input is, so that no half input is taken for a whole one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from nexus_studio.core.errors import ToolMissing
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.tools import Ran, end_child

if sys.platform == "linux":
    import fcntl

_BUFFER: Final = 1 << 20
_KEPT_LINES: Final = 200


def fed(
    program: Path,
    arguments: Sequence[str],
    given: Iterable[bytes],
    ctx: TaskContext,
    *,
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """Run a program on what is given to its standard input, and say how it ended.

    Where it ends early it is not given the rest.

    Args:
        program: From `find_tool`.
        arguments: Without secrets.
        given: What it reads. What that raises is raised, after the program was ended.
        ctx: Whose token ends it.
        environment: What its environment has beside this process's.

    Raises:
        ToolMissing: it can't be run (any more).
        Cancelled: the token was cancelled; the program has ended.
    """
    with _child(program, arguments, ctx, environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as (
        child,
        words,
    ):
        stream = child.stdin
        assert stream is not None
        _widen(stream.fileno())
        try:
            for chunk in given:
                stream.write(chunk)
            stream.close()
        except BrokenPipeError:
            ctx.token.raise_if_cancelled()
        child.wait()
    ctx.token.raise_if_cancelled()
    return Ran(child.returncode, b"", "\n".join(words))


def output_of(
    program: Path, arguments: Sequence[str], ctx: TaskContext, failed: Callable[[Ran], Exception]
) -> Iterator[bytes]:
    """Yield what a program writes to its standard output.

    Args:
        program: From `find_tool`.
        arguments: Without secrets.
        ctx: Whose token ends it.
        failed: Makes what is raised where it ends with another status than 0.

    Raises:
        ToolMissing: it can't be run (any more).
        Cancelled: the token was cancelled; the program has ended.
    """
    with _child(program, arguments, ctx, None, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as (child, words):
        stream = child.stdout
        assert stream is not None
        while chunk := stream.read1(_BUFFER):  # type: ignore[attr-defined] # it is buffered
            yield chunk
        child.wait()
    ctx.token.raise_if_cancelled()
    if child.returncode != 0:
        raise failed(Ran(child.returncode, b"", "\n".join(words)))


def _widen(pipe: int) -> None:
    """Let a pipe hold more, where the system can do that: while more is read and unpacked, the program has work."""
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _BUFFER)


@contextmanager
def _child(
    program: Path,
    arguments: Sequence[str],
    ctx: TaskContext,
    environment: Mapping[str, str] | None,
    *,
    stdin: int,
    stdout: int,
) -> Iterator[tuple[subprocess.Popen[bytes], deque[str]]]:
    """Start a program, listen to what it says, and end it with the block."""
    try:
        child = subprocess.Popen(
            (str(program), *arguments),
            stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, bufsize=_BUFFER,
            env={**os.environ, "LC_ALL": "C", **(environment or {})},
        )  # fmt: skip
    except OSError as error:
        raise ToolMissing(tool=program.name) from error
    words: deque[str] = deque(maxlen=_KEPT_LINES)
    listener = threading.Thread(target=_listen, args=(child, words), name="child-words", daemon=True)
    listener.start()
    try:
        with ctx.token.calling(lambda: end_child(child)):
            yield child, words
    finally:
        end_child(child)  # before its input is closed; does nothing to one that has ended
        _close(child.stdin)
        _close(child.stdout)
        listener.join()  # a child of its own may have had the pipes too
        _close(child.stderr)


def _close(stream: object) -> None:
    if hasattr(stream, "close"):
        try:
            stream.close()
        except BrokenPipeError:  # what was still to be written is not wanted any more
            return


def _listen(child: subprocess.Popen[bytes], words: deque[str]) -> None:
    assert child.stderr is not None
    for line in child.stderr:
        words.append(line.decode("utf-8", "replace").rstrip())
