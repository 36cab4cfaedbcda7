"""Local times that a time zone does not have, or has twice: clocks are put forward and back. Pure but for tzdata."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LOCAL: Final = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[ T](?P<clock>\d{1,2}:\d{2}(?::\d{2})?)(?P<fraction>\.\d+)?\Z", re.ASCII
)
_OFFSET: Final = re.compile(r"\s*[+-]\d{2}(?::?\d{2}){0,2}\Z", re.ASCII)


class Hour(Enum):
    """How often a local time happens."""

    ONCE = "once"
    MISSING = "missing"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class LocalHour:
    """What a local time means. `choices` are the texts with offset it may stand for, the earlier moment first."""

    hour: Hour
    choices: tuple[str, ...] = ()


ONCE: Final = LocalHour(Hour.ONCE)


def local_hour(text: str, zone: str) -> LocalHour:
    """Tell whether a timestamp without an offset happens once in a zone, twice, or never.

    What has an offset, is no plain ISO timestamp, or is of a zone nobody knows here, is left to the server: ONCE.
    For a missing hour the choices are the moments that clocks show an hour later and an hour earlier (by as much as
    they were put forward), which is what the offsets before and after the change make of it.
    """
    found, known = _LOCAL.match(text.strip()), _zone(zone)
    if found is None or known is None:
        return ONCE
    clock = found["clock"] if found["clock"].count(":") == 2 else f"{found['clock']}:00"  # noqa: PLR2004
    try:
        local = datetime.fromisoformat(f"{found['day']} {clock.rjust(8, '0')}")
        first, second = (local.replace(tzinfo=known, fold=fold).utcoffset() for fold in (0, 1))
    except (ValueError, OverflowError):
        return ONCE
    if first is None or second is None or first == second:
        return ONCE
    fraction = found["fraction"] or ""
    if first > second:
        return LocalHour(Hour.TWICE, tuple(_written(local, offset, fraction) for offset in (first, second)))
    # The offsets before and after the gap; with each of them clocks show an hour that exists.
    moments = sorted((local - offset).replace(tzinfo=UTC) for offset in (first, second))
    shown = [moment.astimezone(known) for moment in moments]
    return LocalHour(
        Hour.MISSING,
        tuple(_written(each.replace(tzinfo=None), each.utcoffset() or timedelta(), fraction) for each in shown),
    )


def without_offset(text: str) -> str:
    """Leave the offset out of a timestamp: what clocks show, in the zone it was printed in."""
    return _OFFSET.sub("", text)


def knows_zone(zone: str) -> bool:
    """Tell whether the hours of a zone can be told here."""
    return _zone(zone) is not None


def _written(local: datetime, offset: timedelta, fraction: str) -> str:
    minutes, seconds = divmod(int(abs(offset).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    sign = "-" if offset < timedelta() else "+"
    more = f":{minutes:02d}" + (f":{seconds:02d}" if seconds else "") if minutes or seconds else ""
    return f"{local.isoformat(sep=' ')}{fraction}{sign}{hours:02d}{more}"


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
