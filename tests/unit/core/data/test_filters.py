"""Filters as values: operators fit types, every operator has its SQL, and misfits are refused."""

from __future__ import annotations

import pytest

from nexus_studio.core.data.filters import (
    OPERATORS,
    AllOf,
    AnyOf,
    Arity,
    Condition,
    Not,
    check_filter,
    conditions_of,
    operators_for,
)
from nexus_studio.core.errors import InvalidFilter
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.core.sql.where import RENDER


def type_of(kind: TypeKind, name: str = "x") -> PgType:
    return PgType(1, name, name, name, kind)


RELATION = Relation(
    RelationName("public", "t"),
    RelationKind.TABLE,
    columns=(
        Column("n", type_of(TypeKind.NUMBER), 1),
        Column("t", type_of(TypeKind.TEXT), 2),
        Column("hidden", type_of(TypeKind.TEXT), 3, may_select=False),
    ),
)


def test_every_operator_has_its_sql() -> None:
    assert OPERATORS.keys() == RENDER.keys()


@pytest.mark.parametrize("kind", TypeKind)
def test_every_kind_can_be_compared_and_asked_for_null(kind: TypeKind) -> None:
    keys = [operator.key for operator in operators_for(type_of(kind))]
    assert {"is", "is_not", "is_null", "is_not_null"} <= set(keys)
    assert len(keys) == len(set(keys))


def test_operators_fit_their_types() -> None:
    assert operators_for(type_of(TypeKind.TEXT))[0].key == "contains"
    assert operators_for(type_of(TypeKind.ENUM))[0].key == "is"
    assert "contains" not in {operator.key for operator in operators_for(type_of(TypeKind.NUMBER))}
    assert "full_text" in {operator.key for operator in operators_for(type_of(TypeKind.SEARCH, "tsvector"))}
    assert "full_text" not in {operator.key for operator in operators_for(type_of(TypeKind.SEARCH, "tsquery"))}


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (Condition.of("nope", "is", "1"), "filter.column"),
        (Condition.of("hidden", "is", "1"), "filter.column"),
        (Condition.of("n", "contains", "1"), "filter.operator"),
        (Condition.of("n", "nope", "1"), "filter.operator"),
        (Condition.of("n", "between", "1"), "filter.values"),
        (Condition.of("n", "in"), "filter.values"),
        (Condition.of("n", "is_null", None), "filter.values"),
    ],
)
def test_a_misfit_is_refused(condition: Condition, code: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        check_filter(AllOf((AnyOf((Not(condition),)),)), RELATION)
    assert caught.value.code == code
    assert caught.value.facts == {"column": condition.column, "operator": condition.operator}


def test_conditions_are_found_in_order() -> None:
    first, second, third = (Condition.of("n", "is", str(number)) for number in range(3))
    check_filter(AllOf((first, AnyOf((Not(second), third)))), RELATION)
    assert list(conditions_of(AllOf((first, AnyOf((Not(second), third)))))) == [first, second, third]
    assert first.value == "0"
    assert Condition.of("n", "is_null").value is None
    assert {operator.arity for operator in OPERATORS.values()} == set(Arity)
