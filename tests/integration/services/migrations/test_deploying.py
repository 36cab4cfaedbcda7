"""Deploy, downgrade and stamp on a real server: what happens, what the ledger tells of it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ForbiddenHere, MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.migrations.ledgerchanges import new_run
from nexus_studio.services.migrations.lock import migration_lock
from nexus_studio.services.migrations.project import AlembicProject, find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_projects import Rev, env_source, write_revision
from tests.support.ways_to_fail import BASE, LAST, WAYS_TO_FAIL, Sql, Stage, WayToFail

GOOD = [BASE, Rev("b1", "a1", 'op.execute("CREATE TABLE b (id int)")', 'op.execute("DROP TABLE b")'), LAST]


@pytest.fixture
def stage(
    session: Session,
    profile: ConnectionProfile,
    pg_url: str,
    sql: Sql,
    make_project: Callable[..., Path],
    tmp_path: Path,
) -> Callable[..., Stage]:
    def make(revisions: list[Rev], **more: Any) -> Stage:
        return Stage(session, profile, pg_url, make_project(revisions, **more), tmp_path / "home", sql)

    return make


def relations(sql: Sql) -> tuple[str, ...]:
    rows = sql("SELECT relname::text FROM pg_class WHERE relname IN ('b', 'b_x', 'b_y') ORDER BY 1")
    return tuple(name for (name,) in rows)


@pytest.mark.parametrize("way", WAYS_TO_FAIL, ids=lambda way: way.name)
def test_the_ledger_tells_how_it_failed(way: WayToFail, stage: Callable[..., Stage], sql: Sql) -> None:
    scene = stage(way.revisions)
    result = way.provoke(scene)
    status = scene.service.status(TaskContext())
    report = status.report("b1")
    assert report is not None
    assert report.state.value == way.state
    assert status.standing is MigrationStanding.FAILED
    entry = report.problem
    assert entry is not None
    assert (entry.error.sqlstate if entry.error else "") == way.sqlstate
    assert (entry.failed_number, entry.applied_steps_count) == (way.number, way.committed)
    assert relations(sql) == way.there
    assert [each.state for each in status.revisions] == [RevisionState.APPLIED, report.state, RevisionState.PENDING]
    assert status.current == ("a1",)
    if result is not None:
        assert result.failed is not None
        assert (result.failed.id, result.cancelled) == (entry.id, way.cancelled)
        assert "a1" in result.done or way.name == "lock_timeout"
        assert scene.events[-1].kind == "failed"
    with pytest.raises(MigrationBlocked) as caught:
        scene.deploy()
    assert (caught.value.code, caught.value.facts["revision"]) == ("migration.unresolved", "b1")
    assert relations(sql) == way.there


def test_a_python_error_is_told_with_its_place(stage: Callable[..., Stage]) -> None:
    scene = stage([Rev("a1", None, 'raise ValueError("no")')])
    failed = scene.deploy().failed
    assert failed is not None
    assert failed.error is not None
    assert failed.error.message == "ValueError: no"
    assert failed.error.detail.endswith("a1_change_a1.py:19")


def test_a_good_run_is_recorded_and_told(stage: Callable[..., Stage]) -> None:
    scene = stage(GOOD)
    told: list[Progress] = []
    effects: Effects
    result, effects = scene.service.deploy(
        TaskContext(on_progress=told.append), listener=scene.events.append, ledger=LedgerPlace.DATABASE
    )
    assert (result.done, result.failed, result.cancelled) == (("a1", "b1", "c1"), None, False)
    assert effects.touches(Kind.CATALOG | Kind.LEDGER)
    assert [each.kind for each in scene.events][:6] == [
        "revision",
        *["statement", "statement_done"] * 2,
        "revision_done",
    ]
    assert (told[0].done, told[-1].done, told[-1].total) == (0, 3, 3)
    status = scene.service.status(TaskContext())
    assert status.standing is MigrationStanding.UP_TO_DATE
    rows = [each.last for each in status.revisions]
    assert [(row.statements, row.applied_steps_count) for row in rows if row] == [(2, 2), (1, 1), (1, 1)]
    assert all(row and row.finished_at and row.backend_pid and row.duration_ms is not None for row in rows)
    again, nothing = scene.service.deploy(TaskContext())
    assert (again.done, nothing.touches(Kind.CATALOG)) == ((), False)


def test_down_and_up_again(stage: Callable[..., Stage], sql: Sql) -> None:
    scene = stage(GOOD)
    scene.deploy()
    result, effects = scene.service.downgrade(TaskContext(), "-1")
    assert (result.done, effects.touches(Kind.CATALOG)) == (("c1",), True)
    result, _ = scene.service.downgrade(TaskContext(), "base")
    assert result.done == ("b1", "a1")
    status = scene.service.status(TaskContext())
    assert {each.state for each in status.revisions} == {RevisionState.ROLLED_BACK}
    assert status.revisions[0].entries[-1].direction is Direction.DOWN
    assert sql("SELECT to_regclass('a'), to_regclass('b')") == [(None, None)]
    assert scene.deploy().done == ("a1", "b1", "c1")


def test_a_target_stops_the_run(stage: Callable[..., Stage]) -> None:
    scene = stage(GOOD)
    assert scene.deploy(target="b1").done == ("a1", "b1")
    assert scene.deploy(target="+1").done == ("c1",)
    with pytest.raises(MigrationBlocked) as caught:
        scene.deploy(target="zzz")
    assert (caught.value.code, caught.value.facts["target"]) == ("migration.target_unknown", "zzz")


def test_branches_merges_and_dependencies(stage: Callable[..., Stage], sql: Sql) -> None:
    def made(name: str) -> str:
        return f'op.execute("CREATE TABLE {name} (id int)")'

    scene = stage(
        [
            Rev("a1", None, made("a"), labels=("core",), place="core"),
            Rev("x1", None, made("x"), labels=("extra",), place="extra", depends_on=("a1",)),
            Rev("b1", "a1", made("b"), place="core"),
            Rev("b2", "a1", made("b2"), place="core"),
            Rev("m1", ("b1", "b2"), "pass", place="core"),
            Rev("m2", ("m1", "x1"), made("m"), place="extra"),
        ],
        layout="locations",
    )
    assert set(scene.deploy(target="heads").done) == {"a1", "x1", "b1", "b2", "m1", "m2"}
    assert sql("SELECT version_num FROM alembic_version") == [("m2",)]
    assert scene.service.status(TaskContext()).standing is MigrationStanding.UP_TO_DATE
    scene.service.downgrade(TaskContext(), "x1")
    assert scene.service.status(TaskContext()).standing is MigrationStanding.BEHIND


def test_an_environment_with_one_transaction_around_all(stage: Callable[..., Stage], sql: Sql) -> None:
    env = env_source().replace("with engine.connect()", "with engine.begin()")
    scene = stage([*GOOD[:2], Rev("c1", "b1", 'op.execute("SELECT 1/0")')], env=env)
    result = scene.deploy()
    assert result.done == ()
    assert result.failed is not None
    assert result.failed.migration_name == "c1"
    assert sql("SELECT to_regclass('a'), to_regclass('b')") == [(None, None)]
    states = [each.state for each in scene.service.status(TaskContext()).revisions]
    assert states == [RevisionState.FAILED] * 3


def test_an_environment_with_one_transaction_that_goes_well(stage: Callable[..., Stage]) -> None:
    scene = stage(GOOD, env=env_source().replace("with engine.connect()", "with engine.begin()"))
    assert scene.deploy().done == ("a1", "b1", "c1")
    assert scene.service.status(TaskContext()).standing is MigrationStanding.UP_TO_DATE


def test_an_environment_that_forgets_to_commit(stage: Callable[..., Stage]) -> None:
    env = env_source().replace(
        "with engine.connect() as connection:",
        "with engine.connect() as connection:\n        connection.exec_driver_sql('SELECT 1')",
    )
    scene = stage(GOOD, env=env)
    result = scene.deploy()
    assert result.done == ()
    states = [each.state for each in scene.service.status(TaskContext()).revisions]
    assert states == [RevisionState.FAILED] * 3


def test_stamp_sets_the_table_and_says_so(stage: Callable[..., Stage], sql: Sql) -> None:
    scene = stage(GOOD)
    scene.deploy(target="a1")
    assert scene.service.stamp(TaskContext(), "heads").touches(Kind.LEDGER)
    assert sql("SELECT version_num FROM alembic_version") == [("c1",)]
    status = scene.service.status(TaskContext())
    assert [each.state for each in status.revisions] == [RevisionState.APPLIED, *[RevisionState.BASELINE] * 2]
    scene.service.stamp(TaskContext(), "a1")
    status = scene.service.status(TaskContext())
    assert [each.state for each in status.revisions] == [RevisionState.APPLIED, *[RevisionState.ROLLED_BACK] * 2]
    last = status.revisions[2].last
    assert last is not None
    assert (last.deed, last.direction) == (Deed.STAMPED, Direction.DOWN)
    assert not scene.service.stamp(TaskContext(), "a1").touches(Kind.LEDGER)
    with pytest.raises(MigrationBlocked) as caught:
        scene.service.stamp(TaskContext(), "zzz")
    assert caught.value.code == "migration.target_unknown"


def test_a_stamp_leaves_other_branches(stage: Callable[..., Stage], sql: Sql) -> None:
    scene = stage([BASE, Rev("b1", "a1", "pass"), Rev("b2", "a1", "pass"), Rev("m1", ("b1", "b2"), "pass")])
    scene.deploy()
    scene.service.stamp(TaskContext(), "b1")
    assert sorted(sql("SELECT version_num FROM alembic_version")) == [("b1",), ("b2",)]


def test_what_is_refused(stage: Callable[..., Stage], sql: Sql, session: Session) -> None:
    scene = stage(GOOD)

    def refused(**more: Any) -> str:
        with pytest.raises(MigrationBlocked) as caught:
            scene.service.deploy(TaskContext(), **more)
        return caught.value.code

    assert refused() == "migration.ledger_unasked"
    with migration_lock(session, TaskContext(), new_run()):
        assert refused(ledger=LedgerPlace.DATABASE) == "migration.locked"
    sql("CREATE TABLE mine (id int)")
    assert refused(ledger=LedgerPlace.DATABASE) == "migration.not_managed"
    sql("DROP TABLE mine")
    scene.deploy(target="a1")
    sql("UPDATE alembic_version SET version_num = 'feedfacecafe'")
    assert refused() == "migration.ahead"
    sql("DELETE FROM alembic_version")
    assert refused() == "migration.versions_lost"
    sql("INSERT INTO alembic_version VALUES ('a1')")
    project = scene.service.project
    assert isinstance(project, AlembicProject)
    folder = project.version_locations[0]
    path = write_revision(folder, Rev("d1", "c1", "this is no python"))
    assert refused() == "migration.project_broken"
    path.unlink()
    assert scene.deploy().done == ("b1", "c1")


def test_a_read_only_profile_may_not(stage: Callable[..., Stage], profile: ConnectionProfile) -> None:
    scene = stage(GOOD)
    reading = Session.open(replace(profile, read_only=True), None, TaskContext())
    service = MigrationService(reading, find_project(scene.folder), Paths.below(scene.home))
    for call in (
        lambda: service.deploy(TaskContext(), ledger=LedgerPlace.DATABASE),
        lambda: service.downgrade(TaskContext(), "base"),
        lambda: service.stamp(TaskContext(), "heads"),
    ):
        with pytest.raises(ForbiddenHere):
            call()
    reading.close()


def test_without_a_ledger_in_the_database_it_is_kept_here(stage: Callable[..., Stage], sql: Sql) -> None:
    scene = stage(GOOD)
    result, _ = scene.service.deploy(TaskContext(), ledger=LedgerPlace.LOCAL)
    assert result.done == ("a1", "b1", "c1")
    assert sql("SELECT to_regclass('_nexus_migrations')") == [(None,)]
    status = scene.service.status(TaskContext())
    assert (status.ledger, status.standing) == (LedgerPlace.LOCAL, MigrationStanding.UP_TO_DATE)
    assert {each.state for each in status.revisions} == {RevisionState.APPLIED}


def test_no_right_to_make_the_version_table(stage: Callable[..., Stage], sql: Sql) -> None:
    scene = stage(GOOD)
    sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    sql("DROP ROLE IF EXISTS nxs_reader")
    sql("CREATE ROLE nxs_reader")
    try:
        poor = Session.open(replace(scene.profile, role="nxs_reader"), None, TaskContext())
        service = MigrationService(poor, find_project(scene.folder), Paths.below(scene.home))
        with pytest.raises(Exception, match=r"permission\.denied"):
            service.deploy(TaskContext(), ledger=LedgerPlace.LOCAL)
        poor.close()
    finally:
        sql("DROP ROLE nxs_reader")
