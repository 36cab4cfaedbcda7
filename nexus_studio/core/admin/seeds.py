"""Seeds: what can be put into a database, where that is allowed, and what a run of one added. Values and rules only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment

OWN: Final = frozenset({Environment.DEMO, Environment.DEVELOPMENT, Environment.CI})
"""Where a seed may run that says nothing about it."""

MODULE: Final = "nexus_seeds"
"""What a project's seeds import their decorator from."""

CATALOG: Final = RelationName("pg_catalog", "pg_class")
"""Counted beside the tables: rows that came or went there are tables (or indexes, or views) that did."""

_NAME: Final = re.compile(r"[^\W_][\w.-]{0,62}\Z")
_YES: Final = frozenset({"yes", "true", "on", "1"})
_NO: Final = frozenset({"no", "false", "off", "0"})


class SeedKind(Enum):
    """What a seed is made of."""

    PYTHON = "python"
    SQL = "sql"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class SeedSpec:
    """A seed on offer: name, a sentence, where it may run, whether running it twice changes nothing.

    `path` is its file, of a CSV seed its folder; None: it travels with the bundled models. `line` and `function` say
    where in a Python file it stands. `takes_scale`: it can be laid down N-fold. `takes_connection`: it writes on the
    one it is given; a seed that takes none makes its own, and what it does there no dry run could take back.
    """

    name: str
    description: str = ""
    environments: frozenset[Environment] = OWN
    idempotent: bool = False
    kind: SeedKind = SeedKind.PYTHON
    path: Path | None = None
    line: int = 0
    function: str = ""
    takes_scale: bool = False
    takes_connection: bool = True


class SeedFault(Enum):
    """Why something in the folder of seeds is not on offer."""

    UNREADABLE = "unreadable"
    SYNTAX = "syntax"
    NOT_LITERAL = "not_literal"  # an argument of the decorator that only running the file would tell
    ARGUMENT = "argument"  # one that the decorator does not know
    ASYNC = "async"
    NAME = "name"
    ENVIRONMENT = "environment"
    IDEMPOTENT = "idempotent"  # neither yes nor no
    TAKEN = "taken"  # another seed has the name
    EMPTY = "empty"  # a folder's seed.toml without a .csv beside it


@dataclass(frozen=True, slots=True)
class SeedProblem:
    """Something in the folder of seeds that can't be offered; `subject` is the name or word it is about."""

    fault: SeedFault
    path: Path
    line: int = 0
    subject: str = ""


@dataclass(frozen=True, slots=True)
class SeedListing:
    """What is on offer, what is not and why, and the folder that was looked into (it need not be there)."""

    seeds: tuple[SeedSpec, ...] = ()
    problems: tuple[SeedProblem, ...] = ()
    folder: Path | None = None

    def named(self, name: str) -> SeedSpec | None:
        """Return the seed of that name."""
        return next((seed for seed in self.seeds if seed.name == name), None)


@dataclass(frozen=True, slots=True)
class TableCount:
    """Rows of one table that a transaction added, changed and deleted, those that triggers wrote included."""

    relation: RelationName
    inserted: int = 0
    updated: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What a run of a seed did, or a dry run would do.

    `sequences` moved on during a dry run: PostgreSQL takes no number back.
    """

    seed: str
    scale: int
    is_dry_run: bool
    tables: tuple[TableCount, ...] = ()
    sequences: tuple[RelationName, ...] = ()
    duration_ms: float = 0.0

    @property
    def added(self) -> Mapping[str, int]:
        """Rows added by table, named as people type it; tables without new rows left out."""
        return MappingProxyType({str(each.relation): each.inserted for each in self.tables if each.inserted})

    @property
    def total(self) -> int:
        """Rows added in all."""
        return sum(each.inserted for each in self.tables)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added, changed or deleted."""
        return not any(each.inserted or each.updated or each.deleted for each in self.tables)


def counted(before: Iterable[TableCount], after: Iterable[TableCount]) -> tuple[TableCount, ...]:
    """Return what was counted in between, by table.

    PostgreSQL's counts of a transaction may begin with those of the connection's last ones, not yet handed on.
    """
    former = {each.relation: each for each in before}
    found = []
    for each in after:
        was = former.get(each.relation, TableCount(each.relation))
        now = TableCount(
            each.relation,
            each.inserted - was.inserted,
            each.updated - was.updated,
            each.deleted - was.deleted,
        )
        if now.inserted or now.updated or now.deleted:
            found.append(now)
    return tuple(sorted(found, key=lambda count: count.relation))


def effects_of(counts: Sequence[TableCount]) -> Effects:
    """Say what a committed transaction with these counts made stale."""
    kinds, tables = Kind.NOTHING, set()
    for each in counts:
        if each.relation == CATALOG:
            kinds |= Kind.CATALOG if each.inserted or each.deleted else Kind.NOTHING
        else:
            tables.add(each.relation)
            kinds |= Kind.ROWS | Kind.SIZES
    return Effects(kinds, frozenset(tables))


def is_seed_name(name: str) -> bool:
    """Tell whether a seed may be called that: a word of letters, digits, "-", "_" and "."."""
    return _NAME.match(name) is not None


def slug(text: str) -> str:
    """Make a seed's name of what a person wrote; empty when nothing is left of it."""
    words = re.findall(r"\w+", text.lower())
    return "-".join(words)[:63].strip("-_")


def read_environments(names: Iterable[str]) -> frozenset[Environment]:
    """Read environments by their names.

    Raises:
        ValueError: with the first name that is none.
    """
    known = {each.value: each for each in Environment}
    found = set()
    for name in names:
        if name.strip().lower() not in known:
            raise ValueError(name.strip())
        found.add(known[name.strip().lower()])
    return frozenset(found)


def read_flag(text: str) -> bool:
    """Read yes or no.

    Raises:
        ValueError: when it is neither.
    """
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError(text.strip())
    return word in _YES


_HEADER: Final = re.compile(r"--\s*(name|description|environments|idempotent)\s*:\s*(.*?)\s*\Z", re.IGNORECASE)


def sql_header(text: str) -> Mapping[str, tuple[str, int]]:
    """Read the lines of comment that a script begins with: by word its value and the number of its line."""
    found: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("--"):
            break
        if match := _HEADER.match(stripped):
            found.setdefault(match.group(1).lower(), (match.group(2), number))
    return found


def sql_header_of(spec: SeedSpec) -> str:
    """Write the lines of comment that `sql_header` reads."""
    places = ", ".join(each.value for each in Environment if each in spec.environments)
    lines = [f"-- name: {spec.name}"]
    if spec.description:
        lines.append(f"-- description: {' '.join(spec.description.split())}")
    lines += [f"-- environments: {places}", f"-- idempotent: {'yes' if spec.idempotent else 'no'}"]
    return "\n".join(lines) + "\n"


def parents_first(targets: Mapping[RelationName, frozenset[RelationName]]) -> tuple[RelationName, ...]:
    """Order tables so that those a table points to come before it; circles are cut where the order is by name.

    Args:
        targets: By table, those its foreign keys point to; others than the tables themselves are left aside.
    """
    order: list[RelationName] = []
    done: set[RelationName] = set()
    for first in sorted(targets):
        stack = [(first, iter(sorted(targets[first])))]
        begun = {first}
        while stack:
            table, waiting = stack[-1]
            for parent in waiting:
                if parent in targets and parent not in done and parent not in begun:
                    begun.add(parent)
                    stack.append((parent, iter(sorted(targets[parent]))))
                    break
            else:
                stack.pop()
                if table not in done:
                    done.add(table)
                    order.append(table)
    return tuple(order)
