"""How columns stand, as a value; and what becomes of a remembered layout when the table's columns are others."""

from __future__ import annotations

from nexus_studio.core.data.columnlayout import ColumnLayout, fitted

NAMES = ("a", "b", "c", "d", "e")


def test_nothing_remembered_is_the_table_as_it_is() -> None:
    assert fitted(NAMES) == ColumnLayout(NAMES)


def test_moving_across_the_frozen_edge_joins_and_leaves() -> None:
    layout = ColumnLayout(NAMES, frozen=2)
    assert layout.moved(4, 1) == ColumnLayout(("a", "e", "b", "c", "d"), frozen=3)
    assert layout.moved(4, 2) == ColumnLayout(("a", "b", "e", "c", "d"), frozen=2)
    assert layout.moved(0, 3) == ColumnLayout(("b", "c", "d", "a", "e"), frozen=1)
    assert layout.moved(0, 1) == ColumnLayout(("b", "a", "c", "d", "e"), frozen=2)


def test_a_step_passes_over_what_is_hidden() -> None:
    layout = ColumnLayout(NAMES, hidden=frozenset({"b", "c"}))
    assert layout.stepped("a", 1).order == ("b", "c", "d", "a", "e")
    assert layout.stepped("d", -1).order == ("d", "a", "b", "c", "e")
    assert layout.stepped("e", 1) is layout
    assert layout.stepped("a", -1) is layout


def test_one_column_is_always_seen() -> None:
    layout = ColumnLayout(NAMES)
    assert layout.hiding(NAMES) is layout
    assert layout.hiding(("a", "gone")).shown == ("b", "c", "d", "e")
    assert fitted(("a", "b"), hidden=("a", "b", "c")).shown == ("a", "b")


def test_columns_that_are_gone_are_passed_over() -> None:
    layout = fitted(("a", "c"), ("c", "b", "a"), ("b",), ("c", "b"), ("b", "a"))
    assert layout == ColumnLayout(("c", "a"), frozenset(), 1, frozenset({"a"}))


def test_a_new_column_stands_behind_its_neighbour_but_is_never_frozen() -> None:
    assert fitted((*NAMES, "f"), ("e", "d", "c", "b", "a")).order == ("e", "f", "d", "c", "b", "a")
    layout = fitted(("a", "new", "b", "c"), ("a", "b", "c"), frozen=("a", "b"))
    assert layout.order == ("a", "b", "new", "c")
    assert layout.frozen == 2
    assert "new" in layout.shown


def test_a_new_first_column_stands_first() -> None:
    assert fitted(("zero", "a", "b"), ("b", "a")).order == ("zero", "b", "a")


def test_what_is_frozen_is_in_front_whatever_was_remembered() -> None:
    layout = fitted(NAMES, ("a", "b", "c", "d", "e"), frozen=("c", "a"))
    assert layout.order == ("a", "c", "b", "d", "e")
    assert layout.frozen == 2


def test_many_columns_are_fitted_fast() -> None:
    names = tuple(f"c{number}" for number in range(1600))
    assert fitted(names, names[::-1], names[5:], names[:3]).order[:3] == ("c2", "c1", "c0")
