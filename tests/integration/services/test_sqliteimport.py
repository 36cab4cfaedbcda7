"""SQLite files written by these tests, with the values that go wrong elsewhere, imported into a real PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.sqliteimport import ImportReport, Wishes
from nexus_studio.core.admin.sqlitemoments import MomentForm, MomentForms
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConstraintViolated, ForbiddenHere, ImportRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
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


SHOP = """
CREATE TYPE "Role" AS ENUM ('ADMIN', 'COACH');
CREATE TABLE users (
    id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, role "Role",
    "createdAt" timestamptz NOT NULL DEFAULT now(), boss int REFERENCES users, shouted text
    GENERATED ALWAYS AS (upper(email)) STORED
);
CREATE TABLE order_lines (
    id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users, amount numeric(6, 2) CHECK (amount > 0), paid boolean
);
CREATE UNIQUE INDEX ON order_lines (lower(user_id::text)) WHERE amount = 7;
CREATE TABLE untouched (id int)
"""
OLD_SHOP = """
CREATE TABLE User (id INTEGER PRIMARY KEY, email TEXT, Role TEXT, created_at DATETIME, boss INT, shouted, extra TEXT);
CREATE TABLE OrderLine (id INTEGER PRIMARY KEY, userId INT, amount REAL, paid BOOLEAN) ;
CREATE TABLE _prisma_migrations (id TEXT);
CREATE TABLE Nobody (id INT);
CREATE VIRTUAL TABLE found USING fts5(words)
"""
AT = 86_400_000  # one day, as milliseconds: only Prisma's ledger tells that it is not 1000 days


def test_names_are_matched_order_kept_and_sequences_moved(
    service: SqliteImportService, make_file: Make, sql: Sql, session: Session
) -> None:
    sql(SHOP)
    users = [(1, "a@x", "ADMIN", AT, 2, "A", "x"), (2, "b@x", None, AT, None, "B", "y")]
    lines = [(41, 2, 19.99, 1), (7, 1, 7, 0)]
    path = make_file(OLD_SHOP, User=users, OrderLine=lines)
    plan = service.plan(path, Wishes(), TaskContext.for_test())
    assert [(each.source.name, str(each.target.name)) for each in plan.tables] == [
        ("User", "users"),
        ("OrderLine", "order_lines"),
    ]
    assert (plan.unmatched, plan.left_out) == (("Nobody",), ("_prisma_migrations",))
    assert plan.untouched == (RelationName("public", "untouched"),)
    user = plan.tables[0]
    assert (user.unmatched, user.computed, user.lacking) == (("extra",), ("shouted",), ())
    told: list[Progress] = []
    report, effects = run(service, path, TaskContext(on_progress=told.append))
    assert {each.step for each in told} == {"import.reading", "import.rows", "import.comparing"}
    assert (effects.relations, report.sequences) == (frozenset(each.target.name for each in plan.tables), 2)
    assert sql('SELECT id, "createdAt"::date::text, boss, shouted FROM users ORDER BY 1') == [
        (1, "1970-01-02", 2, "A@X"),
        (2, "1970-01-02", None, "B@X"),
    ]
    assert sql("INSERT INTO users (email) VALUES ('c@x') RETURNING id") == [(3,)]
    assert sql("INSERT INTO order_lines (user_id) VALUES (1) RETURNING id, amount") == [(42, None)]

    with pytest.raises(ImportRefused) as caught:
        run(service, path)
    assert (caught.value.code, caught.value.facts["tables"]) == ("import.filled", ("users", "order_lines"))
    tried = check(service, path)
    assert len(tried.filled) == 2
    assert ("User", 1, "id", "constraint.unique") in refused(tried)
    more = make_file(OLD_SHOP, "more.db", User=[(9, "d@x", "COACH", AT, 3, "", "")], OrderLine=[(50, 9, 1, 1)])
    assert refused(check(service, more)) == []
    added, _ = run(service, more, adds=True)
    assert [each.written for each in added.tables] == [1, 1]
    assert sql("SELECT count(*) FROM users") == [(4,)]


def test_a_dry_run_lists_everything_that_is_refused(service: SqliteImportService, make_file: Make, sql: Sql) -> None:
    sql(SHOP)
    users = [
        (1, "a@x", "ADMIN", AT, None, "", ""),
        (2, None, "coach", "yesterday", None, "", ""),  # three refusals in one row
        (3, "a@x", None, AT, None, "", ""),
        (4, "ok@x", None, AT, 99, "", ""),
        (5, b"\x01", None, 1e300, None, "", ""),
        (6, "nul\0", None, AT, None, "", ""),
    ]
    lines = [
        (1, 1, 19.999, 1),
        (2, 1, -5, "maybe"),
        (3, 77, 1, 1),
        (4, 1, 7, 1),
        (5, 1, 7, 1),
        (6, 1, -1, 1),
        (7, 2, 2, 0),
    ]
    path = make_file(OLD_SHOP, User=users, OrderLine=lines)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE User SET email = CAST(x'ff41' AS TEXT) WHERE id = 4")
    connection.commit()
    connection.close()
    report = check(service, path)
    assert sorted(refused(report)) == [
        ("OrderLine", 1, "amount", "value.too_precise"),
        ("OrderLine", 2, "paid", "value.not_boolean"),
        ("OrderLine", 3, "userId", "constraint.foreign_key"),
        ("OrderLine", 5, "", "constraint.unique"),
        ("OrderLine", 6, "", "constraint.check"),
        ("OrderLine", 7, "userId", "constraint.foreign_key"),
        ("User", 2, "Role", "value.not_in_list"),
        ("User", 2, "created_at", "value.not_timestamp"),
        ("User", 2, "email", "value.null"),
        ("User", 3, "email", "constraint.unique"),
        ("User", 4, "email", "value.not_text"),
        ("User", 5, "created_at", "value.not_timestamp"),
        ("User", 5, "email", "value.blob"),
        ("User", 6, "email", "value.nul"),
    ]
    assert sql("SELECT nextval('order_lines_id_seq')") == [(1,)], "no sequence moved"
    with pytest.raises(ImportRefused) as caught:
        run(service, path)
    assert caught.value.code == "import.values"
    outcome = caught.value.outcome
    assert isinstance(outcome, ImportReport)
    assert len(outcome.refusals) == 9, "the values; of rows that constraints refuse only the server knows"
    assert sql("SELECT count(*) FROM users") == [(0,)]
    left = check(service, path, maps={"User": "", "OrderLine.paid": ""})
    assert [(each.source.name, each.unmatched) for each in left.plan.tables] == [("OrderLine", ())]
    assert ("OrderLine", 2, "", "constraint.check") in refused(left)


def test_circles_and_firm_foreign_keys(service: SqliteImportService, make_file: Make, sql: Sql) -> None:
    sql("""
        CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
        ALTER TABLE a ADD CONSTRAINT to_b FOREIGN KEY (b) REFERENCES b
    """)
    schema = "CREATE TABLE a (id INT, b INT); CREATE TABLE b (id INT, a INT)"
    path = make_file(schema, a=[(1, 1), (2, 2)], b=[(1, 2), (2, 1)])
    assert refused(check(service, path)) == []
    report, _ = run(service, path)
    assert [key.name for key in report.plan.circular] == ["b_a_fkey"]
    assert sql("SELECT count(*) FROM pg_constraint WHERE condeferrable") == [(0,)]
    sql("TRUNCATE a, b")
    path = make_file(schema, "broken.db", a=[(1, 3)], b=[(1, 1)])
    with pytest.raises(ConstraintViolated):
        run(service, path)
    assert refused(check(service, path)) == [("a", 1, "b", "constraint.foreign_key")]
    assert sql("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)") == [(0, 0)]


def test_what_a_trigger_changes_is_found_and_taken_back(
    service: SqliteImportService, make_file: Make, sql: Sql
) -> None:
    sql("""
        CREATE TABLE t (id int PRIMARY KEY, name text, note text);
        CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.id = 700 THEN NEW.name := lower(NEW.name); END IF; RETURN NEW; END $$;
        CREATE TRIGGER meddle BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION meddle()
    """)
    rows = [(number, f"N{number}", None) for number in range(1, 2001)]
    path = make_file("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, note TEXT)", t=rows)
    with pytest.raises(ImportRefused) as caught:
        run(service, path)
    assert (caught.value.code, caught.value.facts["columns"]) == ("import.differs", ("name",))
    sql("CREATE OR REPLACE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$")
    with pytest.raises(ImportRefused) as caught:
        run(service, path)
    assert (caught.value.facts["sent"], caught.value.facts["found"]) == (2000, 0)
    assert sql("SELECT count(*) FROM t") == [(0,)]


def test_a_cancel_leaves_nothing(service: SqliteImportService, make_file: Make, sql: Sql) -> None:
    sql("CREATE TABLE t (id int)")
    path = make_file("CREATE TABLE t (id INT)", t=[(number,) for number in range(5000)])

    def stop(progress: Progress) -> None:
        if progress.step == "import.rows":
            ctx.token.cancel()

    ctx = TaskContext(on_progress=stop)
    with pytest.raises(Cancelled):
        run(service, path, ctx)
    assert sql("SELECT count(*) FROM t") == [(0,)]


@pytest.fixture
def opened(profile: ConnectionProfile) -> Iterator[Callable[..., SqliteImportService]]:
    """A function that makes the service on another profile of the test's database."""
    made: list[Session] = []

    def make(**changes: Any) -> SqliteImportService:
        made.append(Session.open(replace(profile, **changes), None, TaskContext.for_test()))
        return SqliteImportService(made[-1], CatalogReader(made[-1]))

    yield make
    for session in made:
        session.close()


def test_where_nothing_may_be_written(opened: Callable[..., SqliteImportService], make_file: Make, sql: Sql) -> None:
    sql("CREATE TABLE t (id int UNIQUE, flag boolean)")
    path = make_file("CREATE TABLE t (id INT, flag INT)", t=[(1, 1), (1, 2)])
    for changes in ({"environment": Environment.PRODUCTION}, {"read_only": True}):
        service = opened(**changes)
        with pytest.raises(ForbiddenHere):
            run(service, path)
        report = check(service, path)
        assert (report.is_tried, refused(report)) == (False, [("t", 2, "flag", "value.not_boolean")])


def test_files_that_are_none(service: SqliteImportService, make_file: Make, sql: Sql, tmp_path: Path) -> None:
    sql("CREATE TABLE t (id int, must text NOT NULL)")
    (tmp_path / "text.db").write_text("not a database at all")
    damaged = make_file("CREATE TABLE t (id INT)", "damaged.db", t=[(number,) for number in range(9000)])
    octets = bytearray(damaged.read_bytes())
    octets[4096:40_000] = b"\xff" * (40_000 - 4096)
    damaged.write_bytes(octets)
    lacking = make_file("CREATE TABLE t (id INT)", "lacking.db", t=[(1,)])
    other = make_file("CREATE TABLE other (id INT)", "other.db")
    locked = make_file("CREATE TABLE t (id INT, must TEXT)", "locked.db", t=[(1, "x")])
    found: list[tuple[dict[str, Any], Path, str]] = [
        ({}, tmp_path / "none.db", "import.file_missing"),
        ({}, tmp_path / "text.db", "import.not_sqlite"),
        ({}, tmp_path, "import.unreadable"),
        ({}, damaged, "import.unreadable"),
        ({}, lacking, "import.lacking"),
        ({}, other, "import.no_match"),
        ({"maps": {"tt": "t"}}, lacking, "import.map_unknown"),
        ({"maps": {"t": "nowhere"}}, lacking, "import.map_unknown"),
        ({"maps": {"t.id": "must", "t.must": "must"}}, locked, "import.map_twice"),
    ]
    for wishes, path, code in found:
        with pytest.raises(ImportRefused) as caught:
            run(service, path, **wishes)
        assert caught.value.code == code, path
        assert str(tmp_path) not in str(caught.value)
    writer = sqlite3.connect(locked, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ImportRefused) as caught:
        run(service, locked)
    assert caught.value.facts["reason"] == "busy"
    writer.execute("ROLLBACK")
    writer.close()
    report, _ = run(service, locked)
    assert [each.written for each in report.tables] == [1]


def test_odd_files(service: SqliteImportService, make_file: Make, sql: Sql) -> None:
    """Names that need quoting, a table without rowid, a column that is called as the rowid, moments said otherwise."""
    sql("""
        CREATE TABLE "odd ""name" ("a b" int, "100%" text, "rowid" int);
        CREATE TABLE keyed (id text PRIMARY KEY, flag boolean, at timestamp, day date)
    """)
    path = make_file(
        """
        CREATE TABLE "odd ""name" ("a b" INT, "100%" TEXT, "rowid" INT);
        CREATE TABLE keyed (id TEXT PRIMARY KEY, flag INT, at, day) WITHOUT ROWID;
        INSERT INTO "odd ""name" VALUES (1, ':x %s', 5), (2, 'é', 6), ('three', '?', 7);
        INSERT INTO keyed VALUES ('a', 1, 2460000.5, 2460000.5), ('b', 7, 60, '2026-01-01'), ('c', 0, 1.5e9, NULL)
        """
    )
    report = check(service, path)
    assert refused(report) == [("keyed", 2, "flag", "value.not_boolean"), ('odd "name', 3, "a b", "value.not_integer")]
    forms = {"keyed.at": MomentForms(MomentForm.SECONDS, MomentForm.SECONDS)}
    connection = sqlite3.connect(path)
    connection.executescript("""DELETE FROM "odd ""name" WHERE "rowid" = 7; UPDATE keyed SET flag = 0""")
    connection.close()
    run(service, path, forms=forms)
    assert sql("SELECT at::text, day::text FROM keyed ORDER BY id") == [
        ("1970-01-29 11:20:00.5", "2023-02-25"),
        ("1970-01-01 00:01:00", "2026-01-01"),
        ("2017-07-14 02:40:00", None),
    ]
    assert sql('SELECT "100%", "rowid" FROM "odd ""name" ORDER BY 2') == [(":x %s", 5), ("é", 6)]


def test_values_are_in_no_log(
    service: SqliteImportService, make_file: Make, sql: Sql, caplog: pytest.LogCaptureFixture
) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, flag boolean)")
    path = make_file("CREATE TABLE t (id, flag)", t=[("CANARY", "CANARY"), (1, 1)])
    with caplog.at_level(0), pytest.raises(ImportRefused) as caught:
        run(service, path)
    assert "CANARY" not in caplog.text
    assert "CANARY" not in repr(caught.value.outcome)
    assert caught.value.__cause__ is None
