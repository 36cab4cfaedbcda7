"""What was in the database before a revision that failed: no way out removes it, and Finish goes by what is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.evidence import Way
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.project import find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_projects import Rev

Sql = Callable[..., list[tuple[Any, ...]]]

BASE = Rev("a1", None, 'op.execute("CREATE TABLE a (id int PRIMARY KEY, v int)")')
CONCURRENTLY = """
    with op.get_context().autocommit_block():
        op.execute("CREATE UNIQUE INDEX CONCURRENTLY a_v ON a (v)")
"""


@pytest.fixture
def fail(
    session: Session, make_project: Callable[..., Path], tmp_path: Path, sql: Sql
) -> Callable[..., MigrationService]:
    """A function that deploys BASE, does what it is told by SQL, and deploys a revision b1 that fails."""

    def made(up: str, *before: str) -> MigrationService:
        service = MigrationService(
            session, find_project(make_project([BASE, Rev("b1", "a1", up)])), Paths.below(tmp_path)
        )
        service.deploy(TaskContext(), "a1", ledger=LedgerPlace.DATABASE)
        for statement in before:
            sql(statement)
        result, _ = service.deploy(TaskContext())
        assert result.failed is not None
        return service

    return made


OLDER = ("CREATE TABLE b (id int)", "INSERT INTO b VALUES (7)", "INSERT INTO a VALUES (1, 1)")


def test_a_table_that_was_found_and_not_made_stays(fail: Callable[..., MigrationService], sql: Sql) -> None:
    up = 'op.execute("CREATE TABLE IF NOT EXISTS b (id int)")\nop.execute("INSERT INTO a VALUES (1, 1)")'
    service = fail(up, *OLDER)
    evidence = service.evidence("b1", TaskContext())
    assert evidence.recommended is Way.FINISH
    way = evidence.way(Way.CLEAN_UP)
    assert way is not None
    assert (way.obstacle, way.warnings, way.sql) == ("not_its_own", (("left_over", "table b"),), ())
    with pytest.raises(MigrationBlocked) as caught:
        service.resolve("b1", Way.CLEAN_UP, TaskContext())
    assert caught.value.facts["obstacle"] == "not_its_own"
    sql("DELETE FROM a")
    service.resolve("b1", Way.FINISH, TaskContext())
    assert service.status(TaskContext()).standing is MigrationStanding.UP_TO_DATE
    assert sql("SELECT a.id, b.id FROM a, b") == [(1, 7)]


def test_a_table_of_a_statement_that_never_ran_stays(fail: Callable[..., MigrationService], sql: Sql) -> None:
    up = """
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY a_v ON a (v)")
    op.execute("INSERT INTO a VALUES (1, 1)")
    op.execute("CREATE TABLE b (id int)")
    """
    service = fail(up, *OLDER)
    for way in (Way.CLEAN_UP, Way.FINISH):
        with pytest.raises(MigrationBlocked) as caught:
            service.resolve("b1", way, TaskContext())
        assert caught.value.facts["obstacle"] == "not_its_own"
    assert sql("SELECT id FROM b") == [(7,)]


def test_what_was_perhaps_there_before_and_holds_rows_stays(fail: Callable[..., MigrationService], sql: Sql) -> None:
    up = '\n    op.execute("CREATE TABLE IF NOT EXISTS b (id int)")' + CONCURRENTLY
    service = fail(up, *OLDER, "INSERT INTO a VALUES (2, 1)")
    way = service.evidence("b1", TaskContext()).way(Way.CLEAN_UP)
    assert way is not None
    assert (way.obstacle, way.warnings) == ("not_its_own", (("left_over", "table b"),))


def test_what_an_earlier_run_made_is_the_revisions_own(fail: Callable[..., MigrationService], sql: Sql) -> None:
    """The first run was stopped by rows, the second by what the first had made."""
    service = fail(
        '\n    op.execute("CREATE TABLE b (id int)")' + CONCURRENTLY, *OLDER[2:], "INSERT INTO a VALUES (2, 1)"
    )
    result, _ = service.resolve("b1", Way.RETRY, TaskContext())
    assert result.failed is not None
    assert result.failed.error is not None
    assert result.failed.error.sqlstate == "42P07"
    sql("DELETE FROM a")
    service.resolve("b1", Way.CLEAN_UP, TaskContext())
    assert service.status(TaskContext()).standing is MigrationStanding.UP_TO_DATE


def test_finish_by_code_that_makes_only_what_is_missing(fail: Callable[..., MigrationService], sql: Sql) -> None:
    up = """
    import sqlalchemy as sa
    if not sa.inspect(op.get_bind()).has_table("b"):
        op.execute("CREATE TABLE b (id int)")
    """
    service = fail(up + CONCURRENTLY, "INSERT INTO a VALUES (1, 1), (2, 1)")
    sql("DELETE FROM a")
    service.resolve("b1", Way.FINISH, TaskContext())
    assert service.status(TaskContext()).standing is MigrationStanding.UP_TO_DATE
    assert sql("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('a_v')") == [(True,)]
