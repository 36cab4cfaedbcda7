"""Imports into real tables: formats, modes, every refused line with its number and reason, all or nothing."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from nexus_studio.core.data.images import Outcome, RowImage
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.data.transfer import ExportRows, ExportSpec, FileFormat, Packing
from nexus_studio.core.data.transferplan import DateOrder, ImportMode, ImportReport, Unkept, Wishes
from nexus_studio.core.errors import ForbiddenHere, PermissionDenied, TimedOut, TransferRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.backups.zstd import ZstdCompressor
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.services.transfer import examining
from nexus_studio.services.transfer.service import TransferService

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
UPSERT, UPDATE = ImportMode.UPSERT, ImportMode.UPDATE


class Told:
    """A witness that only counts."""

    def __init__(self) -> None:
        self.inserted = self.updated = 0
        self.images: tuple[RowImage, ...] = ()
        self.outcome: Outcome | None = None

    def wrote(self, inserted: int, updated: int) -> None:
        self.inserted, self.updated = inserted, updated

    def before_commit(self, images: tuple[RowImage, ...], transaction: str | None, connection: object) -> None:
        self.images = images

    def ended(self, outcome: Outcome) -> None:
        self.outcome = outcome


class Importer:
    """Imports of one database, of files that it writes itself."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session, self.folder = session, folder
        self.told: list[Told] = []
        self.service = TransferService(session, ModelOverlay(), self._witness)

    def _witness(self, *_: object) -> Told:
        self.told.append(Told())
        return self.told[-1]

    def file(self, content: str | bytes, name: str = "rows.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def relation(self, table: str = "t") -> Any:
        return CatalogReader(self.session).relation(RelationName("public", table), CTX)

    def run(self, content: str | bytes | Path, table: str = "t", ctx: TaskContext = CTX, **wishes: Any) -> ImportReport:
        path = content if isinstance(content, Path) else self.file(content)
        return self.service.run(path, self.relation(table), Wishes(**wishes), ctx)[0]

    def check(self, content: str | bytes | Path, table: str = "t", **wishes: Any) -> ImportReport:
        path = content if isinstance(content, Path) else self.file(content)
        return self.service.check(path, self.relation(table), Wishes(**wishes), CTX)

    def refused(self, content: str | bytes | Path, table: str = "t", **wishes: Any) -> list[tuple[Any, ...]]:
        """What is refused, of the run and of a dry run alike."""
        with pytest.raises(TransferRefused) as caught:
            self.run(content, table, **wishes)
        assert caught.value.code == "transfer.lines"
        report = caught.value.outcome
        assert isinstance(report, ImportReport)
        assert caught.value.facts["number"] == report.refused
        dry = self.check(content, table, **wishes)
        assert (dry.refusals, dry.refused) == (report.refusals, report.refused)
        assert {each.outcome for each in self.told if not each.inserted + each.updated} == {Outcome.NOT_WRITTEN}
        return [(each.line, each.columns, each.code, each.words) for each in report.refusals]


@pytest.fixture
def importer(session: Session, tmp_path: Path) -> Importer:
    folder = tmp_path / "files"
    folder.mkdir()
    return Importer(session, folder)


def test_a_csv_file(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, note text, price numeric(10, 2), at date DEFAULT '2020-01-01')")
    report = importer.run('id,note,price\n1,"a ""b"", c",1.50\n2,,\n3,"",\n4,"line\nend",7\n')
    assert (report.lines, report.inserted, report.updated, report.is_dry) == (4, 4, 0, False)
    assert sql("SELECT id, note, price::text, at::text FROM t ORDER BY id") == [
        (1, 'a "b", c', "1.50", "2020-01-01"),
        (2, None, None, "2020-01-01"),
        (3, "", None, "2020-01-01"),
        (4, "line\nend", "7.00", "2020-01-01"),
    ]
    assert report.plan.kept == ("at",)
    assert [(each.inserted, len(each.images), each.outcome) for each in importer.told] == [(4, 4, Outcome.WRITTEN)]


@pytest.mark.parametrize("mode", [ImportMode.INSERT, UPSERT])
@pytest.mark.parametrize("more", ["", ",other"])
def test_lines_that_a_trigger_lets_fall_are_not_counted_as_rows(
    importer: Importer, sql: Sql, mode: ImportMode, more: str
) -> None:
    sql("""CREATE FUNCTION drop_it() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RETURN CASE WHEN NEW.id <> 2 THEN NEW END; END $$""")
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    sql("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION drop_it()")
    report = importer.run(f"id{more}\n" + "".join(f"{n}{more}\n" for n in (1, 2, 3)), mode=mode)
    assert sql("SELECT id FROM t ORDER BY 1") == [(1,), (3,)]
    assert (report.lines, report.inserted, report.updated, report.unwritten) == (3, 2, 0, 1)


@pytest.mark.parametrize("mode", [UPSERT, UPDATE])
def test_dots_of_a_masked_export_do_not_go_over_values(importer: Importer, sql: Sql, mode: ImportMode) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, name text, role text)")
    sql("INSERT INTO t VALUES (1, 'Ada', 'a'), (2, 'Bob', 'b')")
    content = "id,name,role\n1,Eva,new\n2,••••••,new\n"
    assert importer.refused(content, mode=mode) == [(3, ("name",), "transfer.masked", "")]
    assert sql("SELECT name, role FROM t ORDER BY id") == [("Ada", "a"), ("Bob", "b")]
    assert importer.run(content, mode=mode, maps={"name": ""}).updated == 2
    assert sql("SELECT name, role FROM t ORDER BY id") == [("Ada", "new"), ("Bob", "new")]


def test_a_dry_run_writes_nothing(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    report = importer.check("id\n1\n2\n")
    assert (report.inserted, report.is_dry, report.refusals) == (2, True, ())
    assert sql("SELECT count(*) FROM t") == [(0,)]
    assert importer.told == []


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("Prénom;Créé le\nÉva;2024-02-29\n".encode("cp1252"), "x.csv"),
        ("prenom\tcree_le\nÉva\t2024-02-29\n".encode("utf-16"), "x.txt"),
        ("\ufeffPRENOM|CREE LE\n'Éva'|2024-02-29\n".encode(), "x.csv"),
        (gzip.compress("prenom,Créé_le\r\nÉva,2024-02-29\r\n".encode(), mtime=0), "x.csv.gz"),
        (b'{"prenom": "\\u00c9va", "cr\xc3\xa9\xc3\xa9 le": "2024-02-29"}\n', "x.jsonl"),
        ('[\n{"prenom": "Éva", "cree_le": "2024-02-29"}\n]\n'.encode(), "x.json"),
    ],
)
def test_files_are_understood(importer: Importer, sql: Sql, content: bytes, name: str) -> None:
    sql('CREATE TABLE t ("prénom" text, "créé le" date)')
    assert importer.run(importer.file(content, name)).inserted == 1
    assert sql("SELECT * FROM t") == [("Éva", date(2024, 2, 29))]


def test_zst_and_days_with_slashes(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (d date)")
    compressor = ZstdCompressor()
    path = importer.file(compressor.compress(b"d\n03/04/2024\n") + compressor.flush(), "x.csv.zst")
    importer.run(path, dates=DateOrder.DMY)
    importer.run(path, dates=DateOrder.MDY)
    assert sql("SELECT d::text FROM t") == [("2024-04-03",), ("2024-03-04",)]


def test_excel(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (id bigint, price numeric, ok boolean, born date, at timestamp, note text)")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["ID", "Price", "OK", "Born", "At", "Note"],
        [1, 1.5, True, datetime(2024, 2, 29), datetime(2024, 2, 29, 12, 30), "=x"],  # noqa: DTZ001
        [],
        [2.0, 0.1, False, None, None, "007"],
        ["three", None, None, None, None, None],
    ):
        sheet.append(row)
    sheet.cell(2, 6).data_type = "s"
    path = importer.folder / "x.xlsx"
    book.save(path)
    assert importer.refused(path) == [
        (5, ("ID",), "value.invalid", 'invalid input syntax for type bigint: "three"'),
    ]
    sheet.delete_rows(5)
    book.save(path)
    assert importer.run(path).inserted == 2
    assert sql("SELECT id, price::text, ok, born::text, at::text, note FROM t ORDER BY id") == [
        (1, "1.5", True, "2024-02-29", "2024-02-29 12:30:00", "=x"),
        (2, "0.1", False, None, None, "007"),
    ]


def test_json_is_exact(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (id numeric, doc json, docs jsonb, tags text[], grid int[], ok bool, raw bytea)")
    line = {"id": 1, "doc": {"a": 1}, "tags": ["a", None, 'q"\\'], "grid": [[1, 2], [3, 4]], "ok": True, "raw": "\\x00"}
    text = json.dumps(line).replace('"id": 1', '"id": 12345678901234567890.10').replace('{"a": 1}', '{"a": 1.00}')
    importer.run(importer.file(text + '\n{"docs": "text", "ok": null}\n', "x.jsonl"))
    assert sql("SELECT id::text, doc::text, docs::text, tags, grid, ok, raw FROM t ORDER BY id") == [
        ("12345678901234567890.10", '{"a": 1.00}', None, ["a", None, 'q"\\'], [[1, 2], [3, 4]], True, b"\0"),
        (None, None, '"text"', None, None, None, None),
    ]


def test_what_was_exported_comes_back(importer: Importer, sql: Sql) -> None:
    sql("CREATE TYPE mood AS ENUM ('a', 'it''s')")
    sql("""CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text, n numeric, f float8, b bytea,
        j jsonb, tags text[], m mood, at timestamptz, twice bigint GENERATED ALWAYS AS (id * 2) STORED)""")
    sql("""INSERT INTO t (a, n, f, b, j, tags, m, at) VALUES ('', 1.50, 'NaN', '\\x00', '{"x": 1.0}', '{a,NULL}', 'a',
        'infinity'), (NULL, NULL, 1e300, '', NULL, '{}', 'it''s', '0044-03-15 BC'), (E'x\\n"y"\\\\.', -0.0, -0.0,
        '\\xff', '"s"', '{"q\\"", NULL}', NULL, NULL), (E'\\\\.', 1, 1, NULL, NULL, NULL, NULL, NULL)""")
    sql("CREATE TABLE one (a text); INSERT INTO one VALUES (NULL), (''), ('\\.'), ('x')")
    for table in ("t", "one"):
        for form in (FileFormat.CSV, FileFormat.TSV, FileFormat.JSON, FileFormat.JSON_LINES):
            for packing in Packing:
                before = sql(f"SELECT x::text FROM {table} x ORDER BY 1")
                relation = importer.relation(table)
                path = importer.folder / f"out.{form.value}.{packing.value}".rstrip(".")
                rows = ExportRows(RowQuery(relation.name))
                importer.service.export(relation, rows, ExportSpec(form, packing), path, CTX, may_replace=True)
                sql(f"TRUNCATE {table}")
                importer.run(path, table)
                assert sql(f"SELECT x::text FROM {table} x ORDER BY 1") == before, (table, form, packing)


def test_columns_are_mapped(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (a int, b int NOT NULL DEFAULT 7, c int)")
    report = importer.run("A,x,y,z\n1,2,3,4\n", maps={"x": "c", "y": ""})
    assert sql("SELECT * FROM t") == [(1, 7, 2)]
    plan = report.plan
    assert (plan.unmatched, plan.left_out, plan.kept) == (("z",), ("y",), ("b",))
    for maps, code in (({"nope": "a"}, "transfer.map_unknown"), ({"x": "a", "A": "a"}, "transfer.map_twice")):
        with pytest.raises(TransferRefused) as caught:
            importer.run("A,x\n1,2\n", maps=maps)
        assert caught.value.code == code
    with pytest.raises(TransferRefused) as caught:
        importer.run("p,q\n1,2\n")
    assert caught.value.code == "transfer.no_match"
    assert importer.run("5,6\n7,8\n", has_header=False).inserted == 2
    sql("TRUNCATE t; ALTER TABLE t ADD d int NOT NULL")
    with pytest.raises(TransferRefused) as caught:
        importer.run("a\n1\n")
    assert (caught.value.code, caught.value.facts["columns"]) == ("transfer.lacking", ("d",))


def test_every_bad_value_is_told_with_its_line(importer: Importer, sql: Sql) -> None:
    sql("CREATE DOMAIN small AS int CHECK (VALUE < 10); CREATE TYPE mood AS ENUM ('sad')")
    sql("CREATE TABLE t (id int PRIMARY KEY, d date, code varchar(3), n numeric(4, 2), s small, m mood)")
    content = (
        'id,d,code,n,s,m\n1,2024-02-30,abc,1,1,sad\nx,,"a\nb",1,1,\n3,,abc ,123.4,11,glad\n'
        "4,2024-01-01,abcd,1.005,9,sad\n5,,abcé,,,\n"
    )
    found = importer.refused(content)
    assert [(line, columns) for line, columns, _, _ in found] == [
        (2, ("d",)), (3, ("id",)), (5, ("n",)), (5, ("s",)), (5, ("m",)), (6, ("code",)),
        (7, ("code",)),
    ]  # fmt: skip
    words = [each[3] for each in found]
    assert words[0] == 'date/time field value out of range: "2024-02-30"'
    assert words[1] == 'invalid input syntax for type integer: "x"'
    assert words[2] == "numeric field overflow"
    assert "violates check constraint" in words[3]
    assert words[5] == "value too long for type character varying(3)"
    assert sql("SELECT count(*) FROM t") == [(0,)]


def test_lines_that_are_none(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (a int, b text)")
    found = importer.refused(b'a,b\n1\n2,x,y\n\n3,\xe9\xff\x00\n4,ok\nz,\xc3\xa9\n5,"open\n', encoding="utf-8")
    assert [(line, code) for line, _, code, _ in found] == [
        (2, "transfer.width"), (3, "transfer.width"), (5, "transfer.nul"), (7, "value.invalid"),
        (8, "transfer.open_quote"),
    ]  # fmt: skip
    assert [each[2] for each in importer.refused(b"a,b\n1,\xff\n", encoding="utf-8")] == ["transfer.not_text"]
    json_lines = b'{"a": 1}\n{"a": }\n{"c": 1}\n[1]\n'
    found = importer.refused(importer.file(json_lines, "x.jsonl"))
    assert [(line, code) for line, _, code, _ in found] == [(2, "transfer.not_json"), (4, "transfer.not_json")]


def test_a_line_that_servers_before_18_take_for_the_end(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (a text)")
    assert importer.run("a\nx\n\\.\ny\n").inserted == 3
    assert sql("SELECT a FROM t") == [("x",), ("\\.",), ("y",)]


SHOP = """
CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE t (
    id int PRIMARY KEY, person int NOT NULL REFERENCES people, code text, up int REFERENCES t, n int CHECK (n > 0),
    UNIQUE (person, code)
);
INSERT INTO people VALUES (1, 'a'), (2, 'b');
INSERT INTO t VALUES (100, 1, 'x', NULL, 1);
"""


def test_keys_references_and_checks_point_to_lines(importer: Importer, sql: Sql) -> None:
    sql(SHOP)
    found = importer.refused(
        "id,person,code,up,n\n"
        "1,1,a,2,1\n"  # 2: fine: line 3 is what it points to
        "2,1,b,,1\n"
        "2,1,c,,1\n"  # 4: the id of line 3
        "3,9,d,,1\n"  # 5: no such person
        "4,,d,,1\n"  # 6: NULL
        "5,1,x,,1\n"  # 7: (person, code) is taken
        "100,2,e,,1\n"  # 8: id is taken
        "6,2,f,77,1\n"  # 9: points to nothing
        "7,2,g,,-1\n"  # 10: check
        "8,2,h,,1\n"
    )
    assert [(line, columns, code) for line, columns, code, _ in found] == [
        (4, ("id",), "transfer.same_key"),
        (5, ("person",), "transfer.no_parent"),
        (6, ("person",), "constraint.not_null"),
        (7, ("person", "code"), "constraint.unique"),
        (8, ("id",), "constraint.unique"),
        (9, ("up",), "transfer.no_parent"),
        (10, (), "constraint.check"),
    ]
    assert "violates check constraint" in found[-1][3]
    assert sql("SELECT count(*) FROM t") == [(1,)]
    report = importer.run("id,person,code,up,n\n1,1,a,2,1\n2,1,b,1,1\n")
    assert report.inserted == 2


def test_what_only_trying_can_tell(importer: Importer, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    sql("CREATE TABLE t (id int, a text)")
    sql("""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF new.id % 100 = 0 THEN RAISE EXCEPTION 'not %', new.id; END IF; RETURN new; END $$""")
    sql("CREATE TRIGGER guard BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION refuse()")
    lines = "".join(f"{n},x\n" for n in range(1, 1000))
    found = importer.refused(f"id,a\n{lines}")
    assert [line for line, _, _, _ in found] == [n + 1 for n in range(100, 1000, 100)]
    assert found[0][2:] == ("server.refused", "not 100")
    report = importer.check(f"id,a\n{lines}")
    assert (report.plan.triggers, report.is_complete) == (("guard",), True)
    monkeypatch.setattr(examining, "MOST_TRIED", 3)
    report = importer.check(f"id,a\n{lines}")
    assert (report.refused, report.is_complete) == (3, False)


def test_so_many_are_listed_and_all_counted(importer: Importer, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "MOST_LISTED", 5)
    sql("CREATE TABLE t (id int, d int)")
    report = importer.check("id,d\n" + "x,y\n" * 1000)
    assert (len(report.refusals), report.refused) == (5, 1000)


def test_upsert(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text DEFAULT 'kept', UNIQUE (a))")
    sql("INSERT INTO t VALUES (1, 'one', 'old'), (2, 'two', 'old')")
    report = importer.run("id,a\n2,zwei\n3,drei\n", mode=UPSERT)
    assert (report.lines, report.inserted, report.updated, report.plan.key) == (2, 1, 1, ("id",))
    assert sql("SELECT * FROM t ORDER BY id") == [(1, "one", "old"), (2, "zwei", "old"), (3, "drei", "kept")]
    found = importer.refused("id,a\n1,x\n01,y\n,z\n4,zwei\n", mode=UPSERT)
    assert [(line, code) for line, _, code, _ in found] == [
        (3, "transfer.same_key"), (4, "constraint.not_null"), (5, "constraint.unique"),
    ]  # fmt: skip


def test_update(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail text UNIQUE, a text, n int NOT NULL)")
    sql("INSERT INTO t (mail, a, n) VALUES ('x@', 'old', 1), ('y@', 'old', 2)")
    report = importer.run("mail,a\ny@,new\n", mode=UPDATE)
    assert (report.plan.key, report.updated, report.inserted) == (("mail",), 1, 0)
    assert sql("SELECT mail, a, n FROM t ORDER BY id") == [("x@", "old", 1), ("y@", "new", 2)]
    found = importer.refused("mail,a\ny@,b\nz@,b\ny@,c\n,d\n", mode=UPDATE)
    assert [(line, code) for line, _, code, _ in found] == [
        (3, "transfer.no_row"), (4, "transfer.same_key"), (5, "transfer.no_key_here"),
    ]  # fmt: skip
    report = importer.run("mail,a\ny@,b\nz@,b\n", mode=UPDATE, skips_missing=True)
    assert (report.updated, report.missing) == (1, 1)
    report = importer.run("id,a\n1,by id\n", mode=UPDATE, key=("id",))
    assert sql("SELECT a FROM t ORDER BY id") == [("by id",), ("b",)]


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"mode": UPDATE}, "transfer.no_key"),
        ({"mode": UPDATE, "key": ("a",)}, "transfer.key_not_unique"),
        ({"mode": UPSERT, "key": ("id",)}, "transfer.key_missing"),
    ],
)
def test_keys_that_are_none(importer: Importer, sql: Sql, wishes: Any, code: str) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text)")
    with pytest.raises(TransferRefused) as caught:
        importer.run("a\n1\n", **wishes)
    assert caught.value.code == code


def test_identities_generated_columns_and_sequences(importer: Importer, sql: Sql) -> None:
    sql("""CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, s serial, n int, twice int GENERATED ALWAYS AS (n * 2)
        STORED)""")
    report = importer.run("id,s,n,twice\n41,7,1,99\n")
    assert (report.plan.computed, report.sequences) == (("twice",), 2)
    assert sql("INSERT INTO t (n) VALUES (2) RETURNING id, s, twice") == [(42, 8, 4)]
    assert importer.run("n\n3\n").sequences == 0
    assert sql("SELECT id, s, twice FROM t WHERE n = 3") == [(43, 9, 6)]


def test_views_and_partitions(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE base (a int)")
    sql("CREATE TABLE parts (id int PRIMARY KEY, a text) PARTITION BY RANGE (id)")
    sql("CREATE TABLE p1 PARTITION OF parts FOR VALUES FROM (0) TO (10)")
    assert importer.run("id,a\n1,x\n", "parts").inserted == 1
    assert importer.run("id,a\n1,y\n2,z\n", "parts", mode=UPSERT).updated == 1
    found = importer.refused("id,a\n3,x\n11,y\n", "parts")
    assert [(line, code) for line, _, code, _ in found] == [(3, "constraint.check")]
    sql("CREATE VIEW summed AS SELECT count(*) AS n FROM base")
    with pytest.raises(TransferRefused) as caught:
        importer.run("n\n1\n", "summed")
    assert caught.value.code == "transfer.read_only"


def test_new_rows_go_into_a_view_that_takes_them(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE base (a int PRIMARY KEY, b text, CHECK (a < 100))")
    sql("CREATE VIEW simple AS SELECT a, b FROM base; CREATE VIEW led AS SELECT a, upper(b) AS b FROM base")
    sql("""CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.a = 9 THEN RETURN NULL; END IF;
        INSERT INTO base VALUES (NEW.a, lower(NEW.b)); RETURN NEW; END $$""")
    sql("CREATE TRIGGER put INSTEAD OF INSERT ON led FOR EACH ROW EXECUTE FUNCTION put()")
    report = importer.run("a,b\n1,x\n", "simple")
    assert (report.inserted, report.unkept) == (1, Unkept.UNREAD)
    report = importer.run("a,b\n2,Y\n9,Z\n", "led")
    assert (report.inserted, report.unwritten, report.plan.triggers) == (1, 1, ("put",))
    assert sql("SELECT * FROM base ORDER BY a") == [(1, "x"), (2, "y")]
    found = importer.refused("a,b\n3,x\n200,y\n2,z\n", "led")
    assert [(line, code) for line, _, code, _ in found] == [(3, "constraint.check"), (4, "constraint.unique")]
    for mode in (UPSERT, UPDATE):
        with pytest.raises(TransferRefused) as caught:
            importer.check("a,b\n1,x\n", "simple", mode=mode)
        assert (caught.value.code, caught.value.facts["reason"]) == ("transfer.read_only", "view")


def test_row_security_and_privileges(importer: Importer, sql: Sql, profile: ConnectionProfile, pg_url: str) -> None:
    from dataclasses import replace  # noqa: PLC0415

    role = f"r_{profile.database}"
    sql(f"CREATE ROLE {role}")
    try:
        sql("CREATE TABLE t (id int, owner text); ALTER TABLE t ENABLE ROW LEVEL SECURITY")
        sql("CREATE POLICY mine ON t USING (true) WITH CHECK (owner = 'me')")
        sql(f"GRANT ALL ON t TO {role}; GRANT USAGE ON SCHEMA public TO {role}")
        sql("CREATE TABLE closed (id int)")
        sql(f"GRANT SELECT ON closed TO {role}")
        session = Session.open(replace(profile, role=role), None, CTX)
        try:
            mine = Importer(session, importer.folder)
            assert mine.run("id,owner\n1,me\n").inserted == 1
            found = mine.refused("id,owner\n1,me\n2,you\n")
            assert [(line, code) for line, _, code, _ in found] == [(3, "permission.denied")]
            with pytest.raises((TransferRefused, PermissionDenied)):
                mine.run("id\n1\n", "closed")
        finally:
            session.close()
    finally:
        sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_nothing_is_written_where_nothing_may_be(importer: Importer, sql: Sql, profile: ConnectionProfile) -> None:
    from dataclasses import replace  # noqa: PLC0415

    sql("CREATE TABLE t (id int)")
    path = importer.file("id\n1\n")
    for other in (replace(profile, read_only=True), replace(profile, environment=Environment.PRODUCTION)):
        session = Session.open(other, None, CTX)
        try:
            with pytest.raises(ForbiddenHere):
                Importer(session, importer.folder).run(path)
            with pytest.raises(ForbiddenHere):
                Importer(session, importer.folder).check(path)
            preview, plan = TransferService(session, ModelOverlay()).preview(
                path, Wishes(), Importer(session, importer.folder).relation(), CTX
            )
            assert (preview.rows, plan is not None) == ((("1",),), True)
        finally:
            session.close()
    assert sql("SELECT count(*) FROM t") == [(0,)]


def test_cancel_writes_nothing(importer: Importer, sql: Sql) -> None:
    sql("CREATE TABLE t (id int)")
    path = importer.file("id\n" + "1\n" * 2_000_000)
    token, begun = CancelToken(), threading.Event()

    def told(progress: Progress) -> None:
        if progress.step == "transfer.importing" and progress.done > 200_000:
            begun.set()
            token.cancel()

    with pytest.raises(Cancelled):
        importer.run(path, ctx=TaskContext(token, told))
    assert begun.is_set()
    assert sql("SELECT count(*) FROM t") == [(0,)]
    assert importer.run("id\n1\n").inserted == 1


def test_a_lock_is_not_waited_for_forever(importer: Importer, sql: Sql, pg_url: str) -> None:
    sql("CREATE TABLE t (id int)")
    with psycopg.connect(pg_url) as other:
        other.execute("LOCK TABLE t")
        with pytest.raises(TimedOut) as caught:
            importer.run("id\n1\n")
        other.rollback()
    assert caught.value.code == "timeout.lock"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.csv", b"", "transfer.empty"),
        ("x.csv.gz", b"id\n1\n", "transfer.damaged"),
        ("x.csv.gz", gzip.compress(b"id\n" + b"1\n" * 500_000, mtime=0)[:-300], "transfer.damaged"),
        ("x.csv.zst", b"id\n1\n", "transfer.damaged"),
        ("x.xlsx", b"id\n1\n", "transfer.no_workbook"),
        ("x.parquet", b"id\n1\n", "transfer.kind_unknown"),
        ("x.jsonl", b"id\n1\n", "transfer.not_json"),
    ],
)
def test_files_that_are_none(importer: Importer, sql: Sql, name: str, content: bytes, code: str) -> None:
    sql("CREATE TABLE t (id int)")
    with pytest.raises(TransferRefused) as caught:
        importer.run(importer.file(content, name))
    assert caught.value.code == code
    with pytest.raises(TransferRefused) as caught:
        importer.run(importer.folder / f"gone_{name}")
    assert caught.value.code in {"transfer.file_missing", "transfer.kind_unknown"}
    assert sql("SELECT count(*) FROM t") == [(0,)]
