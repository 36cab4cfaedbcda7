"""Backups of names that are hard to write, also where the database has another encoding than UTF-8."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from nexus_studio.core.admin.archives import RestoreInto, RestoreTarget, Selection
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.archives import look
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.proving import prove
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.dumps import at, drop
from tests.support.fix_cluster import profile_of

CTX = TaskContext.for_test()
ODD = [
    "-x", "--file=y", "a b", 'q"q', "n\nl", "%d %s", "$HOME", ":DBNAME", "*?.", "é" * 31, "x" * 63, "a.b", "A",
    "select", "\\d", "it's", "tab\t",
]  # fmt: skip
FORMATS = [BackupFormat.CUSTOM, BackupFormat.PLAIN]
LATIN = "in latin"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def latin(pg_url: str) -> Iterator[str]:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        provider = "LOCALE_PROVIDER libc" if connection.info.server_version >= 150000 else ""
        options = f"ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' {provider} TEMPLATE template0"
        connection.execute(f'CREATE DATABASE "{LATIN}" {options}'.encode())
    url = at(pg_url, LATIN)
    with psycopg.connect(url, autocommit=True, client_encoding="utf8") as connection:
        connection.execute('CREATE TABLE public."café" ("é" serial, v text)')
        connection.execute("""INSERT INTO public."café" (v) VALUES ('ü')""")
    yield url
    drop(pg_url, [LATIN])


@pytest.mark.parametrize("dump_format", [*FORMATS, BackupFormat.DIRECTORY])
def test_what_a_backup_of_another_encoding_holds_is_read_and_can_be_chosen(
    latin: str, paths: Paths, tmp_path: Path, dump_format: BackupFormat
) -> None:
    cafe = RelationName("public", "café")
    with psycopg.connect(latin, autocommit=True, client_encoding="utf8") as connection:
        connection.execute('CREATE ROLE "nxs_é"')
        connection.execute(
            'CREATE TABLE public."naïve" AS SELECT 1 AS "ñ"; ALTER TABLE public."naïve" OWNER TO "nxs_é"'
        )
    with closing(Session.open(profile_of(latin), None, CTX)) as session:
        file, _ = create(session, paths, BackupSpec(format=dump_format), CTX, folder=tmp_path)
        found = look(file, CTX, session=session)
        assert found.tables == (cafe, RelationName("public", "naïve"))
        assert "nxs_é" in found.roles
        assert (found.database, found.missing_roles) == (LATIN, ())
        into = RestoreTarget(RestoreInto.NEW, "nxs chosen", Selection(tables=(cafe,)))
        if dump_format is BackupFormat.PLAIN:
            into = replace(into, selection=Selection())
        restore(session, paths, file, into, CTX)
    with psycopg.connect(at(latin, "nxs chosen"), client_encoding="utf8") as connection:
        assert connection.execute('SELECT v FROM "café"').fetchall() == [("ü",)]
        chosen = connection.execute("SELECT to_regclass('\"naïve\"') IS NULL").fetchone()
        assert chosen == (dump_format is not BackupFormat.PLAIN,)
    drop(latin, ["nxs chosen"])
    with psycopg.connect(latin, autocommit=True, client_encoding="utf8") as connection:
        connection.execute('DROP TABLE public."naïve"')
        connection.execute('DROP ROLE "nxs_é"')


@pytest.mark.parametrize("chosen", [(), (RelationName("public", "café"),)])
@pytest.mark.parametrize("dump_format", FORMATS)
def test_names_of_another_encoding(
    latin: str, paths: Paths, tmp_path: Path, dump_format: BackupFormat, chosen: tuple[RelationName, ...]
) -> None:
    with closing(Session.open(profile_of(latin), None, CTX)) as session:
        file, record = create(session, paths, BackupSpec(format=dump_format, tables=chosen), CTX, folder=tmp_path)
        assert record.states is not None
        assert [each.relation for each in record.states] == [RelationName("public", "café")]
        proof = prove(session, paths, file, CTX).proof
    assert proof is not None
    assert (proof.differences, proof.problems) == ((), ())


@pytest.mark.parametrize("choice", ["all", "tables", "schemas"])
@pytest.mark.parametrize("dump_format", FORMATS)
def test_odd_names(pg_url: str, paths: Paths, tmp_path: Path, dump_format: BackupFormat, choice: str) -> None:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        for name in ODD:
            table, column = sql.Identifier(name, name), sql.Identifier(name[:20] + "2")
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
            made = sql.SQL("CREATE TABLE {} ({} int PRIMARY KEY, {} serial)")
            connection.execute(made.format(table, sql.Identifier(name), column))
            connection.execute(sql.SQL("INSERT INTO {} VALUES (1)").format(table))
    spec = {
        "all": BackupSpec(format=dump_format),
        "tables": BackupSpec(format=dump_format, tables=tuple(RelationName(each, each) for each in ODD)),
        "schemas": BackupSpec(format=dump_format, schemas=tuple(ODD)),
    }[choice]
    with closing(Session.open(profile_of(pg_url), None, CTX)) as session:
        file, record = create(session, paths, spec, CTX, folder=tmp_path)
        assert record.states is not None
        assert len(record.states) == len(ODD)
        proof = prove(session, paths, file, CTX).proof
    assert proof is not None
    assert (proof.differences, proof.problems) == ((), ())
