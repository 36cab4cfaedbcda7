"""Seeds through the service: once, twice, refused, cancelled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from nexus_studio.core.effects import Kind
from nexus_studio.core.errors import ForbiddenHere, SeedRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
from nexus_studio.services.migrations.upgrade import upgrade
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def migrated(session: Session) -> Session:
    upgrade(session, TaskContext.for_test())
    return session


@pytest.fixture
def opened(profile: ConnectionProfile) -> Iterator[Callable[..., Session]]:
    """A function that opens a session on the test's database with another profile."""
    made: list[Session] = []

    def make(**changes: Any) -> Session:
        made.append(Session.open(replace(profile, **changes), None, TaskContext.for_test()))
        return made[-1]

    yield make
    for session in made:
        session.close()


def test_the_demo_is_on_offer(migrated: Session) -> None:
    seeds = {seed.name: seed for seed in SeedService(migrated).available()}
    assert seeds["demo"].idempotent
    assert Environment.DEMO in seeds["demo"].environments
    assert Environment.PRODUCTION not in seeds["demo"].environments


def test_a_second_run_changes_nothing(migrated: Session, sql: Sql) -> None:
    told: list[Progress] = []
    service = SeedService(migrated)
    effects, added = service.run("demo", 1, TaskContext(on_progress=told.append))
    assert effects.touches(Kind.ROWS, RelationName("public", "users"))
    assert sql("SELECT count(*) FROM users") == [(added["users"],)]
    assert told[-1].done == told[-1].total
    assert told[-1].unit == "rows"
    again, nothing = service.run("demo", 1, TaskContext.for_test())
    assert (again.kinds, sum(nothing.values())) == (Kind.NOTHING, 0)


def test_a_cancel_leaves_nothing(migrated: Session, sql: Sql) -> None:
    def stop(progress: Progress) -> None:
        if progress.done > 100:
            ctx.token.cancel()

    ctx = TaskContext(on_progress=stop)
    with pytest.raises(Cancelled):
        SeedService(migrated).run("demo", 1, ctx)
    assert sql("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM courses)") == [(0, 0)]


def test_what_is_refused(migrated: Session, opened: Callable[..., Session], sql: Sql) -> None:
    ctx = TaskContext.for_test()
    refused = [("nothing", 1, migrated, "seed.unknown"), ("demo", 0, migrated, "seed.scale")]
    refused.append(("demo", 1, opened(environment=Environment.PRODUCTION), "seed.environment"))
    for name, scale, session, code in refused:
        with pytest.raises(SeedRefused) as caught:
            SeedService(session).run(name, scale, ctx)
        assert caught.value.code == code
    with pytest.raises(ForbiddenHere):
        SeedService(opened(read_only=True)).run("demo", 1, ctx)
    assert sql("SELECT count(*) FROM users") == [(0,)]
