"""Prisma's migrations as values: versions and their two ways, folders, rows of `_prisma_migrations`. Pure.

What is compared with what is in `prismaverdict.py` (Prisma's own account) and `prismastanding.py` (ours).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

LEDGER = "_prisma_migrations"
"""The table of Prisma's ledger."""

LOCK_KEY = 72707369
"""The key of the advisory lock that Prisma holds while it writes its ledger."""

LOCK_WAIT_S = 10.0
"""How long Prisma waits for its lock."""

SCRIPT = "migration.sql"
"""The file in each migration's folder."""

PROVIDER = "postgresql"

_CHECKSUM_LENGTH = 64


@dataclass(frozen=True, slots=True, order=True)
class PrismaVersion:
    """Whose ways to follow. `source` says where it was found.

    "given", "installed" (node_modules), "locked" (package-lock.json, yarn.lock and the like), "declared"
    (package.json), "newest" (nowhere).
    """

    major: int
    minor: int
    patch: int = 0
    source: str = "given"

    @property
    def splits_scripts(self) -> bool:
        """Whether each statement of a script is sent, and committed, by itself where all of them can be parsed."""
        return (self.major, self.minor) >= (7, 4)

    @property
    def forgets_rolled_back(self) -> bool:
        """Whether a row that was rolled back counts as none when it says where a database stands."""
        return (self.major, self.minor) >= (7, 9)

    def __str__(self) -> str:
        """Write it with dots."""
        return f"{self.major}.{self.minor}.{self.patch}"


NEWEST = PrismaVersion(7, 10, 1, "newest")
"""The newest version whose ways are known."""

_LAST = {6: (6, 19, 3), 7: (7, 10, 1)}  # the last known one of a major version

_VERSION = re.compile(r"(\d+)(?:\.(\d+|x|\*))?(?:\.(\d+|x|\*))?")


def read_version(text: str, source: str) -> PrismaVersion | None:
    """Read a version ("6.19.3") or a range of package.json; None where it names no number ("latest").

    A range stands for the newest version that it admits: "^7.1.0" for the last 7.x, "~7.1.0" for 7.1.
    """
    found = _VERSION.search(text)
    if found is None:
        return None
    major = int(found[1])
    minor, patch = (int(each) if each and each.isdigit() else None for each in (found[2], found[3]))
    sign = text.strip()[:1]
    if text.strip().startswith((">=", ">")):
        return PrismaVersion(NEWEST.major, NEWEST.minor, NEWEST.patch, source)
    if minor is None or (sign == "^" and major):
        last = _LAST.get(major, (major, 999, 0) if major > NEWEST.major else (major, minor or 0, patch or 0))
        return PrismaVersion(*max(last, (major, minor or 0, patch or 0)), source)
    return PrismaVersion(major, minor, patch or 0, source)


# Scripts


def script_text(raw: bytes) -> str:
    """Return a script's text as Prisma reads it: what is no UTF-8 was replaced before anything else looks at it."""
    return raw.decode("utf-8", "replace")


def checksum(raw: bytes) -> str:
    """Return the checksum of a script, as a new row has it."""
    return _sha256(script_text(raw))


def checksums(raw: bytes) -> frozenset[str]:
    """Return all stored checksums that a script fits: also with the other line ends, and as old versions wrote them."""
    text = script_text(raw)
    forms = {_sha256(each) for each in (text, text.replace("\r\n", "\n"), text.replace("\n", "\r\n"))}
    bare = {"".join(f"{byte:x}" for byte in bytes.fromhex(each)) for each in forms}
    return frozenset(forms | {each for each in bare if len(each) != _CHECKSUM_LENGTH})


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PrismaFolder:
    """One migration of the folder. `checksum` is empty where there is no script to read (`has_script`)."""

    name: str
    path: Path  # of migration.sql
    has_script: bool = True
    checksum: str = ""
    fits: frozenset[str] = frozenset()  # stored checksums that say the script is the same


# Rows


class RowState(Enum):
    """What a row says of its attempt."""

    APPLIED = "applied"
    MARKED = "marked"  # by `resolve --applied`, without being run
    FAILED = "failed"  # or it is running right now: the row does not tell
    ROLLED_BACK = "rolled_back"
    BOTH = "both"  # finished and rolled back; never made by Prisma


@dataclass(frozen=True, slots=True)
class PrismaRow:
    """One row of the ledger, in the order of its columns."""

    id: str
    checksum: str
    finished_at: datetime | None
    migration_name: str
    logs: str | None
    rolled_back_at: datetime | None
    started_at: datetime
    applied_steps_count: int = 0

    @property
    def is_failed(self) -> bool:
        """Whether Prisma takes it for a failed one."""
        return self.finished_at is None and self.rolled_back_at is None

    @property
    def state(self) -> RowState:
        """What it says."""
        if self.finished_at is None:
            return RowState.FAILED if self.rolled_back_at is None else RowState.ROLLED_BACK
        if self.rolled_back_at is not None:
            return RowState.BOTH
        is_marked = self.finished_at == self.started_at and not self.applied_steps_count
        return RowState.MARKED if is_marked else RowState.APPLIED


def pending_folders(folders: Sequence[PrismaFolder], rows: Iterable[PrismaRow]) -> tuple[PrismaFolder, ...]:
    """Return what a deploy would run, in order: folders without a row that is not rolled back."""
    there = {row.migration_name for row in rows if row.rolled_back_at is None}
    return tuple(each for each in folders if each.name not in there)


def lock_file_provider(text: str) -> str:
    """Return what migration_lock.toml says of the provider, as Prisma reads it: not as TOML."""
    line = next((each for each in text.splitlines() if each.startswith("provider")), None)
    if line is None:
        return "<PROVIDER NOT FOUND>"
    return line.removeprefix("provider = ").strip('"')
