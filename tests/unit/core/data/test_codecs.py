"""Codecs: what is shown, what is refused, and that checking twice changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.data.codecs import REASONS, TextCodec, built_in_codecs
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.types import PgType, TypeKind

CODECS = built_in_codecs()


def type_of(name: str, kind: TypeKind, **more: object) -> PgType:
    return PgType(1, name, name, name, kind, **more)  # type: ignore[arg-type]


INT = type_of("int4", TypeKind.NUMBER)
BIGINT = type_of("int8", TypeKind.NUMBER)
DOMAIN = type_of("positive", TypeKind.NUMBER, domain_of="integer")
NUMERIC = type_of("numeric", TypeKind.NUMBER)
MONEYLIKE = type_of("numeric", TypeKind.NUMBER, precision=5, scale=2)
BOOL = type_of("bool", TypeKind.BOOLEAN)
UUID = type_of("uuid", TypeKind.UUID)
ENUM = type_of("e", TypeKind.ENUM, labels=("A'b", "c d"))
JSON = type_of("jsonb", TypeKind.JSON)
BYTES = type_of("bytea", TypeKind.BINARY)
DATE = type_of("date", TypeKind.DATE)
STAMP = type_of("timestamptz", TypeKind.TIMESTAMP)
TIME = type_of("time", TypeKind.TIME)
ARRAY = type_of("_int4", TypeKind.ARRAY)
RANGE = type_of("int4range", TypeKind.RANGE)
INET = type_of("inet", TypeKind.NETWORK)
SHORT = type_of("varchar", TypeKind.TEXT, length=3)
TEXT = type_of("text", TypeKind.TEXT)
ALL = (
    INT,
    BIGINT,
    DOMAIN,
    NUMERIC,
    MONEYLIKE,
    BOOL,
    UUID,
    ENUM,
    JSON,
    BYTES,
    DATE,
    STAMP,
    TIME,
    ARRAY,
    RANGE,
    INET,
    SHORT,
)


def check(typed: str, type_: PgType) -> str:
    return CODECS.for_type(type_).check(typed, type_)


@pytest.mark.parametrize(
    ("type_", "typed", "staged"),
    [
        (INT, " 42 ", "42"),
        (INT, "-2147483648", "-2147483648"),
        (INT, "0x1F", "0x1F"),
        (NUMERIC, "1e400", "1e400"),
        (NUMERIC, "0.10", "0.10"),
        (NUMERIC, ".5", ".5"),
        (NUMERIC, "NaN", "NaN"),
        (MONEYLIKE, "999.99000", "999.99000"),
        (BOOL, "T", "true"),
        (BOOL, "of", "false"),
        (UUID, "{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        (ENUM, "A'b", "A'b"),
        (JSON, '{"b": 1, "a": 1e999}', '{"b": 1, "a": 1e999}'),
        (BYTES, "\\x00fF", "\\x00fF"),
        (BYTES, "abc", "abc"),
        (DATE, "infinity", "infinity"),
        (DATE, "0044-03-15 BC", "0044-03-15 BC"),
        (DATE, "0001-02-29 BC", "0001-02-29 BC"),
        (DATE, "294276-02-29", "294276-02-29"),
        (DATE, "29 Feb 2024", "29 Feb 2024"),
        (STAMP, "2026-02-28T24:00:00+01", "2026-02-28T24:00:00+01"),
        (STAMP, "now", "now"),
        (TIME, "23:59:60", "23:59:60"),
        (ARRAY, "[0:1]={1,2}", "[0:1]={1,2}"),
        (RANGE, "(,)", "(,)"),
        (RANGE, "empty", "empty"),
        (INET, "::1/128", "::1/128"),
        (SHORT, "abc   ", "abc   "),
    ],
)
def test_accepted(type_: PgType, typed: str, staged: str) -> None:
    assert check(typed, type_) == staged


@pytest.mark.parametrize(
    ("type_", "typed", "reason"),
    [
        (INT, "", "value.not_integer"),
        (INT, "1.5", "value.not_integer"),
        (INT, "2147483648", "value.out_of_range"),
        (DOMAIN, "2147483648", "value.out_of_range"),
        (BIGINT, "9" * 5000, "value.out_of_range"),
        (NUMERIC, "1,5", "value.not_number"),
        (NUMERIC, "1e", "value.not_number"),
        (MONEYLIKE, "1000", "value.too_precise"),
        (BOOL, "o", "value.not_boolean"),
        (BOOL, "", "value.not_boolean"),
        (UUID, "xyz", "value.not_uuid"),
        (ENUM, "a'b", "value.not_in_list"),
        (JSON, "{a: 1}", "value.not_json"),
        (JSON, "NaN", "value.not_json"),
        (JSON, "[" * 100_000, "value.not_json"),
        (BYTES, "\\x0", "value.not_hex"),
        (DATE, "2026-02-30", "value.not_date"),
        (DATE, "0000-01-01", "value.not_date"),
        (DATE, "soon", "value.not_date"),
        (STAMP, "2026-02-30 10:00", "value.not_timestamp"),
        (STAMP, "2026-02-28 25:00", "value.not_timestamp"),
        (TIME, "10:60", "value.not_time"),
        (ARRAY, "1,2", "value.not_array"),
        (RANGE, "1,2", "value.not_range"),
        (INET, "localhost", "value.not_address"),
        (SHORT, "abcd", "value.too_long"),
        (TEXT, "a\0b", "value.nul"),
        (TEXT, "\ud800", "value.not_text"),
    ],
)
def test_refused(type_: PgType, typed: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        check(typed, type_)
    assert caught.value.facts["reason"] == reason
    assert reason in REASONS


@pytest.mark.parametrize(
    ("type_", "cell", "size", "shown"),
    [
        (TEXT, "a\r\nb\tc\nd\x1b", None, "a⏎b⇥c⏎d␛"),
        (INT, "007", None, "007"),
        (NUMERIC, "0.1000000000000000055511151231257827", None, "0.1000000000000000055511151231257827"),
        (BOOL, "t", None, "true"),
        (BOOL, "false", None, "false"),
        (JSON, '{\n  "b": 1,\n  "a": [\n1 ]\n}', None, '{ "b": 1, "a": [ 1 ] }'),
        (BYTES, "\\x00ff", None, "\\x00ff"),
        (BYTES, "\\x", None, "\\x"),
        (BYTES, "\\x" + "00" * 100, None, "bytes · 100 B"),
        (BYTES, "\\x89504e470d0a1a0a" + "00" * 20, 12_400, "PNG image · 12.4 kB"),
        (BYTES, "\\x" + "61" * 127, 50_000_000, "bytes · 50 MB"),
    ],
)
def test_shown(type_: PgType, cell: str, size: int | None, shown: str) -> None:
    assert CODECS.for_type(type_).display(cell, type_, size) == shown


SECONDS = type_of("timestamp", TypeKind.TIMESTAMP, precision=0)
CHAR = type_of("char", TypeKind.TEXT)
NAME = type_of("name", TypeKind.TEXT)
HUNDREDS = type_of("numeric", TypeKind.NUMBER, precision=3, scale=-2)
MONEYLIKES = type_of("_numeric", TypeKind.ARRAY, element=NUMERIC, precision=5, scale=2)
DATES = type_of("_date", TypeKind.ARRAY, element=DATE)
NAMES = type_of("_name", TypeKind.ARRAY, element=NAME)


@pytest.mark.parametrize(
    ("type_", "typed", "reason"),
    [
        (MONEYLIKE, "1.239", "value.too_precise"),
        (MONEYLIKE, "1239e-3", "value.too_precise"),
        (MONEYLIKE, "1e3", "value.too_precise"),
        (HUNDREDS, "1250", "value.too_precise"),
        (CHAR, "ab", "value.too_long"),
        (CHAR, "é", "value.too_long"),
        (NAME, "é" * 32, "value.too_long"),
        (DATE, "2024-01-01 10:00:00", "value.time_lost"),
        (DATE, "Jan 5 2024 00:30", "value.time_lost"),
        (SECONDS, "2024-01-01 10:00:00.9", "value.too_fine"),
        (STAMP, "2024-01-01 10:00:00.1234567", "value.too_fine"),
        (TIME, "10:00:00.1234567", "value.too_fine"),
        (MONEYLIKES, "{1.23,{NULL,1.239}}", "value.too_precise"),
        (MONEYLIKES, '[0:1]={1,"1.239"}', "value.too_precise"),
        (DATES, '{"2024-01-01 10:00"}', "value.time_lost"),
        (NAMES, '{"' + "x" * 63 + '\\\\"}', "value.too_long"),
    ],
)
def test_what_the_server_would_cut_or_round_is_refused(type_: PgType, typed: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        check(typed, type_)
    assert caught.value.facts["reason"] == reason


@pytest.mark.parametrize(
    ("type_", "typed"),
    [
        (MONEYLIKE, "1.2300"),
        (MONEYLIKE, "0e9"),
        (MONEYLIKE, "00123.45"),
        (MONEYLIKE, "123450e-3"),
        (MONEYLIKE, "NaN"),
        (HUNDREDS, "99900"),
        (CHAR, "\\351"),
        (CHAR, ""),
        (NAME, "x" * 63),
        (DATE, "2024-01-01 00:00:00+02:30"),
        (DATE, "2024-01-01T00:00:00.000Z"),
        (SECONDS, "2024-01-01 10:00:00.000"),
        (TIME, "10:00:00.123456"),
        (MONEYLIKES, '{1.23,NULL,"x, 1.239"}'),
        (NAMES, '{"' + "x" * 62 + '\\\\"}'),
    ],
)
def test_what_loses_nothing_is_taken(type_: PgType, typed: str) -> None:
    assert check(typed, type_) == typed


def test_a_name_beats_the_kind_and_a_domain_its_base() -> None:
    codecs = built_in_codecs()
    special = TextCodec()
    codecs.register(special, names=("color",))
    assert codecs.for_type(type_of("color", TypeKind.NUMBER)) is special
    assert codecs.for_type(type_of("shade", TypeKind.NUMBER, domain_of="color")) is special
    assert isinstance(codecs.for_type(type_of("never_seen", TypeKind.OTHER)), TextCodec)


_TYPED = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["true", "N", "1e5", "{}", "[1,2]", "\\xff", "2024-02-29", "12:30", "infinity", " 7 "]),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(str),
    st.uuids().map(lambda value: str(value).upper()),
)


@given(_TYPED, st.sampled_from(ALL))
def test_checking_twice_changes_nothing_and_all_is_one_line(typed: str, type_: PgType) -> None:
    codec = CODECS.for_type(type_)
    try:
        staged = codec.check(typed, type_)
    except InvalidValue:
        return
    assert codec.check(staged, type_) == staged
    assert "\n" not in codec.display(staged, type_)
