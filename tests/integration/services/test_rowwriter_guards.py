"""Guards of a save: what others changed is noticed though `=` overlooks it, and old rows are found though invalid."""

from __future__ import annotations

import psycopg
import pytest

from nexus_studio.core.data.cells import PageRequest
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import EditConflict
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import CTX, Sql, Table


def make_nondeterministic_collation(sql: Sql) -> None:
    """Create the collation ci, for which a is A, or skip the test."""
    try:
        sql("CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this PostgreSQL was built without ICU")


@pytest.mark.parametrize(
    ("type_", "base", "theirs"),
    [
        ("interval", "1 mon", "30 days"),
        ("numeric", "1.0", "1.00"),
        ("float8", "0", "-0"),
        ("numeric[]", "{1.0}", "{1.00}"),
        ("jsonb", '{"a": 1.0}', '{"a": 1.00}'),
    ],
)
def test_a_change_that_equality_overlooks_is_a_conflict(
    session: Session, sql: Sql, type_: str, base: str, theirs: str
) -> None:
    sql(f"CREATE TABLE t (id int PRIMARY KEY, v {type_})")
    sql(f"INSERT INTO t VALUES (1, '{base}'), (2, '{base}')")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "v", None)
    table.changes.delete(table.page.rows[1])
    sql(f"UPDATE t SET v = '{theirs}'")
    with pytest.raises(EditConflict) as caught:
        table.save()
    assert len(caught.value.conflicts) == 2
    assert sql("SELECT v::text FROM t") == [(theirs,)] * 2


def test_a_change_that_a_collation_overlooks_is_a_conflict(session: Session, sql: Sql) -> None:
    make_nondeterministic_collation(sql)
    sql("CREATE TABLE t (id int PRIMARY KEY, v text COLLATE ci, a text[] COLLATE ci)")
    sql("INSERT INTO t VALUES (1, 'Anna', '{Anna}')")
    for column in ("v", "a"):
        table = Table(session, "t")
        table.changes.edit(table.page.rows[0], column, "{x}")
        sql(f"UPDATE t SET {column} = upper({column}::text)::{'text[]' if column == 'a' else 'text'}")
        with pytest.raises(EditConflict):
            table.save()


def test_a_change_of_case_in_citext_is_a_conflict(session: Session, sql: Sql) -> None:
    if not sql("SELECT 1 FROM pg_available_extensions WHERE name = 'citext'"):
        pytest.skip("this PostgreSQL comes without citext")
    sql("CREATE EXTENSION citext")
    sql("CREATE DOMAIN mail AS citext")
    sql("CREATE TABLE t (id int PRIMARY KEY, v citext, d mail, a citext[])")
    sql("INSERT INTO t VALUES (1, 'Anna', 'Anna', '{Anna}')")
    for column, theirs in (("v", "ANNA"), ("d", "ANNA"), ("a", "{ANNA}")):
        table = Table(session, "t")
        table.changes.edit(table.page.rows[0], column, "{x}")
        sql(f"UPDATE t SET {column} = '{theirs}'")
        with pytest.raises(EditConflict):
            table.save()
    assert sql("SELECT v::text, d::text, a::text FROM t") == [("ANNA", "ANNA", "{ANNA}")]


def test_values_older_than_their_domain_s_rule_are_read_and_changed(session: Session, sql: Sql) -> None:
    sql("CREATE DOMAIN large AS int")
    sql("CREATE TABLE t (id large PRIMARY KEY, v large)")
    sql("INSERT INTO t SELECT n, n FROM generate_series(1, 9) n")
    sql("ALTER DOMAIN large ADD CHECK (VALUE > 100) NOT VALID")
    table = Table(session, "t")
    source = RowSource(session)
    query = RowQuery(table.relation.name, sort=(Sort("v"),))
    first = source.fetch(table.relation, query, PageRequest(0, 5), 1, CTX)
    second = source.fetch(table.relation, query, PageRequest(5, 5, first.marks[-1]), 1, CTX)
    assert [row.key.cells for row in second.rows] == [("6",), ("7",), ("8",), ("9",)]
    table.changes.edit(table.page.rows[0], "v", "200")
    table.changes.delete(table.page.rows[1])
    table.save()
    assert sql("SELECT v FROM t WHERE id < 3") == [(200,)]
