"""What killed programs have left in a folder of backups, anybody's folder: removed by whoever writes there next."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from nexus_studio.services.backupfiles import PART, remove_with_sidecar
from nexus_studio.services.partlocks import is_left

GLOBALS: Final = ".globals.sql"
"""What the name of a file of roles has behind the name of its backup."""

# Names that only Studio gives: with a database's identity (`core.admin.backupfiles.file_name`), or by the day; what is
# encrypted, roles and sidecars have theirs behind them.
_OURS: Final = re.compile(
    r"(.+-[0-9a-f]{16}-[0-9a-f]{4}\.(dump|dir|sql(\.gz|\.zst)?)|backup_\d{8}(_\d+)?\.sql(\.gz|\.zst)?)"
    rf"({re.escape(GLOBALS)})?(\.(age|gpg))?(\.json\.\d+)?{re.escape(PART)}"
)


def remove_leftovers(folder: Path) -> None:
    """Remove what nobody writes to any more (see `partlocks.is_left`), as far as names say that it is ours."""
    with suppress(OSError):
        for part in folder.glob(f"*{PART}"):
            with suppress(OSError):
                if _OURS.fullmatch(part.name) and is_left(part):
                    remove_with_sidecar(part)
