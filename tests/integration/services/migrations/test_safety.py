"""The safety report: what well-known statements lock, read, write anew and lose, seen on a copy of a real database."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.migrations import MigrationPlan, Statement, Step
from nexus_studio.core.admin.safety import Danger, LockTaken, SafetyFinding, SafetyReport
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.migrations.project import bundled, find_project
from nexus_studio.services.migrations.safety import safety_report
from nexus_studio.services.migrations.scratch import PREFIX
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_projects import Rev, write_project

CTX = TaskContext.for_test()
ROWS = 1_000_000
EXCLUSIVE = "AccessExclusiveLock"
DANGER, CAUTION, NOTE = Danger.DANGER, Danger.CAUTION, Danger.NOTE


@dataclass(frozen=True)
class Case:
    """One revision on a table "t_<name>" of its own, and what is to be found: codes with weight, the lock on the table.

    In `up` and `lock_on` "{t}" is the table's name.
    """

    name: str
    up: str
    codes: Mapping[str, Danger]
    lock: str
    words: str = ""
    rows: int | None = ROWS

    @property
    def table(self) -> str:
        return f"t_{self.name}"


def _do(*statements: str) -> str:
    return "\n".join(f"op.execute({statement!r})" for statement in statements)


CASES = (
    Case("add_column", _do("ALTER TABLE {t} ADD COLUMN x int"), {"blocks_reads": NOTE}, EXCLUSIVE),
    Case("add_constant", _do("ALTER TABLE {t} ADD COLUMN x int NOT NULL DEFAULT 7"), {"blocks_reads": NOTE}, EXCLUSIVE),
    Case(
        "add_volatile",
        _do("ALTER TABLE {t} ADD COLUMN x timestamptz DEFAULT clock_timestamp()"),
        {"blocks_reads": DANGER, "rewrite": DANGER},
        EXCLUSIVE,
    ),
    Case("add_now", _do("ALTER TABLE {t} ADD COLUMN x timestamptz DEFAULT now()"), {"blocks_reads": NOTE}, EXCLUSIVE),
    Case(
        "to_bigint",
        _do("ALTER TABLE {t} ALTER COLUMN n TYPE bigint"),
        {"blocks_reads": DANGER, "rewrite": DANGER},
        EXCLUSIVE,
    ),
    Case("wider", _do("ALTER TABLE {t} ALTER COLUMN word TYPE varchar(200)"), {"blocks_reads": NOTE}, EXCLUSIVE),
    Case("to_text", _do("ALTER TABLE {t} ALTER COLUMN word TYPE text"), {"blocks_reads": NOTE}, EXCLUSIVE),
    Case(
        "narrower",
        _do("ALTER TABLE {t} ALTER COLUMN word TYPE varchar(20)"),
        {"blocks_reads": DANGER, "rewrite": DANGER, "type_change": CAUTION},
        EXCLUSIVE,
        words="word: character varying(50) → character varying(20)",
    ),
    Case(
        "foreign_key",
        _do("ALTER TABLE {t} ADD CONSTRAINT {t}_fk FOREIGN KEY (other) REFERENCES other (id)"),
        {"blocks_writes": DANGER, "constraint_checked": DANGER},
        "ShareRowExclusiveLock",
        words="t_foreign_key_fk",
    ),
    Case(
        "not_valid",
        _do("ALTER TABLE {t} ADD CONSTRAINT {t}_fk FOREIGN KEY (other) REFERENCES other (id) NOT VALID"),
        {"blocks_writes": NOTE},
        "ShareRowExclusiveLock",
    ),
    Case(
        "validate",
        """
with op.get_context().autocommit_block():
    op.execute('ALTER TABLE {t} ADD CONSTRAINT {t}_fk FOREIGN KEY (other) REFERENCES other (id) NOT VALID')
op.execute('ALTER TABLE {t} VALIDATE CONSTRAINT {t}_fk')
""",
        {"not_in_transaction": NOTE},
        "ShareUpdateExclusiveLock",
        rows=None,
    ),
    Case(
        "check",
        _do("ALTER TABLE {t} ADD CONSTRAINT {t}_ck CHECK (n > 0)"),
        {"blocks_reads": DANGER, "constraint_checked": DANGER},
        EXCLUSIVE,
        words="t_check_ck",
    ),
    Case("index", _do("CREATE INDEX ON {t} (n)"), {"not_concurrent": DANGER}, "ShareLock"),
    Case(
        "unique",
        _do("ALTER TABLE {t} ADD UNIQUE (n)"),
        {"not_concurrent": DANGER, "blocks_reads": DANGER},
        EXCLUSIVE,
    ),
    Case(
        "concurrently",
        """
with op.get_context().autocommit_block():
    op.execute('CREATE INDEX CONCURRENTLY {t}_i ON {t} (n)')
""",
        {"not_in_transaction": NOTE},
        "",
        rows=None,
    ),
    Case(
        "not_null",
        _do("ALTER TABLE {t} ALTER COLUMN n SET NOT NULL"),
        {"blocks_reads": DANGER, "not_null_checked": DANGER},
        EXCLUSIVE,
        words="n",
    ),
    Case(
        "not_null_proven",
        """
with op.get_context().autocommit_block():
    op.execute('ALTER TABLE {t} ADD CONSTRAINT c CHECK (n IS NOT NULL) NOT VALID')
    op.execute('ALTER TABLE {t} VALIDATE CONSTRAINT c')
op.execute('ALTER TABLE {t} ALTER COLUMN n SET NOT NULL')
""",
        {"blocks_reads": NOTE, "not_in_transaction": NOTE},
        EXCLUSIVE,
    ),
    Case(
        "drop_column",
        _do("ALTER TABLE {t} DROP COLUMN sparse"),
        {"blocks_reads": NOTE, "drop_column": DANGER},
        EXCLUSIVE,
        words="sparse",
        rows=None,
    ),
    Case("drop_table", _do("DROP TABLE {t}"), {"drop_table": DANGER}, EXCLUSIVE),
    Case("truncate", _do("TRUNCATE {t}"), {"truncate": DANGER, "blocks_reads": NOTE}, EXCLUSIVE),
    Case("delete", _do("DELETE FROM {t}"), {"delete_all": DANGER}, "RowExclusiveLock"),
    Case("delete_some", _do("DELETE FROM {t} WHERE n = 1"), {}, "RowExclusiveLock", rows=None),
    Case("update", _do("UPDATE {t} SET n = 1"), {"delete_all": DANGER}, "RowExclusiveLock"),
    Case("unlogged", _do("ALTER TABLE {t} SET UNLOGGED"), {"blocks_reads": DANGER, "rewrite": DANGER}, EXCLUSIVE),
    Case("rename", _do("ALTER TABLE {t} RENAME TO t_renamed_now"), {"blocks_reads": NOTE}, EXCLUSIVE),
    Case(
        "trigger",
        _do("CREATE TRIGGER x BEFORE INSERT ON {t} EXECUTE FUNCTION nothing()"),
        {"blocks_writes": NOTE},
        "ShareRowExclusiveLock",
    ),
    Case(
        "then_slow",
        _do("ALTER TABLE {t} ADD COLUMN x int", "UPDATE {t} SET x = n WHERE n > 0"),
        {"blocks_reads": DANGER},
        EXCLUSIVE,
    ),
    Case("in_function", _do("DO $$ BEGIN TRUNCATE {t}; END $$"), {"truncate": DANGER, "blocks_reads": NOTE}, EXCLUSIVE),
    Case(
        "new",
        _do("CREATE TABLE new_one (n int)", "ALTER TABLE new_one ALTER COLUMN n TYPE bigint", "DROP TABLE new_one"),
        {},
        "",
        rows=None,
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Paths:
    return Paths.below(server_room / "scratch-home")


@pytest.fixture(scope="module")
def url(make_database: Callable[..., str]) -> str:
    """A database in which each case has its table; of a million rows, its statistics say."""
    made = make_database()
    with psycopg.connect(made, autocommit=True) as connection:

        def run(statement: str) -> None:
            connection.execute(statement.encode())

        run("CREATE TABLE other (id int PRIMARY KEY)")
        run("INSERT INTO other VALUES (1)")
        run("CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
        for case in CASES:
            run(f"CREATE TABLE {case.table} (n int, word varchar(50), other int, sparse int)")
            values = "i, i, 1, CASE WHEN i % 4 = 0 THEN i END"
            run(f"INSERT INTO {case.table} SELECT {values} FROM generate_series(1, 100) i")
            run(f"ANALYZE {case.table}")
        run("CREATE TABLE parted (n int, day date) PARTITION BY RANGE (n)")
        for part in (1, 2):
            run(f"CREATE TABLE parted_{part} PARTITION OF parted FOR VALUES FROM ({part}000) TO ({part + 1}000)")
            run(f"INSERT INTO parted_{part} VALUES ({part}000, now())")
        run("ANALYZE parted")
        run(f"UPDATE pg_class SET reltuples = {ROWS} WHERE relname LIKE 't\\_%' AND relkind = 'r'")
        run(f"UPDATE pg_class SET reltuples = {ROWS // 2} WHERE relname LIKE 'parted\\__'")
    return made


@pytest.fixture
def sql_on(url: str) -> Callable[[str], None]:
    """A function that runs a statement on that database and leaves: nobody is to be in the way of a copy."""

    def run(statement: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())

    return run


@pytest.fixture
def opened(url: str) -> Iterator[Session]:
    session = Session.open(profile_of(url), None, CTX)
    yield session
    session.close()


@pytest.fixture(scope="module")
def report(url: str, paths: Paths, tmp_path_factory: pytest.TempPathFactory) -> SafetyReport:
    """One report of all cases, each a revision."""
    before: str | None = None
    revisions = []
    for case in CASES:
        revisions.append(Rev(case.name, before, case.up.replace("{t}", case.table)))
        before = case.name
    folder = write_project(tmp_path_factory.mktemp("cases"), revisions)
    session = Session.open(profile_of(url), None, CTX)
    try:
        return _report(session, folder, paths, [case.name for case in CASES])
    finally:
        session.close()


def _report(session: Session, folder: Path, paths: Paths, names: list[str], ctx: TaskContext = CTX) -> SafetyReport:
    plan = MigrationPlan("heads", Direction.UP, tuple(Step(name, Direction.UP) for name in names))
    return safety_report(session, find_project(folder), paths, plan, ctx)


def _of(report: SafetyReport, revision: str) -> dict[str, SafetyFinding]:
    return {each.code: each for each in report.findings if each.revision == revision and each.code != "squawk"}


def _lock(report: SafetyReport, revision: str, table: str) -> LockTaken | None:
    wanted = (revision, RelationName("public", table))
    return next((lock for name, lock in report.locks if (name, lock.relation) == wanted), None)


def test_the_whole_plan_was_rehearsed(report: SafetyReport) -> None:
    assert report.copy == "template"
    assert not [each for each in report.findings if each.code == "fails"]
    assert report.duration_ms > 0
    assert [each.danger for each in report.findings] == sorted(
        (each.danger for each in report.findings), key=lambda danger: -list(Danger).index(danger)
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_statement_is_seen_for_what_it_does(case: Case, report: SafetyReport) -> None:
    found = _of(report, case.name)
    timeouts = found.pop("no_lock_timeout", None)
    on_it = {
        code: each.danger for code, each in found.items() if each.relation in {None, RelationName("public", case.table)}
    }
    assert on_it == case.codes
    lock = _lock(report, case.name, case.table)
    assert (lock.mode if lock else "") == case.lock
    assert (timeouts is not None) == any(
        code.startswith("blocks") or code in {"drop_table", "not_concurrent"} for code in case.codes
    )
    if case.rows is not None:
        assert {each.rows for each in found.values() if each.relation and each.relation.name == case.table} <= {
            case.rows
        }
    if case.words:
        assert case.words in {each.words for each in found.values()}


def test_a_column_has_as_many_values_as_statistics_say(report: SafetyReport) -> None:
    assert _of(report, "drop_column")["drop_column"].rows == ROWS // 4


def test_a_lock_is_held_to_the_end_of_its_transaction(report: SafetyReport) -> None:
    lock = _lock(report, "then_slow", "t_then_slow")
    assert lock is not None
    assert lock.statement == 1
    assert lock.held_ms > 0
    finding = _of(report, "then_slow")["blocks_reads"]
    assert finding.statement == 1


@pytest.fixture
def extra(opened: Session, paths: Paths, make_project: Callable[..., Path]) -> Callable[..., SafetyReport]:
    """A function that reports on one more revision, on the same database."""

    def made(
        up: str, *, session: Session = opened, ctx: TaskContext = CTX, statements: Any = (), layout: str = "plain"
    ) -> SafetyReport:
        project = find_project(make_project([Rev("extra", None, up)], layout=layout))
        plan = MigrationPlan("heads", Direction.UP, (Step("extra", Direction.UP, statements=tuple(statements)),))
        return safety_report(session, project, paths, plan, ctx)

    return made


def test_partitions_are_told_of_as_their_table(extra: Callable[..., SafetyReport]) -> None:
    found = extra(_do("ALTER TABLE parted ADD COLUMN x timestamptz DEFAULT clock_timestamp()", "DROP TABLE parted_2"))
    told = {(each.code, str(each.relation), each.rows, each.danger) for each in found.findings if each.relation}
    assert told == {
        ("blocks_reads", "parted", ROWS, DANGER),
        ("rewrite", "parted", ROWS, DANGER),
        ("drop_table", "parted_2", ROWS // 2, DANGER),
    }


def test_production_is_rehearsed_without_rows_elsewhere_and_sees_the_same(
    url: str, extra: Callable[..., SafetyReport]
) -> None:
    session = Session.open(replace(profile_of(url), environment=Environment.PRODUCTION), None, CTX)
    up = _do(
        "ALTER TABLE t_to_bigint ALTER COLUMN n TYPE bigint",
        "ALTER TABLE t_foreign_key ADD FOREIGN KEY (other) REFERENCES other (id)",
        "ALTER TABLE t_not_null ALTER COLUMN n SET NOT NULL",
        "CREATE INDEX ON t_index (n)",
    )
    try:
        found = extra(up, session=session)
    finally:
        session.close()
    assert found.copy == "schema"
    codes = {
        (each.code, each.statement, each.danger)
        for each in found.findings
        if each.relation != RelationName("public", "other")
    }
    assert codes == {
        ("rewrite", 1, DANGER),
        ("blocks_reads", 1, DANGER),
        ("constraint_checked", 2, DANGER),
        ("blocks_writes", 2, DANGER),
        ("not_null_checked", 3, DANGER),
        ("blocks_reads", 3, DANGER),
        ("not_concurrent", 4, DANGER),
    }


@pytest.mark.parametrize("layout", ["async", "one_transaction", "toml"])
def test_other_layouts_are_seen_through_too(layout: str, extra: Callable[..., SafetyReport]) -> None:
    found = extra(_do("SET lock_timeout = 1", "ALTER TABLE t_to_bigint ALTER COLUMN n TYPE bigint"), layout=layout)
    assert (found.copy, found.reason, found.words) == ("template", "", "")
    assert {each.code for each in found.findings} == {"blocks_reads", "rewrite"}
    assert [lock.mode for _, lock in found.locks] == [EXCLUSIVE]


def test_a_lock_timeout_of_the_projects_own_is_seen(extra: Callable[..., SafetyReport]) -> None:
    alter = "ALTER TABLE t_add_column ADD COLUMN x int"
    assert "no_lock_timeout" in {each.code for each in extra(_do(alter)).findings}
    found = extra(_do("SET lock_timeout = '3s'", alter))
    assert {each.code for each in found.findings} == {"blocks_reads"}


def test_small_tables_are_no_danger(sql_on: Callable[[str], None], extra: Callable[..., SafetyReport]) -> None:
    sql_on("CREATE TABLE small AS SELECT i AS n FROM generate_series(1, 50) i")
    try:
        found = extra(_do("ALTER TABLE small ALTER COLUMN n TYPE bigint", "CREATE INDEX ON small (n)"))
        counted = {(each.code, each.rows) for each in found.findings if each.relation}
        assert counted == {("rewrite", 50), ("blocks_reads", 50)}
        assert found.worst is NOTE
        sql_on("INSERT INTO small SELECT i FROM generate_series(1, 30000) i")
        found = extra(_do("ALTER TABLE small ALTER COLUMN n TYPE bigint"))
        assert found.worst is CAUTION
        assert all(20_000 < (each.rows or 0) < 50_000 for each in found.findings if each.relation)
    finally:
        sql_on("DROP TABLE small")


def test_a_failure_is_found_and_where(extra: Callable[..., SafetyReport], opened: Session) -> None:
    found = extra(_do("ALTER TABLE other ADD COLUMN x int", "ALTER TABLE t_index ADD CONSTRAINT c CHECK (n > 50)"))
    (failure,) = [each for each in found.findings if each.code == "fails"]
    assert (failure.danger, failure.revision, failure.statement) == (DANGER, "extra", 2)
    assert "is violated by some row" in failure.words
    assert ("blocks_reads", 1) in {(each.code, each.statement) for each in found.findings}
    found = extra("raise ValueError('no rows')")
    (failure,) = [each for each in found.findings if each.code == "fails"]
    assert "no rows" in failure.words
    with opened.read(CTX) as connection:
        assert connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar() is None, "the real one"


def test_without_a_copy_the_statements_are_read(
    extra: Callable[..., SafetyReport], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session.open(replace(profile_of(url), environment=Environment.PRODUCTION), None, CTX)
    session.server = replace(session.server, version_num=2_000_000)  # no pg_dump is new enough
    given = [
        Statement(1, "DELETE FROM t_delete"),
        Statement(2, "CREATE INDEX CONCURRENTLY i ON t_index (n)", in_transaction=False),
        Statement(3, "DROP TABLE IF EXISTS public.t_drop_table CASCADE"),
        Statement(
            4, "ALTER TABLE t_drop_column ALTER COLUMN n TYPE text USING f(n, 1), DROP sparse, DROP CONSTRAINT c"
        ),
        Statement(5, "TRUNCATE t_truncate"),
    ]
    try:
        found = extra("pass", session=session, statements=given)
    finally:
        session.close()
    assert (found.copy, found.reason, found.words) == ("none", "tool", "pg_dump")
    assert {(each.code, each.statement, each.rows) for each in found.findings} == {
        ("delete_all", 1, ROWS),
        ("not_in_transaction", 2, None),
        ("drop_table", 3, ROWS),
        ("drop_column", 4, ROWS // 4),
        ("type_change", 4, ROWS),
        ("truncate", 5, ROWS),
    }


def test_a_cancel_leaves_nothing(extra: Callable[..., SafetyReport], opened: Session) -> None:
    token = CancelToken()

    def hear(progress: Progress) -> None:
        if progress.step == "migration.rehearsing":
            token.cancel()

    with pytest.raises(Cancelled):
        extra(_do("SELECT pg_sleep(60)"), ctx=TaskContext(token, hear))
    with opened.read(CTX) as connection:
        left = connection.exec_driver_sql("SELECT datname FROM pg_database").scalars()
        assert not [name for name in left if name.startswith(f"{PREFIX}{os.getpid()}_")]


def test_an_empty_plan_needs_no_copy(opened: Session, paths: Paths, make_project: Callable[..., Path]) -> None:
    project = find_project(make_project([Rev("a", None, "pass")]))
    found = safety_report(opened, project, paths, MigrationPlan("heads", Direction.UP, ()), CTX)
    assert (found.findings, found.copy, found.reason) == ((), "none", "empty")


def test_what_is_made_anew_is_no_danger(session: Session, paths: Paths) -> None:
    service = MigrationService(session, bundled(), paths)
    found = service.safety(service.plan(CTX), CTX)
    assert found.copy != "none"
    assert found.findings == ()


def test_what_is_dropped_needs_no_further_word(extra: Callable[..., SafetyReport]) -> None:
    found = extra(_do("ALTER TABLE t_unique ADD COLUMN x int", "DROP TABLE t_unique"))
    assert [each.code for each in found.findings if each.relation] == ["drop_table"]


def test_squawks_findings_are_among_them(
    extra: Callable[..., SafetyReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("squawk") is None:
        _stand_in(tmp_path / "squawk")
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = extra(_do("SELECT 1", "-- two\nCREATE INDEX i ON t_index (n) -- end"))
    assert found.used_squawk
    squawked = {(each.rule, each.statement) for each in found.findings if each.code == "squawk"}
    assert ("require-concurrent-index-creation", 2) in squawked
    assert not {rule for rule, _ in squawked} & {"require-lock-timeout"}
    assert all(each.words for each in found.findings if each.code == "squawk")


def test_a_squawk_that_fails_is_left_out(
    extra: Callable[..., SafetyReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "squawk").write_text("#!/bin/sh\necho broken\nexit 2\n")
    (tmp_path / "squawk").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = extra(_do("SELECT 1"))
    assert not found.used_squawk
    assert not found.findings


def _stand_in(path: Path) -> None:
    """Write a program that says what squawk 2 says of the test's statements."""
    findings = [
        {"file": "stdin", "line": 3, "column": 0, "level": "Warning", "message": "Updates are blocked.",
         "help": "Use `concurrently`.", "rule_name": "require-concurrent-index-creation"},
        {"file": "stdin", "line": 3, "column": 0, "level": "Warning", "message": "Missing", "help": None,
         "rule_name": "require-lock-timeout"},
    ]  # fmt: skip
    path.write_text(f"#!{sys.executable}\nimport sys\nsys.stdin.read()\nprint({json.dumps(findings)!r})\nsys.exit(1)\n")
    path.chmod(0o755)
