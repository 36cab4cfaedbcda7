"""Models reach a database without a file where that is allowed, and a database becomes models."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from nexus_studio.core.effects import Kind
from nexus_studio.core.errors import ForbiddenHere, StudioError
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations import pulling, pushing
from nexus_studio.services.session import Session
from tests.support.authoring import Author
from tests.support.fix_cluster import profile_of

MODELS = """
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, unique=True))
"""


@pytest.fixture
def author(make_project: Callable[..., Path], session: Session) -> Author:
    return Author(make_project([], models=MODELS), session)


def test_push_says_its_sql_first_and_then_does_it(author: Author, sql: Callable[..., Any]) -> None:
    said = author.push(dry_run=True)
    assert said[0].startswith("CREATE TABLE things")
    assert sql("SELECT to_regclass('things') IS NULL") == [(True,)]
    done, effects = pushing.push(author.session, author.project, TaskContext.for_test())
    assert done == said
    assert effects.touches(Kind.CATALOG)
    assert author.push() == ()
    # What can't be done undoes all of it.
    sql("INSERT INTO things (name) VALUES (NULL)")
    author.models(
        MODELS.replace("sa.Text, unique=True", "sa.Text, nullable=False")
        + "sa.Table('more', metadata, sa.Column('id', sa.Integer))"
    )
    with pytest.raises(StudioError) as refused:
        author.push()
    assert refused.value.report is not None
    assert refused.value.report.sqlstate == "23502"
    assert sql("SELECT to_regclass('more') IS NULL, count(*) FROM pg_constraint WHERE conname = 'things_name_key'") == [
        (True, 1)
    ]


@pytest.mark.parametrize("environment", [Environment.STAGING, Environment.PRODUCTION])
def test_push_is_for_inventing_only(author: Author, pg_url: str, environment: Environment) -> None:
    ctx = TaskContext.for_test()
    serious = Session.open(profile_of(pg_url, environment=environment), None, ctx)
    try:
        for dry_run in (True, False):
            with pytest.raises(ForbiddenHere) as refused:
                pushing.push(serious, author.project, ctx, dry_run=dry_run)
            assert refused.value.code == "forbidden.environment"
    finally:
        serious.close()


def test_push_into_a_read_only_database_is_refused(author: Author, pg_url: str) -> None:
    ctx = TaskContext.for_test()
    reading = Session.open(profile_of(pg_url, read_only=True), None, ctx)
    try:
        with pytest.raises(ForbiddenHere, match="read_only"):
            pushing.push(reading, author.project, ctx)
    finally:
        reading.close()


@pytest.fixture
def pulled(session: Session) -> Callable[..., sa.MetaData]:
    """A function that pulls the models, runs their source and returns its metadata."""

    def pull(schema: str | None = None) -> sa.MetaData:
        source = pulling.pull(session, TaskContext.for_test(), schema=schema)
        module: dict[str, Any] = {"__name__": "pulled"}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(source, "pulled.py", "exec", dont_inherit=True), module)
        base = module.get("Base")
        return base.metadata if base is not None else module["metadata"]  # type: ignore[no-any-return]

    return pull


def described(connection: sa.Connection, schema: str) -> dict[str, Any]:
    """What SQLAlchemy sees of a schema, in its own words."""
    inspector = sa.inspect(connection)
    found: dict[str, Any] = {}
    for name in inspector.get_table_names(schema):
        columns = [
            {**column, "type": column["type"].compile(dialect=postgresql.dialect())}
            for column in inspector.get_columns(name, schema)
        ]
        found[name] = (
            columns,
            inspector.get_pk_constraint(name, schema)["constrained_columns"],
            sorted(
                (
                    key["constrained_columns"],
                    key["referred_table"],
                    key["referred_columns"],
                    sorted(key["options"].items()),
                )
                for key in inspector.get_foreign_keys(name, schema)
            ),
            sorted(
                (index["name"], index["column_names"], index["unique"]) for index in inspector.get_indexes(name, schema)
            ),
            sorted((key["name"], key["column_names"]) for key in inspector.get_unique_constraints(name, schema)),
            sorted(check["name"] or "" for check in inspector.get_check_constraints(name, schema)),
            inspector.get_table_comment(name, schema)["text"],
        )
    return found


def test_what_was_pulled_describes_the_platforms_tables(
    pulled: Callable[[], sa.MetaData], pg_url: str, session: Session
) -> None:
    import models.schema  # noqa: PLC0415

    engine = sa.create_engine(sa.make_url(pg_url).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)
    with engine.begin() as connection:
        models.schema.create_schema(connection)
        connection.execute(sa.text("CREATE TABLE _nexus_migrations (id text PRIMARY KEY)"))
    metadata = pulled()
    declared = set(models.metadata.tables)
    views = {view.name for view in models.VIEWS}
    assert set(metadata.tables) == declared | views
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA again"))
        connection.execute(sa.text("SET search_path = again"))
        tables = [table for table in metadata.sorted_tables if table.name in declared]
        metadata.create_all(connection, tables=tables, checkfirst=False)
        connection.execute(sa.text("SET search_path = public"))
        original = described(connection, "public")
        connection.execute(sa.text("SET search_path = again"))
        again = described(connection, "again")
        assert set(again) == declared
        pairs = [
            (name, *pair)
            for name in sorted(declared)
            for pair in zip(_plain(again[name]), _plain(original[name]), strict=True)
        ]
        assert [(name, one, other) for name, one, other in pairs if one != other] == []
    engine.dispose()


def _plain(described: Any) -> Any:
    """Identity columns are told with their sequences' options, which no model says."""
    columns, *rest = described
    columns = sorted(columns, key=lambda each: str(each["name"]))  # those that may be NULL come last in a class
    return [str({**each, "identity": bool(each.get("identity"))}) for each in columns] + [str(each) for each in rest]


def test_another_schema_is_named_and_odd_things_are_left_out(
    pulled: Callable[..., sa.MetaData], sql: Callable[..., Any]
) -> None:
    sql("CREATE SCHEMA other")
    sql('CREATE TABLE other."Odd Name" (id int PRIMARY KEY, "class" text, "camelCase" int4range, at date[])')
    sql("CREATE TABLE other.events (at date NOT NULL) PARTITION BY RANGE (at)")
    sql("CREATE TABLE other.events_1 PARTITION OF other.events DEFAULT")
    sql("CREATE TABLE other.alembic_version (version_num text PRIMARY KEY)")
    sql("CREATE TABLE here (id int PRIMARY KEY)")
    metadata = pulled("other")
    assert set(metadata.tables) == {"other.Odd Name", "other.events"}
    columns = metadata.tables["other.Odd Name"].columns
    assert list(columns.keys()) == ["id", "class", "camelCase", "at"]
    assert set(pulled().tables) == {"here"}


def test_a_column_of_a_domain_is_written_so_that_it_loads(
    pulled: Callable[..., sa.MetaData], sql: Callable[..., Any]
) -> None:
    sql("CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%')")
    sql("CREATE TABLE people (id int PRIMARY KEY, mail email)")
    kind = pulled().tables["people"].c.mail.type
    assert isinstance(kind, postgresql.DOMAIN)
    assert kind.name == "email"
