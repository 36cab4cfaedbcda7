"""Every built-in type and its odd values survive read -> write the same text -> read; editing leaves the rest alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from nexus_studio.core.data.cells import Cell, PageRequest, Row
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.filters import AnyOf, Condition, operators_for
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()

ODD = 'O\'Brien "%s" \\ :x 😀'

ZOO: dict[str, tuple[str, ...]] = {
    "smallint": ("-32768",),
    "integer": ("2147483647",),
    "bigint": ("-9223372036854775808",),
    "numeric": ("NaN", "1" + "0" * 400, "-0.000100", "1.10"),
    "numeric(6,2)": ("9999.99", "-0.10"),
    "real": ("NaN", "-Infinity", "1e-37", "0.1"),
    "double precision": ("Infinity", "0.1", "1e-300", "-0"),
    "money": ("$1,234.50",),
    "text": ("", " x ", ODD, "a\r\nb\t\x01", "x" * 1000),
    "varchar(5)": ("abcde", ""),
    "char(5)": ("ab",),
    '"char"': ("x",),
    "name": ("n",),
    "boolean": ("true", "false"),
    "bytea": ("\\x", "\\x00ff10", "\\x" + "ab" * 500),
    "date": ("infinity", "-infinity", "0044-03-15 BC", "5874897-12-31"),
    "time": ("24:00:00", "00:00:00.000001"),
    "timetz": ("23:59:59.999999+14:59",),
    "timestamp": ("infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999"),
    "timestamp(0)": ("2026-02-28 10:00:00",),
    "timestamptz": ("-infinity", "0044-03-15 12:00:00+00 BC", "2026-03-29 02:30:00+00"),
    "interval": ("1 year 2 mons -3 days +04:05:06.7", "00:00:00"),
    "uuid": ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",),
    "json": ('{"b": 1, "a":  [1.10, 1e2], "b": 2}', "null", '"\\u00e9"'),
    "jsonb": ('{"a": 1.10, "bb": null}', '"x"'),
    "xml": ("<a b='c'>d&amp;</a>",),
    "bit(3)": ("101",),
    "varbit": ("", "10101"),
    "inet": ("192.168.0.1/24", "::1/128"),
    "cidr": ("10.0.0.0/8",),
    "macaddr": ("08:00:2b:01:02:03",),
    "macaddr8": ("08:00:2b:01:02:03:04:05",),
    "point": ("(1,2)",),
    "line": ("{1,2,3}",),
    "lseg": ("[(1,2),(3,4)]",),
    "box": ("(3,4),(1,2)",),
    "path": ("((1,2),(3,4))", "[(1,2),(3,4)]"),
    "polygon": ("((1,2),(3,4),(5,6))",),
    "circle": ("<(1,2),3>",),
    "tsvector": ("'a':1A 'it''s':2",),
    "tsquery": ("'a' & !'b'",),
    "int4range": ("empty", "[1,5)", "(,)"),
    "tstzrange": ('["2026-01-01 00:00:00+00",infinity)',),
    "oid": ("4294967295",),
    "regclass": ("pg_class",),
    "pg_lsn": ("16/B374D848",),
    "xid": ("42",),
    "tid": ("(0,1)",),
    "integer[]": ("{}", "{1,NULL,3}", "{{1,2},{3,4}}", "[0:1]={7,8}"),
    "text[]": ('{"",NULL,"NULL","a\\"b\\\\c","{x}"}',),
    "varchar(3)[]": ("{abc,d}",),
    "jsonb[]": ('{"{\\"a\\": 1}",NULL}',),
    "mood": ("it's %", '"q"', "😀"),
    "mood[]": ('{"it\'s %",😀}',),
    "short": ("abc",),
    "pair": ('(1,"a ""b"", c")', "(,)"),
    "pair[]": ('{"(1,x)"}',),
    '"Weird %s""type"': ("x",),
}


@pytest.fixture
def values_of(sql: Sql) -> dict[str, tuple[str, ...]]:
    """The zoo's values by type, as far as this server has them."""
    try:
        sql("SELECT xml '<a/>'")
    except psycopg.errors.FeatureNotSupported:
        return {**ZOO, "xml": ()}
    return ZOO


@pytest.fixture
def zoo(session: Session, sql: Sql, values_of: dict[str, tuple[str, ...]]) -> Relation:
    """One row a value; every other column of the row is NULL. Some servers are built without XML: no value then."""
    sql("CREATE TYPE mood AS ENUM ('it''s %', '\"q\"', '😀')")
    sql('CREATE TYPE "Weird %s""type" AS ENUM (\'x\')')
    sql("CREATE DOMAIN short AS varchar(3) CHECK (VALUE <> 'bad')")
    sql("CREATE TYPE pair AS (a int, b text)")
    columns = ", ".join(f'"{index} %s" {type_}' for index, type_ in enumerate(ZOO))
    sql(f"CREATE TABLE zoo (id int PRIMARY KEY, note text, {columns})")
    number = 0
    for index, values in enumerate(values_of.values()):
        for value in values:
            number += 1
            sql(f"INSERT INTO zoo (id, note, \"{index} %%s\") VALUES ({number}, '-', %s)", value)
    return CatalogReader(session).relation(RelationName("public", "zoo"), CTX)


def _rows(session: Session, relation: Relation) -> list[Row]:
    page = RowSource(session).fetch(relation, RowQuery(relation.name), PageRequest(0, 1000), 1, CTX)
    return [_whole(session, relation, row) for row in page.rows]


def _whole(session: Session, relation: Relation, row: Row) -> Row:
    names = [column.name for column in relation.columns]
    cells = RowSource(session).whole_cells(relation, row.key, names, CTX)
    return replace(row, cells=tuple(cells[name] for name in names), sizes={})


def test_cells_are_the_text_they_were_made_of(
    session: Session, zoo: Relation, values_of: dict[str, tuple[str, ...]]
) -> None:
    expected = [value for values in values_of.values() for value in values]
    found = [next(cell for cell in row.cells[2:] if cell is not None) for row in _rows(session, zoo)]
    assert found == expected


def test_writing_the_same_text_changes_nothing(session: Session, sql: Sql, zoo: Relation) -> None:
    before = _rows(session, zoo)
    names = [column.name for column in zoo.columns]
    inserts = []
    for row in before:
        values: dict[str, Cell] = {name: cell for name, cell in zip(names, row.cells, strict=True) if cell is not None}
        values["id"] = str(1000 + int(row.cells[0] or 0))
        inserts.append(RowChange(zoo.name, ChangeKind.INSERT, 1, values=values))
    RowWriter(session).apply(inserts, {zoo.name: zoo}, CTX)
    after = _rows(session, zoo)
    assert [row.cells[1:] for row in after[len(before) :]] == [row.cells[1:] for row in before]
    # The stored bytes too, not only their text.
    for index in range(len(ZOO)):
        column = f'"{index} %s"'
        differ = sql(
            f"SELECT count(*) FROM zoo a JOIN zoo b ON b.id = a.id + 1000"
            f" WHERE a.{column}::text IS DISTINCT FROM b.{column}::text"
            f" OR pg_column_size(a.{column}) <> pg_column_size(b.{column})"
        )
        assert differ == [(0,)], list(ZOO)[index]


def test_every_cell_can_be_its_own_guard(session: Session, zoo: Relation) -> None:
    """UPDATE ... WHERE column IS NOT DISTINCT FROM its old text finds the row, for every type."""
    changes = ChangeSet(zoo)
    for row in _rows(session, zoo):
        index = next(index for index, cell in enumerate(row.cells) if index > 1 and cell is not None)
        changes.edit(row, zoo.columns[index].name, None)
    RowWriter(session).apply(changes.freeze(), {zoo.name: zoo}, CTX)
    assert all(set(row.cells[2:]) == {None} for row in _rows(session, zoo))


def test_editing_one_column_leaves_the_rest_as_it_was(session: Session, zoo: Relation) -> None:
    before = _rows(session, zoo)
    changes = ChangeSet(zoo)
    for row in before:
        changes.edit(row, "note", "edited")
    RowWriter(session).apply(changes.freeze(), {zoo.name: zoo}, CTX)
    assert [row.cells for row in _rows(session, zoo)] == [(row.cells[0], "edited", *row.cells[2:]) for row in before]


def test_rows_of_every_type_are_deleted_with_all_cells_as_guard(session: Session, sql: Sql, zoo: Relation) -> None:
    sql("ALTER TABLE zoo DROP CONSTRAINT zoo_pkey")
    keyless = CatalogReader(session).relation(zoo.name, CTX)
    changes = ChangeSet(keyless)
    for row in _rows(session, keyless):
        changes.delete(row)
    RowWriter(session).apply(changes.freeze(), {keyless.name: keyless}, CTX)
    assert sql("SELECT count(*) FROM zoo") == [(0,)]


def test_every_type_can_be_sorted_and_filtered_by_its_own_values(
    session: Session, zoo: Relation, values_of: dict[str, tuple[str, ...]]
) -> None:
    source = RowSource(session)
    for column, values in zip(zoo.columns[2:], values_of.values(), strict=True):
        if not values:
            continue
        sorted_ = RowQuery(zoo.name, sort=(Sort(column.name, descending=True),))
        first = source.fetch(zoo, sorted_, PageRequest(0, 3), 1, CTX)
        assert first.marks
        after = source.fetch(zoo, sorted_, PageRequest(3, 500, first.marks[-1]), 1, CTX)
        back = source.fetch(zoo, sorted_, PageRequest(0, 3, after.marks[0], backward=True), 1, CTX)
        assert [row.key for row in back.rows] == [row.key for row in first.rows]
        keys = {operator.key for operator in operators_for(column.type)}
        either = AnyOf(tuple(Condition.of(column.name, "is", value) for value in values))
        assert source.count(zoo, RowQuery(zoo.name, either), CTX).value == len(values), column.type
        if "in" in keys:
            several = Condition.of(column.name, "in", *values)
            assert source.count(zoo, RowQuery(zoo.name, several), CTX).value == len(values), column.type
        for operator in operators_for(column.type):
            if not operator.takes_column_type and operator.key not in {"contains", "starts_with", "json_contains"}:
                continue  # their values are patterns, paths and elements
            count = {"none": 0, "one": 1, "two": 2, "many": 1}[operator.arity.value]
            condition = Condition.of(column.name, operator.key, *[values[-1]] * count)
            source.count(zoo, RowQuery(zoo.name, condition), CTX)


def test_codecs_take_what_the_server_gave(session: Session, zoo: Relation) -> None:
    codecs = built_in_codecs()
    for row in _rows(session, zoo):
        for column, cell in zip(zoo.columns, row.cells, strict=True):
            if cell is None:
                continue
            codec = codecs.for_type(column.type)
            try:
                assert codec.check(cell, column.type) == cell
            except InvalidValue as error:
                raise AssertionError(column.type, cell) from error
            assert "\n" not in codec.display(cell, column.type)
