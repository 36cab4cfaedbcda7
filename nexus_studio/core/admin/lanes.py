"""The picture of a revision graph: which lane each revision stands in, and which lines pass it. Pure; drawn in ui."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line in a lane (from 0, left to right); `dotted` stands for a dependency, the others for a parent."""

    lane: int
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class LaneRow:
    """One revision's row of the picture, newest on top.

    `arriving` come from the row's upper edge, in their lanes, to the revision's dot in `lane`: what builds on it.
    `leaving` go from the dot to the lower edge, in their lanes: to its parents. `passing` go straight through. Where
    two lines reach the lower edge in one lane they are one from there on. `is_cut` tells that it has a parent that is
    not in the picture.
    """

    lane: int
    arriving: tuple[Stroke, ...] = ()
    leaving: tuple[Stroke, ...] = ()
    passing: tuple[Stroke, ...] = ()
    is_cut: bool = False

    @property
    def width(self) -> int:
        """How many lanes the row takes."""
        lines = (*self.arriving, *self.leaving, *self.passing)
        return 1 + max(self.lane, max((line.lane for line in lines), default=0))


@dataclass(frozen=True, slots=True)
class Knot:
    """A revision as the picture needs it: its id, its parents, and what else it depends on (ids)."""

    name: str
    parents: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


_Awaited = tuple[str, bool]  # id, and whether by a dependency


def lanes_of(knots: Sequence[Knot]) -> tuple[LaneRow, ...]:
    """Lay out a picture, one row per revision, in the order given: each must stand before what it builds on.

    Ids that do not stand further below are cut off (`LaneRow.is_cut`). A line keeps its lane until its revision is
    reached; one that is to meet a line further left joins it at once, so that twenty branches of one revision take two
    lanes and not twenty.
    """
    places = {knot.name: number for number, knot in enumerate(knots)}
    waiting: list[_Awaited | None] = []  # by lane
    rows = []
    for number, knot in enumerate(knots):
        arriving = tuple(_stroke(n, each[1]) for n, each in enumerate(waiting) if each and each[0] == knot.name)
        lane = arriving[0].lane if arriving else _free_lane(waiting)
        for line in arriving:
            waiting[line.lane] = None
        passing = tuple(_stroke(n, each[1]) for n, each in enumerate(waiting) if each)
        wanted = _wanted(knot, places, number)
        leaving = tuple(_leave(waiting, lane, each) for each in wanted)
        rows.append(LaneRow(lane, arriving, leaving, passing, is_cut=len(wanted) < len(_named(knot))))
        while waiting and waiting[-1] is None:
            waiting.pop()
    return tuple(rows)


def widest(rows: Iterable[LaneRow]) -> int:
    """Return how many lanes a picture takes, 1 at least."""
    return max((row.width for row in rows), default=1)


def _named(knot: Knot) -> dict[str, bool]:
    """Return what a revision builds on, each once and whether by a dependency only."""
    return {**dict.fromkeys(knot.needs, True), **dict.fromkeys(knot.parents, False)}


def _wanted(knot: Knot, places: Mapping[str, int], number: int) -> list[_Awaited]:
    """Return those of them that stand further below: parents first, in their order, so that the first goes straight."""
    named = _named(knot)
    ordered = sorted(named, key=lambda name: (named[name], [*knot.parents, *knot.needs].index(name)))
    return [(name, named[name]) for name in ordered if places.get(name, -1) > number]


def _leave(waiting: list[_Awaited | None], lane: int, wanted: _Awaited) -> Stroke:
    """Lead a line away from the dot in `lane`: into one further left that goes the same way, else a lane of its own."""
    for other in range(min(lane, len(waiting))):
        if waiting[other] == wanted:
            return _stroke(other, wanted[1])
    place = lane if lane >= len(waiting) or waiting[lane] is None else _free_lane(waiting, lane)
    while place >= len(waiting):
        waiting.append(None)
    waiting[place] = wanted
    return _stroke(place, wanted[1])


def _free_lane(waiting: Sequence[_Awaited | None], at_least: int = 0) -> int:
    return next((n for n in range(at_least, len(waiting)) if waiting[n] is None), max(len(waiting), at_least))


@cache
def _stroke(lane: int, dotted: bool) -> Stroke:
    """Two thousand rows share their few lines."""
    return Stroke(lane, dotted)
