"""Scripts, folders and ledgers that are not as one would wish, in both of Prisma's ways."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState, RunEvent
from nexus_studio.core.errors import MigrationBlocked, PermissionDenied
from nexus_studio.core.tasks import CancelToken, TaskContext
from nexus_studio.services.prisma.deploying import deploy, foreseen
from nexus_studio.services.prisma.folders import read_folders
from nexus_studio.services.prisma.resolving import baseline
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_prisma import CTX, GOOD, N1, N2, N3, PrismaScene

A = GOOD[N1]


def test_a_byte_order_mark_fails(prisma: PrismaScene) -> None:
    raw = b"\xef\xbb\xbfCREATE TABLE a(id int);"
    prisma.write({N1: raw})
    assert foreseen(prisma.project, read_folders(prisma.project))[0] == ("bom", N1)
    said = prisma.deploy()
    assert (said.exit, said.code) == (1, "P3018")
    assert "42601" in said.text
    assert prisma.whole_rows()[0][1] == hashlib.sha256(raw).hexdigest()
    assert prisma.tables() == set()


def test_crlf_and_no_semicolon_at_the_end(prisma: PrismaScene) -> None:
    raw = b"CREATE TABLE a(\r\n  id int\r\n);\r\n-- the end\r\nCREATE TABLE b(id int)\r\n"
    prisma.write({N1: raw})
    assert prisma.deploy().exit == 0
    assert prisma.whole_rows()[0][1] == hashlib.sha256(raw).hexdigest()
    assert prisma.tables() == {"a", "b"}


def test_what_is_no_utf8_is_replaced_before_it_is_hashed_and_run(prisma: PrismaScene) -> None:
    prisma.write({N1: b"CREATE TABLE a AS SELECT 'caf\xe9' AS word;"})
    assert prisma.deploy().exit == 0
    assert prisma.sql("SELECT word FROM a") == [("caf\ufffd",)]
    text = "CREATE TABLE a AS SELECT 'caf\ufffd' AS word;"
    assert prisma.whole_rows()[0][1] == hashlib.sha256(text.encode()).hexdigest()
    assert prisma.status().untold == ()


def test_quotes_of_every_kind(prisma: PrismaScene) -> None:
    prisma.write(
        {
            N1: """
            -- it's a comment; with a quote
            /* a /* nested; */ comment; ' */
            CREATE TABLE "odd;name"(id int, word text DEFAULT 'it''s; fine');
            INSERT INTO "odd;name"(id, word) VALUES (1, E'a\\'b; c'), (2, $$x; y$$), (3, $a$ $$;$$ $a$);
            INSERT INTO "odd;name"(id, word) VALUES (4, U&'\\0041;');
            CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN PERFORM 1; RETURN 2; END; $f$;
            CREATE TABLE done AS SELECT f() AS n;
            """
        }
    )
    assert prisma.deploy().exit == 0
    assert prisma.sql('SELECT word FROM "odd;name" ORDER BY id') == [("a'b; c",), ("x; y",), (" $$;$$ ",), ("A;",)]
    assert prisma.sql("SELECT n FROM done") == [(2,)]


@pytest.mark.parametrize("script", ["", "\n", "-- nothing\n", "/* nothing */", ";", ";;\n;"])
def test_scripts_without_a_statement_are_applied(prisma: PrismaScene, script: str) -> None:
    prisma.write({N1: script})
    assert prisma.deploy().exit == 0
    assert prisma.rows() == [(N1, "applied", 1, "NULL")]


def test_a_nul_byte(prisma: PrismaScene) -> None:
    prisma.write({N1: b"CREATE TABLE a(id int);\0DROP TABLE a;"})
    said = prisma.deploy()
    assert (said.exit, said.code) == (1, "P3018")
    assert "08P01" in said.text
    assert prisma.tables() == set()


def test_copy_from_stdin_leaves_the_connection_usable(prisma: PrismaScene) -> None:
    prisma.write({N1: A, N2: "CREATE TABLE b(id int); COPY b FROM STDIN;\n1\n\\.\n"})
    assert ("copy", N2) in foreseen(prisma.project, read_folders(prisma.project))
    said = prisma.deploy()
    assert said.exit == 1
    assert [row[:3] for row in prisma.rows()] == [(N1, "applied", 1), (N2, "failed", 0)]
    assert prisma.tables() == {"a"}
    assert prisma.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369") == [(0,)]


def test_five_megabytes_of_inserts(prisma: PrismaScene) -> None:
    rows = [f"({number}, 'some words; it''s a long line of text, and -- no comment')" for number in range(80_000)]
    lines = [f"INSERT INTO a VALUES {', '.join(rows[at : at + 400])};" for at in range(0, len(rows), 400)]
    script = "CREATE TABLE a(id int, word text);\nBEGIN;\n" + "\n".join(lines) + "\nCOMMIT;\n"
    assert len(script) > 5_000_000
    prisma.write({N1: script})
    assert prisma.deploy().exit == 0
    assert prisma.sql("SELECT count(*), max(id) FROM a") == [(80_000, 79_999)]
    assert prisma.rows() == [(N1, "applied", 1, "NULL")]


def test_vacuum_alone_and_twice(prisma: PrismaScene) -> None:
    prisma.write({N1: A, N2: "VACUUM a;"})
    assert prisma.deploy().exit == 0
    prisma.write({N3: "VACUUM a; VACUUM a;"})
    assert prisma.deploy().exit == (1 if prisma.model == "6" else 0)


def test_its_own_transaction(prisma: PrismaScene) -> None:
    prisma.write({N1: "BEGIN;\nCREATE TABLE a(id int);\nCOMMIT;\n", N2: "BEGIN; CREATE TABLE b(id int); END;"})
    assert prisma.deploy().exit == 0
    assert prisma.tables() == {"a", "b"}


def test_a_transaction_left_open_and_closed_by_the_next(prisma: PrismaScene) -> None:
    prisma.write({N1: "BEGIN; CREATE TABLE a(id int);", N2: "CREATE TABLE b(id int); COMMIT;"})
    assert ("begin_open", N1) in foreseen(prisma.project, read_folders(prisma.project))
    assert prisma.deploy().exit == 0
    assert prisma.rows() == [(N1, "applied", 1, "NULL"), (N2, "applied", 1, "NULL")]


def test_several_failed_rows_of_one_name(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    prisma.add_row(N2)
    prisma.add_row(N2, logs="x")
    prisma.write({N2: GOOD[N2]})
    said = prisma.deploy()
    assert (said.code, said.text.count(f"The `{N2}` migration started at")) == ("P3009", 2)
    assert prisma.rolled_back(N2).exit == 0
    assert [row[1] for row in prisma.rows()] == ["applied", "rolledback", "rolledback"]
    assert prisma.deploy().exit == 0


def test_a_row_for_a_folder_that_is_gone_waits_too(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    prisma.add_row("20200101000000_gone")
    found = prisma.standing()
    assert [(each.revision, each.state) for each in found.revisions] == [
        ("20200101000000_gone", RevisionState.INTERRUPTED),
        (N1, RevisionState.APPLIED),
    ]
    assert found.standing is MigrationStanding.FAILED
    assert prisma.deploy().code == "P3009"


def test_a_failed_row_that_is_running_now_is_in_progress(prisma: PrismaScene) -> None:
    prisma.write({N1: A, N2: GOOD[N2]})
    prisma.deploy()
    prisma.sql("DELETE FROM _prisma_migrations WHERE migration_name = %s", N2)
    prisma.add_row(N2)
    with prisma.locked() as other:
        found = prisma.standing()
        report = found.report(N2)
        assert report is not None
        assert (found.standing, report.state) == (MigrationStanding.RUNNING, RevisionState.RUNNING)
        assert report.problem is not None
        assert (report.problem.is_alive, report.problem.backend_pid) == (True, other.info.backend_pid)
        assert found.holder is not None
        assert (found.holder.application, found.holder.since is not None) == ("prisma", True)
    report = prisma.standing().report(N2)
    assert report is not None
    assert report.state is RevisionState.INTERRUPTED


def test_an_old_checksum_without_its_zeros(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    digest = hashlib.sha256(A.encode()).digest()
    old = "".join(f"{byte:x}" for byte in digest)
    assert len(old) < 64
    for stored, untold in ((old, ()), ("", ((N1, "edited"),)), (digest.hex().upper(), ((N1, "edited"),))):
        prisma.sql("UPDATE _prisma_migrations SET checksum = %s", stored)
        assert prisma.status().untold == untold


def test_further_columns_are_left_alone(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    prisma.sql("ALTER TABLE _prisma_migrations ADD extra int DEFAULT 7")
    prisma.write({N2: GOOD[N2]})
    assert prisma.deploy().exit == 0
    assert prisma.sql("SELECT extra FROM _prisma_migrations") == [(7,), (7,)]


def test_no_right_to_read_the_ledger(prisma: PrismaScene, pg_url: str) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    prisma.sql("CREATE ROLE prisma_blind LOGIN")
    try:
        session = Session.open(replace(profile_of(pg_url), user="prisma_blind"), None, CTX)
        scene = PrismaScene(prisma.folder, pg_url, session, prisma.model)
        with pytest.raises(PermissionDenied):
            scene.standing()
        with pytest.raises(PermissionDenied):
            scene.deploy()
        session.close()
    finally:
        prisma.sql("DROP ROLE prisma_blind")
    assert prisma.rows() == [(N1, "applied", 1, "NULL")]


def test_no_right_to_make_the_ledger(prisma: PrismaScene, pg_url: str) -> None:
    prisma.write({N1: A})
    prisma.sql("CREATE ROLE prisma_guest LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        session = Session.open(replace(profile_of(pg_url), user="prisma_guest"), None, CTX)
        with pytest.raises(PermissionDenied) as caught:
            PrismaScene(prisma.folder, pg_url, session, prisma.model).deploy()
        assert caught.value.report is not None
        assert caught.value.report.message == "permission denied for schema public"
        session.close()
    finally:
        prisma.sql("DROP ROLE prisma_guest")


def test_a_pooler_is_refused(prisma: PrismaScene, pg_url: str) -> None:
    session = Session.open(profile_of(pg_url, pooler=True), None, CTX)
    try:
        with pytest.raises(MigrationBlocked) as caught:
            deploy(session, prisma.project, CTX)
        assert caught.value.code == "migration.pooled"
    finally:
        session.close()


def test_cancelling_stops_the_statement_and_is_recorded(prisma: PrismaScene) -> None:
    prisma.write({N1: "CREATE TABLE a(id int);", N2: "SELECT pg_sleep(60);", N3: GOOD[N3]})
    token = CancelToken()

    def hear(event: RunEvent) -> None:
        if (event.kind, event.revision) == ("statement", N2):
            token.cancel()  # just before it is sent: asking once would not be enough

    result, _ = deploy(prisma.session, prisma.project, TaskContext(token), listener=hear)
    assert (result.cancelled, result.done) == (True, (N1,))
    assert result.failed is not None
    assert prisma.rows() == [(N1, "applied", 1, "NULL"), (N2, "failed", 0, "text")]
    assert "57014" in prisma.sql("SELECT logs FROM _prisma_migrations WHERE logs IS NOT NULL")[0][0]


def test_a_baseline_of_all(prisma: PrismaScene) -> None:
    prisma.sql("CREATE TABLE a(id int)")
    prisma.write(GOOD)
    assert baseline(prisma.session, prisma.project, N2, CTX) == (N1, N2)
    assert prisma.rows() == [(N1, "marked", 0, "empty"), (N2, "marked", 0, "empty")]
    assert baseline(prisma.session, prisma.project, "heads", CTX) == (N3,)
    found = prisma.standing()
    assert {each.state for each in found.revisions} == {RevisionState.BASELINE}
    assert found.standing is MigrationStanding.UP_TO_DATE


def test_a_broken_line_leaves_a_row_to_decide_on(prisma: PrismaScene) -> None:
    prisma.write({N1: A, N2: "SELECT pg_terminate_backend(pg_backend_pid());"})
    said = prisma.deploy()
    assert said.exit == 1
    assert prisma.rows() == [(N1, "applied", 1, "NULL"), (N2, "failed", 0, "NULL")]


def test_the_ledger_of_another_owner_is_written_all_the_same(prisma: PrismaScene, pg_url: str) -> None:
    prisma.sql("CREATE ROLE prisma_app LOGIN; GRANT CREATE ON SCHEMA public TO prisma_app")
    try:
        session = Session.open(replace(profile_of(pg_url), user="prisma_app"), None, CTX)
        scene = PrismaScene(prisma.folder, pg_url, session, prisma.model)
        scene.write({N1: A})
        assert scene.deploy().exit == 0
        session.close()
        assert prisma.sql("SELECT tableowner FROM pg_tables WHERE tablename = '_prisma_migrations'") == [
            ("prisma_app",)
        ]
        prisma.write({N2: GOOD[N2]})
        assert prisma.deploy().exit == 0
    finally:
        with psycopg.connect(pg_url, autocommit=True) as connection:
            for each in ("DROP OWNED BY {} CASCADE", "DROP ROLE {}"):
                connection.execute(pgsql.SQL(each).format(pgsql.Identifier("prisma_app")))
