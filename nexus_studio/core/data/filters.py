"""Filters as values: conditions on columns, joined by AND, OR and NOT, and the operators each type offers.

What an operator is in SQL is said once, in `core/sql/where.py`; a test holds the two lists together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.errors import InvalidFilter
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import PgType, TypeKind


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a column. `operator` is a key of `OPERATORS`.

    `values` holds as many cells as the operator takes: none, one, two (between: from, to, both included) or any number
    (in). They are in the column's own text form, the same as a cell's, or plain text where the operator asks for that.
    Of operators on a JSON path the first value is the path (`address.lines.0`), the second what stands there.
    """

    column: str
    operator: str
    values: tuple[Cell, ...] = ()

    @classmethod
    def of(cls, column: str, operator: str, *values: Cell) -> Condition:
        """Build a condition without spelling the tuple: `Condition.of("age", "between", "18", "25")`."""
        return cls(column, operator, values)

    @property
    def value(self) -> Cell:
        """The first value; None when there is none."""
        return self.values[0] if self.values else None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds. Without parts it holds for each row."""

    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds. Without parts it holds for no row."""

    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; rows where it is unknown (a comparison with NULL) are among them."""

    part: Filter


@dataclass(frozen=True, slots=True)
class Raw:
    """One boolean SQL expression in the person's own words, as after WHERE; unknown (NULL) counts as not true.

    It is PostgreSQL's to read: `core/sql/rawexpr.py` refuses what is not one expression before it is sent, and
    `services/filterchecking.py` asks the server about it.
    """

    text: str


Filter = Condition | AllOf | AnyOf | Not | Raw


class Arity(Enum):
    """How many values an operator takes."""

    NONE = "none"
    ONE = "one"
    TWO = "two"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: its stable `key`, how many values it takes, and the kinds of type it fits.

    `takes_column_type` tells whether its values are of the column's own type (an editor for that type fits) or plain
    text (a pattern, a key, an element).
    """

    key: str
    arity: Arity
    kinds: frozenset[TypeKind]
    takes_column_type: bool = True

    def fits(self, type_: PgType) -> bool:
        """Tell whether the operator makes sense for a column of that type."""
        if type_.kind not in self.kinds:
            return False
        if type_.kind is TypeKind.SEARCH and self.key == "full_text":
            return "tsvector" in {type_.name, type_.domain_of}
        if self.key.startswith("network_"):
            return bool({"inet", "cidr"} & {type_.name, type_.domain_of})
        if self.key in _COMPARING_ELEMENTS:
            return type_.element is not None and type_.element.has_equality
        return True

    def accepts(self, count: int) -> bool:
        """Tell whether that number of values is right."""
        return {Arity.NONE: count == 0, Arity.ONE: count == 1, Arity.TWO: count == 2, Arity.MANY: count > 0}[self.arity]  # noqa: PLR2004


_K = TypeKind
_ALL = frozenset(TypeKind)
_ORDERED = frozenset(
    {_K.NUMBER, _K.DATE, _K.TIME, _K.TIMESTAMP, _K.INTERVAL, _K.TEXT, _K.UUID, _K.NETWORK, _K.ENUM, _K.OTHER}
)
_JSON, _ARRAY, _RANGE = frozenset({_K.JSON}), frozenset({_K.ARRAY}), frozenset({_K.RANGE})
_MOMENTS = frozenset({_K.DATE, _K.TIMESTAMP})
_COMPARING_ELEMENTS = frozenset({"array_contains_all", "array_overlaps", "array_within"})
_TEXTUAL = frozenset({_K.TEXT, _K.UUID, _K.JSON, _K.ENUM, _K.NETWORK, _K.COMPOSITE, _K.SEARCH, _K.ARRAY, _K.OTHER})

# The order is that of the filter bar's menu: what fits a type and stands first is offered first.
_DECLARED = (
    Operator("contains", Arity.ONE, _TEXTUAL - {_K.ENUM, _K.UUID, _K.ARRAY, _K.SEARCH}, takes_column_type=False),
    Operator("full_text", Arity.ONE, frozenset({_K.SEARCH, _K.TEXT}), takes_column_type=False),
    Operator("array_contains", Arity.ONE, _ARRAY, takes_column_type=False),
    Operator("range_contains", Arity.ONE, _RANGE, takes_column_type=False),
    Operator("range_overlaps", Arity.ONE, _RANGE),
    Operator("network_within", Arity.ONE, frozenset({_K.NETWORK}), takes_column_type=False),
    Operator("is", Arity.ONE, _ALL),
    Operator("is_not", Arity.ONE, _ALL),
    Operator("in", Arity.MANY, _ALL - {_K.BOOLEAN, _K.BINARY}),
    Operator("not_in", Arity.MANY, _ALL - {_K.BOOLEAN, _K.BINARY}),
    Operator("lt", Arity.ONE, _ORDERED),
    Operator("lte", Arity.ONE, _ORDERED),
    Operator("gt", Arity.ONE, _ORDERED),
    Operator("gte", Arity.ONE, _ORDERED),
    Operator("between", Arity.TWO, _ORDERED),
    Operator("within_last", Arity.ONE, _MOMENTS, takes_column_type=False),
    Operator("within_next", Arity.ONE, _MOMENTS, takes_column_type=False),
    *(
        Operator(key, Arity.NONE, _MOMENTS)
        for key in ("today", "yesterday", "this_week", "this_month", "last_month", "this_year")
    ),
    Operator("not_contains", Arity.ONE, _TEXTUAL - {_K.ENUM, _K.UUID, _K.ARRAY, _K.SEARCH}, takes_column_type=False),
    Operator("starts_with", Arity.ONE, _TEXTUAL - {_K.JSON, _K.ARRAY, _K.SEARCH}, takes_column_type=False),
    Operator("ends_with", Arity.ONE, _TEXTUAL - {_K.JSON, _K.ARRAY, _K.SEARCH}, takes_column_type=False),
    Operator("matches", Arity.ONE, _TEXTUAL, takes_column_type=False),
    Operator("matches_any_case", Arity.ONE, _TEXTUAL, takes_column_type=False),
    Operator("json_has_key", Arity.ONE, _JSON, takes_column_type=False),
    Operator("json_path_is", Arity.TWO, _JSON, takes_column_type=False),
    Operator("json_path_contains", Arity.TWO, _JSON, takes_column_type=False),
    Operator("json_contains", Arity.ONE, _JSON, takes_column_type=False),
    Operator("json_has_path", Arity.ONE, _JSON, takes_column_type=False),
    Operator("json_matches", Arity.ONE, _JSON, takes_column_type=False),
    Operator("array_contains_all", Arity.MANY, _ARRAY, takes_column_type=False),
    Operator("array_overlaps", Arity.MANY, _ARRAY, takes_column_type=False),
    Operator("array_within", Arity.MANY, _ARRAY, takes_column_type=False),
    Operator("array_any_contains", Arity.ONE, _ARRAY, takes_column_type=False),
    Operator("array_length", Arity.ONE, _ARRAY, takes_column_type=False),
    Operator("range_within", Arity.ONE, _RANGE),
    Operator("range_before", Arity.ONE, _RANGE),
    Operator("range_after", Arity.ONE, _RANGE),
    Operator("network_contains", Arity.ONE, frozenset({_K.NETWORK}), takes_column_type=False),
    Operator("is_empty", Arity.NONE, frozenset({_K.TEXT, _K.ARRAY, _K.RANGE})),
    Operator("is_null", Arity.NONE, _ALL),
    Operator("is_not_null", Arity.NONE, _ALL),
)

OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType({operator.key: operator for operator in _DECLARED})
"""Every operator by its key. For dates and times a person reads lt as "before" and gt as "after"."""


def operators_for(type_: PgType) -> tuple[Operator, ...]:
    """List the operators that fit a column's type, the most useful first."""
    return tuple(operator for operator in _DECLARED if operator.fits(type_))


def leaves_of(condition: Filter) -> Iterator[Condition | Raw]:
    """Walk through every comparison and every raw expression of a filter, left to right."""
    match condition:
        case Condition() | Raw():
            yield condition
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves_of(part)
        case Not(part):
            yield from leaves_of(part)


def conditions_of(condition: Filter) -> Iterator[Condition]:
    """Walk through every comparison of a filter, left to right."""
    return (leaf for leaf in leaves_of(condition) if isinstance(leaf, Condition))


def raws_of(condition: Filter) -> Iterator[Raw]:
    """Walk through every raw expression of a filter, left to right."""
    return (leaf for leaf in leaves_of(condition) if isinstance(leaf, Raw))


def check_filter(condition: Filter, relation: Relation) -> None:
    """Refuse a filter that does not fit the relation.

    Raises:
        InvalidFilter: code "filter.column" (no such column, or it may not be read), "filter.operator" (unknown, or not
            for that type) or "filter.values" (their number is wrong); facts column and operator.
    """
    for one in conditions_of(condition):
        if not relation.has_column(one.column) or not relation.column(one.column).is_shown:
            raise InvalidFilter("filter.column", column=one.column, operator=one.operator)
        operator = OPERATORS.get(one.operator)
        if operator is None or not operator.fits(relation.column(one.column).type):
            raise InvalidFilter("filter.operator", column=one.column, operator=one.operator)
        if not operator.accepts(len(one.values)):
            raise InvalidFilter("filter.values", column=one.column, operator=one.operator)
