"""ColumnLayout: in which order a table's columns stand, and which are hidden, frozen, wrapped - as a value."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """How columns are laid out. `order` names all of them; the first `frozen` of it, hidden ones counted, stay.

    At least one column of a table that has any is not hidden.
    """

    order: tuple[str, ...]
    hidden: frozenset[str] = frozenset()
    frozen: int = 0
    wrapped: frozenset[str] = frozenset()

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns that are not hidden, in order."""
        return tuple(name for name in self.order if name not in self.hidden)

    def moved(self, start: int, to: int) -> ColumnLayout:
        """Move the column at a place of the order to another; across the edge of the frozen ones it joins or leaves."""
        order = list(self.order)
        order.insert(to, order.pop(start))
        frozen = self.frozen
        if start >= frozen > to:
            frozen += 1
        elif start < frozen <= to:
            frozen -= 1
        return replace(self, order=tuple(order), frozen=frozen)

    def stepped(self, name: str, by: int) -> ColumnLayout:
        """Move a column past its next (1) or former (-1) neighbour that is seen; itself where there is none."""
        shown, start = self.shown, self.order.index(name)
        place = shown.index(name) + by
        return self.moved(start, self.order.index(shown[place])) if 0 <= place < len(shown) else self

    def hiding(self, names: Collection[str]) -> ColumnLayout:
        """Hide just these columns; itself when none would be left to see."""
        hidden = frozenset(names).intersection(self.order)
        return self if len(hidden) == len(self.order) else replace(self, hidden=hidden)

    def frozen_up_to(self, name: str) -> ColumnLayout:
        """Freeze the columns up to this one, included."""
        return replace(self, frozen=self.order.index(name) + 1)

    def wrapping(self, name: str, *, wraps: bool) -> ColumnLayout:
        """Wrap a column's text, or keep it on one line again."""
        return replace(self, wrapped=self.wrapped | {name} if wraps else self.wrapped - {name})

    def reordered(self, order: Sequence[str]) -> ColumnLayout:
        """Put the columns into another order; `frozen` keeps counting from the left."""
        return replace(self, order=tuple(order))


def fitted(
    names: Sequence[str],
    order: Sequence[str] = (),
    hidden: Collection[str] = (),
    frozen: Collection[str] = (),
    wrapped: Collection[str] = (),
) -> ColumnLayout:
    """Make a layout of the columns there are (`names`, in the table's order) from what was remembered by name.

    Names that are gone are passed over. A column that is new stands behind the one it follows in the table, but never
    among the frozen ones, and is shown.
    """
    here, stays = set(names), set(frozen)
    known = [name for name in dict.fromkeys(order) if name in here]
    kept = [name for name in (known or names) if name in stays]
    placed = kept + [name for name in known if name not in stays]
    have = set(placed)
    for place, name in enumerate(names):
        if name not in have:
            before = placed.index(names[place - 1]) + 1 if place else 0
            placed.insert(max(before, len(kept)), name)
            have.add(name)
    gone = frozenset(hidden).intersection(names)
    return ColumnLayout(
        tuple(placed),
        gone if len(gone) < len(names) else frozenset(),
        len(kept),
        frozenset(wrapped).intersection(names),
    )
