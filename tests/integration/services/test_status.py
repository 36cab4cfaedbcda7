"""A database in one look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.errors import ConnectionFailed
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.schema.catalog import RelationKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.status import status

Sql = Callable[..., list[tuple[Any, ...]]]


def test_an_empty_database(profile: ConnectionProfile) -> None:
    found = status(profile, None, TaskContext.for_test())
    assert found.database == profile.database
    assert found.version_num >= 120000
    assert set(found.relations.values()) == {0}
    assert set(found.relations) == set(RelationKind)
    assert found.migrations is not None
    assert found.migrations.standing is MigrationStanding.NONE
    assert (found.read_only, found.standby, found.environment) == (False, False, Environment.DEVELOPMENT)
    assert found.size_bytes > 1_000_000


def test_what_is_in_it_and_may_be_done(profile: ConnectionProfile, sql: Sql) -> None:
    sql("CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE VIEW v AS SELECT 1 AS one")
    found = status(replace(profile, read_only=True, environment=Environment.STAGING), None, TaskContext.for_test())
    assert (found.relations[RelationKind.TABLE], found.relations[RelationKind.VIEW]) == (2, 1)
    assert (found.read_only, found.environment) == (True, Environment.STAGING)
    assert found.migrations is not None
    assert found.migrations.standing is MigrationStanding.NOT_MANAGED


def test_nothing_there(profile: ConnectionProfile) -> None:
    with pytest.raises(ConnectionFailed):
        status(replace(profile, host="127.0.0.1", port=1), None, TaskContext.for_test())
