"""Replaces what regular expressions find, on the server: it can be stopped there, which Python's engine cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text

from nexus_studio.core.data.replacing import Replacement
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

PATTERN_MS: Final = 2_000
"""Milliseconds that a regular expression may work on all the texts: one that goes wild would do so for ever."""

_BATCH: Final = 4 << 20  # characters of one statement

_REPLACE: Final = text(
    "SELECT pg_catalog.regexp_replace(given.value, :pattern, :replacement, :flags)"
    " FROM unnest(CAST(:texts AS pg_catalog.text[])) WITH ORDINALITY AS given(value, place) ORDER BY given.place"
)


def replaced_by_pattern(session: Session, texts: Sequence[str], wanted: Replacement, ctx: TaskContext) -> list[str]:
    """Replace what a regular expression of PostgreSQL finds in texts; they come back in the same order.

    Worker threads only. No text is logged.

    Raises:
        StudioError: InvalidValue or another where the server does not take the expression; TimedOut after `PATTERN_MS`.
    """
    found: list[str] = []
    fixed = {"pattern": wanted.pattern, "replacement": wanted.by, "flags": wanted.flags}
    with session.read(ctx, timeout_ms=PATTERN_MS) as connection:
        for batch in _batches(texts):
            found += connection.execute(_REPLACE, {**fixed, "texts": batch}).scalars()
    return found


def _batches(texts: Sequence[str]) -> list[list[str]]:
    batches: list[list[str]] = [[]]
    size = 0
    for each in texts:
        if size > _BATCH:
            batches.append([])
            size = 0
        batches[-1].append(each)
        size += len(each)
    return batches
