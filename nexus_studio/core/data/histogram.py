"""A column's statistics (manual, section 53.27 "pg_stats") as landmarks of an order by it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Final

from nexus_studio.core.data.cells import Cell, Landmark
from nexus_studio.core.data.interpolation import between
from nexus_studio.core.schema.types import PgType

MOST: Final = 2000
"""Landmarks of an order, about: two for each pixel of a long scroll bar."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value the statistics name. `share` of the rows have it; None for a bound of the histogram.

    `fits`: the query's conditions on the column let it through.
    """

    value: str
    share: float | None
    fits: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """`before` and `share` are fractions of the query's rows: those in front of the first with `value`, and with it.

    A share of 0 means that nothing is known of it.
    """

    value: Cell
    before: float
    share: float = 0.0


def steps_of(
    known: Sequence[Known], null_share: float, type_: PgType, *, descending: bool, nulls_lead: bool
) -> tuple[Step, ...]:
    """Spread a column's statistics over the rows of an order by it, in that order.

    `known` ascend as the server sorts them. Values that do not fit are left out, and the others fill their room.
    `null_share` is 0 where NULLs do not fit.
    """
    ascending, total = _spread(_measured(known, null_share), type_, null_share)
    if not total:
        return ()
    values = total - null_share
    shift = null_share if nulls_lead else 0.0
    found = [
        Step(s.value, (shift + (values - s.before - s.share if descending else s.before)) / total, s.share / total)
        for s in (reversed(ascending) if descending else ascending)
    ]
    if null_share:
        null = Step(None, 0.0 if nulls_lead else values / total, null_share / total)
        found.insert(0 if nulls_lead else len(found), null)
    return tuple(found)


def landmarks_of(steps: Sequence[Step], inner: Sequence[Step] = ()) -> tuple[Landmark, ...]:
    """Return the landmarks of an order from its first column's steps.

    `inner` are those of the second column: they divide long runs of one value, as if the columns were independent.
    """
    found: list[Landmark] = []
    for step in steps:
        found.append(Landmark(step.before, (step.value,)))
        parts = min(ceil(step.share * MOST), len(inner))
        for part in range(1, parts):
            one = inner[part * len(inner) // parts]
            found.append(Landmark(step.before + step.share * one.before, (step.value, one.value)))
    return tuple(found)


def has_runs(steps: Sequence[Step]) -> bool:
    """Tell whether some value has so many rows that a second column is worth asking about."""
    return any(step.share * MOST > 1 for step in steps)


def _measured(known: Sequence[Known], null_share: float) -> list[tuple[Known, float, float]]:
    """Return (known, fraction of the table's rows before it, fraction with it), ascending.

    The histogram's bins, all of one size, hold what the common values leave. Where in a bin a common value stands is
    not known: those of one bin are spread over it.
    """
    common = sum(one.share or 0.0 for one in known)
    bounds = sum(1 for one in known if one.share is None)
    unit = max(0.0, 1.0 - null_share - common) / max(1, bounds - 1)
    found: list[tuple[Known, float, float]] = []
    passed, bins = 0.0, -1
    for index, one in enumerate(known):
        if one.share is None:
            bins += 1
            found.append((one, passed + bins * unit, 0.0))
            continue
        begin = next((i + 1 for i in range(index, -1, -1) if known[i].share is None), 0)
        end = next((i for i in range(index, len(known)) if known[i].share is None), len(known))
        inside = (index - begin + 1) / (end - begin + 1) if 0 <= bins < bounds - 1 else 0.0
        found.append((one, passed + (max(bins, 0) + inside) * unit, one.share))
        passed += one.share
    return found


def _spread(
    measured: Sequence[tuple[Known, float, float]], type_: PgType, null_share: float
) -> tuple[list[Step], float]:
    """Close the gaps that values which do not fit leave; fill the wide ones that stay. Return steps and their sum.

    Of a gap between a value that fits and one that does not, half is taken to fit.
    """
    gaps = [
        max(0.0, after[1] - before[1] - before[2]) * (before[0].fits + after[0].fits) / 2
        for before, after in pairwise(measured)
    ]
    total = null_share + sum(gaps) + sum(share for known, _, share in measured if known.fits)
    steps: list[Step] = []
    passed = 0.0
    for index, (known, _, share) in enumerate(measured):
        if known.fits:
            steps.append(Step(known.value, passed, share))
            passed += share
        if index < len(gaps):
            after = measured[index + 1][0]
            inside = (
                between(type_, known.value, after.value, ceil(gaps[index] / total * MOST))
                if known.fits and after.fits and gaps[index]
                else ()
            )
            width = gaps[index] / (len(inside) + 1)
            steps += [Step(value, passed + width * number) for number, value in enumerate(inside, 1)]
            passed += gaps[index]
    return steps, total if steps or null_share else 0.0
