"""How far a loading is, by what pg_restore says or by what was read of a plain dump."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.archives import ArchiveItem
from nexus_studio.core.tasks import Progress, TaskContext

STEP: Final = "restore.loading"

_DATA: Final = re.compile(r'pg_restore: processing data for table "(?P<name>.*)"')
_FINISHED: Final = re.compile(r"pg_restore: finished item (?P<id>\d+) ")


class LoadMeter:
    """Says how far a loading is: bytes of the file, by the tables whose rows were loaded or by what was read."""

    def __init__(self, file: Path, items: Sequence[ArchiveItem], ctx: TaskContext, *, is_parallel: bool) -> None:
        self._ctx = ctx
        self._is_parallel = is_parallel
        self._by_id = {each.dump_id: each.size_bytes for each in items}
        self._by_name = {f"{each.schema}.{each.name}": each.size_bytes for each in items if each.size_bytes}
        sizes = sum(self._by_id.values())
        self._unit = "bytes" if sizes or not items else "tables"
        self._total = float(sizes or sum(each.kind == "TABLE DATA" for each in items))
        if not items:
            self._total = float(file.stat().st_size if file.is_file() else 0)
        self._done = 0.0
        self._doing = 0.0

    def read(self, count: int) -> None:
        """So many bytes of the file were read."""
        self._step(count)
        self.tell()

    def begun(self) -> None:
        """The rows of a table begin."""
        if self._unit == "tables":
            self._step(1)
            self.tell()

    def ended(self) -> None:
        """All of it is there."""
        self._done = self._total
        self.tell()

    def tell(self) -> None:
        """Report how far it is. Raises Cancelled where that was wished."""
        self._ctx.report(Progress(STEP, self._done, self._total or None, self._unit))

    def said(self, line: str) -> bool:
        """Take a line that pg_restore has said, on whatever thread; whether it is worth keeping."""
        if found := _DATA.match(line):
            if self._is_parallel:  # each says by itself when it has ended
                return False
            self._step(self._doing)
            self._doing = 1 if self._unit == "tables" else self._by_name.get(found["name"], 0)
        elif found := _FINISHED.match(line):
            self._step(self._by_id.get(int(found["id"]), 0) if self._unit == "bytes" else 1)
        else:
            return not line.startswith(_CHATTER)
        return False

    def _step(self, more: float) -> None:
        self._done = min(self._done + more, self._total or self._done + more)


# What pg_restore says when nothing is wrong.
_CHATTER: Final = tuple(
    f"pg_restore: {each}"
    for each in (
        "connecting", "creating", "processing", "executing", "launching", "finished", "entering", "finishing",
        "restoring", "skipping", "implied", "setting", "restored", "starting", "reading", "disabling", "enabling",
    )
)  # fmt: skip
