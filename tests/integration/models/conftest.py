"""Databases of the platform's schema: migrated once, cloned for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

import models.seeds
from alembic import command
from tests.integration.models.platform_database import config_for, engine_for, no_report


@pytest.fixture(scope="session")
def migrated_template(make_database: Callable[..., str]) -> str:
    """The name of a database at the newest revision; for cloning only."""
    url = make_database()
    command.upgrade(config_for(url), "head")
    return str(make_url(url).database)


@pytest.fixture
def migrated(make_database: Callable[..., str], migrated_template: str) -> Iterator[sa.Engine]:
    """An engine on a fresh database at the newest revision."""
    engine = engine_for(make_database(migrated_template))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def _common(make_database: Callable[..., str], migrated_template: str) -> Iterator[sa.Engine]:
    engine = engine_for(make_database(migrated_template))
    yield engine
    engine.dispose()


@pytest.fixture
def rolled_back(_common: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to a database at the newest revision; whatever the test does is undone."""
    with _common.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture(scope="session")
def seeded_template(make_database: Callable[..., str], migrated_template: str) -> str:
    """The name of a database with the demo of scale 1; for cloning only."""
    url = make_database(migrated_template)
    with engine_for(url).begin() as connection:
        models.seeds.demo(connection, 1, no_report)
    return str(make_url(url).database)


@pytest.fixture
def seeded(make_database: Callable[..., str], seeded_template: str) -> Iterator[sa.Engine]:
    """An engine on a fresh database with the demo of scale 1."""
    engine = engine_for(make_database(seeded_template))
    yield engine
    engine.dispose()
