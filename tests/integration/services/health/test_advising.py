"""Advice: each situation is built on a real server and is found, and nothing else; and a healthy database gets none."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.admin.advice import Action, Advice, AdviceReport, Gravity, Risk
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.advising import AdviceService
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.patient import Patient
from tests.support.waiting import until

Found = list[tuple[str, str, str]]
T = "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, note text)"


def advised(session: Session, later: timedelta | None = None) -> AdviceReport:
    service = AdviceService(session)
    report = service.advise(TaskContext.for_test())
    return service.advise(TaskContext.for_test(), now=report.made_at + later) if later else report


def found(patient: Patient, later: timedelta | None = None) -> Found:
    """Return code, relation and index of all advice."""
    return [(each.code, str(each.relation or ""), each.index) for each in advised(patient.session, later).advice]


def the_one(patient: Patient, code: str, later: timedelta | None = None) -> Advice:
    """Return the only advice there is, which is of that code."""
    report = advised(patient.session, later)
    assert [each.code for each in report.advice] == [code]
    return report.advice[0]


def follow(patient: Patient, advice: Advice) -> None:
    """Do what is advised."""
    assert advice.statements
    patient.run(*advice.statements)


def fill(rows: int) -> str:
    return f"INSERT INTO t SELECT i, i % 1000, 'note ' || i FROM generate_series(1, {rows}) i"


# --- a healthy one


def test_a_healthy_database_gets_no_advice(demo_patient: Patient) -> None:
    report = advised(demo_patient.session)
    assert report.advice == ()
    assert report.may_not_see == ()
    assert report.counted_since is not None
    assert advised(demo_patient.session, timedelta(days=400)).advice == ()


def test_an_empty_database_gets_no_advice(patient: Patient) -> None:
    assert found(patient) == []


# --- who holds VACUUM back


def _half_dead(patient: Patient) -> None:
    patient.run("DELETE FROM t WHERE id % 2 = 0", "VACUUM t")


def test_an_idle_transaction_holds_vacuum_back(patient: Patient) -> None:
    patient.run(T, fill(20_000), "VACUUM ANALYZE t")
    idler = patient.connect(application_name="monthly report")
    idler.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    idler.execute("SELECT count(*) FROM t")
    assert found(patient) == []  # it does no harm yet
    _half_dead(patient)
    advice = the_one(patient, "held_back.transaction")
    evidence = advice.evidence
    assert evidence["pid"] == idler.info.backend_pid
    assert (evidence["application"], evidence["state"]) == ("monthly report", "idle in transaction")
    assert (evidence["dead_rows"], evidence["tables"]) == (10_000, ("t",))
    assert isinstance(evidence["since"], datetime)
    assert isinstance(evidence["connected_at"], datetime)
    assert isinstance(evidence["vacuum_left_them_at"], datetime)
    assert (advice.gravity, advice.risk, advice.action) == (Gravity.URGENT, Risk.ENDS, Action.TERMINATE)
    assert advice.sql == f"SELECT pg_terminate_backend({idler.info.backend_pid});"
    follow(patient, advice)
    with pytest.raises(psycopg.errors.AdminShutdown):
        idler.execute("SELECT 1")
    patient.run("VACUUM t")
    assert found(patient) == []


def test_a_transaction_open_for_long_will_be_in_the_way(patient: Patient) -> None:
    patient.run(T, fill(40_000), "VACUUM ANALYZE t")
    idler = patient.connect()
    idler.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    idler.execute("SELECT count(*) FROM t")
    patient.run("DELETE FROM t WHERE id <= 20000", "ANALYZE t")
    advice = the_one(patient, "held_back.transaction", timedelta(hours=2))
    assert advice.gravity is Gravity.WORTH
    assert "vacuum_left_them_at" not in advice.evidence
    assert found(patient, timedelta(minutes=30)) == []


def test_transactions_of_another_database_hold_nothing_back(patient: Patient, health_url: str) -> None:
    patient.run(T, fill(20_000), "VACUUM ANALYZE t")
    with psycopg.connect(health_url) as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1")
        idler = patient.connect()
        idler.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        idler.execute("SELECT 1")
        _half_dead(patient)
        assert the_one(patient, "held_back.transaction").evidence["pid"] == idler.info.backend_pid


def test_a_prepared_transaction_holds_vacuum_back(patient: Patient) -> None:
    name = f"o'clock\n{uuid.uuid4().hex[:6]}; DROP TABLE t"
    patient.run(T, fill(20_000), "VACUUM ANALYZE t", "CREATE TABLE other (id int PRIMARY KEY)")
    with psycopg.connect(patient.url) as connection:
        connection.execute("INSERT INTO other VALUES (1)")
        connection.execute(pgsql.SQL("PREPARE TRANSACTION {}").format(name))
    _half_dead(patient)
    advice = the_one(patient, "held_back.prepared")
    assert advice.evidence["name"] == name
    assert (advice.risk, advice.evidence["dead_rows"]) == (Risk.ENDS, 10_000)
    assert len(advice.statements) == 1  # whatever its name has in it
    follow(patient, advice)
    patient.run("VACUUM t")
    assert found(patient) == []


# --- autovacuum and statistics


def test_autovacuum_that_is_off(session: Session) -> None:
    """The tests' own cluster has it so."""
    report = advised(session)
    assert [each.code for each in report.advice] == ["autovacuum.off"]
    advice = report.advice[0]
    assert dict(advice.evidence) == {"autovacuum": False, "track_counts": True}
    assert advice.statements == ('ALTER SYSTEM SET "autovacuum" = on', "SELECT pg_reload_conf()")


def test_a_table_that_autovacuum_must_not_touch(patient: Patient) -> None:
    patient.run(T, "ALTER TABLE t SET (autovacuum_enabled = off)", fill(20_000), "VACUUM ANALYZE t")
    assert found(patient) == []  # somebody may want it so: it does no harm
    patient.run("DELETE FROM t WHERE id <= 8000")
    advice = the_one(patient, "autovacuum.disabled")
    assert (advice.evidence["dead_rows"], advice.evidence["autovacuum_from_dead_rows"]) == (8000, 50 + 2400)
    follow(patient, advice)
    assert found(patient) == []


def test_a_table_where_autovacuum_never_comes(patient: Patient) -> None:
    patient.run(T, fill(20_000), "ANALYZE t", "DELETE FROM t WHERE id <= 9000")
    advice = the_one(patient, "autovacuum.late")  # nobody has ever vacuumed it
    assert (advice.relation, advice.evidence["last_autovacuum"]) == (RelationName("public", "t"), None)
    assert (advice.risk, advice.action, advice.sql) == (Risk.LOAD, Action.VACUUM, 'VACUUM (ANALYZE) "public"."t";')
    follow(patient, advice)
    assert found(patient) == []
    patient.run("DELETE FROM t WHERE id > 11000")
    assert found(patient) == []  # it will come
    assert the_one(patient, "autovacuum.late", timedelta(days=2)).evidence["dead_rows"] == 9000
    patient.run("ALTER TABLE t SET (autovacuum_vacuum_threshold = 100000)")
    assert found(patient, timedelta(days=2)) == []


def test_a_table_without_statistics(patient: Patient) -> None:
    patient.run(T, fill(20_000), "CREATE TABLE tiny (id int PRIMARY KEY)", "INSERT INTO tiny VALUES (1)")
    advice = the_one(patient, "statistics.missing")
    assert (advice.evidence["last_analyze"], advice.action) == (None, Action.ANALYZE)
    follow(patient, advice)
    assert found(patient) == []


def test_a_partitioned_table_without_statistics(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE t (id int PRIMARY KEY, n int, note text) PARTITION BY RANGE (id)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10000)",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10000) TO (100000)",
        fill(20_000),
        "ANALYZE t1",
        "ANALYZE t2",
    )
    advice = the_one(patient, "statistics.missing")  # autovacuum never analyzes what is above its partitions
    assert advice.relation == RelationName("public", "t")
    follow(patient, advice)
    assert found(patient) == []


def test_a_table_whose_statistics_are_of_yesterday(patient: Patient) -> None:
    patient.run(T, fill(30_000), "VACUUM ANALYZE t", "UPDATE t SET n = n + 1", "VACUUM t")
    assert found(patient) == []
    advice = the_one(patient, "statistics.stale", timedelta(days=2))
    assert advice.evidence["changed_rows"] == 30_000
    follow(patient, advice)
    assert found(patient, timedelta(days=2)) == []


# --- tables


def test_a_bloated_table(patient: Patient) -> None:
    patient.run(
        T,
        "INSERT INTO t SELECT i, i, repeat('x', 600) FROM generate_series(1, 50000) i",
        "VACUUM ANALYZE t",
        "DELETE FROM t WHERE id % 5 <> 0",
        "VACUUM ANALYZE t",
    )
    advice = the_one(patient, "table.bloated")
    assert isinstance(advice.evidence["bloat_percent"], int)
    assert 75 <= advice.evidence["bloat_percent"] <= 85
    assert (advice.risk, advice.action) == (Risk.LOCKS, Action.VACUUM_FULL)
    assert advice.sql == 'VACUUM (FULL, ANALYZE) "public"."t";'
    follow(patient, advice)
    assert found(patient) == []


def test_a_table_without_a_primary_key(patient: Patient) -> None:
    patient.run('CREATE TABLE "No key; at all" (id text)', 'INSERT INTO "No key; at all" VALUES (1)')
    patient.run("CREATE TABLE nothing (n int)")  # and nothing in it
    advice = the_one(patient, "table.no_primary_key")
    assert advice.sql == (
        'ALTER TABLE "public"."No key; at all" ADD COLUMN "row_id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;'
    )
    follow(patient, advice)
    assert found(patient) == []


def test_a_table_with_an_index_that_could_be_its_primary_key(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE t (id int NOT NULL, other int)",
        "CREATE UNIQUE INDEX may_be_null ON t (other)",
        "CREATE UNIQUE INDEX partial ON t (id) WHERE id > 5",
        "CREATE UNIQUE INDEX would_do ON t (id)",
        "INSERT INTO t VALUES (1)",
    )
    advice = the_one(patient, "table.no_primary_key")
    assert advice.sql == 'ALTER TABLE "public"."t" ADD PRIMARY KEY USING INDEX "would_do";'
    follow(patient, advice)
    assert found(patient) == []


def test_a_partitioned_table_without_a_primary_key_is_named_once(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE t (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (9)",
        "INSERT INTO t VALUES (1)",
    )
    advice = the_one(patient, "table.no_primary_key")
    assert (advice.relation, advice.action, advice.sql) == (RelationName("public", "t"), Action.COPY, "")


def test_a_constraint_that_was_never_checked(patient: Patient) -> None:
    patient.run(T, "INSERT INTO t VALUES (1, 1)", 'ALTER TABLE t ADD CONSTRAINT "n > 0" CHECK (n > 0) NOT VALID')
    advice = the_one(patient, "constraint.not_valid")
    assert advice.sql == 'ALTER TABLE "public"."t" VALIDATE CONSTRAINT "n > 0";'
    follow(patient, advice)
    assert found(patient) == []


@pytest.mark.pg(">= 18")
def test_a_constraint_that_is_not_enforced_is_meant_so(patient: Patient) -> None:
    patient.run(T, "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT ENFORCED")
    assert found(patient) == []


# --- foreign keys and indexes


def test_a_foreign_key_without_an_index(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b))",
        "INSERT INTO parent SELECT i, i FROM generate_series(1, 100) i",
        "CREATE TABLE child (id int PRIMARY KEY, x int, y int, FOREIGN KEY (x, y) REFERENCES parent)",
        "CREATE INDEX not_enough ON child (x)",
        "CREATE INDEX not_of_all ON child (y, x) WHERE id > 5",
        "INSERT INTO child SELECT i, i % 100 + 1, i % 100 + 1 FROM generate_series(1, 3000) i",
        "ANALYZE",
    )
    advice = the_one(patient, "foreign_key.no_index")
    assert (advice.gravity, advice.evidence["refers_to"], advice.columns) == (Gravity.NOTE, "parent", ("x", "y"))
    patient.run("INSERT INTO parent VALUES (500, 500)", "DELETE FROM parent WHERE a = 500")
    assert the_one(patient, "foreign_key.no_index").gravity is Gravity.WORTH
    assert advice.sql == 'CREATE INDEX CONCURRENTLY ON "public"."child" ("x", "y");'
    follow(patient, advice)
    assert found(patient) == []
    patient.run("DROP INDEX child_x_y_idx", "CREATE INDEX other_way ON child (y, x, id)")
    assert found(patient) == []  # its first columns are the key's
    patient.run("DROP INDEX other_way")
    patient.run(
        'ALTER TABLE child RENAME x TO "Order"', 'CREATE INDEX p ON child ("Order", y) WHERE "Order" IS NOT NULL'
    )
    assert found(patient) == []  # no row that refers to one has a null there
    patient.run("DROP INDEX p", "DELETE FROM child WHERE id > 900", "VACUUM child")
    assert found(patient) == []  # so few are read at once


def test_a_foreign_key_of_a_partitioned_table(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE parent (a int PRIMARY KEY)",
        "INSERT INTO parent SELECT generate_series(1, 100)",
        "CREATE TABLE child (id int PRIMARY KEY, x int REFERENCES parent) PARTITION BY RANGE (id)",
        "CREATE TABLE child1 PARTITION OF child FOR VALUES FROM (0) TO (10000)",
        "INSERT INTO child SELECT i, i % 100 + 1 FROM generate_series(1, 3000) i",
        "ANALYZE",
    )
    advice = the_one(patient, "foreign_key.no_index")  # once, not for each partition
    assert (advice.risk, advice.sql) == (Risk.LOCKS, 'CREATE INDEX ON "public"."child" ("x");')
    follow(patient, advice)
    assert found(patient) == []


def test_an_invalid_index_after_a_build_that_failed(patient: Patient) -> None:
    patient.run(T, "INSERT INTO t VALUES (1, 7), (2, 7)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        patient.run('CREATE UNIQUE INDEX CONCURRENTLY "Once" ON t (n)')
    advice = the_one(patient, "index.invalid")
    assert (advice.index, advice.evidence["unique"], advice.action) == ("Once", True, Action.REINDEX)
    assert advice.sql == 'REINDEX INDEX CONCURRENTLY "public"."Once";'
    patient.run("DELETE FROM t WHERE id = 2")
    follow(patient, advice)
    assert found(patient) == []


def test_an_index_that_is_being_built_is_not_invalid(patient: Patient) -> None:
    patient.run(T, "INSERT INTO t VALUES (1, 7)")
    writer = patient.connect()
    writer.execute("UPDATE t SET n = 8")
    with ThreadPoolExecutor(1) as another:
        building = another.submit(patient.run, "CREATE INDEX CONCURRENTLY slow ON t (n)")
        until(lambda: patient.run("SELECT 1 FROM pg_index WHERE indrelid = 't'::regclass AND NOT indisvalid"))
        assert found(patient) == []
        writer.commit()
        building.result(timeout=20)
    assert found(patient) == []


def test_what_a_failed_reindex_left_over(patient: Patient) -> None:
    patient.run(T, "INSERT INTO t VALUES (1, 7), (2, 7)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        patient.run("CREATE UNIQUE INDEX CONCURRENTLY t_n_idx_ccnew ON t (n)")
    advice = the_one(patient, "index.invalid")
    assert (advice.risk, advice.evidence["left_over"]) == (Risk.DROPS, True)
    assert advice.sql == 'DROP INDEX CONCURRENTLY "public"."t_n_idx_ccnew";'
    follow(patient, advice)
    assert found(patient) == []


def test_duplicate_indexes(patient: Patient) -> None:
    patient.run(
        T,
        "CREATE INDEX one ON t (n, note)",
        "CREATE INDEX two ON t (n, note)",
        "CREATE INDEX like_the_key ON t (id)",
        "CREATE UNIQUE INDEX unique_like_the_key ON t (id)",
        # none of these is like another
        "CREATE INDEX other_order ON t (note, n)",
        "CREATE INDEX downward ON t (n DESC, note)",
        "CREATE INDEX other_class ON t (n, note text_pattern_ops)",
        'CREATE INDEX other_collation ON t (n, note COLLATE "C")',
        "CREATE INDEX partial ON t (n, note) WHERE n > 5",
        "CREATE INDEX with_more ON t (n, note) INCLUDE (id)",
        "CREATE INDEX by_hash ON t USING hash (id)",
        "CREATE INDEX lower ON t (lower(note))",
        "CREATE INDEX upper ON t (upper(note))",
    )
    report = advised(patient.session)
    assert [(each.code, each.index, each.evidence["same_as"]) for each in report.advice] == [
        ("index.duplicate", "like_the_key", "t_pkey"),
        ("index.duplicate", "two", "one"),
        ("index.duplicate", "unique_like_the_key", "t_pkey"),
    ]
    assert report.advice[1].sql == 'DROP INDEX CONCURRENTLY "public"."two";'
    for advice in report.advice:
        follow(patient, advice)
    assert found(patient) == []


def test_a_duplicate_on_which_something_stands_stays(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE t (id int PRIMARY KEY, CONSTRAINT again UNIQUE (id))",
        "CREATE TABLE u (id int REFERENCES t (id))",
    )
    assert found(patient) == []
    patient.run("CREATE UNIQUE INDEX third ON t (id)")
    assert found(patient) == [("index.duplicate", "t", "third")]
    patient.run("ALTER TABLE t REPLICA IDENTITY USING INDEX third")
    assert found(patient) == []


def test_duplicates_of_partitioned_tables_are_named_once(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE t (id int PRIMARY KEY, n int) PARTITION BY RANGE (id)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (9)",
        "CREATE INDEX one ON t (n)",
        "CREATE INDEX two ON t (n)",
    )
    advice = the_one(patient, "index.duplicate")
    assert (advice.sql, advice.risk) == ('DROP INDEX "public"."two";', Risk.LOCKS)
    follow(patient, advice)
    assert found(patient) == []


def test_an_index_that_begins_another(patient: Patient) -> None:
    patient.run(
        T,
        fill(60_000),
        "CREATE INDEX long ON t (id, n)",
        "CREATE INDEX short ON t (id)",
        "DROP INDEX short",
        "CREATE INDEX short ON t (note)",
        "CREATE INDEX longer ON t (note, n)",
        "CREATE INDEX partial ON t (note) WHERE n < 500",
        "CREATE INDEX downward ON t (note DESC)",
        "VACUUM ANALYZE t",
    )
    advice = the_one(patient, "index.redundant")  # the primary key begins "long", and stays
    assert (advice.index, advice.evidence["begins"]) == ("short", "longer")
    follow(patient, advice)
    assert found(patient) == []


def test_an_index_that_nobody_uses(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE parent (n int PRIMARY KEY)",
        "INSERT INTO parent SELECT generate_series(0, 999)",
        "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL REFERENCES parent, note text UNIQUE, m int, k int)",
        "CREATE INDEX for_the_foreign_key ON t (n)",
        "CREATE INDEX used ON t (m)",
        "CREATE INDEX unused ON t (k)",
        "CREATE INDEX small ON t (k) WHERE k < 10",
        "INSERT INTO t SELECT i, i % 1000, i::text, i, i FROM generate_series(1, 60000) i",
        "VACUUM ANALYZE",
        "SET enable_seqscan = off; SELECT * FROM t WHERE m = 5",
    )
    assert found(patient, timedelta(days=29)) == []  # too early to say
    later = timedelta(days=31)
    patient.run("CREATE INDEX new ON t (k, m)")
    assert found(patient, later) == [("index.redundant", "t", "unused")]  # that is surer than that nobody used it
    patient.run("DROP INDEX new")
    advice = the_one(patient, "index.unused", later)
    assert (advice.index, advice.evidence["scans"], advice.evidence["counted_days"]) == ("unused", 0, 31)
    assert (advice.gravity, advice.risk) == (Gravity.NOTE, Risk.DROPS)
    assert advice.sql == 'DROP INDEX CONCURRENTLY "public"."unused";'
    follow(patient, advice)
    assert found(patient, later) == []
    patient.run("CREATE INDEX new ON t (k)")  # nothing was written since
    assert found(patient, later) == []


def test_an_index_of_a_partitioned_table_that_nobody_uses(patient: Patient) -> None:
    patient.run(
        "CREATE TABLE t (id int PRIMARY KEY, n int) PARTITION BY RANGE (id)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (30000)",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (30000) TO (60000) PARTITION BY RANGE (id)",
        "CREATE TABLE t21 PARTITION OF t2 FOR VALUES FROM (30000) TO (60000)",
        "CREATE INDEX unused ON t (n)",
        "INSERT INTO t SELECT i, i FROM generate_series(0, 59999) i",
        "VACUUM ANALYZE",
    )
    advice = the_one(patient, "index.unused", timedelta(days=31))
    assert (advice.index, advice.evidence["written_rows"], advice.risk) == ("unused", 60_000, Risk.LOCKS)
    patient.run("SET enable_seqscan = off; SELECT * FROM t21 WHERE n = 31000")
    assert found(patient, timedelta(days=31)) == []  # a partition's part of it was used


def test_a_bloated_index(patient: Patient) -> None:
    patient.run(
        T,
        fill(120_000),
        "CREATE INDEX broad ON t ((repeat(md5(id::text), 6)))",
        "VACUUM ANALYZE t",
    )
    assert found(patient) == []
    patient.run("DELETE FROM t WHERE id % 10 <> 0", "VACUUM ANALYZE t")
    advice = the_one(patient, "index.bloated")
    assert (advice.index, advice.risk, advice.action) == ("broad", Risk.LOAD, Action.REINDEX)
    assert isinstance(advice.evidence["bloat_percent"], int)
    assert 85 <= advice.evidence["bloat_percent"] <= 93
    follow(patient, advice)
    assert found(patient) == []


# --- numbers that run out


def test_a_sequence_near_its_end(patient: Patient) -> None:
    patient.run('CREATE TABLE t ("Id" serial PRIMARY KEY)', """SELECT setval('"t_Id_seq"', 2100000000)""")
    advice = the_one(patient, "sequence.near_end")
    assert (advice.gravity, advice.evidence["used_percent"], advice.name) == (Gravity.URGENT, 97.8, '"t_Id_seq"')
    assert advice.sql == (
        'ALTER TABLE "public"."t" ALTER COLUMN "Id" TYPE bigint;\n'
        'ALTER SEQUENCE "public"."t_Id_seq" AS bigint MAXVALUE 9223372036854775807;'
    )
    follow(patient, advice)
    assert found(patient) == []
    patient.run("CREATE SEQUENCE down INCREMENT -1 MINVALUE -100", "SELECT setval('down', -85)")
    advice = the_one(patient, "sequence.near_end")
    assert (advice.gravity, advice.relation) == (Gravity.WORTH, None)
    follow(patient, advice)
    assert found(patient) == []


@pytest.mark.parametrize(
    ("column", "age", "code"),
    [
        ("datfrozenxid", "2300000000", "wraparound.transactions"),
        ("datminmxid", "2300000000", "wraparound.multixacts"),
    ],
)
def test_transaction_numbers_that_run_out(patient: Patient, column: str, age: str, code: str) -> None:
    """Numbers are compared in a circle of 2³²: this one is nearly two thousand million ago."""
    patient.run(T)
    statement = f"UPDATE pg_database SET {column} = CAST('{age}' AS xid) WHERE datname = current_database()"
    (before,) = patient.run(f"SELECT {column}::text FROM pg_database WHERE datname = current_database()")[0]
    patient.run(statement)
    advice = the_one(patient, code)
    assert (advice.gravity, advice.sql) == (Gravity.URGENT, "VACUUM (FREEZE);")
    assert isinstance(advice.evidence["used_percent"], float)
    assert advice.evidence["used_percent"] > 90
    patient.run(statement.replace(age, before))
    assert found(patient) == []


# --- who asks


@pytest.fixture
def stranger(patient: Patient, health_url: str) -> Iterator[Session]:
    """A session of a role that may connect and nothing else."""
    role = f"stranger_{uuid.uuid4().hex[:8]}"
    patient.run(f"CREATE ROLE {role} LOGIN")
    session = Session.open(profile_of(patient.url.replace("postgres@", f"{role}@")), None, TaskContext.for_test())
    yield session
    session.close()
    patient.run(f"DROP OWNED BY {role}")
    with psycopg.connect(health_url, autocommit=True) as connection:
        connection.execute(f"DROP ROLE {role}".encode())


def test_a_role_without_rights_is_told_what_it_does_not_see(patient: Patient, stranger: Session) -> None:
    patient.run(T, fill(20_000), "CREATE SEQUENCE hidden", "VACUUM ANALYZE t")
    idler = patient.connect(application_name="secret")
    idler.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    idler.execute("SELECT count(*) FROM t")
    _half_dead(patient)
    report = advised(stranger)
    assert report.may_not_see == ("sessions", "columns", "sequences")
    assert report.advice == ()  # it sees that somebody is there, but not since when
    patient.run(f"GRANT pg_monitor TO {stranger.profile.user}")
    report = advised(stranger)
    assert report.may_not_see == ("columns", "sequences")
    assert [each.code for each in report.advice] == ["held_back.transaction"]


def test_what_an_extension_made_is_left_to_it(patient: Patient) -> None:
    patient.run("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    assert found(patient) == [("table.no_primary_key", "t", "")]
    patient.run("CREATE EXTENSION vector", "ALTER EXTENSION vector ADD TABLE t")
    assert found(patient) == []
