"""What the words of `rows` ask for: conditions, filters, orders and columns as typed, checked against the relation."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final

from nexus_studio.core.data.filters import OPERATORS, AllOf, AnyOf, Arity, Condition, Filter, Raw, operators_for
from nexus_studio.core.data.querytext import filter_from_text
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import UserError
from nexus_studio.core.schema.catalog import Relation

_DIRECTIONS: Final = {"asc": False, "desc": True}
_NULLS: Final = {"nulls-first": True, "nulls-last": False}


def query_of(arguments: argparse.Namespace, relation: Relation) -> RowQuery:
    """Build the query that the words ask for.

    Raises:
        UserError: "cli.condition", "cli.filter" when one is not understood.
        UnknownRelation: "column.unknown".
    """
    parts = tuple(_parts(arguments, relation))
    joined: Filter = AnyOf(parts) if arguments.any and parts else AllOf(parts)
    sort = tuple(sort_of(text, relation) for text in arguments.sort)
    return RowQuery(relation.name, joined, arguments.search, sort)


def columns_of(arguments: argparse.Namespace, relation: Relation) -> tuple[str, ...] | None:
    """Return the columns to read, in the order they are to be shown; None for all.

    Raises:
        UnknownRelation: "column.unknown".
    """
    if arguments.columns is None:
        return None
    names = {column.name for column in relation.columns}
    found = (arguments.columns,) if arguments.columns in names else tuple(arguments.columns.split(","))
    return tuple(dict.fromkeys(relation.column(name).name for name in found))


def condition_of(text: str, relation: Relation) -> Condition:
    """Read COLUMN:OPERATOR[:VALUE]; several values are separated by "|". The longest column name that fits wins.

    Raises:
        UserError: "cli.condition"; facts text and operators (those that fit the column).
        UnknownRelation: "column.unknown".
    """
    names = sorted((c.name for c in relation.columns if text.startswith(f"{c.name}:")), key=len, reverse=True)
    if not names:
        column = text.partition(":")[0]
        relation.column(column)  # raises where there is none
        raise UserError("cli.condition", text=text, operators=_operators(relation, column))
    column = names[0]
    key, _, rest = text[len(column) + 1 :].partition(":")
    operator = OPERATORS.get(key)
    if operator is None or not operator.fits(relation.column(column).type):
        raise UserError("cli.condition", text=text, operators=_operators(relation, column))
    if operator.arity is Arity.NONE:
        return Condition(column, key)
    values = tuple(rest.split("|")) if operator.arity in {Arity.TWO, Arity.MANY} else (rest,)
    if not operator.accepts(len(values)):
        raise UserError("cli.condition", text=text, operators=_operators(relation, column))
    return Condition(column, key, values)


def sort_of(text: str, relation: Relation) -> Sort:
    """Read COLUMN[:asc|:desc][:nulls-first|:nulls-last].

    Raises:
        UnknownRelation: "column.unknown".
    """
    rest, nulls_first, descending = text, None, False
    if not relation.has_column(rest) and rest.rpartition(":")[2] in _NULLS:
        rest, _, word = rest.rpartition(":")
        nulls_first = _NULLS[word]
    if not relation.has_column(rest) and rest.rpartition(":")[2] in _DIRECTIONS:
        rest, _, word = rest.rpartition(":")
        descending = _DIRECTIONS[word]
    return Sort(relation.column(rest).name, descending, nulls_first)


def _parts(arguments: argparse.Namespace, relation: Relation) -> Iterator[Filter]:
    for text in arguments.where:
        yield condition_of(text, relation)
    for text in arguments.filter:
        try:
            yield filter_from_text(text)
        except ValueError:
            raise UserError("cli.filter") from None
    for text in arguments.where_sql:
        yield Raw(text)


def _operators(relation: Relation, column: str) -> tuple[str, ...]:
    return tuple(operator.key for operator in operators_for(relation.column(column).type))
