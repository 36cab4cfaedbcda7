"""Parts of filters: taken apart, joined, negated, in words; lists of values as one line; where popups go."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.filters import OPERATORS, AllOf, AnyOf, Arity, Condition, Filter, Not, Raw
from nexus_studio.core.errors import InvalidFilter, InvalidValue, ServerReport
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.ui.grid.condition_hints import AT_PATH, hints_for
from nexus_studio.ui.grid.condition_values import checked, choices_for, list_text, listed
from nexus_studio.ui.grid.filter_parts import (
    filter_title,
    grouped,
    joined,
    like,
    negated,
    parts_of,
    ungrouped,
    with_more,
)
from nexus_studio.ui.grid.filter_reasons import at_fault, why_refused
from nexus_studio.ui.grid.popups import place_beside
from nexus_studio.ui.grid.raw_text import RawText, written
from nexus_studio.ui.kit.theme import Theme

A, B, C = Condition.of("a", "is", "1"), Condition.of("b", "is", "2"), Raw("c = 3")


@pytest.mark.parametrize("condition", [AllOf(), AllOf((A, B)), AnyOf((A, C)), AllOf((Not(AnyOf((A, B))),))])
def test_what_is_taken_apart_is_put_together_again(condition: Filter) -> None:
    parts, is_any = parts_of(condition)
    assert joined(parts, is_any=is_any) == condition


def test_parts_are_grouped_and_ungrouped() -> None:
    made = grouped((A, B, C), 0, 1, is_any=True)
    assert made == (AnyOf((A, B)), C)
    assert ungrouped(made, 0) == (A, B, C)
    assert ungrouped((Not(AnyOf((A, B))),), 0) == (Not(AnyOf((A, B))),)
    assert with_more(made, 0, C, is_any=True) == (AnyOf((A, B, C)), C)
    assert with_more(made, 0, C, is_any=False) == (AllOf((AnyOf((A, B)), C)), C)


def test_not_not_is_nothing_and_editing_keeps_not() -> None:
    assert negated(negated(A)) == A
    assert like(Not(A), B) == Not(B)
    assert like(A, B) == B


def test_filters_read_as_a_person_says_them() -> None:
    assert filter_title(AllOf((AnyOf((A, Not(B))), C)), None) == "(a is 1 or not (b is 2)) and c = 3"
    assert filter_title(Not(AnyOf((A, B))), None) == "not (a is 1 or b is 2)"
    assert filter_title(Not(Raw("(a) or (b)")), None) == "not ((a) or (b))"


def test_the_part_at_fault_is_found() -> None:
    parts = (A, AnyOf((B, C)), C)
    assert at_fault(InvalidFilter("filter.column", column="b", operator="is"), parts, 0) == [1]
    assert at_fault(InvalidFilter("filter.refused"), parts, 0) == [1, 2]
    assert at_fault(InvalidValue(), parts, 2) == [2]
    assert at_fault(InvalidValue(), parts, -1) == []
    assert at_fault(InvalidValue(), (A,), -1) == [0]


def test_a_refusal_is_in_the_servers_words() -> None:
    assert why_refused(InvalidValue(report=ServerReport("2201B", "invalid regular expression"))).startswith("invalid")
    assert "“b”" in why_refused(InvalidFilter("filter.column", column="b"))


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("a, b", ("a", "b")),
        ('"a, b", c', ("a, b", "c")),
        ("1\n2\n3", ("1", "2", "3")),
        (" , ,", ()),
        ("", ()),
        ('x"y', ('x"y',)),
        ('"say ""hi""", b', ('say "hi"', "b")),
    ],
)
def test_a_line_holds_a_list(typed: str, values: tuple[str, ...]) -> None:
    assert listed(typed) == values
    assert listed(list_text(values)) == values


def test_popups_stay_on_the_screen() -> None:
    screen, popup = QRect(0, 0, 1280, 800), QRect(0, 0, 460, 240)
    assert place_beside(QRect(100, 100, 80, 20), popup, screen) == QPoint(100, 122)
    assert place_beside(QRect(1200, 100, 60, 20), popup, screen) == QPoint(1280 - 4 - 460, 122)
    above = place_beside(QRect(100, 700, 80, 20), popup, screen)
    assert above.y() + popup.height() <= 700
    squeezed = place_beside(QRect(100, 200, 80, 20), QRect(0, 0, 460, 700), screen)
    assert screen.contains(QRect(squeezed, QRect(0, 0, 460, 700).size()))


def test_names_are_written_as_postgresql_reads_them() -> None:
    assert [written(name) for name in ("email", "lastLogin", "user", 'a"b', "é")] == [
        "email",
        '"lastLogin"',
        '"user"',
        '"a""b"',
        '"é"',
    ]


def test_names_are_completed(qtbot: QtBot) -> None:
    text = RawText(("email", "status", "startsAt"), None)
    qtbot.addWidget(text)
    qtbot.keyClicks(text, "not ema")
    assert text.completions() == ["email"]
    text.complete()
    assert text.toPlainText() == "not email"
    text.setPlainText("")
    qtbot.keyClicks(text, "sta")
    assert text.completions()[:2] == ["status", '"startsAt"']
    text.insert_completion('"startsAt"')
    assert text.toPlainText() == '"startsAt"'


def test_a_completion_is_chosen_with_keys(qtbot: QtBot) -> None:
    text = RawText(("status", "startsAt"), None)
    qtbot.addWidget(text)
    text.show()
    text.activateWindow()
    text.setFocus()
    qtbot.waitUntil(text.hasFocus)
    qtbot.keyClicks(text, "sta")
    qtbot.keyClick(text, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    offered = QApplication.activePopupWidget()
    assert offered is not None
    assert offered.objectName() == "raw_completions"
    qtbot.keyClick(offered, Qt.Key.Key_Down)
    qtbot.keyClick(offered, Qt.Key.Key_Return)
    assert text.toPlainText() == '"startsAt"'
    qtbot.keyClicks(text, " and st")
    qtbot.keyClick(text, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    offered = QApplication.activePopupWidget()
    assert offered is not None
    qtbot.keyClicks(offered, "atu")  # typing goes on
    qtbot.keyClick(offered, Qt.Key.Key_Return)
    assert text.toPlainText() == '"startsAt" and status'


_TYPES = {
    kind: PgType(0, kind.value, kind.value, kind.value, kind, labels=("A", "B") if kind is TypeKind.ENUM else ())
    for kind in TypeKind
}


@pytest.mark.parametrize("key", sorted(OPERATORS))
def test_examples_are_what_the_operator_takes(key: str, qapp: QApplication) -> None:
    del qapp  # words are translated by an application
    operator = OPERATORS[key]
    for kind in operator.kinds:
        element = _TYPES[TypeKind.NUMBER] if kind in {TypeKind.ARRAY, TypeKind.RANGE} else None
        type_ = replace(_TYPES[kind], element=element)
        hints = hints_for(operator, type_)
        assert hints.first_name
        if operator.arity in {Arity.NONE, Arity.MANY} or key == "between" or choices_for(operator, type_):
            continue
        if key in AT_PATH:
            assert len(checked(operator, type_, ["", hints.second], built_in_codecs())) == 2
        elif hints.first and not hints.is_words:
            assert checked(operator, type_, [hints.first], built_in_codecs())
        assert checked(operator, type_, [""], built_in_codecs()) == () or kind is TypeKind.TEXT or key in AT_PATH


def test_elements_of_arrays_are_checked() -> None:
    numbers = replace(_TYPES[TypeKind.ARRAY], element=_TYPES[TypeKind.NUMBER])
    with pytest.raises(InvalidValue):
        checked(OPERATORS["array_overlaps"], numbers, ["1", "x"], built_in_codecs())
    with pytest.raises(InvalidValue):
        checked(OPERATORS["array_length"], numbers, ["three"], built_in_codecs())
    roles = replace(_TYPES[TypeKind.ARRAY], element=_TYPES[TypeKind.ENUM])
    assert choices_for(OPERATORS["array_contains_all"], roles) == ("A", "B")


def test_a_place_is_marked_in_characters(qtbot: QtBot) -> None:
    text = RawText((), None)
    qtbot.addWidget(text)
    text.setPlainText("'😀' = x\nAND lenght(y) > 1")
    place = text.toPlainText().index("lenght")
    assert text.mark(place, Theme("light").color("danger")) == (2, 5)
    assert text.extraSelections()[0].cursor.selectedText() == "lenght"
    text.mark(len(text.toPlainText()), Theme("light").color("danger"))
    assert text.extraSelections()[0].cursor.selectedText() == "1"
