"""What a measurement is, and how two things are timed beside one another."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of the table.

    `value` and `reference` are medians in `unit`, or what `paired` returns. `bound` limits `ratio` = value / reference;
    where there is no reference (None, and no ratio), it limits `value` itself.
    """

    name: str
    value: float
    unit: str
    reference: float | None
    bound: float

    @property
    def ratio(self) -> float | None:
        """How many times the reference."""
        return None if self.reference is None else self.value / self.reference

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return (self.value if self.ratio is None else self.ratio) <= self.bound

    def as_json(self) -> dict[str, Any]:
        """Return the line of latest.json."""
        ratio = None if self.ratio is None else round(self.ratio, 3)
        line = asdict(self) | {"ratio": ratio, "holds": self.holds}
        line |= {key: round(line[key], 5) for key in ("value", "reference") if line[key] is not None}
        return {key: line[key] for key in ("name", "value", "unit", "reference", "ratio", "bound", "holds")}


def seconds_of(work: Callable[[], object]) -> float:
    """Run once; return wall seconds."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def interleaved(*subjects: Callable[[], float], runs: int, warm_up: int = 1) -> list[float]:
    """Run the subjects in turn, `runs` times, and return the median of what each returned.

    In turn, so that whatever else the machine does meets all of them alike.
    """
    for _ in range(warm_up):
        for subject in subjects:
            subject()
    samples: list[list[float]] = [[] for _ in subjects]
    for _ in range(runs):
        for subject, seen in zip(subjects, samples, strict=True):
            seen.append(subject())
    return [statistics.median(seen) for seen in samples]


def paired(subject: Callable[[], float], reference: Callable[[], float], *, runs: int) -> tuple[float, float]:
    """Run both in turn, and return the reference's median, and before it that many times as a turn's ratio is.

    For bounds of a few percent, where a machine that changes its speed meanwhile moves two medians further apart than
    what is measured: both of one turn, which begins now with the one and now with the other, meet the same machine.
    """
    subject(), reference()
    ratios, references = [], []
    for number in range(runs):
        if number % 2:
            base, value = reference(), subject()
        else:
            value, base = subject(), reference()
        ratios.append(value / base)
        references.append(base)
    base = statistics.median(references)
    return statistics.median(ratios) * base, base
