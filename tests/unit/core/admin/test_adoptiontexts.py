"""The texts of a database that is taken over: a dump's statements, their way through Python and SQLAlchemy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from nexus_studio.core.admin.adoptiontexts import (
    as_text,
    baseline_text,
    differing,
    environment_text,
    statements_of,
)

DUMP = """--
-- PostgreSQL database dump
--

\\restrict abc

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Name: shop; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA shop;

COMMENT ON SCHEMA public IS 'standard public schema';

CREATE FUNCTION shop.f() RETURNS integer
    LANGUAGE sql
    AS $$
-- Name: not a comment of the dump; Type: x
SELECT 1;
$$;

SET default_tablespace = '';

CREATE TABLE shop.t (
    id integer DEFAULT 1 NOT NULL
);

\\unrestrict abc
"""


def test_settings_and_psqls_own_commands_are_left_out() -> None:
    found = statements_of(DUMP)
    assert [each.split("\n")[0] for each in found] == [
        "CREATE SCHEMA IF NOT EXISTS shop",
        "CREATE FUNCTION shop.f() RETURNS integer",
        "CREATE TABLE shop.t (",
    ]
    assert "-- Name: not a comment" in found[1]


def test_the_schema_that_every_database_has_is_not_made() -> None:
    assert statements_of('CREATE SCHEMA public;\nCREATE SCHEMA "Shop x";\n') == (
        'CREATE SCHEMA IF NOT EXISTS "Shop x"',
    )


PIECES = st.lists(st.sampled_from([":", "\\", "a", "b1", " ", "'", '"', "%", "\n", "$", "é", "::", '"""', "(", "\t"]))


@given(PIECES)
def test_any_sql_comes_through_python_and_sqlalchemy_as_it_is(pieces: list[str]) -> None:
    sql = "".join(pieces) + "x"
    ran: list[Any] = []
    module: dict[str, Any] = {}
    source = baseline_text("abc", "now", [sql]).replace("from alembic import op\n", "")
    exec(compile(source, "baseline.py", "exec", dont_inherit=True), module)
    module["op"] = SimpleNamespace(execute=ran.append)
    module["upgrade"]()
    assert str(ran[1].compile(dialect=postgresql.dialect(paramstyle="named"))) == sql


def test_a_baseline_is_not_taken_back() -> None:
    module: dict[str, Any] = {}
    exec(compile(baseline_text("abc", "now", ()).replace("from alembic import op\n", ""), "b", "exec"), module)
    with pytest.raises(NotImplementedError):
        module["downgrade"]()


def test_parentheses_alone_are_no_difference() -> None:
    one = ["CHECK (((a > 1) AND (b > 1)) AND (c <> '('))"]
    assert differing(one, ["CHECK ((a > 1) AND (b > 1) AND (c <> '('))"]) == ()
    assert differing(one, ["CHECK ((a > 1) AND (b > 1) AND (c <> ')'))"]) != ()
    assert differing(["A", "B"], ["B", "A"]) != ()
    assert differing(["A\nB"], ["A\nC"]) == ("- B", "+ C")


def test_env_py_says_what_is_left_out() -> None:
    assert "frozenset()" in environment_text()
    assert "frozenset({'a', \"b'c\"})" in environment_text(["b'c", "a"])
    for each in (environment_text(), environment_text(["x"])):
        compile(each, "env.py", "exec")


def test_what_is_no_parameter_stays() -> None:
    assert as_text("a::text") == "a::text"
    assert as_text("':b'") == "'\\:b'"
