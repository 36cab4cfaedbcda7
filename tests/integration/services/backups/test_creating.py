"""Backups as they are made: in every format what was there, with a sidecar that says so."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord, server_of
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, Contents
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import backup_folder, is_whole, read_record, records, who
from nexus_studio.services.backups import choosing
from nexus_studio.services.backups.choosing import chosen_dump, chosen_restore
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.snapshot import LARGE_OBJECT_STATE, states
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_pgbouncer import OpenPooler

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
F, C = BackupFormat, Compression
KINDS = {
    "custom": BackupSpec(),
    "custom, not compressed": BackupSpec(compression=C.NONE),
    "directory": BackupSpec(format=F.DIRECTORY),
    "directory, two jobs": BackupSpec(format=F.DIRECTORY, jobs=2),
    "plain": BackupSpec(format=F.PLAIN, compression=C.NONE),
    "plain, gzip": BackupSpec(format=F.PLAIN),
    "plain, zstd": BackupSpec(format=F.PLAIN, compression=C.ZSTD),
}
EVERYTHING = (
    'CREATE SCHEMA "a ""b"" c"',
    'CREATE TABLE "a ""b"" c"."it\'s %s" ("key ""k""" int PRIMARY KEY, "an\'y" text)',
    'INSERT INTO "a ""b"" c"."it\'s %s" SELECT i, \'é\\n\' || i FROM generate_series(1, 1000) AS i',
    "CREATE TABLE p (id bigint GENERATED ALWAYS AS IDENTITY, at date) PARTITION BY RANGE (at)",
    "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2026-06-01')",
    "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2026-06-01') TO ('2027-01-01')",
    "INSERT INTO p (at) SELECT '2026-01-01'::date + i FROM generate_series(0, 300) AS i",
    "CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM p",
    "CREATE TABLE ref (id int PRIMARY KEY, other int REFERENCES ref)",
    "INSERT INTO ref VALUES (1, 1), (2, 1)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SELECT lo_from_bytea(0, '\\x00ff')",
    "COMMENT ON TABLE ref IS 'it''s'",
)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def filled(sql: Sql) -> None:
    """A database with some of everything."""
    for each in EVERYTHING:
        sql(each)


@pytest.fixture
def other(own_database: Callable[..., str]) -> str:
    """The URL of a second empty database."""
    return own_database()


def restored(file: Path, record: BackupRecord, url: str) -> None:
    """Restore a backup as anybody would, with PostgreSQL's own programs."""
    major = int(re.findall(r"\d+", record.tool)[0])
    if record.format != "plain":
        program = chosen_restore(major).path
        subprocess.run((program, "--exit-on-error", f"--dbname={url}", str(file)), check=True, capture_output=True)
        return
    unpack = {"none": ("cat",), "gzip": ("gzip", "-dc"), "zstd": ("zstd", "-dcq")}[record.compression]
    text = subprocess.run((*unpack, str(file)), check=True, capture_output=True).stdout
    psql = chosen_restore(major, program="psql").path
    arguments = (psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={url}")
    subprocess.run(arguments, input=text, check=True, capture_output=True)


def schema_of(session: Session, url: str) -> list[str]:
    program = chosen_dump(session.server.version_num).path
    said = subprocess.run((program, "-s", f"--dbname={url}"), check=True, capture_output=True, text=True).stdout
    return [line for line in said.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


def states_of(url: str) -> set[Any]:
    with closing(psycopg.connect(url)) as driver:
        return set(states(driver, CTX))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("filled")
def test_what_is_restored_is_what_was_there(
    kind: str, session: Session, paths: Paths, pg_url: str, other: str, tmp_path: Path
) -> None:
    file, record = create(session, paths, KINDS[kind], CTX, folder=tmp_path / "new" / "folder")
    restored(file, record, other)
    assert schema_of(session, other) == schema_of(session, pg_url)
    assert states_of(other) == states_of(pg_url) == set(record.states or ())
    assert sum(each.rows for each in record.states or ()) == 1304
    assert is_whole(file, record, CTX)
    assert {each.name for each in file.parent.iterdir()} == {file.name, file.name + SUFFIX}


@pytest.mark.usefixtures("filled")
def test_the_sidecar_says_where_it_is_from(session: Session, paths: Paths) -> None:
    file, record = create(session, paths, BackupSpec(reason="scheduled"), CTX, revisions=("a1", "b2"))
    assert file.parent == backup_folder(paths, session.profile)
    assert records(paths, session.profile) == ((file, record),)
    assert read_record(file.with_name(file.name + SUFFIX)) == record
    assert (record.server, record.database) == (server_of(session.profile), session.server.database)
    assert record.tool.startswith(f"pg_dump {chosen_dump(session.server.version_num).major}.")
    assert record.options[0] == "--format=custom"
    assert record.options[1] in {"--compress=gzip", "--compress=6"}  # before 16 it knew numbers only
    assert (record.format, record.compression, record.contents) == ("custom", "gzip", "all")
    assert (record.revision, record.reason, record.who) == ("a1, b2", "scheduled", who())
    assert record.server_version == session.server.version
    assert re.fullmatch(r"[0-9A-F-]+", record.snapshot)
    assert record.profile == session.profile.name
    assert record.duration_s > 0
    assert record.warnings == chosen_dump(session.server.version_num).warnings
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("filled")
def test_nothing_is_counted_where_nobody_wants_it(session: Session, paths: Paths) -> None:
    _, record = create(session, paths, BackupSpec(counts=False), CTX)
    assert record.states is None
    assert record.snapshot


@pytest.mark.usefixtures("filled")
def test_halves_of_a_database(session: Session, paths: Paths, other: str, pg_url: str) -> None:
    first, schema = create(session, paths, BackupSpec(contents=Contents.SCHEMA), CTX)
    assert schema.states is None
    restored(first, schema, other)
    assert schema_of(session, other) == schema_of(session, pg_url)
    assert {each.rows for each in states_of(other)} == {0}
    file, data = create(session, paths, BackupSpec(contents=Contents.DATA), CTX)
    restored(file, data, other)
    assert states_of(other) == set(data.states or ())


@pytest.mark.usefixtures("filled")
def test_a_chosen_table_comes_with_its_partitions(session: Session, paths: Paths, other: str) -> None:
    file, record = create(session, paths, BackupSpec(tables=(RelationName("public", "p"),)), CTX)
    assert [str(each.relation) for each in record.states or ()] == ["p1", "p2"]
    restored(file, record, other)
    assert states_of(other) == set(record.states or ())


@pytest.mark.usefixtures("filled")
def test_a_chosen_schema_comes_alone(session: Session, paths: Paths, other: str) -> None:
    spec = BackupSpec(schemas=('a "b" c',), format=F.PLAIN)
    file, record = create(session, paths, spec, CTX)
    assert [(each.relation.name, each.rows) for each in record.states or ()] == [("it's %s", 1000)]
    restored(file, record, other)
    assert states_of(other) == set(record.states or ())


@pytest.mark.parametrize(
    "spec", [BackupSpec(schemas=("app",)), BackupSpec(tables=(RelationName("app", "t"),), format=F.PLAIN)]
)
def test_what_is_chosen_brings_the_extensions_it_may_need(
    spec: BackupSpec, session: Session, paths: Paths, sql: Sql, other: str
) -> None:
    if not sql("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"):
        pytest.skip("the server has no extension vector")
    sql("CREATE EXTENSION vector")
    sql("CREATE SCHEMA app")
    sql("CREATE TABLE app.t AS SELECT '[1,2,3]'::vector AS v")
    file, record = create(session, paths, spec, CTX)
    if spec.tables:
        with psycopg.connect(other, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA app")  # a chosen table comes without its schema
    restored(file, record, other)
    assert states_of(other) == set(record.states or ())


@pytest.mark.usefixtures("filled")
def test_large_objects_are_in_it(session: Session, paths: Paths) -> None:
    _, record = create(session, paths, BackupSpec(), CTX)
    assert [each.rows for each in record.states or () if each.relation == LARGE_OBJECT_STATE] == [1]
    _, record = create(session, paths, BackupSpec(schemas=("public",)), CTX)
    assert LARGE_OBJECT_STATE not in {each.relation for each in record.states or ()}


def test_what_is_written_meanwhile_is_not_in_it(
    session: Session, paths: Paths, sql: Sql, other: str, pg_url: str
) -> None:
    sql("CREATE TABLE t AS SELECT i, md5(i::text) AS a FROM generate_series(1, 100000) AS i")
    ends = threading.Event()

    def write() -> None:
        with psycopg.connect(pg_url, autocommit=True) as connection:
            while not ends.is_set():
                connection.execute("INSERT INTO t SELECT 0, 'more' FROM generate_series(1, 100)")
                connection.execute("UPDATE t SET a = a || '.' WHERE i % 1000 = 0")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [create(session, paths, spec, CTX) for spec in (BackupSpec(), KINDS["directory, two jobs"])]
    finally:
        ends.set()
        writer.join()
    for file, record in made:
        restored(file, record, other)
        assert states_of(other) == set(record.states or ())
        with psycopg.connect(other, autocommit=True) as connection:
            connection.execute("DROP TABLE t")


# names


def test_plain_ones_are_named_by_their_day_and_never_written_over(
    session: Session, paths: Paths, tmp_path: Path
) -> None:
    (tmp_path / "there.sql.gz").write_text("mine")
    day = f"{datetime.now().astimezone():%Y%m%d}"
    made = [create(session, paths, BackupSpec(format=F.PLAIN), CTX, folder=tmp_path)[0].name for _ in range(3)]
    assert made == [f"backup_{day}.sql.gz", f"backup_{day}_2.sql.gz", f"backup_{day}_3.sql.gz"]
    plain = create(session, paths, KINDS["plain"], CTX, folder=tmp_path)[0].name
    zstd = create(session, paths, KINDS["plain, zstd"], CTX, folder=tmp_path)[0].name
    assert (plain, zstd) == (f"backup_{day}.sql", f"backup_{day}.sql.zst")
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, BackupSpec(format=F.PLAIN), CTX, folder=tmp_path, name="there")
    assert refused.value.code == "backup.exists"
    assert (tmp_path / "there.sql.gz").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "spec", "found"),
    [
        ("mine", BackupSpec(), "mine.dump"),
        ("mine.dump", BackupSpec(), "mine.dump"),
        ("v1.2", BackupSpec(format=F.DIRECTORY), "v1.2.dir"),
        ('ihr\'s & "meins" é'.replace('"', ""), BackupSpec(format=F.PLAIN), "ihr's & meins é.sql.gz"),
        ("x.sql", BackupSpec(format=F.PLAIN), "x.sql.gz"),
    ],
)
def test_a_name_gets_its_ending(
    name: str, spec: BackupSpec, found: str, session: Session, paths: Paths, tmp_path: Path
) -> None:
    assert create(session, paths, spec, CTX, folder=tmp_path, name=name)[0].name == found


@pytest.mark.parametrize("name", ["../x", "a/b", ".dump", ".x", "a\nb", "x" * 300, 'a"b', "nul\0"])
def test_what_is_no_name_is_refused(name: str, session: Session, paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, BackupSpec(), CTX, folder=tmp_path / "new", name=name)
    assert refused.value.code == "backup.name"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("suffix", ["", SUFFIX, ".part", ".globals.sql"])
def test_whatever_has_the_name_is_left_alone(suffix: str, session: Session, paths: Paths, tmp_path: Path) -> None:
    file = tmp_path / f"mine.dump{suffix}"
    file.write_text("somebody's")
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, BackupSpec(), CTX, folder=tmp_path, name="mine")
    assert refused.value.code == "backup.exists"
    assert [each.read_text() for each in tmp_path.iterdir() if each.is_file()] == ["somebody's"]


@pytest.mark.parametrize("spec", [KINDS["plain"], KINDS["directory"]])
def test_a_name_that_is_taken_meanwhile_is_left_alone(
    spec: BackupSpec, session: Session, paths: Paths, tmp_path: Path
) -> None:
    def take(progress: Progress) -> None:
        if progress.step == "backup.checking":
            (tmp_path / f"mine.{'sql' if spec.format is F.PLAIN else 'dir'}").write_text("somebody's")

    with pytest.raises(BackupFailed) as refused:
        create(session, paths, replace(spec, globals=True), TaskContext(on_progress=take), folder=tmp_path, name="mine")
    assert refused.value.code == "backup.exists"
    assert [each.read_text() for each in tmp_path.iterdir() if each.is_file()] == ["somebody's"]


def test_the_next_name_is_taken_where_one_is_as_good_as_another(session: Session, paths: Paths, tmp_path: Path) -> None:
    day = f"{datetime.now().astimezone():%Y%m%d}"

    def take(progress: Progress) -> None:
        if progress.step == "backup.checking":
            (tmp_path / f"backup_{day}.sql").write_text("somebody's")

    spec = replace(KINDS["plain"], globals=True)
    file, record = create(session, paths, spec, TaskContext(on_progress=take), folder=tmp_path)
    assert file.name == record.file == f"backup_{day}_2.sql"
    assert read_record(file.with_name(file.name + SUFFIX)) == record
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == [
        f"backup_{day}.sql", *(f"backup_{day}_2.sql{suffix}" for suffix in ("", ".globals.sql", SUFFIX)),
    ]  # fmt: skip


# beside it


def test_roles_come_beside_it_without_passwords_unless_asked(session: Session, paths: Paths, sql: Sql) -> None:
    sql("DROP ROLE IF EXISTS nxs_secret")
    sql("SET password_encryption = 'scram-sha-256'")  # before PostgreSQL 14 it was md5
    sql("CREATE ROLE nxs_secret PASSWORD 'hush'")
    try:
        file, record = create(session, paths, BackupSpec(globals=True), CTX)
        text = file.with_name(record.globals_file).read_text()
        assert "CREATE ROLE nxs_secret" in text
        assert "SCRAM" not in text
        file, record = create(session, paths, BackupSpec(globals=True, passwords=True), CTX)
        assert "SCRAM" in file.with_name(record.globals_file).read_text()
        assert file.with_name(record.globals_file).stat().st_mode & 0o077 == 0
    finally:
        sql("DROP ROLE nxs_secret")


def test_it_says_how_far_it_is(session: Session, paths: Paths, sql: Sql) -> None:
    for name in "abcdef":
        sql(f"CREATE TABLE {name} AS SELECT i, md5(i::text) FROM generate_series(1, 60000) AS i")
    for kind in ("custom", "directory, two jobs", "plain, gzip"):
        seen: list[Progress] = []
        create(session, paths, KINDS[kind], TaskContext(on_progress=seen.append))
        steps = {each.step for each in seen}
        assert steps >= {"backup.dumping", "backup.tables", "backup.checking"}, kind
        for step, unit in (("backup.dumping", "bytes"), ("backup.tables", "tables")):
            told = [each for each in seen if each.step == step]
            assert {each.unit for each in told} == {unit}
            assert [each.done for each in told] == sorted(each.done for each in told)
            assert told[-1].done == told[-1].total
            assert told[0].done == 0
        assert any(0 < each.done < (each.total or 0) for each in seen if each.step == "backup.dumping"), kind


def test_an_older_target_is_warned_of(session: Session, paths: Paths) -> None:
    major = chosen_dump(session.server.version_num).major
    _, record = create(session, paths, BackupSpec(target_version=major - 2), CTX)
    assert record.warnings == ("tool.newer_than_target",)
    assert "--quote-all-identifiers" in record.options


def test_behind_a_pooler_nothing_is_counted_and_that_is_said(
    open_pooler: OpenPooler, paths: Paths, sql: Sql, other: str
) -> None:
    sql("CREATE TABLE t AS SELECT 1 AS a")
    session = Session.open(open_pooler(3), None, CTX)
    with closing(session):
        file, record = create(session, paths, BackupSpec(), CTX)
    assert record.warnings == (*chosen_dump(session.server.version_num).warnings, "backup.pooler")
    assert (record.snapshot, record.states) == ("", None)
    restored(file, record, other)
    assert len(states_of(other)) == 1


def test_a_pg_dump_without_zstd_is_said(
    session: Session, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "_knows_zstd", lambda _program: False)
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, BackupSpec(compression=C.ZSTD), CTX, folder=tmp_path / "new")
    assert refused.value.code == "backup.compression"
    assert refused.value.facts["name"] == "zstd"
    assert not (tmp_path / "new").exists()


def test_a_role_other_than_the_user_reads(pg_url: str, paths: Paths, sql: Sql) -> None:
    sql("DROP ROLE IF EXISTS nxs_reader")
    sql("CREATE ROLE nxs_reader")
    sql("CREATE TABLE t AS SELECT 1 AS a")
    sql("CREATE TABLE hidden AS SELECT 1 AS a")
    sql("GRANT SELECT ON t TO nxs_reader")
    session = Session.open(profile_of(pg_url, role="nxs_reader"), None, CTX)
    try:
        with pytest.raises(BackupFailed) as refused:
            create(session, paths, BackupSpec(), CTX)
        assert refused.value.code == "backup.may_not_read"
        assert refused.value.facts["names"] == ("hidden",)
        _, record = create(session, paths, BackupSpec(tables=(RelationName("public", "t"),)), CTX)
        assert [each.rows for each in record.states or ()] == [1]
    finally:
        session.close()
        sql("DROP OWNED BY nxs_reader")
        sql("DROP ROLE nxs_reader")


def test_five_thousand_tables(session: Session, paths: Paths, sql: Sql, tmp_path: Path) -> None:
    for part in range(20):
        sql(
            "DO $$ BEGIN FOR i IN 1..250 LOOP "
            f"EXECUTE format('CREATE TABLE t_{part}_%s AS SELECT n, n::text AS a FROM generate_series(1, 3) AS n', i); "
            "END LOOP; END $$"
        )
    seen: list[Progress] = []
    _, record = create(session, paths, BackupSpec(), TaskContext(on_progress=seen.append), folder=tmp_path)
    assert len(record.states or ()) == 5000
    assert {each.rows for each in record.states or ()} == {3}
    assert max(each.done for each in seen if each.step == "backup.tables") == 5000
    assert record.duration_s < 90
