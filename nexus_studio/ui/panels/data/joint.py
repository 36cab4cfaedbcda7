"""Bundle: what several tabs have staged that is to be saved in one transaction, such as a set that is taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shiboken6 import isValid

from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.errors import EditConflict, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.panels.data.rows_page import RowsPage


class Joint:
    """Tabs whose changes are saved together, as long as they have any. Each tab has one, alone at first."""

    def __init__(self, page: RowsPage) -> None:
        self._pages: list[RowsPage] = [page]

    def join(self, others: Sequence[RowsPage]) -> None:
        """Save these tabs' changes together from now on. What was joined before is let go."""
        self._pages = [self._pages[0], *(page for page in others if page is not self._pages[0])]

    def pages(self) -> tuple[RowsPage, ...]:
        """Return the tab, and the others that are still open and have something staged."""
        first, *others = self._pages
        self._pages = [first, *(page for page in others if isValid(page) and page.is_dirty)]
        return tuple(self._pages)

    def part(self) -> None:
        """Save the tab alone again."""
        del self._pages[1:]


@dataclass(frozen=True, slots=True)
class Part:
    """One tab's changes, as the tab knows them."""

    page: RowsPage
    relation: Relation
    frozen: tuple[RowChange, ...]

    @property
    def is_staged(self) -> bool:
        """Whether all of it is still to be saved: not saved meanwhile, nor taken back."""
        changes = self.page.changes if isValid(self.page) else None
        return changes is not None and all(changes.staged_for(change.draft) is not None for change in self.frozen)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Frozen changes of one or several tabs. The writer gets all of them, numbered through."""

    parts: tuple[Part, ...]

    @classmethod
    def of(cls, pages: Sequence[RowsPage]) -> Bundle:
        """Freeze what tabs have staged."""
        return cls(
            tuple(
                Part(page, page.relation, page.changes.freeze())
                for page in pages
                if page.relation is not None and page.changes is not None and not page.changes.is_empty
            )
        )

    @property
    def changes(self) -> tuple[RowChange, ...]:
        """All changes; each `draft` is the change's place among them, from 1."""
        every = (change for part in self.parts for change in part.frozen)
        return tuple(replace(change, draft=number) for number, change in enumerate(every, start=1))

    @property
    def relations(self) -> Mapping[RelationName, Relation]:
        """The relations they are of."""
        return {part.relation.name: part.relation for part in self.parts}

    def refusals(self, error: StudioError) -> Iterator[tuple[Part, StudioError]]:
        """Hand an error of the writer to the tabs that it is about, in their own numbers; first of all to one."""
        begin = 0
        found = False
        for part in self.parts:
            mine = _of_part(error, part, begin)
            begin += len(part.frozen)
            if mine is not None:
                found = True
                yield part, mine
        if not found and self.parts:
            yield self.parts[0], error


def _of_part(error: StudioError, part: Part, begin: int) -> StudioError | None:
    """Return an error as one tab is to hear it; None when it is not about its changes."""
    end = begin + len(part.frozen)
    if isinstance(error, EditConflict):
        mine = [each for each in error.conflicts if isinstance(each, Conflict) and begin < each.draft <= end]
        own = tuple(replace(each, draft=part.frozen[each.draft - begin - 1].draft) for each in mine)
        return EditConflict(error.code, conflicts=own, report=error.report, rows=len(own)) if own else None
    number = error.facts.get("change")
    if not isinstance(number, int) or not begin <= number < end:
        return None
    error.facts["change"] = number - begin
    return error
