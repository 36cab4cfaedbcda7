"""What would run, with its SQL: in order, step by step, and whatever one step can't say the others still do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.project import AlembicProject, bundled, find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_projects import Rev, env_source

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()

BLOCK = """
    op.create_table("a", sa.Column("id", sa.Integer))
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY a_id ON a (id)")
    op.bulk_insert(sa.table("a", sa.column("id", sa.Integer)), [{"id": 7}])
    op.execute("SELECT '50%; done'")
"""
READING = """
    op.execute("CREATE TABLE b (id int)")
    for (name,) in op.get_bind().execute(sa.text("SELECT relname FROM pg_class")):
        op.execute("SELECT 1")
"""
REVISIONS = [
    Rev("a1", None, BLOCK, 'op.drop_table("a")', message="First"),
    Rev("b1", "a1", READING),
    Rev("c1", "b1", "raise ValueError('no')"),
    Rev("d1", "c1", 'op.execute("CREATE TABLE d (id int)")'),
]


@pytest.fixture
def service(session: Session, tmp_path: Path) -> Callable[[AlembicProject], MigrationService]:
    return lambda project: MigrationService(session, project, Paths.below(tmp_path / "home"))


def test_each_step_with_its_statements(
    service: Callable[..., MigrationService], make_project: Callable[..., Path], sql: Sql
) -> None:
    plan = service(find_project(make_project(REVISIONS))).plan(CTX)
    assert [each.revision for each in plan.steps] == ["a1", "b1", "c1", "d1"]
    first, reading, failing, last = plan.steps
    assert (first.message, first.reason) == ("First", "")
    assert [each.sql for each in first.statements] == [
        "CREATE TABLE a (\n    id INTEGER\n)",
        "CREATE INDEX CONCURRENTLY a_id ON a (id)",
        "INSERT INTO a (id) VALUES (7)",
        "SELECT '50%; done'",
    ]
    assert [each.in_transaction for each in first.statements] == [True, False, True, True]
    assert (reading.reason, [each.sql for each in reading.statements]) == (
        "reads_database",
        ["CREATE TABLE b (id int)"],
    )
    assert failing.reason == "failed"
    assert "ValueError: no" in failing.words
    assert "c1_change_c1.py:19" in failing.words
    assert (last.reason, last.sql) == ("", "CREATE TABLE d (id int);")
    assert sql("SELECT to_regclass('alembic_version')") == [(None,)]


def test_from_where_the_database_stands(
    service: Callable[..., MigrationService], make_project: Callable[..., Path], sql: Sql
) -> None:
    made = service(find_project(make_project(REVISIONS, layout="toml")))
    sql("CREATE TABLE alembic_version (version_num varchar(32))")
    sql("INSERT INTO alembic_version VALUES ('b1')")
    assert [each.revision for each in made.plan(CTX).steps] == ["c1", "d1"]
    assert [each.revision for each in made.plan(CTX, "+1").steps] == ["c1"]
    down = made.plan(CTX, "base", Direction.DOWN)
    assert [(each.revision, each.direction) for each in down.steps] == [("b1", Direction.DOWN), ("a1", Direction.DOWN)]
    assert down.steps[1].sql == "DROP TABLE a;"
    with pytest.raises(MigrationBlocked) as caught:
        made.plan(CTX, "zzz")
    assert (caught.value.code, caught.value.facts["target"]) == ("migration.target_unknown", "zzz")


def test_one_revision_up_and_down(service: Callable[..., MigrationService], make_project: Callable[..., Path]) -> None:
    made = service(find_project(make_project([*REVISIONS, Rev("m1", ("d1", "x1"), "pass"), Rev("x1", None, "pass")])))
    up, down = made.steps_of("a1", CTX)
    assert (up.direction, len(up.statements)) == (Direction.UP, 4)
    assert (down.direction, down.sql) == (Direction.DOWN, "DROP TABLE a;")
    assert made.steps_of("m1", CTX)[0].statements == ()
    with pytest.raises(MigrationBlocked) as caught:
        made.steps_of("zzz", CTX)
    assert caught.value.code == "migration.unknown"


def test_an_environment_that_cannot_be_loaded_hides_nothing(
    service: Callable[..., MigrationService], make_project: Callable[..., Path]
) -> None:
    for env in (
        "import nothing_of_this_name\n",
        env_source().replace("    run_offline()", "    raise SystemExit('no')"),
    ):
        plan = service(find_project(make_project(REVISIONS, env=env))).plan(CTX)
        assert {each.reason for each in plan.steps} == {"environment"}
        assert all(each.words for each in plan.steps)
        assert plan.steps[3].sql == "CREATE TABLE d (id int);"


def test_the_bundled_project(service: Callable[..., MigrationService]) -> None:
    plan = service(bundled()).plan(CTX)
    assert plan.steps
    assert all(each.statements and each.reason == "" for each in plan.steps)
