"""What the picker of a foreign key finds, and what was searched for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.tasks import TaskContext

TargetKey = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """How far a search went; keys are always looked for by their index.

    `everything`: each row counts, there is no other one. `beginnings`: labels that begin with what was typed were
    looked for in an index. `first_rows`: so many rows of the table were read and looked at, 0 for none.
    """

    everything: bool = False
    beginnings: bool = False
    first_rows: int = 0


@dataclass(frozen=True, slots=True)
class FoundTargets:
    """Rows that a key may point to: (key, label) pairs, the likeliest first. `is_cut`: there may be more of them."""

    rows: tuple[tuple[TargetKey, str], ...] = ()
    searched: Searched = Searched(everything=True)
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Picker:
    """Finds the rows that the foreign key of a column may point to.

    `columns` are those of the row that points, in the order of the cells of the keys found; `place` is the one that is
    edited. `search` runs on a worker thread.
    """

    search: Callable[[str, TaskContext], FoundTargets]
    columns: tuple[str, ...]
    place: int = 0

    def __call__(self, text: str, ctx: TaskContext) -> FoundTargets:
        """Find rows by what was typed; the first ones by no text at all."""
        return self.search(text, ctx)
