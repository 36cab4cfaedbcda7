"""The server's judgement of values: refused as a save would refuse them, taken as a save would take them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.celljudging import CellJudge
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
SECRET = "canary-7712"

REFUSED = {
    "short": ("abcd", "bad"),
    "bits": ("10", "1011", "102"),
    "more_bits": ("10101",),
    "name": ("abcd",),
    "names": ("{abcd}",),
    "price": ("12345.6", "x"),
    "ratio": ("1e400",),
    "pair": ("(1,2,3)", "(x,y)", "1"),
    "place": ("300.1.1.1",),
    "net": ("10.0.0.1/8",),
    "doc": ('{"a": "\\u0000"}',),
    "span": ("[5,1)",),
    "moment": ("2026-13-01", "2026-02-30 10:00"),
    "grid": ("{{1,2},{3}}",),
    "bounded": ("{abcd}",),
    "cost": ("many",),
    "relation": ("no_such_table",),
    "bytes": ("\\q",),
}
TAKEN: dict[str, dict[str, str | None]] = {
    "short": {"abc": "abc"},
    "bits": {"101": "101", "x5": None},
    "more_bits": {"1": "1"},
    "name": {"abc  ": "abc"},
    "names": {"{abc,NULL}": "{abc,NULL}"},
    "price": {"10": "10.00", "NaN": "NaN"},
    "ratio": {"-Infinity": "-Infinity", ".5": "0.5"},
    "pair": {"(1,x)": "(1,x)", "(,)": "(,)"},
    "place": {"10.0.0.1/8": "10.0.0.1/8"},
    "doc": {'{"b":1.10,"a":1}': '{"a": 1, "b": 1.10}'},
    "span": {"[1,5]": "[1,6)"},
    "moment": {"1 Feb 2026 10:00+00": "2026-02-01 10:00:00+00", "infinity": "infinity"},
    "grid": {"[0:0][1:2]={{1,2}}": "[0:0][1:2]={{1,2}}"},
    "cost": {"12.5": "$12.50"},
    "relation": {"judged": "judged"},
    "tens": {"12 seconds": "00:00:12"},
}


@pytest.fixture
def judged(session: Session, sql: Sql) -> Relation:
    sql("CREATE DOMAIN short AS varchar(3) CHECK (VALUE <> 'bad')")
    sql("CREATE DOMAIN words AS varchar(3)[]")
    sql("CREATE TYPE pair AS (a int, b text)")
    sql(
        "CREATE TABLE judged (short short, bits bit(3), more_bits varbit(4), name varchar(3), names varchar(3)[],"
        " price numeric(6,2), ratio float8, pair pair, place inet, net cidr, doc jsonb, span int4range,"
        " moment timestamptz, grid int[], bounded words, cost money, relation regclass, bytes bytea,"
        " tens interval second(0))"
    )
    return CatalogReader(session).relation(RelationName("public", "judged"), CTX)


@pytest.mark.parametrize(("column", "text"), [(name, text) for name, texts in REFUSED.items() for text in texts])
def test_what_a_save_refuses_is_refused(session: Session, sql: Sql, judged: Relation, column: str, text: str) -> None:
    found = CellJudge(session).judge(judged.column(column).type, text, CTX)
    assert found.refusal is not None
    assert found.refusal.message
    with pytest.raises(psycopg.Error):
        sql(f"INSERT INTO judged ({column}) VALUES (%s)", text)


@pytest.mark.parametrize(
    ("column", "text", "canonical"),
    [(name, text, canonical) for name, texts in TAKEN.items() for text, canonical in texts.items()],
)
def test_what_a_save_takes_is_told_as_it_will_be(
    session: Session, sql: Sql, judged: Relation, column: str, text: str, canonical: str | None
) -> None:
    found = CellJudge(session).judge(judged.column(column).type, text, CTX)
    if canonical is None:
        assert found.is_refused
        return
    assert (found.refusal, found.canonical) == (None, canonical)
    sql("SET timezone = 'UTC'")
    sql(f"INSERT INTO judged ({column}) VALUES (%s)", text)
    assert sql(f"SELECT {column}::text FROM judged") == [(canonical,)]


def test_nothing_of_a_value_is_logged(session: Session, judged: Relation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    judge = CellJudge(session)
    for name in ("price", "place", "doc", "short"):
        assert judge.judge(judged.column(name).type, SECRET, CTX).is_refused
    assert SECRET not in "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)


def test_nothing_is_written_by_a_check(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE seen (what text)")
    sql(
        "CREATE FUNCTION noted(what text) RETURNS bool LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO seen VALUES (what); RETURN true; END $$"
    )
    sql("CREATE DOMAIN spying AS text CHECK (noted(VALUE))")
    sql("CREATE TABLE spied (x spying)")
    relation = CatalogReader(session).relation(RelationName("public", "spied"), CTX)
    found = CellJudge(session).judge(relation.column("x").type, "x", CTX)
    assert (found.is_refused, found.was_judged) == (False, False)
    assert sql("SELECT * FROM seen") == []
