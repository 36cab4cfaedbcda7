"""The test of what is pending: up, down, up on a throwaway copy, and what each leg may find."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.safety import TestPhase, TestReport
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.migrations.project import bundled, find_project
from nexus_studio.services.migrations.running import RunRequest, run_on
from nexus_studio.services.migrations.scratch import PREFIX
from nexus_studio.services.migrations.trying import try_pending
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_projects import Rev

CTX = TaskContext.for_test()
A = Rev("a1", None, 'op.execute("CREATE TABLE a (id int)")', 'op.execute("DROP TABLE a")')
B = Rev("b1", "a1", 'op.add_column("a", sa.Column("word", sa.Text))', 'op.drop_column("a", "word")')
MODELS = """
    import sqlalchemy as sa

    metadata = sa.MetaData()
    sa.Table("a", metadata, sa.Column("id", sa.Integer), sa.Column("word", sa.Text))
"""
ALL_LEGS = ["up", "down", "schema", "up again", "models"]
Try = Callable[..., TestReport]


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Paths:
    return Paths.below(server_room / "scratch-home")


@pytest.fixture
def tried(session: Session, paths: Paths, make_project: Callable[..., Path], pg_url: str) -> Try:
    """A function that writes a project, brings the database to `applied` and tries the rest."""

    def go(revisions: list[Rev], *, applied: tuple[str, ...] = (), ctx: TaskContext = CTX, **layout: Any) -> TestReport:
        project = find_project(make_project(revisions, **layout))
        for revision in applied:
            outcome = run_on(project, session.profile, None, RunRequest(revision), lambda _event: None, CTX)
            assert outcome.failed is None
        try:
            return try_pending(session, project, paths, ctx)
        finally:
            with psycopg.connect(pg_url, autocommit=True) as connection:
                row = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
                if row != (None,):
                    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
                    assert {name for (name,) in rows} == set(applied), "the database itself was not touched"

    return go


def _legs(report: TestReport) -> list[str]:
    return [each.name for each in report.phases]


def _leg(report: TestReport, name: str) -> TestPhase:
    return next(each for each in report.phases if each.name == name)


def test_all_legs_pass_on_an_empty_database(tried: Try) -> None:
    report = tried([A, B], models=MODELS)
    assert _legs(report) == ALL_LEGS
    assert report.passed, report
    assert report.where == "server"
    assert all(each.ms > 0 for each in report.phases)


def test_only_what_is_pending_is_tried(tried: Try) -> None:
    once = replace(A, down_code="raise ValueError('not below where it was')")
    report = tried([once, B], applied=("a1",), models=MODELS)
    assert _legs(report) == ALL_LEGS
    assert report.passed, report


def test_nothing_pending_has_no_legs(tried: Try) -> None:
    assert tried([A, B], applied=("b1",)).phases == ()


def test_a_project_without_models_says_so(tried: Try) -> None:
    report = tried([A])
    assert _legs(report)[-1] == "no_models"
    assert report.passed


def test_a_failure_on_the_way_up_is_told_with_its_words(tried: Try) -> None:
    report = tried([A, replace(B, up='op.execute("CREATE TABLE a (id int)")')])
    assert _legs(report) == ["up"]
    leg = _leg(report, "up")
    assert (leg.passed, leg.revision) == (False, "b1")
    assert 'relation "a" already exists' in leg.words
    assert not report.passed


def test_a_failure_by_rows_is_found_where_they_can_be_copied(tried: Try, pg_url: str, session: Session) -> None:
    unique = Rev("b1", "a1", 'op.create_unique_constraint("u", "a", ["id"])', 'op.drop_constraint("u", "a")')
    filled = replace(A, up=A.up + '\nop.execute("INSERT INTO a VALUES (1), (1)")')
    report = tried([filled, unique], applied=("a1",))
    assert _legs(report) == ["up"]
    assert "could not create unique index" in _leg(report, "up").words


def test_a_way_down_that_is_missing_is_told(tried: Try) -> None:
    report = tried([A, replace(B, down_code="raise NotImplementedError('no way back')")], models=MODELS)
    assert _legs(report) == ["up", "down"]
    leg = _leg(report, "down")
    assert (leg.passed, leg.revision) == (False, "b1")
    assert "no way back" in leg.words


def test_a_way_down_that_leaves_something_is_told(tried: Try) -> None:
    lazy = replace(B, up=B.up + '\nop.create_index("i", "a", ["word"])', down_code='op.drop_index("i")')
    report = tried([A, lazy], applied=("a1",))
    assert _legs(report)[:3] == ["up", "down", "schema"]
    leg = _leg(report, "schema")
    assert not leg.passed
    assert "column public.a.word" in leg.words
    again = _leg(report, "up again")
    assert not again.passed
    assert "already exists" in again.words


def test_models_that_differ_are_told(tried: Try) -> None:
    report = tried([A], models=MODELS)
    assert _legs(report) == ALL_LEGS
    leg = _leg(report, "models")
    assert not leg.passed
    assert "word" in leg.words


def test_two_heads_that_a_merge_joins_go_down_to_both(tried: Try) -> None:
    other = Rev("c1", "a1", 'op.execute("CREATE TABLE c (id int)")', 'op.execute("DROP TABLE c")')
    merge = Rev("m1", ("b1", "c1"), "pass")
    last = Rev("z1", "m1", 'op.execute("CREATE TABLE z (id int)")', 'op.execute("DROP TABLE z")')
    report = tried([A, B, other, merge, last], applied=("b1", "c1"))
    assert _legs(report) == ["up", "down", "schema", "up again", "no_models"]
    assert report.passed, report


def test_the_bundled_project_passes(session: Session, paths: Paths) -> None:
    report = try_pending(session, bundled(), paths, CTX)
    assert _legs(report) == ALL_LEGS
    assert report.passed, report


def test_productions_copy_is_elsewhere(
    profile: ConnectionProfile, paths: Paths, make_project: Callable[..., Path], sql: Callable[..., Any]
) -> None:
    sql("CREATE TABLE a (id int)")
    session = Session.open(replace(profile, environment=Environment.PRODUCTION), None, CTX)
    try:
        report = try_pending(session, find_project(make_project([replace(B, down=None)])), paths, CTX)
    finally:
        session.close()
    assert report.where == "embedded"
    assert report.passed, report


def test_a_cancel_leaves_nothing(tried: Try, sql: Callable[..., Any]) -> None:
    token = CancelToken()

    def hear(progress: Progress) -> None:
        if progress.step == "migration.testing":
            token.cancel()

    with pytest.raises(Cancelled):
        tried([replace(A, up='op.execute("SELECT pg_sleep(60)")')], ctx=TaskContext(token, hear))
    left = [name for (name,) in sql("SELECT datname FROM pg_database") if name.startswith(f"{PREFIX}{os.getpid()}_")]
    assert left == []
