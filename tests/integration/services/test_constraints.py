"""The rules that refused saves ran into, and the rows that stand in the way, on a real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nexus_studio.core.data.cells import DEFAULT, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.errors import ConstraintViolated, ServerReport
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.constraints import holders_of, rule_of
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
NAME = RelationName("public", "people")
PEOPLE = """
CREATE TABLE people (id int PRIMARY KEY, shop int NOT NULL DEFAULT 1, code text, email text, "the Span" int4range,
                     gone bool NOT NULL DEFAULT false, UNIQUE (shop, code));
CREATE UNIQUE INDEX lower_email ON people (lower(email)) WHERE NOT gone;
ALTER TABLE people ADD CONSTRAINT apart EXCLUDE USING gist ("the Span" WITH &&);
INSERT INTO people VALUES (1, 1, 'a', 'Ada@x.org', '[1,10)', false), (2, 2, 'a', 'bob@x.org', '[20,30)', false),
                          (3, 1, 'b', 'old@x.org', NULL, true);
"""


@pytest.fixture
def people(sql: Sql, session: Session) -> Relation:
    sql(PEOPLE)
    return CatalogReader(session).relation(NAME, CTX)


def insert(**values: Any) -> RowChange:
    return RowChange(NAME, ChangeKind.INSERT, 1, None, values)


def update(key: str, base: str | None, **values: Any) -> RowChange:
    return RowChange(NAME, ChangeKind.UPDATE, 1, RowKey((key,)), values, dict.fromkeys(values, base))


CASES = {
    "key": (insert(id="1"), {"1"}),
    "two columns, one by its default": (insert(id="9", code="a"), {"1"}),
    "default asked for": (insert(id="9", shop=DEFAULT, code="a"), {"1"}),
    "two columns, one as it is stored": (update("3", "b", code="a"), {"1"}),
    "an expression": (insert(id="9", email="ADA@X.ORG"), {"1"}),
    "an overlap with two": (insert(id="9", **{"the Span": "[5,25)"}), {"1", "2"}),
    "an overlap, edited": (update("2", "[20,30)", **{"the Span": "[9,30)"}), {"1"}),
}


@pytest.mark.parametrize("case", CASES)
def test_who_holds_what_only_one_row_may_hold(session: Session, people: Relation, case: str) -> None:
    change, expected = CASES[case]
    with pytest.raises(ConstraintViolated) as refused:
        RowWriter(session).apply((change,), {NAME: people}, CTX)
    report = refused.value.report
    assert report is not None
    assert {key.cells[0] for key in holders_of(session, people, change, report, CTX)} == expected


def test_nobody_holds_it_by_now(session: Session, people: Relation, sql: Sql) -> None:
    report = ServerReport("23505", schema="public", table="people", constraint="people_pkey")
    assert holders_of(session, people, insert(id="77"), report, CTX) == ()
    assert holders_of(session, people, insert(id="1"), ServerReport("23505", constraint="gone"), CTX) == ()
    sql("UPDATE people SET gone = true WHERE id = 1")
    lowered = ServerReport("23505", schema="public", table="people", constraint="lower_email")
    assert holders_of(session, people, insert(id="9", email="ada@x.org"), lowered, CTX) == ()


def test_rules_of_tables_and_domains(session: Session, sql: Sql) -> None:
    sql("CREATE DOMAIN percent AS int CONSTRAINT is_percent CHECK (VALUE BETWEEN 0 AND 100)")
    sql("CREATE TABLE people (id int PRIMARY KEY, age int CONSTRAINT grown CHECK (age >= 18), share percent)")
    sql("COMMENT ON CONSTRAINT grown ON people IS 'Only adults'")
    relation = CatalogReader(session).relation(NAME, CTX)
    rules = []
    for change in (insert(id="1", age="3"), insert(id="1", share="101")):
        with pytest.raises(ConstraintViolated) as refused:
            RowWriter(session).apply((change,), {NAME: relation}, CTX)
        assert refused.value.report is not None
        rules.append(rule_of(session, refused.value.report, CTX))
    first, second = rules
    assert first is not None
    assert second is not None
    assert (first.name, first.definition, first.comment, first.domain) == (
        "grown",
        "CHECK ((age >= 18))",
        "Only adults",
        "",
    )
    assert (second.name, second.domain) == ("is_percent", "percent")
    assert "VALUE >= 0" in second.definition
    assert rule_of(session, ServerReport("23514", schema="public", table="people", constraint="gone"), CTX) is None
