"""The file of an export: written beside its place, compressed on the way, and given its name when it is whole."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from nexus_studio.core.data.transfer import Packing
from nexus_studio.core.errors import TransferRefused
from nexus_studio.services.backupfiles import give_name
from nexus_studio.services.backups.zstd import ZstdCompressor

_GZIP: Final = 31  # zlib's window bits for gzip's frame
_LEVEL: Final = 6
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class _Compressor(Protocol):
    def compress(self, data: bytes | bytearray, /) -> bytes: ...
    def flush(self) -> bytes: ...


class Sink:
    """Takes octets, compresses them if wished for, and counts what went to the stream."""

    def __init__(self, stream: BinaryIO, packing: Packing) -> None:
        self._stream = stream
        self._compressor: _Compressor | None = None
        if packing is Packing.GZIP:
            self._compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        elif packing is Packing.ZSTD:
            self._compressor = ZstdCompressor()
        self.size_bytes = 0

    def write(self, octets: bytes | bytearray) -> None:
        """Write; OSError where the disk is full or the reader is gone."""
        if self._compressor is not None:
            octets = self._compressor.compress(octets)
        if octets:
            self.size_bytes += len(octets)
            self._stream.write(octets)

    def finish(self) -> None:
        """Write what the compressor kept back."""
        if self._compressor is not None:
            octets = self._compressor.flush()
            self.size_bytes += len(octets)
            self._stream.write(octets)
        self._stream.flush()


def require_place(path: Path, *, may_replace: bool) -> None:
    """Refuse a place where nothing can be written, before the server is asked for anything.

    Raises:
        TransferRefused: "transfer.is_folder", "transfer.no_folder", "transfer.exists"; facts file, folder.
    """
    if path.is_dir():
        raise TransferRefused("transfer.is_folder", file=str(path))
    if not path.parent.is_dir():
        raise TransferRefused("transfer.no_folder", file=path.name, folder=str(path.parent))
    if os.path.lexists(path) and not may_replace:
        raise TransferRefused("transfer.exists", file=str(path))


@contextmanager
def whole_file(path: Path, *, may_replace: bool) -> Iterator[Path]:
    """Yield a path beside `path` to be written; what was written there gets its name at the end of the block.

    Whatever is raised inside, and a kill but for the name, leaves no half file and an older one as it was.

    Raises:
        TransferRefused: as `require_place`; "transfer.disk_full" (facts folder, free), "transfer.unwritable" (words).
    """
    require_place(path, may_replace=may_replace)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with told_of_disk(path):
            yield part
            _sync(part)
            if may_replace:
                part.replace(path)
            else:
                give_name(part, path)
    except FileExistsError:
        raise TransferRefused("transfer.exists", file=str(path)) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def told_of_disk(path: Path) -> Iterator[None]:
    """Say what the system has against writing.

    Raises:
        TransferRefused: "transfer.disk_full", "transfer.unwritable".
    """
    try:
        yield
    except FileExistsError:
        raise
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise TransferRefused("transfer.disk_full", folder=str(path.parent), free=_free(path.parent)) from error
        raise TransferRefused("transfer.unwritable", file=str(path), words=error.strerror or "") from error


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _sync(part: Path) -> None:
    with part.open("rb") as written:
        os.fsync(written.fileno())
