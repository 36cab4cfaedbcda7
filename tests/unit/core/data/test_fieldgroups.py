"""Fields of a wide row, grouped by their names."""

from __future__ import annotations

import pytest

from nexus_studio.core.data.fieldgroups import FieldGroup, first_word, grouped


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("address_city", "address"),
        ("addressCity", "address"),
        ("field12", "field"),
        ("Address_City", "address"),
        ("city", ""),
        ("c1", ""),
        ("_hidden", ""),
        ("", ""),
    ],
)
def test_the_first_word_of_a_name(name: str, word: str) -> None:
    assert first_word(name) == word


def test_few_fields_are_not_grouped() -> None:
    names = tuple(f"address_{n}" for n in range(5))
    assert grouped(names, {"address_0"}) == (FieldGroup(names),)
    assert grouped((), ()) == ()


def test_names_that_begin_alike_stand_together() -> None:
    names = ("id", "city", "bill_a", "ship_a", "bill_b", "note", "bill_c", "ship_b", "x", "y", "z", "w", "v")
    assert grouped(names, {"id"}) == (
        FieldGroup(("id",), is_key=True),
        FieldGroup(("city", "ship_a", "note", "ship_b", "x", "y", "z", "w", "v")),
        FieldGroup(("bill_a", "bill_b", "bill_c"), "bill"),
    )


def test_a_word_that_most_names_begin_with_is_no_group() -> None:
    names = (*(f"field_{n}" for n in range(20)), "a", "b")
    assert grouped(names, ()) == (FieldGroup(names),)
