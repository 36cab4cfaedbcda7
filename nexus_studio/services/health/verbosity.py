"""What the server says while it maintains a table (VERBOSE), without anything that might be a value."""

from __future__ import annotations

from typing import Final

from psycopg.errors import Diagnostic

_LINES: Final = 200  # of one table
_LOCKED: Final = "55P03"

# Where PostgreSQL's own words on maintenance come from. What a function of an index or of a person says may be a value.
_SOURCES: Final = frozenset(
    {"vacuumlazy.c", "vacuum.c", "vacuumparallel.c", "analyze.c", "cluster.c", "repack.c", "indexcmds.c", "index.c"}
)


class Verbosity:
    """Takes the notices of a connection. `lines` are kept until they are taken away; `has_skipped`: it was locked."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.has_skipped = False

    def hear(self, notice: Diagnostic) -> None:
        """Keep what PostgreSQL's own code says of tables and counts."""
        if notice.source_file not in _SOURCES or notice.context:
            return
        self.has_skipped = self.has_skipped or notice.sqlstate == _LOCKED
        said = (notice.message_primary, notice.message_detail)
        self.lines.extend(line.strip() for part in said if part for line in part.splitlines())
        del self.lines[_LINES:]
