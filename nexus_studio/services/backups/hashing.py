"""The checksum of a file that is being written from its beginning to its end: taken meanwhile, so that nobody waits."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import checksum

_CHUNK: Final = 1 << 20
_WAIT_S: Final = 0.1


class GrowingFile:
    """A file that a thread reads as it grows."""

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
        if self._read != size:  # it could not be read, or somebody went back in it
            return checksum(self._file, ctx)
        ctx.report(Progress("backup.checking", size, size, "bytes"))
        return self._hash.hexdigest()

    def leave(self) -> None:
        """Stop reading."""
        self._is_unwanted = True
        self._is_whole.set()
        self._thread.join()

    def _follow(self) -> None:
        try:
            with self._file.open("rb", buffering=0) as stream:
                while not self._is_unwanted:
                    was_whole = self._is_whole.is_set()  # asked before reading: after it, there is nothing more
                    if chunk := stream.read(_CHUNK):
                        self._hash.update(chunk)
                        self._read += len(chunk)
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
