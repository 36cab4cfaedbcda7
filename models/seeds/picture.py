"""Small PNG pictures made by hand, byte for byte the same everywhere (a compressor may differ from one to the next)."""

from __future__ import annotations

import struct
import zlib


def png(red: int, green: int, blue: int, size: int = 16) -> bytes:
    """Return a square picture: a white page with a frame in a colour.

    Args:
        red: 0 to 255.
        green: 0 to 255.
        blue: 0 to 255.
        size: Width and height in pixels, up to 100.
    """
    frame, page = bytes((red, green, blue)), b"\xff\xff\xff"
    edge = b"\x00" + frame * size
    middle = b"\x00" + frame + page * (size - 2) + frame
    raw = edge + middle * (size - 2) + edge
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    # One stored block: a zlib stream needs no compression to be valid.
    stored = (
        b"\x78\x01\x01" + struct.pack("<HH", len(raw), len(raw) ^ 0xFFFF) + raw + struct.pack(">I", zlib.adler32(raw))
    )
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", stored) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
