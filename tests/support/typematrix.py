"""Every PostgreSQL type with values that are hard to keep, as a table: for the round trips and for docs/types.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg

Sql = Callable[..., list[tuple[Any, ...]]]

ODD: Final = 'O\'Brien "%s" \\ :x 😀\u00a0\u2028e\u0301'
LINES: Final = "a\r\nb\n\tc\rd\u2029 \x01"


@dataclass(frozen=True, slots=True)
class Case:
    """A type by its spelling in CREATE TABLE, its values, and what it needs: `extension`, `since` (major version)."""

    type: str
    values: tuple[str, ...]
    extension: str = ""
    since: int = 0
    family: str = ""


MATRIX: Final[tuple[Case, ...]] = (
    Case("text", ("", " x ", "NULL", ODD, LINES, "x" * 40_000), family="text"),
    Case("varchar(5)", ("abcde", "", " a\u00a0 "), family="text"),
    Case("char(5)", ("ab   ", "     "), family="text"),
    Case('"char"', ("x",), family="text"),
    Case("name", ("n",), family="text"),
    Case("smallint", ("-32768", "32767"), family="numbers"),
    Case("integer", ("-2147483648", "2147483647"), family="numbers"),
    Case("bigint", ("-9223372036854775808", "9223372036854775807", "9007199254740993"), family="numbers"),
    Case("numeric", ("NaN", "1" + "0" * 400, "-0.000100", "1.10", "0." + "3" * 300), family="numbers"),
    Case("numeric", ("Infinity", "-Infinity"), since=14, family="numbers"),
    Case("numeric(6,2)", ("10.00", "9999.99", "-0.10", "NaN"), family="numbers"),
    Case("numeric(3,-2)", ("12300",), since=15, family="numbers"),
    Case("real", ("NaN", "-Infinity", "1e-37", "0.1", "3.4028235e+38"), family="numbers"),
    Case("double precision", ("Infinity", "0.1", "5e-324", "-0", "0.30000000000000004"), family="numbers"),
    Case("money", ("$1,234.50", "-$0.01"), family="numbers"),
    Case("boolean", ("true", "false"), family="choices"),
    Case("mood", ("it's %", '"q"', "😀", ""), family="choices"),
    Case("mood[]", ('{"it\'s %",😀,NULL,😀}', '{{😀,😀},{"",NULL}}'), family="choices"),
    Case("date", ("infinity", "-infinity", "0044-03-15 BC", "5874897-12-31", "2024-02-29"), family="moments"),
    Case("time", ("24:00:00", "00:00:00.000001"), family="moments"),
    Case("time(2)", ("23:59:59.99",), family="moments"),
    Case("timetz", ("23:59:59.999999+14:59", "24:00:00-15:59"), family="moments"),
    Case("timestamp", ("infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999"), family="moments"),
    Case("timestamp(0)", ("2026-02-28 10:00:00",), family="moments"),
    Case(
        "timestamptz",
        (
            "-infinity",
            "0044-03-15 12:00:00+00 BC",
            "294276-12-31 23:59:59.999999+00",
            "2026-03-29 01:30:00+00",
            "2026-10-25 00:30:00+00",
            "2026-10-25 01:30:00+00",
        ),
        family="moments",
    ),
    Case("interval", ("1 year 2 mons -3 days +04:05:06.7", "00:00:00", "-178000000 years"), family="moments"),
    Case("interval", ("infinity",), since=17, family="moments"),
    Case("interval(0)", ("00:00:07",), family="moments"),
    Case("uuid", ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",), family="documents"),
    Case(
        "json",
        ('{"b": 1, "a":  [1.10, 1e400, -0], "b": 2}', "null", '"\\u00e9"', ' {\n "x" : {} }'),
        family="documents",
    ),
    Case("jsonb", ('{"a": 1.10, "bb": null}', '"x"', "12345678901234567890.1234567890", "null"), family="documents"),
    Case("xml", ("<a b='c'>d&amp;</a>", "text <b/>"), family="documents"),
    Case("tsvector", ("'a':1A 'it''s':2", ""), family="documents"),
    Case("tsquery", ("'a' & !'b'",), family="documents"),
    Case("bytea", ("\\x", "\\x00ff10", "\\x" + "ab" * 500), family="bytes"),
    Case("bit(3)", ("101",), family="bytes"),
    Case("varbit(70)", ("", "1" * 70), family="bytes"),
    Case("inet", ("192.168.0.1/24", "::1/128", "2001:db8::1/64"), family="addresses"),
    Case("cidr", ("10.0.0.0/8", "2001:db8::/32"), family="addresses"),
    Case("macaddr", ("08:00:2b:01:02:03",), family="addresses"),
    Case("macaddr8", ("08:00:2b:01:02:03:04:05",), family="addresses"),
    Case(
        "integer[]",
        ("{}", "{1,NULL,3}", "{{1,2},{3,4}}", "[0:1]={7,8}", "[-1:0][2:3]={{1,2},{3,NULL}}"),
        family="arrays",
    ),
    Case("text[]", ('{"",NULL,"NULL","a\\"b\\\\c","{x}","a,b"," s ","l\n"}', "{{{a}}}"), family="arrays"),
    Case("numeric(6,2)[]", ("{10.00,NaN,NULL}",), family="arrays"),
    Case("varchar(3)[]", ("{abc,d}",), family="arrays"),
    Case("jsonb[]", ('{"{\\"a\\": 1}",NULL}',), family="arrays"),
    Case("box[]", ("{(1,1),(0,0);(3,3),(2,2)}",), family="arrays"),
    Case("bytea[]", ('{"\\\\x00ff",NULL}',), family="arrays"),
    Case("pair[]", ('{"(1,x)","(,)"}',), family="arrays"),
    Case("int4range", ("empty", "[1,5)", "(,)", "[3,)"), family="ranges"),
    Case("int8range", ("[-9223372036854775808,9223372036854775807)",), family="ranges"),
    Case("numrange", ("(1.10,2.00]", "[1.5,NaN)"), family="ranges"),
    Case("daterange", ("[2026-01-01,infinity)",), family="ranges"),
    Case("tsrange", ('["2026-01-01 00:00:00",)',), family="ranges"),
    Case("tstzrange", ('["2026-01-01 00:00:00+00",infinity)',), family="ranges"),
    Case("textrange", ('["",b]', '["a ""b""","c,d")'), family="ranges"),
    Case("int4multirange", ("{}", "{[1,3),[5,)}"), since=14, family="ranges"),
    Case("tstzmultirange", ('{["2026-01-01 00:00:00+00","2026-01-02 00:00:00+00")}',), since=14, family="ranges"),
    Case("pair", ('(1,"a ""b"", c")', "(,)", '(,"")', "(2147483647,NULL)"), family="made by the schema"),
    Case("nested_pair", ('("(1,x)","{a,""b c""}")',), family="made by the schema"),
    Case("short", ("abc", ""), family="made by the schema"),
    Case("price", ("10.00",), family="made by the schema"),
    Case("moods", ("{😀}",), family="made by the schema"),
    Case('"Weird %s""type"', ("x",), family="made by the schema"),
    Case("oid", ("4294967295", "0"), family="of the server"),
    Case("regclass", ("pg_class", "-"), family="of the server"),
    Case("regtype", ("integer",), family="of the server"),
    Case("pg_lsn", ("16/B374D848",), family="of the server"),
    Case("xid", ("42",), family="of the server"),
    Case("tid", ("(0,1)",), family="of the server"),
    Case("txid_snapshot", ("10:20:10,14,15",), family="of the server"),
    Case("point", ("(1,2)", "(NaN,-Infinity)"), family="shapes"),
    Case("line", ("{1,2,3}",), family="shapes"),
    Case("lseg", ("[(1,2),(3,4)]",), family="shapes"),
    Case("box", ("(3,4),(1,2)",), family="shapes"),
    Case("path", ("((1,2),(3,4))", "[(1,2),(3,4)]"), family="shapes"),
    Case("polygon", ("((1,2),(3,4),(5,6))",), family="shapes"),
    Case("circle", ("<(1,2),3>",), family="shapes"),
    Case("hstore", ('"a"=>"1", "b"=>NULL, "NULL"=>"NULL"', "", '"x\\"y\\\\"=>""'), "hstore", family="extensions"),
    Case("ltree", ("top.science.astronomy", ""), "ltree", family="extensions"),
    Case("lquery", ("*.a@|b*",), "ltree", family="extensions"),
    Case("citext", ("Été", " x "), "citext", family="extensions"),
    Case("cube", ("(1, 2),(3, 4)",), "cube", family="extensions"),
    Case("isbn", ("0-393-04002-X",), "isn", family="extensions"),
    Case("vector(3)", ("[1,2.5,-0]",), "vector", family="extensions"),
    Case("vector", ("[" + ",".join(["0.123456"] * 1500) + "]",), "vector", family="extensions"),
    Case("halfvec(2)", ("[1,2]",), "vector", family="extensions"),
    Case("sparsevec(5)", ("{1:1,3:2}/5",), "vector", family="extensions"),
)

_TYPES: Final = (
    "CREATE TYPE mood AS ENUM ('it''s %', '\"q\"', '😀', '')",
    'CREATE TYPE "Weird %s""type" AS ENUM (\'x\')',
    "CREATE DOMAIN short AS varchar(3) CHECK (VALUE <> 'bad')",
    "CREATE DOMAIN price AS numeric(6,2) CHECK (VALUE >= 0)",
    "CREATE DOMAIN moods AS mood[]",
    "CREATE TYPE pair AS (a int, b text)",
    "CREATE TYPE nested_pair AS (p pair, tags text[])",
    "CREATE TYPE textrange AS RANGE (subtype = text)",
)


def cases_of(sql: Sql) -> tuple[Case, ...]:
    """Return the cases this server has, its extensions made."""
    major = int(sql("SHOW server_version_num")[0][0]) // 10000
    there = {name for (name,) in sql("SELECT name FROM pg_available_extensions")}
    wanted = {case.extension for case in MATRIX if case.extension} & there
    for name in sorted(wanted):
        sql(f"CREATE EXTENSION IF NOT EXISTS {name}")
    found = [case for case in MATRIX if case.since <= major and (not case.extension or case.extension in wanted)]
    return tuple(case for case in found if case.type != "xml" or _has_xml(sql))


def make_table(sql: Sql, cases: tuple[Case, ...], name: str = "matrix") -> Mapping[str, Case]:
    """Make a table with a column a case and a row a value, other columns NULL; return the cases by column."""
    for statement in _TYPES:
        sql(statement)
    columns = {f"c{index}": case for index, case in enumerate(cases)}
    body = ", ".join(f"{column} {case.type}" for column, case in columns.items())
    sql(f"CREATE TABLE {name} (id int PRIMARY KEY, note text, {body})")
    number = 0
    for column, case in columns.items():
        for value in case.values:
            number += 1
            sql(f"INSERT INTO {name} (id, note, {column}) VALUES ({number}, '-', %s)", value)
    return columns


def _has_xml(sql: Sql) -> bool:
    try:
        sql("SELECT xml '<a/>'")
    except psycopg.errors.FeatureNotSupported:
        return False
    return True
