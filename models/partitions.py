"""The partitions of partitioned tables, as data: Alembic's comparison does not know them, `models.drift` does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition of a table partitioned by range.

    Attributes:
        name: The partition's own name.
        parent: The partitioned table.
        start: The first moment it holds; None for the default partition, which holds what no other does.
        end: The first moment it no longer holds; None for the default partition.
        comment: Its COMMENT.
    """

    name: str
    parent: str
    start: datetime | None
    end: datetime | None
    comment: str


def monthly(parent: str, first: tuple[int, int], months: int) -> tuple[Partition, ...]:
    """Return one partition a month (UTC) from `first` (year, month) on, and the default partition last."""
    starts = [
        datetime(first[0] + (first[1] - 1 + n) // 12, (first[1] - 1 + n) % 12 + 1, 1, tzinfo=UTC)
        for n in range(months + 1)
    ]
    ranged = tuple(
        Partition(f"{parent}_{start:%Y_%m}", parent, start, end, f"{parent} of {start:%Y-%m} (UTC)")
        for start, end in pairwise(starts)
    )
    return (*ranged, Partition(f"{parent}_default", parent, None, None, f"{parent} of months without a partition"))


PARTITIONS: tuple[Partition, ...] = monthly("audit_events", (2025, 9), 24)
"""Every declared partition. Further months may be added in a database at any time and are no difference."""
