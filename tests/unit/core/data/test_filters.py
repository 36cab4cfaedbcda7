"""Filters as values: operators fit types, every operator has its SQL, and misfits are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nexus_studio.core.data.filters import (
    OPERATORS,
    AllOf,
    AnyOf,
    Arity,
    Condition,
    Not,
    Raw,
    check_filter,
    conditions_of,
    leaves_of,
    operators_for,
    raws_of,
)
from nexus_studio.core.errors import InvalidFilter
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.core.sql.nested import path_parts
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


def test_operators_ask_more_than_the_kind() -> None:
    def keys(type_: PgType) -> set[str]:
        return {operator.key for operator in operators_for(type_)}

    network, moments = {"network_within", "network_contains"}, {"today", "within_last", "this_month"}
    assert network <= keys(type_of(TypeKind.NETWORK, "cidr"))
    assert not network & keys(type_of(TypeKind.NETWORK, "macaddr"))
    comparing = {"array_contains_all", "array_overlaps", "array_within"}
    for has_equality, fitting in ((True, comparing), (False, set())):
        element = replace(type_of(TypeKind.NUMBER), has_equality=has_equality)
        assert keys(replace(type_of(TypeKind.ARRAY), element=element)) & comparing == fitting
    assert moments <= keys(type_of(TypeKind.TIMESTAMP)) & keys(type_of(TypeKind.DATE))
    assert not moments & keys(type_of(TypeKind.TIME))
    assert "full_text" in keys(type_of(TypeKind.TEXT))


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("", ()),
        ("$", ()),
        ("a", ("a",)),
        ("a.b.0", ("a", "b", "0")),
        ("$.a.b", ("a", "b")),
        ('"a.b".c', ("a.b", "c")),
        ('"$".a', ("$", "a")),
        ('a."say ""hi"""', ("a", 'say "hi"')),
        ('a."b', ("a", '"b')),
        ("a..b.", ("a", "", "b", "")),
        ("a b.é\n", ("a b", "é\n")),
    ],
)
def test_a_path_is_taken_apart(path: str, parts: tuple[str, ...]) -> None:
    assert path_parts(path) == parts


def test_raw_expressions_are_leaves() -> None:
    one, raw = Condition.of("n", "is", "1"), Raw("n > 1")
    tree = AllOf((one, AnyOf((Not(raw), one))))
    check_filter(tree, RELATION)
    assert list(leaves_of(tree)) == [one, raw, one]
    assert list(conditions_of(tree)) == [one, one]
    assert list(raws_of(tree)) == [raw]


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
