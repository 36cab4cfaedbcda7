"""Dumps that are no ordinary ones: of newer servers, of what is not here, of thousands of tables, and harmful ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from nexus_studio.core.admin.archives import RestoreInto, RestoreTarget
from nexus_studio.core.errors import BackupDamaged, RestoreRefused
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.emptydatabase import bare_state, contents_of, empty_again
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.dumps import SHOP, OwnServer, at, databases, drop, dump, fill, make, state_of
from tests.support.fix_cluster import profile_of

CTX = TaskContext.for_test()
PATHS = Paths.below(Path("/nonexistent"))
NEW = RestoreTarget(RestoreInto.NEW, "a new one")


@pytest.fixture(scope="module")
def older_server(server_room: Path) -> Iterator[OwnServer]:
    found = OwnServer(server_room / "older", 16)
    yield found
    found.server.cleanup()


@pytest.mark.pg(">= 17")  # newer than the 16 it goes to
@pytest.mark.parametrize("kind", ["custom", "directory", "tar", "plain"])
def test_a_dump_of_a_newer_server_is_named_and_restored_where_that_goes(
    kind: str, pg_url: str, older_server: OwnServer, tmp_path: Path
) -> None:
    fill(pg_url, SHOP)
    file = dump(pg_url, tmp_path / "x", f"--format={kind}")
    opened = Session.open(profile_of(older_server.url), None, CTX)
    with closing(opened):
        result, _ = restore(opened, PATHS, file, RestoreTarget(RestoreInto.NEW, "older", jobs=2), CTX)
        assert {"archive.newer_server", "archive.newer_tool"} <= set(result.warnings)
        assert state_of(at(older_server.url, "older")) == state_of(pg_url)
        drop(older_server.url, ["older"])
        fill(pg_url, "CREATE TABLE newer (id int, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL)")
        file = dump(pg_url, tmp_path / "y", f"--format={kind}")
        before = databases(older_server.url)
        with pytest.raises(RestoreRefused) as refused:
            restore(opened, PATHS, file, RestoreTarget(RestoreInto.NEW, "older"), CTX)
        assert refused.value.code == "restore.failed"
        assert databases(older_server.url) == before


def test_roles_and_extensions_that_are_missing_are_named_first(
    session: Session, pg_url: str, tmp_path: Path, sql: Callable[..., object]
) -> None:
    sql("CREATE ROLE nxs_owner")
    try:
        fill(pg_url, "CREATE TABLE t (id int); ALTER TABLE t OWNER TO nxs_owner; GRANT SELECT ON t TO nxs_owner")
        files = [dump(pg_url, tmp_path / f"x.{kind}", f"--format={kind}") for kind in ("custom", "plain")]
        fill(pg_url, "DROP TABLE t")
    finally:
        sql("DROP ROLE nxs_owner")
    before = databases(pg_url)
    for file in files:
        with pytest.raises(RestoreRefused) as refused:
            restore(session, PATHS, file, NEW, CTX)
        assert (refused.value.code, refused.value.facts["names"]) == ("restore.roles_missing", ("nxs_owner",))
        assert databases(pg_url) == before
        restore(session, PATHS, file, replace(NEW, owners=False, privileges=False), CTX)
        drop(pg_url, ["a new one"])
    text = files[1].read_text().replace("CREATE TABLE", "CREATE EXTENSION IF NOT EXISTS nowhere;\nCREATE TABLE")
    text = text.replace(
        "-- Name: t; Type: TABLE;",
        "-- Name: nowhere; Type: EXTENSION; Schema: -; Owner: -\n--\n--\n-- Name: t; Type: TABLE;",
    )
    files[1].write_text(text)
    with pytest.raises(RestoreRefused) as refused:
        restore(session, PATHS, files[1], replace(NEW, owners=False, privileges=False), CTX)
    assert (refused.value.code, refused.value.facts["names"]) == ("restore.extensions_missing", ("nowhere",))


HARMFUL = {
    "drop": "DROP DATABASE {victim};\n",
    "drop again": "COMMIT;\n DROP  /* quietly */\n DATABASE {victim};\nBEGIN;\n",
    "rename": "ALTER DATABASE {victim} RENAME TO gone;\n",
    "go there": "\\connect {victim}\n",
    "go there in a line": "SELECT 1 \\c {victim}\n",
    "run": "\\! touch {mark}\n",
    "run in a line": "SELECT 1 \\g |touch {mark}\n",
    "run as the server": "COPY t FROM PROGRAM 'touch {mark}';\n",
    "include": "\\i {mark}\n",
    "role": "CREATE ROLE nxs_intruder SUPERUSER;\n",
    "system": "ALTER SYSTEM SET work_mem TO '1MB';\n",
    "roll back": "ROLLBACK;\n",
    "string's end": "SET standard_conforming_strings = off;\nSELECT 'a\\';\\! touch {mark}\n';\n",
    "string's end by a function": (
        "SELECT set_config('standard_conforming_strings', 'off', false);\nSELECT 'a\\';\\! touch {mark}\n';\n"
    ),
}


@pytest.mark.parametrize("harm", HARMFUL)
@pytest.mark.parametrize("into", [RestoreInto.NEW, RestoreInto.EMPTY])
def test_no_dump_reaches_beyond_its_database(
    harm: str, into: RestoreInto, session: Session, pg_url: str, tmp_path: Path
) -> None:
    fill(
        pg_url,
        "CREATE TABLE t (id int, x text); INSERT INTO t VALUES (1, '\\connect postgres'), (2, 'DROP DATABASE x;')",
    )
    names = ["nxs_victim", "nxs_target"]
    victim = make(pg_url, "nxs_victim")
    fill(victim, "CREATE TABLE precious (id int)")
    if into is RestoreInto.EMPTY:
        make(pg_url, "nxs_target")
    before, mark = databases(pg_url), tmp_path / "mark"
    file = dump(pg_url, tmp_path / "x.sql")
    text = file.read_text()
    place = text.index("-- PostgreSQL database dump complete") - 3
    file.write_text(text[:place] + HARMFUL[harm].format(victim="nxs_victim", mark=mark) + text[place:])
    try:
        try:
            restore(session, PATHS, file, RestoreTarget(into, "nxs_target"), CTX)
            assert state_of(at(pg_url, "nxs_target")) == state_of(pg_url)
        except (RestoreRefused, BackupDamaged):
            assert databases(pg_url) == before
        assert not mark.exists()
        assert before <= databases(pg_url)
        with psycopg.connect(victim) as connection:
            assert connection.execute(
                "SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            ).fetchone() == ("precious",)
            assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'nxs_intruder'").fetchone() is None
    finally:
        drop(pg_url, names)


def test_five_thousand_tables(session: Session, pg_url: str, tmp_path: Path) -> None:
    """They are too many for one transaction, also to be taken out again."""
    make_many = """DO $$ BEGIN FOR i IN 1..5000 LOOP
        EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, x text)', i);
        IF i % 500 = 0 THEN COMMIT; END IF; END LOOP; END $$"""
    fill(pg_url, make_many)
    fill(pg_url, "INSERT INTO t4999 VALUES (1, 'here')")
    file = dump(pg_url, tmp_path / "x.sql")
    url = make(pg_url, "many")
    try:
        with closing(Session.open(profile_of(url), None, CTX)) as there:
            before = bare_state(there, CTX)
            result, _ = restore(session, PATHS, file, RestoreTarget(RestoreInto.EMPTY, "many"), CTX)
            assert result.tables == 5000
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT * FROM t4999").fetchone() == (1, "here")
            empty_again(there, before, CTX)
            assert contents_of(there, CTX) == ()
    finally:
        drop(pg_url, ["many"])
