"""Which backups are kept and which may go: by day, week and month, and never the last ones. Pure; nothing is deleted.

A backup of the library is an entry: a file with its sidecar, or a foreign dump without one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.profiles import ConnectionProfile

FOREIGN: Final = "foreign"
"""The reason in a sidecar that was made for a file which had none."""

SAFETY: Final = timedelta(days=30)
"""How long what was kept before rows were lost (a reset, a restore) is not asked for by the rule."""

_AHEAD: Final = timedelta(days=1)
"""How far clocks of several machines may be apart."""

_ORDINARY: Final = frozenset({"backup", "scheduled"})
_CHOOSING: Final = frozenset({"--table", "--schema"})  # what `dumpargs.options_of` leaves of chosen ones


class Standing(Enum):
    """What is known of a backup."""

    PROVEN = "proven"
    """It was restored, and every table was as it should be."""

    UNPROVEN = "unproven"
    """Nobody has restored it yet."""

    NOT_PROVEN = "not_proven"
    """It was restored, or it was tried, and something was not as it should be."""

    ALTERED = "altered"
    """Its size is not the one that was written."""

    GONE = "gone"
    """Its sidecar is there, and it is not."""

    FOREIGN = "foreign"
    """A dump that somebody else has put there."""


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """A backup in one of the library's folders.

    `file` is a file, or the folder of a directory dump. `record` is None of a foreign one. `size_bytes` is what it
    takes now, without its sidecar; 0 where it is gone. `made_at` of a foreign one is when it was last written.
    """

    file: Path
    record: BackupRecord | None
    kind: ArchiveKind
    size_bytes: int
    made_at: datetime
    standing: Standing

    @property
    def is_foreign(self) -> bool:
        """Whether it was not made here; a proof may have given it a sidecar."""
        return self.record is None or self.record.reason == FOREIGN

    @property
    def revision(self) -> str:
        """The migrations that were applied, "" where none are known."""
        return self.record.revision if self.record is not None else ""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How many backups are kept: the best one of each of so many days, weeks (from Monday) and months that have any.

    Never fewer than the `at_least` newest. Days without a backup do not count: nothing goes merely because it is old.
    """

    daily: int = 7
    weekly: int = 4
    monthly: int = 12
    at_least: int = 3

    def __post_init__(self) -> None:
        """Refuse what means nothing.

        Raises:
            ValueError: a number below zero.
        """
        if min(self.daily, self.weekly, self.monthly, self.at_least) < 0:
            raise ValueError("a number below zero")


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that stays and why.

    `why`: by the rule "daily", "weekly", "monthly", "at_least"; by itself "newest", "last_proven", "safety" (from
    before rows were lost, and not old yet), "partial" (chosen tables, made by hand), "altered", "future" (a clock was
    wrong when it was made, or is now), "foreign", "other_database".
    """

    entry: LibraryEntry
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What would become of each backup, newest first. What is gone already is in neither list.

    `freed_bytes` is the size of what would be deleted, without sidecars.
    """

    kept: tuple[Kept, ...]
    dropped: tuple[LibraryEntry, ...]
    freed_bytes: int


def standing_of(record: BackupRecord | None, size_bytes: int | None) -> Standing:
    """Tell how a backup stands by its sidecar and its size; None: there is no sidecar, or no file."""
    if record is None:
        return Standing.FOREIGN
    if size_bytes is None:
        return Standing.GONE
    if size_bytes != record.size_bytes:
        return Standing.ALTERED
    proof = record.proof
    if proof is None or proof.is_good:
        return Standing.PROVEN if record.proven_at is not None else Standing.UNPROVEN
    # an extension that was not to be had takes nothing from an older proof
    is_undecided = bool(proof.missing_extensions) and not proof.differences
    return Standing.PROVEN if is_undecided and record.proven_at is not None else Standing.NOT_PROVEN


def plan(
    entries: Iterable[LibraryEntry], rule: RetentionRule, now: datetime, profile: ConnectionProfile, system: str = ""
) -> PrunePlan:
    """Say which backups of a database stay and which may go.

    Whole backups of the database, structures, rows alone and each scheduled choice of tables are counted apart: one is
    no substitute for the other. Copies of one backup in several folders count as one: they stay or go together.

    Args:
        entries: Of any database; those of others stay.
        rule: How many are kept.
        now: The moment; its zone's calendar counts.
        profile: Whose database.
        system: The identifier of its server's data; "": nobody knows. Backups of other data are another database's.
    """
    there = sorted(
        (each for each in entries if each.standing is not Standing.GONE), key=lambda each: _utc(each.made_at)
    )
    why: dict[Path, list[str]] = {each.file: _own_reasons(each, profile, system, now) for each in there}
    groups: dict[Hashable, list[LibraryEntry]] = defaultdict(list)
    for each in there:
        if each.record is not None and each.record.is_of(profile, system) and not each.is_foreign:
            groups[_group_of(each.record)].append(each)
    for group in groups.values():
        usable = [each for each in group if each.standing is not Standing.ALTERED and "future" not in why[each.file]]
        copies = _by_content(usable)
        for reason, entry in _by_rule([max(each, key=_worth) for each in copies.values()], rule, now):
            for each in copies[_content_of(entry)]:
                if reason not in why[each.file]:
                    why[each.file].append(reason)
    newest_first = there[::-1]
    dropped = tuple(each for each in newest_first if not why[each.file])
    kept = tuple(Kept(each, tuple(why[each.file])) for each in newest_first if why[each.file])
    return PrunePlan(kept, dropped, sum(each.size_bytes for each in dropped))


def _own_reasons(entry: LibraryEntry, profile: ConnectionProfile, system: str, now: datetime) -> list[str]:
    """Return why an entry stays whatever the rule says."""
    record = entry.record
    if record is None or entry.is_foreign:
        return ["foreign"]
    if not record.is_of(profile, system):
        return ["other_database"]
    found = []
    if entry.standing is Standing.ALTERED:
        found.append("altered")
    if _utc(entry.made_at) - _utc(now) > _AHEAD:
        found.append("future")
    if record.reason not in _ORDINARY and _utc(now) - _utc(entry.made_at) < SAFETY:
        found.append("safety")
    if _choice_of(record) and record.reason == "backup":
        found.append("partial")
    return found


def _by_rule(group: Sequence[LibraryEntry], rule: RetentionRule, now: datetime) -> list[tuple[str, LibraryEntry]]:
    """Return which of a group, oldest first, stay and why."""
    if not group:
        return []
    found = [("newest", group[-1])]
    found += [("at_least", each) for each in group[len(group) - min(rule.at_least, len(group)) :]]
    if proven := [each for each in group if each.standing is Standing.PROVEN]:
        found.append(("last_proven", proven[-1]))
    for reason, count, period in _PERIODS:
        best: dict[tuple[int, ...], LibraryEntry] = {}
        for each in group:
            span = period(each.made_at.astimezone(now.tzinfo))
            if span not in best or _worth(each) >= _worth(best[span]):
                best[span] = each
        newest = sorted(best, reverse=True)[: count(rule)]
        found += [(reason, best[span]) for span in newest]
    return found


def _by_content(group: Iterable[LibraryEntry]) -> dict[Hashable, list[LibraryEntry]]:
    """Bring together the copies of each backup, in the order of the first ones."""
    found: dict[Hashable, list[LibraryEntry]] = defaultdict(list)
    for each in group:
        found[_content_of(each)].append(each)
    return found


def _content_of(entry: LibraryEntry) -> Hashable:
    """Return what copies of one backup have in common."""
    record = entry.record
    return entry.file if record is None or not record.sha256 else (record.sha256, record.made_at)


def _day(moment: datetime) -> tuple[int, ...]:
    return (moment.year, moment.month, moment.day)


def _week(moment: datetime) -> tuple[int, ...]:
    return moment.isocalendar()[:2]


def _month(moment: datetime) -> tuple[int, ...]:
    return (moment.year, moment.month)


_PERIODS: Final[tuple[tuple[str, Callable[[RetentionRule], int], Callable[[datetime], tuple[int, ...]]], ...]] = (
    ("daily", lambda rule: rule.daily, _day),
    ("weekly", lambda rule: rule.weekly, _week),
    ("monthly", lambda rule: rule.monthly, _month),
)


def _worth(entry: LibraryEntry) -> int:
    """Tell which of a day's backups stands for the day: one that is known to be good before one that nobody tried."""
    return {Standing.PROVEN: 2, Standing.UNPROVEN: 1}.get(entry.standing, 0)


def _group_of(record: BackupRecord) -> Hashable:
    choice = _choice_of(record)
    return (record.contents, choice, record.profile if choice and record.reason == "scheduled" else "")


def _choice_of(record: BackupRecord) -> frozenset[str]:
    """Return by which options tables were chosen; none of a backup of all of them. Which ones, no sidecar says."""
    return _CHOOSING & {each.partition("=")[0] for each in record.options}


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
