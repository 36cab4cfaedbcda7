"""What killed programs have left in a folder of backups, anybody's folder: removed by whoever writes there next."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from nexus_studio.services.backupfiles import PART
from nexus_studio.services.partlocks import is_at_work, remove

GLOBALS: Final = ".globals.sql"
"""What the name of a file of roles has behind the name of its backup."""

QUIET_S: Final = 3600.0
"""Seconds for which nothing was written to what is taken for left: a lock on another machine's disk may not be seen."""

# Names that only Studio gives: with a database's identity (`core.admin.backupfiles.file_name`), or by the day.
_OURS: Final = re.compile(
    r"(.+-[0-9a-f]{16}-[0-9a-f]{4}\.(dump|dir|sql(\.gz|\.zst)?)|backup_\d{8}(_\d+)?\.sql(\.gz|\.zst)?)"
    rf"{re.escape(PART)}"
)


def remove_leftovers(folder: Path) -> None:
    """Remove what nobody writes to any more, as far as names say that it is ours."""
    with suppress(OSError):
        for part in folder.glob(f"*{PART}"):
            if _OURS.fullmatch(part.name) and _is_old(part) and not is_at_work(part):
                remove(part.with_name(part.name.removesuffix(PART) + GLOBALS + PART))
                remove(part)


def _is_old(part: Path) -> bool:
    newest: float = max(each.stat().st_mtime for each in (part, *(part.iterdir() if part.is_dir() else ())))
    return time.time() - newest >= QUIET_S
