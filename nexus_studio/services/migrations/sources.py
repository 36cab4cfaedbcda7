"""The text of a revision's file, for who wants to read it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nexus_studio.core.tasks import TaskContext

LONGEST: Final = 1_000_000
"""Bytes of a file that are read."""


def read_source(path: Path, ctx: TaskContext) -> str | None:
    """Return a file's text with LF between its lines, cut at `LONGEST`; None when it can't be read."""
    ctx.token.raise_if_cancelled()
    try:
        with path.open("rb") as file:
            return file.read(LONGEST).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return None
