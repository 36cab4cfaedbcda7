"""The zone of this machine's clock, at any moment: its calendar says of which day a backup is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final


class _LocalZone(tzinfo):
    """The system's own rules: `datetime.astimezone()` alone gives the offset of one moment, not a zone."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        return None if dt is None else dt.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, dt: datetime | None) -> timedelta | None:
        return None  # not known, and not asked for

    def tzname(self, dt: datetime | None) -> str | None:
        return "local" if dt is None else dt.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, dt: datetime) -> datetime:
        return dt.replace(tzinfo=UTC).astimezone().replace(tzinfo=self)


LOCAL_ZONE: Final[tzinfo] = _LocalZone()


def local_now() -> datetime:
    """Return this moment by the machine's clock."""
    return datetime.now(LOCAL_ZONE)
