"""Back and forward like in a browser: the places a person has been to."""

from __future__ import annotations

from nexus_studio.core.data.rowquery import RowQuery

LONGEST = 100
"""Places remembered; the oldest is forgotten first."""


class Trail:
    """A list of questions asked of relations, and where in it the person stands."""

    def __init__(self) -> None:
        self._places: list[RowQuery] = []
        self._here = -1

    def visit(self, place: RowQuery) -> None:
        """Go somewhere new; what lay ahead is forgotten. Going where one stands changes nothing."""
        if self._here >= 0 and self._places[self._here] == place:
            return
        del self._places[self._here + 1 :]
        self._places.append(place)
        del self._places[:-LONGEST]
        self._here = len(self._places) - 1

    def replace(self, place: RowQuery) -> None:
        """Note that the question asked here is another now (a filter, a sort): no step of its own."""
        if self._here >= 0:
            self._places[self._here] = place

    def back(self) -> RowQuery | None:
        """Step back; None at the beginning."""
        if not self.can_go_back:
            return None
        self._here -= 1
        return self._places[self._here]

    def forward(self) -> RowQuery | None:
        """Step forward; None at the end."""
        if not self.can_go_forward:
            return None
        self._here += 1
        return self._places[self._here]

    @property
    def can_go_back(self) -> bool:
        """Whether there is a place behind."""
        return self._here > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a place ahead."""
        return self._here < len(self._places) - 1
