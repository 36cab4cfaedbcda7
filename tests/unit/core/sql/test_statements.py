"""Statements as text: names and types are quoted, values are parameters, previews read well."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from nexus_studio.core.data.cells import DEFAULT, PageRequest, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import InvalidFilter
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Editing, Generated, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.core.sql.expressions import typed_bind
from nexus_studio.core.sql.preview import LONGEST_LITERAL, readable
from nexus_studio.core.sql.select import page_statement
from nexus_studio.core.sql.steps import statements_for

HOSTILE = PgType(1, 'a%s"b', '"s%"."a%s""b"', '"a%s""b"', TypeKind.ENUM)
INT = PgType(23, "int4", "integer", "integer", TypeKind.NUMBER)
TEXT = PgType(25, "text", "text", "text", TypeKind.TEXT, is_wide=True)
RELATION = Relation(
    RelationName("s%", "t:t"),
    RelationKind.TABLE,
    columns=(
        Column("id", INT, 1, nullable=False),
        Column("e%(x)s", HOSTILE, 2),
        Column("t", TEXT, 3),
        Column("g", INT, 4, generated=Generated.STORED),
    ),
    key=("id",),
)


def test_a_type_s_name_survives_the_driver_s_percent_signs() -> None:
    compiled = select(typed_bind("x", HOSTILE)).compile(dialect=PGDialect_psycopg())
    assert 'AS "s%%"."a%%s""b")' in str(compiled)
    assert list(compiled.params.values()) == ["x"]


def test_no_value_is_written_into_a_statement() -> None:
    query = RowQuery(RELATION.name, Condition.of("t", "contains", "sec_ret%"), search="sec_ret", sort=(Sort("t"),))
    compiled = page_statement(RELATION, query, PageRequest(0, 10)).statement.compile(dialect=PGDialect_psycopg())
    assert "sec" not in str(compiled)
    assert "sec/_ret/%" in compiled.params.values()


def test_a_sort_by_what_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidFilter) as caught:
        page_statement(RELATION, RowQuery(RELATION.name, sort=(Sort("nope"),)), PageRequest(0, 10))
    assert caught.value.code == "filter.sort"


def test_previews() -> None:
    changes = (
        RowChange(RELATION.name, ChangeKind.INSERT, 1, values={"id": "7", "t": None, "g": "1"}),
        RowChange(RELATION.name, ChangeKind.UPDATE, 2, RowKey(("1",)), {"e%(x)s": "o'k", "t": DEFAULT}, {"t": "x\\y"}),
        RowChange(RELATION.name, ChangeKind.UPDATE, 3, RowKey(("1",)), {"g": "2"}, {"g": "1"}),
        RowChange(RELATION.name, ChangeKind.DELETE, 4, RowKey(("-2",)), base={"t": "z" * 5000}),
    )
    planned = statements_for({RELATION.name: RELATION}, changes)
    assert [one.index for one in planned] == [0, 1, 3]
    texts = [readable(one.statement) for one in planned]
    assert texts[2].startswith(
        """DELETE FROM "s%"."t:t" WHERE "id" = -2 AND ("t"::text COLLATE "C") IS NOT DISTINCT FROM 'zzz"""
    )
    assert len(texts[2]) < LONGEST_LITERAL + 200
    assert texts[1] == (
        """UPDATE "s%"."t:t" SET "e%(x)s"='o''k', "t"=DEFAULT WHERE "id" = 1 """
        """AND ("t"::text COLLATE "C") IS NOT DISTINCT FROM 'x\\y';"""
    )
    assert texts[0] == """INSERT INTO "s%"."t:t" ("id", "t") VALUES (7, NULL);"""


def test_a_row_without_key_is_found_by_place_and_cells() -> None:
    keyless = Relation(RelationName("public", "t"), RelationKind.TABLE, RELATION.columns, editing=Editing.BY_ALL_CELLS)
    change = RowChange(
        keyless.name, ChangeKind.UPDATE, 1, RowKey(("(0,1)",), by_place=True), {"t": "b"}, {"id": "1", "t": None}
    )
    (planned,) = statements_for({keyless.name: keyless}, (change,))
    assert readable(planned.statement) == (
        """UPDATE "public"."t" SET "t"='b' WHERE ctid = '(0,1)' AND "id"::text IS NOT DISTINCT FROM '1' """
        """AND "t" IS NULL;"""
    )
