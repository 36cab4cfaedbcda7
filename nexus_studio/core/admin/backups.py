"""What a backup is to hold, how it is written, what was found when it was proven. Values and rules, nothing is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from nexus_studio.core.names import RelationName


class BackupFormat(Enum):
    """How pg_dump writes it (manual, pg_dump, --format)."""

    CUSTOM = "custom"
    """One compressed file; tables can be chosen and loaded by several jobs when it is restored."""

    DIRECTORY = "directory"
    """A folder with a file per table: several jobs may write it too."""

    PLAIN = "plain"
    """SQL text, for psql; also compressed."""


class Compression(Enum):
    """What a backup is compressed with."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


class Contents(Enum):
    """Which half of a database."""

    ALL = "all"
    SCHEMA = "schema"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class BackupSpec:
    """What is to be backed up and how.

    `schemas` and `tables` choose (empty both: the whole database). `jobs` counts in the directory format only.
    `target_version` is the major version of the server it is meant to be restored on, None: the same. `counts` wants
    rows and a checksum of each table, read in the dump's own snapshot. `globals` wants roles and tablespaces beside it
    (pg_dumpall -g), `passwords` their password hashes too. `encrypt_for` are recipients ("age1…" or a GnuPG key id).
    """

    format: BackupFormat = BackupFormat.CUSTOM
    compression: Compression = Compression.GZIP
    contents: Contents = Contents.ALL
    schemas: tuple[str, ...] = ()
    tables: tuple[RelationName, ...] = ()
    jobs: int = 1
    target_version: int | None = None
    counts: bool = True
    globals: bool = False
    passwords: bool = False
    encrypt_for: tuple[str, ...] = ()
    reason: str = "backup"


@dataclass(frozen=True, slots=True)
class TableState:
    """What a table held in a snapshot: its rows, and a checksum over them that does not depend on their order.

    `checksum` is None where only rows were counted. Partitions and inheriting tables are tables of their own.
    """

    relation: RelationName
    rows: int
    checksum: str | None = None


@dataclass(frozen=True, slots=True)
class SequenceState:
    """Between which values a sequence stood while a dump was written; None: it had given out none."""

    relation: RelationName
    low: int | None
    high: int | None

    def fits(self, value: int | None) -> bool:
        """Tell whether the dump may have found it at a value."""
        if value is None or self.low is None or self.high is None:
            return value in {self.low, self.high} or (value is not None and (self.low is None or self.high is None))
        return self.low <= value <= self.high


class Difference(Enum):
    """How a restored table differs from what the sidecar says."""

    MISSING = "missing"
    EXTRA = "extra"
    ROWS = "rows"
    CHECKSUM = "checksum"


@dataclass(frozen=True, slots=True)
class TableDifference:
    """One table that is not as it was; `expected` and `found` are rows, None where there is no such table."""

    relation: RelationName
    kind: Difference
    expected: int | None
    found: int | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What restoring a backup into a scratch database has shown.

    `where` is "embedded" or "server". `missing_extensions` could not be had there. `differences` are of tables;
    `problems` are what the restore said (the server's words, without values), `model_problems` what the models' check
    found (a note: the backup may well be older than the models). `compared` counts the tables that were compared with
    what the sidecar says of them; 0 where it says nothing: then it was restored, and that is all that is known.
    """

    proven_at: datetime
    where: str
    server_version: str
    duration_s: float
    compared: int
    differences: tuple[TableDifference, ...] = ()
    missing_extensions: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    model_problems: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the backup was restored whole and every table is as it was."""
        return not (self.differences or self.missing_extensions or self.problems)


@dataclass(frozen=True, slots=True)
class ChosenTool:
    """Which program writes or reads a backup and why.

    `reason`: "same" (the server's own major version), "newer" (the next newer one), "only" (all there is).
    `warnings` are codes: "tool.newer_than_target" (what it writes may hold what an older target does not understand).
    """

    path: str
    major: int
    reason: str
    warnings: tuple[str, ...] = ()


DEFAULT_PLAIN_NAME: Final = "backup_%Y%m%d.sql"
"""How `strategy.md`'s procedure names a plain backup; ".gz" or ".zst" follows."""

_ENDINGS: Final = {Compression.NONE: "", Compression.GZIP: ".gz", Compression.ZSTD: ".zst"}


def ending_of(spec: BackupSpec) -> str:
    """Return how the name of a backup's file ends, without its first dot: "dump", "dir", "sql", "sql.gz", "sql.zst"."""
    if spec.format is BackupFormat.PLAIN:
        return "sql" + _ENDINGS[spec.compression]
    return {BackupFormat.CUSTOM: "dump", BackupFormat.DIRECTORY: "dir"}[spec.format]


def rolled_up(states: Sequence[TableState], parents: Mapping[RelationName, RelationName]) -> tuple[TableState, ...]:
    """Put together the states of partitions whose rows may lie in one or another: under their parent's name.

    A checksum is a sum over rows and does not depend on where they lie, so that of the parent is the sum of its
    partitions'.

    Args:
        states: Of any tables.
        parents: The partitions, each with the table it counts for.
    """
    found: dict[RelationName, TableState] = {}
    for each in states:
        relation = parents.get(each.relation, each.relation)
        before = found.get(relation)
        if before is None:
            found[relation] = replace(each, relation=relation)
            continue
        checksum = None
        if before.checksum is not None and each.checksum is not None:
            checksum = f"{(int(before.checksum, 16) + int(each.checksum, 16)) % 2**64:016x}"
        found[relation] = TableState(relation, before.rows + each.rows, checksum)
    return tuple(found.values())


def compare(expected: Sequence[TableState], found: Sequence[TableState]) -> tuple[TableDifference, ...]:
    """Return what differs between two states of a database, by relation."""
    was, now = ({each.relation: each for each in states} for states in (expected, found))
    differences: list[TableDifference] = []
    for relation in sorted(was.keys() | now.keys()):
        before, after = was.get(relation), now.get(relation)
        if before is None or after is None:
            kind = Difference.MISSING if after is None else Difference.EXTRA
        elif before.rows != after.rows:
            kind = Difference.ROWS
        elif None not in {before.checksum, after.checksum} and before.checksum != after.checksum:
            kind = Difference.CHECKSUM
        else:
            continue
        differences.append(
            TableDifference(relation, kind, before.rows if before else None, after.rows if after else None)
        )
    return tuple(differences)
