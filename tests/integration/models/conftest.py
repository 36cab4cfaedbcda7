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


@pytest.fixture(scope="session")
def migrated_once(make_database: Callable[..., str], migrated_template: str) -> Iterator[sa.Engine]:
    """An engine on one database for all tests that leave it as it was."""
    engine = engine_for(make_database(migrated_template))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _seeded_once(make_database: Callable[..., str], migrated_template: str) -> Iterator[sa.Engine]:
    engine = engine_for(make_database(migrated_template))
    with engine.begin() as connection:
        models.seeds.demo(connection, 1, no_report)
    yield engine
    engine.dispose()


@pytest.fixture
def empty(migrated_once: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to a database at the newest revision; whatever the test does is undone."""
    with migrated_once.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def seeded(_seeded_once: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to a database with the demo of scale 1; whatever the test does is undone."""
    with _seeded_once.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()
