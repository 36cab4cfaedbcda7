"""Files that are being written, known to others by a lock that ends with whoever writes: a kill leaves none."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

QUIET_S: Final = 3600.0
"""Seconds for which nothing was written to what is taken for left: a lock on another machine's disk may not be seen."""


@contextmanager
def at_work(part: Path) -> Iterator[None]:
    """Have others see for the length of the block that a file or folder is being written.

    Raises:
        OSError: it can't be opened.
    """
    handle = _opened(part)
    try:
        _lock(handle)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def is_at_work(part: Path) -> bool:
    """Tell whether somebody writes it. On Windows nobody can tell; but there, what is open can't be removed."""
    try:
        handle = _opened(part)
    except OSError:
        return True
    if handle is None:
        return False
    try:
        return not _lock(handle)
    finally:
        os.close(handle)


def is_left(part: Path, *, is_here: bool = False) -> bool:
    """Tell whether a kill has left it: nobody has its lock, and nobody has written to it for `QUIET_S`.

    Args:
        part: A file or a folder.
        is_here: Only programs of this machine write there: then the lock says it all, where the system has such locks.

    Raises:
        OSError: it is gone, or can't be read.
    """
    if not (is_here and sys.platform != "win32"):
        inner = part.rglob("*") if part.is_dir() and not part.is_symlink() else ()
        if time.time() - max(each.lstat().st_mtime for each in (part, *inner)) < QUIET_S:
            return False
    return not is_at_work(part)


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as that can be done."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _opened(part: Path) -> int | None:
    """Open it for a lock; Windows has none for folders."""
    return None if sys.platform == "win32" else os.open(part, os.O_RDONLY)


def _lock(handle: int | None) -> bool:
    """Take it, and tell whether nobody else has it."""
    if sys.platform == "win32" or handle is None:
        return True
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of the file itself: it stays when another handle is closed
        return True
    return False
