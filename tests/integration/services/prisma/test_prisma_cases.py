"""Prisma's conformance cases of status and deploy, in both of its ways: given state, action, rows, refusal."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psycopg
import pytest

from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.admin.prismaverdict import PrismaSaying
from nexus_studio.core.urls import profile_from_url
from nexus_studio.services.prisma import connection
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_prisma import CTX, GOOD, N1, N2, N3, PrismaScene

A = GOOD[N1]


def fails(name: str, logs: str = "text") -> tuple[str, str, int, str]:
    return (name, "failed", 0, logs)


def applied(name: str) -> tuple[str, str, int, str]:
    return (name, "applied", 1, "NULL")


def marked(name: str) -> tuple[str, str, int, str]:
    return (name, "marked", 0, "empty")


def rolled_back(name: str, logs: str = "text") -> tuple[str, str, int, str]:
    return (name, "rolledback", 0, logs)


def failed_second(prisma: PrismaScene) -> None:
    """Bring it to where N1 is applied and N2 has failed."""
    prisma.write({N1: A, N2: "CREATE TABEL b(id int);"})
    assert prisma.deploy().exit == 1


def test_c01_an_empty_database_and_no_folders(prisma: PrismaScene) -> None:
    said = prisma.status()
    assert (said.exit_code, said.saying) == (1, PrismaSaying.NOT_MANAGED)
    assert "No migration found in prisma/migrations" in said.text
    assert "The current database is not managed by Prisma Migrate." in said.text
    assert not prisma.has_ledger


def test_c03_nothing_is_applied_yet(prisma: PrismaScene) -> None:
    prisma.write(GOOD)
    said = prisma.status()
    assert said.exit_code == 1
    assert "3 migrations found in prisma/migrations" in said.text
    assert "Following migrations have not yet been applied:\n" + "\n".join((N1, N2, N3)) in said.text
    assert not prisma.has_ledger


def test_c05_the_ledger_is_made_as_prisma_makes_it(prisma: PrismaScene) -> None:
    assert prisma.deploy().exit == 0  # also without a migration
    found = prisma.sql(
        "SELECT column_name, udt_name, character_maximum_length, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position"
    )
    assert found == [
        ("id", "varchar", 36, "NO", None),
        ("checksum", "varchar", 64, "NO", None),
        ("finished_at", "timestamptz", None, "YES", None),
        ("migration_name", "varchar", 255, "NO", None),
        ("logs", "text", None, "YES", None),
        ("rolled_back_at", "timestamptz", None, "YES", None),
        ("started_at", "timestamptz", None, "NO", "now()"),
        ("applied_steps_count", "int4", None, "NO", "0"),
    ]
    keys = prisma.sql(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = '_prisma_migrations'::regclass AND contype <> 'n'"
    )
    assert keys == [("_prisma_migrations_pkey", "PRIMARY KEY (id)")]
    assert prisma.sql("SELECT count(*) FROM pg_index WHERE indrelid = '_prisma_migrations'::regclass") == [(1,)]


def test_three_good_ones_leave_prismas_rows(prisma: PrismaScene) -> None:
    prisma.write(GOOD)
    said = prisma.deploy()
    assert (said.exit, said.result.done if said.result else ()) == (0, (N1, N2, N3))
    assert prisma.rows() == [applied(N1), applied(N2), applied(N3)]
    rows = prisma.whole_rows()
    assert rows[0][1] == "3b210bea372a793cce2f2a4dc65805e9f65788da7266ea0ad4536285eb3a79fc"
    assert all(len(row[0]) == 36 and row[0][14] == "4" and row[0] == row[0].lower() for row in rows)
    moments = [moment for row in rows for moment in (row[6], row[2])]
    assert moments == sorted(set(moments))
    again = prisma.deploy()
    assert again.result is not None
    assert (again.exit, again.result.done) == (0, ())
    assert prisma.whole_rows() == rows
    assert "Database schema is up to date!" in prisma.status().text


def test_c07_a_syntax_error_leaves_nothing(prisma: PrismaScene) -> None:
    prisma.write({N1: A, N2: "CREATE TABLE b(id int);\nCREATE TABEL x(id int);\n", N3: GOOD[N3]})
    said = prisma.deploy()
    assert (said.exit, said.code) == (1, "P3018")
    assert "42601" in said.text
    assert f"Migration name: {N2}" in said.text
    assert "  2 CREATE TABEL x(id int);" in said.text
    assert prisma.rows() == [applied(N1), fails(N2)]
    assert prisma.tables() == {"a"}
    assert prisma.sql("SELECT logs FROM _prisma_migrations WHERE logs IS NOT NULL") == [(said.text,)]


def test_c09_status_names_the_failed_one(prisma: PrismaScene) -> None:
    failed_second(prisma)
    said = prisma.status()
    assert said.exit_code == 1
    assert "Following migration have failed:\n" + N2 in said.text
    assert f'prisma migrate resolve --rolled-back "{N2}"' in said.text
    assert f'prisma migrate resolve --applied "{N2}"' in said.text
    again = prisma.deploy()
    assert (again.exit, again.code) == (1, "P3009")
    assert f"The `{N2}` migration started at " in again.text


def test_c11_a_run_time_error_in_the_second_of_three(prisma: PrismaScene) -> None:
    prisma.write({N1: "CREATE TABLE a(id int); ALTER TABLE nope ADD x int; CREATE TABLE c(id int);"})
    said = prisma.deploy()
    assert (said.exit, said.code) == (1, "P3018")
    assert "42P01" in said.text
    assert prisma.rows() == [fails(N1)]
    assert prisma.tables() == (set() if prisma.model == "6" else {"a"})


def test_c13_an_index_built_concurrently_beside_others(prisma: PrismaScene) -> None:
    prisma.write({N1: "CREATE TABLE a(id int);\nCREATE INDEX CONCURRENTLY a_id ON a(id);"})
    said = prisma.deploy()
    if prisma.model == "6":
        assert (said.exit, said.code) == (1, "P3018")
        assert "25001" in said.text
        assert (prisma.rows(), prisma.tables()) == ([fails(N1)], set())
    else:
        assert said.exit == 0
        assert prisma.rows() == [applied(N1)]


def test_an_index_built_concurrently_alone(prisma: PrismaScene) -> None:
    prisma.write({N1: A, N2: "-- slow\nCREATE INDEX CONCURRENTLY a_id ON a(id)"})
    assert prisma.deploy().exit == 0
    assert prisma.rows() == [applied(N1), applied(N2)]


def test_an_index_dropped_concurrently_beside_others_fails_in_both(prisma: PrismaScene) -> None:
    prisma.write({N1: A + "CREATE INDEX i ON a(id);", N2: "DROP INDEX CONCURRENTLY i; CREATE TABLE b(id int);"})
    said = prisma.deploy()
    assert (said.exit, said.code) == (1, "P3018")
    assert "25001" in said.text
    assert prisma.tables() == {"a"}


def test_c15_a_do_block_makes_it_one_query(prisma: PrismaScene) -> None:
    prisma.write({N1: "CREATE TABLE a(id int);\nDO $$ BEGIN END $$;\nALTER TABLE nope ADD x int;"})
    said = prisma.deploy()
    assert (said.exit, said.code) == (1, "P3018")
    assert "42P01" in said.text
    assert prisma.tables() == set()


def test_c17_an_error_inside_its_own_transaction(prisma: PrismaScene) -> None:
    prisma.write({N1: "BEGIN; CREATE TABLE a(id int); SELECT 1/0; COMMIT;"})
    said = prisma.deploy()
    assert (said.exit, said.code) == (1, "")  # not P3018
    assert "current transaction is aborted" in said.text
    assert prisma.rows() == [fails(N1, "NULL")]
    assert prisma.tables() == set()


def test_c19_what_its_own_commit_kept_stays(prisma: PrismaScene) -> None:
    prisma.write({N1: "BEGIN; CREATE TABLE b(id int); COMMIT; CREATE TABLE c(id int); SELECT 1/0;"})
    said = prisma.deploy()
    assert (said.exit, said.code) == (1, "P3018")
    assert "22012" in said.text
    assert prisma.rows() == [fails(N1)]
    assert prisma.tables() == ({"b"} if prisma.model == "6" else {"b", "c"})


def test_a_begin_without_commit_is_lost(prisma: PrismaScene) -> None:
    prisma.write({N1: A, N2: "BEGIN; CREATE TABLE b(id int);", N3: GOOD[N3]})
    said = prisma.deploy()
    assert said.exit == 1  # Prisma says that all was applied: what is there is said instead
    assert said.result is not None
    assert said.result.done == (N1,)
    assert "left a transaction open" in said.text
    assert prisma.rows() == [applied(N1), fails(N2, "NULL")]
    assert prisma.tables() == {"a"}


def test_a_rollback_at_the_end(prisma: PrismaScene) -> None:
    prisma.write({N1: "CREATE TABLE a(id int); ROLLBACK;"})
    assert prisma.deploy().exit == 0
    assert prisma.rows() == [applied(N1)]
    assert prisma.tables() == (set() if prisma.model == "6" else {"a"})


def test_a_script_that_moves_the_search_path(prisma: PrismaScene) -> None:
    prisma.write({N1: "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.a(id int);"})
    said = prisma.deploy()
    assert (said.exit, said.code) == (1, "P1014")
    assert "The underlying table for model `_prisma_migrations` does not exist." in said.text
    assert prisma.rows() == [fails(N1, "NULL")]
    assert prisma.tables() == {"a"}


def test_a_setting_reaches_later_scripts(prisma: PrismaScene) -> None:
    prisma.write({N1: "SET my.word = 'said';", N2: "CREATE TABLE a AS SELECT current_setting('my.word') AS word;"})
    assert prisma.deploy().exit == 0
    assert prisma.sql("SELECT word FROM a") == [("said",)]


def test_scripts_meet_the_servers_own_settings(prisma: PrismaScene) -> None:
    prisma.sql(f"ALTER DATABASE \"{prisma.session.server.database}\" SET datestyle = 'SQL, DMY'")
    prisma.sql(f"ALTER DATABASE \"{prisma.session.server.database}\" SET lock_timeout = '77s'")
    prisma.write(
        {N1: "CREATE TABLE a AS SELECT name, setting FROM pg_settings WHERE name IN ('DateStyle', 'lock_timeout');"}
    )
    assert prisma.deploy().exit == 0
    assert sorted(prisma.sql("SELECT * FROM a")) == [("DateStyle", "SQL, DMY"), ("lock_timeout", "77000")]


def test_c21_an_enum_value_that_is_used_at_once(prisma: PrismaScene) -> None:
    prisma.write(
        {
            N1: "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE a(m mood);",
            N2: "ALTER TYPE mood ADD VALUE 'glad'; INSERT INTO a VALUES ('glad');",
        }
    )
    said = prisma.deploy()
    if prisma.model == "6":
        assert (said.exit, said.code) == (1, "P3018")
        assert "55P04" in said.text
        assert prisma.rows() == [applied(N1), fails(N2)]
    else:
        assert said.exit == 0
        assert prisma.sql("SELECT m::text FROM a") == [("glad",)]


def test_c23_a_failed_one_marked_as_rolled_back(prisma: PrismaScene) -> None:
    failed_second(prisma)
    before = prisma.whole_rows()
    assert prisma.rolled_back(N2).exit == 0
    assert prisma.rows() == [applied(N1), rolled_back(N2)]
    after = prisma.whole_rows()
    assert [(*row[:5], *row[6:]) for row in after] == [(*row[:5], *row[6:]) for row in before]


def test_c25_only_rolled_back(prisma: PrismaScene) -> None:
    failed_second(prisma)
    prisma.rolled_back(N2)
    said = prisma.status()
    if prisma.model == "6":
        assert (said.exit_code, said.saying) == (0, PrismaSaying.UP_TO_DATE)
        assert "Database schema is up to date!" in said.text
        assert said.untold == ((N2, "rolled_back"),)
        assert said.is_misleading
    else:
        assert said.exit_code == 1
        assert N2 in said.text
    assert [each.revision for each in prisma.standing().pending] == [N2]


def test_c27_a_failed_one_marked_as_applied(prisma: PrismaScene) -> None:
    failed_second(prisma)
    assert prisma.applied(N2).exit == 0
    assert prisma.rows() == [applied(N1), rolled_back(N2), marked(N2)]
    assert prisma.status().exit_code == 0
    told = prisma.deploy()
    assert told.result is not None
    assert (told.exit, told.result.done) == (0, ())


def test_a_bad_one_of_three_rolled_back_twice_and_corrected(prisma: PrismaScene) -> None:
    prisma.write({N1: A, N2: "CREATE TABEL b(id int);", N3: GOOD[N3]})
    for _ in range(2):
        assert prisma.deploy().code == "P3018"
        assert prisma.rolled_back(N2).exit == 0
    prisma.write({N2: GOOD[N2]})
    assert prisma.deploy().exit == 0
    assert prisma.rows() == [applied(N1), rolled_back(N2), rolled_back(N2), applied(N2), applied(N3)]


def test_c29_an_applied_one_is_not_marked_again(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    before = prisma.whole_rows()
    said = prisma.applied(N1)
    assert (said.exit, said.code) == (1, "P3008")
    assert f"The migration `{N1}` is already recorded as applied in the database." in said.text
    assert prisma.whole_rows() == before


@pytest.mark.parametrize("name", [N1, "nothing", "..", "../migrations/x", ""])
def test_c31_what_has_no_script_is_not_marked(prisma: PrismaScene, name: str) -> None:
    prisma.write({N1: None})
    said = prisma.applied(name)
    assert (said.exit, said.code) == (1, "P3017")
    assert not prisma.has_ledger


def test_c33_an_applied_one_is_not_rolled_back(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    said = prisma.rolled_back(N1)
    assert (said.exit, said.code) == (1, "P3012")


def test_rolling_back_without_a_row_or_a_ledger(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    said = prisma.rolled_back(N1)
    assert (said.exit, said.code) == (1, "")
    assert "Invariant violation: called markMigrationRolledBack" in said.text
    assert not prisma.has_ledger
    prisma.deploy()
    assert prisma.rolled_back(N2).code == "P3011"


def test_rolling_back_what_is_rolled_back_succeeds(prisma: PrismaScene) -> None:
    failed_second(prisma)
    prisma.rolled_back(N2)
    before = prisma.whole_rows()
    assert prisma.rolled_back(N2).exit == 0
    assert prisma.whole_rows() == before


def test_c37_a_failed_one_whose_folder_is_gone(prisma: PrismaScene) -> None:
    failed_second(prisma)
    prisma.forget(N2)
    assert "have failed" in prisma.status().text
    assert prisma.status().exit_code == 1
    assert prisma.deploy().code == "P3009"
    assert prisma.applied(N2).code == "P3017"
    assert prisma.rolled_back(N2).exit == 0
    assert "Database schema is up to date!" in prisma.status().text
    assert prisma.status().exit_code == 0
    assert prisma.deploy().exit == 0


def test_c39_a_row_that_is_finished_and_rolled_back(prisma: PrismaScene) -> None:
    prisma.write({N1: "CREATE TABLE IF NOT EXISTS a(id int);"})
    prisma.deploy()
    prisma.sql("UPDATE _prisma_migrations SET rolled_back_at = now()")
    assert prisma.applied(N1).code == "P3008"
    assert prisma.rolled_back(N1).code == "P3012"
    assert prisma.deploy().exit == 0
    assert [row[:2] for row in prisma.rows()] == [(N1, "both"), (N1, "applied")]


def test_c41_edited_since_it_was_applied(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    before = prisma.whole_rows()
    prisma.write({N1: "CREATE TABLE other(id int);"})
    said = prisma.status()
    assert (said.exit_code, said.is_misleading, said.untold) == (0, True, ((N1, "edited"),))
    assert prisma.deploy().exit == 0
    assert prisma.whole_rows() == before


@pytest.mark.parametrize("stored", ["lf", "crlf"])
def test_c49_line_ends_are_no_edit(prisma: PrismaScene, stored: str) -> None:
    forms = {"lf": "CREATE TABLE a(id int);\n-- x\n", "crlf": "CREATE TABLE a(id int);\r\n-- x\r\n"}
    prisma.write({N1: forms[stored]})
    prisma.deploy()
    prisma.write({N1: forms["crlf" if stored == "lf" else "lf"]})
    assert prisma.status().untold == ()


def test_c43_the_folder_of_an_applied_one_is_gone(prisma: PrismaScene) -> None:
    prisma.write({N1: A, N2: GOOD[N2]})
    prisma.deploy()
    prisma.forget(N2)
    said = prisma.status()
    assert (said.exit_code, said.untold) == (0, ((N2, "missing"),))
    assert "Database schema is up to date!" in said.text
    assert prisma.standing().standing is MigrationStanding.AHEAD
    assert prisma.deploy().exit == 0


def test_c45_two_histories(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    prisma.forget(N1)
    prisma.write({N2: GOOD[N2]})
    said = prisma.status()
    assert (said.exit_code, said.saying) == (1, PrismaSaying.DIVERGED)
    assert "The last common migration is: null" in said.text
    assert f"are not found locally in prisma/migrations:\n{N1}" in said.text


def test_c47_a_folder_without_its_file(prisma: PrismaScene) -> None:
    prisma.write({N1: A, N2: None, N3: GOOD[N3]})
    said = prisma.status()
    assert said.exit_code == 1
    assert all(name in said.text for name in (N1, N2, N3))
    told = prisma.deploy()
    assert (told.exit, told.code) == (1, "P3015")
    assert prisma.rows() == [applied(N1)]
    again = prisma.deploy()
    assert (again.exit, again.code) == (1, "P3015")


def test_the_file_of_an_applied_one_is_gone(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    (prisma.folder / "prisma" / "migrations" / N1 / "migration.sql").unlink()
    said = prisma.status()
    assert (said.exit_code, said.code) == (1, "P3015")
    assert prisma.deploy().exit == 0


def test_c51_odd_names_in_prismas_order(prisma: PrismaScene) -> None:
    names = [
        ".hidden",
        "10_ten",
        "2023_x",
        "20240101000000_a",
        "20240101000000_A",
        "20240101000000_a_b",
        "20240101000000_a2",
        "20240101000000_b",
        "20240101000000-c",
        "9_nine",
        "accents",
        "äccents",
        "accents_more",
        "with space",
        "zoo",
    ]
    prisma.write(dict.fromkeys(reversed(names), "SELECT 1;"))
    folder = prisma.folder / "prisma" / "migrations"
    (folder / "00_file").write_text("no folder")
    (folder / "00_link").symlink_to(folder / "zoo", target_is_directory=True)
    (folder / "zoo" / "down.sql").write_text("DROP TABLE nope;")
    assert prisma.deploy().exit == 0
    assert [row[0] for row in prisma.rows()] == names
    assert prisma.applied("00_link").code == "P3017"  # as the real command line says


def test_c53_a_baseline(prisma: PrismaScene) -> None:
    prisma.sql("CREATE TABLE a(id int primary key)")
    prisma.write({N1: A, N2: GOOD[N2]})
    assert prisma.status().names == (N1, N2)
    said = prisma.deploy()
    assert (said.exit, said.code) == (1, "P3005")
    assert not prisma.has_ledger
    assert prisma.applied(N1).exit == 0
    assert prisma.status().names == (N2,)
    assert prisma.deploy().exit == 0
    assert prisma.rows() == [marked(N1), applied(N2)]


def test_c55_what_does_not_count_as_a_table(prisma: PrismaScene) -> None:
    prisma.sql(
        "CREATE TABLE Spatial_Ref_Sys(id int); CREATE SCHEMA s; CREATE TABLE s.t(id int); CREATE VIEW v AS SELECT 1;"
        "CREATE TABLE parent(id int) PARTITION BY RANGE (id); CREATE SEQUENCE q; CREATE TYPE e AS ENUM ('x')"
    )
    prisma.write({N1: A})
    assert prisma.deploy().exit == 0


@pytest.mark.parametrize("statement", ["CREATE UNLOGGED TABLE t(id int)", "CREATE TABLE t(id int)"])
def test_c57_a_table_and_no_folders(prisma: PrismaScene, statement: str) -> None:
    prisma.sql(statement)
    said = prisma.status()
    assert (said.exit_code, said.saying) == (1, PrismaSaying.NOT_MANAGED)
    assert prisma.deploy().code == "P3005"
    assert not prisma.has_ledger


def test_c59_a_lock_that_is_let_go_is_waited_for(prisma: PrismaScene) -> None:
    prisma.write({N1: A})
    other = prisma.locked()
    timer = threading.Timer(1.0, other.close)
    timer.start()
    begun = time.monotonic()
    assert prisma.deploy().exit == 0
    assert time.monotonic() - begun >= 0.9
    timer.join()


def test_a_lock_that_is_held_on_is_named(prisma: PrismaScene, monkeypatch: pytest.MonkeyPatch) -> None:
    prisma.write({N1: A})
    monkeypatch.setattr(connection, "LOCK_WAIT_S", 0.3)
    with prisma.locked() as other:
        said = prisma.deploy()
        assert (said.exit, said.code) == (1, "P1002")
        assert "migration.locked" in said.text
        assert "pg_advisory_lock(72707369)" in said.text
        found = prisma.standing()
        assert found.holder is not None
        assert found.holder.pid == other.info.backend_pid
        assert found.standing is MigrationStanding.RUNNING
    assert not prisma.has_ledger


def test_c61_the_lock_is_of_one_database(prisma: PrismaScene, cluster_url: str) -> None:
    prisma.write({N1: A})
    with psycopg.connect(cluster_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(72707369)")
        assert prisma.deploy().exit == 0


@pytest.mark.parametrize(
    ("text", "is_fine"),
    [
        ('# x\nprovider = "postgresql"\n', True),
        ('provider = "postgresql"\r\n', True),
        ('provider = "mysql"\n', False),
        ('provider="postgresql"\n', False),
        ("provider = 'postgresql'\n", False),
        ('  provider = "postgresql"\n', False),
        ('provider = "postgresql" # x\n', False),
        ('provider = "postgres"\n', False),
        ("# nothing\n", False),
        ('\ufeffprovider = "postgresql"\n', False),
    ],
)
def test_c63_the_provider_of_the_lock_file(prisma: PrismaScene, text: str, is_fine: bool) -> None:
    prisma.write({N1: A})
    lock = prisma.folder / "prisma" / "migrations" / "migration_lock.toml"
    lock.write_bytes(text.encode())
    if is_fine:
        assert prisma.deploy().exit == 0
        return
    assert (prisma.status().exit_code, prisma.status().code) == (1, "P3019")
    assert prisma.deploy().code == "P3019"
    assert prisma.applied(N1).code == "P3019"
    assert not prisma.has_ledger
    lock.unlink()
    assert prisma.deploy().exit == 0
    assert not lock.exists()


def test_rolling_back_does_not_look_at_the_lock_file(prisma: PrismaScene) -> None:
    failed_second(prisma)
    (prisma.folder / "prisma" / "migrations" / "migration_lock.toml").write_text('provider = "mysql"')
    assert prisma.rolled_back(N2).exit == 0


def test_another_schema_of_the_url_is_made_and_used(prisma: PrismaScene, pg_url: str) -> None:
    prisma.sql("CREATE TABLE elsewhere(id int)")
    prisma.write({N1: A})
    session = Session.open(profile_of(pg_url, schema="Shop"), None, CTX)
    try:
        scene = PrismaScene(prisma.folder, pg_url, session, prisma.model)
        assert scene.deploy().exit == 0
        assert scene.status().exit_code == 0
        assert prisma.sql('SELECT count(*) FROM "Shop"._prisma_migrations, "Shop".a') == [(0,)]
        assert not prisma.has_ledger
    finally:
        session.close()


def test_several_schemas_of_the_datasource_count(prisma: PrismaScene) -> None:
    schema = prisma.folder / "prisma" / "schema.prisma"
    schema.write_text(schema.read_text().replace('DATABASE_URL")\n', 'DATABASE_URL")\n  schemas = ["public", "s"]\n'))
    prisma.sql("CREATE SCHEMA s; CREATE TABLE s.t(id int)")
    prisma.write({N1: A})
    assert prisma.deploy().code == "P3005"
    assert prisma.status().others == ("s",)


def test_late_ones_with_older_names_run_too(prisma: PrismaScene, tmp_path: Path) -> None:
    del tmp_path
    prisma.write({N1: A, N3: GOOD[N3]})
    prisma.deploy()
    prisma.write({N2: GOOD[N2]})
    assert prisma.status().names == (N2,)
    assert prisma.deploy().exit == 0
    assert [row[0] for row in prisma.rows()] == [N1, N3, N2]


@pytest.mark.parametrize(("mark", "home"), [("", "app"), ("schema=public", "public"), ("schema=app", "app")])
def test_a_schema_that_the_url_names_goes_before_the_roles_path(
    prisma: PrismaScene, pg_url: str, mark: str, home: str
) -> None:
    """Prisma sets the search path where the URL has `schema`, and only there: "public" that is named is no default."""
    prisma.sql("CREATE SCHEMA app")
    name = prisma.sql("SELECT current_database()")[0][0]
    prisma.sql(f'ALTER DATABASE "{name}" SET search_path = app, public')
    prisma.write({N1: A})
    url = f"{pg_url}{'&' if '?' in pg_url else '?'}{mark}" if mark else pg_url
    session = Session.open(profile_from_url(url).profile, None, CTX)
    try:
        scene = PrismaScene(prisma.folder, pg_url, session, prisma.model)
        assert scene.deploy().exit == 0
        assert scene.status().exit_code == 0
        found = prisma.sql("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('a', '_prisma_migrations')")
        assert found == [(home,)]
    finally:
        session.close()
