"""Rules of CHECK constraints, as pg_get_constraintdef writes them, in terms a person can be told."""

from __future__ import annotations

import pytest

from nexus_studio.core.data.rules import RuleTerm, rule_terms


@pytest.mark.parametrize(
    ("definition", "terms"),
    [
        ("CHECK ((price > (0)::numeric))", [("above", "price", "0")]),
        (
            "CHECK (((price > (0)::numeric) AND (price <= 100.5)))",
            [("above", "price", "0"), ("most", "price", "100.5")],
        ),
        ("CHECK ((state = ANY (ARRAY['new'::text, 'it''s'::text])))", [("one_of", "state", "new", "it's")]),
        (
            "CHECK (((state)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
            [("one_of", "state", "a", "b")],
        ),
        ("""CHECK ((role = ANY (ARRAY['A'::"Role", 'B'::"Role"])))""", [("one_of", "role", "A", "B")]),
        ("CHECK ((char_length(name) <= 10))", [("length_most", "name", "10")]),
        ("CHECK ((length((name)::text) >= 2))", [("length_least", "name", "2")]),
        ("CHECK ((VALUE ~ '^[a-z]+$'::text))", [("pattern", "VALUE", "^[a-z]+$")]),
        ("CHECK (((VALUE >= 0) AND (VALUE <= 100)))", [("least", "VALUE", "0"), ("most", "VALUE", "100")]),
        ('CHECK (("endsAt" > "startsAt"))', [("above", "endsAt", "startsAt")]),
        ("CHECK ((a IS NOT NULL)) NOT VALID", [("not_null", "a")]),
        ("CHECK ((a <> ' AND ('::text))", [("unequal", "a", " AND (")]),
        ("CHECK ((x > '-5'::integer))", [("above", "x", "-5")]),
        ("CHECK ((day > '2020-01-01'::date))", [("above", "day", "2020-01-01")]),
    ],
)
def test_plain_rules_are_understood(definition: str, terms: list[tuple[str, ...]]) -> None:
    assert rule_terms(definition) == tuple(RuleTerm(code, subject, tuple(more)) for code, subject, *more in terms)


@pytest.mark.parametrize(
    "definition",
    [
        "CHECK (((a = 1) OR (b = 2)))",
        "CHECK ((lower(a) = a))",
        "CHECK (((a > 0) AND my_check(b)))",
        "CHECK (((a + b) < 10))",
        "UNIQUE (a)",
        "CHECK (((a IS NULL) OR (a > 0)))",
        "",
    ],
)
def test_what_is_not_understood_is_not_guessed_at(definition: str) -> None:
    assert rule_terms(definition) == ()
