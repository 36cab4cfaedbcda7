"""RowQuery: what is asked of a relation - filter, quick search, sort - as one immutable value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from nexus_studio.core.data.filters import AllOf, Filter
from nexus_studio.core.names import RelationName


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort column. `nulls_first` None means PostgreSQL's default: last ascending, first descending."""

    column: str
    descending: bool = False
    nulls_first: bool | None = None

    @property
    def nulls_lead(self) -> bool:
        """Whether NULLs come before the values."""
        return self.descending if self.nulls_first is None else self.nulls_first


@dataclass(frozen=True, slots=True)
class RowQuery:
    """A question about one relation's rows. An empty `sort` means the key's order (or the physical one without key).

    `unsearched` are columns that the quick search leaves out: what it finds would tell what is masked.
    """

    relation: RelationName
    filter: Filter = field(default_factory=AllOf)
    search: str = ""
    sort: tuple[Sort, ...] = ()
    unsearched: frozenset[str] = frozenset()

    def sorted_by(self, *sort: Sort) -> RowQuery:
        """Return the query in another order."""
        return replace(self, sort=sort)

    def filtered_by(self, condition: Filter) -> RowQuery:
        """Return the query with another filter."""
        return replace(self, filter=condition)

    def searching(self, text: str) -> RowQuery:
        """Return the query with another quick-search text."""
        return replace(self, search=text)

    def sparing(self, masked: frozenset[str]) -> RowQuery:
        """Return the query with a quick search and an order that leave these columns out."""
        sort = tuple(each for each in self.sort if each.column not in masked)
        return replace(self, unsearched=masked if self.search else frozenset(), sort=sort)
