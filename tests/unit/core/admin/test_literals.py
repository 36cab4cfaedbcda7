"""Statements without the values in them: no piece of a value is ever shown, names are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.literals import without_literals


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("SELECT 1", "SELECT …"),
        ("SELECT * FROM u WHERE email = 'ann@x.org' AND age > 41", "SELECT * FROM u WHERE email = '…' AND age > …"),
        ("SELECT t1.a2 FROM t1 WHERE b = $1 LIMIT $2", "SELECT t1.a2 FROM t1 WHERE b = $1 LIMIT $2"),
        ("SELECT 'it''s', E'it\\'s', N'x', B'01', X'ff', U&'\\0441'", "SELECT '…', '…', '…', '…', '…', '…'"),
        ('SELECT "Ann""s" FROM "Mixed Case", U&"d\\0061t"', 'SELECT "Ann""s" FROM "Mixed Case", U&"d\\0061t"'),
        ("SELECT $$a 'b'$$, $x$ $$c$$ $x$, 1", "SELECT '…', '…', …"),
        ("SELECT 1.5e-7, .5, 1_000, 0xFF, 2ndword, -3", "SELECT …-…, …, …, …, …, -…"),
        ("SELECT 1 -- ann@x.org\n, 2", "SELECT … --…\n, …"),
        ("SELECT /* user=ann /* nested */ 'x' */ 2", "SELECT /*…*/ …"),
        ("INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT INTO t VALUES (…, '…'), (…, '…')"),
        ("CREATE USER ann PASSWORD 'hunter2'", "CREATE USER ann PASSWORD '…'"),
        ("SELECT '{\"email\": \"ann@x.org\"}'::jsonb ->> 'email'", "SELECT '…'::jsonb ->> '…'"),
        ("SELECT 'cut off ann@x.or", "SELECT '…'"),
        ("SELECT $x$ cut off $y$", "SELECT '…'"),
        ("SELECT 1 /* cut 'off'", "SELECT … /*…*/"),
        ('SELECT 1 AS "cut off', 'SELECT … AS "…'),
        ("SELECT 'C:\\', 'hunter2'", "SELECT '…'"),  # one or two strings: that is the server's setting
        ("SELECT 'a\\'hunter2', 'b'", "SELECT '…'"),
        ("SELECT a$1, é1, café FROM t", "SELECT a$1, é1, café FROM t"),
        ("SELECT 1; SELECT 'x'", "SELECT …; SELECT '…'"),
    ],
)  # fmt: skip
def test_values_are_left_out(text: str, shown: str) -> None:
    assert without_literals(text) == shown


PIECES = st.lists(
    st.sampled_from(["'", "''", "\\", "\\'", '"', "$$", "$a$", "--", "\n", "/*", "*/", "E", " ", "x", ";"])
)


def written(value: str, *, standard: bool) -> str:
    """Write a value as a string, as a program does that knows the server's setting."""
    return "'" + (value if standard else value.replace("\\", "\\\\")).replace("'", "''") + "'"


@given(PIECES, PIECES, st.booleans())
def test_no_piece_of_a_value_is_shown_whatever_stands_around_it(
    before: list[str], after: list[str], standard: bool
) -> None:
    value = "".join(before) + "hunter" + "".join(after)
    ways = [written(value, standard=standard)]
    if "$q" not in value:
        ways.append(f"$q${value}$q$")
    ways.append("E'" + value.replace("\\", "\\\\").replace("'", "''") + "'")
    for way in ways:
        assert "hunter" not in without_literals(f"SELECT a FROM t WHERE b = {way} AND c = 1")
        assert "hunter" not in without_literals(f"SELECT 'one', {way}, 'two'")
        for end in range(1, len(way)):
            assert "hunter" not in without_literals(f"SELECT {way[:end]}")  # as the server cuts it off


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(without_literals(text), str)


@given(st.integers(0, 10**12), st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_are_left_out(number: int, other: object) -> None:
    shown = without_literals(f"SELECT {number}, {other}")
    assert not any(sign.isdigit() for sign in shown)
