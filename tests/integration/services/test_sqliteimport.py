"""SQLite files written by these tests, with the values that go wrong elsewhere, imported into a real PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.sqliteimport import ImportReport, Wishes
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.services.sqliteimport.service import SqliteImportService

Sql = Callable[..., list[tuple[Any, ...]]]
Make = Callable[..., Path]


@pytest.fixture
def make_file(tmp_path: Path) -> Make:
    """A function that writes a SQLite file of statements and, by table, rows."""

    def make(statements: str, name: str = "old.db", **rows: Sequence[tuple[Any, ...]]) -> Path:
        path = tmp_path / name
        connection = sqlite3.connect(path)
        connection.executescript(statements)
        for table, lines in rows.items():
            marks = ", ".join("?" * len(lines[0]))
            connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', lines)
        connection.commit()
        connection.close()
        return path

    return make


@pytest.fixture
def service(session: Session) -> SqliteImportService:
    return SqliteImportService(session, CatalogReader(session))


def run(
    service: SqliteImportService, path: Path, ctx: TaskContext | None = None, **wishes: Any
) -> tuple[ImportReport, Effects]:
    return service.run(path, Wishes(**wishes), ctx or TaskContext.for_test())


def check(service: SqliteImportService, path: Path, **wishes: Any) -> ImportReport:
    return service.check(path, Wishes(**wishes), TaskContext.for_test())


def refused(report: ImportReport) -> list[tuple[str, int, str, str]]:
    return [(each.table, each.row, each.column, each.reason) for each in report.refusals]


ZOO = """
CREATE TYPE "Mood" AS ENUM ('HAPPY', 'it''s \\ "odd"', 'été');
CREATE DOMAIN cents AS numeric(8, 2) CHECK (VALUE >= 0);
CREATE TABLE zoo (
    id bigint PRIMARY KEY, plain text, code varchar(5), padded char(4), flag boolean, small smallint, big bigint,
    price numeric(10, 2), exact numeric, share double precision, half real, mood "Mood", born date, at timestamptz,
    local timestamp(3), clock time, doc json, docs jsonb, raw bytea, ident uuid, tags text[], grid int[],
    moods "Mood"[], cost cents, span interval, net inet
)
"""
COLUMNS = [
    "id",
    "plain",
    "code",
    "padded",
    "flag",
    "small",
    "big",
    "price",
    "exact",
    "share",
    "half",
    "mood",
    "born",
    "at",
    "local",
    "clock",
    "doc",
    "docs",
    "raw",
    "ident",
    "tags",
    "grid",
    "moods",
    "cost",
    "span",
    "net",
]
NASTY: list[dict[str, Any]] = [
    {
        "plain": "tab\there, line\nend, cr\r\n, back\\slash, quote's \", \\N, \\., é漢字🎓, \x01\x7f",
        "code": "12345",
        "padded": "ab",
        "flag": 1,
        "small": -32768,
        "big": 2**63 - 1,
        "price": 19.99,
        "exact": "12345678901234567890.12345678901234567890",
        "share": 0.1 + 0.2,
        "half": 0.1,
        "mood": 'it\'s \\ "odd"',
        "born": "2004-02-29",
        "at": 1_700_000_000_123,
        "local": "2026-03-29T02:30:00.120+02:00",
        "clock": "23:59:59.999999",
        "doc": '{"b": 1,  "a": [1.50, "\\u00e9"]}',
        "docs": '{"bb": 1e2, "a": [1.50, -0, "\\u00e9\\n\\u001f/"], "a": {"z": null, "é": true}, "": ""}',
        "raw": b"\x00\xff\\\n",
        "ident": b"\x12" * 16,
        "tags": '["a", "b c", "", null, "NULL", "q\\"\\\\", "{x}", "é,"]',
        "grid": "[[1, 2], [3, null]]",
        "moods": '["HAPPY", "été"]',
        "cost": 12,
        "span": "1 day 02:03:04",
        "net": "10.0.0.1/24",
    },
    {
        "plain": "",
        "code": "",
        "padded": "",
        "flag": "TRUE",
        "small": "7",
        "big": -(2**63),
        "price": "-0.00",
        "exact": "1e-7",
        "share": 9e999,
        "half": -9e999,
        "mood": "HAPPY",
        "born": "-",
        "at": "0001-01-01 00:00",
        "local": -62_135_596_800_001,
        "clock": "2000-01-01 12:00Z",
        "doc": "null",
        "docs": "null",
        "raw": b"",
        "ident": "{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}",
        "tags": "[]",
        "grid": "[]",
        "moods": "[]",
        "cost": "0",
        "span": "P1M",
        "net": "::1",
    },
    dict.fromkeys(COLUMNS[1:]),
    {
        "plain": "\\N",
        "code": "a\tb\\",
        "padded": "    ",
        "flag": 0.0,
        "small": 3.0,
        "big": 0,
        "price": 0.1,
        "exact": 1e22,
        "share": -0.0,
        "half": 16777216,
        "mood": "été",
        "born": "2026-01-01T00:00:00.000Z",
        "at": "2026-10-25 02:30:00.5+01:00",
        "local": "12:34",
        "clock": "07:08",
        "doc": "[" * 50 + "]" * 50,
        "docs": '"x"',
        "raw": b"\\x41",
        "ident": "a0eebc999c0b4ef8bb6d6bb9bd380a11",
        "tags": '[["a"], ["\\n"]]',
        "grid": "[1]",
        "moods": "[null]",
        "cost": 99999.99,
        "span": "-3 hours",
        "net": "fe80::/10",
    },
]


def zoo_rows() -> list[tuple[Any, ...]]:
    rows = [(number, *(each[name] for name in COLUMNS[1:])) for number, each in enumerate(NASTY, start=1)]
    rows[1] = tuple("1969-12-31" if value == "-" else value for value in rows[1])
    return rows


def test_nasty_values_arrive_as_they_were_meant(
    service: SqliteImportService, make_file: Make, sql: Sql, pg_url: str
) -> None:
    sql(ZOO)
    path = make_file(f"CREATE TABLE zoo ({', '.join(COLUMNS)})", zoo=zoo_rows())
    tried = check(service, path)
    assert (refused(tried), tried.is_tried, tried.is_dry) == ([], True, True)
    assert sql("SELECT count(*) FROM zoo") == [(0,)]
    report, effects = run(service, path)
    assert effects.touches(Kind.ROWS, RelationName("public", "zoo"))
    (table,) = report.tables
    assert (table.rows, table.written, table.is_compared) == (4, 4, True)
    assert table.uncompared == ("span", "net")
    sql("SET TimeZone = 'UTC'")
    found = sql(f"SELECT {', '.join(f'{name}::text' for name in COLUMNS)} FROM zoo ORDER BY id")
    first, second, nulls, fourth = (dict(zip(COLUMNS, row, strict=True)) for row in found)
    assert first == {
        "id": "1",
        "plain": NASTY[0]["plain"],
        "code": "12345",
        "padded": "ab",
        "flag": "true",
        "small": "-32768",
        "big": "9223372036854775807",
        "price": "19.99",
        "exact": "12345678901234567890.12345678901234567890",
        "share": "0.30000000000000004",
        "half": "0.1",
        "mood": 'it\'s \\ "odd"',
        "born": "2004-02-29",
        "at": "2023-11-14 22:13:20.123+00",
        "local": "2026-03-29 00:30:00.12",
        "clock": "23:59:59.999999",
        "doc": '{"b": 1,  "a": [1.50, "\\u00e9"]}',
        "docs": '{"": "", "a": {"z": null, "é": true}, "bb": 100}',
        "raw": "\\x00ff5c0a",
        "ident": "12121212-1212-1212-1212-121212121212",
        "tags": '{a,"b c","",NULL,"NULL","q\\"\\\\","{x}","é,"}',
        "grid": "{{1,2},{3,NULL}}",
        "moods": "{HAPPY,été}",
        "cost": "12.00",
        "span": "1 day 02:03:04",
        "net": "10.0.0.1/24",
    }
    assert (second["price"], second["exact"], second["share"], second["half"]) == (
        "0.00",
        "0.0000001",
        "Infinity",
        "-Infinity",
    )
    assert (second["plain"], second["code"], second["raw"], second["tags"]) == ("", "", "\\x", "{}")
    assert (second["at"], second["local"]) == ("0001-01-01 00:00:00+00", "0001-12-31 23:59:59.999 BC")
    assert (second["born"], second["clock"], second["doc"]) == ("1969-12-31", "12:00:00", "null")
    assert second["ident"] == fourth["ident"] == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    assert set(nulls.values()) == {"3", None}
    assert (fourth["plain"], fourth["code"], fourth["exact"]) == ("\\N", "a\tb\\", "1" + "0" * 22)
    assert (fourth["share"], fourth["half"], fourth["tags"]) == ("-0", "1.6777216e+07", '{{a},{"\n"}}')
    assert (fourth["at"], fourth["local"]) == ("2026-10-25 01:30:00.5+00", "2000-01-01 12:34:00")
