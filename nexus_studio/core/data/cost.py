"""QueryCost: what the first page of a question costs, said before it is paid, and the index that would spare it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from nexus_studio.core.data.filters import AllOf, conditions_of, raws_of
from nexus_studio.core.data.plans import PlanCost
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import TypeKind

INSTANT_S: Final = 0.5
"""Seconds up to which a person waits without a word."""

MINUTE_S: Final = 60.0
LONG_S: Final = 600.0

SECONDS_PER_COST: Final = 5e-6
"""Seconds for one of the planner's units. Measured on the benchmark's tables of 10 and 100 million narrow rows and a
million wide ones: 3.2 to 5 microseconds for what lies in memory, up to 13 for what comes from the disk."""

SECONDS_PER_PATTERN: Final = 1e-7
"""Seconds to look for a pattern in one short text (measured: 149 texts in each of a million rows)."""

_FEW_ROWS: Final = 10_000
"""Rows that are sorted in no time."""

_PATTERNS: Final = frozenset(
    {
        "contains",
        "not_contains",
        "starts_with",
        "ends_with",
        "matches",
        "matches_any_case",
        "json_path_contains",
        "array_any_contains",
    }
)
_COMPARED: Final = frozenset(
    {"is", "is_not", "in", "not_in", "lt", "lte", "gt", "gte", "between", "is_null", "is_not_null"}
)
_OF_MOMENTS: Final = frozenset(
    {"within_last", "within_next", "today", "yesterday", "this_week", "this_month", "last_month", "this_year"}
)
_OF_BOUNDS: Final = frozenset(
    {
        "range_contains",
        "range_overlaps",
        "range_within",
        "range_before",
        "range_after",
        "network_within",
        "network_contains",
    }
)
_KNOWN: Final = _COMPARED | _OF_MOMENTS | _OF_BOUNDS
"""Operators whose matches statistics tell: by common values and histograms, of ranges by their bounds too."""


class TimeClass(Enum):
    """How long a question will take: what can be said of a time that nobody can know exactly."""

    INSTANT = "instant"  # below INSTANT_S
    SECONDS = "seconds"
    MINUTES = "minutes"
    LONG = "long"  # from LONG_S on


class CostReason(Enum):
    """What makes a question dear."""

    SORT = "sort"  # all rows are read and sorted
    FILTER = "filter"  # rows are looked through for those that match
    SEARCH = "search"  # the same, for a quick search
    FILTER_AND_SORT = "filter_and_sort"  # they are looked through, and what matches is sorted
    COMPUTE = "compute"  # the view itself has to be worked out


@dataclass(frozen=True, slots=True)
class IndexColumn:
    """A column of an index. `nulls_first` None: PostgreSQL's default for the direction."""

    name: str
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class MissingIndex:
    """An index that would help. `name` is a proposal for its own name.

    `method` is PostgreSQL's access method (btree, gin, gist); `trigrams`: its columns are indexed by trigrams.
    `extension` must be created first, empty when nothing is missing. `statements` create it, in this order; they are
    for people to copy and run outside of a transaction: building an index takes long and is no by-product of browsing.
    """

    relation: RelationName
    name: str
    columns: tuple[IndexColumn, ...]
    method: str = "btree"
    trigrams: bool = False
    extension: str = ""
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryCost:
    """What has to be done before the first page of a query can come.

    `rows_read` are rows the server must look at, `rows_sorted` those it must sort (0: the order costs nothing),
    `seconds` an estimate of the time, all of them from the planner's guesses. `rows_at_most` and `seconds_at_most` hold
    when nothing matches: nobody knows beforehand how rare a word in a text is. `sorted_by` names the columns of the
    order. `limit_s` is when the server gives up (statement_timeout), None when it does not. `is_careful`: the
    database is one in which even seconds of other people's server need a yes (staging, production).
    """

    rows_read: int = 0
    rows_sorted: int = 0
    seconds: float = 0.0
    rows_at_most: int = 0
    seconds_at_most: float = 0.0
    reason: CostReason = CostReason.FILTER
    sorted_by: tuple[str, ...] = ()
    limit_s: float | None = None
    is_careful: bool = False
    missing_index: MissingIndex | None = None

    @property
    def time_class(self) -> TimeClass:
        """How long it takes, roughly."""
        return time_class_of(self.seconds)

    @property
    def is_uncertain(self) -> bool:
        """Whether it may be instant or not, as nobody can know: say it only once it does take long."""
        return self.time_class is TimeClass.INSTANT and self.is_worth_saying

    @property
    def is_worth_saying(self) -> bool:
        """Whether a person would notice, or might."""
        return max(self.seconds, self.seconds_at_most) >= INSTANT_S

    @property
    def needs_consent(self) -> bool:
        """Whether to ask before: from minutes on, and where the server is not the person's own from seconds on."""
        if self.time_class is TimeClass.SECONDS:
            return self.is_careful
        return self.time_class in {TimeClass.MINUTES, TimeClass.LONG}

    @property
    def exceeds_limit(self) -> bool:
        """Whether the server would probably give up before the answer is there."""
        return self.limit_s is not None and self.seconds >= self.limit_s

    def helped_by(self, index: MissingIndex | None) -> QueryCost:
        """Return the cost with the index that would spare it."""
        return replace(self, missing_index=index)


def time_class_of(seconds: float) -> TimeClass:
    """Return the class of a time in seconds."""
    if seconds < INSTANT_S:
        return TimeClass.INSTANT
    if seconds < MINUTE_S:
        return TimeClass.SECONDS
    return TimeClass.MINUTES if seconds < LONG_S else TimeClass.LONG


def seconds_of(plan: PlanCost, patterns: int) -> float:
    """Estimate a plan's time in seconds. `patterns` are how many texts of each row are searched for a pattern.

    The planner prices a search in a text like the comparison of two numbers; it is some forty times that.
    """
    return plan.cost * SECONDS_PER_COST + plan.read * patterns * SECONDS_PER_PATTERN


def patterns_in(query: RowQuery, relation: Relation) -> int:
    """Return how many texts of a row a query searches for a pattern."""
    conditions = sum(one.operator in _PATTERNS for one in conditions_of(query.filter))
    raws = sum(1 for _ in raws_of(query.filter))
    texts = sum(column.type.kind is TypeKind.TEXT for column in relation.columns if column.may_select)
    return conditions + raws + (texts if query.search else 0)


def is_guesswork(query: RowQuery) -> bool:
    """Tell whether statistics say little about how many rows match: patterns, documents, raw expressions."""
    known = all(one.operator in _KNOWN for one in conditions_of(query.filter))
    return bool(query.search) or not known or any(True for _ in raws_of(query.filter))


def reason_of(query: RowQuery, plan: PlanCost) -> CostReason:
    """Say what makes a query dear."""
    is_sorted = plan.sorted >= _FEW_ROWS and bool(query.sort)
    narrows = query.filter != AllOf()
    if narrows or query.search:
        if is_sorted:
            return CostReason.FILTER_AND_SORT
        return CostReason.FILTER if narrows else CostReason.SEARCH
    return CostReason.SORT if is_sorted else CostReason.COMPUTE
