"""The checksum of what is being written: taken while a file grows and while the disk takes it, so that nobody waits."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import checksum, sync

_CHUNK: Final = 1 << 18
"""Bytes read at once: what pg_dump has just written is in the processor's cache still, and not all of that is taken."""

_SYNCED: Final = 1 << 26
"""Bytes after which the disk is asked to have them, so that it does not get all of them at the end."""

_WAIT_S: Final = 0.1


class GrowingFile:
    """A file that a thread reads as it grows, with what time others leave it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._read = 0
        self._is_whole = threading.Event()
        self._is_unwanted = False
        self._thread = threading.Thread(target=self._follow, name="checksum", daemon=True)
        self._thread.start()

    def checksum(self, ctx: TaskContext) -> str:
        """Return the SHA-256 of the file, which is written to its end. Progress step "backup.checking" in bytes.

        Raises:
            OSError: it can't be read.
        """
        self._is_whole.set()
        size = self._file.stat().st_size
        while self._thread.is_alive():
            ctx.report(Progress("backup.checking", min(self._read, size), size, "bytes"))
            self._thread.join(_WAIT_S)
        if self._is_unwanted or self._read != size:  # it could not be read, or somebody went back in it
            return checksum(self._file, ctx)
        ctx.report(Progress("backup.checking", size, size, "bytes"))
        return self._hash.hexdigest()

    def leave(self) -> None:
        """Stop reading."""
        self._is_unwanted = True
        self._is_whole.set()
        self._thread.join()

    def _follow(self) -> None:
        buffer = bytearray(_CHUNK)
        view = memoryview(buffer)
        synced = 0
        try:
            with self._file.open("rb", buffering=0) as stream:
                while not self._is_unwanted:
                    was_whole = self._is_whole.is_set()  # asked before reading: after it, there is nothing more
                    if size := stream.readinto(buffer):
                        self._hash.update(view[:size])
                        self._read += size
                        if self._read - synced >= _SYNCED and hasattr(os, "fdatasync"):
                            os.fdatasync(stream.fileno())
                            synced = self._read
                    elif was_whole:
                        return
                    else:
                        self._is_whole.wait(_WAIT_S)
        except OSError:
            self._read = -1


@contextmanager
def followed(file: Path) -> Iterator[GrowingFile]:
    """Follow a file for the length of the block."""
    found = GrowingFile(file)
    try:
        yield found
    finally:
        found.leave()


def settled(backup: Path, growing: GrowingFile | None, ctx: TaskContext) -> str:
    """Bring a backup to the disk and return its checksum, both at once. Progress step "backup.checking" in bytes.

    Args:
        backup: A file, or a folder; it is written to its end.
        growing: The same file, where it was followed.
        ctx: Cancelling stops the reading; the disk is waited for.

    Raises:
        OSError: it can't be read, or the disk does not take it.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="sync") as pool:
        syncing = pool.submit(sync, backup)
        found = checksum(backup, ctx) if growing is None else growing.checksum(ctx)
        syncing.result()
    return found
