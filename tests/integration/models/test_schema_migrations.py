"""The migrations build what the models say, and take all of it back."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import models
from alembic import command
from models.drift import differences
from tests.integration.models.platform_database import ROOT, config_for, engine_for

LEFT_OVERS = sa.text(
    """
    SELECT relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relname NOT IN ('alembic_version', 'alembic_version_pkc')
       AND relname !~ '^_nexus_migrations'
    UNION ALL
    SELECT typname FROM pg_type
     WHERE typnamespace = 'public'::regnamespace AND typname NOT IN ('alembic_version', '_alembic_version')
       AND typname !~ '^_*nexus_migrations'
    UNION ALL
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT nspname FROM pg_namespace WHERE nspname NOT IN ('public', 'information_schema') AND nspname !~ '^pg_'
    """
)


def left_overs(url: str) -> list[str]:
    with engine_for(url).connect() as connection:
        return list(connection.scalars(LEFT_OVERS))


def test_after_the_upgrade_nothing_differs(migrated: sa.Engine) -> None:
    command.check(config_for(migrated.url.render_as_string(hide_password=False)))
    with migrated.connect() as connection:
        assert differences(connection) == []


def test_the_downgrade_leaves_an_empty_schema(pg_url: str) -> None:
    config = config_for(pg_url)
    for _ in range(2):
        command.upgrade(config, "head")
        assert len(left_overs(pg_url)) > 100
        command.downgrade(config, "base")
        assert left_overs(pg_url) == []


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_the_environment_names_the_database_as_prisma_does(
    pg_url: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = pg_url.partition("://")[2]
    mark = "&" if "?" in address else "?"
    extra = "schema=public&connection_limit=5&pool_timeout=2&pgbouncer=true&application_name=migrations"
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://{address}{mark}{extra}")
    command.upgrade(config_for(), "head")
    assert "users" in left_overs(pg_url)


def test_without_a_database_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(SystemExit, match="DATABASE_URL"):
        command.upgrade(config_for(), "head")


def test_a_connection_handed_over_keeps_its_transaction(pg_url: str) -> None:
    config = config_for()
    with engine_for(pg_url).connect() as connection:
        transaction = connection.begin()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        assert not connection.closed
        assert connection.scalar(sa.text("SELECT to_regclass('users') IS NOT NULL"))
        transaction.rollback()
    assert left_overs(pg_url) == []


def test_a_connection_handed_over_without_a_transaction_is_committed(pg_url: str) -> None:
    config = config_for()
    with engine_for(pg_url).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    assert "users" in left_overs(pg_url)


def test_the_sql_written_offline_builds_the_same(pg_url: str) -> None:
    written = io.StringIO()
    config = config_for()
    config.output_buffer = written
    command.upgrade(config, "head", sql=True)
    with engine_for(pg_url).connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.autocommit = True
        driver.execute(written.getvalue().encode())
    with engine_for(pg_url).connect() as connection:
        assert differences(connection) == []


def test_partitions_and_own_records_are_nothing_to_autogenerate(migrated: sa.Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(sa.text("CREATE TABLE nexus_studio_ledger (id int PRIMARY KEY)"))
        connection.execute(
            sa.text(
                "CREATE TABLE audit_2030 PARTITION OF audit_events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')"
            )
        )
    command.check(config_for(migrated.url.render_as_string(hide_password=False)))
    with migrated.connect() as connection:
        assert differences(connection) == []


def test_autogenerate_sees_planted_differences(empty: sa.Connection) -> None:
    before = compare_metadata(MigrationContext.configure(empty), models.metadata)
    plants = (
        "ALTER TABLE courses ADD COLUMN planted int",
        "COMMENT ON TABLE users IS NULL",
        "COMMENT ON COLUMN payments.amount IS 'planted'",
        'DROP INDEX "ix_payments_userId"',
        "ALTER TABLE courses ALTER COLUMN level DROP NOT NULL",
    )
    for plant in plants:
        empty.execute(sa.text(plant))
    after = compare_metadata(MigrationContext.configure(empty), models.metadata)
    assert len(after) == len(before) + len(plants)


def test_there_is_one_line_of_revisions_and_no_package_that_hides_alembic() -> None:
    assert len(ScriptDirectory.from_config(config_for()).get_heads()) == 1
    assert not list((ROOT / "alembic").rglob("__init__.py"))
