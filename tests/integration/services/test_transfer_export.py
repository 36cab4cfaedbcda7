"""Exports of real tables: every format against what PostgreSQL itself says, whole files or none, cancel, masking."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.filters import Condition, Raw
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.data.transfer import (
    ExportReport,
    ExportRows,
    ExportSpec,
    FileFormat,
    Packing,
    TextStyle,
)
from nexus_studio.core.errors import InvalidFilter, PermissionDenied, ServerFailed, TransferRefused, UserError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.overlay import ModelOverlay, ModelTable
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.backups.zstd import ZstdDecompressor
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.service import TransferService
from tests.support.waiting import until

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
COPYING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%'"

ZOO = """
CREATE TYPE "Mood" AS ENUM ('HAPPY', 'it''s "odd"');
CREATE TABLE "Zoo" (
    id bigint PRIMARY KEY, "plain, text" text, price numeric(40, 20), share double precision, ok boolean, doc json,
    docs jsonb, raw bytea, tags text[], mood "Mood", at timestamptz, born date, twice bigint GENERATED ALWAYS AS (id)
    STORED
);
INSERT INTO "Zoo" VALUES
  (1, '', 1.50, 0.1, true, '{"b": 1.00,
 "a": 12345678901234567890}', '{"b": 1.00}', '\\x00ff', '{a,NULL,"b c"}', 'HAPPY', '2024-02-29 12:00+00',
   '2024-02-29'),
  (9007199254740993, NULL, NULL, 'NaN', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (-3, E'line\\nend "quoted", tab\\t back\\\\slash', -0.00000000000000000001, '-Infinity', false, '[]', 'null', '',
   '{}', 'it''s "odd"', 'infinity', '0001-01-01 BC');
"""


@pytest.fixture
def zoo(sql: Sql) -> RelationName:
    sql(ZOO)
    return RelationName("public", "Zoo")


class Exporter:
    """Exports of one database into one folder."""

    def __init__(self, session: Session, folder: Path, overlay: ModelOverlay | None = None) -> None:
        self.session, self.folder = session, folder
        self.catalog = CatalogReader(session)
        self.service = TransferService(session, overlay or ModelOverlay())

    def __call__(
        self,
        name: RelationName,
        form: FileFormat = FileFormat.CSV,
        *,
        rows: ExportRows | None = None,
        style: TextStyle = TextStyle(),  # noqa: B008 - a frozen value
        packing: Packing = Packing.NONE,
        ctx: TaskContext = CTX,
        may_replace: bool = True,
    ) -> tuple[bytes, ExportReport]:
        path = self.folder / "out"
        relation = self.catalog.relation(name, CTX)
        spec = ExportSpec(form, packing, style)
        chosen = rows or ExportRows(RowQuery(name))
        report = self.service.export(relation, chosen, spec, path, ctx, may_replace=may_replace)
        return path.read_bytes(), report


@pytest.fixture
def export(session: Session, tmp_path: Path) -> Exporter:
    folder = tmp_path / "exports"
    folder.mkdir()
    return Exporter(session, folder)


def copied(url: str, statement: str) -> bytes:
    """What the driver's own COPY gives."""
    with psycopg.connect(url) as connection:
        for setting in ("SET datestyle = 'ISO, YMD'", "SET bytea_output = 'hex'"):
            connection.execute(setting)
        with connection.cursor().copy(statement.encode()) as copy:
            return b"".join(bytes(part) for part in copy)


def test_csv_is_what_the_server_writes(export: Exporter, zoo: RelationName, pg_url: str) -> None:
    found, report = export(zoo)
    assert found == copied(pg_url, 'COPY (SELECT * FROM "Zoo") TO STDOUT (FORMAT csv, HEADER)')
    assert (report.rows, report.size_bytes, report.masked) == (3, len(found), ())
    lines = list(csv.reader(io.StringIO(found.decode(), newline="")))
    assert lines[0][:2] == ["id", "plain, text"]
    assert found.splitlines()[1].startswith(b'1,"",1.50')  # empty text in quotes
    assert b"\n9007199254740993,,,NaN," in found  # NULL without


def test_a_table_without_generated_columns_is_copied_itself(export: Exporter, sql: Sql, pg_url: str) -> None:
    sql("CREATE TABLE plain (b int, a text); INSERT INTO plain SELECT n, 'x' || n FROM generate_series(1, 30000) n")
    found, report = export(RelationName("public", "plain"))
    assert found == copied(pg_url, "COPY plain TO STDOUT (FORMAT csv, HEADER)")
    assert report.rows == 30_000


def test_children_are_exported_with_their_parent(export: Exporter, sql: Sql) -> None:
    sql("CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent); INSERT INTO child VALUES (7)")
    assert export(RelationName("public", "parent"))[0] == b"a\n7\n"
    sql("CREATE TABLE parts (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF parts FOR VALUES IN (1)")
    sql("INSERT INTO parts VALUES (1); CREATE VIEW seen AS SELECT a + 1 AS b FROM parts")
    assert export(RelationName("public", "parts"))[0] == b"a\n1\n"
    assert export(RelationName("public", "seen"))[0] == b"b\n2\n"


def test_filter_order_columns_and_keys(export: Exporter, zoo: RelationName) -> None:
    query = RowQuery(zoo, Condition("plain, text", "is_not_null"), sort=(Sort("id", descending=True),))
    assert export(zoo, rows=ExportRows(query, ("ok", "id")))[0] == b"ok,id\nt,1\nf,-3\n"
    keys = (RowKey(("9007199254740993",)), RowKey(("-3",)))
    assert export(zoo, rows=ExportRows(RowQuery(zoo), ("id",), keys))[0] == b"id\n-3\n9007199254740993\n"
    value = RowQuery(zoo, Condition("plain, text", "is", ('x\' OR 1=1; DROP TABLE "Zoo" --\\',)))
    assert export(zoo, rows=ExportRows(value, ("id",)))[0] == b"id\n"
    percent = RowQuery(zoo, Raw("id % 2 = 1 AND 'a%(b)s' LIKE 'a%'"), "line")
    assert export(zoo, rows=ExportRows(percent, ("id",)))[0] == b"id\n"
    assert export(zoo, rows=ExportRows(RowQuery(zoo, search="QUOTED"), ("id",)))[0] == b"id\n-3\n"


@pytest.mark.parametrize(
    "text", ['true) TO STDOUT; DROP TABLE "Zoo"; --', "true; DROP TABLE x", "pg_sleep(0) IS NULL) OR (1 = 1"]
)
def test_a_filter_brings_no_second_statement(export: Exporter, zoo: RelationName, sql: Sql, text: str) -> None:
    with pytest.raises(InvalidFilter):
        export(zoo, rows=ExportRows(RowQuery(zoo, Raw(text))))
    assert sql('SELECT count(*) FROM "Zoo"') == [(3,)]


def test_the_server_itself_refuses_a_second_statement(session: Session, sql: Sql) -> None:
    from nexus_studio.services.dberrors import translated  # noqa: PLC0415
    from nexus_studio.services.transfer.copyout import CopyOut  # noqa: PLC0415

    sql("CREATE TABLE t ()")
    with session.read(CTX) as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        bad = psycopg.sql.SQL("COPY (SELECT 1) TO STDOUT; COMMIT; DROP TABLE t")
        with pytest.raises(ServerFailed), translated():
            list(CopyOut(driver, bad).messages())
    assert sql("SELECT to_regclass('t') IS NOT NULL") == [(True,)]


def test_styles(export: Exporter, sql: Sql) -> None:
    sql("CREATE TABLE t (a text, b int); INSERT INTO t VALUES ('é;x', NULL), ('NULL', 2), (NULL, 3), ('', 4)")
    name = RelationName("public", "t")
    style = TextStyle(";", "'", has_header=False, null="NULL", encoding="windows-1252")
    assert export(name, style=style)[0] == "'é;x';NULL\n'NULL';2\nNULL;3\n;4\n".encode("cp1252")
    assert export(name, style=TextStyle(bom=True))[0].startswith(b"\xef\xbb\xbfa,b\n")
    assert export(name, FileFormat.TSV)[0] == 'a\tb\né;x\t\nNULL\t2\n\t3\n""\t4\n'.encode()
    sql("INSERT INTO t VALUES ('Ж', 5)")
    with pytest.raises(UserError) as caught:  # in PostgreSQL's words
        export(name, style=style)
    assert caught.value.report is not None
    assert caught.value.report.sqlstate == "22P05"
    assert [each.name for each in export.folder.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("style", "field"),
    [
        (TextStyle(delimiter=""), "delimiter"),
        (TextStyle(delimiter="é"), "delimiter"),
        (TextStyle(quote=","), "quote"),
        (TextStyle(null='a"'), "null"),
        (TextStyle(null="\n"), "null"),
        (TextStyle(encoding="utf-16"), "encoding"),
        (TextStyle(encoding="iso-8859-1", bom=True), "bom"),
    ],
)
def test_styles_that_are_none(export: Exporter, zoo: RelationName, style: TextStyle, field: str) -> None:
    with pytest.raises(TransferRefused) as caught:
        export(zoo, style=style)
    assert (caught.value.code, caught.value.facts["field"]) == ("transfer.style", field)


def test_formulas_are_guarded(export: Exporter, sql: Sql) -> None:
    sql("CREATE TABLE t (a text, n int, doc json, d date)")
    sql("INSERT INTO t VALUES ('=1+1', -1, '[1]', '2024-01-01'), ('+1', -2, '-1', NULL), ('@x', 3, NULL, NULL)")
    sql("INSERT INTO t VALUES (E'\\tx', 4, NULL, NULL), ('a=b', 5, NULL, NULL), ('', 6, NULL, NULL)")
    found, _ = export(RelationName("public", "t"), style=TextStyle(has_header=False, is_guarded=True))
    assert found.splitlines() == [
        b"'=1+1,-1,[1],2024-01-01", b"'+1,-2,'-1,", b"'@x,3,,", b"'\tx,4,,", b"a=b,5,,", b'"",6,,',
    ]  # fmt: skip


def test_json_is_exact(export: Exporter, zoo: RelationName) -> None:
    lines = export(zoo, FileFormat.JSON_LINES)[0].decode().splitlines()
    assert len(lines) == 3
    assert '"price":1.50000000000000000000,' in lines[0]
    assert '"doc":{"b": 1.00,  "a": 12345678901234567890}' in lines[0]
    assert lines[1].startswith('{"id":9007199254740993,"plain, text":null,')
    assert json.loads(lines[2])["plain, text"] == 'line\nend "quoted", tab\t back\\slash'
    assert json.loads(lines[2])["share"] == "-Infinity"
    whole = json.loads(export(zoo, FileFormat.JSON)[0])
    assert whole == [json.loads(line) for line in lines]
    assert whole[0]["tags"] == ["a", None, "b c"]
    nothing = ExportRows(RowQuery(zoo, Raw("false")))
    assert export(zoo, FileFormat.JSON, rows=nothing)[0] == b"[]\n"
    assert export(zoo, FileFormat.JSON_LINES, rows=nothing)[0] == b""
    assert export(zoo, FileFormat.SQL, rows=nothing)[0] == b""


def test_inserts_bring_the_rows_back(export: Exporter, zoo: RelationName, sql: Sql) -> None:
    found, report = export(zoo, FileFormat.SQL)
    assert "twice" not in report.columns
    text = found.decode()
    assert text.startswith('INSERT INTO "public"."Zoo" ("id", "plain, text", ')
    assert "(1, '', 1.50000000000000000000, '0.1', true, " in text
    before = sql('SELECT z::text FROM "Zoo" z ORDER BY id')
    sql('DELETE FROM "Zoo"')
    sql(text)
    assert sql('SELECT z::text FROM "Zoo" z ORDER BY id') == before


def test_inserts_of_many_rows_and_columns(export: Exporter, sql: Sql) -> None:
    names = ", ".join(f"c{n} int DEFAULT {n}" for n in range(200))
    sql(f"CREATE TABLE wide (id int GENERATED ALWAYS AS IDENTITY, {names}, note text)")
    sql("INSERT INTO wide (note) SELECT 'n' FROM generate_series(1, 250)")
    found, _ = export(RelationName("public", "wide"), FileFormat.SQL)
    assert found.count(b"INSERT INTO") == 3
    assert b"OVERRIDING SYSTEM VALUE" in found
    before = sql("SELECT md5(string_agg(w::text, ' ' ORDER BY id)) FROM wide w")
    sql("DELETE FROM wide")
    sql(found.decode())
    assert sql("SELECT md5(string_agg(w::text, ' ' ORDER BY id)) FROM wide w") == before


def test_packed(export: Exporter, zoo: RelationName) -> None:
    plain, _ = export(zoo)
    packed, report = export(zoo, packing=Packing.GZIP)
    assert gzip.decompress(packed) == plain
    assert report.size_bytes == len(packed)
    assert ZstdDecompressor().decompress(export(zoo, packing=Packing.ZSTD)[0]) == plain
    with pytest.raises(TransferRefused) as caught:
        export(zoo, FileFormat.EXCEL, packing=Packing.GZIP)
    assert caught.value.code == "transfer.packed"


def test_masked_columns_never_leave_the_server(profile: ConnectionProfile, sql: Sql, tmp_path: Path) -> None:
    from dataclasses import replace  # noqa: PLC0415

    sql("CREATE TABLE people (id int PRIMARY KEY, email text); INSERT INTO people VALUES (1, 'hunter2'), (2, NULL)")
    name = RelationName("public", "people")
    overlay = ModelOverlay({name: ModelTable(sensitive=frozenset({"email"}))}, masking=True)
    session = Session.open(replace(profile, masking=True), None, CTX)
    try:
        export = Exporter(session, tmp_path, overlay)
        for form in (FileFormat.CSV, FileFormat.TSV, FileFormat.JSON, FileFormat.JSON_LINES, FileFormat.SQL):
            found, report = export(name, form)
            assert report.masked == ("email",)
            assert b"hunter2" not in found
            assert found.count("••••••".encode()) == 1
        searched, _ = export(name, rows=ExportRows(RowQuery(name, search="hunter"), ("id",)))
        assert searched == b"id\n"
    finally:
        session.close()


def test_a_file_that_is_there_is_kept(export: Exporter, zoo: RelationName) -> None:
    (export.folder / "out").write_text("mine")
    with pytest.raises(TransferRefused) as caught:
        export(zoo, may_replace=False)
    assert caught.value.code == "transfer.exists"
    with pytest.raises(InvalidFilter):
        export(zoo, rows=ExportRows(RowQuery(zoo, Condition("nothing", "is", ("1",)))))
    assert (export.folder / "out").read_text() == "mine"
    for place, code in ((export.folder, "transfer.is_folder"), (export.folder / "no" / "x", "transfer.no_folder")):
        with pytest.raises(TransferRefused) as caught:
            export.service.export(
                export.catalog.relation(zoo, CTX), ExportRows(RowQuery(zoo)), ExportSpec(), place, CTX, may_replace=True
            )
        assert caught.value.code == code


def test_a_failure_in_the_middle_leaves_nothing(export: Exporter, sql: Sql) -> None:
    sql("CREATE TABLE t AS SELECT n FROM generate_series(1, 100000) n")
    sql("CREATE VIEW broken AS SELECT n, 1 / (n - 90000) AS x FROM t")
    (export.folder / "out").write_text("mine")
    with pytest.raises(UserError):
        export(RelationName("public", "broken"))
    assert [(each.name, each.read_text()) for each in export.folder.iterdir()] == [("out", "mine")]
    assert export(RelationName("public", "t"))[1].rows == 100_000  # the pool's connection is well


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_is_said(export: Exporter, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    sql("CREATE TABLE t AS SELECT repeat('x', 100) AS a FROM generate_series(1, 100000) n")
    real = Path.open

    def full(self: Path, *arguments: Any, **more: Any) -> Any:
        if self.name.endswith(".part"):
            self.touch()
            return real(Path("/dev/full"), "wb", buffering=0)
        return real(self, *arguments, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(TransferRefused) as caught:
        export(RelationName("public", "t"))
    monkeypatch.undo()
    assert caught.value.code == "transfer.disk_full"
    assert list(export.folder.iterdir()) == []
    until(lambda: sql(COPYING) == [(0,)])


def test_cancel_stops_the_server_and_leaves_no_file(export: Exporter, sql: Sql) -> None:
    sql("CREATE VIEW endless AS SELECT generate_series(1, 1000000000000) AS n")
    token, begun = CancelToken(), threading.Event()

    def told(progress: Progress) -> None:
        if progress.step == "transfer.exporting" and progress.unit == "rows" and progress.done > 100_000:
            begun.set()

    def cancel() -> None:
        begun.wait(30)
        token.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(Cancelled):
        export(RelationName("public", "endless"), ctx=TaskContext(token, told))
    canceller.join()
    assert begun.is_set()
    assert list(export.folder.iterdir()) == []
    until(lambda: sql(COPYING) == [(0,)])


def test_progress_has_rows_of_an_estimate(export: Exporter, sql: Sql) -> None:
    sql("CREATE TABLE t AS SELECT n FROM generate_series(1, 2000000) n; ANALYZE t")
    told: list[Progress] = []
    export(RelationName("public", "t"), ctx=TaskContext(on_progress=told.append))
    steps = [each for each in told if each.step == "transfer.exporting"]
    assert {each.total for each in steps if each.unit == "rows"} == {2_000_000}
    assert [each.done for each in steps if each.unit == "bytes"]


def test_what_may_not_be_read_is_left_out_or_refused(export: Exporter, sql: Sql) -> None:
    sql("CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 2)")
    relation = export.catalog.relation(RelationName("public", "t"), CTX)
    sql("DROP TABLE t; CREATE TABLE t (a int)")  # since it was looked at
    with pytest.raises(UserError) as caught:
        export.service.export(
            relation, ExportRows(RowQuery(relation.name)), ExportSpec(), export.folder / "out", CTX, may_replace=True
        )
    assert caught.value.code == "column.unknown"
    assert not isinstance(caught.value, PermissionDenied)
    assert list(export.folder.iterdir()) == []
