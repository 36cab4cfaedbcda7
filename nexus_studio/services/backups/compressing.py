"""Compressing a plain dump with Zstandard for a pg_dump that was built without it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from nexus_studio.services.backups.zstd import ZstdCompressor

_CHUNK: Final = 1 << 20


def zstd_into(file: Path) -> Callable[[IO[bytes]], None]:
    """Return what reads a stream to its end and writes it compressed over a file, a megabyte at a time."""

    def take(stream: IO[bytes]) -> None:
        compressor = ZstdCompressor()
        with file.open("r+b") as target:
            while chunk := stream.read(_CHUNK):
                target.write(compressor.compress(chunk))
            target.write(compressor.flush())

    return take
