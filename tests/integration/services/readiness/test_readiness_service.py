"""What a look is when all is not at hand: missing privileges, other projects, other environments, a cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.readiness import CHECKS, Finding, Verdict
from nexus_studio.core.errors import UserError
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.migrations.project import bundled, find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.readiness.scene import Surroundings
from nexus_studio.services.readiness.service import ReadinessService
from nexus_studio.services.session import Session
from tests.support.fix_projects import Rev
from tests.support.readiness_bench import ROLE, Production

Sql = Callable[..., list[tuple[Any, ...]]]
MakeProject = Callable[..., Path]
MakeProduction = Callable[..., Production]
SCHEMA = ("migrations", "models")
MODELS = """
from sqlalchemy import Column, Integer, MetaData, Table

metadata = MetaData()
a = Table("a", metadata, Column("id", Integer))
"""
NOWHERE = Surroundings(None, {}, datetime(2026, 11, 30, tzinfo=UTC))


@pytest.fixture
def look(session: Session, tmp_path: Path) -> Callable[..., dict[str, Finding]]:
    """A function that looks at the test's database and returns the findings by check."""

    def looked(*only: str, project: Path | None = None) -> dict[str, Finding]:
        paths = Paths.below(tmp_path / "home")
        source = bundled() if project is None else find_project(project)
        service = ReadinessService(session, MigrationService(session, source, paths), paths)
        report = service.report(TaskContext.for_test(), only, around=NOWHERE)
        return {each.check: each for each in report.findings}

    return looked


def reasons(findings: dict[str, Finding]) -> list[str]:
    return [each.reason for each in findings.values()]


def test_an_own_database_is_asked_for_less(make_production: MakeProduction) -> None:
    production = make_production()
    for environment in (Environment.DEMO, Environment.DEVELOPMENT, Environment.CI):
        production.change(environment=environment, pool_size=None, health_url="", host="localhost")
        production.set_libpq(sslmode="prefer", sslrootcert="")
        report = production.report()
        assert report.faults == ()
        asked = {each.check for each in report.findings if each.verdict is Verdict.OK}
        assert asked == {
            *("env_file", "variables", "migrations", "models", "sequences", "indexes", "wraparound", "connections"),
            *("version", "encoding", "time_zone", "collation"),
        }


def test_a_server_that_looks_real_is_no_development(production: Production) -> None:
    production.change(environment=Environment.DEVELOPMENT)
    assert production.faults("url") == {"url.looks_real": "warning"}
    production.change(environment=Environment.STAGING)
    assert production.faults() == {}


def test_without_the_right_to_read_pg_hba_the_address_counts(make_production: MakeProduction) -> None:
    production = make_production()
    production.run(f"REVOKE EXECUTE ON FUNCTION pg_hba_file_rules() FROM {ROLE}")
    (finding,) = production.report("exposure").findings
    assert (finding.reason, finding.verdict) == ("exposure.private_address", Verdict.OK)


def test_what_may_not_be_read_is_unknown(make_production: MakeProduction) -> None:
    production = make_production()
    production.run("ALTER TABLE alembic_version OWNER TO postgres")
    production.run("REVOKE ALL ON alembic_version FROM PUBLIC")
    report = production.report("migrations", "sequences")
    assert [(each.reason, each.verdict) for each in report.findings] == [
        ("migrations.permission", Verdict.UNKNOWN),
        ("sequences.far", Verdict.OK),
    ]
    assert report.exit_code == 1


def test_a_projects_own_migrations_and_models(
    look: Callable[..., dict[str, Finding]], make_project: MakeProject, sql: Sql
) -> None:
    chain = (
        Rev("a1", None, 'op.execute("CREATE TABLE a (id int)")'),
        Rev("b2", "a1", 'op.execute("CREATE TABLE b (id int)")'),
    )
    folder = make_project(chain, models=MODELS)
    found = look(*SCHEMA, project=folder)
    assert reasons(found) == ["migrations.pending", "models.migrations_first"]
    assert found["migrations"].value("revisions") == ("a1", "b2")
    for statement in (
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('b2')",
        "CREATE TABLE a (id int)",
    ):
        sql(statement)
    assert reasons(look(*SCHEMA, project=folder)) == ["migrations.applied", "models.agree"]
    sql("ALTER TABLE a ADD COLUMN more int")
    found = look(*SCHEMA, project=folder)
    assert reasons(found) == ["migrations.applied", "models.differ"]
    assert found["models"].value("differences") == 1
    next((folder / "alembic" / "versions").glob("b2_*")).write_text('revision = "b2"\ndown_revision = (\n')
    assert reasons(look(*SCHEMA, project=folder))[0] == "migrations.broken_files"


def test_a_project_without_models_is_not_compared(
    look: Callable[..., dict[str, Finding]], make_project: MakeProject, sql: Sql
) -> None:
    folder = make_project((Rev("a1", None, "pass"),))
    sql("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    sql("INSERT INTO alembic_version VALUES ('a1')")
    assert reasons(look(*SCHEMA, project=folder)) == ["migrations.applied", "models.no_metadata"]


def test_a_project_that_is_gone_is_said(session: Session, tmp_path: Path) -> None:
    paths = Paths.below(tmp_path / "home")
    migrations = MigrationService(session, lambda: find_project(tmp_path / "gone"), paths)
    report = ReadinessService(session, migrations, paths).report(TaskContext.for_test(), SCHEMA, around=NOWHERE)
    assert [each.reason for each in report.findings] == ["migrations.unreadable", "models.migrations_first"]
    assert report.findings[0].value("error") == "migration.project_missing"


def test_a_database_of_nobody(look: Callable[..., dict[str, Finding]], sql: Sql) -> None:
    sql("CREATE TABLE notes (id int)")
    found = look(*SCHEMA)
    assert reasons(found) == ["migrations.no_project", "models.no_project"]
    assert found["migrations"].verdict is Verdict.WARNING


def test_prismas_history(look: Callable[..., dict[str, Finding]], sql: Sql) -> None:
    sql("CREATE TABLE _prisma_migrations (id text, finished_at timestamptz, rolled_back_at timestamptz)")
    sql("INSERT INTO _prisma_migrations VALUES ('a', now(), NULL), ('b', NULL, now())")
    found = look(*SCHEMA)
    assert reasons(found) == ["migrations.prisma", "models.no_project"]
    assert found["migrations"].value("applied") == 1
    sql("INSERT INTO _prisma_migrations VALUES ('c', NULL, NULL)")
    found = look(*SCHEMA)
    assert (found["migrations"].reason, found["migrations"].verdict) == ("migrations.prisma_failed", Verdict.FAILED)


def test_an_index_that_is_being_built_is_no_fault(look: Callable[..., dict[str, Finding]], sql: Sql) -> None:
    sql("CREATE TABLE parts (id int) PARTITION BY RANGE (id)")
    sql("CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (1) TO (9)")
    sql("CREATE INDEX whole ON ONLY parts (id)")
    found = look("indexes")["indexes"]
    assert found.reason == "indexes.invalid"
    assert found.remedy is None, "a partitioned index is not rebuilt: its parts are attached"


def test_findings_are_heard_one_by_one_and_a_cancel_ends_it(session: Session, tmp_path: Path) -> None:
    paths = Paths.below(tmp_path)
    service = ReadinessService(session, MigrationService(session, bundled(), paths), paths)
    heard: list[Finding] = []
    steps: list[Progress] = []
    token = CancelToken()

    def hear(finding: Finding) -> None:
        heard.append(finding)
        if finding.check == "health":
            token.cancel()

    with pytest.raises(Cancelled):
        service.report(TaskContext(token, steps.append), around=NOWHERE, listener=hear)
    assert [each.check for each in heard] == [each.id for each in CHECKS][: len(heard)]
    assert heard[-1].check == "health"
    assert steps[0] == Progress("readiness.checking", 0, len(CHECKS))
    with pytest.raises(UserError) as error:
        service.report(TaskContext.for_test(), ("weather",), around=NOWHERE)
    assert (error.value.code, error.value.facts) == ("readiness.unknown_check", {"check": "weather"})


def test_the_folder_is_the_connections_own(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    project = tmp_path / "shop" / "backend"
    project.mkdir(parents=True)
    (tmp_path / "shop" / ".env").write_text("A=1\n")
    profile = session.profile
    assert Surroundings.of(profile).folder is None or Surroundings.of(profile).folder != project
    assert Surroundings.of(replace(profile, project=project)).folder == tmp_path / "shop"
