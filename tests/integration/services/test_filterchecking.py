"""Raw expressions against a real server: what they may be, what they can't do, and where the server finds fault."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus_studio.core.data.cells import PageRequest
from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Filter, Not, Raw
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import InvalidFilter, PermissionDenied, ServerFailed, StudioError, TimedOut
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql import where as where_module
from nexus_studio.core.sql.rawexpr import check_expression, enclosed
from nexus_studio.core.sql.select import matching_statement
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services import filterchecking
from nexus_studio.services.filterchecking import check_query
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import CTX, Sql, Table

Ask = Callable[[Filter], list[str | None]]


@pytest.fixture
def relation(session: Session, sql: Sql) -> Relation:
    sql('CREATE TABLE t (id int PRIMARY KEY, name text, n int, j jsonb, at timestamptz, "a%s" text, "é;" int)')
    sql("INSERT INTO t VALUES (1, 'it''s 50%', 1, '{\"k\": 1}', '2026-01-01Z', '%s', 1)")
    sql("INSERT INTO t VALUES (2, ':name', NULL, '[]', NULL, NULL, NULL)")
    sql("INSERT INTO t VALUES (3, '’a’; --', 3, NULL, now(), '\\', 3)")
    return Table(session, "t").relation


@pytest.fixture
def ask(session: Session, relation: Relation) -> Ask:
    """A function that checks a filter and returns the ids of the rows it finds."""

    def ask(condition: Filter) -> list[str | None]:
        query = RowQuery(relation.name, condition)
        check_query(session, relation, query, CTX)
        page = RowSource(session).fetch(relation, query, PageRequest(0, 9), 1, CTX)
        return [row.cells[0] for row in page.rows]

    return ask


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("n > 1", "3"),
        ("t.n > 1", "3"),
        ("n = 1 OR n = 3", "13"),
        ("true -- a comment ) ;", "123"),
        ("/* ) ; */ n = 1", "1"),
        ("name LIKE '%50\\%%'", "1"),
        ("name = ':name'", "2"),
        ("\"a%s\" = '%s'", "1"),
        ('"é;" = 3', "3"),
        ("name = '’a’; --'", "3"),
        ("name = E'it\\'s 50%'", "1"),
        ("name = $x$it's 50%$x$", "1"),
        ("n % 2 = 1 AND '%(x)s' = '%(x)' || 's'", "13"),
        ("j ? 'k'", "1"),
        ("j ?| ARRAY['k', 'x'] AND j @? '$.k' AND j @@ '$.k == 1'", "1"),
        ("(j->>'k')::int = 1", "1"),
        ("at::date < DATE '2026-01-02'", "1"),
        ("\"a%s\" = '\\'", "3"),
        ("id IN (SELECT max(id) FROM t)", "3"),
        ("SELECT n = 3", "3"),
        ("NULL", ""),
        ("n <> 3", "1"),
    ],
)
def test_an_expression_finds_its_rows(ask: Ask, text: str, ids: str) -> None:
    assert ask(Raw(text)) == list(ids)
    assert ask(Not(Raw(text))) == [one for one in "123" if one not in ids]
    assert ask(AllOf((Condition.of("id", "in", "1", "2"), Raw(text)))) == [one for one in "12" if one in ids]
    assert ask(AnyOf((Raw("false"), Raw(text), Condition.of("id", "is", "2")))) == sorted({*ids, "2"})


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("true) UNION SELECT 1 --", "filter.raw", 5),
        ("1=1; DROP TABLE t", "filter.raw", 4),
        ("a) OR (b", "filter.raw", 2),
        ("/* ", "filter.raw", 1),
        ("$$", "filter.raw", 1),
        ("E'\\'", "filter.raw", 1),
        ("n = $1", "filter.raw", 5),
        ("nope = 1", "filter.refused", 1),
        ("\"a%s\" = '%' AND nope = 1", "filter.refused", 17),
        ("name = 'é' AND\n  nope", "filter.refused", 18),
        ("n", "filter.refused", 1),
        ("n = ", "filter.refused", 5),
        ("n = 1 ORDER BY 1", "filter.refused", 7),
        ("n = 'x'", "filter.refused", 5),
        ("count(*) > 1", "filter.refused", 1),
        ("n = ‘1’", "filter.refused", 5),
        ("(n, 1)", "filter.refused", 1),
        ("EXISTS (WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x)", "filter.refused", 14),
        ("(SELECT true INTO x)", "filter.refused", 19),
        ("n = (SELECT 1 FROM elsewhere)", "filter.refused", 20),
    ],
)
def test_what_is_no_expression_is_refused(ask: Ask, sql: Sql, text: str, code: str, position: int) -> None:
    for condition in (Raw(text), AnyOf((Raw("name = '50%'"), Condition.of("n", "is", "1"), Not(Raw(text))))):
        with pytest.raises(InvalidFilter) as caught:
            ask(condition)
        assert (caught.value.code, caught.value.facts["position"]) == (code, position)
        said = caught.value.report
        assert (said is not None and said.message != "") == (code == "filter.refused")
        assert "= 1" not in str(caught.value)  # what was typed is told to nobody else
    assert sql("SELECT count(*) FROM t") == [(3,)]


def test_the_condition_to_blame_is_named(ask: Ask) -> None:
    with pytest.raises(InvalidFilter) as caught:
        ask(AllOf((Raw("n = 1"), Condition.of("id", "is", "1"), Condition.of("n", "lt", "many"))))
    assert (caught.value.code, caught.value.facts) == ("filter.refused", {"column": "n", "operator": "lt"})
    assert caught.value.report is not None
    assert caught.value.report.sqlstate == "22P02"


@pytest.mark.parametrize("way_round", ["true); DROP TABLE t; SELECT (true", "true); COMMIT; DELETE FROM t WHERE (true"])
def test_the_server_itself_refuses_a_second_statement(
    ask: Ask, sql: Sql, monkeypatch: pytest.MonkeyPatch, way_round: str
) -> None:
    """Were the check fooled, the protocol would still allow one statement only."""
    monkeypatch.setattr(where_module, "check_expression", lambda text: None)
    with pytest.raises(StudioError) as caught:
        ask(Raw(way_round))
    assert caught.value.report is not None
    assert caught.value.report.sqlstate == "42601"
    assert "multiple commands" in caught.value.report.message
    assert sql("SELECT count(*) FROM t") == [(3,)]


def test_every_statement_with_an_expression_is_prepared_by_the_server(
    session: Session, relation: Relation, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where_module, "check_expression", lambda text: None)
    query, source = RowQuery(relation.name, Raw("true); DROP TABLE t; SELECT (true")), RowSource(session)
    for read in (
        lambda: source.fetch(relation, query, PageRequest(0, 9), 1, CTX),
        lambda: source.count(relation, query, CTX),
        lambda: source.estimate(relation, query, CTX),
    ):
        with pytest.raises(ServerFailed):
            read()
    assert sql("SELECT count(*) FROM t") == [(3,)]


@pytest.mark.parametrize(
    "text",
    [
        "nextval('s') > 0",
        "lo_create(0) > 0",
        "writes()",
        "id IN (SELECT id FROM t FOR UPDATE)",
        "set_config('transaction_read_only', 'off', false) = 'off'",
    ],
)
def test_nothing_can_be_written(ask: Ask, sql: Sql, text: str, server_version: int) -> None:
    sql("CREATE SEQUENCE s")
    sql("CREATE FUNCTION writes() RETURNS boolean LANGUAGE sql AS 'INSERT INTO t VALUES (9); SELECT true'")
    # Before PostgreSQL 16 large objects are made in read-only transactions too; the end takes them back.
    is_let = text.startswith("lo_create") and server_version < 160000
    with nullcontext() if is_let else pytest.raises((PermissionDenied, InvalidFilter, ServerFailed)):
        ask(Raw(text))
    assert sql("SELECT count(*), (SELECT is_called FROM s) FROM t") == [(3, False)]
    assert sql("SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]
    assert ask(Raw("n = 3")) == ["3"]


def test_checking_looks_for_a_row_no_longer_than_a_moment(
    session: Session, relation: Relation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filterchecking, "TRY_MS", 50)
    query = RowQuery(relation.name, Raw("pg_sleep(60) IS NULL"))
    check_query(session, relation, query, CTX)
    with pytest.raises(TimedOut), session.read(CTX, timeout_ms=50) as connection:
        connection.execute(matching_statement(relation, query))


@pytest.mark.parametrize(("text", "state"), [("nextval('s') > 0", "25006"), ("j @? ('$.k' || '[')::jsonpath", "42601")])
def test_what_fails_only_when_it_runs_is_found_before(
    session: Session, relation: Relation, sql: Sql, text: str, state: str
) -> None:
    sql("CREATE SEQUENCE s")
    query = RowQuery(relation.name, AllOf((Condition.of("id", "gt", "0"), Raw(text))))
    with pytest.raises(InvalidFilter) as caught:
        check_query(session, relation, query, CTX)
    assert caught.value.report is not None
    assert caught.value.report.sqlstate == state


def test_what_takes_long_is_cancelled(session: Session, relation: Relation) -> None:
    ctx = TaskContext.for_test()
    threading.Timer(0.2, ctx.token.cancel).start()
    with pytest.raises(Cancelled):
        RowSource(session).fetch(
            relation, RowQuery(relation.name, Raw("pg_sleep(60) IS NULL")), PageRequest(0, 9), 1, ctx
        )


_SIGNS = ["'", '"', "\\", "$", "$a$", "--", "/*", "*/", "\n", "\r", " ", "E", "1e", ".", "é", "(", ")", "||", "U&"]
_junk = st.lists(st.sampled_from(_SIGNS), max_size=4).map("".join)
_frames = st.sampled_from(
    ["'{}'", "E'{}'", "$${}$$", "$a${}$a$", '"a{}"', "/*{}*/1", "--{}\n1", "({})", "U&'{}'", "{}", "1"]
)
_operands = st.builds(str.format, _frames, _junk)


@given(texts=st.lists(st.tuples(_operands, st.sampled_from(["||", " || ", "\n", ""])), min_size=1, max_size=4))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_words_are_read_as_the_server_reads_them(pg_line: psycopg.Connection, texts: list[tuple[str, str]]) -> None:
    """What passes never reaches beyond its parentheses; what is refused is nothing that the server takes."""
    text = "".join(part + sign for part, sign in texts[:-1]) + texts[-1][0]
    refused = ""
    try:
        check_expression(text)
    except InvalidFilter as error:
        refused = str(error.facts["reason"])
    said = ""
    try:
        pg_line.execute(b"EXPLAIN SELECT " + enclosed(text).encode())
    except psycopg.Error as error:
        said = error.diag.message_primary or "?"
    if not refused:
        assert "unterminated" not in said
        assert "end of input" not in said
    elif refused != "number":
        assert said


@pytest.fixture
def pg_line(pg_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        yield connection
