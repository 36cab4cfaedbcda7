"""Slow queries: what pg_stat_statements has counted, in the words of any version, and how to have it count. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from nexus_studio.core.admin.literals import without_literals
from nexus_studio.core.admin.statementkinds import first_word

EXTENSION: Final = "pg_stat_statements"


class Order(Enum):
    """By what the queries are sorted, the greatest first."""

    TOTAL = "total"
    MEAN = "mean"
    CALLS = "calls"
    ROWS = "rows"


class CountingState(Enum):
    """Whether queries are counted."""

    READY = "ready"
    NOT_CREATED = "not_created"
    """The extension is not in this database."""

    NOT_LOADED = "not_loaded"
    """The server was started without its library, so nothing is counted."""

    NOT_INSTALLED = "not_installed"
    """The server does not have it."""

    HIDDEN = "hidden"
    """The role may not look at it."""


@dataclass(frozen=True, slots=True)
class EnableStep:
    """One thing to do so that queries are counted, and its SQL where there is some.

    Codes, in order: "package" (install PostgreSQL's additional modules), "preload" (have its library loaded; the value
    as it is now is kept), "restart" (the server), "create" (the extension in this database), "grant" (let this role
    look at it).
    """

    code: str
    sql: str = ""


@dataclass(frozen=True, slots=True)
class SlowQuery:
    """A query, all its calls together. Times in milliseconds.

    `text` has no values in it: PostgreSQL has put $1 for most, and what it left is left out here. `is_hidden`: it is
    another role's and may not be seen. `cache_hit` is the share of pages, 0 to 1, found in PostgreSQL's memory, None
    where none was read; `share` that of the time of all queries that were counted. `may_explain`: it is one that has a
    plan.
    """

    id: int | None
    user: str
    database: str
    text: str
    calls: int
    total_ms: float
    mean_ms: float
    rows: int
    cache_hit: float | None = None
    share: float = 0.0
    is_hidden: bool = False
    may_explain: bool = False


@dataclass(frozen=True, slots=True)
class SlowQueries:
    """What was counted, in the order that was wished.

    `since` is when counting began anew, None where the version does not say. `evicted` is how often rare queries were
    dropped because there were too many, None where that is not said. `may_not_see` is how many of the queries are of
    roles whose texts this one may not see: pg_monitor would. `count` is how many queries were counted in all.
    """

    state: CountingState
    steps: tuple[EnableStep, ...] = ()
    queries: tuple[SlowQuery, ...] = ()
    since: datetime | None = None
    evicted: int | None = None
    count: int = 0
    may_not_see: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """How a version of the extension names what is read of it; "" where it has no such column."""

    total: str
    mean: str
    toplevel: str = ""


def columns_of(names: Collection[str]) -> Columns:
    """Return the names by those of the view's columns: with 1.8 (PostgreSQL 13) planning got times of its own."""
    is_new = "total_exec_time" in names
    return Columns(
        total="total_exec_time" if is_new else "total_time",
        mean="mean_exec_time" if is_new else "mean_time",
        toplevel="toplevel" if "toplevel" in names else "",
    )


def steps_to(state: CountingState, *, preload: str, is_created: bool) -> Iterator[str]:
    """Yield the codes of what is to be done, in order.

    Args:
        state: As things are.
        preload: Libraries that the server loads, as `shared_preload_libraries` has them.
        is_created: Whether the extension is in this database.
    """
    if state is CountingState.READY:
        return
    if state is CountingState.HIDDEN:
        yield "grant"
        return
    if state is CountingState.NOT_INSTALLED:
        yield "package"
    if EXTENSION not in libraries_of(preload):
        yield "preload"
        yield "restart"
    elif state is CountingState.NOT_LOADED:  # it is in the file, and the server was not started since
        yield "restart"
    if not is_created:
        yield "create"


def libraries_of(preload: str) -> tuple[str, ...]:
    """Return the libraries of `shared_preload_libraries`, in their order."""
    return tuple(name for part in preload.split(",") if (name := part.strip().strip('"')))


_EXPLAINED: Final = frozenset({"select", "insert", "update", "delete", "merge", "values", "table", "with"})


def has_plan(statement: str) -> bool:
    """Tell by a statement's first word whether PostgreSQL makes a plan for it."""
    return first_word(statement) in _EXPLAINED


_ASKING: Final = frozenset({"select", "values", "table", "with"})
_PARAMETER: Final = re.compile(r'"[^"]*"|(?<![\w$])\$([0-9]{1,5})')
_INTO: Final = re.compile(r'"[^"]*"|\b(into)\b', re.IGNORECASE)


def may_be_run(statement: str) -> bool:
    """Tell by a statement's words whether it may be run to measure it: it asks, and no more.

    What WITH may write for all that, and functions, PostgreSQL refuses in a transaction that only reads. It lets
    EXPLAIN have SELECT INTO make a table there.
    """
    makes_table = any(found.group(1) for found in _INTO.finditer(without_literals(statement)))
    return first_word(statement) in _ASKING and not makes_table


def hit_share(hit: int, read: int) -> float | None:
    """Return the share of pages that were found in memory; None where none was asked for."""
    return hit / (hit + read) if hit + read else None


def parameters_of(text: str) -> int:
    """Return the highest number of a parameter ($1, $2 …) in a statement; what stands in strings is none."""
    return max(
        (int(found.group(1)) for found in _PARAMETER.finditer(without_literals(text)) if found.group(1)), default=0
    )
