"""Where a database stands among the bundled project's migrations, and bringing it up to date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.effects import Kind
from nexus_studio.core.errors import ForbiddenHere, MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
from nexus_studio.services.bundled_project import project_folder, script_directory
from nexus_studio.services.migrations.status import migration_state
from nexus_studio.services.migrations.upgrade import upgrade
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]


def test_the_project_is_found() -> None:
    assert (project_folder() / "versions").is_dir()
    assert len(script_directory().get_heads()) == 1


def test_from_nothing_to_up_to_date(session: Session, sql: Sql) -> None:
    ctx = TaskContext.for_test()
    before = migration_state(session, ctx)
    heads = tuple(script_directory().get_heads())
    assert before.standing is MigrationStanding.NONE
    assert (before.current, before.heads) == ((), heads)
    assert before.pending
    effects = upgrade(session, ctx)
    assert effects.touches(Kind.CATALOG)
    after = migration_state(session, ctx)
    assert (after.standing, after.current, after.pending) == (MigrationStanding.UP_TO_DATE, heads, 0)
    assert sql("SELECT count(*) FROM users") == [(0,)]
    assert not upgrade(session, ctx).touches(Kind.CATALOG)
    sql("DELETE FROM alembic_version")
    assert migration_state(session, ctx).standing is MigrationStanding.VERSIONS_LOST
    sql("DROP TABLE _nexus_migrations")
    assert migration_state(session, ctx).standing is MigrationStanding.NOT_MANAGED
    sql("INSERT INTO alembic_version VALUES ('feedfacecafe')")
    foreign = migration_state(session, ctx)
    assert (foreign.standing, foreign.current) == (MigrationStanding.AHEAD, ("feedfacecafe",))
    assert foreign.pending is None


def test_databases_of_others_are_left_alone(session: Session, sql: Sql) -> None:
    ctx = TaskContext.for_test()
    sql("CREATE TABLE mine (a int)")
    assert migration_state(session, ctx).standing is MigrationStanding.NOT_MANAGED
    with pytest.raises(MigrationBlocked) as caught:
        upgrade(session, ctx)
    assert caught.value.code == "migration.not_managed"
    sql("CREATE TABLE _prisma_migrations (id text)")
    assert migration_state(session, ctx).standing is MigrationStanding.PRISMA
    with pytest.raises(MigrationBlocked) as caught:
        upgrade(session, ctx)
    assert caught.value.code == "migration.prisma"
    assert sql("SELECT to_regclass('users')") == [(None,)]


def test_a_cancel_applies_nothing(session: Session, sql: Sql) -> None:
    ctx = TaskContext(on_progress=lambda _: ctx.token.cancel())
    with pytest.raises(Cancelled):
        upgrade(session, ctx)
    assert sql("SELECT to_regclass('users')") == [(None,)]
    assert sql("SELECT count(*) FROM _nexus_migrations WHERE rolled_back_at IS NULL") == [(0,)]
    assert upgrade(session, TaskContext()).touches(Kind.CATALOG)  # nothing waits for a decision


def test_progress_and_the_guard(profile: ConnectionProfile, session: Session) -> None:
    told: list[Progress] = []
    upgrade(session, TaskContext(on_progress=told.append))
    assert (told[0].done, told[-1].done == told[-1].total) == (0, True)
    reading = Session.open(replace(profile, read_only=True), None, TaskContext.for_test())
    with pytest.raises(ForbiddenHere):
        upgrade(reading, TaskContext.for_test())
    assert migration_state(reading, TaskContext.for_test()).standing is MigrationStanding.UP_TO_DATE
    reading.close()
