"""Where a database stands, on a real server: every state that files, version table, ledger and lock can make."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, RevisionState
from nexus_studio.core.admin.standing import lost_rows
from nexus_studio.core.errors import ConnectionLost, MigrationBlocked, PermissionDenied
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.migrations.lock import migration_lock
from nexus_studio.services.migrations.project import AlembicProject, find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.migrations.status import read_status
from nexus_studio.services.migrations.versions import read_versions, write_versions
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_projects import Rev
from tests.support.waiting import until

Sql = Callable[..., list[tuple[Any, ...]]]
Look = Callable[..., MigrationStatus]

CHAIN = (
    Rev("a1", None, 'op.execute("CREATE TABLE a (id int)")', 'op.execute("DROP TABLE a")'),
    Rev("b2", "a1", 'op.execute("CREATE TABLE b (id int)")', 'op.execute("DROP TABLE b")'),
    Rev("c3", "b2", 'op.execute("CREATE TABLE c (id int)")', 'op.execute("DROP TABLE c")'),
)


@pytest.fixture
def folder(make_project: Callable[..., Path]) -> Path:
    return make_project(CHAIN)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def look(session: Session, folder: Path, paths: Paths) -> Look:
    """A function that reads the status of the test's database."""

    def looked(of: Session = session) -> MigrationStatus:
        return read_status(of, find_project(folder), paths, TaskContext.for_test())

    return looked


@pytest.fixture
def service(session: Session, folder: Path, paths: Paths) -> MigrationService:
    return MigrationService(session, find_project(folder), paths)


def deploy(service: MigrationService, target: str = "heads") -> None:
    result, _ = service.deploy(TaskContext.for_test(), target, ledger=LedgerPlace.DATABASE)
    assert result.failed is None


def states(found: MigrationStatus) -> list[tuple[str, RevisionState]]:
    return [(each.revision, each.state) for each in found.revisions]


def version(sql: Sql, *revisions: str) -> None:
    """Make Alembic's table, with these rows."""
    sql("CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) PRIMARY KEY)")
    sql("TRUNCATE alembic_version")
    for each in revisions:
        sql("INSERT INTO alembic_version VALUES (%s)", each)


def test_from_nothing_to_up_to_date(look: Look, service: MigrationService) -> None:
    before = look()
    assert (before.standing, before.has_version_table, before.ledger) == (
        MigrationStanding.NONE,
        False,
        LedgerPlace.NOWHERE,
    )
    assert [each.revision for each in before.pending] == ["a1", "b2", "c3"]
    deploy(service, "b2")
    behind = look()
    assert (behind.standing, behind.current, behind.ledger) == (
        MigrationStanding.BEHIND,
        ("b2",),
        LedgerPlace.DATABASE,
    )
    assert states(behind) == [
        ("a1", RevisionState.APPLIED),
        ("b2", RevisionState.APPLIED),
        ("c3", RevisionState.PENDING),
    ]
    deploy(service)
    after = look()
    assert (after.standing, after.heads, after.pending) == (MigrationStanding.UP_TO_DATE, ("c3",), ())
    last = after.revisions[2].last
    assert last is not None
    assert last.duration_ms is not None
    assert last.who


def test_what_alembic_did_alone_was_done_outside(look: Look, sql: Sql) -> None:
    version(sql, "b2")
    found = look()
    assert (found.standing, found.ledger) == (MigrationStanding.BEHIND, LedgerPlace.NOWHERE)
    assert [state for _, state in states(found)] == [
        RevisionState.APPLIED_OUTSIDE,
        RevisionState.APPLIED_OUTSIDE,
        RevisionState.PENDING,
    ]


def test_an_edited_file_and_one_with_other_line_ends(look: Look, service: MigrationService, folder: Path) -> None:
    deploy(service)
    first, second = (look().revisions[place].file for place in (0, 1))
    assert first is not None
    assert second is not None
    first.path.write_bytes(first.path.read_bytes().replace(b"\n", b"\r\n"))
    second.path.write_text(second.path.read_text() + "\n# edited\n")
    found = look()
    assert [state for _, state in states(found)] == [
        RevisionState.APPLIED,
        RevisionState.EDITED,
        RevisionState.APPLIED,
    ]
    assert found.standing is MigrationStanding.UP_TO_DATE


@pytest.mark.parametrize("statement", ["DROP TABLE alembic_version", "DELETE FROM alembic_version"])
def test_a_version_table_deleted_by_hand(look: Look, service: MigrationService, sql: Sql, statement: str) -> None:
    deploy(service, "b2")
    sql(statement)
    found = look()
    assert found.standing is MigrationStanding.VERSIONS_LOST
    assert found.has_version_table is statement.startswith("DELETE")
    assert lost_rows(found) == ("b2",)
    assert [state.value for _, state in states(found)] == ["applied", "applied", "pending"]


def test_a_database_ahead_of_the_folder(look: Look, service: MigrationService, folder: Path) -> None:
    deploy(service)
    file = look().revisions[2].file
    assert file is not None
    file.path.unlink()
    found = look()
    assert found.standing is MigrationStanding.AHEAD
    assert [(each.revision, each.state.value, each.file is None) for each in found.revisions] == [
        ("c3", "not_in_folder", True),
        ("a1", "applied", False),
        ("b2", "applied", False),
    ]


def test_a_failed_revision_waits(look: Look, make_project: Callable[..., Path], session: Session, paths: Paths) -> None:
    folder = make_project([CHAIN[0], Rev("b2", "a1", 'op.execute("SELECT 1/0")')])
    service = MigrationService(session, find_project(folder), paths)
    ctx = TaskContext.for_test()
    result, _ = service.deploy(ctx, ledger=LedgerPlace.DATABASE)
    assert result.failed is not None
    found = service.status(ctx)
    assert (found.standing, found.current) == (MigrationStanding.FAILED, ("a1",))
    problem = found.unresolved[0].problem
    assert problem is not None
    assert problem.error is not None
    assert (problem.error.sqlstate, problem.failed_number) == ("22012", 1)
    assert "1/0" in problem.failed_statement


def test_open_rows_live_and_die(look: Look, service: MigrationService, sql: Sql, pg_url: str) -> None:
    """A row without an end is running as long as its process lives, and interrupted from then on."""
    deploy(service, "a1")
    run = "0123456789ab"
    with psycopg.connect(pg_url, application_name=f"nexus-studio migrate {run}") as runner:
        row = ("x", "b2", run, runner.info.backend_pid)
        columns = "id, migration_name, run, backend_pid, checksum"
        sql(f"INSERT INTO _nexus_migrations ({columns}) VALUES (%s, %s, %s, %s, '')", *row)
        runner.execute("SELECT 1")  # in a transaction: at work, and not idle
        found = look()
        assert (found.standing, found.revisions[1].state) == (MigrationStanding.RUNNING, RevisionState.RUNNING)
    until(lambda: not sql("SELECT FROM pg_stat_activity WHERE pid = %s", row[3]))
    found = look()
    assert (found.standing, found.revisions[1].state) == (MigrationStanding.FAILED, RevisionState.INTERRUPTED)


def test_whoever_holds_the_lock_is_named(look: Look, session: Session, service: MigrationService) -> None:
    deploy(service)
    with migration_lock(session, TaskContext.for_test(), "feedfacefeed"):
        found = look()
    assert found.standing is MigrationStanding.RUNNING
    assert found.holder is not None
    assert found.holder.pid
    assert found.holder.application.endswith("feedfacefeed")
    assert look().holder is None


def test_databases_of_others(look: Look, sql: Sql) -> None:
    sql("CREATE TABLE mine (a int)")
    assert look().standing is MigrationStanding.NOT_MANAGED
    sql("CREATE TABLE _prisma_migrations (id text)")
    assert look().standing is MigrationStanding.PRISMA
    version(sql, "c3")
    assert look().standing is MigrationStanding.UP_TO_DATE


def test_relations_of_extensions_are_nobodys(look: Look, sql: Sql) -> None:
    available = {name for (name,) in sql("SELECT name FROM pg_available_extensions")}
    if "pg_stat_statements" not in available:
        pytest.skip("no extension with a view at hand")
    sql("CREATE EXTENSION pg_stat_statements")
    assert look().standing is MigrationStanding.NONE


def test_a_broken_file_is_named_and_everything_else_works(look: Look, folder: Path, sql: Sql) -> None:
    version(sql, "b2")
    file = look().revisions[1].file
    assert file is not None
    file.path.write_text(file.path.read_text() + "\n\ndef oops(:\n")
    (folder / "alembic" / "versions" / "zz_notes.py").write_text("import nowhere_to_be_found\n")
    found = look()
    assert [(each.code, each.path, bool(each.line)) for each in found.graph.problems] == [
        ("syntax", file.path, True),
        ("no_revision", folder / "alembic" / "versions" / "zz_notes.py", False),
    ]
    assert [name for name, _ in states(found)] == ["a1", "b2", "c3"]
    assert (found.standing, [each.revision for each in found.pending]) == (MigrationStanding.BEHIND, ["c3"])


def test_a_cycle_a_missing_parent_and_one_id_twice(
    make_project: Callable[..., Path], session: Session, paths: Paths
) -> None:
    folder = make_project(
        [
            Rev("a1", None, ""),
            Rev("x1", "x2", ""),
            Rev("x2", "x1", ""),
            Rev("m1", "gone", ""),
            Rev("a1", None, "", message="Another a1"),
        ]
    )
    found = read_status(session, find_project(folder), paths, TaskContext.for_test())
    assert {each.code for each in found.graph.problems} == {"cycle", "missing_parent", "duplicate"}
    assert {each.revision for each in found.revisions} == {"a1", "m1", "x1", "x2"}


def test_two_heads(make_project: Callable[..., Path], session: Session, paths: Paths) -> None:
    folder = make_project([*CHAIN, Rev("d4", "b2", "")])
    found = read_status(session, find_project(folder), paths, TaskContext.for_test())
    assert (found.standing, found.heads) == (MigrationStanding.DIVERGED, ("c3", "d4"))


def test_branches_in_several_locations_are_no_divergence(
    make_project: Callable[..., Path], session: Session, paths: Paths
) -> None:
    folder = make_project(
        [
            Rev("s1", None, "", labels=("shop",), place="shop"),
            Rev("s2", "s1", "", place="shop"),
            Rev("b1", None, "", labels=("blog",), place="blog"),
            Rev("b2", "b1", "", depends_on=("s1",), place="blog"),
        ],
        layout="locations",
    )
    service = MigrationService(session, find_project(folder), paths)
    ctx = TaskContext.for_test()
    assert service.status(ctx).standing is MigrationStanding.NONE
    deploy(service)
    found = service.status(ctx)
    assert (found.standing, found.heads, found.current) == (MigrationStanding.UP_TO_DATE, ("b2", "s2"), ("b2", "s2"))


def test_a_merge_is_one_head_again(make_project: Callable[..., Path], session: Session, paths: Paths) -> None:
    folder = make_project([*CHAIN, Rev("d4", "b2", ""), Rev("m5", ("c3", "d4"), "")])
    service = MigrationService(session, find_project(folder), paths)
    deploy(service, "d4")
    found = service.status(TaskContext.for_test())
    assert (found.standing, found.current) == (MigrationStanding.BEHIND, ("d4",))
    assert [each.revision for each in found.pending] == ["c3", "m5"]


def test_a_version_table_in_a_schema_of_its_own(
    make_project: Callable[..., Path], session: Session, paths: Paths, sql: Sql
) -> None:
    folder = make_project(CHAIN)
    env = folder / "alembic" / "env.py"
    env.write_text(env.read_text() + '\nHOW = {"version_table": "versions", "version_table_schema": "ops"}\n')
    sql(
        "CREATE SCHEMA ops; CREATE TABLE ops.versions (version_num varchar(32)); INSERT INTO ops.versions VALUES ('c3')"
    )
    ctx = TaskContext.for_test()
    assert read_status(session, find_project(folder), paths, ctx).standing is MigrationStanding.UP_TO_DATE
    env.write_text(env.read_text().replace('"ops"', "os.environ['X']").replace('"versions"', '"versions"'))
    project = find_project(folder)
    assert not project.knows_version_table
    assert read_status(session, project, paths, ctx).standing is MigrationStanding.UP_TO_DATE
    sql("CREATE SCHEMA other; CREATE TABLE other.versions (version_num varchar(32))")  # which one, nobody can tell
    assert not read_status(session, project, paths, ctx).has_version_table


@pytest.fixture
def visitor(profile: ConnectionProfile, sql: Sql) -> Iterator[Session]:
    """A session of a role that may connect and read, and make nothing."""
    role = f"visitor_{profile.database}"
    sql(f"CREATE ROLE {role} LOGIN")
    sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    opened = Session.open(replace(profile, role=role), None, TaskContext.for_test())
    yield opened
    opened.close()
    sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_without_right_to_make_the_ledger(look: Look, visitor: Session, folder: Path, paths: Paths, sql: Sql) -> None:
    version(sql, "b2")
    sql(f"GRANT SELECT ON alembic_version TO {visitor.profile.role}")
    found = look(visitor)
    assert (found.standing, found.ledger) == (MigrationStanding.BEHIND, LedgerPlace.NOWHERE)
    ours = replace(find_project(folder), is_bundled=True)
    there = read_status(visitor, ours, paths, TaskContext.for_test())
    assert (there.ledger, there.ledger_refusal) == (LedgerPlace.LOCAL, "permission")


def test_without_right_to_read_the_ledger(look: Look, visitor: Session, service: MigrationService, sql: Sql) -> None:
    deploy(service)
    sql(f"GRANT SELECT ON alembic_version TO {visitor.profile.role}")
    found = look(visitor)
    assert (found.standing, found.current) == (MigrationStanding.UP_TO_DATE, ("c3",))
    assert all(each.state is RevisionState.APPLIED_OUTSIDE for each in found.revisions)


def test_without_right_to_read_the_versions(look: Look, visitor: Session, sql: Sql) -> None:
    version(sql, "b2")
    with pytest.raises(PermissionDenied):
        look(visitor)


def test_a_read_only_session_looks_too(look: Look, profile: ConnectionProfile, service: MigrationService) -> None:
    deploy(service, "b2")
    reading = Session.open(replace(profile, read_only=True), None, TaskContext.for_test())
    try:
        assert look(reading).standing is MigrationStanding.BEHIND
    finally:
        reading.close()
    with pytest.raises(ConnectionLost):
        look(reading)


def test_it_can_be_cancelled(session: Session, folder: Path, paths: Paths) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        read_status(session, find_project(folder), paths, TaskContext(token))


def test_nothing_of_the_project_is_imported(look: Look, folder: Path) -> None:
    """Not its revisions, not its env.py, not what they would import."""
    mark = folder / "was_imported"
    code = f"import pathlib\npathlib.Path({str(mark)!r}).touch()\nraise SystemExit('imported')\n"
    (folder / "alembic" / "env.py").write_text(code)
    (folder / "project_models.py").write_text(code)
    for file in (folder / "alembic" / "versions").glob("*.py"):
        file.write_text(f"{code}import project_models\n{file.read_text()}")
    before = set(sys.modules)
    assert [name for name, _ in states(look())] == ["a1", "b2", "c3"]
    assert not mark.exists()
    assert not {name for name in set(sys.modules) - before if "project_models" in name}


def test_two_thousand_revisions(make_project: Callable[..., Path], session: Session, paths: Paths, sql: Sql) -> None:
    folder = make_project([Rev(f"r{n:04}", f"r{n - 1:04}" if n else None, "") for n in range(2000)])
    version(sql, "r1499")
    found = read_status(session, find_project(folder), paths, TaskContext.for_test())
    assert (found.standing, len(found.revisions), len(found.pending)) == (MigrationStanding.BEHIND, 2000, 500)


def test_versions_are_written_as_alembic_writes_them(session: Session, folder: Path, sql: Sql) -> None:
    project = find_project(folder)
    ctx = TaskContext.for_test()

    def write(before: tuple[str, ...], after: tuple[str, ...]) -> None:
        with session.write(ctx) as connection:
            write_versions(connection, project, before, after)

    write((), ("a1",))
    assert sql("SELECT conname FROM pg_constraint WHERE conrelid = 'alembic_version'::regclass AND contype = 'p'") == [
        ("alembic_version_pkc",)
    ]
    write(("a1",), ("b2", "x"))
    with session.read(ctx) as connection:
        assert read_versions(connection, project).current == ("b2", "x")
    with pytest.raises(MigrationBlocked) as caught:
        write(("a1",), ("c3",))
    assert (caught.value.code, caught.value.facts["revisions"]) == ("migration.version_moved", ("b2", "x"))
    write(("b2", "x"), ())
    assert sql("SELECT count(*) FROM alembic_version") == [(0,)]


def test_a_broken_configuration_is_told_by_every_call(
    session: Session, folder: Path, paths: Paths, make_project: Callable[..., Path]
) -> None:
    def source() -> AlembicProject:
        return find_project(folder)

    service = MigrationService(session, source, paths)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location\n")
    with pytest.raises(MigrationBlocked) as caught:
        service.status(TaskContext.for_test())
    assert caught.value.code == "migration.project_broken"
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
    assert service.status(TaskContext.for_test()).standing is MigrationStanding.NONE


def test_back_at_the_base_nothing_is_lost(look: Look, service: MigrationService, sql: Sql) -> None:
    """An empty version table that the ledger accounts for is no lost one, whatever else the database holds."""
    ctx = TaskContext.for_test()
    deploy(service, "b2")
    sql("CREATE TABLE mine (a int)")
    service.stamp(ctx, "base")
    assert look().standing is MigrationStanding.NONE
    service.stamp(ctx, "b2")
    stamped = look()
    assert (stamped.standing, stamped.current) == (MigrationStanding.BEHIND, ("b2",))
    service.downgrade(ctx, "base")
    back = look()
    assert (back.standing, [each.revision for each in back.pending]) == (MigrationStanding.NONE, ["a1", "b2", "c3"])
