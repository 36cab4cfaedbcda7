"""Ways out of a failed revision: afterwards the database is as if it had never failed, and the ledger tells of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.cli_migrate_output import event_said
from nexus_studio.core.admin.evidence import Facts, Presence, Way
from nexus_studio.core.admin.ledgerentries import Deed, Direction
from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState, RunEvent
from nexus_studio.core.errors import MigrationBlocked, StudioError
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations import replaying
from nexus_studio.services.migrations.catalogfacts import read_facts
from nexus_studio.services.migrations.ledgerchanges import application_name, new_run
from nexus_studio.services.migrations.lock import migration_lock
from nexus_studio.services.migrations.scratch import PREFIX
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_projects import Rev, handed_env_source, write_revision
from tests.support.ways_to_fail import BASE, LAST, WAYS_TO_FAIL, Sql, Stage, WayToFail

CTX = TaskContext.for_test()
BY_NAME = {way.name: way for way in WAYS_TO_FAIL}
RIGHT = {
    "syntax": Way.RUN_AGAIN,
    "constraint": Way.RUN_AGAIN,
    "autocommit_block": Way.CLEAN_UP,
    "lock_timeout": Way.RETRY,
    "cancel_in_statement": Way.RETRY,
    "cancel_between": Way.RETRY,
    "cut": Way.RETRY,
    "killed": Way.RETRY,
    "killed_in_block": Way.MARK_APPLIED,
    "python": Way.RUN_AGAIN,
}


@pytest.fixture
def stage(
    session: Session,
    profile: ConnectionProfile,
    pg_url: str,
    sql: Sql,
    make_project: Callable[..., Path],
    tmp_path: Path,
) -> Callable[..., Stage]:
    def make(revisions: list[Rev]) -> Stage:
        folder = make_project(revisions, env=handed_env_source())
        return Stage(session, profile, pg_url, folder, tmp_path / "home", sql, in_process=True)

    return make


@pytest.fixture
def untroubled(
    make_database: Callable[..., str], make_project: Callable[..., Path], tmp_path: Path
) -> Callable[[WayToFail], Facts]:
    """A function that returns the facts of a database on which a way's cured project never failed."""

    def apply(way: WayToFail) -> Facts:
        url = make_database()
        folder = make_project(way.cured_revisions, env=handed_env_source())
        with closing(Session.open(profile_of(url), None, CTX)) as opened:
            clean = Stage(opened, opened.profile, url, folder, tmp_path / "clean", _nothing, in_process=True)
            clean.deploy(target="a1")
            if way.remedy:
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute(way.remedy.encode())
            assert clean.deploy().done == ("b1", "c1")
            return facts_of(opened)

    return apply


def _nothing(_statement: str, *_parameters: Any) -> list[tuple[Any, ...]]:
    return []


def facts_of(session: Session) -> Facts:
    with session.read(CTX) as connection:
        return read_facts(connection)


def cure(way: WayToFail, scene: Stage) -> None:
    """Take the reason away: correct the file, or the rows."""
    if way.cured:
        write_revision(scene.folder / "alembic" / "versions", way.cured_revisions[1], 1)
    if way.remedy:
        scene.sql(way.remedy)


def remembered(scene: Stage, revision: str = "b1") -> list[tuple[Deed, bool, bool]]:
    """The ledger's rows of a revision, oldest first: what, whether it finished, whether it was taken back."""
    report = scene.service.status(CTX).report(revision)
    assert report is not None
    return [(each.deed, each.finished_at is not None, each.rolled_back_at is not None) for each in report.entries]


def assert_healed(scene: Stage, expected: Facts) -> None:
    assert scene.deploy().failed is None
    status = scene.service.status(CTX)
    assert status.standing is MigrationStanding.UP_TO_DATE
    assert {each.state for each in status.revisions} == {RevisionState.APPLIED}
    assert facts_of(scene.session) == expected


@pytest.mark.parametrize("way", WAYS_TO_FAIL, ids=lambda way: way.name)
def test_the_recommended_way_heals(
    way: WayToFail, stage: Callable[..., Stage], untroubled: Callable[[WayToFail], Facts]
) -> None:
    scene = stage(way.revisions)
    way.provoke(scene)
    cure(way, scene)
    evidence = scene.service.evidence("b1", CTX)
    assert (evidence.source, evidence.reason, evidence.recommended) == ("scratch", "", RIGHT[way.name])
    result, effects = scene.service.resolve("b1", RIGHT[way.name], CTX)
    assert (result.failed, bool(effects.kinds)) == (None, True)
    first, *_, last = remembered(scene)
    assert first == (Deed.RUN, False, True)
    assert last == (Deed.MARKED_APPLIED if RIGHT[way.name] is Way.MARK_APPLIED else Deed.RUN, True, False)
    assert_healed(scene, untroubled(way))


@pytest.fixture
def half_done(stage: Callable[..., Stage]) -> Stage:
    """A table, its index, and an invalid index on another table; the reason is gone."""
    way = BY_NAME["autocommit_block"]
    scene = stage(way.revisions)
    way.provoke(scene)
    cure(way, scene)
    return scene


def test_the_evidence_names_what_is_there(half_done: Stage) -> None:
    evidence = half_done.service.evidence("b1", CTX)
    assert [each.presence for each in evidence.findings] == [Presence.PRESENT, Presence.PRESENT, Presence.HALF_DONE]
    assert [each.committed for each in evidence.findings] == [True, True, False]
    ways = {each.way: each for each in evidence.ways}
    clean_up, finish = ways[Way.CLEAN_UP], ways[Way.FINISH]
    assert clean_up.sql == (
        'DROP INDEX CONCURRENTLY "public"."b_y"',
        'DROP TABLE "public"."b"',
    )
    assert finish.sql[0] == clean_up.sql[0]
    assert len(finish.sql) == 2
    assert ways[Way.MARK_APPLIED].warnings == (("differs", "index a.b_y"),)
    assert set(ways[Way.RUN_AGAIN].warnings) == {("left_over", "table b"), ("left_over", "index a.b_y")}


def test_finish_runs_only_the_rest(half_done: Stage, untroubled: Callable[[WayToFail], Facts]) -> None:
    half_done.sql("INSERT INTO b VALUES (1)")
    heard: list[RunEvent] = []
    result, _effects = half_done.service.resolve("b1", Way.FINISH, CTX, listener=heard.append)
    assert result.done == ("b1",)
    sent = [each.statement for each in heard if each.kind == "statement" and each.statement]
    assert [each.is_left_out for each in sent] == [True, True, False]
    said = [event_said(each) for each in heard if each.kind == "statement"]
    assert ["is there already: " in each for each in said] == [True, True, False]
    assert half_done.sql("SELECT id FROM b") == [(1,)]
    assert remembered(half_done) == [(Deed.RUN, False, True), (Deed.CLEANED_UP, False, True), (Deed.RUN, True, False)]
    assert_healed(half_done, untroubled(BY_NAME["autocommit_block"]))


def test_clean_up_says_which_rows_go(half_done: Stage) -> None:
    half_done.sql("INSERT INTO b VALUES (1)")
    way = half_done.service.evidence("b1", CTX).way(Way.CLEAN_UP)
    assert way is not None
    assert way.warnings == (("rows_lost", "table b"),)


def test_running_it_again_against_the_evidence_fails_and_is_recorded(half_done: Stage) -> None:
    result, _effects = half_done.service.resolve("b1", Way.RUN_AGAIN, CTX)
    assert result.failed is not None
    assert result.failed.error is not None
    assert result.failed.error.sqlstate == "42P07"
    assert [each[0] for each in remembered(half_done)] == [Deed.RUN, Deed.MARKED_ROLLED_BACK, Deed.RUN]
    assert half_done.service.status(CTX).standing is MigrationStanding.FAILED


def test_marking_it_applied_against_the_evidence_is_believed(half_done: Stage) -> None:
    half_done.service.resolve("b1", Way.MARK_APPLIED, CTX)
    status = half_done.service.status(CTX)
    assert status.current == ("b1",)
    assert remembered(half_done) == [(Deed.RUN, False, True), (Deed.MARKED_APPLIED, True, False)]
    with pytest.raises(MigrationBlocked) as caught:
        half_done.service.resolve("b1", Way.MARK_APPLIED, CTX)
    assert caught.value.code == "migration.already_applied"


def test_marking_it_rolled_back_runs_nothing(half_done: Stage) -> None:
    half_done.service.resolve("b1", Way.MARK_ROLLED_BACK, CTX)
    status = half_done.service.status(CTX)
    report = status.report("b1")
    assert report is not None
    assert (report.state, status.standing) == (RevisionState.ROLLED_BACK, MigrationStanding.BEHIND)
    assert half_done.sql("SELECT to_regclass('b') IS NOT NULL") == [(True,)]
    with pytest.raises(MigrationBlocked) as caught:
        half_done.service.resolve("b1", Way.MARK_ROLLED_BACK, CTX)
    assert caught.value.code == "migration.not_failed"


def test_a_way_that_is_closed_changes_nothing(stage: Callable[..., Stage]) -> None:
    scene = stage(BY_NAME["constraint"].revisions)
    BY_NAME["constraint"].provoke(scene)
    before = (facts_of(scene.session), remembered(scene))
    for way, obstacle in ((Way.CLEAN_UP, "nothing_there"), (Way.FINISH, "nothing_there")):
        with pytest.raises(MigrationBlocked) as caught:
            scene.service.resolve("b1", way, CTX)
        assert (caught.value.code, caught.value.facts["obstacle"]) == ("migration.way_closed", obstacle)
    assert (facts_of(scene.session), remembered(scene)) == before


def test_a_file_that_can_only_fail_is_not_to_be_run_again(stage: Callable[..., Stage]) -> None:
    scene = stage(BY_NAME["syntax"].revisions)
    scene.deploy()
    evidence = scene.service.evidence("b1", CTX)
    assert evidence.recommended is Way.MARK_ROLLED_BACK
    assert evidence.reason == "migration.replay_fails"
    again = evidence.way(Way.RUN_AGAIN)
    assert again is not None
    assert again.warnings == (("fails_again", "statement 2"),)
    marked = evidence.way(Way.MARK_APPLIED)
    assert marked is not None
    assert ("missing", "table b") in marked.warnings


def test_a_removal_that_stops_in_the_middle_is_recorded_and_stays_undecided(half_done: Stage) -> None:
    half_done.sql("CREATE VIEW in_the_way AS SELECT * FROM b")
    with pytest.raises(StudioError):
        half_done.service.resolve("b1", Way.CLEAN_UP, CTX)
    assert remembered(half_done) == [(Deed.RUN, False, False), (Deed.CLEANED_UP, False, True)]
    report = half_done.service.status(CTX).report("b1")
    assert report is not None
    assert report.state is RevisionState.FAILED
    half_done.sql("DROP VIEW in_the_way")
    evidence = half_done.service.evidence("b1", CTX)
    assert evidence.recommended is Way.CLEAN_UP
    clean_up = evidence.way(Way.CLEAN_UP)
    assert clean_up is not None
    assert clean_up.sql == ('DROP TABLE "public"."b"',)


def test_names_are_known_or_refused(stage: Callable[..., Stage]) -> None:
    scene = stage([BASE, Rev("b1", "a1", "pass"), LAST])
    scene.deploy(target="a1")
    refused = {
        ("nobody", Way.MARK_APPLIED): "migration.unknown",
        ("nobody", Way.MARK_ROLLED_BACK): "migration.unknown",
        ("b1", Way.MARK_ROLLED_BACK): "migration.unknown",  # it was never run
        ("a1", Way.MARK_ROLLED_BACK): "migration.not_failed",
        ("a1", Way.MARK_APPLIED): "migration.already_applied",
        ("b1", Way.RETRY): "migration.not_failed",
        ("c1", Way.MARK_APPLIED): "migration.parents_pending",
    }
    for (name, way), code in refused.items():
        with pytest.raises(MigrationBlocked) as caught:
            scene.service.resolve(name, way, CTX)
        assert caught.value.code == code, (name, way)
    scene.service.resolve("b", Way.MARK_APPLIED, CTX)  # the beginning of an id
    assert scene.service.status(CTX).current == ("b1",)


def test_two_at_once_are_impossible(half_done: Stage) -> None:
    with migration_lock(half_done.session, CTX, new_run()), pytest.raises(MigrationBlocked) as caught:
        half_done.service.resolve("b1", Way.CLEAN_UP, CTX)
    assert caught.value.code == "migration.locked"


def test_a_failed_downgrade_is_resolved_too(stage: Callable[..., Stage]) -> None:
    up = 'op.execute("CREATE TABLE b (id int)")\nop.execute("CREATE INDEX b_x ON b (id)")'
    down = (
        'with op.get_context().autocommit_block():\n    op.execute("DROP INDEX CONCURRENTLY b_x")\n'
        'op.execute("ALTER TABLE a ADD CONSTRAINT a_id UNIQUE (id)")\nop.execute("DROP TABLE b")'
    )
    revisions = [BASE, Rev("b1", "a1", up, down)]
    scene = stage(revisions)
    scene.deploy()
    before = facts_of(scene.session)
    result, _effects = scene.service.downgrade(CTX, "a1")
    assert result.failed is not None
    assert result.failed.direction is Direction.DOWN
    evidence = scene.service.evidence("b1", CTX)
    assert (evidence.reason, evidence.words) == ("", "")
    assert [each.presence for each in evidence.findings] == [Presence.PRESENT, Presence.ABSENT, Presence.ABSENT]
    assert evidence.recommended is Way.CLEAN_UP
    failed, _effects = scene.service.resolve("b1", Way.CLEAN_UP, CTX)
    assert failed.failed is not None  # the twins are still there
    scene.sql("DELETE FROM a WHERE ctid NOT IN (SELECT min(ctid) FROM a GROUP BY id)")
    evidence = scene.service.evidence("b1", CTX)
    assert evidence.recommended is Way.CLEAN_UP
    done, _effects = scene.service.resolve("b1", Way.FINISH, CTX)
    assert done.failed is None
    assert scene.service.status(CTX).current == ("a1",)
    assert facts_of(scene.session) != before


def test_a_failed_downgrade_that_is_taken_back_leaves_the_revision_applied(stage: Callable[..., Stage]) -> None:
    scene = stage([BASE, Rev("b1", "a1", 'op.execute("CREATE TABLE b (id int)")', 'op.execute("DROP TABLE nobody")')])
    scene.deploy()
    scene.service.downgrade(CTX, "a1")
    scene.service.resolve("b1", Way.MARK_ROLLED_BACK, CTX)
    status = scene.service.status(CTX)
    assert (status.standing, status.current) == (MigrationStanding.UP_TO_DATE, ("b1",))
    assert {each.state for each in status.revisions} == {RevisionState.APPLIED}


def test_without_a_replay_only_the_ledger_speaks(stage: Callable[..., Stage]) -> None:
    scene = stage(BY_NAME["constraint"].revisions)
    BY_NAME["constraint"].provoke(scene)
    (scene.folder / "alembic" / "env.py").write_text("raise RuntimeError('not here')")
    evidence = scene.service.evidence("b1", CTX)
    assert (evidence.source, evidence.findings) == ("none", ())
    assert evidence.reason == "migration.project_broken"
    assert evidence.words
    assert evidence.recommended is Way.RUN_AGAIN
    clean_up = evidence.way(Way.CLEAN_UP)
    assert clean_up is not None
    assert clean_up.obstacle == "no_evidence"


def test_a_replay_that_takes_too_long_is_not_called_a_failure(
    stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that waits on the throwaway database is ended there: that is no fault of the migration."""
    monkeypatch.setattr(replaying, "STATEMENT_TIMEOUT_MS", 200)
    long = 'op.execute("SELECT pg_sleep((SELECT 60 FROM pg_database WHERE datname = current_database() AND {}))")'
    is_scratch = long.format(f"datname LIKE '{PREFIX}%%'")
    for revisions, words in (
        ([Rev("a1", None, is_scratch), Rev("b1", "a1", 'op.execute("SELECT 1/0")')], "a1: canceling statement"),
        ([BASE, Rev("b1", "a1", f'{is_scratch}\nop.execute("SELECT 1/0")')], "canceling statement"),
    ):
        scene = stage(revisions)
        assert scene.deploy().failed is not None
        evidence = scene.service.evidence("b1", CTX)
        assert evidence.reason == "migration.replay_slow"
        assert evidence.words.startswith(words)
        scene.sql("DROP TABLE IF EXISTS alembic_version, _nexus_migrations CASCADE")


def test_a_slow_replay_can_be_given_more_time(stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long on an empty database too is compared, and cleaned up, once somebody lets it take its time."""
    monkeypatch.setattr(replaying, "STATEMENT_TIMEOUT_MS", 200)
    long = 'op.execute("SELECT pg_sleep(1)")'
    half = 'with op.get_context().autocommit_block():\n    op.execute("CREATE TABLE half (id int)")'
    scene = stage([BASE, Rev("b1", "a1", f'{half}\n{long}\nop.execute("SELECT 1/0")')])
    assert scene.deploy().failed is not None
    assert scene.service.evidence("b1", CTX).reason == "migration.replay_slow"
    evidence = scene.service.evidence("b1", CTX, replay_timeout_ms=60_000)
    assert evidence.reason == "migration.replay_fails"
    assert len(evidence.findings) == 3
    result, _ = scene.service.resolve("b1", Way.CLEAN_UP, CTX, replay_timeout_ms=60_000)
    assert result.failed is not None, "it divides by zero as before"


def test_a_backend_of_a_run_can_be_ended_and_no_other(stage: Callable[..., Stage]) -> None:
    scene = stage([BASE])
    with psycopg.connect(scene.url, application_name=application_name(new_run())) as lost:
        scene.service.end_backend(lost.info.backend_pid, CTX)
        with pytest.raises(psycopg.OperationalError):
            lost.execute("SELECT 1")
    with psycopg.connect(scene.url) as other:
        with pytest.raises(MigrationBlocked) as caught:
            scene.service.end_backend(other.info.backend_pid, CTX)
        assert caught.value.code == "migration.no_backend"
        assert other.execute("SELECT 1").fetchone() == (1,)
