"""The programs that a test has running: they may end at any moment, also while they are looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import psutil  # type: ignore[import-untyped]

T = TypeVar("T")


def children_named(*beginnings: str) -> list[psutil.Process]:
    """Return the processes below this one whose name begins so; also those that ended and were not waited for."""
    return [process for process, name in _seen(psutil.Process.name) if name.startswith(beginnings)]


def arguments_of_children() -> list[list[str]]:
    """Return the arguments of the processes below this one."""
    return [arguments for _, arguments in _seen(psutil.Process.cmdline)]


def kill(process: psutil.Process) -> None:
    """Kill a process, unless it has ended by itself."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def is_gone(process: psutil.Process | int) -> bool:
    """Whether it has ended; where nobody reaps orphans (a container) it stays listed as a zombie."""
    try:
        asked = psutil.Process(process) if isinstance(process, int) else process
        return not asked.is_running() or bool(asked.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _seen(ask: Callable[[psutil.Process], T]) -> list[tuple[psutil.Process, T]]:
    """Ask the processes below this one, but for those that are gone by then (a zombie has no arguments)."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            found.append((process, ask(process)))
        except psutil.NoSuchProcess:
            continue
    return found
