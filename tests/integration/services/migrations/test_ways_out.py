"""Each way to fail and each way out of it: afterwards all is clean, and the schema is as if it had never failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.evidence import Way
from nexus_studio.core.admin.ledgerentries import Deed
from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.copies import dump_schema
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_projects import handed_env_source, write_project, write_revision
from tests.support.ways_to_fail import WAYS_TO_FAIL, Sql, Stage, WayToFail

# What a person did by hand before saying so.
BY_HAND = {Way.MARK_APPLIED: "rest", Way.MARK_ROLLED_BACK: "undo", Way.RUN_AGAIN: "undo", Way.RETRY: "undo"}
DEEDS = {
    Way.MARK_APPLIED: [Deed.RUN, Deed.MARKED_APPLIED],
    Way.MARK_ROLLED_BACK: [Deed.RUN, Deed.MARKED_ROLLED_BACK, Deed.RUN],
    Way.RUN_AGAIN: [Deed.RUN, Deed.MARKED_ROLLED_BACK, Deed.RUN],
    Way.RETRY: [Deed.RUN, Deed.RUN],
}


@pytest.fixture
def stage(
    session: Session, profile: ConnectionProfile, pg_url: str, sql: Sql, tmp_path: Path
) -> Callable[[WayToFail], Stage]:
    def make(way: WayToFail) -> Stage:
        folder = write_project(tmp_path / "project", way.revisions, env=handed_env_source())
        return Stage(session, profile, pg_url, folder, tmp_path / "home", sql, in_process=True)

    return make


@pytest.fixture(scope="module")
def untroubled(
    make_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[WayToFail], bytes]:
    """A function that returns the schema of a database on which a way's cured project never failed."""
    known: dict[str, bytes] = {}

    def dumped(way: WayToFail) -> bytes:
        if way.name not in known:
            home = tmp_path_factory.mktemp(way.name)
            url = make_database()
            folder = write_project(home / "project", way.cured_revisions, env=handed_env_source())
            with _session(url) as session:
                scene = Stage(session, session.profile, url, folder, home, _nothing, in_process=True)
                scene.deploy(target="a1")
                _remedy(session, way)
                assert scene.deploy().done == ("b1", "c1")
                known[way.name] = dump_schema(session, TaskContext())
        return known[way.name]

    return dumped


@pytest.mark.parametrize("out", list(Way), ids=lambda out: out.value)
@pytest.mark.parametrize("way", WAYS_TO_FAIL, ids=lambda way: way.name)
def test_as_if_it_had_never_failed(
    way: WayToFail, out: Way, stage: Callable[[WayToFail], Stage], untroubled: Callable[[WayToFail], bytes], sql: Sql
) -> None:
    scene = stage(way)
    way.provoke(scene)
    failed = _report(scene).problem
    assert failed is not None
    _remedy(scene.session, way)
    write_revision(scene.folder / "alembic" / "versions", way.cured_revisions[1], 1)
    for statement in getattr(way, BY_HAND[out]) if out in BY_HAND else ():
        sql(statement)
    if out not in BY_HAND and not _is_open(scene, out):
        with pytest.raises(MigrationBlocked) as caught:
            scene.service.resolve("b1", out, TaskContext())
        assert caught.value.code == "migration.way_closed"
        assert _report(scene).state.value == way.state
        return
    result, effects = scene.service.resolve("b1", out, TaskContext())
    assert effects.kinds
    assert result.failed is None
    scene.deploy()
    status = scene.service.status(TaskContext())
    assert status.standing is MigrationStanding.UP_TO_DATE
    assert [each.state for each in status.revisions] == [RevisionState.APPLIED] * 3
    assert dump_schema(scene.session, TaskContext()) == untroubled(way)
    rows = _report(scene).entries
    assert rows[0].id == failed.id
    assert rows[0].rolled_back_at is not None
    assert rows[0].error == failed.error
    assert rows[-1].finished_at is not None
    assert not any(each.is_open for each in rows)
    if out in DEEDS:
        assert [each.deed for each in rows] == DEEDS[out]


def _report(scene: Stage) -> Any:
    report = scene.service.status(TaskContext()).report("b1")
    assert report is not None
    return report


def _is_open(scene: Stage, out: Way) -> bool:
    found = scene.service.evidence("b1", TaskContext()).way(out)
    return found is not None and found.is_possible


def _remedy(session: Session, way: WayToFail) -> None:
    if way.remedy:
        with session.alone(TaskContext()) as driver:
            driver.execute(way.remedy.encode())


@contextmanager
def _session(url: str) -> Iterator[Session]:
    session = Session.open(profile_of(url), None, TaskContext())
    try:
        yield session
    finally:
        session.close()


def _nothing(_statement: str, *_parameters: Any) -> list[tuple[Any, ...]]:
    return []
