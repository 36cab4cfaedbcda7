"""How far a dump is: from what pg_dump says, and from how much was written. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from nexus_studio.core.admin.backups import Compression
from nexus_studio.core.names import RelationName

# pg_dump --verbose; the names are not quoted (dumpTableData_copy in pg_dump.c, mark_dump_job_done in its archiver).
_BEGUN: Final = re.compile(r'pg_dump: dumping contents of table "(.*)"\Z', re.DOTALL)
_ENDED: Final = re.compile(r"pg_dump: finished item \d+ TABLE DATA (.*)\Z", re.DOTALL)
_ANY_WORDS: Final = re.compile(r"pg_dump: ")
_OWN_WORDS: Final = re.compile(r"pg_dump: (error|warning|detail|hint): ")

# How many bytes of a table one byte of a backup is, until it is seen.
_FIRST_GUESS: Final = {Compression.NONE: 1.1, Compression.GZIP: 4.0, Compression.ZSTD: 4.0}
_SEEN_BYTES: Final = 1 << 20
_NEVER_WHOLE: Final = 0.99


class DumpProgress:
    """Counts tables and bytes of tables as pg_dump goes through them.

    Within a table it is estimated by what was written: its last hundredth is only there when the next table is.

    Args:
        sizes: The bytes of each table.
        compression: Of what is written.
        jobs: How many tables are dumped at once.
    """

    def __init__(self, sizes: Mapping[RelationName, int], compression: Compression, jobs: int = 1) -> None:
        self.total = sum(sizes.values())
        self.tables = len(sizes)
        self._sizes = sizes
        self._by_text = {f"{each.schema}.{each.name}": each for each in sizes}
        self._order = {each: place for place, each in enumerate(sizes)}
        self._open: dict[RelationName, int] = {}
        self._ended: set[RelationName] = set()
        self._ended_bytes = 0
        self._says_ends = jobs > 1
        self._written = 0
        self._shown = 0
        self._settled = (0, 0)  # bytes written and bytes of tables when a table ended last
        self._guess = _FIRST_GUESS[compression]
        self._is_in_words = True

    def hear(self, line: str) -> bool:
        """Take a line of pg_dump's; return whether it is a word to be kept: of an error, not of its going on."""
        if found := _BEGUN.match(line):
            self._begin(self._by_text.get(found[1]))
        elif found := _ENDED.match(line):
            for each in [each for each in self._open if each.name == found[1]][:1]:
                self._end(each)
        if _ANY_WORDS.match(line):
            self._is_in_words = bool(_OWN_WORDS.match(line))
        return self._is_in_words

    def at(self, relation: RelationName) -> None:
        """Say which table a dump by one job is at: all that come before it are done."""
        place = self._order.get(relation)
        if place is None or relation in self._open:
            return
        for each in list(self._sizes)[:place]:
            self._end(each)
        self._begin(relation)

    def wrote(self, size: int) -> None:
        """Say how many bytes were written until now."""
        self._written = size

    def end(self) -> None:
        """Say that all is done."""
        for each in self._sizes:
            self._end(each)

    @property
    def tables_done(self) -> int:
        """How many tables are done."""
        return len(self._ended)

    @property
    def done(self) -> int:
        """How many bytes of tables are done."""
        at_work = sum(self._open.copy().values()) or self.total - self._ended_bytes  # where nobody says: any of them
        written, settled = self._settled
        ratio = self._guess if written < _SEEN_BYTES else settled / written
        found = self._ended_bytes + int(min((self._written - written) * ratio, at_work * _NEVER_WHOLE))
        self._shown = max(self._shown, found)
        return self._shown

    def _begin(self, relation: RelationName | None) -> None:
        if not self._says_ends:
            for each in list(self._open):
                self._end(each)
        if relation is not None:
            self._open[relation] = self._sizes[relation]

    def _end(self, relation: RelationName) -> None:
        self._open.pop(relation, None)
        if relation not in self._ended:
            self._ended.add(relation)
            self._ended_bytes += self._sizes[relation]
            self._settled = (self._written, self._ended_bytes)
