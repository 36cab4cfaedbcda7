"""What SQLite's values become, without a server: moments, numbers, JSON, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nexus_studio.core.admin.sqlitejson import array_text, jsonb_text
from nexus_studio.core.admin.sqlitemoments import (
    MomentForm,
    MomentForms,
    NumberRange,
    date_text,
    day_text,
    days_of,
    forms_of,
    microseconds,
    millisecond_writer,
    timestamp_text,
)
from nexus_studio.core.admin.sqlitevalues import rule_for
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.types import PgType, TypeKind

MILLISECONDS = MomentForms(MomentForm.MILLISECONDS)
K = TypeKind


def type_(name: str, kind: TypeKind, **more: Any) -> PgType:
    return PgType(0, name, name, name, kind, **more)


TEXT = type_("text", K.TEXT)
TIMESTAMPTZ = type_("timestamptz", K.TIMESTAMP, has_time_zone=True)
NUMERIC = type_("numeric", K.NUMBER, precision=6, scale=2)


@pytest.mark.parametrize(
    ("value", "forms", "text"),
    [
        ("2026-02-01", MomentForms(), "2026-02-01 00:00:00+00"),
        ("2026-02-01 10:00", MomentForms(), "2026-02-01 10:00:00+00"),
        ("2026-02-01T10:00:00.500Z", MomentForms(), "2026-02-01 10:00:00.5+00"),
        ("2026-02-01 00:30:00+01:00", MomentForms(), "2026-01-31 23:30:00+00"),
        ("2026-02-01 23:30:00-0100", MomentForms(), "2026-02-02 00:30:00+00"),
        ("12:00", MomentForms(), "2000-01-01 12:00:00+00"),
        ("2460676.5", MomentForms(), "2025-01-01 00:00:00+00"),
        (2460676.5, MomentForms(), "2025-01-01 00:00:00+00"),
        (2460676.75000001, MomentForms(), "2025-01-01 06:00:00.001+00"),
        (0, MomentForms(), "1970-01-01 00:00:00+00"),
        (-1, MILLISECONDS, "1969-12-31 23:59:59.999+00"),
        (1_700_000_000_000, MILLISECONDS, "2023-11-14 22:13:20+00"),
        (1.5e9, MomentForms(reals=MomentForm.SECONDS), "2017-07-14 02:40:00+00"),
        ("-infinity", MomentForms(), "-infinity"),
        ("12345-01-01", MomentForms(), "12345-01-01 00:00:00+00"),
        (253402300800, MomentForms(), "10000-01-01 00:00:00+00"),
        (-62167219200 - 86400, MomentForms(), "0002-12-31 00:00:00+00 BC"),
    ],
)
def test_a_moment_in_any_form(value: Any, forms: MomentForms, text: str) -> None:
    rule = rule_for(TIMESTAMPTZ, forms)
    assert rule.one(value) == text
    assert rule.many([value, None, value]) == [text, None, text], "the quick way says the same"


def test_the_calendar() -> None:
    for year, month, day in ((1, 1, 1), (4, 2, 29), (1900, 3, 1), (2000, 2, 29), (9999, 12, 31), (294276, 12, 31)):
        assert day_text(days_of(year, month, day)) == (f"{year:04}-{month:02}-{day:02}", "")
    assert day_text(days_of(0, 2, 29)) == ("0001-02-29", " BC")
    assert day_text(-2_440_588) == ("4714-11-24", " BC")
    quick = millisecond_writer(zone=False)
    for value in (-62_135_596_800_000, -1, 0, 951_782_400_123, 253_402_300_799_999):
        assert quick([value]) == [timestamp_text(value * 1000, zone=False)]
    with pytest.raises(KeyError):
        quick([253_402_300_800_000])


@pytest.mark.parametrize(
    ("found", "is_prisma", "integers", "reals"),
    [
        (NumberRange((0, 4_000_000_000)), False, MomentForm.SECONDS, MomentForm.JULIAN_DAYS),
        (NumberRange((-5, 1_700_000_000_000)), False, MomentForm.MILLISECONDS, MomentForm.JULIAN_DAYS),
        (NumberRange((0, 1_700_000_000_000_000)), False, MomentForm.MICROSECONDS, MomentForm.JULIAN_DAYS),
        (NumberRange((0, 5)), True, MomentForm.MILLISECONDS, MomentForm.JULIAN_DAYS),
        (NumberRange(None, (2_400_000.5, 2_460_000.5)), False, MomentForm.SECONDS, MomentForm.JULIAN_DAYS),
        (NumberRange(None, (0.5, 1.7e9)), False, MomentForm.SECONDS, MomentForm.SECONDS),
        (NumberRange(None, (-1.0, 1.7e12)), False, MomentForm.SECONDS, MomentForm.MILLISECONDS),
    ],
)
def test_how_numbers_are_read(found: NumberRange, is_prisma: bool, integers: MomentForm, reals: MomentForm) -> None:
    assert forms_of(found, is_prisma=is_prisma) == MomentForms(integers, reals)


REFUSED: list[tuple[PgType, Any, str]] = [
    (TEXT, "a\0", "value.nul"),
    (TEXT, "\udcff", "value.not_text"),
    (TEXT, b"x", "value.blob"),
    (replace(TEXT, name="varchar", length=2), "abc", "value.too_long"),
    (type_("bool", K.BOOLEAN), 2, "value.not_boolean"),
    (type_("bool", K.BOOLEAN), "si", "value.not_boolean"),
    (type_("bool", K.BOOLEAN), b"1", "value.not_boolean"),
    (type_("int2", K.NUMBER), 32768, "value.out_of_range"),
    (type_("int4", K.NUMBER), 1.5, "value.not_integer"),
    (type_("int8", K.NUMBER), 1e17, "value.inexact"),
    (type_("int4", K.NUMBER), "1.0", "value.not_integer"),
    (NUMERIC, 0.1 + 0.2, "value.too_precise"),
    (NUMERIC, 10_000, "value.too_precise"),
    (NUMERIC, "9999.999", "value.too_precise"),
    (NUMERIC, 9e999, "value.not_number"),
    (NUMERIC, "1,5", "value.not_number"),
    (type_("float8", K.NUMBER), 2**53 + 1, "value.inexact"),
    (type_("float4", K.NUMBER), 1e300, "value.inexact"),
    (type_("float8", K.NUMBER), "1e999", "value.inexact"),
    (type_("e", K.ENUM, labels=("A",)), "a", "value.not_in_list"),
    (type_("uuid", K.UUID), b"123", "value.not_uuid"),
    (type_("bytea", K.BINARY), "00ff", "value.text_for_bytes"),
    (type_("json", K.JSON), "{'a': 1}", "value.not_json"),
    (type_("jsonb", K.JSON), '"\\u0000"', "value.nul"),
    (type_("jsonb", K.JSON), "NaN", "value.not_json"),
    (type_("jsonb", K.JSON), '"\\ud800"', "value.not_text"),
    (type_("_int4", K.ARRAY, element=type_("int4", K.NUMBER)), "[[1], [2, 3]]", "value.ragged_array"),
    (type_("_int4", K.ARRAY, element=type_("int4", K.NUMBER)), "{1,2}", "value.not_array"),
    (type_("_int4", K.ARRAY, element=type_("int4", K.NUMBER)), '["x"]', "value.not_integer"),
    (TIMESTAMPTZ, "2026-02-30", "value.not_date"),
    (TIMESTAMPTZ, "2026-02-01 24:00", "value.not_timestamp"),
    (TIMESTAMPTZ, "01/02/2026", "value.not_timestamp"),
    (TIMESTAMPTZ, "now", "value.not_timestamp"),
    (TIMESTAMPTZ, "2026-02-01 10:00:00.1234567", "value.too_fine"),
    (replace(TIMESTAMPTZ, precision=3), "2026-02-01 10:00:00.1234", "value.too_fine"),
    (TIMESTAMPTZ, 10**16, "value.moment_range"),
    (type_("date", K.DATE), "2026-02-01 10:00", "value.time_lost"),
    (type_("time", K.TIME), "25:00", "value.not_timestamp"),
    (type_("time", K.TIME), 90_000, "value.not_time"),
]


@pytest.mark.parametrize(("type_", "value", "reason"), REFUSED)
def test_what_is_refused(type_: PgType, value: Any, reason: str) -> None:
    rule = rule_for(type_)
    for way in (rule.one, lambda each: rule.many([each]), lambda each: rule.many([None, each])):
        with pytest.raises(InvalidValue) as caught:
            way(value)
        assert caught.value.facts["reason"] == reason


def test_null_where_none_is_taken() -> None:
    rule = rule_for(TEXT, nullable=False)
    assert rule.many(["a"]) == ["a"]
    for values in ([None], ["a", None]):
        with pytest.raises(InvalidValue):
            rule.many(values)
    assert rule_for(NUMERIC).many([None, None]) == [None, None]


def test_the_quick_way_is_the_slow_way() -> None:
    cases: list[tuple[PgType, list[Any]]] = [
        (NUMERIC, [0, 0.0, -0.0, 1, 19.99, -9999.99, 0.1, 0.01, 9999.99]),
        (NUMERIC, [None, 12.5, None]),
        (type_("numeric", K.NUMBER, precision=3, scale=-2), [100, 12300.0, 0]),
        (type_("numeric", K.NUMBER, precision=20, scale=15), [12345.678901234, 1.5]),
        (type_("numeric", K.NUMBER), [1, 1.5, "1e3", "-0.0", 1e-7]),
        (type_("int4", K.NUMBER), [1, None, -5]),
        (type_("float8", K.NUMBER), [1.5, 1e300, -0.0, None]),
        (type_("bool", K.BOOLEAN), [0, 1, None, 1]),
        (TIMESTAMPTZ, ["2026-02-01 10:00:00", "2026-02-01T10:00:00.120Z", "0001-01-01 00:00:00+00:00"]),
        (TIMESTAMPTZ, ["2026-02-01 10:00:00", "2026-02-01"]),
    ]
    for each, values in cases:
        rule = rule_for(each, MILLISECONDS)
        assert list(rule.many(values)) == [rule.one(value) for value in values]
    assert rule_for(cases[2][0]).many([12300.0]) == ["12300"]


def test_json_as_jsonb_prints_it() -> None:
    assert jsonb_text(' {"bb":1.50,"a":[1e2,-0,{}],"a":[true,false,null]} ') == '{"a": [true, false, null], "bb": 1.50}'
    assert jsonb_text('"\\u00e9\\/\\b\\u001f\\u007f"') == '"é/\\b\\u001f\x7f"'
    assert jsonb_text("123456789012345678901234567890.10") == "123456789012345678901234567890.10"
    assert array_text([], str) == "{}"


def test_dates_keep_their_ends() -> None:
    assert date_text(microseconds("infinity", MomentForms())) == "infinity"
    assert date_text(days_of(5_874_897, 12, 31) * 86_400_000_000) == "5874897-12-31"
    with pytest.raises(InvalidValue):
        date_text(days_of(5_874_898, 1, 1) * 86_400_000_000)
