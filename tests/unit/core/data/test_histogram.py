"""Statistics become landmarks: fractions, directions, NULLs, filters, and values inside a bin."""

from __future__ import annotations

import pytest

from nexus_studio.core.data.histogram import Known, landmarks_of, steps_of
from nexus_studio.core.data.interpolation import between
from nexus_studio.core.schema.types import PgType, TypeKind

OTHER = PgType(1, "x", "x", "x", TypeKind.OTHER)


def kind(name: str, kind_: TypeKind) -> PgType:
    return PgType(1, name, name, name, kind_)


@pytest.mark.parametrize(
    ("type_", "low", "high", "expected"),
    [
        (kind("int4", TypeKind.NUMBER), "-10", "10", ("-5", "0", "5")),
        (kind("int4", TypeKind.NUMBER), "1", "3", ("2",)),
        (kind("numeric", TypeKind.NUMBER), "0", "1", ("0.25", "0.5", "0.75")),
        (kind("numeric", TypeKind.NUMBER), "0", "NaN", ()),
        (kind("date", TypeKind.DATE), "2026-01-01", "2026-01-09", ("2026-01-03", "2026-01-05", "2026-01-07")),
        (kind("date", TypeKind.DATE), "0044-03-15 BC", "2026-01-09", ()),
        (
            kind("timestamptz", TypeKind.TIMESTAMP),
            "2026-01-01 00:00:00+01",
            "2026-01-01 04:00:00+01",
            ("2026-01-01 01:00:00+01:00", "2026-01-01 02:00:00+01:00", "2026-01-01 03:00:00+01:00"),
        ),
        (kind("timestamptz", TypeKind.TIMESTAMP), "2026-01-01 00:00:00+01", "infinity", ()),
        (
            kind("text", TypeKind.TEXT),
            "user-0",
            "user-8",
            ("user-2" + "0" * 11, "user-4" + "0" * 11, "user-6" + "0" * 11),
        ),
        (kind("text", TypeKind.TEXT), "user-A", "user-b", ()),
        (kind("text", TypeKind.TEXT), "a", "a", ()),
        (OTHER, "a", "b", ()),
    ],
)
def test_values_between(type_: PgType, low: str, high: str, expected: tuple[str, ...]) -> None:
    assert between(type_, low, high, 4) == expected


def test_uuids_between_ascend() -> None:
    type_ = kind("uuid", TypeKind.UUID)
    found = between(type_, "00000000-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000000", 8)
    assert found[3] == "40000000-0000-0000-0000-000000000000"
    assert list(found) == sorted(found)


KNOWN = (Known("a", None), Known("b", 0.25), Known("c", None), Known("d", None))


def test_fractions_of_both_directions_add_up() -> None:
    up = {s.value: s.before for s in steps_of(KNOWN, 0.25, OTHER, descending=False, nulls_lead=False)}
    assert up == {"a": 0.0, "b": 0.125, "c": 0.5, "d": 0.75, None: 0.75}
    down = steps_of(KNOWN, 0.25, OTHER, descending=True, nulls_lead=True)
    assert [(s.value, s.before) for s in down] == [(None, 0.0), ("d", 0.25), ("c", 0.5), ("b", 0.625), ("a", 1.0)]


def test_what_does_not_fit_leaves_its_room_to_the_rest() -> None:
    known = tuple(Known(one.value, one.share, fits=one.value in "cd") for one in KNOWN)
    steps = steps_of(known, 0.0, OTHER, descending=False, nulls_lead=False)
    assert [step.value for step in steps] == ["c", "d"]
    assert steps[-1].before == 1.0
    assert 0 < steps[0].before < 0.5
    nothing = tuple(Known(one.value, one.share, fits=False) for one in KNOWN)
    assert steps_of(nothing, 0.0, OTHER, descending=False, nulls_lead=False) == ()


def test_runs_are_divided_by_the_second_column() -> None:
    steps = steps_of((Known("x", 1.0),), 0.0, OTHER, descending=False, nulls_lead=False)
    numbers = kind("int4", TypeKind.NUMBER)
    inner = steps_of((Known("0", None), Known("1000", None)), 0.0, numbers, descending=False, nulls_lead=False)
    found = landmarks_of(steps, inner)
    assert found[0].place == ("x",)
    middle = found[len(found) // 2]
    assert middle.place[0] == "x"
    assert int(middle.place[1] or 0) == pytest.approx(1000 * middle.fraction, abs=2)
